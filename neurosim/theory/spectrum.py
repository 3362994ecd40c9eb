"""The eigenvalues of J = ξᵀξ/N_v, and what they say about all 2^N_h states at once.

For Gaussian weights (eq. 3) J is a Wishart matrix over N_v. With c = N_h/N_v kept fixed and both growing, the density
of its eigenvalues tends to Marchenko and Pastur's (Math. USSR Sbornik 1:457, 1967),

    ρ(x) = √((x₊ − x)(x − x₋)) / (2πcx),    x± = (1 ± √c)²,    and for c > 1 a share 1 − 1/c of zeros,

so ‖J − I‖ → (1 + √c)² − 1 = 2√c + c: never small compared with single entries, which are O(1/√N_v), but it bounds every
state at once. The fields of state s deviate from s by q = (J − I)s, and ‖q‖² ≤ ‖J − I‖²·N_a with N_a active neurons. An
active neuron is wrong if q_μ ≤ −(1 − θ), an inactive one if q_μ > θ, so with n_on and n_off wrong ones

    n_on (1 − θ)² + n_off θ² ≤ ‖J − I‖² N_a,        hence at most ‖J − I‖² N_a / min(θ, 1 − θ)² wrong bits of any state.

Both hold with equality for J = θI, where every active bit of every state is wrong. This is about one step
s → Θ(Js − θ) (eq. 5), not about where the dynamics ends.
"""

from __future__ import annotations

import math

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.nonlinearity import Heaviside
from neurosim.theory.coupling import effective_coupling

_UPWARD = 1e-9  # relative; what rounding of the norm cannot undo


def spectrum(net: Network) -> np.ndarray:
    """Return the eigenvalues of J, (hidden,), ascending, dimensionless.

    Raises
    ------
    InvalidInput
        The weights are not symmetric: J then has complex eigenvalues; `numpy.linalg.eigvals` gives them.
    """
    if not net.is_symmetric:
        raise InvalidInput(
            "spectrum needs symmetric weights; with separate feedback use "
            "numpy.linalg.eigvals(theory.effective_coupling(net))"
        )
    return np.linalg.eigvalsh(effective_coupling(net))


def marchenko_pastur_edges(n_visible: int, n_hidden: int) -> tuple[float, float]:
    """Return (1 − √c)² and (1 + √c)², c = N_h/N_v, between which the eigenvalues of J lie (but for zeros if c > 1)."""
    root = math.sqrt(_load(n_visible, n_hidden))
    return (1 - root) ** 2, (1 + root) ** 2


def marchenko_pastur_density(x: np.ndarray, n_visible: int, n_hidden: int) -> np.ndarray:
    """Return the limiting density of the eigenvalues of J at x; its integral is min(1, N_v/N_h), the rest being zeros.

    Parameters
    ----------
    x : ndarray
        Eigenvalues; the density is 0 outside the edges.
    n_visible, n_hidden : int
    """
    x = np.asarray(x, dtype=float)
    low, high = marchenko_pastur_edges(n_visible, n_hidden)
    inside = (x > low) & (x < high)
    safe = np.where(inside, x, 1.0)
    root = np.sqrt(np.where(inside, (high - safe) * (safe - low), 0.0))
    return root / (2 * math.pi * _load(n_visible, n_hidden) * safe)


def largest_eigenvalue(n_visible: int, n_hidden: int) -> tuple[float, float]:
    """Return mean and standard deviation of J's largest eigenvalue, Gaussian weights, for large N_v and N_h.

    Johnstone, Ann. Stat. 29:295 (2001): N_v x = μ + σW with μ = (√(N_v − 1) + √N_h)²,
    σ = (√(N_v − 1) + √N_h)(1/√(N_v − 1) + 1/√N_h)^{1/3} and W Tracy and Widom's variable of order 1, whose mean
    and standard deviation are −1.2065 and 1.2680. Needs n_visible ≥ 2.
    """
    _load(n_visible, n_hidden)
    if n_visible < 2:
        raise InvalidInput(f"n_visible must be >= 2, got {n_visible}")
    roots = math.sqrt(n_visible - 1), math.sqrt(n_hidden)
    scale = sum(roots) * (1 / roots[0] + 1 / roots[1]) ** (1 / 3)
    return (sum(roots) ** 2 - 1.2065336 * scale) / n_visible, 1.2679800 * scale / n_visible


def max_flips_any_state(net: Network) -> int:
    """Return a number that the wrong bits of one step s → Θ(Js − θ) do not exceed, whatever the state s.

    The largest n_on + n_off with n_on (1 − θ)² + n_off θ² ≤ ‖J − I‖² N_a, n_on ≤ N_a, n_off ≤ N_h − N_a, over N_a; with
    one threshold per neuron the largest θ counts for active and the smallest for inactive ones. 0 certifies that all
    2^N_h states are fixed points (but `certify_all_states` decides that exactly). Holds for any weights, separate
    feedback included; ‖·‖ is the spectral norm, raised by 1e-9 against rounding.

    Parameters
    ----------
    net : Network
        With Heaviside hidden neurons.

    Returns
    -------
    int, from 0 to N_h

    Raises
    ------
    InvalidInput
        The hidden neurons are not Heaviside.
    """
    if not isinstance(net.hidden_activation, Heaviside):
        raise InvalidInput(f"max_flips_any_state is for Heaviside hidden units, got {net.hidden_activation!r}")
    deviation = effective_coupling(net) - np.eye(net.n_hidden)
    norm = float(np.linalg.norm(deviation, 2)) * (1 + _UPWARD) + _UPWARD
    on, off = 1 - float(net.threshold.max()), float(net.threshold.min())
    return max(_most_wrong(norm, k, net.n_hidden, on, off) for k in range(1 if off >= 0 else 0, net.n_hidden + 1))


def flip_share_limit(n_visible: int, n_hidden: int, threshold: float) -> float:
    """Return the same bound per active neuron, (2√c + c)²/min(θ, 1 − θ)², for large Gaussian networks.

    At θ = ½ it falls below 1 for N_v > 19.8 N_h and tends to 16 N_h/N_v.

    Raises
    ------
    InvalidInput
        A size is not ≥ 1, or the threshold is not in (0, 1).
    """
    if not 0 < threshold < 1:
        raise InvalidInput(f"threshold must be in (0, 1), got {threshold}")
    load = _load(n_visible, n_hidden)
    return ((2 * math.sqrt(load) + load) / min(threshold, 1 - threshold)) ** 2


def _most_wrong(norm: float, k: int, n_hidden: int, on: float, off: float) -> int:
    """Return the largest n_on + n_off with the squares of their distances within the budget: the cheaper ones first."""
    budget, wrong = norm**2 * k, 0
    for distance, most in sorted([(max(on, 0.0), k), (max(off, 0.0), n_hidden - k)]):
        here = most if distance**2 * most <= budget else math.floor(budget / distance**2)
        budget -= here * distance**2
        wrong += here
    return wrong


def _load(n_visible: int, n_hidden: int) -> float:
    if n_visible < 1 or n_hidden < 1:
        raise InvalidInput(f"n_visible and n_hidden must be >= 1, got {n_visible} and {n_hidden}")
    return n_hidden / n_visible
