"""What leaves the course: marks for an LMS, and the kit for students."""

import ast
import csv
import hashlib
import re
import zipfile
from collections.abc import Callable, Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from filelock import FileLock
from nbgrader.api import Gradebook, MissingEntry
from tqdm.auto import tqdm

from helpers.checks import CHECKS
from helpers.course import CourseError
from helpers.course.build import (
    NEVER_RELEASED,
    compile_source,
    grade_id,
    last_check,
    sources,
    verify_released,
)
from helpers.course.grading.submission import safe_id
from helpers.course.variants import Variants, render

# What a student needs; no solutions, and no tests.
BUNDLED = ("notebooks", "helpers", "datasets")
ANSWERS = tuple(f"helpers/checks/{name}" for name in ("drawn.py", "exercises", "misconceptions"))
SEALED = "helpers/checks/sealed_checks"
FILES = ("README.png", "LICENSE", "Makefile", "environment.yml", ".dockerignore")
CONTAINERS = ("binder/Dockerfile", ".devcontainer/devcontainer.json")
SETTINGS = ("pyproject.toml", "requirements.lock", "nbgrader_config.py")
README = """\
# Inside CNNs

Notebooks on what a small convolutional network has learned: train one on handwritten digits, and
look inside. Write what is missing, run the checks, hand the notebook in.

{picture}

## Start

{start}

{notebooks}

{licence}"""
START = """\
With Python 3.11 to 3.13 and make (on Debian and Ubuntu also the package `python3-venv`), `make lab`
sets up `.venv` on first use, which takes some minutes and 2.2 GB, and opens the notebooks.
Without make, these three lines do the same: `python3 -m venv .venv`,
`.venv/bin/pip install -c requirements.lock -e .`, `.venv/bin/course lab`. On Windows, write `py` in
place of `python3`, and `.venv\\Scripts\\` in place of `.venv/bin/`.
With conda: `conda env create -f environment.yml`, `conda activate inside-cnns`, `course lab`.
If something is wrong with your computer, `.venv/bin/course doctor` (with conda: `course doctor`)
says what to do."""
MOODLE = ("First name", "Last name", "ID number", "Email address")
FORMULA = re.compile(
    r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]"
)  # how a spreadsheet's may begin
KEY = re.compile(r"[\w.@+-]*")  # an id or an address; by these the LMS knows who it is
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
NO_STUDENTS = (
    "the gradebook has no students: enter them with nbgrader db student import students.csv"
)


def export_marks(gradebook: Gradebook, path: Path, lms: str) -> tuple[int, list[str]]:
    """Write every student's marks as Moodle's or Canvas's gradebook imports them.

    Args:
        gradebook: the course's gradebook.
        path: the CSV file to write.
        lms: "moodle" or "canvas".

    Returns:
        The number of students; and a "student, assignment" for each submission that gets no mark
        yet because a written answer waits for a person.

    Raises:
        CourseError: if the file cannot be written, or there are no students.
    """
    _must_be_writable(path)
    if not gradebook.students:
        raise CourseError(NO_STUDENTS)
    assignments = sorted(gradebook.assignments, key=lambda assignment: assignment.name)
    rows, open_marks = [], []
    for student in sorted(gradebook.students, key=lambda student: student.id):
        first, last = student.first_name or "", student.last_name or student.id
        names, keys = [first, last], [student.id, student.email or ""]
        if lms == "canvas":
            names = [f"{last}, {first}" if first else last]
            keys = [student.lms_user_id or "", student.id, student.id, ""]
        row = [*map(no_formula, names)]
        row += [key if KEY.fullmatch(key) else no_formula(key) for key in keys]
        for assignment in assignments:
            try:
                submission = gradebook.find_submission(assignment.name, student.id)
            except MissingEntry:
                row.append("")
                continue
            if submission.needs_manual_grade:
                open_marks.append(f"{student.id}, {assignment.name}")
                row.append("")
            else:
                penalty = submission.late_submission_penalty or 0
                row.append(f"{max(0.0, submission.score - penalty):g}")
        rows.append(row)
    names = [assignment.name for assignment in assignments]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*(CANVAS if lms == "canvas" else MOODLE), *names])
        if lms == "canvas":
            points = [f"{assignment.max_score:g}" for assignment in assignments]
            writer.writerow(["    Points Possible", "", "", "", "", *points])
        writer.writerows(rows)
    return len(rows), open_marks


