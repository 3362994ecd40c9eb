"""Random states of a Gaussian network by their number of active neurons, and the probability that no bit flips.

The integrals are those of `neurosim.theory.exact_law`, whose docstring derives them: equation (∗) over the path, and
the mean over the length r of the summed columns.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.theory import quadrature
from neurosim.validation import noise_level, real, real_array, whole


@dataclass(frozen=True)
class States:
    """Random states grouped by their number k of active neurons: arrays over k, with the log probability of each k."""

    n_visible: int
    n_hidden: int
    k: np.ndarray
    log_weight: np.ndarray
    noise: np.ndarray  # N_h σ_v² = κ − k, kept apart from k, beside which it can be too small
    on: np.ndarray
    off: np.ndarray

    @classmethod
    def of(
        cls,
        n_visible: int,
        n_hidden: int,
        threshold: float | tuple[float, float] | tuple[np.ndarray, np.ndarray],
        noise_std: float = 0.0,
        n_active: int | None = None,
        peak: float = 1.0,
    ) -> States:
        """Check the arguments of `no_flip_probability`; the thresholds may also be arrays over k."""
        from scipy.special import gammaln

        n_visible, n_hidden, noise_std, peak = checked_arguments(n_visible, n_hidden, noise_std, peak)
        if n_active is None:
            k = np.arange(n_hidden + 1)
            log_weight = gammaln(n_hidden + 1) - gammaln(k + 1) - gammaln(n_hidden - k + 1) - n_hidden * math.log(2)
        else:
            k, log_weight = np.array([whole(n_active, "n_active", at_least=0, at_most=n_hidden)]), np.zeros(1)
        pair = threshold_pair(threshold)
        if any(value.shape not in ((), k.shape) for value in pair):
            raise InvalidInput(
                f"threshold must be one number, or a pair (of active, of inactive neurons), got {threshold!r}"
            )
        on, off = (np.broadcast_to(value / peak, k.shape) for value in pair)
        return cls(n_visible, n_hidden, k, log_weight, np.full(k.shape, n_hidden * noise_std**2), on, off)

    @property
    def kappa(self) -> np.ndarray:
        """Variance of a field's noise in units of r²/N_v."""
        return self.k + self.noise

    def _subset(self, which: np.ndarray) -> States:
        arrays = (self.k, self.log_weight, self.noise, self.on, self.off)
        return States(self.n_visible, self.n_hidden, *(array[which] for array in arrays))

    def _silent(self) -> tuple[float, States]:
        """Return the probability of states without fluctuations that stay inactive, and the remaining states."""
        none = self.kappa == 0
        stays = none & (self.off >= 0)
        return float(np.exp(self.log_weight[stays]).sum()), self._subset(~none)

    def log_no_flip(self) -> float:
        """Return log Σ_k weight P_k."""
        silent, rest = self._silent()
        log_rest = rest._log_mean(rest._log_terms_no_flip) if rest.k.size else -math.inf
        return float(np.logaddexp(log_rest, math.log(silent) if silent else -math.inf))

    def any_flip(self) -> float:
        """Return Σ_k weight (1 − P_k) as two integrals, each with one maximum over r."""
        _, rest = self._silent()
        total = float(np.exp(self.log_weight[(self.kappa == 0) & (self.off < 0)]).sum())
        if rest.k.size:
            total += math.exp(rest._log_mean(rest._log_terms_on_flips))
            total += math.exp(rest._log_mean(rest._log_terms_off_flips))
        return min(total, 1.0)

    def _log_mean(self, terms: Callable[..., np.ndarray]) -> float:
        """Return log of the mean over r of Σ_k e^{terms}, without the k that contribute nothing."""
        # Terms too small to count become 0, and fields out of reach infinite, also where NumPy is set to raise.
        with np.errstate(over="ignore", under="ignore"):
            return self._log_mean_of(terms)

    def _log_mean_of(self, terms: Callable[..., np.ndarray]) -> float:
        low, high, top = quadrature.window(partial(_sum_over_k, terms, self), self.n_visible)
        if not low < high:
            return -math.inf
        r = np.append(np.linspace(low, high, 25)[1:-1], np.geomspace(max(low, 1e-6 * high), high, 25))
        rough = terms(self, r[:, None], quadrature.ROUGH)
        matters = (rough > rough.max(axis=1, keepdims=True) - quadrature.NATS).any(axis=0)
        # Without noise (∗) starts at r² = θ_on, where it is not analytic; with little noise it is steep there.
        noise = float(self.noise[0])
        onset, width = np.sqrt(np.maximum(self.on[:4, None], 0)), math.sqrt(noise * (noise + 1) / self.n_visible) / 2
        steep = (onset + width * np.array([-10, -3, 0, 3, 10])).ravel() if width < (high - low) / 50 else ()
        summed = partial(_sum_over_k, terms, self._subset(matters))
        return quadrature.integrate(summed, self.n_visible, low, high, top, steep)

    @staticmethod
    def _log_terms_no_flip(states: States, r: np.ndarray, step: float) -> np.ndarray:
        return states.log_weight + states._log_all_on(r, step)[0] + states._log_all_off(r)

    @staticmethod
    def _log_terms_on_flips(states: States, r: np.ndarray, step: float) -> np.ndarray:
        return states.log_weight + states._log_all_on(r, step)[1]

    @staticmethod
    def _log_terms_off_flips(states: States, r: np.ndarray, step: float) -> np.ndarray:
        with np.errstate(divide="ignore", under="ignore"):
            some_off = np.log(-np.expm1(states._log_all_off(r)))
        return states.log_weight + states._log_all_on(r, step)[0] + some_off

    def _log_all_off(self, r: np.ndarray) -> np.ndarray:
        from scipy.special import log_ndtr

        return (self.n_hidden - self.k) * log_ndtr(np.sqrt(self.n_visible / self.kappa) * self.off / r)

    def _log_all_on(self, r: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
        """Return log P(all active above θ | r) and log of its complement, (r, k)."""
        a = np.sqrt(self.n_visible / self.kappa) * (self.on / r - r)
        k, noise = (np.broadcast_to(array, a.shape) for array in (self.k, self.noise))
        return quadrature.log_all_above(a, k, noise, step)


def _sum_over_k(terms: Callable[..., np.ndarray], states: States, r: np.ndarray, step: float) -> np.ndarray:
    """Return log Σ_k e^{terms}, (r,), in pieces of r whose (r, k, path) arrays stay small."""
    from scipy.special import logsumexp

    rows = max(1, 50_000 // states.k.size)  # about 100 MB, with 70 points on each path
    pieces = [terms(states, r[start : start + rows, None], step) for start in range(0, r.size, rows)]
    return np.concatenate([logsumexp(piece, axis=1) for piece in pieces])


def checked_arguments(n_visible: int, n_hidden: int, noise_std: float, peak: float) -> tuple[int, int, float, float]:
    """Return sizes, noise and peak as numbers of Python; refuse those out of range."""
    sizes = whole(n_visible, "n_visible"), whole(n_hidden, "n_hidden")
    return *sizes, noise_level(noise_std), real(peak, "peak", above=0)


def threshold_pair(threshold: Any) -> tuple[Any, Any]:
    """Return the thresholds of active and of inactive neurons."""
    several = isinstance(threshold, (tuple, list)) or getattr(threshold, "ndim", 0)
    pair = threshold if several else (threshold, threshold)
    if len(pair) != 2:
        raise InvalidInput(f"threshold must be one number or a pair (of active, of inactive neurons), got {threshold}")
    return real_array(pair[0], "threshold"), real_array(pair[1], "threshold")
