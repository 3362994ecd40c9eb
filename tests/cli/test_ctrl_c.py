"""Ctrl-C and SIGTERM while the command imports packages end it in one line, with its exit code."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from neurosim import Network, interrupts

ROOT = Path(__file__).parents[2]


def last_lines(arguments, imported, number, folder):
    """Run a command, send a signal once it has imported a module; return its exit code and what it prints on stderr."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-X", "importtime", "-m", "neurosim", *arguments]
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=folder, env=environment, preexec_fn=answer_to_signals, **streams) as process:
        for line in process.stderr:
            if line.startswith("import time:") and line.split("|")[-1].strip() == imported:
                process.send_signal(number)
                break
        rest = [line for line in process.stderr if not line.startswith("import time:")]
    return process.returncode, rest


def answer_to_signals():
    """Undo what a shell does to its background jobs."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("imported", ["numpy._core", "neurosim.cells", "neurosim.cli.recall"])
def test_ctrl_c_within_the_imports_is_one_line(imported, tmp_path):
    Network.gaussian(64, 3, seed=0).save(tmp_path / "net")
    assert last_lines(["recall", "net"], imported, signal.SIGINT, tmp_path) == (130, ["neurosim: stopped\n"])


def test_ctrl_c_within_code_that_is_executed_from_text_has_its_exit_code(tmp_path):
    text = 'from neurosim.cli import errors\nwith errors.one_line_errors("a"):\n    exec("raise KeyboardInterrupt")'
    (tmp_path / "program.py").write_text(text)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
    done = subprocess.run([sys.executable, "-m", "program"], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "a: stopped\n")


def test_ctrl_c_that_the_caller_ignores_stays_ignored(tmp_path):
    Network.gaussian(64, 3, seed=0).save(tmp_path / "net")
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        command = [sys.executable, "-c", PROGRAM]
        done = subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True)
    finally:
        signal.signal(signal.SIGINT, before)
    assert done.returncode == 0, done.stderr


PROGRAM = """
import signal, sys
sys.argv = ["neurosim", "recall", "net", "--cues", "3"]
import neurosim
signal.raise_signal(signal.SIGINT)
from neurosim.cli.main import main
main()
"""


def test_a_handler_waits_for_imports_only_as_long_as_they_last(tmp_path, monkeypatch):
    (tmp_path / "imports_slowly.py").write_text(
        "import signal, time\nsignal.raise_signal(signal.SIGUSR1)\nfor _ in range(50): time.sleep(0.002)\nended = True"
    )
    monkeypatch.syspath_prepend(tmp_path)
    ended = []
    note = interrupts.after_imports(lambda *_: ended.append(hasattr(sys.modules.get("imports_slowly"), "ended")))
    before = signal.signal(signal.SIGUSR1, note)
    try:
        import imports_slowly  # noqa: F401

        while not ended:
            signal.sigtimedwait([], 0.01)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert ended == [True]
