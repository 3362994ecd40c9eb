"""Bad texts for every option of every command: refused in one line before any work, or taken."""

import os
import signal
import sys

import numpy as np
import pytest

pytest.importorskip("torch")

from command_lines import GOOD, WORK, lines

from neurosim import Network
from neurosim.cli import output
from neurosim.cli.main import main

LINES = list(lines())
SECONDS = 20  # no line takes as long


class TooLong(BaseException):
    """A line takes longer than `SECONDS`."""


def stop(*_):
    raise TooLong


def write_pictures():
    """Write a folder of pictures with two classes, and parts for training and for tests."""
    image = pytest.importorskip("PIL.Image")
    for k, folder in enumerate(("train/a", "train/b", "test/a", "test/b")):
        os.makedirs(f"pictures/{folder}")
        for n in range(2):
            pixels = np.random.default_rng([k, n]).integers(0, 256, (8, 8), dtype=np.uint8)
            image.fromarray(pixels).save(f"pictures/{folder}/{n}.png")


@pytest.fixture
def answer(tmp_path, monkeypatch, capsys):
    """Return a function that runs a command and returns what is wrong with its answer, or None."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NEUROSIM_DATA", raising=False)
    monkeypatch.setattr(output, "write_with_figure", lambda *_: None)  # figures take a second each
    reached = []
    for name in WORK.values():
        monkeypatch.setattr(name, lambda *_, **__: reached.append(True) or sys.exit(0))
    Network.gaussian(64, 4, seed=0).save("net.safetensors")
    write_pictures()
    before = signal.signal(signal.SIGALRM, stop)

    def call(name, arguments):
        monkeypatch.setattr(sys, "argv", ["neurosim", name, *arguments])
        capsys.readouterr()
        here = set(os.listdir())
        signal.alarm(SECONDS)
        try:
            main()
            code = 0
            call.codes.append(0)
        except SystemExit as end:
            code = end.code or 0
            call.codes.append(code)
        except (Exception, TooLong) as error:
            return f"{name} {arguments}: {type(error).__name__}: {error}"
        finally:
            signal.alarm(0)
        said, made = capsys.readouterr(), set(os.listdir()) - here
        if code == 0:
            return None
        if code != 2 or said.err.strip().count("\n") or not said.err.strip():
            return f"{name} {arguments}: exit code {code}, {said.err!r}"
        return f"{name} {arguments}: refused, and wrote {made}" if made and not reached else None

    call.reached, call.codes = reached, []
    yield call
    signal.signal(signal.SIGALRM, before)


def test_command_lines_are_many():
    assert len(LINES) > 800


@pytest.mark.parametrize("name", GOOD)
def test_every_command_works_with_its_good_arguments(name, answer):
    assert answer(name, GOOD[name]) is None and answer.codes == [0]
    assert bool(answer.reached) == (name in WORK)


@pytest.mark.parametrize("part", [0, 1, *(pytest.param(part, marks=pytest.mark.slow) for part in (2, 3))])
def test_bad_texts_are_refused_in_one_line_or_right(part, answer):
    assert [wrong for line in LINES[3 * part :: 23] if (wrong := answer(*line))] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", GOOD)
def test_all_bad_texts_are_refused_in_one_line_or_right(name, answer):
    assert [wrong for line in LINES if line[0] == name and (wrong := answer(*line))] == []
