"""Exact recall against other solvers: python benchmarks/recall.py [--data-dir DATA --learned FOLDER].

Workload A: N_h = 10, N_v = 1,000, all 1,024 states as cues with noise 2, τ_v = 20 τ_h. Each solver must first end in
the hidden states of the exact engine. Then it is timed, repetitions interleaved, on one thread, without compilation.
Times are per cue: a solver that takes cues together gets all of them, one that takes them singly gets a few.

Workloads B and C, if the networks are there: all images of MNIST (N_h = 50) and CIFAR-10 (N_h = 500), learned by
`analysis/fig_02_recall_digits.py` and `fig_04_recall_colour.py`, which keep them in the folder `networks` of --out
(mnist-50-certified-*.safetensors, cifar10-500-certified-*.safetensors). The reference is the matrix product that
computes the drive of the cues, timed between the repetitions.

"Without events" is an adaptive solver that knows nothing about the jumps of s; "with events" is one that is restarted
at each jump. The simplest and the fastest form of each library are timed.

torchdiffeq, diffrax and NEST are timed if they are installed: pip install torchdiffeq diffrax nest-simulator. Of Brian2
and NEST the simulation alone is timed, without building and compiling the model.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from common import machine, table
from scipy.integrate import solve_ivp
from threadpoolctl import threadpool_limits

from neurosim import Network, patterns, recall, theory
from neurosim.engines import Brian, Engine, Event, Torch

LEARNED = {"mnist": "mnist-50-certified", "cifar10": "cifar10-500-certified-epochs=6-noise_cost=0.02"}
N_VISIBLE, N_HIDDEN, DURATION, DT = 1000, 10, 0.1, 1e-4
ONE_THREAD = Event(threads=1)
Answer = np.ndarray | tuple[np.ndarray, float]  # final hidden activity, (cue, hidden) bool; seconds that count
Solver = Callable[[np.ndarray], Answer]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="three repetitions instead of seven")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--learned", type=Path, help="folder with the learned networks")
    options = parser.parse_args()
    repetitions = 3 if options.quick else 7
    print(machine(), f"Python {platform.python_version()}", f"numpy {np.__version__}", f"scipy {scipy.__version__}")
    with threadpool_limits(1):  # of BLAS; solvers that start threads of their own get the number in their calls
        workload_a(repetitions)
    if options.learned:
        for dataset, file in LEARNED.items():
            learned_images(dataset, options.learned, file, options.data_dir, repetitions)


def workload_a(repetitions: int) -> None:
    """Time every solver on the same cues and print times and ratios."""
    net = Network.gaussian(N_VISIBLE, N_HIDDEN, seed=0)
    cues = patterns.visible_cues(net, patterns.all_hidden_states(N_HIDDEN), noise_std=2.0, seed=1)
    solvers = solvers_of(net)
    exact = recall(net, cues, duration=DURATION).hidden_active.values
    for name, (solver, count) in solvers.items():
        answer = solver(cues[:count])
        same = ((answer[0] if isinstance(answer, tuple) else answer) == exact[:count]).all(axis=1).mean()
        if same < 0.99:
            raise SystemExit(f"{name}: only {same:.3f} of the cues end as in the exact engine; no time is given")
    times: dict[str, list[float]] = {name: [] for name in solvers}
    for _ in range(repetitions):
        for name, (solver, count) in solvers.items():
            times[name].append(timed(solver, cues[:count]) / count)
    best = float(np.median(times["exact engine"]))
    print(f"\nA: N_h = {N_HIDDEN}, N_v = {N_VISIBLE}; medians of {repetitions} interleaved runs, one thread\n")
    rows = [
        [name, f"{solvers[name][1]}", f"{1e6 * np.median(spent):.4g}", f"{np.median(spent) / best:.4g}"]
        for name, spent in times.items()
    ]
    print(table(["engine", "cues at once", "µs per recall", "× exact"], rows))


def solvers_of(net: Network) -> dict[str, tuple[Solver, int]]:
    """Return each solver and the number of cues on which it is timed."""
    found: dict[str, tuple[Solver, int]] = {
        "exact engine": (lambda cues: run_neurosim(net, cues, ONE_THREAD), 1024),
        "exact engine, hidden and visible": (
            lambda cues: run_neurosim(net, cues, ONE_THREAD, read_out=True),
            1024,
        ),
        "torch engine, reduced": (lambda cues: run_neurosim(net, cues, Torch(dt=DT)), 1024),
        "Brian2 reduced, cpp_standalone": (lambda cues: brian(net, cues, "reduced"), 1024),
        "Brian2 summed, cpp_standalone": (lambda cues: brian(net, cues, "summed"), 32),
        "Brian2 summed, cue by cue": (lambda cues: brian(net, cues, "summed"), 1),
        "SciPy with events, reduced": (lambda cues: scipy_events(net, cues, reduced=True), 8),
        "SciPy with events, full": (lambda cues: scipy_events(net, cues, reduced=False), 4),
        "SciPy LSODA without events, reduced": (lambda cues: scipy_plain(net, cues, "LSODA", reduced=True), 8),
        "SciPy RK45 without events, full": (lambda cues: scipy_plain(net, cues, "RK45", reduced=False), 4),
        "NumPy loop, full": (lambda cues: numpy_loop(net, cues), 4),
    }
    if find_spec("torchdiffeq"):
        found["torchdiffeq rk4, reduced"] = (lambda cues: with_torchdiffeq(net, cues), 1024)
    if find_spec("diffrax"):
        found["diffrax Tsit5, reduced"] = (diffrax_solver(net), 1024)
    if find_spec("nest"):
        found["NEST rate neurons"] = (lambda cues: with_nest(net, cues), 4)
    return found


def run_neurosim(net: Network, cues: np.ndarray, engine: Engine, *, read_out: bool = False) -> np.ndarray:
    return recall(net, cues, engine=engine, duration=DURATION, read_out=read_out).hidden_active.values


def brian(net: Network, cues: np.ndarray, formulation: str) -> Answer:
    """Run a compiled Brian2 program; only the time in its run loop counts."""
    engine = Brian(target="cpp_standalone", formulation=formulation, dt=DT)
    out = recall(net, cues, engine=engine, duration=DURATION)
    return out.hidden_active.values, out.attrs["run_time"]


def timed(solver: Solver, cues: np.ndarray) -> float:
    """Return seconds."""
    start = time.perf_counter()
    answer = solver(cues)
    return answer[1] if isinstance(answer, tuple) else time.perf_counter() - start


def scipy_events(net: Network, cues: np.ndarray, *, reduced: bool) -> np.ndarray:
    """Integrate from crossing to crossing, to 1e-10."""
    n, tau, back, out, start = equations(net, cues, reduced)
    ends = np.empty((len(cues), net.n_hidden), bool)
    for k, first in enumerate(start):
        state, s, now = np.concatenate([first, np.zeros(net.n_hidden)]), np.zeros(net.n_hidden), 0.0
        while now < DURATION:
            rest = out @ s

            def flow(_: float, y: np.ndarray, rest: np.ndarray = rest) -> np.ndarray:
                return (np.concatenate([rest, back @ y[:n]]) - y) / tau

            def crossing(_: float, y: np.ndarray, s: np.ndarray = s) -> float:
                return float(np.max(np.where(s > 0, net.threshold - y[n:], y[n:] - net.threshold)))

            crossing.terminal, crossing.direction = True, 1  # type: ignore[attr-defined]
            run = solve_ivp(flow, (now, DURATION), state, method="DOP853", events=crossing, rtol=1e-10, atol=1e-12)
            state, now = run.y[:, -1], run.t[-1]
            if run.status == 1:
                crossed = np.argmax(np.where(s > 0, net.threshold - state[n:], state[n:] - net.threshold))
                s = s.copy()
                s[crossed] = 1 - s[crossed]
                state[n + crossed] = net.threshold[crossed] + (2e-12 * s[crossed] - 1e-12)  # past θ
        ends[k] = s > 0
    return ends


def scipy_plain(net: Network, cues: np.ndarray, method: str, *, reduced: bool) -> np.ndarray:
    """Integrate across the jumps of s, to 1e-6; steps shrink until a jump is passed."""
    n, tau, back, out, start = equations(net, cues, reduced)

    def flow(_: float, y: np.ndarray) -> np.ndarray:
        return (np.concatenate([out @ (y[n:] > net.threshold), back @ y[:n]]) - y) / tau

    ends = []
    for first in start:
        state = np.concatenate([first, np.zeros(net.n_hidden)])
        run = solve_ivp(flow, (0, DURATION), state, method=method, rtol=1e-6, atol=1e-9)
        ends.append(run.y[n:, -1] > net.threshold)
    return np.array(ends)


def equations(
    net: Network, cues: np.ndarray, reduced: bool
) -> tuple[int, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the number of variables u or v, all time constants, the input matrices of both layers, and u or v at 0."""
    n = net.n_hidden if reduced else net.n_visible
    tau = np.repeat([float(net.tau_v), float(net.tau_h)], [n, net.n_hidden])
    back = np.eye(n) if reduced else np.sqrt(net.n_hidden) / net.n_visible * net.feedback_weights
    out = theory.effective_coupling(net) if reduced else net.weights / np.sqrt(net.n_hidden)
    return n, tau, back, out, theory.drive(net, cues) if reduced else cues


