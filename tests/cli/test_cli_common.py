"""What all commands share: --json, --quiet, --verbose, examples in the help, completion, hints at the nearest name."""

import json
import shlex
import sys

import numpy as np
import pytest
from typer.main import get_command

from neurosim import Network, load_result, theory
from neurosim.cli import main as command_line
from neurosim.cli.common import NoTerminal
from neurosim.cli.output import as_json
from neurosim.constraints import dale_violations
from neurosim.sweep import Runner

COMMANDS = [command.__name__ for command in command_line.EXAMPLES]


@pytest.fixture
def network(tmp_path):
    Network.gaussian(64, 6, seed=0).save(tmp_path / "net.safetensors")


def found(run, *arguments):
    """Return the one JSON object that a command prints."""
    answer = run(*arguments, "--json")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.count("\n") == 1 and answer.stderr
    return json.loads(answer.stdout)


class TestJson:
    def test_of_a_recall(self, run, network):
        printed = found(run, "recall", "net.safetensors", "--cues", 30, "--damage", "noise:0.5", "--out", "r.nc")
        assert printed["command"] == "recall" and printed["files"] == ["r.nc"]
        outcomes = load_result("r.nc").outcome.to_series().value_counts().to_dict()
        assert printed["outcomes"] == outcomes and sum(outcomes.values()) == 30
        damage = printed["damage"]
        assert damage["coords"]["damage"]["data"] == ["noise:std=0.5", "none"]
        same = [damage["data_vars"][f"same_attractor{end}"]["data"][0] for end in ("_lower", "", "_upper")]
        assert same == sorted(same) and damage["data_vars"]["same_attractor"]["data"][1] == 1

    def test_of_a_sweep_is_what_its_file_holds(self, run):
        printed = found(
            run, "sweep", "--noise-std", "0,3", "--hidden", 4, "--networks", 3, "--cues", 20, "--out", "s.nc"
        )
        stored = load_result("s.nc")
        assert printed["curve"]["data_vars"]["recalled"]["data"] == stored.recalled.values.tolist()
        assert printed["files"] == ["s.nc", "s.pdf"]

    def test_of_a_count(self, run, network):
        printed = found(run, "capacity", "net.safetensors", "--out", "c.nc")
        assert printed["counted"]["data_vars"]["count"]["data"] == load_result("c.nc")["count"].item()

    def test_of_constraints(self, run, network):
        printed = found(run, "constrain", "net.safetensors", "sparse:0.5", "--out", "n.safetensors")
        assert printed["before"].keys() == printed["after"].keys() and printed["files"] == ["n.safetensors"]
        for when, file in (("before", "net"), ("after", "n")):
            own = np.diag(theory.effective_coupling(Network.load(f"{file}.safetensors")))
            assert printed[when]["spread of J_μμ"] == pytest.approx(own.std(), rel=1e-12)

    def test_of_constraints_has_numbers_and_truth_values(self, run):
        net = Network.gaussian(400, 8, seed=0)
        net.save("net.safetensors")
        printed = found(run, "constrain", "net.safetensors", "dale:0.5,1,interneurons=pool")
        before, after = printed["before"], printed["after"]
        assert before["synapses against Dale's law"] == dale_violations(net) > 1000
        assert (after["synapses against Dale's law"], before["folded"], after["folded"]) == (0, False, True)
        assert before["all states certified"] is theory.certify_all_states(net).holds
        assert all(name == name.strip() for name in before) and 0 <= before["stable share then"] <= 1

    @pytest.mark.torch
    def test_of_training(self, run):
        pytest.importorskip("torch")
        printed = found(run, "train", "digits", "--hidden", 6, "--epochs", 1, "--rule", "random")
        assert printed["files"] == ["digits-6.safetensors"]
        assert 1 <= printed["minima"]["data_vars"]["n_unique"]["data"] <= 64
        assert "none" in printed["damage"]["coords"]["damage"]["data"]

    def test_an_error_is_no_json(self, run):
        answer = run("recall", "absent.safetensors", "--json")
        assert answer.returncode == 2 and answer.stdout == "" and "there is no network file" in answer.stderr

    def test_is_valid_where_numbers_are_not_finite(self):
        assert (
            as_json({"a": [float("nan"), 1.5, float("inf")], "θ": 2**70}) == f'{{"a": [null, 1.5, null], "θ": {2**70}}}'
        )


