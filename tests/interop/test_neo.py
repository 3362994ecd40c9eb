"""Runs as Neo blocks, and statistics of Elephant with known results."""

import numpy as np
import pytest

neo = pytest.importorskip("neo")
pq = pytest.importorskip("quantities")
statistics = pytest.importorskip("elephant.statistics")

from elephant.kernels import GaussianKernel

import neurosim
from neurosim import InvalidInput, Network, patterns, recall
from neurosim.cells import CELLS, OnOff, Poisson, Regular
from neurosim.engines import Brian
from neurosim.interop import to_neo

NET = Network.gaussian(100, 5, seed=0)
TARGETS = np.array([[1, 0, 1, 0, 0], [0, 1, 0, 0, 1]], dtype=bool)
CUES = patterns.visible_cues(NET, TARGETS)

# Elephant's own, of quantities
pytestmark = pytest.mark.filterwarnings("ignore:The 'copy' argument in Quantity is deprecated")


def run(cells="regular", record=("spikes",), duration=60e-3, **options):
    engine = Brian(cells=cells, codegen="numpy")
    return recall(NET, CUES, engine=engine, duration=duration, record=record, **options)


@pytest.fixture(scope="module")
def regular():
    # all start above threshold and fire once; Elephant has no rate for a train without any spike
    record = ["spikes", "hidden", "visible", "activity", "hidden_active"]
    return run(record=record, record_dt=0.5e-3, hidden=np.full((2, 5), 0.7))


@pytest.fixture(scope="module")
def on_off():
    cells = Regular(n_cells=2, visible=OnOff(gain=200.0))
    return run(cells, ["spikes", "visible_spikes"], 20e-3, seed=1)  # pyright: ignore[reportArgumentType]


def test_every_cell_of_every_cue_has_its_train(on_off):
    block = to_neo(on_off)
    assert len(block.segments) == 2
    for c, segment in enumerate(block.segments):
        assert segment.annotations["cue"] == c
        assert segment.annotations["outcome"] == on_off.outcome.values[c]
        trains = segment.filter(layer="hidden")
        assert [(t.annotations["hidden_neuron"], t.annotations["cell"]) for t in trains] == [
            (neuron, cell) for neuron in range(5) for cell in range(2)
        ]
        for train in trains:
            neuron, cell = train.annotations["hidden_neuron"], train.annotations["cell"]
            mine = (on_off.spike_cue == c) & (on_off.spike_neuron == neuron) & (on_off.spike_cell == cell)
            np.testing.assert_array_equal(train.rescale("s").magnitude, on_off.spike_time.values[mine.values])
            assert train.annotations["hidden_active"] == on_off.hidden_active.values[c, neuron]
            assert (train.t_start, train.t_stop) == (0 * pq.s, on_off.attrs["duration"] * pq.s)
    assert sum(len(t) for t in block.filter(layer="hidden")) == on_off.sizes["spike"] > 0
    assert min(len(t) for t in block.filter(layer="hidden")) == 0  # silent cells have trains, too


def test_on_and_off_cells_have_trains(on_off):
    block = to_neo(on_off)
    for c, segment in enumerate(block.segments):
        trains = segment.filter(layer="visible")
        assert len(trains) == 200
        assert sum(map(len, trains)) == on_off.n_visible_spikes[c] > 0
        for side, sign in (("ON", 1), ("OFF", -1)):
            counts = np.array([len(t) for t in segment.filter(side=side)])
            assert counts[sign * CUES[c] > 1].min() > 0  # gain 200 Hz, 20 ms
            assert counts[sign * CUES[c] < -1].max() <= 1  # unless it starts at a phase near 1
    neuron = int(on_off.visible_spike_neuron[0])
    assert {t.annotations["visible_neuron"] for t in block.filter(visible_neuron=neuron)} == {neuron}


def test_traces_are_signals(regular):
    (first, second) = to_neo(regular).segments
    assert [s.name for s in second.analogsignals] == ["hidden", "visible", "hidden_active", "activity"]
    for signal in second.analogsignals:
        trace = regular[f"{signal.name}_trace"].values[1]
        assert signal.dimensionality == pq.dimensionless.dimensionality
        np.testing.assert_array_equal(signal.magnitude, trace)
        np.testing.assert_allclose(signal.times.rescale("s").magnitude, regular.time.values, rtol=0, atol=1e-12)
        channels = signal.array_annotations["visible_neuron" if signal.name == "visible" else "hidden_neuron"]
        np.testing.assert_array_equal(channels, np.arange(trace.shape[1]))
    assert not np.array_equal(first.analogsignals[0].magnitude, second.analogsignals[0].magnitude)


