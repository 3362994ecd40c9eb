"""Times of the command's start, of the import and of the first recall: python benchmarks/startup.py.

Each time is the median of seven new processes, after one that fills the disk cache. "Kernels kept" is the first recall
of a process on a machine where numba's cache has the compiled kernels; "kernels compiled anew" is the first recall on a
new machine (one process, an empty cache).
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import machine, table

REPETITIONS = 7
RECALL = """
import time
from neurosim import Network, patterns, recall
net = Network.gaussian(1000, 10, seed=0)
cues = patterns.visible_cues(net, patterns.all_hidden_states(10), noise_std=2.0, seed=1)
start = time.perf_counter()
recall(net, cues, engine="event")
print(time.perf_counter() - start)
"""


def main() -> None:
    command = Path(sys.executable).with_name("neurosim")
    print(f"{machine()} · Python {platform.python_version()}; load average {os.getloadavg()[0]:.1f}\n")
    rows = [
        ["neurosim --help", seconds([str(command), "--help"]), "0.6"],
        ["python -c 'import neurosim'", seconds([sys.executable, "-c", "import neurosim"]), ""],
        ["first recall, kernels kept", seconds([sys.executable, "-c", RECALL], printed=True), "2"],
        ["the process around it", seconds([sys.executable, "-c", RECALL]), ""],
    ]
    with tempfile.TemporaryDirectory() as empty:
        anew = once([sys.executable, "-c", RECALL], printed=True, NUMBA_CACHE_DIR=empty)
    rows.append(["first recall, kernels compiled anew", f"{anew:.2f}", ""])
    print(table(["", "s", "at most"], rows))


def seconds(command: list[str], printed: bool = False) -> str:
    once(command, printed)
    return f"{statistics.median(once(command, printed) for _ in range(REPETITIONS)):.2f}"


def once(command: list[str], printed: bool = False, **environment: str) -> float:
    """Run a process; return its time, or the one that it prints."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **environment})
    return float(done.stdout.split()[-1]) if printed else time.perf_counter() - start


if __name__ == "__main__":
    main()
