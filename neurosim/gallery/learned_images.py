"""What a network that learned images recalls: Figs. 2–5, and 7–9 with few neurons or synapses of two kinds."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray
from matplotlib.figure import Figure

from neurosim import Network
from neurosim.gallery.base import Data, Entry, Plan
from neurosim.measure.learned.recalls import recall_images, recall_unseen_images, synapses
from neurosim.measure.statistics import format_estimate
from neurosim.plots import memories, recalls, style
from neurosim.report.page import Row

CUES = 2_000  # recalled for the numbers


def _sizes(plan: Plan) -> dict[str, int]:
    return {"n_cues": plan.pick(CUES, 50), "seed": plan.seed}


def _rows(data: Data) -> list[Row]:
    rows = []
    for found in (d for d in data.values() if "squared_error" in d):
        what = str(found.attrs["cues"])
        note = f"variance {float(found.variance):.4g}; {found.attrs['n_trials']:,} cues"
        rows.append((f"{what}: squared error per image", f"{float(found.squared_error):.4g}", note))
        rows.append((f"{what}: distinct attractors", f"{int(found.n_distinct):,}", f"of {found.attrs['n_trials']:,}"))
        rows.append((f"{what}: settled", format_estimate(found, "share_settled"), "share of cues"))
    return rows


def _shape(found: xarray.Dataset) -> tuple[int, ...]:
    return tuple(int(n) for n in np.atleast_1d(found.attrs["image_shape"]))


def _draw_recalls(found: xarray.Dataset, figure: Any = None, rings: bool = True) -> np.ndarray:
    states = found.hidden_active.values if rings else None
    if figure is None:
        figure = Figure(figsize=(2 * style.ONE_COLUMN, 2.6), layout="constrained")
    return recalls.draw(
        found.cue_visible.values, found.visible.values, _shape(found), hidden_active=states, figure=figure
    )


def _recall_entry(name: str, title: str, subject: tuple[str, int, str]) -> Entry:
    """Figs. 2 and 4, 7 and 8: stored images as cues, where they end, and the hidden ring."""

    def measure(plan: Plan) -> Data:
        learned = plan.school(*subject)
        return {"recalls": recall_images(learned.network, learned.images, **_sizes(plan))}

    def describe(data: Data) -> tuple[list[str], list[Row]]:
        text = [f"{data['recalls'].attrs['subject']}. Stored images as cues, h(0) = 0, τ_v = 20 τ_h, exact engine."]
        if subject[1] < 50:
            text.append("Too few basic memories to span the images: recall is stable, and what is recalled is coarse.")
        return text, _rows(data)

    return Entry(name, title, measure, lambda data: _draw_recalls(data["recalls"]), describe)


def _basic_entry(name: str, title: str, subject: tuple[str, int, str]) -> Entry:
    """Figs. 3 and 5: basic memories, their correlations, and recalls of unseen images."""

    def measure(plan: Plan) -> Data:
        learned = plan.school(*subject)
        net, sizes = learned.network, _sizes(plan)
        return {
            "weights": synapses(net, learned.images),
            "stored": recall_images(net, learned.images, **sizes),
            "unseen": recall_unseen_images(net, learned.unseen, learned.memories, **sizes),
        }

    def draw(data: Data) -> np.ndarray:
        weights = data["weights"]
        net = Network(weights.weights.values)
        figure: Any = Figure(figsize=(2 * style.ONE_COLUMN, 5.2), layout="constrained")
        above, below = figure.subfigures(2, 1, height_ratios=(1.5, 1))
        left, right = above.subfigures(1, 2)
        memories.images(net, _shape(weights), figure=left)
        memories.correlation(net, right.subplots())
        _draw_recalls(data["unseen"], figure=below)
        return np.array(figure.axes)

    def describe(data: Data) -> tuple[list[str], list[Row]]:
        unit = data["weights"].weights.values - data["weights"].weights.values.mean(axis=0)
        unit /= np.linalg.norm(unit, axis=0)
        off = (unit.T @ unit)[~np.eye(unit.shape[1], dtype=bool)]
        text = [
            f"{data['weights'].attrs['subject']}. Basic memories (columns of ξ), their correlations, and unseen images "
            "as cues. Where the network composes, they end at memories that no stored image leads to, nearer to them "
            "than any stored memory is; the last two numbers say whether."
        ]
        rows = [
            ("correlation of two basic memories, rms", f"{np.sqrt(np.mean(off**2)):.3g}", f"largest {off.max():.3g}")
        ]
        unseen = data["unseen"]
        rows += _rows(data)
        rows.append(("unseen images at a memory of no stored image", format_estimate(unseen, "share_new"), ""))
        rows.append(
            ("squared error of the nearest stored memory", f"{float(unseen.nearest_error):.4g}", "unseen images")
        )
        return text, rows

    return Entry(name, title, measure, draw, describe)


def _measure_separate(plan: Plan) -> Data:
    data: Data = {}
    for dataset, n_hidden, changes in (("mnist", 50, {}), ("cifar10", 500, _COLOUR_SEPARATE)):
        learned = plan.school(dataset, n_hidden, "separate", **changes)
        found = recall_images(learned.network, learned.images, cues=f"stored {dataset}", **_sizes(plan))
        data[dataset] = found.assign_attrs(theta=np.ptp(learned.network.threshold))
    return data


def _draw_separate(data: Data) -> np.ndarray:
    figure: Any = Figure(figsize=(style.ONE_COLUMN * 2, 2.2), layout="constrained")
    for part, found in zip(figure.subfigures(1, len(data)), data.values(), strict=True):
        _draw_recalls(found.isel(shown=slice(0, 4)), figure=part, rings=False)
    return np.array(figure.axes)


def _describe_separate(data: Data) -> tuple[list[str], list[Row]]:
    text = ["Feedback synapses learned apart from ξ, one θ a neuron (recipe “separate”)."]
    text += [f"{found.attrs['subject']}; thresholds spread over {found.attrs['theta']:.3g}." for found in data.values()]
    return text, _rows(data)


_MNIST, _CIFAR = ("mnist", 50, "certified"), ("cifar10", 500, "certified-wide")
_COLOUR_SEPARATE: dict[str, Any] = {  # as recipe "symmetric" has it
    "surrogate": "sharpened",
    "first_gain": 5.0,
    "last_gain": 600.0,
    "repulsion": 0.04,
    "through_recall": 0.3,
    "epochs": 36,
}
ENTRIES = (
    _recall_entry("2", "Recall of stored digits", _MNIST),
    _basic_entry("3", "Basic memories of digits, and unseen digits", _MNIST),
    _recall_entry("4", "Recall of stored colour images", _CIFAR),
    _basic_entry("5", "Basic memories of colour images, and unseen ones", _CIFAR),
    _recall_entry("7", "Too few hidden neurons: digits", ("mnist", 16, "certified")),
    _recall_entry("8", "Too few hidden neurons: colour images", ("cifar10", 16, "certified")),
    Entry("9", "Asymmetric weights, heterogeneous thresholds", _measure_separate, _draw_separate, _describe_separate),
)
