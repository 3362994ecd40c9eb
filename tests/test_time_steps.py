"""Steps above half of the shortest time constant are refused, and above a fifth warned of, wherever there are steps."""

import warnings

import numpy as np
import pytest

from neurosim import InvalidInput, Network, brian_network, krotov_hopfield, patterns, recall
from neurosim.cells import OnOff, Poisson
from neurosim.learning import Images

TAU_H = 1e-3
NUMPY = {"engine": "brian", "codegen": "numpy"}
SPIKING = {**NUMPY, "model": "spiking", "seed": 0}
ENGINES = {
    "reference": {"engine": "reference"},
    "torch": {"engine": "torch"},
    "torch full": {"engine": "torch", "reduced": False},
    "brian summed": NUMPY,
    "brian event": {**NUMPY, "formulation": "event"},
    "brian reduced": {**NUMPY, "formulation": "reduced"},
    "brian spiking": {**SPIKING, "variant": Poisson(t_ref=20e-3)},
    "brian standalone": {"engine": "brian", "target": "cpp_standalone"},
}


def network(**parameters):
    return Network.gaussian(60, 4, seed=0, **parameters)


def expect(dt, shortest):
    """Return the context in which a call with this step must run."""
    if dt > 0.5 * shortest:
        return pytest.raises(InvalidInput, match=r"dt must not exceed half of .*allow_coarse_dt=True")
    return pytest.warns(UserWarning, match="above a fifth of the shortest time constant")


@pytest.mark.parametrize("options", ENGINES.values(), ids=ENGINES)
@pytest.mark.parametrize("share", [0.51, 20, 0.3])
def test_coarse_steps_in_every_engine(options, share):
    if options["engine"] == "torch":
        pytest.importorskip("torch")
    if "target" in options and share < 0.5:
        pytest.skip("too long to compile for a warning")
    net, call = network(), {"dt": share * TAU_H, "duration": 20 * TAU_H, **options}
    with expect(share * TAU_H, TAU_H):
        recall(net, net.weights.T, **call)


@pytest.mark.parametrize("options", [{"engine": "reference"}, NUMPY], ids=["reference", "brian"])
def test_a_coarse_step_that_is_asked_for_runs_without_a_warning(options):
    net = network()
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*shortest time constant")
        for dt in (0.3 * TAU_H, 20 * TAU_H):
            out = recall(net, net.weights.T, dt=dt, duration=40 * TAU_H, allow_coarse_dt=True, **options)
            assert out.attrs["dt"] == dt
        recall(net, net.weights.T, dt=0.2 * TAU_H, **options)  # a fifth itself
        recall(net, net.weights.T, dt=0.02)  # the event engine has no step
    with pytest.raises(InvalidInput, match="allow_coarse_dt"):
        recall(net, net.weights.T, allow_coarse_dt=1, **options)


@pytest.mark.parametrize(
    ("parameters", "shortest"),
    [
        ({"tau_h": [1e-3, 4e-4, 2e-3, 1e-3]}, 4e-4),
        ({"tau_v": np.linspace(2e-4, 20e-3, 60)}, 2e-4),
        ({"tau_v": 5e-4}, 5e-4),
    ],
)
def test_the_shortest_time_constant_of_any_neuron_counts(parameters, shortest):
    net = network(**parameters)
    for share in (0.6, 0.4):
        with expect(share * shortest, shortest):
            recall(net, net.weights.T, engine="reference", dt=share * shortest)
    assert recall(net, net.weights.T, engine="reference").attrs["dt"] == pytest.approx(shortest / 10)


def test_other_models_brian_networks_and_learning():
    from neurosim.learning.stdp import STDP, learn_spiking

    old = krotov_hopfield.model_a(np.random.default_rng(0).choice([-1.0, 1.0], (3, 30)))
    net, cells = network(), Poisson(visible=OnOff(gain=100, tau_s=3e-4))
    images = Images(np.ones((2, 9)), np.zeros(2, int), (3, 3), "ones")
    rule = {"rule": STDP(shown=0.12), "epochs": 1, "target": "runtime", "codegen": "numpy", "seed": 0}
    for share in (0.6, 0.3):
        with expect(share * TAU_H, TAU_H):
            recall(old, np.ones(30), engine="reference", dt=share * TAU_H)
        with expect(share * TAU_H, TAU_H):
            brian_network(net, net.weights.T, dt=share * TAU_H)
        with expect(share * 3e-4, 3e-4):  # synapses of spiking visible cells
            brian_network(net, net.weights.T, dt=share * 3e-4, model="spiking", variant=cells, seed=0)
    with expect(0.5e-3, 0.8e-3):
        learn_spiking(images, 2, tau_h=0.8e-3, **rule)  # the default step
    with expect(0.5e-3, 2e-3):
        learn_spiking(images, 2, dt=0.5e-3, **rule)


@pytest.mark.parametrize(("share", "right"), [(0.1, 0.99), (0.2, 0.99), (0.5, 0.97)])
def test_what_is_right_at_the_boundaries(share, right):
    """Share of the bits that end as in the event engine, for cues with noise at τ_v = 20 τ_h and 3 τ_h."""
    same = []
    for seed, ratio in enumerate((3, 20)):
        net = Network.gaussian(200, 6, seed=seed, tau_v=ratio * TAU_H, tau_h=TAU_H)
        cues = patterns.visible_cues(net, patterns.all_hidden_states(6), noise_std=1.0, seed=seed)
        grid = recall(net, cues, engine="reference", dt=share * TAU_H, allow_coarse_dt=True)
        same.append((grid.hidden_active == recall(net, cues).hidden_active).values)
    assert right <= np.mean(same) <= 1
    far = recall(net, cues, engine="reference", dt=20 * TAU_H, allow_coarse_dt=True)
    assert (far.hidden_active == recall(net, cues).hidden_active).all("hidden_neuron").mean() < 0.1
