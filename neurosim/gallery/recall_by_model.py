"""Table 4: how many recalled digits a classifier still knows, by model; and what the encoding of the images does."""

from __future__ import annotations

import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurosim.gallery.base import Data, Entry, Plan
from neurosim.measure.learned.recognition import (
    PAPER,
    recognition_by_model,
    recognition_of_network,
    sample_draws,
    train_classifier,
)
from neurosim.measure.statistics import format_estimate
from neurosim.plots import style
from neurosim.report.page import Row

SUBJECT = ("mnist", 50)
DRAWS = 20
EPOCHS = 5  # of the classifier


def measure(plan: Plan) -> Data:
    """Train a classifier on the originals; classify recalls of stored images."""
    learned = plan.school(*SUBJECT)
    images = learned.images
    classifier = train_classifier(images, epochs=plan.pick(EPOCHS, 1), seed=plan.seed, progress=True)
    draws = sample_draws(images, n_draws=plan.pick(DRAWS, 2), seed=plan.seed)
    return {
        "models": recognition_by_model(images, draws, classifier),
        "ours": recognition_of_network(learned.network, images, learned.unseen, draws, classifier),
    }


def draw(data: Data) -> np.ndarray:
    """Draw recall performance by model and encoding, and the paper's figures."""
    found, ours = data["models"], data["ours"]
    ax = Figure(figsize=(1.6 * style.ONE_COLUMN, 2.8), layout="constrained").subplots()
    places = np.arange(found.model.size)
    for k, encoding in enumerate(found.stored_as.values):
        here = found.sel(stored_as=encoding)
        _points(ax, places + 0.17 * (k - 1.5), here, style.PALETTE[k], str(encoding))
    _points(ax, np.array([places.size]), ours, "black", f"all {int(ours.n_stored):,} stored")
    for place, paper in zip([*places, places.size], [*found.paper.values, PAPER], strict=True):
        ax.plot([place - 0.4, place + 0.4], [paper, paper], "--", color="0.5", label=None if place else "Table 4")
    ax.set_xticks([*places, places.size], [*found.model.values, "this one"])
    style.dress(ax, "Model", "Share of recalls\nthat a CNN of originals knows")
    style.legend(ax, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return np.array([ax])


def _points(ax: Axes, x: np.ndarray, found: xarray.Dataset, colour: str, label: str) -> None:
    y, low, high = (np.atleast_1d(found[f"recognised{end}"].values) for end in ("", "_lower", "_upper"))
    ax.errorbar(x, y, np.array([y - low, high - y]), fmt="o", markersize=4, capsize=2, color=colour, label=label)


def describe(data: Data) -> tuple[list[str], list[Row]]:
    """State every number, and where the paper's lies."""
    found, ours = data["models"], data["ours"]
    text = [
        f"{found.attrs['n_networks']} draws of {found.attrs['n_trials']} from {found.attrs['subject']}, one hidden "
        "neuron for each image; the stored images themselves are the cues, h(0) = 0, τ_v = 20 τ_h, engine torch. "
        "The classifier, a "
        "CNN trained on originals with noise and on no recalls, recognises "
        f"{100 * float(ours.classifier_accuracy):.2f}% of the unseen originals. Intervals over draws.",
        "The paper does not say what A, B and C store of an image, and it decides: where all patterns share a large "
        "mean, the strongest draws every cue to itself.",
        *(_verdict(found.sel(model=model)) for model in found.model.values),
    ]
    rows: list[Row] = []
    for model in found.model.values:
        for encoding in found.stored_as.values:
            here = found.sel(model=model, stored_as=encoding)
            known, own = (format_estimate(here, name, 3) for name in ("recognised", "nearest_to_cue"))
            rows.append((f"{model}, {encoding}", known, f"closest to itself: {own}; paper {float(here.paper):.2f}"))
    note = f"{int(ours.n_stored):,} stored; paper {PAPER:.2f}"
    return text, [*rows, ("this one", format_estimate(ours, "recognised", 3), note)]


def _verdict(found: xarray.Dataset) -> str:
    """Say with which encodings the paper's figure was measured: as recalls known, or else as closest to themselves."""
    inside = "lies in no interval"
    for name, what in (("recognised", "recalls known"), ("nearest_to_cue", "recalls closest to themselves")):
        lower, upper = found[f"{name}_lower"], found[f"{name}_upper"]
        where = found.stored_as.values[((lower <= found.paper) & (found.paper <= upper)).values]
        if where.size:
            inside = f"lies within the interval of {what} with {', '.join(where)}"
            break
    span = f"{float(found.recognised.min()):.2f} – {float(found.recognised.max()):.2f}"
    return f"{found.model.item()}: the paper's {float(found.paper):.2f} {inside}; known are {span}, by encoding."


ENTRY = Entry("table4", "Recall performance by model", measure, draw, describe)
