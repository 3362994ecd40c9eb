"""Functions that the calls of test_api_calls.py do not reach: bad values are refused in one line, or right."""

import functools
import inspect
import itertools
import signal

import api_calls
import numpy as np
import pytest

from neurosim import InvalidInput, Network, recall
from neurosim.cells import Population, Regular
from neurosim.constraints import Sparse
from neurosim.damage import Noise
from neurosim.engines import Brian, Circuit
from neurosim.equations.plasticity import STDP
from neurosim.learning import RECIPES, load_data, torch_module
from neurosim.learning.local import learn
from neurosim.learning.one_shot import sparse_codes
from neurosim.learning.prescribed import prescribe
from neurosim.learning.stdp import ENGINE, learn_mean, learn_spiking
from neurosim.measure.comparison.compare import capacity_sweep, compare, radius_sweep, success_sweep
from neurosim.measure.comparison.completion import completion_sweep
from neurosim.measure.constraints.sweep import constraint_sweep
from neurosim.measure.learned.by_circuit import learned_by_circuit
from neurosim.measure.learned.classification import classify
from neurosim.measure.learned.codes import compare_codes
from neurosim.measure.learned.completion import completion_by_damage
from neurosim.measure.learned.damage import damage_table, damaged_examples
from neurosim.measure.learned.forgetting import forgetting_curves
from neurosim.measure.learned.local_rules import compare_local_rules, compare_pattern_loads
from neurosim.measure.learned.recall_in_time import recall_against_ratio
from neurosim.measure.learned.recognition import recognition_by_model, recognition_of_network
from neurosim.measure.learned.references import reference_table
from neurosim.measure.learned.robustness import robustness_table
from neurosim.measure.learned.stdp import compare_stdp_rules, error_during_learning
from neurosim.measure.spiking import circuit_recall, match_to_sample, population_response
from neurosim.measure.spiking.agreement import rate_and_spiking, recall_of_memories, region
from neurosim.measure.spiking.dislodging import dislodge
from neurosim.models import Hebb

pytest.importorskip("torch")
pytestmark = pytest.mark.torch

DIGITS = load_data("digits").select(slice(20))
NET = Network.gaussian(64, 4, seed=0)
CUES = DIGITS.pixels[:2].astype(float)
STATES = np.eye(4)
SPIKING = Brian(cells="regular", codegen="numpy")
POPULATION = Population(n_cells=4)
CIRCUIT = Circuit(population=POPULATION, dt=2e-4, codegen="numpy")
SMALL = {"n_hidden": 2, "visible_per_hidden": 50}
SMALL_CIRCUIT = {"engine": CIRCUIT, "seed": 0, "n_cues": 2, "duration": 0.4}
TWO = {"networks": 1, **SMALL, "engine": CIRCUIT, "seed": 0}
MODELS, SIZE = [Hebb()], {"seed": 0, "n_neurons": 20}
SEEDED = {"n_hidden": 3, "epochs": 1, "networks": 2}


@functools.cache
def classifier():
    """Return a classifier of digits."""
    options = {"image_shape": DIGITS.shape, "epochs": 1}
    return torch_module("classifiers").fit("mlp", DIGITS.pixels, DIGITS.labels, **options)


def fit_autoencoder(images, n_hidden, *, damages, width=4, steps=2, seed=0):
    """Call the function of a module that needs torch."""
    return torch_module("autoencoder").fit(images, n_hidden, damages=damages, width=width, steps=steps, seed=seed)


