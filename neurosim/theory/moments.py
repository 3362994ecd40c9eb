"""Capacity from moments: what constraints on random synapses leave of it, in the normal approximation.

Hidden neuron μ and visible neuron i have a pair of synapses, w_iμ (hidden → visible) and b_iμ (visible → hidden), from
any distribution, independent of other pairs. With k others active the field of μ is (eq. 6 with b for ξᵀ)

    h_μ = (1/N_v) Σ_i b_iμ (s_μ w_iμ + X_i),    X_i = Σ_{ν active} w_iν,   of mean kE[w] and variance k var w,

a sum of N_v independent terms, so normal for large N_v, with (expectations over one pair)

    mean        s_μ a + k m,     a = E[bw], the self-coupling J_μμ;     m = E[b]E[w], the crosstalk J_μν,
    N_v·variance   s_μ (E[b²w²] − a²) + k (E[b²]E[w²] − m²)
                   + k(k − 1) E[w]² (E[b²] − E[b]²) + 2 s_μ k E[w] (E[b²w] − a E[b]).

The last line vanishes where E[w] = 0. Where it does not, the J_μν of one μ are correlated, by the b_iμ they share, and
crosstalk grows as k², not k. If pairs are of several classes (Dale's law: neurons that excite, neurons that inhibit),
visible classes have fixed shares and everything above is averaged over them, which is also why m can vanish although
no class has E[b] = 0.

A state is stable with probability ∏ Φ(± (mean − θ)/std) if fields of different neurons are independent; they are
nearly so if E[b] = 0 in every class. Constraints act on the seven moments alone, so they can be combined.

Symmetric weights, b = w of mean 0, are taken one step further. Their J_μμ is a sum of squares, skewed where few
synapses make it, and the crosstalk of its neuron has the variance kJ_μμE[w²]/N_v. So J_μμ gets a Γ distribution of its
mean and variance (for Gaussian weights it has that, as χ²), and only crosstalk, given J_μμ, is taken as normal.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.validation import whole


@dataclass(frozen=True, eq=False)
class Moments:
    """Moments of a random pair of synapses, w forth and b back; arrays (visible class, hidden class).

    Methods return the moments after a constraint on the synapses; `asymmetric`, `noisy` and `stuck` are for networks
    in which all synapses exist. What follows homeostasis makes J_μμ uneven again.

    Parameters
    ----------
    w, b, ww, bb, bw, bbw, bbww : ndarray (visible class, hidden class)
        E[w], E[b], E[w²], E[b²], E[bw], E[b²w], E[b²w²].
    visible_share, hidden_share : ndarray (visible class,), (hidden class,), default one class
        Share of each class; they sum to 1.
    even : bool, default False
        Whether every hidden neuron has J_μμ = a exactly, by homeostasis.
    """

    w: np.ndarray
    b: np.ndarray
    ww: np.ndarray
    bb: np.ndarray
    bw: np.ndarray
    bbw: np.ndarray
    bbww: np.ndarray
    visible_share: np.ndarray
    hidden_share: np.ndarray
    even: bool = False

    @classmethod
    def of(
        cls,
        *pairs: tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray], np.ndarray]],
        visible: tuple[float, ...] = (1.0,),
        hidden: tuple[float, ...] = (1.0,),
    ) -> Moments:
        """Return the moments of w = f(ξ), b = g(ξ), ξ standard normal, one (f, g) for each pair of classes.

        Parameters
        ----------
        *pairs : (callable, callable)
            Row by row: the first visible class with every hidden class, then the second.
        visible, hidden : tuple of float
            Shares of the classes.
        """
        x = (np.arange(-20_000, 20_000) + 0.5) * 5e-4  # midpoints, so that a kink or a jump at 0 costs nothing
        density = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi) * 5e-4
        values = []
        for forth, back in pairs:
            w, b = forth(x), back(x)
            values.append([float(density @ v) for v in (w, b, w * w, b * b, b * w, b * b * w, b * b * w * w)])
        shape = (len(visible), len(hidden))
        w, b, ww, bb, bw, bbw, bbww = (column.reshape(shape) for column in np.array(values).T)
        return cls(w, b, ww, bb, bw, bbw, bbww, np.array(visible, float), np.array(hidden, float))

    @classmethod
    def gaussian(cls) -> Moments:
        """Return those of eq. (3): w = b = ξ."""
        one, zero = np.ones((1, 1)), np.zeros((1, 1))
        return cls(zero, zero, one, one, one, zero, 3 * one, np.ones(1), np.ones(1))

    @classmethod
    def transformed(cls, change: Callable[[np.ndarray], np.ndarray]) -> Moments:
        """Return those of w = b = f(ξ): symmetric weights that are bounded or have few levels."""
        return cls.of((change, change))

    @classmethod
    def dale(cls, excitatory_visible: float, excitatory_hidden: float, *, pool: bool = False) -> Moments:
        """Return those of Gaussian weights whose wrong signs are cut, with or without a pool that takes the means away.

        Without: a = f/2 for a hidden neuron that excites and (1 − f)/2 for one that inhibits, f the share of visible
        neurons that excite, m = ±(2f − 1)/2π, E[w²] = E[b²] = ½. With: E[w] = E[b] = 0, E[w²] = E[b²] = ½ − 1/2π.
        """
        for name, share in (("excitatory_visible", excitatory_visible), ("excitatory_hidden", excitatory_hidden)):
            _within(name, share, 1.0)
        mean = 1 / math.sqrt(2 * math.pi) if pool else 0.0

        def kept(sign: int) -> Callable[[np.ndarray], np.ndarray]:
            return lambda x: sign * (np.maximum(sign * x, 0.0) - mean)

        pairs = [(kept(hidden), kept(visible)) for visible in (1, -1) for hidden in (1, -1)]
        split = {
            "visible": (excitatory_visible, 1 - excitatory_visible),
            "hidden": (excitatory_hidden, 1 - excitatory_hidden),
        }
        return cls.of(*pairs, **split)

    def scaled(self, forth: float | np.ndarray, back: float | np.ndarray) -> Moments:
        """Return those of w → forth·w, b → back·b; factors may differ between hidden classes, (hidden class,)."""
        u, v = np.asarray(forth, dtype=float), np.asarray(back, dtype=float)
        powers = {"w": u, "b": v, "ww": u * u, "bb": v * v, "bw": v * u, "bbw": v * v * u, "bbww": v * v * u * u}
        return replace(self, **{name: values * powers[name] for name, values in self._arrays().items()})

    def thinned(self, kept: float, *, together: bool) -> Moments:
        """Return those of synapses that live with probability `kept`; both of a pair together or each alone."""
        _within("kept", kept, 1.0)
        both = kept if together else kept**2
        single = ("w", "b", "ww", "bb")
        arrays = {name: values * (kept if name in single else both) for name, values in self._arrays().items()}
        return replace(self, **arrays, even=self.even and kept == 1)

    def _arrays(self) -> dict[str, np.ndarray]:
        return {name: getattr(self, name) for name in ("w", "b", "ww", "bb", "bw", "bbw", "bbww")}

    def silenced(self, share: float) -> Moments:
        """Return those of a share of dead visible neurons, a class of its own: a → (1 − d)a, as if N_v → (1 − d)N_v."""
        _within("share", share, 1.0)
        arrays = {name: np.vstack([values, 0 * values[:1]]) for name, values in self._arrays().items()}
        shares = np.append((1 - share) * self.visible_share, share)
        return replace(self, **arrays, visible_share=shares, even=self.even and share == 0)

    def sparse(self, density: float, *, reciprocal: bool = True) -> Moments:
        """Return those of sparse synapses, made stronger so that a stays.

        Reciprocal: E[b²]E[w²] stays, and E[b²w²] → E[b²w²]/p, so that only J_μμ spreads, by (3/p − 1)/N_v for Gaussian
        weights. Not reciprocal: E[b²]E[w²] → E[b²]E[w²]/p², as if there were p²N_v visible neurons.
        """
        if not 0 < density <= 1:
            raise InvalidInput(f"density must be above 0, up to 1, got {density!r}")
        scale = math.sqrt(density) if reciprocal else density
        return self.thinned(density, together=reciprocal).scaled(1 / scale, 1 / scale)

    def asymmetric(self, correlation: float) -> Moments:
        """Return those of b → ρb + √(1 − ρ²)·rms(b)·g: a → ρa, m → ρm, E[b²] stays."""
        _within("correlation", correlation, 1.0)
        rest = 1 - correlation**2
        return replace(
            self,
            even=self.even and correlation == 1,
            b=correlation * self.b,
            bw=correlation * self.bw,
            bbw=correlation**2 * self.bbw + rest * self.bb * self.w,
            bbww=correlation**2 * self.bbww + rest * self.bb * self.ww,
        )

    def noisy(self, std: float) -> Moments:
        """Return those of frozen errors, w → w + ε rms(w) g and b alike: E[w²]E[b²] grows by (1 + ε²)², a stays."""
        _within("std", std, math.inf)
        more = std**2
        return replace(
            self,
            even=self.even and std == 0,
            ww=(1 + more) * self.ww,
            bb=(1 + more) * self.bb,
            bbw=self.bbw + more * self.bb * self.w,
            bbww=self.bbww + (2 * more + more**2) * self.bb * self.ww,
        )

    def stuck(self, share: float) -> Moments:
        """Return those of synapses stuck at ±rms, independently either way: a → (1 − d)²a, E[w²], E[b²] stay."""
        _within("share", share, 1.0)
        left = 1 - share
        return replace(
            self,
            even=self.even and share == 0,
            w=left * self.w,
            b=left * self.b,
            bw=left**2 * self.bw,
            bbw=left**2 * self.bbw + left * share * self.bb * self.w,
            bbww=left**2 * self.bbww + (1 - left**2) * self.bb * self.ww,
        )

    def homeostatic(self) -> Moments:
        """Return those of synapses scaled until J_μμ = 1 for every hidden neuron, exactly.

        For symmetric weights with E[w] = 0 the crosstalk's variance is then 1/N_v, whatever the distribution: J_μν is
        the cosine of two vectors of independent components.
        """
        own = self.self_coupling
        factor = 1 / np.sqrt(np.where(own > 0, own, 1.0))  # where nothing comes back, nothing can be scaled
        return replace(self.scaled(factor, factor), even=True)

    @property
    def self_coupling(self) -> np.ndarray:
        """Mean of J_μμ, a = E[bw], (hidden class,)."""
        return self.visible_share @ self.bw

    @property
    def crosstalk(self) -> np.ndarray:
        """Mean of J_μν, m = E[b]E[w], (hidden class of μ, hidden class of ν)."""
        return np.einsum("v,vm,vn->mn", self.visible_share, self.b, self.w)

    @property
    def is_symmetric(self) -> bool:
        """Whether b is proportional to w and of mean 0, as far as moments tell, in the one class that is not dead."""
        one = np.count_nonzero(self.ww * self.bb) == np.count_nonzero(self.bw > 0) == 1 and self.bw.shape[1] == 1
        proportional = np.allclose(self.bw**2, self.ww * self.bb, rtol=1e-9)
        return one and proportional and bool(np.allclose([self.w, self.b], 0, atol=1e-9))

    @property
    def visible_factor(self) -> float:
        """Effective N_v over N_v: a²/(E[b²]E[w²]), means over hidden classes, and of the product over visible ones.

        A network of Gaussian weights (eq. 3) with so many visible neurons has the same crosstalk, in units of its
        self-coupling; where E[w] = 0 and J_μμ spreads little, the same capacity.
        """
        own = self.self_coupling @ self.hidden_share
        sizes = (self.bb @ self.hidden_share) * (self.ww @ self.hidden_share)
        return float(own**2 / (self.visible_share @ sizes))

    def field(self, active: bool, others: np.ndarray, n_visible: int) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and standard deviation of h_μ, (…, hidden class of μ).

        Parameters
        ----------
        active : bool
            Whether μ itself is active.
        others : ndarray (…, hidden class of μ, hidden class) or (…, 1, hidden class)
            How many other neurons of each class are active.
        n_visible : int
        """
        swarm = np.einsum("...mn,vn->...vm", others, self.w)  # E[X] for each visible class
        spread = np.einsum("...mn,vn->...vm", others, self.ww - self.w**2)
        mean = self.b * swarm
        square = self.bb * (spread + swarm**2)
        if active:
            own = self.self_coupling if self.even else self.bw  # even: the same for all, so nothing varies with it
            both = own * self.b if self.even else self.bbw
            mean = mean + own
            square = square + 2 * both * swarm + (own**2 if self.even else self.bbww)
        variance = np.maximum(np.einsum("v,...vm->...m", self.visible_share, square - mean**2), 0.0)
        return np.einsum("v,...vm->...m", self.visible_share, mean), np.sqrt(variance / n_visible)


