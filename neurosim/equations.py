"""The memory as Brian2 equations, each line beside the paper's equation number.

Strings only, no brian2 import: read them here, run them with `neurosim.brian_network`. Three formulations of
the same dynamics, eqs. (1a, 1b, 4):

"summed"
    The textbook form. Every step, every synapse hands its presynaptic activity on, as the sums in
    eqs. (1a, 1b) say. Any activations, any τ's. Over a step s is held, v then moves exactly, and h
    sees the mean of its drive before and after. First order in dt, because s changes on the grid.
    Activations that need the whole layer (eqs. 32, models B and C) show what that takes: neurons and synapses
    of their own, ``competition`` and ``pool``.
"event"
    The fast form, for threshold units. s changes only when h crosses θ, so synapses speak only then: a custom
    event ``cross`` carries the change. The hidden layer is driven through u = (√N_h/N_v) ξᵀv, which with one
    τ_v obeys an equation of its own (`neurosim.reduction`). Between crossings nothing is approximated;
    crossings fall on the grid. Input added to v after t = 0 must be added to u as well, projected.
"reduced"
    The event form without the visible layer, for many cues at once: v(t) = v_passive(t) + ξ a(t)/√N_h, with one
    more variable a for each hidden neuron and v_passive what cue and input alone would do, so v is read out when
    asked for. All cues share one coupling matrix, a two-dimensional ``TimedArray`` read as J(pre, post).

The spiking analogue (`neurosim.cells`) has the last two, since spikes are events: cells stand between a hidden
neuron's drive u and its trace a, which takes the place of s. Visible neurons may spike, too ("event" only).

Parameters are ``(shared, constant)`` where all neurons agree, else ``(constant)``, so that a compiled network
can be run again with other values. Times are seconds, everything else is dimensionless. Names that Brian2
keeps for itself (xi, N, i, j, t, dt) and ``active``, which collides with a flag of its groups, are avoided.
"""

from __future__ import annotations

import numpy as np

from neurosim import reduction
from neurosim.cells import OnOff, SpikingCell
from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.nonlinearity import Heaviside, Normalise, Softmax

FORMULATIONS = ("summed", "event", "reduced")

VISIBLE = """
dv/dt = (v_in - v)/tau_v : 1   # eq. (1a)
v_in : 1                       # (1/sqrt(N_h)) sum_mu xi_{i mu} s_mu
"""

HIDDEN_SUMMED = """
dh/dt = ((u_before + u)/2 - h)/tau_h : 1 # eq. (1b), its sum averaged over the step
u : 1                                    # (sqrt(N_h)/N_v) sum_i xi_{mu i} v_i, after v has moved ...
u_before = u : 1 (constant over dt)      # ... and before: frozen at either end, h would lag or lead
s = ACTIVATION : 1 (constant over dt)    # eq. (4), decided at the start of the step
above : integer                          # 1 where h > theta: the side `cross` compares with
"""

# Softmax: who is how far above whom; all pairs, since a sum common to all, Σ exp(z), would overflow
COMPETITION = """
z : 1 (linked)                           # h - theta
total : 1                                # sum_nu exp(gain (z_nu - z_mu))
s = ACTIVATION : 1
"""
COMPETITION_SOURCE = "z = h - theta : 1 (constant over dt)\n"
HIDDEN_TO_COMPETITION = "total_post = TERM : 1 (summed)\n"

# Normalise: one neuron a cue sums up what the visible layer does, and divides
POOL = "square : 1                       # sum_i v_i^2\n"
VISIBLE_TO_POOL = "square_post = v_pre**2 : 1 (summed)\n"
FROM_POOL = "square : 1 (linked)\nlength : 1\n"
POOLED = "length = sqrt(square)"  # every step: synapses cannot read what is linked by an index

