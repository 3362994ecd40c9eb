"""Process behind `neurosim.engines.brian.standalone`: builds one program and runs it for every job.

``python -m neurosim.engines.brian.worker FOLDER TARGET PARENT`` reads the names of folders from standard input, one per
line. From each folder it reads job.json and job.npz, writes result.npz and prints a line. The process ends, and deletes
FOLDER, at the end of its input or when the process PARENT has ended, even within a job.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.engines.brian.exchange import DONE, FAILED, INTERRUPTED, TIMES, read_job
from neurosim.engines.brian.job import Job
from neurosim.engines.brian.process import PREFERENCES, require_whole
from neurosim.errors import InvalidInput, Unavailable

# Environment variables of the program, so that a program serves all seeds: of a run, and of `Changes.build`.
_SEED, _BUILD_SEED = "NEUROSIM_SEED", "NEUROSIM_BUILD_SEED"
_SEEDING = {
    "cpp_standalone": """
    if (const char* _seed = std::getenv("VARIABLE"))
        for (size_t _i = 0; _i < _random_generators.size(); _i++)
            _random_generators[_i].seed(std::strtoull(_seed, nullptr, 10) + _i);
    """,
    "cuda_standalone": """
    if (const char* _seed = std::getenv("VARIABLE"))
        random_number_buffer.set_seed(std::strtoull(_seed, nullptr, 10));
    """,
}


def main(folder: Path, target: str, parent: int) -> None:
    """Process every line of standard input."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # so that the folder is deleted
    threading.Thread(target=_end_with_parent, args=[parent], daemon=True).start()
    built: _Built | None = None
    try:
        for line in sys.stdin:
            job_folder = Path(line.strip())
            try:
                job, options = read_job(job_folder)
                built = built or _Built(job, target, options, folder / "program")
                result = built.run(job)
                np.savez(job_folder / "result.npz", **result)  # type: ignore[arg-type]
                answer = DONE
            except KeyboardInterrupt:  # a signal to all processes, as clusters send it
                answer = INTERRUPTED
            except BaseException as error:
                known = isinstance(error, (SystemExit, Unavailable, InvalidInput, OSError))
                print(error if known else traceback.format_exc(), file=sys.stderr, flush=True)
                answer = FAILED
            print(answer, flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _end_with_parent(parent: int) -> None:
    """Wait until the parent process has ended, then end this process group: make, the program and this process."""
    while os.getppid() == parent:
        time.sleep(1)
    os.killpg(os.getpgrp(), signal.SIGTERM)


def draws_in_build(job: Any) -> bool:
    """Return whether the program draws random numbers while it makes what `Changes.build` adds."""
    changes = job.engine.changes if isinstance(job, Job) else None
    return changes is not None and changes.draws_in_build


def _seeding(target: str, variable: str) -> str:
    return _SEEDING[target].replace("VARIABLE", variable)


def generate(job: Any, target: str, options: dict[str, Any], directory: Path) -> tuple[Any, Any, dict[Any, Any]]:
    """Write the source of a program into a folder.

    Returns
    -------
    tuple
        The Brian2 device, the program and the values that are built into it.
    """
    import brian2
    from brian2.devices.device import get_device

    from neurosim.engines.brian import cuda

    brian2.prefs["logging.display_brian_error_message"] = False
    for name, value in {**PREFERENCES, "core.default_float_dtype": np.dtype(job.dtype).type}.items():
        brian2.prefs[name] = value
    if target == "cuda_standalone":
        cuda.configure(directory)
    brian2.set_device(target, build_on_run=False)
    device: Any = get_device()
    batch = job.batches()[0]
    if draws_in_build(job):
        device.insert_code("main", _seeding(target, _BUILD_SEED))
    with np.errstate(all="ignore"):
        job = job.without_delay()  # the source is independent of the delay
        program = job.build(batch)
        # Brian2 writes single values into the source, which must not depend on them, and arrays into files.
        values = {name: value for name, value in job.values(batch).items() if np.size(value) > 1}
        program.assign(values)
    device.insert_code("main", _seeding(target, _SEED))
    device.apply_run_args()  # before the run, so that spike queues are created for the delays of the run
    program.network.run(
        job.request.n_steps * job.request.dt * brian2.second,
        report=options["report"],
        report_period=options["report_period"] * brian2.second,
        namespace={},
    )
    device.build(directory=str(directory), compile=False, run=False)
    if target == "cuda_standalone":
        cuda.repair(directory, program.clock.name)
    return device, program, values


class _Built:
    """A generated and compiled program, and the values that are built into it."""

    def __init__(self, job: Any, target: str, options: dict[str, Any], directory: Path) -> None:
        from neurosim.engines.brian import programs

        began = time.perf_counter()
        self.device, self.program, self.values = generate(job, target, options, directory)
        programs.compile_or_reuse(directory)
        self.build_time = time.perf_counter() - began

    def run(self, job: Any) -> dict[str, np.ndarray]:
        from neurosim.engines.brian.job import joined

        self.run_time = self.read_time = 0.0
        with np.errstate(all="ignore"):
            result = joined(self._runs(job))
        result |= {name: np.array(getattr(self, name)) for name in TIMES}
        self.build_time = 0.0
        return result

    def _runs(self, job: Any) -> Iterator[dict[str, np.ndarray]]:
        for batch in job.batches():
            changed = {
                name: value for name, value in job.values(batch).items() if not _same(value, self.values.get(name))
            }
            for name, seed in ((_SEED, job.run_seed(batch)), (_BUILD_SEED, getattr(job, "build_seed", None))):
                os.environ.pop(name, None)  # without a seed each run draws other numbers
                if seed is not None:
                    os.environ[name] = str(seed)
            try:
                self.device.run(run_args=self.program.run_args(changed))
            except RuntimeError as error:  # after the error messages of the program, a traceback would hide them
                sys.exit(f"the program failed: {error}")
            require_whole(self.device._last_run_completed_fraction, job.request.duration)
            self.run_time += self.device._last_run_time
            began = time.perf_counter()
            result = job.read(self.program, batch)
            self.read_time += time.perf_counter() - began
            yield result
            self._delete(changed)

    def _delete(self, changed: dict[Any, Any]) -> None:
        """Delete the files of the changed values, which would fill the disk in a long sweep."""
        for name in list(self.device.run_args_arrays) if changed else []:
            for path in (Path(self.device.project_dir) / "static_arrays").glob(f"{name}*"):
                path.unlink(missing_ok=True)


def _same(value: Any, other: Any) -> bool:
    return np.array_equal(np.asarray(value), np.asarray(other))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
