"""Folders and files of the user, read by the stated rules or refused with one line."""

import pickle
import zipfile

import h5py
import numpy as np
import pytest
import xarray
from own_files import nwb, pictures
from PIL import Image

from neurosim import BadFile, InvalidInput
from neurosim.learning import load_data

RNG = np.random.default_rng(0)
FRAMES = RNG.integers(0, 256, (6, 5, 4), dtype=np.uint8)
LABELS = [3, 1, 1, 2, 3, 2]


def same_frames(images, frames=FRAMES):
    np.testing.assert_allclose(images.pixels, frames.reshape(len(frames), -1) / np.float32(255), atol=1e-7)
    return images


class TestFolder:
    def test_without_labels(self, tmp_path, digits):
        pictures(tmp_path / "faces", digits.pixels[:12].reshape(-1, 8, 8) * 16)
        (tmp_path / "faces" / "notes.txt").write_text("no picture")
        (tmp_path / "faces" / "._001.png").write_bytes(b"of another system")
        images = load_data(tmp_path / "faces")
        np.testing.assert_allclose(images.pixels, digits.pixels[:12], atol=0.5 / 255)
        assert (images.name, images.shape, images.labels) == ("faces", (8, 8), None)
        assert images.files[:2] == ("000.png", "001.png") and images.path == str(tmp_path / "faces")

    def test_sub_folders_are_labels(self, tmp_path, digits):
        pictures(tmp_path, digits.pixels[:12].reshape(-1, 8, 8) * 16, digits.labels[:12])
        images = load_data(tmp_path)
        assert images.classes == tuple(f"digit-{k}" for k in range(10))
        assert images.required_labels().tolist() == sorted(digits.labels[:12].tolist())
        number = [int(file.split("/")[1][:3]) for file in images.files]
        np.testing.assert_allclose(images.pixels, digits.pixels[number], atol=0.5 / 255)

    def test_train_and_test_folders_are_the_splits(self, tmp_path):
        pictures(tmp_path / "train", FRAMES / 16, LABELS)
        pictures(tmp_path / "test", FRAMES[:3] / 16, LABELS)
        assert (len(load_data(tmp_path)), len(load_data(tmp_path, split="test"))) == (6, 3)
        with pytest.raises(InvalidInput, match="has no test part"):
            load_data(tmp_path / "train", split="test")

    @pytest.mark.parametrize(
        ("mode", "shape"), [("1", (5, 4)), ("L", (5, 4)), ("P", (3, 5, 4)), ("RGB", (3, 5, 4)), ("CMYK", (3, 5, 4))]
    )
    def test_modes_of_pictures(self, tmp_path, mode, shape):
        grey = Image.fromarray(FRAMES[0])
        grey.convert("RGB").convert(mode).save(tmp_path / ("one.tif" if mode == "CMYK" else "one.png"))
        images = load_data(tmp_path)
        assert images.shape == shape
        if mode in ("L", "RGB"):
            np.testing.assert_allclose(images.pixels.reshape(-1, 5, 4)[-1], FRAMES[0] / 255, atol=1e-6)

    def test_grey_beside_colour_and_alpha(self, tmp_path):
        Image.fromarray(FRAMES[0]).save(tmp_path / "a.png")
        Image.new("RGBA", (4, 5), (255, 0, 0, 0)).save(tmp_path / "b.png")
        planes = load_data(tmp_path).pixels.reshape(2, 3, 5, 4)
        np.testing.assert_allclose(planes[0], np.repeat(FRAMES[:1], 3, axis=0) / 255, atol=1e-6)
        assert (planes[1] == 1).all()  # wholly transparent: the white behind it

    def test_16_bits_are_scaled_from_least_to_greatest(self, tmp_path):
        for number, value in enumerate((100, 4100)):
            Image.fromarray(np.full((5, 4), value, np.uint16)).save(tmp_path / f"{number}.png")
        images = load_data(tmp_path)
        assert images.value_range == (100, 4100) and images.pixels[:, 0].tolist() == [0, 1]

    def test_frames_of_a_stack(self, tmp_path):
        first, *others = map(Image.fromarray, FRAMES)
        first.save(tmp_path / "stack.tif", save_all=True, append_images=others)
        assert same_frames(load_data(tmp_path / "stack.tif")).name == "stack"
        with pytest.raises(InvalidInput, match=r"stack\.tif must be one picture, got 6 frames"):
            load_data(tmp_path)

    def test_idx_files_of_the_same_names_as_mnist(self, tmp_path):
        for kind, values in (("images-idx3", FRAMES), ("labels-idx1", np.array(LABELS, np.uint8))):
            head = bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">u4").tobytes()
            (tmp_path / f"train-{kind}-ubyte").write_bytes(head + values.tobytes())
        assert same_frames(load_data(tmp_path)).required_labels().tolist() == LABELS

    def test_no_pictures(self, tmp_path):
        (tmp_path / "empty").mkdir()
        with pytest.raises(BadFile, match="empty must hold pictures, in it or in sub-folders, got none"):
            load_data(tmp_path / "empty")

    def test_different_sizes(self, tmp_path):
        Image.new("L", (4, 5)).save(tmp_path / "a.png")
        Image.new("L", (5, 4)).save(tmp_path / "b.png")
        with pytest.raises(InvalidInput, match=r"one size, got 5×4 in a\.png and 4×5 in b\.png \(rows × columns\)"):
            load_data(tmp_path)

    def test_depths_are_not_mixed(self, tmp_path):
        Image.new("L", (4, 5)).save(tmp_path / "a.png")
        Image.fromarray(np.ones((5, 4), np.uint16)).save(tmp_path / "b.png")
        with pytest.raises(InvalidInput, match="all have 8 bits or all more"):
            load_data(tmp_path)

    def test_pictures_beside_sub_folders(self, tmp_path):
        pictures(tmp_path, FRAMES / 16, LABELS)
        Image.new("L", (4, 5)).save(tmp_path / "loose.png")
        with pytest.raises(InvalidInput, match=r"got loose\.png beside sub-folders with pictures"):
            load_data(tmp_path)

    def test_postscript_which_other_programs_draw_is_no_picture(self, tmp_path):
        Image.new("L", (4, 5)).save(tmp_path / "a.eps")
        with pytest.raises(BadFile, match="got none"):
            load_data(tmp_path)
        (tmp_path / "a.eps").rename(tmp_path / "a.png")
        with pytest.raises(BadFile, match=r"a\.png is not a whole picture"):
            load_data(tmp_path)

    @pytest.mark.parametrize("content", [b"", b"no picture", "half"])
    @pytest.mark.parametrize("ending", ["png", "jpg", "tif", "gif", "bmp"])
    def test_unreadable_pictures(self, tmp_path, content, ending):
        if content == "half":
            path = tmp_path / f"whole.{ending}"
            Image.fromarray(RNG.integers(0, 256, (64, 64), dtype=np.uint8)).save(path)
            content = path.read_bytes()[:900]
            path.unlink()
        (tmp_path / f"bad.{ending}").write_bytes(content)
        with pytest.raises(BadFile, match=rf"bad\.{ending} is not a whole picture") as error:
            load_data(tmp_path)
        assert "\n" not in str(error.value)


