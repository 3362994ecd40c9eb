"""Check that a formulation of the equations can describe a network."""

from __future__ import annotations

from neurosim import reduction
from neurosim.cells import OnOff, SpikingCell
from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.nonlinearity import Heaviside
from neurosim.validation import one_of

FORMULATIONS = ("summed", "event", "reduced")


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
        The formulation is unknown; it is "event" or "reduced" and the hidden units are smooth, the visible ones not
        linear or of several τ_v; it is "summed" with spiking cells or "reduced" with spiking visible neurons; or cells
        with interneurons are given for a network whose constraints record another realisation of Dale's law.

    Examples
    --------
    >>> from neurosim.cells import Regular
    >>> check_formulation(Network.gaussian(4, 2, seed=0), "reduced", Regular())
    >>> check_formulation(Network.gaussian(4, 2, seed=0), "summed", Regular())
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: formulation="summed" is for the rate model; for spikes use "event" or "reduced"
    """
    one_of(formulation, "formulation", FORMULATIONS)
    if cells is not None:
        _check_cells(net, formulation, cells)
    if formulation != "summed":
        what = f'formulation="{formulation}"' if cells is None else "the spiking model"
        remedy = 'use formulation="summed"' if cells is None else "omit cells="
        if not isinstance(net.hidden_activation, Heaviside):
            raise InvalidInput(
                f"{what} needs Heaviside hidden units, which are on or off, got {net.hidden_activation!r}; {remedy}"
            )
        reduction.required(net, what)


def _check_cells(net: Network, formulation: str, cells: SpikingCell) -> None:
    if formulation == "summed":
        raise InvalidInput('formulation="summed" is for the rate model; for spikes use "event" or "reduced"')
    if isinstance(cells.visible, OnOff) and formulation == "reduced":
        raise InvalidInput(
            'formulation="reduced" has no visible neurons, but the cells have visible=OnOff(…); use formulation="event"'
        )
    if cells.interneurons is None:
        return
    for record in net.constraints:
        split = [record.get(f"excitatory_{layer}") for layer in ("visible", "hidden")]
        if record["name"] == "dale" and (split != [1, 1] or record["interneurons"] != "relay"):
            raise InvalidInput(
                "spiking interneurons need excitatory visible and hidden neurons with relays; the network has "
                f'Dale({split[0]}, {split[1]}, "{record["interneurons"]}"): use Dale(1, 1, "relay")'
            )
