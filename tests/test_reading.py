"""Files that were made to be misread: refused with `BadFile`, with nothing read that they do not hold."""

import gzip
import io
import json
import struct
import subprocess
import sys
import tracemalloc
import zipfile

import h5py
import numpy as np
import pytest
import xarray

from neurosim import BadFile, Network, load_result, memory, save_result
from neurosim.learning.data import formats, load, load_stream
from neurosim.reading import require_size
from neurosim.storage import existing_file, read_tensors, write_tensors


def safetensors(header: dict, data: bytes) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


@pytest.mark.parametrize(("dtype", "size"), [("BF16", 2), ("F8_E4M3", 1), ("F8_E5M2", 1)])
def test_tensors_that_numpy_lacks_are_refused(dtype, size, tmp_path):
    tensor = {"dtype": dtype, "shape": [2, 2], "data_offsets": [0, 4 * size]}
    label = {"kind": "Network/2", "record": {}, "checksum": ""}
    path = tmp_path / "net.safetensors"
    path.write_bytes(safetensors({"__metadata__": {"neurosim": json.dumps(label)}, "weights": tensor}, bytes(4 * size)))
    with pytest.raises(BadFile):
        Network.load(path)


DEEP = '{"kind": ' + "[" * 100_000


@pytest.mark.parametrize("label", [DEEP, "[]", "3", '"a"', "null", '{"kind": "Network/2", "record": 3}', "{}"])
def test_labels_of_any_form_are_refused(label, tmp_path):
    path = tmp_path / "net.safetensors"
    path.write_bytes(safetensors({"__metadata__": {"neurosim": label}}, b""))
    with pytest.raises(BadFile, match="no label of neurosim"):
        Network.load(path)


@pytest.mark.parametrize("record", [{}, {"hidden_activation": 3}, {"provenance": []}, {"constraints": 5}])
def test_records_of_any_form_are_refused(record, tmp_path):
    net, path = Network(np.eye(3)), tmp_path / "net.safetensors"
    net.save(path)
    with pytest.raises(BadFile, match="does not describe a network"):
        tensors, whole = read_tensors(path, "Network/2")
        write_tensors(path, tensors, (whole | record) if record else {}, "Network/2")
        Network.load(path)


@pytest.mark.parametrize(
    "losses", [np.float64(1.0), np.ones((1, 1)), np.ones(0), np.ones(1, np.float32), np.full(1, np.nan)]
)
def test_losses_of_a_checkpoint_are_a_list(losses, tmp_path):
    torch = pytest.importorskip("torch")
    from neurosim.learning import RECIPES
    from neurosim.learning.run import _KIND, Run

    sizes = {"n_images": 50, "n_hidden": 4, "batch_size": 25, "epochs": 2, "seed": 0, "learning_rate": 0.01}
    settings, visible, path = RECIPES["paper"].record() | sizes, torch.rand(50, 16), tmp_path / "checkpoint"
    run = Run.start(RECIPES["paper"], settings, visible)
    run.one_epoch()
    run.save(path)
    tensors, record = read_tensors(path, _KIND)
    write_tensors(path, {**tensors, "losses": np.asarray(losses)}, record, _KIND)
    with pytest.raises(BadFile):
        Run.resume(path, RECIPES["paper"], settings, visible)


@pytest.mark.parametrize("data", [[1.5, np.nan], np.array([b"abc"]), ["1.5"], [[1]]], ids=str)
def test_odd_attributes_of_results_are_refused(data, tmp_path):
    with h5py.File(tmp_path / "w.nc", "w") as file:
        file.create_dataset("x", data=data).attrs["whole_number"] = 1
    if data == [[1]]:
        assert load_result(tmp_path / "w.nc").x.values.tolist() == [[1]]
    else:
        with pytest.raises(BadFile, match="not a whole netCDF-4 file"):
            load_result(tmp_path / "w.nc")


READERS = [load_result, load]


@pytest.mark.parametrize("read", READERS)
def test_nothing_outside_an_hdf5_file_is_read(read, tmp_path):
    (tmp_path / "secret").write_text("0123456789")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = np.zeros((2, 3, 3))
    path = tmp_path / "w.nc"
    for make in (
        lambda file: file.create_dataset("x", (2, 5, 1), "u1", external=[(str(tmp_path / "secret"), 0, 10)]),
        lambda file: file.__setitem__("x", h5py.ExternalLink(str(tmp_path / "other.h5"), "/x")),
        lambda file: file.__setitem__("x", h5py.SoftLink("/y")),
        lambda file: file.create_virtual_dataset("x", layout(tmp_path / "other.h5")),
    ):
        with h5py.File(path, "w") as file:
            file["y"] = np.zeros((2, 3, 3))
            make(file)
        with pytest.raises(BadFile, match="copy"):
            read(path)


