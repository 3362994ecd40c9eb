"""Run several programs of `analysis/` and `training/` one after another: ``python -m neurosim.cli.figures FILE...``.

Previews (--quick) run in one process, because the imports take longer than most of them. At full size each program
runs in a separate process. A program that fails, or needs a data set that is missing, does not stop the others.
"""

from __future__ import annotations

import argparse
import runpy
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from neurosim.cli.errors import INTERRUPTED, SKIPPED, ended_by_signals, one_line_errors
from neurosim.errors import InvalidInput
from neurosim.storage import existing_file


def main(arguments: Sequence[str] | None = None) -> None:
    """Run programs; exit with code 1 if any failed.

    Parameters
    ----------
    arguments : sequence of str, optional
        Files of programs, and options that are passed to every program, such as --quick. Default: those of the command
        line.
    """
    parser = argparse.ArgumentParser(prog="python -m neurosim.cli.figures", description="Run programs.")
    parser.add_argument("programs", nargs="+", type=Path, metavar="FILE", help="a program of analysis/ or training/")
    own, options = parser.parse_known_args(arguments)
    run = _run_here if "--quick" in options else _run_apart
    _check_inputs(options)
    with ended_by_signals(parser.prog):
        codes = {program: run(program, options) for program in own.programs}
    skipped = [program.stem for program, code in codes.items() if code == SKIPPED]
    failed = [program.stem for program, code in codes.items() if code not in (0, SKIPPED)]
    print(f"{len(codes) - len(skipped) - len(failed)} of {len(codes)} programs done", flush=True)
    for text, names in (("skipped", skipped), ("failed", failed)):
        if names:
            print(f"{text}: {', '.join(names)}", file=sys.stderr)
    if failed:
        raise SystemExit(1)


def _check_inputs(options: Sequence[str]) -> None:
    """Refuse inputs that do not exist once, and not for each program."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--network", type=Path)
    parser.add_argument("--data-dir", type=Path)
    given = parser.parse_known_args(options)[0]
    with one_line_errors("figures"):
        if given.network is not None:
            existing_file(given.network, "network")
        if given.data_dir is not None and not given.data_dir.expanduser().is_dir():
            raise InvalidInput(f"--data-dir must be a folder, got {given.data_dir}; name an existing one")


def _run_apart(program: Path, options: Sequence[str]) -> int:
    """Run a program in a separate process and return its exit code."""
    try:
        return subprocess.run([sys.executable, str(program), *options], check=False).returncode
    except KeyboardInterrupt:  # the program receives it as well, and prints a line
        raise SystemExit(INTERRUPTED) from None


def _run_here(program: Path, options: Sequence[str]) -> int:
    """Run a program in this process and return its exit code."""
    before, start = sys.argv, time.process_time()
    sys.argv = [str(program), *options]
    try:
        runpy.run_path(str(program), run_name="__main__")
    except SystemExit as error:
        if error.code == INTERRUPTED:
            raise
        return error.code if isinstance(error.code, int) else 1
    except Exception:
        traceback.print_exc()
        return 1
    finally:
        sys.argv = before
    print(f"{program.stem}: {time.process_time() - start:.1f} s of CPU time", flush=True)
    return 0


if __name__ == "__main__":
    main()