# function, its arguments, and the parameters that take a sequence or a grid, by a good value
CASES = [
    (fit_autoencoder, {"images": DIGITS, "n_hidden": 3}, {"damages": [Noise(0.1)]}),
    (learn, {"images": DIGITS, "rule": "oja", "n_hidden": 3, "epochs": 1}, {}),
    (learn_mean, {"images": DIGITS, "n_hidden": 3, "epochs": 1, "seed": 0}, {}),
    (
        learn_spiking,
        {
            "images": DIGITS.select(slice(2)),
            "n_hidden": 3,
            "rule": STDP(shown=0.01),
            "engine": ENGINE.replace(target="runtime", codegen="numpy"),
            "epochs": 1,
            "seed": 0,
        },
        {},
    ),
    (prescribe, {"patterns": CUES, "codes": STATES[:2]}, {}),
    (sparse_codes, {"images": CUES, "n_hidden": 4}, {}),
    (compare, {"networks": 2, "models": MODELS, "seed": 0, "maximum": 4}, {"sizes": [8]}),
    (success_sweep, {"networks": 2, "models": MODELS, **SIZE}, {"grid": {"n_patterns": [5]}}),
    (capacity_sweep, {"networks": 2, "models": MODELS, "seed": 0}, {"grid": {"n_neurons": [8]}}),
    (radius_sweep, {"networks": 2, "models": MODELS, "seed": 0}, {"grid": {"n_neurons": [20]}}),
    (
        completion_sweep,
        {"networks": 2, "seed": 0, "n_visible": 30},
        {"memories": ["hebb"], "n_hidden": [5], "n_patterns": [3]},
    ),
    (
        constraint_sweep,
        {"networks": 2, "constraints": {"sparse": Sparse}, "seed": 0, "n_cues": 4},
        {"grid": {"value": [0.5], "n_hidden": [3]}},
    ),
    (
        learned_by_circuit,
        {"net": NET, "images": DIGITS, "engine": CIRCUIT, "seed": 0, "n_cues": 2, "duration": 0.4},
        {"damages": [Noise(0.1)]},
    ),
    (
        classify,
        {"net": NET, "seen": DIGITS, "unseen": DIGITS, "epochs": 1},
        {"kinds": ["hidden"], "damages": [Noise(0.1)]},
    ),
    (compare_codes, {"networks": {"random": NET}, "images": DIGITS}, {"noise": [0.1], "ratios": [20.0]}),
    (completion_by_damage, {"images": DIGITS, "networks": 2, "seed": 0, "epochs": 1}, {"sizes": ["10/5"]}),
    (damage_table, {"net": NET, "images": DIGITS}, {"damages": [Noise(0.1)]}),
    (damaged_examples, {"net": NET, "images": DIGITS}, {"damages": [Noise(0.1)]}),
    (
        forgetting_curves,
        {"n_images": 10, "n_visible": 20, "n_hidden": 5, "networks": 2},
        {"forget": [0.1], "ages": [0, 5]},
    ),
    (compare_local_rules, {"images": DIGITS.pixels, **SEEDED}, {"rules": ["oja"]}),
    (
        compare_pattern_loads,
        {"n_visible": 20, "n_hidden": 4, "updates": 9, "networks": 2},
        {"methods": ["oja"], "loads": [4]},
    ),
    (
        recall_against_ratio,
        {"net": NET, "images": DIGITS, "damages": {"intact": Noise(0)}, "n_cues": 5},
        {"ratios": [20.0]},
    ),
    (recognition_by_model, {"images": DIGITS, "classifier": classifier}, {"draws": [np.arange(4)]}),
    (
        recognition_of_network,
        {"net": NET, "images": DIGITS, "unseen": DIGITS, "classifier": classifier},
        {"draws": [np.arange(4)], "damages": [Noise(0.1)]},
    ),
    (reference_table, {"images": DIGITS, "n_hidden": 4, "n_cues": 5, "n_updates": 2}, {"damages": [Noise(0.1)]}),
    (
        robustness_table,
        {"net": NET, "images": DIGITS, "n_states": 5, "engine": SPIKING},
        {"noise": [0.2], "jitter": [0.01], "models": ["rate"]},
    ),
    (compare_stdp_rules, {"images": DIGITS, **SEEDED}, {"rules": ["mean"]}),
    (error_during_learning, {"images": DIGITS, "n_hidden": 3, "epochs": 1, "shown": 0.01}, {"rules": ["stdp"]}),
    (
        rate_and_spiking,
        {"engine": SPIKING, "n_cues": 4, "seed": 0},
        {"networks": [NET], "noise_levels": [0.0]},
    ),
    (
        region,
        {"parameter": "t_ref", "kinds": {"regular": Regular()}, "engine": SPIKING, "n_cues": 4, "seed": 0},
        {"networks": [NET], "values": [2e-3]},
    ),
    (
        recall_of_memories,
        {"net": NET, "memories": STATES, "engine": SPIKING, "n_cues": 4, "seed": 0},
        {"relative_noise": [0.0]},
    ),
    (dislodge, {"engine": "reference", "n_cues": 4, "seed": 0}, {"networks": [NET], "amplitudes": [0.0]}),
    (
        circuit_recall,
        {**TWO, "n_cues": 2, "duration": 0.4},
        {"grid": {"noise_std": [0.0]}},
    ),
    (
        match_to_sample,
        {**TWO, "n_trials": 2},
        {"grid": {"delay": [0.1]}},
    ),
    (
        population_response,
        {"population": POPULATION, "seed": 0, "duration": 0.6, "dt": 2e-4, "codegen": "numpy"},
        {"drives": [0.5]},
    ),
]
BAD = ["x", 3.5, None, [], [None], ["x", "y"], [{}], object()]
ALLOWED = {  # bad values that are right for some parameters: all, none, or one number alone
    "rules": [None],
    "damages": [None, []],
    "noise": [3.5, []],
    "jitter": [3.5, []],
    **{key: [3.5] for key in ["ratios", "forget", "noise_levels", "values", "relative_noise", "amplitudes"]},
}
REQUIRED = {"learned_by_circuit", "recognition_of_network"}  # damages must be named


