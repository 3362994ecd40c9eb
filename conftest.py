"""Docstring examples that need a package which is not installed are skipped."""

from collections.abc import Generator
from doctest import UnexpectedException

import pytest

from neurosim import Unavailable


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Skip an example whose missing package `neurosim.packages` names."""
    try:
        return (yield)
    except UnexpectedException as error:
        reason = error.exc_info[1]
        if isinstance(item, pytest.DoctestItem) and isinstance(reason, Unavailable) and "pip install" in str(reason):
            pytest.skip(str(reason))
        raise