HIDDEN_EVENT = """
dh/dt = (u - h)/tau_h : 1      # eq. (1b)
du/dt = (g - u)/tau_v : 1      # eq. (1a), times (sqrt(N_h)/N_v) xi^T
g : 1                          # sum_nu J_{mu nu} s_nu, eqs. (5, 6)
s : 1                          # eq. (4), kept and flipped at each crossing
"""

# How often and when each hidden neuron crossed its threshold; `late` counts from step `late_from` on.
CROSSINGS = """
n_crossings : integer
late_crossings : integer
last_crossing : second
late_from : integer (shared, constant)
"""

CROSS = {
    "summed": "int(h > theta) != above",
    "event": "(h > theta) != (s > 0.5)",
    "reduced": "(h > theta) != (s > 0.5)",
    "spiking": "int(a > 0.5) != above",
}

# Runs after the synapses of the same event, which therefore still see the old s.
ON_CROSS = {
    name: f"""
{flip}
n_crossings += 1
late_crossings += int(t_in_timesteps >= late_from)
last_crossing = (t_in_timesteps + 1)*dt   # it happened by the end of this step
"""
    for name, flip in {
        "summed": "above = 1 - above",
        "event": "s = 1 - s",
        "reduced": "s = 1 - s",
        "spiking": "above = 1 - above",
    }.items()
}

HIDDEN_TO_VISIBLE_SUMMED = """
v_in_post = w*s_pre/sqrt(N_h) : 1 (summed)        # eq. (1a)
w : 1 (constant)                                  # xi_{i mu}
N_h : 1 (shared, constant)
"""

VISIBLE_TO_HIDDEN_SUMMED = """
u_post = sqrt(N_h)/N_v*WEIGHT*OUTPUT : 1 (summed) # eq. (1b), or with g(v) eq. (32b)
WEIGHT : 1 (constant)                             # xi_{mu i}
N_h : 1 (shared, constant)
N_v : 1 (shared, constant)
"""

HIDDEN_TO_VISIBLE_EVENT = """
w : 1 (constant)                                  # xi_{i mu}
N_h : 1 (shared, constant)
"""
HIDDEN_TO_VISIBLE_ON_CROSS = "v_in_post += (1 - 2*s_pre)*w/sqrt(N_h)   # eq. (1a), the change alone"

HIDDEN_TO_HIDDEN_EVENT = """
J : 1 (constant)                                  # eq. (6)
"""
HIDDEN_TO_HIDDEN_ON_CROSS = "g_post += (1 - 2*s_pre)*J                 # eq. (5), the change alone"

# mu is the neuron's number in its block; J is a TimedArray, read J(pre, post)
HIDDEN_REDUCED = """
da/dt = (s - a)/tau_v : 1      # v = v_passive + xi a/sqrt(N_h)
mu : integer (constant)
"""
HIDDEN_TO_HIDDEN_REDUCED_ON_CROSS = "g_post += (1 - 2*s_pre)*J(mu_pre*second, mu_post)   # eq. (5), the change alone"

# The exact step of (h, u) while g is constant, as `neurosim.reduction` derives it. Brian2's own
# method='exact' divides by 1/tau_h - 1/tau_v: silent NaN where the two are equal, lost digits where they are
# nearly so. exprel(x) = (e^x - 1)/x has no such pole.
HIDDEN_EVENT_STEP = """
_from_h = exp(-dt/tau_h)
_from_u = dt/tau_h*_from_h*exprel(dt/tau_h - dt/tau_v)
_h = G + (u - G)*_from_u + (h - G)*_from_h
u = G + (u - G)*exp(-dt/tau_v)
h = _h
"""
TRACE_STEP = "a = s + (a - s)*exp(-dt/tau_v)"

# An input current, a TimedArray: into v directly, into u projected as v is.
VISIBLE_INPUT = "I_v = current(t, i) : 1 (constant over dt)           # units of v"
HIDDEN_INPUT = "I_u = current_hidden(t, i) : 1 (constant over dt)     # (sqrt(N_h)/N_v) xi^T I_v"

