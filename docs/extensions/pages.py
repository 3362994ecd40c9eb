"""Pages whose text is kept outside docs/: pages of the repository's root, the commands, the printed results.

Each of them has a page in docs/ that says where its text comes from; the site shows the text instead. Links of all
pages to files outside docs/ become links within the site.
"""

import os
import re
from pathlib import Path

DOCS = Path(__file__).parent.parent
ROOT = DOCS.parent
RESULTS = ROOT / "benchmarks" / "results"
OUTSIDE = {
    "ARCHITECTURE.md": "development/architecture",
    "CONTRIBUTING.md": "development/contributing",
    "CHANGELOG.md": "reference/changelog",
    "benchmarks/README.md": "reference/results",
    "README.md": "index",
}
FIGURE = re.compile(r"^!\[([^\]]+)\]\(([^)]+)\)\n\n\*((?:.+\n)*?.+)\*$", flags=re.M)
LINK = re.compile(r"\]\(([^)#:\s]+)(#[^)\s]*)?\)")


def relinked(text: str, path: Path, docname: str) -> str:
    """Return a page with its links to files outside docs/ leading to pages of the site where there is one.

    A folder has no page; its name stays.
    """
    here = (DOCS / docname).parent

    def link(match: re.Match) -> str:
        target = Path(os.path.normpath(path.parent / match[1]))
        name = str(target.relative_to(ROOT))
        if name.startswith("docs/"):
            return f"]({os.path.relpath(target, here)}{match[2] or ''})"
        if target.parent == RESULTS:
            return f"]({os.path.relpath(DOCS / 'reference' / 'results.md', here)}#{anchor(target)})"
        if name in OUTSIDE:
            return f"]({os.path.relpath(DOCS / (OUTSIDE[name] + '.md'), here)}{match[2] or ''})"
        if target.suffix == ".py" and target.parent.name in ("analysis", "training"):
            return f"]({os.path.relpath(DOCS / 'generated' / target.parent.name / f'{target.stem}.rst', here)})"
        return f"]({os.path.relpath(target, here)}{match[2] or ''})"

    text = re.sub(r"\[([^\]]+)\]\(([^)#:\s]+)\)", lambda m: m[1] if (path.parent / m[2]).is_dir() else m[0], text)
    return LINK.sub(link, text)


def with_figures(text: str) -> str:
    """Return a page in which each image that is followed by a paragraph in italics is a figure with this caption."""
    return FIGURE.sub(lambda m: f"::::{{figure}} {m[2]}\n:alt: {' '.join(m[1].split())}\n\n{m[3]}\n::::", text)


def anchor(path: Path) -> str:
    """Return the anchor of a file of printed results on the page of all of them."""
    return path.name.replace(".", "-")


def commands() -> str:
    """Return the options of all commands, as Markdown."""
    import click
    from typer.main import get_command

    from neurosim.cli.main import app

    group = get_command(app)
    parts = []
    for name, command in getattr(group, "commands").items():  # noqa: B009
        context = click.Context(command, info_name=f"neurosim {name}")
        usage = " ".join(command.collect_usage_pieces(context))
        parts += [f"## `neurosim {name}`\n", f"{literal(command.help)}\n", f"```text\nneurosim {name} {usage}\n```\n"]
        records = [record for p in command.get_params(context) if (record := help_record(p, context))]
        parts += ["| argument or option | meaning |", "|---|---|"]
        parts += [f"| `{option}` | {cell(text)} |".replace("||", "|") for option, text in records] + [""]
    return "\n".join(parts)


def help_record(parameter, context):
    """Return name and help of an option or argument."""
    record = parameter.get_help_record(context)
    if record is None or "--help" in parameter.opts:
        return None
    return record[0].replace("|", "/"), record[1]


def literal(text: str | None) -> str:
    """Return help as Markdown paragraphs: lines of one paragraph joined, indented ones as code."""
    paragraphs = re.sub(r"\n*\x08\n?", "\n\n", text or "").split("\n\n")
    return "\n\n".join(escaped(" ".join(part.split())) for part in paragraphs if part.strip())


def escaped(text: str) -> str:
    """Return text in which Markdown finds no markup."""
    return re.sub(r"([*_<>|\[\]`])", r"\\\1", text)


def cell(text: str) -> str:
    """Return help as the cell of a table."""
    return escaped(" ".join(text.split()))


def printed() -> str:
    """Return all printed results, each file folded."""
    parts = ["## What the commands printed\n", "Machine, versions and commit stand at the top of each file.\n"]
    for path in sorted(RESULTS.glob("*.txt")):
        count = path.read_text(encoding="utf-8").count("\n$ ") or 1
        parts += [f"({anchor(path)})=", f"### {path.name}\n", f"::::{{dropdown}} {count} commands and their outputs"]
        parts += [f":::{{literalinclude}} ../../benchmarks/results/{path.name}", ":language: text", ":::", "::::\n"]
    return "\n".join(parts)


def read(app, docname, source):
    """Replace the text of pages that are kept elsewhere, and the links of all Markdown pages."""
    path = Path(app.env.doc2path(docname))
    if path.suffix != ".md":
        return
    origins = {page: ROOT / name for name, page in OUTSIDE.items() if page != "index"}
    origin = origins.get(docname, path)
    text = origin.read_text(encoding="utf-8") if docname in origins else source[0]
    text = with_figures(relinked(text, origin, docname))
    if docname in origins:
        app.env.note_dependency(str(origin))
    if docname == "reference/cli":
        text += commands()
    if docname == "reference/results":
        text += printed()
    source[0] = text


def setup(app):
    """Connect to Sphinx."""
    app.connect("source-read", read)
    return {"parallel_read_safe": True}