def npz(path, **arrays):
    np.savez(path, **arrays)
    return path


class TestNumpy:
    def test_npy(self, tmp_path):
        np.save(tmp_path / "frames.npy", FRAMES)
        assert same_frames(load_data(tmp_path / "frames.npy")).labels is None

    def test_npz_with_and_without_labels(self, tmp_path):
        assert same_frames(load_data(npz(tmp_path / "a.npz", anything=FRAMES))).labels is None
        assert (
            same_frames(load_data(npz(tmp_path / "b.npz", frames=FRAMES, y=LABELS))).required_labels().tolist()
            == LABELS
        )
        assert load_data(npz(tmp_path / "c.npz", X=FRAMES, label=list("abcabc"))).classes == ("a", "b", "c")

    def test_splits_of_keras(self, tmp_path):
        path = npz(tmp_path / "k.npz", x_train=FRAMES, y_train=LABELS, x_test=FRAMES[:2], y_test=[7, 8])
        assert same_frames(load_data(path)).required_labels().tolist() == LABELS
        test = same_frames(load_data(path, split="test"), FRAMES[:2])
        assert test.required_labels().tolist() == [7, 8] and test.split == "test"

    def test_one_of_several_arrays(self, tmp_path):
        path = npz(tmp_path / "a.npz", left=FRAMES, right=FRAMES[::-1], times=np.arange(6))
        same_frames(load_data(f"{path}:right"), FRAMES[::-1])
        with pytest.raises(InvalidInput, match=r"several arrays .* left \(6, 5, 4\), right .* name one, a\.npz:left"):
            load_data(path)
        with pytest.raises(InvalidInput, match=r"must have the array rigth, .* did you mean right\?"):
            load_data(f"{path}:rigth")

    def test_a_group_of_many_pictures_is_listed_as_one(self, tmp_path):
        path = nwb(tmp_path / "session.nwb", FRAMES)
        with h5py.File(path, "a") as file:
            file.create_dataset("acquisition/movie/data", data=FRAMES)
            file["acquisition/movie"].attrs["neurodata_type"] = "ImageSeries"  # a second one
            file.update({f"scenes/p{number:02d}": FRAMES[0] for number in range(20)})
        for end, text in (("", r"several arrays .*scenes \(20 of \(5, 4\)\)"), (":movei", r"did you mean movie\?")):
            with pytest.raises(InvalidInput, match=text):
                load_data(f"{path}{end}")

    def test_a_shape_in_the_file(self, tmp_path):
        flat = FRAMES.reshape(6, -1)
        assert load_data(npz(tmp_path / "a.npz", images=flat)).shape == (20, 1)
        assert load_data(npz(tmp_path / "b.npz", images=flat, image_shape=[5, 4])).shape == (5, 4)

    def test_pickles_are_never_loaded(self, tmp_path):
        objects = np.array([[print, 1]], dtype=object)
        np.save(tmp_path / "a.npy", objects, allow_pickle=True)
        npz(tmp_path / "b.npz", images=objects)
        (tmp_path / "c.npy").write_bytes(pickle.dumps(FRAMES))
        for name in ("a.npy", "b.npz"):
            with pytest.raises(BadFile, match="pickles, are never loaded"):
                load_data(tmp_path / name)
        with pytest.raises(BadFile, match=r"not a whole \.npy file"):
            load_data(tmp_path / "c.npy")
        same_frames(load_data(npz(tmp_path / "d.npz", images=FRAMES, about=objects)))  # objects that nobody reads

    def test_a_header_that_announces_more(self, tmp_path):
        np.save(tmp_path / "a.npy", FRAMES)
        whole = (tmp_path / "a.npy").read_bytes()
        (tmp_path / "a.npy").write_bytes(whole[:-1])
        huge = whole.replace(b"(6, 5, 4)", b"(9000000000000, 5, 4)").replace(b"            }", b"}")
        (tmp_path / "b.npy").write_bytes(huge)
        with zipfile.ZipFile(tmp_path / "c.npz", "w") as archive:
            archive.writestr("images.npy", whole[:-1])
        for name in ("a.npy", "b.npy", "c.npz"):
            with pytest.raises(BadFile, match="announces more than"):
                load_data(tmp_path / name)

    @pytest.mark.parametrize("name", ["a.npy", "a.npz"])
    @pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"PK\x03\x04" + bytes(50), bytes(500)])
    def test_no_such_file(self, tmp_path, name, content):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadFile, match="is not a whole"):
            load_data(tmp_path / name)

    @pytest.mark.parametrize(
        ("arrays", "message"),
        [
            ({"images": FRAMES, "labels": [1, 2]}, "labels of a must be one label for each of the 6 images"),
            ({"images": FRAMES[:, 0, 0]}, r"must have an array of images, with two or more axes, but has only images"),
            ({"images": FRAMES * np.nan}, "a must be finite"),
            ({"images": FRAMES * 1j}, "complex numbers"),
        ],
    )
    def test_wrong_arrays(self, tmp_path, arrays, message):
        with pytest.raises((BadFile, InvalidInput), match=message):
            load_data(npz(tmp_path / "a.npz", **arrays))

    def test_what_has_no_variables_and_no_splits(self, tmp_path):
        np.save(tmp_path / "a.npy", FRAMES)
        with pytest.raises(InvalidInput, match="holds one array without a name, got the name x"):
            load_data(f"{tmp_path / 'a.npy'}:x")
        with pytest.raises(InvalidInput, match="has no test part"):
            load_data(tmp_path / "a.npy", split="test")


