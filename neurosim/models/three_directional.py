"""Three-directional associative memory, trained on examples of different quality."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.models.binary import Pairwise
from neurosim.validation import boolean, generator, real, seed_number, whole

_PAIRS = ((0, 1), (0, 2), (1, 2))


class ThreeDirectional(Pairwise):
    """Three-directional memory: three layers that recall triplets of patterns together [1]_, [2]_, [3]_.

    E = −Σ_{a<b} g_ab Σ_ij J_ij^ab s_i^a s_j^b: three layers a of N/3 neurons, without synapses within a layer.

    Parameters
    ----------
    quality : float in (0, 1], or three of them, default 1
        r_a of each layer; with 1 the examples are the patterns.
    n_examples : int >= 1, default 1
        M, examples of each pattern.
    supervised : bool, default True
        Whether the examples are labelled by their pattern.
    strengths : three floats, default (1, 1, 1)
        g_12, g_13, g_23; 0 removes the couplings of the two layers.
    seed : int, default 0
        Seed of the examples.

    Attributes
    ----------
    layers : tuple of slice
        Neurons of each layer, after `store`. If N is no multiple of 3, the first layers are the larger ones.

    Raises
    ------
    InvalidInput
        A parameter is out of range; in `store`, the patterns have fewer than three neurons.

    See Also
    --------
    Hebb : A single layer with the same rule.

    Notes
    -----
    A pattern is a triplet, its three parts one after another. The network learns from M examples of each by Hebb's
    rule; η = ξ in a share ½ (1 + r_a) of the neurons of layer a and −ξ in the others. With supervision,
    J_ij^ab = Σ_μ η̄_i^{a,μ} η̄_j^{b,μ}/√(N_a N_b), η̄ the mean of the examples; without,
    J_ij^ab = Σ_μ mean_k(η_i^{a,μ,k} η_j^{b,μ,k})/√(N_a N_b). The contribution of each pattern is divided by its root
    mean square, r_a √(1 + ρ_a) r_b √(1 + ρ_b) or r_a r_b √(1 + ρ_ab), so that the strength of a layer does not depend
    on the number of its examples; ρ_a = (1 − r_a²)/(M r_a²) is the entropy of the dataset, and ρ_ab the same with
    r_a r_b in place of r_a.

    The examples of a layer bound its final overlap: with supervision the best state is the sign of η̄, whose overlap
    is erf(1/√(2 ρ_a)). Below that bound, layers cooperate: the field of a layer comes from the other two, so that a
    layer with poor examples is recalled at loads where three such layers recall nothing, and all three fail at the same
    load. g_ab = 0 for two of the pairs leaves the bidirectional memory of [1]_ with two layers.

    References
    ----------
    .. [1] B. Kosko, IEEE Trans. SMC 18:49, 1988.
    .. [2] E. Agliari, A. Alessandrelli, A. Barra, M. S. Centonze and F. Ricci-Tersenghi, J. Stat. Mech., 2025,
       doi:10.1088/1742-5468/ada918.
    .. [3] A. Alessandrelli, A. Barra, A. Ladiana, A. Lepre and F. Ricci-Tersenghi, arXiv:2503.04454, 2025.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.models import ThreeDirectional
    >>> patterns = np.random.default_rng(0).choice([-1, 1], (3, 90))
    >>> model = ThreeDirectional(quality=0.8, n_examples=30).store(patterns)
    >>> cues = np.where(np.arange(90) < 60, patterns, 1)  # without the third part
    >>> bool((model.recall(cues).states == patterns).all())
    True
    """

    name = "three_directional"
    source = (
        "Kosko 1988, IEEE Trans. SMC 18:49; Agliari, Alessandrelli, Barra, Centonze & Ricci-Tersenghi 2025, "
        "J. Stat. Mech., doi:10.1088/1742-5468/ada918; Alessandrelli, Barra, Ladiana, Lepre & Ricci-Tersenghi 2025, "
        "arXiv:2503.04454"
    )
    layers: tuple[slice, ...]

    def __init__(
        self,
        *,
        quality: float | Sequence[float] = 1.0,
        n_examples: int = 1,
        supervised: bool = True,
        strengths: Sequence[float] = (1.0, 1.0, 1.0),
        seed: int = 0,
    ) -> None:
        one = not np.iterable(quality)
        self._qualities = _three([quality] * 3 if one else quality, "quality")
        if not all(0 < r <= 1 for r in self._qualities):
            raise InvalidInput(f"quality must be in (0, 1], got {quality}")
        self.quality = self._qualities[0] if one else self._qualities
        self.n_examples, self.supervised = (
            whole(n_examples, "n_examples", at_least=1),
            boolean(supervised, "supervised"),
        )
        self.strengths = _three(strengths, "strengths")
        self.seed = seed_number(seed)

    @property
    def n_synapses(self) -> int:
        """Number of synapses: one per pair of neurons of two coupled layers."""
        self._require_patterns()
        size = [layer.stop - layer.start for layer in self.layers]
        return sum(size[a] * size[b] for (a, b), strength in zip(_PAIRS, self.strengths, strict=True) if strength)

    def _learn(self, patterns: np.ndarray) -> None:
        if self.n_neurons < 3:
            raise InvalidInput(f"patterns must have at least 3 neurons, one per layer, got {self.n_neurons}")
        edges = [(layer * self.n_neurons + 2) // 3 for layer in range(4)]
        self.layers = tuple(slice(start, stop) for start, stop in pairwise(edges))
        super()._learn(patterns)

    def _weights(self, patterns: np.ndarray) -> np.ndarray:
        weights = np.zeros((self.n_neurons, self.n_neurons))
        for states in self._examples(patterns):
            for (a, b), strength in zip(_PAIRS, self.strengths, strict=True):
                one, other = self.layers[a], self.layers[b]
                scale = strength / (self._size(a, b) * np.sqrt((one.stop - one.start) * (other.stop - other.start)))
                weights[one, other] += scale * states[:, one].T @ states[:, other]
        return weights + weights.T

    def _examples(self, patterns: np.ndarray) -> np.ndarray:
        """Return the states that Hebb's rule sums over, (example, pattern, neuron): all examples, or their mean."""
        quality = np.concatenate(
            [np.full(part.stop - part.start, r) for part, r in zip(self.layers, self._qualities, strict=True)]
        )
        wrong = generator(self.seed).random((self.n_examples, *patterns.shape)) < (1 - quality) / 2
        examples = np.where(wrong, -patterns, patterns)
        return examples.mean(axis=0, keepdims=True) if self.supervised else examples / np.sqrt(self.n_examples)

    def _size(self, a: int, b: int) -> float:
        """Return the root mean square of the contribution of one pattern to a coupling of two layers."""

        def mean_square(r: float) -> float:
            return r**2 + (1 - r**2) / self.n_examples

        one, other = self._qualities[a], self._qualities[b]
        square = mean_square(one) * mean_square(other) if self.supervised else mean_square(one * other)
        return float(np.sqrt(square))


def _three(values: Any, name: str) -> tuple[float, float, float]:
    members = list(values) if isinstance(values, Iterable) and not isinstance(values, (str, bytes)) else []
    if len(members) != 3:
        raise InvalidInput(f"{name} must be three numbers, got {values!r}")
    one, two, three = (real(value, name) for value in members)
    return one, two, three
