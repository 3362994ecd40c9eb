"""
Delayed match to sample
=======================

A sample is shown for a quarter of a second, held over a delay by persistent activity, and compared with a test: the
decision is "match" if the test changes no hidden neuron. In half of the trials the test is the sample with other noise,
in the others a random memory, which replaces the sample. Left: share decided correctly against the noise of both cues,
after a delay of 1 s. Right: against the delay, at a noise of 4, 2.7 times the rms of the cue's signal
1.5 ξ(2s − 1)/√N_h. Circuit of irregularly spiking cells and rate model see the same cues; guessing decides half of the
trials correctly. Intervals are over random networks.
"""

from neurosim import plots
from neurosim.cells import Population
from neurosim.cli import program
from neurosim.engines import Circuit
from neurosim.measure.spiking import match_to_sample
from neurosim.plots import style
from neurosim.report.captions import course
from neurosim.report.findings import numbers, trials_sentence

NOISE, DELAYS = (0.0, 4.0, 8.0, 12.0, 16.0), (0.5, 1.0, 2.0, 4.0)  # units of v; seconds
HELD_NOISE, STEP = 4.0, 2e-4  # units of v; seconds
LABELS = {"correct_rate": "correct, rate model", "correct": "correct, circuit", "held": "sample held, circuit"}


def measure(run):
    """Measure the task against noise, then against the delay."""
    engine = Circuit(
        population=Population(n_cells=run.pick(100, 8)),
        dt=STEP,
        target=run.pick("cpp_standalone", "runtime"),
        codegen="numpy",
    )
    sizes = {"n_hidden": run.pick(10, 2), "visible_per_hidden": run.pick(100, 20), "n_trials": run.pick(8, 2)}
    where = {"seed": run.seed, "runner": run.runner}
    run.log("decisions against noise")
    noise = match_to_sample(run.networks, {"noise_std": NOISE[:: run.pick(1, 4)]}, engine=engine, **sizes, **where)
    run.log("decisions against the delay")
    delays = {"delay": DELAYS[: run.pick(4, 1)]}
    return {
        "noise": noise,
        "delay": match_to_sample(run.networks, delays, engine=engine, noise_std=HELD_NOISE, **sizes, **where),
    }


def plot(data):
    """Draw the shares against noise and against the delay."""
    panels = style.row(2, 2.7, sharey=True)
    plots.spiking.shares(data["noise"], LABELS, panels[0], label="Noise of the cues $\\sigma$")
    plots.spiking.shares(data["delay"], LABELS, panels[1], "delay", "Delay (s)")
    for ax in panels:
        ax.axhline(0.5, color=style.theory_colour(), linewidth=0.8, linestyle=":")
        ax.set_ylabel("Share of trials" if ax is panels[0] else "")
    return panels


def findings(data):
    """State all shares."""
    noise, rows = data["noise"], []
    text = [course(noise, "correct")]
    text += [f"Networks of {noise.attrs['n_hidden']} hidden neurons. {trials_sentence(noise)}"]
    for axis, found in (("noise_std", noise), ("delay", data["delay"])):
        for value in found[axis].values:
            for name in LABELS:
                point, number, note = numbers(found, name, **{axis: value})
                rows.append((f"{name}, {point}", number, note))
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Spiking models", uses=["networks"], networks=20)
