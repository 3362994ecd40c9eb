"""Settings that theory cannot evaluate are refused before the recalls, and large ones have the right limit."""

import numpy as np
import pytest

from neurosim import InvalidInput, patterns, theory
from neurosim.damage import Noise
from neurosim.measure.recall import curves
from neurosim.network import Network

SIZES = {"n_hidden": 3, "visible_per_hidden": 5, "seed": 0}
TOO_MUCH = {
    "a sweep": lambda std: curves.recall_sweep(1, {"noise_std": [0.0, std]}, **SIZES),
    "a setting": lambda std: curves.recall_sweep(1, {"threshold": [0.5]}, noise_std=std, **SIZES),
    "the bound": lambda std: theory.flip_bound(15, 3, 0.5, std),
    "the law": lambda std: theory.recall_vs_ratio_law(15, 3, 0.5, 20.0, noise_std=std),
    "damage": Noise,
    "cues": lambda std: patterns.visible_cues(
        Network.gaussian(4, 2, seed=0), np.ones((1, 2), bool), noise_std=std, seed=0
    ),
}


@pytest.fixture(autouse=True)
def no_work(monkeypatch):
    def run(*arguments, **options):
        raise AssertionError("it was measured")

    monkeypatch.setattr(curves, "run", run)


@pytest.mark.parametrize("std", [1e101, 1e155, 1e300, np.inf, np.nan, -1.0])
@pytest.mark.parametrize("what", TOO_MUCH)
def test_noise_whose_square_is_not_finite_is_refused_before_the_work(what, std):
    with pytest.raises(InvalidInput, match="noise"):
        TOO_MUCH[what](std)


@pytest.mark.parametrize("std", [1e50, 1e100])
def test_in_large_noise_every_bit_is_right_by_chance(std):
    assert theory.flip_bound(15, 3, 0.5, std).none == pytest.approx(0.5**3)
    assert theory.recall_vs_ratio_law(15, 3, 0.5, 20.0, noise_std=std) == pytest.approx(0.5**3)


def test_theory_is_evaluated_before_the_work(monkeypatch):
    def columns(*arguments, **options):
        raise InvalidInput("no theory for this")

    monkeypatch.setattr(curves.laws, "columns", columns)
    with pytest.raises(InvalidInput, match="no theory"):
        curves.recall_sweep(1, {"noise_std": [0.0]}, **SIZES)
