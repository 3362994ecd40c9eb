"""Figures of the training programs: local learning rules, learning by spikes."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.ticker import StrMethodFormatter

from neurosim.learning.local import LOCAL_RULES
from neurosim.measure.learned.evaluation import RELATIVE_NOISE
from neurosim.plots import axis_ticks, intervals, style

_LIMITS = ("", "_lower", "_upper")


def local_rules(
    rules: xarray.Dataset, once: xarray.Dataset, spikes: xarray.Dataset, recipes: xarray.Dataset
) -> np.ndarray:
    """Draw distinct memories against the error (left) and self-recall against cue noise (right), by learning rule.

    Parameters
    ----------
    rules, once : xarray.Dataset
        Results of `neurosim.measure.learned.local_rules.compare_local_rules`, with all epochs and after one pass
        (hollow markers).
    spikes : xarray.Dataset
        Result of `neurosim.measure.learned.stdp.compare_stdp_rules` for one rule.
    recipes : xarray.Dataset over recipe
        Result of `neurosim.measure.learned.evaluation.evaluate_networks`, with a recipe "paper".

    Returns
    -------
    ndarray (2,) of Axes

    Examples
    --------
    >>> import xarray
    >>> from neurosim import plots
    >>> from neurosim.measure.learned.evaluation import RELATIVE_NOISE
    >>> names = ("squared_error", "n_unique", *(f"self_{noise:g}" for noise in RELATIVE_NOISE))
    >>> estimates = xarray.Dataset({f"{name}{end}": 0.5 for name in names for end in ("", "_lower", "_upper")})
    >>> rules, recipes = estimates.expand_dims(rule=["oja"]), estimates.expand_dims(recipe=["paper"])
    >>> left, right = plots.learning.local_rules(rules, rules, estimates.expand_dims(rule=["stdp"]), recipes)
    >>> [text.get_text() for text in left.figure.legends[0].get_texts()]
    ['paper, eq. (17)', 'oja', 'stdp']
    """
    left, right = style.new_figure(3.0).subplots(1, 2)
    edge = 1.5 * float(recipes.squared_error.sel(recipe="paper"))
    for index, rule in enumerate(rules.rule.values):
        here, first = rules.sel(rule=rule), once.sel(rule=rule)
        _point(left, here, edge, _stroke(index))
        if max(float(here.squared_error), float(first.squared_error)) < edge:
            line = style.stroke(index, linewidth=0.6, markersize=4, markerfacecolor="none", markevery=[0])
            left.plot(*([float(at[name]) for at in (first, here)] for name in ("squared_error", "n_unique")), **line)
        _self_recall(right, here, _stroke(index))
    hollow = {**_stroke(rules.sizes["rule"]), "markerfacecolor": "none"}
    _point(left, spikes.isel(rule=0), edge, hollow)
    _self_recall(right, spikes.isel(rule=0), hollow)
    for index, recipe in enumerate(recipes.recipe.values):
        here = recipes.sel(recipe=recipe)
        stroke: dict[str, Any] = {"color": style.theory_colour(), "marker": "*phX8"[index % 5]}
        left.plot(here.squared_error, here.n_unique, **stroke, ls="none", ms=7, label=f"{recipe}, eq. (17)")
        shares = [float(here[f"self_{noise:g}"]) for noise in RELATIVE_NOISE]
        right.plot(RELATIVE_NOISE, shares, **stroke, linestyle="--", linewidth=0.8, markersize=5)
    left.set_xlim(0.9 * min(float(found.squared_error.min()) for found in (rules, recipes)), edge)
    left.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    style.share_axis(right)
    style.label_axes(left, "Squared error per image, recalled", "Distinct stable minima")
    style.label_axes(right, "Cue noise / rms of the memories", "Memories that recall themselves")
    style.legend_below(left, 5, [*left.get_legend_handles_labels()[0], *right.get_legend_handles_labels()[0]])
    return np.array([left, right])


def pattern_loads(found: xarray.Dataset) -> np.ndarray:
    """Draw the error and the share of distinct minima against the number of random patterns, by learning rule.

    Parameters
    ----------
    found : xarray.Dataset
        Result of `neurosim.measure.learned.local_rules.compare_pattern_loads`.

    Returns
    -------
    ndarray (2,) of Axes

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.learned.local_rules import compare_pattern_loads
    >>> found = compare_pattern_loads(["oja"], [4, 8], n_visible=20, n_hidden=4, updates=20, networks=2)
    >>> plots.learning.pattern_loads(found).shape
    (2,)
    """
    panels = style.new_figure(3.0).subplots(1, 2)
    for ax, name in zip(panels, ("relative_error", "share_unique"), strict=True):
        for index, rule in enumerate(found.rule.values):
            _load_curve(ax, found.sel(rule=rule), name, index)
        axis_ticks.log_axis(ax.xaxis, found.n_patterns.values)
        style.share_axis(ax)  # the larger error of random synapses is in the legend
    bound = found.isel(rule=0).least_error
    panels[0].plot(found.n_patterns, bound, ":", color=style.theory_colour(), label="principal components (bound)")
    style.label_axes(panels[0], "Random patterns", "Squared error / mean square of patterns")
    style.label_axes(panels[1], "Random patterns", "Distinct stable minima / patterns")
    style.legend_below(panels[0], 4)
    return panels


def stdp_rules(rules: xarray.Dataset, during: xarray.Dataset) -> np.ndarray:
    """Draw distinct memories against the error by rule (left), and the errors during learning (right).

    Parameters
    ----------
    rules : xarray.Dataset
        Result of `neurosim.measure.learned.stdp.compare_stdp_rules`.
    during : xarray.Dataset
        Result of `neurosim.measure.learned.stdp.error_during_learning`; recalled errors are drawn as dots, those of
        the first pass dashed.

    Returns
    -------
    ndarray (2,) of Axes

    Examples
    --------
    >>> import xarray
    >>> from neurosim import plots
    >>> names = ("squared_error", "n_unique")
    >>> estimates = {f"{name}{end}": 10.0 for name in names for end in ("", "_lower", "_upper")}
    >>> rules = xarray.Dataset(estimates).expand_dims(rule=["stdp", "mean"])
    >>> errors = {name: (("rule", "presented"), [[9.0, 3.0]]) for name in ("squared_error", "first_error")}
    >>> during = xarray.Dataset(errors, {"rule": ["stdp"], "presented": [1, 100]}, {"n_hidden": 24})
    >>> plots.learning.stdp_rules(rules, during)[1].get_ylabel()
    'Squared error per image, $N_h = 24$'
    """
    left, right = style.new_figure(2.9).subplots(1, 2)
    names = [str(rule) for rule in rules.rule.values]
    for index, rule in enumerate(names):
        here = rules.sel(rule=rule)
        intervals.bars(left, here, "n_unique", "squared_error", label=rule, **_stroke(index))
    for rule in during.rule.values:
        here, colour = during.sel(rule=rule), style.colour(names.index(str(rule)) if str(rule) in names else -1)
        right.plot(here.presented, here.squared_error, "-o", color=colour, markersize=style.marker_size())
        right.plot(here.presented, here.first_error, "--", color=colour, linewidth=1)
    style.label_axes(left, "Squared error per image, recalled", "Distinct stable minima")
    style.label_axes(right, "Images shown", f"Squared error per image, $N_h = {during.attrs['n_hidden']}$")
    for axis in (left.xaxis, right.yaxis):
        axis_ticks.log_axis(axis)
    style.legend_below(left, 2)
    return np.array([left, right])


def forgetting(found: xarray.Dataset) -> np.ndarray:
    """Draw recall against the number of images learned since (left), and images recalled by rate of forgetting (right).

    Parameters
    ----------
    found : xarray.Dataset
        Result of `neurosim.measure.learned.forgetting.forgetting_curves`.

    Returns
    -------
    ndarray (2,) of Axes

    Examples
    --------
    >>> from neurosim import plots
    >>> from neurosim.measure.learned.forgetting import forgetting_curves
    >>> found = forgetting_curves([0, 0.1], [0, 30], n_images=40, n_visible=50, n_hidden=20, networks=2)
    >>> plots.learning.forgetting(found)[0].get_ylabel()
    'Share recalled at their code'
    """
    left, right = style.row(2, 2.7)
    rates = found.forget.values
    for index, rate in enumerate(rates):
        intervals.band(left, found.sel(forget=rate), "recalled", "age", index, f"$f$ = {rate:g}")
        intervals.bars(right, found.isel(forget=[index]), "n_recalled", [index], index)
    style.share_axis(left)
    style.label_axes(left, "Images learned since", "Share recalled at their code")
    right.set_xticks(range(len(rates)), [f"{rate:g}" for rate in rates])
    style.from_zero(right)
    style.label_axes(right, "Rate of forgetting $f$", f"Recalled of the last {found.attrs['n_images']} images")
    style.legend_below(left, 6, [*left.get_legend_handles_labels()[0], *intervals.handles(found)])
    return np.array([left, right])


def memories_and_error(found: xarray.Dataset) -> Axes:
    """Draw the distinct memories of single networks against their errors.

    Parameters
    ----------
    found : xarray.Dataset over run
        Result of `neurosim.measure.learned.evaluation.evaluate_networks`.

    Returns
    -------
    Axes

    Examples
    --------
    >>> from neurosim import Network, plots
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.evaluation import evaluate_networks
    >>> few = load_data("digits").select(slice(50))
    >>> found = evaluate_networks({"random": (Network.gaussian(64, 10, seed=0), few)})
    >>> plots.learning.memories_and_error(found).get_ylabel()
    'Distinct stable minima'
    """
    ax = style.new_figure(2.8, columns=1.5).subplots()
    for index, run in enumerate(found.run.values):
        here = found.sel(run=run)
        ax.plot(here.squared_error, here.n_unique, label=str(run), **style.stroke(index, linestyle="none"))
    style.label_axes(ax, "Squared error per image, recalled", "Distinct stable minima")
    style.legend(ax, loc="center left", bbox_to_anchor=(1, 0.5))
    return ax


def _self_recall(ax: Axes, here: xarray.Dataset, stroke: dict[str, Any]) -> None:
    shares = np.array([[float(here[f"self_{noise:g}{end}"]) for noise in RELATIVE_NOISE] for end in _LIMITS])
    length = np.where(shares[0] == 1, 0, np.abs(shares[1:] - shares[0]))  # no interval where all agree
    ax.errorbar(RELATIVE_NOISE, shares[0], length, **{**stroke, "linestyle": "-", "linewidth": 1})


def _point(ax: Axes, here: xarray.Dataset, edge: float, stroke: dict[str, Any]) -> None:
    """Draw a rule at its error and number of minima, or as an arrow at the edge if its error lies beyond."""
    error, minima, name = float(here.squared_error), float(here.n_unique), str(here.rule.item())
    if error < edge:
        intervals.bars(ax, here, "n_unique", "squared_error", label=name, **stroke)
        return
    ax.errorbar([], [], **stroke, label=name)
    ax.plot(edge, minima, alpha=0)  # room for the arrow
    text = {"ha": "right", "va": "center", "fontsize": style.tick_size(), "color": stroke["color"]}
    arrow = {"arrowstyle": "->", "color": stroke["color"], "shrinkA": 0, "shrinkB": 0}
    place: dict[str, Any] = {"xytext": (-14, 0), "textcoords": "offset points", "arrowprops": arrow}
    ax.annotate(f"{name}, {error:.3g}", (edge, minima), **place, **text)


def _load_curve(ax: Axes, here: xarray.Dataset, name: str, index: int) -> None:
    rule = str(here.rule.item())
    local = rule in LOCAL_RULES
    label = rule if local else f"{rule}, eq. (17)"
    label = f"random (error {float(here.relative_error.mean()):.2g})" if rule == "random" else label
    lines = (
        {"linestyle": "-", "capsize": 1.5}
        if local
        else {"linestyle": "--", "color": style.theory_colour(), "marker": "*"}
    )
    intervals.bars(ax, here, name, "n_patterns", index, label, linewidth=1, markersize=4, **lines)


def _stroke(index: int) -> dict[str, Any]:
    return style.stroke(index, linestyle="none", markersize=5, elinewidth=0.7, capsize=1.5)
