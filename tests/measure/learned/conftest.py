"""A trained network that several tests measure."""

import pytest

from neurosim.measure.learned.trained import TrainedNetwork


@pytest.fixture(scope="session")
def trained_digits(digits):
    """A certified network, trained shortly on 1,500 digits; the other 297 are unseen."""
    pytest.importorskip("torch")
    from neurosim.learning import train

    images, unseen = digits.select(slice(1_500)), digits.select(slice(1_500, None))
    return TrainedNetwork(train(images, n_hidden=24, epochs=20), images, unseen)
