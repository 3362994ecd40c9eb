"""Synthetic results of the spiking model, for tests of its figures and of its page."""

import numpy as np
import xarray

from neurosim.measure.spiking import agreement
from neurosim.measure.spiking.dislodging import ENDS, SIGNS
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
