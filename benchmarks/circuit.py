"""Run time of the spiking circuit on one core: steps and synaptic events per second.

    python benchmarks/circuit.py [--cues 32] [--duration 2]      half a minute of compiling, ten seconds of running

N_h = 10, K = 100, steps of 0.1 and 0.2 ms, a compiled C++ program. The run time excludes generating, compiling and
reading. A spike of an excitatory cell reaches the inhibitory cells of its population, one of an inhibitory cell the
excitatory ones: so many synaptic events are counted, and one for the gating of the cell itself.
"""

from __future__ import annotations

import argparse

import numpy as np

from neurosim import Network, patterns, recall
from neurosim.engines import Circuit


def main() -> None:
    parser = argparse.ArgumentParser(description="Run time of the spiking circuit on one core.")
    parser.add_argument("--cues", type=int, default=32)
    parser.add_argument("--duration", type=float, default=2.0, help="seconds of simulated time")
    options = parser.parse_args()
    net = Network.gaussian(1000, 10, seed=0, tau_v=0.4)
    states = patterns.random_hidden_states(10, options.cues, seed=1)
    cues = patterns.visible_cues(net, states, noise_std=1.0, seed=2)
    for dt in (1e-4, 2e-4):
        engine = Circuit(target="cpp_standalone", dt=dt)
        population = engine.population
        out = recall(net, cues, engine=engine, duration=options.duration, read_out=False, seed=3)
        seconds, n_steps = float(out.attrs["run_time"]), round(options.duration / dt)
        n_cells = options.cues * 10 * (population.n_cells + population.n_inhibitory)
        spikes = float(out.n_spikes.sum()), float(out.n_inhibitory_spikes.sum())
        events = spikes[0] * (1 + population.n_inhibitory) + spikes[1] * (1 + population.n_cells)
        right = int(np.all(out.hidden_active.values == states, axis=1).sum())
        print(
            f"dt = {1e3 * dt:g} ms: {options.cues} cues of {options.duration:g} s, {n_cells:,} cells: {seconds:.1f} s; "
            f"{n_steps / seconds:,.0f} steps/s, {n_cells * n_steps / seconds:.2g} cell updates/s, "
            f"{events / seconds:.2g} synaptic events/s; {right} recalled"
        )


if __name__ == "__main__":
    main()
