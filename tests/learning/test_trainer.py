"""The trainer: errors of the trained network, reproducibility, resuming from checkpoints."""

import sys
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import neurosim
from neurosim import BadFile, InvalidInput, Network, NeurosimError, OutputError, Unavailable, storage, theory
from neurosim.damage import Damage
from neurosim.learning import run, train
from neurosim.learning.objective import SURROGATES
from neurosim.learning.recipes import RECIPES

pytestmark = pytest.mark.torch

PLAIN = RECIPES["paper"].replace(learning_rate=0.008)
FEW: dict[str, Any] = {"n_hidden": 8, "epochs": 12, "batch_size": 20, "seed": 3, "recipe": PLAIN}


class Salt(Damage):
    """A damage of a user, without a name."""

    def damaged(self, cues, rng, frame):
        return np.where(rng.random(cues.shape) < 0.2, 1.0, cues).astype(cues.dtype)


class Pepper(Salt):
    """Another one."""


def few(**changes: Any) -> dict[str, Any]:
    """Return the arguments of a short training run, with changes."""
    return FEW | changes


@pytest.fixture(scope="module")
def some(digits):
    return digits.pixels[:390]  # 19 batches of 20 and one of 10


def bits(net):
    return net.weights.tobytes() + net.threshold.tobytes()


def settled_codes(net, visible):
    """Return each image's code after s ← Θ(Js − θ) has come to rest, from its first-pass code."""
    codes = theory.drive(net, visible) > net.threshold
    for _ in range(1000):
        following = codes @ theory.effective_coupling(net).T > net.threshold
        if np.array_equal(following, codes):
            break
        codes = following
    return codes


@pytest.mark.parametrize("surrogate", SURROGATES)
@pytest.mark.parametrize(("threshold", "n_values"), [("one", 1), ("each", 8)])
def test_the_errors_fall_and_are_those_of_the_network(some, surrogate, threshold, n_values):
    net = train(some, **few(recipe=PLAIN.replace(surrogate=surrogate, threshold=threshold)))
    losses = net.provenance["loss_per_epoch"]
    assert len(losses) == 12
    assert losses[-1] < 0.75 * losses[0]
    codes = theory.drive(net, some) > net.threshold
    hard = np.square(some - theory.visible_state(net, codes)).sum(axis=1).mean()
    assert net.provenance["hard_error"] == pytest.approx(hard, rel=1e-12)
    assert len(np.unique(net.threshold)) == n_values
    assert net.is_symmetric


def test_same_seed_same_bits_and_same_record(some):
    first, again, other = (train(some, **few(seed=seed)) for seed in (3, 3, 4))
    assert bits(first) == bits(again)
    assert dict(first.provenance) == dict(again.provenance)
    assert bits(first) != bits(other)


def test_start_and_every_epoch_draw_from_a_stream_of_their_own(some, monkeypatch):
    drawn = []

    def spy(seed, epoch):
        drawn.append((seed, epoch))
        return np.random.default_rng(np.random.SeedSequence([seed, epoch]))

    monkeypatch.setattr(run, "_rng", spy)
    train(some, **few(epochs=4))
    assert drawn == [(3, 0), (3, 1), (3, 2), (3, 3), (3, 4)]


def test_the_record_says_where_the_weights_come_from(digits, tmp_path):
    net = train(digits, n_hidden=8, recipe="paper", epochs=3, batch_size=20, tau_v=0.05, tau_h=0.002)
    net.save(tmp_path / "net.safetensors")
    loaded = Network.load(tmp_path / "net.safetensors")
    assert bits(loaded) == bits(net)
    assert (loaded.tau_v, loaded.tau_h) == (0.05, 0.002)
    expected = {
        "dataset": "digits",
        "split": "train",
        "n_images": 1797,
        "image_shape": [8, 8],
        "epochs": 3,
        "batch_size": 20,
        "learning_rate": 3e-3,
        "surrogate": "sharpened",
        "seed": 0,
        "torch_version": str(torch.__version__),
        "neurosim_version": neurosim.__version__,
    }
    assert expected.items() <= dict(loaded.provenance).items()


