"""Docstring examples: collected by pytest itself, and skipped if they need a package that is not installed.

Names of tests hold no address, or processes that share the tests would not agree on them.
"""

from collections.abc import Generator
from doctest import UnexpectedException
from importlib import import_module

import pytest
from _pytest import doctest

from neurosim import Unavailable

# Importing brian2 replaces pytest's collector of examples by one that fails for objects re-exported by a package.
_collector = doctest.DoctestModule
import_module("brian2.tests")
doctest.DoctestModule = _collector


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse names of tests that differ between processes."""
    if changing := [item.nodeid for item in items if " at 0x" in item.nodeid]:
        raise pytest.UsageError(f"names of tests must not hold an address, give ids=: {changing[0]}")


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
