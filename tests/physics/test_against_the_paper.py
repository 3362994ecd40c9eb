"""All engines against an integration of the paper's equations that shares no code with them (`paper_reference`).

Random networks of all kinds: symmetric or with separate feedback, one θ or τ_h or one per neuron, N_h > N_v, τ_v < τ_h,
τ_v = τ_h, with a current into the visible neurons (reference engine and Brian2). The event engine must agree to 1e-6 in
v and h at all samples and at the end, and at the end of a recall that is cut short. Engines with a time step change s
on the grid of steps: they must end in the same hidden state, but for cues that pass a threshold within 0.02 by the
reference's own margin. Cues with a margin below 1e-5 are not judged; they are few. Where a neuron slides, the reference
stops, and the time up to there is judged.
"""

from importlib.util import find_spec

import numpy as np
import pytest
from paper_reference import integrate

from neurosim import InputCurrent, Network, Outcome, recall
from neurosim.engines import Brian, Event, Reference, Torch

TAU_H = 1e-3
CUT = 2  # sample at which a second recall ends, before all has decayed
KINDS = {
    "symmetric": {},
    "separate feedback": {"separate": 1.0},
    "thresholds": {"thresholds": True},
    "time constants": {"tau_hs": True, "separate": 0.5},
    "more hidden": {"n_visible": 4, "n_hidden": 7},
    "fast visible": {"ratio": 0.4},
    "equal time constants": {"ratio": 1.0, "separate": 0.5},
    "slow visible": {"ratio": 5.0, "thresholds": True},
    "all": {"separate": 1.0, "thresholds": True, "tau_hs": True, "n_visible": 5, "n_hidden": 6},
    "input": {"current": 2, "separate": 0.5},
}


def case(kind, seed):
    """Return the arrays of a random network with a cue, an initial h and perhaps a current (segment, visible)."""
    given = {"n_visible": 12, "n_hidden": 5, "ratio": 2.5, "separate": 0.0, "current": 0} | KINDS[kind]
    rng = np.random.default_rng([seed, sorted(KINDS).index(kind)])
    n_v, n_h = given["n_visible"], given["n_hidden"]
    xi = rng.standard_normal((n_v, n_h))
    back = xi.T + given["separate"] * rng.standard_normal((n_h, n_v))
    theta = rng.uniform(0.2, 0.7, n_h) if given.get("thresholds") else np.full(n_h, 0.45)
    tau_h = rng.uniform(0.7e-3, 2e-3, n_h) if given.get("tau_hs") else np.full(n_h, TAU_H)
    tau_v = given["ratio"] * TAU_H
    cue = xi @ rng.integers(0, 2, n_h) / np.sqrt(n_h) + rng.standard_normal(n_v)
    hidden = rng.normal(0, 0.3, n_h) if seed % 3 == 0 else np.zeros(n_h)
    current = rng.standard_normal((given["current"], n_v)) if given["current"] else None
    return xi, back, theta, tau_v, tau_h, cue, hidden, current


