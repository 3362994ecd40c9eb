"""Physical units of potentials, which are dimensionless in the model."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim.cells.hidden import SpikingCell
from neurosim.validation import one_time, real_array, takes, whole

REST = -65.0  # mV, at h = 0 or v = 0
SCALE = 20.0  # mV for a unit of h or v


def millivolts(potential: Any) -> np.ndarray:
    """Return a potential in mV: `REST` + `SCALE`·h.

    Parameters
    ----------
    potential : float or array_like
        h, v or a threshold, dimensionless.

    Returns
    -------
    ndarray
        mV, of the shape of `potential`.

    Examples
    --------
    >>> millivolts([0, 0.5])
    array([-65., -55.])
    """
    return REST + SCALE * real_array(potential, "potential", finite=False)


@takes(cells=SpikingCell)
def jump_millivolts(weight: Any, cells: SpikingCell, tau_v: float, n_hidden: int) -> np.ndarray:
    """Return the change of a visible neuron's potential by one hidden spike through a synapse, in mV.

    Parameters
    ----------
    weight : float or ndarray
        ξ, dimensionless.
    cells : SpikingCell
        The cells of the hidden neuron.
    tau_v : float
        Seconds.
    n_hidden : int
        N_h.

    Returns
    -------
    float or ndarray
        mV, of the shape of `weight`.

    Examples
    --------
    >>> from neurosim.cells import Regular
    >>> float(jump_millivolts(1.0, Regular(t_ref=2e-3), tau_v=20e-3, n_hidden=4))
    1.0
    """
    weight, n_hidden, tau_v = real_array(weight, "weight"), whole(n_hidden, "n_hidden"), one_time(tau_v, "tau_v")
    return SCALE * cells.amplitude(tau_v) * weight / np.sqrt(n_hidden)
