"""Splitting: the share of states that are fixed points where it is very small, for instance 2^−280.

Particles start as uniform random states and move to the fixed points level by level. With V(s) the number of
units that a state violates (eq. 5: on at (Js)_μ ≤ θ_μ, or off at (Js)_μ > θ_μ) and costs 0 = c_0 < c_1 < … < c_T,

    share = E[1{V = 0}] = Π_t E_t[e^{−(c_{t+1} − c_t)V}] · E_T[1{V = 0}],   E_t under π_t(s) ∝ e^{−c_t V(s)}.

At each level every particle is weighted by its factor, the population is resampled in proportion to the weights, and
single bits are flipped by Metropolis steps that keep π_{t+1}. The product of the mean weights is an unbiased estimate
of the share for any number of particles and steps, if the schedule was fixed beforehand ([1]_, section 7.4). Here a
separate run with its own seed fixes the schedule and is then discarded.

The levels are soft: a violation has a cost, and no state is excluded before the last level.

Fields are whole numbers, J and θ in units of a power of two near 2^−61 of the neuron's largest field: flips add and
subtract without rounding, so errors do not accumulate, and V does not depend on the path by which a state was reached.

References
----------
.. [1] Del Moral, Feynman–Kac Formulae (2004).
"""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy import stats
from tqdm import tqdm

from neurosim import Network
from neurosim.compiled import kernel
from neurosim.measure.capacity.rounding import comparable
from neurosim.seeds import spawn_seeds
from neurosim.validation import generator, whole

_WEIGHT_VARIANCE = 0.02  # relative, per level; from 0.005 to 0.1 the work for an error changed by less than 2
_LAST_VARIANCE = 0.1  # of the last factor, 1{V = 0}
_MOST_COST = 30.0  # a step to one more violation passes with e^−30: the population has settled
_FLIPS = 0.2  # accepted flips aimed at, per neuron and level
_SWEEPS = (0.25, 20.0)  # attempts per neuron and level, at least and at most
_PILOT = 100  # particles of the run that sets the schedule
_CHUNK = 256  # neurons between checks whether a flip is already too costly


@dataclass(frozen=True)
class Split:
    """An estimate of the share of fixed points, as log2.

    Parameters
    ----------
    log2_share : float
        log2 of the mean over the replicates, which is unbiased (its log2 is not); −∞ if no replicate ended in a fixed
        point.
    log2_lower, log2_upper : float
        Confidence limits of the share itself.
    replicates : ndarray (replicate,)
        log2 of each replicate's unbiased estimate.
    levels : int

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity.splitting import stable_share
    >>> found = stable_share(Network.gaussian(100, 20, seed=0), n_particles=50, n_replicates=4)
    >>> found.log2_lower < found.log2_share < found.log2_upper < 0
    True
    """

    log2_share: float
    log2_lower: float
    log2_upper: float
    replicates: np.ndarray
    levels: int


@dataclass(frozen=True)
class Schedule:
    """Cost of a violation and attempted flips per particle, level by level."""

    cost: tuple[float, ...]
    attempts: tuple[int, ...]


