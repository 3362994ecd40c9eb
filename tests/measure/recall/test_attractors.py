"""The rule for "same attractor", and settling, on cases worked out by hand."""

import numpy as np
import pytest
import xarray

from neurosim import InvalidInput, Network, Sigmoid, patterns, recall, theory
from neurosim.engines import Reference
from neurosim.measure.recall import attractors
from neurosim.measure.recall.energy import energy_along


def _out(states, outcomes) -> xarray.Dataset:
    variables = {"hidden_active": (("cue", "hidden_neuron"), np.array(states, bool)), "outcome": ("cue", outcomes)}
    return xarray.Dataset(variables, attrs={"engine": "by hand"})


def test_same_hidden_state_is_the_same_attractor_if_settled():
    states = [[0, 1, 0], [1, 0, 0], [1, 0, 0], [1, 1, 1], [1, 0, 0], [0, 1, 0]]
    out = _out(states, ["settled", "settled", "cycling", "timed_out", "settled", "settled"])
    groups = attractors.unique_attractors(out)
    assert groups.hidden_active.values.tolist() == [
        [False, True, False],
        [True, False, False],
    ]  # tie: first cue first
    assert groups["size"].values.tolist() == [2, 2]
    assert groups.label.values.tolist() == [0, 1, -1, -1, 1, 0]
    assert groups.attrs["n_settled"] == 4 and groups.attrs["n_attractors"] == 2 and groups.attrs["n_trials"] == 6


def test_the_largest_attractor_comes_first_and_labels_point_back():
    rng = np.random.default_rng(0)
    states = rng.integers(0, 2, (500, 11)).astype(bool)
    states[rng.random(500) < 0.3] = True
    groups = attractors.unique_attractors(_out(states, ["settled"] * 500))
    assert (np.diff(groups["size"]) <= 0).all() and groups["size"].sum() == 500
    assert (groups.hidden_active.values[groups.label.values] == states).all()
    assert groups.sizes["attractor"] == len(np.unique(states, axis=0))


def test_no_settled_recall_means_no_attractor():
    groups = attractors.unique_attractors(_out([[0, 1]], ["sliding"]))
    assert groups.sizes == {"attractor": 0, "hidden_neuron": 2, "cue": 1} and groups.label.values.tolist() == [-1]


def test_unique_attractors_refuses_other_datasets():
    with pytest.raises(InvalidInput, match="outcome"):
        attractors.unique_attractors(_out([[0, 1]], ["settled"]).drop_vars("outcome"))


def _with_coupling(coupling, threshold=0.5) -> Network:
    coupling = np.array(coupling, float)
    n = len(coupling)
    return Network(np.eye(n), feedback=n * coupling, threshold=threshold)


def test_settling_names_fixed_points_and_cycles():
    shift = np.roll(np.eye(5), 1, axis=0)  # s_μ ← s_{μ−1}: states go round a ring of five
    states = np.array([[1, 0, 0, 0, 0], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0], [1, 0, 1, 0, 0]])
    out = attractors.settle(_with_coupling(shift), states)
    assert out.outcome.values.tolist() == ["cycling", "settled", "settled", "cycling"]
    assert out.period.values.tolist() == [5, 1, 1, 5]
    assert out.settled.values.tolist() == [False, True, True, False]
    assert out.n_steps.values[1:3].tolist() == [0, 0]

    swap = attractors.settle(_with_coupling([[0, 1], [1, 0]]), np.array([[1, 0]]))
    assert swap.period.item() == 2 and swap.outcome.item() == "cycling"

    short = attractors.settle(_with_coupling(shift), states[:1], max_steps=3)
    assert short.outcome.item() == "timed_out" and short.period.item() == 0


def test_settling_is_off_at_the_threshold():
    out = attractors.settle(_with_coupling(np.eye(3), threshold=1.0), np.array([[1, 0, 1]]))
    assert not out.hidden_active.any() and out.settled.all() and out.n_steps.item() == 1


def test_settling_counts_its_steps():
    chain = np.eye(4, k=-1)
    chain[0, 0] = 1  # neuron 0 keeps itself on and switches its neighbours on, one a step
    out = attractors.settle(_with_coupling(chain), np.array([[1, 0, 0, 0], [0, 1, 0, 0]]))
    assert out.hidden_active.values.tolist() == [[True] * 4, [False] * 4]
    assert out.n_steps.values.tolist() == [3, 3] and out.settled.all()


def test_settled_states_are_fixed_points_and_symmetric_cycles_have_length_two(monkeypatch):
    monkeypatch.setattr(attractors, "CHUNK_BYTES", 8 * 12 * 100)  # 100 rows a chunk: chunks must not matter
    for seed in range(10):
        net = Network.gaussian(14, 12, seed=seed)
        states = patterns.random_hidden_states(12, 450, seed=seed)
        out = attractors.settle(net, states)
        assert (theory.is_fixed_point(net, out.hidden_active.values) == out.settled.values).all()
        assert set(out.period.values) <= {1, 2}
        for k in (0, 250, 449):
            alone = attractors.settle(net, states[k : k + 1])
            assert (alone.hidden_active.values[0] == out.hidden_active.values[k]).all()
            assert alone.n_steps.item() == out.n_steps.values[k]


