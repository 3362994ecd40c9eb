"""The description of a network: frozen, validated, saved and loaded."""

import copy
import operator
import pickle
from dataclasses import FrozenInstanceError
from typing import Any, cast

import brian2
import numpy as np
import pytest

from neurosim import BadFile, Heaviside, InputCurrent, InvalidInput, Network, OutputError, Power, Sigmoid, Sign
from neurosim.constraints import Sparse, SpreadThreshold, constrain
from neurosim.learning import Images
from neurosim.storage import write_tensors


def test_sizes_and_defaults():
    net = Network.gaussian(n_visible=30, n_hidden=4, seed=0)
    assert (net.n_visible, net.n_hidden) == (30, 4)
    assert net.threshold.tolist() == [0.5] * 4
    assert (float(net.tau_v), float(net.tau_h)) == (20e-3, 1e-3)
    assert net.is_symmetric
    assert isinstance(net.hidden_activation, Heaviside)
    assert "n_visible=30" in repr(net)


def test_gaussian_weights_are_standard_normal_and_seeded():
    net = Network.gaussian(n_visible=2000, n_hidden=50, seed=3)
    assert abs(net.weights.mean()) < 5 / np.sqrt(1e5)
    assert net.weights.std() == pytest.approx(1, abs=5 / np.sqrt(2e5))
    assert np.array_equal(net.weights, Network.gaussian(2000, 50, seed=3).weights)
    assert not np.array_equal(net.weights, Network.gaussian(2000, 50, seed=4).weights)


def test_arrays_are_copies_and_read_only():
    weights = np.ones((3, 2))
    net = Network(weights=weights)
    weights[0, 0] = 7
    assert net.weights[0, 0] == 1
    for array in (net.weights, net.threshold):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    with pytest.raises(FrozenInstanceError, match="threshold"):
        setattr(net, "threshold", 1.0)  # noqa: B010


def test_replace_shares_unchanged_arrays():
    net = Network.gaussian(30, 4, seed=0)
    other = net.replace(tau_v=5e-3)
    assert other.weights is net.weights
    assert float(other.tau_v) == 5e-3
    assert dict(other.provenance) == dict(net.provenance)
    assert other.ensemble == "gaussian"
    doubled = constrain(net, [Sparse(1.0)], seed=0).replace(weights=2 * net.weights)
    assert not doubled.provenance and not doubled.constraints and doubled.ensemble is None
    with pytest.raises(InvalidInput, match=r"parameter of Network must be one of .*; did you mean 'tau_v'"):
        net.replace(tau=1)


def test_random_weights_come_from_the_named_ensemble_or_a_function():
    rng = np.random.default_rng(3)
    np.testing.assert_array_equal(Network.random(20, 4, seed=3).weights, rng.standard_normal((20, 4)))
    signs = Network.random(200, 40, ensemble="rademacher", seed=3)
    assert set(np.unique(signs.weights)) == {-1.0, 1.0} and abs(signs.weights.mean()) < 0.05
    own = Network.random(20, 4, ensemble=lambda v, h, rng: rng.random((v, h)), seed=3, threshold=0.2)
    np.testing.assert_array_equal(own.weights, np.random.default_rng(3).random((20, 4)))
    assert own.threshold[0] == 0.2 and own.provenance["seed"] == 3
    assert (Network.gaussian(20, 4, seed=3).ensemble, signs.ensemble, own.ensemble) == ("gaussian", "rademacher", None)
    with pytest.raises(
        InvalidInput, match=r"ensemble must be one of .*, got 'normal'; did you mean 'log_normal'\? Or give a function"
    ):
        Network.random(20, 4, ensemble="normal", seed=3)
    with pytest.raises(InvalidInput, match=r"weights drawn by the ensemble must have shape .*, got \(4, 20\)"):
        Network.random(20, 4, ensemble=lambda v, h, rng: rng.random((h, v)), seed=3)
    with pytest.raises(InvalidInput, match="ensemble must be a str"):
        Network(np.ones((2, 1)), ensemble=cast(Any, np.ones))


def test_records_cannot_be_changed():
    net = constrain(Network.gaussian(20, 3, seed=0), [Sparse(0.5)], seed=0)
    for record in (*net.constraints, net.provenance):
        with pytest.raises(TypeError, match="does not support item assignment"):
            cast(Any, record)["density"] = 1.0
    assert pickle.loads(pickle.dumps(net)).constraints == net.constraints


@pytest.mark.parametrize("value", [object(), np.int64(3), {1, 2}, {"a": [np.zeros(2)]}, 1j])
def test_records_that_json_cannot_hold_are_refused_at_once(value):
    with pytest.raises(InvalidInput, match="provenance must have values that JSON can hold"):
        Network.gaussian(20, 3, seed=0).replace(provenance={"note": value})


def test_the_remedy_for_numpy_values_in_a_record_works():
    value = np.int64(3)
    with pytest.raises(InvalidInput, match=r"give \.item\(\) or \.tolist\(\) of a NumPy value$"):
        Network(np.eye(2), provenance={"note": value})
    assert Network(np.eye(2), provenance={"note": value.item()}).provenance["note"] == 3


