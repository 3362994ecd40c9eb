"""The interface that every one-layer memory implements."""

import numpy as np
import pytest
from model_cases import ORDERED, N, corrupt, cues_for, make, patterns_for

from neurosim import InvalidInput
from neurosim.models import MODELS, Covariance, Dense, Hebb, Model, Recall, ThreeDirectional

every_model = pytest.mark.parametrize("name", sorted(MODELS))


@every_model
def test_class_attributes_describe_the_model(name):
    model = MODELS[name]
    assert issubclass(model, Model) and model.name == name
    assert all(isinstance(getattr(model, flag), bool) for flag in ("local", "pairwise", "bounded", "symmetric"))
    assert any(year in model.source for year in map(str, range(1982, 2026)))
    assert model.__doc__ != model.__mro__[1].__doc__


@every_model
def test_few_patterns_are_fixed_and_recalled_from_a_tenth_wrong(name):
    x = patterns_for(name, 4)
    model = make(name).store(x)
    assert model.is_fixed(x).all()
    cues = corrupt(x, 0.1, seed=1)
    assert (cues != x).any(axis=1).all()
    out = model.recall(cues)
    np.testing.assert_allclose(out.states, x, atol=1e-6)
    assert out.settled.all()
    assert (out.n_sweeps >= 1).all()


@every_model
def test_shapes_and_a_fixed_state_stays(name):
    x = patterns_for(name, 3)
    model = make(name)
    assert model.store(x) is model
    out = model.recall(np.vstack([x, x[:2]]))
    assert isinstance(out, Recall)
    assert out.states.shape == (5, N) and out.states.dtype == float
    assert out.settled.shape == out.n_sweeps.shape == (5,) and out.settled.dtype == bool
    assert (out.n_sweeps == 0).all()
    assert np.array_equal(out.states, np.vstack([x, x[:2]]))
    assert model.n_synapses > 0
    if model.symmetric:
        assert model.energy(x).shape == (3,)


@every_model
def test_empty_batches_give_empty_results(name):
    model = make(name).store(patterns_for(name, 3))
    out = model.recall(np.zeros((0, N)))
    assert out.states.shape == (0, N) and out.settled.shape == out.n_sweeps.shape == (0,)
    assert model.is_fixed(np.zeros((0, N))).shape == (0,)


@every_model
def test_same_seed_same_result_and_arguments_are_unchanged(name):
    x, cues = patterns_for(name, 12), cues_for(name, 20)
    before = x.copy(), cues.copy()
    one, other = (make(name).store(x).recall(cues, seed=3) for _ in range(2))
    assert np.array_equal(one.states, other.states) and np.array_equal(one.n_sweeps, other.n_sweeps)
    assert np.array_equal(x, before[0]) and np.array_equal(cues, before[1])


@every_model
def test_cues_do_not_disturb_one_another(name):
    model, cues = make(name).store(patterns_for(name, 12)), cues_for(name, 6)
    together = model.recall(cues, seed=1)
    for k in range(6):
        alone = model.recall(cues[k : k + 1], seed=1)
        np.testing.assert_allclose(alone.states[0], together.states[k], atol=1e-9)
        assert (alone.settled[0], alone.n_sweeps[0]) == (together.settled[k], together.n_sweeps[k])


@every_model
def test_chunks_of_states_change_nothing(name, monkeypatch):
    model = make(name).store(patterns_for(name, 30))
    states = np.vstack([patterns_for(name, 30)[:4], cues_for(name, 9)])

    def answers():
        out = model.recall(states, seed=2)
        energy = model.energy(states) if model.symmetric else 0.0
        return out.states, out.settled, out.n_sweeps, model.is_fixed(states), energy

    whole, looked_at = answers(), []
    monkeypatch.setattr("neurosim.models.base._CHUNK", 3 * model._width)
    for method in ("_recall", "_is_fixed"):
        watched = getattr(model, method)
        monkeypatch.setattr(model, method, lambda x, *a, w=watched: looked_at.append(len(x)) or w(x, *a))
    for part, all_at_once in zip(answers(), whole, strict=True):
        np.testing.assert_allclose(part, all_at_once, atol=1e-9)
    assert max(looked_at) == 3 and sum(looked_at) >= 2 * len(states)


