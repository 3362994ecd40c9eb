"""Which shares are counts of trials; every one of them has its failures and trials beside it."""

import importlib
import pkgutil
from typing import Any

import numpy as np
import pytest
import xarray

from neurosim import Network, measure
from neurosim.constraints import Sparse
from neurosim.measure import typical_shocks
from neurosim.measure.basins.volumes import volumes_over_networks
from neurosim.measure.comparison.compare import success_sweep
from neurosim.measure.comparison.completion import completion_sweep
from neurosim.measure.constraints.sweep import constraint_sweep
from neurosim.measure.learned.local_rules import compare_local_rules, compare_pattern_loads
from neurosim.measure.recall.curves import recall_sweep
from neurosim.measure.statistics import Measurement, format_estimate, summarise
from neurosim.models import Hebb

NOT_COUNTED = {
    "share of the 2^N_h states that are unstable",  # weighted samples
    "share of the hidden neurons as at the end for the intact image",  # a mean over images; so are the following
    "share of the hidden neurons that end as in the memory",
    "mean share of hidden neurons as in the target",
    "mean share of hidden neurons as in the rate model",
}


def measurements():
    """Return every description of a measured quantity at the top level of a module of `neurosim.measure`."""
    found = {}
    for info in pkgutil.walk_packages(measure.__path__, "neurosim.measure."):
        for value in vars(importlib.import_module(info.name)).values():
            several = value.values() if isinstance(value, dict) else [value]
            found |= {one.long_name: one for one in several if isinstance(one, Measurement)}
    return found


def test_every_share_of_trials_names_its_trials():
    found = measurements()
    shares = {name for name, one in found.items() if one.bounds == (0, 1)}
    assert len(shares) > 30
    assert {name for name in shares if found[name].trials is None} == NOT_COUNTED


def test_every_quantity_without_an_upper_bound_says_whether_it_can_be_negative():
    """Errors, times, rates and counts cannot; their intervals must not say so."""
    free = {name for name, one in measurements().items() if one.bounds[0] == -np.inf}
    assert free == {"energy above that at the end", "threshold at which most states of a network are stable"}


NETS = [Network.gaussian(40, 4, seed=seed) for seed in (1, 2, 3)]
SMALL: dict[str, Any] = {"n_visible": 20, "n_hidden": 4, "updates": 20}
COUNTED = {
    "certified": (
        lambda: compare_local_rules(np.eye(12)[:10], ["oja"], n_hidden=3, epochs=1, networks=2),
        2,
        2,
    ),
    "share_unique": (lambda: compare_pattern_loads(["oja"], [4, 8], networks=2, **SMALL), 8, 16),
    "attained": (lambda: typical_shocks(NETS, n_memories=4, seed=0), None, None),
    "share_unsettled": (lambda: volumes_over_networks(NETS, n_cues=50, seed=0), 150, 150),
    "distinct": (lambda: completion_sweep(2, ["hebb"], [10], [5, 20], seed=0, n_visible=50), 10, 40),
    "settled": (lambda: success_sweep(3, [Hebb()], {"n_patterns": [5, 20]}, n_neurons=30, seed=0), None, None),
    "timed_out": (lambda: recall_sweep(3, {"noise_std": [0, 2]}, seed=0, n_hidden=3), 24, 24),
    "stored": (lambda: constraint_sweep(2, {"a": Sparse}, {"value": [0.5], "n_hidden": [4]}, seed=0, n_cues=4), 32, 32),
}


@pytest.mark.parametrize("name", COUNTED)
def test_shares_over_networks_have_failures_and_trials(name):
    call, least, most = COUNTED[name]
    found = call()
    trials = found[f"{name}_trials"]
    hits = trials - found[f"{name}_failures"] if f"{name}_failures" in found else found[f"{name}_hits"]
    assert (trials > 0).all() and (least is None or (trials.min(), trials.max()) == (least, most))
    each = found[f"{name}_by_network"]
    if name != "attained":  # its networks have different numbers of memories
        assert np.allclose(hits / trials, each.mean("network"))
    else:
        assert trials == found.n_stable.sum() and hits == (each * found.n_stable).sum()


def test_a_share_of_networks_counts_each_network_once_and_needs_no_model():
    raw = {"a": xarray.DataArray([[1.0, 0.0, 1.0], [1.0, 1.0, np.nan]], dims=("x", "network"))}
    found = xarray.Dataset(summarise(raw, {"a": Measurement("share of networks", bounds=(0, 1), trials=1)}))
    assert found.a_failures.values.tolist() == [1, 0] and found.a_trials.values.tolist() == [3, 2]
    assert np.isnan(found.a_model_lower).all() and format_estimate(found.isel(x=0), "a").endswith("; 1 of 3 failed)")


def test_a_share_of_one_kind_among_others_has_hits():
    raw = {"a": xarray.DataArray([0.5, 0.25, 1.0], dims="network"), "n": xarray.DataArray([8, 4, 2], dims="network")}
    kind = Measurement("share of a kind", bounds=(0, 1), trials="n", failures=False)
    assert "; 7 of 14; beta-binomial " in format_estimate(xarray.Dataset(summarise(raw, {"a": kind})), "a")
