"""On-disk cache of compiled programs: the same source on the same machine is compiled once.

The key of a program is a hash of all generated files, the compiler's command and version, and the processor. The
processor is included because programs are compiled for it, and the home directory of a cluster may serve several kinds.
Numbers are not part of the source; programs read them from files.

Cached programs are run. So the folder, and each file, must belong to this user, and no other user may be able to write
them; else programs are compiled.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shlex
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from neurosim.engines.brian import compilers
from neurosim.engines.brian.cuda import nvcc
from neurosim.outputs import expanded, write_file
from neurosim.ownership import own_content, own_folder

_MOST_KEPT = 200  # programs of about a megabyte; the least recently used are deleted first
_READ_BY_COMPILERS = ("CPATH", "CPLUS_INCLUDE_PATH", "LIBRARY_PATH", "NVCC_PREPEND_FLAGS", "NVCC_APPEND_FLAGS")
_SOURCES = {".cpp", ".h", ".cu", ".cuh", ""}  # "": the makefile


def cache_folder() -> Path:
    """Return the folder of the cache: ``programs`` in NEUROSIM_CACHE, else in the cache folder of the user."""
    chosen = os.environ.get("NEUROSIM_CACHE")
    return (expanded(chosen) if chosen else _user_cache_folder()) / "programs"


def _user_cache_folder() -> Path:
    if sys.platform == "darwin":
        return _home() / "Library" / "Caches" / "neurosim"
    return Path(os.environ.get("XDG_CACHE_HOME") or _home() / ".cache") / "neurosim"


def _home() -> Path:
    """Return the home; a user without one, as in some containers, keeps programs while the worker process lasts."""
    try:
        return Path.home()
    except RuntimeError:
        return Path(tempfile.gettempdir())


def compile_or_reuse(program: Path) -> None:
    """Put the executable ``main`` into a folder of generated source: from the cache, or compiled.

    If the compiler fails, the process ends with its output.
    """
    cached = cache_folder() / content_key(program)
    if _restored(cached, program / "main"):
        return
    # Brian2's own compilation hides the compiler's output and starts one compiler for every file.
    make = ["make", f"-j{_n_compilers(program)}", f"CXX={shlex.join(compilers.command())}"]
    made = subprocess.run(make, cwd=program, capture_output=True, text=True)
    if made.returncode:
        sys.exit(f"the compiler could not build the program:\n{made.stdout}{made.stderr}")
    if own_folder(cached.parent) is not None:  # else the program is compiled again in the next process
        content = (program / "main").read_bytes()
        with suppress(OSError):
            write_file(cached, hashlib.sha256(content).digest() + content, private=True)
            _prune(cached.parent)


def _restored(cached: Path, executable: Path) -> bool:
    """Copy a cached program; return False if there is none, it is not this user's, or it differs from its hash."""
    content = own_content(cached)
    if content is None:
        return False
    size = hashlib.sha256().digest_size
    if hashlib.sha256(content[size:]).digest() != content[:size]:
        return False
    executable.write_bytes(content[size:])
    executable.chmod(0o755)
    with suppress(OSError):
        cached.touch()  # recently used
    return True


def _n_compilers(program: Path) -> int:
    """Return the number of files compiled at a time: all cores for nvcc, which takes twenty seconds per file."""
    return max(2, len(os.sched_getaffinity(0))) if (program / "main.cu").is_file() else 2


def content_key(program: Path) -> str:
    """Return the hash of the source, the compiler and the processor."""
    digest = hashlib.sha256()
    for path in sorted(program.rglob("*")):
        name = path.relative_to(program)
        if path.is_file() and path.suffix in _SOURCES and name.parts[0] not in ("results", "static_arrays"):
            digest.update(f"{name}\0".encode() + path.read_bytes() + b"\0")
    for fact in (_compilers(), platform.machine(), _processor()):
        digest.update(fact.encode() + b"\0")
    return digest.hexdigest()


def _compilers() -> str:
    """Return the commands of the compilers, which may contain options, what these are, and the variables they read."""
    commands = [compilers.command(), [nvcc() or "nvcc"]]
    facts = [[*words, compilers.version(words)] for words in commands]
    return json.dumps([facts, {name: os.environ.get(name) for name in _READ_BY_COMPILERS}])


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return "".join(next((line for line in lines if line.startswith(key)), "") for key in ("model name", "flags"))


def _prune(folder: Path) -> None:
    own = (file for file in folder.glob("[0-9a-f]" * 64) if file.is_file())  # and nothing else that is there
    files = sorted(own, key=lambda f: f.stat().st_mtime)
    for old in files[:-_MOST_KEPT]:
        old.unlink(missing_ok=True)
