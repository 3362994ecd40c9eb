"""Compiling and linking of CUDA programs without a GPU, for tests and benchmarks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from neurosim.engines.brian.cuda import requires_compilers
from neurosim.engines.brian.exchange import write_job
from neurosim.engines.brian.job import Job
from neurosim.errors import Unavailable

# Brian2 has one device per process, so each program is generated in another process.
_GENERATE = """
import sys
from pathlib import Path
from neurosim.engines.brian import exchange, worker
folder = Path(sys.argv[1])
job, options = exchange.read_job(folder)
worker.generate(job, "cuda_standalone", options, folder / "program")
"""


@dataclass(frozen=True)
class Compiled:
    """Result of compiling and linking a program.

    Parameters
    ----------
    n_files : int
        Number of generated .cu files.
    seconds : float
        Duration of compiling and linking.
    output : str
        Output of nvcc and ptxas, with the resources of each kernel.
    """

    n_files: int
    seconds: float
    output: str


def compile_only(
    job: Job, folder: Path, architectures: Sequence[str] = ("9.0", "8.0"), *, united: bool = True, jobs: int = 2
) -> Compiled:
    """Generate, compile and link the CUDA program of a job; this needs no GPU.

    Parameters
    ----------
    job : Job
    folder : Path
        An empty or new folder; the program is written to ``program/main``.
    architectures : sequence of str, default ("9.0", "8.0")
        Compute capabilities, compiled by the same call of nvcc.
    united : bool, default True
        Whether to compile one translation unit instead of about twenty, each of which would read Thrust again, and not
        to optimise host code. False: as the engine does, except for the architectures.
    jobs : int, default 2
        Number of simultaneous calls of nvcc.

    Raises
    ------
    Unavailable
        brian2cuda, nvcc or cuRAND is missing; the source could not be generated, or not compiled or linked.
    """
    requires_compilers()
    folder.mkdir(parents=True, exist_ok=True)
    write_job(job, {"report": "stdout", "report_period": 10.0}, folder)
    _run([sys.executable, "-c", _GENERATE, str(folder)], Path(), "generate the source of")
    program = folder / "program"
    n_files = len(list(program.rglob("*.cu")))
    _edit_makefile(program, architectures)
    if united:
        _unite(program)
    began = time.perf_counter()
    output = _run(["make", f"-j{jobs}"], program, "compile")
    return Compiled(n_files, time.perf_counter() - began, output)


def _edit_makefile(program: Path, architectures: Sequence[str]) -> None:
    numbers = [name.replace(".", "") for name in architectures]
    flags = " ".join(f"-gencode=arch=compute_{number},code=sm_{number}" for number in numbers)
    path = program / "makefile"
    text = re.sub(r"-arch=sm_\w+", flags, path.read_text())
    text = text.replace(f"{flags} -w", flags)  # -w would also suppress warnings of ptxas and nvlink
    path.write_text(text.replace("NVCCFLAGS = -I. -std=c++11", "NVCCFLAGS = -I. -Xptxas=-v"))


def _unite(program: Path) -> None:
    """Replace the source files by one that includes them.

    All code objects have helper functions of the same names in an anonymous namespace and define the same macros.
    The helpers of each file get a separate namespace, used in that file only, and its macros are undefined at its end.
    """
    parts = sorted((program / "code_objects").glob("*.cu"))
    for path in parts:
        text = path.read_text()
        if path.stem.startswith("before_run"):
            text = text.replace("///// Support code /////", "namespace {").replace("\nvoid _before", "}\nvoid _before")
        text = text.replace("namespace {", f"namespace of_{path.stem} {{")
        text = text.replace("using namespace brian;", f"using namespace brian; using namespace of_{path.stem};")
        macros = re.findall(r"^\s*#define\s+(\w+)", text, flags=re.MULTILINE)
        undone = "".join(f"\n#undef {macro}" for macro in macros)
        path.write_text(f"namespace of_{path.stem} {{}}\n{text}{undone}\n")
    around = sorted(
        program.glob("*.cu"), key=lambda path: path.name == "rand.cu"
    )  # it opens a namespace for everything below
    (program / "all.cu").write_text("".join(f'#include "{path.relative_to(program)}"\n' for path in parts + around))
    makefile = program / "makefile"
    text = re.sub(r"^SRCS = .*$", "SRCS = all.cu", makefile.read_text(), flags=re.MULTILINE)
    makefile.write_text(text.replace("-w -O3", "-w -O0"))


def _run(command: list[str], folder: Path, what: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": "0"}  # as in the workers of the engine
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    if made.returncode:
        raise Unavailable(f"could not {what} the CUDA program:\n{made.stdout}{made.stderr}")
    return made.stdout + made.stderr
