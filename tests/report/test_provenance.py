"""The last section of a report: where the network is from, whatever its provenance holds."""

from neurosim import Network
from neurosim.constraints import Sparse, constrain
from neurosim.learning import load_data
from neurosim.report.network import _memories, _provenance


def test_constraints_and_provenance_of_any_length_are_shown():
    provenance = {"losses": [0.5] * 9, "steps": [{"a": 1}] * 6, "one": [1.5], "none": []}
    net = Network.gaussian(64, 8, seed=0).replace(provenance=provenance)
    net = constrain(net, [Sparse(0.9)] * 5, seed=0)
    rows = _provenance(net, load_data("digits"), {}).rows
    constraints = [row for row in rows if row[0] == "constraint: sparse"]
    assert len(constraints) == 5 and "density = 0.9" in constraints[0][1]
    shown = {name: value for name, value, _ in rows}
    assert shown["training: losses"] == "0.5 … 0.5 (9 values)" and shown["training: one"] == "1.5"
    assert shown["training: steps"] == "{'a': 1} … {'a': 1} (6 values)"


def test_thresholds_are_not_said_to_be_learned():
    net = Network.gaussian(64, 3, seed=0, threshold=[0.25, 0.5, 0.75])
    assert ("threshold θ", "0.25 … 0.75", "range over hidden neurons") in _memories(net, load_data("digits")).rows
