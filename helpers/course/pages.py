"""Show what students wrote on a page as they meant it, but let nothing in it run.

nbconvert's `HTMLExporter.sanitize_html` cleans the outputs of cells, with a filter that knows no
headings, tables or pictures. nbgrader's templates show written answers uncleaned. So in
nbgrader_config.py, `FILTERS` replaces nbconvert's filters, for feedback and formgrader.

A page loads nothing from elsewhere: it would tell who reads, and when. Formulas are pictures, and
pictures of other computers are named, not loaded. No text of a student's keeps a page from being
drawn: long texts are shown as they are, and so is all that follows once a page has taken `SECONDS`.
"""

import base64
import io
import re
import time
from collections.abc import Callable, Iterator
from functools import lru_cache, wraps
from html import escape
from itertools import chain
from pathlib import Path
from typing import Any

import bleach
from bleach.css_sanitizer import ALLOWED_CSS_PROPERTIES, CSSSanitizer
from bleach.html5lib_shim import Filter
from bleach.sanitizer import Cleaner
from jinja2 import DictLoader, pass_context
from jinja2.runtime import Context
from jupyterlab_pygments import JupyterStyle
from nbconvert.filters import Highlight2HTML, ansi2html, get_metadata, strip_ansi
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.preprocessors import GetGrades, NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution
from pygments.formatters import HtmlFormatter

import helpers

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
HEADING = re.compile(r"^(#{1,6}) +(\S.*)$", re.M)
# A path down to what a reader knows it by: no folder of the computer that graded is shown.
FOLDERS = re.compile(
    r"(?:[A-Za-z]:)?[/\\](?:[^\s'\"<>:]{0,100}[/\\])?"
    r"(?=(?:site-packages|dist-packages|python3\.\d+|helpers)[/\\])"
)
MOST_FRAMES, LONGEST_FRAME = 3, 1000  # of a traceback; characters of each
HELPERS = Path(helpers.__file__).parent
STYLES_OF_FEEDBACK = ("look.css", "course/page.css", "course/feedback.css")
LONGEST, MOST_TAGS = 200_000, 5_000  # characters beside pictures; cleaning more takes too long
LONGEST_TEXT = 30_000  # characters of Markdown beside pictures, of code, and of what is printed
LONGEST_FORMULA = 500  # characters
SECONDS = 30  # of processor time that all texts of a page may take
FEEDBACK = Path(__file__).with_name("feedback.html.j2")
NO_MATHJAX = "{% macro mathjax(url='') %}{% endmacro %}"


def _may_stay(tag: str, name: str, value: str) -> bool:
    if name == "href":
        return tag == "a" and TARGET.match(value) is not None
    if name == "style":  # url(…) and its like load a picture
        return not re.search(r"url|image|src|\\", value, re.I)
    return name in ATTRIBUTES or (tag == "img" and name == "src")


class _NoPicturesFromElsewhere(Filter):
    """Name a picture of another computer in place of showing it."""

    def __iter__(self) -> Iterator[dict]:
        for token in super().__iter__():
            if token.get("name") == "img" and token["type"] in ("EmptyTag", "StartTag"):
                source = re.sub(r"[\0- ]", "", token["data"].get((None, "src"), ""))
                data = source[:11].lower() == "data:image/"
                if not data and re.search(r"^/|[:\\]", source):  # a name of a file has neither
                    text = f"[a picture from elsewhere, which is not loaded: {source[:200]}]"
                    yield {"type": "Characters", "data": text}
                    continue
            yield token


def clean_html(html: str) -> str:
    """Return the HTML without scripts, handlers, forms, frames and pictures from elsewhere. HTML
    that is too long comes back as plain text, cut."""
    html = str(html)
    if html.count("<") > MOST_TAGS or len(PICTURE.sub("", html)) > LONGEST:
        return as_it_is(html)
    cleaner = Cleaner(
        tags=TAGS,
        attributes=_may_stay,
        protocols={"http", "https", "mailto", "data"},
        css_sanitizer=STYLES,
        strip=True,
        filters=[_NoPicturesFromElsewhere],
    )
    return cleaner.clean(UNSEEN.sub("", html))  # their text would be left


class _Clean(str):
    """HTML that no other filter has to look at."""


def as_it_is(text: str) -> str:
    """Return a text, cut, as HTML that shows it as it was written."""
    more = "\n[more is in the notebook]" if len(text) > LONGEST else ""
    return _Clean(f"<pre>{escape(text[:LONGEST])}{more}</pre>")


