"""Recall of learned images by the spiking circuit beside the rate model, from damaged cues."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray

from neurosim import Network, Outcome, recall, theory
from neurosim.damage import Damage
from neurosim.engines import Circuit
from neurosim.errors import InvalidInput
from neurosim.learning.data import Images
from neurosim.measure.learned.damage import Originals, compare_with_originals
from neurosim.measure.learned.minima import ends_of
from neurosim.measure.recall import attractors
from neurosim.measure.statistics import share_variables
from neurosim.validation import binary_array, instance, seed_number, sequence_of, whole

_SAME = (
    "share of the cues with which the rate model ends in the attractor of the intact image on which the circuit does"
)
TAU_V = 0.4  # s, of the circuit


def with_unit_fields(net: Network, states: np.ndarray) -> Network:
    """Return the network with the feedback and the threshold of every hidden neuron scaled to its fields.

    The rate model recalls the same, since h and θ of a neuron are scaled alike. The circuit switches on within a fixed
    range of h around θ, so fields far from θ in its own units matter to it.

    Parameters
    ----------
    net : Network
    states : array_like (state, hidden) of bool
        Memories. Of each neuron the mean distance of its fields from θ becomes ½, as in a random network with θ = ½.

    Returns
    -------
    Network
        With separate feedback.

    Raises
    ------
    InvalidInput
        There are no states, or all fields of a neuron are at its threshold.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network
    >>> from neurosim.measure.learned.by_circuit import with_unit_fields
    >>> net = Network(10 * np.eye(4), threshold=10.0)
    >>> with_unit_fields(net, np.eye(4, dtype=bool)).threshold.round(3)
    array([0.444, 0.444, 0.444, 0.444])
    """
    net = instance(net, "net", Network)
    states = binary_array(states, "states", {"state": None, "hidden": net.n_hidden})
    fields = states.astype(float) @ theory.effective_coupling(net).T
    distance = np.abs(fields - net.threshold).mean(axis=0)
    if not (distance > 0).all():
        raise InvalidInput("the fields of every neuron must differ from its threshold in some state, got none that do")
    scale = 0.5 / distance
    return net.replace(feedback=scale[:, None] * net.feedback_weights, threshold=scale * net.threshold)


def learned_by_circuit(
    net: Network,
    images: Images,
    damages: Sequence[Damage],
    *,
    seed: int,
    engine: Circuit | None = None,
    n_cues: int = 16,
    duration: Any = 2.2,
) -> xarray.Dataset:
    """Recall stored images from damaged cues by the rate model and by the circuit.

    Parameters
    ----------
    net : Network
        Trained on the images.
    images : Images
    damages : sequence of Damage
    seed : int
        Of the choice of images, the damage and the circuit.
    engine : Circuit, default ``Circuit()``
    n_cues : int, default 16
        Images, classes in turn, the same ones for each damage.
    duration : time, default 2.2 s
        Of the circuit's recall.

    Returns
    -------
    xarray.Dataset over model and damage
        As `neurosim.measure.learned.damage.damage_table` without nearest_memory, for the models "rate" and "circuit",
        of which the latter counts with its state at the end;
        same_state over damage; and the images: original (image, visible_neuron), cue_visible (damage, image,
        visible_neuron), visible (model, damage, image, visible_neuron).

    Raises
    ------
    InvalidInput
        No image leads to a stable state.

    See Also
    --------
    with_unit_fields : How the learned network is scaled for the circuit.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.cells import Population
    >>> from neurosim.damage import Noise
    >>> from neurosim.engines import Circuit
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.by_circuit import learned_by_circuit
    >>> net = Network.gaussian(64, 2, seed=0)
    >>> engine = Circuit(population=Population(n_cells=8), dt=2e-4, codegen="numpy")
    >>> digits = load_data("digits").select(slice(20))
    >>> found = learned_by_circuit(net, digits, [Noise(0.1)], seed=0, engine=engine, n_cues=2, duration=0.4)
    >>> dict(found.same_attractor.sizes)
    {'model': 2, 'damage': 1}
    """
    engine = Circuit() if engine is None else instance(engine, "engine", Circuit)
    net, images, seed = instance(net, "net", Network), instance(images, "images", Images), seed_number(seed)
    damages, n_cues = sequence_of(damages, "damages", Damage), whole(n_cues, "n_cues")
    minima = attractors.unique_stable_minima(net, images.pixels)
    stable = minima.hidden_active.values[minima.stable.values]
    if not len(stable):
        raise InvalidInput("no image leads to a stable state of the network; train it longer")
    scaled = with_unit_fields(net, stable)
    chosen = images.balanced_sample(n_cues, seed)
    label, intact = minima.label.values[chosen], images.pixels[chosen].astype(float)
    states = ends_of(scaled, intact, label, minima.hidden_active.values)
    originals = Originals(intact, states, label >= 0, images.pixels, chosen)
    cues = {str(damage): images.damaged(damage, chosen, seed=seed) for damage in damages}
    slow = scaled.replace(tau_v=TAU_V)
    outs = {"rate": {name: recall(scaled, cue) for name, cue in cues.items()}, "circuit": {}}
    joined = recall(slow, np.concatenate(list(cues.values())), engine=engine, duration=duration, seed=seed)
    joined = joined.assign(outcome=("cue", [str(Outcome.SETTLED)] * joined.sizes["cue"]))  # the state at the end counts
    for k, name in enumerate(cues):
        outs["circuit"][name] = joined.isel(cue=slice(k * len(chosen), (k + 1) * len(chosen)))
    tables = [compare_with_originals(scaled, _with(cues, out), originals) for out in outs.values()]
    found = xarray.concat(tables, xarray.DataArray(list(outs), dims="model", name="model"), combine_attrs="override")
    found.model.attrs["long_name"] = "model"
    rate, circuit = ([out.hidden_active.values for out in each.values()] for each in outs.values())
    right = [(state == states).all(axis=1) & (label >= 0) for state in rate]
    same = [int(((a == b).all(axis=1) & of).sum()) for a, b, of in zip(rate, circuit, right, strict=True)]
    found = found.assign(share_variables("same_state", ("damage",), same, [int(of.sum()) for of in right], _SAME))
    visible = [[out.visible.values for out in each.values()] for each in outs.values()]
    dims = ("model", "damage", "image", "visible_neuron")
    found["visible"] = (dims, np.array(visible), {"long_name": "recalled visible state", "units": "1"})
    found["cue_visible"] = (dims[1:], np.array(list(cues.values())), {"long_name": "damaged cue", "units": "1"})
    found["original"] = (dims[2:], intact, {"long_name": "stored image", "units": "1"})
    recipe = net.provenance.get("recipe", "given")
    about = {"subject": f"{recipe} network, N_h = {net.n_hidden}, {images!r}", "seed": seed}
    return found.assign_attrs(about | {"n_trials": len(chosen), "image_shape": images.shape} | engine.attributes())


def _with(cues: dict[str, np.ndarray], outs: dict[str, xarray.Dataset]) -> dict[str, tuple[np.ndarray, xarray.Dataset]]:
    return {name: (cues[name], out) for name, out in outs.items()}
