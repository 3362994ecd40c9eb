"""The cache of trained networks: trains once, resumes, and has one file for everything that made a network."""

import numpy as np
import pytest

from neurosim import BadFile, Network
from neurosim.learning.data import Images
from neurosim.measure.learned import cache
from neurosim.measure.learned.cache import TrainedNetworkCache

pytest.importorskip("torch")
pytestmark = pytest.mark.torch


@pytest.fixture
def few(digits, monkeypatch):
    monkeypatch.setattr(cache, "_loaded", lambda *_: digits.select(slice(100)))


def never(monkeypatch):
    monkeypatch.setattr("neurosim.learning.train", lambda *_, **__: pytest.fail("trained again"), raising=False)


def test_a_network_is_trained_once(few, tmp_path, monkeypatch):
    trained = TrainedNetworkCache(tmp_path)
    first = trained("digits", 6, "paper", repulsion=0.1, epochs=1).network
    (file,) = tmp_path.iterdir()
    assert file == trained.path("digits", 6, "paper", repulsion=0.1, epochs=1)
    assert first.provenance["repulsion"] == 0.1 and len(first.provenance["loss_per_epoch"]) == 1
    never(monkeypatch)
    again = trained("digits", 6, "paper", repulsion=0.1, epochs=1).network
    assert again.weights.tobytes() == first.weights.tobytes()


def test_a_preview_is_of_few_digits_whatever_the_data_set(tmp_path):
    trained = TrainedNetworkCache(tmp_path, quick=True)("mnist", 50)
    assert (trained.network.n_hidden, len(trained.images), len(trained.unseen)) == (24, 1_500, 297)
    (file,) = tmp_path.iterdir()
    assert file.match(f"digits-24-denoise-quick-{'?' * 16}.safetensors")
    assert trained.memories.shape[1] == 24 and trained.memory_rms > 0


def other_pixels(digits):
    pixels = digits.pixels[:100].copy()
    pixels[3, 5] = 1 - pixels[3, 5]
    return Images(pixels, digits.labels[:100], digits.shape, "digits")


CHANGES = {
    "seed": lambda digits, m: {"seed": 1},
    "device": lambda digits, m: {"device": "cuda"},
    "epochs": lambda digits, m: {"epochs": 2},
    "a setting": lambda digits, m: {"repulsion": 0.5},
    "size": lambda digits, m: {"n_hidden": 7},
    "recipe": lambda digits, m: {"recipe": "symmetric"},
    "one pixel": lambda digits, m: m.setattr(cache, "_loaded", lambda *_: other_pixels(digits)),
    "fewer images": lambda digits, m: m.setattr(cache, "_loaded", lambda *_: digits.select(slice(99))),
    "code": lambda digits, m: m.setattr(cache, "digest_of_module", lambda *_: "other"),
    "torch": lambda digits, m: m.setattr(cache, "version", lambda name: "9.9"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_everything_that_makes_a_network_is_in_its_key(what, few, digits, tmp_path, monkeypatch):
    def path(*, recipe="paper", n_hidden=6, seed=0, quick=False, device="cpu", **changes):
        return TrainedNetworkCache(tmp_path, seed=seed, quick=quick, device=device).path(
            "digits", n_hidden, recipe, **changes
        )

    def key(file):
        return file.stem.rpartition("-")[2]

    before = path()
    assert path() == before and path(device="cpu") == before
    changed = CHANGES[what](digits, monkeypatch) or {}
    assert key(path(**changed)) != key(before)


def test_a_network_of_another_seed_is_another_network(few, tmp_path):
    first, second = (TrainedNetworkCache(tmp_path, seed=seed)("digits", 6, "paper", epochs=1) for seed in (0, 1))
    assert (first.network.weights != second.network.weights).any() and len(list(tmp_path.iterdir())) == 2
    assert [one.network.provenance["seed"] for one in (first, second)] == [0, 1]


def test_a_damaged_file_is_refused(few, tmp_path):
    trained = TrainedNetworkCache(tmp_path)
    trained("digits", 6, "paper", epochs=1)
    (file,) = tmp_path.iterdir()
    contents = bytearray(file.read_bytes())
    contents[-3] ^= 1
    file.write_bytes(contents)
    with pytest.raises(BadFile, match="was changed after it was written"):
        trained("digits", 6, "paper", epochs=1)


def test_training_resumes_from_the_checkpoint_of_its_own_key_only(few, tmp_path, monkeypatch):
    from neurosim.learning import train

    def stopped(*arguments, **options):
        train(*arguments, **{**options, "epochs": options["epochs"]})
        raise KeyboardInterrupt

    trained = TrainedNetworkCache(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("neurosim.learning.train", stopped)
        with pytest.raises(KeyboardInterrupt):
            trained("digits", 6, "paper", epochs=2)
    (checkpoint,) = tmp_path.iterdir()
    assert checkpoint.suffix == ".checkpoint"
    other = TrainedNetworkCache(tmp_path, seed=1)("digits", 6, "paper", epochs=2).network
    assert checkpoint.exists() and other.provenance["seed"] == 1
    whole = trained("digits", 6, "paper", epochs=2).network
    assert not checkpoint.exists() and np.isfinite(whole.weights).all() and isinstance(whole, Network)


def test_a_checkpoint_of_other_code_is_refused(digits, tmp_path, monkeypatch):
    from neurosim import InvalidInput
    from neurosim.learning import train, trainer

    some = digits.select(slice(100))
    options = {"n_hidden": 6, "epochs": 1, "recipe": "paper", "checkpoint": tmp_path / "run.checkpoint"}
    train(some, **options)
    monkeypatch.setattr(trainer, "digest_of_module", lambda *_: "other")
    with pytest.raises(InvalidInput, match="was made with code = "):
        train(some, **options)
