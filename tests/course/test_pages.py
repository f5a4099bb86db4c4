"""Nothing that a student wrote runs where an instructor or another student looks at it."""

import re
import time
from base64 import b64decode
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute
from nbgrader.server_extensions.formgrader.handlers import template_path

from helpers import checks, explorers, plots
from helpers.course import pages
from helpers.course.grading.evidence import ExecuteAndJudge
from helpers.course.grading.nbgrading import load_config
from helpers.course.pages import clean_html, name_exercises, next_step
from tests.course.graded import verdict

ROOT = Path(__file__).parents[2]
PNG = "iVBORw0KGgo="
HOSTILE = [
    "<script>PWNED</script>",
    "<ScRiPt src='//evil/PWNED.js'></script >",
    "<<script>script>PWNED<</script>/script>",
    "<img src=x onerror=PWNED>",
    "<svg><script>PWNED</script></svg>",
    "<svg/onload=PWNED>",
    "<math><mtext><table><mglyph><style><img src=x onerror=PWNED>",
    "<iframe srcdoc='<script>PWNED</script>'></iframe>",
    "<a href='javascript:PWNED'>a</a>",
    "<a href='java&#10;script:PWNED'>a</a>",
    "<a href='data:text/html,PWNED'>a</a>",
    "<a href='PWNED.html'>a page that was handed in</a>",
    "<form action='//PWNED'><input id='why' name='score'><button>a</button></form>",
    "<div id='PWNED'></div>",
    "<p style='background:url(//PWNED)'>a</p>",
    "<style>@import '//PWNED'</style>",
    "<base href='//PWNED'><meta http-equiv='refresh' content='0;url=//PWNED'><link href='//PWNED'>",
    "<details open ontoggle=PWNED>a</details>",
    "[a](javascript:PWNED)",
    "![a](x){onerror=PWNED}",
]


def display(data, **metadata):
    return new_code_cell("", outputs=[new_output("display_data", data, metadata=metadata)])


def hostile_notebook():
    cells = [new_markdown_cell(text) for text in HOSTILE]
    cells[0].metadata["nbgrader"] = {"grade_id": "why", "grade": True, "solution": True}
    cells[0].metadata["nbgrader"] |= {"points": 2, "score": 1}
    for text in HOSTILE:
        cells += [display({kind: text}) for kind in ("text/html", "text/markdown", "text/latex")]
        cells.append(display({"text/html": text}, **{"text/html": {"isolated": True}}))
    sized = {"image/png": {"width": "1 onload=PWNED", "height": "1 onload=PWNED"}}
    cells += [
        display({"image/png": PNG}, **sized),
        display({"image/png": PNG}, width="1 onload=PWNED", alt="' onload=PWNED"),
        display({"application/javascript": "PWNED"}),
        display({"image/svg+xml": "<svg onload='PWNED'></svg>"}),
    ]
    return new_notebook(cells=cells)


def exporter(page):
    """What makes the page, as nbgrader sets it up with the course's settings."""
    config = load_config(ROOT)
    if page != "feedback":  # as the formgrader sets its own view up
        config.HTMLExporter.template_name = "formgrade"
        config.HTMLExporter.extra_template_basedirs = [template_path]
    if page == "the formgrader's feedback":  # see `NbGraderAPI.generate_feedback`
        config.HTMLExporter.template_name = "feedback"
    if page != "formgrader":
        config = GenerateFeedback(coursedir=CourseDirectory(config=config), config=config).config
    return HTMLExporter(config=config)


PAGES = ["feedback", "formgrader", "the formgrader's feedback"]


@pytest.fixture(scope="module", params=PAGES)
def render(request):
    """Return a function that shows a notebook as nbgrader does, without the page's own head."""
    export = exporter(request.param)

    def run(notebook):
        about = {"notebook": "a", "score": 1, "max_score": 2, "late_penalty": 0}
        page, _ = export.from_notebook_node(notebook, {"nbgrader": about, "index": 0, "total": 1})
        return BeautifulSoup(page, "html.parser").find(id="notebook-container")

    return run


