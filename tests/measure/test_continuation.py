"""Continuation: every fixed point is found and followed, basins with a closed form, matching, other engines."""

from dataclasses import dataclass
from typing import Any, ClassVar, cast

import numpy as np
import pytest
from scipy.linalg import hadamard
from scipy.stats import norm

from neurosim import InvalidInput, Network, Sigmoid, load_result, patterns, save_result, theory
from neurosim.cells import Regular
from neurosim.constraints import DeadNeurons, constrain
from neurosim.engines import Brian, Engine, Event, Function, Reference
from neurosim.measure import continuation, count_fixed_points
from neurosim.measure.basins.shocks import peak_transfer
from neurosim.measure.parameters import steps_of
from neurosim.measure.tracking import matched
from neurosim.result import EngineResult
from neurosim.seeds import spawn_seeds

ALL: dict[str, Any] = {"n_cues": 20, "seed": 0}
NET = Network.gaussian(40, 6, seed=2)


def codes_at(found, k):
    """Return the codes that exist at the k-th value."""
    here = found.isel(value=k)
    return {tuple(code) for code in here.hidden_active.values[here.exists.values].astype(int).tolist()}


@pytest.mark.parametrize(
    ("parameter", "values"),
    [
        ("threshold", [0.1, 0.35, 0.5, 0.7, 0.9]),
        ("threshold", [0.9, 0.1, 0.5]),
        ("ratio", [1.0, 3.0, 20.0]),
        ("strength", [1.0, 0.8, 0.6, 1.4]),
        ("lesioned_visible", [0.0, 0.3, 0.5, 0.8]),
        ("lesioned_hidden", [0.0, 0.2, 0.5]),
    ],
)
@pytest.mark.parametrize("seed", [2, 3])
def test_all_fixed_points_are_found_and_followed_when_all_states_are_started(parameter, values, seed):
    net = Network.gaussian(40, 6, seed=seed)
    found = continuation(net, parameter, values, **ALL)
    states = patterns.all_hidden_states(6)
    steps = steps_of(net, parameter, np.array(values), Event(), spawn_seeds(0, 4)[2])
    for k, (_, changed) in enumerate(steps):
        fixed = states[theory.is_fixed_point(changed, states)]
        assert codes_at(found, k) == {tuple(code) for code in fixed.astype(int).tolist()}
        assert int(found.n_attractors[k]) == count_fixed_points(changed)["count"].item()
    np.testing.assert_array_equal(found.margin.values > 0, found.exists.values)  # also before it was first found
    assert found.attrs["complete"] == 1
    codes = found.hidden_active.values
    assert (codes == codes[:1]).all()  # a code is followed as itself
    assert len(np.unique(codes[0], axis=0)) == found.sizes["attractor"]
    change = found.n_attractors.diff("value").values
    np.testing.assert_array_equal(change, (found.n_appeared - found.n_vanished)[1:])
    assert int(found.n_appeared[0]) == int(found.n_vanished[0]) == 0


def test_attractors_appear_and_vanish_where_the_field_of_a_neuron_meets_the_threshold():
    values = np.linspace(0.05, 0.95, 19)
    found = continuation(NET, "threshold", values, **ALL)
    coupling = theory.effective_coupling(NET)
    for attractor in range(found.sizes["attractor"]):
        one = found.isel(attractor=attractor)
        code = one.hidden_active.values[0]
        field = coupling @ code
        low, high = field[~code].max(initial=-np.inf), field[code].min(initial=np.inf)  # stable: low <= θ < high
        np.testing.assert_array_equal(one.exists.values, (low <= values) & (values < high))
        assert one.first_value == values[values >= low][0] and one.last_value == values[values < high][-1]


def test_stronger_synapses_are_a_lower_threshold():
    """J grows with the square of the strength c, so θ at c is θ/c² at 1, also for separate feedback."""
    net = NET.replace(feedback=NET.weights.T + 0.2 * np.random.default_rng(0).standard_normal((6, 40)))
    factors = [1.0, 1.25, 0.8]
    strong = continuation(net, "strength", factors, **ALL)
    low = continuation(net, "threshold", [0.5 / c**2 for c in factors], **ALL)
    for k in range(3):
        assert codes_at(strong, k) == codes_at(low, k)
    assert int(strong.n_vanished.sum()) > 0


def test_a_vanished_attractor_ends_in_one_that_exists_and_comes_back_as_itself():
    found = continuation(NET, "threshold", [0.5, 0.85, 0.501], **ALL)
    first, lost, again = (found.isel(value=k) for k in range(3))
    gone = first.exists.values & ~lost.exists.values
    assert gone.any() and again.exists.values[gone].mean() > 0.9
    ends = lost.ends_in.values
    assert lost.exists.values[ends[gone]].all()
    kept = np.flatnonzero(lost.exists.values)
    np.testing.assert_array_equal(ends[kept], kept)
    one = int(np.flatnonzero(gone)[0])
    net, code = NET.replace(threshold=0.85), first.hidden_active.values[one]
    visible = theory.visible_state(net, code)
    out = Event().run(net, Event().request(net, visible, hidden=theory.drive(net, visible), duration=1.0))
    np.testing.assert_array_equal(out.hidden_active[0], lost.hidden_active.values[ends[one]])


