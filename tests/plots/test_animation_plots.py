"""Films of a recall: pictures, potentials and spikes up to each frame; files of every kind."""

import numpy as np
import pytest
import xarray
from matplotlib.animation import writers
from matplotlib.figure import Figure
from PIL import Image

from neurosim import InvalidInput, Network, patterns, plots, recall
from neurosim.plots import animation

SHAPE = (5, 8)


@pytest.fixture(scope="module")
def out():
    net = Network.gaussian(40, 4, seed=0)
    cues = patterns.visible_cues(net, [[True, False, True, False], [False, True, True, False]], noise_std=1, seed=0)
    return recall(net, cues, duration=20e-3, record=["visible", "hidden"], record_dt=1e-3)


@pytest.fixture
def spikes(out):
    parts = {"cue": [0, 1, 1, 1], "neuron": [3, 0, 2, 0], "cell": [0, 0, 0, 0], "time": [2e-3, 3e-3, 6e-3, 15e-3]}
    return out.drop_vars("hidden_trace").assign({f"spike_{name}": ("spike", values) for name, values in parts.items()})


def frames(film):
    """Draw every frame and yield its number."""
    for step in film.new_frame_seq():
        film._draw_frame(step)
        yield step


def film_of(out, path, **options):
    figure = Figure(figsize=(3, 1.2), dpi=50)
    return plots.animate_recall(out, SHAPE, path, figure=figure, **options), figure


def test_each_frame_shows_the_picture_and_the_potentials_up_to_its_time(out, tmp_path):
    film, figure = film_of(out, tmp_path / "a.gif", cue=1, n_frames=4)
    left, right = figure.axes
    states = out.visible_trace.values[1]
    low, high = np.percentile(states[[0, -1]], (0.1, 99.9))
    seen = []
    for step in frames(film):
        want = np.clip((states[step] - low) / (high - low), 0, 1).reshape(SHAPE)
        np.testing.assert_allclose(left.get_images()[0].get_array(), want)
        assert left.get_title() == f"{1e3 * float(out.time[step]):.3g} ms"
        drawn = [line.get_ydata() for line in right.get_lines()[:4]]
        active = out.hidden_active.values[1]
        traces = out.hidden_trace.values[1][: step + 1, [*np.flatnonzero(~active), *np.flatnonzero(active)]]
        np.testing.assert_allclose(np.array(drawn).T, traces)
        seen.append(step)
    assert seen == [0, 7, 13, 20]
    assert (right.get_lines()[4].get_ydata()[0] == out.attrs["threshold"]).all()


def test_frames_of_a_long_film_have_different_times(out):
    longer = out.assign_coords(time=1.2 + out.time.values / 10)
    film, figure = film_of(longer, None)
    titles = [figure.axes[0].get_title() for _ in frames(film)]
    assert titles[:2] == ["1200 ms", "1200.1 ms"] and len(set(titles)) == out.sizes["time"]


def test_thresholds_that_differ_are_subtracted(out, tmp_path):
    threshold = np.array([0.1, 0.2, 0.3, 0.4])
    film, figure = film_of(out.assign_attrs(threshold=threshold), tmp_path / "a.gif", n_frames=2)
    *_, step = frames(film)
    lines = np.array([line.get_ydata()[-1] for line in figure.axes[1].get_lines()[:4]])
    np.testing.assert_allclose(sorted(lines), sorted(out.hidden_trace.values[0, step] - threshold))
    assert figure.axes[1].get_ylabel() == "Hidden potential $h - \\theta$"


def test_spikes_appear_as_they_happen(spikes, tmp_path):
    film, figure = film_of(spikes, tmp_path / "a.gif", cue=1, end=10e-3, n_frames=3)
    counts = {step: len(figure.axes[1].collections[0].get_offsets()) for step in frames(film)}
    assert counts == {0: 0, 5: 1, 10: 2}  # of three spikes of this cue, one after the end
    assert figure.axes[1].collections[0].get_offsets().tolist() == [[3, 0], [6, 2]]


def test_a_gif_has_a_picture_for_each_frame(out, tmp_path):
    film_of(out, tmp_path / "film.gif", n_frames=3, fps=10)
    with Image.open(tmp_path / "film.gif") as film:
        assert film.n_frames == 3 and film.info["duration"] == 100


def test_a_page_needs_no_network(out, tmp_path):
    film_of(out, tmp_path / "film.html", n_frames=2)
    page = (tmp_path / "film.html").read_text(encoding="utf-8")
    assert "http" not in page and "<link" not in page and "fa-" not in page
    assert "▶" in page and page.count("data:image/png;base64") == 2


@pytest.mark.skipif(not writers.is_available("ffmpeg"), reason="needs ffmpeg")
def test_an_mp4_is_one(out, tmp_path):
    film_of(out, tmp_path / "film.mp4", n_frames=2)
    assert (tmp_path / "film.mp4").read_bytes()[4:8] == b"ftyp"


def test_what_cannot_be_filmed_is_refused_before_any_work(out, tmp_path, monkeypatch):
    monkeypatch.setattr(animation, "_drawer", None)
    monkeypatch.setattr(animation.writers, "is_available", lambda _: False)
    for path, options, message in (
        ("film.avi", {}, r"must end in \.mp4, \.gif or \.html"),
        ("film.mp4", {}, "needs the program ffmpeg"),
        (None, {"cue": 2}, "cue"),
        (None, {"end": -1.0}, "end"),
        (None, {"n_frames": 0}, "n_frames"),
        (None, {"fps": 0}, "fps"),
    ):
        with pytest.raises(InvalidInput, match=message):
            plots.animate_recall(out, SHAPE, None if path is None else tmp_path / path, **options)
    with pytest.raises(InvalidInput, match=r"missing: \['hidden_trace or spike_time'\]"):
        plots.animate_recall(out.drop_vars("hidden_trace"), SHAPE)
    with pytest.raises(InvalidInput, match="visible_trace"):
        plots.animate_recall(xarray.Dataset(), SHAPE)
