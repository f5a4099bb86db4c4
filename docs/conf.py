"""The site. `make docs` writes it to build/site, and fails at the first warning."""

import os
import sys
from pathlib import Path

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path[:0] = [str(ROOT), str(DOCS)]
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("TQDM_DISABLE", "1")  # no progress bars between warnings

import rendered  # noqa: E402  (beside this file)
from docutils import nodes  # noqa: E402
from docutils.utils.math.latex2mathml import tex2mathml  # noqa: E402
from numpy.typing import ArrayLike  # noqa: E402
from sphinx.errors import ExtensionError  # noqa: E402
from sphinx.util.typing import stringify_annotation  # noqa: E402

project = "Inside CNNs"
author = "the Inside CNNs contributors"
copyright = f"2026, {author}"
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_design",
]
exclude_patterns = ["_static", "**/.ipynb_checkpoints"]

nb_merge_streams = True  # else a table that was printed in two parts has a gap
nb_execution_mode = "off"  # docs/rendered.py takes what the course's one execution made
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4

smartquotes = False  # hints have code in HTML, which is to be copied
default_role = "py:obj"  # docstrings have names in single backticks
suppress_warnings = ["ref.python"]  # where two classes have an attribute of that name
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False  # one line says shape and meaning of what is returned

html_theme = "pydata_sphinx_theme"
html_title = project
html_static_path = ["_static", "../helpers/look.css"]
html_css_files = ["look.css", "site.css"]
html_js_files = [(name, {"defer": "defer"}) for name in ("glossary.js", "wide.js")]
rendered.PICTURES.mkdir(parents=True, exist_ok=True)  # Sphinx asks for it at once
html_extra_path = [str(rendered.PICTURES.parent)]
html_math_renderer = "mathml"
html_show_sourcelink = False
html_use_index = html_domain_indices = False  # the search finds every name
html_scaled_image_link = False  # a picture is no place to stop at with the keyboard
html_sidebars = {"index": []}
html_theme_options = {
    "logo": {"text": project},
    "navbar_align": "left",
    "show_toc_level": 2,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_prev_next": True,
}


def fill_in(app, docname, source):
    """Put what the code knows into a page, where a comment names it."""
    for name, write in rendered.PARTS.items():
        mark = f"<!-- {name} -->"
        if mark in source[0]:
            source[0] = source[0].replace(mark, write())


def shorten(app, what, name, obj, options, signature, returns):
    """A signature says what a reader would write, and not what it stands for."""
    if signature:
        long = stringify_annotation(ArrayLike, "smart")
        names = {long: "ArrayLike", "keras.src.models.model.Model": "keras.Model"}
        for written, short in (names | {"=<factory>": "={}", "~": ""}).items():
            signature = signature.replace(written, short)
        return signature, returns
    return None


def skip_numbered(app, what, name, obj, skip, options):
    """Leave out the fields of a named tuple, whose own text says only their number."""
    return True if (obj.__doc__ or "").startswith("Alias for field number") else None


def explain_words(app, doctree, docname):
    if docname.startswith("course/") and docname != "course/glossary":
        rendered.explain(doctree)


def show_picture(app, what, name, each, options, lines):
    """Let a function of the reference that draws be followed by a picture that it drew."""
    import drawings

    if name in drawings.DRAWN:
        lines += drawings.picture(name, rendered.PICTURES)
    elif name in drawings.missing():
        raise ExtensionError(f"{name} draws: give it a picture in docs/drawings.py")


def write_formula(self, node, block):
    """Browsers draw MathML without a script and without a network."""
    math = tex2mathml(node.astext(), as_block=block)
    self.body.append(f'<div class="math" tabindex="0">{math}</div>' if block else math)
    raise nodes.SkipNode


def setup(app):
    app.connect("builder-inited", lambda app: rendered.write_notebooks(DOCS / "course"))
    app.connect("source-read", fill_in)
    app.connect("autodoc-process-signature", shorten)
    app.connect("autodoc-skip-member", skip_numbered)
    app.connect("doctree-resolved", explain_words)
    app.connect("autodoc-process-docstring", show_picture)
    app.add_html_math_renderer(
        "mathml",
        (lambda self, node: write_formula(self, node, False), None),
        (lambda self, node: write_formula(self, node, True), None),
    )
