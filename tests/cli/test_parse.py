"""Texts of the command line become numbers, settings and objects, or a message with rule, value and remedy."""

import math
import re

import pytest

from neurosim import InvalidInput
from neurosim.cli import parse
from neurosim.constraints import Bounded, Dale, Homeostatic, Sparse


def test_a_value_keeps_its_type():
    found = [parse.value(text) for text in ("7", "0.5", "-2e3", "False", "cpu", "01:30:00", "")]
    assert found == [7, 0.5, -2000.0, False, "cpu", "01:30:00", ""]
    assert [type(x) for x in found] == [int, float, float, bool, str, str, str]


@pytest.mark.parametrize(
    ("text", "whole", "found"),
    [("1", False, [1.0]), ("3:3", True, [3]), ("5,2", True, [5, 2]), ("1e-3,2", False, [0.001, 2.0])],
)
def test_numbers(text, whole, found):
    assert parse.numbers(text, "x", whole=whole) == found


@pytest.mark.parametrize(
    ("text", "whole"), [("", False), ("1,", False), ("3:2", False), ("3:2", True), ("1.5", True), ("1,1.0", False)]
)
def test_texts_that_are_not_different_numbers_are_refused(text, whole):
    with pytest.raises(InvalidInput, match=f"x must be different numbers such as .*, got '{text}'"):
        parse.numbers(text, "x", whole=whole)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0:0.6:0.1", [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]),
        ("1:3", [1, 2, 3]),
        ("-1:1:0.5", [-1, -0.5, 0, 0.5, 1]),
        ("0:1:0.3", [0, 0.3, 0.6, 0.9]),
    ],
)
def test_ranges_have_both_ends(text, found):
    assert parse.numbers(text, "x") == found
    assert parse.numbers("5:15:5", "x", whole=True) == [5, 10, 15]


def test_ranges_that_do_not_end_are_refused():
    for text in ("0:1:0", "0:1:-1", "0:inf:1", "0:1:1e-9", "1:2:3:4", "nan:1:1"):
        with pytest.raises(InvalidInput, match="x must be different numbers"):
            parse.numbers(text, "x")


def test_several_values_are_the_grid_and_one_is_fixed():
    grid, fixed = parse.ranges({"missing": "0,0.5", "n_hidden": "2:4", "ratio": "3", "gain": None})
    assert grid == {"missing": [0, 0.5], "n_hidden": [2, 3, 4]} and fixed == {"ratio": 3}
    with pytest.raises(InvalidInput, match="one of --missing, --hidden must have several values"):
        parse.ranges({"missing": "1", "n_hidden": None})


def test_settings_are_known_and_different():
    assert parse.settings(["a=1", "b=x=y"], "--set") == {"a": 1, "b": "x=y"}
    for texts, message in (
        (["a"], "--set must be NAME=VALUE, got 'a'"),
        (["=1"], "--set must be NAME=VALUE, got '=1'"),
        (["a=1", "a=2"], "once for each name, got a twice"),
        (["wirng=1"], r"must be one of \['wiring'\], got 'wirng'; did you mean 'wiring'"),
    ):
        with pytest.raises(InvalidInput, match=message):
            parse.settings(texts, "--set", ["wiring"] if "wirng" in texts[0] else None)


def test_constraints_take_settings_by_name_or_in_order():
    same = parse.constraints(["sparse:0.1,false", "sparse:density=0.1,reciprocal=false"])
    assert same == [Sparse(0.1, False)] * 2
    assert parse.constraints(["dale:0.8,interneurons=pool"]) == [Dale(0.8, interneurons="pool")]
    assert parse.constraints(["bounded:inf", "homeostatic"]) == [Bounded(math.inf), Homeostatic()]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sparce:0.1", "constraint must be one of ['sparse'"),
        ("sparce:0.1", "got 'sparce'; did you mean 'sparse'?"),
        ("sparse:0.1 dale", "each constraint must be one word without spaces, got 'sparse:0.1 dale'"),
        ("", "each constraint must be one word without spaces, got ''"),
        ("sparse:many=1", "sparse has the settings density, reciprocal, each once, got 'many=1'"),
        ("sparse:0.1,density=1", "each once, got 'density=1'"),
        ("sparse:0.1,true,3", "each once, got '3'"),
        ("sparse", "sparse needs density, as in sparse:density=VALUE, got 'sparse'"),
        ("sparse:few", "got 'few'"),
    ],
)
def test_a_wrong_constraint_is_refused(text, message):
    with pytest.raises(InvalidInput, match=re.escape(message)):
        parse.constraints([text])
