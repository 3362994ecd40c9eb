"""The examples of CONTRIBUTING.md run unchanged."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from neurosim import Network, cells, constraints, damage, models, patterns, recall
from neurosim.engines import Brian
from neurosim.learning import Images, local_rules

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
CONSTRAINT, MODEL, CELL, RULE, DAMAGE, FIGURE = re.findall(r"```python\n(.*?)```", TEXT, flags=re.S)


@pytest.fixture
def names(monkeypatch):
    """Run the recipes of the library; the registries are restored afterwards."""
    registries = (
        (constraints, "CONSTRAINTS"),
        (models, "MODELS"),
        (cells, "KINDS"),
        (cells, "CELLS"),
        (local_rules, "LOCAL_RULES"),
        (damage, "DAMAGES"),
    )
    for module, registry in registries:
        known = getattr(module, registry)
        for name in list(known):
            monkeypatch.setitem(known, name, known[name])
    before = [(getattr(module, registry), set(getattr(module, registry))) for module, registry in registries]
    found: dict = {"__name__": "contributed"}
    exec(compile("\n".join((CONSTRAINT, MODEL, CELL, RULE, DAMAGE)), "CONTRIBUTING.md", "exec"), found)
    yield found
    for known, kept in before:
        for name in set(known) - kept:
            del known[name]


@pytest.mark.parametrize("recipe", [CONSTRAINT, MODEL, CELL, RULE, DAMAGE])
def test_a_recipe_has_about_twenty_lines(recipe):
    assert len([line for line in recipe.splitlines() if line.strip()]) <= 22


def test_the_constraint(names):
    net = constraints.constrain(Network.gaussian(200, 5, seed=0), [names["Excitatory"]()], seed=0)
    assert net.weights.min() == 0 and net.is_symmetric
    assert net.constraints[0]["name"] == "excitatory"


def test_the_model(names):
    stored = 2 * patterns.random_hidden_states(200, 5, seed=0) - 1.0
    assert models.MODELS["clipped"]().store(stored).is_fixed(stored).all()


@pytest.mark.slow
def test_the_cell(names):
    net = Network.gaussian(100, 3, seed=0)
    cues = patterns.visible_cues(net, patterns.all_hidden_states(3))
    out = recall(net, cues, engine=Brian(cells="irregular"), duration=50e-3, seed=0)
    assert out.n_spikes.values.sum() > 0


def test_the_learning_rule(names):
    from neurosim.learning.local import learn

    net = learn(two_kinds_of_images(), rule="gated-oja", n_hidden=4, seed=0)
    assert np.isfinite(net.weights).all() and len(np.unique(net.threshold)) == 4


def test_the_damage(names):
    from neurosim.cli import parse

    assert parse.damage("dimmed:0.25").apply(np.ones((1, 4)), seed=0).tolist() == [[0.75] * 4]


def two_kinds_of_images():
    """Return 40 noisy images of 16 pixels, the upper or the lower half of them bright."""
    bright = np.arange(40)[:, None] % 2 == np.arange(16) // 8
    pixels = 0.5 * np.random.default_rng(0).random((40, 16)) + 0.5 * bright
    return Images(pixels, np.zeros(40, int), (4, 4), "halves")


def test_the_figure(tmp_path):
    program = tmp_path / "recall_against_threshold.py"
    program.write_text(FIGURE, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, str(program), "--quick", "--networks", "2", "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert "θ = 0.5" in done.stdout
    assert {"index.html", "recall_against_threshold.svg"} <= {path.name for path in (tmp_path / "out").iterdir()}