# --- the spiking analogue ------------------------------------------------------------------------------------

# One for each hidden neuron: what its cells are driven by, and what they did, filtered.
HIDDEN_SPIKING = """
du/dt = (G - u)/tau_u : 1      # eq. (1a), times (sqrt(N_h)/N_v) xi^T; spikes kick it. tau_u: tau_v, or tau_s if
da/dt = -a/tau_v : 1           # ... visible neurons spike. a: eq. (4), s as seen through the spikes
above : integer                # 1 where a > 1/2: the neuron counts as active
mu : integer (constant)
"""
HIDDEN_SPIKING_STEP = """
u = G + (u - G)*exp(-dt/tau_u)
a = a*exp(-dt/tau_v)
"""

# K for each hidden neuron. u is its neuron's, at the start of the step; between spikes the step is exact.
CELLS = """
dh/dt = (u - h)/tau_h : 1 UNLESS          # eq. (1b)
u : 1 (linked)
mu : integer (constant)
n_spikes : integer
tau_u : second (shared, constant)
t_ref : second (shared, constant)
amplitude : 1 (shared, constant)          # t_ref/(K tau_v): a cell that fires at 1/t_ref keeps a at 1/K
noise : 1 (shared, constant)              # std of h from the noise alone
"""
CELLS_STEP = """
_from_h = exp(-dt/tau_h)
_from_u = dt/tau_h*_from_h*exprel(dt/tau_h - dt/tau_u)
h = G + (u - G)*_from_u + (h - G)*_from_h NOISE
"""
NOISE = "+ noise*sqrt(1 - _from_h**2)*randn()"
FIRES = {False: "h > theta", True: "h > theta and rand() < dt/t_ref"}  # by `SpikingCell.stochastic`
AFTER_SPIKE = {False: "n_spikes += 1", True: "n_spikes += 1\nh = 0"}  # by `SpikingCell.resets`

CELLS_TO_TRACE_ON_SPIKE = "a_post += amplitude_pre"
CELLS_TO_HIDDEN_ON_SPIKE = "u_post += amplitude_pre*J(mu_pre*second, mu_post)    # eqs. (5, 6)"
CELLS_TO_VISIBLE = "N_h : 1 (shared, constant)"
CELLS_TO_VISIBLE_ON_SPIKE = "v_post += amplitude_pre*W(mu_pre*second, number_post)/sqrt(N_h)   # eq. (1a)"

VISIBLE_SPIKING = """
dv/dt = (I - v)/tau_v : 1      # eq. (1a), its sum by spikes
number : integer (constant)
"""

# An ON and an OFF cell for each visible neuron.
ON_OFF = """
dphase/dt = rate : 1
rate = gain*clip(side*v, 0, inf) : Hz
v : 1 (linked)
side : 1 (constant)               # 1 for ON, -1 for OFF
number : integer (constant)
n_spikes : integer
gain : Hz (shared, constant)
t_ref : second (shared, constant)
kick : 1 (shared, constant)               # sqrt(N_h)/N_v/(gain tau_s): in the mean, eq. (1b) through tau_s
"""
ON_OFF_FIRES = {False: "phase > 1", True: "rand() < rate*dt"}  # by `OnOff.stochastic`
# a phase that runs on while refractory keeps the rate gain|v| up to 1/t_ref, and saves up no more than one spike
ON_OFF_AFTER_SPIKE = {False: "n_spikes += 1\nphase = clip(phase - 1, 0, 1)", True: "n_spikes += 1"}
ON_OFF_TO_HIDDEN_ON_SPIKE = "u_post += side_pre*kick_pre*B(number_pre*second, mu_post)   # eq. (1b)"

