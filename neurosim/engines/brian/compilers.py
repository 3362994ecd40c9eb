"""Search for a C++ compiler before a simulation starts, so that its absence gives a clear message."""

from __future__ import annotations

import os
import shlex
import shutil

from neurosim.errors import Unavailable


def compiler() -> str | None:
    """Return the path of the C++ compiler that Brian2 uses: ``CXX``, else g++. None if it is missing."""
    words = shlex.split(os.environ.get("CXX", "")) or ["g++"]
    return shutil.which(words[0])


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
    missing = [] if compiler() else [os.environ.get("CXX") or "g++"]
    if make and not shutil.which("make"):
        missing.append("make")
    if missing:
        raise Unavailable(
            f"{what} needs a C++ compiler and make; not found: {', '.join(missing)}. Install them "
            '(Debian/Ubuntu: apt install g++ make), or use target="runtime" with codegen="numpy"'
        )
