"""The report's pages about the spiking analogue: raster, agreement, where it breaks, a second cue."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import xarray

from neurosim.measure.spiking.agreement import MEASURES
from neurosim.measure.statistics import format_estimate
from neurosim.plots import spiking as figures
from neurosim.plots import style
from neurosim.report.page import Row, Section, picture, write_page
from neurosim.report.spiking_study import SWEEPS

_SHOWN = ("same_state", "bits", "recalled_rate", "recalled_spiking", "latency_rate", "latency_spiking", "spikes")


def network_section(
    agreement: xarray.Dataset, rasters: dict[str, xarray.Dataset], image_shape: Sequence[int]
) -> Section:
    """Return the section about one trained network: the picture forming, and both models on its memories."""
    pictures = [
        picture(
            figures.raster(out, image_shape, figure=style.new_figure(4.2 if "on_off" in name else 3.2)),
            f"raster-{name}",
            f"spikes and the visible layer over time, {name.replace('_', ' ')}",
            "png",
        )
        for name, out in rasters.items()
    ]
    rows: list[Row] = []
    for level in agreement.noise_std.values:
        share = level / agreement.attrs["memory_rms"]
        for name in (*_SHOWN, "operations"):
            rows.append(_row(agreement.sel(noise_std=level), name, f"σ_v = {level:.3g}, {share:.2g} of a memory's rms"))
    text = [
        "The same memory with hidden neurons that fire: a cell fires every t_ref = 2 ms while its potential is above "
        "θ, and each spike moves the visible layer through the same synapses. Above the spikes, the visible layer at "
        "the dotted times. The cue is a stored image with noise.",
        "The table compares it with the rate model on the network's own memories as cues, "
        f"{agreement.attrs['n_trials']} a level (Wilson; Student t for means). Both models' latency is the time after "
        "which the filtered spike trains (rate model: s filtered alike) show the final state.",
    ]
    return Section("Spiking analogue", text, pictures, rows)


def write(path: Path, answers: dict[str, xarray.Dataset], own: Section | None, n_visible: int, n_hidden: int) -> None:
    """Write the page of `neurosim spiking`.

    Parameters
    ----------
    path : Path
    answers : dict of str to xarray.Dataset
        From `neurosim.report.spiking_study.random_networks`.
    own : Section or None
        About a trained network, from `network_section`.
    n_visible, n_hidden : int
        Of the random networks.
    """
    curve = answers["agreement"]
    sizes = f"N_h = {n_hidden}, N_v = {n_visible:,}, {curve.attrs['n_networks']} networks"
    lowest = float(curve.same_state_lower.min())
    summary = (
        f"Of the cues that the rate model recalls, the regular spiking variant ends in the same hidden state in "
        f"{100 * float(curve.same_state.min()):.2f}% or more at every noise level (lower limit {100 * lowest:.2f}%; "
        f"random networks, {sizes}, {curve.attrs['n_trials']} cues each)."
    )
    sections = [
        *([own] if own else []),
        _agreement(curve, sizes),
        *([_variants(answers["variants"]), _regions(answers), _dislodging(answers)] if "variants" in answers else []),
    ]
    write_page(path, "Spiking analogue and rate model", summary, sections)


def _agreement(curve: xarray.Dataset, sizes: str) -> Section:
    rows = [
        _row(curve.sel(noise_std=level), name, f"σ_v = {level:g}")
        for level in curve.noise_std.values
        for name in (*_SHOWN, "operations")
    ]
    text = [
        f"Random networks ({sizes}), regular cells, t_ref = 2 ms, synaptic delay t_ref/2. The first spike comes in "
        "full when h crosses θ, so an undelayed train leads the rate by half an interval; a delay of half an interval "
        "takes the lead away. Where all networks agree exactly, the interval is Clopper and Pearson's for so many "
        "networks."
    ]
    return Section("Agreement", text, [picture(figures.agreement(curve), "agreement", "recall of both models")], rows)


def _variants(found: xarray.Dataset) -> Section:
    rows = [
        _row(found.sel(variant=name), measure, str(name))
        for name in found.variant.values
        for measure in ("recalled_spiking", "same_state", "bits", "latency_spiking", "spikes", "operations")
    ]
    text = [
        f"The same cues (σ_v = {found.attrs['noise_std']:g}) with harder kinds of cell; τ_v = 20 ms, τ_h = 1 ms unless "
        "it says otherwise. A single Poisson cell per hidden neuron fails: its trace fluctuates by √(t_ref/2τ_v), .22 "
        "here. Ten of them do not. A cell that resets fires at a rate that grows with its drive, so unless τ_h ≪ t_ref "
        "it is not a threshold unit. Visible neurons that spike add shot noise, √(N_h/(N_v·gain·τ_s)) or so, and a lag "
        "τ_s, for which a slower visible membrane makes room."
    ]
    return Section("Variants", text, [], rows)


def _regions(answers: dict[str, xarray.Dataset]) -> Section:
    sweeps = {name: answers[f"region_{name}"] for name in SWEEPS}
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
        f"{sweep.attrs['n_trials']} cues each). More cells average chance away (Poisson), not the bias that noise "
        "gives a threshold: cells below θ fire now and then, and the kicks add up in one direction."
    ]
    return Section(
        "Where it holds and where it breaks", text, [picture(panels, "regions", "recall in four sweeps")], rows
    )


def _dislodging(answers: dict[str, xarray.Dataset]) -> Section:
    results = {model: answers[f"dislodging_{model}"] for model in ("rate", "spiking")}
    rate = results["rate"]
    rows: list[Row] = [
        (
            f"{current}, c = {c:g}, ends at {end}",
            format_estimate(here, "share"),
            f"spiking {format_estimate(there, 'share')}",
        )
        for current in rate.current.values
        for c in rate.amplitude.values
        for end in rate.end.values
        for here, there in [tuple(r.sel(current=current, amplitude=c, end=end) for r in results.values())]
        if float(here.share) > 0.005
    ]
    text = [
        f"A memory is held; a second memory's visible state comes as a current of amplitude c for "
        f"{rate.attrs['presentation']:g} τ_v. A cue that only excites joins the first memory (both) and never replaces "
        "it; one that also inhibits replaces it. Dashed: the limits c(1 − e^{−T/τ_v}) = θ and 1 − θ that hold for "
        "orthonormal memories (here they coincide: θ = ½). Solid with bands: rate; dotted: spiking."
    ]
    drawn = picture(figures.dislodging(results), "dislodging", "where a second cue leads")
    return Section("A second cue", text, [drawn], rows)


def _row(here: xarray.Dataset, name: str, note: str) -> Row:
    long_name, unit, *_ = MEASURES[name]
    if unit != "s":
        return long_name, format_estimate(here, name), note
    milliseconds = 1e3 * here[[name, f"{name}_lower", f"{name}_upper"]]
    return f"{long_name}, ms", format_estimate(milliseconds, name), note
