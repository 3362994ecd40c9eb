"""The gallery: every figure of the paper about what the memory can do, and ours; measured, drawn, put into words.

One figure a module, one line in `_MODULES`. `neurosim figure NAME` makes one, `neurosim figures` all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from neurosim import InvalidInput, save_result
from neurosim.gallery.base import Data, Entry, Plan

# name → module; in the order of the page
_MODULES = {
    "dale-spiking": "dale_spiking",
    "sparse": "constrained",
    "asymmetric": "constrained",
    "dale": "constrained",
    "interneurons": "constrained",
    "bits": "constrained",
    "broken": "constrained",
}
NAMES = tuple(_MODULES)
WITHOUT_FILES = NAMES


def entry(name: str) -> Entry:
    """Return the gallery's entry of that name.

    Raises
    ------
    InvalidInput
        There is none.
    """
    if name not in _MODULES:
        raise InvalidInput(f"the figure must be one of {', '.join(NAMES)}, got {name!r}")
    module = import_module(f"neurosim.gallery.{_MODULES[name]}")
    found = {one.name: one for one in getattr(module, "ENTRIES", (getattr(module, "ENTRY", None),)) if one}
    return found[name]


def make(
    names: Sequence[str], out: Path, plan: Plan, *, title: str, say: Callable[[str], None] = print
) -> dict[str, Data]:
    """Measure and draw figures, and write OUT/index.html, one self-contained page.

    Parameters
    ----------
    names : sequence of str
    out : Path
        Folder: <name>-<part>.nc with the numbers, figures/<name>.svg (or .png) and .pdf, index.html.
    plan : Plan
    title : str
        Of the page.
    say : callable, default print
        Told one line before each figure, and its sentences after.

    Returns
    -------
    dict of str to dict of str to Dataset

    Raises
    ------
    InvalidInput
        An unknown name.
    """
    from neurosim.report.page import Section, picture, write_page, write_pdf

    entries = [entry(name) for name in names]
    sections, everything = [], {}
    for one in entries:
        say(f"… {one.name}: {one.title[0].lower()}{one.title[1:]}")
        data = one.measure(plan)
        for part, dataset in data.items():
            save_result(dataset, out / f"{one.name}-{part}.nc")
        axes = one.draw(data)
        write_pdf(axes, out / "figures" / f"{one.name}.pdf")
        text, rows = one.describe(data)
        say("\n".join([*text, *(f"  {what:<34} {number}  {note}" for what, number, note in rows)]))
        sections.append(Section(f"{one.name}. {one.title}", text, [picture(axes, one.name, one.title)], rows))
        everything[one.name] = data
    summary = (
        f"Seed {plan.seed}; {plan.networks} independent networks per point unless a figure says otherwise. Every "
        "number on this page is in the netCDF files beside it, every figure in figures/ as SVG and PDF."
    )
    write_page(out / "index.html", title, summary, sections)
    return everything
