"""What `neurosim spiking` and the report ask of the spiking analogue; one Dataset a question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray

from neurosim import Network, recall
from neurosim.cells import LIF, OnOff, Poisson, Regular, SpikingCell, get_variant
from neurosim.measure.spiking import agreement, dislodging

NOISE = (0.0, 1.0, 2.0)  # σ_v on the cues of random networks
RELATIVE_NOISE = (0.0, 0.5, 1.0)  # of the rms of a trained network's memories
AMPLITUDES = (0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 1, 1.5, 2)  # of the second cue
SWEEPS: dict[str, tuple[tuple[float, ...], Mapping[str, SpikingCell]]] = {
    "t_ref": ((0.5e-3, 1e-3, 2e-3, 5e-3, 10e-3, 20e-3, 40e-3), agreement.KINDS),
    "tau_h": ((0.5e-3, 1e-3, 2e-3, 5e-3, 10e-3, 20e-3), agreement.KINDS),
    "n_cells": (
        (1, 3, 10, 30),
        {
            "regular, noise 0.2": Regular(noise=0.2),
            "lif, noise 0.2": LIF(noise=0.2),
            "poisson": Poisson(),
        },
    ),
    "noise": ((0.02, 0.05, 0.1, 0.15, 0.2, 0.3), agreement.KINDS),
}
# label → (cells, τ_v in seconds)
VARIANTS: dict[str, tuple[SpikingCell, float]] = {
    "regular": (Regular(), 20e-3),
    "regular, no delay": (Regular(delay=0.0), 20e-3),
    "LIF, τ_h = 1 ms": (LIF(), 20e-3),
    "LIF, t_ref = 10 ms": (LIF(t_ref=10e-3), 20e-3),
    "Poisson, 1 cell": (Poisson(), 20e-3),
    "Poisson, 10 cells": (Poisson(n_cells=10), 20e-3),
    "regular, visible ON/OFF spikes": (Regular(visible=OnOff()), 20e-3),
    "regular, visible ON/OFF spikes, τ_v = 50 ms": (Regular(visible=OnOff()), 50e-3),
    "all below 100 Hz": (get_variant("slow"), 20e-3),
    "all below 100 Hz, τ_v = 50 ms": (get_variant("slow"), 50e-3),
}
RASTER = 0.2  # s shown


def of_network(net: Network, stored: np.ndarray, *, n_cues: int = 512, seed: int, progress: bool) -> xarray.Dataset:
    """Compare both models on a trained network's own memories, at `RELATIVE_NOISE`.

    Parameters
    ----------
    net : Network
    stored : ndarray (memory, hidden) bool
    n_cues : int, default 512
    seed : int
    progress : bool
    """
    rms = float(np.sqrt(np.mean((stored[:1000] @ net.weights.T / np.sqrt(net.n_hidden)) ** 2)))
    levels = [share * rms for share in RELATIVE_NOISE]
    return agreement.rate_and_spiking(
        net, levels, targets=stored, n_cues=n_cues, seed=seed, progress=progress
    ).assign_attrs(memory_rms=rms)


def seen(
    net: Network, cues: np.ndarray, *, variant: Any = None, seed: int, target: str = "cpp_standalone"
) -> xarray.Dataset:
    """Recall a few cues with every spike and the visible layer over time, for `figures.spiking.raster`."""
    cells = get_variant(variant)
    fires = isinstance(cells.visible, OnOff)
    record = ["spikes", "visible", *(["visible_spikes"] if fires else [])]
    out = recall(
        net,
        cues,
        engine="brian",
        model="spiking",
        variant=cells,
        formulation="event" if fires else "reduced",
        target=target,
        duration=max(RASTER, 2 * float(net.tau_v.max())),
        record=record,
        record_dt=5e-3,
        seed=seed,
    )
    return out


def random_networks(
    networks: list[Network],
    *,
    n_cues: int,
    seed: int,
    answer: Callable[[str, str, Callable[[], xarray.Dataset]], xarray.Dataset],
    sweeps: bool,
    progress: bool,
) -> None:
    """Ask everything of random networks, handing each question to `answer` (name, what it is, how to get it).

    Parameters
    ----------
    networks : list of Network
    n_cues : int
        Cues a network and point.
    seed : int
    answer : callable
    sweeps : bool
        Whether to ask about variants, parameters and second cues, too; of 20 networks and 64 cues at most.
    progress : bool
    """
    shared: dict[str, Any] = {"seed": seed, "progress": progress}
    answer(
        "agreement",
        "the same noisy cues in the rate and the spiking model",
        lambda: agreement.rate_and_spiking(networks, NOISE, n_cues=n_cues, **shared),
    )
    if not sweeps:
        return
    few = networks[:20]
    answer("variants", "the harder variants", lambda: variants(few, n_cues=min(n_cues, 64), **shared))
    for parameter, (values, kinds) in SWEEPS.items():
        answer(
            f"region_{parameter}",
            f"where it holds and breaks: {parameter}",
            lambda parameter=parameter, values=values, kinds=kinds: agreement.region(
                few, parameter, values, kinds=kinds, n_cues=min(n_cues, 64), **shared
            ),
        )
    for model in ("rate", "spiking"):
        answer(
            f"dislodging_{model}",
            f"a second cue, {model} model",
            lambda model=model: dislodging.dislodge(few, AMPLITUDES, model=model, n_cues=min(n_cues, 64), **shared),
        )


def variants(networks: list[Network], *, n_cues: int, seed: int, progress: bool) -> xarray.Dataset:
    """Compare every one of `VARIANTS` with the rate model, at σ_v = 1; over variant.

    Visible neurons that spike take long, so they get a quarter of the cues. Each recall lasts 12 τ_v.
    """
    parts = []
    for cells, tau_v in VARIANTS.values():
        count = max(1, n_cues // 4) if isinstance(cells.visible, OnOff) else n_cues
        shared: dict[str, Any] = {"n_cues": count, "seed": seed, "progress": progress, "duration": 12 * tau_v}
        nets = [net.replace(tau_v=tau_v) for net in networks]
        parts.append(agreement.rate_and_spiking(nets, [1.0], variant=cells, **shared))
    joined = xarray.concat([part.isel(noise_std=0, drop=True) for part in parts], dim="variant", combine_attrs="drop")
    attrs = {name: value for name, value in parts[0].attrs.items() if name != "variant"}
    return joined.assign_coords(variant=list(VARIANTS)).assign_attrs(attrs | {"noise_std": 1.0})
