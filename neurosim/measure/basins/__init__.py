"""Basins of attraction: tolerated noise, smallest fatal perturbations, volumes, nearest attractors.

Recall curves over damage of any kind belong to `neurosim.measure.recall`, figures to `neurosim.plots`.
"""
