"""What a memory does: capacity, recall, basins of attraction, time constants, each with its interval.

Every function returns an `xarray.Dataset`. Drawing belongs to `neurosim.plots`, text for people to `neurosim.cli`
and `neurosim.report`.
"""

from neurosim.measure import statistics
from neurosim.measure.capacity.curve import count_sweep
from neurosim.measure.capacity.fixed_points import count_fixed_points
from neurosim.measure.recall.attractors import unique as unique_attractors
from neurosim.measure.recall.attractors import unique_stable_minima
from neurosim.measure.recall.curves import recall_sweep

__all__ = [
    "count_fixed_points",
    "count_sweep",
    "recall_sweep",
    "statistics",
    "unique_attractors",
    "unique_stable_minima",
]
