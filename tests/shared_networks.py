"""Networks that tests of several folders use."""

import numpy as np

from neurosim import Network, patterns

GAUSSIAN = Network.gaussian(300, 8, seed=0)
SEPARATE = Network(weights=GAUSSIAN.weights, feedback=Network.gaussian(300, 8, seed=1).weights.T)


def random_network(
    n_hidden,
    ratio=20.0,
    seed=0,
    symmetric=True,
    per_neuron=False,
    n_visible=None,
    per_tau_h=False,
    thresholds=(0.3, 0.7),
):
    """Return a Gaussian network with τ_h = 1 ms and τ_v = `ratio` ms.

    With `symmetric=False` its feedback is the transposed weights plus noise. All thresholds are ½ or, `per_neuron`,
    drawn between the two `thresholds`.
    """
    rng = np.random.default_rng(seed)
    weights = rng.standard_normal((n_visible or 20 * n_hidden, n_hidden))
    return Network(
        weights=weights,
        feedback=None if symmetric else weights.T + rng.standard_normal(weights.T.shape),
        threshold=rng.uniform(*thresholds, n_hidden) if per_neuron else 0.5,
        tau_v=ratio * 1e-3,
        tau_h=rng.uniform(0.5e-3, 2e-3, n_hidden) if per_tau_h else 1e-3,
    )


def noisy_cues(net, count, noise_std=2.0, seed=1):
    """Noisy states; stronger where v decays before h can follow, else nothing would ever cross."""
    targets = patterns.random_hidden_states(net.n_hidden, count, seed=seed)
    cues = patterns.visible_cues(net, targets, noise_std=noise_std, seed=seed)
    return cues * max(1.0, float(net.tau_h.max() / net.tau_v.max()))


def cycling():
    """Return a network of four hidden neurons, one pixel each, on a ring of inhibition that the last one silences.

    The state in which only the last one is active is the only fixed point; without it the first three cycle.
    """
    coupling = np.array([[0, -1, 0, -2], [0, 0, -1, -2], [-1, 0, 0, -2], [0, 0, 0, 1.0]])
    pixels = np.eye(64, 4)
    return Network(2 * pixels, feedback=32 * coupling @ pixels.T, threshold=[-0.5, -0.5, -0.5, 0.5])
