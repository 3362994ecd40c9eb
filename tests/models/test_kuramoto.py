"""Phase oscillators: their flow against their energy, its Brian2 equations, exact mean field, capacity."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_cases import corrupt, pm1
from scipy.integrate import solve_ivp
from scipy.special import i0e, i1e

from neurosim import InvalidInput
from neurosim.measure.statistics import student_interval
from neurosim.models import Kuramoto, kuramoto
from neurosim.models.kuramoto import highest_temperature, mean_field_overlaps

RATIOS = [(1.0, 0.0), (0.0, 1.0), (0.7, 1.9)]


def random_phases(count, n, seed):
    return np.random.default_rng(seed).uniform(-2, 2, (count, n))


def phases(states):
    return 0.5 * np.pi * (1 - states)


def written_energy(model, x, states):
    overlaps = np.abs(np.exp(1j * (phases(states)[:, None] - phases(x))).mean(-1))
    return -states.shape[1] * (0.5 * model.j2 * overlaps**2 + 0.25 * model.j4 * overlaps**4).sum(1)


@pytest.mark.parametrize(("j2", "j4"), RATIOS)
def test_energy_is_the_written_one_and_the_flow_goes_down_its_gradient(j2, j4):
    n, eps = 7, 1e-5
    x, states = random_phases(4, n, 0), random_phases(3, n, 1)
    model = Kuramoto(j2=j2, j4=j4).store(x)
    np.testing.assert_allclose(model.energy(states), written_energy(model, x, states), rtol=1e-12)
    np.testing.assert_allclose(model.energy(states + 0.3), model.energy(states), rtol=1e-12)  # all turned together
    for state, velocity in zip(states, model.velocity(states), strict=True):
        moved = eps * 2 / np.pi * np.eye(n)  # eps radians
        gradient = (model.energy(state - moved) - model.energy(state + moved)) / (2 * eps)
        np.testing.assert_allclose(velocity, -gradient, atol=1e-8)


def test_pairwise_coupling_is_kuramotos_with_hebbs_weights():
    x, states = pm1(3, 9, 0), random_phases(2, 9, 1)
    weights, phi = x.T @ x / 9, phases(states)
    want = (weights * np.sin(phi[:, None, :] - phi[:, :, None])).sum(-1)
    np.testing.assert_allclose(Kuramoto(j2=1, j4=0).store(x).velocity(states), want, atol=1e-12)


@given(
    n=st.integers(2, 20),
    count=st.integers(1, 40),
    seed=st.integers(0, 2**31),
    step=st.floats(0.01, 1e3),
    couplings=st.sampled_from(RATIOS),
)
@settings(max_examples=60, deadline=None)
def test_no_step_raises_the_energy_however_long_it_is(n, count, seed, step, couplings):
    model = Kuramoto(j2=couplings[0], j4=couplings[1], step=step).store(random_phases(count, n, seed))
    states = np.vstack([random_phases(5, n, seed + 1), pm1(5, n, seed)])
    for _ in range(20):
        before, states = model.energy(states), model.recall(states, max_sweeps=1).states
        assert (model.energy(states) <= before + 1e-12 * n * count).all()


def test_short_steps_follow_the_flow():
    n = 12
    x, start = pm1(3, n, 0), random_phases(1, n, 1)
    model = Kuramoto().store(x)
    exact = solve_ivp(lambda t, s: -2 / np.pi * model.velocity(s[None])[0], (0, 2), start[0], rtol=1e-10, atol=1e-12)
    errors = []
    for steps in (200, 400):
        model = Kuramoto(step=2 / steps).store(x)
        end = model.recall(start, max_sweeps=steps).states
        apart = phases(end) - phases(exact.y[:, -1])
        errors.append(1 - np.abs(np.exp(1j * apart).mean()))  # but for a turn of all
    assert errors[0] < 1e-3
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.1)  # first order in the phases


@pytest.mark.parametrize(("j2", "j4"), RATIOS)
def test_a_wrong_bit_stands_still_on_a_saddle_and_is_not_fixed(j2, j4):
    x = pm1(2, 40, 0)
    model = Kuramoto(j2=j2, j4=j4).store(x)
    wrong = x[:1].copy()
    wrong[0, 5] *= -1
    assert np.abs(model.velocity(wrong)).max() < 1e-12
    assert not model.is_fixed(wrong)[0] and model.is_fixed(x).all() and model.is_fixed(-x).all()
    out = model.recall(wrong)
    assert out.n_sweeps[0] > 1 and np.array_equal(np.sign(out.states[0]), x[0])
    assert model.energy(out.states)[0] < model.energy(wrong)[0]


@pytest.mark.parametrize("turn", [-1.7, -0.3, 1e-3, 0.5, 2.0])
def test_recall_returns_a_state_turned_until_its_largest_overlap_is_real_and_positive(turn):
    x = pm1(2, 40, 0)
    model = Kuramoto().store(x)
    turned = x + turn
    assert model.is_fixed(turned).all() and model.is_fixed(-x).all()
    out = model.recall(np.vstack([turned, x, -x]))
    assert (out.n_sweeps == 0).all() and out.settled.all()
    np.testing.assert_allclose(np.exp(1j * phases(out.states)), np.exp(1j * phases(np.vstack([x, x, x]))), atol=1e-12)
    assert np.array_equal(out.states[2:4], x)
    early = model.recall(random_phases(5, 40, 1), max_sweeps=1).states
    overlaps = np.exp(1j * (phases(early)[:, None] - phases(x))).mean(axis=2)
    largest = overlaps[np.arange(5), np.abs(overlaps).argmax(axis=1)]
    assert np.abs(np.angle(largest)).max() < 1e-6


def hessian(model, state):
    """Return the energy's second differences by phases."""
    n, eps, turns = len(state), 1e-3, 2 / np.pi * np.eye(len(state))
    pairs = turns[:, None, :], turns[None, :, :]
    corners = [
        np.broadcast_to(state + eps * (a * pairs[0] + b * pairs[1]), (n, n, n)) for a in (1, -1) for b in (1, -1)
    ]
    upper, right, left, lower = (model.energy(corner.reshape(-1, n)).reshape(n, n) for corner in corners)
    return (upper - right - left + lower) / (4 * eps**2)


