"""Spike-timing-dependent plasticity that learns the memory: the rule, its settings and its Brian2 equations.

While the network learns, images are shown one after another as currents into the visible layer. A visible neuron
stores two parts of its potential v = v_cue + v_hidden (eq. 1a) separately: the response to the image and the response
to the spikes of the hidden layer. Their difference is the error of the neuron. Hidden neurons are driven by the
response to the image alone (eq. 1b) and receive the errors as spikes:

    τ_v v̇_cue = −v_cue + I             τ_v v̇_hidden = −v_hidden, plus (t_ref/τ_v) ξ_iμ/√N_h at each spike of μ
    error_i = v_cue − v_hidden         u_μ = (√N_h/N_v) Σ_i ξ_μi v_cue,i    q_μ = (√N_h/N_v) Σ_i ξ_μi error_i

The sums u_μ and q_μ are transmitted through synapses of time constant τ_s, from visible cells that fire at gain·v_cue
and gain·|error|. A spike of one neuron of a pair changes the tag of their synapse by the error of the other. When the
image ends, the synaptic weight changes by the tag, and the hidden neuron changes its threshold:

    at a spike of hidden neuron μ      tag_iμ += (t_ref/T) error_i
    at a spike of visible neuron i     tag_iμ += (encoder/(gain T)) ψ(h_μ − θ_μ) q_μ
    when the image ends                ξ_iμ += η (tag_iμ − decay a_μ ξ_iμ)
                                       θ_μ += η (homeostasis (a_μ − active) − threshold ∫ψ(h_μ − θ_μ) q_μ dt/T)

Here T is the part of the presentation in which the network learns (after `settling`), a_μ the filtered spike train of
μ, and ψ(z) = max(0, 1 − |z|/w)/w a window of width w around the threshold. In the mean, with the hidden code s of the
image and e = v − ξs/√N_h:

    Δξ_iμ = η (s_μ (e_i − decay ξ_iμ) + encoder ψ_μ q_μ v_i)
    Δθ_μ = η (homeostasis (s_μ − active) − threshold ψ_μ q_μ)

`rate_change` computes these means: the gradient of eq. (17) with ψ as the derivative of Θ, each part scaled, and
homeostasis. The two synapses between a pair of neurons receive the same spikes and errors, so both change equally [1]_:
they stay symmetric if they start symmetric. If they do not, the decay makes them symmetric; it also limits the
components of the weights that the errors do not determine. The error as the difference of two dendritic signals follows
[2]_, learning from the error of a neuron's own reconstruction [3]_, tags that change the weight later [4]_.

References
----------
.. [1] Kolen & Pollack, "Backpropagation without weight transport", Proc. ICNN 3, 1375 (1994).
.. [2] Urbanczik & Senn, "Learning by the dendritic prediction of somatic spiking", Neuron 81, 521 (2014).
.. [3] Hinton & McClelland, "Learning representations by recirculation", NIPS 0, 358 (1988).
.. [4] Frey & Morris, "Synaptic tagging and long-term potentiation", Nature 385, 533 (1997).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurosim.cells import SpikingCell
from neurosim.equations import spiking
from neurosim.validation import assign, one_time, real


@dataclass(frozen=True)
class STDP:
    """Settings of the learning rule; dimensionless except `shown`.

    Parameters
    ----------
    rate : float, default 0.05
        η at the start, ≥ 0: change of ξ per image. It decreases linearly to 0 at the end of the run, so that the last
        presentation changes nothing.
    encoder : float, default 1.5
        Weight of the changes at visible spikes relative to those at hidden spikes, ≥ 0. At 0, ξ learns to reconstruct
        the image from the hidden code only.
    window : float, default 0.2
        w, > 0, in units of h: largest distance of h_μ from its threshold at which the neuron learns from its error.
    threshold : float, default 0
        Change of the threshold by the error of a hidden neuron, ≥ 0. At 0 and without homeostasis, θ stays 0, no
        neuron crosses its threshold late, and memories recall themselves. With threshold 0.6, homeostasis 0.03,
        encoder 0.6 and window 0.1, the errors of the first pass are lower and fewer memories recall themselves.
    homeostasis : float, default 0
        Rate at which the threshold adapts until the neuron is active for the share `active` of the images, ≥ 0.
    active : float, default 0.5
        Target of the homeostasis, between 0 and 1.
    decay : float, default 0.003
        Decay of a weight per active image, relative to η, ≥ 0. At 0 some networks do not recall after learning, because
        spike noise moves the components of the weights that the errors do not determine (learning-by-spikes.md).
    shown : time, default 200 ms
        Duration of each presentation, > 0.
    settling : float, default 0.5
        Initial share of each presentation without learning, ≥ 0 and < 1: the state still depends on the image before.

    Raises
    ------
    InvalidInput
        A value is out of its range.

    See Also
    --------
    rate_change : Mean of the rule.

    Examples
    --------
    >>> STDP(shown=0.1, decay=0).shown
    0.1
    """

    rate: float = 0.05
    encoder: float = 1.5
    window: float = 0.2
    threshold: float = 0.0
    homeostasis: float = 0.0
    active: float = 0.5
    decay: float = 0.003
    shown: float = 0.2
    settling: float = 0.5

    def __post_init__(self) -> None:
        for name in ("rate", "encoder", "threshold", "homeostasis", "decay"):
            assign(self, **{name: real(getattr(self, name), name, at_least=0)})
        assign(
            self,
            window=real(self.window, "window", above=0),
            active=real(self.active, "active", above=0, below=1),
            shown=one_time(self.shown, "shown"),
            settling=real(self.settling, "settling", at_least=0, below=1),
        )


def rate_change(
    rule: STDP, visible: np.ndarray, weights: np.ndarray, feedback: np.ndarray, threshold: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the mean change of ξ, feedback and θ by the presentation of one image, in units of η.

    Parameters
    ----------
    rule : STDP
    visible : ndarray (visible,)
        v, the image.
    weights : ndarray (visible, hidden)
    feedback : ndarray (hidden, visible)
    threshold : ndarray (hidden,)

    Returns
    -------
    tuple of ndarray
        Changes of `weights`, `feedback` and `threshold`.

    Examples
    --------
    >>> weights = np.array([[1.0], [0.0]])
    >>> change, back, _ = rate_change(STDP(encoder=0, decay=0), np.array([1.0, 1.0]), weights, weights.T, np.zeros(1))
    >>> change.ravel()
    array([0., 1.])
    >>> bool(np.all(back == change.T))
    True
    """
    n_visible, n_hidden = weights.shape
    scale = np.sqrt(n_hidden) / n_visible
    z = scale * feedback @ visible - threshold
    active = (z > 0).astype(float)
    error = visible - weights @ active / np.sqrt(n_hidden)
    gated = np.maximum(0.0, 1 - np.abs(z) / rule.window) / rule.window * (scale * feedback @ error)
    common = np.outer(error, active) + rule.encoder * np.outer(visible, gated)
    return (
        common - rule.decay * weights * active,
        common.T - rule.decay * feedback * active[:, None],
        rule.homeostasis * (active - rule.active) - rule.threshold * gated,
    )


