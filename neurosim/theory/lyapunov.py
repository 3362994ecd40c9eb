"""The energy of networks with symmetric weights."""

from __future__ import annotations

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.theory.coupling import drive
from neurosim.validation import real_array, takes


@takes(net=Network)
def energy(net: Network, visible: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Return the energy, which never rises along a trajectory with symmetric weights, for any time constants.

    E = (N_h/N_v)(v·g − L_v(v)) − (√N_h/N_v) sᵀξᵀg + h·s − L_h(h),  s = ∂L_h/∂h,  g = ∂L_v/∂v.

    Then dE/dt = −(N_h/N_v) τ_v v̇ᵀ(∂g/∂v)v̇ − ḣᵀ τ_h (∂s/∂h) ḣ ≤ 0, since both L are convex (that of `Power` for odd
    exponents alone: with even ones E may rise). With g(v) = v and Heaviside units, E is
    (N_h/2N_v)‖v‖² − (√N_h/N_v) sᵀξᵀv + θ·s. This is the energy of [1]_ in the units of eqs. (1a, 1b).

    Parameters
    ----------
    net : Network
        With symmetric weights.
    visible : array_like, shape (…, visible)
        v.
    hidden : array_like, shape (…, hidden)
        h (not s).

    Returns
    -------
    ndarray, shape (…,)
        Dimensionless.

    Raises
    ------
    InvalidInput
        The weights are not symmetric, so that no such energy exists.

    References
    ----------
    .. [1] D. Krotov and J. J. Hopfield, "Large associative memory problem in neurobiology and machine learning",
       ICLR 2021.

    Examples
    --------
    >>> import numpy as np, neurosim
    >>> net = neurosim.Network([[1.0], [1.0]])
    >>> float(neurosim.theory.energy(net, np.ones(2), np.ones(1)))  # ½ − 1 + θ
    0.0
    """
    if not net.is_symmetric:
        raise InvalidInput("energy needs symmetric weights; with separate feedback no energy function exists")
    visible = real_array(visible, "visible", {"…": None, "visible": net.n_visible}, empty=True, finite=False)
    hidden = real_array(hidden, "hidden", {"…": None, "hidden": net.n_hidden}, empty=True, finite=False)
    if min(visible.ndim, hidden.ndim) > 1 and visible.shape[:-1] != hidden.shape[:-1]:
        raise InvalidInput(f"visible and hidden must be as many states, got {visible.shape} and {hidden.shape}")
    z = hidden - net.threshold
    s, g = net.hidden_activation(z), net.visible_activation(visible)
    own = (net.n_hidden / net.n_visible) * ((visible * g).sum(axis=-1) - net.visible_activation.lagrangian(visible))
    coupled = (s * drive(net, visible)).sum(axis=-1)
    units = (hidden * s).sum(axis=-1) - net.hidden_activation.lagrangian(z)
    return own - coupled + units
