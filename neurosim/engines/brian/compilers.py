"""The C++ compiler that Brian2 uses: its command, its version, and a clear message if it is missing.

The command is ``CXX``, as in make and distutils: words, quoted as in a shell. "ccache g++" and "g++ -m32" are commands;
a path with spaces needs quotes.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from functools import lru_cache

from neurosim.errors import Unavailable


def command() -> list[str]:
    """Return the words of the compiler's command: those of ``CXX``, else g++.

    Raises
    ------
    Unavailable
        The quotes in ``CXX`` do not match.
    """
    given = os.environ.get("CXX", "")
    try:
        return shlex.split(given) or ["g++"]
    except ValueError as error:
        raise Unavailable(f"CXX must be a command as in a shell, got {given!r}: {error}; mend or unset it") from None


def compiler() -> str | None:
    """Return the command of the C++ compiler, quoted for a shell; None if it does not run."""
    return shlex.join(command()) if version(command()) else None


def version(words: list[str]) -> str:
    """Return what a compiler's command answers to ``--version``, "" if it does not run.

    A wrapper such as ccache answers for the compiler that it calls.
    """
    path = shutil.which(words[0])
    return "" if path is None else _version((path, *words[1:]), os.environ.get("PATH", ""))


@lru_cache
def _version(words: tuple[str, ...], path: str) -> str:
    try:
        answer = subprocess.run([*words, "--version"], capture_output=True, text=True, errors="replace")
    except OSError:
        return ""
    return answer.stdout or answer.stderr if answer.returncode == 0 else ""


def requires_compiler(what: str, *, make: bool = False) -> None:
    """Check that there is a C++ compiler and, if needed, make.

    Parameters
    ----------
    what : str
        Name of the feature that needs the compiler, for the error message.
    make : bool, default False
        Whether make is needed as well.

    Raises
    ------
    Unavailable
        The compiler or make is missing; the message names what to install.
    """
    missing = [] if compiler() else [f"{shlex.join(command())} (from CXX)" if os.environ.get("CXX") else "g++"]
    if make and not shutil.which("make"):
        missing.append("make")
    if missing:
        raise Unavailable(
            f"{what} needs a C++ compiler and make; not found: {', '.join(missing)}. Install them "
            '(Debian/Ubuntu: apt install g++ make), or use target="runtime" with codegen="numpy"'
        )
