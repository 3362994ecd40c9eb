"""`neurosim compare`: results, figure, table, and errors of the input."""

import re
from functools import partial

import numpy as np
import pytest

from neurosim import load_result


@pytest.fixture
def compare(run):
    return partial(run, "compare")


def test_compare_prints_and_draws_the_written_numbers(compare, tmp_path):
    code, printed, error = compare("hebb", "modern:beta=0.5", "--quick", "--out", "c.nc")
    assert code == 0 and "error" not in error
    found = load_result(tmp_path / "c.nc")
    assert found.model.values.tolist() == ["hebb", "modern:beta=0.5"]
    assert found.n_neurons.values.tolist() == [20, 40] and found.attrs["n_networks"] == 8
    assert (tmp_path / "c.pdf").read_bytes().startswith(b"%PDF")
    assert not list(tmp_path.glob("*.points"))
    lines = printed.splitlines()
    assert lines[0].split()[:2] == ["memory", "capacity"]
    hebb = re.split(r"\s{2,}", lines[1])
    here = found.sel(model="hebb", n_neurons=40)
    assert hebb[0] == "hebb" and hebb[1].startswith(f"{float(here.capacity):.4g} ({float(here.capacity_lower):g} – ")
    assert hebb[5] == "lpbs"
    assert re.split(r"\s{2,}", lines[2])[1] == "≥ 512" and np.isinf(found.capacity_upper[1, 1])
    assert lines[1].index("lpbs") == lines[2].index("··bs") == lines[0].index("flags")
    again = compare("hebb", "modern:beta=0.5", "--quick", "--out", "d.nc")[1]
    timeless = [re.split(r"\s{2,}", line)[:6] for line in lines[:3]]
    assert [re.split(r"\s{2,}", line)[:6] for line in again.splitlines()[:3]] == timeless


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["hopfield"], r"memory must be one of .* got 'hopfield'"),
        (["dense:steepness=3"], r"dense has the settings power, rectified, each once, got 'steepness=3'"),
        (["hebb", "--sizes", "50,few"], r"--sizes must be different numbers"),
        (["hebb", "--out", "x.pdf"], r"end it in \.nc"),
        (["hebb", "--maximum", "1"], r"--maximum must be at least 3, got 1"),
        (["hebb", "--networks", "0"], r"--networks must be at least 1"),
        (["hebb", "--flipped", "0.7"], r"flipped must be a finite number >= 0 and <= 0.5, got 0.7"),
        (["hebb", "--criterion", "0"], r"criterion must be a finite number > 0 and <= 1, got 0"),
        (["hebb", "hebb"], r"memories must be different from one another"),
        (["dense:power=many"], r"power must be a whole number >= 2, got 'many'"),
        (["hebb:power=3"], r"hebb has no settings, got 'power=3'"),
        (["kuramoto:seed=3"], r"kuramoto has the settings j2, j4, step, each once, got 'seed=3'"),
        (["hebb", "--sizes", "1,20"], r"n_neurons must be a whole number >= 4, got 1"),
    ],
)
def test_an_error_of_the_input_is_one_line_and_exit_code_2(compare, tmp_path, arguments, message):
    code, printed, error = compare(*arguments)
    assert code == 2 and printed == ""
    assert len(error.strip().splitlines()) == 1 and re.search(message, error), error
    assert not any(tmp_path.iterdir())
