"""What a biological constraint is: a transformation of a network, seeded, that says what it did."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.network import Network


@dataclass(frozen=True)
class Constraint:
    """A constraint that `neurosim.constraints.constrain` puts on a network; one class each, one line in `CONSTRAINTS`.

    Both directions of synapses are written (visible, hidden): w, hidden → visible, is `Network.weights`, and b,
    visible → hidden, the transpose of `Network.feedback`.
    """

    name: ClassVar[str] = ""
    keeps_signs: ClassVar[bool] = True  # no synapse changes its sign
    whole_neurons: ClassVar[bool] = False  # what it does to one synapse of a neuron it does to all

    @property
    def is_neutral(self) -> bool:
        """Whether these settings leave every network as it is, to the last bit."""
        return False

    def apply(self, net: Network, chance: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the constrained network, and what of the result belongs into its record (JSON-able)."""
        raise NotImplementedError

    def to_record(self) -> dict[str, Any]:
        """Return name and settings, JSON-able ("inf" for ∞); `from_record` reads them back."""
        return {"name": self.name, **{name: "inf" if v == math.inf else v for name, v in asdict(self).items()}}


def refuse_after_dale(constraint: Constraint, records: Sequence[Mapping[str, Any]]) -> None:
    """Refuse what would break Dale's law again, or rework interneurons that are folded into the synapses."""
    dale = next((record for record in records if record["name"] == "dale"), None)
    if dale is None or constraint.is_neutral or constraint.whole_neurons:
        return
    if dale["interneurons"] != "none":
        raise InvalidInput(
            f"{constraint.name} must stand before dale: after it, interneurons are folded into the synapses, and it "
            "would rework their sum; put dale after it"
        )
    if not constraint.keeps_signs:
        raise InvalidInput(
            f"{constraint.name} must stand before dale: it gives synapses signs that their neurons do not have; put "
            "dale after it"
        )


def rewired(net: Network, weights: np.ndarray, back: np.ndarray, **others: Any) -> Network:
    """Return the network with other synapses; symmetric if it was and they still are each other's transpose.

    Parameters
    ----------
    net : Network
    weights, back : ndarray (visible, hidden)
        Hidden → visible, and visible → hidden.
    **others
        Further parameters of `Network` to change.
    """
    symmetric = net.is_symmetric and (back is weights or np.array_equal(back, weights))
    feedback = None if symmetric else back.T
    records = {"constraints": net.constraints, "provenance": net.provenance}
    return net.replace(weights=weights, feedback=feedback, **records, **others)


def both_ways(net: Network) -> tuple[np.ndarray, np.ndarray]:
    """Return w and b, (visible, hidden) each; the same array if the network is symmetric."""
    return net.weights, net.weights if net.feedback is None else net.feedback.T


def rms(synapses: np.ndarray) -> float:
    """Return the root mean square of the synapses that exist, those that are not 0; 0 if there are none."""
    count = np.count_nonzero(synapses)
    return math.sqrt(float(np.vdot(synapses, synapses)) / count) if count else 0.0


def number(
    owner: Any, name: str, low: float, high: float = math.inf, *, above: bool = False, infinite: bool = False
) -> None:
    """Make a setting a float, or refuse it.

    Parameters
    ----------
    owner : frozen dataclass
    name : str
        Of its field.
    low, high : float
        Both ends are allowed, but `low` itself not with `above`, and infinity only with `infinite`.
    """
    value = getattr(owner, name)
    known = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not known or not low <= value <= high or (above and value == low) or (math.isinf(value) and not infinite):
        limits = f"from {low:g} to {high:g}" if high < math.inf else f">= {low:g}"
        limits = limits.replace("from 0", "above 0, up").replace(">= ", "> ") if above else limits
        raise InvalidInput(f"{name} of {owner.name} must be a number {limits}, got {value!r}")
    object.__setattr__(owner, name, float(value))


def flag(owner: Any, name: str) -> None:
    """Make a setting True or False, or refuse it."""
    value = getattr(owner, name)
    if not isinstance(value, (bool, np.bool_)):
        raise InvalidInput(f"{name} of {owner.name} must be true or false, got {value!r}")
    object.__setattr__(owner, name, bool(value))


def some(size: int, share: float, chance: np.random.Generator) -> np.ndarray:
    """Return which of `size` neurons are chosen, (size,) bool: share·size of them, rounded.

    With the same generator, a larger share chooses those of a smaller one and more.
    """
    return chance.permutation(size) < round(share * size)
