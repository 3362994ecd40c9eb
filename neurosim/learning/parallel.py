"""Training by several processes: each computes its share of every mini-batch, and the gradients are summed.

`torchrun` starts the processes and sets their ranks in the environment. The result is that of one process, up to the
rounding of sums in another order.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed


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


def is_first() -> bool:
    """Return whether this process has rank 0: only that one prints and writes.

    Examples
    --------
    >>> from neurosim.learning.parallel import is_first
    >>> is_first()
    True
    """
    return int(os.environ.get("RANK", "0")) == 0


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
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    return device


@contextmanager
def process_group(device: torch.device) -> Iterator[ProcessGroup]:
    """Join the processes that `torchrun` started, if there are any, over NCCL (GPU) or Gloo (CPU)."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield SINGLE_PROCESS
        return
    created = not distributed.is_initialized()
    if created:
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield ProcessGroup(distributed.get_rank(), size)
    finally:
        if created:
            distributed.destroy_process_group()
