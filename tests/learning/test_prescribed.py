"""Codes prescribed by least squares: exact up to N_h patterns, the identity as the coupling beyond."""

import numpy as np
import pytest

from neurosim import InvalidInput, patterns, recall, theory
from neurosim.learning.prescribed import prescribe


def stored(n_patterns, n_hidden, n_visible=300):
    rng = np.random.default_rng(n_patterns)
    codes = patterns.random_hidden_states(n_hidden, n_patterns, seed=n_patterns)
    return rng.choice([-1.0, 1.0], (n_patterns, n_visible)), codes


@pytest.mark.parametrize(("n_patterns", "n_hidden"), [(5, 20), (15, 20)])
def test_up_to_as_many_patterns_as_hidden_neurons_the_visible_state_of_a_code_is_its_pattern(n_patterns, n_hidden):
    visible, codes = stored(n_patterns, n_hidden)
    net = prescribe(visible, codes)
    assert np.allclose(theory.visible_state(net, codes), visible)
    assert np.allclose(theory.drive(net, visible), codes)
    coupling = theory.effective_coupling(net)
    assert np.allclose(coupling @ coupling, coupling) and np.linalg.matrix_rank(coupling) == n_patterns
    assert np.allclose(codes @ coupling.T, codes)


def test_beyond_that_the_coupling_is_the_identity_and_a_recall_ends_at_its_first_pass_code():
    visible, codes = stored(60, 20)
    net = prescribe(visible, codes, threshold=0.3)
    assert np.allclose(theory.effective_coupling(net), np.eye(20))
    assert theory.certify_all_states(net).holds
    assert not np.allclose(theory.visible_state(net, codes), visible, atol=0.1)
    cues = visible + np.random.default_rng(0).standard_normal(visible.shape)
    first_pass = theory.drive(net, cues) * theory.rise_peak(20.0) > 0.3
    ends = recall(net, cues).hidden_active.values
    assert (ends == first_pass).all() and (ends != codes).any()


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"codes": np.zeros((4, 3))}, "codes"), ({"threshold": 0}, "threshold"), ({"patterns": np.ones(3)}, "patterns")],
)
def test_other_shapes_and_thresholds_are_refused(changes, message):
    given = {"patterns": np.ones((3, 10)), "codes": np.zeros((3, 2)), **changes}
    with pytest.raises(InvalidInput, match=message):
        prescribe(**given)