# --- neurons during learning ------------------------------------------------------------------------------------------

VISIBLE = """
dv_cue/dt = (I - v_cue)/tau_v : 1                # eq. (1a): response to the image ...
dv_hidden/dt = -v_hidden/tau_v : 1               # ... and to hidden spikes
I = image(image_number(t)*second, number) : 1 (constant over dt)
error = v_cue - v_hidden : 1
dphase/dt = gain*clip(v_cue, 0, inf) : 1         # the cell that transmits v_cue fires at 1 ...
derror_phase/dt = gain*error : 1                 # ... those that transmit the error at 1 and at -1
number : integer (constant)
tau_v : second (shared, constant)
gain : Hz (shared, constant)
"""
# The potentials jump between steps; phases advance by the mean of both ends of a step, of second order in dt.
VISIBLE_STEP = """
_before = v_cue
_error_before = v_cue - v_hidden
v_cue = I + (v_cue - I)*exp(-dt/tau_v)
v_hidden = v_hidden*exp(-dt/tau_v)
phase = phase + dt*gain*clip((_before + v_cue)/2, 0, inf)
error_phase = error_phase + dt*gain*(_error_before + v_cue - v_hidden)/2
"""
FIRES = {"spike": "phase > 1", "positive_error": "error_phase > 1", "negative_error": "error_phase < -1"}  # by event
# At most one spike per step; the rest of the phase is not stored.
AFTER = {
    "spike": "phase = clip(phase - 1, 0, 1)",
    "positive_error": "error_phase = clip(error_phase - 1, 0, 1)",
    "negative_error": "error_phase = clip(error_phase + 1, -1, 0)",
}

