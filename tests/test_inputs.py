"""Input currents: the closed form against numerical integration, Brian2 against the reference."""

import brian2
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from neurosim import InputCurrent, InvalidInput, Network, Sigmoid, patterns, recall, theory
from neurosim.engines import Brian, Reference
from neurosim.engines.brian import job
from neurosim.inputs import passive

NUMPY = Brian(codegen="numpy")
N_V, N_H = 40, 5
RANDOM = np.random.default_rng(7).standard_normal


def network(**parameters):
    return Network.gaussian(N_V, N_H, seed=0, **({"tau_v": 10e-3, "threshold": 0.3} | parameters))


def cues_for(net, count=4):
    targets = patterns.random_hidden_states(net.n_hidden, count, seed=1)
    return patterns.visible_cues(net, targets, noise_std=0.7, seed=2)


# --- the description ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "segment", "message"),
    [
        (np.zeros(N_V), 1e-3, r"shape \(segment, cue, visible\) = \(≥1, ≥1, ≥1\), got \(40,\)"),
        (np.zeros((1, 1, 1, N_V)), 1e-3, "shape"),
        (np.zeros((0, 4, N_V)), 1e-3, "shape"),
        (np.full((1, N_V), np.nan), 1e-3, "finite"),
        (np.full((1, N_V), np.inf), 1e-3, "finite"),
        (np.ones((1, N_V)) * 1j, 1e-3, "real numbers"),
        ("bright", 1e-3, "real numbers"),
        ([[1.0], [1.0, 2.0]], 1e-3, "real numbers"),
        (np.zeros((1, N_V)), 0, "segment must be finite and > 0"),
        (np.zeros((1, N_V)), [1e-3, 2e-3], "segment must be one time"),
        (np.zeros((1, N_V)), 1 * brian2.mV, "segment must be a time"),
    ],
)
def test_a_current_is_checked_when_made(values, segment, message):
    with pytest.raises(InvalidInput, match=message):
        InputCurrent(values, segment)


def test_a_current_copies_its_values_and_takes_quantities():
    values = np.ones((2, N_V))
    current = InputCurrent(values, 3 * brian2.ms)  # pyright: ignore[reportArgumentType]
    values[:] = 5
    assert (current.values == 1).all() and current.values.shape == (2, 1, N_V)
    assert current.segment == pytest.approx(3e-3) and current.end == pytest.approx(6e-3)
    with pytest.raises(ValueError, match="read-only"):
        current.values[:] = 0


@pytest.mark.parametrize(
    ("current", "options", "message"),
    [
        (np.ones((1, N_V)), {}, "input must be an InputCurrent, got ndarray"),
        (InputCurrent(np.ones((1, 3, N_V)), 1e-3), {}, r"\(≥1, 1 or 4, 40\), got \(1, 3, 40\)"),
        (InputCurrent(np.ones((1, N_V + 1)), 1e-3), {}, r"\(≥1, 1 or 4, 40\), got \(1, 1, 41\)"),
        (InputCurrent(np.ones((3, N_V)), 1e-3), {"duration": 2e-3}, "at least as long as the input, 0.003 s"),
        (InputCurrent(np.ones((1, N_V)), 0.25e-3), {"engine": Reference(dt=1e-4)}, "whole steps of dt = 0.0001 s"),
        (InputCurrent(np.ones((1, N_V)), 0.04e-3), {"engine": Reference(dt=1e-4)}, "whole steps"),
        (
            InputCurrent(np.ones((1, N_V)), 1e-3),
            {"engine": "event"},
            r"input needs an engine that takes it, .* got Event\(\)",
        ),
    ],
)
def test_a_request_checks_the_current(current, options, message):
    net = network()
    with pytest.raises(InvalidInput, match=message):
        recall(net, cues_for(net), input=current, **({"engine": "reference"} | options))