def stable_share(
    moments: Moments,
    n_visible: int,
    n_hidden: int,
    threshold: float | np.ndarray,
    *,
    threshold_std: float = 0.0,
) -> float:
    """Return the share of the 2^N_h states that are stable, averaged over networks, in the normal approximation.

    Parameters
    ----------
    moments : Moments
    n_visible, n_hidden : int
        Sizes ≥ 1.
    threshold : float or ndarray (hidden class,)
        θ.
    threshold_std : float, default 0
        Spread of the thresholds.

    Returns
    -------
    float
        Σ over the numbers of active neurons, by class, of their binomial weight times ∏ Φ(±(mean − θ)/std).

    Raises
    ------
    InvalidInput
        A size is no whole number ≥ 1, threshold_std < 0, or θ is not finite or not one number (or one a hidden class).

    Notes
    -----
    For Gaussian weights `expected_fixed_points` is exact; at θ = ½ and 10 ≤ N_h ≤ 50 this is within 0.015 of it for
    N_v ≥ 2 N_h, within 0.004 for N_v ≥ 10 N_h. It is less exact where few synapses make a field, and where E[b] ≠ 0, as
    fields then depend on each other.
    """
    log_weight, on, off = _states(moments, n_visible, n_hidden, threshold_std)
    theta = np.asarray(threshold, dtype=float)
    if theta.shape not in ((), moments.hidden_share.shape) or not np.isfinite(theta).all():
        raise InvalidInput(
            f"threshold must be one finite number, or one for each of {moments.hidden_share.size} hidden classes, got "
            f"{threshold!r}"
        )
    return min(1.0, float(np.exp(log_weight + _log_stable(theta, on, off)).sum()))  # rounding


