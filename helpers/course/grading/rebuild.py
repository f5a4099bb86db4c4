"""Put a submitted notebook in order: the student's own work between the course's own cells.

The cells that a student must not change come from the gradebook, even if the submission has them
deleted, copied, moved, edited, tagged or without their metadata. Of the other cells the student's
text counts.
"""

import itertools
import json
import re
from collections.abc import Callable, Set
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum

from helpers.course import CourseError
from helpers.course.build import METADATA
from helpers.course.colab import installs
from helpers.course.grading.suspicion import look, said

MOST_OUTPUT = 10 * 2**20  # bytes that are kept of a cell
# Of a notebook: bytes, JSON's objects and lists, and cells.
LARGEST_NOTEBOOK, MOST_OBJECTS, MOST_CELLS = 100 * 2**20, 1_000_000, 2000
PICTURES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")
NOT_RUN = 0  # the execution count of a cell of the course that the student has not run
MOST_NAMED = 5  # lines of a notebook that a person is asked to look at
Others = Callable[[str, Callable[[str], bool]], str | None]


@dataclass(frozen=True)
class Cell:
    """A cell as the gradebook knows it."""

    name: str
    kind: str  # "code" or "markdown"
    source: str
    locked: bool
    grade: bool
    solution: bool
    task: bool
    points: float
    checksum: str

    def written(self, source: str) -> "Cell":
        """Return the cell with a text, and the checksum of that."""
        if source == self.source:
            return self
        cell = getattr(nbformat.v4, f"new_{self.kind}_cell")(source)
        cell.metadata = nbformat.from_dict(self.metadata())
        return replace(self, source=source, checksum=compute_checksum(cell))

    def metadata(self) -> dict:
        known: dict[str, object] = {"grade_id": self.name, "cell_type": self.kind}
        known |= {"grade": self.grade, "solution": self.solution, "locked": self.locked}
        known |= {"task": self.task, "checksum": self.checksum, "schema_version": 3}
        return {"nbgrader": known | ({"points": self.points} if self.grade or self.task else {})}


@dataclass
class Part:
    """A cell as it was submitted. Its `name` is that of a `Cell`, if the submission gives one."""

    name: str
    kind: str
    source: str
    claimed: bool = True  # by nbgrader's metadata, not by its id alone
    ran: int | None = None  # the execution count
    outputs: list = field(default_factory=list)
    attachments: dict[str, dict[str, str]] = field(default_factory=dict)  # pictures, by name


def read(content: bytes) -> tuple[list[Part], list[str]]:
    """Return the cells of a notebook of any version, and remarks on what was odd.

    Raises `CourseError`, which says why, if `content` is no notebook, is damaged or is too large.
    """
    if not content.strip():
        raise CourseError("the file is empty")
    if len(content) > LARGEST_NOTEBOOK or content.count(b"{") + content.count(b"[") > MOST_OBJECTS:
        raise CourseError(
            f"the notebook has more than {LARGEST_NOTEBOOK // 2**20} MiB or {MOST_OBJECTS:,} "
            "objects; clear its outputs"
        )
    try:
        raw = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # too long a number is a ValueError, too
        raise CourseError(f"the file is damaged, it is no JSON: {error}") from error
    remarks = []
    if not isinstance(raw, dict) or not any(key in raw for key in ("cells", "worksheets")):
        raise CourseError("the file holds no cells, it is no notebook")
    if raw.get("nbformat") not in (2, 3, 4):
        remarks.append(f"its nbformat is {raw.get('nbformat')!r}; read as version 4")
        raw |= {"nbformat": 4, "nbformat_minor": 5}
    try:
        # Cells that lack ids or outputs are repaired below, so nothing is validated here.
        if raw["nbformat"] < 4:
            for cell in (cell for sheet in raw.get("worksheets", ()) for cell in sheet["cells"]):
                if "level" in cell:  # nbformat writes as many # as it says
                    cell["level"] = min(6, int(cell["level"]))
            raw = nbformat.convert(nbformat.from_dict(raw), 4)
        parts = [_part(cell) for cell in raw["cells"][: MOST_CELLS + 1]]
    except Exception as error:  # a damaged notebook may hold anything
        problem = f"the notebook is damaged: {type(error).__name__}: {str(error)[:1000]}"
        raise CourseError(problem) from error
    if len(parts) > MOST_CELLS:
        raise CourseError(f"the notebook has more than {MOST_CELLS} cells")
    return parts, remarks


