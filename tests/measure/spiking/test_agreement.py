"""Agreement of rate and spiking model: latencies in closed form, limits for orthonormal memories."""

import numpy as np
import pytest
import xarray
from hypothesis import given
from hypothesis import strategies as st

from neurosim import InvalidInput, Network, patterns, recall
from neurosim.cells import CELLS, OnOff, Poisson, Regular
from neurosim.engines.brian.compilers import compiler
from neurosim.measure.spiking import agreement, dislodging, latency
from neurosim.measure.spiking.paired import SPIKING
from neurosim.seeds import spawn_seeds

needs_compiler = pytest.mark.skipif(compiler() is None, reason="no C++ compiler (g++ or $CXX) on this machine")


def orthonormal(n_visible=64, n_hidden=4, **parameters):
    q, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((n_visible, n_hidden)))
    return Network(weights=np.sqrt(n_visible) * q, **parameters)


def test_latency_of_a_single_neuron_is_its_crossing_plus_the_filter():
    net = orthonormal(n_hidden=1)
    out = recall(net, net.weights.T, record=["hidden_active"], record_dt=0.4)
    crossing = out.crossing_time.item()
    assert 0 < crossing < 1.2e-3
    np.testing.assert_allclose(latency.rate_latency(out, 20e-3), crossing + 20e-3 * np.log(2))


def test_a_cue_that_activates_nothing_has_no_latency():
    net = orthonormal()
    out = recall(net, np.zeros((2, 64)), record=["hidden_active"], record_dt=0.4)
    assert (latency.rate_latency(out, 20e-3) == 0).all()


def test_neurons_that_start_active_pass_half_after_the_filter_alone():
    net = orthonormal(threshold=-0.5)  # J = 1: all stay active
    out = recall(net, np.zeros((2, 64)), record=["hidden_active"], record_dt=0.4)
    assert not out.sizes["crossing"]
    np.testing.assert_allclose(latency.rate_latency(out, 20e-3), 20e-3 * np.log(2))


def test_latency_is_that_of_a_stepped_filter_whatever_the_neurons_start_with():
    net, tau = Network.gaussian(60, 6, seed=0, threshold=[-0.6, -0.3, -0.1, 0.2, 0.4, 0.5]), 20e-3
    cues = 4 * np.random.default_rng(1).standard_normal((40, 60))
    out = recall(net, cues, duration=0.4, record=["hidden_active"], record_dt=1e-5)
    s = out.hidden_active_trace.values
    a, passed, last = np.zeros(s.shape[::2]), np.zeros(s.shape[::2], bool), np.zeros(len(s))
    for k in range(s.shape[1]):
        changed = (a > 0.5) != passed
        last[changed.any(axis=1)], passed = 1e-5 * k, a > 0.5
        a += (s[:, k] - a) * (1 - np.exp(-1e-5 / tau))
    assert s[:, 0].any() and not s[:, 0].all() and len(np.unique(out.crossing_neuron)) == 6
    np.testing.assert_allclose(latency.rate_latency(out, tau), last, atol=5e-5)


@given(st.lists(st.floats(0.1, 40.0), min_size=1, max_size=6))
def test_last_passage_is_that_of_a_finely_stepped_filter(gaps):
    tau, switches = 20.0, np.cumsum(gaps)
    t = np.arange(0, switches[-1] + 5 * tau, 0.01)
    s = (switches[:, None] <= t).sum(axis=0) % 2
    a, level = 0.0, np.empty(len(t))
    for k, target in enumerate(s):
        level[k] = a
        a += (target - a) * (1 - np.exp(-0.01 / tau))
    if np.abs(level - 0.5).min() < 1e-3 and not (np.abs(np.diff(level > 0.5)).any()):
        return  # touches ½: the grid cannot say
    passages = t[1:][np.diff((level > 0.5).astype(int)) != 0]
    want = passages[-1] if len(passages) else 0.0
    got = latency._last_passage(switches, tau)
    assert abs(got - want) < 0.1 or np.abs(level - 0.5)[np.searchsorted(t, got) % len(t)] < 5e-3


