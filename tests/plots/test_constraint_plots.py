"""Figures of networks under constraints show the numbers of the sweeps."""

import numpy as np
import xarray

from neurosim.plots import constraints

SHARES = ("recalled_rate", "recalled_folded", "recalled_circuit")


def swept(**coords):
    shape = tuple(len(values) for values in coords.values())
    share = np.linspace(0.1, 0.8, int(np.prod(shape))).reshape(shape)
    variables = {"same": (tuple(coords), share + 0.15)}
    for shift, name in zip((0.0, 0.05, 0.1), SHARES, strict=True):
        for end, reach in (("", 0.0), ("_lower", -0.05), ("_upper", 0.05)):
            variables[f"{name}{end}"] = (tuple(coords), share + shift + reach)
    return xarray.Dataset(variables, coords, {"n_networks": 20, "n_trials": 16, "confidence": 0.95})


def test_spiking_networks_have_a_panel_for_each_size_and_one_for_density():
    noise, density = swept(n_hidden=[10, 20], noise=[0.0, 0.1, 0.2]), swept(n_hidden=[10], density=[0.1, 0.5])
    panels = constraints.spiking(noise, density)
    assert [ax.get_title() for ax in panels] == ["$N_h = 10$", "$N_h = 20$", "$N_h = 10$"]
    for ax, found in zip(
        panels, (noise.isel(n_hidden=0), noise.isel(n_hidden=1), density.isel(n_hidden=0)), strict=True
    ):
        for line, name in zip(ax.lines, (*SHARES, "same"), strict=True):
            np.testing.assert_allclose(line.get_ydata(), found[name])
    assert panels[-1].get_xscale() == "log" and panels[0].get_xscale() == "linear"
