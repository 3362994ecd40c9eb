"""Associative memory of phase oscillators with pairwise couplings and couplings of four oscillators."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import i0e, i1e

from neurosim.errors import InvalidInput
from neurosim.models.base import Recall
from neurosim.models.continuous import Continuous
from neurosim.models.synchronous import Synchronous
from neurosim.validation import generator, real, seed_number

_STILL = 1e-8  # radians a step, root mean square
_TURNED = 1e-6  # radians by which the largest overlap may be off the real axis; a smaller overlap has no phase
_FLAT = 1e-7  # curvature of E, of the field's size, below which a direction counts as level
_PUSH = 0.1  # radians, largest turn of an oscillator in the step that leaves a saddle

# Brian2 equations: groups of oscillators and of overlaps, and synapses both ways, all to all. The oscillators need an
# `order` larger by 2 than that of the overlaps, because Brian2 sums for a group just before it is updated: first m,
# then pulls.
OSCILLATORS = """
dphi/dt = pull/tau + sqrt(2*temperature/tau)*xi : 1   # -dE/dphi_i, and noise
pull : 1                                 # sum_mu k_mu (y_mu cos(phi_i - turn_mui) - x_mu sin(phi_i - turn_mui))
tau : second (shared, constant)
temperature : 1 (shared, constant)
"""
OVERLAPS = """
x : 1                                    # Re m_mu
y : 1                                    # Im m_mu
k = j2 + j4*(x**2 + y**2) : 1
j2 : 1 (shared, constant)
j4 : 1 (shared, constant)
"""
TO_OVERLAPS = """
turn : 1 (constant)                      # the pattern's phase
x_post = cos(phi_pre - turn)/N_pre : 1 (summed)
y_post = sin(phi_pre - turn)/N_pre : 1 (summed)
"""
TO_OSCILLATORS = """
turn : 1 (constant)                      # the pattern's phase
pull_post = k_pre*(y_pre*cos(phi_post - turn) - x_pre*sin(phi_post - turn)) : 1 (summed)
"""


class Kuramoto(Continuous):
    """Memory of phase oscillators with pairwise and four-body couplings [1]_.

    E = −N Σ_μ (½ J₂ |m^μ|² + ¼ J₄ |m^μ|⁴), m^μ = (1/N) Σ_i exp(i(φ_i − φ_i^μ)); τ dφ_i/dt = −∂E/∂φ_i.

    Parameters
    ----------
    j2, j4 : float >= 0, default 1 and 4
        J₂ and J₄, not both 0; dimensionless, as E is. The smaller J₄, the slower the recall.
    step : float > 0, default 10
        Duration of one step, in units of τ.
    seed : int, default 0
        Seed of the directions in which saddles are left.

    See Also
    --------
    mean_field_overlaps : The equilibrium with noise, for one pattern and N → ∞.
    Hebb : The memory of ±1 neurons with the pairwise weights.

    Notes
    -----
    J₂ is Kuramoto's coupling with Hebb's weights, J₂/N Σ_μ cos(φ_i^μ − φ_j^μ); J₄ couples four oscillators. The value
    of a neuron, x, is its phase, φ = ½ π (1 − x): 1 is phase 0, −1 is π, and the sign of x in (−2, 2] is that of cos φ.
    E does not change when all phases turn together, so recall returns them turned until the largest overlap is real and
    positive.

    A step holds the field g_i = Σ_μ (J₂ + J₄ |m^μ|²) m^μ exp(iφ_i^μ) constant and lets the phases relax towards its
    phase for a time `step`: exactly, tan ½θ_i falls by exp(−|g_i| step) with θ_i = arg g_i − φ_i. −E is convex in the
    exp(iφ_i), so this never raises E for any `step`: short steps follow the flow, long ones need fewer steps. A state
    of phases 0 and π is stationary even where bits are wrong. It is then a saddle, and recall leaves it along all
    directions in which E falls; a state is fixed if there are none. A pattern itself is fixed where J₄ outweighs the
    crosstalk, J₂ times some √α for P = αN patterns; without J₄ the crosstalk turns every oscillator a little, and only
    signs are recalled.

    Couplings of second and fourth order, the mean field, the tricritical point and superlinear capacity are those of
    [1]_. The equations here were derived from the energy above, and constants may differ.

    References
    ----------
    .. [1] A. Nägerl and N. G. Berloff, arXiv:2507.21984, 2025.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.models import Kuramoto
    >>> patterns = np.random.default_rng(0).choice([-1.0, 1.0], (3, 60))
    >>> cues = patterns.copy()
    >>> cues[:, :6] *= -1
    >>> bool(np.allclose(Kuramoto().store(patterns).recall(cues).states, patterns))
    True
    """

    name = "kuramoto"
    source = "Nägerl & Berloff 2025, arXiv:2507.21984"
    local = True
    bounded = False

    def __init__(self, *, j2: float = 1.0, j4: float = 4.0, step: float = 10.0, seed: int = 0) -> None:
        self.j2, self.j4 = _couplings(j2, j4)
        self.step = real(step, "step", above=0)
        self.seed = seed_number(seed)

    def velocity(self, states: np.ndarray) -> np.ndarray:
        """Return τ dφ/dt at each state, in radians.

        Parameters
        ----------
        states : ndarray (state, neuron)

        Returns
        -------
        ndarray (state, neuron) float64

        Raises
        ------
        InvalidInput
            Nothing is stored, or the states have another shape or are not finite.

        Examples
        --------
        >>> from neurosim.models import Kuramoto
        >>> Kuramoto(j2=1, j4=0).store([[1.0, 1.0]]).velocity([[1.0, 0.0]])  # phases 0 and ½ π
        array([[ 0.5, -0.5]])
        """
        phasors = _phasors(self._states(states, "states"))
        return np.imag(self._pulls(phasors, self._overlaps(phasors)))

    def _learn(self, patterns: np.ndarray) -> None:
        self._patterns = _phasors(patterns)
        self._direction = generator(self.seed).standard_normal(self.n_neurons)

    def _overlaps(self, phasors: np.ndarray) -> np.ndarray:
        return phasors @ self._patterns.conj().T / self.n_neurons

    def _pulls(self, phasors: np.ndarray, overlaps: np.ndarray) -> np.ndarray:
        """Return the field relative to each phase, g_i exp(−iφ_i), (state, neuron)."""
        return phasors.conj() * ((self.j2 + self.j4 * np.abs(overlaps) ** 2) * overlaps @ self._patterns)

    def _energy(self, states: np.ndarray) -> np.ndarray:
        return self._energy_at(_phasors(states))

    def _energy_at(self, phasors: np.ndarray) -> np.ndarray:
        squares = np.abs(self._overlaps(phasors)) ** 2
        return -self.n_neurons * (0.5 * self.j2 * squares + 0.25 * self.j4 * squares**2).sum(axis=-1)

    def _moved(self, old: np.ndarray, new: np.ndarray) -> np.ndarray:
        return Synchronous._moved(self, old, new)  # a step of 0 returns the state itself

    def _recall(self, cues: np.ndarray, max_sweeps: int, seed: int | None) -> Recall:
        out = super()._recall(cues, max_sweeps, seed)
        phasors = _phasors(out.states)
        largest = _largest(self._overlaps(phasors))
        off = (np.abs(np.angle(largest)) > _TURNED) & (np.abs(largest) > _TURNED)
        return replace(out, states=np.where(off, _values(np.angle(phasors) - np.angle(largest)), out.states))

    def _step(self, states: np.ndarray) -> np.ndarray:
        phasors = _phasors(states)
        overlaps = self._overlaps(phasors)
        pulls = self._pulls(phasors, overlaps)
        ahead = np.angle(pulls)
        turns = ahead - 2 * np.arctan(np.tan(ahead / 2) * np.exp(-np.abs(pulls) * self.step))
        for row in np.flatnonzero(np.sqrt((turns**2).mean(axis=1)) < _STILL):
            turns[row] = self._push(phasors[row], overlaps[row], pulls[row])
        moved = np.any(turns, axis=1, keepdims=True)
        return np.where(moved, _values(np.angle(phasors) + turns - np.angle(_largest(overlaps))), states)

    def _push(self, phasors: np.ndarray, overlaps: np.ndarray, pulls: np.ndarray) -> np.ndarray:
        """Return turns of the oscillators of a stationary state that lower E, (neuron,); 0 at a minimum."""
        level = _FLAT * np.abs(pulls).max()
        bends, axes = np.linalg.eigh(self._curvature(phasors, overlaps, pulls))
        downhill = axes[:, bends < -level]
        push = downhill @ (downhill.T @ self._direction)
        energy = self._energy_at(phasors)
        for size in _PUSH * 0.5 ** np.arange(10 if downhill.size else 0):
            turn = push * (size / np.abs(push).max())
            if self._energy_at(phasors * np.exp(1j * turn)) < energy * (1 + 1e-13):
                return turn
        return np.zeros_like(push)

    def _curvature(self, phasors: np.ndarray, overlaps: np.ndarray, pulls: np.ndarray) -> np.ndarray:
        """Return ∂²E/∂φ_i∂φ_j at a state, (neuron, neuron)."""
        seen = self._patterns.conj() * phasors  # exp(i(φ_i − φ_i^μ)), (pattern, neuron)
        paired = np.sqrt(self.j2 + self.j4 * np.abs(overlaps) ** 2)[:, None] * seen
        fourth = np.sqrt(2 * self.j4) * np.imag(overlaps.conj()[:, None] * seen)
        rows = np.vstack([np.real(paired), np.imag(paired), fourth])
        return np.diag(np.real(pulls)) - rows.T @ rows / self.n_neurons


def mean_field_overlaps(temperature: float, *, j2: float, j4: float) -> np.ndarray:
    """Return the overlaps m > 0 of N → ∞ oscillators with one stored pattern in equilibrium with noise.

    Parameters
    ----------
    temperature : float > 0
        T, in units of E; the noise of the phases is dφ = … + √(2T dt/τ) times a standard normal number.
    j2, j4 : float >= 0, not both 0
        Couplings of `Kuramoto`.

    Returns
    -------
    ndarray
        No, one or two overlaps, ascending.

    Raises
    ------
    InvalidInput
        temperature, j2 or j4 is out of range.

    See Also
    --------
    highest_temperature : The temperature above which there is no such overlap.

    Notes
    -----
    The overlaps solve m = I₁(h)/I₀(h), h = (J₂ m + J₄ m³)/T, I modified Bessel functions: the mean of cos φ under
    exp(h cos φ). Of two, the lower is unstable: it separates the states that fall to 0, which is a solution too, from
    those that rise to the upper. m sets in at T = ½ J₂, continuously up to J₄ = ½ J₂, the tricritical point, and above
    it with a jump and hysteresis.

    Examples
    --------
    >>> from neurosim.models.kuramoto import mean_field_overlaps
    >>> mean_field_overlaps(0.3, j2=1, j4=0).round(3)
    array([0.773])
    >>> mean_field_overlaps(0.53, j2=1, j4=1).round(3)
    array([0.392, 0.658])
    """
    temperature = real(temperature, "temperature", above=0)
    top, highest = _turning_point(*_couplings(j2, j4))
    strongest = (j2 + j4) / temperature

    def excess(field: float) -> float:
        return _temperature(field, j2, j4) - temperature

    fields = [brentq(excess, 0.0, top)] if 0.5 * j2 < temperature < highest else []
    fields += [brentq(excess, top, max(strongest, top))] if temperature < highest else []
    return _order(np.array(fields))


def highest_temperature(*, j2: float, j4: float) -> float:
    """Return the temperature above which m = 0 is the only equilibrium.

    Parameters
    ----------
    j2, j4 : float >= 0, not both 0
        Couplings of `Kuramoto`.

    Returns
    -------
    float
        ½ J₂ up to the tricritical J₄ = ½ J₂, more above it.

    Raises
    ------
    InvalidInput
        j2 or j4 is out of range.

    See Also
    --------
    mean_field_overlaps : The equilibria below this temperature.

    Examples
    --------
    >>> from neurosim.models.kuramoto import highest_temperature
    >>> highest_temperature(j2=1, j4=0.3), round(highest_temperature(j2=1, j4=1), 3)
    (0.5, 0.54)
    """
    return _turning_point(*_couplings(j2, j4))[1]


def _turning_point(j2: float, j4: float) -> tuple[float, float]:
    """Return the field with the highest T(h), and that T."""
    if j4 <= 0.5 * j2:
        return 0.0, 0.5 * j2
    found: Any = minimize_scalar(lambda h: -_temperature(h, j2, j4), bounds=(0, 20), options={"xatol": 1e-10})
    return float(found.x), float(-found.fun)


def _order(field: np.ndarray | float) -> np.ndarray:
    return i1e(field) / i0e(field)


def _temperature(field: float, j2: float, j4: float) -> float:
    """Return the T at which the field is (J₂ m + J₄ m³)/T, with m = I₁/I₀ of it."""
    if field == 0:
        return 0.5 * j2
    order = _order(field)
    return float((j2 * order + j4 * order**3) / field)


def _couplings(j2: float, j4: float) -> tuple[float, float]:
    j2, j4 = real(j2, "j2", at_least=0), real(j4, "j4", at_least=0)
    if j2 == j4 == 0:
        raise InvalidInput("j2 and j4 must not both be 0, or nothing is stored; give one of them")
    return j2, j4


def _largest(overlaps: np.ndarray) -> np.ndarray:
    """Return the overlap of the largest size with a pattern, (state, 1)."""
    return np.take_along_axis(overlaps, np.abs(overlaps).argmax(axis=1)[:, None], axis=1)


def _phasors(states: np.ndarray) -> np.ndarray:
    """Return exp(iφ) of neurons' values."""
    return np.exp(0.5j * np.pi * (1 - states))


def _values(phases: np.ndarray) -> np.ndarray:
    """Return 1 − 2φ/π in (−2, 2]."""
    return 2 - np.mod(1 + 2 * phases / np.pi, 4)
