"""The spiking analogue: what a hidden threshold unit becomes when it must fire, and its units.

A spiking hidden unit is ``n_cells`` neurons with one input. A cell fires while its potential h is above θ, at most
once in ``t_ref``; each spike adds t_ref/(n_cells τ_v) to a synaptic trace a_μ that decays with τ_v. A cell that fires
as fast as it can therefore keeps a_μ at 1 in the mean, a silent one at 0: a is s = Θ(h − θ), seen through the spikes.

The mapping, exact for the mean and stated once, here (eqs. 1a, 1b, 4; Brian2 strings in `neurosim.equations`):

    rate                                     spiking
    τ_v v̇ = −v + ξs/√N_h + I                 τ_v v̇ = −v + I,  v ← v + (t_ref/(K τ_v)) ξ_μ/√N_h at each spike of μ
    u = (√N_h/N_v) ξᵀv                       the same; or spikes of ON/OFF cells through a synapse of time constant τ_s
    τ_h ḣ = −h + u                           the same, plus membrane noise; reset to 0 if the variant says so
    s = Θ(h − θ)                             a, decoded as active where a > ½

Potentials are dimensionless. `millivolts` puts them on a membrane: rest at −65 mV and 20 mV for a unit of h, so
θ = ½ is a threshold at −55 mV and noise 0.1 is 2 mV. Synapses are currents, not conductances: a conductance scales
its effect with the distance to a reversal potential, which would make the pairwise interaction of eqs. (1a, 1b)
depend on the state, and the memory another model; in the limit of a reversal potential infinitely far away, at a
fixed product of conductance and distance, it is this one. A synapse of weight ξ moves the postsynaptic potential by
`jump_millivolts`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.validation import seconds, whole

REST = -65.0  # mV, at h = 0 or v = 0
SCALE = 20.0  # mV for a unit of h or v


def _positive(owner: Any, name: str, unit: str, zero: bool = False) -> None:
    value = getattr(owner, name)
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not number or not np.isfinite(value) or value < 0 or (value == 0 and not zero):
        raise InvalidInput(f"{name} must be finite and {'>=' if zero else '>'} 0, {unit}, got {value!r}")
    object.__setattr__(owner, name, float(value))


def _time(owner: Any, name: str, zero: bool = False) -> None:
    value = getattr(owner, name)
    if zero and np.ndim(value) == 0 and not isinstance(value, (bool, np.bool_)) and value == 0:
        array = np.zeros(())
    else:
        array = seconds(value, name)
    if array.ndim:
        raise InvalidInput(f"{name} must be one time, got shape {array.shape}")
    object.__setattr__(owner, name, float(array))


@dataclass(frozen=True)
class Graded:
    """Visible neurons that hand on their potential itself, as in the rate model."""

    name: ClassVar[str] = "graded"


@dataclass(frozen=True)
class OnOff:
    """Visible neurons that fire: an ON cell for v > 0 and an OFF cell for v < 0, since rates cannot be negative.

    Each integrates its rate gain·|v| and fires at whole numbers (or at random, at that rate); the hidden layer
    receives ±1/(gain τ_s) of the synapse at each spike, through a trace that decays with τ_s: v in the mean.

    Parameters
    ----------
    gain : float, default 100
        Rate at |v| = 1, Hz.
    tau_s : time, default 5 ms
        Time constant of the visible → hidden synapses, seconds.
    t_ref : time, default 0
        Refractory period, seconds: the rate is gain·|v| up to 1/t_ref (at random: with that dead time). 0: none.
    stochastic : bool, default False
        Fire as a Poisson process of that rate instead of regularly.
    """

    gain: float = 100.0
    tau_s: float = 5e-3
    t_ref: float = 0.0
    stochastic: bool = False
    name: ClassVar[str] = "on_off"

    def __post_init__(self) -> None:
        _positive(self, "gain", "Hz")
        _time(self, "tau_s")
        _time(self, "t_ref", zero=True)
        if not isinstance(self.stochastic, (bool, np.bool_)):
            raise InvalidInput(f"stochastic must be True or False, got {self.stochastic!r}")
        object.__setattr__(self, "stochastic", bool(self.stochastic))


@dataclass(frozen=True)
class Interneurons:
    """Inhibitory cells that carry every negative synapse, so that each cell excites or inhibits (Dale's law).

    Hidden cells and ON/OFF cells excite; for what they should inhibit they excite interneurons, and these inhibit. On
    the way hidden → visible, each hidden cell has an interneuron of its own, which fires when it fires. On the way
    visible → hidden, each hidden neuron has `n_cells` of its own, which integrate the drive that is to be taken away
    and fire at whole numbers. In the mean the network is the same as without them.

    Parameters
    ----------
    n_cells : int, default 10
        Interneurons of each hidden neuron on the way visible → hidden.
    rate : float, default 300
        Rate of each of them where they take 1 away from h, Hz; with Gaussian weights and N_h = 10 they take away 0.5,
        0.1 if only a tenth of the synapses exist. The lower, the larger and the fewer their steps.
    """

    n_cells: int = 10
    rate: float = 300.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "n_cells", whole(self.n_cells, "n_cells"))
        _positive(self, "rate", "Hz")


@dataclass(frozen=True)
class RegularFiring:
    """A cell that fires every t_ref while h > θ; its potential is not reset. The plain analogue of a threshold unit.

    Parameters
    ----------
    t_ref : time, default 2 ms
        Refractory period; the cell fires at 1/t_ref (here 500 Hz) or not at all. Seconds.
    n_cells : int, default 1
        K, cells per hidden unit; each has noise and a threshold of its own.
    noise : float, default 0
        Membrane noise: std that h would have from it alone (Ornstein–Uhlenbeck, time constant τ_h); in units of h.
    threshold_std : float, default 0
        Spread of the thresholds of the cells around θ, Gaussian; in units of h.
    delay : time, default t_ref/2 (Poisson: 0)
        From a spike to its effect, seconds; with ON/OFF cells, on both ways. Rounded to whole steps. A regular train
        starts with a full spike, so its trace, a staircase, leads the rate's ramp by t_ref/2 unless delayed by that.
    visible : Graded or OnOff, default Graded()
        What the visible neurons hand on.
    interneurons : Interneurons, optional
        Dale's law by inhibitory cells; needs visible neurons that fire. Default: a cell excites and inhibits.
    """

    t_ref: float = 2e-3
    n_cells: int = 1
    noise: float = 0.0
    threshold_std: float = 0.0
    delay: float | None = None
    visible: Graded | OnOff = field(default_factory=Graded)
    interneurons: Interneurons | None = None

    name: ClassVar[str] = "regular"
    resets: ClassVar[bool] = False  # h starts again from 0 after a spike, and waits there for t_ref
    stochastic: ClassVar[bool] = False  # fires at random while h > θ

    def __post_init__(self) -> None:
        _time(self, "t_ref")
        if self.delay is not None:
            _time(self, "delay", zero=True)
        object.__setattr__(self, "n_cells", whole(self.n_cells, "n_cells"))
        for name in ("noise", "threshold_std"):
            _positive(self, name, "in units of h", zero=True)
        if not isinstance(self.visible, tuple(VISIBLE.values())):
            raise InvalidInput(f"visible must be Graded() or OnOff(…), got {self.visible!r}")
        if self.interneurons is not None and not isinstance(self.interneurons, Interneurons):
            raise InvalidInput(f"interneurons must be Interneurons(…) or None, got {self.interneurons!r}")
        if self.interneurons is not None and not isinstance(self.visible, OnOff):
            raise InvalidInput(
                f"interneurons are told what to take away by spikes: give visible=OnOff(…), too, got {self.visible!r}"
            )

    @property
    def latency(self) -> float:
        """The delay in seconds, its default filled in."""
        if self.delay is not None:
            return self.delay
        return 0.0 if self.stochastic else self.t_ref / 2

    @property
    def is_random(self) -> bool:
        """Whether anything in it needs a seed."""
        spiking_visible = isinstance(self.visible, OnOff)  # even regular cells start at random phases
        return self.stochastic or self.noise > 0 or self.threshold_std > 0 or spiking_visible


class LeakyIntegrateAndFire(RegularFiring):
    """A cell that starts again from 0 after a spike and waits there for t_ref.

    Its rate 1/(t_ref + τ_h ln(u/(u − θ))) grows with the drive u: graded unless τ_h ≪ t_ref, and at most 1/t_ref.
    """

    name: ClassVar[str] = "lif"
    resets: ClassVar[bool] = True


class PoissonFiring(RegularFiring):
    """A cell that fires at random at the rate 1/t_ref while h > θ; it has no refractory period."""

    name: ClassVar[str] = "poisson"
    stochastic: ClassVar[bool] = True


VISIBLE: dict[str, type[Graded] | type[OnOff]] = {kind.name: kind for kind in (Graded, OnOff)}
KINDS: dict[str, type[RegularFiring]] = {k.name: k for k in (RegularFiring, LeakyIntegrateAndFire, PoissonFiring)}

# what ``recall(..., model="spiking", variant=NAME)`` means
VARIANTS: dict[str, RegularFiring] = {
    "regular": RegularFiring(),
    "lif": LeakyIntegrateAndFire(),
    "poisson": PoissonFiring(),
    "population": PoissonFiring(n_cells=10),
    "on_off": RegularFiring(visible=OnOff()),
    "dale": RegularFiring(visible=OnOff(), interneurons=Interneurons()),
    # no neuron above 100 Hz: fifty cells of 80 Hz for a hidden unit, ON/OFF cells capped at 100 Hz; wants τ_v = 50 ms
    "slow": PoissonFiring(t_ref=12.5e-3, n_cells=50, visible=OnOff(gain=30.0, t_ref=10e-3)),
}


def variant(value: Any = None) -> RegularFiring:
    """Return a variant by its name in `VARIANTS`, or as it is; None is "regular".

    Raises
    ------
    InvalidInput
        Neither a known name nor a variant.
    """
    value = "regular" if value is None else value
    if isinstance(value, RegularFiring):
        return value
    if not isinstance(value, str) or value not in VARIANTS:
        raise InvalidInput(
            f"variant must be one of {list(VARIANTS)} or made from one of "
            f"{[kind.__name__ for kind in KINDS.values()]}, got {value!r}"
        )
    return VARIANTS[value]


def to_record(cells: RegularFiring) -> dict[str, Any]:
    """Return a JSON-able record of the variant, read back by `from_record`."""
    visible = {"name": cells.visible.name, **asdict(cells.visible)}
    own = {f.name: getattr(cells, f.name) for f in fields(cells) if f.name not in ("visible", "interneurons")}
    inhibition = None if cells.interneurons is None else asdict(cells.interneurons)
    return {"name": cells.name, **own, "visible": visible, "interneurons": inhibition}


def from_record(record: dict[str, Any]) -> RegularFiring:
    """Rebuild a variant from `to_record`'s answer."""
    parameters = dict(record)
    visible = dict(parameters.pop("visible"))
    inhibition = parameters.pop("interneurons", None)
    return KINDS[parameters.pop("name")](
        **parameters,
        visible=VISIBLE[visible.pop("name")](**visible),
        interneurons=None if inhibition is None else Interneurons(**inhibition),
    )


def amplitude(cells: RegularFiring, tau_v: float) -> float:
    """Return what one spike adds to the trace of its hidden unit: t_ref/(n_cells τ_v), τ_v in seconds."""
    return cells.t_ref / (cells.n_cells * tau_v)


def millivolts(potential: Any) -> np.ndarray:
    """Return a dimensionless potential h or v, or a threshold, as mV: `REST` + `SCALE`·h."""
    return REST + SCALE * np.asarray(potential, dtype=float)


def jump_millivolts(weight: Any, cells: RegularFiring, tau_v: float, n_hidden: int) -> np.ndarray:
    """Return by how many mV one hidden spike moves a visible neuron through a synapse of weight ξ.

    Parameters
    ----------
    weight : float or ndarray
        ξ, dimensionless.
    cells : RegularFiring
    tau_v : float
        Seconds.
    n_hidden : int
        N_h.
    """
    return SCALE * amplitude(cells, tau_v) * np.asarray(weight, dtype=float) / np.sqrt(n_hidden)
