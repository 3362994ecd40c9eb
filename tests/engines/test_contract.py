"""Contract of all engines: the final hidden state of a cue is that of the exact engine.

Stepping engines decide a crossing at the end of a step, so a cue whose h turns within a step error of θ may end
elsewhere. Such cues are counted: at dt = τ_h/100 at most 1% of the cues may differ, and each must be one whose
`margin` (closest turn of h to θ, from the exact engine) is below ten times the step error, the largest |Δh| along
the cues that agree.
"""

import itertools
import shutil

import numpy as np
import pytest
from shared_networks import random_network

from neurosim import Network, Outcome, patterns, recall
from neurosim.engines import Brian, Event, Reference, Torch, from_record

TAU_H = 1e-3
RATIOS = (0.5, 1, 3, 20)
HAS_COMPILER = shutil.which("g++") or shutil.which("c++")

STEPPING = [
    pytest.param(Reference(), id="reference"),
    pytest.param(Torch(reduced=True), id="torch-reduced", marks=pytest.mark.torch),
    pytest.param(Torch(reduced=False), id="torch-full", marks=pytest.mark.torch),
    pytest.param(Brian(formulation="summed"), id="brian-summed"),
    pytest.param(Brian(formulation="event"), id="brian-event"),
]
ALL = [pytest.param(Event(), id="event"), *STEPPING]


def ready(engine, *, small=True):
    """Return the engine for a test, interpreted if the network is too small to be worth compiling."""
    if isinstance(engine, Torch):
        pytest.importorskip("torch")
    return engine.replace(codegen="numpy") if isinstance(engine, Brian) and small else engine


def cases(n_hidden, n_cues):
    """Yield (network, cues, duration) over σ_v ∈ {0, 2}, τ ratios, symmetry and thresholds."""
    grid = itertools.product(RATIOS, (True, False), (False, True))
    for seed, (ratio, symmetric, per_neuron) in enumerate(grid, start=1):
        net = random_network(n_hidden, ratio, seed, symmetric, per_neuron, thresholds=(0.4, 0.6))
        targets = patterns.random_hidden_states(n_hidden, n_cues, seed=seed)
        clean, noisy = (
            patterns.visible_cues(net, half, noise_std=std, seed=seed)
            for half, std in zip(np.array_split(targets, 2), (0.0, 2.0), strict=True)
        )
        stronger = max(1.0, 2 / ratio)  # where v decays before h can follow, else nothing would ever cross
        yield net, stronger * np.concatenate([clean, noisy]), (8 + 2 * ratio) * TAU_H


@pytest.mark.parametrize("engine", STEPPING)
@pytest.mark.parametrize(
    ("n_hidden", "n_cues"),
    [(10, 24), *(pytest.param(*size, marks=pytest.mark.slow) for size in ((1, 16), (2, 16), (50, 8)))],
)
def test_ends_where_the_exact_engine_ends(engine, n_hidden, n_cues):
    engine = ready(engine, small=n_hidden <= 2).replace(dt=TAU_H / 100)
    compared, differing = 0, []
    for net, cues, duration in cases(n_hidden, n_cues):
        sampling = {"record": ["hidden"], "record_dt": TAU_H / 10, "duration": duration}
        exact = recall(net, cues, **sampling)
        grid = recall(net, cues, engine=engine, **sampling)
        np.testing.assert_allclose(grid.time, exact.time, atol=1e-12)
        settled = (exact.outcome == Outcome.SETTLED).values
        same = (grid.hidden_active == exact.hidden_active).all("hidden_neuron").values
        agree = settled & same
        assert agree.any()
        step_error = float(np.abs(grid.hidden_trace - exact.hidden_trace).isel(cue=agree).max())
        assert step_error < 0.1, "a step error of that size is a wrong equation, not a step"
        compared += settled.sum()
        # what the grid settles, the exact engine settles, but for close calls at the end
        missed = ~settled & (grid.outcome.values == Outcome.SETTLED)
        assert (exact.margin.values[missed] <= 10 * 0.01).all()
        differing += [(float(exact.margin[k]), step_error) for k in np.flatnonzero(settled & ~same)]
        calm = agree & (exact.margin.values > 10 * step_error)
        assert (grid.outcome.values[calm] == Outcome.SETTLED).all()
        assert (grid.n_crossings.values[calm] == exact.n_crossings.values[calm]).all()
        np.testing.assert_allclose(grid.settle_time[calm], exact.settle_time[calm], atol=0.2 * TAU_H)
        np.testing.assert_allclose(grid.visible[calm], exact.visible[calm], atol=20 * step_error)
    assert len(differing) <= 0.01 * compared, differing
    assert all(margin <= 10 * step_error for margin, step_error in differing), differing


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize("ratio", [0.05, 1, 20])
def test_a_self_inhibiting_neuron_slides(engine, ratio):
    net = Network(weights=-np.ones((1, 1)), feedback=np.ones((1, 1)), threshold=-0.5, tau_v=ratio * TAU_H, tau_h=TAU_H)
    out = recall(net, [[0.3]], engine=ready(engine))
    assert out.outcome.item() == Outcome.SLIDING


