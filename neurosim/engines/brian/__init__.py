"""The full two-layer network as Brian2 equations (`neurosim.equations`), simulated by Brian2.

`brian_network` returns the network itself, to be read, extended and run; `run` does the work of
`neurosim.engines.Brian`. Both are in `engine`. Equations do not belong here: they are text, in
`neurosim.equations`.

A recall passes through these modules: `job` divides a request into runs of equal size; `rate` or `spikes` (with
`inhibition`) builds the Brian2 network of a run, a `blocks.Program`, and gives its values; `runtime` runs it in this
process, `standalone` in a `worker` process that compiles it to C++ or CUDA; `results` names the outcomes. `exchange`
has the files between `standalone` and `worker`, `programs` the cache of compiled programs, `compilers` and `cuda` what
compiling needs; `cuda_check` compiles without a GPU. `learning` is the counterpart of `job` for networks that learn
while they run. `process` imports Brian2, lends it to one thread at a time, and leaves its settings as they were.
"""

from neurosim.engines.brian import process  # noqa: F401  # first: it imports brian2, in any thread
from neurosim.engines.brian.engine import TARGETS, brian_network, run, simulate

__all__ = ["TARGETS", "brian_network", "run", "simulate"]
