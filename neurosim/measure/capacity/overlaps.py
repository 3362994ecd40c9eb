"""Exact counting where few states are wrong, by inclusion and exclusion of the wrong states of each neuron.

An event is a neuron and a side on which it is wrong: off with X_μ > θ_μ, or on with X_μ ≤ θ_μ − J_μμ. As Y > h, with
Y = X or −X, its states are subset sums of |J_μν|: those whose sum stays below max Y − h. Two sorted lists of sums, one
of either half of the neurons and cut off there, give their number without listing them [1]_.

A state is counted for its first event only, so the states of |V_f| that have an earlier event are subtracted,

    number of wrong states = Σ_f (|V_f| − Σ_{e<f} |V_e ∩ V_f, no event before e|).

Pairs are searched by branch and bound on Y_e > h_e, Y_f > h_f and Y_e + Y_f > h_e + h_f. The last condition ends most
searches at once, because the states of the other neurons that violate two neurons agree on half of them only.

References
----------
.. [1] Horowitz & Sahni, J. ACM 21:277 (1974).
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from neurosim import Network
from neurosim.compiled import kernel
from neurosim.measure.capacity.enumeration import Tally, in_threads
from neurosim.measure.capacity.rounding import FieldBounds, field_bounds
from neurosim.measure.capacity.unions import ViolationShares

DEFAULT_STEPS = 2**31  # sums made and nodes entered, some nanoseconds each
_MAX_LIST = 2**22  # sums in one list, 32 MB
_MAX_SINGLE = 2**40  # largest number of states of one event that is tried: the lists grow about as its power 0.7


class _Events(NamedTuple):
    """The events that are possible at all: Y = row·s > above.

    Parameters
    ----------
    unit, side : ndarray (event,) int64
    row : ndarray (event, hidden)
        J_μν, or −J_μν for the side 1; 0 for the unit itself.
    above : ndarray (event,)
        h.
    doubt : ndarray (event,)
        Bound on the rounding error of Y − h.
    """

    unit: np.ndarray
    side: np.ndarray
    row: np.ndarray
    above: np.ndarray
    doubt: np.ndarray


def count(
    net: Network,
    shares: ViolationShares,
    *,
    max_steps: int = DEFAULT_STEPS,
    n_threads: int | None = None,
    progress: bool = False,
) -> Tally:
    """Count fixed points by counting all other states; exactly if the steps suffice.

    Parameters
    ----------
    net : Network
        Heaviside hidden units; any feedback and thresholds. Useful where few states are wrong.
    shares : ViolationShares
        Of the same network; used for events that take too many steps.
    max_steps : int
        About the number of steps in all.
    n_threads : int, optional
        Default: one per core. The result does not depend on it.
    progress : bool, default False

    Returns
    -------
    neurosim.measure.capacity.enumeration.Tally

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity import overlaps
    >>> from neurosim.measure.capacity.unions import violation_shares
    >>> net = Network.gaussian(2000, 20, seed=0)
    >>> found = overlaps.count(net, violation_shares(net, n_cells=1024))
    >>> 0.99 * 2**20 < found.lower == found.upper <= 2**20
    True
    """
    bounds = field_bounds(net)
    fixed = _count(bounds, shares, max_steps, n_threads, progress)
    if not bounds.whole:
        return fixed
    return Tally(fixed.lower, fixed.upper, _count(bounds.strict(), shares, max_steps, n_threads, progress).lower)


def _events(bounds: FieldBounds) -> _Events:
    n = len(bounds.doubt)
    row = np.concatenate((bounds.coupling, -bounds.coupling))
    above = np.concatenate((bounds.off_up_to, -bounds.on_above - 0.25 * bounds.whole))  # Y ≥ −a
    doubt, unit, side = 2 * np.tile(bounds.doubt, 2), np.tile(np.arange(n), 2), np.repeat([0, 1], n)
    possible = np.maximum(row, 0).sum(axis=1) > above - doubt
    return _Events(*(np.ascontiguousarray(part[possible]) for part in (unit, side, row, above, doubt)))


def _count(
    bounds: FieldBounds, shares: ViolationShares, max_steps: int, n_threads: int | None, progress: bool
) -> Tally:
    n, events = len(bounds.doubt), _events(bounds)
    each = [
        tuple(Fraction(float(limit[side, unit])) * (1 << n) for limit in (shares.lower, shares.upper))
        for unit, side in zip(events.unit, events.side, strict=True)
    ]
    jobs = [(_one_event, e) for e, (_, most) in enumerate(each) if most < _MAX_SINGLE]
    jobs += [(_overlaps_of, e) for e in range(len(each))]
    answers = _answers(events, jobs, max_steps, n_threads, progress)
    lower = upper = 1 << n
    for e, (least, most) in enumerate(each):
        wrong = answers.get((_one_event, e), (math.ceil(least), math.floor(most)))
        twice = answers.get((_overlaps_of, e), (0, wrong[1]))
        lower += twice[0] - wrong[1]
        upper += twice[1] - wrong[0]
    lower, upper = max(0, lower), min(1 << n, upper)
    return Tally(lower, upper, lower)


def _answers(
    events: _Events, jobs: list[tuple[Any, int]], max_steps: int, n_threads: int | None, progress: bool
) -> dict[tuple[Any, int], tuple[int, int]]:
    """Return the limits of the numbers that the steps suffice for; each job gets an even share of the steps left."""
    answers: dict[tuple[Any, int], tuple[int, int]] = {}
    limit, steps_left = 0, max_steps
    with tqdm(total=len(jobs), disable=None if progress else True, desc="events", leave=False) as bar:
        while jobs and steps_left // len(jobs) > limit:
            limit = steps_left // len(jobs)

            def work(job: tuple[Any, int], limit: int = limit) -> tuple[int, int, int, np.ndarray]:
                return job[0](events, job[1], limit)

            for job, (steps, single, doubtful, cubes) in zip(jobs, in_threads(work, jobs, n_threads), strict=True):
                steps_left -= int(steps)
                if steps <= limit:
                    least = int(single) + sum(int(number) << free for free, number in enumerate(cubes))
                    answers[job] = least, least + int(doubtful)
                    bar.update()
            jobs = [job for job in jobs if job not in answers]
    return answers


@kernel
def _one_event(events, event, limit, max_list=_MAX_LIST):
    """Count the states of an event: return steps taken, single states, doubtful ones, and subcubes by free neurons.

    The count stops after more than `limit` steps.
    """
    sizes = np.sort(np.abs(events.row[event]))[1:]  # without the unit itself
    slack = np.maximum(events.row[event], 0.0).sum() - events.above[event]
    doubt, n = events.doubt[event], sizes.size
    total = np.zeros(n + 1)  # of the first k
    for k in range(n):
        total[k + 1] = total[k] + sizes[k]
    cubes, single, possible, steps = np.zeros(n + 1, dtype=np.int64), 0, 0, 0
    left, slack_at, n_left = np.zeros(n + 2, dtype=np.int64), np.zeros(n + 2), 1
    left[0], slack_at[0] = n, slack
    while n_left:
        n_left -= 1
        k, slack = left[n_left], slack_at[n_left]
        if slack + doubt <= 0:
            continue
        if total[k] < slack - doubt:
            cubes[k] += 1
            continue
        odd, even = _sums(sizes[1:k:2], slack + doubt, max_list), _sums(sizes[:k:2], slack + doubt, max_list)
        steps += 2 * odd.size + 2 * even.size + 1
        if steps > limit:
            break
        if odd.size < max_list and even.size < max_list:
            sure = _pairs_below(odd, even, slack - doubt)
            single += sure
            possible += _pairs_below(odd, even, slack + doubt) - sure
        else:  # too many sums: split into sums with and without the largest
            left[n_left], left[n_left + 1] = k - 1, k - 1
            slack_at[n_left], slack_at[n_left + 1] = slack, slack - sizes[k - 1]
            n_left += 2
    return steps, single, possible, cubes


@kernel
def _sums(sizes, limit, max_list):
    """Return the sorted subset sums below the limit; any `max_list` of them if there are more."""
    sums = np.zeros(1)
    for size in sizes:
        merged, k, i, j = np.empty(min(2 * sums.size, max_list)), 0, 0, 0
        while j < sums.size and k < merged.size:
            without = sums[i] if i < sums.size else np.inf
            if without <= sums[j] + size:
                merged[k] = without
                i += 1
            else:
                merged[k] = sums[j] + size
                j += 1
            if merged[k] >= limit:
                break
            k += 1
        sums = merged[:k]
        if k == max_list:
            break
    return sums


@kernel
def _pairs_below(first, second, limit):
    count, j = 0, second.size
    for i in range(first.size):
        while j > 0 and first[i] + second[j - 1] >= limit:
            j -= 1
        count += j
    return count


@kernel
def _overlaps_of(events, f, limit):
    """Count the states of an event that are in an earlier event too; return as `_one_event` does."""
    cubes, doubtful, steps = np.zeros(events.row.shape[1] + 1, dtype=np.int64), 0, 0
    for e in range(f):
        steps += 1
        if events.unit[f] == events.unit[e] or not _possible_together(events, np.array([e, f])):
            continue
        steps += e
        earlier = np.empty(e, dtype=np.int64)
        k = 0
        for g in range(e):
            if events.unit[g] != events.unit[f] and _possible_together(events, np.array([e, f, g])):
                earlier[k] = g
                k += 1
        found, steps = _search_pair(events, e, f, earlier[:k], cubes, steps, limit)
        if steps > limit:
            break
        doubtful += found
    return steps, 0, doubtful, cubes


@kernel
def _possible_together(events, several):
    """Whether Σ Y over several events of different units can exceed Σ h; necessary for a state that is in them all."""
    room = 0.0
    for v in range(events.row.shape[1]):
        step, fixed = 0.0, -1
        for e in several:
            step += events.row[e, v]
            if events.unit[e] == v:
                fixed = events.side[e]
        if fixed == 1 or (fixed == -1 and step > 0):
            room += step
    for e in several:
        room -= events.above[e] - events.doubt[e]
    return room > 0


@kernel
def _search_pair(events, e, f, earlier, cubes, steps, limit):
    """Add to `cubes` the subcubes in both events and no earlier one; return the doubtful states, and the steps."""
    a, b = events.row[e], events.row[f]
    n, order = a.size - 2, np.argsort(-(np.abs(a) + np.abs(b)))
    order = order[(order != events.unit[e]) & (order != events.unit[f])]
    need_a, need_b, slip = events.above[e], events.above[f], events.doubt[e] + events.doubt[f]
    need_a -= a[events.unit[f]] * events.side[f]
    need_b -= b[events.unit[e]] * events.side[e]
    # what the free neurons can add at most and at least, when the first k of the order are set
    most_a, most_b, most, least_a, least_b = (
        np.zeros(n + 1),
        np.zeros(n + 1),
        np.zeros(n + 1),
        np.zeros(n + 1),
        np.zeros(n + 1),
    )
    for k in range(n - 1, -1, -1):
        v = order[k]
        most_a[k], least_a[k] = most_a[k + 1] + max(a[v], 0.0), least_a[k + 1] + min(a[v], 0.0)
        most_b[k], least_b[k] = most_b[k + 1] + max(b[v], 0.0), least_b[k + 1] + min(b[v], 0.0)
        most[k] = most[k + 1] + max(a[v] + b[v], 0.0)
    value = np.full(a.size, -1, dtype=np.int8)
    value[events.unit[e]], value[events.unit[f]] = events.side[e], events.side[f]
    sum_a, sum_b, child = np.zeros(n + 1), np.zeros(n + 1), np.zeros(n + 1, dtype=np.int8)
    doubtful, k = 0, 0
    while k >= 0:
        if child[k] == 0:
            steps += 1
            if steps > limit:
                return doubtful, steps
            x, y = sum_a[k] - need_a, sum_b[k] - need_b
            if x + most_a[k] <= -slip or y + most_b[k] <= -slip or x + y + most[k] <= -slip:
                child[k] = 2
            elif k == n or (x + least_a[k] > slip and y + least_b[k] > slip):
                surely = x + least_a[k] > slip and y + least_b[k] > slip
                verdict = _before(events, earlier, value)
                steps += earlier.size
                if verdict == 0 and surely:
                    cubes[n - k] += 1
                elif k == n and verdict != 1:
                    doubtful += 1
                if verdict != 2 or k == n:
                    child[k] = 2
        if child[k] == 2:
            if k < n:
                value[order[k]] = -1
            k -= 1
            continue
        v = order[k]
        value[v] = 1 - child[k]
        sum_a[k + 1], sum_b[k + 1] = sum_a[k] + a[v] * value[v], sum_b[k] + b[v] * value[v]
        child[k] += 1
        k += 1
        child[k] = 0
    return doubtful, steps


@kernel
def _before(events, earlier, value):
    """Whether an earlier event holds in a subcube: 0 in no state, 1 in all, 2 in some or in doubt."""
    verdict = 0
    for g in earlier:
        own = value[events.unit[g]]
        if own >= 0 and own != events.side[g]:
            continue
        most = least = -events.above[g]
        for v in range(value.size):
            step = events.row[g, v]
            if value[v] == 1 or (value[v] == -1 and step > 0):
                most += step
            if value[v] == 1 or (value[v] == -1 and step < 0):
                least += step
        if most <= -events.doubt[g]:
            continue
        if own >= 0 and least > events.doubt[g]:
            return 1
        verdict = 2
    return verdict
