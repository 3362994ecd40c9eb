"""The command line, called in this process in a folder of its own."""

import struct
import sys
from typing import NamedTuple

import numpy as np
import pytest

from neurosim.cli.main import main


class Answer(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Return a function that calls the command in `tmp_path`, without the user's data."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NEUROSIM_DATA", raising=False)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["neurosim", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return call


@pytest.fixture
def run_on_mnist(run, tmp_path):
    """Return `run` with a data folder whose mnist/ holds 300 + 100 random patterns of ten classes."""
    folder = tmp_path / "data" / "mnist"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    classes = rng.random((10, 28, 28)) > 0.8
    for stem, count in (("train", 300), ("t10k", 100)):
        labels = np.arange(count, dtype=np.uint8) % 10
        images = (255 * np.clip(classes[labels] * rng.uniform(0.4, 1, (count, 28, 28)), 0, 1)).astype(np.uint8)
        for values, kind in ((images, "images-idx3"), (labels, "labels-idx1")):
            head = bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
            (folder / f"{stem}-{kind}-ubyte").write_bytes(head + values.tobytes())
    return lambda *arguments: run(*arguments, "--data-dir", "data")
