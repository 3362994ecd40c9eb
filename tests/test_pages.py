"""README and docs/: their examples run and print what they show, their commands parse, their links exist."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), ROOT / "benchmarks" / "README.md"]
}
EXAMPLES = {name: re.findall(r"```python\n(.*?)```", text, flags=re.S) for name, text in PAGES.items()}
SLOW = (
    "docs/explanation/learning-rules.md",
    "docs/explanation/learning-by-spikes.md",
    "docs/explanation/dale-spiking.md",
    "docs/how-to/animate.md",
    "docs/how-to/damaged-cues.md",
    "docs/how-to/measure.md",
    "docs/how-to/own-model.md",
    "docs/how-to/scikit-learn-and-torch.md",
    "docs/how-to/spikes.md",
    "docs/how-to/train.md",
)
RUN = [
    pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else [])
    for name, blocks in EXAMPLES.items()
    if blocks and name != "CONTRIBUTING.md"  # its examples are the files of a contribution; see test_contributing.py
]


def commands_of(text, program):
    """Return the arguments of every command of a program that a page shows; a backslash continues a line."""
    lines = re.findall(rf"^{program} (.*?)(?:  *#.*)?$", text.replace("\\\n", ""), flags=re.M)
    return [shlex.split(line) for line in lines]


def links_of(text):
    """Return the files to which a page links."""
    return re.findall(r"\]\(([^)#:]+)\)", text)


def test_links_commands_and_examples_are_found():
    texts = PAGES.values()
    assert any(map(links_of, texts)) and RUN
    for program in ("neurosim", "python", "make"):
        assert any(commands_of(text, program) for text in texts), program


@pytest.mark.parametrize("name", PAGES)
def test_links_exist(name):
    missing = [link for link in links_of(PAGES[name]) if not (ROOT / name).parent.joinpath(link.strip()).exists()]
    assert not missing


@pytest.mark.parametrize("name", PAGES)
def test_commands_parse(name):
    from typer.main import get_command

    from neurosim.cli.main import app

    commands = getattr(get_command(app), "commands")  # noqa: B009
    for command, *arguments in commands_of(PAGES[name], "neurosim"):
        commands[command].make_context(command, [word for word in arguments if word != "…"])
    for program, *_ in commands_of(PAGES[name], "python"):
        assert (ROOT / program).is_file(), program
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target, *_ in commands_of(PAGES[name], "make"):
        assert re.search(rf"^{target}:", makefile, flags=re.M), target


@pytest.mark.parametrize("name", RUN)
def test_examples_run(name, tmp_path):
    """In an empty directory whose user has files named like folders of this project."""
    pytest.importorskip("torch")
    for own in ("analysis", "training", "tests"):
        (tmp_path / f"{own}.py").write_text("raise ImportError('the file of the user was imported')\n")
    code = "\n".join(EXAMPLES[name])
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    (tmp_path / "example.py").write_text(code, encoding="utf-8")
    command = [sys.executable, "example.py"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    shown = re.findall(r"^ *print\(.*\)  # (.*)", code, flags=re.M)
    printed = done.stdout.strip().splitlines()
    assert len(printed) == len(shown)
    assert all(f"{s} ".startswith(f"{p} ") for p, s in zip(printed, shown, strict=True)), (printed, shown)


def test_the_readme_is_one_page():
    assert len(PAGES["README.md"].splitlines()) <= 120


def test_the_readme_names_every_folder():
    block = PAGES["README.md"].split("```\nneurosim/", 1)[1].split("```", 1)[0]
    named = {"neurosim/", *re.findall(r"^(\w+/)", block, flags=re.M)}
    assert {"analysis/", "training/", "tests/", "docs/"} <= named
    for folder in named:
        assert (ROOT / folder).is_dir()
