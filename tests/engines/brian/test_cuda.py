"""Brian2 on CUDA without a GPU: all kinds of programs compile and link; missing requirements are named.

The results of the programs are checked on a GPU by ``python benchmarks/gpu.py``.
"""

import dataclasses
import importlib.util
import io
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from neurosim import Network, Unavailable, recall
from neurosim.cells import Regular
from neurosim.engines import Brian
from neurosim.engines.brian import cuda, cuda_check, programs, standalone
from neurosim.engines.brian.exchange import write_job

PROGRAMS = runpy.run_path(str(Path(__file__).parents[3] / "benchmarks" / "cuda_programs.py"))["PROGRAMS"]


def missing(package):
    find = importlib.util.find_spec
    return lambda name, *parent: None if name == package else find(name, *parent)


@pytest.fixture
def everything_but_a_gpu(monkeypatch):
    """Simulate the presence of brian2cuda, nvcc and cuRAND."""
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *p: "here" if name == "brian2cuda" else find(name, *p)
    )
    monkeypatch.setattr(cuda, "nvcc", lambda: "/cuda/bin/nvcc")
    monkeypatch.setattr(cuda, "_curand", lambda: (Path("/include"), Path("/lib/libcurand.so")))
    monkeypatch.setattr(cuda, "capability", lambda: None)
    return monkeypatch


def on_cuda():
    recall(Network.gaussian(20, 4, seed=0), [[0.0] * 20], engine=Brian(target="cuda_standalone"))


def refusal():
    with pytest.raises(Unavailable) as caught:
        on_cuda()
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith('target="cuda_standalone" needs ')
    return message


def test_missing_brian2cuda_is_named(everything_but_a_gpu):
    everything_but_a_gpu.setattr(importlib.util, "find_spec", missing("brian2cuda"))
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert re.search(rf"brian2cuda.*Python {version}; pip install 'neurosim-memory\[cuda\]'", refusal())


def test_missing_nvcc_is_named(everything_but_a_gpu):
    everything_but_a_gpu.setattr(cuda, "nvcc", lambda: None)
    assert re.search("nvcc.*set CUDA_HOME", refusal())


def test_missing_curand_is_named(everything_but_a_gpu):
    everything_but_a_gpu.setattr(cuda, "_curand", lambda: None)
    assert re.search("cuRAND.*pip install nvidia-curand", refusal())


def test_a_missing_gpu_is_named(everything_but_a_gpu):
    everything_but_a_gpu.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert re.search('GPU and its driver; found none; use target="cpp_standalone"', refusal())
    everything_but_a_gpu.setenv("CUDA_VISIBLE_DEVICES", "7")
    assert "found none with CUDA_VISIBLE_DEVICES='7'" in refusal()


def test_an_invalid_architecture_is_refused(everything_but_a_gpu):
    everything_but_a_gpu.setenv(cuda.ARCHITECTURE, "sm_90")
    with pytest.raises(Unavailable, match=r"NEUROSIM_CUDA_ARCH must be a compute capability .* got 'sm_90'"):
        on_cuda()


def test_the_gpu_is_queried_in_another_process(monkeypatch, tmp_path):
    output = {"one": "9.0\n", "none": "\n"}
    for name, want in {"one": "9.0", "none": None}.items():
        answer = subprocess.CompletedProcess([], 0, stdout=output[name], stderr="")
        monkeypatch.setattr(subprocess, "run", lambda *a, answer=answer, **k: answer)
        cuda.capability.cache_clear()
        assert cuda.capability() == want
    cuda.capability.cache_clear()