def best_threshold(moments: Moments, n_visible: int, n_hidden: int) -> float:
    """Return the θ, one for all neurons, at which `stable_share` is largest: near a/2 + mN_h/2.

    Where no state would be lost at all, to 1e-300, over a range of θ, its middle.
    """
    from scipy.optimize import minimize_scalar

    log_weight, on, off = _states(moments, n_visible, n_hidden, 0.0)

    def loss(threshold: float) -> float:
        stable = _log_stable(np.asarray(threshold), on, off)
        share, lost = np.exp(log_weight + stable).sum(), -(np.exp(log_weight) * np.expm1(stable)).sum()
        return -math.inf if lost <= 0 else math.log(lost) - math.log(share) if share > 0 else math.inf

    means = np.concatenate([mean[count > 0].ravel() for count, mean, _ in (on, off)])
    grid = np.linspace(means.min(), means.max(), 201)
    losses = np.array([loss(theta) for theta in grid])
    if (losses == -math.inf).any():
        return float(grid[losses == -math.inf][[0, -1]].mean())
    start = int(np.argmin(losses))
    low, high = grid[max(start - 1, 0)], grid[min(start + 1, 200)]
    found = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-6})
    return float(found.x)  # pyright: ignore[reportAttributeAccessIssue]


_Side = tuple[np.ndarray, np.ndarray, np.ndarray]  # numbers of neurons (state, class); means, stds (state, class, node)
_NODES = np.linspace(-6, 6, 97)  # of J_μμ, as quantiles of a standard normal
_WEIGHTS = np.exp(-(_NODES**2) / 2) / np.exp(-(_NODES**2) / 2).sum()


