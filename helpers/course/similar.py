"""`course similar`: which answers to an assignment are alike beyond what the course explains.

A statement becomes a sequence of tokens in which names, numbers and texts all read ``x``; comments,
docstrings and layout are gone. Names that an author cannot choose stay: keywords, built-in
functions and what follows a point, like ``.mean``. The statements of an answer are a set, a loop's
body beside its head, so that neither order nor repetition counts: an unrolled loop reads as the
loop did. Each statement leaves fingerprints by winnowing (Schleimer, Wilkerson and Aiken 2003,
https://doi.org/10.1145/872757.872770). No student's code is executed.

The rarer a fingerprint is that two answers share, the more bits it counts: log2(1/p). Here p is the
share of the other students that have it, too, or of the functions in ``helpers/``. What the student
version of the notebook holds counts for nothing. In each exercise, half of what the smaller answer
holds is taken for granted (`GRANTED`), since two right answers to one exercise have much in common.
What is shared beyond that is added up over the exercises, and a pair is shown from `ENOUGH` bits
on.

`ENOUGH` was chosen with ``benchmarks/similar.py``, in classes of the right answers of
``tests/checks/variants_*.py``. Disguised copies of a whole notebook had 49 bits or more, half of
them more than 87. Two students without an answer in common had 8 bits at most, a student and the
official solution 29. Of copies of a single exercise, only long ones had more than 40. These answers
were written to differ in style, and a real class writes more alike: the limit lies nearer to the
copies.
"""

import ast
import builtins
import keyword
import re
import warnings
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import numpy as np
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from scipy.sparse import csr_matrix

from helpers.course import CourseError
from helpers.course.build import grade_id, read_notebook
from helpers.course.gallery import render
from helpers.course.grading.nbgrading import load_config
from helpers.course.grading.rebuild import Cell, read, rebuild
from helpers.course.grading.submission import find_notebook, one_line, plain_files

TEMPLATE = Path(__file__).with_name("similar.html.j2")
GRAM, WINDOW = 6, 4  # tokens; of as many grams in a row at least one is a fingerprint
GRANTED, ENOUGH = 0.5, 40.0
RAREST = 1 / 32  # grams overlap, so that no single one may count for more than 5 bits
LONGEST = 10_000  # characters that are read of an answer
MOST_PAIRS = 100  # on a page
OTHER = "other cells"  # the name of what stands outside the exercises
CHOSEN_BY_NOBODY = {*keyword.kwlist, *dir(builtins)} - {"None", "True", "False"}
TOKEN = re.compile(
    r"""
    (?P<value> [rRbBuUfF]{0,2} (?: \"{3}.*?\"{3} | '{3}.*?'{3}
                                 | "(?:\\.|[^"\\\n])*"? | '(?:\\.|[^'\\\n])*'? )
             | \d[\w.]* | \.\d\w* )
    | (?P<attribute> \.\s*[^\W\d]\w* )
    | (?P<name> [^\W\d]\w* )
    | \*\* | // | << | >> | [-+*/%@&|^<>=!]= | \S
    """,
    re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True)
class Work:
    """What one student handed in, or what it is compared with: code by the exercise's name."""

    who: str
    answers: Mapping[str, str]
    term: str = ""  # the folder of an earlier term

    def __str__(self) -> str:
        return one_line(f"{self.who} ({self.term})" if self.term else self.who)


class Line(NamedTuple):
    text: str
    alike: bool


@dataclass(frozen=True)
class Pair:
    """Two works that are more alike than the course explains, and by how many bits in which
    exercise, the most alike first."""

    one: Work
    other: Work
    bits: Mapping[str, float]

    @property
    def total(self) -> float:
        return sum(self.bits.values())

    def sides(self, explained: set[int]) -> Iterator[tuple[str, float, list[Line], list[Line]]]:
        """Yield, for each exercise that counts, its name, its bits and the lines of both answers.
        Lines are alike where they share what is not `explained`."""
        for exercise, bits in self.bits.items():
            texts = [work.answers[exercise][:LONGEST] for work in (self.one, self.other)]
            one, other = map(fingerprints, texts)
            shared = one.keys() & other.keys() - explained
            left, right = (
                [
                    Line(line, any(number in found[gram] for gram in shared))
                    for number, line in enumerate(text.split("\n"), start=1)
                ]
                for text, found in zip(texts, (one, other), strict=True)
            )
            yield exercise, bits, left, right


@dataclass(frozen=True)
class Findings:
    """The pairs of an assignment that are worth a look, and the students not compared, with the
    reason."""

    pairs: list[Pair]
    compared: int
    problems: list[str]
    page: Path


