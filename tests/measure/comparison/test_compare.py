"""Comparison of memories: artificial memories with known capacity and basins are measured correctly."""

import numpy as np
import pytest
import xarray
from scipy.special import erf
from scipy.stats import norm

from neurosim import InvalidInput
from neurosim.measure.comparison import compare
from neurosim.measure.comparison.correlated import correlated_patterns
from neurosim.measure.comparison.laws import growth, law, separated
from neurosim.measure.comparison.table import lines, notes
from neurosim.measure.comparison.trials import N_CUES, default_models, trial
from neurosim.measure.comparison.two_layer import BasicMemories
from neurosim.models import Dense, Exponential, Hebb, Model, Modern, RandomFeatures, Storkey
from neurosim.models.base import Recall
from neurosim.sweep.grid import Runner

SEEN = []


class Nearest(Model):
    """Ends at the nearest pattern, while no more than `holds` are stored and no more than `mends` bits are wrong."""

    name, source, levels = "nearest", "2026", (-1, 1)
    local = pairwise = bounded = symmetric = False

    def __init__(self, *, holds=37, mends=12, refuses=1000):
        self.holds, self.mends, self.refuses = holds, mends, refuses

    @property
    def n_synapses(self):
        return 2 * self.n_neurons

    def _learn(self, patterns):
        if len(patterns) > self.refuses:
            raise InvalidInput("patterns must be fewer")
        SEEN.append([self.name, patterns])
        self.patterns = patterns

    def _recall(self, cues, max_sweeps, seed):
        SEEN[-1].append(cues)
        overlaps = cues @ self.patterns.T
        nearest = self.patterns[overlaps.argmax(axis=1)]
        works = ((nearest != cues).sum(axis=1) <= self.mends) & (len(self.patterns) <= self.holds)
        return Recall(np.where(works[:, None], nearest, cues), works, np.zeros(len(cues), int))

    def _is_fixed(self, patterns):
        return np.ones(len(patterns), bool)


class Sparse(Nearest):
    name, levels = "sparse", (0, 1)


class Real(Nearest):
    name, levels = "real", None

    def _recall(self, cues, max_sweeps, seed):
        out = super()._recall(cues, max_sweeps, seed)
        return Recall(0.01 * out.states, out.settled, out.n_sweeps)


class Refusing(Nearest):
    name = "refusing"

    def _learn(self, patterns):
        raise InvalidInput("patterns must be music, got none")


@pytest.fixture(autouse=True)
def nothing_seen():
    SEEN.clear()


def test_all_get_the_same_patterns_and_the_same_cues():
    found = compare.success_sweep(
        2, [Nearest(), Sparse(), Real()], {"n_patterns": [20]}, n_neurons=60, flipped=0.1, seed=5
    )
    assert (found.recalled == 1).all()
    assert (found.recalled_trials == 2 * N_CUES).all() and (found.recalled_failures == 0).all()
    trials = [s for s in SEEN if len(s[1]) == 20]
    assert [name for name, *_ in trials] == ["nearest"] * 2 + ["sparse"] * 2 + ["real"] * 2
    for k in range(2):
        _, x, cues = trials[k]
        assert x.shape == (20, 60) and cues.shape == (N_CUES, 60) and set(np.unique(x)) == {-1, 1}
        wrong = (cues[:, None] != x).sum(axis=2)
        assert (wrong.min(axis=1) == 6).all() and len(set(wrong.argmin(axis=1))) == N_CUES
        assert np.array_equal(trials[2 + k][1], (x + 1) / 2) and np.array_equal(trials[2 + k][2], (cues + 1) / 2)
        assert np.array_equal(trials[4 + k][1], x) and np.array_equal(trials[4 + k][2], cues)
    assert not np.array_equal(trials[0][1], trials[1][1])  # networks are independent


def test_all_get_the_same_patterns_where_a_capacity_is_sought():
    compare.capacity_sweep(8, [Nearest(), Sparse()], {"n_neurons": [60]}, seed=0)
    found = {name: [(x > 0).tobytes() for which, x, *cues in SEEN if which == name and cues] for name, *_ in SEEN}
    assert len(set(found["nearest"])) > 50 and found["nearest"] == found["sparse"]


def test_a_recall_succeeds_from_the_criterion_on():
    x = correlated_patterns(40, 50, seed=0)  # more than it holds: it stays at the cue, at an overlap of 0.8
    for criterion, recalled in ((0.8, 1.0), (0.81, 0.0)):
        found = trial(Nearest(), x, 5, seed=1, criterion=criterion)
        assert found.recalled == recalled and found.overlap == pytest.approx(0.8)
        assert found.settled == 0 and found.synapses == 100
    assert trial(Nearest(), x[:30], 5, seed=1, criterion=1).recalled == 1


