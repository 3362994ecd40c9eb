"""Parameters that a continuation moves: from a network and a value to the changed network and engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from neurosim import InvalidInput, Network
from neurosim.constraints import DeadNeurons, constrain
from neurosim.engines import Engine
from neurosim.validation import one_of

Step = tuple[Engine, Network]
Change = Callable[[Network, float], Any]


def _scaled(net: Network, value: float) -> Network:
    back = None if net.feedback is None else value * net.feedback
    return net.replace(weights=value * net.weights, feedback=back)


# name → long name, change of a network; the lesions are drawn with the seed of the continuation
PARAMETERS: dict[str, tuple[str, Callable[[Network, float, int], Network]]] = {
    "threshold": ("hidden threshold θ", lambda net, value, seed: net.replace(threshold=value)),
    "ratio": (
        "ratio of time constants τ_v/τ_h",
        lambda net, value, seed: net.replace(tau_v=value * float(net.tau_h.mean())),
    ),
    "strength": ("factor of all synapses", lambda net, value, seed: _scaled(net, value)),
    "lesioned_visible": (
        "share of lesioned visible neurons",
        lambda net, value, seed: constrain(net, [DeadNeurons(visible=value)], seed=seed),
    ),
    "lesioned_hidden": (
        "share of lesioned hidden neurons",
        lambda net, value, seed: constrain(net, [DeadNeurons(hidden=value)], seed=seed),
    ),
}
NOISE = "noise"  # of spiking cells: a setting of the engine


def steps_of(net: Network, parameter: str | Change, values: np.ndarray, engine: Engine, seed: int) -> list[Step]:
    """Return engine and network at each value.

    Parameters
    ----------
    net : Network
    parameter : str or callable
        As in `neurosim.measure.continuation`.
    values : ndarray (value,)
    engine : Engine
    seed : int
        Of the lesions.

    Returns
    -------
    list of (Engine, Network)

    Raises
    ------
    InvalidInput
        An unknown parameter, noise without spiking cells, or a function that returns something else or another size.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network
    >>> from neurosim.engines import Event
    >>> from neurosim.measure.parameters import steps_of
    >>> steps = steps_of(Network.gaussian(60, 4, seed=0), "threshold", np.array([0.2, 0.5]), Event(), seed=0)
    >>> [float(net.threshold[0]) for engine, net in steps]
    [0.2, 0.5]
    """
    if isinstance(parameter, str) and parameter == NOISE:
        cells = getattr(engine, "cells", None)
        if cells is None:
            raise InvalidInput(
                f'noise is that of spiking cells, got {engine!r}; give engine=Brian(cells="regular"), or a function '
                "(net, value) in place of the parameter"
            )
        return [(engine.replace(cells=cells.replace(noise=float(value))), net) for value in values]
    if not callable(parameter):
        change = PARAMETERS[one_of(parameter, "parameter", [*PARAMETERS, NOISE], remedy="or give a function")][1]
        return [(engine, change(net, float(value), seed)) for value in values]
    steps: list[Step] = []
    for value in values:
        changed = parameter(net, float(value))
        pair = changed if isinstance(changed, tuple) else (changed,)
        nets = [one for one in pair if isinstance(one, Network)]
        engines = [one for one in pair if isinstance(one, Engine)]
        if len(nets) + len(engines) != len(pair) or len(nets) > 1 or len(engines) > 1 or not pair:
            raise InvalidInput(f"the function must return a Network, an Engine or a pair of them, got {changed!r}")
        now = nets[0] if nets else net
        if now.weights.shape != net.weights.shape:
            raise InvalidInput(f"the function must keep the sizes {net.weights.shape}, got {now.weights.shape}")
        steps.append((engines[0] if engines else engine, now))
    return steps


def in_one_program(steps: list[Step], duration: Any) -> tuple[list[Step], Any]:
    """Return the steps with one time step and one duration, if an engine compiles.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.engines import Event
    >>> from neurosim.measure.parameters import in_one_program
    >>> in_one_program([(Event(), Network.gaussian(60, 4, seed=0))], None)[1] is None
    True
    """
    if not any(engine.compiles for engine, _ in steps):
        return steps, duration
    dt = min(engine.time_step(net) for engine, net in steps)
    longest = max(float(max(net.tau_v.max(), net.tau_h.max())) for _, net in steps)
    return [
        (engine.with_default_step(dt), net) for engine, net in steps
    ], 20 * longest if duration is None else duration
