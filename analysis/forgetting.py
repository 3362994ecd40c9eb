"""
Forgetting in one-shot learning
===============================

Random images of ±1 are learned one after the other, each in one shot: it gets a sparse random hidden code, and the
synapses are the least squares of all images seen, in which every further image takes the share f of the weight of older
ones (neurosim.learning.one_shot). Shown is the recall of an image from a noisy cue (σ = 0.5 rms) after further images;
exact engine, h(0) = 0, τ_v = 20 τ_h.

Without forgetting, three times as many images as hidden neurons leave few of any age. With forgetting, recent images
are recalled and old ones are lost.
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.measure.learned.forgetting import forgetting_curves
from neurosim.measure.statistics import format_estimate

FORGET, AGES = (0.0, 0.003, 0.01, 0.03, 0.1), (0, 10, 20, 40, 60, 80, 120, 160, 200, 280)


def measure(run):
    """Learn a sequence of images at each rate of forgetting, and recall images of each age."""
    sizes = run.pick({}, {"n_images": 90, "n_visible": 60, "n_hidden": 30})
    ages = AGES[: run.pick(None, 5)]
    common = {"networks": run.networks, "seed": run.seed, "runner": run.runner}
    return {"forgetting": forgetting_curves(FORGET, ages, **sizes, **common)}


def plot(data):
    """Draw recall against age, and the number of images recalled."""
    return plots.learning.forgetting(data["forgetting"])


def findings(data):
    """State recall of the newest and of an old image, and the number of images recalled, at each rate."""
    found = data["forgetting"]
    sizes = found.attrs
    text = [
        best_rate(found),
        f"N_v = {sizes['n_visible']}, N_h = {sizes['n_hidden']}, {sizes['n_images']} images before the first recall; "
        f"{sizes['n_networks']} sequences, 95% intervals over them.",
    ]
    rows = []
    for rate in found.forget.values:
        here = found.sel(forget=rate)
        for age in (0, int(found.age.values[len(found.age) // 2])):
            recalled = format_estimate(here.sel(age=age), "recalled", percent=True)
            rows.append((f"f = {rate:g}: recalled after {age} more", recalled, ""))
        rows.append((f"f = {rate:g}: images recalled", format_estimate(here, "n_recalled"), ""))
    return text, rows


def best_rate(found):
    """State the rate at which most images are recalled."""
    best = found.isel(forget=int(found.n_recalled.values.argmax()))
    none = found.isel(forget=int(found.forget.values.argmin()))
    return (
        f"Most images are recalled at f = {float(best.forget):g}: {float(best.n_recalled):.1f}, at "
        f"f = {float(none.forget):g} {float(none.n_recalled):.1f}."
    )


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Images and learning", uses=["networks"])
