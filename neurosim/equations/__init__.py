"""The Brian2 equations of the models, as text: one module per model, with the paper's equation numbers.

======================  =====================================================================================
`rate`                  the rate model, eqs. (1a, 1b, 4), with the activations of eqs. (32)
`spiking`               spiking cells in place of the threshold units, and visible ON/OFF cells
`interneurons`          inhibitory cells of the spiking model (Dale's law)
`circuit`               a population of integrate-and-fire cells in place of each threshold unit
`plasticity`            spike-timing-dependent plasticity: the rule, its settings and its equations
`formulations`          which formulation can describe which network
======================  =====================================================================================

The modules hold strings and functions that return strings. They import neither brian2 nor an engine; the objects that
Brian2 simulates are built in `neurosim.engines.brian` (`neurosim.brian_network` returns them).

Three formulations describe the same dynamics:

"summed"
    The form of the textbook. In every step every synapse transmits the activity of its presynaptic neuron, as the sums
    in eqs. (1a, 1b). It takes all activations and all time constants. Within a step s is constant, v moves exactly and
    h is driven by the mean of its drive before and after the step. It is of first order in dt, because s changes on the
    grid of steps. Activations that depend on a whole layer (eqs. 32, models B and C) need additional neurons and
    synapses, ``competition`` and ``pool``.
"event"
    The fast form for threshold units. Synapses act only when s changes, at the custom event ``cross`` of a hidden
    neuron, and transmit the change. The hidden layer is driven through u = (√N_h/N_v) ξᵀv, which obeys a closed
    equation if all visible neurons have the same τ_v (`neurosim.reduction`). It is exact between crossings, which fall
    on the grid of steps. An input that is added to v after t = 0 must be added to u as well, projected.
"reduced"
    The event form without the visible layer, for many cues. With one more variable a for each hidden neuron,
    v(t) = v_passive(t) + ξ a(t)/√N_h, where v_passive is the response of the visible layer to cue and input alone; v is
    computed only where it is read. All cues share one coupling matrix, a two-dimensional ``TimedArray`` that is read as
    J(pre, post).

The spiking model (`neurosim.cells`) has all three. Cells stand between the drive u of a hidden neuron and its trace
a, which takes the place of s. In its "summed" formulation u is the sum over the visible neurons, which receive the
spikes; without changes its recalls are those of the "event" form. Visible neurons can spike in the "event" formulation
only.

`CHANGEABLE` has what each formulation obeys: what acts on the visible layer has an effect only where the visible
neurons drive the hidden layer.

Parameters are declared ``(shared, constant)`` if all neurons have the same value, and ``(constant)`` if not, so that
a compiled network can be run again with other values. Times are in seconds, everything else is dimensionless.
The names xi, N, i, j, t and dt are reserved by Brian2, and ``active`` collides with a flag of its groups.
"""

from neurosim.equations.formulations import (
    CHANGEABLE,
    FORMULATIONS,
    check_changes,
    check_formulation,
    visible_in_the_loop,
)

__all__ = ["CHANGEABLE", "FORMULATIONS", "check_changes", "check_formulation", "visible_in_the_loop"]
