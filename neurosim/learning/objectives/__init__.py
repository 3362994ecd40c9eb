"""Objectives of training: what is learned, at which costs, and the resulting network. One file each.

An objective is a subclass of `base.Objective`, selected by the class of the recipe (`OBJECTIVES`). The loop over
mini-batches, the optimiser and the checkpoints belong to `neurosim.learning.run`, settings to
`neurosim.learning.recipes`, shared formulas to `neurosim.learning.objective`.
"""

from neurosim.learning.objectives.base import Batch, Data, Objective
from neurosim.learning.objectives.basins import Basins
from neurosim.learning.objectives.certified import Certified
from neurosim.learning.objectives.denoise import Denoise
from neurosim.learning.objectives.equation17 import Equation17

OBJECTIVES: dict[str, type[Objective]] = {
    objective.name: objective for objective in (Denoise, Basins, Certified, Equation17)
}

__all__ = ["OBJECTIVES", "Batch", "Data", "Objective"]
