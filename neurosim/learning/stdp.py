"""Learning by spikes: a spiking network in Brian2 sees images, and its synapses follow `neurosim.equations.plasticity`.

No torch; whatever changes is an equation of a neuron or a synapse. The learned network is an ordinary `Network`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import xarray

from neurosim import InvalidInput, Network
from neurosim.cells import OnOff, Regular, SpikingCell
from neurosim.equations.plasticity import STDP, rate_change
from neurosim.learning.data import Images
from neurosim.recall import engine_module
from neurosim.validation import generator, seconds, whole

# Ten visible cells of 100 Hz for a pixel at 1 are one of 1 kHz: fewer spikes are noise on what the hidden layer sees.
CELLS = Regular(visible=OnOff(gain=1000.0, tau_s=10e-3))
Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]  # ξ (…, visible, hidden), feedback (…, hidden, visible), θ
_START_STD = 0.5  # of ξ before the first image


class Learned(NamedTuple):
    """What came of it.

    Parameters
    ----------
    network : Network
    history : xarray.Dataset
        weights (record, visible_neuron, hidden_neuron), threshold (record, hidden_neuron) and, if the two directions
        started apart, feedback (record, hidden_neuron, visible_neuron); over `presented`, the images shown by then.
    """

    network: Network
    history: xarray.Dataset


def learn_spiking(
    images: Images,
    n_hidden: int,
    *,
    rule: STDP | None = None,
    cells: SpikingCell = CELLS,
    epochs: int = 10,
    symmetric_start: bool = True,
    tau_v: Any = 10e-3,
    tau_h: Any = 2e-3,
    dt: Any = 0.5e-3,
    n_records: int = 10,
    seed: int,
    target: str = "cpp_standalone",
    codegen: str = "auto",
    report: Any = None,
) -> Learned:
    """Learn images by showing them, one after another, to a network whose synapses change as it fires.

    Parameters
    ----------
    images : Images
        Each pixel is a current into a visible neuron, as `neurosim.InputCurrent` of the images in random order.
    n_hidden : int
        N_h.
    rule : STDP, default STDP()
    cells : SpikingCell, default with `OnOff(gain=1000, tau_s=10 ms)`
        Hidden neurons, one cell each, with visible cells that fire regularly.
    epochs : int, default 10
        How often each image is shown, ≥ 1.
    symmetric_start : bool, default True
        Whether both synapses of a pair of neurons start equal, and so stay. False: independently; give the rule decay.
    tau_v, tau_h, dt : time, default 10 ms, 2 ms, 0.5 ms
        While it learns; T and t_ref are whole numbers of dt. The network returned has the defaults of `Network`.
    n_records : int, default 10
        How many times on the way ξ is recorded.
    seed : int
        Of the start, of the order of the images and of what the neurons draw.
    target : {"runtime", "cpp_standalone", "cuda_standalone"}, default "cpp_standalone"
    codegen, report
        As in `neurosim.recall` with engine "brian".

    Returns
    -------
    Learned
        network, history.

    Raises
    ------
    InvalidInput
        Other cells than described, or times that are no whole numbers of dt.
    Unavailable
        As for the engine "brian".
    """
    from importlib import import_module

    brian = engine_module("brian")
    rule = STDP() if rule is None else rule
    start, order = _start(images, n_hidden, epochs, symmetric_start, seed)
    times = {name: _time(value, name) for name, value in (("tau_v", tau_v), ("tau_h", tau_h), ("dt", dt))}
    _check(rule, cells, times["dt"], n_records)
    if target not in brian.TARGETS:
        raise InvalidInput(f"target must be one of {list(brian.TARGETS)}, got {target!r}")
    every = -(-len(order) // n_records)
    job = import_module("neurosim.engines.brian.learning").LearningJob(
        images.pixels.astype(float), order.astype(float), *start, rule, cells, **times, record_every=every, seed=seed
    )
    found, how = brian.TARGETS[target](job, codegen=codegen, report=report, report_period=10.0)
    shape = n_hidden, images.pixels.shape[1]
    last, way = (_arrays(found, end, shape) for end in ("", "_trace"))
    made = {"rule": "stdp", "settings": repr(rule), "cells": repr(cells), "target": target, "seed": seed, **how}
    made |= {"epochs": epochs, "n_images": len(images.pixels), **times}
    network = _network(last, made)
    return Learned(network, _history(way, every, network.is_symmetric, made))


def learn_mean(
    images: Images,
    n_hidden: int,
    *,
    rule: STDP | None = None,
    epochs: int = 10,
    symmetric_start: bool = True,
    seed: int,
) -> Network:
    """Learn by the rule's mean (`neurosim.equations.plasticity.rate_change`), image by image.

    From the same start and in the same order as `learn_spiking`: what it would do with ever more spikes, each image
    shown for ever.

    Parameters
    ----------
    images, n_hidden, rule, epochs, symmetric_start, seed
        As in `learn_spiking`.
    """
    rule = STDP() if rule is None else rule
    (weights, feedback, threshold), order = _start(images, n_hidden, epochs, symmetric_start, seed)
    pixels = images.pixels.astype(float)
    for number, image in enumerate(order):
        eta = rule.rate * (1 - (number + 1) / len(order))
        changes = rate_change(rule, pixels[image], weights, feedback, threshold)
        for learned, change in zip((weights, feedback, threshold), changes, strict=True):
            learned += eta * change
    return _network((weights, feedback, threshold), {"rule": "stdp, mean", "settings": repr(rule), "seed": seed})


def _start(images: Images, n_hidden: int, epochs: int, symmetric: bool, seed: int) -> tuple[Arrays, np.ndarray]:
    """Return ξ, feedback and θ = 0 before the first image, and the order of the images."""
    for name, value in (("n_hidden", n_hidden), ("epochs", epochs)):
        whole(value, name)
    chance = generator(seed)
    n_images, n_visible = images.pixels.shape
    weights = _START_STD * chance.standard_normal((n_visible, n_hidden))
    other = _START_STD * chance.standard_normal((n_hidden, n_visible))
    order = np.concatenate([chance.permutation(n_images) for _ in range(epochs)])
    return (weights, weights.T.copy() if symmetric else other, np.zeros(n_hidden)), order


def _check(rule: STDP, cells: SpikingCell, dt: float, n_records: int) -> None:
    visible = cells.visible
    if cells.n_cells > 1 or cells.threshold_std or not isinstance(visible, OnOff) or visible.stochastic:
        raise InvalidInput(
            f"cells must be one a hidden neuron, with visible=OnOff(…) that fire regularly and no threshold_std, got "
            f"{cells!r}"
        )
    if visible.gain * dt > 1:
        raise InvalidInput(
            f"visible cells fire once a step at most: gain·dt must not exceed 1, got {visible.gain * dt}"
        )
    for name, span in (("shown", rule.shown), ("t_ref", cells.t_ref)):
        if abs(span / dt - round(span / dt)) > 1e-6 or span < dt:
            raise InvalidInput(f"{name} must be a whole number of steps of dt = {dt:g} s, got {span:g} s")
    if n_records < 1:
        raise InvalidInput(f"n_records must be at least 1, got {n_records}")


def _time(value: Any, name: str) -> float:
    array = seconds(value, name)
    if array.ndim:
        raise InvalidInput(f"{name} must be one time, got shape {array.shape}")
    return float(array)


def _arrays(found: dict[str, np.ndarray], end: str, shape: tuple[int, int]) -> Arrays:
    """Return ξ, feedback and θ, synapses being listed by hidden neuron."""
    w, w_back, theta = (found[f"{name}{end}"][0] for name in ("w", "w_back", "theta"))
    w, w_back = (synapses.reshape(*synapses.shape[:-1], *shape) for synapses in (w, w_back))
    return np.swapaxes(w, -1, -2), w_back, theta


def _network(learned: Arrays, made: dict[str, Any]) -> Network:
    weights, feedback, threshold = learned
    symmetric = np.array_equal(feedback, weights.T)
    return Network(weights, threshold=threshold, feedback=None if symmetric else feedback, provenance=made)


def _history(recorded: Arrays, every: int, symmetric: bool, made: dict[str, Any]) -> xarray.Dataset:
    weights, feedback, threshold = recorded
    units = {"units": "1"}
    variables: dict[str, Any] = {
        "weights": (("presented", "visible_neuron", "hidden_neuron"), weights, {"long_name": "synapses ξ"} | units),
        "threshold": (("presented", "hidden_neuron"), threshold, {"long_name": "thresholds θ"} | units),
    }
    if not symmetric:
        dims = ("presented", "hidden_neuron", "visible_neuron")
        variables["feedback"] = (dims, feedback, {"long_name": "synapses visible → hidden"} | units)
    presented = ("presented", every * np.arange(len(weights)), {"long_name": "images shown by then"} | units)
    return xarray.Dataset(variables, {"presented": presented}, made)
