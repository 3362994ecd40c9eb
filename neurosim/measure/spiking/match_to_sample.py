"""Delayed match to sample: whether a second cue is the one that is held in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray

from neurosim import InputCurrent, Network, patterns, recall, theory
from neurosim.engines import Circuit
from neurosim.measure.statistics import OVER_NETWORKS, Measurement, summarise
from neurosim.seeds import spawn_seeds
from neurosim.sweep.grid import HERE, Runner, run
from neurosim.validation import instance, one_of, one_time, takes, whole

TAU_V = 0.4  # s, of both models
SHOWN, AFTER = 0.25, 0.75  # s; how long a cue lasts, and from its end to the decision
STRENGTH = 1.5  # of a cue, in units of the state of a memory
SETTINGS = ("noise_std", "delay")
RATE_ENGINE = "reference"
_SHARE: dict[str, Any] = {"bounds": (0.0, 1.0), "trials": "n_trials"}
MEASURES = {
    "correct": Measurement("share of trials decided correctly by the circuit", **_SHARE),
    "correct_rate": Measurement("share of trials decided correctly by the rate model", **_SHARE),
    "held": Measurement("share of trials in which the circuit is in the state of the sample before the test", **_SHARE),
}
_LABELS = {name: (each.long_name, each.units) for name, each in MEASURES.items()} | {
    "n_trials": ("trials of each network", "1")
}


@takes(grid=Mapping)
def match_to_sample(
    networks: int,
    grid: Mapping[str, Sequence[float]],
    *,
    seed: int,
    engine: Circuit | None = None,
    n_hidden: int = 10,
    visible_per_hidden: int = 100,
    n_trials: int = 8,
    confidence: float = 0.95,
    runner: Runner = HERE,
    **settings: float,
) -> xarray.Dataset:
    """Measure delayed match to sample in Gaussian networks, by the circuit and by the rate model.

    From rest, a sample is shown for 0.25 s, a random memory with noise; after a delay a test is shown for 0.25 s, in
    every other trial the same memory, else another one, with other noise. The decision is "match" if the active hidden
    neurons 0.75 s after the test are those before it.

    Parameters
    ----------
    networks : int
        Random networks at each point; intervals are over them.
    grid : mapping of str to sequence of float
        Ranges of "noise_std", σ of the noise on each visible neuron's cue in units of v, and "delay", seconds.
    seed : int
        All points have the same networks and memories.
    engine : Circuit, default ``Circuit()``
    n_hidden, visible_per_hidden : int, default 10 and 100
    n_trials : int, default 8
        Per network and point.
    confidence : float, default 0.95
    runner : Runner
        Where the sweep runs; see `neurosim.sweep.grid`.
    **settings
        Fixed values of the ranges above; default: noise_std 1, delay 1 s.

    Returns
    -------
    xarray.Dataset over the grid
        correct, correct_rate and held, with limits; see `MEASURES`. Guessing decides half of the trials correctly.

    Raises
    ------
    InvalidInput
        An unknown setting, or a value that breaks its rule.

    Notes
    -----
    A cue is the current I = 1.5 ξ(2s − 1)/√N_h + noise, scaled so that it brings the visible layer there in 0.25 s: it
    excites the memory's neurons and inhibits the others, so that a test can replace a sample. Both models have
    τ_v = 0.4 s and see the same cues.

    See Also
    --------
    neurosim.InputCurrent.succession : The current.

    Examples
    --------
    >>> from neurosim.cells import Population
    >>> from neurosim.engines import Circuit
    >>> engine = Circuit(population=Population(n_cells=8), dt=2e-4, codegen="numpy")
    >>> sizes = {"n_hidden": 2, "visible_per_hidden": 50, "n_trials": 2}
    >>> found = match_to_sample(1, {"delay": [0.1]}, engine=engine, seed=0, **sizes)
    >>> found.correct.dims, float(found.correct_rate[0])
    (('delay',), 1.0)
    """
    engine = Circuit() if engine is None else instance(engine, "engine", Circuit)
    for name in (*grid, *settings):
        one_of(name, "a setting of match_to_sample", SETTINGS)
    fixed: dict[str, Any] = {"n_hidden": whole(n_hidden, "n_hidden"), "n_trials": whole(n_trials, "n_trials")}
    fixed |= {"n_visible": fixed["n_hidden"] * whole(visible_per_hidden, "visible_per_hidden")}
    measure = partial(both_models, engine=engine, **fixed, **settings)
    raw = run(measure, grid, networks=networks, seed=seed, labels=_LABELS, runner=runner)
    found = raw.coords.to_dataset().assign(summarise(raw, MEASURES, confidence=confidence))
    attrs = {"method": "recall", "n_networks": networks, "seed": seed, "confidence": confidence}
    return found.assign_attrs(attrs | {"intervals_over": OVER_NETWORKS} | fixed | settings | engine.attributes())


def both_models(
    *,
    seed: int,
    engine: Circuit,
    n_hidden: int,
    n_visible: int,
    n_trials: int,
    noise_std: float = 1.0,
    delay: Any = 1.0,
) -> dict[str, float]:
    """Return `MEASURES` and the number of trials of one random network; parameters as for `match_to_sample`."""
    net_seed, state_seed, noise_seed, own_seed = spawn_seeds(seed, 4)
    net = Network.gaussian(n_visible, n_hidden, seed=net_seed, tau_v=TAU_V)
    samples, tests = _states(n_hidden, n_trials, state_seed)
    rng = np.random.default_rng(noise_seed)
    shown = [_cue(net, states, noise_std, rng) for states in (samples, tests)]
    delay = one_time(delay, "delay")
    current = InputCurrent.succession([(shown[0], SHOWN), (None, delay), (shown[1], SHOWN), (None, AFTER)])
    options: dict[str, Any] = {
        "input": current,
        "duration": 2 * SHOWN + delay + AFTER,
        "record": ["hidden_active"],
        "read_out": False,
    }
    found: dict[str, float] = {"n_trials": n_trials}
    models: dict[str, dict[str, Any]] = {
        "correct": {"engine": engine, "seed": own_seed},
        "correct_rate": {"engine": RATE_ENGINE},
    }
    for name, chosen in models.items():
        out = recall(net, np.zeros((n_trials, n_visible)), **options, **chosen)
        active = out.hidden_active_trace.values
        before = active[:, np.abs(out.time.values - SHOWN - delay).argmin()]
        match = (before == active[:, -1]).all(axis=1)
        found[name] = float((match == (samples == tests).all(axis=1)).mean())
        if name == "correct":
            found["held"] = float((before == samples).all(axis=1).mean())
    return found


def _states(n_hidden: int, n_trials: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the hidden states of samples and tests; every other test is its sample, the others differ from theirs."""
    drawn = patterns.random_hidden_states(n_hidden, 2 * n_trials, seed=seed)
    samples, tests = drawn[:n_trials], drawn[n_trials:].copy()
    same = (samples == tests).all(axis=1)
    tests[same, 0] = ~tests[same, 0]
    tests[::2] = samples[::2]
    return samples, tests


def _cue(net: Network, states: np.ndarray, noise_std: float, rng: np.random.Generator) -> np.ndarray:
    """Return the current of a cue, (trial, visible)."""
    wanted = STRENGTH * theory.visible_state(net, 2.0 * states - 1)
    noise = noise_std * rng.standard_normal((len(states), net.n_visible))
    return (wanted + noise) / (1 - np.exp(-SHOWN / TAU_V))
