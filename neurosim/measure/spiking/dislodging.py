"""Replacement of a held memory by a second cue that arrives as a current.

The network is in memory A when a current I = c ξ x/√N_h starts, for a time T. For T ≫ τ_v, u = J(s_A + c x), J ≈ 1, so

    x = s_B        a neuron of B only is driven to c and becomes active if c(1 − e^{−T/τ_v}) > θ; the neurons of A stay
                   active: the state becomes A ∪ B. A purely excitatory cue adds to a memory; it does not replace it.
    x = 2s_B − 1   neurons outside B are inhibited: a neuron of A only is driven to 1 − c and becomes inactive if
                   c(1 − e^{−T/τ_v}) > 1 − θ. Above both limits A is replaced by B.

The limits are exact for orthonormal basic memories; for random ones crosstalk makes the transitions gradual.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray
from tqdm import tqdm

from neurosim import InputCurrent, InvalidInput, Network, Outcome, patterns, recall, theory
from neurosim.engines import Brian, Engine, get_engine
from neurosim.measure.networks import of_one_size
from neurosim.measure.statistics import Measurement, summarise
from neurosim.seeds import spawn_seeds
from neurosim.validation import real, real_numbers, whole

ENDS = ("first", "second", "both", "other")  # A, B, A ∪ B, anything else
SIGNS = {"excites": False, "excites and inhibits": True}
RATE = Brian(target="cpp_standalone", formulation="fastest")
_HELD = 5.0  # τ_v for which A is held before the current
_AFTER = 20.0  # τ_v after the current


def dislodge(
    networks: Sequence[Network],
    amplitudes: Sequence[float],
    *,
    presentation: float = 3.0,
    engine: str | Engine = RATE,
    n_cues: int = 64,
    seed: int,
    confidence: float = 0.95,
    progress: bool = False,
) -> xarray.Dataset:
    """Measure in which state the network ends after a second cue, for both kinds of current.

    Parameters
    ----------
    networks : sequence of Network
        Independent networks with one τ_v each and the same θ; intervals are over them.
    amplitudes : sequence of float
        c, in units of the visible state of the memory.
    presentation : float, default 3
        T/τ_v.
    engine : Engine or str, default ``Brian(target="cpp_standalone", formulation="fastest")``
        One that takes an input; with cells for the spiking model. Its default step is τ_v/200.
    n_cues : int, default 64
        Pairs of random memories per network.
    seed : int
    confidence : float, default 0.95
    progress : bool, default False

    Returns
    -------
    xarray.Dataset over (current, amplitude, end)
        share with `_lower`, `_upper` and `_by_network`; attrs limit_on and limit_off: the c above which
        neurons of B become active and neurons of A inactive, for orthonormal memories, from θ and T.

    See Also
    --------
    neurosim.measure.spiking.agreement.rate_and_spiking : Both models on the same cues.

    Examples
    --------
    >>> from neurosim import Network
    >>> from neurosim.measure.spiking.dislodging import dislodge
    >>> nets = [Network.gaussian(200, 4, seed=seed) for seed in range(2)]
    >>> dislodge(nets, [0.0], n_cues=4, seed=0, engine="reference").share.dims
    ('current', 'amplitude', 'end')
    """
    nets, engine, n_cues = of_one_size(networks), get_engine(engine), whole(n_cues, "n_cues")
    presentation = real(presentation, "presentation", above=0, remedy="it is T/τ_v")
    c = np.array(real_numbers(amplitudes, "amplitudes"))
    shares = np.empty((len(SIGNS), len(c), len(nets), len(ENDS)))
    bar = tqdm(total=len(SIGNS) * len(c) * len(nets), disable=None if progress else True, desc="dislodge", leave=False)
    with bar:
        for n, (net, net_seed) in enumerate(zip(nets, spawn_seeds(seed, len(nets)), strict=True)):
            pairs = _pairs(net, n_cues, net_seed)
            for k, signed in enumerate(SIGNS.values()):
                for m, amplitude in enumerate(c):
                    ends = _ends(net, pairs, amplitude, signed, presentation, engine, net_seed)
                    shares[k, m, n] = [np.mean(ends == end) for end in range(len(ENDS))]
                    bar.update()
    charged = 1 - np.exp(-presentation)
    theta = float(np.mean(nets[0].threshold))
    coords = {
        "current": list(SIGNS),
        "amplitude": (
            "amplitude",
            c,
            {"long_name": "current of the second cue over the visible state of a memory", "units": "1"},
        ),
        "end": list(ENDS),
    }
    attrs = {
        "n_networks": len(nets),
        "n_trials": n_cues,
        "seed": seed,
        "confidence": confidence,
        "presentation": presentation,
        **engine.attributes(),
        "limit_on": theta / charged,
        "limit_off": (1 - theta) / charged,
    }
    each = xarray.DataArray(np.moveaxis(shares, 2, -1), dims=(*coords, "network"))
    share = Measurement("share of pairs that end there", bounds=(0.0, 1.0), trials=n_cues, failures=False)
    return xarray.Dataset(summarise({"share": each}, {"share": share}, confidence=confidence), coords, attrs)


def _pairs(net: Network, n_cues: int, seed: int) -> np.ndarray:
    """Return pairs A, B of stable random states, (2, cue, hidden), in which neither state contains the other."""
    rng = np.random.default_rng(seed)
    pairs = np.empty((0, 2, net.n_hidden), dtype=bool)
    while len(pairs) < n_cues:
        drawn = rng.random((4 * n_cues, 2, net.n_hidden)) < 0.5
        first, second = drawn[:, 0], drawn[:, 1]
        differ = (first & ~second).any(axis=1) & (second & ~first).any(axis=1)
        held = theory.is_fixed_point(net, first) & theory.is_fixed_point(net, second)
        pairs = np.concatenate([pairs, drawn[differ & held]])
        if not len(pairs):
            raise InvalidInput("none of the network's random states is stable; give networks with N_v ≫ N_h")
    return pairs[:n_cues].transpose(1, 0, 2)


def _ends(
    net: Network,
    pairs: np.ndarray,
    amplitude: float,
    signed: bool,
    presentation: float,
    engine: Engine,
    seed: int,
) -> np.ndarray:
    first, second = pairs
    tau_v = float(net.tau_v)
    pattern = 2.0 * second - 1.0 if signed else second.astype(float)
    shown = amplitude * theory.visible_state(net, pattern)
    unit = _common_segment(presentation)
    held, given = round(_HELD / unit), round(presentation / unit)
    values = np.concatenate([np.zeros((held, *shown.shape)), np.broadcast_to(shown, (given, *shown.shape))])
    out = recall(
        net,
        patterns.visible_cues(net, first),
        engine=engine.with_default_step(tau_v / 200),
        input=InputCurrent(values, unit * tau_v),
        duration=(_HELD + presentation + _AFTER) * tau_v,
        read_out=False,
        seed=seed,
    )
    final = out.hidden_active.values
    settled = out.outcome.values == Outcome.SETTLED
    ends = np.full(len(final), ENDS.index("other"))
    for name, state in (("both", first | second), ("second", second), ("first", first)):
        ends[(final == state).all(axis=1) & settled] = ENDS.index(name)
    return ends


def _common_segment(presentation: float) -> float:
    """Return the longest segment, in τ_v, of which the holding time and the presentation are multiples."""
    for parts in range(1, 101):
        unit = _HELD / parts
        if abs(presentation / unit - round(presentation / unit)) < 1e-9 and round(presentation / unit):
            return unit
    raise InvalidInput(f"presentation must be a multiple of {_HELD / 100:g} (of τ_v), got {presentation:g}")