def test_settle_refuses_bad_states():
    net = Network.gaussian(8, 3, seed=0)
    for states, words in (
        (np.zeros(3), "shape"),
        (np.zeros((2, 4)), "shape"),
        (np.full((2, 3), 0.5), "binary"),
    ):
        with pytest.raises(InvalidInput, match=words):
            attractors.settle(net, states)
    with pytest.raises(InvalidInput, match="Heaviside"):
        attractors.settle(net.replace(hidden_activation=Sigmoid()), np.zeros((1, 3)))


def test_unique_stable_minima_of_a_network_worked_out_by_hand(monkeypatch):
    # Orthonormal memories, J = I: every code is its own fixed point, u = s for the visible state of s.
    q, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((40, 4)))
    net = Network(np.sqrt(40) * q, threshold=0.5)
    codes = np.array([[1, 0, 0, 1], [0, 1, 1, 0], [1, 0, 0, 1], [1, 1, 1, 1]], bool)
    images = theory.visible_state(net, codes)
    images[2] += 0.1 * np.eye(40)[0] - 0.1 * net.weights @ net.weights[0] / 40  # off the memories' span: u unmoved
    monkeypatch.setattr(attractors, "CHUNK_BYTES", 8 * 40 * 3)  # three images a chunk
    out = attractors.unique_stable_minima(net, images, engine="reference", duration=0.1)
    assert (int(out.n_unique), int(out.n_unique_discrete), int(out.n_unique_first_pass)) == (3, 3, 3)
    assert out.label.values.tolist() == [0, 1, 0, 2]
    assert out["size"].values.tolist() == [2, 1, 1] and out.stable.all() and np.allclose(out.margin, 0.5)
    assert out.share_settled == out.share_at_discrete == 1 and 0.4 < out.share_settled_lower < 1
    assert not out.bits_moved.any() and not out.bits_moved_discrete.any()
    off = images[2] - theory.visible_state(net, codes[2])
    assert np.allclose(out.squared_error, [0, 0, off @ off, 0])
    assert out.mean_squared_error == pytest.approx(off @ off / 4)


def test_at_the_threshold_an_attractor_is_not_counted_as_stable():
    net = _with_coupling(np.eye(2), threshold=0.0)  # inactive neurons rest exactly at θ
    out = attractors.unique_stable_minima(
        net,
        theory.visible_state(net, [[1, 1], [1, 0]]),  # pyright: ignore[reportArgumentType]
        engine="reference",
        duration=0.1,
    )
    assert out.hidden_active.values.tolist() == [[True, True], [True, False]]
    assert out.margin.values.tolist() == [1, 0] and out.stable.values.tolist() == [True, False]
    assert int(out.n_unique) == 1


def test_recalled_and_discrete_codes_can_differ_and_are_counted_separately():
    net = Network.gaussian(60, 12, seed=1, tau_v=3e-3)
    images = patterns.visible_cues(net, patterns.random_hidden_states(12, 200, seed=2))
    out = attractors.unique_stable_minima(net, images, engine="reference")
    raw = recall(net, images, engine="reference")
    first = theory.drive(net, images) > net.threshold
    discrete = attractors.settle(net, first)
    settled = raw.outcome.values == "settled"
    same = (raw.hidden_active.values == discrete.hidden_active.values).all(axis=1) & settled
    assert out.share_at_discrete == pytest.approx((same & discrete.settled.values).mean())
    assert 0 < out.share_at_discrete < 1
    assert (out.bits_moved.values == (raw.hidden_active.values != first).sum(axis=1)).all()
    assert np.isnan(out.squared_error.values[~settled]).all()
    stable = theory.is_fixed_point(net, out.hidden_active.values)
    assert stable.all() and out.sizes["attractor"] == len(np.unique(raw.hidden_active.values[settled], axis=0))


def test_unique_stable_minima_refuses_bad_images():
    net = Network.gaussian(8, 3, seed=0)
    with pytest.raises(InvalidInput, match=r"images must have shape \(image, visible\)"):
        attractors.unique_stable_minima(net, np.zeros((2, 7)))
    with pytest.raises(InvalidInput, match="Heaviside"):
        attractors.unique_stable_minima(net.replace(hidden_activation=Sigmoid()), np.zeros((2, 8)))


def test_energy_along_recalls_never_rises():
    net = Network.gaussian(60, 6, seed=0)
    cues = patterns.visible_cues(net, patterns.random_hidden_states(6, 5, seed=1), noise_std=1.0, seed=2)
    out = recall(net, cues, engine=Reference(dt=1e-5), record=["hidden", "visible"], record_dt=1e-4, duration=0.05)
    energies = energy_along(net, out).energy
    assert energies.dims == ("cue", "time") and np.diff(energies, axis=1).max() < 1e-3
    assert (energies[:, 0] > energies[:, -1] + 0.5).all()
    with pytest.raises(InvalidInput, match="record="):
        energy_along(net, out.drop_vars("visible_trace"))
