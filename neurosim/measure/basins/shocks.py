"""Smallest fatal shock: the smallest displacement of the visible layer after which a memory is lost.

A memory s is held at rest, v = ξs/√N_h (eq. 16) and h = c = Js; then v is displaced by δv. Only δu = (√N_h/N_v) B δv
reaches the hidden layer (B = ξᵀ, or the feedback), and until a neuron crosses its threshold, exactly,

    h_μ(t) = c_μ + δu_μ φ(t),    0 ≤ φ(t) ≤ p_μ = r^{−1/(r−1)},  r = τ_v/τ_h,μ    (`neurosim.reduction`; 1/e at r = 1).

With the margin d_μ = |c_μ − θ_μ|, an inactive neuron crosses if and only if δu_μ p_μ > d_μ, an active one if and only
if −δu_μ p_μ ≥ d_μ (off at the threshold itself). The least ‖δv‖ for a given δu_μ lies along row μ of B, so that no
shock with

    ‖δv‖ < min_μ √(N_v/N_h) d_μ / (p_μ √G_μμ),    G = BBᵀ/N_v  (= J for symmetric weights)

makes any neuron cross: the *certified radius*, below which no shock changes the hidden state. A neuron that
just crosses does so where h = u, and its self-coupling J_μμ then moves it further. Unless the other neurons reverse the
crossing, the first crossing is fatal, the bound is attained, and the minimal fatal shock is known in closed form.

The concept is that of [1]_; the closed forms follow from eq. (1).

References
----------
.. [1] Halekotte & Feudel, Sci. Rep. 10:11783 (2020).
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import xarray
from tqdm import tqdm

from neurosim import InvalidInput, Network, Outcome, recall, reduction, theory
from neurosim.engines import Engine, get_engine, require_rate_model
from neurosim.theory.scaling import require_safe
from neurosim.validation import binary_array, takes

TOLERANCE = 1e-6  # relative width to which a fatal amplitude is bisected
GROWTH = 1.05  # from one step of the outward scan to the next; a fatal window narrower than this may be missed
REACH = 3.0  # the scan ends at this multiple of the largest radius of any neuron
PAIRED = 12  # neurons nearest to crossing, whose pairs are tried too
TURN, FINEST = 0.5, 1e-3  # first and last step by which the direction of a shock that was found is turned
CHUNK_BYTES = 64e6


def peak_transfer(net: Network) -> np.ndarray:
    """Return p_μ = max_t φ(t), the largest share of a jump of u that reaches h, (hidden,).

    p_μ = r^{−1/(r−1)} with r = τ_v/τ_h,μ. It tends to 1 for τ_v ≫ τ_h, is 1/e at τ_v = τ_h, tends to r for τ_v ≪ τ_h.

    Raises
    ------
    InvalidInput
        The network has one τ_v per visible neuron.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.basins.shocks import peak_transfer
    >>> peak_transfer(Network.gaussian(100, 2, seed=0)).round(3)
    array([0.854, 0.854])
    """
    x = reduction.required(net, "peak_transfer") / np.broadcast_to(net.tau_h, (net.n_hidden,)) - 1
    return np.exp(-np.divide(np.log1p(x), x, out=np.ones_like(x), where=x != 0))


def hidden_equivalent(net: Network) -> Network:
    """Return a smaller network with N_h visible neurons and the same J, θ and τ's; its cue u/√N_h drives with u.

    With weights J and feedback N_h·1: (√N_h/N_h) N_h u/√N_h = u and N_h J/N_h = J.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.basins.shocks import hidden_equivalent
    >>> hidden_equivalent(Network.gaussian(1000, 10, seed=0)).n_visible
    10
    """
    return Network(
        weights=theory.effective_coupling(net),
        feedback=net.n_hidden * np.eye(net.n_hidden),
        threshold=net.threshold,
        tau_v=reduction.required(net, "hidden_equivalent"),
        tau_h=net.tau_h,
        hidden_activation=net.hidden_activation,
    )


def _aims(net: Network, memories: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the δu_μ at which each neuron just reaches its threshold, and the least ‖δv‖ that gives it, or inf."""
    require_safe(net, "minimal_fatal_shock")
    unstable = int((theory.stability_margin(net, memories) <= 0).sum())
    if unstable:
        raise InvalidInput(
            f"memories must be stable states, {unstable} of {len(memories)} are not; "
            "keep those with theory.stability_margin(net, memories) > 0"
        )
    field = memories.astype(float) @ theory.effective_coupling(net).T - net.threshold
    needed = -field / peak_transfer(net)
    reach = np.sqrt(net.n_hidden) / net.n_visible * np.linalg.norm(net.feedback_weights, axis=1)
    return needed, np.divide(np.abs(needed), reach, out=np.full(needed.shape, np.inf), where=reach > 0)


