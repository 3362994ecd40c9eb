"""
Recall from noisy cues
======================

Figure 1b of the paper: the share of cues v(0) = ξs/√N_h + ε, ε ~ N(0, σ_v²), that end exactly in their target
state s; N_v = 100 N_h, τ_v = 20 τ_h, θ = ½.

A memory's visible neurons have a variance of ½ on average, so at σ_v = 1 the noise is twice as strong as the signal.
Eq. (15) requires σ_v² ≪ N_v/N_h = 100. Eq. (38) is for τ_v ≫ τ_h; here, where h reaches the share p(20) = 0.854 of its
drive, θ/p stands in place of θ.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.measure.recall.curves import recall_sweep
from neurosim.report.captions import course
from neurosim.report.findings import bound_sentence, law_sentence, numbers, trials_sentence

NOISE = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0)


def measure(run):
    """Recall 10,000 states of each network, up to N_h = 24."""
    grid = {"noise_std": NOISE, "n_hidden": list(range(2, run.pick(25, 9), 2))}
    n_cues = run.pick(10_000, 128)
    return {"recalled": recall_sweep(run.networks, grid, n_cues=n_cues, seed=run.seed, runner=run.runner)}


def plot(data):
    """Draw one line per noise level."""
    return plots.curves.draw(data["recalled"], "n_hidden", by="noise_std")


def findings(data):
    """State recall at the largest size, and whether the recall law and eq. (38) hold."""
    curve = data["recalled"]
    largest = int(curve.n_hidden.max())
    what = f"the share of cues recalled perfectly at N_h = {largest}"
    text = [
        course(curve, "recalled", what, n_hidden=largest),
        trials_sentence(curve),
        f"{law_sentence(curve, 'recalled', what='The recall law')} {bound_sentence(curve, 'recalled')}",
    ]
    return text, [numbers(curve, "recalled", noise_std=level, n_hidden=largest) for level in NOISE]


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Figures and tables of the paper", uses=["networks"])
