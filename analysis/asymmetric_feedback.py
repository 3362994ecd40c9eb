"""
Capacity and recall with asymmetric feedback
============================================

The synapses from visible to hidden neurons correlate by ρ with those from hidden to visible; ρ = 1 is the paper's
model. The mean of J_μμ falls to ρ, and crosstalk does not change. Shown are the share of the 2^N_h hidden states that
are stable, and of noisy cues that are recalled perfectly. N_v = 100 N_h, θ = ½, τ_v = 20 τ_h. Dashed: theory, the
normal approximation from moments of the synapses (`neurosim.theory.moments`).

With a fixed threshold nearly all memories are lost for ρ near θ. With homeostasis, capacity is that of a network with
ρ²N_v visible neurons.
"""

from functools import partial

from neurosim import plots
from neurosim.cli import program
from neurosim.constraints import Asymmetric
from neurosim.measure.constraints.combined import with_homeostasis
from neurosim.measure.constraints.sweep import constraint_sweep
from neurosim.report.captions import course
from neurosim.report.constraint_findings import conditions_sentence, crossing_rows
from neurosim.report.findings import law_sentence

SIZES = (10, 20, 50)  # N_h
CORRELATIONS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
CONSTRAINTS = {"θ = ½": Asymmetric, "homeostatic": partial(with_homeostasis, Asymmetric)}


def measure(run):
    """Test states for stability and recall noisy cues at every correlation."""
    grid = {"value": CORRELATIONS[:: run.pick(1, 4)], "n_hidden": run.pick(SIZES, (6, 8))}
    options = {"seed": run.seed, "runner": run.runner, "n_cues": run.pick(256, 32)}
    return {"asymmetric": constraint_sweep(run.networks, CONSTRAINTS, grid, **options)}


def plot(data):
    """Draw both shares against the correlation, a column for each N_h."""
    return plots.constraints.sizes(data["asymmetric"], ("stored", "recalled"), "Correlation of both directions")


def findings(data):
    """State the correlations at which half of the states are stable and half of the cues are recalled."""
    found = data["asymmetric"]
    theory = law_sentence(found, "stored", what="Theory of the stable share", tolerance=1e-3)
    rows = crossing_rows(found, "stored", "correlation at which half of the states are stable")
    rows += crossing_rows(found, "recalled", "correlation at which half of the cues are recalled")
    return [course(found, "stored"), conditions_sentence(found), theory], rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Biological constraints", uses=["networks"])
