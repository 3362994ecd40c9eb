"""Images for tests of all folders."""

import numpy as np
import pytest

from neurosim.learning import Images, load_data


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
