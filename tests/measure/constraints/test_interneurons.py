"""Circuits with slow interneurons: the reduction against all neurons one by one, and its limit."""

import numpy as np
import pytest

from neurosim import InvalidInput, Network, patterns, recall
from neurosim.constraints import (
    Dale,
    Homeostatic,
    Sparse,
    constrain,
    stream,
)
from neurosim.engines import Reference
from neurosim.measure.constraints import interneurons
from neurosim.measure.constraints.interneurons import circuit_shares, integrate_circuit
from neurosim.measure.constraints.sweep import constraint_sweep

NET = Network.gaussian(60, 4, seed=0)
KINDS = pytest.mark.parametrize("kind", ["pool", "relay"])


def pool(ratio):
    return Dale(0.8, 0.8, "pool")


def relay(ratio):
    return Dale(0.8, 0.8, "relay")


def circuit_of(kind):
    circuit = Dale(0.7, 0.5, kind).circuit(NET, stream(3))
    effective = circuit.effective.replace(threshold=0.12)
    return circuit, effective, patterns.visible_cues(effective, patterns.all_hidden_states(4), noise_std=0.3, seed=1)


def every_neuron(circuit, cues, threshold, tau_i, dt, duration):
    """Return h after `duration` in the circuit itself, both layers and all interneurons: exponential Euler."""
    direct, (n_visible, n_hidden) = circuit.direct, circuit.direct.weights.shape
    from_hidden, from_visible = (
        m if isinstance(m, np.ndarray) else m.toarray() for m in (circuit.from_hidden, circuit.from_visible)
    )
    v, h = cues.copy(), np.zeros((len(cues), n_hidden))
    p, q = np.zeros((len(cues), len(from_hidden))), np.zeros((len(cues), len(from_visible)))
    keep = {tau: np.exp(-dt / tau) for tau in (20e-3, 1e-3, tau_i)}
    for _ in range(round(duration / dt)):
        s = (h > threshold).astype(float)
        towards_v = (s @ direct.weights.T - p @ circuit.to_visible.T) / np.sqrt(n_hidden)
        towards_h = np.sqrt(n_hidden) / n_visible * (v @ direct.feedback_weights.T - q @ circuit.to_hidden.T)
        towards_p, towards_q = s @ from_hidden.T, v @ from_visible.T
        v, h = (end + (x - end) * keep[tau] for x, end, tau in ((v, towards_v, 20e-3), (h, towards_h, 1e-3)))
        p, q = (end + (x - end) * keep[tau_i] for x, end in ((p, towards_p), (q, towards_q)))
    return h


@KINDS
def test_fast_interneurons_act_as_the_network_without_them(kind):
    circuit, effective, cues = circuit_of(kind)
    out = recall(effective, cues, engine=Reference(dt=1e-5), duration=20e-3)
    away = [
        np.abs(every_neuron(circuit, cues, 0.12, tau_i, 1e-5, 20e-3) - out.hidden.values).max(axis=1)
        for tau_i in (1e-3, 1e-5)
    ]
    assert np.median(away[1]) < 0.005 and np.median(away[1]) < np.median(away[0]) / 5, away


@KINDS
@pytest.mark.parametrize("tau_i", [0.2e-3, 2e-3])
def test_the_reduction_equals_the_simulation_of_all_neurons(kind, tau_i):
    circuit, effective, cues = circuit_of(kind)
    step = min(tau_i, 1e-3) / 20
    h = every_neuron(circuit, cues, 0.12, tau_i, step, 60e-3)
    active, quiet = integrate_circuit(circuit, effective, cues, tau_i, 60e-3)
    clear = np.abs(h - 0.12).min(axis=1) > 0.01
    assert clear.mean() > 0.6 and np.array_equal(active[clear], (h > 0.12)[clear]) and quiet.mean() > 0.6


def test_scaled_neurons_are_scaled_in_the_circuit_too():
    circuit, effective, cues = circuit_of("pool")
    scaled = constrain(effective.replace(threshold=0.5), [Homeostatic()], seed=0)
    cues = patterns.visible_cues(scaled, patterns.all_hidden_states(4))
    active, _ = integrate_circuit(circuit, scaled, cues, 1e-5, 20e-3)
    out = recall(scaled, cues, duration=20e-3)
    assert (active == out.hidden_active.values).all(axis=1).mean() > 0.9


def test_slow_interneurons_reduce_recall():
    grid, options = {"value": [0.5, 50.0], "n_hidden": [6]}, {"seed": 0, "n_cues": 32, "visible_per_hidden": 50.0}
    found = constraint_sweep(3, {"relays": relay}, grid, measure=circuit_shares, **options)
    fast, slow = found.circuit.values.ravel()
    assert slow < 0.8 < fast and abs(fast - found.eliminated.values.ravel()[0]) < 0.1
    share = circuit_shares(seed=7, constraint=pool, value=0.5, n_hidden=5, n_cues=8, visible_per_hidden=20.0)
    assert share.pop("n_recalls") == 8 and set(share) == {"circuit", "eliminated"}
    assert all(0 <= value <= 1 for value in share.values())