def find_similar(root: Path, assignment: str, earlier: Iterable[Path] = ()) -> Findings:
    """Compare what was submitted for `assignment`, and write the page ``build/similar-….html``.

    Args:
        root: the course's folder.
        assignment: its name.
        earlier: folders of earlier terms like ``submitted``, which hold STUDENT/ASSIGNMENT.

    Raises:
        CourseError: if a folder or the notebook is missing, or nothing was submitted.
    """
    released = read_notebook(root / "notebooks", assignment)
    solution = read_notebook(root / "solutions", assignment)
    directory = CourseDirectory(config=load_config(root))
    now = Path(directory.root) / directory.submitted_directory
    problems: list[str] = []
    term = list(_works(now, "", assignment, released, problems))
    before = [w for old in earlier for w in _works(old, str(old), assignment, released, problems)]
    if not term and not problems:
        raise CourseError(f"nothing was submitted: {now} holds no <student>/{assignment}/")
    course = [cell.source for cell in released.cells if cell.cell_type == "code"]
    official = Work("solutions/", _answers(solution, course))
    pairs = similar(term, before, official, _functions(), course)
    page = root / "build" / f"similar-{assignment}.html"
    page.parent.mkdir(exist_ok=True)
    html = render(
        TEMPLATE,
        assignment=assignment,
        pairs=pairs[:MOST_PAIRS],
        more=len(pairs[MOST_PAIRS:]),
        explained=set().union(*map(fingerprints, course)),
        compared=len(term),
        earlier=len(before),
        problems=problems,
        granted=GRANTED,
        enough=ENOUGH,
    )
    page.write_text(html, encoding="utf-8")
    return Findings(pairs, len(term), problems, page)


def _works(
    folder: Path, term: str, assignment: str, released: NotebookNode, problems: list[str]
) -> Iterator[Work]:
    """Yield what each student handed in, as the grading reads it. `problems` gets a line for each
    submission that cannot be read."""
    if not folder.is_dir():
        raise CourseError(f"there is no folder {folder}; it holds <student>/{assignment}/")
    course = [cell.source for cell in released.cells if cell.cell_type == "code"]
    known = [_cell(cell) for cell in released.cells if "nbgrader" in cell.metadata]
    for submitted in sorted(folder.glob(f"*/{assignment}/")):
        who = submitted.parent.name
        try:
            files = plain_files(submitted)
            file, _ = find_notebook(files, assignment, known)
            notebook, _ = rebuild(read(files[file])[0], known)
            yield Work(who, _answers(notebook, course), term)
        except Exception as error:  # a student may hand in anything
            problems.append(one_line(f"{who}{f' ({term})' if term else ''}: {error}"))


def _cell(cell: NotebookNode) -> Cell:
    known = cell.metadata["nbgrader"]
    flags = (known["locked"], known["grade"], known["solution"], known["task"])
    points, checksum = known.get("points", 0), known.get("checksum", "")
    return Cell(known["grade_id"], cell.cell_type, cell.source, *flags, points, checksum)


def _answers(notebook: NotebookNode, course: Collection[str]) -> dict[str, str]:
    """Return the code that is not the course's, by exercise."""
    found: dict[str, list[str]] = {}
    for cell in notebook.cells:
        locked = cell.metadata.get("nbgrader", {}).get("locked")
        if cell.cell_type == "code" and not locked and cell.source not in course:
            found.setdefault(grade_id(cell) or OTHER, []).append(cell.source)
    return {exercise: "\n\n".join(sources) for exercise, sources in found.items()}


def _functions() -> dict[str, str]:
    """Return the functions of ``helpers/`` by file and line. Known mistakes are left out: they are
    made of right answers, and nobody gains by copying them."""
    package, found = Path(__file__).parents[1], {}
    for path in sorted(package.rglob("*.py")):
        if "misconceptions" in path.parts:
            continue
        source = path.read_text(encoding="utf-8")
        lines = source.splitlines()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef):
                place = f"{path.relative_to(package.parent).as_posix()}:{node.lineno}"
                found[place] = dedent("\n".join(lines[node.lineno - 1 : node.end_lineno]))
    return found


def fingerprints(source: str) -> dict[int, set[int]]:
    """Return the fingerprints of some code, each with the numbers of the lines that it stands in.
    Code that is no valid Python is read line by line."""
    found: dict[int, set[int]] = {}
    for statement, lines in _statements(source[:LONGEST]):
        tokens = tuple(zlib.crc32(token.encode()) for token in _tokens(statement))
        grams = [hash(tokens[i : i + GRAM]) for i in range(max(1, len(tokens) - GRAM + 1))]
        for i in range(max(1, len(grams) - WINDOW + 1)):
            found.setdefault(min(grams[i : i + WINDOW]), set()).update(lines)
    return found


