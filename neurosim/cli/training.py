"""Options of the programs in `training/` that train one network on one data set."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from neurosim.cli.program import Run
from neurosim.learning import RECIPES
from neurosim.measure.learned.trained import TrainedNetwork


def training_options(n_hidden: int, recipe: str) -> dict[str, dict[str, Any]]:
    """Return the options --hidden, --recipe, --epochs and --device for `neurosim.cli.program.main`.

    Parameters
    ----------
    n_hidden : int
        Default of --hidden.
    recipe : str
        Default of --recipe.

    Returns
    -------
    dict

    Examples
    --------
    >>> from neurosim.cli.training import training_options
    >>> list(training_options(50, "denoise"))
    ['--hidden', '--recipe', '--epochs', '--device']
    """
    return {
        "--hidden": {"type": int, "default": n_hidden, "help": f"hidden neurons (default: {n_hidden})"},
        "--recipe": {"choices": list(RECIPES), "default": recipe, "help": f"training recipe (default: {recipe})"},
        "--epochs": {"type": int, "help": "passes over the images (default: that of the recipe)"},
        "--device": {"default": "cpu", "help": "cpu or cuda (default: cpu)"},
    }


def train_for(run: Run, dataset: str, **changes: Any) -> TrainedNetwork:
    """Train the network of a program's options, or read it if it is trained, and print the path of its file.

    Parameters
    ----------
    run : Run
        With the options of `training_options`.
    dataset : str
        As in `neurosim.learning.load_data`.
    **changes
        Changed settings of the recipe; --epochs replaces those of the program.

    Returns
    -------
    TrainedNetwork
    """
    options = run.options
    if options["epochs"] is not None:
        changes["epochs"] = options["epochs"]
    networks = replace(run.train, device=options["device"])
    arguments = dataset, options["hidden"], options["recipe"]
    trained = networks(*arguments, **changes)
    run.log(f"network: {networks.path(*arguments, **changes)}")
    return trained
