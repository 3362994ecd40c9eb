"""The command line: help, results, files, and one line for every error of the input."""

import gzip
import io
import os
import re
import subprocess
import sys

import numpy as np
import pytest

import neurosim
from neurosim import Network, load_result, patterns, recall, save_result
from neurosim.cli.main import main
from neurosim.learning import load_data


def run_process(*arguments, cwd, **env):
    """Run the command as a user does, in a process of its own."""
    environment = {k: v for k, v in os.environ.items() if k != "NEUROSIM_DATA"} | env
    command = [sys.executable, "-m", "neurosim.cli.main", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=500)


@pytest.fixture
def here(tmp_path):
    """A folder with a network, a result, and broken copies of each."""
    net = Network.gaussian(64, 6, seed=0)
    net.save(tmp_path / "net.safetensors")
    Network.gaussian(60, 2, seed=0).save(tmp_path / "narrow.safetensors")
    whole = (tmp_path / "net.safetensors").read_bytes()
    (tmp_path / "short.safetensors").write_bytes(whole[:-50])
    (tmp_path / "text.safetensors").write_text("not a network")
    save_result(recall(net, patterns.visible_cues(net, np.ones((2, 6)))), tmp_path / "out.nc")
    (tmp_path / "file").write_text("x")
    bad = tmp_path / "bad"
    bad.mkdir()
    header = np.array([2051, 4, 28, 28], dtype=">i4").tobytes()
    (bad / "train-images-idx3-ubyte").write_bytes(header + bytes(100))  # says 4 images, holds a part of one
    (bad / "train-labels-idx1-ubyte").write_bytes(np.array([2049, 4], dtype=">i4").tobytes() + bytes(4))
    mixed = tmp_path / "mixed"
    mixed.mkdir()  # the labels' file where the images should be
    with gzip.GzipFile(mixed / "train-images-idx3-ubyte.gz", "wb") as file:
        file.write(np.array([2049, 4], dtype=">i4").tobytes() + bytes(4))
    (mixed / "train-labels-idx1-ubyte").write_bytes(np.array([2049, 4], dtype=">i4").tobytes() + bytes(4))
    return tmp_path


@pytest.mark.parametrize(
    "command", ["", "demo", "train", "recall", "capacity", "sweep", "compare", "explore", "report"]
)
def test_help_explains_every_option(run, command):
    answer = run(*([command] if command else []), "--help")
    assert answer.returncode == 0
    assert "Usage:" in answer.stdout
    options = re.findall(r"^  (--[a-z-]+)", answer.stdout, flags=re.M)
    assert "--help" in options
    for option in options:
        line = answer.stdout.split(option, 1)[1].split("\n  --")[0]
        assert len(line.split()) >= 3, f"{command} {option} has no help"
    assert answer.stderr == ""