def test_the_recall_lasts_its_usual_time_after_the_input():
    net = network()
    checked = Reference().request(net, cues_for(net), input=InputCurrent(np.ones((2, N_V)), 5e-3))
    assert checked.duration == pytest.approx(10e-3 + 20 * 10e-3)
    assert checked.late_from * checked.dt == pytest.approx(10e-3 + 100e-3)  # half of what follows the input
    assert checked.late_window == pytest.approx(100e-3)
    exactly = Reference().request(net, cues_for(net), input=InputCurrent(np.ones((2, N_V)), 5e-3), duration=10e-3)
    assert exactly.duration == pytest.approx(10e-3)


# --- v without hidden neurons ------------------------------------------------------------------------------------


@pytest.mark.parametrize("tau_v", [5e-3, np.linspace(1e-3, 20e-3, N_V)], ids=["one tau_v", "one a neuron"])
@pytest.mark.parametrize("t", [0.0, 1e-3, 4e-3, 9e-3, 12e-3, 30e-3])
def test_the_passive_state_is_the_integral(t, tau_v):
    cues, current, segment = RANDOM((2, N_V)), RANDOM((3, 2, N_V)), 4e-3
    v = cues
    for k in range(8):  # integrated segment by segment: no step across a jump
        span = min(segment, t - k * segment)
        if span <= 0:
            break
        held = current[k] if k < 3 else 0.0
        rise = solve_ivp(
            lambda _, v, held=held: ((held - v.reshape(2, N_V)) / tau_v).reshape(-1),
            (0, span),
            v.reshape(-1),
            rtol=1e-11,
            atol=1e-12,
        )
        v = rise.y[:, -1].reshape(2, N_V)
    np.testing.assert_allclose(passive(cues, current, segment, tau_v, t), v, rtol=0, atol=1e-9)


def test_without_segments_the_cue_decays():
    cues = RANDOM((2, N_V))
    got = passive(cues, np.empty((0, 1, 1)), 1.0, 5e-3, 7e-3)
    np.testing.assert_allclose(got, cues * np.exp(-7 / 5), rtol=1e-14)


# --- both engines ------------------------------------------------------------------------------------------------

NETWORKS = {
    "plain": {},
    "asymmetric": {"feedback": RANDOM((N_H, N_V))},
    "a threshold and tau_h a neuron": {
        "threshold": np.linspace(0.1, 0.5, N_H),
        "tau_h": np.linspace(0.5e-3, 3e-3, N_H),
    },
    "tau_v is tau_h": {"tau_v": 1e-3},
}


@pytest.mark.parametrize("shared", [True, False], ids=["one current", "a current for each cue"])
@pytest.mark.parametrize(("formulation", "case"), [("event", c) for c in NETWORKS] + [("reduced", "asymmetric")])
def test_event_forms_are_the_reference_to_rounding(formulation, case, shared):
    net = network(**NETWORKS[case])
    current = InputCurrent(2 * RANDOM((4, 1 if shared else 4, N_V)), 3e-3)
    request = {"input": current, "duration": 20e-3, "record": ["hidden", "visible", "hidden_active"]}
    got = recall(net, cues_for(net), engine=NUMPY.replace(formulation=formulation, dt=1e-4), **request)
    want = recall(net, cues_for(net), engine=Reference(dt=1e-4), **request)
    assert want.n_crossings.sum() > 8
    for name in ("hidden", "visible", "hidden_trace", "visible_trace"):
        np.testing.assert_allclose(got[name], want[name], rtol=0, atol=1e-12, err_msg=name)
    for name in ("hidden_active_trace", "n_crossings", "outcome"):
        np.testing.assert_array_equal(got[name], want[name], err_msg=name)
    if not shared:
        alone = recall(net, cues_for(net)[2], engine=Reference(dt=1e-4), **request | {"input": segment_of(current, 2)})  # pyright: ignore[reportArgumentType]
        np.testing.assert_allclose(alone.hidden_trace[0], want.hidden_trace[2], rtol=0, atol=1e-12)


def segment_of(current, cue):
    return InputCurrent(current.values[:, cue], current.segment)


