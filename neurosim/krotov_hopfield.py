"""The two-layer memories of Krotov & Hopfield (2021), models A, B and C (eqs. 32, Table 4), as a `Network`.

    τ_v dv_i/dt = −v_i + Σ_μ w_iμ f(h_μ),      τ_h dh_μ/dt = −h_μ + Σ_i w_μi g(v_i)           (32a, 32b)

Each pattern has a hidden neuron of its own, w_·μ, so there are as many memories as hidden neurons. In the units of
eqs. (1a, 1b), with ξ = w, their potentials are √N_h v and (N_v/√N_h) h: a factor in v means nothing to the g of A and
C, and B's softmax takes it up. Memory μ is pattern μ/√N_h, as in `neurosim.theory.visible_state`; for A and C up to a
factor.

τ_h → 0 leaves one layer: A the dense associative memory (`neurosim.models.Dense`), B attention, the modern Hopfield
network (`neurosim.models.Modern`), C the spherical memory.

Source: Krotov & Hopfield 2021, ICLR, Large associative memory problem in neurobiology and machine learning; the
exponents are those of Kafraj, Krotov & Latham 2026, Table 4.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from neurosim.network import Network
from neurosim.nonlinearity import HiddenActivation, Normalise, Power, Sign, Softmax, VisibleActivation


def model_a(patterns: np.ndarray, *, exponent: int = 5, **parameters: Any) -> Network:
    """Return model A: f(h) = hⁿ, g(v) = sign(v).

    Parameters
    ----------
    patterns : ndarray (pattern, visible)
        Of signs that matter: g sees only sign(v).
    exponent : int, default 5
        n; for even n, f is not monotone, and the energy can rise.
    **parameters
        tau_v, tau_h, provenance of `Network`.
    """
    return _network(patterns, Power(exponent), Sign(), parameters)


def model_b(patterns: np.ndarray, *, beta: float = 1.0, **parameters: Any) -> Network:
    """Return model B: f = softmax over the hidden neurons, g(v) = v.

    Parameters
    ----------
    patterns : ndarray (pattern, visible)
    beta : float, default 1
        Inverse temperature, in units of 1/(pattern · pattern).
    **parameters
        tau_v, tau_h, provenance of `Network`.
    """
    return _network(patterns, Softmax(beta * np.shape(patterns)[-1]), None, parameters)


def model_c(patterns: np.ndarray, *, exponent: int = 5, **parameters: Any) -> Network:
    """Return model C, the spherical memory: f(h) = hⁿ, g(v) = v/√Σ v².

    Parameters
    ----------
    patterns : ndarray (pattern, visible)
    exponent : int, default 5
    **parameters
        tau_v, tau_h, provenance of `Network`.
    """
    return _network(patterns, Power(exponent), Normalise(), parameters)


def _network(
    patterns: np.ndarray, hidden: HiddenActivation, visible: VisibleActivation | None, parameters: dict[str, Any]
) -> Network:
    given = {} if visible is None else {"visible_activation": visible}
    return Network(weights=np.asarray(patterns).T, threshold=0.0, hidden_activation=hidden, **given, **parameters)
