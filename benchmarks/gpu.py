"""GPU results compared with the CPU, and their run times: Brian2's CUDA programs, the torch engine, training.

    python benchmarks/gpu.py                  # on a machine with a GPU: at most eight minutes; elsewhere one line
    python benchmarks/gpu.py --compile-only   # compiles and links all kinds of CUDA programs, without a GPU
    python benchmarks/gpu.py --compile-only --only event      # one of them

It runs from a checkout, without neurosim being installed, and needs numpy, numba and xarray. A section whose packages
are missing says so, and the next sections run.
"""

from __future__ import annotations

import argparse
import atexit
import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

# The checkout is importable here and in the processes that this one starts.
_CHECKOUT = str(Path(__file__).resolve().parents[1])
sys.path.insert(0, _CHECKOUT)
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [_CHECKOUT, os.environ.get("PYTHONPATH")]))

BUDGET = 8 * 60  # seconds
PACKAGES = ("numpy", "brian2", "brian2cuda", "cython", "sympy", "jinja2", "numba", "xarray", "torch", "nvidia-curand")


# Replacement for a package that a bare machine lacks: progress bars that show nothing.
_TQDM = """
class tqdm:
    def __init__(self, items=(), **options): self.items = items
    def __iter__(self): return iter(self.items)
    def __enter__(self): return self
    def __exit__(self, *error): pass
    def __getattr__(self, name): return lambda *args, **options: None
def trange(n, **options): return tqdm(range(n))
"""


def replace_tqdm() -> None:
    """Make the replacement importable, here and in the processes that this one starts, if tqdm is not installed."""
    if importlib.util.find_spec("tqdm") is None:
        folder = Path(tempfile.mkdtemp(prefix="neurosim-tqdm-"))
        (folder / "tqdm.py").write_text(_TQDM)
        sys.path.append(str(folder))
        os.environ["PYTHONPATH"] += os.pathsep + str(folder)
        atexit.register(shutil.rmtree, folder, ignore_errors=True)


replace_tqdm()

from cuda_programs import PROGRAMS, Case  # noqa: E402

from neurosim import Network, Unavailable, patterns, recall  # noqa: E402
from neurosim.engines import Brian, Torch  # noqa: E402
from neurosim.engines.brian import cuda, cuda_check, standalone  # noqa: E402
from neurosim.engines.brian.exchange import write_job  # noqa: E402

_LONG = {"duration": 0.1}
_REDUCED = Case(Brian(formulation="reduced", dt=1e-4), 1000, 10, 1024, options=_LONG)
_LARGE = Case(Brian(formulation="event", dt=1e-4), 50_000, 500, 1, options=_LONG)
_SMALL = Case(Brian(formulation="summed", dt=1e-4), 1000, 10, 32, options=_LONG)
_SPIKING = {"duration": 0.2, "seed": 1}
_REGULAR = Case(Brian(cells="regular", formulation="event"), 1000, 10, 32, network={"tau_h": 2e-3}, options=_SPIKING)
_POISSON = replace(_REGULAR, engine=Brian(cells="population", formulation="reduced"))


def in_float32(case: Case) -> Case:
    """Return the case in float32."""
    return replace(case, engine=case.engine.replace(dtype="float32"))


# Timed cases, the most important first. All cues of a case are one run of one program.
TIMED = {
    "rate, reduced, N_h = 10, 1,024 cues": _REDUCED,
    "rate, event, N_h = 500, N_v = 50,000, 1 cue": _LARGE,
    "spiking, regular, N_h = 10, N_v = 1,000, 32 cues": _REGULAR,
    "rate, reduced, N_h = 10, 1,024 cues, float32": in_float32(_REDUCED),
    "rate, event, N_h = 500, N_v = 50,000, 1 cue, float32": in_float32(_LARGE),
    "spiking, regular, N_h = 10, N_v = 1,000, 32 cues, float32": in_float32(_REGULAR),
    "spiking, Poisson, ten cells a unit, reduced, 32 cues": _POISSON,
    "rate, summed, N_h = 10, N_v = 1,000, 32 cues": _SMALL,
}

