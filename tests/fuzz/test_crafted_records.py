"""Whole files and records of any content: networks, checkpoints, NIR graphs, engines, cells, constraints."""

import json
from contextlib import suppress

import numpy as np
import pytest
from fuzz_inputs import ARRAYS, FUZZ, JSON, changed
from hypothesis import given
from hypothesis import strategies as st

from neurosim import BadFile, InvalidInput, Network, cells, constraints, engines
from neurosim.network import _KIND
from neurosim.storage import read_tensors, write_tensors


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """Path of a network's file, its tensors and its record."""
    path = tmp_path_factory.mktemp("network") / "net.safetensors"
    Network.gaussian(12, 3, seed=0).save(path)
    return path, *read_tensors(path, _KIND)


def with_one_changed(tensors, data):
    """Return tensors with one replaced, removed or added."""
    name = data.draw(st.sampled_from([*sorted(tensors), "feedback", "other", "provenance"]))
    others = {key: value for key, value in tensors.items() if key != name}
    return others if data.draw(st.booleans()) else {**others, name: data.draw(ARRAYS)}


def test_networks_of_any_arrays_and_records(network, tmp_path):
    _, tensors, record = network
    path = tmp_path / "net.safetensors"

    @FUZZ
    @given(st.data())
    def load(data):
        write_tensors(path, with_one_changed(tensors, data), changed(record, data.draw), _KIND)
        try:
            net = Network.load(path)
        except BadFile as error:
            assert "\n" not in str(error)
        else:
            assert np.isfinite(net.weights).all()

    load()


def test_checkpoints_of_any_arrays(tmp_path):
    torch = pytest.importorskip("torch")
    from neurosim.learning import RECIPES
    from neurosim.learning.run import _KIND as kind
    from neurosim.learning.run import Run

    recipe = RECIPES["paper"]
    sizes = {"n_images": 50, "n_hidden": 4, "batch_size": 25, "epochs": 2, "seed": 0, "learning_rate": 0.01}
    settings, visible = recipe.record() | sizes, torch.rand(50, 16, generator=torch.Generator().manual_seed(0))
    run = Run.start(recipe, settings, visible)
    run.one_epoch()
    path = tmp_path / "checkpoint.safetensors"
    run.save(path)
    tensors, record = read_tensors(path, kind)

    @FUZZ
    @given(st.data())
    def resume(data):
        write_tensors(path, with_one_changed({**tensors, "losses": tensors["losses"]}, data), record, kind)
        try:
            again = Run.resume(path, recipe, settings, visible)
        except BadFile as error:
            assert "\n" not in str(error)
        else:
            assert 1 <= again.epoch <= 2

    resume()


def test_nir_graphs_of_any_metadata_and_arrays():
    pytest.importorskip("nir")
    from neurosim.interop import from_nir, to_nir

    net = Network.gaussian(6, 2, seed=0)
    arrays = {"visible": "tau", "hidden_to_visible": "weight", "membrane": "r", "cells": "v_threshold"}

    @FUZZ
    @given(st.data())
    def read(data):
        graph = to_nir(net)
        record = json.loads(graph.metadata["neurosim"])
        if data.draw(st.booleans()):
            changes = changed(record, data.draw) if data.draw(st.booleans()) else data.draw(JSON)
            graph.metadata["neurosim"] = json.dumps(changes)
        else:
            node = data.draw(st.sampled_from(sorted(arrays)))
            setattr(graph.nodes[node], arrays[node], data.draw(ARRAYS))
        with suppress(InvalidInput):
            from_nir(graph)

    read()


@FUZZ
@given(st.data())
def test_records_of_engines_cells_and_constraints(data):
    engine = changed(engines.Brian(dt=1e-4).to_record(), data.draw)
    cell = changed(cells.LIF(visible=cells.OnOff()).to_record(), data.draw)
    constraint = changed({"name": "sparse", "density": 0.1, "reciprocal": True}, data.draw)
    for read, record in (
        (engines.from_record, engine),
        (engines.from_record, json.dumps(engine)),
        (engines.from_record, data.draw(JSON)),
        (cells.from_record, cell),
        (cells.from_record, data.draw(JSON)),
        (constraints.from_record, constraint),
        (constraints.from_record, data.draw(JSON)),
        (lambda records: constraints.replay(Network.gaussian(6, 2, seed=0), records), data.draw(JSON)),
    ):
        try:
            read(record)
        except InvalidInput as error:
            assert str(error)
