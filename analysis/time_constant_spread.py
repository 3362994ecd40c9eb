"""
Recall with a different time constant in every neuron
=====================================================

Log-normal time constants with mean τ_h (left) or τ_v (right), over the ratio of their means; N_v = 100 N_h, no noise.
Left, the exact engine; right, the full network in small steps by the torch engine, from fewer cues.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.measure.recall.curves import recall_sweep
from neurosim.report.captions import course
from neurosim.report.findings import numbers, trials_sentence

SPREADS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
RATIOS = (4.0, 6.0, 10.0, 20.0)
SPAN = 0.1  # seconds of a recall on the right; the findings state the share of recalls that had not settled by then


def measure(run):
    """Sweep the spread of τ_h, and that of τ_v, at several ratios."""
    common = {"seed": run.seed, "runner": run.runner, "n_hidden": run.pick(10, 5)}
    full = {"n_cues": run.pick(64, 8), "engine": "torch", "duration": SPAN, **common}
    grid = {"ratio": RATIOS}
    return {
        "spread_h": recall_sweep(run.networks, {**grid, "spread_h": SPREADS}, **common),
        "spread_v": recall_sweep(run.networks, {**grid, "spread_v": run.pick(SPREADS, SPREADS[::3])}, **full),
    }


def plot(data):
    """Draw recall against the spread, one line per ratio."""
    return plots.timescales.spread_curves(data["spread_h"], data["spread_v"])


def findings(data):
    """State recall without spread, at a moderate and at the widest spread."""
    what = f"the share recalled at τ_v/τ_h = {RATIOS[0]:g}"
    text = [course(data["spread_h"], "recalled", what, ratio=RATIOS[0])]
    text += [f"Left: {trials_sentence(data['spread_h'])} Right: {trials_sentence(data['spread_v'])}"]
    rows = [
        numbers(curve, "recalled", ratio=ratio, **{name: spread})
        for name, curve in data.items()
        for ratio in RATIOS
        for spread in (0.0, 0.5, 1.0)
    ]
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Recall and basins", uses=["networks"])
