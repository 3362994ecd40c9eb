"""Training by several processes: each computes its share of every mini-batch, and the gradients are summed.

`torchrun` starts the processes and sets their ranks in the environment. The result is that of one process, up to the
rounding of sums in another order.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed

from neurosim.errors import Unavailable


@dataclass(frozen=True)
class ProcessGroup:
    """The processes of a training run.

    Parameters
    ----------
    rank : int, default 0
        Number of this process.
    size : int, default 1
        Number of processes.

    Examples
    --------
    >>> import torch
    >>> from neurosim.learning.parallel import ProcessGroup
    >>> ProcessGroup(rank=1, size=2).share(torch.arange(5))
    tensor([1, 3])
    """

    rank: int = 0
    size: int = 1

    def share(self, batch: Tensor) -> Tensor:
        """Return the rows of a batch that this process computes."""
        return batch[self.rank :: self.size]

    def gather(self, rows: Tensor, n_rows: int) -> Tensor:
        """Return the rows of all processes, (n_rows, …), in the order of the batch, without gradients."""
        whole = torch.zeros(n_rows, *rows.shape[1:], dtype=rows.dtype, device=rows.device)
        whole[self.rank :: self.size] = rows.detach()
        distributed.all_reduce(whole)
        return whole

    def sum_in_place(self, tensors: Iterable[Tensor]) -> None:
        """Replace each tensor by its sum over the processes."""
        if self.size == 1:
            return
        tensors = list(tensors)
        flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
        distributed.all_reduce(flat)
        for tensor, total in zip(tensors, flat.split([tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(total.view_as(tensor))

    def barrier(self) -> None:
        """Wait for the other processes.

        Call it some time before the process ends: Gloo's threads release the last tensors shortly after the sum is
        available, and a process that has ended by then is aborted.
        """
        if self.size > 1:
            distributed.barrier()


SINGLE_PROCESS = ProcessGroup()


def launched() -> tuple[int, int]:
    """Return the rank of this process and the number of processes that `torchrun` started; (0, 1) without it.

    RANK and WORLD_SIZE alone say nothing: Slurm scripts, MPI and Kubernetes set them for processes that know nothing of
    each other. They count only together with the variable that `torchrun` sets, and while it can be reached.

    Raises
    ------
    Unavailable
        The variables of `torchrun` contradict each other, or it cannot be reached.

    Examples
    --------
    >>> from neurosim.learning.parallel import launched
    >>> launched()
    (0, 1)
    """
    if not distributed.is_available() or "TORCHELASTIC_RUN_ID" not in os.environ:
        return 0, 1
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_PORT")
    texts = [os.environ.get(name, "") for name in names]
    rank, size, local, port = (int(text) if text.isascii() and text.isdecimal() else -1 for text in texts)
    if size == 1:
        return 0, 1
    address = os.environ.get("MASTER_ADDR", "")
    if not (0 <= local <= rank < size and port > 0 and address):
        given = ", ".join(f"{name}={text!r}" for name, text in zip(names, texts, strict=True))
        raise Unavailable(f"torchrun's variables contradict each other: {given}; start with torchrun, or unset them")
    if os.environ.get("TORCHELASTIC_USE_AGENT_STORE") == "True" and not _answers(address, port):
        raise Unavailable(
            f"torchrun does not answer at {address}:{port}, which its variables name; start with torchrun, or unset "
            "TORCHELASTIC_RUN_ID"
        )
    return rank, size


def _answers(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=10):
            return True
    except OSError:
        return False


def is_first() -> bool:
    """Return whether this process has rank 0: only that one prints and writes.

    Examples
    --------
    >>> from neurosim.learning.parallel import is_first
    >>> is_first()
    True
    """
    return (distributed.get_rank() if _joined() else launched()[0]) == 0


def _joined() -> bool:
    """Return whether this process is in a group already, of `torchrun` or of the user's own."""
    return distributed.is_available() and distributed.is_initialized()


def local_device(device: torch.device) -> torch.device:
    """Return the device of this process: "cuda" without a number becomes the GPU of the process's local rank.

    Examples
    --------
    >>> import torch
    >>> from neurosim.learning.parallel import local_device
    >>> local_device(torch.device("cuda"))
    device(type='cuda', index=0)
    """
    if device.type == "cuda" and device.index is None:
        return torch.device("cuda", int(os.environ["LOCAL_RANK"]) if launched()[1] > 1 else 0)
    return device


@contextmanager
def process_group(device: torch.device) -> Iterator[ProcessGroup]:
    """Join the processes that `torchrun` started, if there are any, over NCCL (GPU) or Gloo (CPU)."""
    created = not _joined()
    size = launched()[1] if created else distributed.get_world_size()
    if size == 1:
        yield SINGLE_PROCESS
        return
    if created:
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield ProcessGroup(distributed.get_rank(), size)
    finally:
        if created:
            distributed.destroy_process_group()
