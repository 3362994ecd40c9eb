"""Constraints: their effects, their records, and the networks made again from records."""

import json
import math

import numpy as np
import pytest
from shared_networks import GAUSSIAN as NET
from shared_networks import SEPARATE

from neurosim import InvalidInput, Network, Sign, patterns, recall
from neurosim.constraints import (
    CONSTRAINTS,
    Asymmetric,
    Bounded,
    Dale,
    DeadNeurons,
    DeadSynapses,
    DistanceDependent,
    Homeostatic,
    Quantised,
    Sparse,
    SpreadTau,
    SpreadThreshold,
    StuckNeurons,
    StuckSynapses,
    SynapticNoise,
    constrain,
    dale_violations,
    from_record,
    replay,
    stream,
)
from neurosim.engines import Brian

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
    Homeostatic(),
    Homeostatic(incoming_only=True),
    Bounded(1.5),
    Quantised(1),
    Quantised(3),
    SynapticNoise(0.2),
    SpreadThreshold(0.1),
    SpreadTau(0.5),
    DeadSynapses(0.2),
    StuckSynapses(0.2),
    DeadNeurons(visible=0.2, hidden=0.25),
    StuckNeurons(hidden=0.25),
]
NEUTRAL = [
    Sparse(1.0),
    Sparse(1.0, reciprocal=False),
    DistanceDependent(1.0),
    Asymmetric(1.0),
    Dale(interneurons="relay"),
    Bounded(math.inf),
    Quantised(math.inf),
    SynapticNoise(0),
    SpreadThreshold(0),
    SpreadTau(0),
    DeadSynapses(0),
    StuckSynapses(0),
    DeadNeurons(),
    StuckNeurons(0),
]


def same(one, two):
    """Return whether two networks have the same numbers, to the last bit."""
    pairs = [
        (getattr(one, name), getattr(two, name)) for name in ("weights", "feedback", "threshold", "tau_v", "tau_h")
    ]
    return all((a is None and b is None) or np.array_equal(a, b) for a, b in pairs)  # pyright: ignore[reportArgumentType]


def test_every_constraint_has_a_test_case():
    assert {c.name for c in SOME} == set(CONSTRAINTS)
    assert {c.name for c in NEUTRAL} == set(CONSTRAINTS) - {"homeostatic"}  # it has no setting
    assert all(c.is_neutral for c in NEUTRAL if c.name != "dale") and not any(c.is_neutral for c in SOME)


@pytest.mark.parametrize("net", [NET, SEPARATE], ids=["symmetric", "separate"])
@pytest.mark.parametrize("constraint", NEUTRAL, ids=repr)
def test_neutral_constraints_change_nothing(net, constraint):
    free = constrain(net, [constraint], seed=3)
    assert same(free, net) and free.is_symmetric == net.is_symmetric
    drawn, _ = constraint.apply(net, stream(3))  # not only because it is passed over
    assert same(drawn, net)
    before, after = recall(net, CUES), recall(free, CUES)
    for name in before:
        assert np.array_equal(before[name].values, after[name].values, equal_nan=before[name].dtype.kind == "f"), name


def test_without_constraints_the_network_is_returned():
    assert constrain(NET, [], seed=0) is NET


@pytest.mark.parametrize("constraint", SOME, ids=repr)
def test_records_in_files_and_recalls_reproduce_the_network(constraint, tmp_path):
    net = constrain(NET, [Sparse(0.5), constraint], seed=3)
    assert from_record(net.constraints[1]) == constraint
    net.save(tmp_path / "net.safetensors")
    back = Network.load(tmp_path / "net.safetensors")
    assert same(back, net) and back.constraints == net.constraints
    out = recall(net, CUES[:1])
    for records in (back.constraints, out.attrs["constraints"]):
        again = replay(NET, records)
        assert same(again, net) and again.constraints == net.constraints
        assert same(replay(constrain(NET, [Sparse(0.5)], seed=3), net.constraints[1:]), net)
    assert not same(constrain(NET, [Sparse(0.5), constraint], seed=4), net)


def test_records_are_json_and_replay_refuses_those_of_another_network():
    net = constrain(NET, [Quantised(math.inf), DistanceDependent(0.5, math.inf), DeadSynapses(0.1)], seed=0)
    records = json.loads(json.dumps([dict(record) for record in net.constraints], allow_nan=False))
    assert records[0]["bits"] == records[1]["reach"] == "inf" and same(replay(NET, records), net)
    for other in (Network.gaussian(301, 8, seed=0), net):
        with pytest.raises(InvalidInput, match="records must come from this network"):
            replay(other, records)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("not json", "records must be the constraints of a Network"),
        (3, "records must be the constraints of a Network"),
        ([1], r"records must be the constraints of a Network, or their JSON, got \[1\]"),
        ([{"name": ["sparse"]}], "the constraint must be one of"),
        ([{"name": "bounded", "limit": 1.0}], "seed of a record must be a whole number >= 0, got None"),
    ],
)
def test_replay_refuses_invalid_records(wrong, message):
    with pytest.raises(InvalidInput, match=message):
        replay(NET, wrong)


@pytest.mark.parametrize("engine", ["reference", Brian(codegen="numpy"), Brian(cells="regular", codegen="numpy")])
def test_every_recall_records_its_constraints(engine):
    net = constrain(NET, [Sparse(0.5, reciprocal=False), Dale(interneurons="pool")], seed=3)
    out = recall(net, CUES[:1], engine=engine, duration=2e-3)
    assert replay(NET, out.attrs["constraints"]).constraints == net.constraints
    assert "constraints" not in recall(NET, CUES[:1]).attrs


