"""capacity.py, basins.py and time_constants.py measure any saved network with any engine."""

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray

from neurosim import Network, load_result
from neurosim.cli import parse
from neurosim.engines import from_record
from neurosim.measure.timescales import recall_vs_ratio

FOLDER = Path(__file__).parents[2] / "analysis"
PARTS = {"capacity": "recalled", "basins": "noise", "time_constants": "recalled"}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return a function that runs a tool as a preview and returns the Dataset of its recalls."""

    def call(name, *arguments):
        words = [str(FOLDER / f"{name}.py"), "--quick", "--out", str(tmp_path / "out"), *map(str, arguments)]
        monkeypatch.setattr(sys, "argv", words)
        runpy.run_path(words[0], run_name="__main__")
        return load_result(tmp_path / "out" / f"{name}-{PARTS[name]}.nc")

    return call


@pytest.mark.parametrize("name", PARTS)
def test_the_recalls_of_another_engine_are_those_of_the_event_engine(run, network_file, name):
    arguments = ("--network", network_file, "--cues", 16)
    exact, stepped = run(name, *arguments), run(name, *arguments, "--engine", "reference")
    assert (exact.attrs["engine"], stepped.attrs["engine"]) == ("event", "reference")
    assert exact.attrs["n_trials"] == 16 and exact.attrs["targets"].startswith("hidden states")
    assert np.abs(exact.recalled - stepped.recalled).max() <= 1 / 16  # a marginal cue
    assert float(exact.recalled.max()) > 0.2


@pytest.mark.parametrize(
    ("recalled", "words"),
    [
        ([0.2, 0.9, 0.5, 0.9], "at least 99% of its best, 0.9, from τ_v/τ_h = 4 on."),
        ([0.9, 0.895, 0.9, 0.9], "at least 99% of its best, 0.9, from τ_v/τ_h = 1 on."),
        ([0.2, 0.9, 0.9, 0.5], "below 99% of its best, 0.9, at the largest ratio, τ_v/τ_h = 4."),
    ],
)
def test_the_ratio_that_suffices_is_stated_or_that_none_does(recalled, words):
    curve = recall_vs_ratio(Network.gaussian(40, 3, seed=0), [1, 2, 3, 4], seed=0)
    curve["recalled"] = "ratio", recalled
    findings = runpy.run_path(str(FOLDER / "time_constants.py"))["findings"]
    assert findings({"recalled": curve})[0][1].endswith(f"Recall is {words}")


@pytest.mark.slow
@pytest.mark.parametrize(
    "engine",
    ["torch:dtype=float32", "brian:codegen=numpy", "brian:target=cpp_standalone,formulation=fastest"],
)
def test_options_reach_the_engine(run, network_file, engine):
    if engine.startswith("torch"):
        pytest.importorskip("torch")
    arguments = ("--network", network_file, "--cues", 16)
    exact, other = run("time_constants", *arguments), run("time_constants", *arguments, "--engine", engine)
    assert from_record(other.attrs["engine_settings"]).replace(dt=None) == parse.engine(
        engine
    )  # one step for all ratios
    assert np.abs(exact.recalled - other.recalled).max() <= 1 / 16


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--engine", "torhc"), "did you mean 'torch'"),
        (("--engine", "torch:target=runtime"), "torch has the settings dt, allow_coarse_dt, reduced, device, dtype"),
        (("--network", "net.safetensors", "--dataset", "digits", "--cues", "0"), "must be a whole number >= 1"),
    ],
)
def test_options_without_effect_and_bad_values_are_refused(run, tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        run("time_constants", *arguments)
    assert end.value.code == 2 and message in capsys.readouterr().err


def test_missing_cuda_is_reported_on_one_line(run, network_file, monkeypatch, capsys):
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(SystemExit) as end:
        run("basins", "--network", network_file, "--engine", "torch:device=cuda")
    assert end.value.code == 2 and "device='cuda' needs that GPU" in capsys.readouterr().err


def test_targets_are_the_memories_of_a_data_set_or_hidden_states(run, network_file, tmp_path):
    pytest.importorskip("sklearn")
    found = run("capacity", "--network", network_file, "--dataset", "digits")
    assert found.attrs["targets"] == "given" and 1 < found.attrs["n_trials"] <= 64
    assert 2 ** found.attrs["log2_targets"] == pytest.approx(found.attrs["n_trials"])
    counted = load_result(tmp_path / "out" / "capacity-counted.nc")
    assert counted["count"].item() >= found.attrs["n_trials"]


@pytest.mark.parametrize("option", ["--networks", "--visible-per-hidden"])
def test_capacity_refuses_options_of_random_networks_with_a_network(run, network_file, option, capsys):
    with pytest.raises(SystemExit) as end:
        run("capacity", "--network", network_file, option, 5)
    assert end.value.code == 2
    assert f"{option} has no effect with --network" in capsys.readouterr().err


def test_capacity_without_a_network_is_that_of_random_ones_against_size(run, tmp_path):
    found = run("capacity", "--networks", 2, "--visible-per-hidden", 20)
    assert found.sizes["n_hidden"] == 3 and found.attrs["visible_per_hidden"] == 20
    assert found.sizes == load_result(tmp_path / "out" / "capacity-counted.nc").sizes


def test_the_models_under_noise_are_compared_at_the_noise_that_is_stated():
    program = runpy.run_path(str(FOLDER / "changed_models.py"))
    point = xarray.Dataset({f"difference{end}": ("noise_std", [0.0, -0.2, 0.0]) for end in ("", "_lower", "_upper")})
    curve = point.assign_coords(noise_std=[0.0, 1.0, 4.0])
    text = program["changed_sentence"]({f"{name}-noise_std": curve for name in program["CHANGES"]})
    assert text.startswith("Of 4 changed models, 4 recall fewer cues with noise of σ_v = 1 than")
    assert program["NOISE"] in program["QUICK"]["noise_std"] and program["NOISE"] in program["GRIDS"]["noise_std"]


def test_the_images_of_a_preview_are_named_by_what_they_are(digits):
    program = runpy.run_path(str(FOLDER / "fig_09_asymmetric_weights.py"))
    assert program["label"]("digits", digits) == "stored digits"
    assert program["label"]("mnist", digits) == "stored digits in place of mnist"
