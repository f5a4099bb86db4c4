"""What students wrote, on a page: shown as they meant it, but nothing in it runs.

nbconvert's `HTMLExporter.sanitize_html` cleans the outputs of cells, with a filter that knows no
headings, tables or pictures, and nbgrader's templates show written answers uncleaned. So these take
the place of three of nbconvert's filters, in nbgrader_config.py, for feedback and formgrader alike.
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
LONGEST, MOST_TAGS = 200_000, 10_000  # beyond, without pictures, cleaning takes too long


def _may_stay(tag: str, name: str, value: str) -> bool:
    if name == "href":
        return tag == "a" and TARGET.match(value) is not None
    return name in ATTRIBUTES or (tag == "img" and name == "src")


def clean_html(html: str) -> str:
    """HTML without scripts, handlers, forms and frames; too long a one as plain text."""
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
    """What nbgrader's templates do last to Markdown that has become HTML; and it is cleaned."""
    return clean_html(strip_files_prefix(html))


def plain_metadata(output: dict, key: str, mimetype: str | None = None) -> object:
    """An output's metadata; sizes are numbers, as templates write them without quotes."""
    value = get_metadata(output, key, mimetype)
    return value if key == "alt" or isinstance(value, int | float) else None


class Style(NbGraderPreprocessor):
    """What nbgrader's page of feedback lacks, on a narrow screen above all."""

    def preprocess(self, nb, resources):
        resources["inlining"]["css"].append(CSS)
        return nb, resources


FILTERS = {
    "clean_html": clean_html,
    "strip_files_prefix": clean_markdown,
    "get_metadata": plain_metadata,
}
