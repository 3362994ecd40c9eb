"""Recall requests for Brian2: division into runs, network and values of a run, and reading of its result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np

from neurosim import nonlinearity
from neurosim.cells import OnOff, SpikingCell
from neurosim.engines.brian import changed, extension, rate, spikes
from neurosim.engines.brian.blocks import Program, Values
from neurosim.engines.builtin import Brian
from neurosim.inputs import InputCurrent
from neurosim.network import Network, activations
from neurosim.request import SCALARS, RecallRequest

_BUILD = 2**32 - 1  # number of the stream of `Changes.build`; those of runs are the numbers of cues
SYNAPSES_PER_RUN = 4_000_000  # about 100 MB of indices and weights


@dataclass(frozen=True)
class Batch:
    """The cues of one run. All runs of a request have the same size, so that they use the same compiled program.

    Parameters
    ----------
    rows : ndarray (size,) int
        Numbers of the cues in the request; the last run is filled up with copies of its last cue.
    n_kept : int
        Number of rows without the copies.
    """

    rows: np.ndarray
    n_kept: int


@dataclass(frozen=True)
class Job:
    """A network, a request and the engine with its options.

    Parameters
    ----------
    net : Network
    request : RecallRequest
    engine : Brian
        With `cells` for the spiking model, without for the rate model.
    """

    net: Network
    request: RecallRequest
    engine: Brian

    @property
    def cells(self) -> SpikingCell | None:
        """The spiking cells; None is the rate model."""
        return self.engine.cells

    @property
    def formulation(self) -> str:
        """The formulation for this network."""
        return self.engine.form(self.net)

    @property
    def dtype(self) -> str:
        """Type of Brian2's variables."""
        return self.engine.dtype

    @property
    def model(self) -> ModuleType:
        """Module with `build`, `values` and `read` of the model."""
        return rate if self.cells is None else spikes

    def batches(self) -> list[Batch]:
        """Return runs of equal size, with at most `SYNAPSES_PER_RUN` synapses or one cue each."""
        cells, form = self.cells, self.formulation
        size = rate.size(self.net, form) if cells is None else spikes.size(self.net, cells, form)
        return equal_batches(self.request.n_cues, size)

    def build(self, batch: Batch) -> Program:
        """Return the program for a run of this size, without its values."""
        with extension.without_leftovers():
            program = self.build_unextended(batch)
            if self.engine.changes is not None:
                extension.extend(self.engine.changes, program.network, program.clock, self.build_seed)
        return program

    def build_unextended(self, batch: Batch) -> Program:
        """Return the program with changed equations, without the objects that `Changes.build` adds."""
        return self.model.build(self, len(batch.rows))

    def values(self, batch: Batch) -> Values:
        """Return all values of a run."""
        return self.model.values(self, batch.rows) | changed.values(self.engine.changes)

    def read(self, program: Program, batch: Batch) -> dict[str, np.ndarray]:
        """Return the final state and the records of a run."""
        found = self.model.read(self, program, batch.rows)
        if self.engine.changes is not None:
            own = {f"{name}_trace" for name in self.request.record}
            found |= changed.monitored(program.network, program.objects, own, program.n_cues)
        return {name: kept(name, values, batch) for name, values in found.items()}

    @property
    def build_seed(self) -> int | None:
        """The seed of what `Changes.build` draws, one for all runs; None if the request has no seed."""
        return None if self.request.seed is None else _small_seed(self.request.seed, _BUILD)

    def run_seed(self, batch: Batch) -> int | None:
        """Return the seed of the random numbers drawn during a run, None if the request has no seed."""
        return seed_of(self.request, batch)

    def structure(self) -> dict[str, Any]:
        """Return everything that the generated code depends on; jobs that agree in it share a compiled program."""
        net, request, cells, changes = self.net, self.request, self.cells, self.engine.changes
        uniform = {
            name: bool(np.all(v == v.flat[0])) for name in ("threshold", "tau_v", "tau_h") for v in [getattr(net, name)]
        }
        return {
            "sizes": [net.n_visible, net.n_hidden, len(self.batches()[0].rows)],
            "uniform": uniform,
            "symmetric": net.is_symmetric,
            "hidden_activation": nonlinearity.to_record(net.hidden_activation),
            "visible_activation": nonlinearity.to_record(net.visible_activation),
            "steps": [request.n_steps, request.dt, request.record_dt, list(request.record)],
            "input": None if request.input is None else [len(request.input.values), request.input.segment],
            "cells": None if cells is None else _structure_of(cells),
            "formulation": self.formulation,
            "dtype": self.dtype,
            "changes": None if changes is None else changes.structure(),
            "build_seed": request.seed if changes is not None and changes.draws_in_python else None,
        }

    def without_delay(self) -> Job:
        """Return the job with a delay of 0, since delays are written into the source, unlike arrays."""
        if self.cells is None:
            return self
        return replace(self, engine=self.engine.replace(cells=self.cells.replace(delay=0.0)))

    def to_files(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Return arrays and a record for JSON, read by `from_files`."""
        net, request = self.net, self.request
        arrays = {"weights": net.weights, "threshold": net.threshold, "tau_v": net.tau_v, "tau_h": net.tau_h}
        arrays |= {"cues": request.cues, "hidden": request.hidden}
        if net.feedback is not None:
            arrays["feedback"] = net.feedback
        if request.input is not None:
            arrays["input"] = request.input.values
        record = {
            "hidden_activation": nonlinearity.to_record(net.hidden_activation),
            "visible_activation": nonlinearity.to_record(net.visible_activation),
            "segment": None if request.input is None else request.input.segment,
            "engine": self.engine.to_record(),
            "request": {name: getattr(request, name) for name in SCALARS},
        }
        return arrays, record

    @classmethod
    def from_files(cls, arrays: Mapping[str, np.ndarray], record: Mapping[str, Any]) -> Job:
        """Return the job that `to_files` described."""
        parameters: dict[str, Any] = dict(arrays)
        cues, hidden = parameters.pop("cues"), parameters.pop("hidden")
        current = InputCurrent(parameters.pop("input"), record["segment"]) if "input" in parameters else None
        net = Network(**parameters, **activations(record))
        options = {**record["request"], "record": tuple(record["request"]["record"])}
        request = RecallRequest(cues=cues, hidden=hidden, input=current, **options)
        return cls(net, request, Brian(**{name: value for name, value in record["engine"].items() if name != "name"}))


def _small_seed(*entropy: int) -> int:
    """Return a seed that brian2cuda can write as a signed integer."""
    return int(np.random.SeedSequence(entropy).generate_state(1)[0] >> 1)


def joined(parts: Iterator[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return the results of all runs as one, in the order of the cues."""
    collected = list(parts)
    first = 0
    for part in collected:
        for name in part:
            if name.endswith("_list"):
                part[name][:, 2] += first
        first += len(part["hidden"])
    return {name: np.concatenate([part[name] for part in collected]) for name in collected[0]}


def equal_batches(n_cues: int, per_cue: int) -> list[Batch]:
    """Return runs of equal size, with at most `SYNAPSES_PER_RUN` synapses or one cue each; `per_cue` synapses a cue."""
    n_runs = -(-n_cues // max(1, SYNAPSES_PER_RUN // per_cue))
    size = -(-n_cues // n_runs)
    return [
        Batch(rows=np.minimum(np.arange(start, start + size), n_cues - 1), n_kept=min(size, n_cues - start))
        for start in range(0, n_cues, size)
    ]


def seed_of(request: RecallRequest, batch: Batch) -> int | None:
    """Return the seed of the random numbers drawn during a run, None if the request has no seed."""
    return None if request.seed is None else _small_seed(request.seed, request.first_cue + int(batch.rows[0]))


def kept(name: str, values: np.ndarray, batch: Batch) -> np.ndarray:
    """Return an array of a run without the copies that fill the run up."""
    return values[values[:, 2] < batch.n_kept] if name.endswith("_list") else values[: batch.n_kept]


def _structure_of(cells: SpikingCell) -> dict[str, Any]:
    visible = cells.visible
    return {
        "name": cells.name,
        "n_cells": cells.n_cells,
        "noisy": cells.noise > 0,
        "spread": cells.threshold_std > 0,
        "visible": visible.name,
        "visible_stochastic": isinstance(visible, OnOff) and visible.stochastic,
        "interneurons": None if cells.interneurons is None else cells.interneurons.n_cells,
    }
