"""`Memory`: the network as a module of torch, with recall as a differentiable layer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from neurosim.learning import objective as rule
from neurosim.learning.checks import layer_times
from neurosim.learning.dynamics import Dynamics
from neurosim.network import Network
from neurosim.reduction import transfer
from neurosim.validation import one_of, one_time, real, whole

# Steps of `Memory.recall`: the first, in units of the shorter time constant; their growth; the end, of the longer one.
_FIRST, _GROWTH, _END = 0.1, 1.01, 20.0


class Memory(nn.Module):
    """An associative memory as a layer: cues in, recalled images out, with gradients through the steps of the recall.

    Parameters
    ----------
    n_visible, n_hidden : int
        N_v and N_h.
    symmetric : bool, default False
        Whether both directions share their synapses, E = (N_h/N_v) Dᵀ.
    surrogate : {"straight_through", "sharpened"}, default "straight_through"
        Replacement for Θ in `forward` and `codes`: Θ with the gradient of a sigmoid, or the sigmoid itself; see
        `neurosim.learning.objective`.
    gain : float > 0, default 5
        Gain of that sigmoid, 1/(1 + exp(−gain·(h − θ))). An attribute, which may be raised during training.
    tau_v, tau_h : time, default 20 ms and 1 ms
        Only their ratio matters in recall.
    n_steps : int, default 14
        Steps of `neurosim.learning.dynamics.Dynamics` in `forward` and `codes`; 14 cover 4.9 τ_h.
    device, dtype
        As in other modules of torch.

    Attributes
    ----------
    decoder : Parameter (visible, hidden)
        D = ξ/√N_h: the visible state of the hidden state s is Ds (eq. 16). At first normal with variance 1/N_h, drawn
        from the generator of torch.
    encoder : Parameter (hidden, visible) or None
        E: the drive of a cue v is Ev (eq. 1b). At first normal with variance 1/N_v. None if `symmetric`.
    threshold : Parameter (hidden,)
        θ; ½ at first. Where it is < 0, a neuron is active at rest.

    Raises
    ------
    InvalidInput
        A parameter is outside its range.

    See Also
    --------
    neurosim.learning.train : Training by a recipe.
    neurosim.learning.AssociativeMemory : Estimator of scikit-learn.

    Examples
    --------
    >>> import torch
    >>> from neurosim.learning.modules import Memory
    >>> memory = Memory(64, 16)
    >>> images = torch.rand(10, 64)
    >>> loss = (memory(images) - images).square().sum(dim=1).mean()
    >>> loss.backward()
    >>> memory.to_network()
    Network(n_visible=64, n_hidden=16, separate feedback, threshold=0.5, tau_v=0.02 s, tau_h=0.001 s, Heaviside())
    """

    encoder: Tensor | None

    def __init__(
        self,
        n_visible: int,
        n_hidden: int,
        *,
        symmetric: bool = False,
        surrogate: str = "straight_through",
        gain: float = 5.0,
        tau_v: Any = 20e-3,
        tau_h: Any = 1e-3,
        n_steps: int = 14,
        device: Any = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        n_visible, n_hidden = whole(n_visible, "n_visible"), whole(n_hidden, "n_hidden")
        self.surrogate, self.gain = one_of(surrogate, "surrogate", rule.SURROGATES), real(gain, "gain", above=0)
        self.tau_v, self.tau_h = one_time(tau_v, "tau_v"), one_time(tau_h, "tau_h")
        self.n_steps = whole(n_steps, "n_steps")
        options = {"device": device, "dtype": dtype}
        self.decoder = nn.Parameter(torch.randn(n_visible, n_hidden, **options) / math.sqrt(n_hidden))
        encoder = None if symmetric else torch.randn(n_hidden, n_visible, **options) / math.sqrt(n_visible)
        self.register_parameter("encoder", None if encoder is None else nn.Parameter(encoder))
        self.threshold = nn.Parameter(torch.full((n_hidden,), 0.5, **options))

    def forward(self, cues: Tensor) -> Tensor:
        """Return the recalled images Ds, (…, visible), of cues (…, visible), with gradients."""
        return self.decode(self.codes(cues))

    def codes(self, cues: Tensor) -> Tensor:
        """Return the hidden states s at the end of the recall, (…, hidden), in [0, 1], with gradients."""
        drive, coupling = self._drive_and_coupling(cues)
        dynamics = Dynamics(self.tau_v / self.tau_h, n_steps=self.n_steps)
        return self._activate(dynamics.final(drive, coupling, self.threshold, self._activate))

    def decode(self, codes: Tensor) -> Tensor:
        """Return the visible states Ds, (…, visible), of hidden states (…, hidden)."""
        return codes @ self.decoder.T

    @torch.no_grad()
    def recall(self, cues: Tensor) -> Tensor:
        """Return which hidden neurons are active when recall with Θ has settled, (…, hidden) bool, without gradients.

        The steps are those of `settled_codes`. Whether a recall settles, `neurosim.recall` says.
        """
        drive, coupling = self._drive_and_coupling(cues)
        return settled_codes(drive, coupling, self.threshold, self.tau_v / self.tau_h)

    def _activate(self, z: Tensor) -> Tensor:
        return rule.SURROGATES[self.surrogate](self.gain, self.gain)(z, 0.0)

    def _drive_and_coupling(self, cues: Tensor) -> tuple[Tensor, Tensor]:
        """Return u(0) = Ev and J = ED; with shared synapses multiples of Dᵀv and DᵀD."""
        if self.encoder is None:
            ratio = self.decoder.shape[1] / self.decoder.shape[0]
            return ratio * (cues @ self.decoder), ratio * rule.gram(self.decoder)
        return cues @ self.encoder.T, self.encoder @ self.decoder

    @classmethod
    def from_network(cls, net: Network, **options: Any) -> Memory:
        """Return the module of a network.

        Parameters
        ----------
        net : Network
            With Heaviside hidden units, linear visible neurons, one τ_v and one τ_h.
        **options
            surrogate, gain, n_steps, device, dtype, as of `Memory`.

        Returns
        -------
        Memory

        Raises
        ------
        InvalidInput
            The network has other units or several time constants in a layer.
        """
        tau_v, tau_h = layer_times(net, "a Memory")
        sizes = net.n_visible, net.n_hidden
        memory = cls(*sizes, symmetric=net.is_symmetric, tau_v=tau_v, tau_h=tau_h, **options)
        root = math.sqrt(net.n_hidden)
        arrays = {"decoder": net.weights / root, "threshold": net.threshold}
        if net.feedback is not None:
            arrays["encoder"] = net.feedback * (root / net.n_visible)
        memory.load_state_dict({name: torch.from_numpy(np.array(values)) for name, values in arrays.items()})
        return memory

    @torch.no_grad()
    def to_network(self) -> Network:
        """Return the network of this module, for every engine and measurement."""
        n_visible, n_hidden = self.decoder.shape
        arrays = {name: values.detach().cpu().double().numpy() for name, values in self.named_parameters()}
        feedback = arrays["encoder"] * (n_visible / math.sqrt(n_hidden)) if self.encoder is not None else None
        return Network(
            arrays["decoder"] * math.sqrt(n_hidden),
            feedback=feedback,
            threshold=arrays["threshold"],
            tau_v=self.tau_v,
            tau_h=self.tau_h,
            provenance={"weights": "learned by a module of torch"},
        )

    def extra_repr(self) -> str:
        """Return the sizes and settings that `repr` shows."""
        n_visible, n_hidden = self.decoder.shape
        shared = ", symmetric=True" if self.encoder is None else ""
        return f"{n_visible}, {n_hidden}{shared}, surrogate={self.surrogate!r}, gain={self.gain:g}"


def settled_codes(drive: Tensor, coupling: Tensor, threshold: Tensor, ratio: float) -> Tensor:
    """Return which hidden neurons are active after 20 of the longer time constant, by steps of 2nd order from h(0) = 0.

    Parameters
    ----------
    drive : Tensor (…, hidden)
        u(0).
    coupling : Tensor (hidden, hidden)
        J.
    threshold : Tensor (hidden,)
        θ.
    ratio : float
        τ_v/τ_h.

    Returns
    -------
    Tensor of bool (…, hidden)

    Notes
    -----
    While s is constant, a step is exact (see `neurosim.engines.torch_batched`). A neuron that crosses θ after the share
    r of a step, by linear interpolation, crosses at that time: the step is repeated with the mean of s over it.

    Examples
    --------
    >>> import torch
    >>> from neurosim.learning.modules import settled_codes
    >>> settled_codes(torch.tensor([[0.6], [0.5]]), torch.eye(1), torch.tensor([0.5]), ratio=20.0)  # h rises to .854 u
    tensor([[ True],
            [False]])
    """
    h, u, s = torch.zeros_like(drive), drive, torch.zeros_like(drive) + rule.step(-threshold)
    time, step = 0.0, _FIRST * min(ratio, 1.0)
    while time < _END * max(ratio, 1.0):
        slow, fast, phi = math.exp(-step / ratio), math.exp(-step), float(transfer(step, ratio, 1.0))
        now = s
        for _ in range(2):
            input_ = now @ coupling.T
            after = fast * h + phi * u + (1 - fast - phi) * input_
            later = rule.step(after - threshold)
            crossed = later != s
            share = torch.where(crossed, (threshold - h) / torch.where(crossed, after - h, 1.0), 1.0).clamp(0, 1)
            now = s + (1 - share) * (later - s)
        u, h, s = input_ + (u - input_) * slow, after, later
        time, step = time + step, step * _GROWTH
    return s > 0