def test_basins_of_orthonormal_memories_have_their_closed_form_at_every_threshold():
    net, std, n = Network(hadamard(16)[:, 3:7], tau_v=20e-3, tau_h=1e-3), 1.5, 20_000
    values = [0.3, 0.5, 0.7]
    found = continuation(net, "threshold", values, n_cues=n, cue_std=std, seed=1)
    drive_std = std * np.sqrt(net.n_hidden / net.n_visible)
    inside = []
    for k, theta in enumerate(values):
        on = norm.sf(theta / (peak_transfer(net)[0] * drive_std))
        here = found.isel(value=k)
        expected = np.where(here.hidden_active.values, on, 1 - on).prod(axis=1)
        assert (np.abs(here.share - expected) < 4.5 * np.sqrt(expected / n)).all()
        inside += ((here.share_lower <= expected) & (expected <= here.share_upper)).values.tolist()
    assert len(inside) == 48 and sum(inside) >= 40  # 45.6 expected
    np.testing.assert_allclose(found.share.sum("attractor") + found.share_unsettled, 1)


def test_samples_find_some_of_many_attractors_and_say_so():
    net = Network.gaussian(2000, 14, seed=0)
    found = continuation(net, "threshold", [0.4, 0.6], n_cues=50, n_states=30, seed=0)
    assert found.attrs["complete"] == 0 and 30 <= found.sizes["attractor"] <= 130
    again = continuation(net, "threshold", [0.4, 0.6], n_cues=50, n_states=30, seed=0)
    assert found.identical(again)
    assert not found.share.equals(continuation(net, "threshold", [0.4, 0.6], n_cues=50, n_states=30, seed=1).share)


def test_matching_takes_equal_codes_first_then_the_nearest_that_is_gone():
    known = np.array([[1, 1, 1, 0, 0], [1, 1, 0, 0, 0], [0, 0, 0, 1, 1], [0, 0, 0, 0, 0]], bool)
    existed = np.array([True, True, True, False])
    codes = np.array([[1, 1, 0, 0, 0], [1, 1, 1, 1, 0], [0, 1, 0, 1, 0], [1, 0, 0, 0, 0]], bool)
    row, merged = matched(codes, known, existed, 0)
    assert row.tolist() == [1, 4, 5, 6] and len(merged) == 7
    row, merged = matched(codes, known, existed, 1)
    assert row.tolist() == [1, 0, 4, 5]  # one that did not exist, row 3, takes only its own code
    np.testing.assert_array_equal(merged[0], codes[1])
    assert matched(codes, known, existed, 2)[0].tolist() == [1, 0, 2, 4]
    assert matched(codes[:0], known, existed, 2)[0].tolist() == []


def test_lesions_of_hidden_neurons_move_codes_by_bits():
    net = Network.gaussian(600, 5, seed=0)  # all 32 states are stable
    exact, moved = (continuation(net, "lesioned_hidden", [0, 0.2], most_bits=bits, **ALL) for bits in (0, 1))
    dead = constrain(net, [DeadNeurons(hidden=0.2)], seed=spawn_seeds(0, 4)[2]).constraints[0]["dead_hidden"][0]
    for found in (exact, moved):
        assert found.n_attractors.values.tolist() == [32, 16]
        without = found.isel(value=0).hidden_active.values.copy()
        without[:, dead] = False
        ends = found.hidden_active.values[1][found.ends_in.values[1]]
        np.testing.assert_array_equal(ends, without)


def adapting(net, cues, *, duration, seed):
    """The first pass: an attractor for each code that the cue itself drives."""
    return theory.drive(net, cues) > net.threshold


@dataclass(frozen=True, kw_only=True, repr=False)
class Biased(Engine):
    """The first pass with a bias, a setting of the engine."""

    bias: float = 0.0
    name, is_rate_model, takes_hidden = "biased", False, False

    def run(self, net, request):
        """Return the biased first pass."""
        u = theory.drive(net, request.cues) + self.bias
        return EngineResult(u > net.threshold, np.full(len(u), "settled"), hidden=u)