def stable_share(
    net: Network,
    *,
    n_particles: int = 200,
    n_replicates: int = 20,
    seed: int = 0,
    confidence: float = 0.95,
    progress: bool = False,
) -> Split:
    """Estimate the share of the 2^N_h states that are fixed points (eq. 5), without bias, however small.

    Parameters
    ----------
    net : Network
        Heaviside hidden units; any feedback and thresholds.
    n_particles : int ≥ 2, default 200
        Per replicate. Use more if replicates differ by factors (std of log2 above 1).
    n_replicates : int ≥ 2, default 20
    seed : int, default 0
        Same seed, same result, on any number of cores.
    confidence : float, default 0.95
    progress : bool, default False

    Raises
    ------
    InvalidInput
        Fewer than two particles or replicates.

    Notes
    -----
    The interval is for the share. Estimates of this kind are lognormal in the limit of many levels [1]_, with a
    variance s² of the logs over the R replicates. So the limits are e^{±h} times the mean, with
    h = t_{R−1} √(s²/R + s⁴/(2(R − 1))) (Cox's interval for a lognormal mean; the linear t interval where s is small).
    Where some replicates are 0, s² = log(1 + v) with v their relative variance.
    If a fixed point was found, the lower limit is at least 2^−N_h. If none was found, the interval is from 0 to the
    exact binomial limit of the uniform initial states.

    References
    ----------
    .. [1] Bérard, Del Moral & Doucet, Electronic J. Probability 19:94 (2014).

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity.splitting import stable_share
    >>> found = stable_share(Network.gaussian(20, 20, seed=0), n_particles=50, n_replicates=5)
    >>> found.log2_lower < found.log2_share < found.log2_upper < 0
    True
    """
    n_particles = whole(n_particles, "n_particles", at_least=2)
    n_replicates = whole(n_replicates, "n_replicates", at_least=2)
    columns, threshold = whole_numbers(net)
    pilot_seed, *seeds = spawn_seeds(seed, n_replicates + 1)
    schedule = plan(columns, threshold, pilot_seed)

    def replicate(replicate_seed: int) -> float:
        return _anneal(columns, threshold, n_particles, schedule, replicate_seed)

    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    with ThreadPoolExecutor(workers) as pool:
        running = pool.map(replicate, seeds)
        logs = np.array(
            list(tqdm(running, total=n_replicates, disable=None if progress else True, desc="replicates", leave=False))
        )
    estimate, lower, upper = (limit / math.log(2) for limit in _limits(logs, confidence, n_particles, net.n_hidden))
    return Split(estimate, lower, upper, logs / math.log(2), len(schedule.cost))


def _limits(logs: np.ndarray, confidence: float, n_particles: int, n_hidden: int) -> tuple[float, float, float]:
    """Return log estimate, log lower and log upper limit of replicates' log estimates."""
    n, top = len(logs), logs.max()
    if top == -np.inf:
        missed = 1 - ((1 - confidence) / 2) ** (1 / (n * n_particles))  # every replicate's particles start uniform
        return -np.inf, -np.inf, math.log(missed)
    relative = np.exp(logs - top)
    estimate = float(top + math.log(relative.mean()))
    if np.isfinite(logs).all():
        variance = float(logs.var(ddof=1))
    else:
        variance = math.log1p(float(relative.var(ddof=1) / relative.mean() ** 2))
    half = float(stats.t.ppf(0.5 + confidence / 2, n - 1)) * math.sqrt(variance / n + variance**2 / (2 * (n - 1)))
    return estimate, max(estimate - half, -n_hidden * math.log(2)), min(estimate + half, 0.0)


def whole_numbers(net: Network) -> tuple[np.ndarray, np.ndarray]:
    """Return Jᵀ (its row ν is the input from neuron ν to the fields) and θ as int64, in a power of two for each neuron.

    No sum of them overflows; each is rounded by at most half a unit, 2^−61 of the largest possible field of the neuron.
    """
    coupling, threshold = comparable(net)
    exponent = 61 - np.frexp(np.abs(coupling).sum(axis=1) + np.abs(threshold))[1]
    columns, threshold = np.ldexp(coupling.T, exponent), np.ldexp(threshold, exponent)
    return np.ascontiguousarray(np.rint(columns).astype(np.int64)), np.rint(threshold).astype(np.int64)


def plan(columns: np.ndarray, threshold: np.ndarray, seed: int) -> Schedule:
    """Return a schedule from a separate run: weights of equal variance, more attempts where few flips pass."""
    rng, n = generator(seed), len(threshold)
    population = _uniform(columns, threshold, _PILOT, rng)
    cost, accepted, costs, attempts = 0.0, 1.0, [], []
    while True:
        violations = population[2]
        found = (violations == 0).mean()
        step = _step(violations)
        if cost > _MOST_COST or step == 0 or (found > 0 and (1 - found) / found <= _LAST_VARIANCE):
            return Schedule(tuple(costs), tuple(attempts))
        few, many = _SWEEPS
        tries = math.ceil(n * min(many, max(few, _FLIPS / max(accepted, 1e-9))))
        _, population = _weigh(population, step, rng)
        cost += step
        flips = _move(*population, columns, cost, tries, rng)
        accepted = flips / (tries * len(population[0]))
        costs.append(cost)
        attempts.append(tries)


