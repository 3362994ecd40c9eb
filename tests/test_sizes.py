"""Files have at most 400 lines, functions at most 60 without their docstring; kernels of numba may be longer."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("neurosim", "analysis", "training", "benchmarks", "tests")
FILES = [path for folder in FOLDERS for path in ROOT.glob(f"{folder}/**/*.py")]


def lines_of(function):
    """Return the number of lines of a function, without its docstring."""
    first = function.body[0]
    docstring = ast.get_docstring(function) is not None
    return function.end_lineno - function.lineno + 1 - docstring * (first.end_lineno - first.lineno + 1)


def is_kernel(function):
    return any("njit" in ast.unparse(decorator) for decorator in function.decorator_list)


def long_parts(path):
    """Yield what is too long in a file."""
    text = path.read_text(encoding="utf-8")
    if (count := len(text.splitlines())) > 400:
        yield f"{path.name}: {count} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not is_kernel(node) and lines_of(node) > 60:
            yield f"{path.name}: {node.name} has {lines_of(node)} lines"


def test_files_and_functions_are_short():
    assert len(FILES) > 300
    assert not [part for path in FILES for part in long_parts(path)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x = 1\n" * 401, ["long.py: 401 lines"]),
        ("def f():\n" + "    x = 1\n" * 60, ["long.py: f has 61 lines"]),
        ('def f():\n    """A.\n' + "\n" * 90 + '    """\n' + "    x = 1\n" * 59, []),
        ("@njit(**_OPTIONS)\ndef f():\n" + "    x = 1\n" * 70, []),
    ],
)
def test_long_parts_are_found(tmp_path, text, found):
    path = tmp_path / "long.py"
    path.write_text(text)
    assert list(long_parts(path)) == found
