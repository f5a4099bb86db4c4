"""The gradebook: reads what submissions are graded against, and enters one outcome at a time."""

import ast
import hashlib
import json
import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Course,
    Grade,
    Gradebook,
    GradeCell,
    MissingEntry,
    Notebook,
    SolutionCell,
    SourceCell,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import (
    Column,
    Float,
    MetaData,
    String,
    Table,
    Text,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from helpers.course import CourseError
from helpers.course.build import as_built, compile_source, grade_id
from helpers.course.grading.nbgrading import patient, released
from helpers.course.grading.rebuild import Cell
from helpers.course.grading.submission import Outcome, Task, plain_files, write_files
from helpers.course.variants import Variants, templates

# In the same database as the marks; nbgrader takes no notice of them.
OURS = MetaData()
GRADED = Table(
    "course_graded",
    OURS,
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("key", String(64)),
    Column("seconds", Float),
    Column("remarks", Text),
)
VERDICTS = Table(  # what `insight` counts, of each submission
    "course_verdicts",
    OURS,
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("verdicts", Text),  # JSON: by notebook and cell, see `evidence.verdict_of`
)
SEEDS = Table(  # of the hidden data
    "course_seeds",
    OURS,
    Column("assignment", String(128), primary_key=True),
    Column("seed", String(32)),
)
VARIANTS = Table(  # of assignments in which each student has own constants
    "course_constants",
    OURS,
    Column("assignment", String(128), primary_key=True),
    Column("key", String(32)),
    Column("choices", Text),  # JSON
)


def new_seed() -> str:
    return secrets.token_hex(16)


class Book:
    """The gradebook of a course, while a run of grading has it open. Only this process writes to
    the gradebook."""

    def __init__(self, course: CourseDirectory):
        self.course = course
        self.gradebook = Gradebook(patient(course.db_url), course.course_id)
        self.db = self.gradebook.db
        OURS.create_all(self.gradebook.engine)

    def close(self) -> None:
        self.gradebook.close()

    def assignments(self) -> list[str]:
        return sorted(assignment.name for assignment in self.gradebook.assignments)

    def holds(self, task: Task) -> bool:
        """Whether exactly this submission has been graded already, against the same cells. Its
        hidden data may have been others: `redrawn` says so, and marks change only when asked."""
        notebooks = [self._folder(task) / f"{name}.ipynb" for name in task.cells]
        there = all(notebook.is_file() for notebook in notebooks)
        key = self._key(task)
        return key[:24] == task.key[:24] and key[32:] == task.key[32:] and there

    def knows(self, task: Task) -> bool:
        """Whether exactly this submission has been graded, against the same cells or others."""
        return self._key(task)[32:] == task.key[32:]

    def _key(self, task: Task) -> str:
        try:
            self.gradebook.find_submission(task.assignment, task.student)
        except MissingEntry:  # never graded, or removed since
            return ""
        return self.db.execute(select(GRADED.c.key).where(_row(task))).scalar() or ""

    def seed(self, assignment: str) -> str:
        """Return the seed of the assignment's hidden data. The first one is drawn here."""
        kept = select(SEEDS.c.seed).where(SEEDS.c.assignment == assignment)
        seed = self.db.execute(kept).scalar()
        if seed is None:
            seed = new_seed()
            self.keep_seed(assignment, seed)
        return seed

    def keep_seed(self, assignment: str, seed: str) -> None:
        self.db.execute(SEEDS.delete().where(SEEDS.c.assignment == assignment))
        self.db.execute(insert(SEEDS).values(assignment=assignment, seed=seed))
        self.db.commit()

    def variants(self, assignment: str, root: Path, draw: bool = False) -> Variants | None:
        """Return what varies from student to student in an assignment; None where nothing does. To
        `draw` makes a key where there is none yet; `keep_variants` is what gives each student own
        constants. Raises `CourseError` if the assignment's source has changed since it was built,
        or declares other constants than are kept."""
        rows = select(VARIANTS.c.key, VARIANTS.c.choices).where(VARIANTS.c.assignment == assignment)
        kept, source = self.db.execute(rows).first(), root / "solutions" / f"{assignment}.py"
        if not (kept or draw):
            return None
        template = compile_source(source, template=True) if source.is_file() else None
        choices = dict(template.metadata["variants"]) if template else {}
        if kept and kept.choices != json.dumps(choices):
            raise CourseError(
                f"{assignment} was handed out with the constants {kept.choices}, and "
                f"solutions/{assignment}.py {'declares others' if template else 'is gone'}: put "
                f"them back, or hand out others with `course variants --off {assignment}` and then "
                f"`course variants {assignment}`"
            )
        if template is None or not choices:
            return None
        made = [released(root, notebook, hidden=True) for notebook in (as_built(source), template)]
        varied = templates(*([cell.source for cell in notebook.cells] for notebook in made))
        return Variants(assignment, kept.key if kept else new_seed(), choices, varied)

    def keep_variants(self, varied: list[Variants]) -> None:
        """Judge each student by own constants from now on."""
        for one in varied:
            row = {"assignment": one.assignment, "key": one.key, "choices": json.dumps(one.choices)}
            self.db.execute(VARIANTS.delete().where(VARIANTS.c.assignment == one.assignment))
            self.db.execute(insert(VARIANTS).values(row))
        self.db.commit()

    def forget_variants(self, assignment: str) -> None:
        """Give all students the same constants from now on."""
        self.db.execute(VARIANTS.delete().where(VARIANTS.c.assignment == assignment))
        self.db.commit()

    def redrawn(self, assignment: str) -> bool:
        """Whether the assignment has marks that rest on other hidden data than those of its
        seed."""
        keys = (
            select(GRADED.c.key)
            .join(SubmittedAssignment, SubmittedAssignment.student_id == GRADED.c.student)
            .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
            .where(Assignment.name == assignment, GRADED.c.assignment == assignment)
        )
        graded_with = {key[24:32] for key in self.db.execute(keys).scalars()}
        return not graded_with <= {self.seed(assignment)[:8]}

    def scores(self, assignment: str, student: str) -> dict[tuple[str, str], float | None]:
        """Return a submission's automatic scores in points, by (notebook, cell); None where a
        person has to give the score."""
        notebooks = self.gradebook.find_submission(assignment, student).notebooks
        return {(nb.name, g.cell.name): g.auto_score for nb in notebooks for g in nb.grades}

    def _folder(self, what: Task | Outcome) -> Path:
        folder = self.course.autograded_directory
        return Path(self.course.format_path(folder, what.student, what.assignment))

    def skeleton(self, name: str, root: Path, seed: str | None = None) -> Task:
        """Return a task without a submission: what each submission to the assignment is graded
        against, by default with the assignment's own seed. Raises `CourseError` if the gradebook
        has no notebook of the assignment."""
        assignment = self.gradebook.find_assignment(name)
        cells, own = {}, set()
        for notebook in assignment.notebooks:
            handed_out = _handed_out(notebook, root)
            cells[notebook.name] = _ordered(notebook, handed_out)
            own |= {cell.source.strip() for cell in handed_out if not grade_id(cell)}
        if not cells:
            raise CourseError(f"{name} has no notebook in the gradebook; run `course build`")
        variants = self.variants(name, root)
        known = own | {cell.source.strip() for some in cells.values() for cell in some}
        if variants and not variants.templates.keys() <= known:
            raise CourseError(
                f"the gradebook has another {name} than solutions/; run `course build`"
            )
        source = Path(self.course.format_path(self.course.source_directory, ".", name))
        files = plain_files(source, skip=("*.ipynb",)) if source.is_dir() else {}
        digest = hashlib.sha256(repr((sorted(cells.items()), sorted(files.items()))).encode())
        seed = seed or self.seed(name)
        return Task(
            student="",
            assignment=name,
            files={},
            key=digest.hexdigest()[:24] + seed[:8],
            timestamp=None,
            cells=cells,
            gradebook=_copy(self.gradebook, assignment, self.course.course_id),
            config=_without_database((root / "nbgrader_config.py").read_text(encoding="utf-8")),
            seed=seed,
            source_files=files,
            own=frozenset(own),
            variants=variants,
        )

    def enter(self, outcome: Outcome, config: Config) -> None:
        """Enter an outcome's marks, comments and files, either all of them or none."""
        book, name, student = self.gradebook, outcome.assignment, outcome.student
        # Until all is entered nothing counts as graded: the files are no part of a transaction.
        known = func.substr(GRADED.c.key, 25)
        self.db.execute(update(GRADED).where(_row(outcome)).values(key=24 * "-" + known))
        self.db.commit()
        with _one_transaction(self.db), warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # nbgrader's own mappings cause them
            book.update_or_create_student(student)
            submission = book.update_or_create_submission(
                name, student, timestamp=outcome.timestamp
            )
            _complete(self.db, submission)
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    grade.auto_score = outcome.scores.get((notebook.name, grade.cell.name))
                    by_hand = grade.manual_score is not None or grade.auto_score is None
                    grade.needs_manual_grade = by_hand
                for comment in notebook.comments:
                    text = outcome.comments.get((notebook.name, comment.cell.name))
                    comment.auto_comment = text
            self.db.flush()
            _penalise(submission, student, config)
            self.db.execute(GRADED.delete().where(_row(outcome)))
            row: dict[str, object] = {"assignment": name, "student": student, "key": outcome.key}
            row |= {"seconds": outcome.seconds, "remarks": "\n".join(outcome.remarks)}
            self.db.execute(insert(GRADED).values(row))
            verdicts = {"assignment": name, "student": student}
            verdicts["verdicts"] = json.dumps(outcome.verdicts)
            self.db.execute(VERDICTS.delete().where(_row(outcome, VERDICTS)))
            self.db.execute(insert(VERDICTS).values(verdicts))
            self._keep_files(outcome)

    def _keep_files(self, outcome: Outcome) -> None:
        """Write autograded/<student>/<assignment>, and replace an earlier one at once."""
        replace_folder(self._folder(outcome), outcome.files)


def replace_folder(target: Path, files: dict[str, bytes]) -> None:
    """Replace a folder's content by `files`, at once. If the program or the computer stops
    meanwhile, either all of the old files are there or all of the new ones."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _tidy(target.parent)
    fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
    try:
        fresh.chmod(0o755)
        write_files(fresh, files)
        for path in (*fresh.rglob("*"), fresh):
            _to_disk(path)
        if target.exists():
            old = Path(tempfile.mkdtemp(prefix=".old-", dir=target.parent))
            target.rename(old / target.name)
            fresh.rename(target)
            shutil.rmtree(old)
        else:
            fresh.rename(target)
    except BaseException:
        _tidy(target.parent)
        raise
    _to_disk(target.parent)


def _tidy(folder: Path) -> None:
    """Undo an interrupted `replace_folder`: put the old folder back, and remove the leftovers."""
    for old in folder.glob(".old-*/*"):
        if not (folder / old.name).exists():
            old.rename(folder / old.name)
    for left in (*folder.glob(".old-*"), *folder.glob(".new-*")):
        shutil.rmtree(left)


def _to_disk(path: Path) -> None:
    if path.is_dir() and os.name == "nt":  # Windows opens no folder
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _row(what: Task | Outcome, table: Table = GRADED):
    return (table.c.assignment == what.assignment) & (table.c.student == what.student)


def _without_database(config: str) -> str:
    """Return the configuration without the gradebook's address, which may hold a password. A worker
    does not need the address: it grades with a gradebook of its own."""
    tree = ast.parse(config)
    for node in ast.walk(tree):
        for name, block in ast.iter_fields(node):
            if isinstance(block, list) and any(map(_sets_database, block)):
                setattr(node, name, [ast.Pass() if _sets_database(s) else s for s in block])
    return ast.unparse(tree)


def _sets_database(node: object) -> bool:
    return isinstance(node, ast.Assign) and any("db_url" in ast.unparse(t) for t in node.targets)


def _complete(db, submission) -> None:
    """Add the marks and comments of cells that the assignment got after the submission was first
    graded; they are empty."""
    there = {notebook.notebook_id for notebook in submission.notebooks}
    for notebook in submission.assignment.notebooks:
        if notebook.id not in there:
            db.add(SubmittedNotebook(notebook=notebook, assignment=submission))
    db.flush()
    for submitted in submission.notebooks:
        notebook = submitted.notebook
        graded = {grade.cell_id for grade in submitted.grades}
        for cell in (*notebook.grade_cells, *notebook.task_cells):
            if cell.id not in graded:
                db.add(Grade(cell_id=cell.id, notebook=submitted))
        commented = {comment.cell_id for comment in submitted.comments}
        for cell in (*notebook.solution_cells, *notebook.task_cells):
            if cell.id not in commented:
                db.add(Comment(cell_id=cell.id, notebook=submitted))
    db.flush()
    db.expire_all()


@contextmanager
def _one_transaction(db) -> Iterator[None]:
    """Make one transaction of all steps: nbgrader would commit after each."""
    commit = db.commit
    db.commit = db.flush
    try:
        yield
        commit()
    except BaseException:
        db.rollback()
        raise
    finally:
        db.commit = commit


def _penalise(submission, student: str, config) -> None:
    """Set the late penalty, as nbgrader's `AssignLatePenalties` does."""
    penalties = AssignLatePenalties(config=config)
    penalties.init_plugin()
    late = submission.total_seconds_late
    for notebook in submission.notebooks:
        notebook.late_submission_penalty = None
        if late > 0:
            penalty = penalties.plugin_inst.late_submission_penalty(student, notebook.score, late)
            if penalty is not None:
                penalty = penalties._check_late_penalty(notebook, penalty)
            notebook.late_submission_penalty = penalty


def _handed_out(notebook: Notebook, root: Path) -> list[NotebookNode]:
    """Return the cells of the notebook as it was handed out; none if the file is gone."""
    path = next((root / "notebooks").glob(f"*/{notebook.name}.ipynb"), None)
    return nbformat.read(path, 4).cells if path else []


def _ordered(notebook: Notebook, handed_out: list[NotebookNode]) -> list[Cell]:
    """Return the gradebook's cells of the notebook, in the order of the notebook handed out."""
    graded = {cell.name: cell for cell in (*notebook.grade_cells, *notebook.task_cells)}
    solutions = {cell.name for cell in notebook.solution_cells}
    tasks = {cell.name for cell in notebook.task_cells}
    cells = [
        Cell(
            name=cell.name,
            kind=cell.cell_type,
            source=cell.source or "",
            locked=cell.locked,
            grade=cell.name in graded and cell.name not in tasks,
            solution=cell.name in solutions,
            task=cell.name in tasks,
            points=graded[cell.name].max_score if cell.name in graded else 0.0,
            checksum=cell.checksum,
        )
        for cell in notebook.source_cells
    ]
    order = [grade_id(cell) for cell in handed_out]  # the database keeps no order
    cells.sort(key=lambda cell: order.index(cell.name) if cell.name in order else len(order))
    return cells


def _copy(gradebook: Gradebook, assignment: Assignment, course_id: str) -> bytes:
    """Return a gradebook (an SQLite file) that holds the assignment and nothing else."""
    notebooks = [notebook.id for notebook in assignment.notebooks]
    cells = select(BaseCell.id).where(BaseCell.notebook_id.in_(notebooks))
    wanted = {
        Course: Course.id == assignment.course_id,
        Assignment: Assignment.id == assignment.id,
        Notebook: Notebook.assignment_id == assignment.id,
        BaseCell: BaseCell.notebook_id.in_(notebooks),
        SourceCell: SourceCell.notebook_id.in_(notebooks),
        **{kind: kind.__table__.c.id.in_(cells) for kind in (GradeCell, SolutionCell, TaskCell)},
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gradebook.db"
        with Gradebook(f"sqlite:///{path}", course_id) as copy:
            copy.db.execute(Course.__table__.delete())
            for kind, which in wanted.items():
                table = kind.__table__
                rows = gradebook.db.execute(select(table).where(which)).mappings().all()
                if rows:
                    copy.db.execute(insert(table), [dict(row) for row in rows])
            copy.db.commit()
        return path.read_bytes()
