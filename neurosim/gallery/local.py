"""Local learning rules beside eq. (17): distinct minima and error, on images and against the number of patterns."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from neurosim.gallery.base import Data, Entry, Plan, some_digits
from neurosim.learning.local import LOCAL_RULES
from neurosim.measure.learned.evaluation import RELATIVE_NOISE, evaluate_networks
from neurosim.measure.learned.local_rules import UPDATES, compare_local_rules, compare_pattern_loads, error_limits
from neurosim.measure.learned.stdp import QUICK, compare_stdp_rules
from neurosim.measure.statistics import format_estimate
from neurosim.plots import style
from neurosim.report.page import Row

RULES = tuple(LOCAL_RULES)
SPIKES = "stdp"  # spikes, all images shown once; a quarter of an hour a network
RECIPES = ("paper", "symmetric", "certified")
SUBJECT = ("mnist", 50)
SEEDS = 5


def measure(plan: Plan) -> Data:
    """Train by every local rule from several seeds, to the end and for one pass, and by recipes; evaluate all alike."""
    school = some_digits if plan.quick else plan.school
    trained = {recipe: school(*SUBJECT, recipe) for recipe in RECIPES[: plan.pick(None, 1)]}
    images = next(iter(trained.values())).images
    n_hidden = next(iter(trained.values())).network.n_hidden
    common: Any = {
        "n_hidden": n_hidden,
        "networks": min(plan.networks, SEEDS),
        "seed": plan.seed,
        "runner": plan.runner,
    }
    shown = images.select(slice(20)) if plan.quick else images
    networks = {recipe: (learned.network, images) for recipe, learned in trained.items()}
    recipes = evaluate_networks(networks, dim="recipe", seed=plan.seed).assign_attrs(
        error_limits(images.pixels, n_hidden)
    )
    rules = compare_local_rules(images.pixels, RULES, epochs=plan.pick(None, 3), **common)
    return {
        "rules": rules.assign_attrs(subject=repr(images)),
        "once": compare_local_rules(images.pixels, RULES, epochs=plan.pick(1, 2), **common),
        "spikes": compare_stdp_rules(shown, (SPIKES,), epochs=1, **common, **plan.pick({}, QUICK)),
        "recipes": recipes,
    }


def draw(data: Data) -> np.ndarray:
    """Draw distinct minima against error (hollow: after one pass), and self-recall against cue noise."""
    rules, recipes, spikes = data["rules"], data["recipes"], data["spikes"].sel(rule=SPIKES)
    left, right = Figure(figsize=(2 * style.ONE_COLUMN, 3.0), layout="constrained").subplots(1, 2)
    edge = 1.5 * float(recipes.squared_error.sel(recipe="paper"))
    for index, rule in enumerate(RULES):
        here, once = rules.sel(rule=rule), data["once"].sel(rule=rule)
        _place(left, here, edge, _stroke(index))
        if max(float(here.squared_error), float(once.squared_error)) < edge:
            path = {"color": style.PALETTE[index], "linewidth": 0.6, "markersize": 4, "markerfacecolor": "none"}
            places = [[float(point[name]) for point in (once, here)] for name in ("squared_error", "n_unique")]
            left.plot(*places, **path, marker=style.MARKERS[index], markevery=[0])
        _self_recall(right, here, _stroke(index))
    hollow = {**_stroke(len(RULES)), "markerfacecolor": "none"}
    _place(left, spikes, edge, hollow)
    _self_recall(right, spikes, hollow)
    for index, recipe in enumerate(recipes.recipe.values):
        here = recipes.sel(recipe=recipe)
        stroke = {"color": style.THEORY, "marker": ("*", "p", "h")[index], "linestyle": "none", "markersize": 7}
        left.plot(here.squared_error, here.n_unique, **stroke, label=f"{recipe}, eq. (17)")
        shares = [float(here[f"self_{r:g}"]) for r in RELATIVE_NOISE]
        right.plot(RELATIVE_NOISE, shares, **{**stroke, "linestyle": "--", "linewidth": 0.8, "markersize": 5})
    left.set_xlim(0.9 * min(float(data[name].squared_error.min()) for name in ("rules", "recipes")), edge)
    left.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    right.set_ylim(-0.03, 1.03)
    style.dress(left, "Squared error per image, recalled", "Distinct stable minima")
    style.dress(right, "Cue noise / rms of the memories", "Memories that recall themselves")
    left.figure.legend(loc="outside lower center", ncols=5, frameon=False, fontsize=style.TICK - 1)
    return np.array([left, right])


def _self_recall(ax: Axes, here: xarray.Dataset, stroke: dict[str, Any]) -> None:
    shares = np.array([[float(here[f"self_{r:g}{end}"]) for r in RELATIVE_NOISE] for end in ENDS])
    reach = np.where(shares[0] == 1, 0, np.abs(shares[1:] - shares[0]))  # no whisker of another kind
    ax.errorbar(RELATIVE_NOISE, shares[0], reach, **{**stroke, "linestyle": "-", "linewidth": 1})


ENDS = ("", "_lower", "_upper")


def _place(ax: Axes, here: xarray.Dataset, edge: float, stroke: dict[str, Any]) -> None:
    """Draw a rule at its error and minima, or as an arrow at the edge that its error lies beyond."""
    error, minima = float(here.squared_error), float(here.n_unique)
    if error < edge:
        bars = {f"{axis}err": _reach(here, name) for axis, name in (("x", "squared_error"), ("y", "n_unique"))}
        ax.errorbar(error, minima, **bars, **stroke, label=here.rule.item())
        return
    ax.errorbar([], [], **stroke, label=here.rule.item())
    ax.plot(edge, minima, alpha=0)  # room for the arrow
    text = {"ha": "right", "va": "center", "fontsize": style.TICK, "color": stroke["color"]}
    ax.annotate(
        f"{here.rule.item()}, {error:.3g}",
        (edge, minima),
        xytext=(-14, 0),
        textcoords="offset points",
        arrowprops={"arrowstyle": "->", "color": stroke["color"], "shrinkA": 0, "shrinkB": 0},
        **text,
    )


def _reach(here: xarray.Dataset, name: str) -> np.ndarray:
    """Return how far an interval reaches below and above, (2, …)."""
    return np.array([here[name] - here[f"{name}_lower"], here[f"{name}_upper"] - here[name]]).reshape(2, -1)


def _stroke(index: int) -> dict[str, Any]:
    bar = {"linestyle": "none", "markersize": 5, "elinewidth": 0.7, "capsize": 1.5}
    return {"color": style.PALETTE[index], "marker": style.MARKERS[index], **bar}


def describe(data: Data) -> tuple[list[str], list[Row]]:
    """State every rule's minima, error, codes, self-recall and what it asks of the circuit."""
    rules, recipes, spikes = data["rules"], data["recipes"], data["spikes"]
    paper = recipes.sel(recipe="paper")
    text = [
        f"{rules.attrs['subject']}, N_h = {rules.attrs['n_hidden']}; all images as cues, exact engine, h(0) = 0, "
        f"τ_v = 20 τ_h. {rules.attrs['n_networks']} seeds a local rule, 95% intervals over them; one network a recipe "
        f"of eq. (17). {SPIKES}: spikes, every image shown once. The mean image alone has an error of "
        f"{recipes.attrs['variance']:.4g}; none of {rules.attrs['n_hidden']} neurons can be below "
        f"{recipes.attrs['least_error']:.4g} (principal components).",
        _verdict(xarray.concat([rules, spikes], "rule"), paper),
    ]
    rows: list[Row] = []
    for rule in (*rules.rule.values, SPIKES):
        once = data["once"] if rule != SPIKES else spikes
        here = (rules if rule != SPIKES else spikes).sel(rule=rule)
        points = {"minima, error": here} if rule != SPIKES else {}
        for when, point in (points | {"after one pass": once.sel(rule=rule)}).items():
            minima = f"{format_estimate(point, 'n_unique')} at {format_estimate(point, 'squared_error')}"
            rows.append((f"{rule}: {when}", minima, f"image → code {format_estimate(point, 'at_code')}"))
        recalls = ", ".join(format_estimate(here, f"self_{noise:g}") for noise in RELATIVE_NOISE[::3])
        rows.append((f"{rule}: self-recall, noise 0, 0.4", recalls, _asked(str(rule), float(here.certified))))
    for recipe in recipes.recipe.values:
        here = recipes.sel(recipe=recipe)
        minima = f"{int(here.n_unique):,} at {float(here.squared_error):.2f}"
        rows.append((f"{recipe}, eq. (17): minima, error", minima, f"image → code {float(here.at_code):.4f}"))
        recalls = ", ".join(f"{float(here[f'self_{noise:g}']):.3f}" for noise in RELATIVE_NOISE[::3])
        note = "all states certified" if float(here.certified) else "not certified"
        rows.append((f"{recipe}, eq. (17): self-recall", recalls, note))
    return text, rows


