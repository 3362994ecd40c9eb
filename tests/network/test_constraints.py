"""Constraints do what they say, leave alone what they must, and say so in a record that makes the network again."""

import numpy as np
import pytest

from neurosim import InvalidInput, Network, patterns, recall
from neurosim.constraints import (
    CONSTRAINTS,
    Asymmetric,
    Dale,
    DistanceDependent,
    Sparse,
    constrain,
    dale_violations,
    from_record,
    replay,
    stream,
)

NET = Network.gaussian(300, 8, seed=0)
SEPARATE = Network(weights=NET.weights, feedback=Network.gaussian(300, 8, seed=1).weights.T)
STATES = patterns.all_hidden_states(8)
CUES = patterns.visible_cues(NET, STATES[::16], noise_std=1.0, seed=2)
SOME = [
    Sparse(0.3),
    Sparse(0.3, reciprocal=False),
    DistanceDependent(0.3, reach=0.2),
    Asymmetric(0.6),
    Dale(),
    Dale(0.5, 1.0, "pool"),
    Dale(interneurons="relay"),
]
NEUTRAL = [
    Sparse(1.0),
    Sparse(1.0, reciprocal=False),
    DistanceDependent(1.0),
    Asymmetric(1.0),
    Dale(interneurons="relay"),
]


def same(one, two):
    """Return whether two networks have the same numbers, to the last bit."""
    pairs = [
        (getattr(one, name), getattr(two, name)) for name in ("weights", "feedback", "threshold", "tau_v", "tau_h")
    ]
    return all((a is None and b is None) or np.array_equal(a, b) for a, b in pairs)


def test_each_constraint_is_tried_here():
    assert {c.name for c in SOME} == {c.name for c in NEUTRAL} == set(CONSTRAINTS)


@pytest.mark.parametrize("net", [NET, SEPARATE], ids=["symmetric", "separate"])
@pytest.mark.parametrize("constraint", NEUTRAL, ids=repr)
def test_nothing_constrained_is_nothing_changed(net, constraint):
    free = constrain(net, [constraint], seed=3)
    assert same(free, net) and free.is_symmetric == net.is_symmetric
    drawn, _ = constraint.apply(net, stream(3))  # not only because it is passed over
    assert same(drawn, net)
    before, after = recall(net, CUES), recall(free, CUES)
    for name in before:
        assert np.array_equal(before[name].values, after[name].values, equal_nan=before[name].dtype.kind == "f"), name


def test_no_constraint_is_the_network_itself():
    assert constrain(NET, [], seed=0) is NET


@pytest.mark.parametrize("constraint", SOME, ids=repr)
def test_records_make_the_network_again_from_a_file_and_from_a_recall(constraint, tmp_path):
    net = constrain(NET, [constraint, Sparse(0.5)], seed=3)
    assert from_record(net.provenance["constraints"][0]) == constraint
    net.save(tmp_path / "net.safetensors")
    back = Network.load(tmp_path / "net.safetensors")
    assert same(back, net) and back.provenance == net.provenance
    out = recall(net, CUES[:1])
    for records in (back.provenance["constraints"], out.attrs["constraints"]):
        again = replay(NET, records)
        assert same(again, net) and again.provenance == net.provenance
    assert not same(constrain(NET, [constraint, Sparse(0.5)], seed=4), net)


@pytest.mark.parametrize("second", SOME, ids=repr)
def test_one_call_or_two_and_each_draws_for_itself(second):
    net = constrain(NET, [Sparse(0.5), second], seed=3)
    assert same(constrain(constrain(NET, [Sparse(0.5)], seed=3), [second], seed=3), net)
    twice = constrain(NET, [Sparse(0.5), Sparse(0.5)], seed=3)
    assert np.count_nonzero(twice.weights) == pytest.approx(0.25 * NET.weights.size, rel=0.15)


def test_a_weight_says_nothing_about_its_mask():
    net = Network.gaussian(1000, 50, seed=5)
    kept = constrain(net, [Sparse(0.5)], seed=5).weights != 0
    assert abs(np.corrcoef(kept.ravel(), net.weights.ravel())[0, 1]) < 4 / np.sqrt(kept.size)


# --- sparse --------------------------------------------------------------------------------------------------


