"""Spiking cells: refused values, defaults, records and units."""

import brian2
import numpy as np
import pytest

from neurosim import InvalidInput, Network, recall
from neurosim.cells import (
    CELLS,
    LIF,
    OnOff,
    Poisson,
    Regular,
    SpikingCell,
    from_record,
    get_cells,
    jump_millivolts,
    millivolts,
)
from neurosim.engines import Brian


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Regular(t_ref=0), "t_ref must be finite and > 0 seconds"),
        (lambda: Regular(t_ref=2 * brian2.mV), "t_ref must be a time"),  # pyright: ignore[reportArgumentType]
        (lambda: Regular(t_ref=[1e-3, 2e-3]), "t_ref must be one time"),  # pyright: ignore[reportArgumentType]
        (lambda: Regular(n_cells=0), "n_cells must be a whole number >= 1"),
        (lambda: Regular(n_cells=1.5), "n_cells must be a whole number >= 1"),  # pyright: ignore[reportArgumentType]
        (lambda: Regular(noise=-0.1), "noise must be a finite number >= 0"),
        (lambda: Regular(threshold_std=np.nan), "threshold_std must be a finite number"),
        (lambda: Regular(delay=-1e-3), "delay must be finite"),
        (lambda: Regular(delay=False), "delay must be a number of seconds"),
        (lambda: Regular(visible="on_off"), "visible must be Graded"),  # pyright: ignore[reportArgumentType]
        (lambda: OnOff(gain=0), "gain must be a finite number > 0"),
        (lambda: OnOff(tau_s=0), "tau_s must be finite and > 0"),
        (lambda: OnOff(t_ref=-1), "t_ref must be finite"),
        (lambda: OnOff(stochastic="no"), "stochastic must be True or False"),  # pyright: ignore[reportArgumentType]
    ],
)
def test_parameters_are_checked(make, message):
    with pytest.raises(InvalidInput, match=message):
        make()


def test_times_may_be_quantities_and_zero():
    cells = Regular(t_ref=1 * brian2.ms, delay=0 * brian2.ms, visible=OnOff(tau_s=3 * brian2.ms, t_ref=np.int64(0)))  # pyright: ignore[reportArgumentType]
    assert cells == Regular(t_ref=1e-3, delay=0, visible=OnOff(tau_s=3e-3))
    assert type(cells.delay) is type(cells.visible.t_ref) is float  # pyright: ignore[reportAttributeAccessIssue]


def test_a_regular_train_is_delayed_by_half_its_period_a_random_one_is_not():
    assert (Regular().latency, Poisson().latency, Regular(delay=3e-3).latency) == (1e-3, 0, 3e-3)


@pytest.mark.parametrize("name", CELLS)
def test_cells_are_restored_from_their_records(name):
    cells = get_cells(name)
    assert from_record(cells.to_record()) == cells


def test_units_put_the_default_threshold_on_a_membrane():
    assert millivolts([0, 0.5]).tolist() == [-65.0, -55.0]
    assert jump_millivolts(1.0, Regular(n_cells=2), 20e-3, 4) == pytest.approx(20 * 0.05 / 2)


def test_the_base_class_is_abstract_and_a_copy_is_checked():
    with pytest.raises(TypeError, match="abstract"):
        SpikingCell()  # pyright: ignore[reportAbstractUsage]
    assert Regular(noise=0.1).replace(n_cells=2) == Regular(noise=0.1, n_cells=2)
    with pytest.raises(InvalidInput, match="n_cells"):
        LIF().replace(n_cells=0)
    assert LIF() != Regular()


@pytest.mark.parametrize(
    ("cell", "is_random"),
    [
        (Regular(), False),
        (LIF(), False),
        (Poisson(), True),
        (Regular(noise=0.1), True),
        (Regular(threshold_std=0.1), True),
        (Regular(visible=OnOff()), True),
    ],
    ids=repr,
)
def test_cells_are_random_if_their_simulation_draws_numbers(cell, is_random):
    assert cell.is_random == is_random


def test_slow_cells_have_mean_rates_up_to_100_hz_and_single_cells_exceed_it():
    slow = CELLS["slow"]
    assert 1 / slow.t_ref == pytest.approx(80) and 1 / slow.visible.t_ref == pytest.approx(100)  # pyright: ignore[reportAttributeAccessIssue]
    net = Network(np.full((4, 1), 2.0), threshold=0.5, tau_v=50e-3, tau_h=1e-3)
    span = 0.4
    out = recall(
        net,
        np.full((1, 4), 5.0),
        engine=Brian(cells=slow, codegen="numpy", formulation="event", dt=0.5e-3),
        duration=span,
        record=["spikes", "visible_spikes"],
        seed=0,
    )
    rates = np.bincount(out.spike_cell.values, minlength=50) / span
    assert out.hidden_active.all() and 60 < rates.mean() < 90  # the cells are active but for the first milliseconds
    assert (rates > 100).any()  # so "all cells below 100 Hz" would be false
    visible = np.bincount(2 * out.visible_spike_neuron.values + out.visible_spike_cell.values) / span
    assert 50 < visible.max() <= 100 + 1 / span
