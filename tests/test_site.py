"""The parts of the documentation site that are made of other files: programs, public names, commands, links."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


TUTORIALS = sorted((ROOT / "docs" / "tutorial").glob("*.md"))
CELL = re.compile(r"```\{code-cell\} python\n(---\n.*?---\n|:[^\n]*\n\n)?(.*?)```", flags=re.S)
EXECUTED = [
    path
    for folder in ("tutorial", "explanation")
    for path in sorted((ROOT / "docs" / folder).glob("*.md"))
    if "```{code-cell}" in path.read_text(encoding="utf-8")
]


@pytest.fixture
def extensions(monkeypatch):
    """Import a module of the site."""
    pytest.importorskip("sphinx")
    monkeypatch.syspath_prepend(ROOT / "docs" / "extensions")
    monkeypatch.syspath_prepend(ROOT / "docs")
    yield __import__
    for name in ("api", "pages", "programs", "check_links"):
        sys.modules.pop(name, None)


def test_each_public_name_is_on_a_page(extensions):
    pytest.importorskip("torch")
    modules = extensions("api").entries()
    assert {"recall", "Network", "Outcome"} <= set(modules["neurosim"])
    assert "draw" in modules["neurosim.plots.curves"] and "Noise" in modules["neurosim.damage"]
    shown = {f"{module}.{name}" for module, names in modules.items() for name in names}
    lines = (ROOT / "tests" / "public_api.txt").read_text(encoding="utf-8").splitlines()
    names = {re.match(r"[\w.]+", line)[0] for line in lines if not line.endswith(": module")}
    left = {name for name in names if name not in shown and name.rsplit(".", 1)[0] not in shown}
    assert left == {"neurosim.sweep.Label", "neurosim.sweep.Measure"}  # aliases of types


def test_programs_have_their_pictures_and_what_they_printed(extensions):
    programs = extensions("programs")
    printed, pictures = programs.outputs(), programs.pictures()
    assert (
        printed["fig_01a_capacity"]["figures.txt"].splitlines()[2].startswith("$ python analysis/fig_01a_capacity.py")
    )
    assert pictures["fig_11_time_constants"][0][0] == "time-constants.png"
    folders = [ROOT / "analysis", ROOT / "training"]
    assert all(any((folder / f"{name}.py").exists() for folder in folders) for name in {*printed, *pictures})


def test_each_program_has_a_small_thumbnail(extensions):
    from PIL import Image

    programs = extensions("programs")
    names = {path.stem for path in programs.programs()}
    stored = {path.stem: path for path in programs.THUMBNAILS.iterdir()}
    assert set(stored) == names  # python docs/extensions/programs.py FIGURES draws those that are missing
    assert max(path.stat().st_size for path in stored.values()) <= 20_000
    for path in stored.values():
        with Image.open(path) as image:
            assert image.size == programs.SIZE


def test_a_thumbnail_shows_the_left_of_a_wide_and_the_top_of_a_high_picture(extensions):
    from PIL import Image

    programs = extensions("programs")
    wide, high = Image.new("RGB", (900, 300), "blue"), Image.new("RGB", (300, 900), "blue")
    wide.paste("red", (450, 0, 900, 300))
    high.paste("red", (0, 300, 300, 900))
    colours = [programs.small(image).convert("RGB").getcolors() for image in (wide, high)]
    assert [{colour for _, colour in found} & {(0, 0, 255), (255, 0, 0)} for found in colours] == [{(0, 0, 255)}] * 2


def test_links_out_of_the_documentation_stay_within_the_site(extensions):
    pages = extensions("pages")
    here = ROOT / "docs" / "how-to" / "measure.md"
    text = "[a](../../CHANGELOG.md) [b](../../analysis/basins.py) [c](../../benchmarks/results/figures.txt) "
    shown = pages.relinked(text + "[d](train.md#x)", here, "how-to/measure")
    expected = "[a](../reference/changelog.md) [b](../generated/analysis/basins.rst) "
    assert shown == expected + "[c](../reference/results.md#figures-txt) [d](train.md#x)"
    assert pages.relinked("[tests](../../tests/physics)", here, "how-to/measure") == "tests"


def test_an_image_with_a_caption_is_a_figure(extensions):
    shown = extensions("pages").with_figures("![seen\nhere](a.png)\n\n*Found\n**this**.*\n\nText.")
    assert shown == "::::{figure} a.png\n:alt: seen here\n\nFound\n**this**.\n::::\n\nText."


def test_all_commands_have_their_options_on_the_page(extensions):
    from typer.main import get_command

    from neurosim.cli.main import app

    text = extensions("pages").commands()
    for name, command in getattr(get_command(app), "commands").items():  # noqa: B009
        assert f"## `neurosim {name}`" in text
        part = text.split(f"## `neurosim {name}`")[1].split("\n## ")[0]
        assert all(
            option in part for p in command.params for option in p.opts if option.startswith("--") and not p.hidden
        )


def test_each_tutorial_can_be_downloaded_and_is_listed():
    index = (ROOT / "docs" / "tutorial" / "index.md").read_text(encoding="utf-8")
    for path in TUTORIALS:
        text = path.read_text(encoding="utf-8")
        if path.name != "index.md":
            assert f"{{nb-download}}`{path.stem}.ipynb`" in text and f"\n{path.stem}\n" in index
            assert text.count("```{code-cell}") >= 2


@pytest.mark.parametrize("path", EXECUTED, ids=lambda p: p.stem)
def test_code_of_executed_pages_is_found_and_each_figure_says_what_is_seen(path):
    text = path.read_text(encoding="utf-8")
    assert len(CELL.findall(text)) == text.count("```{code-cell}")
    assert text.count("figure:") == text.count("alt: ")
    for tags, body in CELL.findall(text):
        if "skip-" not in tags:
            compile(body, path.name, "exec")


@pytest.mark.slow
@pytest.mark.torch
@pytest.mark.parametrize("path", [path for path in EXECUTED if path.stem != "cluster"], ids=lambda p: p.stem)
def test_tutorials_run(path, tmp_path):
    """Tutorials and explanations, without a notebook; the page about clusters needs one and is run by `make docs`."""
    pytest.importorskip("torch")
    code = "\n".join(body for tags, body in CELL.findall(path.read_text(encoding="utf-8")) if "skip-" not in tags)
    (tmp_path / "cells.py").write_text(code, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "MPLBACKEND": "Agg"}
    command = [sys.executable, "cells.py"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 0, done.stderr


def test_broken_links_are_found(extensions, tmp_path):
    (tmp_path / "a.html").write_text('<p id="x"></p><a href="b.html#y">1</a><a href="#x">2</a><a href="c.html">3</a>')
    (tmp_path / "b.html").write_text(
        '<p id="z"></p><a href="a.html#x">1</a><img src="no.png"><a href="https://x.org">2</a>'
    )
    found = list(extensions("check_links").broken(tmp_path))
    assert found == ["a.html: no anchor b.html#y", "a.html: no file c.html", "b.html: no file no.png"]


def test_the_lock_of_the_site_holds_its_packages():
    def names(text):
        return {re.sub("[_.]", "-", name.lower()) for name in re.findall(r"^(?!-)\s*\"?([\w.-]+)", text, flags=re.M)}

    extra = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["docs"]
    locked = [names((ROOT / "requirements" / f"{lock}.txt").read_text()) for lock in ("docs", "py311")]
    assert names("\n".join(extra)) <= locked[0] | locked[1]
    assert not locked[0] & locked[1]
