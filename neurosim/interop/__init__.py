"""Runs and networks in other tools' formats: Neo (and so Elephant) for spike trains, NIR for the network.

Needs the extra ``interop``; importing this package imports none of its packages, calling the functions does.
"""

from neurosim.interop.neo_block import to_neo
from neurosim.interop.nir_graph import from_nir, to_nir

__all__ = ["from_nir", "to_neo", "to_nir"]
