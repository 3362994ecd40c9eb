"""Check that a formulation of the equations can describe a network, and obeys changes of them."""

from __future__ import annotations

from collections.abc import Collection

from neurosim import reduction
from neurosim.cells import OnOff, SpikingCell
from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.nonlinearity import Heaviside
from neurosim.validation import one_of

FORMULATIONS = ("summed", "event", "reduced")

# (model, formulation) → the objects of the Brian2 network whose changes it obeys. Where the hidden layer is driven
# through J, what happens to `visible` and to the synapses onto it never reaches the hidden layer.
_SPIKING = ("cells", "hidden", "cells_to_trace")
CHANGEABLE: dict[tuple[str, str], tuple[str, ...]] = {
    ("rate", "summed"): ("hidden", "visible", "hidden_to_visible", "visible_to_hidden"),
    ("rate", "event"): ("hidden", "hidden_to_hidden"),
    ("rate", "reduced"): ("hidden", "hidden_to_hidden"),
    ("graded", "summed"): (*_SPIKING, "visible", "cells_to_visible", "visible_to_hidden"),
    ("graded", "event"): (*_SPIKING, "cells_to_hidden"),
    ("graded", "reduced"): (*_SPIKING, "cells_to_hidden"),
    ("on_off", "event"): (*_SPIKING, "visible", "on_off", "cells_to_visible", "on_off_to_hidden"),
}


def model_of(cells: SpikingCell | None) -> str:
    """Return the model in `CHANGEABLE`: "rate", or how the visible neurons of the spiking model transmit.

    Examples
    --------
    >>> from neurosim.cells import Regular
    >>> model_of(None), model_of(Regular()), model_of(Regular(visible=OnOff()))
    ('rate', 'graded', 'on_off')
    """
    return "rate" if cells is None else cells.visible.name


def visible_in_the_loop(formulation: str, cells: SpikingCell | None = None) -> bool:
    """Return whether the visible neurons drive the hidden layer, so that whatever acts on v has an effect.

    Parameters
    ----------
    formulation : {"summed", "event", "reduced"}
    cells : SpikingCell, optional
        Cells of the spiking model; None: the rate model.

    Examples
    --------
    >>> visible_in_the_loop("summed"), visible_in_the_loop("event")
    (True, False)
    """
    return "visible" in CHANGEABLE[model_of(cells), formulation]


def check_changes(formulation: str, cells: SpikingCell | None, objects: Collection[str]) -> None:
    """Refuse changes of objects that a formulation does not have, or whose changes it would ignore.

    Parameters
    ----------
    formulation : {"summed", "event", "reduced"}
    cells : SpikingCell or None
        Cells of the spiking model; None: the rate model.
    objects : collection of str
        Names of the changed groups and synapses.

    Raises
    ------
    InvalidInput
        An object is not among those of `CHANGEABLE`.

    Examples
    --------
    >>> check_changes("summed", None, ["visible"])
    >>> check_changes("event", None, ["visible"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: formulation="event" would ignore changes of visible: its hidden layer is driven ...
    """
    known = CHANGEABLE[model_of(cells), formulation]
    what = f'formulation="{formulation}"' if cells is None else f'formulation="{formulation}" with {cells.name} cells'
    for name in objects:
        if name not in known and "visible" in name and "visible" not in known:
            raise InvalidInput(
                f"{what} would ignore changes of {name}: its hidden layer is driven through J = ξᵀξ/N_v, "
                f'not by the visible neurons; use formulation="summed", which has them in the loop'
            )
        one_of(name, f"what the changes of {what} act on", known)


def check_formulation(net: Network, formulation: str, cells: SpikingCell | None = None) -> None:
    """Refuse a formulation that is unknown or cannot describe a network.

    Parameters
    ----------
    net : Network
    formulation : {"summed", "event", "reduced"}
        See `neurosim.equations`.
    cells : SpikingCell, optional
        Cells of the spiking model; None: the rate model.

    Raises
    ------
    InvalidInput
        The formulation is unknown; it is "event" or "reduced", or the model spikes, and the hidden units are smooth,
        the visible ones not linear or of several τ_v; it is "summed" or "reduced" with spiking visible neurons; or
        cells with interneurons are given for a network whose constraints record another realisation of Dale's law.

    Examples
    --------
    >>> from neurosim.cells import Regular
    >>> check_formulation(Network.gaussian(4, 2, seed=0), "reduced", Regular())
    >>> check_formulation(Network.gaussian(4, 2, seed=0), "summed", Regular(visible=OnOff()))
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: cells with visible=OnOff(…) have formulation="event" only, got "summed"
    """
    one_of(formulation, "formulation", FORMULATIONS)
    if cells is not None:
        _check_cells(net, formulation, cells)
    if formulation != "summed" or cells is not None:
        what = f'formulation="{formulation}"' if cells is None else "the spiking model"
        remedy = 'use formulation="summed"' if cells is None else "omit cells="
        if not isinstance(net.hidden_activation, Heaviside):
            raise InvalidInput(
                f"{what} needs Heaviside hidden units, which are on or off, got {net.hidden_activation!r}; {remedy}"
            )
        reduction.required(net, what)


def _check_cells(net: Network, formulation: str, cells: SpikingCell) -> None:
    if isinstance(cells.visible, OnOff) and formulation != "event":
        raise InvalidInput(f'cells with visible=OnOff(…) have formulation="event" only, got "{formulation}"')
    if cells.interneurons is None:
        return
    for record in net.constraints:
        split = [record.get(f"excitatory_{layer}") for layer in ("visible", "hidden")]
        if record["name"] == "dale" and (split != [1, 1] or record["interneurons"] != "relay"):
            raise InvalidInput(
                "spiking interneurons need excitatory visible and hidden neurons with relays; the network has "
                f'Dale({split[0]}, {split[1]}, "{record["interneurons"]}"): use Dale(1, 1, "relay")'
            )
