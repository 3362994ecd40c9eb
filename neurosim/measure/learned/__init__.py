"""Measures of trained networks: distinct memories, errors, recall of damaged and unseen images, classification.

Each function takes networks and images and returns a Dataset with intervals. How networks are trained belongs to
`neurosim.learning`, figures to `neurosim.plots`, and measurements without images to the other packages of
`neurosim.measure`.
"""
