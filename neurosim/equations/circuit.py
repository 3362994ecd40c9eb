"""Equations of the spiking circuit (`neurosim.engines.Circuit`): a population of cells in place of each threshold unit.

Eqs. (1a, 1b) remain: the visible layer of graded neurons, reduced to u = (√N_h/N_v) ξᵀv, and h, the synaptic drive of a
population. The activation s = Θ(h − θ) of eq. (4) is replaced by the mean NMDA gating S of the excitatory cells of a
population, ŝ = (S − S0)/(S1 − S0), with S0 and S1 its values at h = θ − ½ and h = θ + ½, measured in populations that
are not coupled to one another (`neurosim.engines.brian.calibration`).

The weights ξ enter in one place, `HIDDEN_TO_HIDDEN`, as J = ξᵀξ/N_v (eq. 6), and where the visible state is read. With
Dale's law (`DALE`), excitatory cells carry ξ⁺ (NMDA) and the inhibitory cells of the same population ξ⁻ (GABA_B), ξ =
ξ⁺ − ξ⁻, and the visible neurons excite through the positive weights of ξᵀ and inhibit through the negative ones, by way
of linear interneurons. Then the excitatory conductance of a population follows h + h_c and its inhibitory one −(h −
h_c), where h_c is the drive through |ξᵀ|: `neurosim.theory.signed_couplings` has the matrices.

Membranes are those of Fourcaud-Trocmé et al. [1]_ (exponential) and Brette & Gerstner [2]_ (adaptive); saturating NMDA
gating, and AMPA and GABA_A conductances with reversal potentials, after Wang [3]_. h changes the conductances of the
excitatory cells in both directions, excitation up and inhibition down (push-pull), around their background. All cells
of a population project to one another alike, so the conductances from within it are variables of the population; where
each cell receives from some cells only (`Synapses.probability`), they are variables of the cell.

References
----------
.. [1] Fourcaud-Trocmé, Hansel, van Vreeswijk & Brunel, J. Neurosci. 23, 11628 (2003).
.. [2] Brette & Gerstner, J. Neurophysiol. 94, 3637 (2005).
.. [3] Wang, Neuron 36, 955 (2002); Brunel & Wang, J. Comput. Neurosci. 11, 63 (2001).
.. [4] Jahr & Stevens, J. Neurosci. 10, 3178 (1990): magnesium block.
.. [5] Tsodyks & Markram, PNAS 94, 719 (1997); in the form of Mongillo, Barak & Tsodyks, Science 319, 1543 (2008).
"""

from __future__ import annotations

from neurosim.cells import Background, Membrane, Population
from neurosim.equations.rate import CROSSINGS, HIDDEN_INPUT, on_cross

