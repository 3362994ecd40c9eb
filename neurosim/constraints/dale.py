"""Dale's law: every neuron excites or inhibits, never both; interneurons carry the other synapses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from neurosim.constraints.base import Constraint, both_ways, choose, rewired
from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.validation import assign, one_of, share, takes

INTERNEURONS = ("none", "pool", "relay")


@dataclass(frozen=True)
class Dale(Constraint):
    """Give every neuron one sign; synapses of the other sign are cut or carried by interneurons.

    Parameters
    ----------
    excitatory_visible, excitatory_hidden : float in [0, 1], default 0.8
        Share of the excitatory neurons of each layer, rounded to whole neurons.
    interneurons : {"none", "pool", "relay"}, default "none"
        "none": synapses of the wrong sign are cut. "pool": they are cut, and one inhibitory neuron in each direction
        subtracts the mean of the others; dead visible neurons are left out. "relay": every neuron drives
        one inhibitory neuron, which carries its synapses of the wrong sign exactly.

    See Also
    --------
    Circuit : The neurons and interneurons one by one.
    neurosim.cells.Interneurons : Interneurons of the spiking model.

    Notes
    -----
    The signs are drawn independently of the weights. Hidden neuron μ sends column μ of w, visible neuron i row i of b.
    All interneurons inhibit, are linear about a resting rate, as visible neurons are, and are faster than every other
    time constant, so that they can be eliminated: the returned network has the synapses that remain of the circuit.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.constraints import Dale, constrain, dale_violations
    >>> net = Network.gaussian(1000, 10, seed=0)
    >>> dale_violations(constrain(net, [Dale()], seed=0))
    0
    >>> constrain(net, [Dale(interneurons="pool")], seed=0).constraints[0]["n_interneurons"]
    2
    """

    excitatory_visible: float = 0.8
    excitatory_hidden: float = 0.8
    interneurons: str = "none"
    name: ClassVar[str] = "dale"
    keeps_signs: ClassVar[bool] = False

    def __post_init__(self) -> None:
        for name in ("excitatory_visible", "excitatory_hidden"):
            assign(self, **{name: share(getattr(self, name), f"{name} of dale")})
        one_of(self.interneurons, "interneurons of dale", INTERNEURONS)

    @property
    def is_neutral(self) -> bool:
        """False: the record must count the interneurons even of the exact circuit."""
        return False

    def apply(self, net: Network, rng: np.random.Generator) -> tuple[Network, dict[str, Any]]:
        """Return the network with the interneurons eliminated, and how many neurons and synapses the circuit has."""
        circuit = self.circuit(net, rng)
        return net if self.interneurons == "relay" else circuit.effective, circuit.counts

    def circuit(self, net: Network, rng: np.random.Generator) -> Circuit:
        """Return the circuit of direct synapses and interneurons.

        Parameters
        ----------
        net : Network
        rng : numpy.random.Generator
            Source of the signs; `neurosim.constraints.stream` returns that of `constrain`.

        Returns
        -------
        Circuit

        Examples
        --------
        >>> from neurosim import Network
        >>> from neurosim.constraints import Dale, dale_violations, stream
        >>> circuit = Dale(interneurons="pool").circuit(Network.gaussian(100, 4, seed=0), stream(0))
        >>> dale_violations(circuit.direct), circuit.counts["n_interneurons"]
        (0, 2)
        """
        w, b = both_ways(net)
        visible, hidden = (
            np.where(choose(size, excitatory, rng), 1.0, -1.0)
            for size, excitatory in ((net.n_visible, self.excitatory_visible), (net.n_hidden, self.excitatory_hidden))
        )
        w_direct, b_direct = np.where(w * hidden > 0, w, 0.0), np.where(b * visible[:, None] > 0, b, 0.0)
        inter: dict[str, Any] = {}
        if self.interneurons == "pool":
            alive = np.ones(net.n_visible, dtype=bool)
            for record in net.constraints:
                alive[list(record.get("dead_visible", []))] = False
            n_alive = max(1, int(alive.sum()))
            inter = {
                "from_hidden": (hidden * np.abs(w_direct).sum(axis=0) / n_alive)[None],
                "to_visible": alive[:, None].astype(float),
                "from_visible": (visible * alive)[None],
                "to_hidden": (np.abs(b_direct).sum(axis=0) / n_alive)[:, None],
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
    """A network that obeys Dale's law: direct synapses, and inhibitory interneurons in both directions.

    Parameters
    ----------
    direct : Network
        The direct synapses alone.
    visible_sign, hidden_sign : ndarray (visible,), (hidden,)
        +1 for a neuron that excites, −1 for one that inhibits.
    from_hidden : ndarray or sparse array (interneuron, hidden), optional
        Synapses on interneurons; column μ has the sign of hidden neuron μ.
    to_visible : ndarray (visible, interneuron), optional
        Sizes of the inhibitory synapses of the interneurons, ≥ 0.
    from_visible, to_hidden : (interneuron, visible), (hidden, interneuron)
        The same synapses in the other direction.

    Raises
    ------
    InvalidInput
        Some of the synapses of interneurons are missing.

    See Also
    --------
    Dale.circuit : Make a circuit.
    neurosim.measure.constraints.interneurons.integrate_circuit : Simulate a circuit.

    Notes
    -----
    With p the interneurons between hidden and visible neurons, q those between visible and hidden ones,

        τ_i ṗ = −p + (from_hidden) s,    τ_v v̇ = −v + (1/√N_h) (w_direct s − (to_visible) p),
        τ_i q̇ = −q + (from_visible) v,   τ_h ḣ = −h + (√N_h/N_v) (b_direct v − (to_hidden) q).

    p and q are deviations from a resting rate, as v is: an inhibited interneuron disinhibits.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.constraints import Dale, stream
    >>> net = Network.gaussian(100, 4, seed=0)
    >>> circuit = Dale(interneurons="relay").circuit(net, stream(0))
    >>> bool((abs(circuit.effective.weights - net.weights) < 1e-12).all())
    True
    """

    direct: Network
    visible_sign: np.ndarray
    hidden_sign: np.ndarray
    from_hidden: Any = None
    to_visible: np.ndarray | None = None
    from_visible: Any = None
    to_hidden: np.ndarray | None = None

    def __post_init__(self) -> None:
        given = [part is not None for part in (self.from_hidden, self.to_visible, self.from_visible, self.to_hidden)]
        if any(given) and not all(given):
            raise InvalidInput(
                "from_hidden, to_visible, from_visible and to_hidden must be given together, got some of them; give "
                "synapses of size 0 where there are none"
            )

    @property
    def effective(self) -> Network:
        """The network in the limit τ_i → 0: w = w_direct − (to_visible)(from_hidden), and b likewise."""
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
        used = [(out != 0).any(axis=0) for _, out in ways]  # a neuron without synapses of the wrong sign needs no relay
        synapses = sum(int(_nonzero(into[on])) + int(_nonzero(out)) for (into, out), on in zip(ways, used, strict=True))
        return {"n_interneurons": int(sum(on.sum() for on in used)), "n_interneuron_synapses": synapses, **direct}


def _nonzero(array: Any) -> int:
    return array.nnz if hasattr(array, "nnz") else int(np.count_nonzero(array))


@takes(net=Network)
def dale_violations(net: Network) -> int:
    """Count the direct synapses that break Dale's law: for each neuron, the outgoing synapses of the rarer sign.

    Parameters
    ----------
    net : Network
        For a circuit with interneurons, give `Circuit.direct`. In `Circuit.effective` a neuron has both signs, one of
        them through interneurons.

    Returns
    -------
    int

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.constraints import dale_violations
    >>> dale_violations(Network([[1.0, -1.0], [1.0, -1.0]], feedback=[[1.0, 1.0], [1.0, -1.0]]))
    1
    """
    w, b = both_ways(net)
    sent = ((w > 0, w < 0, 0), (b > 0, b < 0, 1))
    return sum(int(np.minimum(up.sum(axis=axis), down.sum(axis=axis)).sum()) for up, down, axis in sent)