class _Renderer(IPythonRenderer):
    """Draws formulas, for which MathJax would be needed else."""

    def inline_math(self, body: str) -> str:
        return picture_of(body) or super().inline_math(body)

    def block_math(self, body: str) -> str:
        picture = picture_of(body)
        return f"<p align='center'>{picture}</p>" if picture else super().block_math(body)


@lru_cache(1000)
def picture_of(formula: str) -> str | None:
    """Return a formula as an HTML picture; None if Matplotlib cannot draw it."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import math_to_image

    drawn = io.BytesIO()
    shown = " ".join(formula.split()).replace(r"\lVert", r"\|").replace(r"\rVert", r"\|")
    if len(shown) > LONGEST_FORMULA:
        return None
    try:
        font = FontProperties(size=14)  # of the page's text, in points that are pixels
        depth = math_to_image(f"${shown}$", drawn, font, dpi=72, format="svg")
    except Exception:  # a student may write anything
        return None
    data = base64.b64encode(drawn.getvalue()).decode()
    return (
        f"<img class='formula' alt='{escape(formula)}' style='vertical-align:{-depth:.0f}px'"
        f" src='data:image/svg+xml;base64,{data}'>"
    )


def within_time(work: Callable[..., str]) -> Callable[..., str]:
    """Return a filter that does `work` while its page has processor time left. After that it shows
    texts as they are."""

    @pass_context
    @wraps(work)
    def run(context: Context, text: str, *args: Any, **kwargs: Any) -> str:
        if isinstance(text, _Clean):
            return text
        page = context["resources"]
        if page.get("seconds", 0.0) > SECONDS:
            return as_it_is(str(text))
        started = time.thread_time()
        try:
            return work(context, str(text), *args, **kwargs)
        finally:
            page["seconds"] = page.get("seconds", 0.0) + time.thread_time() - started

    return run


@within_time
def clean(context: Context, html: str) -> str:
    """Clean HTML."""
    html = UNSEEN.sub("", html)  # an explorer's script may be longer than all texts
    if len(PICTURE.sub("", html)) > LONGEST:
        return as_it_is(FOLDERS.sub("", html[: 2 * LONGEST]))
    parts = re.split(f"({PICTURE.pattern})", html)  # every second one is a picture
    parts[::2] = [FOLDERS.sub("", part) for part in parts[::2]]
    return clean_html("".join(parts))


@within_time
def markdown(context: Context, source: str) -> str:
    """Return Markdown as clean HTML, with formulas as pictures."""
    if len(PICTURE.sub("", source)) > LONGEST_TEXT:
        return as_it_is(source)
    pasted = context.get("cell", {}).get("attachments", {})
    renderer = _Renderer(escape=False, attachments=pasted)
    return _Clean(clean_html(MarkdownWithMath(renderer=renderer).render(source)))


@pass_context
def with_formulas(context: Context, source: str) -> str:
    """Return Markdown of the course's own, which need not be cleaned, as HTML with formulas as
    pictures."""
    renderer = _Renderer(escape=False, attachments=context.get("cell", {}).get("attachments", {}))
    return MarkdownWithMath(renderer=renderer).render(source)


@within_time
def printed(context: Context, text: str) -> str:
    """Return what was printed, with its colours, as HTML."""
    if len(text) > LONGEST_TEXT:
        return as_it_is(FOLDERS.sub("", strip_ansi(text[: 2 * LONGEST])))
    return ansi2html(FOLDERS.sub("", text))


@within_time
def code(
    context: Context, source: str, language: str | None = None, metadata: dict | None = None
) -> str:
    """Return code, highlighted, as HTML."""
    if len(source) > LONGEST_TEXT:
        return as_it_is(source)
    return Highlight2HTML(pygments_lexer="ipython3")(source, language, metadata)


def plain_metadata(output: dict, key: str, mimetype: str | None = None) -> object:
    """Return an output's metadata. Only the alternative text may be a text: templates write sizes
    without quotes, so anything but a number becomes None."""
    value = get_metadata(output, key, mimetype)
    return value if key == "alt" or isinstance(value, int | float) else None


class Results(GetGrades):
    """Prepare a graded notebook for its student: exercises are called by their headings, the cards
    come first and say what to try next, tracebacks are short, and an answer that nobody has read is
    said to wait."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        name_exercises(nb.cells)
        for output in chain.from_iterable(cell.get("outputs", ()) for cell in nb.cells):
            if output.output_type == "error":
                _shorten(output)
        nb, resources = super().preprocess(nb, resources)
        about = (cell.metadata.get("nbgrader", {}) for cell in nb.cells)
        resources["nbgrader"]["waiting"] = [one for one in about if one.get("waits")]
        cards = [cell for cell in nb.cells if _is_card(cell)]
        others = [cell for cell in nb.cells if not _is_card(cell)]
        for cell in cards:
            cell.metadata.nbgrader["next"] = next_step(cell)
        nb.cells = [*cards, new_markdown_cell("# The notebook"), *others] if cards else others
        return nb, resources

    def _get_score(self, cell, resources):
        super()._get_score(cell, resources)
        about = cell.metadata.nbgrader
        where = (about.grade_id, self.notebook_id, self.assignment_id, self.student_id)
        about.waits = bool(self.gradebook.find_grade(*where).needs_manual_grade)


