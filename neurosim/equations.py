"""The memory as Brian2 equations, each line beside the paper's equation number.

Strings only, no brian2 import: read them here, run them with `neurosim.brian_network`. Two formulations of
the same dynamics, eqs. (1a, 1b, 4):

"summed"
    The textbook form. Every step, every synapse hands its presynaptic activity on, as the sums in
    eqs. (1a, 1b) say. Any hidden activation, any τ's. Over a step s is held, v then moves exactly, and h
    sees the mean of its drive before and after. First order in dt, because s changes on the grid.
"event"
    The fast form, for threshold units. s changes only when h crosses θ, so synapses speak only then: a custom
    event ``cross`` carries the change. The hidden layer is driven through u = (√N_h/N_v) ξᵀv, which with one
    τ_v obeys an equation of its own (`neurosim.reduction`). Between crossings nothing is approximated;
    crossings fall on the grid. Input added to v after t = 0 must be added to u as well, projected.

Parameters are ``(shared, constant)`` where all neurons agree, else ``(constant)``, so that a compiled network
can be run again with other values. Times are seconds, everything else is dimensionless. Names that Brian2
keeps for itself (xi, N, i, j, t, dt) and ``active``, which collides with a flag of its groups, are avoided.
"""

from __future__ import annotations

import numpy as np

from neurosim import reduction
from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.nonlinearity import Heaviside

FORMULATIONS = ("summed", "event")

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

CROSS = {"summed": "int(h > theta) != above", "event": "(h > theta) != (s > 0.5)"}

# Runs after the synapses of the same event, which therefore still see the old s.
ON_CROSS = {
    formulation: f"""
{flip}
n_crossings += 1
late_crossings += int(t_in_timesteps >= late_from)
last_crossing = (t_in_timesteps + 1)*dt   # h crossed at the end of this step
"""
    for formulation, flip in (("summed", "above = 1 - above"), ("event", "s = 1 - s"))
}

HIDDEN_TO_VISIBLE_SUMMED = """
v_in_post = w*s_pre/sqrt(N_h) : 1 (summed)        # eq. (1a)
w : 1 (constant)                                  # xi_{i mu}
N_h : 1 (shared, constant)
"""

VISIBLE_TO_HIDDEN_SUMMED = """
u_post = sqrt(N_h)/N_v*WEIGHT*v_pre : 1 (summed)  # eq. (1b)
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

# The exact step of (h, u) while g is constant, as `neurosim.reduction` derives it. Brian2's own
# method='exact' divides by 1/tau_h - 1/tau_v: silent NaN where the two are equal, lost digits where they are
# nearly so. exprel(x) = (e^x - 1)/x has no such pole.
HIDDEN_EVENT_STEP = """
_from_h = exp(-dt/tau_h)
_from_u = dt/tau_h*_from_h*exprel(dt/tau_h - dt/tau_v)
_h = g + (u - g)*_from_u + (h - g)*_from_h
u = g + (u - g)*exp(-dt/tau_v)
h = _h
"""


def visible(net: Network) -> str:
    """Return the equations of the visible layer, v (eq. 1a); both formulations."""
    return VISIBLE + parameter("tau_v", net.tau_v, "second")


def hidden(net: Network, formulation: str) -> str:
    """Return the equations of the hidden layer, h (eq. 1b), with its crossing counters.

    Parameters
    ----------
    net : Network
    formulation : {"summed", "event"}
    """
    if formulation == "event":
        dynamics = HIDDEN_EVENT + parameter("tau_v", net.tau_v, "second")
    else:
        dynamics = HIDDEN_SUMMED.replace("ACTIVATION", net.hidden_activation.brian)
    own = parameter("tau_h", net.tau_h, "second") + parameter("theta", net.threshold, "1")
    return dynamics + own + CROSSINGS


def visible_to_hidden(net: Network) -> str:
    """Return the summed synapses visible → hidden (eq. 1b)."""
    return VISIBLE_TO_HIDDEN_SUMMED.replace("WEIGHT", back_weight(net))


def back_weight(net: Network) -> str:
    """Return the name of the visible → hidden weight: "w" if symmetric, else "w_back"."""
    return "w" if net.is_symmetric else "w_back"


def parameter(name: str, values: np.ndarray, unit: str) -> str:
    """Return a parameter's line: shared by all neurons where the values agree, else one per neuron."""
    return f"{name} : {unit} ({'shared, constant' if is_uniform(values) else 'constant'})\n"


def is_uniform(values: np.ndarray) -> bool:
    """Return whether all values are the same number."""
    return bool(np.all(values == values.flat[0]))


def requires(net: Network, formulation: str) -> None:
    """Refuse a formulation that is unknown or cannot describe this network.

    Raises
    ------
    InvalidInput
        Unknown formulation; "event" with smooth hidden units, or with one τ_v per visible neuron.
    """
    if formulation not in FORMULATIONS:
        raise InvalidInput(f"formulation must be one of {list(FORMULATIONS)}, got {formulation!r}")
    if formulation == "event":
        if not isinstance(net.hidden_activation, Heaviside):
            raise InvalidInput(
                f'formulation="event" needs Heaviside hidden units, which change only at crossings, '
                f'got {net.hidden_activation!r}; use formulation="summed"'
            )
        reduction.requires_one_tau_v(net, 'formulation="event"')
