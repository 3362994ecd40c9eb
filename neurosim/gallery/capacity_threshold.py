"""Figure 1a: capacity against N_h for thresholds around ½."""

from __future__ import annotations

import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurosim.gallery.base import Data, Entry, Plan, bound_sentence, law_sentence, numbers, trials_sentence
from neurosim.measure.capacity import curve as capacity
from neurosim.measure.recall.curves import recall_sweep
from neurosim.plots import curves as figure
from neurosim.plots import style
from neurosim.report.page import Row

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7)


def measure(plan: Plan) -> Data:
    """Count to N_h = 32; recall 10^5 states of each network to N_h = 24, and every state of one to N_h = 20."""
    counted = list(range(2, plan.pick(33, 13), 2))
    simulated = list(range(2, plan.pick(25, 9), 2))
    every = list(range(2, plan.pick(21, 9), 2))
    grid = {"threshold": THRESHOLDS}
    common = {"seed": plan.seed, "runner": plan.runner}
    return {
        "counted": capacity.count_sweep(plan.networks, {**grid, "n_hidden": counted}, **common),
        "recalled": recall_sweep(
            plan.networks, {**grid, "n_hidden": simulated}, n_cues=plan.pick(100_000, 256), **common
        ),
        "every_state": recall_sweep(1, {**grid, "n_hidden": every}, n_cues=2 ** every[-1], **common),
    }


def draw(data: Data) -> np.ndarray:
    """Draw the number of stored states, the unstable share on a log axis, and the share recalled."""
    figure_ = Figure(figsize=(2 * style.ONE_COLUMN, 2.9), layout="constrained")
    left, middle, right = figure_.subplots(1, 3)
    figure.draw(data["counted"], "n_hidden", quantity="stored", by="threshold", number=True, legend=False, ax=left)
    figure.draw(data["recalled"], "n_hidden", by="threshold", legend=False, ax=right)
    _unstable(middle, data["counted"])
    left.set_title("counted", fontsize=style.LABEL)
    middle.set_title("counted", fontsize=style.LABEL)
    right.set_title("recalled, $\\tau_v = 20\\tau_h$", fontsize=style.LABEL)
    handles = [*right.get_legend_handles_labels()[0]]
    handles += [*figure.theory_handles(data["counted"]), *style.interval_handles(data["counted"], data["recalled"])[:1]]
    place = {"loc": "outside lower center", "ncols": 4, "frameon": False}
    figure_.legend(handles=handles, title="threshold", fontsize=style.TICK - 1, title_fontsize=style.TICK - 1, **place)
    return np.array([left, middle, right])


def _unstable(ax: Axes, counted: xarray.Dataset) -> None:
    for index, theta in enumerate(counted.threshold.values):
        here = counted.sel(threshold=theta)
        colour = style.PALETTE[index]
        seen = here.sel(n_hidden=here.n_hidden[(here.stored < 1).values])  # elsewhere all states of all networks
        reach = np.stack([seen.stored_upper - seen.stored, seen.stored - seen.stored_lower])
        bar = {"fmt": style.MARKERS[index], "color": colour, "markersize": 3, "elinewidth": 0.6}
        ax.errorbar(seen.n_hidden, 1 - seen.stored, reach, **bar)
        for name, dash in (("law", "--"), ("bound", ":")):
            ax.plot(here.n_hidden, 1 - here[name], color=colour, linestyle=dash, linewidth=0.8)
    ax.set_yscale("log")
    ax.set_ylim(1e-10, 1)
    style.whole_ticks(ax.xaxis)
    style.dress(ax, "Hidden neurons $N_h$", "Unstable share of the $2^{N_h}$ states")


def describe(data: Data) -> tuple[list[str], list[Row]]:
    """State capacity at θ = ½, whether ½ is best, whether the laws hold, and what simulation adds."""
    counted, recalled, every = data["counted"], data["recalled"], data["every_state"]
    largest = int(counted.n_hidden.max())
    best = (counted.stored.sel(threshold=0.5) >= counted.stored.max("threshold")).values
    both = np.intersect1d(counted.n_hidden, recalled.n_hidden)
    gap = counted.stored.sel(n_hidden=both) - recalled.recalled.sel(n_hidden=both)
    at_half = gap.sel(threshold=0.5)
    text = [
        "How many of the 2^N_h hidden states are stable, counted exactly, and how many are recalled perfectly from "
        f"their own visible state, h(0) = 0, τ_v = 20 τ_h; N_v = 100 N_h. {trials_sentence(recalled)} All states of "
        f"one network were recalled up to N_h = {int(every.n_hidden.max())}.",
        f"{law_sentence(counted, 'stored', what='The exact expectation of the count')} "
        f"{bound_sentence(counted, 'stored')}",
        "The misses are where a few networks hold all unstable states, which Student's interval over networks is too "
        f"narrow for. No other threshold stores more than θ = ½ at {int(best.sum())} of {best.size} sizes.",
        f"Recall falls short of the count by at most {float(at_half.max()):.2g} at θ = ½ and by {float(gap.max()):.2g} "
        f"over all thresholds: high thresholds cost recall before they cost stability, since h peaks at "
        "(τ_h/τ_v)^{τ_h/(τ_v−τ_h)} = .854 of its drive at this ratio of time constants.",
    ]
    rows = [numbers(counted, "stored", "counted", threshold=t, n_hidden=largest) for t in THRESHOLDS]
    last = int(recalled.n_hidden.max())
    rows += [numbers(recalled, "recalled", "recalled", threshold=t, n_hidden=last) for t in THRESHOLDS]
    top = int(every.n_hidden.max())
    rows += [numbers(every, "recalled", "one network, all states", threshold=0.5, n_hidden=top)]
    return text, rows


ENTRY = Entry("1a", "Capacity against the number of hidden neurons", measure, draw, describe)
