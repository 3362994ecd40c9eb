"""Measurements of a trained network for its report, one Dataset for each.

Images are recalled in the Brian2 rate model and compared with the exact engine. Attractors are counted. Noise and
τ_v/τ_h are swept, for this network and for random Gaussian ones, to which the paper's theory applies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import xarray

from neurosim import Network, Outcome, recall, save_result
from neurosim.damage import Damage, Noise, Occluded
from neurosim.engines import Brian
from neurosim.learning.data import Images
from neurosim.measure import timescales
from neurosim.measure.basins import noise as basins
from neurosim.measure.capacity import curve as capacity
from neurosim.measure.learned.damage import damage_table
from neurosim.measure.recall import attractors
from neurosim.measure.recall.energy import energy_along
from neurosim.measure.spiking import agreement
from neurosim.measure.statistics import share_variables
from neurosim.measure.tracking import continuation
from neurosim.report import completion
from neurosim.report.spiking_study import Step, recorded_recall
from neurosim.storage import is_saved_result
from neurosim.sweep import Runner, spawn_seeds

PIXEL_NOISE = 0.25  # std of the noise on the shown cues, in pixels of [0, 1]
KINDS: dict[str, Damage] = {
    "noisy": Noise(PIXEL_NOISE),
    "half-masked": Occluded(fill="mean"),
    "half-black": Occluded(),
}
N_CUES = 16  # of each kind, in Brian2
N_DAMAGED = 2_000  # images in the damage table
MAX_COUNTED = 24  # hidden neurons; 2^24 states are counted in about a second
RELATIVE_NOISE = (0, 0.25, 0.5, 1, 1.5, 2, 3, 4, 6)  # relative to the rms of the memories
GAUSSIAN_NOISE = (0, 1, 2, 3, 4, 5, 6, 8)
LESIONED = (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)  # shares of the visible neurons
N_FOLLOWED = 1_000  # memories
RATIOS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 15, 20, 40)
N_NETWORKS = 20
SOME_HAVE = {"noise", "spiking", "timescales", "lesions", "energy", "fixed_points"}  # results of some networks only


def study(
    net: Network,
    images: Images,
    out: Path,
    *,
    seed: int,
    progress: bool = False,
    log: Callable[[str], None] = print,
) -> dict[str, xarray.Dataset]:
    """Run all measurements of the report on a trained network, and write each result to a file.

    Parameters
    ----------
    net : Network
    images : Images
        The training images of `net`.
    out : Path
        Folder of the files `<name>.nc`; it is made if it does not exist.
    seed : int
    progress : bool, default False
        Whether to show progress bars.
    log : callable, default print
        Receives one line before each measurement.

    Returns
    -------
    dict of str to xarray.Dataset
        wide, wide_recalls, minima, recalls, spiking_recall, damage, gaussian_noise, gaussian_timescales; noise,
        spiking, timescales and lesions if a memory with active neurons is stable; energy if the weights are symmetric;
        fixed_points if N_h is small enough to count them.

    See Also
    --------
    neurosim.report.network.write : Write the page.
    """
    cue_seed, noise_seed, ratio_seed, network_seed, wide_seed, lesion_seed = spawn_seeds(seed, 6)
    runner = Runner(progress=progress)
    opening = completion.steps(wide_seed, runner)
    results = measure_steps([*opening, *_network_steps(net, images, cue_seed, progress)], out, log)
    minima = results["minima"]
    memories = minima.hidden_active.values[minima.stable.values]
    steps: list[Step] = [
        (
            "damage",
            "recalling damaged images with the exact engine",
            lambda: damage_table(net, images, n_cues=N_DAMAGED, seed=cue_seed, minima=minima),
        )
    ]
    if memories.any():  # the noise is relative to the rms of the memories, which is 0 without active neurons
        steps += _memory_steps(net, memories, noise_seed, ratio_seed, runner)
        steps.append(_lesions(net, memories, lesion_seed, progress))
    steps += _random_network_steps(network_seed, runner)
    results |= measure_steps(steps, out, log)
    _without(sorted(SOME_HAVE - set(results)), out, log)
    return results


def _without(names: Iterable[str], out: Path, log: Callable[[str], None]) -> None:
    """Remove results of an earlier report that this network does not have, and no other files of these names."""
    for path in (out / f"{name}.nc" for name in names):
        if path.is_file() and not path.is_symlink() and is_saved_result(path):
            log(f"removing {path.name} of an earlier network")
            path.unlink()


def measure_steps(steps: Iterable[Step], out: Path, log: Callable[[str], None] = print) -> dict[str, xarray.Dataset]:
    """Run measurements one after another and write each result to a file.

    Parameters
    ----------
    steps : iterable of (str, str, callable)
        Name of the result, description, and the measurement, a function without parameters.
    out : Path
        Folder of the files `<name>.nc`.
    log : callable, default print
        Receives the description before each measurement.

    Returns
    -------
    dict of str to xarray.Dataset

    Examples
    --------
    >>> import tempfile, xarray
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     results = measure_steps([("one", "measuring", lambda: xarray.Dataset({"share": 0.5}))], Path(folder))
    measuring
    >>> float(results["one"].share)
    0.5
    """
    results = {}
    for name, description, measure in steps:
        log(description)
        results[name] = measure()
        save_result(results[name], out / f"{name}.nc")
    return results


def _network_steps(net: Network, images: Images, seed: int, progress: bool) -> list[Step]:
    """Return the measurements that start from the images or need no cues."""
    steps: list[Step] = [
        (
            "minima",
            f"recalling all {len(images.pixels):,} images with the exact engine",
            lambda: _minima(net, images, progress),
        ),
        (
            "recalls",
            f"recalling {len(KINDS) * N_CUES} noisy and half-masked images in Brian2",
            lambda: brian_recalls(net, images, seed=seed, progress=progress),
        ),
        (
            "spiking_recall",
            "recalling four of them in the spiking model with all spikes recorded",
            lambda: spiking_recall(net, images, seed=seed),
        ),
    ]
    if net.is_symmetric:
        steps.append(("energy", "recording the energy along recalls", lambda: energy(net, images, seed=seed)))
    if net.n_hidden <= MAX_COUNTED:
        text = f"counting the fixed points among 2^{net.n_hidden} states"
        steps.append(("fixed_points", text, lambda: capacity.count_fixed_points(net, progress=progress)))
    return steps


def _minima(net: Network, images: Images, progress: bool) -> xarray.Dataset:
    found = attractors.unique_stable_minima(net, images.pixels, progress=progress)
    return found.assign_attrs(images.origin())


def _memory_steps(net: Network, memories: np.ndarray, noise_seed: int, ratio_seed: int, runner: Runner) -> list[Step]:
    """Return the measurements that start from the stored memories, bool (memory, hidden)."""
    rms = float(np.sqrt(np.mean((memories[:1000] @ net.weights.T / np.sqrt(net.n_hidden)) ** 2)))
    levels = [rms * share for share in RELATIVE_NOISE]
    return [
        (
            "noise",
            "recalling the stored memories from noisy cues",
            lambda: basins.recall_vs_noise(net, levels, targets=memories, seed=noise_seed, runner=runner).assign_attrs(
                memory_rms=rms
            ),
        ),
        (
            "spiking",
            "recalling the stored memories in the spiking model",
            lambda: agreement.recall_of_memories(net, memories, seed=noise_seed, progress=runner.progress),
        ),
        (
            "timescales",
            "recalling the stored memories at other time constants",
            lambda: timescales.recall_vs_ratio(net, RATIOS, targets=memories, seed=ratio_seed, runner=runner),
        ),
    ]


def _lesions(net: Network, memories: np.ndarray, seed: int, progress: bool) -> Step:
    """Return the measurement of the memories while visible neurons are lesioned."""
    started = np.unique(memories[:N_FOLLOWED], axis=0)
    return (
        "lesions",
        "following the stored memories while visible neurons are lesioned",
        lambda: continuation(net, "lesioned_visible", LESIONED, targets=started, seed=seed, progress=progress),
    )


def _random_network_steps(seed: int, runner: Runner) -> list[Step]:
    """Return the sweeps of noise and τ_v/τ_h for random networks, to which the paper's theory applies."""
    return [
        (
            "gaussian_noise",
            f"recalling noisy cues in {N_NETWORKS} random networks",
            lambda: basins.recall_vs_noise(N_NETWORKS, GAUSSIAN_NOISE, seed=seed, runner=runner),
        ),
        (
            "gaussian_timescales",
            f"recalling at other time constants in {N_NETWORKS} random networks",
            lambda: timescales.recall_vs_ratio(N_NETWORKS, RATIOS, seed=seed, runner=runner),
        ),
    ]