def layout(path):
    made = h5py.VirtualLayout((2, 3, 3), "f8")
    made[:] = h5py.VirtualSource(path, "x", shape=(2, 3, 3))
    return made


@pytest.mark.parametrize("read", READERS)
def test_a_few_bytes_cannot_claim_gigabytes(read, tmp_path):
    path = tmp_path / "w.nc"
    with h5py.File(path, "w") as file:
        file.create_dataset("images", (700, 1000, 1000), "f8", chunks=(1, 1000, 1000))
    assert path.stat().st_size < 10_000
    assert refused_within(2**24, lambda: read(path), "announces 5,600,000,000 bytes")


def refused_within(n_bytes, call, message):
    """Return whether a call is refused, without the memory that its file claims."""
    tracemalloc.start()
    try:
        with pytest.raises(BadFile, match=message):
            call()
        return tracemalloc.get_traced_memory()[1] < n_bytes
    finally:
        tracemalloc.stop()


def test_unused_dimensions_of_a_result_are_no_claim(tmp_path):
    result = xarray.Dataset({"x": ("cue", np.zeros(3)), "empty": (("cue", "none"), np.zeros((3, 0)))})
    save_result(result.assign(wide=(("cue", "many"), np.zeros((3, 2_000_000), np.int8))), tmp_path / "w.nc")
    assert load_result(tmp_path / "w.nc").sizes["many"] == 2_000_000


def test_no_more_is_unpacked_than_a_header_announces(tmp_path):
    head = bytes([0, 0, 8, 3]) + np.array([1, 2, 2], ">u4").tobytes()
    path = tmp_path / "images.gz"
    path.write_bytes(gzip.compress(head + bytes(2**26)))
    assert refused_within(
        2**20, lambda: formats.parse_idx(formats.content_of(path, formats.idx_length), path, 3), "got more"
    )


def test_no_more_of_a_stream_is_read_than_its_header_announces():
    stream = io.BytesIO()
    np.save(stream, np.zeros((3, 8, 8)))
    stream.write(b"rest")
    stream.seek(0)
    assert len(load_stream(stream, "stdin")) == 3 and stream.read() == b"rest"


def test_arrays_of_an_archive_are_as_long_as_they_say(tmp_path):
    path = tmp_path / "images.npz"
    content = io.BytesIO()
    np.save(content, np.zeros((3, 4, 4)))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("images.npy", content.getvalue() + b"rest")
    with pytest.raises(BadFile, match="longer than its header"):
        load(path)
    huge = content.getvalue().replace(b"(3, 4, 4)", b"(9999999, 999, 4)"[:9] + b"")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("images.npy", huge.replace(b"(9999999,", b"(9999,)  "))
    with pytest.raises(BadFile):
        load(path)


def test_what_no_machine_can_hold_is_refused(monkeypatch):
    monkeypatch.setattr(memory, "limit", lambda: 2**30)
    require_size(2**30, 2**30, "a.nc")
    with pytest.raises(BadFile, match="more than the 1,073,741,824 of memory here"):
        require_size(2**30 + 1, 2**30, "a.nc")


@pytest.mark.parametrize("name", ["b" * 300, "~no such user/a.nc", "a" * 5_000])
def test_names_that_no_file_can_have_are_refused(name):
    with pytest.raises(BadFile, match="name an existing file"):
        existing_file(name, "result")


def loaded_elsewhere(path) -> str:
    """Return what a process prints that loads a file; it is killed if it hangs."""
    program = f"""
from neurosim import BadFile
from neurosim.learning.data import load
try:
    print(load({str(path)!r}))
except BadFile as error:
    print("refused:", error)
"""
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


def test_an_index_of_a_group_that_leads_back_to_itself_does_not_hang(tmp_path):
    path = tmp_path / "images.h5"
    with h5py.File(path, "w") as file:
        file["images"], file["notes/first"] = np.zeros((3, 4, 4), np.uint8), [1]
    content, at = bytearray(path.read_bytes()), -1
    while (at := content.find(b"TREE", at + 1)) >= 0:  # each index: its right sibling is itself
        content[at + 16 : at + 24] = struct.pack("<Q", at)
    path.write_bytes(content)
    assert "3 images of shape (4, 4)" in loaded_elsewhere(path)


@pytest.mark.parametrize("header", [struct.pack("<H6xQ", 0, 0), struct.pack("<H6xQ", 1, 2**64 - 16)])
def test_a_heap_that_leads_back_to_itself_does_not_hang(header, tmp_path):
    path = tmp_path / "images.h5"
    with h5py.File(path, "w") as file:
        file["images"], file["labels"] = np.zeros((3, 4, 4), np.uint8), ["a", "b", "c"]
    content = bytearray(path.read_bytes())
    begin = content.find(b"GCOL") + 16
    content[begin : begin + 16] = header  # of the first object
    path.write_bytes(content)
    assert "refused" in loaded_elsewhere(path) and "leads back to itself" in loaded_elsewhere(path)
