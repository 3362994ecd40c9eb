"""Basin volumes: where random cues end; and what the spurious attractors of a trained network look like."""

from __future__ import annotations

import numpy as np
import xarray
from matplotlib.figure import Figure

from neurosim import Network, patterns, theory
from neurosim.gallery.base import Data, Entry, Learned, Plan, numbers
from neurosim.measure.basins import volumes
from neurosim.plots import style
from neurosim.plots import volumes as figure
from neurosim.report.page import Row
from neurosim.sweep.seeds import spawn_seeds


def measure(plan: Plan) -> Data:
    """Recall random cues in random networks and in the trained one."""
    n_cues = plan.pick(100_000, 2_000)
    seeds = spawn_seeds(plan.seed, plan.networks)
    nets = [Network.gaussian(1000, 10, seed=spawn_seeds(seed, 1)[0]) for seed in seeds]
    states = patterns.all_hidden_states(10)
    stable = states[theory.stability_margin(nets[0], states) > 0]
    std = volumes.unit_drive_std(nets[0])
    return {
        "random": volumes.basin_volumes(nets[0], n_cues=n_cues, cue_std=std, memories=stable, seed=seeds[0]),
        "over-networks": volumes.volumes_over_networks(nets, n_cues=n_cues, seed=plan.seed),
        "learned": _learned(plan.learned(), n_cues, plan),
    }


def _learned(learned: Learned, n_cues: int, plan: Plan) -> xarray.Dataset:
    """Recall white noise that drives the hidden neurons as strongly as the memories do, in the mean square."""
    net, memories = learned.network, learned.memories
    std = volumes.memory_drive_std(net, memories)
    return volumes.basin_volumes(net, n_cues=n_cues, cue_std=std, memories=memories, seed=plan.seed)


def draw(data: Data) -> np.ndarray:
    """Draw volume against rank."""
    panels = Figure(figsize=(2 * style.ONE_COLUMN, 2.7), layout="constrained").subplots(1, 2)
    for ax, name, title in zip(panels, ("random", "learned"), ("random network", "trained network"), strict=True):
        figure.draw(data[name], ax)
        ax.set_title(title, fontsize=style.LABEL)
    return panels


def describe(data: Data) -> tuple[list[str], list[Row]]:
    """State entropy, coverage and the share of spurious attractors."""
    over, learned = data["over-networks"], data["learned"]
    text = [
        "Gaussian noise as the cue, recalled from h(0) = 0: the share of cues that end in an attractor is the "
        f"volume of its basin under that noise. Random networks (N_h = 10, N_v = 1,000): {over.attrs['n_networks']} "
        f"networks, {over.attrs['n_trials']:,} cues each, std {over.attrs['cue_std']:.3g} so that the drive of a "
        f"hidden neuron has std 1. Trained network: std {learned.attrs['cue_std']:.3g}, so that the drive has the "
        "rms that memories give it.",
        "Coverage is Good and Turing's: the part of the volume that belongs to attractors already reached; richness is "
        "Chao's lower estimate of how many there are; entropy is Chao and Shen's.",
    ]
    rows = [
        (str(over[name].attrs["long_name"]), numbers(over, name)[1], "random networks") for name in volumes.SUMMARIES
    ]
    for name in ("share_in_memories", "share_spurious", "share_unsettled", "coverage", "richness"):
        rows.append((str(learned[name].attrs["long_name"]), numbers(learned, name)[1], "trained network"))
    rows.append(("attractors reached", f"{int(learned.n_reached):,}", "trained network"))
    return text, rows


def measure_spurious(plan: Plan) -> Data:
    """Find the trained network's largest spurious attractors."""
    learned = plan.learned()
    found = _learned(learned, plan.pick(100_000, 2_000), plan)
    shown = volumes.spurious(learned.network, learned.memories, found, limit=8)
    return {"spurious": shown.assign_attrs(image_shape=learned.images.shape)}


def draw_spurious(data: Data) -> np.ndarray:
    """Draw them above the memories they resemble."""
    found = data["spurious"]
    return figure.spurious(found, tuple(int(n) for n in found.attrs["image_shape"]))


def describe_spurious(data: Data) -> tuple[list[str], list[Row]]:
    """State their volumes and distances."""
    found = data["spurious"]
    text = [
        "Attractors that no training image leads to, reached from random cues: the largest ones, above the memory that "
        "looks most like each, with the share of the cues and the bits between the two. A spurious attractor is a "
        "composition of the same basic memories that no image asked for.",
    ]
    rows = [
        (f"spurious {k + 1}", f"{100 * float(found.share[k]):.3g}%", f"of the cues; {int(found.bits[k])} bits away")
        for k in range(found.sizes["attractor"])
    ]
    return text, rows


ENTRIES = (
    Entry("volumes", "Basin volumes", measure, draw, describe),
    Entry("spurious", "Spurious attractors", measure_spurious, draw_spurious, describe_spurious),
)
