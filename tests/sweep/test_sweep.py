"""Sweeps: results, stored points, and resuming."""

import io
import json
import os
import runpy
import sys
from functools import partial
from typing import Any

import numpy as np
import pytest
from sweep_cases import NET, Log, logged, other, saved, strange, word_length

import neurosim
from neurosim import InvalidInput, Network, OutputError, Sigmoid, load_result
from neurosim.damage import Noise
from neurosim.seeds import spawn_seeds
from neurosim.sweep import points as sweep_points
from neurosim.sweep.grid import Runner, run


@pytest.fixture
def log(tmp_path):
    return Log(tmp_path / "log")


# What a sweep is


def test_every_value_is_at_its_coordinates(log, tmp_path):
    labels = {"a": ("length", "m"), "value": ("sum", "m")}
    grid = {"a": np.array([1.5, 2.5]), "b": range(3)}
    data = run(partial(logged, log=log.path), grid, networks=4, seed=7, labels=labels)
    assert dict(data.sizes) == {"a": 2, "b": 3, "network": 4} and data.value.dims == ("a", "b", "network")
    for i, j, k in np.ndindex(2, 3, 4):
        assert data.value[i, j, k] == [1.5, 2.5][i] + 10 * j
        assert data.seed_end[i, j, k] == spawn_seeds(7, 4)[k] % 1000
    assert (data.value.dtype, data.seed_end.dtype, data.odd.dtype) == (float, int, bool)
    assert data.attrs == {"n_networks": 4, "seed": 7}
    assert data.a.attrs == {"long_name": "length", "units": "m"} and data.value.attrs["long_name"] == "sum"
    assert all({"long_name", "units"} <= set(v.attrs) for v in data.variables.values())
    saved(data, tmp_path)
    assert load_result(tmp_path / "result.nc").identical(data)


def test_ranges_of_strings_and_empty_grids():
    data = run(word_length, {"word": ["ja", "nein"]}, networks=1, seed=0)
    assert data.length.sel(word="nein", network=0) == 4
    assert run(word_length, {}, networks=3, seed=0).length.dims == ("network",)


def double(x):
    return 2 * x


class Tally:
    """A callable object that is described by its parameters."""

    def __init__(self, start=0):
        self.start = start

    def get_params(self):
        return {"start": self.start}

    def __call__(self, x):
        return self.start + x


def applied(*, log, seed, f, x):
    logged(log=log, seed=seed, a=x)
    return {"value": f(x)}


def test_a_range_of_labelled_objects_is_measured_with_the_objects(log, tmp_path):
    runner, measure = Runner(tmp_path / "points"), partial(applied, log=log.path)
    grid = {"f": {"twice": double, "as int": int, "from 5": Tally(5)}, "x": [3]}
    with pytest.raises(InvalidInput, match=r"int.* cannot be identified"):
        run(measure, grid, networks=1, seed=0, runner=runner)  # int has no source
    del grid["f"]["as int"]
    data = run(measure, grid, networks=1, seed=0, runner=runner)
    assert data.f.values.tolist() == ["twice", "from 5"] and data.value.values.ravel().tolist() == [6, 8]
    assert len(log.taken()) == 2
    grid["f"] = {"2x": double, "from 6": Tally(6), "from 5": Tally(5)}
    data = run(measure, grid, networks=1, seed=0, runner=runner)  # labels do not matter, parameters do
    assert data.value.values.ravel().tolist() == [6, 9, 8] and len(log.taken()) == 1
    free = run(measure, {"f": {"lambda": lambda x: x}, "x": [3]}, networks=1, seed=0)  # if nothing is kept
    assert free.value.item() == 3
    with pytest.raises(InvalidInput, match="the range of f must map labels to objects"):
        run(measure, {"f": {}, "x": [3]}, networks=1, seed=0)


def test_nan_infinity_and_whole_numbers_come_back_from_the_file_with_all_their_bits(tmp_path):
    runner = Runner(tmp_path / "points")
    fresh, again = (run(strange, {"a": range(5)}, networks=1, seed=0, runner=runner) for _ in range(2))
    assert (
        saved(fresh, tmp_path)
        == saved(again, tmp_path)
        == saved(run(strange, {"a": range(5)}, networks=1, seed=0), tmp_path)
    )
    assert list(fresh.value.values[1:3, 0]) == [np.inf, -np.inf] and np.signbit(fresh.value.values[3, 0])
    assert np.isnan(fresh.value.values[0, 0]) and fresh.whole.values[4, 0] == 2**60 + 4


