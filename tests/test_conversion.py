"""Numbers and arrays that mean more than their digits: converted exactly, or refused."""

import sys
from decimal import Decimal
from fractions import Fraction

import brian2
import numpy as np
import pandas
import pytest
import xarray

from neurosim import InputCurrent, InvalidInput, Network, Sigmoid, cells, constraints, engines, patterns, recall, theory
from neurosim import validation as v
from neurosim.models import MODELS

NET = Network.gaussian(12, 4, seed=0)
SLOW = NET.replace(tau_v=4, tau_h=4)
AXES = {"cue": None, "hidden": 3}
STATES = np.arange(6.0).reshape(2, 3)


class Pint:
    """As in pint: `magnitude`, `units`, `dimensionality`, `to`."""

    FACTORS = {("ms", "s"): 1e-3, ("s", "s"): 1.0, ("percent", "dimensionless"): 0.01}  # noqa: RUF012

    def __init__(self, magnitude, units):
        self.magnitude, self.units, self.dimensionality = magnitude, Unit(units), {"[time]": 1}

    def __repr__(self):
        return f"Pint({self.magnitude}, {self.units})"

    def to(self, units):
        return Pint(np.asarray(self.magnitude) * self.FACTORS[str(self.units), units], units)

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.magnitude, dtype=dtype)


class Unit:
    """A unit, which is no text."""

    def __init__(self, name):
        self.name = name

    def __str__(self):
        return self.name


class Astropy:
    """As in astropy: `value`, `unit`, `to`, with "" for no dimension."""

    def __init__(self, value, unit):
        self.value, self.unit = value, Unit(unit)

    def __repr__(self):
        return f"Astropy({self.value}, {self.unit})"

    def to(self, unit):
        if (str(self.unit), unit) not in {("s", "s"), ("", "")}:
            raise TypeError("units do not fit")
        return self


class Bare:
    """A quantity that cannot be converted."""

    units, magnitude = Unit("ms"), 20.0

    def __repr__(self):
        return "Bare()"

    def __float__(self):
        return 20.0


@pytest.mark.parametrize(
    ("time", "right"),
    [
        (20 * brian2.ms, 0.02),
        ([1 * brian2.ms, 2 * brian2.second], [0.001, 2]),
        ([[1, 2] * brian2.ms, [3, 4] * brian2.second], [[0.001, 0.002], [3, 4]]),
        (Pint(20, "ms"), 0.02),
        (Pint([20.0, 30.0], "ms"), [0.02, 0.03]),
        ([Pint(20, "ms"), 2.0], [0.02, 2]),
        (Astropy(2.0, "s"), 2.0),
        (Fraction(1, 50), 0.02),
        (Decimal("0.02"), 0.02),
        (np.float32(0.5), 0.5),
        (xarray.DataArray(2.0, attrs={"units": "s"}), 2.0),
    ],
    ids=str,
)
def test_times_become_seconds(time, right):
    np.testing.assert_allclose(v.seconds(time, "tau"), right, rtol=1e-15)


def test_times_of_the_package_quantities_become_seconds():
    pq = pytest.importorskip("quantities")
    assert v.one_time(20 * pq.ms, "tau") == 0.02
    np.testing.assert_allclose(Network(np.eye(2), tau_h=[1, 2] * pq.ms).tau_h, [1e-3, 2e-3], rtol=1e-15)
    assert v.real(0.5 * pq.dimensionless, "gain") == 0.5
    assert v.real(5 * pq.mV / (10 * pq.mV), "gain") == 0.5
    for wrong in (10 * pq.mV, 3 * pq.Hz):
        with pytest.raises(InvalidInput, match="tau must be a time, got a quantity of unit"):
            v.seconds(wrong, "tau")
        with pytest.raises(InvalidInput, match="weights must be an array of real numbers, got a quantity of unit"):
            Network(np.eye(2) * wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        *(20 * brian2.mV, [1 * brian2.mV], [1.0 * brian2.ms, 1.0 * brian2.mV], Pint(20, "mV"), Bare(), [Bare()]),
        *(Astropy(2.0, "m"), xarray.DataArray(2.0, attrs={"units": "ms"}), np.timedelta64(20, "ms"), "20", ["20"]),
        *(True, [True], None, 1j, np.datetime64("2020"), pandas.Timedelta("20ms"), b"20", {0.02}),
    ],
    ids=repr,
)
def test_what_is_no_time_is_refused(wrong):
    with pytest.raises(InvalidInput, match=r"tau must be (a time, got a quantity of unit|a number of seconds, got)"):
        v.seconds(wrong, "tau")


def test_quantities_without_dimension_are_numbers():
    assert v.real(5 * brian2.mV / (10 * brian2.mV), "gain") == 0.5
    assert v.real(Pint(50, "percent"), "gain") == 0.5
    assert v.real(Astropy(0.5, ""), "gain") == 0.5
    for wrong in (20 * brian2.ms, 10 * brian2.mV, Pint(20, "ms"), Bare(), Astropy(1.0, "s")):
        with pytest.raises(InvalidInput, match="gain must be a finite number"):
            v.real(wrong, "gain")
        with pytest.raises(InvalidInput, match="threshold must be an array of real numbers, got a quantity of unit"):
            Network(np.eye(2), threshold=wrong)


NUMBERS = [np.float32(0.5), np.float16(0.5), np.longdouble(0.5), np.array(0.5), Fraction(1, 2), Decimal("0.5")]
NO_NUMBERS = ["0.5", True, np.True_, None, 0.5 + 0j, np.nan, np.inf, 0.5 * brian2.mV, Pint(0.5, "mV"), 10**400, [0.5]]
NO_NUMBERS += [Decimal("1e400"), np.ma.masked, np.timedelta64(1, "s"), np.array("0.5"), ...]
PLACES = {
    "gain": lambda x: Sigmoid(x).gain,
    "noise_std": lambda x: patterns.visible_cues(NET, [[1, 0, 1, 0]], noise_std=x, seed=0),  # pyright: ignore[reportArgumentType]
    "active": lambda x: patterns.random_hidden_states(4, 3, active=x, seed=0),
    "fraction": lambda x: patterns.flip([[1, 0, 1, 0]], x, seed=0),  # pyright: ignore[reportArgumentType]
    "noise": lambda x: cells.Regular(noise=x).noise,
    "density": lambda x: constraints.Sparse(x).density,
    "std": lambda x: constraints.SynapticNoise(x).std,
    "flip_bound": lambda x: theory.flip_bound(100, 10, x),
    "flip_probability": lambda x: theory.flip_probability(80, 10, 0.5, active=True, n_others=5, peak=x),
    "noise of the law": lambda x: theory.no_flip_probability(20, 3, 0.5, noise_std=x),
    "expected_flips": lambda x: theory.expected_flips(20, 3, 0.5, noise_std=x),
    "ratio": lambda x: theory.recall_vs_ratio_law(20, 3, 0.1, x),
    "stable_share": lambda x: theory.stable_share(theory.Moments.gaussian(), 100, 5, 0.5, threshold_std=x),
    "thinned": lambda x: theory.Moments.gaussian().thinned(x, together=True).bw,
    "asymmetric": lambda x: theory.Moments.gaussian().asymmetric(x).bbww,
    "noisy": lambda x: theory.Moments.gaussian().noisy(x).bbww,
    "silenced": lambda x: theory.Moments.gaussian().silenced(x).visible_share,
    "stuck": lambda x: theory.Moments.gaussian().stuck(x).bbww,
    "critical_gain": lambda x: theory.critical_gain(x),
    "tolerable_shift": lambda x: theory.tolerable_shift(Sigmoid(20), x),
    "critical_ratio": lambda x: theory.critical_ratio(x),
    "intersections": lambda x: theory.fold_thresholds(Sigmoid(20), x),
    "excitatory": lambda x: theory.Moments.dale(x, 1.0).self_coupling,
    "threshold": lambda x: Network(np.eye(2), threshold=x).threshold[0],
}
TIMES = {
    "tau_v": lambda x: NET.replace(tau_v=x).tau_v,
    "t_ref": lambda x: cells.Regular(t_ref=x).t_ref,
    "segment": lambda x: InputCurrent(np.ones((1, 12)), x).segment,
    "duration": lambda x: recall(NET, np.ones(12), duration=x).attrs["duration"],
    "dt": lambda x: recall(SLOW, np.ones(12), engine=engines.Reference(dt=x), duration=4).attrs["dt"],
}


