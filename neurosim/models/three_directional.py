"""Three layers that remember triplets together, from examples of different quality."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.models.binary import Pairwise
from neurosim.validation import generator, whole

_PAIRS = ((0, 1), (0, 2), (1, 2))


class ThreeDirectional(Pairwise):
    """E = −Σ_{a<b} g_ab Σ_ij J_ij^ab s_i^a s_j^b: three layers a of N/3 neurons, none joined within a layer.

    A pattern is a triplet, its three parts one after another. The network sees M examples of each, η = ξ in a share
    ½ (1 + r_a) of the neurons of layer a and −ξ in the others, and learns by Hebb's rule. With a teacher, who says
    which examples belong together, J_ij^ab = Σ_μ η̄_i^{a,μ} η̄_j^{b,μ}/√(N_a N_b), η̄ the mean of the examples; without,
    J_ij^ab = Σ_μ mean_k(η_i^{a,μ,k} η_j^{b,μ,k})/√(N_a N_b). What each pattern adds is divided by its root mean square,
    r_a √(1 + ρ_a) r_b √(1 + ρ_b) or r_a r_b √(1 + ρ_ab), so that no layer speaks louder for having seen more;
    ρ_a = (1 − r_a²)/(M r_a²) is the dataset's entropy, ρ_ab the same with r_a r_b in place of r_a.

    A layer's own examples bound how well it can end: with a teacher at the sign of η̄, an overlap of erf(1/√(2 ρ_a)).
    Up to that, layers cooperate: the field of a layer comes from the other two, so that one of poor examples is
    recalled at loads where three such layers recall nothing, and all three give up at the same load. g_ab = 0 for two
    of the pairs leaves Kosko's bidirectional memory of two layers.

    Parameters
    ----------
    n_neurons : int >= 3
        In all three layers; the first ones get what does not divide by 3.
    quality : float in (0, 1], or three of them, default 1
        r_a; at 1 the examples are the patterns.
    n_examples : int >= 1, default 1
        M.
    supervised : bool, default True
        With a teacher.
    strengths : three floats, default (1, 1, 1)
        g_12, g_13, g_23; 0 cuts the two layers' couplings.
    seed : int, default 0
        Of the examples.

    Raises
    ------
    InvalidInput
        A parameter is out of range.
    """

    name = "three_directional"
    source = (
        "Kosko 1988, IEEE Trans. SMC 18:49; Agliari, Alessandrelli, Barra, Centonze & Ricci-Tersenghi 2025, "
        "J. Stat. Mech., doi:10.1088/1742-5468/ada918; Alessandrelli, Barra, Ladiana, Lepre & Ricci-Tersenghi 2025, "
        "arXiv:2503.04454"
    )

    def __init__(
        self,
        n_neurons: int,
        *,
        quality: float | Sequence[float] = 1.0,
        n_examples: int = 1,
        supervised: bool = True,
        strengths: Sequence[float] = (1.0, 1.0, 1.0),
        seed: int = 0,
    ) -> None:
        super().__init__(n_neurons)
        if self.n_neurons < 3:
            raise InvalidInput(f"n_neurons must be at least 3, one a layer, got {n_neurons}")
        self.quality = _three([quality] * 3 if np.ndim(quality) == 0 else quality, "quality")
        if not all(0 < r <= 1 for r in self.quality):
            raise InvalidInput(f"quality must be in (0, 1], got {quality}")
        self.n_examples, self.supervised = whole(n_examples, "n_examples", at_least=1), bool(supervised)
        self.strengths = _three(strengths, "strengths")
        generator(seed)
        self._seed = seed
        edges = [(layer * self.n_neurons + 2) // 3 for layer in range(4)]
        self.layers = tuple(slice(start, stop) for start, stop in pairwise(edges))
        """Which neurons each layer has."""

    @property
    def n_synapses(self) -> int:
        """One for each two neurons of two layers that are joined."""
        size = [layer.stop - layer.start for layer in self.layers]
        return sum(size[a] * size[b] for (a, b), strength in zip(_PAIRS, self.strengths, strict=True) if strength)

    def _weights(self, patterns: np.ndarray) -> np.ndarray:
        weights = np.zeros((self.n_neurons, self.n_neurons))
        for seen in self._lessons(patterns):
            for (a, b), strength in zip(_PAIRS, self.strengths, strict=True):
                one, other = self.layers[a], self.layers[b]
                scale = strength / (self._size(a, b) * np.sqrt((one.stop - one.start) * (other.stop - other.start)))
                weights[one, other] += scale * seen[:, one].T @ seen[:, other]
        return weights + weights.T

    def _lessons(self, patterns: np.ndarray) -> np.ndarray:
        """Return what Hebb's rule adds up, (lesson, pattern, neuron): the mean of the examples, or each of them."""
        quality = np.concatenate(
            [np.full(part.stop - part.start, r) for part, r in zip(self.layers, self.quality, strict=True)]
        )
        wrong = generator(self._seed).random((self.n_examples, *patterns.shape)) < (1 - quality) / 2
        examples = np.where(wrong, -patterns, patterns)
        return examples.mean(axis=0, keepdims=True) if self.supervised else examples / np.sqrt(self.n_examples)

    def _size(self, a: int, b: int) -> float:
        """Return the root mean square of what one pattern adds to a coupling of the two layers."""

        def mean_square(r: float) -> float:
            return r**2 + (1 - r**2) / self.n_examples

        one, other = self.quality[a], self.quality[b]
        square = mean_square(one) * mean_square(other) if self.supervised else mean_square(one * other)
        return float(np.sqrt(square))


def _three(values: Any, name: str) -> tuple[float, float, float]:
    try:
        one, two, three = map(float, values)
    except (TypeError, ValueError):
        raise InvalidInput(f"{name} must be three numbers, got {values!r}") from None
    if not np.isfinite([one, two, three]).all():
        raise InvalidInput(f"{name} must be finite, got {values!r}")
    return one, two, three
