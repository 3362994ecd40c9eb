"""
Capacity with weights of few bits, random and learned
=====================================================

Weights of few equally spaced levels. Random networks have N_v = 20 N_h and θ = ½, which is just sufficient
for Gaussian weights, so that losses are visible. Learned networks are certified networks of the 1,797 built-in digits
(N_v = 64); they are also shown against density. Dashed: theory, the normal approximation from moments of the synapses
(`neurosim.theory.moments`).

For random weights one bit, the sign, suffices: J_μμ is then the same for all neurons. In learned networks J results
from a cancellation of large terms, which coarse weights and lost synapses destroy.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.constraints import Quantised, Sparse
from neurosim.measure.constraints.stability import learned_shares
from neurosim.measure.constraints.sweep import constraint_sweep
from neurosim.measure.statistics import format_estimate
from neurosim.report.captions import course
from neurosim.report.constraint_findings import conditions_sentence, crossing_rows
from neurosim.report.findings import law_sentence

BITS = tuple(range(1, 9))
SIZES, VISIBLE_PER_HIDDEN = (10, 20, 50), 20.0  # random networks
LEARNED_SIZES, EPOCHS = (10, 24, 48), 20  # fewer neurons or epochs leave networks with one code for all images
DENSITIES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
NOTES = {
    "stored": "half of the states are stable",
    "certified": "half of the networks are certified",
    "codes": "half of the images keep their code",
}
SHARES = {"stored": "stable", "recalled": "recalled"}


def measure(run):
    """Sweep bits of random networks, and bits and density of learned ones."""
    options = {"seed": run.seed, "runner": run.runner}
    random = {"value": BITS[:: run.pick(1, 3)], "n_hidden": run.pick(SIZES, (6, 8))}
    sizes = run.pick(LEARNED_SIZES, (10,))
    bits = {"value": BITS[:: run.pick(1, 3)], "n_hidden": sizes}
    density = {"value": DENSITIES[:: run.pick(1, 4)], "n_hidden": sizes}
    learned = {"measure": learned_shares, "epochs": EPOCHS, **options}
    sample = {"visible_per_hidden": VISIBLE_PER_HIDDEN, "n_cues": run.pick(256, 32), **options}
    return {
        "random": constraint_sweep(run.networks, {"quantised": Quantised}, random, **sample),
        "bits": constraint_sweep(run.networks, {"quantised": Quantised}, bits, **learned),
        "density": constraint_sweep(run.networks, {"sparse": Sparse}, density, **learned),
    }


def plot(data):
    """Draw random and learned networks against bits, learned ones against density."""
    return plots.constraints.learned(data["random"], data)


def findings(data):
    """State shares at one bit and eight bits, and the settings at which half of each share is lost."""
    random, bits, density = data["random"], data["bits"], data["density"]
    theory = [
        law_sentence(found, quantity, law, f"Theory of the {what}", 1e-3)
        for found, quantity, law, what in (
            (random, "stored", "law", "stable share of random networks"),
            (bits, "stored", "law", "stable share of learned networks against bits"),
            (bits, "certified", "law_certified", "certified share against bits"),
            (density, "stored", "law", "stable share of learned networks against density"),
        )
    ]
    learned = f"Learned networks: {bits.attrs['n_networks']} for each N_h."
    rows = []
    for n_hidden in random.n_hidden.values:
        for here in (random.isel(constraint=0, value=end).sel(n_hidden=n_hidden) for end in (0, -1)):
            what = f"random, N_h = {n_hidden}, bits = {int(here.value)}"
            rows += [(what, format_estimate(here, name), note) for name, note in SHARES.items()]
    for quantity, note in NOTES.items():
        rows += crossing_rows(bits, quantity, f"learned: bits at which {note}")
    for quantity in ("stored", "codes"):
        rows += crossing_rows(density, quantity, f"learned: density at which {NOTES[quantity]}")
    return [course(random, "stored"), f"Random networks: {conditions_sentence(random)}", learned, *theory], rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Biological constraints", uses=["networks"])
