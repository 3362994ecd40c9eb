"""Training, recall, report and classification of the user's own images from the command line; wrong data."""

import io
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from own_files import nwb, pictures

from neurosim import Network, load_result, plots
from neurosim.learning import load_data

DAMAGE = ["--damage", "occluded:lower,fill=mean"]


@pytest.fixture
def numbers(digits):
    """200 digits of 8×8 pixels, 0 … 16."""
    return digits.pixels[:200].reshape(-1, 8, 8) * 16


@pytest.fixture
def faces(tmp_path, numbers, digits):
    """The folder faces of 200 PNG files of 16×16 pixels, in sub-folders of ten classes."""
    return pictures(tmp_path / "faces", numbers, digits.labels[:200], size=(16, 16))


@pytest.fixture
def untrained(tmp_path):
    """Return a function that writes a network for images of 64 pixels, as if trained on them."""

    def write(n_visible=64, **provenance):
        net = Network.gaussian(n_visible, 6, seed=0)
        net.replace(provenance=dict(net.provenance) | provenance).save(tmp_path / "net.safetensors")

    return write


def recall_and_check(run, network, data, shape, line):
    """Recall damaged images, and check that the result alone gives the originals, the cues and their picture."""
    answer = run("recall", network, data, *DAMAGE, "--out", "recalls.nc")
    assert answer.returncode == 0, answer.stderr
    assert line in answer.stdout and "occluded:fill=mean: same attractor" in answer.stdout
    images, found = load_data(data), load_result("recalls.nc")
    np.testing.assert_array_equal(found.original.values, images.pixels)
    np.testing.assert_array_equal(found.image.values, np.arange(200))
    assert tuple(found.attrs["image_shape"]) == shape == images.shape
    assert found.attrs["path"] == str(data) and found.attrs["images_sha256"] == images.sha256
    upper = found.original.values.reshape(200, *shape)[:, : shape[0] // 2]
    cues = found.cue_visible.values.reshape(200, *shape)
    np.testing.assert_array_equal(cues[:, : shape[0] // 2], upper)
    assert np.ptp(cues[:, shape[0] // 2 :], axis=0).max() == 0  # the mean image in every cue
    panels = plots.recalls.images(found, n_shown=3)
    assert panels.shape == (4, 3)
    np.testing.assert_allclose(panels[0, 1].get_images()[0].get_array(), found.original.values[1].reshape(shape))
    return found


@pytest.mark.torch
class TestEndToEnd:
    @pytest.fixture(autouse=True)
    def torch(self):
        pytest.importorskip("torch")

    def test_a_folder_of_200_png_files(self, run, faces):
        answer = run("train", "faces", "--hidden", 8, "--epochs", 40)
        assert answer.returncode == 0, answer.stderr
        line = "faces: 200 images of 16×16 pixels, grey, 10 classes; values 0 … 255 became 0 … 1"
        assert answer.stdout.startswith(line) and "wrote faces-8.safetensors" in answer.stdout
        made = Network.load("faces-8.safetensors").provenance
        assert (made["dataset"], made["image_shape"], made["value_range"]) == ("faces", [16, 16], [0, 255])
        found = recall_and_check(run, "faces-8.safetensors", "faces", (16, 16), line)
        assert found.class_name.values[0] == "digit-0" and found.image_file.values[0] == "digit-0/000.png"
        assert found.label.values[-1] == 9

    def test_an_npz_without_labels(self, run, tmp_path, numbers):
        np.savez(tmp_path / "plain.npz", frames=numbers)
        answer = run("train", "plain.npz", "--hidden", 8, "--epochs", 2, "--rule", "oja")
        assert answer.returncode == 0, answer.stderr
        line = "plain: 200 images of 8×8 pixels, grey, without labels; values 0 … 16 became 0 … 1"
        found = recall_and_check(run, "plain-8.safetensors", "plain.npz", (8, 8), line)
        assert "label" not in found

    def test_an_nwb_series(self, run, tmp_path, numbers):
        nwb(tmp_path / "session.nwb", np.round(numbers * 250 + 96).astype(np.uint16))
        answer = run("train", "session.nwb:digits", "--hidden", 8, "--epochs", 40)
        assert answer.returncode == 0, answer.stderr
        line = "session-digits: 200 images of 8×8 pixels, grey, without labels; values 96 … 4096 became 0 … 1"
        recall_and_check(run, "session-digits-8.safetensors", "session.nwb:digits", (8, 8), line)

    def test_standard_input(self, run, monkeypatch, numbers):
        stream = io.BytesIO()
        np.save(stream, numbers)
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=stream, isatty=lambda: False))
        stream.seek(0)
        answer = run("train", "-", "--hidden", 6, "--epochs", 1)
        assert answer.returncode == 0, answer.stderr
        stream.seek(0)
        answer = run("recall", "stdin-6.safetensors", "-", "--cues", 20)
        assert answer.returncode == 0 and "20 recalls" in answer.stdout

    def test_classify_needs_labels_and_a_test_part(self, run, tmp_path, numbers, untrained):
        untrained()
        parts = {"x_train": numbers[:150], "x_test": numbers[150:]}
        np.savez(tmp_path / "parts.npz", **parts)
        answer = run("classify", "net.safetensors", "parts.npz", "--kinds", "hidden", "--epochs", 1)
        assert answer.returncode == 2 and "a classifier needs labels, but parts has none" in answer.stderr
        labels = load_data("digits").required_labels()[:200]
        np.savez(tmp_path / "parts.npz", **parts, y_train=labels[:150], y_test=labels[150:])
        answer = run("classify", "net.safetensors", "parts.npz", "--kinds", "hidden", "--epochs", 1)
        assert answer.returncode == 0, answer.stderr
        assert "parts: 150 images" in answer.stdout and "parts (test): 50 images" in answer.stdout
        assert load_result("table1.nc").attrs["n_trials"] == 50


@pytest.mark.slow
@pytest.mark.parametrize("data", ["faces", "plain.npz", "session.nwb:digits"])
def test_report_keeps_what_its_pictures_need(run, tmp_path, faces, numbers, untrained, data):
    np.savez(tmp_path / "plain.npz", frames=numbers)
    nwb(tmp_path / "session.nwb", np.round(numbers).astype(np.uint8))
    images = load_data(data)
    untrained(n_visible=len(images.pixels[0]))
    answer = run("report", "net.safetensors", data)
    assert answer.returncode == 0, answer.stderr
    assert images.name in (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    for name in ("recalls", "spiking_recall"):
        found = load_result(tmp_path / "report" / f"{name}.nc")
        np.testing.assert_array_equal(found.original.values, images.pixels[found.image.values])
        assert tuple(found.attrs["image_shape"]) == images.shape
        assert ("label" in found) == (data == "faces")
    assert plots.recalls.images(load_result(tmp_path / "report" / "recalls.nc")).shape == (4, 8)


def test_cues_are_scaled_as_the_images_of_the_training(run, tmp_path, untrained):
    untrained(value_range=[0.0, 16.0])
    np.save(tmp_path / "dim.npy", np.linspace(0, 8, 128).reshape(2, 64))
    assert run("recall", "net.safetensors", "dim.npy", "--out", "dim.nc").returncode == 0
    assert load_result("dim.nc").original.values.max() == 0.5
    np.save(tmp_path / "scaled.npy", np.linspace(0, 1, 128).reshape(2, 64))
    answer = run("recall", "net.safetensors", "scaled.npy", "--out", "scaled.nc")
    assert answer.returncode == 2 and "multiply values in [0, 1] by 16" in answer.stderr
    np.save(tmp_path / "bright.npy", np.linspace(0, 20, 128).reshape(2, 64))
    answer = run("recall", "net.safetensors", "bright.npy", "--out", "bright.nc")
    assert answer.returncode == 2 and "must have values from 0 to 16, as the images of the training" in answer.stderr


def test_cues_with_negative_values_need_no_bright_one(run, tmp_path, untrained):
    untrained(value_range=[-1.0, 1.0])
    np.save(tmp_path / "faint.npy", np.linspace(-0.4, 0.4, 128).reshape(2, 64))
    assert run("recall", "net.safetensors", "faint.npy", "--out", "faint.nc").returncode == 0
    assert load_result("faint.nc").original.values.max() == np.float32(0.7)


def test_cues_of_a_network_that_learned_unscaled_values_are_not_scaled(run, tmp_path, untrained):
    untrained(value_range=None)
    np.save(tmp_path / "signs.npy", np.where(np.arange(128) % 3, 1.0, -1.0).reshape(2, 64))
    answer = run("recall", "net.safetensors", "signs.npy", "--out", "signs.nc")
    assert answer.returncode == 2 and "signs.npy must have values in [0, 1], since net.safetensors" in answer.stderr
    np.save(tmp_path / "unit.npy", np.linspace(0.2, 0.8, 128).reshape(2, 64))
    assert run("recall", "net.safetensors", "unit.npy", "--out", "unit.nc").returncode == 0
    assert load_result("unit.nc").original.values.max() == np.float32(0.8)


def test_cues_brighter_than_images_within_0_and_1_are_refused(run, tmp_path, untrained):
    untrained(value_range=[0.0, 1.0])
    np.save(tmp_path / "bright.npy", np.linspace(0, 20, 128).reshape(2, 64))
    answer = run("recall", "net.safetensors", "bright.npy", "--out", "bright.nc")
    assert answer.returncode == 2 and "must have values in [0, 1], as the images of the training" in answer.stderr
    np.save(tmp_path / "bytes.npy", np.arange(128, dtype=np.uint8).reshape(2, 64))
    assert run("recall", "net.safetensors", "bytes.npy", "--out", "bytes.nc").returncode == 0
    assert load_result("bytes.nc").original.values.max() == np.float32(127 / 255)


def test_random_states_are_damaged_as_the_images_that_the_network_learned(run, untrained):
    untrained(image_shape=[8, 8])
    for part in ("left", "lower"):
        assert run("recall", "net.safetensors", "--damage", f"occluded:{part}", "--out", f"{part}.nc").returncode == 0
    left, lower = (load_result(f"{part}.nc").hidden_active.values for part in ("left", "lower"))
    assert len(np.unique(left, axis=0)) > 10 and (left != lower).any()
    untrained()
    answer = run("recall", "net.safetensors", "--damage", "occluded:left")
    assert answer.returncode == 2 and "must leave a part of each image" in answer.stderr


WRONG = {
    "empty": "empty must hold pictures, in it or in sub-folders, got none",
    "facse": "existing folder or file, got 'facse'; did you mean 'faces'?",
    "broken": "broken/a.png is not a whole picture",
    "nan.npy": "nan must be finite",
    "complex.npy": "complex numbers",
    "flat.npy": "flat must have the axes",
    "objects.npy": "pickles, are never loaded",
    "short.npy": "announces more than the file holds",
    "notes.txt": "notes.txt must be a folder of pictures, a picture or a file ending in",
    "other.npy": "visible neurons, but other.npy images have 9 pixels (3×3)",
}


@pytest.mark.parametrize("command", ["train", "recall", "report", "classify"])
@pytest.mark.parametrize("data", WRONG)
def test_wrong_data_give_one_line_and_no_file(run, tmp_path, faces, untrained, command, data):
    if command == "train":
        pytest.importorskip("torch")
        if data == "other.npy":
            pytest.skip("any size can be learned")
    untrained(n_visible=256)
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.png").write_bytes(next(faces.rglob("*.png")).read_bytes()[:90])
    np.save(tmp_path / "nan.npy", np.full((2, 256), np.nan))
    np.save(tmp_path / "complex.npy", np.ones((2, 256), complex))
    np.save(tmp_path / "flat.npy", np.ones(256))
    np.save(tmp_path / "objects.npy", np.array([[print, 1]], dtype=object), allow_pickle=True)
    np.save(tmp_path / "other.npy", np.zeros((2, 9)))
    (tmp_path / "short.npy").write_bytes((tmp_path / "other.npy").read_bytes()[:-1])
    (tmp_path / "notes.txt").write_text("text")
    before = set(tmp_path.rglob("*"))
    out = {"train": "new/net", "recall": "new/out.nc", "report": "new", "classify": "new/table.nc"}[command]
    arguments = ["train", data, "--rule", "oja"] if command == "train" else [command, "net.safetensors", data]
    answer = run(*arguments, "--out", out)
    assert answer.returncode == 2
    assert WRONG[data] in answer.stderr and answer.stderr.count("\n") == 1 and "Traceback" not in answer.stderr
    assert set(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["recall", "net.safetensors", "faces", "--data-dir", "x"], "--data-dir has no effect for faces"),
        (["recall", "net.safetensors", "faces", "--split", "test"], "faces has no test part"),
        (["recall", "net.safetensors", "a.npy", "--out", "a.npy"], "the output must not be an input file, got a.npy"),
        (["train", "a.npy", "--rule", "oja", "--out", "a.npy"], "the output must not be an input file, got a.npy"),
        (["report", "nte.safetensors", "faces"], "nte.safetensors"),
    ],
)
def test_options_that_do_not_fit(run, tmp_path, faces, untrained, arguments, message):
    untrained(n_visible=256)
    np.save(tmp_path / "a.npy", np.zeros((2, 256)))
    before = set(tmp_path.rglob("*"))
    answer = run(*arguments)
    assert answer.returncode == 2 and message in answer.stderr and answer.stderr.count("\n") == 1
    assert set(tmp_path.rglob("*")) == before
