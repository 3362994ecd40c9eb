"""The batched torch engine against the reference engine, which takes the same steps."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from neurosim import InvalidInput, Network, Sigmoid, Unavailable, patterns, recall, theory
from neurosim.engines import Torch, torch_batched

TAU_V = 10e-3


def network(**parameters):
    return Network.gaussian(60, 6, seed=3, **{"threshold": 0.5, "tau_v": TAU_V, "tau_h": 0.5e-3, **parameters})


def cues(net, count=24):
    targets = patterns.random_hidden_states(net.n_hidden, count, seed=4)
    return patterns.visible_cues(net, targets, noise_std=1.0, seed=5)


def both(net, reduced, device="cpu", **options):
    """Return what the reference and the torch engine make of the same cues."""
    options = {"duration": 6 * TAU_V, "hidden": np.linspace(-0.5, 1, net.n_hidden), **options}
    ours = recall(net, cues(net), engine=Torch(reduced=reduced, device=device), **options)
    return recall(net, cues(net), engine="reference", **options), ours


def assert_same(expected, got, tolerance):
    assert set(expected.data_vars) == set(got.data_vars)
    for name, values in expected.data_vars.items():
        if values.dtype.kind == "f":
            np.testing.assert_allclose(got[name], values, rtol=0, atol=tolerance, err_msg=name)
        else:
            np.testing.assert_array_equal(got[name], values, err_msg=name)


RNG = np.random.default_rng(0)
NETWORKS = {
    "ratio 0.5": network(tau_h=TAU_V / 0.5),
    "ratio 1": network(tau_h=TAU_V),
    "ratio 1 + 1e-9": network(tau_h=TAU_V / (1 + 1e-9)),
    "ratio 20": network(),
    "one theta per neuron": network(threshold=RNG.uniform(0.2, 0.7, 6)),
    "one tau_h per neuron": network(tau_h=RNG.uniform(0.5e-3, 20e-3, 6)),
    "separate feedback": network(feedback=network().weights.T + RNG.standard_normal((6, 60))),
    "independent feedback": network(feedback=RNG.standard_normal((6, 60)), threshold=0.1),
    "sigmoid": network(hidden_activation=Sigmoid(8.0)),
    "one hidden neuron": Network.gaussian(20, 1, seed=0, tau_v=TAU_V),
}


@pytest.mark.parametrize("reduced", [True, False])
@pytest.mark.parametrize("net", NETWORKS.values(), ids=NETWORKS)
def test_takes_the_steps_of_the_reference(net, reduced):
    expected, got = both(net, reduced)
    assert expected.n_crossings.sum() > 0
    assert_same(expected, got, 1e-10)


def test_full_takes_one_tau_v_per_neuron():
    net = network(tau_v=np.linspace(0.5, 1, 60) * TAU_V)
    assert_same(*both(net, reduced=False), 1e-10)


@pytest.mark.parametrize("net", NETWORKS.values(), ids=NETWORKS)
def test_reduced_and_full_agree(net):
    full, reduced = (recall(net, cues(net), engine=Torch(reduced=r), duration=6 * TAU_V) for r in (False, True))
    assert_same(full, reduced, 1e-12)


@pytest.mark.parametrize("reduced", [True, False])
@pytest.mark.parametrize("record_dt", [0.05e-3, 0.35e-3, 7e-3])
def test_traces(reduced, record_dt):
    record = ["hidden", "visible", "hidden_active"]
    expected, got = both(network(), reduced, record=record, record_dt=record_dt, duration=7e-3)
    assert_same(expected, got, 1e-10)
    np.testing.assert_allclose(got.visible_trace[:, 0], cues(network()), atol=1e-12)
    np.testing.assert_array_equal(got.hidden_trace[:, -1], got.hidden)


@pytest.mark.parametrize("reduced", [True, False])
def test_results_do_not_depend_on_chunks(reduced, monkeypatch):
    whole, _ = both(network(), reduced, record=["hidden", "visible"])
    monkeypatch.setitem(torch_batched._CHUNK, "cpu", 5 * 200)  # a few cues in each
    _, parts = both(network(), reduced, record=["hidden", "visible"])
    assert_same(whole, parts, 1e-10)


def test_late_crossings_are_those_of_the_second_half():
    # one neuron that inhibits itself, with θ < 0: it crosses repeatedly, and the outcome depends on how often
    net = Network(weights=[[1.0], [1.0]], feedback=[[-1.0, -1.0]], threshold=-0.1, tau_v=TAU_V, tau_h=1e-3)  # pyright: ignore[reportArgumentType]
    expected, got = (recall(net, [[1.0, 1.0]], engine=e, duration=0.3) for e in ("reference", "torch"))
    assert got.outcome.item() == expected.outcome.item() != "settled"
    assert got.n_crossings.item() == expected.n_crossings.item() > 4


def test_cues_and_hidden_are_not_written_to():
    net, start = network(), np.zeros((24, 6))
    given = cues(net)
    for reduced in (True, False):
        recall(net, given, engine=Torch(reduced=reduced), hidden=start, duration=TAU_V)
    np.testing.assert_array_equal(given, cues(net))
    assert not start.any()


def test_without_read_out():
    expected, got = both(network(), True, read_out=False)
    assert "visible" not in got
    assert_same(expected, got, 1e-10)


@pytest.mark.parametrize("reduced", [True, False])
def test_float32(reduced):
    single, double = (
        recall(network(), cues(network()), engine=Torch(reduced=reduced, dtype=d), duration=6 * TAU_V)
        for d in ("float32", "float64")
    )
    assert single.hidden.dtype == single.visible.dtype == np.float32
    assert single.attrs["dtype"] == "float32"
    np.testing.assert_array_equal(single.hidden_active, double.hidden_active)
    np.testing.assert_allclose(single.hidden, double.hidden, atol=1e-4)


def test_stored_states_come_back():
    net = Network.gaussian(2000, 10, seed=0, tau_v=TAU_V, tau_h=0.5e-3)
    targets = patterns.random_hidden_states(10, 50, seed=1)
    assert theory.is_fixed_point(net, targets).all()
    got = recall(net, patterns.visible_cues(net, targets), engine="torch")
    assert (got.outcome == "settled").all()
    np.testing.assert_array_equal(got.hidden_active, targets)


@pytest.mark.parametrize("reduced", [True, False])
def test_overflow_is_named(reduced):
    net = Network(weights=1e10 * network().weights, tau_v=TAU_V)
    start = np.stack([np.ones(60), 1e308 * np.sign(net.weights[:, 0])])
    got = recall(net, start, engine=Torch(reduced=reduced), duration=TAU_V)
    assert (got.outcome == "non_finite").values.tolist() == [False, True]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"dtype": "float16"}, InvalidInput, "dtype must be one of .*got 'float16'"),
        ({"device": "tpu"}, InvalidInput, 'device must be "cpu", "cuda" or "cuda:N", got \'tpu\''),
        ({"device": "cuda:x"}, InvalidInput, "device must be"),
        ({"device": None}, InvalidInput, "device must be"),
        ({"device": "cuda:99"}, Unavailable, 'needs that GPU.*use device="cpu"'),
    ],
)
def test_refusals(options, error, message):
    with pytest.raises(error, match=message):
        recall(network(), cues(network()), engine=Torch(**options))


def test_reduced_refuses_one_tau_v_per_neuron_and_is_the_default_where_it_is_possible():
    net = network(tau_v=np.full(60, TAU_V))
    with pytest.raises(InvalidInput, match=r"needs one tau_v.*reduced=False"):
        recall(net, cues(net), engine=Torch(reduced=True))
    assert recall(net, cues(net), engine="torch", duration=TAU_V).attrs["reduced"] == 0
    assert recall(network(), cues(net), engine="torch", duration=TAU_V).attrs["reduced"] == 1


def test_cuda_without_a_gpu_is_unavailable(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(Unavailable, match='finds 0 GPUs here; use device="cpu"'):
        recall(network(), cues(network()), engine=Torch(device="cuda"))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
@pytest.mark.parametrize("reduced", [True, False])
def test_takes_the_same_steps_on_a_gpu(reduced):
    expected, got = both(network(), reduced, record=["hidden", "visible"], device="cuda")
    assert_same(expected, got, 1e-10)
