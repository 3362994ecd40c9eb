"""Learning by spikes: how error and distinct minima come out, and how they get there."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter, LogLocator, NullFormatter

from neurosim import Network
from neurosim.gallery.base import Data, Entry, Plan, some_digits
from neurosim.learning.data import Images, load
from neurosim.measure.learned.evaluation import evaluate_networks
from neurosim.measure.learned.stdp import QUICK, RULES, compare_stdp_rules, error_during_learning, train_by_rule
from neurosim.measure.statistics import format_estimate
from neurosim.plots import style
from neurosim.report.page import Row

N_HIDDEN = 24
EPOCHS = 5
WAY = ("stdp", "stdp, thresholds")
RECIPES = ("paper", "certified")
SELF_RECALL = ("self_0", "self_0.2", "self_0.4")


def measure(plan: Plan) -> Data:
    """Train on the built-in digits by every rule; follow one network during learning."""
    images = load("digits").select(slice(plan.pick(None, 20)))
    common: Any = {"n_hidden": plan.pick(N_HIDDEN, 4), "epochs": plan.pick(EPOCHS, 2), "seed": plan.seed}
    common |= plan.pick({}, QUICK)
    rules = tuple(RULES)[:: plan.pick(1, 5)]
    return {
        "rules": compare_stdp_rules(images, rules, networks=plan.networks, runner=plan.runner, **common),
        "way": error_during_learning(images, WAY, **common),
    }


def draw(data: Data) -> np.ndarray:
    """Draw minima against error, and both on the way."""
    rules, way = data["rules"], data["way"]
    left, right = Figure(figsize=(2 * style.ONE_COLUMN, 2.9), layout="constrained").subplots(1, 2)
    for index, rule in enumerate(rules.rule.values):
        here = rules.sel(rule=rule)
        bars = {
            f"{axis}err": np.array([[here[name] - here[f"{name}_lower"]], [here[f"{name}_upper"] - here[name]]])
            for axis, name in (("x", "squared_error"), ("y", "n_unique"))
        }
        stroke = {"color": style.PALETTE[index], "fmt": style.MARKERS[index], "markersize": 5, "elinewidth": 0.7}
        left.errorbar(here.squared_error, here.n_unique, **bars, **stroke, label=RULES[str(rule)])
    style.dress(left, "Squared error per image, recalled", "Distinct stable minima")
    for rule in way.rule.values:
        here, colour = way.sel(rule=rule), style.PALETTE[list(RULES).index(str(rule))]
        right.plot(here.presented, here.squared_error, "-o", color=colour, markersize=3)
        right.plot(here.presented, here.first_error, "--", color=colour, linewidth=1)
    style.dress(right, "Images shown", f"Squared error per image, $N_h = {way.attrs['n_hidden']}$")
    for axis in (left.xaxis, right.yaxis):
        axis.axes.set(**{f"{axis.axis_name}scale": "log"})
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(FormatStrFormatter("%g"))
        axis.set_minor_formatter(NullFormatter())
    handles, labels = left.get_legend_handles_labels()
    left.figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False, fontsize=style.TICK - 1)
    return np.array([left, right])


def describe(data: Data) -> tuple[list[str], list[Row]]:
    """State minima, error and self-recall of each rule."""
    rules, way = data["rules"], data["way"]
    about = rules.attrs
    text = [
        f"{about['subject']}, each shown {about['epochs']} times to a spiking network, N_h = {about['n_hidden']}; the "
        "rule's equations: `neurosim.equations.plasticity`. All images as cues, exact engine, h(0) = 0, τ_v = 20 τ_h. "
        f"{about['n_networks']} independent networks, 95% intervals over them.",
        "Right, one network each on its way, recalled (dots) and first pass (dashed): "
        + "; ".join(f"{rule}, {_ends(way.sel(rule=rule))}" for rule in way.rule.values)
        + ".",
    ]
    rows: list[Row] = []
    for rule in rules.rule.values:
        here = rules.sel(rule=rule)
        rows.append((f"{rule}: minima", format_estimate(here, "n_unique", 4), RULES[str(rule)]))
        first = (
            f"first pass {format_estimate(here, 'first_error', 4)}, image → code {format_estimate(here, 'at_code', 3)}"
        )
        rows.append((f"{rule}: squared error", format_estimate(here, "squared_error", 4), first))
        recalls = ", ".join(format_estimate(here, name, 3) for name in SELF_RECALL)
        rows.append((f"{rule}: self-recall, noise 0, 0.2, 0.4", recalls, ""))
    return text, rows


def _ends(here: xarray.Dataset) -> str:
    first, last = (float(here.squared_error[k]) for k in (0, -1))
    return f"recalled error {first:.3g} at the start, {last:.3g} at the end"


# MNIST: one network each


# rule, how many of the images (None: all), how often
RUNS = (
    ("stdp", 5_000, 2),
    ("mean", 5_000, 2),
    ("mean", None, 1),
    ("stdp, thresholds", 5_000, 2),
    ("mean, thresholds", None, 1),
)


def measure_images(plan: Plan) -> Data:
    """Learn some of MNIST's digits, and all, by spikes; evaluate on all of them."""
    school = some_digits if plan.quick else plan.school
    trained = {f"{recipe}, eq. (17)": school("mnist", 50, recipe) for recipe in plan.pick(RECIPES, RECIPES[:1])}
    images = next(iter(trained.values())).images
    n_hidden = plan.pick(50, 4)
    networks: dict[str, tuple[Network, Images]] = {}
    for rule, count, epochs in plan.pick(RUNS, (("stdp", 10, 1),)):
        some = images.select(slice(count))
        net = train_by_rule(rule, some, n_hidden, epochs=epochs, seed=plan.seed, **plan.pick({}, QUICK))
        name = f"{rule}, {len(some):,} images {'once' if epochs == 1 else 'twice'}"
        networks[name] = net, images
        if count is not None:
            networks[f"{name}, evaluated on them"] = net, some
    networks |= {name: (learned.network, images) for name, learned in trained.items()}
    found = evaluate_networks(networks, seed=plan.seed)
    return {"images": found.assign_attrs(subject=repr(images), n_hidden=n_hidden, n_trials=len(images))}


