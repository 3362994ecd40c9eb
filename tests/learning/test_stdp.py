"""Learning by spikes against the mean of the rule, which is computed by hand in a small case."""

import dataclasses

import numpy as np
import pytest

from neurosim import InvalidInput, theory
from neurosim.cells import Interneurons, OnOff, Regular
from neurosim.engines import Brian
from neurosim.engines.brian.compilers import compiler
from neurosim.engines.brian.learning import LearningJob
from neurosim.engines.brian.runtime import simulate
from neurosim.equations.plasticity import STDP, rate_change
from neurosim.learning import stdp
from neurosim.learning.stdp import learn_mean, learn_spiking

NUMPY = stdp.ENGINE.replace(target="runtime", codegen="numpy")


def error(net, images):
    active = theory.drive(net, images.pixels) > net.threshold
    return ((theory.visible_state(net, active) - images.pixels) ** 2).sum(axis=1).mean()


def shown_once(pixels, weights, feedback, threshold, rule, cells=stdp.CELLS):
    """Return what one image changes, in units of η."""
    job = LearningJob(
        np.array([pixels]), np.zeros(1), weights, feedback, np.array(threshold), rule, cells, 10e-3, 2e-3, 5e-4, 1, 0
    )
    found, _ = simulate(job, codegen="numpy", report=None, report_period=10.0)  # pyright: ignore[reportArgumentType]
    n_visible, n_hidden = weights.shape
    eta = rule.rate * (1 - rule.shown / job.request.duration)  # η falls to 0 with the last step
    w, back = found["w"].reshape(n_hidden, n_visible).T, found["w_back"].reshape(n_hidden, n_visible)
    return tuple(
        (after - before) / eta
        for after, before in ((w, weights), (back, feedback), (found["theta"][0], np.array(threshold)))
    )


def test_a_delay_is_built_into_the_program():
    arrays = np.ones((1, 2)), np.zeros(1), np.ones((2, 1)), np.ones((1, 2)), np.zeros(1)
    jobs = [
        LearningJob(*arrays, STDP(), stdp.CELLS.replace(delay=delay, t_ref=t_ref), 10e-3, 2e-3, 5e-4, 1, 0).structure()
        for delay, t_ref in ((0.0, 1e-3), (0.0, 2e-3), (1e-3, 2e-3), (None, 1e-3), (None, 2e-3))
    ]
    assert jobs[0] == jobs[1] != jobs[2] and jobs[3] != jobs[4] == jobs[2]  # by default t_ref/2


def test_the_rules_mean_worked_out_by_hand():
    # N_v = 2, N_h = 1: u = ½(0.8·1 + 0.4·0.5) = 0.5, above θ = 0.46 by 0.04; the code is 1, ξs/√1 = (0.6, 0.2)
    rule = STDP(encoder=2.0, window=0.1, threshold=3.0, homeostasis=0.5, active=0.4, decay=0.25)
    weights, feedback = np.array([[0.6], [0.2]]), np.array([[0.8, 0.4]])
    # e = (1, 0.5) − (0.6, 0.2) = (0.4, 0.3); q = ½(0.8·0.4 + 0.4·0.3) = 0.22; ψ = (1 − 0.4)/0.1 = 6
    # Δξ = e − ¼ξ + 2·6·0.22·(1, 0.5) = (0.25, 0.25) + (2.64, 1.32)
    change = rate_change(rule, np.array([1.0, 0.5]), weights, feedback, np.array([0.46]))
    np.testing.assert_allclose(change[0], [[2.89], [1.57]], rtol=1e-12)
    np.testing.assert_allclose(change[1], [[2.84, 1.52]], rtol=1e-12)  # ¼ of the feedback, (0.2, 0.1), instead
    np.testing.assert_allclose(change[2], [0.5 * 0.6 - 3 * 6 * 0.22], rtol=1e-12)


def test_spikes_change_a_synapse_in_the_mean_as_worked_out_by_hand():
    rule = STDP(encoder=2.0, window=0.1, threshold=3.0, homeostasis=0.5, active=0.4, decay=0.25, rate=1.0, shown=1.0)
    weights, feedback = np.array([[0.6], [0.2]]), np.array([[0.8, 0.4]])
    w, back, theta = shown_once([1.0, 0.5], weights, feedback, [0.46], rule)
    np.testing.assert_allclose(w, [[2.89], [1.57]], rtol=0.03)
    np.testing.assert_allclose(back, [[2.84, 1.52]], rtol=0.03)
    np.testing.assert_allclose(theta, [0.3 - 3.96], rtol=0.03)


