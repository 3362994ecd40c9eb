"""Images and networks for tests of all folders; those that a parametrisation needs are in `shared_networks`."""

from pathlib import Path

import numpy as np
import pytest

from neurosim import Network
from neurosim.learning import Images, load_data
from neurosim.measure.learned.trained import TrainedNetwork


@pytest.fixture(scope="session")
def digits() -> Images:
    """The 1,797 digits of scikit-learn, 8 by 8 pixels."""
    pytest.importorskip("sklearn")
    return load_data("digits")


@pytest.fixture(scope="session")
def split_digits(digits) -> tuple[Images, Images]:
    """1,300 of the digits, drawn at random, and the other 497."""
    order = np.random.default_rng(0).permutation(len(digits))
    return digits.select(order[:1300]), digits.select(order[1300:])


@pytest.fixture(scope="session")
def trained_digits(digits) -> TrainedNetwork:
    """A certified network, trained shortly on 1,500 digits; the other 297 are unseen."""
    pytest.importorskip("torch")
    from neurosim.learning import train

    images, unseen = digits.select(slice(1_500)), digits.select(slice(1_500, None))
    return TrainedNetwork(train(images, n_hidden=24, epochs=20, recipe="certified"), images, unseen)


@pytest.fixture(scope="session")
def small_network() -> Network:
    """A Gaussian network of 60 visible and 3 hidden neurons, whose 8 states are all stable."""
    return Network.gaussian(60, 3, seed=0)


@pytest.fixture(scope="session")
def network_file(tmp_path_factory) -> Path:
    """File of a network of 64 visible neurons, the pixels of a digit, so that no program trains one."""
    weights = np.random.default_rng(0).standard_normal((64, 8)) + 0.3
    file = tmp_path_factory.mktemp("network") / "small.safetensors"
    Network(weights, threshold=0.4).save(file)
    return file
