"""Self-contained HTML pages of sections with sentences, pictures and rows of numbers."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
import matplotlib
import numpy as np
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from neurosim.outputs import write_file
from neurosim.report.findings import Row

_MIME = {"svg": "image/svg+xml", "png": "image/png"}
_INDEX = re.compile(r"(?<!\w)([A-Za-zΑ-Ωα-ω])_(\w{1,3})(?!\w)")  # one letter with an index, such as N_h, ξ_iμ or t_ref


@dataclass(frozen=True)
class Picture:
    """A figure as a file and in a page.

    Parameters
    ----------
    name : str
        Name of the file without its ending.
    kind : {"svg", "png"}
    alt : str
        Description of the figure for readers who cannot see it.
    content : bytes
        Content of the file.

    See Also
    --------
    picture : Make a picture of Axes.

    Examples
    --------
    >>> Picture("dot", "svg", "a dot", b"<svg/>").uri
    'data:image/svg+xml;base64,PHN2Zy8+'
    """

    name: str
    kind: str
    alt: str
    content: bytes

    @property
    def uri(self) -> str:
        """The picture as a data URI."""
        return f"data:{_MIME[self.kind]};base64,{base64.b64encode(self.content).decode()}"


@dataclass(frozen=True)
class Section:
    """A section of a page.

    Parameters
    ----------
    title : str
    text : list of str
        Paragraphs; text between backticks is set as code.
    pictures : list of Picture, optional
    rows : list of Row, optional
        Rows of the table.

    Examples
    --------
    >>> from neurosim.report.page import Section
    >>> Section("Capacity", ["All states are stable."], rows=[("stable share", "1", "")]).pictures
    []
    """

    title: str
    text: list[str]
    pictures: list[Picture] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


def write_page(path: Path, title: str, summary: str, sections: Sequence[Section]) -> None:
    """Write a page, and its pictures as separate files in `figures/` beside it.

    Parameters
    ----------
    path : Path
        The HTML file.
    title, summary : str
    sections : sequence of Section

    Raises
    ------
    OutputError
        A file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from neurosim.report.page import Picture, Section, write_page
    >>> dot = Picture("dot", "svg", "a dot", b"<svg/>")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_page(Path(folder) / "page.html", "A title", "A summary.", [Section("A dot", [], [dot])])
    ...     sorted(path.name for path in Path(folder).rglob("*.*"))
    ['dot.svg', 'page.html']
    """
    for section in sections:
        for drawn in section.pictures:
            write_picture(drawn, path.parent / "figures")
    write_html(path, title, summary, sections)


def write_html(path: Path, title: str, summary: str, sections: Sequence[Section]) -> None:
    """Write a self-contained page.

    Parameters
    ----------
    path : Path
        The HTML file.
    title, summary : str
    sections : sequence of Section

    Raises
    ------
    OutputError
        The file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from neurosim.report.page import Section, write_html
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "page.html"
    ...     write_html(path, "A title", "A summary.", [Section("Capacity", ["All states are stable."])])
    ...     "All states are stable." in path.read_text(encoding="utf-8")
    True
    """
    template = resources.files("neurosim.report").joinpath("report.html.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True)
    environment.filters["html"] = _as_html
    html = environment.from_string(template).render(title=title, summary=summary, sections=sections)
    write_file(path, html)


def write_picture(drawn: Picture, folder: Path) -> None:
    """Write a picture as `folder`/<name>.<kind>."""
    write_file(folder / f"{drawn.name}.{drawn.kind}", drawn.content)


def _as_html(text: str) -> Markup:
    """Return a text as HTML: `code` between backticks, and outside of it x_i and x^2 or x^{2n} lowered and raised."""
    parts = str(escape(text)).split("`")
    for index, part in enumerate(parts):
        if index % 2 and index < len(parts) - 1:
            parts[index] = f"<code>{part}</code>"
        else:
            raised = re.sub(r"\^(?:\{([^}]*)\}|(\w+))", lambda found: f"<sup>{found[1] or found[2]}</sup>", part)
            parts[index] = _INDEX.sub(r"\1<sub>\2</sub>", raised)
    return Markup("".join(parts))


def picture(axes: Any, name: str, alt: str, kind: str = "svg") -> Picture:
    """Return the figure of Axes as a picture; the same figure gives the same bytes.

    Parameters
    ----------
    axes : Axes or ndarray of Axes
    name, alt, kind
        As in `Picture`.

    Returns
    -------
    Picture

    Examples
    --------
    >>> from neurosim.plots import style
    >>> picture(style.axes(None), "empty", "empty axes").content[:5]
    b'<?xml'
    """
    figure = _figure(axes)
    buffer = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "neurosim"}):
        figure.savefig(buffer, format=kind, dpi=200, metadata={"Date": None} if kind == "svg" else None)
    return Picture(name, kind, alt, buffer.getvalue())


def fix_layout(axes: Any) -> None:
    """Compute the layout of the figure that `axes` belong to, and keep it: each file then takes half of the time."""
    figure = _figure(axes)
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")


def _figure(axes: Any) -> Figure:
    return np.ravel(axes)[0].figure.figure  # also the whole figure of a SubFigure


def write_pdf(axes: Any, path: Path, owner: str = "") -> None:
    """Write the figure of Axes as a PDF; the same figure gives the same bytes.

    Parameters
    ----------
    axes : Axes or ndarray of Axes
    path : Path
    owner : str, optional
        Name of the result that the figure belongs to; `is_figure_of` recognises it.

    Raises
    ------
    OutputError
        The file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from neurosim.plots import style
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_pdf(style.axes(None), Path(folder) / "a.pdf")
    ...     (Path(folder) / "a.pdf").read_bytes()[:5]
    b'%PDF-'
    """
    about = {"CreationDate": None} | ({"Keywords": _keyword(owner)} if owner else {})
    buffer = io.BytesIO()
    _figure(axes).savefig(buffer, format="pdf", metadata=about)
    write_file(path, buffer.getvalue())


def is_figure_of(path: Path, owner: str) -> bool:
    """Return whether a file was written by `write_pdf` for a result of this name.

    Examples
    --------
    >>> import tempfile
    >>> from neurosim.plots import style
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_pdf(style.axes(None), Path(folder) / "a.pdf", "a.nc")
    ...     [is_figure_of(Path(folder) / "a.pdf", name) for name in ("a.nc", "a")]
    [True, False]
    """
    return _keyword(owner).encode() in path.read_bytes()


def _keyword(owner: str) -> str:
    return f"neurosim figure {hashlib.sha256(os.fsencode(owner)).hexdigest()[:16]}"