# The same steps as in the worker of the engine, so that the engine finds the program in its cache.
_BUILD = """
import sys
from pathlib import Path
from neurosim.engines.brian import exchange, programs, worker
folder = Path(sys.argv[1])
job, options = exchange.read_job(folder)
worker.generate(job, "cuda_standalone", options, folder / "program")
programs.compile_or_reuse(folder / "program")
"""


_STARTED: list[subprocess.Popen[str]] = []
_ON_CPU: dict[str, Any] = {}  # results of C++, compared with the float64 and the float32 program


def report(*words: Any) -> None:
    """Print a line at once."""
    print(*words, flush=True)


def output_of(*command: str) -> str:
    """Return the output of a command, "" if it is missing or fails."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def versions() -> None:
    """Print the versions of Python, packages and compilers."""
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"{name} -")
    release = re.search(r"release .*", output_of(cuda.nvcc() or "nvcc", "--version"))
    report(f"Python {platform.python_version()}: {', '.join(found)}")
    report(f"nvcc {release[0] if release else '-'}; g++ {output_of('g++', '-dumpfullversion') or '-'}")


# --- without a GPU -----------------------------------------------------------------------------------------------


def summary(output: str) -> str:
    """Return the resources of the kernels and the number of warnings, from the output of ptxas."""
    registers = [int(number) for number in re.findall(r"Used (\d+) registers", output)]
    spills = [int(number) for number in re.findall(r"(\d+) bytes spill stores", output)]
    warnings = re.findall(r"(?:ptxas|nvlink) warning", output)
    worst = max(registers, default=0)
    return f"{len(registers)} kernels, <= {worst} registers, {sum(map(bool, spills))} spill, {len(warnings)} warnings"


def compile_case(name: str) -> tuple[str, bool]:
    """Compile and link one program for sm_90 and sm_80; return a line about it and whether it succeeded."""
    case = PROGRAMS[name]
    with tempfile.TemporaryDirectory() as folder:
        try:
            compiled = cuda_check.compile_only(case.job(), Path(folder), united=not case.as_shipped)
        except Unavailable as error:
            return f"{name:56} FAILED: {str(error)[:2000]}", False
    return f"{name:56} {compiled.n_files:3} .cu {compiled.seconds:5.0f} s  {summary(compiled.output)}", True


def compile_all(names: Collection[str]) -> int:
    """Compile and link programs, two at a time; return the exit code."""
    report("CUDA programs of neurosim: generated, compiled for sm_90 and sm_80 and linked, two at a time; not run.")
    versions()
    cuda.requires_compilers()
    successes = []
    with ThreadPoolExecutor(2) as pool:
        for line, success in pool.map(compile_case, names):
            report(line)
            successes.append(success)
    report(f"{sum(successes)} of {len(successes)} programs compiled and linked")
    return int(not all(successes))


# --- with a GPU --------------------------------------------------------------------------------------------------


def build(case: Case, folder: Path) -> float:
    """Compile a program into the cache of the engine; return the seconds."""
    began = time.perf_counter()
    folder.mkdir()
    write_job(case.job(), {"report": None, "report_period": 10.0}, folder)
    process = subprocess.Popen(
        [sys.executable, "-c", _BUILD, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        start_new_session=True,
    )
    _STARTED.append(process)
    output = process.communicate()[0]
    if process.returncode:
        raise Unavailable("\n".join(output.strip().splitlines()[-15:]))
    return time.perf_counter() - began


def run(case: Case, target: str, *, seed: int = 1, **options: Any) -> Any:
    """Recall a case in Brian2."""
    net = case.net
    call = {**case.options, **options}
    return recall(net, case.cues(net, seed)[1], engine=case.engine.replace(target=target), **call)


def run_on_cpu(case: Case, seed: int = 1) -> Any:
    """Recall a case with cpp_standalone in float64, once."""
    case = replace(case, engine=case.engine.replace(dtype="float64"))
    key = f"{case} {seed}"
    if key not in _ON_CPU:
        _ON_CPU[key] = run(case, "cpp_standalone", seed=seed)
    return _ON_CPU[key]


def share(here: Any, reference: Any) -> str:
    """Return the share of cues with the same final hidden state."""
    same = (here.hidden_active.values == reference.hidden_active.values).all(axis=1)
    return f"{same.mean():.4f}"


def difference(here: Any, reference: Any) -> str:
    """Return the largest difference of the final h."""
    return f"{np.abs(here.hidden.values - reference.hidden.values).max():.1e}"


def exact(case: Case, seed: int = 1) -> Any:
    """Recall a case of the rate model with the exact engine."""
    net = case.net
    return recall(net, case.cues(net, seed)[1], duration=case.options["duration"])


def brian(case: Case) -> None:
    """Time one program and compare it with engines on the CPU."""
    gpu, cpu = run(case, "cuda_standalone"), run_on_cpu(case)
    times = gpu.attrs["run_time"], cpu.attrs["run_time"]
    report(f"  loop: GPU {times[0]:.3f} s, C++ (one core) {times[1]:.3f} s, {times[1] / times[0]:.1f}x")
    report(
        f"  same hidden state as cpp_standalone: {share(gpu, cpu)}; largest |difference| of h: {difference(gpu, cpu)}"
    )
    if case.engine.cells is not None:
        alike = float((gpu.n_spikes == cpu.n_spikes).mean())
        report(f"  same number of spikes as cpp_standalone: {alike:.4f} of the units")
    else:
        truth = exact(case)
        report(f"  same hidden state as the exact engine: {share(gpu, truth)} (cpp_standalone: {share(cpu, truth)})")
    if case.n_visible * case.n_hidden < 1_000_000:  # larger programs take half a minute to load
        brian_again(case, gpu)


def brian_again(case: Case, gpu: Any) -> None:
    """Run the program again with other cues, and with the same cues and seed."""
    began = time.perf_counter()
    again = run(case, "cuda_standalone", seed=5)
    seconds = time.perf_counter() - began
    truth = run_on_cpu(case, 5) if case.engine.cells is not None else exact(case, 5)
    name = "cpp_standalone" if case.engine.cells is not None else "the exact engine"
    report(f"  run again with other cues: {seconds:.2f} s in all; same hidden state as {name}: {share(again, truth)}")
    repeated = run(case, "cuda_standalone")
    report(f"  with the same cues: {share(repeated, gpu)}, largest |difference| of h: {difference(repeated, gpu)}")


def torch_engine() -> None:
    """Time the torch engine on CUDA against the exact engine."""
    net = Network.gaussian(1000, 10, seed=0)
    targets = patterns.random_hidden_states(10, 16_384, seed=1)
    cues = patterns.visible_cues(net, targets, noise_std=1.0, seed=2)
    recall(net, cues[:2])  # compiles the kernel
    began = time.perf_counter()
    exact = recall(net, cues)
    report(f"  exact engine, all cores: {len(cues):,} recalls in {time.perf_counter() - began:.2f} s")
    for dtype in ("float64", "float32"):
        recall(net, cues[:256], engine=Torch(device="cuda", dtype=dtype))  # initialises CUDA
        began = time.perf_counter()
        out = recall(net, cues, engine=Torch(device="cuda", dtype=dtype))
        seconds = time.perf_counter() - began
        report(f"  torch, CUDA, {dtype}: {seconds:.2f} s; same hidden state as the exact engine: {share(out, exact)}")


def training_on_cuda() -> None:
    """Time training with the size of MNIST, on images of random strokes."""
    from neurosim.learning import train

    rng = np.random.default_rng(0)
    strokes = rng.random((64, 28 * 28)) < 0.08
    images = (rng.random((60_000, 64)) < 0.15).astype(np.float32) @ strokes.astype(np.float32)
    images = np.minimum(images, 1)
    for device in ("cuda", "cpu"):
        train(images[:512], n_hidden=50, epochs=1, device=device)  # initialises CUDA
        began = time.perf_counter()
        net = train(images, n_hidden=50, epochs=2, device=device)
        seconds = time.perf_counter() - began
        error = net.provenance["hard_error"]
        report(
            f"  {device}: 60,000 images, N_h = 50: {seconds / 2:.2f} s an epoch, squared error per image {error:.2f}"
        )


def section(name: str, work: Callable[[], Any], ends: float) -> None:
    """Run one section unless the time is over; a failure is reported, and the next section runs."""
    report(f"\n{name}")
    if time.monotonic() > ends - 20:
        report("  left out: the time is over")
        return
    try:
        work()
    except Exception as error:
        report(f"  not possible here: {type(error).__name__}: {error}")


def stop_at(ends: float) -> None:
    """End the process when its time is over, even if a section hangs."""

    def stop() -> None:
        report("\nthe time is over; the remaining sections are left out")
        workers = [
            worker._process for worker in standalone._WORKERS.values()
        ]  # not with close(), which may wait for a lock
        for process in workers + _STARTED:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        os._exit(0)

    timer = threading.Timer(max(0.0, ends - time.monotonic()), stop)
    timer.daemon = True
    timer.start()


def measure() -> None:
    """Run all sections on the GPU of this machine."""
    began = time.monotonic()
    ends = began + BUDGET
    stop_at(ends)
    query = "--query-gpu=name,driver_version,memory.total,compute_cap"
    report(f"GPU: {output_of('nvidia-smi', query, '--format=csv,noheader') or 'nvidia-smi fails'}")
    versions()
    section("torch engine, N_h = 10, N_v = 1,000", torch_engine, ends)
    section("training", training_on_cuda, ends)
    try:
        cuda.requires_cuda()
    except Unavailable as error:
        report(f"\nBrian2 on CUDA is not possible here: {error}")
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, ThreadPoolExecutor(3) as pool:
        os.environ.setdefault("NEUROSIM_CACHE", str(Path(folder) / "cache"))
        builds = {
            name: pool.submit(build, case, Path(folder) / f"case{number}")
            for number, (name, case) in enumerate(TIMED.items())
        }
        report(f"\ncompiling {len(builds)} programs, three at a time, on {os.cpu_count()} cores")
        for name, case in TIMED.items():
            section(f"Brian2, {name}", lambda name=name, case=case: brian_section(builds[name], case, builds), ends)
        report(f"\n{time.monotonic() - began:.0f} s in all")


def brian_section(built: Future[float], case: Case, builds: dict[str, Future[float]]) -> None:
    report(f"  generated and compiled in {built.result():.0f} s")
    for other in builds.values():  # compiling would disturb the measurement
        other.exception()
    brian(case)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # pyright: ignore[reportOptionalMemberAccess]
    parser.add_argument("--compile-only", action="store_true", help="compile and link all programs; needs no GPU")
    parser.add_argument(
        "--only", metavar="NAME", choices=PROGRAMS, help=f"with --compile-only, one program: {'; '.join(PROGRAMS)}"
    )
    options = parser.parse_args()
    if options.only and not options.compile_only:
        parser.error("--only NAME needs --compile-only")
    if options.compile_only:
        try:
            return compile_all([options.only] if options.only else PROGRAMS)
        except Unavailable as error:
            report(error)
            return 1
    if cuda.capability() is None:
        report("No NVIDIA GPU here, so nothing is measured; --compile-only compiles the CUDA programs without one.")
        return 0
    measure()
    return 0


if __name__ == "__main__":
    sys.exit(main())
