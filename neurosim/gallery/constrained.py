"""Capacity and recall with sparse wiring, Dale's law, coarse weights and broken parts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import xarray

from neurosim.constraints import (
    Asymmetric,
    Constraint,
    Dale,
    DeadNeurons,
    DeadSynapses,
    DistanceDependent,
    Homeostatic,
    Quantised,
    Sparse,
    SpreadThreshold,
    StuckSynapses,
    SynapticNoise,
)
from neurosim.gallery.base import Data, Entry, Plan
from neurosim.measure.constraints.crossings import crossing_value
from neurosim.measure.constraints.interneurons import circuit_shares
from neurosim.measure.constraints.stability import N_STATES, learned_shares
from neurosim.measure.constraints.sweep import constraint_sweep
from neurosim.measure.statistics import Interval, format_estimate
from neurosim.plots import constraints as figure
from neurosim.report.page import Row

SIZES = (10, 20, 50)
DENSITIES = (5e-4, 1e-3, 2e-3, 3e-3, 5e-3, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)


def then_homeostatic(
    first: Callable[[float], Constraint], value: float, *, incoming_only: bool = False
) -> list[Constraint]:
    """Return a constraint of this value and homeostasis after it."""
    return [first(value), Homeostatic(incoming_only)]


def dale(interneurons: str, excitatory: float) -> list[Constraint]:
    """Return Dale's law with the same share of excitatory neurons in both layers, and homeostasis after it."""
    return [Dale(excitatory, excitatory, interneurons), Homeostatic()]


def circuit(interneurons: str, ratio: float) -> Dale:
    """Return Dale's law with 80% excitatory neurons, whatever the time constant of the interneurons."""
    return Dale(0.8, 0.8, interneurons)


def dead_visible(share: float) -> DeadNeurons:
    """Return the constraint that a share of the visible neurons is dead."""
    return DeadNeurons(visible=share)


def dead_hidden(share: float) -> DeadNeurons:
    """Return the constraint that a share of the hidden neurons is dead."""
    return DeadNeurons(hidden=share)


SPARSE = {
    "reciprocal": Sparse,
    "reciprocal, homeostatic": partial(then_homeostatic, Sparse),
    "the same, incoming synapses only": partial(then_homeostatic, Sparse, incoming_only=True),
    "by distance": DistanceDependent,
    "one way at a time": partial(Sparse, reciprocal=False),
}
CORRELATIONS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
ASYMMETRIC = {"θ = ½": Asymmetric, "homeostatic": partial(then_homeostatic, Asymmetric)}
SPLITS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
DALE = {
    "wrong signs cut": partial(dale, "none"),
    "cut, two inhibitory pools": partial(dale, "pool"),
    "relay interneurons": partial(dale, "relay"),
}
RATIOS = (0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0)  # τ_i/τ_h
INTERNEURONS = {"two inhibitory pools": partial(circuit, "pool"), "relay interneurons": partial(circuit, "relay")}
BITS = tuple(range(1, 9))
FEW_VISIBLE = 20.0  # per hidden neuron: where Gaussian weights just suffice, so that any loss would show
LEARNED_SIZES = (10, 24, 48)
LEARNED_DENSITIES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
SHARES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7)
BROKEN = {
    "dead synapses": DeadSynapses,
    "stuck synapses": StuckSynapses,
    "dead visible neurons": dead_visible,
    "dead hidden neurons": dead_hidden,
    "wrong weights (std)": SynapticNoise,
    "spread thresholds (std)": SpreadThreshold,
}


