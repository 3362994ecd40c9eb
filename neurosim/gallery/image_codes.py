"""Is the memory that was stored the one that is recalled? Self-recall under noise, and image → code, by recipe."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from neurosim.gallery.base import Data, Entry, Plan
from neurosim.measure.learned.codes import RATIOS, RELATIVE_NOISE, compare_codes
from neurosim.measure.statistics import format_estimate
from neurosim.plots import style
from neurosim.report.page import Row

RECIPES = ("certified", "symmetric", "symmetric-zero", "paper")
SUBJECT = ("mnist", 50)


def measure(plan: Plan) -> Data:
    """Recall every stored memory from its own visible state, and every image at several τ_v/τ_h."""
    trained = {recipe: plan.school(*SUBJECT, recipe) for recipe in RECIPES}
    networks = {recipe: learned.network for recipe, learned in trained.items()}
    images = next(iter(trained.values())).images.select(slice(plan.pick(None, 100)))
    few = slice(plan.pick(None, 2))
    return {"codes": compare_codes(networks, images, noise=RELATIVE_NOISE[few], ratios=RATIOS[few], seed=plan.seed)}


_LINES = (("self_recalled", "noise", "self-recall, noise"), ("at_code", "ratio", "image → code, ratio"))


def draw(data: Data) -> np.ndarray:
    """Draw self-recall against noise, and image → code against τ_v/τ_h."""
    found = data["codes"]
    panels = Figure(figsize=(2 * style.ONE_COLUMN, 2.6), layout="constrained").subplots(1, 2)
    for ax, name, x in zip(panels, ("self_recalled", "at_code"), ("noise", "ratio"), strict=True):
        for index, recipe in enumerate(found.recipe.values):
            style.band(ax, found.sel(recipe=recipe), name, x, index, label=str(recipe))
        ax.set_ylim(-0.03, 1.03)
    style.dress(panels[0], "Cue noise / rms of the memories", "Memories that recall themselves")
    style.dress(panels[1], "Ratio of time constants $\\tau_v/\\tau_h$", "Images that end at their code")
    panels[1].set_xscale("log")
    panels[1].set_xticks(found.ratio.values, [f"{ratio:g}" for ratio in found.ratio.values])
    panels[1].minorticks_off()
    style.legend(panels[0], title="recipe", handles=[*panels[0].get_lines(), *style.interval_handles(found)])
    return panels


def describe(data: Data) -> tuple[list[str], list[Row]]:
    """State unique minima, errors, self-recall and image → code."""
    found = data["codes"]
    text = [
        f"{found.attrs['subject']}, N_h = {found.attrs['n_hidden']}; all images and all memories they lead to; exact "
        "engine, h(0) = 0, self-recall at τ_v = 20 τ_h; Wilson intervals over cues of one network.",
        "Why recall leaves the code: a neuron whose drive starts just above θ crosses late, when the visible layer has "
        "moved, or not at all. With θ near 0, and inhibition in place of a threshold, hardly any neuron is late "
        "(recipe certified); with the learned thresholds of symmetric weights most images have one that is.",
    ]
    rows: list[Row] = []
    for recipe in found.recipe.values:
        here = found.sel(recipe=recipe)
        minima = f"{int(here.n_unique):,} (discretely settled {int(here.n_unique_discrete):,})"
        rows.append((f"{recipe}: unique stable minima", minima, f"squared error {float(here.mean_squared_error):.2f}"))
        holds = "holds" if bool(here.certified) else "does not hold"
        rows.append((f"{recipe}: certificate of all states", holds, f"margin {float(here.certificate_margin):.3g}"))
        for name, dim, what in _LINES:
            for at in found[dim].values:
                point = here.sel({dim: at})
                rows.append((f"{recipe}: {what} {at:g}", format_estimate(point, name, 5), ""))
    return text, rows


ENTRY = Entry("codes", "Stored and recalled: self-recall, and images at their codes", measure, draw, describe)
