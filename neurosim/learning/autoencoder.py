"""A denoising autoencoder with a binary code: what any recall through N_h bits can reach, for comparison.

Encoder and decoder are networks with one hidden layer of ReLU units. Between them are N_h threshold units, trained with
a straight-through gradient. Unlike the memories of this package it has no attractors and needs synapses that are not
pairwise between visible and hidden neurons.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import trange

from neurosim.damage import Damage
from neurosim.learning import objective as rule
from neurosim.learning.data import Images
from neurosim.learning.recipes import USUAL_DAMAGE
from neurosim.learning.run import damage_some
from neurosim.validation import generator, real_array, sequence_of, takes, whole

_CHUNK = 8_192  # images at once; bounds the memory
_BATCH = 250
_RATE = 1e-3  # initial step size of Adam
_GAINS = (5.0, 20.0)  # of the straight-through gradient at the start and at the end
_INTACT = 0.34  # share of intact cues during training


@dataclass(frozen=True)
class Autoencoder:
    """A trained denoising autoencoder with a binary code.

    Parameters
    ----------
    encoder : Module
        (cue, visible) → (cue, hidden): the bit of a neuron is 1 where this is positive.
    decoder : Module
        (cue, hidden) → (cue, visible), in [0, 1].

    Examples
    --------
    >>> from neurosim.learning import load_data
    >>> from neurosim.learning.autoencoder import fit
    >>> digits = load_data("digits").select(slice(100))
    >>> fit(digits, 8, steps=10).reconstructed(digits.pixels).shape
    (100, 64)
    """

    encoder: nn.Module
    decoder: nn.Module

    @property
    def n_parameters(self) -> int:
        """Number of learned numbers."""
        return sum(weights.numel() for part in (self.encoder, self.decoder) for weights in part.parameters())

    @property
    def _n_visible(self) -> int:
        return int(next(self.encoder.parameters()).shape[1])

    @torch.no_grad()
    def code(self, cues: np.ndarray) -> np.ndarray:
        """Return the code of cues, (cue, hidden) bool."""
        cues = real_array(cues, "cues", {"cue": None, "visible": self._n_visible}, dtype=np.float32)
        return np.concatenate([(self.encoder(chunk) > 0).numpy() for chunk in _tensor(cues).split(_CHUNK)])

    @torch.no_grad()
    def reconstructed(self, cues: np.ndarray) -> np.ndarray:
        """Return the images that the codes of cues stand for, (cue, visible)."""
        chunks = _tensor(self.code(cues)).split(_CHUNK)
        return np.concatenate([self.decoder(chunk).numpy() for chunk in chunks]).astype(float)


@takes(images=Images)
@torch.inference_mode(False)  # whatever the caller has switched off
@torch.enable_grad()
def fit(
    images: Images,
    n_hidden: int,
    *,
    damages: Sequence[Damage] = USUAL_DAMAGE,
    width: int = 512,
    steps: int = 7_500,
    seed: int = 0,
    progress: bool = False,
) -> Autoencoder:
    """Train a denoising autoencoder with a binary code: damaged cues in, intact images out.

    Parameters
    ----------
    images : Images
    n_hidden : int
        Bits of the code.
    damages : sequence of Damage
        Damage to the cues, as in the recipe "denoise"; a third of the cues are intact.
    width : int, default 512
        Units of the hidden layers of encoder and decoder.
    steps : int, default 7500
        Updates, each with 250 images.
    seed : int, default 0
    progress : bool, default False

    Returns
    -------
    Autoencoder

    Raises
    ------
    InvalidInput
        A size is not a whole number ≥ 1; there is no damage.

    Examples
    --------
    >>> from neurosim.learning import load_data
    >>> from neurosim.learning.autoencoder import fit
    >>> digits = load_data("digits").select(slice(100))
    >>> fit(digits, 8, steps=10).code(digits.pixels).dtype
    dtype('bool')
    """
    n_hidden, width, steps = whole(n_hidden, "n_hidden"), whole(width, "width"), whole(steps, "steps")
    damages = sequence_of(damages, "damages", Damage, remedy="Combined() leaves cues intact")
    n_visible = images.pixels.shape[1]
    rng = generator(seed)
    encoder = nn.Sequential(_linear(n_visible, width, rng), nn.ReLU(), _linear(width, n_hidden, rng))
    decoder = nn.Sequential(_linear(n_hidden, width, rng), nn.ReLU(), _linear(width, n_visible, rng), nn.Sigmoid())
    adam = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], fused=True)
    surrogate, mean = rule.StraightThrough(*_GAINS), images.pixels.mean(axis=0)
    order = np.empty(0, dtype=int)
    for step in trange(steps, disable=None if progress else True, desc="autoencoder", leave=False):
        order = order if len(order) else rng.permutation(len(images))
        chosen, order = order[:_BATCH], order[_BATCH:]
        intact = images.pixels[chosen]
        cues = intact.copy()
        damage_some(cues, damages, _INTACT, rng, images.shape, mean)
        adam.param_groups[0]["lr"] = _RATE * 0.5 * (1 + math.cos(math.pi * step / steps))
        answer = decoder(surrogate(encoder(_tensor(cues)), step / steps))
        loss = (answer - _tensor(intact)).square().sum() / len(chosen)
        adam.zero_grad()
        loss.backward()
        adam.step()
    return Autoencoder(encoder.eval(), decoder.eval())


def _linear(n_inputs: int, n_outputs: int, rng: np.random.Generator) -> nn.Module:
    """Return a layer with uniform weights, as torch draws them, but not from the generator of the process."""
    layer = nn.utils.skip_init(nn.Linear, n_inputs, n_outputs)
    bound = 1 / math.sqrt(n_inputs)
    for parameter in layer.parameters():
        parameter.data = _tensor(rng.uniform(-bound, bound, tuple(parameter.shape)))
    return layer


def _tensor(values: np.ndarray) -> Tensor:
    return torch.from_numpy(np.array(values, dtype=np.float32))
