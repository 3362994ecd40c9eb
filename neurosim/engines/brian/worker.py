"""The process behind `neurosim.engines.brian.standalone`: build one C++ program in a folder, run it for all cues.

``python -m neurosim.engines.brian.worker FOLDER`` reads request.json, request.npz and network.safetensors there and
writes result.npz.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import brian2
import numpy as np
from brian2.devices.device import get_device

from neurosim.engines.brian.batches import batches, joined, read
from neurosim.engines.brian.build import brian_network, initial_state
from neurosim.network import Network
from neurosim.result import Recall


def main(folder: Path) -> None:
    """Do what the folder asks."""
    net = Network.load(folder / "network.safetensors")
    options = json.loads((folder / "request.json").read_text())
    with np.load(folder / "request.npz", allow_pickle=False) as arrays:
        request = Recall(
            cues=arrays["cues"],
            hidden=arrays["hidden"],
            duration=options["duration"],
            dt=options["dt"],
            record=tuple(options["record"]),
            record_dt=options["record_dt"],
        )
    brian2.set_device("cpp_standalone", build_on_run=False)
    with np.errstate(all="ignore"):
        result = joined(_runs(net, request, options, folder / "program"))
    np.savez(folder / "result.npz", **result)  # type: ignore[arg-type]


def _runs(
    net: Network, request: Recall, options: dict[str, Any], program: Path
) -> Iterator[dict[str, np.ndarray]]:
    formulation = options["formulation"]
    todo = batches(net, request.n_cues, formulation)
    network = brian_network(
        net,
        request.cues[todo[0].rows],
        hidden=request.hidden[todo[0].rows],
        dt=request.dt,
        formulation=formulation,
        record=request.record,
        record_dt=request.record_dt or None,
    )
    network["hidden"].late_from = request.n_steps // 2
    network.run(
        request.n_steps * request.dt * brian2.second,
        report=options["report"],
        report_period=options["report_period"] * brian2.second,
        namespace={},
    )
    device: Any = get_device()
    device.build(directory=str(program), compile=False, run=False)
    _make(program)
    for batch in todo:
        start = initial_state(net, request.cues[batch.rows], request.hidden[batch.rows], formulation)
        device.run(
            run_args={getattr(network[group], name): values for (group, name), values in start.items()}
        )
        yield read(net, network, request, batch)


def _make(program: Path) -> None:
    """Compile. Not through Brian2, which hides what the compiler says and starts one compiler for every file."""
    made = subprocess.run(["make", "-j2"], cwd=program, capture_output=True, text=True)
    if made.returncode:
        sys.exit(f"the compiler could not build the program:\n{made.stdout}{made.stderr}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
