"""The energy that symmetric weights give the dynamics."""

from __future__ import annotations

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.theory.coupling import drive


def energy(net: Network, visible: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Return the energy, which never rises along a trajectory with symmetric weights, whatever the τ's.

    E = (N_h/2N_v)‖v‖² − (√N_h/N_v) sᵀξᵀv + Σ_μ (h_μ s_μ − L(h_μ)),  dL/dh = s;
    for Heaviside units the last sum is θ·s. Then dE/dt = −(N_h/N_v) τ_v‖dv/dt‖² − Σ τ_h (dh/dt)² ds/dh ≤ 0.

    Parameters
    ----------
    net : Network
        With symmetric weights.
    visible : ndarray (…, visible)
    hidden : ndarray (…, hidden)
        h (not s).

    Returns
    -------
    ndarray (…,), dimensionless

    Raises
    ------
    InvalidInput
        The weights are not symmetric: then no such energy exists.
    """
    if not net.is_symmetric:
        raise InvalidInput("energy needs symmetric weights; with separate feedback the dynamics has none")
    visible, hidden = np.asarray(visible, float), np.asarray(hidden, float)
    z = hidden - net.threshold
    s = net.hidden_activation(z)
    own = (net.n_hidden / (2 * net.n_visible)) * (visible**2).sum(axis=-1)
    coupled = (s * drive(net, visible)).sum(axis=-1)
    units = (hidden * s - net.hidden_activation.lagrangian(z)).sum(axis=-1)
    return own - coupled + units
