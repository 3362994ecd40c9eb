"""Conversion to and from formats of other tools: spike trains as Neo objects, networks as NIR graphs.

Needs the extra ``interop``, whose packages are imported when a function is called. Only conversions belong here;
files of neurosim itself are read and written by `neurosim.storage`.
"""

from neurosim.interop.neo_block import to_neo
from neurosim.interop.nir_graph import from_nir, to_nir

__all__ = ["from_nir", "to_neo", "to_nir"]
