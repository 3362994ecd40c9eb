"""Statistics of the spike trains of a run, computed by Elephant from the Neo export."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.errors import InvalidInput
from neurosim.interop.neo_block import to_neo
from neurosim.packages import required
from neurosim.validation import one_time

if TYPE_CHECKING:
    import xarray

_RESOLUTION = 5.0  # Hz, of the spectrum
_BIN = 2e-3  # s, of the spectrum
_VARIABLES = {
    "rate": ("mean rate of the cells", "Hz"),
    "variation": ("mean coefficient of variation of the interspike intervals, cells of ten intervals and more", "1"),
    "fano": ("Fano factor of the counts of a cell in successive windows, mean over cells that fire", "1"),
    "correlation": ("mean pairwise correlation of the counts of the cells of a population", "1"),
}


def spike_statistics(out: xarray.Dataset, *, start: Any, window: Any = 0.05, layer: str = "hidden") -> xarray.Dataset:
    """Measure irregularity, correlation and spectrum of the trains of active populations, by Elephant.

    Parameters
    ----------
    out : xarray.Dataset
        A recall with recorded spikes.
    start : time
        Earlier spikes are not counted, seconds.
    window : time, default 50 ms
        Window of counts, for the Fano factor and the correlation.
    layer : {"hidden", "inhibitory"}, default "hidden"
        The trains of a hidden neuron's cells, or those of the inhibitory cells of its population.

    Returns
    -------
    xarray.Dataset over population and frequency
        One entry for each active hidden neuron of each cue: rate, coefficient of variation, Fano factor, pairwise
        correlation, and the spectrum of the population rate from 5 to 245 Hz relative to that of independent Poisson
        trains, 1 at all frequencies.

    Raises
    ------
    InvalidInput
        No neuron is active, or fewer than four windows, or whole windows of less than 0.2 s, follow the start.
    Unavailable
        Elephant is not installed.

    See Also
    --------
    to_neo : The export that Elephant reads.

    References
    ----------
    .. [1] Denker, Yegenoglu & Grün, "Collaborative HPC-enabled workflows on the HBP Collaboratory using the Elephant
       framework", Neuroinformatics 2018, P19.

    Examples
    --------
    >>> from neurosim import Network, recall
    >>> from neurosim.engines import Brian
    >>> net, spiking = Network.gaussian(100, 2, seed=0), Brian(cells="regular", codegen="numpy")
    >>> found = spike_statistics(recall(net, net.weights.T, engine=spiking, duration=0.4, record=["spikes"]), start=0.1)
    >>> found.variation.values.round(2).tolist()  # cells with a clock
    [0.0, 0.0]
    """
    start, window = one_time(start, "start", zero=True), one_time(window, "window")
    duration = float(out.attrs["duration"]) if "duration" in getattr(out, "attrs", {}) else 0.0
    block = to_neo(out)
    n_windows = int((duration - start) / window * (1 + 1e-9))
    if n_windows < 4 or n_windows * window * (1 + 1e-9) < 1 / _RESOLUTION:
        raise InvalidInput(
            f"four windows of {window:g} s, and windows of {1 / _RESOLUTION:g} s together, must follow the start, "
            f"got start={start:g} s of {duration:g} s"
        )
    found: list[dict[str, Any]] = []
    with _quiet():
        for segment in block.segments:
            trains = [train for train in segment.spiketrains if train.annotations["layer"] == layer]
            active = {t.annotations["hidden_neuron"] for t in trains if t.annotations["hidden_active"]}
            for neuron in sorted(active):
                own = [train for train in trains if train.annotations["hidden_neuron"] == neuron]
                of = {"cue": segment.index, "hidden_neuron": neuron}
                found.append(of | _of_population(own, start, window, n_windows))
    if not found:
        raise InvalidInput(f'spike_statistics needs an active neuron with spikes in the layer "{layer}", got none')
    return _labelled(found, out, start, window)


def _of_population(trains: list[Any], start: float, window: float, n_windows: int) -> dict[str, Any]:
    """Return the statistics of the cells of one population."""
    statistics = required("elephant.statistics", "spike_statistics")
    conversion = required("elephant.conversion", "spike_statistics")
    correlation = required("elephant.spike_train_correlation", "spike_statistics")
    pq = required("quantities", "spike_statistics")
    end = start + n_windows * window
    late = [train.time_slice(start * pq.s, end * pq.s) for train in trains]
    binned = conversion.BinnedSpikeTrain(late, bin_size=window * pq.s, t_start=start * pq.s, n_bins=n_windows)
    counts = binned.to_array()
    varies, fires = counts.var(axis=1) > 0, counts.any(axis=1)
    intervals = [np.diff(train.magnitude) for train in late if len(train) > 10]
    each = {
        "rate": float(counts.sum(axis=1).mean() / (end - start)),
        "variation": _mean([statistics.cv(interval) for interval in intervals]),
        "fano": _mean(counts[fires].var(axis=1) / counts[fires].mean(axis=1)),
        "correlation": np.nan,
    }
    if varies.sum() > 1:
        own = conversion.BinnedSpikeTrain(
            [train for train, moves in zip(late, varies, strict=True) if moves],
            bin_size=window * pq.s,
            t_start=start * pq.s,
            n_bins=n_windows,
        )
        matrix = correlation.correlation_coefficient(own)
        each["correlation"] = float(matrix[np.triu_indices(len(matrix), 1)].mean())
    return each | _spectrum(late, start, end)


def _spectrum(trains: list[Any], start: float, end: float) -> dict[str, Any]:
    """Return the power of the population's spike count relative to independent Poisson trains of the same rate."""
    conversion = required("elephant.conversion", "spike_statistics")
    spectral = required("elephant.spectral", "spike_statistics")
    neo, pq = required("neo", "spike_statistics"), required("quantities", "spike_statistics")
    n_bins = int((end - start) / _BIN * (1 + 1e-9))
    binned = conversion.BinnedSpikeTrain(trains, bin_size=_BIN * pq.s, t_start=start * pq.s, n_bins=n_bins)
    total = binned.to_array().sum(axis=0).astype(float)
    signal = neo.AnalogSignal((total - total.mean())[:, None], units="dimensionless", sampling_rate=1 / _BIN * pq.Hz)
    # the mean of a segment instead of all would take a sixth of the power at the first frequency above 0
    frequency, power = spectral.welch_psd(signal, frequency_resolution=_RESOLUTION * pq.Hz, detrend=False)
    white = 2 * _BIN * total.mean() or 1.0  # of counts whose variance is their mean; one-sided, so not at the two ends
    return {"frequency": frequency.magnitude[1:-1], "spectrum": power.magnitude[0, 1:-1] / white}


