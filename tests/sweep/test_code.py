"""Digests of code: their dependence on changes, and their use for stored points and workers."""

import linecache
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from textwrap import dedent

import pytest
from sweep_cases import Log, in_a_script, strange

from neurosim import Unavailable, module_digests
from neurosim import source_code as code
from neurosim.damage import Noise
from neurosim.engines.event import run as event_run
from neurosim.ensembles import ENSEMBLES
from neurosim.measure.recall.trials import ensemble_options, recalled_share
from neurosim.source_code import code_of, require_same_code
from neurosim.sweep import backends, grid
from neurosim.sweep.grid import Runner, run

PACKAGE = {
    "package/__init__.py": "",
    "package/start.py": '''
        """Start."""
        import numpy
        from package import middle
        from .other import value

        def measure(*, seed, a):
            """Measure."""
            from package.late import number  # found although it is inside a function
            return {"x": a + number + value + middle.f()}
    ''',
    "package/middle.py": "import importlib\n\ndef f():\n    return importlib.import_module('package.named').n\n",
    "package/named.py": "n = 1\n",
    "package/other.py": "value = 2\n",
    "package/late.py": "from .deep import number\n",
    "package/deep/__init__.py": "from package.deep.end import number\n",
    "package/deep/end.py": "number = 3\n",
    "package/unused.py": "nothing = 0\n",
}


@pytest.fixture
def package(tmp_path, monkeypatch):
    for name, text in PACKAGE.items():
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(dedent(text))
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path / "package"
    for name in [name for name in sys.modules if name.partition(".")[0] == "package"]:
        del sys.modules[name]


def measure_of(package):
    import package.start

    return package.start.measure


def test_imports_are_followed_inside_the_package(package):
    names = set(code_of(measure_of(package)))
    assert names == {
        f"package{end}" for end in ("", ".start", ".middle", ".named", ".other", ".late", ".deep", ".deep.end")
    }


@pytest.mark.parametrize("module", ["start", "middle", "named", "other", "late", "deep/end"])
def test_a_change_in_the_code_of_an_imported_module_changes_the_digests(module, package):
    before, file = code_of(measure_of(package)), package / f"{module}.py"
    text = file.read_text()
    file.write_text("# a comment\n\n" + text.replace("Measure.", "Another docstring.") + "\n\n\n# the end\n")
    assert code_of(measure_of(package)) == before
    file.write_text(text + "\nadded = 1\n")
    after = code_of(measure_of(package))
    assert after != before and after.keys() == before.keys()
    assert [name for name in after if after[name] != before[name]] == [f"package.{module.replace('/', '.')}"]


def test_a_module_that_is_not_imported_does_not_count(package):
    before = code_of(measure_of(package))
    (package / "unused.py").write_text("nothing = 1\n")
    assert code_of(measure_of(package)) == before


def test_only_used_modules_of_the_library_are_digested():
    names = set(code_of(recalled_share))
    assert {"neurosim.theory.coupling", "neurosim.engines.event_kernel", "neurosim.network"} <= names
    assert not {name for name in names if name.split(".")[1:2] in (["plots"], ["report"], ["cli"], ["learning"])}
    assert "neurosim.measure.capacity.curve" not in names  # although neurosim.measure imports it


def test_code_of_fixed_arguments_is_digested():
    assert "neurosim.engines.event_kernel" in code_of(partial(strange, {"engines": [event_run]}))
    assert "neurosim.damage" in code_of(partial(strange, what=Noise(1.0)))
    assert not {
        name for name in code_of(partial(strange, what=1.0)) if name.startswith("neurosim.measure.recall.trials.")
    }


def test_the_code_of_a_value_counts_in_the_digest_of_a_module():
    assert code.digest_of_module("neurosim.recall", Noise(0.1)) == code.digest_of_module("neurosim.recall")
    assert code.digest_of_module("neurosim.recall", strange) != code.digest_of_module("neurosim.recall")


def test_a_file_is_parsed_once_unless_it_changes(monkeypatch):
    first, parsed = code_of(recalled_share), []
    with monkeypatch.context() as patch:
        parse = module_digests.ast.parse
        patch.setattr(
            module_digests.ast, "parse", lambda *args, **options: parsed.append(args) or parse(*args, **options)
        )
        again = code_of(recalled_share)
    assert again == first
    assert not parsed


SCRIPT = """
    import sys
    from helper import number
    from neurosim.sweep.grid import Runner, run

    def measure(*, seed, a):
        open("log", "a").write("[1]\\n")
        return {"x": a + number}

    if __name__ == "__main__":
        print(run(measure, {"a": [1, 2]}, networks=1, seed=0, runner=Runner("points")).x.values.ravel().tolist())
"""


