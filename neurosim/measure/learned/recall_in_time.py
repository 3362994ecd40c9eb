"""Recall in time for learned networks: what is right at time t, and what the dynamics add to the first-pass code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray

from neurosim import Network, Outcome, recall, theory
from neurosim.damage import Damage
from neurosim.errors import InvalidInput
from neurosim.learning.data import Images
from neurosim.measure.recall.energy import energy_along
from neurosim.measure.statistics import NOT_NEGATIVE, Measurement, share_variables, summarise
from neurosim.validation import instance, real_numbers, takes

SPAN, SAMPLES = 4.0, 160  # of the traces: their length in units of τ_v, and the samples
OVER_IMAGES = "stored images of one network (bits: free of assumptions; errors and energies: Student t; shares: Wilson)"
BITS = {"bits": Measurement("share of the hidden neurons as at the end for the intact image", bounds=(0.0, 1.0))}
ERROR = {"squared_error": Measurement("squared error of the visible state to the intact image", bounds=NOT_NEGATIVE)}
ENERGY = {"energy": Measurement("energy above that at the end")}
STAGES = {
    "cue": Measurement("squared error of the cue to the intact image", bounds=NOT_NEGATIVE),
    "first_pass": Measurement("squared error of the first-pass code to the intact image", bounds=NOT_NEGATIVE),
    "settled": Measurement("squared error of the settled state to the intact image", bounds=NOT_NEGATIVE),
}


@takes(net=Network, images=Images, damages=Mapping)
def recall_in_time(
    net: Network, images: Images, damages: Mapping[str, Damage], *, n_cues: int = 100, seed: int = 0
) -> xarray.Dataset:
    """Follow recalls of damaged images in time, with the exact engine and h(0) = 0.

    Parameters
    ----------
    net : Network
    images : Images
        The images that it stores; a random sample of them, classes in turn, is damaged.
    damages : mapping of str to Damage
        By name.
    n_cues : int, default 100
    seed : int, default 0
        Seed of the sample and of the damage.

    Returns
    -------
    xarray.Dataset over damage and time
        bits: share of the hidden neurons that are as in the attractor of the intact image. squared_error: of the
        visible state to the intact image, summed over pixels. energy above that at the end, if the weights are
        symmetric. Over damage: the errors of the cue, of the first-pass code Θ(u(0) − θ) and of the settled state; and
        bits of the first-pass code, first_pass_bits. All with limits over images; time in seconds.

    See Also
    --------
    recall_against_ratio : The settled state against τ_v/τ_h.
    neurosim.measure.recall.energy.energy_along : The energy of each recall.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.damage import Noise
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.recall_in_time import recall_in_time
    >>> net = Network.gaussian(64, 10, seed=0)
    >>> found = recall_in_time(net, load_data("digits"), {"intact": Noise(0), "noise": Noise(0.3)}, n_cues=10)
    >>> float(found.bits.sel(damage="intact")[-1]), bool((found.energy[:, 0] > found.energy[:, -1]).all())
    (1.0, True)
    """
    _check_damages(damages)
    chosen = images.balanced_sample(n_cues, seed)
    intact = images.pixels[chosen].astype(float)
    codes = recall(net, intact, read_out=False).hidden_active.values
    found = [_one(net, intact, codes, images.damaged(damage, chosen, seed=seed)) for damage in damages.values()]
    values = {name: xarray.concat([one[name] for one in found], "damage") for name in found[0]}
    several = {**BITS, **ERROR, **STAGES, "first_pass_bits": BITS["bits"]} | (ENERGY if "energy" in values else {})
    variables = summarise(values, several, over="image")
    for name in several:
        del variables[f"{name}_by_image"]
    time = found[0]["bits"].time
    return _described(variables, {"time": time}, damages, net, images, len(chosen), seed)


def _one(net: Network, intact: np.ndarray, codes: np.ndarray, cues: np.ndarray) -> dict[str, xarray.DataArray]:
    """Return every measured quantity of each recall, over image and, of the traces, time."""
    tau_v = float(net.tau_v.max())
    options: dict[str, Any] = {"duration": SPAN * tau_v, "record_dt": SPAN * tau_v / SAMPLES}
    out = recall(net, cues, record=["hidden", "visible"], **options)
    active = out.hidden_trace.values > net.threshold
    first = theory.drive(net, cues) > net.threshold
    ends = {"cue": cues, "first_pass": theory.visible_state(net, first), "settled": recall(net, cues).visible.values}
    quantities = {
        "bits": (active == codes[:, None]).mean(axis=2),
        "squared_error": ((out.visible_trace.values - intact[:, None]) ** 2).sum(axis=2),
        "first_pass_bits": (first == codes).mean(axis=1),
        **{name: ((state - intact) ** 2).sum(axis=1) for name, state in ends.items()},
    }
    if net.is_symmetric:
        energy = energy_along(net, out).energy.values
        quantities["energy"] = energy - energy[:, -1:]
    dims, coords = ("image", "time"), {"time": out.time}
    return {
        name: xarray.DataArray(array, dims=dims[: array.ndim], coords=coords if array.ndim > 1 else None)
        for name, array in quantities.items()
    }


@takes(net=Network, images=Images, damages=Mapping)
def recall_against_ratio(
    net: Network,
    images: Images,
    damages: Mapping[str, Damage],
    ratios: Sequence[float],
    *,
    n_cues: int = 500,
    seed: int = 0,
) -> xarray.Dataset:
    """Recall damaged images at several τ_v/τ_h, with the exact engine, h(0) = 0 and the network's τ_h.

    Parameters
    ----------
    net, images, damages, seed
        As in `recall_in_time`.
    ratios : sequence of float > 0
        τ_v over the mean τ_h.
    n_cues : int, default 500

    Returns
    -------
    xarray.Dataset over damage and ratio
        same_memory: share of the cues that end at the attractor of the intact image, which is that at the network's own
        τ_v/τ_h. squared_error of the recall to the intact image. Limits over images.

    Raises
    ------
    InvalidInput
        A ratio is not > 0.

    See Also
    --------
    neurosim.measure.timescales.recall_vs_ratio : Recall of memories from their own visible states.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.damage import Noise
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.recall_in_time import recall_against_ratio
    >>> net, digits = Network.gaussian(64, 10, seed=0), load_data("digits")
    >>> recall_against_ratio(net, digits, {"intact": Noise(0)}, [1, 20], n_cues=20).same_memory.values[0, 1]
    np.float64(1.0)
    """
    _check_damages(damages)
    ratios = real_numbers(ratios, "ratios", above=0)
    chosen = images.balanced_sample(n_cues, seed)
    intact = images.pixels[chosen].astype(float)
    target = recall(net, intact, read_out=False)
    tau_h = float(net.tau_h.mean())
    hits, errors = [], []
    for damage in damages.values():
        cues = images.damaged(damage, chosen, seed=seed)
        for ratio in ratios:
            out = recall(net.replace(tau_v=ratio * tau_h), cues)
            settled = (out.outcome.values == Outcome.SETTLED) & (target.outcome.values == Outcome.SETTLED)
            hits.append(settled & (out.hidden_active.values == target.hidden_active.values).all(axis=1))
            errors.append(((out.visible.values - intact) ** 2).sum(axis=1))
    shape, dims = (len(damages), len(ratios), len(chosen)), ("damage", "ratio")
    what = "share recalled at the attractor of the intact image"
    variables = share_variables("same_memory", dims, np.reshape(hits, shape).sum(axis=2), shape[2], what)
    values = {"squared_error": xarray.DataArray(np.reshape(errors, shape), dims=(*dims, "image"))}
    variables |= summarise(values, ERROR, over="image")
    del variables["squared_error_by_image"]
    at = ("ratio", [float(ratio) for ratio in ratios], {"long_name": "ratio of time constants τ_v/τ_h", "units": "1"})
    return _described(variables, {"ratio": at}, damages, net, images, shape[2], seed)


def _check_damages(damages: Mapping[str, Damage]) -> None:
    for name, damage in damages.items():
        instance(damage, f"the damage {name}", Damage)
    if not damages:
        raise InvalidInput(
            'damages must map labels to at least one damage, got none; for instance {"noise": Noise(0.3)}'
        )


def _described(
    variables: dict[str, Any],
    coords: dict[str, Any],
    damages: Mapping[str, Damage],
    net: Network,
    images: Images,
    n_cues: int,
    seed: int,
) -> xarray.Dataset:
    names = ("damage", list(damages), {"long_name": "damage to the image"})
    recipe = net.provenance.get("recipe", "given")
    attrs = {
        "method": "exact recall",
        "subject": f"{recipe} network, N_h = {net.n_hidden}, {images!r}",
        "damages": [str(damage) for damage in damages.values()],
        "ratio": float(net.tau_v.mean() / net.tau_h.mean()),
        "n_networks": 1,
        "n_trials": n_cues,
        "seed": seed,
        "confidence": 0.95,
        "intervals_over": OVER_IMAGES,
    }
    return xarray.Dataset(variables, {"damage": names, **coords}, attrs)
