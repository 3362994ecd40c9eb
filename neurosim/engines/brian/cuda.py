"""brian2cuda: is it here, and the preferences it needs with CUDA 12 and 13."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

from neurosim.errors import Unavailable


def requires_cuda() -> None:
    """Refuse if brian2cuda, nvcc or a GPU is missing.

    Raises
    ------
    Unavailable
        With what to install.
    """
    if importlib.util.find_spec("brian2cuda") is None:
        raise Unavailable(
            'target="cuda_standalone" needs brian2cuda, which works on Python 3.12 with brian2 2.10.1; '
            'pip install \'neurosim[cuda]\' there, or use target="cpp_standalone" or engine="torch"'
        )
    if nvcc() is None:
        raise Unavailable('target="cuda_standalone" needs nvcc of the CUDA toolkit; set CUDA_HOME to where it is')


def nvcc() -> str | None:
    """Return where nvcc is: in CUDA_HOME, on the PATH, or in /usr/local/cuda; None if nowhere."""
    homes = [os.environ.get("CUDA_HOME"), os.environ.get("CUDA_PATH")]
    places = [Path(home) / "bin" / "nvcc" for home in homes if home]
    found = [str(place) for place in places if place.is_file()]
    default = Path("/usr/local/cuda/bin/nvcc")
    return (found or [shutil.which("nvcc") or (str(default) if default.is_file() else None)])[0]


def configure() -> None:
    """Set brian2cuda's preferences in this (worker) process."""
    raise Unavailable('target="cuda_standalone" is being built')
