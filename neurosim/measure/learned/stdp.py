"""Learning by spikes and by its mean-field rule compared: networks trained in Brian2, evaluated by exact recall."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import xarray

from neurosim import Network
from neurosim.engines import Brian
from neurosim.equations.plasticity import STDP
from neurosim.learning.data import Images
from neurosim.learning.stdp import ENGINE, learn_mean, learn_spiking
from neurosim.measure.learned.evaluation import METRICS, evaluate
from neurosim.measure.statistics import summarise
from neurosim.measure.statistics.summary import cut_above
from neurosim.sweep import HERE, Runner, run
from neurosim.validation import names_of, takes, whole

# name → meaning. Before the comma: spikes or their mean; after it: settings in `SETTINGS`.
RULES: dict[str, str] = {
    "stdp": "spikes",
    "mean": "the rule's mean, image by image",
    "stdp, thresholds": "spikes, thresholds learned",
    "mean, thresholds": "the mean, thresholds learned",
    "mean, hidden spikes alone": "the mean, synapses change at hidden spikes only",
    "mean, independent start": "the mean, both directions start independently",
}
SETTINGS: dict[str, dict[str, float]] = {
    "": {},
    "thresholds": {"homeostasis": 0.03, "threshold": 0.6, "encoder": 0.6, "window": 0.1},
    "hidden spikes alone": {"encoder": 0},
    "independent start": {},  # not a setting of the rule: `train_by_rule` starts both directions independently
}
# options of a preview
QUICK: dict[str, Any] = {"shown": 20e-3, "engine": ENGINE.replace(target="runtime", codegen="numpy")}


def train_by_rule(
    rule: str,
    images: Images,
    n_hidden: int,
    *,
    epochs: int,
    seed: int,
    shown: float = 0.2,
    engine: Brian = ENGINE,
) -> Network:
    """Train a network by a rule of `RULES`.

    Parameters
    ----------
    rule : str
        A name in `RULES`.
    images : Images
    n_hidden, epochs, seed
        As in `neurosim.learning.stdp.learn_spiking`.
    shown : float, default 0.2
        Time for which each image is shown, in seconds.
    engine : Brian
        As in `learn_spiking`.

    Returns
    -------
    Network

    Examples
    --------
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.stdp import train_by_rule
    >>> digits = load_data("digits").select(slice(10))
    >>> train_by_rule("mean", digits, 4, epochs=1, seed=0).n_hidden
    4
    """
    kind, _, part = rule.partition(", ")
    settings = STDP(shown=shown, **SETTINGS[part])
    common: dict[str, Any] = {
        "rule": settings,
        "epochs": epochs,
        "symmetric_start": part != "independent start",
        "seed": seed,
    }
    if kind == "mean":
        return learn_mean(images, n_hidden, **common)
    return learn_spiking(images, n_hidden, engine=engine, **common).network


def train_and_evaluate(*, seed: int, rule: str, n_hidden: int, images: Images, **options: Any) -> dict[str, float]:
    """Train a network by a rule of `RULES` and return its metrics; for `neurosim.sweep.run`.

    Parameters
    ----------
    seed : int
    rule : str
        A name in `RULES`.
    n_hidden : int
    images : Images
    **options
        Options of `train_by_rule`.

    Returns
    -------
    dict of str to float
        As of `evaluation.evaluate`.

    Examples
    --------
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.stdp import train_and_evaluate
    >>> digits = load_data("digits").select(slice(20))
    >>> metrics = train_and_evaluate(seed=0, rule="mean", n_hidden=4, images=digits, epochs=1)
    >>> 0 < metrics["n_unique"] <= 20
    True
    """
    return evaluate(train_by_rule(rule, images, int(n_hidden), seed=seed, **options), images.pixels, seed)


@takes(images=Images)
def compare_stdp_rules(
    images: Images,
    rules: Sequence[str] = tuple(RULES),
    *,
    n_hidden: int,
    epochs: int,
    networks: int = 20,
    seed: int = 0,
    runner: Runner = HERE,
    **options: Any,
) -> xarray.Dataset:
    """Train networks by spikes and by the mean-field rule, and evaluate them.

    Parameters
    ----------
    images : Images
    rules : sequence of str
        Names in `RULES`.
    n_hidden, epochs : int
    networks : int, default 20
        Independent networks of each rule.
    seed : int, default 0
    runner : Runner, optional
        As in `neurosim.sweep.run`.
    **options
        Options of `train_by_rule`.

    Returns
    -------
    xarray.Dataset over rule
        The metrics of `evaluation.METRICS` with intervals over networks.

    Examples
    --------
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.stdp import compare_stdp_rules
    >>> digits = load_data("digits").select(slice(10))
    >>> found = compare_stdp_rules(digits, ["mean"], n_hidden=4, epochs=1, networks=2)
    >>> found.squared_error.dims
    ('rule',)
    """
    rules, networks = names_of(rules, "rules", RULES), whole(networks, "networks")
    n_hidden = whole(n_hidden, "n_hidden")
    one = partial(train_and_evaluate, images=images, n_hidden=n_hidden, epochs=epochs, **options)
    labels = {"rule": ("learning rule", "1")}
    raw = run(one, {"rule": rules}, networks=networks, seed=seed, labels=labels, runner=runner)
    attrs = _attrs(images, n_hidden, seed) | {"confidence": 0.95, "epochs": epochs, "n_networks": networks}
    return xarray.Dataset(cut_above(summarise(raw, METRICS), "n_unique", len(images)), {"rule": raw["rule"]}, attrs)


@takes(images=Images)
def error_during_learning(
    images: Images,
    rules: Sequence[str] = ("stdp", "stdp, thresholds"),
    *,
    n_hidden: int,
    epochs: int,
    seed: int = 0,
    shown: float = 0.2,
    **options: Any,
) -> xarray.Dataset:
    """Return the errors of one network per rule at every recorded time of learning.

    Parameters
    ----------
    images : Images
    rules : sequence of str
        Names in `RULES` that start with "stdp".
    n_hidden, epochs, seed
        As in `compare_stdp_rules`.
    shown : float, default 0.2
        Time for which each image is shown, in seconds.
    **options
        Options of `neurosim.learning.stdp.learn_spiking`.

    Returns
    -------
    xarray.Dataset over rule and presented
        squared_error and first_error against the number of presented images.

    Examples
    --------
    >>> from neurosim.learning import load_data
    >>> from neurosim.measure.learned.stdp import QUICK, error_during_learning
    >>> digits = load_data("digits").select(slice(2))
    >>> options = {**QUICK, "n_records": 2, "shown": 0.01}
    >>> found = error_during_learning(digits, ["stdp"], n_hidden=3, epochs=1, **options)
    >>> found.squared_error.dims
    ('rule', 'presented')
    """
    errors: dict[str, list[list[float]]] = {"squared_error": [], "first_error": []}
    rules, n_hidden = names_of(rules, "rules", RULES), whole(n_hidden, "n_hidden")
    for rule in rules:
        settings = STDP(shown=shown, **SETTINGS[rule.partition(", ")[2]])
        net, history = learn_spiking(images, n_hidden, rule=settings, epochs=epochs, seed=seed, **options)
        metrics = []
        for moment in range(history.sizes["presented"]):
            at = history.isel(presented=moment)
            then = net.replace(weights=at.weights.values, threshold=at.threshold.values)
            metrics.append(evaluate(then, images.pixels, seed))
        for name, values in errors.items():
            values.append([one[name] for one in metrics])
    variables = {
        name: (("rule", "presented"), values, {"long_name": METRICS[name].long_name, "units": "1"})
        for name, values in errors.items()
    }
    coords = {"rule": ("rule", rules, {"long_name": "learning rule"}), "presented": history.presented}
    return xarray.Dataset(variables, coords, _attrs(images, n_hidden, seed) | {"epochs": epochs, "n_networks": 1})


def _attrs(images: Images, n_hidden: int, seed: int) -> dict[str, Any]:
    attrs = {"method": "spikes in Brian2, exact recall", "n_trials": len(images), "seed": seed}
    return attrs | {"subject": repr(images), "n_hidden": n_hidden}
