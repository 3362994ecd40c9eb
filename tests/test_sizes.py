"""Files have about 400 lines at most, and functions other than kernels of numba about 60, docstrings aside."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("neurosim", "analysis", "training", "benchmarks", "tests")
FILES = [path for folder in FOLDERS for path in ROOT.glob(f"{folder}/**/*.py")]
LONGEST_FILE, LONGEST_FUNCTION = 400, 65


def span(node):
    return node.end_lineno - node.lineno + 1


def is_kernel(function):
    return any(ast.unparse(decorator).startswith(("kernel", "inlined")) for decorator in function.decorator_list)


def long_parts(path):
    """Yield what is too long in a file."""
    text = path.read_text(encoding="utf-8")
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    if (count := len(text.splitlines())) > LONGEST_FILE:
        yield f"{path.name}: {count} lines"
    for function in functions:
        docstring = span(function.body[0]) if ast.get_docstring(function) is not None else 0
        if not is_kernel(function) and span(function) - docstring > LONGEST_FUNCTION:
            yield f"{path.name}: {function.name} has {span(function) - docstring} lines"


def test_files_and_functions_are_short():
    assert len(FILES) > 300
    assert not [part for path in FILES for part in long_parts(path)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x = 1\n" * 411, ["long.py: 411 lines"]),
        ("def f():\n" + "    x = 1\n" * 65, ["long.py: f has 66 lines"]),
        ('def f():\n    """A.\n' + "\n" * 90 + '    """\n' + "    x = 1\n" * 64, []),
        ('@kernel(error_model="numpy")\ndef f():\n' + "    x = 1\n" * 80, []),
    ],
)
def test_long_parts_are_found(tmp_path, text, found):
    path = tmp_path / "long.py"
    path.write_text(text)
    assert list(long_parts(path)) == found
