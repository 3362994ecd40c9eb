"""Recall trials: cues made from known hidden states are recalled and compared with these states.

A cue is recalled perfectly if its recall settled and the hidden state is that of the target. A recall that has not
settled is in no attractor (`neurosim.measure.unique_attractors`).

`recalled_share` is the measurement that recall curves and phase diagrams sweep (`neurosim.measure.recall.curves`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim import Heaviside, InvalidInput, Network, Outcome, Sigmoid, ensembles, patterns, recall
from neurosim.constraints.neurons import log_normal
from neurosim.damage import Damage, Flipped, Missing, Noise, Occluded
from neurosim.engines import Engine, get_engine
from neurosim.ensembles import ENSEMBLES, Ensemble
from neurosim.measure.networks import of_one_size
from neurosim.seeds import spawn_seeds
from neurosim.sweep.grid import Label, number_or_networks
from neurosim.validation import binary_array, one_of, real_array
from neurosim.validation.numbers import MOST_NOISE

CUE_BYTES = 64e6  # cues in memory at once

# setting that can be swept → (long name, units)
SETTINGS: dict[str, Label] = {
    "n_hidden": ("number of hidden neurons N_h", "1"),
    "visible_per_hidden": ("visible neurons per hidden neuron N_v/N_h", "1"),
    "threshold": ("hidden threshold θ", "1"),
    "ratio": ("ratio of time constants τ_v/τ_h", "1"),
    "gain": ("gain of the sigmoid hidden neurons; infinite: Heaviside", "1"),
    "spread_h": ("coefficient of variation of τ_h over hidden neurons", "1"),
    "spread_v": ("coefficient of variation of τ_v over visible neurons", "1"),
    "noise_std": ("noise on the visible cue σ_v", "1"),
    "flipped": ("share of visible neurons with flipped sign in the cue", "1"),
    "missing": ("share of visible neurons set to 0 in the cue, at random", "1"),
    "occluded": ("share of visible neurons set to 0 in the cue, in one piece", "1"),
}


def cue_damage(noise_std: float = 0.0, flipped: float = 0.0, missing: float = 0.0, occluded: float = 0.0) -> Damage:
    """Return the damage of a recall trial: noise, flipped signs, random neurons at 0, and lower rows at 0.

    Parameters
    ----------
    noise_std, flipped, missing, occluded : float, default 0
        As in `SETTINGS`. Each has a random stream of its own: one seed gives the same sample of noise, times σ_v, at
        every σ_v.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.recall.trials import cue_damage
    >>> cue_damage(missing=0.25).apply(np.ones((2, 8)), seed=0).sum(axis=1).tolist()
    [6.0, 6.0]
    """
    return Noise(noise_std) + Flipped(flipped) + Missing(missing) + Occluded(fraction=occluded)


@dataclass(frozen=True)
class Trials:
    """Results of recalls of one network, as arrays over cues.

    Parameters
    ----------
    recalled : ndarray (cue,) bool
        Settled, in the target state.
    agreement : ndarray (cue,) float
        Share of the hidden neurons that end as in the target, settled or not.
    settle_time : ndarray (cue,) float
        Last threshold crossing in units of τ_h (its mean, if there is one per neuron); NaN if not settled, or if the
        engine does not return it.
    settled : ndarray (cue,) bool
    timed_out : ndarray (cue,) bool
        The duration ended before the recall settled; what it would have recalled is not known.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.recall.trials import Trials
    >>> late = np.array([False, True])
    >>> Trials(np.array([True, False]), np.array([1.0, 0.8]), np.array([3.0, np.nan]), ~late, late).settled
    array([ True, False])
    """

    recalled: np.ndarray
    agreement: np.ndarray
    settle_time: np.ndarray
    settled: np.ndarray
    timed_out: np.ndarray


def run_trials(
    net: Network,
    targets: np.ndarray,
    damage: Damage,
    *,
    seed: int,
    engine: str | Engine = "event",
    duration: Any = None,
    image_shape: tuple[int, ...] | None = None,
) -> Trials:
    """Recall each target from its damaged visible state (eq. 12), in chunks of `CUE_BYTES`.

    Parameters
    ----------
    net : Network
    targets : ndarray (cue, hidden) bool
    damage : neurosim.damage.Damage
    seed : int
        Of the damage and of random numbers of the engine.
    engine : Engine or str, default "event"
        As in `neurosim.recall`.
    duration : time, optional
    image_shape : tuple, optional
        As in `neurosim.damage.Damage.apply`.

    Returns
    -------
    Trials

    Examples
    --------
    >>> from neurosim import Network, patterns
    >>> from neurosim.measure.recall.trials import cue_damage, run_trials
    >>> net = Network.gaussian(1000, 10, seed=0)
    >>> trials = run_trials(net, patterns.random_hidden_states(10, 20, seed=1), cue_damage(noise_std=0.5), seed=2)
    >>> float(trials.recalled.mean())
    1.0
    """
    targets = binary_array(targets, "targets", {"target": None, "hidden": net.n_hidden})
    rows = max(1, int(CUE_BYTES // (8 * net.n_visible)))
    starts = range(0, len(targets), rows)
    parts, chunk_seeds = [], spawn_seeds(seed, len(starts))
    own_seed = spawn_seeds([chunk_seeds[0], 1], 1)[0] if chunk_seeds else 0
    for start, chunk_seed in zip(starts, chunk_seeds, strict=True):
        wanted = targets[start : start + rows]
        cues = damage.apply(patterns.visible_cues(net, wanted), seed=chunk_seed, image_shape=image_shape)
        how = {"engine": engine, "duration": duration, "read_out": False}
        out = recall(net, cues, seed=own_seed, first_cue=start, **how)
        same = out.hidden_active.values == wanted
        settled, late = (out.outcome.values == outcome for outcome in (Outcome.SETTLED, Outcome.TIMED_OUT))
        times = out.settle_time.values / net.tau_h.mean()
        parts.append((same.all(axis=1) & settled, same.mean(axis=1), times, settled, late))
    return Trials(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def random_targets(n_hidden: int, n_cues: int, seed: int) -> np.ndarray:
    """Return (cue, hidden) bool: all 2^N_h states where `n_cues` suffices, else `n_cues` random ones.

    Parameters
    ----------
    n_hidden, n_cues : int
    seed : int

    Examples
    --------
    >>> from neurosim.measure.recall.trials import random_targets
    >>> random_targets(4, 100, seed=0).shape, random_targets(40, 100, seed=0).shape
    ((16, 4), (100, 40))
    """
    if n_hidden <= patterns.MAX_ENUMERATED and 2**n_hidden <= n_cues:
        return patterns.all_hidden_states(n_hidden)
    return patterns.random_hidden_states(n_hidden, n_cues, seed=seed)


def recalled_share(
    *,
    seed: int,
    network: Network | None = None,
    ensemble: str | Ensemble = "gaussian",
    targets: np.ndarray | None = None,
    n_cues: int = 1024,
    engine: str | Engine = "event",
    duration: Any = None,
    n_hidden: int = 10,
    visible_per_hidden: float = 100.0,
    image_shape: tuple[int, ...] | None = None,
    **settings: float,
) -> dict[str, float]:
    """Recall states of one network under one setting; the measurement of `recall_sweep` at every point.

    Parameters
    ----------
    seed : int
        Seed of the weights, the targets, the damage to the cues and the spread of time constants, as independent
        streams.
    network : Network, optional
        Default: random weights, `n_hidden` and `visible_per_hidden`, θ = ½, τ_v = 20 τ_h.
    ensemble : str or callable, default "gaussian"
        Of the random weights, as in `Network.random`.
    targets : ndarray (target, hidden) bool, optional
        At most `n_cues` of them, drawn without replacement. Default: all states if `n_cues` suffices, else random.
    n_cues, engine, duration, image_shape
        As in `neurosim.measure.recall.curves.recall_sweep`.
    **settings
        Other settings of `SETTINGS`.

    Returns
    -------
    dict
        Mean of each of `neurosim.measure.recall.curves.MEASURES`, agreement_std and settle_time_std, n_trials,
        n_times (recalls with a settle_time), complete (every state was recalled and nothing was random).

    Examples
    --------
    >>> from neurosim.measure.recall.trials import recalled_share
    >>> found = recalled_share(seed=0, n_hidden=6, n_cues=64, noise_std=0.5)
    >>> found["n_trials"], found["recalled"] > 0.9
    (64, True)
    """
    weight_seed, target_seed, damage_seed, tau_seed = spawn_seeds(seed, 4)
    if network is None:
        network = random_network(n_hidden, visible_per_hidden, ensemble, weight_seed)
    damage = cue_damage(**{name: settings.pop(name, 0.0) for name in _DAMAGE})
    net = _with(network, tau_seed, **settings)
    wanted = random_targets(net.n_hidden, n_cues, target_seed)
    complete = len(wanted) == 2**net.n_hidden
    if targets is not None:
        wanted, complete = _some_of(targets, n_cues, target_seed), len(targets) <= n_cues
    how = {"engine": engine, "duration": duration, "image_shape": image_shape}
    got = run_trials(net, wanted, damage, seed=damage_seed, **how)
    times = got.settle_time[np.isfinite(got.settle_time)]
    return {
        "recalled": float(got.recalled.mean()),
        "settled": float(got.settled.mean()),
        "timed_out": float(got.timed_out.mean()),
        "agreement": float(got.agreement.mean()),
        "agreement_std": float(got.agreement.std()),
        "settle_time": float(times.mean()) if times.size else np.nan,
        "settle_time_std": float(times.std()) if times.size else np.nan,
        "n_trials": len(wanted),
        "n_times": times.size,
        "complete": complete and not damage.is_random and not get_engine(engine).is_random,
    }


def random_network(n_hidden: int, visible_per_hidden: float, ensemble: str | Ensemble, seed: int) -> Network:
    """Return a random network with N_v = `visible_per_hidden` N_h, rounded and at least 1.

    Examples
    --------
    >>> from neurosim.measure.recall.trials import random_network
    >>> random_network(10, 100, "gaussian", seed=0).n_visible
    1000
    """
    n_visible = max(1, round(visible_per_hidden * n_hidden))
    return Network.random(n_visible, n_hidden, ensemble=ensemble, seed=seed)


def ensemble_options(networks: int | Sequence[Network], ensemble: str | Ensemble) -> dict[str, Any]:
    """Return the ensemble as an option of a measurement, for networks that a sweep draws; none for given networks.

    Raises
    ------
    InvalidInput
        There is no ensemble of that name, or networks are given and it is not the default.

    Examples
    --------
    >>> from neurosim.measure.recall.trials import ensemble_options
    >>> ensemble_options(20, "rademacher")
    {'ensemble': 'rademacher'}
    """
    if not callable(ensemble):
        one_of(ensemble, "ensemble", ENSEMBLES, remedy="or give a function that draws the weights")
    if isinstance(networks, int):
        drawn = ensemble if callable(ensemble) else ENSEMBLES[ensemble]
        # of a function, unlike a name, a sweep notices changes in the code
        return {"ensemble": ensemble if getattr(drawn, "__module__", "") == ensembles.__name__ else drawn}
    if ensemble != "gaussian":
        raise InvalidInput(
            f"ensemble applies to networks that the sweep draws, got {ensemble!r}; give networks as a number"
        )
    return {}


_DAMAGE = ("noise_std", "flipped", "missing", "occluded")


def _with(
    net: Network,
    seed: int,
    *,
    threshold: float | None = None,
    ratio: float | None = None,
    gain: float | None = None,
    spread_h: float = 0.0,
    spread_v: float = 0.0,
) -> Network:
    changes: dict[str, Any] = {} if threshold is None else {"threshold": threshold}
    if gain is not None:
        changes["hidden_activation"] = Heaviside() if np.isinf(gain) else Sigmoid(gain)
    if ratio is not None:
        changes["tau_v"] = ratio * float(net.tau_h.mean())
    net = net.replace(**changes) if changes else net
    seed_h, seed_v = spawn_seeds(seed, 2)
    if spread_h:
        net = net.replace(tau_h=net.tau_h * log_normal(net.n_hidden, spread_h, np.random.default_rng(seed_h)))
    if spread_v:
        net = net.replace(tau_v=net.tau_v * log_normal(net.n_visible, spread_v, np.random.default_rng(seed_v)))
    return net


def _some_of(targets: np.ndarray, n_cues: int, seed: int) -> np.ndarray:
    if len(targets) <= n_cues:
        return targets
    return targets[np.sort(np.random.default_rng(seed).choice(len(targets), n_cues, replace=False))]


def check_settings(networks: Any, ranges: Mapping[str, Sequence[float]]) -> None:
    """Check the settings of a sweep.

    Parameters
    ----------
    networks : int, sequence of Network, or Network
    ranges : mapping of str to sequence of float
        Values by the name of the setting.

    Raises
    ------
    InvalidInput
        An unknown setting, a value out of its range, networks of several sizes, or a size of random networks for given
        networks.

    Examples
    --------
    >>> from neurosim.measure.recall.trials import check_settings
    >>> check_settings(20, {"n_hidden": [5, 10], "threshold": [0.5]})
    """
    if unknown := set(ranges) - set(SETTINGS):
        raise InvalidInput(f"a recall sweep has the settings {list(SETTINGS)}, got {sorted(unknown)}")
    sizes = {"n_hidden", "visible_per_hidden"} & set(ranges)
    networks = number_or_networks(networks)
    if not isinstance(networks, int):
        of_one_size(networks)
        if sizes:
            raise InvalidInput(f"{sorted(sizes)} belongs to random networks; give networks as a number")
    for name, values in ranges.items():
        array = real_array(values, name, finite=False)
        if array.ndim != 1 or not array.size:
            raise InvalidInput(f"{name} must be a range of numbers, at least one, got {values}")
        low, high, is_open = _LIMITS.get(name, (-np.inf, np.inf, False))
        wrong = np.isnan(array) | (array < low) | (array > high) | (is_open & (array == low))
        if wrong.any():
            raise InvalidInput(f"{name} must be {_rule(low, high, is_open)}, got {array[wrong][0]:g}")


_HUGE = float(np.finfo(float).max)  # finite
# name → lowest, highest, whether the lowest is excluded
_LIMITS = {
    "n_hidden": (1, _HUGE, False),
    "threshold": (-_HUGE, _HUGE, False),
    "gain": (0, np.inf, True),
    **{name: (0, _HUGE, True) for name in ("visible_per_hidden", "ratio")},
    "noise_std": (0, MOST_NOISE, False),
    **{name: (0, _HUGE, False) for name in ("spread_h", "spread_v")},
    **{name: (0, 1, False) for name in ("flipped", "missing", "occluded")},
}


def _rule(low: float, high: float, is_open: bool) -> str:
    if high == 1:
        return "from 0 to 1"
    upper = {np.inf: "", _HUGE: ", finite"}.get(high, f" and <= {high:g}")
    return "finite" if low == -_HUGE else f"{'>' if is_open else '>='} {low:g}{upper}"
