"""The covariance rule for sparse patterns of 0/1 neurons."""

from __future__ import annotations

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.models.binary import Pairwise
from neurosim.validation import real


class Covariance(Pairwise):
    """Pairwise memory of sparse 0/1 patterns with the covariance rule [1]_.

    W_ij = Σ_μ (η_i^μ − f)(η_j^μ − f) / (N f (1 − f)), W_ii = 0; neuron i is on where Σ_j W_ij s_j > θ.

    Parameters
    ----------
    activity : float in (0, 1), optional
        f, the fraction of neurons active in a pattern; by default that of the stored patterns.
    threshold : float, optional
        θ; by default ½ − f + αf ln((1 − f)/f) for P = αN patterns. A lower one recalls from fewer active neurons.

    Attributes
    ----------
    threshold_ : float
        θ in use, after `store`.

    Raises
    ------
    InvalidInput
        A parameter is out of range; in `store`, none or all neurons of the patterns are active.

    See Also
    --------
    Hebb : The rule for patterns of ±1.

    Notes
    -----
    At a stored pattern the field is about 1 − f at an active neuron and −f at a silent one, both with a variance of
    αf. The default θ minimises the number of wrong bits: it lies above the middle because more neurons are silent. It
    reaches the signal 1 − f at α = 1/(2f ln((1 − f)/f)), the capacity for small f.

    References
    ----------
    .. [1] M. V. Tsodyks and M. V. Feigelman, Europhys. Lett. 6:101, 1988.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.models import Covariance
    >>> patterns = np.random.default_rng(0).random((10, 500)) < 0.1
    >>> model = Covariance().store(patterns)
    >>> bool(model.is_fixed(patterns).all()), round(float(model.threshold_), 2)
    (True, 0.4)
    """

    name = "covariance"
    source = "Tsodyks & Feigelman 1988, Europhys. Lett. 6:101"
    levels = (0, 1)

    def __init__(self, *, activity: float | None = None, threshold: float | None = None) -> None:
        self.activity = None if activity is None else real(activity, "activity", above=0, below=1)
        self.threshold = None if threshold is None else real(threshold, "threshold")

    def _weights(self, patterns: np.ndarray) -> np.ndarray:
        f = float(patterns.mean()) if self.activity is None else self.activity
        if not 0 < f < 1:
            raise InvalidInput(f"patterns must have active and silent neurons, got an activity of {f:g}")
        load = len(patterns) / self.n_neurons
        best = 0.5 - f + load * f * np.log((1 - f) / f)
        self.threshold_ = best if self.threshold is None else self.threshold
        return (patterns - f).T @ (patterns - f) / (self.n_neurons * f * (1 - f))