def _states(moments: Moments, n_visible: int, n_hidden: int, threshold_std: float) -> tuple[np.ndarray, _Side, _Side]:
    """Return, for every number of active neurons by class, its log weight, and the fields on either side."""
    from scipy.special import gammaincinv, gammaln, ndtr

    for name, size in (("n_visible", n_visible), ("n_hidden", n_hidden)):
        whole(size, name)
    _within("threshold_std", threshold_std, math.inf)
    ends = np.round(n_hidden * np.cumsum(moments.hidden_share)).astype(int)
    sizes = np.diff(ends, prepend=0)
    active = np.stack(np.meshgrid(*(np.arange(n + 1) for n in sizes), indexing="ij"), axis=-1).reshape(-1, len(sizes))
    ways = gammaln(sizes + 1) - gammaln(active + 1) - gammaln(sizes - active + 1)
    strength = np.ones(1)
    if moments.is_symmetric and not moments.even:
        own = moments.self_coupling.item()
        spread = (moments.visible_share @ (moments.bbww - moments.bw**2)).item()
        moments = replace(moments, even=True)
        if spread > 1e-12 * own**2:
            shape = n_visible * own**2 / spread
            strength = gammaincinv(shape, ndtr(_NODES)) / shape
    sides = []
    for is_on in (True, False):
        others = active[:, None, :] - (np.eye(len(sizes), dtype=int) if is_on else 0)
        mean, std = (values[..., None] for values in moments.field(is_on, np.maximum(others, 0), n_visible))
        std = np.hypot(std * np.sqrt(strength), threshold_std)
        sides.append((active if is_on else sizes - active, mean * strength, std))
    return ways.sum(axis=1) - n_hidden * math.log(2), sides[0], sides[1]


def _within(name: str, value: float, high: float) -> None:
    if not 0 <= value <= high or not math.isfinite(value):
        limits = f"from 0 to {high:g}" if high < math.inf else "finite and >= 0"
        raise InvalidInput(f"{name} must be {limits}, got {value!r}")


def _log_stable(threshold: np.ndarray, on: _Side, off: _Side) -> np.ndarray:
    """Return the log of the probability that all neurons keep their side, (state,)."""
    from scipy.special import ndtr

    total = np.zeros(len(on[0]))
    for (count, mean, std), sign in ((on, 1.0), (off, -1.0)):
        ahead = sign * (mean - threshold[..., None])
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.where(std > 0, ahead / std, np.where((ahead > 0) | ((sign < 0) & (ahead == 0)), np.inf, -np.inf))
            kept, lost = (p @ _WEIGHTS if p.shape[-1] > 1 else p[..., 0] for p in (ndtr(z), ndtr(-z)))
            log_kept = np.where(kept < 0.5, np.log(kept), np.log1p(-lost))  # each where it is exact
        total += np.where(count > 0, count * np.maximum(log_kept, -1e4), 0.0).sum(axis=1)
    return total
