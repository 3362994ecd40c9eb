"""Every program in analysis/ runs, and saves its numbers, its figure and its section of the index page."""

import html
import json
import re
import runpy
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import neurosim
from neurosim import load_result

FOLDER = Path(__file__).parents[2] / "analysis"
PROGRAMS = sorted(FOLDER.glob("*.py"))
# Seconds each even with --quick. At least one program of each kind stays in the everyday run.
SLOW = {
    "asymmetric_feedback",
    "basin_volumes",
    "broken_parts",
    "changed_models",
    "circuit_digits",
    "circuit_gain",
    "circuit_limits",
    "dale_spiking_network",
    "fig_01a_capacity",
    "fig_03_basic_memories_digits",
    "fig_04_recall_colour",
    "fig_05_basic_memories_colour",
    "fig_06_visible_ratio",
    "fig_07_few_hidden_digits",
    "fig_08_few_hidden_colour",
    "fig_09_asymmetric_weights",
    "fig_10b_sigmoid_capacity",
    "fig_11_time_constants",
    "image_codes",
    "interneuron_speed",
    "match_to_sample",
    "memories_completed",
    "model_capacity",
    "model_recall",
    "phase_threshold_load",
    "sparse_networks",
    "spiking_circuit",
    "spiking_recall",
    "spurious_attractors",
    "table_4_models",
    "time_constant_spread",
    "transition_noise_load",
    "unstable_share",
    "weight_precision",
}
# Programs that need torch, beside those that use "data".
WITH_TORCH = {"fig_10b_sigmoid_capacity", "recall_of_damaged_images", "time_constant_spread", "weight_precision"}


def run(program, out, monkeypatch, *arguments):
    """Run a program as `python analysis/PROGRAM.py --quick --out OUT` does, but in this process."""
    monkeypatch.setattr(sys, "argv", [str(program), "--quick", "--out", str(out), *arguments])
    runpy.run_path(str(program), run_name="__main__")


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """Folder of the networks that programs train."""
    return tmp_path_factory.mktemp("networks")


@pytest.mark.parametrize(
    "program",
    [pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if path.stem in SLOW else []) for path in PROGRAMS],
)
def test_the_program_saves_what_it_measures_and_a_section_of_the_page(
    program, network_file, networks, tmp_path, monkeypatch, capsys
):
    uses = re.search(r"uses=\[(.*)\]", program.read_text(encoding="utf-8"))
    if program.stem in WITH_TORCH or (uses and '"data"' in uses[1]):
        pytest.importorskip("torch")
    if uses and re.search('"(data|trained)"', uses[1]):
        pytest.importorskip("sklearn")
    (tmp_path / "networks").symlink_to(networks, target_is_directory=True)  # each is trained once for all programs
    arguments = ["--networks", "2"] if uses and '"networks"' in uses[1] else []
    arguments += ["--network", str(network_file)] if uses and '"trained"' in uses[1] else []
    run(program, tmp_path, monkeypatch, *arguments)
    name = program.stem
    parts = sorted(tmp_path.glob(f"{name}-*.nc"))
    assert parts
    for part in parts:
        dataset = load_result(part)
        assert {"method", "n_networks", "n_trials", "seed"} <= set(dataset.attrs), part.name
        for variable in dataset.variables.values():
            assert variable.attrs["long_name"]
            assert variable.dtype.kind in "bOU" or variable.attrs["units"]
    assert (tmp_path / f"{name}.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (tmp_path / f"{name}.svg").read_text(encoding="utf-8")
    record = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
    assert record["rows"] and "nan" not in json.dumps([record["text"], record["rows"], record["caption"]]).lower()
    assert re.fullmatch(r"\S.*\.", record["caption"]) and len(record["alt"]) > len(record["title"]) + 10
    assert record["group"]
    page = html.unescape((tmp_path / "index.html").read_text(encoding="utf-8"))
    assert page.count('src="data:image') == 1 and f"{name}: {record['title']}" in page
    printed = capsys.readouterr().out
    assert printed.startswith("… ") and f"wrote {tmp_path / name}-*.nc" in printed


def test_a_program_run_again_writes_the_same_files(tmp_path, monkeypatch):
    arguments = [FOLDER / "fig_10a_sigmoids.py", tmp_path, monkeypatch]
    run(*arguments)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    run(*arguments)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert not re.search(r'(src|href)="(?!data:|#)', page)  # nothing is loaded from elsewhere


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_the_program_explains_itself_and_its_name_shadows_nothing(program):
    title, underline, *_ = runpy.run_path(str(program))["__doc__"].strip().splitlines()
    assert underline == "=" * len(title) and not title.endswith(".")
    imported = {*sys.stdlib_module_names, *packages_distributions(), *dir(neurosim)}
    imported |= set(re.findall(r"^(?:import|from) (\w+)", program.read_text(encoding="utf-8"), re.MULTILINE))
    assert program.stem not in imported
