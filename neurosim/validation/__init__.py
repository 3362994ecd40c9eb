"""Checks of arguments: the only place that decides whether a value is a number, a time, an array or a known name.

Each function takes the value and its name in the public interface, and returns the value in its canonical type.
Arrays of every library and data type pass through one conversion, `neurosim.validation.conversion`. If the value breaks
the rule, `InvalidInput` is raised; its message gives the rule, the value and, where there is one, the remedy. A rule of
a single class or function, such as a relation between two arguments, belongs there.

========================  =======================================================
`whole`                   a whole number within bounds
`seed_number`             a whole number ≥ 0 of any size
`real`                    a finite real number within open or closed bounds
`real_or_infinite`        the same, or infinity
`noise_level`             a standard deviation of noise, from 0 to 10^100
`share`                   a finite real number from 0 to 1
`one_time`                one time > 0 (or >= 0), in seconds
`time_step`               one time of at least 10^-12 s
`seconds`                 one or several times > 0, in seconds
`boolean`                 True or False
`real_array`              an array of finite real numbers with named axes, float64
`whole_array`             an array of whole numbers, int64
`binary_array`            an array of 0 and 1 with named axes, bool
`frozen`                  a copy of an array that nobody can change
`one_of`                  one of a set of names, with a hint at the nearest
`distinct`                a sequence in which no value occurs twice
`instance`                an object of a class
`takes`                   a decorator: arguments that are objects of a class
`built`                   an object from its record
`listed`                  a sequence of any objects, no text
`real_numbers`            one or several finite real numbers, as a list
`names_of`                one or several of the known names, as a list
`sequence_of`             one or several objects of a class, as a list
`generator`               the random generator of a seed
`assign`                  store checked values in a frozen dataclass
========================  =======================================================
"""

from neurosim.validation.arrays import binary_array, frozen, real_array, real_numbers, whole_array
from neurosim.validation.numbers import (
    noise_level,
    one_time,
    real,
    real_or_infinite,
    seconds,
    seed_number,
    share,
    time_step,
    whole,
)
from neurosim.validation.objects import (
    assign,
    boolean,
    built,
    distinct,
    generator,
    instance,
    listed,
    names_of,
    one_of,
    sequence_of,
    takes,
)

__all__ = [
    "assign",
    "binary_array",
    "boolean",
    "built",
    "distinct",
    "frozen",
    "generator",
    "instance",
    "listed",
    "names_of",
    "noise_level",
    "one_of",
    "one_time",
    "real",
    "real_array",
    "real_numbers",
    "real_or_infinite",
    "seconds",
    "seed_number",
    "sequence_of",
    "share",
    "takes",
    "time_step",
    "whole",
    "whole_array",
]
