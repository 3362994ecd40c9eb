"""
Capacity and recall of sparse networks
======================================

The share of the 2^N_h hidden states that are stable, and of noisy cues that are recalled perfectly, with sparse
synapses. They are stronger, to preserve the mean of J_μμ. N_v = 100 N_h, θ = ½, τ_v = 20 τ_h. Dashed:
theory, the normal approximation from moments of the synapses (`neurosim.theory.moments`), where there is one.

Where a visible and a hidden neuron are joined in both directions or not at all, crosstalk does not change, and only the
self-couplings J_μμ spread. Homeostasis makes them equal and restores capacity, until neurons are left without synapses.
Where the two directions are wired independently with density p, capacity is that of a network with p²N_v visible
neurons.
"""

from functools import partial

from neurosim import plots
from neurosim.cli import program
from neurosim.constraints import DistanceDependent, Sparse
from neurosim.measure.constraints.combined import with_homeostasis
from neurosim.measure.constraints.sweep import constraint_sweep
from neurosim.report.captions import course
from neurosim.report.constraint_findings import conditions_sentence, crossing_rows
from neurosim.report.findings import law_sentence

SIZES = (10, 20, 50)  # N_h
DENSITIES = (5e-4, 1e-3, 2e-3, 3e-3, 5e-3, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)
CONSTRAINTS = {  # label → constraints as a function of the density
    "reciprocal": Sparse,
    "reciprocal, homeostatic": partial(with_homeostasis, Sparse),
    "homeostatic, incoming synapses only": partial(with_homeostasis, Sparse, incoming_only=True),
    "by distance": DistanceDependent,
    "independent directions": partial(Sparse, reciprocal=False),
}


def measure(run):
    """Test states for stability and recall noisy cues at every density."""
    grid = {"value": DENSITIES[:: run.pick(1, 6)], "n_hidden": run.pick(SIZES, (6, 8))}
    options = {"seed": run.seed, "runner": run.runner, "n_cues": run.pick(256, 32)}
    return {"sparse": constraint_sweep(run.networks, CONSTRAINTS, grid, **options)}


def plot(data):
    """Draw both shares against density, a column for each N_h."""
    return plots.constraints.sizes(data["sparse"], ("stored", "recalled"), "Density", logarithmic=True)


def findings(data):
    """State the densities at which half of the states are stable and half of the cues are recalled."""
    found = data["sparse"]
    theory = law_sentence(found, "stored", what="Theory of the stable share", tolerance=1e-3)
    rows = crossing_rows(found, "stored", "density at which half of the states are stable", logarithmic=True)
    note = "density at which half of the cues are recalled"
    text = [course(found, "stored"), conditions_sentence(found), theory]
    return text, rows + crossing_rows(found, "recalled", note, logarithmic=True)


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Biological constraints", uses=["networks"])