def test_nothing_of_a_student_s_runs(render):
    body = render(hostile_notebook())
    frames = [b64decode(frame["src"].partition(",")[2]) for frame in body.find_all("iframe")]
    assert len(frames) == len(HOSTILE)
    framed = BeautifulSoup(b"".join(frames), "html.parser")
    for tag in [*body.find_all(True), *framed.find_all(True)]:
        assert tag.name not in ("script", "style", "svg", "math", "base", "meta", "link", "form")
        for name, value in tag.attrs.items():
            assert not name.startswith("on")
            assert "PWNED" not in str(value) or name in ("alt", "value")
    assert not body.find(id="PWNED")


def test_what_is_meant_is_shown(render):
    def wrong(x):
        return x

    figure = plots.images([[[[0.0]]]], title="A picture")
    card = checks.accuracy(wrong)
    answer = new_markdown_cell(
        "# Why\n\n> a < b\n\n| a | b |\n|--|--|\n| 1 | 2 |\n\n```python\nx < 1 and '&'\n```\n\n"
        "$a<b$ $\\nosuch{a}$ ![mine](attachment:mine.png) ![other](other.png) [page](https://example.org)",
        attachments={"mine.png": {"image/png": PNG}},
    )
    frame = "<style scoped>.dataframe {}</style><table class='dataframe'><td>3.5</td></table>"
    cells = [answer, display(*figure._repr_mimebundle_()[:1]), display({"text/html": frame})]
    body = render(new_notebook(cells=[*cells, display({"text/html": card._repr_html_()})]))
    pictures = {picture["alt"]: picture["src"] for picture in body.find_all("img")}
    assert pictures["mine"].endswith(PNG) and pictures["other"] == "other.png"
    assert pictures[figure.alt].startswith("data:image/png;base64,")
    assert body.find("blockquote").text.strip() == "a < b"
    assert body.find("h1").text.startswith("Why")
    assert body.find("a", href="https://example.org")
    assert "x < 1 and '&'" in body.find("pre").text
    formula = pictures["a<b"].removeprefix("data:image/svg+xml;base64,")
    assert b"</svg>" in b64decode(formula)
    assert "$\\nosuch{a}$" in body.text
    assert [cell.text for cell in body.find_all("td")] == ["1", "2", "3.5"]
    assert ".dataframe" not in body.text
    shown = body.find(role="status")
    assert card.headline in shown.text
    assert "border-left" in shown["style"] and "padding" in shown["style"]


ELSEWHERE = [
    "![a](https://evil.example/x.png)",
    "![a](//evil.example/x.png)",
    "<img src='HTTP://evil.example/x.png'>",
    "<img src=' \\\\evil.example/x.png'>",
    "<img src='/\t/evil.example/x.png'>",
    "<p style='list-style: url(//evil.example/x.png)'>a</p>",
    "<p style='cursor: u\\rl(//evil.example/x.png)'>a</p>",
    "<p style='list-style: image-set(\"//evil.example/x.png\" 1x)'>a</p>",
    "<img srcset='//evil.example/x.png 2x'><td background='//evil.example/x.png'>",
]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_loads_nothing_from_elsewhere(page):
    cells = [new_markdown_cell(text) for text in ELSEWHERE]
    cells += [display({"text/html": text}) for text in ELSEWHERE]
    about = {"notebook": "a", "score": 1, "max_score": 2, "late_penalty": 0}
    resources = {"nbgrader": about, "index": 0, "total": 1}
    text, _ = exporter(page).from_notebook_node(new_notebook(cells=cells), resources)
    soup = BeautifulSoup(text, "html.parser")
    loaded = [tag.get("src") or tag.get("href") for tag in soup.find_all(["img", "script", "link"])]
    assert [address for address in loaded if address and re.match(r"\w+:|//", address)] == []
    styles = "".join(tag["style"] for tag in soup.find_all(style=True))
    assert "evil" not in styles
    assert "mathjax.hub" not in text.lower()
    named = "[a picture from elsewhere, which is not loaded: https://evil.example/x.png]"
    assert named in soup.text


def test_the_formgrader_writes_the_course_s_page_of_feedback_too():
    resources = {"nbgrader": {"notebook": "a", "score": 1, "max_score": 2, "late_penalty": 0}}
    cells = [new_markdown_cell("# A heading")]
    by_command, by_button = (
        exporter(page).from_notebook_node(new_notebook(cells=cells), dict(resources))[0]
        for page in ("feedback", "the formgrader's feedback")
    )
    assert by_button == by_command
    assert "1 of 2 points" in by_button


