"""
Capacity with broken parts
==========================

A share of the synapses or neurons is broken, or weights and thresholds are inaccurate, without any compensation. Upper
row: the share of the 2^N_h hidden states that are stable at θ = ½. Lower rows: stable states and recalled cues where
every network has the one threshold at which most of its states are stable. N_v = 100 N_h, τ_v = 20 τ_h. Dashed: theory,
the normal approximation from moments of the synapses (`neurosim.theory.moments`), where there is one.

Dead and stuck synapses lower J_μμ to (1 − d)², dead visible neurons to 1 − d. At θ = ½ nearly all memories are
therefore lost below d = 0.29 and d = 0.5; an adapted threshold restores many of them. Every dead hidden neuron halves
the number of memories.
"""

from functools import partial

from neurosim import plots
from neurosim.cli import program
from neurosim.constraints import DeadNeurons, DeadSynapses, SpreadThreshold, StuckSynapses, SynapticNoise
from neurosim.measure.constraints.sweep import constraint_sweep
from neurosim.report.captions import course
from neurosim.report.constraint_findings import conditions_sentence, crossing_rows
from neurosim.report.findings import law_sentence

SIZES = (10, 20, 50)  # N_h
LEVELS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7)
CONSTRAINTS = {  # label → constraint as a function of the level
    "dead synapses": DeadSynapses,
    "stuck synapses": StuckSynapses,
    "dead visible neurons": DeadNeurons,
    "dead hidden neurons": partial(DeadNeurons, 0.0),
    "wrong weights (std)": SynapticNoise,
    "spread thresholds (std)": SpreadThreshold,
}
NOTES = {  # quantity → meaning of its crossing
    "stored": "share (or std) at which half of the states are stable, θ = ½",
    "stored_best": "share (or std) at which half of the states are stable, best θ",
    "recalled_best": "share (or std) at which half of the cues are recalled, best θ",
}


def measure(run):
    """Test states for stability and recall noisy cues at every level."""
    grid = {"value": LEVELS[:: run.pick(1, 7)], "n_hidden": run.pick(SIZES, (6, 8))}
    options = {"seed": run.seed, "runner": run.runner, "n_cues": run.pick(256, 32)}
    return {"broken": constraint_sweep(run.networks, CONSTRAINTS, grid, **options)}


def plot(data):
    """Draw the shares against the level, a column for each N_h."""
    return plots.constraints.sizes(data["broken"], tuple(NOTES), "Share of parts, or std")


def findings(data):
    """State the levels at which half of the states are stable and half of the cues are recalled."""
    found = data["broken"]
    text = [
        course(found, "stored"),
        conditions_sentence(found),
        law_sentence(found, "stored", what="Theory of the stable share at θ = ½", tolerance=1e-3),
        law_sentence(found, "stored_best", "law_best", "Theory of the stable share at the best θ", 1e-3),
    ]
    return text, [row for quantity, note in NOTES.items() for row in crossing_rows(found, quantity, note)]


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Biological constraints", uses=["networks"])
