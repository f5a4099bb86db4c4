"""Every known wrong answer, graded as a submission is: it loses points, and is told why."""

import ast
import html
import re
from functools import cache
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import determine_grade

from helpers import checks
from helpers.checks import misconceptions
from helpers.checks.core import Check
from helpers.course.build import read_notebook, sources
from helpers.course.evidence import ExecuteAndJudge

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
WRONG = misconceptions.everything()


@cache
def cells(name):
    """The code cells of a solved notebook, as they are graded: {grade_id or number: cell}."""
    notebook = read_notebook(ROOT / "solutions", name)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return {c.metadata.get("nbgrader", {}).get("grade_id", i): c for i, c in enumerate(code)}


NOTEBOOK = {
    name: path.stem for path in sources(ROOT) for name in cells(path.stem) if name in vars(checks)
}


@cache
def graded(name):
    """Grade every misconception of a notebook's exercises in one kernel, and the right answers:
    {(exercise, misconception or None): (points, maximum, what the card says)}."""
    solved, answers = cells(name), {}
    notebook = new_notebook(cells=[solved[0].copy()])  # its imports
    for exercise in (e for e in solved if e in NOTEBOOK):
        right = solved[exercise].source
        wrong = {w.name: w.source for w in misconceptions.of(exercise)}
        for how, source in {**wrong, None: right}.items():
            check = new_code_cell(solved[f"{exercise}_check"].source)
            check.metadata = solved[f"{exercise}_check"].metadata
            notebook.cells += [new_code_cell(source), check]
            answers[exercise, how] = check
    with pytest.MonkeyPatch.context() as patch:
        inputs = Check.inputs
        patch.setattr(Check, "inputs", lambda self, hidden: inputs(self, hidden, seed=0))
        ExecuteAndJudge(kernel_name="python3", timeout=300).preprocess(notebook, {})
    return {
        key: (*determine_grade(cell), html.unescape(cell.outputs[-1]["data"]["text/html"]))
        for key, cell in answers.items()
    }


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.exercise}-{wrong.name}")
def test_a_misconception_loses_points_and_is_named(wrong):
    points, maximum, card = graded(NOTEBOOK[wrong.exercise])[wrong.exercise, wrong.name]
    assert points < maximum
    advice = re.sub("`(.+?)`", r"<code>\1</code>", wrong.advice)
    assert f"Likely cause:</b> {advice}<" in card


@pytest.mark.parametrize("exercise", NOTEBOOK)
def test_the_right_answer_gets_full_marks_after_all_the_wrong_ones(exercise):
    points, maximum, card = graded(NOTEBOOK[exercise])[exercise, None]
    assert points == maximum, card


@pytest.mark.parametrize("exercise", NOTEBOOK)
def test_an_earlier_exercise_is_taken_as_right_so_that_a_mistake_costs_once(exercise):
    solved = ast.parse(cells(NOTEBOOK[exercise])[exercise].source)
    used = {node.id for node in ast.walk(solved) if isinstance(node, ast.Name)}
    assert used & set(NOTEBOOK) <= {exercise, *getattr(checks, exercise).given}
