"""
Learning by spikes
==================

Trains spiking networks with 24 hidden neurons on the built-in digits by spike-timing-dependent plasticity in Brian2
(docs/explanation/learning-by-spikes.md), and the same networks by the mean of the rule. Every image is shown five
times. Variants learn thresholds, change synapses at hidden spikes only, or start with independent synapses in both
directions.

All images are cues; exact engine, h(0) = 0, τ_v = 20 τ_h. Left: distinct stable memories against the squared error.
Right: the error of one network during learning, recalled (dots) and of the first pass (dashed).
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.learning import load_data
from neurosim.measure.learned.stdp import QUICK, RULES, compare_stdp_rules, error_during_learning
from neurosim.measure.statistics import format_estimate
from neurosim.report.captions import course

N_HIDDEN, EPOCHS = 24, 5
FOLLOWED = ("stdp", "stdp, thresholds")
SELF_RECALL = ("self_0", "self_0.2", "self_0.4")


def measure(run):
    """Train by every rule, and follow one network during learning."""
    images = load_data("digits").select(slice(run.pick(None, 20)))
    common = {"n_hidden": run.pick(N_HIDDEN, 4), "epochs": run.pick(EPOCHS, 2), "seed": run.seed, **run.pick({}, QUICK)}
    rules = tuple(RULES)[:: run.pick(1, 5)]
    return {
        "rules": compare_stdp_rules(images, rules, networks=run.networks, runner=run.runner, **common),
        "during": error_during_learning(images, FOLLOWED[: run.pick(None, 1)], **common),
    }


def plot(data):
    """Draw distinct memories against error, and the error during learning."""
    return plots.learning.stdp_rules(data["rules"], data["during"])


def findings(data):
    """State distinct memories, error and self-recall of each rule."""
    rules, during = data["rules"], data["during"]
    sizes = rules.attrs
    text = [
        course(rules, "squared_error"),
        f"{sizes['subject']}, each shown {sizes['epochs']} times, N_h = {sizes['n_hidden']}; {sizes['n_networks']} "
        "networks of each rule, 95% intervals over networks.",
    ]
    for rule in during.rule.values:
        first, last = during.squared_error.sel(rule=rule).values[[0, -1]]
        text.append(f"{rule}, one network: recalled error {first:.3g} at the start, {last:.3g} at the end.")
    rows = []
    for rule in rules.rule.values:
        here = rules.sel(rule=rule)
        rows.append((f"{rule}: memories", format_estimate(here, "n_unique"), RULES[str(rule)]))
        code = f"image at its code {format_estimate(here, 'at_code', 3)}"
        first = f"first pass {format_estimate(here, 'first_error')}, {code}"
        rows.append((f"{rule}: squared error", format_estimate(here, "squared_error"), first))
        recalled = ", ".join(format_estimate(here, name, 3) for name in SELF_RECALL)
        rows.append((f"{rule}: self-recall, noise 0, 0.2, 0.4", recalled, ""))
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Images and learning", uses=["networks"])
