"""Basin volumes: the share of random cues that end in each attractor.

Cues are Gaussian, v_i ~ N(0, σ²) independently, and h(0) = 0. Only u = (√N_h/N_v) Bv enters (`neurosim.reduction`),
which is Gaussian with covariance σ² (N_h/N_v) G, G = BBᵀ/N_v; so u is drawn directly, with exactly the same law.

For orthonormal basic memories (J = 1) and 0 < θ < 1 neurons are independent: h_μ = u_μ φ(t) until neuron μ crosses;
then it stays on. With p = max φ (`neurosim.measure.basins.shocks.peak_transfer`) the basin volumes are, at any τ_v/τ_h,

    P(s) = ∏_μ q_μ^{s_μ} (1 − q_μ)^{1−s_μ},    q_μ = Q(θ_μ/(p_μ σ_u,μ)),    σ_u,μ = σ √(N_h G_μμ/N_v).

A cue as large as a memory has σ_u ≈ √(N_h/2N_v). For N_v ≫ N_h this is far below θ, so that by P(s) such cues end in
the all-off state, but for a share of at most Σ_μ q_μ. The other basins are reached at σ_u ≈ θ, σ ≈ θ √(N_v/N_h).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray
from tqdm import tqdm

from neurosim import InvalidInput, Network, recall, theory
from neurosim.engines import Engine, Event, get_engine
from neurosim.measure.basins.diversity import coverage, entropy, plug_in_entropy, richness
from neurosim.measure.basins.shocks import hidden_equivalent
from neurosim.measure.networks import of_one_size
from neurosim.measure.recall import attractors
from neurosim.measure.statistics import NOT_NEGATIVE, Measurement, interval_variables, share_variables, summarise
from neurosim.measure.statistics.summary import cut_above
from neurosim.seeds import spawn_seeds
from neurosim.validation import binary_array, generator, real, takes, whole

CHUNK_BYTES = 64e6
SUMMARIES = ("entropy", "n_reached", "coverage", "richness", "share_unsettled")  # of a network, as a mean over networks


@takes(net=Network)
def basin_volumes(
    net: Network,
    *,
    n_cues: int = 100_000,
    cue_std: float | None = None,
    memories: np.ndarray | None = None,
    engine: str | Engine = "event",
    duration: Any = None,
    seed: int,
    confidence: float = 0.95,
    progress: bool = False,
) -> xarray.Dataset:
    """Recall random Gaussian cues from h(0) = 0, and count where they end.

    Parameters
    ----------
    net : Network
        For the default engine: Heaviside units, one τ_v.
    n_cues : int, default 100,000
        Others than exact engines take far longer for each.
    cue_std : float, optional
        σ of the cues, dimensionless. Default: the rms of the memories' visible states ξs/√N_h, over memories and
        neurons; without `memories`, of all 2^N_h states. The module docstring describes the result for N_v ≫ N_h.
    memories : ndarray (memory, hidden), bool or 0/1, optional
        The states that the network was trained to store; distinct. Any other attractor is *spurious*. In a random
        network all stable states count as memories, so that "spurious" means "not in `memories`" only. Without
        `memories` every attractor counts as a memory.
    engine : Engine or str, default "event"
        As in `neurosim.recall`.
    duration : time, optional
        As in `neurosim.recall`.
    seed : int
    confidence : float, default 0.95
    progress : bool, default False

    Returns
    -------
    xarray.Dataset
        Over attractor, the largest first (`neurosim.measure.unique_attractors`):

        - hidden_active, n_active, margin (`neurosim.theory.stability_margin`; NaN for an engine that does not solve
          eqs. (1a, 1b));
        - size: cues that end there; share: of all cues, with Wilson limits;
        - nearest_memory: index of the memory with the fewest different bits, the lowest of equals, −1 without
          `memories`; bits_to_memory: these bits; spurious: whether the attractor is not a memory.

        Numbers:

        - share_in_memories, share_spurious, share_unsettled, with Wilson limits; n_reached, n_spurious;
        - of the cues that settled: entropy and entropy_plug_in in bits, and with limits coverage and richness
          (`neurosim.measure.basins.diversity`).

        attrs: cue_std.

    Raises
    ------
    InvalidInput
        n_cues < 1, cue_std not > 0, memories that do not fit, or a network of another kind.

    See Also
    --------
    volumes_over_networks : Summary over networks.
    spurious : The largest spurious attractors and the memories that resemble them.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure import basin_volumes
    >>> found = basin_volumes(Network.gaussian(40, 4, seed=0), n_cues=500, cue_std=3.0, seed=0)
    >>> int(found["size"].sum()), bool(found.coverage > 0.9)
    (500, True)
    """
    n_cues, engine = whole(n_cues, "n_cues"), get_engine(engine)
    if memories is not None:
        memories = _memories(net, memories, engine)
    std = _memory_rms(net, memories) if cue_std is None else real(cue_std, "cue_std", above=0)
    if not std > 0:
        raise InvalidInput(f"cue_std must be finite and > 0, got {std}; give one, for instance θ √(N_v/N_h)")
    groups = attractors.unique_attractors(_recall_random(net, n_cues, std, engine, duration, seed, progress))
    states, size = groups.hidden_active.values, groups["size"].values
    nearest, bits = _nearest_memory(states, memories)
    spurious = bits > 0
    each = {
        "size": (size, "cues that end there"),
        "nearest_memory": (nearest, "index of the nearest memory; −1: none given"),
        "bits_to_memory": (bits, "bits to the nearest memory"),
        "n_active": (states.sum(axis=1), "active hidden neurons"),
        "margin": (_margins(net, states, engine), "stability margin"),
        "spurious": (spurious, "whether the attractor is not a memory"),
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
        "entropy_plug_in": (plug_in_entropy(size), "basin entropy of the observed shares, too low", "bit"),
    }
    variables: dict[str, Any] = {"hidden_active": groups.hidden_active}
    for name, (values, text) in each.items():
        variables[name] = ("attractor", values, {"long_name": text, "units": "1"})
    variables |= share_variables(
        "share", ("attractor",), size, n_cues, "share of cues that end there", confidence=confidence, failures=False
    )
    for name, (count, text) in shares.items():
        variables |= share_variables(name, (), count, n_cues, text, confidence=confidence, failures=False)
    for name, (value, text, units) in numbers.items():
        variables[name] = ((), value, {"long_name": text, "units": units})
    text = "share of the total basin volume of the attractors reached"
    variables |= interval_variables("coverage", (), coverage(size, confidence=confidence), text)
    text = "number of attractors with a basin, lower estimate (Chao1)"
    reached = richness(size, confidence=confidence, most=2.0 ** min(net.n_hidden, 1023))
    variables |= interval_variables("richness", (), reached, text)
    attrs = {"method": "recall of Gaussian cues", "n_networks": 1, "n_trials": n_cues, "cue_std": std, "seed": seed}
    attrs |= {"confidence": confidence, "memories": 0 if memories is None else len(memories)}
    return xarray.Dataset(variables, attrs={**groups.attrs, **attrs})


def volumes_over_networks(
    networks: Sequence[Network],
    *,
    n_cues: int = 100_000,
    engine: str | Engine = "event",
    duration: Any = None,
    seed: int,
    confidence: float = 0.95,
    progress: bool = False,
) -> xarray.Dataset:
    """Summarise the basin volumes of independent networks, with intervals over the networks.

    The cues have σ = √(N_v/N_h), which gives the drive of a hidden neuron with Gaussian weights a standard deviation of
    1, so that every stable state has its share.

    Parameters
    ----------
    networks : sequence of Network
        For the default engine: Heaviside units, one τ_v.
    n_cues : int, default 100,000
        Cues per network.
    engine : Engine or str, default "event"
        As in `neurosim.recall`. Others than exact engines take far longer for each cue.
    duration : time, optional
        As in `neurosim.recall`.
    seed : int
    confidence : float, default 0.95
    progress : bool, default False

    Returns
    -------
    xarray.Dataset
        Means over networks of entropy, n_reached, coverage, richness and share_unsettled of `basin_volumes`, each with
        `_lower`, `_upper` and `_by_network`.

    Raises
    ------
    InvalidInput
        No network, or networks of several sizes.

    See Also
    --------
    basin_volumes : The volumes of one network.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure import volumes_over_networks
    >>> found = volumes_over_networks([Network.gaussian(40, 4, seed=seed) for seed in (1, 2)], n_cues=300, seed=0)
    >>> bool(1 < found.n_reached <= 16), "entropy_upper" in found
    (True, True)
    """
    nets = of_one_size(networks)
    shown = tqdm(nets, disable=None if progress else True, leave=False)
    common = {"n_cues": n_cues, "engine": engine, "duration": duration}
    found = [
        basin_volumes(net, cue_std=unit_drive_std(net), seed=own, **common)
        for net, own in zip(shown, spawn_seeds(seed, len(nets)), strict=True)
    ]
    names = (*SUMMARIES, "share_unsettled_trials")
    raw = {name: xarray.DataArray([float(one[name]) for one in found], dims="network") for name in names}
    largest = max(net.n_hidden for net in nets)
    bounds = {"n_reached": (0.0, float(min(n_cues, 2**largest))), "entropy": NOT_NEGATIVE, "richness": NOT_NEGATIVE}
    measurements = {
        name: Measurement(label["long_name"], label["units"], bounds.get(name, (0.0, 1.0)))
        for name, label in ((name, found[0][name].attrs) for name in SUMMARIES)
    }
    counted = {"trials": "share_unsettled_trials", "failures": False}
    measurements["share_unsettled"] = measurements["share_unsettled"]._replace(**counted)
    kept = {name: found[0].attrs[name] for name in ("method", "engine", "n_trials", "cue_std")}
    attrs = kept | {"n_networks": len(nets), "seed": seed, "confidence": confidence}
    variables = cut_above(summarise(raw, measurements, confidence=confidence), "richness", 2.0 ** min(largest, 1023))
    return xarray.Dataset(cut_above(variables, "entropy", float(largest)), attrs=attrs)


def unit_drive_std(net: Network) -> float:
    """Return √(N_v/N_h), the σ of Gaussian cues whose drive has standard deviation 1 where G_μμ = 1.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.basins.volumes import unit_drive_std
    >>> unit_drive_std(Network.gaussian(1000, 10, seed=0))
    10.0
    """
    return float(np.sqrt(net.n_visible / net.n_hidden))


def memory_drive_std(net: Network, memories: np.ndarray) -> float:
    """Return the σ of Gaussian cues whose drive is, in the mean square, as large as that of the memories.

    Parameters
    ----------
    net : Network
    memories : ndarray (memory, hidden), bool or 0/1

    Returns
    -------
    float
        rms(u of the memories) / rms(u of a cue with σ = 1), over hidden neurons.

    Examples
    --------
    >>> from neurosim import Network, patterns
    >>> from neurosim.measure.basins.volumes import memory_drive_std
    >>> net = Network.gaussian(1000, 10, seed=0)
    >>> bool(6 < memory_drive_std(net, patterns.all_hidden_states(10)) < 8)
    True
    """
    drive = theory.drive(net, theory.visible_state(net, memories))
    of_unit_noise = np.sqrt(net.n_hidden) / net.n_visible * np.sqrt((net.feedback_weights**2).sum(axis=1))
    return float(np.sqrt(np.mean(drive**2)) / np.sqrt(np.mean(of_unit_noise**2)))


def _margins(net: Network, states: np.ndarray, engine: Engine) -> np.ndarray:
    return theory.stability_margin(net, states) if engine.is_rate_model else np.full(len(states), np.nan)


def _memories(net: Network, memories: Any, engine: Engine) -> np.ndarray:
    memories = binary_array(memories, "memories", {"memory": None, "hidden": net.n_hidden})
    if engine.is_rate_model:
        theory.is_fixed_point(net, memories)  # raises for units that are not Heaviside
    if len(np.unique(memories, axis=0)) < len(memories):
        raise InvalidInput("memories must be distinct; take them from neurosim.measure.unique_attractors")
    return memories


def _memory_rms(net: Network, memories: np.ndarray | None) -> float:
    if memories is not None:
        return float(np.sqrt(np.mean(theory.visible_state(net, memories) ** 2)))
    mean = theory.visible_state(net, np.full(net.n_hidden, 0.5))  # over all states: E v² = (E v)² + Var v
    return float(np.sqrt(np.mean(mean**2 + (net.weights**2).sum(axis=1) / (4 * net.n_hidden))))


def _recall_random(
    net: Network, n_cues: int, std: float, engine: Engine, duration: Any, seed: int, progress: bool
) -> xarray.Dataset:
    exact = engine.is_rate_model and not engine.has_time_step  # only h decides, so the visible layer can be left out
    small, width, to_cue = net, net.n_visible, np.zeros((0, 0))
    if exact:
        small = hidden_equivalent(net)
        r = np.linalg.qr(net.feedback_weights.T)[1]  # Bᵀ = QR: Bv = Rᵀ(Qᵀv), and Qᵀv is as Gaussian as v
        width, to_cue = len(r), std / net.n_visible * r  # u/√N_h
    rows = max(1, int(CHUNK_BYTES // (40 * net.n_hidden if exact else 8 * net.n_visible)))
    starts = range(0, n_cues, rows)
    states, outcomes = [], []
    attrs: dict[str, Any] = {}
    for start, chunk_seed in zip(
        tqdm(starts, disable=None if progress else True, desc="cues", leave=False),
        spawn_seeds(seed, len(starts)),
        strict=True,
    ):
        drawn = generator(chunk_seed).standard_normal((min(rows, n_cues - start), width))
        cues = drawn @ to_cue if exact else std * drawn
        out = recall(small, cues, engine=engine, duration=duration, read_out=False, seed=chunk_seed)
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


def spurious(net: Network, memories: np.ndarray, volumes: xarray.Dataset, *, limit: int = 8) -> xarray.Dataset:
    """Return the largest spurious attractors with their visible states and the memories nearest to these.

    Parameters
    ----------
    net : Network
    memories : ndarray (memory, hidden), bool or 0/1
        As given to `basin_volumes`.
    volumes : xarray.Dataset
        From `basin_volumes`.
    limit : int, default 8
        Largest number of attractors returned.

    Returns
    -------
    xarray.Dataset over attractor, largest first
        hidden_active; share with its limits; visible (attractor, visible_neuron) = ξs/√N_h; nearest_memory: index of
        the memory whose visible state is nearest (not always the one of fewest bits), memory_visible, its visible
        state, distance between the two, per neuron, ‖·‖/√N_v, and bits.

    Raises
    ------
    InvalidInput
        Memories that do not fit, or none of the volumes is spurious.

    Examples
    --------
    >>> from neurosim import Network, patterns
    >>> from neurosim.measure.basins.volumes import basin_volumes, spurious
    >>> net = Network.gaussian(20, 5, seed=3)
    >>> memories = patterns.all_hidden_states(5)[[1, 6, 17, 30]]
    >>> found = basin_volumes(net, n_cues=500, cue_std=2.0, memories=memories, seed=0)
    >>> spurious(net, memories, found, limit=2).sizes["attractor"]
    2
    """
    memories = _memories(net, memories, Event())
    bits = _nearest_memory(volumes.hidden_active.values, memories)[1]
    chosen = np.nonzero(bits > 0)[0][:limit]
    if not len(chosen):
        raise InvalidInput("no attractor reached is spurious: all are among the memories")
    states = volumes.hidden_active.values[chosen]
    difference = np.stack([_nearest_visible(net, state, memories) for state in states])
    nearest = difference[:, 0].astype(np.int64)
    numbers = {
        "nearest_memory": (nearest, "index of the memory nearest in visible space"),
        "distance": (difference[:, 1], "distance to the nearest memory, per visible neuron"),
        "bits": ((states != memories[nearest]).sum(axis=1), "bits to the nearest memory"),
    }
    kept = ("hidden_active", *(f"share{end}" for end in ("", "_lower", "_upper", "_hits", "_trials")))
    variables: dict[str, Any] = {name: volumes[name].isel(attractor=chosen, missing_dims="ignore") for name in kept}
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