RANGE = r"the range of a must be a sequence of numbers \(not NaN\) or strings, got "
NETWORKS = "networks must be a Network or a non-empty sequence of them, got "
NUMBER = "networks must be a whole number >= 1, got "
WRONG = {
    "an empty range": ({"grid": {"a": []}}, RANGE + r"\[\]"),
    "a value twice": ({"grid": {"a": [1, 2, 1.0]}}, "must not contain a value twice"),
    "NaN": ({"grid": {"a": [np.nan]}}, RANGE + r"\[nan\]"),
    "no range": ({"grid": {"a": 3}}, RANGE + "3"),
    "a word as range": ({"grid": {"a": "abc"}}, RANGE + "'abc'"),
    "arrays": ({"grid": {"a": np.eye(2)}}, RANGE + r"array\("),
    "a range called seed": ({"grid": {"seed": [1]}}, "no range can be called seed"),
    "a range called network": ({"grid": {"network": [1]}}, "no range can be called network"),
    "no network": ({"networks": 0}, NUMBER + "0; or give a Network"),
    "no Networks": ({"networks": []}, NETWORKS + r"\[\]"),
    "not a Network": ({"networks": [1]}, NETWORKS + r"\[1\]"),
    "yes": ({"networks": True}, NUMBER + "True"),
}


def test_networks_are_refused_by_a_measurement_that_makes_its_own():
    with pytest.raises(InvalidInput, match="networks must be a whole number, since the measurement makes its own"):
        run(lambda *, seed, a: {"value": a}, {"a": [1]}, networks=[Network(np.ones((2, 2)))], seed=0)


@pytest.mark.parametrize(("wrong", "message"), WRONG.values(), ids=WRONG)
def test_invalid_sweeps_are_refused_before_measuring(wrong, message, log):
    with pytest.raises(InvalidInput, match=message):
        run(partial(logged, log=log.path), **{"grid": {"a": [1]}, "networks": 1, "seed": 0, **wrong})
    assert not log.taken()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        *[({"workers": n}, "workers must be a whole number >= 1") for n in (0, 1.5, True)],
        *[({"cluster": c}, "cluster must be one of") for c in ("slurn", "http://host:8787", "host:8786")],
        ({"cluster": "slurm"}, "cluster='slurm' needs points=, a folder"),
    ],
    ids=str,
)
def test_a_wrong_runner_is_refused(options, message):
    with pytest.raises(InvalidInput, match=message):
        Runner(**options)


def returning(result, *, seed, a) -> Any:
    return result


def test_measurements_return_numbers_by_unused_names():
    for result in ({"x": "1"}, {"x": np.zeros(1)}, {"x": None}, [1.0], {"a": 1.0}, {"network": 1.0}, {1: 1.0}):
        with pytest.raises(InvalidInput, match=r"must return numbers|must have a name") as error:
            run(partial(returning, result), {"a": [1]}, networks=1, seed=0)
        assert "'a': 1" in error.value.__notes__[0]
    with pytest.raises(InvalidInput, match="same names"):
        run(lambda *, seed, a: {f"x{a}": 1}, {"a": [1, 2]}, networks=1, seed=0)


# What is kept


def test_only_new_points_are_measured(log, tmp_path):
    runner = Runner(tmp_path / "points")
    net = Network.gaussian(30, 3, seed=0)

    def measured(measure=logged, grid=None, networks: Any = 2, seed=0, **fixed):
        run(partial(measure, log=log.path, **fixed), grid or {"a": [1, 2]}, networks=networks, seed=seed, runner=runner)
        return len(log.taken())

    assert measured() == 4 and measured() == 0
    assert measured(grid={"a": [2, 3, 1]}) == 2 and measured(networks=5) == 6  # a grown grid, more networks
    assert measured(grid={"a": np.array([1, 2, 3])}) == 0  # numpy's numbers are Python's
    assert measured(grid={"a": [5], "b": [6]}) == 2 and measured(grid={"a": [6], "b": [5]}) == 2
    assert measured(seed=1) == 4 and measured(other) == 4
    extras = [
        1,
        "1",
        [1.0],
        {"b": 1},
        np.zeros(2),
        np.zeros(2, int),
        np.zeros((1, 2)),
        np.ones(2),
        Noise(1.0),
        Noise(2.0),
    ]
    extras += [word_length, net, net.replace(threshold=0.4), net.replace(hidden_activation=Sigmoid(5.0))]
    assert [measured(extra=extra) for extra in extras] == [4] * len(extras)
    assert [measured(extra=extra) for extra in extras] == [0] * len(extras)
    nets = [net, net.replace(tau_v=1e-3)]
    assert measured(networks=nets) == 4 and measured(networks=nets[:1]) == 0
    assert measured(networks=[net.replace(provenance={"from": "elsewhere"})]) == 0
    assert measured(networks=[nets[0], nets[0].replace(feedback=nets[0].weights.T * 2)]) == 2
    assert measured(networks=[Network(np.asfortranarray(net.weights), ensemble=net.ensemble)]) == 0


