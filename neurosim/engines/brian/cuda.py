"""brian2cuda: is it here, the preferences it needs with CUDA 12 and 13, and what its source needs corrected."""

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

ARCHITECTURE = "NEUROSIM_CUDA_ARCH"  # compute capability to compile for, e.g. "8.0"; default: the GPU's own
_WITHOUT_GPU = "9.0"
_TOOLKIT = Path("/usr/local/cuda")
_TARGET = 'target="cuda_standalone"'

# Asked of the driver in a process of its own: a process that has started CUDA may not fork any more.
_ASK_THE_DRIVER = """
import ctypes
cuda, gpu, major, minor = ctypes.CDLL("libcuda.so.1"), ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
failed = cuda.cuInit(0) or cuda.cuDeviceGet(ctypes.byref(gpu), 0)
for attribute, value in ((75, major), (76, minor)):
    failed = failed or cuda.cuDeviceGetAttribute(ctypes.byref(value), attribute, gpu)
print("" if failed else f"{major.value}.{minor.value}")
"""


def requires_cuda() -> None:
    """Refuse if brian2cuda, nvcc, cuRAND or a GPU is missing.

    Raises
    ------
    Unavailable
        With what to install.
    """
    requires_compilers()
    if capability() is None:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        hidden = "" if visible is None else f" with CUDA_VISIBLE_DEVICES={visible!r}"
        raise Unavailable(
            f'{_TARGET} needs an NVIDIA GPU and its driver; found none{hidden}; use target="cpp_standalone" here'
        )


def requires_compilers() -> None:
    """Refuse if what generates and compiles CUDA programs is missing; a GPU is not asked for.

    Raises
    ------
    Unavailable
        With what to install.
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
            "in /usr/local/cuda; install the toolkit, or set CUDA_HOME to where it is"
        )
    if _curand() is None:
        raise Unavailable(
            f"{_TARGET} needs cuRAND, found neither beside nvcc nor as a Python package; pip install nvidia-curand"
        )
    _architecture()


def nvcc() -> str | None:
    """Return where nvcc is: in CUDA_HOME or CUDA_PATH, on the PATH, or in /usr/local/cuda; None if nowhere."""
    homes = [os.environ.get("CUDA_HOME"), os.environ.get("CUDA_PATH")]
    places = [Path(home) / "bin" / "nvcc" for home in homes if home]
    found = [str(place) for place in places if place.is_file()]
    default = _TOOLKIT / "bin" / "nvcc"
    return (found or [shutil.which("nvcc") or (str(default) if default.is_file() else None)])[0]


@functools.cache
def capability() -> str | None:
    """Return the compute capability of the first visible GPU, such as "9.0"; None if there is no GPU."""
    asked = subprocess.run([sys.executable, "-c", _ASK_THE_DRIVER], capture_output=True, text=True)
    return asked.stdout.strip() or None


def configure(program: Path) -> None:
    """Set brian2cuda's preferences in this (worker) process, for the program in a folder.

    Parameters
    ----------
    program : Path
        Where the source will be generated. A link to cuRAND is put there if its name lacks what linkers ask for.
    """
    import brian2

    importlib.import_module("brian2cuda")  # registers its device and preferences
    compiler, curand = nvcc(), _curand()
    assert compiler and curand  # `requires_compilers` looked
    include, library = curand
    backend = brian2.prefs.devices.cuda_standalone.cuda_backend
    backend.cuda_path = str(Path(compiler).parents[1])
    # Its own detection reads nvidia-smi, which knows nothing of CUDA_VISIBLE_DEVICES by name.
    backend.detect_gpus = False
    backend.gpu_id = 0
    backend.compute_capability = _architecture()
    # Thrust wants C++17; brian2cuda's own -use_fast_math would round otherwise than the other engines do.
    backend.extra_compile_args_nvcc = ["-w", "-std=c++17", f"-I{include}"]
    brian2.prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-O3", "-std=c++17"]
    brian2.prefs.codegen.cpp.library_dirs = [_linkable(library, program)]
    brian2.prefs.codegen.cpp.runtime_library_dirs = [str(library.parent)]
    # The Python package's cuRAND needs the toolkit's runtime, and looks for it beside itself and here.
    runtime = [str(home / lib) for home in _toolkits() for lib in ("lib64", "lib")]
    os.environ["LD_LIBRARY_PATH"] = os.pathsep.join(filter(None, [os.environ.get("LD_LIBRARY_PATH"), *runtime]))


def _architecture() -> float:
    """Return the compute capability to compile for."""
    wanted = os.environ.get(ARCHITECTURE) or capability() or _WITHOUT_GPU
    if not re.fullmatch(r"\d+\.\d", wanted):
        raise Unavailable(f'{ARCHITECTURE} must be a compute capability such as "9.0", got {wanted!r}')
    return float(wanted)


def repair(program: Path, clock: str) -> None:
    """Correct generated source where brian2cuda 1.0b1 goes wrong.

    Parameters
    ----------
    program : Path
    clock : str
        Name of the clock that the network runs on.

    Raises
    ------
    Unavailable
        The source is not what this version generates.
    """
    # Synapses ask Brian2's default clock whether their delay has passed; a network with a clock of its own lacks it.
    for path in sorted((program / "code_objects").glob("*.cu")):
        path.write_text(path.read_text().replace("(defaultclock.timestep[0]", f"({clock}.timestep[0]"))
    # New values come in files, whose names would be made lower case: J's file would not be found, and J keep its value.
    objects = program / "objects.cu"
    text, count = re.subn(
        r"(std::for_each\(s_value\.begin)", r'if (s_value == "True" || s_value == "False") \1', objects.read_text()
    )
    if count != 1:
        raise Unavailable(f"{_TARGET} works with brian2cuda 1.0b1, whose source this is not; install that version")
    objects.write_text(text)


def _curand() -> tuple[Path, Path] | None:
    """Return cuRAND's folder of headers and its library: the toolkit's, else the Python package's."""
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
    """Return where the CUDA toolkit may be: around nvcc, which may be a link or a script elsewhere, or as usual."""
    return [Path(path).resolve().parents[1] for path in [nvcc()] if path] + [_TOOLKIT]


def _linkable(library: Path, program: Path) -> str:
    """Return a folder with libcurand.so; relative to the program, so that its source is the same anywhere."""
    if library.name == "libcurand.so":
        return str(library.parent)
    link = program / "lib" / "libcurand.so"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(library)
    return "lib"
