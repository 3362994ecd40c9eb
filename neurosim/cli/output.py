"""Output of commands: tables of sweeps, netCDF files with their figures, progress, and findings as JSON."""

from __future__ import annotations

import io
import itertools
import json
import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.errors import InvalidInput, OutputError
from neurosim.outputs import FILES, check_outputs, expanded
from neurosim.storage import save_result

if TYPE_CHECKING:
    import xarray

    from neurosim.report.findings import Row


_QUIET: ContextVar[bool] = ContextVar("quiet", default=False)
_FINDINGS: ContextVar[dict[str, Any] | None] = ContextVar("findings", default=None)


@contextmanager
def collected(*, quiet: bool = False) -> Iterator[dict[str, Any]]:
    """Yield a dictionary to which `keep` adds the findings of a command; without progress if `quiet`.

    Examples
    --------
    >>> with collected() as findings:
    ...     keep(n_unique=7)
    >>> findings
    {'n_unique': 7}
    """
    findings: dict[str, Any] = {}
    tokens = _FINDINGS.set(findings), _QUIET.set(quiet)
    try:
        yield findings
    finally:
        _FINDINGS.reset(tokens[0])
        _QUIET.reset(tokens[1])


def keep(**findings: Any) -> None:
    """Keep findings for the option --json: Datasets, numbers, texts, paths, and lists and dictionaries of them."""
    found = _FINDINGS.get()
    if found is not None:
        found.update(findings)


def as_json(findings: dict[str, Any]) -> str:
    """Return findings as JSON.

    A Dataset becomes what `xarray.Dataset.to_dict` returns for the variables over its coordinates; NaN becomes null.

    Examples
    --------
    >>> import xarray
    >>> as_json({"found": xarray.Dataset({"share": ("cue", [0.5])}), "out": Path("a.nc"), "bound": float("nan")})
    '{"found": {"coords": {}, "attrs": {}, "dims": {}, "data_vars": {}}, "out": "a.nc", "bound": null}'
    """
    return json.dumps(_plain(findings), ensure_ascii=False)


def _plain(value: Any) -> Any:
    """Return a finding as what JSON has."""
    import numpy as np
    import xarray

    if isinstance(value, xarray.Dataset):
        over_coordinates = [name for name, one in value.data_vars.items() if set(one.dims) <= set(value.coords)]
        return _plain(value[over_coordinates].to_dict())
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(one) for one in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, (int, float, str, bool, type(None))) else str(value)


def print_written(*paths: Path) -> None:
    """Print and keep the names of the files that a command has written."""
    keep(files=list(paths))
    print(f"wrote {' and '.join(map(str, paths))}")


def at_home(value: Any) -> Any:
    """Return a path with ~ for the home folder, which shells leave in --out=~/file; other values unchanged."""
    return expanded(value) if isinstance(value, Path) else value


def adapt_streams() -> None:
    """Make stdout and stderr replace unsupported characters, and write each line at once to a log file."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace", line_buffering=True)


def print_step(line: str) -> None:
    """Print the next step of a command, unless it is quiet."""
    if not _QUIET.get():
        print(f"… {line}", flush=True)


def check_file(out: Path, kind: str) -> None:
    """Check that a file of one kind can be written, and has no name of another kind; before long computations.

    Raises
    ------
    InvalidInput
        The name ends as those of files of another kind; or the output is an input.
    OutputError
        The file cannot be written.

    Examples
    --------
    >>> check_file(Path("sweep.pdf"), "netCDF")
    Traceback (most recent call last):
    neurosim.errors.InvalidInput: --out must name a file in the format netCDF, got sweep.pdf; end it in .nc
    """
    check_outputs(out)
    if out.suffix.lower() in FILES.difference(_ENDINGS[kind]):
        raise InvalidInput(f"--out must name a file in the format {kind}, got {out}; end it in {_ENDINGS[kind][0]}")


_ENDINGS = {"netCDF": (".nc", ".h5"), "safetensors": (".safetensors",), "HTML": (".html", ".htm")}


def check_netcdf_output(out: Path) -> Path:
    """Return `out` after a test that it and its figure can be written; to be called before long computations.

    Raises
    ------
    InvalidInput
        `out` ends as a file of another kind, such as .pdf; or an output is an input.
    OutputError
        An output cannot be written, or another file has the name of the figure.
    """
    check_file(out, "netCDF")
    figure = figure_of(out)
    check_outputs(out, figure)
    if figure.exists():
        from neurosim.report.page import is_figure_of

        if not is_figure_of(figure, out.name):
            raise OutputError(f"{figure} exists and is not the figure of {out}; move it, or give another --out")
    return out


def figure_of(out: Path) -> Path:
    """Return the file of the figure of a result: the whole name with .pdf, in place of .nc if it ends so.

    Examples
    --------
    >>> [figure_of(Path(name)).name for name in ("sweep.nc", "phase-0.5", "a.h5")]
    ['sweep.pdf', 'phase-0.5.pdf', 'a.h5.pdf']
    """
    if not out.name:
        raise InvalidInput("the output must be a file, got an empty name; give for instance --out result.nc")
    return out.with_name(f"{out.name.removesuffix('.nc')}.pdf")


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

    keep(curve=curve)
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
        keep(files=[out])
        print(f"wrote {out}; there is no figure of a sweep over more than two settings")
        return
    write_pdf(axes, figure_of(out), out.name)
    print_written(out, figure_of(out))