def numpy_loop(net: Network, cues: np.ndarray) -> np.ndarray:
    """Take Euler steps of both layers, cue by cue: the simplest program."""
    ends = []
    for v in cues.copy():
        h = np.zeros(net.n_hidden)
        for _ in range(round(DURATION / DT)):
            s = h > net.threshold
            dv = (net.weights @ s / np.sqrt(net.n_hidden) - v) / net.tau_v
            dh = (np.sqrt(net.n_hidden) / net.n_visible * (net.weights.T @ v) - h) / net.tau_h
            v, h = v + DT * dv, h + DT * dh
        ends.append(h > net.threshold)
    return np.array(ends)


def with_torchdiffeq(net: Network, cues: np.ndarray) -> np.ndarray:
    """Integrate all cues by rk4 in steps of τ_h/10."""
    import torch
    from torchdiffeq import odeint  # pyright: ignore[reportMissingImports] - optional

    theta, jt = torch.tensor(net.threshold), torch.tensor(theory.effective_coupling(net).T)
    tau_v, tau_h, n = float(net.tau_v), float(net.tau_h), net.n_hidden

    def right(_: Any, y: Any) -> Any:
        u, h = y[:, :n], y[:, n:]
        s = (h > theta).to(y.dtype)
        return torch.cat([(s @ jt - u) / tau_v, (u - h) / tau_h], dim=1)

    start = torch.cat([torch.tensor(theory.drive(net, cues)), torch.zeros(len(cues), n, dtype=torch.float64)], dim=1)
    with torch.no_grad():
        end = odeint(right, start, torch.tensor([0.0, DURATION]), method="rk4", options={"step_size": DT})[-1]
    return (end[:, n:] > theta).numpy()


