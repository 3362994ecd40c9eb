"""What `neurosim demo` and `neurosim report` do to a network that has learned a data set; one Dataset a question.

The images are recalled in the Brian2 rate model and checked against the exact engine; the attractors are counted;
noise and τ_v/τ_h are swept, for this network and for random Gaussian ones, where the paper's theory applies.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import xarray

from neurosim import Network, Outcome, load_result, patterns, recall, save_result
from neurosim.learning.data import Images
from neurosim.measure import timescales
from neurosim.measure.basins import noise as basins
from neurosim.measure.capacity import curve as capacity
from neurosim.measure.recall import attractors
from neurosim.measure.spiking import agreement
from neurosim.measure.statistics import interval_variables, proportion_interval
from neurosim.report import spiking_study
from neurosim.sweep.grid import Runner
from neurosim.sweep.seeds import spawn_seeds

PIXEL_NOISE = 0.25  # std of the noise on the shown cues, in pixels of [0, 1]
KINDS = ("noisy", "half-masked", "half-black")  # what was done to the image; masked: the mean image instead
N_CUES = 16  # of each kind, in Brian2
MAX_COUNTED = 24  # hidden neurons; 2^24 states are counted in about a second
RELATIVE_NOISE = (0, 0.25, 0.5, 1, 1.5, 2, 3, 4, 6)  # of the rms of the memories
GAUSSIAN_NOISE = (0, 1, 2, 3, 4, 5, 6, 8)
RATIOS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 15, 20, 40)
N_NETWORKS = 20


def study(
    net: Network,
    images: Images,
    out: Path,
    *,
    seed: int,
    progress: bool = False,
    say: Callable[[str], None] = print,
) -> dict[str, xarray.Dataset]:
    """Answer every question of the report, writing each answer to `out` as netCDF.

    Parameters
    ----------
    net : Network
        Has learned `images`.
    images : Images
    out : Path
        Folder for `<question>.nc`; made if need be.
    seed : int
    progress : bool, default False
        Show progress bars.
    say : callable, default print
        Told one line before each question.

    Returns
    -------
    dict of str to xarray.Dataset
        minima, recalls, spiking_recall, gaussian_noise, gaussian_timescales; noise, spiking, timescales if a
        memory besides silence is stable; energy if the weights are symmetric; fixed_points if they can be counted.
    """
    cue_seed, noise_seed, ratio_seed, network_seed = spawn_seeds(seed, 4)
    answers: dict[str, xarray.Dataset] = {}

    answer = answering(answers, out, say)
    runner = Runner(progress=progress)
    minima = answer(
        "minima",
        f"recalling all {len(images.pixels):,} images with the exact engine",
        lambda: attractors.unique_stable_minima(net, images.pixels, progress=progress),
    )
    answer(
        "recalls",
        f"recalling {len(KINDS) * N_CUES} noisy and half-masked images in Brian2",
        lambda: brian_recalls(net, images, seed=cue_seed, progress=progress),
    )
    answer(
        "spiking_recall",
        "recalling four of them in the spiking model, every spike kept",
        lambda: spiking_study.recorded_recall(net, shown_cues(images, cue_seed)[2][:4], seed=cue_seed),
    )
    if net.is_symmetric:
        answer("energy", "following the energy", lambda: energy(net, images, seed=cue_seed))
    if net.n_hidden <= MAX_COUNTED:
        answer(
            "fixed_points",
            f"counting the fixed points among 2^{net.n_hidden} states",
            lambda: capacity.count_fixed_points(net, progress=progress),
        )
    stored = minima.hidden_active.values[minima.stable.values]
    if stored.any():  # silence has no size to measure noise by
        rms = float(np.sqrt(np.mean((stored[:1000] @ net.weights.T / np.sqrt(net.n_hidden)) ** 2)))
        answer(
            "noise",
            "recalling the stored memories from noisy cues",
            lambda: basins.recall_vs_noise(
                net, [rms * share for share in RELATIVE_NOISE], targets=stored, seed=noise_seed, runner=runner
            ).assign_attrs(memory_rms=rms),
        )
        answer(
            "spiking",
            "recalling the stored memories in the spiking model",
            lambda: agreement.recall_of_memories(net, stored, seed=noise_seed, progress=progress),
        )
        answer(
            "timescales",
            "recalling the stored memories at other time constants",
            lambda: timescales.recall_vs_ratio(net, RATIOS, targets=stored, seed=ratio_seed, runner=runner),
        )
    answer(
        "gaussian_noise",
        f"the same for {N_NETWORKS} random networks: noise",
        lambda: basins.recall_vs_noise(N_NETWORKS, GAUSSIAN_NOISE, seed=network_seed, runner=runner),
    )
    answer(
        "gaussian_timescales",
        f"the same for {N_NETWORKS} random networks: time constants",
        lambda: timescales.recall_vs_ratio(N_NETWORKS, RATIOS, seed=network_seed, runner=runner),
    )
    return answers


def answering(
    answers: dict[str, xarray.Dataset], out: Path, say: Callable[[str], None]
) -> Callable[[str, str, Callable[[], xarray.Dataset]], xarray.Dataset]:
    """Return what asks one question: says the line, answers, keeps the answer by name and in `out`/<name>.nc."""

    def answer(name: str, line: str, question: Callable[[], xarray.Dataset]) -> xarray.Dataset:
        say(line)
        answers[name] = question()
        save_result(answers[name], out / f"{name}.nc")
        return answers[name]

    return answer


def load_study(out: Path) -> dict[str, xarray.Dataset]:
    """Read back what `study` wrote."""
    return {path.stem: load_result(path) for path in sorted(Path(out).glob("*.nc"))}


def shown_cues(images: Images, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (image index, kind, cue): `N_CUES` images in each of `KINDS`, the same ones."""
    index = images.balanced_sample(N_CUES, seed)
    originals = images.pixels[index].astype(float)
    noisy = patterns.add_noise(originals, PIXEL_NOISE, seed=seed)
    masked = patterns.occlude(originals, images.shape, fill=images.pixels.mean(axis=0))
    black = patterns.occlude(originals, images.shape)
    return np.tile(index, len(KINDS)), np.repeat(KINDS, len(index)), np.concatenate([noisy, masked, black])


