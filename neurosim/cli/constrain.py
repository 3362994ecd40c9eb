"""The command `neurosim constrain`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neurosim.cli import options, parse

if TYPE_CHECKING:
    import numpy as np

    from neurosim import Network

_ROWS = {  # name of a finding → row of the table, format
    "mean of J_μμ": ("mean of J_μμ", ".4g"),
    "spread of J_μμ": ("spread of J_μμ", ".4g"),
    "synapses against Dale's law": ("synapses against Dale's law", ","),
    "stable share of states": ("stable share of states", ".4f"),
    "all thresholds moved by": ("all thresholds moved by", ".4g"),
    "stable share then": ("  stable share", ".4f"),
    "all states certified": ("all states certified", ""),
}


def constrain(
    network: options.NetworkFile,
    constraints: Annotated[
        list[str],
        typer.Argument(
            metavar="CONSTRAINT",
            help="Constraints in the order of application: sparse:0.1 dale:0.8,0.8,pool homeostatic. Settings are "
            "given by name, dead_neurons:hidden=0.1, or in order.",
        ),
    ],
    seed: options.Seed = 0,
    out: Annotated[Path, typer.Option(help="File of the constrained network.")] = Path("constrained.safetensors"),
) -> None:
    """Apply biological constraints to a network and print its stability before and after.

    Constraints: sparse, distance, asymmetric, dale, homeostatic, bounded, quantised, synaptic_noise, spread_threshold,
    spread_tau, dead_synapses, stuck_synapses, dead_neurons, stuck_neurons (`help(neurosim.constraints)`).
    """
    import neurosim
    from neurosim.cli.output import check_file, keep, print_written
    from neurosim.measure.constraints.stability import N_STATES
    from neurosim.measure.recall.trials import random_targets

    check_file(out, "safetensors")
    chosen = parse.constraints(constraints)
    before = neurosim.Network.load(network)
    after = neurosim.constraints.constrain(before, chosen, seed=seed)
    after.save(out)
    for record in after.constraints[-len(chosen) :]:
        settings = {
            name: f"{len(v)} neurons" if isinstance(v, list) else v for name, v in record.items() if name != "name"
        }
        print(f"{record['name']:<16} {', '.join(f'{name} = {value}' for name, value in settings.items())}")
    states = random_targets(before.n_hidden, N_STATES, seed)
    columns = [_stability(net, states) for net in (before, after)]
    keep(before=columns[0], after=columns[1])
    print(f"{'':<27} {'before':>12} {'after':>12}")
    for name, (row, _) in _ROWS.items():
        print(f"{row:<27} {_cell(columns[0], name):>12} {_cell(columns[1], name):>12}")
    if columns[1]["folded"]:
        print("folded: no violation in the circuit with interneurons; the network has its effective synapses")
    kind = "states, all" if len(states) == 2**before.n_hidden else "random states"
    print(f"stable shares: of {len(states):,} {kind}")
    print_written(out)


def _stability(net: Network, states: np.ndarray) -> dict[str, Any]:
    """Return the findings about one network; the synapses of a circuit with interneurons obey Dale's law."""
    import numpy as np

    from neurosim import theory
    from neurosim.constraints import dale_violations
    from neurosim.measure.constraints.stability import field_extremes

    own = np.diag(theory.effective_coupling(net))
    found = field_extremes(net, states)
    shift = found.best_shift()
    folded = any(record["name"] == "dale" and record["interneurons"] != "none" for record in net.constraints)
    return {
        "mean of J_μμ": own.mean(),
        "spread of J_μμ": own.std(),
        "synapses against Dale's law": 0 if folded else dale_violations(net),
        "folded": folded,
        "stable share of states": found.stable_share(),
        "all thresholds moved by": shift,
        "stable share then": found.stable_share(shift),
        "all states certified": bool(theory.certify_all_states(net).holds),
    }


def _cell(found: dict[str, Any], name: str) -> str:
    """Return one finding as the table has it."""
    value = found[name]
    if isinstance(value, bool):
        return "yes" if value else "no"
    mark = " (folded)" if name == "synapses against Dale's law" and found["folded"] else ""
    return f"{value:{_ROWS[name][1]}}{mark}"
