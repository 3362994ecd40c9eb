"""`neurosim train` in an installation without torch."""

import sys

import pytest


class NoTorch:
    """Finder that does not find torch."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")


@pytest.fixture
def without_torch(monkeypatch):
    for name in [name for name in sys.modules if name == "torch" or name == "neurosim.learning.parallel"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [NoTorch, *sys.meta_path])


def test_training_by_a_recipe_names_the_extra(run, without_torch):
    answer = run("train", "digits")
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
    assert "needs the package torch, which is not installed; pip install 'neurosim-memory[train]'" in answer.stderr


def test_training_by_a_local_rule_needs_no_torch(run, without_torch):
    pytest.importorskip("sklearn")
    answer = run("train", "digits", "--rule", "oja", "--epochs", 1, "--hidden", 6)
    assert answer.returncode == 0, answer.stderr