class TestCheckpoint:
    @pytest.fixture
    def stopped(self, some, tmp_path, monkeypatch):
        """A checkpoint of a run of `FEW` that was cut off while its sixth epoch ran."""
        path = tmp_path / "run.safetensors"
        one_epoch = run.Run.one_epoch

        def cut_off(self):
            if self.epoch == 5:
                raise KeyboardInterrupt
            one_epoch(self)

        monkeypatch.setattr(run.Run, "one_epoch", cut_off)
        with pytest.raises(KeyboardInterrupt):
            train(some, **FEW, checkpoint=path)
        monkeypatch.undo()
        return path

    @pytest.mark.parametrize("recipe", RECIPES)
    def test_every_stop_resumes_to_the_same_bits(self, some, tmp_path, monkeypatch, recipe):
        settings = FEW | {"epochs": 4, "recipe": recipe}
        whole = train(some, **settings)
        path = tmp_path / "run.safetensors"
        one_epoch, done = run.Run.one_epoch, []

        def one_epoch_a_process(self):
            if len(done) == 1:
                raise KeyboardInterrupt
            one_epoch(self)
            done.append(self.epoch)

        monkeypatch.setattr(run.Run, "one_epoch", one_epoch_a_process)
        for epoch in (1, 2, 3):
            done.clear()
            with pytest.raises(KeyboardInterrupt):
                train(some, **settings, checkpoint=path)
            assert done == [epoch]
        done.clear()
        resumed = train(some, **settings, checkpoint=path)
        assert done == [4]
        assert bits(resumed) == bits(whole)
        assert dict(resumed.provenance) == dict(whole.provenance)

    def test_a_finished_run_is_not_run_again(self, some, tmp_path, monkeypatch):
        path = tmp_path / "run.safetensors"
        net = train(some, **FEW, checkpoint=path)
        monkeypatch.setattr(run.Run, "one_epoch", lambda _: pytest.fail("trained again"))
        assert bits(train(some, **FEW, checkpoint=path)) == bits(net)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("n_hidden", 9),
            ("epochs", 13),
            ("batch_size", 21),
            ("seed", 4),
        ],
    )
    def test_of_other_settings_is_refused_by_name(self, some, stopped, name, value):
        before = stopped.read_bytes()
        with pytest.raises(InvalidInput, match=f"was made with {name} = .*, this run has {value}"):
            train(some, **few(**{name: value}), checkpoint=stopped)
        assert stopped.read_bytes() == before

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("learning_rate", 0.025),
            ("surrogate", "straight_through"),
            ("repulsion", 0.5),
            ("threshold", "each"),
            ("through_recall", 0.5),
        ],
    )
    def test_of_another_recipe_is_refused_by_name(self, some, stopped, name, value):
        before = stopped.read_bytes()
        with pytest.raises(InvalidInput, match=f"was made with {name} = "):
            train(some, **few(recipe=PLAIN.replace(**{name: value})), checkpoint=stopped)
        assert stopped.read_bytes() == before

    def test_of_other_damages_of_the_users_own_is_refused(self, some, tmp_path):
        path, denoise = tmp_path / "run.safetensors", RECIPES["denoise"]
        train(some, **few(recipe=denoise.replace(damages=Salt()), epochs=1), checkpoint=path)
        with pytest.raises(InvalidInput, match=r"damages = \['test_trainer\.Salt'\], .*Pepper"):
            train(some, **few(recipe=denoise.replace(damages=Pepper()), epochs=1), checkpoint=path)

    def test_of_other_images_is_refused(self, some, stopped):
        changed = some.copy()
        changed[7, 7] += 0.5
        with pytest.raises(InvalidInput, match="images_sha256"):
            train(changed, **FEW, checkpoint=stopped)

    def test_time_constants_are_free_to_change(self, some, stopped):
        assert train(some, **FEW, checkpoint=stopped, tau_v=0.1).tau_v == 0.1

    def test_damaged_or_something_else(self, some, stopped, tmp_path):
        stopped.write_bytes(stopped.read_bytes()[:-100])
        with pytest.raises(BadFile, match="not a whole safetensors file"):
            train(some, **FEW, checkpoint=stopped)
        Network.gaussian(3, 2, seed=0).save(tmp_path / "net.safetensors")
        with pytest.raises(BadFile, match="must hold a Training"):
            train(some, **FEW, checkpoint=tmp_path / "net.safetensors")

    @pytest.mark.parametrize("key", ["weights", "threshold.exp_avg", "losses"])
    @pytest.mark.parametrize("damage", ["missing", "short", "nan", "half precision"])
    def test_parts_that_do_not_fit(self, some, stopped, key, damage):
        tensors, record = storage.read_tensors(stopped, "Training/3")
        if damage == "missing":
            del tensors[key]
        elif damage == "short":
            tensors[key] = tensors[key].ravel()[:0]
        elif damage == "half precision":
            tensors[key] = tensors[key].astype(np.float16)
        else:
            tensors[key] = np.full_like(tensors[key], np.nan)
        storage.write_tensors(stopped, tensors, record, "Training/3")
        with pytest.raises(BadFile, match=r"run\.safetensors"):
            train(some, **FEW, checkpoint=stopped)

    def test_that_cannot_be_written(self, some, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(OutputError, match="cannot write"):
            train(some, **FEW, checkpoint=tmp_path / "file" / "run.safetensors")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_hidden": 0}, "n_hidden must be a whole number >= 1"),
        ({"n_hidden": 2.0}, "n_hidden must be a whole number >= 1"),
        ({"epochs": 0}, "epochs must be a whole number >= 1"),
        ({"batch_size": True}, "batch_size must be a whole number >= 1"),
        ({"seed": -1}, "seed must be a whole number >= 0"),
        (
            {"recipe": "best"},
            "recipe must be one of .'denoise', .*'paper'., got 'best'",
        ),
        ({"recipe": "certified", "n_hidden": 65}, r"needs n_hidden <= n_visible \(64\), got 65"),
        ({"device": "gpu"}, "device must be"),
        ({"device": "meta"}, "device must be"),
        ({"tau_v": -1.0}, "tau_v must be finite and > 0"),
        ({"tau_h": [0.1, 0.2]}, "tau_h must have one value or one per hidden neuron"),
        ({"images": np.zeros(5)}, r"shape \(image, visible\)"),
        ({"images": np.zeros((0, 5))}, r"shape \(image, visible\)"),
        ({"images": np.full((3, 5), np.nan)}, "finite, got 15 NaN or infinite of 15"),
        ({"images": np.full((3, 5), 1e300)}, "overflows float32"),
        ({"images": [["a"]]}, "array of real numbers"),
        ({"images": np.eye(9) * 1e18, "recipe": PLAIN.replace(learning_rate=1e30)}, r"diverged: .* \(1e\+30\)"),
        (
            {"recipe": RECIPES["certified"].replace(learning_rate=1e25)},
            r"training diverged: .* learning_rate \(1e\+25\)",
        ),
    ],
)
def test_bad_input_is_refused(some, changes, message):
    arguments = {"images": some} | FEW | changes
    with pytest.raises(InvalidInput, match=message) as error:
        train(**arguments)
    assert "\n" not in str(error.value)


