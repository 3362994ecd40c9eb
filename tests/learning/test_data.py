"""Readers of data sets, tested with files that the test writes byte by byte from the definitions of the formats."""

import gzip
import hashlib
import http.server
import io
import struct
import tarfile
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from neurosim import BadFile, InvalidInput, Unavailable
from neurosim.learning import data
from neurosim.learning.data import download

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (5, 28, 28), dtype=np.uint8)
LABELS = np.array([0, 9, 3, 3, 7], dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (4, 3, 32, 32), dtype=np.uint8)


def idx(array, *, code=8, sizes=None, lead=b"\0\0"):
    sizes = array.shape if sizes is None else sizes
    return lead + bytes([code, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes) + array.tobytes()


def write_mnist(folder, images=None, labels=None, stem="train"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{stem}-images-idx3-ubyte").write_bytes(idx(PIXELS) if images is None else images)
    (folder / f"{stem}-labels-idx1-ubyte").write_bytes(idx(LABELS) if labels is None else labels)
    return folder


def cifar_records(labels):
    return b"".join(bytes([label]) + image.tobytes() for label, image in zip(labels, COLOUR, strict=False))


def write_cifar(folder):
    folder.mkdir(parents=True)
    for k in range(1, 6):
        (folder / f"data_batch_{k}.bin").write_bytes(cifar_records([k]))
    (folder / "test_batch.bin").write_bytes(cifar_records([9, 8]))
    return folder


@pytest.fixture(autouse=True)
def no_data_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("NEUROSIM_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def dataset(name) -> Any:
    return data.DATASETS[name]


def same_as_written(images):
    np.testing.assert_array_equal(np.round(images.pixels * 255).reshape(-1, 28, 28), PIXELS)
    np.testing.assert_array_equal(images.labels, LABELS)
    return images


class TestDigits:
    def test_digits_are_the_1797_of_scikit_learn(self, digits):
        assert digits.pixels.shape == (1797, 64)
        assert digits.shape == (8, 8)
        assert digits.pixels.dtype == np.float32
        assert digits.labels.dtype == np.int64
        assert (digits.pixels.min(), digits.pixels.max()) == (0, 1)
        assert np.bincount(digits.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]

    def test_have_no_test_split(self):
        with pytest.raises(InvalidInput, match="all 1,797"):
            data.load("digits", split="test")


class TestFolders:
    @pytest.mark.parametrize("inside", ["", "mnist"])
    def test_the_folder_or_the_one_named_for_the_data_set(self, tmp_path, inside):
        write_mnist(tmp_path / inside)
        images = same_as_written(data.load("mnist", data_dir=tmp_path))
        assert (images.name, images.split, images.shape, len(images)) == ("mnist", "train", (28, 28), 5)

    def test_the_named_folder_wins(self, tmp_path):
        write_mnist(tmp_path, labels=idx(LABELS[::-1].copy()))
        write_mnist(tmp_path / "fashion-mnist")
        same_as_written(data.load("fashion-mnist", data_dir=tmp_path))

    def test_environment_variable_and_argument_over_it(self, tmp_path, monkeypatch):
        monkeypatch.setenv("NEUROSIM_DATA", str(write_mnist(tmp_path / "a")))
        same_as_written(data.load("mnist"))
        with pytest.raises(BadFile, match="not found together"):
            data.load("mnist", data_dir=tmp_path / "b")

    def test_missing_files_are_downloaded_only_with_permission(self, tmp_path, monkeypatch):
        pytest.importorskip("pooch")
        monkeypatch.setattr(download, "_download", lambda *_: pytest.fail("fetched without permission"))
        for data_dir in (tmp_path, None):
            with pytest.raises(BadFile, match="not found together") as error:
                data.load("mnist", data_dir=data_dir)
            message = str(error.value)
            assert "\n" not in message
            assert all(remedy in message for remedy in ("--data-dir", "NEUROSIM_DATA", "--download", "mnist"))

    def test_images_without_their_labels_are_missing(self, tmp_path):
        (write_mnist(tmp_path) / "train-labels-idx1-ubyte").unlink()
        with pytest.raises(BadFile, match="not found together"):
            data.load("mnist", data_dir=tmp_path)

    def test_test_split(self, tmp_path):
        write_mnist(tmp_path, stem="t10k")
        assert same_as_written(data.load("mnist", split="test", data_dir=tmp_path)).split == "test"


class TestIdx:
    def test_gzipped(self, tmp_path):
        write_mnist(tmp_path)
        for path in list(tmp_path.glob("*ubyte")):
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
        assert {path.suffix for path in tmp_path.iterdir()} == {".gz"}
        same_as_written(data.load("mnist", data_dir=tmp_path))

    @pytest.mark.parametrize(
        ("images", "message"),
        [
            (b"", "start like an IDX file .* got nothing"),
            (b"\x89PNG" + bytes(100), "start like an IDX file .* got 89 50 4e 47"),
            (idx(PIXELS, code=0x0D), "dtype code 08.* got code 0d"),
            (idx(LABELS), "3 axes .* got 1"),
            (idx(PIXELS)[:10], "header of 16 bytes, got a file of 10"),
            (idx(PIXELS)[:-1], r"3920 values .* got 3919"),
            (idx(PIXELS) + b"\0", r"3920 values .* got more"),
            (idx(PIXELS, sizes=(2**32 - 1,) * 3), "values of shape"),
            (idx(PIXELS[:0]), "at least one image"),
            (idx(PIXELS.reshape(5, 14, 56)), r"images of shape \(28, 28\), got \(14, 56\)"),
            (gzip.compress(idx(PIXELS))[:-20], "not a whole gzip file"),
            (b"\x1f\x8b" + bytes(40), "not a whole gzip file"),
        ],
    )
    def test_bad_images(self, tmp_path, images, message):
        write_mnist(tmp_path, images=images)
        with pytest.raises(BadFile, match=message) as error:
            data.load("mnist", data_dir=tmp_path)
        assert str(tmp_path / "train-images-idx3-ubyte") in str(error.value)

    @pytest.mark.parametrize(
        ("labels", "message"),
        [
            (idx(PIXELS), "1 axes .* got 3"),
            (idx(LABELS[:4]), "one label for each of the 5 images beside it, got 4"),
            (idx(LABELS)[:-1], "5 values .* got 4"),
            (idx(LABELS + 1), "labels 0 … 9, got 10"),
        ],
    )
    def test_bad_labels(self, tmp_path, labels, message):
        write_mnist(tmp_path, labels=labels)
        with pytest.raises(BadFile, match=message) as error:
            data.load("mnist", data_dir=tmp_path)
        assert str(tmp_path / "train-labels-idx1-ubyte") in str(error.value)

    def test_another_data_set_under_the_same_file_names(self, tmp_path, monkeypatch):
        write_mnist(tmp_path)
        digest = hashlib.sha256(idx(PIXELS)).hexdigest()
        fake = replace(dataset("mnist"), image_digests=(digest, ""))
        monkeypatch.setitem(data.DATASETS, "mnist", fake)
        same_as_written(data.load("mnist", data_dir=tmp_path))
        with pytest.raises(BadFile, match="must hold fashion-mnist, but it holds mnist"):
            data.load("fashion-mnist", data_dir=tmp_path)


class TestCifar:
    @pytest.mark.parametrize("inside", ["", "cifar10", "cifar-10-batches-bin", "cifar10/cifar-10-batches-bin"])
    def test_round_trip(self, tmp_path, inside):
        write_cifar(tmp_path / "data" / inside)
        train = data.load("cifar10", data_dir=tmp_path / "data")
        assert train.shape == (3, 32, 32)
        assert train.required_labels().tolist() == [1, 2, 3, 4, 5]
        test = data.load("cifar10", split="test", data_dir=tmp_path / "data")
        np.testing.assert_array_equal(np.round(test.pixels * 255).reshape(-1, 3, 32, 32), COLOUR[:2])
        assert test.required_labels().tolist() == [9, 8]

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "whole records of 3073 bytes, got 0"),
            (cifar_records([1, 2])[:-1], "whole records of 3073 bytes, got 6145"),
            (cifar_records([1, 2]) + b"\0", "whole records"),
            (cifar_records([1, 10]), "labels 0 … 9, got 10"),
        ],
    )
    def test_bad_batch(self, tmp_path, content, message):
        path = write_cifar(tmp_path / "data") / "data_batch_3.bin"
        path.write_bytes(content)
        with pytest.raises(BadFile, match=message) as error:
            data.load("cifar10", data_dir=tmp_path / "data")
        assert str(path) in str(error.value)


