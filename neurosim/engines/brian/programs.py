"""Compiled programs, kept by content: the same generated source on the same machine is compiled once.

The key is a hash of every generated file, the compiler's version and the processor (programs are compiled for the
processor at hand, and a cluster's shared home may serve several kinds). Numbers are not in the source; they are
read from files at run time.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pooch

from neurosim.engines.brian.cuda import nvcc
from neurosim.storage import replacing

_MOST_KEPT = 200  # programs of about a megabyte; the least recently used go first
_SOURCES = {".cpp", ".h", ".cu", ".cuh", ""}  # "": the makefile


def cache_folder() -> Path:
    """Return where programs are kept: ``programs`` in NEUROSIM_CACHE, else in the user's cache folder."""
    return Path(os.environ.get("NEUROSIM_CACHE") or pooch.os_cache("neurosim")) / "programs"


def compile_or_reuse(program: Path) -> None:
    """Put the executable ``main`` into a folder of generated source: from the cache, or compiled.

    Exits with the compiler's own words if it fails.
    """
    kept = cache_folder() / content_key(program)
    if _restored(kept, program / "main"):
        return
    # Not through Brian2, which hides what the compiler says and starts one for every file.
    made = subprocess.run(["make", f"-j{_n_compilers(program)}"], cwd=program, capture_output=True, text=True)
    if made.returncode:
        sys.exit(f"the compiler could not build the program:\n{made.stdout}{made.stderr}")
    try:
        with replacing(kept) as temporary:
            content = (program / "main").read_bytes()
            temporary.write_bytes(hashlib.sha256(content).digest() + content)
        _prune(kept.parent)
    except OSError:
        pass  # a read-only home costs compiling again, nothing else


def _restored(kept: Path, executable: Path) -> bool:
    """Put a kept program in its place, unless there is none or its file, which starts with its hash, is damaged."""
    try:
        content = kept.read_bytes()
    except OSError:
        return False
    size = hashlib.sha256().digest_size
    if hashlib.sha256(content[size:]).digest() != content[:size]:
        return False
    executable.write_bytes(content[size:])
    executable.chmod(0o755)
    with suppress(OSError):
        kept.touch()  # recently used
    return True


def _n_compilers(program: Path) -> int:
    """Return how many files to compile at a time: nvcc takes twenty seconds for each, so use the cores there are."""
    return max(2, len(os.sched_getaffinity(0))) if (program / "main.cu").is_file() else 2


def content_key(program: Path) -> str:
    """Return the hash of what an executable is made from."""
    digest = hashlib.sha256()
    for path in sorted(program.rglob("*")):
        name = path.relative_to(program)
        if path.is_file() and path.suffix in _SOURCES and name.parts[0] not in ("results", "static_arrays"):
            digest.update(f"{name}\0".encode() + path.read_bytes() + b"\0")
    for fact in (_compiler_version(), platform.machine(), _processor()):
        digest.update(fact.encode() + b"\0")
    return digest.hexdigest()


def _compiler_version() -> str:
    said = []
    for command in ([os.environ.get("CXX", "g++"), "--version"], [nvcc() or "nvcc", "--version"]):
        if shutil.which(command[0]):
            said.append(subprocess.run(command, capture_output=True, text=True).stdout)
    return "".join(said)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return "".join(next((line for line in lines if line.startswith(key)), "") for key in ("model name", "flags"))


def _prune(folder: Path) -> None:
    files = sorted((f for f in folder.iterdir() if f.is_file()), key=lambda f: f.stat().st_mtime)
    for old in files[:-_MOST_KEPT]:
        old.unlink(missing_ok=True)