# One for each hidden neuron. The suffixes _e and _i are those of the excitatory and the inhibitory cells.
HIDDEN = """
du/dt = (G - u)/tau_v : 1                    # eq. (1a) times (sqrt(N_h)/N_v) xi^T
dh/dt = (u - h)/tau_h : 1                    # eq. (1b)
da/dt = (s - a)/tau_v : 1                    # v = v_passive + xi a/sqrt(N_h); the neuron counts as active while a > 1/2
dS/dt = -S/tau_nmda : 1                      # mean NMDA gating of the excitatory cells
dS_i/dt = -S_i/tau_gaba_b : 1                # mean GABA_B gating of the inhibitory cells
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
g_drive : siemens                           # excitatory conductance of the drive
"""
HIDDEN_INPUT_DALE = "I_uc = current_common(t, i) : 1\n"
# With Dale's law: the drive through the absolute weights, and the output of the inhibitory cells.
DALE = """
du_c/dt = (C - u_c)/tau_v : 1                # u with |xi^T| in place of xi^T
dh_c/dt = (u_c - h_c)/tau_h : 1
da_i/dt = (s_i - a_i)/tau_v : 1              # v = v_passive + (xi^+ a - xi^- a_i)/sqrt(N_h)
s_i = (S_i - R0)/(R1 - R0) : 1               # normalised output of the inhibitory cells
g_c : 1
R0 : 1 (constant)                            # calibration: S_i half a unit of h below and above theta
R1 : 1 (constant)
"""
PARAMETERS = {
    "second": ("tau_v", "tau_nmda", "tau_ampa", "tau_gaba", "tau_gaba_b"),
    "siemens": (
        *("leak_e", "leak_i", "background_ee", "background_ie", "background_ei", "background_ii"),
        *("drive_excitation", "drive_inhibition", "to_inhibitory", "to_excitatory"),
    ),
    "volt": ("rest_e", "rest_i", "E_exc", "E_inh", "V_ref_e", "V_ref_i"),
    "farad": ("C_e", "C_i"),
    "1": ("saturation", "n_e", "n_i"),
}
HIDDEN_STEP = """
u = G + (u - G)*exp(-dt/tau_v)
h = u + (h - u)*exp(-dt/tau_h)
a = s + (a - s)*exp(-dt/tau_v)
S = S*exp(-dt/tau_nmda)
S_i = S_i*exp(-dt/tau_gaba_b)
g_ampa = g_ampa*exp(-dt/tau_ampa)
g_gaba = g_gaba*exp(-dt/tau_gaba)
"""
DALE_STEP = """u_c = C + (u_c - C)*exp(-dt/tau_v)
h_c = u_c + (h_c - u_c)*exp(-dt/tau_h)
a_i = s_i + (a_i - s_i)*exp(-dt/tau_v)
"""
# At the start of every step. background_XY: mean conductance of type X (e, i) of the cells Y.
DRIVE = "_x = h - theta + offset\n_x_e = _x\n_x_i = _x\n"
DRIVE_DALE = "_x = h - theta + offset\n_x_e = _x + h_c\n_x_i = _x - h_c\n"
CONDUCTANCES = """
g_drive = clip(background_ee + drive_excitation*_x_e, 0*siemens, inf*siemens)
_i = clip(background_ie - drive_inhibition*_x_i, 0*siemens, inf*siemens) + _gaba
g_total_e = leak_e + g_drive + _i
V_mean_e = (leak_e*rest_e + g_drive*E_exc + _i*E_inh)/g_total_e
decay_e = exp(-dt*g_total_e/C_e)
_e_i = background_ei + _ampa
g_total_i = leak_i + _e_i + background_ii
V_mean_i = (leak_i*rest_i + _e_i*E_exc + background_ii*E_inh)/g_total_i
decay_i = exp(-dt*g_total_i/C_i)
"""
# Current-based: the background conductances are part of the membrane; all changes act at the potential V_ref.
CURRENTS = """
g_drive = background_ee + drive_excitation*_x_e
g_total_e = leak_e + background_ee + background_ie
_rest_e = leak_e*rest_e + background_ee*E_exc + background_ie*E_inh
_I_e = drive_excitation*_x_e*(E_exc - V_ref_e) + (_gaba - drive_inhibition*_x_i)*(E_inh - V_ref_e)
V_mean_e = (_rest_e + _I_e)/g_total_e
decay_e = exp(-dt*g_total_e/C_e)
g_total_i = leak_i + background_ei + background_ii
_rest_i = leak_i*rest_i + background_ei*E_exc + background_ii*E_inh
V_mean_i = (_rest_i + _ampa*(E_exc - V_ref_i))/g_total_i
decay_i = exp(-dt*g_total_i/C_i)
"""
CROSS = "int(a > 0.5) != above"
ON_CROSS = on_cross("above = 1 - above")
HIDDEN_TO_HIDDEN = "g_post = J(mu_pre*second, mu_post)*s_pre : 1 (summed)      # eqs. (5, 6)"
HIDDEN_TO_HIDDEN_DALE = """
g_post = J(mu_pre*second, mu_post)*s_pre - J_i(mu_pre*second, mu_post)*s_i_pre : 1 (summed)
g_c_post = J_c(mu_pre*second, mu_post)*s_pre - J_ci(mu_pre*second, mu_post)*s_i_pre : 1 (summed)
"""