def _part(cell: dict) -> Part:
    source = cell.get("source", "")
    source = "".join(source) if isinstance(source, list) else str(source)
    kind = cell.get("cell_type")
    given = cell.get("metadata", {}).get("nbgrader", {})
    name = given.get("grade_id") if isinstance(given, dict) else None
    return Part(
        str(name or cell.get("id") or ""),
        kind if kind in ("code", "markdown") else "raw",
        source.encode("utf-8", "replace").decode(),
        claimed=name is not None,
        ran=cell.get("execution_count"),
        outputs=cell.get("outputs", []),
        attachments=_attachments(cell.get("attachments")),
    )


def _attachments(given: object) -> dict[str, dict[str, str]]:
    """Return the pictures that were pasted into a cell: by name, base64 by MIME type."""
    pictures: dict[str, dict[str, str]] = {}
    for name, kinds in given.items() if isinstance(given, dict) else ():
        for kind in PICTURES:
            data = kinds.get(kind) if isinstance(kinds, dict) else None
            data = "".join(data) if isinstance(data, list) else data
            if isinstance(data, str) and re.fullmatch(r"[a-zA-Z0-9+/=\s]*", data):
                pictures.setdefault(name, {})[kind] = data
    return pictures


def rebuild(
    parts: list[Part],
    known: list[Cell],
    own: Set[str] = frozenset(),
    others: Others | None = None,
) -> tuple[NotebookNode, list[str]]:
    """Return a notebook in order, and remarks for the person who grades.

    Args:
        parts: the cells that were submitted.
        known: the gradebook's cells, in the order of the notebook as it was handed out.
        own: the sources of the course's cells that the gradebook does not have. A cell that the
            student ran without a change keeps its execution count and its outputs. One that
            the student did not run has the count `NOT_RUN`.
        others: where each student has own constants, the remark on a course's cell that has
            another's: `others(the student's own cell, whether a text fits what was handed in)`.
    """
    remarks: list[str] = []
    names = {cell.name: cell for cell in known}
    by_id = {re.sub(r"[^a-zA-Z0-9_-]", "-", name)[:64]: name for name in names}
    cells = [replace(part, name=by_id.get(part.name, part.name)) for part in parts]
    nameless = not any(cell.name in names for cell in cells)
    if nameless:  # ids that another program has given say nothing
        cells = [cell if cell.claimed else replace(cell, name="") for cell in cells]
    found = _name_by_text(cells, known) if nameless else 0
    if found:
        remarks.append(
            f"its cells have lost nbgrader's names and ids: {found} of {len(known)} were known by "
            "their text, and all that is there is graded; look at its written answers"
        )
    elif nameless:
        remarks.append("no cell is one of this assignment's: is it another notebook?")
    if unknown := sorted({cell.name for cell in cells if cell.claimed} - set(names)):
        remarks.append(f"unknown cells {', '.join(unknown)}: an older release?")
    where = {name: _chosen(cells, names[name], remarks) for name in names}
    for place, cell in enumerate(cells):
        if where.get(cell.name) != place:
            cell.name = ""  # a copy, or the student's own
    kept = [c for c in cells if c.name or (c.source.strip() and not installs(c.source))]
    for place, cell in enumerate(known):
        if cell.locked or (cell.grade and where[cell.name] is None):
            _place(kept, known, place, remarks, others)
        elif where[cell.name] is None and not found:
            remarks.append(f"the cell {cell.name} is missing")
    made = [_finished(cell, names.get(cell.name), remarks) for cell in kept]
    for cell, part in zip(made, kept, strict=True):
        if part.kind == "code" and not part.name and part.source.strip() in own:
            _keep_outputs(cell, part)
    remarks += _suspicious(made, own | {cell.source.strip() for cell in known})
    notebook = nbformat.v4.new_notebook(cells=made, metadata=METADATA)
    return nbformat.v4.rwbase.rejoin_lines(notebook), remarks


def _suspicious(cells: list[NotebookNode], ours: Set[str]) -> list[str]:
    """Return remarks on the lines of a notebook that a person should look at. Cells that the course
    wrote, and that are as they were, are not among them."""
    theirs = [
        (number, cell)
        for number, cell in enumerate(cells, 1)
        if cell.cell_type == "code" and cell.source.strip() not in ours
    ]
    named = []
    for (number, cell), findings in zip(
        theirs, look([cell.source for _, cell in theirs], ours), strict=True
    ):
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        where = f"cell {number} ({name})" if name else f"cell {number}"
        named += [said(where, finding) for finding in findings]
    more = len(named) - MOST_NAMED
    return named[:MOST_NAMED] + ([f"{more} more lines of it are like that"] if more > 0 else [])


