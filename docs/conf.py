"""Sphinx configuration of the documentation site; `make docs` builds it without network access.

Pages are MyST Markdown that also reads well in the repository. Three extensions in `extensions/` add what is kept
elsewhere: pages of the repository's root, the commands, the printed results (`pages`), the public names (`api`), and
figures and printed results of the programs (`programs`). A fourth one writes the interactive memory of the front page.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).parent / "extensions")]
# Notebooks run in processes of their own, in a temporary folder.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
os.environ.setdefault("OMP_NUM_THREADS", "1")

import neurosim  # noqa: E402

project = "neurosim"
author = "The neurosim authors"
copyright = "The neurosim authors"
version = release = neurosim.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_nb",
    "sphinx_design",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "pages",
    "api",
    "programs",
    "interactive",
]
templates_path = ["_templates"]
exclude_patterns = ["generated/**/*.ipynb", "generated/**/*.py", "generated/**/*.md5", "extensions"]
nitpicky = False  # types in docstrings are words, not references
suppress_warnings = ["config.cache"]  # sphinx-gallery's configuration holds a class

autosummary_generate = True
autodoc_typehints = "none"  # numpydoc's Parameters state them
autodoc_default_options = {"members": True, "inherited-members": False}
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

myst_enable_extensions = ["attrs_block", "colon_fence", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "cache"
nb_execution_cache_path = str(ROOT / "build" / "docs" / "notebooks")
nb_execution_timeout = 300
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_merge_streams = True

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

sphinx_gallery_conf = {
    "examples_dirs": [str(ROOT / "analysis"), str(ROOT / "training")],
    "gallery_dirs": ["generated/analysis", "generated/training"],
    "plot_gallery": False,  # the programs take minutes to hours; extension `programs` shows what they drew and printed
    "filename_pattern": r"\.py$",
    "within_subsection_order": "FileNameSortKey",
    "download_all_examples": False,
    "write_computation_times": False,
    "show_memory": False,
    "show_signature": False,
    "remove_config_comments": True,
}

html_theme = "pydata_sphinx_theme"
html_title = "neurosim"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_context = {"default_mode": "auto"}
html_theme_options = {
    "logo": {"text": "neurosim"},
    "navigation_depth": 3,
    "show_toc_level": 2,
    "header_links_before_dropdown": 6,
    "navbar_end": ["theme-switcher"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
