"""Runs as NWB files: valid by PyNWB's validator, and with every spike of the run."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest

pynwb = pytest.importorskip("pynwb")
pytest.importorskip("neo")

from neurosim import InvalidInput, Network, patterns, recall
from neurosim.cells import OnOff, Population, Regular
from neurosim.engines import Brian, Circuit
from neurosim.interop import write_nwb
from neurosim.interop.nwb_file import GAP

NET = Network.gaussian(40, 3, seed=0)
TARGETS = np.array([[1, 0, 1], [0, 1, 0]], dtype=bool)
CUES = patterns.visible_cues(NET, TARGETS)
START = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
# the packages' own
pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning:(neo|quantities|hdmf|pynwb)")


def on_off():
    engine = Brian(cells=Regular(n_cells=2, visible=OnOff(gain=200.0)), codegen="numpy")
    record = ["spikes", "visible_spikes", "hidden"]
    return recall(NET, CUES, engine=engine, duration=20e-3, record=record, record_dt=5e-3, seed=1)


def circuit():
    engine = Circuit(population=Population(n_cells=8), dt=2e-4, codegen="numpy")
    record = ["spikes", "inhibitory_spikes"]
    return recall(NET.replace(tau_v=0.4), CUES, engine=engine, duration=60e-3, record=record, seed=1)


@pytest.mark.parametrize("run", [on_off, circuit])
def test_the_file_is_valid_and_has_every_spike(run, tmp_path):
    out, path = run(), tmp_path / "run.nwb"
    write_nwb(out, path, session_start=START, millivolts=True)
    assert not pynwb.validate(path=path)
    with pynwb.NWBHDF5IO(path, "r") as file:
        found = file.read()
        assert found.session_start_time == START and json.loads(found.notes)["n_hidden"] == 3
        trials, units = found.trials.to_dataframe(), found.units.to_dataframe()
        traces = {name: (series.data[:], series.timestamps[:]) for name, series in found.acquisition.items()}
    begins = np.arange(2) * (out.attrs["duration"] + GAP)
    np.testing.assert_array_equal(trials.start_time, begins)
    assert list(trials.outcome) == [str(outcome) for outcome in out.outcome.values]
    np.testing.assert_array_equal(np.stack(list(trials.hidden_active)), out.hidden_active.values)
    n_spikes = 0
    for layer, name in (("hidden", "spike"), ("inhibitory", "inhibitory_spike"), ("visible", "visible_spike")):
        for _, unit in units[units.layer == layer].iterrows():
            mine = (out[f"{name}_neuron"] == unit.neuron) & (out[f"{name}_cell"] == unit.cell)
            want = out[f"{name}_time"].values + begins[out[f"{name}_cue"].values]
            np.testing.assert_allclose(unit.spike_times, np.sort(want[mine.values]), atol=1e-9)
            n_spikes += len(unit.spike_times)
    assert n_spikes == sum(out.sizes[name] for name in out.sizes if str(name).endswith("spike")) > 0
    if "hidden_trace" in out:
        samples, times = traces["hidden"]
        np.testing.assert_allclose(samples, -65 + 20 * out.hidden_trace.values.reshape(-1, 3), atol=1e-4)
        np.testing.assert_allclose(times, np.add.outer(begins, out.time.values).ravel())


def test_a_silent_run_is_valid(tmp_path):
    engine = Brian(cells="regular", codegen="numpy")
    write_nwb(recall(NET, 0 * CUES, engine=engine, duration=10e-3, record=["spikes"]), tmp_path / "run.nwb")
    assert not pynwb.validate(path=tmp_path / "run.nwb")


def test_what_is_no_file_or_no_time_is_refused(tmp_path):
    out = on_off()
    with pytest.raises(InvalidInput, match=r"must end in \.nwb"):
        write_nwb(out, tmp_path / "run.h5")
    with pytest.raises(InvalidInput, match="a datetime with a time zone"):
        write_nwb(out, tmp_path / "run.nwb", session_start=datetime(2026, 1, 2))
    assert not list(tmp_path.iterdir())
