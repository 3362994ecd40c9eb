"""The moments of random synapses under constraints, and the fields that follow in the normal approximation.

Hidden neuron μ and visible neuron i have a pair of synapses, w_iμ (hidden → visible) and b_iμ (visible → hidden), from
any distribution, independent of other pairs. With k others active the field of μ is (eq. 6 with b for ξᵀ)

    h_μ = (1/N_v) Σ_i b_iμ (s_μ w_iμ + X_i),    X_i = Σ_{ν active} w_iν,   of mean kE[w] and variance k var w,

a sum of N_v independent terms, so normal for large N_v, with (expectations over one pair)

    mean        s_μ a + k m,     a = E[bw], the self-coupling J_μμ;     m = E[b]E[w], the crosstalk J_μν,
    N_v·variance   s_μ (E[b²w²] − a²) + k (E[b²]E[w²] − m²)
                   + k(k − 1) E[w]² (E[b²] − E[b]²) + 2 s_μ k E[w] (E[b²w] − a E[b]).

The last line vanishes if E[w] = 0. If not, the J_μν of one μ are correlated through the b_iμ that they share, and
crosstalk grows as k², not k. If there are several classes of pairs (Dale's law: excitatory and inhibitory neurons),
visible classes have fixed shares and all expressions are averaged over them, so m can vanish although no class has
E[b] = 0.

Constraints change only the seven moments, so they can be combined. `stable_share` gives the capacity that follows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from neurosim import validation


@dataclass(frozen=True, eq=False)
class Moments:
    """Moments of a random pair of synapses: w from the hidden to the visible neuron, b from the visible to the hidden.

    Each method returns the moments after a constraint on the synapses. `asymmetric`, `noisy` and `stuck` are for
    networks in which all synapses exist. A constraint after `homeostatic` makes J_μμ vary between neurons again.

    Parameters
    ----------
    w, b, ww, bb, bw, bbw, bbww : ndarray, shape (visible class, hidden class)
        E[w], E[b], E[w²], E[b²], E[bw], E[b²w], E[b²w²].
    visible_share, hidden_share : ndarray, shape (visible class,) and (hidden class,)
        Share of each class; they sum to 1.
    even : bool, default False
        Whether every hidden neuron has J_μμ = a exactly, by homeostasis.

    See Also
    --------
    stable_share : The share of stable states that follows.
    neurosim.constraints : The constraints on networks.

    Examples
    --------
    >>> from neurosim.theory import Moments, stable_share
    >>> sparse = Moments.gaussian().sparse(0.2)
    >>> round(stable_share(sparse, 200, 10, 0.5), 3)
    0.852
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

    def __post_init__(self) -> None:
        for name, values in vars(self).copy().items():
            if name != "even":
                validation.assign(self, **{name: validation.real_array(values, name)})

    @classmethod
    def of(
        cls,
        *pairs: tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray], np.ndarray]],
        visible: tuple[float, ...] = (1.0,),
        hidden: tuple[float, ...] = (1.0,),
    ) -> Moments:
        """Return the moments of w = f(ξ), b = g(ξ) with ξ standard normal and one (f, g) for each pair of classes.

        Parameters
        ----------
        *pairs : (callable, callable)
            The first visible class with every hidden class, then the second, and so on.
        visible, hidden : tuple of float, default one class
            Shares of the classes.

        Examples
        --------
        >>> import numpy as np
        >>> from neurosim.theory import Moments
        >>> Moments.of((np.sign, np.sign)).bw.round(6)
        array([[1.]])
        """
        x = (np.arange(-20_000, 20_000) + 0.5) * 5e-4  # midpoints: a kink or a jump at 0 causes no error
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
        """Return the moments of Gaussian weights, w = b = ξ (eq. 3).

        Examples
        --------
        >>> from neurosim.theory import Moments
        >>> Moments.gaussian().self_coupling
        array([1.])
        """
        one, zero = np.ones((1, 1)), np.zeros((1, 1))
        return cls(zero, zero, one, one, one, zero, 3 * one, np.ones(1), np.ones(1))

    @classmethod
    def transformed(cls, change: Callable[[np.ndarray], np.ndarray]) -> Moments:
        """Return the moments of symmetric weights w = b = f(ξ), for instance bounded or quantised ones.

        Parameters
        ----------
        change : callable
            f, applied to an array of ξ.

        Examples
        --------
        >>> import numpy as np
        >>> from neurosim.theory import Moments
        >>> Moments.transformed(np.sign).visible_factor.__round__(6)
        1.0
        """
        return cls.of((change, change))

    @classmethod
    def dale(cls, excitatory_visible: float, excitatory_hidden: float, *, pool: bool = False) -> Moments:
        """Return the moments of Gaussian weights after synapses of the wrong sign are removed (Dale's law).

        Parameters
        ----------
        excitatory_visible, excitatory_hidden : float in [0, 1]
            Share of excitatory neurons in each layer.
        pool : bool, default False
            Whether a pool of interneurons subtracts the mean of the synapses.

        Notes
        -----
        Without a pool, a = f/2 for an excitatory and (1 − f)/2 for an inhibitory hidden neuron, where f is the share
        of excitatory visible neurons, m = ±(2f − 1)/2π and E[w²] = E[b²] = ½. With a pool, E[w] = E[b] = 0 and
        E[w²] = E[b²] = ½ − 1/2π.

        Examples
        --------
        >>> from neurosim.theory import Moments
        >>> Moments.dale(0.8, 1.0).self_coupling.round(3)
        array([0.4, 0.1])
        """
        excitatory_visible = validation.share(excitatory_visible, "excitatory_visible")
        excitatory_hidden = validation.share(excitatory_hidden, "excitatory_hidden")
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
        """Return the moments of w → forth·w, b → back·b.

        Parameters
        ----------
        forth, back : float or ndarray of shape (hidden class,)
        """
        u, v = validation.real_array(forth, "forth"), validation.real_array(back, "back")
        powers = {"w": u, "b": v, "ww": u * u, "bb": v * v, "bw": v * u, "bbw": v * v * u, "bbww": v * v * u * u}
        return replace(self, **{name: values * powers[name] for name, values in self._arrays().items()})

    def thinned(self, kept: float, *, together: bool) -> Moments:
        """Return the moments of synapses that exist with probability `kept`.

        Parameters
        ----------
        kept : float in [0, 1]
        together : bool
            Whether the two synapses of a pair exist together, or each independently.
        """
        kept = validation.share(kept, "kept")
        both = kept if together else kept**2
        single = ("w", "b", "ww", "bb")
        arrays = {name: values * (kept if name in single else both) for name, values in self._arrays().items()}
        return replace(self, **arrays, even=self.even and kept == 1)

    def _arrays(self) -> dict[str, np.ndarray]:
        return {name: getattr(self, name) for name in ("w", "b", "ww", "bb", "bw", "bbw", "bbww")}

    def silenced(self, share: float) -> Moments:
        """Return the moments with a share d of dead visible neurons: a → (1 − d)a, as for N_v → (1 − d)N_v.

        Parameters
        ----------
        share : float in [0, 1]
            d. Dead neurons form a separate class.
        """
        share = validation.share(share, "share")
        arrays = {name: np.vstack([values, 0 * values[:1]]) for name, values in self._arrays().items()}
        shares = np.append((1 - share) * self.visible_share, share)
        return replace(self, **arrays, visible_share=shares, even=self.even and share == 0)

    def sparse(self, density: float, *, reciprocal: bool = True) -> Moments:
        """Return the moments of sparse synapses, strengthened so that a is unchanged.

        Parameters
        ----------
        density : float in (0, 1]
            p, share of the synapses that exist.
        reciprocal : bool, default True
            Whether the two synapses of a pair exist together.

        Notes
        -----
        Reciprocal: E[b²]E[w²] is unchanged and E[b²w²] → E[b²w²]/p, so that only J_μμ varies, with the variance
        (3/p − 1)/N_v for Gaussian weights. Not reciprocal: E[b²]E[w²] → E[b²]E[w²]/p², as for p²N_v visible neurons.
        """
        density = validation.real(density, "density", above=0, at_most=1)
        scale = math.sqrt(density) if reciprocal else density
        return self.thinned(density, together=reciprocal).scaled(1 / scale, 1 / scale)

    def asymmetric(self, correlation: float) -> Moments:
        """Return the moments of b → ρb + √(1 − ρ²)·rms(b)·g: a → ρa, m → ρm, and E[b²] is unchanged.

        Parameters
        ----------
        correlation : float in [0, 1]
            ρ.
        """
        correlation = validation.share(correlation, "correlation")
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
        """Return the moments with frozen errors, w → w + ε rms(w) g and b likewise.

        E[w²]E[b²] grows by the factor (1 + ε²)²; a is unchanged.

        Parameters
        ----------
        std : float
            ε ≥ 0.
        """
        std = validation.real(std, "std", at_least=0)
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
        """Return the moments with a share d of the synapses stuck at ±rms, independently in either direction.

        a → (1 − d)²a; E[w²] and E[b²] are unchanged.

        Parameters
        ----------
        share : float in [0, 1]
            d.
        """
        share = validation.share(share, "share")
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
        """Return the moments of synapses scaled to J_μμ = 1 exactly, for every hidden neuron.

        For symmetric weights with E[w] = 0 the variance of the crosstalk is then 1/N_v for any distribution, because
        J_μν is the cosine of two vectors of independent components.
        """
        own = self.self_coupling
        factor = 1 / np.sqrt(np.where(own > 0, own, 1.0))  # without self-coupling there is nothing to scale
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
        """Whether the moments are those of b proportional to w, of mean 0, in the only class that is not dead."""
        one = np.count_nonzero(self.ww * self.bb) == np.count_nonzero(self.bw > 0) == 1 and self.bw.shape[1] == 1
        proportional = np.allclose(self.bw**2, self.ww * self.bb, rtol=1e-9)
        return one and proportional and bool(np.allclose([self.w, self.b], 0, atol=1e-9))

    @property
    def visible_factor(self) -> float:
        """Effective number of visible neurons over N_v, a²/(E[b²]E[w²]), averaged over hidden and visible classes.

        A network of Gaussian weights (eq. 3) with the effective number has the same crosstalk in units of its
        self-coupling and, if E[w] = 0 and J_μμ varies little, the same capacity.
        """
        own = self.self_coupling @ self.hidden_share
        sizes = (self.bb @ self.hidden_share) * (self.ww @ self.hidden_share)
        return float(own**2 / (self.visible_share @ sizes))

    def field(self, active: bool, others: np.ndarray, n_visible: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean and standard deviation of the field h_μ.

        Parameters
        ----------
        active : bool
            Whether μ itself is active.
        others : ndarray, shape (…, hidden class of μ, hidden class) or (…, 1, hidden class)
            Number of other active neurons of each class.
        n_visible : int

        Returns
        -------
        mean, std : ndarray, shape (…, hidden class of μ)
        """
        others, n_visible = validation.real_array(others, "others"), validation.whole(n_visible, "n_visible")
        input_mean = np.einsum("...mn,vn->...vm", others, self.w)  # E[X] for each visible class
        input_variance = np.einsum("...mn,vn->...vm", others, self.ww - self.w**2)
        mean = self.b * input_mean
        square = self.bb * (input_variance + input_mean**2)
        if active:
            own = self.self_coupling if self.even else self.bw  # if even, J_μμ does not vary
            both = own * self.b if self.even else self.bbw
            mean = mean + own
            square = square + 2 * both * input_mean + (own**2 if self.even else self.bbww)
        variance = np.maximum(np.einsum("v,...vm->...m", self.visible_share, square - mean**2), 0.0)
        return np.einsum("v,...vm->...m", self.visible_share, mean), np.sqrt(variance / n_visible)
