"""What the visible layer does to the hidden one: the coupling J, the drive u, the steady visible state."""

from __future__ import annotations

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.network import Network


def effective_coupling(net: Network) -> np.ndarray:
    """Return J = ξᵀξ/N_v, (hidden, hidden) (eq. 6); with separate feedback B, J = Bξ/N_v.

    J_μν is the effect of hidden neuron ν on μ once the visible layer is eliminated.

    Raises
    ------
    InvalidInput
        The visible neurons are not linear, so that it cannot be eliminated.
    """
    if not net.is_linear:
        raise InvalidInput(
            f"the coupling J stands for a linear visible layer, visible_activation=Identity(), "
            f"got {net.visible_activation!r}; simulate both layers instead"
        )
    with np.errstate(over="ignore", invalid="ignore"):  # an overflow ends as Outcome.NON_FINITE
        return np.asarray(net.feedback_weights @ net.weights, dtype=float) / net.n_visible


def drive(net: Network, visible: np.ndarray) -> np.ndarray:
    """Return u = (√N_h/N_v) ξᵀg(v), the input to the hidden layer (eq. 1b, g(v) = v; eq. 32b).

    Parameters
    ----------
    net : Network
    visible : ndarray (…, visible)

    Returns
    -------
    ndarray (…, hidden)
    """
    with np.errstate(over="ignore", invalid="ignore"):
        seen = net.visible_activation(np.asarray(visible))
        return np.sqrt(net.n_hidden) / net.n_visible * (seen @ net.feedback_weights.T)


def visible_state(net: Network, hidden_active: np.ndarray) -> np.ndarray:
    """Return the steady visible state v = ξs/√N_h (eq. 16).

    Parameters
    ----------
    net : Network
    hidden_active : ndarray (…, hidden)
        s, bool or float.

    Returns
    -------
    ndarray (…, visible)
    """
    return np.asarray(hidden_active, dtype=float) @ net.weights.T / np.sqrt(net.n_hidden)
