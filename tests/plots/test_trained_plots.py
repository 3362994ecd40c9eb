"""Figures of trained networks show the numbers of the Datasets they are given."""

from itertools import pairwise

import numpy as np
import pytest
import xarray

from neurosim import Network
from neurosim.damage import Missing, Noise, Occluded
from neurosim.measure.learned import ablation, damage, recalls, recognition
from neurosim.measure.learned import recall_in_time as recall_times
from neurosim.plots import damage as damage_plots
from neurosim.plots import memories, style, timescales, trained
from neurosim.plots import recalls as recall_plots

NETS = {"paper": Network.gaussian(64, 8, seed=0), "paper: repulsion = 1": Network.gaussian(64, 8, seed=1)}


@pytest.fixture(scope="module")
def images(digits):
    return digits.select(slice(60))


@pytest.fixture(scope="module")
def recalled(images):
    return recalls.recall_images(NETS["paper"], images, n_cues=10)


def test_recalled_images_have_their_hidden_states_between_cue_and_recall(recalled):
    panels = recall_plots.images(recalled)
    assert panels.shape == (3, 8)
    shown = panels[0, 2].images[0].get_array()
    low, high = np.percentile(recalled.visible, (0.1, 99.9))
    expected = np.clip((recalled.cue_visible.values[2].reshape(8, 8) - low) / (high - low), 0, 1)
    np.testing.assert_allclose(shown, expected)
    assert recall_plots.images(recalled, rings=False).shape == (2, 8)


def test_recall_in_time_has_axes_of_shares_with_room_for_markers_at_zero(images):
    given = NETS["paper"], images, {"noise": Noise(0.3)}
    in_time = recall_times.recall_in_time(*given, n_cues=5)
    panels = timescales.recall_in_time(in_time, recall_times.recall_against_ratio(*given, [1, 20], n_cues=5))
    assert panels[0].get_ylabel() == "Share of right\nhidden neurons"
    assert panels[-2].get_ylabel().startswith("Share of cues") and all(ax.get_ylim()[0] < 0 for ax in panels[-2:])


def test_networks_stand_side_by_side(recalled):
    axes = recall_plots.side_by_side({"left": recalled, "right": recalled}, n_shown=3)
    assert axes.size == 12 and len({ax.figure for ax in axes}) == 2
    assert [part.get_suptitle() for part in axes[0].get_figure(root=True).subfigs] == ["left", "right"]


def test_basic_memories_stand_above_recalls_of_unseen_images(images, recalled):
    axes = memories.overview(recalls.synapses(NETS["paper"], images), recalled)
    titles = [ax.get_title() for ax in axes if ax.get_title()]
    assert titles == [str(k) for k in range(8)]
    matrix = next(ax for ax in axes if ax.get_xlabel().startswith("Hidden neuron")).images[0].get_array()
    np.testing.assert_allclose(matrix, np.corrcoef(NETS["paper"].weights, rowvar=False), atol=1e-12)


def test_the_damage_table_is_drawn_with_its_intervals(images):
    found = damage.damage_table(NETS["paper"], images, n_cues=10)
    errors, shares = damage_plots.table(found)
    for ax, names in ((errors, damage_plots._ERRORS), (shares, damage_plots._SHARES)):
        for (line, _, bars), name in zip(ax.containers, names, strict=True):
            shown = found[name].values > 0 if ax is errors else slice(None)
            np.testing.assert_array_equal(line.get_ydata()[shown], found[name][shown])
            ends = [segment[:, 1] for segment in bars[0].get_segments() if len(segment)]  # none for the error 0
            low, high = (found[f"{name}_{end}"].values[shown] for end in ("lower", "upper"))
            np.testing.assert_allclose(ends, np.stack([low, high], axis=1), atol=1e-12)
    assert [label.get_text() for label in errors.get_xticklabels()][:2] == ["intact", "noise 0.1"]
    names = [f"{name}{end}" for name in damage_plots._ERRORS for end in ("", "_lower", "_upper")]
    dark, _ = damage_plots.table(found.assign({name: found[name] * 1e-8 for name in names}))
    drawn = [np.isfinite(one.containers[0].lines[0].get_ydata()).sum() for one in (dark, errors)]
    assert drawn[0] == drawn[1] > 0


