"""Self-contained HTML pages of sections with sentences, formulas, pictures and rows of numbers."""

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
from markupsafe import Markup
from matplotlib.figure import Figure

from neurosim.outputs import write_file
from neurosim.report.drawn import describe
from neurosim.report.findings import Row
from neurosim.report.mathml import Formula, inline

_MIME = {"svg": "image/svg+xml", "png": "image/png"}
_PIXELS = 110  # of a page, for each inch of a figure: 7 points are then the size of small print
_WIDE = 400  # pixels; wider pictures scroll on a narrow screen


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
    caption : str, default ""
        What the figure shows, in one sentence.
    size : (int, int) or None, optional
        Width and height on the page, pixels.

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
    caption: str = ""
    size: tuple[int, int] | None = None

    @property
    def is_wide(self) -> bool:
        """Whether the picture is wider than a narrow screen."""
        return self.size is not None and self.size[0] > _WIDE

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
    formulas : list of Formula, optional
    group : str, default ""
        Heading of the section in the list of contents.
    columns : (str, str, str), optional
        Headings of the table.

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
    formulas: Sequence[Formula] = ()
    group: str = ""
    columns: tuple[str, str, str] = ("Quantity", "Estimate, its interval and trials", "Note")


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
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["html"] = _as_html
    named = list(zip(_names(sections), sections, strict=True))
    groups = {
        group: [one for one in named if one[1].group == group] for group in dict.fromkeys(s.group for s in sections)
    }
    html = environment.from_string(template).render(title=title, summary=summary, groups=groups)
    write_file(path, html)


def _names(sections: Sequence[Section]) -> list[str]:
    """Return a name for the address of each section, made from its title."""
    names: list[str] = []
    for section in sections:
        name = "-".join(re.findall(r"[a-z0-9]+", section.title.lower())) or "section"
        names.append(name if name not in names else f"{name}-{len(names) + 1}")
    return names


def write_picture(drawn: Picture, folder: Path) -> None:
    """Write a picture as `folder`/<name>.<kind>."""
    write_file(folder / f"{drawn.name}.{drawn.kind}", drawn.content)


def _as_html(text: str) -> Markup:
    """Return a text as HTML: `code` between one or two backticks, and outside of it formulas such as N_h and 2^N_h."""
    parts = text.replace("``", "`").split("`")
    code = Markup("<code>{}</code>").format
    last = len(parts) - 1
    return Markup("").join(code(part) if k % 2 and k < last else inline(part) for k, part in enumerate(parts))


def picture(axes: Any, name: str, title: str, kind: str = "svg", caption: str = "") -> Picture:
    """Return the figure of Axes as a picture; the same figure gives the same bytes.

    Parameters
    ----------
    axes : Axes or ndarray of Axes
    name, kind, caption
        As in `Picture`.
    title : str
        What the figure shows. `neurosim.report.drawn.describe` adds what its panels look like.

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
    width, height = (round(_PIXELS * inches) for inches in figure.get_size_inches())
    return Picture(name, kind, describe(axes, title), buffer.getvalue(), caption, (width, height))


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