# The cells of one class, linked to their population. OWN: what differs from cell to cell.
CELLS = """
dV/dt = (g_total*(V_mean - V) + I OWN SPIKE ADAPTATION)/C : volt (unless refractory)
dI/dt = -I/tau_noise NOISE : amp      # background
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
SPIKE = {
    "threshold": "",
    "exponential": " + leak*slope*exp((V - V_T)/slope)",
    "quadratic": " + leak*(V_T - rest)*((V - rest)/(V_T - rest))**2",
}
SPIKE_PARAMETERS = """leak : siemens (shared, constant)
V_T : volt (shared, constant)
"""
SLOPE = "slope : volt (shared, constant)\n"
REST = "rest : volt (shared, constant)\n"
ADAPTATION = """dw/dt = (subthreshold*(V - rest) - w)/tau_w : amp
subthreshold : siemens (shared, constant)
jump : amp (shared, constant)
tau_w : second (shared, constant)
"""
GATING = """ds_gate/dt = -s_gate/tau_gate : 1             # NMDA or GABA_B gating of the synapses of the cell
opened : 1                                       # by the last spike
tau_gate : second (shared, constant)
saturation : 1 (shared, constant)
"""
# The background in the diffusion limit, or carried by Poisson trains that excite and inhibit; the same variance.
DIFFUSION = "+ noise*sqrt(2/tau_noise)*xi"
DIFFUSION_STEP = "I = I*exp(-dt/tau_noise) + noise*sqrt(1 - exp(-2*dt/tau_noise))*randn()\n"
# Two statements: in one, the difference of two equal calls is simplified to 0.
TRAINS_STEP = """_excites = poisson(0.5*trains*dt)
_inhibits = poisson(0.5*trains*dt)
I = I*exp(-dt/tau_noise) + noise*sqrt((1 - exp(-2*dt/tau_noise))/(trains*dt))*(_excites - _inhibits)
"""
TRAINS = "trains : Hz (shared, constant)\n"
# Conductance from those cells of its population that project to the cell. Current-based: V_ref in place of V.
WIRED = """dg_own/dt = -g_own/tau_own : siemens
tau_own : second (shared, constant)
E_own : volt (shared, constant)
V_ref : volt (shared, constant)
"""
# The excitatory conductance of the drive is one of NMDA channels, which magnesium blocks: 1 at the threshold V_ref.
MAGNESIUM = """g_drive : siemens (linked)
E_exc : volt (shared, constant)
V_mg : volt (shared, constant)
blocked : 1 (shared, constant)                   # [Mg]/3.57 mM
"""
UNBLOCKED = "((1 + blocked*exp(-62*V_mg/volt))/(1 + blocked*exp(-62*V/volt)) - 1)"
# Short-term plasticity of the synapses of an excitatory cell: available resources, and the share of them that is used.
SHORT_TERM = """davailable/dt = (1 - available)/recovery : 1
duse/dt = (release - use)/facilitation : 1
sent : 1                                         # by the last spike, in units of the first one
release : 1 (shared, constant)
per_release : 1 (shared, constant)               # 1/release; a division here is code that brian2cuda declares twice
recovery : second (shared, constant)
facilitation : second (shared, constant)
"""
# The conductances, w and the current of the spike's onset are those at the start of the step; V is exact for them.
CELLS_STEP = """
_target = MEAN + (I SPIKE ADAPTATION)/TOTAL
V = _target + (V - _target)*DECAY
"""
SPIKE_STEP = {
    "threshold": "",
    "exponential": " + leak*slope*exp(clip((V - V_T)/slope, -inf, 10))",
    "quadratic": " + leak*(V_T - rest)*clip((V - rest)/(V_T - rest), -inf, 10)**2",
}
ADAPTATION_STEP = "w = subthreshold*(V - rest) + (w - subthreshold*(V - rest))*exp(-dt/tau_w)\n"
GATING_STEP = "s_gate = s_gate*exp(-dt/tau_gate)\n"
WIRED_STEP = "g_own = g_own*exp(-dt/tau_own)\n"
SHORT_TERM_STEP = """available = 1 + (available - 1)*exp(-dt/recovery)
use = release + (use - release)*exp(-dt/facilitation)
"""
FIRES = "V > peak"
AFTER_SPIKE = "V = reset\nn_spikes += 1"
AFTER_SPIKE_ADAPTATION = "\nw += jump"
AFTER_SPIKE_GATING = "\nopened = saturation*RELEASED*(1 - s_gate)\ns_gate += opened"
AFTER_SPIKE_SHORT_TERM = "\nsent = use*available*per_release"
AFTER_SPIKE_DEPRESSION = "\navailable -= use*available\nuse += release*(1 - use)"

# At a spike, after the reset. With a delay, a spike counts as the last one that precedes its arrival.
EXCITATORY_ON_SPIKE = """
S_post += opened_pre/n_e_post
g_ampa_post += to_inhibitory_post*SENT/n_e_post
"""
INHIBITORY_ON_SPIKE = """
S_i_post += opened_pre/n_i_post
g_gaba_post += to_excitatory_post/n_i_post
"""
# Where each cell receives from `in_degree` cells.
WIRED_ON_SPIKE = "g_own_post += strength*SENT/in_degree"
WIRED_SYNAPSES = "strength : siemens (shared, constant)\nin_degree : 1 (shared, constant)"


def hidden(with_input: bool = False, dale: bool = False) -> str:
    """Return the equations of a population as a whole.

    Parameters
    ----------
    with_input : bool, default False
        Whether an input current, projected by (√N_h/N_v) ξᵀ, drives u.
    dale : bool, default False
        Whether its synapses obey Dale's law.

    Examples
    --------
    >>> print(hidden().splitlines()[1])
    du/dt = (g - u)/tau_v : 1                    # eq. (1a) times (sqrt(N_h)/N_v) xi^T
    """
    lines = HIDDEN + (DALE.lstrip() if dale else "")
    lines = lines.replace("(G - u)", "(g + I_u - u)" if with_input else "(g - u)")
    lines = lines.replace("(C - u_c)", "(g_c + I_uc - u_c)" if with_input else "(g_c - u_c)")
    parameters = "".join(
        f"{name} : {unit} (shared, constant)\n" for unit, names in PARAMETERS.items() for name in names
    )
    current = HIDDEN_INPUT + "\n" + (HIDDEN_INPUT_DALE if dale else "") if with_input else ""
    return lines + current + parameters + CROSSINGS


def hidden_step(with_input: bool = False, dale: bool = False) -> str:
    """Return the step of the variables of a population.

    While g and s are constant it is exact but for h, which follows the u of the end of the step: of first order in dt.

    Examples
    --------
    >>> hidden_step().splitlines()[1]
    'u = g + (u - g)*exp(-dt/tau_v)'
    """
    step = HIDDEN_STEP.replace("G", "(g + I_u)" if with_input else "g")
    if dale:  # before S and S_i move, since a_i follows the S_i of the start of the step, as a follows that S
        step = step.replace("S = ", DALE_STEP.replace("C", "(g_c + I_uc)" if with_input else "g_c") + "S = ", 1)
    return step


def conductances(population: Population, dale: bool = False) -> str:
    """Return the statements that compute what the cells of a population have in common, at the start of a step.

    Examples
    --------
    >>> conductances(Population()).splitlines()[-1]
    'decay_i = exp(-dt*g_total_i/C_i)'
    """
    synapses = population.synapses
    code = (DRIVE_DALE if dale else DRIVE) + (CURRENTS if synapses.current_based else CONDUCTANCES)
    for name in ("gaba", "ampa"):
        code = code.replace(f"_{name}", f"g_{name}" if synapses.probability == 1 else "0*siemens")
    return code


def background(population: Population, *, excitatory: bool) -> Background:
    """Return the background of a class of cells.

    Examples
    --------
    >>> background(Population(), excitatory=True).noise
    850.0
    """
    return population.background if excitatory else population.inhibitory_background


def _parts(population: Population, excitatory: bool) -> tuple[Membrane, list[str], bool]:
    """Return the membrane of a class, the currents of its own, and whether its synapses are plastic."""
    synapses, own = population.synapses, []
    if synapses.probability < 1:
        own.append(f"g_own*(E_own - {'V_ref' if synapses.current_based else 'V'})")
    if excitatory and synapses.magnesium:
        own.append(f"g_drive*{UNBLOCKED}*(E_exc - V)")
    membrane = population.membrane if excitatory else population.inhibitory_membrane
    return membrane, own, excitatory and synapses.short_term is not None


def cells(population: Population, *, excitatory: bool) -> str:
    """Return the equations of a class of cells.

    Parameters
    ----------
    population : Population
        Determines what its membranes, its background and its synapses are.
    excitatory : bool
        Whether they are the excitatory or the inhibitory cells.

    Examples
    --------
    >>> print(cells(Population(), excitatory=True).splitlines()[1])
    dV/dt = (g_total*(V_mean - V) + I)/C : volt (unless refractory)
    """
    membrane, own, plastic = _parts(population, excitatory)
    parts = CELLS.replace(" OWN", "".join(f" + {term}" for term in own))
    trains = background(population, excitatory=excitatory).trains
    parts = parts.replace(" SPIKE", SPIKE[membrane.onset])
    parts = parts.replace(" ADAPTATION", " - w" if membrane.is_adaptive else "")
    parts = parts.replace(" NOISE", "" if trains else f" {DIFFUSION}") + (TRAINS if trains else "")
    parts += SPIKE_PARAMETERS if membrane.onset != "threshold" else ""
    parts += SLOPE if membrane.onset == "exponential" else ""
    parts += REST if membrane.onset == "quadratic" or membrane.is_adaptive else ""
    parts += WIRED if population.synapses.probability < 1 else ""
    parts += MAGNESIUM if excitatory and population.synapses.magnesium else ""
    parts += SHORT_TERM if plastic else ""
    return parts + (ADAPTATION if membrane.is_adaptive else "") + GATING


def cells_step(population: Population, *, excitatory: bool) -> str:
    """Return the step of the cells between spikes.

    Examples
    --------
    >>> cells_step(Population(), excitatory=False).splitlines()[2]
    '_target = V_mean + (I)/g_total'
    """
    synapses = population.synapses
    membrane, own, plastic = _parts(population, excitatory)
    step = CELLS_STEP.replace(" SPIKE", SPIKE_STEP[membrane.onset])
    trains = background(population, excitatory=excitatory).trains
    step = "\n" + (TRAINS_STEP if trains else DIFFUSION_STEP) + step.removeprefix("\n")
    step = step.replace(" ADAPTATION", " - w" if membrane.is_adaptive else "")
    if own:
        added, pulled = [], []  # conductances, and their products with the reversal potentials
        if synapses.probability < 1 and synapses.current_based:
            pulled.append("g_own*(E_own - V_ref)")
        elif synapses.probability < 1:
            added, pulled = ["g_own"], ["g_own*E_own"]
        if excitatory and synapses.magnesium:
            added, pulled = [*added, "_mg"], [*pulled, "_mg*E_exc"]
            step = f"\n_mg = g_drive*{UNBLOCKED}" + step
        total = " + ".join(["g_total", *added])
        mean = f"({' + '.join(['g_total*V_mean', *pulled])})"
        step = step.replace("_target = ", f"_total = {total}\n_target = ", 1)
        names = {"MEAN": f"{mean}/_total", "TOTAL": "_total", "DECAY": "exp(-dt*_total/C)"}
    else:
        names = {"MEAN": "V_mean", "TOTAL": "g_total", "DECAY": "decay"}
    for name, code in names.items():
        step = step.replace(name, code)
    step += ADAPTATION_STEP if membrane.is_adaptive else ""
    step += (WIRED_STEP if synapses.probability < 1 else "") + (SHORT_TERM_STEP if plastic else "")
    return step + GATING_STEP


def after_spike(population: Population, *, excitatory: bool) -> str:
    """Return the statements of a cell's reset, which runs before its synapses.

    Examples
    --------
    >>> after_spike(Population(), excitatory=False).splitlines()
    ['V = reset', 'n_spikes += 1', 'opened = saturation*(1 - s_gate)', 's_gate += opened']
    """
    membrane, _, plastic = _parts(population, excitatory)
    code = AFTER_SPIKE + (AFTER_SPIKE_ADAPTATION if membrane.is_adaptive else "")
    code += AFTER_SPIKE_SHORT_TERM if plastic else ""
    code += AFTER_SPIKE_GATING.replace("RELEASED*", "use*available*" if plastic else "")
    return code + (AFTER_SPIKE_DEPRESSION if plastic else "")


def on_spike(population: Population, code: str, *, excitatory: bool) -> str:
    """Return what a spike does, `EXCITATORY_ON_SPIKE` or `WIRED_ON_SPIKE`, with the short-term plasticity of the cell.

    Examples
    --------
    >>> on_spike(Population(), WIRED_ON_SPIKE, excitatory=True)
    'g_own_post += strength/in_degree'
    """
    return code.replace("*SENT", "*sent_pre" if _parts(population, excitatory)[2] else "")