class TestDownload:
    @pytest.fixture
    def server(self, tmp_path):
        """A web server on this machine, with what the real ones hold in small."""
        pytest.importorskip("pooch")
        source = write_mnist(tmp_path / "server")
        for path in list(source.glob("*ubyte")):
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
        with tarfile.open(source / "cifar-10-binary.tar.gz", "w:gz") as archive:
            for path in write_cifar(tmp_path / "c").iterdir():
                entry = tarfile.TarInfo(f"cifar-10-batches-bin/{path.name}")
                entry.size = path.stat().st_size
                archive.addfile(entry, io.BytesIO(path.read_bytes()))

        class Quiet(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *args):
                super().__init__(*args, directory=source)

            def log_message(self, *args):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield source, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        server.server_close()

    @staticmethod
    def digest(path):
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def point_mnist_at(self, monkeypatch, server, base_url=None):
        source, url = server
        files = {path.stem: self.digest(path) for path in source.glob("*ubyte.gz")}
        fake = replace(dataset("mnist"), base_url=base_url or url, sha256=files)
        monkeypatch.setitem(data.DATASETS, "mnist", fake)

    def test_with_permission_and_only_once(self, tmp_path, monkeypatch, server):
        self.point_mnist_at(monkeypatch, server)
        same_as_written(data.load("mnist", data_dir=tmp_path / "home", download=True))
        assert sorted(p.name for p in (tmp_path / "home" / "mnist").iterdir()) == [
            "train-images-idx3-ubyte.gz",
            "train-labels-idx1-ubyte.gz",
        ]
        monkeypatch.setattr(download, "_download", lambda *_: pytest.fail("fetched again"))
        same_as_written(data.load("mnist", data_dir=tmp_path / "home", download=True))

    def test_into_the_cache_where_no_folder_is_named(self, monkeypatch, server):
        self.point_mnist_at(monkeypatch, server)
        same_as_written(data.load("mnist", download=True))
        same_as_written(data.load("mnist"))

    def test_archive_is_unpacked(self, tmp_path, monkeypatch, server):
        source, url = server
        file = "cifar-10-binary.tar.gz"
        fake = replace(dataset("cifar10"), archive_url=url + file, archive_sha256=self.digest(source / file))
        monkeypatch.setitem(data.DATASETS, "cifar10", fake)
        images = data.load("cifar10", data_dir=tmp_path / "home", download=True)
        assert images.required_labels().tolist() == [1, 2, 3, 4, 5]

    def test_a_download_with_another_hash_is_refused(self, tmp_path, monkeypatch, server):
        self.point_mnist_at(monkeypatch, server)
        (server[0] / "train-images-idx3-ubyte.gz").write_bytes(b"something else")
        with pytest.raises(BadFile, match="must have the SHA-256"):
            data.load("mnist", data_dir=tmp_path / "home", download=True)
        assert not list((tmp_path / "home" / "mnist").iterdir())

    def test_no_such_server(self, tmp_path, monkeypatch, server):
        self.point_mnist_at(monkeypatch, server, base_url="http://127.0.0.1:1/")
        with pytest.raises(Unavailable, match="could not download") as error:
            data.load("mnist", data_dir=tmp_path / "home", download=True)
        assert "\n" not in str(error.value)


