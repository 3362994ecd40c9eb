"""Eigenvalues of the effective coupling J of networks, and the bound on wrong bits that follows from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray

from neurosim import Network, theory
from neurosim.measure.networks import of_one_size


def coupling_spectrum(networks: Sequence[Network]) -> xarray.Dataset:
    """Return the eigenvalues of J = ξᵀξ/N_v of networks of one size.

    Parameters
    ----------
    networks : sequence of Network
        With symmetric weights and one N_v and N_h.

    Returns
    -------
    xarray.Dataset
        eigenvalue (network, rank), ascending; max_flips (network,): the largest number of bits that can be wrong in any
        of the 2^N_h states (`theory.max_flips_any_state`); attrs n_visible and n_hidden.

    Raises
    ------
    InvalidInput
        No network, networks of several sizes, or weights that are not symmetric.

    See Also
    --------
    neurosim.theory.marchenko_pastur_density : The law of the eigenvalues for Gaussian weights.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.capacity.spectrum import coupling_spectrum
    >>> found = coupling_spectrum([Network.gaussian(1000, 10, seed=seed) for seed in (1, 2)])
    >>> dict(found.sizes)
    {'network': 2, 'rank': 10}
    >>> bool((abs(found.eigenvalue - 1) < 0.3).all())
    True
    """
    nets = of_one_size(networks)
    n_visible, n_hidden = nets[0].weights.shape
    values = np.array([theory.spectrum(net) for net in nets])
    wrong = np.array([theory.max_flips_any_state(net) for net in nets])
    variables = {
        "eigenvalue": (("network", "rank"), values, {"long_name": "eigenvalue of J", "units": "1"}),
        "max_flips": ("network", wrong, {"long_name": "most bits that can be wrong in any state", "units": "1"}),
    }
    attrs = {"method": "eigenvalues of J", "n_networks": len(nets), "n_trials": "all eigenvalues"}
    return xarray.Dataset(variables, attrs={**attrs, "n_visible": n_visible, "n_hidden": n_hidden})
