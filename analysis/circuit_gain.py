"""
Gain and number of cells that the circuit needs
===============================================

A threshold unit is replaced by a population of noisy cells, whose output is a step of finite gain. Background noise
makes the step flatter. Left: rate of the excitatory cells against their drive at several noises, measured, and by the
theory of Siegert with coloured noise. Middle: gain of the step at its threshold (of the logistic function with the same
slope), measured and by theory; bistability alone needs a gain of 4. Right: share of noisy cues on which the circuit
ends in the rate model's state, against the number K of excitatory cells, at each noise; intervals are over networks.
The minimal K is the smallest one of those tried from which on at least 95% of the cues end there.
"""

import numpy as np
import xarray

from neurosim import plots, theory
from neurosim.cells import Background, Population
from neurosim.cli import program
from neurosim.engines import Circuit
from neurosim.measure.spiking import circuit_recall, population_gain, population_response
from neurosim.plots import style
from neurosim.report.findings import numbers, trials_sentence

NOISE, CELLS = (425.0, 850.0, 1275.0, 1700.0), (10, 20, 50, 100, 200)
N_CUES, STEP, WANTED = 4, 2e-4, 0.95  # cues per network; seconds; share of the cues


def measure(run):
    """Measure single populations at every noise, then recall at every noise and K."""
    noises, cells = run.pick((NOISE, CELLS), (NOISE[:2], (4, 8)))
    drives, span = np.linspace(-0.4, 0.6, run.pick(21, 3)), run.pick(2.3, 0.6)
    gains, responses = [], []
    for noise in noises:
        run.log(f"one population at a noise of {noise:g} pA")
        population = Population(n_cells=max(cells), background=Background(noise=noise))
        options = {"dt": STEP, "codegen": "numpy"}
        gains.append(population_gain(population, **options))
        responses.append(population_response(population, drives.tolist(), duration=span, seed=run.seed, **options))
    about = {"long_name": "standard deviation of the background current", "units": "pA"}
    at = xarray.DataArray(list(noises), dims="background_noise", name="background_noise", attrs=about)
    run.log("recall by both models")
    engine = Circuit(dt=STEP, target=run.pick("cpp_standalone", "runtime"), codegen="numpy")
    grid = {"background_noise": noises, "n_cells": cells}
    sizes = {"n_hidden": run.pick(10, 2), "visible_per_hidden": run.pick(100, 20), "n_cues": run.pick(N_CUES, 2)}
    where = {"seed": run.seed, "runner": run.runner, "duration": run.pick(2.2, 0.4)}
    recall = circuit_recall(run.networks, grid, engine=engine, **sizes, **where)
    return {
        "gain": xarray.concat(gains, at, combine_attrs="override"),
        "response": xarray.concat(responses, at, combine_attrs="override"),
        "recall": recall,
    }


def plot(data):
    """Draw rates, gain and recall."""
    panels = style.row(3, 2.7)
    plots.circuit.gains(data["response"], data["gain"], data["recall"], axes=list(panels))
    return panels


def minimal_cells(recall, noise):
    """Return the smallest K from which on at least 95% of the cues end in the rate model's state, NaN if none does."""
    share = recall.same_state.sel(background_noise=noise).values
    below = np.flatnonzero(~(share >= WANTED))
    first = below[-1] + 1 if len(below) else 0
    return recall.n_cells.values[first] if first < len(share) else np.nan


def findings(data):
    """State gains and the minimal K at every noise."""
    gain, recall, rows = data["gain"], data["recall"], []
    noises = gain.background_noise.values[[0, -1]]
    ends = ", ".join(
        f"{float(gain.gain.sel(background_noise=noise)):.1f} at {noise:g} pA (theory "
        f"{float(gain.gain_theory.sel(background_noise=noise)):.1f})"
        for noise in noises
    )
    lasts = recall.same_state.sel(background_noise=noises[-1])
    best = f"{float(lasts.max()):.2f} at {lasts.n_cells.values[int(np.argmax(lasts.fillna(-1).values))]} cells"
    text = [
        f"The gain is {ends}; at {noises[-1]:g} pA the largest share of the cues is {best}.",
        f"Networks of {recall.attrs['n_hidden']} hidden neurons. {trials_sentence(recall)}",
    ]
    for noise in gain.background_noise.values:
        here, cells = gain.sel(background_noise=noise), minimal_cells(recall, noise)
        known = f"{cells:g}" if np.isfinite(cells) else f"above {recall.n_cells.values.max()}"
        rows.append((f"gain at {noise:g} pA", f"{float(here.gain):.1f}", f"by theory {float(here.gain_theory):.1f}"))
        rows.append((f"minimal K at {noise:g} pA", known, f"smallest K tried with {100 * WANTED:g}% or more"))
        for n_cells in recall.n_cells.values:
            for name in ("same_state", "active_rate"):
                point, number, note = numbers(recall, name, background_noise=noise, n_cells=n_cells)
                if "nan" not in number.lower():
                    rows.append((f"{name}, {point}", number, note))
    text.append(f"Bistability needs a gain above {theory.critical_gain():g}.")
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Spiking models", uses=["networks"], networks=20)
