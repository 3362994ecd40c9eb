"""`Population`: the cells, synapses and background that stand in place of a threshold unit."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from neurosim.cells.membrane import get_membrane
from neurosim.errors import InvalidInput
from neurosim.validation import assign, boolean, built, instance, one_time, real, whole


@dataclass(frozen=True)
class Background:
    """Background of a class of cells: mean conductances, and a fluctuating current that differs from cell to cell.

    It stands for thousands of weak synapses from elsewhere: the point-conductance model [1]_ with its fluctuations
    taken at a fixed driving force (the effective-time-constant approximation [2]_). The current is carried by Poisson
    trains, or is an Ornstein–Uhlenbeck process, their diffusion limit.

    Parameters
    ----------
    excitation, inhibition : float, default 17.5 and 52
        Mean conductances, nS.
    noise : float, default 850
        Standard deviation of the current, pA.
    tau : time, default 5 ms
        Time constant of the current, seconds.
    trains : float, default 0
        Spikes per second that a cell receives from elsewhere, half of them exciting it, half inhibiting; each changes
        the current by noise·√(2/(trains τ)) at once. 0: the diffusion limit, an infinite number.

    Raises
    ------
    InvalidInput
        A value is out of its range.

    References
    ----------
    .. [1] Destexhe, Rudolph, Fellous & Sejnowski, Neuroscience 107, 13 (2001).
    .. [2] Richardson & Gerstner, Neural Computation 17, 923 (2005).

    Examples
    --------
    >>> Background(noise=600).noise
    600.0
    """

    excitation: float = 17.5
    inhibition: float = 52.0
    noise: float = 850.0
    tau: float = 5e-3
    trains: float = 0.0

    def __post_init__(self) -> None:
        for name, unit in (("excitation", "nS"), ("inhibition", "nS"), ("noise", "pA"), ("trains", "Hz")):
            assign(self, **{name: real(getattr(self, name), name, at_least=0, unit=unit)})
        assign(self, tau=one_time(self.tau, "tau"))

    def at_rate(self, factor: float) -> Background:
        """Return the background at another rate of its inputs: noise times the root of `factor`, the rest times it.

        Examples
        --------
        >>> Background(excitation=10, inhibition=40, noise=800).at_rate(0.25)
        Background(excitation=2.5, inhibition=10.0, noise=400.0, tau=0.005, trains=0.0)
        """
        factor = real(factor, "factor", at_least=0)
        means = factor * self.excitation, factor * self.inhibition
        return Background(*means, factor**0.5 * self.noise, self.tau, factor * self.trains)


@dataclass(frozen=True)
class ShortTerm:
    """Short-term depression and facilitation of the synapses of excitatory cells (Tsodyks and Markram).

    A spike uses a share of the available resources: a synapse transmits use · available, by which `available` falls,
    and then use ← use + release (1 − use). `available` recovers to 1 and `use` to `release`, exponentially.

    Parameters
    ----------
    release : float, default 0.5
        U, share of the resources that the first spike uses, above 0, at most 1.
    recovery : time, default 0.2 s
        τ_D of depression, seconds.
    facilitation : time, default 0.02 s
        τ_F, seconds.

    Raises
    ------
    InvalidInput
        A value is out of its range.

    Notes
    -----
    NMDA: s ← s + saturation · use · available (1 − s). AMPA: the conductance of a spike is that of `Synapses` times
    use · available/release, so the first spike is unchanged.

    References
    ----------
    .. [1] Tsodyks & Markram, PNAS 94, 719 (1997).
    .. [2] Mongillo, Barak & Tsodyks, Science 319, 1543 (2008): facilitating synapses, 0.2, 0.2 s and 1.5 s.

    Examples
    --------
    >>> ShortTerm(release=0.2, recovery=0.2, facilitation=1.5).facilitation
    1.5
    """

    release: float = 0.5
    recovery: float = 0.2
    facilitation: float = 0.02

    def __post_init__(self) -> None:
        assign(self, release=real(self.release, "release", above=0, at_most=1))
        for name in ("recovery", "facilitation"):
            assign(self, **{name: one_time(getattr(self, name), name)})


@dataclass(frozen=True)
class Synapses:
    """Synapses of a population: AMPA, NMDA and GABA_A, with time constants and reversal potentials of Wang (2002).

    Parameters
    ----------
    tau_ampa, tau_nmda, tau_gaba, tau_gaba_b : time, default 2, 100, 5 and 100 ms
        Decay of the gating variables, seconds. GABA_B is that of the inhibitory cells' synapses between the layers,
        which exist with Dale's law only.
    saturation : float, default 1
        Share of the closed NMDA or GABA_B channels that a spike opens, from 0 to 1: s ← s + saturation (1 − s).
    excitatory, inhibitory : float, default 0 and -70
        Reversal potentials, mV.
    drive_excitation, drive_inhibition : float, default 100 and 100
        Change of the excitatory conductance, and of the inhibitory one in the other direction, for a unit of h, nS.
    to_inhibitory : float, default 130
        AMPA conductance of an inhibitory cell if every excitatory cell of its population fires once, nS.
    to_excitatory : float, default 1500
        GABA_A conductance of an excitatory cell if every inhibitory cell of its population fires once, nS.
    current_based : bool, default False
        Whether synapses are currents: conductances other than the mean background act at the threshold potential.
    delay : time, default 0
        Longest delay of the synapses within a population and of NMDA gating; those of a cell are drawn uniformly from 0
        to here, seconds.
    magnesium : float, default 0
        Magnesium concentration, mM: the excitatory conductance of the drive, background included, is one of NMDA
        channels, which is blocked below the threshold potential and relieved above; 0: no block.
    probability : float, default 1
        Share of the cells of the other class of its population from which a cell receives AMPA or GABA_A synapses,
        drawn at random; their strength is such that the sum is unchanged.
    short_term : ShortTerm, optional
        Short-term plasticity of the synapses of the excitatory cells, within the population and of NMDA gating.

    Raises
    ------
    InvalidInput
        A value is out of its range.

    References
    ----------
    .. [1] Wang, "Probabilistic decision making by slow reverberation in cortical circuits", Neuron 36, 955 (2002).

    Examples
    --------
    >>> Synapses(tau_nmda=0.08).tau_nmda
    0.08
    """

    tau_ampa: float = 2e-3
    tau_nmda: float = 0.1
    tau_gaba: float = 5e-3
    tau_gaba_b: float = 0.1
    saturation: float = 1.0
    excitatory: float = 0.0
    inhibitory: float = -70.0
    drive_excitation: float = 100.0
    drive_inhibition: float = 100.0
    to_inhibitory: float = 130.0
    to_excitatory: float = 1500.0
    current_based: bool = False
    delay: float = 0.0
    magnesium: float = 0.0
    probability: float = 1.0
    short_term: Any = None

    def __post_init__(self) -> None:
        for name in ("tau_ampa", "tau_nmda", "tau_gaba", "tau_gaba_b"):
            assign(self, **{name: one_time(getattr(self, name), name)})
        assign(self, saturation=real(self.saturation, "saturation", above=0, at_most=1))
        for name in ("excitatory", "inhibitory"):
            assign(self, **{name: real(getattr(self, name), name, unit="mV")})
        for name in ("drive_excitation", "drive_inhibition", "to_inhibitory", "to_excitatory"):
            assign(self, **{name: real(getattr(self, name), name, at_least=0, unit="nS")})
        assign(self, current_based=boolean(self.current_based, "current_based"))
        assign(self, delay=one_time(self.delay, "delay", zero=True))
        assign(self, magnesium=real(self.magnesium, "magnesium", at_least=0, unit="mM"))
        assign(self, probability=real(self.probability, "probability", above=0, at_most=1))
        if self.short_term is not None:
            assign(self, short_term=_part(self.short_term, "short_term", ShortTerm))


@dataclass(frozen=True)
class Population:
    """The cells that stand in place of one threshold unit of eq. (4).

    Parameters
    ----------
    n_cells : int, default 100
        K, excitatory cells.
    inhibitory_share : float, default 0.2
        Share of inhibitory cells among all cells, from 0 to below 1.
    membrane, inhibitory_membrane : Membrane or str, default "pyramidal" and "interneuron"
        A membrane, or a name in `neurosim.cells.MEMBRANES`.
    background, inhibitory_background : Background
    synapses : Synapses
    centre : float, default 0.62
        Normalised gating of the population at the threshold, h = θ, between 0 and 1; the calibration shifts the drive
        so that it is reached.
    threshold_std : float, default 0
        Standard deviation of the thresholds of the cells, of both classes, mV; needs leaky cells, whose spike starts at
        a threshold.

    Raises
    ------
    InvalidInput
        A value is out of its range, or `threshold_std` is above 0 with membranes that are not leaky.

    See Also
    --------
    neurosim.engines.Circuit : The engine that simulates it.

    Examples
    --------
    >>> population = Population(n_cells=40).replace(membrane="exponential")
    >>> population.n_inhibitory, population.membrane.slope
    (10, 2.0)
    """

    n_cells: int = 100
    inhibitory_share: float = 0.2
    membrane: Any = "pyramidal"
    inhibitory_membrane: Any = "interneuron"
    background: Any = field(default_factory=Background)
    inhibitory_background: Any = field(default_factory=lambda: Background(5.0, 20.0, 200.0))
    synapses: Any = field(default_factory=Synapses)
    centre: float = 0.62
    threshold_std: float = 0.0

    def __post_init__(self) -> None:
        assign(
            self,
            n_cells=whole(self.n_cells, "n_cells"),
            inhibitory_share=real(self.inhibitory_share, "inhibitory_share", at_least=0, below=1),
            membrane=get_membrane(self.membrane),
            inhibitory_membrane=get_membrane(self.inhibitory_membrane),
            background=_part(self.background, "background", Background),
            inhibitory_background=_part(self.inhibitory_background, "inhibitory_background", Background),
            synapses=_part(self.synapses, "synapses", Synapses),
            centre=real(self.centre, "centre", above=0, below=1),
            threshold_std=real(self.threshold_std, "threshold_std", at_least=0, unit="mV"),
        )
        if not self.n_inhibitory:
            raise InvalidInput(
                f"a population must have an inhibitory cell, got none at n_cells={self.n_cells} and "
                f"inhibitory_share={self.inhibitory_share:g}; give more cells or a larger share"
            )
        onsets = [self.membrane.onset, self.inhibitory_membrane.onset]
        if self.threshold_std and onsets != ["threshold"] * 2:
            raise InvalidInput(
                "threshold_std > 0 needs leaky membranes, whose spike starts at a threshold, got "
                f"{self.threshold_std:g} mV for {onsets[0]} excitatory and {onsets[1]} inhibitory membranes; "
                "give slope=0 and no cutoff"
            )

    @property
    def n_inhibitory(self) -> int:
        """Number of inhibitory cells."""
        return round(self.n_cells * self.inhibitory_share / (1 - self.inhibitory_share))

    @property
    def shortest_time(self) -> float:
        """Shortest time constant of its synapses and membranes, seconds."""
        synapses = self.synapses
        membranes = [
            cell.capacitance / (cell.leak + mean.excitation + mean.inhibition) * 1e-3
            for cell, mean in (
                (self.membrane, self.background),
                (self.inhibitory_membrane, self.inhibitory_background),
            )
        ]
        return min(synapses.tau_ampa, synapses.tau_gaba, synapses.tau_nmda, synapses.tau_gaba_b, *membranes)

    def replace(self, **changes: Any) -> Self:
        """Return a copy with some parameters changed."""
        return dataclasses.replace(self, **changes)

    def to_record(self) -> dict[str, Any]:
        """Return all fields for JSON; ``Population(**record)`` is the inverse."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: asdict(value) if dataclasses.is_dataclass(value) else value for name, value in values.items()}  # pyright: ignore[reportArgumentType]


def get_population(value: Any) -> Population:
    """Return a population from an object or its record.

    Parameters
    ----------
    value : Population or mapping
        A population, or the result of `Population.to_record`.

    Returns
    -------
    Population

    Examples
    --------
    >>> get_population(Population(n_cells=20).to_record()).n_cells
    20
    """
    return _part(value, "population", Population)


def _part(value: Any, name: str, kind: type[Any]) -> Any:
    return built(kind, value, name) if isinstance(value, Mapping) else instance(value, name, kind)
