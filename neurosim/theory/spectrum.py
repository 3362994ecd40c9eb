"""The eigenvalues of J = ξᵀξ/N_v, and bounds on the wrong bits of all 2^N_h states that follow from them.

For Gaussian weights (eq. 3) J is a Wishart matrix over N_v. With c = N_h/N_v kept fixed and both growing, the density
of its eigenvalues tends to the law of Marchenko and Pastur [1]_,

    ρ(x) = √((x₊ − x)(x − x₋)) / (2πcx),    x± = (1 ± √c)²,    and for c > 1 a share 1 − 1/c of zeros,

so ‖J − I‖ → (1 + √c)² − 1 = 2√c + c. This is never small compared with single entries, which are O(1/√N_v), but it
bounds all states at once. The fields of state s deviate from s by q = (J − I)s, and ‖q‖² ≤ ‖J − I‖²·N_a with N_a active
neurons. An active neuron is wrong if q_μ ≤ −(1 − θ), an inactive one if q_μ > θ, so with n_on and n_off wrong neurons

    n_on (1 − θ)² + n_off θ² ≤ ‖J − I‖² N_a,        hence at most ‖J − I‖² N_a / min(θ, 1 − θ)² wrong bits in any state.

The first holds with equality for J = θI, where every active bit of every state is wrong, the second if also θ ≥ ½. The
bounds are for one step s → Θ(Js − θ) (eq. 5), not for the end state of the dynamics.

References
----------
.. [1] V. A. Marchenko and L. A. Pastur, "Distribution of eigenvalues for some sets of random matrices",
   Math. USSR Sbornik 1:457, 1967.
"""

from __future__ import annotations

import math

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.theory.coupling import effective_coupling
from neurosim.theory.stability import check_heaviside, coupling_rounding
from neurosim.validation import real, real_array, takes, whole

_LARGEST = 1e150  # its square is finite
_MARGIN = 1e-9  # relative margin of the spectral norm, above its rounding error


@takes(net=Network)
def spectrum(net: Network) -> np.ndarray:
    """Return the eigenvalues of J in ascending order, dimensionless.

    Parameters
    ----------
    net : Network

    Returns
    -------
    ndarray, shape (hidden,)

    Raises
    ------
    InvalidInput
        The weights are not symmetric, so that J has complex eigenvalues; use `numpy.linalg.eigvals`.

    See Also
    --------
    marchenko_pastur_density : Their density for Gaussian weights.

    Examples
    --------
    >>> import neurosim
    >>> neurosim.theory.spectrum(neurosim.Network([[1.0, 0.0], [0.0, 2.0]]))
    array([0.5, 2. ])
    """
    if not net.is_symmetric:
        raise InvalidInput(
            "spectrum needs symmetric weights; with separate feedback use "
            "numpy.linalg.eigvals(theory.effective_coupling(net))"
        )
    return np.linalg.eigvalsh(effective_coupling(net))


def marchenko_pastur_edges(n_visible: int, n_hidden: int) -> tuple[float, float]:
    """Return the edges of the Marchenko–Pastur law, (1 − √c)² and (1 + √c)² with c = N_h/N_v.

    For large Gaussian networks the eigenvalues of J lie between them, apart from zeros if c > 1.

    Parameters
    ----------
    n_visible, n_hidden : int
        Sizes, each at least 1.

    Examples
    --------
    >>> from neurosim import theory
    >>> theory.marchenko_pastur_edges(400, 100)
    (0.25, 2.25)
    """
    root = math.sqrt(_load(n_visible, n_hidden))
    return (1 - root) ** 2, (1 + root) ** 2


def marchenko_pastur_density(x: np.ndarray, n_visible: int, n_hidden: int) -> np.ndarray:
    """Return the limiting density of the eigenvalues of J for large Gaussian networks.

    Its integral is min(1, N_v/N_h), because the remaining eigenvalues are 0.

    Parameters
    ----------
    x : array_like
        Eigenvalues.
    n_visible, n_hidden : int
        Sizes, each at least 1.

    Returns
    -------
    ndarray
        Density at `x`; 0 outside the edges.

    See Also
    --------
    marchenko_pastur_edges : The range of the eigenvalues.

    Examples
    --------
    >>> from neurosim import theory
    >>> theory.marchenko_pastur_density([0.1, 1.0], 400, 100).round(3)
    array([0.   , 0.616])
    """
    x = real_array(x, "x")
    low, high = marchenko_pastur_edges(n_visible, n_hidden)
    inside = (x > low) & (x < high)
    safe = np.where(inside, x, 1.0)
    root = np.sqrt(np.where(inside, (high - safe) * (safe - low), 0.0))
    return root / (2 * math.pi * _load(n_visible, n_hidden) * safe)


