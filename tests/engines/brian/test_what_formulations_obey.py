"""What each formulation obeys: the page against the code, and the code against what a perturbation does."""

import re
from pathlib import Path
from typing import Any

import brian2
import numpy as np
import pytest

from neurosim import InvalidInput, Network, brian_network, measure, patterns, recall
from neurosim.cells import OnOff, Regular
from neurosim.engines import Brian, Changes
from neurosim.equations import CHANGEABLE, visible_in_the_loop
from neurosim.measure.basins.volumes import basin_volumes

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "engines.md"
MODELS = {"rate": None, "graded": Regular(t_ref=1e-3), "on_off": Regular(t_ref=1e-3, visible=OnOff())}
NAMES = {"spiking, graded visible neurons": "graded", "spiking, ON/OFF visible neurons": "on_off"}
NET = Network.gaussian(20, 3, seed=0, tau_v=20e-3, tau_h=2e-3)


def table():
    """Return the rows of the page: (model, formulation) → (driven by the visible neurons, objects)."""
    text = PAGE.read_text(encoding="utf-8").split("### What each formulation obeys")[1].split("\n\n", 3)[2]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]
    return {
        (NAMES.get(model, model), form.strip("`")): (
            driven == "visible neurons",
            tuple(re.findall(r"`(\w+)`", objects)),
        )
        for model, form, driven, objects in rows
    }


def test_the_page_has_what_the_code_has():
    assert table() == {
        (model, form): (visible_in_the_loop(form, MODELS[model]), objects)
        for (model, form), objects in CHANGEABLE.items()
    }


@pytest.mark.parametrize(("model", "formulation"), CHANGEABLE)
def test_the_objects_exist_and_the_visible_neurons_matter_where_the_table_says_so(model, formulation, interpreted):
    """A jump of v at 5 ms, made outside `Changes`, reaches h exactly where the table has the visible neurons."""
    cells = MODELS[model]
    hidden = []
    for jump in (0.0, 2.0):
        engine = Brian(cells=cells, formulation=formulation, dt=1e-4)
        network = brian_network(NET, NET.weights.T, engine=engine, seed=0)
        assert set(CHANGEABLE[model, formulation]) <= {one.name for one in network.objects}
        network.run(5 * brian2.ms, namespace={})
        if formulation != "reduced":
            network["visible"].v += jump
        network.run(10 * brian2.ms, namespace={})
        hidden.append(network["hidden" if cells is None else "cells"].h[:])
    assert (abs(hidden[1] - hidden[0]).max() > 0.05) == visible_in_the_loop(formulation, cells)


ADAPTING = Brian(
    changes=Changes(
        equations={"hidden": "dadapt/dt = (s - adapt)/tau_a : 1"},
        terms={"h": "-strength*adapt"},
        parameters={"strength": 0.9, "tau_a": 20 * brian2.ms},
    ),
    codegen="numpy",
)
DURATION = 80e-3


def test_measurements_by_recall_run_on_a_changed_model_and_closed_forms_are_not_given():
    states = patterns.all_hidden_states(3)
    options: dict[str, Any] = {"n_hidden": 3, "visible_per_hidden": 10, "seed": 0, "duration": DURATION}
    curve = measure.recall_sweep(2, {"noise_std": [1]}, engine=ADAPTING, **options)
    plain = measure.recall_sweep(2, {"noise_std": [1]}, engine=ADAPTING.replace(changes=None), **options)
    assert float(curve.recalled[0]) < float(plain.recalled[0])
    assert np.isnan(curve.law).all() and not np.isnan(plain.law).all()
    counted = measure.count_by_recall(NET, seed=0, engine=ADAPTING, duration=DURATION)
    assert 1 <= int(counted.n_recalled) < len(states)
    volumes = basin_volumes(NET, n_cues=16, seed=0, engine=ADAPTING, memories=states, duration=DURATION)
    assert np.isnan(volumes.margin).all()


def test_what_needs_the_built_in_equations_is_refused_with_the_alternative():
    with pytest.raises(InvalidInput, match=r"unique_stable_minima holds for .*use unique_attractors\(recall"):
        measure.unique_stable_minima(NET, NET.weights.T, engine=ADAPTING)


def test_a_changed_model_is_not_said_to_have_settled_by_the_closed_form():
    """Hidden neurons that adapt in less time than it takes to recover switch on and off for ever."""
    rhythm = ADAPTING.changes.set(strength=3.0, tau_a=60 * brian2.ms)
    driven = Changes(
        equations=rhythm.equations, terms={**rhythm.terms, "v": "0.9*w_0"}, parameters={**rhythm.parameters, "w_0": 2.0}
    )
    net = Network(np.full((20, 1), 1.0), tau_v=20e-3, tau_h=2e-3)
    out = recall(net, np.ones((1, 20)), engine=ADAPTING.replace(changes=driven), duration=1.0)
    assert out.outcome.item() == "cycling" and out.n_crossings.item() > 6