@pytest.mark.slow
@needs_compiler
def test_orthonormal_memories_are_recalled_by_both_models_alike():
    nets = [orthonormal(), orthonormal(threshold=0.4)]
    found = agreement.rate_and_spiking(nets, [0.0], n_cues=16, seed=0)
    assert found.recalled_rate.item() == found.recalled_spiking.item() == found.same_state.item() == 1
    # half of the neurons of all 16 states, at 1/t_ref = 500 Hz from about 0.7 ms on, for 400 ms
    assert abs(found.spikes.item() - 2 * 500 * 0.4) < 8
    assert found.operations.item() == found.spikes.item() * 64
    # the delayed staircase passes ½ within a spike of the ramp
    assert abs(found.latency_spiking.item() - found.latency_rate.item()) < 2e-3
    assert found.attrs["n_networks"] == 2 and found.attrs["n_trials"] == 16


@pytest.mark.slow
@needs_compiler
@pytest.mark.parametrize("current", list(dislodging.SIGNS))
def test_a_second_cue_acts_from_the_limits_on_that_orthonormal_memories_have(current):
    net = orthonormal(threshold=0.4)
    probe = dislodging.dislodge([net], [1.0], n_cues=12, seed=0).attrs
    limits = sorted([probe["limit_on"], probe["limit_off"]])
    np.testing.assert_allclose(limits, np.array([0.4, 0.6]) / (1 - np.exp(-3)))
    amplitudes = [0.9 * limits[0], 1.03 * limits[0], 0.97 * limits[1], 1.1 * limits[1]]
    found = dislodging.dislodge([net], amplitudes, n_cues=12, seed=0).share.sel(current=current)
    second = "both" if current == "excites" else "second"
    wanted = ["first", "both", "both", second]
    assert [str(found.end.values[k]) for k in found.values.argmax(axis=1)] == wanted
    assert (found.max("end") == 1).all()


@pytest.mark.slow
@needs_compiler
@pytest.mark.parametrize("n_hidden", [10, 50])
def test_the_regular_cell_ends_where_the_rate_model_does(n_hidden):
    nets = [Network.gaussian(100 * n_hidden, n_hidden, seed=s) for s in spawn_seeds(5, 20)]
    found = agreement.rate_and_spiking(nets, [1.0, 2.0], n_cues=128, seed=1)
    trials = 20 * 128 * found.recalled_rate
    assert (trials * (1 - found.same_state) <= 0.01 * trials).all()
    undelayed = agreement.rate_and_spiking(
        nets[:8], [2.0], engine=SPIKING.replace(cells=Regular(delay=0.0)), n_cues=128, seed=1
    )
    assert undelayed.same_state.item() < found.same_state.values[1]  # the lead that the default delay takes away


@pytest.mark.slow
@needs_compiler
def test_one_poisson_cell_fails_and_ten_do_not():
    nets = [Network.gaussian(1000, 10, seed=s) for s in spawn_seeds(6, 10)]
    found = agreement.region(nets, "n_cells", [1, 10], kinds={"poisson": Poisson()}, n_cues=64, seed=1)
    one, ten = found.recalled_spiking.sel(kind="poisson").values
    assert one < 0.6 and ten > 0.98
    assert found.recalled_spiking_model_upper.values[0, 0] < found.recalled_spiking_model_lower.values[0, 1]


