"""Findings about recalled images in rows of numbers."""

from __future__ import annotations

import numpy as np
import xarray

from neurosim.measure.statistics import Interval, format_estimate
from neurosim.report.findings import Row


def recall_rows(found: xarray.Dataset) -> list[Row]:
    """Return squared error, distinct attractors and settled cues of recalled images.

    Parameters
    ----------
    found : xarray.Dataset
        Result of `neurosim.measure.learned.recalls.recall_images`.

    Returns
    -------
    list of Row

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.recalls import recall_images
    >>> for row in recall_rows(recall_images(Network.gaussian(64, 10, seed=0), load_data("digits"), n_cues=20)):
    ...     print(row[0])
    stored images: squared error per image
    stored images: distinct attractors
    stored images: settled
    """
    cues, count = str(found.attrs["cues"]), f"{found.attrs['n_trials']:,}"
    variance = f"variance {float(found.variance):.4g}; {count} cues"
    return [
        (f"{cues}: squared error per image", f"{float(found.squared_error):.4g}", variance),
        (f"{cues}: distinct attractors", f"{int(found.n_distinct):,}", f"of {count}"),
        (f"{cues}: settled", format_estimate(found, "share_settled"), "share of cues"),
    ]


def _rms_and_largest(values: np.ndarray) -> tuple[str, str]:
    if not values.size:
        return "–", "one basic memory"
    return f"{np.sqrt(np.mean(values**2)):.3g}", f"largest {np.abs(values).max():.3g} in size"


def basic_memory_rows(synapses: xarray.Dataset, stored: xarray.Dataset, unseen: xarray.Dataset) -> list[Row]:
    """Return the correlation of basic memories, recalls of stored and unseen images, and the novelty of the latter.

    Parameters
    ----------
    synapses : xarray.Dataset
        Result of `neurosim.measure.learned.recalls.synapses`.
    stored : xarray.Dataset
        Result of `neurosim.measure.learned.recalls.recall_images`.
    unseen : xarray.Dataset
        Result of `neurosim.measure.learned.recalls.recall_unseen_images`.

    Returns
    -------
    list of Row

    Examples
    --------
    >>> from neurosim import Network, patterns
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned import recalls
    >>> net, digits = Network.gaussian(64, 10, seed=0), load_data("digits")
    >>> stored = recalls.recall_images(net, digits, n_cues=20)
    >>> unseen = recalls.recall_unseen_images(net, digits, patterns.all_hidden_states(10), n_cues=20)
    >>> basic_memory_rows(recalls.synapses(net, digits), stored, unseen)[0][0]
    'correlation of two basic memories, rms'
    """
    correlation = np.atleast_2d(np.corrcoef(synapses.weights.values, rowvar=False))
    off = correlation[~np.eye(len(correlation), dtype=bool)]
    nearest = f"{float(unseen.nearest_error):.4g}"
    return [
        ("correlation of two basic memories, rms", *_rms_and_largest(off)),
        *recall_rows(stored),
        *recall_rows(unseen),
        ("unseen images at a memory of no stored image", format_estimate(unseen, "share_new"), ""),
        ("squared error of the nearest stored memory", nearest, "unseen images"),
    ]


def damage_rows(table: xarray.Dataset) -> list[Row]:
    """Return the squared errors of each damage, then its shares of the cues, with intervals over images.

    Parameters
    ----------
    table : xarray.Dataset
        Result of `neurosim.measure.learned.damage.damage_table`.

    Returns
    -------
    list of Row

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.damage import Noise
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.damage import damage_table
    >>> table = damage_table(Network.gaussian(64, 10, seed=0), load_data("digits"), [Noise(0.1)], n_cues=20)
    >>> for row in damage_rows(table):
    ...     print(row[0])
    noise:std=0.1: squared error
    noise:std=0.1: same attractor
    """
    errors, shares = [], []
    for name in table.damage.values:
        here = table.sel(damage=name)
        note = f"first pass {_short(here, 'first_pass_error')}; cue {_short(here, 'cue_error')}"
        errors.append((f"{name}: squared error", _short(here, "recall_error"), note))
        memory = f"; nearest memory right {_short(here, 'nearest_memory')}" if "nearest_memory" in table else ""
        note = f"nearest image right {_short(here, 'nearest_image')}{memory}; settled {_short(here, 'settled')}"
        shares.append((f"{name}: same attractor", _short(here, "same_attractor"), note))
    return errors + shares


def reference_rows(references: xarray.Dataset) -> list[Row]:
    """Return the squared error of each reference method by damage.

    Parameters
    ----------
    references : xarray.Dataset
        Result of `neurosim.measure.learned.references.reference_table`.

    Returns
    -------
    list of Row

    See Also
    --------
    damage_rows : The same for a network.

    Examples
    --------
    >>> from neurosim.damage import Noise
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.references import reference_table
    >>> digits = load_data("digits").select(slice(100))
    >>> reference_rows(reference_table(digits, 8, [Noise(0.1)], n_cues=20, n_updates=10))[0][0]
    'noise:std=0.1: linear'
    """
    rows = []
    for damage in references.damage.values:
        for name in references.reference.values:
            here = references.sel(damage=damage, reference=name)
            beta = f"; β = {float(here.beta):g}" if name == "softmax memory" else ""
            note = f"nearest image right {_short(here, 'nearest_image')}; {int(here.n_numbers):,} numbers stored{beta}"
            rows.append((f"{damage}: {name}", _short(here, "recall_error"), note))
    return rows


def robustness_rows(table: xarray.Dataset) -> list[Row]:
    """Return the shares of states and of bits that are kept, by model and disturbance.

    Parameters
    ----------
    table : xarray.Dataset
        Result of `neurosim.measure.learned.robustness.robustness_table`.

    Returns
    -------
    list of Row

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.robustness import robustness_table
    >>> net, digits = Network.gaussian(64, 6, seed=0), load_data("digits").select(slice(100))
    >>> rows = robustness_rows(robustness_table(net, digits, noise=[1], jitter=[], models=["rate"], n_states=10))
    >>> rows[1][0]
    'rate: membrane noise 1 mV'
    """
    return [
        (f"{model}: {name}", _short(here, "states_kept"), f"of the states; bits {_short(here, 'bits_kept')}")
        for model in table.model.values
        for name in table.disturbance.values
        for here in [table.sel(model=model, disturbance=name)]
    ]


def _short(here: xarray.Dataset, name: str) -> str:
    """Return an estimate with its interval, without the counts of a share."""
    return format_estimate(Interval(*(here[f"{name}{end}"].values for end in ("", "_lower", "_upper"))), digits=3)
