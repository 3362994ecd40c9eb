"""Spectra of several networks as one Dataset."""

import numpy as np
import pytest

from neurosim import InvalidInput, Network, theory
from neurosim.measure.capacity.spectrum import coupling_spectrum


def test_each_network_has_its_eigenvalues_and_its_bound():
    nets = [Network.gaussian(200, 6, seed=seed) for seed in (1, 2, 3)]
    found = coupling_spectrum(nets)
    assert found.eigenvalue.dims == ("network", "rank") and found.attrs["n_hidden"] == 6
    for k, net in enumerate(nets):
        coupling = net.weights.T @ net.weights / 200
        np.testing.assert_allclose(found.eigenvalue[k], np.linalg.eigvalsh(coupling))
        assert found.max_flips.values[k] == theory.max_flips_any_state(net)


def test_networks_of_several_sizes_are_refused():
    with pytest.raises(InvalidInput, match="one size"):
        coupling_spectrum([Network.gaussian(20, 4, seed=0), Network.gaussian(20, 5, seed=0)])
    with pytest.raises(InvalidInput, match="non-empty sequence"):
        coupling_spectrum([])
