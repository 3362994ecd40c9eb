"""How much of the cue space each attractor owns: random cues, where they end, and what was not seen.

Cues are Gaussian, v_i ~ N(0, σ²) independently, and h(0) = 0. Only u = (√N_h/N_v) Bv enters (`neurosim.reduction`),
which is Gaussian with covariance σ² (N_h/N_v) G, G = BBᵀ/N_v; so u is drawn directly, with exactly the same law.

For orthonormal basic memories (J = 1) and θ > 0 every neuron is on its own: h_μ = u_μ φ(t) until it crosses, and then
it stays on. With p = max φ (`neurosim.measure.basins.shocks.peak_transfer`) the basin volumes are, for any τ_v/τ_h,

    P(s) = ∏_μ q_μ^{s_μ} (1 − q_μ)^{1−s_μ},    q_μ = Q(θ_μ/(p_μ σ_u,μ)),    σ_u,μ = σ √(N_h G_μμ/N_v).

A cue of a memory's own size has σ_u ≈ √(N_h/2N_v): for N_v ≫ N_h far below θ, so that nearly all of that shell
belongs to the all-off state. The other basins show themselves at σ_u ≈ θ, σ ≈ θ √(N_v/N_h).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import xarray
from scipy.stats import norm
from tqdm import tqdm

from neurosim import InvalidInput, Network, recall, theory
from neurosim.measure.basins.shocks import hidden_equivalent
from neurosim.measure.recall import attractors
from neurosim.measure.statistics import Interval, interval_variables, proportion_interval
from neurosim.sweep.seeds import spawn_seeds
from neurosim.validation import generator, whole

CHUNK_BYTES = 64e6


def basin_volumes(
    net: Network,
    *,
    n_cues: int = 100_000,
    cue_std: float | None = None,
    memories: np.ndarray | None = None,
    duration: Any = None,
    seed: int,
    confidence: float = 0.95,
    progress: bool = False,
) -> xarray.Dataset:
    """Recall random Gaussian cues from h(0) = 0 with the exact engine, and count where they end.

    Parameters
    ----------
    net : Network
        Heaviside units, one τ_v.
    n_cues : int, default 100,000
    cue_std : float, optional
        σ of the cues, dimensionless. Default: the rms of the memories' visible states ξs/√N_h, over memories and
        neurons; without `memories`, of all 2^N_h states. See the module for what that means where N_v ≫ N_h.
    memories : ndarray (memory, hidden), bool or 0/1, optional
        The states that the network is meant to hold; distinct. Any other attractor is *spurious*. In a random network
        all stable states count as memories, and "spurious" can only mean "reached, but not among those given".
        Without `memories` there is no such distinction and every attractor is a memory.
    duration : time, optional
        As in `neurosim.recall`.
    seed : int
    confidence : float, default 0.95
    progress : bool, default False

    Returns
    -------
    xarray.Dataset
        Over attractor (`neurosim.measure.recall.attractors.unique`, largest first): hidden_active, size (cues), share
        of all cues,
        spurious, nearest_memory (index, fewest bits, ties to the lowest; −1 without `memories`), bits_to_memory (0 at
        or without one), n_active, margin. Numbers: share_in_memories, share_spurious, share_unsettled (Wilson limits);
        n_reached, n_spurious; of the cues that settled: entropy, entropy_plug_in (bits), and with limits coverage and
        richness; see the functions of these names. attrs: cue_std.

    Raises
    ------
    InvalidInput
        n_cues < 1, cue_std not > 0, memories that do not fit, or a network of another kind.
    """
    whole(n_cues, "n_cues")
    if memories is not None:
        memories = _memories(net, memories)
    std = _memory_rms(net, memories) if cue_std is None else float(cue_std)
    if not (np.isfinite(std) and std > 0):
        raise InvalidInput(f"cue_std must be finite and > 0, got {std}; give one, for instance θ √(N_v/N_h)")
    groups = attractors.unique(_recall_random(net, int(n_cues), std, duration, seed, progress))
    states, size = groups.hidden_active.values, groups["size"].values
    nearest, bits = _nearest_memory(states, memories)
    spurious = bits > 0
    each = {
        "size": (size, "cues that end there"),
        "nearest_memory": (nearest, "index of the nearest memory; −1: none given"),
        "bits_to_memory": (bits, "bits to the nearest memory"),
        "n_active": (states.sum(axis=1), "active hidden neurons"),
        "margin": (theory.stability_margin(net, states), "stability margin"),
        "spurious": (spurious, "whether it is none of the memories"),
    }
    settled = int(size.sum())
    shares = {
        "share_in_memories": (size[~spurious].sum(), "share of cues that end in a memory"),
        "share_spurious": (size[spurious].sum(), "share of cues that end in a spurious attractor"),
        "share_unsettled": (n_cues - settled, "share of cues that did not settle"),
    }
    numbers = {
        "n_reached": (len(size), "attractors reached", "1"),
        "n_spurious": (int(spurious.sum()), "spurious attractors reached", "1"),
        "entropy": (entropy(size), "basin entropy, Chao–Shen", "bit"),
        "entropy_plug_in": (_plug_in(size), "basin entropy of the observed shares, too low", "bit"),
    }
    variables: dict[str, Any] = {"hidden_active": groups.hidden_active}
    for name, (values, text) in each.items():
        variables[name] = ("attractor", values, {"long_name": text, "units": "1"})
    interval = proportion_interval(size, np.full(len(size), n_cues), confidence=confidence)
    variables |= interval_variables("share", ("attractor",), interval, "share of cues that end there")
    for name, (count, text) in shares.items():
        variables |= interval_variables(name, (), proportion_interval(count, n_cues, confidence=confidence), text)
    for name, (value, text, units) in numbers.items():
        variables[name] = ((), value, {"long_name": text, "units": units})
    text = "share of the basins' volume that belongs to the attractors reached"
    variables |= interval_variables("coverage", (), coverage(size, confidence=confidence), text)
    text = "number of attractors with a basin, lower estimate (Chao1)"
    variables |= interval_variables("richness", (), richness(size, confidence=confidence), text)
    attrs = {"method": "recall of Gaussian cues", "n_networks": 1, "n_trials": n_cues, "cue_std": std, "seed": seed}
    attrs |= {"confidence": confidence, "memories": 0 if memories is None else len(memories)}
    return xarray.Dataset(variables, attrs={**groups.attrs, **attrs})


def _memories(net: Network, memories: Any) -> np.ndarray:
    memories = np.asarray(memories)
    if memories.ndim != 2 or not len(memories):
        raise InvalidInput(f"memories must have shape (memory, hidden) = (≥1, {net.n_hidden}), got {memories.shape}")
    theory.is_fixed_point(net, memories)  # refuses what is no state of this network, in its own words
    memories = memories.astype(bool)
    if len(np.unique(memories, axis=0)) < len(memories):
        raise InvalidInput("memories must be distinct; take them from neurosim.measure.recall.attractors.unique")
    return memories


def _memory_rms(net: Network, memories: np.ndarray | None) -> float:
    if memories is not None:
        return float(np.sqrt(np.mean(theory.visible_state(net, memories) ** 2)))
    mean = theory.visible_state(net, np.full(net.n_hidden, 0.5))  # over all states: E v² = (E v)² + Var v
    return float(np.sqrt(np.mean(mean**2 + (net.weights**2).sum(axis=1) / (4 * net.n_hidden))))


def _recall_random(net: Network, n_cues: int, std: float, duration: Any, seed: int, progress: bool) -> xarray.Dataset:
    small = hidden_equivalent(net)
    r = np.linalg.qr(net.feedback_weights.T)[1]  # Bᵀ = QR: Bv = Rᵀ(Qᵀv), and Qᵀv is as Gaussian as v
    to_cue = std / net.n_visible * r  # u/√N_h
    rows = max(1, int(CHUNK_BYTES // (40 * net.n_hidden)))
    starts = range(0, n_cues, rows)
    states, outcomes = [], []
    attrs: dict[str, Any] = {}
    for start, chunk_seed in zip(
        tqdm(starts, disable=None if progress else True, desc="cues", leave=False),
        spawn_seeds(seed, len(starts)),
        strict=True,
    ):
        cues = generator(chunk_seed).standard_normal((min(rows, n_cues - start), len(r))) @ to_cue
        out = recall(small, cues, engine="event", duration=duration, read_out=False)
        states.append(out.hidden_active.values)
        outcomes.append(out.outcome.values)
        attrs = {**out.attrs, "n_visible": net.n_visible, "symmetric": int(net.is_symmetric)}
    variables = {"hidden_active": (("cue", "hidden_neuron"), np.concatenate(states), out.hidden_active.attrs)}
    return xarray.Dataset({**variables, "outcome": ("cue", np.concatenate(outcomes), out.outcome.attrs)}, attrs=attrs)


def _nearest_memory(states: np.ndarray, memories: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    nearest, bits = np.full(len(states), -1), np.zeros(len(states), dtype=np.int64)
    if memories is None:
        return nearest, bits
    m = memories.astype(float)
    rows = max(1, int(CHUNK_BYTES // (8 * len(m))))
    for start in range(0, len(states), rows):
        s = states[start : start + rows].astype(float)
        hamming = s.sum(axis=1)[:, None] + m.sum(axis=1) - 2 * s @ m.T
        nearest[start : start + rows] = hamming.argmin(axis=1)
        bits[start : start + rows] = hamming.min(axis=1)
    return nearest, bits


class _Rare(NamedTuple):
    """Sample size n, distinct kinds, and how many of them were seen once (f1) and twice (f2)."""

    n: int
    kinds: int
    f1: int
    f2: int


def _rare(sizes: Any) -> _Rare:
    sizes = np.asarray(sizes)
    if sizes.ndim != 1 or sizes.dtype.kind not in "iu" or (sizes < 1).any():
        raise InvalidInput("sizes must be whole numbers >= 1, one per attractor")
    return _Rare(int(sizes.sum()), len(sizes), int((sizes == 1).sum()), int((sizes == 2).sum()))


def _plug_in(sizes: np.ndarray) -> float:
    share = sizes / max(sizes.sum(), 1)
    return float(-(share * np.log2(share)).sum()) + 0.0 if len(sizes) else np.nan


def entropy(sizes: Any) -> float:
    """Return the entropy of the basin volumes in bits, corrected for basins not seen; NaN for no cue.

    Ĉ = 1 − f1/n, p̃ = Ĉ size/n, H = −Σ p̃ log₂ p̃ / (1 − (1 − p̃)ⁿ): Horvitz–Thompson weights on Good–Turing shares.
    Were all seen once, f1 = n − 1 is taken, so that Ĉ > 0.

    Parameters
    ----------
    sizes : array_like of int (attractor,)
        Cues that ended in each attractor reached.

    Notes
    -----
    Basin entropy: Krawitz & Shmulevich, Phys. Rev. Lett. 98:158701 (2007). Correction: Chao & Shen, Environ. Ecol.
    Stat. 10:429 (2003).
    """
    n, kinds, f1, _ = _rare(sizes)
    if not kinds:
        return np.nan
    share = (1 - min(f1, n - 1) / n) * np.asarray(sizes) / n
    seen = -np.expm1(n * np.log1p(-np.minimum(share, 1 - 1e-16)))
    return float(-(share * np.log2(share) / seen).sum()) + 0.0


def coverage(sizes: Any, *, confidence: float = 0.95) -> Interval:
    """Return the share of all basins' volume that the attractors reached make up: Good–Turing, 1 − f1/n.

    Parameters
    ----------
    sizes : array_like of int (attractor,)
        Cues that ended in each attractor reached; f1 attractors have one, f2 two.
    confidence : float, default 0.95

    Notes
    -----
    Good, Biometrika 40:237 (1953); limits by Esty's variance (f1 (1 − f1/n) + 2 f2)/n² (Ann. Stat. 11:905, 1983), with
    one more of each, f1 + 1 and f2 + 1, so that they have a width even where f1 = f2 = 0. Approximate: 93% to 100%
    over equal, geometric, power-law and orthonormal-basin volumes, n = 50 to 3,000, at nominal 95%.
    """
    n, _, f1, f2 = _rare(sizes)
    if not n:
        return Interval(np.array(np.nan), np.array(0.0), np.array(1.0))
    seen = 1 - f1 / n
    half = norm.ppf(0.5 + confidence / 2) * np.sqrt((f1 + 1) * seen + 2 * (f2 + 1)) / n
    return Interval(np.array(seen), np.array(max(seen - half, 0.0)), np.array(min(seen + half, 1.0)))


def richness(sizes: Any, *, confidence: float = 0.95) -> Interval:
    """Return Chao1, a lower estimate of how many attractors have a basin at all, seen or not.

    Chao1 = kinds + (n−1)/n · f1²/(2 f2), or kinds + (n−1)/n · f1 (f1−1)/2 if f2 = 0. Its expectation is at most the
    number of attractors, and equal to it for equal basins; tiny basins are as good as invisible.

    Parameters
    ----------
    sizes : array_like of int (attractor,)
    confidence : float, default 0.95

    Notes
    -----
    Chao, Scand. J. Stat. 11:265 (1984); variance and log-normal limits, never below `kinds`: Biometrics 43:783 (1987).
    They are limits for the lower estimate, not for the number itself, and have no width where nothing points to unseen
    attractors (f1 = 0, or f1 = 1 and f2 = 0).
    """
    n, kinds, f1, f2 = _rare(sizes)
    if not n:
        return Interval(np.array(np.nan), np.array(0.0), np.array(np.inf))
    k = (n - 1) / n
    if f2:
        extra, q = k * f1**2 / (2 * f2), f1 / f2
        variance = f2 * (k * q**2 / 2 + k**2 * q**3 + k**2 * q**4 / 4)
    else:
        extra = k * f1 * (f1 - 1) / 2
        variance = extra + k**2 * (f1 * (2 * f1 - 1) ** 2 - f1**4 / (kinds + extra)) / 4
    if extra <= 0:
        return Interval(*(np.array(float(kinds)) for _ in range(3)))
    stretch = np.exp(norm.ppf(0.5 + confidence / 2) * np.sqrt(np.log1p(max(variance, 0.0) / extra**2)))
    return Interval(np.array(kinds + extra), np.array(kinds + extra / stretch), np.array(kinds + extra * stretch))


def spurious(net: Network, memories: np.ndarray, volumes: xarray.Dataset, *, limit: int = 8) -> xarray.Dataset:
    """Return the largest spurious attractors and what they look like, beside the memories that look most alike.

    Parameters
    ----------
    net : Network
    memories : ndarray (memory, hidden), bool or 0/1
        As given to `basin_volumes`.
    volumes : xarray.Dataset
        From `basin_volumes`.
    limit : int, default 8
        At most so many.

    Returns
    -------
    xarray.Dataset over attractor, largest first
        hidden_active, share, visible (attractor, visible_neuron) = ξs/√N_h; nearest_memory: index of the memory whose
        visible state is nearest (not always the one of fewest bits), memory_visible, its visible state, distance
        between the two, per neuron, ‖·‖/√N_v, and bits.

    Raises
    ------
    InvalidInput
        Memories that do not fit, or none of the volumes is spurious.
    """
    memories = _memories(net, memories)
    bits = _nearest_memory(volumes.hidden_active.values, memories)[1]
    chosen = np.nonzero(bits > 0)[0][:limit]
    if not len(chosen):
        raise InvalidInput("no attractor reached is spurious: all are among the memories")
    states = volumes.hidden_active.values[chosen]
    difference = np.stack([_nearest_visible(net, state, memories) for state in states])
    nearest = difference[:, 0].astype(np.int64)
    numbers = {
        "share": (volumes.share.values[chosen], "share of cues that end there"),
        "nearest_memory": (nearest, "index of the memory nearest in visible space"),
        "distance": (difference[:, 1], "distance to it, per visible neuron"),
        "bits": ((states != memories[nearest]).sum(axis=1), "bits to it"),
    }
    variables: dict[str, Any] = {"hidden_active": volumes.hidden_active[chosen]}
    for name, (values, text) in numbers.items():
        variables[name] = ("attractor", values, {"long_name": text, "units": "1"})
    for name, rows, text in (("visible", states, "the attractor"), ("memory_visible", memories[nearest], "the memory")):
        values = theory.visible_state(net, rows)
        attrs = {"long_name": f"visible state of {text}", "units": "1"}
        variables[name] = (("attractor", "visible_neuron"), values, attrs)
    return xarray.Dataset(variables, attrs=volumes.attrs)


def _nearest_visible(net: Network, state: np.ndarray, memories: np.ndarray) -> tuple[int, float]:
    change = memories.astype(float) - state
    squared = ((change @ (net.weights.T @ net.weights)) * change).sum(axis=1) / (net.n_hidden * net.n_visible)
    return int(squared.argmin()), float(np.sqrt(max(squared.min(), 0.0)))