def same(one, two):
    return np.array_equal(np.asarray(one), np.asarray(two)) if not hasattr(one, "__dict__") else one == two


@pytest.mark.parametrize("place", PLACES | TIMES)
@pytest.mark.parametrize("number", NUMBERS, ids=repr)
def test_numbers_of_every_type_are_the_same_number(place, number):
    call = (PLACES | TIMES)[place]
    assert same(call(number), call(0.5))


@pytest.mark.parametrize("place", PLACES | TIMES)
@pytest.mark.parametrize("wrong", NO_NUMBERS, ids=str)
def test_what_is_no_number_is_refused(place, wrong):
    is_array = place == "threshold" and type(wrong) in (bool, np.bool_, list)
    if is_array or (place in ("duration", "dt") and wrong is None) or (place == "ratio" and wrong == np.inf):
        pytest.skip("has a meaning here: an array, the default, or a visible layer that does not change")
    with pytest.raises(InvalidInput):
        (PLACES | TIMES)[place](wrong)


def test_whole_numbers_of_every_type():
    for three in (np.uint8(3), np.int64(3), np.array(3), np.array(3, dtype=">i2")):
        assert v.whole(three, "n") == 3 and type(v.whole(three, "n")) is int
    assert v.seed_number(2**127) == 2**127
    for wrong in (3.0, np.float32(3), "3", True, np.True_, np.array(True), [3], Fraction(3, 2), None, 3 * brian2.ms):
        with pytest.raises(InvalidInput, match="n must be a whole number >= 1, got"):
            v.whole(wrong, "n")


SIZES = {
    "n_visible": lambda n: theory.expected_fixed_points(n, 3, 0.5),
    "flip_bound": lambda n: theory.flip_bound(n, n, 0.5),
    "stable_share": lambda n: theory.stable_share(theory.Moments.gaussian(), n, n, 0.5),
    "recall_vs_ratio_law": lambda n: theory.recall_vs_ratio_law(n, 3, 0.5, 4.0),
    "expected_flips": lambda n: theory.expected_flips(n, 3, 0.5),
    "marchenko_pastur": lambda n: theory.marchenko_pastur_edges(n, n),
    "states": lambda n: patterns.random_hidden_states(n, n, seed=0).sum(),
}


@pytest.mark.parametrize("place", SIZES)
def test_sizes_of_every_type_do_not_wrap(place):
    right = SIZES[place](100)
    for hundred in (np.uint8(100), np.int8(100), np.array(100, dtype=np.int8)):  # 3·100 and 100² are no bytes
        assert SIZES[place](hundred) == right
    for wrong in (100.0, True, "100", None, 100 * brian2.mV):
        with pytest.raises(InvalidInput, match="must be a whole number"):
            SIZES[place](wrong)


def test_whole_numbers_that_float64_cannot_hold_are_refused():
    exact = [2**53, -(2**53), 2**60, 3 * 2**61]
    np.testing.assert_array_equal(v.real_array(exact, "x"), np.array(exact, dtype=float))
    assert v.real_array(np.array([2**63], dtype=np.uint64), "x")[0] == 2.0**63
    assert v.real_array([2**70, 1], "x").tolist() == [2.0**70, 1.0]
    for wrong in ([2**53 + 1], np.array([-(2**53) - 1]), np.array([2**64 - 1], np.uint64), [2**70 + 1], [2**1100]):
        with pytest.raises(InvalidInput, match=r"got the whole number -?\d+, which float64 cannot hold"):
            v.real_array(wrong, "x")
    with pytest.raises(InvalidInput, match="which float64 cannot hold"):
        v.real_array([2**53 + 1, 0.5], "x")


def test_fractions_decimals_and_long_doubles_are_rounded_and_do_not_overflow():
    assert v.real_array([Fraction(1, 3), Decimal("0.1"), 2], "x").tolist() == [1 / 3, 0.1, 2.0]
    if np.finfo(np.longdouble).nmant > 52:
        third = np.array([np.longdouble(1) / 3])
        assert v.real_array(third, "x")[0] == 1 / 3
        with pytest.raises(InvalidInput, match=r"got 1\.0*\d*e\+4000, which overflows float64"):
            v.real_array(third * np.longdouble("3e4000"), "x")
    for wrong in ([Fraction(10**400)], [Decimal("1e400"), 1.0]):
        with pytest.raises(InvalidInput, match="overflows float64"):
            v.real_array(wrong, "x")
    with pytest.raises(InvalidInput, match="overflows float32"):
        v.real_array([1e300], "x", dtype=np.float32)


@pytest.mark.torch
def test_torch_tensors():
    torch = pytest.importorskip("torch")
    values = torch.arange(1, 7).reshape(2, 3)
    for tensor in (
        *(values.to(dtype) for dtype in (torch.bfloat16, torch.float16, torch.uint8, torch.int64, torch.float64)),
        values.float().requires_grad_(),
        torch.nn.Parameter(values.float()),
        values.float().to_sparse(),
        values.float().T.contiguous().T,
        torch.complex(values.float(), values.float()).conj().real,
    ):
        found = v.real_array(tensor, "x")
        assert found.dtype == np.float64 and found.tolist() == values.tolist()
    assert v.real_array([torch.tensor(1.5), 2], "x").tolist() == [1.5, 2.0]
    assert v.real(torch.tensor(0.5, requires_grad=True), "x") == 0.5 and v.whole(torch.tensor(3), "n") == 3
    assert v.binary_array(torch.eye(2, dtype=torch.bool), "x", {"a": 2, "b": 2}).tolist() == np.eye(2).tolist()
    for wrong in (values.to(torch.complex64), torch.empty(2, device="meta")):
        with pytest.raises(InvalidInput, match="x must be an array of real numbers"):
            v.real_array(wrong, "x")
    with pytest.raises(InvalidInput, match="n must be a whole number"):
        v.whole(torch.tensor(True), "n")


class HasArray:
    """As arrays of other libraries."""

    def __array__(self, dtype=None, copy=None):
        return STATES.astype(dtype or "f4")


@pytest.mark.parametrize(
    "source",
    [
        *(HasArray(), np.asmatrix(STATES), memoryview(STATES), STATES.tolist(), list(STATES), STATES.astype("O")),  # pyright: ignore[reportArgumentType]
        *(pandas.DataFrame(STATES), pandas.DataFrame(STATES).astype("Int64"), STATES.astype(">f4")),
        *([tuple(row) for row in STATES], xarray.DataArray(STATES), [pandas.Series(row) for row in STATES]),
        *(np.asfortranarray(STATES), np.repeat(STATES, 2, axis=1)[:, ::2], [list(map(np.float32, r)) for r in STATES]),
    ],
    ids=lambda source: type(source).__name__,
)
def test_arrays_of_other_kinds(source):
    found = v.real_array(source, "x", AXES)
    assert type(found) is np.ndarray and found.dtype == np.float64 and found.tolist() == STATES.tolist()


@pytest.mark.parametrize(
    "wrong",
    [
        *({1: 2}, {1, 2}, (n for n in range(3)), b"abc", [1, "2"], [[1], [1, 2]], [None, 1], np.zeros(2, "i4,f4")),
        *(xarray.Dataset({"x": ("a", [1.0])}), np.array([1, 2], "M8[D]"), [np.ma.masked, 1.0], [1j, 1]),
        *([np.ma.masked_array([1, 2], mask=[0, 1])], pandas.DataFrame({"a": [1, None]}).astype("Int64")),
        pandas.Series(["1", "2"]),
    ],
    ids=lambda wrong: repr(wrong).split(" at 0x")[0],
)
def test_what_is_no_array_of_numbers_is_refused(wrong):
    with pytest.raises(InvalidInput, match="x must be an array of real numbers, got"):
        v.real_array(wrong, "x")


