"""`course mark`: the written answers to a question in groups of like ones, marked by a person.

Answers are compared by the pieces of their words (TF-IDF of 3 to 5 letters), and grouped by average
distance. Nothing leaves the computer, and no mark is made here: a person gives one to a group, and
confirms it answer by answer. It goes where the formgrader puts its marks.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from rich.console import Console
from sqlalchemy import select
from sqlalchemy.exc import InvalidRequestError

from helpers.course import CourseError
from helpers.course.build import grade_id, read_notebook
from helpers.course.grading.gradebook import GRADED, OURS
from helpers.course.grading.submission import plain_text
from helpers.course.terminal import counted

# The mean distance, 1 − cosine, from which two groups stay apart. It was chosen with the answers of
# tests/course/test_mark.py: 0.75 to 0.9 sort these as a person does.
FAR = 0.8
LONGEST = 5000  # characters of an answer that are shown
SCHEME = re.compile(r"^### BEGIN MARK SCHEME\n(.*?)^### END MARK SCHEME$", re.M | re.S)


class Written(NamedTuple):
    """A student's answer, and what a person has said of it already."""

    student: str
    text: str
    points: float | None
    comment: str | None
    waits: bool
    key: str | None  # of the submission that was graded; another text has another key


@dataclass(frozen=True)
class Question:
    """A question of an assignment, with the answers to mark, and how many a person has marked."""

    assignment: str
    notebook: str
    cell: str
    maximum: float
    answers: list[Written]
    left_out: int
    scheme: str
    model: str


def questions(
    root: Path,
    course: CourseDirectory,
    gradebook: Gradebook,
    assignment: str,
    cell: str | None = None,
    again: bool = False,
) -> list[Question]:
    """Return the questions of an assignment that have answers to mark.

    Args:
        root, course, gradebook: the course.
        assignment: its name.
        cell: the name of one question; all by default.
        again: also the answers with a mark or a comment of a person. An answer that was marked, and
            handed in or graded again since, waits for a person, and is always among them.

    Raises:
        CourseError: if there is no such assignment or question, or a graded notebook is gone.
    """
    try:
        found = gradebook.find_assignment(assignment)
    except MissingEntry as error:
        raise CourseError(f"the gradebook has no {assignment}; run `course build`") from error
    cells = {
        (notebook.name, one.name): one.max_score
        for notebook in found.notebooks
        for one in notebook.grade_cells
        if one.cell_type == "markdown"
    }
    names = [name for _, name in cells]
    if cell is not None and cell not in names:
        raise CourseError(
            f"{assignment} has no written question {cell}; there are {', '.join(names) or 'none'}"
        )
    OURS.create_all(gradebook.engine)  # it may be from before there were any
    answers: dict[tuple[str, str], list[Written]] = {key: [] for key in cells}
    graded = _graded(gradebook, assignment)  # before the texts: a text is never older than its key
    for submission in sorted(found.submissions, key=lambda one: one.student_id):
        for notebook in submission.notebooks:
            comments = {one.name: one.manual_comment for one in notebook.comments}
            grades = {(notebook.name, one.name): one for one in notebook.grades}
            asked = grades.keys() & cells.keys()
            texts = (
                _texts(course, submission.student_id, assignment, notebook.name) if asked else {}
            )
            for key in asked:
                student, grade = submission.student_id, grades[key]
                given = grade.manual_score, comments.get(key[1]), grade.needs_manual_grade
                written = Written(student, texts.get(key[1], ""), *given, graded.get(student))
                answers[key].append(written)
    gradebook.db.commit()  # a person may take an hour: nothing stays open
    made = []
    for (notebook, name), some in answers.items():
        chosen = [a for a in some if again or (a.waits if a.points is not None else not a.comment)]
        if chosen and cell in (None, name):
            key = _key(root, assignment, name)
            left = len(some) - len(chosen)
            about = (assignment, notebook, name, cells[notebook, name])
            made.append(Question(*about, chosen, left, *key))
    return made


def _graded(gradebook: Gradebook, assignment: str) -> dict[str, str]:
    """Return the key of what `course grade` has graded of each student."""
    kept = select(GRADED.c.student, GRADED.c.key).where(GRADED.c.assignment == assignment)
    return {row.student: row.key for row in gradebook.db.execute(kept)}


def _texts(course: CourseDirectory, student: str, assignment: str, notebook: str) -> dict[str, str]:
    """Return what a student wrote, by the cell's name."""
    folder = course.format_path(course.autograded_directory, student, assignment)
    path = Path(folder, f"{notebook}.ipynb")
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except FileNotFoundError as error:
        raise CourseError(f"{path} is not there; run `course grade {assignment}`") from error
    found = {}
    for cell in cells:
        if name := cell["metadata"].get("nbgrader", {}).get("grade_id"):
            text = "".join(cell["source"])
            found[name] = text + (
                "\n[with a picture: see the formgrader]" * ("attachments" in cell)
            )
    return found


def _key(root: Path, assignment: str, cell: str) -> tuple[str, str]:
    """Return the marking scheme of a question and the answer of ``solutions/``."""
    before = ""
    for one in read_notebook(root / "solutions", assignment).cells:
        if grade_id(one) == cell:
            scheme = SCHEME.search(before)
            return scheme[1].strip() if scheme else "", one.source
        before = one.source
    return "", ""


