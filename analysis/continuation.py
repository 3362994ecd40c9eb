"""
Attractors while a parameter moves
==================================

The attractors of one random network (N_h = 8, N_v = 80) while its threshold moves, while more and more visible neurons
are lesioned, and while τ_v/τ_h moves. All 2^N_h hidden states and Gaussian cues are started at every value; attractors
are matched by their hidden states. Left: how many exist, appear and vanish. Middle: the values at which each exists.
Right: the largest basins, as shares of the cues with intervals. Cues have σ = √(N_v/N_h).

With ``--engine brian:cells=regular`` or other spiking cells the noise of their membranes is moved too.
"""

import numpy as np

from neurosim import Network, plots
from neurosim.cli import program
from neurosim.measure import continuation, count_fixed_points
from neurosim.measure.parameters import NOISE, steps_of
from neurosim.plots import style
from neurosim.report.continuation import sentence
from neurosim.report.findings import numbers

N_HIDDEN, LOAD = 8, 10
VALUES = {
    "threshold": np.round(np.linspace(0.05, 0.95, 19), 2),
    "lesioned_visible": np.round(np.linspace(0, 0.9, 19), 2),
    "ratio": np.array([1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 15, 20]),
    NOISE: np.round(np.linspace(0, 0.5, 6), 2),
}


def measure(run):
    """Follow the attractors; for engines of eqs. (1a, 1b) count the fixed points at the same values."""
    net = Network.gaussian(LOAD * N_HIDDEN, N_HIDDEN, seed=run.seed)
    engine, n_cues = run.recall["engine"], run.recall["n_cues"]
    parts = {}
    for name, values in VALUES.items():
        if name == NOISE and getattr(engine, "cells", None) is None:
            continue
        values = values[:: run.pick(1, 4)]
        found = continuation(net, name, values, n_cues=n_cues, engine=engine, seed=run.seed)
        if engine.is_rate_model:
            # the same lesions: continuation draws them with its third seed
            found["counted"] = ("value", counts(net, name, values, engine, run.seed))
            found.counted.attrs.update(long_name="fixed points, counted exactly", units="1")
        parts[name] = found
    return parts


def counts(net, name, values, engine, seed):
    """Return the exact number of fixed points at each value."""
    from neurosim.seeds import spawn_seeds

    steps = steps_of(net, name, values, engine, spawn_seeds(seed, 4)[2])
    return [count_fixed_points(changed)["count"].item() for _, changed in steps]


def plot(data):
    """Draw a row for each parameter."""
    panels = style.new_figure(2.6 * len(data)).subplots(len(data), 3, squeeze=False)
    for row, found in zip(panels, data.values(), strict=True):
        plots.continuation.draw(found, panels=row)
    return panels


def findings(data):
    """State how many attractors exist, and whether their number is the exact count."""
    text, rows = [], []
    for name, found in data.items():
        text.append(sentence(found))
        if "counted" in found:
            same = int((found.counted == found.n_attractors).sum())
            text.append(
                f"{name}: their number is the exact count of fixed points at {same} of {found.value.size} values."
            )
        best = found.isel(attractor=int(found.share.max("value").argmax("attractor")))
        rows += [numbers(best, "share", f"{name}: largest basin", value=float(found.value[at])) for at in (0, -1)]
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Capacity and attractors", uses=["engine"])
