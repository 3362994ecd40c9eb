"""`Memory`, the network as a module of torch: gradients, recall as by the exact engine, copies, compilation."""

import copy
import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

from neurosim import InvalidInput, Network, patterns, recall, theory
from neurosim.damage import Noise
from neurosim.learning import objective as rule
from neurosim.learning import train
from neurosim.learning.modules import Memory, settled_codes
from neurosim.learning.recipes import Denoise
from neurosim.learning.run import damage_some
from neurosim.nonlinearity import Sigmoid, Sign


def small(**options):
    torch.manual_seed(0)
    return Memory(12, 5, dtype=torch.float64, **options)


def cues(n=4):
    return torch.from_numpy(np.random.default_rng(0).standard_normal((n, 12)))


@pytest.mark.parametrize("symmetric", [False, True])
def test_gradients_are_those_of_finite_differences(symmetric):
    memory = small(symmetric=symmetric, surrogate="sharpened")
    names = [name for name, _ in memory.named_parameters()]
    assert names == (["decoder", "threshold"] if symmetric else ["decoder", "encoder", "threshold"])

    def forward(seen, *parameters):
        return torch.func.functional_call(memory, dict(zip(names, parameters, strict=True)), (seen,))

    inputs = (cues(2).requires_grad_(), *memory.parameters())
    assert torch.autograd.gradcheck(forward, inputs)
    for gradient in torch.autograd.grad(forward(*inputs).square().sum(), inputs):
        assert gradient.abs().max() > 1e-3


def test_straight_through_recalls_binary_codes_with_the_gradient_of_a_sigmoid():
    hard, soft = small(), small(surrogate="sharpened")
    codes = hard.codes(cues())
    assert set(codes.unique().tolist()) == {0.0, 1.0}
    assert not set(soft.codes(cues()).unique().tolist()) & {0.0, 1.0}
    torch.testing.assert_close(hard(cues()), codes @ hard.decoder.T)
    hard(cues()).square().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.abs().max() > 0 for parameter in hard.parameters())
    soft.gain = 1e6  # the sigmoid is Θ then
    torch.testing.assert_close(soft.codes(cues()), codes)


@pytest.fixture(scope="module")
def trained(digits):
    return train(digits, n_hidden=24, epochs=5, recipe="denoise")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("kind", ["trained", "gaussian", "slow hidden layer"])
def test_recall_ends_where_the_exact_engine_does(kind, dtype, trained, digits):
    if kind == "trained":
        net, seen = trained, Noise(0.25).apply(digits.pixels.astype(float), seed=0)
    else:
        net = Network.gaussian(300, 20, seed=0, **({} if kind == "gaussian" else {"tau_v": 5e-3, "tau_h": 1e-3}))
        states = patterns.random_hidden_states(20, 1_000, seed=1)
        seen = patterns.visible_cues(net, states, noise_std=1.0, seed=2)
    found = Memory.from_network(net, dtype=dtype).recall(torch.from_numpy(seen).to(dtype)).numpy()
    expected = recall(net, seen).hidden_active.values
    assert (found == expected).all(axis=1).mean() >= 0.995
    first_pass = theory.drive(net, seen) > net.threshold
    assert (first_pass == expected).all(axis=1).mean() < 0.9  # where the dynamics did nothing, agreement would be none


def test_steps_of_the_recall_are_of_second_order(monkeypatch):
    net = Network.gaussian(300, 20, seed=0, tau_v=5e-3)
    states = patterns.random_hidden_states(20, 1_000, seed=1)
    seen = patterns.visible_cues(net, states, noise_std=1.0, seed=2)
    memory = Memory.from_network(net, dtype=torch.float64)
    expected = recall(net, seen).hidden_active.values
    wrong = []
    for first in (0.4, 0.2):
        monkeypatch.setattr("neurosim.learning.modules._FIRST", first)
        found = memory.recall(torch.from_numpy(seen)).numpy()
        wrong.append((found != expected).any(axis=1).mean())
    assert wrong[0] > 0 and wrong[1] <= wrong[0] / 4  # 0.010 and 0.001; in steps of first order 0.043 and 0.030


def test_settled_codes_of_one_neuron_are_those_of_the_closed_form():
    one = torch.eye(1, dtype=torch.float64)
    for ratio in (0.5, 2.0, 20.0):
        limit = 0.5 / float(theory.rise_peak(ratio))
        for share, active in ((0.99, False), (1.01, True)):
            drive = torch.full((1, 1), share * limit, dtype=torch.float64)
            assert settled_codes(drive, one, torch.tensor([0.5], dtype=torch.float64), ratio).item() is active


@pytest.mark.parametrize("symmetric", [False, True])
def test_a_network_becomes_a_module_and_a_network_again(symmetric):
    rng = np.random.default_rng(0)
    feedback = None if symmetric else rng.standard_normal((4, 30))
    net = Network(
        rng.standard_normal((30, 4)), feedback=feedback, threshold=[0.1, 0.2, 0.3, 0.4], tau_v=0.03, tau_h=2e-3
    )
    memory = Memory.from_network(net, dtype=torch.float64, gain=7, surrogate="sharpened")
    again = memory.to_network()
    assert again.is_symmetric == symmetric and (memory.gain, memory.surrogate) == (7, "sharpened")
    for name in ("weights", "feedback_weights", "threshold", "tau_v", "tau_h"):
        np.testing.assert_allclose(getattr(again, name), getattr(net, name), rtol=1e-14)
    seen = torch.from_numpy(rng.standard_normal((5, 30)))
    drive, coupling = memory._drive_and_coupling(seen)
    np.testing.assert_allclose(drive.detach(), theory.drive(net, seen.numpy()), rtol=1e-12)
    np.testing.assert_allclose(coupling.detach(), theory.effective_coupling(net), rtol=1e-12)
    codes = torch.from_numpy((rng.random((5, 4)) < 0.5).astype(float))
    np.testing.assert_allclose(memory.decode(codes).detach(), theory.visible_state(net, codes.numpy() > 0), rtol=1e-12)


