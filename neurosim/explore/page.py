"""Writing of the interactive page: one HTML file with its program, style and networks, without network access."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import jinja2
from markupsafe import Markup

from neurosim.explore.shown import Shown
from neurosim.outputs import write_file
from neurosim.validation import sequence_of

_FOLDER = resources.files("neurosim.explore")


def write(path: str | Path, shown: Sequence[Shown]) -> int:
    """Write an interactive page.

    Parameters
    ----------
    path : str or Path
        The HTML file.
    shown : sequence of Shown
        The networks to choose from; the first one is shown first.

    Returns
    -------
    int
        Size of the file in bytes.

    Raises
    ------
    InvalidInput
        There is no network.
    OutputError
        The file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from neurosim import Network
    >>> from neurosim.explore import page
    >>> from neurosim.explore.shown import Shown
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     size = page.write(Path(folder) / "a.html", [Shown("small", Network.gaussian(60, 4, seed=0))])
    >>> size < 200_000
    True
    """
    networks = sequence_of(shown, "networks of a page", Shown)
    # "<" could end the element that holds the data; in JSON it may be written as an escape.
    data = json.dumps([one.to_record() for one in networks], ensure_ascii=False).replace("<", "\\u003c")
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    html = environment.from_string(_read("page.html.j2")).render(
        title=networks[0].name,
        networks=networks,
        style=Markup(_read("explore.css")),
        program=Markup(_read("explore.js")),
        data=Markup(data),
    )
    content = html.encode()
    write_file(Path(path), content)
    return len(content)


def _read(name: str) -> str:
    return _FOLDER.joinpath(name).read_text(encoding="utf-8")
