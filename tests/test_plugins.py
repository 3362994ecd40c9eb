"""Plug-ins: an installed package extends registries, the command line and records; a broken one stops nothing."""

import importlib.util
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from neurosim import InvalidInput, Network, plugins
from neurosim.cells import CELLS
from neurosim.constraints import CONSTRAINTS
from neurosim.damage import DAMAGES
from neurosim.engines import ENGINES
from neurosim.ensembles import ENSEMBLES
from neurosim.learning.local_rules import LOCAL_RULES
from neurosim.models import MODELS
from neurosim.plugins import Registry, subclass_of
from neurosim.validation import one_of

ROOT = Path(__file__).parent.parent
PACKAGE = '''
    from dataclasses import dataclass
    from typing import ClassVar

    import numpy as np

    from neurosim.cells import Poisson
    from neurosim.constraints.base import Constraint, both_ways, rewired
    from neurosim.damage import Damage
    from neurosim.engines import Event
    from neurosim.learning.local_base import LocalRule, Requirements, homeostasis, product
    from neurosim.models.binary import Pairwise


    class Clipped(Pairwise):
        """Hebb's rule with weights of one bit."""

        name = "clipped"
        source = "Sompolinsky 1986"

        def _weights(self, patterns):
            return np.sign(patterns.T @ patterns) / self.n_neurons


    @dataclass(frozen=True)
    class Excitatory(Constraint):
        """Remove every negative synapse."""

        name: ClassVar[str] = "excitatory"

        def apply(self, net, rng):
            forward, back = both_ways(net)
            positive = np.maximum(forward, 0)
            return rewired(net, positive, positive if back is forward else np.maximum(back, 0)), {}


    @dataclass(frozen=True)
    class Bursting(Poisson):
        """Cells of another class."""

        name: ClassVar[str] = "bursting"


    @dataclass(frozen=True, kw_only=True, repr=False)
    class Exact(Event):
        """The event engine under another name."""

        name: ClassVar[str] = "exact"


    class Hebbian(LocalRule):
        """Hebb's rule."""

        name = "hebbian"
        equation = "Δξ_iμ ∝ v_i s_μ"
        requirements = Requirements("v_i, s_μ", "v_i, s_μ")
        rate, epochs = 1e-3, 1

        def changes(self, signals):
            active = signals["active"]
            return {"weights": product(signals["visible_change"], active), "threshold": homeostasis(active)}


    @dataclass(frozen=True)
    class Dimmed(Damage):
        """All pixels times a factor."""

        name: ClassVar[str] = "dimmed"
        strength: ClassVar[str] = "share"
        share: float = 0.5

        def damaged(self, cues, rng, frame):
            return (1 - self.share) * cues


    def half(n_visible, n_hidden, rng):
        return 0.5 * rng.standard_normal((n_visible, n_hidden))


    pair = Bursting(n_cells=2)
'''
RECIPE = "from neurosim.learning.recipes import Equation17\n\ngentle = Equation17(learning_rate=1e-4)\n"
POINTS = """
    [neurosim.models]
    clipped = tiny_memory:Clipped

    [neurosim.constraints]
    excitatory = tiny_memory:Excitatory

    [neurosim.cells]
    bursting = tiny_memory:Bursting
    pair = tiny_memory:pair

    [neurosim.engines]
    exact = tiny_memory:Exact

    [neurosim.ensembles]
    half = tiny_memory:half

    [neurosim.local_rules]
    hebbian = tiny_memory:Hebbian

    [neurosim.damages]
    dimmed = tiny_memory:Dimmed

    [neurosim.recipes]
    gentle = tiny_memory_recipe:gentle
"""
BROKEN = """
    [neurosim.models]
    absent = tiny_nothing:Model
    hebb = tiny_memory:Clipped
    misnamed = tiny_memory:Clipped
    raising = tiny_raising:Model
    wrong = tiny_memory:half
    leaving = tiny_leaving:Model
"""


def install(folder, name, points, files):
    """Install a package as pip does: its modules, and a folder with its metadata."""
    for file, text in files.items():
        (folder / file).write_text(dedent(text), encoding="utf-8")
    about = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (about / "entry_points.txt").write_text(dedent(points), encoding="utf-8")


@pytest.fixture
def tiny(tmp_path):
    """Folder of an installed package with a plug-in of every group."""
    folder = tmp_path / "site"
    folder.mkdir()
    install(folder, "tiny-memory", POINTS, {"tiny_memory.py": PACKAGE, "tiny_memory_recipe.py": RECIPE})
    return folder


@pytest.fixture
def broken(tiny):
    """The same, with a second package whose plug-ins cannot be used."""
    raising = {"tiny_raising.py": "1 / 0\n", "tiny_leaving.py": "import sys\nsys.exit(3)\n"}
    install(tiny, "tiny-broken", BROKEN, raising)
    return tiny


