"""The cache of trained networks: trains once, resumes, and refuses other settings."""

import pytest

from neurosim import InvalidInput
from neurosim.measure.learned import cache
from neurosim.measure.learned.cache import TrainedNetworkCache

pytest.importorskip("torch")
pytestmark = pytest.mark.torch


@pytest.fixture
def few(digits, monkeypatch):
    monkeypatch.setattr(cache, "_loaded", lambda *_: digits.select(slice(100)))


def test_a_network_is_trained_once(few, tmp_path, monkeypatch):
    trained = TrainedNetworkCache(tmp_path)
    monkeypatch.setattr("neurosim.learning.trainer.default_epochs", lambda *_: 1)
    first = trained("digits", 6, "paper", repulsion=0.1).network
    assert [file.name for file in tmp_path.iterdir()] == ["digits-6-paper-repulsion=0.1.safetensors"]
    assert first.provenance["repulsion"] == 0.1 and first.provenance["epochs"] == 1
    monkeypatch.setattr("neurosim.learning.train", lambda *_, **__: pytest.fail("trained again"), raising=False)
    again = trained("digits", 6, "paper", repulsion=0.1).network
    assert again.weights.tobytes() == first.weights.tobytes()
    (tmp_path / "digits-6-paper-repulsion=0.1.safetensors").rename(tmp_path / "digits-6-paper.safetensors")
    with pytest.raises(InvalidInput, match=r"trained with repulsion = 0.1, but 0.0 is needed; delete"):
        trained("digits", 6, "paper")


def test_a_preview_is_of_few_digits_whatever_the_data_set(tmp_path):
    trained = TrainedNetworkCache(tmp_path, quick=True)("mnist", 50)
    assert (trained.network.n_hidden, len(trained.images), len(trained.unseen)) == (24, 1_500, 297)
    assert [file.name for file in tmp_path.iterdir()] == ["digits-24-certified-quick.safetensors"]
    assert trained.memories.shape[1] == 24 and trained.memory_rms > 0