def _sweep(plan: Plan, constraints: dict[str, Any], values: tuple[float, ...], **settings: Any) -> xarray.Dataset:
    step = plan.pick(1, max(1, len(values) // 4))
    grid = {"value": values[::step], "n_hidden": plan.pick(SIZES, (6, 8))}
    common = {"seed": plan.seed, "runner": plan.runner, "n_cues": plan.pick(256, 32)}
    return constraint_sweep(plan.networks, constraints, grid, **common, **settings)


def _measure_bits(plan: Plan) -> Data:
    sizes, epochs = plan.pick(LEARNED_SIZES, (8, 10)), 20  # fewer neurons or epochs leave some with one code for all
    common: dict[str, Any] = {"seed": plan.seed, "runner": plan.runner, "measure": learned_shares, "epochs": epochs}
    bits = {"value": BITS[:: plan.pick(1, 3)], "n_hidden": sizes}
    density = {"value": LEARNED_DENSITIES[:: plan.pick(1, 4)], "n_hidden": sizes}
    return {
        "random": _sweep(plan, {"quantised": Quantised}, BITS, visible_per_hidden=FEW_VISIBLE),
        "bits": constraint_sweep(plan.networks, {"quantised": Quantised}, bits, **common),
        "density": constraint_sweep(plan.networks, {"sparse": Sparse}, density, **common),
    }


def _half(crossing: Interval, shares: xarray.DataArray) -> str:
    if np.isnan(crossing.estimate):
        return f"nowhere: the share is {float(shares.min()):.3g} to {float(shares.max()):.3g}"
    return format_estimate(crossing, digits=3)


def _rows(found: xarray.Dataset, quantity: str, what: str, *, logarithmic: bool = False) -> list[Row]:
    """Return where a share falls below one half, by constraint and N_h."""
    rows = []
    for name in found.constraint.values:
        for n_hidden in found.n_hidden.values:
            here = found.sel(constraint=name, n_hidden=n_hidden)
            each = here[f"{quantity}_by_network"].transpose("value", "network")
            crossing = crossing_value(found.value, each, logarithmic=logarithmic)
            rows.append((f"{name}, N_h = {n_hidden}", _half(crossing, here[quantity]), what))
    return rows


def _about(found: xarray.Dataset) -> str:
    about = found.attrs
    return (
        f"{about['n_networks']} independent networks at each point, {N_STATES:,} states (all, if fewer) and "
        f"{about['n_cues']} noisy cues each, σ_v = {about['noise_std']:g}; bands: "
        f"{100 * about['confidence']:g}% over networks. Dashed: theory, the normal "
        "approximation from moments of the synapses (`neurosim.theory.moments`), where there is one."
    )


def _theory(found: xarray.Dataset, quantity: str = "stored", law: str = "law") -> str:
    away = abs(found[law] - found[quantity])
    inside = (found[law] >= found[f"{quantity}_lower"] - 1e-3) & (found[law] <= found[f"{quantity}_upper"] + 1e-3)
    at = away.argmax(...)
    place = ", ".join(f"{d} = {away[d].values[int(at[d])]}" for d in ("constraint", "value", "n_hidden"))
    return (
        f"Theory of the share {quantity.removesuffix('_best')} lies within the interval, to 0.001, at "
        f"{int(inside.sum())} of {int(away.notnull().sum())} points; it is farthest off at {place}, by "
        f"{float(away.max()):.2g}."
    )


def _describe_sparse(data: Data) -> tuple[list[str], list[Row]]:
    found = data["sparse"]
    text = [
        "The share of the 2^N_h hidden states that are stable, and of noisy cues that are recalled perfectly, when "
        "only some synapses exist and those are stronger, so that J_μμ stays in the mean. N_v = 100 N_h, θ = ½, τ_v = "
        f"20 τ_h. {_about(found)}",
        "Where a visible and a hidden neuron are joined both ways or not at all, crosstalk stays what it was, and only "
        "the self-couplings J_μμ spread; homeostasis, which makes them equal, restores capacity. Where the two "
        f"directions are wired independently, it is as if there were p²N_v visible neurons. {_theory(found)}",
    ]
    below = "density at which half of the states are stable"
    rows = _rows(found, "stored", below, logarithmic=True)
    rows += _rows(found, "recalled", "density at which half of the cues are recalled", logarithmic=True)
    return text, rows


def _describe_asymmetric(data: Data) -> tuple[list[str], list[Row]]:
    found = data["asymmetric"]
    text = [
        "Synapses visible → hidden that only correlate, by ρ, with those hidden → visible, instead of being the same: "
        f"J_μμ falls to ρ in the mean, crosstalk stays. N_v = 100 N_h, θ = ½, τ_v = 20 τ_h. {_about(found)}",
        "At a fixed θ all is lost where ρ nears θ; with homeostasis it is as if there were ρ²N_v visible neurons. "
        f"{_theory(found)}",
    ]
    rows = _rows(found, "stored", "correlation at which half of the states are stable")
    return text, rows + _rows(found, "recalled", "correlation at which half of the cues are recalled")


def _describe_dale(data: Data) -> tuple[list[str], list[Row]]:
    found = data["dale"]
    text = [
        "Dale's law: every neuron excites or inhibits, never both; the same share of either layer excites. Synapses of "
        "the wrong sign are cut, or cut with one inhibitory pool in each direction that takes away the mean of what is "
        "left, or replaced exactly by one inhibitory relay a neuron. Then homeostasis makes J_μμ = 1. N_v = 100 N_h, "
        f"θ = ½, τ_v = 20 τ_h. {_about(found)}",
        f"Cutting alone works where both layers are balanced. {_theory(found)}",
    ]
    rows = _rows(found, "stored", "excitatory share at which half of the states are stable")
    largest = found.isel(n_hidden=-1)
    for name in found.constraint.values:
        for x in (0.5, 0.8, 1.0):
            here = largest.sel(constraint=name).sel(value=x, method="nearest")
            what = f"{name}, {float(here.value):.0%} excite, N_h = {int(here.n_hidden)}"
            notes = {"stored": "stable", "stored_best": "stable at the best θ", "recalled": "recalled"}
            rows += [(what, format_estimate(here, quantity), note) for quantity, note in notes.items()]
    return text, rows


def _describe_bits(data: Data) -> tuple[list[str], list[Row]]:
    random, bits, density = data["random"], data["bits"], data["density"]
    ratio = random.attrs["visible_per_hidden"]
    text = [
        f"Weights of few equally spaced levels. Random networks, N_v = {ratio:g} N_h, θ = ½: {_about(random)} Learned "
        f"networks: {bits.attrs['n_networks']} for each N_h, certified, of the 1,797 built-in digits (N_v = 64).",
        f"Signs alone serve random weights as well as real numbers do: with one bit J_μμ is the same for all neurons. "
        f"{_theory(random)} Learned weights make J what it should be by cancellation, which coarse weights and lost "
        f"synapses undo. Against bits: {_theory(bits)} {_theory(bits, 'certified', 'law_certified')} Against density: "
        f"{_theory(density)}",
    ]
    ends = [random.isel(constraint=0, value=x, n_hidden=n) for n in range(random.sizes["n_hidden"]) for x in (0, -1)]
    rows = [
        (f"random, N_h = {int(here.n_hidden)}, bits = {int(here.value)}", format_estimate(here, quantity), note)
        for here in ends
        for quantity, note in (("stored", "stable"), ("recalled", "recalled"))
    ]
    for quantity, what in (
        ("stored", "half of the states are stable"),
        ("certified", "half of the networks are certified"),
        ("codes", "half of the images keep their code"),
    ):
        rows += _rows(bits, quantity, f"learned: bits at which {what}")
    for quantity, what in (
        ("stored", "half of the states are stable"),
        ("codes", "half of the images keep their code"),
    ):
        rows += _rows(density, quantity, f"learned: density at which {what}")
    return text, rows


def _describe_broken(data: Data) -> tuple[list[str], list[Row]]:
    found = data["broken"]
    text = [
        "Parts that are broken, or made badly, and nothing that makes good for it; in the lower rows every network has "
        f"the one θ at which most of its states are stable. N_v = 100 N_h, τ_v = 20 τ_h. {_about(found)}",
        "Dead and stuck synapses lower J_μμ to (1 − d)², dead visible neurons to 1 − d, so at θ = ½ they cost all "
        "memory near d = 0.29 and 0.5, and little if the threshold follows. Every dead hidden neuron halves the number "
        f"of memories. {_theory(found)} At the best θ: {_theory(found, 'stored_best', 'law_best')}",
    ]
    rows = _rows(found, "stored", "share (or std) at which half of the states are stable, θ = ½")
    rows += _rows(found, "stored_best", "the same at the best θ")
    rows += _rows(found, "recalled_best", "share (or std) at which half of the cues are recalled, the same θ")
    return text, rows


def _measure_interneurons(plan: Plan) -> Data:
    grid = {"value": RATIOS[:: plan.pick(1, 3)], "n_hidden": plan.pick(SIZES, (6, 8))}
    common: dict[str, Any] = {"seed": plan.seed, "runner": plan.runner, "n_cues": plan.pick(128, 16)}
    return {"speed": constraint_sweep(plan.networks, INTERNEURONS, grid, measure=circuit_shares, **common)}


def _describe_interneurons(data: Data) -> tuple[list[str], list[Row]]:
    found = data["speed"]
    about = found.attrs
    text = [
        "Dale's law with 80% of the neurons excitatory, and homeostasis: recall from noisy cues "
        "in the circuit itself, its interneurons at rest when the cue comes, against their time constant τ_i. N_v = "
        f"100 N_h, θ = ½, τ_v = 20 τ_h. {about['n_networks']} independent networks at each point, {about['n_trials']} "
        f"cues each, σ_v = {about['noise_std']:g}; bands: {100 * about['confidence']:g}% over networks. Dashed: "
        "without interneurons, eliminated as for τ_i → 0.",
    ]
    rows = _rows(found, "circuit", "τ_i/τ_h at which half of the cues are recalled", logarithmic=True)
    for name in found.constraint.values:
        for n_hidden in found.n_hidden.values:
            here = found.sel(constraint=name, n_hidden=n_hidden)
            one = here.sel(value=1.0, method="nearest")
            rows.append(
                (f"{name}, N_h = {n_hidden}, eliminated", format_estimate(here.isel(value=0), "eliminated"), "recalled")
            )
            rows.append(
                (
                    f"{name}, N_h = {n_hidden}, τ_i/τ_h = {float(one.value):g}",
                    format_estimate(one, "circuit"),
                    "recalled",
                )
            )
    return text, rows


ENTRIES = (
    Entry(
        "sparse",
        "Capacity and recall of sparse networks",
        lambda plan: {"sparse": _sweep(plan, SPARSE, DENSITIES)},
        lambda data: figure.sizes(data["sparse"], ("stored", "recalled"), "Density", logarithmic=True),
        _describe_sparse,
    ),
    Entry(
        "asymmetric",
        "Capacity and recall where feedback only resembles the forward path",
        lambda plan: {"asymmetric": _sweep(plan, ASYMMETRIC, CORRELATIONS)},
        lambda data: figure.sizes(data["asymmetric"], ("stored", "recalled"), "Correlation of the two directions"),
        _describe_asymmetric,
    ),
    Entry(
        "dale",
        "Capacity and recall where every neuron excites or inhibits",
        lambda plan: {"dale": _sweep(plan, DALE, SPLITS)},
        lambda data: figure.sizes(data["dale"], ("stored", "recalled"), "Excitatory share of neurons"),
        _describe_dale,
    ),
    Entry(
        "interneurons",
        "How fast interneurons must be",
        _measure_interneurons,
        lambda data: figure.sizes(
            data["speed"], ("circuit",), "$\\tau_i/\\tau_h$", logarithmic=True, dashed="interneurons eliminated"
        ),
        _describe_interneurons,
    ),
    Entry(
        "bits",
        "Coarse weights, random and learned",
        _measure_bits,
        lambda data: figure.learned(data["random"], data),
        _describe_bits,
    ),
    Entry(
        "broken",
        "Capacity with broken parts",
        lambda plan: {"broken": _sweep(plan, BROKEN, SHARES)},
        lambda data: figure.sizes(data["broken"], ("stored", "stored_best", "recalled_best"), "Share of parts, or std"),
        _describe_broken,
    ),
)
