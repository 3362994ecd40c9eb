"""Smallest fatal shock by search: for any engine, also for models without closed forms.

A memory s is held, v = ξs/√N_h and h = Js (h = 0 for an engine that takes no h at time 0); what a changed model adds
starts as in every recall. Then v is displaced by a·z, and recalled. Along each direction z the amplitude a grows by a
constant factor until the recall settles in another state; then it is bisected between that and the largest harmless
amplitude below it. All memories and directions are cues of one recall, so that an engine that compiles has one program.

The search starts far below the least amplitude at which z drives a neuron to its threshold. In the rate model nothing
below that is fatal, since h follows only a part of a jump of u (`neurosim.measure.basins.shocks`).

The shock found is fatal. Fatality need not be monotone along a direction, so that one in a window narrower than
the growth may be missed, and other directions are not searched: it is an upper bound of the smallest fatal shock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray
from tqdm import tqdm

from neurosim import InvalidInput, Network, Outcome, recall, theory
from neurosim.engines import Engine, get_engine
from neurosim.measure.networks import of_one_size
from neurosim.measure.recall.trials import random_targets
from neurosim.measure.statistics import (
    NOT_NEGATIVE,
    OVER_NETWORKS,
    Interval,
    Measurement,
    interval_variables,
    median_interval,
    share_variables,
    summarise,
)
from neurosim.seeds import spawn_seeds
from neurosim.validation import binary_array, generator, real, real_array, whole

LOWEST, REACH = 1 / 8, 32.0  # first and last amplitude, times that at which a neuron is driven to its threshold
OVER_MEMORIES = "the memories of this one network (order statistics of the median)"
SUMMARIES = {
    "fatal_rms": Measurement(
        "smallest fatal shock found, per visible neuron, median over memories", bounds=NOT_NEGATIVE
    ),
    "share_held": Measurement("share of the memories that hold without a shock", bounds=(0.0, 1.0), trials="n_tried"),
    "share_fatal": Measurement(
        "share of these for which a fatal shock was found", bounds=(0.0, 1.0), trials="n_held", failures=False
    ),
}


class _Found(NamedTuple):
    """Search in one network."""

    memories: np.ndarray  # (memory, hidden) bool
    held: np.ndarray  # (memory,) bool
    fatal: np.ndarray  # (memory, direction), ‖δv‖; NaN: none found
    bits: np.ndarray  # (memory, direction), bits changed by it


def fatal_shock_by_recall(
    networks: Network | Sequence[Network],
    *,
    memories: Any = None,
    n_memories: int = 16,
    directions: Any = None,
    growth: float = 1.5,
    steps: int = 10,
    engine: str | Engine = "event",
    duration: Any = None,
    seed: int,
    confidence: float = 0.95,
    progress: bool = False,
) -> xarray.Dataset:
    """Search, by recall, the smallest ‖δv‖ after which a held memory ends in another state; see the module.

    Parameters
    ----------
    networks : Network, or sequence of Network of one size
        Intervals are over networks. For one Network they are over its memories and hold for this network only.
    memories : array_like (memory, hidden), bool or 0/1, optional
        For one Network. Default: all 2^N_h hidden states if `n_memories` suffices, else random ones. Those that a
        recall without a shock does not keep are left out: they are no memories of this model.
    n_memories : int, default 16
        Of each network, if `memories` are not given.
    directions : int or array_like (direction, visible), optional
        A number of random Gaussian directions, or vectors, whose lengths do not matter. Default: for each hidden neuron
        the one that drives it to its threshold with the least ‖δv‖, ± row μ of B = ξᵀ (or of the feedback).
    growth : float > 1, default 1.5
        From one amplitude of the outward scan to the next.
    steps : int, default 10
        Halvings: a shock is known to (growth − 1)·2^−steps of itself.
    engine : Engine or str, default "event"
        As in `neurosim.recall`. Random numbers of the engine are the same at all amplitudes.
    duration : time, optional
        As in `neurosim.recall`.
    seed : int
        Of the memories, the directions and the engine.
    confidence : float, default 0.95
    progress : bool, default False

    Returns
    -------
    xarray.Dataset
        Over (network, memory): hidden_active (…, hidden_neuron), the memory; held: whether it holds without a shock;
        median_rms: median over directions, with limits from order statistics if the directions are a sample, that is,
        if `directions` is given. Over (network, memory, direction): along_rms, the smallest fatal shock found,
        ‖δv‖/√N_v; NaN if none was found, up to `REACH` times the amplitude that drives a neuron to its threshold;
        bits_changed by it.

        Numbers with `_lower` and `_upper`: fatal_rms, the smallest over directions, median over memories, and for
        several networks the mean of that, with `fatal_rms_by_network`; share_held and share_fatal of `SUMMARIES`. A
        memory without fatal shock counts as one with an infinite shock in the medians; an infinite median is NaN.

    Raises
    ------
    InvalidInput
        No network or several sizes, memories for several networks, or a wrong shape or number.

    See Also
    --------
    minimal_fatal_shock : Proven lower bound and search in all directions, for eqs. (1a, 1b).
    noise_at_half_recall : Tolerated noise of each memory, for any engine.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure import fatal_shock_by_recall, typical_shocks
    >>> nets = [Network.gaussian(200, 4, seed=seed) for seed in range(3)]
    >>> found, proven = fatal_shock_by_recall(nets, seed=0), typical_shocks(nets, n_memories=16, seed=0)
    >>> bool(abs(found.fatal_rms / proven.fatal_rms - 1) < 1e-3)
    True
    """
    nets, engine = of_one_size([networks] if isinstance(networks, Network) else networks), get_engine(engine)
    growth, steps = real(growth, "growth", above=1), whole(steps, "steps")
    if memories is not None:
        if not isinstance(networks, Network):
            raise InvalidInput("memories require a single network; give one Network, or omit memories")
        memories = binary_array(memories, "memories", {"memory": None, "hidden": networks.n_hidden})
    n_memories, found = whole(n_memories, "n_memories"), []
    bar = tqdm(nets, disable=None if progress else True, desc="shocks", leave=False)
    for net, net_seed in zip(bar, spawn_seeds(seed, len(nets)), strict=True):
        memory_seed, direction_seed, own_seed = spawn_seeds(net_seed, 3)
        states = random_targets(net.n_hidden, n_memories, memory_seed) if memories is None else memories
        units = _directions(net, states, directions, direction_seed)
        found.append(_search(net, states, units, growth, steps, engine, duration, own_seed))
    attrs = {
        "method": "recall: outward scan and bisection of the amplitude",
        **engine.attributes(),
        "start": "v = ξs/√N_h, h = Js" if engine.takes_hidden else "v = ξs/√N_h, h = 0",
        "directions": "of the hidden neurons" if directions is None else "given, or random",
        "n_networks": len(nets),
        "n_trials": len(found[0].memories),
        "n_visible": nets[0].n_visible,
        "growth": growth,
        "steps": steps,
        "seed": seed,
        "confidence": confidence,
        "intervals_over": OVER_MEMORIES if isinstance(networks, Network) else OVER_NETWORKS,
    }
    each = _each(found, nets[0].n_visible, directions is not None, confidence)
    return xarray.Dataset(each | _summary(each, isinstance(networks, Network), confidence), attrs=attrs)


def _directions(net: Network, memories: np.ndarray, directions: Any, seed: int) -> np.ndarray:
    """Return unit vectors (memory, direction, visible); 0 where the feedback of a neuron is 0."""
    if directions is None:
        rows = np.where(memories, -1.0, 1.0)[:, :, None] * net.feedback_weights
    else:
        if not np.iterable(directions):
            shape = whole(directions, "directions"), net.n_visible
            rows = generator(seed).standard_normal(shape)
        else:
            rows = real_array(directions, "directions", {"direction": None, "visible": net.n_visible})
        rows = np.broadcast_to(rows, (len(memories), *rows.shape))
    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.divide(rows, length, out=np.zeros(rows.shape), where=length > 0)


def _search(
    net: Network,
    memories: np.ndarray,
    units: np.ndarray,
    growth: float,
    steps: int,
    engine: Engine,
    duration: Any,
    seed: int,
) -> _Found:
    n_directions = units.shape[1]
    states = np.repeat(memories, n_directions, axis=0)
    along = units.reshape(-1, net.n_visible)
    rest = theory.visible_state(net, states)
    hidden = theory.drive(net, rest)
    start = hidden if engine.takes_hidden else None

    def ends(amplitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return whether each recall settled, and the bits in which it ends elsewhere."""
        cues = rest + amplitude[:, None] * along
        out = recall(net, cues, engine=engine, hidden=start, duration=duration, read_out=False, seed=seed)
        return out.outcome.values == Outcome.SETTLED, (out.hidden_active.values != states).sum(axis=1)

    first = _first_crossing(net, hidden, theory.drive(net, along))
    settled, changed = ends(np.zeros(len(states)))
    held = settled & (changed == 0)
    low, high, bits = np.zeros(len(states)), np.full(len(states), np.nan), np.zeros(len(states), dtype=np.int64)
    for k in range(int(np.ceil(np.log(REACH / LOWEST) / np.log(growth))) + 1):
        searched = held & np.isnan(high)
        if not searched.any():
            break
        amplitude = LOWEST * growth**k * first
        settled, changed = ends(amplitude)
        fatal = settled & (changed > 0)
        high, bits = np.where(searched & fatal, amplitude, high), np.where(searched & fatal, changed, bits)
        low = np.where(searched & ~fatal, amplitude, low)
    for _ in range(steps if np.isfinite(high).any() else 0):
        middle = np.where(np.isnan(high), 0.0, (low + high) / 2)
        settled, changed = ends(middle)
        fatal = settled & (changed > 0) & np.isfinite(high)
        high, bits = np.where(fatal, middle, high), np.where(fatal, changed, bits)
        low = np.where(fatal, low, middle)
    shape = len(memories), n_directions
    return _Found(memories, held.reshape(shape).all(axis=1), high.reshape(shape), bits.reshape(shape))


