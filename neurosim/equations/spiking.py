"""Equations of the spiking model (`neurosim.cells`).

Each hidden neuron has a drive u and a trace a; its K cells have u as their input and add to a when they fire. A neuron
counts as active while a > ½. Visible neurons are graded, or ON and OFF cells that fire (`neurosim.cells.OnOff`).
"""

from __future__ import annotations

from neurosim.equations.rate import CROSSINGS, HIDDEN_INPUT, VISIBLE_INPUT, on_cross, parameter
from neurosim.network import Network

# One for each hidden neuron. tau_u is tau_v, or tau_s if visible neurons spike.
HIDDEN = """
du/dt = (G - u)/tau_u : 1      # eq. (1a) times (sqrt(N_h)/N_v) xi^T; its sum is added at each spike
da/dt = -a/tau_v : 1           # filtered spike train, in place of s of eq. (4)
above : integer                # 1 where a > 1/2: the neuron counts as active
mu : integer (constant)
"""
U_SUMMED = "u : 1                          # (sqrt(N_h)/N_v) sum_i xi_{mu i} v_i at the start of the step"
HIDDEN_STEP = """
u = G + (u - G)*exp(-dt/tau_u)
a = a*exp(-dt/tau_v)
"""
CROSS = "int(a > 0.5) != above"
ON_CROSS = on_cross("above = 1 - above")

# K for each hidden neuron. u is the drive of the neuron at the start of the step; between spikes the step is exact.
CELLS = """
dh/dt = (u - h)/tau_h : 1 UNLESS          # eq. (1b)
u : 1 (linked)
mu : integer (constant)
n_spikes : integer
tau_u : second (shared, constant)
t_ref : second (shared, constant)
amplitude : 1 (shared, constant)          # t_ref/(K tau_v): cells that fire at 1/t_ref keep the mean of a at 1
noise : 1 (shared, constant)              # std of h from the noise alone
"""
CELLS_STEP = """
_from_h = exp(-dt/tau_h)
_from_u = dt/tau_h*_from_h*exprel(dt/tau_h - dt/tau_u)
h = G + (u - G)*_from_u + (h - G)*_from_h NOISE
"""
# The same differential equation for other methods; u is its mean over the step.
CELLS_INTEGRATED = "(DRIVE - h)/tau_hNOISE : 1"
NOISE_INTEGRATED = " + noise*sqrt(2/tau_h)*xi_h"
MEAN_DRIVE = "(G + (u - G)*exprel(-dt/tau_u))"
NOISE = "+ noise*sqrt(1 - _from_h**2)*randn()"
FIRES = {False: "h > theta", True: "h > theta and rand() < dt/t_ref"}  # by `SpikingCell.stochastic`
AFTER_SPIKE = {False: "n_spikes += 1", True: "n_spikes += 1\nh = 0"}  # by `SpikingCell.resets`

# mu is the number of a hidden neuron within its block, number that of a visible one; J, W and B are TimedArrays.
CELLS_TO_TRACE_ON_SPIKE = "a_post += amplitude_pre"
CELLS_TO_HIDDEN_ON_SPIKE = "u_post += amplitude_pre*J(mu_pre*second, mu_post)    # eqs. (5, 6)"
CELLS_TO_VISIBLE = "N_h : 1 (shared, constant)"
CELLS_TO_VISIBLE_ON_SPIKE = "v_post += amplitude_pre*W(mu_pre*second, number_post)/sqrt(N_h)   # eq. (1a)"

