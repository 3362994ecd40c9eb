"""Steps above half of the shortest time constant are refused, and above a fifth warned of, wherever there are steps."""

import warnings

import numpy as np
import pytest

from neurosim import InvalidInput, Network, brian_network, krotov_hopfield, patterns, recall
from neurosim.cells import OnOff, Poisson, Population, Synapses
from neurosim.engines import Brian, Circuit, Reference, Torch
from neurosim.learning import Images

TAU_H = 1e-3
NUMPY = Brian(codegen="numpy")
ENGINES = {
    "reference": Reference(),
    "torch": Torch(),
    "torch full": Torch(reduced=False),
    "brian summed": NUMPY,
    "brian event": NUMPY.replace(formulation="event"),
    "brian reduced": NUMPY.replace(formulation="reduced"),
    "brian spiking": NUMPY.replace(cells=Poisson(t_ref=20e-3)),
    "brian standalone": Brian(target="cpp_standalone"),
}


def network(**parameters):
    return Network.gaussian(60, 4, seed=0, **parameters)


def expect(dt, shortest):
    """Return the context in which a call with this step must run."""
    if dt > 0.5 * shortest:
        return pytest.raises(InvalidInput, match=r"dt must not exceed half of .*allow_coarse_dt=True")
    return pytest.warns(UserWarning, match="above a fifth of the shortest time constant")


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@pytest.mark.parametrize("share", [0.51, 20, 0.3])
def test_coarse_steps_in_every_engine(engine, share):
    if isinstance(engine, Torch):
        pytest.importorskip("torch")
    if engine.compiles and share < 0.5:
        pytest.skip("too long to compile for a warning")
    net = network()
    with expect(share * TAU_H, TAU_H) as warned:
        recall(net, net.weights.T, engine=engine.replace(dt=share * TAU_H), duration=20 * TAU_H, seed=0)
    if share < 0.5:
        here = {warning.filename for warning in warned if "shortest time constant" in str(warning.message)}  # pyright: ignore[reportGeneralTypeIssues]
        assert here == {__file__}


@pytest.mark.parametrize("engine", [Reference(), NUMPY], ids=["reference", "brian"])
def test_a_coarse_step_that_is_asked_for_runs_without_a_warning(engine):
    net = network()
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*shortest time constant")
        for dt in (0.3 * TAU_H, 20 * TAU_H):
            coarse = engine.replace(dt=dt, allow_coarse_dt=True)
            out = recall(net, net.weights.T, engine=coarse, duration=40 * TAU_H)
            assert out.attrs["dt"] == dt
        recall(net, net.weights.T, engine=engine.replace(dt=0.2 * TAU_H))  # a fifth itself
    with pytest.raises(InvalidInput, match="allow_coarse_dt"):
        engine.replace(allow_coarse_dt=1)


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
            recall(net, net.weights.T, engine=Reference(dt=share * shortest))
    assert recall(net, net.weights.T, engine="reference").attrs["dt"] == pytest.approx(shortest / 10)


@pytest.mark.parametrize("synapse", ["tau_ampa", "tau_gaba", "tau_nmda", "tau_gaba_b"])
def test_every_synapse_of_a_circuit_counts(synapse):
    engine = Circuit(population=Population(synapses=Synapses(**{synapse: 1e-4})), dale=True, dt=1e-4)
    net = network(tau_v=0.4)
    with expect(1e-4, 1e-4):
        engine.request(net, net.weights.T, duration=10e-3, seed=0)


@pytest.mark.slow
def test_other_models_brian_networks_and_learning():
    from neurosim.learning.stdp import STDP, learn_spiking

    old = krotov_hopfield.model_a(np.random.default_rng(0).choice([-1.0, 1.0], (3, 30)))
    net, cells = network(), Poisson(visible=OnOff(gain=100, tau_s=3e-4))
    images = Images(np.ones((2, 9)), np.zeros(2, int), (3, 3), "ones")
    rule = {"rule": STDP(shown=0.12), "epochs": 1, "seed": 0}
    for share in (0.6, 0.3):
        with expect(share * TAU_H, TAU_H):
            recall(old, np.ones(30), engine=Reference(dt=share * TAU_H))
        with expect(share * TAU_H, TAU_H):
            brian_network(net, net.weights.T, engine=Brian(dt=share * TAU_H))
        with expect(share * 3e-4, 3e-4):  # synapses of spiking visible cells
            brian_network(net, net.weights.T, engine=Brian(cells=cells, dt=share * 3e-4), seed=0)
    with expect(0.5e-3, 0.8e-3):
        learn_spiking(images, 2, tau_h=0.8e-3, engine=NUMPY, **rule)  # the default step
    with expect(0.5e-3, 2e-3):
        learn_spiking(images, 2, engine=NUMPY.replace(dt=0.5e-3), **rule)


@pytest.mark.parametrize(("share", "right"), [(0.1, 0.99), (0.2, 0.99), (0.5, 0.97)])
def test_what_is_right_at_the_boundaries(share, right):
    """Share of the bits that end as in the event engine, for cues with noise at τ_v = 20 τ_h and 3 τ_h."""
    same = []
    for seed, ratio in enumerate((3, 20)):
        net = Network.gaussian(200, 6, seed=seed, tau_v=ratio * TAU_H, tau_h=TAU_H)
        cues = patterns.visible_cues(net, patterns.all_hidden_states(6), noise_std=1.0, seed=seed)
        grid = recall(net, cues, engine=Reference(dt=share * TAU_H, allow_coarse_dt=True))
        same.append((grid.hidden_active == recall(net, cues).hidden_active).values)
    assert right <= np.mean(same) <= 1
    far = recall(net, cues, engine=Reference(dt=20 * TAU_H, allow_coarse_dt=True))
    assert (far.hidden_active == recall(net, cues).hidden_active).all("hidden_neuron").mean() < 0.1
