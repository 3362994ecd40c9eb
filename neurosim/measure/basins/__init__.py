"""Basins of attraction: tolerated noise, smallest fatal perturbations, volumes, nearest attractors."""
