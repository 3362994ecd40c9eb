"""HTML pages escape what is not markup."""

import numpy as np
from matplotlib.figure import Figure

from neurosim.report.page import Section, fix_layout, write_page


def test_pages_set_names_as_code_and_escape_markup(tmp_path):
    write_page(
        tmp_path / "page.html", "A title", "no <b>", [Section("One", ["see `neurosim.measure.laws`, where a < b"])]
    )
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<p>see <code>neurosim.measure.laws</code>, where a &lt; b</p>" in html and "<p>no &lt;b&gt;</p>" in html


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


def test_indices_are_lowered_and_exponents_raised_outside_code(tmp_path):
    text = ["N_h = 10, ξ_iμ, t_ref: 2^24 and e^{−t/τ_v}, but `n_hidden`, `x_1` and fig_11"]
    rows = [("τ_v/τ_h = 2", "1 (0.4 – 1)", "2^N_h")]
    write_page(tmp_path / "page.html", "A title", "", [Section("One", text, rows=rows)])
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "N<sub>h</sub> = 10, ξ<sub>iμ</sub>, t<sub>ref</sub>: 2<sup>24</sup>" in html
    assert "e<sup>−t/τ<sub>v</sub></sup>" in html
    assert "<code>n_hidden</code>, <code>x_1</code> and fig_11" in html
    assert "τ<sub>v</sub>/τ<sub>h</sub> = 2" in html and "2<sup>N<sub>h</sub></sup>" in html