def test_named_axes_are_put_into_our_order():
    for dims in (("cue", "hidden"), ("cue", "hidden_neuron"), ("batch", "hidden_neuron"), ("dim_0", "dim_1")):
        found = v.real_array(xarray.DataArray(STATES, dims=dims), "x", AXES)
        assert found.tolist() == STATES.tolist()
        if dims[0] != "dim_0":
            found = v.real_array(xarray.DataArray(STATES.T, dims=dims[::-1]), "x", AXES)
            assert found.tolist() == STATES.tolist()
    one = xarray.DataArray(STATES[0], dims="hidden_neuron")
    assert v.real_array(one, "x", AXES, optional="cue").tolist() == [STATES[0].tolist()]
    leading = {"…": None, "hidden": 2}
    cube = xarray.DataArray(np.arange(12).reshape(2, 2, 3), dims=("hidden", "network", "cue"))
    assert v.real_array(cube, "x", leading).tolist() == cube.transpose("network", "cue", "hidden").values.tolist()
    square = np.arange(9.0).reshape(3, 3)  # a shape that does not tell the axes apart
    swapped = xarray.DataArray(square, dims=("hidden", "cue"))
    assert v.real_array(swapped, "x", AXES).tolist() == square.T.tolist()
    frame = pandas.DataFrame(square)
    frame.index.name, frame.columns.name = "hidden", "cue"
    assert v.real_array(frame, "x", AXES).tolist() == square.T.tolist()


@pytest.mark.parametrize(
    "wrong",
    [
        xarray.DataArray(STATES, dims=("cue", "visible")),
        xarray.DataArray(STATES, dims=("cue", "pixel")),
        xarray.DataArray(STATES, dims=("hidden", "visible")),
        xarray.DataArray(STATES, dims=("dim_0", "visible")),
        xarray.DataArray(STATES, dims=("cue", "hidden"), coords={"hidden": [5, 9, 7]}),
        xarray.DataArray(STATES, dims=("cue", "hidden"), coords={"hidden": ["a", "b", "c"]}),
        pandas.DataFrame(STATES, columns=[2, 0, 5]),
        pandas.DataFrame(STATES, columns=["a", "b", "c"]),
    ],
    ids=range(8),
)
def test_unknown_names_and_labels_are_refused(wrong):
    with pytest.raises(InvalidInput, match=r"x must be an array of real numbers, got .*; .*give \.values"):
        v.real_array(wrong, "x", AXES)


def test_permuted_labels_are_sorted():
    order = [2, 0, 1]
    labelled = xarray.DataArray(STATES, dims=("cue", "hidden"), coords={"hidden": [0, 1, 2]}).isel(hidden=order)
    assert v.real_array(labelled, "x", AXES).tolist() == STATES.tolist()
    assert v.real_array(pandas.DataFrame(STATES)[order], "x", AXES).tolist() == STATES.tolist()
    subset = xarray.DataArray(STATES, dims=("cue", "hidden"), coords={"hidden": [3, 5, 8], "cue": [4, 7]})
    assert v.real_array(subset, "x", AXES).tolist() == STATES.tolist()


def test_results_are_taken_by_name_whatever_their_order():
    targets = patterns.random_hidden_states(4, 3, seed=1)
    out = recall(NET, patterns.visible_cues(NET, targets))
    again, transposed = recall(NET, out.visible), recall(NET, out.visible.T, hidden=out.hidden[::-1, ::-1] * 0)
    assert (again.hidden.values == transposed.hidden.values).all()
    fixed = theory.is_fixed_point(NET, out.hidden_active)
    assert (theory.is_fixed_point(NET, out.hidden_active.T) == fixed).all()
    with pytest.raises(InvalidInput, match="axes named"):
        recall(NET, out.hidden)  # the other layer


def test_neither_pandas_nor_xarray_nor_torch_is_imported_for_the_check():
    """Other libraries are recognised only if the caller has imported them."""
    import subprocess

    code = "import sys, neurosim.validation as v; v.real_array([1], 'x'); print({*sys.modules} & {'torch', 'pandas'})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("wrong", ["0.5", True, np.ma.masked, 0.5 * brian2.mV, 10**400, None, 1j], ids=str)
def test_parameters_of_models_and_constraints_are_numbers(wrong):
    for make in (
        lambda x: MODELS["three_directional"](quality=x),  # pyright: ignore[reportCallIssue]
        lambda x: MODELS["three_directional"](strengths=(1.0, x, 1.0)),  # pyright: ignore[reportCallIssue]
        lambda x: constraints.Quantised(x),
        lambda x: constraints.Bounded(x),
        lambda x: constraints.DistanceDependent(0.5, reach=x),
    ):
        with pytest.raises(InvalidInput):
            make(wrong)
