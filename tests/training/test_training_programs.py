"""Every program in `training/` runs as a preview, writes its results, and resumes."""

import re
import runpy
import sys
from pathlib import Path

import pytest
import xarray

pytest.importorskip("torch")

from neurosim import Network, load_result

pytestmark = pytest.mark.torch

KEY = "?" * 16
FOLDER = Path(__file__).parents[2] / "training"
PROGRAMS = sorted(path.stem for path in FOLDER.glob("*.py"))
SLOW = ("completion", "local_rules", "spike_timing")
SWEEPS = ("local_rules", "local_rules_load", "spike_timing")


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """One folder of results: its trained networks serve all programs."""
    return tmp_path_factory.mktemp("figures")


@pytest.fixture
def run(monkeypatch, capsys):
    def call(name, out, *arguments):
        words = [str(FOLDER / f"{name}.py"), "--out", str(out), *map(str, arguments)]
        monkeypatch.setattr(sys, "argv", words)
        monkeypatch.delenv("NEUROSIM_DATA", raising=False)
        runpy.run_path(words[0], run_name="__main__")
        return capsys.readouterr().out

    return call


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in PROGRAMS]
)
def test_a_preview_writes_results_figures_and_a_page(name, run, out):
    said = run(name, out, "--quick", *(["--networks", 2] if name in SWEEPS else []))
    assert list(out.glob(f"{name}-*.nc")) and name in (out / "index.html").read_text(encoding="utf-8")
    for ending in ("svg", "pdf", "png"):
        assert (out / f"{name}.{ending}").stat().st_size > 1_000
    assert not re.search(r"\bnan\b", said) and f"{name}: " in said
    if name in ("digits", "mnist", "cifar10"):
        recipe = "denoise-start=*" if name == "cifar10" else "denoise-quick-"
        (file,) = (out / "networks").glob(f"digits-24-{recipe}{KEY}.safetensors")
        assert str(file) in said and Network.load(file).n_hidden == 24
        assert 100 < int(load_result(out / f"{name}-memories.nc").n_unique) <= 1_500
        assert ("in place of" in said) == (name != "digits")


def test_options_are_obeyed_and_a_trained_network_is_not_trained_again(run, tmp_path):
    arguments = ("digits", tmp_path, "--quick", "--hidden", 10, "--recipe", "paper", "--epochs", 2)
    assert "training on 1,500 images" in run(*arguments)
    (file,) = (tmp_path / "networks").iterdir()
    assert file.match(f"digits-10-paper-epochs=2-quick-{KEY}.safetensors")
    assert len(Network.load(file).provenance["loss_per_epoch"]) == 2
    before = file.read_bytes()
    assert "training on" not in run(*arguments) and file.read_bytes() == before


@pytest.mark.slow
def test_damages_of_training_are_those_that_are_named(run, tmp_path):
    named = ("--damage", "noise:0.2,varied=True", "--damage", "occluded:fill=mean", "--change", "intact=0.5")
    arguments = ("--quick", "--networks", 1, "--recipe", "denoise")
    errors = {}
    for name, more in {"recipe's": (), "named": named}.items():
        said = run("completion", tmp_path / name, *arguments, *more)
        found = load_result(tmp_path / name / "completion-completion.nc")
        errors[name] = found.recall_error.sel(damage="missing:fraction=0.3").values
        changes = "intact=0.5, damages=noise:std=0.2,varied=True occluded:fill=mean"
        assert found.attrs["changes"] == (changes if more else "") and (f"Changed: {changes}." in said) == bool(more)
    assert (errors["recipe's"] != errors["named"]).all()  # another training, not another label


def test_missing_data_are_an_error_with_a_remedy(run, tmp_path, capsys):
    with pytest.raises(SystemExit) as end:
        run("mnist", tmp_path, "--data-dir", tmp_path)
    assert end.value.code == 3 and "--download" in capsys.readouterr().err


def test_names_shadow_no_module_of_the_standard_library():
    assert not set(PROGRAMS) & set(sys.stdlib_module_names)


def test_an_ablation_trains_with_the_changed_settings(run, out):
    run("ablation", out, "--quick")
    found = load_result(out / "ablation-ablation.nc")
    assert list(found.run.values[:2]) == ["certified", "certified: repulsion = 0.0"]
    assert int(found.n_unique[0]) > int(found.n_unique[1])
    (file,) = (out / "networks").glob(f"digits-24-certified-repulsion=0.0-quick-{KEY}.safetensors")
    net = Network.load(file)
    assert net.provenance["repulsion"] == 0
    assert bool(found.certified[0]) and float(found.self_recalled[0]) > 0.99


def test_good_rules_have_both_many_memories_and_a_low_error():
    good_rules = runpy.run_path(str(FOLDER / "local_rules.py"))["good_rules"]
    names = ["both", "few memories", "large error", "unsure"]
    values = {"n_unique_lower": [60.0, 40, 60, 60], "squared_error_upper": [14.0, 14, 16, 15.1]}
    rules = xarray.Dataset({name: ("rule", column) for name, column in values.items()}, {"rule": names})
    paper = xarray.Dataset({"n_unique": 100, "squared_error": 10.0})
    assert good_rules(rules, paper).endswith("its error: both.")
    assert good_rules(rules.sel(rule=names[1:]), paper).endswith("none.")


def test_networks_trained_by_spikes_are_evaluated_on_all_and_on_training_images(run, out):
    run("spike_timing_mnist", out, "--quick")
    found = load_result(out / "spike_timing_mnist-images.nc")
    assert list(found.run.values) == [
        "stdp, 10 images once",
        "stdp, 10 images once, evaluated on its training images",
        "paper, eq. (17)",
    ]
    assert float(found.n_unique[1]) <= 10 and float(found.squared_error[0]) != float(found.squared_error[1])