@pytest.mark.parametrize(
    "cells",
    [
        Regular(visible=OnOff(900.0, 20e-3)),
        Regular(delay=0.5e-3, t_ref=1e-3, visible=OnOff(500.0, 40e-3)),
    ],
)
def test_spikes_follow_the_rules_mean(cells):
    rng = np.random.default_rng(1)
    pixels, weights, feedback = rng.random(300), *(rng.normal(0, 0.5, s) for s in ((300, 6), (6, 300)))
    away = np.array([0.05, -0.05, 0.08, -0.08, 0.2, -0.2])  # on both sides of θ, two of them out of the window
    threshold = np.sqrt(6) / 300 * feedback @ pixels - away
    rule = STDP(window=0.15, decay=0.1, rate=1.0, shown=1.0)
    want = rate_change(rule, pixels, weights, feedback, threshold)
    got = shown_once(pixels, weights, feedback, threshold, rule, cells)
    for one, other in zip(got, want, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=0.04 * np.abs(other).max())


def test_at_rate_0_nothing_changes(digits):
    images = digits.select(slice(3))
    learned, history = learn_spiking(images, 4, rule=STDP(rate=0, shown=20e-3), epochs=1, seed=0, engine=NUMPY)
    assert (history.weights == history.weights[0]).all() and (history.threshold == 0).all()
    np.testing.assert_array_equal(learned.weights, history.weights[0])
    np.testing.assert_array_equal(learned.weights, stdp._start(images, 4, 1, True, 0)[0][0])


def test_one_presentation_which_has_rate_0_is_refused(digits):
    one = digits.select(slice(1))
    for learn in (lambda epochs: learn_mean(one, 4, epochs=epochs, seed=0), lambda epochs: spiking(one, epochs)):
        with pytest.raises(InvalidInput, match="learning needs two presentations"):
            learn(1)
        start = stdp._start(one, 4, 2, True, 0)[0][0]
        assert np.abs(learn(2).weights - start).max() > 1e-3


def spiking(images, epochs):
    return learn_spiking(images, 4, rule=STDP(shown=20e-3), epochs=epochs, seed=0, engine=NUMPY).network


def test_a_seed_repeats_a_run_to_the_last_bit_and_another_does_not(digits):
    noisy = NUMPY.replace(cells=stdp.CELLS.replace(noise=0.1))
    call = {"rule": STDP(shown=20e-3), "engine": noisy, "epochs": 1}
    one, same, other = (learn_spiking(digits.select(slice(4)), 4, seed=seed, **call) for seed in (1, 1, 2))
    assert one.history.equals(same.history) and one.network.is_symmetric
    assert not one.history.equals(other.history)
    np.testing.assert_array_equal(one.network.threshold, same.network.threshold)


def test_spikes_and_their_mean_learn_alike(digits):
    images = digits.select(slice(8))
    rule = STDP(rate=0.2, shown=50e-3)
    learned, history = learn_spiking(images, 8, rule=rule, epochs=4, n_records=4, seed=0, engine=NUMPY)
    start = learned.replace(weights=history.weights[0].values, threshold=history.threshold[0].values)
    mean = learn_mean(images, 8, rule=rule, epochs=4, seed=0)
    assert error(start, images) > 10
    assert error(learned, images) < 0.35 * error(start, images)
    assert abs(error(learned, images) - error(mean, images)) < 0.35 * error(mean, images)
    assert history.presented.values.tolist() == [0, 8, 16, 24, 32]


def test_both_directions_become_equal_from_independent_starts(digits):
    images = digits.select(slice(60))
    net = learn_mean(images, 6, rule=STDP(decay=0.05, rate=0.1), epochs=30, symmetric_start=False, seed=0)
    start = stdp._start(images, 6, 30, False, 0)[0]
    assert np.corrcoef(start[0].T.ravel(), start[1].ravel())[0, 1] < 0.2
    assert np.corrcoef(net.weights.T.ravel(), net.feedback_weights.ravel())[0, 1] > 0.95
    rule = STDP(shown=20e-3, decay=0)
    learned, history = learn_spiking(
        digits.select(slice(2)), 3, rule=rule, epochs=1, symmetric_start=False, seed=0, engine=NUMPY
    )
    change = history.weights[-1] - history.weights[0]
    np.testing.assert_allclose(
        change.values.T, (history.feedback[-1] - history.feedback[0]).values, rtol=0, atol=1e-13
    )  # without decay the same, to rounding
    assert np.abs(change).max() > 1e-3 and not learned.is_symmetric


