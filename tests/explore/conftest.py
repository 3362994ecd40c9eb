"""A browser for the tests that are marked `browser`."""

import pytest


@pytest.fixture(scope="module")
def browser():
    from chromium import Chromium, executable

    if executable() is None:
        pytest.fail("there is no Chromium; install the package chromium, or name it: CHROMIUM=/path/to/chromium")
    one = Chromium()
    yield one
    one.close()
