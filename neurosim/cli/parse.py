"""The one parser of command line texts: lists of numbers, ranges, settings, constraints, models and engines.

=====================  ==============================================
`value`                "0.1", "true", "pool": a number, a bool or text
`numbers`              "0,0.5,1", "2:12" or "0:1:0.1": different numbers
`names`                "hidden,visible": different known names
`ranges`               texts of `numbers` by setting: the grid of a sweep
`settings`             "name=value" texts: a dictionary
`component`            "sparse:0.1,reciprocal=false": an object
`constraints`          texts: objects of `neurosim.constraints`
`models`               texts: memories to compare, by these texts
`damage`               "noise:0.25+occluded:part=upper": damage to cues
`engine`               "brian:cells=regular,target=cpp_standalone"
`ensemble`             "log_normal:spread=1" or "module:function"
=====================  ==============================================

The library itself takes objects and functions. No text is parsed there.
"""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Collection, Iterable, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from neurosim.errors import InvalidInput
from neurosim.validation import distinct, one_of

if TYPE_CHECKING:
    from neurosim.constraints import Constraint
    from neurosim.damage import Damage
    from neurosim.engines import Engine
    from neurosim.ensembles import Ensemble
    from neurosim.models import Model

T = TypeVar("T")


def value(text: str) -> int | float | bool | str:
    """Return a number, True or False if the text is one, or the text itself.

    Examples
    --------
    >>> value("4"), value("1e-3"), value("inf"), value("True"), value("pool")
    (4, 0.001, inf, True, 'pool')
    """
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def numbers(text: str, name: str, *, whole: bool = False) -> list[Any]:
    """Return the different numbers of a text.

    Parameters
    ----------
    text : str
        Numbers separated by commas, or "low:high:step" with both ends, or, for a step of 1, "low:high".
    name : str
        Name of the option in the error message.
    whole : bool, default False
        Whether only whole numbers are allowed.

    Returns
    -------
    list of float, or of int if `whole`

    Raises
    ------
    InvalidInput
        The text holds no numbers, or one of them twice.

    Examples
    --------
    >>> numbers("0,0.5,1", "--threshold")
    [0.0, 0.5, 1.0]
    >>> numbers("0.2:0.5:0.1", "--threshold")
    [0.2, 0.3, 0.4, 0.5]
    """
    kind = int if whole else float
    try:
        found = _range(*map(kind, text.split(":"))) if ":" in text else [kind(part) for part in text.split(",")]
    except (ValueError, TypeError, OverflowError):  # no numbers, not two or three of them, or infinite ones
        found = []
    if not found or len(set(found)) < len(found):
        example = "2:12 or 5,10,15" if whole else "0,0.5,1 or 0:1:0.1"
        raise InvalidInput(f"{name} must be different numbers such as {example}, got {text!r}")
    return found


def _range(low: float, high: float, step: float = 1) -> list[Any]:
    """Return low, low + step … up to high, at most a million numbers; the type is that of the step."""
    n = math.floor((high - low) / step + 1e-9) + 1 if step > 0 else 0
    if n > 1_000_000:
        raise OverflowError(n)
    return [type(low)(round(low + k * step, 12)) for k in range(n)]


def names(text: str, name: str, known: Collection[str]) -> list[str]:
    """Return the different names of a text, separated by commas.

    Parameters
    ----------
    text : str
    name : str
        Name of the option in the error message.
    known : collection of str
        The allowed names.

    Raises
    ------
    InvalidInput
        A name is unknown or occurs twice.

    Examples
    --------
    >>> names("hidden,visible", "--kinds", ["hidden", "visible", "original"])
    ['hidden', 'visible']
    """
    found = text.split(",")
    if not set(found) <= set(known) or len(set(found)) < len(found):
        raise InvalidInput(f"{name} must be different ones of {', '.join(known)}, got {text!r}")
    return found


