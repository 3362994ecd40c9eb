"""The extra is imported when it is used, and asked for where it is missing."""

import subprocess
import sys

import pytest

from neurosim import Network, Unavailable
from neurosim.interop import from_nir, to_neo, to_nir
from neurosim.interop.packages import package


def test_importing_the_functions_imports_none_of_the_extra():
    code = "import sys; from neurosim.interop import to_neo, to_nir, from_nir; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "neurosim.interop.nir_graph" in done.stdout.split()
    assert not {"neo", "nir", "elephant", "quantities", "brian2", "xarray"} & set(done.stdout.split())


@pytest.mark.parametrize("name", ["neo", "nir"])
def test_what_is_missing_is_named_with_its_remedy(name, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(Unavailable, match=rf"'{name}', which is not installed; pip install 'neurosim\[interop\]'"):
        package(name)


def test_each_function_says_so(monkeypatch):
    for name in ("neo", "nir"):
        monkeypatch.setitem(sys.modules, name, None)
    net = Network.gaussian(20, 2, seed=0)
    run = type("Dataset", (dict,), {"attrs": {"model": "spiking"}, "data_vars": ()})(spike_time=0)
    for call in (lambda: to_nir(net), lambda: from_nir(None), lambda: to_neo(run)):
        with pytest.raises(Unavailable, match="interop"):
            call()
