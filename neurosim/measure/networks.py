"""Sets of networks over which a mean has a meaning."""

from __future__ import annotations

from typing import Any

from neurosim import InvalidInput, Network
from neurosim.validation import sequence_of


def of_one_size(networks: Any, name: str = "networks") -> list[Network]:
    """Return networks of equal N_v and N_h as a list; a mean over networks of several sizes has no meaning.

    Parameters
    ----------
    networks : Network or sequence of Network
    name : str, default "networks"
        Name of the argument in the error message.

    Raises
    ------
    InvalidInput
        There is no network, or two differ in N_v or N_h.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.networks import of_one_size
    >>> len(of_one_size([Network.gaussian(20, 4, seed=seed) for seed in range(3)]))
    3
    """
    nets = sequence_of(networks, name, Network)
    sizes = sorted({net.weights.shape for net in nets})
    if len(sizes) > 1:
        raise InvalidInput(
            f"{name} must have one size (N_v, N_h), got {', '.join(map(str, sizes))}; measure each size on its own"
        )
    return nets
