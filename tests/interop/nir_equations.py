"""Simulation of a NIR graph by the equations of NIR alone, independent of neurosim.

Between grid points leaky membranes are advanced exactly, all together, since they are linear (a matrix exponential).
Then thresholds and integrators are decided, and spikes, impulses of area 1, are handed on.
"""

import nir
import numpy as np
from scipy.linalg import expm

LEAKY = (nir.LI, nir.LIF, nir.CubaLI, nir.CubaLIF)
FIRING = (nir.LIF, nir.CubaLIF, nir.IF)


class Simulator:
    """Steps of dt from rest, v = 0; ``v`` and ``current`` hold the states by the name of their node."""

    def __init__(self, graph, dt):
        self.nodes, self.dt = graph.nodes, dt
        self.into = {name: [a for a, b in graph.edges if b == name] for name in graph.nodes}
        self.v = {name: np.zeros(n.r.shape) for name, n in self.nodes.items() if isinstance(n, (*LEAKY, nir.IF))}
        self.current = {name: np.zeros(n.r.shape) for name, n in self.nodes.items() if hasattr(n, "tau_syn")}
        self.waiting = {name: {} for name, n in self.nodes.items() if isinstance(n, nir.Delay)}
        self.step_number = 0
        self.parts = [(self.v, name) for name, n in self.nodes.items() if isinstance(n, LEAKY)]
        self.parts += [(self.current, name) for name in self.current]
        self.advance = self._propagator()

    def step(self):
        """Advance by dt; return which cells fired, by the name of their node."""
        self._set(self.advance @ self._get())
        self.step_number += 1
        fired = {}
        for name, node in self.nodes.items():
            if isinstance(node, nir.IF):
                self.v[name] += self.dt * node.r * self._input(name)
            if isinstance(node, FIRING):
                fired[name] = (self.v[name] > node.v_threshold).astype(float)
                self.v[name] = np.where(fired[name] > 0, node.v_reset, self.v[name])
        self._deliver(fired)
        return fired

    def kick(self, source, area):
        """Let an impulse of some area leave a node now."""
        self._deliver({source: np.asarray(area, float)})

    def _deliver(self, impulses):
        for name, node in self.nodes.items():
            if isinstance(node, (nir.CubaLI, nir.CubaLIF)):
                self.current[name] += node.w_in * self._impulse(name, impulses) / node.tau_syn
            elif isinstance(node, (nir.LI, nir.LIF)):
                self.v[name] += node.r * self._impulse(name, impulses) / node.tau

    def _impulse(self, name, impulses):
        """Return the area of the impulses that arrive at a node now."""
        return sum(self._through(source, impulses) for source in self.into[name])

    def _through(self, name, impulses):
        node = self.nodes[name]
        if name in impulses:
            return impulses[name]
        if isinstance(node, nir.Linear):
            return node.weight @ (np.zeros(node.weight.shape[1]) + self._impulse(name, impulses))
        if isinstance(node, nir.Scale):
            return node.scale * self._impulse(name, impulses)
        if isinstance(node, nir.Delay):
            (steps,) = set(np.rint(node.delay / self.dt).astype(int))
            line = self.waiting[name]
            now = self.step_number
            line[now + steps] = line.get(now + steps, 0) + self._impulse(name, impulses)
            return line.pop(now, 0.0)  # a delay in these graphs leads to one node
        return 0.0

    def _input(self, name):
        """Return the sum of the continuous signals into a node; nothing is sent into the graph's inputs."""
        return sum(self._signal(source) for source in self.into[name])

    def _signal(self, name):
        node = self.nodes[name]
        if isinstance(node, (nir.LI, nir.CubaLI)):
            return self.v[name]
        if isinstance(node, nir.Linear):
            return node.weight @ (np.zeros(node.weight.shape[1]) + self._input(name))
        if isinstance(node, nir.Threshold):
            return (self._input(name) > node.threshold).astype(float)
        if isinstance(node, nir.Scale):
            return node.scale * self._input(name)
        return 0.0  # spikes are no continuous signal

    def _get(self):
        return np.concatenate([values[name] for values, name in self.parts])

    def _set(self, state):
        for values, name in self.parts:
            values[name], state = state[: len(values[name])], state[len(values[name]) :]

    def _propagator(self):
        """Return exp(A dt) of ẋ = Ax, the leaky membranes' equations (v_leak is 0), A column by column."""
        width = len(self._get())
        columns = []
        for unit in np.eye(width):
            self._set(unit)
            columns.append(np.concatenate([self._slope(values, name) for values, name in self.parts]))
        self._set(np.zeros(width))
        return expm(np.stack(columns, axis=1) * self.dt)

    def _slope(self, values, name):
        node = self.nodes[name]
        assert not np.any(node.v_leak)
        if values is self.current:
            return (-self.current[name] + node.w_in * self._input(name)) / node.tau_syn
        tau = node.tau_mem if name in self.current else node.tau
        given = self.current[name] if name in self.current else self._input(name)
        return (-self.v[name] + node.r * given) / tau
