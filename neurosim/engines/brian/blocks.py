"""Brian2 networks with one block of neurons per cue, whose structure is separate from their values.

A `Program` is built once from shapes, options and equations. All numbers (weights, time constants, thresholds, initial
states, input) are values, assigned afterwards, so that a compiled program runs again with other numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import brian2
import numpy as np

from neurosim.engines.brian import changed
from neurosim.engines.changes import Changes
from neurosim.request import RecallRequest

# (object, variable) → a number, or an array with one value per neuron or synapse; ("", name) → a parameter of the
# changes, for every object that has it
Values = dict[tuple[str, str], Any]


class Program:
    """A Brian2 network for a fixed number of cues, and its named parts.

    Parameters
    ----------
    request : RecallRequest
        Determines dt, record_dt and the shape of the input.
    n_cues : int
        Number of blocks.
    changes : Changes, optional
        Of the equations; `neurosim.engines.brian.changed` applies them.
    """

    def __init__(self, request: RecallRequest, n_cues: int, changes: Changes | None = None) -> None:
        self.request = request
        self.n_cues = n_cues
        self.changes = changes
        self.clock = brian2.Clock(request.dt * brian2.second, name="step*")
        self.network = brian2.Network(name="neurosim*")
        self.objects: dict[str, Any] = {}
        self.timed: dict[str, brian2.TimedArray] = {}
        self._every = max(1, round(request.record_dt / request.dt))
        same = self._every == 1
        step = self._every * request.dt * brian2.second
        self._record_clock = self.clock if same else brian2.Clock(step, name="record_step*")

    def add(self, group: Any) -> Any:
        """Add an object under its name."""
        self.objects[group.name] = group
        self.network.add(group)
        return group

    def model(self, name: str, text: str) -> Any:
        """Return the equations of a group or of synapses, with their changes."""
        return text if self.changes is None else changed.model(self.changes, name, text)

    def method(self, name: str, text: str, exact: Any) -> Any:
        """Return the integration method of a group: the exact one if its differential equations are unchanged."""
        if self.changes is None or not self.is_integrated(name, text):
            return exact
        return changed.method(self.changes, name, text)

    def is_integrated(self, name: str, text: str) -> bool:
        """Return whether the changes are such that the differential equations of a group need another method."""
        return self.changes is not None and changed.is_integrated(self.changes, name, text)

    def monitor(self, name: str, group: str, variable: str, record: Any = True) -> None:
        """Add a StateMonitor ``<name>_trace`` of one variable of a group, or of some of its neurons."""
        self.network.add(
            brian2.StateMonitor(
                self.objects[group], variable, record=record, clock=self._record_clock, name=f"{name}_trace"
            )
        )

    def input_namespace(self, name: str, width: int) -> dict[str, Any]:
        """Return a namespace with the TimedArray of the input (segment, neuron), empty without input."""
        if self.request.input is None:
            return {}
        shape = (len(self.request.input.values) + 1, width)  # the additional segment is 0
        return {name: timed_array(self, name, shape, self.request.input.segment)}

    def assign(self, values: Values) -> None:
        """Set variables, in SI units, and TimedArrays. A single delay is set when its synapses are created."""
        for (name, variable), value in values.items():
            if not name:
                for owner in changed.owners(self.network, variable):
                    setattr(owner, f"{variable}_", value)
            elif variable == "values":
                self.timed[name].values[...] = value  # in place, because generated code refers to the array
            elif variable == "delay" and np.ndim(value):
                self.objects[name].delay = np.ravel(value) * brian2.second
            elif np.ndim(value):
                self.objects[name].state(variable, use_units=False)[:] = np.ravel(value)
            elif variable != "delay":
                setattr(self.objects[name], f"{variable}_", value)

    def run_args(self, values: Values) -> dict[Any, Any]:
        """Return the values as ``run_args`` of a compiled program."""
        found = {}
        for (name, variable), value in values.items():
            if variable == "values":
                found[self.timed[name]] = np.ascontiguousarray(value)
                continue
            for owner in [self.objects[name]] if name else changed.owners(self.network, variable):
                view = self._view(owner, variable)
                found[view] = brian2.Quantity(np.ascontiguousarray(value).reshape(np.shape(value) and -1), dim=view.dim)
        return found

    def _view(self, owner: Any, variable: str) -> Any:
        if variable == "delay":
            # The delay belongs to the pathway, but a program uses the name of the synapses for it. Its own name is
            # "delay" up to brian2 2.10 and "_pre_delay" from 2.11 on, where "delay" is a reference to it: with
            # "delay" as a run argument the program ends with "Cannot set unknown variable".
            delay = owner.pre.variables["delay"]
            return delay.get_addressable_value_with_unit(delay.name, owner)
        return owner.state(variable)

    def read(self, group: str, variable: str) -> np.ndarray:
        """Return a variable of a group as (cue, neuron)."""
        return np.array(self.objects[group].state(variable, use_units=False)[:]).reshape(self.n_cues, -1)

    def samples(self, name: str) -> np.ndarray:
        """Return the samples of a `monitor`, (cue, time, neuron)."""
        monitor = self.network[f"{name}_trace"]
        samples = np.asarray(getattr(monitor, monitor.record_variables[0]))
        return samples.reshape(self.n_cues, -1, samples.shape[1]).transpose(0, 2, 1)

    def with_end(self, samples: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Append the final state if it is a sample; monitors record at the start of a step."""
        if self.request.n_steps % self._every:
            return samples
        return np.concatenate([samples, end[:, None]], axis=1)


def timed_array(program: Program, name: str, shape: tuple[int, ...], step: float = 1.0) -> brian2.TimedArray:
    """Add a TimedArray of zeros, set by `Program.assign`; with a step of 1 s, its first index is a time in seconds."""
    program.timed[name] = brian2.TimedArray(np.zeros(shape), dt=step * brian2.second, name=name)
    return program.timed[name]


def connect(program: Program, source: str, target: str, model: str, **options: Any) -> brian2.Synapses:
    """Add the synapses ``<source>_to_<target>``, not yet connected."""
    options = {"namespace": {}, "name": f"{source}_to_{target}"} | options
    if program.changes is not None and options["name"] in program.changes.on_pre:
        options["on_pre"] = program.changes.on_pre[options["name"]]
    groups = program.objects[source], program.objects[target]
    return program.add(brian2.Synapses(*groups, program.model(options["name"], model), clock=program.clock, **options))


def join_blocks(synapses: brian2.Synapses, n_pre: int, n_post: int, n_cues: int) -> None:
    """Connect all pairs within each block, ordered by block and then by presynaptic neuron."""
    block = np.arange(n_cues)[:, None, None]
    pre = np.broadcast_to(block * n_pre + np.arange(n_pre)[:, None], (n_cues, n_pre, n_post))
    post = np.broadcast_to(block * n_post + np.arange(n_post), (n_cues, n_pre, n_post))
    synapses.connect(i=pre.reshape(-1), j=post.reshape(-1))


def number(group: brian2.NeuronGroup, name: str, width: int, repeat: int = 1) -> None:
    """Set the number of each neuron within its block; `repeat` successive neurons share a number."""
    size = width * repeat
    setattr(group, name, np.tile(np.repeat(np.arange(width), repeat), len(group) // size))


def exact_step(code: str) -> Callable[..., str]:
    """Return the code of one step as an integration method of Brian2."""

    def step(equations: Any, variables: Mapping[str, Any], method_options: Any = None) -> str:
        return code

    return step
