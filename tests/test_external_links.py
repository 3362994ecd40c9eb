"""External links are well-formed and each target has one spelling; whether they can be reached is not tested."""

import re
import subprocess
from collections import defaultdict
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("docs", "neurosim", "analysis", "training", "benchmarks")
SUFFIXES = (".md", ".py", ".cff", ".toml", ".ts", ".html", ".rst", ".yml", ".yaml")
URL = re.compile(r"\b(?:https?|ftp)://[^\s\"'<>`{}|\\]+")
# Endpoints of S3 websites have no https; the checksums of what is read there are known.
PLAIN = ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",)


def texts():
    """Return all tracked files whose links a reader can meet, by name."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, encoding="utf-8", check=False).stdout
    names = [name for name in listed.splitlines() if name.endswith(SUFFIXES)]
    names = [name for name in names if "/" not in name or name.split("/")[0] in FOLDERS]
    return {name: (ROOT / name).read_text(encoding="utf-8") for name in names if (ROOT / name).exists()}


def urls(text):
    """Yield the addresses of a text, without the punctuation of the sentence that follows."""
    for found in URL.findall(text):
        url = found.rstrip(".,;:!?*_")
        while url.endswith((")", "]")) and url.count("(") + url.count("[") < url.count(")") + url.count("]"):
            url = url[:-1].rstrip(".,;:!?*_")
        yield url


def flaws(text):
    """Yield what is wrong with the links and identifiers of papers of a text."""
    for url in urls(text):
        parts = urlsplit(url)
        if not re.fullmatch(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?", parts.netloc):
            yield f"no host: {url}"
        elif parts.scheme != "https" and not url.startswith(PLAIN):
            yield f"no https: {url}"
        elif re.search(r"doi\.org|/doi/", url):
            yield f"a paper's link is doi:10.…: {url}"
    for before, doi in re.findall(r"(\S{0,8}?)\b(10\.\d{4,9}/[^\s,;]+)", text):
        if not before.endswith("doi:") and "arXiv" not in doi:
            yield f"a DOI begins with doi: {before}{doi}"
    for found in re.findall(r"(?i)\barxiv[: ]\s*\S{0,12}", text):
        if not re.match(r"arXiv:\d{4}\.\d{4,5}(?!\d)", found):
            yield f"a preprint is arXiv:YYMM.NNNNN, got {found}"


def spellings(found):
    """Return the addresses that lead to one target and are spelled in several ways."""
    groups = defaultdict(set)
    for url in found:
        parts = urlsplit(url.lower())
        groups[parts.netloc.removeprefix("www.") + parts.path.rstrip("/") + parts.query].add(url.split("#")[0])
    return [sorted(group) for group in groups.values() if len(group) > 1]


def test_external_links_are_well_formed():
    found = texts()
    if not found:
        pytest.skip("needs the files of a git checkout")
    assert len(found) > 300
    assert not [f"{name}: {flaw}" for name, text in found.items() for flaw in flaws(text)]


def test_each_target_has_one_spelling():
    found = {url for text in texts().values() for url in urls(text)}
    assert not spellings(found)


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("see [a](https://brian2.readthedocs.io), (https://neuroir.org/docs_(x)).", None),
        ("see http://example.org/x.", "no https: http://example.org/x"),
        ("see https://localhost.", "no host: https://localhost"),
        ("https://doi.org/10.1000/xyz", "a paper's link is doi:10.…: https://doi.org/10.1000/xyz"),
        ("Phys. Rev., doi:10.1103/PhysRevA.34.2571.", None),
        ("Phys. Rev., DOI 10.1103/PhysRevA.34.2571", "a DOI begins with doi: 10.1103/PhysRevA.34.2571"),
        ("arXiv:1905.06208 (2019)", None),
        ("ArXiv 1905.06208", "a preprint is arXiv:YYMM.NNNNN, got ArXiv 1905.06208"),
    ],
)
def test_flaws_are_found(text, flaw):
    assert next(flaws(text), None) == flaw


def test_other_spellings_are_found():
    assert spellings(["https://a.org/x", "https://www.a.org/x/", "https://a.org/y"]) == [
        ["https://a.org/x", "https://www.a.org/x/"]
    ]