def largest_eigenvalue(n_visible: int, n_hidden: int) -> tuple[float, float]:
    """Return the mean and standard deviation of the largest eigenvalue of J for large Gaussian networks.

    Parameters
    ----------
    n_visible : int
        At least 2.
    n_hidden : int
        At least 1.

    Returns
    -------
    mean, std : float

    Notes
    -----
    N_v x = μ + σW with μ = (√(N_v − 1) + √N_h)², σ = (√(N_v − 1) + √N_h)(1/√(N_v − 1) + 1/√N_h)^{1/3} and W the
    variable of Tracy and Widom of order 1, whose mean and standard deviation are −1.2065 and 1.2680 [1]_.

    References
    ----------
    .. [1] I. M. Johnstone, "On the distribution of the largest eigenvalue in principal components analysis",
       Ann. Stat. 29:295, 2001.

    Examples
    --------
    >>> from neurosim import theory
    >>> [round(value, 2) for value in theory.largest_eigenvalue(400, 100)]
    [2.2, 0.05]
    """
    n_visible, n_hidden = whole(n_visible, "n_visible", at_least=2), whole(n_hidden, "n_hidden")
    roots = math.sqrt(n_visible - 1), math.sqrt(n_hidden)
    scale = sum(roots) * (1 / roots[0] + 1 / roots[1]) ** (1 / 3)
    return (sum(roots) ** 2 - 1.2065336 * scale) / n_visible, 1.2679800 * scale / n_visible


@takes(net=Network)
def max_flips_any_state(net: Network) -> int:
    """Return an upper bound on the number of wrong bits after one step s → Θ(Js − θ) from any state s.

    Parameters
    ----------
    net : Network
        With Heaviside hidden neurons; the weights need not be symmetric.

    Returns
    -------
    int
        From 0 to N_h. 0 certifies that all 2^N_h states are fixed points.

    Raises
    ------
    InvalidInput
        The hidden neurons are not Heaviside.

    See Also
    --------
    certify_all_states : The exact decision whether all states are fixed points.

    Notes
    -----
    The bound is the largest n_on + n_off with n_on (1 − θ)² + n_off θ² ≤ ‖J − I‖² N_a, n_on ≤ N_a, n_off ≤ N_h − N_a,
    over N_a. With one threshold per neuron, the largest θ is used for active and the smallest for inactive neurons.
    ‖·‖ is the spectral norm, increased by the rounding error of J and by 1e-9 for that of the rest.

    Examples
    --------
    >>> import neurosim
    >>> neurosim.theory.max_flips_any_state(neurosim.Network.gaussian(2000, 5, seed=0))
    0
    """
    check_heaviside(net, "max_flips_any_state")
    norm = _largest_deviation(net) * (1 + _MARGIN) + _MARGIN
    if norm > _LARGEST:
        return net.n_hidden
    on, off = 1 - float(net.threshold.max()), float(net.threshold.min())
    return max(_most_wrong(norm, k, net.n_hidden, on, off) for k in range(1 if off >= 0 else 0, net.n_hidden + 1))


def flip_share_limit(n_visible: int, n_hidden: int, threshold: float) -> float:
    """Return the bound on wrong bits per active neuron for large Gaussian networks, (2√c + c)²/min(θ, 1 − θ)².

    At θ = ½ it falls below 1 for N_v > 19.8 N_h and tends to 16 N_h/N_v.

    Parameters
    ----------
    n_visible, n_hidden : int
        Sizes, each at least 1.
    threshold : float in (0, 1)
        θ.

    Raises
    ------
    InvalidInput
        A size is not ≥ 1, or the threshold is not in (0, 1).

    See Also
    --------
    max_flips_any_state : The bound for one network.

    Examples
    --------
    >>> from neurosim import theory
    >>> round(theory.flip_share_limit(2000, 100, 0.5), 3)
    0.989
    """
    threshold = real(threshold, "threshold", above=0, below=1)
    load = _load(n_visible, n_hidden)
    return ((2 * math.sqrt(load) + load) / min(threshold, 1 - threshold)) ** 2


def _largest_deviation(net: Network) -> float:
    """Return a bound on ‖J − I‖, the spectral norm plus the rounding of J; ∞ if that overflows."""
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        coupling = effective_coupling(net)
        lost = float(np.linalg.norm(coupling_rounding(net, np.diag(coupling))))  # ‖E‖ ≤ √Σ_μ (Σ_ν |E_μν|)²
    if not (np.isfinite(coupling).all() and np.isfinite(lost)):
        return math.inf
    return float(np.linalg.norm(coupling - np.eye(net.n_hidden), 2)) + lost


def _most_wrong(norm: float, k: int, n_hidden: int, on: float, off: float) -> int:
    """Return the largest n_on + n_off whose squared distances fit into ‖J − I‖² k, the smaller distance first."""
    budget, wrong = norm**2 * k, 0
    for distance, available in sorted([(max(on, 0.0), k), (max(off, 0.0), n_hidden - k)]):
        distance = min(distance, _LARGEST)  # a smaller distance gives a larger bound
        count = available if distance**2 * available <= budget else math.floor(budget / distance**2)
        budget -= count * distance**2
        wrong += count
    return wrong


def _load(n_visible: int, n_hidden: int) -> float:
    return whole(n_hidden, "n_hidden") / whole(n_visible, "n_visible")