@pytest.mark.parametrize("formulation", ["summed", "event", "reduced"])
@pytest.mark.parametrize(("dt", "steps"), [(1e-4 / 3, 3), (0.7e-4, 1), (3e-5, 7)])
def test_segments_change_at_the_expected_step(formulation, dt, steps, caplog):
    net = network(threshold=50.0)  # nothing but the current acts
    current = InputCurrent(RANDOM((60, 1, N_V)), steps * dt)
    request = {"input": current, "duration": (60 * steps + 5) * dt, "record": ["visible"]}
    got = recall(net, cues_for(net), engine=NUMPY.replace(formulation=formulation, dt=dt), **request)
    want = recall(net, cues_for(net), engine=Reference(dt=dt), **request)
    np.testing.assert_allclose(got.visible_trace, want.visible_trace, rtol=0, atol=1e-12)
    assert "not aligned" not in caplog.text  # they are, but 21 steps divided by one are not 21


def test_the_reference_integrates_the_current():
    net = network(threshold=50.0)
    current = InputCurrent(RANDOM((3, 4, N_V)), 2e-3)
    out = recall(net, cues_for(net), engine=Reference(dt=5e-4), input=current, duration=8e-3, record=["visible"])
    for k, t in enumerate(out.time.values):
        want = passive(cues_for(net), current.values, current.segment, net.tau_v, t)
        np.testing.assert_allclose(out.visible_trace[:, k], want, rtol=0, atol=1e-12)


@pytest.mark.parametrize("tau_v", [10e-3, np.linspace(5e-3, 30e-3, N_V)], ids=["one tau_v", "one a neuron"])
def test_summed_form_differs_from_the_reference_in_second_order(tau_v):
    net = network(hidden_activation=Sigmoid(5.0), tau_v=tau_v)
    current = InputCurrent(2 * RANDOM((4, 1, N_V)), 2e-3)

    def largest_error(dt):
        request = {"input": current, "duration": 10e-3, "record": ["hidden"], "record_dt": 0.4e-3}
        got = recall(net, cues_for(net), engine=NUMPY.replace(dt=dt), **request)
        want = recall(net, cues_for(net), engine=Reference(dt=dt), **request)
        return float(np.abs(got.hidden_trace - want.hidden_trace).max())

    coarse, fine = largest_error(1e-4), largest_error(0.5e-4)
    assert 1e-9 < fine < 1e-3
    assert 3.6 < coarse / fine < 4.4  # both hold s and I over a step


def test_formulations_agree_to_first_order_with_threshold_units():
    net = network()
    current = InputCurrent(2 * RANDOM((2, 4, N_V)), 2e-3)

    def largest_error(dt):
        request = {"input": current, "duration": 6e-3, "record": ["hidden"], "record_dt": 0.4e-3}
        engines = (NUMPY.replace(formulation=f, dt=dt) for f in ("summed", "event"))
        summed, event = (recall(net, cues_for(net), engine=engine, **request) for engine in engines)
        return float(np.abs(summed.hidden_trace - event.hidden_trace).max())

    assert largest_error(0.25e-4) < largest_error(2e-4) / 4 < 0.02


@pytest.mark.parametrize("formulation", ["summed", "event", "reduced"])
def test_each_cue_of_a_divided_request_has_its_current(formulation, monkeypatch):
    net = network()
    current = InputCurrent(2 * RANDOM((3, 7, N_V)), 2e-3)
    engine = NUMPY.replace(formulation=formulation, dt=1e-4)
    request = {"engine": engine, "input": current, "duration": 10e-3, "record": "visible"}
    whole = recall(net, cues_for(net, 7), **request)
    monkeypatch.setattr(job, "SYNAPSES_PER_RUN", 4 * job.rate.size(net, formulation))
    assert len(job.Job(net, engine.request(net, cues_for(net, 7)), engine).batches()) == 2
    cut = recall(net, cues_for(net, 7), **request)
    for name in ("hidden", "visible", "visible_trace"):
        np.testing.assert_allclose(cut[name], whole[name], rtol=0, atol=1e-12, err_msg=name)
    assert (cut.n_crossings == whole.n_crossings).all()


