"""The margin of a recall by the exact engine: its closest call, against h on a fine grid."""

import numpy as np
import pytest
from shared_networks import noisy_cues
from shared_networks import random_network as gaussian

from neurosim import Network, Outcome, recall, reduction, theory


def test_the_margin_includes_the_last_segment_and_the_asymptote():
    coupling = np.array([[1, 0], [0.5, 1]])
    for eps in (-1e-15, 1e-15):  # neuron 1 ends 1e-15 beyond its threshold, or short of it
        net = Network(weights=np.eye(2), feedback=2 * coupling, threshold=[0.5, 0.5 - eps])
        cue = np.linalg.solve(np.sqrt(2) / 2 * net.feedback_weights, [1.0, 0.4])
        for duration in (0.4, 2.0):
            assert recall(net, cue, duration=duration).marginal.item()
    peak = np.log(20.0) / (1 / 1e-3 - 1 / 20e-3)
    top = float(0.6 * reduction.transfer(peak, 20e-3, 1e-3))
    # neuron 0 just touches its threshold; neuron 1, slow, crosses after the run has ended
    net = Network(
        weights=0.1 * np.eye(2), feedback=np.sqrt(2) * np.eye(2), threshold=[top, 0.3], tau_h=[1e-3, 1.0], tau_v=20e-3
    )
    out = recall(net, [[0.6, 30.0]], duration=30e-3)
    assert out.margin.item() < 1e-12


def sampled_margin(net, cue, crossings, hidden=0.0):
    """Return the closest call of one recall, from h on a fine grid: turns, asymptotes, and how far crossings reach."""
    coupling, theta, tau_v, tau_h = theory.effective_coupling(net), net.threshold, float(net.tau_v), float(net.tau_h)
    u, h, now, closest = theory.drive(net, cue), np.broadcast_to(hidden, net.n_hidden), 0.0, np.inf
    s = (h > theta).astype(float)

    def leg(c, length):
        t = np.linspace(0, length, 20_001)[:, None]
        return c + (u - c) * reduction.transfer(t, tau_v, tau_h) + (h - c) * np.exp(-t / tau_h)

    for when, neuron in [*crossings, (np.inf, None)]:
        c, length = coupling @ s, min(when - now, 20 * max(tau_v, tau_h))
        path = leg(c, length)
        rise = np.diff(path, axis=0)
        turns = np.abs(path[1:-1] - theta)[rise[1:] * rise[:-1] < 0]
        closest = min(closest, *turns, np.inf)
        if neuron is None:
            return min(closest, *np.abs(c - theta))
        u, h, now = c + (u - c) * np.exp(-length / tau_v), path[-1], when
        beyond = leg(c, 20 * max(tau_v, tau_h))[:, neuron] - theta[neuron]
        beyond = beyond if s[neuron] == 0 else -beyond
        closest = min(closest, beyond.max() if beyond.argmax() else abs(c[neuron] - theta[neuron]))
        s[neuron] = 1 - s[neuron]
    raise AssertionError


@pytest.mark.parametrize("ratio", [0.5, 3, 20])
def test_the_margin_is_the_smallest_distance_to_the_threshold(ratio):
    net = gaussian(6, ratio=ratio, seed=11, n_visible=60)
    cues = noisy_cues(net, 60, noise_std=1.0)
    out = recall(net, cues, duration=60 * max(net.tau_v.max(), net.tau_h.max()), record=["hidden"], record_dt=0.1)
    decided = 0
    for k in np.flatnonzero(out.outcome.values == Outcome.SETTLED):
        mine = out.crossing_cue.values == k
        crossings = list(zip(out.crossing_time.values[mine], out.crossing_neuron.values[mine], strict=True))
        expected = sampled_margin(net, cues[k], crossings)
        assert out.margin.values[k] == pytest.approx(expected, abs=1e-5)
        s = out.hidden_active.values[k].astype(float)
        decided += expected < np.abs(theory.effective_coupling(net) @ s - net.threshold).min() - 1e-9
    assert decided > 20  # by a turn or a barely made crossing, not by where h ends


@pytest.mark.parametrize(
    ("what", "threshold", "drive"),
    [
        ("an early turn just short of θ", [2e-3, 0.6], 0.0),
        ("a crossing on the way up, barely made", [0.1, 0.898], 0.0),
        ("a crossing at the top, barely made", [0.1, 0.8985], 0.9012),
    ],
)
def test_near_crossings_before_the_end_are_in_the_margin(what, threshold, drive):
    """Neuron 2 is on and draws neuron 1 to 0.9; neuron 0 turns back at its top."""
    coupling = np.array([[1, 0, 0], [0, 1, 0.9], [0, 0, 1.0]])
    top = float(0.6 * reduction.transfer(np.log(20.0) / (1 / 1e-3 - 1 / 20e-3), 20e-3, 1e-3))
    net = Network(weights=np.eye(3), feedback=3 * coupling, threshold=[top + threshold[0], threshold[1], 0.5])
    cue = np.linalg.solve(np.sqrt(3) / 3 * net.feedback_weights, [0.6, drive, 1.0])
    hidden = [0.0, 0.0, 0.9]
    out = recall(net, cue, hidden=hidden, duration=1.0, record=["hidden"], record_dt=1.0)
    assert out.crossing_neuron.values.tolist() == [1]
    crossings = [(out.crossing_time.item(), 1)]
    assert out.margin.item() == pytest.approx(sampled_margin(net, cue, crossings, hidden), abs=1e-6)
    assert 1.5e-3 < out.margin.item() < 2.7e-3
