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

from neurosim.cells import Background, Membrane, Population
from neurosim.engines.brian.blocks import Program, Values, connect, exact_step, join_blocks, number, timed_array
from neurosim.engines.brian.job import Batch, equal_batches, kept, seed_of
from neurosim.engines.brian.spikes import spike_list
from neurosim.equations import circuit as equations
from neurosim.inputs import InputCurrent
from neurosim.request import RecallRequest

TRACES = {"hidden": ("hidden", "h"), "activity": ("hidden", "a"), "visible": ("hidden", "a")} | {
    "hidden_active": ("hidden", "above"),
    "gating": ("hidden", "S"),
}
SPIKES = {"spikes": "excitatory", "inhibitory_spikes": "inhibitory"}  # record → group
NANO, PICO, MILLI = 1e-9, 1e-12, 1e-3
_NEVER = 1.0  # V, a potential that no cell reaches


@dataclass(frozen=True)
class CircuitJob:
    """Populations coupled by J.

    Parameters
    ----------
    population : Population
    request : RecallRequest
        Its cues are the drives u at time 0, (cue, hidden), its input the projected current, and its record may name
        "potential", that of the witnesses in volts, and "gating", S.
    coupling : ndarray (hidden, hidden)
        J.
    theta, offset, low, high : ndarray (hidden,)
        Threshold, and the calibration: shift of the drive, gating at h = 0 and at h = 1.
    tau_v : float
        Seconds; infinite τ_v keeps the drives constant.
    tau_h : ndarray (hidden,)
        Seconds.
    witnesses : int, default 0
        Further excitatory cells of each population, which receive what the others do and never fire.
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
        return len(self.coupling)

    @property
    def n_excitatory(self) -> int:
        """Number of excitatory cells of each population, witnesses included."""
        return self.population.n_cells + self.witnesses

    def batches(self) -> list[Batch]:
        """Return runs of equal size."""
        cells = self.n_excitatory + self.population.n_inhibitory
        return equal_batches(self.request.n_cues, self.n_hidden * (self.n_hidden + cells))

    def run_seed(self, batch: Batch) -> int | None:
        """Return the seed of the random numbers drawn during a run."""
        return seed_of(self.request, batch)

    def without_delay(self) -> CircuitJob:
        """Return the job: it has no delays."""
        return self

    def structure(self) -> dict[str, Any]:
        """Return everything that the generated code depends on."""
        request, population = self.request, self.population
        kinds = [
            [membrane.slope > 0, membrane.is_adaptive]
            for membrane in (population.membrane, population.inhibitory_membrane)
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
        fields = ("duration", "dt", "record", "record_dt", "read_out", "seed")
        return arrays, {
            "kind": self.kind,
            "population": self.population.to_record(),
            "segment": None if request.input is None else request.input.segment,
            "own": {"tau_v": self.tau_v, "witnesses": self.witnesses, "dtype": self.dtype},
            "request": {name: getattr(request, name) for name in fields},
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
        program.add(_cells(program, "excitatory", "e", population.membrane, n_e, self.n_hidden))
        program.add(_cells(program, "inhibitory", "i", population.inhibitory_membrane, n_i, self.n_hidden))
        for name, code, width in (
            ("excitatory", equations.EXCITATORY_ON_SPIKE, n_e),
            ("inhibitory", equations.INHIBITORY_ON_SPIKE, n_i),
        ):
            own = connect(program, name, "hidden", "", on_pre=code)
            cell_numbers = np.arange(len(program.objects[name]))
            own.connect(i=cell_numbers, j=cell_numbers // width)
        coupling = {"J": timed_array(program, "J", (self.n_hidden, self.n_hidden))}
        within = connect(program, "hidden", "hidden", equations.HIDDEN_TO_HIDDEN, namespace=coupling)
        join_blocks(within, self.n_hidden, self.n_hidden, program.n_cues)
        for name in self.request.record:
            if name in TRACES:
                program.monitor(name, *TRACES[name])
            elif name == "potential":
                program.monitor(name, "excitatory", "V", np.flatnonzero(np.tile(self._watches, len(batch.rows))))
            else:
                program.network.add(brian2.SpikeMonitor(program.objects[SPIKES[name]], name=name))
        return program

    def values(self, batch: Batch) -> Values:
        """Return all values of a run, in SI units."""
        request, population, rows = self.request, self.population, batch.rows
        found: Values = {
            ("hidden", "u"): request.cues[rows],
            ("hidden", "h"): request.hidden[rows],
            ("hidden", "late_from"): request.late_from,
            ("hidden", "tau_v"): self.tau_v,
            ("J", "values"): self.coupling.T,
        }
        for name, value in (("theta", self.theta), ("offset", self.offset), ("S0", self.low), ("S1", self.high)):
            found["hidden", name] = np.tile(value, len(rows))
        found["hidden", "tau_h"] = np.tile(self.tau_h, len(rows))
        found |= _shared(population)
        found |= _of_cells("excitatory", population.membrane, population.background)
        found |= _of_cells("inhibitory", population.inhibitory_membrane, population.inhibitory_background)
        peaks = np.where(self._watches, _NEVER, population.membrane.peak * MILLI)
        found["excitatory", "peak"] = np.tile(peaks, len(rows))
        inhibitory_peak = population.inhibitory_membrane.peak * MILLI
        found["inhibitory", "peak"] = np.full(len(rows) * self.n_hidden * population.n_inhibitory, inhibitory_peak)
        found["excitatory", "tau_nmda"] = population.synapses.tau_nmda
        found["excitatory", "saturation"] = population.synapses.saturation
        return found | self._initial(rows) | self._input(rows)

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
        for name in self.request.record:
            if name in ("potential", "gating"):
                state[f"{name}_trace"] = program.samples(name)
            elif name in TRACES:
                samples = program.samples(name)
                samples = samples > 0.5 if name == "hidden_active" else samples
                state[f"{name}_trace"] = program.with_end(samples, ends[name])
            else:
                state[f"{name}_list"] = spike_list(program, program.network[name], self.request.dt)
        return {name: kept(name, found, batch) for name, found in state.items()}

    @property
    def _watches(self) -> np.ndarray:
        """Which excitatory cells of a cue only watch, (cell,): the last ones of each population."""
        return np.tile(np.arange(self.n_excitatory) >= self.population.n_cells, self.n_hidden)

    def _initial(self, rows: np.ndarray) -> Values:
        """Return the background currents at time 0, from their stationary distribution; V starts at rest."""
        population, found = self.population, Values()
        classes = (
            ("excitatory", population.membrane, population.background, self.n_excitatory),
            ("inhibitory", population.inhibitory_membrane, population.inhibitory_background, population.n_inhibitory),
        )
        for place, (name, membrane, background, n_cells) in enumerate(classes):
            rng = np.random.default_rng([self.request.seed or 0, 3 + place])
            shape = (self.request.n_cues, self.n_hidden * n_cells)
            found[name, "I"] = background.noise * PICO * rng.standard_normal(shape)[rows]
            found[name, "V"] = np.full((len(rows), shape[1]), membrane.rest * MILLI)
        return found

    def _input(self, rows: np.ndarray) -> Values:
        if self.request.input is None:
            return {}
        current = self.request.input.rows(rows)
        current = np.concatenate([current, np.zeros_like(current[:1])])
        return {("current_hidden", "values"): current.reshape(len(current), -1)}


def _shared(population: Population) -> Values:
    """Return the parameters that all populations share, by the names of `equations.PARAMETERS`."""
    synapses, membranes = population.synapses, {"e": population.membrane, "i": population.inhibitory_membrane}
    backgrounds = {"e": population.background, "i": population.inhibitory_background}
    found: dict[str, float] = {name: getattr(synapses, name) for name in ("tau_nmda", "tau_ampa", "tau_gaba")}
    found |= {"saturation": synapses.saturation, "n_e": population.n_cells, "n_i": population.n_inhibitory}
    found |= {"E_exc": synapses.excitatory * MILLI, "E_inh": synapses.inhibitory * MILLI}
    for name in ("drive_excitation", "drive_inhibition", "to_inhibitory", "to_excitatory"):
        found[name] = getattr(synapses, name) * NANO
    for suffix, membrane in membranes.items():
        found[f"leak_{suffix}"] = membrane.leak * NANO
        found[f"rest_{suffix}"] = membrane.rest * MILLI
        found[f"C_{suffix}"] = membrane.capacitance * PICO
        found[f"background_e{suffix}"] = backgrounds[suffix].excitation * NANO
        found[f"background_i{suffix}"] = backgrounds[suffix].inhibition * NANO
    return {("hidden", name): value for name, value in found.items()}


def _of_cells(group: str, membrane: Membrane, background: Background) -> Values:
    """Return the parameters of a class of cells."""
    found = {
        "C": membrane.capacitance * PICO,
        "reset": membrane.reset * MILLI,
        "t_ref": membrane.t_ref,
        "noise": background.noise * PICO,
        "tau_noise": background.tau,
    }
    if membrane.slope:
        found |= {"leak": membrane.leak * NANO, "V_T": membrane.threshold * MILLI, "slope": membrane.slope * MILLI}
    if membrane.is_adaptive:
        found |= {"subthreshold": membrane.subthreshold * NANO, "jump": membrane.jump * PICO}
        found |= {"rest": membrane.rest * MILLI, "tau_w": membrane.tau_w}
    return {(group, name): value for name, value in found.items()}


def _hidden(program: Program, job: CircuitJob) -> brian2.NeuronGroup:
    width, with_input = program.n_cues * job.n_hidden, program.request.input is not None
    group = brian2.NeuronGroup(
        width,
        equations.hidden(with_input),
        method=exact_step(equations.hidden_step(with_input)),
        events={"cross": equations.CROSS},
        order=1,  # after the cells
        clock=program.clock,
        name="hidden",
        namespace=program.input_namespace("current_hidden", width),
    )
    group.set_event_schedule("cross", when="after_synapses")
    group.run_on_event("cross", equations.ON_CROSS)
    group.run_regularly(equations.CONDUCTANCES, when="start", clock=program.clock)
    number(group, "mu", job.n_hidden)
    return group


def _cells(program: Program, name: str, suffix: str, membrane: Membrane, n_cells: int, n_hidden: int) -> Any:
    hidden, gating = program.objects["hidden"], suffix == "e"
    group = brian2.NeuronGroup(
        len(hidden) * n_cells,
        equations.cells(membrane, gating=gating),
        method=exact_step(equations.cells_step(membrane, gating=gating)),
        threshold=equations.FIRES,
        reset=equations.after_spike(membrane, gating=gating),
        refractory="t_ref",  # pyright: ignore[reportArgumentType]  # a string is valid
        clock=program.clock,
        name=name,
        namespace={},
    )
    index = np.repeat(np.arange(len(hidden)), n_cells)
    for variable in ("g_total", "V_mean", "decay"):
        setattr(group, variable, brian2.linked_var(hidden, f"{variable}_{suffix}", index=index))
    number(group, "mu", n_hidden, n_cells)
    return group
