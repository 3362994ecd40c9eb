"""The paper's classifiers: their shapes, and training on real and on shuffled labels."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from neurosim import InvalidInput, Network, Unavailable, recall, theory
from neurosim.learning import classifiers, train
from neurosim.learning.classifiers import cnn, fit, mlp, moved, noisy
from neurosim.nonlinearity import Sigmoid, Sign

pytestmark = pytest.mark.torch


def n_parameters(model):
    return sum(p.numel() for p in model.parameters())


def test_mlp_is_table_3():
    assert n_parameters(mlp(50, 10)) == (50 * 256 + 256) + (256 * 128 + 128) + (128 * 10 + 10)
    assert mlp(50, 10)(torch.zeros(3, 50)).shape == (3, 10)


@pytest.mark.parametrize(("shape", "channels", "flat"), [((28, 28), 1, 128 * 9), ((3, 32, 32), 3, 128 * 16)])
def test_cnn_is_table_2(shape, channels, flat):
    weights = 9 * (channels * 32 + 32 * 32 + 32 * 64 + 64 * 64 + 64 * 128 + 128 * 128)
    per_channel = 2 * (32 + 64 + 128) * 3  # bias, and two of the batch normalisation
    model = cnn(shape, 10)
    assert n_parameters(model) == weights + per_channel + (flat * 128 + 128) + (128 * 10 + 10)
    assert model(torch.zeros(2, int(np.prod(shape)))).shape == (2, 10)


def test_a_colour_image_keeps_its_channels_apart():
    image = torch.arange(3 * 8 * 8.0)
    assert torch.equal(cnn((3, 8, 8), 2).get_submodule("0")(image[None])[0], image.reshape(3, 8, 8))


@pytest.mark.parametrize("kind", ["mlp", pytest.param("cnn", marks=pytest.mark.slow)])
def test_digits_are_learned_and_shuffled_labels_are_not(split_digits, kind):
    seen, unseen = split_digits
    options = {"image_shape": (8, 8), "epochs": 8, "seed": 1}
    right = fit(kind, seen.pixels, seen.labels, **options).correct(unseen.pixels, unseen.labels)
    assert right.shape == (len(unseen),)
    assert right.mean() > 0.9
    again = fit(kind, seen.pixels, seen.labels, **options).correct(unseen.pixels, unseen.labels)
    np.testing.assert_array_equal(right, again)
    shuffled = np.random.default_rng(2).permutation(seen.labels)
    assert fit(kind, seen.pixels, shuffled, **options).correct(unseen.pixels, unseen.labels).mean() < 0.3


def test_bfloat16_gives_nearly_the_same_classes(split_digits, monkeypatch):
    monkeypatch.setattr(classifiers, "_has_bfloat16", lambda device: True)  # imitated where it is not
    seen, unseen = split_digits
    classifier = fit("cnn", seen.pixels, seen.labels, image_shape=(8, 8), epochs=4, precision="bfloat16")
    assert classifier.correct(unseen.pixels, unseen.labels).mean() > 0.9


def test_emulated_bfloat16_is_refused(split_digits, monkeypatch):
    monkeypatch.setattr(classifiers, "_has_bfloat16", lambda device: False)
    assert classifiers.native_precision("cpu") == "float32"
    seen, _ = split_digits
    with pytest.raises(Unavailable, match="slower than float32 on this processor"):
        fit("cnn", seen.pixels, seen.labels, image_shape=(8, 8), epochs=1, precision="bfloat16")


def test_noise_differs_between_images_up_to_the_given_std():
    found = noisy(torch.zeros(400, 1_000), 0.5, torch.Generator().manual_seed(0)).std(dim=1)
    assert found.max() < 0.53 and found.min() < 0.05 and found.mean().item() == pytest.approx(0.25, abs=0.03)
    assert torch.equal(noisy(found, 0.0, torch.Generator()), found)


@pytest.fixture(scope="module", params=["coupled", "J = I"])
def trained(request, split_digits):
    if request.param == "coupled":
        return train(split_digits[0], n_hidden=24, recipe="denoise", epochs=60)
    net = Network.gaussian(64, 24, seed=0, threshold=0.1, tau_v=20e-3, tau_h=1e-3)
    return net.replace(feedback=64 * np.linalg.pinv(net.weights))


@pytest.mark.parametrize("kind", ["mlp", "cnn"])
def test_classifier_inputs_are_recalls_of_the_network(split_digits, kind, trained):
    seen, unseen = split_digits
    recalled = recall(trained, unseen.pixels.astype(float))
    inputs = (recalled.hidden_active if kind == "mlp" else recalled.visible).values
    made = classifiers._Recalls(trained, kind == "cnn", "cpu")(torch.tensor(unseen.pixels)).numpy()
    assert made.shape == inputs.shape
    assert np.isclose(made, inputs, atol=1e-3).all(axis=1).mean() > 0.9
    classifier = fit(kind, seen.pixels, seen.labels, image_shape=(8, 8), network=trained, epochs=8)
    assert classifier.correct(inputs, unseen.labels).mean() > 0.7
    assert classifier.mean == pytest.approx(made.mean(), abs=0.03)
    assert classifier.std == pytest.approx(made.std(), rel=0.03)


def in_steps(net, seen):
    return classifiers._Recalls(net, False, "cpu")(torch.tensor(seen, dtype=torch.float32)).numpy().astype(bool)


ONE = {"tau_v": 20e-3, "tau_h": 1e-3}


@pytest.mark.parametrize(
    "net",
    [
        Network([[0.6], [0.6]], threshold=0.5, **ONE),  # J = 0.36: on, and off again
        Network([[2.0, 0.0], [0.0, 0.9]], threshold=[0.5, 0.6], **ONE),  # J = diag(2, 0.4)
        Network([[2.0, 0.0], [0.0, 2.0]], threshold=[0.5, -0.1], **ONE),  # active at rest
        Network([[1.5], [1.5]], threshold=-0.1, **ONE),
        Network([[1.5, 0.0], [0.0, 1.6]], feedback=[[-0.5, 0.0], [0.0, 0.5]], threshold=0.0, **ONE),
        Network([[1.5, 0.0], [0.0, 1.6]], feedback=[[-0.5, 0.0], [0.0, 0.5]], threshold=[-0.6, 0.1], **ONE),
        Network([[1.5, 1.0], [0.4, 1.6]], threshold=0.3, tau_v=0.2, tau_h=1e-3),  # one drives the other
        Network([[1.5, 1.0], [0.4, 1.6]], threshold=0.3, tau_v=2.0, tau_h=1e-3),
        Network([[1.5, -1.4], [0.4, 1.6]], threshold=0.05, tau_v=1e-4, tau_h=1e-3),
        Network([[1.0], [1.0]], threshold=0.5, tau_v=0.2, tau_h=1e-3),
    ],
)
def test_recalls_end_as_those_of_the_exact_engine(net):
    cues = np.random.default_rng(0).standard_normal((200, 2)) * 2
    exact = recall(net, cues, engine="event", duration=20 * float(net.tau_v.max() + net.tau_h.max()))
    assert exact.hidden_active.values.any() or net.n_hidden == 1
    same = in_steps(net, cues) == exact.hidden_active.values
    assert same.mean() >= (0.95 if theory.effective_coupling(net)[0, -1] and net.n_hidden > 1 else 1)


@pytest.mark.parametrize("ratio", [0.01, 1.0, 20.0, 21.0, 1e3])
def test_the_steps_of_a_recall_cover_both_time_constants(ratio):
    steps = classifiers._steps(ratio)
    end = sum(-np.log(fast) for _, _, fast in steps.decays)
    assert end == pytest.approx(sum(0.2 * 1.03**k for k in range(60)) * max(1, ratio / 20))
    assert (steps.step, steps.growth) == (0.2, 1.03) or not 1 <= ratio <= 20


@pytest.mark.parametrize("shape", [(16, 24), (3, 16, 24)])
def test_a_moved_image_is_the_image_moved_by_at_most_an_eighth(shape):
    colours, rows, columns = shape if len(shape) == 3 else (1, *shape)
    image = np.random.default_rng(3).random((colours, rows, columns)).astype(np.float32)
    found = moved(torch.tensor(image.reshape(1, -1).repeat(200, 0)), shape, torch.Generator().manual_seed(0))
    padded = np.pad(image, ((0, 0), (2, 2), (3, 3)), mode="edge")
    possible = {}
    for mirrored in range(2 if colours == 3 else 1):
        source = padded[:, :, ::-1] if mirrored else padded
        for down in range(5):
            for across in range(7):
                crop = source[:, down : down + rows, across : across + columns]
                possible[crop.tobytes()] = (mirrored, down, across)
    places = [possible[one.reshape(image.shape).tobytes()] for one in found.numpy()]
    assert len(set(places)) > 30  # of 35 or 70
    assert {mirrored for mirrored, *_ in places} == ({0, 1} if colours == 3 else {0})


def test_bad_input_is_refused():
    with pytest.raises(InvalidInput, match="8×8"):
        cnn((4, 9), 2)
    with pytest.raises(InvalidInput, match=r"kind must be one of \['mlp', 'cnn'\], got 'svm'"):
        fit("svm", np.eye(64), np.arange(64), image_shape=(8, 8))
    with pytest.raises(InvalidInput, match=r"precision must be one of .*, got 'half'"):
        fit("mlp", np.eye(64), np.arange(64), image_shape=(8, 8), precision="half")
    with pytest.raises(InvalidInput, match=r"one pixel for each visible neuron, 9, got .*64"):
        fit("mlp", np.eye(64), np.arange(64), image_shape=(8, 8), network=Network.gaussian(9, 3, seed=0))
    nan = np.eye(64)
    nan[3, 5] = np.nan
    for images, labels, shape, message in (
        (np.eye(64), np.arange(63), (8, 8), "labels must have shape .* got .63,"),
        (np.eye(64), np.arange(64.0), (8, 8), "labels must be whole numbers 0 to 9999, got float64"),
        (np.eye(64), np.arange(64) > 3, (8, 8), "labels must be whole numbers 0 to 9999, got bool"),
        (np.eye(64), ["a"] * 64, (8, 8), "labels must be whole numbers 0 to 9999, got"),
        (np.eye(64), np.arange(64) - 1, (8, 8), "labels must be whole numbers 0 to 9999, got -1 … 62"),
        (np.eye(64), np.arange(64), (8, 9), "image_shape must be .* of 64 values, got"),
        (nan, np.arange(64), (8, 8), "images must be finite, got 1 NaN"),
        (np.ones(64), np.arange(64), (8, 8), "images must have shape"),
    ):
        for kind in ("mlp", "cnn"):
            with pytest.raises(InvalidInput, match=message):
                fit(kind, images, labels, image_shape=shape)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tau_v": np.linspace(0.01, 0.02, 64), "tau_h": [1e-3, 1e-3, 2e-3]}, "one tau_v and one tau_h"),
        ({"tau_h": [1e-3, 1e-3, 2e-3]}, "one tau_v and one tau_h"),
        ({"hidden_activation": Sigmoid(5)}, "classifier has Heaviside hidden units"),
        ({"visible_activation": Sign()}, "classifier has .* linear visible neurons"),
    ],
)
def test_networks_of_another_kind_are_refused(changes, message):
    net = Network.gaussian(64, 3, seed=0, **changes)
    with pytest.raises(InvalidInput, match=message):
        fit("mlp", np.eye(64), np.arange(64), image_shape=(8, 8), network=net)