def test_fixed_means_that_the_curvature_of_the_energy_is_nowhere_negative():
    model = Kuramoto().store(pm1(3, 8, 0))
    states = pm1(60, 8, 1)
    fixed = model.is_fixed(states)
    assert 0 < fixed.sum() < 60
    for state, answer in zip(states, fixed, strict=True):
        assert answer == (np.linalg.eigvalsh(hessian(model, state))[0] > -1e-4)


@pytest.mark.parametrize(("j2", "j4"), RATIOS)
def test_curvature_is_that_of_the_energy_at_any_phases(j2, j4):
    model = Kuramoto(j2=j2, j4=j4).store(random_phases(3, 7, 0))
    state = random_phases(1, 7, 1)
    phasors = np.exp(1j * phases(state))
    overlaps = model._overlaps(phasors)
    got = model._curvature(phasors[0], overlaps[0], model._pulls(phasors, overlaps)[0])
    np.testing.assert_allclose(got, hessian(model, state[0]), atol=1e-5)


def test_quartic_coupling_makes_patterns_fixed_that_pairwise_crosstalk_turns():
    x = pm1(8, 200, 0)
    cues = corrupt(x[:4], 0.1, 1)
    pairwise, both = (Kuramoto(j2=1, j4=j4).store(x) for j4 in (0, 1.5))
    assert both.is_fixed(x[:4]).all() and not pairwise.is_fixed(x[:4]).any()
    np.testing.assert_allclose(both.recall(cues).states, x[:4], atol=1e-6)
    turned = pairwise.recall(cues).states
    assert ((np.sign(turned) == x[:4]).mean(axis=1) > 0.98).all() and np.abs(turned - x[:4]).max() > 0.1


def test_patterns_of_any_phases_are_recalled():
    x = random_phases(5, 100, 0)
    model = Kuramoto(j2=0.2, j4=1).store(x)
    out = model.recall(x + 0.2 * np.random.default_rng(1).standard_normal(x.shape))
    overlaps = np.abs(np.exp(1j * (phases(out.states) - phases(x))).mean(axis=1))
    assert out.settled.all() and (overlaps > 0.99).all()


