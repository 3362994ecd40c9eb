"""Recipes: their checks and their copies; no torch here, but for the names of the classes."""

import json
import math
import subprocess
import sys

import pytest

from neurosim import InvalidInput, Unavailable, learning
from neurosim.cli import parse
from neurosim.learning import RECIPES, recipes
from neurosim.learning.recipes import as_recipe, name_of


@pytest.mark.parametrize(
    ("recipe", "changes", "message"),
    [
        ("paper", {"learning_rate": math.nan}, "learning_rate must be a finite number > 0, got nan"),
        ("paper", {"learning_rate": 0}, "learning_rate must be a finite number > 0, got 0"),
        ("paper", {"learning_rate": "fast"}, "learning_rate must be a finite number > 0, got 'fast'"),
        ("paper", {"last_gain": -1.0}, "last_gain must be a finite number > 0, got -1"),
        ("paper", {"surrogate": "relu"}, "surrogate must be one of .*'straight_through'\\], got 'relu'"),
        ("paper", {"threshold": True}, "threshold must be one of .*, got True"),
        ("paper", {"repulsion": -1.0}, "repulsion must be a finite number >= 0, got -1"),
        ("paper", {"repulsion": "much"}, "repulsion must be a finite number >= 0, got 'much'"),
        ("paper", {"through_recall": 1.5}, "through_recall must be a number from 0 to 1, got 1.5"),
        ("paper", {"magic": 1}, "setting of a recipe must be one of \\['learning_rate', 'epochs',.* got 'magic'"),
        ("certified", {"noise_cost": -1}, "noise_cost must be a finite number >= 0, got -1"),
        ("certified", {"first_gain": 0}, "first_gain must be a finite number > 0, got 0"),
        ("denoise", {"damages": ()}, "damages must be a Damage or a non-empty sequence of them, got \\(\\)"),
        ("denoise", {"damages": ("noise",)}, "damages must be a Damage or a non-empty sequence of them"),
        ("denoise", {"intact": -0.1}, "intact must be a number from 0 to 1"),
        ("basins", {"copies": 0}, "copies must be a whole number >= 1"),
        ("denoise", {"start": "zero"}, r"start must be one of \['mean', 'components', 'completion'\], got 'zero'"),
        ("denoise", {"least_threshold": 0}, "least_threshold must be a finite number > 0"),
        ("basins", {"decay": 0}, "decay must be a finite number > 0"),
    ],
)
def test_a_recipe_outside_its_range_is_refused(recipe, changes, message):
    with pytest.raises(InvalidInput, match=message):
        RECIPES[recipe].replace(**changes)


def test_a_changed_recipe_is_a_new_one_of_no_name():
    recipe = RECIPES["paper"].replace(repulsion=0.25)
    assert recipe.repulsion == 0.25 and name_of(recipe) == "own" and name_of(RECIPES["paper"]) == "paper"
    assert recipe.replace(repulsion=0) == RECIPES["paper"]


def test_there_are_five_recipes_and_the_first_is_the_default():
    assert list(RECIPES) == ["denoise", "basins", "certified", "symmetric", "paper"]


def test_a_recipe_is_found_by_name_or_is_itself():
    assert as_recipe("paper") is RECIPES["paper"] and as_recipe(RECIPES["paper"]) is RECIPES["paper"]
    with pytest.raises(InvalidInput, match=r"recipe must be one of \['denoise', .* got 'best'"):
        as_recipe("best")


@pytest.mark.torch
def test_every_name_in_a_recipe_has_its_class():
    pytest.importorskip("torch")
    from neurosim.learning.objective import SURROGATES
    from neurosim.learning.objectives import OBJECTIVES

    assert {recipe.objective for recipe in RECIPES.values()} == set(OBJECTIVES)
    assert tuple(SURROGATES) == recipes.SURROGATES


def test_recipes_and_images_are_imported_without_torch_and_scikit_learn():
    code = """
import sys
sys.modules.update(dict.fromkeys(("torch", "sklearn", "pooch")))  # None: not to be imported
import numpy as np
from neurosim.learning import RECIPES, Images, Recipe, local, local_rules, stdp
images = Images(np.eye(4), np.arange(4), (2, 2), "four")
local.learn(images, rule="oja", n_hidden=2, epochs=1)
assert isinstance(RECIPES["certified"], Recipe) and len(images) == 4
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_is_missing_names_its_extra(monkeypatch):
    for name in ("neurosim.learning.trainer", "neurosim.learning.run", "neurosim.learning.objective"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    for name in ("torch", "sklearn", "sklearn.datasets", "pooch"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delenv("NEUROSIM_DATA", raising=False)
    with pytest.raises(Unavailable, match=r"pip install 'neurosim-memory\[train\]'"):
        _ = learning.train
    for dataset in ("digits", "mnist"):
        with pytest.raises(Unavailable, match=r"pip install 'neurosim-memory\[data\]'"):
            learning.load_data(dataset)


def test_a_recipe_has_a_record_of_plain_values():
    for recipe in RECIPES.values():
        record = json.loads(json.dumps(recipe.record()))
        assert record.pop("objective") == recipe.objective
        if "damages" in record:
            record["damages"] = tuple(parse.damage(text) for text in record["damages"])
        assert type(recipe)(**record) == recipe
