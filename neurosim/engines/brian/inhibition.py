"""Dale's law in the spiking model: interneurons between excitatory cells and the neurons that they inhibit.

An interneuron fires one step after the spike that excites it arrives, so inhibition is one step later than excitation.
"""

from __future__ import annotations

import brian2
import numpy as np

from neurosim.cells import Interneurons, OnOff, SpikingCell
from neurosim.engines.brian.blocks import Program, Values, connect, join_blocks, number
from neurosim.equations import interneurons, spiking
from neurosim.network import Network
from neurosim.request import RecallRequest

PATHWAYS = ("relays_to_visible", "on_off_to_inhibitors")  # with the delay of the synapses that they replace


def size(net: Network, cells: SpikingCell, kind: Interneurons) -> int:
    """Return the number of additional synapses per cue."""
    spiking_cells = net.n_hidden * cells.n_cells
    return spiking_cells * (net.n_visible + 1) + net.n_hidden * kind.n_cells * (2 * net.n_visible + 1)


def build(program: Program, net: Network, cells: SpikingCell, kind: Interneurons, delay: float) -> None:
    """Add the interneurons and their synapses; the excitatory synapses are those of `neurosim.engines.brian.spikes`."""
    n_cells, clock, seconds = net.n_hidden * cells.n_cells, program.clock, delay * brian2.second
    relays = brian2.NeuronGroup(
        program.n_cues * n_cells,
        interneurons.RELAYS,
        threshold=interneurons.RELAYS_FIRE,
        reset=interneurons.RELAYS_AFTER_SPIKE,
        clock=clock,
        name="relays",
        namespace={},
    )
    inhibitors = brian2.NeuronGroup(
        program.n_cues * net.n_hidden * kind.n_cells,
        interneurons.INHIBITORS,
        threshold=interneurons.INHIBITORS_FIRE,
        reset=interneurons.INHIBITORS_AFTER_SPIKE,
        clock=clock,
        name="inhibitors",
        namespace={},
    )
    for group, repeat in ((relays, cells.n_cells), (inhibitors, kind.n_cells)):
        program.add(group)
        number(group, "mu", net.n_hidden, repeat)
    relayed = connect(program, "cells", "relays", "", on_pre=interneurons.CELLS_TO_RELAYS_ON_SPIKE)
    relayed.connect(i=np.arange(len(relays)), j=np.arange(len(relays)))
    forward = connect(
        program,
        "relays",
        "visible",
        spiking.CELLS_TO_VISIBLE,
        on_pre=interneurons.RELAYS_INHIBIT_ON_SPIKE,
        delay=seconds,
        namespace={"W": program.timed["W"]},
    )
    join_blocks(forward, n_cells, net.n_visible, program.n_cues)
    integrated = connect(
        program,
        "on_off",
        "inhibitors",
        "",
        on_pre=interneurons.ON_OFF_TO_INHIBITORS_ON_SPIKE,
        delay=seconds,
        namespace={"B": program.timed["B"]},
    )
    join_blocks(integrated, 2 * net.n_visible, net.n_hidden * kind.n_cells, program.n_cues)
    back = connect(program, "inhibitors", "hidden", "", on_pre=interneurons.INHIBITORS_INHIBIT_ON_SPIKE)
    numbers = np.arange(len(inhibitors))
    back.connect(i=numbers, j=numbers // kind.n_cells)


def values(
    net: Network, request: RecallRequest, rows: np.ndarray, kind: Interneurons, visible: OnOff, amplitude: float
) -> Values:
    """Return the values of the interneurons for a run."""
    rng = np.random.default_rng(request.stream(3, of_cues=True))
    phases = rng.random((request.n_cues, net.n_hidden * kind.n_cells))[rows]  # else all fire in step
    return {
        ("relays", "amplitude"): amplitude,
        ("relays_to_visible", "N_h"): net.n_hidden,
        ("inhibitors", "phase"): phases,
        ("inhibitors", "fires"): kind.rate * visible.tau_s,
        ("inhibitors", "kick"): 1 / (kind.n_cells * kind.rate * visible.tau_s),
    }