def test_any_engine_and_a_function_as_parameter():
    function = continuation(NET, "threshold", [0.5, 0.9], engine=Function(adapting), **ALL)
    states = patterns.all_hidden_states(6)
    kept = theory.is_fixed_point(NET, states)  # Θ(Js − θ) = s
    assert {tuple(code) for code in states[kept].astype(int).tolist()} <= codes_at(function, 0)
    assert np.isnan(function.margin).all()
    biased = continuation(NET, lambda net, value: Biased(bias=value), [0.0, -0.4], engine=Biased(), **ALL)
    for k in range(2):
        assert codes_at(biased, k) == codes_at(function, k)  # a bias of −0.4 is a threshold higher by 0.4
    pair = continuation(NET, lambda net, value: (net.replace(threshold=value), Biased()), [0.5, 0.9], **ALL)
    assert all(codes_at(pair, k) == codes_at(function, k) for k in range(2))
    own = continuation(NET, lambda net, value: net.replace(threshold=value), [0.5, 0.9], **ALL)
    named = continuation(NET, "threshold", [0.5, 0.9], **ALL)
    assert own.exists.equals(named.exists) and own.share.equals(named.share)


def test_the_reference_engine_agrees_and_smooth_units_have_no_margin():
    exact = continuation(NET, "threshold", [0.4, 0.6], n_cues=10, seed=0)
    stepped = continuation(NET, "threshold", [0.4, 0.6], n_cues=10, seed=0, engine=Reference())
    assert all(codes_at(exact, k) == codes_at(stepped, k) for k in range(2))
    smooth = NET.replace(hidden_activation=Sigmoid(20.0))
    found = continuation(smooth, "threshold", [0.4, 0.6], n_cues=5, n_states=4, seed=0, engine=Reference())
    assert np.isnan(found.margin).all() and found.n_attractors.min() >= 1


@pytest.mark.slow
def test_noise_of_spiking_cells_makes_attractors_vanish():
    net = Network.gaussian(300, 4, seed=0)
    engine = Brian(cells=Regular(t_ref=1e-3), codegen="numpy", formulation="fastest")
    found = continuation(net, "noise", [0.0, 1.0], engine=engine, n_cues=4, seed=0)
    assert int(found.n_attractors[0]) == 16 and float(found.share_unsettled[1]) > 0
    assert found.value.attrs["long_name"] == "membrane noise of the hidden cells"


@dataclass(frozen=True, kw_only=True, repr=False)
class Counting(Biased):
    """An engine that compiles a program for a number of cues and steps."""

    compiles, has_time_step = True, True
    sizes: ClassVar[list] = []

    def run(self, net, request):
        """Note the sizes of the program."""
        self.sizes.append((request.n_cues, request.duration))
        return super().run(net, request)


def test_recalls_start_in_the_given_targets():
    some = np.array([[0, 0, 0, 0, 0, 0], [1, 0, 1, 0, 1, 0]], bool)
    found = continuation(NET, "strength", [1.0], targets=some, n_cues=1, cue_std=1e-9, seed=0)
    want = continuation(NET, "strength", [1.0], n_cues=1, cue_std=1e-9, seed=0)
    known = {code.tobytes() for code in found.hidden_active.values[0]}
    assert known < {code.tobytes() for code in want.hidden_active.values[0]} and len(known) <= 2
    assert found.attrs["complete"] == 0 and want.attrs["complete"] == 1
    with pytest.raises(InvalidInput, match="targets must"):
        continuation(NET, "strength", [1.0], targets=some[:, :2], seed=0)


def test_an_engine_that_compiles_needs_one_program():
    Counting.sizes.clear()
    found = continuation(NET, "ratio", [2.0, 20.0], engine=Counting(), n_cues=1500, seed=0)
    assert len(Counting.sizes) == 4 and len(set(Counting.sizes)) == 1
    plain = continuation(NET, "ratio", [2.0, 20.0], engine=Biased(), n_cues=1500, seed=0)
    assert found.exists.equals(plain.exists) and found.share.equals(plain.share)  # copies are not counted


def test_bad_input_is_refused_and_results_are_restored(tmp_path):
    for parameter, values, options, message in (
        ("volume", [1], {}, "parameter must be one of .*'volume'; or give a function"),
        ("threshold", [0.5, 0.5], {}, "values must be different"),
        ("threshold", [], {}, "values must"),
        ("threshold", [0.5], {"n_cues": 0}, "n_cues must be"),
        ("threshold", [0.5], {"most_bits": -1}, "most_bits must be"),
        ("noise", [0.1], {}, "noise is that of spiking cells"),
        (lambda net, value: value, [0.5], {}, "must return a Network, an Engine or a pair"),
        (lambda net, value: Network.gaussian(20, 6, seed=0), [0.5], {}, r"must keep the sizes \(40, 6\)"),
    ):
        with pytest.raises(InvalidInput, match=message):
            continuation(NET, parameter, values, seed=0, **cast(Any, options))
    found = continuation(NET, "strength", [1.0, 0.7], **ALL)
    save_result(found, tmp_path / "found.nc")
    assert load_result(tmp_path / "found.nc").identical(found)
    restless = Network(np.eye(12, 3), feedback=-np.eye(3, 12), threshold=-0.01)  # nothing is stable
    assert continuation(restless, "ratio", [20.0], engine=Reference(), duration=0.1, **ALL).sizes["attractor"] == 0
