"""
A sparse spiking network under Dale's law
=========================================

Hidden cells and visible ON and OFF cells are excitatory; all inhibition passes through spiking interneurons. Gaussian
weights, N_v = 100 N_h, a share of the synapses, J_μμ = 1 by homeostasis, θ = ½, delays of 1 ms in both directions,
τ_v = 50 ms, σ_v = 1 on the cue, simulated in Brian2. Share of the cues that are recalled perfectly, against membrane
noise and against the density of synapses.

The rate model has no membrane noise. "Cells of both signs" is the same spiking network, whose cells excite and
inhibit without interneurons. "Same state" is the share of cues that end in one state with and without interneurons.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.measure.constraints.dale_spiking import ENGINE, sparse_dale, spiking_shares
from neurosim.measure.constraints.sweep import MEASUREMENTS, constraint_sweep
from neurosim.measure.statistics import format_estimate
from neurosim.report.captions import course
from neurosim.report.findings import trials_sentence

SIZES = (10, 20)  # N_h
NOISES, DENSITY = (0.0, 0.1, 0.15, 0.2, 0.3), 0.1  # membrane noise, std in units of h
DENSITIES, NOISE = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0), 0.05
QUICK = {
    "n_cues": 1,
    "engine": ENGINE.replace(target="runtime", codegen="numpy", dt=0.4e-3),
    "visible_per_hidden": 20.0,
}
SHARES = {
    "recalled_rate": "rate model",
    "recalled_folded": "spikes, cells of both signs",
    "recalled_circuit": "spikes, with interneurons",
    "same": "same state, both spiking",
}


def measure(run):
    """Sweep membrane noise at one density, and density at one membrane noise."""
    sizes = run.pick(SIZES, (4,))
    options = {"measure": spiking_shares, "seed": run.seed, "runner": run.runner, **run.pick({}, QUICK)}
    noises = {"n_hidden": sizes, "noise": run.pick(NOISES, (0.1,))}
    densities = {"n_hidden": sizes[:1], "value": run.pick(DENSITIES, (0.5,))}
    noise = constraint_sweep(run.networks, {"dale": sparse_dale}, noises, value=DENSITY, **options)
    density = constraint_sweep(run.networks, {"dale": sparse_dale}, densities, noise=NOISE, **options)
    return {"noise": noise.isel(constraint=0), "density": density.isel(constraint=0).rename(value="density")}


def plot(data):
    """Draw the shares against membrane noise, a panel for each N_h, and against density."""
    return plots.constraints.spiking(data["noise"], data["density"])


def findings(data):
    """State recall by all models, agreement, and the rates of the cells."""
    rows = []
    for varied, found in data.items():
        for n_hidden in found.n_hidden.values:
            for value in found[varied].values:
                here = found.sel({"n_hidden": n_hidden, varied: value})
                what = f"N_h = {n_hidden}, {varied} = {value:g}"
                rows += [(what, format_estimate(here, name), note) for name, note in SHARES.items()]
    here = data["noise"].isel(n_hidden=0).sel(noise=0.1)
    where = f"Hz, N_h = {int(here.n_hidden)}, noise = {float(here.noise):g}"
    rates = {name: about.long_name for name, about in MEASUREMENTS.items() if name.startswith("rate_")}
    rows += [(long_name, format_estimate(here, name), where) for name, long_name in rates.items()]
    return [course(data["noise"], "recalled_circuit"), trials_sentence(data["noise"])], rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Spiking models", uses=["networks"])
