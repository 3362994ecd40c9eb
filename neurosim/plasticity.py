"""Spike-timing-dependent plasticity that learns the memory: the rule's settings, and its Brian2 equations.

Strings only, no brian2 import, as in `neurosim.equations`. While it learns, an image is shown as a current into the
visible layer, one after another. A visible neuron keeps apart the two parts of its potential v = v_cue + v_hidden of
eq. (1a): what it is shown, and what the hidden layer's spikes make of it through the synapses. Their difference is its
error. Hidden neurons are driven by what is shown alone (eq. 1b); the errors reach them as spikes, too:

    τ_v v̇_cue = −v_cue + I             τ_v v̇_hidden = −v_hidden, kicked by (t_ref/τ_v) ξ_iμ/√N_h at a spike of μ
    error_i = v_cue − v_hidden         u_μ = (√N_h/N_v) Σ_i ξ_μi v_cue,i    q_μ = (√N_h/N_v) Σ_i ξ_μi error_i

through synapses of time constant τ_s, from visible cells that fire at gain·v_cue and gain·|error|. Each neuron has an
error of its own, and a spike of the one neuron tags the synapse with the error of the other; when the image ends, the
synapse takes up its tag, and the neuron moves its threshold:

    at a spike of hidden neuron μ      tag_iμ += (t_ref/T) error_i
    at a spike of visible neuron i     tag_iμ += (encoder/(gain T)) ψ(h_μ − θ_μ) q_μ
    when the image ends                ξ_iμ += η (tag_iμ − decay a_μ ξ_iμ)
                                       θ_μ += η (homeostasis (a_μ − active) − threshold ∫ψ(h_μ − θ_μ) q_μ dt/T)

T is here the part of its time in which an image teaches (after `settling`), a_μ the filtered spike train of μ, and
ψ(z) = max(0, 1 − |z|/w)/w a window of width w around the threshold. In the mean, with s the image's hidden code and
e = v − ξs/√N_h:

    Δξ_iμ = η (s_μ (e_i − decay ξ_iμ) + encoder ψ_μ q_μ v_i)
    Δθ_μ = η (homeostasis (s_μ − active) − threshold ψ_μ q_μ)

which is `rate_change`: the gradient of eq. (17) with ψ for the derivative of Θ, each part scaled, and homeostasis. The
two synapses that join a pair of neurons see the same spikes and errors, so both change alike (Kolen & Pollack, ICNN
1994): symmetric if they start so; otherwise decay makes them, which also holds what errors leave free.

Sources: a dendrite that learns to predict (Urbanczik & Senn, Neuron 81:521, 2014); a hidden neuron that learns by what
its own reconstruction lacks (Hinton & McClelland, NIPS 0:358,
1988); tags that synapses take up later (Frey & Morris, Nature 385:533, 1997).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from neurosim import equations
from neurosim.cells import SpikingCell
from neurosim.errors import InvalidInput
from neurosim.validation import seconds


@dataclass(frozen=True)
class STDP:
    """The rule's settings; dimensionless but for `shown`.

    Parameters
    ----------
    rate : float, default 0.05
        η at the start, ≥ 0; it falls to 0 over the run, linearly. Of ξ, an image.
    encoder : float, default 1.5
        How much visible spikes teach, relative to hidden ones, ≥ 0. 0: hidden neurons learn to be read, not to read.
    window : float, default 0.2
        w, > 0: how near its threshold h_μ must be for a hidden neuron to learn from its error; in units of h.
    threshold : float, default 0
        How much a hidden neuron's error moves its threshold, ≥ 0. At 0, and without homeostasis, θ stays 0: no neuron
        is late, and memories recall themselves; with 0.6, homeostasis 0.03, encoder 0.6 and window 0.1 errors of the
        first pass are lower and fewer memories do.
    homeostasis : float, default 0
        How fast a hidden neuron's threshold brings it to be active for the share `active` of the images, ≥ 0.
    active : float in (0, 1), default 0.5
    decay : float, default 0.003
        Share of a synapse's weight that an active image takes, relative to η, ≥ 0. At 0 some networks do not
        recall in the end: spike noise moves what the errors leave free (docs/learning-by-spikes.md).
    shown : time, default 200 ms
        T, how long each image is shown, > 0.
    settling : float in [0, 1), default 0.5
        Share of T at its start in which nothing is learned: neurons still answer the image before.

    Raises
    ------
    InvalidInput
        A value is out of its range.
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
        shown = seconds(self.shown, "shown")
        if shown.ndim:
            raise InvalidInput(f"shown must be one time, got shape {shown.shape}")
        object.__setattr__(self, "shown", float(shown))
        for name in (one.name for one in fields(self)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 <= value < np.inf:
                raise InvalidInput(f"{name} must be a finite number >= 0, got {value!r}")
            object.__setattr__(self, name, float(value))
        if not self.window > 0:
            raise InvalidInput(f"window must be > 0, got {self.window}")
        if not self.settling < 1:
            raise InvalidInput(f"settling must be < 1, got {self.settling}")
        if not 0 < self.active < 1:
            raise InvalidInput(f"active must lie between 0 and 1, got {self.active}")


def rate_change(
    rule: STDP, visible: np.ndarray, weights: np.ndarray, feedback: np.ndarray, threshold: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what the rule does in the mean to ξ, the feedback and θ while one image is shown, in units of η.

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
        Of the shapes of `weights`, `feedback`, `threshold`.
    """
    n_visible, n_hidden = weights.shape
    scale = np.sqrt(n_hidden) / n_visible
    z = scale * feedback @ visible - threshold
    active = (z > 0).astype(float)
    error = visible - weights @ active / np.sqrt(n_hidden)
    wanted = np.maximum(0.0, 1 - np.abs(z) / rule.window) / rule.window * (scale * feedback @ error)
    common = np.outer(error, active) + rule.encoder * np.outer(visible, wanted)
    return (
        common - rule.decay * weights * active,
        common.T - rule.decay * feedback * active[:, None],
        rule.homeostasis * (active - rule.active) - rule.threshold * wanted,
    )


# --- the neurons while they learn --------------------------------------------------------------------------------

VISIBLE = """
dv_cue/dt = (I - v_cue)/tau_v : 1                # eq. (1a): what is shown ...
dv_hidden/dt = -v_hidden/tau_v : 1               # ... and what hidden spikes make of it
I = image(shown(t)*second, number) : 1 (constant over dt)
error = v_cue - v_hidden : 1
dphase/dt = gain*clip(v_cue, 0, inf) : 1         # the cell that tells of v_cue fires at 1 ...
dwrong/dt = gain*error : 1                       # ... those that tell of the error at 1 and at -1
number : integer (constant)
tau_v : second (shared, constant)
gain : Hz (shared, constant)
"""
# phases by the mean of a step: the integrals of the potentials, which jump between steps, to second order
VISIBLE_STEP = """
_before = v_cue
_wrong_before = v_cue - v_hidden
v_cue = I + (v_cue - I)*exp(-dt/tau_v)
v_hidden = v_hidden*exp(-dt/tau_v)
phase = phase + dt*gain*clip((_before + v_cue)/2, 0, inf)
wrong = wrong + dt*gain*(_wrong_before + v_cue - v_hidden)/2
"""
FIRES = {"spike": "phase > 1", "over": "wrong > 1", "under": "wrong < -1"}  # event → when
# one spike a step at most; what is more is not saved up
AFTER = {
    "spike": "phase = clip(phase - 1, 0, 1)",
    "over": "wrong = clip(wrong - 1, 0, 1)",
    "under": "wrong = clip(wrong + 1, -1, 0)",
}

HIDDEN = """
dh/dt = (u - h)/tau_h : 1 UNLESS                 # eq. (1b)
du/dt = -u/tau_u : 1                             # (sqrt(N_h)/N_v) sum_i xi_{mu i} v_cue_i, by spikes
dq/dt = -q/tau_u : 1                             # the same of the errors
da/dt = -a/tau_v : 1                             # eq. (4), s as seen through the spikes
dpull/dt = -learns*psi*q : 1                     # what its error asks of theta
psi = clip(1 - abs(h - theta)/window, 0, inf)/window : 1
learns = int(into > settling)/((1 - settling)*T) : Hz      # 1/(the time it learns), once the image has been taken in
into = (t + dt/2)/T - floor((t + dt/2)/T) : 1    # how much of its time the image has been shown
eta = rate*clip(1 - t/end, 0, 1)*int(t > dt/2) : 1         # before the first image there is nothing to learn
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
pull = pull - dt*learns*psi*q*(1 + exp(-dt/tau_u))/2
CELLS
u = u*exp(-dt/tau_u)
q = q*exp(-dt/tau_u)
a = a*exp(-dt/tau_v)
"""
AFTER_HIDDEN = "a += t_ref/tau_v"

# --- one pair of neurons and both of its synapses: w hidden → visible, w_back visible → hidden ---------------------

SYNAPSES = """
w : 1
w_back : 1
tag : 1
N_h : 1 (shared, constant)
N_v : 1 (shared, constant)
decay : 1 (shared, constant)
encoder : 1 (shared, constant)
"""
# pathway → (whose event, which, what runs)
PATHWAYS = {
    "learn_from_hidden": ("pre", "spike", "tag += learns_pre*t_ref_pre*error_post"),
    "learn_from_visible": ("post", "spike", "tag += learns_pre*encoder/gain_post*psi_pre*q_pre"),
    "tell_visible": ("pre", "spike", "v_hidden_post += t_ref_pre/tau_v_pre*w/sqrt(N_h)        # eq. (1a)"),
    "tell_hidden": ("post", "spike", "u_pre += sqrt(N_h)/N_v*w_back/(gain_post*tau_u_pre)     # eq. (1b)"),
    "tell_over": ("post", "over", "q_pre += sqrt(N_h)/N_v*w_back/(gain_post*tau_u_pre)"),
    "tell_under": ("post", "under", "q_pre -= sqrt(N_h)/N_v*w_back/(gain_post*tau_u_pre)"),
}
# when an image ends
CAPTURE = """
w += eta_pre*(tag - decay*a_pre*w)
w_back += eta_pre*(tag - decay*a_pre*w_back)
tag = 0
"""
CAPTURE_HIDDEN = """
theta += eta*(homeostasis*(a - active_share) + to_threshold*pull)
pull = 0
"""


def hidden(cells: SpikingCell) -> str:
    """Return the equations of the hidden neurons."""
    return HIDDEN.replace("UNLESS", "(unless refractory)" if cells.resets else "")


def hidden_step(cells: SpikingCell) -> str:
    """Return one step of them: exact between spikes, but for θ."""
    return HIDDEN_STEP.replace("CELLS", equations.cells_step(cells.noise > 0))


def after_hidden(cells: SpikingCell) -> str:
    """Return what a hidden spike does to its own neuron."""
    return AFTER_HIDDEN + ("\nh = 0" if cells.resets else "")
