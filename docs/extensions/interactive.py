"""The interactive memory of the front page: written into the built site as `explore.html`."""

from pathlib import Path


def write(app, error):
    """Write the page with both built-in networks."""
    if error or app.builder.format != "html":
        return
    from neurosim.explore import builtin, page

    page.write(Path(app.outdir) / "explore.html", [make() for make in builtin.BUILT_IN.values()])


def setup(app):
    """Connect to Sphinx."""
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
