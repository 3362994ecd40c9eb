"""Measurements of a memory: capacity, recall, basins of attraction, time constants, spiking, constraints, comparison.

Every function returns an `xarray.Dataset` in which an estimate `x` has the confidence limits `x_lower` and `x_upper`
(`neurosim.measure.statistics`). Figures belong to `neurosim.plots`, text for people to `neurosim.report` and
`neurosim.cli`, theory without simulation to `neurosim.theory`.
"""

from neurosim.measure import (
    basins,
    capacity,
    comparison,
    constraints,
    learned,
    recall,
    spiking,
    statistics,
    timescales,
    tracking,
)
from neurosim.measure.basins.neighbours import nearest_attractor
from neurosim.measure.basins.noise import noise_at_half_recall, recall_vs_noise
from neurosim.measure.basins.shocks import minimal_fatal_shock
from neurosim.measure.basins.shocks_by_recall import fatal_shock_by_recall
from neurosim.measure.basins.typical_shocks import typical_shocks
from neurosim.measure.basins.volumes import basin_volumes, volumes_over_networks
from neurosim.measure.capacity.by_recall import count_by_recall
from neurosim.measure.capacity.curve import count_sweep, unstable_sweep
from neurosim.measure.capacity.fixed_points import count_fixed_points
from neurosim.measure.capacity.spectrum import coupling_spectrum
from neurosim.measure.recall.attractors import settle, unique_attractors, unique_stable_minima
from neurosim.measure.recall.curves import recall_sweep
from neurosim.measure.recall.energy import energy_along
from neurosim.measure.timescales import ratio_for, recall_vs_ratio
from neurosim.measure.tracking import continuation

__all__ = [
    "basin_volumes",
    "basins",
    "capacity",
    "comparison",
    "constraints",
    "continuation",
    "count_by_recall",
    "count_fixed_points",
    "count_sweep",
    "coupling_spectrum",
    "energy_along",
    "fatal_shock_by_recall",
    "learned",
    "minimal_fatal_shock",
    "nearest_attractor",
    "noise_at_half_recall",
    "ratio_for",
    "recall",
    "recall_sweep",
    "recall_vs_noise",
    "recall_vs_ratio",
    "settle",
    "spiking",
    "statistics",
    "timescales",
    "tracking",
    "typical_shocks",
    "unique_attractors",
    "unique_stable_minima",
    "unstable_sweep",
    "volumes_over_networks",
]
