"""Figure 6: capacity against N_v/N_h."""

from __future__ import annotations

from typing import Any

from neurosim.gallery.base import Data, Entry, Plan, bound_sentence, law_sentence, numbers, trials_sentence
from neurosim.measure.capacity import curve as capacity
from neurosim.measure.recall.curves import recall_sweep
from neurosim.plots import curves as figure
from neurosim.report.page import Row

RATIOS = (1, 1.5, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 100)


def measure(plan: Plan) -> Data:
    """Count all states, and recall all states, at N_h = 10; five times as many networks as elsewhere."""
    networks = plan.pick(5, 1) * plan.networks
    common = {"seed": plan.seed, "runner": plan.runner, "n_hidden": plan.pick(10, 6)}
    grid = {"visible_per_hidden": RATIOS}
    return {
        "counted": capacity.count_sweep(networks, grid, **common),
        "recalled": recall_sweep(networks, grid, **common),
    }


def draw(data: Data) -> Any:
    """Draw both shares, the exact expectation and eq. (38)."""
    ax = figure.draw(data["counted"], "visible_per_hidden", quantity="stored", legend=False)
    both = {"recalled, $\\tau_v = 20\\tau_h$": data["recalled"].drop_vars(["law", "bound"])}
    return _legend(data, figure.draw(both, "visible_per_hidden", first=1, legend=False, ax=ax))


def _legend(data: Data, ax: Any) -> Any:
    from neurosim.plots import style

    handles, labels = ax.get_legend_handles_labels()
    labels[0] = "stable states, counted"
    handles[0].set_label(labels[0])
    handles += [*figure.theory_handles(data["counted"]), *style.interval_handles(data["counted"])]
    style.legend(ax, handles=handles, loc="lower right")
    ax.set_ylabel("Share of the $2^{N_h}$ states", fontsize=style.LABEL)
    return ax


def describe(data: Data) -> tuple[list[str], list[Row]]:
    """State the counts and whether the laws hold."""
    counted = data["counted"]
    n_hidden = int(counted.attrs["n_hidden"])
    text = [
        f"N_h = {n_hidden}, θ = ½. {trials_sentence(counted)}",
        f"{law_sentence(counted, 'stored', what='The exact expectation of the count')} "
        f"{bound_sentence(counted, 'stored')} The exact law sits well above the bound where N_v is small: the bound "
        "takes every neuron's worst case.",
        "Recall from the memory's own visible state asks more than stability, most where crosstalk is strong.",
    ]
    rows = [
        (
            f"N_v/N_h = {r:g}",
            f"{2**n_hidden * float(counted.law.sel(visible_per_hidden=r)):.4g}",
            "expected count, exact",
        )
        for r in RATIOS
    ]
    return text, [numbers(counted, "stored", "counted", visible_per_hidden=r) for r in RATIOS] + rows


ENTRY = Entry("6", "Capacity against the ratio of visible to hidden neurons", measure, draw, describe)
