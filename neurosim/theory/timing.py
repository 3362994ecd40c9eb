"""Theory of recall from h(0) = 0 as a function of r = τ_v/τ_h, which must be large (Fig. 11, appendix G).

The cue drives hidden neuron μ with u_μ(0) = u₀ (eq. 1b). Until the first threshold is crossed the visible layer has no
input, so u decays as u₀e^{−t/τ_v} and h = u₀φ(t) (`neurosim.reduction`), which rises to u₀p(r) and falls again:

    φ(t) = (e^{−t/τ_v} − e^{−t/τ_h}) r/(r − 1),    p(r) = r^{−1/(r−1)}    at    t* = τ_h r ln r/(r − 1).

A neuron crosses in this first pass if and only if u₀ > θ/p(r). Without crosstalk u₀ is 1 for the active and 0 for the
others, and the target is recalled if and only if p(r) > θ: for θ = ½, r > 2 exactly, since p(2) = ½. Crosstalk and cue
noise spread u₀, and the law of `exact_law` with the threshold θ/p(r) gives the first pass. p(r) approaches 1 slowly
(1 − p ≈ ln r/r), so recall still improves at r = 4 and beyond.

The first pass neglects that neurons which have crossed change u of those which have not. To first order, let all other
active neurons cross at the time T at which a neuron with u₀ = 1 does, φ(T) = θ. From then on neuron μ relaxes not to 0
but to c, its crosstalk, and h = u₀φ(t) + cG(t − T), with G = 1 − φ − e^{−t/τ_h} the response of h to a step of c.
Given u₀ = 1 + d (active) or d (inactive), c is on average ρd, with

    ρ = (k − 1)/(k + 1 + N_h σ_v²)  (active),    ρ = k/(k + N_h σ_v²)  (inactive),

its share of the variance of d, by eq. (24). So an active neuron crosses if (1 + d)φ + ρdG > θ at some time, an inactive
one if d(φ + ρG) > θ: again two thresholds on u₀, one for each kind. Above the critical ratio a marginal active neuron
has d < 0, so the crossings of the others delay it, and the first pass alone overestimates recall.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.theory.quadrature import bracketed_root
from neurosim.theory.random_states import States, checked_arguments
from neurosim.validation import real, real_array, real_or_infinite, whole

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_TIMES = 2000  # number of times at which a maximum over time is searched; its error is about 1e-5


def rise(ratio: ArrayLike, time: ArrayLike) -> np.ndarray:
    """Return φ, the potential h per unit of initial drive before any neuron crosses its threshold.

    Parameters
    ----------
    ratio : array_like
        τ_v/τ_h > 0; ∞ for a visible layer that does not change.
    time : array_like
        Time ≥ 0 in units of τ_h; broadcast against `ratio`. NaN stays NaN.

    Returns
    -------
    ndarray

    Raises
    ------
    InvalidInput
        A ratio is not > 0, or a time is negative.

    See Also
    --------
    rise_peak, rise_peak_time : The maximum of φ, and its time.
    rise_time : The time at which φ crosses a threshold.

    Examples
    --------
    >>> from neurosim import theory
    >>> theory.rise(20.0, [0.0, 1.0, 3.0]).round(3)
    array([0.   , 0.614, 0.854])
    """
    ratio, time = np.broadcast_arrays(_ratios(ratio), real_array(time, "time", finite=False))
    if (time < 0).any():
        raise InvalidInput(f"time must be >= 0, got {time[time < 0].min()}")
    slow, fast = np.maximum(ratio, 1), np.minimum(ratio, 1)
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        gap = time * (1 / fast - 1 / slow)  # >= 0: the slower decay is factored out, so that nothing overflows
        series = np.divide(-np.expm1(-gap), gap, out=np.ones(np.shape(gap)), where=gap != 0)
        value = time * np.exp(-time / slow) * series
    return np.where(np.isinf(time), np.isinf(ratio), value)


def rise_peak(ratio: ArrayLike) -> np.ndarray:
    """Return p(r) = r^{−1/(r−1)}, the largest share of its initial drive that a hidden potential reaches.

    Parameters
    ----------
    ratio : array_like
        τ_v/τ_h > 0. p(1) = 1/e, p(2) = ½, p(∞) = 1.

    Returns
    -------
    ndarray

    Raises
    ------
    InvalidInput
        A ratio is not > 0.

    Examples
    --------
    >>> from neurosim import theory
    >>> theory.rise_peak([2.0, 20.0]).round(3)
    array([0.5  , 0.854])
    """
    return np.exp(-_log_quotient(_ratios(ratio)))


def rise_peak_time(ratio: ArrayLike) -> np.ndarray:
    """Return t* = r ln r/(r − 1), the time of the maximum of φ in units of τ_h; 1 at r = 1.

    Parameters
    ----------
    ratio : array_like
        τ_v/τ_h > 0.

    Returns
    -------
    ndarray

    Raises
    ------
    InvalidInput
        A ratio is not > 0.

    Examples
    --------
    >>> from neurosim import theory
    >>> theory.rise_peak_time([1.0, 20.0]).round(3)
    array([1.   , 3.153])
    """
    ratio = _ratios(ratio)
    with np.errstate(invalid="ignore", under="ignore"):
        return np.where(np.isinf(ratio), np.inf, ratio * _log_quotient(ratio))


def rise_time(ratio: ArrayLike, drive: ArrayLike, threshold: ArrayLike) -> np.ndarray:
    """Return the time at which drive·φ first crosses the threshold, in units of τ_h.

    Parameters
    ----------
    ratio : array_like
        τ_v/τ_h > 0; ∞ gives ln(1/(1 − θ/u₀)).
    drive : array_like
        u₀, initial drive.
    threshold : array_like
        θ > 0. A maximum that only equals θ is no crossing.

    Returns
    -------
    ndarray
        The arguments are broadcast against each other. NaN where the threshold is never crossed.

    Raises
    ------
    InvalidInput
        A ratio or threshold is not > 0.

    Examples
    --------
    >>> from neurosim import theory
    >>> theory.rise_time(20.0, [1.0, 0.4], 0.5).round(3)
    array([0.713,   nan])
    """
    ratio, drive, threshold = np.broadcast_arrays(
        _ratios(ratio), real_array(drive, "drive"), real_array(threshold, "threshold")
    )
    if not (threshold > 0).all():
        raise InvalidInput(f"threshold must be > 0, because h starts at 0, got {threshold.min()}")
    with np.errstate(divide="ignore", invalid="ignore", under="ignore"):
        needed = threshold / drive
        crosses = (drive > 0) & (needed < rise_peak(ratio))
        at_infinity = -np.log1p(-np.where(crosses, needed, 0.5))
    low = np.where(crosses, at_infinity, 0.0)  # at a finite r the crossing is later
    high = np.where(np.isinf(ratio), low, rise_peak_time(ratio))
    high = np.maximum(high, low)
    for _ in range(60):  # φ rises up to its peak, so bisection finds the crossing
        middle = (low + high) / 2
        over = rise(ratio, middle) > needed
        low, high = np.where(over, low, middle), np.where(over, middle, high)
    return np.where(crosses, (low + high) / 2, np.nan)


def critical_ratio(threshold: float) -> float:
    """Return the ratio τ_v/τ_h above which recall is possible without crosstalk and noise, p(r) = θ.

    With L = −ln θ, ln r = −L − W(−Le^{−L}), where W is the branch of Lambert's function that is not −L.

    Parameters
    ----------
    threshold : float in (0, 1)
        θ.

    Raises
    ------
    InvalidInput
        The threshold is not in (0, 1).

    Examples
    --------
    >>> from neurosim import theory
    >>> round(theory.critical_ratio(0.5), 12)
    2.0
    """
    from scipy.special import lambertw

    threshold = real(threshold, "threshold", above=0, below=1, remedy="elsewhere a neuron has one stable state only")
    level = -math.log(threshold)
    if abs(level - 1) < 1e-7:  # both branches meet at r = 1
        return 1.0
    branch = -1 if level < 1 else 0
    return math.exp(-level - lambertw(-level * math.exp(-level), branch).real)


def recall_vs_ratio_law(
    n_visible: int,
    n_hidden: int,
    threshold: float,
    ratio: float,
    *,
    noise_std: float = 0.0,
    n_active: int | None = None,
) -> float:
    """Return the expected share of random states recalled from h(0) = 0 with Gaussian weights, to first order.

    Parameters
    ----------
    n_visible, n_hidden : int
        Sizes, each at least 1.
    threshold : float
        θ > 0. For θ ≥ 1 no active neuron crosses without crosstalk, for any ratio.
    ratio : float
        τ_v/τ_h > 0; ∞ gives `no_flip_probability`.
    noise_std : float, default 0
        σ_v on the visible cue (eq. 13).
    n_active : int, optional
        k, number of active neurons of the states. By default each neuron is active with probability ½.

    Returns
    -------
    float

    Raises
    ------
    InvalidInput
        An argument is out of its range.

    See Also
    --------
    ratio_for : The ratio at which the law reaches a given share.
    no_flip_probability : The exact law of the first pass, with ``peak=rise_peak(ratio)``.

    Notes
    -----
    The approximation is derived in the docstring of this module. It neglects that neurons cross one after another, and
    the effect of neurons that cross wrongly. It is therefore for N_v ≫ N_h and thresholds that few neurons cross
    wrongly, and least accurate at the critical ratio, above which it first falls a little: by .005 from .084 with
    N_v = 100, N_h = 10, θ = ½.

    Measured over 400 networks with N_h = 10, N_v = 1000, θ = ½, σ_v = 0 and all states:

    =====  =================  ========  ================
    ratio  simulation ± s.e.  this law  first pass alone
    =====  =================  ========  ================
    2      .099 ± .004        .090      .090
    3      .779 ± .007        .770      .812
    4      .959 ± .003        .957      .975
    6      .9965 ± .0007      .9965     .9987
    =====  =================  ========  ================

    Examples
    --------
    >>> from neurosim import theory
    >>> round(theory.recall_vs_ratio_law(1000, 10, 0.5, ratio=4.0), 3)
    0.957
    """
    threshold = real(threshold, "threshold", above=0, remedy="h starts at 0")
    n_visible, n_hidden, noise_std, _ = checked_arguments(n_visible, n_hidden, noise_std, 1.0)
    k = States.of(n_visible, n_hidden, threshold, noise_std, n_active).k
    shares = _crosstalk_shares(k, n_hidden * noise_std**2)
    thresholds = _with_feedback(_one_ratio(ratio), threshold, *shares)
    return math.exp(States.of(n_visible, n_hidden, thresholds, noise_std, n_active).log_no_flip())


def ratio_for(share: float, n_visible: int, n_hidden: int, threshold: float, *, noise_std: float = 0.0) -> float:
    """Return the least ratio τ_v/τ_h at which `recall_vs_ratio_law` reaches a given share; takes some seconds.

    For thresholds below the best one, recall is best at a finite ratio and falls again beyond it.

    Parameters
    ----------
    share : float in (0, 1)
        Share of recalled states.
    n_visible, n_hidden, threshold, noise_std
        As in `recall_vs_ratio_law`; the threshold must lie in (0, 1).

    Returns
    -------
    float
        ∞ if no ratio reaches the share; 0 if the share is at most 2^−N_h, that of the silent state, which every small
        ratio recalls.

    Raises
    ------
    InvalidInput
        An argument is out of its range.

    Examples
    --------
    >>> from neurosim import theory
    >>> round(theory.ratio_for(0.5, 100, 2, 0.5), 2)
    1.84
    """
    share, n_hidden = real(share, "share", above=0, below=1), whole(n_hidden, "n_hidden")

    def excess(log_ratio: float) -> float:
        return recall_vs_ratio_law(n_visible, n_hidden, threshold, math.exp(log_ratio), noise_std=noise_std) - share

    if share <= 2.0**-n_hidden * (1 + 1e-9):
        return 0.0
    low = math.log(critical_ratio(threshold))
    while excess(low) > 0:
        low -= 1
    high = low + 1
    if recall_vs_ratio_law(n_visible, n_hidden, threshold, math.inf, noise_std=noise_std) > share:
        while excess(high) < 0:
            low, high = high, high + 1
    else:
        high = _log_ratio_of_best_recall(excess, low)
        if excess(high) <= 0:
            return math.inf
    return math.exp(bracketed_root(excess, low, high, 1e-6))


def _log_ratio_of_best_recall(excess: Callable[[float], float], low: float) -> float:
    """Return where recall is best, in log τ_v/τ_h above `low`."""
    from scipy.optimize import minimize_scalar

    grid = low + np.arange(0, 8.5, 0.5)
    best = int(np.argmax([excess(at) for at in grid]))
    around = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    found: Any = minimize_scalar(lambda at: -excess(at), bounds=around, method="bounded")
    return float(found.x)


def _crosstalk_shares(k: np.ndarray, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Return ρ of active and of inactive neurons for k active ones and noise N_h σ_v²."""
    return np.maximum(k - 1, 0) / (k + 1 + noise), k / np.maximum(k + noise, 1e-300)