def mean_coupling(net):
    return np.mean(np.einsum("mi,im->m", net.feedback_weights, net.weights)) / net.n_visible


@pytest.mark.parametrize("density", [0.05, 0.3])
@pytest.mark.parametrize("reciprocal", [True, False])
def test_sparse_synapses_are_the_old_ones_scaled_to_the_same_coupling(density, reciprocal):
    net = Network.gaussian(2000, 20, seed=0)
    sparse = constrain(net, [Sparse(density, reciprocal)], seed=1)
    scale = np.sqrt(density) if reciprocal else density
    kept = sparse.weights != 0
    assert np.allclose(sparse.weights[kept] * scale, net.weights[kept])
    assert kept.mean() == pytest.approx(density, abs=5 * np.sqrt(density / kept.size))
    back = sparse.feedback_weights.T != 0
    assert sparse.is_symmetric == reciprocal
    if not reciprocal:
        assert (kept & back).mean() == pytest.approx(density**2, abs=5 * density / np.sqrt(kept.size))
    spread = np.sqrt((3 / (density if reciprocal else density**2) - 1) / kept.size)
    assert mean_coupling(sparse) == pytest.approx(1, abs=5 * spread)
    fewer = constrain(net, [Sparse(density / 2, reciprocal)], seed=1).weights != 0
    assert not (fewer & ~kept).any()


def test_connections_fall_with_distance_and_have_the_mean_density():
    near = DistanceDependent(0.2, reach=0.05)
    p = near.probability(400, 40)
    assert p.mean() == pytest.approx(0.2) and p.max() == 1.0
    place = (np.arange(400) + 0.5) / 400
    apart = np.minimum(np.abs(place - 0.5 / 40), 1 - np.abs(place - 0.5 / 40))
    assert (np.diff(p[np.argsort(apart), 0]) <= 1e-12).all() and p[np.argmax(apart), 0] < 1e-6
    assert np.allclose(DistanceDependent(0.2, reach=np.inf).probability(40, 4), 0.2)
    kept = constrain(Network.gaussian(400, 40, seed=0), [near], seed=1).weights != 0
    assert np.abs(kept.mean(axis=1) - 0.2).max() < 0.3 and kept[p == 1].all() and not kept[p < 1e-9].any()
    shared = constrain(SEPARATE, [near], seed=1)
    assert np.array_equal(shared.weights != 0, shared.feedback.T != 0)


# --- Dale's law ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("interneurons", ["none", "pool", "relay"])
@pytest.mark.parametrize("net", [NET, SEPARATE], ids=["symmetric", "separate"])
def test_direct_synapses_obey_dales_law(net, interneurons):
    dale = Dale(0.7, 0.25, interneurons)
    circuit = dale.circuit(net, stream(3))
    assert dale_violations(circuit.direct) == 0 < dale_violations(net)
    assert (circuit.visible_sign > 0).sum() == 210 and (circuit.hidden_sign > 0).sum() == 2
    w, b = circuit.direct.weights, circuit.direct.feedback_weights
    assert np.array_equal(w, np.where(net.weights * circuit.hidden_sign > 0, net.weights, 0))
    assert np.array_equal(b, np.where(net.feedback_weights * circuit.visible_sign > 0, net.feedback_weights, 0))
    constrained = constrain(net, [dale], seed=3)
    assert same(constrained, circuit.effective)
    record = constrained.provenance["constraints"][0]
    assert record["n_direct_synapses"] == np.count_nonzero(w) + np.count_nonzero(b)
    if interneurons == "relay":
        assert same(constrained, net)
        wrong = (w != net.weights).any(axis=0).sum() + (b != net.feedback_weights).any(axis=0).sum()
        assert record["n_interneurons"] == wrong <= 308
        assert record["n_interneuron_synapses"] == wrong + 2 * 2400 - record["n_direct_synapses"]
    elif interneurons == "pool":
        assert (record["n_interneurons"], record["n_interneuron_synapses"]) == (2, 616)
        assert np.abs(constrained.weights.mean(axis=0)).max() < 1e-12


