"""Recall of stored images from noisy, masked and occluded cues, by recipe: the same memory, and how far from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray
from matplotlib.figure import Figure

from neurosim import Outcome, patterns, recall
from neurosim.gallery.base import Data, Entry, Learned, Plan
from neurosim.learning.data import Images
from neurosim.measure.statistics import format_estimate, interval_variables, mean_interval, proportion_interval
from neurosim.plots import style
from neurosim.report import study
from neurosim.report.page import Row

RECIPES = ("certified", "symmetric", "symmetric-zero", "paper")
SUBJECT = ("mnist", 50)
CUES = 5_000
Damage = Callable[[np.ndarray, float, Images, int], np.ndarray]


def _noisy(cues: np.ndarray, level: float, images: Images, seed: int) -> np.ndarray:
    return patterns.add_noise(cues, level, seed=seed)


def _masked(cues: np.ndarray, level: float, images: Images, seed: int) -> np.ndarray:
    taken = np.random.default_rng(seed).random(cues.shape) < level
    return patterns.mask(cues, taken, images.pixels.mean(axis=0))


def _occluded(cues: np.ndarray, level: float, images: Images, seed: int) -> np.ndarray:
    return patterns.occlude(cues, images.shape, level, images.pixels.mean(axis=0))


# kind → (how, levels, what the level is)
DAMAGE: dict[str, tuple[Damage, tuple[float, ...], str]] = {
    "noise": (_noisy, (0, 0.1, 0.2, 0.3, 0.5, 0.8), "std of the noise, pixels in [0, 1]"),
    "masked": (_masked, (0, 0.05, 0.1, 0.2, 0.3, 0.5), "share of pixels masked"),
    "occluded": (_occluded, (0, 0.1, 0.2, 0.3, 0.4, 0.5), "share of rows occluded"),
}


def measure(plan: Plan) -> Data:
    """Damage stored images and recall them."""
    schooled = {recipe: plan.school(*SUBJECT, recipe) for recipe in RECIPES[: plan.pick(None, 2)]}
    return {kind: _one(schooled, kind, plan) for kind in DAMAGE}


def _one(schooled: dict[str, Learned], kind: str, plan: Plan) -> xarray.Dataset:
    how, levels, what = DAMAGE[kind]
    images = next(iter(schooled.values())).images
    index = study.chosen(images, min(plan.pick(CUES, 40), len(images)), plan.seed)
    intact = images.pixels[index].astype(float)
    hits, errors = [], []
    for learned in schooled.values():
        whole = recall(learned.network, intact, read_out=False)
        for level in levels:
            out = recall(learned.network, how(intact, level, images, plan.seed))
            settled = (out.outcome.values == Outcome.SETTLED) & (whole.outcome.values == Outcome.SETTLED)
            hits.append(settled & (out.hidden_active.values == whole.hidden_active.values).all(axis=1))
            errors.append(((out.visible.values - intact) ** 2).sum(axis=1))
    shape = (len(schooled), len(levels), len(index))
    same, error = np.reshape(hits, shape), np.reshape(errors, shape)
    variables: dict[str, Any] = {
        "recipe": ("recipe", list(schooled), {"long_name": "training recipe"}),
        "level": ("level", list(levels), {"long_name": what, "units": "1"}),
    }
    share = proportion_interval(same.sum(axis=2), np.full(shape[:2], shape[2]))
    variables |= interval_variables(
        "same_memory", ("recipe", "level"), share, "share that ends at the intact image's memory"
    )
    far = mean_interval(error, axis=2)
    variables |= interval_variables("squared_error", ("recipe", "level"), far, "squared error to the intact image")
    attrs = {"method": "recall", "n_networks": 1, "n_trials": len(index), "seed": plan.seed, "confidence": 0.95}
    return xarray.Dataset(variables, attrs={**attrs, "subject": repr(images), "kind": kind})


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
