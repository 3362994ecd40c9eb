"""Number of hidden states that recalls keep, for any engine: all states are tried, or a sample of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray

from neurosim import Network
from neurosim.damage import Combined
from neurosim.engines import Engine, get_engine
from neurosim.measure.recall.trials import random_targets, run_trials
from neurosim.measure.statistics import Interval, interval_variables, proportion_interval
from neurosim.seeds import spawn_seeds
from neurosim.validation import takes, whole


@takes(net=Network)
def count_by_recall(
    net: Network,
    *,
    n_states: int = 1024,
    engine: str | Engine = "event",
    duration: Any = None,
    seed: int,
    confidence: float = 0.95,
) -> xarray.Dataset:
    """Estimate how many hidden states are recalled from their own visible states, v(0) = ξs/√N_h and h(0) = 0.

    Such a state is an attractor that its own cue reaches. `count_fixed_points` proves how many states are stable, and
    holds for eqs. (1a, 1b); this number is at most that one, and is defined for every model.

    Parameters
    ----------
    net : Network
    n_states : int, default 1024
        All 2^N_h states are tried if there are at most so many, else so many random ones.
    engine : Engine or str, default "event"
        As in `neurosim.recall`.
    duration : time, optional
        As in `neurosim.recall`.
    seed : int
        Of the sampled states and of random numbers of the engine.
    confidence : float, default 0.95

    Returns
    -------
    xarray.Dataset
        share and count = 2^N_h share, with Wilson limits over states; without width if all states were tried and the
        engine draws no random numbers. n_recalled: states of the `n_trials` that were recalled.

    Raises
    ------
    InvalidInput
        n_states < 1, or the engine cannot run the network.

    See Also
    --------
    neurosim.measure.count_fixed_points : Proven limits for the rate model.
    neurosim.measure.basin_volumes : Attractors reached from random cues.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure import count_by_recall
    >>> found = count_by_recall(Network.gaussian(500, 5, seed=0), seed=0)
    >>> found["count"].item(), found.count_upper.item()
    (32.0, 32.0)
    """
    engine = get_engine(engine)
    state_seed, trial_seed = spawn_seeds(seed, 2)
    states = random_targets(net.n_hidden, whole(n_states, "n_states"), state_seed)
    trials = run_trials(net, states, Combined(), seed=trial_seed, engine=engine, duration=duration)
    hits, complete = int(trials.recalled.sum()), len(states) == 2**net.n_hidden and not engine.is_random
    share = proportion_interval(hits, len(states), confidence=confidence)
    if complete:
        share = Interval(*(np.asarray(share.estimate),) * 3)
    with np.errstate(over="ignore"):  # more than 1e308 states: infinite
        count = Interval(*(np.ldexp(part, net.n_hidden) for part in share))
    text = "hidden states recalled from their own visible states"
    variables = interval_variables("share", (), share, f"share of the {text}") | interval_variables(
        "count", (), count, f"number of {text}"
    )
    variables["n_recalled"] = ((), np.array(hits), {"long_name": "tried states that were recalled", "units": "1"})
    attrs = {"method": "recall of all states" if len(states) == 2**net.n_hidden else "recall of sampled states"}
    attrs |= {"n_networks": 1, "n_trials": len(states), "seed": seed, "confidence": confidence}
    return xarray.Dataset(variables, attrs=attrs | {"n_hidden": net.n_hidden, **engine.attributes()})
