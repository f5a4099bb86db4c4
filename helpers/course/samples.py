"""Make two sample submissions from the released notebooks: right answers, and typical mistakes."""

from pathlib import Path

import nbformat
from nbformat import NotebookNode

from helpers.course import CourseError
from helpers.course.build import read_notebook

RIGHT, MISTAKEN = STUDENTS = ("right", "typical_mistakes")


def typical_mistakes() -> dict[str, str]:
    """Return the Python source of a well-known wrong answer for each of some exercises."""
    from helpers.checks.misconceptions import answer_source
    from helpers.checks.misconceptions import typical_mistakes as typical

    return {name: answer_source(name, wrong) for name, wrong in typical().items()}


def make_submissions(
    root: Path, solutions: dict[str, NotebookNode], mistakes: dict[str, str]
) -> None:
    """Write ``submitted/<student>/<assignment>/`` for both students in the course at ``root``.

    ``solutions`` maps an assignment to its solution notebook; where that was executed, its outputs
    and execution counts are handed in, too. ``mistakes`` maps an exercise (the grade_id of its
    solution cell) to a wrong answer's source; an assignment without any is submitted by the first
    student alone. Raises `CourseError` if no notebook has the exercise of a mistake.
    """
    unused = set(mistakes)
    for name, solution in solutions.items():
        for student, wrong in zip(STUDENTS, ({}, mistakes), strict=True):
            answered = read_notebook(root / "notebooks", name)
            exercises = _answer(answered, solution, wrong)
            if wrong and not exercises & set(wrong):
                continue
            unused -= exercises
            target = root / "submitted" / student / name / f"{name}.ipynb"
            target.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(answered, target)
    if unused:
        raise CourseError(
            f"typical mistakes of {', '.join(sorted(unused))}, but no notebook has such an "
            "exercise; correct the misconception's exercise or the cell's grade_id"
        )


def _answer(released: NotebookNode, solution: NotebookNode, wrong: dict[str, str]) -> set[str]:
    answers = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in solution.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    } | wrong
    answered = set()
    # The released notebook has the same cells, some with another text.
    for cell, ran in zip(released.cells, solution.cells, strict=True):
        if cell.cell_type == "code":
            cell.execution_count, cell.outputs = ran.execution_count, ran.outputs
        meta = cell.metadata.get("nbgrader", {})
        if meta.get("solution"):
            cell.source = answers[meta.grade_id]
            answered.add(meta.grade_id)
    return answered
