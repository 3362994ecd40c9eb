"""Networks that learn while they run (`neurosim.equations.plasticity`), for the same targets as a recall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import brian2
import numpy as np

from neurosim.cells import OnOff, SpikingCell, from_record
from neurosim.engines.brian.blocks import Program, Values, exact_step, join_blocks, number, timed_array
from neurosim.engines.brian.job import Batch
from neurosim.equations import plasticity, spiking
from neurosim.equations.plasticity import STDP
from neurosim.request import RecallRequest
from neurosim.validation import instance

_ARRAYS = ("images", "order", "weights", "feedback", "threshold")


@dataclass(frozen=True)
class LearningJob:
    """One run of a network that learns; the counterpart of `neurosim.engines.brian.job.Job`.

    Parameters
    ----------
    images : ndarray (image, visible)
        Input currents of the images, ≥ 0.
    order : ndarray (presentation,) float
        Numbers of the images in the order of their presentation.
    weights, feedback, threshold : ndarray (visible, hidden), (hidden, visible), (hidden,)
        Initial values.
    rule : STDP
    cells : SpikingCell
        Cells of the hidden neurons, with `OnOff` visible neurons.
    tau_v, tau_h, dt : float
        Seconds.
    record_every : int
        Number of presentations between two records of the synapses.
    seed : int
        Seed of the initial phases and of the random numbers of the simulation.
    """

    images: np.ndarray
    order: np.ndarray
    weights: np.ndarray
    feedback: np.ndarray
    threshold: np.ndarray
    rule: STDP
    cells: SpikingCell
    tau_v: float
    tau_h: float
    dt: float
    record_every: int
    seed: int
    kind: ClassVar[str] = "learning"
    dtype: ClassVar[str] = "float64"

    @property
    def request(self) -> RecallRequest:
        """Request of a recall from the silent state with the same time steps."""
        steps = round(self.rule.shown / self.dt)
        return RecallRequest(
            cues=np.zeros((1, self.weights.shape[0])),
            hidden=np.zeros((1, self.weights.shape[1])),
            duration=(len(self.order) * steps + 1) * self.dt,
            dt=self.dt,
            record_dt=self.record_every * steps * self.dt,
            seed=self.seed,
        )

    def batches(self) -> list[Batch]:
        """Return the only run of the job."""
        return [Batch(np.zeros(1, dtype=int), 1)]

    def run_seed(self, batch: Batch) -> int:
        """Return the seed of the random numbers drawn during the run."""
        return int(np.random.SeedSequence([self.seed, 0]).generate_state(1)[0] >> 1)

    def without_delay(self) -> LearningJob:
        """Return the job: its delay is not a value of the program."""
        return self

    def structure(self) -> dict[str, Any]:
        """Return everything that the generated code depends on."""
        request = self.request
        return {
            "kind": self.kind,
            "sizes": [*self.images.shape, self.weights.shape[1], len(self.order)],
            "steps": [request.n_steps, request.dt, request.record_dt, self.rule.shown],
            "cells": [self.cells.name, self.cells.noise > 0, self.cells.latency],
        }

    def to_files(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Return arrays and a record for JSON, read by `from_files`."""
        own = {name: getattr(self, name) for name in ("tau_v", "tau_h", "dt", "record_every", "seed")}
        record = {"kind": self.kind, "rule": asdict(self.rule), "cells": self.cells.to_record(), "own": own}
        return {name: getattr(self, name) for name in _ARRAYS}, record

    @classmethod
    def from_files(cls, arrays: Mapping[str, np.ndarray], record: Mapping[str, Any]) -> LearningJob:
        """Return the job that `to_files` described."""
        rule, cells = STDP(**record["rule"]), from_record(record["cells"])
        return cls(**{name: arrays[name] for name in _ARRAYS}, rule=rule, cells=cells, **record["own"])

    def build(self, batch: Batch) -> Program:
        """Return the program, without its values."""
        n_visible, n_hidden = self.weights.shape
        program = Program(self.request, 1)
        program.add(_visible(program, self))
        program.add(_hidden(program, self))
        program.add(_pairs(program, self))
        join_blocks(program.objects["pairs"], n_hidden, n_visible, 1)
        for name in ("w", "w_back"):
            program.monitor(name, "pairs", name)
        program.monitor("theta", "hidden", "theta")
        return program

    def values(self, batch: Batch) -> Values:
        """Return all values of the run."""
        rule, cells = self.rule, self.cells
        visible = instance(cells.visible, "visible", OnOff)
        n_visible, n_hidden = self.weights.shape
        phases = np.random.default_rng([self.seed, 2]).random(
            (2, n_visible)
        )  # with equal phases all cells would fire at the same times
        return {
            ("image", "values"): self.images,
            ("image_number", "values"): np.append(self.order, self.order[-1]),
            ("visible", "tau_v"): self.tau_v,
            ("visible", "gain"): visible.gain,
            ("visible", "phase"): phases[0],
            ("visible", "error_phase"): phases[1] - 0.5,
            ("hidden", "theta"): self.threshold,
            ("hidden", "tau_h"): self.tau_h,
            ("hidden", "tau_u"): visible.tau_s,
            ("hidden", "tau_v"): self.tau_v,
            ("hidden", "t_ref"): cells.t_ref,
            ("hidden", "noise"): cells.noise,
            ("hidden", "T"): rule.shown,
            ("hidden", "settling"): rule.settling,
            ("hidden", "end"): self.request.duration,
            ("hidden", "rate"): rule.rate,
            ("hidden", "homeostasis"): rule.homeostasis,
            ("hidden", "active_share"): rule.active,
            ("hidden", "to_threshold"): rule.threshold,
            ("hidden", "window"): rule.window,
            ("pairs", "w"): self.weights.T,
            ("pairs", "w_back"): self.feedback,
            ("pairs", "N_h"): n_hidden,
            ("pairs", "N_v"): n_visible,
            ("pairs", "decay"): rule.decay,
            ("pairs", "encoder"): rule.encoder,
        }

    def read(self, program: Program, batch: Batch) -> dict[str, np.ndarray]:
        """Return w and w_back (1, hidden·visible), theta (1, hidden), their traces, and h as "hidden"."""
        groups = {"w": "pairs", "w_back": "pairs", "theta": "hidden"}
        found = {name: program.read(group, name) for name, group in groups.items()}
        traces = {f"{name}_trace": program.samples(name) for name in groups}
        return found | traces | {"hidden": program.read("hidden", "h")}


