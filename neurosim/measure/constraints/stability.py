"""What biological constraints leave of a memory: the share of states that stay stable, and that are recalled.

Constraints are written as on the command line: "sparse:0.1,reciprocal=false homeostatic" is two of them, put on in
this order; settings are those of `neurosim.constraints`, by name or in their order. In a sweep {x} stands for what is
varied: "sparse:{x}".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from difflib import get_close_matches
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
import xarray

from neurosim import InvalidInput, Network, recall, theory
from neurosim.constraints import CONSTRAINTS, Constraint, constrain
from neurosim.measure.constraints import laws
from neurosim.measure.recall.trials import Damage, random_targets, run_trials
from neurosim.measure.statistics import OVER_NETWORKS, Measurement, summarise
from neurosim.sweep.grid import HERE, Runner, run
from neurosim.sweep.seeds import spawn_seeds
from neurosim.validation import generator

N_STATES = 2**14  # of each network: all of them to N_h = 14, then as many at random
_LABELS = {"x": ("what is varied", "1"), "n_hidden": ("number of hidden neurons N_h", "1")}
MEASURES = {
    "stored": "share of the states that are stable, at the threshold that all were without constraints",
    "stored_best": "share of the states that are stable, every network at the one threshold that suits it best",
    "recalled": "share of noisy cues recalled perfectly, at the threshold that all were without constraints",
    "recalled_best": "share of noisy cues recalled perfectly, every network at its best threshold",
}
LEARNED = {
    "stored": "share of the states that are stable",
    "certified": "share of networks with all states proven stable",
    "codes": "share of the images that end at the hidden state they ended at before",
}


def parsed(text: str) -> Constraint:
    """Return the constraint that "name", "name:value,…" or "name:setting=value,…" is.

    Raises
    ------
    InvalidInput
        No such constraint, a setting it does not have or lacks, or a value out of its range.
    """
    if len(text.split()) != 1:
        raise InvalidInput(f"a constraint is one word without spaces, for instance sparse:0.1, got {text!r}")
    name, _, rest = text.partition(":")
    if name not in CONSTRAINTS:
        near = get_close_matches(name, CONSTRAINTS, 1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise InvalidInput(f"the constraint must be one of {', '.join(CONSTRAINTS)}, got {name!r}{meant}")
    known = [f.name for f in fields(CONSTRAINTS[name])]
    required = [f.name for f in fields(CONSTRAINTS[name]) if f.default is MISSING]
    settings: dict[str, Any] = {}
    for position, part in enumerate(rest.split(",") if rest else []):
        key, equals, value = part.partition("=")
        if not equals:
            key, value = known[position] if position < len(known) else part, part
        if key not in known or key in settings:
            settings_ = f"has the settings {', '.join(known)}, each once" if known else "has no settings"
            raise InvalidInput(f"{name} {settings_}, got {part!r}")
        settings[key] = _value(value)
    if lacking := [setting for setting in required if setting not in settings]:
        raise InvalidInput(f"{name} needs {', '.join(lacking)}, as in {name}:{lacking[0]}=…, got {text!r}")
    return CONSTRAINTS[name](**settings)


def _value(text: str) -> Any:
    """Return a number, true or false, or the text itself."""
    try:
        return float(text) if text.lstrip("+-").lower().startswith("inf") else json.loads(text.lower())
    except ValueError:
        return text


def parsed_all(template: str, x: float | None = None) -> list[Constraint]:
    """Return the constraints of a text that names several, with x in place of {x}."""
    return [parsed(part) for part in template.replace("{x}", f"{x!r}").split()]


class Sides(NamedTuple):
    """Fields about the thresholds, by state: the lowest of an active, the highest of an inactive neuron."""

    lowest_on: np.ndarray
    highest_off: np.ndarray

    def share(self, shift: float = 0.0) -> float:
        """Return the share of states that are fixed points if all thresholds rise by `shift` (eq. 5)."""
        return float(((self.lowest_on > shift) & (self.highest_off <= shift)).mean())

    def best_shift(self) -> float:
        """Return the middle of the shifts of all thresholds for which most states are fixed points."""
        can = self.lowest_on > self.highest_off  # a fixed point from highest_off on, until lowest_on
        places = np.concatenate([self.highest_off[can], self.lowest_on[can]])
        if not places.size:
            return 0.0
        order = np.argsort(places, kind="stable")
        held = np.cumsum(np.repeat([1, -1], can.sum())[order])
        at = int(held.argmax())
        low, high = np.maximum(places[order[at : at + 2]], -1e6)  # the state with nobody on has no lower end
        return float(low + high) / 2 if np.isfinite(high) else float(low)


def sides(net: Network, states: np.ndarray) -> Sides:
    """Return on which sides of the thresholds fields are, in states, (state, hidden) bool."""
    fields_ = states.astype(float) @ theory.effective_coupling(net).T - net.threshold
    return Sides(np.where(states, fields_, np.inf).min(axis=1), np.where(states, -np.inf, fields_).max(axis=1))


def kept_share(
    *,
    seed: int,
    constraint: str,
    x: float,
    n_hidden: int,
    visible_per_hidden: float = 100.0,
    noise_std: float = 1.0,
    n_cues: int = 256,
) -> dict[str, float]:
    """Constrain one Gaussian network and measure what is left; what `constraint_sweep` does at every point.

    Parameters
    ----------
    seed : int
        Of the weights, the constraints, the states and the noise, each its own stream.
    constraint : str
        Constraints, with {x} where `x` stands.
    x : float
    n_hidden : int
    visible_per_hidden : float, default 100
    noise_std : float, default 1
        σ_v on the cues that are recalled (eq. 13).
    n_cues : int, default 256

    Returns
    -------
    dict
        `MEASURES`, at θ = ½ and at the network's own best θ, which is best_threshold.
    """
    weight_seed, constraint_seed, state_seed, half_seed, cue_seed = spawn_seeds(seed, 5)
    free = Network.gaussian(max(1, round(visible_per_hidden * n_hidden)), n_hidden, seed=weight_seed)
    net = constrain(free, parsed_all(constraint, x), seed=constraint_seed)
    found = sides(net, random_targets(n_hidden, N_STATES, state_seed))
    # where states are sampled, the best threshold is sought in others, lest it be best for just these
    sought = found if 2**n_hidden <= N_STATES else sides(net, random_targets(n_hidden, N_STATES, half_seed))
    shift = sought.best_shift()
    values = {"stored": found.share(), "stored_best": found.share(shift), "best_threshold": 0.5 + shift}
    targets = random_targets(n_hidden, n_cues, state_seed)
    for name, moved in (("recalled", 0.0), ("recalled_best", shift)):
        got = run_trials(net.replace(threshold=net.threshold + moved), targets, Damage(noise_std), seed=cue_seed)
        values[name] = float(got.recalled.mean())
    return values


def constraint_sweep(
    networks: int,
    constraints: Mapping[str, str],
    x: Sequence[float],
    n_hidden: Sequence[int],
    *,
    seed: int,
    confidence: float = 0.95,
    runner: Runner = HERE,
    **fixed: float,
) -> xarray.Dataset:
    """Measure what constraints leave of Gaussian networks, against one of their settings.

    Parameters
    ----------
    networks : int
        Independent networks at every point; the same ones, so that points are compared pairwise.
    constraints : mapping of label to str
        Constraints with {x} in them.
    x : sequence of float
    n_hidden : sequence of int
    seed : int
    confidence : float, default 0.95
    runner : Runner
    **fixed
        visible_per_hidden, noise_std, n_cues of `kept_share`.

    Returns
    -------
    xarray.Dataset over (constraint, x, n_hidden)
        `MEASURES` with `_lower`, `_upper` and `_by_network`; best_threshold_by_network; law and law_best: the normal
        approximation of the stored shares (`neurosim.measure.constraints.laws`), NaN where there is none.
    """
    grid = {"constraint": list(constraints.values()), "x": list(x), "n_hidden": list(n_hidden)}
    raw = run(partial(kept_share, **fixed), grid, networks=networks, seed=seed, labels=_LABELS, runner=runner)
    out = over_networks(raw, MEASURES, confidence)
    long_name = {"long_name": "threshold at which most states of a network are stable", "units": "1"}
    out["best_threshold_by_network"] = (raw.best_threshold.dims, raw.best_threshold.values, long_name)
    ratio = fixed.get("visible_per_hidden", 100.0)
    for best, name in ((False, "law"), (True, "law_best")):
        values = [
            [[laws.stored(parsed_all(text, here), round(ratio * n), n, best=best) for n in n_hidden] for here in x]
            for text in constraints.values()
        ]
        note = "one best threshold for all networks" if best else "threshold ½"
        attrs = {"long_name": f"normal approximation of the stored share, {note}; NaN: none", "units": "1"}
        out[name] = (("constraint", "x", "n_hidden"), np.array(values), attrs)
    trials = f"{N_STATES:,} states (all, if fewer) and {fixed.get('n_cues', 256)} noisy cues"
    return described(out, constraints, trials, networks, seed, confidence, {"noise_std": 1.0, **fixed})


@lru_cache(maxsize=256)
def _learned(n_hidden: int, seed: int, epochs: int) -> tuple[Network, np.ndarray]:
    """Return a network that learned the built-in digits, certified, and the hidden states its images end at."""
    from neurosim.learning import data, train

    images = data.load("digits")
    net = train(images, n_hidden=n_hidden, recipe="certified", epochs=epochs, seed=seed % 2**31)
    return net, recall(net, images.pixels, read_out=False).hidden_active.values


def learned_share(*, seed: int, constraint: str, x: float, n_hidden: int, epochs: int = 20) -> dict[str, float]:
    """Constrain one network that has learned the built-in digits by the recipe "certified"; see `kept_share`.

    Returns
    -------
    dict
        `LEARNED`, and what `neurosim.measure.constraints.laws.Perturbed` says of stored and certified.

    Raises
    ------
    InvalidInput
        More constraints than one, or one that `Perturbed` does not know.
    """
    from neurosim.learning import data

    train_seed, constraint_seed, state_seed = spawn_seeds(seed, 3)
    free, codes = _learned(n_hidden, train_seed, epochs)
    chosen = parsed_all(constraint, x)
    if len(chosen) != 1:
        raise InvalidInput(f"learned networks are put under one constraint at a time, got {constraint!r}")
    net = constrain(free, chosen, seed=constraint_seed)
    ends = recall(net, data.load("digits").pixels, read_out=False).hidden_active.values
    states = random_targets(n_hidden, N_STATES, state_seed)
    law = laws.Perturbed(free, chosen[0])
    return {
        "stored": sides(net, states).share(),
        "certified": float(theory.certify_all_states(net).holds),
        "codes": float((ends == codes).all(axis=1).mean()),
        "law": law.stored(states[:1024]),
        "law_certified": law.certified(),
    }


def learned_sweep(
    networks: int,
    constraints: Mapping[str, str],
    x: Sequence[float],
    n_hidden: Sequence[int],
    *,
    seed: int,
    confidence: float = 0.95,
    runner: Runner = HERE,
    **fixed: int,
) -> xarray.Dataset:
    """Measure what constraints leave of networks that have learned digits, whose J is what it is by cancellation.

    Parameters
    ----------
    networks : int
        Independent networks; each learns the 1,797 built-in digits from a start of its own.
    constraints, x, n_hidden, seed, confidence, runner
        As in `constraint_sweep`.
    **fixed
        epochs of `learned_share`.

    Returns
    -------
    xarray.Dataset over (constraint, x, n_hidden)
        `LEARNED` with `_lower`, `_upper` and `_by_network`; law and law_certified: what the perturbation of J
        (`neurosim.measure.constraints.laws.Perturbed`) predicts of stored and certified, averaged over networks.
    """
    grid = {"constraint": list(constraints.values()), "x": list(x), "n_hidden": list(n_hidden)}
    raw = run(partial(learned_share, **fixed), grid, networks=networks, seed=seed, labels=_LABELS, runner=runner)
    out = over_networks(raw, LEARNED, confidence)
    for name, of in (("law", "stored share"), ("law_certified", "share of certified networks")):
        attrs = {"long_name": f"{of} by the perturbation of J", "units": "1"}
        out[name] = (raw[name].dims[:-1], raw[name].mean("network").values, attrs)
    return described(out, constraints, f"{N_STATES:,} states, 1,797 images", networks, seed, confidence, fixed)


class Lost(NamedTuple):
    """Where a share that was above a level falls below it, with its interval; NaN if it nowhere does."""

    estimate: float
    lower: float
    upper: float


def lost_at(
    x: Any, by_network: Any, *, level: float = 0.5, logarithmic: bool = False, confidence: float = 0.95, seed: int = 0
) -> Lost:
    """Return the x at which the mean over networks crosses a level, coming from the end where it is larger.

    Parameters
    ----------
    x : array_like (x,)
        Increasing, ≥ 0.
    by_network : array_like (x, network)
        Shares, falling with x, or rising with it as capacity does with density.
    level : float, default ½
    logarithmic : bool, default False
        Whether to interpolate in log x rather than in x.
    confidence : float, default 0.95
        Of the percentile interval over networks drawn again, with replacement, 2,000 times. Draws that do not cross
        within the range count as crossing at 0 or at infinity, on whichever side they do.
    seed : int, default 0
    """
    x, values = np.asarray(x, dtype=float), np.asarray(by_network, dtype=float)
    rising = values[-1].mean() > values[0].mean()
    at = np.log(x) if logarithmic else x
    drawn = generator(seed).integers(values.shape[1], size=(2_000, values.shape[1]))
    means = np.column_stack([values.mean(axis=1), values[:, drawn].mean(axis=2)])
    if rising:
        at, means = at[::-1], means[::-1]
    found = np.array([_first_below(at, mean, level) for mean in means.T])
    crosses = np.isfinite(found[0])
    if rising:
        found = np.where(
            np.isinf(found), -found, found
        )  # what lies before the range, coming from its end, is beyond it
    found = np.exp(found) if logarithmic else np.maximum(found, 0.0)
    ends = np.quantile(found[1:], [0.5 - confidence / 2, 0.5 + confidence / 2], method="nearest")
    return Lost(float(found[0]) if crosses else np.nan, float(ends[0]), float(ends[1]))


def _first_below(x: np.ndarray, mean: np.ndarray, level: float) -> float:
    """Return where the mean falls below the level; −∞ if it is so from the start, ∞ if it never is."""
    below = np.flatnonzero(mean < level)
    if not below.size or below[0] == 0:
        return -np.inf if below.size else np.inf
    high, low = below[0] - 1, below[0]
    return float(x[high] + (x[low] - x[high]) * (mean[high] - level) / (mean[high] - mean[low]))


def over_networks(raw: xarray.Dataset, measures: Mapping[str, str], confidence: float) -> xarray.Dataset:
    """Return shares over (…, network) as means with intervals; `measures` gives their long names."""
    measurements = {name: Measurement(text, bounds=(0.0, 1.0)) for name, text in measures.items()}
    variables = summarise(raw, measurements, confidence=confidence)
    return xarray.Dataset(variables, {str(name): raw[name] for name in raw[next(iter(measures))].dims[:-1]})


def described(
    out: xarray.Dataset,
    constraints: Mapping[str, str],
    trials: str,
    networks: int,
    seed: int,
    confidence: float,
    fixed: Mapping[str, float],
) -> xarray.Dataset:
    """Return a sweep with its constraints by their labels, and how it was made in attrs."""
    names = np.array(list(constraints))
    attrs = {
        "method": "enumerated or sampled states; recall by the exact engine",
        "engine": "event",
        "seed": seed,
        "n_networks": networks,
        "n_trials": trials,
        "confidence": confidence,
        "intervals_over": OVER_NETWORKS,
        "constraints": json.dumps(dict(constraints)),
        **fixed,
    }
    label = ("constraint", names, {"long_name": "constraint", "units": "1"})
    return out.assign_coords(constraint=label).assign_attrs(attrs)