class Patterns(Nearest):
    """Keeps the patterns themselves and 40 other numbers."""

    @property
    def n_synapses(self):
        return len(self.patterns) * self.n_neurons + 40


def test_bits_per_synapse_are_those_of_the_capacity():
    found = compare.capacity_sweep(8, [Nearest(), Patterns(), Nearest(mends=0)], {"n_neurons": [60]}, seed=0)
    for end in ("", "_lower", "_upper"):
        fixed, growing, none = found[f"capacity{end}"].values[:, 0]
        want = [fixed * 60 / 120, growing * 60 / (60 * growing + 40), none * 60 / 120]
        np.testing.assert_allclose(found[f"bits_per_synapse{end}"].values[:, 0], want)
    assert found.capacity[0, 0] % 1 and found.capacity_lower[2, 0] == 1  # between counts, and below those tried


def test_a_known_capacity_and_a_known_radius_are_found():
    found = compare.compare(8, [Nearest(), Nearest(holds=18, mends=3), Refusing()], [60, 120], seed=0)
    first, second, none = (found.isel(model=k) for k in range(3))
    assert (first.capacity_lower == 37).all() and (first.capacity_upper == 38).all()
    assert (second.capacity_lower == 1).all()  # a tenth of 60 bits is more than it mends
    assert np.allclose(first.radius_lower, [12 / 60, 12 / 120]) and np.allclose(first.radius_upper, [13 / 60, 13 / 120])
    assert np.allclose(second.radius_lower, [3 / 60, 3 / 120])
    assert np.allclose(first.bits_per_synapse_lower, 37 * 60 / 120)  # N bits each, 2 N numbers
    assert none[["capacity", "capacity_upper", "radius", "bits_per_synapse"]].isnull().all().all().to_array().all()
    assert none.refused.item() == "patterns must be music, got none" and first.refused.item() == ""
    text = lines(found)
    assert text[1].startswith("Nearest() ") and "37.5 (37 – 38)" in text[1]
    assert text[-1] == "Refusing(): not measured: patterns must be music, got none"
    assert len(notes(found)) == 6
    for name, variable in found.data_vars.items():
        assert variable.attrs["long_name"], name
    assert found.attrs["n_networks"] == 8 and found.attrs["load"] == 0.05 and "method" in found.attrs


def test_refusal_of_more_patterns_bounds_the_capacity():
    found = compare.capacity_sweep(8, [Nearest(refuses=21)], {"n_neurons": [40]}, seed=0).squeeze()
    assert (found.capacity_lower, found.capacity_upper) == (21, 22)


def test_beyond_the_maximum_a_capacity_is_a_lower_limit():
    found = compare.capacity_sweep(8, [Nearest()], {"n_neurons": [40]}, maximum=32, seed=0).squeeze()
    assert np.isnan(found.capacity) and found.capacity_lower == 32 and np.isinf(found.capacity_upper)


@pytest.mark.parametrize("model", default_models().values(), ids=repr)
def test_every_memory_is_measured_or_has_a_reason(model):
    found = compare.success_sweep(2, [model], {"n_patterns": [3]}, n_neurons=40, flipped=0.1, seed=0).squeeze()
    assert bool(found.refused != "") == bool(np.isnan(found.recalled))
    if found.refused == "":
        assert found.recalled > 0.8
    found = compare.success_sweep(1, [model], {"n_patterns": [3]}, n_neurons=40, flipped=0.5, seed=0).squeeze()
    assert not found.recalled > 0.7  # nothing is to be recalled from


def test_capacity_of_hebbs_rule_agrees_with_theory():
    options = {"grid": {"n_neurons": [80]}, "seed": 0}
    loose, as_dense = compare.capacity_sweep(8, [Hebb(), Dense(power=2, rectified=False)], **options).capacity
    assert 0.9 * 11.0 < loose < 1.5 * 11.0  # more than for large N, as is known
    assert as_dense.item() == pytest.approx(loose.item(), rel=0.1)
    exact = compare.capacity_sweep(8, [Hebb()], criterion=1.0, **options).squeeze()
    assert exact.capacity < 0.95 * loose
    assert exact.capacity_lower / 1.1 <= law(Hebb(), 80, criterion=1) <= exact.capacity_upper * 1.1


def test_capacity_of_dense_memories_agrees_with_theory():
    found = compare.capacity_sweep(8, [Dense(), Dense(rectified=False)], {"n_neurons": [40]}, seed=0)
    ratio = found.capacity.values[:, 0] / [law(Dense(), 40), law(Dense(rectified=False), 40)]
    assert (ratio > 0.6).all() and (ratio < 1.15).all()


def test_modern_memory_holds_patterns_until_another_is_nearer():
    found = compare.capacity_sweep(12, [Modern(), Exponential()], {"n_neurons": [16]}, maximum=2048, seed=0)
    modern, exponential = found.capacity.values[:, 0] / law(Modern(), 16)
    assert 0.75 < modern < 1.3
    assert 0.2 < exponential < 0.75  # a less steep function of the overlaps: many that are farther add up


