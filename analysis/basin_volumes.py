"""
Basin volumes
=============

Gaussian noise as the cue, recalled from h(0) = 0: the share of cues that end in an attractor is the volume of its basin
under that noise. In random networks (N_h = 10, N_v = 1,000) the noise is such that the drive of a hidden neuron has a
standard deviation of 1; in the trained network, such that the drive has the rms of that of the memories.

Coverage is the share of the volume that belongs to attractors already reached (Good and Turing), richness a lower
estimate of the number of attractors (Chao), entropy the estimate of Chao and Shen.
"""

from neurosim import Network, patterns, plots, theory
from neurosim.cli import program
from neurosim.measure.basins import volumes
from neurosim.report.captions import course
from neurosim.report.findings import numbers
from neurosim.seeds import spawn_seeds


def measure(run):
    """Recall random cues in random networks and in the trained one."""
    n_cues, seeds = run.pick(100_000, 2_000), spawn_seeds(run.seed, run.networks)
    nets = [Network.gaussian(1000, 10, seed=spawn_seeds(seed, 1)[0]) for seed in seeds]
    states = patterns.all_hidden_states(10)
    stable = states[theory.stability_margin(nets[0], states) > 0]
    std = volumes.unit_drive_std(nets[0])
    trained, memories = run.trained.network, run.trained.memories
    own = {"cue_std": volumes.memory_drive_std(trained, memories), "memories": memories, "seed": run.seed}
    return {
        "random": volumes.basin_volumes(nets[0], n_cues=n_cues, cue_std=std, memories=stable, seed=seeds[0]),
        "over-networks": volumes.volumes_over_networks(nets, n_cues=n_cues, seed=run.seed),
        "trained": volumes.basin_volumes(trained, n_cues=n_cues, **own),
    }


def plot(data):
    """Draw volume against rank."""
    return plots.volumes.compare(data["random"], data["trained"])


def findings(data):
    """State entropy, coverage and the share of spurious attractors."""
    over, trained = data["over-networks"], data["trained"]
    about = over.attrs
    text = [
        course(trained, "share_in_memories", "the share of random cues that end in a memory of the trained network"),
        f"Random networks: {about['n_networks']} networks, {about['n_trials']:,} cues each, with a standard deviation "
        f"of {about['cue_std']:.3g}. Trained network: {trained.attrs['cue_std']:.3g}.",
    ]
    groups = (
        (over, volumes.SUMMARIES, "random networks"),
        (
            trained,
            ("share_in_memories", "share_spurious", "share_unsettled", "coverage", "richness"),
            "trained network",
        ),
    )
    rows = [
        (str(found[name].attrs["long_name"]), numbers(found, name)[1], note)
        for found, names, note in groups
        for name in names
    ]
    return text, [*rows, ("attractors reached", f"{int(trained.n_reached):,}", "trained network")]


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Capacity and attractors", uses=["networks", "trained"])
