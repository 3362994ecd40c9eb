"""Recall of cues: trials on one network, curves over any setting, and the attractors in which recalls end.

How far a cue may lie from a memory belongs to `neurosim.measure.basins`, the recall itself to `neurosim.recall`.
"""
