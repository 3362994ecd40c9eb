"""The framework of all programs: options, files, the index page, errors, resuming."""

import re
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import xarray
from matplotlib.figure import Figure

from neurosim import InvalidInput, Network, load_result
from neurosim.cli import program

DOC = """
A title
=======

What is measured, `in code`.
"""


@pytest.fixture
def run_program(tmp_path, monkeypatch):
    """Return a function that runs a program with the given `measure` and arguments, and returns the folder."""
    monkeypatch.chdir(tmp_path)
    source = tmp_path / "example.py"
    source.write_text("def measure(run): return TEST(run)\n")

    def call(measure, *arguments, rows=(), **options):
        module = types.ModuleType("example")
        module.__doc__ = DOC
        module.__dict__["TEST"] = measure
        monkeypatch.setitem(sys.modules, "example", module)
        exec(compile(source.read_text(), str(source), "exec"), module.__dict__)
        findings = lambda data: (["It is so."], list(rows))  # noqa: E731
        program.main(module.measure, _plot, findings, arguments=[*map(str, arguments)], **options)
        return tmp_path / "figures"

    return call


def _plot(data):
    ax = Figure(figsize=(2, 2)).subplots()
    ax.plot(data["part"].x)
    return ax


def _measure(run):
    return {"part": xarray.Dataset({"x": ("i", np.arange(3.0))})}


def test_a_run_writes_results_figure_findings_and_index(run_program, capsys):
    rows = [("τ = 1", "0.5 (0.4 – 0.6)", "law 0.5"), ("nothing", "—", "")]
    out = run_program(_measure, "--quick", rows=rows)
    assert load_result(out / "example-part.nc").x.values.tolist() == [0, 1, 2]
    assert (out / "example.pdf").read_bytes().startswith(b"%PDF")
    assert (out / "example.png").read_bytes().startswith(b"\x89PNG") and b"<svg" in (out / "example.svg").read_bytes()
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "example: A title</h2>" in page and "<code>in code</code>" in page and "It is so." in page
    assert "0.5 (0.4 – 0.6)" in page and page.count('src="data:image/svg') == 1
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    printed = capsys.readouterr().out
    assert "It is so.\n  τ = 1" in printed and "law 0.5\n" in printed
    before = {path: path.read_bytes() for path in out.iterdir() if path.is_file()}
    run_program(_measure, "--quick", rows=rows)
    assert {path: path.read_bytes() for path in out.iterdir() if path.is_file()} == before


def test_the_index_shows_the_png_on_request(run_program):
    page = (run_program(_measure, figure="png") / "index.html").read_text(encoding="utf-8")
    assert page.count('src="data:image/png') == 1 and "image/svg" not in page


def test_options_reach_the_run(run_program):
    runs = []

    def measure(run):
        runs.append(run)
        return _measure(run)

    arguments = ["--seed", 3, "--networks", 7, "--workers", 2, "--levels", "4"]
    run_program(measure, *arguments, uses=["networks"], options={"--levels": {"type": int}})
    run = runs[0]
    assert (run.seed, run.networks, run.runner.workers, run.options) == (3, 7, 2, {"levels": 4})
    assert run.runner.points == Path("figures/points") and run.pick(1, 2) == 1


@pytest.mark.parametrize(
    ("uses", "arguments", "message"),
    [
        (
            ["networks"],
            ["--cluster-option", "timeout_min=1"],
            "--cluster-option has no effect without --cluster slurm",
        ),
        (["networks"], ["--cluster", "slurm", "--cluster-option", "fast"], "--cluster-option must be NAME=VALUE"),
        (
            ["networks"],
            ["--cluster", "tcp://x:1", "--workers", "2"],
            "--workers has no effect with a Dask scheduler",
        ),
        (["trained"], ["--dataset", "mnist"], "--dataset has no effect without --network"),
        (["trained"], ["--download"], "--download has no effect without --network"),
        (["trained"], ["--network", "n.safetensors", "--data-dir", "."], "--data-dir has no effect for digits"),
    ],
)
def test_an_option_without_effect_is_one_line_and_exit_code_2(run_program, capsys, uses, arguments, message):
    with pytest.raises(SystemExit) as end:
        run_program(_measure, *arguments, uses=uses)
    error = capsys.readouterr().err
    assert end.value.code == 2 and error.startswith(f"example.py: error: {message}") and error.count("\n") == 1
    assert not Path("figures").exists()


@pytest.mark.parametrize("option", ["--networks", "--network", "--data-dir"])
def test_an_option_of_another_group_does_not_exist(run_program, capsys, option):
    with pytest.raises(SystemExit) as end:
        run_program(_measure, option, 1)
    assert end.value.code == 2 and f"unrecognized arguments: {option}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (InvalidInput("x must\nbe 1"), 2, "error: x must be 1"),
        (KeyboardInterrupt(), 130, "stopped; run it again to resume"),
    ],
)
def test_errors_and_interrupts_end_in_one_line(run_program, capsys, error, code, line):
    def measure(run):
        raise error

    with pytest.raises(SystemExit) as end:
        run_program(measure)
    assert end.value.code == code and capsys.readouterr().err == f"example.py: {line}\n"


def test_a_network_needs_the_images_that_it_was_trained_on(tmp_path, small_network):
    pytest.importorskip("sklearn")
    small_network.save(tmp_path / "narrow.safetensors")
    run = program.Run(tmp_path, network=tmp_path / "narrow.safetensors")
    with pytest.raises(InvalidInput, match="60 visible neurons, but digits images have 64 pixels"):
        run.trained  # noqa: B018
    Network.gaussian(64, 3, seed=0).save(tmp_path / "net.safetensors")
    trained = program.Run(tmp_path, network=tmp_path / "net.safetensors", data_dir=tmp_path).trained
    assert trained.network.n_hidden == 3 and trained.images.pixels.shape == (1797, 64)
