"""Arrays of the user: axes, channels, values and labels become images by the stated rules, or are refused."""

import io
import subprocess
import sys

import numpy as np
import pytest

from neurosim import BadFile, InvalidInput
from neurosim.learning import Images, data
from neurosim.learning.checks import check_images

RNG = np.random.default_rng(0)


class TestAxesAndChannels:
    @pytest.mark.parametrize(
        ("shape", "image_shape"),
        [
            ((5, 64), (8, 8)),
            ((5, 30), (30, 1)),
            ((5, 6, 8), (6, 8)),
            ((5, 6, 8, 1), (6, 8)),
            ((5, 6, 8, 2), (6, 8)),
            ((5, 6, 8, 3), (3, 6, 8)),
            ((5, 6, 8, 4), (3, 6, 8)),
            ((5, 1, 6, 8), (6, 8)),
            ((5, 3, 6, 8), (3, 6, 8)),
            ((5, 4, 6, 8), (3, 6, 8)),
        ],
    )
    def test_shape_of_an_image(self, shape, image_shape):
        images = Images.from_array(RNG.random(shape))
        assert images.shape == image_shape and images.pixels.shape == (5, np.prod(image_shape))
        assert images.labels is None and images.classes == ()

    def test_colour_planes_and_their_order(self):
        values = RNG.random((2, 3, 5, 6)).astype(np.float32)
        np.testing.assert_array_equal(Images.from_array(values).pixels, values.reshape(2, -1))
        np.testing.assert_array_equal(Images.from_array(np.moveaxis(values, 1, 3)).pixels, values.reshape(2, -1))

    def test_alpha_is_shown_on_white(self):
        grey = np.full((1, 2, 3, 2), 0.25)
        grey[..., 1] = [[0, 0.5, 1]] * 2
        assert Images.from_array(grey).pixels.reshape(2, 3).tolist() == [[1, 0.625, 0.25]] * 2
        red = np.zeros((1, 2, 8, 4), np.uint8)
        red[..., 0] = red[:, :, :4, 3] = 255
        planes = Images.from_array(red).pixels.reshape(3, 2, 8)
        assert (planes[0] == 1).all() and (planes[1:, :, :4] == 0).all() and (planes[1:, :, 4:] == 1).all()

    def test_a_shape_can_be_given(self):
        assert Images.from_array(RNG.random((5, 64)), image_shape=(4, 16)).shape == (4, 16)
        with pytest.raises(InvalidInput, match=r"image_shape of array must be .* of 64 values, got \(4, 4\)"):
            Images.from_array(RNG.random((5, 64)), image_shape=(4, 4))

    @pytest.mark.parametrize("shape", [(5,), (), (5, 0), (0, 4, 4), (2, 2, 2, 2, 2)])
    def test_other_axes_are_refused(self, shape):
        with pytest.raises(InvalidInput, match=r"faces must have the axes .* got shape"):
            Images.from_array(np.zeros(shape), name="faces")

    def test_too_many_channels_are_refused(self):
        with pytest.raises(InvalidInput, match=r"must have 1 to 4 channels .* got shape \(5, 7, 8, 9\)"):
            Images.from_array(np.zeros((5, 7, 8, 9)))


