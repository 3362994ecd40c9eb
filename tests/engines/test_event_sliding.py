"""The begin and the end of sliding in the event engine, by hand."""

import numpy as np
import pytest

from neurosim import Network
from neurosim.engines import event_kernel, event_sliding, outcomes


@pytest.mark.parametrize(("pull", "side", "limit"), [(-2.0, 1.0, -1.6), (2.0, -1.0, -1.4)])
def test_a_neuron_that_can_slide_no_more_is_released_to_the_side_of_its_share(pull, side, limit):
    """J_00 = −1 and θ = −0.4: s̄ = 0.4 + pull once neuron 1 is active, beyond 0 or 1; D = σ(c − θ)."""
    coupling_t = np.array([[-1.0, pull], [0.0, 0.0]]).T.copy()
    sides, share, d = np.array([0.0, -1.0]), np.empty(2), np.empty(2)
    assert event_sliding.release(np.array([-0.4, 0.0]), coupling_t, sides, share, d) == 0
    assert sides.tolist() == [side, -1.0] and d[0] == pytest.approx(limit)


def test_the_oscillation_of_a_neuron_that_begins_to_slide_is_removed_from_all_drives():
    """u_0 − θ = ε goes to 0 by a change of the trace a_0 of −ε/J_00 = ε, which moves u_1 by J_10 ε."""
    small, coupling_t = 1e-3, np.array([[-1.0, 0.0], [0.5, 0.0]]).T.copy()
    u, h, d, a = np.array([small, -1.0]), np.array([0.0, -1.0]), np.empty(2), np.array([0.4, 0.0])
    sides, share, since = np.ones(2), np.empty(2), np.zeros(2)
    theta, members = np.array([-0.4, 5.0]), np.array([True, False])
    n_new = event_sliding._slide(0.0, members, theta, coupling_t, 20e-3, d, u, h, sides, share, since, a)
    assert n_new == 1 and sides.tolist() == [0.0, 1.0] and share[0] == pytest.approx(0.4)
    assert u.tolist() == pytest.approx([0.0, -1.0 + 0.5 * small]) and a[0] == pytest.approx(0.4 + small)
    assert d.tolist() == pytest.approx([0.0, 0.5 * 0.4 - 5.0])


@pytest.mark.parametrize(("before", "sliding"), [(8, 2), (5, 0)], ids=["both are ready", "one still oscillates"])
def test_neurons_that_oscillate_at_one_time_begin_to_slide_together(before, sliding):
    """Neuron 1 has just had its eighth brief interval; neuron 0 crossed shortly before, after `before` of them."""
    now, last, brief, coupling_t = 1.0, 0.9995, 1e-3, np.diag([-1.0, -1.0])
    earlier = now - 2e-4
    briefly, crossed_at = np.array([[before, earlier], [7.0, last]]), np.array([earlier, now])
    d, u, h, a = np.empty(2), np.array([1e-4, -1e-4]), np.zeros(2), np.array([0.4, 0.6])
    sides, share, since, theta = np.array([1.0, -1.0]), np.empty(2), crossed_at.copy(), np.array([-0.4, -0.6])
    arrays = (theta, coupling_t, 20e-3, d, u, h, sides, share, briefly, crossed_at, since, a)
    assert event_sliding.sliding_after(1, last, now, brief, 0, *arrays) == sliding
    assert (sides == 0).sum() == sliding and briefly[1].tolist() == [8.0, now]
    if sliding:
        assert share.tolist() == pytest.approx([0.4, 0.6]) and u.tolist() == h.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("coupling", "stable"),
    [
        ([[-1.0, 0.5], [0.5, -1.0]], True),  # eigenvalues −½, −3/2
        ([[-1.0, -1.0], [1.0, -1.0]], False),  # −1 ± i
        ([[-1.0, -2.0], [-2.0, -1.0]], False),  # 1, −3
    ],
)
def test_neurons_may_slide_together_where_the_eigenvalues_are_real_and_negative(coupling, stable):
    third = np.zeros((3, 3))  # a neuron that does not slide does not matter
    third[:2, :2], third[2, 2] = np.array(coupling).T, 7.0
    assert event_sliding._slide_together(np.array([True, False, False]), third, np.array([1.0, 0.0, 1.0])) == stable


def test_neurons_that_stop_sliding_oscillate_with_the_side_of_their_share_and_a_small_amplitude():
    now, brief, tau_v, coupling_t = 1.0, 1e-3, 20e-3, np.diag([-1.0, -2.0])
    sides, share, a = np.zeros(2), np.array([0.3, 0.8]), np.array([0.3, 0.8])
    d, u, h, briefly, crossed_at, since = (
        np.empty(2),
        np.zeros(2),
        np.zeros(2),
        np.empty((2, 2)),
        np.zeros(2),
        np.zeros(2),
    )
    theta = np.array([-0.3, -1.6])
    event_sliding._resume(now, brief, theta, coupling_t, tau_v, d, u, h, sides, share, briefly, crossed_at, since, a)
    assert sides.tolist() == [1, -1] and d.tolist() == pytest.approx([0.3, 0.4])  # D = σ(c − θ)
    away = np.array([0.3 * 1, 0.2 * 2]) * brief / (8 * tau_v)
    assert u.tolist() == pytest.approx((-away).tolist())  # on its own side of θ
    assert (a - share).tolist() == pytest.approx((sides * -away / [-1, -2]).tolist())  # Δu = J Δa
    assert briefly.tolist() == [[1, now], [1, now]] and crossed_at.tolist() == since.tolist() == [now, now]


def followed(net, hidden, active, drive, held):
    """Return number of crossings, whether there is an end, and whether neurons slide then, of one state."""
    crossings, ends, slides = np.empty(1, np.int64), np.empty(1, bool), np.empty(1, bool)
    state = [np.array([values]) for values in (drive, hidden, active, held)]
    parameters = (
        net.threshold,
        np.ascontiguousarray((net.feedback_weights @ net.weights / 2).T),
        20e-3,
        np.array([1e-3]),
    )
    event_kernel.look_ahead(*state, *parameters, outcomes.brief(net), 2.0, 10_000, crossings, ends, slides)
    return crossings[0], ends[0], slides[0]


def test_what_follows_a_state_knows_who_slides_and_who_else_crosses():
    net = Network(np.eye(2), feedback=2 * np.diag([-1.0, 0.6]), threshold=[-0.4, 0.3], tau_v=20e-3, tau_h=1e-3)
    held, nobody = np.array([True, False]), np.array([False, False])
    on, off = np.array([False, True]), np.array([False, False])
    at_rest = {"hidden": np.array([-0.4, 0.6]), "active": on, "drive": np.array([-0.4, 0.6])}
    assert followed(net, **at_rest, held=held) == (0, True, True)
    oscillates = followed(net, **{**at_rest, "hidden": np.array([-0.39, 0.6])}, held=nobody)
    assert oscillates[0] >= 8 and oscillates[1:] == (True, True)
    rises = {"hidden": np.array([-0.4, 0.0]), "active": off, "drive": np.array([-0.4, 1.0])}
    assert followed(net, **rises, held=held) == (1, True, False)  # neuron 1 crosses θ and stays above
    hidden, active, drive = (rises[name][None] for name in ("hidden", "active", "drive"))
    named = outcomes.look_ahead(net, hidden, active, drive, held[None])
    assert named.tolist() == ["timed_out"]
