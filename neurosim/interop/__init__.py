"""Conversion to and from formats of other tools: spike trains as Neo objects and NWB files, networks as NIR graphs.

`spike_statistics` has Elephant measure irregularity, correlations and spectra.

Needs the extra ``interop``, whose packages are imported when a function is called. Only conversions belong here;
files of neurosim itself are read and written by `neurosim.storage`.
"""

from neurosim.interop.neo_block import to_neo
from neurosim.interop.nir_graph import from_nir, to_nir
from neurosim.interop.nwb_file import write_nwb
from neurosim.interop.spike_statistics import spike_statistics

__all__ = ["from_nir", "spike_statistics", "to_neo", "to_nir", "write_nwb"]