class TestValues:
    @pytest.mark.parametrize(
        ("values", "pixels", "value_range"),
        [
            (np.array([[0, 128, 255, 51]], np.uint8), [0, 128 / 255, 1, 0.2], (0, 255)),
            (np.array([[0, 3, 16, 4]], np.uint8), [0, 3 / 255, 16 / 255, 4 / 255], (0, 255)),
            (np.array([[0, 1, 1, 0]], np.uint8), [0, 1, 1, 0], (0, 1)),
            (np.array([[True, False, True, True]]), [1, 0, 1, 1], (0, 1)),
            (np.array([[0.25, 0.5, 0.125, 0.5]]), [0.25, 0.5, 0.125, 0.5], (0, 1)),
            (np.array([[100, 4100, 2100, 1100]], np.uint16), [0, 1, 0.5, 0.25], (100, 4100)),
            (np.array([[0.0, 255, 51, 0]]), [0, 1, 0.2, 0], (0, 255)),
            (np.array([[-1, 1, 1, -1]]), [0, 1, 1, 0], (-1, 1)),
            (np.array([[-2.0, 2, 0, 1]]), [0, 1, 0.5, 0.75], (-2, 2)),
        ],
    )
    def test_become_0_to_1(self, values, pixels, value_range):
        images = Images.from_array(values)
        np.testing.assert_allclose(images.pixels[0], pixels, rtol=1e-6)
        assert images.value_range == value_range and images.origin()["value_range"] == list(value_range)

    @pytest.mark.torch
    def test_of_torch_are_those_of_numpy(self):
        torch = pytest.importorskip("torch")
        values = torch.arange(64, dtype=torch.uint8).reshape(1, 8, 8)
        np.testing.assert_array_equal(Images.from_array(values).pixels, Images.from_array(values.numpy()).pixels)

    def test_a_known_range_is_that_of_other_images_too(self):
        values = np.array([[10.0, 20, 30, 40]])
        np.testing.assert_allclose(Images.from_array(values, value_range=(0, 40)).pixels[0], [0.25, 0.5, 0.75, 1])
        for dtype in (np.uint8, np.int64, np.float32):  # also of bytes, and where no value exceeds 1
            for values, pixels in (([[0, 4, 8, 16]], [0, 0.25, 0.5, 1]), ([[0, 1, 1, 0]], [0, 1 / 16, 1 / 16, 0])):
                images = Images.from_array(np.array(values, dtype), value_range=(0, 16))
                np.testing.assert_allclose(images.pixels[0], pixels)
                assert images.value_range == (0, 16)
        values = np.array([[10.0, 20, 30, 40]])
        with pytest.raises(InvalidInput, match="must have values from 0 to 30, as the images of the training, got 10"):
            Images.from_array(values, value_range=(0, 30))

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            (np.full((2, 4), np.nan), "array must be finite, got 8 NaN or infinite"),
            (np.array([[1, np.inf]]), "array must be finite"),
            (np.ones((2, 4), complex), "array of real numbers, got complex numbers"),
            (np.ma.masked_equal(np.arange(4).reshape(1, 4), 2), "got masked values"),
            (np.array([[None, 1]], dtype=object), "array of real numbers, got NoneType"),
            (np.array([["a", "b"]]), "array of real numbers, got text"),
            (np.zeros((2, 4), [("x", float)]), "array of real numbers"),
            (np.full((2, 4), 7.0), "must have different values, got 7 everywhere"),
            (np.array([[0, 1e300]]), "overflows float32"),
        ],
    )
    def test_that_are_no_brightness_are_refused(self, values, message):
        with pytest.raises(InvalidInput, match=message):
            Images.from_array(values)


class TestLabels:
    @pytest.mark.parametrize(
        ("labels", "numbers", "classes"),
        [
            ([3, 0, 3], [3, 0, 3], ()),
            ([3.0, 0.0, 3.0], [3, 0, 3], ()),
            ([[3], [0], [3]], [3, 0, 3], ()),
            ([-1, 1, -1], [0, 1, 0], ("-1", "1")),
            ([20250, 10111, 20250], [1, 0, 1], ("10111", "20250")),
            (["b", "a", "b"], [1, 0, 1], ("a", "b")),
            ([b"b", b"a", b"b"], [1, 0, 1], ("a", "b")),
            ([True, False, True], [1, 0, 1], ()),
        ],
    )
    def test_are_numbered(self, labels, numbers, classes):
        images = Images.from_array(RNG.random((3, 4)), labels)
        assert images.required_labels().tolist() == numbers and images.classes == classes

    @pytest.mark.parametrize(
        ("labels", "message"),
        [
            ([0, 1], r"labels of array must be one label for each of the 3 images, got shape \(2,\)"),
            (np.eye(3), "one label for each of the 3 images"),
            ([0.5, 1, 2], "must be whole numbers or texts, got 0.5"),
            ([np.nan, 1, 2], "must be finite"),
            (np.ma.masked_equal([1, 2, 3], 2), "masked"),
        ],
    )
    def test_that_are_no_classes_are_refused(self, labels, message):
        with pytest.raises(InvalidInput, match=message):
            Images.from_array(RNG.random((3, 4)), labels)

    def test_are_optional(self):
        images = Images(RNG.random((9, 4)), None, (2, 2), "x")
        assert sorted(images.balanced_sample(20, seed=1).tolist()) == list(range(9))
        assert len(images.balanced_sample(4, seed=1)) == 4
        assert images.select([1, 2]).labels is None
        with pytest.raises(InvalidInput, match="a classifier needs labels, but x has none"):
            images.required_labels()


