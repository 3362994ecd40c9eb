"""How many memories can be completed: the share of stored patterns that damaged cues lead back to.

A pattern is *completed* from a damaged cue if the recall of the cue and that of the undamaged pattern settle at the
same attractor, and no other stored pattern is recalled at that attractor. It is *given back* if, in addition, the
signs of the visible state at the end have an overlap of `trials.OVERLAP` with the pattern: an attractor of a pattern's
own need not be near the pattern. Patterns for which a memory has no room count as not completed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray

from neurosim.damage import Flipped
from neurosim.errors import InvalidInput
from neurosim.measure.comparison.stored_memories import MEMORIES, VISIBLE_PER_HIDDEN, End, Load
from neurosim.measure.comparison.trials import FLIPPED, OVERLAP
from neurosim.measure.statistics import (
    OVER_NETWORKS,
    Interval,
    Measurement,
    crossing_value,
    interval_variables,
    summarise,
)
from neurosim.seeds import spawn_seeds
from neurosim.sweep.grid import HERE, Label, Runner, run
from neurosim.validation import generator, names_of, one_of, real, real_array, whole, whole_array

N_CUES = 64  # of each network
LABELS: dict[str, Label] = {
    "memory": ("memory", ""),
    "n_hidden": ("hidden neurons N_h", "1"),
    "n_patterns": ("stored patterns M", "1"),
    "n_synapses": ("synapses in both directions", "1"),
}
MEASUREMENTS = {
    "completed": Measurement("share of the cues that complete their pattern", bounds=(0.0, 1.0), trials="n_trials"),
    "given_back": Measurement("share that also give the pattern back", bounds=(0.0, 1.0), trials="n_trials"),
    "distinct": Measurement(
        "share of the patterns with an attractor of their own", bounds=(0.0, 1.0), trials="n_patterns"
    ),
}


def own_attractor(ends: End) -> np.ndarray:
    """Return which patterns settle at an attractor at which no other pattern settles, (pattern,) bool.

    Parameters
    ----------
    ends : End
        Ends of the recalls of all undamaged patterns.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.comparison.completion import own_attractor
    >>> from neurosim.measure.comparison.stored_memories import End
    >>> states = np.array([[0, 1], [0, 1], [1, 1], [1, 0]])
    >>> own_attractor(End(states, states, np.array([True, True, True, False]))).tolist()
    [False, False, True, False]
    """
    settled = np.asarray(ends.settled)
    _, which, count = np.unique(ends.attractor[settled], axis=0, return_inverse=True, return_counts=True)
    own = np.zeros(len(settled), bool)
    own[settled] = count[which.ravel()] == 1
    return own


def completed(ends: End, cued: np.ndarray, recalled: End) -> np.ndarray:
    """Return which damaged cues complete their pattern, (cue,) bool.

    Parameters
    ----------
    ends : End
        Ends of the recalls of all undamaged patterns.
    cued : ndarray (cue,) of int
        The pattern of each cue.
    recalled : End
        Ends of the recalls of the damaged cues.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.comparison.completion import completed
    >>> from neurosim.measure.comparison.stored_memories import End
    >>> patterns, yes = np.array([[0, 1], [1, 0]]), np.array([True, True])
    >>> completed(End(patterns, patterns, yes), np.array([0, 1]), End(patterns[[0, 0]], patterns[[0, 0]], yes)).tolist()
    [True, False]
    """
    same = (recalled.attractor == ends.attractor[cued]).all(axis=1)
    return own_attractor(ends)[cued] & recalled.settled & same


def completed_share(
    *,
    seed: int,
    memory: str,
    n_hidden: int,
    n_patterns: int,
    n_visible: int = 784,
    flipped: float = FLIPPED,
    n_cues: int = N_CUES,
    images: np.ndarray | None = None,
) -> dict[str, float]:
    """Store patterns in one memory, damage some of them and recall them.

    Parameters
    ----------
    seed : int
        The same seed gives all memories of one number of neurons the same patterns.
    memory : str
        A name in `neurosim.measure.comparison.stored_memories.MEMORIES`.
    n_hidden, n_patterns, n_visible, flipped, images
        As in `neurosim.measure.comparison.stored_memories.Load`.
    n_cues : int, default `N_CUES`
        Largest number of damaged patterns.

    Returns
    -------
    dict of str to float
        completed, given_back, distinct, n_trials and n_synapses.

    Raises
    ------
    InvalidInput
        The memory is unknown, or a size or share is out of its range.

    See Also
    --------
    completion_sweep : The same over sizes and networks, with intervals.

    Examples
    --------
    >>> from neurosim.measure.comparison.completion import completed_share
    >>> sizes = {"n_hidden": 20, "n_visible": 200, "seed": 0}
    >>> [completed_share(memory="exponential", n_patterns=m, **sizes)["completed"] for m in (20, 40)]
    [1.0, 0.5]
    """
    store = MEMORIES[one_of(memory, "memory", MEMORIES)]
    load_seed, cue_seed, flip_seed = spawn_seeds(seed, 3)
    stored = store(Load(n_hidden, n_patterns, n_visible, flipped, images, load_seed))
    chosen = generator(cue_seed).permutation(n_patterns)[:n_cues]
    cued = chosen[chosen < stored.n_stored]
    targets = stored.patterns[cued]
    ends = stored.recall(stored.patterns[: stored.n_stored])
    recalled = stored.recall(Flipped(flipped).apply(targets, seed=flip_seed))
    done = completed(ends, cued, recalled)
    overlap = np.where(np.sign(recalled.visible) == np.sign(targets), 1, -1).mean(axis=1)
    return {
        "completed": float(done.sum()) / len(chosen),
        "given_back": float((done & (overlap >= OVERLAP)).sum()) / len(chosen),
        "distinct": float(own_attractor(ends).sum()) / n_patterns,
        "n_trials": len(chosen),
        "n_synapses": stored.n_synapses,
    }


def completion_sweep(
    networks: int,
    memories: Sequence[str],
    n_hidden: Sequence[int],
    n_patterns: Sequence[int],
    *,
    seed: int,
    images: np.ndarray | None = None,
    n_visible: int = 784,
    flipped: float = FLIPPED,
    n_cues: int = N_CUES,
    confidence: float = 0.95,
    runner: Runner = HERE,
) -> xarray.Dataset:
    """Measure the share of stored patterns that memories complete, over their number and the size of the memory.

    Parameters
    ----------
    networks : int
        Independent networks at each point.
    memories : sequence of str
        Names in `neurosim.measure.comparison.stored_memories.MEMORIES`.
    n_hidden, n_patterns : sequence of int
        Ranges of N_h, to which the synapses of the memories are matched, but for "composed" (N_v = 100 N_h) and, with
        images, memories of one layer (as many neurons as pixels); and of the number of stored patterns M.
    seed : int
    images : ndarray (image, pixel) of ±1, optional
        The patterns are drawn from these. Default: random fair bits.
    n_visible : int, default 784
        N_v of the two-layer networks; for images the number of pixels.
    flipped : float in [0, ½), default `trials.FLIPPED`
        Share of wrong bits in each cue.
    n_cues : int, default `N_CUES`
        Largest number of cues per network.
    confidence : float, default 0.95
    runner : Runner
        Where the sweep runs and stores its points; see `neurosim.sweep`.

    Returns
    -------
    xarray.Dataset over (memory, n_hidden, n_patterns)
        completed, given_back and distinct with `_lower`, `_upper` and `_by_network`; n_synapses; attractors, the
        logarithm to base 10 of the 2^N_h hidden states.

    Raises
    ------
    InvalidInput
        A memory is unknown, a size or share is out of its range, or there are fewer images than patterns.

    See Also
    --------
    most_completed : The number of patterns up to which a share is completed.
    neurosim.measure.comparison.compare.capacity_sweep : The number of patterns that one-layer memories recall.
    neurosim.plots.completion : Figures of the result.

    Examples
    --------
    >>> from neurosim.measure.comparison.completion import completion_sweep
    >>> found = completion_sweep(2, ["exponential", "hebb"], [10], [5, 20], seed=0, n_visible=100)
    >>> found.given_back.squeeze().values.tolist()
    [[1.0, 0.5], [1.0, 0.0]]
    """
    memories = names_of(memories, "memories", MEMORIES)
    neurons = whole_array(n_hidden, "n_hidden", {"size": None}, at_least=1).tolist()
    loads = whole_array(n_patterns, "n_patterns", {"load": None}, at_least=1).tolist()
    if images is not None:
        images = _signs(images)
        n_visible = images.shape[1]
        for count in loads:
            whole(count, "n_patterns", at_most=len(images), remedy="or give more images")
    flipped = real(flipped, "flipped", at_least=0, below=0.5)
    fixed: dict[str, Any] = {"n_visible": whole(n_visible, "n_visible"), "flipped": flipped}
    fixed["n_cues"] = whole(n_cues, "n_cues")
    grid = {"memory": memories, "n_hidden": neurons, "n_patterns": loads}
    given = {} if images is None else {"images": images}
    raw = run(
        partial(completed_share, **fixed, **given), grid, networks=networks, seed=seed, labels=LABELS, runner=runner
    )
    variables = {"n_synapses": raw.n_synapses.isel(network=0), **summarise(raw, MEASUREMENTS, confidence=confidence)}
    states = np.log10(2.0) * raw.n_hidden.values
    variables["attractors"] = ("n_hidden", states, {"long_name": "log10 of the 2^N_h hidden states", "units": "1"})
    attrs = {
        "method": "recall of damaged patterns, compared with that of undamaged ones",
        "patterns": "random bits" if images is None else "images",
        "seed": seed,
        "n_networks": networks,
        "n_trials": n_cues,
        "criterion": OVERLAP,
        "confidence": confidence,
        "intervals_over": OVER_NETWORKS,
        "visible_per_hidden": VISIBLE_PER_HIDDEN,
        **fixed,
    }
    return xarray.Dataset(variables, {name: raw[name] for name in grid}, attrs)


def _signs(images: np.ndarray) -> np.ndarray:
    """Return images of −1 and 1 as int8."""
    values = real_array(images, "images", {"image": None, "pixel": None})
    if not (np.abs(values) == 1).all():
        other = float(values[np.abs(values) != 1].flat[0])
        raise InvalidInput(f"images must be of -1 and 1, got {other:g}; for pixels in [0, 1] give 2*(pixels > 0.5) - 1")
    return values.astype(np.int8)


def most_completed(found: xarray.Dataset, quantity: str = "completed", *, share: float = 0.5) -> xarray.Dataset:
    """Return the number of stored patterns up to which at least a share of the cues is completed.

    Parameters
    ----------
    found : xarray.Dataset
        From `completion_sweep`, with several networks.
    quantity : {"completed", "given_back"}, default "completed"
    share : float in (0, 1), default ½

    Returns
    -------
    xarray.Dataset over (memory, n_hidden)
        most, interpolated in log M, with `_lower` and `_upper`, which are measured M (`crossing_value`). Where recall
        fails at the smallest M already, most is NaN and the lower limit 0; where it does not fail at the largest, most
        is NaN and the upper limit infinite.

    Raises
    ------
    InvalidInput
        The share is not in (0, 1), or the quantity is unknown.

    See Also
    --------
    neurosim.measure.statistics.crossing_value : The interval.

    Examples
    --------
    >>> from neurosim.measure.comparison.completion import completion_sweep, most_completed
    >>> found = completion_sweep(2, ["exponential"], [10], [5, 10, 15, 19, 23], seed=0, n_visible=100)
    >>> most = most_completed(found).squeeze()
    >>> [round(float(most[name])) for name in ("most_lower", "most", "most_upper")]
    [19, 20, 23]
    """
    share = real(share, "share", above=0, below=1)
    each = found[f"{one_of(quantity, 'quantity', MEASUREMENTS)}_by_network"]
    each = each.transpose("memory", "n_hidden", "n_patterns", "network").values
    options = {"level": share, "rising": False, "logarithmic": True, "confidence": found.attrs["confidence"]}
    intervals = [crossing_value(found.n_patterns.values, shares, **options) for row in each for shares in row]
    limits = Interval(*(np.reshape(part, each.shape[:2]) for part in zip(*intervals, strict=True)))
    text = f"patterns up to which {100 * share:g}% of the cues are completed"
    variables = interval_variables("most", ("memory", "n_hidden"), limits, text)
    coords = {name: found[name] for name in ("memory", "n_hidden")}
    attrs = {"share": share, "quantity": quantity}
    attrs |= {"minimum": int(found.n_patterns.min()), "maximum": int(found.n_patterns.max())}
    attrs = found.attrs | {**attrs, "intervals_over": "networks (bootstrap), no finer than the measured M"}
    return xarray.Dataset(variables, coords, attrs)
