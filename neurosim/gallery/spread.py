"""Recall when every neuron has a time constant of its own."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from neurosim.gallery.base import Data, Entry, Plan, numbers, trials_sentence
from neurosim.measure.recall.curves import recall_sweep
from neurosim.plots import curves as figure
from neurosim.plots import style
from neurosim.report.page import Row

SPREADS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
RATIOS = (4.0, 6.0, 10.0, 20.0)


def measure(plan: Plan) -> Data:
    """Spread τ_h with the exact engine; spread τ_v in the full network, by small steps, from fewer cues."""
    common = {"seed": plan.seed, "runner": plan.runner, "n_hidden": plan.pick(10, 5)}
    grid = {"ratio": RATIOS}
    visible = {"n_cues": plan.pick(64, 8), "engine": "torch", "duration": 0.1, **common}
    return {
        "spread_h": recall_sweep(plan.networks, {**grid, "spread_h": SPREADS}, **common),
        "spread_v": recall_sweep(plan.networks, {**grid, "spread_v": plan.pick(SPREADS, SPREADS[::3])}, **visible),
    }


def draw(data: Data) -> np.ndarray:
    """Draw one line a ratio."""
    figure_ = Figure(figsize=(2 * style.ONE_COLUMN, 3.2), layout="constrained")
    panels = figure_.subplots(1, 2)
    for ax, (name, curve) in zip(panels, data.items(), strict=True):
        figure.draw(curve.drop_vars(["law", "bound"]), name, by="ratio", ax=ax)
    return panels


def describe(data: Data) -> tuple[list[str], list[Row]]:
    """State recall at the widest spread."""
    text = [
        "Log-normal time constants with mean τ_h (left) or τ_v (right); N_v = 100 N_h, no noise. Left: "
        f"{trials_sentence(data['spread_h'])} Right, the full network stepped by the torch engine: "
        f"{trials_sentence(data['spread_v'])}",
    ]
    rows = [
        numbers(curve, "recalled", ratio=ratio, **{name: spread})
        for name, curve in data.items()
        for ratio in RATIOS
        for spread in (0.0, 0.5, 1.0)
    ]
    return text, rows


ENTRY = Entry("spread", "Time constants that differ from neuron to neuron", measure, draw, describe)
