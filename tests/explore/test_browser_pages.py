"""HTML that the package writes: valid, without serious barriers, readable at 400 pixels, in print, without network."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from neurosim.engines import Event
from neurosim.explore import builtin, page
from neurosim.measure import timescales
from neurosim.measure.basins.noise import recall_vs_noise
from neurosim.measure.learned.damage import damage_table
from neurosim.measure.recall.attractors import unique_stable_minima
from neurosim.measure.tracking import continuation
from neurosim.report import completion, network, study
from neurosim.sweep import Runner

pytestmark = pytest.mark.browser
EXPLORE = Path(page.__file__).parent
ROOT = EXPLORE.parents[1]
AXE = EXPLORE / "node_modules" / "axe-core" / "axe.min.js"
PROGRAMS = ("fig_10a_sigmoids", "capacity", "phase_noise_load", "fig_01a_capacity")
SERIOUS = """axe.run().then((r) => r.violations.filter((v) => ["serious", "critical"].includes(v.impact))
             .map((v) => [v.id, v.nodes[0].html]))"""


def report(folder, monkeypatch):
    """Write a report such as `neurosim demo` writes, from fewer recalls by the exact engine."""
    monkeypatch.setattr(completion, "N_NETWORKS", 3)
    monkeypatch.setattr(study, "Brian", lambda **_: Event())
    shown = builtin.digits()
    net, images = shown.network, shown.images
    minima = unique_stable_minima(net, images.pixels)
    memories = minima.hidden_active.values[minima.stable.values]
    results = {name: measure() for name, _, measure in completion.steps(0, Runner())} | {
        "minima": minima,
        "recalls": study.brian_recalls(net, images, seed=0),
        "energy": study.energy(net.replace(feedback=None), images, seed=0),
        "damage": damage_table(net, images, n_cues=40, seed=0, minima=minima),
        "noise": recall_vs_noise(net, [0, 0.1, 0.2, 0.4, 0.6, 1], targets=memories, seed=0).assign_attrs(
            memory_rms=0.5
        ),
        "timescales": timescales.recall_vs_ratio(net, [2, 4, 10, 20], targets=memories, seed=0),
        "gaussian_noise": recall_vs_noise(3, [0, 1, 2, 4], seed=0),
        "gaussian_timescales": timescales.recall_vs_ratio(3, [2, 4, 10, 20], seed=0),
        "lesions": continuation(net, "lesioned_visible", [0, 0.3], targets=memories[:20], seed=0),
    }
    network.write(folder / "report.html", net, images, results)
    return folder / "report.html"


def index(folder, monkeypatch):
    """Write the page of a few programs of analysis/."""
    for name in PROGRAMS:
        monkeypatch.setattr(sys, "argv", [name, "--quick", "--out", str(folder)])
        runpy.run_path(str(ROOT / "analysis" / f"{name}.py"), run_name="__main__")
    return folder / "index.html"


def explore(folder, monkeypatch):
    page.write(folder / "explore.html", [builtin.digits(), builtin.random()])
    return folder / "explore.html"


@pytest.fixture(scope="module", params=[report, index, explore], ids=lambda write: write.__name__)
def file(request, tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        return request.param(tmp_path_factory.mktemp("page"), monkeypatch)


def test_the_html_is_valid(file):
    rules = EXPLORE / "htmlvalidate.json"
    command = ["npx", "--no-install", "html-validate", "-c", rules, "-f", "text", file]
    answer = subprocess.run(command, cwd=EXPLORE, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_no_serious_barrier_is_found_and_nothing_is_wider_than_the_screen(browser, file, width, dark):
    browser.open(file, width=width, dark=dark)
    browser.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert browser.evaluate("document.documentElement.scrollWidth") == width
    browser.evaluate(AXE.read_text(encoding="utf-8") + "; 0")
    assert browser.evaluate(SERIOUS) == []
    assert browser.complaints() == []  # nor was anything asked for from elsewhere


def test_pages_need_no_program_and_print_their_tables(browser, file):
    if file.stem == "explore":
        pytest.skip("the interactive page is a program, and is not for print")
    browser.open(file, width=800)
    assert browser.evaluate("document.scripts.length") == 0
    shown = "document.querySelector('details > .scroll').checkVisibility()"
    assert not browser.evaluate(shown)
    browser.call("Emulation.setEmulatedMedia", media="print")
    assert browser.evaluate(shown)
    assert browser.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
    browser.call("Emulation.setEmulatedMedia", media="")


def test_every_figure_says_what_is_found_and_what_is_seen(browser, file):
    if file.stem == "explore":
        pytest.skip("its figures are described while it runs")
    browser.open(file)
    figures = browser.evaluate("""[...document.querySelectorAll('figure')].map((one) =>
        [one.querySelector('figcaption')?.textContent ?? '', one.querySelector('img').alt])""")
    assert len(figures) >= len(PROGRAMS)
    for caption, alt in figures:
        assert caption.endswith(".") and len(alt) > 40, (caption, alt)


def test_a_formula_is_set_by_the_browser(browser, file):
    if file.stem != "report":
        pytest.skip("the report has formulas on lines of their own")
    browser.open(file)
    fractions = browser.evaluate("[...document.querySelectorAll('.formula mfrac')].map((one) => one.offsetHeight ?? 0)")
    box = browser.evaluate("document.querySelector('.formula math').getBoundingClientRect().height")
    assert len(fractions) >= 4 and box > 25  # two lines of print: above and below the bar
