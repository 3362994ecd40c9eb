"""The spiking circuit as a `brian2.Network`: a population of cells for each hidden neuron, and its runs.

A `CircuitJob` is the counterpart of `neurosim.engines.brian.job.Job`. It holds the reduced problem: the drive of the
hidden layer at time 0, the coupling J and the calibration; the visible layer is computed from its result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import brian2
import numpy as np

from neurosim.cells import Population
from neurosim.engines.brian import population_values
from neurosim.engines.brian.blocks import Program, Values, connect, exact_step, join_blocks, number, timed_array
from neurosim.engines.brian.job import Batch, equal_batches, kept, seed_of
from neurosim.engines.brian.spikes import spike_list
from neurosim.equations import circuit as equations
from neurosim.inputs import InputCurrent
from neurosim.request import SCALARS, RecallRequest

TRACES = {"hidden": ("hidden", "h"), "activity": ("hidden", "a"), "visible": ("hidden", "a")} | {
    "hidden_active": ("hidden", "above"),
    "gating": ("hidden", "S"),
    "inhibition": ("hidden", "S_i"),
    "inhibitory_activity": ("hidden", "a_i"),
}
SPIKES = {"spikes": "excitatory", "inhibitory_spikes": "inhibitory"}  # record → group
COUPLINGS = ("J", "J_i", "J_c", "J_ci")  # of `theory.signed_couplings`; without Dale's law the first


@dataclass(frozen=True)
class CircuitJob:
    """Populations coupled by J.

    Parameters
    ----------
    population : Population
    request : RecallRequest
        Its cues are the drives u at time 0, (cue, hidden), its input the projected current, and its record may name
        "potential", that of the witnesses in volts, and "gating", S. With Dale's law u_c follows u along the last axis
        of cues and input.
    coupling : ndarray (hidden, hidden) or (4, hidden, hidden)
        J, or the signed couplings of Dale's law.
    theta, offset : ndarray (hidden,)
        Threshold, and shift of the drive by the calibration.
    low, high : ndarray (hidden,) or (2, hidden)
        Calibration: gating S at h = θ − ½ and at h = θ + ½; with Dale's law also that of the inhibitory cells.
    tau_v : float
        Seconds; infinite τ_v keeps the drives constant.
    tau_h : ndarray (hidden,)
        Seconds.
    witnesses : int, default 0
        Further excitatory cells of each population, which receive what the others do and never fire; leaky cells only.
    dtype : {"float64", "float32"}, default "float64"
    """

    population: Population
    request: RecallRequest
    coupling: np.ndarray
    theta: np.ndarray
    offset: np.ndarray
    low: np.ndarray
    high: np.ndarray
    tau_v: float
    tau_h: np.ndarray
    witnesses: int = 0
    dtype: str = "float64"
    kind: ClassVar[str] = "circuit"

    @property
    def n_hidden(self) -> int:
        """Number of populations per cue."""
        return self.coupling.shape[-1]

    @property
    def dale(self) -> bool:
        """Whether excitatory and inhibitory cells carry the positive and the negative weights."""
        return self.coupling.ndim == 3

    @property
    def n_excitatory(self) -> int:
        """Number of excitatory cells of each population, witnesses included."""
        return self.population.n_cells + self.witnesses

    def batches(self) -> list[Batch]:
        """Return runs of equal size."""
        cells = self.n_excitatory + self.population.n_inhibitory
        within = self.population.synapses.probability < 1 and self.n_excitatory * self.population.n_inhibitory
        return equal_batches(self.request.n_cues, self.n_hidden * (self.n_hidden + cells + within))

    def run_seed(self, batch: Batch) -> int | None:
        """Return the seed of the random numbers drawn during a run."""
        return seed_of(self.request, batch)

    def without_delay(self) -> CircuitJob:
        """Return the job: its delays are arrays."""
        return self

    def structure(self) -> dict[str, Any]:
        """Return everything that the generated code depends on."""
        request, population = self.request, self.population
        kinds = [
            [membrane.onset, membrane.is_adaptive, background.trains > 0]
            for membrane, background in (
                (population.membrane, population.background),
                (population.inhibitory_membrane, population.inhibitory_background),
            )
        ]
        return {
            "kind": self.kind,
            "sizes": [
                self.n_hidden,
                population.n_cells,
                self.witnesses,
                population.n_inhibitory,
                len(self.batches()[0].rows),
            ],
            "membranes": kinds,
            "synapses": population_values.kinds_of_synapses(population.synapses) | {"dale": self.dale},
            "wiring": [request.seed, bool(np.isinf(self.tau_v))] if population.synapses.probability < 1 else None,
            "steps": [request.n_steps, request.dt, request.record_dt, list(request.record)],
            "input": None if request.input is None else [len(request.input.values), request.input.segment],
            "dtype": self.dtype,
        }

    def to_files(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Return arrays and a record for JSON, read by `from_files`."""
        request = self.request
        names = ("coupling", "theta", "offset", "low", "high", "tau_h")
        arrays = {name: getattr(self, name) for name in names} | {"cues": request.cues, "hidden": request.hidden}
        if request.input is not None:
            arrays["input"] = request.input.values
        return arrays, {
            "kind": self.kind,
            "population": self.population.to_record(),
            "segment": None if request.input is None else request.input.segment,
            "own": {"tau_v": self.tau_v, "witnesses": self.witnesses, "dtype": self.dtype},
            "request": {name: getattr(request, name) for name in SCALARS},
        }

    @classmethod
    def from_files(cls, arrays: Mapping[str, np.ndarray], record: Mapping[str, Any]) -> CircuitJob:
        """Return the job that `to_files` described."""
        parameters: dict[str, Any] = dict(arrays)
        cues, hidden = parameters.pop("cues"), parameters.pop("hidden")
        current = InputCurrent(parameters.pop("input"), record["segment"]) if "input" in parameters else None
        options = {**record["request"], "record": tuple(record["request"]["record"])}
        request = RecallRequest(cues=cues, hidden=hidden, input=current, **options)
        return cls(population=Population(**record["population"]), request=request, **parameters, **record["own"])

    def build(self, batch: Batch) -> Program:
        """Return the network of a run, without its values."""
        program, population = Program(self.request, len(batch.rows)), self.population
        program.add(_hidden(program, self))
        n_e, n_i = self.n_excitatory, population.n_inhibitory
        program.add(_cells(program, "excitatory", population, n_e, self.n_hidden))
        program.add(_cells(program, "inhibitory", population, n_i, self.n_hidden))
        for name, code, width in (
            ("excitatory", equations.EXCITATORY_ON_SPIKE, n_e),
            ("inhibitory", equations.INHIBITORY_ON_SPIKE, n_i),
        ):
            code = equations.on_spike(population, code, excitatory=name == "excitatory")
            own = connect(program, name, "hidden", "", on_pre=code)
            cell_numbers = np.arange(len(program.objects[name]))
            own.connect(i=cell_numbers, j=cell_numbers // width)
        if population.synapses.probability < 1:
            self._wire(program, batch)
        names = COUPLINGS if self.dale else COUPLINGS[:1]
        coupling = {name: timed_array(program, name, (self.n_hidden, self.n_hidden)) for name in names}
        model = equations.HIDDEN_TO_HIDDEN_DALE if self.dale else equations.HIDDEN_TO_HIDDEN
        within = connect(program, "hidden", "hidden", model, namespace=coupling)
        join_blocks(within, self.n_hidden, self.n_hidden, program.n_cues)
        for name in self.request.record:
            if name in TRACES:
                program.monitor(name, *TRACES[name])
            elif name == "potential":
                program.monitor(name, "excitatory", "V", np.flatnonzero(np.tile(self.watches, len(batch.rows))))
            else:
                program.network.add(brian2.SpikeMonitor(program.objects[SPIKES[name]], name=name))
        return program

    def _wire(self, program: Program, batch: Batch) -> None:
        """Connect the cells of each population at random, every cell with the same number of sources."""
        n_cells, n_i = self.population.n_cells, self.population.n_inhibitory
        for source, target, n_source, width, n_target in (
            ("excitatory", "inhibitory", n_cells, self.n_excitatory, n_i),
            ("inhibitory", "excitatory", n_i, n_i, self.n_excitatory),
        ):
            code = equations.on_spike(self.population, equations.WIRED_ON_SPIKE, excitatory=source == "excitatory")
            synapses = connect(program, source, target, equations.WIRED_SYNAPSES, on_pre=code)
            degree = population_values.in_degree(self.population, n_source)
            chosen = population_values.sources(self, source, n_source, n_target, degree)[batch.rows]
            block = np.arange(len(batch.rows) * self.n_hidden)
            pre = chosen.reshape(len(block), -1) + width * block[:, None]
            synapses.connect(i=pre.reshape(-1), j=np.repeat(np.arange(len(block) * n_target), degree))

    def values(self, batch: Batch) -> Values:
        """Return all values of a run, in SI units."""
        return population_values.values(self, batch.rows)

    def read(self, program: Program, batch: Batch) -> dict[str, np.ndarray]:
        """Return the final state and the records of a run; names as for the spiking model.

        Returns
        -------
        dict
            hidden, activity, gating, n_spikes, n_inhibitory_spikes, n_crossings, late_crossings, last_crossing :
            (cue, hidden); ``<name>_trace`` : (cue, time, neuron); ``<name>_list`` : (spike, 3).
        """
        state = {name: program.read("hidden", name) for name in ("n_crossings", "late_crossings", "last_crossing")}
        state |= {"hidden": program.read("hidden", "h"), "activity": program.read("hidden", "a")}
        for name, group in (("n_spikes", "excitatory"), ("n_inhibitory_spikes", "inhibitory")):
            counts = program.read(group, "n_spikes")
            state[name] = counts.reshape(len(counts), self.n_hidden, -1).sum(axis=-1)
        ends = {"hidden": state["hidden"], "activity": state["activity"], "visible": state["activity"]}
        ends |= {"hidden_active": state["activity"] > 0.5}
        if self.dale:
            state["inhibitory_activity"] = ends["inhibitory_activity"] = program.read("hidden", "a_i")
        for name in self.request.record:
            if name not in ends and name in (*TRACES, "potential"):
                state[f"{name}_trace"] = program.samples(name)
            elif name in TRACES:
                samples = program.samples(name)
                samples = samples > 0.5 if name == "hidden_active" else samples
                state[f"{name}_trace"] = program.with_end(samples, ends[name])
            else:
                state[f"{name}_list"] = spike_list(program, program.network[name], self.request.dt)
        return {name: kept(name, found, batch) for name, found in state.items()}

    @property
    def watches(self) -> np.ndarray:
        """Which excitatory cells of a cue only watch, (cell,): the last ones of each population."""
        return np.tile(np.arange(self.n_excitatory) >= self.population.n_cells, self.n_hidden)


def _hidden(program: Program, job: CircuitJob) -> brian2.NeuronGroup:
    width, with_input = program.n_cues * job.n_hidden, program.request.input is not None
    namespace = program.input_namespace("current_hidden", width)
    if job.dale:
        namespace |= program.input_namespace("current_common", width)
    group = brian2.NeuronGroup(
        width,
        equations.hidden(with_input, job.dale),
        method=exact_step(equations.hidden_step(with_input, job.dale)),
        events={"cross": equations.CROSS},
        order=1,  # after the cells
        clock=program.clock,
        name="hidden",
        namespace=namespace,
    )
    group.set_event_schedule("cross", when="after_synapses")
    group.run_on_event("cross", equations.ON_CROSS)
    group.run_regularly(equations.conductances(job.population, job.dale), when="start", clock=program.clock)
    number(group, "mu", job.n_hidden)
    return group


def _cells(program: Program, name: str, population: Population, n_cells: int, n_hidden: int) -> Any:
    hidden, excitatory = program.objects["hidden"], name == "excitatory"
    group = brian2.NeuronGroup(
        len(hidden) * n_cells,
        equations.cells(population, excitatory=excitatory),
        method=exact_step(equations.cells_step(population, excitatory=excitatory)),
        threshold=equations.FIRES,
        reset=equations.after_spike(population, excitatory=excitatory),
        refractory="t_ref",  # pyright: ignore[reportArgumentType]  # a string is valid
        clock=program.clock,
        name=name,
        namespace={},
    )
    group.resetter["spike"].when = "before_synapses"  # which transmit what the spike has released
    index = np.repeat(np.arange(len(hidden)), n_cells)
    for variable in ("g_total", "V_mean", "decay"):
        setattr(group, variable, brian2.linked_var(hidden, f"{variable}_{name[0]}", index=index))
    if excitatory and population.synapses.magnesium:
        group.g_drive = brian2.linked_var(hidden, "g_drive", index=index)
    number(group, "mu", n_hidden, n_cells)
    return group
