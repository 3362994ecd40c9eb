"""HTML pages: what is markup and what is escaped, formulas, figures with captions, tables, contents."""

import re

import numpy as np
import pytest
from matplotlib.figure import Figure

from neurosim.plots import style
from neurosim.report.index import write_index, write_record
from neurosim.report.mathml import Formula, row
from neurosim.report.page import Picture, Section, fix_layout, picture, write_page, write_picture


def written(folder, *sections, summary=""):
    write_page(folder / "page.html", "A title", summary, sections)
    return (folder / "page.html").read_text(encoding="utf-8")


def test_pages_set_names_as_code_and_escape_markup(tmp_path):
    text = ["see `neurosim.measure.laws`, where a < b", "with ``--quick``"]
    html = written(tmp_path, Section("One", text), summary="no <b>")
    assert "<p>see <code>neurosim.measure.laws</code>, where a &lt; b</p>" in html and "<p>no &lt;b&gt;</p>" in html
    assert "<p>with <code>--quick</code></p>" in html


def test_a_fixed_layout_is_that_of_the_drawn_figure():
    drawn, fixed = (Figure(layout="constrained").subplots(1, 2) for _ in range(2))
    for axes in (drawn, fixed):
        axes[0].set_ylabel("A label\nof two lines")
    drawn[0].figure.draw_without_rendering()
    fix_layout(fixed)
    places = [ax.get_position().bounds for ax in fixed]
    np.testing.assert_allclose(places, [ax.get_position().bounds for ax in drawn], atol=2e-3)
    fixed[0].set_title("One more\nlabel")
    fixed[0].figure.draw_without_rendering()
    assert [ax.get_position().bounds for ax in fixed] == places
    fix_layout(Figure().subplots())  # without a layout engine nothing changes


SYMBOL = "<msub><mi>{}</mi><mi>{}</mi></msub>".format


def test_indices_and_exponents_are_formulas_outside_code(tmp_path):
    text = ["N_h = 10, ξ_iμ, t_ref: 2^24 and e^{−t/τ_v}, N_v ≫ N_h², but `n_hidden`, `x_1` and fig_11"]
    html = written(tmp_path, Section("One", text, rows=[("τ_v/τ_h = 2", "1 (0.4 – 1)", "2^N_h")]))
    assert f"<math>{SYMBOL('N', 'h')}</math> = 10" in html and f"<math>{SYMBOL('t', 'ref')}</math>: " in html
    assert "<msub><mi>ξ</mi><mrow><mi>i</mi><mi>μ</mi></mrow></msub>" in html
    assert "<math><msup><mn>2</mn><mn>24</mn></msup></math>" in html
    assert f"<msup><mi>e</mi><mrow><mo>−</mo><mi>t</mi><mo>/</mo>{SYMBOL('τ', 'v')}</mrow></msup>" in html
    assert f"≫ <math><msup>{SYMBOL('N', 'h')}<mn>2</mn></msup></math>" in html
    assert "<code>n_hidden</code>, <code>x_1</code> and fig_11" in html
    assert f"<math>{SYMBOL('τ', 'v')}</math>/<math>{SYMBOL('τ', 'h')}</math> = 2" in html
    assert f"<math><msup><mn>2</mn>{SYMBOL('N', 'h')}</msup></math>" in html


def test_a_formula_on_a_line_of_its_own_has_its_number(tmp_path):
    html = written(tmp_path, Section("One", [], formulas=[Formula(row("s = Θ(h − θ)"), "4")]))
    assert re.search(r'<p class="formula"><math display="block">.*<mi>Θ</mi>.*</math><span>\(4\)</span></p>', html)


def test_a_figure_has_a_caption_a_size_and_a_description(tmp_path):
    ax = style.label_axes(style.new_figure(2.0, columns=2).subplots(), "Noise $\\sigma_v$", "Share")
    ax.plot([0, 1], [1, 0.5], label="measured")
    drawn = picture(ax, "curve", "Recall under noise", caption="The share falls at N_h = 4.")
    assert drawn.alt == "Recall under noise. Share against Noise σ_v, 0 to 1. measured: falls from 1 to 0.5."
    assert drawn.size == (748, 220) and drawn.is_wide
    html = written(tmp_path, Section("One", [], [drawn, Picture("dot", "svg", "a <dot>", b"<svg/>")]))
    assert f"<figcaption>The share falls at <math>{SYMBOL('N', 'h')}</math> = 4.</figcaption>" in html
    assert 'width="748" height="220"' in html and 'alt="a &lt;dot&gt;"' in html
    assert html.count("<figure") == 2 and html.count("<figcaption") == 1


def test_a_table_has_headings_and_is_folded(tmp_path):
    html = written(tmp_path, Section("One", [], rows=[("a", "1", "")], columns=("Item", "Value", "Note")))
    assert '<th scope="col">Value</th>' in html and '<th scope="row">a</th>' in html
    assert html.index("<details>") < html.index("<table>") < html.index("</details>")
    assert "One, 1 row</summary>" in html


def test_the_contents_are_grouped_and_every_address_is_there_once(tmp_path):
    sections = [Section("A b", [], group="First"), Section("A b", [], group="Second"), Section("C", [], group="First")]
    html = written(tmp_path, *sections)
    contents = html[html.index("<nav") : html.index("</nav>")]
    assert re.findall(r">([^<>\n]+)<", contents) == ["First", "A b", "C", "Second", "A b"]
    addresses = re.findall(r'href="#([^"]+)"', contents)
    assert len(set(addresses)) == 3 and all(html.count(f'id="{one}"') == 1 for one in addresses)


def test_the_index_page_keeps_caption_and_description_and_puts_the_paper_first(tmp_path):
    groups = ("Capacity", "Figures and tables of the paper")
    for name, group in zip(("one", "two"), groups, strict=True):
        drawn = Picture(name, "svg", f"what {name} shows", b"<svg/>", f"Finding of {name}.", (300, 200))
        write_picture(drawn, tmp_path)
        write_record(tmp_path, drawn, "A title", ["A sentence."], [], group)
    html = write_index(tmp_path).read_text(encoding="utf-8")
    assert html.index("Figures and tables") < html.index("Capacity")
    for name in ("one", "two"):
        assert f"<figcaption>Finding of {name}.</figcaption>" in html
        assert f'alt="what {name} shows" width="300" height="200"' in html


@pytest.mark.parametrize("rule", ["prefers-color-scheme: dark", "@media print", "max-width"])
def test_the_style_has_dark_print_and_narrow_pages(tmp_path, rule):
    assert rule in written(tmp_path)