HIDDEN = """
dh/dt = (u - h)/tau_h : 1 UNLESS                 # eq. (1b)
du/dt = -u/tau_u : 1                             # (sqrt(N_h)/N_v) sum_i xi_{mu i} v_cue_i, by spikes
dq/dt = -q/tau_u : 1                             # the same of the errors
da/dt = -a/tau_v : 1                             # filtered spike train, in place of s of eq. (4)
dtheta_change/dt = -gate*psi*q : 1               # change of theta by the error
psi = clip(1 - abs(h - theta)/window, 0, inf)/window : 1
gate = int(elapsed > settling)/((1 - settling)*T) : Hz     # 1/(duration of learning) after settling, else 0
elapsed = (t + dt/2)/T - floor((t + dt/2)/T) : 1 # elapsed share of the presentation
eta = rate*clip(1 - t/end, 0, 1)*int(t > dt/2) : 1         # 0 at the start of the first image
theta : 1
tau_h : second (shared, constant)
tau_u : second (shared, constant)                # of the visible -> hidden synapses
tau_v : second (shared, constant)
t_ref : second (shared, constant)
noise : 1 (shared, constant)
T : second (shared, constant)
settling : 1 (shared, constant)
end : second (shared, constant)
rate : 1 (shared, constant)
window : 1 (shared, constant)
homeostasis : 1 (shared, constant)
active_share : 1 (shared, constant)
to_threshold : 1 (shared, constant)
"""
HIDDEN_STEP = """
theta_change = theta_change - dt*gate*psi*q*(1 + exp(-dt/tau_u))/2
CELLS
u = u*exp(-dt/tau_u)
q = q*exp(-dt/tau_u)
a = a*exp(-dt/tau_v)
"""
AFTER_HIDDEN = "a += t_ref/tau_v"

# --- both synapses between a pair of neurons: w hidden → visible, w_back visible → hidden -----------------------------

SYNAPSES = """
w : 1
w_back : 1
tag : 1
N_h : 1 (shared, constant)
N_v : 1 (shared, constant)
decay : 1 (shared, constant)
encoder : 1 (shared, constant)
"""
# pathway → (side of the neuron that fires, its event, code); executed in this order
PATHWAYS = {
    "tag_at_hidden_spike": ("pre", "spike", "tag += gate_pre*t_ref_pre*error_post"),
    "tag_at_visible_spike": ("post", "spike", "tag += gate_pre*encoder/gain_post*psi_pre*q_pre"),
    "hidden_to_visible": ("pre", "spike", "v_hidden_post += t_ref_pre/tau_v_pre*w/sqrt(N_h)        # eq. (1a)"),
    "visible_to_hidden": ("post", "spike", "u_pre += sqrt(N_h)/N_v*w_back/(gain_post*tau_u_pre)     # eq. (1b)"),
    "positive_error_to_hidden": ("post", "positive_error", "q_pre += sqrt(N_h)/N_v*w_back/(gain_post*tau_u_pre)"),
    "negative_error_to_hidden": ("post", "negative_error", "q_pre -= sqrt(N_h)/N_v*w_back/(gain_post*tau_u_pre)"),
}
# When an image ends.
CAPTURE = """
w += eta_pre*(tag - decay*a_pre*w)
w_back += eta_pre*(tag - decay*a_pre*w_back)
tag = 0
"""
CAPTURE_HIDDEN = """
theta += eta*(homeostasis*(a - active_share) + to_threshold*theta_change)
theta_change = 0
"""


def hidden(cells: SpikingCell) -> str:
    """Return the equations of the hidden neurons.

    Examples
    --------
    >>> from neurosim.cells import LIF
    >>> print(hidden(LIF()).splitlines()[1])
    dh/dt = (u - h)/tau_h : 1 (unless refractory)                 # eq. (1b)
    """
    return HIDDEN.replace("UNLESS", "(unless refractory)" if cells.resets else "")


def hidden_step(cells: SpikingCell) -> str:
    """Return one step of the hidden neurons; exact between spikes except for θ.

    Examples
    --------
    >>> from neurosim.cells import Regular
    >>> hidden_step(Regular()).splitlines()[-1]
    'a = a*exp(-dt/tau_v)'
    """
    return HIDDEN_STEP.replace("CELLS", spiking.cells_step(cells.noise > 0))


def after_hidden(cells: SpikingCell) -> str:
    """Return the code that runs in a hidden neuron after its spike.

    Examples
    --------
    >>> from neurosim.cells import Regular
    >>> after_hidden(Regular())
    'a += t_ref/tau_v'
    """
    return AFTER_HIDDEN + ("\nh = 0" if cells.resets else "")
