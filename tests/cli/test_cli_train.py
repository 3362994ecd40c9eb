"""`neurosim train` on a small MNIST folder: recipes, rules, output, and errors of the input."""

import pytest

pytest.importorskip("torch")

from neurosim import Network, theory
from neurosim.engines.brian.compilers import compiler
from neurosim.equations.plasticity import STDP
from neurosim.learning import parallel
from neurosim.measure.recall import attractors

pytestmark = pytest.mark.torch


def test_train_prints_whether_all_states_are_certified(run_on_mnist):
    code, printed, _ = run_on_mnist("train", "mnist", "--hidden", 12, "--epochs", 40, "--recipe", "certified")
    assert code == 0
    net = Network.load("mnist-12.safetensors")
    assert net.provenance["recipe"] == "certified" and theory.certify_all_states(net).holds
    assert "all 2^12 fixed, margin 0.5" in printed


def test_train_by_the_recipe_of_the_paper(run_on_mnist):
    arguments = ["--hidden", 6, "--epochs", 2, "--recipe", "paper", "--out", "p.safetensors"]
    assert run_on_mnist("train", "mnist", *arguments).returncode == 0
    assert Network.load("p.safetensors").is_symmetric


def test_train_by_a_local_rule(run_on_mnist):
    code, printed, _ = run_on_mnist("train", "mnist", "--hidden", 6, "--epochs", 9, "--rule", "predictive")
    assert code == 0 and "unique stable minima" in printed
    net = Network.load("mnist-6.safetensors")
    assert net.provenance["rule"] == "predictive" and net.provenance["epochs"] == 9 and not net.is_symmetric


@pytest.mark.slow
@pytest.mark.skipif(compiler() is None, reason="no C++ compiler (g++ or $CXX) on this machine")
def test_train_by_spikes(run_on_mnist):
    code, printed, _ = run_on_mnist(
        "train", "mnist", "--hidden", 4, "--epochs", 1, "--rule", "stdp", "--change", "shown=0.02"
    )
    assert code == 0 and "unique stable minima" in printed
    net = Network.load("mnist-4.safetensors")
    assert net.provenance["rule"] == "stdp" and net.provenance["epochs"] == 1 and net.is_symmetric
    assert net.provenance["settings"] == repr(STDP(shown=0.02))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "mnist", "--rule", "hebb"], "--rule must be one of ['random', 'oja'"),
        (["train", "mnist", "--rule", "oja", "--change", "repulsion=0"], "--change has no effect with --rule oja"),
        (
            ["train", "mnist", "--rule", "stdp", "--change", "rat=1"],
            "the name in --change must be one of ['rate'",
        ),
        (["train", "mnist", "--rule", "stdp", "--change", "window=0"], "window must be a finite number > 0, got 0"),
        (["train", "mnist", "--change", "damages=noise:0.2"], "give each by --damage"),
        (["train", "mnist", "--recipe", "certified", "--damage", "noise:0.2"], "--damage has no effect with --recipe"),
        (["train", "mnist", "--rule", "oja", "--damage", "noise:0.2"], "--damage has no effect with --rule oja"),
        (["train", "mnist", "--damage", "nosie:0.2"], "damage must be one of"),
        (["train", "mnist", "--recipe", "magic"], "recipe must be one of ['denoise'"),
        (["train", "mnist", "--change", "repulsion=-1"], "repulsion must be a finite number >= 0, got -1"),
        (["train", "mnist", "--change", "threshold=each"], "the name in --change must be one of"),
        (
            ["train", "mnist", "--epochs", "2", "--change", "epochs=9"],
            "--epochs 2 stands in place of --change epochs=9",
        ),
        (["train", "mnist", "--damage", "noise:0.2", "--change", "intact=1"], "--damage has no effect with --change"),
        (["train", "mnist", "--hidden", "785", "--recipe", "certified"], "needs n_hidden <= n_visible"),
    ],
)
def test_an_error_of_the_input_is_one_line_and_exit_code_2(run_on_mnist, arguments, message):
    code, _, error = run_on_mnist(*arguments)
    assert code == 2 and message in error and "Traceback" not in error


