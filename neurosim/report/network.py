"""One self-contained HTML page out of a study: pictures first, then the numbers with their intervals."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import xarray
from matplotlib.figure import Figure

from neurosim import Network, theory
from neurosim.learning.data import Images
from neurosim.measure.statistics import format_estimate, mean_interval
from neurosim.plots import curves, energy, memories, recalls, style
from neurosim.report import spiking as report_spiking
from neurosim.report import study
from neurosim.report.page import Row, Section, picture, write_page

N_PICTURES = 8


def write(path: Path, net: Network, images: Images, answers: dict[str, xarray.Dataset]) -> None:
    """Write the report of a study, and its pictures as files in `figures/` beside it, for a paper.

    Parameters
    ----------
    path : Path
        The HTML file; written whole or not at all.
    net : Network
    images : Images
        What the network has learned.
    answers : dict of str to xarray.Dataset
        From `neurosim.report.study.study`.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    sections = [
        _recalls(net, images, answers["recalls"]),
        *([_spiking(images, answers)] if "spiking" in answers else []),
        _attractors(net, images, answers["minima"], answers.get("fixed_points")),
        _memories(net, images),
        *([_energy(answers["energy"])] if "energy" in answers else []),
        _noise(answers),
        _timescales(answers),
        _provenance(net, images, answers),
    ]
    minima = answers["minima"]
    summary = (
        f"A network of {net.n_visible} visible and {net.n_hidden} hidden neurons, joined by pairwise synapses only, "
        f"has learned {minima.sizes['image']:,} images ({images.name}); they lead to {int(minima.n_unique):,} distinct "
        f"stable memories."
    )
    if "noise" in answers:
        share = 100 * float(answers["noise"].recalled[0])
        summary += (
            f" Given their own visible state as the cue, {share:.1f}% of the memories come back to themselves "
            f"(τ_v = {_ms(net.tau_v)}, τ_h = {_ms(net.tau_h)}, h(0) = 0)."
        )
    write_page(path, f"Associative memory: {images.name}", summary, sections)


