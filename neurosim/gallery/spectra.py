"""The eigenvalues of J beside Marchenko and Pastur's law, for random and for learned weights."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from neurosim import Network, theory
from neurosim.gallery.base import Data, Entry, Plan
from neurosim.measure.capacity.spectrum import coupling_spectrum
from neurosim.plots import style
from neurosim.report.page import Row
from neurosim.sweep.seeds import spawn_seeds

LOADS = (10, 100)  # N_v/N_h


def measure(plan: Plan) -> Data:
    """Find the eigenvalues of random networks at two loads, and of the trained one."""
    n_hidden = plan.pick(200, 40)
    data = {}
    for load in LOADS:
        nets = [Network.gaussian(load * n_hidden, n_hidden, seed=s) for s in spawn_seeds(plan.seed, plan.networks)]
        data[f"random-{load}"] = coupling_spectrum(nets).assign_attrs(seed=plan.seed)
    data["learned"] = coupling_spectrum([plan.learned().network]).assign_attrs(seed=plan.seed)
    return data


def draw(data: Data) -> np.ndarray:
    """Draw a histogram each, with the law's density."""
    figure = Figure(figsize=(2 * style.ONE_COLUMN, 2.4), layout="constrained")
    panels = figure.subplots(1, len(data))
    for index, (ax, (name, found)) in enumerate(zip(panels, data.items(), strict=True)):
        values = found.eigenvalue.values.ravel()
        n_visible, n_hidden = found.attrs["n_visible"], found.attrs["n_hidden"]
        colour = style.PALETTE[index]
        label = f"measured, {found.attrs['n_networks']} network{'s' if found.attrs['n_networks'] > 1 else ''}"
        ax.hist(values, bins=30, density=name != "learned", color=colour, alpha=0.5, label=label)
        if name == "learned":
            ax.set_title("trained on digits" if n_visible == 64 else "trained network", fontsize=style.LABEL)
        else:
            low, high = theory.marchenko_pastur_edges(n_visible, n_hidden)
            x = np.linspace(low, high, 400)
            density = theory.marchenko_pastur_density(x, n_visible, n_hidden)
            ax.plot(x, density, color=style.THEORY, linestyle="--", linewidth=1, label="Marchenko–Pastur")
            ax.set_title(f"random, $N_v = {n_visible // n_hidden}\\,N_h$", fontsize=style.LABEL)
        style.dress(ax, "Eigenvalue of $J$", "Count" if name == "learned" else "Density")
        style.legend(ax)
        ax.set_ylim(top=1.35 * ax.get_ylim()[1])
    return panels


def describe(data: Data) -> tuple[list[str], list[Row]]:
    """State the edges, and what they bound for all states at once."""
    learned = data["learned"].eigenvalue
    spread = float(learned.max() / learned.min())
    text = [
        "J → 1 for N_v ≫ N_h (the paper after eq. 6): for Gaussian weights its eigenvalues fill (1 ± √(N_h/N_v))². The "
        "distance ‖J − 1‖ bounds all states at once: in no state can more than ‖J − 1‖² N_a / min(θ, 1 − θ)² of the "
        "N_h bits be wrong, N_a the number of active neurons.",
        f"Learned weights follow no such law: their largest eigenvalue is {spread:.3g} times the smallest.",
    ]
    rows: list[Row] = []
    for name, found in data.items():
        ends = [found.eigenvalue.min("rank"), found.eigenvalue.max("rank")]
        measured = [float(end.mean()) for end in ends]
        n_visible, n_hidden = found.attrs["n_visible"], found.attrs["n_hidden"]
        edges = theory.marchenko_pastur_edges(n_visible, n_hidden)
        note = f"edges of the law {edges[0]:.4g}, {edges[1]:.4g}" if name != "learned" else "not random"
        rows.append((f"{name}: smallest, largest eigenvalue", f"{measured[0]:.4g}, {measured[1]:.4g}", note))
        most = f"{float(found.max_flips.mean()):.4g} of {n_hidden}"
        rows.append((f"{name}: most bits wrong in any state", most, "bound, mean over networks"))
    return text, rows


ENTRY = Entry("spectrum", "The eigenvalues of J", measure, draw, describe)
