"""The damage table: what a network recalls from damaged cues, by kind of damage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray

from neurosim import Network, Outcome, recall, theory
from neurosim.damage import Blocks, Combined, Damage, Missing, Noise, Occluded
from neurosim.errors import InvalidInput
from neurosim.learning.data import Images
from neurosim.measure.learned.minima import ends_of, minima_of
from neurosim.measure.statistics import NOT_NEGATIVE, Measurement, share_variables, summarise
from neurosim.nonlinearity import Heaviside
from neurosim.validation import sequence_of, takes

_ERRORS = {
    "cue_error": Measurement("squared error of the damaged cue to the intact image", bounds=NOT_NEGATIVE),
    "first_pass_error": Measurement("squared error of its first-pass code to the intact image", bounds=NOT_NEGATIVE),
    "recall_error": Measurement("squared error of the recall to the intact image", bounds=NOT_NEGATIVE),
}
_SHARES = {
    "same_attractor": "share of the cues that settle in the attractor of the intact image",
    "nearest_image": "share of the cues to whose recall their own image is the nearest stored image",
    "nearest_memory": "share of the cues to whose recall their own image's memory is the nearest stored memory",
    "settled": "share of the cues whose recall settles",
}
_NUMBERS = 2**24  # distances at once; bounds the memory


class Originals(NamedTuple):
    """What the recalls from damaged cues are compared with.

    Parameters
    ----------
    intact : ndarray (cue, visible)
        The visible states that were damaged.
    codes : ndarray (cue, hidden), bool
        Hidden states in which the intact cues end.
    settled : ndarray (cue,), bool
        Whether they settle there.
    stored : ndarray (image, visible)
        All stored images.
    own : ndarray (cue,)
        Index of each cue's image in `stored`.
    memories : ndarray (memory, hidden), bool, optional
        Distinct stable states in which the stored images end. Without them, nearest memories are not counted.
    own_memory : ndarray (cue,), optional
        Index of each cue's memory in `memories`; −1 if its image does not settle.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.learned.damage import Originals
    >>> Originals(np.ones((1, 4)), np.ones((1, 2), bool), np.array([True]), np.ones((1, 4)), np.array([0])).memories
    """

    intact: np.ndarray
    codes: np.ndarray
    settled: np.ndarray
    stored: np.ndarray
    own: np.ndarray
    memories: np.ndarray | None = None
    own_memory: np.ndarray | None = None


def usual_damages(image_shape: Sequence[int]) -> tuple[Damage, ...]:
    """Return the damages of the damage table; the first leaves the image intact.

    Parameters
    ----------
    image_shape : (rows, columns) or (3, rows, columns)
        The side of the masked block is half of the shorter side.

    Returns
    -------
    tuple of Damage

    Examples
    --------
    >>> from neurosim.measure.learned.damage import usual_damages
    >>> for damage in usual_damages((28, 28)):
    ...     print(damage)
    none
    noise:std=0.1
    noise:std=0.25
    noise:std=0.5
    occluded:fill=mean
    occluded
    missing:fraction=0.3
    blocks:size=14
    """
    noise = [Noise(std) for std in (0.1, 0.25, 0.5)]
    block = Blocks(max(1, min(image_shape[-2:]) // 2))
    return (Combined(), *noise, Occluded(fill="mean"), Occluded(), Missing(0.3), block)


@takes(net=Network, images=Images, minima=xarray.Dataset)
def damage_table(
    net: Network,
    images: Images,
    damages: Sequence[Damage] | None = None,
    *,
    n_cues: int = 5_000,
    seed: int = 0,
    minima: xarray.Dataset | None = None,
) -> xarray.Dataset:
    """Damage stored images, recall them with the exact engine, and compare the recalls with the intact images.

    Parameters
    ----------
    net : Network
        Heaviside hidden units.
    images : Images
        The images that `net` stores.
    damages : sequence of Damage, optional
        Default: `usual_damages`.
    n_cues : int, default 5000
        A random sample of the images, classes in turn, is damaged; at most all of them.
    seed : int, default 0
        Seed of the sample and of the damage.
    minima : xarray.Dataset, optional
        Result of `neurosim.measure.unique_stable_minima` for these images, if it is known.

    Returns
    -------
    xarray.Dataset over damage
        Means over images with Student-t limits: cue_error, first_pass_error and recall_error, squared errors to the
        intact image, summed over pixels, of the cue, of the first-pass code Θ(u(0) − θ) and of the recall at its end;
        and bits_right, the share of the hidden neurons that end as from the intact image. Shares of the cues with
        Wilson limits: same_attractor, nearest_image, nearest_memory, settled; see their long names. A recall that
        does not settle counts with the hidden state at its end.
        Intervals are over images, for this network. n_distinct: distinct states in which the recalls settle.

    Raises
    ------
    InvalidInput
        There are no damages, or `minima` is that of other images.

    See Also
    --------
    damaged_examples : A few of the recalls as images.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.damage import Combined, Noise
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.damage import damage_table
    >>> found = damage_table(Network.gaussian(64, 10, seed=0), load_data("digits"), [Combined(), Noise(0.5)], n_cues=20)
    >>> float(found.same_attractor.sel(damage="none")), float(found.cue_error.sel(damage="none"))
    (1.0, 0.0)
    """
    damages = usual_damages(images.shape) if damages is None else sequence_of(damages, "damages", Damage)
    minima = minima_of(net, images.pixels, minima)
    chosen = images.balanced_sample(n_cues, seed)
    label, codes = minima.label.values[chosen], minima.hidden_active.values
    intact = images.pixels[chosen].astype(float)
    states = ends_of(net, intact, label, codes)
    originals = Originals(intact, states, label >= 0, images.pixels, chosen, codes, label)
    cues = {str(damage): images.damaged(damage, chosen, seed=seed) for damage in damages}
    recalls = {name: (values, recall(net, values)) for name, values in cues.items()}
    recipe = net.provenance.get("recipe", "given")
    about = {"subject": f"{recipe} network, N_h = {net.n_hidden}, {images!r}", "seed": seed}
    return compare_with_originals(net, recalls, originals).assign_attrs(about)


def compare_with_originals(
    net: Network, recalls: Mapping[str, tuple[np.ndarray, xarray.Dataset]], originals: Originals
) -> xarray.Dataset:
    """Compare recalls of any engine with the intact cues: the damage table without the choice of cues.

    Parameters
    ----------
    net : Network
    recalls : mapping of str to (ndarray (cue, visible), xarray.Dataset)
        The damaged cues and their recalls, by damage.
    originals : Originals

    Returns
    -------
    xarray.Dataset over damage
        As `damage_table`; without nearest_memory if no memories are given.

    Raises
    ------
    InvalidInput
        There are no recalls.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network, patterns, recall
    >>> from neurosim.measure.learned.damage import Originals, compare_with_originals
    >>> net, states = Network.gaussian(100, 4, seed=0), patterns.all_hidden_states(4)
    >>> cues = patterns.visible_cues(net, states)
    >>> originals = Originals(cues, states, np.ones(16, bool), cues, np.arange(16))
    >>> found = compare_with_originals(net, {"none": (cues, recall(net, cues))}, originals)
    >>> float(found.bits_right.sel(damage="none"))
    1.0
    """
    if not recalls:
        raise InvalidInput("damages must name at least one damage, got none; give Combined() for intact cues")
    rows = {name: compared(net, cues, out, originals) for name, (cues, out) in recalls.items()}
    counts = [len(np.unique(out.hidden_active.values[_settled(out)], axis=0)) for _, out in recalls.values()]
    return table_of(rows, counts)


def table_of(compared: Mapping[str, Mapping[str, np.ndarray]], n_distinct: Sequence[int]) -> xarray.Dataset:
    """Return the damage table of what `compared` returned.

    Parameters
    ----------
    compared : mapping of str to mapping of str to ndarray (cue,)
        By damage; the parts of a large number of cues joined.
    n_distinct : sequence of int
        Distinct states in which the recalls settle, for each damage.

    Examples
    --------
    >>> import numpy as np
    >>> rows = {"cue_error": np.zeros(2), "bits_right": np.ones(2), "settled": np.ones(2, bool)}
    >>> found = table_of({"none": rows}, [1])
    >>> float(found.settled[0])
    1.0
    """
    rows = list(compared.values())
    raw = {name: xarray.DataArray([row[name] for row in rows], dims=("damage", "image")) for name in rows[0]}
    bits = Measurement("share of the hidden neurons that end as from the intact image", bounds=(0.0, 1.0))
    measured = {name: what for name, what in {**_ERRORS, "bits_right": bits}.items() if name in raw}
    variables: dict[str, Any] = summarise(raw, measured, over="image")
    variables = {name: value for name, value in variables.items() if not name.endswith("_by_image")}
    for name, what in _SHARES.items():
        if name in raw:
            hits = raw[name].values
            variables |= share_variables(name, ("damage",), hits.sum(axis=1), hits.shape[1], what)
    variables["n_distinct"] = (
        "damage",
        list(n_distinct),
        {"long_name": "distinct states in which recalls settle", "units": "1"},
    )
    names = ("damage", list(compared), {"long_name": "damage to the cue"})
    attrs = {
        "method": "recall",
        "n_networks": 1,
        "n_trials": raw["settled"].sizes["image"],
        "confidence": 0.95,
        "seed": "none",
    }
    return xarray.Dataset(variables, {"damage": names}, attrs)


@takes(net=Network, images=Images)
def damaged_examples(
    net: Network, images: Images, damages: Sequence[Damage] | None = None, *, n_shown: int = 4, seed: int = 0
) -> xarray.Dataset:
    """Recall a few stored images from damaged cues, and keep the originals, the cues and the recalls.

    Parameters
    ----------
    net : Network
    images : Images
        The stored images.
    damages : sequence of Damage, optional
        Default: `usual_damages`.
    n_shown : int, default 4
        Images, the same ones for each damage.
    seed : int, default 0
        Seed of the choice of images and of the damage.

    Returns
    -------
    xarray.Dataset over damage and shown
        original (shown, visible_neuron), cue_visible, visible (damage, shown, visible_neuron) and hidden_active
        (damage, shown, hidden_neuron).

    See Also
    --------
    damage_table : Errors and shares over many cues.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.damage import Missing, Noise
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.damage import damaged_examples
    >>> found = damaged_examples(Network.gaussian(64, 10, seed=0), load_data("digits"), [Noise(0.3), Missing(0.2)])
    >>> dict(found.visible.sizes)
    {'damage': 2, 'shown': 4, 'visible_neuron': 64}
    """
    damages = usual_damages(images.shape) if damages is None else sequence_of(damages, "damages", Damage)
    chosen = images.balanced_sample(n_shown, seed)
    intact = images.pixels[chosen].astype(float)
    cues = [images.damaged(damage, chosen, seed=seed) for damage in damages]
    outs = [recall(net, damaged) for damaged in cues]
    dims = ("damage", "shown", "visible_neuron")
    visible = [out.visible.values for out in outs]
    states = [out.hidden_active.values for out in outs]
    variables: dict[str, Any] = {
        "original": (dims[1:], intact, {"long_name": "stored image", "units": "1"}),
        "cue_visible": (dims, cues, {"long_name": "damaged cue", "units": "1"}),
        "visible": (dims, visible, {"long_name": "recalled visible state", "units": "1"}),
        "hidden_active": ((*dims[:2], "hidden_neuron"), states, {"long_name": "hidden neuron active at the end"}),
    }
    names = ("damage", list(map(str, damages)), {"long_name": "damage to the cue"})
    attrs = {"method": "recall", "n_networks": 1, "n_trials": len(intact), "seed": seed, "image_shape": images.shape}
    return xarray.Dataset(variables, {"damage": names}, attrs)


def nearest(points: np.ndarray, projections: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the index of the nearest of stored points, the one with the least |x|² − 2 x·p.

    Parameters
    ----------
    points : ndarray (point, coordinate)
        p.
    projections : ndarray (stored, coordinate)
        Coordinates in which x·p is a sum of products.
    lengths : ndarray (stored,)
        |x|².

    Returns
    -------
    ndarray of int (point,)
        −2 if nothing is stored.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.learned.damage import nearest
    >>> stored = np.array([[0.0, 0.0], [1.0, 1.0]])
    >>> nearest(np.array([[0.9, 0.2], [0.1, 0.3]]), stored, (stored**2).sum(axis=1))
    array([1, 0])
    """
    if not len(projections):
        return np.full(len(points), -2)
    rows = max(1, _NUMBERS // len(projections))
    parts = [points[k : k + rows] for k in range(0, len(points), rows)]
    return np.concatenate([np.argmin(lengths - 2 * part @ projections.T, axis=1) for part in parts])


def compared(net: Network, cues: np.ndarray, out: xarray.Dataset, originals: Originals) -> dict[str, np.ndarray]:
    """Return the errors and the successes of each cue of one damage, for `table_of`.

    Parameters
    ----------
    net : Network
    cues : ndarray (cue, visible)
        The damaged cues.
    out : xarray.Dataset
        Their recalls.
    originals : Originals

    Returns
    -------
    dict of str to ndarray (cue,)

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network, patterns, recall
    >>> net, states = Network.gaussian(100, 4, seed=0), patterns.all_hidden_states(4)
    >>> cues = patterns.visible_cues(net, states)
    >>> originals = Originals(cues, states, np.ones(16, bool), cues, np.arange(16))
    >>> float(compared(net, cues, recall(net, cues), originals)["bits_right"].min())
    1.0
    """
    states, intact = out.hidden_active.values, originals.intact
    first = net.hidden_activation(theory.drive(net, cues) - net.threshold)
    active = states if isinstance(net.hidden_activation, Heaviside) else _smooth_states(net, out)
    equal = states == originals.codes
    row = {
        "cue_error": ((cues - intact) ** 2).sum(axis=1),
        "first_pass_error": ((theory.visible_state(net, first) - intact) ** 2).sum(axis=1),
        "recall_error": ((out.visible.values - intact) ** 2).sum(axis=1),
        "bits_right": equal.mean(axis=1),
        "same_attractor": _settled(out) & originals.settled & equal.all(axis=1),
        "settled": _settled(out),
    }
    decoder, codes = theory.visible_state(net, np.eye(net.n_hidden)).T.astype(np.float32), active.astype(np.float32)
    stored = originals.stored.astype(np.float32, copy=False)
    found = nearest(codes, stored @ decoder, np.square(stored).sum(axis=1))
    row["nearest_image"] = (stored[found] == stored[originals.own]).all(axis=1)  # a copy of the image is the image
    if originals.memories is not None:
        memories = originals.memories.astype(np.float32)
        projections = memories @ (decoder.T @ decoder)
        found = nearest(codes, projections, (projections * memories).sum(axis=1))
        row["nearest_memory"] = found == originals.own_memory
    return row


def _smooth_states(net: Network, out: xarray.Dataset) -> np.ndarray:
    return net.hidden_activation(out.hidden.values - net.threshold)


def _settled(out: xarray.Dataset) -> np.ndarray:
    return out.outcome.values == Outcome.SETTLED
