"""The index page of a folder of results: the figures of all programs with their findings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from neurosim.outputs import write_file
from neurosim.report.findings import Row
from neurosim.report.page import Picture, Section, write_html


def write_record(out: Path, name: str, title: str, text: Sequence[str], rows: Sequence[Row], kind: str) -> None:
    """Write the findings of one program as OUT/<name>.json, which `write_index` reads.

    Parameters
    ----------
    out : Path
        Folder of the results; it holds the figure as <name>.<kind>.
    name : str
        Name of the program.
    title : str
    text : sequence of str
        Explanation and findings, one paragraph each.
    rows : sequence of Row
    kind : {"svg", "png"}
        File of the figure that the page shows.

    See Also
    --------
    write_index : Write the index page.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from neurosim.report.index import write_record
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_record(Path(folder), "example", "A title", ["A sentence."], [("share", "0.5", "")], "svg")
    ...     [path.name for path in Path(folder).iterdir()]
    ['example.json']
    """
    record = {"title": title, "text": list(text), "rows": [list(row) for row in rows], "kind": kind}
    write_file(out / f"{name}.json", json.dumps(record, indent=1, ensure_ascii=False))


def write_index(out: Path) -> Path:
    """Write OUT/index.html from all the records in OUT, and return its path.

    Parameters
    ----------
    out : Path
        Folder with the records of `write_record` and the figures.

    Returns
    -------
    Path

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     out = Path(folder)
    ...     _ = (out / "example.svg").write_text("<svg/>")
    ...     write_record(out, "example", "A title", ["A sentence."], [("share", "0.5", "")], "svg")
    ...     "example: A title" in write_index(out).read_text(encoding="utf-8")
    True
    """
    sections = [section for path in sorted(out.glob("*.json")) if (section := _section(path)) is not None]
    summary = (
        "Every number on this page is in the netCDF files beside it. Every figure is there as SVG, PDF and PNG. Each "
        "section has the name of its program."
    )
    path = out / "index.html"
    write_html(path, "Measurements of the associative memory", summary, sections)
    return path


def _section(path: Path) -> Section | None:
    """Return the section of a program; None for another JSON file, or one without its figure."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        content = path.with_suffix(f".{record['kind']}").read_bytes()
        drawn = Picture(path.stem, record["kind"], record["title"], content)
        rows: list[Row] = [(what, number, note) for what, number, note in record["rows"]]
        return Section(f"{path.stem}: {record['title']}", list(record["text"]), [drawn], rows)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