def test_the_law_of_basic_memories_is_that_of_small_networks():
    sizes = [20, 26, 30]
    for flipped in (0.1, 0.2):
        found = compare.capacity_sweep(
            20, [BasicMemories()], {"n_neurons": sizes}, seed=3, flipped=flipped, maximum=512
        )
        found = found.squeeze("model")
        assert (found.capacity_lower / 1.08 <= found.law).all() and (found.law <= 1.08 * found.capacity_upper).all()
    gaussian = np.log(2) / norm.sf(np.sqrt(60) / 2)  # far in the tail it is wrong by factors
    assert law(BasicMemories(), 60, flipped=0) > 2 * gaussian
    assert np.isnan(law(BasicMemories(), 40, flipped=0.25)) and law(BasicMemories(), 9000) == np.inf


def test_bits_per_synapse_are_bounded_where_the_capacity_is_not():
    found = compare.capacity_sweep(8, [Exponential(), Modern()], {"n_neurons": [40]}, seed=0, maximum=32)
    assert np.isinf(found.capacity_upper).all()
    for end in ("", "_lower", "_upper"):
        assert (found[f"bits_per_synapse{end}"] == 1).all()


def test_laws_are_those_of_the_sources():
    assert law(Hebb(), 1000) == 138 == law(Dense(power=2, rectified=False), 1000) == law(Hebb(), 1000, criterion=0.96)
    y = np.linspace(0.5, 3, 10_001)  # mean-field theory of Amit et al. at T = 0: overlap erf(y) at the load
    load = ((erf(y) - 2 * y / np.sqrt(np.pi) * np.exp(-(y**2))) / y) ** 2 / 2
    assert load.max() == pytest.approx(0.138, abs=5e-4) and erf(y[load.argmax()]) == pytest.approx(0.967, abs=1e-3)
    assert np.isnan(law(Hebb(), 1000, criterion=0.97)) and law(Hebb(), 1000, criterion=1) < 138
    # for large N: N/(2 ln N); N^{n−1}/(2 (2n − 3)!! ln N), Krotov & Hopfield 2016
    for power, odd, model in (
        (2, 1, Hebb()),
        (3, 3, Dense(rectified=False)),
        (4, 15, Dense(power=4, rectified=False)),
    ):
        ratios = [
            law(model, n, flipped=0, criterion=1) * 2 * odd * np.log(n) / float(n) ** (power - 1)
            for n in (10**6, 10**9, 10**12)
        ]
        assert 1.2 > ratios[0] > ratios[1] > ratios[2] > 1
    assert law(Dense(), 99, criterion=1) == 2 * law(Dense(rectified=False), 99, criterion=1)
    # n = 3 rises least at the end, √2 erfinv(0.95)/0.95² = 2.1717; n = 4 at the start, √2 erfinv(0.8)/0.8³ = 2.5030
    assert law(Dense(), 100) == pytest.approx(2 * 100**2 / (3 * 2.1717**2), rel=1e-3)
    assert law(Dense(power=4), 100) == pytest.approx(2 * 100**3 / (15 * 2.5030**2), rel=1e-3)
    assert law(Modern(), 40, flipped=0) == pytest.approx(1 + np.log(2) * 2**41)  # only a copy is as near
    assert law(Modern(), 2000) == law(Modern(), 9000) == np.inf
    rate = 0.5 * (1.8 * np.log(1.8) + 0.2 * np.log(0.2))  # I(0.8), the large deviations of an overlap
    assert np.log(law(Exponential(), 1000) / law(Exponential(), 500)) / 500 == pytest.approx(rate, rel=0.01)
    assert law(Dense(), 100, flipped=0.4) < law(Dense(), 100, flipped=0.3) < law(Dense(), 100, flipped=0)
    assert np.isnan(law(Storkey(), 100)) and np.isnan(law(Dense(power=2), 100))
    with pytest.raises(InvalidInput, match="flipped must be in"):
        law(Hebb(), 100, flipped=0.5)


@pytest.mark.parametrize("power", [2, 3, 4])
def test_the_law_of_separation_has_the_known_limits(power):
    free = law(Dense(power=power), 2000, flipped=0, criterion=1) if power > 2 else 2 * law(Hebb(), 2000, criterion=1)
    assert separated(power, 2000, 0.5) == pytest.approx(free, rel=0.03)
    some = [separated(power, 200, d) for d in (0.1, 0.2, 0.3, 0.4)]
    bounds = [1 + (1 - 2 * d) ** (0.5 - power) for d in (0.1, 0.2, 0.3, 0.4)]  # without fluctuations
    assert (np.diff(some) > 0).all() and (np.array(some) < bounds).all() and some[0] > 0.6 * bounds[0]


