"""Changes of the Brian2 model: obeyed on every target, checked when made, refused where they would be ignored."""

import importlib
import json
import subprocess
import sys
import textwrap

import brian2
import numpy as np
import pytest
from brian2 import Hz, NeuronGroup, PoissonInput, StateMonitor, Synapses

from neurosim import InputCurrent, InvalidInput, Network, brian_network, patterns, recall
from neurosim.cells import LIF, OnOff, Regular
from neurosim.engines import Brian, Changes, from_record
from neurosim.engines.brian import programs, standalone
from neurosim.engines.brian.compilers import compiler
from neurosim.engines.brian.job import Job

needs_compiler = pytest.mark.skipif(compiler() is None, reason="no C++ compiler (g++ or $CXX) on this machine")
NET = Network.gaussian(40, 4, seed=0, tau_v=20e-3, tau_h=2e-3)
CUES = patterns.visible_cues(NET, patterns.all_hidden_states(4)[[3, 6, 9, 15]])
SHORT = {"duration": 60e-3, "seed": 1}

ADAPTATION = Changes(
    equations={"hidden": "dadapt/dt = (s - adapt)/tau_a : 1"},
    terms={"h": "-strength*adapt"},
    parameters={"strength": 0.4, "tau_a": 30 * brian2.ms},
)
CONDUCTANCE = Changes(
    equations={
        "visible": "total : 1",
        "hidden_to_visible": "total_post = abs(w)*s_pre/sqrt(N_h) : 1 (summed)",
    },
    terms={"v": "-total*v/reversal"},
    parameters={"reversal": 3.0},
)


def background(network):
    """Poisson input to every visible neuron."""
    network.add(PoissonInput(network["visible"], "v", N=20, rate=50 * Hz, weight="kick"))


BACKGROUND = Changes(equations={"visible": "kick : 1 (shared, constant)"}, build=background, parameters={"kick": 0.3})


def numpy_engine(changes, **options):
    return Brian(changes=changes, codegen="numpy", **options)


def euler(net, cues, duration, *, hidden_term, visible_term, dt=2e-5):
    """Return h and v of eqs. (1a, 1b) with terms, by Euler's method: written without any code of neurosim."""
    v, h, adapt = cues.copy(), np.zeros((len(cues), net.n_hidden)), np.zeros((len(cues), net.n_hidden))
    weights, scale = net.weights, np.sqrt(net.n_hidden)
    for _ in range(round(duration / dt)):
        s = (h > net.threshold).astype(float)
        u = scale / net.n_visible * v @ weights
        total = s @ abs(weights).T / scale
        dv = (s @ weights.T / scale - v + visible_term(v, total)) / float(net.tau_v)
        dh = (u - h + hidden_term(adapt)) / float(net.tau_h)
        adapt = adapt + dt * (s - adapt) / 30e-3
        v, h = v + dt * dv, h + dt * dh
    return h, v


@pytest.mark.parametrize(
    ("changes", "terms"),
    [
        (ADAPTATION, {"hidden_term": lambda a: -0.4 * a, "visible_term": lambda v, g: 0.0}),
        (CONDUCTANCE, {"hidden_term": lambda a: 0.0, "visible_term": lambda v, g: -g * v / 3}),
    ],
)
def test_a_changed_network_solves_the_changed_equations(changes, terms):
    h, v = euler(NET, CUES, 15e-3, **terms)
    out = recall(NET, CUES, engine=numpy_engine(changes, dt=2e-5), duration=15e-3)
    np.testing.assert_allclose(out.hidden, h, atol=3e-3)
    np.testing.assert_allclose(out.visible, v, atol=3e-3)
    unchanged = recall(NET, CUES, engine=Brian(codegen="numpy", dt=2e-5), duration=15e-3)
    assert abs(out.hidden - unchanged.hidden).max() > 0.03  # the change has an effect that the tolerance would not hide


