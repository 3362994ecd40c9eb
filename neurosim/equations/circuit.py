"""Equations of the spiking circuit (`neurosim.engines.Circuit`): a population of cells in place of each threshold unit.

Eqs. (1a, 1b) remain: the visible layer of graded neurons, reduced to u = (√N_h/N_v) ξᵀv, and h, the synaptic drive of a
population. The activation s = Θ(h − θ) of eq. (4) is replaced by the mean NMDA gating S of the excitatory cells of a
population, ŝ = (S − S0)/(S1 − S0), with S0 and S1 its values at h = 0 and h = 1, measured in populations that are not
coupled to one another (`neurosim.engines.brian.calibration`).

The weights ξ enter in one place, `HIDDEN_TO_HIDDEN`, as J = ξᵀξ/N_v (eq. 6), and where the visible state is read.

Membranes are those of Fourcaud-Trocmé et al. [1]_ (exponential) and Brette & Gerstner [2]_ (adaptive); saturating NMDA
gating, and AMPA and GABA_A conductances with reversal potentials, after Wang [3]_. h changes the conductances of the
excitatory cells in both directions, excitation up and inhibition down (push-pull), around their background. All cells
of a population project to one another alike, so the conductances from within it are variables of the population.

References
----------
.. [1] Fourcaud-Trocmé, Hansel, van Vreeswijk & Brunel, J. Neurosci. 23, 11628 (2003).
.. [2] Brette & Gerstner, J. Neurophysiol. 94, 3637 (2005).
.. [3] Wang, Neuron 36, 955 (2002); Brunel & Wang, J. Comput. Neurosci. 11, 63 (2001).
"""

from __future__ import annotations

from neurosim.cells import Membrane
from neurosim.equations.rate import CROSSINGS, HIDDEN_INPUT, on_cross

# One for each hidden neuron. The suffixes _e and _i are those of the excitatory and the inhibitory cells.
HIDDEN = """
du/dt = (G - u)/tau_v : 1                    # eq. (1a) times (sqrt(N_h)/N_v) xi^T
dh/dt = (u - h)/tau_h : 1                    # eq. (1b)
da/dt = (s - a)/tau_v : 1                    # v = v_passive + xi a/sqrt(N_h); the neuron counts as active while a > 1/2
dS/dt = -S/tau_nmda : 1                      # mean NMDA gating of the excitatory cells
dg_ampa/dt = -g_ampa/tau_ampa : siemens      # AMPA conductance of the inhibitory cells, from the excitatory ones
dg_gaba/dt = -g_gaba/tau_gaba : siemens      # GABA_A conductance of the excitatory cells, from the inhibitory ones
s = (S - S0)/(S1 - S0) : 1                   # in place of eq. (4)
g : 1                                        # sum_nu J_{mu nu} s_nu
above : integer                              # 1 where a > 1/2
mu : integer (constant)
tau_h : second (constant)
theta : 1 (constant)
offset : 1 (constant)                        # these three: calibration
S0 : 1 (constant)
S1 : 1 (constant)
g_total_e : siemens                          # total conductance of a cell
g_total_i : siemens
V_mean_e : volt                              # potential that the conductances alone would lead to
V_mean_i : volt
decay_e : 1                                  # exp(-dt g_total/C)
decay_i : 1
"""
PARAMETERS = {
    "second": ("tau_v", "tau_nmda", "tau_ampa", "tau_gaba"),
    "siemens": (
        *("leak_e", "leak_i", "background_ee", "background_ie", "background_ei", "background_ii"),
        *("drive_excitation", "drive_inhibition", "to_inhibitory", "to_excitatory"),
    ),
    "volt": ("rest_e", "rest_i", "E_exc", "E_inh"),
    "farad": ("C_e", "C_i"),
    "1": ("saturation", "n_e", "n_i"),
}
HIDDEN_STEP = """
u = G + (u - G)*exp(-dt/tau_v)
h = u + (h - u)*exp(-dt/tau_h)
a = s + (a - s)*exp(-dt/tau_v)
S = S*exp(-dt/tau_nmda)
g_ampa = g_ampa*exp(-dt/tau_ampa)
g_gaba = g_gaba*exp(-dt/tau_gaba)
"""
# At the start of every step. background_XY: mean conductance of type X (e, i) of the cells Y.
CONDUCTANCES = """
_x = h - theta + offset
_e = clip(background_ee + drive_excitation*_x, 0*siemens, inf*siemens)
_i = clip(background_ie - drive_inhibition*_x, 0*siemens, inf*siemens) + g_gaba
g_total_e = leak_e + _e + _i
V_mean_e = (leak_e*rest_e + _e*E_exc + _i*E_inh)/g_total_e
decay_e = exp(-dt*g_total_e/C_e)
_e_i = background_ei + g_ampa
g_total_i = leak_i + _e_i + background_ii
V_mean_i = (leak_i*rest_i + _e_i*E_exc + background_ii*E_inh)/g_total_i
decay_i = exp(-dt*g_total_i/C_i)
"""
CROSS = "int(a > 0.5) != above"
ON_CROSS = on_cross("above = 1 - above")
HIDDEN_TO_HIDDEN = "g_post = J(mu_pre*second, mu_post)*s_pre : 1 (summed)      # eqs. (5, 6)"

