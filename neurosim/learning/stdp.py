"""Learning by spikes in Brian2: images are presented, and synapses follow `neurosim.equations.plasticity`.

All changes are equations of a neuron or a synapse. The learned network is an ordinary `Network`. No torch here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import xarray

from neurosim import InvalidInput, Network
from neurosim.cells import OnOff, Regular, SpikingCell
from neurosim.engines import Brian
from neurosim.equations.plasticity import STDP, rate_change
from neurosim.learning.checks import check_images
from neurosim.learning.data import Images
from neurosim.packages import required
from neurosim.request import check_step
from neurosim.validation import boolean, generator, instance, one_time, takes, whole

# One visible cell of 1 kHz for a pixel at 1 stands for ten cells of 100 Hz; with fewer spikes the drive is noisier.
CELLS = Regular(visible=OnOff(gain=1000.0, tau_s=10e-3))
ENGINE = Brian(cells=CELLS, target="cpp_standalone")
_STEP = 0.5e-3  # s
_WHAT = "learning by spikes"
Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]  # ξ (…, visible, hidden), feedback (…, hidden, visible), θ
_INITIAL_STD = 0.5  # std of the initial ξ


class Learned(NamedTuple):
    """Result of learning by spikes.

    Parameters
    ----------
    network : Network
        The network after the last image.
    history : xarray.Dataset over presented, the number of images shown
        weights (presented, visible_neuron, hidden_neuron), threshold (presented, hidden_neuron) and, if the two
        directions started independently, feedback (presented, hidden_neuron, visible_neuron).

    Examples
    --------
    >>> from neurosim.learning.stdp import Learned
    >>> Learned._fields
    ('network', 'history')
    """

    network: Network
    history: xarray.Dataset


@takes(images=Images, rule=STDP, engine=Brian)
def learn_spiking(
    images: Images,
    n_hidden: int,
    *,
    rule: STDP | None = None,
    engine: Brian = ENGINE,
    epochs: int = 10,
    symmetric_start: bool = True,
    tau_v: Any = 10e-3,
    tau_h: Any = 2e-3,
    n_records: int = 10,
    seed: int,
) -> Learned:
    """Train a spiking network, whose synapses change by spikes while images are shown one after another.

    Parameters
    ----------
    images : Images
        Each pixel is a current into a visible neuron, as with `neurosim.InputCurrent`; in random order.
    n_hidden : int
        Number of hidden neurons, N_h.
    rule : STDP, default STDP()
        Settings of the rule.
    engine : Brian, default ``Brian(cells=CELLS, target="cpp_standalone")``
        Where and in which steps, of 0.5 ms by default, the network is simulated, and its cells: one for each hidden
        neuron, with visible cells that fire regularly and have no refractory period, and without interneurons; in
        `CELLS`, `OnOff(gain=1000, tau_s=10 ms)`. T and the hidden cells' t_ref are whole numbers of steps. A given step
        above a fifth of the shortest time constant is warned of, and one above half of it refused.
    epochs : int, default 10
        Number of presentations of each image, ≥ 1.
    symmetric_start : bool, default True
        Whether both synapses of a pair of neurons start equal; they then stay equal. If False, they start
        independently, and the rule should have decay.
    tau_v, tau_h : time, default 10 ms, 2 ms
        Time constants during learning. The returned network has the defaults of `Network`.
    n_records : int, default 10
        About how many states of ξ are recorded, evenly over the images shown; the start is one of them.
    seed : int
        Seed of the initial synapses, of the order of the images and of the noise of the neurons.

    Returns
    -------
    Learned
        The network and the history of its synapses.

    Raises
    ------
    InvalidInput
        The cells are not as described, a time is no whole number of steps, there is one presentation in all, which
        changes nothing, or the engine has a formulation or float32, which learning does not have.
    Unavailable
        As for `neurosim.engines.Brian`.

    See Also
    --------
    learn_mean : The mean of the rule, without spikes.

    Examples
    --------
    >>> from neurosim.equations.plasticity import STDP
    >>> from neurosim.learning import load_data
    >>> from neurosim.learning.stdp import ENGINE, learn_spiking
    >>> digits = load_data("digits").select(slice(2))
    >>> engine = ENGINE.replace(target="runtime", codegen="numpy")
    >>> network, history = learn_spiking(digits, 3, rule=STDP(shown=0.01), engine=engine, epochs=1, seed=0)
    >>> network.n_hidden, history.weights.dims
    (3, ('presented', 'visible_neuron', 'hidden_neuron'))
    """
    brian = required("neurosim.engines.brian", _WHAT)
    rule = STDP() if rule is None else rule
    start, order = _start(images, n_hidden, epochs, symmetric_start, seed)
    times = {name: one_time(value, name) for name, value in (("tau_v", tau_v), ("tau_h", tau_h))}
    times["dt"] = _STEP if engine.dt is None else engine.dt
    cells = _checked_cells(rule, engine, times["dt"], n_records)
    shortest = min(times["tau_v"], times["tau_h"], instance(cells.visible, "visible", OnOff).tau_s)
    check_step(times["dt"], shortest, engine.allow_coarse_dt, warn=engine.dt is not None)
    every = -(-len(order) // n_records)
    job = required("neurosim.engines.brian.learning", _WHAT).LearningJob(
        images.pixels.astype(float), order.astype(float), *start, rule, cells, **times, record_every=every, seed=seed
    )
    found, how = brian.simulate(job, engine)
    shape = n_hidden, images.pixels.shape[1]
    last, way = (_arrays(found, end, shape) for end in ("", "_trace"))
    made = {"rule": "stdp", "settings": repr(rule), **engine.replace(cells=cells).attributes(), "seed": seed, **how}
    made |= check_images(images)[1] | {"epochs": epochs, "n_images": len(images.pixels), **times}
    network = _network(last, made)
    return Learned(network, _history(way, every, network.is_symmetric, made))


@takes(images=Images, rule=STDP)
def learn_mean(
    images: Images,
    n_hidden: int,
    *,
    rule: STDP | None = None,
    epochs: int = 10,
    symmetric_start: bool = True,
    seed: int,
) -> Network:
    """Train a network by the mean of the rule (`neurosim.equations.plasticity.rate_change`), image by image.

    Initial synapses and order of the images are those of `learn_spiking`. This is the limit of many spikes and long
    presentations.

    Parameters
    ----------
    images, n_hidden, rule, epochs, symmetric_start, seed
        As in `learn_spiking`.

    Returns
    -------
    Network

    Raises
    ------
    InvalidInput
        There is one presentation in all, which changes nothing.

    Examples
    --------
    >>> from neurosim.learning import load_data
    >>> from neurosim.learning.stdp import learn_mean
    >>> learn_mean(load_data("digits").select(slice(20)), 4, epochs=1, seed=0).is_symmetric
    True
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
    """Return initial ξ, feedback and θ = 0, and the order of the images."""
    n_hidden, epochs = whole(n_hidden, "n_hidden"), whole(epochs, "epochs")
    symmetric = boolean(symmetric, "symmetric_start")
    rng = generator(seed)
    n_images, n_visible = images.pixels.shape
    weights = _INITIAL_STD * rng.standard_normal((n_visible, n_hidden))
    other = _INITIAL_STD * rng.standard_normal((n_hidden, n_visible))
    order = np.concatenate([rng.permutation(n_images) for _ in range(epochs)])
    if len(order) < 2:
        raise InvalidInput("learning needs two presentations, since the last has rate 0, got one; raise epochs")
    return (weights, weights.T.copy() if symmetric else other, np.zeros(n_hidden)), order


