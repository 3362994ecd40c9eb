"""What the commands do that write a page or a count: study, compare with spikes, draw, count."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import neurosim
from neurosim import Network
from neurosim.cli import parts
from neurosim.storage import require_writable

if TYPE_CHECKING:
    import xarray

    from neurosim.learning.data import Images
    from neurosim.report.page import Section


def study_and_report(net: Network, pictures: Images, out: Path, seed: int) -> None:
    """Study a network and write its page."""
    from neurosim.report import network as page
    from neurosim.report.study import study

    start = time.perf_counter()
    answers = study(net, pictures, out, seed=seed, progress=True, say=parts.say)
    page.write(out / "report.html", net, pictures, answers)
    minima, recalls = answers["minima"], answers["recalls"]
    print(f"distinct stable memories   {int(minima.n_unique):,} of {minima.sizes['image']:,} images")
    print(f"settled discretely         {int(minima.n_unique_discrete):,}")
    print(f"Brian2 as the exact engine {int(recalls.same_as_exact.sum())} of {recalls.sizes['cue']} cues")
    print(f"studied in {time.perf_counter() - start:.0f} s; open {out / 'report.html'}")


def compare_spiking(
    networks: Network | list[Network],
    net: Network | None,
    pictures: Images | None,
    out: Path,
    cues: int,
    seed: int,
    sweeps: bool,
) -> None:
    """Compare the spiking with the rate model and write the page."""
    from neurosim.measure.statistics import format_estimate
    from neurosim.report import spiking as report_spiking
    from neurosim.report import spiking_study, study

    answers: dict[str, xarray.Dataset] = {}
    answer = study.answering(answers, out, parts.say)
    own = None
    if net is not None and pictures is not None:
        own = _trained_spiking(net, pictures, answer, seed)
    nets = [networks] if isinstance(networks, Network) else networks
    spiking_study.random_networks(nets, n_cues=cues, seed=seed, answer=answer, sweeps=sweeps, progress=True)
    sizes = nets[0].n_visible, nets[0].n_hidden
    report_spiking.write(out / "report.html", answers, own, *sizes)
    for dataset in [answers["agreement"], *([answers["trained"]] if own else [])]:
        for level in dataset.noise_std.values:
            here = dataset.sel(noise_std=level)
            same = format_estimate(here, "same_state")
            print(f"σ_v = {level:<6.3g} the rate model's state {same}  of {parts.sized(dataset)}")
    print(f"wrote {out / 'report.html'}")


def _trained_spiking(net: Network, pictures: Images, answer: Callable[..., xarray.Dataset], seed: int) -> Section:
    """Return the section about a trained network."""
    from neurosim.measure.recall import attractors
    from neurosim.measure.spiking import agreement
    from neurosim.report import spiking as report_spiking
    from neurosim.report import spiking_study, study

    minima = attractors.unique_stable_minima(net, pictures.pixels, progress=True)
    stored = minima.hidden_active.values[minima.stable.values]
    shown = study.shown_cues(pictures, seed)[2][:4]
    rasters = {
        kind: answer(
            f"recall_{kind}",
            f"four noisy images, every spike kept, {kind}",
            lambda kind=kind: spiking_study.recorded_recall(net, shown, variant=kind, seed=seed),
        )
        for kind in ("regular", "on_off")
    }
    trained = answer(
        "trained",
        "the trained network's memories in both models",
        lambda: agreement.recall_of_memories(net, stored, n_cues=2048, seed=seed, progress=True),
    )
    return report_spiking.of_network(trained, rasters, pictures.shape)


def gallery(
    names: Sequence[str],
    out: Path,
    networks: int,
    quick: bool,
    learned: tuple[Path | None, str, Path | None, bool],
    where: tuple[int, str | None, list[str] | None],
    seed: int,
) -> None:
    """Make figures and their page; finished points stay in OUT/points, so that nothing is measured twice."""
    from neurosim import gallery
    from neurosim.gallery.base import Learned, Plan, digits

    for name in names:
        gallery.entry(name)
    require_writable(out / "index.html")
    network, dataset, data_dir, download = learned

    @cache
    def trained() -> Learned:
        if network is None:
            return digits(out / "digits-24.safetensors", seed)
        net = Network.load(network)
        return Learned(net, parts.images_for(net, network, dataset, "train", data_dir, download))

    plan = Plan(networks, quick, seed, parts.runner_at(out / "points", *where), trained)
    gallery.make(names, out, plan, title="What the memory can do", say=lambda line: print(line, flush=True))
    print(f"wrote {out / 'index.html'}")


def count(network: Path, out: Path, seed: int) -> None:
    """Count one network's fixed points, write and print the answer."""
    from neurosim.measure.capacity.curve import count_fixed_points

    counted = count_fixed_points(Network.load(network), seed=seed, progress=True)
    n_hidden = int(counted.attrs["n_hidden"])
    neurosim.save_result(counted, out)
    exactly = "" if counted["exact"].item() else "about "
    print(f"{exactly}{counted['count'].item():,} fixed points of 2^{n_hidden} = {2**n_hidden:,} states")
    print(f"log2 {float(counted.log2):.3f} bits, by {counted.attrs['method']}")
    print(f"certainly from {counted['lower'].item():,} to {counted['upper'].item():,}")
    print(f"wrote {out}")
