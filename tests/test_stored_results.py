"""Results for fixed seeds that must not change: final states of every engine, counts, a sweep.

Only Booleans and counts are compared, which do not depend on the rounding of a processor's matrix product. A deliberate
change of a result is written in the changelog, and its number here is replaced.
"""

import numpy as np
import pytest

from neurosim import Network, patterns, recall
from neurosim.measure import count_fixed_points, recall_sweep

STATES = [168, 290, 824, 592, 636, 736, 217, 83, 797, 45, 843, 211, 521, 328, 261, 297]
RECALLED = [[75, 319, 320], [64, 285, 319], [62, 195, 281]]  # noise_std x ratio


@pytest.fixture(scope="module")
def trial():
    """Return a network, noisy cues, and the states in which they ended when this test was written."""
    net = Network.gaussian(200, 10, seed=3)
    targets = patterns.random_hidden_states(10, 16, seed=4)
    cues = patterns.visible_cues(net, targets, noise_std=1.0, seed=5)
    ends = recall(net, cues, duration=50e-3).hidden_active.values
    return net, cues, ends


def as_numbers(states):
    """Return each hidden state as the number that its bits spell, neuron 0 first."""
    return states @ (1 << np.arange(states.shape[1]))


def test_stored_final_states(trial):
    assert as_numbers(trial[2]).tolist() == STATES


@pytest.mark.parametrize(
    "engine",
    ["reference", pytest.param("torch", marks=pytest.mark.torch), pytest.param("brian", marks=pytest.mark.slow)],
)
def test_every_engine_reaches_the_stored_final_states(trial, engine):
    if engine == "torch":
        pytest.importorskip("torch")
    net, cues, ends = trial
    assert (recall(net, cues, duration=50e-3, engine=engine).hidden_active.values == ends).all()


@pytest.mark.parametrize(
    ("n_visible", "n_hidden", "count"),
    [(30, 10, 160), (100, 10, 770), pytest.param(60, 30, 1_633_849, marks=pytest.mark.slow), (3000, 30, 2**30)],
)
def test_stored_counts(n_visible, n_hidden, count):
    counted = count_fixed_points(Network.gaussian(n_visible, n_hidden, seed=1))
    assert counted["count"].item() == count


def test_stored_sweep():
    curve = recall_sweep(5, {"noise_std": [0, 1, 2], "ratio": [2, 4, 10]}, n_hidden=6, seed=0)
    recalled = np.rint(320 * curve.recalled.values).astype(int)  # 5 networks, all 64 states each
    assert recalled.tolist() == RECALLED
