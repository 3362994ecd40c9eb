"""Transmission by visible neurons, and the interneurons of Dale's law."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from neurosim.validation import assign, boolean, one_time, real, whole


@dataclass(frozen=True)
class Graded:
    """Visible neurons that transmit their potential, as in the rate model.

    See Also
    --------
    OnOff : Visible neurons that fire.

    Examples
    --------
    >>> from neurosim.cells import Regular
    >>> Regular().visible
    Graded()
    """

    name: ClassVar[str] = "graded"


@dataclass(frozen=True)
class OnOff:
    """Visible neurons that fire: one ON cell for v > 0 and one OFF cell for v < 0, since rates cannot be negative.

    Each cell integrates its rate gain·|v| and fires when the integral passes a whole number, or fires at random at that
    rate. Each spike adds ±1/(gain τ_s) of the synaptic weight to the drive of the hidden neuron, which decays with
    τ_s: the mean drive is that of graded neurons. A cell fires once a step at most, so gain·|v|·dt must not exceed 1.

    Parameters
    ----------
    gain : float, default 100
        Rate at |v| = 1, Hz.
    tau_s : time, default 5 ms
        Time constant of the visible → hidden synapses, seconds.
    t_ref : time, default 0
        Refractory period, seconds, a whole number of steps dt. A regular cell fires at gain·|v| up to 1/t_ref; a
        stochastic cell has a dead time of t_ref − dt after each spike. 0: none.
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
    the integral passes a whole number. Both fire one time step after what excites them. The mean dynamics is that of
    the network without interneurons.

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
    >>> from neurosim.cells import Interneurons, OnOff, Regular
    >>> Regular(visible=OnOff(), interneurons=Interneurons(n_cells=20)).interneurons
    Interneurons(n_cells=20, rate=300.0)
    """

    n_cells: int = 10
    rate: float = 300.0

    def __post_init__(self) -> None:
        assign(self, n_cells=whole(self.n_cells, "n_cells"), rate=real(self.rate, "rate", above=0, unit="Hz"))


VISIBLE: dict[str, type[Graded] | type[OnOff]] = {kind.name: kind for kind in (Graded, OnOff)}