@pytest.mark.parametrize("page", PAGES)
def test_in_a_widget_s_place_stands_its_picture(page):
    """Grading keeps the state of widgets, which no page can bring to life."""
    picture = plots.images([[[[0.0]]]], title="Blank")
    data, metadata = explorers.guess("Which?", answer=1, picture=picture)._repr_mimebundle_()
    model = data["application/vnd.jupyter.widget-view+json"]["model_id"]
    state = {model: {"model_name": "VBoxModel", "model_module": "x", "state": {}}}
    output = new_output("execute_result", data=data, metadata=metadata, execution_count=1)
    notebook = new_notebook(cells=[new_code_cell("", outputs=[output])])
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": state}}
    about = {"notebook": "a", "score": 1, "max_score": 2, "late_penalty": 0}
    resources = {"nbgrader": about, "index": 0, "total": 1}
    text, _ = exporter(page).from_notebook_node(notebook, resources)
    assert data["image/png"] in text and picture.alt in text


LONG = {
    "markdown": new_markdown_cell("![" * 40_000),
    "a formula": new_markdown_cell("\\begin{a}" * 10_000),
    "HTML": new_markdown_cell("<div>" * 9_000),
    "code": new_code_cell("f'{" * 30_000),
    "colours": new_code_cell("", outputs=[new_output("stream", text="\x1b[31ma" * 100_000)]),
}


@pytest.mark.parametrize("kind", LONG)
def test_no_text_keeps_a_page_from_being_drawn(render, kind):
    started = time.process_time()
    body = render(new_notebook(cells=[LONG[kind]]))
    assert time.process_time() - started < 4
    assert len(body.text) > 20_000


def test_once_a_page_has_taken_its_time_texts_are_shown_as_they_are(render, monkeypatch):
    def slow(self, source, really=pages.MarkdownWithMath.render):
        until = time.thread_time() + 0.2
        while time.thread_time() < until:
            pass
        return really(self, source)

    monkeypatch.setattr(pages.MarkdownWithMath, "render", slow)
    monkeypatch.setattr(pages, "SECONDS", 0.5)
    body = render(new_notebook(cells=[new_markdown_cell("*a* < b") for _ in range(6)]))
    assert len(body.find_all("em")) == 3
    assert [plain.text for plain in body.find_all("pre")] == 3 * ["*a* < b"]


@pytest.mark.parametrize("part", ["<div>", "<script", "<style>", "&", "<", "<!--", "<a b=c>"])
def test_what_is_too_long_takes_no_time(part):
    started = time.process_time()
    cleaned = clean_html("</script>" + part * 100_000)
    assert time.process_time() - started < 2
    assert "<script" not in cleaned


def parts(html, *names):
    """Tags, their attributes and styles."""
    soup = BeautifulSoup(html, "html.parser")
    return [
        (tag.name, {**tag.attrs, "style": set(re.split(r";\s*", tag.get("style", ""))) - {""}})
        for tag in soup.find_all(names or True)
    ]


def test_a_card_looks_as_in_the_notebook():
    """All that the checks' cards are made of is allowed."""
    card = checks.accuracy(lambda *_: None)._repr_html_()
    assert parts(clean_html(card)) == parts(card)


def test_a_picture_is_that_of_the_notebook_and_fits_the_page():
    """In a notebook it would rather be scrolled than get too small to be read."""
    picture = plots.images([[[[0.0]]]], title="“<&>”").html()
    cleaned = clean_html(picture)
    [(_, shown)], [(_, here)] = parts(picture, "img"), parts(cleaned, "img")
    assert here.pop("style") == {"max-width: 100%", "height: auto"} < shown.pop("style")
    assert here == shown
    assert "onkeydown" in picture and "onkeydown" not in cleaned


