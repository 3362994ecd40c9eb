"""What a network that learned images recalls: Figs. 2–5, and 7–9 with few neurons or synapses of two kinds."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray
from matplotlib.figure import Figure

from neurosim import Network, Outcome, recall, theory
from neurosim.gallery.base import Data, Entry, Learned, Plan
from neurosim.learning.data import Images
from neurosim.measure.statistics import format_estimate, interval_variables, proportion_interval
from neurosim.plots import memories, recalls, style
from neurosim.report import study
from neurosim.report.page import Row

SHOWN = 8  # images
CUES = 2_000  # recalled for the numbers
_CHUNK = 5_000  # memories compared at once


def _recalled(net: Network, images: Images, plan: Plan, what: str) -> xarray.Dataset:
    """Recall images, the classes in turn; keep the first few to be looked at, and numbers over all."""
    index = study.chosen(images, min(plan.pick(CUES, 50), len(images)), plan.seed)
    cues = images.pixels[index].astype(float)
    out = recall(net, cues)
    settled = out.outcome.values == Outcome.SETTLED
    error = ((out.visible.values - cues) ** 2).sum(axis=1)
    variance = float(((cues - cues.mean(axis=0)) ** 2).sum(axis=1).mean())
    codes = out.hidden_active.values
    dims = ("shown", "visible_neuron")
    variables: dict[str, Any] = {
        "cue_visible": (dims, cues[:SHOWN], {"long_name": f"{what}: cue", "units": "1"}),
        "visible": (dims, out.visible.values[:SHOWN], {"long_name": "recalled visible state", "units": "1"}),
        "hidden_active": (("shown", "hidden_neuron"), codes[:SHOWN], {"long_name": "hidden neuron active at the end"}),
        "squared_error": ((), error.mean(), {"long_name": "squared error per image", "units": "1"}),
        "variance": ((), variance, {"long_name": "variance of the images, the error of their mean", "units": "1"}),
        "n_distinct": ((), len(np.unique(codes[settled], axis=0)), {"long_name": "distinct attractors", "units": "1"}),
    }
    share = proportion_interval(settled.sum(), len(settled))
    variables |= interval_variables("share_settled", (), share, "share of cues that settle")
    attrs = {
        "method": "recall",
        "n_networks": 1,
        "n_trials": len(cues),
        "seed": plan.seed,
        "confidence": 0.95,
        "cues": what,
    }
    return xarray.Dataset(variables, attrs={**out.attrs, **attrs, "image_shape": images.shape})


def _novelty(learned: Learned, unseen: xarray.Dataset, plan: Plan) -> xarray.Dataset:
    """Say whether unseen images end at memories of their own, and how near to them a stored memory comes at best."""
    memories = learned.memories
    known = {code.tobytes() for code in np.packbits(memories, axis=1)}
    index = study.chosen(learned.unseen, int(unseen.attrs["n_trials"]), plan.seed)
    cues = learned.unseen.pixels[index]
    codes = np.packbits(recall(learned.network, cues.astype(float), read_out=False).hidden_active.values, axis=1)
    new = np.array([code.tobytes() not in known for code in codes])
    share = proportion_interval(new.sum(), new.size)
    least = np.full(len(cues), np.inf)
    for start in range(0, len(memories), _CHUNK):
        stored = theory.visible_state(learned.network, memories[start : start + _CHUNK]).astype(np.float32)
        distance = np.square(stored).sum(axis=1) - 2 * cues @ stored.T
        least = np.minimum(least, distance.min(axis=1))
    nearest = (least + np.square(cues).sum(axis=1)).mean()
    variables = interval_variables("share_new", (), share, "share of unseen images that end where no stored one does")
    nearest_memory = {"long_name": "squared error of the stored memory nearest to each unseen image", "units": "1"}
    return unseen.assign(variables).assign(nearest_error=((), float(nearest), nearest_memory))


def _weights(net: Network, images: Images, plan: Plan) -> xarray.Dataset:
    names = {"weights": net.weights, "feedback": net.feedback_weights.T}
    variables: dict[str, Any] = {
        name: (("visible_neuron", "hidden_neuron"), values, {"long_name": name, "units": "1"})
        for name, values in names.items()
    }
    threshold = {"long_name": "threshold θ", "units": "1"}
    variables["threshold"] = ("hidden_neuron", net.threshold, threshold)
    attrs = {"method": "training", "n_networks": 1, "n_trials": len(images), "seed": plan.seed}
    return xarray.Dataset(variables, attrs={**attrs, "image_shape": images.shape})


def _subject(learned: Learned) -> str:
    made = learned.network.provenance
    return f"{made.get('recipe', 'given')} network, N_h = {learned.network.n_hidden}, {learned.images!r}"


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
        found = _recalled(learned.network, learned.images, plan, "stored images")
        return {"recalls": found.assign_attrs(subject=_subject(learned))}

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
        weights = _weights(learned.network, learned.images, plan).assign_attrs(subject=_subject(learned))
        stored, unseen = (
            _recalled(learned.network, images, plan, what)
            for images, what in ((learned.images, "stored images"), (learned.unseen, "unseen images"))
        )
        return {"weights": weights, "stored": stored, "unseen": _novelty(learned, unseen, plan)}

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
        found = _recalled(learned.network, learned.images, plan, f"stored {dataset}")
        data[dataset] = found.assign_attrs(subject=_subject(learned), theta=np.ptp(learned.network.threshold))
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
