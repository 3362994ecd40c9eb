"""The exact engine against matrix exponentials, hand calculations and its documented properties."""

import itertools

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.optimize import brentq
from shared_networks import noisy_cues
from shared_networks import random_network as gaussian

from neurosim import InvalidInput, Network, Outcome, Sigmoid, recall, reduction, theory
from neurosim.engines import Event, Reference


def walk(net, cue, times, neurons, end):
    """Propagate the full (v, h) system by matrix exponentials from crossing to crossing; yield (t, v, h, s)."""
    n_v, n_h = net.n_visible, net.n_hidden
    tau_h = np.broadcast_to(net.tau_h, n_h)
    generator = np.zeros((n_v + n_h, n_v + n_h))
    generator[:n_v, :n_v] = -np.eye(n_v) / net.tau_v
    generator[n_v:, :n_v] = np.sqrt(n_h) / n_v * net.feedback_weights / tau_h[:, None]
    generator[n_v:, n_v:] = -np.diag(1 / tau_h)
    v, h, s, now = cue.copy(), np.zeros(n_h), np.zeros(n_h) > net.threshold, 0.0
    for t, neuron in [*zip(times, neurons, strict=True), (end, None)]:
        rest = theory.visible_state(net, s)
        fixed = np.concatenate([rest, theory.drive(net, rest)])
        state = fixed + expm(generator * (t - now)) @ (np.concatenate([v, h]) - fixed)
        v, h, now = state[:n_v], state[n_v:], t
        yield t, v, h, s.copy(), neuron
        if neuron is not None:
            s[neuron] = not s[neuron]


NETWORKS = [
    {"n_hidden": 1, "ratio": 20},
    {"n_hidden": 2, "ratio": 0.5},
    {"n_hidden": 6, "ratio": 20},
    {"n_hidden": 6, "ratio": 1},
    {"n_hidden": 6, "ratio": 1 + 1e-9},
    {"n_hidden": 6, "ratio": 1 - 1e-9},
    {"n_hidden": 6, "ratio": 0.05},
    {"n_hidden": 6, "ratio": 3, "symmetric": False},
    {"n_hidden": 6, "ratio": 20, "per_neuron": True, "symmetric": False},
    {"n_hidden": 6, "ratio": 3, "per_tau_h": True},
]


@pytest.mark.parametrize("spec", NETWORKS, ids=str)
def test_every_crossing_lies_on_the_threshold_and_the_end_is_exact(spec):
    """Full dynamics by matrix exponentials; h = θ to 1e-12·max|h| at each crossing, v and h to 1e-12 at the end."""
    net = gaussian(seed=3, **spec)
    cues = noisy_cues(net, 12)
    duration = 15 * max(net.tau_v.max(), net.tau_h.max())
    out = recall(net, cues, duration=duration, record=["hidden"], record_dt=duration)
    assert out.n_crossings.sum() > 0
    for k, cue in enumerate(cues):
        mine = out.crossing_cue.values == k
        largest = np.abs(theory.drive(net, cue)).max()
        for _, v, h, s, neuron in walk(
            net, cue, out.crossing_time.values[mine], out.crossing_neuron.values[mine], duration
        ):
            largest = max(largest, np.abs(h).max(), np.abs(theory.drive(net, v)).max())
            if neuron is not None:
                assert abs(h[neuron] - net.threshold[neuron]) <= 1e-12 * largest
            on_their_side = np.where(s, h - net.threshold, net.threshold - h)
            assert on_their_side.min() >= -1e-12 * largest  # nobody crossed unnoticed by then
        np.testing.assert_allclose(out.hidden[k], h, atol=1e-12 * largest)
        np.testing.assert_allclose(out.visible[k], v, atol=1e-12 * max(1, np.abs(cue).max()))
        assert (out.hidden_active.values[k] == s).all()


