"""
Capacity and recall under Dale's law
====================================

Every neuron excites or inhibits, never both; the same share of either layer is excitatory. Synapses of the wrong sign
are cut; or they are cut, and one inhibitory pool in each direction subtracts the mean of the others; or one inhibitory
relay interneuron for each neuron replaces them exactly. Then homeostasis makes J_μμ = 1. N_v = 100 N_h, θ = ½,
τ_v = 20 τ_h. Dashed: theory, the normal approximation from moments of the synapses (`neurosim.theory.moments`).

Cutting alone preserves the memory only where both layers are balanced.
"""

from functools import partial

from neurosim import plots
from neurosim.cli import program
from neurosim.measure.constraints.combined import dale_split, with_homeostasis
from neurosim.measure.constraints.sweep import constraint_sweep
from neurosim.measure.statistics import format_estimate
from neurosim.report.captions import course
from neurosim.report.constraint_findings import conditions_sentence, crossing_rows
from neurosim.report.findings import law_sentence

SIZES = (10, 20, 50)  # N_h
EXCITATORY = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
SHOWN = (0.5, 0.8, 1.0)  # in the table
CONSTRAINTS = {  # label → constraints as a function of the excitatory share
    "wrong signs cut": partial(with_homeostasis, partial(dale_split, "none")),
    "cut, two inhibitory pools": partial(with_homeostasis, partial(dale_split, "pool")),
    "relay interneurons": partial(with_homeostasis, partial(dale_split, "relay")),
}
NOTES = {"stored": "stable", "stored_best": "stable at the best θ", "recalled": "recalled"}


def measure(run):
    """Test states for stability and recall noisy cues at every excitatory share."""
    grid = {"value": EXCITATORY[:: run.pick(1, 5)], "n_hidden": run.pick(SIZES, (6, 8))}
    options = {"seed": run.seed, "runner": run.runner, "n_cues": run.pick(256, 32)}
    return {"dale": constraint_sweep(run.networks, CONSTRAINTS, grid, **options)}


def plot(data):
    """Draw both shares against the excitatory share, a column for each N_h."""
    return plots.constraints.sizes(data["dale"], ("stored", "recalled"), "Excitatory share of neurons")


def findings(data):
    """State where half of the states are stable, and the shares in the largest networks."""
    found = data["dale"]
    theory = law_sentence(found, "stored", what="Theory of the stable share", tolerance=1e-3)
    rows = crossing_rows(found, "stored", "excitatory share at which half of the states are stable")
    for name in found.constraint.values:
        for share in (share for share in SHOWN if share in found.value):
            here = found.isel(n_hidden=-1).sel(constraint=name, value=share)
            what = f"{name}, {share:.0%} excitatory, N_h = {int(here.n_hidden)}"
            rows += [(what, format_estimate(here, quantity), note) for quantity, note in NOTES.items()]
    return [course(found, "stored"), conditions_sentence(found), theory], rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Biological constraints", uses=["networks"])