def test_a_job_is_restored_from_its_files():
    net = network(feedback=RANDOM((N_H, N_V)))
    current = InputCurrent(RANDOM((3, 4, N_V)), 2e-3)
    engine = Brian(cells="population", dtype="float32", dt=1e-4)
    one = job.Job(net, engine.request(net, cues_for(net), input=current, seed=np.int64(3)), engine)  # pyright: ignore[reportArgumentType]
    arrays, record = one.to_files()
    two = job.Job.from_files(arrays, record)
    assert two.structure() == one.structure() and two.engine == engine
    assert type(record["request"]["seed"]) is int  # else there is no JSON of it
    batch = one.batches()[0]
    values, others = one.values(batch), two.values(batch)
    assert values.keys() == others.keys()
    assert all(np.array_equal(values[name], others[name]) for name in values)


# --- what it is for ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "engine",
    [
        Reference(dt=1e-4),
        NUMPY.replace(dt=1e-4),
        NUMPY.replace(dt=1e-4, cells="regular", formulation="reduced"),
    ],
    ids=["reference", "rate", "spiking"],
)
def test_two_successive_cues_are_recalled_in_succession(engine):
    net = Network.gaussian(300, 6, seed=0, tau_v=10e-3)
    shown = np.array([[1, 0, 1, 0, 1, 0], [0, 0, 1, 1, 0, 1]], bool)
    push = theory.visible_state(net, 2.0 * shown - 1)  # towards what is shown, away from all else
    current = InputCurrent(push, 60e-3)
    out = recall(net, np.zeros(300), engine=engine, input=current, duration=0.3, record="hidden_active")
    at = out.hidden_active_trace[0].sel(time=[59.9e-3, 119.9e-3], method="nearest").values
    np.testing.assert_array_equal(at, shown)
    np.testing.assert_array_equal(out.hidden_active[0], shown[1])  # kept when the input has gone
    assert out.outcome.item() == "settled"
    assert 60e-3 < out.settle_time.item() < 120e-3


def test_a_succession_shows_every_part_for_its_time():
    first, second = np.full((2, 3), 1.0), np.full((2, 3), -2.0)
    shown = InputCurrent.succession([(first, 0.15), (None, 0.2), (second, 0.05)])
    assert shown.end == pytest.approx(0.4)
    got = [shown.at(step, 0.05)[0, 0] for step in range(9)]
    assert got == [1, 1, 1, 0, 0, 0, 0, -2, 0]
    for parts, message in (
        ([(None, 0.1)], "currents of one shape"),
        ([(first, 0.1), (second[:1], 0.1)], "currents of one shape"),
        ([(first, 0.0004)], "whole number of steps"),
    ):
        with pytest.raises(InvalidInput, match=message):
            InputCurrent.succession(parts)


def test_poisson_trains_carry_the_mean_of_the_current_with_the_variance_of_counts():
    current = InputCurrent(np.stack([np.full((1, 20_000), 0.8), np.full((1, 20_000), -0.3)]), 0.01)
    trains = current.poisson(50.0, seed=1)
    assert trains.values.shape == (20, 1, 20_000) and trains.end == pytest.approx(current.end)
    for part, mean in ((trains.values[:10], 0.8), (trains.values[10:], -0.3)):
        assert part.mean() == pytest.approx(mean, rel=0.02)
        assert part.var() == pytest.approx(abs(mean) / (50.0 * 1e-3), rel=0.03)
        assert (part * mean >= 0).all()  # one of the two groups is silent
    np.testing.assert_array_equal(trains.values, current.poisson(50.0, seed=1).values)
    with pytest.raises(InvalidInput, match="step must divide the segment"):
        current.poisson(50.0, seed=1, step=3e-3)
    with pytest.raises(InvalidInput, match="rate must be"):
        current.poisson(0, seed=1)