def test_state_dict_dtype_and_leading_dimensions():
    memory, other = small(), Memory(12, 5, dtype=torch.float64)
    assert not torch.equal(memory(cues()), other(cues()))
    other.load_state_dict(memory.state_dict())
    assert torch.equal(memory(cues()), other(cues()))
    single = copy.deepcopy(memory).to(torch.float32)
    assert single(cues().float()).dtype == torch.float32
    assert memory.to("meta")(cues().to("meta")).device.type == "meta"
    stacked = other(cues(6).reshape(2, 3, 12))
    torch.testing.assert_close(stacked.reshape(6, 12), other(cues(6)))
    assert other.recall(cues(6).reshape(2, 3, 12)).shape == (2, 3, 5)
    assert repr(Memory(3, 2, symmetric=True)) == "Memory(3, 2, symmetric=True, surrogate='straight_through', gain=5)"


@pytest.mark.slow
@pytest.mark.parametrize("surrogate", ["straight_through", "sharpened"])
def test_it_is_compiled_as_one_graph(surrogate):
    memory = small(surrogate=surrogate)
    compiled = torch.compile(memory, fullgraph=True, backend="aot_eager")
    compiled(cues()).square().sum().backward()
    gradients = [parameter.grad.clone() for parameter in memory.parameters() if parameter.grad is not None]
    torch.testing.assert_close(compiled(cues()), memory(cues()))
    memory.zero_grad()
    memory(cues()).square().sum().backward()
    assert len(gradients) == 3
    for found, parameter in zip(gradients, memory.parameters(), strict=True):
        torch.testing.assert_close(found, parameter.grad)


def errors(net, images):
    """Return the squared error per image of recalls from intact and from noisy cues, by the exact engine."""
    seen = images.pixels.astype(float)
    noisy = Noise(0.25).apply(seen, seed=1)
    return [float(((recall(net, cue).visible.values - seen) ** 2).sum(axis=1).mean()) for cue in (seen, noisy)]


@pytest.mark.slow
def test_training_the_module_reaches_the_error_of_the_trainer(digits):
    """With the costs of the recipe "denoise" and its scale of the synapses, by the gradients of the module alone."""
    recipe, n_hidden, epochs, batch = Denoise(), 24, 60, 256
    images, variance = torch.from_numpy(digits.pixels.copy()), float(digits.pixels.var(axis=0).sum())
    length = float(images.square().sum(dim=1).mean().sqrt())
    units = {"encoder": 10 / length, "decoder": length / 10 * math.sqrt(784 / 64), "threshold": 1.0}
    torch.manual_seed(0)
    memory, rng = Memory(64, n_hidden), np.random.default_rng(0)
    with torch.no_grad():
        for name in ("encoder", "decoder"):
            parameter = getattr(memory, name)
            parameter.copy_(0.05 * units[name] * torch.randn_like(parameter))
    rate = recipe.learning_rate * math.sqrt(50 / n_hidden)
    adam = torch.optim.Adam([{"params": [p], "lr": rate * units[name]} for name, p in memory.named_parameters()])
    updates = epochs * math.ceil(len(images) / batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, updates)
    for update in range(updates):
        progress = update / updates
        memory.gain = 4 + 6 * progress**2
        target = images[torch.from_numpy(rng.choice(len(images), batch, replace=False))]
        seen = target.numpy().copy()
        damage_some(seen, recipe.damages, recipe.intact, rng, digits.shape, digits.pixels.mean(axis=0))
        codes = memory.codes(torch.from_numpy(seen))
        flips = min(1.0, max(0.0, (progress - 0.5) / 0.2)) * rule.flip_gradient(codes, rule.gram(memory.decoder))
        coupling = memory._drive_and_coupling(target)[1]
        unstable = 0.1 / n_hidden * variance * rule.inconsistency(codes, coupling, memory.threshold, 0.1)
        loss = ((memory.decode(codes) - target).square().sum(dim=1) + flips + unstable).mean()
        loss = loss + recipe.repulsion * variance * len(images) / batch * rule.repulsion(codes)
        adam.zero_grad()
        loss.backward()
        adam.step()
        schedule.step()
        with torch.no_grad():
            memory.threshold.clamp_(min=0.2)
    expected = errors(train(digits, n_hidden=n_hidden, epochs=epochs), digits)
    found = errors(memory.to_network(), digits)
    assert max(np.array(found) / expected) < 1.05, (found, expected)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Memory(0, 3), "n_visible must be a whole number >= 1"),
        (lambda: Memory(3, 3, surrogate="hard"), "surrogate must be one of"),
        (lambda: Memory(3, 3, gain=0), "gain must be"),
        (lambda: Memory(3, 3, tau_v=-1), "tau_v must be"),
        (lambda: Memory(3, 3, n_steps=0), "n_steps must be"),
        (lambda: Memory.from_network(None), "net must be a Network"),  # pyright: ignore[reportArgumentType]
        (lambda: Memory.from_network(Network.gaussian(9, 3, seed=0, hidden_activation=Sigmoid(5))), "Heaviside hidden"),
        (lambda: Memory.from_network(Network.gaussian(9, 3, seed=0, visible_activation=Sign())), "linear visible"),
        (
            lambda: Memory.from_network(Network.gaussian(9, 3, seed=0, tau_h=[1e-3, 1e-3, 2e-3])),
            "one tau_v and one tau_h",
        ),
    ],
)
def test_bad_input_is_refused(make, message):
    with pytest.raises(InvalidInput, match=message):
        make()
