"""Figure 1b: recall from noisy cues against N_h."""

from __future__ import annotations

from typing import Any

from neurosim.gallery.base import Data, Entry, Plan, bound_sentence, law_sentence, numbers, trials_sentence
from neurosim.measure.recall.curves import recall_sweep
from neurosim.plots import curves as figure
from neurosim.report.page import Row

LEVELS = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0)


def measure(plan: Plan) -> Data:
    """Recall 10^4 states of each network, to N_h = 24."""
    grid = {"noise_std": LEVELS, "n_hidden": list(range(2, plan.pick(25, 9), 2))}
    n_cues = plan.pick(10_000, 128)
    return {"recalled": recall_sweep(plan.networks, grid, n_cues=n_cues, seed=plan.seed, runner=plan.runner)}


def draw(data: Data) -> Any:
    """Draw one line a noise level."""
    return figure.draw(data["recalled"], "n_hidden", by="noise_std")


def describe(data: Data) -> tuple[list[str], list[Row]]:
    """State recall at the largest size, and whether eqs. (15) and (38) hold."""
    curve = data["recalled"]
    largest = int(curve.n_hidden.max())
    text = [
        "Share of cues v(0) = ξs/√N_h + ε, ε ~ N(0, σ_v²), that end in exactly the state they were made from; "
        f"N_v = 100 N_h, τ_v = 20 τ_h, θ = ½. {trials_sentence(curve)} A memory's visible neurons have a variance of ½ "
        "on average, so at σ_v = 1 the noise is twice as strong as the signal; eq. (15) asks σ_v² ≪ N_v/N_h = 100.",
        f"{law_sentence(curve, 'recalled', what='The recall law')} {bound_sentence(curve, 'recalled')} "
        "Eq. (38) is for τ_v ≫ τ_h.",
    ]
    return text, [numbers(curve, "recalled", noise_std=level, n_hidden=largest) for level in LEVELS]


ENTRY = Entry("1b", "Recall from noisy cues", measure, draw, describe)
