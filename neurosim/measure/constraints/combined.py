"""Constraints as functions of one setting, for sweeps: with homeostasis, with equal shares, or constant.

A sweep that stores its points needs functions that can be imported; these are used through `functools.partial`.
"""

from __future__ import annotations

from collections.abc import Callable

from neurosim.constraints import Constraint, Dale, Homeostatic


def with_homeostasis(
    constraint: Callable[[float], Constraint], value: float, *, incoming_only: bool = False
) -> list[Constraint]:
    """Return a constraint of this setting, and homeostasis after it.

    Parameters
    ----------
    constraint : callable (value) → Constraint
        For instance the class `neurosim.constraints.Sparse`.
    value : float
    incoming_only : bool, default False
        As of `neurosim.constraints.Homeostatic`.

    Returns
    -------
    list of Constraint

    Examples
    --------
    >>> from functools import partial
    >>> from neurosim.constraints import Sparse
    >>> from neurosim.measure.constraints.combined import with_homeostasis
    >>> sparse = partial(with_homeostasis, Sparse)
    >>> sparse(0.1)
    [Sparse(density=0.1, reciprocal=True), Homeostatic(incoming_only=False)]
    """
    return [constraint(value), Homeostatic(incoming_only)]


def dale_split(interneurons: str, excitatory: float) -> Dale:
    """Return Dale's law with the same share of excitatory neurons in both layers.

    Parameters
    ----------
    interneurons : {"none", "pool", "relay"}
    excitatory : float in [0, 1]

    Returns
    -------
    Dale

    Examples
    --------
    >>> from neurosim.measure.constraints.combined import dale_split
    >>> dale_split("relay", 0.8)
    Dale(excitatory_visible=0.8, excitatory_hidden=0.8, interneurons='relay')
    """
    return Dale(excitatory, excitatory, interneurons)


def independent(constraint: Constraint, value: float) -> Constraint:
    """Return the same constraint for every value, for a sweep over another setting.

    Parameters
    ----------
    constraint : Constraint
    value : float
        Not used.

    Returns
    -------
    Constraint

    Examples
    --------
    >>> from neurosim.constraints import Sparse
    >>> from neurosim.measure.constraints.combined import independent
    >>> independent(Sparse(0.1), 5.0)
    Sparse(density=0.1, reciprocal=True)
    """
    return constraint
