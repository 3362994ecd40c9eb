"""Trained networks compared: agreement with codes, recognised recalls, variants of a recipe."""

from __future__ import annotations

import numpy as np
import xarray
from matplotlib.axes import Axes

from neurosim.plots import axis_ticks, intervals, style


def codes(found: xarray.Dataset) -> np.ndarray:
    """Draw self-recall of the memories against cue noise, and images recalled at their code against τ_v/τ_h.

    Parameters
    ----------
    found : xarray.Dataset
        Result of `neurosim.measure.learned.codes.compare_codes`.

    Returns
    -------
    ndarray (2,) of Axes

    Examples
    --------
    >>> from neurosim import Network, plots
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.codes import compare_codes
    >>> nets = {"random": Network.gaussian(64, 10, seed=0)}
    >>> few = load_data("digits").select(slice(50))
    >>> plots.trained.codes(compare_codes(nets, few, noise=(0.0, 0.1), ratios=(10.0, 20.0))).shape
    (2,)
    """
    found = found.sortby(["noise", "ratio"])  # lines join neighbours
    panels = style.new_figure(3.0).subplots(1, 2)
    for ax, name, x in zip(panels, ("self_recalled", "at_code"), ("noise", "ratio"), strict=True):
        for index, recipe in enumerate(found.recipe.values):
            intervals.band(ax, found.sel(recipe=recipe), name, x, index, label=str(recipe))
        style.share_axis(ax)
    style.label_axes(panels[0], "Cue noise / rms of the memories", "Memories that recall themselves")
    style.label_axes(panels[1], "Ratio of time constants $\\tau_v/\\tau_h$", "Images that end at their code")
    axis_ticks.log_axis(panels[1].xaxis, found.ratio.values)
    handles = [*panels[0].get_lines(), *intervals.handles(found)]
    style.legend_below(panels[0], 3, handles)
    return panels


def recognition(models: xarray.Dataset, network: xarray.Dataset, paper: float) -> Axes:
    """Draw the share of recalled images that a classifier recognises, by model and encoding (Table 4), and by damage.

    Parameters
    ----------
    models : xarray.Dataset
        Result of `neurosim.measure.learned.recognition.recognition_by_model`.
    network : xarray.Dataset
        Result of `neurosim.measure.learned.recognition.recognition_of_network`.
    paper : float
        Share of `network` in the paper's Table 4.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import xarray
    >>> from neurosim import plots
    >>> shares = {"recognised": 0.9, "recognised_lower": 0.8, "recognised_upper": 1.0}
    >>> models = xarray.Dataset(shares).expand_dims(model=["A (i)", "B"], stored_as=["0 and 1", "-1 and 1"])
    >>> models = models.assign(paper=("model", [0.12, 0.90]))
    >>> cues = {"cue_" + name: share for name, share in shares.items()}
    >>> network = xarray.Dataset(shares | cues).expand_dims(damage=["none"]).assign(n_stored=60)
    >>> ax = plots.trained.recognition(models, network, paper=0.98)
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['A (i)', 'B', 'none']
    """
    ax = style.new_figure(3.2, columns=1.6).subplots()
    places = np.arange(models.model.size + network.damage.size)
    ours = places[models.model.size :]
    encodings, points = models.stored_as.values, {"linestyle": "none", "markersize": 4, "capsize": 2}
    for index, encoding in enumerate(encodings):
        offset = 0.17 * (index - (len(encodings) - 1) / 2)
        here = models.sel(stored_as=encoding)
        intervals.bars(ax, here, "recognised", places[: models.model.size] + offset, index, str(encoding), **points)
    intervals.bars(
        ax, network, "recognised", ours - 0.1, 6, f"this model, all {int(network.n_stored):,} stored", **points
    )
    intervals.bars(ax, network, "cue_recognised", ours + 0.1, 7, "its cues", **points)
    for place, share in zip(places, [*models.paper.values, paper], strict=False):
        ax.plot([place - 0.4, place + 0.4], [share, share], "--", color="0.5", label=None if place else "Table 4")
    ax.set_xticks(places, [*models.model.values, *network.damage.values], rotation=30, ha="right")
    style.label_axes(ax, "Model; this model: damage to its cues", "Share of recalls that a\nclassifier recognises")
    style.legend_above(ax, 3)
    return ax


def variants(found: xarray.Dataset) -> Axes:
    """Draw the number of images without a distinct minimum against the squared error, by variant of a recipe.

    Parameters
    ----------
    found : xarray.Dataset
        Result of `neurosim.measure.learned.ablation.compare_variants`. A run is called "recipe" or
        "recipe: setting = value"; variants of a recipe share its colour.

    Returns
    -------
    Axes

    Examples
    --------
    >>> from neurosim import Network, plots
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.ablation import compare_variants
    >>> nets = {"paper": Network.gaussian(64, 10, seed=0), "paper: repulsion = 1": Network.gaussian(64, 10, seed=1)}
    >>> ax = plots.trained.variants(compare_variants(nets, load_data("digits").select(slice(50))))
    >>> [text.get_text() for text in ax.texts]
    ['paper', 'repulsion = 1']
    """
    ax = style.new_figure(3.2).subplots()
    errors = found.mean_squared_error.values
    shared = np.maximum(found.attrs["n_trials"] - found.n_unique.values, 0.5)  # log axis
    recipes = [str(name).split(":")[0] for name in found.run.values]
    colours = {recipe: style.colour(index) for index, recipe in enumerate(dict.fromkeys(recipes))}
    for name, recipe, x, y in zip(found.run.values, recipes, errors, shared, strict=True):
        whole = name == recipe
        ax.plot(x, y, "o" if whole else "s", color=colours[recipe], markersize=7 if whole else 4)
    ax.set_yscale("log")
    ax.tick_params(which="both", labelsize=style.tick_size())  # a narrow range has labels at minor ticks
    ax.margins(0.15)
    texts = [str(name).split(": ")[-1] for name in found.run.values]
    style.label_points(ax, texts, errors, shared)
    return style.label_axes(ax, "Squared error per image, recalled", "Images without a distinct stable minimum")
