"""Target "runtime": Brian2's runtime mode in this process, compiled with cython or interpreted with numpy."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import brian2
import numpy as np
from brian2.codegen.runtime.cython_rt.extension_manager import get_cython_cache_dir
from brian2.devices.device import RuntimeDevice

from neurosim.engines.brian.compilers import compiler, requires_compiler
from neurosim.engines.brian.job import Job, joined
from neurosim.engines.brian.process import exclusive, run_to_the_end
from neurosim.errors import Unavailable, warn_once
from neurosim.ownership import closed_folder


def simulate(
    job: Job, *, codegen: str, report: Any, report_period: float
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the arrays of `Job.read` and the attributes of the result.

    Parameters
    ----------
    job : Job
    codegen, report
        As in `neurosim.engines.Brian`.
    report_period : float
        Seconds between reports.

    Raises
    ------
    Unavailable
        cython without a compiler or a folder for its files; another Brian2 device is active in this process; or a run
        was stopped.
    """
    codegen = _available(codegen)
    preferences = {"codegen.target": codegen, "core.default_float_dtype": np.dtype(job.dtype).type}
    # An overflow is reported as Outcome.NON_FINITE.
    with exclusive(preferences), _without_grid_warnings(), np.errstate(all="ignore"):
        _requires_runtime_device()
        arrays = joined(_runs(job, report, report_period))
    return arrays, {"codegen": codegen}


def _available(codegen: str) -> str:
    """Return the code generation to use: "auto" is cython where there is a compiler, and a folder for its files."""
    if codegen == "numpy" or (codegen == "auto" and not compiler()):
        return "numpy"
    requires_compiler('codegen="cython"')
    folder = Path(str(get_cython_cache_dir())).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            if closed_folder(folder):  # what is in it is run
                return "cython"
        missing = f"cython would run files of other users in {folder}"
    except OSError as error:
        missing = f"cython cannot write its files to {folder} ({error.strerror})"
    remedy = "set CYTHON_CACHE_DIR to a folder that can be written"
    if codegen == "cython":
        raise Unavailable(f'{missing}; {remedy}, or use codegen="numpy"')
    warn_once(f"{missing}, so Brian2 runs with NumPy, which takes longer; {remedy}")
    return "numpy"


def _runs(job: Job, report: Any, report_period: float) -> Iterator[dict[str, np.ndarray]]:
    batches = job.batches()
    program = job.build(batches[0])
    if len(batches) > 1:
        program.network.store()
    for number, batch in enumerate(batches):
        if number:
            program.network.restore()
        program.assign(job.values(batch))
        brian2.seed(job.run_seed(batch))  # None: other numbers in each run
        duration = job.request.n_steps * job.request.dt
        run_to_the_end(program.network, duration, report=report, report_period=report_period * brian2.second)
        yield job.read(program, batch)


@contextmanager
def _without_grid_warnings() -> Iterator[None]:
    """Suppress the warning that grids of TimedArrays are not aligned: n·dt/dt differs from n by rounding only."""
    logger = logging.getLogger("brian2.input.timedarray")

    def wanted(record: logging.LogRecord) -> bool:
        return "time grids not aligned" not in record.getMessage()

    logger.addFilter(wanted)
    try:
        yield
    finally:
        logger.removeFilter(wanted)


def _requires_runtime_device() -> None:
    active = brian2.get_device()
    if not isinstance(active, RuntimeDevice):
        raise Unavailable(
            'target="runtime" needs the runtime device of Brian2, but this process has set '
            f'{type(active).__name__}; call brian2.set_device("runtime"), '
            'or use target="cpp_standalone", which runs in another process'
        )
