"""What every notebook offers. The rules stand in docs/ADDING_AN_EXERCISE.md, too."""

import re
from pathlib import Path

import pytest

from helpers.course.build import compile_source, read_notebook, sources
from helpers.course.points import tasks
from tests.checks.solved import FINDINGS, NOTEBOOK

ROOT = Path(__file__).parents[2]
SOURCES = {path.stem: path for path in sources(ROOT)}
WRITTEN = [
    path.relative_to(ROOT).as_posix()
    for path in (*SOURCES.values(), *sorted(ROOT.glob("helpers/checks/*/*.py")))
]


def exercises():
    for notebook in SOURCES:
        cells = read_notebook(ROOT / "notebooks", notebook).cells
        for index, cell in enumerate(cells):
            if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
                name = cell.metadata.nbgrader.grade_id.removesuffix("_check")
                yield pytest.param(cells[index - 1 : index + 2], id=f"{notebook}-{name}")


@pytest.mark.parametrize("cells", list(exercises()))
def test_an_exercise_has_a_stub_a_visible_check_in_one_line_and_two_or_three_folded_hints(cells):
    assert len(cells) == 3, "the notebook ends with a check; below it stand two folded hints"
    stub, check, hints = cells
    name = stub.metadata.get("nbgrader", {}).get("grade_id")
    assert name and stub.metadata.nbgrader.solution and '"""' in stub.source, (
        f"above {check.source!r} stands no stub: a solution cell, called like the exercise, with a "
        "docstring that says shapes and what is returned"
    )
    assert re.fullmatch(rf"checks\.{name}\({name}(, \w+=\w+)*\)  # .*hidden.*", check.source), (
        f"a student sees {check.source!r}; it should be checks.{name}({name}) and a comment which "
        "says what hidden checks do"
    )
    folded = re.findall(r"<details><summary>(.*?)</summary>.*?</details>", hints.source, re.DOTALL)
    line = "Hint 3 (the line itself; it costs nothing)"
    assert folded in (["Hint 1", "Hint 2"], ["Hint 1", "Hint 2", line]), (
        f"below the check of {name} stand the hints {folded}; there are two in <details>, "
        f"Hint 1 and Hint 2, or a third: {line}"
    )


@pytest.mark.parametrize("notebook", SOURCES)
def test_what_is_graded_stands_under_a_heading_and_says_its_points(notebook):
    cells = compile_source(SOURCES[notebook]).cells
    found = tasks(cells)
    under = [cell.id for task in found for cell in task.graded]
    graded = [cell.id for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")]
    assert graded == under, "each stands under a heading like ### Exercise 1 · One patch"
    silent = [task.name for task in found if not task.stated]
    assert not silent, "a line like *Easy, 10 minutes, 3 points.* stands under the heading"


@pytest.mark.parametrize("finding", FINDINGS)
def test_a_written_question_after_the_finding_rests_on_it(finding):
    cells = compile_source(SOURCES[NOTEBOOK[finding]]).cells
    found = tasks(cells)
    place = next(i for i, task in enumerate(found) if f"{finding}(" in task.graded[0].source)
    after = [task.graded[0] for task in found[place + 1 :] if task.name.startswith("Question")]
    asked = [cells[cells.index(answer) - 1].source.split("### BEGIN MARK")[0] for answer in after]
    assert any(found[place].name in text for text in asked), (
        f"no written question after {finding} says {found[place].name}: let one rest on what the "
        "student found there"
    )


@pytest.mark.parametrize("notebook", SOURCES)
def test_a_number_at_the_end_of_a_sentence_begins_no_list(notebook):
    """Markdown takes "1." at the beginning of a line for a list, amid a paragraph, too."""
    paragraphs = [
        paragraph
        for cell in read_notebook(ROOT / "solutions", notebook).cells
        if cell.cell_type == "markdown"
        for paragraph in cell.source.split("\n\n")
    ]
    item = re.compile(r"(\d+[.)]|[-*]) ")
    wrong = [
        line
        for first, *others in map(str.splitlines, filter(None, paragraphs))
        for line in others
        if re.match(r"\d+[.)] ", line) and not item.match(first)
    ]
    assert not wrong, f"wrap these lines elsewhere: {wrong}"


@pytest.mark.parametrize("path", WRITTEN)
def test_nothing_is_still_to_be_written(path):
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    left = [f"line {n}: {line}" for n, line in enumerate(lines, 1) if "TODO" in line]
    assert not left, f"{path} still has these to be written:\n" + "\n".join(left)


def test_what_others_show_stands_where_docs_say():
    table = (ROOT / "docs" / "SOURCES.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| .* \| (\d\d) \| `(.+)` \|$", table, re.MULTILINE)
    lines = [line for line in table.splitlines() if line.startswith("| ") and "**" not in line]
    assert len(rows) == len(lines) - 1 > 20  # but for the head of the table
    written = {path.stem[:2]: path.read_text(encoding="utf-8") for path in SOURCES.values()}
    assert [row for row in rows if row[1] not in written[row[0]]] == []


@pytest.mark.parametrize("notebook", SOURCES)
def test_a_notebook_asks_for_guesses_and_for_experiments(notebook):
    cells = compile_source(SOURCES[notebook]).cells
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    boxes = [cell for cell in cells if '<div class="alert alert-info">' in cell.source]
    guesses = sum(cell.count("explorers.guess(") for cell in code)
    records = sum("experiments.record(" in cell for cell in code)
    assert guesses >= 4, (
        f"{notebook} asks for {guesses} guesses; four or more make students think first: "
        "explorers.guess, see docs/STYLE.md"
    )
    assert min(len(boxes), records) >= 2, (
        f"{notebook} has {len(boxes)} boxes of experiments and {records} cells that record runs; "
        "it needs two of both: see docs/STYLE.md"
    )


@pytest.mark.parametrize("notebook", SOURCES)
def test_a_notebook_with_a_tape_links_to_the_section_that_explains_it(notebook):
    """The first one with a tape is the one that explains it."""
    written = {name: SOURCES[name].read_text(encoding="utf-8") for name in SOURCES}
    with_tape = [name for name, text in written.items() if "tf.GradientTape()" in text]
    if not with_tape:
        assert len(SOURCES) == 1  # a project that was just begun
        return
    first, *later = with_tape
    heading = "How TensorFlow finds a gradient"
    assert f"# ### {heading}\n" in written[first] and later
    link = f"](../{first}/{first}.ipynb#{heading.replace(' ', '-')})"
    assert (link in written[notebook]) == (notebook in later)