def brian_recalls(net: Network, images: Images, *, seed: int, progress: bool = False) -> xarray.Dataset:
    """Recall noisy and half-masked images in the Brian2 rate model, and each beside it by the exact engine.

    Returns
    -------
    xarray.Dataset over cue
        As `neurosim.recall`, engine "brian", plus cue_visible (cue, visible), image (index), kind, exact_active
        (cue, hidden) and margin from the exact engine, same_as_exact, bits_as_exact (share of the bits), and for
        each kind of cue the share_same with its Wilson interval.
    """
    index, kind, cues = shown_cues(images, seed)
    exact = recall(net, cues)
    out = recall(net, cues, engine="brian", dt=float(net.tau_h.min()) / 20, progress=progress, seed=seed)
    same = (out.hidden_active == exact.hidden_active).all("hidden_neuron").values & (
        out.outcome.values == exact.outcome.values
    )
    share = proportion_interval([same[kind == k].sum() for k in KINDS], [(kind == k).sum() for k in KINDS])
    new = dict(
        squared_error=(
            "cue",
            ((out.visible.values - images.pixels[index]) ** 2).sum(axis=1),
            {"long_name": "squared distance of the recall from the original image"},
        ),
        cue_visible=(("cue", "visible_neuron"), cues, {"long_name": "cue v(0)", "units": "1"}),
        image=("cue", index, {"long_name": "index of the image the cue was made from"}),
        kind=("cue", kind, {"long_name": "what was done to the image"}),
        exact_active=exact.hidden_active,
        margin=exact.margin,
        same_as_exact=("cue", same, {"long_name": "ends as in the exact engine"}),
        bits_as_exact=(out.hidden_active == exact.hidden_active).mean("hidden_neuron"),
        kinds=("kinds", list(KINDS), {"long_name": "what was done to the image"}),
    )
    new |= interval_variables("share_same", ("kinds",), share, "share of cues that end as in the exact engine")
    return out.assign(new).set_coords("kinds")


def energy(net: Network, images: Images, *, seed: int, count: int = 8) -> xarray.Dataset:
    """Follow the energy along exact recalls of `count` noisy images."""
    _, _, cues = shown_cues(images, seed)
    span = 10 * float(net.tau_v.max())
    out = recall(net, cues[:count], duration=span, record=["hidden", "visible"], record_dt=span / 500)
    return attractors.energy_along(net, out)


def settled_share(out: xarray.Dataset) -> float:
    """Return the share of recalls that settled."""
    return float((out.outcome == Outcome.SETTLED).mean())
