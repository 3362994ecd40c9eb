"""Checks of arguments: valid values are returned in one type, others refused with rule, value and remedy."""

from dataclasses import FrozenInstanceError, dataclass

import brian2
import numpy as np
import pytest

from neurosim import InvalidInput, validation


def test_whole_numbers():
    assert validation.whole(np.int64(3), "n") == 3
    assert type(validation.whole(np.int64(3), "n")) is int
    assert validation.whole(0, "n", at_least=0) == 0
    for bad in (0, 2.0, True, "3", None):
        with pytest.raises(InvalidInput, match=r"^n must be a whole number >= 1, got"):
            validation.whole(bad, "n")
    with pytest.raises(InvalidInput, match="n must be a whole number from 1 to 5, got 6; take fewer"):
        validation.whole(6, "n", at_most=5, remedy="take fewer")


def test_real_numbers():
    assert validation.real(np.float32(0.5), "gain") == 0.5
    assert type(validation.real(np.array(2), "gain", above=1, at_most=2)) is float
    for bad in (np.nan, np.inf, True, "1", None, [1.0], [[1], [1, 2]], 1j):
        with pytest.raises(InvalidInput, match="gain must be a finite number, got"):
            validation.real(bad, "gain")
    for bounds, bad in (({"above": 0}, 0), ({"at_least": 0}, -1), ({"below": 1}, 1), ({"at_most": 1}, 1.5)):
        with pytest.raises(InvalidInput, match=f"got {bad}"):
            validation.real(bad, "gain", **bounds)
    with pytest.raises(InvalidInput, match=r"^rate must be a finite number >= 0 and < 10 Hz, got 10$"):
        validation.real(10, "rate", at_least=0, below=10, unit="Hz")


def test_shares():
    assert [validation.share(value, "fraction") for value in (0, 1, np.float64(0.3))] == [0, 1, 0.3]
    for bad in (-0.1, 1.1, np.nan, True, "0.5"):
        with pytest.raises(InvalidInput, match="fraction must be a number from 0 to 1, got"):
            validation.share(bad, "fraction")


def test_times():
    assert validation.one_time(20 * brian2.ms, "tau") == pytest.approx(0.02)
    assert validation.one_time(0, "tau", zero=True) == 0
    np.testing.assert_array_equal(validation.seconds([1, 2], "tau"), [1.0, 2.0])
    with pytest.raises(InvalidInput, match="tau must be one time"):
        validation.one_time([1.0, 2.0], "tau")
    with pytest.raises(InvalidInput, match=r"tau must be finite and > 0 seconds, got 0"):
        validation.one_time(0, "tau")
    with pytest.raises(InvalidInput, match=r"tau must be finite and >= 0 seconds, got -1"):
        validation.one_time(-1, "tau", zero=True)
    with pytest.raises(InvalidInput, match="tau must be a time, got a quantity of unit mV"):
        validation.one_time(20 * brian2.mV, "tau")
    for bad in (True, "1 ms", None, np.timedelta64(1, "s")):
        with pytest.raises(InvalidInput, match="tau must be a number of seconds"):
            validation.one_time(bad, "tau", zero=True)
    with pytest.raises(InvalidInput, match="gain must be a finite number mV, got"):
        validation.real(20 * brian2.mV, "gain", unit="mV")


def test_bools():
    assert validation.boolean(np.False_, "symmetric") is False
    for bad in (0, 1, "True", None):
        with pytest.raises(InvalidInput, match="symmetric must be True or False, got"):
            validation.boolean(bad, "symmetric")


def test_arrays_of_real_numbers():
    cues = np.zeros((2, 3))
    axes = {"cue": None, "visible": 3}
    assert validation.real_array(cues, "cues", axes) is cues
    assert validation.real_array(np.zeros((0, 3)), "cues", axes, empty=True).shape == (0, 3)
    assert validation.real_array(5, "threshold").shape == ()
    for bad in (np.zeros((2, 4)), np.zeros(3), np.zeros((0, 3))):
        with pytest.raises(InvalidInput, match=r"cues must have shape \(cue, visible\) = \(≥1, 3\), got"):
            validation.real_array(bad, "cues", axes)
    with pytest.raises(InvalidInput, match=r"threshold must have shape \(hidden,\) = \(4,\), got \(3,\)"):
        validation.real_array(np.zeros(3), "threshold", {"hidden": 4})
    for bad in ("text", [[1], [1, 2]], [1j], [None]):
        with pytest.raises(InvalidInput, match="cues must be an array of real numbers"):
            validation.real_array(bad, "cues")
    with pytest.raises(InvalidInput, match=r"cues must be finite, got 2 NaN or infinite of 3 values, first at \[1\]"):
        validation.real_array([1, np.nan, np.inf], "cues")


