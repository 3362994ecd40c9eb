"""
Recall of damaged images
========================

Stored images are damaged and recalled: noise is added, or pixels are replaced by 0 or by those of the mean image. Top:
originals, their cues and recalls. Middle, left: the squared error to the intact image of the cue, of its first-pass
code Θ(u(0) − θ), and of the recall at its end. Right: the shares of the cues that end in the attractor of the intact
image, and of those to whose recall the memory of the intact image, or the image itself, is the nearest of all that are
stored. Bottom: the memories that are kept for 200 ms under membrane noise on the potential of every hidden neuron, and
with fixed errors of thresholds and weights; 1 mV is 0.05 in units of h. Exact engine, h(0) = 0; 95% intervals over
images or memories of one network.

Hollow points are reconstructions of the same cues by other methods: the best affine map for each damage; a denoising
autoencoder with a code of N_h bits, which shows what N_h bits can hold; a softmax memory, model B of Krotov and
Hopfield with one hidden neuron for each stored image; and the stored image nearest to the cue. The last two hold every
image, so that their error can be 0; errors below 1/100,000 of the largest are not drawn. β of the softmax memory is
chosen for each damage on twenty other cues. With ``--no-references`` they are left out; on MNIST they take much longer
than the network.

Where nearly all states are attractors, recall cannot correct single bits: it ends at the composition of the neurons
that the cue drives above threshold. The recall is then near the intact image, but rarely in its attractor.

``--network`` names any saved network and ``--dataset`` the images that it stores; the default is a network of 32 hidden
neurons, trained on the built-in digits by the recipe "denoise".
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.measure import unique_stable_minima
from neurosim.measure.learned.damage import damage_table, damaged_examples
from neurosim.measure.learned.references import reference_table
from neurosim.measure.learned.robustness import MODELS, robustness_table
from neurosim.report.captions import course
from neurosim.report.image_findings import damage_rows, reference_rows, robustness_rows

DATASET, N_HIDDEN, RECIPE = "digits", 32, "denoise"
N_CUES, N_REFERENCE, N_SHOWN, N_STATES = 5_000, 500, 2, 200
OPTIONS = {"--no-references": {"action": "store_true", "help": "do not reconstruct the images by other methods"}}


def measure(run):
    """Recall damaged images and disturbed memories, and reconstruct the images by other methods."""
    trained = run.trained if run.network else run.train(DATASET, N_HIDDEN, RECIPE)
    net, images = trained.network, trained.images
    run.log("recalling intact and damaged images")
    minima = unique_stable_minima(net, images.pixels, progress=True)
    others = {"n_cues": run.pick(N_REFERENCE, 20), "n_updates": run.pick(7_500, 50)}
    robust = {"models": run.pick(MODELS, MODELS[:1]), "n_states": run.pick(N_STATES, 20), "minima": minima}
    data = {
        "examples": damaged_examples(net, images, n_shown=N_SHOWN, seed=run.seed),
        "damage": damage_table(net, images, n_cues=run.pick(N_CUES, 50), seed=run.seed, minima=minima),
        "robustness": robustness_table(net, images, seed=run.seed, log=run.log, **robust),
    }
    if not run.options["no_references"]:
        data["references"] = reference_table(images, net.n_hidden, seed=run.seed, progress=True, log=run.log, **others)
    return data


def plot(data):
    """Draw the examples, errors and shares, and what is kept."""
    return plots.damage.overview(data["examples"], data["damage"], data.get("references"), data["robustness"])


def findings(data):
    """State errors and shares of every damage and disturbance."""
    table, robust = data["damage"], data["robustness"]
    text = [
        course(table, "same_attractor"),
        f"{table.attrs['n_trials']:,} cues; {table.attrs['subject']}. {robust.attrs['n_trials']:,} disturbed memories.",
    ]
    rows = damage_rows(table) + robustness_rows(robust)
    if "references" in data:
        others = data["references"]
        text += [f"Other methods: {others.attrs['n_trials']:,} of these cues."]
        rows += reference_rows(others)
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Recall and basins", uses=["trained"], options=OPTIONS, figure="png")
