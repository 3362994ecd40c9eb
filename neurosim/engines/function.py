"""`Function`: any function from cues to final hidden states as an engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from neurosim.engines.base import Engine
from neurosim.errors import InvalidInput
from neurosim.network import Network
from neurosim.request import RecallRequest
from neurosim.result import EngineResult, Outcome
from neurosim.seeds import spawn_seeds
from neurosim.validation import binary_array, one_of, real_array

_OPTIONAL = {  # variable of a Dataset, other than hidden_active and outcome → its name in `EngineResult`
    "hidden": "hidden",
    "visible": "visible",
    "settle_time": "last_crossing",
}


@dataclass(frozen=True, kw_only=True, repr=False)
class Function(Engine):
    """A function as an engine: a user's own model, measured as the built-in ones are.

    It starts from the cues alone, h(0) = 0, and records nothing over time. What holds for eqs. (1a, 1b) only (laws,
    certificates, closed-form counts, codes of images) is not given for it.

    Parameters
    ----------
    function : callable
        ``f(net, cues, *, duration, seed)`` with the `Network`, the cues (cue, visible), the duration in seconds and a
        seed or None. It returns which hidden neurons are active at the end, (cue, hidden) of bool or 0 and 1: all
        recalls count as settled. Or it returns an `xarray.Dataset` over cue with `hidden_active`, and, where it has
        them, `outcome` (values of `neurosim.Outcome`), `settle_time` in seconds, `hidden`, `visible`.

        To be measured on other processes or to be resumed, it must be defined at the top level of a file.

    Raises
    ------
    InvalidInput
        It is not callable. From a recall: it returned something else, or `hidden`, `input` or `record` were given.

    See Also
    --------
    Engine : The base class, for engines with options, traces or inputs.

    Examples
    --------
    >>> import neurosim
    >>> from neurosim.engines import Function
    >>> def first_pass(net, cues, *, duration, seed):
    ...     return neurosim.theory.drive(net, cues) > net.threshold
    >>> net = neurosim.Network.gaussian(1000, 10, seed=0)
    >>> curve = neurosim.measure.recall_vs_noise(net, [0, 4], seed=0, engine=Function(first_pass))
    >>> bool(curve.recalled[0] > curve.recalled[1])
    True
    """

    function: Callable[..., Any] = field(kw_only=False)

    name: ClassVar[str] = "function"
    is_rate_model: ClassVar[bool] = False  # nothing is known of its equations
    takes_hidden: ClassVar[bool] = False
    recordable: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise InvalidInput(f"Function needs a function f(net, cues, *, duration, seed), got {self.function!r}")

    def run(self, net: Network, request: RecallRequest) -> EngineResult:
        """Call the function, and check its result."""
        seed = request.seed
        if seed is not None and request.first_cue:
            seed = spawn_seeds([seed, request.first_cue], 1)[0]
        found = self.function(net, request.cues.copy(), duration=request.duration, seed=seed)
        axes = {"cue": request.n_cues, "hidden": net.n_hidden}
        if not hasattr(found, "data_vars"):
            active = binary_array(found, f"the result of {self._label}", axes)
            return EngineResult(active, np.full(request.n_cues, Outcome.SETTLED.value))
        if "hidden_active" not in found:
            raise InvalidInput(f"the Dataset of {self._label} must have hidden_active, got {list(found.data_vars)}")
        active = binary_array(found.hidden_active.values, f"hidden_active of {self._label}", axes)
        result = EngineResult(active, self._outcomes(found, request.n_cues))
        widths = {"hidden": net.n_hidden, "visible": net.n_visible}
        for variable, name in _OPTIONAL.items():
            if variable in found and (variable != "visible" or request.read_out):
                shape = {"cue": request.n_cues} | ({variable: widths[variable]} if variable in widths else {})
                values = found[variable].values
                checked = real_array(np.nan_to_num(values), f"{variable} of {self._label}", shape)
                setattr(result, name, np.where(np.isnan(values), np.nan, checked))
        return result

    def to_record(self) -> dict[str, Any]:
        """Return the name of the function; a record holds no code, so no engine can be made of it."""
        return {"name": self.name, "function": self._label}

    @property
    def _label(self) -> str:
        function = self.function
        return f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', repr(function))}"

    def _outcomes(self, found: Any, n_cues: int) -> np.ndarray:
        if "outcome" not in found:
            return np.full(n_cues, Outcome.SETTLED.value)
        outcome = np.asarray(found.outcome.values)
        if outcome.shape != (n_cues,):
            raise InvalidInput(f"outcome of {self._label} must have shape ({n_cues},), got {outcome.shape}")
        for value in np.unique(outcome):
            one_of(str(value), f"outcome of {self._label}", [one.value for one in Outcome])
        return outcome.astype("U10")