def _labelled(found: list[dict[str, Any]], out: xarray.Dataset, start: float, window: float) -> xarray.Dataset:
    import xarray

    variables: dict[str, Any] = {
        name: ("population", [each[name] for each in found], {"long_name": label, "units": units})
        for name, (label, units) in _VARIABLES.items()
    }
    meaning = {"long_name": "power of the population's spike count, independent Poisson trains = 1", "units": "1"}
    variables["spectrum"] = (("population", "frequency"), np.stack([each["spectrum"] for each in found]), meaning)
    coords: dict[str, Any] = {
        "frequency": ("frequency", found[0]["frequency"], {"long_name": "frequency", "units": "Hz"}),
        **{name: ("population", [each[name] for each in found]) for name in ("cue", "hidden_neuron")},
    }
    attrs = {name: out.attrs[name] for name in ("engine", "seed", "duration", "dt", "n_cells") if name in out.attrs}
    about = {"method": "Elephant", "n_networks": 1, "n_trials": out.sizes["cue"], "start": start, "window": window}
    return xarray.Dataset(variables, coords, {**attrs, **about})


def _mean(values: Any) -> float:
    return float(np.mean(values)) if len(values) else np.nan


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():  # of quantities, in Elephant
        warnings.filterwarnings("ignore", message="The 'copy' argument in Quantity is deprecated")
        yield