@every_model
def test_storing_replaces_what_was_stored(name):
    first, second = patterns_for(name, 5, seed=1), patterns_for(name, 3, seed=2)
    again, fresh = make(name).store(first).store(second), make(name).store(second)
    cues = cues_for(name, 10)
    assert np.array_equal(again.recall(cues).states, fresh.recall(cues).states)
    assert again.n_synapses == fresh.n_synapses
    x = second.copy()
    x[:] = first[0]  # what the caller does with his array later is no longer the memory's business
    assert again.is_fixed(second).all()


@every_model
def test_size_is_learned_from_the_patterns(name):
    model = make(name).store(patterns_for(name, 3))
    small = model.store(patterns_for(name, 3, 24))
    assert small is model and model.n_neurons == 24
    cues = cues_for(name, 5, 24)
    fresh = make(name).store(patterns_for(name, 3, 24))
    assert np.array_equal(model.recall(cues).states, fresh.recall(cues).states)
    assert model.n_synapses == fresh.n_synapses


@every_model
def test_storing_does_not_change_parameters(name):
    model = make(name)
    before, text = model.get_params(), repr(model)
    model.store(patterns_for(name, 3))
    assert model.get_params() == before and repr(model) == text
    copy = model.replace()
    assert type(copy) is type(model) and copy.get_params() == before
    with pytest.raises(InvalidInput, match="call store"):
        copy.recall(cues_for(name, 1))


def test_the_repr_shows_what_differs_from_the_defaults():
    assert repr(Hebb()) == "Hebb()" and repr(Dense(power=3)) == "Dense()"
    assert repr(Dense(power=4, rectified=False)) == "Dense(power=4, rectified=False)"
    assert repr(ThreeDirectional(quality=[1, 1, 0.5])) == "ThreeDirectional(quality=(1.0, 1.0, 0.5))"
    assert repr(Covariance(threshold=0.3).replace(activity=0.1)) == "Covariance(activity=0.1, threshold=0.3)"


@every_model
def test_settled_means_fixed_point(name):
    model = make(name).store(patterns_for(name, 60))
    cues = np.vstack([cues_for(name, 40), corrupt(patterns_for(name, 60), 0.1, seed=0)])
    for max_sweeps in (1, 2, 100):
        out = model.recall(cues, max_sweeps=max_sweeps)
        assert np.array_equal(out.settled, model.is_fixed(out.states))
        assert (out.n_sweeps <= max_sweeps).all()
        assert np.array_equal(out.n_sweeps == 0, (out.states == cues).all(axis=1))


@pytest.mark.parametrize("name", ORDERED)
def test_the_seed_sets_the_order_of_updates(name):
    model, cues = make(name).store(patterns_for(name, 60)), cues_for(name, 60)
    ends = [model.recall(cues, seed=seed).states for seed in (None, 0, 1)]
    assert not np.array_equal(ends[0], ends[1]) and not np.array_equal(ends[1], ends[2])
    assert np.isin(ends[0], model.levels).all()


@pytest.mark.parametrize("name", ["hebb", "dense", "exponential"])
def test_a_tie_keeps_the_state(name):
    x = np.array([[1, 1], [1, -1]])  # the two cancel: every state is as good as every other, if n = 2
    model = make(name, **({"power": 2, "rectified": False} if name == "dense" else {})).store(np.vstack([x, -x]))
    states = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
    assert model.is_fixed(states).all()
    assert (model.recall(states).n_sweeps == 0).all()


