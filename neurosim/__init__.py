"""Associative memory with exponential capacity: a rate and a spiking model, simulated in Brian2 and by an exact engine.

The model is that of M. Kafraj, D. Krotov and P. E. Latham, "A biologically plausible dense associative memory with
exponential capacity", ICLR 2026; equation numbers in this package are those of that paper.

`Network` describes one memory and `recall` runs it; `patterns` makes hidden states and cues. Subpackages:

==============  ==============================================================================
`cells`         spiking cells
`constraints`   biological constraints, from network to network
`damage`        damage to cues: noise, missing and occluded parts
`engines`       the simulators behind `recall`
`models`        other associative memories, for comparison
`theory`        closed forms
`learning`      data sets and training
`measure`       capacity, basins of attraction, time constants, comparisons, with intervals
`sweep`         measurements over grids of parameters, resumable and parallel
`plots`         figures
`report`        HTML report of one network
`interop`       exchange with Neo and NIR
==============  ==============================================================================

They are imported when they are first used. New code belongs in one of them; only names that every user needs are here.
"""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from neurosim import interrupts

interrupts.end_first_imports()  # before those that take most of the time

from neurosim import cells, constraints, damage, krotov_hopfield, patterns, theory
from neurosim import threads as threads  # so that a forked child of whatever has used torch computes with one thread
from neurosim.errors import BadFile, InvalidInput, NeurosimError, OutputError, Unavailable
from neurosim.inputs import InputCurrent
from neurosim.network import Network
from neurosim.nonlinearity import Heaviside, Identity, Normalise, Power, Sigmoid, Sign, Softmax
from neurosim.recall import recall
from neurosim.result import Outcome
from neurosim.storage import load_result, save_result

if TYPE_CHECKING:
    from neurosim.engines.brian import brian_network

    __version__: str

# Subpackages that are imported when they are first used, so that `import neurosim` is fast.
_ON_REQUEST = ("engines", "interop", "learning", "measure", "models", "plots", "report", "sweep")

__all__ = [
    "BadFile",
    "Heaviside",
    "Identity",
    "InputCurrent",
    "InvalidInput",
    "Network",
    "NeurosimError",
    "Normalise",
    "Outcome",
    "OutputError",
    "Power",
    "Sigmoid",
    "Sign",
    "Softmax",
    "Unavailable",
    "brian_network",
    "cells",
    "constraints",
    "damage",
    "krotov_hopfield",
    "load_result",
    "patterns",
    "recall",
    "save_result",
    "theory",
]


def __getattr__(name: str):
    if name == "__version__":
        return _version()
    if name == "brian_network":  # brian2 takes a second to import
        from neurosim.packages import required

        return required("neurosim.engines.brian", "brian_network").brian_network
    if name in _ON_REQUEST:
        return import_module(f"neurosim.{name}")
    raise AttributeError(f"module 'neurosim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *_ON_REQUEST, "__version__"})


@cache
def _version() -> str:
    """Return the version of the installed distribution; it is taken from git when the distribution is built."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("neurosim-memory")
    except PackageNotFoundError:  # a source tree that is not installed
        return "0+unknown"
