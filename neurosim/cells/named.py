"""Named cells, and cells read from their records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurosim.cells.hidden import KINDS, LIF, Poisson, Regular, SpikingCell
from neurosim.cells.visible import VISIBLE, Interneurons, OnOff
from neurosim.errors import InvalidInput
from neurosim.plugins import Registry


def _made(found: Any) -> SpikingCell:
    """Return the cell of a plug-in, a cell or a class; its class is then known to records."""
    cell = found() if isinstance(found, type) else found
    if KINDS.setdefault(cell.name, type(cell)) is not type(cell):
        raise ValueError(f"there is another class of cells with the name {cell.name!r}")
    return cell


def _is_cell(found: Any) -> bool:
    return isinstance(found, SpikingCell) or (isinstance(found, type) and issubclass(found, SpikingCell))


# name of a cell, for ``Brian(cells=NAME)`` → cell
CELLS: Registry[SpikingCell] = Registry(
    "cells",
    {
        "regular": Regular(),
        "lif": LIF(),
        "poisson": Poisson(),
        "population": Poisson(n_cells=10),
        "on_off": Regular(visible=OnOff()),
        "dale": Regular(visible=OnOff(), interneurons=Interneurons()),
        # Fifty cells per hidden neuron with a mean rate of 80 Hz while active; as they fire at random, some exceed
        # 100 Hz during a recall. The refractory period of the ON/OFF cells limits each of them to 100 Hz.
        "slow": Poisson(t_ref=12.5e-3, n_cells=50, visible=OnOff(gain=30.0, t_ref=10e-3)),
    },
    "a SpikingCell or a subclass of it",
    _is_cell,
    _made,
)


def get_cells(value: Any = "regular") -> SpikingCell:
    """Return the cell of a name or a record.

    Parameters
    ----------
    value : str, mapping or SpikingCell, default "regular"
        A name in `CELLS`, a result of `SpikingCell.to_record`, or a cell, which is returned unchanged.

    Returns
    -------
    SpikingCell

    Raises
    ------
    InvalidInput
        Neither a known name nor a record nor a cell.

    Examples
    --------
    >>> get_cells("population").n_cells
    10
    """
    if isinstance(value, SpikingCell):
        return value
    if isinstance(value, Mapping):
        return from_record(value)
    if not isinstance(value, str) or value not in CELLS:
        raise InvalidInput(
            f"cells must be one of {list(CELLS)} or made from one of "
            f"{[kind.__name__ for kind in KINDS.values()]}, got {value!r}"
        )
    return CELLS[value]


def from_record(record: Mapping[str, Any]) -> SpikingCell:
    """Return the cell of a record.

    Parameters
    ----------
    record : dict
        Result of `SpikingCell.to_record`.

    Returns
    -------
    SpikingCell

    Raises
    ------
    InvalidInput
        The record describes no cell.

    Examples
    --------
    >>> from neurosim.cells import LIF, OnOff
    >>> from_record(LIF(visible=OnOff()).to_record()) == LIF(visible=OnOff())
    True
    """
    try:
        parameters = dict(record)
        visible = dict(parameters.pop("visible"))
        interneurons = parameters.pop("interneurons", None)
        name = parameters.pop("name")
        if name not in KINDS:
            CELLS.read()  # a class of a plug-in
        return KINDS[name](
            **parameters,
            visible=VISIBLE[visible.pop("name")](**visible),
            interneurons=None if interneurons is None else Interneurons(**interneurons),
        )
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InvalidInput):
            raise
        rule = "the record of a cell must be one of to_record, of a class that is registered in neurosim.cells.KINDS"
        raise InvalidInput(f"{rule}; missing or different: {error}") from None
