"""
Learned digits in a circuit of irregularly spiking cells
========================================================

MNIST digits that were learned by a recipe are recalled from damaged cues by the rate model and by the circuit, whose
hidden neurons are populations of integrate-and-fire cells. Each learned neuron's feedback and threshold are scaled to
its fields, which changes nothing in the rate model. Rows: the damage; columns: image, cue, and both recalls. The
sentences give the damage table of both models.
"""

from neurosim.cells import Population
from neurosim.cli import program
from neurosim.damage import Combined, Missing, Noise, Occluded
from neurosim.engines import Circuit
from neurosim.learning import RECIPES, load_data
from neurosim.measure.learned.by_circuit import learned_by_circuit
from neurosim.measure.statistics import format_estimate
from neurosim.plots import style
from neurosim.report.captions import course

DAMAGES = (Combined(), Noise(0.1), Noise(0.25), Occluded(), Missing(0.3))
N_SHOWN = 3
OPTIONS = {
    "--recipe": {"choices": list(RECIPES), "default": "basins", "help": "training recipe (default: basins)"},
    "--images": {"type": int, "default": 100, "metavar": "M", "help": "images learned, the first M (default: 100)"},
    "--hidden": {"type": int, "default": 50, "metavar": "N_H", "help": "hidden neurons (default: 50)"},
    "--cues": {"type": int, "default": 16, "metavar": "N", "help": "images recalled from each damage (default: 16)"},
}


def measure(run):
    """Learn the digits, and recall them by both models."""
    from neurosim.learning import train  # torch is loaded only to train

    data_set = load_data("digits") if run.quick else load_data("mnist", data_dir=run.data_dir, download=run.download)
    images = data_set.select(slice(run.pick(run.options["images"], 8)))
    run.log(f"training {len(images)} images by {run.options['recipe']}")
    learning = {"n_hidden": run.pick(run.options["hidden"], 10), "epochs": run.pick(None, 100)}
    net = train(images, recipe=run.options["recipe"], seed=run.seed, **learning)
    run.log("recall by both models")
    engine = Circuit(
        population=Population(n_cells=run.pick(100, 8)),
        dt=2e-4,
        target=run.pick("cpp_standalone", "runtime"),
        codegen="numpy",
    )
    sizes = {"n_cues": run.pick(run.options["cues"], 3), "duration": run.pick(2.2, 0.4)}
    return {
        "digits": learned_by_circuit(net, images, run.pick(DAMAGES, DAMAGES[:2]), engine=engine, seed=run.seed, **sizes)
    }


def plot(data):
    """Draw a few images, their damaged cues and both recalls, a row for each damage."""
    found, shape = data["digits"], data["digits"].attrs["image_shape"]
    shown = min(N_SHOWN, found.sizes["image"])
    panels = style.new_figure(0.75 * found.sizes["damage"]).subplots(found.sizes["damage"], 4 * shown, squeeze=False)
    low, high = float(found.original.min()), float(found.original.max())
    for place, damage in enumerate(found.damage.values):
        row = panels[place]
        here = found.sel(damage=damage)
        for k in range(shown):
            frames = {"image": here.original, "cue": here.cue_visible}
            frames |= {str(model): here.visible.sel(model=model) for model in here.model.values}
            for ax, (name, frame) in zip(row[4 * k :], frames.items(), strict=False):
                style.show_image(ax, frame.isel(image=k).values, shape, low, high)
                if not place:
                    ax.set_title(name, fontsize=style.tick_size(), pad=2)
        row[0].text(-0.1, 0.5, damage, fontsize=style.tick_size(), ha="right", va="center", transform=row[0].transAxes)
    return panels


def findings(data):
    """State the damage table of both models."""
    found = data["digits"]
    text = [
        course(found, "same_state"),
        f"{found.attrs['subject']}; {found.attrs['n_trials']} images recalled from each damage.",
    ]
    rows = []
    for damage in found.damage.values:
        here = found.sel(damage=damage)
        rows.append((f"{damage}: circuit as the rate model", format_estimate(here, "same_state"), ""))
        for model in found.model.values:
            one = here.sel(model=model)
            note = f"error {float(one.recall_error):.3g}; cue {float(one.cue_error):.3g}"
            rows.append((f"{damage}: {model}", format_estimate(one, "same_attractor"), note))
    return text, rows


if __name__ == "__main__":
    program.main(measure, plot, findings, topic="Spiking models", uses=["data"], options=OPTIONS)
