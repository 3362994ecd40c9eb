"""Entropy, coverage and richness against known distributions and by hand."""

import numpy as np
import pytest

from neurosim import InvalidInput
from neurosim.measure.basins.diversity import coverage, entropy, plug_in_entropy, richness


@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("equal", np.full(200, 1 / 200)),
        ("geometric", 0.8 ** np.arange(80) / (0.8 ** np.arange(80)).sum()),
        ("power law", np.arange(1, 1001) ** -1.0 / (np.arange(1, 1001) ** -1.0).sum()),
    ],
)
def test_coverage_and_entropy_against_known_distributions(name, share):
    g = np.random.default_rng(0)
    n, exact = 400, -(share * np.log2(share)).sum()
    covered, bias, plug_in = [], [], []
    for _ in range(300):
        counts = g.multinomial(n, share)
        sizes = counts[counts > 0]
        interval = coverage(sizes)
        covered.append(interval.lower <= share[counts > 0].sum() <= interval.upper)
        bias.append(entropy(sizes) - exact)
        plug_in.append(plug_in_entropy(sizes) - exact)
    assert 0.91 < np.mean(covered) <= 1  # nominal .95
    assert np.mean(plug_in) < -0.04 and abs(np.mean(bias)) < 0.35 * abs(np.mean(plug_in))


def test_coverage_by_hand():
    estimate, lower, upper = coverage([5, 2, 2, 1], confidence=0.95)
    assert estimate == pytest.approx(0.9)
    half = 1.959964 * np.sqrt(2 * 0.9 + 2 * 3) / 10
    assert lower == pytest.approx(0.9 - half) and upper == 1
    sure = coverage([1000, 2000])
    assert sure.estimate == 1 == sure.upper and 0.998 < sure.lower < 1  # still no certainty
    none = coverage(np.ones(40, dtype=int))
    assert none.estimate == 0 == none.lower and 0 < none.upper < 0.1


def test_entropy_by_hand():
    assert entropy([40_000]) == 0
    assert entropy([50_000, 50_000]) == pytest.approx(1, abs=1e-9)
    assert plug_in_entropy(np.array([1, 1, 2])) == pytest.approx(1.5)
    p, n = 0.75 * np.array([2, 1, 1, 4]) / 8, 8  # f1 = 2
    assert entropy([2, 1, 1, 4]) == pytest.approx(-(p * np.log2(p) / (1 - (1 - p) ** n)).sum())
    p = np.full(5, 0.2 / 5)  # all seen once: f1 = n − 1
    assert entropy([1] * 5) == pytest.approx(-(p * np.log2(p) / (1 - (1 - p) ** 5)).sum())


def test_richness_by_hand():
    estimate, lower, upper = richness([10, 5, 2, 2, 1, 1, 1])  # n = 22, f1 = 3, f2 = 2
    extra, k = 21 / 22 * 3 * 2 / (2 * 3), 21 / 22
    assert estimate == pytest.approx(7 + extra)
    spread = extra + k**2 * (3 * 5**2 / (4 * 3**2) + 3**2 * 2 * 2**2 / (4 * 3**4))
    stretch = np.exp(1.959964 * np.sqrt(np.log(1 + spread / extra**2)))
    assert lower == pytest.approx(7 + extra / stretch) and upper == pytest.approx(7 + extra * stretch)
    single = richness([8, 1, 1])  # f2 = 0
    spread = 0.9 + 0.81 * (2 * 3**2 - 2**4 / 3.9) / 4
    stretch = np.exp(1.959964 * np.sqrt(np.log(1 + spread / 0.9**2)))
    assert np.allclose(single, [3.9, 3 + 0.9 / stretch, 3 + 0.9 * stretch])
    assert [float(x) for x in richness([7, 3])] == [2, 2, 2]


@pytest.mark.parametrize(("kinds", "n_cues"), [(50, 25), (1000, 150), (20, 20), (16, 40)])
def test_richness_of_equal_basins_is_not_above_their_number_with_few_cues(kinds, n_cues):
    g = np.random.default_rng(1)
    each = [richness((c := g.multinomial(n_cues, np.full(kinds, 1 / kinds)))[c > 0]) for _ in range(1500)]
    found = np.array([one.estimate for one in each])
    assert found.mean() < kinds + 3 * found.std() / np.sqrt(1500)
    assert max(richness([1] * 20, most=16)) == 16


def test_richness_of_equal_basins_is_their_number():
    g = np.random.default_rng(1)
    found = [richness((c := g.multinomial(150, np.full(100, 0.01)))[c > 0]) for _ in range(300)]
    assert np.mean([f.estimate for f in found]) == pytest.approx(100, rel=0.03)
    assert np.mean([f.lower <= 100 <= f.upper for f in found]) > 0.91


@pytest.mark.parametrize("sizes", [[0, 1], [1.5], [[1]]])
def test_sizes_are_counts_of_cues(sizes):
    with pytest.raises(InvalidInput, match="sizes"):
        entropy(sizes)
