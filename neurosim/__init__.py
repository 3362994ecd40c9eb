"""Associative memory with exponential capacity, simulated in Brian2 and recalled exactly.

The model is Kafraj, Krotov & Latham, "A biologically plausible dense associative memory with exponential
capacity", ICLR 2026; equation numbers in this package are that paper's.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from neurosim import cells, constraints, krotov_hopfield, patterns, theory
from neurosim.errors import BadFile, InvalidInput, NeurosimError, OutputError, Unavailable
from neurosim.inputs import InputCurrent
from neurosim.network import Network
from neurosim.nonlinearity import Heaviside, Identity, Normalise, Power, Sigmoid, Sign, Softmax
from neurosim.recall import recall
from neurosim.result import Outcome
from neurosim.storage import load_result, save_result

if TYPE_CHECKING:
    from neurosim.engines.brian import brian_network

# Subpackages that `import neurosim` leaves unread, so that it stays fast.
_ON_REQUEST = ("engines", "interop", "learning", "measure", "models", "plots", "report", "sweep")

__version__ = "0.1.0"
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
    "krotov_hopfield",
    "load_result",
    "patterns",
    "recall",
    "save_result",
    "theory",
]


def __getattr__(name: str):
    if name == "brian_network":  # brian2 takes a second to import, so only on request
        from neurosim.recall import engine_module

        return engine_module("brian").brian_network
    if name in _ON_REQUEST:
        return import_module(f"neurosim.{name}")
    raise AttributeError(f"module 'neurosim' has no attribute {name!r}")
