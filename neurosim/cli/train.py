"""The command `neurosim train`."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neurosim.cli import options, parse
from neurosim.errors import InvalidInput
from neurosim.validation import one_of

if TYPE_CHECKING:
    from neurosim import Network
    from neurosim.learning.data import Images
    from neurosim.learning.recipe import Recipe

_STDP = "stdp"
_N_DAMAGED = 2_000  # images in the damage table


def train(
    ctx: typer.Context,
    dataset: options.Dataset = "digits",
    hidden: Annotated[int, typer.Option(help="Hidden neurons.")] = 50,
    out: Annotated[Path | None, typer.Option(help="Network file. Default: DATA-HIDDEN.safetensors.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the images. Default: chosen by the trainer.")] = None,
    recipe: Annotated[str, typer.Option(help="denoise, basins, certified, symmetric or paper.")] = "denoise",
    change: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Override a setting of the recipe, or of --rule stdp, such as repulsion=0 (repeatable).",
        ),
    ] = None,
    damage: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND:SETTINGS",
            help="Damage to the cues in training, as for recall, in place of all of the recipe's; repeatable.",
        ),
    ] = None,
    rule: Annotated[
        str | None,
        typer.Option(
            help="Train by a local rule instead of a recipe: random, oja, contrastive, recirculation, predictive, "
            "dendritic or stdp. stdp trains a spiking network in Brian2: a quarter of an hour for one pass over MNIST."
        ),
    ] = None,
    device: options.DeviceOption = "cpu",
    checkpoint: Annotated[
        Path | None, typer.Option(help="File saved after every epoch; a run that finds it resumes from it.")
    ] = None,
    data_dir: options.DataDir = None,
    download: options.Download = False,
    seed: options.Seed = 0,
) -> None:
    """Learn weights and thresholds from images, then count the distinct stable memories.

    Recipes: denoise (many images, recalled gracefully from damaged cues), basins (a few hundred images, completed
    exactly through the recurrent dynamics), certified (all 2^N_h states are proven stable with a margin of ½, nothing
    is corrected), symmetric (the paper's model in its best form), paper (the paper's objective without changes). With
    --rule, a synapse changes only by signals of the two neurons that it connects (learning-rules.md). On several GPUs:
    torchrun --no-python --nproc-per-node 4 neurosim train …
    """
    from neurosim.cli.inputs import describe, load_images
    from neurosim.cli.output import check_file, keep
    from neurosim.outputs import check_outputs
    from neurosim.packages import required

    if out is not None:
        check_file(out, "safetensors")
    if rule is not None:
        unused = ("recipe", "checkpoint", "device", "damage", *(() if rule == _STDP else ("change",)))
        options.refuse_unused(ctx, unused, f"with --rule {rule}")
        _check_one_process(rule)
    changed = _changed(recipe, epochs, change or [], damage or []) if rule is None else None
    parallel = None if rule else required("neurosim.learning.parallel", "neurosim train without --rule")
    images = load_images(dataset, "train", data_dir, download)
    out = check_outputs(out or Path(f"{images.name}-{hidden}.safetensors"), checkpoint)[0]
    if images.path and (parallel is None or parallel.is_first()):
        print(describe(images))
    start = time.perf_counter()
    if changed is not None:
        net = _train_by_recipe(images, hidden, epochs, changed, device, checkpoint, seed)
    elif rule is not None:
        net = _train_by_rule(images, hidden, epochs, rule, change or [], seed)
    if parallel is None or parallel.is_first():
        net.save(out)
        keep(files=[out])
        print(f"learned {len(images.pixels):,} images in {time.perf_counter() - start:.1f} s; wrote {out}")
        _print_evaluation(net, images, seed)


def _check_one_process(rule: str) -> None:
    if os.environ.get("WORLD_SIZE", "1") != "1" and importlib.util.find_spec("torch"):
        from neurosim.learning.parallel import launched

        if launched()[1] > 1:
            raise InvalidInput(f"--rule {rule} trains in one process; start neurosim train without torchrun")


def _changed(recipe: str, epochs: int | None, changes: list[str], damages: list[str]) -> Recipe:
    """Return the recipe with changed settings, and the damages in place of its own."""
    from neurosim.learning.recipes import as_recipe

    chosen = as_recipe(recipe)
    settings = parse.settings(changes, "--change", [field.name for field in dataclasses.fields(chosen)])
    if "damages" in settings:
        raise InvalidInput("--change must not change damages; give each by --damage, for instance --damage noise:0.25")
    if epochs is not None and "epochs" in settings:
        raise InvalidInput(f"--epochs {epochs} stands in place of --change epochs={settings['epochs']}; omit one")
    if damages:
        if not chosen.damages:
            raise InvalidInput(f"--damage has no effect with --recipe {recipe}, which learns from intact cues; omit it")
        settings["damages"] = [parse.damage(one) for one in damages]
    chosen = chosen.replace(**settings)
    if damages and getattr(chosen, "intact", 0) == 1:
        raise InvalidInput("--damage has no effect with --change intact=1, where all cues are intact; omit one")
    return chosen


def _train_by_recipe(
    images: Images,
    hidden: int,
    epochs: int | None,
    recipe: Recipe,
    device: str,
    checkpoint: Path | None,
    seed: int,
) -> Network:
    from neurosim.learning import train

    return train(
        images,
        n_hidden=hidden,
        epochs=epochs,
        recipe=recipe,
        device=device,
        checkpoint=checkpoint,
        seed=seed,
        progress=True,
    )


def _train_by_rule(
    images: Images, hidden: int, epochs: int | None, rule: str, changes: list[str], seed: int
) -> Network:
    from neurosim.learning import local

    if rule == _STDP:
        from neurosim.equations.plasticity import STDP
        from neurosim.learning.stdp import ENGINE, learn_spiking

        names = [field.name for field in dataclasses.fields(STDP)]
        settings = STDP(**parse.settings(changes, "--change", names))
        passes: dict[str, Any] = {} if epochs is None else {"epochs": epochs}
        engine = ENGINE.replace(report="stderr")
        return learn_spiking(images, hidden, rule=settings, engine=engine, seed=seed, **passes).network
    if rule not in local.LOCAL_RULES:
        one_of(rule, "--rule", [*local.LOCAL_RULES, _STDP])
    return local.learn(images, rule=rule, n_hidden=hidden, epochs=epochs, seed=seed, progress=True)


def _print_evaluation(net: Network, images: Images, seed: int) -> None:
    from neurosim import theory
    from neurosim.cli import output
    from neurosim.measure.learned.damage import damage_table
    from neurosim.measure.recall import attractors
    from neurosim.measure.statistics import format_estimate
    from neurosim.report.image_findings import damage_rows

    start = time.perf_counter()
    minima = attractors.unique_stable_minima(net, images.pixels, progress=True)
    seconds, n = time.perf_counter() - start, len(images.pixels)
    certificate = theory.certify_all_states(net)
    verdict = f"all 2^{net.n_hidden} fixed, margin {certificate.margin:.3g}" if certificate.holds else "not all fixed"
    unique = f"{int(minima.n_unique):,} of {n:,} images"
    output.print_rows(
        [
            ("unique stable minima", unique, f"(exact recall, {seconds:.1f} s)"),
            ("distinct by discrete settling", f"{int(minima.n_unique_discrete):,}", ""),
            ("recalls that settle", format_estimate(minima, "share_settled"), "of the images"),
            ("recalled at the discrete code", format_estimate(minima, "share_at_discrete"), "of the images"),
            ("squared error per image", format_estimate(minima, "mean_squared_error"), ""),
            ("certificate for all states", verdict, ""),
            ("threshold", f"{net.threshold.min():.4g} … {net.threshold.max():.4g}", ""),
        ]
    )
    table = damage_table(net, images, n_cues=_N_DAMAGED, seed=seed, minima=minima)
    print(f"{table.attrs['n_trials']:,} stored images as damaged cues; errors are distances from the intact image")
    output.keep(minima=minima, damage=table, all_states_certified=certificate.holds)
    output.print_rows(damage_rows(table))
