"""Statistics by Elephant, on trains whose answer is known."""

import numpy as np
import pytest
import xarray

pytest.importorskip("elephant")

from neurosim import InvalidInput
from neurosim.interop import spike_statistics

K, DURATION, RATE = 40, 20.0, 25.0
RNG = np.random.default_rng(0)


def run(trains, active=(True,), duration=DURATION):
    """Return a recall of one cue and one neuron with these trains, one per cell."""
    cell = np.repeat(np.arange(len(trains)), [len(train) for train in trains])
    columns = {"time": np.concatenate(trains), "cell": cell, "cue": 0 * cell, "neuron": 0 * cell}
    variables = {f"spike_{name}": ("spike", values) for name, values in columns.items()}
    variables |= {"hidden_active": (("cue", "hidden_neuron"), [list(active)]), "settle_time": ("cue", [0.0])}
    variables["outcome"] = ("cue", ["settled"])
    attrs = {"n_cells": len(trains), "n_hidden": 1, "cells": "poisson", "duration": duration, "dt": 1e-4}
    return xarray.Dataset(variables, attrs=attrs)


def poisson(n=K, rate=RATE):
    return [np.sort(RNG.uniform(0, DURATION, RNG.poisson(rate * DURATION))) for _ in range(n)]


def test_independent_poisson_trains_are_poisson():
    found = spike_statistics(run(poisson()), start=1.0).isel(population=0)
    assert abs(float(found.rate) - RATE) < 1
    assert abs(float(found.variation) - 1) < 0.03 and abs(float(found.fano) - 1) < 0.04
    assert abs(float(found.correlation)) < 0.01
    assert found.frequency.values.tolist() == list(range(5, 250, 5))
    assert abs(float(found.spectrum.mean()) - 1) < 0.05


def test_the_spectrum_of_independent_poisson_trains_is_1_at_all_frequencies_in_the_mean():
    found = [spike_statistics(run(poisson(n=4)), start=0.0).spectrum[0] for _ in range(40)]
    mean, error = np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(len(found))
    assert np.abs((mean - 1) / error).max() < 4
    assert abs(mean[0] - 1) < 0.1 and abs(mean[-1] - 1) < 0.1


def test_common_spikes_are_correlated():
    own, common = poisson(rate=RATE * 0.7), poisson(n=1, rate=RATE * 0.3)[0]
    found = spike_statistics(run([np.sort(np.concatenate([train, common])) for train in own]), start=0.0)
    assert abs(float(found.correlation[0]) - 0.3) < 0.06
    assert float(found.spectrum[0].mean()) > 5  # 1 + 0.3 (K − 1)


def test_clocks_are_regular_and_have_a_line_in_the_spectrum():
    trains = [np.arange(0.01, DURATION, 1 / RATE) for _ in range(K)]
    found = spike_statistics(run(trains), start=0.0, window=0.2).isel(population=0)
    assert float(found.variation) < 1e-6 and float(found.fano) < 0.01
    assert float(found.spectrum.sel(frequency=RATE)) > 20 > float(found.spectrum.sel(frequency=RATE * 0.6))


def test_cells_of_constant_counts_have_a_fano_factor_of_0_and_silent_ones_none():
    clock, alternating = np.arange(0.05, DURATION, 0.1), np.arange(0.01, DURATION, 0.2)  # counts 1, 1 … and 1, 0 …
    found = spike_statistics(run([clock, clock, clock, alternating, np.array([])]), start=0.0, window=0.1)
    assert float(found.fano[0]) == pytest.approx(0.5 / 4)
    assert np.isnan(found.correlation[0])


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(InvalidInput, match="needs an active neuron"):
        spike_statistics(run(poisson(2), active=(False,)), start=0.0)
    with pytest.raises(InvalidInput, match="four windows"):
        spike_statistics(run(poisson(2)), start=DURATION - 0.1)
    with pytest.raises(InvalidInput, match=r"windows of 0.2 s together.* got start=19.9 s"):
        spike_statistics(run(poisson(2)), start=DURATION - 0.1, window=0.01)