@pytest.mark.slow
def test_points_are_measured_again_after_a_change_in_a_file_beside_the_script(tmp_path):
    log = Log(tmp_path / "log")
    for helper, expected, result in (
        ("number = 1", 2, "[2, 3]"),
        ('"""A docstring."""\nnumber = 1  # a comment', 0, "[2, 3]"),
        ("number = 2", 2, "[3, 4]"),
        ("number = 1", 0, "[2, 3]"),
    ):
        (tmp_path / "helper.py").write_text(helper + "\n")
        assert in_a_script(dedent(SCRIPT), tmp_path).strip() == result
        assert len(log.taken()) == expected


def test_workers_with_other_code_are_refused(monkeypatch):
    other = {**code_of(strange), "neurosim.theory.coupling": "another"}
    with pytest.raises(Unavailable, match=r"neurosim\.theory\.coupling differs"):
        require_same_code(other)
    require_same_code({**code_of(recalled_share), "__main__": "not here", "elsewhere": "not here"})
    monkeypatch.setattr(grid, "code_of", lambda measure: other)
    with pytest.raises(Unavailable, match="install the same code"):
        run(strange, {"a": [1, 2]}, networks=1, seed=0, runner=Runner(workers=2))


def test_code_is_compared_once_a_process(monkeypatch):
    compared = []
    monkeypatch.setattr(backends, "require_same_code", compared.append)
    monkeypatch.setattr(backends, "_SAME_CODE", set())
    task = backends.Task(strange, {"a": "b"})
    for key in ("one:1", "one:2", "two:1"):
        assert backends._elsewhere(task, key, None, {"seed": 0, "a": 1})[0] == key
    assert compared == [{"a": "b"}] * 2


def test_a_function_from_a_terminal_counts_as_using_the_whole_library():
    namespace: dict = {"__name__": "__main__"}
    exec("def typed(*, seed, a):\n    return {'x': a}\n", namespace)
    assert {"neurosim.network", "neurosim.theory.coupling"} <= set(code_of(namespace["typed"]))


def test_modules_for_type_checkers_alone_are_left_out():
    source = module_digests._parsed(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a.b\nelse:\n    import c.d\n"
    )
    assert {name for name, _ in source.imports} == {"typing", "c.d"}


def test_the_code_of_an_ensemble_that_is_given_by_name_counts(monkeypatch):
    monkeypatch.setitem(ENSEMBLES._entries, "mine", strange)
    assert ensemble_options(3, "mine") == {"ensemble": strange}
    assert ensemble_options(3, "rademacher") == {"ensemble": "rademacher"}


def cell(text, namespace, number):
    """Run a cell as IPython does: its source is known to linecache alone."""
    name = f"<ipython-input-{number}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    exec(compile(text, name, "exec"), namespace)


def test_in_a_notebook_other_cells_count_that_a_function_uses():
    namespace: dict = {"__name__": "__main__"}
    cell("import neurosim\nfrom neurosim.damage import Noise\nSCALE, unused = 2.0, 1\n", namespace, 1)
    cell("def helper(a):\n    return SCALE * a\n", namespace, 2)
    measure = "def measure(*, seed, a):\n    return {'x': helper(a), 'w': neurosim.models.Hebb(), 'n': Noise(a)}\n"
    cell(measure, namespace, 3)
    first = code_of(namespace["measure"])
    assert {"__main__.measure", "__main__.helper", "__main__.SCALE"} <= set(first)
    assert {"neurosim.models.hebb", "neurosim.damage"} <= set(first) and "__main__.unused" not in first
    require_same_code(first)
    for number, change in enumerate(("def helper(a):\n    return 3 * SCALE * a\n", "SCALE = 5.0\n")):
        before = code_of(namespace["measure"])
        cell(change, namespace, 4 + number)
        assert code_of(namespace["measure"]) != before
    before = code_of(namespace["measure"])
    cell("unused = 2\n", namespace, 9)
    assert code_of(namespace["measure"]) == before


def test_a_module_that_is_used_as_an_attribute_counts(tmp_path):
    (tmp_path / "script.py").write_text(
        "import neurosim\nimport neurosim.theory as t\nm, c = neurosim.models.Hebb, t.x\n"
    )
    found = module_digests.reached(tmp_path / "script.py", "script")
    assert {"neurosim.models.hebb", "neurosim.theory.coupling"} <= set(found) and "neurosim.plots.curves" not in found


@pytest.mark.parametrize("start", [["-m", "experiments.start"], ["-c", "import experiments.start as s; s.main()"]])
def test_a_folder_without_init_is_a_package(tmp_path, start):
    text = """
        from experiments.helpers import number
        from .others import factor
        from neurosim.source_code import code_of

        def measure(*, seed, a):
            return {"x": factor * a + number}

        def main():
            print(*code_of(measure))

        if __name__ == "__main__":
            main()
    """
    (tmp_path / "experiments").mkdir()
    for name, lines in {"start": dedent(text), "helpers": "number = 1\n", "others": "factor = 2\n"}.items():
        (tmp_path / "experiments" / f"{name}.py").write_text(lines)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, *start], cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert {"experiments.helpers", "experiments.others"} <= set(done.stdout.split())