@pytest.mark.parametrize(
    ("j2", "j4", "temperature"), [(1, 0, 0.3), (1, 0.5, 0.45), (1, 1, 0.52), (0, 1, 0.1), (2, 1, 0.9)]
)
def test_mean_field_overlaps_solve_the_self_consistency_and_there_are_no_others(j2, j4, temperature):
    found = mean_field_overlaps(temperature, j2=j2, j4=j4)
    m = np.linspace(1e-6, 1, 200_001)
    field = (j2 * m + j4 * m**3) / temperature
    excess = i1e(field) / i0e(field) - m
    places = m[:-1][excess[:-1] * excess[1:] < 0]
    assert len(found) == len(places) > 0
    np.testing.assert_allclose(found, places, atol=1e-5)


def test_the_tricritical_point_is_at_half_the_pairwise_coupling():
    """T(m) = ½ J₂ (1 + (J₄/J₂ − ½) m² − 5/12 m⁴ + …), from I₁(h)/I₀(h) = m at h = 2m + m³ + 5/6 m⁵."""
    for j2 in (1.0, 3.0):
        for ratio in (0.0, 0.3, 0.5):
            assert highest_temperature(j2=j2, j4=ratio * j2) == 0.5 * j2
            assert len(mean_field_overlaps(0.5 * j2 * (1 + 1e-9), j2=j2, j4=ratio * j2)) == 0
            assert len(mean_field_overlaps(0.5 * j2 * (1 - 1e-6), j2=j2, j4=ratio * j2)) == 1
        for beyond in (0.02, 0.01):
            j4 = (0.5 + beyond) * j2
            top = highest_temperature(j2=j2, j4=j4)
            assert top / (0.5 * j2) - 1 == pytest.approx(0.6 * beyond**2, rel=0.1)
            lower, upper = mean_field_overlaps(top * (1 - 1e-9), j2=j2, j4=j4)
            assert lower == pytest.approx(upper, rel=0.05)
            assert upper**2 == pytest.approx(1.2 * beyond, rel=0.1)  # the jump


def test_the_onset_is_continuous_below_the_tricritical_point_steeper_at_it_and_a_jump_above():
    for below in (1e-4, 1e-6):
        temperature = 0.5 * (1 - below)
        assert mean_field_overlaps(temperature, j2=1, j4=0.2) == pytest.approx([np.sqrt(below / 0.3)], rel=0.01)
        assert mean_field_overlaps(temperature, j2=1, j4=0.5) == pytest.approx([(2.4 * below) ** 0.25], rel=0.03)
        assert mean_field_overlaps(temperature, j2=1, j4=1)[0] > 0.7
    assert len(mean_field_overlaps(0.53, j2=1, j4=1)) == 2  # bistable, with 0
    assert len(mean_field_overlaps(0.541, j2=1, j4=1)) == 0


def noisy_overlap(j4, temperature, start, n=2500, dt=0.02):
    """Return |m| at the end of a simulation with noise, averaged over time."""
    model = Kuramoto(j2=1, j4=j4).store(np.ones((1, n)))
    state = np.ones((1, n)) if start == "aligned" else random_phases(1, n, 0)
    rng, overlaps = np.random.default_rng(1), []
    for _ in range(2000):
        turn = model.velocity(state) * dt + np.sqrt(2 * temperature * dt) * rng.standard_normal((1, n))
        state = state - 2 / np.pi * turn
        overlaps.append(np.abs(np.exp(1j * phases(state)).mean()))
    return np.mean(overlaps[-800:])


def test_with_noise_the_network_is_as_bistable_as_the_mean_field():
    lower, upper = mean_field_overlaps(0.6, j2=1, j4=2)
    assert noisy_overlap(2, 0.6, "aligned") == pytest.approx(upper, abs=0.02)
    assert noisy_overlap(2, 0.6, "anyhow") < 0.5 * lower
    (only,) = mean_field_overlaps(0.3, j2=1, j4=0.2)
    assert [noisy_overlap(0.2, 0.3, start) for start in ("aligned", "anyhow")] == pytest.approx([only] * 2, abs=0.03)
    assert noisy_overlap(0.2, 0.6, "aligned") < 0.15


