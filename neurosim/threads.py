"""The number of threads to use: the cores available to this process, or fewer if OMP_NUM_THREADS is set."""

from __future__ import annotations

import os


def available() -> int:
    """Return the number of cores in this process's affinity, at most OMP_NUM_THREADS if that is set.

    Slurm, Dask, joblib and many users limit the threads of a process by that variable.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limit = os.environ.get("OMP_NUM_THREADS", "")
    return min(cores, int(limit)) if limit.isdigit() and int(limit) else cores
