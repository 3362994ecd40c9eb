"""Calibration of the spiking circuit: the response of uncoupled populations to constant drives, kept on disk.

A population is driven by h, constant, and the mean gating S of its NMDA synapses and the conductance R that its
inhibitory cells cause are measured. From the curve S(x), x = h − θ + offset, follow the offset at which the normalised
gating is `Population.centre` at h = θ, and S0, S1, R0 and R1, their values at h = 0 and h = 1. A curve is stored under a hash of all parameters, of the time step and of the text of
the equations, so that a change of any of them is followed by a new measurement.
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
from neurosim.errors import InvalidInput
from neurosim.outputs import write_file
from neurosim.ownership import own_content, own_folder
from neurosim.request import RecallRequest

DRIVES = np.linspace(-0.8, 1.0, 73)  # x, in units of h
SETTLING, DURATION, SAMPLE = 0.3, 1.3, 5e-3  # seconds: not measured, in all, between samples of S
_LEAST_RANGE = 0.05  # of S between h = 0 and h = 1


def calibrated(
    population: Population, theta: np.ndarray, dt: float, codegen: str = "auto"
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the offset (hidden,), and S and R (siemens) at h = 0 and at h = 1, each (2, hidden).

    Parameters
    ----------
    population : Population
    theta : ndarray (hidden,)
        Thresholds, in units of h.
    dt : float
        Time step, seconds.
    codegen : {"auto", "cython", "numpy"}
        How the populations are simulated where no stored curve exists.

    Raises
    ------
    InvalidInput
        No offset brings the population to its centre at a threshold, or it does not switch on between 0 and 1.
    """
    gating, inhibition = curve(population.replace(centre=0.5), dt, codegen)
    found = np.array([_of_threshold(gating, population.centre, float(value)) for value in np.unique(theta)])
    offset, low, high = found[np.searchsorted(np.unique(theta), theta)].T
    ends = [np.interp(h - theta + offset, DRIVES, inhibition) for h in (0.0, 1.0)]
    return offset, np.stack([low, ends[0]]), np.stack([high, ends[1]])


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
        Further excitatory cells of each population, which never fire.
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


def _of_threshold(gating: tuple[float, ...], centre: float, theta: float) -> tuple[float, float, float]:
    """Return offset, S0 and S1 for one threshold."""

    def at(x: Any) -> Any:
        return np.interp(x, DRIVES, gating)

    offsets = np.linspace(max(DRIVES[0] + theta, -0.5), min(DRIVES[-1] - 1 + theta, 0.5), 1001)
    low, high = at(offsets - theta), at(offsets + 1 - theta)
    reached = (high - low > _LEAST_RANGE) & (at(offsets) - low >= centre * (high - low))
    if not len(offsets) or not reached.any() or reached[0]:
        raise InvalidInput(
            f"the population must switch on at its threshold, θ = {theta:g}; its gating goes from {min(gating):.3f} to "
            f"{max(gating):.3f} and is nowhere {centre:g} of the way between h = 0 and h = 1; change its background or "
            "its drive"
        )
    first = int(np.argmax(reached))
    return float(offsets[first]), float(low[first]), float(high[first])
