"""Parameter sweeps: one measurement at every point of a grid, stored as it goes, on this machine or a cluster.

What is measured belongs to `neurosim.measure`.
"""

from neurosim.sweep.backends import HERE, Measure, Runner
from neurosim.sweep.grid import Label, run
from neurosim.sweep.seeds import spawn_seeds

__all__ = ["HERE", "Label", "Measure", "Runner", "run", "spawn_seeds"]
