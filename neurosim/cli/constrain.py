"""The command `neurosim constrain`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurosim.cli import options, parse

if TYPE_CHECKING:
    import numpy as np

    from neurosim import Network

_AGAINST_DALE = "synapses against Dale's law"
_FOLDED = " (folded)"


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
    from neurosim.cli.output import keep, print_written
    from neurosim.measure.constraints.stability import N_STATES
    from neurosim.measure.recall.trials import random_targets
    from neurosim.outputs import require_writable

    require_writable(out)
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
    before_after = ({name: parse.value(text) for name, text in column.items()} for column in columns)
    keep(**dict(zip(("before", "after"), before_after, strict=True)))
    print(f"{'':<27} {'before':>12} {'after':>12}")
    for name, value in columns[0].items():
        print(f"{name:<27} {value:>12} {columns[1][name]:>12}")
    if columns[1][_AGAINST_DALE].endswith(_FOLDED):
        print("folded: no violation in the circuit with interneurons; the network has its effective synapses")
    kind = "states, all" if len(states) == 2**before.n_hidden else "random states"
    print(f"stable shares: of {len(states):,} {kind}")
    print_written(out)


def _stability(net: Network, states: np.ndarray) -> dict[str, str]:
    """Return the rows of the table for one network."""
    import numpy as np

    from neurosim import theory
    from neurosim.measure.constraints.stability import field_extremes

    own = np.diag(theory.effective_coupling(net))
    found = field_extremes(net, states)
    shift = found.best_shift()
    return {
        "mean of J_μμ": f"{own.mean():.4g}",
        "spread of J_μμ": f"{own.std():.4g}",
        _AGAINST_DALE: _against_dale(net),
        "stable share of states": f"{found.stable_share():.4f}",
        "all thresholds moved by": f"{shift:.4g}",
        "  stable share": f"{found.stable_share(shift):.4f}",
        "all states certified": "yes" if theory.certify_all_states(net).holds else "no",
    }


def _against_dale(net: Network) -> str:
    """Return how many direct synapses violate Dale's law; those of a circuit with interneurons do not."""
    from neurosim.constraints import dale_violations

    folded = any(record["name"] == "dale" and record["interneurons"] != "none" for record in net.constraints)
    return f"0{_FOLDED}" if folded else f"{dale_violations(net):,}"
