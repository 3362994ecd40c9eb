"""Small spiking networks for several test files, run with Brian2's numpy target."""

import numpy as np

from neurosim import InputCurrent, Network, patterns
from neurosim.engines import Brian

N_V, N_H, DT = 30, 4, 1e-4
NUMPY = Brian(cells="regular", codegen="numpy")
STEPS = NUMPY.replace(dt=DT)


def network(**parameters):
    feedback = parameters.pop("feedback", 0)
    defaults = {"threshold": 0.3, "tau_v": 20e-3, "tau_h": 2e-3}
    net = Network.gaussian(N_V, N_H, seed=3, **(defaults | parameters))
    if feedback:
        noise = np.random.default_rng(5).standard_normal((N_H, N_V))
        net = net.replace(feedback=net.weights.T + feedback * noise)
    return net


def cues_for(net, count=3):
    targets = patterns.random_hidden_states(net.n_hidden, count, seed=1)
    return patterns.visible_cues(net, targets, noise_std=0.7, seed=2)


def held_at(drive, duration, **parameters):
    """Return a network of one hidden neuron a cue, and what holds its drive u there; its spikes move nothing."""
    net = Network(**({"weights": [[1e-12]], "feedback": [[1.0]], "threshold": 0.5} | parameters))
    cues = np.reshape(drive, (-1, 1))
    return {"net": net, "cues": cues, "input": InputCurrent(cues[None], duration), "duration": duration}
