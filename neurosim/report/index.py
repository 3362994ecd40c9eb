"""The index page of a folder of programs' results: every figure with its findings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from neurosim.report.findings import Row
from neurosim.report.page import Picture, Section, write_html
from neurosim.storage import replacing


def write_record(out: Path, name: str, title: str, text: Sequence[str], rows: Sequence[Row], kind: str) -> None:
    """Write the findings of one program as OUT/<name>.json, from which the index page is made.

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
        Which file of the figure the page shows.
    """
    record = {"title": title, "text": list(text), "rows": [list(row) for row in rows], "kind": kind}
    with replacing(out / f"{name}.json") as temporary:
        temporary.write_text(json.dumps(record, indent=1, ensure_ascii=False), encoding="utf-8")


def write_index(out: Path) -> Path:
    """Write OUT/index.html from all the records in OUT, and return its path."""
    sections = [_section(path) for path in sorted(out.glob("*.json"))]
    summary = (
        "Every number on this page is in the netCDF files beside it; every figure is there as SVG, PDF and PNG. Each "
        "section is named after the program that made it."
    )
    path = out / "index.html"
    write_html(path, "What the memory can do", summary, sections)
    return path


def _section(path: Path) -> Section:
    record = json.loads(path.read_text(encoding="utf-8"))
    content = path.with_suffix(f".{record['kind']}").read_bytes()
    drawn = Picture(path.stem, record["kind"], record["title"], content)
    rows: list[Row] = [(what, number, note) for what, number, note in record["rows"]]
    return Section(f"{path.stem}: {record['title']}", record["text"], [drawn], rows)
