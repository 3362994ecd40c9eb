"""The device of torch on which a trainer runs."""

from __future__ import annotations

from typing import Any

import torch

from neurosim.errors import InvalidInput, Unavailable


def torch_device(device: Any) -> torch.device:
    """Return the device of a text.

    Parameters
    ----------
    device : {"cpu", "cuda", "cuda:<number>"} or torch.device

    Returns
    -------
    torch.device

    Raises
    ------
    InvalidInput
        It is another text or value.
    Unavailable
        There is no such GPU.

    Examples
    --------
    >>> from neurosim.learning.devices import torch_device
    >>> torch_device("cpu")
    device(type='cpu')
    """
    rule = f"device must be 'cpu', 'cuda' or 'cuda:<number>', got {device!r}"
    if not isinstance(device, (str, torch.device)):  # a number alone would name a GPU
        raise InvalidInput(rule)
    try:
        chosen = torch.device(device)
    except (RuntimeError, ValueError):
        raise InvalidInput(rule) from None
    if chosen.type not in ("cpu", "cuda"):
        raise InvalidInput(rule)
    if chosen.type == "cuda" and (chosen.index or 0) >= torch.cuda.device_count():
        raise Unavailable(
            f"device {device!r} is not available: torch finds {torch.cuda.device_count()} CUDA devices; "
            "use device='cpu'"
        )
    return chosen