VISIBLE = """
dv/dt = (I - v)/tau_v : 1      # eq. (1a); its sum is added at each spike
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
# The phase continues during the refractory period, so the rate is gain|v| up to 1/t_ref; at most one spike is stored.
ON_OFF_AFTER_SPIKE = {False: "n_spikes += 1\nphase = clip(phase - 1, 0, 1)", True: "n_spikes += 1"}
ON_OFF_TO_HIDDEN_ON_SPIKE = "u_post += side_pre*kick_pre*B(number_pre*second, mu_post)   # eq. (1b)"


def visible(net: Network, with_input: bool = False) -> str:
    """Return the equations of visible neurons that receive hidden spikes.

    Examples
    --------
    >>> print(visible(Network.gaussian(4, 2, seed=0)).strip())
    dv/dt = -v/tau_v : 1      # eq. (1a); its sum is added at each spike
    number : integer (constant)
    tau_v : second (shared, constant)
    """
    lines = VISIBLE.replace("(I - v)", "(I_v - v)" if with_input else "-v")
    return lines + (VISIBLE_INPUT + "\n" if with_input else "") + parameter("tau_v", net.tau_v, "second")


def hidden(net: Network, with_input: bool = False, summed: bool = False) -> str:
    """Return the equations of the drive and the trace of the hidden neurons, with their crossing counters.

    Parameters
    ----------
    net : Network
    with_input : bool, default False
        Whether an input current, projected by (√N_h/N_v) ξᵀ, drives u.
    summed : bool, default False
        Whether u is the sum over the visible neurons (eq. 1b), not an equation of its own.

    Examples
    --------
    >>> print(hidden(Network.gaussian(4, 2, seed=0)).splitlines()[1])
    du/dt = -u/tau_u : 1      # eq. (1a) times (sqrt(N_h)/N_v) xi^T; its sum is added at each spike
    """
    lines = HIDDEN.replace("(G - u)", "(I_u - u)" if with_input else "-u")
    if summed:
        lines = "\n".join(U_SUMMED if line.startswith("du/dt") else line for line in lines.split("\n"))
    time_constants = parameter("tau_v", net.tau_v, "second") + "tau_u : second (shared, constant)\n"
    return lines + (HIDDEN_INPUT + "\n" if with_input else "") + time_constants + CROSSINGS


def hidden_step(with_input: bool = False, summed: bool = False) -> str:
    """Return the exact step of u, unless it is a sum, and of a between spikes.

    Examples
    --------
    >>> hidden_step().splitlines()[1]
    'u = 0 + (u - 0)*exp(-dt/tau_u)'
    """
    step = HIDDEN_STEP.replace("G", "I_u" if with_input else "0")
    return "\n".join(line for line in step.split("\n") if not (summed and line.startswith("u =")))


def cells(net: Network, resets: bool, per_cell_threshold: bool, with_input: bool = False) -> str:
    """Return the equations of the hidden cells.

    Parameters
    ----------
    net : Network
    resets : bool
        Whether h is constant during the refractory period.
    per_cell_threshold : bool
        Whether thresholds differ between the cells of a neuron.
    with_input : bool, default False
        Whether an input current drives the hidden layer.

    Examples
    --------
    >>> print(cells(Network.gaussian(4, 2, seed=0), resets=True, per_cell_threshold=False).splitlines()[1])
    dh/dt = (u - h)/tau_h : 1 (unless refractory)          # eq. (1b)
    """
    lines = CELLS.replace("UNLESS", "(unless refractory)" if resets else "")
    threshold = "theta : 1 (constant)\n" if per_cell_threshold else parameter("theta", net.threshold, "1")
    linked = "I_u : 1 (linked)\n" if with_input else ""
    return lines + linked + threshold + parameter("tau_h", net.tau_h, "second")


def integrated_cells(model: str, noisy: bool, with_input: bool = False) -> str:
    """Return the equations of `cells` for integration by other methods than `cells_step`.

    Parameters
    ----------
    model : str
        Result of `cells`.
    noisy : bool
        Whether they have Ornstein–Uhlenbeck noise.
    with_input : bool, default False
        Whether an input current drives the hidden layer.

    Examples
    --------
    >>> model = cells(Network.gaussian(4, 2, seed=0), resets=False, per_cell_threshold=False)
    >>> integrated_cells(model, noisy=True).splitlines()[1]
    'dh/dt = ((0 + (u - 0)*exprel(-dt/tau_u)) - h)/tau_h + noise*sqrt(2/tau_h)*xi_h : 1           # eq. (1b)'
    """
    line = CELLS_INTEGRATED.replace("DRIVE", MEAN_DRIVE).replace("NOISE", NOISE_INTEGRATED if noisy else "")
    return model.replace("(u - h)/tau_h : 1", line.replace("G", "I_u" if with_input else "0"))


def cells_step(noisy: bool, with_input: bool = False) -> str:
    """Return the exact step of h between spikes; with Ornstein–Uhlenbeck noise if `noisy`.

    Examples
    --------
    >>> "randn()" in cells_step(noisy=True)
    True
    """
    return CELLS_STEP.replace("NOISE", NOISE if noisy else "").replace("G", "I_u" if with_input else "0")
