"""Chosen hidden codes for chosen patterns: least squares in both directions, without training.

With the patterns v_m as columns of V and their codes s_m as columns of S, D = V S⁺ gives the visible state Ds of a code
and E = S V⁺ the drive Ev of a pattern. Then J = ED = S V⁺V S⁺, which for independent patterns is S S⁺, the projector
onto the span of the codes: every code is a fixed point. Up to N_h patterns, Ds_m is v_m itself and J corrects errors.
Beyond, J is the identity: all 2^N_h hidden states are fixed points, nothing is corrected by the dynamics, and Ds_m is
only the best approximation to v_m.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim.network import Network
from neurosim.validation import binary_array, real, real_array


def prescribe(patterns: Any, codes: Any, *, threshold: float = 0.4, tau_v: Any = 20e-3, tau_h: Any = 1e-3) -> Network:
    """Return the network that stores patterns at chosen hidden codes, by least squares in both directions.

    Parameters
    ----------
    patterns : array_like (pattern, visible)
        v_m, real numbers.
    codes : array_like (pattern, hidden)
        s_m, bool or 0 and 1.
    threshold : float > 0, default 0.4
        θ of all hidden neurons. An undamaged pattern drives an active neuron to 1 and h to `theory.rise_peak` of it,
        .854 at τ_v = 20 τ_h, a silent one to 0; a threshold half way between is 0.43.
    tau_v, tau_h : time, default 20 ms and 1 ms

    Returns
    -------
    Network
        ξ = √N_h V S⁺, and feedback (N_v/√N_h) S V⁺ for the drive of eq. (1b).

    Raises
    ------
    InvalidInput
        The patterns or codes have another shape or other values, or the threshold is not > 0.

    See Also
    --------
    neurosim.learning.train : Codes and synapses learned by gradient descent.

    Notes
    -----
    The rule is the projection rule of one-layer memories [1]_ in both directions; see `neurosim.models.PseudoInverse`.

    References
    ----------
    .. [1] L. Personnaz, I. Guyon and G. Dreyfus, J. Physique Lett. 46:359, 1985.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import patterns, recall
    >>> from neurosim.learning.prescribed import prescribe
    >>> stored = np.random.default_rng(0).choice([-1.0, 1.0], (10, 500))
    >>> codes = patterns.random_hidden_states(20, 10, seed=0)
    >>> out = recall(prescribe(stored, codes), stored)
    >>> bool((out.hidden_active.values == codes).all()), bool(np.allclose(out.visible, stored, atol=1e-3))
    (True, True)
    """
    patterns = real_array(patterns, "patterns", {"pattern": None, "visible": None})
    codes = binary_array(codes, "codes", {"pattern": len(patterns), "hidden": None}).astype(float)
    threshold = real(threshold, "threshold", above=0)
    n_visible, n_hidden = patterns.shape[1], codes.shape[1]
    decoder = (np.linalg.pinv(codes) @ patterns).T
    encoder = (np.linalg.pinv(patterns) @ codes).T
    return Network(
        weights=np.sqrt(n_hidden) * decoder,
        feedback=n_visible / np.sqrt(n_hidden) * encoder,
        threshold=threshold,
        tau_v=tau_v,
        tau_h=tau_h,
    )
