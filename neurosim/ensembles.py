"""Ensembles of random weights: functions ``(n_visible, n_hidden, rng) -> weights``.

All have E ξ = 0 and E ξ² = 1, so that E J = 1 (the identity) and θ = ½ is half way between silence and the field of an
active neuron. They differ in κ = E ξ⁴, which sets how much the self-couplings differ between neurons, and in whether
the columns are orthogonal:

    ====================  ======================  =============================  ==============
    name                  κ = E ξ⁴                Var J_μμ = (κ − 1)/N_v          Var J_μν
    ====================  ======================  =============================  ==============
    gaussian              3                       2/N_v                          1/N_v
    rademacher            1                       0                              1/N_v
    sparse_binary         1/(p(1 − p)) − 3        (1/(p(1 − p)) − 4)/N_v         1/N_v
    log_normal            e^{4σ²}                 (e^{4σ²} − 1)/N_v              1/N_v
    orthogonal            –                       0                              0
    ====================  ======================  =============================  ==============

A user's own ensemble is any such function. It may also return a `neurosim.Network`, for separate feedback weights,
thresholds or time constants that belong to the weights. Constraints on given weights are in `neurosim.constraints`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.plugins import Registry
from neurosim.validation import real

Ensemble = Callable[[int, int, "np.random.Generator"], Any]  # as text, because numpy.random is slow to import


def gaussian(n_visible: int, n_hidden: int, rng: np.random.Generator) -> np.ndarray:
    """Return independent standard normal weights, (n_visible, n_hidden) (eq. 3).

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.ensembles import gaussian
    >>> gaussian(100, 10, np.random.default_rng(0)).shape
    (100, 10)
    """
    return rng.standard_normal((n_visible, n_hidden))


def rademacher(n_visible: int, n_hidden: int, rng: np.random.Generator) -> np.ndarray:
    """Return independent weights that are −1 or 1 with equal probability, (n_visible, n_hidden).

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.ensembles import rademacher
    >>> np.unique(rademacher(100, 10, np.random.default_rng(0)))
    array([-1.,  1.])
    """
    return 2.0 * rng.integers(2, size=(n_visible, n_hidden)) - 1.0


def sparse_binary(n_visible: int, n_hidden: int, rng: np.random.Generator, *, active: float = 0.1) -> np.ndarray:
    """Return independent weights of two values, (x − p)/√(p(1 − p)) with x = 1 with probability p, else 0.

    Parameters
    ----------
    n_visible, n_hidden : int
    rng : numpy.random.Generator
    active : float in (0, 1), default 0.1
        p, the share of the large values.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.ensembles import sparse_binary
    >>> np.unique(sparse_binary(100, 10, np.random.default_rng(0), active=0.2))
    array([-0.5,  2. ])
    """
    p = real(active, "active", above=0, below=1)
    return ((rng.random((n_visible, n_hidden)) < p) - p) / np.sqrt(p * (1 - p))


def log_normal(n_visible: int, n_hidden: int, rng: np.random.Generator, *, spread: float = 0.5) -> np.ndarray:
    """Return independent weights ± e^{σz − σ²} with z standard normal and either sign with equal probability.

    Parameters
    ----------
    n_visible, n_hidden : int
    rng : numpy.random.Generator
    spread : float ≥ 0, default 0.5
        σ, the standard deviation of log |ξ|.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.ensembles import log_normal
    >>> float(np.log(abs(log_normal(1000, 100, np.random.default_rng(0)))).std().round(2))
    0.5
    """
    sigma = real(spread, "spread", at_least=0)
    signs = rademacher(n_visible, n_hidden, rng)
    return signs * np.exp(sigma * rng.standard_normal((n_visible, n_hidden)) - sigma**2)


def orthogonal(n_visible: int, n_hidden: int, rng: np.random.Generator) -> np.ndarray:
    """Return orthogonal columns of length √N_v in random directions (Haar measure), so that J is the identity.

    Raises
    ------
    InvalidInput
        N_v < N_h.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.ensembles import orthogonal
    >>> weights = orthogonal(100, 10, np.random.default_rng(0))
    >>> bool(np.allclose(weights.T @ weights / 100, np.eye(10)))
    True
    """
    if n_visible < n_hidden:
        raise InvalidInput(
            f"orthogonal weights need n_visible >= n_hidden, got {n_visible} < {n_hidden}; take more visible neurons"
        )
    q, r = np.linalg.qr(rng.standard_normal((n_visible, n_hidden)))
    return np.sqrt(n_visible) * q * np.sign(np.diag(r))


ENSEMBLES: Registry[Ensemble] = Registry(
    "ensembles",
    {
        "gaussian": gaussian,
        "rademacher": rademacher,
        "sparse_binary": sparse_binary,
        "log_normal": log_normal,
        "orthogonal": orthogonal,
    },
    "a function (n_visible, n_hidden, rng)",
    callable,
)


def name_of(ensemble: str | Ensemble) -> str:
    """Return the name of an ensemble for records: its key in `ENSEMBLES`, or module and name of a function.

    Examples
    --------
    >>> from functools import partial
    >>> from neurosim.ensembles import name_of, sparse_binary
    >>> name_of("gaussian"), name_of(partial(sparse_binary, active=0.05))
    ('gaussian', 'neurosim.ensembles.sparse_binary(active=0.05)')
    """
    if isinstance(ensemble, str):
        return ensemble
    if isinstance(ensemble, partial):
        settings = [*map(repr, ensemble.args), *(f"{name}={value!r}" for name, value in ensemble.keywords.items())]
        return f"{name_of(ensemble.func)}({', '.join(settings)})"
    kind = ensemble if hasattr(ensemble, "__qualname__") else type(ensemble)
    return f"{kind.__module__}.{kind.__qualname__}"
