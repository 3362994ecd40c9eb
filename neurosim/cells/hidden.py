"""Spiking cell models of the hidden layer."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar, Self

from neurosim.cells.visible import VISIBLE, Graded, Interneurons, OnOff
from neurosim.errors import InvalidInput
from neurosim.validation import assign, one_time, real, whole


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
        Whether h is set to 0 after a spike and stays there for t_ref, in steps of dt for t_ref − dt.
    stochastic : bool
        Whether the cell fires at random while h > θ.

    Raises
    ------
    InvalidInput
        A value is out of its range, or interneurons are combined with graded visible neurons.

    See Also
    --------
    get_cells : The cell of a name.

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

    Its rate 1/(t_ref + T), T = τ_h ln(u/(u − θ)), grows with the drive u. It is graded unless τ_h ≪ t_ref, and at most
    1/t_ref. In steps of dt h is held at 0 for t_ref − dt, and spikes are t_ref − dt + ⌈T/dt⌉ dt apart. Parameters as in
    `SpikingCell`.

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


KINDS: dict[str, type[SpikingCell]] = {kind.name: kind for kind in (Regular, LIF, Poisson)}
