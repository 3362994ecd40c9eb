"""Three-directional memory: the learning rule, bounds by the examples, cooperation of layers."""

from itertools import product

import numpy as np
import pytest
from model_cases import corrupt, pm1
from scipy.special import erf

from neurosim import InvalidInput
from neurosim.measure.statistics import student_interval
from neurosim.models import Hebb, ThreeDirectional

GOOD, POOR, EXAMPLES = 0.8, 0.3, 50
ENTROPY = (1 - POOR**2) / (EXAMPLES * POOR**2)
CEILING = erf(1 / np.sqrt(2 * ENTROPY))  # 0.974: the best that the poor examples allow


@pytest.mark.parametrize("supervised", [True, False])
def test_weights_are_the_written_rule_on_the_examples(supervised):
    quality, strengths, count, m = (0.6, 0.5, 0.3), (1.0, 0.5, -2.0), 2, 5
    x = pm1(count, 8, 0)
    layer = np.array([0, 0, 0, 1, 1, 1, 2, 2])
    size = (3, 3, 2)
    model = ThreeDirectional(quality=quality, n_examples=m, supervised=supervised, strengths=strengths, seed=4).store(x)
    flipped = np.random.default_rng(4).random((m, count, 8)) < (1 - np.array(quality)[layer]) / 2
    seen = np.where(flipped, -x, x)
    want = np.zeros((8, 8))
    for i, j in product(range(8), range(8)):
        a, b = sorted((layer[i], layer[j]))
        if a == b:
            continue
        g = strengths[{(0, 1): 0, (0, 2): 1, (1, 2): 2}[a, b]]
        if supervised:
            rho = [(1 - quality[c] ** 2) / (m * quality[c] ** 2) for c in (a, b)]
            unit = quality[a] * quality[b] * np.sqrt((1 + rho[0]) * (1 + rho[1]))
            mean = sum(seen[:, p, i].mean() * seen[:, p, j].mean() for p in range(count))
        else:
            both = quality[a] * quality[b]
            unit = both * np.sqrt(1 + (1 - both**2) / (m * both**2))
            mean = sum((seen[:, p, i] * seen[:, p, j]).mean() for p in range(count))
        want[i, j] = g * mean / unit / np.sqrt(size[a] * size[b])
    np.testing.assert_allclose(model.weights, want, atol=1e-12)


def test_of_perfect_examples_it_is_hebbs_rule_between_layers():
    x = pm1(4, 30, 0)
    layer = np.arange(30) // 10
    want = np.where(layer[:, None] == layer, 0, 3 * Hebb().store(x).weights)
    for supervised in (True, False):
        model = ThreeDirectional(n_examples=3, supervised=supervised).store(x)
        np.testing.assert_allclose(model.weights, want, atol=1e-12)
    assert [(layer.start, layer.stop) for layer in ThreeDirectional().store(pm1(1, 11, 0)).layers] == [
        (0, 4),
        (4, 8),
        (8, 11),
    ]


def test_two_coupled_layers_are_a_bidirectional_memory_and_the_third_is_unchanged():
    x = pm1(3, 600, 0)
    pair, whole = (ThreeDirectional(strengths=g).store(x) for g in ((1, 0, 0), (1, 1, 1)))
    assert (pair.n_synapses, whole.n_synapses) == (200 * 200, 3 * 200 * 200)
    cues = corrupt(x, 0.2, 1)
    cues[:, 400:] = pm1(3, 200, 2)
    out = pair.recall(cues).states
    assert np.array_equal(out[:, :400], x[:, :400]) and np.array_equal(out[:, 400:], cues[:, 400:])
    assert np.array_equal(whole.recall(cues).states, x)


def test_unseen_patterns_are_recalled_from_enough_examples():
    x = pm1(8, 450, 0)
    for supervised, n_examples in ((True, 25), (False, 100)):
        model = ThreeDirectional(quality=0.5, n_examples=n_examples, supervised=supervised).store(x)
        out = model.recall(corrupt(x, 0.1, 1)).states
        assert ((out * x).mean(axis=1) > 0.95).all()  # each example's overlap is 0.5
        few = ThreeDirectional(quality=0.5, supervised=supervised).store(x)
        assert ((few.recall(corrupt(x, 0.1, 1)).states * x).mean(axis=1) < 0.7).all()


def test_supervision_improves_recall_from_the_same_examples():
    gained = []
    for seed in range(12):
        x = pm1(8, 450, seed)
        models = [ThreeDirectional(quality=0.3, n_examples=30, supervised=s, seed=seed) for s in (True, False)]
        found = [(model.store(x).recall(corrupt(x, 0.1, seed)).states * x).mean() for model in models]
        gained.append(found[0] - found[1])
    assert student_interval(gained).lower > 0.03


def test_examples_of_a_layer_bound_its_overlap():
    x = pm1(1, 1500, 0)
    model = ThreeDirectional(quality=(1, GOOD, POOR), n_examples=EXAMPLES).store(x)
    got = [(model.recall(x).states * x)[:, layer].mean() for layer in model.layers]
    assert got[0] == 1 and got[1] == 1
    assert got[2] == pytest.approx(CEILING, abs=0.02) and CEILING < 0.98


def overlaps(load, networks=10, size=150, **options):
    """Return each layer's mean overlap after recall from a tenth wrong, (network, layer)."""
    answers = []
    for seed in range(networks):
        x = pm1(round(load * size), 3 * size, seed)
        model = ThreeDirectional(n_examples=EXAMPLES, seed=seed, **options).store(x)
        hits = model.recall(corrupt(x[:15], 0.1, seed), seed=seed).states * x[:15]
        answers.append([hits[:, layer].mean() for layer in model.layers])
    return np.array(answers)


def test_layers_cooperate():
    """A poor layer beside two good ones comes near its ceiling, where it does not among its like or beside one."""
    mixed = overlaps(0.2, quality=(GOOD, GOOD, POOR))
    assert student_interval(mixed[:, :2].min(axis=1)).lower > 0.95
    assert student_interval(mixed[:, 2] / CEILING).lower > 0.88
    like = overlaps(0.2, quality=POOR)[:, 2]
    pair = overlaps(0.2, quality=(GOOD, GOOD, POOR), strengths=(0, 0, 1))[:, 2]
    assert student_interval(mixed[:, 2] - like).lower > 0.15
    assert student_interval(mixed[:, 2] - pair).lower > 0.1


def test_all_layers_fail_at_the_same_load():
    beyond = overlaps(0.5, quality=(GOOD, GOOD, POOR))
    assert max(student_interval(beyond[:, layer]).upper for layer in range(3)) < 0.55


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"quality": 0.0}, r"quality must be in \(0, 1\], got 0.0"),
        ({"quality": (1, 1)}, r"quality must be three numbers, got \(1, 1\)"),
        ({"n_examples": 0}, "n_examples must be a whole number >= 1"),
        ({"strengths": (1, 1, np.inf)}, "strengths must be a finite number"),
        ({"strengths": 1}, "strengths must be three numbers, got 1"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(InvalidInput, match=message):
        ThreeDirectional(**options)
    with pytest.raises(InvalidInput, match="patterns must have at least 3 neurons, one per layer, got 2"):
        ThreeDirectional().store(np.ones((1, 2)))
