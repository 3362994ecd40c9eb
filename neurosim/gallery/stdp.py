"""Learning by spikes: how error and distinct minima come out, and how they get there."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import xarray
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter, LogLocator, NullFormatter

from neurosim.gallery.base import Data, Entry, Plan, some_digits
from neurosim.learning.data import Images, load
from neurosim.learning.stdp import learn_spiking
from neurosim.measure.learned.evaluation import MEASURES, judged
from neurosim.measure.learned.stdp import PARTS, QUICK, RULES, taught, taught_and_judged
from neurosim.measure.statistics import format_estimate, summarise
from neurosim.plasticity import STDP
from neurosim.plots import style
from neurosim.report.page import Row
from neurosim.sweep import grid as sweep

N_HIDDEN = 24
EPOCHS = 5
WAY = ("stdp", "stdp, thresholds")
RECIPES = ("paper", "certified")
SELF_RECALL = ("self_0", "self_0.2", "self_0.4")


def measure(plan: Plan) -> Data:
    """Learn the built-in digits by every rule; follow one network on its way."""
    images = load("digits")
    if plan.quick:
        images = Images(images.pixels[:20], images.labels[:20], images.shape, "digits")
    n_hidden = plan.pick(N_HIDDEN, 4)
    how = {"epochs": plan.pick(EPOCHS, 2), **plan.pick({}, QUICK)}
    labels = {"rule": ("what learns", "1")}
    one = partial(taught_and_judged, images=images, n_hidden=n_hidden, **how)
    common: Any = {"networks": plan.networks, "seed": plan.seed, "labels": labels, "runner": plan.runner}
    about = {"method": "spikes in Brian2, exact recall", "confidence": 0.95, "n_trials": len(images), "seed": plan.seed}
    about |= {"subject": repr(images), "epochs": how["epochs"], "n_networks": plan.networks, "n_hidden": n_hidden}
    grid = {"rule": tuple(RULES)[:: plan.pick(1, 5)]}
    raw = sweep.run(one, grid, **common)
    found = xarray.Dataset(summarise(raw, MEASURES), {name: raw[name] for name in grid}, about)
    return {"rules": found, "way": _way(images, n_hidden, how, plan.seed, about)}


def _way(images: Images, n_hidden: int, how: dict[str, Any], seed: int, about: dict[str, Any]) -> xarray.Dataset:
    """Return the errors of one network of each kind at every recorded moment."""
    options = {name: value for name, value in how.items() if name != "shown"}
    errors: dict[str, list[list[float]]] = {"squared_error": [], "first_error": []}
    for rule in WAY:
        settings = STDP(shown=how.get("shown", STDP().shown), **PARTS[rule.partition(", ")[2]])
        net, history = learn_spiking(images, n_hidden, rule=settings, seed=seed, **options)
        seen = []
        for moment in range(history.sizes["presented"]):
            here = history.isel(presented=moment)
            then = net.replace(weights=here.weights.values, threshold=here.threshold.values)
            seen.append(judged(then, images.pixels, seed))
        for name, values in errors.items():
            values.append([one[name] for one in seen])
    variables = {
        name: (("rule", "presented"), values, {"long_name": MEASURES[name][0], "units": "1"})
        for name, values in errors.items()
    }
    coords = {"rule": ("rule", list(WAY), {"long_name": "what learns"}), "presented": history.presented}
    return xarray.Dataset(variables, coords, {**about, "n_networks": 1})


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
        "rule's equations are `neurosim.plasticity`. All images as cues, exact engine, h(0) = 0, τ_v = 20 τ_h. "
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
    """Learn some of MNIST's digits, and all, by spikes; judge on all of them."""
    school = some_digits if plan.quick else plan.school
    pupils = {f"{recipe}, eq. (17)": school("mnist", 50, recipe) for recipe in plan.pick(RECIPES, RECIPES[:1])}
    images = next(iter(pupils.values())).images
    n_hidden = plan.pick(50, 4)
    found: dict[str, dict[str, float]] = {}
    for rule, count, epochs in plan.pick(RUNS, (("stdp", 10, 1),)):
        some = Images(images.pixels[:count], images.labels[:count], images.shape, images.name)
        net = taught(rule, some, n_hidden, epochs=epochs, seed=plan.seed, **plan.pick({}, QUICK))
        name = f"{rule}, {len(some):,} images {'once' if epochs == 1 else 'twice'}"
        found[name] = judged(net, images.pixels, plan.seed)
        if count is not None:
            found[f"{name}, judged on them"] = judged(net, some.pixels, plan.seed)
    found |= {name: judged(pupil.network, images.pixels, plan.seed) for name, pupil in pupils.items()}
    variables = {
        name: ("run", [one[name] for one in found.values()], {"long_name": long_name, "units": units})
        for name, (long_name, units, _) in MEASURES.items()
    }
    attrs = {"method": "spikes in Brian2, exact recall", "n_networks": 1, "n_trials": len(images), "seed": plan.seed}
    attrs |= {"subject": repr(images), "n_hidden": n_hidden}
    runs = ("run", list(found), {"long_name": "what learned what"})
    return {"images": xarray.Dataset(variables, {"run": runs}, attrs)}


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
