"""Engines: the ways to run a recall. Each is a frozen object; its fields are its options.

==================  =================================================================================================
`Event`             exact, from threshold crossing to threshold crossing; Heaviside hidden units, one τ_v
`Reference`         NumPy, small steps, both layers; all activations and time constants
`Torch`             the steps of `Reference` for all cues at once in torch, on a CPU or a CUDA GPU
`Brian`             the Brian2 equations (`neurosim.equations`), rate and spiking; in this process, in C++ or in CUDA
`Circuit`           a population of integrate-and-fire cells in place of each threshold unit, in Brian2
`Function`          any function from cues to final hidden states
==================  =================================================================================================

`Changes` are a user's own equations, synapses and objects for `Brian`. `Engine` is the base class of all engines: it
states what an engine is able to do, makes a validated request, and is what a user's own engine inherits. An engine
receives the request and returns plain arrays; `neurosim.recall` labels them. Labels and measurements belong elsewhere.
This package imports no numba, torch and brian2: the modules `event`, `reference`, `torch_batched` and `brian`, which
compute, are imported at the first run, `brian` also for `Changes`.
"""

from neurosim.engines.base import Engine, SteppingEngine, require_rate_model
from neurosim.engines.builtin import Brian, Event, Reference, Torch
from neurosim.engines.changes import Changes
from neurosim.engines.circuit import Circuit
from neurosim.engines.function import Function
from neurosim.engines.registry import ENGINES, from_record, get_engine

__all__ = [
    "ENGINES",
    "Brian",
    "Changes",
    "Circuit",
    "Engine",
    "Event",
    "Function",
    "Reference",
    "SteppingEngine",
    "Torch",
    "from_record",
    "get_engine",
    "require_rate_model",
]
