"""The robustness table: memories that are kept under membrane noise, and with jittered thresholds and weights.

A hidden neuron's potential is h + η, where η is Ornstein–Uhlenbeck noise with the time constant τ_h, as in the spiking
cells (`neurosim.cells`). 1 mV is 0.05 in units of h (`neurosim.cells.millivolts`). Both models start in the memory:
v(0) is its visible state and h(0) = Js. What is kept is read from the activity a, τ_v da/dt = −a + s with a(0) = 0,
which the visible layer sees: a bit is 1 if a > ½ at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

import numpy as np
import xarray

from neurosim import Network, recall, reduction, theory
from neurosim.cells.units import SCALE
from neurosim.constraints import Constraint, SpreadThreshold, SynapticNoise, constrain
from neurosim.engines import Brian
from neurosim.errors import InvalidInput
from neurosim.learning.data import Images
from neurosim.measure.learned.minima import minima_of
from neurosim.measure.spiking.paired import SPIKING, with_short_step
from neurosim.measure.statistics import Measurement, share_variables, summarise
from neurosim.seeds import spawn_seeds
from neurosim.validation import names_of, one_time, real_numbers, seed_number, takes, whole

NOISE = (0.2, 1.0, 2.0, 4.0)  # mV
JITTER = (0.01, 0.05)
_BYTES = 64e6  # of couplings in memory at once
_STEPS = 20  # in the shortest time constant, for the rate model with noise
_BITS = {"bits_kept": Measurement("share of the hidden neurons that end as in the memory", bounds=(0.0, 1.0))}

MODELS = ("rate", "spiking")


@takes(net=Network, images=Images, minima=xarray.Dataset)
def robustness_table(
    net: Network,
    images: Images,
    *,
    noise: Sequence[float] = NOISE,
    jitter: Sequence[float] = JITTER,
    n_states: int = 200,
    duration: Any = 0.2,
    models: Sequence[str] = MODELS,
    engine: Brian = SPIKING,
    seed: int = 0,
    minima: xarray.Dataset | None = None,
    log: Callable[[str], None] = lambda line: None,
) -> xarray.Dataset:
    """Measure which memories of images survive noise and jitter.

    Parameters
    ----------
    net : Network
        Heaviside hidden units, linear visible neurons with one τ_v.
    images : Images
        The images that `net` stores.
    noise : sequence of float, default (0.2, 1, 2, 4)
        Membrane noise: std of the potential from the noise alone, mV.
    jitter : sequence of float, default (0.01, 0.05)
        Std of fixed errors of the thresholds, in units of h, and of the weights, over their rms in each direction.
        Each state has errors of its own.
    n_states : int, default 200
        Distinct stable memories, drawn at random from those of the images.
    duration : time, default 200 ms
        At least 3 τ_v, so that the activity has risen.
    models : sequence of {"rate", "spiking"}
        "spiking": spiking cells in Brian2, which takes minutes.
    engine : Brian, default ``Brian(cells="regular", target="cpp_standalone", formulation="fastest")``
        Of the spiking model.
    seed : int, default 0
    minima : xarray.Dataset, optional
        Result of `neurosim.measure.unique_stable_minima` for these images, if it is known.
    log : callable, optional
        Receives a line before each measurement.

    Returns
    -------
    xarray.Dataset over model and disturbance
        bits_kept: mean share of the hidden neurons, with an interval free of assumptions; states_kept: share of the
        states in which all are, with Wilson limits. Both intervals are over states of this network, each with its own
        draw of the noise or of the fixed errors.

    Raises
    ------
    InvalidInput
        The network has no stable memories or another form, or a value is out of its range.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.robustness import robustness_table
    >>> net, digits = Network.gaussian(64, 6, seed=0), load_data("digits").select(slice(100))
    >>> found = robustness_table(net, digits, noise=[0.2], jitter=[], models=["rate"], n_states=10)
    >>> found.disturbance.values.tolist(), float(found.states_kept.sel(disturbance="none")[0])
    (['none', 'membrane noise 0.2 mV'], 1.0)
    """
    span, tau_v = one_time(duration, "duration"), reduction.required(net, "robustness_table")
    if span < 3 * tau_v:
        raise InvalidInput(f"duration must be at least 3 τ_v = {3 * tau_v:g} s, got {span:g} s")
    names, disturbances = names_of(models, "models", MODELS), _disturbances(noise, jitter)
    states = _memories(net, images, minima, whole(n_states, "n_states"), seed_number(seed))
    kept = np.empty((len(names), len(disturbances), *states.shape), dtype=bool)
    for k, model in enumerate(names):
        for m, (name, disturbance) in enumerate(disturbances.items()):
            log(f"{model} model: {name}")
            kept[k, m] = _final(net, states, disturbance, engine if model == "spiking" else None, span, seed) == states
    dims = ("model", "disturbance")
    raw = {"bits_kept": xarray.DataArray(kept.mean(axis=-1), dims=(*dims, "state"))}
    variables: dict[str, Any] = summarise(raw, _BITS, over="state")
    del variables["bits_kept_by_state"]
    whole_states = kept.all(axis=-1).sum(axis=-1)
    what = "share of the memories that are kept in all hidden neurons"
    variables |= share_variables("states_kept", dims, whole_states, len(states), what)
    coords: dict[str, Any] = {
        "model": ("model", names, {"long_name": "model of the hidden neurons"}),
        "disturbance": ("disturbance", list(disturbances), {"long_name": "disturbance"}),
    }
    attrs = {"method": "recall from the memory", "n_networks": 1, "n_trials": len(states), "confidence": 0.95}
    attrs |= {"seed": seed, "duration": span, "subject": f"N_h = {net.n_hidden}, {images!r}"}
    return xarray.Dataset(variables, coords, attrs)


def rate_activity(net: Network, states: np.ndarray, noise: float, duration: float, seed: int) -> np.ndarray:
    """Return the activity a at the end of a simulation of the rate model that starts in hidden states.

    Parameters
    ----------
    net : Network
        Heaviside hidden units, linear visible neurons with one τ_v.
    states : ndarray (state, hidden), bool
    noise : float
        Std of the Ornstein–Uhlenbeck noise η on the potential, in units of h.
    duration : float
        Seconds.
    seed : int

    Returns
    -------
    ndarray (state, hidden)

    Notes
    -----
    Steps of τ_h/20, exact while s = Θ(h + η − θ) is constant; see `neurosim.reduction`.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network
    >>> from neurosim.measure.learned.robustness import rate_activity
    >>> net = Network.gaussian(1000, 2, seed=0)
    >>> rate_activity(net, np.array([[True, False]]), 0.05, 0.2, seed=0).round(2)
    array([[1., 0.]])
    """
    coupling = theory.effective_coupling(net).T
    return _integrated(net, states, lambda active: active @ coupling, net.threshold, noise, duration, seed)


def _integrated(
    net: Network,
    states: np.ndarray,
    drive_of: Callable[[np.ndarray], np.ndarray],
    threshold: np.ndarray,
    noise: float,
    duration: float,
    seed: int,
) -> np.ndarray:
    """Return the activity at the end, (state, hidden), for Js = `drive_of` (s) and these θ with the τ of a network."""
    rng, tau_v = np.random.default_rng(seed), float(net.tau_v)
    n_steps = int(np.ceil(duration * _STEPS / min(tau_v, float(net.tau_h.min()))))
    dt = duration / n_steps
    decay_v, decay_h = np.exp(-dt / tau_v), np.exp(-dt / net.tau_h)
    passed, spread = reduction.transfer(dt, tau_v, net.tau_h), noise * np.sqrt(1 - decay_h**2)
    active = np.asarray(states, dtype=float)
    drive = drive_of(active)
    hidden, eta, activity = drive.copy(), np.zeros_like(drive), np.zeros_like(drive)
    for _ in range(n_steps):
        end = drive_of(active)
        hidden = end + (drive - end) * passed + (hidden - end) * decay_h
        drive = end + (drive - end) * decay_v
        activity = active + (activity - active) * decay_v
        eta = eta * decay_h + spread * rng.standard_normal(eta.shape)
        active = (hidden + eta > threshold).astype(float)
    return activity


def _final(
    net: Network, states: np.ndarray, disturbance: float | Constraint, engine: Brian | None, span: float, seed: int
) -> np.ndarray:
    """Return the final states under noise, or in networks with fixed errors, one network for each state."""
    if not isinstance(disturbance, Constraint):
        return _simulated(net, states, disturbance, engine, span, seed)
    seeds = spawn_seeds(seed, len(states))
    nets = (constrain(net, [disturbance], seed=own) for own in seeds)
    rows = 1 if engine is not None else max(1, int(_BYTES // (8 * net.n_hidden**2)))
    parts = []
    for k in range(0, len(states), rows):
        some = states[k : k + rows]
        if engine is None:
            parts.append(_each_rate(net, islice(nets, rows), some, span))
        else:
            parts.append(_simulated(next(nets), some, 0.0, engine, span, seeds[k]))
    return np.concatenate(parts)


def _each_rate(net: Network, nets: Iterable[Network], states: np.ndarray, span: float) -> np.ndarray:
    """Return which neurons of the rate model are active at the end, each state in the network of its own."""
    each = [(theory.effective_coupling(own), own.threshold) for own in nets]
    coupling, threshold = (np.stack(part) for part in zip(*each, strict=True))
    return _integrated(net, states, lambda s: (coupling @ s[:, :, None])[:, :, 0], threshold, 0.0, span, 0) > 0.5


def _simulated(
    net: Network, states: np.ndarray, noise: float, engine: Brian | None, span: float, seed: int
) -> np.ndarray:
    """Return which neurons are active at the end of a simulation that starts in states, (state, hidden) bool."""
    if engine is None:
        return rate_activity(net, states, noise, span, seed) > 0.5
    noisy = engine.replace(cells=engine.cells.replace(noise=noise))
    out = recall(
        net,
        theory.visible_state(net, states),
        hidden=states @ theory.effective_coupling(net).T,
        engine=with_short_step(noisy, net),
        duration=span,
        read_out=False,
        seed=seed,
    )
    return out.hidden_active.values


def _memories(net: Network, images: Images, minima: xarray.Dataset | None, n_states: int, seed: int) -> np.ndarray:
    minima = minima_of(net, images.pixels, minima)
    stable = minima.hidden_active.values[minima.stable.values]
    if not len(stable):
        raise InvalidInput("the network must have stable memories of the images, got none; give those it stores")
    return stable[np.random.default_rng(seed).permutation(len(stable))[:n_states]]


def _disturbances(noise: Sequence[float], jitter: Sequence[float]) -> dict[str, float | Constraint]:
    found: dict[str, float | Constraint] = {"none": 0.0}
    noise = real_numbers(noise, "noise", at_least=0, empty=True)
    for level in noise:
        found[f"membrane noise {level:g} mV"] = level / SCALE
    jitter = real_numbers(jitter, "jitter", at_least=0, empty=True)
    for level in jitter:
        found[f"thresholds ± {SCALE * level:g} mV"] = SpreadThreshold(level)
    for level in jitter:
        found[f"weights ± {100 * level:g}%"] = SynapticNoise(level)
    if len(found) < 1 + len(noise) + 2 * len(jitter):
        raise InvalidInput(f"noise and jitter must have no level twice, got {noise} and {jitter}; give each level once")
    return found
