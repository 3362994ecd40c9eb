"""The exact law of bit flips for Gaussian weights at any finite N_v, without central-limit step or independence.

Eqs. (9) and (36)–(40) approximate or bound it. Let k of the N_h neurons be active, ξ_iμ ~ N(0, 1) (eq. 3), and let
the visible cue carry noise of std σ_v. For τ_h ≪ t ≪ τ_v the hidden fields are (eqs. 14, 33)

    u_μ = ξ_μ·S / N_v,    S = Σ_{ν active} ξ_ν + √N_h ε,    each component of S ~ N(0, κ),    κ = k + N_h σ_v².

Only the length of S matters: r = ‖S‖/√(κN_v), N_v r² ~ χ²_{N_v}. Given r, with λ = √(N_v/κ):

    inactive:  u_μ > θ  where  g_μ > λθ/r,       g_μ independent standard normal;
    active:    u_μ > θ  where  z_μ > λ(θ/r − r) = a,   z ~ N(0, I − 11ᵀ/κ) over the k active neurons.

(Given S_i, the ξ_iμ have mean S_i/κ and covariance I − 11ᵀ/κ.) So z are k independent standard normals y given that
T = Σy + √(κ−k)g = 0, and the density of T at 0, an inverse Laplace transform, gives, with Φ̄ = 1 − Φ and any real c,

    P(all z_μ > a) = √(2πκ) (1/2πi) ∫_{c−i∞}^{c+i∞} e^{κt²/2} Φ̄(a − t)^k dt.                              (∗)

The integrand on the real axis is the moment generating function of a positive measure, so it is log-convex; the path
runs through its minimum, the saddle, where nothing cancels, and bends to where the integrand falls fastest.
1 − P is the same integral of e^{κt²/2}(1 − Φ̄(a − t)^k), which keeps full relative accuracy for small values.
With σ_v = 0 (κ = k) the active fields sum to ‖S‖²/N_v = kr²: all can exceed θ only if r² > θ.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from neurosim.theory import quadrature
from neurosim.theory.random_states import States, checked_arguments
from neurosim.validation import boolean, real, whole


@dataclass(frozen=True)
class ExpectedFixedPoints:
    """Expected number of fixed points among the 2^N_h states of a Gaussian network; see `expected_fixed_points`.

    Parameters
    ----------
    log2 : float
        log₂ of the expected number.
    share : float
        Expected number / 2^N_h; 0 where that underflows.
    unstable_share : float
        1 − share, to full relative accuracy where it is small.

    Examples
    --------
    >>> from neurosim import theory
    >>> round(theory.expected_fixed_points(1000, 10, 0.5).log2, 4)
    10.0
    """

    log2: float
    share: float
    unstable_share: float


def expected_fixed_points(n_visible: int, n_hidden: int, threshold: float | tuple[float, float]) -> ExpectedFixedPoints:
    """Return the expected number of fixed points, Σ_k C(N_h, k) P_k: the capacity curves of Figs. 1a and 6, exactly.

    Parameters
    ----------
    n_visible, n_hidden : int
        Sizes, each at least 1. The computation takes seconds at n_hidden = 1000.
    threshold : float or (float, float)
        As in `no_flip_probability`.

    Returns
    -------
    ExpectedFixedPoints

    Raises
    ------
    InvalidInput
        A size is not a whole number ≥ 1, or a threshold is not finite.

    See Also
    --------
    neurosim.measure.capacity : Counts in given networks.

    Notes
    -----
    The relative error is below 1e-10 at n_visible ≤ 1e5; it grows with n_visible like the rounding error of the χ²
    density. `log2` is the logarithm of a mean: the counts of single networks scatter around it, and where the mean is
    far below 2^N_h a few networks with many fixed points can dominate it.

    Examples
    --------
    >>> from neurosim import theory
    >>> expected = theory.expected_fixed_points(100, 10, 0.5)
    >>> round(expected.log2, 2), round(expected.share, 3)
    (9.78, 0.857)
    """
    n_hidden = whole(n_hidden, "n_hidden")
    states = States.of(n_visible, n_hidden, threshold)
    log_share = states.log_no_flip()
    unstable = -math.expm1(log_share) if log_share < math.log(0.5) else states.any_flip()
    return ExpectedFixedPoints(n_hidden + log_share / math.log(2), math.exp(log_share), unstable)


def no_flip_probability(
    n_visible: int,
    n_hidden: int,
    threshold: float | tuple[float, float],
    *,
    noise_std: float = 0.0,
    n_active: int | None = None,
    peak: float = 1.0,
) -> float:
    """Return the probability that no bit of a random state flips, for Gaussian weights; eq. (38) bounds it.

    Parameters
    ----------
    n_visible, n_hidden : int
        Sizes, each at least 1.
    threshold : float or (float, float)
        θ; or the threshold that active neurons must exceed and the one that inactive neurons must not exceed. A neuron
        exactly at its threshold is inactive.
    noise_std : float, default 0
        σ_v on the visible cue (eq. 13), at a time τ_h ≪ t ≪ τ_v. Without noise the result is the probability that the
        state is a fixed point (eq. 5).
    n_active : int, optional
        k, number of active neurons of the state. By default each is active with probability ½.
    peak : float, default 1
        Share > 0 of the drive that reaches the hidden potential (`rise_peak`); the thresholds become θ/peak.

    Returns
    -------
    float

    Raises
    ------
    InvalidInput
        An argument is out of its range.

    See Also
    --------
    any_flip_probability : The complement, accurate where it is small.
    flip_bound : The bounds of the paper.

    Examples
    --------
    >>> from neurosim import theory
    >>> round(theory.no_flip_probability(100, 10, 0.5, noise_std=0.5), 3)
    0.698
    """
    return math.exp(States.of(n_visible, n_hidden, threshold, noise_std, n_active, peak).log_no_flip())


def any_flip_probability(
    n_visible: int,
    n_hidden: int,
    threshold: float | tuple[float, float],
    *,
    noise_std: float = 0.0,
    n_active: int | None = None,
    peak: float = 1.0,
) -> float:
    """Return the probability that some bit of a random state flips, 1 − `no_flip_probability`.

    The relative accuracy is the same for values down to 1e-300.

    Parameters
    ----------
    n_visible, n_hidden, threshold, noise_std, n_active, peak
        As in `no_flip_probability`.

    Returns
    -------
    float

    Raises
    ------
    InvalidInput
        An argument is out of its range.

    Examples
    --------
    >>> from neurosim import theory
    >>> theory.any_flip_probability(5000, 10, 0.5) < 1e-30
    True
    """
    return States.of(n_visible, n_hidden, threshold, noise_std, n_active, peak).any_flip()


def expected_flips(
    n_visible: int,
    n_hidden: int,
    threshold: float | tuple[float, float],
    *,
    noise_std: float = 0.0,
    n_active: int | None = None,
    peak: float = 1.0,
) -> float:
    """Return the expected number of bits of a random state that flip, an upper bound on `any_flip_probability`.

    Parameters
    ----------
    n_visible, n_hidden, threshold, noise_std, n_active, peak
        As in `no_flip_probability`.

    Returns
    -------
    float

    Raises
    ------
    InvalidInput
        An argument is out of its range.

    Examples
    --------
    >>> from neurosim import theory
    >>> round(theory.expected_flips(100, 10, 0.5), 3)
    0.158
    """
    n_visible, n_hidden, noise_std, peak = checked_arguments(n_visible, n_hidden, noise_std, peak)
    states = States.of(n_visible, n_hidden, threshold, noise_std, n_active, peak)
    total = 0.0
    for k, log_weight, on, off in zip(states.k, states.log_weight, states.on, states.off, strict=True):
        noise = states.n_hidden * noise_std**2
        flips = k * _single(n_visible, on, k - 1 + noise, True) if k else 0.0
        if k < n_hidden:
            flips += (n_hidden - k) * _single(n_visible, off, k + noise, False)
        total += math.exp(log_weight) * flips
    return float(total)


def flip_probability(
    n_visible: int,
    n_hidden: int,
    threshold: float,
    *,
    active: bool,
    n_others: int,
    noise_std: float = 0.0,
    peak: float = 1.0,
) -> float:
    """Return the probability that one given bit flips, to full relative accuracy; eq. (37) bounds it.

    Parameters
    ----------
    n_visible, n_hidden : int
        Sizes, each at least 1. `n_hidden` matters only with noise.
    threshold : float
        θ. A neuron exactly at its threshold is inactive.
    active : bool
        Whether the bit is 1 in the state.
    n_others : int
        Number of *other* active neurons, 0 … n_hidden − 1.
    noise_std, peak
        As in `no_flip_probability`.

    Returns
    -------
    float

    Raises
    ------
    InvalidInput
        An argument is out of its range.

    Notes
    -----
    The field of an active neuron is χ²/N_v + √(κχ²) g/N_v, that of an inactive one √(κχ²) g/N_v, with χ² ~ χ²_{N_v},
    g ~ N(0, 1) and κ = n_others + N_h σ_v². The probability is one integral over χ.

    Examples
    --------
    >>> from neurosim import theory
    >>> round(theory.flip_probability(80, 10, 0.5, active=True, n_others=5), 4)
    0.038
    """
    n_visible, n_hidden, noise_std, peak = checked_arguments(n_visible, n_hidden, noise_std, peak)
    n_others = whole(n_others, "n_others", at_least=0, at_most=n_hidden - 1)
    theta = real(threshold, "threshold") / peak
    return _single(n_visible, theta, n_others + n_hidden * noise_std**2, boolean(active, "active"))


def _single(n_visible: int, theta: float, kappa: float, active: bool) -> float:
    from scipy.special import gammainc, log_ndtr

    if kappa == 0:  # no other active neuron and no noise: the field is χ²/N_v, or 0
        if active:
            return float(gammainc(n_visible / 2, max(theta, 0.0) * n_visible / 2))
        return float(theta < 0)
    scale = math.sqrt(n_visible / kappa)
    if active:
        return math.exp(quadrature.log_mean(lambda r, _: log_ndtr(scale * (theta / r - r)), n_visible))
    return math.exp(quadrature.log_mean(lambda r, _: log_ndtr(-scale * theta / r), n_visible))
