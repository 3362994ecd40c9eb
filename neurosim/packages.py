"""Import of optional packages, with an error that names the extra if one is missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from neurosim.errors import Unavailable

DISTRIBUTION = "neurosim-memory"
EXTRAS = {
    "torch": "train",
    "sklearn": "data",
    "pooch": "data",
    "distributed": "cluster",
    "dask": "cluster",
    "submitit": "cluster",
    "neo": "interop",
    "nir": "interop",
    "elephant": "interop",
    "quantities": "interop",
    "pynwb": "interop",
    "brian2cuda": "cuda",
}


def required(module: str, what: str) -> Any:
    """Import a module that needs a package of an extra.

    Parameters
    ----------
    module : str
        Module to import: the package, or a module of neurosim that imports it.
    what : str
        Feature that needs the package, as the subject of the message.

    Returns
    -------
    module

    Raises
    ------
    Unavailable
        A package is not installed; the message names the extra.

    Examples
    --------
    >>> required("json", "this example").loads("[1]")
    [1]
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = (error.name or module).split(".")[0]
        if package == "neurosim":
            raise
        raise Unavailable(missing(package, what)) from None


def missing(package: str, what: str) -> str:
    """Return the message that a package is not installed, with the command that installs it.

    Examples
    --------
    >>> missing("torch", "training")
    "training needs the package torch, which is not installed; pip install 'neurosim-memory[train]'"
    """
    name = f"'{DISTRIBUTION}[{EXTRAS[package]}]'" if package in EXTRAS else package
    return f"{what} needs the package {package}, which is not installed; pip install {name}"