def test_copies_and_pickles_are_as_frozen_as_the_original():
    net = Network.gaussian(30, 4, seed=0, hidden_activation=Sigmoid(3.0))
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert np.array_equal(other.weights, net.weights)
        assert other.hidden_activation == net.hidden_activation
        assert dict(other.provenance) == dict(net.provenance)
        assert not other.weights.flags.writeable


@pytest.mark.parametrize(
    ("dtype", "mode", "shared"), [("f8", "r", True), ("f4", "r", False), ("f8", "r+", False), ("f8", "c", False)]
)
def test_only_a_float64_file_mapped_read_only_is_not_copied(tmp_path, dtype, mode, shared):
    np.save(tmp_path / "w.npy", np.random.default_rng(0).standard_normal((6, 2)).astype(dtype))
    weights = np.load(tmp_path / "w.npy", mmap_mode=mode)
    weights.flags.writeable = False
    net = Network(weights=weights)
    assert np.shares_memory(net.weights, weights) is shared
    assert type(net.weights) is np.ndarray and net.weights.dtype == np.float64
    np.testing.assert_array_equal(net.weights, np.array(weights, dtype=float))


def test_a_network_cannot_be_changed_through_its_arrays_or_views_of_the_originals():
    weights = np.ones((12, 4))
    view = weights[:]
    weights.flags.writeable = False
    given = {
        "feedback": np.ones((4, 12)),
        "threshold": np.full(4, 0.5),
        "tau_v": np.full(12, 0.02),
        "tau_h": np.ones(4),
    }
    record = {"density": 0.5}
    net = Network(weights, provenance=record, **given)
    view[:] = np.nan
    record["density"] = 1.0
    for name, array in given.items():
        array[:] = 9
        assert (getattr(net, name) != 9).all()
    assert (net.weights == 1).all() and net.provenance["density"] == 0.5
    for array in (net.weights, *(getattr(net, name) for name in given)):
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.flags.writeable = True
    with pytest.raises(TypeError, match="item assignment"):
        operator.setitem(cast(Any, net.provenance), "density", 1.0)


def test_currents_and_images_cannot_be_changed_either():
    values, pixels, labels = np.ones((1, 1, 3)), np.ones((2, 4), np.float32), np.array([0, 1])
    current, images = InputCurrent(values, 5e-3), Images(pixels, labels, (2, 2), "two")
    values[:], pixels[:], labels[:] = 9, 9, 9
    assert (
        (current.values == 1).all() and (images.pixels == 1).all() and np.array_equal(cast(Any, images.labels), [0, 1])
    )
    for array in (current.values, images.pixels, cast(Any, images.labels)):
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.flags.writeable = True
    for frozen, name in ((current, "values"), (images, "pixels")):
        with pytest.raises(FrozenInstanceError):
            setattr(frozen, name, values)


def test_brian_quantities_are_times_and_nothing_else_is():
    net = Network(weights=np.ones((3, 2)), tau_v=20 * brian2.ms, tau_h=[1, 2] * brian2.ms)
    assert float(net.tau_v) == pytest.approx(20e-3)
    assert net.tau_h.tolist() == pytest.approx([1e-3, 2e-3])
    for wrong in (20 * brian2.mV, 20 * brian2.Hz, 3 * brian2.ms**2):
        with pytest.raises(InvalidInput, match="tau_v must be a time"):
            Network(weights=np.ones((3, 2)), tau_v=wrong)


@pytest.mark.parametrize(
    "net",
    [
        Network.gaussian(20, 3, seed=1),
        constrain(Network.gaussian(20, 3, seed=1), [SpreadThreshold(0.1)], seed=0),
        Network(weights=np.ones((5, 2)), feedback=np.zeros((2, 5)), threshold=[0.1, 0.2], tau_h=[1e-3, 2e-3]),
        Network(
            weights=np.ones((2, 1)), tau_v=[1e-3, 2e-3], hidden_activation=Sigmoid(7.0), provenance={"a": [1, "b"]}
        ),
        Network(weights=np.ones((2, 1)), hidden_activation=Power(10), visible_activation=Sign()),
    ],
    ids=["gaussian", "constrained", "feedback", "sigmoid", "model A"],
)
def test_save_and_load_give_the_same_network(net, tmp_path):
    net.save(tmp_path / "net.safetensors")
    back = Network.load(tmp_path / "net.safetensors")
    for name in ("weights", "threshold", "tau_v", "tau_h", "feedback"):
        one, two = getattr(net, name), getattr(back, name)
        assert (one is None) == (two is None)
        if one is not None:
            assert one.shape == two.shape
            assert np.array_equal(one, two)
    assert back.hidden_activation == net.hidden_activation
    assert back.visible_activation == net.visible_activation
    for name in ("ensemble", "constraints", "provenance"):
        assert getattr(back, name) == getattr(net, name)
    assert list(tmp_path.iterdir()) == [tmp_path / "net.safetensors"]  # no temporary left


def test_the_same_network_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        Network.gaussian(20, 3, seed=1).save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


