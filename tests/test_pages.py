"""What the pages of docs/ show is run as it stands, and what they link to is there."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
PAGES = {str(page.relative_to(DOCS)): page.read_text(encoding="utf-8") for page in sorted(DOCS.rglob("*.md"))}
EXAMPLES = {name: re.findall(r"```python\n(.*?)```", text, flags=re.S) for name, text in PAGES.items()}


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name):
    assert all((DOCS / name).parent.joinpath(link).exists() for link in re.findall(r"\]\(([^)#:]+)\)", PAGES[name]))


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, blocks in EXAMPLES.items() if blocks])
def test_the_python_examples_run(name, capsys):
    pytest.importorskip("brian2")
    pytest.importorskip("torch")
    names: dict = {}
    for block in EXAMPLES[name]:
        exec(compile(block, name, "exec"), names)
    shown = re.findall(r"^print\(.*\)  # (.*)", "".join(EXAMPLES[name]), flags=re.M)
    assert capsys.readouterr().out.strip().splitlines() == shown
