"""Runs and networks in other tools' formats: Neo (and so Elephant) for spike trains, NIR for the network.

Needs ``pip install 'neurosim[interop]'``; importing this package does not import them, calling the functions does.
"""

from neurosim.interop.neo_block import to_neo
from neurosim.interop.nir_graph import from_nir, to_nir

__all__ = ["from_nir", "to_neo", "to_nir"]
