"""A class whose submissions are graded already, without a kernel: for what reads the gradebook."""

import random
from contextlib import closing
from datetime import datetime, timedelta

import nbformat
from nbgrader.coursedir import CourseDirectory

from helpers.course.grading.gradebook import Book
from helpers.course.grading.nbgrading import load_config
from helpers.course.grading.submission import Outcome

DUE = datetime(2026, 11, 1, 12)


def verdict(lines, *causes, facts=(), returned=(), suffers=False):
    """A verdict as `evidence.verdict_of` keeps it: `lines` are (step, points, earned)."""
    kept = {"lines": [[*line] for line in lines], "causes": [*causes], "facts": [*facts]}
    if returned:
        kept["returned"] = [[*one] for one in returned]
    return kept | ({"suffers": True} if suffers else {})


def enter(root, assignment, student, scores, verdicts=None, answers=None, time=None):
    """Enter a graded submission: the points and verdicts by cell, and what the student wrote."""
    released = root / "notebooks" / assignment / f"{assignment}.ipynb"
    notebook = nbformat.read(released, as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = (answers or {}).get(name, cell.source)
    outcome = Outcome(
        student,
        assignment,
        64 * "0",
        timestamp=time,
        scores={(assignment, name): points for name, points in scores.items()},
        verdicts={assignment: verdicts or {}},
        files={f"{assignment}.ipynb": nbformat.writes(notebook).encode()},
    )
    config = load_config(root)
    with closing(Book(CourseDirectory(config=config))) as book:
        book.enter(outcome, config)


def enter_class(root, assignment, checks, written, students, seed=0):
    """Enter a class at random: `checks` are the lines of each cell, as {step: points}; `written`
    are the cells that wait for a person."""
    rng = random.Random(seed)
    for number in range(students):
        verdicts = {}
        for cell, steps in checks.items():
            lines = [
                (step, points, points * (rng.random() < 0.7)) for step, points in steps.items()
            ]
            kinds = {
                "causes": [rng.choice(("A known mistake.", "Another mistake.", "A third one."))],
                "facts": ["Your answer is the expected answer times -1."],
            }
            kind = rng.choice([*kinds])
            returned = [("00ff", float(rng.randrange(3)), 1.0)] * 8
            verdicts[cell] = verdict(lines, facts=kinds["facts"], returned=returned)
            if kind == "causes":
                verdicts[cell] = verdict(lines, *kinds["causes"])
        scores = {
            cell: float(sum(earned for *_, earned in verdict["lines"]))
            for cell, verdict in verdicts.items()
        }
        time = DUE - timedelta(hours=rng.uniform(-30, 120))
        scores |= dict.fromkeys(written)
        enter(root, assignment, f"student{number:03}", scores, verdicts, time=time)
