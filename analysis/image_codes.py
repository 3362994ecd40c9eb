"""
Agreement of stored and recalled memories
=========================================

Left: the share of all memories that recall themselves from their own visible state with Gaussian noise. Right: the
share of all images that end at their code, the discretely settled state s ← Θ(Js − θ) that starts from the first
pass, against τ_v/τ_h. MNIST, 50 hidden neurons, by training recipe; exact engine, h(0) = 0, self-recall at τ_v = 20
τ_h; Wilson intervals over the cues of one network.

The recalled state differs from the code if the drive of a hidden neuron starts just above θ: the neuron crosses its
threshold late, when the visible layer has changed, or not at all. In a network of the recipe "certified", neurons do
not influence each other, and those with a drive between θ and θ/p stay silent: p < 1 is the peak of h per unit of
drive, and approaches 1 with τ_v/τ_h. That network is trained for the states at which images end at τ_v = 20 τ_h.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.measure.learned.codes import RATIOS, RELATIVE_NOISE, compare_codes
from neurosim.measure.statistics import format_estimate

DATASET, N_HIDDEN = "mnist", 50
RECIPES = ("certified", "symmetric", "paper")
CURVES = (("self_recalled", "noise", "self-recall, noise"), ("at_code", "ratio", "image at its code, τ_v/τ_h"))


def measure(run):
    """Recall every memory from its own visible state, and every image at several τ_v/τ_h."""
    few = slice(run.pick(None, 2))
    trained = {recipe: run.train(DATASET, N_HIDDEN, recipe) for recipe in RECIPES[few]}
    networks = {recipe: one.network for recipe, one in trained.items()}
    images = trained[RECIPES[0]].images.select(slice(run.pick(None, 100)))
    return {"codes": compare_codes(networks, images, noise=RELATIVE_NOISE[few], ratios=RATIOS[few], seed=run.seed)}


def plot(data):
    """Draw both shares, one line for each recipe."""
    return plots.trained.codes(data["codes"])


def findings(data):
    """State the number of minima, their error, the certificate and both shares, by recipe."""
    found, rows = data["codes"], []
    for recipe in found.recipe.values:
        here = found.sel(recipe=recipe)
        minima = f"{int(here.n_unique):,} (discretely settled: {int(here.n_unique_discrete):,})"
        rows.append(
            (f"{recipe}: distinct stable minima", minima, f"squared error {float(here.mean_squared_error):.2f}")
        )
        holds = "holds" if here.certified else "does not hold"
        rows.append((f"{recipe}: certificate of all states", holds, f"margin {float(here.certificate_margin):.3g}"))
        for name, dim, what in CURVES:
            rows += [
                (f"{recipe}: {what} {at:g}", format_estimate(here.sel({dim: at}), name, 5), "")
                for at in found[dim].values
            ]
    most = found.isel(recipe=int(found.n_unique.values.argmax()))
    finding = f"Most distinct stable minima, {int(most.n_unique):,}, are found with the recipe {most.recipe.item()}."
    return [finding, f"{found.attrs['subject']}, N_h = {found.attrs['n_hidden']}; all images and their memories."], rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Images and learning", uses=["data"])
