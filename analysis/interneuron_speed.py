"""
Recall against the time constant of interneurons
================================================

Dale's law with 80% excitatory neurons, and homeostasis. Noisy cues are recalled in the circuit with
explicit interneurons, which are at rest when the cue arrives, against their time constant τ_i. N_v = 100 N_h, θ = ½,
τ_v = 20 τ_h. Dashed: the network without interneurons, eliminated as for τ_i → 0.
"""

from functools import partial

from neurosim import plots
from neurosim.cli import program
from neurosim.constraints import Dale
from neurosim.measure.constraints.combined import independent
from neurosim.measure.constraints.interneurons import circuit_shares
from neurosim.measure.constraints.sweep import constraint_sweep
from neurosim.measure.statistics import format_estimate
from neurosim.report.captions import course
from neurosim.report.constraint_findings import conditions_sentence, crossing_rows

SIZES = (10, 20, 50)  # N_h
RATIOS = (0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0)  # τ_i/τ_h
CONSTRAINTS = {
    "two inhibitory pools": partial(independent, Dale(0.8, 0.8, "pool")),
    "relay interneurons": partial(independent, Dale(0.8, 0.8, "relay")),
}


def measure(run):
    """Recall noisy cues in the circuit at every τ_i/τ_h."""
    grid = {"value": RATIOS[:: run.pick(1, 4)], "n_hidden": run.pick(SIZES, (6, 8))}
    options = {"seed": run.seed, "runner": run.runner, "n_cues": run.pick(128, 16)}
    return {"speed": constraint_sweep(run.networks, CONSTRAINTS, grid, measure=circuit_shares, **options)}


def plot(data):
    """Draw the share recalled against τ_i/τ_h, a column for each N_h."""
    options = {"logarithmic": True, "dashed": "interneurons eliminated"}
    return plots.constraints.sizes(data["speed"], ("circuit",), "$\\tau_i/\\tau_h$", **options)


def findings(data):
    """State where half of the cues are recalled, and recall with interneurons as fast as hidden neurons."""
    found = data["speed"]
    rows = crossing_rows(found, "circuit", "τ_i/τ_h at which half of the cues are recalled", logarithmic=True)
    for name in found.constraint.values:
        for n_hidden in found.n_hidden.values:
            here = found.sel(constraint=name, n_hidden=n_hidden)
            equal = here.sel(value=1.0, method="nearest")
            eliminated = format_estimate(here.isel(value=0), "eliminated")
            rows.append((f"{name}, N_h = {n_hidden}, eliminated", eliminated, "recalled"))
            what = f"{name}, N_h = {n_hidden}, τ_i/τ_h = {float(equal.value):g}"
            rows.append((what, format_estimate(equal, "circuit"), "recalled"))
    return [course(found, "circuit"), conditions_sentence(found, states=False)], rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Biological constraints", uses=["networks"])
