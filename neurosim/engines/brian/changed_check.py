"""Test of changes on a small network, when an engine is made: names, units, and whether the formulation obeys them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

import brian2
import numpy as np
from brian2.core.base import BrianObject
from brian2.core.operations import NetworkOperation
from brian2.devices.device import RuntimeDevice
from brian2.groups.group import CodeRunner
from brian2.synapses.synapses import SummedVariableUpdater
from brian2.utils.stringtools import get_identifiers

from neurosim.engines.brian import changed, extension, results
from neurosim.engines.brian.blocks import Program
from neurosim.engines.brian.job import Batch, Job
from neurosim.engines.brian.process import exclusive, run_to_the_end
from neurosim.engines.builtin import Brian
from neurosim.engines.changes import Changes
from neurosim.equations import visible_in_the_loop
from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.request import RecallRequest

_DT = 1e-4
_MONITORS = (brian2.StateMonitor, brian2.EventMonitor, brian2.PopulationRateMonitor)  # SpikeMonitor is an EventMonitor
_PASSED: set[str] = set()  # what was tested in this process


def check(engine: Brian, formulation: str) -> None:
    """Build the changed network for two visible and three hidden neurons, and prepare it to run.

    Where another device of Brian2 than the runtime device is active, nothing is built.

    Raises
    ------
    InvalidInput
        An unknown name, wrong units, a function that fails, adds nothing or sets what each run sets, a parameter that
        no object declares, or an object that acts on visible neurons which the formulation leaves out of the loop.
    """
    cells = None if engine.cells is None else engine.cells.to_record()
    key = json.dumps([engine.changes.structure(), cells, formulation, engine.target])
    if key in _PASSED or not isinstance(brian2.get_device(), RuntimeDevice):
        return
    net = Network(np.array([[1.0, 0.5, 0.2], [-0.5, 1.0, 0.3]]), tau_v=20e-3, tau_h=2e-3)
    cues, hidden = np.zeros((2, 2)), np.zeros((2, 3))
    job = Job(net, RecallRequest(cues=cues, hidden=hidden, duration=_DT, dt=_DT, record_dt=_DT, seed=0), engine)
    with exclusive({"codegen.target": "numpy"}), np.errstate(all="ignore"), extension.without_leftovers():
        try:
            _check_build(job, formulation)
        except InvalidInput:
            raise
        except Exception as error:
            why = extension.reason(error)
            times = "give times as quantities, such as 50*brian2.ms; " if "unit" in why else ""
            raise InvalidInput(
                f'the changes do not fit the equations of formulation="{formulation}": {why}; {times}'
                "neurosim.brian_network(...) shows its objects and their equations"
            ) from error
    _PASSED.add(key)


def _check_build(job: Job, formulation: str) -> None:
    batch = Batch(np.arange(2), 2)
    program = job.build_unextended(batch)
    network, changes = program.network, job.engine.changes
    own = _added_variables(changes) - set(job.values(batch))
    states, before = _settable(program), set(_with_contained(network))
    instances = set(BrianObject.__instances__())
    extension.extend(changes, network, program.clock, job.build_seed)
    added = [one for one in _with_contained(network) if one not in before]
    if changes.build:
        _check_forgotten(extension.made_since(instances), network)
        if not _sets(own, states, _settable(program)) and not added:
            raise InvalidInput("build added nothing to the network; add what it makes by network.add(...)")
        _check_added(added, program, job.engine, formulation)
    for name in changes.parameters:
        if not changed.owners(network, name):
            raise InvalidInput(
                f"no object declares the parameter {name!r}, which build mentions; give the object or the group the "
                f'equation "{name} : {changes.parameters[name][1]} (shared, constant)"'
            )
    program.assign(job.values(batch))
    run_to_the_end(network, job.request.n_steps * job.request.dt)


def _check_forgotten(made: list[Any], network: Any) -> None:
    """Refuse objects that `build` made but did not add, which would do nothing."""
    present = {id(one) for one in _with_contained(network)}
    within = {id(part) for one in made for part in one.contained_objects}
    for one in sorted(made, key=lambda one: one.name):
        if id(one) not in present | within and not isinstance(one, brian2.Subgroup):
            raise InvalidInput(extension.forgotten(one.name))


def _check_added(added: list[Any], program: Program, engine: Brian, formulation: str) -> None:
    visible, taken = program.objects.get("visible"), set(results.TAKEN)
    recorded = {f"{name}_trace" for name in engine.recordable} | {"spikes", "visible_spikes"}
    for one in added:
        _check_monitor(one, program)
        names = {one.name} & recorded
        if isinstance(one, brian2.StateMonitor):
            names |= set(results.names(one)) & taken
            taken.update(results.names(one))
        if names:
            raise InvalidInput(
                f"build must not call an object {one.name!r}, since {min(names)} is another variable of a recall; give "
                "it another name"
            )
        if isinstance(one, NetworkOperation) and engine.target != "runtime":
            raise InvalidInput(f'target="{engine.target}" runs no Python: no network_operation; use target="runtime"')
        if visible_in_the_loop(formulation, engine.cells):
            continue
        if isinstance(one, NetworkOperation) or _acts_on(one, visible):
            raise InvalidInput(
                f'formulation="{formulation}" would ignore {one.name}, which acts on the visible neurons: its hidden '
                'layer is driven through J = ξᵀξ/N_v; use formulation="summed", which has them in the loop'
            )


def _check_monitor(one: Any, program: Program) -> None:
    """Refuse a monitor whose samples a recall would not return."""
    whole = isinstance(one, brian2.StateMonitor) and one.source.name in program.objects
    whole = whole and len(one.record) == len(one.source)
    if isinstance(one, _MONITORS) and not whole:
        raise InvalidInput(
            f"a recall returns no samples of {one.name}, but those of StateMonitor(group, variables, record=True) of a "
            "group of the model; add other monitors to the network of neurosim.brian_network(...)"
        )


def _acts_on(one: Any, group: Any) -> bool:
    """Return whether an object sets variables of a group: input, a statement, a sum, or statements at events."""
    if group is None:
        return False
    if isinstance(one, brian2.Synapses):
        return any(_assigns(one, path.code, group) for path in one._pathways)
    if isinstance(one, SummedVariableUpdater):
        return _whole(one.target).name == group.name
    if not isinstance(one, CodeRunner):
        return False
    if isinstance(one.group, brian2.Synapses):
        return _assigns(one.group, one.abstract_code, group)
    return _whole(one.group).name == group.name


def _assigns(synapses: Any, code: Any, group: Any) -> bool:
    """Return whether statements of synapses set variables of a group at one of their ends."""
    pre, post = (_whole(end).name == group.name for end in (synapses.source, synapses.target))
    for statement in re.split(r"[\n;]", str(code)):
        for name in get_identifiers(statement.split("=")[0]) if "=" in statement else ():
            of_post = name.endswith("_post") or name in synapses.target.variables  # without a suffix: postsynaptic
            if (pre and name.endswith("_pre")) or (post and of_post):
                return True
    return False


def _whole(group: Any) -> Any:
    """Return the group that a Subgroup is part of, or the group itself."""
    while isinstance(group, brian2.Subgroup):
        group = group.source
    return group


def _with_contained(network: Any) -> list[Any]:
    found, waiting = [], list(network.objects)
    while waiting:
        found.append(waiting.pop())
        waiting.extend(found[-1].contained_objects)
    return found


def _added_variables(changes: Changes) -> set[tuple[str, str]]:
    """Return the object and name of the variables that equations add, but for parameters, which each run sets."""
    added = {(owner, name) for owner, text in changes.equations.items() for name in changed.parse(text, owner)}
    return {(owner, name) for owner, name in added if name not in changes.parameters}


def _settable(program: Program) -> dict[tuple[str, str], np.ndarray]:
    """Return the values of all variables of the model's own objects."""
    return {
        (owner.name, name): np.array(variable.get_value())
        for owner in program.objects.values()
        for name, variable in owner.variables.items()
        if changed.is_own(owner, variable) and not variable.read_only
    }


def _sets(
    own: Collection[tuple[str, str]],
    before: Mapping[tuple[str, str], np.ndarray],
    after: Mapping[tuple[str, str], np.ndarray],
) -> bool:
    """Return whether `build` set variables of its own; refuse one that removed an object or set others."""
    is_set = False
    for (owner, variable), value in before.items():
        if (owner, variable) not in after:
            raise InvalidInput(f"build removed {owner}; Changes add objects and replace equations only")
        if not np.array_equal(value, after[owner, variable]):
            if (owner, variable) not in own:
                raise InvalidInput(
                    f"build sets {variable} of {owner}, but each run sets it anew; change the Network, or add an "
                    "equation"
                )
            is_set = True
    return is_set