class TestAtTheDoor:
    @pytest.mark.parametrize(("name", "split"), [("imagenet", "train"), ("mnist", "validation")])
    def test_unknown_name_or_split_lists_the_known_ones(self, name, split):
        with pytest.raises(InvalidInput, match=r"digits, mnist, fashion-mnist, cifar10|'train', 'test'"):
            data.load(name, split=split)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"pixels": np.full((2, 4), np.nan)}, "finite"),
            ({"pixels": np.full((2, 4), 1.5)}, "in \\[0, 1\\]"),
            ({"pixels": np.full((2, 4), 1e300)}, "overflows float32"),
            ({"pixels": np.zeros((0, 4))}, r"\(≥1, 4\), got \(0, 4\)"),
            ({"pixels": np.zeros((2, 5))}, r"\(≥1, 4\), got \(2, 5\)"),
            ({"pixels": [["a"] * 4] * 2}, "array of real numbers, got text"),
            ({"labels": [0]}, r"labels must have shape \(image,\) = \(2,\), got \(1,\)"),
            ({"labels": [0.0, 1.0]}, "labels must be whole numbers >= 0, got float64"),
            ({"labels": [0, -1]}, "labels must be whole numbers >= 0, got -1"),
            ({"labels": np.array([0, 2**64 - 1], dtype=np.uint64)}, "labels must be whole numbers"),
        ],
    )
    def test_images_are_checked(self, changes, message):
        fields = {"pixels": np.zeros((2, 4)), "labels": [0, 1], "shape": (2, 2), "name": "x"} | changes
        with pytest.raises(InvalidInput, match=message):
            data.Images(**fields)

    def test_images_are_a_read_only_copy(self):
        mine = np.zeros((2, 4), np.float32)
        images = data.Images(mine, np.array([0, 1]), (2, 2), "x")
        mine[:] = 1
        assert images.pixels.sum() == 0
        with pytest.raises(ValueError, match="read-only"):
            images.pixels[0, 0] = 1
