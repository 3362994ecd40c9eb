"""Capacity against the separation of patterns, and the correlation of their features (Bielmeier & Friedland 2025)."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray
from matplotlib.figure import Figure

from neurosim.gallery.base import Data, Entry, Plan
from neurosim.measure.comparison.compare import capacity_sweep
from neurosim.measure.comparison.laws import separated
from neurosim.measure.statistics import format_estimate
from neurosim.models import Dense
from neurosim.plots import comparison as figure
from neurosim.plots import style
from neurosim.report.page import Row

POWERS = (2, 3, 4)
SEPARATIONS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
CORRELATIONS = (0.0, 0.3, 0.5, 0.7)


def measure(plan: Plan) -> Data:
    """Find the capacity of dense memories for patterns of every separation and correlation, no bit wrong at the end."""
    grid = {
        "separation": plan.pick(SEPARATIONS, SEPARATIONS[2::4]),
        "correlation": plan.pick(CORRELATIONS, CORRELATIONS[::2]),
    }
    size = plan.pick(50, 20)
    options = {"criterion": 1.0, "flipped": 1 / size, "maximum": plan.pick(8192, 256), "seed": plan.seed}
    models = {f"dense, n = {power}": Dense(power=power) for power in POWERS}
    runner = plan.runner
    return {"capacity": capacity_sweep(plan.networks, models, grid, n_neurons=size, runner=runner, **options)}


def draw(data: Data) -> Any:
    """Draw one panel a degree."""
    found = data["capacity"]
    figure_ = Figure(figsize=(2 * style.ONE_COLUMN, 3.0), layout="constrained")
    panels = figure_.subplots(1, len(POWERS), sharey=True)
    for ax, power, label in zip(panels, POWERS, found.model.values, strict=True):
        figure.separation(found.sel(model=label), _law(found, power), ax=ax)
        ax.set_title(f"degree $n = {power}$", fontsize=style.LABEL)
    for ax in panels[1:]:
        ax.set_ylabel("")
    style.legend(panels[0], title="correlation of\nneighbouring features", loc="upper left")
    return panels


def _law(found: xarray.Dataset, power: int) -> np.ndarray:
    return np.array([separated(power, found.attrs["n_neurons"], d) for d in found.separation.values])


def describe(data: Data) -> tuple[list[str], list[Row]]:
    """Say what separation does, and what correlation takes at constant separation, by degree."""
    found = data["capacity"]
    about, most = found.attrs, float(found.correlation[-1])
    text = [
        f"±1 patterns of {about['n_neurons']} bits around a common centre, their deviations a Markov chain along the "
        "neurons: the mean separation of two patterns is that of the axis exactly, whatever the correlation "
        f"(`neurosim.measure.comparison.correlated`). Dense memories; cues with one bit wrong, recalled without any; "
        "the load where half "
        f"are, at most {about['n_networks']} networks at each place probed, bars {100 * about['confidence']:g}%.",
        "Dashed: theory without correlation (`neurosim.measure.comparison.laws.separated`). Capacity rises with "
        "separation, faster "
        "than any one exponential: as a power of 1/(1 − 2d), until at d = ½ the centre is gone.",
        "Correlation leaves the mean separation as it is but spreads it, as if at d = ½ there were only "
        "N (1 − ρ²)/(1 + ρ²) features; were that all, capacity would go with their (n − 1)-th power, which the table "
        f"has beside what was measured. {_unharmed(found)} Table: capacity with correlation over capacity without, "
        "between the ends of their intervals.",
    ]
    rows: list[Row] = []
    features = (1 - most**2) / (1 + most**2)
    for power, label in zip(POWERS, found.model.values, strict=True):
        here = found.sel(model=label)
        rows.append(
            (f"n = {power}, d = 0.5, ρ = 0", format_estimate(here, "capacity", 4, separation=0.5, correlation=0), "")
        )
        for d in found.separation.values[::-2]:
            note = f"fewer features: {features ** (power - 1):.2g}" if d == 0.5 else ""
            rows.append((f"n = {power}, d = {d:g}, ρ = {most:g}", _ratio(here, d, most), note))
    return text, rows


def _unharmed(found: xarray.Dataset) -> str:
    """Say up to which separation no loss is seen at any degree: an upper limit as high as the lower one without."""
    upper = found.capacity_upper.isel(correlation=-1)
    lost = (upper < found.capacity_lower.isel(correlation=0)).any("model").values
    if lost[0]:
        return "It costs capacity from the least separation on."
    kept = found.separation.values[: np.argmax(lost) if lost.any() else None]
    return f"No loss is seen up to d = {kept[-1]:g} at any degree."


def _ratio(here: xarray.Dataset, separation: float, correlation: float) -> str:
    """Return capacity with correlation over capacity without; limits are those of the two intervals' ends."""
    at, without = (here.sel(separation=separation, correlation=rho) for rho in (correlation, 0))
    low = float(at.capacity_lower / without.capacity_upper)
    high = float(at.capacity_upper / without.capacity_lower)
    if not np.isfinite([at.capacity, without.capacity]).all():
        return "beyond what was tried"
    return f"{float(at.capacity / without.capacity):.3g} of it ({low:.2g} – {high:.2g})"


ENTRY = Entry("separation", "Capacity for patterns of less separation and correlated features", measure, draw, describe)
