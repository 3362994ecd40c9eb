"""Settings of the sweeps over memories: which there are, and the values that are allowed.

They are checked before anything is measured, so that a wrong value does not count as a refusal by a model.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

from neurosim.errors import InvalidInput
from neurosim.validation import listed, one_of, real, whole

_WRONG_BITS = "more wrong bits make another pattern"
RULES: dict[str, Callable[[Any], Any]] = {
    "n_neurons": partial(whole, name="n_neurons", at_least=4),
    "n_patterns": partial(whole, name="n_patterns"),
    "n_cues": partial(whole, name="n_cues"),
    "flipped": partial(real, name="flipped", at_least=0, at_most=0.5, remedy=_WRONG_BITS),
    "separation": partial(real, name="separation", above=0, at_most=0.5, remedy="0.5 is that of random patterns"),
    "correlation": partial(real, name="correlation", at_least=0, below=1),
    "criterion": partial(real, name="criterion", above=0, at_most=1, remedy="it is an overlap"),
    "networks": partial(whole, name="networks"),
    "maximum": partial(whole, name="maximum"),
    "load": partial(real, name="load", above=0),
    "level": partial(real, name="level", above=0, below=1, remedy="for instance 0.5"),
    "confidence": partial(real, name="confidence", above=0, below=1, remedy="for instance 0.95"),
}
OF_PATTERNS = ("separation", "correlation", "criterion", "n_cues")  # of every sweep


def check_settings(
    grid: Mapping[str, Sequence[Any]], settings: Mapping[str, Any], known: Collection[str], needed: Collection[str]
) -> None:
    """Refuse unknown, missing and doubled settings, and values out of their ranges.

    Parameters
    ----------
    grid : mapping of str to sequence
        Settings that vary.
    settings : mapping of str to value
        Settings that do not.
    known, needed : collection of str
        Names of the settings that there are besides `OF_PATTERNS`, and of those without a default.

    Raises
    ------
    InvalidInput
        One of the above.

    Examples
    --------
    >>> check_settings({"n_neurons": [50]}, {"n_patterns": 5}, ["n_neurons", "n_patterns"], ["n_neurons"])
    >>> check_settings({"n_neurons": [50]}, {"criterion": 2}, ["n_neurons"], ["n_neurons"])
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: criterion must be a finite number > 0 and <= 1, got 2; it is an overlap
    """
    for name in (*grid, *settings):
        one_of(name, "a setting of the sweep", [*known, *OF_PATTERNS])
    if both := [name for name in grid if name in settings]:
        raise InvalidInput(f"a setting must vary in the grid or have one value, got both for {both}")
    if missing := [name for name in needed if name not in {*grid, *settings}]:
        raise InvalidInput(f"the grid or the settings must give {' and '.join(missing)}, got {[*grid, *settings]}")
    for name, values in {**{name: [value] for name, value in settings.items()}, **grid}.items():
        for value in listed(values, f"the range of {name}", "values"):
            RULES[name](value)