def _first_crossing(net: Network, hidden: np.ndarray, drive: np.ndarray) -> np.ndarray:
    """Return the amplitude at which u of the first neuron reaches its threshold, (ray,).

    Along a ray that drives none there, it is the largest of the others, so that it is searched as well.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        amplitude = (net.threshold - hidden) / drive
    first = np.where(amplitude > 0, amplitude, np.inf).min(axis=-1)
    return np.where(np.isfinite(first), first, first[np.isfinite(first)].max(initial=0.0))


def _each(found: list[_Found], n_visible: int, sampled: bool, confidence: float) -> dict[str, Any]:
    """Return the variables of single memories."""
    memories, held, fatal, bits = (np.stack(arrays) for arrays in zip(*found, strict=True))
    along = np.where(held[..., None], fatal, np.nan) / np.sqrt(n_visible)
    median = median_interval(_infinite(along), axis=-1, confidence=confidence, bounds=NOT_NEGATIVE)
    if not sampled:
        median = median._replace(**{end: np.full(held.shape, np.nan) for end in ("lower", "upper")})
    median = median._replace(**{end: np.where(held, part, np.nan) for end, part in median._asdict().items()})
    over = ("network", "memory")
    texts = {
        "hidden_active": ((*over, "hidden_neuron"), memories, "hidden neuron active in the memory"),
        "held": (over, held, "whether the memory holds without a shock"),
        "along_rms": ((*over, "direction"), along, "smallest fatal shock found along a direction, per visible neuron"),
        "bits_changed": ((*over, "direction"), bits, "bits in which the state after it differs from the memory"),
    }
    variables: dict[str, Any] = {
        name: (dims, values, {"long_name": text, "units": "1"}) for name, (dims, values, text) in texts.items()
    }
    text = "smallest fatal shock found, per visible neuron, median over directions"
    return variables | interval_variables("median_rms", over, median, text)


def _summary(each: dict[str, Any], one: bool, confidence: float) -> dict[str, Any]:
    """Return the summaries over networks, or those of the memories of the only one."""
    held, along = each["held"][1], _infinite(each["along_rms"][1])
    least = [row[kept].min(axis=-1) for row, kept in zip(along, held, strict=True)]
    n_held, n_fatal = held.sum(axis=1), np.array([np.isfinite(row).sum() for row in least])
    if one:
        unknown = Interval(*(np.array(np.nan),) * 3)
        median = median_interval(least[0], confidence=confidence, bounds=NOT_NEGATIVE) if len(least[0]) else unknown
        found = interval_variables("fatal_rms", (), median, SUMMARIES["fatal_rms"].long_name)
        for name, hits, trials in (("share_held", n_held[0], held.size), ("share_fatal", n_fatal[0], n_held[0])):
            text, failures = SUMMARIES[name].long_name, SUMMARIES[name].failures
            found |= share_variables(name, (), hits, trials, text, confidence=confidence, failures=failures)
        return found
    medians = np.array([np.median(row) if len(row) else np.nan for row in least])
    raw = {
        "fatal_rms": medians,
        "share_held": held.mean(axis=1),
        "share_fatal": np.where(n_held > 0, n_fatal / np.maximum(n_held, 1), np.nan),
        "n_tried": np.full(len(held), held.shape[1]),
        "n_held": n_held,
    }
    values = {name: xarray.DataArray(array, dims="network") for name, array in raw.items()}
    return summarise(values, SUMMARIES, confidence=confidence)


def _infinite(shocks: np.ndarray) -> np.ndarray:
    """Return shocks with infinity where none was found."""
    return np.where(np.isnan(shocks), np.inf, shocks)