@pytest.mark.parametrize("ratio", [0.05, 0.5, 1 - 1e-9, 1, 1 + 1e-9, 3, 20])
def test_one_neuron_by_hand(ratio):
    """N_h = 1, J = 1, cue g·ξ: h = gφ(t) up to the crossing; after it h heads for 1 and never comes back."""
    tau_v, tau_h, theta, g = ratio * 1e-3, 1e-3, 0.2, 2.0
    net = Network(weights=np.ones((5, 1)), threshold=theta, tau_v=tau_v, tau_h=tau_h)
    out = recall(net, np.full(5, g))

    def h(t):  # from the textbook form, or its limit
        if abs(ratio - 1) < 1e-6:
            return g * t / tau_h * np.exp(-t / tau_h)
        return g * tau_v / (tau_v - tau_h) * (np.exp(-t / tau_v) - np.exp(-t / tau_h))

    peak = tau_h if abs(ratio - 1) < 1e-6 else np.log(tau_v / tau_h) / (1 / tau_h - 1 / tau_v)
    if h(peak) <= theta:
        assert out.n_crossings == 0
        assert not out.hidden_active.item()
    else:
        crossing = brentq(lambda t: h(t) - theta, 0, peak, xtol=1e-18, rtol=1e-15)  # pyright: ignore[reportArgumentType]
        assert out.settle_time.item() == pytest.approx(crossing, rel=1e-6 if abs(ratio - 1) < 1e-6 else 1e-12)
        assert out.hidden_active.item()
    assert out.outcome.item() == Outcome.SETTLED


def test_near_equal_time_constants_are_continuous():
    cue_net = gaussian(10, ratio=1, seed=5)
    cues = noisy_cues(cue_net, 50)
    at_one = recall(cue_net, cues)
    for shift in (1e-9, -1e-9):
        near = recall(gaussian(10, ratio=1 + shift, seed=5), cues)
        assert (near.hidden_active == at_one.hidden_active).all()
        np.testing.assert_allclose(near.settle_time, at_one.settle_time, rtol=1e-6)


@pytest.mark.parametrize("ratio", [1, 20])
def test_reference_converges_to_event_at_first_order(ratio):
    net = gaussian(8, ratio=ratio, seed=2, n_visible=400)
    cues = noisy_cues(net, 200, noise_std=1.0) * (3 if ratio == 1 else 1)
    duration = 5e-3
    exact = recall(net, cues, duration=duration)
    errors = []
    for dt in (8e-5, 4e-5, 2e-5, 1e-5, 5e-6):
        grid = recall(net, cues, engine=Reference(dt=dt), duration=duration)
        errors.append(np.abs(grid.hidden - exact.hidden).values.mean())
    order = -np.polyfit(np.arange(5), np.log2(errors), 1)[0]  # a crossing falls anywhere in a step: fit, not pairs
    assert 0.85 < order < 1.15, (errors, order)


@pytest.mark.parametrize("spec", NETWORKS, ids=str)
def test_settled_recalls_have_no_crossing_later(spec):
    """Running ten times longer changes neither the hidden state nor the last crossing."""
    net = gaussian(seed=4, **spec)
    cues = noisy_cues(net, 100)
    short = recall(net, cues, duration=4 * max(net.tau_v.max(), net.tau_h.max()))
    long = recall(net, cues, duration=40 * max(net.tau_v.max(), net.tau_h.max()))
    done = (short.outcome == Outcome.SETTLED).values
    assert done.any()
    assert (short.hidden_active.values == long.hidden_active.values)[done].all()
    np.testing.assert_allclose(short.settle_time.values[done], long.settle_time.values[done], rtol=1e-12)
    assert (short.n_crossings.values < long.n_crossings.values)[~done].all()  # "not settled" was true as well


def test_energy_never_rises_along_an_exact_recall():
    for spec in ({"ratio": 20}, {"ratio": 1}, {"ratio": 0.05}, {"ratio": 3, "per_neuron": True}):
        net = gaussian(10, seed=6, **spec)  # pyright: ignore[reportArgumentType]
        out = recall(net, noisy_cues(net, 20), record=["hidden", "visible"], record_dt=2e-4)
        energy = theory.energy(net, out.visible_trace, out.hidden_trace)
        assert np.diff(energy, axis=1).max() <= 1e-12 * np.abs(energy).max()
        assert (energy[:, 0] > energy[:, -1]).all()


