"""
Recall of damaged images in time
================================

Stored images are damaged and recalled from h(0) = 0 by the exact engine. Upper left: share of the hidden neurons that
are as at the end for the intact image, against time. Upper right: squared error of the visible state to the intact
image; dashed, the error of the first-pass code Θ(u(0) − θ), which a single pass through the encoder would give. If the
settled state is nearer than the first-pass code, the dynamics contribute. While the visible state moves from the cue to
the recall, it is a mixture of both, and can be nearer to the image than either. With symmetric weights the energy along
the recalls is drawn too; it never rises.

Below: cues that end in the attractor of the intact image, and the error of the recall, against τ_v/τ_h at the same τ_h.
The network was trained for one ratio, and the attractor is that at this ratio.

``--network`` names a network file, ``--dataset`` its images and ``--images`` how many of them it stores. Without a
file, a network is trained on the digits by the recipe "denoise".
"""

from neurosim import plots
from neurosim.cli import program
from neurosim.damage import Missing, Noise, Occluded
from neurosim.measure.learned.recall_in_time import recall_against_ratio, recall_in_time
from neurosim.measure.statistics import format_estimate
from neurosim.report.captions import course

DAMAGES = {
    "intact": Noise(0),
    "noise 0.25": Noise(0.25),
    "half = mean": Occluded(fill="mean"),
    "30% of the pixels = 0": Missing(0.3),
}
RATIOS = (1, 1.5, 2, 3, 4, 6, 10, 20, 40, 100)
HIDDEN = 32  # of the network that is trained on the digits
OPTIONS = {"--images": {"type": int, "help": "stored images, the first of the data set (default: all)"}}


def measure(run):
    """Follow the recalls in time, and recall at every ratio."""
    trained = run.train("digits", HIDDEN) if run.network is None else run.trained
    net, images = trained.network, trained.images.select(slice(run.options["images"]))
    in_time = recall_in_time(net, images, DAMAGES, n_cues=run.pick(100, 20), seed=run.seed)
    ratios = run.pick(RATIOS, RATIOS[::3])
    against = recall_against_ratio(net, images, DAMAGES, ratios, n_cues=run.pick(500, 50), seed=run.seed)
    return {"time": in_time, "ratio": against}


def plot(data):
    """Draw bits, error and energy against time, and recall and error against τ_v/τ_h."""
    return plots.timescales.recall_in_time(data["time"], data["ratio"])


def findings(data):
    """State the errors of cue, first-pass code and settled state, and recall at every ratio."""
    in_time, against = data["time"], data["ratio"]
    own = in_time.attrs["ratio"]
    text = [
        course(against, "same_memory"),
        f"{in_time.attrs['subject']}; {in_time.attrs['n_trials']} images in time, {against.attrs['n_trials']} at each "
        f"ratio; the network's own τ_v/τ_h is {own:g}; 95% intervals over images.",
    ]
    rows = []
    for damage in in_time.damage.values:
        here = in_time.sel(damage=damage)
        stages = [f"{name.replace('_', ' ')} {format_estimate(here, name, 3)}" for name in ("cue", "first_pass")]
        bits = f"bits {format_estimate(here, 'first_pass_bits', 3)} → {format_estimate(here.isel(time=-1), 'bits', 3)}"
        least = here.isel(time=int(here.squared_error.argmin("time")))
        best = f"least {format_estimate(least, 'squared_error', 3)} at {1e3 * float(least.time):.3g} ms"
        rows.append((f"{damage}: error settled", format_estimate(here, "settled", 3), "; ".join([*stages, best, bits])))
    for damage in against.damage.values:
        for ratio in against.ratio.values:
            here = against.sel(damage=damage, ratio=ratio)
            error = f"squared error {format_estimate(here, 'squared_error', 3)}"
            rows.append((f"{damage}, τ_v/τ_h = {ratio:g}: same", format_estimate(here, "same_memory", 3), error))
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Recall and basins", uses=["trained"], options=OPTIONS)
