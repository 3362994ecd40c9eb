"""A user's own function or class as an engine, in every measurement that recalls."""

import json
from dataclasses import dataclass, replace

import numpy as np
import pytest
import xarray

from neurosim import InputCurrent, InvalidInput, Network, measure, patterns, recall
from neurosim.engines import ENGINES, Brian, Engine, Event, Function, Reference, from_record, get_engine
from neurosim.measure.recall.curves import recall_sweep
from neurosim.measure.spiking.agreement import rate_and_spiking
from neurosim.result import EngineResult
from neurosim.seeds import spawn_seeds
from neurosim.sweep import Runner

NET = Network.gaussian(200, 4, seed=0)
CUES = patterns.visible_cues(NET, patterns.all_hidden_states(4), noise_std=2.0, seed=1)


def same_as_reference(net, cues, *, duration, seed):
    return recall(net, cues, engine="reference", duration=duration, read_out=False).hidden_active.values


def with_everything(net, cues, *, duration, seed):
    return recall(net, cues, engine="reference", duration=duration)


def half_unsettled(net, cues, *, duration, seed):
    active = ("cue", "hidden_neuron"), np.zeros((len(cues), net.n_hidden), bool)
    late = np.arange(len(cues)) % 2 == 1
    return xarray.Dataset({"hidden_active": active, "outcome": ("cue", np.where(late, "timed_out", "settled"))})


def test_a_function_ends_where_its_array_says_and_has_settled():
    out = recall(NET, CUES, engine=Function(same_as_reference), duration=0.1)
    want = recall(NET, CUES, engine="reference", duration=0.1)
    assert (out.hidden_active == want.hidden_active).all() and (out.outcome == "settled").all()
    assert np.isnan(out.settle_time).all() and not {"hidden", "visible", "n_crossings"} & set(out)


def test_variables_of_a_dataset_are_kept():
    out = recall(NET, CUES, engine=Function(with_everything), duration=0.1)
    want = recall(NET, CUES, engine="reference", duration=0.1)
    for name in ("hidden_active", "hidden", "visible", "outcome", "settle_time"):
        np.testing.assert_array_equal(out[name], want[name], err_msg=name)
    assert "visible" not in recall(NET, CUES, engine=Function(with_everything), duration=0.1, read_out=False)


def test_the_function_receives_the_duration_and_the_seed_and_cannot_change_the_cues():
    received = []

    def remember(net, cues, *, duration, seed):
        received.append((duration, seed))
        cues[:] = np.nan
        return np.zeros((len(cues), net.n_hidden), bool)

    before = CUES.copy()
    recall(NET, CUES, engine=Function(remember), duration=0.3, seed=5)
    recall(NET, CUES, engine=Function(remember))
    assert received == [(0.3, 5), (20 * 0.02, None)] and (before == CUES).all()


