"""Packages of the extra ``[interop]``, imported when they are needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from neurosim.errors import Unavailable


def package(name: str) -> Any:
    """Import a package of the extra.

    Raises
    ------
    Unavailable
        It, or a package that it needs, is not installed.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise Unavailable(
            f"neurosim.interop needs the package {error.name!r}, which is not installed; "
            "pip install 'neurosim[interop]'"
        ) from None
