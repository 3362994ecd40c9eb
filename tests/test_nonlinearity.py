"""Activations: gradients of their Lagrangians, values by hand, records, and refused parameters."""

import numpy as np
import pytest

from neurosim import Heaviside, Identity, InvalidInput, Normalise, Power, Sigmoid, Sign, Softmax, nonlinearity

ACTIVATIONS = {
    "hidden": [Heaviside(), Sigmoid(3.0), Power(1), Power(4), Power(5), Softmax(2.0)],
    "visible": [Identity(), Sign(), Normalise()],
}


@pytest.mark.parametrize("activation", [*ACTIVATIONS["hidden"], *ACTIVATIONS["visible"]], ids=repr)
def test_an_activation_is_the_gradient_of_its_lagrangian(activation):
    z = np.random.default_rng(0).standard_normal((3, 4))
    step = 1e-6 * np.eye(4)
    ends = [activation.lagrangian(z[:, None] + sign * step) for sign in (1, -1)]
    np.testing.assert_allclose((ends[0] - ends[1]) / 2e-6, activation(z), atol=1e-7)


def test_activations_by_hand():
    z = np.array([-1.0, -1e-12, 0.0, 1e-12, 1.0])
    assert Heaviside()(z).tolist() == [0, 0, 0, 1, 1]  # eq. (2): off at the threshold
    np.testing.assert_allclose(Sigmoid(3.0)(z), 1 / (1 + np.exp(-3 * z)), rtol=1e-14)
    assert np.isfinite(Sigmoid(1e4)(np.array([-1e4, 1e4]))).all()
    assert Power(5)(np.array([-2.0, 0.0, 3.0])).tolist() == [-32, 0, 243]
    np.testing.assert_allclose(Softmax(2.0)(np.log([1.0, 2.0, 3.0])), np.array([1, 4, 9]) / 14, rtol=1e-14)
    assert Softmax()(np.array([-1e4, 1e4])).tolist() == [0, 1]
    assert Sign()(np.array([-2.0, 0.0, 3.0])).tolist() == [-1, 0, 1]
    np.testing.assert_allclose(Normalise()(np.array([[3.0, -4.0], [0.0, 0.0]])), [[0.6, -0.8], [0, 0]])


@pytest.mark.parametrize("layer", ACTIVATIONS)
def test_activations_are_read_back_and_bad_ones_refused(layer):
    known = {"hidden": nonlinearity.HIDDEN_ACTIVATIONS, "visible": nonlinearity.VISIBLE_ACTIVATIONS}[layer]
    for activation in ACTIVATIONS[layer]:
        assert nonlinearity.from_record(nonlinearity.to_record(activation), known) == activation
    for record in ({"name": "relu"}, {"name": next(iter(known)), "slope": 1}):
        with pytest.raises(InvalidInput, match="activation"):
            nonlinearity.from_record(record, known)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Sigmoid(0.0), "gain must be a finite number > 0, got 0"),
        (lambda: Softmax(-1.0), "gain must be a finite number > 0, got -1"),
        (lambda: Power(0), "exponent must be a whole number >= 1, got 0"),
        (lambda: Power(2.5), "exponent must be a whole number >= 1, got 2.5"),  # pyright: ignore[reportArgumentType]
    ],
)
def test_bad_parameters_of_activations_are_refused(make, message):
    with pytest.raises(InvalidInput, match=message):
        make()
