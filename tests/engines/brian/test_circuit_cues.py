"""Cues of the spiking circuit as currents and as Poisson trains; it holds memories, and a second cue replaces them."""

import numpy as np
import pytest

from neurosim import InputCurrent, Network, patterns, recall, theory
from neurosim.cells import Population
from neurosim.engines import Circuit

FAST = Circuit(population=Population(n_cells=20), dt=2e-4, codegen="numpy")
STATES = np.array([[True, False], [False, True], [True, True]])
NEXT = np.array([[False, True], [True, False], [False, True]])
SHOWN, PAUSE, TAU_V = 0.25, 0.5, 0.2


pytestmark = pytest.mark.usefixtures("own_calibrations")


@pytest.fixture(scope="module")
def net():
    return Network.gaussian(400, 2, seed=0, tau_v=TAU_V)


def shown(net, second):
    """Return the currents of a cue, a pause, a second cue that also inhibits, and a pause."""
    full = 1 / (1 - np.exp(-SHOWN / TAU_V))
    first = full * patterns.visible_cues(net, STATES)
    then = 1.5 * full * theory.visible_state(net, 2.0 * NEXT - 1)
    return InputCurrent.succession([(first, SHOWN), (None, PAUSE), (then if second else None, SHOWN), (None, PAUSE)])


def after(net, current, engine=FAST):
    still = np.zeros((len(STATES), net.n_visible))
    out = recall(
        net,
        still,
        engine=engine,
        input=current,
        duration=1.5,
        record=["activity"],
        record_dt=0.05,
        read_out=False,
        seed=4,
    )
    return out.activity_trace.values > 0.5  # (cue, time, hidden)


@pytest.mark.parametrize("rate", [None, 20.0])
def test_a_cue_of_spikes_or_current_is_held_and_a_second_one_replaces_it(net, rate):
    current = shown(net, second=True)
    trace = after(net, current if rate is None else current.poisson(rate, seed=2))
    assert not trace[:, 0].any()
    np.testing.assert_array_equal(trace[:, 14], STATES)  # at 0.7 s, 0.45 s after the cue
    np.testing.assert_array_equal(trace[:, -1], NEXT)


def test_without_a_second_cue_the_memory_persists(net):
    trace = after(net, shown(net, second=False).poisson(20.0, seed=2))
    np.testing.assert_array_equal(trace[:, 14:], np.repeat(STATES[:, None], trace.shape[1] - 14, axis=1))


def test_without_any_cue_the_circuit_is_silent(net):
    silent = InputCurrent(np.zeros((1, net.n_visible)), 0.1)
    assert not after(net, silent).any()
