"""HTML pages escape what is not markup."""

from neurosim.report.page import Section, write_page


def test_a_page_sets_names_as_code_and_no_markup_of_a_sentence(tmp_path):
    write_page(
        tmp_path / "page.html", "A title", "no <b>", [Section("One", ["see `neurosim.measure.laws`, where a < b"])]
    )
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<p>see <code>neurosim.measure.laws</code>, where a &lt; b</p>" in html and "<p>no &lt;b&gt;</p>" in html


def test_indices_are_lowered_and_exponents_raised_outside_code(tmp_path):
    text = ["N_h = 10, ξ_iμ, t_ref: 2^24 and e^{−t/τ_v}, but `n_hidden`, `x_1` and fig_11"]
    rows = [("τ_v/τ_h = 2", "1 (0.4 – 1)", "2^N_h")]
    write_page(tmp_path / "page.html", "A title", "", [Section("One", text, rows=rows)])
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "N<sub>h</sub> = 10, ξ<sub>iμ</sub>, t<sub>ref</sub>: 2<sup>24</sup>" in html
    assert "e<sup>−t/τ<sub>v</sub></sup>" in html
    assert "<code>n_hidden</code>, <code>x_1</code> and fig_11" in html
    assert "τ<sub>v</sub>/τ<sub>h</sub> = 2" in html and "2<sup>N<sub>h</sub></sup>" in html