def no_formula(text: str) -> str:
    """Return a field that no spreadsheet takes for a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def bundle(root: Path, path: Path) -> int:
    """Write the zip for students to `path`, and return how many files it holds.

    Raises `CourseError` if the zip cannot be written, or a notebook holds a solution.
    """
    _must_be_writable(path)
    contents = students_files(root, START)
    _write_zip(path, contents)
    return len(contents)


def students_files(root: Path, start: str) -> dict[str, bytes]:
    """Return the files that students get, by name. Their checks are sealed: they hold no right
    answer. `start` is the README's section on how to start.

    Raises `CourseError` if a notebook holds a solution.
    """
    readme = _student_readme((root / "README.md").read_text(encoding="utf-8"), start)
    files = [root / name for name in (*FILES, *SETTINGS, *CONTAINERS) if (root / name).is_file()]
    for folder in BUNDLED:
        files += [
            file
            for file in sorted((root / folder).rglob("*"))
            if file.is_file()
            and not {"__pycache__", ".ipynb_checkpoints"} & set(file.parts)
            and not file.relative_to(root).as_posix().startswith(ANSWERS)
        ]
    for file in files:
        text = file.read_text(encoding="utf-8") if file.suffix == ".ipynb" else ""
        if secret := next((words for words in NEVER_RELEASED if words in text), None):
            raise CourseError(f"{file} holds {secret!r}; run `course build`")
    contents = {file.relative_to(root).as_posix(): file.read_bytes() for file in files}
    contents["README.md"] = readme.encode()
    seals = {f"{SEALED}/{name}.json.gz": seal for name, seal in sealed_checks(root).items()}
    return contents | seals


def _write_zip(path: Path, contents: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            member = zipfile.ZipInfo(f"inside-cnns/{name}", (2020, 1, 1, 0, 0, 0))
            member.external_attr = 0o644 << 16
            archive.writestr(member, content, zipfile.ZIP_DEFLATED)


def write_variants(root: Path, varied: list[Variants], students: list[str]) -> None:
    """Write for each student ``variants/<student>.zip``, to be unpacked over the zip for all: the
    notebooks with the student's own constants, and sealed checks for these.

    Raises `CourseError` if a notebook would hold a solution.
    """
    from helpers.checks import sealed
    from helpers.course.grading.nbgrading import released

    templates = {
        one.assignment: compile_source(root / "solutions" / f"{one.assignment}.py", template=True)
        for one in varied
    }
    seals: dict[str, bytes] = {}
    (root / "variants").mkdir(exist_ok=True)
    for student in tqdm(students, "Writing variants", disable=None):
        contents: dict[str, bytes] = {}
        for one in varied:
            name, values = one.assignment, one.values(safe_id(student))
            notebook = deepcopy(templates[name])
            del notebook.metadata["variants"]
            for cell in notebook.cells:
                cell.source = render(cell.source, values)
            code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
            notebook = released(root, notebook)
            if problems := verify_released(notebook):
                raise CourseError(f"solutions/{name}.py for {student}, {problems[0]}")
            contents[f"notebooks/{name}/{name}.ipynb"] = f"{nbformat.writes(notebook)}\n".encode()
            for call in filter(None, map(last_check, code)):
                if call.values and repr(call) not in seals:
                    seals[repr(call)] = sealed.seal(CHECKS[call.name].variant(call.values))
                if call.values:
                    contents[f"{SEALED}/{call.name}.json.gz"] = seals[repr(call)]
        _write_zip(root / "variants" / f"{safe_id(student)}.zip", contents)


def sealed_checks(root: Path, names: Iterable[str] = tuple(CHECKS)) -> dict[str, bytes]:
    """Return the sealed checks of these exercises, by name. They are kept in `build/sealed`, for as
    long as the checks, the solutions and NumPy stay the same."""
    from helpers.checks import sealed

    folder = root / "build" / "sealed"
    digest = hashlib.sha256(np.__version__.encode())
    sources = [*(root / "helpers" / "checks").rglob("*.py"), *(root / "solutions").glob("*.py")]
    for path in sorted(sources):
        digest.update(f"{path.relative_to(root)}\n".encode() + path.read_bytes())
    key, kept = digest.hexdigest(), folder / "key"
    files = {name: folder / f"{name}.json.gz" for name in names}
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):
        if not kept.exists() or kept.read_text() != key:
            for old in folder.glob("*.json.gz"):
                old.unlink()
            kept.write_text(key)
        missing = [name for name, file in files.items() if not file.exists()]
        for name in tqdm(missing, "Sealing checks", disable=None):
            right = _solved(root, name) if CHECKS[name].given else None
            part = files[name].with_suffix(".part")
            part.write_bytes(sealed.seal(CHECKS[name], right))
            part.replace(files[name])  # whole, even if this was interrupted
        return {name: file.read_bytes() for name, file in files.items()}


def _solved(root: Path, exercise: str) -> Callable:
    """Return the function that solves an exercise in its notebook."""
    for path in sources(root):
        code = [cell for cell in compile_source(path).cells if cell.cell_type == "code"]
        solutions = {name: cell.source for cell in code if (name := grade_id(cell))}
        if exercise not in solutions:
            continue
        found: dict[str, Any] = {}
        first = ast.parse(code[0].source)
        first.body = [line for line in first.body if isinstance(line, ast.Import | ast.ImportFrom)]
        exec(compile(first, "imports", "exec"), found)
        for name, source in solutions.items():
            if name in CHECKS:
                exec(source, found)
            if name == exercise:
                return found[name]
    raise CourseError(f"no notebook in {root / 'solutions'} solves {exercise}")


def _student_readme(text: str, start: str) -> str:
    """Return the students' README: the parts of the course's README for students, and how to
    start."""
    head, *sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    found = {section.splitlines()[0].removeprefix("## "): section for section in sections}
    return README.format(
        start=start,
        picture="".join(head.partition("![")[1:]).strip(),
        notebooks=found.get("Notebooks", "").partition("### For instructors")[0].strip(),
        licence=found.get("Licence", ""),
    )


def _must_be_writable(path: Path) -> None:
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise CourseError(f"{path} cannot be written: name a file, in a folder that is there")
