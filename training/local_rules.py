"""
Local learning rules on MNIST
=============================

Trains networks with 50 hidden neurons on MNIST by local rules, in which every synapse changes by signals of the two
neurons that it joins (docs/explanation/learning-rules.md), for all their epochs and for a single pass; by
spike-timing-dependent plasticity in Brian2, with every image shown once; and by gradient descent on eq. (17) with three
recipes.

All images are cues; exact engine, h(0) = 0, τ_v = 20 τ_h. Left: distinct stable memories against the squared error;
hollow markers after one pass. Right: share of the memories that recall themselves from noisy cues.

Learning by spikes takes a quarter of an hour for each of the five networks. Finished networks are stored in OUT; a run
that was stopped resumes. ``--quick`` uses the built-in digits.
"""

import xarray

from neurosim import plots
from neurosim.cli import program
from neurosim.learning.local import LOCAL_RULES
from neurosim.measure.learned.evaluation import RELATIVE_NOISE, evaluate_networks
from neurosim.measure.learned.local_rules import compare_local_rules, error_limits
from neurosim.measure.learned.stdp import QUICK, compare_stdp_rules
from neurosim.measure.statistics import format_estimate

RULES, SPIKES, RECIPES = tuple(LOCAL_RULES), "stdp", ("paper", "symmetric", "certified")


def measure(run):
    """Train by every local rule, by spikes and by recipes, and evaluate all networks."""
    trained = {recipe: run.train("mnist", 50, recipe) for recipe in RECIPES[: run.pick(None, 1)]}
    images, n_hidden = trained["paper"].images, trained["paper"].network.n_hidden
    common = {"n_hidden": n_hidden, "networks": run.networks, "seed": run.seed, "runner": run.runner}
    shown = images.select(slice(run.pick(None, 20)))
    networks = {recipe: (one.network, images) for recipe, one in trained.items()}
    recipes = evaluate_networks(networks, dim="recipe", seed=run.seed)
    return {
        "rules": compare_local_rules(images.pixels, RULES, epochs=run.pick(None, 3), **common),
        "once": compare_local_rules(images.pixels, RULES, epochs=run.pick(1, 2), **common),
        "spikes": compare_stdp_rules(shown, (SPIKES,), epochs=1, **common, **run.pick({}, QUICK)),
        "recipes": recipes.assign_attrs(error_limits(images.pixels, n_hidden), subject=repr(images)),
    }


def plot(data):
    """Draw distinct memories against error, and self-recall against cue noise."""
    return plots.learning.local_rules(data["rules"], data["once"], data["spikes"], data["recipes"])


def findings(data):
    """State distinct memories, error and self-recall of every rule and recipe."""
    rules, spikes, recipes = data["rules"], data["spikes"], data["recipes"]
    text = [
        good_rules(xarray.concat([rules, spikes], "rule"), recipes.sel(recipe="paper")),
        f"{recipes.attrs['subject']}, N_h = {rules.attrs['n_hidden']}; {rules.attrs['n_networks']} networks of each "
        "local rule, 95% intervals over networks; one network of each recipe. The mean image alone has an error of "
        f"{recipes.attrs['variance']:.4g}; no network of this size can be below {recipes.attrs['least_error']:.4g} "
        "(principal components).",
    ]
    rows = []
    for name, found in (("", rules), (", one pass", data["once"]), ("", spikes)):
        for rule in found.rule.values:
            here = found.sel(rule=rule)
            rows.append((f"{rule}{name}: memories", format_estimate(here, "n_unique"), ""))
            error = f"image at its code {format_estimate(here, 'at_code')}"
            rows.append((f"{rule}{name}: squared error", format_estimate(here, "squared_error"), error))
            recalled = ", ".join(format_estimate(here, f"self_{noise:g}") for noise in RELATIVE_NOISE[::3])
            proven = f"all states certified in {round(float(here.certified) * here.attrs['n_networks'])} networks"
            rows.append((f"{rule}{name}: self-recall, noise 0, 0.4", recalled, proven))
    for recipe in recipes.recipe.values:
        here = recipes.sel(recipe=recipe)
        error = f"squared error {float(here.squared_error):.2f}, noise 0.4: {float(here['self_0.4']):.3f}"
        rows.append((f"{recipe}, eq. (17): memories", f"{int(here.n_unique):,}", error))
    return text, rows


def good_rules(rules, paper):
    """State the rules with at least half of the paper recipe's memories and at most 1.5 times its error."""
    enough = (rules.n_unique_lower >= paper.n_unique / 2) & (rules.squared_error_upper <= 1.5 * paper.squared_error)
    names = ", ".join(rules.rule.values[enough.values]) or "none"
    return f"At least half of the memories of the recipe paper, at most 1.5 times its error: {names}."


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Images and learning", uses=["networks", "data"], networks=5)
