"""Is there a C++ compiler here? Asked before anything is started, so that the answer is one clear line."""

from __future__ import annotations

import os
import shlex
import shutil

from neurosim.errors import Unavailable


def compiler() -> str | None:
    """Return where the C++ compiler is that Brian2 will use: ``CXX``, else g++. None if missing."""
    words = shlex.split(os.environ.get("CXX", "")) or ["g++"]
    return shutil.which(words[0])


def requires_compiler(what: str, *, make: bool = False) -> None:
    """Refuse if there is no C++ compiler, or no make where it is needed.

    Raises
    ------
    Unavailable
        With what to install.
    """
    missing = [] if compiler() else [os.environ.get("CXX") or "g++"]
    if make and not shutil.which("make"):
        missing.append("make")
    if missing:
        raise Unavailable(
            f"{what} needs a C++ compiler and make; not found: {', '.join(missing)}. Install them "
            '(Debian/Ubuntu: apt install g++ make), or use target="runtime" with codegen="numpy"'
        )
