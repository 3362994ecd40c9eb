"""Engines by name, and engines read from their records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from neurosim.engines.base import Engine
from neurosim.engines.builtin import Brian, Event, Reference, Torch
from neurosim.engines.circuit import Circuit
from neurosim.errors import InvalidInput
from neurosim.plugins import Registry, subclass_of
from neurosim.validation import one_of

ENGINES: Registry[type[Engine]] = Registry(
    "engines", {engine.name: engine for engine in (Event, Reference, Torch, Brian, Circuit)}, *subclass_of(Engine)
)


def get_engine(value: Any) -> Engine:
    """Return an engine; a name in `ENGINES` stands for the engine with its defaults.

    Parameters
    ----------
    value : Engine or str

    Raises
    ------
    InvalidInput
        Neither an engine nor a known name.

    Examples
    --------
    >>> get_engine("event"), get_engine(Reference(dt=1e-4))
    (Event(), Reference(dt=0.0001))
    """
    if isinstance(value, Engine):
        return value
    if isinstance(value, type) and issubclass(value, Engine):
        raise InvalidInput(f"engine must be an object, got the class {value.__name__}; give {value.__name__}()")
    if not isinstance(value, str):
        known = ", ".join(f"{kind.__name__}()" for kind in ENGINES.values())
        raise InvalidInput(f"engine must be a name or an object such as {known}, got {value!r}")
    return ENGINES[one_of(value, "engine", ENGINES)]()


def from_record(record: Mapping[str, Any] | str) -> Engine:
    """Return the engine of a record.

    Parameters
    ----------
    record : mapping or str
        Result of `Engine.to_record`, or its JSON: the attribute `engine_settings` of a result.

    Raises
    ------
    InvalidInput
        No engine of this name is registered in `ENGINES`, as for a `Function`, whose code no record holds; or an option
        is unknown to it.

    Examples
    --------
    >>> import neurosim
    >>> net = neurosim.Network.gaussian(20, 4, seed=0)
    >>> out = neurosim.recall(net, net.weights.T, engine=Reference(dt=5e-5))
    >>> from_record(out.attrs["engine_settings"])
    Reference(dt=5e-05)
    """
    try:
        options = dict(json.loads(record) if isinstance(record, str) else record)
    except (TypeError, ValueError, RecursionError):
        rule = "the record of an engine must be a mapping of its options, or its JSON"
        raise InvalidInput(f"{rule}, got {str(record)[:60]!r}") from None
    remedy = "make it from its own code, or register its class in neurosim.engines.ENGINES"
    kind = ENGINES[one_of(options.pop("name", None), "the engine of the record", ENGINES, remedy=remedy)]
    known = [f.name for f in fields(kind)]
    for option in options:
        one_of(option, f"an option of {kind.__name__}", known)
    return kind(**options)
