"""The definition of each outcome, against small steps that know nothing of closed forms, and at hand-made networks.

The steps are run 100 longest time constants beyond the end of the recall, once with a step dt and once with dt/4. A
neuron that slides crosses about twice as often at dt/4 (the interval is π√(dt/(1/τ_v + 1/τ_h))), one that cycles does
not. In between, and where few crossings were counted, steps decide nothing.
"""

from collections import Counter

import numpy as np
import pytest

from neurosim import Network, Outcome, recall

TAU_H = 1e-3
# (hidden neurons, τ_v/τ_h, duration in longest time constants); N_v = N_h or N_h + 2
KINDS = [(3, 2.0, 20), (5, 2.0, 2), (4, 1.0, 20), (6, 5.0, 20), (5, 0.5, 3), (8, 3.0, 20), (3, 1.0, 1), (2, 4.0, 20)]


def random_networks(kind, count, seed):
    n, ratio, _ = kind
    rng = np.random.default_rng([seed, n, round(10 * ratio)])
    n_visible = n + 2 * (seed % 2)
    weights = rng.standard_normal((count, n_visible, n))
    feedback = rng.uniform(1, 4) * rng.standard_normal((count, n, n_visible))
    threshold = rng.uniform(-0.3, 0.5, (count, n))
    nets = [
        Network(weights=w, feedback=b, threshold=t, tau_v=ratio * TAU_H, tau_h=TAU_H)
        for w, b, t in zip(weights, feedback, threshold, strict=True)
    ]
    return nets, rng.standard_normal((count, n_visible))


def steps(nets, cues, dt, spans):
    """Step eqs. (1a, 1b); return the crossings (net, hidden) of each span, and s after the first."""
    tau_v, tau_h = float(nets[0].tau_v), float(nets[0].tau_h)
    coupling = np.array([net.feedback_weights @ net.weights / net.n_visible for net in nets])
    threshold = np.array([net.threshold for net in nets])
    scale = np.sqrt(nets[0].n_hidden) / nets[0].n_visible
    u = np.array([scale * net.feedback_weights @ cue for net, cue in zip(nets, cues, strict=True)])
    h, c = np.zeros_like(u), np.zeros_like(u)
    s = h > threshold
    c = np.einsum("kmn,kn->km", coupling, s)
    x, y = np.exp(-dt / tau_v), np.exp(-dt / tau_h)
    phi = dt / tau_h * x if tau_v == tau_h else (x - y) * tau_v / (tau_v - tau_h)
    counts, first = [], None
    for span in spans:
        count = np.zeros(h.shape, int)
        for _ in range(round(span / dt)):
            h, u = c + (u - c) * phi + (h - c) * y, c + (u - c) * x
            crossed = (h > threshold) != s
            rows = crossed.any(axis=1)
            if rows.any():
                count += crossed
                s = s ^ crossed
                c[rows] = np.einsum("kmn,kn->km", coupling[rows], s[rows])
        first = s.copy() if first is None else first
        counts.append(count)
    return counts, first


def outcomes_by_steps(nets, cues, kind):
    """Return the outcome by the definition, "" where steps do not decide; s at the end; and who slides."""
    _, ratio, length = kind
    short, long = min(ratio, 1) * TAU_H, max(ratio, 1) * TAU_H
    spans = [length * long, 80 * long, 20 * long]
    coarse, _ = steps(nets, cues, short / 60, spans)
    fine, state = steps(nets, cues, short / 240, spans)
    growth = fine[2] / np.maximum(coarse[2], 1)
    many = fine[2] > 30
    sliding, recurring = many & (growth > 1.6), (fine[2] > 0) & (growth < 1.25)
    unclear = (fine[2] > 0) & ~sliding & ~recurring
    after = fine[1] + fine[2]
    found = np.full(len(nets), Outcome.TIMED_OUT.value, dtype="U10")
    found[(after == 0).all(axis=1)] = Outcome.SETTLED.value
    found[sliding.any(axis=1) & ((after == 0) | sliding).all(axis=1)] = Outcome.SLIDING.value
    found[recurring.any(axis=1)] = Outcome.CYCLING.value
    found[unclear.any(axis=1)] = ""
    return found, state, sliding


@pytest.mark.parametrize("count", [6, pytest.param(130, marks=pytest.mark.slow)])
def test_outcomes_are_those_of_small_steps(count):
    pairs, beyond, wrong_states = Counter(), [], 0
    for seed, kind in enumerate(KINDS):
        nets, cues = random_networks(kind, count, seed)
        expected, state, sliding = outcomes_by_steps(nets, cues, kind)
        length = kind[2] * max(kind[1], 1) * TAU_H
        for k, net in enumerate(nets):
            out = recall(net, cues[k], duration=length, read_out=False)
            assert out.end_time.item() == pytest.approx(length)
            found = out.outcome.item()
            pairs[expected[k], found] += 1
            if expected[k] in ("settled", "sliding") and found == expected[k]:
                wrong_states += (out.hidden_active.values[0] != state[k])[~sliding[k]].any()
            if expected[k] not in ("", found):
                beyond.append((expected[k], found, int(sliding[k].sum())))
    total = sum(pairs.values())
    assert total == count * len(KINDS) and (count < 100 or total >= 1000)
    assert wrong_states <= 0.002 * total
    assert sum(n for (steps, _), n in pairs.items() if not steps) <= 0.05 * total, pairs  # undecided by steps
    # Two or more neurons that drive each other's oscillation may cycle below the resolution of the steps.
    assert len(beyond) <= 0.015 * total, (beyond, pairs)
    assert all(who >= 2 for steps, found, who in beyond if (steps, found) == ("sliding", "cycling")), beyond
    assert {found for _, found in pairs} >= {"settled", "sliding", "cycling"}
    assert count < 100 or pairs["timed_out", "timed_out"] > 10
