"""Sentences about laws and bounds count the points at which they hold."""

import numpy as np
import pytest
import xarray

from neurosim.report.findings import bound_sentence, law_sentence, trials_sentence


def _curve(**values: list[float]) -> xarray.Dataset:
    coords = {"noise_std": [0.0, 1.0, 2.0]}
    return xarray.Dataset({k: ("noise_std", v) for k, v in values.items()}, coords, {"confidence": 0.95})


def test_sentences_count_where_theory_holds():
    share = {"recalled": [0.9, 0.5, 0.1], "recalled_lower": [0.8, 0.4, 0.0], "recalled_upper": [1.0, 0.6, 0.2]}
    curve = _curve(**share, law=[0.9, 0.7, 0.15], bound=[0.95, np.nan, 0.25])
    text = law_sentence(curve, "recalled", what="The law")
    assert text.startswith("The law lies within the 95% interval at 2 of 3 points")
    assert "at σ_v = 1, 0.2 above the measured mean" in text
    model = _curve(**share, law=[0.9, 0.7, 0.15]).assign(
        recalled_model_lower=("noise_std", [0.89, 0.4, 0.12]), recalled_model_upper=("noise_std", [0.91, 0.8, 0.14])
    )
    assert "at 2 of 3 points, and within that of the beta-binomial model at 2; " in law_sentence(model, "recalled")
    unknown = model.assign({f"recalled_model_{end}": ("noise_std", [np.nan] * 3) for end in ("lower", "upper")})
    assert "model" not in law_sentence(unknown, "recalled")  # of shares of networks
    text = bound_sentence(curve, "recalled")
    assert "above the 95% interval at 1 of 2 points, where a tight bound would do so at up to 0.05" in text
    assert "excess is 0.05, at σ_v = 2" in text
    wide = bound_sentence(curve.assign_attrs(confidence=0.8), "recalled")
    assert "above the 80% interval at 1 of 2 points, where a tight bound would do so at up to 0.2;" in wide
    fine = _curve(**share, law=share["recalled"], bound=[0.9, 0.5, 0.1])
    assert law_sentence(fine, "recalled").endswith("at 3 of 3 points.")
    assert "holds as a lower bound at all 3 points" in bound_sentence(fine, "recalled")
    none = _curve(**share, law=[np.nan] * 3, bound=[np.nan] * 3)
    assert "does not apply" in law_sentence(none, "recalled") and "does not apply" in bound_sentence(none, "recalled")


@pytest.mark.parametrize(("n", "text"), [(1, "all 2^N_h states; "), (2, "all 2^N_h states each; ")])
def test_all_states_of_one_network_are_not_each(n, text):
    found = xarray.Dataset(attrs={"n_networks": n, "n_trials": "all 2^N_h states", "confidence": 0.95})
    assert f" at each point, {text}" in trials_sentence(found)
