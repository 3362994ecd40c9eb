"""Attractors in which recalls end, discrete settling, and the distinct stable minima of a set of images."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray
from tqdm import tqdm

from neurosim import InvalidInput, Network, Outcome, recall, theory
from neurosim.engines import Engine, get_engine, require_rate_model
from neurosim.measure.statistics import NOT_NEGATIVE, interval_variables, share_variables, student_interval
from neurosim.theory.scaling import rescaled
from neurosim.validation import binary_array, real_array, takes, whole

CHUNK_BYTES = 64e6  # float64 rows in memory at once


@takes(out=xarray.Dataset)
def unique_attractors(out: xarray.Dataset) -> xarray.Dataset:
    """Group recalls by attractor.

    Two settled recalls are in the same attractor if and only if their final hidden states `hidden_active` are equal.
    (No neuron of a settled recall crosses its threshold again, so the hidden state determines the limits of v and h.)
    A recall with any other outcome is in no attractor. All of neurosim uses this rule.

    Parameters
    ----------
    out : xarray.Dataset
        From `neurosim.recall`: hidden_active (cue, hidden_neuron) bool and outcome (cue,).

    Returns
    -------
    xarray.Dataset
        hidden_active (attractor, hidden_neuron) bool; size (attractor,): number of cues that end there, largest first,
        ties in order of the first such cue; label (cue,): index of the cue's attractor, −1 if the recall did not
        settle. attrs: those of `out`, with n_trials (cues), n_settled and n_attractors.

    Raises
    ------
    InvalidInput
        `out` lacks hidden_active (cue, hidden_neuron) or outcome (cue,).

    See Also
    --------
    unique_stable_minima : The attractors reached from a set of images, with their errors.

    Examples
    --------
    >>> import neurosim
    >>> from neurosim.measure import unique_attractors
    >>> net = neurosim.Network.gaussian(1000, 10, seed=0)
    >>> targets = neurosim.patterns.random_hidden_states(10, 3, seed=1)
    >>> out = neurosim.recall(net, neurosim.patterns.visible_cues(net, targets[[0, 1, 1, 2]]))
    >>> found = unique_attractors(out)
    >>> found["size"].values.tolist(), found.label.values.tolist()
    ([2, 1, 1], [1, 0, 0, 2])
    """
    for name, dims in (("hidden_active", ("cue", "hidden_neuron")), ("outcome", ("cue",))):
        if name not in out or out[name].dims != dims:
            raise InvalidInput(f"out must have {name} {dims}, as neurosim.recall returns; got {list(out)}")
    states = out.hidden_active.values.astype(bool)
    settled = out.outcome.values == Outcome.SETTLED
    first, inverse, size = _distinct(states[settled])
    label = np.full(len(states), -1, dtype=np.int64)
    label[settled] = inverse
    variables = {
        "hidden_active": (
            ("attractor", "hidden_neuron"),
            states[settled][first],
            {"long_name": "hidden neuron active in the attractor"},
        ),
        "size": ("attractor", size, {"long_name": "number of cues that end in the attractor", "units": "1"}),
        "label": (
            "cue",
            label,
            {"long_name": "attractor of the cue; -1: the recall did not settle", "units": "1"},
        ),
    }
    counts = {"n_trials": len(states), "n_settled": int(settled.sum()), "n_attractors": len(size)}
    return xarray.Dataset(variables, attrs={**out.attrs, **counts})


def _distinct(states: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the distinct rows, largest group first, with the index of one row each, group labels and group sizes."""
    if not len(states):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64)
    packed = np.packbits(states, axis=1)
    keys = packed.view(np.dtype((np.void, packed.shape[1])))[:, 0]
    _, first, inverse, size = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((first, -size))
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return first[order], rank[inverse], size[order]