def call(folder, *command, code=0):
    """Run a command in a new process that finds the packages of a folder."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, *command], capture_output=True, encoding="utf-8", cwd=folder, env=environment, check=False
    )
    assert done.returncode == code, done.stderr
    return done


def neurosim(folder, *arguments, code=0):
    return call(folder, "-m", "neurosim.cli.main", *arguments, code=code)


@pytest.mark.slow
def test_a_model_appears_in_help_and_in_the_comparison(tiny):
    shown = neurosim(tiny, "compare", "--help").stdout
    assert "Installed plug-ins:" in shown and "clipped" in shown and "of tiny-memory" in shown
    options = ["--sizes", "20", "--networks", "2", "--maximum", "16", "--out", "c.nc", "--json"]
    done = neurosim(tiny, "compare", "clipped", "hebb", *options)
    assert "clipped" in done.stdout and json.loads(done.stdout)["command"] == "compare"
    listed = "from neurosim.measure.comparison.trials import default_models as f; print(*f())"
    assert "clipped" in call(tiny, "-c", listed).stdout.split()


def test_a_constraint_is_applied_and_stored(tiny):
    Network.gaussian(40, 4, seed=0).save(tiny / "net.safetensors")
    assert "excitatory" in neurosim(tiny, "constrain", "--help").stdout.split("Installed plug-ins")[1]
    neurosim(tiny, "constrain", "net.safetensors", "excitatory")
    net = Network.load(tiny / "constrained.safetensors")
    assert net.weights.min() == 0 and net.constraints[0]["name"] == "excitatory"
    again = "from neurosim.constraints import from_record; print(from_record({'name': 'excitatory'}))"
    assert call(tiny, "-c", again).stdout == "Excitatory()\n"


def test_cells_engines_and_ensembles_are_known_by_name(tiny):
    code = """
        import neurosim
        from neurosim.cells import from_record, get_cells
        from neurosim.cli import parse
        record = get_cells("regular").to_record() | {"name": "bursting"}
        print(type(from_record(record)).__name__)  # in a process that has not looked up the cells
        print(parse.engine("brian:cells=pair").cells.n_cells, get_cells("bursting").n_cells)
        net = neurosim.Network.random(20, 3, ensemble="half", seed=0)
        out = neurosim.recall(net, net.weights.T, engine="exact")
        print(net.ensemble, out.attrs["engine"], neurosim.engines.from_record(out.attrs["engine_settings"]))
        print(parse.ensemble("half"))
    """
    printed = call(tiny, "-c", dedent(code)).stdout.splitlines()
    assert printed == ["Bursting", "2 1", "half exact Exact()", "half"]


def test_a_recipe_is_known_by_name(tiny):
    pytest.importorskip("torch")
    code = """
        from neurosim.learning import RECIPES
        from neurosim.learning.recipes import as_recipe
        print(as_recipe("gentle").learning_rate, list(RECIPES)[-1])
    """
    assert call(tiny, "-c", dedent(code)).stdout == "0.0001 gentle\n"
    assert "gentle" in neurosim(tiny, "train", "--help").stdout.split("Installed plug-ins")[1]


@pytest.mark.slow
def test_a_local_rule_trains_and_is_recorded(tiny):
    np.save(tiny / "images.npy", np.random.default_rng(0).random((40, 4, 4)))
    neurosim(tiny, "train", "images.npy", "--hidden", "4", "--rule", "hebbian", "--epochs", "2", "--out", "net")
    assert Network.load(tiny / "net").provenance["rule"] == "hebbian"
    shown = neurosim(tiny, "train", "--help").stdout.split("Installed plug-ins")[1]
    assert "hebbian" in shown and "of tiny-memory, local rules" in shown
    wrong = neurosim(tiny, "train", "images.npy", "--rule", "hebian", code=2).stderr
    assert wrong.endswith("got 'hebian'; did you mean 'hebbian'?\n")
    code = """
        from neurosim.learning import AssociativeMemory
        from neurosim.learning.local_rules import LOCAL_RULES
        images = __import__("numpy").load("images.npy").reshape(40, 16)
        print(AssociativeMemory(n_hidden=4, method="hebbian", epochs=2).fit(images).network_.provenance["rule"])
        print(list(LOCAL_RULES)[-1])
    """
    if importlib.util.find_spec("sklearn"):
        assert call(tiny, "-c", dedent(code)).stdout == "hebbian\nhebbian\n"


def test_a_damage_is_known_by_name(tiny):
    Network.gaussian(40, 4, seed=0).save(tiny / "net.safetensors")
    done = neurosim(tiny, "recall", "net.safetensors", "--damage", "dimmed:0.2+noise:0.1", "--out", "r.nc")
    assert "dimmed:share=0.2+noise:std=0.1" in done.stdout
    for command in ("recall", "classify"):
        assert "dimmed" in neurosim(tiny, command, "--help").stdout.split("Installed plug-ins")[1]


def test_broken_plugins_are_named_in_warnings_and_stop_nothing(broken):
    done = neurosim(broken, "compare", "clipped", "--sizes", "20", "--networks", "1", "--maximum", "8", "--out", "c.nc")
    for text in (
        r"plug-in absent = tiny_nothing:Model of tiny-broken (neurosim.models) is left out: ModuleNotFoundError",
        "plug-in raising = tiny_raising:Model of tiny-broken (neurosim.models) is left out: ZeroDivisionError",
        "plug-in leaving = tiny_leaving:Model of tiny-broken (neurosim.models) is left out: SystemExit",
        "plug-in hebb = tiny_memory:Clipped of tiny-broken (neurosim.models) is left out: ValueError: name must be",
        "plug-in misnamed = tiny_memory:Clipped of tiny-broken",
        "plug-in wrong = tiny_memory:half of tiny-broken (neurosim.models) is left out: TypeError: it must be a",
    ):
        assert done.stderr.count(text) == 1, done.stderr
    listed = "from neurosim.models import MODELS; print(*MODELS, MODELS['hebb'].__module__)"
    assert call(broken, "-W", "ignore", "-c", listed).stdout.split()[-2:] == ["clipped", "neurosim.models.hebb"]


def test_entry_points_are_read_only_for_names_that_are_not_built_in():
    code = """
        from importlib import metadata
        def refused(group="", read=metadata.entry_points):  # numba reads its own
            assert not group.startswith("neurosim."), "entry points were read"
            return read(group=group) if group else read()
        metadata.entry_points = refused
        import neurosim
        from neurosim.cells import get_cells
        from neurosim.cli import main, parse
        from neurosim.models import MODELS
        net = neurosim.Network.random(20, 3, ensemble="orthogonal", seed=0)
        neurosim.recall(net, net.weights.T, engine="reference")
        from neurosim.learning.local_rules import LOCAL_RULES
        from neurosim.measure.learned import local_rules
        print(parse.engine("event"), get_cells("lif").n_cells, MODELS["hebb"](), parse.constraints(["sparse:0.1"])[0])
        print(LOCAL_RULES["oja"].name, parse.damage("noise:0.1+flipped:0.2"))
    """
    assert call(ROOT, "-c", dedent(code)).stdout.startswith("Event() 1 Hebb() Sparse(")
    top = (
        "from importlib import metadata\nmetadata.entry_points = None\nimport sys\nfrom neurosim.cli.main import main\n"
    )
    assert "compare" in call(ROOT, "-c", f"{top}sys.argv = ['neurosim', '--help']\nmain()").stdout


def test_the_registry_is_a_mapping_that_reads_once(monkeypatch):
    reads = []

    class Point:
        name, value, dist = "three", "module:three", None

        def load(self):
            known["side"] = 9  # registers itself while it is loaded
            return 3

    monkeypatch.setattr(plugins, "entry_points", lambda group: reads.append(group) or [Point()])
    known = Registry("models", {"one": 1, "two": 2}, "a number", lambda value: isinstance(value, int))
    assert known["one"] == 1 and "two" in known and one_of("two", "number", known) == "two" and not reads
    assert known["three"] == 3 and reads == ["models"] and list(known) == ["one", "two", "side", "three"]
    assert len(known) == 4 and {**known} == {"one": 1, "two": 2, "side": 9, "three": 3} and "four" not in known
    with pytest.raises(KeyError):
        known["four"]
    with pytest.raises(InvalidInput, match=r"number must be one of .*'three'"):
        one_of("tree", "number", known)
    known["four"] = 4
    del known["one"]
    assert list(known) == ["two", "side", "three", "four"] and reads == ["models"]
    taken = Registry("models", {"three": 4}, "a number", lambda value: True)
    with pytest.warns(UserWarning, match="three = module:three of an unnamed package .* another one of this name"):
        assert len(taken) == 1
    assert taken["three"] == 4


def test_every_group_has_its_registry_and_documentation():
    registries = (MODELS, CONSTRAINTS, CELLS, ENGINES, ENSEMBLES, LOCAL_RULES, DAMAGES)
    assert {registry.group for registry in registries} | {"recipes"} == set(plugins.GROUPS)
    assert all(f"neurosim.{group}" in str(plugins.__doc__) for group in plugins.GROUPS)
    rule, accepts = subclass_of(np.ndarray)
    assert rule == "a subclass of ndarray" and accepts(np.ndarray) and not accepts(np.zeros(1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert all(len(list(registry)) == len(registry) for registry in registries)
