"""Recalls of the same cues by the rate model and by another one, usually the spiking model, cue by cue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray
from tqdm import tqdm

from neurosim import InvalidInput, Network, Outcome, patterns, recall
from neurosim.engines import Brian, Engine
from neurosim.measure.networks import of_one_size
from neurosim.measure.recall.trials import random_targets
from neurosim.measure.spiking.latency import rate_latency
from neurosim.measure.statistics import NOT_NEGATIVE, Measurement
from neurosim.seeds import spawn_seeds
from neurosim.validation import whole


def _share(long_name: str, trials: str) -> Measurement:
    return Measurement(long_name, bounds=(0.0, 1.0), trials=trials)


MEASURES = {
    "same_state": _share("share of the cues recalled by the rate model that end in its state", "n_compared"),
    "bits": Measurement("mean share of hidden neurons as in the rate model", bounds=(0.0, 1.0)),
    "recalled_rate": _share("share of cues recalled perfectly by the rate model", "n_cues"),
    "recalled_spiking": _share("share of cues recalled perfectly by the spiking model", "n_cues"),
    "latency_rate": Measurement("mean time to the final decoded state, rate model", "s", bounds=NOT_NEGATIVE),
    "latency_spiking": Measurement("mean time to the final decoded state, spiking model", "s", bounds=NOT_NEGATIVE),
    "spikes": Measurement("mean number of spikes per recall", bounds=NOT_NEGATIVE),
    "operations": Measurement("mean number of synaptic operations per recall", bounds=NOT_NEGATIVE),
}
LONGEST_STEP = 1e-4  # s; spike times are multiples of the step
SPIKING = Brian(cells="regular", target="cpp_standalone", formulation="fastest")


def paired_recalls(
    networks: Network | Sequence[Network],
    settings: Sequence[tuple[Engine, dict[str, float], float]],
    targets: np.ndarray | None,
    n_cues: int,
    seed: int,
    duration: Any,
    progress: bool,
) -> list[list[dict[str, np.ndarray]]]:
    """Return `MEASURES` of each cue, by setting and network; settings vary slowest, so that programs are reused.

    A setting is the engine, changes of the network, and σ_v.
    """
    nets, n_cues = of_one_size(networks), whole(n_cues, "n_cues")
    if targets is not None and not isinstance(networks, Network):
        raise InvalidInput("targets require a single network; give one Network, or omit targets")
    seeds = spawn_seeds(seed, len(nets))
    bar = tqdm(total=len(settings) * len(nets), disable=None if progress else True, desc="spiking", leave=False)
    grid = []
    with bar:
        for engine, change, noise_std in settings:
            row = []
            for net, net_seed in zip(nets, seeds, strict=True):
                target_seed, noise_seed, own_seed = spawn_seeds(net_seed, 3)
                if targets is None:
                    wanted = random_targets(net.n_hidden, n_cues, target_seed)
                else:
                    wanted = np.random.default_rng(target_seed).permutation(targets)[:n_cues]
                changed = net.replace(**change) if change else net
                cues = patterns.visible_cues(changed, wanted, noise_std=noise_std, seed=noise_seed)
                row.append(_both(changed, wanted, cues, engine, own_seed, duration))
                bar.update()
            grid.append(row)
    return grid


def _both(
    net: Network, wanted: np.ndarray, cues: np.ndarray, engine: Engine, seed: int, duration: Any
) -> dict[str, np.ndarray]:
    """Return `MEASURES` of each cue, (cue,) each."""
    span = 20 * float(max(net.tau_v.max(), net.tau_h.max())) if duration is None else duration
    rate = recall(net, cues, duration=span, record=["hidden_active"], record_dt=span, read_out=False)
    spikes = recall(net, cues, engine=with_short_step(engine, net), duration=span, read_out=False, seed=seed)
    is_settled = spikes.outcome.values == Outcome.SETTLED
    decoded, exact = spikes.hidden_active.values, rate.hidden_active.values
    recalled = (exact == wanted).all(axis=1) & (rate.outcome.values == Outcome.SETTLED)
    same = (decoded == exact).all(axis=1) & is_settled
    return {
        "same_state": np.where(recalled, same, np.nan),
        "bits": (decoded == exact).mean(axis=1),
        "recalled_rate": recalled,
        "recalled_spiking": (decoded == wanted).all(axis=1) & is_settled,
        "latency_rate": np.where(recalled, rate_latency(rate, float(net.tau_v)), np.nan),
        "latency_spiking": np.where(same & recalled, spikes.settle_time.values, np.nan),
        "spikes": _counts(spikes, "n_spikes") + _counts(spikes, "n_visible_spikes"),
        "operations": _counts(spikes, "n_synaptic_operations"),
    }


def with_short_step(engine: Engine, net: Network) -> Engine:
    """Return the engine with a step of at most `LONGEST_STEP` if none was given.

    Examples
    --------
    >>> from neurosim.measure.spiking.paired import SPIKING, with_short_step
    >>> net = Network.gaussian(100, 4, seed=0, tau_v=0.1, tau_h=5e-3)
    >>> SPIKING.time_step(net), with_short_step(SPIKING, net).time_step(net)
    (0.0005, 0.0001)
    """
    step = engine.time_step(net)
    return engine.with_default_step(step / np.ceil(step / LONGEST_STEP * (1 - 1e-9)))


def _counts(out: xarray.Dataset, name: str) -> np.ndarray:
    """Return a number of each cue, NaN if the engine does not count it."""
    if name not in out:
        return np.full(out.sizes["cue"], np.nan)
    return out[name].values.reshape(out.sizes["cue"], -1).sum(axis=1)