# Interneurons: excitatory cells have the positive part of each weight, interneurons the negative part.
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
fires : 1 (shared, constant)              # spikes that a kick of 1 to h asks of each
kick : 1 (shared, constant)               # 1/(K rate tau_s)
mu : integer (constant)
"""
INHIBITORS_FIRE, INHIBITORS_AFTER_SPIKE = "phase > 1", "phase -= 1\nn_spikes += 1"
ON_OFF_EXCITE_ON_SPIKE = "u_post += kick_pre*clip(side_pre*B(number_pre*second, mu_post), 0, inf)"
ON_OFF_TO_INHIBITORS_ON_SPIKE = (
    "phase_post += fires_post*kick_pre*clip(-side_pre*B(number_pre*second, mu_post), 0, inf)"
)
INHIBITORS_INHIBIT_ON_SPIKE = "u_post -= kick_pre"


def visible(net: Network, with_input: bool = False) -> str:
    """Return the equations of the visible layer, v (eq. 1a); the summed and the event formulation."""
    sources = ("(v_in - v)", "(v_in + I_v - v)") if with_input else ("", "")
    lines = VISIBLE.replace(*sources) + (VISIBLE_INPUT + "\n" if with_input else "")
    if not net.is_linear:
        lines += f"g = {net.visible_activation.brian} : 1   # eq. (32b)\n"
    if isinstance(net.visible_activation, Normalise):
        lines += FROM_POOL
    return lines + parameter("tau_v", net.tau_v, "second")


def hidden(net: Network, formulation: str, with_input: bool = False) -> str:
    """Return the equations of the hidden layer, h (eq. 1b), with its crossing counters.

    Parameters
    ----------
    net : Network
    formulation : {"summed", "event", "reduced"}
    with_input : bool, default False
        Whether there is an input current.
    """
    if formulation == "summed":
        dynamics = HIDDEN_SUMMED.replace("ACTIVATION", net.hidden_activation.brian)
        if isinstance(net.hidden_activation, Softmax):
            dynamics = "\n".join(line for line in dynamics.split("\n") if not line.startswith("s ="))
            dynamics += COMPETITION_SOURCE
    else:
        dynamics = HIDDEN_EVENT + parameter("tau_v", net.tau_v, "second")
        if with_input:
            dynamics = dynamics.replace("(g - u)", "(g + I_u - u)") + HIDDEN_INPUT + "\n"
        if formulation == "reduced":
            dynamics += HIDDEN_REDUCED
    own = parameter("tau_h", net.tau_h, "second") + parameter("theta", net.threshold, "1")
    return dynamics + own + CROSSINGS


def hidden_step(formulation: str, with_input: bool = False) -> str:
    """Return the exact step of h, u (and a) in the event and the reduced formulation."""
    step = HIDDEN_EVENT_STEP.replace("G", "(g + I_u)" if with_input else "g")
    return step + (TRACE_STEP if formulation == "reduced" else "")


def spiking_visible(net: Network, with_input: bool = False) -> str:
    """Return the equations of visible neurons kicked by hidden spikes."""
    lines = VISIBLE_SPIKING.replace("(I - v)", "(I_v - v)" if with_input else "-v")
    return lines + (VISIBLE_INPUT + "\n" if with_input else "") + parameter("tau_v", net.tau_v, "second")


def spiking_hidden(net: Network, with_input: bool = False) -> str:
    """Return the equations of the hidden neurons' drive and trace; `with_input`: a current into u."""
    lines = HIDDEN_SPIKING.replace("(G - u)", "(I_u - u)" if with_input else "-u")
    own = parameter("tau_v", net.tau_v, "second") + "tau_u : second (shared, constant)\n"
    return lines + (HIDDEN_INPUT + "\n" if with_input else "") + own + CROSSINGS


def spiking_hidden_step(with_input: bool = False) -> str:
    """Return the exact step of u and a between spikes."""
    return HIDDEN_SPIKING_STEP.replace("G", "I_u") if with_input else HIDDEN_SPIKING_STEP.replace("G", "0")


