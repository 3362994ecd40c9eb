"""Recall from damaged cues, the damage table, and the noise that each memory tolerates."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.font_manager import FontProperties

from neurosim.damage import DAMAGES
from neurosim.plots import axis_ticks, curves, intervals, recalls, style

_ERRORS = {"cue_error": "cue", "first_pass_error": "first pass", "recall_error": "recall"}
_SHARES = {"same_attractor": "same attractor", "nearest_memory": "nearest memory", "nearest_image": "nearest image"}

_LEAST = 1e-5  # errors that are drawn, over the largest


def by_kind(random: Mapping[str, xarray.Dataset], trained: Mapping[str, xarray.Dataset]) -> np.ndarray:
    """Draw recall from damaged cues of random networks (left) beside that of a trained one (right).

    Parameters
    ----------
    random, trained : mapping of {"missing", "occluded", "flipped"} to xarray.Dataset
        Each from `neurosim.measure.recall.curves.recall_sweep` over its kind of damage.

    Returns
    -------
    ndarray of Axes, shape (2,)

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.recall.curves import recall_sweep
    >>> sizes = {"n_hidden": 4, "visible_per_hidden": 20, "n_cues": 8, "seed": 0}
    >>> found = {kind: recall_sweep(2, {kind: [0, 0.4]}, **sizes) for kind in ("missing", "flipped")}
    >>> plots.damage.by_kind(found, found).shape
    (2,)
    """
    panels = style.row(2, 2.6)
    draw(random, "random networks", panels[0])
    draw(trained, "trained network", panels[1])
    return panels


def noise_and_kinds(noise: xarray.Dataset, found: Mapping[str, xarray.Dataset]) -> np.ndarray:
    """Draw recall of one network against noise (left) and against the share of damaged neurons (right).

    Parameters
    ----------
    noise : xarray.Dataset
        From `neurosim.measure.recall.curves.recall_sweep` over noise_std, with the attribute memory_rms.
    found : mapping of {"missing", "occluded", "flipped"} to xarray.Dataset
        As in `draw`.

    Returns
    -------
    ndarray of Axes, shape (2,)

    Examples
    --------
    >>> from neurosim import Network, plots
    >>> from neurosim.measure.recall.curves import recall_sweep
    >>> net = Network.gaussian(60, 4, seed=0)
    >>> noise = recall_sweep(net, {"noise_std": [0, 1]}, seed=0).assign_attrs(memory_rms=0.7)
    >>> found = {"missing": recall_sweep(net, {"missing": [0, 0.5]}, seed=0)}
    >>> plots.damage.noise_and_kinds(noise, found)[0].get_xlabel()
    'Noise on the visible cue / rms of the memories'
    """
    panels = left, right = style.row(2, 2.6)
    relative = noise.assign_coords(noise_std=noise.noise_std / noise.attrs["memory_rms"])
    curves.draw(relative, "noise_std", ax=left)
    left.set_xlabel("Noise on the visible cue / rms of the memories", fontsize=style.label_size())
    draw(found, ax=right)
    return panels


def draw(found: Mapping[str, xarray.Dataset], title: str = "", ax: Axes | None = None) -> Axes:
    """Draw the share recalled against the share of damaged visible neurons, one line per kind of damage.

    Parameters
    ----------
    found : mapping of {"missing", "occluded", "flipped"} to xarray.Dataset
        Each from `neurosim.measure.recall.curves.recall_sweep` over its kind of damage; "missing" is among them. The
        recall law is drawn for missing neurons only.
    title : str, default ""
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.recall.curves import recall_sweep
    >>> sizes = {"n_hidden": 4, "visible_per_hidden": 20, "n_cues": 8, "seed": 0}
    >>> found = {kind: recall_sweep(2, {kind: [0, 0.4]}, **sizes) for kind in ("missing", "flipped")}
    >>> plots.damage.draw(found).get_xlabel()
    'Share of the visible neurons'
    """
    for index, (kind, curve) in enumerate(found.items()):
        shown = curve.rename({kind: "missing"}).drop_vars("bound" if kind == "missing" else ["law", "bound"])
        ax = curves.draw({kind: shown}, "missing", first=index, legend=False, ax=ax)
    missing = found["missing"].drop_vars("bound")
    ax = style.axes(ax)
    ax.set_xlabel("Share of the visible neurons", fontsize=style.label_size())
    ax.set_title(title, fontsize=style.title_size())
    theory = curves.theory_handles(missing)
    style.legend(ax, handles=[*ax.get_legend_handles_labels()[0], *theory, *intervals.handles(missing)])
    return ax


def noise_per_memory(random: xarray.Dataset, trained: xarray.Dataset) -> np.ndarray:
    """Draw the noise that each memory tolerates, in one random network (left) and in a trained one (right).

    Parameters
    ----------
    random, trained : xarray.Dataset
        From `neurosim.measure.basins.noise.noise_at_half_recall`.

    Returns
    -------
    ndarray of Axes, shape (2,)

    Examples
    --------
    >>> from neurosim import Network, patterns, plots
    >>> from neurosim.measure.basins.noise import noise_at_half_recall
    >>> net = Network.gaussian(100, 4, seed=0)
    >>> found = noise_at_half_recall(net, patterns.all_hidden_states(4)[1:4], seed=0)
    >>> plots.damage.noise_per_memory(found, found).shape
    (2,)
    """
    panels = style.row(2, 2.6)
    draw_noise(random, "random network", panels[0])
    draw_noise(trained, "trained network", panels[1], colour=1)
    return panels


def draw_noise(found: xarray.Dataset, title: str = "", ax: Axes | None = None, *, colour: int = 0) -> Axes:
    """Draw the noise at which half of a memory's cues are recalled, against its number of active neurons.

    The points of one number of active neurons are moved apart at random, so that they do not cover each other.

    Parameters
    ----------
    found : xarray.Dataset
        From `neurosim.measure.basins.noise.noise_at_half_recall`.
    title : str, default ""
    ax : Axes, optional
    colour : int, default 0
        Index of the colour and marker.

    Returns
    -------
    Axes

    Examples
    --------
    >>> from neurosim import Network, patterns, plots
    >>> from neurosim.measure.basins.noise import noise_at_half_recall
    >>> net = Network.gaussian(100, 4, seed=0)
    >>> found = noise_at_half_recall(net, patterns.all_hidden_states(4)[1:4], seed=0)
    >>> plots.damage.draw_noise(found).get_xlabel()
    'Active hidden neurons of the memory'
    """
    ax = style.axes(ax)
    rms = found.attrs["memory_rms"]
    names = ("noise_at_half", "noise_at_half_lower", "noise_at_half_upper")
    relative = found.assign({name: found[name] / rms for name in names})
    place = found.n_active + np.random.default_rng(0).uniform(-0.25, 0.25, found.n_active.size)
    fine = {"markersize": 2, "elinewidth": 0.4, "linestyle": "none"}
    intervals.bars(ax, relative, "noise_at_half", place, colour, **fine)
    ax.set_ylim(bottom=-0.03 * ax.get_ylim()[1])  # a marker at 0 is drawn whole
    axis_ticks.whole_ticks(ax.xaxis)
    style.label_axes(ax, "Active hidden neurons of the memory", "Noise at half recall / rms of memories")
    ax.set_title(title, fontsize=style.title_size())
    return ax


def table(
    found: xarray.Dataset, references: xarray.Dataset | None = None, figure: Figure | SubFigure | None = None
) -> np.ndarray:
    """Draw the damage table: squared errors (left) and shares of the cues (right), by damage, with intervals.

    The axis of the errors is logarithmic; errors below 1/100,000 of the largest, such as that of an intact cue, are not
    drawn.

    Parameters
    ----------
    found : xarray.Dataset
        Result of `neurosim.measure.learned.damage.damage_table`.
    references : xarray.Dataset, optional
        Result of `neurosim.measure.learned.references.reference_table` for the same damages, drawn hollow.
    figure : Figure or SubFigure, optional

    Returns
    -------
    ndarray (2,) of Axes

    Examples
    --------
    >>> from neurosim import Network, plots
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.damage import damage_table
    >>> found = damage_table(Network.gaussian(64, 10, seed=0), load_data("digits"), n_cues=20)
    >>> plots.damage.table(found)[0].get_ylabel()
    'Squared error to the intact image'
    """
    errors, shares = (figure or style.new_figure(3.2)).subplots(1, 2)
    lines = [(found, name, label) for name, label in _ERRORS.items()]
    if references is not None:
        each = [(references.sel(reference=name), str(name)) for name in references.reference.values]
        lines += [(one, "recall_error", label) for one, label in each]
    least = _LEAST * max(float(one[name].max()) for one, name, _ in lines)
    for index, (one, name, label) in enumerate(lines):
        shown = one.where(one[name] > least)  # a log axis has no place for the error 0 of an intact cue
        _points(errors, shown, name, index, len(lines), label, hollow=one is not found)
    for index, (name, label) in enumerate(_SHARES.items()):
        _points(shares, found, name, index, len(_SHARES), label)
    errors.set_yscale("log")
    style.share_axis(shares)
    style.label_axes(errors, "", "Squared error to the intact image")
    style.label_axes(shares, "", "Share of the cues")
    for ax in (errors, shares):
        names = [_short_name(str(damage)).replace(" + ", "\n+ ") for damage in found.damage.values]
        _name_rows(ax, names, columns=3)
    return np.array([errors, shares])


def overview(
    examples: xarray.Dataset,
    found: xarray.Dataset,
    references: xarray.Dataset | None = None,
    kept: xarray.Dataset | None = None,
) -> np.ndarray:
    """Draw originals, damaged cues and recalls above the damage table, and that above the robustness table.

    Parameters
    ----------
    examples : xarray.Dataset
        Result of `neurosim.measure.learned.damage.damaged_examples`.
    found, references : xarray.Dataset
        As in `table`.
    kept : xarray.Dataset, optional
        As in `robustness`.

    Returns
    -------
    ndarray of Axes

    Examples
    --------
    >>> from neurosim import Network, plots
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.damage import damage_table, damaged_examples
    >>> net, digits = Network.gaussian(64, 10, seed=0), load_data("digits")
    >>> examples, found = damaged_examples(net, digits, n_shown=2), damage_table(net, digits, n_cues=20)
    >>> plots.damage.overview(examples, found).size
    50
    """
    width, size = 2 * style.ONE_COLUMN / examples.sizes["damage"], examples.sizes["shown"]
    names = [_wrapped(_short_name(str(damage)), width) for damage in examples.damage.values]
    lines = 1 + max(name.count("\n") for name in names)
    heights = [3.4 * width / size + 1.6 * _tick_inches() * lines, 3.2, *([2.9] if kept is not None else [])]
    figure: Any = style.new_figure(sum(heights))
    above, middle, *below = figure.subfigures(len(heights), 1, height_ratios=heights)
    axes = [*_examples(examples, names, lines, above).ravel(), *table(found, references, middle)]
    return np.array(axes if kept is None else [*axes, robustness(kept, below[0].subplots())])


def _examples(examples: xarray.Dataset, names: Sequence[str], lines: int, figure: Figure | SubFigure) -> np.ndarray:
    """Draw originals, damaged cues and recalls, each damage under its name of at most so many lines."""
    n_damages, n_shown = examples.sizes["damage"], examples.sizes["shown"]
    flat = {name: examples[name].values.reshape(n_damages * n_shown, -1) for name in ("cue_visible", "visible")}
    shape = tuple(int(n) for n in np.atleast_1d(examples.attrs["image_shape"]))
    originals = np.tile(examples.original.values, (n_damages, 1))
    panels = recalls.draw(flat["cue_visible"], flat["visible"], shape, originals=originals, figure=figure)
    place: dict[str, Any] = {"xy": (0, 1), "xycoords": "axes fraction", "xytext": (0, 2), "textcoords": "offset points"}
    text: dict[str, Any] = {"fontsize": style.tick_size(), "va": "bottom"}
    for ax, name in zip(panels[0, ::n_shown], names, strict=True):
        ax.annotate(name, **place, **text).set_in_layout(False)  # it is wider than its column
    panels[0, -1].annotate("\n".join("|" * lines), alpha=0, **place, **text)  # room for the names
    return panels


def robustness(found: xarray.Dataset, ax: Axes | None = None) -> Axes:
    """Draw the shares of states and of bits that are kept, by disturbance and model.

    Parameters
    ----------
    found : xarray.Dataset
        Result of `neurosim.measure.learned.robustness.robustness_table`.
    ax : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> from neurosim import Network, plots
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.robustness import robustness_table
    >>> net, digits = Network.gaussian(64, 6, seed=0), load_data("digits").select(slice(100))
    >>> found = robustness_table(net, digits, noise=[1], jitter=[], models=["rate"], n_states=10)
    >>> [label.get_text() for label in plots.damage.robustness(found).get_xticklabels()]
    ['none', 'membrane noise 1 mV']
    """
    ax = style.axes(ax, 2.8)
    lines = [(model, name) for model in found.model.values for name in ("states_kept", "bits_kept")]
    for index, (model, name) in enumerate(lines):
        label = f"{name.partition('_')[0]}, {model} model"
        _points(ax, found.sel(model=model), name, index, len(lines), label, hollow=name == "bits_kept")
    _name_rows(ax, found.disturbance.values, columns=2)
    style.share_axis(ax)
    return style.label_axes(ax, "", "Share that is kept")


def _name_rows(ax: Axes, names: Sequence[str], columns: int) -> None:
    """Write the rows of a table at whole numbers of the horizontal axis, and the legend above it."""
    ax.set_xticks(range(len(names)), names, rotation=40, ha="right", rotation_mode="anchor")
    style.legend_above(
        ax, columns, loc="lower left", bbox_to_anchor=(0, 1), columnspacing=1, handlelength=1, handletextpad=0.4
    )


def _short_name(damage: str) -> str:
    """Return a damage without the name of its first setting: "noise 0.25 + occluded upper fill=mean" for instance."""
    if damage == "none":
        return "intact"
    parts = []
    for part in damage.split("+"):
        kind, _, settings = part.partition(":")
        first = f"{dataclasses.fields(DAMAGES[kind])[0].name}=" if kind in DAMAGES else ""
        parts.append(" ".join([kind, *(one.removeprefix(first) for one in settings.split(",") if one)]))
    return " + ".join(parts)


def _wrapped(text: str, width: float) -> str:
    """Return a text of tick size in lines of at most `width` inches, about."""
    letters = int(width / (0.6 * _tick_inches()))
    return "\n".join(textwrap.wrap(text, max(1, letters), break_long_words=False))


def _tick_inches() -> float:
    return FontProperties(size=style.tick_size()).get_size_in_points() / 72


def _points(
    ax: Axes, found: xarray.Dataset, name: str, index: int, count: int, label: str, *, hollow: bool = False
) -> None:
    """Draw one quantity at whole numbers, moved sideways by its index."""
    size = found[name].size
    place = np.arange(size) + 0.7 * ((index + 0.5) / count - 0.5)
    line: dict[str, Any] = {"linestyle": "none", "markersize": 3.5, "capsize": 1.5}
    intervals.bars(ax, found, name, place, index, label, **line, **({"markerfacecolor": "none"} if hollow else {}))
