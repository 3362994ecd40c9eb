"""Spiking runs as NWB files (Neurodata Without Borders), for archives and the tools that read them.

trials       one per cue, `GAP` apart; columns: cue, outcome, settle_time (NaN if it did not settle), hidden_active
(which hidden neurons are active at the end)
units        one per cell, with its spikes of all trials; columns: layer ("hidden", "inhibitory" or "visible"), neuron,
cell, side ("ON" or "OFF" of visible cells, else "")
acquisition  a TimeSeries per recorded trace, of the shape (sample, neuron)
notes        the attributes of the run, as JSON
"""

from __future__ import annotations

import hashlib
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.interop.neo_block import to_neo
from neurosim.outputs import require_writable, write_file
from neurosim.packages import required

if TYPE_CHECKING:
    import neo
    import xarray

GAP = 1.0  # s from the end of a trial to the start of the next
_UNIT_COLUMNS = {
    "layer": "layer of the cell: hidden, inhibitory or visible",
    "neuron": "hidden neuron whose population the cell belongs to, or visible neuron",
    "cell": "number of the cell within its population; of visible cells 0 (ON) or 1 (OFF)",
    "side": "ON or OFF of a visible cell",
}


def write_nwb(
    out: xarray.Dataset, path: str | Path, *, session_start: datetime | None = None, millivolts: bool = False
) -> None:
    """Write a spiking run as an NWB file.

    Parameters
    ----------
    out : xarray.Dataset
        A spiking run with recorded spikes, as for `to_neo`.
    path : str or Path
        Ends in .nwb. An existing file is replaced when the new one is complete.
    session_start : datetime with a time zone, optional
        Time 0 of the first trial; default: now.
    millivolts : bool, default False
        As for `to_neo`.

    Raises
    ------
    InvalidInput
        The run has no spikes, the path another ending, or the time no zone.
    OutputError
        The file cannot be written.
    Unavailable
        PyNWB or Neo is not installed.

    See Also
    --------
    to_neo : The same run in memory.

    References
    ----------
    .. [1] Rübel et al., "The Neurodata Without Borders ecosystem for neurophysiological data science",
       eLife 11, e78362 (2022).

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from neurosim import Network, recall
    >>> from neurosim.engines import Brian
    >>> net, spiking = Network.gaussian(20, 3, seed=0), Brian(cells="regular", codegen="numpy")
    >>> out = recall(net, net.weights.T, engine=spiking, duration=10e-3, record=["spikes"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_nwb(out, Path(folder) / "run.nwb")
    ...     Path(folder, "run.nwb").stat().st_size > 10_000
    True
    """
    if Path(path).suffix != ".nwb":
        raise InvalidInput(f"the path of an NWB file must end in .nwb, got {str(path)!r}")
    path, start = require_writable(path), datetime.now(UTC) if session_start is None else session_start
    if not isinstance(start, datetime) or start.tzinfo is None:
        raise InvalidInput(f"session_start must be a datetime with a time zone, got {session_start!r}")
    block = to_neo(out, millivolts=millivolts)
    pynwb, h5py = required("pynwb", "write_nwb"), required("h5py", "write_nwb")
    content = io.BytesIO()
    with h5py.File(content, "w") as file, pynwb.NWBHDF5IO(file=file, mode="w") as target:
        target.write(_file(out, block, start))
    write_file(path, content.getbuffer())


def _file(out: xarray.Dataset, block: neo.Block, start: datetime) -> Any:
    pynwb: Any = required("pynwb", "write_nwb")
    notes = json.dumps(block.annotations, sort_keys=True, default=str)
    file = pynwb.NWBFile(
        session_description="Recall of damaged cues by a simulated spiking network, one trial per cue",
        identifier=hashlib.sha256(f"{notes} {start.isoformat()}".encode()).hexdigest(),
        session_start_time=start,
        notes=notes,
        keywords=["simulation", "associative memory"],
    )
    starts = np.arange(len(block.segments)) * (float(out.attrs["duration"]) + GAP)
    _add_trials(file, out, starts)
    _add_units(file, block, starts)
    _add_traces(file, out, block, starts)
    return file


def _add_trials(file: Any, out: xarray.Dataset, starts: np.ndarray) -> None:
    file.add_trial_column("cue", "number of the cue")
    file.add_trial_column("outcome", "how the recall ended")
    file.add_trial_column("settle_time", "time from the start of the trial after which the state is the final one, s")
    file.add_trial_column("hidden_active", "which hidden neurons are active at the end")
    for cue, begin in enumerate(starts.tolist()):
        file.add_trial(
            start_time=begin,
            stop_time=begin + float(out.attrs["duration"]),
            cue=cue,
            outcome=str(out.outcome.values[cue]),
            settle_time=float(out.settle_time.values[cue]),
            hidden_active=out.hidden_active.values[cue],
        )


def _add_units(file: Any, block: neo.Block, starts: np.ndarray) -> None:
    for name, description in _UNIT_COLUMNS.items():
        file.add_unit_column(name, description)
    for trains in zip(*(segment.spiketrains for segment in block.segments), strict=True):
        times = [train.magnitude + begin for train, begin in zip(trains, starts, strict=True)]
        about = trains[0].annotations
        file.add_unit(
            spike_times=np.concatenate(times),
            layer=about["layer"],
            neuron=about.get("hidden_neuron", about.get("visible_neuron")),
            cell=about.get("cell", int(about.get("side") == "OFF")),
            side=about.get("side", ""),
        )


def _add_traces(file: Any, out: xarray.Dataset, block: neo.Block, starts: np.ndarray) -> None:
    pynwb: Any = required("pynwb", "write_nwb")
    for signals in zip(*(segment.analogsignals for segment in block.segments), strict=True):
        first: Any = signals[0]
        unit = str(first.units.dimensionality)
        series = pynwb.TimeSeries(
            name=first.name,
            data=np.concatenate([signal.magnitude for signal in signals]),
            timestamps=np.add.outer(starts, out["time"].values).ravel(),
            unit="1" if unit == "dimensionless" else unit,
            description=first.description or "no description",
        )
        file.add_acquisition(series)
