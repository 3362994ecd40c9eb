"""Files of points: a sweep deletes those of its own points, and nothing else."""

import os
import subprocess
import sys

import pytest

from neurosim import OutputError
from neurosim.cli.inputs import temporary_points
from neurosim.sweep import run
from neurosim.sweep.points import Record, delete_points, finished

OPTIONS = {"workers": None, "cluster": None, "cluster_options": []}


def measure(*, seed, a):
    return {"double": 2.0 * a, "parity": float(seed % 2)}


def failing(*, seed, a):
    if a == 3:
        raise RuntimeError("stopped")
    return {"double": 2.0 * a}


def sweep(out, values, measured=measure):
    with temporary_points(out, **OPTIONS) as runner:
        return run(measured, {"a": values}, networks=2, seed=0, runner=runner)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_folder_of_a_finished_sweep_is_deleted(tmp_path):
    assert sweep(tmp_path / "out.nc", [1, 2]).double.shape == (2, 2)
    assert names(tmp_path) == []


def foreign_file(folder):
    (folder / "notes.txt").write_text("precious")


def foreign_points(folder):
    record = Record(folder)
    record.add("of another sweep", {"x": 1.0})
    record.close()


def foreign_record(folder):
    (folder / f"{'0' * 32}.jsonl").write_text("no point\n")


def foreign_folder(folder):
    (folder / "deep").mkdir()
    (folder / "deep" / "notes").write_text("precious")


@pytest.mark.parametrize("foreign", [foreign_file, foreign_points, foreign_record, foreign_folder])
@pytest.mark.filterwarnings("ignore:in .* of its lines:UserWarning")
def test_what_others_have_put_into_the_folder_stays(foreign, tmp_path):
    folder = tmp_path / "out.nc.points"
    folder.mkdir()
    foreign(folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for values in ([1, 2], [5]):
        sweep(tmp_path / "out.nc", values)
        assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_link_to_a_folder_stays(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "out.nc.points").symlink_to("real")
    sweep(tmp_path / "out.nc", [1])
    assert (tmp_path / "out.nc.points").is_symlink() and names(tmp_path / "real") == []


@pytest.mark.parametrize("other", ["b.nc", "a.h5", "a", "a.nc.nc", "A.nc"])
def test_outputs_with_other_names_have_other_folders(other, tmp_path):
    with pytest.raises(RuntimeError, match="stopped"):
        sweep(tmp_path / other, [1, 3], failing)
    left = names(tmp_path / f"{other}.points")
    assert len(left) == 1
    sweep(tmp_path / "a.nc", [1, 2])
    assert names(tmp_path) == [f"{other}.points"] and names(tmp_path / f"{other}.points") == left


def test_a_stopped_sweep_with_the_same_output_can_be_resumed_after_another(tmp_path):
    with pytest.raises(RuntimeError, match="stopped"):
        sweep(tmp_path / "sweep.nc", [1, 2, 3], failing)
    (kept,) = (tmp_path / "sweep.nc.points").iterdir()
    assert len(kept.read_bytes().splitlines()) == 4
    sweep(tmp_path / "sweep.nc", [1, 2])  # another sweep with the default --out
    assert kept.exists()


HOLDING = """
import sys
from pathlib import Path
from neurosim.sweep.points import Record
record = Record(Path(sys.argv[1]))
record.add("key", {"x": 1.0})
print("open", flush=True)
sys.stdin.read()
"""


def test_points_of_a_running_sweep_stay_until_it_ends(tmp_path):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", HOLDING, tmp_path / "points"], **pipes) as process:
        assert process.stdout.readline() == "open\n"
        delete_points(tmp_path / "points", ["key"])
        assert len(names(tmp_path / "points")) == 1
        process.kill()
    delete_points(tmp_path / "points", ["key"])
    assert names(tmp_path) == []


def test_a_file_that_somebody_deletes_is_made_again(tmp_path):
    record = Record(tmp_path / "points")
    for key in ("a", "b"):
        record.add(key, {"x": 1.0})
        if key == "a":
            record.path.unlink()
    record.close()
    assert list(finished(tmp_path / "points", {"a", "b"})) == ["b"]


@pytest.mark.parametrize("there", ["file", "fifo"])
def test_a_folder_that_cannot_be_made_is_refused_before_the_first_point(there, tmp_path):
    made = {"file": lambda path: path.touch(), "fifo": os.mkfifo}
    made[there](tmp_path / "out.nc.points")

    with pytest.raises(OutputError, match=r"cannot write .*out\.nc\.points"):
        sweep(tmp_path / "out.nc", [3], failing)
