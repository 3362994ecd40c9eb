"""Parameter sweeps: one measurement at every point of a grid, on this machine or a cluster, with stored points.

`grid.run` is the sweep, `points` names and stores finished points, `neurosim.source_code` finds the code that a point
depends on, `backends` runs the points; `spawn_seeds` is in `neurosim.seeds`. Measurements belong to `neurosim.measure`.
"""

from neurosim.seeds import spawn_seeds
from neurosim.sweep.backends import HERE, Measure, Runner
from neurosim.sweep.grid import Label, run

__all__ = ["HERE", "Label", "Measure", "Runner", "run", "spawn_seeds"]
