"""Files with checksums: a changed byte is refused, or changes nothing that is read."""

import h5py
import numpy as np
import pytest
import xarray

from neurosim import BadFile, Network, OutputError, load_result, save_result, storage
from neurosim.storage import read_tensors, write_tensors


def flipped(path):
    """Yield the place of each byte of a file while one of its bits is flipped."""
    whole = path.read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << (place % 8)
        path.write_bytes(damaged)
        yield place
    path.write_bytes(whole)


def test_no_flipped_byte_of_a_network_file_changes_a_network(tmp_path):
    net = Network.gaussian(3, 2, seed=0, threshold=[0.4, 0.5], provenance={"seed": 7})
    path = tmp_path / "net.safetensors"
    net.save(path)
    refused = 0
    for _ in flipped(path):
        try:
            again = Network.load(path)
        except BadFile:
            refused += 1
        else:  # a space in the header
            assert again.provenance == net.provenance and again.threshold.tolist() == net.threshold.tolist()
            assert again.weights.tobytes() == net.weights.tobytes()
    assert refused > 0.9 * len(path.read_bytes())
    assert Network.load(path).weights.tobytes() == net.weights.tobytes()


def test_a_changed_setting_in_a_file_of_tensors_is_refused(tmp_path):
    path = tmp_path / "run.safetensors"
    storage.write_tensors(path, {"x": np.arange(3.0)}, {"epochs": 10}, "Training/2")
    path.write_bytes(path.read_bytes().replace(rb"\"epochs\": 10", rb"\"epochs\": 11"))
    with pytest.raises(BadFile, match="was changed after it was written"):
        storage.read_tensors(path, "Training/2")


def test_no_flipped_byte_of_a_result_changes_what_is_read(tmp_path):
    result = xarray.Dataset(
        {"share": ("cue", [0.25, 0.5], {"units": "1"}), "name": ("cue", ["a", "b"]), "one": 3}, attrs={"seed": 5}
    )
    path = tmp_path / "result.nc"
    save_result(result, path)
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << (place % 8)
        path.write_bytes(damaged)
        if place >= len(whole) - storage._TRAILER_SIZE:
            try:
                assert load_result(path).identical(load_result_of(whole, tmp_path))
            except BadFile:
                continue
        else:
            with pytest.raises(BadFile):
                load_result(path)
    path.write_bytes(whole)
    assert load_result(path).identical(result)


def load_result_of(contents, folder):
    (folder / "again.nc").write_bytes(contents)
    return load_result(folder / "again.nc")


def test_truth_values_in_arrays_of_objects_are_read_back(tmp_path):
    values = np.array([True, False, np.True_], dtype=object)
    save_result(xarray.Dataset({"reached": ("cue", values), "seed": ("cue", [2**70, 1, 0])}), tmp_path / "result.nc")
    again = load_result(tmp_path / "result.nc")
    assert again.reached.dtype == bool and again.reached.values.tolist() == [True, False, True]
    assert again.seed.values.tolist() == [2**70, 1, 0]
    for mixed in ([True, 2**70], [True, 2]):  # netCDF holds neither
        with pytest.raises(OutputError, match="netCDF cannot hold the result"):
            save_result(xarray.Dataset(attrs={"mixed": mixed}).assign(x=("i", np.array(mixed, object))), tmp_path / "x")


def test_other_programs_read_edit_and_rewrite_results(tmp_path):
    path = tmp_path / "result.nc"
    save_result(xarray.Dataset({"share": ("cue", [0.25, 0.5])}), path)
    with xarray.open_dataset(path, engine="h5netcdf") as file:
        changed = file.load() + 1
    changed.to_netcdf(path, engine="h5netcdf")
    assert load_result(path).share.values.tolist() == [1.25, 1.5]
    save_result(changed, path)
    with h5py.File(path, "r+") as file:  # HDF5 cuts off what follows its own part
        file["share"][0] = 7.0
    assert load_result(path).share.values.tolist() == [7.0, 1.5]


@pytest.mark.parametrize("order", "<>")
def test_tensors_of_either_byte_order_and_records_that_json_changes_are_read_back(tmp_path, order):
    values = np.arange(3, dtype=f"{order}f8")
    write_tensors(tmp_path / "a.safetensors", {"w": values}, {"steps": {2: 1, 10: (2,)}}, "Example/1")
    tensors, record = read_tensors(tmp_path / "a.safetensors", "Example/1")
    np.testing.assert_array_equal(tensors["w"], values)
    assert record == {"steps": {"2": 1, "10": [2]}}


@pytest.mark.parametrize(
    "attribute", [{"units": "seconds since start"}, {"_FillValue": 1}, {"scale_factor": 2.0}, {"add_offset": 1}]
)
def test_attributes_by_which_readers_change_values_are_refused(tmp_path, attribute):
    found = xarray.Dataset({"x": ("n", [1.0, 2.0], attribute)})
    with pytest.raises(OutputError, match=f"of x by its attribute {next(iter(attribute))!r}; rename it"):
        save_result(found, tmp_path / "x.nc")
    assert not list(tmp_path.iterdir())
