"""Validation of the arguments of `recall`, its Dataset, and files of results."""

import subprocess
import sys

import brian2
import numpy as np
import pytest
import xarray

from neurosim import (
    BadFile,
    InvalidInput,
    OutputError,
    load_result,
    patterns,
    recall,
    save_result,
)
from neurosim.engines import Reference


@pytest.fixture
def net(small_network):
    return small_network


@pytest.fixture
def cues(net):
    return patterns.visible_cues(net, patterns.all_hidden_states(3))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cues": np.ones((2, 59))}, r"cues must have shape \(cue, visible\) = \(≥1, 60\), got \(2, 59\)"),
        ({"cues": np.ones((0, 60))}, "cues must have shape"),
        ({"cues": np.ones((2, 3, 60))}, "cues must have shape"),
        (
            {"cues": np.full((2, 60), np.nan)},
            r"finite, got 120 NaN or infinite of 120 values, first at \[0, 0\]",
        ),
        ({"cues": "abc"}, "real numbers"),
        ({"hidden": np.ones((3, 3))}, r"one per cue \(8\), got 3"),
        ({"hidden": np.full(3, np.inf)}, "hidden must be finite"),
        (
            {"engine": "magic"},
            r"engine must be one of \['event', 'reference', 'torch', 'brian', 'circuit'\], got 'magic'",
        ),
        ({"duration": 0}, "duration must be finite and > 0"),
        ({"duration": [1.0, 2.0]}, "duration must be one time"),
        ({"engine": Reference}, r"engine must be an object, got the class Reference; give Reference\(\)"),
        ({"engine": 3}, r"engine must be a name or an object such as Event\(\), .* got 3"),
        ({"engine": Reference(dt=1.0)}, "dt must not exceed the duration"),
        ({"record": ["spikes"]}, r"record must be one of \['hidden', 'visible', 'hidden_active'\], got 'spikes'"),
        ({"record": ["hidden", "hidden"]}, "names in record must be different"),
        ({"record": "visible", "record_dt": 1e-12}, "GB; record fewer cues"),
    ],
)
def test_bad_requests_are_refused_with_rule_and_value(net, cues, change, message):
    arguments = {"cues": cues, **change}
    with pytest.raises(InvalidInput, match=message):
        recall(net, **arguments)


def test_another_object_than_a_network_is_refused(cues):
    with pytest.raises(InvalidInput, match="net must be a Network, got ndarray"):
        recall(np.ones((60, 3)), cues)  # pyright: ignore[reportArgumentType]


def test_the_brian_engine_does_not_change_the_excepthook():
    code = "import sys; hook = sys.excepthook; import neurosim; neurosim.brian_network; assert sys.excepthook is hook"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_one_cue_and_quantities(net, cues):
    assert recall(net, cues[3]).sizes["cue"] == 1
    out = recall(net, cues, duration=10 * brian2.ms)
    assert out.attrs["duration"] == pytest.approx(0.01)
    with pytest.raises(InvalidInput, match="duration must be a time"):
        recall(net, cues, duration=3 * brian2.mV)


def test_without_read_out_there_is_no_visible_state(net, cues):
    out = recall(net, cues, read_out=False)
    assert "visible" not in out
    xarray.testing.assert_identical(out, recall(net, cues).drop_vars("visible"))


def test_recalls_are_deterministic_and_do_not_change_their_input(net, cues):
    before = cues.copy()
    xarray.testing.assert_identical(recall(net, cues), recall(net, cues))
    recall(net, cues, engine="reference", duration=2e-3)
    assert np.array_equal(before, cues)


@pytest.mark.parametrize("engine", ["event", "reference"])
def test_results_round_trip_through_netcdf(net, cues, engine, tmp_path):
    out = recall(net, cues, engine=engine, duration=5e-3, record=["hidden", "hidden_active"], seed=4)
    save_result(out, tmp_path / "out.nc")
    back = load_result(tmp_path / "out.nc")
    xarray.testing.assert_identical(out, back)
    assert back.hidden_active.dtype == bool
    with xarray.open_dataset(tmp_path / "out.nc") as plain:  # and any netCDF reader sees the numbers
        np.testing.assert_array_equal(plain.visible, out.visible)


def test_whole_numbers_of_any_size_round_trip(tmp_path):
    big = xarray.Dataset(
        {"count": ((), np.array(2**500, dtype=object)), "some": ("x", np.array([1, 2**70], dtype=object))}
    )
    save_result(big, tmp_path / "big.nc")
    back = load_result(tmp_path / "big.nc")
    assert back["count"].item() == 2**500
    assert back["some"].values.tolist() == [1, 2**70]


def test_bad_result_files_are_refused(net, cues, tmp_path):
    path = tmp_path / "out.nc"
    with pytest.raises(BadFile, match="there is no"):
        load_result(path)
    save_result(recall(net, cues), path)
    whole = path.read_bytes()
    for broken in (b"", b"not netCDF", whole[: len(whole) // 2]):
        path.write_bytes(broken)
        with pytest.raises(BadFile, match="not a whole netCDF-4 file"):
            load_result(path)


def test_unwritable_results_leave_no_files(net, cues, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match=r"cannot write .*out.nc"):
        save_result(recall(net, cues), tmp_path / "file" / "out.nc")
    with pytest.raises(OutputError, match="output must be a file, got the folder"):
        save_result(recall(net, cues), tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
