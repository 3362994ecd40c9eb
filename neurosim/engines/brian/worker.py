"""The process behind `neurosim.engines.brian.standalone`: build one program, run it for every job.

``python -m neurosim.engines.brian.worker FOLDER TARGET`` reads folders from standard input, a line each; in each it
reads job.json and job.npz, writes result.npz and answers with a line. It ends, and deletes FOLDER, with its input.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

DONE, FAILED = "\x01done", "\x01failed"
_SEED = "NEUROSIM_SEED"  # in the environment of the program: another seed needs no other program
_SEEDING = {
    "cpp_standalone": f"""
    if (const char* _seed = std::getenv("{_SEED}"))
        for (size_t _i = 0; _i < _random_generators.size(); _i++)
            _random_generators[_i].seed(std::strtoull(_seed, nullptr, 10) + _i);
    """,
    "cuda_standalone": f"""
    if (const char* _seed = std::getenv("{_SEED}"))
        random_number_buffer.set_seed(std::strtoull(_seed, nullptr, 10));
    """,
}


def main(folder: Path, target: str) -> None:
    """Answer every line of standard input."""
    built: _Built | None = None
    try:
        for line in sys.stdin:
            job_folder = Path(line.strip())
            try:
                options = json.loads((job_folder / "job.json").read_text())
                with np.load(job_folder / "job.npz", allow_pickle=False) as arrays:
                    given = dict(arrays)
                from neurosim.engines.brian.job import Job

                job = Job.from_files(given, options)
                built = built or _Built(job, target, options, folder / "program")
                result = built.run(job)
                np.savez(job_folder / "result.npz", **result)  # type: ignore[arg-type]
                answer = DONE
            except BaseException as error:
                known = isinstance(error, SystemExit)
                print(error if known else traceback.format_exc(), file=sys.stderr, flush=True)
                answer = FAILED
            print(answer, flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Built:
    """A generated and compiled program, with the numbers that were built into it."""

    def __init__(self, job: Any, target: str, options: dict[str, Any], directory: Path) -> None:
        import brian2
        from brian2.devices.device import get_device

        from neurosim.engines.brian import cuda, programs

        began = time.perf_counter()
        brian2.prefs["logging.display_brian_error_message"] = False
        brian2.prefs["core.default_float_dtype"] = np.dtype(job.dtype).type
        if target == "cuda_standalone":
            cuda.configure()
        brian2.set_device(target, build_on_run=False)
        self.device: Any = get_device()
        batch = job.batches()[0]
        with np.errstate(all="ignore"):
            self.program = job.build(batch)
            self.values = job.values(batch)
            self.program.assign(self.values)
        self.device.insert_code("main", _SEEDING[target])
        self.device.apply_run_args()  # here, or spike queues would be made for the delays that were built in
        self.program.network.run(
            job.request.n_steps * job.request.dt * brian2.second,
            report=options["report"],
            report_period=options["report_period"] * brian2.second,
            namespace={},
        )
        self.device.build(directory=str(directory), compile=False, run=False)
        programs.compile_or_reuse(directory)
        self.build_time = time.perf_counter() - began

    def run(self, job: Any) -> dict[str, np.ndarray]:
        from neurosim.engines.brian.job import joined

        self.run_time = 0.0
        with np.errstate(all="ignore"):
            result = joined(self._runs(job))
        result |= {"run_time": np.array(self.run_time), "build_time": np.array(self.build_time)}
        self.build_time = 0.0
        return result

    def _runs(self, job: Any) -> Iterator[dict[str, np.ndarray]]:
        for batch in job.batches():
            changed = {name: value for name, value in job.values(batch).items() if not _same(value, self.values[name])}
            seed = job.seed(batch)
            if seed is not None:
                os.environ[_SEED] = str(seed)
            self.device.run(run_args=self.program.run_args(changed))
            self.run_time += self.device._last_run_time
            yield job.read(self.program, batch)
            self._delete(changed)

    def _delete(self, changed: dict[Any, Any]) -> None:
        """Delete the files that carried the values: a long sweep would fill the disk."""
        for name in list(self.device.run_args_arrays) if changed else []:
            for path in (Path(self.device.project_dir) / "static_arrays").glob(f"{name}*"):
                path.unlink(missing_ok=True)


def _same(value: Any, other: Any) -> bool:
    return np.array_equal(np.asarray(value), np.asarray(other))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