def test_potentials_can_be_millivolts(regular):
    signals = {s.name: s for s in to_neo(regular, millivolts=True).segments[0].analogsignals}
    for name in ("hidden", "visible"):
        assert signals[name].units == pq.mV
        want = -65 + 20 * regular[f"{name}_trace"].values[0]
        np.testing.assert_allclose(signals[name].magnitude, want, rtol=1e-12)
    assert signals["activity"].units == pq.dimensionless  # no potential


def test_the_provenance_is_annotated(regular):
    annotations = to_neo(regular).annotations
    assert {"neurosim", "engine", "brian2", "cells", "threshold", "dt"} <= set(annotations)
    assert annotations["cells"] == repr(CELLS["regular"])
    np.testing.assert_array_equal(annotations["threshold"], NET.threshold)


def test_a_run_read_from_a_file_is_the_same(on_off, tmp_path):
    neurosim.save_result(on_off, tmp_path / "run.nc")
    again = to_neo(neurosim.load_result(tmp_path / "run.nc"))
    trains = to_neo(on_off).filter(objects=neo.SpikeTrain)
    assert len(trains) == 2 * (10 + 200)
    for one, other in zip(trains, again.filter(objects=neo.SpikeTrain), strict=True):
        np.testing.assert_array_equal(one.magnitude, other.magnitude)
        assert one.annotations == other.annotations


def test_elephant_measures_one_over_t_ref_for_active_neurons(regular):
    for segment, target in zip(to_neo(regular).segments, TARGETS, strict=True):
        assert len(segment.spiketrains) == target.size
        for train in segment.spiketrains:
            window = (30.05 * pq.ms, 50.05 * pq.ms)  # ten periods; no spike falls on an edge
            rate = statistics.mean_firing_rate(train, *window).rescale("Hz").item()
            is_active = target[train.annotations["hidden_neuron"]]
            assert len(train) > 0
            assert train.annotations["hidden_active"] == is_active
            assert rate == pytest.approx(500.0 if is_active else 0.0)


def test_elephant_measures_regular_firing(regular):
    active = to_neo(regular).filter(hidden_active=True)
    assert len(active) == TARGETS.sum()
    for train in active:
        late = train.time_slice(20 * pq.ms, None)
        assert len(late) >= 19
        assert statistics.cv(statistics.isi(late)) == pytest.approx(0.0, abs=1e-6)
        rate = statistics.instantaneous_rate(train, 1 * pq.ms, GaussianKernel(3 * pq.ms))
        middle = rate.time_slice(35 * pq.ms, 45 * pq.ms)  # away from both ends
        np.testing.assert_allclose(middle.rescale("Hz").magnitude, 500.0, rtol=2e-3)


def test_elephant_measures_poisson_firing():
    out = run(Poisson(n_cells=20), duration=400e-3, seed=3)  # pyright: ignore[reportArgumentType]
    trains = [train.time_slice(20 * pq.ms, None) for train in to_neo(out).filter(hidden_active=True)]
    intervals = np.concatenate([statistics.isi(train).rescale("ms").magnitude for train in trains])
    assert len(trains) == 80
    # steps of dt make the intervals geometric: mean t_ref, variance t_ref² (1 − dt/t_ref)
    p = out.attrs["dt"] / 2e-3
    error = 1 / np.sqrt(len(intervals))
    assert intervals.mean() == pytest.approx(2.0, rel=4 * error)
    assert statistics.cv(intervals) == pytest.approx(np.sqrt(1 - p), abs=4 * error)


def test_a_rate_run_is_refused():
    out = recall(NET, CUES)
    with pytest.raises(
        InvalidInput,
        match=r'spiking run, got one without spiking cells \(engine event\); use recall\(.*record=\["spikes"\]',
    ):
        to_neo(out)


def test_a_run_without_spikes_is_refused():
    out = run(record=["hidden"], duration=2e-3)
    with pytest.raises(InvalidInput, match=r"recorded spikes, got a run with the traces \['hidden_trace'\]"):
        to_neo(out)


def test_only_runs_are_taken():
    with pytest.raises(InvalidInput, match="spiking run, got a ndarray"):
        to_neo(np.zeros(3))  # pyright: ignore[reportArgumentType]


def test_selected_cues_whose_spikes_did_not_follow_are_refused():
    cues = np.stack([CUES[0], np.zeros_like(CUES[0])])  # the second drives no neuron
    out = recall(NET, cues, engine=Brian(cells="regular", codegen="numpy"), duration=10e-3, record=["spikes"])
    assert [one > 0 for one in out.n_spikes.sum("hidden_neuron")] == [True, False]
    assert len(to_neo(out.isel(cue=[0])).segments) == 1  # all listed spikes are of this cue
    for chosen in ([1], [1, 0]):
        with pytest.raises(InvalidInput, match="the listed spikes must be those of the cues"):
            to_neo(out.isel(cue=chosen))
