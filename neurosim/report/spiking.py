"""The page of `neurosim spiking`: spikes, agreement with the rate model, parameters, a second cue."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray

from neurosim.measure.spiking.agreement import MEASURES
from neurosim.measure.statistics import format_estimate
from neurosim.plots import spiking as figures
from neurosim.plots import style
from neurosim.report import mathml
from neurosim.report.captions import course
from neurosim.report.page import Row, Section, picture, write_page
from neurosim.report.spiking_study import SWEEPS

_SHOWN = ("same_state", "bits", "recalled_rate", "recalled_spiking", "latency_rate", "latency_spiking", "spikes")


def network_section(
    agreement: xarray.Dataset, rasters: dict[str, xarray.Dataset], image_shape: Sequence[int]
) -> Section:
    """Return the section about one trained network: spikes during a recall, and both models on its memories.

    Parameters
    ----------
    agreement : xarray.Dataset
        From `neurosim.measure.spiking.agreement.recall_of_memories`.
    rasters : dict of str to xarray.Dataset
        From `neurosim.report.spiking_study.recorded_recall`, by spiking cells.
    image_shape : (rows, columns) or (3, rows, columns)

    Returns
    -------
    Section

    Examples
    --------
    >>> import xarray
    >>> from neurosim.measure.spiking.agreement import MEASURES
    >>> from neurosim.report.spiking import network_section
    >>> estimates = xarray.Dataset({f"{name}{end}": 0.5 for name in MEASURES for end in ("", "_lower", "_upper")})
    >>> found = estimates.expand_dims(noise_std=[0.0, 0.5]).assign_attrs(memory_rms=0.5, n_trials=64)
    >>> network_section(found, {}, (8, 8)).title
    'Spiking analogue'
    """
    pictures = [
        picture(
            figures.raster(out, image_shape, figure=style.new_figure(4.2 if "on_off" in name else 3.2)),
            f"raster-{name}",
            f"Spikes and the visible layer over time, {name.replace('_', ' ')}",
            "png",
            _raster_caption(out),
        )
        for name, out in rasters.items()
    ]
    rows: list[Row] = []
    for level in agreement.noise_std.values:
        share = level / agreement.attrs["memory_rms"]
        for name in (*_SHOWN, "operations"):
            rows.append(_row(agreement.sel(noise_std=level), name, f"σ_v = {level:.3g}, {share:.2g} × memory rms"))
    text = [
        "The same network with spiking hidden neurons: a cell fires every t_ref = 2 ms while its potential is above "
        "θ, and each spike moves the visible layer through the same synapses. The images above the spikes are the "
        "visible layer at the times of the dotted lines. The cue is a stored image with noise.",
        "The table compares it with the rate model on the memories of the network as cues, "
        f"{agreement.attrs['n_trials']:,} per noise level (shares: Wilson intervals; times: Student t). The latency is "
        "the time after which the filtered spike trains (rate model: s, filtered in the same way) keep the final "
        "state.",
    ]
    return Section("Spiking analogue", text, pictures, rows, group="What it recalls")


def _raster_caption(out: xarray.Dataset) -> str:
    active, spikes = out.hidden_active.isel(cue=0), int((out.spike_cue == 0).sum())
    return f"{int(active.sum())} of {active.size} hidden neurons are active after {spikes:,} spikes."


def write(path: Path, results: dict[str, xarray.Dataset], own: Section | None, n_visible: int, n_hidden: int) -> None:
    """Write the page of `neurosim spiking`.

    Parameters
    ----------
    path : Path
    results : dict of str to xarray.Dataset
        Of the measurements in `neurosim.report.spiking_study.random_networks`.
    own : Section or None
        The section about a trained network, from `network_section`.
    n_visible, n_hidden : int
        Of the random networks.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import xarray
    >>> from neurosim.measure.spiking.agreement import MEASURES
    >>> from neurosim.report.spiking import write
    >>> estimates = xarray.Dataset({f"{name}{end}": 0.5 for name in MEASURES for end in ("", "_lower", "_upper")})
    >>> attrs = {"n_networks": 20, "n_trials": 64, "confidence": 0.95}
    >>> found = estimates.expand_dims(noise_std=[0.0, 1.0]).assign_attrs(attrs)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(Path(folder) / "page.html", {"agreement": found}, None, 1000, 10)
    ...     sorted(path.name for path in Path(folder).rglob("*.*"))
    ['agreement.svg', 'page.html']
    """
    curve = results["agreement"]
    sizes = f"N_h = {n_hidden}, N_v = {n_visible:,}, {curve.attrs['n_networks']} networks"
    lowest = float(curve.same_state_lower.min())
    summary = (
        f"Of the cues that the rate model recalls, the regular spiking cell ends in the same hidden state in "
        f"at least {100 * float(curve.same_state.min()):.2f}% at every noise level (lower limit {100 * lowest:.2f}%; "
        f"random networks, {sizes}, {curve.attrs['n_trials']} cues each)."
    )
    sections = [
        *([own] if own else []),
        _agreement(curve, sizes),
        *([_cells(results["cells"]), _regions(results), _dislodging(results)] if "cells" in results else []),
    ]
    write_page(path, "Spiking analogue and rate model", summary, sections)


def _agreement(curve: xarray.Dataset, sizes: str) -> Section:
    rows = [
        _row(curve.sel(noise_std=level), name, f"σ_v = {level:g}")
        for level in curve.noise_std.values
        for name in (*_SHOWN, "operations")
    ]
    text = [
        f"Random networks ({sizes}), regular cells, t_ref = 2 ms, synaptic delay t_ref/2. The first spike "
        "occurs when h crosses θ, so that a spike train without delay leads the rate by half an interval; the delay "
        "compensates for it. Intervals of shares assume nothing about how networks differ."
    ]
    title, caption = "Recall of the rate model and of the spiking model", course(curve, "same_state")
    drawn = picture(figures.agreement(curve), "agreement", title, caption=caption)
    return Section("Agreement", text, [drawn], rows)


def _cells(found: xarray.Dataset) -> Section:
    rows = [
        _row(found.sel(cells=name), measure, str(name))
        for name in found.cells.values
        for measure in ("recalled_spiking", "same_state", "bits", "latency_spiking", "spikes", "operations")
    ]
    text = [
        f"The same cues (σ_v = {found.attrs['noise_std']:g}) with other cells; τ_v = 20 ms, τ_h = 1 ms unless stated. "
        "The trace of a single Poisson cell fluctuates by √(t_ref/2τ_v) = 0.22, that of ten cells by 0.07, at a margin "
        "of ½. The rate of a cell that resets grows with its drive, so that it is a threshold unit only if "
        "τ_h ≪ t_ref. Visible neurons that spike add shot noise of about √(N_h/(N_v·gain·τ_s)) and a lag τ_s; both "
        "matter less with a larger τ_v."
    ]
    return Section("Variants", text, [], rows)


def _regions(results: dict[str, xarray.Dataset]) -> Section:
    sweeps = {name: results[f"region_{name}"] for name in SWEEPS}
    panels = figures.regions(sweeps, style.new_figure(4.8))
    rows: list[Row] = []
    for name, sweep in sweeps.items():
        scale, unit = (1e3, " ms") if name in ("t_ref", "tau_h") else (1, "")
        for kind in sweep.kind.values:
            for value in sweep.value.values:
                here = sweep.sel(kind=kind, value=value)
                what = f"{name} = {value * scale:g}{unit}, {kind}"
                note = f"bits {format_estimate(here, 'bits')}; rate model {format_estimate(here, 'recalled_rate')}"
                rows.append((what, format_estimate(here, "recalled_spiking"), note))
    text = [
        "Share of cues recalled perfectly while one parameter changes, the others as in the first table "
        f"(σ_v = {sweep.attrs['noise_std']:g}, {sweep.attrs['n_networks']} networks, "
        f"{sweep.attrs['n_trials']} cues each). More cells reduce the fluctuations of Poisson cells, but not the bias "
        "by membrane noise: cells below θ fire occasionally, and their effects add up in one direction."
    ]
    near = [sweep.recalled_spiking.values >= 0.95 * sweep.recalled_rate.values for sweep in sweeps.values()]
    within, points = (sum(int(count(one)) for one in near) for count in (np.sum, np.size))
    caption = f"At {within} of {points} points the spiking model recalls at least 95% of what the rate model recalls."
    drawn = picture(panels, "regions", "Recall in four sweeps of parameters", caption=caption)
    return Section("Range of the parameters", text, [drawn], rows)


def _dislodging(results: dict[str, xarray.Dataset]) -> Section:
    models = {model: results[f"dislodging_{model}"] for model in ("rate", "spiking")}
    rate = models["rate"]
    rows: list[Row] = [
        (
            f"{current}, c = {c:g}, ends at {end}",
            format_estimate(here, "share"),
            f"spiking {format_estimate(there, 'share')}",
        )
        for current in rate.current.values
        for c in rate.amplitude.values
        for end in rate.end.values
        for here, there in [tuple(r.sel(current=current, amplitude=c, end=end) for r in models.values())]
        if max(float(here.share), float(there.share)) > 0.005
    ]
    replaced = {
        current: 100 * max(float(model.share.sel(current=current, end="second").max()) for model in models.values())
        for current in rate.current.values
    }
    caption = "The second memory replaces the first in at most " + " and in at most ".join(
        f"{share:.3g}% of the pairs if its current {current}" for current, share in replaced.items()
    )
    text = [
        f"The network is in one memory, and the visible state of a second memory is presented as a current of "
        f"amplitude c for {rate.attrs['presentation']:g} τ_v. Both: the second memory was added to the first. Dashed: "
        "the amplitude below, and the same with 1 − θ, for orthonormal memories (here they coincide: θ = ½). Solid "
        "with bands: rate; dotted: spiking.",
    ]
    drawn = picture(figures.dislodging(models), "dislodging", "Final state after a second cue", caption=f"{caption}.")
    return Section("A second cue", text, [drawn], rows, [mathml.REPLACEMENT])


def _row(here: xarray.Dataset, name: str, note: str) -> Row:
    long_name, unit, *_ = MEASURES[name]
    if unit != "s":
        return long_name, format_estimate(here, name), note
    milliseconds = 1e3 * here[[name, f"{name}_lower", f"{name}_upper"]]
    return f"{long_name}, ms", format_estimate(milliseconds, name), note
