"""The commands about learning: `neurosim train` and `neurosim classify`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

import neurosim
from neurosim import InvalidInput, Network
from neurosim.cli import parse, parts
from neurosim.storage import require_writable


def train(
    dataset: parts.Dataset = "digits",
    hidden: Annotated[int, typer.Option(help="Hidden neurons.")] = 50,
    out: Annotated[Path | None, typer.Option(help="Network file. Default: DATASET-HIDDEN.safetensors.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the images. Default: the trainer's.")] = None,
    recipe: parts.RecipeName = "certified",
    change: Annotated[
        list[str] | None,
        typer.Option(
            help="A setting of the recipe, or of --rule stdp, to have otherwise, name=value: repulsion=0. May be "
            "repeated."
        ),
    ] = None,
    rule: Annotated[
        str | None,
        typer.Option(
            help="A local rule in place of a recipe: oja, contrastive, recirculation, predictive, dendritic, or stdp: "
            "by spikes, in Brian2, which takes a quarter of an hour or so for one pass over MNIST."
        ),
    ] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    checkpoint: Annotated[
        Path | None, typer.Option(help="Saved after every epoch; a run that finds it goes on from there.")
    ] = None,
    data_dir: parts.DataDir = None,
    download: parts.Download = False,
    seed: parts.Seed = 0,
) -> None:
    """Learn weights and thresholds from images by equation 17, then count the distinct stable memories.

    Recipes: certified (all 2^N_h states are fixed points, by construction), certified-wide (the same for hundreds of
    hidden neurons), symmetric (the paper's model, trained further), symmetric-zero (the same at θ → 0), separate
    (feedback and thresholds of their own), paper (its rule as it stands). With --rule, synapses learn from what is at
    hand at their own two neurons (learning-rules.md). On several GPUs: torchrun --no-python --nproc-per-node 4
    neurosim train …
    """
    from neurosim import theory
    from neurosim.learning import local
    from neurosim.learning.parallel import is_first
    from neurosim.measure.recall import attractors
    from neurosim.measure.statistics import format_estimate

    if rule is not None and ((change and rule != "stdp") or checkpoint or device != "cpu" or recipe != "certified"):
        raise InvalidInput(f"--rule {rule} has no --recipe, --change, --checkpoint or --device; leave them out")
    out = parts.result_file(out or Path(f"{dataset}-{hidden}.safetensors"), checkpoint)
    if checkpoint is not None:
        require_writable(checkpoint)
    images = parts.images(dataset, "train", data_dir, download)
    start = time.perf_counter()
    if rule is not None and rule not in (*local.LOCAL_RULES, "stdp"):
        raise InvalidInput(f"--rule must be one of {', '.join(local.LOCAL_RULES)}, stdp, got {rule!r}")
    if rule is None:
        chosen = parts.changed(recipe, change or [])
        options: dict[str, Any] = {"recipe": chosen, "device": device, "checkpoint": checkpoint}
        net = parts.learn(images, hidden, seed=seed, epochs=epochs, **options)
    elif rule == "stdp":
        from neurosim.learning.stdp import learn_spiking

        passes: dict[str, Any] = {} if epochs is None else {"epochs": epochs}
        settings = parts.changed_stdp(change or [])
        net = learn_spiking(images, hidden, rule=settings, seed=seed, report="stderr", **passes).network
    else:
        net = local.learn(images, rule=rule, n_hidden=hidden, epochs=epochs, seed=seed, progress=True)
    if not is_first():
        return
    net.save(out)
    print(f"learned {len(images.pixels):,} images in {time.perf_counter() - start:.1f} s; wrote {out}")
    start = time.perf_counter()
    minima = attractors.unique_stable_minima(net, images.pixels, progress=True)
    seconds = time.perf_counter() - start
    n = len(images.pixels)
    print(f"unique stable minima          {int(minima.n_unique):,} of {n:,} images (exact recall, {seconds:.1f} s)")
    print(f"distinct by discrete settling  {int(minima.n_unique_discrete):,}")
    print(f"recalls that settle           {format_estimate(minima, 'share_settled')} of the images")
    print(f"recalled at the discrete code {format_estimate(minima, 'share_at_discrete')} of the images")
    print(f"squared error per image       {format_estimate(minima, 'mean_squared_error')}")
    certificate = theory.certify_all_states(net)
    verdict = f"all 2^{net.n_hidden} fixed, margin {certificate.margin:.3g}" if certificate.holds else "not all fixed"
    print(f"certificate for all states    {verdict}")
    print(f"threshold                     {net.threshold.min():.4g} … {net.threshold.max():.4g}")


def classify(
    network: parts.NetworkFile,
    dataset: Annotated[str, typer.Argument(help="What it has learned: mnist or cifar10.")],
    kinds: Annotated[
        str, typer.Option(help="hidden, visible, original, transfer, separated by commas.")
    ] = "hidden,visible,original,transfer",
    epochs: Annotated[int, typer.Option(callback=parts.at_least("--epochs", 1), help="Of each classifier.")] = 10,
    seeds: Annotated[int, typer.Option(callback=parts.at_least("--seeds", 1), help="Classifiers of each kind.")] = 1,
    precision: Annotated[
        str, typer.Option(help="float32, or bfloat16, faster, where the processor has it.")
    ] = "float32",
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    data_dir: parts.DataDir = None,
    download: parts.Download = False,
    seed: parts.Seed = 0,
    out: Annotated[Path, typer.Option(help="Results as netCDF.")] = Path("table1.nc"),
) -> None:
    """Make a column of Table 1: classify what is recalled, hidden and visible, and the images; test on unseen ones.

    Kind transfer is trained on noisy images and tested on recalls: its accuracy is Table 4's recall performance.
    """
    from neurosim.measure.learned import classification as table1
    from neurosim.measure.statistics import format_estimate

    parts.netcdf_file(out, network)
    net = Network.load(network)
    seen, unseen = (parts.images_for(net, network, dataset, split, data_dir, download) for split in ("train", "test"))
    chosen = parse.names(kinds, "--kinds", table1.KINDS)
    options = {
        "epochs": epochs,
        "n_seeds": seeds,
        "precision": precision,
        "seed": seed,
        "device": device,
        "progress": True,
    }
    table = table1.classify(net, seen, unseen, kinds=chosen, **options)
    for test in table.test.values:
        one = table.sel(test=test)
        error = "" if one.squared_error.isnull() else f"  squared error {float(one.squared_error):.2f}"
        print(f"{test:<14} {format_estimate(one, 'accuracy')}{error}")
    neurosim.save_result(table, out)
    print(f"wrote {out}")
