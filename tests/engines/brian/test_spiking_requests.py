"""Requests for the spiking model that are refused."""

import numpy as np
import pytest

from neurosim import InvalidInput, Network, Sigmoid, recall
from neurosim.cells import Interneurons, OnOff, Regular
from neurosim.engines import Brian

N_V, N_H = 30, 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"record": ["spike"]}, "record must be one of .*activity.*spikes.*visible_spikes"),
        ({"record": ["visible_spikes"]}, r"OnOff\(\)"),
        ({"cells": None, "record": ["spikes"]}, "record must be one of"),
        ({"cells": "irregular"}, "cells must be one of .*regular"),
        ({"cells": OnOff()}, "cells must be one of"),
        ({"cells": "poisson"}, "give seed="),
        ({"cells": Regular(threshold_std=0.1)}, "give seed="),
        ({"cells": "on_off"}, "give seed="),
        ({"cells": "poisson", "seed": -1}, "seed must be a whole number"),
        ({"formulation": "summed", "cells": "on_off", "seed": 0}, 'formulation="event"'),
        ({"formulation": "reduced", "cells": "on_off", "seed": 0}, 'formulation="event"'),
        ({"dt": 0.3e-3}, "t_ref must be a whole number of steps"),
        ({"dt": 4e-3}, "t_ref must be a whole number of steps, at least one"),
        ({"dt": 1e-3, "cells": Regular(visible=OnOff(t_ref=1.5e-3)), "seed": 0}, "t_ref of visible cells must be"),
        ({"dt": 1e-4, "cells": Regular(visible=OnOff(gain=2e4)), "seed": 0}, "at most one spike in a step, got 20000"),
        (
            {"dt": 1e-4, "cells": Regular(visible=OnOff(), interneurons=Interneurons(rate=2e4)), "seed": 0},
            "rate of interneurons must be at most one spike in a step",
        ),
    ],
)
def test_a_request_that_breaks_a_rule_is_refused(options, message):
    net = Network.gaussian(N_V, N_H, seed=3)
    with pytest.raises(InvalidInput, match=message):
        request = {name: options.pop(name) for name in ("record", "seed") if name in (options := dict(options))}
        recall(net, np.zeros((2, N_V)), engine=Brian(**{"cells": "regular"} | options), duration=5e-3, **request)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"hidden_activation": Sigmoid(5.0)}, "needs Heaviside hidden units.*omit cells="),
        ({"tau_v": np.linspace(0.01, 0.02, N_V)}, "one tau_v"),
    ],
)
def test_a_network_that_cannot_spike_is_refused(parameters, message):
    with pytest.raises(InvalidInput, match=message):
        recall(Network.gaussian(N_V, N_H, seed=3, **parameters), np.zeros((1, N_V)), engine=Brian(cells="regular"))


def test_the_default_step_divides_both_refractory_periods():
    net = Network.gaussian(N_V, N_H, seed=3, tau_h=10e-3, tau_v=50e-3)
    step = Brian(cells=Regular(t_ref=2e-3, visible=OnOff(t_ref=1.5e-3))).time_step(net)
    assert step == pytest.approx(0.5e-3)
    assert Brian(cells=Regular(t_ref=2e-3)).time_step(net) == pytest.approx(1e-3)


def test_brighter_cues_are_faster_cells():
    net, engine = Network.gaussian(N_V, N_H, seed=3), Brian(cells=Regular(visible=OnOff(gain=2000.0)), dt=1e-4)
    engine.request(net, np.full((1, N_V), 4.0), seed=0, duration=5e-3)
    with pytest.raises(InvalidInput, match="got 12000 Hz in steps"):
        engine.request(net, np.full((1, N_V), -6.0), seed=0, duration=5e-3)