@pytest.mark.parametrize("formulation", ["summed", "event", "reduced"])
@pytest.mark.parametrize("cells", [None, Regular(t_ref=1e-3), LIF(t_ref=1e-3, noise=1e-6)])
def test_a_term_of_strength_zero_changes_nothing_but_the_integrator(formulation, cells):
    off = Changes(terms={"h": "-strength*h"}, parameters={"strength": 0.0})
    current = InputCurrent(np.random.default_rng(2).standard_normal((1, 1, 40)), 5e-3)
    call = {"input": current, **SHORT}
    options = {"formulation": formulation, "cells": cells, "dt": 5e-5}
    changed = recall(NET, CUES, engine=numpy_engine(off, **options), **call)
    plain = recall(NET, CUES, engine=Brian(codegen="numpy", **options), **call)
    np.testing.assert_array_equal(changed.hidden_active, plain.hidden_active)
    late = 0.0 if cells is None or not cells.resets else 5e-5 / 2e-3 * float(abs(plain.hidden).max())
    np.testing.assert_allclose(changed.hidden, plain.hidden, atol=2e-3 + late)  # late: a reset may fall a step later
    assert "rk2" in changed.attrs["method"] and "rk2" not in plain.attrs["method"]


def test_all_formulations_obey_changes_of_the_hidden_layer():
    found = {
        form: recall(NET, CUES, engine=numpy_engine(ADAPTATION, formulation=form, dt=2e-5), duration=30e-3).hidden
        for form in ("summed", "event", "reduced")
    }
    np.testing.assert_allclose(found["event"], found["summed"], atol=0.01)
    np.testing.assert_allclose(found["reduced"], found["event"], atol=1e-12)


@pytest.mark.parametrize("cells", [Regular(t_ref=1e-3), LIF(t_ref=2e-3, noise=0.05, n_cells=2, threshold_std=0.05)])
def test_the_spiking_form_with_visible_neurons_in_the_loop_equals_the_event_form(cells):
    """Both solve the same equations exactly between spikes; sums are rounded differently."""
    for net in (NET, NET.replace(feedback=NET.weights.T * 1.1)):
        call = {"input": InputCurrent(np.random.default_rng(3).standard_normal((2, 1, 40)), 5e-3), **SHORT}
        form = {
            name: recall(net, CUES, engine=Brian(cells=cells, formulation=name, codegen="numpy"), **call)
            for name in ("summed", "event")
        }
        assert int(form["summed"].n_spikes.sum()) > 50
        for name in ("hidden", "visible", "activity", "n_spikes"):
            np.testing.assert_allclose(form["summed"][name], form["event"][name], atol=1e-9, err_msg=name)


def test_spiking_cells_adapt_at_their_spikes():
    def adapt(network):
        own = "jump : 1 (shared, constant)"
        jumps = Synapses(network["cells"], network["cells"], own, on_pre="adapt_post += jump")
        jumps.connect(j="i")
        network.add(jumps)

    changes = Changes(
        equations={"cells": "dadapt/dt = -adapt/tau_a : 1"},
        terms={"h": "-adapt"},
        build=adapt,
        parameters={"jump": 0.0, "tau_a": 0.1 * brian2.second},
    )
    engine = numpy_engine(changes, cells=Regular(t_ref=1e-3))
    spikes = [
        int(recall(NET, CUES, engine=engine.replace(changes=changes.set(jump=jump)), **SHORT).n_spikes.sum())
        for jump in (0.0, 0.05)
    ]
    assert engine.form(NET) == "summed" and 0 < spikes[1] < 0.6 * spikes[0]


@pytest.mark.slow
def test_background_reaches_the_hidden_layer_where_visible_neurons_are_in_the_loop():
    for cells in (None, Regular(t_ref=1e-3), Regular(t_ref=1e-3, visible=OnOff())):
        engine = numpy_engine(BACKGROUND, cells=cells)
        out = {
            kick: recall(NET, CUES, engine=engine.replace(changes=BACKGROUND.set(kick=kick)), **SHORT)
            for kick in (0.0, 0.3)
        }
        assert engine.is_random and not engine.is_rate_model
        assert abs(out[0.3].visible - out[0.0].visible).max() > 1
        assert abs(out[0.3].hidden - out[0.0].hidden).max() > 0.05


def test_the_mean_and_variance_of_poisson_background_are_those_of_shot_noise():
    """Campbell: rate N·λ of jumps k into a leak τ_v has mean N λ k τ_v and variance N λ k² τ_v/2."""
    net = Network(np.full((400, 1), 1e-9), threshold=1.0, tau_v=5e-3, tau_h=5e-3)  # no feedback
    out = recall(net, np.zeros((5, 400)), engine=numpy_engine(BACKGROUND, dt=1e-4), duration=60e-3, seed=3)
    values, rate = out.visible.values, 20 * 50
    assert values.mean() == pytest.approx(rate * 0.3 * 5e-3, rel=0.05)
    assert values.var() == pytest.approx(rate * 0.3**2 * 5e-3 / 2, rel=0.15)


