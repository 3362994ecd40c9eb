"""Exchange with a worker process: the files of a job and the lines with which the worker answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.engines.brian.job import Job
from neurosim.engines.brian.learning import LearningJob
from neurosim.engines.brian.populations import CircuitJob

KINDS: dict[Any, Any] = {kind.kind: kind for kind in (LearningJob, CircuitJob)}
DONE, FAILED, INTERRUPTED = "\x01done", "\x01failed", "\x01interrupted"
TIMES = ("build_time", "run_time", "read_time")  # seconds: generating and compiling, the run loop, reading the results


def write_job(job: Any, options: dict[str, Any], folder: Path) -> None:
    """Write a job and its options into a folder, for `read_job` in another process."""
    arrays, record = job.to_files()
    np.savez(folder / "job.npz", **arrays)  # type: ignore[arg-type]
    (folder / "job.json").write_text(json.dumps({**record, **options}))


def read_job(folder: Path) -> tuple[Any, dict[str, Any]]:
    """Return the job and the options that `write_job` wrote."""
    options = json.loads((folder / "job.json").read_text())
    kind = KINDS.get(options.get("kind"), Job)
    with np.load(folder / "job.npz", allow_pickle=False) as arrays:
        return kind.from_files(dict(arrays), options), options
