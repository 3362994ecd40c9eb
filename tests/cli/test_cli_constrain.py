"""`neurosim constrain`: the file, the table, and errors of the input."""

import re
from functools import partial

import numpy as np
import pytest

from neurosim import Network, theory
from neurosim.constraints import Asymmetric, Dale, Homeostatic, Sparse, constrain, dale_violations

NET = Network.gaussian(400, 8, seed=0)


@pytest.fixture
def constrain_file(run, tmp_path):
    NET.save(tmp_path / "net.safetensors")
    return partial(run, "constrain", "net.safetensors")


def test_it_writes_the_network_of_the_library_and_prints_its_stability(constrain_file, tmp_path):
    code, printed, _ = constrain_file(
        "sparse:0.3", "dale:0.5,1,interneurons=pool", "homeostatic", "--seed", 3, "--out", "out.net"
    )
    assert code == 0
    net = Network.load(tmp_path / "out.net")
    same = constrain(NET, [Sparse(0.3), Dale(0.5, 1.0, "pool"), Homeostatic()], seed=3)
    assert np.array_equal(net.weights, same.weights) and net.constraints == same.constraints
    lines = dict(re.split(r"\s{2,}", line.strip(), maxsplit=1) for line in printed.splitlines() if "  " in line.strip())
    assert lines["mean of J_μμ"].split()[1] == "1" and lines["stable share of states"].split()[0] == "1.0000"
    assert "n_interneurons = 2" in printed and "of 256 states, all" in printed
    assert lines["synapses against Dale's law"].endswith(" 0 (folded)") and "effective synapses" in printed
    code, printed, _ = constrain_file("sparse:1,reciprocal=True", "dale")
    assert code == 0 and re.search(r"against Dale's law +[1-9][\d,]+ +0\n", printed) and "folded" not in printed
    assert constrain_file("dale:interneurons=relay")[0] == 0 and (tmp_path / "constrained.safetensors").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["dense:0.1"], r"constraint must be one of \['sparse', .* got 'dense'"),
        (["sparse:many=1"], r"sparse has the settings density, reciprocal, each once, got 'many=1'"),
        (["sparse:0.1,true,3"], r"each once, got '3'"),
        (["sparse:0.1,density=1"], r"each once, got 'density=1'"),
        (["sparse"], r"sparse needs density, as in sparse:density=VALUE, got 'sparse'"),
        (["sparse:few"], r"density of sparse must be a finite number > 0 and <= 1, got 'few'"),
        (["homeostatic:1"], r"incoming_only of homeostatic must be True or False, got 1"),
        (["sparce:0.1"], r"got 'sparce'; did you mean 'sparse'\?"),
        (["sparse:0.1 homeostatic"], r"each constraint must be one word without spaces"),
        (["spread_tau:1e200"], r"cv of spread_tau must be a finite number >= 0 and <= 100"),
        (["dale:1,1,pool", "quantised:1"], r"quantised must stand before dale: .*; put dale after it"),
        (["sparse:0.1", "--out", "net.safetensors"], r"the output must not be an input file"),
        (["sparse:0.1", "--seed", "-1"], r"--seed must be at least 0"),
    ],
)
def test_an_error_of_the_input_is_one_line_and_exit_code_2(constrain_file, tmp_path, arguments, message):
    code, printed, error = constrain_file(*arguments)
    assert code == 2 and printed == ""
    assert len(error.strip().splitlines()) == 1 and re.search(message, error), error
    assert [path.name for path in tmp_path.iterdir()] == ["net.safetensors"]


def test_each_row_is_of_the_network_before_and_after(constrain_file):
    code, printed, _ = constrain_file("asymmetric:0.4", "dale:0.8,0.8", "--seed", 1)
    assert code == 0
    after = constrain(NET, [Asymmetric(0.4), Dale(0.8, 0.8)], seed=1)
    rows = [line for line in printed.splitlines() if len(re.findall(r"\s{2,}", line)) >= 2]
    table = {line[:27].strip(): line[27:].split() for line in rows}
    own = [np.diag(theory.effective_coupling(net)) for net in (NET, after)]
    assert table["mean of J_μμ"] == [f"{x.mean():.4g}" for x in own]
    assert table["spread of J_μμ"] == [f"{x.std():.4g}" for x in own]
    assert table["synapses against Dale's law"] == [f"{dale_violations(NET):,}", "0"] != ["0", "0"]
    moved, stable = ([float(x) for x in table[name]] for name in ("all thresholds moved by", "stable share"))
    states = ((np.arange(256)[:, None] >> np.arange(8)) & 1).astype(bool)
    for net, shift, share in zip((NET, after), moved, stable, strict=True):
        held = theory.is_fixed_point(net.replace(threshold=net.threshold + shift), states).mean()
        assert share == pytest.approx(held, abs=0.005)  # the shift is printed to four digits
    assert moved[1] < -0.1 and stable[1] > float(table["stable share of states"][1])
