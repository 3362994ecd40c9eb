"""Fatal shocks by recall: against the closed forms of the rate model, on changed models and on functions."""

import numpy as np
import pytest
import xarray
from scipy.linalg import hadamard

from neurosim import InvalidInput, Network, load_result, patterns, save_result, theory
from neurosim.engines import Brian, Changes, Function
from neurosim.measure import fatal_shock_by_recall, minimal_fatal_shock, typical_shocks
from neurosim.measure.basins import shocks
from neurosim.measure.statistics import format_estimate, median_interval

FINE = 0.5 * 2.0**-10  # relative width of the default growth and steps
NETS = [Network.gaussian(60, 4, seed=seed) for seed in range(3)]


def rows_of(found, n_visible):
    return found.along_rms.values * np.sqrt(n_visible)


def test_orthogonal_neurons_die_alone_at_their_closed_form():
    net = Network(hadamard(8)[:, :3].astype(float), threshold=[0.3, 0.5, 0.6], tau_h=[1e-3, 5e-3, 20e-3])
    states = patterns.all_hidden_states(3)
    found = fatal_shock_by_recall(net, memories=states, seed=0)
    margin = np.abs(states - net.threshold)  # J = 1
    by_hand = np.sqrt(8 / 3) * margin / shocks.peak_transfer(net)
    assert (rows_of(found, 8)[0] >= by_hand * (1 - 1e-9)).all()
    assert np.allclose(rows_of(found, 8)[0], by_hand, rtol=2 * FINE)
    assert found.held.all() and (found.bits_changed == 1).all()
    assert np.allclose(found.fatal_rms, np.median(by_hand.min(axis=1)) / np.sqrt(8), rtol=2 * FINE)


def test_random_networks_have_the_smallest_shock_of_the_closed_form():
    found, proven = (measure(NETS, n_memories=16, seed=0) for measure in (fatal_shock_by_recall, typical_shocks))
    for k, net in enumerate(NETS):
        held = found.held.values[k]
        closed = minimal_fatal_shock(net, found.hidden_active.values[k][held])
        attained = closed.ratio.values < 1.0001
        least = np.nanmin(found.along_rms.values[k][held], axis=1)
        assert attained.sum() > 5 and (least >= closed.certified_rms.values * (1 - 1e-9)).all()
        assert np.allclose(least[attained], closed.fatal_rms.values[attained], rtol=2 * FINE)
        assert (held == (theory.stability_margin(net, patterns.all_hidden_states(4)) > 0)).all()
    each = np.array(
        [np.median(np.nanmin(row[held], axis=1)) for row, held in zip(found.along_rms, found.held, strict=True)]
    )
    assert np.allclose(found.fatal_rms_by_network, each)
    assert float(found.fatal_rms_lower) < float(found.fatal_rms) < float(found.fatal_rms_upper)
    assert float(found.fatal_rms) == pytest.approx(float(proven.fatal_rms), rel=0.02)


@pytest.mark.slow
def test_a_changed_brian_model_has_the_shocks_of_the_network_that_it_equals():
    """A constant that is subtracted from the input of h is a higher threshold."""
    net = Network(hadamard(8)[:, :2].astype(float), threshold=0.5, tau_v=20e-3, tau_h=1e-3)
    lower = Changes(terms={"h": "-bias"}, parameters={"bias": 0.2})
    engine = Brian(changes=lower, codegen="numpy", dt=1e-4)
    states = np.array([[0, 0], [1, 0]], dtype=bool)
    found = fatal_shock_by_recall(net, memories=states, steps=6, engine=engine, duration=0.1, seed=0)
    margin = np.abs(states - 0.7)
    by_hand = np.sqrt(8 / 2) * margin / shocks.peak_transfer(net)
    assert np.allclose(rows_of(found, 8)[0], by_hand, rtol=0.05)  # 0.5 in place of 0.7 would be 30% off
    with pytest.raises(InvalidInput, match=r"eqs\. \(1a, 1b\), only.*use fatal_shock_by_recall"):
        minimal_fatal_shock(net, states, engine=engine)
    with pytest.raises(InvalidInput, match=r"exact engine.*fatal_shock_by_recall"):
        minimal_fatal_shock(net, states, engine="reference")


def first_pass(net, cues, *, duration, seed):
    return theory.drive(net, cues) > net.threshold


def half_silent(net, cues, *, duration, seed):
    """End in the state of the cue, but neuron 0 never fires, and recalls with neuron 1 active never settle."""
    active = first_pass(net, cues, duration=duration, seed=seed) & (np.arange(net.n_hidden) > 0)
    outcome = np.where(active[:, 1], "cycling", "settled")
    return xarray.Dataset({"hidden_active": (("cue", "hidden"), active), "outcome": ("cue", outcome)})