# The cells of one class, linked to their population.
CELLS = """
dV/dt = (g_total*(V_mean - V) + I SPIKE ADAPTATION)/C : volt (unless refractory)
dI/dt = -I/tau_noise + noise*sqrt(2/tau_noise)*xi : amp      # background
g_total : siemens (linked)
V_mean : volt (linked)
decay : 1 (linked)
mu : integer (constant)
n_spikes : integer
C : farad (shared, constant)
peak : volt (constant)                    # a spike is emitted here; never by cells that only watch
reset : volt (shared, constant)
t_ref : second (shared, constant)
noise : amp (shared, constant)
tau_noise : second (shared, constant)
"""
SPIKE = "+ leak*slope*exp((V - V_T)/slope)"
SPIKE_PARAMETERS = """leak : siemens (shared, constant)
V_T : volt (shared, constant)
slope : volt (shared, constant)
"""
ADAPTATION = """dw/dt = (subthreshold*(V - rest) - w)/tau_w : amp
subthreshold : siemens (shared, constant)
jump : amp (shared, constant)
rest : volt (shared, constant)
tau_w : second (shared, constant)
"""
GATING = """ds_nmda/dt = -s_nmda/tau_nmda : 1             # NMDA gating of the synapses of the cell
tau_nmda : second (shared, constant)
saturation : 1 (shared, constant)
"""
# The conductances, w and the current of the spike's onset are those at the start of the step; V is exact for them.
CELLS_STEP = """
I = I*exp(-dt/tau_noise) + noise*sqrt(1 - exp(-2*dt/tau_noise))*randn()
_target = V_mean + (I SPIKE ADAPTATION)/g_total
V = _target + (V - _target)*decay
"""
SPIKE_STEP = "+ leak*slope*exp(clip((V - V_T)/slope, -inf, 10))"
ADAPTATION_STEP = "w = subthreshold*(V - rest) + (w - subthreshold*(V - rest))*exp(-dt/tau_w)\n"
GATING_STEP = "s_nmda = s_nmda*exp(-dt/tau_nmda)\n"
FIRES = "V > peak"
AFTER_SPIKE = "V = reset\nn_spikes += 1"
AFTER_SPIKE_ADAPTATION = "\nw += jump"
AFTER_SPIKE_GATING = "\ns_nmda += saturation*(1 - s_nmda)"

# At a spike, before the cell's own gating has changed.
EXCITATORY_ON_SPIKE = """
S_post += saturation_post*(1 - s_nmda_pre)/n_e_post
g_ampa_post += to_inhibitory_post/n_e_post
"""
INHIBITORY_ON_SPIKE = "g_gaba_post += to_excitatory_post/n_i_post"


def hidden(with_input: bool = False) -> str:
    """Return the equations of a population as a whole.

    Parameters
    ----------
    with_input : bool, default False
        Whether an input current, projected by (√N_h/N_v) ξᵀ, drives u.

    Examples
    --------
    >>> print(hidden().splitlines()[1])
    du/dt = (g - u)/tau_v : 1                    # eq. (1a) times (sqrt(N_h)/N_v) xi^T
    """
    lines = HIDDEN.replace("(G - u)", "(g + I_u - u)" if with_input else "(g - u)")
    parameters = "".join(
        f"{name} : {unit} (shared, constant)\n" for unit, names in PARAMETERS.items() for name in names
    )
    return lines + (HIDDEN_INPUT + "\n" if with_input else "") + parameters + CROSSINGS


def hidden_step(with_input: bool = False) -> str:
    """Return the step of the variables of a population, exact while g and s are constant.

    Examples
    --------
    >>> hidden_step().splitlines()[1]
    'u = g + (u - g)*exp(-dt/tau_v)'
    """
    return HIDDEN_STEP.replace("G", "(g + I_u)" if with_input else "g")


def cells(membrane: Membrane, *, gating: bool) -> str:
    """Return the equations of a class of cells.

    Parameters
    ----------
    membrane : Membrane
        Determines whether it is leaky, exponential or adaptive.
    gating : bool
        Whether its synapses have NMDA channels: the excitatory cells.

    Examples
    --------
    >>> print(cells(Membrane(), gating=True).splitlines()[1])
    dV/dt = (g_total*(V_mean - V) + I)/C : volt (unless refractory)
    """
    parts = CELLS.replace(" SPIKE", f" {SPIKE}" if membrane.slope else "")
    parts = parts.replace(" ADAPTATION", " - w" if membrane.is_adaptive else "")
    parts += SPIKE_PARAMETERS if membrane.slope else ""
    return parts + (ADAPTATION if membrane.is_adaptive else "") + (GATING if gating else "")


def cells_step(membrane: Membrane, *, gating: bool) -> str:
    """Return the step of the cells between spikes.

    Examples
    --------
    >>> cells_step(Membrane(), gating=False).splitlines()[2]
    '_target = V_mean + (I)/g_total'
    """
    step = CELLS_STEP.replace(" SPIKE", f" {SPIKE_STEP}" if membrane.slope else "")
    step = step.replace(" ADAPTATION", " - w" if membrane.is_adaptive else "")
    return step + (ADAPTATION_STEP if membrane.is_adaptive else "") + (GATING_STEP if gating else "")


def after_spike(membrane: Membrane, *, gating: bool) -> str:
    """Return the statements of a cell's reset; synapses run before them.

    Examples
    --------
    >>> after_spike(Membrane(), gating=False).splitlines()
    ['V = reset', 'n_spikes += 1']
    """
    adapts = AFTER_SPIKE_ADAPTATION if membrane.is_adaptive else ""
    return AFTER_SPIKE + adapts + (AFTER_SPIKE_GATING if gating else "")