def shown_cues(images: Images, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the index of the image, the kind and the cue, for the same `N_CUES` images in each of `KINDS`."""
    index = images.balanced_sample(N_CUES, seed)
    cues = [images.damaged(damage, index, seed=seed) for damage in KINDS.values()]
    return np.tile(index, len(KINDS)), np.repeat(list(KINDS), len(index)), np.concatenate(cues)


def brian_recalls(net: Network, images: Images, *, seed: int, progress: bool = False) -> xarray.Dataset:
    """Recall noisy and half-masked images in the Brian2 rate model and in the exact engine.

    Returns
    -------
    xarray.Dataset over cue
        The result of `neurosim.recall` with the engine `Brian`, and cue_visible (cue, visible), the originals with
        their index and label (`Images.variables`), the shape of an image as the attribute image_shape, kind,
        squared_error to the image, exact_active (cue, hidden) and margin from the exact engine, same_as_exact,
        bits_as_exact (share of the bits), and for each kind of cue share_same with its Wilson interval.
    """
    index, kind, cues = shown_cues(images, seed)
    exact = recall(net, cues)
    out = recall(net, cues, engine=Brian(dt=float(net.tau_h.min()) / 20), progress=progress, seed=seed)
    same = (out.hidden_active == exact.hidden_active).all("hidden_neuron").values & (
        out.outcome.values == exact.outcome.values
    )
    new = dict(
        squared_error=(
            "cue",
            ((out.visible.values - images.pixels[index]) ** 2).sum(axis=1),
            {"long_name": "squared distance of the recall from the original image"},
        ),
        cue_visible=(("cue", "visible_neuron"), cues, {"long_name": "cue v(0)", "units": "1"}),
        **images.variables(index, "cue"),
        kind=("cue", kind, {"long_name": "damage to the image"}),
        exact_active=exact.hidden_active,
        margin=exact.margin,
        same_as_exact=("cue", same, {"long_name": "whether the final state is that of the exact engine"}),
        bits_as_exact=(out.hidden_active == exact.hidden_active).mean("hidden_neuron"),
        kinds=("kinds", list(KINDS), {"long_name": "damage to the image"}),
    )
    counts = [same[kind == k].sum() for k in KINDS], [(kind == k).sum() for k in KINDS]
    new |= share_variables("share_same", ("kinds",), *counts, "share of cues with the final state of the exact engine")
    settled = out.outcome.values == Outcome.SETTLED
    new |= share_variables("share_settled", (), settled.sum(), settled.size, "share of cues that settle")
    return out.assign(new).set_coords("kinds").assign_attrs(images.origin())


def spiking_recall(net: Network, images: Images, *, seed: int) -> xarray.Dataset:
    """Recall four of the noisy images in the spiking model, with all spikes recorded; the originals are kept beside."""
    index, _, cues = shown_cues(images, seed)
    found = recorded_recall(net, cues[:4], seed=seed)
    return found.assign(images.variables(index[:4], "cue")).assign_attrs(images.origin())


def energy(net: Network, images: Images, *, seed: int, count: int = 8) -> xarray.Dataset:
    """Return the energy along exact recalls of `count` noisy images, over (cue, time)."""
    _, _, cues = shown_cues(images, seed)
    span = 10 * float(net.tau_v.max())
    out = recall(net, cues[:count], duration=span, record=["hidden", "visible"], record_dt=span / 500)
    return energy_along(net, out)
