"""Measurements for the tests of sweeps, and access to their stored points."""

import importlib.util
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from neurosim import Network, save_result
from neurosim.measure.recall.trials import recalled_share

needs_dask = pytest.mark.skipif(not importlib.util.find_spec("distributed"), reason="distributed is not installed")
needs_submitit = pytest.mark.skipif(not importlib.util.find_spec("submitit"), reason="submitit is not installed")

NET = Network.gaussian(14_000, 10, seed=3)  # 1.1 MB: joblib hands it over as a memory map
RECALL = partial(recalled_share, n_cues=200, targets=np.random.default_rng(4).random((300, 10)) < 0.5)
GRID = {"threshold": [0.4, 0.5], "noise_std": [0, 2.0, 8.0]}


def saved(data, folder):
    path = folder / "result.nc"
    save_result(data, path)
    return path.read_bytes()


class Log:
    """What was measured, in whatever process: one line a point."""

    def __init__(self, path):
        self.path = str(path)

    def taken(self):
        """Return the points measured since the last look."""
        lines = Path(self.path).read_text().splitlines() if os.path.exists(self.path) else []
        Path(self.path).write_text("")
        return [tuple(json.loads(line)) for line in lines]


def logged(*, log, seed, a=0, b=0, network=None, extra=None, fails_at=None):
    with open(log, "a") as file:
        file.write(json.dumps([a, b]) + "\n")
    if fails_at is not None and a == fails_at:
        raise ZeroDivisionError("a is wrong")
    size = 0 if network is None else network.n_hidden
    return {"value": a + 10 * b + 100 * size, "seed_end": seed % 1000, "odd": bool(seed % 2)}


def other(*, log, seed, a=0, b=0):
    return logged(log=log, seed=seed, a=a, b=b)


def word_length(*, seed, word=""):
    return {"length": len(word)}


def strange(*, seed, a):
    return {"value": [np.copysign(np.nan, -1), np.inf, -np.inf, -0.0, 0.1 + 0.2][a], "whole": 2**60 + a}


def in_a_script(text, folder, *arguments):
    (folder / "script.py").write_text(text)
    command = [sys.executable, "script.py", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout
