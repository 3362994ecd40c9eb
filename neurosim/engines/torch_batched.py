"""Torch engine: batched recall of all cues, on a CPU or a CUDA GPU; all activations.

The steps are those of the reference engine: s is constant within a step dt, which is then exact. With
x = e^{−dt/τ_v}, y = e^{−dt/τ_h}, φ from `neurosim.reduction` and terms collected by their source, a step is

    reduced                                    full
    h ← y h + φ u + (1 − y − φ) J s            h ← y h + Φ v + ((1 − y) J − Φ ξ/√N_h) s
    u ← x u + (1 − x) J s                      v ← x v + (1 − x) ξ s/√N_h
    a ← x a + (1 − x) s                        Φ_μi = (√N_h/N_v) ξ_μi φ_iμ

The reduced form needs one τ_v, costs O(N_h²) per cue and step instead of O(N_h N_v), and computes v only where it is
read: v = e^{−t/τ_v} v(0) + ξ a/√N_h. The full form also takes one τ_v per visible neuron, and nonlinear visible neurons
with output g(v); then, as in the reference engine, h ← y h + (1 − y)(√N_h/N_v) ξᵀ(g(v) + g(v_next))/2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from neurosim import reduction, theory
from neurosim.engines import outcomes
from neurosim.errors import Unavailable
from neurosim.network import Network
from neurosim.nonlinearity import Heaviside
from neurosim.request import RecallRequest
from neurosim.result import EngineResult

_DTYPES = {"float32": torch.float32, "float64": torch.float64}
# Numbers per chunk of cues, so that a CPU works within its cache and a GPU within its memory.
_CHUNK = {"cpu": 1 << 20, "cuda": 1 << 27}

Place = Callable[[Any], Tensor]  # copies an array to the chosen device and dtype


@torch.inference_mode()
def run(net: Network, request: RecallRequest, *, reduced: bool, device: str, dtype: str) -> EngineResult:
    """Recall every cue of the request in steps of ``request.dt``; `neurosim.engines.Torch` calls it.

    Parameters
    ----------
    net : Network
    request : RecallRequest
    reduced, device, dtype
        As in `neurosim.engines.Torch`.

    Returns
    -------
    EngineResult

    Raises
    ------
    InvalidInput
        `reduced` with one τ_v per neuron or nonlinear visible neurons.
    Unavailable
        There is no such GPU.

    Examples
    --------
    >>> from neurosim.engines import Torch
    >>> net = Network.gaussian(20, 4, seed=0)
    >>> request = Torch().request(net, net.weights.T)
    >>> run(net, request, reduced=True, device="cpu", dtype="float32").n_crossings
    array([1, 1, 2, 2])
    """
    place = _placement(device, dtype)
    state = (_Reduced if reduced else _Full if net.is_linear else _Nonlinear)(net, request.dt, place)
    visible = np.empty(request.cues.shape, dtype) if request.read_out else None
    traces = _empty_traces(net, request, dtype)
    chunks = _chunks(request.n_cues, _CHUNK[torch.device(device).type] // state.width)
    ends = []
    with tqdm(
        total=len(chunks) * request.n_steps, disable=None if request.progress else True, desc="torch", leave=False
    ) as bar:
        for rows in chunks:
            state.start(place(request.cues[rows]), place(request.hidden[rows]))
            end, v = _recall(net, request, state, place, {n: t[rows] for n, t in traces.items()}, bar)
            ends.append(end)
            if visible is not None:
                visible[rows] = v
    end = {name: np.concatenate([part[name] for part in ends]) for name in ends[0]}
    return EngineResult(
        hidden=end["hidden"],
        hidden_active=end["hidden_active"],
        visible=visible,
        outcome=end["outcome"],
        last_crossing=end["last_step"] * request.dt,
        n_crossings=end["n_crossings"],
        traces=traces,
        attrs={
            "dt": request.dt,
            "dtype": dtype,
            "device": device,
            "reduced": int(reduced),
            "torch": str(torch.__version__),
        },
    )


class _Full:
    """Full form: v (cue, visible) and h (cue, hidden)."""

    def __init__(self, net: Network, dt: float, place: Place) -> None:
        tau_v, tau_h = np.atleast_1d(net.tau_v), np.atleast_1d(net.tau_h)
        x, y = np.exp(-dt / tau_v), np.exp(-dt / tau_h)
        out = net.weights / np.sqrt(net.n_hidden)
        transient = np.sqrt(net.n_hidden) / net.n_visible * net.feedback_weights
        transient = transient * reduction.transfer(dt, tau_v, tau_h[:, None])  # Φ
        self.width = 2 * net.n_visible + 5 * net.n_hidden
        self._x, self._y, self._h_from_v = place(x), place(y), place(transient.T)
        self._h_from_s = place(((1 - y)[:, None] * theory.effective_coupling(net) - transient @ out).T)
        self._v_from_s = place(((1 - x)[:, None] * out).T)

    def start(self, visible: Tensor, hidden: Tensor) -> None:
        """Set v and h at time 0."""
        self._v, self.h = visible, hidden

    def hold(self, s: Tensor) -> None:
        """Set s for the next steps."""
        self._into_h, self._into_v = s @ self._h_from_s, s @ self._v_from_s

    def step(self) -> None:
        """Advance by dt."""
        self.h.mul_(self._y).addmm_(self._v, self._h_from_v).add_(self._into_h)
        self._v.mul_(self._x).add_(self._into_v)

    def visible(self, t: float) -> Tensor:
        """Return v at the present time t."""
        return self._v


class _Nonlinear:
    """Full form with nonlinear visible neurons: v (cue, visible) and h (cue, hidden)."""

    def __init__(self, net: Network, dt: float, place: Place) -> None:
        x, y = np.exp(-dt / np.atleast_1d(net.tau_v)), np.exp(-dt / np.atleast_1d(net.tau_h))
        back = np.sqrt(net.n_hidden) / net.n_visible * net.feedback_weights.T
        self.width = 4 * net.n_visible + 5 * net.n_hidden
        self._x, self._y, self._h_from_g = place(x), place(y), place(0.5 * (1 - y) * back)
        self._v_from_s = place(((1 - x)[:, None] * net.weights / np.sqrt(net.n_hidden)).T)
        self._g = net.visible_activation

    def start(self, visible: Tensor, hidden: Tensor) -> None:
        """Set v and h at time 0."""
        self._v, self.h = visible, hidden
        self._output = self._g(visible, xp=torch)

    def hold(self, s: Tensor) -> None:
        """Set s for the next steps."""
        self._into_v = s @ self._v_from_s

    def step(self) -> None:
        """Advance by dt."""
        self._v.mul_(self._x).add_(self._into_v)
        output = self._g(self._v, xp=torch)
        self.h.mul_(self._y).addmm_(self._output + output, self._h_from_g)
        self._output = output

    def visible(self, t: float) -> Tensor:
        """Return v at the present time t."""
        return self._v


class _Reduced:
    """Reduced form: u, h and a, (cue, hidden) each."""

    def __init__(self, net: Network, dt: float, place: Place) -> None:
        self._tau_v = reduction.required(net, 'engine "torch" with reduced=True')
        x, y = np.exp(-dt / self._tau_v), np.exp(-dt / net.tau_h)
        phi = reduction.transfer(dt, self._tau_v, net.tau_h)
        self.width = net.n_visible + 7 * net.n_hidden
        self._rise, self._y, self._phi, self._rest = float(1 - x), place(y), place(phi), place(1 - y - phi)
        self._coupling = place(theory.effective_coupling(net).T)
        self._u_from_v = place(np.sqrt(net.n_hidden) / net.n_visible * net.feedback_weights.T)
        self._v_from_a = place(net.weights.T / np.sqrt(net.n_hidden))

    def start(self, visible: Tensor, hidden: Tensor) -> None:
        """Set v and h at time 0."""
        self._v0, self.h = visible, hidden
        self._u, self._a = visible @ self._u_from_v, torch.zeros_like(hidden)

    def hold(self, s: Tensor) -> None:
        """Set s for the next steps."""
        self._s, self._c = s, s @ self._coupling

    def step(self) -> None:
        """Advance by dt."""
        self.h.mul_(self._y).addcmul_(self._u, self._phi).addcmul_(self._c, self._rest)
        self._u.lerp_(self._c, self._rise)
        self._a.lerp_(self._s, self._rise)

    def visible(self, t: float) -> Tensor:
        """Return v at the present time t."""
        return torch.addmm(self._v0, self._a, self._v_from_a, beta=float(np.exp(-t / self._tau_v)))


_State = _Full | _Nonlinear | _Reduced


def _recall(
    net: Network,
    request: RecallRequest,
    state: _State,
    place: Place,
    traces: Mapping[str, np.ndarray],
    bar: tqdm,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Simulate one chunk of cues; return its final state and v (cue, visible)."""
    n_steps, every, threshold = request.n_steps, _every(request), place(net.threshold)
    piecewise = isinstance(net.hidden_activation, Heaviside)  # s changes only where a threshold is crossed
    active = state.h > threshold
    crossings = torch.zeros_like(active, dtype=torch.int32)
    early = crossings.clone()  # crossings in the first half
    last_step = torch.zeros_like(crossings)
    changed = True
    for step in range(n_steps):
        if step % every == 0:
            _sample(traces, step // every, step * request.dt, state, active)
        if step == request.late_from:
            early.copy_(crossings)
        if changed or not piecewise:
            state.hold(net.hidden_activation(state.h - threshold, xp=torch).to(state.h.dtype))
        state.step()
        crossed = active ^ (state.h > threshold)
        changed = bool(torch.count_nonzero(crossed))  # False in most steps
        if changed:
            active ^= crossed
            crossings += crossed
            last_step.masked_fill_(crossed, step + 1)
        bar.update()
    if n_steps % every == 0:
        _sample(traces, n_steps // every, n_steps * request.dt, state, active)
    h, v, on = _numpy(state.h), _numpy(state.visible(n_steps * request.dt)), _numpy(active)
    repeats = _numpy((crossings - early).amax(dim=1))
    end = {
        "hidden": h,
        "hidden_active": on,
        "outcome": outcomes.name_outcomes(net, request, hidden=h, active=on, visible=v, repeats=repeats),
        "n_crossings": _numpy(crossings.sum(dim=1)),
        "last_step": _numpy(last_step.amax(dim=1)),
    }
    return end, v


def _every(request: RecallRequest) -> int:
    """Return the number of steps between samples."""
    return max(1, round(request.record_dt / request.dt))


def _empty_traces(net: Network, request: RecallRequest, dtype: str) -> dict[str, np.ndarray]:
    samples = request.n_steps // _every(request) + 1
    kinds = {
        "hidden": (net.n_hidden, dtype),
        "visible": (net.n_visible, dtype),
        "hidden_active": (net.n_hidden, bool),
    }
    sizes = {name: kinds[name] for name in request.record}
    return {name: np.empty((request.n_cues, samples, width), kind) for name, (width, kind) in sizes.items()}


def _sample(traces: Mapping[str, np.ndarray], index: int, t: float, state: _State, active: Tensor) -> None:
    for name, trace in traces.items():
        layer = state.h if name == "hidden" else active if name == "hidden_active" else state.visible(t)
        trace[:, index] = _numpy(layer)


def _chunks(n_cues: int, rows: int) -> list[slice]:
    rows = max(1, rows)
    return [slice(start, start + rows) for start in range(0, n_cues, rows)]


def _numpy(tensor: Tensor) -> np.ndarray:
    return tensor.cpu().numpy()


def _placement(device: str, dtype: str) -> Place:
    """Return a function that copies an array to a device and dtype.

    Raises
    ------
    Unavailable
        There is no such GPU.
    """
    if device != "cpu" and int(device.partition(":")[2] or 0) >= torch.cuda.device_count():
        raise Unavailable(
            f"device={device!r} needs that GPU and a CUDA build of torch, torch {torch.__version__} finds "
            f'{torch.cuda.device_count()} GPUs here; use device="cpu", or install a CUDA build of torch'
        )
    return lambda array: torch.tensor(np.asarray(array), dtype=_DTYPES[dtype], device=device)