def test_traces_meet_the_crossings_and_the_final_state():
    net = gaussian(10, seed=7)
    cues = noisy_cues(net, 5)
    out = recall(net, cues, duration=50e-3, record=["hidden", "visible", "hidden_active"], record_dt=1e-3)
    np.testing.assert_allclose(out.hidden_trace.isel(time=-1), out.hidden, atol=1e-12)
    np.testing.assert_allclose(out.visible_trace.isel(time=-1), out.visible, atol=1e-12)
    np.testing.assert_array_equal(out.visible_trace.isel(time=0), cues)
    for k in range(5):
        mine = out.crossing_cue == k
        assert int(mine.sum()) == out.n_crossings[k]
        for t, active in zip(out.time.values, out.hidden_active_trace.values[k], strict=True):
            seen = (out.crossing_time.values[mine] <= t) @ np.eye(10)[out.crossing_neuron.values[mine]]
            assert (seen % 2 == active).all()


def test_a_neuron_that_inhibits_itself_slides_and_the_recall_goes_on_to_its_end():
    net = Network(weights=-np.ones((1, 1)), feedback=np.ones((1, 1)), threshold=-0.4, tau_v=20e-3, tau_h=1e-3)
    out = recall(net, np.array([[0.3]]), record=["hidden", "visible"], record_dt=0.2)
    assert out.outcome.item() == Outcome.SLIDING
    assert np.isnan(out.settle_time.item())
    assert out.end_time.item() == out.attrs["duration"]
    assert out.hidden.item() == -0.4  # Filippov: h = u = θ
    assert out.visible.item() == pytest.approx(-0.4, abs=1e-6)  # s̄ = 0.4, v = ξ s̄/√N_h
    assert 100 < out.n_crossings.item() < 1000
    np.testing.assert_allclose(out.visible_trace.values[0, -1], out.visible.values[0], atol=1e-12)
    np.testing.assert_allclose(out.hidden_trace.values[0, -1], out.hidden.values[0], atol=1e-12)


def test_what_follows_a_sliding_phase_is_that_of_small_steps():
    """Neuron 0 slides; its mean activity lifts neuron 1 over θ, which ends the sliding: the recall settles."""
    coupling = np.array([[-1.0, -2.0], [0.8, 0.6]])
    net = Network(weights=np.eye(2), feedback=2 * coupling, threshold=[-0.4, 0.3], tau_v=5e-3, tau_h=1e-3)
    cue = np.linalg.solve(np.sqrt(2) / 2 * net.feedback_weights, [-0.2, -40.0])
    out = recall(net, cue, duration=0.2)
    grid = recall(net, cue, engine=Reference(dt=2e-6), duration=0.2)
    assert out.n_crossings.item() > 100  # it has slid
    assert out.outcome.item() == grid.outcome.item() == Outcome.SETTLED
    np.testing.assert_array_equal(out.hidden_active, grid.hidden_active)
    assert out.settle_time.item() == pytest.approx(grid.settle_time.item(), abs=1e-4)
    np.testing.assert_allclose(out.visible, grid.visible, atol=1e-4)


def test_a_slow_cycle_cycles_and_its_transient_is_not_taken_for_it():
    """The drive passes θ by 1e-5 only, so each of the crossings takes about twelve time constants."""
    near = 1e-5
    coupling = np.array([[0.0, -1.0], [1.0, 0.0]])
    net = Network(weights=np.eye(2), feedback=2 * coupling, threshold=[-near, 1 - near], tau_v=5e-3, tau_h=5e-3)
    cue = np.linalg.solve(np.sqrt(2) / 2 * net.feedback_weights, [0.1, 0.1])
    for engine, length in itertools.product(("event", "reference"), (0.05, 0.1, 1.0)):
        out = recall(net, cue, duration=length, engine=engine)
        assert out.outcome.item() == Outcome.CYCLING, (engine, length)
    intervals = np.diff(recall(net, cue, duration=3.0, record=["hidden"], record_dt=1.0).crossing_time)
    assert intervals.max() > 10 * 5e-3


