"""Why the visible layer must be slow: recall from h(0) = 0 against r = τ_v/τ_h (Fig. 11, appendix G).

The cue drives hidden neuron μ with u_μ(0) = u₀ (eq. 1b). Until the first threshold is crossed nothing feeds the visible
layer, so u decays as u₀e^{−t/τ_v} and h = u₀φ(t) (`neurosim.reduction`), which rises to u₀p(r) and falls again:

    φ(t) = (e^{−t/τ_v} − e^{−t/τ_h}) r/(r − 1),    p(r) = r^{−1/(r−1)}    at    t* = τ_h r ln r/(r − 1).

A neuron crosses in this first pass if and only if u₀ > θ/p(r). Without crosstalk u₀ is 1 for the active and 0 for the
others, and the target is recalled if and only if p(r) > θ: for θ = ½, r > 2 exactly, since p(2) = ½. Crosstalk and cue
noise spread u₀, and the law of `exact_law` with the threshold θ/p(r) gives the first pass; p(r) reaches 1 slowly
(1 − p ≈ ln r/r), which is why recall still improves at r = 4 and long after.

The first pass leaves out that neurons which have crossed change u of those which have not. To first order: let all
other active neurons cross at the time T at which a neuron with u₀ = 1 does, φ(T) = θ. From then on neuron μ relaxes not
to 0 but to c, its crosstalk, and h = u₀φ(t) + cG(t − T), with G = 1 − φ − e^{−t/τ_h} the response of h to a step of c.
Given u₀ = 1 + d (active) or d (inactive), c is on average ρd, with

    ρ = (k − 1)/(k + 1 + N_h σ_v²)  (active),    ρ = k/(k + N_h σ_v²)  (inactive),

its share of the variance of d, by eq. (24). So an active neuron crosses if (1 + d)φ + ρdG > θ at some time, an inactive
one if d(φ + ρG) > θ: again two thresholds on u₀, one for each kind. An active neuron in doubt has d < 0 if r is above
the critical ratio, so the others' crossing holds it back, and the first pass alone promises too much.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from neurosim.errors import InvalidInput
from neurosim.theory.exact_law import States
from neurosim.theory.quadrature import bracketed_root

_TIMES = 2000  # at which a maximum over time is looked for; it is smooth, so the maximum is within about 1e-5


def rise(ratio: ArrayLike, time: ArrayLike) -> np.ndarray:
    """Return φ, the potential h per unit of initial drive, before any neuron crosses; broadcasts.

    Parameters
    ----------
    ratio : float or ndarray > 0
        τ_v/τ_h; ∞ for a visible layer that does not move.
    time : float or ndarray ≥ 0
        In units of τ_h.
    """
    ratio, time = _ratios(ratio), np.asarray(time, dtype=float)
    with np.errstate(invalid="ignore"):
        gap = time * (1 - 1 / ratio)
        series = np.divide(-np.expm1(-gap), gap, out=np.ones(np.shape(gap)), where=gap != 0)
    return time * np.exp(-time / ratio) * series


def rise_peak(ratio: ArrayLike) -> np.ndarray:
    """Return p(r) = r^{−1/(r−1)}, the largest share of its initial drive that a hidden potential reaches.

    Parameters
    ----------
    ratio : float or ndarray > 0
        τ_v/τ_h. p(1) = 1/e, p(2) = ½, p(∞) = 1.
    """
    return np.exp(-_log_quotient(_ratios(ratio)))


def rise_peak_time(ratio: ArrayLike) -> np.ndarray:
    """Return t* = r ln r/(r − 1), when φ is largest, in units of τ_h; 1 at r = 1."""
    ratio = _ratios(ratio)
    with np.errstate(invalid="ignore"):
        return np.where(np.isinf(ratio), np.inf, ratio * _log_quotient(ratio))


def rise_time(ratio: ArrayLike, drive: ArrayLike, threshold: ArrayLike) -> np.ndarray:
    """Return when drive·φ first crosses the threshold, in units of τ_h; NaN where it never does. Broadcasts.

    Parameters
    ----------
    ratio : float or ndarray > 0
        τ_v/τ_h; ∞ gives ln(1/(1 − θ/u₀)).
    drive : float or ndarray
        u₀, initial drive.
    threshold : float or ndarray > 0
        θ. Touching it is not crossing it.

    Raises
    ------
    InvalidInput
        A ratio or threshold is not > 0.
    """
    ratio, drive, threshold = np.broadcast_arrays(
        _ratios(ratio), np.asarray(drive, float), np.asarray(threshold, float)
    )
    if not (threshold > 0).all():
        raise InvalidInput(f"threshold must be > 0, since h starts at 0, got {threshold.min()}")
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = threshold / drive
        crosses = (drive > 0) & (needed < rise_peak(ratio))
        at_infinity = -np.log1p(-np.where(crosses, needed, 0.5))
    low = np.where(crosses, at_infinity, 0.0)  # at a finite r it is later
    high = np.where(np.isinf(ratio), low, rise_peak_time(ratio))
    high = np.maximum(high, low)
    for _ in range(60):  # φ rises up to its peak: halve [low, high]
        middle = (low + high) / 2
        over = rise(ratio, middle) > needed
        low, high = np.where(over, low, middle), np.where(over, middle, high)
    return np.where(crosses, (low + high) / 2, np.nan)


def critical_ratio(threshold: float) -> float:
    """Return the τ_v/τ_h above which recall starts, without crosstalk and noise: p(r) = θ.

    With L = −ln θ, ln r = −L − W(−Le^{−L}), W the branch of Lambert's function that is not −L. 2 at θ = ½.

    Raises
    ------
    InvalidInput
        The threshold is not in (0, 1).
    """
    from scipy.special import lambertw

    _inside(threshold)
    level = -math.log(threshold)
    if abs(level - 1) < 1e-7:  # both branches meet at r = 1
        return 1.0
    branch = -1 if level < 1 else 0
    return math.exp(-level - lambertw(-level * math.exp(-level), branch).real)


def recall_vs_ratio_law(
    n_visible: int, n_hidden: int, threshold: float, ratio: float, *, noise_std: float = 0.0
) -> float:
    """Return the expected share of random states recalled from h(0) = 0, Gaussian weights, to first order in feedback.

    An approximation, see the module's text. It neglects that neurons cross one after another, and what a neuron that
    should not have crossed does to the rest: so it is for N_v ≫ N_h, and least good at the critical ratio. The first
    pass alone is ``no_flip_probability(…, peak=rise_peak(ratio))``. Measured over 400 networks of N_h = 10, N_v = 1000,
    all states, θ = ½, σ_v = 0, as simulation (± standard error), this law, first pass alone: .099 ± .004, .090, .090 at
    a ratio of 2; .779 ± .007, .770, .812 at 3; .959 ± .003, .957, .975 at 4; .9965 ± .0007, .9965, .9987 at 6.

    Parameters
    ----------
    n_visible, n_hidden : int
    threshold : float > 0
        θ. From 1 on no active neuron crosses without crosstalk, whatever the ratio.
    ratio : float > 0
        τ_v/τ_h; ∞ gives `no_flip_probability`.
    noise_std : float, default 0
        σ_v on the visible cue (eq. 13).

    Raises
    ------
    InvalidInput
        An argument is out of its range.
    """
    if not (math.isfinite(threshold) and threshold > 0):
        raise InvalidInput(f"threshold must be finite and > 0, since h starts at 0, got {threshold}")
    shares = _crosstalk_shares(np.arange(n_hidden + 1), n_hidden * noise_std**2)
    thresholds = _with_feedback(float(_ratios(ratio)), threshold, *shares)
    return math.exp(States.of(n_visible, n_hidden, thresholds, noise_std).log_no_flip())


def ratio_for(share: float, n_visible: int, n_hidden: int, threshold: float, *, noise_std: float = 0.0) -> float:
    """Return the τ_v/τ_h at which `recall_vs_ratio_law` reaches `share`; ∞ if no ratio does. Takes some seconds.

    Raises
    ------
    InvalidInput
        share is not in (0, 1), or another argument is out of its range.
    """
    if not 0 < share < 1:
        raise InvalidInput(f"share must be in (0, 1), got {share}")

    def excess(log_ratio: float) -> float:
        return recall_vs_ratio_law(n_visible, n_hidden, threshold, math.exp(log_ratio), noise_std=noise_std) - share

    low, high = math.log(critical_ratio(threshold)), 0.0
    if recall_vs_ratio_law(n_visible, n_hidden, threshold, math.inf, noise_std=noise_std) <= share:
        return math.inf
    while excess(low) > 0:
        low -= 1
    high = low + 1
    while excess(high) < 0:
        low, high = high, high + 1
    return math.exp(bracketed_root(excess, low, high, 1e-6))


def _crosstalk_shares(k: np.ndarray, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Return ρ of active and of inactive neurons, for k active ones and noise N_h σ_v²."""
    return np.maximum(k - 1, 0) / (k + 1 + noise), k / np.maximum(k + noise, 1e-300)