def test_binary_arrays():
    axes = {"target": None, "hidden": 2}
    found = validation.binary_array([[0, 1.0]], "targets", axes)
    assert found.dtype == bool
    np.testing.assert_array_equal(found, [[False, True]])
    with pytest.raises(InvalidInput, match=r"targets must have shape \(target, hidden\) = \(≥1, 2\)"):
        validation.binary_array([0, 1], "targets", axes)
    for shape in ((2,), (3, 2), (0, 3, 2)):
        assert validation.binary_array(np.zeros(shape), "states", {"…": None, "hidden": 2}).shape == shape
    for shape in ((), (3,), (2, 3)):
        with pytest.raises(InvalidInput, match=r"states must have shape \(…, hidden\) = \(…, 2\), got"):
            validation.binary_array(np.zeros(shape), "states", {"…": None, "hidden": 2})
    for bad in ([[0, 0.5]], [["0", "1"]], [[-1, 1]]):
        with pytest.raises(InvalidInput, match="targets must be binary"):
            validation.binary_array(bad, "targets", axes)


def test_known_names():
    assert validation.one_of("event", "engine", {"event": 1, "torch": 2}) == "event"
    assert validation.one_of(np.str_("event"), "engine", ["event"]) == "event"
    assert validation.one_of(2, "flips", (1, 2)) == 2
    with pytest.raises(InvalidInput, match=r"engine must be one of \['event', 'torch'\], got 'evnt'; did you mean 'e"):
        validation.one_of("evnt", "engine", ["event", "torch"])
    with pytest.raises(InvalidInput, match=r"got 'magic'$"):
        validation.one_of("magic", "engine", ["event"])
    with pytest.raises(InvalidInput, match=r"got 'evnt'; did you mean 'event'\? Or give an engine$"):
        validation.one_of("evnt", "engine", ["event"], remedy="or give an engine")
    for bad in (True, [1], np.array([1, 2]), None):
        with pytest.raises(InvalidInput, match=r"flips must be one of \[1, 2\], got .*; more are too many"):
            validation.one_of(bad, "flips", (1, 2), remedy="more are too many")


def test_different_values():
    assert validation.distinct((1, 2), "sizes") == [1, 2]
    with pytest.raises(InvalidInput, match=r"sizes must be different from one another, got \[1, 1\]"):
        validation.distinct((1, 1), "sizes")


def test_objects_of_a_class():
    assert validation.instance(1.0, "x", float) == 1.0
    assert validation.sequence_of(1.0, "x", float) == [1.0]
    assert validation.sequence_of((1.0, 2.0), "x", float) == [1.0, 2.0]
    with pytest.raises(InvalidInput, match=r"x must be a float, got 'text'; give 1\.0"):
        validation.instance("text", "x", float, remedy="give 1.0")
    with pytest.raises(InvalidInput, match="x must be a float, got ndarray"):
        validation.instance(np.zeros(100), "x", float)
    for bad in ((), (1.0, "text"), 3):
        with pytest.raises(InvalidInput, match="x must be a float or a non-empty sequence of them"):
            validation.sequence_of(bad, "x", float)


def test_generators():
    assert validation.generator(3).random() == np.random.default_rng(3).random()
    for bad in (-1, 0.5, None):
        with pytest.raises(InvalidInput, match="seed must be a whole number >= 0"):
            validation.generator(bad)


def test_assign_sets_fields_of_a_frozen_dataclass():
    @dataclass(frozen=True)
    class Frozen:
        value: float

    owner = Frozen(1)
    with pytest.raises(FrozenInstanceError):
        owner.value = 2
    validation.assign(owner, value=2)
    assert owner.value == 2
