"""`Changes`: what a user adds to the Brian2 equations, as text and as a function that receives the network."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import symtable
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from neurosim.errors import InvalidInput
from neurosim.packages import required
from neurosim.validation import assign, one_of

_TEXTS = ("equations", "terms", "on_pre")
# Of the unparsed source, which has no spaces at p=, and of the texts in it.
_DRAWN = re.compile(r"\b(rand\w*|poisson|sample|Binomial\w*)\b|\bp=")
_DRAWN_IN_PYTHON = re.compile(r"(rand\w*|default_rng|rvs)$")
_GENERATORS = (
    "default_rng",
    "SeedSequence",
    "RandomState",
    "Random",
    "MT19937",
    "PCG64",
    "PCG64DXSM",
    "Philox",
    "SFC64",
)
_RANDOM = re.compile(r"\b(xi(_\w+)?|rand\w*|poisson|Poisson\w+|Binomial\w*)\b")


@dataclass(frozen=True, kw_only=True, repr=False)
class Changes:
    """Changes of the Brian2 network that `Brian` simulates, given as ``Brian(changes=Changes(...))``.

    The names of objects and variables are those of `neurosim.brian_network` and of `neurosim.equations`.

    Parameters
    ----------
    equations : mapping of str to str
        Name of a group or of synapses → equations in Brian2's syntax. To a group they are added. In synapses, an
        equation of a variable that exists replaces it, and others are added.
    terms : mapping of str to str
        "h" or "v" → expression that is added to its right-hand side: τ_h dh/dt = u − h + term, in units of h.
    on_pre : mapping of str to str
        Name of synapses → statements at a presynaptic event, which replace the present ones.
    build : callable or str, optional
        ``build(network)``, or its source: receives the `brian2.Network` before it runs, and adds objects by
        ``network.add``. They have the network's time step. The function uses its argument, what it defines or imports
        itself, the names of brian2, and numpy as ``np``; it is kept as source, so that it can run in other processes.
        Random numbers that it draws (``np.random.random``, ``normal``, ``connect(p=0.1)``, ``x = "rand()"``) have the
        seed of the recall. Parameters have their values only after it. It sets the initial values of variables that
        `equations` add (by default 0), but none of the model, since each run sets them. A ``StateMonitor(group,
        variables, record=True, name=NAME)`` of a group of the model is in the result, as ``NAME_variable``.
    parameters : mapping of str to float or brian2.Quantity
        Values of constants. Every text that mentions one has it as a variable ``(shared, constant)``; objects that
        `build` adds declare it themselves. They can be changed without compiling again. A time above 0 counts as a
        time constant: the time step must not exceed half of it.

    Raises
    ------
    InvalidInput
        A text that Brian2 cannot read, a reserved or duplicate name, a parameter that nothing mentions, or a function
        that uses names of its surroundings. From `Brian`: an unknown object or variable, wrong units, or a change that
        the formulation ignores.

    See Also
    --------
    Brian : Its engine.
    neurosim.equations.CHANGEABLE : What each formulation obeys.

    Examples
    --------
    >>> import neurosim
    >>> from neurosim.engines import Brian, Changes
    >>> adapting = Changes(
    ...     equations={"hidden": "dadapt/dt = (s - adapt)/tau_a : 1"},
    ...     terms={"h": "-strength*adapt"},
    ...     parameters={"strength": 0.8, "tau_a": [0.05, "second"]},
    ... )
    >>> net = neurosim.Network.gaussian(40, 4, seed=0)
    >>> cue = neurosim.patterns.visible_cues(net, [[1, 1, 0, 0]])
    >>> for strength in (0.0, 0.8):
    ...     engine = Brian(changes=adapting.set(strength=strength), codegen="numpy")
    ...     print(neurosim.recall(net, cue, engine=engine).hidden_active.values.astype(int))
    [[1 1 0 0]]
    [[0 0 0 0]]
    """

    equations: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    on_pre: Mapping[str, str] = field(default_factory=dict)
    build: Any = None  # a function becomes its source
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in (*_TEXTS, "parameters"):
            assign(self, **{name: _mapping(getattr(self, name), name)})
        for name in _TEXTS:
            for key, text in getattr(self, name).items():
                if not isinstance(text, str) or not text.strip():
                    raise InvalidInput(f"{name}[{key!r}] must be a text in Brian2's syntax, got {text!r}")
        for variable in self.terms:
            one_of(variable, "a variable with a term", ("h", "v"))
        assign(self, build=None if self.build is None else _source_of(self.build))
        if not (any(getattr(self, name) for name in _TEXTS) or self.build):
            raise InvalidInput("Changes needs equations, terms, on_pre or build; for the unchanged model omit changes=")
        checked = required("neurosim.engines.brian.changed", "Changes").checked_parameters(self)
        assign(self, parameters=checked)

    @property
    def is_random(self) -> bool:
        """Whether a simulation draws random numbers: a text has xi, or names a random function or Poisson object."""
        return self.draws_in_build or any(_RANDOM.search(text) for text in self.texts)

    @property
    def draws_in_build(self) -> bool:
        """Whether `build` draws random numbers while it runs, or what it makes while it is made: ``connect(p=0.1)``."""
        return self.draws_in_python or bool(_DRAWN.search(self.build or ""))

    @property
    def draws_in_python(self) -> bool:
        """Whether Python draws them, so that they are in the arrays of a program, and not drawn by it."""
        return bool(self.build) and _draws(self.build)

    @property
    def objects(self) -> list[str]:
        """Names of the groups and synapses that it changes, without that of h."""
        visible = ["visible"] if "v" in self.terms else []
        return [*self.equations, *self.on_pre, *visible]

    @property
    def texts(self) -> list[str]:
        """All texts."""
        found = [text for name in _TEXTS for text in getattr(self, name).values()]
        return [*found, str(self.build)] if self.build else found

    @property
    def times(self) -> list[float]:
        """The parameters that are times above 0, seconds."""
        return [value for value, unit in self.parameters.values() if unit == "second" and value > 0]

    def set(self, **parameters: Any) -> Self:
        """Return a copy with other values of some parameters.

        Examples
        --------
        >>> noisy = Changes(terms={"v": "sigma*sqrt(2*tau_v)*xi"}, parameters={"sigma": 0.1})
        >>> noisy.set(sigma=0.2).parameters
        {'sigma': (0.2, '1')}
        """
        for name in parameters:
            one_of(name, "a parameter of the changes", sorted(self.parameters))
        changed = self.replace(parameters={**self.parameters, **parameters})
        for name in parameters:
            (_, before), (value, unit) = self.parameters[name], changed.parameters[name]
            if unit != before:
                raise InvalidInput(
                    f"the parameter {name!r} has the unit {before}, got {value:g} in the unit {unit}; give a quantity, "
                    f"or [{value:g}, {before!r}]"
                )
        return changed

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some fields changed."""
        return dataclasses.replace(self, **changes)

    def to_record(self) -> dict[str, Any]:
        """Return all fields for JSON; ``Changes(**record)`` is the inverse."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name)}

    def structure(self) -> dict[str, Any]:
        """Return everything but the values of the parameters."""
        return self.to_record() | {"parameters": {name: value[1] for name, value in self.parameters.items()}}

    def __repr__(self) -> str:
        """Return the fields that are not empty."""
        return f"Changes({', '.join(f'{name}={value!r}' for name, value in self.to_record().items())})"


def get_changes(value: Any) -> Changes:
    """Return changes from an object or its record."""
    if isinstance(value, Changes):
        return value
    if isinstance(value, Mapping):
        for name in value:
            one_of(name, "a field of Changes", [f.name for f in fields(Changes)])
        return Changes(**value)
    raise InvalidInput(f"changes must be Changes(...), got {value!r}")


def _mapping(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise InvalidInput(f"{name} must be a mapping from names, such as {{'hidden': '...'}}, got {value!r}")
    return dict(value)


def _source_of(build: Any) -> str:
    """Return the source of a function of one argument that needs nothing of its surroundings."""
    if not isinstance(build, str):
        if not inspect.isfunction(build):
            raise InvalidInput(f"build must be a function build(network), or its source, got {build!r}")
        try:
            source = textwrap.dedent(inspect.getsource(build))
        except (OSError, TypeError):
            source = ""
        # The lines of a function of `exec` can be those of other code.
        if build.__name__ != "<lambda>" and not re.search(rf"\bdef {re.escape(build.__name__)}\b", source):
            raise InvalidInput(
                f"the source of {build.__name__} is not known; define it in a file or a notebook, or give its source "
                "as text"
            )
        return _checked_source(source)
    return _checked_source(textwrap.dedent(build).strip())


def _checked_source(source: str) -> str:
    remedy = "define build by def, with one argument, without decorators"
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise InvalidInput(f"build cannot be read: {error}; {remedy}") from None
    function = tree.body[0] if len(tree.body) == 1 else None
    if not isinstance(function, ast.FunctionDef) or function.decorator_list or len(function.args.args) != 1:
        raise InvalidInput(f"build must be one function of the network, got {source!r}; {remedy}")
    _check_generators(tree)
    known = required("neurosim.engines.brian.extension", "Changes").namespace()
    unknown = sorted(_globals(symtable.symtable(source, "build", "exec")) - set(known) - {function.name})
    if unknown:
        raise InvalidInput(
            f"build may use its argument, what it defines or imports itself, the names of brian2, and np; it uses "
            f"{', '.join(unknown)}: make a number a parameter, and define or import anything else inside it"
        )
    return ast.unparse(tree)  # without comments, so that equal code is compiled once


def _check_generators(tree: ast.AST) -> None:
    """Refuse a generator without a seed, whose numbers no seed of a recall determines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and not node.args and not node.keywords:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in _GENERATORS:
                raise InvalidInput(
                    f"build must not use {ast.unparse(node)}, whose numbers no seed of a recall determines; give it a "
                    "seed, or draw by np.random.random, np.random.normal, …, which a recall seeds"
                )


def _draws(source: str) -> bool:
    """Return whether Python code names random functions of numpy or Python: by their own names, or those of brian2."""
    extension = required("neurosim.engines.brian.extension", "Changes")
    named, resolved = set[str](), _globals(symtable.symtable(source, "build", "exec"))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            imported = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
            resolved.update(part for name in imported for part in name.split("."))
        elif isinstance(node, ast.Attribute):
            (resolved if getattr(node.value, "id", "") == "brian2" else named).add(node.attr)
    return any(map(_DRAWN_IN_PYTHON.match, named | resolved)) or any(map(extension.is_random, resolved))


def _globals(table: symtable.SymbolTable) -> set[str]:
    """Return the global names that the code in a table reads, functions within it included."""
    within = [symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced() and symbol.is_global()]
    return {*within, *(name for child in table.get_children() for name in _globals(child))}
