"""What the programs in analysis/ and training/ drew and printed, on their pages of the gallery.

The programs run for minutes to hours, so the build does not run them. Their pages show the stored picture, where the
documentation has one, and the stored output with its command. The thumbnails of the gallery are stored too:
`python docs/extensions/programs.py FIGURES` draws them, those of programs without a stored picture from
FIGURES/NAME.png, which `python analysis/NAME.py --quick --out FIGURES` writes.
"""

import re
import shutil
import sys
from pathlib import Path

from PIL import Image
from sphinx.errors import ExtensionError

DOCS = Path(__file__).parent.parent
ROOT = DOCS.parent
CAPTION = re.compile(r"!\[([^\]]+)\]\(\.\./images/([\w-]+\.png)\)\n\n(.*?)(?:\n\n|\Z)", flags=re.S)
THUMBNAILS = DOCS / "images" / "thumbnails"
SIZE = (320, 224)


def outputs():
    """Return for each program what its commands printed, by file of results."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted((ROOT / "benchmarks" / "results").glob("*.txt")):
        head, *parts = re.split(r"^(?=\$ )", path.read_text(encoding="utf-8"), flags=re.M)
        for part in parts:
            if match := re.search(r"(?:analysis|training)/(\w+)\.py", part.splitlines()[0]):
                known = found.setdefault(match[1], {})
                known[path.name] = known.get(path.name, head.strip() + "\n\n" if head.strip() else "") + part
    return found


def pictures():
    """Return for each program the pictures whose caption names it, with their alternative texts, from all pages."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for page in sorted(DOCS.glob("*/*.md")):
        text = page.read_text(encoding="utf-8")
        for alt, name, caption in re.findall(
            r"!\[([^\]]+)\]\(\.\./images/([\w-]+\.png)\)\n\n(.*?)(?:\n\n|\Z)", text, flags=re.S
        ):
            for program in re.findall(r"(?:analysis|training)/(\w+)\.py", caption.replace("\n", " ")):
                found.setdefault(program, []).append((name, " ".join(alt.split()), page.relative_to(DOCS).as_posix()))
    return found


def read(app, docname, source):
    """Add pictures and printed results to the page of a program."""
    parts = docname.split("/")
    if parts[0] != "generated" or parts[1] not in ("analysis", "training") or len(parts) != 3:
        return
    added = [figure(*shown) for shown in app.program_pictures.get(parts[2], [])]
    for name, text in app.program_outputs.get(parts[2], {}).items():
        added += [f"\nPrinted ({name})\n{'-' * (len(name) + 10)}\n\n.. code-block:: text\n"]
        added += [f"    {line}".rstrip() for line in text.splitlines()]
    if added:
        body, footer = split(source[0])
        source[0] = "\n".join([body, *added, "", footer])


def figure(name, alt, page):
    """Return a stored picture, with a link to the page that explains it."""
    lines = [
        f"\n.. figure:: /images/{name}",
        f"   :alt: {alt}",
        "",
        f"   Explained in :doc:`/{page.removesuffix('.md')}`.",
        "",
    ]
    return "\n".join(lines)


def split(text):
    """Return a page of sphinx-gallery without its last part, and this part, the downloads."""
    start = text.find(".. _sphx_glr_download_")
    return (text, "") if start < 0 else (text[:start], text[start:])


def thumbnails(app):
    """Replace the placeholders of sphinx-gallery by the stored thumbnails."""
    app.program_pictures, app.program_outputs = pictures(), outputs()
    for path in programs():
        stored = THUMBNAILS / f"{path.stem}.png"
        if not stored.exists():
            raise ExtensionError(f"{path.stem} has no thumbnail; python docs/extensions/programs.py FIGURES draws it")
        shutil.copyfile(
            stored,
            DOCS / "generated" / path.parent.name / "images" / "thumb" / f"sphx_glr_{path.stem}_thumb.png",
        )


def programs():
    """Return the files of all programs."""
    return [path for folder in ("analysis", "training") for path in sorted((ROOT / folder).glob("*.py"))]


def draw_thumbnails(figures):
    """Draw a thumbnail of the stored picture of each program, or else of its figure in the folder `figures`."""
    shown = pictures()
    for path in programs():
        stored = DOCS / "images" / shown[path.stem][0][0] if path.stem in shown else figures / f"{path.stem}.png"
        if stored.exists():
            small(Image.open(stored)).save(THUMBNAILS / f"{path.stem}.png", optimize=True)


def small(image):
    """Return a picture as a thumbnail of 24 colours: of a wide one its left part, of a high one its top."""
    image = image.convert("RGB")
    if image.width > 2.2 * image.height:
        image = image.crop((0, 0, round(1.43 * image.height), image.height))
    elif image.height > 0.9 * image.width:
        image = image.crop((0, 0, image.width, round(0.7 * image.width)))
    image.thumbnail(SIZE, Image.Resampling.LANCZOS)
    frame = Image.new("RGB", SIZE, "white")
    frame.paste(image, ((SIZE[0] - image.width) // 2, (SIZE[1] - image.height) // 2))
    return frame.quantize(24, dither=Image.Dither.NONE)


def setup(app):
    """Connect to Sphinx, after sphinx-gallery has written its pages."""
    app.connect("builder-inited", thumbnails, priority=900)
    app.connect("source-read", read)
    return {"parallel_read_safe": True}


if __name__ == "__main__":
    draw_thumbnails(Path(sys.argv[1]))
