"""Learning on an array with stuck devices: the rule, recall, and capacity compared with other rules."""

import numpy as np
import pytest
from model_cases import pm1

from neurosim import InvalidInput
from neurosim.measure.statistics import student_interval
from neurosim.models import HardwareAdaptive, Hebb, PseudoInverse

N = 128


class Written(HardwareAdaptive):
    """Weights computed elsewhere, the largest of them 1, and written to the same array."""

    rule = PseudoInverse

    def _weights(self, patterns):
        weights = self.rule().store(patterns).weights
        return self.written(weights / np.abs(weights).max())


class WrittenHebb(Written):
    rule = Hebb


@pytest.mark.parametrize("stuck_at", [0.0, 0.3])
def test_stuck_devices_have_the_given_share_and_constant_values(stuck_at):
    model = HardwareAdaptive(stuck=0.4, stuck_at=stuck_at, seed=3).store(pm1(10, 100, 0))
    off_diagonal = ~np.eye(100, dtype=bool)
    assert model.is_stuck[off_diagonal].mean() == pytest.approx(0.4, abs=0.02)
    assert (np.abs(model.weights[model.is_stuck & off_diagonal]) == stuck_at).all()
    assert (np.diag(model.weights) == 0).all() and (np.abs(model.weights) <= 1).all()
    assert model.n_synapses == (~model.is_stuck).sum()
    other = HardwareAdaptive(stuck=0.4, stuck_at=stuck_at, seed=4).store(pm1(10, 100, 0))
    assert (other.is_stuck != model.is_stuck).mean() > 0.3
    if stuck_at:
        assert abs(np.sign(model.weights[model.is_stuck & off_diagonal]).mean()) < 0.1


def test_one_epoch_is_the_written_rule_through_the_stuck_devices():
    n, x = 7, pm1(3, 7, 0)
    model = HardwareAdaptive(stuck=0.5, stuck_at=0.25, max_epochs=1, seed=1).store(x)
    empty = model.written(np.zeros((n, n)))
    want = empty.copy()
    for i in range(n):
        for j in range(n):
            if not model.is_stuck[i, j]:
                fields = [4 / np.sqrt(n) * sum(empty[i, k] * p[k] for k in range(n)) for p in x]
                learned = sum((p[i] - np.tanh(h)) * p[j] for p, h in zip(x, fields, strict=True))
                want[i, j] = 0.2 / (1 + np.sqrt(3 / n)) ** 2 / np.sqrt(n) * learned
    np.testing.assert_allclose(model.weights, want, atol=1e-12)
    assert np.abs(want - empty).max() > 0.05
    np.testing.assert_array_equal(model.written(np.full((n, n), 5.0))[~model.is_stuck], 1)


def test_learning_stops_when_every_output_is_right():
    x = pm1(3, N, 0)
    few, more = (HardwareAdaptive(max_epochs=epochs).store(x).weights for epochs in (1000, 2000))
    assert np.array_equal(few, more)
    assert np.abs(x - np.tanh(4 / np.sqrt(N) * x @ few.T)).max() < 0.01


def test_recall_updates_all_neurons_at_once():
    model, cues = HardwareAdaptive(stuck=0.2).store(pm1(5, 40, 0)), pm1(30, 40, 1)
    np.testing.assert_array_equal(model.recall(cues, max_sweeps=1).states, np.sign(cues @ model.weights.T))
    out = model.recall(cues)
    np.testing.assert_array_equal(np.sign(out.states @ model.weights.T)[out.settled], out.states[out.settled])
    assert out.settled.any()


def test_with_every_device_open_every_state_stays():
    model = HardwareAdaptive(stuck=0.999999).store(pm1(1, 3, 0))
    assert not model.weights.any()
    states = pm1(4, 3, 1)
    assert model.is_fixed(states).all() and (model.recall(states).n_sweeps == 0).all()


def recalled(model, count, overlap, networks=12, **options):
    """Return the share of patterns recalled to an overlap from a twentieth of wrong bits, with its interval."""
    shares = []
    for seed in range(networks):
        x, rng = pm1(count, N, seed), np.random.default_rng(seed)
        cues = x.copy()
        for cue in cues:
            cue[rng.choice(N, round(0.05 * N), replace=False)] *= -1
        out = model(stuck=0.5, seed=seed, **options).store(x).recall(cues)
        shares.append(((out.states * x).mean(axis=1) >= overlap).mean())
    return student_interval(shares)


def test_with_half_of_the_devices_stuck_it_holds_three_times_as_many_patterns_without_error():
    """Capacity: the most patterns of which nine in ten are recalled to the last bit."""
    assert recalled(HardwareAdaptive, 36, 1).lower > 0.95
    assert recalled(Written, 12, 1, networks=200).upper < 0.9
    assert recalled(WrittenHebb, 12, 1).upper < 0.9


def test_counted_by_half_of_the_patterns_it_is_twice_as_many():
    assert recalled(Written, 20, 0.95).lower > 0.5
    assert recalled(HardwareAdaptive, 40, 0.95).lower > 0.5
    assert recalled(HardwareAdaptive, 48, 0.95).upper < 0.5


def test_devices_stuck_at_half_of_the_largest_weight_cost_other_rules_most():
    assert recalled(HardwareAdaptive, 24, 0.95, stuck_at=0.5).lower > 0.5
    for rule in (Written, WrittenHebb):
        assert recalled(rule, 8, 0.95, stuck_at=0.5).upper < 0.5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stuck": 1.0}, "stuck must be a finite number >= 0 and < 1, got 1.0"),
        ({"stuck_at": -0.1}, "stuck_at must be a number from 0 to 1, got -0.1; it is in units of the largest weight"),
        ({"max_epochs": 0}, "max_epochs must be a whole number >= 1"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(InvalidInput, match=message):
        HardwareAdaptive(**options)
