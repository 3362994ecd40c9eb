"""`AssociativeMemory` is an estimator of scikit-learn: its checks, clones, pipelines, grids, and what it computes."""

import pickle
import sys
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn")

import sklearn.base
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

from neurosim import InvalidInput, Unavailable, learning, patterns, recall, theory
from neurosim.damage import Noise, Occluded
from neurosim.engines import Reference
from neurosim.learning import RECIPES, AssociativeMemory
from neurosim.learning.local import learn


def clone(memory: AssociativeMemory) -> AssociativeMemory:
    """`sklearn.base.clone` with its type."""
    copy = sklearn.base.clone(memory)
    assert isinstance(copy, AssociativeMemory)
    return copy


# Checks of scikit-learn that a method cannot pass, with the reason. Other methods pass all.
ONE_CODE = "pixels are 100 ± 1, so that all images drive the network alike and get one code, which is refused"
NOT_APPLICABLE = {
    "paper": {
        "check_fit2d_1feature": "images of one pixel get one code, which is refused",
        "check_fit_idempotent": ONE_CODE,
        "check_fit_check_is_fitted": ONE_CODE,
        "check_n_features_in": ONE_CODE,
    }
}


@pytest.mark.parametrize(
    "memory",
    [
        AssociativeMemory(method="one-shot", forget=0.01),
        AssociativeMemory(8, method="oja", epochs=100),
        pytest.param(AssociativeMemory(8, method="paper", epochs=60), marks=[pytest.mark.torch, pytest.mark.slow]),
    ],
    ids=lambda memory: memory.method,
)
def test_the_checks_of_scikit_learn_pass(memory):
    if memory.method in RECIPES:
        pytest.importorskip("torch")
    excused = NOT_APPLICABLE.get(memory.method, {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # checks that are skipped
        results = check_estimator(memory, expected_failed_checks=excused, on_fail=None)
    assert len(results) > 40
    assert not [one["check_name"] for one in results if one["status"] == "failed"]
    assert {one["check_name"] for one in results if one["status"] == "xfail"} == set(excused)


@pytest.fixture(scope="module")
def stored():
    return np.random.default_rng(0).choice([-1.0, 1.0], (20, 100))


@pytest.fixture(scope="module")
def memory(stored):
    return AssociativeMemory(40, method="one-shot", damage=Noise(0.5)).fit(stored)


def test_codes_and_images_are_those_of_recall(memory, stored):
    cues = Noise(0.5).apply(stored, seed=1)
    out = recall(memory.network_, cues)
    np.testing.assert_array_equal(memory.transform(cues), out.hidden_active.values)
    np.testing.assert_array_equal(memory.predict(cues), out.visible.values)
    np.testing.assert_array_equal(memory.recall(cues).settle_time, out.settle_time)
    codes = memory.transform(stored)
    np.testing.assert_array_equal(memory.inverse_transform(codes), theory.visible_state(memory.network_, codes))
    assert list(memory.get_feature_names_out()[:2]) == ["associativememory0", "associativememory1"]


def test_the_score_is_the_explained_variance_under_the_damage(memory, stored):
    assert memory.mean_ == pytest.approx(stored.mean(axis=0))
    cues = Noise(0.5).apply(stored, seed=0)
    error = np.square(memory.predict(cues) - stored).sum()
    assert memory.score(stored) == pytest.approx(1 - error / np.square(stored - stored.mean(axis=0)).sum())
    assert memory.score(stored) > 0.95
    strong = clone(memory).set_params(damage=Noise(3.0)).fit(stored)
    assert strong.score(stored) < memory.score(stored) - 0.1
    assert memory.score(memory.mean_[None]) <= 1  # no variance
    lower = Occluded("lower", fill="mean")
    half = clone(memory).set_params(damage=lower, image_shape=(10, 10)).fit(stored)
    filled = lower.apply(stored, image_shape=(10, 10), mean=half.mean_)
    assert half.score(stored) == pytest.approx(
        1 - np.square(half.predict(filled) - stored).sum() / np.square(stored - half.mean_).sum()
    )


def test_partial_fit_continues_and_fit_starts_anew(memory, stored):
    one = clone(memory)
    for image in stored:
        one.partial_fit(image[None])
    assert one.n_seen_ == 20 and one.mean_ == pytest.approx(memory.mean_)
    np.testing.assert_allclose(one.network_.weights, memory.network_.weights, atol=1e-8)
    assert one.fit(stored[:5]).n_seen_ == 5
    again = clone(memory).fit(stored[:10]).partial_fit(stored[10:])
    np.testing.assert_allclose(again.network_.feedback_weights, memory.network_.feedback_weights, atol=1e-8)


def test_forget_keeps_new_images_and_loses_old_ones():
    images = np.random.default_rng(1).choice([-1.0, 1.0], (300, 100))
    memory = AssociativeMemory(50, method="one-shot", forget=0.03, damage=Noise(0.3)).fit(images)
    assert memory.score(images[-10:]) > 0.8 > 0.1 > memory.score(images[:100])


def test_partial_fit_is_absent_for_other_methods(stored):
    assert not hasattr(AssociativeMemory(method="oja"), "partial_fit")
    with pytest.raises(AttributeError, match="partial_fit"):
        AssociativeMemory(method="oja").partial_fit(stored)


def test_parameters_reach_the_network_and_the_engine(stored):
    options = {"epochs": 5, "tau_v": 30e-3, "tau_h": 2e-3}
    memory = AssociativeMemory(8, method="dendritic", random_state=3, engine=Reference(), **options).fit(stored)
    expected = learn(stored, rule="dendritic", n_hidden=8, seed=3, **options)
    np.testing.assert_array_equal(memory.network_.weights, expected.weights)
    assert memory.network_.tau_v == 30e-3 and memory.recall(stored[:2]).attrs["engine"] == "reference"


@pytest.mark.torch
def test_recipes_are_methods(stored):
    pytest.importorskip("torch")
    recipe = RECIPES["certified"].replace(repulsion=0)
    memory = AssociativeMemory(8, method=recipe, epochs=3).fit(stored)
    assert theory.certify_all_states(memory.network_).holds and memory.network_.provenance["recipe"] == "own"
    assert clone(memory).method is recipe or clone(memory).method == recipe


@pytest.mark.torch
def test_recipes_damage_parts_of_images_of_the_given_shape(stored):
    pytest.importorskip("torch")
    recipe = RECIPES["denoise"].replace(damages=(Occluded("left"),))
    memory = AssociativeMemory(8, method=recipe, epochs=2, image_shape=(10, 10)).fit(stored)
    assert memory.network_.provenance["image_shape"] == [10, 10]
    other = AssociativeMemory(8, method=recipe, epochs=2, image_shape=(5, 20)).fit(stored)
    assert (memory.network_.weights != other.network_.weights).any()
    with pytest.raises(InvalidInput, match="must leave a part of each image"):
        AssociativeMemory(8, method=recipe, epochs=2).fit(stored)


def test_a_one_shot_memory_records_how_it_was_made(stored):
    memory = AssociativeMemory(40, method="one-shot", activity=0.1, forget=0.01, random_state=3).fit(stored)
    made = dict(memory.network_.provenance)
    assert {"activity": 0.1, "forget": 0.01, "seed": 3, "n_images": 20, "method": "one-shot"}.items() <= made.items()


def test_partial_fit_after_another_method_starts_anew(stored):
    memory = AssociativeMemory(8, method="oja", epochs=2).fit(stored).set_params(method="one-shot")
    assert memory.partial_fit(stored[:5]).n_seen_ == 5
    memory.set_params(method="oja").fit(stored).set_params(method="one-shot")
    assert memory.partial_fit(stored[:3]).n_seen_ == 3


def test_a_refused_partial_fit_changes_nothing(stored):
    memory = AssociativeMemory(40, method="one-shot").fit(stored)
    mean = memory.mean_
    with pytest.raises(InvalidInput, match="forget must be"):
        memory.set_params(forget=2).partial_fit(stored[:5] + 1)
    assert memory.n_seen_ == 20 and memory.mean_ is mean


def test_it_is_cloned_pickled_and_shown(memory, stored):
    assert clone(memory).get_params() == memory.get_params() and not hasattr(clone(memory), "network_")
    same = pickle.loads(pickle.dumps(memory))
    np.testing.assert_array_equal(same.predict(stored), memory.predict(stored))
    shown = "AssociativeMemory(damage=Noise(std=0.5, varied=False), method='one-shot', n_hidden=40)"
    assert " ".join(repr(memory).split()) == shown


def test_it_works_in_a_pipeline_and_a_grid():
    rng = np.random.default_rng(2)
    labels = rng.integers(2, size=60)
    images = np.where(labels[:, None] == 1, 1.0, -1.0) * np.linspace(-1, 1, 40) + 0.3 * rng.standard_normal((60, 40))
    pipeline = make_pipeline(AssociativeMemory(12, method="dendritic", epochs=100), LogisticRegression())
    assert pipeline.fit(images[:40], labels[:40]).score(images[40:], labels[40:]) == 1
    grid = GridSearchCV(
        AssociativeMemory(method="one-shot", damage=Noise(0.5), activity=0.1),
        {"n_hidden": [4, 40], "damage": [Noise(0.1), Noise(2.0)]},
        cv=[(np.arange(20), np.arange(20))],
    )
    stored = patterns.random_hidden_states(100, 20, seed=0) * 2.0 - 1
    assert grid.fit(stored).best_params_ == {"damage": Noise(0.1), "n_hidden": 40}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"method": "hebb"}, "method must be one of .*'one-shot'.*, got 'hebb'"),
        ({"n_hidden": 0}, "n_hidden must be a whole number >= 1"),
        ({"forget": 2}, "forget must be"),
        ({"activity": -1}, "activity must be"),
        ({"random_state": -1}, "random_state must be a whole number >= 0"),
        ({"random_state": None}, "random_state must be a whole number >= 0"),
        ({"damage": "noise"}, "damage must be"),
        ({"image_shape": (5, 5)}, r"image_shape must be .* of 100 values, got \(5, 5\)"),
        ({"engine": "brain"}, "engine must be one of"),
    ],
)
def test_bad_parameters_are_refused(stored, parameters, message):
    with pytest.raises(InvalidInput, match=message):
        AssociativeMemory(**{"method": "one-shot"} | parameters).fit(stored).score(stored)


def test_without_scikit_learn_the_extra_is_named(monkeypatch):
    monkeypatch.delitem(sys.modules, "neurosim.learning.estimator")
    monkeypatch.setitem(sys.modules, "sklearn.base", None)
    with pytest.raises(Unavailable, match=r"needs the package sklearn, .*pip install 'neurosim-memory\[data\]'"):
        learning.AssociativeMemory  # noqa: B018
