"""How many threads to use: the cores that this process may use, or fewer where OMP_NUM_THREADS says so."""

from __future__ import annotations

import os


def available() -> int:
    """Return the number of cores of this process's affinity, at most OMP_NUM_THREADS where that is set.

    Slurm, Dask, joblib and many users limit a process by that variable; ours are threads like OpenMP's.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limit = os.environ.get("OMP_NUM_THREADS", "")
    return min(cores, int(limit)) if limit.isdigit() and int(limit) else cores
