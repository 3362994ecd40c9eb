"""Recall of cues: trials on one network, curves over any setting, and the attractors in which recalls end.

Tolerated noise and damage belong to `neurosim.measure.basins`, the recall itself to `neurosim.recall`.
"""
