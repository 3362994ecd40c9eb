"""The folder of a report holds results of one network."""

import xarray

from neurosim import save_result
from neurosim.report import study


def test_results_that_only_an_earlier_network_has_are_removed(tmp_path):
    for name in ("fixed_points", "energy", "other"):
        save_result(xarray.Dataset({"earlier": 1.0}), tmp_path / f"{name}.nc")
    (tmp_path / "noise.nc").write_bytes(b"a recording of the user")
    study.measure_steps([("energy", "measuring", lambda: xarray.Dataset({"energy": 1.0}))], tmp_path, lambda _: None)
    lines = []
    study._without(sorted(study.SOME_HAVE - {"energy"}), tmp_path, lines.append)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["energy.nc", "noise.nc", "other.nc"]
    assert lines == ["removing fixed_points.nc of an earlier network"]
