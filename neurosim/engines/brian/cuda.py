"""brian2cuda: search for its requirements, its preferences for CUDA 12 and 13, and corrections of its source."""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from neurosim.errors import Unavailable

ARCHITECTURE = "NEUROSIM_CUDA_ARCH"  # compute capability to compile for, e.g. "8.0"; default: that of the GPU
_WITHOUT_GPU = "9.0"
_TOOLKIT = Path("/usr/local/cuda")
_TARGET = 'target="cuda_standalone"'

# The driver is queried in another process, since a process that has started CUDA must not fork.
_QUERY_DRIVER = """
import ctypes
cuda, gpu, major, minor = ctypes.CDLL("libcuda.so.1"), ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
failed = cuda.cuInit(0) or cuda.cuDeviceGet(ctypes.byref(gpu), 0)
for attribute, value in ((75, major), (76, minor)):
    failed = failed or cuda.cuDeviceGetAttribute(ctypes.byref(value), attribute, gpu)
print("" if failed else f"{major.value}.{minor.value}")
"""


def requires_cuda() -> None:
    """Check that brian2cuda, nvcc, cuRAND and a GPU are available.

    Raises
    ------
    Unavailable
        Something is missing; the message names what to install.
    """
    requires_compilers()
    if capability() is None:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        hidden = "" if visible is None else f" with CUDA_VISIBLE_DEVICES={visible!r}"
        raise Unavailable(
            f'{_TARGET} needs an NVIDIA GPU and its driver; found none{hidden}; use target="cpp_standalone"'
        )


def requires_compilers() -> None:
    """Check that CUDA programs can be generated and compiled; this needs no GPU.

    Raises
    ------
    Unavailable
        Something is missing; the message names what to install.
    """
    if importlib.util.find_spec("brian2cuda") is None:
        version = ".".join(map(str, sys.version_info[:2]))
        raise Unavailable(
            f"{_TARGET} needs brian2cuda, which works on Python 3.12 with brian2 2.10.1; it is not installed in this "
            f"Python {version}; pip install 'neurosim-memory[cuda]' on 3.12, "
            'or use target="cpp_standalone" or engine="torch"'
        )
    if nvcc() is None:
        raise Unavailable(
            f"{_TARGET} needs nvcc of the CUDA toolkit 12 or 13, which is neither in CUDA_HOME, nor on the PATH, nor "
            "in /usr/local/cuda; install the toolkit, or set CUDA_HOME to its folder"
        )
    if _curand() is None:
        raise Unavailable(
            f"{_TARGET} needs cuRAND, found neither beside nvcc nor as a Python package; pip install nvidia-curand"
        )
    _architecture()


def nvcc() -> str | None:
    """Return the path of nvcc: in CUDA_HOME or CUDA_PATH, on the PATH, or in /usr/local/cuda; None if it is missing."""
    homes = [os.environ.get("CUDA_HOME"), os.environ.get("CUDA_PATH")]
    places = [Path(home) / "bin" / "nvcc" for home in homes if home]
    found = [str(place) for place in places if place.is_file()]
    default = _TOOLKIT / "bin" / "nvcc"
    return (found or [shutil.which("nvcc") or (str(default) if default.is_file() else None)])[0]


@functools.cache
def capability() -> str | None:
    """Return the compute capability of the first visible GPU, such as "9.0"; None if there is no GPU."""
    answer = subprocess.run([sys.executable, "-c", _QUERY_DRIVER], capture_output=True, text=True)
    return answer.stdout.strip() or None


def configure(program: Path) -> None:
    """Set the preferences of brian2cuda in this (worker) process.

    Parameters
    ----------
    program : Path
        Folder of the program. If the library cuRAND has no name that linkers find, a link to it is created there.
    """
    import brian2

    importlib.import_module("brian2cuda")  # registers its device and preferences
    compiler, curand = nvcc(), _curand()
    if compiler is None or curand is None:
        raise Unavailable(f"{_TARGET} needs nvcc and cuRAND")
    include, library = curand
    backend = brian2.prefs.devices.cuda_standalone.cuda_backend
    backend.cuda_path = str(Path(compiler).parents[1])
    # brian2cuda's detection uses nvidia-smi, which ignores CUDA_VISIBLE_DEVICES.
    backend.detect_gpus = False
    backend.gpu_id = 0
    backend.compute_capability = _architecture()
    # Thrust needs C++17. The default -use_fast_math of brian2cuda is left out, since it rounds differently.
    backend.extra_compile_args_nvcc = ["-w", "-std=c++17", f"-I{include}"]
    brian2.prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-O3", "-std=c++17"]
    brian2.prefs.codegen.cpp.library_dirs = [_linkable(library, program)]
    brian2.prefs.codegen.cpp.runtime_library_dirs = [str(library.parent)]
    # cuRAND of the Python package needs the runtime of the toolkit, which it finds through this variable.
    runtime = [str(home / lib) for home in _toolkits() for lib in ("lib64", "lib")]
    os.environ["LD_LIBRARY_PATH"] = os.pathsep.join(filter(None, [os.environ.get("LD_LIBRARY_PATH"), *runtime]))


def _architecture() -> float:
    """Return the compute capability to compile for."""
    wanted = os.environ.get(ARCHITECTURE) or capability() or _WITHOUT_GPU
    if not re.fullmatch(r"\d+\.\d", wanted):
        raise Unavailable(f'{ARCHITECTURE} must be a compute capability such as "9.0", got {wanted!r}')
    return float(wanted)


def repair(program: Path, clock: str) -> None:
    """Correct two errors in the source that brian2cuda 1.0b1 generates.

    Parameters
    ----------
    program : Path
    clock : str
        Name of the clock of the network.

    Raises
    ------
    Unavailable
        The source was generated by another version.
    """
    # Delays of synapses refer to Brian2's default clock, which a program whose network has another clock lacks.
    for path in sorted((program / "code_objects").glob("*.cu")):
        path.write_text(path.read_text().replace("(defaultclock.timestep[0]", f"({clock}.timestep[0]"))
    # New values are read from files. Their names are converted to lower case, so the file of J would not be found.
    objects = program / "objects.cu"
    text, count = re.subn(
        r"(std::for_each\(s_value\.begin)", r'if (s_value == "True" || s_value == "False") \1', objects.read_text()
    )
    if count != 1:
        raise Unavailable(
            f"{_TARGET} works with brian2cuda 1.0b1, but another version generated the source; install 1.0b1"
        )
    objects.write_text(text)


def _curand() -> tuple[Path, Path] | None:
    """Return the headers and the library of cuRAND, from the toolkit or from the Python package."""
    homes = _toolkits()
    package = importlib.util.find_spec("nvidia")
    for folder in (package and package.submodule_search_locations) or []:
        homes += sorted(Path(folder).iterdir())
    for home in homes:
        libraries = [path for lib in ("lib64", "lib") for path in sorted((home / lib).glob("libcurand.so*"))]
        if libraries and (home / "include" / "curand.h").is_file():
            return home / "include", libraries[0]
    return None


def _toolkits() -> list[Path]:
    """Return possible folders of the CUDA toolkit: that of nvcc, which may be a link, and the default."""
    return [Path(path).resolve().parents[1] for path in [nvcc()] if path] + [_TOOLKIT]


def _linkable(library: Path, program: Path) -> str:
    """Return a folder with libcurand.so, relative to the program, so that the source is the same in all folders."""
    if library.name == "libcurand.so":
        return str(library.parent)
    link = program / "lib" / "libcurand.so"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(library)
    return "lib"
