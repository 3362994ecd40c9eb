"""Parameter sweeps: one measurement at every point of a grid, on this machine or a cluster, with stored points.

`grid.run` is the sweep, `points` names and stores finished points, `neurosim.source_code` finds the code that a point
depends on, `backends` runs the points, `seeds` makes independent seeds. Measurements belong to `neurosim.measure`.
"""

from neurosim.sweep.backends import HERE, Measure, Runner
from neurosim.sweep.grid import Label, run
from neurosim.sweep.seeds import spawn_seeds

__all__ = ["HERE", "Label", "Measure", "Runner", "run", "spawn_seeds"]