def test_a_circuit_without_interneurons_is_refused():
    circuit = Dale().circuit(NET, stream(3))
    with pytest.raises(InvalidInput, match="the constraint of a circuit must be a Dale"):
        circuit_shares(seed=0, constraint=Sparse, value=0.5, n_hidden=2, n_cues=1)  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInput, match="runs with interneurons, pool or relay"):
        integrate_circuit(circuit, circuit.effective, np.zeros((1, 60)), 1e-3)


LARGE = Network.gaussian(300, 8, seed=0)


def test_noise_on_the_cues_of_a_circuit_has_the_given_strength():
    call = {"seed": 0, "constraint": relay, "value": 0.5, "n_hidden": 4, "visible_per_hidden": 50.0, "n_cues": 32}
    quiet, loud = (circuit_shares(**call, noise_std=noise) for noise in (0.0, 20.0))
    assert quiet["eliminated"] == quiet["circuit"] == 1 and max(loud["circuit"], loud["eliminated"]) < 0.5


def test_every_hidden_neuron_of_a_circuit_has_its_own_time_constant():
    net = Network(np.sqrt(2) * np.eye(2), tau_h=np.array([1e-3, 10e-3]))  # J = 1; u = 1 from the cue of both
    circuit = Dale(1, 1, "relay").circuit(net, stream(0))
    cues = patterns.visible_cues(net, np.ones((1, 2), bool))
    active, _ = integrate_circuit(
        circuit, net, cues, 0.5e-3, duration=3e-3
    )  # θ = ½ is crossed after τ_h ln 2: 0.7, 7 ms
    assert active.tolist() == [[True, False]]


def test_a_crossing_in_the_second_half_is_not_quiet():
    net = Network(np.ones((1, 1)), tau_h=10e-3, threshold=0.4)
    # v = x = e^(−t/20 ms) and h = 2 (x − x²): above θ from x = ½ + √0.05 on, t = 6.5 ms, and then for good
    circuit = Dale(1, 1, "relay").circuit(net, stream(0))
    quiet = [
        bool(integrate_circuit(circuit, net, np.ones((1, 1)), 1e-3, duration=t)[1][0]) for t in (6e-3, 10e-3, 20e-3)
    ]
    assert quiet == [True, False, True]


def test_unsettled_recalls_do_not_count_as_recalled(monkeypatch):
    call = {"seed": 7, "constraint": relay, "value": 0.5, "n_hidden": 4, "n_cues": 16, "noise_std": 0.0}
    before = circuit_shares(**call)
    assert before["circuit"] > 0.5 and before["eliminated"] > 0.5
    integrate, recall = interneurons.integrate_circuit, interneurons.recall

    def restless(*arguments):
        active, quiet = integrate(*arguments)
        return active, np.zeros_like(quiet)

    def late(*arguments, **options):
        out = recall(*arguments, **options)
        return out.assign(outcome=("cue", np.full(len(out.outcome), "timed_out")))

    monkeypatch.setattr(interneurons, "integrate_circuit", restless)
    monkeypatch.setattr(interneurons, "recall", late)
    assert circuit_shares(**call) == {"circuit": 0, "eliminated": 0, "n_recalls": call["n_cues"]}


@pytest.mark.parametrize("excitatory", [(1, 1), (1, 0), (0, 1), (0, 0)])
def test_every_path_of_the_circuit_is_scaled_both_ways(excitatory):
    # one neuron a layer, ξ = 1, J_μμ = 1; scaled by 2, J_μμ = 4: on above θ = 2.5, where scaled one way, J = 2, is not
    visible, hidden = excitatory
    circuit = Dale(visible, hidden, "relay").circuit(Network(np.ones((1, 1))), stream(0))
    effective = Network(2 * np.ones((1, 1)), threshold=2.5)
    active, quiet = integrate_circuit(circuit, effective, np.array([[2.0], [0.0]]), 0.5e-3)
    assert active.tolist() == [[True], [False]] and quiet.all()


def test_a_hidden_neuron_without_synapses_stays_alone():
    net = NET.replace(weights=NET.weights * [1, 0, 1, 1])
    circuit = relay(0.1).circuit(net, stream(3))
    effective = constrain(circuit.effective, [Homeostatic()], seed=0).replace(threshold=0.12)
    cues = patterns.visible_cues(effective, [[1, 0, 1, 0]])
    active, quiet = integrate_circuit(circuit, effective, cues, 1e-3)
    assert active.tolist() == [[True, False, True, False]] and quiet.all()
