"""The effective coupling J of the hidden layer, its drive u, and the steady visible state."""

from __future__ import annotations

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.validation import real_array, takes


@takes(net=Network)
def effective_coupling(net: Network) -> np.ndarray:
    """Return the effective coupling J = ξᵀξ/N_v (eq. 6); with separate feedback B, J = Bξ/N_v.

    J_μν is the effect of hidden neuron ν on μ once the visible layer is eliminated.

    Parameters
    ----------
    net : Network

    Returns
    -------
    ndarray, shape (hidden, hidden)

    Raises
    ------
    InvalidInput
        The visible neurons are not linear, so that the layer cannot be eliminated.

    See Also
    --------
    spectrum : The eigenvalues of J.

    Examples
    --------
    >>> import neurosim
    >>> neurosim.theory.effective_coupling(neurosim.Network([[1.0, 0.0], [1.0, 2.0]]))
    array([[1., 1.],
           [1., 2.]])
    """
    if not net.is_linear:
        raise InvalidInput(
            f"the coupling J exists for a linear visible layer, visible_activation=Identity(), "
            f"got {net.visible_activation!r}; simulate both layers instead"
        )
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):  # an overflow becomes Outcome.NON_FINITE
        return np.asarray(net.feedback_weights @ net.weights, dtype=float) / net.n_visible


@takes(net=Network)
def signed_couplings(net: Network) -> np.ndarray:
    """Return the couplings of a hidden layer whose neurons excite by ξ⁺ and inhibit by ξ⁻ (Dale's law), ξ = ξ⁺ − ξ⁻.

    Parameters
    ----------
    net : Network

    Returns
    -------
    ndarray, shape (4, hidden, hidden)
        Bξ⁺, Bξ⁻, |B|ξ⁺ and |B|ξ⁻ over N_v, B = ξᵀ unless the feedback is separate. With outputs s of the excitatory
        and s_i of the inhibitory cells, the drive u tends to Bξ⁺s − Bξ⁻s_i, and the drive u_c through the absolute
        weights, which moves excitation and inhibition together, to |B|ξ⁺s − |B|ξ⁻s_i, each over N_v.

    See Also
    --------
    effective_coupling : The difference of the first two.
    common_drive : The drive through the absolute weights by the visible layer.

    Examples
    --------
    >>> import neurosim
    >>> net = neurosim.Network([[1.0, -1.0], [1.0, 2.0]])
    >>> excites, inhibits, *_ = neurosim.theory.signed_couplings(net)
    >>> bool((excites - inhibits == neurosim.theory.effective_coupling(net)).all()), inhibits.tolist()
    (True, [[0.0, 0.5], [0.0, -0.5]])
    """
    effective_coupling(net)  # refuses what has no coupling
    back, parts = net.feedback_weights, (np.maximum(net.weights, 0.0), np.maximum(-net.weights, 0.0))
    return np.stack([one @ part for one in (back, np.abs(back)) for part in parts]) / net.n_visible


@takes(net=Network)
def common_drive(net: Network, visible: np.ndarray) -> np.ndarray:
    """Return u_c = (√N_h/N_v) |ξᵀ| v, the drive through the absolute weights.

    Parameters
    ----------
    net : Network
    visible : ndarray, shape (…, visible)
        v.

    Returns
    -------
    ndarray, shape (…, hidden)

    Examples
    --------
    >>> import numpy as np, neurosim
    >>> net = neurosim.Network([[-1.0], [1.0]])
    >>> neurosim.theory.common_drive(net, np.array([1.0, 3.0]))
    array([2.])
    """
    v = real_array(visible, "visible", {"…": None, "visible": net.n_visible}, empty=True, finite=False)
    return np.sqrt(net.n_hidden) / net.n_visible * (v @ np.abs(net.feedback_weights).T)


@takes(net=Network)
def drive(net: Network, visible: np.ndarray) -> np.ndarray:
    """Return u = (√N_h/N_v) ξᵀg(v), the input to the hidden layer (eq. 1b, g(v) = v; eq. 32b).

    Parameters
    ----------
    net : Network
    visible : ndarray, shape (…, visible)
        v.

    Returns
    -------
    ndarray, shape (…, hidden)

    Examples
    --------
    >>> import numpy as np, neurosim
    >>> net = neurosim.Network([[1.0], [1.0]])
    >>> neurosim.theory.drive(net, np.array([1.0, 3.0]))
    array([2.])
    """
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        output = net.visible_activation(
            real_array(visible, "visible", {"…": None, "visible": net.n_visible}, empty=True, finite=False)
        )
        return np.sqrt(net.n_hidden) / net.n_visible * (output @ net.feedback_weights.T)


@takes(net=Network)
def visible_state(net: Network, hidden_active: np.ndarray) -> np.ndarray:
    """Return the steady visible state v = ξs/√N_h (eq. 16).

    Parameters
    ----------
    net : Network
    hidden_active : ndarray, shape (…, hidden)
        s, bool or float.

    Returns
    -------
    ndarray, shape (…, visible)

    See Also
    --------
    neurosim.patterns.visible_cues : The same state with noise.

    Examples
    --------
    >>> import numpy as np, neurosim
    >>> neurosim.theory.visible_state(neurosim.Network([[1.0], [2.0]]), np.array([True]))
    array([1., 2.])
    """
    axes = {"…": None, "hidden": net.n_hidden}
    return real_array(hidden_active, "hidden_active", axes, empty=True) @ net.weights.T / np.sqrt(net.n_hidden)