def test_brian_network_has_the_changes():
    network = brian_network(NET, CUES, engine=Brian(changes=BACKGROUND), seed=0)
    assert len([one for one in network.objects if isinstance(one, brian2.PoissonInput)]) == 1
    assert float(network["visible"].kick[:]) == 0.3
    assert "strength" in brian_network(NET, CUES, engine=Brian(changes=ADAPTATION))["hidden"].variables


def test_objects_of_build_have_the_step_of_the_network_and_leave_the_default_clock_alone():
    before = brian2.defaultclock.dt
    network = brian_network(NET, CUES, engine=Brian(changes=BACKGROUND, dt=5e-5), seed=0)
    (poisson,) = (one for one in network.objects if isinstance(one, brian2.PoissonInput))
    assert poisson.clock is network["visible"].clock and brian2.defaultclock.dt == before

    def group(network):
        network.add(NeuronGroup(1, "x : 1", name="own"))

    network = brian_network(NET, CUES, engine=Brian(changes=Changes(build=group), dt=5e-5))
    assert network["own"].clock is network["visible"].clock and brian2.defaultclock.dt == before


def test_a_time_among_the_parameters_limits_the_step():
    assert Brian(changes=ADAPTATION.set(tau_a=1 * brian2.ms)).time_step(NET) == pytest.approx(1e-4)
    with pytest.raises(InvalidInput, match=r"time constant"):
        recall(NET, CUES, engine=numpy_engine(ADAPTATION.set(tau_a=0.1 * brian2.ms), dt=2e-4), duration=5e-3)


@pytest.mark.parametrize("start", [0.0, -1e-3])
def test_a_time_that_is_not_above_0_is_no_time_constant(start):
    late = Changes(terms={"h": "0.1*int(t > start)"}, parameters={"start": start * brian2.second})
    engine = numpy_engine(late)
    assert engine.time_step(NET) == numpy_engine(None).time_step(NET)
    assert recall(NET, CUES, engine=engine, duration=5e-3).sizes["cue"] == len(CUES)


def test_results_record_the_changes_and_rebuild_the_engine():
    engine = numpy_engine(BACKGROUND, dt=1e-4)
    out = recall(NET, CUES, engine=engine, **SHORT)
    again = from_record(out.attrs["engine_settings"])
    assert again == engine and "PoissonInput" in json.loads(out.attrs["engine_settings"])["changes"]["build"]
    np.testing.assert_array_equal(recall(NET, CUES, engine=again, **SHORT).hidden, out.hidden)


def test_parameters_are_no_part_of_the_program():
    request = Brian().request(NET, CUES, duration=5e-3)
    structure = [
        json.dumps(Job(NET, request, Brian(changes=changes)).structure())
        for changes in (
            ADAPTATION,
            ADAPTATION.set(strength=0.7, tau_a=0.04 * brian2.second),
            ADAPTATION.replace(terms={"h": "-2*strength*adapt"}),
            BACKGROUND,
            BACKGROUND.replace(build=BACKGROUND.build.replace("N=20", "N=30")),
        )
    ]
    assert structure[0] == structure[1] and len(set(structure)) == 4