def _name_by_text(cells: list[Part], known: list[Cell]) -> int:
    """Name the course's own cells by their text, and a written answer by the question above it.
    Return how many cells got a name."""
    for cell in known:
        lines = set(_lines(cell.source))  # with the hidden ones, which no student has
        alike = [
            one
            for one in cells
            if one.kind == cell.kind and not one.name and set(_lines(one.source)) & lines
            if cell.locked and set(_lines(one.source)) <= lines
        ]
        if alike:
            max(alike, key=lambda one: len(_lines(one.source))).name = cell.name
    for question, answer in itertools.pairwise(known):
        if answer.locked or answer.kind != "markdown":
            continue
        for above, one in itertools.pairwise(cells):
            if above.name == question.name and one.kind == "markdown" and not one.name:
                one.name = answer.name
    names = {cell.name for cell in known}
    return sum(one.name in names for one in cells)


def _chosen(cells: list[Part], cell: Cell, remarks: list[str]) -> int | None:
    """Return the place of the submitted cell that counts for `cell`: the last one that was changed,
    else the last one; None if there is none."""
    places = [place for place, one in enumerate(cells) if one.name == cell.name]
    worked_on = [place for place in places if cells[place].source.strip() != cell.source.strip()]
    if len(places) > 1 and not cell.locked:
        remarks.append(f"there are {len(places)} cells {cell.name}: the last one counts")
    return next(reversed(worked_on or places), None)


def _place(
    kept: list[Part], known: list[Cell], index: int, remarks: list[str], others: Others | None
) -> None:
    """Put the course's own cell number `index` into `kept`: where the student left the cell, if
    that is below the course's cell before it, else behind all earlier cells."""
    cell = known[index]
    places = {part.name: place for place, part in enumerate(kept) if part.name}
    here = places.get(cell.name)
    previous = places.get(known[index - 1].name, -1) if index else -1
    fresh = Part(cell.name, cell.kind, cell.source)
    if here is not None and (here > previous or cell.kind != "code"):
        lines = set(_lines(kept[here].source))

        def fits(text: str) -> bool:
            return lines <= set(_lines(text))

        if not fits(cell.source):
            said = others(cell.source, fits) if others else None
            said = said and f"the cell {cell.name} was {said}"
            remarks.append(said or f"the text of the course's own cell {cell.name} was changed")
        kept[here] = fresh
        return
    if here is not None:
        del kept[here]
        remarks.append(f"the cell {cell.name} stood above what it is about")
    else:
        remarks.append(f"the cell {cell.name} was missing; it is there again")
    earlier = {part.name for part in known[:index]}
    after = max((place for place, part in enumerate(kept) if part.name in earlier), default=-1)
    following = (p for p, part in enumerate(kept) if p > after and part.name)
    kept.insert(next(following, len(kept)), fresh)


def _lines(source: str) -> list[str]:
    return [line.strip() for line in source.splitlines() if line.strip()]


def _finished(cell: Part, known: Cell | None, remarks: list[str]) -> NotebookNode:
    """Return the cell as a notebook's cell, with the kind and metadata of `known`, if given."""
    kind = known.kind if known else cell.kind
    finished = getattr(nbformat.v4, f"new_{kind}_cell")(cell.source)
    if kind == "markdown" and not (known and known.locked):
        _keep_pictures(finished, cell, remarks)
    if known:
        finished.metadata = nbformat.from_dict(known.metadata())
    return finished


def _keep_pictures(cell: NotebookNode, part: Part, remarks: list[str]) -> None:
    """Keep the pictures that the text shows. A missing picture is named in the text and in a
    remark: nbconvert refuses a text that shows an attachment that is not there."""
    pictures, missing = {}, []

    def named(match: re.Match) -> str:
        name = next((n for n in (match[1], unquote(match[1])) if n in part.attachments), None)
        if name is None:
            missing.append(match[1])
            return f"missing:{match[1]}"
        url = quote(unquote(name))  # as nbconvert looks for it
        pictures[url] = part.attachments[name]
        return f"attachment:{url}"

    cell.source = re.sub(r"""\battachment:([^\s)>"']*)""", named, cell.source)
    if pictures:
        cell.attachments = nbformat.from_dict(pictures)
    for name in dict.fromkeys(missing):
        cell.source += f"\n\n[The picture {name} was not handed in.]"
        remarks.append(f"a picture is missing in {part.name or 'a text'}: {name}")


def _keep_outputs(cell: NotebookNode, part: Part) -> None:
    if part.ran is None:
        cell.execution_count = NOT_RUN
    if type(part.ran) is not int:
        return
    try:
        text = json.dumps(part.outputs, ensure_ascii=False).encode("utf-8", "replace")
        if len(text) <= MOST_OUTPUT:
            outputs = nbformat.from_dict(json.loads(text))
            ran = nbformat.v4.new_code_cell(execution_count=part.ran, outputs=outputs)
            cell.execution_count, cell.outputs = ran.execution_count, ran.outputs
    except Exception:  # damaged outputs may hold anything: the cell has to run
        return