@takes(net=Network)
def settle(net: Network, states: np.ndarray, *, max_steps: int = 1000, progress: bool = False) -> xarray.Dataset:
    """Iterate s ← Θ(Js − θ), all neurons at once, until it ends (eq. 5); Θ(0) = 0.

    Discrete settling differs from the continuous recall of eq. (1): the fixed points are the same, but not the
    trajectories.

    Parameters
    ----------
    net : Network
        Heaviside hidden units.
    states : ndarray (state, hidden_neuron), bool or 0/1
    max_steps : int, default 1000
    progress : bool, default False

    Returns
    -------
    xarray.Dataset over state
        hidden_active (state, hidden_neuron) bool: the last state; outcome: "settled" (a fixed point), "cycling" (a
        cycle of `period` ≥ 2 states; with symmetric weights only 2 is possible) or "timed_out"; settled:
        outcome is "settled"; period: 1, the length of the cycle, or 0 if timed out; n_steps: updates that
        changed the state; for a cycle, until it was detected.

    Raises
    ------
    InvalidInput
        Wrong shape, not binary, or the hidden units are not Heaviside.

    Notes
    -----
    Cycles are found by the method of Brent [1]_: each state is compared with one earlier state, which is replaced at
    powers of two.

    References
    ----------
    .. [1] Brent, BIT 20:176 (1980).

    See Also
    --------
    neurosim.recall : The continuous dynamics.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network
    >>> from neurosim.measure import settle
    >>> net = Network.gaussian(2000, 10, seed=0)
    >>> found = settle(net, np.eye(10, dtype=bool))
    >>> found.outcome.values.tolist() == ["settled"] * 10, int(found.n_steps.max())
    (True, 0)
    """
    states = binary_array(states, "states", {"state": None, "hidden": net.n_hidden}, empty=True)
    theory.stability_margin(net, states[:1])  # raises for networks without such an iteration
    max_steps = whole(max_steps, "max_steps")
    scaled = rescaled(net).net
    coupling = theory.effective_coupling(scaled)
    rows = max(1, int(CHUNK_BYTES // (8 * net.n_hidden)))
    starts = tqdm(range(0, len(states), rows), disable=None if progress else True, desc="settle", leave=False)
    parts = [_settle(coupling, scaled.threshold, states[k : k + rows], max_steps) for k in starts]
    empty = (states, np.empty(0, np.int64), np.empty(0, np.int64))
    final, n_steps, period = (np.concatenate(arrays) for arrays in zip(*(parts or [empty]), strict=True))
    outcome = np.full(len(final), Outcome.TIMED_OUT.value, dtype="U10")
    outcome[period == 1] = Outcome.SETTLED.value
    outcome[period > 1] = Outcome.CYCLING.value
    variables = {
        "hidden_active": (("state", "hidden_neuron"), final, {"long_name": "hidden neuron active at the end"}),
        "outcome": ("state", outcome, {"long_name": "outcome of the iteration"}),
        "settled": ("state", period == 1, {"long_name": "whether the end is a fixed point"}),
        "period": (
            "state",
            period,
            {"long_name": "states in the cycle; 1: fixed point, 0: none found", "units": "1"},
        ),
        "n_steps": (
            "state",
            n_steps,
            {"long_name": "number of updates that changed the state", "units": "1"},
        ),
    }
    attrs = {"method": "s <- step(J s - theta), synchronous", "n_trials": len(final), "max_steps": max_steps}
    return xarray.Dataset(variables, attrs={**attrs, "n_networks": 1, "engine": "none"})


def _settle(
    coupling: np.ndarray, threshold: np.ndarray, states: np.ndarray, max_steps: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    final = states.copy()
    n_steps, period = np.zeros(len(states), np.int64), np.zeros(len(states), np.int64)
    moving = np.arange(len(states))  # rows that have not ended; `now` and `mark` hold their states
    now, mark, marked_at = final.copy(), final.copy(), 0
    for step in range(1, max_steps + 1):
        after = now.astype(float) @ coupling.T > threshold
        fixed = (after == now).all(axis=1)
        cycled = ~fixed & (after == mark).all(axis=1)
        period[moving[fixed]], period[moving[cycled]] = 1, step - marked_at
        n_steps[moving[~fixed]] = step
        final[moving] = after
        going = ~(fixed | cycled)
        moving, now, mark = moving[going], after[going], mark[going]
        if not len(moving):
            break
        if step & (step - 1) == 0:  # a power of two
            mark, marked_at = now.copy(), step
    return final, n_steps, period


@takes(net=Network)
def unique_stable_minima(
    net: Network,
    images: np.ndarray,
    *,
    engine: str | Engine = "event",
    duration: Any = None,
    confidence: float = 0.95,
    progress: bool = False,
) -> xarray.Dataset:
    """Count the distinct stable attractors reached from images as cues with h(0) = 0.

    Three codes of each image are compared. *First pass*: Θ((√N_h/N_v) ξᵀv − θ), which eq. (17)
    trains. *Discrete*: the first pass settled by s ← Θ(Js − θ). *Recalled*: the final state of the continuous
    dynamics, eq. (1).

    Parameters
    ----------
    net : Network
        Heaviside hidden units.
    images : ndarray (image, visible)
        The cues.
    engine : Engine or str, default "event"
        As in `neurosim.recall`. It must solve eqs. (1a, 1b), which the discrete codes and the margins are about.
    duration : time, optional
        As in `neurosim.recall`. Default without a time step: ten times the default of `neurosim.recall`, because
        the final state is measured and an exact recall stops when it has settled.
    confidence : float, default 0.95
    progress : bool, default False

    Returns
    -------
    xarray.Dataset
        Over image:

        - label: index of the attractor, −1 if the recall did not settle; outcome;
        - squared_error: ‖ξs/√N_h − v_image‖² of the recalled code, summed over visible neurons, NaN unless settled;
          squared_error_discrete: the error of the discretely settled code;
        - bits_moved: bits between first pass and recalled code, for all outcomes; bits_moved_discrete.

        Over attractor, as in `unique_attractors`: hidden_active, size, margin (`theory.stability_margin`), stable
        (margin > 0).

        Numbers:

        - n_unique: distinct stable attractors reached; n_unique_discrete: distinct stable discrete codes;
          n_unique_first_pass: distinct first-pass codes, stable or not;
        - shares of the images with Wilson limits: share_settled, share_settled_discrete, share_at_discrete (recalled to
          the discretely settled code);
        - means over images with Student-t limits: mean_squared_error, mean_squared_error_discrete.

        The intervals are over images as a sample of their kind, for this network.

    Raises
    ------
    InvalidInput
        Images that are not (image, visible) and finite, hidden units that are not Heaviside, or an engine of another
        model; group its recalls by `unique_attractors`.

    See Also
    --------
    unique_attractors : Group any recalls by attractor.

    Examples
    --------
    >>> import neurosim
    >>> from neurosim.measure import unique_stable_minima
    >>> net = neurosim.Network.gaussian(1000, 10, seed=0)
    >>> images = neurosim.patterns.visible_cues(net, neurosim.patterns.all_hidden_states(10)[:8])
    >>> found = unique_stable_minima(net, images)
    >>> int(found.n_unique), int(found.n_unique_first_pass), bool(found.mean_squared_error < 1e-9)
    (8, 8, True)
    """
    images = real_array(images, "images", {"image": None, "visible": net.n_visible})
    theory.stability_margin(net, np.zeros(net.n_hidden, bool))  # raises for smooth units before the long computation
    engine = get_engine(engine)
    require_rate_model(engine, "unique_stable_minima", "unique_attractors(recall(net, images, engine=...))")
    if duration is None and not engine.has_time_step:
        duration = 200 * max(np.max(net.tau_v), np.max(net.tau_h))
    out, first_pass = _recall_images(net, images, engine, duration, progress)
    groups = unique_attractors(out)
    discrete = settle(net, first_pass, progress=progress)
    margin = theory.stability_margin(net, groups.hidden_active.values)
    variables: dict[str, Any] = {
        "hidden_active": groups.hidden_active,
        "size": groups["size"],
        "margin": ("attractor", margin, {"long_name": "stability margin", "units": "1"}),
        "stable": ("attractor", margin > 0, {"long_name": "stability margin > 0"}),
        "label": ("image", groups.label.values, groups.label.attrs),
        "outcome": ("image", out.outcome.values, out.outcome.attrs),
    }
    variables |= _of_images(net, images, out, first_pass, discrete, groups.label.values >= 0, confidence)
    variables |= _numbers_of_codes(net, margin, first_pass, discrete)
    attrs = {"method": "recall", "n_networks": 1, "n_trials": len(images), "confidence": confidence, "seed": "none"}
    return xarray.Dataset(variables, attrs={**out.attrs, **attrs})


def _of_images(
    net: Network,
    images: np.ndarray,
    out: xarray.Dataset,
    first_pass: np.ndarray,
    discrete: xarray.Dataset,
    settled: np.ndarray,
    confidence: float,
) -> dict[str, Any]:
    """Return errors and moved bits of each image, and the shares and means over images with their intervals."""
    recalled, code, code_settled = out.hidden_active.values, discrete.hidden_active.values, discrete.settled.values
    error = np.where(settled, _squared_error(net, recalled, images), np.nan)
    error_discrete = np.where(code_settled, _squared_error(net, code, images), np.nan)
    at_discrete = settled & code_settled & (recalled == code).all(axis=1)
    per_image = {
        "squared_error": (error, "squared error of the recalled memory, summed over visible neurons"),
        "squared_error_discrete": (error_discrete, "squared error of the discretely settled memory"),
        "bits_moved": ((recalled != first_pass).sum(axis=1), "bits from first pass to recalled code"),
        "bits_moved_discrete": ((code != first_pass).sum(axis=1), "bits from first pass to settled code"),
    }
    shares = {
        "share_settled": (settled, "share of images whose recall settled"),
        "share_settled_discrete": (code_settled, "share of images whose code settles discretely"),
        "share_at_discrete": (at_discrete, "share of images recalled to their discretely settled code"),
    }
    variables: dict[str, Any] = {
        name: ("image", values, {"long_name": text, "units": "1"}) for name, (values, text) in per_image.items()
    }
    for name, (values, text) in shares.items():
        variables |= share_variables(name, (), values.sum(), len(values), text, confidence=confidence)
    for name in ("squared_error", "squared_error_discrete"):
        interval = student_interval(per_image[name][0], confidence=confidence, bounds=NOT_NEGATIVE)
        variables |= interval_variables(f"mean_{name}", (), interval, f"mean over images: {per_image[name][1]}")
    return variables


def _numbers_of_codes(
    net: Network, margin: np.ndarray, first_pass: np.ndarray, discrete: xarray.Dataset
) -> dict[str, Any]:
    settled_codes = discrete.hidden_active.values[discrete.settled.values]
    codes = settled_codes[_distinct(settled_codes)[0]]
    numbers = {
        "n_unique": (int((margin > 0).sum()), "distinct stable attractors reached"),
        "n_unique_discrete": (
            int((theory.stability_margin(net, codes) > 0).sum()),
            "distinct stable codes after discrete settling",
        ),
        "n_unique_first_pass": (len(_distinct(first_pass)[0]), "distinct first-pass codes, stable or not"),
    }
    return {name: ((), value, {"long_name": text, "units": "1"}) for name, (value, text) in numbers.items()}


def _recall_images(
    net: Network, images: np.ndarray, engine: Engine, duration: Any, progress: bool
) -> tuple[xarray.Dataset, np.ndarray]:
    """Return hidden_active and outcome of the recalls, and the first-pass codes (image, hidden) bool."""
    rows = max(1, int(CHUNK_BYTES // (8 * net.n_visible)))
    outs, codes = [], []
    for start in tqdm(range(0, len(images), rows), disable=None if progress else True, desc="recall", leave=False):
        cues = images[start : start + rows]
        out = recall(net, cues, engine=engine, duration=duration, read_out=False)
        outs.append(out[["hidden_active", "outcome"]])
        codes.append(theory.drive(net, cues) > net.threshold)
    together = {
        name: (outs[0][name].dims, np.concatenate([out[name].values for out in outs]), outs[0][name].attrs)
        for name in outs[0]
    }
    return xarray.Dataset(together, attrs=outs[0].attrs), np.concatenate(codes)


def _squared_error(net: Network, states: np.ndarray, images: np.ndarray) -> np.ndarray:
    rows = max(1, int(CHUNK_BYTES // (8 * net.n_visible)))
    parts = [
        ((theory.visible_state(net, states[k : k + rows]) - images[k : k + rows]) ** 2).sum(axis=1)
        for k in range(0, len(images), rows)
    ]
    return np.concatenate(parts)