@needs_compiler
@pytest.mark.parametrize(
    "changes",
    [pytest.param(ADAPTATION, id="adaptation"), pytest.param(CONDUCTANCE, id="conductance", marks=pytest.mark.slow)],
)
@pytest.mark.slow
def test_a_compiled_program_agrees_and_serves_other_parameters(changes, tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROSIM_CACHE", str(tmp_path))
    standalone.close()
    name = next(iter(changes.parameters))
    for value in (0.1, 5.0):
        engine = numpy_engine(changes.set(**{name: value}))
        want = recall(NET, CUES, engine=engine, **SHORT)
        got = recall(NET, CUES, engine=engine.replace(codegen="auto", target="cpp_standalone"), **SHORT)
        for variable in ("hidden", "visible"):
            np.testing.assert_allclose(got[variable], want[variable], atol=1e-12)
        np.testing.assert_array_equal(got.outcome, want.outcome)
    assert len(list(programs.cache_folder().iterdir())) == 1 and got.attrs["build_time"] == 0
    standalone.close()


@needs_compiler
@pytest.mark.slow
def test_a_compiled_program_has_the_objects_of_build_and_their_parameters(tmp_path, monkeypatch):
    """Random numbers differ between targets, so moments are compared, in the network of the shot-noise test."""
    monkeypatch.setenv("NEUROSIM_CACHE", str(tmp_path))
    standalone.close()
    net = Network(np.full((400, 1), 1e-9), threshold=1.0, tau_v=5e-3, tau_h=5e-3)
    for kick in (0.0, 0.3):
        engine = Brian(changes=BACKGROUND.set(kick=kick), target="cpp_standalone", dt=1e-4)
        values = recall(net, np.zeros((5, 400)), engine=engine, duration=60e-3, seed=3).visible.values
        assert values.mean() == pytest.approx(20 * 50 * kick * 5e-3, rel=0.05)
        assert values.var() == pytest.approx(20 * 50 * kick**2 * 5e-3 / 2, rel=0.15)
    assert len(list(programs.cache_folder().iterdir())) == 1
    standalone.close()


ON_VISIBLE = [
    Changes(equations={"visible": "x : 1"}),
    Changes(terms={"v": "-v"}),
    BACKGROUND.replace(equations={}, parameters={}, build=BACKGROUND.build.replace("'kick'", "0.1")),
    Changes(build="def f(network):\n    network['visible'].run_regularly('v += 1')"),
    Changes(build="def f(network):\n    network.add(PoissonInput(network['visible'][:1], 'v', 20, 50*Hz, 0.1))"),
    *(
        Changes(
            build=f"""
                def f(network):
                    clock = NeuronGroup(1, 'x : 1', threshold='True', name='clock')
                    own = Synapses({ends})
                    own.connect()
                    network.add(clock, own)
                    {further}
            """
        )
        for ends, further in (
            ("clock, network['visible'], on_pre='v_post += 1'", ""),
            ("clock, network['visible'], on_pre='v += 1'", ""),
            ("clock, network['visible'][:1], on_pre='v_post += 1'", ""),
            ("network['visible'][:1], clock, on_post='v_pre += 1'", ""),
            ("clock, network['visible'], 'k : 1'", "own.run_regularly('k = 1; v_post += k')"),
        )
    ),
]


@pytest.mark.parametrize("changes", ON_VISIBLE, ids=range(len(ON_VISIBLE)))
@pytest.mark.parametrize("cells", [None, Regular(t_ref=1e-3)])
@pytest.mark.parametrize("formulation", ["event", "reduced"])
def test_what_a_formulation_would_ignore_is_refused(changes, cells, formulation):
    reason = r"ignore .*J = ξᵀξ/N_v" if formulation == "event" else r"ignore|visible"
    with pytest.raises(InvalidInput, match=reason):
        Brian(changes=changes, cells=cells, formulation=formulation)
    assert Brian(changes=changes, cells=cells, codegen="numpy").form(NET) == "summed"  # the default obeys


def test_an_object_that_reads_the_visible_neurons_is_not_refused():
    def readout(network):
        mean = NeuronGroup(1, "x : 1\ny : 1", threshold="True", name="mean")
        reads = Synapses(network["visible"], mean, "x_post = v_pre/N_pre : 1 (summed)", name="reads")
        own = Synapses(mean, network["visible"][:1], "k : 1", on_pre="k += 1; y_pre = v_post", name="samples")
        reads.connect()
        own.connect()
        network.add(mean, reads, own)

    for cells in (None, Regular(t_ref=1e-3)):
        assert Brian(changes=Changes(build=readout), cells=cells, formulation="event").form(NET) == "event"


def monitor(network):
    network.add(StateMonitor(network["hidden"], ["adapt", "s"], record=True, name="own"))


def test_a_monitor_of_a_group_is_in_the_result():
    out = recall(NET, CUES, engine=numpy_engine(ADAPTATION.replace(build=monitor)), duration=20e-3, record=["hidden"])
    assert out.own_adapt.dims == ("cue", "own_time", "own_neuron") and out.own_time.attrs["units"] == "s"
    dt, s, adapt = 2e-4, out.own_s.values, out.own_adapt.values  # Euler's method on its equation, from what it recorded
    np.testing.assert_allclose(np.diff(adapt, axis=1), dt / 30e-3 * (s - adapt)[:, :-1], atol=1e-4)
    assert adapt.max() > 0.2


SURROUNDINGS = 3.0


def uses_surroundings(network):
    network["hidden"].run_regularly(f"h += {SURROUNDINGS}")


@pytest.mark.parametrize(
    ("message", "make"),
    [
        ("needs equations, terms, on_pre or build", lambda: Changes()),
        ("hidden.* has a variable 'u'", lambda: Brian(changes=Changes(equations={"hidden": "u : 1"}))),
        ("must be one of .* got 'hiden'", lambda: Brian(changes=Changes(equations={"hiden": "x : 1"}))),
        ("must be one of .* got 'cells'", lambda: Brian(changes=Changes(equations={"cells": "x : 1"}))),
        ("a variable with a term must be one of", lambda: Changes(terms={"w": "1"})),
        ("do not fit .*wrong", lambda: Brian(changes=Changes(terms={"h": "-wrong"}))),
        ("do not fit .*unit", lambda: Brian(changes=Changes(terms={"h": "-1*ms"}))),
        ("unit hertz.* 50\\*brian2.ms", lambda: Brian(changes=Changes(equations={"hidden": "dx/dt = -x : 1"}))),
        ("synaptic variable", lambda: Brian(changes=Changes(equations={"hidden": "w : 1"}))),
        ("equations.*cannot be read|no equation", lambda: Changes(equations={"hidden": "dx/dt = "})),
        (r"terms\['h'\] cannot be read", lambda: Changes(terms={"h": "-("})),
        ("mentions the parameter 'k'", lambda: Changes(terms={"h": "-h"}, parameters={"k": 1})),
        ("parameter 'dt'", lambda: Changes(terms={"h": "-h*dt/second"}, parameters={"dt": 1})),
        ("a parameter and a variable", lambda: Changes(equations={"hidden": "dk/dt = -k/ms : 1"}, parameters={"k": 1})),
        ("no object declares", lambda: Brian(changes=BACKGROUND.replace(equations={}))),
        ("a parameter of the changes", lambda: ADAPTATION.set(stregnth=1)),
        (r"'tau_a' has the unit second, got 0.05 in the unit 1; give a quantity, or \[0.05, 'second'\]",
         lambda: ADAPTATION.set(tau_a=0.05)),
        ("it uses SURROUNDINGS", lambda: Changes(build=uses_surroundings)),
        ("build must be one function", lambda: Changes(build="x = 1")),
        ("build must be a function", lambda: Changes(build=3)),
        (
            "a recall returns no samples",
            lambda: Brian(changes=Changes(build="def f(n):\n    n.add(EventMonitor(n['hidden'], 'cross'))")),
        ),
        ("added nothing", lambda: Brian(changes=Changes(build="def f(network):\n    pass"))),
        (
            "build sets tau_h of hidden",
            lambda: Brian(changes=Changes(build="def f(network):\n    network['hidden'].tau_h = 1*ms\n"
                                                "    network['hidden'].run_regularly('h += 0')")),
        ),
        ("build failed.*nobody", lambda: Brian(changes=Changes(build="def f(network):\n    network['nobody'].x = 1"))),
        ("no network_operation", lambda: Brian(target="cpp_standalone", changes=Changes(
            build="def f(network):\n    network.add(NetworkOperation(lambda: None))"))),
        ("changes must be Changes", lambda: Brian(changes="adaptation")),
        ("formulation=\"event\" only", lambda: Brian(
            cells=Regular(visible=OnOff()), formulation="summed", changes=Changes(terms={"h": "-h"}))),
    ],
)  # fmt: skip
def test_wrong_changes_are_refused_when_made(message, make):
    with pytest.raises(InvalidInput, match=message):
        make()


def test_a_function_without_source_names_the_way_out(tmp_path):
    code = textwrap.dedent("""
        from neurosim import InvalidInput
        from neurosim.engines import Changes
        scope = {}
        exec("def f(network): pass", scope)
        try:
            Changes(build=scope["f"])
        except InvalidInput as error:
            print(error)
    """)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "source of f is not known" in done.stdout


def test_a_change_that_is_checked_is_checked_once(monkeypatch):
    module = importlib.import_module("neurosim.engines.brian.changed_check")
    Brian(changes=ADAPTATION)
    monkeypatch.setattr(module, "_check_build", None)
    assert Brian(changes=ADAPTATION.set(strength=0.123)).changes.parameters["strength"] == (0.123, "1")