def test_interneurons_inhibit_and_are_driven_as_dales_law_has_it():
    for interneurons in ("pool", "relay"):
        circuit = Dale(0.7, 0.25, interneurons).circuit(NET, stream(3))
        assert (circuit.to_visible >= 0).all() and (circuit.to_hidden >= 0).all()
        for into, sign in ((circuit.from_hidden, circuit.hidden_sign), (circuit.from_visible, circuit.visible_sign)):
            dense = into if isinstance(into, np.ndarray) else into.toarray()
            assert (dense * sign >= 0).all() and (dense != 0).any(axis=0).all()


@pytest.mark.parametrize("interneurons", ["pool", "relay"])
def test_fast_interneurons_act_as_the_network_without_them(interneurons):
    net = Network.gaussian(60, 4, seed=0)
    circuit = Dale(0.7, 0.5, interneurons).circuit(net, stream(3))
    effective = circuit.effective.replace(threshold=0.12)
    cues = patterns.visible_cues(effective, patterns.all_hidden_states(4))
    out = recall(effective, cues, engine="reference", duration=20e-3, dt=1e-5)
    away = [np.abs(integrated(circuit, cues, 0.12, tau_i) - out.hidden.values).max(axis=1) for tau_i in (1e-3, 1e-5)]
    assert away[1].max() < 0.005 and np.median(away[1]) < np.median(away[0]) / 10, away


def integrated(circuit, cues, threshold, tau_i, dt=1e-5, duration=20e-3):
    """Return h after `duration` in the circuit itself: exponential Euler, interneurons of time constant τ_i."""
    direct, (n_visible, n_hidden) = circuit.direct, circuit.direct.weights.shape
    from_hidden, from_visible = (
        m if isinstance(m, np.ndarray) else m.toarray() for m in (circuit.from_hidden, circuit.from_visible)
    )
    v, h = cues.copy(), np.zeros((len(cues), n_hidden))
    p, q = np.zeros((len(cues), len(from_hidden))), v @ from_visible.T
    keep = {tau: np.exp(-dt / tau) for tau in (20e-3, 1e-3, tau_i)}
    for _ in range(round(duration / dt)):
        s = (h > threshold).astype(float)
        towards_v = (s @ direct.weights.T - p @ circuit.to_visible.T) / np.sqrt(n_hidden)
        towards_h = np.sqrt(n_hidden) / n_visible * (v @ direct.feedback_weights.T - q @ circuit.to_hidden.T)
        towards_p, towards_q = s @ from_hidden.T, v @ from_visible.T
        v, h = (end + (x - end) * keep[tau] for x, end, tau in ((v, towards_v, 20e-3), (h, towards_h, 1e-3)))
        p, q = (end + (x - end) * keep[tau_i] for x, end in ((p, towards_p), (q, towards_q)))
    return h


def test_all_excitatory_with_pools_stays_symmetric():
    net = constrain(NET, [Dale(1, 1, "pool")], seed=0)
    assert net.is_symmetric and np.abs(net.weights.mean(axis=0)).max() < 1e-12


# --- errors --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("density of sparse must be a number above 0, up to 1, got 0", lambda: Sparse(0)),
        ("density of sparse .* got 1.5", lambda: Sparse(1.5)),
        ("density of sparse .* got True", lambda: Sparse(True)),
        ("reciprocal of sparse must be true or false, got 1", lambda: Sparse(0.5, 1)),
        ("reach of distance must be a number > 0, got -1", lambda: DistanceDependent(0.5, -1)),
        ("correlation of asymmetric must be a number from 0 to 1, got nan", lambda: Asymmetric(float("nan"))),
        ("interneurons of dale must be one of none, pool, relay, got 'many'", lambda: Dale(interneurons="many")),
        ("seed must be a whole number", lambda: constrain(NET, [], seed=-1)),
        ("constraints must be of sparse, .* got 'sparse'", lambda: constrain(NET, ["sparse"], seed=0)),
        ("the constraint must be one of .* got 'dense'", lambda: from_record({"name": "dense"})),
        (
            "a record of sparse must have density, reciprocal, it lacks reciprocal",
            lambda: from_record({"name": "sparse", "density": 1}),
        ),
    ],
)
def test_mistakes_are_refused(message, call):
    with pytest.raises(InvalidInput, match=message):
        call()
