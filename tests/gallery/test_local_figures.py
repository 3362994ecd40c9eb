"""Numbers of the figures about local rules, where they are known beforehand."""

import xarray

from neurosim.gallery.local import _verdict


def test_the_verdict_asks_for_minima_and_error_at_once():
    names = ["both", "few minima", "much error", "unsure"]
    values = {"n_unique_lower": [60.0, 40, 60, 60], "squared_error_upper": [14.0, 14, 16, 15.1]}
    rules = xarray.Dataset({k: ("rule", v) for k, v in values.items()}, {"rule": names})
    paper = xarray.Dataset({"n_unique": 100, "squared_error": 10.0})
    assert _verdict(rules, paper).endswith("its error: both.")
    assert _verdict(rules.sel(rule=names[1:]), paper).endswith("none.")