def recalled(n, count, j2, j4, networks=12, cued=12):
    """Return the share of patterns recalled from a tenth wrong to an overlap of 0.95, with its interval."""
    shares = []
    for seed in range(networks):
        x = pm1(count, n, seed)
        out = Kuramoto(j2=j2, j4=j4, step=3).store(x).recall(corrupt(x[:cued], 0.1, seed), max_sweeps=40)
        shares.append(((np.sign(out.states) * x[:cued]).mean(axis=1) >= 0.95).mean())
    return student_interval(shares)


def test_quartic_capacity_grows_faster_than_the_network():
    """Patterns per neuron double with the network and are recalled no worse; pairwise ones already fail far below."""
    for n in (16, 32):
        assert recalled(n, round(0.15 * n**2), 0, 1).lower > 0.7
        assert recalled(n, n // 2, 1, 0).upper < 0.3


def test_pairwise_capacity_grows_as_the_network():
    for n in (60, 120):
        assert recalled(n, n // 30, 1, 0).lower > 0.7
        assert recalled(n, n // 6, 1, 0).upper < 0.3


def brian_run(x, start, j2, j4, noise, duration, dt):
    import brian2 as b2

    b2.prefs.codegen.target = "numpy"
    count, n = x.shape
    clock = b2.Clock(dt * b2.second)
    cells = b2.NeuronGroup(n, kuramoto.OSCILLATORS, method="euler", clock=clock, order=2, name="oscillators")
    hidden = b2.NeuronGroup(count, kuramoto.OVERLAPS, clock=clock, name="overlaps")
    out = b2.Synapses(cells, hidden, kuramoto.TO_OVERLAPS, clock=clock, name="to_overlaps")
    back = b2.Synapses(hidden, cells, kuramoto.TO_OSCILLATORS, clock=clock, name="to_oscillators")
    out.connect()
    back.connect()
    out.turn, back.turn = phases(x).T.ravel(), phases(x).ravel()
    cells.phi, cells.tau, cells.temperature = phases(start), 1 * b2.second, noise
    hidden.j2, hidden.j4 = j2, j4
    seen = b2.StateMonitor(hidden, ["x", "y"], record=True, clock=clock)
    b2.seed(0)
    b2.Network(cells, hidden, out, back, seen).run(duration * b2.second)
    return np.array(cells.phi), np.hypot(seen.x, seen.y)


def test_brian2_equations_are_the_flow():
    n, dt = 30, 0.01
    x, start = random_phases(3, n, 0), random_phases(1, n, 1)
    model = Kuramoto(j2=0.7, j4=1.9).store(x)
    phi = phases(start)
    for _ in range(100):
        phi = phi + dt * model.velocity(1 - 2 / np.pi * phi)
    got, _ = brian_run(x, start[0], 0.7, 1.9, 0.0, 1.0, dt)
    assert np.abs(phi - phases(start)).max() > 0.3
    np.testing.assert_allclose(got, phi[0], atol=1e-10)
    fine = Kuramoto(j2=0.7, j4=1.9, step=dt).store(x).recall(start, max_sweeps=100).states
    apart = phases(fine[0]) - got
    assert np.abs(np.angle(np.exp(1j * (apart - np.angle(np.exp(1j * apart).mean()))))).max() < 0.01


def test_brian2_noise_has_the_mean_fields_temperature():
    x = np.ones((1, 2000))
    _, overlap = brian_run(x, x[0], 1.0, 1.0, 0.3, 15.0, 0.05)
    assert overlap[0, -200:].mean() == pytest.approx(mean_field_overlaps(0.3, j2=1, j4=1)[0], abs=0.01)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: Kuramoto(j2=-1), "j2 must be a finite number >= 0, got -1"),
        (lambda: Kuramoto(j2=0, j4=0), "j2 and j4 must not both be 0"),
        (lambda: Kuramoto(step=0), "step must be a finite number > 0"),
        (lambda: Kuramoto().velocity(np.ones((1, 5))), "call store"),
        (lambda: mean_field_overlaps(0, j2=1, j4=1), "temperature must be a finite number > 0"),
        (lambda: highest_temperature(j2=0, j4=0), "must not both be 0"),
    ],
)
def test_bad_input_is_refused(ask, message):
    with pytest.raises(InvalidInput, match=message):
        ask()
