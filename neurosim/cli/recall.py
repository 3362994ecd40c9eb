"""The command `neurosim recall`."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from neurosim.cli import options
from neurosim.cli.options import Engine

if TYPE_CHECKING:
    import xarray

    from neurosim import Network
    from neurosim.learning.data import Images

_ONLY = {"target": Engine.BRIAN, "formulation": Engine.BRIAN, "device": Engine.TORCH}
_N_RANDOM = 1000


def recall(
    ctx: typer.Context,
    network: options.NetworkFile,
    dataset: Annotated[str | None, typer.Argument(help="Data set of the cues. Default: random states.")] = None,
    engine: options.EngineOption = Engine.EVENT,
    split: Annotated[str, typer.Option(help="train or test images.")] = "train",
    limit: Annotated[
        int | None,
        typer.Option(
            callback=options.at_least("--limit", 1), help=f"Number of cues. Default: all images, {_N_RANDOM} states."
        ),
    ] = None,
    noise: Annotated[float, typer.Option(help="Std of Gaussian noise added to each cue.")] = 0.0,
    mask: Annotated[float, typer.Option(help="Share of each cue's visible neurons set to 0, at random.")] = 0.0,
    half: Annotated[
        bool, typer.Option("--half", help="Replace the lower half of each image by the mean image.")
    ] = False,
    duration: options.Duration = None,
    target: Annotated[str | None, typer.Option(help="brian: runtime, cpp_standalone or cuda_standalone.")] = None,
    formulation: Annotated[str | None, typer.Option(help="brian: summed, event or reduced.")] = None,
    device: Annotated[str | None, typer.Option(help="torch: cpu or cuda.")] = None,
    data_dir: options.DataDir = None,
    download: options.Download = False,
    seed: options.Seed = 0,
    out: Annotated[Path | None, typer.Option(help="Write the recalls to this file, as netCDF.")] = None,
) -> None:
    """Recall cues: images of a data set, or random states of the network, with noise or missing parts."""
    import neurosim
    from neurosim.cli import inputs, output

    if dataset is None:
        options.refuse_unused(ctx, ("split", "half", *options.DATA), "without a data set")
    for name, its_engine in _ONLY.items():
        if engine != its_engine:
            options.refuse_unused(ctx, [name], f"without --engine {its_engine.value}")
    if out is not None:
        output.check_output(out, network)
    net = neurosim.Network.load(network)
    damage = Damage(noise, mask, half, seed)
    if dataset is None:
        states = neurosim.patterns.random_hidden_states(net.n_hidden, limit or _N_RANDOM, seed=seed)
        whole = neurosim.patterns.visible_cues(net, states)
        cues = damage.apply(whole)
    else:
        images = inputs.images_for(net, network, dataset, split, data_dir, download)
        whole = images.pixels[:limit].astype(float)
        cues = damage.apply(whole, images)
    chosen = {"target": target, "formulation": formulation, "device": device}
    settings: dict[str, Any] = {name: value for name, value in chosen.items() if value is not None}
    settings |= {"engine": engine.value, "duration": duration, "seed": seed, "progress": True}
    result = _timed_recall(net, cues, settings)
    if damage:
        _compare_with_undamaged(result, neurosim.recall(net, whole, **settings))
    if out is not None:
        origin = {"cues": "random states"} if dataset is None else {"cues": dataset, "split": split}
        neurosim.save_result(result.assign_attrs(damage.record() | origin | {"network_file": str(network)}), out)
        print(f"wrote {out}")


@dataclass(frozen=True)
class Damage:
    """Damage to cues: Gaussian noise, masked neurons, the lower half of images."""

    noise: float
    mask: float
    half: bool
    seed: int

    def __bool__(self) -> bool:
        return bool(self.noise or self.mask or self.half)

    def apply(self, cues: np.ndarray, images: Images | None = None) -> np.ndarray:
        """Return damaged cues; `images` are needed if the lower half is replaced."""
        from neurosim import patterns

        if self.half and images is not None:
            cues = patterns.occlude(cues, images.shape, fill=images.pixels.mean(axis=0))
        cues = patterns.add_noise(cues, self.noise, seed=self.seed)
        return patterns.random_mask(cues, self.mask, seed=self.seed + 1) if self.mask else cues

    def record(self) -> dict[str, Any]:
        """Return the settings as attributes of the result."""
        return {"noise_std": self.noise, "masked": self.mask, "half_masked": int(self.half)}


def _timed_recall(net: Network, cues: np.ndarray, settings: dict[str, Any]) -> xarray.Dataset:
    """Recall cues and print the time and the outcomes."""
    import neurosim
    from neurosim.measure.recall import attractors
    from neurosim.measure.statistics import format_estimate, proportion_interval

    start = time.perf_counter()
    result = neurosim.recall(net, cues, **settings)
    seconds, n = time.perf_counter() - start, len(cues)
    print(f"{n:,} recalls by {settings['engine']} in {seconds:.2f} s, {1e6 * seconds / n:.0f} µs each")
    names, counts = np.unique(result.outcome.values, return_counts=True)
    for name, count in zip(names, counts, strict=True):
        print(f"  {name:<10} {count:>7,}  {format_estimate(proportion_interval(count, n), percent=True)}")
    print(f"distinct attractors  {attractors.unique_attractors(result).sizes['attractor']:,}")
    print(f"last crossing        {1e3 * float(result.settle_time.median()):.3g} ms (median of the settled)")
    return result


def _compare_with_undamaged(result: xarray.Dataset, undamaged: xarray.Dataset) -> None:
    """Add the number of hidden neurons that end in another state than from the undamaged cue, and print it."""
    from neurosim.measure.statistics import format_estimate, proportion_interval

    differ = (result.hidden_active != undamaged.hidden_active).sum("hidden_neuron")
    long_name = "hidden neurons that end in another state than from the undamaged cue"
    result["n_differ"] = differ.assign_attrs(long_name=long_name, units="1")
    same = format_estimate(proportion_interval(int((differ == 0).sum()), differ.size), percent=True)
    n_hidden = result.sizes["hidden_neuron"]
    print(f"same as undamaged    {same}; of {n_hidden} neurons {float(differ.mean()):.3g} end in another state")
