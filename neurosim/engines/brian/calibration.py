"""Calibration of the spiking circuit: the response of uncoupled populations to constant drives, kept on disk.

A population is driven by h, constant, and the mean gating of its NMDA synapses, S, and of the GABA_B synapses of its
inhibitory cells, R, are measured. From the curve S(x), x = h − θ + offset, follow the offset at which the normalised
gating is `Population.centre` at h = θ, and S0, S1, R0 and R1, their values at h = θ − ½ and h = θ + ½. A curve is
stored under a hash of all parameters, of the time step and of the text of the equations, so that a change of any of
them is followed by a new measurement.
"""

from __future__ import annotations

import functools
import hashlib
import json
from contextlib import suppress
from typing import Any

import numpy as np

from neurosim.cells import Population
from neurosim.engines.brian import programs, runtime
from neurosim.engines.brian.populations import CircuitJob
from neurosim.equations import circuit as equations
from neurosim.errors import Uncalibrated
from neurosim.outputs import write_file
from neurosim.ownership import own_content, own_folder
from neurosim.request import RecallRequest

DRIVES = np.linspace(-0.8, 1.0, 73)  # x, in units of h
SETTLING, DURATION, SAMPLE = 0.3, 1.3, 5e-3  # seconds: not measured, in all, between samples of S
_LEAST_RANGE = 0.05  # of S over a unit of h


def calibrated(
    population: Population, dt: float, codegen: str = "auto", *, dale: bool = False
) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the offset, and S, with Dale's law also R, at h = θ − ½ and at h = θ + ½, each (1,) or (2,).

    Parameters
    ----------
    population : Population
    dt : float
        Time step, seconds.
    codegen : {"auto", "cython", "numpy"}
        How the populations are simulated where no stored curve exists.
    dale : bool, default False
        Whether half of the effect of a population on itself comes from its inhibitory cells; then the mean of both
        normalised gatings is brought to the centre.

    Raises
    ------
    Uncalibrated
        No offset brings the population to its centre at the threshold, or it does not switch on there.
    """
    curves = np.array(curve(population.replace(centre=0.5), dt, codegen))[: 2 if dale else 1]
    shift = offset(curves, population.centre)
    low, high = (np.array([np.interp(x + shift, DRIVES, each) for each in curves]) for x in (-0.5, 0.5))
    return shift, low, high


def response(
    population: Population,
    drives: np.ndarray,
    *,
    dt: float,
    duration: float = DURATION,
    record: tuple[str, ...] = (),
    witnesses: int = 0,
    seed: int = 0,
    codegen: str = "auto",
) -> dict[str, np.ndarray]:
    """Return the arrays of `CircuitJob.read` for uncoupled populations, one per drive, each a cue of its own.

    Parameters
    ----------
    population : Population
    drives : ndarray (drive,)
        x = h − θ + offset.
    dt, duration : float
        Seconds.
    record : tuple of str
        Besides those of the engine "gating", "inhibition" (R) and "potential", in samples of 5 ms.
    witnesses : int, default 0
        Further excitatory cells of each population, which never fire; leaky cells only.
    seed : int
    codegen : {"auto", "cython", "numpy"}
    """
    one, drives = np.zeros(1), np.asarray(drives, float)[:, None]
    request = RecallRequest(drives, drives, duration=duration, dt=dt, record=record, record_dt=SAMPLE, seed=seed)
    job: Any = CircuitJob(
        population,
        request,
        coupling=np.zeros((1, 1)),
        theta=one,
        offset=one,
        low=one,
        high=one + 1,
        tau_v=float("inf"),
        tau_h=one + 1e-3,
        witnesses=witnesses,
    )
    return runtime.simulate(job, codegen=codegen, report=None, report_period=10.0)[0]


@functools.lru_cache(maxsize=64)
def curve(population: Population, dt: float, codegen: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return S and R at `DRIVES`, from the disk or measured."""
    path = programs.cache_folder().parent / "calibrations" / f"{_key(population, dt)}.json"
    content = own_content(path)
    with suppress(ValueError, TypeError):
        stored = json.loads(content or b"")
        if len(stored) == 2 and {len(part) for part in stored} == {len(DRIVES)}:
            return tuple(stored[0]), tuple(stored[1])
    arrays = response(population, DRIVES, dt=dt, record=("gating", "inhibition"), codegen=codegen)
    found = _smooth(arrays["gating_trace"]), _smooth(arrays["inhibition_trace"])
    if own_folder(path.parent) is not None:  # else it is measured again in the next process
        with suppress(OSError):
            write_file(path, json.dumps(found).encode(), private=True)
    return found


def _smooth(samples: np.ndarray) -> tuple[float, ...]:
    """Return the mean over time of each drive, averaged over neighbours; more drive never closes channels."""
    mean = samples[:, round(SETTLING / SAMPLE) :, 0].mean(axis=1)
    smooth = np.convolve(np.pad(mean, 1, mode="edge"), np.full(3, 1 / 3), "valid")
    return tuple(np.maximum.accumulate(smooth).tolist())


def _key(population: Population, dt: float) -> str:
    texts = {name: value for name, value in vars(equations).items() if name.isupper()}
    content = [population.to_record(), dt, DRIVES.tolist(), SETTLING, DURATION, texts]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def offset(curves: np.ndarray, centre: float) -> float:
    """Return the offset at which the normalised gating, mean over the curves, is `centre` at the threshold.

    Parameters
    ----------
    curves : ndarray (curve, drive)
        At `DRIVES`.
    centre : float

    Raises
    ------
    Uncalibrated
        There is none.
    """
    offsets = np.linspace(DRIVES[0] + 0.5, DRIVES[-1] - 0.5, 1001)
    at = np.array([[np.interp(x + offsets, DRIVES, each) for each in curves] for x in (-0.5, 0.0, 0.5)])
    span = at[2] - at[0]
    switches = (span > _LEAST_RANGE).all(axis=0)
    reached = switches & (((at[1] - at[0]) / np.where(switches, span, 1.0)).mean(axis=0) >= centre)
    if not reached.any() or reached[0]:
        raise Uncalibrated(
            f"the population must switch on at its threshold; its gating goes from {curves[0].min():.3f} to "
            f"{curves[0].max():.3f} and is nowhere {centre:g} of the way between its values half a unit of h below and "
            "above; change its background or its drive"
        )
    return float(offsets[int(np.argmax(reached))])
