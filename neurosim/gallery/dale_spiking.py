"""A sparse, noisy, spiking network that obeys Dale's law: what it recalls, with interneurons and folded."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray
from matplotlib.axes import Axes

from neurosim.gallery.base import Data, Entry, Plan, trials_sentence
from neurosim.measure.constraints.dale_spiking import TAU_V, sparse_dale, spiking_shares
from neurosim.measure.constraints.sweep import MEASUREMENTS, constraint_sweep
from neurosim.measure.statistics import format_estimate
from neurosim.plots import style
from neurosim.report.page import Row

DENSITIES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
NOISES = (0.0, 0.1, 0.15, 0.2, 0.3)
SIZES = (10, 20)
DENSITY, NOISE = 0.1, 0.05
_QUICK = {"n_cues": 2, "target": "runtime", "dt": 0.5e-3, "visible_per_hidden": 20.0}
LINES = {
    "recalled_rate": "rate model",
    "recalled_folded": "spikes, folded",
    "recalled_circuit": "circuit, interneurons",
}


def measure(plan: Plan) -> Data:
    """Sweep membrane noise and density."""
    sizes, fixed = plan.pick(SIZES, (4,)), plan.pick({}, _QUICK)
    common: dict[str, Any] = {"seed": plan.seed, "runner": plan.runner, "measure": spiking_shares, **fixed}
    noises, densities = plan.pick((NOISES, DENSITIES), ((0.0, 0.2), (0.5,)))
    grids = {
        "noise": ({"n_hidden": sizes, "noise": noises}, {"value": DENSITY}),
        "density": ({"n_hidden": sizes[:1], "value": densities}, {"noise": NOISE}),
    }
    found = {
        name: constraint_sweep(plan.networks, {"dale": sparse_dale}, grid, **common, **at).isel(constraint=0)
        for name, (grid, at) in grids.items()
    }
    return {**found, "density": found["density"].rename(value="density")}


def draw(data: Data) -> np.ndarray:
    """Draw the share recalled against membrane noise, a panel a size, and against density."""
    shown = [("noise", n) for n in data["noise"].n_hidden.values] + [("density", data["density"].n_hidden.values[0])]
    figure = style.new_figure(2.7)
    panels = figure.subplots(1, len(shown), sharey=True)
    for ax, (name, n_hidden) in zip(panels, shown, strict=True):
        _lines(ax, data[name].sel(n_hidden=n_hidden), name)
        label = {"noise": "Membrane noise (units of $h$)", "density": "Density of synapses"}[name]
        style.label_axes(ax, label, "Share of cues" if ax is panels[0] else "")
        ax.set_title(f"$N_h = {n_hidden}$", fontsize=style.LABEL)
    panels[-1].set_xscale("log")
    densities = data["density"].density.values
    panels[-1].set_xticks(densities, [f"{p:g}" for p in densities])
    panels[-1].minorticks_off()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=style.TICK)
    return panels


def _lines(ax: Axes, here: xarray.Dataset, x: str) -> None:
    for index, (name, label) in enumerate(LINES.items()):
        style.band(ax, here, name, x, index, label)
    ax.plot(here[x], here.same, ":", color=style.THEORY, linewidth=1, label="same state, both spiking")
    ax.set_ylim(-0.03, 1.03)


def describe(data: Data) -> tuple[list[str], list[Row]]:
    """State shares, agreement and rates."""
    noise, density = data["noise"], data["density"]
    text = [
        "Hidden cells and visible ON/OFF cells only excite; whatever they should inhibit goes through spiking "
        "interneurons (variant dale). Gaussian weights, N_v = 100 N_h, a share of the synapses, J_μμ = 1 by "
        f"homeostasis, θ = ½, delays of 1 ms both ways, τ_v = {1e3 * TAU_V:g} ms, σ_v = 1 on the cue. The rate model "
        f"has no membrane noise. {trials_sentence(noise)}",
        "“Folded”: the same spiking network whose cells act with both signs. “Same”: cues that end in one state "
        "with and without interneurons.",
    ]
    rows: list[Row] = []
    for found, x in ((noise, "noise"), (density, "density")):
        for n_hidden in found.n_hidden.values:
            for value in found[x].values:
                at = {"n_hidden": n_hidden, x: value}
                what = f"N_h = {n_hidden}, {x} = {value:g}"
                rows += [
                    (what, format_estimate(found, name, **at), note)
                    for name, note in (LINES | {"same": "same"}).items()
                ]
    at = {"n_hidden": noise.n_hidden.values[0], "noise": noise.noise.values[1]}
    where = f"Hz, N_h = {at['n_hidden']}, noise = {at['noise']:g}"
    rows += [
        (long_name, format_estimate(noise, name, **at), where)
        for name, (long_name, *_) in MEASUREMENTS.items()
        if name.startswith("rate_")
    ]
    return text, rows


ENTRY = Entry("dale-spiking", "Spiking circuits in which every neuron has one sign", measure, draw, describe)
