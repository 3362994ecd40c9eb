"""Findings about one trained network in words and rows of numbers."""

from __future__ import annotations

from collections.abc import Mapping

import xarray

from neurosim.measure.statistics import format_estimate
from neurosim.report.findings import Row
from neurosim.report.image_findings import damage_rows


def training_findings(data: Mapping[str, xarray.Dataset]) -> tuple[list[str], list[Row]]:
    """State distinct memories, errors and recall from damaged cues of a trained network.

    Parameters
    ----------
    data : mapping of str to xarray.Dataset
        Result of `neurosim.measure.learned.overview.evaluate_trained`.

    Returns
    -------
    sentences : list of str
    rows : list of Row

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.overview import evaluate_trained
    >>> from neurosim.measure.learned.trained import TrainedNetwork
    >>> trained = TrainedNetwork(Network.gaussian(64, 10, seed=0), load_data("digits").select(slice(50)))
    >>> sentences, rows = training_findings(evaluate_trained(trained, n_cues=10))
    >>> rows[0][0]
    'distinct stable memories'
    """
    memories = data["memories"]
    certified = "every" if bool(memories.certified) else "not every"
    text = [
        f"Recalls of {memories.attrs['n_trials']:,} stored images end at {int(memories.n_unique):,} stable memories.",
        f"{memories.attrs['subject']}; exact engine, h(0) = 0, τ_v = {memories.attrs['ratio']:g} τ_h; {certified} "
        f"one of the 2^{memories.attrs['n_hidden']} hidden states is certified as a fixed point.",
        f"{data['damage'].attrs['n_trials']:,} stored images as damaged cues. Errors are distances from the intact "
        "image; a damaged cue often ends at a memory near that of the intact image.",
    ]
    settled = f"recalls that settle: {format_estimate(memories, 'share_settled')}"
    rows: list[Row] = [
        ("distinct stable memories", f"{int(memories.n_unique):,}", f"of {memories.attrs['n_trials']:,}; {settled}"),
        ("squared error, stored images", format_estimate(memories, "mean_squared_error"), "summed over pixels"),
    ]
    if "unseen" in data:
        unseen = data["unseen"]
        new = f"at a memory of no stored image: {format_estimate(unseen, 'share_new')}"
        rows.append(("squared error, unseen images", f"{float(unseen.squared_error):.4g}", new))
    return text, rows + damage_rows(data["damage"])
