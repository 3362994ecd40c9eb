"""Small tables of objects in notebooks, in HTML, without a plotting library."""

from __future__ import annotations

import html
from typing import Any


def network_table(net: Any) -> str:
    """Return a `Network` as a table: sizes, synapses, parameters, activations.

    Examples
    --------
    >>> from neurosim import Network
    >>> "<td>20, 3</td>" in network_table(Network.gaussian(20, 3, seed=0))
    True
    """
    rows = {
        "visible, hidden neurons": f"{net.n_visible:,}, {net.n_hidden:,}",
        "weights": net.provenance.get("weights", net.ensemble or "given"),
        "feedback": "ξᵀ" if net.is_symmetric else "separate synapses",
        "threshold": short(net.threshold),
        "τ_v, τ_h": f"{short(net.tau_v)} s, {short(net.tau_h)} s",
        "activations": f"{net.hidden_activation!r}, {net.visible_activation!r}",
    }
    cells = "".join(f"<tr><th>{name}</th><td>{html.escape(str(value))}</td></tr>" for name, value in rows.items())
    return f"<table><caption>neurosim.Network</caption>{cells}</table>"


def short(values: Any) -> str:
    """Return the value of an array as text, or its smallest and largest.

    Examples
    --------
    >>> import numpy as np
    >>> short(np.array([0.5, 0.5])), short(np.array([0.1, 0.2]))
    ('0.5', '0.1…0.2')
    """
    low, high = values.min(), values.max()
    return f"{low:.4g}" if low == high else f"{low:.4g}…{high:.4g}"