def _statements(source: str) -> Iterator[tuple[str, Iterable[int]]]:
    """Yield each statement of the code, of one with a block the head alone, and its lines."""
    source = re.sub(r"(?m)^[%!].*$", "", source)  # IPython's own
    try:
        with warnings.catch_warnings(action="ignore"):
            nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt)]
        texts = [_head(node) for node in nodes if not _says_nothing(node)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        lines = enumerate((line.partition("#")[0] for line in source.splitlines()), start=1)
        texts = [(line, [number]) for number, line in lines if line.strip()]
    yield from texts


def _says_nothing(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _head(node: ast.stmt) -> tuple[str, Iterable[int]]:
    head = copy(node)
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        if hasattr(head, name):
            setattr(head, name, [])
    last = node.lineno if hasattr(node, "body") else node.end_lineno or node.lineno
    return ast.unparse(head), range(node.lineno, last + 1)


def _tokens(statement: str) -> Iterator[str]:
    for match in TOKEN.finditer(statement):
        text, kind = match.group(), match.lastgroup
        chosen = kind == "value" or (kind == "name" and text not in CHOSEN_BY_NOBODY)
        yield "x" if chosen else text


def similar(
    term: Sequence[Work],
    earlier: Sequence[Work],
    solution: Work,
    functions: Mapping[str, str],
    course: Iterable[str],
) -> list[Pair]:
    """Return the pairs of works that share `ENOUGH` bits, most bits first.

    Args:
        term: the works that are looked at.
        earlier: other students' works. One student's works are no pair.
        solution: the official answers.
        functions: code that students can read, by the place where it stands.
        course: the code that the student version of the notebook holds.
    """
    if not term:
        return []
    explained = set().union(*(fingerprints(source) for source in course))
    known = [set(fingerprints(source)) - explained for source in functions.values()]
    works = [*term, *earlier, solution]
    exercises = sorted({exercise for work in term for exercise in work.answers})
    bits = np.zeros((len(exercises), len(term), len(works) + 1), np.float32)
    nearest = np.zeros((len(exercises), len(term)), int)
    for number, exercise in enumerate(exercises):
        held = [set(fingerprints(work.answers.get(exercise, ""))) - explained for work in works]
        excess = _excess(held, known, len(term))
        bits[number, :, :-1] = excess[:, : len(works)]
        bits[number, :, -1] = excess[:, len(works) :].max(axis=1)
        nearest[number] = excess[:, len(works) :].argmax(axis=1)
    found = []
    for i, j in np.argwhere(bits.sum(axis=0) >= ENOUGH).tolist():
        order = [n for n in np.argsort(-bits[:, i, j]).tolist() if bits[n, i, j]]
        own = {exercises[n]: float(bits[n, i, j]) for n in order}
        if j == len(works):
            places = [*functions]
            near = {e: places[nearest[exercises.index(e), i]] for e in own}
            code = {e: f"# {place}\n{functions[place]}" for e, place in near.items()}
            found.append(Pair(term[i], Work("helpers/", code), own))
        elif j > i and works[j].who != term[i].who:
            found.append(Pair(term[i], works[j], own))
    return sorted(found, key=lambda pair: -pair.total)


def _excess(held: list[set[int]], known: list[set[int]], count: int) -> np.ndarray:
    """Return by how many bits each of the first `count` of `held` shares more than is granted with
    each of `held` and, behind these, each of `known`. The last of `held` is no student's."""
    rows = held + known
    columns = {gram: column for column, gram in enumerate(sorted(set().union(*rows)))}
    places = [columns[gram] for row in rows for gram in row]
    ends = np.cumsum([0, *map(len, rows)])
    has = csr_matrix((np.ones(len(places)), places, ends), (len(rows), len(columns)))
    answered = sum(map(bool, held[:-1]))
    # Of the two that share it neither counts. One in eight is what is assumed of a class of two.
    others = np.maximum(_sums(has[: len(held) - 1]) - 2, 0)
    among_students = (others + 1) / (max(answered - 2, 0) + 8)
    among_functions = _sums(has[len(held) :]) / len(known)
    rare = -np.log2(np.clip(np.maximum(among_students, among_functions), RAREST, 1))
    sizes = has @ rare
    shared = (has[:count].multiply(rare) @ has.T).toarray()
    return np.maximum(0, shared - GRANTED * np.minimum(sizes[:count, None], sizes))


def _sums(matrix: csr_matrix) -> np.ndarray:
    return np.asarray(matrix.sum(axis=0)).ravel()
