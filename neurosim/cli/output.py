"""Output of commands: tables of sweeps, netCDF files with their figures, progress."""

from __future__ import annotations

import io
import itertools
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.errors import InvalidInput
from neurosim.storage import require_writable, save_result

if TYPE_CHECKING:
    import xarray

    from neurosim.report.findings import Row


def adapt_streams() -> None:
    """Make stdout and stderr replace unsupported characters, and write each line at once to a log file."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace", line_buffering=True)


def print_step(line: str) -> None:
    """Print the next step of a command."""
    print(f"… {line}", flush=True)


def check_output(out: Path, *inputs: Path | None) -> Path:
    """Return `out` after a test that a result can be written there; to be called before long computations.

    Raises
    ------
    InvalidInput
        `out` is one of the files that are read.
    OutputError
        `out` cannot be written.
    """
    for path in inputs:
        if path is not None and path.resolve() == out.resolve():
            raise InvalidInput(f"--out must not be an input file, got {out}; give another name")
    return require_writable(out)


def check_netcdf_output(out: Path, *inputs: Path | None) -> Path:
    """Return `out` after the tests of `check_output` and a test that the figure does not replace it.

    Raises
    ------
    InvalidInput
        `out` ends in .pdf.
    """
    if out.suffix.lower() == ".pdf":
        raise InvalidInput(f"--out must name a netCDF file (its figure is a PDF), got {out}; end it in .nc")
    return check_output(out, *inputs)


def print_table(curve: xarray.Dataset, quantity: str) -> None:
    """Print a line for each point of a sweep: the quantity with its interval, and the theory where there is one.

    Examples
    --------
    >>> import xarray
    >>> values = {"recalled": 0.9, "recalled_lower": 0.8, "recalled_upper": 1.0, "law": 0.95, "bound": float("nan")}
    >>> data = {name: ("noise_std", [value]) for name, value in values.items()}
    >>> print_table(xarray.Dataset(data, {"noise_std": [1.0]}), "recalled")
    σ_v = 1      recalled 0.9 (0.8 – 1)  law 0.9500
    """
    import numpy as np

    from neurosim.measure.statistics import format_estimate
    from neurosim.report.findings import SYMBOLS

    dims = [str(d) for d in curve[quantity].dims]
    for point in itertools.product(*(curve[d].values for d in dims)):
        here = curve.sel(dict(zip(dims, point, strict=True)))
        place = "  ".join(f"{SYMBOLS.get(d, d)} = {value:<6g}" for d, value in zip(dims, point, strict=True))
        law = f"  law {float(here.law):.4f}" if np.isfinite(here.law) else ""
        bound = f"  eq. (38) {float(here.bound):.4f}" if np.isfinite(here.bound) else ""
        print(f"{place} {quantity} {format_estimate(here, quantity)}{law}{bound}")


def print_rows(rows: Sequence[Row]) -> None:
    """Print findings, one row on each line.

    Examples
    --------
    >>> print_rows([("settled", "0.9 (0.8 – 1)", "share of recalls")])
    settled                            0.9 (0.8 – 1)  share of recalls
    """
    for what, number, note in rows:
        print(f"{what:<34} {number}  {note}".rstrip())


def write_with_figure(dataset: xarray.Dataset, axes: Any, out: Path) -> None:
    """Write a result as netCDF, and its figure, if there is one, beside it as PDF."""
    from neurosim.report.page import write_pdf

    save_result(dataset, out)
    if axes is None:
        print(f"wrote {out}; there is no figure of a sweep over more than two settings")
        return
    write_pdf(axes, out.with_suffix(".pdf"))
    print(f"wrote {out} and {out.with_suffix('.pdf')}")
