"""Agreement of stored and recalled memories: self-recall under noise, and images that are recalled at their codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import xarray

from neurosim import Network, theory
from neurosim.errors import InvalidInput
from neurosim.learning.data import Images
from neurosim.measure.learned.evaluation import recalls_itself, settles_at
from neurosim.measure.recall import attractors
from neurosim.measure.statistics import share_variables
from neurosim.validation import instance, real_numbers, seed_number, takes

RELATIVE_NOISE = (0.0, 0.1, 0.2, 0.4, 0.7, 1.0)  # std of the cue noise over the rms of the memories
RATIOS = (5.0, 10.0, 20.0, 50.0, 100.0)  # τ_v/τ_h


@takes(networks=Mapping, images=Images)
def compare_codes(
    networks: Mapping[str, Network],
    images: Images,
    *,
    noise: Sequence[float] = RELATIVE_NOISE,
    ratios: Sequence[float] = RATIOS,
    seed: int = 0,
) -> xarray.Dataset:
    """Recall every memory from its own visible state, and every image at several τ_v/τ_h.

    Parameters
    ----------
    networks : mapping of str to Network
        Trained networks by recipe; each stores `images`.
    images : Images
    noise : sequence of float
        Std of the cue noise over the rms of the memories' visible states.
    ratios : sequence of float
        τ_v/τ_h; τ_h is that of the network.
    seed : int, default 0
        Seed of the cue noise.

    Returns
    -------
    xarray.Dataset over recipe
        self_recalled (recipe, noise): share of the stored memories that recall themselves. at_code (recipe, ratio):
        share of the images that end at their discretely settled code. Both with Wilson limits over the cues of one
        network. n_unique, n_unique_discrete, mean_squared_error: as in `unique_stable_minima`. certified,
        certificate_margin: as in `theory.certify_all_states`.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.codes import compare_codes
    >>> nets = {"random": Network.gaussian(64, 10, seed=0)}
    >>> found = compare_codes(nets, load_data("digits").select(slice(50)), noise=(0.0,), ratios=(20.0,))
    >>> found.self_recalled.dims, found.at_code.dims
    (('recipe', 'noise'), ('recipe', 'ratio'))
    """
    seed, noise = seed_number(seed), real_numbers(noise, "noise", at_least=0)
    if not networks:
        raise InvalidInput("networks must map labels to at least one Network, got none")
    for name, net in networks.items():
        instance(net, f"the network of {name}", Network)
    ratios = real_numbers(ratios, "ratios", above=0)
    parts = [_codes(net, images, noise, ratios, seed) for net in networks.values()]
    recipe = xarray.Variable("recipe", list(networks), {"long_name": "training recipe"})
    return xarray.concat(parts, dim=recipe).assign_attrs(parts[0].attrs)


def _codes(net: Network, images: Images, noise: Sequence[float], ratios: Sequence[float], seed: int) -> xarray.Dataset:
    minima = attractors.unique_stable_minima(net, images.pixels)
    memories = minima.hidden_active.values[minima.stable.values]
    settled = attractors.settle(net, theory.drive(net, images.pixels) > net.threshold)
    codes, fixed = settled.hidden_active.values, settled.settled.values
    self_recall = [recalls_itself(net, memories, std, seed) for std in noise]
    at_code = [settles_at(net.replace(tau_v=ratio * net.tau_h), images.pixels, codes) & fixed for ratio in ratios]
    variables: dict[str, Any] = {
        "noise": ("noise", list(noise), {"long_name": "cue noise over the rms of the memories", "units": "1"}),
        "ratio": ("ratio", list(ratios), {"long_name": "τ_v/τ_h", "units": "1"}),
    }
    for name, dim, hits, long_name in (
        ("self_recalled", "noise", self_recall, "share of the stored memories that recall themselves"),
        ("at_code", "ratio", at_code, "share of the images that end at their discretely settled code"),
    ):
        variables |= share_variables(name, (dim,), [h.sum() for h in hits], [h.size for h in hits], long_name)
    for name in ("n_unique", "n_unique_discrete", "mean_squared_error"):
        variables[name] = minima[name]
    certificate = theory.certify_all_states(net)
    variables["certified"] = ((), certificate.holds, {"long_name": "all 2^N_h states certified"})
    variables["certificate_margin"] = ((), certificate.margin, {"long_name": "margin of the worst state", "units": "1"})
    attrs = {"method": "recall", "n_networks": 1, "n_trials": len(images), "seed": seed, "confidence": 0.95}
    return xarray.Dataset(variables, attrs={**attrs, "subject": repr(images), "n_hidden": net.n_hidden})