def test_examples_stand_above_the_damage_table(images):
    examples = damage.damaged_examples(NETS["paper"], images, [Noise(0.5), Occluded()], n_shown=3)
    axes = damage_plots.overview(examples, damage.damage_table(NETS["paper"], images, n_cues=10))
    panels = axes[:-2].reshape(3, 6)
    low, high = np.percentile(examples.original, (0.1, 99.9))
    for row, name in ((1, "cue_visible"), (2, "visible")):
        expected = np.clip((examples[name].values.reshape(6, 8, 8)[4] - low) / (high - low), 0, 1)
        np.testing.assert_allclose(panels[row, 4].images[0].get_array(), expected)
    assert [panels[0, k].texts[-1].get_text() for k in (0, 3)] == ["noise 0.5", "occluded"]


def test_names_of_damages_keep_what_tells_them_apart_and_do_not_overlap(images):
    both = Noise(0.25) + Occluded("upper", fill="mean") + Missing(0.3)
    damages = [
        Occluded(fraction=0.25),
        Occluded(fill=0.25),
        both,
        Noise(0.5) + Occluded("left", fill="mean"),
        Noise(0.1),
    ]
    found = damage.damage_table(NETS["paper"], images, damages, n_cues=10)
    axes = damage_plots.overview(damage.damaged_examples(NETS["paper"], images, damages, n_shown=4), found)
    rows = [label.get_text() for label in axes[-1].get_xticklabels()]
    assert rows[:3] == [
        "occluded fraction=0.25",
        "occluded fill=0.25",
        "noise 0.25\n+ occluded upper fill=mean\n+ missing 0.3",
    ]
    figure = axes[0].figure.figure
    figure.draw_without_rendering()
    names = [axes[k].texts[-1].get_window_extent() for k in range(0, 20, 4)]
    assert all(one.x1 <= other.x0 for one, other in pairwise(names)) and names[-1].x1 <= figure.bbox.x1
    assert all(0 <= name.y0 < name.y1 <= figure.bbox.y1 for name in names)
    legends = [ax.get_legend().get_window_extent() for ax in axes[-2:]]
    assert legends[0].x1 < legends[1].x0 and legends[1].x1 <= figure.bbox.x1


def test_variants_share_the_colour_of_their_recipe(images):
    found = ablation.compare_variants(NETS, images)
    ax = trained.variants(found)
    whole, changed = ax.lines
    assert whole.get_color() == changed.get_color() and whole.get_marker() != changed.get_marker()
    np.testing.assert_array_equal(
        [np.asarray(line.get_ydata())[0] for line in ax.lines], np.maximum(len(images) - found.n_unique.values, 0.5)
    )
    assert [text.get_text() for text in ax.texts] == ["paper", "repulsion = 1"]


def test_recognised_shares_stand_beside_table_4():
    shape = (len(recognition.MODELS), len(recognition.ENCODINGS))
    share = np.linspace(0.1, 0.9, shape[0] * shape[1]).reshape(shape)
    dims = ("model", "stored_as")
    models = xarray.Dataset(
        {f"recognised{end}": (dims, share + shift) for end, shift in (("", 0), ("_lower", -0.1), ("_upper", 0.1))},
        {"model": list(recognition.MODELS), "stored_as": list(recognition.ENCODINGS)},
    ).assign(paper=("model", [model.paper for model in recognition.MODELS.values()]))
    ours = {"recognised": 0.97, "recognised_lower": 0.96, "recognised_upper": 0.98}
    cues = {f"cue_{name}": share / 2 for name, share in ours.items()}
    network = xarray.Dataset(ours | cues).expand_dims(damage=["none", "noise:std=0.5"]).assign(n_stored=60)
    ax = trained.recognition(models, network, 0.98)
    labels = ax.get_legend_handles_labels()[1]
    assert labels == ["Table 4", *recognition.ENCODINGS, "this model, all 60 stored", "its cues"]
    dashed = [np.asarray(line.get_ydata())[0] for line in ax.lines if line.get_linestyle() == "--"]
    assert dashed == [0.12, 0.84, 0.90, 0.02, 0.98]
    points = np.concatenate([line.get_ydata() for line in ax.lines if line.get_marker() in style.MARKERS])
    np.testing.assert_allclose(points, [*share.T.ravel(), 0.97, 0.97, 0.485, 0.485])
    assert [label.get_text() for label in ax.get_xticklabels()] == [*recognition.MODELS, "none", "noise:std=0.5"]


def test_labels_of_points_that_are_close_cover_no_other():
    ax = style.new_figure(3).subplots()
    style.label_points(ax, ["one label", "another", "a third", "a fourth"], np.full(4, 0.5), np.full(4, 0.5))
    boxes = [text.get_window_extent() for text in ax.texts]
    assert all(box.count_overlaps(boxes) == 1 for box in boxes)  # only itself
