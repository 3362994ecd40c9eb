"""Basin volumes: closed form for orthonormal memories, explicit visible cues, known distributions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import hadamard
from scipy.stats import chi2_contingency, norm

from neurosim import InvalidInput, Network, Outcome, load_result, patterns, recall, save_result, theory
from neurosim.engines import Function
from neurosim.measure.basins import volumes
from neurosim.measure.basins.shocks import peak_transfer
from neurosim.measure.statistics import mean_interval
from neurosim.seeds import spawn_seeds

ORTHONORMAL = Network(
    hadamard(16)[:, 3:7], threshold=[0.5, 0.3, 0.6, 0.45], tau_v=20e-3, tau_h=[1e-3, 2e-3, 2e-2, 1e-2]
)


def key(states):
    """Number each state, bit μ of the number is neuron μ."""
    return states @ (1 << np.arange(states.shape[1]))


def closed_form(net, cue_std):
    """Return the basin volume of each of the 2^N_h states of a network with orthonormal memories."""
    own = np.diag(theory.effective_coupling(net))
    drive_std = cue_std * np.sqrt(net.n_hidden * own / net.n_visible)
    on = norm.sf(net.threshold / (peak_transfer(net) * drive_std))
    return np.where(patterns.all_hidden_states(net.n_hidden), on, 1 - on).prod(axis=1)


def test_orthonormal_memories_have_the_closed_form_volumes():
    n = 40_000
    result = volumes.basin_volumes(ORTHONORMAL, n_cues=n, cue_std=2.0, seed=0)
    expected = closed_form(ORTHONORMAL, 2.0)
    assert expected.sum() == pytest.approx(1) and 0.0005 < expected.min() < expected.max() < 0.6
    share = np.zeros(16)
    share[key(result.hidden_active.values)] = result.share.values
    assert (np.abs(share - expected) < 4.5 * np.sqrt(expected / n)).all()
    inside = (result.share_lower.values <= expected[key(result.hidden_active.values)]) & (
        expected[key(result.hidden_active.values)] <= result.share_upper.values
    )
    assert inside.sum() >= 13  # 15.2 of 16 expected
    assert float(result.entropy) == pytest.approx(-(expected * np.log2(expected)).sum(), abs=0.02)


@pytest.mark.parametrize("feedback", [0.0, 0.6])
def test_drives_are_those_of_visible_gaussian_cues(feedback):
    g = np.random.default_rng(0)
    weights = g.standard_normal((12, 4)) + 0.4 * g.standard_normal((12, 1))  # correlated memories
    back = weights.T + feedback * g.standard_normal((4, 12)) if feedback else None
    net = Network(weights, feedback=back, threshold=0.4)
    result = volumes.basin_volumes(net, n_cues=20_000, cue_std=1.5, seed=1)
    out = recall(net, 1.5 * g.standard_normal((20_000, 12)))
    explicit = np.bincount(key(out.hidden_active.values[out.outcome.values == Outcome.SETTLED]), minlength=16)
    sampled = np.zeros(16, dtype=int)
    sampled[key(result.hidden_active.values)] = result["size"].values
    table = np.stack([explicit, sampled])[:, explicit + sampled > 20]
    assert table.shape[1] >= 3 and chi2_contingency(table).pvalue > 1e-3


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10**6), feedback=st.sampled_from([0.0, 3.0]), std=st.floats(0.2, 5))
def test_shares_sum_to_one(seed, feedback, std):
    g = np.random.default_rng(seed)
    weights = g.standard_normal((10, 4))
    net = Network(weights, feedback=weights.T + feedback * g.standard_normal((4, 10)), threshold=0.3)
    memories = patterns.all_hidden_states(4)[g.permutation(16)[:5]]
    options = {"n_cues": 300, "cue_std": std, "duration": 0.06, "seed": seed}
    result = volumes.basin_volumes(net, memories=memories, **options)
    assert float(result.share.sum() + result.share_unsettled) == pytest.approx(1)
    parts = [float(result[name]) for name in ("share_in_memories", "share_spurious", "share_unsettled")]
    assert sum(parts) == pytest.approx(1)
    spurious = result.spurious.values
    assert parts[1] == pytest.approx(result.share.values[spurious].sum()) and result.n_spurious == spurious.sum()
    assert result.n_reached == result.sizes["attractor"] == len(np.unique(result.hidden_active, axis=0))
    bits = (result.hidden_active.values[:, None] != memories).sum(axis=2)
    assert (result.bits_to_memory == bits.min(axis=1)).all() and (result.nearest_memory == bits.argmin(axis=1)).all()
    assert (spurious == ~(bits == 0).any(axis=1)).all()
    assert (result.n_active == result.hidden_active.sum("hidden_neuron")).all()
    assert theory.is_fixed_point(net, result.hidden_active.values).all() and (result.margin >= 0).all()
    plain = volumes.basin_volumes(net, **options)
    assert plain.share.equals(result.share) and not plain.spurious.any() and (plain.nearest_memory == -1).all()


def test_cues_that_do_not_settle_are_in_no_basin():
    result = volumes.basin_volumes(ORTHONORMAL, n_cues=200, cue_std=2.0, duration=1e-4, seed=0)
    settled = int(result["size"].sum())
    assert 0 < settled < 200 and float(result.share_unsettled) == pytest.approx(1 - settled / 200)
    assert result.share.sum() == pytest.approx(settled / 200)
    sliding = Network([[1.0]], feedback=[[-1.0]], threshold=-0.01)  # inhibits itself where it is on
    nothing = volumes.basin_volumes(sliding, n_cues=20, seed=0)
    assert nothing.sizes["attractor"] == 0 and float(nothing.share_unsettled) == 1
    assert np.isnan(nothing.entropy) and np.isnan(nothing.coverage) and float(nothing.coverage_lower) == 0


def test_coverage_and_number_of_basins_of_a_network_whose_basins_are_known():
    covered, errors, upper, reached = [], [], [], []
    truth = closed_form(ORTHONORMAL, 2.0)
    for seed in range(150):
        result = volumes.basin_volumes(ORTHONORMAL, n_cues=100, cue_std=2.0, seed=seed)
        seen = truth[key(result.hidden_active.values)].sum()
        covered.append(float(result.coverage_lower) <= seen <= float(result.coverage_upper))
        errors.append(float(result.coverage) - seen)
        upper.append(float(result.richness))
        assert float(result.richness_upper) <= 16
        reached.append(int(result.n_reached))
    assert np.mean(covered) > 0.88
    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(150)  # Good–Turing is unbiased
    assert np.mean(reached) + 0.5 < np.mean(upper) <= 16


def test_default_cues_are_as_large_as_the_memories():
    net = Network.gaussian(30, 5, seed=0)
    every = patterns.all_hidden_states(5)
    options = {"n_cues": 10, "seed": 0}
    all_states = volumes.basin_volumes(net, **options).attrs["cue_std"]
    assert all_states == pytest.approx(np.sqrt((theory.visible_state(net, every) ** 2).mean()))
    some = volumes.basin_volumes(net, memories=every[3:7], **options).attrs["cue_std"]
    assert some == pytest.approx(np.sqrt((theory.visible_state(net, every[3:7]) ** 2).mean()))


def test_with_many_visible_neurons_cues_of_a_memorys_size_end_in_the_off_state():
    result = volumes.basin_volumes(Network.gaussian(1000, 10, seed=0), n_cues=2000, seed=0)
    assert result.n_reached == 1 and not result.hidden_active.any() and float(result.entropy) == 0


def test_volumes_over_networks_are_those_of_the_given_engine():
    nets = [Network.gaussian(40, 4, seed=k) for k in range(2)]
    off = Function(lambda net, cues, *, duration, seed: np.zeros((len(cues), net.n_hidden), bool))
    found = volumes.volumes_over_networks(nets, n_cues=50, engine=off, seed=3)
    assert float(found.n_reached) == 1 and float(found.entropy) == 0
    exact, stepped = (
        volumes.volumes_over_networks(nets, n_cues=200, engine=engine, seed=3) for engine in ("event", "reference")
    )
    np.testing.assert_allclose(stepped.n_reached, exact.n_reached, atol=1)


def test_volumes_over_networks_are_means_of_the_volumes_of_each():
    nets = [Network.gaussian(40, 4, seed=seed) for seed in (1, 2)]
    found = volumes.volumes_over_networks(nets, n_cues=400, seed=3)
    for name in volumes.SUMMARIES:
        each = [
            float(
                volumes.basin_volumes(net, n_cues=400, cue_std=np.sqrt(10), memories=every_stable(net), seed=seed)[name]
            )
            for net, seed in zip(nets, spawn_seeds(3, 2), strict=True)
        ]
        assert found[f"{name}_by_network"].values.tolist() == each
        assert float(found[name]) == pytest.approx(np.mean(each)) and f"{name}_upper" in found
    assert found.attrs["n_networks"] == 2 and found.attrs["cue_std"] == pytest.approx(np.sqrt(10))


@pytest.mark.parametrize(("n_hidden", "most"), [(1100, 10), (3, 8)])
def test_no_more_attractors_are_reached_than_there_are_cues_or_states(n_hidden, most):
    nets = [Network.gaussian(8, n_hidden, seed=seed) for seed in range(2)]
    off = Function(lambda net, cues, *, duration, seed: np.zeros((len(cues), net.n_hidden), bool))
    found = volumes.volumes_over_networks(nets, n_cues=10, engine=off, seed=0)
    want = mean_interval(found.n_reached_by_network.values, bounds=(0, most))
    assert float(found.n_reached_upper) == want.upper < most


def every_stable(net):
    """Return the stable states of a small network."""
    states = patterns.all_hidden_states(net.n_hidden)
    return states[theory.stability_margin(net, states) > 0]


@pytest.mark.parametrize("feedback", [False, True])
def test_cues_with_the_drive_of_the_memories_have_its_mean_square(feedback):
    net = Network.gaussian(30, 4, seed=1)
    net = net.replace(feedback=3 * net.weights.T) if feedback else net
    memories = patterns.all_hidden_states(4)[5:9]
    std = volumes.memory_drive_std(net, memories)
    cues = std * np.random.default_rng(0).standard_normal((40_000, 30))
    wanted = np.mean(theory.drive(net, theory.visible_state(net, memories)) ** 2)
    assert np.mean(theory.drive(net, cues) ** 2) == pytest.approx(wanted, rel=0.02)


def test_the_same_seed_gives_the_same_volumes(monkeypatch):
    first, again, other = (volumes.basin_volumes(ORTHONORMAL, n_cues=500, cue_std=2.0, seed=s) for s in (0, 0, 1))
    assert first.identical(again) and not first["size"].equals(other["size"])
    monkeypatch.setattr(volumes, "CHUNK_BYTES", 40 * 4 * 100)  # five chunks of 100 cues, each of its own seed
    chunked = volumes.basin_volumes(ORTHONORMAL, n_cues=500, cue_std=2.0, seed=0)
    assert chunked["size"].sum() == 500 and (chunked["size"] % 5 > 0).any()


def test_spurious_attractors_have_the_memory_of_nearest_visible_state():
    net = Network.gaussian(20, 5, seed=3)
    memories = patterns.all_hidden_states(5)[[1, 6, 17, 30]]
    found = volumes.basin_volumes(net, n_cues=3000, cue_std=2.0, memories=memories, seed=0)
    picture = volumes.spurious(net, memories, found, limit=6)
    mine = found.isel(attractor=found.spurious.values).isel(attractor=slice(6))
    assert picture.sizes["attractor"] == 6 and (picture.hidden_active.values == mine.hidden_active.values).all()
    assert np.allclose(picture.share, mine.share) and (np.diff(picture.share) <= 0).all()
    states = theory.visible_state(net, mine.hidden_active.values)
    apart = np.sqrt(((states[:, None] - theory.visible_state(net, memories)) ** 2).mean(axis=-1))
    assert (picture.nearest_memory == apart.argmin(axis=1)).all() and np.allclose(picture.distance, apart.min(axis=1))
    assert np.allclose(picture.visible, states)
    nearest = memories[apart.argmin(axis=1)]
    assert np.allclose(picture.memory_visible, theory.visible_state(net, nearest))
    assert (picture.bits.values == (nearest != mine.hidden_active.values).sum(axis=1)).all()
    with pytest.raises(InvalidInput, match="no attractor reached is spurious"):
        volumes.spurious(net, found.hidden_active.values, found)


def test_results_are_restored_from_netcdf_with_long_names(tmp_path):
    net = Network.gaussian(20, 5, seed=3)
    net = net.replace(feedback=2 * net.weights.T)
    memories = np.zeros((1, 5), dtype=bool)
    found = volumes.basin_volumes(net, n_cues=300, cue_std=2.0, memories=memories, seed=0)
    assert (found.attrs["n_visible"], found.attrs["symmetric"], found.attrs["n_trials"]) == (20, 0, 300)
    for result in (found, volumes.spurious(net, memories, found)):
        save_result(result, tmp_path / "result.nc")
        assert load_result(tmp_path / "result.nc").identical(result)
        assert set(result.attrs) >= {"n_networks", "n_trials", "engine", "method", "seed", "confidence", "cue_std"}
        assert all(variable.attrs["long_name"] for variable in result.data_vars.values())


def test_bad_input_is_refused():
    net = ORTHONORMAL
    for n_cues in (0, 2.5, True):
        with pytest.raises(InvalidInput, match="n_cues"):
            volumes.basin_volumes(net, n_cues=n_cues, seed=0)
    for std in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(InvalidInput, match="cue_std"):
            volumes.basin_volumes(net, cue_std=std, seed=0)
    with pytest.raises(InvalidInput, match="cue_std"):  # the off state alone has no size
        volumes.basin_volumes(net, memories=np.zeros((1, 4)), seed=0)
    with pytest.raises(InvalidInput, match="distinct"):
        volumes.basin_volumes(net, memories=[[0, 0, 0, 1], [0, 0, 0, 1]], seed=0)
    with pytest.raises(InvalidInput, match="memories must have shape"):
        volumes.basin_volumes(net, memories=[0, 0, 0, 1], seed=0)
    with pytest.raises(InvalidInput, match="one tau_v"):
        volumes.basin_volumes(net.replace(tau_v=np.full(16, 1e-2)), seed=0)
    with pytest.raises(InvalidInput, match="networks must be a Network or a non-empty sequence"):
        volumes.volumes_over_networks([], seed=0)
