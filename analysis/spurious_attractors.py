"""
Spurious attractors of a trained network
========================================

Spurious attractors are compositions of the basic memories at which no training image ends. The largest ones reached
from random cues are shown, each above the memory with the nearest visible state, with the share of the cues and the
number of bits in which the two differ.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.measure.basins import volumes
from neurosim.measure.statistics import format_estimate


def measure(run):
    """Find the trained network's largest spurious attractors."""
    net, memories = run.trained.network, run.trained.memories
    std = volumes.memory_drive_std(net, memories)
    n_cues = run.pick(100_000, 2_000)
    found = volumes.basin_volumes(net, n_cues=n_cues, cue_std=std, memories=memories, seed=run.seed)
    shown = volumes.spurious(net, memories, found, limit=8)
    return {"spurious": shown.assign_attrs(image_shape=run.trained.images.shape)}


def plot(data):
    """Draw them above the memories that they resemble."""
    found = data["spurious"]
    return plots.volumes.spurious(found, tuple(int(n) for n in found.attrs["image_shape"]))


def findings(data):
    """State their volumes and distances."""
    found = data["spurious"]
    rows = [
        (f"spurious {k + 1}", format_estimate(here, "share", 3), f"of the cues; {int(here.bits)} bits away")
        for k, here in ((k, found.isel(attractor=k)) for k in range(found.sizes["attractor"]))
    ]
    shares = f", with {float(found.share.max()):.3g} of the cues in the largest" if rows else ""
    finding = f"{len(rows)} spurious attractors are shown{shares}."
    return [finding, f"{found.attrs['n_trials']:,} random cues."], rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Capacity and attractors", uses=["trained"])
