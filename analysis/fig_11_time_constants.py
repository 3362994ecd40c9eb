"""
Recall against the ratio of time constants
==========================================

Figure 11 of the paper, at more ratios. Cues without noise, h(0) = 0, θ = ½, N_h = 10, N_v = 100 N_h.

Until a neuron crosses its threshold, its drive only decays, u(t) = u(0) e^{−t/τ_v}, and h follows with τ_h. With the
ratio r = τ_v/τ_h, h therefore peaks at p·u(0), p = r^{−1/(r−1)}. A neuron of the memory has u(0) = 1 + q with
crosstalk q, and crosses if (1 + q) p > θ. Without crosstalk the transition lies at p = θ: exactly r = 2 for θ = ½. With
crosstalk, the recall law is the share of states whose neurons all cross.

According to the paper a ratio of 4 suffices for perfect recall. The table gives the share recalled at 4, and the ratios
at which 99% and 99.9% are recalled.
"""

from neurosim import plots, theory
from neurosim.cli import program
from neurosim.measure import timescales
from neurosim.measure.statistics import format_estimate
from neurosim.report.captions import course
from neurosim.report.findings import law_sentence, numbers, trials_sentence

RATIOS = (1, 1.5, 1.8, 2, 2.2, 2.5, 2.8, 3, 3.3, 3.6, 4, 4.5, 5, 5.5, 6, 7, 8, 10, 12, 15, 20, 30)


def measure(run):
    """Recall all 1,024 states of every network at each ratio."""
    n_hidden = run.pick(10, 6)
    curve = timescales.recall_vs_ratio(run.networks, RATIOS, seed=run.seed, runner=run.runner, n_hidden=n_hidden)
    return {"recalled": curve}


def plot(data):
    """Draw recall and recall time against τ_v/τ_h."""
    return plots.timescales.ratio_curves(data["recalled"])


def findings(data):
    """State recall at several ratios, the ratios for 99% and 99.9%, and whether the law holds."""
    curve = data["recalled"]
    text = [course(curve, "recalled"), trials_sentence(curve), law_sentence(curve, "recalled", what="The recall law")]
    rows = [
        numbers(curve, "recalled", f"law {float(curve.law.sel(ratio=r)):.4f}", ratio=r) for r in (2, 3, 4, 5, 6, 10, 20)
    ]
    n_hidden = int(curve.attrs["n_hidden"])
    for share in (0.99, 0.999):
        found = timescales.ratio_for(curve, share)
        by_law = theory.ratio_for(share, 100 * n_hidden, n_hidden, 0.5)
        rows.append(
            (
                f"τ_v/τ_h for {100 * share:g}%",
                format_estimate(found, "ratio", 3),
                f"interpolated, bootstrap; law {by_law:.3g}",
            )
        )
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Figures and tables of the paper", uses=["networks"], networks=100)