WRONG = {
    "no function": (lambda: Function(3), "Function needs a function"),  # pyright: ignore[reportArgumentType]
    "another shape": (lambda: recall(NET, CUES, engine=Function(lambda *a, **k: np.zeros((2, 4)))), "must have shape"),
    "other values": (
        lambda: recall(NET, CUES, engine=Function(lambda *a, **k: np.full((16, 4), 0.5))),
        "the result of .* 0 and 1",
    ),
    "no states": (
        lambda: recall(NET, CUES, engine=Function(lambda *a, **k: xarray.Dataset({"x": 1}))),
        r"must have hidden_active, got \['x'\]",
    ),
    "an unknown outcome": (
        lambda: recall(
            NET, CUES, engine=Function(lambda *a, **k: half_unsettled(*a, **k).assign(outcome=("cue", ["done"] * 16)))
        ),
        "outcome of .* must be one of .* got 'done'",
    ),
    "hidden": (lambda: recall(NET, CUES, hidden=np.ones(4), engine=Function(same_as_reference)), "hidden needs"),
    "record": (lambda: recall(NET, CUES, record="hidden", engine=Function(same_as_reference)), "record needs"),
    "input": (
        lambda: recall(NET, CUES, input=InputCurrent(np.ones((1, 200)), 1e-3), engine=Function(same_as_reference)),
        "input needs",
    ),
    "codes of the built-in equations": (
        lambda: measure.unique_stable_minima(NET, CUES, engine=Function(same_as_reference)),
        r"holds for the rate model, eqs. \(1a, 1b\), only.*use unique_attractors",
    ),
    "a record": (
        lambda: from_record(Function(same_as_reference).to_record()),
        "got 'function'; make it from its own code",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_it_cannot_do_is_refused(case):
    call, message = WRONG[case]
    with pytest.raises(InvalidInput, match=message):
        call()


def test_every_curve_is_that_of_the_engine_inside_the_function():
    shared = {"seed": 0, "n_hidden": 4, "visible_per_hidden": 20.0, "n_cues": 8, "duration": 0.1}
    for name, values in {"noise_std": [0.0, 4.0], "ratio": [2.0, 20.0], "visible_per_hidden": [5.0, 50.0]}.items():
        options = {key: value for key, value in shared.items() if key != name}
        own = recall_sweep(2, {name: values}, engine=Function(same_as_reference), **options)
        want = recall_sweep(2, {name: values}, engine="reference", **options)
        assert (own.agreement == want.agreement).all() and float(own.agreement.min()) > 0
        assert np.isnan(own.law).all() and np.isnan(own.settle_time).all()
        assert own.attrs["engine"] == "function"
        assert json.loads(own.attrs["engine_settings"])["function"].endswith("test_function.same_as_reference")


def test_recalls_that_a_function_calls_unsettled_are_not_recalled():
    found = recall_sweep([NET], {"noise_std": [0.0]}, targets=None, seed=0, engine=Function(half_unsettled))
    assert found.settled[0] == found.timed_out[0] == 0.5
    assert found.recalled[0] == 1 / 16  # the silent state, the first cue


def test_tolerated_noise_and_agreement_of_a_function():
    memories = patterns.all_hidden_states(4)[[3, 5]]
    options = {"n_draws": 5, "seed": 2, "steps": 4}
    own = measure.noise_at_half_recall(NET, memories, engine=Function(same_as_reference), **options)
    want = measure.noise_at_half_recall(NET, memories, engine=Reference(), **options)
    np.testing.assert_allclose(own.noise_at_half, want.noise_at_half)
    agree = rate_and_spiking([NET], [0.0], engine=Function(same_as_reference), n_cues=8, seed=0)
    assert agree.same_state.item() == 1 and np.isnan(agree.spikes.item())


def test_a_sweep_of_a_function_is_kept_and_resumed(tmp_path, monkeypatch):
    runner = Runner(tmp_path / "points")
    call = {"seed": 0, "n_hidden": 3, "visible_per_hidden": 10.0, "duration": 0.05, "runner": runner}
    first = recall_sweep(2, {"noise_std": [0.0, 1.0]}, engine=Function(same_as_reference), **call)
    monkeypatch.setattr("neurosim.measure.recall.trials.recall", None)  # nothing is measured again
    assert recall_sweep(2, {"noise_std": [0.0, 1.0]}, engine=Function(same_as_reference), **call).identical(first)


@dataclass(frozen=True, kw_only=True, repr=False)
class Constant(Engine):
    """Every recall ends with the same number of active neurons."""

    n_active: int = 0
    name = "constant"
    is_rate_model = False

    def run(self, net, request):
        active = np.arange(net.n_hidden) < self.n_active
        return EngineResult(np.tile(active, (request.n_cues, 1)), np.full(request.n_cues, "settled"))


def test_a_registered_class_is_known_by_name_to_results_and_to_the_command_line(monkeypatch):
    from neurosim.cli import parse

    monkeypatch.setitem(ENGINES, "constant", Constant)
    out = recall(NET, CUES, engine=Constant(n_active=3))
    assert (out.hidden_active.sum("hidden_neuron") == 3).all()
    assert from_record(out.attrs["engine_settings"]) == Constant(n_active=3) == parse.engine("constant:n_active=3")
    assert get_engine("constant") == Constant() and repr(Constant(n_active=2)) == "Constant(n_active=2)"


@pytest.mark.parametrize(
    "engine",
    [
        Event(threads=2),
        Reference(dt=1e-4, allow_coarse_dt=True),
        Brian(cells="dale", target="cpp_standalone", formulation="fastest", dtype="float32"),
    ],
    ids=repr,
)
def test_an_engine_is_made_again_from_its_record(engine):
    assert from_record(json.dumps(engine.to_record())) == engine
    assert replace(engine) == engine and hash(engine) == hash(replace(engine))


def test_an_unknown_option_of_a_record_is_refused():
    with pytest.raises(InvalidInput, match=r"an option of Event must be one of .* got 'wings'"):
        from_record({"name": "event", "wings": 2})


def test_the_number_of_recalled_states_is_counted_in_all_or_estimated_from_some():
    net = Network.gaussian(30, 6, seed=1)
    states = patterns.all_hidden_states(6)
    out = recall(net, patterns.visible_cues(net, states))
    want = int(((out.hidden_active.values == states).all(axis=1) & (out.outcome.values == "settled")).sum())
    assert 5 < want < 60
    whole = measure.count_by_recall(net, seed=0)
    assert whole["count"] == whole.count_lower == whole.count_upper == want
    some = measure.count_by_recall(net, n_states=40, seed=0)
    assert some.count_lower < some["count"] < some.count_upper and some.count_lower < want < some.count_upper
    assert some.attrs["n_trials"] == 40 and some.attrs["method"] == "recall of sampled states"
    own = measure.count_by_recall(net, seed=0, engine=Function(same_as_reference), duration=0.4)
    assert abs(own["count"] - want) <= 1  # a marginal state
    noisy = measure.count_by_recall(net, seed=0, engine=Brian(cells="poisson", codegen="numpy"), duration=5e-3)
    assert noisy.count_lower < noisy.count_upper  # the recalls of all states are a sample of random recalls


def test_more_states_than_float64_counts_are_infinitely_many():
    net = Network.gaussian(2, 1100, seed=0)
    keeps = Function(lambda net, cues, *, duration, seed: patterns.random_hidden_states(net.n_hidden, 8, seed=states))
    states = spawn_seeds(0, 2)[0]  # those that are tried: all are kept
    found = measure.count_by_recall(net, n_states=8, engine=keeps, seed=0)
    assert found.share == 1 and found["count"] == found.count_lower == found.count_upper == np.inf
    states += 1
    found = measure.count_by_recall(net, n_states=8, engine=keeps, seed=0)
    assert found["count"] == found.count_lower == 0 and found.count_upper == np.inf
    half = measure.count_by_recall(Network.gaussian(2, 1023, seed=0), n_states=8, engine=keeps, seed=0)
    assert float(half.count_upper) == float(half.share_upper) * 2.0**1023


def test_basin_volumes_of_a_function_are_those_of_the_engine_inside():
    net = Network.gaussian(20, 3, seed=0)
    options = {"n_cues": 300, "cue_std": 3.0, "seed": 1, "duration": 0.2}
    own = measure.basin_volumes(net, engine=Function(same_as_reference), **options)
    want = measure.basin_volumes(net, engine="reference", **options)
    np.testing.assert_array_equal(own.hidden_active, want.hidden_active)
    np.testing.assert_array_equal(own["size"], want["size"])
    assert np.isnan(own.margin).all() and np.isfinite(want.margin).all()
    exact = measure.basin_volumes(net, **options)  # other cues of the same distribution
    assert (np.abs(exact["size"].values[:2] - want["size"].values[:2]) < 4 * np.sqrt(300)).all()
