"""Equations of the rate model, eqs. (1a, 1b, 4), in the three formulations of `neurosim.equations`."""

from __future__ import annotations

import numpy as np

from neurosim.network import Network
from neurosim.nonlinearity import Normalise, Softmax

VISIBLE = """
dv/dt = (v_in - v)/tau_v : 1   # eq. (1a)
v_in : 1                       # (1/sqrt(N_h)) sum_mu xi_{i mu} s_mu
"""

HIDDEN_SUMMED = """
dh/dt = ((u_before + u)/2 - h)/tau_h : 1 # eq. (1b), its sum averaged over the step
u : 1                                    # (sqrt(N_h)/N_v) sum_i xi_{mu i} v_i at the end of the step
u_before = u : 1 (constant over dt)      # the same at its start; with one of them alone, h would lag or lead
s = ACTIVATION : 1 (constant over dt)    # eq. (4), evaluated at the start of the step
above : integer                          # 1 where h > theta at the last crossing; compared in the event `cross`
"""

# Softmax, as a sum over all pairs of differences z_nu - z_mu, since one common sum Σ exp(z) would overflow
COMPETITION = """
z : 1 (linked)                           # h - theta
total : 1                                # sum_nu exp(gain (z_nu - z_mu))
s = ACTIVATION : 1
"""
COMPETITION_SOURCE = "z = h - theta : 1 (constant over dt)\n"
HIDDEN_TO_COMPETITION = "total_post = TERM : 1 (summed)\n"

# Normalise: one additional neuron per cue sums the squares of the visible neurons
POOL = "square : 1                       # sum_i v_i^2\n"
VISIBLE_TO_POOL = "square_post = v_pre**2 : 1 (summed)\n"
FROM_POOL = "square : 1 (linked)\nlength : 1\n"
POOLED = "length = sqrt(square)"  # in every step: synapses cannot read a variable linked through an index

HIDDEN_EVENT = """
dh/dt = (u - h)/tau_h : 1      # eq. (1b)
du/dt = (g - u)/tau_v : 1      # eq. (1a), times (sqrt(N_h)/N_v) xi^T
g : 1                          # sum_nu J_{mu nu} s_nu, eqs. (5, 6)
s : 1                          # eq. (4), stored and flipped at each crossing
"""

# Number and time of the threshold crossings of each hidden neuron; `late_crossings` counts from step `late_from`.
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
}


def on_cross(flip: str) -> str:
    """Return the code of a crossing; it runs after the synapses of the same event, which therefore use the old state.

    Parameters
    ----------
    flip : str
        Statement that changes the stored state of the neuron.

    Examples
    --------
    >>> on_cross("s = 1 - s").splitlines()[1]
    's = 1 - s'
    """
    return f"""
{flip}
n_crossings += 1
late_crossings += int(t_in_timesteps >= late_from)
last_crossing = (t_in_timesteps + 1)*dt   # the crossing took place before the end of this step
"""