class TestMatlab:
    def save(self, path, **arrays):
        from scipy.io import savemat

        savemat(path, arrays)
        return path

    @pytest.mark.parametrize("first", [True, False])
    def test_images_along_the_axis_of_the_labels(self, tmp_path, first):
        values = FRAMES if first else np.moveaxis(FRAMES, 0, 2)
        images = load_data(self.save(tmp_path / "a.mat", X=values, y=np.array(LABELS, float)[:, None]))
        assert same_frames(images).required_labels().tolist() == LABELS

    def test_images_along_the_axis_that_leaves_squares(self, tmp_path):
        square = RNG.integers(0, 256, (6, 5, 5), dtype=np.uint8)
        same_frames(load_data(self.save(tmp_path / "a.mat", X=np.moveaxis(square, 0, 2))), square)
        with pytest.raises(InvalidInput, match="must show along which axis images"):
            load_data(self.save(tmp_path / "b.mat", X=FRAMES))

    def test_names_in_a_cell_array(self, tmp_path):
        cells = np.array(list("abcabc"), dtype=object)
        assert load_data(self.save(tmp_path / "a.mat", X=FRAMES, labels=cells)).classes == ("a", "b", "c")

    def test_version_7_3_is_hdf5_with_reversed_axes(self, tmp_path):
        with h5py.File(tmp_path / "a.mat", "w", userblock_size=512) as file:
            file["X"], file["y"] = np.moveaxis(FRAMES, 0, 2).T, np.array([LABELS], float)
        assert same_frames(load_data(tmp_path / "a.mat")).required_labels().tolist() == LABELS

    def test_truncated(self, tmp_path):
        path = self.save(tmp_path / "a.mat", X=FRAMES)
        path.write_bytes(path.read_bytes()[:200])
        with pytest.raises(BadFile, match="not a whole MATLAB file"):
            load_data(path)

    def test_structs_are_refused(self, tmp_path):
        with pytest.raises(BadFile, match=r"must have an array of images, .* but has none"):
            load_data(self.save(tmp_path / "a.mat", s={"images": FRAMES}))