def ranges(texts: Mapping[str, str | None]) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Return the grid of a sweep and its fixed values.

    Parameters
    ----------
    texts : mapping of str to str or None
        Numbers by the name of the setting. Several are a range, one is a fixed value; None is left out.

    Returns
    -------
    grid : dict of str to list of float
    fixed : dict of str to float

    Raises
    ------
    InvalidInput
        There is no range, or a text holds no different numbers.

    Examples
    --------
    >>> ranges({"noise_std": "0,1,2", "threshold": "0.5", "ratio": None})
    ({'noise_std': [0.0, 1.0, 2.0]}, {'threshold': 0.5})
    """
    found = {
        name: numbers(text, option_of(name), whole=name == "n_hidden")
        for name, text in texts.items()
        if text is not None
    }
    grid = {name: values for name, values in found.items() if len(values) > 1}
    if not grid:
        options = ", ".join(map(option_of, texts))
        raise InvalidInput(f"one of {options} must have several values, such as 0,0.5,1 or 0:1:0.1")
    return grid, {name: values[0] for name, values in found.items() if len(values) == 1}


def option_of(setting: str) -> str:
    """Return the option of a setting.

    Examples
    --------
    >>> option_of("noise_std"), option_of("n_hidden")
    ('--noise-std', '--hidden')
    """
    return "--" + setting.removeprefix("n_").replace("_", "-")


def settings(texts: Iterable[str], option: str, known: Collection[str] | None = None) -> dict[str, Any]:
    """Return the values of "name=value" texts by name.

    Parameters
    ----------
    texts : iterable of str
    option : str
        Name of the option in the error message.
    known : collection of str, optional
        The allowed names. Default: any name.

    Raises
    ------
    InvalidInput
        A text is not "name=value", or a name is unknown or occurs twice.

    Examples
    --------
    >>> settings(["timeout_min=60", "slurm_partition=cpu"], "--cluster-option")
    {'timeout_min': 60, 'slurm_partition': 'cpu'}
    """
    found: dict[str, Any] = {}
    for text in texts:
        name, equals, after = text.partition("=")
        if not name or not equals:
            raise InvalidInput(f"{option} must be NAME=VALUE, got {text!r}")
        if known is not None:
            one_of(name, f"the name in {option}", known)
        if name in found:
            raise InvalidInput(f"{option} must be given once for each name, got {name} twice")
        found[name] = value(after)
    return found


def component(text: str, what: str, known: Mapping[str, type[T]], *, without: Collection[str] = ()) -> T:
    """Return the object of a text such as "dale:0.8,interneurons=pool".

    Parameters
    ----------
    text : str
        Name of the class, and the arguments of its constructor, by name or in their order.
    what : str
        Noun for the classes in the error message.
    known : mapping of str to type
        The classes by name.
    without : collection of str, default ()
        Arguments of the constructors that cannot be given.

    Raises
    ------
    InvalidInput
        There is no class of this name, an argument is missing or unknown, or a value is out of its range.

    Examples
    --------
    >>> from neurosim.constraints import CONSTRAINTS
    >>> component("sparse:0.1,reciprocal=false", "constraint", CONSTRAINTS)
    Sparse(density=0.1, reciprocal=False)
    """
    if len(text.split()) != 1:
        raise InvalidInput(f"each {what} must be one word without spaces, got {text!r}")
    name, _, rest = text.partition(":")
    signature = inspect.signature(known[one_of(name, what, known)])
    parameters = {key: one for key, one in signature.parameters.items() if key not in without}
    order, arguments = list(parameters), {}
    for position, part in enumerate(rest.split(",") if rest else []):
        key, equals, after = part.partition("=")
        if not equals:
            key, after = order[position] if position < len(order) else part, part
        if key not in parameters or key in arguments:
            rule = f"has the settings {', '.join(order)}, each once" if order else "has no settings"
            raise InvalidInput(f"{name} {rule}, got {part!r}")
        arguments[key] = value(after)
    needed = [key for key, one in parameters.items() if one.default is one.empty and key not in arguments]
    if needed:
        raise InvalidInput(f"{name} needs {', '.join(needed)}, as in {name}:{needed[0]}=VALUE, got {text!r}")
    return known[name](**arguments)


def constraints(texts: Iterable[str]) -> list[Constraint]:
    """Return the constraints of texts, in their order.

    See Also
    --------
    neurosim.constraints.constrain : Apply constraints to a network.

    Examples
    --------
    >>> constraints(["sparse:0.1", "dale:0.8,0.8,pool"])
    [Sparse(density=0.1, reciprocal=True), Dale(excitatory_visible=0.8, excitatory_hidden=0.8, interneurons='pool')]
    """
    from neurosim.constraints import CONSTRAINTS

    return [component(text, "constraint", CONSTRAINTS) for text in texts]


def models(texts: Iterable[str]) -> dict[str, Model]:
    """Return the memories of texts, by these texts.

    Parameters
    ----------
    texts : iterable of str
        Names in `neurosim.models.MODELS` or of two-layer memories, with settings. A seed is no setting, because a
        comparison draws one for each network.

    Raises
    ------
    InvalidInput
        A text occurs twice, or names no memory with these settings.

    See Also
    --------
    neurosim.measure.comparison.compare.compare : Measure the memories.

    Examples
    --------
    >>> models(["hebb", "dense:power=4"])
    {'hebb': Hebb(), 'dense:power=4': Dense(power=4)}
    """
    from neurosim.measure.comparison.two_layer import TWO_LAYER
    from neurosim.models import MODELS

    known = {**MODELS, **TWO_LAYER}
    return {text: component(text, "memory", known, without=["seed"]) for text in distinct(texts, "memories")}


def damage(text: str) -> Damage:
    """Return the damage of a text: kinds with their settings, joined by "+" in their order; none: the intact cue.

    Raises
    ------
    InvalidInput
        There is no such kind of damage, or a setting is missing, unknown or out of its range.

    Examples
    --------
    >>> damage("noise:0.25")
    Noise(std=0.25, varied=False)
    >>> str(damage("missing:0.3,fill=mean+occluded:left"))
    'missing:fraction=0.3,fill=mean+occluded:part=left'
    """
    from neurosim.damage import DAMAGES, Combined

    parts = [] if text == str(Combined()) else text.split("+")
    kinds = [component(part, "damage", DAMAGES) for part in parts]
    return kinds[0] if len(kinds) == 1 else Combined(tuple(kinds))


def engine(text: str) -> Engine:
    """Return the engine of a text.

    Parameters
    ----------
    text : str
        A name in `neurosim.engines.ENGINES`, with options by name where they differ from the defaults.

    Raises
    ------
    InvalidInput
        There is no such engine, or an option is unknown or out of its range.

    Examples
    --------
    >>> engine("torch:device=cuda,dtype=float32")
    Torch(device='cuda', dtype='float32')
    >>> engine("brian:cells=population,target=cpp_standalone").cells.n_cells
    10
    """
    from neurosim.engines import ENGINES

    return component(text, "engine", ENGINES)


def ensemble(text: str) -> str | Ensemble:
    """Return the ensemble of random weights of a text.

    Parameters
    ----------
    text : str
        A name in `neurosim.ensembles.ENSEMBLES`, with settings where they differ from the defaults, or
        "module:function" with a function ``(n_visible, n_hidden, rng)`` of a module that can be imported, also from the
        current folder.

    Raises
    ------
    InvalidInput
        There is no such ensemble, module or function, or a setting is unknown.

    Examples
    --------
    >>> ensemble("orthogonal")
    'orthogonal'
    >>> from neurosim.ensembles import name_of
    >>> name_of(ensemble("log_normal:spread=1"))
    'neurosim.ensembles.log_normal(spread=1)'
    """
    from neurosim.ensembles import ENSEMBLES

    name, _, rest = text.partition(":")
    if name not in ENSEMBLES and rest:
        return _imported(name, rest)
    draw = ENSEMBLES[one_of(name, "ensemble", ENSEMBLES, remedy="or give module:function")]
    if not rest:
        return name
    known = list(inspect.signature(draw).parameters)[3:]
    given = settings(rest.split(","), f"settings of {name}", known=known)
    return partial(draw, **given)


def _imported(module: str, function: str) -> Any:
    """Return a function of a module, which is also looked for in the current folder, as `python -m` does."""
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        found = getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise InvalidInput(f"{module}:{function} names no function: {error}") from None
    if not callable(found):
        raise InvalidInput(f"{module}:{function} must be a function (n_visible, n_hidden, rng), got {found!r}")
    return found
