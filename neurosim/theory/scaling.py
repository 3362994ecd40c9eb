"""Networks scaled by powers of two, so that no product of weights overflows or underflows.

Only the sign of (Js)_μ − θ_μ decides on fixed points (eq. 5). With J_μν = Σ_i B_μi ξ_iν / N_v, the signs are kept by

    ξ_iν → 2^−c_i ξ_iν,    B_μi → 2^(c_i − e_μ) B_μi,    θ_μ → 2^−e_μ θ_μ,

and powers of two are exact. c_i brings the largest |ξ_iν| of each visible neuron to [½, 1), then e_μ the largest |B_μi|
of each hidden neuron. What is still lost below 2^−1074 is less than 2^−1000 of the largest term of the same field.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.network import Network

SMALLEST = 5e-324  # the smallest positive float64
NEGLIGIBLE = 2.0**-900  # beside the largest terms of a scaled field, which are near 1
_SAFE = 300  # sizes from 2^−300 to 2^300 need no scaling: products of two, and of their last digits, are normal numbers
_BEYOND = 2.0**1000  # a scaled threshold of this size lies beyond every field
_CHUNK = 2**14  # visible neurons at once, so that memory stays small beside the weights


@dataclass(frozen=True)
class Scaled:
    """A network with the same fixed points and signs of margins.

    Parameters
    ----------
    net : Network
        The network itself if it needs no scaling.
    exponent : ndarray of int (hidden,)
        e_μ: fields and thresholds of `net` are those of the original times 2^−e_μ.
    threshold : ndarray (hidden,)
        Thresholds of the original.
    is_exact : bool
        Whether nothing was lost below the smallest float64: the network itself.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network
    >>> from neurosim.theory.scaling import rescaled
    >>> rescaled(Network(2.0**-600 * np.eye(2))).exponent.tolist()
    [-1198, -1198]
    """

    net: Network
    exponent: np.ndarray
    threshold: np.ndarray
    is_exact: bool

    def unscaled(self, distances: np.ndarray) -> np.ndarray:
        """Return distances of fields from their thresholds, (…, hidden), in the units of the original.

        Their signs are kept: rounding to 0 gives the smallest number instead, and an overflow gives ±∞.
        """
        if self.is_exact:
            return distances
        with np.errstate(over="ignore", under="ignore"):
            found = np.ldexp(distances, self.exponent)
        found = np.where((found == 0) & (distances != 0), np.copysign(SMALLEST, distances), found)
        beyond = np.abs(self.net.threshold) == _BEYOND
        return np.where(beyond, np.copysign(np.abs(self.threshold), distances), found)


def rescaled(net: Network) -> Scaled:
    """Return the network with weights scaled by powers of two, if products of its weights may leave the range.

    Parameters
    ----------
    net : Network
        Any feedback and thresholds.

    Returns
    -------
    Scaled

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network, theory
    >>> from neurosim.theory.scaling import rescaled
    >>> tiny = Network(1e-200 * np.eye(2), threshold=0.0)
    >>> [float(theory.effective_coupling(net)[0, 0]) > 0 for net in (tiny, rescaled(tiny).net)]
    [False, True]
    """
    if _are_safe(net) and (np.abs(net.threshold) < _BEYOND).all():
        return Scaled(net, np.zeros(net.n_hidden, dtype=int), net.threshold, is_exact=True)
    weights, feedback = net.weights, net.feedback_weights
    visible = _exponents(weights).max(axis=1)
    used = visible > _NOTHING
    row = np.where(used, _exponents(feedback) + visible, _NOTHING).max(axis=1)
    row = np.where(row > _NOTHING, row, 0)
    visible = np.where(used, visible, 0)
    with np.errstate(over="ignore", under="ignore"):
        threshold = np.clip(np.ldexp(net.threshold, -row), -_BEYOND, _BEYOND)
        scaled = Network(
            np.ldexp(weights, -visible[:, None]),
            feedback=np.ldexp(np.where(used, feedback, 0.0), visible - row[:, None]),
            threshold=threshold,
            hidden_activation=net.hidden_activation,
        )
    return Scaled(scaled, row, net.threshold, is_exact=False)


def require_safe(net: Network, function: str) -> None:
    """Raise an error if products of weights may leave the range of float64.

    Raises
    ------
    InvalidInput
        A weight is not 0 and its size is not between 2^−300 and 2^300.
    """
    if not _are_safe(net):
        sizes = np.concatenate([part[part != 0] for part in _sizes(net)])
        least, most = sizes.min(initial=np.inf), sizes.max(initial=0)
        raise InvalidInput(
            f"{function} needs weights of sizes between {2.0**-_SAFE:.0e} and {2.0**_SAFE:.0e}, whose products float64 "
            f"can hold, got {least:.3g} to {most:.3g}; scale the weights by a power of two and θ by its square"
        )


_NOTHING = -10_000  # below the exponent of every product of two numbers


def _exponents(values: np.ndarray) -> np.ndarray:
    return np.where(values != 0, np.frexp(values)[1], _NOTHING)


def _are_safe(net: Network) -> bool:
    low, high = 2.0**-_SAFE, 2.0**_SAFE
    return all(bool(((part <= high) & ((part >= low) | (part == 0))).all()) for part in _sizes(net))


def _sizes(net: Network) -> Iterator[np.ndarray]:
    for start in range(0, net.n_visible, _CHUNK):
        yield np.abs(net.weights[start : start + _CHUNK])
        if net.feedback is not None:
            yield np.abs(net.feedback[:, start : start + _CHUNK])
