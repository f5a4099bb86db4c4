"""Compare what a notebook's text says about points with the points that its graded cells give.

Points are written down once: a check's points in its rubric (`Check.steps`), a written question's
points in its cell.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from nbformat import NotebookNode

from helpers.course.terminal import counted

TASK = re.compile(r"\b(?:Exercise|Question) \d+\b")
HEADING = re.compile(r"(#+) +(.*)")
STATED = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)[ -]points?\b")
SCHEME_LINE = re.compile(r"- (\d+(?:\.\d+)?) points?\b(?: for each of (two|three|four|five)\b)?")
TIMES = {"": 1, "two": 2, "three": 3, "four": 4, "five": 5}


@dataclass
class Task:
    """An exercise or a question: all cells under its heading, up to the next task or section."""

    name: str
    level: int
    graded: list[NotebookNode] = field(default_factory=list)
    stated: list[tuple[int, float]] = field(default_factory=list)  # number of the cell, points
    scheme: list[tuple[int, float]] = field(default_factory=list)

    @property
    def points(self) -> float:
        return sum(cell.metadata.nbgrader.points for cell in self.graded)

    @property
    def authority(self) -> str:
        """What decides how many points the task gives, in words: a check's rubric, or a cell."""
        cell = self.graded[0]
        if cell.cell_type == "code" and (name := re.search(r"checks\.(\w+)", cell.source)):
            return f"the rubric of checks.{name[1]}"
        return f"the graded cell {cell.metadata.nbgrader.grade_id}"


def tasks(cells: list[NotebookNode]) -> list[Task]:
    """Return the graded tasks of a notebook, with the points that its text states.

    A number before "points" counts for the task that its line names. If the line names none, the
    number counts for the task around it, up to the graded cell. The same holds for a number in a
    table's column "points".
    """
    found: dict[str, Task] = {}
    elsewhere: list[tuple[str, int, float]] = []
    task: Task | None = None
    for index, cell in enumerate(cells):
        meta = cell.metadata.get("nbgrader", {})
        if meta.get("grade"):
            if task and isinstance(meta.get("points"), int | float):
                task.graded.append(cell)
            continue
        for line, in_scheme in _lines(cell) if cell.cell_type == "markdown" else ():
            named = set(TASK.findall(line))
            if heading := HEADING.match(line):
                level = len(heading[1])
                if level > 1 and len(named) == 1:
                    name = named.pop()
                    task = found.setdefault(name, Task(name, level))
                elif task and level <= task.level:
                    task = None
            if in_scheme and task:
                if worth := SCHEME_LINE.match(line):
                    task.scheme.append((index, float(worth[1]) * TIMES[worth[2] or ""]))
            elif len(named) == 1:
                name = named.pop()
                elsewhere += [(name, index, float(points)) for points in STATED.findall(line)]
            elif task and not task.graded:
                task.stated += [(index, float(points)) for points in STATED.findall(line)]
    for name, index, points in elsewhere:
        if name in found:
            found[name].stated.append((index, points))
    return [task for task in found.values() if task.graded]


def _lines(cell: NotebookNode) -> Iterator[tuple[str, bool]]:
    """Yield the lines of a text, and whether each is in a marking scheme. A row of a table gets
    " N points" at its end if the table has a column "points"."""
    in_scheme, column = False, None
    for line in cell.source.splitlines():
        if "MARK SCHEME" in line:
            in_scheme = "BEGIN" in line
            continue
        if not line.startswith("|"):
            column = None
        else:
            row = [entry.strip() for entry in line.split("|")]
            if "points" in map(str.lower, row):
                column = [entry.lower() for entry in row].index("points")
            elif column is not None and column < len(row) and row[column][:1].isdigit():
                line += f" {row[column]} points"
        yield line, in_scheme


def problems(cells: list[NotebookNode]) -> Iterator[tuple[int, str]]:
    """Yield the index of the cell and a sentence for each statement that disagrees."""
    for task in tasks(cells):
        gives = f"{task.authority} gives {task.points:g}"
        for index, points in task.stated:
            if points != task.points:
                yield (
                    index,
                    f"{task.name} says {counted(points, 'point')}, but {gives}; correct the one "
                    "that is wrong (a number of points that is no mark is written in words)",
                )
        if task.scheme and (total := sum(points for _, points in task.scheme)) != task.points:
            yield (
                task.scheme[0][0],
                f"the marking scheme of {task.name} adds up to {counted(total, 'point')}, but "
                f"{gives}; correct the one that is wrong",
            )