def _with_feedback(
    ratio: float, threshold: float, on_share: np.ndarray, off_share: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each ρ, the initial drive that active neurons need and the one that inactive ones must not exceed."""
    peak = float(rise_peak(ratio))
    alone = np.full(on_share.shape, threshold / peak)
    if peak <= threshold or math.isinf(ratio):  # no neuron crosses without crosstalk, or all do while u = u₀
        return alone, alone
    crossing = float(rise_time(ratio, 1.0, threshold))
    later = np.geomspace(1e-3, 60 * max(1.0, ratio), _TIMES)
    with np.errstate(under="ignore"):
        phi, step = rise(ratio, crossing + later), 1 - rise(ratio, later) - np.exp(-later)
    # active: (1 + d)φ + ρdG > θ at some time, that is, d > (θ − φ)/(φ + ρG)
    d = ((threshold - phi) / (phi + on_share[:, None] * step)).min(axis=1)
    largest = (phi + off_share[:, None] * step).max(axis=1)
    return 1 + d, threshold / np.maximum(largest, np.maximum(off_share, peak))


def _ratios(ratio: ArrayLike) -> np.ndarray:
    ratios = real_array(ratio, "ratio τ_v/τ_h", finite=False)
    if not (ratios > 0).all():
        raise InvalidInput(f"ratio τ_v/τ_h must be > 0, got {ratios.min()}")
    return ratios


def _one_ratio(ratio: float) -> float:
    return real_or_infinite(ratio, "ratio τ_v/τ_h", at_least=1e-300)


def _log_quotient(ratio: np.ndarray) -> np.ndarray:
    """Return ln r/(r − 1); 1 at r = 1, 0 at ∞."""
    with np.errstate(invalid="ignore", divide="ignore", under="ignore"):
        gap = ratio - 1
        log = np.where(ratio < 0.5, np.log(ratio), np.log1p(gap))  # 1 + gap loses the digits of a small ratio
        value = np.divide(log, gap, out=np.ones(np.shape(gap)), where=gap != 0)
    return np.where(np.isinf(ratio), 0.0, value)
