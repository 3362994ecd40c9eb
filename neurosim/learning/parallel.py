"""One run by several processes: each takes its share of every mini-batch, and the gradients are added up.

`torchrun` starts them and says through the environment who is who; nothing else changes. What is learned is what one
process learns, up to the rounding of sums in another order.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed


@dataclass(frozen=True)
class Team:
    """Who works on a run: `size` processes, of which this is number `rank`."""

    rank: int = 0
    size: int = 1

    def share(self, batch: Tensor) -> Tensor:
        """Return this process's rows of a batch."""
        return batch[self.rank :: self.size]

    def together(self, rows: Tensor, n_rows: int) -> Tensor:
        """Return all processes' rows, (n_rows, …), in the order of the batch, without their gradients."""
        whole = torch.zeros(n_rows, *rows.shape[1:], dtype=rows.dtype, device=rows.device)
        whole[self.rank :: self.size] = rows.detach()
        distributed.all_reduce(whole)
        return whole

    def add_up(self, tensors: Iterable[Tensor]) -> None:
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

        To be called some work before the end: Gloo's threads let go of the last tensors a little after the sum is
        there, and a process that has ended by then is aborted.
        """
        if self.size > 1:
            distributed.barrier()


ALONE = Team()


def is_first() -> bool:
    """Return whether this process is the one that prints and writes."""
    return int(os.environ.get("RANK", "0")) == 0


def device_of(device: torch.device) -> torch.device:
    """Return the device of this process: where it says just "cuda", the GPU of its number on this machine."""
    if device.type == "cuda" and device.index is None:
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    return device


@contextmanager
def team(device: torch.device) -> Iterator[Team]:
    """Join the processes that `torchrun` started, if it did; over NCCL on GPUs, Gloo otherwise."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield ALONE
        return
    ours = not distributed.is_initialized()
    if ours:
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Team(distributed.get_rank(), size)
    finally:
        if ours:
            distributed.destroy_process_group()