@pytest.mark.slow
@pytest.mark.skipif(compiler() is None, reason="no C++ compiler (g++ or $CXX) on this machine")
def test_a_compiled_program_learns_what_brian2_learns_in_this_process(digits):
    call = {"rule": STDP(shown=20e-3), "epochs": 2, "seed": 0}
    got, want = (learn_spiking(digits.select(slice(10)), 6, **call, engine=engine) for engine in (stdp.ENGINE, NUMPY))
    for name in want.history.data_vars:
        np.testing.assert_allclose(got.history[name], want.history[name], rtol=0, atol=1e-12)
    np.testing.assert_allclose(got.network.weights, want.network.weights, rtol=0, atol=1e-12)
    assert np.abs(want.network.weights - want.history.weights[0].values).max() > 0.01


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"engine": Brian(cells=Regular())}, "cells must be one for each hidden neuron"),
        ({"engine": Brian(cells=stdp.CELLS.replace(n_cells=2))}, "cells must be one for each hidden neuron"),
        ({"engine": Brian(cells=Regular(visible=OnOff(5000.0)))}, "gain·dt must not exceed 1"),
        ({"engine": Brian(cells=stdp.CELLS.replace(interneurons=Interneurons()))}, "neither interneurons nor t_ref"),
        ({"engine": Brian(cells=Regular(visible=OnOff(1000.0, t_ref=0.05)))}, "neither interneurons nor t_ref"),
        ({"engine": Brian(formulation="event")}, "one formulation, float64 and equations of its own"),
        ({"engine": Brian(dtype="float32")}, "one formulation, float64 and equations of its own"),
        ({"rule": STDP(shown=1.3e-3)}, "shown must be a whole number of steps"),
        ({"epochs": 0}, "epochs must be a whole number >= 1"),
    ],
)
def test_invalid_learning_arguments_are_refused(digits, wrong, message):
    with pytest.raises(InvalidInput, match=message):
        learn_spiking(digits.select(slice(2)), 2, seed=0, **wrong)


@pytest.mark.parametrize("wrong", [{"rate": -1}, {"window": 0}, {"active": 1}, {"settling": 1}, {"decay": np.nan}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        STDP(**wrong)


def test_random_numbers_during_learning_follow_the_seed(digits):
    image, weights = digits.select(slice(1)).pixels[:1].astype(float), np.random.default_rng(0).normal(0, 0.5, (64, 3))

    def learned(noise, seed):  # from the same start, in the same order
        cells = dataclasses.replace(stdp.CELLS, noise=noise)
        rule = STDP(rate=1.0, shown=20e-3)
        job = LearningJob(image, np.zeros(2), weights, weights.T, np.zeros(3), rule, cells, 10e-3, 2e-3, 5e-4, 1, seed)
        return job, simulate(job, codegen="numpy", report=None, report_period=10.0)[0]["w"]  # pyright: ignore[reportArgumentType]

    (job, one), (_, same), (other_job, other) = (learned(0.0, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 1e-6  # phases of visible cells
    assert job.run_seed(job.batches()[0]) != other_job.run_seed(other_job.batches()[0])  # membrane noise


def test_the_rate_of_the_mean_falls_to_0_with_the_last_image(digits):
    images = digits.select(slice(2))
    rule = STDP(rate=0.2)
    (weights, feedback, threshold), order = stdp._start(images, 4, 1, True, 0)
    first = rate_change(rule, images.pixels[order[0]].astype(float), weights, feedback, threshold)
    net = learn_mean(images, 4, rule=rule, epochs=1, seed=0)
    np.testing.assert_allclose(net.weights, weights + 0.1 * first[0], rtol=1e-12)  # half of the rate, and then none


def test_synapses_are_recorded_n_records_times(digits):
    call = {"rule": STDP(shown=20e-3), "epochs": 1, "seed": 0, "engine": NUMPY}
    learned = stdp.learn_spiking(digits.select(slice(5)), 2, n_records=3, **call)
    assert learned.history.presented.values.tolist() == [0, 2, 4]


def test_images_are_shown_in_random_order_all_of_them_in_each_epoch(digits):
    order = stdp._start(digits.select(slice(20)), 2, 3, True, 0)[1].reshape(3, 20)
    assert (np.sort(order) == np.arange(20)).all()
    assert (
        len(np.unique(np.vstack([order, np.arange(20)]), axis=0)) == 4
    )  # no two epochs alike, none in the given order


def test_decay_bounds_components_that_errors_do_not_determine():
    image, free = np.array([1.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])
    base = np.array([[0.9, 0.5], [0.9, 0.4], [0.0, 0.0]])

    def change(much, decay):  # of how much one neuron adds that the other takes away
        weights = base + much * np.outer(free, [1, -1])
        moved = rate_change(STDP(decay=decay), image, weights, weights.T, np.zeros(2))[0]
        return free @ moved @ [1, -1] / 2

    assert [change(much, 0.0) for much in (1.0, 100.0)] == [0, 0]
    np.testing.assert_allclose([change(much, 0.003) for much in (1.0, 100.0)], [-0.003, -0.3], rtol=1e-12)
