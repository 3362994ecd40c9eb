"""Every Dataset that a measurement returns is read back from netCDF unchanged, and has its settings as attributes."""

import numpy as np
import pytest

from neurosim import Network, load_result, patterns, recall, save_result
from neurosim.measure import timescales
from neurosim.measure.basins import noise as basins
from neurosim.measure.capacity import curve as capacity
from neurosim.measure.recall import attractors
from neurosim.measure.recall.energy import energy_along

NET = Network.gaussian(30, 3, seed=0)
FAST = {"engine": "reference", "duration": 0.02}
CUES = patterns.visible_cues(NET, patterns.all_hidden_states(3))

RESULTS = {
    "count": lambda: capacity.count_fixed_points(NET),
    "large count": lambda: capacity.count_fixed_points(Network(np.sqrt(90) * np.eye(90), threshold=0.5)),
    "no fixed point": lambda: capacity.count_fixed_points(Network(np.eye(2), feedback=-2 * np.eye(2), threshold=-0.5)),
    "curve": lambda: capacity.count_sweep(2, {"n_hidden": [2, 3]}, seed=0),
    "unique": lambda: attractors.unique_attractors(recall(NET, CUES, **FAST)),
    "none settled": lambda: attractors.unique_attractors(recall(NET, CUES, engine="reference", duration=1e-4)),
    "settle": lambda: attractors.settle(NET, patterns.all_hidden_states(3)),
    "minima": lambda: attractors.unique_stable_minima(NET, CUES, **FAST),
    "energy": lambda: energy_along(NET, recall(NET, CUES, record=["hidden", "visible"], **FAST)),
    "noise": lambda: basins.recall_vs_noise([NET, NET], [0.0, 1.0], n_cues=4, seed=0, **FAST),
    "noise, one network": lambda: basins.recall_vs_noise(NET, [0.0], n_cues=4, seed=0, **FAST),
    "ratio": lambda: timescales.recall_vs_ratio([NET, NET], [1.0, 20.0], n_cues=4, seed=0, **FAST),
}


@pytest.mark.parametrize("name", RESULTS)
def test_results_are_restored_from_netcdf(name, tmp_path):
    result = RESULTS[name]()
    save_result(result, tmp_path / "result.nc")
    back = load_result(tmp_path / "result.nc")
    assert back.identical(result)
    for variable in result.data_vars.values():
        assert variable.attrs["long_name"]
    if name != "energy" and name not in ("unique", "none settled"):  # those carry the recall's own attrs
        assert set(result.attrs) >= {"n_networks", "n_trials", "engine", "method"}


def test_a_count_beyond_int64_stays_a_whole_number(tmp_path):
    save_result(RESULTS["large count"](), tmp_path / "count.nc")
    count = load_result(tmp_path / "count.nc")["count"].item()
    assert type(count) is int and count == 2**90
