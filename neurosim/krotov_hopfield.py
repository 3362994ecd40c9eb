"""The two-layer memories of Krotov and Hopfield, models A, B and C, as a `Network` [1]_, [2]_.

    τ_v dv_i/dt = −v_i + Σ_μ w_iμ f(h_μ),      τ_h dh_μ/dt = −h_μ + Σ_i w_μi g(v_i)           (32a, 32b)

Each pattern has one hidden neuron, with weights w_·μ, so that there are as many memories as hidden neurons. In the
units of eqs. (1a, 1b) of [2]_, with ξ = w, their visible potential is √N_h v, for A and C times (N_v/√N_h)ⁿ, a factor
on which g does not depend; their hidden potential is (N_v/√N_h) h for A and C, and N_v h for B, whose softmax includes
the factor. Memory μ is pattern μ/√N_h, as in `neurosim.theory.visible_state`; for A and C up to a factor.

τ_h → 0 leaves one layer: A becomes the dense associative memory (`neurosim.models.Dense`), B attention, the modern
Hopfield network (`neurosim.models.Modern`), and C the spherical memory.

References
----------
.. [1] D. Krotov and J. J. Hopfield, "Large associative memory problem in neurobiology and machine
   learning", ICLR, 2021.
.. [2] M. Kafraj, D. Krotov and P. E. Latham, "A biologically plausible dense associative memory with exponential
   capacity", ICLR, 2026, eqs. (32) and Table 4, which has these exponents.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim.network import Network
from neurosim.nonlinearity import HiddenActivation, Normalise, Power, Sign, Softmax, VisibleActivation
from neurosim.validation import one_of, real, real_array


def model_a(patterns: np.ndarray, *, exponent: int = 5, **parameters: Any) -> Network:
    """Return model A: f(h) = hⁿ, g(v) = sign(v).

    Parameters
    ----------
    patterns : ndarray (pattern, visible)
    exponent : int, default 5
        n; if n is even, f is not monotone, and the energy can rise.
    **parameters
        tau_v, tau_h and provenance of `Network`.

    Returns
    -------
    Network

    Raises
    ------
    InvalidInput
        A parameter is another one or out of range, or the patterns have another shape or are not finite.

    See Also
    --------
    neurosim.models.Dense : The limit τ_h → 0.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import krotov_hopfield, recall
    >>> patterns = np.random.default_rng(0).choice([-1.0, 1.0], (5, 100))
    >>> net = krotov_hopfield.model_a(patterns)
    >>> out = recall(net, patterns[:1] / np.sqrt(5), engine="reference")
    >>> bool((np.sign(out.visible) == patterns[:1]).all())
    True
    """
    return _network(_checked(patterns), Power(exponent), Sign(), parameters)


def model_b(patterns: np.ndarray, *, beta: float = 1.0, **parameters: Any) -> Network:
    """Return model B: f = softmax over the hidden neurons, g(v) = v.

    Parameters
    ----------
    patterns : ndarray (pattern, visible)
    beta : float, default 1
        Inverse temperature, in units of 1/(pattern · pattern).
    **parameters
        tau_v, tau_h and provenance of `Network`.

    Returns
    -------
    Network

    Raises
    ------
    InvalidInput
        A parameter is another one or out of range, or the patterns have another shape or are not finite.

    See Also
    --------
    neurosim.models.Modern : The limit τ_h → 0.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import krotov_hopfield, recall
    >>> patterns = np.random.default_rng(0).choice([-1.0, 1.0], (5, 100))
    >>> net = krotov_hopfield.model_b(patterns, beta=0.2)
    >>> out = recall(net, patterns[:1] / np.sqrt(5), engine="reference")
    >>> bool((np.sign(out.visible) == patterns[:1]).all())
    True
    """
    patterns = _checked(patterns)
    return _network(patterns, Softmax(real(beta, "beta", above=0) * patterns.shape[1]), None, parameters)


def model_c(patterns: np.ndarray, *, exponent: int = 5, **parameters: Any) -> Network:
    """Return model C, the spherical memory: f(h) = hⁿ, g(v) = v/√Σ v².

    Parameters
    ----------
    patterns : ndarray (pattern, visible)
    exponent : int, default 5
        n.
    **parameters
        tau_v, tau_h and provenance of `Network`.

    Returns
    -------
    Network

    Raises
    ------
    InvalidInput
        A parameter is another one or out of range, or the patterns have another shape or are not finite.

    See Also
    --------
    model_a : The same hidden units with another visible nonlinearity.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import krotov_hopfield, recall
    >>> patterns = np.random.default_rng(0).choice([-1.0, 1.0], (5, 100))
    >>> net = krotov_hopfield.model_c(patterns)
    >>> out = recall(net, patterns[:1] / np.sqrt(5), engine="reference")
    >>> bool((np.sign(out.visible) == patterns[:1]).all())
    True
    """
    return _network(_checked(patterns), Power(exponent), Normalise(), parameters)


def _checked(patterns: np.ndarray) -> np.ndarray:
    return real_array(patterns, "patterns", {"pattern": None, "visible": None})


def _network(
    patterns: np.ndarray, hidden: HiddenActivation, visible: VisibleActivation | None, parameters: dict[str, Any]
) -> Network:
    for name in parameters:
        one_of(name, "a parameter", ("tau_v", "tau_h", "provenance"))
    if visible is not None:
        parameters = {"visible_activation": visible, **parameters}
    return Network(weights=patterns.T, threshold=0.0, hidden_activation=hidden, **parameters)
