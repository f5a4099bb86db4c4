"""Of each exercise a wrong answer, and then the right one, graded as a submission is."""

import ast
import html
import re

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import determine_grade

from helpers import checks
from helpers.checks import misconceptions
from helpers.course.grading.evidence import ExecuteAndJudge
from tests.checks.solved import FINDINGS, NOTEBOOK, cells, imports

# tests/grading/test_findings.py grades a finding: its known mistakes are no functions of their own.
EXERCISES = [exercise for exercise in NOTEBOOK if exercise not in FINDINGS]
WRONG = {exercise: misconceptions.of(exercise)[-1] for exercise in EXERCISES}


@pytest.fixture(scope="module")
def graded():
    """One kernel answers for all notebooks: {(exercise, "wrong" or "right"): its check's cell}.
    That every known wrong answer fares so is shown in tests/checks/test_mutants.py."""
    notebook, found = new_notebook(), {}
    for name in dict.fromkeys(NOTEBOOK.values()):
        notebook.cells.append(new_code_cell(imports(name)))
        for exercise in (e for e in cells(name) if e in WRONG):
            answers = {"wrong": WRONG[exercise].source, "right": cells(name)[exercise].source}
            for how, source in answers.items():
                check = cells(name)[f"{exercise}_check"].copy()
                notebook.cells += [new_code_cell(source), check]
                found[exercise, how] = check
    ExecuteAndJudge(kernel_name="python3", timeout=300, seed="0").preprocess(notebook, {})
    return found


@pytest.mark.slow
def test_a_misconception_loses_points_and_is_named(graded):
    missed = {}
    for exercise, wrong in WRONG.items():
        cell = graded[exercise, "wrong"]
        points, maximum = determine_grade(cell)
        card = html.unescape(cell.outputs[-1]["data"]["text/html"])
        advice = re.sub("`(.+?)`", r"<code>\1</code>", wrong.advice)
        if points >= maximum or f"Likely cause:</b> {advice}<" not in card:
            missed[exercise] = (points, advice, card)
    assert missed == {}


@pytest.mark.slow
def test_the_right_answer_gets_full_marks_after_a_wrong_one(graded):
    grades = {exercise: determine_grade(graded[exercise, "right"]) for exercise in EXERCISES}
    assert {name: (points, most) for name, (points, most) in grades.items() if points != most} == {}


def test_an_earlier_exercise_is_taken_as_right_so_that_a_mistake_costs_once():
    missed = {}
    for exercise in EXERCISES:
        notebook = NOTEBOOK[exercise]
        solved = ast.parse(cells(notebook)[exercise].source)
        used = {node.id for node in ast.walk(solved) if isinstance(node, ast.Name)}
        missed[exercise] = used & set(NOTEBOOK) - {exercise, *getattr(checks, exercise).given}
    assert not any(missed.values()), missed
