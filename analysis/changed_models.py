"""
Recall of changed models
========================

What three changes of the Brian2 model do to recall, in random networks of five hidden neurons: hidden neurons that
adapt, hidden → visible synapses that are conductances, and Poisson background input into the visible layer. Each model
is one compiled program, which runs for all networks, thresholds, noise levels and time constants.

Top: the share of all states that recall themselves without noise, against the threshold; recall of noisy cues; recall
at τ_v/τ_h, without noise. Bottom: the difference to the unchanged model in the same networks with the same cues, with
intervals over these paired differences.
"""

from brian2 import Hz, PoissonInput, ms

from neurosim import plots
from neurosim.cli import program
from neurosim.engines import Brian, Changes
from neurosim.measure import recall_sweep
from neurosim.measure.statistics import format_estimate, paired_difference
from neurosim.plots import intervals, style
from neurosim.report.findings import numbers


def excite(network):
    """Excite every visible neuron by 20 Poisson trains of 50 Hz."""
    network.add(PoissonInput(network["visible"], "v", N=20, rate=50 * Hz, weight="kick"))


UNCHANGED = "unchanged"
CHANGES = {
    UNCHANGED: None,
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
NOISE = 1.0  # σ_v at which the caption compares the models
QUICK = {"threshold": (0.3, 0.7), "noise_std": (0.0, NOISE, 4.0), "ratio": (1, 20)}


def measure(run):
    """Measure each model against each setting; one duration and one step, so that one program serves all points."""
    engine = Brian(**run.pick({"target": "cpp_standalone"}, {"codegen": "numpy"}), dt=1e-4)
    options = {"n_hidden": run.pick(5, 2), "visible_per_hidden": 12, "duration": run.pick(0.3, 0.03)}
    found = {}
    for name, changes in CHANGES.items():
        run.log(name)
        for axis, values in GRIDS.items():
            fixed = {"seed": run.seed, "runner": run.runner, "engine": engine.replace(changes=changes), **options}
            grid = {axis: run.pick(values, QUICK[axis])}
            curve = recall_sweep(run.networks, grid, **fixed)
            if name != UNCHANGED and run.networks > 1:
                pairs = paired_difference(curve, found[f"{UNCHANGED}-{axis}"])
                curve = curve.merge(pairs, combine_attrs="override")
            found[f"{name}-{axis}"] = curve
    return found


def plot(data):
    """Draw the three curves of each model, and below them the differences to the unchanged one."""
    panels = style.new_figure(4.8).subplots(2, 3, sharex="col")
    for (top, bottom), axis in zip(panels.T, GRIDS, strict=True):
        curves = {name: data[f"{name}-{axis}"].drop_vars(["law", "bound"]) for name in CHANGES}
        plots.curves.draw(curves, axis, legend=False, ax=top)
        for index, curve in enumerate(curves.values()):
            if "difference" in curve:
                intervals.band(bottom, curve, "difference", axis, index)
        bottom.axhline(0, color=style.colour(0), linewidth=1, zorder=1)
        style.label_axes(bottom, top.get_xlabel(), "Difference to unchanged")
        top.set_xlabel("")
    style.legend_below(panels[0, 0], 4, panels[0, 0].get_legend_handles_labels()[0])
    return panels


def findings(data):
    """State each model's recall at every point, and the difference to the unchanged model."""
    about = data[f"{UNCHANGED}-threshold"].attrs
    text = [
        changed_sentence(data),
        f"{about['n_networks']} networks, the same networks and cues for all models; share of cues recalled, and its "
        "difference to the unchanged model (95%, Student, over networks):",
    ]
    rows = []
    for name in CHANGES:
        for axis in GRIDS:
            curve = data[f"{name}-{axis}"]
            for at in curve[axis].values:
                point, value, _ = numbers(curve, "recalled", **{axis: at})
                rows.append((f"{name}, {point}", value, paired_note(curve.sel({axis: at}))))
    return text, rows


def changed_sentence(data):
    """State how many models differ from the unchanged one under noise, by the 95% interval of the difference."""
    curves = [data[f"{name}-noise_std"] for name in CHANGES]
    points = [curve.sel(noise_std=NOISE) for curve in curves if "difference" in curve]
    fewer = sum(float(point.difference_upper) < 0 for point in points)
    more = sum(float(point.difference_lower) > 0 for point in points)
    return (
        f"Of {len(points)} changed models, {fewer} recall fewer cues with noise of σ_v = {NOISE:g} than the unchanged "
        f"one and {more} recall more (95% intervals of the differences)."
    )


def paired_note(point):
    """Return the difference to the unchanged model at a point, and in how many networks it has this sign."""
    if "difference" not in point:
        return ""
    differs = f"{int(point.n_lower)} networks lower, {int(point.n_higher)} higher"
    return f"difference {format_estimate(point, 'difference', 3)}; {differs}"


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Recall and basins", uses=["networks"])
