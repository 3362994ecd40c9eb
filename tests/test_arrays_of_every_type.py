"""Every public function that takes an array: the same bits for every data type, and refusal of what is no plain number.

The functions are found in `tests/public_api.txt` by the names of their parameters.
"""

import dataclasses
import re
from fractions import Fraction
from pathlib import Path

import brian2
import numpy as np
import pytest
import xarray
from arrays_not_called import NOT_CALLED

import neurosim
from neurosim import InputCurrent, InvalidInput, Network, cells, constraints, krotov_hopfield, patterns, recall, theory
from neurosim.damage import Blocks, Flipped, Missing, Noise, Occluded
from neurosim.engines import Reference
from neurosim.learning.checks import check_images
from neurosim.learning.data import Images
from neurosim.measure import (
    basins,
    continuation,
    fatal_shock_by_recall,
    recall_sweep,
    settle,
    statistics,
    unique_stable_minima,
)
from neurosim.measure.basins.neighbours import nearest_attractor
from neurosim.measure.spiking import fano_factor, interval_variation
from neurosim.models import MODELS
from neurosim.theory import Moments

N_V, N_H = 12, 4
rng = np.random.default_rng(0)
BYTES = rng.integers(1, 127, (3, N_V))  # their squares do not fit into a byte, nor their sums into float16
BITS = rng.integers(0, 2, (3, N_H))
SIGNS = rng.choice([-1, 1], (3, N_V))
NET = Network(rng.integers(-3, 4, (N_V, N_H)), threshold=0.5)
STABLE = Network(10 * np.eye(N_H), threshold=0.5)  # every state is a fixed point
SMOOTH = krotov_hopfield.model_c(BYTES)


def activation(cls):
    return lambda z: (cls()(z), cls().lagrangian(z))


def model(name):
    levels = MODELS[name].levels
    states = SIGNS if levels == (-1, 1) else (SIGNS + 1) // 2

    def answers(states):
        memory = MODELS[name]().store(states)
        found = memory.recall(states, max_sweeps=3)
        return found, memory.is_fixed(states), memory.energy(states) if memory.symmetric else None

    return answers, {"states": states}


# name: (call, its arrays, the public names that it stands for)
CASES = {
    **{
        name: (activation(getattr(neurosim, name)), {"z": BYTES}, [f"neurosim.{name}.lagrangian"])
        for name in ("Heaviside", "Sigmoid", "Power", "Softmax", "Identity", "Sign", "Normalise")
    },
    "interval_variation": (
        lambda time: interval_variation(np.zeros(N_V, int), time, 1, least=2),
        {"time": BYTES[0]},
        ["neurosim.measure.spiking.interval_variation"],
    ),
    "fano_factor": (
        lambda time: fano_factor(np.zeros(N_V, int), time, 1, start=0, stop=128, window=32),
        {"time": BYTES[0]},
        ["neurosim.measure.spiking.fano_factor"],
    ),
    "fatal_shock_by_recall": (
        lambda memories: fatal_shock_by_recall(STABLE, memories=memories, steps=2, seed=0),
        {"memories": BITS},
        ["neurosim.measure.fatal_shock_by_recall"],
    ),
    "InputCurrent": (lambda values: InputCurrent(values, 0.01).values, {"values": BYTES}, ["neurosim.InputCurrent"]),
    "Network": (
        lambda weights, threshold, feedback: theory.effective_coupling(
            Network(weights, threshold=threshold, feedback=feedback)
        ),
        {"weights": BYTES.T, "threshold": BITS[0, :3], "feedback": BYTES},
        ["neurosim.Network"],
    ),
    "time constants": (
        lambda tau_v, tau_h: recall(NET.replace(tau_v=tau_v, tau_h=tau_h), BYTES, engine=Reference(dt=0.1)),
        {"tau_v": np.arange(1, N_V + 1), "tau_h": np.arange(1, N_H + 1)},
        ["neurosim.Network"],
    ),
    **{
        f"model_{name}": (
            lambda patterns, name=name: getattr(krotov_hopfield, f"model_{name}")(patterns).weights,
            {"patterns": BYTES},
            [f"neurosim.krotov_hopfield.model_{name}"],
        )
        for name in "abc"
    },
    "recall": (
        lambda cues, hidden: recall(NET, cues, hidden=hidden),
        {"cues": BYTES, "hidden": BITS},
        ["neurosim.recall", "neurosim.brian_network"],
    ),
    "millivolts": (cells.millivolts, {"potential": BYTES}, ["neurosim.cells.millivolts"]),
    "jump_millivolts": (
        lambda weight: cells.jump_millivolts(weight, cells.Regular(), 0.02, 4),
        {"weight": BYTES},
        ["neurosim.cells.jump_millivolts"],
    ),
    "Quantised.rounded": (
        constraints.Quantised(2).rounded,
        {"synapses": BYTES},
        ["neurosim.constraints.Quantised.rounded"],
    ),
    "Images": (
        lambda pixels: Images(pixels, [0, 1, 2], (3, 4), "x").pixels,  # pyright: ignore[reportArgumentType]
        {"pixels": BYTES % 2},
        ["neurosim.learning.Images"],
    ),
    "training images": (lambda images: check_images(images), {"images": BYTES}, ["neurosim.learning.train"]),
    "basin_volumes": (
        lambda memories: basins.volumes.basin_volumes(STABLE, n_cues=50, memories=memories, seed=0),  # pyright: ignore[reportAttributeAccessIssue]
        {"memories": np.eye(4)},
        ["neurosim.measure.basin_volumes"],
    ),
    "continuation": (
        lambda values: continuation(STABLE, "threshold", values, n_cues=20, seed=0),
        {"values": np.array([1, 2])},
        ["neurosim.measure.continuation", "neurosim.measure.tracking.continuation"],
    ),
    "minimal_fatal_shock": (
        lambda memories: basins.shocks.minimal_fatal_shock(STABLE, memories),  # pyright: ignore[reportAttributeAccessIssue]
        {"memories": BITS},
        ["neurosim.measure.minimal_fatal_shock"],
    ),
    "nearest_attractor": (
        lambda states: nearest_attractor(STABLE, states),
        {"states": np.eye(4)},
        ["neurosim.measure.nearest_attractor"],
    ),
    "noise_at_half_recall": (
        lambda memories: basins.noise.noise_at_half_recall(STABLE, memories, n_draws=11, seed=0, steps=3),  # pyright: ignore[reportAttributeAccessIssue]
        {"memories": np.eye(4)},
        ["neurosim.measure.noise_at_half_recall"],
    ),
    "recall_sweep": (
        lambda targets: recall_sweep(STABLE, {"noise_std": [0.5]}, targets=targets, seed=0),
        {"targets": BITS},
        ["neurosim.measure.recall_sweep"],
    ),
    "settle": (lambda states: settle(NET, states), {"states": BITS}, ["neurosim.measure.settle"]),
    "unique_stable_minima": (
        lambda images: unique_stable_minima(NET, images),
        {"images": BYTES},
        ["neurosim.measure.unique_stable_minima"],
    ),
    **{
        name: (getattr(statistics, name), {"values": values}, [f"neurosim.measure.statistics.{name}"])
        for name, values in (("mean_interval", BITS), ("student_interval", BYTES), ("median_interval", BYTES))
    },
    "moments_interval": (
        statistics.moments_interval,
        {"mean": BYTES, "std": BYTES, "n": 2 + BYTES // 2},
        ["neurosim.measure.statistics.moments_interval"],
    ),
    "beta_binomial_interval": (
        statistics.beta_binomial_interval,
        {"successes": 99 - BITS, "trials": 100 + BITS},
        ["neurosim.measure.statistics.beta_binomial_interval"],
    ),
    "crossing_value": (
        lambda x, by_network: statistics.crossing_value(x, by_network, level=50),
        {
            "x": np.arange(1, 4, dtype=np.int8),
            "by_network": np.array([[99, 98, 97], [60, 55, 45], [10, 20, 30]], np.int8),
        },
        ["neurosim.measure.statistics.crossing_value"],
    ),
    **{name: (*model(name), [f"neurosim.models.{MODELS[name].__name__}"]) for name in MODELS},
    "Kuramoto.velocity": (
        lambda states: MODELS["kuramoto"]().store(BYTES).velocity(states),  # pyright: ignore[reportAttributeAccessIssue]
        {"states": BYTES},
        ["neurosim.models.Kuramoto.velocity"],
    ),
    "HardwareAdaptive.written": (
        lambda weights: MODELS["hardware_adaptive"]().store(SIGNS).written(weights),  # pyright: ignore[reportAttributeAccessIssue]
        {"weights": np.tile(BYTES[:1], (N_V, 1)) % 2},
        ["neurosim.models.HardwareAdaptive.written"],
    ),
    "visible_cues": (
        lambda targets: patterns.visible_cues(NET, targets),
        {"targets": BITS},
        ["neurosim.patterns.visible_cues"],
    ),
    **{
        f"damage {one}": (
            lambda cues, mean, one=one: one.apply(cues, seed=0, image_shape=(3, 4), mean=mean),
            {"cues": BYTES, "mean": BYTES[0]},
            ["neurosim.damage.Damage"],
        )
        for one in (Missing(0.5, fill="mean"), Noise(1) + Occluded(fill="mean"), Flipped(0.3) + Blocks(2, fill="mean"))
    },
    "flip": (lambda states: patterns.flip(states, 0.5, seed=0), {"states": BITS}, ["neurosim.patterns.flip"]),
    "drive": (
        lambda visible: (theory.drive(NET, visible), theory.drive(SMOOTH, visible), theory.common_drive(NET, visible)),
        {"visible": BYTES},
        ["neurosim.theory.drive", "neurosim.theory.common_drive"],
    ),
    "energy": (
        lambda visible, hidden: theory.energy(NET, visible, hidden),
        {"visible": BYTES, "hidden": 60 * BITS},
        ["neurosim.theory.energy"],
    ),
    "visible_state": (
        lambda hidden_active: theory.visible_state(NET, hidden_active),
        {"hidden_active": 100 * BITS},
        ["neurosim.theory.visible_state"],
    ),
    "is_fixed_point": (
        lambda states: (theory.is_fixed_point(NET, states), theory.stability_margin(NET, states)),
        {"states": BITS},
        ["neurosim.theory.is_fixed_point", "neurosim.theory.stability_margin"],
    ),
    "marchenko_pastur_density": (
        lambda x: theory.marchenko_pastur_density(x, 400, 100),
        {"x": BITS},
        ["neurosim.theory.marchenko_pastur_density"],
    ),
    "rise": (
        lambda ratio, time: (theory.rise(ratio, time), theory.rise_peak(ratio), theory.rise_peak_time(ratio)),
        {"ratio": BYTES, "time": BYTES},
        [f"neurosim.theory.rise{end}" for end in ("", "_peak", "_peak_time")],
    ),
    "rise_time": (
        theory.rise_time,
        {"ratio": BYTES, "drive": 2 * (BYTES // 2), "threshold": 1 + BITS[:, :1]},
        ["neurosim.theory.rise_time"],
    ),
    "stable_share": (
        lambda threshold: theory.stable_share(Moments.gaussian(), 100, 5, threshold),
        {"threshold": np.array(1)},
        ["neurosim.theory.stable_share"],
    ),
    "Moments": (
        lambda forth, back, others: Moments.gaussian().scaled(forth, back).field(True, others, 10),
        {"forth": np.array([100]), "back": np.array([100]), "others": np.array([[100]])},
        ["neurosim.theory.Moments", "neurosim.theory.Moments.scaled", "neurosim.theory.Moments.field"],
    ),
}

ARRAYS = (
    "weights|threshold|feedback|cues|hidden|hidden_active|visible|states|patterns|pixels|images|memories|targets|z|v|x"
    "|potential|weight|synapses|values|mean|std|successes|hidden_pixels|fill|ratio|time|drive|forth|back|others"
)


def test_every_public_function_that_takes_an_array_is_called_here():
    lines = Path(__file__).with_name("public_api.txt").read_text(encoding="utf-8").splitlines()
    takes_array = re.compile(rf"[(\s](?:{ARRAYS})[=,)]")
    found = [line for line in lines if "(" in line and takes_array.search(line)]
    assert len(found) > 100
    called = [name for _, _, names in CASES.values() for name in names]
    missing = [
        line
        for line in found
        if not any(line.startswith((f"{name}(", f"{name}.") if ".models." in name else f"{name}(") for name in called)
        and not any(line.startswith(name) for name in NOT_CALLED)
        and not line.startswith(("neurosim.models.Model.", *(f"neurosim.{name}" for name in ("InputCurrent.",))))
    ]
    assert not missing, "\n".join(["take an array and are not tested here:", *missing])


def flat(result):
    """Return all arrays of a result, in order."""
    if isinstance(result, xarray.Dataset):
        return [array for name in sorted(result.variables) for array in flat(result[name].values)]  # pyright: ignore[reportArgumentType]
    if dataclasses.is_dataclass(result):
        return flat([getattr(result, field.name) for field in dataclasses.fields(result)])
    if isinstance(result, dict):
        return flat([result[key] for key in sorted(result)])
    if isinstance(result, (tuple, list)):
        return [array for part in result for array in flat(part)]
    return [np.asarray(result)]


def mapped(path, array):
    file = path / f"{len(list(path.iterdir()))}.npy"
    np.save(file, array)
    return np.load(file, mmap_mode="r")


TYPES = ["i1", "u1", "i2", "u2", "i8", "u8", "f2", "f4", "g", ">f2", ">f4", ">f8", ">i2", "O"]


@pytest.mark.parametrize("name", CASES)
def test_the_result_does_not_depend_on_the_type_of_the_arrays(name, tmp_path):
    call, arrays, _ = CASES[name]
    right = flat(call(**{key: np.asarray(array, dtype=float) for key, array in arrays.items()}))
    least = min(array.min() for array in arrays.values())
    sources = {
        dtype: lambda array, dtype=dtype: array.astype(dtype) for dtype in TYPES if least >= 0 or dtype[0] != "u"
    }
    sources |= {
        "memmap i1": lambda array: mapped(tmp_path, array.astype("i1")),
        "memmap f2": lambda array: mapped(tmp_path, array.astype("f2")),
        "memmap >f4": lambda array: mapped(tmp_path, array.astype(">f4")),
        "list": lambda array: array.tolist(),
        "fractions": lambda array: np.vectorize(Fraction, otypes="O")(array.astype(int)),
        "strided": lambda array: np.repeat(array.astype("f4"), 2, axis=-1)[..., ::2] if array.ndim else array,
        "unmasked": lambda array: np.ma.masked_array(array.astype("i1"), mask=False),
        "without unit": lambda array: array.astype("f4") * brian2.ms / brian2.ms,
    }
    for source, convert in sources.items():
        if name.startswith("damage") and source in ("f4", "strided"):
            continue  # training damages float32 images in float32
        found = flat(call(**{key: convert(np.asarray(array)) for key, array in arrays.items()}))
        assert len(found) == len(right)
        for mine, its in zip(found, right, strict=True):
            assert mine.dtype == its.dtype and mine.shape == its.shape, source
            same = mine.tolist() == its.tolist() if mine.dtype == object else mine.tobytes() == its.tobytes()
            assert same, f"{source}: {mine} is not {its}"


class Metres:
    """A quantity of another library, with nothing but the usual names."""

    dimensionality = "[length]"
    units = "metre"

    def __init__(self, magnitude):
        self.magnitude = magnitude

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.magnitude, dtype=dtype)


MEANINGS = {
    "masked": lambda array: np.ma.masked_array(array, mask=np.arange(array.size).reshape(array.shape) == 0),
    "complex": lambda array: array + 1j,
    "dates": lambda array: array.astype("i8").astype("M8[s]"),
    "time spans": lambda array: array.astype("i8").astype("m8[s]"),
    "text": lambda array: array.astype("U"),
    "text objects": lambda array: array.astype("U").astype("O"),
    "None": lambda array: np.where(np.arange(array.size).reshape(array.shape) == 0, None, array),  # pyright: ignore[reportArgumentType]
    "volts": lambda array: array * brian2.mV,
    "metres": lambda array: Metres(array),
    "more than 2^53": lambda array: np.full(array.shape, 2**53 + 1),
    "long double": lambda array: np.full(array.shape, np.longdouble("1e4000")),
    "unknown axes": lambda array: xarray.DataArray(array, dims=[f"a{axis}" for axis in range(array.ndim)]),
    "unknown labels": lambda array: xarray.DataArray(
        array, dims=("cue", "hidden", "x")[: array.ndim], coords={"cue": np.arange(array.shape[0])[::-1] * 7}
    ),
    "unit beside": lambda array: xarray.DataArray(array, attrs={"units": "mV"}),
}
if np.finfo(np.longdouble).max < np.longdouble("1e4000"):
    del MEANINGS["long double"]


@pytest.mark.parametrize("name", CASES)
def test_what_is_no_plain_number_is_refused(name):
    call, arrays, _ = CASES[name]
    for changed, array in arrays.items():
        for meaning, convert in MEANINGS.items():
            if "unknown" in meaning and np.ndim(array) < 2:
                continue
            with pytest.raises(InvalidInput):
                found = call(**arrays | {changed: convert(np.asarray(array, dtype=float))})
                pytest.fail(f"{changed} as {meaning} gave {found}")


def test_counts_are_whole_numbers_of_any_type():
    right = flat(statistics.proportion_interval(np.array([9, 200]), np.array([10, 250])))
    for dtype in ("u1", "i2", ">i4", "u8"):
        found = statistics.proportion_interval(np.array([9, 200], dtype), np.array([10, 250], dtype))
        assert all(mine.tobytes() == its.tobytes() for mine, its in zip(flat(found), right, strict=True))
    with pytest.raises(InvalidInput, match="whole numbers"):
        statistics.proportion_interval(np.ma.masked_array([9, 2], mask=[0, 1]), 10)


def test_labels_of_images_are_whole_numbers_of_any_type():
    for dtype in ("u1", "i1", ">i4", "u8"):
        labels = Images(np.zeros((2, 4)), np.array([0, 100], dtype=dtype), (2, 2), "x").labels
        assert labels.dtype == np.int64 and labels.tolist() == [0, 100]  # pyright: ignore[reportOptionalMemberAccess]
    with pytest.raises(InvalidInput, match="labels must be whole numbers >= 0, got 0 … 18446744073709551615"):
        Images(np.zeros((2, 4)), np.array([0, 2**64 - 1], dtype=np.uint64), (2, 2), "x")
