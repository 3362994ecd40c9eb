"""Run times of the Brian2 formulations relative to the summed one: python benchmarks/brian.py [--quick].

Workload: N_h = 10, N_v = 1,000, cues with noise 2, 1,000 steps of τ_h/10. First the results are checked: each
formulation must end in the states of the exact engine for all but 1% of the cues (spiking: 5%). Then each is timed,
with interleaved repetitions. "run" is the time in `Network.run` (runtime) or in the run loop of the program
(cpp_standalone), without compiling; "read" is the time for reading the results, including the visible states (in the
reduced form a matrix product); "call" is the whole `recall` with a compiled program. The summed form evaluates its
sums in every step, so its number of synaptic updates is synapses × steps; in the event forms it is the number of
crossings or spikes times their targets.
"""

from __future__ import annotations

import argparse
import platform
import time

import brian2
import numpy as np
from common import machine, table

from neurosim import Network, patterns, recall
from neurosim.engines import Brian
from neurosim.engines.brian import standalone

N_VISIBLE, N_HIDDEN, STEPS, DT = 1000, 10, 1000, 1e-4
CPP = Brian(target="cpp_standalone", dt=DT)
CASES = {  # name → (engine, number of cues)
    "summed, cython": (Brian(formulation="summed", dt=DT), 32),
    "summed, cpp": (CPP.replace(formulation="summed"), 32),
    "event, cython": (Brian(formulation="event", dt=DT), 32),
    "event, cpp": (CPP.replace(formulation="event"), 32),
    "reduced, cython": (Brian(formulation="reduced", dt=DT), 1024),
    "reduced, cpp": (CPP.replace(formulation="reduced"), 1024),
    "event, cpp, 1024 cues": (CPP.replace(formulation="event"), 1024),
    "spiking, reduced, cpp": (CPP.replace(formulation="reduced", cells="regular"), 1024),
    "spiking, event, cpp": (CPP.replace(formulation="event", cells="regular"), 32),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # pyright: ignore[reportOptionalMemberAccess]
    parser.add_argument("--quick", action="store_true", help="three repetitions instead of seven")
    repetitions = 3 if parser.parse_args().quick else 7
    standalone._MOST_WORKERS = len(CASES)  # all programs stay loaded, as in a sweep
    net = Network.gaussian(N_VISIBLE, N_HIDDEN, seed=0)
    cues = patterns.visible_cues(net, patterns.all_hidden_states(N_HIDDEN), noise_std=2.0, seed=1)
    exact = recall(net, cues, duration=STEPS * DT)
    same = {name: check(net, cues, exact, case) for name, case in CASES.items()}
    times: dict[str, list[tuple[float, float, float]]] = {name: [] for name in CASES}
    for _ in range(repetitions):
        for name, (engine, count) in CASES.items():
            times[name].append(timed(net, cues[:count], engine))
    print(machine(), f"brian2 {brian2.__version__}", f"Python {platform.python_version()}", sep=" · ")
    print(f"N_h = {N_HIDDEN}, N_v = {N_VISIBLE}, {STEPS} steps; medians of {repetitions} interleaved runs\n")
    rows = []
    textbook = per_cue(times["summed, cpp"], CASES["summed, cpp"][1])
    for name, (engine, count) in CASES.items():
        run, read, call = np.median(times[name], axis=0)
        own = per_cue(times[name], count)
        updates = synaptic_updates(net, cues[:count], engine)
        rows.append(
            [
                name,
                f"{count}",
                f"{run:.4f}",
                f"{read:.4f}",
                f"{call:.3f}",
                f"{textbook / own:.1f}",
                f"{count * STEPS / run:.3g}",
                f"{updates / run:.3g}",
                f"{same[name]:.4f}",
            ]
        )
    head = [
        "formulation",
        "cues",
        "run s",
        "read s",
        "call s",
        "× textbook cpp",
        "cue-steps/s",
        "synaptic updates/s",
        "as exact",
    ]
    print(table(head, rows))


def check(net: Network, cues: np.ndarray, exact, case: tuple[Brian, int]) -> float:
    """Compile (not timed), and return the share of cues that end as in the exact engine."""
    engine, count = case
    out = recall(net, cues[:count], engine=engine, duration=STEPS * DT)
    same = (out.hidden_active.values == exact.hidden_active.values[:count]).all(axis=1)
    if same.mean() < (0.99 if engine.is_rate_model else 0.95):
        raise SystemExit(f"{engine}: only {same.mean():.3f} of the cues end as in the exact engine; no time is given")
    return float(same.mean())


def timed(net: Network, cues: np.ndarray, engine: Brian) -> tuple[float, float, float]:
    """Return seconds of the run loop, of reading the answer, and of the whole call."""
    start = time.perf_counter()
    if engine.compiles:
        out = recall(net, cues, engine=engine, duration=STEPS * DT)
        return out.attrs["run_time"], out.attrs["read_time"], time.perf_counter() - start
    spent: list[float] = []
    engine = engine.replace(report=lambda elapsed, done, begun, duration: spent.append(float(elapsed / brian2.second)))
    recall(net, cues, engine=engine, duration=STEPS * DT)
    return spent[-1], float("nan"), time.perf_counter() - start


def per_cue(times: list[tuple[float, float, float]], count: int) -> float:
    return float(np.median([run for run, *_ in times])) / count


def synaptic_updates(net: Network, cues: np.ndarray, engine: Brian) -> float:
    """Return the number of synaptic updates of one run."""
    if engine.formulation == "summed":
        return 2.0 * N_VISIBLE * N_HIDDEN * STEPS * len(cues)
    reach = N_HIDDEN + (N_VISIBLE if engine.formulation == "event" else 0)
    if not engine.is_rate_model:
        out = recall(net, cues, engine=engine, duration=STEPS * DT)
        return float(out.n_spikes.sum()) * (reach + 1)
    return float(recall(net, cues, duration=STEPS * DT).n_crossings.sum()) * reach


if __name__ == "__main__":
    main()
