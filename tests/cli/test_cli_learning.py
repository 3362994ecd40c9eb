"""Learning commands on a small MNIST folder: train, classify, figures that learn; and what they refuse."""

import struct
import sys

import numpy as np
import pytest

pytest.importorskip("torch")

import pytest

from neurosim import Network, load_result, theory
from neurosim.cli.main import main
from neurosim.engines.brian.compilers import compiler
from neurosim.equations.plasticity import STDP
from neurosim.measure.recall import attractors

pytestmark = pytest.mark.torch


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Call the command in `tmp_path`, where data/mnist has 300 + 100 blots of ten kinds."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    kinds = rng.random((10, 28, 28)) > 0.8
    for stem, count in (("train", 300), ("t10k", 100)):
        labels = np.arange(count, dtype=np.uint8) % 10
        images = (255 * np.clip(kinds[labels] * rng.uniform(0.4, 1, (count, 28, 28)), 0, 1)).astype(np.uint8)
        folder = tmp_path / "data" / "mnist"
        folder.mkdir(parents=True, exist_ok=True)
        for values, kind in ((images, "images-idx3"), (labels, "labels-idx1")):
            head = bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
            (folder / f"{stem}-{kind}-ubyte").write_bytes(head + values.tobytes())

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["neurosim", *map(str, arguments), "--data-dir", "data"])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        return code, *capsys.readouterr()

    return call


def test_train_says_whether_all_states_are_certified_and_classify_makes_a_column_of_table_1(run, tmp_path):
    code, said, _ = run("train", "mnist", "--hidden", 12, "--epochs", 40)
    assert code == 0
    net = Network.load("mnist-12.safetensors")
    assert net.provenance["recipe"] == "certified" and theory.certify_all_states(net).holds
    assert "all 2^12 fixed, margin 1e-09" in said
    code, said, _ = run(
        "classify", "mnist-12.safetensors", "mnist", "--kinds", "hidden,original,transfer", "--epochs", 15
    )
    assert code == 0
    table = load_result(tmp_path / "table1.nc")
    tests = ["hidden", "original", "transfer: stored", "transfer: unseen"]
    assert list(table.test.values) == tests and table.n_trials.values.tolist() == [100, 100, 300, 100]
    assert float(table.accuracy.sel(test="original")) > 0.9
    for test, share in zip(tests, table.accuracy.values, strict=True):
        assert f"{test:<14} {share:.4g} (" in said


def test_the_papers_rule_is_one_option(run):
    assert run("train", "mnist", "--hidden", 6, "--epochs", 2, "--recipe", "paper", "--out", "p.safetensors")[0] == 0
    assert Network.load("p.safetensors").is_symmetric


def test_a_local_rule_is_one_option(run):
    code, said, _ = run("train", "mnist", "--hidden", 6, "--epochs", 9, "--rule", "predictive")
    assert code == 0 and "unique stable minima" in said
    net = Network.load("mnist-6.safetensors")
    assert net.provenance["rule"] == "predictive" and net.provenance["epochs"] == 9 and not net.is_symmetric


@pytest.mark.slow
@pytest.mark.skipif(compiler() is None, reason="no C++ compiler (g++ or $CXX) on this machine")
def test_spikes_are_one_option(run):
    code, said, _ = run("train", "mnist", "--hidden", 4, "--epochs", 1, "--rule", "stdp", "--change", "shown=0.02")
    assert code == 0 and "unique stable minima" in said
    net = Network.load("mnist-4.safetensors")
    assert net.provenance["rule"] == "stdp" and net.provenance["epochs"] == 1 and net.is_symmetric
    assert net.provenance["settings"] == repr(STDP(shown=0.02))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "mnist", "--rule", "hebb"], "--rule must be one of random, oja"),
        (["train", "mnist", "--rule", "oja", "--change", "repulsion=0"], "--change has no effect with --rule oja"),
        (
            ["train", "mnist", "--rule", "stdp", "--change", "rat=1"],
            "the name in --change must be one of ['rate'",
        ),
        (["train", "mnist", "--rule", "stdp", "--change", "window=0"], "window must be > 0, got 0"),
        (["train", "mnist", "--recipe", "magic"], "recipe must be one of ['certified'"),
        (["train", "mnist", "--change", "repulsion=-1"], "repulsion must be a finite number >= 0, got -1"),
        (["train", "mnist", "--change", "threshold=each"], "threshold must be 'zero' with wiring 'certified'"),
        (["train", "mnist", "--hidden", "785"], "needs n_hidden <= n_visible"),
    ],
)
def test_mistakes(run, arguments, message):
    code, _, complaint = run(*arguments)
    assert code == 2 and message in complaint and "Traceback" not in complaint


def test_kinds_must_be_known(run):
    Network.gaussian(784, 3, seed=0).save("net.safetensors")
    code, _, complaint = run("classify", "net.safetensors", "mnist", "--kinds", "hidden,smell")
    assert code == 2 and "--kinds must be different ones of hidden, visible, original, transfer" in complaint


def test_one_setting_of_a_recipe_can_be_otherwise(run):
    assert (
        run("train", "mnist", "--hidden", 6, "--epochs", 1, "--change", "repulsion=0", "--change", "epochs=9")[0] == 0
    )
    made = Network.load("mnist-6.safetensors").provenance
    assert made["repulsion"] == 0 and made["recipe"] == "own" and made["epochs"] == 1


def test_of_several_processes_the_first_writes_and_speaks(run, tmp_path, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    code, said, _ = run("train", "mnist", "--hidden", 4, "--epochs", 1)
    assert code == 0 and said == ""
    assert not (tmp_path / "mnist-4.safetensors").exists()


pytest.importorskip("torch")


@pytest.mark.parametrize("rule", [["--rule", "random"], []], ids=["rule", "recipe"])
def test_a_seed_reaches_what_learns(run, rule):
    weights = []
    for seed in (0, 1):
        assert run("train", "mnist", "--hidden", 6, "--epochs", 2, *rule, "--seed", seed)[0] == 0
        net = Network.load("mnist-6.safetensors")
        assert net.provenance["seed"] == seed
        weights.append(net.weights)
    assert (weights[0] != weights[1]).any()


def test_train_prints_what_was_counted(run, monkeypatch):
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
    code, said, _ = run("train", "mnist", "--hidden", 6, "--epochs", 2, "--rule", "random")
    lines = {line[:30].strip(): line[30:].strip() for line in said.splitlines() if len(line) > 30}
    assert code == 0 and len(found) == 1
    assert lines["unique stable minima"].startswith("7 of 300 images")
    assert lines["distinct by discrete settling"] == "5"
    assert lines["recalls that settle"].startswith("0.75")
    assert lines["recalled at the discrete code"].startswith("0.25")
    assert lines["squared error per image"].startswith("3.5")


def test_a_seed_reaches_classifiers(run, tmp_path):
    Network.gaussian(784, 4, seed=0).save("net.safetensors")
    call = ("classify", "net.safetensors", "mnist", "--kinds", "original", "--epochs", 1, "--seed")
    tables = []
    for seed in (0, 1):
        assert run(*call, seed)[0] == 0
        tables.append(load_result(tmp_path / "table1.nc"))
        assert tables[-1].attrs["seed"] == seed
    assert len(tables) == 2