ON_CROSS = {
    "summed": on_cross("above = 1 - above"),
    "event": on_cross("s = 1 - s"),
    "reduced": on_cross("s = 1 - s"),
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
HIDDEN_TO_VISIBLE_ON_CROSS = "v_in_post += (1 - 2*s_pre)*w/sqrt(N_h)   # change of the sum in eq. (1a)"

HIDDEN_TO_HIDDEN_EVENT = """
J : 1 (constant)                                  # eq. (6)
"""
HIDDEN_TO_HIDDEN_ON_CROSS = "g_post += (1 - 2*s_pre)*J                 # change of the sum in eq. (5)"

# mu is the number of the neuron within its block; J is a TimedArray that is read as J(pre, post)
HIDDEN_REDUCED = """
da/dt = (s - a)/tau_v : 1      # v = v_passive + xi a/sqrt(N_h)
mu : integer (constant)
"""
HIDDEN_TO_HIDDEN_REDUCED_ON_CROSS = "g_post += (1 - 2*s_pre)*J(mu_pre*second, mu_post)   # change of the sum in eq. (5)"

# The exact step of (h, u) while g is constant, derived in `neurosim.reduction`. Brian2's method="exact" divides by
# 1/tau_h - 1/tau_v, which gives NaN where the two are equal and loses digits where they are nearly equal;
# exprel(x) = (e^x - 1)/x has no such pole.
HIDDEN_EVENT_STEP = """
_from_h = exp(-dt/tau_h)
_from_u = dt/tau_h*_from_h*exprel(dt/tau_h - dt/tau_v)
_h = G + (u - G)*_from_u + (h - G)*_from_h
u = G + (u - G)*exp(-dt/tau_v)
h = _h
"""
TRACE_STEP = "a = s + (a - s)*exp(-dt/tau_v)"

# An input current is a TimedArray; it is added to v directly and to u projected.
VISIBLE_INPUT = "I_v = current(t, i) : 1 (constant over dt)           # units of v"
HIDDEN_INPUT = "I_u = current_hidden(t, i) : 1 (constant over dt)     # (sqrt(N_h)/N_v) xi^T I_v"


def visible(net: Network, with_input: bool = False) -> str:
    """Return the equations of the visible layer (eq. 1a) in the summed and the event formulation.

    Parameters
    ----------
    net : Network
    with_input : bool, default False
        Whether an input current drives the visible layer.

    See Also
    --------
    hidden : Equations of the hidden layer.

    Examples
    --------
    >>> print(visible(Network.gaussian(4, 2, seed=0)).strip())
    dv/dt = (v_in - v)/tau_v : 1   # eq. (1a)
    v_in : 1                       # (1/sqrt(N_h)) sum_mu xi_{i mu} s_mu
    tau_v : second (shared, constant)
    """
    lines = VISIBLE
    if with_input:
        lines = lines.replace("(v_in - v)", "(v_in + I_v - v)") + VISIBLE_INPUT + "\n"
    if not net.is_linear:
        lines += f"g = {net.visible_activation.brian} : 1   # eq. (32b)\n"
    if isinstance(net.visible_activation, Normalise):
        lines += FROM_POOL
    return lines + parameter("tau_v", net.tau_v, "second")


def hidden(net: Network, formulation: str, with_input: bool = False) -> str:
    r"""Return the equations of the hidden layer (eq. 1b), with its crossing counters.

    Parameters
    ----------
    net : Network
    formulation : {"summed", "event", "reduced"}
    with_input : bool, default False
        Whether an input current, projected by (√N_h/N_v) ξᵀ, drives u.

    Examples
    --------
    >>> print(*hidden(Network.gaussian(4, 2, seed=0), "event").splitlines()[1:3], sep="\n")
    dh/dt = (u - h)/tau_h : 1      # eq. (1b)
    du/dt = (g - u)/tau_v : 1      # eq. (1a), times (sqrt(N_h)/N_v) xi^T
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
    """Return the exact step of h and u in the event formulation, and of h, u and a in the reduced one.

    Examples
    --------
    >>> hidden_step("reduced").splitlines()[-1]
    'a = s + (a - s)*exp(-dt/tau_v)'
    """
    step = HIDDEN_EVENT_STEP.replace("G", "(g + I_u)" if with_input else "g")
    return step + (TRACE_STEP if formulation == "reduced" else "")


def visible_to_hidden(net: Network) -> str:
    """Return the summed synapses visible → hidden (eqs. 1b, 32b).

    Examples
    --------
    >>> print(visible_to_hidden(Network.gaussian(4, 2, seed=0)).splitlines()[1])
    u_post = sqrt(N_h)/N_v*w*v_pre : 1 (summed) # eq. (1b), or with g(v) eq. (32b)
    """
    return VISIBLE_TO_HIDDEN_SUMMED.replace("WEIGHT", back_weight(net)).replace(
        "OUTPUT", "v_pre" if net.is_linear else "g_pre"
    )


def competition(activation: Softmax) -> str:
    """Return the equations of the neurons that compute s from all hidden potentials (eq. 32a, model B).

    Examples
    --------
    >>> print(competition(Softmax(2.0)).splitlines()[1])
    z : 1 (linked)                           # h - theta
    """
    return COMPETITION.replace("ACTIVATION", activation.brian)


def hidden_to_competition(activation: Softmax) -> str:
    """Return the summed synapses from all hidden neurons to the neurons that compute s.

    Examples
    --------
    >>> "(summed)" in hidden_to_competition(Softmax(2.0))
    True
    """
    return HIDDEN_TO_COMPETITION.replace("TERM", activation.brian_total)


def back_weight(net: Network) -> str:
    """Return the name of the visible → hidden weight: "w" if symmetric, else "w_back".

    Examples
    --------
    >>> back_weight(Network.gaussian(4, 2, seed=0))
    'w'
    """
    return "w" if net.is_symmetric else "w_back"


def parameter(name: str, values: np.ndarray, unit: str) -> str:
    r"""Return the declaration of a parameter: shared if all values are equal, else one per neuron.

    Examples
    --------
    >>> parameter("tau_v", np.array([0.02, 0.03]), "second")
    'tau_v : second (constant)\n'
    """
    return f"{name} : {unit} ({'shared, constant' if is_uniform(values) else 'constant'})\n"


def is_uniform(values: np.ndarray) -> bool:
    """Return whether all values are equal.

    Examples
    --------
    >>> is_uniform(np.array([0.5, 0.5]))
    True
    """
    return bool(np.all(values == values.flat[0]))
