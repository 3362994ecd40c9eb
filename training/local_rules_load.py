"""
Local learning rules and the number of random patterns
======================================================

Trains networks with 100 visible and 20 hidden neurons on 10 to 1,000 independent random patterns of ±1, by every local
rule and by gradient descent on eq. (17) (recipe "paper"), each with 3,000 updates. All patterns are cues; exact engine,
h(0) = 0, τ_v = 20 τ_h. The zero state has an error of 1; the dotted line is the error of 20 principal
components, a lower bound for networks of this size.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.learning.local import LOCAL_RULES
from neurosim.measure.learned.local_rules import UPDATES, compare_pattern_loads
from neurosim.measure.statistics import format_estimate
from neurosim.report.captions import course

METHODS, LOADS = (*LOCAL_RULES, "paper"), (10, 30, 100, 300, 1000)


def measure(run):
    """Train on increasing numbers of patterns by every rule and recall them."""
    methods, loads = METHODS[: run.pick(None, 3)], LOADS[: run.pick(None, 2)]
    sizes = {"n_visible": run.pick(100, 30), "n_hidden": run.pick(20, 8), "updates": run.pick(UPDATES, 20)}
    return {
        "load": compare_pattern_loads(methods, loads, networks=run.networks, seed=run.seed, runner=run.runner, **sizes)
    }


def plot(data):
    """Draw error and distinct memories against the number of patterns."""
    return plots.learning.pattern_loads(data["load"])


def findings(data):
    """State error and distinct memories at every load."""
    found = data["load"]
    sizes = found.attrs
    text = [
        course(found, "relative_error"),
        f"N_v = {sizes['n_visible']}, N_h = {sizes['n_hidden']}; {sizes['n_networks']} networks and sets of patterns "
        f"per point, 95% intervals over networks; {sizes['updates']:,} updates.",
    ]
    rows = []
    for rule in found.rule.values:
        for load in found.n_patterns.values:
            here = found.sel(rule=rule, n_patterns=load)
            distinct = f"distinct memories / patterns {format_estimate(here, 'share_unique')}"
            rows.append((f"{rule}, {load:,} patterns: error", format_estimate(here, "relative_error"), distinct))
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Images and learning", uses=["networks"])
