"""How long one waits before anything happens: python benchmarks/startup.py.

Every figure is the median of seven fresh processes, after one that fills the disk cache. "Compiled kernels kept" is how
an installed neurosim starts from its second recall on; "compiled anew" is the first recall of all on a machine (one
process, an empty cache of numba's).
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