def test_selected_images_keep_their_files_classes_and_range():
    origin = {"files": ("a.png", "b.png", "c.png"), "path": "faces"}
    images = Images.from_array(np.arange(12).reshape(3, 4), ["x", "y", "x"], **origin).select([2, 1])
    assert images.files == ("c.png", "b.png") and images.classes == ("x", "y") and images.value_range == (0, 11)
    with pytest.raises(InvalidInput, match="files must name one file for each of 3 images, got 2"):
        Images.from_array(np.arange(12).reshape(3, 4), files=("a", "b"))


def test_what_a_result_keeps_of_images():
    images = Images.from_array(np.arange(12).reshape(3, 4), ["x", "y", "x"], files=("a", "b", "c"), path="faces")
    kept = {name: values for name, (_, values, _) in images.variables([2, 0], "cue").items()}
    np.testing.assert_array_equal(kept["original"], images.pixels[[2, 0]])
    assert kept["image"].tolist() == [2, 0] and kept["label"].tolist() == [0, 0]
    assert kept["class_name"].tolist() == ["x", "x"] and kept["image_file"].tolist() == ["c", "a"]
    origin = images.origin()
    assert (origin["path"], origin["image_shape"]) == ("faces", [2, 2]) and len(origin["images_sha256"]) == 64


def test_a_stream_is_read_like_a_file():
    stream = io.BytesIO()
    np.save(stream, np.arange(32, dtype=np.uint8).reshape(2, 16))
    whole = stream.getvalue()
    assert data.load_stream(io.BytesIO(whole), "stdin").shape == (4, 4)
    with pytest.raises(BadFile, match=r"stdin is not a whole \.npy file .* announces more"):
        data.load_stream(io.BytesIO(whole[:-1]), "stdin")


def test_pickles_are_never_loaded_from_a_stream(tmp_path):
    code = "import numpy, sys; numpy.save(sys.stdout.buffer, numpy.array([[print, 1]], dtype=object))"
    pickled = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    with pytest.raises(BadFile, match="pickles, are never loaded"):
        data.load_stream(io.BytesIO(pickled), "stdin")


@pytest.mark.parametrize(("least", "value_range"), [(0.0, [0.0, 1.0]), (-1.0, None)])
def test_the_range_of_a_plain_array_is_recorded_only_where_it_is_that_of_images(least, value_range):
    assert check_images(np.array([[least, 1.0]]))[1]["value_range"] == value_range


def test_an_array_with_the_axes_of_images_gives_their_shape():
    values = np.arange(48).reshape(2, 3, 2, 4) / 48
    pixels, origin = check_images(values)
    assert pixels.shape == (2, 24) and origin["image_shape"] == [3, 2, 4]
    with pytest.raises(InvalidInput, match=r"images must have shape \(image, visible\)"):
        check_images(values.reshape(2, 8, 3, 1))


def test_both_splits_of_a_file_have_one_scale(tmp_path):
    train, test = np.linspace(0, 8, 128).reshape(2, 64), np.linspace(2, 16, 64).reshape(1, 64)
    np.savez(tmp_path / "k.npz", x_train=train, x_test=test)
    both = {split: data.load(tmp_path / "k.npz", split=split) for split in ("train", "test")}
    assert both["train"].value_range == both["test"].value_range == (0, 16)
    assert both["train"].pixels.max() == 0.5 and both["test"].pixels.max() == 1
    np.savez(tmp_path / "unit.npz", x_train=train / 8, x_test=test / 8)  # only one of them needs a scale
    assert data.load(tmp_path / "unit.npz").pixels.max() == 0.5