def test_a_function_has_the_shock_at_which_its_input_meets_the_threshold():
    net = NETS[0]
    states = patterns.all_hidden_states(4)
    found = fatal_shock_by_recall(net, engine=Function(first_pass), seed=0)
    field = states @ theory.effective_coupling(net).T - net.threshold
    held = ((field > 0) == states).all(axis=1)
    assert (found.held.values[0] == held).all() and found.attrs["start"] == "v = ξs/√N_h, h = 0"
    slope = np.sqrt(4) / 60 * net.weights.T @ (net.weights / np.linalg.norm(net.weights, axis=0))  # (neuron, direction)
    for state, row, here in zip(states[held], rows_of(found, 60)[0][held], field[held], strict=True):
        reach = -here[:, None] / (slope * np.where(state, -1, 1))
        by_hand = np.where(reach > 0, reach, np.inf).min(axis=0)
        assert np.allclose(row, by_hand, rtol=2 * FINE) and (row >= by_hand).all()


def test_only_memories_of_the_model_are_shocked_and_only_settled_recalls_are_dead():
    net = Network(hadamard(8)[:, :3].astype(float))
    found = fatal_shock_by_recall(net, engine=Function(half_silent), seed=0)
    states = patterns.all_hidden_states(3)
    held = ~states[:, 0] & ~states[:, 1]
    assert (found.held.values[0] == held).all() and int(found.share_held_failures) == 6
    alone = found.along_rms.values[0]
    assert np.isnan(alone[~held]).all() and np.isnan(alone[held][:, :2]).all()  # 0 never fires, 1 never settles
    assert np.allclose(alone[held][:, 2] * np.sqrt(8), np.sqrt(8 / 3) / 2, rtol=2 * FINE)
    assert int(found.share_fatal_hits) == int(found.share_fatal_trials) == 2


def test_a_model_without_fatal_shocks_has_no_number_and_the_share_says_so():
    silent = Function(lambda net, cues, *, duration, seed: np.zeros((len(cues), net.n_hidden), dtype=bool))
    for networks in (NETS, NETS[0]):
        found = fatal_shock_by_recall(networks, engine=silent, n_memories=16, seed=0)
        assert np.isnan(found.fatal_rms) and float(found.share_fatal) == 0
        assert float(found.share_held) == 1 / 16  # the all-off state
    noisy = Function(lambda net, cues, *, duration, seed: np.ones((len(cues), net.n_hidden), dtype=bool))
    nothing = fatal_shock_by_recall(NETS[0], memories=[[0, 0, 0, 0]], engine=noisy, seed=0)
    assert np.isnan(nothing.fatal_rms) and format_estimate(nothing, "fatal_rms") == "–"


def test_random_directions_have_a_median_with_limits_and_rows_do_not():
    found = fatal_shock_by_recall(NETS[0], memories=[[0, 1, 0, 0], [1, 1, 0, 0]], directions=40, seed=1)
    along = np.where(np.isnan(found.along_rms), np.inf, found.along_rms)[0]
    for end, want in median_interval(along, axis=1)._asdict().items():
        got = found["median_rms" + ("" if end == "estimate" else f"_{end}")].values[0]
        assert np.allclose(got, np.where(np.isfinite(want), want, np.nan) if end == "estimate" else want)
    rows = fatal_shock_by_recall(NETS[0], memories=[[0, 1, 0, 0]], seed=1)
    assert np.isfinite(rows.median_rms).all() and np.isnan(rows.median_rms_lower).all()
    given = fatal_shock_by_recall(NETS[0], memories=[[0, 1, 0, 0]], directions=-3 * NETS[0].weights.T[1:2], seed=1)
    assert np.allclose(given.along_rms.values[0, :, 0], rows.along_rms.values[0, :, 1])
    same, other = (fatal_shock_by_recall(NETS[0], n_memories=2, directions=5, seed=seed) for seed in (1, 2))
    assert same.identical(fatal_shock_by_recall(NETS[0], n_memories=2, directions=5, seed=1))
    assert not same.along_rms.equals(other.along_rms)


def test_results_are_restored_from_netcdf(tmp_path):
    for networks in (NETS, NETS[0]):
        found = fatal_shock_by_recall(networks, n_memories=4, seed=0)
        save_result(found, tmp_path / "result.nc")
        assert load_result(tmp_path / "result.nc").identical(found)
        assert all(variable.attrs["long_name"] for variable in found.data_vars.values())


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("single network", {"networks": NETS, "memories": [[0, 0, 0, 0]]}),
        ("networks", {"networks": []}),
        ("growth must be", {"growth": 1.0}),
        ("steps must be", {"steps": 0}),
        ("directions must", {"directions": 0}),
        ("directions must have shape", {"directions": np.ones((2, 3))}),
        ("memories must have shape", {"memories": [[0, 0]]}),
    ],
)
def test_bad_input_is_refused(message, call):
    with pytest.raises(InvalidInput, match=message):
        fatal_shock_by_recall(**{"networks": NETS[0], "seed": 0, **call})
