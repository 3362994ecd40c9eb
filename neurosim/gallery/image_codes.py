"""Is the memory that was stored the one that is recalled? Self-recall under noise, and image → code, by recipe."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray
from matplotlib.figure import Figure

from neurosim import theory
from neurosim.gallery.base import Data, Entry, Learned, Plan
from neurosim.measure.learned.evaluation import ends_at, self_recalled
from neurosim.measure.recall import attractors
from neurosim.measure.statistics import format_estimate, interval_variables, proportion_interval
from neurosim.plots import style
from neurosim.report.page import Row

RECIPES = ("certified", "symmetric", "symmetric-zero", "paper")
RELATIVE_NOISE = (0.0, 0.1, 0.2, 0.4, 0.7, 1.0)  # of the memories' rms
RATIOS = (5.0, 10.0, 20.0, 50.0, 100.0)
SUBJECT = ("mnist", 50)


def measure(plan: Plan) -> Data:
    """Recall every stored memory from its own visible state, and every image at several τ_v/τ_h."""
    parts = [_one(plan.school(*SUBJECT, recipe), plan) for recipe in RECIPES]
    together = xarray.concat(parts, dim=xarray.Variable("recipe", list(RECIPES), {"long_name": "training recipe"}))
    return {"codes": together.assign_attrs(parts[0].attrs)}


def _one(learned: Learned, plan: Plan) -> xarray.Dataset:
    net, images = learned.network, learned.images.pixels[: plan.pick(None, 100)]
    noise, ratios = RELATIVE_NOISE[: plan.pick(None, 2)], RATIOS[: plan.pick(None, 2)]
    minima = attractors.unique_stable_minima(net, images)
    memories = minima.hidden_active.values[minima.stable.values]
    first = theory.drive(net, images) > net.threshold
    settled = attractors.settle(net, first)
    codes, fixed = settled.hidden_active.values, settled.settled.values
    selfs = [self_recalled(net, memories, share, plan.seed) for share in noise]
    coded = [ends_at(net.replace(tau_v=ratio * net.tau_h), images, codes) & fixed for ratio in ratios]
    variables: dict[str, Any] = {
        "noise": ("noise", list(noise), {"long_name": "cue noise over the rms of the memories", "units": "1"}),
        "ratio": ("ratio", list(ratios), {"long_name": "τ_v/τ_h", "units": "1"}),
    }
    for name, dim, hits, what in (
        ("self_recalled", "noise", selfs, "share of the stored memories that recall themselves"),
        ("at_code", "ratio", coded, "share of the images that end at their discretely settled code"),
    ):
        interval = proportion_interval(np.array([h.sum() for h in hits]), np.array([h.size for h in hits]))
        variables |= interval_variables(name, (dim,), interval, what)
    for name in ("n_unique", "n_unique_discrete", "mean_squared_error"):
        variables[name] = minima[name]
    certificate = theory.certify_all_states(net)
    variables["certified"] = ((), certificate.holds, {"long_name": "all 2^N_h states certified"})
    variables["certificate_margin"] = ((), certificate.margin, {"long_name": "margin of the worst state", "units": "1"})
    attrs = {"method": "recall", "n_networks": 1, "n_trials": len(images), "seed": plan.seed, "confidence": 0.95}
    return xarray.Dataset(variables, attrs={**attrs, "subject": repr(learned.images), "n_hidden": net.n_hidden})


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
