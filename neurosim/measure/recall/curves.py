"""Recall curves and phase diagrams: the share of cues recalled perfectly, over any grid of settings.

Every measured share has a confidence interval and, where theory applies, the law and the bound of
`neurosim.measure.laws`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray

from neurosim import InvalidInput, Network
from neurosim.engines import Engine, get_engine
from neurosim.ensembles import Ensemble, name_of
from neurosim.measure import laws
from neurosim.measure.recall.trials import SETTINGS, check_settings, ensemble_options, random_network, recalled_share
from neurosim.measure.statistics import (
    NOT_NEGATIVE,
    OVER_NETWORKS,
    Interval,
    Measurement,
    interval_variables,
    moments_interval,
    share_variables,
    summarise,
)
from neurosim.sweep.grid import HERE, Runner, number_or_networks, run
from neurosim.validation import binary_array, takes, whole

OVER_CUES = (
    "the cues of this one network (shares: Wilson; agreement: empirical Bernstein; times: Student t); width 0 where "
    "all were tested"
)
MEASURES = {
    "recalled": Measurement("share of cues recalled perfectly", bounds=(0.0, 1.0), trials="n_trials"),
    "settled": Measurement("share of recalls that settled", bounds=(0.0, 1.0), trials="n_trials"),
    "timed_out": Measurement(
        "share of recalls whose duration ended before they settled", bounds=(0.0, 1.0), trials="n_trials"
    ),
    "agreement": Measurement("mean share of hidden neurons as in the target", bounds=(0.0, 1.0)),
    "settle_time": Measurement("mean time of the last crossing, of settled recalls", "tau_h", bounds=NOT_NEGATIVE),
}


@takes(grid=Mapping, runner=Runner)
def recall_sweep(
    networks: Network | Sequence[Network] | int,
    grid: Mapping[str, Sequence[float]],
    *,
    seed: int,
    ensemble: str | Ensemble = "gaussian",
    targets: np.ndarray | None = None,
    n_cues: int = 1024,
    engine: str | Engine = "event",
    duration: Any = None,
    image_shape: tuple[int, ...] | None = None,
    confidence: float = 0.95,
    runner: Runner = HERE,
    **settings: float,
) -> xarray.Dataset:
    """Measure which share of cues is recalled perfectly, at every point of a grid.

    Parameters
    ----------
    networks : int, sequence of Network, or Network
        Number of random networks to draw at each point, with τ_v = 20 τ_h unless set; or the networks, of one size.
        Intervals are over networks. For one Network they are over its cues and hold for this network only.
    grid : mapping of str to sequence of float
        Ranges of `SETTINGS`, for instance {"visible_per_hidden": [10, 100], "noise_std": [0, 1, 2]}.
    seed : int
        All points have the same networks, targets and noise samples, which makes differences between points precise;
        the points are therefore not independent of each other.
    ensemble : str or callable, default "gaussian"
        Of the random weights, as in `Network.random`: a name in `neurosim.ensembles.ENSEMBLES` or a function
        ``(n_visible, n_hidden, rng)``. The columns law and bound are for "gaussian" only. With a runner that stores
        points, a function of the top level of a file, or a `functools.partial` of one; a change in its code or
        settings is another point.
    targets : ndarray (target, hidden) bool, optional
        For one Network: the hidden states to recall, such as the stored minima of a trained network. Default: all
        2^N_h states if there are at most `n_cues` of them, else `n_cues` random ones, drawn for each network.
    n_cues : int, default 1024
        Cues per network and point, one per target.
    engine : Engine or str, default "event"
        As in `neurosim.recall`, for instance ``Brian(target="cuda_standalone", formulation="fastest")``, also with
        spiking cells. An engine that compiles keeps one duration and one step over a range of ratios, so that one
        program serves all of them.
    duration : time, optional
        As in `neurosim.recall`.
    image_shape : tuple, optional
        For "occluded": (rows, columns) or (channels, rows, columns).
    confidence : float, default 0.95
    runner : Runner
        Where the sweep runs; see `neurosim.sweep.grid`.
    **settings
        Fixed values of `SETTINGS`.

    Returns
    -------
    xarray.Dataset over the grid
        Each of `MEASURES` with `_lower` and `_upper`; `<measure>_by_network` if there are several; n_trials: cues
        per network; law and bound of recalls that run to their end (`neurosim.measure.laws`), NaN where they do not
        apply, as for an engine that does not solve eqs. (1a, 1b).

    Raises
    ------
    InvalidInput
        An unknown setting or a value out of its range, no network, networks of several sizes, targets that do not fit
        or are given for several networks, n_hidden or visible_per_hidden with given networks.

    See Also
    --------
    neurosim.measure.recall_vs_noise, neurosim.measure.recall_vs_ratio : Curves over one setting.
    neurosim.measure.count_sweep : The share of states that are stable.
    neurosim.plots.curves, neurosim.plots.phase : Figures of the result.

    Examples
    --------
    >>> from neurosim.measure import recall_sweep
    >>> curve = recall_sweep(3, {"noise_std": [0, 2, 8]}, seed=0, n_hidden=5)
    >>> bool(curve.recalled[0] > curve.recalled[2]), sorted(curve.coords)
    (True, ['noise_std'])
    >>> all(name in curve for name in ("recalled_lower", "recalled_upper", "recalled_by_network", "law", "bound"))
    True
    """
    nets: Any = number_or_networks(networks)
    one = isinstance(networks, Network) or nets == 1
    fixed = {name: settings[name] for name in sorted(settings)}
    check_settings(nets, {**grid, **{name: [value] for name, value in fixed.items()}})
    n_cues = whole(n_cues, "n_cues")
    engine = get_engine(engine)
    if engine.compiles and len(ratios := grid.get("ratio", ())):
        drawn = [_a_network(grid, fixed, ensemble)] if isinstance(nets, int) else nets
        engine, duration = _one_program(engine, drawn, ratios, duration)
    options: dict[str, Any] = {"n_cues": n_cues, "engine": engine, "duration": duration, "image_shape": image_shape}
    options |= ensemble_options(nets, ensemble)
    if targets is not None:
        options["targets"] = _checked_targets(networks, targets)
    measure = partial(recalled_share, **{k: v for k, v in options.items() if v is not None}, **fixed)
    axes = {name: xarray.DataArray(list(values), dims=name) for name, values in grid.items()}
    # before the work: it refuses what theory cannot evaluate
    known = _laws(engine, nets, axes, fixed, ensemble, options.get("targets"), image_shape)
    raw = run(measure, grid, networks=nets, seed=seed, labels=SETTINGS, runner=runner)
    variables = _with_intervals(raw, one, confidence) | known
    coords = {name: raw[name] for name in grid}
    attrs = {
        "method": "recall",
        **engine.attributes(),
        "seed": seed,
        "n_networks": raw.attrs["n_networks"],
        "n_trials": int(raw.n_trials.max()),
        "targets": "hidden states (all, or sampled uniformly)" if targets is None else "given",
        "confidence": confidence,
        "intervals_over": OVER_CUES if one else OVER_NETWORKS,
        **fixed,
    }
    if isinstance(nets, int):
        attrs["ensemble"] = name_of(ensemble)
    return xarray.Dataset(variables, coords, attrs)


def _a_network(grid: Mapping[str, Sequence[float]], fixed: Mapping[str, float], ensemble: Any) -> Network:
    """Return a random network of the sweep, for its τ_h."""
    if isinstance(ensemble, str):
        return Network(np.ones((1, 1)))  # with the default τ_h
    first = {**fixed, **{name: values[0] for name, values in grid.items()}}
    return random_network(int(first.get("n_hidden", 10)), first.get("visible_per_hidden", 100.0), ensemble, 0)


def _one_program(engine: Engine, nets: Sequence[Network], ratios: Sequence[float], duration: Any) -> tuple[Engine, Any]:
    """Return the engine with the step of the smallest ratio, and the duration of the largest if none is given."""
    fast, slow = (
        [net.replace(tau_v=end * float(net.tau_h.mean())) for net in nets] for end in (min(ratios), max(ratios))
    )
    engine = engine.with_default_step(min(engine.time_step(net) for net in fast))
    longest = max(float(max(net.tau_v.max(), net.tau_h.max())) for net in slow)
    return engine, 20 * longest if duration is None else duration


def _laws(
    engine: Engine,
    nets: Any,
    coords: Any,
    fixed: Mapping[str, float],
    ensemble: Any,
    targets: np.ndarray | None,
    image_shape: tuple[int, ...] | None,
) -> dict[str, Any]:
    """Return law and bound, NaN for an engine that does not solve eqs. (1a, 1b)."""
    n_active = None if targets is None else targets.sum(axis=1).tolist()
    found = laws.columns(nets, coords, fixed, ensemble, n_active=n_active, image_shape=image_shape)
    if engine.is_rate_model:
        return found
    return {name: (dims, np.full_like(values, np.nan), attrs) for name, (dims, values, attrs) in found.items()}


def _checked_targets(networks: Any, targets: Any) -> np.ndarray:
    if not isinstance(networks, Network):
        raise InvalidInput("targets require a single network; give one Network, or omit targets")
    return binary_array(targets, "targets", {"target": None, "hidden": networks.n_hidden})


def _with_intervals(raw: xarray.Dataset, one: bool, confidence: float) -> dict[str, Any]:
    """Return `MEASURES` with intervals: over networks, or over the trials of the only network."""
    dims = [str(dim) for dim in raw.recalled.dims[:-1]]
    trials = raw.n_trials.max("network")
    variables: dict[str, Any] = {"n_trials": (dims, trials.values, {"long_name": "cues per network", "units": "1"})}
    if not one:
        return variables | summarise(raw, MEASURES, confidence=confidence)
    for name, measurement in MEASURES.items():
        variables |= _over_trials(name, dims, raw.isel(network=0), measurement, confidence)
    return variables


def _over_trials(
    name: str, dims: list[str], raw: xarray.Dataset, measurement: Measurement, confidence: float
) -> dict[str, Any]:
    """Return the interval over the trials of one network; its width is 0 where all possible trials were made."""
    n, mean = raw.n_trials.values, raw[name].values
    long_name, units, bounds, trials, _ = measurement
    if trials is not None:
        hits = np.rint(n * mean).astype(np.int64)
        variables = share_variables(name, dims, hits, n, long_name, confidence=confidence)
    else:
        n = raw.n_times.values if name == "settle_time" else n
        interval = moments_interval(mean, raw[f"{name}_std"].values, n, confidence=confidence, bounds=bounds)
        variables = interval_variables(name, dims, interval, long_name, units)
    limits = (np.where(raw.complete, mean, variables[f"{name}{end}"][1]) for end in ("_lower", "_upper"))
    return variables | interval_variables(name, dims, Interval(mean, *limits), long_name, units)