def test_one_setting_of_a_recipe_can_be_changed(run_on_mnist):
    assert run_on_mnist("train", "mnist", "--hidden", 6, "--epochs", 1, "--change", "repulsion=0").returncode == 0
    made = Network.load("mnist-6.safetensors").provenance
    assert made["repulsion"] == 0 and made["recipe"] == "own" and made["epochs"] == 1


def test_damage_in_training_is_that_of_the_options(run_on_mnist):
    damages = ["--damage", "noise:0.25", "--damage", "missing:0.3+noise:0.1"]
    assert run_on_mnist("train", "mnist", "--hidden", 6, "--epochs", 1, *damages).returncode == 0
    made = Network.load("mnist-6.safetensors").provenance
    assert made["damages"] == ["noise:std=0.25", "missing:fraction=0.3+noise:std=0.1"]


def test_of_several_processes_only_the_first_writes_and_prints(run_on_mnist, tmp_path, monkeypatch):
    monkeypatch.setattr(parallel, "launched", lambda: (1, 1))
    code, printed, _ = run_on_mnist("train", "mnist", "--hidden", 4, "--epochs", 1, "--recipe", "paper")
    assert code == 0 and printed == ""
    code, printed, _ = run_on_mnist("train", "mnist", "--hidden", 4, "--epochs", 1, "--recipe", "paper", "--json")
    assert code == 0 and printed == ""
    assert not (tmp_path / "mnist-4.safetensors").exists()


def test_a_local_rule_is_for_one_process(run_on_mnist, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setattr(parallel, "launched", lambda: (0, 2))
    code, _, error = run_on_mnist("train", "mnist", "--hidden", 4, "--epochs", 1, "--rule", "oja")
    assert code == 2 and "--rule oja trains in one process" in error


def test_a_rank_without_a_launcher_is_no_rank(run_on_mnist, tmp_path, monkeypatch):
    for name, value in {"RANK": "1", "WORLD_SIZE": "2", "LOCAL_RANK": "1", "PMI_RANK": "1"}.items():
        monkeypatch.setenv(name, value)
    code, printed, _ = run_on_mnist("train", "mnist", "--hidden", 4, "--epochs", 1, "--recipe", "paper")
    assert code == 0 and "wrote mnist-4.safetensors" in printed and (tmp_path / "mnist-4.safetensors").is_file()


@pytest.mark.parametrize("rule", [["--rule", "random"], []], ids=["rule", "recipe"])
def test_the_seed_reaches_the_training(run_on_mnist, rule):
    weights = []
    for seed in (0, 1):
        assert run_on_mnist("train", "mnist", "--hidden", 6, "--epochs", 2, *rule, "--seed", seed)[0] == 0
        net = Network.load("mnist-6.safetensors")
        assert net.provenance["seed"] == seed
        weights.append(net.weights)
    assert (weights[0] != weights[1]).any()


def test_train_prints_what_was_counted(run_on_mnist, monkeypatch):
    counted, found = attractors.unique_stable_minima, []

    def count(*arguments, **options):
        minima = counted(*arguments, **options)
        shares = {"share_settled": 0.75, "share_at_discrete": 0.25, "mean_squared_error": 3.5}
        minima = minima.assign(n_unique=7, n_unique_discrete=5)
        for name, value in shares.items():
            minima = minima.assign({f"{name}{end}": minima[name] * 0 + value for end in ("", "_lower", "_upper")})
        found.append(minima)
        return minima

    monkeypatch.setattr(attractors, "unique_stable_minima", count)
    code, printed, _ = run_on_mnist("train", "mnist", "--hidden", 6, "--epochs", 2, "--rule", "random")
    lines = {line[:30].strip(): line[30:].strip() for line in printed.splitlines() if len(line) > 30}
    assert code == 0 and len(found) == 1
    assert lines["unique stable minima"].startswith("7 of 300 images")
    assert lines["distinct by discrete settling"] == "5"
    assert lines["recalls that settle"].startswith("0.75")
    assert lines["recalled at the discrete code"].startswith("0.25")
    assert lines["squared error per image"].startswith("3.5")
