"""`course insight`: what a class earned, line by line, and which mistakes it made.

The marks are those of the gradebook. The lines of the rubric and the sentences are those of the
cards, which `course grade` keeps beside the marks (`evidence.verdict_of`). Where a mark has changed
since without `course grade`, its card counts no more. Nothing is graded or executed here.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import numpy as np
from markupsafe import Markup
from nbgrader.api import (
    Assignment,
    BaseCell,
    Grade,
    Gradebook,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import select

from helpers.checks.core import marked
from helpers.course import CourseError
from helpers.course.export import no_formula
from helpers.course.gallery import render
from helpers.course.grading.evidence import HASH, NO_ANSWER
from helpers.course.grading.gradebook import OURS, VERDICTS
from helpers.course.grading.nbgrading import opened
from helpers.course.grading.submission import one_line
from helpers.course.pages import name_exercises

TEMPLATE = Path(__file__).with_name("insight.html.j2")
FEWEST = 3  # students of whom a page without names says something
ENOUGH = 10  # students from whom a correlation is computed
WHERE = re.compile(r"^(?:At “.*?”(?: and “.*?”)*|Where nothing is raised): ")  # before a cause
RIGHT, STOPPED = "all points", "An earlier cell stopped, so a name is not defined."
POOLED, POOLED_DAYS = "all other answers", "all other days"
NOT_KEPT = "graded before the cards were kept, or not by course grade"
COLUMNS = ("assignment", "exercise", "what", "text", "answers", "of", "value")


class Answer(NamedTuple):
    """What one student earned in an exercise, and what is kept of the card."""

    score: float
    waits: bool
    verdict: dict[str, Any] | None


class Line(NamedTuple):
    """A line of the rubric: how many answers got it, of how many whose card is kept."""

    step: str
    points: float
    got: int
    of: int


class Reason(NamedTuple):
    """Why answers got their points, by a sentence; and whose answers these are."""

    kind: str  # "right", "mistake", "stopped", "unexplained", "pooled" or "not kept"
    text: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class Exercise:
    """A graded cell of an assignment, with the answers by student."""

    name: str
    title: str
    maximum: float
    answers: dict[str, Answer] = field(default_factory=dict)
    written: bool = False  # for a person to mark
    in_groups: bool = False  # `course mark` shows its answers

    @property
    def waiting(self) -> list[str]:
        return [student for student, answer in self.answers.items() if answer.waits]

    @cached_property
    def marked(self) -> dict[str, float]:
        """The points by student, without the answers that wait."""
        return {who: answer.score for who, answer in self.answers.items() if not answer.waits}

    @property
    def share(self) -> float | None:
        """The mean share of the points: the lower, the more difficult."""
        points = [*self.marked.values()]
        return float(np.mean(points)) / self.maximum if points and self.maximum else None

    @property
    def verdicts(self) -> dict[str, dict[str, Any]]:
        kept = {who: answer.verdict for who, answer in self.answers.items()}
        return {who: verdict for who, verdict in kept.items() if verdict}

    @property
    def lines(self) -> list[Line]:
        got: dict[tuple[str, float], list[bool]] = {}
        for verdict in self.verdicts.values():
            for step, points, earned in verdict["lines"]:
                got.setdefault((step, points), []).append(earned == points)
        return [Line(*line, sum(some), len(some)) for line, some in got.items()]

    def reasons(self, fewest: int = 1) -> list[Reason]:
        """Return why the answers got their points, each answer in one place. Reasons of fewer than
        `fewest` answers are put together, see `pooled`."""
        if not self.verdicts:
            return []
        found: dict[str, dict[str, list[str]]] = {
            "right": {RIGHT: []},
            "mistake": {},
            "stopped": {},
        }
        unexplained: dict[str, dict[str, Any]] = {}
        for who, verdict in self.verdicts.items():
            if all(earned == points for _, points, earned in verdict["lines"]):
                found["right"][RIGHT].append(who)
            elif verdict.get("suffers"):
                found["stopped"].setdefault(STOPPED, []).append(who)
            elif verdict["causes"]:
                sentence = WHERE.sub("", verdict["causes"][0])
                found["mistake"].setdefault(sentence, []).append(who)
            else:
                unexplained[who] = verdict
        reasons = [
            Reason(kind, text, tuple(students))
            for kind, some in found.items()
            for text, students in sorted(some.items(), key=lambda one: -len(one[1]))
        ]
        reasons += groups(unexplained)
        others = tuple(who for who in self.answers if who not in self.verdicts)
        reasons += [Reason("not kept", NOT_KEPT, others)] if others else []
        few = pooled([len(one.students) for one in reasons], fewest)
        shown = [one for number, one in enumerate(reasons) if number not in few]
        together = [who for number in sorted(few) for who in reasons[number].students]
        return shown + ([Reason("pooled", POOLED, tuple(together))] if together else [])


def pooled(sizes: Sequence[int], fewest: int) -> set[int]:
    """Return which parts of a class are put together so that no number tells of fewer than `fewest`
    students: the parts that are smaller, and of the others the smallest while their sum is."""
    few: set[int] = set()
    together = 0
    for number in sorted(range(len(sizes)), key=lambda one: sizes[one]):
        if sizes[number] and (sizes[number] < fewest or 0 < together < fewest):
            few.add(number)
            together += sizes[number]
    return few


def told(count: int, of: int, fewest: int) -> str | None:
    """Return a word in the place of a number that tells of fewer than `fewest` students, or of all
    but fewer than these; None where the number does not."""
    if 0 < count < fewest:
        return "few"
    return "nearly all" if 0 < of - count < fewest else None


def groups(verdicts: dict[str, dict[str, Any]]) -> list[Reason]:
    """Return the answers that no sentence explains, together where they return the same and the
    card says the same of them. The largest groups come first."""
    found: dict[tuple, list[tuple[np.ndarray, list[str]]]] = {}
    for who, verdict in verdicts.items():
        made = tuple(made for made, *_ in verdict["returned"])
        sums = np.array([sums for _, *sums in verdict["returned"]]).reshape(-1, 2)
        alike = found.setdefault((" ".join(verdict["facts"]), made), [])
        same = (students for other, students in alike if _same(sums, other))
        if (students := next(same, None)) is not None:
            students.append(who)
        else:
            alike.append((sums, [who]))
    reasons = [
        Reason("unexplained", facts or _made(made), tuple(students))
        for (facts, made), alike in found.items()
        for _, students in alike
    ]
    return sorted(reasons, key=lambda reason: -len(reason.students))


def _made(made: tuple[str, ...]) -> str:
    """Return a sentence on what calls gave in place of values; see `evidence.returned`."""
    said = []
    for what, count in Counter(one for one in made if not one.startswith(HASH)).items():
        sentence = "It returns None" if what == "None" else f"It raises {one_line(what)}"
        sentence = "The function did not answer" if what == NO_ANSWER else sentence
        said.append(sentence + (f" in {count} of {len(made)} calls." * (count < len(made)) or "."))
    return " ".join(said) or "The values differ."


def _same(sums: np.ndarray, other: np.ndarray) -> bool:
    """Whether sums of what each call returned are the same but for rounding."""
    rounding = 1e-3 * np.hypot(*sums.T)[:, None] + 1e-5
    return bool((abs(sums - other) <= rounding).all())


class Day(NamedTuple):
    """The submissions of a day: how many, and the mean share of the points that are marked."""

    label: str
    submissions: int
    share: float | None


@dataclass(frozen=True)
class Insight:
    """What is known of one assignment."""

    name: str
    exercises: list[Exercise]
    times: dict[str, datetime | None]  # of each student's submission, in UTC
    due: datetime | None

    def discrimination(self, exercise: Exercise) -> float | None:
        """Return the correlation of an exercise's points with the share of all other points that
        are marked; None where students are too few, or all have the same."""
        pairs = []
        for who, points in exercise.marked.items():
            others = [one for one in self.exercises if one is not exercise and who in one.marked]
            if most := sum(one.maximum for one in others):
                pairs.append((points, sum(one.marked[who] for one in others) / most))
        if len(pairs) < ENOUGH or np.ptp(pairs, axis=0).min() < 1e-9:
            return None
        return float(np.corrcoef(np.transpose(pairs))[0, 1])

    def days(self, fewest: int = 1) -> list[Day]:
        """Return when the class handed in, from the first day to the last; of a due date, 24 hours
        each before it and after it. Days of fewer than `fewest` are put together at the end."""
        found: dict[tuple[float, str], list[str]] = {}
        for who, time in self.times.items():
            found.setdefault(self._day(time), []).append(who)
        days = [(label, some) for (_, label), some in sorted(found.items())]
        few = pooled([len(some) for _, some in days], fewest)
        together = [who for number in sorted(few) for who in days[number][1]]
        days = [day for number, day in enumerate(days) if number not in few]
        days += [(POOLED_DAYS, together)] if together else []
        return [Day(label, len(some), self._share(some)) for label, some in days]

    def _day(self, time: datetime | None) -> tuple[float, str]:
        if time is None:
            return np.inf, "at a time that is not known"
        if self.due is None:
            return time.toordinal(), f"{time:%d %B %Y} (UTC)"
        late = (time - self.due).total_seconds()
        days = int(np.floor(late / 86400)) if late <= 0 else int(np.ceil(late / 86400))
        if late > 0:
            return days, "up to 1 day late" if days == 1 else f"up to {days} days late"
        early = -days if late else 1  # exactly on time is on the last day
        label = "on the last day" if early == 1 else f"{early - 1} to {early} days before"
        return -early, label

    def _share(self, students: Iterable[str]) -> float | None:
        marked = [(one.marked, one.maximum) for one in self.exercises]
        shares = []
        for who in students:
            some = [(points[who], most) for points, most in marked if who in points]
            if total := sum(most for _, most in some):
                shares.append(sum(points for points, _ in some) / total)
        return float(np.mean(shares)) if shares else None

    def rows(self) -> Iterator[tuple]:
        """Yield the rows of the CSV, under `COLUMNS`."""
        for one in self.exercises:
            where = (self.name, one.name)
            handed_in, marked = len(one.answers), len(one.marked)
            yield (*where, "share of the points", one.title, marked, handed_in, one.share)
            yield (*where, "discrimination", "", marked, handed_in, self.discrimination(one))
            yield (*where, "waiting", "", len(one.waiting), handed_in, None)
            for step, _, got, of in one.lines:
                yield (*where, "line", step, got, of, got / of)
            for kind, text, students in one.reasons():
                yield (*where, kind, text, len(students), handed_in, len(students) / handed_in)
        for label, count, share in self.days():
            yield self.name, "", "handed in", label, count, len(self.times), share


def read(gradebook: Gradebook, root: Path, assignment: str) -> Insight:
    """Return what the gradebook of the course at `root` knows of an assignment."""
    db = gradebook.db
    OURS.create_all(gradebook.engine)  # it may be from before there were any
    kept = select(VERDICTS.c.student, VERDICTS.c.verdicts).where(
        VERDICTS.c.assignment == assignment
    )
    verdicts = {student: json.loads(text) for student, text in db.execute(kept)}
    found = gradebook.find_assignment(assignment)
    exercises = {
        (notebook.name, cell.name): Exercise(
            cell.name,
            cell.name,
            cell.max_score,
            written=cell.cell_type == "markdown",
            in_groups=cell.cell_type == "markdown" and cell in notebook.grade_cells,
        )
        for notebook in found.notebooks
        for cell in (*notebook.grade_cells, *notebook.task_cells)
    }
    marks = (
        select(
            SubmittedAssignment.student_id,
            Notebook.name,
            BaseCell.name,
            Grade.auto_score,
            Grade.score,
            Grade.needs_manual_grade,
        )
        .select_from(Grade)
        .join(BaseCell, Grade.cell_id == BaseCell.id)
        .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
        .join(Notebook, SubmittedNotebook.notebook_id == Notebook.id)
        .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .where(Assignment.name == assignment)
        .order_by(SubmittedAssignment.student_id)
    )
    for student, notebook, cell, automatic, score, waits in db.execute(marks):
        verdict = verdicts.get(student, {}).get(notebook, {}).get(cell)
        if verdict and abs(sum(line[2] for line in verdict["lines"]) - (automatic or 0)) > 1e-6:
            verdict = None  # another program has graded it since
        exercises[notebook, cell].answers[one_line(student)] = Answer(score, waits, verdict)
    times = {one_line(one.student_id): one.timestamp for one in found.submissions}
    return Insight(assignment, _in_order(exercises, root, assignment), times, found.duedate)


def _in_order(
    exercises: dict[tuple[str, str], Exercise], root: Path, assignment: str
) -> list[Exercise]:
    """Return the exercises in the order of the notebooks that were handed out, called by the
    headings above them."""
    named: dict[tuple[str, str], Exercise] = {}
    for path in sorted((root / "notebooks" / assignment).glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        name_exercises(cells)
        for about in (cell.metadata.get("nbgrader", {}) for cell in cells):
            key = path.stem, about.get("grade_id", "")
            if "title" in about and key in exercises:
                title = re.sub(r"[`*]", "", about["title"])
                named[key] = replace(exercises[key], title=title)
    return [*named.values(), *(one for key, one in sorted(exercises.items()) if key not in named)]


class Written(NamedTuple):
    """The files that `write_insight` wrote, and what they are about."""

    page: Path
    without_names: Path
    table: Path
    insights: list[Insight]


def write_insight(root: Path, assignment: str | None = None) -> Written:
    """Write ``build/insight*.html`` (with names and without) and ``.csv`` on an assignment of the
    course at `root`, by default on all that are graded.

    Raises `CourseError` if nothing is graded.
    """
    with opened(root) as (_, gradebook):
        graded = sorted(one.name for one in gradebook.assignments if one.num_submissions)
        names = graded if assignment is None else [assignment]
        if not set(names) & set(graded):
            raise CourseError(
                f"nothing is graded of {assignment or 'the course'}; run `course grade`"
            )
        insights = [read(gradebook, root, name) for name in names]
    stem = f"insight-{assignment}" if assignment else "insight"
    (root / "build").mkdir(exist_ok=True)
    page, without, table = (
        root / "build" / f"{stem}{end}" for end in (".html", "-without-names.html", ".csv")
    )
    for path, fewest in ((page, 1), (without, FEWEST)):
        html = as_page(assignment or "All assignments", insights, fewest)
        path.write_text(html, encoding="utf-8", errors="replace")
    with table.open("w", newline="", encoding="utf-8", errors="replace") as file:
        rows = (row for insight in insights for row in insight.rows())
        shown = ([no_formula(x) if isinstance(x, str) else x for x in row] for row in rows)
        csv.writer(file).writerows([COLUMNS, *shown])
    return Written(page, without, table, insights)


def as_page(title: str, insights: list[Insight], fewest: int = 1) -> str:
    """Return the page. It names students if it says what is true of `fewest` = 1 of them."""
    about = {"title": title, "insights": insights, "fewest": fewest, "enough": ENOUGH}
    about |= {"told": told, "pooled_reasons": POOLED, "pooled_days": POOLED_DAYS}
    return render(TEMPLATE, **about, marked=lambda text: Markup(marked(text)))
