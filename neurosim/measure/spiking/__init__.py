"""Measurements of the spiking models: agreement with the rate model, latency, a second cue, and statistics of spikes.

Spiking cells belong to `neurosim.cells`, figures to `neurosim.plots.spiking`.
"""

from neurosim.measure.spiking.circuit_recall import circuit_recall
from neurosim.measure.spiking.irregularity import fano_factor, interval_variation
from neurosim.measure.spiking.match_to_sample import match_to_sample
from neurosim.measure.spiking.population_gain import population_gain
from neurosim.measure.spiking.population_response import population_response

__all__ = [
    "circuit_recall",
    "fano_factor",
    "interval_variation",
    "match_to_sample",
    "population_gain",
    "population_response",
]
