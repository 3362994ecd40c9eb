"""`python -m neurosim.cli.figures` runs programs one after another and continues after a failure."""

import pytest

from neurosim.cli import figures

PROGRAM = '''"""
Title
=====

Text.
"""
import numpy as np
import xarray
from matplotlib.figure import Figure
from neurosim.cli import program
from neurosim.learning import load_data

def measure(run):
    {measured}
    return {{"a": xarray.Dataset({{"x": 1.0}})}}

def plot(data):
    return Figure().subplots()

def findings(data):
    return ["Found."], [("x", "1", "")]

if __name__ == "__main__":
    program.main(measure, plot, findings, uses=["data"])
'''


def test_all_programs_run_and_the_summary_names_those_skipped_and_failed(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("NEUROSIM_DATA", str(tmp_path))
    bodies = {"fine": "pass", "raises": "1 / 0", "refused": 'load_data("none")', "no_data": 'load_data("mnist")'}
    for name, body in bodies.items():
        (tmp_path / f"{name}.py").write_text(PROGRAM.format(measured=body), encoding="utf-8")
    files = [str(tmp_path / f"{name}.py") for name in ("raises", "no_data", "refused", "fine")]
    with pytest.raises(SystemExit) as stopped:
        figures.main([*files, "--out", str(tmp_path / "out"), "--quick"])
    assert stopped.value.code == 1
    out, err = capsys.readouterr()
    assert "1 of 4 programs done" in out
    assert "no_data.py: skipped: needs mnist; give --data-dir, set NEUROSIM_DATA, or --download" in err
    assert "skipped: no_data\nfailed: raises, refused\n" in err and "ZeroDivisionError" in err
    assert (tmp_path / "out" / "fine.pdf").is_file() and (tmp_path / "out" / "index.html").is_file()
    figures.main([files[1], files[3], "--out", str(tmp_path / "full")])  # at full size, in processes; nothing failed
    assert (tmp_path / "full" / "fine.pdf").is_file()


def test_an_interrupt_stops_all(tmp_path):
    (tmp_path / "stopped.py").write_text(PROGRAM.format(measured="raise KeyboardInterrupt"), encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        figures.main([str(tmp_path / "stopped.py"), "--quick", "--out", str(tmp_path / "out")])
    assert stopped.value.code == 130


@pytest.mark.parametrize("option", [["--network", "nosuch"], ["--network=nosuch"], ["--data-dir", "nosuch"]])
def test_inputs_that_do_not_exist_are_refused_once(option, tmp_path, capsys):
    for name in ("a", "b"):
        (tmp_path / f"{name}.py").write_text(PROGRAM.format(measured="1 / 0"), encoding="utf-8")
    files = [str(tmp_path / f"{name}.py") for name in ("a", "b")]
    with pytest.raises(SystemExit) as stopped:
        figures.main([*files, "--out", str(tmp_path / "out"), "--quick", *option])
    assert stopped.value.code == 2 and not (tmp_path / "out").exists()
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("figures: error: ") and "nosuch" in err and err.count("\n") == 1


def test_a_program_reads_its_network_before_the_work(tmp_path, capsys, monkeypatch):
    text = PROGRAM.format(measured="raise AssertionError").replace('uses=["data"]', 'uses=["trained"]')
    (tmp_path / "program.py").write_text(text, encoding="utf-8")
    (tmp_path / "broken").write_text("no network")
    with pytest.raises(SystemExit) as stopped:
        figures.main([str(tmp_path / "program.py"), "--quick", "--network", str(tmp_path / "broken")])
    assert stopped.value.code == 1
    err = capsys.readouterr().err
    assert "program.py: error: " in err and "AssertionError" not in err
