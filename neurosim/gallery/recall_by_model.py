"""Table 4: how many recalled digits a classifier still knows, by model; and what the encoding of the images does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from neurosim import Network, krotov_hopfield, recall
from neurosim.gallery.base import Data, Entry, Learned, Plan
from neurosim.learning.classifiers import Classifier, fit, native_precision
from neurosim.learning.data import Images
from neurosim.measure.statistics import Measurement, format_estimate, summarise
from neurosim.plots import style
from neurosim.report.page import Row

SUBJECT = ("mnist", 50)
STORED = 50  # images that the other models store, one a hidden neuron
DRAWS = 20
EPOCHS = 5  # of the judge
NOISE = 0.5  # that the judge learns to bear

# name → (patterns → network, the paper's recall performance)
MODELS: dict[str, tuple[Callable[[np.ndarray], Network], float]] = {
    "A (i)": (krotov_hopfield.model_a, 0.12),
    "A (ii)": (partial(krotov_hopfield.model_a, exponent=10), 0.84),
    "B": (krotov_hopfield.model_b, 0.90),
    "C": (krotov_hopfield.model_c, 0.02),
}
OURS = 0.98  # the paper's

# What is stored of an image, (pixels − offset)/scale, "±1" the sign of that. The paper does not say.
ENCODINGS = ("pixels", "standardised", "centred", "±1")
SHARES = {
    "known": Measurement("share of recalled stored images that the judge knows", bounds=(0.0, 1.0)),
    "own": Measurement("share of stored images whose recall is closest to themselves", bounds=(0.0, 1.0)),
}


def _offset_scale(encoding: str, images: Images) -> tuple[Any, float]:
    return {
        "pixels": (0.0, 1.0),
        "standardised": (float(images.pixels.mean()), float(images.pixels.std())),
        "centred": (images.pixels.mean(axis=0), 1.0),
        "±1": (0.5, 0.5),
    }[encoding]


def recalled(make: Callable[[np.ndarray], Network], patterns: np.ndarray) -> np.ndarray:
    """Return what a two-layer memory of the patterns, (pattern, visible), makes of each of them as its cue.

    Where the visible nonlinearity knows no scale, the recall is given the patterns' mean length.
    """
    net = make(patterns)
    cues = patterns / np.sqrt(len(patterns))
    out = recall(net, cues, engine="torch", reduced=net.is_linear, dt=net.tau_h / 5)
    states = np.sqrt(len(patterns)) * out.visible.values
    if not net.is_linear:
        length = np.linalg.norm(states, axis=1, keepdims=True)
        states *= np.linalg.norm(patterns, axis=1).mean() / np.where(length > 0, length, 1.0)
    return states


def _one(
    make: Callable[[np.ndarray], Network], encoding: str, images: Images, rows: np.ndarray, judge: Classifier
) -> tuple[float, float]:
    """Store these images and recall each: return the shares that the judge knows and that are closest to themselves."""
    offset, scale = _offset_scale(encoding, images)
    patterns = (images.pixels[rows].astype(float) - offset) / scale
    if encoding == "±1":
        patterns = np.where(patterns > 0, 1.0, -1.0)
    states = recalled(make, patterns)
    nearest = np.argmax(states @ (patterns / np.linalg.norm(patterns, axis=1, keepdims=True)).T, axis=1)
    known = judge.correct(offset + scale * states, images.labels[rows])
    return float(known.mean()), float((nearest == np.arange(len(rows))).mean())


def measure(plan: Plan) -> Data:
    """Train a judge on the originals; let it judge recalls of stored images."""
    learned = plan.school(*SUBJECT)
    images, draws = learned.images, plan.pick(DRAWS, 2)
    learns: dict[str, Any] = {"noise": NOISE, "epochs": plan.pick(EPOCHS, 1), "precision": native_precision("cpu")}
    judge = fit("cnn", images.pixels, images.labels, image_shape=images.shape, seed=plan.seed, progress=True, **learns)
    rng = np.random.default_rng(plan.seed)
    chosen = [rng.choice(len(images), STORED, replace=False) for _ in range(draws)]
    makes = [make for make, _ in MODELS.values()]
    shares = np.array(
        [[[_one(make, e, images, rows, judge) for rows in chosen] for e in ENCODINGS] for make in makes]
    )  # (model, encoding, draw, 2)
    variables: dict[str, Any] = {
        "model": ("model", list(MODELS), {"long_name": "model of Table 4"}),
        "stored_as": ("stored_as", list(ENCODINGS), {"long_name": "what is stored of an image"}),
        "paper": ("model", [paper for _, paper in MODELS.values()], {"long_name": "Table 4's figure", "units": "1"}),
    }
    raw = {name: xarray.DataArray(shares[..., k], dims=("model", "stored_as", "draw")) for k, name in enumerate(SHARES)}
    variables |= summarise(raw, SHARES, over="draw")
    attrs = {"confidence": 0.95, "seed": plan.seed, "subject": repr(images), "n_networks": draws, "n_trials": STORED}
    attrs |= {"epochs": learns["epochs"], "precision": learns["precision"]}
    attrs["method"] = "recall of the stored images, judged by a CNN of the originals"
    return {
        "models": xarray.Dataset(variables, attrs=attrs),
        "ours": _ours(learned, chosen, judge).assign_attrs(attrs | {"n_networks": 1}),
    }


def _ours(learned: Learned, chosen: list[np.ndarray], judge: Classifier) -> xarray.Dataset:
    """Return how many the judge knows of what our network recalls, which has stored all images."""
    images, unseen = learned.images, learned.unseen
    known = []
    for rows in chosen:
        states = recall(learned.network, images.pixels[rows].astype(float)).visible.values
        known.append(judge.correct(states, images.labels[rows]).mean())
    raw = {"known": xarray.DataArray(known, dims="draw")}
    variables = summarise(raw, {"known": SHARES["known"]}, over="draw")
    right = judge.correct(unseen.pixels, unseen.labels).mean()
    variables["judge"] = ((), right, {"long_name": "share of unseen originals that the judge knows", "units": "1"})
    variables["n_stored"] = ((), len(images), {"long_name": "images stored", "units": "1"})
    return xarray.Dataset(variables)


def draw(data: Data) -> np.ndarray:
    """Draw recall performance by model and encoding, and the paper's figures."""
    found, ours = data["models"], data["ours"]
    ax = Figure(figsize=(1.6 * style.ONE_COLUMN, 2.8), layout="constrained").subplots()
    places = np.arange(found.model.size)
    for k, encoding in enumerate(found.stored_as.values):
        here = found.sel(stored_as=encoding)
        _points(ax, places + 0.17 * (k - 1.5), here, style.PALETTE[k], str(encoding))
    _points(ax, np.array([places.size]), ours, "black", f"all {int(ours.n_stored):,} stored")
    for place, paper in zip([*places, places.size], [*found.paper.values, OURS], strict=True):
        ax.plot([place - 0.4, place + 0.4], [paper, paper], "--", color="0.5", label=None if place else "Table 4")
    ax.set_xticks([*places, places.size], [*found.model.values, "this one"])
    style.dress(ax, "Model", "Share of recalls\nthat a CNN of originals knows")
    style.legend(ax, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return np.array([ax])


def _points(ax: Axes, x: np.ndarray, found: xarray.Dataset, colour: str, label: str) -> None:
    y, low, high = (np.atleast_1d(found[f"known{end}"].values) for end in ("", "_lower", "_upper"))
    ax.errorbar(x, y, np.array([y - low, high - y]), fmt="o", markersize=4, capsize=2, color=colour, label=label)


def describe(data: Data) -> tuple[list[str], list[Row]]:
    """State every number, and where the paper's lies."""
    found, ours = data["models"], data["ours"]
    text = [
        f"{found.attrs['n_networks']} draws of {STORED} from {found.attrs['subject']}, one hidden neuron an image; the "
        f"stored images themselves are the cues, h(0) = 0, τ_v = 20 τ_h, engine torch. The judge, a CNN that has "
        f"learned originals with noise and no recalls, knows {100 * float(ours.judge):.2f}% of the unseen originals. "
        "Intervals over draws.",
        "The paper does not say what A, B and C store of an image, and it decides: where all patterns share a large "
        "mean, the strongest draws every cue to itself.",
        *(_verdict(found.sel(model=model)) for model in found.model.values),
    ]
    rows: list[Row] = []
    for model in found.model.values:
        for encoding in found.stored_as.values:
            here = found.sel(model=model, stored_as=encoding)
            known, own = (format_estimate(here, name, 3) for name in SHARES)
            rows.append((f"{model}, {encoding}", known, f"closest to itself: {own}; paper {float(here.paper):.2f}"))
    note = f"{int(ours.n_stored):,} stored; paper {OURS:.2f}"
    return text, [*rows, ("this one", format_estimate(ours, "known", 3), note)]


def _verdict(found: xarray.Dataset) -> str:
    """Say with which encodings the paper's figure was measured: as recalls known, or else as closest to themselves."""
    inside = "lies in no interval"
    for name, what in (("known", "recalls known"), ("own", "recalls closest to themselves")):
        lower, upper = found[f"{name}_lower"], found[f"{name}_upper"]
        where = found.stored_as.values[((lower <= found.paper) & (found.paper <= upper)).values]
        if where.size:
            inside = f"lies within the interval of {what} with {', '.join(where)}"
            break
    span = f"{float(found.known.min()):.2f} – {float(found.known.max()):.2f}"
    return f"{found.model.item()}: the paper's {float(found.paper):.2f} {inside}; known are {span}, by encoding."


ENTRY = Entry("table4", "Recall performance by model", measure, draw, describe)