def _verdict(rules: xarray.Dataset, paper: xarray.Dataset) -> str:
    """Say which rules have at least half of eq. (17)'s minima at no more than 1.5 times its error."""
    enough = (rules.n_unique_lower >= paper.n_unique / 2) & (rules.squared_error_upper <= 1.5 * paper.squared_error)
    names = ", ".join(rules.rule.values[enough.values]) or "none"
    return f"At least half of the paper recipe's minima at no more than 1.5 times its error: {names}."


def _asked(rule: str, certified: float) -> str:
    if rule == SPIKES:
        return f"synapses in pairs that start equal and change alike, errors by spikes; certified {certified:.0%}"
    facts = LOCAL_RULES[rule].facts
    words = ["synapses shared by both directions" if facts.shared else "synapses of their own in each direction"]
    words += [facts.third_factor] * bool(facts.third_factor) + ["dreams"] * facts.dreams
    return f"{', '.join(words)}; certified {certified:.0%}"


# Against the number of random patterns


_BOUND = "principal components (bound)"
LOADS = (10, 30, 100, 300, 1000)
HOWS = (*RULES, "paper")


def measure_load(plan: Plan) -> Data:
    """Train on increasing numbers of random patterns, by every rule and recipe."""
    sizes = {"n_visible": plan.pick(100, 30), "n_hidden": plan.pick(20, 8), "updates": plan.pick(UPDATES, 20)}
    options: Any = {"networks": plan.networks, "seed": plan.seed, "runner": plan.runner, **sizes}
    return {"load": compare_pattern_loads(plan.pick(HOWS, HOWS[:3]), plan.pick(LOADS, LOADS[:2]), **options)}