class TestQuietAndVerbose:
    def test_a_quiet_command_sees_no_terminal(self, run, network, monkeypatch):
        seen = []
        module = sys.modules["neurosim.cli.capacity"]
        monkeypatch.setattr(module, "_count", lambda *_: seen.append(sys.stderr))
        assert run("capacity", "net.safetensors", "-q").returncode == 0
        assert run("capacity", "net.safetensors").returncode == 0
        assert isinstance(seen[0], NoTerminal) and not seen[0].isatty() and not isinstance(seen[1], NoTerminal)
        assert not isinstance(sys.stderr, NoTerminal)

    @pytest.mark.parametrize(("option", "shown"), [("-v", True), ("--verbose", True), ("-q", False)])
    def test_a_verbose_error_says_where_it_occurred(self, run, option, shown):
        answer = run("recall", "absent.safetensors", option)
        assert answer.returncode == 2 and ("Traceback" in answer.stderr) == shown
        assert answer.stderr.splitlines()[-1].startswith("neurosim: error: there is no network file")

    def test_steps_are_not_printed(self, capsys):
        from neurosim.cli.output import collected, print_step

        with collected(quiet=True):
            print_step("hidden")
        print_step("shown")
        assert capsys.readouterr().out == "… shown\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_ends_with_examples_that_parse(run, name):
    text = run(name, "--help").stdout
    lines = [line.strip() for line in text.split("Examples:\n")[1].splitlines() if line.strip()]
    assert lines and all(line.startswith(f"neurosim {name}") for line in lines)
    commands = get_command(command_line.app).commands  # pyright: ignore[reportAttributeAccessIssue]
    for line in lines:
        commands[name].make_context(name, shlex.split(line, comments=True)[2:])
    assert all(option in text for option in ("--json", "-q, --quiet", "-v, --verbose"))


def test_the_list_of_commands_is_whole(run):
    text = run("--help").stdout
    shown = " ".join(text.split("Commands:")[1].split()).replace("self- contained", "self-contained")
    for command in command_line.EXAMPLES:
        assert f"{command.__name__} {command_line._summary(command)}" in shown
    assert "--install-completion" in text


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["trian"], "Did you mean 'train'?"),
        (["train", "digits", "--recipe", "denois"], "did you mean 'denoise'?"),
        (["train", "digits", "--rule", "ojaa"], "did you mean 'oja'?"),
        (["train", "mnits", "--rule", "oja"], "did you mean 'mnist'?"),
        (["compare", "heb"], "did you mean 'hebb'?"),
        (["constrain", "net.safetensors", "spars"], "did you mean 'sparse'?"),
        (["train", "--hiden", "4"], "--hidden"),
        (["spiking", "--visible-per-hiden", "4"], "--visible-per-hidden"),
        (["capacity", "--thresholds", "0.5"], "--threshold"),
        (["sweep", "--noise-sdt", "0,1"], "--noise-std"),
        (["recall", "nte.safetensors"], "did you mean 'net.safetensors'?"),
        (["sweep", "--ratio", "1,2", "--ensemble", "gausian"], "did you mean 'gaussian'? Or give module:function"),
        (["contiuation"], "Did you mean 'continuation'"),
    ],
)
def test_the_nearest_name_is_suggested(run, network, arguments, hint):
    pytest.importorskip("torch")
    answer = run(*arguments)
    assert answer.returncode == 2 and hint in answer.stderr and answer.stderr.count("\n") == 1


def test_a_number_of_visible_neurons_is_finite_and_positive(run):
    for value in ("nan", "0", "-1"):
        answer = run("spiking", "--visible-per-hidden", value)
        assert answer.returncode == 2 and "--visible-per-hidden must be a finite number > 0" in answer.stderr


def test_a_tilde_is_the_home_folder_everywhere(run, tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    net = Network.gaussian(20, 3, seed=0)
    net.save("~/net.safetensors")
    np.testing.assert_array_equal(Network.load("~/net.safetensors").weights, net.weights)
    assert Runner("~/points").points == home / "points"
    run("recall", "~/net.safetensors", "--cues", 4, "--out=~/recalls.nc")
    assert sorted(path.name for path in home.iterdir()) == ["net.safetensors", "recalls.nc"]
    assert not list(tmp_path.rglob("~"))