@pytest.mark.slow
@needs_compiler
def test_a_memory_in_which_nothing_fires_above_100_hz_recalls_if_its_visible_membrane_is_slow():
    tau_v, span = 50e-3, 0.6
    net = Network.gaussian(1000, 10, seed=7, tau_v=tau_v)
    targets = patterns.random_hidden_states(10, 16, seed=1)
    out = recall(
        net,
        patterns.visible_cues(net, targets, noise_std=1.0, seed=2),
        engine=SPIKING.replace(cells="slow"),
        duration=span,
        record=["visible_spikes"],
        seed=0,
    )
    assert (out.hidden_active == targets).all("hidden_neuron").sum() >= 15
    hidden_rate = out.n_spikes.values / CELLS["slow"].n_cells / span
    assert 70 < hidden_rate.max() < 90  # Hz, mean over a unit's cells, the most active unit
    cell = (out.visible_spike_cue * 1000 + out.visible_spike_neuron) * 2 + out.visible_spike_cell
    counts = np.bincount(cell.values)
    assert 0 < counts.max() / span <= 100


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda net: agreement.region([net], "theta", [1], seed=0), "parameter must be one of .*'t_ref'"),
        (lambda net: agreement.rate_and_spiking([], [0], seed=0), "networks must be"),
        (lambda net: agreement.rate_and_spiking(net, [-1], seed=0), "noise_levels must be a finite number >= 0"),
        (
            lambda net: agreement.rate_and_spiking([net], [0], targets=np.ones((1, 4)), seed=0),
            "targets require a single network",
        ),
        (lambda net: dislodging.dislodge([], [1], seed=0), "networks must be a Network or a non-empty"),
        (lambda net: dislodging.dislodge([net], [1], presentation=np.pi, seed=0), "presentation must be a multiple"),
    ],
)
def test_bad_requests_are_refused(call, message):
    with pytest.raises(InvalidInput, match=message):
        call(orthonormal())


def test_each_kind_of_cell_runs_at_its_own_tau_v_and_slow_ones_with_fewer_cues(monkeypatch):
    calls = []

    def pretend(networks, noise_levels, *, engine, n_cues, **options):
        calls.append(
            (engine.cells, n_cues, options["duration"], [float(net.tau_v) for net in networks], list(noise_levels))
        )
        data = {"same_state": ("noise_std", [float(n_cues)])}
        return xarray.Dataset(data, {"noise_std": noise_levels}, {"n_networks": 2})

    monkeypatch.setattr(agreement, "rate_and_spiking", pretend)
    nets = [Network.gaussian(20, 3, seed=seed) for seed in (0, 1)]
    kinds = {"plain": (Regular(), 20e-3), "spikes": (Regular(visible=OnOff()), 50e-3)}
    found = agreement.compare_cells(nets, kinds, n_cues=8, noise_std=2.0, seed=0)
    assert found.same_state.sel(cells=["plain", "spikes"]).values.tolist() == [8, 2]
    assert [call[1:] for call in calls] == [(8, 12 * 20e-3, [0.02] * 2, [2.0]), (2, 12 * 50e-3, [0.05] * 2, [2.0])]
    assert found.attrs == {"n_networks": 2, "noise_std": 2.0, **SPIKING.attributes()}


def test_noise_has_no_size_relative_to_silent_memories():
    with pytest.raises(InvalidInput, match="must have an active neuron, since the noise is relative"):
        agreement.recall_of_memories(Network.gaussian(50, 4, seed=0), np.zeros((1, 4), bool), seed=0)


def test_noise_on_memories_is_relative_to_their_size(monkeypatch):
    monkeypatch.setattr(
        agreement,
        "rate_and_spiking",
        lambda net, levels, *, targets, **_: xarray.Dataset(attrs={"levels": levels, "n": len(targets)}),
    )
    net = Network.gaussian(50, 4, seed=0)
    memories = patterns.all_hidden_states(4)[3:9]
    found = agreement.recall_of_memories(net, memories, relative_noise=(0, 0.5), seed=0)
    rms = np.sqrt(np.mean((memories @ net.weights.T / 2) ** 2))
    assert found.attrs["memory_rms"] == pytest.approx(rms) and found.attrs["levels"] == pytest.approx([0, rms / 2])
