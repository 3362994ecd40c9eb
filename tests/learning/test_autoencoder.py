"""The denoising autoencoder with a binary code: bounds of its code, and that it learns from damaged cues."""

import numpy as np
import pytest

from neurosim import InvalidInput
from neurosim.damage import Noise
from neurosim.learning import Images

autoencoder = pytest.importorskip("neurosim.learning.autoencoder", reason="torch is not installed")
pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def stripes():
    """Eight binary images of 16 pixels, each eight times."""
    pixels = np.repeat((np.arange(8)[:, None] >> np.arange(3)) & 1, 5, axis=1)
    return Images(np.tile(np.pad(pixels, ((0, 0), (0, 1))), (8, 1)), np.zeros(64, int), (4, 4), "stripes")


def test_a_code_of_k_bits_has_at_most_2_to_the_k_reconstructions(stripes):
    model = autoencoder.fit(stripes, 1, steps=300, width=16)
    assert len(np.unique(model.reconstructed(stripes.pixels), axis=0)) == 2
    assert model.code(stripes.pixels).shape == (64, 1)


def test_three_bits_hold_eight_images_and_correct_noise(stripes):
    model = autoencoder.fit(stripes, 3, damages=[Noise(0.3)], steps=2_000, width=32)
    error = ((model.reconstructed(stripes.pixels) - stripes.pixels) ** 2).sum(axis=1).mean()
    assert error < 0.05 and len(np.unique(model.code(stripes.pixels), axis=0)) == 8  # the variance is 15/4
    noisy = stripes.damaged(Noise(0.3), seed=9)
    wrong = ((model.reconstructed(noisy) - stripes.pixels) ** 2).sum(axis=1).mean()
    assert wrong < 0.1 * ((noisy - stripes.pixels) ** 2).sum(axis=1).mean()


def test_a_seed_gives_the_same_network_and_leaves_torchs_generator_alone(stripes):
    import torch

    before = torch.random.get_rng_state()
    first, again, other = (autoencoder.fit(stripes, 4, steps=5, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(torch.random.get_rng_state(), before)
    seen = [model.reconstructed(stripes.pixels) for model in (first, again, other)]
    np.testing.assert_array_equal(seen[0], seen[1])
    assert (seen[0] != seen[2]).any()
    assert first.n_parameters == (16 * 512 + 512) + (512 * 4 + 4) + (4 * 512 + 512) + (512 * 16 + 16)


def test_sizes_that_are_no_whole_numbers_are_refused(stripes):
    with pytest.raises(InvalidInput, match="n_hidden"):
        autoencoder.fit(stripes, 0)
