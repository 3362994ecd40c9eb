"""Calls of the public functions: arguments that work, by the names of parameters, and bad values for each."""

import datetime
import decimal
import inspect
import signal
import types
import warnings
from importlib import import_module

import numpy as np
import xarray

from neurosim import (
    Network,
    NeurosimError,
    Sigmoid,
    cells,
    constraints,
    damage,
    engines,
    models,
    patterns,
    recall,
    theory,
)

PACKAGES = ("", ".cells", ".constraints", ".damage", ".engines", ".learning", ".measure", ".measure.statistics")
PACKAGES += (".models", ".patterns", ".sweep", ".theory", ".krotov_hopfield")
# Results, base classes and types, which users do not make; commands that read files, which have fuzz targets.
LEFT_OUT = {"BadFile", "InvalidInput", "NeurosimError", "OutputError", "Unavailable", "Outcome", "BitFlipBound"}
LEFT_OUT |= {"Certificate", "ExpectedFixedPoints", "Interval", "Recall", "Circuit", "Engine", "SteppingEngine", "Model"}
LEFT_OUT |= {"Constraint", "SpikingCell", "Damage", "Label", "Measure", "Moments", "Function", "Measurement", "Recipe"}
LEFT_OUT |= {"load_result", "save_result", "load_data", "require_rate_model", "brian_network", "Accessor"}
LEFT_OUT |= {"ratio_for", "summarise", "interval_variables", "share_variables", "bootstrap_limits", "Changes", "Frame"}
LEFT_OUT |= {"paired_difference"}


def a_sum(*, seed, threshold=0.5):
    """Return a measurement."""
    return {"sum": seed + threshold}


NET = Network.gaussian(30, 3, seed=0)
STATES = patterns.all_hidden_states(3)
CUES = patterns.visible_cues(NET, STATES)
OUT = recall(NET, CUES)
BINARY = np.where(np.random.default_rng(0).random((3, 16)) < 0.5, -1.0, 1.0)
GOOD = {
    "activation": Sigmoid(),
    "active": 0.5,
    "bits": 2,
    "by_network": np.array([[1.0, 0.9], [0.4, 0.2]]),
    "cells": cells.Regular(),
    "constraints": [constraints.Sparse(0.5)],
    "correlation": 0.5,
    "count": 3,
    "cues": CUES,
    "cv": 0.1,
    "dataset": OUT,
    "density": 0.5,
    "drive": 1.0,
    "fraction": 0.25,
    "grid": {"noise_std": [0.0, 1.0]},
    "hidden": 0.3,
    "hidden_active": STATES,
    "image_shape": (5, 6),
    "images": CUES,
    "limit": 1.0,
    "mean": 0.5,
    "measure": a_sum,
    "memories": STATES,
    "moments": theory.Moments.gaussian(),
    "n": 3,
    "n_hidden": 3,
    "n_others": 1,
    "n_visible": 30,
    "net": NET,
    "networks": 2,
    "noise_levels": [0.0, 1.0],
    "noise_std": 0.1,
    "out": OUT,
    "parameter": "threshold",
    "patterns": BINARY,
    "potential": 0.5,
    "ratio": 20.0,
    "ratios": [1.0, 20.0],
    "record": {},
    "records": [],
    "seed": 0,
    "segment": 1e-3,
    "share": 0.5,
    "size": 2,
    "source": OUT,
    "states": STATES,
    "std": 0.1,
    "successes": 3,
    "targets": STATES,
    "tau_v": 0.02,
    "threshold": 0.5,
    "time": 0.01,
    "trials": 10,
    "value": "event",
    "values": np.array([0.4, 0.5]),
    "visible": CUES,
    "weight": 1.0,
    "weights": np.eye(3),
    "x": 0.5,
}
# What the name alone does not tell, and what keeps the work short.
OF_FUNCTION = {
    "InputCurrent": {"values": np.zeros((1, 1, 30))},
    "Occluded": {"fraction": 0.5},
    "Images": {"pixels": np.zeros((2, 4)), "labels": [0, 1], "shape": (2, 2), "name": "a"},
    "StuckNeurons": {"hidden": 0.3},
    "flip_probability": {"active": True},
    "energy": {"hidden": np.zeros((8, 3))},
    "moments_interval": {"mean": 0.5, "std": 0.1, "n": 5},
    "format_estimate": {"source": xarray.Dataset({"a": 0.5, "a_lower": 0.4, "a_upper": 0.6}), "name": "a"},
    "crossing_value": {"x": np.array([0.4, 0.5])},
    "mean_interval": {"values": np.array([0.1, 0.4, 0.3])},
    "get_cells": {"value": "regular"},
    "get_membrane": {"value": "pyramidal"},
    "get_population": {"value": {"n_cells": 20}},
    "energy_along": {"out": recall(NET, CUES, record=["hidden", "visible"], record_dt=1e-3)},
    "fatal_shock_by_recall": {"networks": [NET, NET], "n_memories": 2, "steps": 3},
    "beta_binomial_interval": {"successes": [3, 9], "trials": [10, 10]},
    "engines.from_record": {"record": {"name": "event"}},
    "cells.from_record": {"record": cells.LIF().to_record()},
    "constraints.from_record": {"record": {"name": "sparse", "density": 0.1, "reciprocal": True}},
    "basin_volumes": {"n_cues": 50},
    "continuation": {"n_cues": 20, "n_states": 8},
    "count_by_recall": {"n_states": 8},
    "count_fixed_points": {"n_samples": 100},
    "noise_at_half_recall": {"n_draws": 3, "steps": 2, "memories": STATES[1:3]},
    "recall_sweep": {"n_hidden": 3, "visible_per_hidden": 10, "n_cues": 4},
    "recall_vs_noise": {"n_hidden": 3, "visible_per_hidden": 10, "n_cues": 4},
    "recall_vs_ratio": {"n_hidden": 3, "visible_per_hidden": 10, "n_cues": 4},
    "count_sweep": {"grid": {"threshold": [0.5]}, "n_hidden": 3, "visible_per_hidden": 10},
    "unstable_sweep": {"grid": {"threshold": [0.5]}, "n_hidden": 3, "visible_per_hidden": 10, "n_samples": 100},
    "typical_shocks": {"networks": [NET], "n_memories": 4},
    "coupling_spectrum": {"networks": [NET]},
    "volumes_over_networks": {"networks": [NET, NET], "n_cues": 50},
    "minimal_fatal_shock": {"memories": STATES[1:3]},
    "run": {"measure": a_sum, "grid": {"threshold": [0.5]}, "networks": 1},
    "train": {"images": np.random.default_rng(0).random((40, 16)), "n_hidden": 4, "epochs": 5, "recipe": "paper"},
    "model_a": {"patterns": BINARY},
    "unique_stable_minima": {"images": CUES},
}
BAD = {
    "None": None,
    "True": True,
    "-1": -1,
    "0": 0,
    "1.5": 1.5,
    "nan": float("nan"),
    "inf": float("inf"),
    "2**64": 2**64,
    "10**400": 10**400,
    "1e300": 1e300,
    "5e-324": 5e-324,
    "1j": 1j,
    "text": "no such name",
    "superscript": "²",
    "empty text": "",
    "bytes": b"a",
    "empty list": [],
    "mixed list": [1, "a"],
    "ragged list": [[1], [1, 2]],
    "empty mapping": {},
    "mapping": {"a": object()},
    "object": object(),
    "class": Network,
    "function": len,
    "module": types,
    "date": datetime.date(2020, 1, 1),
    "decimal": decimal.Decimal("NaN"),
    "NaN array": np.full((3, 3), np.nan),
    "empty array": np.empty((0, 30)),
    "array of objects": np.array([object()]),
    "masked array": np.ma.masked_array([1.0, 2.0], mask=[0, 1]),
    "dates": np.array(["2020"], "M8[Y]"),
    "net": NET,
    "dataset": xarray.Dataset(),
}
SECONDS = 30  # no call takes as long
CALLED = {"ensemble", "measure", "parameter"}  # functions of the user, whose errors pass through
VARIABLE = inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL
HUGE = {"2**64", "10**400", "1e300", "inf"}
# How much work is to be done: a huge value is right, and takes for ever.
EFFORT = {"n_samples", "n_draws", "budget", "max_steps", "steps", "n_bootstrap", "epochs", "max_epochs", "max_sweeps"}
EFFORT |= {"n_cues", "n_states", "n_memories", "networks", "duration", "digits", "flips", "n_features", "n_examples"}
EFFORT |= {"n", "count", "most_bits", "max_crossings", "threads", "n_cells", "batch_size"}


def functions():
    """Yield the name and the public function or class, each once."""
    seen = set()
    for package in PACKAGES:
        module = import_module(f"neurosim{package}")
        for name in sorted(getattr(module, "__all__", None) or vars(module)):
            value = getattr(module, name)
            of = str(getattr(value, "__module__", ""))
            own = of == module.__name__ or (hasattr(module, "__all__") and of.startswith("neurosim"))
            if own and callable(value) and not name.startswith("_") and name not in LEFT_OUT and id(value) not in seen:
                seen.add(id(value))
                yield f"neurosim{package}.{name}", value
    for name in ("gaussian", "random"):
        yield f"neurosim.Network.{name}", getattr(Network, name)
    for engine in (engines.Event(), engines.Reference(dt=1e-4), engines.Torch(dt=1e-4)):
        yield f"{type(engine).__name__}.request", engine.request
    for kind in models.MODELS.values():
        yield f"{kind.__name__}.store", kind().store
    for one in (damage.Noise(0.1), damage.Missing(0.5), damage.Flipped(0.5), damage.Blocks(2)):
        yield f"{type(one).__name__}.apply", one.apply


def good_arguments(name, function):
    """Return the arguments of a call that works."""
    short = name.rpartition(".")[2]
    own = dict(OF_FUNCTION.get(short, OF_FUNCTION.get(".".join(name.split(".")[-2:]), {})))
    named = inspect.signature(function).parameters
    found = {}
    for parameter in named.values():
        if parameter.name in own:
            found[parameter.name] = own.pop(parameter.name)
        elif parameter.default is parameter.empty and parameter.kind not in (
            parameter.VAR_KEYWORD,
            parameter.VAR_POSITIONAL,
        ):
            found[parameter.name] = GOOD[parameter.name]
    if name == "Covariance.store":
        found["patterns"] = (BINARY + 1) / 2
    if "apply" in short:
        found = {"cues" if "cues" in named else next(iter(named)): CUES, "seed": 0, "image_shape": (5, 6)}
    return found | own


def calls():
    """Yield a name, a function, its good arguments, and the parameter and name of the bad value."""
    for name, function in functions():
        arguments = good_arguments(name, function)
        parameters = [p.name for p in inspect.signature(function).parameters.values() if p.kind not in VARIABLE]
        for parameter in parameters:
            for bad in BAD:
                if parameter in CALLED and bad in ("function", "class"):
                    continue
                if not (parameter in EFFORT and bad in HUGE | {"None"}) and parameter not in ("progress", "path"):
                    yield name, function, arguments, parameter, bad


class TooLong(BaseException):
    """A call takes longer than `SECONDS`."""


def stop(*_):
    """Handle SIGALRM."""
    raise TooLong


def wrong(name, function, arguments, parameter, bad):
    """Return what is wrong with the answer to a bad value, None if it is refused in one line or taken."""
    signal.alarm(SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            function(**{**arguments, parameter: BAD[bad]})
    except NeurosimError as error:
        return None if str(error) and "\n" not in str(error) else f"{name}({parameter}={bad}): {error!r}"
    except (Exception, TooLong) as error:
        return f"{name}({parameter}={bad}): {type(error).__name__}: {str(error)[:80]}"
    finally:
        signal.alarm(0)
    return None
