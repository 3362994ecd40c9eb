"""The process behind `neurosim.engines.brian.standalone`: build one C++ program, run it for all cues.

``python -m neurosim.engines.brian.worker FOLDER`` reads request.json, request.npz and network.npz there and
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

from neurosim import nonlinearity
from neurosim.engines.brian.batches import batches, build, joined, read, start
from neurosim.network import Network
from neurosim.request import Recall


def main(folder: Path) -> None:
    """Do what the folder asks."""
    options = json.loads((folder / "request.json").read_text())
    activation = nonlinearity.from_record(options["hidden_activation"])
    with np.load(folder / "network.npz", allow_pickle=False) as arrays:
        net = Network(**arrays, hidden_activation=activation)
    with np.load(folder / "request.npz", allow_pickle=False) as arrays:
        request = Recall(
            cues=arrays["cues"],
            hidden=arrays["hidden"],
            duration=options["duration"],
            dt=options["dt"],
            record=tuple(options["record"]),
            record_dt=options["record_dt"],
        )
    brian2.prefs["logging.display_brian_error_message"] = False
    brian2.set_device("cpp_standalone", build_on_run=False)
    with np.errstate(all="ignore"):
        result = joined(_runs(net, request, options, folder / "program"))
    np.savez(folder / "result.npz", **result)  # type: ignore[arg-type]


def _runs(net: Network, request: Recall, options: dict[str, Any], program: Path) -> Iterator[dict[str, np.ndarray]]:
    formulation = options["formulation"]
    todo = batches(net, request.n_cues, formulation)
    network = build(net, request, todo[0], formulation)
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
        device.run(run_args=start(net, network, request, batch, formulation))
        yield read(net, network, request, batch)


def _make(program: Path) -> None:
    """Compile. Not through Brian2, which hides what the compiler says and starts one for every file."""
    made = subprocess.run(["make", "-j2"], cwd=program, capture_output=True, text=True)
    if made.returncode:
        sys.exit(f"the compiler could not build the program:\n{made.stdout}{made.stderr}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
