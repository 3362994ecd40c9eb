"""
Recall by spiking cells beside the rate model
=============================================

The same random networks and noisy cues, recalled by the rate model (exact engine) and by the spiking model, whose
hidden neurons are threshold cells in Brian2. Left: share of cues recalled perfectly against the noise of the cue.
Right: against τ_v/τ_h, without noise. Intervals over networks. One compiled program serves all networks and points.
"""

from neurosim import plots
from neurosim.cells import Regular
from neurosim.cli import program
from neurosim.engines import Brian
from neurosim.measure import recall_sweep
from neurosim.plots import style
from neurosim.report.captions import course
from neurosim.report.findings import numbers, trials_sentence

N_HIDDEN, N_CUES = 8, 64
GRIDS = {"noise_std": (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0), "ratio": (1, 2, 3, 4, 6, 10, 20, 40)}


def measure(run):
    """Recall the same cues by both models; one duration, so that one program serves all points."""
    cells = Brian(**run.pick({"target": "cpp_standalone"}, {"codegen": "numpy"}), cells=Regular())
    models, found = {"rate": ("event", None), "spiking": (cells, run.pick(0.3, 0.1))}, {}
    sizes = {"n_hidden": run.pick(N_HIDDEN, 2), "visible_per_hidden": run.pick(50, 10), "n_cues": N_CUES}
    for name, (engine, duration) in models.items():
        for axis, values in GRIDS.items():
            run.log(f"{name} model, {axis}")
            where = {"seed": run.seed, "runner": run.runner, "engine": engine, "duration": duration}
            found[f"{name}-{axis}"] = recall_sweep(run.networks, {axis: values[:: run.pick(1, 4)]}, **sizes, **where)
    return found


def plot(data):
    """Draw both models' curves against noise and against τ_v/τ_h."""
    panels = style.row(2, 2.9)
    for ax, axis in zip(panels, GRIDS, strict=True):
        curves = {name: data[f"{name}-{axis}"].drop_vars("bound") for name in ("rate", "spiking")}
        plots.curves.draw(curves, axis, legend=False, ax=ax)
    lines = panels[0].get_legend_handles_labels()[0]
    law = plots.curves.theory_handles(data["rate-noise_std"].drop_vars("bound"))
    style.legend_below(panels[0], 4, [*lines, *law])
    return panels


def findings(data):
    """State both models' shares at every point."""
    what = "the share of cues recalled perfectly by the spiking model"
    text = [
        course(data["spiking-noise_std"], "recalled", what),
        f"The same networks and cues for both models. {trials_sentence(data['rate-noise_std'])}",
    ]
    rows = []
    for axis in GRIDS:
        for value in data[f"rate-{axis}"][axis].values:
            for name in ("rate", "spiking"):
                point, share, _ = numbers(data[f"{name}-{axis}"], "recalled", **{axis: value})
                rows.append((f"{name}, {point}", share, ""))
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Spiking models", uses=["networks"])
