"""Engines: the ways to run a recall, each a module with ``run(net, request, **options) -> EngineResult``.

==================  =================================================================================================
`event`             exact, from threshold crossing to threshold crossing; Heaviside hidden units, one τ_v
`reference`         NumPy, small steps, both layers; all activations and time constants
`torch_batched`     the steps of `reference` for all cues at once in torch, on a CPU or a CUDA GPU
`brian`             the Brian2 equations (`neurosim.equations`), rate and spiking; in this process, in C++ or in CUDA
==================  =================================================================================================

An engine receives a request that `neurosim.recall` has checked and returns plain arrays; `neurosim.recall` imports it
by name and labels the result. Checks of a request, labels and measurements do not belong here. This package imports
none of the engines, since torch and brian2 take seconds to load.
"""
