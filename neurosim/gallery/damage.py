"""Recall from damaged cues: flipped, masked, occluded; of random networks and of a trained one."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from neurosim.gallery.base import Data, Entry, Plan, law_sentence, numbers, trials_sentence
from neurosim.measure.basins import noise as basins
from neurosim.measure.recall.curves import recall_sweep
from neurosim.measure.statistics import Interval, format_estimate
from neurosim.plots import curves as figure
from neurosim.plots import style
from neurosim.report.page import Row

SHARES = (0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8)
KINDS = ("masked", "occluded", "flipped")


def measure(plan: Plan) -> Data:
    """Sweep each kind of damage, on random networks and on the trained network's memories."""
    learned = plan.learned()
    options = {"seed": plan.seed, "runner": plan.runner}
    random = {"n_hidden": plan.pick(10, 6), **options}
    own = {"targets": learned.memories, "n_cues": plan.pick(1024, 64), "image_shape": learned.images.shape, **options}
    data = {kind: recall_sweep(plan.networks, {kind: SHARES}, **random) for kind in KINDS}
    data |= {f"{kind}-learned": recall_sweep(learned.network, {kind: SHARES}, **own) for kind in KINDS}
    return data


def draw(data: Data) -> np.ndarray:
    """Draw the random networks beside the trained one."""
    figure_ = Figure(figsize=(2 * style.ONE_COLUMN, 2.6), layout="constrained")
    panels = figure_.subplots(1, 2)
    for ax, ending, title in zip(panels, ("", "-learned"), ("random networks", "trained network"), strict=True):
        for index, kind in enumerate(KINDS):
            curve = data[kind + ending].rename({kind: "masked"}).drop_vars("bound")
            curve = curve if kind == "masked" else curve.drop_vars("law")
            figure.draw({kind: curve}, "masked", first=index, legend=False, ax=ax)
        ax.set_xlabel("Share of the visible neurons", fontsize=style.LABEL)
        ax.set_title(title, fontsize=style.LABEL)
        handles = ax.get_legend_handles_labels()[0]
        handles += [*figure.theory_handles(data["masked" + ending].drop_vars("bound"))]
        style.legend(ax, handles=[*handles, *style.interval_handles(data["masked" + ending])[:1]])
    return panels


def describe(data: Data) -> tuple[list[str], list[Row]]:
    """State the damage at which recall fails."""
    text = [
        "Cues of stored states with some of their visible neurons set to 0 at random (masked), in one piece from the "
        f"bottom (occluded), or with their sign flipped. Random networks: {trials_sentence(data['masked'])} Trained "
        f"network: {data['masked-learned'].attrs['n_trials']} of its stable memories, intervals over them.",
        "A mask of share m takes that share of the drive: without crosstalk a neuron of the memory crosses if "
        "(1 − m) p > θ, p = .854 at τ_v = 20 τ_h, so up to m = .41; a flip counts twice, up to .21. In random "
        "weights a piece is as good as any other subset; in images it is not.",
        law_sentence(data["masked"], "recalled", what="For masks, the recall law"),
    ]
    rows = []
    for ending, label in (("", "random"), ("-learned", "trained")):
        for kind in KINDS:
            rows += [numbers(data[kind + ending], "recalled", f"{kind}, {label}", **{kind: s}) for s in (0.1, 0.2, 0.4)]
    return text, rows


def measure_half(plan: Plan) -> Data:
    """Find each memory's noise at half recall, in one random network and in the trained one."""
    from neurosim import Network, patterns

    learned = plan.learned()
    net = Network.gaussian(1000, 10, seed=plan.seed)
    n = plan.pick(200, 10)
    states = patterns.random_hidden_states(10, n, seed=plan.seed)
    stored = learned.memories
    chosen = stored[np.random.default_rng(plan.seed).permutation(len(stored))[:n]]
    draws = plan.pick(101, 15)
    return {
        "random": basins.noise_at_half_recall(net, states, n_draws=draws, seed=plan.seed),
        "learned": basins.noise_at_half_recall(learned.network, chosen, n_draws=draws, seed=plan.seed),
    }


def draw_half(data: Data) -> np.ndarray:
    """Draw each memory's level against its number of active neurons."""
    figure_ = Figure(figsize=(2 * style.ONE_COLUMN, 2.6), layout="constrained")
    panels = figure_.subplots(1, 2)
    for index, (ax, (label, found)) in enumerate(zip(panels, data.items(), strict=True)):
        rms = found.attrs["memory_rms"]
        middle = found.noise_at_half.values / rms
        reach = np.stack([middle - found.noise_at_half_lower / rms, found.noise_at_half_upper / rms - middle])
        jitter = np.random.default_rng(0).uniform(-0.25, 0.25, middle.size)
        stroke = {"fmt": style.MARKERS[index], "markersize": 2, "elinewidth": 0.4, "color": style.PALETTE[index]}
        ax.errorbar(found.n_active + jitter, middle, reach, **stroke)
        ax.set_ylim(bottom=0)
        style.whole_ticks(ax.xaxis)
        style.dress(ax, "Active hidden neurons of the memory", "Noise at half recall / rms of memories")
        ax.set_title({"random": "random network", "learned": "trained network"}[label], fontsize=style.LABEL)
    return panels


def describe_half(data: Data) -> tuple[list[str], list[Row]]:
    """State the spread over memories."""
    text = [
        "The noise at which half of a memory's noisy cues are recalled, memory by memory, in units of the rms of the "
        f"memories; {data['random'].attrs['n_trials']} noise samples each, bars: 95% from order statistics.",
        "At 0 stands a memory that does not come back even from its own visible state without noise.",
    ]
    rows = []
    for label, found in data.items():
        low, middle, high = np.quantile(found.relative_noise, [0.05, 0.5, 0.95])
        unrecalled = int((found.noise_at_half == 0).sum())
        note = f"{found.sizes['memory']} memories, {unrecalled} not recalled without noise"
        rows.append(
            (
                f"{label}: median over memories (5% – 95% of them)",
                format_estimate(Interval(middle, low, high), digits=3),
                note,
            )
        )
    return text, rows


ENTRIES = (
    Entry("damage", "Recall from flipped, masked and occluded cues", measure, draw, describe),
    Entry("half-noise", "The noise that each memory bears", measure_half, draw_half, describe_half),
)