def _recalls(net: Network, images: Images, out: xarray.Dataset) -> Section:
    pictures, rows = [], []
    differing = out.margin.values[~out.same_as_exact.values]
    worst = f"; those that differ turn within {differing.max():.2g} of θ" if len(differing) else ""
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
        pictures.append(picture(panels, f"recalls-{kind}", f"{kind} cues, hidden rings and recalls", "png"))
        error = mean_interval(out.squared_error.values[mine])
        rows += [
            (
                f"{kind}: ends as in the exact engine",
                format_estimate(out, "share_same", 3, kinds=kind),
                f"share of {len(mine)} cues, Wilson 95%{worst}",
            ),
            (
                f"{kind}: squared error of the recall",
                format_estimate(error, digits=3),
                f"to the original; of the cue itself {_cue_error(images, out, mine):.3g}",
            ),
        ]
    text = [
        "Each column is one recall in the Brian2 rate model, eqs. (1a, 1b): the original image, the cue put into the "
        "visible layer, the hidden neurons at the end on a ring (black: active), and the visible layer at the end. "
        "A recall is a composition of basic memories, not a copy of the image; the table gives its distance to the "
        "original, and the cue's.",
        f"First, Gaussian noise on the cue (std {study.PIXEL_NOISE:g} of the pixel range). Second, the mean image in "
        "place of the lower half. Third, black in its place: half the drive of the hidden layer is gone with it, so "
        "neurons that should cross their threshold do not, and a network trained by eq. (17) alone recalls little.",
    ]
    rows += [
        ("settled", f"{study.settled_share(out):.3g}", f"share of these {out.sizes['cue']} recalls, all kinds"),
        (
            "last threshold crossing",
            f"{1e3 * float(out.settle_time.median()):.3g} ms",
            f"median; τ_v = {_ms(net.tau_v)}, τ_h = {_ms(net.tau_h)}",
        ),
    ]
    return Section("Cue to recall", text, pictures, rows)


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
            "the same, settled discretely",
            f"{int(minima.n_unique_discrete):,}",
            "s ← Θ(Js − θ) from the first-pass code",
        ),
        ("first-pass codes", f"{int(minima.n_unique_first_pass):,}", "distinct Θ(u − θ), stable or not"),
        ("recalls that settle", format_estimate(minima, "share_settled"), "share of the images, Wilson 95%"),
        (
            "recalled at the discretely settled code",
            format_estimate(minima, "share_at_discrete"),
            "share of the images, Wilson 95%",
        ),
        (
            "squared error per image",
            format_estimate(minima, "mean_squared_error"),
            f"recalled memory; variance of the images {variance:.4g}",
        ),
        (
            "bits moved while settling",
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
                "fixed points in all",
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
    return Section("Attractors", text, [], rows)


def _memories(net: Network, images: Images) -> Section:
    panels = memories.images(net, images.shape, figure=Figure(figsize=(3.6, 3.6), layout="constrained"))
    coupling = theory.effective_coupling(net)
    others = coupling[~np.eye(net.n_hidden, dtype=bool)]
    rows: list[Row] = [
        ("threshold θ", _span(net.threshold), "learned"),
        (
            "J diagonal",
            f"{np.diag(coupling).mean():.4g} ± {np.diag(coupling).std():.2g}",
            "mean ± std over hidden neurons",
        ),
    ]
    if others.size:
        rows.append(("J off the diagonal", f"{others.mean():.4g} ± {others.std():.2g}", "mean ± std over pairs"))
    return Section(
        "Basic memories",
        ["The columns of ξ: what the visible layer shows when one hidden neuron is active; and how they correlate."],
        [
            picture(panels, "basic-memories", "basic memories as images", "png"),
            picture(memories.correlation(net), "correlation", "correlation matrix of the basic memories"),
        ],
        rows,
    )


def _spiking(images: Images, answers: dict[str, xarray.Dataset]) -> Section:
    rasters = {"regular": answers["spiking_recall"]}
    return report_spiking.network_section(answers["spiking"], rasters, images.shape)


def _energy(energies: xarray.Dataset) -> Section:
    rise = float(np.diff(energies.energy.values, axis=1).max())
    return Section(
        "Energy",
        [
            "With symmetric weights E = (N_h/2N_v)‖v‖² + θ·s − (√N_h/N_v) sᵀξᵀv never rises. Here along exact recalls "
            "of noisy images, each above its own final value."
        ],
        [picture(energy.draw(energies), "energy", "energy against time")],
        [
            (
                "largest rise between two samples",
                f"{max(rise, 0.0):.2g}",
                f"{energies.sizes['cue']} recalls, {energies.sizes['time']} samples each",
            )
        ],
    )


def _noise(answers: dict[str, xarray.Dataset]) -> Section:
    gaussian = answers["gaussian_noise"]
    rows = [
        (
            f"random networks, σ_v = {level:g}",
            format_estimate(gaussian, "recalled", noise_std=level),
            f"20 networks, Student t; recall law {float(gaussian.law.sel(noise_std=level)):.3g}, "
            f"eq. (38) {float(gaussian.bound.sel(noise_std=level)):.3g}",
        )
        for level in (1, 2, 4)
    ]
    pictures = [picture(curves.draw(gaussian, "noise_std"), "noise-random", "recall against noise, random networks")]
    text = [
        f"Share of cues that end in exactly the hidden state they were made from. Random networks: N_h = 10, "
        f"N_v = 1,000, all 1,024 states, {gaussian.attrs['n_networks']} networks, interval over networks. "
        "Eq. (38) is a lower bound in the limit τ_v ≫ τ_h; at the τ_v = 20 τ_h of these recalls v has moved a little "
        "before h is there, and they lie slightly below it."
    ]
    if "noise" in answers:
        learned = answers["noise"]
        rms = learned.attrs["memory_rms"]
        text.append(
            f"This network: its stored memories as cues; the rms of a memory is {rms:.3g}. Its hidden layer is not in "
            "the regime N_v ≫ N_h of the bound, so none is drawn."
        )
        pictures.insert(0, picture(curves.draw(learned, "noise_std"), "noise", "recall against noise, this network"))
        rows = [
            (
                f"this network, σ_v = {level:.3g}",
                format_estimate(learned, "recalled", noise_std=level),
                f"{level / rms:.2g} of a memory's rms; {learned.attrs['n_trials']} memories, Wilson 95%",
            )
            for level in learned.noise_std.values[[0, 2, 3, 5]]
        ] + rows
    return Section("Noise on the cue", text, pictures, rows)


def _timescales(answers: dict[str, xarray.Dataset]) -> Section:
    both = {"random, 10 hidden": answers["gaussian_timescales"]}
    if "timescales" in answers:
        both = {"this network": answers["timescales"], **both}
    rows = [
        (f"{label}, τ_v/τ_h = {ratio:g}", format_estimate(curve, "recalled", ratio=ratio), _over(curve))
        for label, curve in both.items()
        for ratio in (2, 4, 10, 20)
    ]
    return Section(
        "Time constants",
        [
            "Recall from h(0) = 0 needs visible neurons slow enough for the hidden ones to reach their state before "
            "the cue has faded. Cues without noise. The paper finds a factor of 4 enough; the table says what was "
            "found there. Where all networks agree exactly, the interval is Clopper and Pearson's for so many "
            "networks, which is wide."
        ],
        [picture(curves.draw(both, "ratio"), "timescales", "recall against the ratio of time constants")],
        rows,
    )


def _over(curve: xarray.Dataset) -> str:
    n = int(curve.attrs["n_networks"])
    return f"{n} networks, Student t" if n > 1 else f"{curve.attrs['n_trials']} memories, Wilson 95%"


def _provenance(net: Network, images: Images, answers: dict[str, xarray.Dataset]) -> Section:
    packages = ("neurosim", "brian2", "numpy", "numba", "torch", "xarray")
    rows: list[Row] = [(name, _version(name), "") for name in packages]
    rows += [(f"training: {name}", _shown(value), "") for name, value in net.provenance.items()]
    rows += [("results", ", ".join(f"{name}.nc" for name in answers), "netCDF files beside this page")]
    return Section("Where this comes from", [], [], rows)


def _shown(value: Any) -> str:
    if isinstance(value, list) and len(value) > 4:
        return f"{value[0]:.4g} … {value[-1]:.4g} ({len(value)} values)"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _ms(tau: np.ndarray) -> str:
    return f"{_span(1e3 * tau)} ms"


def _span(values: np.ndarray) -> str:
    low, high = values.min(), values.max()
    return f"{low:.4g}" if low == high else f"{low:.4g} … {high:.4g}"