def judge(kind, seed, engines):
    """Return the reference's answer of a case and the result of each engine, with v and h at ten times."""
    xi, back, theta, tau_v, tau_h, cue, hidden, current = case(kind, seed)
    dt = min(tau_v, tau_h.min()) / 100
    segment, n_steps = 300 * dt, int(np.ceil(12 * max(tau_v, tau_h.max()) / dt / 100)) * 100
    duration = n_steps * dt
    times = np.arange(11) * (n_steps // 10) * dt
    parts = () if current is None else (current, segment)
    answer = integrate(xi, back, theta, tau_v, tau_h, cue, hidden, duration, *parts, sample_times=times)
    same = KINDS[kind].get("separate", 0) == 0
    net = Network(
        weights=xi,
        feedback=None if same else back,
        threshold=theta if KINDS[kind].get("thresholds") else float(theta[0]),
        tau_v=tau_v,
        tau_h=tau_h if KINDS[kind].get("tau_hs") else float(tau_h[0]),
    )
    common = {"hidden": hidden, "duration": duration, "record": ["hidden", "visible"], "record_dt": times[1]}
    if current is not None:
        common["input"] = InputCurrent(current, segment)
    results = {}
    for name, engine in engines.items():
        if current is None or engine.takes_input:
            results[name] = recall(net, cue, engine=engine.with_default_step(dt), **common)
    if "event" in results:
        results["cut"] = recall(net, cue, hidden=hidden, duration=times[CUT])
    return answer, results


def traces(out):
    """Return v and h at the samples, as the reference does."""
    return np.concatenate([out.visible_trace.values[0], out.hidden_trace.values[0]], axis=1)


def check_event(out, answer):
    """Check samples up to the end of the reference, and where it reached the end, all of the final state."""
    known = len(answer.samples)
    np.testing.assert_allclose(traces(out)[:known], answer.samples, atol=1e-6)
    if answer.dense:
        return
    np.testing.assert_allclose(out.hidden.values[0], answer.hidden, atol=1e-6)
    np.testing.assert_allclose(out.visible.values[0], answer.visible, atol=1e-6)
    np.testing.assert_array_equal(out.hidden_active.values[0], answer.active)
    assert out.n_crossings.item() == len(answer.crossings)
    assert (out.outcome.item() == Outcome.SETTLED) == answer.settled
    if answer.settled:
        last = max([0.0, *[t for t, _ in answer.crossings]])
        assert out.settle_time.item() == pytest.approx(last, abs=1e-6 * TAU_H)


def check_cut(out, answer):
    """Check a recall that ends at the sample `CUT`, if the reference reached it; return whether a crossing follows."""
    if len(answer.samples) <= CUT or answer.dense:
        return False
    end = np.concatenate([out.visible.values[0], out.hidden.values[0]])
    np.testing.assert_allclose(end, answer.samples[CUT], atol=1e-6)
    before = sum(t <= out.end_time.item() for t, _ in answer.crossings)
    follows = before < len(answer.crossings) or not answer.settled
    assert out.n_crossings.item() == before
    assert (out.outcome.item() != Outcome.SETTLED) == follows
    return follows


@pytest.mark.parametrize("seeds", [range(5), pytest.param(range(5, 57), marks=pytest.mark.slow)], ids=["50", "520"])
def test_engines_agree_with_the_equations_of_the_paper(seeds):
    engines = {"event": Event(), "reference": Reference()}
    if find_spec("torch"):
        engines |= {"torch": Torch(reduced=True), "torch full": Torch(reduced=False)}
    judged, marginal, dense, crossings, cut, differing = 0, 0, 0, 0, 0, []
    for kind in KINDS:
        for seed in seeds:
            answer, results = judge(kind, seed, engines)
            judged += 1
            dense += answer.dense
            crossings += len(answer.crossings)
            if answer.margin < 1e-5 and not answer.dense:
                marginal += 1
                continue
            for name, out in results.items():
                if name == "event":
                    check_event(out, answer)
                elif name == "cut":
                    cut += check_cut(out, answer)
                elif not answer.dense and (out.hidden_active.values[0] != answer.active).any():
                    differing.append((kind, seed, name, answer.margin))
                elif answer.settled and answer.margin > 0.02:
                    np.testing.assert_allclose(traces(out), answer.samples, atol=0.02)
    assert judged == len(KINDS) * len(seeds)
    assert crossings > 2 * judged and cut > 0.05 * judged
    assert marginal <= 0.02 * judged
    assert dense <= 0.1 * judged
    assert len(differing) <= 0.03 * judged, differing
    assert all(margin < 0.02 for *_, margin in differing), differing


@pytest.mark.parametrize("formulation", ["summed", "event"])
def test_brian_agrees_with_the_equations_of_the_paper(formulation):
    engine = Brian(codegen="numpy", formulation=formulation)
    for kind in ("symmetric", "input", "all"):
        decided = (judge(kind, seed, {"brian": engine}) for seed in range(1, 20))
        answer, results = next(pair for pair in decided if pair[0].margin > 0.02 and pair[0].crossings)
        np.testing.assert_array_equal(results["brian"].hidden_active.values[0], answer.active)
        np.testing.assert_allclose(traces(results["brian"]), answer.samples, atol=0.02)
