"""Figure 10: smooth hidden units."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim import Heaviside, Sigmoid, theory
from neurosim.gallery.base import Data, Entry, Plan, numbers, trials_sentence
from neurosim.measure.recall.curves import recall_sweep
from neurosim.plots import curves as figure
from neurosim.plots import sigmoids, style
from neurosim.report.page import Row

SHOWN = (3.0, 4.0, 6.0, 10.0, 20.0)
GAINS = (4.0, 5.0, 6.0, 8.0, 10.0, 20.0, np.inf)


def measure_nothing(plan: Plan) -> Data:
    """Return no data: the curves are the functions themselves."""
    del plan
    return {}


def draw_intersections(data: Data) -> Any:
    """Draw the activations of `SHOWN` gains with the identity line."""
    del data
    return sigmoids.draw(SHOWN)


def describe_intersections(data: Data) -> tuple[list[str], list[Row]]:
    """State the intersections and the crosstalk that they tolerate."""
    del data
    text = [
        "Appendix F: with J = 1 a hidden neuron rests where x = f(x − θ). Filled circles are stable (slope below "
        "1), the open one at ½ is not. The logistic function has three intersections above gain 4, and one below it.",
        "Three intersections are necessary, not sufficient: crosstalk q shifts the identity line, and the three must "
        "survive the shift. The table gives the largest |q| they do survive; for a Heaviside unit it is ½.",
    ]
    rows = []
    for gain in (*SHOWN, 50.0, np.inf):
        unit = Heaviside() if np.isinf(gain) else Sigmoid(gain)
        points = theory.intersections(unit)
        at = ", ".join(f"{x:.4g}{'' if stable else ' (unstable)'}" for x, stable in zip(*points, strict=True))
        rows.append((f"gain {gain:g}", at, f"tolerates |q| ≤ {theory.tolerable_shift(unit):.4g}"))
    return text, rows


def measure_capacity(plan: Plan) -> Data:
    """Recall every state with sigmoid units, N_h to 10, by small steps."""
    grid = {"gain": GAINS, "n_hidden": plan.pick([2, 4, 6, 8, 10], [2, 4])}
    options = {"engine": "torch", "seed": plan.seed, "runner": plan.runner}
    return {"recalled": recall_sweep(plan.networks, grid, **options)}


def draw_capacity(data: Data) -> Any:
    """Draw one line a gain."""
    curve = data["recalled"].drop_vars(["law", "bound"])
    ax = figure.draw(curve, "n_hidden", by="gain", legend=False, ax=style.axes(None, height=3.2))
    handles = [*ax.get_legend_handles_labels()[0], *style.interval_handles(curve)]
    style.legend(ax, title="gain", handles=handles, ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return ax


def describe_capacity(data: Data) -> tuple[list[str], list[Row]]:
    """State recall by gain at the largest size."""
    curve = data["recalled"]
    largest = int(curve.n_hidden.max())
    text = [
        f"Share of the 2^N_h states recalled from their own visible state (a neuron counts as active if h > θ); "
        f"N_v = 100 N_h, τ_v = 20 τ_h, torch engine. {trials_sentence(curve)} A gain at or below 4 leaves one fixed "
        "point and no memory; a little above 4 the three intersections exist but give way to crosstalk.",
    ]
    return text, [numbers(curve, "recalled", gain=gain, n_hidden=largest) for gain in GAINS if np.isfinite(gain)]


ENTRIES = (
    Entry("10a", "Sigmoids and the identity line", measure_nothing, draw_intersections, describe_intersections),
    Entry("10b", "Capacity with sigmoid hidden units", measure_capacity, draw_capacity, describe_capacity),
)