def test_the_provenance_names_a_changed_recipe(some):
    net = train(some, n_hidden=4, epochs=1, recipe=RECIPES["paper"].replace(repulsion=0.25))
    assert net.provenance["recipe"] == "own" and net.provenance["repulsion"] == 0.25


def test_a_missing_gpu_is_named(some, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(Unavailable, match="'cuda:1' is not available: torch finds 1 CUDA"):
        train(some, **FEW, device="cuda:1")


def test_a_collapsed_run_is_an_error_and_not_a_network(some):
    with pytest.raises(NeurosimError, match="collapsed: all 390 images"):
        train(some, **few(recipe=PLAIN.replace(learning_rate=4.0)))


def test_collapse_is_judged_by_the_code_that_training_expects(some, monkeypatch):
    certified = "neurosim.learning.objectives.certified.Certified"
    monkeypatch.setattr(f"{certified}.first_pass", lambda self, net, visible: torch.zeros(len(visible), 8))
    assert train(some, **few(recipe="certified", epochs=2)).n_hidden == 8
    monkeypatch.undo()
    monkeypatch.setattr(f"{certified}.code", lambda self, net, visible: torch.zeros(len(visible), 8).double())
    with pytest.raises(NeurosimError, match="collapsed"):
        train(some, **few(recipe="certified", epochs=2))


def test_a_recipe_of_the_provenance_trains_the_same_network(some):
    net = train(some, **FEW)
    rate = net.provenance["learning_rate"]
    assert rate == PLAIN.learning_rate
    assert bits(train(some, **few(recipe=PLAIN.replace(learning_rate=rate)))) == bits(net)


def test_one_image_has_one_code(some):
    assert train(some[:1], **few(epochs=3)).n_hidden == 8


def test_default_epochs_give_every_data_set_its_updates():
    paper = RECIPES["paper"]
    assert paper.epochs_for(60_000) == paper.epochs_for(10**7) == 60
    assert paper.replace(epochs=6).epochs_for(50_000) == 6  # what is asked for, where images are many
    assert 700 <= paper.replace(epochs=6).epochs_for(1_797) * 8 < 708  # a tenth of what 60 epochs get
    for name in ("denoise", "basins", "certified", "paper"):
        epochs = RECIPES[name].epochs_for(1_797)
        assert (epochs - 1) * 8 < RECIPES[name].updates <= epochs * 8


def test_progress_is_shown_on_a_terminal_on_request(some, capsys, monkeypatch):
    train(some, **few(epochs=8), progress=True)
    assert capsys.readouterr() == ("", "")  # no bars in a log file
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    train(some, **few(epochs=8))
    assert capsys.readouterr() == ("", "")
    train(some, **few(epochs=8), progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "8/8" in err
    assert "error=" in err


@pytest.mark.slow
def test_24_hidden_neurons_store_most_digits_at_distinct_memories(digits):
    recipe = RECIPES["paper"].replace(learning_rate=3.5e-3)
    net = train(digits, n_hidden=24, recipe=recipe, epochs=400, batch_size=128)
    codes = settled_codes(net, digits.pixels)
    stable = theory.stability_margin(net, codes) > 0
    assert len(np.unique(codes[stable], axis=0)) >= 1_450
    assert net.provenance["hard_error"] < 1.6


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_training_needs_no_gradients_of_the_caller(some, mode):
    with mode():
        net = train(some, **few(epochs=3))
    np.testing.assert_array_equal(net.weights, train(some, **few(epochs=3)).weights)


def test_synapses_without_a_pseudo_inverse_are_one_clear_error(some, monkeypatch):
    def finish(*_):
        raise torch.linalg.LinAlgError("the algorithm failed to converge")

    monkeypatch.setattr("neurosim.learning.objectives.certified.Certified.finish", finish)
    with pytest.raises(NeurosimError, match=r"no pseudo-inverse \(the algorithm failed to converge\); give another"):
        train(some, **few(recipe="certified"))