ERRORS = {
    "no such network": (["recall", "nothing.safetensors"], r"there is no network file at nothing.safetensors"),
    "a truncated network": (["recall", "short.safetensors"], r"not a whole safetensors file"),
    "not a network at all": (["sweep", "text.safetensors", "--noise-std", "0,1"], r"not a whole safetensors file"),
    "a result where a network should be": (["capacity", "out.nc"], r"not a whole safetensors file"),
    "a truncated IDX file of cues": (
        ["recall", "net.safetensors", "mnist", "--data-dir", "bad"],
        "must hold the 3136 values",
    ),
    "an unknown data set": (["train", "imagenet"], r"imagenet"),
    "data that are not there": (["train", "mnist", "--data-dir", "file"], r"--data-dir"),
    "a truncated IDX file": (["train", "mnist", "--data-dir", "bad"], r"train-images-idx3-ubyte"),
    "a mislabelled IDX file": (["train", "mnist", "--data-dir", "mixed"], r"train-images-idx3-ubyte"),
    "an unknown engine": (["recall", "net.safetensors", "--engine", "magic"], r"magic"),
    "an unwritable output": (["capacity", "--out", "file/x.nc"], r"cannot write file/x.nc"),
    "an output that is a folder": (["sweep", "--noise-std", "0,1", "--out", "bad"], r"got the folder bad"),
    "an unwritable report": (["demo", "--out", "file"], r"cannot write"),
    "numbers that are none": (
        ["sweep", "--noise-std", "0,much"],
        r"--noise-std must be different numbers such as 0,0.5,1 or 0:1:0.1, got '0,much'",
    ),
    "a range that is none": (["capacity", "--hidden", "5:2"], r"--hidden must be different numbers"),
    "a network that is none": (["sweep", "noise_std=0,1", "--ratio", "1,2"], r"no network file at noise_std=0,1"),
    "no range at all": (["sweep", "--noise-std", "1"], r"--noise-std, .* must have several values"),
    "a cluster that is none": (
        ["sweep", "--ratio", "1,2", "--cluster", "slurm", "--cluster-option", "fast"],
        r"NAME=VALUE",
    ),
    "an output that is the input": (
        ["recall", "net.safetensors", "--out", "net.safetensors"],
        r"the output must not be an input file",
    ),
    "a checkpoint that is the output": (
        ["train", "digits", "--out", "c.st", "--checkpoint", "c.st"],
        r"two outputs would be the same file",
    ),
    "a result where its figure goes": (["capacity", "--out", "cap.pdf"], r"end it in \.nc"),
    "a count as a figure": (["capacity", "net.safetensors", "--out", "cap.png"], r"end it in \.nc"),
    "recalls as a page": (["recall", "net.safetensors", "--out", "x.html"], r"end it in \.nc"),
    "a network as a result": (["train", "digits", "--out", "x.nc"], r"end it in \.safetensors"),
    "a page as a result": (["explore", "--out", "x.nc"], r"end it in \.html"),
    "the same level twice": (["sweep", "--noise-std", "1,1"], r"--noise-std must be different numbers"),
    "a negative number of cues": (["recall", "net.safetensors", "--cues", "-5"], r"-5"),
    "a negative seed": (["recall", "net.safetensors", "--seed", "-1"], r"-1"),
    "more than memory holds": (
        ["capacity", "--hidden", "2", "--visible-per-hidden", "1e14"],
        r"needs 6.4e\+06 GB, which this process cannot get",
    ),
    "negative noise": (
        ["recall", "net.safetensors", "--damage", "noise:-1"],
        r"std of the noise must be .* >= 0",
    ),
    "more than all missing": (["recall", "net.safetensors", "--damage", "missing:2"], r"from 0 to 1, got 2"),
    "unknown damage": (["recall", "net.safetensors", "--damage", "burnt"], r"damage must be one of"),
    "no mean image": (["recall", "net.safetensors", "--damage", "occluded:fill=mean"], r"give mean="),
    "zero duration": (["recall", "net.safetensors", "--duration", "0"], r"duration must be finite and > 0"),
    "a zero ratio": (["sweep", "--ratio", "0,1"], r"ratio must be > 0"),
    "no networks": (["sweep", "--noise-std", "0,1", "--networks", "0"], r"--networks must be at least 1"),
    "no hidden neurons": (["sweep", "--noise-std", "0,1", "--hidden", "0"], r"n_hidden must be >= 1"),
    "no cues": (["recall", "net.safetensors", "digits", "--cues", "0"], r"--cues must be at least 1, got 0"),
    "another network's images": (
        ["report", "narrow.safetensors", "digits"],
        r"60 visible neurons, but digits images have 64 pixels",
    ),
    "no epochs": (["train", "digits", "--epochs", "0"], r"epochs"),
    "an unknown surrogate": (["train", "digits", "--change", "surrogate=magic"], r"surrogate"),
    "an unknown option": (["train", "digits", "--magic"], r"--magic"),
}


