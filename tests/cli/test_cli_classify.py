"""`neurosim classify` on a small MNIST folder."""

import pytest

pytest.importorskip("torch")

from neurosim import Network, load_result

pytestmark = pytest.mark.torch


@pytest.mark.slow
def test_classify_writes_a_column_of_table_1(run_on_mnist, tmp_path):
    assert run_on_mnist("train", "mnist", "--hidden", 12, "--epochs", 40)[0] == 0
    code, printed, _ = run_on_mnist(
        "classify", "mnist-12.safetensors", "mnist", "--kinds", "hidden,original,transfer", "--epochs", 15
    )
    assert code == 0
    table = load_result(tmp_path / "table1.nc")
    tests = ["hidden", "original", "transfer: stored", "transfer: unseen"]
    assert list(table.test.values) == tests and table.n_trials.values.tolist() == [100, 100, 300, 100]
    assert float(table.accuracy.sel(test="original")) > 0.9
    for test, share in zip(tests, table.accuracy.values, strict=True):
        assert f"{test:<14} {share:.4g} (" in printed


def test_kinds_must_be_known(run_on_mnist):
    Network.gaussian(784, 3, seed=0).save("net.safetensors")
    code, _, error = run_on_mnist("classify", "net.safetensors", "mnist", "--kinds", "hidden,other")
    assert code == 2 and "--kinds must be different ones of hidden, visible, original, transfer" in error


def test_a_seed_reaches_classifiers(run_on_mnist, tmp_path):
    Network.gaussian(784, 4, seed=0).save("net.safetensors")
    call = ("classify", "net.safetensors", "mnist", "--kinds", "original", "--epochs", 1, "--seed")
    tables = []
    for seed in (0, 1):
        assert run_on_mnist(*call, seed)[0] == 0
        tables.append(load_result(tmp_path / "table1.nc"))
        assert tables[-1].attrs["seed"] == seed
    assert not tables[0].identical(tables[1])
