"""Changes of the Brian2 equations (`neurosim.engines.Changes`): applied to the text of a group or of synapses.

`extension` calls `Changes.build`; `changed_check` tests all on a small network when an engine is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import brian2
import numpy as np
from brian2.core.variables import ArrayVariable
from brian2.equations.equations import (
    DIFFERENTIAL_EQUATION,
    PARAMETER,
    Equations,
    Expression,
    SingleEquation,
    dimensions_and_type_from_string,
)
from brian2.units.fundamentalunits import DIMENSIONLESS, Quantity, get_unit
from brian2.utils.stringtools import get_identifiers

from neurosim.engines.changes import Changes
from neurosim.errors import InvalidInput
from neurosim.validation import real

TIME_CONSTANT = {"h": "tau_h", "v": "tau_v"}  # of the variables that take a term


def checked_parameters(changes: Changes) -> dict[str, tuple[float, str]]:
    """Return the parameters as value and unit in SI units, after checking them and all texts.

    Raises
    ------
    InvalidInput
        As for `Changes`.
    """
    parsed = {name: parse(text, f"equations[{name!r}]") for name, text in changes.equations.items()}
    for variable, text in changes.terms.items():
        with _readable(f"terms[{variable!r}]"):
            Expression(text)
    for name, text in changes.on_pre.items():
        with _readable(f"on_pre[{name!r}]"):
            compile(text.strip(), "on_pre", "exec")
    found = {name: _value_and_unit(value, name) for name, value in changes.parameters.items()}
    for name in found:
        with _readable(f"the parameter {name!r}"):
            Equations.check_identifier(name)
        _check_declarations(name, parsed)
        if not any(name in get_identifiers(text) for text in changes.texts):
            raise InvalidInput(f"no equation, term, statement or function mentions the parameter {name!r}; omit it")
    return found


def parse(text: str, what: str) -> Equations:
    """Return the parsed equations; refuse a text that Brian2 cannot read."""
    with _readable(what):
        return Equations(text)


def is_integrated(changes: Changes, name: str, text: str) -> bool:
    """Return whether the differential equations of a group are changed, so that its exact step does not hold."""
    differential = Equations(text).diff_eq_names
    added = Equations(changes.equations.get(name, "")).diff_eq_names
    return bool(added) or any(variable in differential for variable in changes.terms)


def method(changes: Changes, name: str, text: str) -> str:
    """Return the integration method of a group with changed differential equations."""
    return "heun" if model(changes, name, text).is_stochastic else "rk2"


def model(changes: Changes, name: str, text: str) -> Equations:
    """Return the equations of a group or of synapses with their changes.

    Parameters
    ----------
    changes : Changes
    name : str
        Name of the object.
    text : str
        Its equations without changes.

    Raises
    ------
    InvalidInput
        An added equation of a group has the name of a variable that it has already.
    """
    own = {equation.varname: equation for equation in Equations(text).values()}
    for equation in Equations(changes.equations.get(name, "")).values():
        if equation.varname in own and "_to_" not in name:
            raise InvalidInput(
                f"equations[{name!r}] must have names of their own, but {name} has a variable {equation.varname!r}; "
                "choose another name, or add to its right-hand side by terms"
            )
        own[equation.varname] = equation
    for variable, term in changes.terms.items():
        if variable in own and own[variable].type == DIFFERENTIAL_EQUATION:
            own[variable] = _with_term(own[variable], f"({term})/{TIME_CONSTANT[variable]}")
    mentioned = get_identifiers(changes.on_pre.get(name, "")).union(
        *(get_identifiers(equation.expr.code) for equation in own.values() if equation.expr is not None)
    )
    for parameter, (_, unit) in changes.parameters.items():
        if parameter in mentioned and parameter not in own:
            own |= Equations(f"{parameter} : {unit} (shared, constant)")
    return Equations(list(own.values()))


def monitored(network: brian2.Network, groups: Mapping[str, Any], own: set[str], n_cues: int) -> dict[str, np.ndarray]:
    """Return what StateMonitors of a user's own recorded of the groups of the model.

    Parameters
    ----------
    network : brian2.Network
    groups : mapping of str to object
        The objects of the model.
    own : set of str
        Names of the monitors of the model.
    n_cues : int

    Returns
    -------
    dict
        "monitor:NAME:VARIABLE" → samples (cue, time, neuron); VARIABLE "t" → times (cue, time), seconds.
    """
    found = {}
    for one in network.objects:
        if isinstance(one, brian2.StateMonitor) and one.name not in own and one.source.name in groups:
            found[f"monitor:{one.name}:t"] = np.tile(np.asarray(one.t), (n_cues, 1))
            for variable in one.record_variables:
                samples = np.asarray(getattr(one, variable))
                by_cue = samples.reshape(n_cues, -1, samples.shape[1])
                found[f"monitor:{one.name}:{variable}"] = by_cue.transpose(0, 2, 1)
    return found


def values(changes: Changes | None) -> dict[tuple[str, str], float]:
    """Return the values of the parameters, for `blocks.Program.assign`."""
    return {} if changes is None else {("", name): value for name, (value, _) in changes.parameters.items()}


def owners(network: brian2.Network, parameter: str) -> list[Any]:
    """Return the objects of a network that declare a shared constant of this name."""
    found = []
    for owner in network.objects:
        variable: Any = getattr(owner, "variables", {}).get(parameter)
        if is_own(owner, variable) and variable.scalar:
            found.append(owner)
    return sorted(found, key=lambda owner: owner.name)


def is_own(owner: Any, variable: Any) -> bool:
    """Return whether an object holds the values of a variable itself, so that it is no link to another object."""
    return isinstance(variable, ArrayVariable) and getattr(variable.owner, "name", None) == owner.name


@contextmanager
def _readable(what: str) -> Iterator[None]:
    """Turn an error of Brian2's or Python's parser into InvalidInput."""
    try:
        yield
    except (ValueError, SyntaxError, TypeError, NotImplementedError) as error:
        raise InvalidInput(
            f"{what} cannot be read by Brian2: {error}; see Brian2's documentation of equations"
        ) from None
    except Exception as error:  # EquationError, which Brian2 derives from Exception alone
        raise InvalidInput(f"{what} is no equation of Brian2: {error}") from None


def _with_term(equation: Any, addend: str) -> SingleEquation:
    """Return a differential equation with an addend on its right-hand side."""
    return SingleEquation(
        equation.type,
        equation.varname,
        equation.dim,
        var_type=equation.var_type,
        expr=Expression(f"{equation.expr.code} + {addend}"),
        flags=equation.flags,
    )


def _value_and_unit(value: Any, name: str) -> tuple[float, str]:
    """Return a number and the name of its SI unit, of a number, a Quantity or such a pair."""
    if isinstance(value, (tuple, list)) and len(value) == 2 and isinstance(value[1], str):
        with _readable(f"the unit of the parameter {name!r}"):
            dimensions_and_type_from_string(value[1])
        return real(value[0], f"the parameter {name!r}"), value[1]
    if isinstance(value, Quantity) and value.dim is not DIMENSIONLESS:
        return real(float(np.asarray(value)), f"the parameter {name!r}"), repr(get_unit(value.dim))
    return real(value, f"the parameter {name!r}"), "1"


def _check_declarations(name: str, parsed: Mapping[str, Equations]) -> None:
    """Refuse a parameter that equations define otherwise than as a shared constant."""
    for owner, equations in parsed.items():
        if name in equations:
            equation = equations[name]
            if equation.type != PARAMETER or set(equation.flags) != {"shared", "constant"}:
                raise InvalidInput(
                    f"{name!r} is a parameter and a variable of equations[{owner!r}]; give one of them another name, "
                    "or declare it (shared, constant)"
                )
