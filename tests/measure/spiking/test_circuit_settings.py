"""The settings of `circuit_recall` change in the population what they name, and nothing else."""

import pytest

from neurosim.cells import Population
from neurosim.measure.spiking.circuit_recall import POPULATION

CASES = [
    ("n_cells", 40, {"n_cells": 40}),
    ("background_noise", 120.0, {"background.noise": 120.0}),
    ("drive_conductance", 33.0, {"synapses.drive_excitation": 33.0, "synapses.drive_inhibition": 33.0}),
    ("threshold_std", 1.5, {"threshold_std": 1.5}),
    ("tau_nmda", 0.05, {"synapses.tau_nmda": 0.05}),
    ("delay", 2e-3, {"synapses.delay": 2e-3}),
    ("probability", 0.3, {"synapses.probability": 0.3}),
    ("magnesium", 0.5, {"synapses.magnesium": 0.5}),
]


def leaves(record, path=""):
    """Return the values of nested records by path."""
    if not hasattr(record, "__dataclass_fields__"):
        return {path: record}
    found = {}
    for name in record.__dataclass_fields__:
        found |= leaves(getattr(record, name), f"{path}.{name}" if path else name)
    return found


@pytest.mark.parametrize(("setting", "value", "changed"), CASES)
def test_a_setting_changes_what_it_names_and_nothing_else(setting, value, changed):
    before, after = leaves(Population()), leaves(POPULATION[setting](Population(), value))
    assert {path: after[path] for path in after if after[path] != before[path]} == changed


def test_a_background_at_another_rate_has_that_many_spikes_per_second():
    before, after = Population(), POPULATION["background_rate"](Population(), 4.0)
    for name in ("background", "inhibitory_background"):
        assert getattr(after, name) == getattr(before, name).at_rate(4.0) != getattr(before, name)


def test_every_setting_of_the_population_is_tested_here():
    assert {setting for setting, *_ in CASES} | {"background_rate"} == set(POPULATION)
