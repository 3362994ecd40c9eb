"""A self-contained HTML page: sections of sentences, pictures and rows of numbers."""

from __future__ import annotations

import base64
import io
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

from neurosim.report.findings import Row
from neurosim.storage import replacing

_MIME = {"svg": "image/svg+xml", "png": "image/png"}


@dataclass(frozen=True)
class Picture:
    """A drawn figure: `name.kind` as a file, `uri` in the page, `alt` for who cannot see it."""

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
    """A heading, sentences, pictures and rows of numbers."""

    title: str
    text: list[str]
    pictures: list[Picture] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


def write_page(path: Path, title: str, summary: str, sections: Sequence[Section]) -> None:
    """Write a page, and its pictures as separate files in `figures/` beside it.

    Raises
    ------
    OutputError
        A file cannot be written.
    """
    for section in sections:
        for drawn in section.pictures:
            write_picture(drawn, path.parent / "figures")
    write_html(path, title, summary, sections)


def write_html(path: Path, title: str, summary: str, sections: Sequence[Section]) -> None:
    """Write a self-contained page.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    template = resources.files("neurosim.report").joinpath("report.html.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True)
    environment.filters["names_as_code"] = _names_as_code
    html = environment.from_string(template).render(title=title, summary=summary, sections=sections)
    with replacing(path) as temporary:
        temporary.write_text(html, encoding="utf-8")


def write_picture(drawn: Picture, folder: Path) -> None:
    """Write a picture as `folder`/<name>.<kind>."""
    with replacing(folder / f"{drawn.name}.{drawn.kind}") as temporary:
        temporary.write_bytes(drawn.content)


def _names_as_code(sentence: str) -> Markup:
    """Return a sentence as HTML, what is between backticks set as code."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(sentence))))


def picture(axes: Any, name: str, alt: str, kind: str = "svg") -> Picture:
    """Return the figure that `axes` (one, or an array of them) belong to."""
    figure = _figure(axes)
    buffer = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "neurosim"}):  # same figure, same bytes
        figure.savefig(buffer, format=kind, dpi=200, metadata={"Date": None} if kind == "svg" else None)
    return Picture(name, kind, alt, buffer.getvalue())


def _figure(axes: Any) -> Figure:
    return np.ravel(axes)[0].figure.figure  # a SubFigure's own `figure` is the whole one, a Figure's is itself


def write_pdf(axes: Any, path: Path) -> None:
    """Write the figure that `axes` belong to as a PDF, the same bytes for the same figure.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    with replacing(path) as temporary:
        _figure(axes).savefig(temporary, format="pdf", metadata={"CreationDate": None})
