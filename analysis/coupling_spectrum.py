"""
Eigenvalues of the coupling between hidden neurons
==================================================

J = ξᵀξ/N_v tends to 1 for N_v ≫ N_h (the paper after eq. 6). For Gaussian weights its eigenvalues fill the interval (1
± √(N_h/N_v))², with the density of Marchenko and Pastur. Learned weights follow no such law.

The distance ‖J − 1‖ bounds all states at once: in no state can more than ‖J − 1‖² N_a / min(θ, 1 − θ)² of the N_h bits
be wrong, where N_a is the number of active neurons.
"""

from neurosim import Network, plots, theory
from neurosim.cli import program
from neurosim.measure.capacity.spectrum import coupling_spectrum
from neurosim.seeds import spawn_seeds

LOADS = (10, 100)  # N_v/N_h


def measure(run):
    """Find the eigenvalues of random networks at two loads, and of the trained network."""
    n_hidden, seeds = run.pick(200, 40), spawn_seeds(run.seed, run.networks)
    nets = {f"random-{load}": [Network.gaussian(load * n_hidden, n_hidden, seed=s) for s in seeds] for load in LOADS}
    nets["trained"] = [run.trained.network]
    return {name: coupling_spectrum(group).assign_attrs(seed=run.seed) for name, group in nets.items()}


def plot(data):
    """Draw one histogram per load and one of the trained network."""
    return plots.spectrum.compare([data[f"random-{load}"] for load in LOADS], data["trained"])


def findings(data):
    """State the smallest and largest eigenvalue, and the bound on wrong bits."""
    eigenvalue = data["trained"].eigenvalue
    text = [
        f"The largest eigenvalue of the trained network is {float(eigenvalue.max() / eigenvalue.min()):.3g} times the "
        "smallest."
    ]
    rows = []
    for name, found in data.items():
        low, high = (float(end.mean()) for end in (found.eigenvalue.min("rank"), found.eigenvalue.max("rank")))
        n_visible, n_hidden = found.attrs["n_visible"], found.attrs["n_hidden"]
        edges = theory.marchenko_pastur_edges(n_visible, n_hidden)
        note = "no law" if name == "trained" else f"edges of the law {edges[0]:.4g}, {edges[1]:.4g}"
        rows.append((f"{name}: smallest, largest eigenvalue", f"{low:.4g}, {high:.4g}", note))
        most = f"{float(found.max_flips.mean()):.4g} of {n_hidden}"
        rows.append((f"{name}: most wrong bits in any state", most, "bound, mean over networks"))
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Capacity and attractors", uses=["networks", "trained"])
