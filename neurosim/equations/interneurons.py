"""Equations of the inhibitory cells of the spiking model (`neurosim.cells.Interneurons`), after Dale's law.

Excitatory synapses have the positive part of each weight, ``clip(w, 0, inf)``; interneurons have the negative part.

Relays transmit from hidden to visible: one for each hidden cell, which fires when the cell fires. Inhibitors transmit
from visible to hidden: each hidden neuron has K of them, which integrate the negative part of its drive and fire when
the integral passes a whole number. Both fire in the step after the one in which a spike arrives. W and B are
TimedArrays with the weights of either direction.
"""

RELAYS = """
x : 1
mu : integer (constant)
n_spikes : integer
amplitude : 1 (shared, constant)
"""
RELAYS_FIRE, RELAYS_AFTER_SPIKE = "x > 0.5", "x = 0\nn_spikes += 1"
CELLS_TO_RELAYS_ON_SPIKE = "x_post = 1"
CELLS_EXCITE_ON_SPIKE = "v_post += amplitude_pre*clip(W(mu_pre*second, number_post), 0, inf)/sqrt(N_h)"
RELAYS_INHIBIT_ON_SPIKE = "v_post -= amplitude_pre*clip(-W(mu_pre*second, number_post), 0, inf)/sqrt(N_h)"

INHIBITORS = """
phase : 1
n_spikes : integer
fires : 1 (shared, constant)              # spikes of each inhibitor for a reduction of u by 1
kick : 1 (shared, constant)               # 1/(K rate tau_s)
mu : integer (constant)
"""
INHIBITORS_FIRE, INHIBITORS_AFTER_SPIKE = "phase > 1", "phase -= 1\nn_spikes += 1"
ON_OFF_EXCITE_ON_SPIKE = "u_post += kick_pre*clip(side_pre*B(number_pre*second, mu_post), 0, inf)"
ON_OFF_TO_INHIBITORS_ON_SPIKE = (
    "phase_post += fires_post*kick_pre*clip(-side_pre*B(number_pre*second, mu_post), 0, inf)"
)
INHIBITORS_INHIBIT_ON_SPIKE = "u_post -= kick_pre"
