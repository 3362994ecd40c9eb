"""The figures and the page of the spiking model, drawn from synthetic results."""

import re

import numpy as np
import pytest
import xarray

from neurosim import InvalidInput
from neurosim.measure.spiking import agreement
from neurosim.measure.spiking.dislodging import ENDS, SIGNS
from neurosim.plots import spiking as figures
from neurosim.report import spiking as report_spiking
from neurosim.report import spiking_study

ATTRS = {"n_networks": 20, "n_trials": 64, "confidence": 0.95, "noise_std": 1.0}


def measured(coords, **attrs):
    shape = tuple(len(values) for values in coords.values())
    rng = np.random.default_rng(0)
    variables = {}
    for name in agreement.MEASURES:
        middle = rng.uniform(0.2, 0.8, shape)
        for suffix, shift in (("", 0), ("_lower", -0.1), ("_upper", 0.1)):
            variables[name + suffix] = (tuple(coords), middle + shift)
    return xarray.Dataset(variables, coords, ATTRS | attrs)


def sweeps():
    return {
        name: measured({"kind": list(kinds), "value": np.array(values, float)})
        for name, (values, kinds) in spiking_study.SWEEPS.items()
    }


def dislodged():
    coords = {"current": list(SIGNS), "amplitude": [0.0, 0.5, 1.0], "end": list(ENDS)}
    share = np.full((2, 3, 4), 0.25)
    variables = {f"share{suffix}": (tuple(coords), share) for suffix in ("", "_lower", "_upper")}
    return xarray.Dataset(variables, coords, ATTRS | {"limit_on": 0.5, "limit_off": 0.6, "presentation": 3.0})


def recalled(with_visible):
    times = np.arange(0, 0.2001, 5e-3)
    spikes = {
        "spike_cue": [0, 0, 1],
        "spike_neuron": [0, 2, 1],
        "spike_cell": [0, 0, 0],
        "spike_time": [0.01, 0.02, 0.03],
    }
    variables = {name: ("spike", values) for name, values in spikes.items()}
    if with_visible:
        variables |= {f"visible_{name}": ("visible_spike", values) for name, values in spikes.items()}
    variables["visible_trace"] = (
        ("cue", "time", "visible_neuron"),
        np.random.default_rng(1).random((2, len(times), 16)),
    )
    variables["hidden_active"] = (("cue", "hidden_neuron"), np.zeros((2, 3), bool))
    return xarray.Dataset(variables, {"time": times}, {"n_cells": 1})


def test_the_region_figure_has_a_panel_per_parameter_and_a_line_per_kind_of_cell():
    panels = figures.regions(sweeps())
    assert panels.shape == (2, 2)
    for ax, (_, kinds) in zip(panels.flat, spiking_study.SWEEPS.values(), strict=True):
        assert {line.get_label() for line in ax.lines} >= {"rate model", *kinds}
    milliseconds = panels[0, 0].lines[0].get_xdata()
    np.testing.assert_allclose(milliseconds, 1e3 * np.array(spiking_study.SWEEPS["t_ref"][0]))


@pytest.mark.parametrize("with_visible", [False, True])
def test_the_raster_shows_the_spikes_of_its_cue_below_the_pictures(with_visible):
    panels = figures.raster(recalled(with_visible), (4, 4), cue=0)
    spikes = panels[6].collections[0].get_offsets()
    np.testing.assert_allclose(spikes, [[10, 0], [20, 2]])
    assert len(panels) == 7 + with_visible
    assert [ax.get_title() for ax in panels[:6]] == ["0 ms", "5 ms", "10 ms", "20 ms", "40 ms", "100 ms"]


def test_the_raster_needs_the_visible_layer():
    with pytest.raises(InvalidInput, match="visible_trace"):
        figures.raster(recalled(False).drop_vars("visible_trace"), (4, 4))


def test_the_dislodging_figure_marks_the_limits():
    panels = figures.dislodging({"rate": dislodged(), "spiking": dislodged()})
    marks = {float(line.get_xdata()[0]) for line in panels[0].lines if len(set(line.get_xdata())) == 1}
    assert marks == {0.5, 0.6}


def test_the_page_is_self_contained_and_shows_every_result(tmp_path):
    curve = measured({"noise_std": [0.0, 1.0, 2.0]})
    results = {
        "agreement": curve,
        "variants": measured({"variant": list(spiking_study.VARIANTS)}),
        **{f"region_{name}": sweep for name, sweep in sweeps().items()},
        "dislodging_rate": dislodged(),
        "dislodging_spiking": dislodged(),
    }
    own = report_spiking.network_section(curve.assign_attrs(memory_rms=1.0), {"regular": recalled(False)}, (4, 4))
    report_spiking.write(tmp_path / "report.html", results, own, 1000, 10)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "http" not in page.replace("http://www.w3.org", "")
    for name in ("raster-regular.png", "agreement.svg", "regions.svg", "dislodging.svg"):
        assert (tmp_path / "figures" / name).is_file()
    lowest = float(curve.same_state_lower.min())
    assert f"{100 * lowest:.2f}%" in page
    for name in spiking_study.VARIANTS:
        assert name in re.sub("<sub>(.*?)</sub>", r"_\1", page)