def diffrax_solver(net: Network) -> Solver:
    """Return a compiled solver of all cues at once, Tsit5 with adaptive steps to 1e-6."""
    import diffrax  # pyright: ignore[reportMissingImports] - optional
    import jax  # pyright: ignore[reportMissingImports] - optional
    import jax.numpy as jnp  # pyright: ignore[reportMissingImports] - optional

    jax.config.update("jax_enable_x64", True)
    jt, theta, n = jnp.array(theory.effective_coupling(net).T), jnp.array(net.threshold), net.n_hidden
    tau_v, tau_h = float(net.tau_v), float(net.tau_h)

    def right(_: Any, y: Any, __: Any) -> Any:
        u, h = y[:n], y[n:]
        s = (h > theta).astype(y.dtype)
        return jnp.concatenate([(s @ jt - u) / tau_v, (u - h) / tau_h])

    def one(u0: Any) -> Any:
        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(right),
            diffrax.Tsit5(),
            0.0,
            DURATION,
            DT,
            jnp.concatenate([u0, jnp.zeros(n)]),
            stepsize_controller=diffrax.PIDController(rtol=1e-6, atol=1e-6),
            max_steps=100_000,
        )
        return solution.ys[-1, n:] > theta

    every = jax.jit(jax.vmap(one))
    return lambda cues: np.asarray(every(jnp.array(theory.drive(net, cues))))