def _is_card(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)


def next_step(card: NotebookNode) -> str | None:
    """Return what a student can try who lost points in an exercise; None where none are lost."""
    about, verdict = card.metadata.nbgrader, card.metadata.get("verdict")
    if about.score >= about.points:
        return None
    if card.metadata.get("suffers"):
        return "Put right the cell that stopped. Then restart the kernel, and run all cells."
    if not verdict:
        return "Read the task again, change your answer, and run the cell below it."
    check = "Then run the check in your notebook."
    wrong = next((step for step, points, earned in verdict["lines"] if earned < points), None)
    if wrong is None:  # a person took the points off
        return "Read the comment on your answer."
    if verdict["causes"]:
        return f"Change in your answer what the likely cause names. {check}"
    return f"Begin with “{wrong}”. Go through the task again, step by step. {check}"


def name_exercises(cells: list[NotebookNode]) -> None:
    """Give each graded cell the last heading above it as its title. What to `read` again are this
    heading and that of the section around it; a cell with headings is the `anchor` of a link."""
    above: list[tuple[int, str, str]] = []  # the headings around a cell: level, text, anchor
    for number, cell in enumerate(cells):
        cell.metadata.pop("anchor", None)
        about = cell.metadata.get("nbgrader", {})
        if about.get("grade") or about.get("task"):
            about["title"] = above[-1][1] if above else about["grade_id"]
            about["read"] = [[text, anchor] for level, text, anchor in above if level > 1][-2:]
        elif cell.cell_type == "markdown" and not about.get("solution"):
            for marks, text in HEADING.findall(cell.source[:LONGEST_TEXT]):
                anchor = cell.metadata["anchor"] = f"section-{number}"
                above = [one for one in above if one[0] < len(marks)]
                above.append((len(marks), text.rstrip(" #"), anchor))


def _shorten(output: NotebookNode) -> None:
    """Keep of a traceback what happened in cells."""
    frames = [*map(str, output.traceback[:-1])]
    cells = [frame[:LONGEST_FRAME] for frame in frames if strip_ansi(frame).startswith("Cell ")]
    output.traceback = [*cells[-MOST_FRAMES:], f"{output.ename}: {output.evalue}"[:LONGEST_FRAME]]


class Style(NbGraderPreprocessor):
    """Give the page of feedback the look of the course's other pages."""

    def preprocess(self, nb, resources):
        styles = [(HELPERS / name).read_text(encoding="utf-8") for name in STYLES_OF_FEEDBACK]
        code = HtmlFormatter(style=JupyterStyle).get_style_defs(".highlight")
        resources["inlining"]["css"] = [code, *styles]
        return nb, resources


class OwnTemplates(Preprocessor):
    """Give an exporter the course's page of feedback, and keep templates from loading MathJax."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        assert self.parent  # the exporter
        templates = {"mathjax.html.j2": NO_MATHJAX}
        if self.parent.template_name == "feedback":  # else it is the formgrader's view
            templates["index.html.j2"] = FEEDBACK.read_text(encoding="utf-8")
        self.parent.extra_loaders = [DictLoader(templates)]

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        nb.metadata.pop("widgets", None)  # else a widget's place stays empty: its picture is shown
        return nb, resources


FILTERS = {
    "clean_html": clean,
    "strip_files_prefix": clean,
    "markdown2html": markdown,
    "ansi2html": printed,
    "highlight_code": code,
    "get_metadata": plain_metadata,
}
