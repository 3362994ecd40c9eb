"""Recall of stored images from noisy, masked and occluded cues, by recipe: the same memory, and how far from it."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from neurosim.gallery.base import Data, Entry, Plan
from neurosim.measure.learned.damage import DAMAGES, recall_damaged_images
from neurosim.measure.statistics import format_estimate
from neurosim.plots import style
from neurosim.report.page import Row

RECIPES = ("certified", "symmetric", "symmetric-zero", "paper")
SUBJECT = ("mnist", 50)
CUES = 5_000


def measure(plan: Plan) -> Data:
    """Damage stored images and recall them."""
    trained = {recipe: plan.school(*SUBJECT, recipe) for recipe in RECIPES[: plan.pick(None, 2)]}
    networks = {recipe: learned.network for recipe, learned in trained.items()}
    images = next(iter(trained.values())).images
    sizes = {"n_cues": plan.pick(CUES, 40), "seed": plan.seed}
    return {kind: recall_damaged_images(networks, images, kind, **sizes) for kind in DAMAGES}


def draw(data: Data) -> np.ndarray:
    """Draw the share that ends at the same memory, and the error, against the damage."""
    panels = Figure(figsize=(2 * style.ONE_COLUMN, 4.2), layout="constrained").subplots(2, 3, sharey="row")
    for (upper, lower), found in zip(panels.T, data.values(), strict=True):
        for index, recipe in enumerate(found.recipe.values):
            here = found.sel(recipe=recipe)
            style.band(upper, here, "same_memory", "level", index, label=str(recipe))
            style.band(lower, here, "squared_error", "level", index, label=str(recipe))
        style.dress(upper, "", "")
        style.dress(lower, str(found.level.attrs["long_name"]).capitalize(), "")
    panels[0, 0].set_ylabel("Cues that end at the\nintact image's memory", fontsize=style.LABEL)
    panels[1, 0].set_ylabel("Squared error to\nthe intact image", fontsize=style.LABEL)
    panels[1, 0].set_ylim(bottom=0)
    found = data["noise"]
    style.legend(panels[0, 2], title="recipe", handles=[*panels[0, 2].get_lines(), *style.interval_handles(found)])
    return panels


def describe(data: Data) -> tuple[list[str], list[Row]]:
    """State both numbers at every level."""
    found = data["noise"]
    text = [
        f"{found.attrs['subject']}, N_h = {SUBJECT[1]}, {found.attrs['n_trials']:,} stored images; masked pixels and "
        "occluded rows (the lowest) show the mean image. Exact engine, h(0) = 0, τ_v = 20 τ_h; intervals over images.",
        "With tens of thousands of minima in one space, a damaged cue often ends not at the intact image's memory but "
        "at one beside it; the error says how far from the image that is.",
    ]
    rows: list[Row] = []
    for kind, curve in data.items():
        for recipe in curve.recipe.values:
            for level in curve.level.values[::2]:
                here = curve.sel(recipe=recipe, level=level)
                rows.append(
                    (
                        f"{recipe}: {kind} {level:g}",
                        format_estimate(here, "same_memory"),
                        f"squared error {format_estimate(here, 'squared_error')}",
                    )
                )
    return text, rows


ENTRY = Entry("damaged", "Stored images from damaged cues", measure, draw, describe)
