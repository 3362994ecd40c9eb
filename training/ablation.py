"""
Recipes with one setting changed
================================

Trains networks with 50 hidden neurons on MNIST by each recipe, and by the recipe with one of its settings changed, and
counts distinct memories, errors and self-recall. One network for each line; all images are cues; exact engine,
h(0) = 0, τ_v = 20 τ_h. "Discrete" settles s ← Θ(Js − θ) instead of integrating eq. (1).

Networks are stored in OUT/networks; a run that was stopped resumes. ``--quick`` uses the built-in digits.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.measure.learned.ablation import compare_variants
from neurosim.measure.statistics import format_estimate

RUNS = (  # recipe, changed settings
    ("certified", {}),
    ("certified", {"repulsion": 0.0}),
    ("certified", {"noise_cost": 0.0}),
    ("symmetric", {}),
    ("symmetric", {"repulsion": 0.0}),
    ("symmetric", {"through_recall": 0.0}),
    ("symmetric", {"consistency": 0.0}),
    ("symmetric", {"surrogate": "straight_through"}),
    ("denoise", {}),
    ("denoise", {"intact": 1.0}),
    ("paper", {}),
    ("paper", {"surrogate": "straight_through"}),
)


def measure(run):
    """Train with every variant and compare the networks."""
    trained = {}
    for recipe, changes in RUNS[: run.pick(None, 3)]:
        settings = ", ".join(f"{setting} = {value}" for setting, value in changes.items())
        trained[f"{recipe}: {settings}" if changes else recipe] = run.train("mnist", 50, recipe, **changes)
    images = next(iter(trained.values())).images
    networks = {name: one.network for name, one in trained.items()}
    return {"ablation": compare_variants(networks, images, seed=run.seed, progress=True)}


def plot(data):
    """Draw the number of images without a distinct memory against the squared error."""
    return plots.trained.variants(data["ablation"])


def findings(data):
    """State memories, errors and self-recall of every variant."""
    found = data["ablation"]
    most = found.isel(run=int(found.n_unique.values.argmax()))
    text = [f"Most distinct memories, {int(most.n_unique):,}, are learned by the variant {most.run.item()}."]
    text += [f"{found.attrs['subject']}, N_h = {found.attrs['n_hidden']}; distinct memories at a squared error."]
    rows = []
    for name in found.run.values:
        here = found.sel(run=name)
        discrete = f"discrete {int(here.n_unique_discrete):,} at {float(here.mean_squared_error_discrete):.2f}"
        shares = ("at_code", "self_recalled", "self_recalled_noisy")
        at_code, self_recalled, noisy = (format_estimate(here, share) for share in shares)
        recalled = f"self-recall {self_recalled}, noisy {noisy}"
        code = f"image at its code {at_code}, bits moved {float(here.bits_moved):.3f}"
        certified = "all states certified" if bool(here.certified) else "not certified"
        memories = f"{int(here.n_unique):,} at {float(here.mean_squared_error):.2f}"
        rows.append((str(name), memories, f"{discrete}; {code}; {recalled}; {certified}"))
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Images and learning", uses=["data"])
