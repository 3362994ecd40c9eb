"""The begin and the end of sliding in the event engine, by hand."""

import numpy as np
import pytest

from neurosim.engines import event_sliding


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