def test_nvcc_is_found_by_cuda_home_then_path(monkeypatch, tmp_path):
    for folder in ("home", "path"):
        compiler = tmp_path / folder / "bin" / "nvcc"
        compiler.parent.mkdir(parents=True)
        compiler.write_text("#!/bin/sh\n")
        compiler.chmod(0o755)
    monkeypatch.delenv("CUDA_PATH", raising=False)
    monkeypatch.setenv("CUDA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(tmp_path / "path" / "bin"), prepend=os.pathsep)
    assert cuda.nvcc() == str(tmp_path / "home" / "bin" / "nvcc")
    monkeypatch.delenv("CUDA_HOME")
    assert cuda.nvcc() == str(tmp_path / "path" / "bin" / "nvcc")


def test_a_compiled_program_belongs_to_its_compiler_and_architecture(monkeypatch, tmp_path):
    (tmp_path / "main.cu").write_text("int main() {}")
    keys = set()
    for architecture in ("-arch=sm_90", "-arch=sm_80"):
        (tmp_path / "makefile").write_text(architecture)
        for release in ("13.0", "13.1"):
            compiler = tmp_path / release / "bin" / "nvcc"
            compiler.parent.mkdir(parents=True, exist_ok=True)
            compiler.write_text(f"#!/bin/sh\necho release {release}\n")
            compiler.chmod(0o755)
            monkeypatch.setattr(programs, "nvcc", lambda compiler=compiler: str(compiler))
            keys.add(programs.content_key(tmp_path))
    assert len(keys) == 4


def test_only_the_progress_report_of_a_cuda_program_is_shown(capsys, tmp_path):
    worker = object.__new__(standalone._Worker)
    worker.target, worker._input = "cuda_standalone", io.StringIO()
    lines = "INFO _run_kernel\n\t1 blocks\nStarting simulation at t=0 s\n" + standalone.DONE + "\n"
    worker._output = io.StringIO(lines)
    worker._request(tmp_path, sys.stdout)
    assert capsys.readouterr().out == "Starting simulation at t=0 s\n"


def requires_nvcc():
    """Skip without nvcc; with it, what else is needed must be there."""
    if cuda.nvcc() is None:
        pytest.skip("no nvcc on this machine, neither in CUDA_HOME, nor on the PATH, nor in /usr/local/cuda")
    try:
        cuda.requires_compilers()
    except Unavailable as error:
        pytest.fail(
            f"nvcc is here, so CUDA programs must compile; use `make test-cuda`, which installs it all: {error}"
        )


@pytest.mark.cuda_compile
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", PROGRAMS)
def test_it_compiles_and_links(name, tmp_path):
    requires_nvcc()
    case = PROGRAMS[name]
    made = cuda_check.compile_only(case.job(), tmp_path, united=not case.as_shipped)
    program = (tmp_path / "program" / "main").read_bytes()
    assert program[:4] == b"\x7fELF"
    for architecture in ("sm_90", "sm_80"):
        assert f"for '{architecture}'" in made.output  # ptxas compiled kernels for it


@pytest.mark.cuda_compile
def test_seed_and_values_are_set_before_spike_queues_are_made(tmp_path):
    requires_nvcc()
    write_job(PROGRAMS["population, reduced, float32"].job(), {"report": None, "report_period": 10.0}, tmp_path)
    cuda_check._run([sys.executable, "-c", cuda_check._GENERATE, str(tmp_path)], Path(), "generate")
    program = tmp_path / "program"
    main = (program / "main.cu").read_text()
    synapses = main.index("_run_cells_to_hidden_synapses_create_array_codeobject();")
    seed, values = main.index("random_number_buffer.set_seed(std::strtoull"), main.index("set_from_command_line(args);")
    queues, run = main.index("_before_run_cells_to_hidden_pre_push_spikes();"), main.index("neurosim.run(")
    assert synapses < seed < values < queues < run
    for path in program.rglob("*.cu"):
        assert "defaultclock.timestep[0] >=" not in path.read_text()  # the clock of the network, not Brian2's own
    objects = (program / "objects.cu").read_text()
    assert (
        'if (s_value == "True" || s_value == "False") std::for_each(s_value.begin()' in objects
    )  # J's file keeps its J
    copied = objects[objects.index('if (name == "J.values")') :]
    assert "cudaMemcpyHostToDevice" in copied[: copied.index("return;")]


@pytest.mark.cuda_compile
def test_other_numbers_are_the_same_program_wherever_it_is_generated(tmp_path):
    requires_nvcc()
    numbers = {"tau_v": 30e-3, "tau_h": 2e-3, "threshold": 0.4}
    case, keys = PROGRAMS["regular"], set()
    for number, (network, delay) in enumerate([({}, None), (numbers, 4e-4)]):
        engine = case.engine.replace(cells=Regular(delay=delay))
        folder = tmp_path / str(number)
        folder.mkdir()
        job = dataclasses.replace(case, network=network, engine=engine).job()
        write_job(job, {"report": None, "report_period": 10.0}, folder)
        cuda_check._run([sys.executable, "-c", cuda_check._GENERATE, str(folder)], Path(), "generate")
        keys.add(programs.content_key(folder / "program"))
    assert len(keys) == 1  # compiled once
