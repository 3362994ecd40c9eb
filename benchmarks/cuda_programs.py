"""CUDA programs that are compiled without a GPU: every kind of generated code, ten steps each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurosim import InputCurrent, Network, Normalise, Power, Sigmoid, Sign, Softmax, patterns
from neurosim.cells import LIF, Background, OnOff, Poisson, Population, Regular, ShortTerm, Synapses
from neurosim.engines import Brian, Changes
from neurosim.engines.brian.job import Job
from neurosim.engines.brian.learning import LearningJob
from neurosim.engines.brian.populations import CircuitJob
from neurosim.equations.plasticity import STDP
from neurosim.request import RecallRequest


@dataclass(frozen=True)
class Case:
    """One program: an engine, a network, its cues and the options of `recall`."""

    engine: Brian
    n_visible: int = 20
    n_hidden: int = 4
    n_cues: int = 2
    noise_std: float = 1.0
    network: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=lambda: {"duration": 2e-3})
    as_shipped: bool = False  # compiled file by file as by the engine, which takes minutes

    @property
    def net(self) -> Network:
        return Network.gaussian(self.n_visible, self.n_hidden, seed=0).replace(**self.network)

    def cues(self, net: Network, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
        targets = patterns.random_hidden_states(self.n_hidden, self.n_cues, seed=seed)
        return targets, patterns.visible_cues(net, targets, noise_std=self.noise_std, seed=seed + 1)

    def job(self) -> Job:
        net = self.net
        return Job(net, self.engine.request(net, self.cues(net)[1], **self.options), self.engine)


@dataclass(frozen=True)
class Learning:
    """A network that learns three images, ten steps each."""

    as_shipped: bool = False

    def job(self) -> LearningJob:
        rng = np.random.default_rng(0)
        weights, cells = rng.standard_normal((20, 4)), Regular(noise=0.1, visible=OnOff(1000.0))
        start = (weights, weights.T.copy(), np.zeros(4))
        return LearningJob(
            rng.random((3, 20)), np.arange(3.0), *start, STDP(shown=5e-3), cells, 10e-3, 2e-3, 5e-4, 2, seed=0
        )


@dataclass(frozen=True)
class Populations:
    """A spiking circuit of two hidden neurons and two cues, ten steps."""

    population: Population
    dale: bool = False
    dtype: str = "float64"
    record: tuple[str, ...] = ()
    as_shipped: bool = False

    def job(self) -> CircuitJob:
        one, drives = np.ones(2), np.linspace(0.0, 1.0, 8 if self.dale else 4).reshape(2, -1)
        coupling, ends = np.eye(2), np.zeros((2, 2))
        if self.dale:
            coupling = np.stack([coupling, 0 * coupling, coupling, 0 * coupling])
        request = RecallRequest(drives, 0 * drives[:, :2], duration=1e-3, dt=1e-4, record=self.record, seed=1)
        low, high = (ends, ends + 0.7) if self.dale else (ends[0], ends[0] + 0.7)
        return CircuitJob(
            *(self.population, request, coupling, 0.5 * one, 0 * one, low, high, 0.4, 1e-3 * one), dtype=self.dtype
        )


def tiny(
    formulation: str,
    dtype: str,
    *,
    cells: Any = None,
    as_shipped: bool = False,
    network: Any = None,
    changes: Any = None,
    **options: Any,
) -> Case:
    """Return a case of ten steps."""
    engine = Brian(cells=cells, formulation=formulation, dtype=dtype, dt=2e-4, changes=changes)
    return Case(engine, network=network or {}, options={"duration": 2e-3, **options}, as_shipped=as_shipped)


def spikes(formulation: str, dtype: str, cells: Any, *record: str, **options: Any) -> Case:
    """Return a spiking case of ten steps."""
    return tiny(formulation, dtype, cells=cells, seed=1, record=record, **options)


_TRACES = ("hidden", "visible", "hidden_active")
_INPUT = InputCurrent(np.linspace(-1, 1, 40).reshape(2, 1, 20), 4e-4)  # two segments
_OWN_FEEDBACK = np.linspace(-1, 1, 80).reshape(4, 20)
_PER_NEURON = {
    "threshold": np.linspace(0.3, 0.7, 4),
    "tau_h": np.linspace(1e-3, 3e-3, 4),
    "feedback": _OWN_FEEDBACK,
}

_CHANGED = Changes(
    equations={
        "hidden": "dadapt/dt = (s - adapt)/tau_a : 1",
        "visible": "total : 1",
        "hidden_to_visible": "total_post = abs(w)*s_pre/sqrt(N_h) : 1 (summed)",
    },
    terms={"h": "-strength*adapt", "v": "-total*v/reversal + sigma*sqrt(2*tau_v)*xi"},
    build="def excite(network):\n    network.add(PoissonInput(network['visible'], 'v', N=20, rate=50*Hz, weight=0.1))",
    parameters={"strength": 0.2, "tau_a": (0.05, "second"), "reversal": 3.0, "sigma": 0.1},
)
_CHANGED_CELLS = Changes(
    equations={"cells": "dadapt/dt = -adapt/tau_a : 1"},
    terms={"h": "-adapt"},
    on_pre={"cells_to_trace": "a_post += 0.5*amplitude_pre"},
    build="""
        def adapt(network):
            own = "jump : 1 (shared, constant)"
            jumps = Synapses(network["cells"], network["cells"], own, on_pre="adapt_post += jump")
            jumps.connect(p=0.5)
            network.add(jumps)
    """,
    parameters={"jump": 0.05, "tau_a": (0.1, "second")},
)

# Every kind of generated code: formulations, cells, both float types, records, inputs.
PROGRAMS = {
    "summed": tiny("summed", "float64"),
    "summed, float32, smooth, own feedback and tau_v, input": tiny(
        "summed",
        "float32",
        network={
            "hidden_activation": Sigmoid(5.0),
            "tau_v": np.linspace(5e-3, 30e-3, 20),
            "feedback": _OWN_FEEDBACK,
        },
        input=_INPUT,
        record=_TRACES,
    ),
    "summed, powers of normalised": tiny(
        "summed", "float64", network={"hidden_activation": Power(5), "visible_activation": Normalise()}
    ),
    "summed, float32, softmax of signs": tiny(
        "summed", "float32", network={"hidden_activation": Softmax(3.0), "visible_activation": Sign()}
    ),
    "event": tiny("event", "float64"),
    "event, parameters per neuron, input, traces": tiny(
        "event", "float64", network=_PER_NEURON, input=_INPUT, record=_TRACES, record_dt=4e-4
    ),
    "event, float32": tiny("event", "float32"),
    "reduced, float32, input, traces": tiny("reduced", "float32", input=_INPUT, record=_TRACES),
    "regular": spikes("event", "float64", "regular"),
    "regular, reduced, float32, noise, K = 2, all recorded": spikes(
        "reduced",
        "float32",
        Regular(noise=0.1, threshold_std=0.1, n_cells=2),
        *(*_TRACES, "activity", "spikes"),
    ),
    "lif, input": spikes("event", "float64", LIF(), input=_INPUT),
    "lif, reduced": spikes("reduced", "float64", "lif"),
    "poisson": spikes("event", "float64", "poisson", "spikes"),
    "population, reduced, float32": spikes("reduced", "float32", Poisson(n_cells=3)),
    "on_off, all recorded": spikes("event", "float64", "on_off", *_TRACES, "spikes", "visible_spikes"),
    "slow (stochastic on_off), float32": spikes(
        "event", "float32", Poisson(n_cells=2, visible=OnOff(t_ref=1e-3, stochastic=True)), "visible_spikes"
    ),
    "dale": spikes("event", "float64", "dale", "spikes"),
    "changes: equations, terms, synapses, noise, Poisson input": tiny("summed", "float64", changes=_CHANGED, seed=1),
    "changes, regular, float32: adaptation at spikes, drawn synapses": tiny(
        "summed", "float32", cells="regular", changes=_CHANGED_CELLS, seed=1
    ),
    "learning by spikes": Learning(),
    "circuit, spikes and activity recorded": Populations(
        Population(n_cells=8), record=("activity", "spikes", "inhibitory_spikes")
    ),
    "circuit, float32: Dale's law, AdEx, currents, wiring, delays, plasticity": Populations(
        Population(
            n_cells=8,
            membrane="adaptive",
            synapses=Synapses(current_based=True, probability=0.5, delay=5e-4, short_term=ShortTerm()),
        ),
        dale=True,
        dtype="float32",
    ),
    "circuit: Izhikevich cells, Poisson trains, magnesium block, wiring": Populations(
        Population(
            n_cells=8,
            membrane="izhikevich",
            background=Background(trains=4000.0),
            synapses=Synapses(magnesium=1.0, probability=0.5),
        )
    ),
    "reduced, file by file, as the engine compiles it": tiny("reduced", "float64", as_shipped=True),
}
