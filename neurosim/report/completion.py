"""Opening of the report: a wide random network completes strongly damaged cues."""

from __future__ import annotations

import xarray

from neurosim import Network, patterns, recall, theory
from neurosim.measure.recall.curves import recall_sweep
from neurosim.measure.recall.trials import cue_damage
from neurosim.measure.statistics import format_estimate
from neurosim.plots import curves, recalls, style
from neurosim.report.captions import course
from neurosim.report.page import Row, Section, picture
from neurosim.report.spiking_study import Step
from neurosim.seeds import spawn_seeds
from neurosim.sweep import Runner

N_HIDDEN, VISIBLE_PER_HIDDEN = 12, 150
SHAPE, CROP = (40, 45), slice(14, 26)  # of visible states as pictures; rows and columns that are drawn
NOISE_STD, MISSING = 1.0, 0.5  # the signal has a variance of ½ on average
RATIO = 20.0
THRESHOLD = round(float(theory.rise_peak(RATIO)) * (1 - MISSING) / 2, 2)  # half way, for a cue without the missing half
SHARES = (0, 0.25, 0.5, 0.6, 0.7, 0.8)
N_NETWORKS, N_CUES, N_SHOWN = 20, 128, 5


def steps(seed: int, runner: Runner) -> list[Step]:
    """Return the measurements: recall against the missing share, and a few recalls to show.

    Parameters
    ----------
    seed : int
    runner : Runner

    Returns
    -------
    list of (name, description, measurement)
        "wide" and "wide_recalls".

    Examples
    --------
    >>> from neurosim.report import completion
    >>> from neurosim.sweep import Runner
    >>> [name for name, _, _ in completion.steps(0, Runner())]
    ['wide', 'wide_recalls']
    """
    sweep_seed, shown_seed = spawn_seeds(seed, 2)
    text = f"completing cues of {N_NETWORKS} wide random networks, half missing, the rest under noise"
    settings = {"n_hidden": N_HIDDEN, "visible_per_hidden": VISIBLE_PER_HIDDEN, "threshold": THRESHOLD}
    settings |= {"noise_std": NOISE_STD, "ratio": RATIO, "n_cues": N_CUES}
    return [
        (
            "wide",
            text,
            lambda: recall_sweep(N_NETWORKS, {"occluded": SHARES}, seed=sweep_seed, runner=runner, **settings),
        ),
        ("wide_recalls", "showing some of them", lambda: shown(shown_seed)),
    ]


def shown(seed: int) -> xarray.Dataset:
    """Return a few recalls of one wide random network, as `neurosim.recall` does, with `memory` and `cue_visible`."""
    weight_seed, state_seed, damage_seed = spawn_seeds(seed, 3)
    sizes = {"threshold": THRESHOLD, "tau_v": RATIO * 1e-3, "tau_h": 1e-3}
    net = Network.gaussian(VISIBLE_PER_HIDDEN * N_HIDDEN, N_HIDDEN, seed=weight_seed, **sizes)
    states = patterns.random_hidden_states(N_HIDDEN, N_SHOWN, seed=state_seed)
    memory = theory.visible_state(net, states)
    cues = cue_damage(noise_std=NOISE_STD, occluded=MISSING).apply(memory, seed=damage_seed)
    dims = ("cue", "visible_neuron")
    return recall(net, cues).assign(
        memory=(dims, memory, {"long_name": "visible state of the memory", "units": "1"}),
        cue_visible=(dims, cues, {"long_name": "damaged cue", "units": "1"}),
    )


def section(results: dict[str, xarray.Dataset]) -> Section:
    """Return the section of the page, from the results of `steps`."""
    curve, few = results["wide"], results["wide_recalls"]
    cropped = {
        name: few[name].values.reshape(-1, *SHAPE)[:, CROP, CROP] for name in ("memory", "cue_visible", "visible")
    }
    memory, cue, end = (states.reshape(len(states), -1) for states in cropped.values())
    panels = recalls.draw(
        cue,
        end,
        cropped["memory"].shape[1:],
        originals=memory,
        hidden_active=few.hidden_active.values,
        figure=style.new_figure(3.6, columns=1.4),
    )
    errors = [
        ((few[name] - few.memory) ** 2).mean("visible_neuron").values.mean() for name in ("cue_visible", "visible")
    ]
    rows: list[Row] = [
        (
            f"{100 * share:g}% missing, σ_v = {NOISE_STD:g}: completed",
            format_estimate(curve, "recalled", 3, occluded=share),
            f"{curve.attrs['n_networks']} networks, {curve.attrs['n_trials']} cues each",
        )
        for share in SHARES
    ]
    rows.append(
        (
            "squared error per visible neuron, as shown",
            f"{errors[1]:.2g}",
            f"of the cue {errors[0]:.2g}; of the memory's mean square ½ on average",
        )
    )
    n_visible = VISIBLE_PER_HIDDEN * N_HIDDEN
    text = [
        f"A random network of {n_visible:,} visible and {N_HIDDEN} hidden neurons, θ = {THRESHOLD:g}, "
        f"τ_v = {RATIO:g} τ_h. Each cue is the visible state of one of the 2^{N_HIDDEN} memories under noise of "
        f"σ_v = {NOISE_STD:g}, stronger than the signal, with {100 * MISSING:g}% of the visible neurons at 0. Top to "
        f"bottom: memory, cue, hidden neurons at the end, recall; {memory.shape[1]} of the visible neurons. θ is half "
        "way between the fields of active and silent neurons for such a cue, too low for one without missing neurons.",
        "A cue is completed if the recall ends in exactly the hidden state of its memory; the visible state is then "
        "the memory itself. These memories are sums of basic memories and cannot be chosen. Given images can: below, a "
        "network learns them, and its recall is a composition of basic memories near the intact image.",
    ]
    reached = int((abs(few.visible - few.memory) < 1e-6).all("visible_neuron").sum())
    shown = (
        f"{reached} of {few.sizes['cue']} cues are completed; the squared error per visible neuron is "
        f"{errors[0]:.2g} in the cues and {round(errors[1], 9):.2g} in the recalls."
    )
    title, along = "Memories, damaged cues and recalls of a wide random network", course(curve, "recalled")
    pictures = [
        picture(panels, "wide-recalls", title, "png", shown),
        picture(curves.draw(curve, "occluded"), "wide", "Share completed against the missing share", caption=along),
    ]
    return Section("Completion of damaged cues", text, pictures, rows, group="What it recalls")


def finding(curve: xarray.Dataset) -> str:
    """Return the main number as a line for the console, from the result "wide" of `steps`."""
    share = format_estimate(curve, "recalled", 3, occluded=MISSING)
    return f"random network, {100 * MISSING:g}% of the cue missing, noise stronger than the signal: {share} completed"