class TestHdf5:
    def test_nwb_series_by_name_and_by_kind(self, tmp_path):
        path = nwb(tmp_path / "session.nwb", FRAMES)
        assert same_frames(load_data(f"{path}:digits")).name == "session-digits"
        same_frames(load_data(f"{path}:stimulus/presentation/digits/data"))
        same_frames(load_data(path))  # the only image series
        assert len(load_data(f"{path}:lfp")) == 50

    def test_a_group_of_pictures(self, tmp_path):
        with h5py.File(tmp_path / "a.nwb", "w") as file:
            for number, frame in enumerate(FRAMES):
                file[f"stimulus/templates/{number}"] = frame
        images = same_frames(load_data(f"{tmp_path / 'a.nwb'}:templates"))
        assert images.files[-1] == "stimulus/templates/5"

    def test_labels_beside_the_images(self, tmp_path):
        with h5py.File(tmp_path / "a.h5", "w") as file:
            file["one/images"], file["one/labels"], file["labels"] = FRAMES, list("abcabc"), [0] * 6
        assert load_data(tmp_path / "a.h5").classes == ("a", "b", "c")

    def test_links_and_storage_outside_the_file_are_refused(self, tmp_path):
        with h5py.File(tmp_path / "other.h5", "w") as file:
            file["images"] = FRAMES
        (tmp_path / "raw.bin").write_bytes(FRAMES.tobytes())
        layout = h5py.VirtualLayout(FRAMES.shape, FRAMES.dtype)
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "images", FRAMES.shape)
        with h5py.File(tmp_path / "a.h5", "w") as file:
            file["linked"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "images")
            file["soft"] = h5py.SoftLink("/linked")
            file.create_virtual_dataset("virtual", layout)
            outside = [(str(tmp_path / "raw.bin"), 0, FRAMES.nbytes)]
            file.create_dataset("stored", FRAMES.shape, FRAMES.dtype, external=outside)
        for name, message in (
            ("linked", "linked is a link"),
            ("soft", "soft is a link"),
            ("virtual", "its values lie in other files"),
            ("stored", "its values lie in other files"),
        ):
            with pytest.raises(BadFile, match=message):
                load_data(f"{tmp_path / 'a.h5'}:{name}")

    def test_images_in_files_beside_an_nwb_file(self, tmp_path):
        path = nwb(tmp_path / "a.nwb", np.zeros((0, 0, 0), np.uint8))
        with h5py.File(path, "a") as file:
            file["stimulus/presentation/digits/external_file"] = ["movie.avi"]
        with pytest.raises(BadFile, match="its images are files beside it"):
            load_data(path)

    def test_an_announced_size_that_was_never_written(self, tmp_path):
        with h5py.File(tmp_path / "a.h5", "w") as file:
            file.create_dataset("images", (10**9, 100, 100), chunks=(1, 100, 100), dtype=np.uint8)
        with pytest.raises(BadFile, match=r"announces 10,000,000,000,000 bytes for /images, more than it holds"):
            load_data(tmp_path / "a.h5")

    def test_truncated(self, tmp_path):
        path = nwb(tmp_path / "a.nwb", FRAMES)
        path.write_bytes(path.read_bytes()[:-100])
        with pytest.raises(BadFile, match="not a whole HDF5 file"):
            load_data(path)