def with_nest(net: Network, cues: np.ndarray) -> Answer:
    """Simulate both layers with rate neurons, cue by cue; a steep sigmoid for Θ, connections of one step."""
    os.environ.setdefault("PYNEST_QUIET", "1")
    import nest  # pyright: ignore[reportMissingImports] - optional

    nest.verbosity = nest.VerbosityLevel.ERROR
    step, root = 1e3 * DT, np.sqrt(net.n_hidden)  # NEST's times are milliseconds
    steep = {"g": 1.0, "beta": 1e9, "theta": float(np.ravel(net.threshold)[0]), "linear_summation": False}
    wire = {"synapse_model": "rate_connection_delayed", "delay": step}
    ends, spent = [], 0.0
    for cue in cues:
        nest.ResetKernel()
        nest.set(resolution=step, use_wfr=False, local_num_threads=1)
        visible = nest.Create("sigmoid_rate_ipn", len(cue), {"tau": 1e3 * float(net.tau_v), "sigma": 0.0, **steep})
        hidden = nest.Create("lin_rate_ipn", net.n_hidden, {"tau": 1e3 * float(net.tau_h), "sigma": 0.0})
        visible.rate = cue.tolist()
        nest.Connect(visible, hidden, "all_to_all", {**wire, "weight": root / len(cue) * net.feedback_weights})
        nest.Connect(hidden, visible, "all_to_all", {**wire, "weight": net.weights / root})
        nest.Prepare()
        start = time.perf_counter()
        nest.Run(1e3 * DURATION)
        spent += time.perf_counter() - start
        nest.Cleanup()
        ends.append(np.array(hidden.rate) > net.threshold)
    return np.array(ends), spent


def learned_images(dataset: str, folder: Path, name: str, data_dir: Path | None, repetitions: int) -> None:
    """Time the recall of all images against the matrix product that computes their drive."""
    from neurosim.learning.data import load

    files = sorted(folder.glob(f"{name}-{'?' * 16}.safetensors"))  # the key of the cache has 16 characters
    if len(files) != 1:
        print(f"\n{dataset}: {folder} must hold one {name}-*.safetensors, it has {len(files)}")
        return
    file = files[0]
    net, cues = Network.load(file), load(dataset, data_dir=data_dir).pixels.astype(float)
    back = np.ascontiguousarray(net.feedback_weights.T)
    one: dict[str, Any] = {"engine": ONE_THREAD, "read_out": False}
    work: dict[str, tuple[int, Callable[[], Any]]] = {
        "the product, float64": (1, lambda: cues @ back),
        "exact recall, hidden": (1, lambda: recall(net, cues, **one)),
        "exact recall, hidden and visible": (1, lambda: recall(net, cues, engine=ONE_THREAD, read_out=True)),
        "exact recall, two threads": (2, lambda: recall(net, cues, engine=Event(threads=2), read_out=False)),
    }
    times: dict[str, list[float]] = {name: [] for name in work}
    settled = (recall(net, cues, **one).outcome == "settled").mean().item()
    for _ in range(repetitions):
        for name, (threads, call) in work.items():
            with threadpool_limits(threads):  # of BLAS
                start = time.perf_counter()
                call()
                times[name].append(time.perf_counter() - start)
    product = float(np.median(times["the product, float64"]))
    rate = 2 * cues.size * net.n_hidden / product
    print(f"\n{dataset}, N_h = {net.n_hidden}: {len(cues):,} images, {100 * settled:.3f}% settled; {rate:.3g} FLOP/s\n")
    rows = []
    for name, spent in times.items():
        middle = float(np.median(spent))
        rows.append([name, f"{middle:.4g}", f"{1e6 * middle / len(cues):.4g}", f"{middle / product:.3g}"])
    print(table(["", "s", "µs per recall", "× the product"], rows))


if __name__ == "__main__":
    main()
