"""Runs that are killed, stopped, or out of disk: the next run has the same bits, and nothing is left behind.

Each command runs in a folder with files of others. It is stopped by a signal once a file shows that the work is under
way. The same command is then run to its end, and the folder compared with that of an undisturbed run.
"""

import os
import resource
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from neurosim import Network, load_result
from neurosim.engines.brian.compilers import compiler
from neurosim.engines.brian.exchange import TIMES

ROOT = Path(__file__).parents[2]
NEUROSIM = [sys.executable, "-m", "neurosim"]
SWEEP = [*NEUROSIM, "sweep", "--noise-std=0,1,2,3", "--ratio=5,10,20", "--hidden=3,4,5", "--visible-per-hidden=10,30"]
COMMANDS = {  # and a file that shows that the work is under way
    "learning": ([sys.executable, "learn.py"], "state"),
    "train": (
        [*NEUROSIM, "train", "images.npy", "--hidden", "6", "--recipe", "paper", "--checkpoint", "state"],
        "state",
    ),
    "recall": ([*NEUROSIM, "recall", "wide", "--cues", "12000", "--out", "out.nc"], ".neurosim-*.part"),
    "sweep": ([*SWEEP, "--networks", "3", "--cues", "16", "--out", "out"], "out.points/*.jsonl"),
    "workers": (
        [*SWEEP, "--networks", "3", "--cues", "16", "--out", "out", "--workers", "2"],
        "out.points/*.jsonl",
    ),
    "program": (
        [sys.executable, str(ROOT / "analysis" / "fig_11_time_constants.py"), "--quick", "--out", "figures"],
        "figures/points/*.jsonl",
    ),
    "build": (
        [*NEUROSIM, "recall", "net", "--cues", "5", "--engine", "brian:target=cpp_standalone", "--out", "out.nc"],
        "tmp/neurosim-brian-*/program/main.cpp",
    ),
    "report": ([*NEUROSIM, "report", "digits", "digits"], "report/wide.nc"),
}
LEARN = """
import numpy as np
from neurosim.learning import train
images = np.random.default_rng(0).random((60, 64))
train(images, n_hidden=6, epochs=100, recipe="paper", checkpoint="state").save("out")
"""
EXIT = {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGINT: 130}
FOREIGN = {"out.points/notes": "precious", "figures/points/notes": "precious", "out.nc.part": "precious"}


def folder_for(place):
    """Make a folder with networks, files of others, and a place for temporary files."""
    Network.gaussian(200, 8, seed=0).save(place / "net")
    Network.gaussian(4000, 8, seed=0).save(place / "wide")  # whose recalls are made and written in parts
    Network.gaussian(64, 6, seed=0).save(place / "digits")
    np.save(place / "images.npy", np.random.default_rng(0).random((60, 8, 8)))
    for name, text in FOREIGN.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    (place / "learn.py").write_text(LEARN)
    (place / "tmp").mkdir()
    return place


def start(name, folder, limit=lambda: None):
    def prepare():
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell lets its background jobs ignore it
        limit()

    settings = {"TMPDIR": str(folder / "tmp"), "NEUROSIM_CACHE": str(folder / "cache"), "OMP_NUM_THREADS": "1"}
    environment = {**os.environ, **settings, "PYTHONPATH": str(ROOT)}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(COMMANDS[name][0], cwd=folder, env=environment, preexec_fn=prepare, **streams)


def finish(name, folder):
    process = start(name, folder)
    out, err = process.communicate(timeout=900)
    assert process.returncode == 0, out + err


def under_way(pattern, folder):
    """Return what shows progress: the files of a pattern, with their sizes and times."""
    found = [(path.name, path.stat()) for path in folder.glob(pattern)]
    return {(name, status.st_size, status.st_mtime_ns) for name, status in found if status.st_size}


def wait_for(pattern, folder, process, before):
    """Wait until a file of the pattern is new or has changed."""
    while under_way(pattern, folder) <= before:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


def wait_for_the_end_of_all(folder):
    """Wait until no process that has the folder in its environment is left, such as a worker or a compiler."""
    until = time.monotonic() + 30
    while left := [path.parent.name for path in Path("/proc").glob("[0-9]*/environ") if belongs(path, folder)]:
        assert time.monotonic() < until, left
        time.sleep(0.1)


def belongs(path, folder):
    try:
        return os.fsencode(folder) in path.read_bytes()
    except OSError:  # it has ended, or is another user's
        return False