def cells(net: Network, resets: bool, per_cell_threshold: bool, with_input: bool = False) -> str:
    """Return the equations of the hidden cells; those that reset wait until t_ref is over."""
    lines = CELLS.replace("UNLESS", "(unless refractory)" if resets else "")
    threshold = "theta : 1 (constant)\n" if per_cell_threshold else parameter("theta", net.threshold, "1")
    linked = "I_u : 1 (linked)\n" if with_input else ""
    return lines + linked + threshold + parameter("tau_h", net.tau_h, "second")


def cells_step(noisy: bool, with_input: bool = False) -> str:
    """Return the exact step of h between spikes, with Ornstein–Uhlenbeck noise if `noisy`."""
    return CELLS_STEP.replace("NOISE", NOISE if noisy else "").replace("G", "I_u" if with_input else "0")


def visible_to_hidden(net: Network) -> str:
    """Return the summed synapses visible → hidden (eqs. 1b, 32b)."""
    return VISIBLE_TO_HIDDEN_SUMMED.replace("WEIGHT", back_weight(net)).replace(
        "OUTPUT", "v_pre" if net.is_linear else "g_pre"
    )


def competition(activation: Softmax) -> str:
    """Return the equations of the hidden neurons' competition, which makes s (eq. 32a, model B)."""
    return COMPETITION.replace("ACTIVATION", activation.brian)


def hidden_to_competition(activation: Softmax) -> str:
    """Return the summed synapses from every hidden neuron to every one's part in the competition."""
    return HIDDEN_TO_COMPETITION.replace("TERM", activation.brian_total)


def back_weight(net: Network) -> str:
    """Return the name of the visible → hidden weight: "w" if symmetric, else "w_back"."""
    return "w" if net.is_symmetric else "w_back"


def parameter(name: str, values: np.ndarray, unit: str) -> str:
    """Return a parameter's line: shared by all neurons where the values agree, else one per neuron."""
    return f"{name} : {unit} ({'shared, constant' if is_uniform(values) else 'constant'})\n"


def is_uniform(values: np.ndarray) -> bool:
    """Return whether all values are the same number."""
    return bool(np.all(values == values.flat[0]))


def requires(net: Network, formulation: str, cells: SpikingCell | None = None) -> None:
    """Refuse a formulation that is unknown or cannot describe this network.

    Raises
    ------
    InvalidInput
        Unknown formulation; "event" or "reduced" with smooth hidden units, or with one τ_v per visible neuron;
        spiking cells with "summed", or spiking visible neurons with "reduced"; interneurons for a network whose record
        has others.
    """
    if formulation not in FORMULATIONS:
        raise InvalidInput(f"formulation must be one of {list(FORMULATIONS)}, got {formulation!r}")
    if cells is not None and formulation == "summed":
        raise InvalidInput('formulation="summed" is for the rate model; spikes are events: use "event" or "reduced"')
    if cells is not None and isinstance(cells.visible, OnOff) and formulation == "reduced":
        raise InvalidInput(
            'formulation="reduced" leaves the visible neurons out, and these spike; use formulation="event"'
        )
    if cells is not None and cells.interneurons is not None:
        for record in net.constraints:
            split = [record.get(f"excitatory_{layer}") for layer in ("visible", "hidden")]
            if record["name"] == "dale" and (split != [1, 1] or record["interneurons"] != "relay"):
                raise InvalidInput(
                    "interneurons in spikes make all other neurons excitatory, each with relays; the network's record "
                    f'has Dale({split[0]}, {split[1]}, "{record["interneurons"]}"): use Dale(1, 1, "relay")'
                )
    if formulation != "summed":
        what = f'formulation="{formulation}"' if cells is None else 'model="spiking"'
        remedy = 'use formulation="summed"' if cells is None else 'use model="rate"'
        if not isinstance(net.hidden_activation, Heaviside):
            raise InvalidInput(
                f"{what} needs Heaviside hidden units, which are on or off, got {net.hidden_activation!r}; {remedy}"
            )
        reduction.required(net, what)