def _checked_cells(rule: STDP, engine: Brian, dt: float, n_records: int) -> SpikingCell:
    """Return the cells, CELLS if the engine has none."""
    if engine.formulation is not None or engine.dtype != "float64" or engine.changes is not None:
        raise InvalidInput(
            f"learning by spikes has one formulation, float64 and equations of its own, got {engine!r}; "
            "omit formulation, dtype and changes"
        )
    cells: SpikingCell = CELLS if engine.cells is None else engine.cells
    visible = cells.visible
    if cells.n_cells > 1 or cells.threshold_std or not isinstance(visible, OnOff) or visible.stochastic:
        raise InvalidInput(
            f"cells must be one for each hidden neuron, with regular visible=OnOff(…) and no threshold_std, "
            f"got {cells!r}"
        )
    if cells.interneurons is not None or visible.t_ref:
        raise InvalidInput(
            f"cells of learning by spikes have neither interneurons nor t_ref of visible cells, got {cells!r}; "
            "omit them"
        )
    if visible.gain * dt > 1:
        raise InvalidInput(
            f"visible cells fire once a step at most: gain·dt must not exceed 1, got {visible.gain * dt}"
        )
    for name, span in (("shown", rule.shown), ("t_ref", cells.t_ref)):
        if abs(span / dt - round(span / dt)) > 1e-6 or span < dt:
            raise InvalidInput(f"{name} must be a whole number of steps of dt = {dt:g} s, got {span:g} s")
    whole(n_records, "n_records")
    return cells


def _arrays(found: dict[str, np.ndarray], end: str, shape: tuple[int, int]) -> Arrays:
    """Return ξ, feedback and θ from the arrays of Brian2, which list synapses by hidden neuron."""
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
    presented = ("presented", every * np.arange(len(weights)), {"long_name": "number of images shown"} | units)
    return xarray.Dataset(variables, {"presented": presented}, made)