@every_model
def test_bad_input_is_refused(name):
    low, high = MODELS[name].levels or (0, 1)
    good = patterns_for(name, 3)
    with pytest.raises(InvalidInput, match=r"patterns must have shape \(pattern, neuron ≥ 2\), got \(3, 1\)"):
        MODELS[name]().store(good[:, :1])
    model = make(name)
    for ask in (model.recall, model.is_fixed, *([model.energy] if model.symmetric else [])):
        with pytest.raises(InvalidInput, match="call store"):
            ask(good)
    with pytest.raises(InvalidInput, match=rf"{name} must have patterns .*; call store"):
        _ = model.n_synapses
    for bad, message in [
        (good[0], r"patterns must have shape"),
        (good[:0], "at least one"),
        (np.full((2, N), np.nan), "patterns must be finite"),
        ([["a"] * N], "array of real numbers, got text"),
    ]:
        with pytest.raises(InvalidInput, match=message):
            model.store(bad)
    model.store(good)
    with pytest.raises(InvalidInput, match="max_sweeps must be a whole number >= 1, got 0"):
        model.recall(good, max_sweeps=0)
    with pytest.raises(InvalidInput, match=rf"cues must have shape \(cue, neuron\) = \(any, {N}\)"):
        model.recall(good[:, 1:])
    with pytest.raises(InvalidInput, match=rf"= \(any, {N}\), got \(3, {N - 1}\)"):
        model.is_fixed(good[:, 1:])
    if MODELS[name].levels is not None:
        with pytest.raises(InvalidInput, match=f"patterns of {name} must be {low} or {high}, got 0.5"):
            model.store(np.full((2, N), 0.5))
    if name in ORDERED:
        with pytest.raises(InvalidInput, match="seed must be"):
            model.recall(good, seed=-1)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("covariance", {"activity": 1.0}, "activity must be a finite number > 0 and < 1, got 1.0"),
        ("covariance", {"threshold": np.nan}, "threshold must be a finite number, got nan"),
        ("perceptron", {"margin": -1.0}, "margin must be a finite number >= 0"),
        ("perceptron", {"max_epochs": 0}, "max_epochs must be a whole number >= 1"),
        ("dense", {"power": 1}, "power must be a whole number >= 2, got 1"),
        ("modern", {"beta": 0}, "beta must be a finite number > 0, got 0"),
        ("denoiser", {"alpha": -1.0}, "alpha must be a finite number > 0, got -1.0"),
        ("kernelised", {"beta": np.inf}, "beta must be a finite number > 0"),
        ("epanechnikov", {"beta": "wide"}, "beta must be a finite number > 0, got 'wide'"),
        ("random_features", {"n_features": 0}, "n_features must be a whole number >= 1"),
        ("random_features", {"seed": -1}, "seed must be"),
    ],
)
def test_bad_options_are_refused(name, options, message):
    with pytest.raises(InvalidInput, match=message):
        MODELS[name](**options)


@pytest.mark.parametrize(("name", "message"), [("covariance", "active and silent"), ("epanechnikov", "two different")])
def test_patterns_that_cannot_be_learned_are_refused_and_leave_an_empty_memory(name, message):
    model = make(name).store(patterns_for(name, 3))
    with pytest.raises(InvalidInput, match=message):
        model.store(np.zeros((2, N)))
    with pytest.raises(InvalidInput, match="call store"):
        model.recall(np.zeros((2, N)))


def test_the_table_of_comparison():
    def those(flag):
        return {name for name, model in MODELS.items() if getattr(model, flag)}

    assert set(MODELS) - those("symmetric") == {"perceptron", "hardware_adaptive"}
    plain = {"hebb", "covariance", "storkey", "pseudo_inverse", "perceptron"}
    assert those("pairwise") == {*plain, "three_directional", "hardware_adaptive"}
    assert set(MODELS) - those("local") == {"pseudo_inverse", "modern", "kernelised", "epanechnikov", "denoiser"}
    assert set(MODELS) - those("bounded") == {"dense", "exponential", "kuramoto"}


def test_synapses_are_counted():
    counts = {name: make(name).store(patterns_for(name, 5)).n_synapses for name in MODELS}
    pairs = N * (N - 1) // 2
    assert counts == {
        **dict.fromkeys(("hebb", "covariance", "storkey", "pseudo_inverse"), pairs),
        "perceptron": 2 * pairs,
        "three_directional": 3 * (N // 3) ** 2,
        "hardware_adaptive": (~make("hardware_adaptive").store(patterns_for("hardware_adaptive", 5)).is_stuck).sum(),
        **dict.fromkeys(("dense", "exponential", "modern", "epanechnikov", "denoiser", "kuramoto"), 5 * N),
        "kernelised": 5 * N + N * (N + 1) // 2,
        "random_features": 2 * 20 * N,
    }