def draw_load(data: Data) -> np.ndarray:
    """Draw error and distinct minima against the number of patterns."""
    found = data["load"]
    panels = Figure(figsize=(2 * style.ONE_COLUMN, 3.0), layout="constrained").subplots(1, 2)
    for ax, name in zip(panels, ("relative_error", "share_unique"), strict=True):
        for index, how in enumerate(found.how.values):
            _line(ax, found.sel(how=how), name, index)
        ax.set_xscale("log")
        ax.set_xticks(found.n_patterns.values, [f"{n:,}" for n in found.n_patterns.values])
        ax.minorticks_off()
    panels[0].plot(found.n_patterns, found.isel(how=0).least_error, ":", color=style.THEORY, label=_BOUND)
    for ax in panels:
        ax.set_ylim(-0.03, 1.03)  # random synapses err more than recalling nothing does: the legend says how much
    style.dress(panels[0], "Random patterns", "Squared error / patterns' own")
    style.dress(panels[1], "Random patterns", "Distinct stable minima / patterns")
    handles, labels = panels[0].get_legend_handles_labels()
    panels[0].figure.legend(
        handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=style.TICK - 1
    )
    return panels


def _line(ax: Axes, here: xarray.Dataset, name: str, index: int) -> None:
    how = str(here.how.item())
    reach = np.where(style.all_agree(here, name), 0, _reach(here, name))
    stroke = _stroke(index) if how in LOCAL_RULES else {"color": style.THEORY, "marker": "*"}
    label = how if how in LOCAL_RULES else f"{how}, eq. (17)"
    label = f"random (error {float(here.relative_error.mean()):.2g})" if how == "random" else label
    lines = {"linestyle": "-" if how in LOCAL_RULES else "--", "linewidth": 1, "markersize": 4, "elinewidth": 0.7}
    ax.errorbar(here.n_patterns, here[name], reach, label=label, **{**stroke, **lines})


def describe_load(data: Data) -> tuple[list[str], list[Row]]:
    """State error and distinct minima at every load."""
    found = data["load"]
    about = found.attrs
    text = [
        f"Independent patterns of ±1 in N_v = {about['n_visible']} visible and N_h = {about['n_hidden']} hidden "
        f"neurons, {about['n_networks']} networks and sets of patterns a point, 95% intervals; all patterns as cues, "
        f"exact engine, h(0) = 0, τ_v = 20 τ_h. {UPDATES:,} updates each. An error of 1 is that of recalling nothing.",
    ]
    rows = [
        (
            f"{how}: {n:,} patterns",
            f"error {format_estimate(here, 'relative_error')}",
            f"distinct {format_estimate(here, 'share_unique')}",
        )
        for how in found.how.values
        for n in found.n_patterns.values
        for here in [found.sel(how=how, n_patterns=n)]
    ]
    return text, rows


ENTRIES = (
    Entry("local", "Local learning rules beside the autoencoder rule", measure, draw, describe),
    Entry(
        "local-load", "Local learning rules and the number of random patterns", measure_load, draw_load, describe_load
    ),
)
