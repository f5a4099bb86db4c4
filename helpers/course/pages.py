"""Show what students wrote on a page as they meant it, but let nothing in it run.

nbconvert's `HTMLExporter.sanitize_html` cleans the outputs of cells, with a filter that knows no
headings, tables or pictures. nbgrader's templates show written answers uncleaned. So in
nbgrader_config.py, `FILTERS` replaces three of nbconvert's filters, for feedback and formgrader.
"""

import re
from html import escape
from itertools import chain

import bleach
from bleach.css_sanitizer import ALLOWED_CSS_PROPERTIES, CSSSanitizer
from nbconvert.filters import get_metadata, strip_ansi, strip_files_prefix
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.preprocessors import GetGrades, NbGraderPreprocessor

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
HEADING = re.compile(r"^#{1,6} +(.+?)[ #]*$", re.M)
# A path down to what a reader knows it by: no folder of the computer that graded is shown.
FOLDERS = re.compile(
    r"(?:[A-Za-z]:)?[/\\](?:[^\s'\"<>:]{0,200}[/\\])?"
    r"(?=(?:site-packages|dist-packages|python3\.\d+|helpers)[/\\])"
)
MOST_FRAMES, LONGEST_FRAME = 3, 1000  # of a traceback; characters of each
CSS = """
.panel-heading { overflow: hidden; }
.panel-primary > .panel-heading a { color: inherit; text-decoration: underline; }
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


class Results(GetGrades):
    """Prepare a graded notebook for its student: exercises are called by their headings, the cards
    come first, tracebacks are short, and an answer that nobody has read is said to wait."""

    def preprocess(self, nb, resources):
        name_exercises(nb.cells)
        for output in chain.from_iterable(cell.get("outputs", ()) for cell in nb.cells):
            _shorten(output)
        nb, resources = super().preprocess(nb, resources)
        about = (cell.metadata.get("nbgrader", {}) for cell in nb.cells)
        resources["nbgrader"]["waiting"] = [one for one in about if one.get("waits")]
        cards = [cell for cell in nb.cells if cell.cell_type == "code" and _is_card(cell)]
        others = [cell for cell in nb.cells if cell not in cards]
        nb.cells = [*cards, new_markdown_cell("# The notebook"), *others] if cards else others
        return nb, resources

    def _get_score(self, cell, resources):
        super()._get_score(cell, resources)
        about = cell.metadata.nbgrader
        where = (about.grade_id, self.notebook_id, self.assignment_id, self.student_id)
        about.waits = bool(self.gradebook.find_grade(*where).needs_manual_grade)


def _is_card(cell: NotebookNode) -> bool:
    about = cell.metadata.get("nbgrader", {})
    return bool(about.get("grade") and not about.get("solution"))


def name_exercises(cells: list[NotebookNode]) -> None:
    """Give each graded cell the last heading above it as its title."""
    heading = None
    for cell in cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("grade") or about.get("task"):
            about["title"] = heading or about["grade_id"]
        elif cell.cell_type == "markdown" and not about.get("solution"):
            heading = next(reversed(HEADING.findall(cell.source)), heading)


def _shorten(output: NotebookNode) -> None:
    """Keep of a traceback what happened in cells, and of paths what does not depend on the computer
    that graded."""
    if output.output_type == "error":
        *frames, _ = [*map(str, output.traceback), ""]
        cells = [frame for frame in frames[:-1] if strip_ansi(frame).startswith("Cell ")]
        said = f"{output.ename}: {output.evalue}"
        kept = [*cells[-MOST_FRAMES:], said]
        output.traceback = [FOLDERS.sub("", frame[:LONGEST_FRAME]) for frame in kept]
    elif output.output_type == "stream":
        output.text = FOLDERS.sub("", output.text)
    else:
        for kind in ("text/plain", "text/html", "text/markdown"):
            if isinstance(text := output.data.get(kind), str):
                output.data[kind] = FOLDERS.sub("", text)


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
