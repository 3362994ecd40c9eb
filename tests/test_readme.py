"""What the README shows is run, in its order, as it stands."""

import re
import shlex
from pathlib import Path

import pytest

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_python_examples_run(capsys, tmp_path, monkeypatch):
    pytest.importorskip("brian2")
    pytest.importorskip("torch")
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.S)
    assert len(blocks) == 8
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)
    shown = re.findall(r"^print\(.*\)  # (.*)", "".join(blocks), flags=re.M)
    printed = capsys.readouterr().out.strip().splitlines()
    assert len(printed) == len(shown) and all(f"{s} ".startswith(f"{p} ") for p, s in zip(printed, shown, strict=True))
    assert names["monitor"].h.shape[0] == 10


def test_every_command_shown_exists_with_its_options():
    from typer.main import get_command

    from neurosim.cli.main import app

    commands = get_command(app).commands
    shown = re.findall(r"^neurosim (.*?)(?:  +#.*)?$", README, flags=re.M)
    assert len(shown) >= 6
    for line in shown:
        name, *arguments = shlex.split(line)
        commands[name].make_context(name, list(arguments))


def test_every_place_shown_exists():
    root = Path(__file__).parent.parent
    block = README.split("```\nneurosim/", 1)[1].split("```", 1)[0]
    folder = root / "neurosim"
    for line in block.splitlines():
        folder = root / line.split()[0] if re.match(r"\w+/", line) else folder
        for file in re.findall(r"\b(\w+\.py)\b", line) if line.startswith("  ") else []:
            assert (folder / file).exists(), file
    for folder in ("neurosim/", *re.findall(r"^(\w+/)", block, flags=re.M)):
        assert (root / folder).is_dir()
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert (root / link).exists(), link
