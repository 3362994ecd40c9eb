"""Dale's law: every neuron excites or inhibits, never both; and the interneurons that make good for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurosim.constraints.base import Constraint, both_ways, number, rewired, some
from neurosim.errors import InvalidInput
from neurosim.network import Network

INTERNEURONS = ("none", "pool", "relay")


@dataclass(frozen=True)
class Dale(Constraint):
    """Give every neuron one sign, and cut its outgoing synapses of the other sign, or send them through interneurons.

    The signs are drawn independently of the weights. Hidden neuron μ sends column μ of w, visible neuron i row i of b.
    All interneurons inhibit, are linear about their resting rate, as visible neurons are, and faster than any other
    time constant, so that they can be eliminated: the network returned has the synapses that remain of the circuit.
    `circuit` returns the circuit itself.

    Parameters
    ----------
    excitatory_visible, excitatory_hidden : float in [0, 1], default 0.8
        Share of either layer's neurons that excite, rounded to whole neurons.
    interneurons : {"none", "pool", "relay"}, default "none"
        "none": synapses of the wrong sign are cut. "pool": they are cut, and one inhibitory neuron in each direction
        takes away the mean of what is left. "relay": every neuron has an inhibitory neuron of its own that stands in
        for its synapses of the wrong sign: exact.
    """

    excitatory_visible: float = 0.8
    excitatory_hidden: float = 0.8
    interneurons: str = "none"
    name: ClassVar[str] = "dale"
    keeps_signs: ClassVar[bool] = False

    def __post_init__(self) -> None:
        number(self, "excitatory_visible", 0, 1)
        number(self, "excitatory_hidden", 0, 1)
        if self.interneurons not in INTERNEURONS:
            raise InvalidInput(
                f"interneurons of dale must be one of {', '.join(INTERNEURONS)}, got {self.interneurons!r}"
            )

    @property
    def is_neutral(self) -> bool:
        """False: even the exact circuit has interneurons that the record must count."""
        return False

    def apply(self, net: Network, chance: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the network with the interneurons eliminated, and how many neurons and synapses the circuit has."""
        circuit = self.circuit(net, chance)
        return net if self.interneurons == "relay" else circuit.effective, circuit.counts

    def circuit(self, net: Network, chance: np.random.Generator) -> Circuit:
        """Return direct synapses and interneurons.

        Parameters
        ----------
        net : Network
        chance : numpy.random.Generator
            Draws the signs; `neurosim.constraints.stream` returns that of `constrain`.
        """
        w, b = both_ways(net)
        visible, hidden = (
            np.where(some(size, share, chance), 1.0, -1.0)
            for size, share in ((net.n_visible, self.excitatory_visible), (net.n_hidden, self.excitatory_hidden))
        )
        w_direct, b_direct = np.where(w * hidden > 0, w, 0.0), np.where(b * visible[:, None] > 0, b, 0.0)
        inter: dict[str, Any] = {}
        if self.interneurons == "pool":
            inter = {
                "from_hidden": (hidden * np.abs(w_direct).mean(axis=0))[None],
                "to_visible": np.ones((net.n_visible, 1)),
                "from_visible": visible[None],
                "to_hidden": np.abs(b_direct).mean(axis=0)[:, None],
            }
        elif self.interneurons == "relay":
            inter = {
                "from_hidden": _relays(hidden),
                "to_visible": np.abs(w - w_direct),
                "from_visible": _relays(visible),
                "to_hidden": np.abs(b - b_direct).T,
            }
        return Circuit(rewired(net, w_direct, b_direct), visible, hidden, **inter)


def _relays(signs: np.ndarray) -> Any:
    from scipy.sparse import diags_array

    return diags_array(signs, format="csr")


@dataclass(frozen=True, eq=False)
class Circuit:
    """A network that obeys Dale's law: direct synapses, and inhibitory interneurons in either direction.

    With p the interneurons between hidden and visible neurons, q those between visible and hidden ones,

        τ_i ṗ = −p + (from_hidden) s,    τ_v v̇ = −v + (1/√N_h) (w_direct s − (to_visible) p),
        τ_i q̇ = −q + (from_visible) v,   τ_h ḣ = −h + (√N_h/N_v) (b_direct v − (to_hidden) q).

    p and q are deviations from a resting rate, as v is: an inhibited interneuron disinhibits.

    Parameters
    ----------
    direct : Network
        The direct synapses alone.
    visible_sign, hidden_sign : ndarray (visible,), (hidden,)
        +1 for a neuron that excites, −1 for one that inhibits.
    from_hidden : ndarray or sparse array (interneuron, hidden), optional
        Synapses on interneurons; column μ has the sign of hidden neuron μ.
    to_visible : ndarray (visible, interneuron), optional
        Sizes of their inhibitory synapses, ≥ 0.
    from_visible, to_hidden : the same (interneuron, visible), (hidden, interneuron)
    """

    direct: Network
    visible_sign: np.ndarray
    hidden_sign: np.ndarray
    from_hidden: Any = None
    to_visible: np.ndarray | None = None
    from_visible: Any = None
    to_hidden: np.ndarray | None = None

    @property
    def effective(self) -> Network:
        """The network that remains for τ_i → 0: w = w_direct − (to_visible)(from_hidden), and b alike."""
        w, b = both_ways(self.direct)
        if self.to_visible is None or self.to_hidden is None:
            return self.direct
        return rewired(
            self.direct.replace(feedback=None, constraints=self.direct.constraints, provenance=self.direct.provenance),
            w - self.to_visible @ self.from_hidden,
            b - (self.to_hidden @ self.from_visible).T,
        )

    @property
    def counts(self) -> dict[str, int]:
        """Numbers of interneurons, of their synapses (in and out), and of direct synapses."""
        w, b = both_ways(self.direct)
        direct = {"n_direct_synapses": int(np.count_nonzero(w) + np.count_nonzero(b))}
        if self.to_visible is None or self.to_hidden is None:
            return {"n_interneurons": 0, "n_interneuron_synapses": 0, **direct}
        ways = ((self.from_hidden, self.to_visible), (self.from_visible, self.to_hidden))
        used = [(out != 0).any(axis=0) for _, out in ways]  # a neuron without wrong synapses needs no relay
        synapses = sum(int(_nonzero(into[on])) + int(_nonzero(out)) for (into, out), on in zip(ways, used, strict=True))
        return {"n_interneurons": int(sum(on.sum() for on in used)), "n_interneuron_synapses": synapses, **direct}


def _nonzero(array: Any) -> int:
    return array.nnz if hasattr(array, "nnz") else int(np.count_nonzero(array))


def dale_violations(net: Network) -> int:
    """Count the direct synapses that break Dale's law: of each neuron's outgoing ones, those of the rarer sign.

    A network with interneurons is asked as its circuit's `Circuit.direct`: in `Circuit.effective` a neuron acts with
    both signs, one of them through interneurons.
    """
    w, b = both_ways(net)
    sent = ((w > 0, w < 0, 0), (b > 0, b < 0, 1))
    return sum(int(np.minimum(up.sum(axis=axis), down.sum(axis=axis)).sum()) for up, down, axis in sent)