def contents(folder):
    """Return all files by their names, except caches, and temporary files, which are looked at separately."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    kept = [path for path in paths if path.relative_to(folder).parts[0] not in ("cache", "tmp")]
    return {str(path.relative_to(folder)): content(path) for path in kept}


def content(path):
    """Return the bytes of a file; of a result of a C++ program, which states how long it took, all but this."""
    result = load_result(path) if path.suffix == ".nc" else None
    if result is None or TIMES[0] not in result.attrs:
        return path.read_bytes()
    variables = {name: (one.dims, one.attrs, one.values.tolist()) for name, one in result.variables.items()}
    return repr(({name: value for name, value in result.attrs.items() if name not in TIMES}, variables))


def comparable(files, name):
    """Return the files of results; stored points of programs have random names and are in the order of the work."""
    kept = {n: c for n, c in files.items() if not (name == "program" and n.endswith(".jsonl"))}
    return {n: c for n, c in kept.items() if not n.endswith(".html")}  # the page of a report names durations


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Return a function that gives the files of an undisturbed run of a command."""
    found = {}

    def files(name):
        if name not in found:
            folder = folder_for(tmp_path_factory.mktemp(name))
            finish(name, folder)
            found[name] = comparable(contents(folder), name)
        return found[name]

    return files


ALL = [(name, number) for name in COMMANDS for number in EXIT if name != "learning" or number == signal.SIGKILL]
CASES = [
    pytest.param(
        *case,
        id=f"{case[0]}-{case[1].name}",
        marks=[pytest.mark.torch] * (case[0] == "learning"),
    )
    for case in ALL
]


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name, number", CASES)
def test_a_stopped_run_is_repeated_with_the_same_bits_and_leaves_nothing(name, number, undisturbed, tmp_path):
    if name == "build" and not compiler():
        pytest.skip("needs a C++ compiler")
    folder = folder_for(tmp_path)
    for _ in range(2):
        before = under_way(COMMANDS[name][1], folder)
        process = start(name, folder)
        wait_for(COMMANDS[name][1], folder, process, before)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)  # also of workers, which have the same streams
        assert process.returncode == EXIT[number], out + err
        assert "Traceback" not in err
        wait_for_the_end_of_all(folder)
        if number != signal.SIGKILL:
            assert [line for line in err.splitlines() if "stopped" in line] == err.splitlines()[-1:]
    finish(name, folder)
    assert comparable(contents(folder), name) == undisturbed(name)
    assert {n: (folder / n).read_text() for n in FOREIGN} == FOREIGN
    left = [path.name for path in (folder / "tmp").iterdir()]
    assert [name for name in left if not name.startswith("torchinductor")] == []  # an empty folder of torch


def limited(kind, size):
    resource.setrlimit(kind, (size, size))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "learning"])
@pytest.mark.parametrize("size", [100, 3_000, 30_000])
def test_a_full_disk_is_one_line_and_leaves_what_was_there(name, size, undisturbed, tmp_path):
    if name == "build" and not compiler():
        pytest.skip("needs a C++ compiler")
    folder = folder_for(tmp_path)
    before = contents(folder)
    process = start(name, folder, partial(limited, resource.RLIMIT_FSIZE, size))
    out, err = process.communicate(timeout=900)
    if process.returncode:
        assert process.returncode == 2, out + err
        assert "Traceback" not in err and ": error: " in err.splitlines()[-1]
    after = contents(folder)
    assert {n: after[n] for n in before} == before
    finish(name, folder)
    assert comparable(contents(folder), name) == undisturbed(name)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in ("learning", "build", "report")])
@pytest.mark.parametrize("size", [2**29, 2**30, 3 * 2**30])
def test_a_memory_limit_is_one_line_or_the_result(name, size, undisturbed, tmp_path):
    folder = folder_for(tmp_path)
    process = start(name, folder, partial(limited, resource.RLIMIT_AS, size))
    process.communicate(timeout=900)
    assert process.returncode != 0 or comparable(contents(folder), name) == undisturbed(name)
    finish(name, folder)
    assert comparable(contents(folder), name) == undisturbed(name)
    assert {n: (folder / n).read_text() for n in FOREIGN} == FOREIGN


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device /dev/full of Linux")
@pytest.mark.parametrize("kind", ["full", "closed"])
def test_a_stream_that_takes_no_more_ends_a_command_in_order(kind, tmp_path):
    Network.gaussian(20, 3, seed=0).save(tmp_path / "net")
    command = [*NEUROSIM, "recall", "net", "--cues", "3"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    options = {"cwd": tmp_path, "env": environment, "stderr": subprocess.PIPE, "text": True}
    if kind == "full":
        with open("/dev/full", "w") as full:
            done = subprocess.run(command, stdout=full, **options)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert done.stderr.startswith("neurosim: error: cannot print: No space left")
    else:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, **options)
        process.stdout.close()  # as head does
        assert process.stderr.read() == "" and process.wait() == 141
        process.stderr.close()