def draw_images(data: Data) -> np.ndarray:
    """Draw minima against error."""
    found = data["images"]
    found = found.isel(run=[k for k, name in enumerate(found.run.values) if not str(name).endswith("on them")])
    ax = Figure(figsize=(1.5 * style.ONE_COLUMN, 2.8), layout="constrained").subplots()
    for index, name in enumerate(found.run.values):
        here = found.sel(run=name)
        colour, marker = style.PALETTE[index % len(style.PALETTE)], style.MARKERS[index % len(style.MARKERS)]
        ax.plot(here.squared_error, here.n_unique, marker, color=colour, label=str(name))
    style.dress(ax, "Squared error per image, recalled", "Distinct stable minima")
    style.legend(ax, loc="center left", bbox_to_anchor=(1, 0.5))
    return np.array([ax])


def describe_images(data: Data) -> tuple[list[str], list[Row]]:
    """One line a run."""
    found = data["images"]
    text = [
        f"{found.attrs['subject']} in {found.attrs['n_hidden']} hidden neurons; one network a line, seed "
        f"{found.attrs['seed']}. All images as cues, exact engine, h(0) = 0, τ_v = 20 τ_h.",
        "Learned by spikes (`neurosim.learning.stdp`), by the rule's mean, and by gradient descent on eq. (17).",
    ]
    rows: list[Row] = []
    for name in found.run.values:
        here = found.sel(run=name)
        recalls = ", ".join(f"{float(here[share]):.3f}" for share in SELF_RECALL)
        note = (
            f"first pass {float(here.first_error):.2f}, image → code {float(here.at_code):.3f}, self-recall {recalls}"
        )
        rows.append((str(name), f"{int(here.n_unique):,} at {float(here.squared_error):.2f}", note))
    return text, rows


ENTRIES = (
    Entry("stdp", "Learning by spikes", measure, draw, describe),
    Entry("stdp-mnist", "Learning MNIST by spikes", measure_images, draw_images, describe_images),
)
