"""Energy along a recorded recall."""

from __future__ import annotations

import xarray

from neurosim import InvalidInput, Network, theory
from neurosim.validation import takes


@takes(net=Network, out=xarray.Dataset)
def energy_along(net: Network, out: xarray.Dataset) -> xarray.Dataset:
    """Return the energy along recorded recalls; with symmetric weights it never rises (`theory.energy`).

    Parameters
    ----------
    net : Network
        The recalled network, with symmetric weights.
    out : xarray.Dataset
        From ``recall(net, cues, record=["hidden", "visible"])``.

    Returns
    -------
    xarray.Dataset
        energy (cue, time), dimensionless; time in seconds; the attrs of `out`.

    Raises
    ------
    InvalidInput
        The traces were not recorded, or the weights are not symmetric.

    Examples
    --------
    >>> import neurosim
    >>> from neurosim.measure import energy_along
    >>> net = neurosim.Network.gaussian(200, 5, seed=0)
    >>> cues = neurosim.patterns.visible_cues(net, neurosim.patterns.all_hidden_states(5)[7:9], noise_std=0.5, seed=1)
    >>> out = neurosim.recall(net, cues, record=["hidden", "visible"], record_dt=1e-3)
    >>> bool((energy_along(net, out).energy.diff("time") < 1e-9).all())
    True
    """
    missing = [name for name in ("hidden_trace", "visible_trace") if name not in out]
    if missing:
        raise InvalidInput(f'energy_along needs {missing}; give recall(…, record=["hidden", "visible"])')
    values = theory.energy(net, out.visible_trace.values, out.hidden_trace.values)
    attrs = {"long_name": "energy E", "units": "1"}
    return xarray.Dataset({"energy": (("cue", "time"), values, attrs)}, {"time": out.time}, out.attrs)
