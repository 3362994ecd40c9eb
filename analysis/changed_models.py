"""
Recall of changed models
========================

What three changes of the Brian2 model do to recall, in random networks of five hidden neurons: hidden neurons that
adapt, hidden → visible synapses that are conductances, and Poisson background input into the visible layer. Each model
is one compiled program, which runs for all networks, thresholds, noise levels and time constants.

Left: the share of all states that recall themselves without noise, against the threshold. Middle: recall of noisy cues.
Right: recall at τ_v/τ_h, without noise.
"""

from brian2 import Hz, PoissonInput, ms

from neurosim import plots
from neurosim.cli import program
from neurosim.engines import Brian, Changes
from neurosim.measure import recall_sweep
from neurosim.plots import style
from neurosim.report.findings import numbers


def excite(network):
    """Excite every visible neuron by 20 Poisson trains of 50 Hz."""
    network.add(PoissonInput(network["visible"], "v", N=20, rate=50 * Hz, weight="kick"))


CHANGES = {
    "unchanged": None,
    "adaptation": Changes(
        equations={"hidden": "dadapt/dt = (s - adapt)/tau_a : 1"},
        terms={"h": "-strength*adapt"},
        parameters={"strength": 0.2, "tau_a": 50 * ms},
    ),
    "conductance": Changes(
        equations={"visible": "total : 1", "hidden_to_visible": "total_post = abs(w)*s_pre/sqrt(N_h) : 1 (summed)"},
        terms={"v": "-total*v/reversal"},
        parameters={"reversal": 3.0},
    ),
    "background": Changes(
        equations={"visible": "kick : 1 (shared, constant)"}, build=excite, parameters={"kick": 0.05}
    ),
}
GRIDS = {
    "threshold": (0.3, 0.4, 0.5, 0.6, 0.7),
    "noise_std": (0.0, 1.0, 2.0, 3.0, 4.0),
    "ratio": (1, 2, 4, 8, 20),
}


def measure(run):
    """Measure each model against each setting; one duration and one step, so that one program serves all points."""
    engine = Brian(**run.pick({"target": "cpp_standalone"}, {"codegen": "numpy"}), dt=1e-4)
    options = {"n_hidden": run.pick(5, 2), "visible_per_hidden": 12, "duration": run.pick(0.3, 0.03)}
    found = {}
    for name, changes in CHANGES.items():
        run.log(name)
        for axis, values in GRIDS.items():
            fixed = {"seed": run.seed, "runner": run.runner, "engine": engine.replace(changes=changes), **options}
            grid = {axis: values[:: run.pick(1, 4)]}
            found[f"{name}-{axis}"] = recall_sweep(run.networks, grid, **fixed)
    return found


def plot(data):
    """Draw the three curves of each model."""
    panels = style.row(3, 2.9)
    for ax, axis in zip(panels, GRIDS, strict=True):
        curves = {name: data[f"{name}-{axis}"].drop_vars(["law", "bound"]) for name in CHANGES}
        plots.curves.draw(curves, axis, legend=False, ax=ax)
    style.legend_below(panels[0], 4, panels[0].get_legend_handles_labels()[0])
    return panels


def findings(data):
    """State each model's share of states, its recall at the largest noise and at the smallest ratio."""
    about = data["unchanged-threshold"].attrs
    text = [f"{about['n_networks']} networks, the same networks and cues for all models; share of cues recalled:"]
    rows = []
    for name in CHANGES:
        for axis, at in (("threshold", 0.5), ("noise_std", 1.0), ("ratio", 4)):
            point, value, _ = numbers(data[f"{name}-{axis}"], "recalled", **{axis: at})
            rows.append((f"{name}, {point}", value, ""))
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, uses=["networks"])