class TestNetcdf:
    @pytest.mark.parametrize("engine", ["h5netcdf", "scipy"])
    def test_variable(self, tmp_path, engine):
        found = xarray.Dataset({"a": (("n", "row", "column"), FRAMES.astype("i4")), "b": (("m", "k"), np.ones((2, 3)))})
        found.to_netcdf(tmp_path / "a.nc", engine=engine)
        images = load_data(f"{tmp_path / 'a.nc'}:a")
        np.testing.assert_allclose(images.pixels.reshape(FRAMES.shape), (FRAMES - FRAMES.min()) / np.ptp(FRAMES), 1e-5)

    def test_group_scale_and_labels(self, tmp_path):
        whole = np.minimum(FRAMES, 254)
        found = xarray.Dataset({"images": (("n", "row", "column"), whole / 255), "labels": ("n", list("abcabc"))})
        packed = {"images": {"dtype": "u1", "scale_factor": 1 / 255, "_FillValue": 255}}
        found.to_netcdf(tmp_path / "a.nc", group="one/two", engine="h5netcdf", encoding=packed)
        images = same_frames(load_data(f"{tmp_path / 'a.nc'}:one/two/images"), whole)
        assert images.classes == ("a", "b", "c") and images.value_range == (0, 1)

    def test_missing_values_are_refused(self, tmp_path):
        found = xarray.Dataset({"images": (("n", "row", "column"), FRAMES / 255)})
        found.to_netcdf(
            tmp_path / "a.nc", engine="h5netcdf", encoding={"images": {"_FillValue": FRAMES[0, 0, 0] / 255}}
        )
        with pytest.raises(InvalidInput, match="a must be finite"):
            load_data(tmp_path / "a.nc")

    def test_recalls_of_a_result_are_cues_with_their_shape(self, tmp_path):
        attrs = {"image_shape": [5, 4]}
        found = xarray.Dataset({"visible": (("cue", "visible_neuron"), RNG.random((3, 20)))}, attrs=attrs)
        found.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
        assert load_data(f"{tmp_path / 'a.nc'}:visible").shape == (5, 4)

    @pytest.mark.parametrize("content", [b"", b"CDF\x01" + bytes(9), b"\x89HDF\r\n\x1a\n" + bytes(90)])
    def test_no_netcdf_file(self, tmp_path, content):
        (tmp_path / "a.nc").write_bytes(content)
        with pytest.raises(BadFile, match="is not a whole"):
            load_data(tmp_path / "a.nc")


class TestPaths:
    def test_mistyped(self, tmp_path):
        (tmp_path / "faces").mkdir()
        with pytest.raises(InvalidInput, match=r"existing folder or file, got '.*/face'; did you mean '.*/faces'\?"):
            load_data(tmp_path / "face")
        with pytest.raises(InvalidInput, match=r"did you mean 'mnist'\?"):
            load_data("mnits")

    def test_other_files(self, tmp_path):
        (tmp_path / "a.csv").write_text("1,2")
        with pytest.raises(BadFile, match=r"a\.csv must be a folder of pictures, a picture or a file ending in \.npy"):
            load_data(tmp_path / "a.csv")


class TestNames:
    def test_emnist_files_hold_columns_before_rows_and_letters_begin_at_1(self, tmp_path):
        values = RNG.integers(0, 256, (3, 28, 28), dtype=np.uint8)
        for kind, array in (("images-idx3", values), ("labels-idx1", np.array([1, 26, 5], np.uint8))):
            head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
            (tmp_path / f"emnist-letters-train-{kind}-ubyte").write_bytes(head + array.tobytes())
        images = same_frames(load_data("emnist-letters", data_dir=tmp_path), values.swapaxes(1, 2))
        assert images.required_labels().tolist() == [1, 26, 5]
        with pytest.raises(BadFile, match=r"needs the files emnist-digits-train.*in the archive gzip\.zip of EMNIST"):
            load_data("emnist-digits", data_dir=tmp_path)

    @pytest.mark.parametrize(("name", "count", "shape"), [("iris", 150, (4, 1)), ("digits", 1797, (8, 8))])
    def test_of_scikit_learn(self, name, count, shape):
        pytest.importorskip("sklearn")
        images = load_data(f"sklearn:{name}")
        assert (len(images), images.shape, images.name) == (count, shape, name)
        assert images.pixels.min() == 0 and images.pixels.max() == 1
