"""
Fixed points of sigmoid hidden units
====================================

Figure 10a and appendix F of the paper: with J = 1, a hidden neuron rests where x = f(x − θ). Filled circles are stable
(slope below 1). That at ½ is stable below a gain of 4; at a gain of 4 its slope is 1, and above 4 it is unstable (open
circle). The logistic function has three intersections with the identity line above a gain of 4, and one up to it.

Three intersections are necessary, not sufficient: crosstalk q shifts the identity line, and there must be three
intersections after the shift. The table gives the largest size of q for which there are; for a Heaviside unit it is ½.
"""

import numpy as np
import xarray

from neurosim import Heaviside, Sigmoid, plots, theory
from neurosim.cli import program

DRAWN = (3.0, 4.0, 6.0, 10.0, 20.0)
GAINS = (*DRAWN, 50.0, np.inf)


def measure(run):
    """Find the fixed points of one hidden neuron at each gain, and the crosstalk that they tolerate."""
    units = [Heaviside() if np.isinf(gain) else Sigmoid(gain) for gain in GAINS]
    points = np.full((len(GAINS), 3), np.nan)
    stable = np.zeros(points.shape, bool)
    for k, unit in enumerate(units):
        found, is_stable = theory.intersections(unit)
        points[k, : len(found)], stable[k, : len(found)] = found, is_stable
    tolerated = [theory.tolerable_shift(unit) for unit in units]
    variables = {
        "fixed_point": (("gain", "point"), points, {"long_name": "fixed point, x = f(x − θ)", "units": "1"}),
        "stable": (("gain", "point"), stable, {"long_name": "whether the slope of f is below 1 there"}),
        "tolerated": ("gain", tolerated, {"long_name": "largest shift |q| that keeps the number", "units": "1"}),
    }
    coords = {"gain": ("gain", list(GAINS), {"long_name": "gain; infinite: Heaviside", "units": "1"})}
    attrs = {"method": "roots of x − f(x − θ)", "n_networks": 0, "n_trials": 0, "seed": run.seed}
    return {"intersections": xarray.Dataset(variables, coords, attrs)}


def plot(data):
    """Draw the activations with the identity line."""
    return plots.sigmoids.draw(DRAWN)


def findings(data):
    """State the fixed points and the crosstalk that they tolerate."""
    rows = []
    for gain, here in data["intersections"].groupby("gain"):
        here = here.squeeze("gain")
        pairs = [
            (x, stable) for x, stable in zip(here.fixed_point.values, here.stable.values, strict=True) if np.isfinite(x)
        ]
        at = ", ".join(f"{x:.4g}{'' if stable else ' (unstable)'}" for x, stable in pairs)
        rows.append((f"gain {gain:g}", at, f"tolerates |q| ≤ {float(here.tolerated):.4g}"))
    two = int((data["intersections"].stable.sum("point") == 2).sum())
    return [f"With {two} of {len(GAINS)} gains a hidden neuron has two stable fixed points."], rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Figures and tables of the paper")
