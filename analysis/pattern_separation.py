"""
Capacity for patterns of less separation and correlated features
================================================================

±1 patterns around a common centre, with deviations that are a Markov chain along the neurons. The mean separation of
two patterns is exactly that of the axis, for every correlation of neighbouring features
(`neurosim.measure.comparison.correlated`), after Bielmeier and Friedland (2025). Dense memories of several degrees n;
cues with one bit wrong, recalled without any.

Dashed: theory without correlation (`neurosim.measure.comparison.laws.separated`). Capacity rises with separation faster
than any one exponential: as a power of 1/(1 − 2d), until at d = ½ the centre has no effect.

Correlation does not change the mean separation but increases its spread: at d = ½ it is that of N (1 − ρ²)/(1 + ρ²)
independent features. If capacity depended on this number alone, it would be proportional to its power n − 1. The table
gives this prediction beside the measured ratio of capacities with and without correlation and its interval.
"""

import numpy as np

from neurosim import plots
from neurosim.cli import program
from neurosim.measure.comparison.compare import capacity_sweep
from neurosim.measure.comparison.laws import separated
from neurosim.measure.statistics import Interval, format_estimate
from neurosim.models import Dense

POWERS = (2, 3, 4)
SEPARATIONS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
CORRELATIONS = (0.0, 0.3, 0.5, 0.7)


def measure(run):
    """Find the capacity of dense memories for patterns of every separation and correlation."""
    separations, correlations = run.pick(SEPARATIONS, SEPARATIONS[2::4]), run.pick(CORRELATIONS, CORRELATIONS[::2])
    grid = {"separation": separations, "correlation": correlations}
    size = run.pick(50, 20)
    options = {"criterion": 1.0, "flipped": 1 / size, "maximum": run.pick(8192, 256)}
    models = {f"degree n = {power}": Dense(power=power) for power in POWERS}
    common = {"n_neurons": size, "seed": run.seed, "runner": run.runner}
    return {"capacity": capacity_sweep(run.networks, models, grid, **common, **options)}


def plot(data):
    """Draw one panel per degree."""
    found = data["capacity"]
    laws = [[separated(power, found.attrs["n_neurons"], d) for d in found.separation.values] for power in POWERS]
    return plots.comparison.separation_by_model(found, np.array(laws))


def findings(data):
    """State capacity without correlation, and its loss by correlation at constant separation."""
    found = data["capacity"]
    about, most = found.attrs, float(found.correlation[-1])
    text = [
        cost_of_correlation(found),
        f"{about['n_neurons']} neurons; at most {about['n_networks']} networks at each load, "
        f"{100 * about['confidence']:g}% intervals.",
    ]
    rows = []
    features = (1 - most**2) / (1 + most**2)
    for power, label in zip(POWERS, found.model.values, strict=True):
        here = found.sel(model=label)
        alone = format_estimate(here, "capacity", 4, separation=0.5, correlation=0)
        rows.append((f"n = {power}, d = 0.5, ρ = 0", alone, ""))
        for d in found.separation.values[::-2]:
            note = f"fewer features: {features ** (power - 1):.2g}" if d == 0.5 else ""
            rows.append((f"n = {power}, d = {d:g}, ρ = {most:g}", relative_capacity(here.sel(separation=d)), note))
    return text, rows


def cost_of_correlation(found):
    """State the largest separation at which the intervals with and without correlation overlap at every degree."""
    upper = found.capacity_upper.isel(correlation=-1)
    lost = (upper < found.capacity_lower.isel(correlation=0)).any("model").values
    if lost[0]:
        return "Correlation reduces capacity from the smallest separation on."
    kept = found.separation.values[: np.argmax(lost) if lost.any() else None]
    return f"No loss by correlation is seen at any degree up to d = {kept[-1]:g}."


def relative_capacity(here):
    """Return capacity with the largest correlation over capacity without, between the ends of the two intervals."""
    at, without = here.isel(correlation=-1), here.isel(correlation=0)
    if not np.isfinite([at.capacity, without.capacity]).all():
        return "more than was tried"
    low, high = at.capacity_lower / without.capacity_upper, at.capacity_upper / without.capacity_lower
    return f"times {format_estimate(Interval(at.capacity / without.capacity, low, high), digits=3)}"


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Capacity and attractors", uses=["networks"])
