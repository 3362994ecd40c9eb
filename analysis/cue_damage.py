"""
Recall from incomplete, occluded and flipped cues
=================================================

Cues of stored states with some of their visible neurons set to 0 at random (missing), set to 0 in one piece from the
bottom (occluded), or with their sign flipped. Random networks (left), and the stable memories of a trained network
(right).

Missing neurons of share m remove that share of the drive. Without crosstalk a neuron of the memory crosses if
(1 − m) p > θ, with p = .854 at τ_v = 20 τ_h: up to m = .41. A flip counts twice: up to .21. With random weights,
occlusion in one piece has the same effect as any other subset; with images it has not.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.measure.recall.curves import recall_sweep
from neurosim.report.captions import course
from neurosim.report.findings import law_sentence, numbers, trials_sentence

SHARES = (0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8)
KINDS = ("missing", "occluded", "flipped")


def measure(run):
    """Sweep each kind of damage, in random networks and for the trained network's memories."""
    common = {"seed": run.seed, "runner": run.runner}
    n_cues, shape = run.pick(1024, 64), run.trained.images.shape
    trained = {"targets": run.trained.memories, "n_cues": n_cues, "image_shape": shape, **common}
    shares = run.pick(SHARES, SHARES[::2])
    return {
        **{kind: recall_sweep(run.networks, {kind: shares}, n_hidden=run.pick(10, 6), **common) for kind in KINDS},
        **{f"{kind}-trained": recall_sweep(run.trained.network, {kind: shares}, **trained) for kind in KINDS},
    }


def plot(data):
    """Draw recall against the damaged share, one line per kind of damage."""
    random, trained = ({kind: data[kind + ending] for kind in KINDS} for ending in ("", "-trained"))
    return plots.damage.by_kind(random, trained)


def findings(data):
    """State recall at several shares, and whether the law for missing neurons holds."""
    text = [
        course(data["missing"], "recalled", "the share of cues of random networks recalled perfectly"),
        f"Random networks: {trials_sentence(data['missing'])} Trained network: "
        f"{data['missing-trained'].attrs['n_trials']} of its stable memories, intervals over them.",
        law_sentence(data["missing"], "recalled", what="For missing neurons, the recall law"),
    ]
    rows = []
    for ending, label in (("", "random"), ("-trained", "trained")):
        for kind in KINDS:
            found = data[kind + ending]
            rows += [numbers(found, "recalled", f"{kind}, {label}", **{kind: share}) for share in (0.1, 0.2, 0.4)]
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Recall and basins", uses=["networks", "trained"])
