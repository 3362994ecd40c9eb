"""The projection rule: the weights project onto the span of the patterns."""

from __future__ import annotations

import numpy as np

from neurosim.models.binary import Pairwise


class PseudoInverse(Pairwise):
    """Hopfield network whose weights project onto the span of the patterns [1]_, [2]_.

    W = X⁺X without its diagonal, X the patterns (pattern, neuron): P = X⁺X is the projector on their span.

    See Also
    --------
    Hebb : A local rule for the same synapses.
    Perceptron : The largest capacity of pairwise synapses.

    Notes
    -----
    The field at a stored pattern is (1 − P_ii) ξ_i, so that every pattern is a fixed point up to N − 1 linearly
    independent ones, however correlated they are. With N patterns P is the identity: every field is 0, all states are
    fixed points, and nothing is recalled.

    The diagonal is left out, as in [2]_. If it is kept, as in [1]_, it holds neuron i at its present value with weight
    P_ii ≈ α, and patterns lose their basins at α = ½ already. The weights are symmetric in both cases.

    References
    ----------
    .. [1] L. Personnaz, I. Guyon and G. Dreyfus, J. Physique Lett. 46:359, 1985.
    .. [2] I. Kanter and H. Sompolinsky, Phys. Rev. A 35:380, 1987.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.models import PseudoInverse
    >>> patterns = np.random.default_rng(0).choice([-1, 1], (50, 100))
    >>> bool(PseudoInverse().store(patterns).is_fixed(patterns).all())
    True
    """

    name = "pseudo_inverse"
    source = "Personnaz, Guyon & Dreyfus 1985, J. Physique Lett. 46:359; Kanter & Sompolinsky 1987, Phys. Rev. A 35:380"
    local = False

    def _weights(self, patterns: np.ndarray) -> np.ndarray:
        _, sizes, span = np.linalg.svd(patterns, full_matrices=False)
        span = span[sizes > sizes[0] * max(patterns.shape) * np.finfo(float).eps]  # as numpy's matrix_rank
        return span.T @ span
