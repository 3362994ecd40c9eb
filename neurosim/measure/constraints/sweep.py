"""Sweeps over networks under constraints: any measurement against a setting of the constraints and other settings."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import xarray

from neurosim import InvalidInput
from neurosim.constraints import Constraint
from neurosim.measure.constraints.stability import N_STATES, gaussian_shares
from neurosim.measure.statistics import NOT_NEGATIVE, OVER_NETWORKS, Measurement, summarise
from neurosim.sweep.grid import HERE, Label, Runner, run
from neurosim.validation import listed, sequence_of, takes

Constrained = Callable[[float], Constraint | Sequence[Constraint]]

LABELS: dict[str, Label] = {
    "constraint": ("constraint", ""),
    "value": ("varied setting of the constraint", "1"),
    "n_hidden": ("number of hidden neurons N_h", "1"),
    "noise": ("membrane noise of the hidden cells, std in units of h", "1"),
    "law": ("stored share by theory; NaN: there is none", "1"),
    "law_best": ("stored share by theory at one best threshold for all networks; NaN: there is none", "1"),
    "law_certified": ("share of certified networks by theory; NaN: there is none", "1"),
}


def _share(long_name: str, trials: str | int) -> Measurement:
    return Measurement(long_name, bounds=(0.0, 1.0), trials=trials)


MEASUREMENTS = {
    "stored": _share("share of the states that are stable, at the threshold of the unconstrained network", "n_states"),
    "stored_best": _share("share of the states that are stable, each network at its best threshold", "n_states"),
    "recalled": _share(
        "share of noisy cues recalled perfectly, at the threshold of the unconstrained network", "n_recalls"
    ),
    "recalled_best": _share("share of noisy cues recalled perfectly, each network at its best threshold", "n_recalls"),
    "best_threshold": Measurement("threshold at which most states of a network are stable"),
    "certified": _share("share of networks with all states certified stable", 1),
    "codes": _share(
        "share of the images that keep the hidden state in which they ended without constraints", "n_images"
    ),
    "circuit": _share("share of noisy cues recalled perfectly in the circuit", "n_recalls"),
    "eliminated": _share("share of noisy cues recalled perfectly with the interneurons eliminated", "n_recalls"),
    "recalled_rate": _share("share of cues recalled perfectly, rate model", "n_recalls"),
    "recalled_folded": _share("share of cues recalled perfectly, spikes, interneurons folded in", "n_recalls"),
    "recalled_circuit": _share("share of cues recalled perfectly, circuit with interneurons", "n_recalls"),
    "same": _share("share of cues that end in one state with and without interneurons", "n_recalls"),
    "rate_hidden": Measurement("mean rate of a hidden cell in the circuit", "Hz", bounds=NOT_NEGATIVE),
    "rate_visible": Measurement("mean rate of a visible ON or OFF cell in the circuit", "Hz", bounds=NOT_NEGATIVE),
    "rate_relays": Measurement("mean rate of an interneuron hidden → visible", "Hz", bounds=NOT_NEGATIVE),
    "rate_inhibitors": Measurement("mean rate of an interneuron visible → hidden", "Hz", bounds=NOT_NEGATIVE),
}
_COUNTS = {known.trials for known in MEASUREMENTS.values()}


@takes(grid=Mapping)
def constraint_sweep(
    networks: int,
    constraints: Mapping[str, Constrained],
    grid: Mapping[str, Sequence[float]],
    *,
    seed: int,
    measure: Callable[..., Mapping[str, float]] = gaussian_shares,
    confidence: float = 0.95,
    runner: Runner = HERE,
    **settings: Any,
) -> xarray.Dataset:
    """Measure networks under constraints over a grid of settings.

    Parameters
    ----------
    networks : int
        Independent networks at every point. They are the same at all points, so that points are compared pairwise.
    constraints : mapping of label to callable (value) → Constraint or sequence of Constraint
        For each label, the constraints as a function of the varied setting; a class such as `Sparse` is such a
        function. With a runner that stores points, a class, a function of the top level of a file, or a
        `functools.partial` of one.
    grid : mapping of str to sequence of float
        Ranges: value, the argument of the functions; n_hidden; and other settings of `measure`.
    seed : int
    measure : callable, default `neurosim.measure.constraints.stability.gaussian_shares`
        Called as ``measure(seed=…, constraint=…, value=…, n_hidden=…, **settings)`` with one of the functions as
        `constraint`; it returns numbers by name. The others here are
        `neurosim.measure.constraints.stability.learned_shares`,
        `neurosim.measure.constraints.interneurons.circuit_shares` and
        `neurosim.measure.constraints.dale_spiking.spiking_shares`. With the numbers of trials n_states, n_recalls and
        n_images among them, the shares of `MEASUREMENTS` have failures and trials.
    confidence : float, default 0.95
    runner : Runner
        Where the sweep runs, and where it stores finished points; see `neurosim.sweep`.
    **settings
        Fixed settings of `measure`, value and n_hidden included.

    Returns
    -------
    xarray.Dataset over (constraint, *grid)
        The numbers that `measure` returns, with `_lower`, `_upper` and `_by_network`. Names that begin with "law" are
        theory: they are averaged over networks, without an interval.

    Raises
    ------
    InvalidInput
        A function returns no constraints, or a setting is out of its range.

    See Also
    --------
    neurosim.measure.statistics.crossing_value : Where a share crosses a level.
    neurosim.plots.constraints.sizes : The result as a figure.

    Examples
    --------
    >>> from neurosim.constraints import Homeostatic, Sparse
    >>> from neurosim.measure.constraints.sweep import constraint_sweep
    >>> def homeostatic(density):
    ...     return [Sparse(density), Homeostatic()]
    >>> constraints = {"sparse": Sparse, "homeostatic": homeostatic}
    >>> found = constraint_sweep(5, constraints, {"value": [0.05, 1.0], "n_hidden": [6]}, seed=0, n_cues=16)
    >>> found.stored.dims
    ('constraint', 'value', 'n_hidden')
    >>> bool(found.stored.sel(constraint="sparse", value=1.0) == 1)
    True
    """
    if not callable(measure):
        raise InvalidInput(f"measure must be a function of a constraint, got {measure!r}")
    for name, values in grid.items():
        listed(values, f"the range of {name}", "numbers")
    made = _made(constraints, {**settings, **{name: values[0] for name, values in grid.items() if len(values)}})
    axes = {"constraint": constraints, **grid}
    raw = run(partial(measure, **settings), axes, networks=networks, seed=seed, labels=LABELS, runner=runner)
    names = [str(name) for name in raw if name not in _COUNTS]
    laws = {name: Measurement(*LABELS.get(name, (name, "1"))) for name in names if name.startswith("law")}
    variables = summarise(
        raw, {name: _measurement(name, raw) for name in names if name not in laws}, confidence=confidence
    )
    averages = summarise(raw, laws, confidence=confidence)
    variables |= {name: averages[name] for name in laws}
    attrs = {
        "method": (inspect.getdoc(measure) or "").partition("\n")[0],
        "seed": seed,
        "n_networks": networks,
        "confidence": confidence,
        "intervals_over": OVER_NETWORKS,
        "constraints": json.dumps(made),
        **_plain_defaults(measure),
        **{name: value for name, value in settings.items() if isinstance(value, (int, float, str))},
    }
    attrs["n_trials"] = attrs.get("n_cues", N_STATES)
    attrs = {name: value for name, value in attrs.items() if name not in axes}
    return xarray.Dataset(variables, {name: raw[name] for name in axes}, attrs)


def _measurement(name: str, raw: xarray.Dataset) -> Measurement:
    """Return the description of what a function measured; it may have left out the number of trials."""
    known = MEASUREMENTS.get(name, Measurement(name.replace("_", " ")))
    return known if known.trials == 1 or known.trials in raw else known._replace(trials=None)


def _made(constraints: Mapping[str, Constrained], first: Mapping[str, Any]) -> dict[str, str]:
    """Return the constraints that each function returns for the first value, as text."""
    if not isinstance(constraints, Mapping) or not all(map(callable, constraints.values())):
        raise InvalidInput(
            f'constraints must map labels to functions, such as {{"sparse": Sparse}}, got {constraints!r}'
        )
    if "value" not in first:
        raise InvalidInput("the grid or the settings must give value, the argument of the functions in constraints")
    made = {label: make(first["value"]) for label, make in constraints.items()}
    return {label: repr(sequence_of(one, f"the constraints of {label}", Constraint)) for label, one in made.items()}


def _plain_defaults(measure: Callable[..., Any]) -> dict[str, Any]:
    """Return the default settings of a measurement that can be stored as attributes."""
    defaults = {name: parameter.default for name, parameter in inspect.signature(measure).parameters.items()}
    return {name: value for name, value in defaults.items() if isinstance(value, (int, float, str))}