def grouped(texts: list[str]) -> list[list[int]]:
    """Return the numbers of like texts together, the largest group first. A group begins with the
    text that is most like the others, and goes on with what is most like that one."""
    from sklearn.cluster import AgglomerativeClustering
    from sklearn.feature_extraction.text import TfidfVectorizer

    blank = [number for number, text in enumerate(texts) if not re.search(r"\w", text)]
    told = [number for number in range(len(texts)) if number not in set(blank)]
    groups: dict[int, list[int]] = {-1: blank} if blank else {}
    labels, alike = [0], np.ones((1, 1))
    if len(told) > 1:
        pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
        vectors = pieces.fit_transform([f" {texts[number]} " for number in told])
        alike = (vectors @ vectors.T).toarray()
        cluster = AgglomerativeClustering(
            n_clusters=None, distance_threshold=FAR, metric="precomputed", linkage="average"
        )
        labels = cluster.fit_predict(np.clip(1 - alike, 0, None))
    for place, label in zip(range(len(told)), labels, strict=False):
        groups.setdefault(int(label), []).append(place)
    for label, places in groups.items():
        if label >= 0:
            first = max(places, key=lambda one: alike[one, places].sum())
            places.sort(key=lambda one: -alike[first, one] - (one == first))
            groups[label] = [told[place] for place in places]
    return sorted(groups.values(), key=lambda group: -len(group))


def enter(
    gradebook: Gradebook, question: Question, answer: Written, points: float, comment: str
) -> bool:
    """Enter a mark and, unless it is empty, a comment, as the formgrader does. Return False, and
    enter nothing, if since the answer was read a person has marked it or written a comment, it was
    handed in or graded again, or the submission was removed."""
    where = (question.cell, question.notebook, question.assignment, answer.student)
    try:
        grade, said = gradebook.find_grade(*where), gradebook.find_comment(*where)
        gradebook.db.refresh(grade)
        gradebook.db.refresh(said)
    except (MissingEntry, InvalidRequestError):
        gradebook.db.rollback()
        return False
    found = grade.manual_score, said.manual_comment, grade.needs_manual_grade
    key = _graded(gradebook, question.assignment).get(answer.student)
    if (*found, key) != (answer.points, answer.comment, answer.waits, answer.key):
        gradebook.db.commit()
        return False
    grade.manual_score, grade.needs_manual_grade = points, False
    if comment:
        said.manual_comment = comment
    gradebook.db.commit()
    return True


class Stopped(Exception):
    """The person who marks wants to stop."""


def run_mark(gradebook: Gradebook, question: Question, console: Console) -> None:
    """Show a question's answers group by group, ask for marks, and enter them. Raises `Stopped`
    where the person types q."""
    groups = grouped([answer.text for answer in question.answers])
    console.rule(f"{question.assignment}, {question.cell}")
    number = counted(len(question.answers), "answer")
    console.print(f"{number} in {counted(len(groups), 'group')}, {question.maximum:g} points each")
    if question.left_out:
        number = counted(question.left_out, "answer")
        console.print(
            f"{number} with a mark or a comment of a person left out: --again shows them, too"
        )
    for title, text in (("Marking scheme:", question.scheme), ("An answer:", question.model)):
        if text:
            console.print(title, style="bold")
            _show(console, text)
    entered = 0
    try:
        for number, group in enumerate(groups, start=1):
            answers = [question.answers[one] for one in group]
            console.rule(f"Group {number} of {len(groups)}: {counted(len(group), 'answer')}")
            for answer in _confirmed(answers, question.maximum, console):
                if enter(gradebook, question, *answer):
                    entered += 1
                else:
                    console.print("This answer has changed meanwhile: it stays as it is.")
    finally:
        console.print(f"{counted(entered, 'mark')} entered", highlight=False)


def _confirmed(
    answers: list[Written], maximum: float, console: Console
) -> Iterator[tuple[Written, float, str]]:
    """Ask for the mark and the comment of a group, and yield them with each answer that gets
    them."""
    first, *others = answers
    _show_answer(console, first)
    points = _points(console, maximum)
    if points is None:
        return
    comment = _said(console, "Comment for the whole group (Enter: none, q: stop): ")
    yield first, points, comment
    for number, answer in enumerate(others, start=2):
        console.print(f"Answer {number} of {len(answers)} in this group:", style="bold")
        _show_answer(console, answer)
        told = f"{points:g} points" + (" and the comment" if comment else "")
        if _agreed(console, f"Enter {told} here, too? (y, n, q: stop): "):
            yield answer, points, comment


def _show_answer(console: Console, answer: Written) -> None:
    _show(console, answer.text)
    if answer.points is not None:
        console.print(f"A person gave {answer.points:g} points.", highlight=False)
    if answer.comment:
        _show(console, f"A person wrote: {answer.comment}")


def _show(console: Console, text: str) -> None:
    shown = plain_text(text).strip() or "(empty)"
    if (more := len(shown) - LONGEST) > 0:
        shown = f"{shown[:LONGEST]}\n[... {more} more characters: see the formgrader]"
    console.print(shown, markup=False, highlight=False)


def _points(console: Console, maximum: float) -> float | None:
    """Ask until the answer is a number of points, or nothing."""
    while said := _said(console, f"Points, 0 to {maximum:g} (Enter: next group, q: stop): "):
        try:
            if 0 <= (points := float(said.replace(",", "."))) <= maximum:
                return points
        except ValueError:
            pass
        console.print(f"{said!r} is no number from 0 to {maximum:g}", markup=False, highlight=False)
    return None


def _agreed(console: Console, asked: str) -> bool:
    while (said := _said(console, asked).lower()) not in ("y", "n"):
        console.print("Type y, n or q.")
    return said == "y"


def _said(console: Console, asked: str) -> str:
    said = console.input(asked).strip()
    if said.lower() == "q":
        raise Stopped
    return said
