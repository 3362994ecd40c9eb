"""Time at which the decoded state of a recall in the rate model becomes final.

The activity a of a hidden neuron follows s through τ_v, τ_v ȧ = −a + s, as the filtered spike train of a spiking cell
follows its spikes; a neuron is decoded as active while a > ½.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import xarray


def rate_latency(out: xarray.Dataset, tau_v: float) -> np.ndarray:
    """Return the time at which the decoded state a > ½ of a rate recall became final.

    Parameters
    ----------
    out : xarray.Dataset
        From the exact engine, with its crossings (``record=["hidden_active"]``). Neurons with h(0) > θ start active.
    tau_v : float
        Seconds.

    Returns
    -------
    ndarray (cue,)
        Seconds; 0 if no neuron ever was decoded as active.

    Examples
    --------
    >>> import neurosim
    >>> from neurosim.measure.spiking.latency import rate_latency
    >>> net = neurosim.Network.gaussian(1000, 10, seed=0)
    >>> cues = neurosim.patterns.visible_cues(net, neurosim.patterns.random_hidden_states(10, 3, seed=1))
    >>> out = neurosim.recall(net, cues, duration=0.4, record=["hidden_active"], record_dt=0.4)
    >>> bool(((rate_latency(out, 0.02) > 0.01) & (rate_latency(out, 0.02) < 0.1)).all())
    True
    """
    latency = np.zeros(out.sizes["cue"])
    started = np.nonzero(out.hidden_active_trace.values[:, 0])  # they switch on at time 0
    added = (*started, np.zeros(len(started[0])))
    cue, neuron, when = (
        np.append(out[f"crossing_{name}"].values, more)
        for name, more in zip(("cue", "neuron", "time"), added, strict=True)
    )
    order = np.lexsort((when, neuron, cue))
    cue, neuron, when = (values[order] for values in (cue, neuron, when))
    for k, switches in _switches(cue, neuron, when):
        latency[k] = max(latency[k], _last_passage(switches, tau_v))
    return latency


def _switches(cue: np.ndarray, neuron: np.ndarray, when: np.ndarray) -> Iterable[tuple[int, np.ndarray]]:
    """Yield (cue, times) for every neuron that switches."""
    starts = np.flatnonzero(np.diff(cue, prepend=-1) | np.diff(neuron, prepend=-1))
    for rows in np.split(np.arange(len(cue)), starts[1:]) if len(cue) else []:
        yield int(cue[rows[0]]), when[rows]


def _last_passage(switches: np.ndarray, tau: float) -> float:
    """Return the last time at which a passes ½, for a neuron that switches on, off, on … at these times; 0 if never."""
    a, s, last = 0.0, 0.0, 0.0
    for start, stop in zip(switches, [*switches[1:], np.inf], strict=True):
        s = 1.0 - s
        if (a > 0.5) != (s > 0.5):
            passage = start + tau * np.log(abs(s - a) / 0.5)
            last = passage if passage < stop else last
        a = s + (a - s) * np.exp(-(stop - start) / tau)
    return float(last)
