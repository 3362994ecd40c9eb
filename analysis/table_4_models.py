"""
Recall performance by model
===========================

Table 4 of the paper: the share of recalled digits that a classifier recognises. The models A, B and C store 50 images
of MNIST, one hidden neuron for each; "this model", with 50 hidden neurons, stores all of them. The stored images
themselves are the cues, and for this model damaged ones too; h(0) = 0, τ_v = 20 τ_h. The classifier is a CNN that is
trained on originals with noise and on no recalls. Intervals over random draws of images.

The paper does not state in which encoding A, B and C store an image, and the result depends on the encoding: where all
patterns share a large mean, every cue ends at the pattern with the largest norm.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.damage import Combined, Missing, Noise, Occluded
from neurosim.measure.learned import recognition
from neurosim.measure.statistics import format_estimate

DATASET, N_HIDDEN = "mnist", 50
N_STORED, N_DRAWS = 50, 20
EPOCHS = 5  # of the classifier
DAMAGES = (Combined(), Noise(0.25), Noise(0.5), Occluded(fill="mean"), Occluded(), Missing(0.3))


def measure(run):
    """Train the classifier and the network; store and recall images in every model."""
    trained = run.train(DATASET, N_HIDDEN)
    images = trained.images
    classifier = recognition.train_classifier(images, epochs=run.pick(EPOCHS, 1), seed=run.seed, progress=True)
    sizes = {"n_stored": run.pick(N_STORED, 20), "n_draws": run.pick(N_DRAWS, 2)}
    draws = recognition.sample_draws(images, **sizes, seed=run.seed)
    models = recognition.recognition_by_model(images, draws, classifier)
    network = recognition.recognition_of_network(
        trained.network, images, trained.unseen, draws, classifier, DAMAGES, seed=run.seed
    )
    return {"models": models.assign_attrs(seed=run.seed), "network": network}


def plot(data):
    """Draw the recognised share by model and encoding, beside Table 4."""
    return plots.trained.recognition(data["models"], data["network"], recognition.PAPER)


def findings(data):
    """State every share, and with which encodings the paper's value is reproduced."""
    models, network = data["models"], data["network"]
    originals = format_estimate(network, "classifier_accuracy", percent=True)
    inside = sum(bool(_inside(models.sel(model=model)).any()) for model in models.model.values)
    text = [
        f"For {inside} of {models.sizes['model']} models the paper's value lies within an interval of ours, with some "
        "encoding.",
        f"{models.attrs['n_networks']} draws of {models.attrs['n_trials']} from {models.attrs['subject']}. The "
        f"classifier recognises {originals} of the unseen originals.",
        *(_agreement(models.sel(model=model)) for model in models.model.values),
    ]
    rows = []
    for model in models.model.values:
        for encoding in models.stored_as.values:
            here = models.sel(model=model, stored_as=encoding)
            recognised, nearest = (format_estimate(here, name, 3) for name in ("recognised", "nearest_to_cue"))
            note = f"nearest to its cue: {nearest}; paper {float(here.paper):.2f}"
            rows.append((f"{model}, {encoding}", recognised, note))
    for damage in network.damage.values:
        here = network.sel(damage=damage)
        paper = f"{int(network.n_stored):,} stored; paper {recognition.PAPER:.2f}" if damage == "none" else ""
        note = f"the cues themselves: {format_estimate(here, 'cue_recognised', 3)}; {paper}".strip("; ")
        rows.append((f"this model, damage {damage}", format_estimate(here, "recognised", 3), note))
    return text, rows


def _inside(found):
    """Return whether the paper's share lies within the interval of recognised or of nearest recalls, by encoding."""
    names = ("recognised", "nearest_to_cue")
    one, other = ((found[f"{n}_lower"] <= found.paper) & (found.paper <= found[f"{n}_upper"]) for n in names)
    return one | other


def _agreement(found):
    """State the encodings with which the paper's share lies within an interval."""
    place = "no interval"
    for name, what in (("recognised", "recognised recalls"), ("nearest_to_cue", "recalls nearest to their own cue")):
        inside = (found[f"{name}_lower"] <= found.paper) & (found.paper <= found[f"{name}_upper"])
        if inside.any():
            place = f"the interval of {what} with {', '.join(found.stored_as.values[inside.values])}"
            break
    span = f"{float(found.recognised.min()):.2f} – {float(found.recognised.max()):.2f}"
    share = f"{found.model.item()}: the paper's {float(found.paper):.2f}"
    return f"{share} lies within {place}; {span} are recognised, depending on the encoding."


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Figures and tables of the paper", uses=["data"])
