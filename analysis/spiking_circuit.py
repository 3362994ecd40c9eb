"""
Recall by a circuit of irregularly spiking cells
================================================

Each hidden neuron is a population of excitatory and inhibitory integrate-and-fire cells with conductances, saturating
NMDA synapses and background noise. Left: rates of one population against its drive, measured and by the theory of
Siegert, which is far too low for the inhibitory cells. Middle: its normalised NMDA gating, which takes the place of
the threshold. Right: share of the noisy cues that the rate model recalls on which the circuit ends in the rate model's
state, with intervals over random networks.
"""

import numpy as np

from neurosim import plots
from neurosim.cells import Population, Synapses
from neurosim.cli import program
from neurosim.engines import Circuit
from neurosim.measure.spiking import circuit_recall, population_response
from neurosim.plots import style
from neurosim.report.captions import course
from neurosim.report.findings import numbers, trials_sentence

NOISE = (0.0, 0.5, 1.0)
N_CUES, STEP = 4, 2e-4  # cues per network; seconds
RATES = ("active_rate", "silent_rate", "inhibitory_rate", "variation")


def measure(run):
    """Measure one population, then recall by both models; one program serves all networks and points."""
    synapses = Synapses(current_based=run.options["synapses"] == "current")
    population = Population(n_cells=run.pick(100, 8), synapses=synapses)
    run.log("one population against its drive")
    drives, span = np.linspace(-0.5, 0.8, run.pick(27, 5)), run.pick(2.3, 0.6)
    found = {
        "population": population_response(
            population, drives.tolist(), duration=span, dt=STEP, seed=run.seed, codegen="numpy"
        )
    }
    run.log("recall by both models")
    target = run.pick("cpp_standalone", "runtime")
    engine = Circuit(
        population=population,
        dale=run.options["dale"],
        dt=STEP,
        target=target,
        codegen="numpy",
    )
    grid = {"noise_std": NOISE[:: run.pick(1, 2)]}
    sizes = {
        "n_hidden": run.pick(run.options["hidden"], 2),
        "visible_per_hidden": run.pick(100, 20),
        "n_cues": run.pick(N_CUES, 2),
    }
    where = {"seed": run.seed, "runner": run.runner, "duration": run.pick(2.2, 0.4)}
    return found | {"recall": circuit_recall(run.networks, grid, engine=engine, **sizes, **where)}


def plot(data):
    """Draw rates, gating and recall."""
    panels = style.row(3, 2.7)
    plots.circuit.population(data["population"], axes=list(panels[:2]))
    plots.circuit.recall(data["recall"], ax=panels[2])
    return panels


def findings(data):
    """State shares, rates and irregularity at every noise."""
    recall, rows = data["recall"], []
    text = [
        course(recall, "same_state"),
        f"Networks of {recall.attrs['n_hidden']} hidden neurons. {trials_sentence(recall)}",
    ]
    for value in recall.noise_std.values:
        for name in ("same_state", "recalled_rate", "recalled_circuit", *RATES):
            point, number, note = numbers(recall, name, noise_std=value)
            rows.append((f"{name}, {point}", number, note))
    population = data["population"]
    for name in ("free_mean", "free_std", "fano"):
        low, high = float(population[name].min()), float(population[name].max())
        rows.append((f"{name} over the drives", f"{low:.2f} – {high:.2f}", population[name].attrs["units"]))
    driven = population.isel(drive=-1)
    for name in ("rate", "inhibitory_rate"):
        number = f"{float(driven[name]):.1f} Hz; theory {float(driven[name + '_theory']):.1f} Hz"
        rows.append((f"{name}, drive {float(driven.drive):g}", number, ""))
    return text, rows


if __name__ == "__main__":
    hidden = {"type": int, "default": 10, "metavar": "N_H", "help": "hidden neurons, at least 2 (default: 10)"}
    synapses = {"choices": ["conductance", "current"], "default": "conductance", "help": "kind of synapses"}
    dale = {"action": "store_true", "help": "with Dale's law between the layers"}
    options = {"--hidden": hidden, "--synapses": synapses, "--dale": dale}
    program.main(measure, plot, findings, topic="Spiking models", uses=["networks"], options=options)