@takes(net=Network)
def minimal_fatal_shock(
    net: Network, memories: Any, *, engine: str | Engine = "event", progress: bool = False
) -> xarray.Dataset:
    """Bracket the smallest ‖δv‖ after which a memory at rest ends in another attractor; see the module.

    From below: the certified radius, proven (up to float64 arithmetic). From above: the exact engine, along the
    direction that makes one neuron cross first with the least ‖δv‖ (row μ of B), for every neuron, and along those
    that make two neurons cross at once, for all pairs of the `PAIRED` neurons nearest to crossing. Fatality need
    not be monotone along a ray, so that the amplitude grows from the certified radius in steps of `GROWTH` until
    some ray is fatal, and only then is bisected. If the first crossing is fatal, the two bounds agree to `TOLERANCE`,
    and the smallest fatal shock is known. Otherwise the direction found is turned towards and away from every axis of
    the hidden layer's input, by steps from `TURN` down to `FINEST`, as long as that makes the shock smaller (compass
    search [1]_). Then `fatal` is an upper bound and nothing more: the shock found is fatal, but the search is local,
    and a smaller fatal shock in another direction is not excluded, down to the certified radius. `ratio` says by how
    much it could be smaller. Each shock found is recalled once more with all visible neurons.

    Parameters
    ----------
    net : Network
        Heaviside units, one τ_v.
    memories : array_like (memory, hidden), bool or 0/1
        Stable states.
    engine : Engine or str, default "event"
        An exact one. The bounds are closed forms; for a changed model use `fatal_shock_by_recall`.
    progress : bool, default False

    Returns
    -------
    xarray.Dataset over memory
        hidden_active (memory, hidden_neuron): the memory. Lengths ‖δv‖: certified (inf if the visible layer reaches
        no neuron), fatal (NaN if none was found); ratio = fatal/certified. certified_rms, fatal_rms: the same per
        visible neuron, ‖δv‖/√N_v; fatal_relative: in units of the memory's own ‖v‖ (NaN for the all-off state).
        neuron, partner: the neurons at whose ray the search found it (−1: none). ends_in (memory, hidden_neuron),
        bits_changed: the attractor after the shock; the memory itself and 0 if no fatal shock was found.

    Raises
    ------
    InvalidInput
        A memory is not stable, or the network or the engine is not of this kind.

    References
    ----------
    .. [1] T. G. Kolda, R. M. Lewis and V. Torczon, SIAM Rev. 45:385 (2003).

    See Also
    --------
    typical_shocks : Summary over networks.
    fatal_shock_by_recall : For any engine, without proof.

    Examples
    --------
    >>> from neurosim import Network, patterns
    >>> from neurosim.measure import minimal_fatal_shock
    >>> net = Network.gaussian(1000, 10, seed=0)
    >>> found = minimal_fatal_shock(net, patterns.random_hidden_states(10, 4, seed=1))
    >>> bool((found.certified <= found.fatal).all()), bool((found.ratio < 1.001).all())
    (True, True)
    """
    memories = binary_array(memories, "memories", {"memory": None, "hidden": net.n_hidden})
    needed, radius = _aims(net, memories)
    search = _Search(net, _exact(engine))
    rows = max(1, int(CHUNK_BYTES // (8 * max(net.n_visible, search.n_rays * net.n_hidden))))
    starts = tqdm(range(0, len(memories), rows), disable=None if progress else True, desc="shocks", leave=False)
    parts = [search.run(*(a[k : k + rows] for a in (memories, needed, radius))) for k in starts]
    fatal, ends_in, aimed = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    certified = radius.min(axis=1)
    norm = np.linalg.norm(theory.visible_state(net, memories), axis=1)
    norm, per_neuron = np.where(norm > 0, norm, np.nan), np.sqrt(net.n_visible)
    numbers = {
        "certified": (certified, "largest shock proven harmless ‖δv‖"),
        "fatal": (fatal, "smallest fatal shock found ‖δv‖"),
        "ratio": (fatal / certified, "smallest fatal shock found over certified radius"),
        "certified_rms": (certified / per_neuron, "largest shock proven harmless, per visible neuron"),
        "fatal_rms": (fatal / per_neuron, "smallest fatal shock found, per visible neuron"),
        "fatal_relative": (fatal / norm, "smallest fatal shock found, of the memory's own ‖v‖"),
        "neuron": (aimed[:, 0], "hidden neuron at whose ray the fatal shock was found"),
        "partner": (aimed[:, 1], "second neuron of that ray; −1: none"),
        "bits_changed": ((ends_in != memories).sum(axis=1), "bits in which the memory and that attractor differ"),
    }
    variables: dict[str, Any] = {
        name: ("memory", values, {"long_name": text, "units": "1"}) for name, (values, text) in numbers.items()
    }
    for name, states, text in (("hidden_active", memories, "the memory"), ("ends_in", ends_in, "after the shock")):
        variables[name] = (("memory", "hidden_neuron"), states, {"long_name": f"hidden neuron active, {text}"})
    attrs = {"method": "closed-form rays, scan and bisection", "n_networks": 1, "seed": "none"}
    attrs |= {
        **search.engine.attributes(),
        "n_trials": len(memories),
        "n_visible": net.n_visible,
        "tolerance": TOLERANCE,
        "growth": GROWTH,
    }
    return xarray.Dataset(variables, attrs=attrs)


def _exact(engine: str | Engine) -> Engine:
    """Return an exact engine of eqs. (1a, 1b); refuse others."""
    engine, instead = get_engine(engine), "fatal_shock_by_recall(networks, engine=...)"
    require_rate_model(engine, "the proven bound of the smallest fatal shock", instead)
    if engine.has_time_step:
        raise InvalidInput(f"the proven bound needs an exact engine, got {engine!r}; use {instead}")
    return engine


class _Search:
    """Rays and recalls for one network. δv = Qz with Bᵀ = QR, so that ‖z‖ = ‖δv‖ and δu = z·`to_drive`."""

    def __init__(self, net: Network, engine: Engine) -> None:
        self.net, self.small, self.engine = net, hidden_equivalent(net), engine
        self.q, r = np.linalg.qr(net.feedback_weights.T)
        self.to_drive = np.sqrt(net.n_hidden) / net.n_visible * r
        n = net.n_hidden
        paired = min(PAIRED, n)
        self.pairs = np.array(list(combinations(range(paired), 2)), dtype=np.int64).reshape(-1, 2)
        self.paired, self.n_rays = paired, n + len(self.pairs)

    def run(self, memories: np.ndarray, needed: np.ndarray, radius: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return the least fatal amplitude (memory,), the attractor after it, and the target neurons (memory, 2)."""
        rays, aims = self._rays(needed, radius)
        first = _first_crossing(rays @ self.to_drive, needed)
        best, ray = self._scan(memories, rays, first, radius)
        found = np.isfinite(best)
        fatal, ends_in, aimed = np.full(len(best), np.nan), memories.copy(), np.full((len(best), 2), -1)
        if found.any():
            least, along = self._turn(memories[found], rays[found, ray[found]], best[found], radius[found].min(axis=1))
            best[found] = least
            shocks = least[:, None] * along @ self.q.T
            held = theory.visible_state(self.net, memories[found])
            c = theory.drive(self.net, held)
            out = recall(self.net, held + shocks, hidden=c, engine=self.engine, read_out=False)
            dead = (out.hidden_active.values != memories[found]).any(axis=1) & (out.outcome.values == Outcome.SETTLED)
            found[found] = dead  # the two networks differ by rounding only
            ends_in[found] = out.hidden_active.values[dead]
            fatal[found], aimed[found] = best[found], aims[found, ray[found]]
        return fatal, ends_in, aimed

    def _rays(self, needed: np.ndarray, radius: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return unit vectors z (memory, ray, hidden) and their target neurons (memory, ray, 2)."""
        n = self.net.n_hidden
        single = np.sign(needed)[:, :, None] * _unit(self.to_drive.T)
        alone = np.stack([np.arange(n), np.full(n, -1)], axis=1)
        aims = np.broadcast_to(alone, (len(needed), n, 2))
        nearest = radius.argsort(axis=1)[:, : self.paired]
        both = nearest[:, self.pairs]
        rows = self.to_drive.T[both]  # (memory, pair, 2, hidden)
        wanted = np.take_along_axis(needed[:, None, :], both, axis=2)
        gram = rows @ np.swapaxes(rows, -1, -2)
        least = np.linalg.pinv(gram, rcond=1e-9, hermitian=True) @ wanted[..., None]  # least ‖z‖ that moves both
        together = _unit((least * rows).sum(axis=-2))
        return np.concatenate([single, together], axis=1), np.concatenate([aims, both], axis=1)

    def _scan(
        self, memories: np.ndarray, rays: np.ndarray, first: np.ndarray, radius: np.ndarray
    ) -> tuple[np.ndarray, ...]:
        best, ray = np.full(len(memories), np.inf), np.full(len(memories), -1)
        below = radius.min(axis=1)
        end = REACH * np.where(np.isfinite(radius), radius, 0).max(axis=1)
        above = below * (1 + TOLERANCE)
        todo = below < np.inf
        while todo.any():
            m, k = np.nonzero((first < above[:, None]) & todo[:, None])  # the others cannot cross anything yet
            killed = self._fatal(memories[m], above[m], rays[m, k])
            m, k = m[killed], k[killed]
            amplitude = self._bisect(memories[m], rays[m, k], np.maximum(below[m], first[m, k]), above[m])
            order = np.lexsort((amplitude, m))
            winner, at = np.unique(m[order], return_index=True)
            best[winner], ray[winner] = amplitude[order][at], k[order][at]
            todo &= np.isinf(best) & (above < end)
            below, above = above, above * GROWTH
        return best, ray

    def _turn(
        self, memories: np.ndarray, rays: np.ndarray, best: np.ndarray, radius: np.ndarray
    ) -> tuple[np.ndarray, ...]:
        """Return smaller fatal amplitudes (memory,) near given ones, and their unit vectors z (memory, hidden)."""
        best, rays = best.copy(), rays.copy()
        axes = np.concatenate([np.eye(rays.shape[1]), -np.eye(rays.shape[1])])
        turn = np.where(best > radius * (1 + 10 * TOLERANCE), TURN, 0.0)  # the others are the smallest
        while (at := np.flatnonzero(turn >= FINEST)).size:
            tried = _unit(rays[at, None] + turn[at, None, None] * axes)
            m, k = (index.ravel() for index in np.indices(tried.shape[:2]))
            smaller = best[at] * (1 - 10 * TOLERANCE)
            killed = self._fatal(memories[at[m]], smaller[m], tried[m, k])
            m, k = m[killed], k[killed]
            amplitude = self._bisect(memories[at[m]], tried[m, k], radius[at[m]], smaller[m])
            order = np.lexsort((amplitude, m))
            winner, first = np.unique(m[order], return_index=True)
            turn[np.delete(at, winner)] /= 2
            best[at[winner]] = amplitude[order][first]
            rays[at[winner]] = tried[winner, k[order][first]]
        return best, rays

    def _bisect(self, memories: np.ndarray, rays: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        while len(low) and (high > low * (1 + TOLERANCE)).any():
            middle = (low + high) / 2
            killed = self._fatal(memories, middle, rays)
            low, high = np.where(killed, low, middle), np.where(killed, middle, high)
        return high

    def _fatal(self, memories: np.ndarray, amplitude: np.ndarray, rays: np.ndarray) -> np.ndarray:
        """Return whether the shock `amplitude`·`rays` ends in another attractor, (shock,) bool."""
        if not len(memories):
            return np.zeros(0, dtype=bool)
        c = memories.astype(float) @ self.small.weights.T
        cues = (c + amplitude[:, None] * (rays @ self.to_drive)) / np.sqrt(self.net.n_hidden)
        out = recall(self.small, cues, hidden=c, engine=self.engine, read_out=False)
        return (out.hidden_active.values != memories).any(axis=1) & (out.outcome.values == Outcome.SETTLED)


def _unit(rows: np.ndarray) -> np.ndarray:
    norm = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.divide(rows, norm, out=np.zeros_like(rows), where=norm > 0)


def _first_crossing(drive: np.ndarray, needed: np.ndarray) -> np.ndarray:
    """Return the amplitude at which the first neuron crosses along each ray (memory, ray); inf if none does."""
    with np.errstate(divide="ignore", invalid="ignore", under="ignore"):
        amplitude = needed[:, None, :] / drive
    return np.where(amplitude > 0, amplitude, np.inf).min(axis=-1)
