"""`Circuit`: the spiking circuit as an engine."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any, ClassVar

from neurosim import reduction
from neurosim.cells import Population, get_population
from neurosim.engines.base import SteppingEngine
from neurosim.engines.builtin import CODEGEN, DTYPES, TARGETS
from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.nonlinearity import Heaviside
from neurosim.packages import required
from neurosim.request import RECORDABLE, RecallRequest, callers_depth
from neurosim.result import EngineResult
from neurosim.validation import assign, boolean, one_of

_DT = 1e-4


@dataclass(frozen=True, kw_only=True, repr=False)
class Circuit(SteppingEngine):
    """A spiking circuit: a population of integrate-and-fire cells in place of each threshold unit, in Brian2.

    Eqs. (1a, 1b) stay as they are. In place of eq. (4), each hidden neuron is a population of excitatory and inhibitory
    cells with conductances and noise (`neurosim.equations.circuit`), and s is the mean gating of its NMDA synapses,
    scaled to 0 at h = θ − ½ and to 1 at h = θ + ½. This scale, and the shift of the drive that brings s to
    `Population.centre` at the threshold, are measured before the first recall and kept on disk; other parameters are
    measured anew.

    The visible neurons are graded, with the τ_v of the network. It must exceed the time constant of the NMDA synapses,
    100 ms, several times, as τ_v exceeds τ_h in the rate model: give the network ``tau_v=0.4``.

    Parameters
    ----------
    population : Population, default ``Population()``
        Its `synapses` are conductances or currents, with delays, magnesium block and plasticity if they have them.
    dale : bool, default False
        Whether cells obey Dale's law between the layers too: excitatory cells carry the positive weights, the
        inhibitory cells of the same population the negative ones; visible neurons excite, and inhibit by way of linear
        interneurons. Then inhibition follows the inhibitory cells' own response, and excitation and inhibition of a
        population no longer change by the same amount. The visible neurons fire around a rate that is part of the
        background.
    target : {"runtime", "cpp_standalone", "cuda_standalone"}, default "runtime"
        As in `Brian`.
    codegen : {"auto", "cython", "numpy"}, default "auto"
        As in `Brian`; the calibration uses it on every target.
    dtype : {"float64", "float32"}, default "float64"
        Type of Brian2's variables.
    report : None, "text", "stdout" or "stderr"
        Progress report of Brian2.
    dt, allow_coarse_dt
        As in `SteppingEngine`; the default step is 0.1 ms.

    Raises
    ------
    InvalidInput
        An unknown option. From a recall: a network with other than Heaviside hidden units, nonlinear visible neurons or
        several τ_v; a population that does not switch on.

    Warns
    -----
    UserWarning
        From a recall: τ_v is shorter than the time constant of the NMDA synapses, so that the cue is gone before they
        have opened.

    See Also
    --------
    Brian : The rate model, and the minimal spiking model, whose cells are threshold units with a clock.
    neurosim.measure.spiking.population_response : Rates, irregularity and gating of one population against its drive.

    Notes
    -----
    `hidden_active` of a recall is a > ½, with τ_v da/dt = −a + s. Weights ξ become the coupling of the populations in
    one place, `neurosim.theory.effective_coupling`, with Dale's law `neurosim.theory.signed_couplings`. `rates` and
    `inhibitory_rates` are the mean rates of the cells of each population over the whole recall.

    Examples
    --------
    >>> from neurosim.cells import Population
    >>> engine = Circuit(population=Population(n_cells=50), target="cpp_standalone")
    >>> engine.population.n_inhibitory, engine.is_rate_model
    (12, False)
    """

    population: Any = field(default_factory=Population)
    dale: bool = False
    target: str = "runtime"
    codegen: str = "auto"
    dtype: str = "float64"
    report: Any = None

    name: ClassVar[str] = "circuit"
    is_rate_model: ClassVar[bool] = False
    takes_input: ClassVar[bool] = True
    is_random: ClassVar[bool] = True
    recordable: ClassVar[tuple[str, ...]] = (*RECORDABLE, "activity", "spikes", "inhibitory_spikes")

    def __post_init__(self) -> None:
        super().__post_init__()
        assign(self, population=get_population(self.population))
        assign(self, dale=boolean(self.dale, "dale"))
        one_of(self.target, "target", TARGETS)
        one_of(self.dtype, "dtype", DTYPES)
        one_of(self.codegen, "codegen", CODEGEN)
        if self.report not in (None, "text", "stdout", "stderr"):
            raise InvalidInput(f'report must be None, "text", "stdout" or "stderr", got {self.report!r}')

    @property
    def compiles(self) -> bool:
        """Whether it compiles a program for a number of cues and steps."""
        return self.target != "runtime"

    def shortest_time_constant(self, net: Network) -> float:
        """Return the shortest time constant of any neuron or synapse, seconds."""
        return min(super().shortest_time_constant(net), self.population.shortest_time)

    def time_step(self, net: Network) -> float:
        """Return `dt`, or 0.1 ms, or a tenth of the shortest time constant if that is less; seconds."""
        return min(_DT, super().time_step(net)) if self.dt is None else self.dt

    def check(self, net: Network, request: RecallRequest) -> None:
        """Refuse a network that cannot be reduced; warn of visible neurons that are faster than the synapses."""
        super().check(net, request)
        if not isinstance(net.hidden_activation, Heaviside):
            raise InvalidInput(
                f"the circuit needs Heaviside hidden units, in whose place its populations stand, got "
                f"{net.hidden_activation!r}; replace the hidden_activation of the network"
            )
        tau_v, tau_nmda = reduction.required(net, "the circuit"), self.population.synapses.tau_nmda
        if tau_v < tau_nmda:
            warnings.warn(
                f"tau_v = {tau_v:g} s is shorter than the time constant of the NMDA synapses, {tau_nmda:g} s: the cue "
                f"is gone before they have opened; give the network tau_v={4 * tau_nmda:g}",
                UserWarning,
                stacklevel=callers_depth(),
            )

    def run(self, net: Network, request: RecallRequest) -> EngineResult:
        """Recall every cue in Brian2."""
        return required("neurosim.engines.brian.circuit", 'engine "circuit"').run(net, request, self)