def _with_feedback(
    ratio: float, threshold: float, on_share: np.ndarray, off_share: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the initial drive that active neurons need, and the one that inactive ones must not exceed, per ρ."""
    peak = float(rise_peak(ratio))
    alone = np.full(on_share.shape, threshold / peak)
    if peak <= threshold or math.isinf(ratio):  # nobody crosses without crosstalk; or all while u still is u₀
        return alone, alone
    crossing = float(rise_time(ratio, 1.0, threshold))
    later = np.geomspace(1e-3, 60 * max(1.0, ratio), _TIMES)
    phi, step = rise(ratio, crossing + later), 1 - rise(ratio, later) - np.exp(-later)
    # active: (1 + d)φ + ρdG > θ at some time, that is, d > (θ − φ)/(φ + ρG)
    d = ((threshold - phi) / (phi + on_share[:, None] * step)).min(axis=1)
    largest = (phi + off_share[:, None] * step).max(axis=1)
    return 1 + d, threshold / np.maximum(largest, np.maximum(off_share, peak))


def _ratios(ratio: ArrayLike) -> np.ndarray:
    ratios = np.asarray(ratio, dtype=float)
    if not (ratios > 0).all():
        raise InvalidInput(f"ratio τ_v/τ_h must be > 0, got {ratios.min()}")
    return ratios


def _inside(threshold: float) -> None:
    if not 0 < threshold < 1:
        raise InvalidInput(f"threshold must be in (0, 1), where both states of a neuron are stable, got {threshold}")


def _log_quotient(ratio: np.ndarray) -> np.ndarray:
    """Return ln r/(r − 1); 1 at r = 1, 0 at ∞."""
    with np.errstate(invalid="ignore"):
        gap = ratio - 1
        value = np.divide(np.log1p(gap), gap, out=np.ones(np.shape(gap)), where=gap != 0)
    return np.where(np.isinf(ratio), 0.0, value)