GOOD = np.ones((5, 2))
NAN = np.array([[1.0, np.nan], [1.0, 1.0]])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"weights": np.ones(5)}, r"weights must have shape \(visible, hidden\)"),
        ({"weights": np.ones((0, 2))}, r"weights must have shape \(visible, hidden\) = \(≥1, ≥1\), got \(0, 2\)"),
        ({"weights": NAN}, "weights must be finite, got 1 NaN"),
        ({"weights": NAN * np.inf}, "weights must be finite"),
        ({"weights": "abc"}, "weights must be an array of real numbers"),
        ({"weights": np.ones((2, 2)) * 1j}, "real numbers"),
        ({"weights": [[1, 2], [3]]}, "real numbers"),
        ({"weights": GOOD, "feedback": np.ones((5, 2))}, r"feedback must have shape \(hidden, visible\) = \(2, 5\)"),
        ({"weights": GOOD, "feedback": np.full((2, 5), np.inf)}, "feedback must be finite"),
        ({"weights": GOOD, "threshold": np.ones(3)}, r"one per hidden neuron \(2\), got shape \(3,\)"),
        ({"weights": GOOD, "threshold": np.nan}, "threshold must be finite"),
        ({"weights": GOOD, "tau_v": 0}, "tau_v must be finite and > 0"),
        ({"weights": GOOD, "tau_h": -1e-3}, "tau_h must be finite and > 0"),
        ({"weights": GOOD, "tau_h": "fast"}, "tau_h must be a number of seconds"),
        ({"weights": GOOD, "tau_h": np.timedelta64(20, "ms")}, "tau_h must be a number of seconds"),
        ({"weights": GOOD, "tau_h": True}, "tau_h must be a number of seconds"),
        ({"weights": GOOD, "provenance": 3}, "provenance must be a mapping"),
        ({"weights": GOOD, "provenance": {"a": 1, 2: 3}}, "provenance must have texts as names, got 2"),
        ({"weights": GOOD, "constraints": [3]}, "each record of constraints must be a mapping"),
        ({"weights": GOOD, "tau_h": [1e-3] * 3}, r"one per hidden neuron \(2\)"),
        ({"weights": GOOD, "tau_v": [1e-3] * 2}, r"one per visible neuron \(5\)"),
        (
            {"weights": GOOD, "hidden_activation": "relu"},
            r"hidden_activation must be one of Heaviside\(\), .* got 'relu'",
        ),
        ({"weights": GOOD, "visible_activation": Heaviside()}, r"visible_activation must be one of Identity\(\), "),
    ],
)
def test_bad_parameters_are_refused_with_rule_and_value(parameters, message):
    with pytest.raises(InvalidInput, match=message):
        Network(**parameters)


@pytest.mark.parametrize("size", [0, -3, 2.5, True, "10"])
def test_bad_sizes_are_refused(size):
    with pytest.raises(InvalidInput, match="whole number"):
        Network.gaussian(n_visible=10, n_hidden=size, seed=0)


@pytest.mark.parametrize("seed", [-1, None, 1.5, True])
def test_bad_seeds_are_refused(seed):
    with pytest.raises(InvalidInput, match="seed must be a whole number >= 0"):
        Network.gaussian(n_visible=10, n_hidden=2, seed=seed)


def test_bad_files_are_refused(tmp_path):
    path = tmp_path / "net.safetensors"
    with pytest.raises(BadFile, match="there is no"):
        Network.load(path)
    Network.gaussian(20, 3, seed=1).save(path)
    whole = path.read_bytes()
    for broken in (b"", whole[:100], whole[:-8], b"\x89PNG" + whole, whole + b"x"):
        path.write_bytes(broken)
        with pytest.raises(BadFile, match="not a whole safetensors file"):
            Network.load(path)
    from safetensors.numpy import save_file

    save_file({"weights": np.ones((3, 2))}, path)
    with pytest.raises(BadFile, match="must hold a Network"):
        Network.load(path)
    for label, message in (
        ("Network/2", "must hold a Network"),
        ('{"kind": "Training/1", "record": {}}', "is labelled Training"),
        ('{"kind": "Network/2", "record": {}}', "was changed after it was written"),
    ):
        save_file({"weights": np.ones((3, 2))}, path, metadata={"neurosim": label})
        with pytest.raises(BadFile, match=message):
            Network.load(path)
    write_tensors(path, {"weights": np.ones((3, 2))}, {}, "Network/2")
    with pytest.raises(BadFile, match="does not describe a network"):
        Network.load(path)


def test_unwritable_outputs_leave_no_files(tmp_path):
    net = Network.gaussian(20, 3, seed=1)
    with pytest.raises(OutputError, match="name a file"):
        net.save(tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot write"):
        net.save(tmp_path / "file" / "net.safetensors")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file"]


@pytest.mark.parametrize("nested", [{"steps": {2: 1, 10: 2}}, {"steps": [{"of": {None: 1}}]}])
def test_names_in_a_provenance_that_json_would_change_are_refused(nested):
    with pytest.raises(InvalidInput, match="provenance must have texts as names, got"):
        Network(GOOD, provenance=nested)