def _step(violations: np.ndarray) -> float:
    """Return the step in cost at which the weights' relative variance is `_WEIGHT_VARIANCE`; 0 if none is."""
    above = violations - violations.min()
    if not above.any():
        return 0.0

    def variance(step: float) -> float:
        weights = np.exp(-step * above)
        return float(weights.var() / weights.mean() ** 2)

    low, high = 0.0, 1.0
    while variance(high) < _WEIGHT_VARIANCE and high < _MOST_COST:
        high *= 2
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if variance(middle) < _WEIGHT_VARIANCE else (low, middle)
    return high


def _anneal(columns: np.ndarray, threshold: np.ndarray, n_particles: int, schedule: Schedule, seed: int) -> float:
    """Return the log of one replicate's unbiased estimate; −∞ if no particle ends at V = 0."""
    rng = generator(seed)
    population = _uniform(columns, threshold, n_particles, rng)
    total, cost = 0.0, 0.0
    for next_cost, tries in zip(schedule.cost, schedule.attempts, strict=True):
        log_mean, population = _weigh(population, next_cost - cost, rng)
        total, cost = total + log_mean, next_cost
        _move(*population, columns, cost, tries, rng)
    found = int((population[2] == 0).sum())
    return total + math.log(found / n_particles) if found else -math.inf


_Generator = np.random.Generator
_Population = tuple[np.ndarray, np.ndarray, np.ndarray]  # states 0/1 and fields (particle, hidden), violations; int64


def _uniform(columns: np.ndarray, threshold: np.ndarray, n_particles: int, rng: np.random.Generator) -> _Population:
    states = rng.integers(0, 2, (n_particles, len(threshold)))
    fields = states @ columns - threshold
    return states, fields, ((fields > 0) != (states > 0)).sum(axis=1)


def _weigh(population: _Population, step: float, rng: _Generator) -> tuple[float, _Population]:
    """Return the log of the mean of e^{−step·V}, and the population after systematic resampling."""
    violations = population[2]
    lowest, n = violations.min(), len(violations)
    weights = np.exp(-step * (violations - lowest))
    edges = np.cumsum(weights)
    points = (np.arange(n) + rng.random()) / n * edges[-1]
    chosen = np.minimum(np.searchsorted(edges, points, side="right"), n - 1)
    states, fields, violations = (array[chosen] for array in population)
    return float(np.log(weights.mean()) - step * lowest), (states, fields, violations)


@kernel
def _move(states, fields, violations, columns, cost, attempts, rng):
    """Flip random bits, each with probability min(1, e^{−cost·ΔV}); return how many were flipped."""
    n_particles, n = states.shape
    flips = 0
    for p in range(n_particles):
        on, field = states[p], fields[p]
        for _ in range(attempts):
            v = int(rng.random() * n)
            column, rising = columns[v], on[v] == 0
            most = violations[p] + int(min(rng.standard_exponential() / cost, 1e9))  # ΔV ≤ −log(u)/cost
            count = _violations(on, field, column, rising, most)
            own = field[v] + (column[v] if rising else -column[v])
            count += 1 if (own > 0) == (on[v] > 0) else -1  # unit v was counted on its old side
            if count <= most:
                if rising:
                    field += column
                else:
                    field -= column
                on[v] = 1 - on[v]
                violations[p] = count
                flips += 1
    return flips


@kernel
def _violations(on, field, column, rising, most):
    """Count units on the wrong side of field ± column; stop once more than most + 1 are."""
    count = 0
    for start in range(0, field.size, _CHUNK):
        stop = start + _CHUNK
        count += _wrong(on[start:stop], field[start:stop], column[start:stop], rising)
        if count > most + 1:
            break
    return count


@kernel
def _wrong(on, field, column, rising):
    count = 0
    if rising:  # two loops, so that each is vectorised
        for m in range(field.size):
            count += (field[m] + column[m] > 0) != (on[m] > 0)
    else:
        for m in range(field.size):
            count += (field[m] - column[m] > 0) != (on[m] > 0)
    return count
