"""Spiking cell models of the hidden layer, transmission by visible neurons, and physical units of potentials.

In the spiking model a hidden neuron consists of ``n_cells`` cells with a common input. A cell fires while its
potential h is above the threshold θ, at most once in ``t_ref``. Each spike adds t_ref/(n_cells τ_v) to a synaptic
trace a_μ that decays with τ_v. Cells that fire at 1/t_ref keep the mean of a_μ at 1, silent cells keep it at 0, so a_μ
takes the place of the activation s_μ = Θ(h_μ − θ).

The mapping from the rate model is exact for the mean (eqs. 1a, 1b, 4; Brian2 equations in `neurosim.equations`), with
K = n_cells:

    rate                                     spiking
    τ_v v̇ = −v + ξs/√N_h + I                 τ_v v̇ = −v + I,  v ← v + (t_ref/(K τ_v)) ξ_μ/√N_h at each spike of μ
    u = (√N_h/N_v) ξᵀv                       the same; or spikes of ON/OFF cells through a synapse of time constant τ_s
    τ_h ḣ = −h + u                           the same, plus membrane noise; LIF cells reset h to 0
    s = Θ(h − θ)                             a; a neuron counts as active while a > ½

Potentials are dimensionless. `millivolts` converts them to a membrane potential: −65 mV at rest and 20 mV for a unit
of h, so θ = ½ is a threshold at −55 mV and noise 0.1 is 2 mV. Synapses are currents, not conductances: the effect of
a conductance depends on the distance to its reversal potential, so the interaction of eqs. (1a, 1b) would depend on
the state. Conductances give the same model in the limit of an infinitely distant reversal potential with the product
of conductance and distance held constant. A synapse of weight ξ moves the postsynaptic potential by `jump_millivolts`.
"""

from neurosim.cells.hidden import KINDS, LIF, Poisson, Regular, SpikingCell
from neurosim.cells.membrane import MEMBRANES, Membrane, get_membrane
from neurosim.cells.named import CELLS, from_record, get_cells
from neurosim.cells.population import Background, Population, ShortTerm, Synapses, get_population
from neurosim.cells.units import REST, SCALE, jump_millivolts, millivolts
from neurosim.cells.visible import VISIBLE, Graded, Interneurons, OnOff

__all__ = [
    "CELLS",
    "KINDS",
    "LIF",
    "MEMBRANES",
    "REST",
    "SCALE",
    "VISIBLE",
    "Background",
    "Graded",
    "Interneurons",
    "Membrane",
    "OnOff",
    "Poisson",
    "Population",
    "Regular",
    "ShortTerm",
    "SpikingCell",
    "Synapses",
    "from_record",
    "get_cells",
    "get_membrane",
    "get_population",
    "jump_millivolts",
    "millivolts",
]
