"""
What a circuit of irregularly spiking cells bears
=================================================

Recall by the circuit beside the rate model, in Gaussian networks of N_h = 10 and N_v = 1,000, against one parameter at
a time: noise of the cue, number of cells, time constants, background rate and noise, drive, errors and sparseness of
the weights between the layers (in both models), wiring within populations, spread of thresholds, and delays. All points
have the same networks, targets and cues; intervals are over networks. The calibration is measured again at every point.
"""

import math

from neurosim import plots
from neurosim.cells import Population, Synapses
from neurosim.cli import program
from neurosim.engines import Circuit
from neurosim.measure.spiking import circuit_recall
from neurosim.plots import style
from neurosim.report.captions import course
from neurosim.report.findings import numbers, trials_sentence

AXES = {
    "noise_std": (0.0, 1.0, 2.0, 3.0),
    "n_cells": (20, 50, 100, 200, 400),
    "tau_nmda": (0.02, 0.05, 0.1, 0.2),
    "tau_v": (0.1, 0.2, 0.4, 0.8),
    "background_rate": (0.25, 0.5, 1.0, 2.0, 4.0),
    "background_noise": (425.0, 850.0, 1275.0, 1700.0),
    "drive_conductance": (30.0, 50.0, 70.0, 100.0, 150.0),
    "weight_noise": (0.0, 0.5, 1.0, 2.0),
    "connection_probability": (0.05, 0.1, 0.2, 0.5, 1.0),
    "probability": (0.1, 0.2, 0.5, 1.0),
    "threshold_std": (0.0, 1.0, 2.0, 4.0),
    "delay": (0.0, 2e-3, 5e-3, 10e-3),
    "magnesium": (0.0, 0.5, 1.0),
}
N_CUES, STEP = 4, 2e-4  # cues per network; seconds
RATES = ("active_rate", "silent_rate", "variation")


def measure(run):
    """Recall along every axis by both models."""
    synapses = Synapses(current_based=run.options["synapses"] == "current")
    engine = Circuit(
        population=Population(n_cells=run.pick(100, 8), synapses=synapses),
        dale=run.options["dale"],
        dt=STEP,
        target=run.pick("cpp_standalone", "runtime"),
        codegen="numpy",
    )
    sizes = {"n_hidden": run.pick(10, 2), "visible_per_hidden": run.pick(100, 20), "n_cues": run.pick(N_CUES, 2)}
    where = {"seed": run.seed, "runner": run.runner, "duration": run.pick(2.2, 0.4)}
    found = {}
    for axis in run.options["axes"] or run.pick(list(AXES), ["noise_std", "weight_noise"]):
        run.log(f"recall against {axis}")
        grid = {axis: AXES[axis][:: run.pick(1, 3)]}
        found[axis] = circuit_recall(run.networks, grid, engine=engine, **sizes, **where)
    return found


def plot(data):
    """Draw recall by both models, a panel for each axis."""
    columns = min(3, len(data))
    rows = math.ceil(len(data) / columns)
    panels = style.new_figure(2.5 * rows).subplots(rows, columns, squeeze=False)
    for ax in panels.flat[len(data) :]:
        ax.set_axis_off()
    for ax, (axis, recall) in zip(panels.flat, data.items(), strict=False):
        plots.circuit.recall(recall, ax=ax, axis=axis)
    return panels


def findings(data):
    """State shares and rates at every point of every axis."""
    first = next(iter(data.values()))
    text = [
        course(first, "same_state"),
        f"Networks of {first.attrs['n_hidden']} hidden neurons. {trials_sentence(first)}",
    ]
    rows = []
    for axis, recall in data.items():
        for value in recall[axis].values:
            for name in ("same_state", "recalled_rate", "recalled_circuit", *RATES):
                point, number, note = numbers(recall, name, **{axis: value})
                if "nan" not in number.lower():
                    rows.append((f"{name}, {point}", number, note))
    return text, rows


if __name__ == "__main__":
    choice = {
        "nargs": "+",
        "choices": list(AXES),
        "metavar": "AXIS",
        "help": f"which of {', '.join(AXES)} (default: all)",
    }
    synapses = {"choices": ["conductance", "current"], "default": "conductance", "help": "kind of synapses"}
    dale = {"action": "store_true", "help": "with Dale's law between the layers"}
    options = {"--axes": choice, "--synapses": synapses, "--dale": dale}
    program.main(measure, plot, findings, topic="Spiking models", uses=["networks"], options=options)
