"""Spiking cell models of the hidden layer, transmission by visible neurons, and physical units of potentials.

In the spiking model a hidden neuron consists of ``n_cells`` cells with a common input. A cell fires while its
potential h is above the threshold θ, at most once in ``t_ref``. Each spike adds t_ref/(n_cells τ_v) to a synaptic
trace a_μ that decays with τ_v. Cells that fire at 1/t_ref keep the mean of a_μ at 1, silent cells keep it at 0, so a_μ
takes the place of the activation s_μ = Θ(h_μ − θ).

The mapping from the rate model is exact for the mean (eqs. 1a, 1b, 4; Brian2 equations in `neurosim.equations`), with
K = n_cells:

    rate                                     spiking
    τ_v v̇ = −v + ξs/√N_h + I                 τ_v v̇ = −v + I,  v ← v + (t_ref/(K τ_v)) ξ_μ/√N_h at each spike of μ
    u = (√N_h/N_v) ξᵀv                       the same; or spikes of ON/OFF cells through a synapse of time constant τ_s
    τ_h ḣ = −h + u                           the same, plus membrane noise; LIF cells reset h to 0
    s = Θ(h − θ)                             a; a neuron counts as active while a > ½

Potentials are dimensionless. `millivolts` converts them to a membrane potential: −65 mV at rest and 20 mV for a unit
of h, so θ = ½ is a threshold at −55 mV and noise 0.1 is 2 mV. Synapses are currents, not conductances: the effect of
a conductance depends on the distance to its reversal potential, so the interaction of eqs. (1a, 1b) would depend on
the state. Conductances give the same model in the limit of an infinitely distant reversal potential with the product
of conductance and distance held constant. A synapse of weight ξ moves the postsynaptic potential by `jump_millivolts`.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Self

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.validation import assign, boolean, one_time, real, whole

REST = -65.0  # mV, at h = 0 or v = 0
SCALE = 20.0  # mV for a unit of h or v


@dataclass(frozen=True)
class Graded:
    """Visible neurons that transmit their potential, as in the rate model.

    See Also
    --------
    OnOff : Visible neurons that fire.

    Examples
    --------
    >>> Regular().visible
    Graded()
    """

    name: ClassVar[str] = "graded"


@dataclass(frozen=True)
class OnOff:
    """Visible neurons that fire: one ON cell for v > 0 and one OFF cell for v < 0, since rates cannot be negative.

    Each cell integrates its rate gain·|v| and fires when the integral passes a whole number, or fires at random at that
    rate. Each spike adds ±1/(gain τ_s) of the synaptic weight to the drive of the hidden neuron, which decays with
    τ_s: the mean drive is that of graded neurons.

    Parameters
    ----------
    gain : float, default 100
        Rate at |v| = 1, Hz.
    tau_s : time, default 5 ms
        Time constant of the visible → hidden synapses, seconds.
    t_ref : time, default 0
        Refractory period, seconds. A regular cell fires at gain·|v| up to 1/t_ref; a stochastic cell has a dead time
        of t_ref after each spike. 0: none.
    stochastic : bool, default False
        Fire as a Poisson process instead of regularly.

    Raises
    ------
    InvalidInput
        A value is out of its range.

    See Also
    --------
    Graded : Visible neurons that do not fire.

    Examples
    --------
    >>> OnOff(gain=50, t_ref=10e-3)
    OnOff(gain=50.0, tau_s=0.005, t_ref=0.01, stochastic=False)
    """

    gain: float = 100.0
    tau_s: float = 5e-3
    t_ref: float = 0.0
    stochastic: bool = False
    name: ClassVar[str] = "on_off"

    def __post_init__(self) -> None:
        assign(
            self,
            gain=real(self.gain, "gain", above=0, unit="Hz"),
            tau_s=one_time(self.tau_s, "tau_s"),
            t_ref=one_time(self.t_ref, "t_ref", zero=True),
            stochastic=boolean(self.stochastic, "stochastic"),
        )


@dataclass(frozen=True)
class Interneurons:
    """Inhibitory cells that transmit every negative synapse, so that each cell excites or inhibits (Dale's law).

    Hidden cells and ON/OFF cells are excitatory. Where a synapse is negative they excite interneurons, which inhibit.
    From hidden to visible, each hidden cell has one interneuron, which fires when the cell fires. From visible to
    hidden, each hidden neuron has `n_cells` interneurons, which integrate the negative part of its drive and fire when
    the integral passes a whole number. The mean dynamics is that of the network without interneurons.

    Parameters
    ----------
    n_cells : int, default 10
        Interneurons of each hidden neuron from visible to hidden.
    rate : float, default 300
        Rate of each interneuron while all of them together reduce h by 1, Hz. With Gaussian weights and N_h = 10 they
        reduce h by 0.5, or by 0.1 if only a tenth of the synapses exist. A lower rate means fewer and larger steps.

    Raises
    ------
    InvalidInput
        A value is out of its range.

    Examples
    --------
    >>> Regular(visible=OnOff(), interneurons=Interneurons(n_cells=20)).interneurons
    Interneurons(n_cells=20, rate=300.0)
    """

    n_cells: int = 10
    rate: float = 300.0

    def __post_init__(self) -> None:
        assign(self, n_cells=whole(self.n_cells, "n_cells"), rate=real(self.rate, "rate", above=0, unit="Hz"))


@dataclass(frozen=True)
class SpikingCell(ABC):
    """Base class of the spiking cell models; use `Regular`, `LIF` or `Poisson`.

    Parameters
    ----------
    t_ref : time, default 2 ms
        Refractory period, seconds. The highest rate of a cell is 1/t_ref, here 500 Hz.
    n_cells : int, default 1
        K, cells per hidden neuron; each has its own noise and its own threshold.
    noise : float, default 0
        Membrane noise: standard deviation of h from the noise alone (Ornstein–Uhlenbeck, time constant τ_h), in units
        of h.
    threshold_std : float, default 0
        Standard deviation of the Gaussian distribution of the cells' thresholds around θ, in units of h.
    delay : time, optional
        Time from a spike to its effect, seconds, rounded to whole steps; with ON/OFF cells in both directions.
        Default: t_ref/2, for Poisson cells 0. The trace of a regular spike train is a staircase that starts with a full
        step, t_ref/2 ahead of the ramp of the rate model; the default delay compensates for that.
    visible : Graded or OnOff, default Graded()
        Transmission by the visible neurons.
    interneurons : Interneurons, optional
        Inhibitory cells that realise Dale's law; need visible neurons that fire. Default: a cell both excites and
        inhibits.

    Attributes
    ----------
    name : str
        Name of the cell model in stored records.
    resets : bool
        Whether h is set to 0 after a spike and stays there for t_ref.
    stochastic : bool
        Whether the cell fires at random while h > θ.

    Raises
    ------
    InvalidInput
        A value is out of its range, or interneurons are combined with graded visible neurons.

    See Also
    --------
    get_variant : Look up a cell by the name of a variant.

    Examples
    --------
    >>> cell = Regular(n_cells=3).replace(noise=0.1)
    >>> cell.n_cells, cell.noise, cell.latency
    (3, 0.1, 0.001)
    """

    t_ref: float = 2e-3
    n_cells: int = 1
    noise: float = 0.0
    threshold_std: float = 0.0
    delay: float | None = None
    visible: Graded | OnOff = field(default_factory=Graded)
    interneurons: Interneurons | None = None

    name: ClassVar[str]
    resets: ClassVar[bool] = False
    stochastic: ClassVar[bool] = False

    def __post_init__(self) -> None:
        assign(
            self,
            t_ref=one_time(self.t_ref, "t_ref"),
            n_cells=whole(self.n_cells, "n_cells"),
            noise=real(self.noise, "noise", at_least=0, unit="in units of h"),
            threshold_std=real(self.threshold_std, "threshold_std", at_least=0, unit="in units of h"),
            delay=None if self.delay is None else one_time(self.delay, "delay", zero=True),
        )
        if not isinstance(self.visible, tuple(VISIBLE.values())):
            raise InvalidInput(f"visible must be Graded() or OnOff(…), got {self.visible!r}")
        if self.interneurons is not None and not isinstance(self.interneurons, Interneurons):
            raise InvalidInput(f"interneurons must be Interneurons(…) or None, got {self.interneurons!r}")
        if self.interneurons is not None and not isinstance(self.visible, OnOff):
            raise InvalidInput(
                f"interneurons need visible neurons that fire: give visible=OnOff(…) as well, got {self.visible!r}"
            )

    @property
    @abstractmethod
    def default_delay(self) -> float:
        """Delay where none was given, seconds."""

    @property
    def latency(self) -> float:
        """Time from a spike to its effect, seconds: `delay` or its default."""
        return self.default_delay if self.delay is None else self.delay

    @property
    def is_random(self) -> bool:
        """Whether a simulation of the cell draws random numbers."""
        spiking_visible = isinstance(self.visible, OnOff)  # even regular cells start at random phases
        return self.stochastic or self.noise > 0 or self.threshold_std > 0 or spiking_visible

    def amplitude(self, tau_v: float) -> float:
        """Return the change of the hidden neuron's trace by one spike: t_ref/(n_cells τ_v), with τ_v in seconds."""
        return self.t_ref / (self.n_cells * tau_v)

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some parameters changed."""
        return dataclasses.replace(self, **changes)

    def to_record(self) -> dict[str, Any]:
        """Return the cell as a dictionary for JSON, read by `from_record`."""
        nested = {
            "visible": {"name": self.visible.name, **asdict(self.visible)},
            "interneurons": None if self.interneurons is None else asdict(self.interneurons),
        }
        own = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in nested}
        return {"name": self.name, **own, **nested}


class Regular(SpikingCell):
    """A cell that fires every t_ref while h > θ and does not reset its potential.

    The direct analogue of a threshold unit: its rate is 1/t_ref or 0. Parameters as in `SpikingCell`.

    Examples
    --------
    >>> Regular(t_ref=1e-3).latency
    0.0005
    """

    name: ClassVar[str] = "regular"

    @property
    def default_delay(self) -> float:
        """t_ref/2, seconds."""
        return self.t_ref / 2


class LIF(SpikingCell):
    """A leaky integrate-and-fire cell: after a spike h is set to 0 and stays there for t_ref.

    Its rate 1/(t_ref + τ_h ln(u/(u − θ))) grows with the drive u. It is graded unless τ_h ≪ t_ref, and at most 1/t_ref.
    Parameters as in `SpikingCell`.

    Examples
    --------
    >>> LIF(noise=0.2).resets
    True
    """

    name: ClassVar[str] = "lif"
    resets: ClassVar[bool] = True

    @property
    def default_delay(self) -> float:
        """t_ref/2, seconds."""
        return self.t_ref / 2


class Poisson(SpikingCell):
    """A cell that fires at random at the rate 1/t_ref while h > θ, without a refractory period.

    Parameters as in `SpikingCell`.

    Examples
    --------
    >>> Poisson(n_cells=10).is_random
    True
    """

    name: ClassVar[str] = "poisson"
    stochastic: ClassVar[bool] = True

    @property
    def default_delay(self) -> float:
        """0: the trace of a Poisson train has the mean of the rate model."""
        return 0.0


VISIBLE: dict[str, type[Graded] | type[OnOff]] = {kind.name: kind for kind in (Graded, OnOff)}
KINDS: dict[str, type[SpikingCell]] = {kind.name: kind for kind in (Regular, LIF, Poisson)}

# name of a variant, for ``recall(..., model="spiking", variant=NAME)`` → cell
VARIANTS: dict[str, SpikingCell] = {
    "regular": Regular(),
    "lif": LIF(),
    "poisson": Poisson(),
    "population": Poisson(n_cells=10),
    "on_off": Regular(visible=OnOff()),
    "dale": Regular(visible=OnOff(), interneurons=Interneurons()),
    # No neuron fires above 100 Hz: fifty cells of 80 Hz per hidden neuron, ON/OFF cells limited to 100 Hz. Recall needs
    # τ_v = 50 ms.
    "slow": Poisson(t_ref=12.5e-3, n_cells=50, visible=OnOff(gain=30.0, t_ref=10e-3)),
}


def get_variant(value: Any = None) -> SpikingCell:
    """Return the cell of a variant's name.

    Parameters
    ----------
    value : str or SpikingCell, default "regular"
        A name in `VARIANTS`, or a cell, which is returned unchanged.

    Returns
    -------
    SpikingCell

    Raises
    ------
    InvalidInput
        Neither a known name nor a cell.

    Examples
    --------
    >>> get_variant("population").n_cells
    10
    """
    value = "regular" if value is None else value
    if isinstance(value, SpikingCell):
        return value
    if not isinstance(value, str) or value not in VARIANTS:
        raise InvalidInput(
            f"variant must be one of {list(VARIANTS)} or made from one of "
            f"{[kind.__name__ for kind in KINDS.values()]}, got {value!r}"
        )
    return VARIANTS[value]


def from_record(record: dict[str, Any]) -> SpikingCell:
    """Return the cell of a record.

    Parameters
    ----------
    record : dict
        Result of `SpikingCell.to_record`.

    Returns
    -------
    SpikingCell

    Examples
    --------
    >>> from_record(LIF(visible=OnOff()).to_record()) == LIF(visible=OnOff())
    True
    """
    parameters = dict(record)
    visible = dict(parameters.pop("visible"))
    interneurons = parameters.pop("interneurons", None)
    return KINDS[parameters.pop("name")](
        **parameters,
        visible=VISIBLE[visible.pop("name")](**visible),
        interneurons=None if interneurons is None else Interneurons(**interneurons),
    )


def millivolts(potential: Any) -> np.ndarray:
    """Return a potential in mV: `REST` + `SCALE`·h.

    Parameters
    ----------
    potential : float or array_like
        h, v or a threshold, dimensionless.

    Returns
    -------
    ndarray
        mV, of the shape of `potential`.

    Examples
    --------
    >>> millivolts([0, 0.5])
    array([-65., -55.])
    """
    return REST + SCALE * np.asarray(potential, dtype=float)


def jump_millivolts(weight: Any, cells: SpikingCell, tau_v: float, n_hidden: int) -> np.ndarray:
    """Return the change of a visible neuron's potential by one hidden spike through a synapse, in mV.

    Parameters
    ----------
    weight : float or ndarray
        ξ, dimensionless.
    cells : SpikingCell
        The cells of the hidden neuron.
    tau_v : float
        Seconds.
    n_hidden : int
        N_h.

    Returns
    -------
    float or ndarray
        mV, of the shape of `weight`.

    Examples
    --------
    >>> float(jump_millivolts(1.0, Regular(t_ref=2e-3), tau_v=20e-3, n_hidden=4))
    1.0
    """
    return SCALE * cells.amplitude(tau_v) * np.asarray(weight, dtype=float) / np.sqrt(n_hidden)
