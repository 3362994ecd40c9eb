"""Stable states and recall of networks under constraints, for Gaussian and for learned weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np

from neurosim import InvalidInput, Network, recall, theory
from neurosim.constraints import Constraint, Quantised, constrain
from neurosim.measure.constraints import laws
from neurosim.measure.recall.trials import cue_damage, random_targets, run_trials
from neurosim.seeds import spawn_seeds
from neurosim.theory.stability import distances
from neurosim.validation import sequence_of

N_STATES = 2**14  # states tested in each network: all of them up to N_h = 14, above that as many at random


class FieldExtremes(NamedTuple):
    """Extreme fields minus thresholds of states: the lowest of an active and the highest of an inactive neuron.

    Parameters
    ----------
    lowest_active, highest_inactive : ndarray (state,)
        In units of h; ±∞ for states without active or without inactive neurons.

    See Also
    --------
    field_extremes : Computes them.

    Examples
    --------
    >>> import numpy as np
    >>> from neurosim.measure.constraints.stability import FieldExtremes
    >>> found = FieldExtremes(np.array([1.0, 2.0, 4.0]), np.array([0.0, 0.5, 3.0]))
    >>> found.best_shift(), round(found.stable_share(0.75), 2)
    (0.75, 0.67)
    """

    lowest_active: np.ndarray
    highest_inactive: np.ndarray

    def stable_share(self, shift: float = 0.0) -> float:
        """Return the share of states that are fixed points if all thresholds rise by `shift` (eq. 5)."""
        return float(((self.lowest_active > shift) & (self.highest_inactive <= shift)).mean())

    def best_shift(self) -> float:
        """Return the middle of the shifts of all thresholds for which most states are fixed points."""
        possible = self.lowest_active > self.highest_inactive  # fixed for shifts between the two
        places = np.concatenate([self.lowest_active[possible], self.highest_inactive[possible]])
        if not places.size:
            return 0.0
        order = np.argsort(places, kind="stable")  # at equal places ends before starts, as the end is excluded
        count = np.cumsum(np.repeat([-1, 1], possible.sum())[order])
        at = int(count.argmax())
        low, high = np.maximum(places[order[at : at + 2]], -1e6)  # the state without inactive neurons has no lower end
        return float(low + high) / 2 if np.isfinite(high) else float(low)


def field_extremes(net: Network, states: np.ndarray) -> FieldExtremes:
    """Return the extreme fields minus thresholds of states.

    Parameters
    ----------
    net : Network
        With linear visible neurons.
    states : ndarray (state, hidden) bool

    Returns
    -------
    FieldExtremes

    Examples
    --------
    >>> from neurosim import Network, patterns
    >>> from neurosim.measure.constraints.stability import field_extremes
    >>> net = Network.gaussian(600, 6, seed=0)
    >>> field_extremes(net, patterns.all_hidden_states(6)).stable_share()
    1.0
    """
    states, distance, scaled = distances(net, states)
    fields = scaled.unscaled(distance)
    return FieldExtremes(np.where(states, fields, np.inf).min(axis=1), np.where(states, -np.inf, fields).max(axis=1))


def gaussian_shares(
    *,
    seed: int,
    constraint: Callable[[float], Constraint | Sequence[Constraint]],
    value: float,
    n_hidden: int,
    visible_per_hidden: float = 100.0,
    noise_std: float = 1.0,
    n_cues: int = 256,
) -> dict[str, float]:
    """Return shares of stable states and of exact recalls of a constrained Gaussian network.

    Parameters
    ----------
    seed : int
        Seed of the weights, the constraints, the states and the noise, with a separate stream for each.
    constraint : callable (value) → Constraint or sequence of Constraint
    value : float
        Argument of `constraint`.
    n_hidden : int
    visible_per_hidden : float, default 100
    noise_std : float, default 1
        σ_v on the cues that are recalled (eq. 13).
    n_cues : int, default 256

    Returns
    -------
    dict of str to float
        stored and recalled, the shares of stable states and of recalled cues, at θ = ½; stored_best and recalled_best,
        the same at the best θ of the network, best_threshold; n_states and n_recalls, the numbers of trials of these
        shares; law and law_best, the stored shares by theory (`neurosim.measure.constraints.laws.stored`).

    See Also
    --------
    learned_shares : The same for learned weights.
    neurosim.measure.constraints.sweep.constraint_sweep : Many networks over a grid.

    Examples
    --------
    >>> from neurosim.constraints import Sparse
    >>> from neurosim.measure.constraints.stability import gaussian_shares
    >>> found = gaussian_shares(seed=0, constraint=Sparse, value=0.5, n_hidden=6, n_cues=16)
    >>> found["stored"], found["recalled"]
    (1.0, 1.0)
    """
    weight_seed, constraint_seed, state_seed, half_seed, cue_seed = spawn_seeds(seed, 5)
    n_visible = max(1, round(visible_per_hidden * n_hidden))
    chosen = sequence_of(constraint(value), "the constraints", Constraint)
    free = Network.gaussian(n_visible, n_hidden, seed=weight_seed)
    net = constrain(free, chosen, seed=constraint_seed)
    found = field_extremes(net, random_targets(n_hidden, N_STATES, state_seed))
    # if states are sampled, the best threshold is chosen on other states than it is evaluated on
    sought = found
    if 2**n_hidden > N_STATES:
        sought = field_extremes(net, random_targets(n_hidden, N_STATES, half_seed))
    shift = sought.best_shift()
    values = {"stored": found.stable_share(), "stored_best": found.stable_share(shift), "best_threshold": 0.5 + shift}
    targets = random_targets(n_hidden, n_cues, state_seed)
    values |= {"n_states": len(found.lowest_active), "n_recalls": len(targets)}
    for name, moved in (("recalled", 0.0), ("recalled_best", shift)):
        shifted = net.replace(threshold=net.threshold + moved)
        got = run_trials(shifted, targets, cue_damage(noise_std), seed=cue_seed)
        values[name] = float(got.recalled.mean())
    law, law_best = _laws(tuple(chosen), n_visible, n_hidden)
    return {**values, "law": law, "law_best": law_best}


@cache
def _laws(several: tuple[Constraint, ...], n_visible: int, n_hidden: int) -> tuple[float, float]:
    """Return the stored shares by theory at θ = ½ and at the best θ."""
    return laws.stored(several, n_visible, n_hidden), laws.stored(several, n_visible, n_hidden, best=True)


@lru_cache(maxsize=256)
def _learned(n_hidden: int, seed: int, epochs: int) -> tuple[Network, np.ndarray]:
    """Return a certified network trained on the built-in digits, and the hidden states in which the images end."""
    from neurosim.learning import data, train

    images = data.load("digits")
    net = train(images, n_hidden=n_hidden, recipe="certified", epochs=epochs, seed=seed % 2**31)
    return net, recall(net, images.pixels, read_out=False).hidden_active.values


def learned_shares(
    *,
    seed: int,
    constraint: Callable[[float], Constraint | Sequence[Constraint]],
    value: float,
    n_hidden: int,
    epochs: int = 20,
) -> dict[str, float]:
    """Return stability, certificate and codes of a constrained network trained on digits by the recipe "certified".

    Parameters
    ----------
    seed : int
        Seed of the training, the constraint and the states. Each seed trains another network on the 1,797
        built-in digits.
    constraint : callable (value) → Constraint
        `Quantised` or reciprocal `Sparse`, alone.
    value : float
        Argument of `constraint`.
    n_hidden : int
    epochs : int, default 20

    Returns
    -------
    dict of str to float
        stored, the share of stable states; certified, whether all states are certified stable; codes, the share of the
        images that keep their hidden state; n_states and n_images, their numbers of trials; law and law_certified,
        stored and certified by theory (`neurosim.measure.constraints.laws.Perturbed`). law_certified is NaN for
        `Sparse`: near a density of 1 few synapses are lost, and their errors are far from normal.

    Raises
    ------
    InvalidInput
        More than one constraint, or one without theory.

    See Also
    --------
    gaussian_shares : The same for Gaussian weights.

    Examples
    --------
    >>> from neurosim.constraints import Quantised
    >>> from neurosim.measure.constraints.stability import learned_shares
    >>> learned_shares(seed=0, constraint=Quantised, value=8, n_hidden=6, epochs=1)["stored"]
    1.0
    """
    from neurosim.learning import data

    chosen = sequence_of(constraint(value), "the constraints", Constraint)
    if len(chosen) != 1:
        raise InvalidInput(f"a learned network takes exactly one constraint at a time, got {chosen}")
    train_seed, constraint_seed, state_seed = spawn_seeds(seed, 3)
    free, codes = _learned(n_hidden, train_seed, epochs)
    net = constrain(free, chosen, seed=constraint_seed)
    ends = recall(net, data.load("digits").pixels, read_out=False).hidden_active.values
    states = random_targets(n_hidden, N_STATES, state_seed)
    law = laws.Perturbed(free, chosen[0])
    return {
        "stored": field_extremes(net, states).stable_share(),
        "certified": float(theory.certify_all_states(net).holds),
        "codes": float((ends == codes).all(axis=1).mean()),
        "n_states": len(states),
        "n_images": len(ends),
        "law": law.stored(states[:1024]),
        "law_certified": law.certified() if isinstance(chosen[0], Quantised) else np.nan,
    }
