"""The index page of a folder of results: the figures of all programs with their findings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from neurosim.outputs import write_file
from neurosim.report.findings import Row
from neurosim.report.page import Picture, Section, write_html

_ORDER = ("Figures and tables of the paper",)  # the groups that come first; the others follow by name


def write_record(
    out: Path, drawn: Picture, title: str, text: Sequence[str], rows: Sequence[Row], group: str = ""
) -> None:
    """Write the findings of one program as OUT/<name>.json, which `write_index` reads.

    Parameters
    ----------
    out : Path
        Folder of the results; it holds the figure as <name>.<kind>.
    drawn : Picture
        The figure; its name is that of the program.
    title : str
    text : sequence of str
        Explanation and further findings, one paragraph each.
    rows : sequence of Row
    group : str, default ""
        Heading of the program in the list of contents.

    See Also
    --------
    write_index : Write the index page.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from neurosim.report.index import write_record
    >>> from neurosim.report.page import Picture
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     dot = Picture("example", "svg", "a dot", b"<svg/>", "There is one dot.")
    ...     write_record(Path(folder), dot, "A title", ["A sentence."], [("share", "0.5", "")])
    ...     [path.name for path in Path(folder).iterdir()]
    ['example.json']
    """
    record = {"title": title, "group": group, "text": list(text), "rows": [list(row) for row in rows]}
    record |= {"kind": drawn.kind, "alt": drawn.alt, "caption": drawn.caption, "size": drawn.size}
    write_file(out / f"{drawn.name}.json", json.dumps(record, indent=1, ensure_ascii=False))


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
    >>> from neurosim.report.page import Picture
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     out = Path(folder)
    ...     _ = (out / "example.svg").write_text("<svg/>")
    ...     dot = Picture("example", "svg", "a dot", b"<svg/>", "There is one dot.")
    ...     write_record(out, dot, "A title", ["A sentence."], [("share", "0.5", "")])
    ...     "There is one dot." in write_index(out).read_text(encoding="utf-8")
    True
    """
    sections = [section for path in sorted(out.glob("*.json")) if (section := _section(path)) is not None]
    sections.sort(key=lambda section: (section.group not in _ORDER, section.group))
    summary = (
        "The numbers of this page are in the netCDF files beside it. Each figure is there as SVG, PDF and PNG. Each "
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
        width, height = record["size"] or (0, 0)
        size = (int(width), int(height)) if width else None
        drawn = Picture(path.stem, record["kind"], str(record["alt"]), content, str(record["caption"]), size)
        rows: list[Row] = [(what, number, note) for what, number, note in record["rows"]]
        title, text, group = f"{path.stem}: {record['title']}", list(record["text"]), str(record["group"])
        return Section(title, text, [drawn], rows, group=group)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
