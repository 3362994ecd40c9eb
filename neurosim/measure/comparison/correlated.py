"""±1 patterns with a given mean Hamming separation and a given correlation between features."""

from __future__ import annotations

import numpy as np
from scipy.stats import entropy

from neurosim.measure.comparison.settings import RULES
from neurosim.validation import generator, whole


def correlated_patterns(
    n_patterns: int, n_neurons: int, *, separation: float = 0.5, correlation: float = 0.0, seed: int
) -> np.ndarray:
    """Draw ±1 patterns around a common centre, with deviations that are a Markov chain along the neurons.

    Parameters
    ----------
    n_patterns, n_neurons : int >= 1
    separation : float in (0, ½], default ½
        d, the expected share of neurons in which two patterns differ. At ½ the patterns do not depend on the centre.
    correlation : float in [0, 1), default 0
        ρ, Pearson's correlation, over patterns, of neighbouring features; ρ^|i−j| for neurons i and j, with the sign of
        the centre for that pair.
    seed : int

    Returns
    -------
    ndarray (pattern, neuron) float64 of ±1
        Fewer patterns from the same seed are the first of more. By default all bits are independent and fair.

    Raises
    ------
    InvalidInput
        An argument is out of its range.

    See Also
    --------
    bits_per_pattern : The entropy of such a pattern.

    Notes
    -----
    ξ_i^μ = c_i η_i^μ with a random centre c and P(η = −1) = q = (1 − √(1 − 2d))/2, so that two patterns differ at a
    neuron with probability 2q(1 − q) = d. η_i copies η_{i−1} with probability ρ; if not, it is drawn independently.
    Every η_i has the same q, so that the mean separation does not depend on ρ. Its spread depends on ρ: the variance of
    the separation of two patterns is that of about N (1 − ρ²)/(1 + ρ²) independent features at d = ½.

    Examples
    --------
    >>> from neurosim.measure.comparison.correlated import correlated_patterns
    >>> patterns = correlated_patterns(2000, 50, separation=0.2, correlation=0.5, seed=0)
    >>> round(float((patterns[::2] != patterns[1::2]).mean()), 2)
    0.2
    """
    n_patterns, n_neurons = whole(n_patterns, "n_patterns", at_least=1), whole(n_neurons, "n_neurons", at_least=1)
    q = _off_centre(separation, correlation)
    rng = generator(seed)
    centre = rng.choice([-1.0, 1.0], n_neurons)
    fresh, copies = np.moveaxis(rng.random((n_patterns, 2, n_neurons)), 1, 0)
    own = np.where(copies < correlation, 0, np.arange(n_neurons))  # the neuron at which each value was drawn
    off = np.take_along_axis(fresh < q, np.maximum.accumulate(own, axis=1), axis=1)
    return np.where(off, -centre, centre)


def bits_per_pattern(n_neurons: int, *, separation: float = 0.5, correlation: float = 0.0) -> float:
    """Return the entropy of one pattern of `correlated_patterns` whose centre is known.

    Parameters
    ----------
    n_neurons : int
    separation, correlation : float
        As in `correlated_patterns`.

    Returns
    -------
    float
        Bits; N by default.

    Raises
    ------
    InvalidInput
        separation or correlation is out of its range.

    Examples
    --------
    >>> from neurosim.measure.comparison.correlated import bits_per_pattern
    >>> bits_per_pattern(100), round(bits_per_pattern(100, separation=0.2, correlation=0.5), 1)
    (100.0, 39.0)
    """
    q = _off_centre(separation, correlation)
    redrawn = (1 - correlation) * q
    conditional = q * _entropy(redrawn + correlation) + (1 - q) * _entropy(redrawn)
    return _entropy(q) + (n_neurons - 1) * conditional


def _entropy(share: float) -> float:
    return float(entropy([share, 1 - share], base=2))


def _off_centre(separation: float, correlation: float) -> float:
    """Check both and return q, the probability that a bit differs from that of the centre."""
    separation = RULES["separation"](separation)
    RULES["correlation"](correlation)
    return float(1 - np.sqrt(1 - 2 * separation)) / 2
