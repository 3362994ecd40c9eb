"""The page about constraints: its examples run, and the commands, files and constraints that it names exist."""

import re
import shlex
from pathlib import Path

import numpy as np

from neurosim.constraints import CONSTRAINTS

PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "constraints.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_python_examples_run(capsys):
    names: dict = {}
    blocks = re.findall(r"```python\n(.*?)```", TEXT, flags=re.S)
    for block in blocks:
        exec(compile(block, PAGE.name, "exec"), names)
    shown = re.findall(r"^print\(.*\)  # (.*)", "".join(blocks), flags=re.M)
    assert capsys.readouterr().out.strip().splitlines() == shown and len(shown) == 4


def test_visible_noise_has_the_stated_strength():
    names: dict = {}
    first, *_, last = re.findall(r"```python\n(.*?)```", TEXT, flags=re.S)
    exec(compile(first + last, PAGE.name, "exec"), names)
    net, out = names["net"], names["out"]
    rest = out.hidden_active.values @ net.weights.T / np.sqrt(net.n_hidden)
    assert abs((out.visible.values - rest).std() - names["sigma"]) < 0.02


def test_commands_links_and_constraints_exist():
    from typer.main import get_command

    from neurosim.cli.main import app

    commands = get_command(app).commands
    for line in re.findall(r"^neurosim (.*?)(?:  +#.*)?$", TEXT, flags=re.M):
        name, *arguments = shlex.split(line)
        commands[name].make_context(name, list(arguments))
    assert all((PAGE.parent / link).exists() for link in re.findall(r"\]\(([^)#]+)\)", TEXT))
    assert set(re.findall(r"^\| .*", TEXT, flags=re.M)) and set(CONSTRAINTS) - {"spread_tau"} <= set(
        re.findall(r"`(\w+)`", TEXT)
    )
