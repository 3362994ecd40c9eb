"""The ablation program applies the changes in the names of its runs."""

import runpy
from pathlib import Path
from types import SimpleNamespace

from neurosim import Network
from neurosim.measure.learned.trained import TrainedNetwork

PROGRAM = Path(__file__).parents[2] / "training" / "ablation.py"


def test_every_run_is_trained_with_the_changes_in_its_name(digits):
    program, calls = runpy.run_path(str(PROGRAM)), []

    def train(*subject, **changes):
        calls.append((subject, changes))
        return TrainedNetwork(Network.gaussian(64, 5, seed=len(calls)), digits.select(slice(20)))

    found = program["measure"](SimpleNamespace(train=train, seed=0, pick=lambda full, quick: full))["ablation"]
    assert calls == [(("mnist", 50, recipe), changes) for recipe, changes in program["RUNS"]]
    assert list(found.run.values[:3]) == [
        "certified",
        "certified: repulsion = 0.0",
        "certified: noise_cost = 0.0",
    ]
    assert len(set(found.run.values)) == len(calls)
