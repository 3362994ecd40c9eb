"""HTML pages escape what is not markup."""

from neurosim.report.page import Section, write_page


def test_a_page_sets_names_as_code_and_no_markup_of_a_sentence(tmp_path):
    write_page(
        tmp_path / "page.html", "A title", "no <b>", [Section("One", ["see `neurosim.measure.laws`, where a < b"])]
    )
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<p>see <code>neurosim.measure.laws</code>, where a &lt; b</p>" in html and "<p>no &lt;b&gt;</p>" in html
