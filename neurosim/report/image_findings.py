"""Findings about recalled images in rows of numbers."""

from __future__ import annotations

import numpy as np
import xarray

from neurosim.measure.statistics import format_estimate
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
    correlation = np.corrcoef(synapses.weights.values, rowvar=False)
    off = correlation[~np.eye(len(correlation), dtype=bool)]
    nearest = f"{float(unseen.nearest_error):.4g}"
    return [
        ("correlation of two basic memories, rms", f"{np.sqrt(np.mean(off**2)):.3g}", f"largest {off.max():.3g}"),
        *recall_rows(stored),
        *recall_rows(unseen),
        ("unseen images at a memory of no stored image", format_estimate(unseen, "share_new"), ""),
        ("squared error of the nearest stored memory", nearest, "unseen images"),
    ]
