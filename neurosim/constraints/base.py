"""Base class of constraints, and shared functions: both directions of synapses, rewiring, choice of neurons."""

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
    """A transformation of a network, applied by `neurosim.constraints.constrain`.

    A subclass is a frozen dataclass whose fields are its settings. It sets `name`, and implements `apply`.

    Attributes
    ----------
    name : str
        Name in `neurosim.constraints.CONSTRAINTS`, in records and on the command line.
    keeps_signs : bool
        Whether no synapse changes its sign.
    whole_neurons : bool
        Whether all synapses of a neuron are changed alike.

    Notes
    -----
    Both directions of synapses are written (visible, hidden): w, hidden → visible, is `Network.weights`, and b,
    visible → hidden, is the transpose of `Network.feedback`.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from typing import ClassVar
    >>> from neurosim import Network
    >>> from neurosim.constraints import Constraint, constrain
    >>> @dataclass(frozen=True)
    ... class Weaker(Constraint):
    ...     factor: float = 0.5
    ...     name: ClassVar[str] = "weaker"
    ...
    ...     def apply(self, net, rng):
    ...         return net.replace(weights=self.factor * net.weights), {}
    >>> net = Network.gaussian(100, 5, seed=0)
    >>> bool((constrain(net, [Weaker()], seed=0).weights == net.weights / 2).all())
    True
    """

    name: ClassVar[str] = ""
    keeps_signs: ClassVar[bool] = True
    whole_neurons: ClassVar[bool] = False

    @property
    def is_neutral(self) -> bool:
        """Whether these settings change no network."""
        return False

    def apply(self, net: Network, rng: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Apply the constraint to a network.

        Parameters
        ----------
        net : Network
        rng : numpy.random.Generator
            Source of all random choices.

        Returns
        -------
        Network
            The constrained network.
        dict
            Results for its record, as JSON-compatible values.
        """
        raise NotImplementedError

    def to_record(self) -> dict[str, Any]:
        """Return name and settings as JSON-compatible values ("inf" for ∞).

        See Also
        --------
        neurosim.constraints.from_record : The inverse.
        """
        return {"name": self.name, **{name: "inf" if v == math.inf else v for name, v in asdict(self).items()}}


def refuse_after_dale(constraint: Constraint, records: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a constraint that would break Dale's law, or change interneurons that are folded into the synapses.

    Examples
    --------
    >>> from neurosim.constraints import Quantised
    >>> from neurosim.constraints.base import refuse_after_dale
    >>> record = {"name": "dale", "interneurons": "none"}
    >>> refuse_after_dale(Quantised(3), [record])
    """
    dale = next((record for record in records if record["name"] == "dale"), None)
    if dale is None or constraint.is_neutral or constraint.whole_neurons:
        return
    if constraint.name == "dale":
        raise InvalidInput("dale is given already, got it again; give dale once")
    if dale["interneurons"] != "none":
        raise InvalidInput(
            f"{constraint.name} must stand before dale: after it, interneurons are folded into the synapses, and the "
            "constraint would change their sum; put dale after it"
        )
    if not constraint.keeps_signs:
        raise InvalidInput(
            f"{constraint.name} must stand before dale: it gives synapses signs that their neurons do not have; put "
            "dale after it"
        )


def rewired(net: Network, weights: np.ndarray, back: np.ndarray, **others: Any) -> Network:
    """Return the network with other synapses; a symmetric network stays symmetric if `back` equals `weights`.

    Parameters
    ----------
    net : Network
    weights, back : ndarray (visible, hidden)
        Synapses hidden → visible and visible → hidden.
    **others
        Further parameters of `Network` to change.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim import Network
    >>> from neurosim.constraints.base import both_ways, rewired
    >>> net = Network.gaussian(20, 4, seed=0)
    >>> forward, back = both_ways(net)
    >>> rewired(net, np.abs(forward), np.abs(back)).is_symmetric
    True
    >>> rewired(net, np.abs(forward), back).is_symmetric
    False
    """
    symmetric = net.is_symmetric and (back is weights or np.array_equal(back, weights))
    feedback = None if symmetric else back.T
    records = {"constraints": net.constraints, "provenance": net.provenance}
    return net.replace(weights=weights, feedback=feedback, **records, **others)


def both_ways(net: Network) -> tuple[np.ndarray, np.ndarray]:
    """Return w and b, (visible, hidden) each; the same array if the network is symmetric.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.constraints.base import both_ways
    >>> forward, back = both_ways(Network.gaussian(20, 4, seed=0))
    >>> forward is back
    True
    """
    return net.weights, net.weights if net.feedback is None else net.feedback.T


def rms(synapses: np.ndarray) -> float:
    """Return the root mean square of the synapses that exist, those that are not 0; 0 if there are none.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.constraints.base import rms
    >>> rms(np.array([[3.0, 0.0], [0.0, -3.0]]))
    3.0
    """
    count = np.count_nonzero(synapses)
    return math.sqrt(float(np.vdot(synapses, synapses)) / count) if count else 0.0


def choose(size: int, share: float, rng: np.random.Generator) -> np.ndarray:
    """Choose a share of neurons, rounded to whole ones, (size,) bool.

    With the same generator, a larger share contains the neurons of a smaller one.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.constraints.base import choose
    >>> int(choose(10, 0.25, np.random.default_rng(0)).sum())
    2
    """
    return rng.permutation(size) < round(share * size)
