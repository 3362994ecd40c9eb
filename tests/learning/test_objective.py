"""Eq. (17) worked by hand on two pixels and four neurons, and against `neurosim.theory` on random ones."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from neurosim import Network, patterns, recall, theory
from neurosim.learning import objective as rule
from neurosim.learning.dynamics import Dynamics
from neurosim.learning.objective import SURROGATES, Sharpened, StraightThrough

pytestmark = pytest.mark.torch


def test_eq_17_by_hand():
    # N_v = 2, N_h = 4: √N_h/N_v = 1 and 1/√N_h = 1/2, so every number is exact.
    weights = torch.tensor([[1.0, 0.0, 2.0, -1.0], [0.0, 1.0, 2.0, 1.0]])
    visible = torch.tensor([[1.0, 0.0], [0.5, 1.0]])
    assert rule.drive(weights, visible).tolist() == [[1, 0, 2, -1], [0.5, 1, 3, 0.5]]
    codes = rule.step(rule.drive(weights, visible) - 0.5)
    assert codes.tolist() == [[1, 0, 1, 0], [0, 1, 1, 0]]  # 0.5 is the threshold itself: off
    decoder = weights / 2
    assert (codes @ decoder.T).tolist() == [[1.5, 1.0], [1.0, 1.5]]
    assert rule.squared_error(visible, visible @ decoder, rule.gram(decoder), codes).tolist() == [1.25, 0.5]


def test_scales_are_those_of_recall():
    net = Network.gaussian(30, 5, seed=0, threshold=np.linspace(-0.2, 0.3, 5))
    visible = np.random.default_rng(1).normal(size=(20, 30))
    weights, seen = torch.tensor(net.weights), torch.tensor(visible)
    np.testing.assert_allclose(rule.drive(weights, seen).numpy(), theory.drive(net, visible), atol=1e-13)
    codes = rule.step(rule.drive(weights, seen) - torch.tensor(net.threshold))
    np.testing.assert_array_equal(codes.numpy() == 1, theory.drive(net, visible) > net.threshold)
    decoder = weights / math.sqrt(5)
    found = rule.squared_error(seen, seen @ decoder, decoder.T @ decoder, codes)
    expected = np.square(visible - theory.visible_state(net, codes.numpy())).sum(axis=1)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)


def test_the_error_has_the_gradients_of_its_definition():
    generator = torch.Generator().manual_seed(0)
    visible = torch.rand(9, 20, generator=generator, dtype=torch.float64)
    decoder = torch.rand(20, 4, generator=generator, dtype=torch.float64, requires_grad=True)
    active = torch.rand(9, 4, generator=generator, dtype=torch.float64, requires_grad=True)
    plain = (visible - active @ decoder.T).square().sum(dim=1)
    found = rule.squared_error(visible, visible @ decoder, rule.gram(decoder), active)
    for one, other in zip(
        torch.autograd.grad(plain.sum(), (decoder, active)),
        torch.autograd.grad(found.sum(), (decoder, active)),
        strict=True,
    ):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)


def test_gram_has_the_gradient_of_any_function_of_it():
    generator = torch.Generator().manual_seed(1)
    decoder = torch.rand(20, 4, generator=generator, dtype=torch.float64, requires_grad=True)
    other = torch.rand(4, 4, generator=generator, dtype=torch.float64)  # not symmetric
    torch.testing.assert_close(rule.gram(decoder), decoder.T @ decoder, rtol=1e-14, atol=0)
    (plain,) = torch.autograd.grad((other * (decoder.T @ decoder) ** 2).sum(), decoder)
    (found,) = torch.autograd.grad((other * rule.gram(decoder) ** 2).sum(), decoder)
    torch.testing.assert_close(found, plain, rtol=1e-12, atol=1e-12)


def test_sharpened_is_a_sigmoid_whose_gain_rises_with_the_square_of_progress():
    z = torch.linspace(-0.1, 0.1, 7, dtype=torch.float64)
    for progress, gain in ((0.0, 5), (0.5, 53.75), (1.0, 200)):
        expected = 1 / (1 + np.exp(-gain * z.numpy()))
        np.testing.assert_allclose(Sharpened()(z, progress).numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize("surrogate", SURROGATES.values(), ids=SURROGATES.keys())
def test_hard_limit(surrogate):
    z = torch.tensor([-1.0, -1e-3, 1e-3, 1.0])
    very_sharp = surrogate(first_gain=1e6, last_gain=1e6)
    assert very_sharp(z, 1.0).tolist() == rule.step(z).tolist() == [0, 0, 1, 1]


def test_straight_through_is_the_step_forwards_and_the_sigmoid_backwards():
    z = torch.randn(1000, generator=torch.Generator().manual_seed(0)) / 20
    z[0] = 0.0
    gradients = []
    for surrogate in (StraightThrough(), Sharpened()):
        leaf = z.clone().requires_grad_()
        active = surrogate(leaf, 0.3)
        (active * torch.arange(1000)).sum().backward()
        gradients.append(leaf.grad)
        if isinstance(surrogate, StraightThrough):
            assert torch.equal(active.detach(), rule.step(z))  # exactly 0 or 1, at z = 0 too
    assert torch.equal(*gradients)
    assert gradients[0].abs().max() > 1


def test_repulsion_is_the_sum_over_other_images_of_exp_of_their_distance():
    codes = torch.tensor([[0.0, 0, 1], [0, 0, 1], [1, 1, 1], [1, 0, 1]])  # distances 0, 2, 1, 2, 1, 1
    near, far = math.exp(-0.7), math.exp(-1.4)
    assert rule.repulsion(codes).item() == pytest.approx(2 * (1 + 3 * near + 2 * far) / 4, rel=1e-6)
    assert rule.repulsion(codes[:1]).item() == 0


def test_repulsion_pushes_equal_codes_apart_and_leaves_distant_ones():
    hard = torch.tensor([[0.0] * 20, [0.0] * 20, [1.0] * 20], requires_grad=True)
    rule.repulsion(hard).backward()
    assert hard.grad[:2].max() < 0  # descent turns bits on
    assert hard.grad[2].abs().max() < 1e-4 * hard.grad[0].abs().max()


def test_crowding_is_the_repulsion_of_random_codes():
    codes = torch.randint(0, 2, (2000, 8), generator=torch.Generator().manual_seed(0)).float()
    assert rule.repulsion(codes).item() == pytest.approx(rule.crowding(2000, 8), rel=0.03)


def test_recalled_in_training_is_where_the_exact_recall_ends():
    net = Network.gaussian(2_000, 12, seed=3, threshold=np.linspace(0.3, 0.6, 12))
    states = np.random.default_rng(0).random((200, 12)) < 0.5
    cues = patterns.visible_cues(net, states, noise_std=6.0, seed=1)
    ends = recall(net, cues, read_out=False).hidden_active.values
    assert (ends != states).any(axis=1).mean() > 0.2  # there is something to be missed
    u, coupling = torch.tensor(theory.drive(net, cues)), torch.tensor(theory.effective_coupling(net))
    found = Dynamics(20.0).final(u, coupling, torch.tensor(net.threshold), rule.step) > 0
    # steps of 0.35 τ_h and an end at 4.9 τ_h miss a neuron here and there
    assert (found.numpy() == ends).all(axis=1).mean() > 0.9
    first = (theory.drive(net, cues) > net.threshold).astype(float)
    assert (first == ends).all(axis=1).mean() < 0.8


def test_gradient_flows_through_recall():
    u = torch.full((1, 2), 0.8, requires_grad=True)
    coupling = torch.eye(2, requires_grad=True)
    Dynamics(20.0).final(u, coupling, torch.tensor(0.5), lambda z: Sharpened(4, 4)(z, 1.0)).sum().backward()
    assert u.grad is not None and (u.grad > 0).all()
    assert coupling.grad is not None and (coupling.grad > 0).all()


def test_inconsistency_is_zero_only_where_every_neuron_keeps_its_margin():
    coupling = torch.tensor([[1.0, -0.4], [0.3, 1.0]], requires_grad=True)
    threshold = torch.tensor([0.5, 0.1])
    codes = torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0]])
    # Js − θ: (0.5, 0.2), (0.1, 1.2), (−0.5, −0.1); by σ: (0.5, −0.2), (0.1, 1.2), (0.5, 0.1)
    assert rule.inconsistency(codes, coupling, threshold, 0.1).tolist() == pytest.approx([3, 0, 0], abs=1e-6)
    found = rule.inconsistency(codes, coupling, threshold, 0.5)
    assert found.tolist() == pytest.approx([1.4, 0.8, 0.8])
    found.sum().backward()
    assert coupling.grad is not None and coupling.grad[1, 0] > 0  # what neuron 0 sends to neuron 1 is to be less


def test_the_gradient_by_a_bit_is_what_the_error_changes_when_it_flips():
    rng = np.random.default_rng(5)
    decoder, visible = torch.tensor(rng.standard_normal((30, 7))), torch.tensor(rng.standard_normal((9, 30)))
    active = torch.tensor(rng.integers(0, 2, (9, 7)).astype(float), requires_grad=True)
    gram, projection = rule.gram(decoder), visible @ decoder

    def error(code):
        return rule.squared_error(visible, projection, gram, code)

    extra = rule.flip_gradient(active, gram)
    (error(active) + extra).sum().backward()
    assert (extra == 0).all()
    assert active.grad is not None
    for bit in range(7):
        on, off = active.detach().clone(), active.detach().clone()
        on[:, bit], off[:, bit] = 1, 0
        torch.testing.assert_close(active.grad[:, bit], error(on) - error(off))


def test_with_flips_the_bias_of_the_straight_through_gradient_is_of_second_order_in_its_width():
    # One neuron with drives u of density (1 + 0.9u)/2 on (-1, 1), images v = 1 + u. The mean error depends on θ through
    # the code Θ(u - θ), so that its derivative is the density at θ times the error for s = 0 minus that for s = 1.
    d, theta = 1.7, 0.2
    decoder, u = torch.tensor([[d]]).double(), torch.linspace(-1, 1, 200_001, dtype=torch.float64)[:, None]
    visible, gram, density = 1 + u, rule.gram(decoder), (1 + 0.9 * u[:, 0]) / 2
    expected = (1 + 0.9 * theta) / 2 * (2 * d * (1 + theta) - d**2)

    def bias(gain, flips):
        threshold = torch.tensor([theta], dtype=torch.float64, requires_grad=True)
        active = rule.StraightThrough(gain, gain)(u - threshold, 1.0)
        errors = rule.squared_error(visible, visible @ decoder, gram, active)
        ((errors + flips * rule.flip_gradient(active, gram)) * density).mean().mul(2).backward()
        assert threshold.grad is not None
        return abs(float(threshold.grad) - expected)

    assert bias(30, 1) < 0.2 * bias(30, 0)
    assert bias(30, 0) / bias(60, 0) == pytest.approx(2, abs=0.2)
    assert bias(30, 1) / bias(60, 1) == pytest.approx(4, abs=0.4)
