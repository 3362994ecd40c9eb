"""Measurements of the spiking model: agreement with the rate model, latency, and a second cue during a held memory.

Spiking cells belong to `neurosim.cells`, figures to `neurosim.plots.spiking`.
"""