def bad_calls():
    """Yield each function with one bad value in the place of a sequence."""
    for function, fixed, sequences in CASES:
        for name, (place, bad) in itertools.product(sequences, enumerate(BAD)):
            needed = name == "damages" and function.__name__ in REQUIRED
            if needed or bad not in ALLOWED.get(name, []):
                yield pytest.param(function, fixed, sequences, name, bad, id=f"{function.__name__}-{name}-{place}")


@pytest.mark.parametrize(("function", "fixed", "sequences", "name", "bad"), list(bad_calls()))
def test_what_is_no_sequence_is_refused(function, fixed, sequences, name, bad):
    arguments = {key: value() if value is classifier else value for key, value in fixed.items()}
    with pytest.raises(InvalidInput, match=r"must|needs|no such") as refused:
        function(**arguments, **(sequences | {name: bad}))
    assert "\n" not in str(refused.value)


QUICK = ("text", "object", "1j", "NaN array", "-1")  # bad values that hardly any parameter takes
EFFORT = {"n_trials", "n_updates", "n_shown", "updates", "maximum", "n_visible", "n_hidden", "n_images", "shown"}
EFFORT |= {"visible_per_hidden", "n_states", "seed", "presentation", *api_calls.EFFORT}
LEFT_OUT = {"progress", "log"}
LONG = {("shown", "1.5"), ("engine", "None")}  # right, and simulated for minutes
# They compile or simulate before some of their values can be checked; all their values are a slow test.
SIMULATED = {"region", "rate_and_spiking", "circuit_recall", "match_to_sample", "population_response"}
FAST = [case for case in CASES if case[0].__name__ not in SIMULATED]


def wrong_answers(function, fixed, sequences, bad_values):
    arguments = {key: value() if value is classifier else value for key, value in fixed.items()} | sequences
    return [
        answer
        for parameter in inspect.signature(function).parameters.values()
        for bad in bad_values
        if parameter.kind not in api_calls.VARIABLE and parameter.name not in LEFT_OUT
        if not (parameter.name in EFFORT and bad in {*api_calls.HUGE, "None", "0", "True"})
        if (parameter.name, bad) not in LONG
        if not (parameter.name in api_calls.CALLED and bad in ("function", "class"))
        if (answer := api_calls.wrong(function.__name__, function, arguments, parameter.name, bad)) is not None
    ]


@pytest.fixture
def alarm(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a text is a path too: calls that are taken may write files
    before = signal.signal(signal.SIGALRM, api_calls.stop)
    yield
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(("function", "fixed", "sequences"), FAST, ids=[case[0].__name__ for case in FAST])
def test_some_bad_values_are_refused_in_one_line_or_right(alarm, function, fixed, sequences):
    assert wrong_answers(function, fixed, sequences, QUICK) == []


@pytest.mark.slow
@pytest.mark.parametrize(("function", "fixed", "sequences"), CASES, ids=[case[0].__name__ for case in CASES])
def test_all_bad_values_are_refused_in_one_line_or_right(alarm, function, fixed, sequences):
    assert wrong_answers(function, fixed, sequences, api_calls.BAD) == []


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: radius_sweep(2, MODELS, {"n_patterns": [5]}, seed=0), "a setting of the sweep must be one of"),
        (lambda: success_sweep(2, MODELS, {"n_neurons": [20]}, seed=0), "must give n_patterns"),
        (
            lambda: success_sweep(2, MODELS, {"n_patterns": [5]}, seed=0, n_neurons=20, n_patterns=5),
            "must vary in the grid or have one value",
        ),
        (lambda: capacity_sweep(2, MODELS, {"n_neurons": [8]}, seed=0, level=1.5), "level must be a finite number"),
        (
            lambda: completion_sweep(2, ["hebb"], [5], [3], seed=0, images=DIGITS.pixels),
            "images must be of -1 and 1",
        ),
        (lambda: damage_table(NET, DIGITS, minima=DIGITS), "minima must be a Dataset"),
        (lambda: damage_table(NET, DIGITS, n_cues=1.5), "must be a whole number"),
        (lambda: compare_codes({}, DIGITS), "networks must map labels to at least one Network"),
        (lambda: recall(NET, CUES, engine="reference", duration=1e-15), "must be a finite number >= 1e-12 s"),
    ],
)
def test_what_was_taken_or_failed_inside_is_refused_by_its_rule(call, message):
    with pytest.raises(InvalidInput, match=message):
        call()


def test_one_value_alone_is_a_sequence_of_one():
    assert damage_table(NET, DIGITS, Noise(0.1), n_cues=5).sizes["damage"] == 1
    assert RECIPES["denoise"].replace(damages=Noise(0.1)).damages == (Noise(0.1),)
    assert classify(NET, DIGITS, DIGITS, kinds="hidden", epochs=1).test.values.tolist() == ["hidden"]