def test_another_source_measures_anew_and_another_version_does_not(log, tmp_path, monkeypatch):
    runner, grid = Runner(tmp_path / "points"), {"a": [1, 2]}
    for text, version, expected in ((" + 1", "1", 2), (" + 2", "1", 2), (" + 1", "2", 0), (" + 2", "1", 0)):
        (tmp_path / "script.py").write_text(
            "def f(*, log, seed, a):\n    open(log, 'a').write('[1]\\n')\n    return {'x': a" + text + "}\n"
        )
        measure = runpy.run_path(str(tmp_path / "script.py"))["f"]
        monkeypatch.setattr(neurosim, "__version__", version)
        data = run(partial(measure, log=log.path), grid, networks=1, seed=0, runner=runner)
        assert len(log.taken()) == expected and data.x[0, 0] == 1 + int(text[-1])


@pytest.mark.parametrize("what", [lambda *, seed, a: {"x": a}, len, NET.replace, object()], ids=type)
def test_measurements_without_a_unique_name_are_not_stored(what, tmp_path):
    with pytest.raises(InvalidInput, match="cannot be identified" if callable(what) else "must be a function"):
        run(what, {"a": [1]}, networks=1, seed=0, runner=Runner(tmp_path / "points"))
    with pytest.raises(InvalidInput, match="cannot be identified"):
        run(partial(logged, extra=what), {"a": [1]}, networks=1, seed=0, runner=Runner(tmp_path / "points"))


@pytest.mark.slow
def test_a_truncated_file_loses_the_truncated_point_only(log, tmp_path):
    runner, measure = Runner(tmp_path / "points"), partial(logged, log=log.path)
    data = run(measure, {"a": [1, 2]}, networks=1, seed=0, runner=runner)
    (file,) = (tmp_path / "points").iterdir()
    whole = file.read_bytes()
    first = whole.index(b"\n") + 1
    log.taken()
    for size in range(first - 2, len(whole)):
        for path in (tmp_path / "points").iterdir():
            path.unlink()
        file.write_bytes(whole[:size])
        again = run(measure, {"a": [1, 2]}, networks=1, seed=0, runner=runner)
        assert again.identical(data)
        assert len(log.taken()) == 2 - (size >= first - 1) - (size >= len(whole) - 1)