def test_exercises_are_called_by_the_headings_above_them():
    def cell(kind, source="", **about):
        made = kind(source)
        made.metadata["nbgrader"] = about
        return made

    answer = cell(new_markdown_cell, "# Mine", grade=True, solution=True, grade_id="why", points=2)
    check = cell(new_code_cell, grade=True, solution=False, grade_id="a_check", points=1)
    early = cell(new_code_cell, grade=True, solution=False, grade_id="early_check", points=1)
    task = cell(new_markdown_cell, task=True, grade_id="task", points=1)
    heads = [new_markdown_cell(text) for text in ("# A\n## Exercise 1 · One #", "text", "### Why?")]
    name_exercises([early, heads[0], heads[1], check, heads[2], answer, task])
    titles = [cell.metadata.nbgrader.title for cell in (early, check, answer, task)]
    assert titles == ["early_check", "Exercise 1 · One", "Why?", "Why?"]
    exercise, why = ["Exercise 1 · One", "section-1"], ["Why?", "section-4"]
    read = [cell.metadata.nbgrader["read"] for cell in (early, check, answer, task)]
    assert read == [[], [exercise], [exercise, why], [exercise, why]]
    anchors = [heading.metadata.get("anchor") for heading in heads]
    assert anchors == ["section-1", None, "section-4"]


def card(score, verdict=None, suffers=False):
    about = {"grade_id": "a_check", "grade": True, "points": 3, "score": score}
    metadata = {"nbgrader": about} | ({"verdict": verdict} if verdict else {})
    if suffers:
        metadata["suffers"] = "The cell 2 stopped, so `x` is not defined."
    return new_code_cell("checks.accuracy(accuracy)", metadata=metadata)


WRONG = [("shape", 1.0, 1.0), ("values", 2.0, 0.0)]


@pytest.mark.parametrize(
    ("score", "kept", "said"),
    [
        (3, None, None),
        (3, verdict(WRONG), None),  # a person gave the rest
        (1, None, "Read the task again, change your answer, and run the cell below it."),
        (1, verdict(WRONG, "Divide."), "Change in your answer what the likely cause names."),
        (1, verdict(WRONG), "Begin with “values”. Go through the task again, step by step."),
        (2, verdict([("values", 3.0, 3.0)]), "Read the comment on your answer."),
    ],
)
def test_who_lost_points_is_told_what_to_try_next(score, kept, said):
    told = next_step(card(score, kept))
    assert (told or "").startswith(said or "") and (told is None) == (said is None)


@pytest.mark.parametrize("kept", [None, verdict(WRONG, suffers=True)])  # without a check, with one
def test_who_lost_points_to_a_cell_that_stopped_is_told_so(kept):
    assert next_step(card(0, kept, suffers=True)).startswith("Put right the cell that stopped.")


def test_what_the_judge_says_of_a_cell_is_never_handed_in(monkeypatch):
    monkeypatch.setattr(Execute, "preprocess", lambda self, nb, resources, km: (nb, resources))
    notebook = new_notebook(cells=[card(0, verdict(WRONG, "Praise."), suffers=True)])
    ExecuteAndJudge().preprocess(notebook, {})
    assert notebook.cells[0].metadata.keys() == {"nbgrader"}


def test_under_a_card_stands_what_to_try_and_a_link_to_what_to_read():
    cells = [
        new_markdown_cell("# A notebook"),
        new_markdown_cell("## 1 · Sums <b>"),
        new_markdown_cell("### Exercise 1"),
        card(1, verdict([('a <i>"line"', 3.0, 1.0)])),
        card(3),
    ]
    name_exercises(cells)
    for one in cells[3:]:
        one.metadata.nbgrader["next"] = next_step(one)
    about = {"notebook": "a", "score": 4, "max_score": 6, "late_penalty": 0}
    resources = {"nbgrader": about, "index": 0, "total": 1}
    page, _ = exporter("feedback").from_notebook_node(new_notebook(cells=cells), resources)
    soup = BeautifulSoup(page, "html.parser")
    wrong, right = soup.find_all("p", class_="next")
    assert right.text.strip() == "Nothing is missing here."
    assert " ".join(wrong.text.split()) == (
        'Try next: Begin with “a <i>"line"”. Go through the task again, step by step. Then run the '
        "check in your notebook. Read again: 1 · Sums <b>, Exercise 1."
    )
    links = [link["href"] for link in wrong.find_all("a")]
    assert links == ["#section-1", "#section-2"]
    for link, words in zip(links, ("1 · Sums", "Exercise 1"), strict=True):
        assert words in soup.find(id=link[1:]).text


def test_a_heading_of_many_spaces_takes_no_time():
    started = time.process_time()
    name_exercises([new_markdown_cell("# x" + " " * 1_000_000 + "y")])
    assert time.process_time() - started < 2
