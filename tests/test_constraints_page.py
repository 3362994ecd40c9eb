"""The page about constraints: its noise has the strength shown, and it names every constraint."""

import re
from pathlib import Path

import numpy as np

from neurosim.constraints import CONSTRAINTS

PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "constraints.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_visible_noise_has_the_stated_strength():
    names: dict = {}
    first, *_, last = re.findall(r"```python\n(.*?)```", TEXT, flags=re.S)
    exec(compile(first + last, PAGE.name, "exec"), names)
    net, out = names["net"], names["out"]
    rest = out.hidden_active.values @ net.weights.T / np.sqrt(net.n_hidden)
    assert abs((out.visible.values - rest).std() - names["sigma"]) < 0.02


def test_every_constraint_is_named():
    assert set(CONSTRAINTS) - {"spread_tau"} <= set(re.findall(r"`(\w+)`", TEXT))
