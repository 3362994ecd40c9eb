"""
Unstable share of the states for up to 1,000 hidden neurons
===========================================================

Each state of a random network is unstable with a probability that is too small for plain sampling. Beyond about 32
hidden neurons there are also too many states to count. Importance sampling (exponential tilting) estimates the share.

N_v/N_h determines the spread of the field and the probability that one neuron is wrong, so that larger networks have
more unstable states. If only a few networks have unstable states, these dominate the mean over networks. The interval
therefore assumes nothing about how networks differ: its upper limit is what unseen networks could add.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.measure.capacity.curve import unstable_sweep
from neurosim.report.captions import course
from neurosim.report.findings import law_sentence, numbers

LOADS = (10.0, 20.0, 50.0, 100.0)  # N_v/N_h
SIZES = (10, 20, 50, 100, 200, 500, 1000)


def measure(run):
    """Estimate the unstable share of random networks by importance sampling."""
    grid = {"visible_per_hidden": run.pick(LOADS, LOADS[1::2]), "n_hidden": run.pick(SIZES, SIZES[:2])}
    n_samples = run.pick(20_000, 2_000)
    return {"unstable": unstable_sweep(run.networks, grid, n_samples=n_samples, seed=run.seed, runner=run.runner)}


def plot(data):
    """Draw the unstable share against N_h, beside the exact expectation and eq. (38)."""
    return plots.capacity.unstable_share(data["unstable"])


def findings(data):
    """State shares, and whether the exact expectation holds."""
    found = data["unstable"]
    about = found.attrs
    text = [
        course(found, "unstable"),
        f"{about['n_trials']:,} states of each of {about['n_networks']} networks at each point; "
        f"{100 * about['confidence']:g}% intervals over networks.",
        law_sentence(found, "unstable", what="The exact expectation"),
    ]
    rows = []
    for load in found.visible_per_hidden.values:
        for n_hidden in found.n_hidden.values[::2]:
            at = {"visible_per_hidden": load, "n_hidden": n_hidden}
            rows.append(numbers(found, "unstable", f"expected {float(found.law.sel(at)):.3g}", **at))
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Capacity and attractors", uses=["networks"])
