"""The sweep over constraints: intervals, laws, resuming, user measurements."""

import math

import numpy as np
import pytest
from matplotlib.axes import Axes

from neurosim import InvalidInput
from neurosim.constraints import DistanceDependent, Homeostatic, Sparse
from neurosim.measure.constraints import laws
from neurosim.measure.constraints.sweep import constraint_sweep
from neurosim.plots import constraints as figure
from neurosim.sweep.grid import Runner


def few(density):
    return [Sparse(density), Homeostatic()]


def own_measure(*, seed, constraint, value, n_hidden, factor=2.0):
    """Twice the value, and a law."""
    return {"twice": factor * value, "law": value + n_hidden, "seed_end": seed % 1000}


def test_a_sweep_has_intervals_and_laws_and_resumes(tmp_path):
    constraints = {"both ways": Sparse, "near": DistanceDependent, "few": few}
    options = {"seed": 0, "n_cues": 16, "visible_per_hidden": 20.0, "runner": Runner(tmp_path / "points")}
    grid = {"value": [0.05, 1.0], "n_hidden": [5, 6]}
    found = constraint_sweep(4, constraints, grid, **options)
    assert found.stored.dims == ("constraint", "value", "n_hidden")
    assert found.constraint.values.tolist() == [*constraints]
    assert (found.stored_lower <= found.stored).all() and (found.stored <= found.stored_upper).all()
    free = found.stored_by_network.sel(value=1.0, n_hidden=6)
    assert (free.sel(constraint="near") == free.sel(constraint="both ways")).all()
    assert np.isnan(found.law.sel(constraint="near", value=0.05)).all()
    assert float(found.law.sel(constraint="near", value=1.0, n_hidden=6)) == laws.stored([], 120, 6)
    assert float(found.stored.sel(constraint="both ways", value=0.05).max()) < float(free.min())
    assert (found.stored_trials.sel(n_hidden=6) == 4 * 2**6).all() and (found.recalled_trials == 4 * 16).all()
    assert np.allclose(1 - found.stored_failures / found.stored_trials, found.stored)
    assert np.isfinite(found.recalled_best_model_lower).all() and "n_states" not in found
    kept = sorted((tmp_path / "points").iterdir())
    again = constraint_sweep(4, constraints, grid, **options)
    assert again.identical(found) and sorted((tmp_path / "points").iterdir()) == kept
    for ax in figure.sizes(found, ("stored", "stored_best", "recalled"), "Density", logarithmic=True).ravel():
        assert isinstance(ax, Axes)


def test_any_measurement_and_any_of_its_settings_can_be_swept():
    grid = {"factor": [2.0, 3.0], "value": [0.5, 1.0]}
    found = constraint_sweep(3, {"s": Sparse}, grid, measure=own_measure, seed=0, n_hidden=4, confidence=0.5)
    assert found.twice.dims == ("constraint", "factor", "value") and found.twice.values.tolist() == [[[1, 2], [1.5, 3]]]
    assert found.law.values.tolist() == [[[4.5, 5]] * 2] and "law_lower" not in found
    assert found.attrs["method"] == "Twice the value, and a law." and found.attrs["n_hidden"] == 4
    assert "factor" not in found.attrs and found.attrs["confidence"] == 0.5
    ends = found.seed_end_by_network.values[0, 0, 0]
    # Student's t with two degrees of freedom has its quartile at 0.8165
    reach = 0.8165 * ends.std(ddof=1) / math.sqrt(3)
    assert found.seed_end_upper.values[0, 0, 0] - found.seed_end.values[0, 0, 0] == pytest.approx(reach, rel=1e-3)


@pytest.mark.parametrize(
    ("constraints", "grid", "message"),
    [
        ({"a": "sparse:{x}"}, {"value": [0.5]}, "constraints must map labels to functions"),
        ([Sparse(0.1)], {"value": [0.5]}, "constraints must map labels to functions"),
        ({"a": Sparse}, {"n_hidden": [4]}, "must give value, the argument of the functions"),
        ({"a": float}, {"value": [0.5]}, "the constraints of a must be a Constraint or a non-empty sequence of them"),
        ({"a": Sparse}, {"value": [0.0]}, "density of sparse must be a finite number > 0"),
    ],
)
def test_invalid_constraint_sweeps_are_refused_before_measuring(constraints, grid, message):
    with pytest.raises(InvalidInput, match=message):
        constraint_sweep(2, constraints, grid, measure=pytest.fail, seed=0)
