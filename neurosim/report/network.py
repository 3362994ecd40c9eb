"""The HTML report of one trained network: pictures, and numbers with their intervals."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import xarray
from matplotlib.figure import Figure

import neurosim
from neurosim import Network, theory
from neurosim.learning.data import Images
from neurosim.measure.statistics import NOT_NEGATIVE, format_estimate, student_interval
from neurosim.plots import curves, energy, memories, recalls, style
from neurosim.report import completion, continuation, mathml, study
from neurosim.report import spiking as report_spiking
from neurosim.report.captions import course
from neurosim.report.image_findings import damage_rows
from neurosim.report.page import Picture, Row, Section, picture, write_page

N_PICTURES = 8


def write(path: Path, net: Network, images: Images, results: dict[str, xarray.Dataset]) -> None:
    """Write the report of a trained network, and its pictures as files in `figures/` beside it.

    Parameters
    ----------
    path : Path
        The HTML file.
    net : Network
    images : Images
        Its training images.
    results : dict of str to xarray.Dataset
        From `neurosim.report.study.study`.

    Raises
    ------
    OutputError
        The file cannot be written.

    See Also
    --------
    neurosim.report.study.study : Measure the results.
    """
    sections = [
        completion.section(results),
        _recalls(net, images, results["recalls"]),
        _damage(results["damage"]),
        *([_spiking(images, results)] if "spiking" in results else []),
        _attractors(net, images, results["minima"], results.get("fixed_points")),
        _memories(net, images),
        *([_energy(results["energy"])] if "energy" in results else []),
        _noise(results),
        _timescales(results),
        *([continuation.section(results["lesions"])] if "lesions" in results else []),
        _provenance(net, images, results),
    ]
    minima = results["minima"]
    summary = (
        f"A network of {net.n_visible} visible and {net.n_hidden} hidden neurons, connected by pairwise synapses only, "
        f"was trained on {minima.sizes['image']:,} images ({images.name}). Their recalls end at "
        f"{int(minima.n_unique):,} distinct stable memories."
    )
    if "noise" in results:
        share = format_estimate(results["noise"].isel(noise_std=0), "recalled", 3, percent=True)
        summary += (
            f" With their own visible states as cues, {share} of the memories are recalled exactly "
            f"(τ_v = {_ms(net.tau_v)}, τ_h = {_ms(net.tau_h)}, h(0) = 0)."
        )
    write_page(path, f"Associative memory: {images.name}", summary, sections)


def _recalls(net: Network, images: Images, out: xarray.Dataset) -> Section:
    pictures, rows = [], []
    differing = out.margin.values[~out.same_as_exact.values]
    worst = f"; in those that differ, h turns within {differing.max():.2g} of θ" if len(differing) else ""
    for kind in study.KINDS:
        mine = np.flatnonzero(out.kind.values == kind)
        some = mine[:N_PICTURES]
        panels = recalls.draw(
            out.cue_visible.values[some],
            out.visible.values[some],
            images.shape,
            originals=images.pixels[out.image.values[some]],
            hidden_active=out.hidden_active.values[some],
            figure=style.new_figure(4.0),
        )
        error = student_interval(out.squared_error.values[mine], bounds=NOT_NEGATIVE)
        before = _cue_error(images, out, mine)
        same = int(out.same_as_exact.values[mine].sum())
        caption = (
            f"{kind.capitalize()} cues: {same} of {len(mine)} end in the final state of the exact engine; the squared "
            f"error is {before:.3g} in the cues and {error.estimate:.3g} in the recalls."
        )
        title = f"Originals, {kind} cues, hidden neurons as rings, and recalls"
        pictures.append(picture(panels, f"recalls-{kind}", title, "png", caption))
        rows += [
            (
                f"{kind}: same final state as in the exact engine",
                format_estimate(out, "share_same", 3, kinds=kind),
                f"share of {len(mine)} cues, Wilson 95%{worst}",
            ),
            (
                f"{kind}: squared error of the recall",
                format_estimate(error, digits=3),
                f"to the original; of the cue {before:.3g}",
            ),
        ]
    text = [
        "Each column is one recall in the Brian2 rate model, eqs. (1a, 1b): the original image, the cue put into the "
        "visible layer, the hidden neurons at the end on a ring (filled: active), and the visible layer at the end. "
        "A recall is a composition of basic memories, not a copy of the image. The table gives the distances of the "
        "recall and of the cue to the original.",
        f"First, Gaussian noise on the cue (std {study.PIXEL_NOISE:g} of the pixel range). Second, the mean image in "
        "place of the lower half. Third, black in place of the lower half: this removes part of the drive of the "
        "hidden layer, so that neurons of the memory can stay below their thresholds, unless such cues were trained.",
    ]
    rows += [
        ("settled", format_estimate(out, "share_settled", 3), "share of these recalls, all kinds, Wilson 95%"),
        (
            "last threshold crossing",
            f"{1e3 * float(out.settle_time.median()):.3g} ms",
            f"median; τ_v = {_ms(net.tau_v)}, τ_h = {_ms(net.tau_h)}",
        ),
    ]
    return Section("Cue to recall", text, pictures, rows, mathml.MODEL, group="What it recalls")


def _damage(table: xarray.Dataset) -> Section:
    text = [
        f"{table.attrs['n_trials']:,} stored images are damaged and recalled with the exact engine. The squared error "
        "is the distance of the recall from the intact image, beside that of the first-pass code and that of the cue. "
        "Where nearly all states are attractors, recall cannot correct single bits: it ends at the composition "
        "of the neurons that the cue drives above threshold, which can be another attractor than that of the intact "
        "image. 95% intervals over images."
    ]
    return Section("Damaged cues", text, [], damage_rows(table), group="What it recalls")


def _cue_error(images: Images, out: xarray.Dataset, mine: np.ndarray) -> float:
    originals = images.pixels[out.image.values[mine]]
    return float(((out.cue_visible.values[mine] - originals) ** 2).sum(axis=1).mean())


def _attractors(net: Network, images: Images, minima: xarray.Dataset, counted: xarray.Dataset | None) -> Section:
    n = minima.sizes["image"]
    variance = float(((images.pixels - images.pixels.mean(axis=0)) ** 2).sum(axis=1).mean())
    rows: list[Row] = [
        ("images", f"{n:,}", f"{images.name}, {images.split}"),
        (
            "distinct stable memories",
            f"{int(minima.n_unique):,}",
            "attractors reached from the images, h(0) = 0, exact engine",
        ),
        (
            "distinct memories by discrete settling",
            f"{int(minima.n_unique_discrete):,}",
            "s ← Θ(Js − θ) from the first-pass code",
        ),
        ("first-pass codes", f"{int(minima.n_unique_first_pass):,}", "distinct Θ(u − θ), stable or unstable"),
        ("recalls that settle", format_estimate(minima, "share_settled"), "share of the images, Wilson 95%"),
        (
            "recalled at the end of discrete settling",
            format_estimate(minima, "share_at_discrete"),
            "share of the images, Wilson 95%",
        ),
        (
            "squared error per image",
            format_estimate(minima, "mean_squared_error"),
            f"recalled memory; variance of the images {variance:.4g}",
        ),
        (
            "hidden neurons that change during recall",
            f"{float(minima.bits_moved.mean()):.3g}",
            f"mean, of {net.n_hidden}, from first pass to the end",
        ),
    ]
    text = [
        "Every image is put into the visible layer and recalled from h(0) = 0 without noise. Two recalls are the same "
        "attractor if both settled and their hidden states are equal; a memory is stable if every hidden neuron keeps "
        "a margin to its threshold."
    ]
    if counted is not None:
        rows.append(
            (
                "fixed points in total",
                f"{counted['count'].item():,}",
                f"of 2^{net.n_hidden} = {2**net.n_hidden:,} hidden states, by {counted.attrs['method']}",
            )
        )
    certificate = theory.certify_all_states(net)
    rows.append(
        (
            f"all 2^{net.n_hidden} states certified",
            "yes" if certificate.holds else "no",
            f"margin {certificate.margin:.3g}; learned weights are correlated, random ones need N_v ≫ N_h²",
        )
    )
    return Section("Attractors", text, [], rows, group="What it stores")


def _memories(net: Network, images: Images) -> Section:
    panels = memories.images(net, images.shape, figure=Figure(figsize=(3.6, 3.6), layout="constrained"))
    coupling = theory.effective_coupling(net)
    others = coupling[~np.eye(net.n_hidden, dtype=bool)]
    rows: list[Row] = [
        ("threshold θ", _span(net.threshold), "range over hidden neurons"),
        (
            "J diagonal",
            f"{np.diag(coupling).mean():.4g} ± {np.diag(coupling).std():.2g}",
            "mean ± std over hidden neurons",
        ),
    ]
    drawn = "" if net.n_hidden <= memories.LIMIT else f"The first {memories.LIMIT} of "
    shown = f"{drawn}{net.n_hidden} basic memories, one for each hidden neuron."
    if others.size:
        shown = f"{shown[:-1]}; two of them overlap by {abs(others).mean():.2g} on average, J off the diagonal."
        rows.append(("J off the diagonal", f"{others.mean():.4g} ± {others.std():.2g}", "mean ± std over pairs"))
    return Section(
        "Basic memories",
        ["The columns of ξ are the visible states with one active hidden neuron: as images, and their correlations."],
        [
            picture(panels, "basic-memories", "Basic memories as images", "png", shown),
            picture(
                memories.correlation(net), "correlation", "Correlation of basic memories", caption=_correlated(net)
            ),
        ],
        rows,
        group="What it stores",
    )


def _correlated(net: Network) -> str:
    correlation = np.corrcoef(net.weights, rowvar=False) if net.n_hidden > 1 else np.ones((1, 1))
    off = correlation[~np.eye(len(correlation), dtype=bool)]
    if not np.isfinite(off).any():
        return "There are no two basic memories to correlate."
    return f"The correlation of two basic memories is {np.nanmin(off):.2g} to {np.nanmax(off):.2g}."


def _spiking(images: Images, results: dict[str, xarray.Dataset]) -> Section:
    rasters = {"regular": results["spiking_recall"]}
    return report_spiking.network_section(results["spiking"], rasters, images.shape)


def _energy(energies: xarray.Dataset) -> Section:
    rise = float(np.diff(energies.energy.values, axis=1).max())
    panel, n_cues = energy.draw(energies), energies.sizes["cue"]
    n_drawn = len(panel.get_lines())
    along = f"Along {n_cues} recalls" + (f", of which {n_drawn} are drawn," if n_drawn < n_cues else "")
    caption = f"{along} the largest rise between two samples is {rise:.2g}."
    if rise <= 0:
        caption = f"{along} the energy falls or stays between any two samples."
    return Section(
        "Energy",
        [
            "With symmetric weights the energy below cannot rise in theory. The figure shows it along exact recalls of "
            "noisy images, relative to its final value."
        ],
        [picture(panel, "energy", "Energy against time", caption=caption)],
        [
            (
                "largest rise between two samples",
                f"{max(rise, 0.0):.2g}",
                f"{n_cues} recalls, {energies.sizes['time']} samples each",
            )
        ],
        [mathml.ENERGY],
        group="What it stores",
    )


def _noise(results: dict[str, xarray.Dataset]) -> Section:
    gaussian = results["gaussian_noise"]
    rows = [
        (
            f"random networks, σ_v = {level:g}",
            format_estimate(gaussian, "recalled", noise_std=level),
            f"{gaussian.attrs['n_networks']} networks; recall law {float(gaussian.law.sel(noise_std=level)):.3g}, "
            f"eq. (38) {float(gaussian.bound.sel(noise_std=level)):.3g}",
        )
        for level in (1, 2, 4)
    ]
    pictures = [_curve(gaussian, "noise_std", "noise-random", "Recall against noise, random networks")]
    text = [
        f"Share of cues whose recall ends in exactly the hidden state of the cue. Random networks: N_h = 10, "
        f"N_v = 1,000, all 1,024 states, {gaussian.attrs['n_networks']} networks, interval over networks. "
        "Eq. (38) is a lower bound in the limit τ_v ≫ τ_h. With τ_v = 20 τ_h, v changes slightly before h reaches its "
        "state, so that measured shares can lie slightly below the bound."
    ]
    if "noise" in results:
        learned = results["noise"]
        rms = learned.attrs["memory_rms"]
        text.append(
            f"This network: the cues are its stored memories; the rms of a memory is {rms:.3g}. The bound is not "
            "drawn, because this network is outside its regime N_v ≫ N_h."
        )
        pictures.insert(0, _curve(learned, "noise_std", "noise", "Recall against noise, this network"))
        rows = [
            (
                f"this network, σ_v = {level:.3g}",
                format_estimate(learned, "recalled", noise_std=level),
                f"{level / rms:.2g} × rms of the memories; {learned.attrs['n_trials']:,} memories, Wilson 95%",
            )
            for level in learned.noise_std.values[[0, 2, 3, 5]]
        ] + rows
    return Section("Noise on the cue", text, pictures, rows, group="What changes it")


def _curve(curve: xarray.Dataset, axis: str, name: str, title: str) -> Picture:
    """Return a curve of recall with a caption that states how it runs."""
    return picture(curves.draw(curve, axis), name, title, caption=f"{title.split(', ')[-1].capitalize()}: {_of(curve)}")


def _of(curve: xarray.Dataset) -> str:
    text = course(curve, "recalled")
    return text[:1].lower() + text[1:]


def _timescales(results: dict[str, xarray.Dataset]) -> Section:
    both = {"random, 10 hidden": results["gaussian_timescales"]}
    if "timescales" in results:
        both = {"this network": results["timescales"], **both}
    rows = [
        (f"{label}, τ_v/τ_h = {ratio:g}", format_estimate(curve, "recalled", ratio=ratio), _over(curve))
        for label, curve in both.items()
        for ratio in (2, 4, 10, 20)
    ]
    first = next(iter(both))
    caption = f"{first.capitalize()}: {_of(both[first])}"
    return Section(
        "Time constants",
        [
            "Recall from h(0) = 0 needs visible neurons slow enough for the hidden ones to reach their state before "
            "the cue has decayed. Cues without noise. The paper states that a factor of 4 suffices; the table gives "
            "the measured share. The intervals assume nothing about how networks differ."
        ],
        [picture(curves.draw(both, "ratio"), "timescales", "Recall against τ_v/τ_h", caption=caption)],
        rows,
        group="What changes it",
    )


def _over(curve: xarray.Dataset) -> str:
    n = int(curve.attrs["n_networks"])
    return f"{n} networks" if n > 1 else f"{curve.attrs['n_trials']:,} memories, Wilson 95%"


def _provenance(net: Network, images: Images, results: dict[str, xarray.Dataset]) -> Section:
    packages = ("neurosim", "brian2", "numpy", "numba", "torch", "xarray")
    rows: list[Row] = [(name, _version(name), "") for name in packages]
    rows += [(f"training: {name}", _shown(value), "") for name, value in net.provenance.items()]
    for constraint in map(dict, net.constraints):
        settings = (f"{name} = {_shown(value)}" for name, value in constraint.items() if name != "name")
        rows.append((f"constraint: {constraint['name']}", ", ".join(settings), ""))
    rows += [("results", ", ".join(f"{name}.nc" for name in results), "netCDF files beside this page")]
    return Section("Provenance", [], [], rows, group="Where it is from", columns=("Item", "Value", "Note"))


def _shown(value: Any) -> str:
    if isinstance(value, list) and len(value) > 4:
        return f"{_shown(value[0])} … {_shown(value[-1])} ({len(value)} values)"
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _version(name: str) -> str:
    if name == "neurosim":
        return neurosim.__version__
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _ms(tau: np.ndarray) -> str:
    return f"{_span(1e3 * tau)} ms"


def _span(values: np.ndarray) -> str:
    low, high = values.min(), values.max()
    return f"{low:.4g}" if low == high else f"{low:.4g} … {high:.4g}"