def test_independent_feedback_cycles_or_settles_but_always_ends():
    names = set()
    for seed in range(12):
        rng = np.random.default_rng(seed)
        net = Network(weights=rng.standard_normal((40, 20)), feedback=rng.standard_normal((20, 40)), threshold=0.0)
        out = recall(net, noisy_cues(net, 8, seed=seed))
        names |= set(out.outcome.values)
    assert Outcome.CYCLING.value in names
    assert names <= {o.value for o in Outcome} - {Outcome.NON_FINITE.value}


def test_a_two_neuron_oscillator_is_cycling():
    """Excitation chased by inhibition: J = [[1, −2], [2, 0]] around θ = ½ has no fixed point but |00>."""
    coupling = np.array([[1.0, -2.0], [2.0, 0.0]])
    net = Network(weights=np.eye(2), feedback=2 * coupling, threshold=[0.5, 0.5], tau_v=5e-3, tau_h=5e-3)
    np.testing.assert_allclose(theory.effective_coupling(net), coupling)
    assert not theory.is_fixed_point(net, [[1, 0], [0, 1], [1, 1]]).any()  # pyright: ignore[reportArgumentType]
    out = recall(net.replace(threshold=[-0.1, 0.5]), np.zeros((1, 2)), duration=1.0)
    assert out.outcome.item() == Outcome.CYCLING


def test_a_graze_is_flagged_marginal():
    """With θ exactly at the maximum of h, rounding decides and the cue is marginal; slightly beside it is not."""
    tau_v, tau_h, g = 20e-3, 1e-3, 0.6
    peak = np.log(tau_v / tau_h) / (1 / tau_h - 1 / tau_v)
    top = float(g * reduction.transfer(peak, tau_v, tau_h))
    net = Network(weights=np.ones((3, 1)) * 0.1, feedback=np.ones((1, 3)), threshold=top, tau_v=tau_v, tau_h=tau_h)
    cue = np.full((1, 3), g)
    assert recall(net, cue).marginal.item()
    for shift, active in ((1e-9, 0), (-1e-9, 2)):
        out = recall(net.replace(threshold=top + shift), cue)
        assert not out.marginal.item()
        assert 0.9e-9 < out.margin.item() < 2e-9
        assert out.n_crossings.item() == active


def test_zero_thresholds_cross_at_time_zero():
    net = gaussian(30, seed=8).replace(threshold=0.0)
    cues = noisy_cues(net, 10, noise_std=0.1)
    out = recall(net, cues, record=["hidden"], record_dt=20e-3)
    assert (out.crossing_time == 0).any()
    early = recall(net, cues, duration=1e-7)
    assert (early.hidden_active.values == (theory.drive(net, cues) > 0)).all()


def test_starting_above_threshold():
    net = gaussian(5, seed=9)
    state = np.array([[1, 0, 1, 1, 0]], dtype=bool)
    field = state @ theory.effective_coupling(net).T
    out = recall(net, theory.visible_state(net, state), hidden=np.where(state, 0.9, 0.1))
    assert theory.is_fixed_point(net, state).all()
    assert (out.hidden_active.values == state).all()
    at_rest = recall(net, theory.visible_state(net, state), hidden=field)
    assert at_rest.n_crossings.item() == 0
    np.testing.assert_allclose(at_rest.hidden, field, atol=1e-13)


def test_exact_ties_are_preserved():
    """θ = 0 and all neurons inactive at the end: c = 0 = θ exactly, independent of earlier crossings."""
    ended_silent = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        net = Network(weights=rng.standard_normal((4, 6)), feedback=rng.standard_normal((6, 4)), threshold=0.0)
        out = recall(net, rng.standard_normal((30, 4)), read_out=False)
        silent = ~out.hidden_active.values.any(axis=1) & (out.hidden.values < 0).all(axis=1)
        ended_silent += silent.sum()
        assert (out.outcome.values[silent] == Outcome.SETTLED).all()
        assert out.marginal.values[silent].sum() <= 1
    assert ended_silent > 50