@pytest.mark.parametrize(("arguments", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_an_error_of_the_input_is_one_line_and_exit_code_2(run, here, arguments, message):
    before = {p: p.read_bytes() for p in here.rglob("*") if p.is_file()}
    if arguments[0] in ("train", "demo"):
        pytest.importorskip("torch")
    if "digits" in arguments:
        pytest.importorskip("sklearn")
    answer = run(*arguments)
    assert answer.returncode == 2, answer.stderr
    assert "Traceback" not in answer.stderr
    lines = [line for line in re.split(r"[\r\n]", answer.stderr) if line.startswith("neurosim: error: ")]
    assert len(lines) == 1
    assert answer.stderr.strip().endswith(lines[0].strip())
    assert re.search(message, lines[0]), answer.stderr
    assert answer.stdout == "" or "…" in answer.stdout
    after = {p: p.read_bytes() for p in here.rglob("*") if p.is_file()}
    assert after == before, "something was lost, changed or left half-written"


WITHOUT_EFFECT = [
    (["recall", "net.safetensors", "--split", "test"], "--split", "without a data set"),
    (["recall", "net.safetensors", "digits", "--data-dir", "bad"], "--data-dir", "for digits"),
    (["report", "net.safetensors", "digits", "--download"], "--download", "for digits"),
    (["capacity", "net.safetensors", "--networks", "5"], "--networks", "with a network file"),
    (["capacity", "net.safetensors", "--hidden", "2:3"], "--hidden", "with a network file"),
    (["capacity", "net.safetensors", "--threshold", "0.5"], "--threshold", "with a network file"),
    (["capacity", "net.safetensors", "--visible-per-hidden", "9"], "--visible-per-hidden", "with a network file"),
    (["capacity", "net.safetensors", "--workers", "2"], "--workers", "with a network file"),
    (["capacity", "--cluster-option", "timeout_min=5"], "--cluster-option", "without --cluster slurm"),
    (["sweep", "--ratio", "1,2", "--cluster-option", "timeout_min=5"], "--cluster-option", "without --cluster slurm"),
    (
        ["sweep", "--ratio", "1,2", "--cluster", "tcp://nowhere:1", "--cluster-option", "timeout_min=5"],
        "--cluster-option",
        "without --cluster slurm",
    ),
    (
        ["sweep", "--ratio", "1,2", "--cluster", "tcp://nowhere:1", "--workers", "2"],
        "--workers",
        "with a Dask scheduler",
    ),
    (["sweep", "net.safetensors", "--noise-std", "0,1", "--hidden", "5"], "--hidden", "with a network file"),
    (["sweep", "--noise-std", "0,1", "--download"], "--download", "without a data set"),
    (["sweep", "net.safetensors", "--noise-std", "0,1", "--networks", "5"], "--networks", "with a network file"),
    (["sweep", "net.safetensors", "--noise-std", "0,1", "--download"], "--download", "without a data set"),
    (["sweep", "net.safetensors", "--ratio", "1,2", "--ensemble", "orthogonal"], "--ensemble", "with a network file"),
    (["capacity", "net.safetensors", "--ensemble", "orthogonal"], "--ensemble", "with a network file"),
    (["spiking", "--data-dir", "bad"], "--data-dir", "without a network file"),
    (["train", "digits", "--rule", "oja", "--recipe", "certified"], "--recipe", "with --rule oja"),
    (["train", "digits", "--rule", "oja", "--change", "repulsion=0"], "--change", "with --rule oja"),
    (["train", "digits", "--rule", "stdp", "--device", "cuda"], "--device", "with --rule stdp"),
    (["train", "digits", "--rule", "oja", "--checkpoint", "c.st"], "--checkpoint", "with --rule oja"),
]


@pytest.mark.parametrize(("arguments", "option", "when"), WITHOUT_EFFECT)
def test_an_option_without_effect_is_refused(run, here, arguments, option, when):
    before = {p: p.read_bytes() for p in here.rglob("*") if p.is_file()}
    answer = run(*arguments)
    assert answer.returncode == 2 and answer.stdout == "", answer.stderr
    assert answer.stderr.startswith(f"neurosim: error: {option} has no effect {when}"), answer.stderr
    assert answer.stderr.rstrip().endswith("; omit it")
    assert {p: p.read_bytes() for p in here.rglob("*") if p.is_file()} == before


def test_the_versions_that_a_report_needs(run):
    said = run("--version")
    assert said.returncode == 0
    assert said.stdout.splitlines()[0].startswith(f"neurosim {neurosim.__version__}, Python 3.")
    assert f"numpy {np.__version__}\n" in said.stdout and "brian2 " in said.stdout


def test_a_log_file_shows_lines_as_they_come(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    monkeypatch.setattr(sys, "argv", ["neurosim", "--version"])
    with pytest.raises(SystemExit, match=r"^0$"):
        main()
    print("σ_v")
    assert raw.getvalue().endswith(b"?_v\n")  # neither held back nor refused


def test_a_missing_package_is_one_line(here):
    (here / "torch.py").write_text("raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')")
    answer = run_process("recall", "net.safetensors", "--engine", "torch", cwd=here, PYTHONPATH=str(here))
    assert answer.returncode == 2
    assert re.search(r"needs the package torch.*pip install 'neurosim-memory\[train\]'", answer.stderr)


def test_a_missing_compiler_is_one_line(here):
    arguments = ["recall", "net.safetensors", "--engine", "brian:target=cpp_standalone", "--cues", "2"]
    answer = run_process(*arguments, cwd=here, PATH=str(here), CXX="", CC="")
    assert answer.returncode == 2
    assert "compiler" in answer.stderr.strip().splitlines()[-1]
    assert "Traceback" not in answer.stderr


def test_recall_writes_the_printed_numbers(run, here):
    answer = run("recall", "net.safetensors", "--cues", "300", "--damage", "noise:1", "--out", "r.nc")
    assert answer.returncode == 0, answer.stderr
    out = load_result(here / "r.nc")
    assert out.sizes["cue"] == 300
    assert out.attrs["seed"] == 0
    assert out.attrs["damage"] == "noise:std=1.0"
    assert out.attrs["cues"] == "random states"
    net = Network.load(here / "net.safetensors")
    targets = patterns.random_hidden_states(net.n_hidden, 300, seed=0)
    ends = recall(net, patterns.visible_cues(net, targets)).hidden_active.values
    differ = (out.hidden_active.values != ends).sum(axis=1)
    assert 0 < (differ == 0).mean() < 1
    np.testing.assert_array_equal(out.n_differ, differ)
    np.testing.assert_array_equal(out.target, targets)
    np.testing.assert_allclose(out.original, patterns.visible_cues(net, targets), rtol=1e-6)
    again = recall(net, out.cue_visible.values).hidden_active.values
    assert (again == out.hidden_active.values).mean() > 0.999  # cues are stored with seven digits
    assert re.search(rf"noise:std=1.0: same attractor +{(differ == 0).mean():.3g} \(", answer.stdout)
    assert re.search(r"none: same attractor +1 \(", answer.stdout)
    assert "attractor " not in run("recall", "net.safetensors", "--cues", "9").stdout
    assert "300 recalls by event" in answer.stdout
    again = run("recall", "net.safetensors", "--cues", "300", "--damage", "noise:1", "--out", "r2.nc")
    assert again.returncode == 0
    assert load_result(here / "r2.nc").identical(out)
    other = run("recall", "net.safetensors", "--cues", "300", "--damage", "noise:1", "--seed", "1", "--out", "r3.nc")
    assert other.returncode == 0
    assert not load_result(here / "r3.nc").identical(out)


def test_capacity_counts_a_network_and_draws_the_curve(run, here):
    answer = run("capacity", "net.safetensors", "--out", "count.nc")
    assert answer.returncode == 0, answer.stderr
    count = int(load_result(here / "count.nc")["count"].item())
    assert f"{count:,} fixed points of 2^6 = 64 states" in answer.stdout
    answer = run("capacity", "--hidden", "2:4", "--networks", "4", "--threshold", "0.5", "--out", "curve.nc")
    assert answer.returncode == 0, answer.stderr
    assert load_result(here / "curve.nc").sizes["n_hidden"] == 3
    assert (here / "curve.pdf").read_bytes().startswith(b"%PDF")


def test_a_count_of_a_network_draws_no_figure_and_leaves_one_of_that_name(run, here):
    (here / "count.pdf").write_bytes(b"%PDF of another program")
    answer = run("capacity", "net.safetensors", "--out", "count.nc")
    assert answer.returncode == 0 and "wrote count.nc\n" in answer.stdout, answer.stderr
    assert (here / "count.pdf").read_bytes() == b"%PDF of another program"
    assert "without NETWORK the figure" in " ".join(run("capacity", "--help").stdout.split())


def test_random_networks_have_the_given_ensemble(run, here):
    options = [
        "--hidden",
        "4",
        "--networks",
        "2",
        "--threshold",
        "0.9",
        "--out",
        "curve.nc",
        "--visible-per-hidden",
        "4",
    ]
    answer = run("capacity", *options, "--ensemble", "orthogonal")
    assert answer.returncode == 0, answer.stderr
    assert load_result(here / "curve.nc").stored.item() == 1
    assert run("capacity", *options).returncode == 0 and load_result(here / "curve.nc").stored.item() < 1
    (here / "drawn.py").write_text(
        "def none(n_visible, n_hidden, rng):\n    return 0 * rng.random((n_visible, n_hidden))\n"
    )
    small = ["--noise-std=0,1", "--hidden=3", "--visible-per-hidden=5", "--networks", "2", "--out", "s.nc"]
    answer = run("sweep", *small, "--ensemble", "drawn:none")
    assert answer.returncode == 0, answer.stderr
    found = load_result(here / "s.nc")
    assert (found.recalled == 1 / 8).all() and found.attrs["ensemble"] == "drawn.none" and "law" not in answer.stdout


@pytest.mark.parametrize(
    ("ranges", "sizes", "drawn"),
    [
        (["--noise-std", "0,4"], {"noise_std": 2}, True),
        (["--ratio", "1,20", "--noise-std", "1"], {"ratio": 2}, True),
        (["--noise-std=0,4", "--missing=0,0.5"], {"noise_std": 2, "missing": 2}, True),
        (
            ["--noise-std=0,1", "--missing=0,0.5", "--threshold=0.4,0.5"],
            {"noise_std": 2, "missing": 2, "threshold": 2},
            False,
        ),
    ],
)
def test_sweeps_write_results_and_figures(run, here, ranges, sizes, drawn):
    (here / "s.pdf").unlink(missing_ok=True)
    small = ["--hidden", "4", "--visible-per-hidden", "20", "--networks", "3", "--cues", "16"]
    answer = run("sweep", *ranges, *small, "--out", "s.nc")
    assert answer.returncode == 0, answer.stderr
    out = load_result(here / "s.nc")
    assert dict(out.recalled.sizes) == sizes
    assert out.attrs["n_networks"] == 3 and out.attrs["n_hidden"] == 4
    assert answer.stdout.count(" recalled ") == out.recalled.size and "law" in answer.stdout
    assert not list(here.glob("*.points"))
    assert (here / "s.pdf").exists() == drawn
    if drawn:
        assert (here / "s.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.slow
@pytest.mark.torch
def test_train_then_recall_then_sweep_real_digits(run, here):
    pytest.importorskip("torch")
    answer = run("train", "digits", "--hidden", "12", "--out", "digits.safetensors")
    assert answer.returncode == 0, answer.stderr
    assert "unique stable minima" in answer.stdout and "noise:std=0.25: same attractor" in answer.stdout
    assert Network.load(here / "digits.safetensors").provenance["dataset"] == "digits"
    answer = run("recall", "digits.safetensors", "digits", "--damage", "occluded:fill=mean", "--out", "half.nc")
    assert answer.returncode == 0, answer.stderr
    half = load_result(here / "half.nc")
    pixels = load_data("digits").pixels
    error = np.square(half.visible.values - pixels).sum(axis=1).mean()
    assert half.sizes["cue"] == 1797
    assert re.search(rf"occluded:fill=mean: squared error +{error:.3g} \(", answer.stdout)
    answer = run(
        *("sweep", "digits.safetensors", "digits", "--noise-std", "0,0.5"),
        *("--cues", "50", "--out", "n.nc"),
    )
    assert answer.returncode == 0, answer.stderr


@pytest.mark.slow
@pytest.mark.torch
def test_demo_writes_one_self_contained_page(tmp_path):
    pytest.importorskip("torch")
    answer = run_process("demo", "--out", "demo", "--epochs", "20", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    page = (tmp_path / "demo" / "report.html").read_text(encoding="utf-8")
    assert page.count('src="data:image') >= 7
    assert not re.search(r'(src|href)="(?!data:|#)', page), "the page must not need another file"
    for title in (
        "Completion of damaged cues",
        "Cue to recall",
        "Attractors",
        "Basic memories",
        "Noise on the cue",
        "Time constants",
    ):
        assert f">{title}</h2>" in page
    assert ">Energy</h2>" not in page  # feedback of its own: there is none
    assert not re.search(r">[^<]*\bnan\b", page), "an unknown value is a dash"
    written = {p.name for p in (tmp_path / "demo").iterdir()}
    assert {"network.safetensors", "minima.nc", "recalls.nc", "noise.nc", "timescales.nc"} <= written


@pytest.mark.slow
@pytest.mark.torch
def test_the_report_of_symmetric_synapses_shows_their_energy(tmp_path):
    pytest.importorskip("torch")
    learned = run_process(
        "train", "digits", "--hidden", 8, "--recipe", "paper", "--epochs", 20, "--out", "net.safetensors", cwd=tmp_path
    )
    assert learned.returncode == 0, learned.stderr
    answer = run_process("report", "net.safetensors", "digits", "--out", "page", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert ">Energy</h2>" in (tmp_path / "page" / "report.html").read_text(encoding="utf-8")
    assert (tmp_path / "page" / "energy.nc").exists()


@pytest.mark.slow
def test_a_network_with_the_silent_memory_only_has_a_report(tmp_path):
    Network.gaussian(64, 8, seed=0).save(tmp_path / "net.safetensors")
    answer = run_process("report", "net.safetensors", "digits", "--out", "page", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert not (tmp_path / "page" / "noise.nc").exists() and (tmp_path / "page" / "energy.nc").exists()
