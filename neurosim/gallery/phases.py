"""Phase diagrams: recall over load and noise, and over load and threshold."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim.gallery.base import Data, Entry, Plan, law_sentence, numbers, trials_sentence
from neurosim.measure.recall.curves import recall_sweep
from neurosim.plots import phase
from neurosim.report.page import Row

LOADS = (2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500)
NOISE = (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 10)
THRESHOLDS = tuple(np.round(np.arange(0.1, 1.0, 0.05), 2))


def measure_noise(plan: Plan) -> Data:
    """Sweep N_v/N_h and σ_v at N_h = 10."""
    return {"recalled": _sweep(plan, "noise_std", NOISE)}


def measure_threshold(plan: Plan) -> Data:
    """Sweep N_v/N_h and θ at N_h = 10."""
    return {"recalled": _sweep(plan, "threshold", THRESHOLDS)}


def _sweep(plan: Plan, name: str, values: tuple[float, ...]) -> Any:
    grid = {"visible_per_hidden": plan.pick(LOADS, LOADS[::3]), name: plan.pick(values, values[::3])}
    options = {"n_hidden": plan.pick(10, 5), "n_cues": plan.pick(1024, 32), "seed": plan.seed, "runner": plan.runner}
    return recall_sweep(plan.networks, grid, **options)


def describe(data: Data) -> tuple[list[str], list[Row]]:
    """State where recall is nearly perfect."""
    sweep = data["recalled"]
    name = next(str(d) for d in sweep.recalled.dims if d != "visible_per_hidden")
    text = [
        f"Share of cues recalled perfectly; N_h = {sweep.attrs['n_hidden']}, τ_v = 20 τ_h. {trials_sentence(sweep)} "
        "White: measured; orange: the recall law, which needs no simulation.",
        law_sentence(sweep, "recalled", what="The recall law"),
    ]
    middle = float(sweep[name].values[len(sweep[name]) // 2])
    loads = sweep.visible_per_hidden.values
    return text, [numbers(sweep, "recalled", visible_per_hidden=load, **{name: middle}) for load in loads[::3]]


def draw_noise(data: Data) -> Any:
    """Draw the diagram."""
    return phase.draw(data["recalled"], "visible_per_hidden", "noise_std")


def draw_threshold(data: Data) -> Any:
    """Draw the diagram."""
    return phase.draw(data["recalled"], "visible_per_hidden", "threshold")


ENTRIES = (
    Entry("phase-noise", "Recall over load and noise", measure_noise, draw_noise, describe),
    Entry("phase-threshold", "Recall over load and threshold", measure_threshold, draw_threshold, describe),
)
