"""Measurements of the spiking model that `neurosim spiking` and the report of one network show.

The ranges and cells are chosen here; the measurements are in `neurosim.measure.spiking`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import xarray

from neurosim import Network, recall
from neurosim.cells import CELLS, LIF, OnOff, Poisson, Regular, SpikingCell
from neurosim.engines import Brian
from neurosim.learning.data import Images
from neurosim.measure.recall import attractors
from neurosim.measure.spiking import agreement, dislodging
from neurosim.measure.spiking.paired import SPIKING

NOISE = (0.0, 1.0, 2.0)  # σ_v on the cues of random networks
AMPLITUDES = (0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 1, 1.5, 2)  # of the second cue
SWEEPS: dict[str, tuple[tuple[float, ...], Mapping[str, SpikingCell]]] = {
    "t_ref": ((0.5e-3, 1e-3, 2e-3, 5e-3, 10e-3, 20e-3, 40e-3), agreement.KINDS),
    "tau_h": ((0.5e-3, 1e-3, 2e-3, 5e-3, 10e-3, 20e-3), agreement.KINDS),
    "n_cells": (
        (1, 3, 10, 30),
        {
            "regular, noise 0.2": Regular(noise=0.2),
            "lif, noise 0.2": LIF(noise=0.2),
            "poisson": Poisson(),
        },
    ),
    "noise": ((0.02, 0.05, 0.1, 0.15, 0.2, 0.3), agreement.KINDS),
}
# label → (cells, τ_v in seconds)
KINDS: dict[str, tuple[SpikingCell, float]] = {
    "regular": (Regular(), 20e-3),
    "regular, no delay": (Regular(delay=0.0), 20e-3),
    "LIF, τ_h = 1 ms": (LIF(), 20e-3),
    "LIF, t_ref = 10 ms": (LIF(t_ref=10e-3), 20e-3),
    "Poisson, 1 cell": (Poisson(), 20e-3),
    "Poisson, 10 cells": (Poisson(n_cells=10), 20e-3),
    "regular, visible ON/OFF spikes": (Regular(visible=OnOff()), 20e-3),
    "regular, visible ON/OFF spikes, τ_v = 50 ms": (Regular(visible=OnOff()), 50e-3),
    "mean rates up to 100 Hz": (CELLS["slow"], 20e-3),
    "mean rates up to 100 Hz, τ_v = 50 ms": (CELLS["slow"], 50e-3),
}
RASTER = 0.2  # s shown
DRAWN = ("regular", "on_off")  # spiking cells whose spikes are drawn
Step = tuple[str, str, Callable[[], xarray.Dataset]]  # name of the result, description, measurement


def recorded_recall(net: Network, cues: np.ndarray, *, engine: Brian = SPIKING, seed: int) -> xarray.Dataset:
    """Recall a few cues and record every spike and the visible layer over time, for `neurosim.plots.spiking.raster`.

    Parameters
    ----------
    net : Network
    cues : ndarray (cue, visible)
    engine : Brian, default ``Brian(cells="regular", target="cpp_standalone", formulation="fastest")``
        With spiking cells.
    seed : int

    Returns
    -------
    xarray.Dataset
        As `neurosim.recall`, over max(`RASTER`, 2 τ_v) seconds.

    Examples
    --------
    >>> from neurosim import Network, patterns
    >>> from neurosim.engines import Brian
    >>> from neurosim.report.spiking_study import recorded_recall
    >>> net = Network.gaussian(200, 4, seed=0)
    >>> cues = patterns.visible_cues(net, [[True, False, True, False]])
    >>> found = recorded_recall(net, cues, seed=1, engine=Brian(cells="regular", codegen="numpy"))
    >>> found.hidden_active.values.tolist()
    [[True, False, True, False]]
    """
    fires = isinstance(engine.cells.visible, OnOff)
    record = ["spikes", "visible", *(["visible_spikes"] if fires else [])]
    return recall(
        net,
        cues,
        engine=engine,
        duration=max(RASTER, 2 * float(net.tau_v.max())),
        record=record,
        record_dt=5e-3,
        seed=seed,
    )


def random_networks(networks: list[Network], *, n_cues: int, seed: int, sweeps: bool, progress: bool) -> list[Step]:
    """Return the measurements of random networks: agreement and, if `sweeps`, other cells, parameters, second cues.

    Parameters
    ----------
    networks : list of Network
    n_cues : int
        Cues per network and point.
    seed : int
    sweeps : bool
        Whether other cells, parameters and second cues are measured too, with at most 20 networks and 64 cues.
    progress : bool
        Whether to show progress bars.

    Returns
    -------
    list of (str, str, callable)
        Name of the result, description, and the measurement, a function without parameters.

    See Also
    --------
    neurosim.report.study.measure_steps : Run the measurements.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.report.spiking_study import random_networks
    >>> nets = [Network.gaussian(1000, 10, seed=seed) for seed in range(2)]
    >>> [name for name, _, _ in random_networks(nets, n_cues=16, seed=0, sweeps=False, progress=False)]
    ['agreement']
    """
    shared: dict[str, Any] = {"seed": seed, "progress": progress}
    compare = partial(agreement.rate_and_spiking, networks, NOISE, n_cues=n_cues, **shared)
    steps: list[Step] = [("agreement", "the same noisy cues in the rate and the spiking model", compare)]
    if not sweeps:
        return steps
    few = networks[:20]
    shared["n_cues"] = min(n_cues, 64)
    kinds = partial(agreement.compare_cells, few, KINDS, **shared)
    steps.append(("cells", "other kinds of spiking cell", kinds))
    for parameter, (values, kinds) in SWEEPS.items():
        region = partial(agreement.region, few, parameter, values, kinds=kinds, **shared)
        steps.append((f"region_{parameter}", f"agreement of the models against {parameter}", region))
    for model, engine in (("rate", dislodging.RATE), ("spiking", SPIKING)):
        dislodge = partial(dislodging.dislodge, few, AMPLITUDES, engine=engine, **shared)
        steps.append((f"dislodging_{model}", f"a second cue, {model} model", dislodge))
    return steps


def trained_network(net: Network, images: Images, cues: np.ndarray, seed: int) -> list[Step]:
    """Return the measurements of a trained network that the page of `neurosim spiking` shows.

    Parameters
    ----------
    net : Network
    images : Images
        The training images of `net`. They are recalled at once, to find the memories.
    cues : ndarray (cue, visible)
        Cues whose spikes are drawn.
    seed : int

    Returns
    -------
    list of (str, str, callable)
        recall_<cells> for each of `DRAWN`, and trained; nothing if no memory has an active neuron.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.learning import load_data
    >>> from neurosim.report.spiking_study import trained_network
    >>> digits, net = load_data("digits").select(slice(50)), Network.gaussian(64, 8, seed=0, threshold=0.0)
    >>> [name for name, _, _ in trained_network(net, digits, digits.pixels[:4], seed=0)]
    ['recall_regular', 'recall_on_off', 'trained']
    """
    minima = attractors.unique_stable_minima(net, images.pixels, progress=True)
    memories = minima.hidden_active.values[minima.stable.values]
    if not memories.any():  # as in `study`, the noise is relative to the rms of the memories
        return []
    steps: list[Step] = [
        (
            f"recall_{name}",
            f"four noisy images with all spikes recorded, {name}",
            partial(recorded_recall, net, cues, engine=SPIKING.replace(cells=name), seed=seed),
        )
        for name in DRAWN
    ]
    trained = partial(agreement.recall_of_memories, net, memories, n_cues=2048, seed=seed, progress=True)
    return [*steps, ("trained", "the trained network's memories in both models", trained)]
