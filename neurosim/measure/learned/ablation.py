"""Comparison of trained networks that differ in one setting of their recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import xarray

from neurosim import Network, theory
from neurosim.learning.data import Images
from neurosim.measure.learned.evaluation import recalls_itself
from neurosim.measure.recall import attractors
from neurosim.measure.statistics import share_variables

_FROM_MINIMA = (
    "n_unique",
    "n_unique_discrete",
    "n_unique_first_pass",
    "mean_squared_error",
    "mean_squared_error_discrete",
)


def compare_variants(
    networks: Mapping[str, Network],
    images: Images,
    *,
    relative_noise: float = 0.2,
    seed: int = 0,
    progress: bool = False,
) -> xarray.Dataset:
    """Count distinct memories and measure errors and self-recall of networks trained on the same images.

    Parameters
    ----------
    networks : mapping of str to Network
        Trained networks by name; each stores `images`.
    images : Images
    relative_noise : float, default 0.2
        Std of the cue noise over the rms of the memories, for self_recalled_noisy.
    seed : int, default 0
        Seed of the cue noise.
    progress : bool, default False
        Show progress bars.

    Returns
    -------
    xarray.Dataset over run
        n_unique, n_unique_discrete, n_unique_first_pass, mean_squared_error, mean_squared_error_discrete: as in
        `unique_stable_minima`. at_code (share of images recalled at their discretely settled code), self_recalled
        and self_recalled_noisy (share of the memories) with Wilson limits. bits_moved: mean number of bits from first
        pass to recall. certified: whether all 2^N_h states are certified.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.ablation import compare_variants
    >>> nets = {"a": Network.gaussian(64, 10, seed=0), "b": Network.gaussian(64, 10, seed=1)}
    >>> compare_variants(nets, load_data("digits").select(slice(50))).n_unique.dims
    ('run',)
    """
    parts = [_variant(net, images, relative_noise, seed, progress) for net in networks.values()]
    together: Any = xarray.concat(
        parts, dim=xarray.Variable("run", list(networks), {"long_name": "recipe and changes"})
    )
    n_hidden = next(iter(networks.values())).n_hidden
    attrs = {"method": "training and recall", "n_networks": 1, "n_trials": len(images), "seed": seed}
    together.attrs = {**attrs, "confidence": 0.95, "subject": repr(images), "n_hidden": n_hidden}
    return together


def _variant(net: Network, images: Images, relative_noise: float, seed: int, progress: bool) -> xarray.Dataset:
    minima = attractors.unique_stable_minima(net, images.pixels, progress=progress)
    memories = minima.hidden_active.values[minima.stable.values]
    found = minima[list(_FROM_MINIMA)]
    for end in ("", "_lower", "_upper", "_failures", "_trials"):
        found[f"at_code{end}"] = minima[f"share_at_discrete{end}"]
    found["bits_moved"] = minima.bits_moved.mean(keep_attrs=True)
    for name, noise in (("self_recalled", 0.0), ("self_recalled_noisy", relative_noise)):
        hits = recalls_itself(net, memories, noise, seed)
        long_name = f"share of the memories that recall themselves, noise {noise:g} rms"
        found = found.assign(share_variables(name, (), hits.sum(), hits.size, long_name))
    certified = theory.certify_all_states(net).holds
    found["certified"] = ((), certified, {"long_name": "all 2^N_h states certified"})
    return found.drop_attrs(deep=False)
