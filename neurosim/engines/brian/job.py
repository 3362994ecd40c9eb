"""One request for Brian2, whatever the model and the target: how it is cut into runs, built, valued and read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np

from neurosim import nonlinearity
from neurosim.cells import OnOff, SpikingCell, from_record
from neurosim.engines.brian import rate, spikes
from neurosim.engines.brian.blocks import Program, Values
from neurosim.inputs import InputCurrent
from neurosim.network import Network, activations
from neurosim.request import Recall

SYNAPSES_PER_RUN = 4_000_000  # about 100 MB of indices and weights


@dataclass(frozen=True)
class Batch:
    """The cues of one run. All runs of a request have one size, so that one compiled program does them.

    Parameters
    ----------
    rows : ndarray (size,) int
        Cues of the request; the last run repeats its last cue to fill up.
    n_kept : int
        How many of the rows are wanted.
    """

    rows: np.ndarray
    n_kept: int


@dataclass(frozen=True)
class Job:
    """What to simulate.

    Parameters
    ----------
    net : Network
    request : Recall
        With a `variant`, the spiking analogue, else the rate model.
    formulation : {"summed", "event", "reduced"}
    dtype : {"float64", "float32"}
        Of Brian2's variables.
    """

    net: Network
    request: Recall
    formulation: str
    dtype: str = "float64"

    @property
    def model(self) -> ModuleType:
        """The module that builds, values and reads this model."""
        return rate if self.request.variant is None else spikes

    def batches(self) -> list[Batch]:
        """Cut the cues into equal runs of at most `SYNAPSES_PER_RUN` synapses, at least one cue each."""
        variant = self.request.variant
        size = (
            rate.size(self.net, self.formulation)
            if variant is None
            else spikes.size(self.net, variant, self.formulation)
        )
        n_cues = self.request.n_cues
        n_runs = -(-n_cues // max(1, SYNAPSES_PER_RUN // size))
        size = -(-n_cues // n_runs)
        return [
            Batch(rows=np.minimum(np.arange(start, start + size), n_cues - 1), n_kept=min(size, n_cues - start))
            for start in range(0, n_cues, size)
        ]

    def build(self, batch: Batch) -> Program:
        """Return the program for a run of this size, without its values."""
        return self.model.build(self.net, self.request, len(batch.rows), self.formulation)

    def values(self, batch: Batch) -> Values:
        """Return all numbers of one run."""
        return self.model.values(self.net, self.request, batch.rows, self.formulation)

    def read(self, program: Program, batch: Batch) -> dict[str, np.ndarray]:
        """Return what one run left behind, for the batch's wanted cues."""
        found = self.model.read(self.net, program, self.request, batch.rows, self.formulation)
        return {name: _kept(name, values, batch) for name, values in found.items()}

    def seed(self, batch: Batch) -> int | None:
        """Return the seed of the random numbers drawn during one run, None if none are drawn."""
        if self.request.seed is None:
            return None
        state = np.random.SeedSequence([self.request.seed, int(batch.rows[0])]).generate_state(1)
        return int(state[0] >> 1)  # brian2cuda writes a signed literal

    def structure(self) -> dict[str, Any]:
        """Return what the generated code depends on: two jobs that agree here share a compiled program."""
        net, request = self.net, self.request
        variant = request.variant
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
            "variant": None if variant is None else _structure_of(variant),
            "formulation": self.formulation,
            "dtype": self.dtype,
        }

    def without_delay(self) -> Job:
        """Return the job with spikes that act at once: delays are written into the source, unlike arrays."""
        variant = self.request.variant
        if variant is None:
            return self
        return replace(self, request=replace(self.request, variant=replace(variant, delay=0.0)))

    def to_files(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Return arrays and a JSON-able record, read back by `from_files`."""
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
            "variant": None if request.variant is None else request.variant.to_record(),
            "segment": None if request.input is None else request.input.segment,
            "formulation": self.formulation,
            "dtype": self.dtype,
            "request": {
                name: getattr(request, name) for name in ("duration", "dt", "record", "record_dt", "read_out", "seed")
            },
        }
        return arrays, record

    @classmethod
    def from_files(cls, arrays: Mapping[str, np.ndarray], record: Mapping[str, Any]) -> Job:
        """Rebuild a job from `to_files`' answer."""
        given: dict[str, Any] = dict(arrays)
        cues, hidden = given.pop("cues"), given.pop("hidden")
        current = InputCurrent(given.pop("input"), record["segment"]) if "input" in given else None
        net = Network(**given, **activations(record))
        variant = None if record["variant"] is None else from_record(record["variant"])
        options = {**record["request"], "record": tuple(record["request"]["record"])}
        request = Recall(cues=cues, hidden=hidden, input=current, variant=variant, **options)
        return cls(net, request, record["formulation"], record["dtype"])


def joined(parts: Iterator[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return the runs' answers as one, cues in order."""
    collected = list(parts)
    first = 0
    for part in collected:
        for name in part:
            if name.endswith("_list"):
                part[name][:, 2] += first
        first += len(part["hidden"])
    return {name: np.concatenate([part[name] for part in collected]) for name in collected[0]}


def _kept(name: str, values: np.ndarray, batch: Batch) -> np.ndarray:
    return values[values[:, 2] < batch.n_kept] if name.endswith("_list") else values[: batch.n_kept]


def _structure_of(variant: SpikingCell) -> dict[str, Any]:
    visible = variant.visible
    return {
        "name": variant.name,
        "n_cells": variant.n_cells,
        "noisy": variant.noise > 0,
        "spread": variant.threshold_std > 0,
        "visible": visible.name,
        "visible_stochastic": isinstance(visible, OnOff) and visible.stochastic,
        "interneurons": None if variant.interneurons is None else variant.interneurons.n_cells,
    }