OSCILLATORS = {
    "excitation chased by inhibition": ([[1, -2], [2, 0]], [-0.1, 0.5], [0, 0], [0, 0]),
    "two neurons": ([[0, -1], [1, 0]], [-0.5, 0.5], [-0.2, 0.3], [0, 0]),
    "with self-inhibition": ([[-1, -1], [1, -1]], [-1, 0], [-0.7, -0.2], [-0.9, 0.2]),
}


@pytest.mark.parametrize("engine", ALL)
@pytest.mark.parametrize(("coupling", "threshold", "drive", "hidden"), OSCILLATORS.values(), ids=OSCILLATORS)
def test_an_oscillator_cycles(engine, coupling, threshold, drive, hidden):
    net = Network(weights=np.eye(2), feedback=2 * np.array(coupling, float), threshold=threshold)
    cue = np.linalg.solve(np.sqrt(2) / 2 * net.feedback_weights, np.array(drive, float))
    out = recall(net, cue, hidden=hidden, engine=ready(engine), duration=0.4)
    assert out.outcome.item() == Outcome.CYCLING


@pytest.mark.parametrize("engine", ALL)
def test_settled_and_timed_out(engine):
    engine = ready(engine, small=False)
    net = Network.gaussian(100, 5, seed=0)
    cue = patterns.visible_cues(net, np.ones((1, 5)))
    assert recall(net, cue, engine=engine, duration=2e-4).outcome.item() == Outcome.TIMED_OUT
    assert recall(net, cue, engine=engine).outcome.item() == Outcome.SETTLED


@pytest.mark.parametrize("engine", ALL)
def test_every_engine_returns_the_same_schema(engine, small_network):
    engine = ready(engine, small=False)
    cues = patterns.visible_cues(small_network, patterns.all_hidden_states(3))
    record = ["hidden", "visible", "hidden_active"]
    out = recall(small_network, cues, engine=engine, duration=10e-3, record=record)
    times = len(out.time)
    assert {name: out[name].dims for name in ("hidden_active", "visible", "outcome", "settle_time", "n_crossings")} == {
        "hidden_active": ("cue", "hidden_neuron"),
        "visible": ("cue", "visible_neuron"),
        "outcome": ("cue",),
        "settle_time": ("cue",),
        "n_crossings": ("cue",),
    }
    assert out.hidden_active.dtype == bool
    assert out.hidden_trace.shape == (8, times, 3)
    assert out.visible_trace.shape == (8, times, 60)
    assert out.hidden_active_trace.shape == (8, times, 3)
    assert out.time.attrs["units"] == out.settle_time.attrs["units"] == "s"
    np.testing.assert_allclose(out.visible_trace.isel(time=0), cues, atol=1e-12)
    np.testing.assert_allclose(out.hidden_trace.isel(time=-1), out.hidden, atol=1e-10)
    assert out.attrs["engine"] == engine.name and from_record(out.attrs["engine_settings"]) == engine
    assert {"neurosim", "duration", "dtype", "device", "tau_v", "tau_h", "threshold"} <= set(out.attrs)


@pytest.mark.parametrize("engine", ALL)
def test_symmetric_energy_falls_along_every_recall(engine):
    """Exactly without a time step; on a grid up to the step error."""
    engine = ready(engine, small=False)
    from neurosim import theory

    net = random_network(6, per_neuron=True, seed=3, thresholds=(0.4, 0.6))
    cues = patterns.visible_cues(net, patterns.random_hidden_states(6, 8, seed=1), noise_std=2.0, seed=1)
    sampling = {"record": ["hidden", "visible"], "record_dt": TAU_H / 10, "duration": 30e-3}
    rises = []
    for dt in (TAU_H / 10, TAU_H / 20, TAU_H / 40):
        out = recall(net, cues, engine=engine.with_default_step(dt), **sampling)
        energy = theory.energy(net, out.visible_trace, out.hidden_trace)
        rises.append(max(0.0, float(np.diff(energy, axis=1).max())))
        assert (energy[:, -1] < energy[:, 0]).all()
    if not engine.has_time_step:
        assert max(rises) <= 1e-12 * np.abs(energy).max()
    else:
        assert rises[0] <= 0.1  # of an energy that falls by several units
        assert rises[2] <= rises[0] / 2 + 1e-12


@pytest.mark.skipif(not HAS_COMPILER, reason="cpp_standalone needs a C++ compiler, and this machine has none")
@pytest.mark.slow
@pytest.mark.parametrize("formulation", ["summed", "event"])
def test_standalone_equals_runtime(formulation):
    net = random_network(10, symmetric=False, per_neuron=True, seed=5, thresholds=(0.4, 0.6))
    cues = patterns.visible_cues(net, patterns.random_hidden_states(10, 6, seed=1), noise_std=2.0, seed=1)
    engine = Brian(formulation=formulation)
    runtime = recall(net, cues, engine=engine, duration=40e-3)
    standalone = recall(net, cues, engine=engine.replace(target="cpp_standalone"), duration=40e-3)
    assert (runtime.hidden_active == standalone.hidden_active).all()
    np.testing.assert_allclose(runtime.hidden, standalone.hidden, atol=1e-10)
    np.testing.assert_array_equal(runtime.outcome, standalone.outcome)
