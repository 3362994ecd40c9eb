"""The command that puts biological constraints on a network: `neurosim constrain`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from neurosim import Network
from neurosim.cli import parse, parts


def constrain(
    network: parts.NetworkFile,
    constraints: Annotated[
        list[str],
        typer.Argument(
            help="In the order in which they are put on: sparse:0.1 dale:0.8,0.8,pool homeostatic; settings by name, "
            "dead_neurons:hidden=0.1, or in their order."
        ),
    ],
    seed: parts.Seed = 0,
    out: Annotated[Path, typer.Option(help="The constrained network goes here.")] = Path("constrained.safetensors"),
) -> None:
    """Make wiring sparse, neurons obey Dale's law, weights coarse, parts broken; say what that leaves of the memory.

    Constraints: sparse, distance, asymmetric, dale, homeostatic, bounded, quantised, synaptic_noise, spread_threshold,
    spread_tau, dead_synapses, stuck_synapses, dead_neurons, stuck_neurons (`help(neurosim.constraints)`).
    """
    from neurosim import constraints as library
    from neurosim import theory
    from neurosim.measure.constraints.stability import N_STATES, field_extremes
    from neurosim.measure.recall.trials import random_targets

    parts.result_file(out, network)
    chosen = parse.constraints(constraints)
    before = Network.load(network)
    after = library.constrain(before, chosen, seed=seed)
    after.save(out)
    for record in after.constraints[-len(chosen) :]:
        shown = {
            name: f"{len(v)} neurons" if isinstance(v, list) else v for name, v in record.items() if name != "name"
        }
        print(f"{record['name']:<16} {', '.join(f'{name} = {value}' for name, value in shown.items())}")
    states = random_targets(before.n_hidden, N_STATES, seed)
    print(f"{'':<27} {'before':>12} {'after':>12}")
    rows = []
    for net in (before, after):
        own = np.diag(theory.effective_coupling(net))
        found = field_extremes(net, states)
        shift = found.best_shift()
        rows.append(
            {
                "mean of J_μμ": f"{own.mean():.4g}",
                "spread of J_μμ": f"{own.std():.4g}",
                "synapses against Dale's law": _against_dale(net),
                "stable share of states": f"{found.stable_share():.4f}",
                "all thresholds moved by": f"{shift:.4g}",
                "  stable share": f"{found.stable_share(shift):.4f}",
                "all states certified": "yes" if theory.certify_all_states(net).holds else "no",
            }
        )
    for name, value in rows[0].items():
        print(f"{name:<27} {value:>12} {rows[1][name]:>12}")
    if rows[1]["synapses against Dale's law"].endswith("(folded)"):
        print("folded: of the circuit; the network's synapses have its interneurons in them")
    print(
        f"stable shares: of {len(states):,} {'states, all' if len(states) == 2**before.n_hidden else 'random states'}"
    )
    print(f"wrote {out}")


def _against_dale(net: Network) -> str:
    """Return how many direct synapses break Dale's law; those of a circuit with interneurons do not."""
    from neurosim.constraints import dale_violations

    records = net.constraints
    folded = any(record["name"] == "dale" and record["interneurons"] != "none" for record in records)
    return "0 (folded)" if folded else f"{dale_violations(net):,}"