def test_capacity_for_separated_patterns_agrees_with_the_law():
    found = compare.capacity_sweep(
        8, [Dense()], {"separation": [0.4, 0.5]}, n_neurons=40, flipped=1 / 40, criterion=1.0, seed=0
    ).capacity[0]
    expected = [separated(3, 40, d) for d in (0.4, 0.5)]
    np.testing.assert_allclose(found, expected, rtol=0.2)


def test_growth_is_the_exponent_of_a_power_law():
    n = np.array([20, 40, 80, 160])
    capacity = np.stack([0.1 * n**2.0, 3.0 * np.exp(0.1 * n), np.where(n < 40, 5.0, np.nan)])
    limits = {"capacity_lower": capacity / 1.1, "capacity_upper": np.where(np.isnan(capacity), np.inf, capacity * 1.1)}
    variables = {"capacity": capacity, **limits}
    coords = {"model": ["power", "exponential", "beyond"], "n_neurons": n}
    data = {name: (("model", "n_neurons"), values) for name, values in variables.items()}
    found = growth(xarray.Dataset(data, coords, {"confidence": 0.95}))
    power = found.sel(model="power")
    assert power.exponent == pytest.approx(2) and power.exponent_lower < 2 < power.exponent_upper
    # four equal errors of ln 1.1/1.96 at ln N an ln 2 apart: Σ (x − x̄)² = 5 (ln 2)²
    assert power.exponent_upper - 2 == pytest.approx(np.log(1.1) / np.sqrt(5) / np.log(2), rel=1e-3)
    assert found.rate.sel(model="exponential") == pytest.approx(0.1)
    assert found.n_sizes.values.tolist() == [4, 4, 1] and np.isnan(found.exponent.sel(model="beyond"))


def test_a_capacity_has_its_law_where_there_is_one():
    found = compare.capacity_sweep(8, [Hebb(), Storkey()], {"n_neurons": [20], "flipped": [0.1, 0.5]}, seed=0)
    assert found.law.dims == ("model", "n_neurons", "flipped") and found.law[0, 0, 0] == law(Hebb(), 20)
    assert np.isnan(found.law[0, 0, 1]) and np.isnan(found.law[1]).all()
    separate = compare.capacity_sweep(8, [Hebb()], {"separation": [0.3, 0.5]}, n_neurons=20, criterion=1.0, seed=0)
    assert np.isnan(separate.law[0, 0]) and separate.law[0, 1] == law(Hebb(), 20, criterion=1.0)


def test_a_model_is_not_changed_and_each_network_has_another_seed(monkeypatch):
    seeds = []
    model = RandomFeatures(n_features=50, seed=3)
    learn = RandomFeatures._learn
    monkeypatch.setattr(RandomFeatures, "_learn", lambda self, x: seeds.append(self.seed) or learn(self, x))
    compare.success_sweep(3, [model], {"n_patterns": [2]}, n_neurons=10, seed=0)
    assert len(set(seeds)) >= 3 and 3 not in seeds
    with pytest.raises(InvalidInput, match="call store"):
        model.recall(np.ones((1, 10)))


def test_a_stopped_comparison_resumes(tmp_path, monkeypatch):
    grid, runner = {"n_neurons": [20, 30]}, Runner(tmp_path / "points")
    first = compare.capacity_sweep(8, [Hebb()], grid, seed=0, runner=runner)
    monkeypatch.setattr(Hebb, "_learn", lambda *_: pytest.fail("measured again"))
    assert compare.capacity_sweep(8, [Hebb()], grid, seed=0, runner=runner).identical(first)


def test_wrong_models_and_settings_are_refused():
    for models, message in [
        (["hebb"], r"models must be a Model or a non-empty sequence .*; for instance \[Hebb\(\), Dense\(power=4\)\]"),
        ([Hebb], "models must be a Model or a non-empty sequence"),
        ({"mine": Hebb}, "the model mine must be a Model"),
        ([Dense(), Dense(power=3)], "models must be different from one another"),
    ]:
        with pytest.raises(InvalidInput, match=message):
            compare.capacity_sweep(8, models, {"n_neurons": [20]}, seed=0)
    for grid, message in [
        ({"flipped": [0.6]}, "flipped must be a finite number >= 0 and <= 0.5, got 0.6"),
        ({"criterion": [1.2]}, "criterion must be a finite number > 0 and <= 1, got 1.2"),
        ({"separation": [0]}, "separation must be a finite number > 0"),
        ({"n_neurons": [3]}, "n_neurons must be a whole number >= 4, got 3"),
    ]:
        with pytest.raises(InvalidInput, match=message):
            compare.success_sweep(2, [Hebb()], {"n_patterns": [3], "n_neurons": [20], **grid}, seed=0)
