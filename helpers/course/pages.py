"""Show what students wrote on a page as they meant it, but let nothing in it run.

nbconvert's `HTMLExporter.sanitize_html` cleans the outputs of cells, with a filter that knows no
headings, tables or pictures. nbgrader's templates show written answers uncleaned. So in
nbgrader_config.py, `FILTERS` replaces three of nbconvert's filters, for feedback and formgrader.
"""

import re
from html import escape

import bleach
from bleach.css_sanitizer import ALLOWED_CSS_PROPERTIES, CSSSanitizer
from nbconvert.filters import get_metadata, strip_files_prefix
from nbgrader.preprocessors import NbGraderPreprocessor

TAGS = bleach.ALLOWED_TAGS | {
    *("br", "caption", "col", "colgroup", "dd", "del", "details", "div", "dl", "dt", "figcaption"),
    *("figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "ins", "kbd", "mark", "p", "pre"),
    *("s", "samp", "small", "span", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th"),
    *("thead", "tr", "tt", "u", "var"),
}
# No `id`: the formgrader finds its fields by theirs.
ATTRIBUTES = {
    *("align", "alt", "class", "colspan", "height", "open", "role", "rowspan", "start", "style"),
    *("title", "width"),
}
# No file that was handed in: the formgrader serves an HTML page among them as its own.
TARGET = re.compile(r"https?:|mailto:|#", re.I)
STYLES = CSSSanitizer(
    [
        *ALLOWED_CSS_PROPERTIES,
        *("border", "border-left", "list-style", "margin", "max-width", "padding", "padding-left"),
    ]
)
UNSEEN = re.compile(r"<(script|style)\b(?:(?!<(?:script|style)\b).)*?</\1\s*>", re.I | re.S)
PICTURE = re.compile(r"data:image/[a-z+.]+;base64,[a-zA-Z0-9+/=]*")
CSS = """
/* The points stay on their coloured ground where they need a second line. */
div.panel.nbgrader_cell .panel-heading { height: auto; overflow: hidden; }
/* A folded hint is seen to be one, and a message breaks between words. */
summary { display: list-item; cursor: pointer; }
pre { word-break: normal; overflow-wrap: anywhere; }
.anchor-link { display: none; }
"""
LONGEST, MOST_TAGS = 200_000, 10_000  # characters beside pictures; cleaning more takes too long


def _may_stay(tag: str, name: str, value: str) -> bool:
    if name == "href":
        return tag == "a" and TARGET.match(value) is not None
    return name in ATTRIBUTES or (tag == "img" and name == "src")


def clean_html(html: str) -> str:
    """Return the HTML without scripts, handlers, forms and frames. HTML that is too long comes back
    as plain text, cut."""
    html = str(html)
    if html.count("<") > MOST_TAGS or len(PICTURE.sub("", html)) > LONGEST:
        return f"<pre>{escape(html[:LONGEST])}</pre>"
    return bleach.clean(
        UNSEEN.sub("", html),  # their text would be left
        tags=TAGS,
        attributes=_may_stay,
        protocols={"http", "https", "mailto", "data"},
        css_sanitizer=STYLES,
        strip=True,
    )


def clean_markdown(html: str) -> str:
    """Do what nbgrader's templates do last to HTML made of Markdown, and return it cleaned."""
    return clean_html(strip_files_prefix(html))


def plain_metadata(output: dict, key: str, mimetype: str | None = None) -> object:
    """Return an output's metadata. Only the alternative text may be a text: templates write sizes
    without quotes, so anything but a number becomes None."""
    value = get_metadata(output, key, mimetype)
    return value if key == "alt" or isinstance(value, int | float) else None


class Style(NbGraderPreprocessor):
    """Add the styles that nbgrader's page of feedback lacks, above all on a narrow screen."""

    def preprocess(self, nb, resources):
        resources["inlining"]["css"].append(CSS)
        return nb, resources


FILTERS = {
    "clean_html": clean_html,
    "strip_files_prefix": clean_markdown,
    "get_metadata": plain_metadata,
}