def test_a_tie_never_fires_later():
    coupling = np.array([[0, 0, 0], [0, 0, 0], [0.1, 0.2, 0.5]])
    net = Network(
        weights=np.vstack([np.eye(3), np.zeros((5, 3))]),
        feedback=np.hstack([8 * coupling, 8 / np.sqrt(3) * np.eye(3), np.zeros((3, 2))]),
        threshold=0.0,
    )
    for duration in (0.4, 0.6, 1.0, 2.0):
        out = recall(net, np.array([0, 0, 0, -1.0, -1.0, -1.0, 0, 0]), hidden=[0.1, 0.5, -1], duration=duration)
        assert out.outcome.item() == Outcome.SETTLED
        assert not out.hidden_active.any()


@pytest.mark.parametrize("duration", [0.1, 1.4, 1.5, 2.0, 10.0])
def test_an_asymptote_at_the_threshold_does_not_hide_an_early_crossing(duration):
    """c = θ to rounding, but h overshoots at once: the crossing is the early one, however far one looks ahead."""
    coupling = np.array([[1, 0, 0], [0, 1, 0], [0.1, 0.2, 1.0]])
    net = Network(weights=np.eye(3), feedback=3 * coupling, threshold=[0.5, 0.5, 0.3])
    cue = np.linalg.solve(np.sqrt(3) / 3 * net.feedback_weights, np.ones(3))
    out = recall(net, cue, hidden=[1.0, 1.0, 0.0], duration=duration)
    assert out.outcome.item() == Outcome.SETTLED
    assert out.settle_time.item() == pytest.approx(0.00036, rel=0.01)


def test_a_crossing_ahead_without_a_peak_is_not_overlooked():
    """τ_v < τ_h: u has long decayed to c > θ when h, from far below and without a turn, gets there at last."""
    net = Network(weights=np.ones((1, 1)), threshold=-0.5, tau_v=1e-3, tau_h=20e-3)
    start = {"hidden": [-5.0]}
    assert recall(net, [[0.1]], duration=10e-3, **start).outcome.item() == Outcome.TIMED_OUT  # pyright: ignore[reportArgumentType]
    later = recall(net, [[0.1]], duration=0.2, **start)  # pyright: ignore[reportArgumentType]
    assert later.outcome.item() == Outcome.SETTLED
    assert later.settle_time.item() == pytest.approx(20e-3 * np.log(10), rel=0.01)  # h ≈ −5 e^{−t/τ_h}


def test_a_run_stopped_at_the_cap_has_an_outcome():
    coupling = np.array([[0.0, -1.0], [1.0, 0.0]])
    net = Network(weights=np.eye(2), feedback=2 * coupling, threshold=coupling @ [0.5, 0.5])
    cue = np.linalg.solve(np.sqrt(2) / 2 * net.feedback_weights, np.add(net.threshold, [0.3, -0.2]))
    for cap in (150, 153, 155, 157, 160, 163):
        out = recall(net, cue, duration=2.0, engine=Event(max_crossings=cap))
        assert out.outcome.item() == Outcome.CYCLING


def test_threads_and_chunks_do_not_change_a_bit():
    net = gaussian(12, seed=10)
    cues = noisy_cues(net, 600)
    one, two = (recall(net, cues, engine=Event(threads=n)) for n in (1, 2))
    for name in ("hidden", "visible", "settle_time", "margin", "hidden_active"):
        np.testing.assert_array_equal(one[name], two[name])
    np.testing.assert_array_equal(recall(net, cues[590:]).hidden_active, one.hidden_active[590:])


def test_overflow_is_non_finite():
    net = Network(weights=np.full((2, 1), 1e200), threshold=0.5)
    assert recall(net, np.full((1, 2), 1e200)).outcome.item() == Outcome.NON_FINITE


def test_refusals():
    net = gaussian(3)
    cues = noisy_cues(net, 2)
    with pytest.raises(InvalidInput, match="Heaviside"):
        recall(net.replace(hidden_activation=Sigmoid(10.0)), cues)
    with pytest.raises(InvalidInput, match="one tau_v"):
        recall(net.replace(tau_v=np.full(net.n_visible, 1e-2)), cues)
    for options in ({"threads": 0}, {"max_crossings": 0}, {"max_crossings": 1.5}):
        with pytest.raises(InvalidInput, match="whole number"):
            Event(**options)  # pyright: ignore[reportArgumentType]
