"""Accessor ``dataset.neurosim`` of xarray, registered by ``import neurosim.plots``: pictures and tables of a result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray

from neurosim import InvalidInput
from neurosim.plots import recalls, spiking

if TYPE_CHECKING:
    import pandas

_INSIDE = {"hidden_neuron", "visible_neuron", "time", "network"}  # dimensions that a table has no rows for


@xarray.register_dataset_accessor("neurosim")
class Accessor:
    """Pictures and tables of a result of neurosim, as ``dataset.neurosim``.

    Parameters
    ----------
    dataset : xarray.Dataset

    Examples
    --------
    >>> import neurosim.plots
    >>> from neurosim import Network, patterns, recall
    >>> net = Network.gaussian(200, 4, seed=0)
    >>> cues = patterns.visible_cues(net, patterns.all_hidden_states(4), noise_std=0.1, seed=0)
    >>> out = recall(net, cues)
    >>> list(out.neurosim.table())
    ['outcome', 'settle_time', 'n_crossings', 'margin', 'marginal', 'end_time']
    >>> out.neurosim.pictures(cues, (10, 20)).shape
    (3, 8)
    """

    def __init__(self, dataset: xarray.Dataset) -> None:
        self._dataset = dataset

    def pictures(self, cues: Any = None, image_shape: Sequence[int] | None = None, *, n_shown: int = 8) -> np.ndarray:
        """Draw cues, hidden states and recalls.

        Parameters
        ----------
        cues : array_like (cue, visible), optional
            Cues of `neurosim.recall`. Results of `neurosim.measure.learned.recalls` hold theirs.
        image_shape : tuple of int, optional
            Shape of an image; with `cues`.
        n_shown : int, default 8
            Number of recalls; at most all of them.

        Returns
        -------
        ndarray of Axes, (row, cue)

        Raises
        ------
        InvalidInput
            The Dataset has no recalled images, or holds no cues and none are given.
        """
        found = self._dataset
        if "visible" not in found:
            raise InvalidInput(f"pictures need the variable visible, got {list(found)}; recall with read_out=True")
        if "cue_visible" in found:
            return recalls.images(found, n_shown=n_shown)
        if cues is None or image_shape is None:
            raise InvalidInput("this result holds no cues; give those of the recall, and image_shape, to pictures")
        some, states = slice(n_shown), found.hidden_active.values[:n_shown]
        return recalls.draw(np.asarray(cues)[some], found.visible.values[some], image_shape, hidden_active=states)

    def raster(self, image_shape: Sequence[int], **options: Any) -> np.ndarray:
        """Draw the spikes of one recall: `neurosim.plots.spiking.raster`, with its parameters."""
        return spiking.raster(self._dataset, image_shape, **options)

    def table(self) -> pandas.DataFrame:
        """Return the variables without a neuron, time or network dimension: a row per cue, or per point of a sweep.

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        InvalidInput
            There is no such variable.
        """
        found = self._dataset
        names = [name for name, array in found.data_vars.items() if array.dims and not _INSIDE & set(array.dims)]
        if not names:
            raise InvalidInput(f"a table needs variables over cues or points, got the dimensions {dict(found.sizes)}")
        return found[names].to_dataframe()