def _visible(program: Program, job: LearningJob) -> brian2.NeuronGroup:
    n_visible = job.weights.shape[0]
    namespace = {
        "image": timed_array(program, "image", job.images.shape),
        "image_number": timed_array(program, "image_number", (len(job.order) + 1,), job.rule.shown),
    }
    group = brian2.NeuronGroup(
        n_visible,
        plasticity.VISIBLE,
        method=exact_step(plasticity.VISIBLE_STEP),
        threshold=plasticity.FIRES["spike"],
        reset=plasticity.AFTER["spike"],
        events={name: plasticity.FIRES[name] for name in ("positive_error", "negative_error")},
        clock=program.clock,
        name="visible",
        namespace=namespace,
    )
    for name in ("positive_error", "negative_error"):
        group.run_on_event(name, plasticity.AFTER[name])
    number(group, "number", n_visible)
    return group


def _hidden(program: Program, job: LearningJob) -> brian2.NeuronGroup:
    cells = job.cells
    group = brian2.NeuronGroup(
        job.weights.shape[1],
        plasticity.hidden(cells),
        method=exact_step(plasticity.hidden_step(cells)),
        threshold=spiking.FIRES[cells.stochastic],
        reset=plasticity.after_hidden(cells),
        refractory=False if cells.stochastic else "t_ref",  # pyright: ignore[reportArgumentType]  # a string is valid
        clock=program.clock,
        name="hidden",
        namespace={},
    )
    group.run_regularly(plasticity.CAPTURE_HIDDEN, dt=job.rule.shown * brian2.second)
    return group


def _pairs(program: Program, job: LearningJob) -> brian2.Synapses:
    codes: dict[str, dict[str, str]] = {"pre": {}, "post": {}}
    for name, (side, _, code) in plasticity.PATHWAYS.items():
        codes[side][name] = code
    events = {name: event for name, (_, event, _) in plasticity.PATHWAYS.items()}
    group = brian2.Synapses(
        program.objects["hidden"],
        program.objects["visible"],
        plasticity.SYNAPSES,
        on_pre=codes["pre"],
        on_post=codes["post"],
        on_event=events,  # pyright: ignore[reportArgumentType]  # one per pathway is valid
        clock=program.clock,
        delay={"hidden_to_visible": job.cells.latency * brian2.second},
        name="pairs",
        namespace={},
    )
    for place, name in enumerate(plasticity.PATHWAYS):
        getattr(group, name).order = place
    group.run_regularly(plasticity.CAPTURE, dt=job.rule.shown * brian2.second)
    return group
