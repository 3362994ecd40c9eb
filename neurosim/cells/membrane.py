"""Membranes of integrate-and-fire cells in physical units, with published values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from neurosim.errors import InvalidInput
from neurosim.validation import assign, built, one_of, one_time, real


@dataclass(frozen=True)
class Membrane:
    """A leaky, exponential, adaptive exponential or quadratic integrate-and-fire cell.

    C dV/dt = −g_L (V − E_L) + onset − w + synaptic currents, τ_w dw/dt = a (V − E_L) − w; at a spike V ← V_r for
    t_ref, and w ← w + b; in steps of dt V is held for t_ref − dt, and spikes are t_ref − dt + ⌈T/dt⌉ dt apart, where V
    takes the time T from V_r to the spike. The onset of the spike is 0 (leaky), g_L Δ_T exp((V − V_T)/Δ_T)
    (exponential), or g_L (V − E_L)²/(V_T − E_L) (quadratic). The last one is the cell of Izhikevich, with
    k = g_L/(V_T − E_L): C dV/dt = k (V − E_L)(V − V_T) − w.

    Parameters
    ----------
    capacitance : float, default 500
        C, pF.
    leak : float, default 25
        g_L, nS.
    rest : float, default -70
        E_L, mV.
    threshold : float, default -50
        V_T, mV. A leaky cell emits a spike here, an exponential one at V_T + 10 Δ_T.
    reset : float, default -55
        V_r, mV.
    t_ref : time, default 2 ms
        Refractory period, seconds.
    slope : float, default 0
        Δ_T of an exponential cell, mV; 0: another one.
    cutoff : float, optional
        Potential above V_T at which a quadratic cell emits a spike, mV. Default: the cell is not quadratic.
    subthreshold : float, default 0
        a of the adaptation current, nS.
    jump : float, default 0
        b of the adaptation current, pA.
    tau_w : time, default 144 ms
        Time constant of the adaptation current, seconds.

    Raises
    ------
    InvalidInput
        A value is out of its range, the reset is not below the threshold (of a quadratic cell: the cutoff), a cell is
        both exponential and quadratic, or a leaky cell adapts.

    See Also
    --------
    MEMBRANES : Published cells by name.

    Examples
    --------
    >>> Membrane().tau, Membrane(slope=2.0).peak
    (0.02, -30.0)
    """

    capacitance: float = 500.0
    leak: float = 25.0
    rest: float = -70.0
    threshold: float = -50.0
    reset: float = -55.0
    t_ref: float = 2e-3
    slope: float = 0.0
    cutoff: float | None = None
    subthreshold: float = 0.0
    jump: float = 0.0
    tau_w: float = 0.144

    def __post_init__(self) -> None:
        for name, unit in (("capacitance", "pF"), ("leak", "nS")):
            assign(self, **{name: real(getattr(self, name), name, above=0, unit=unit)})
        for name in ("rest", "threshold", "reset"):
            assign(self, **{name: real(getattr(self, name), name, unit="mV")})
        assign(self, subthreshold=real(self.subthreshold, "subthreshold", unit="nS"))
        for name, unit in (("slope", "mV"), ("jump", "pA")):
            assign(self, **{name: real(getattr(self, name), name, at_least=0, unit=unit)})
        for name in ("t_ref", "tau_w"):
            assign(self, **{name: one_time(getattr(self, name), name)})
        if self.cutoff is not None:
            self._check_quadratic()
        elif self.reset >= self.threshold:
            raise InvalidInput(f"reset must be below the threshold {self.threshold:g} mV, got {self.reset:g} mV")
        if self.is_adaptive and not self.slope and self.cutoff is None:
            raise InvalidInput(
                "a cell that adapts must have a slope > 0 mV (AdEx) or a cutoff (Izhikevich), got slope=0; give slope=2"
            )

    def _check_quadratic(self) -> None:
        assign(self, cutoff=real(self.cutoff, "cutoff", above=max(self.threshold, self.reset), unit="mV"))
        if self.slope:
            raise InvalidInput(f"a cell with a cutoff is quadratic and has no slope, got slope={self.slope:g} mV")
        if self.rest >= self.threshold:
            raise InvalidInput(
                f"a quadratic cell must rest below its threshold {self.threshold:g} mV, got rest={self.rest:g} mV"
            )

    @property
    def tau(self) -> float:
        """Membrane time constant C/g_L at rest, seconds."""
        return self.capacitance / self.leak * 1e-3

    @property
    def peak(self) -> float:
        """Potential at which a spike is emitted, mV."""
        return self.threshold + 10 * self.slope if self.cutoff is None else self.cutoff

    @property
    def is_adaptive(self) -> bool:
        """Whether the cell has an adaptation current."""
        return self.subthreshold != 0 or self.jump > 0

    @property
    def onset(self) -> str:
        """What starts a spike: "threshold", "exponential" or "quadratic"."""
        if self.cutoff is not None:
            return "quadratic"
        return "exponential" if self.slope else "threshold"

    def to_record(self) -> dict[str, float | None]:
        """Return all fields for JSON; ``Membrane(**record)`` is the inverse."""
        return asdict(self)


# "pyramidal", "interneuron": Wang, "Probabilistic decision making by slow reverberation in cortical circuits",
# Neuron 36, 955 (2002). "exponential", "adaptive": the first with slope, and with slope and adaptation, of Brette &
# Gerstner, "Adaptive exponential integrate-and-fire model", J. Neurophysiol. 94, 3637 (2005). "izhikevich": the regular
# spiking cell of Izhikevich, "Dynamical Systems in Neuroscience" (MIT Press, 2007), chapter 8: k = 0.7 nS/mV,
# a = 0.03/ms, b = −2 nS. It has no refractory period; 0.1 ms is the usual time step.
MEMBRANES: Mapping[str, Membrane] = {
    "pyramidal": Membrane(),
    "exponential": Membrane(slope=2.0),
    "adaptive": Membrane(slope=2.0, subthreshold=4.0, jump=80.5),
    "izhikevich": Membrane(
        100.0, 14.0, -60.0, -40.0, -50.0, t_ref=1e-4, cutoff=35.0, subthreshold=-2.0, jump=100.0, tau_w=1 / 30
    ),
    "interneuron": Membrane(capacitance=200.0, leak=20.0, t_ref=1e-3),
}


def get_membrane(value: Any) -> Membrane:
    """Return the membrane of a name or a record.

    Parameters
    ----------
    value : str, mapping or Membrane
        A name in `MEMBRANES`, a result of `Membrane.to_record`, or a membrane, which is returned unchanged.

    Raises
    ------
    InvalidInput
        None of these.

    Examples
    --------
    >>> get_membrane("interneuron").t_ref
    0.001
    """
    if isinstance(value, Membrane):
        return value
    if isinstance(value, Mapping):
        return built(Membrane, value, "a membrane")
    if not isinstance(value, str):
        raise InvalidInput(f"a membrane must be Membrane(…) or one of {list(MEMBRANES)}, got {value!r}")
    return MEMBRANES[one_of(value, "a membrane", MEMBRANES)]
