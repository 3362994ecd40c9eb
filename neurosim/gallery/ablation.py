"""What each part of a recipe is for: the recipe, and the same with one setting otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from neurosim.gallery.base import Data, Entry, Plan
from neurosim.measure.learned.ablation import compare_variants
from neurosim.plots import style
from neurosim.report.page import Row

SUBJECT = ("mnist", 50)
# recipe, settings that are otherwise
RUNS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("certified", {}),
    ("certified", {"repulsion": 0.0}),
    ("certified", {"noise_cost": 0.0}),
    ("certified", {"surrogate": "sharpened", "last_gain": 100.0}),
    ("symmetric", {}),
    ("symmetric", {"repulsion": 0.0}),
    ("symmetric", {"through_recall": 0.0}),
    ("symmetric", {"consistency": 0.0}),
    ("symmetric", {"surrogate": "straight_through"}),
    ("symmetric-zero", {}),
    ("separate", {}),
    ("paper", {}),
    ("paper", {"surrogate": "straight_through"}),
)


def measure(plan: Plan) -> Data:
    """Train networks with every variant of a recipe, and compare them."""
    networks, images = {}, None
    for recipe, changes in RUNS[: plan.pick(None, 3)]:
        learned = plan.school(*SUBJECT, recipe, **changes)
        settings = ", ".join(f"{setting} = {value}" for setting, value in changes.items())
        networks[f"{recipe}: {settings}" if changes else recipe] = learned.network
        images = learned.images
    return {"ablation": compare_variants(networks, images, seed=plan.seed, progress=True)}


def draw(data: Data) -> np.ndarray:
    """Draw the frontier: images that share a minimum, and squared error."""
    found = data["ablation"]
    ax = Figure(figsize=(2 * style.ONE_COLUMN, 3.2), layout="constrained").subplots()
    lost = found.attrs["n_trials"] - found.n_unique.values
    bases = [str(name).split(":")[0] for name in found.run.values]
    colours = {base: style.PALETTE[k] for k, base in enumerate(dict.fromkeys(bases))}
    for name, base, x, y in zip(found.run.values, bases, found.mean_squared_error.values, lost, strict=True):
        whole = name == base
        ax.plot(x, max(y, 0.5), "o" if whole else "s", color=colours[base], markersize=7 if whole else 4)
        text = base if whole else str(name).split(": ")[1]
        right = x > np.mean([found.mean_squared_error.min(), found.mean_squared_error.max()])
        place = {"xytext": (-4 if right else 4, 3), "ha": "right" if right else "left", "va": "bottom"}
        ax.annotate(text, (x, max(y, 0.5)), textcoords="offset points", fontsize=style.TICK - 1, **place)
    ax.set_yscale("log")
    ax.margins(x=0.15)
    style.dress(ax, "Squared error per image, recalled", "Images without a stable minimum of their own")
    return np.array([ax])


def describe(data: Data) -> tuple[list[str], list[Row]]:
    """One line a run."""
    found = data["ablation"]
    text = [
        f"{found.attrs['subject']}, N_h = {found.attrs['n_hidden']}, one network a line, seed {found.attrs['seed']}. "
        "Minima, errors and bits moved (first pass → recalled) by the exact engine from h(0) = 0 at τ_v = 20 τ_h; "
        "“discrete” settles s ← Θ(Js − θ) instead.",
    ]
    rows: list[Row] = []
    for name in found.run.values:
        here = found.sel(run=name)
        numbers = (
            f"{int(here.n_unique):,} at {float(here.mean_squared_error):.2f}; discrete {int(here.n_unique_discrete):,} "
            f"at {float(here.mean_squared_error_discrete):.2f}"
        )
        note = (
            f"image → code {float(here.at_code):.4f}, bits moved {float(here.bits_moved):.3f}, self-recall "
            f"{float(here.self_recalled):.4f}, noisy {float(here.self_recalled_noisy):.4f}, "
            f"{'all states certified' if bool(here.certified) else 'not certified'}"
        )
        rows.append((str(name), numbers, note))
    return text, rows


ENTRY = Entry("ablation", "What each part of a recipe is for", measure, draw, describe)