def test_foreign_and_damaged_files_are_ignored(log, tmp_path):
    points, measure = tmp_path / "points", partial(logged, log=log.path)
    data = run(measure, {"a": [1, 2]}, networks=1, seed=0, runner=Runner(points))
    (file,) = points.iterdir()
    key = json.loads(file.read_bytes().splitlines()[0])["key"]
    lines = [5, [1], None, {"key": [1], "values": {}}, {"key": key}, {"key": key, "values": 3}]
    lines += [{"key": key, "values": {"value": "x"}}, {"key": key, "values": {"value": [1]}}]
    for name in ("0.jsonl", "z.jsonl"):  # read before and after the points
        (points / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    (points / "zz.jsonl").write_bytes(np.random.default_rng(0).bytes(10_000) + b"\n" + b"[" * 100_000 + b"\n")
    (points / "folder.jsonl").mkdir()
    (points / "notes.txt").write_text("hello")
    file.write_bytes(b"\x00\xff garbage\n\n" + file.read_bytes() + b'\x00{"key"')
    log.taken()
    assert run(measure, {"a": [1, 2]}, networks=1, seed=0, runner=Runner(points)).identical(data)
    assert not log.taken()


def test_an_unwritable_folder_is_refused_before_measuring(log, tmp_path):
    (tmp_path / "file").write_text("")
    for points in (tmp_path / "file", tmp_path / "file" / "points"):
        with pytest.raises(OutputError, match="cannot write"):
            run(partial(logged, log=log.path), {"a": [1]}, networks=1, seed=0, runner=Runner(points))
    assert not log.taken()


def test_a_full_disk_is_named(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        run(strange, {"a": [1]}, networks=1, seed=0, runner=Runner(tmp_path / "points"))


@pytest.mark.parametrize("stop", [ZeroDivisionError, KeyboardInterrupt])
def test_points_finished_before_a_stop_are_stored(stop, log, tmp_path, monkeypatch):
    runner, grid = Runner(tmp_path / "points"), {"a": [1, 2, 3, 4]}
    measure = partial(logged, log=log.path)
    if stop is KeyboardInterrupt:
        measure = partial(interrupted, log=log.path)
    else:
        measure = partial(logged, log=log.path, fails_at=3)
    with pytest.raises(stop) as error:
        run(measure, grid, networks=1, seed=0, runner=runner)
    if stop is ZeroDivisionError:
        assert "'a': 3" in error.value.__notes__[0]
    assert log.taken() == [(1, 0), (2, 0), (3, 0)]
    with pytest.raises(stop):
        run(measure, grid, networks=1, seed=0, runner=runner)
    assert log.taken() == [(3, 0)]


def interrupted(*, log, seed, a):
    logged(log=log, seed=seed, a=a)
    if a == 3:
        raise KeyboardInterrupt
    return {"x": a}


def test_networks_are_read_once_and_not_at_every_point(tmp_path, monkeypatch):
    read = 0

    def counting(data=b""):
        nonlocal read
        read += memoryview(data).nbytes
        return sha256(data)

    sha256 = sweep_points.hashlib.sha256
    monkeypatch.setattr(sweep_points.hashlib, "sha256", counting)
    nets = [NET, NET.replace(threshold=0.4)]
    run(ignoring, {"a": range(500)}, networks=nets, seed=0, runner=Runner(tmp_path / "points"))
    size = 8 * NET.weights.size
    assert 2 * size < read < 2.5 * size


def ignoring(*, seed, network, a):
    return {"x": a}


@pytest.mark.parametrize("tty, progress", [(True, True), (False, True), (True, False)])
def test_progress_is_shown_on_a_terminal_on_request(tty, progress, tmp_path, monkeypatch):
    run(strange, {"a": range(2)}, networks=1, seed=0, runner=Runner(tmp_path / "points"))
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: tty)
    monkeypatch.setattr(sys, "stderr", screen)
    run(strange, {"a": range(3)}, networks=1, seed=0, runner=Runner(tmp_path / "points", progress=progress))
    assert ("2/3" in screen.getvalue()) == (tty and progress) == bool(screen.getvalue())


@pytest.mark.filterwarnings("default:.*no whole point")
def test_no_flipped_byte_of_a_stored_point_changes_a_result(tmp_path):
    points = tmp_path / "points"
    run(strange, {"a": [1, 4]}, networks=1, seed=0, runner=Runner(points))
    (file,) = points.iterdir()
    whole = file.read_bytes()
    right = sweep_points.finished(points, {json.loads(line)["key"] for line in whole.splitlines()})
    assert len(right) == 2
    for place in range(len(whole)):
        for bit in range(8):  # bit 0 turns a digit into another digit
            damaged = bytearray(whole)
            damaged[place] ^= 1 << bit
            file.write_bytes(damaged)
            found = sweep_points.finished(points, set(right))  # what is not found is measured again
            assert found.items() <= right.items() and len(found) >= (place != whole.index(b"\n"))


def test_a_changed_digit_is_named_and_measured_again(log, tmp_path):
    runner, measure = Runner(tmp_path / "points"), partial(logged, log=log.path)
    data = run(measure, {"a": [1, 2]}, networks=1, seed=0, runner=runner)
    (file,) = (tmp_path / "points").iterdir()
    changed = file.read_text().replace('"value": 2', '"value": 3')
    assert changed != file.read_text()
    file.write_text(changed)
    log.taken()
    with pytest.warns(UserWarning, match=r"1 of its lines is no whole point"):
        again = run(measure, {"a": [1, 2]}, networks=1, seed=0, runner=runner)
    assert again.identical(data) and log.taken() == [(2, 0)]