@pytest.mark.parametrize("second", SOME, ids=repr)
def test_constraints_draw_from_separate_streams_in_one_call_or_two(second):
    net = constrain(NET, [Sparse(0.5), second], seed=3)
    assert same(constrain(constrain(NET, [Sparse(0.5)], seed=3), [second], seed=3), net)
    twice = constrain(NET, [Sparse(0.5), Sparse(0.5)], seed=3)
    assert np.count_nonzero(twice.weights) == pytest.approx(0.25 * NET.weights.size, rel=0.15)


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
    record = constrained.constraints[0]
    assert record["n_direct_synapses"] == np.count_nonzero(w) + np.count_nonzero(b)
    if interneurons == "relay":
        assert same(constrained, net)
        wrong = (w != net.weights).any(axis=0).sum() + (b != net.feedback_weights).any(axis=0).sum()
        assert record["n_interneurons"] == wrong <= 308
        assert record["n_interneuron_synapses"] == wrong + 2 * 2400 - record["n_direct_synapses"]
    elif interneurons == "pool":
        assert (record["n_interneurons"], record["n_interneuron_synapses"]) == (2, 616)
        assert np.abs(constrained.weights.mean(axis=0)).max() < 1e-12


REFUSED = {"dale": "dale is given already, got it again; give dale once"}


@pytest.mark.parametrize("after", SOME, ids=repr)
def test_constraints_after_dale_preserve_dales_law(after):
    """After cutting, no sign changes; after interneurons, synapses of a neuron are scaled or lost together."""
    signs = Dale(0.5, 0.5)
    may = after.whole_neurons or (after.keeps_signs and after.name != "dale")
    if may:
        assert dale_violations(constrain(NET, [signs, after], seed=0)) == 0
    else:
        with pytest.raises(
            InvalidInput, match=REFUSED.get(after.name, f"{after.name} must stand before dale: it gives synapses signs")
        ):
            constrain(NET, [signs, after], seed=0)
    pool = Dale(1, 1, "pool")
    if after.whole_neurons:
        net, before = constrain(NET, [pool, after], seed=0), constrain(NET, [pool], seed=0)
        ratio = net.weights / before.weights
        alive = (net.weights != 0).any(axis=1)
        assert np.allclose(ratio[alive], ratio[alive][0], rtol=1e-9)
    else:
        with pytest.raises(
            InvalidInput, match=REFUSED.get(after.name, f"{after.name} must stand before dale: after it, interneurons")
        ):
            constrain(NET, [pool, after], seed=0)


# --- errors --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("density of sparse must be a finite number > 0 and <= 1, got 0", lambda: Sparse(0)),
        ("density of sparse .* got 1.5", lambda: Sparse(1.5)),
        ("density of sparse .* got True", lambda: Sparse(True)),
        ("reciprocal of sparse must be True or False, got 1", lambda: Sparse(0.5, 1)),  # pyright: ignore[reportArgumentType]
        ("reach of distance must be a finite number >= 1e-06, got -1", lambda: DistanceDependent(0.5, -1)),
        ("correlation of asymmetric must be a number from 0 to 1, got nan", lambda: Asymmetric(float("nan"))),
        ("limit of bounded must be a finite number > 0, got 0", lambda: Bounded(0)),
        ("bits of quantised must be a whole number from 1 to 8, got 9; or give infinity", lambda: Quantised(9)),
        ("bits of quantised .* got 2.5", lambda: Quantised(2.5)),
        ("std of synaptic_noise must be a finite number >= 0, got inf", lambda: SynapticNoise(math.inf)),
        ("share of dead_synapses must be a number from 0 to 1, got 1.1", lambda: DeadSynapses(1.1)),
        ("cv of spread_tau must be a finite number >= 0 and <= 100, got '1'", lambda: SpreadTau("1")),  # pyright: ignore[reportArgumentType]
        (
            r"homeostatic needs linear visible neurons, got Sign\(\)",
            lambda: constrain(NET.replace(visible_activation=Sign()), [Homeostatic()], seed=0),
        ),
        (
            r"interneurons of dale must be one of \['none', 'pool', 'relay'\], got 'many'",
            lambda: Dale(interneurons="many"),
        ),
        ("seed must be a whole number", lambda: constrain(NET, [], seed=-1)),
        ("constraints must be of sparse, .* got 'sparse'", lambda: constrain(NET, ["sparse"], seed=0)),  # pyright: ignore[reportArgumentType]
        (r"constraints must be a list of them, .* got Sparse\(", lambda: constrain(NET, Sparse(0.1), seed=0)),  # pyright: ignore[reportArgumentType]
        ("constraints must be a list of them, .* got None", lambda: constrain(NET, None, seed=0)),  # pyright: ignore[reportArgumentType]
        ("net must be a Network, got 'net'", lambda: constrain("net", [], seed=0)),  # pyright: ignore[reportArgumentType]
        ("the constraint must be one of .* got 'dense'", lambda: from_record({"name": "dense"})),
        (
            "a record of sparse must have density, reciprocal; missing: reciprocal",
            lambda: from_record({"name": "sparse", "density": 1}),
        ),
    ],
)
def test_invalid_arguments_are_refused(message, call):
    with pytest.raises(InvalidInput, match=message):
        call()
