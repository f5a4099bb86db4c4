"""Submissions as an LMS delivers them: a zip, unpacked with care and matched to students.

Moodle names a file or folder ``First Last_4711_assignsubmission_file_…``, Canvas a file
``lastfirst_LATE_4711_98765_name-2.ipynb``. Students are those of the gradebook
(``nbgrader db student import``); where it has none, they are called what the LMS calls them.
"""

import io
import re
import shutil
import stat
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from nbgrader.api import Student
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from helpers.course import CourseError
from helpers.course.submission import LARGEST, MOST_FILES

MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_\w+?_/?(?P<file>.*)", re.S)
CANVAS = re.compile(r"(?P<name>[^_/]+)_(?:LATE_)?(?P<number>\d+)_\d+_(?P<file>.+)", re.S)
ATTEMPT = re.compile(r"(?:-(\d+)| \((\d+)\))?\.ipynb$", re.I)


class Found(NamedTuple):
    """A file of somebody's: what the LMS calls them, and when it was handed in."""

    name: str
    number: str
    file: str
    time: datetime
    content: bytes


@dataclass
class Collected:
    """What was put into submitted/, and what was not, with the reason."""

    written: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def collect(
    archive: Path, course: CourseDirectory, students: list[Student], cells: dict[str, set[str]]
) -> Collected:
    """Unpack `archive` into submitted/.

    `cells`: the names of each assignment's cells, by which a notebook is known whatever its name.
    """
    done = Collected()
    theirs: dict[tuple[str, str], list[Found]] = {}
    for found in _files(archive, done):
        student = _student(found, students)
        if student is None:
            done.problems.append(f"{found.name} ({found.number}): no such student; {found.file}")
        elif not found.file.lower().endswith(".ipynb"):
            theirs.setdefault((student, ""), []).append(found)
        elif (assignment := _assignment(found, cells)) is None:
            done.problems.append(f"{student}: {found.file} is no notebook of this course")
        else:
            theirs.setdefault((student, assignment), []).append(found)
    for (student, assignment), notebooks in sorted(theirs.items()):
        if assignment:
            others = theirs.get((student, ""), [])
            _write(student, assignment, notebooks, others, course, done)
    with_notebook = {student for student, assignment in theirs if assignment}
    for student in sorted({student for student, _ in theirs} - with_notebook):
        done.problems.append(f"{student}: handed in files, but no notebook")
    return done


def _files(archive: Path, done: Collected) -> Iterator[Found]:
    try:
        outer = zipfile.ZipFile(archive)
    except (OSError, zipfile.BadZipFile) as error:
        raise CourseError(f"{archive} is no zip that can be read: {error}") from error
    with outer:
        for path, time, content in _members(outer, done):
            match = MOODLE.fullmatch(path) or CANVAS.fullmatch(PurePosixPath(path).name)
            if match is None:
                done.problems.append(f"{path}: not named as Moodle or Canvas name files")
                continue
            who = (match["name"].rpartition("/")[2], match["number"])
            if not match["file"].lower().endswith(".zip"):
                yield Found(*who, match["file"], time, content)
                continue
            try:
                inner = zipfile.ZipFile(io.BytesIO(content))
            except zipfile.BadZipFile:
                done.problems.append(f"{path}: no zip that can be read")
                continue
            for file, changed, one in _members(inner, done):
                yield Found(*who, file, min(changed, time), one)


def _members(archive: zipfile.ZipFile, done: Collected) -> Iterator[tuple[str, datetime, bytes]]:
    """The plain files of an archive: no links, nothing outside, no more than is read with ease."""
    left, members = 20 * LARGEST, archive.infolist()
    if len(members) > 100 * MOST_FILES:
        raise CourseError(f"{archive.filename} holds {len(members)} files: is it the right one?")
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if member.is_dir() or "__MACOSX" in path.parts:
            continue
        if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", str(path)):
            done.problems.append(f"{member.filename}: would be written elsewhere; left out")
        elif stat.S_ISLNK(member.external_attr >> 16):
            done.problems.append(f"{member.filename}: a link; left out")
        elif member.file_size > min(LARGEST, left):
            done.problems.append(f"{member.filename}: {member.file_size} bytes are too many")
        else:
            try:
                with archive.open(member) as opened:
                    content = opened.read(member.file_size + 1)
                time = datetime(*member.date_time).astimezone(UTC)
            except (zipfile.BadZipFile, RuntimeError, ValueError, OSError) as error:
                done.problems.append(f"{member.filename}: cannot be read: {error}")
                continue
            left -= len(content)
            yield path.as_posix(), time, content


def _student(found: Found, students: list[Student]) -> str | None:
    if not students:
        return f"{found.name} {found.number}"
    for student in students:
        if found.number in (student.lms_user_id, student.id):
            return student.id
    name = _letters(found.name)
    named = [
        student.id
        for student in students
        if name in {_letters(f"{a}{b}") for a, b in _both_ways(student)} | {_letters(student.id)}
    ]
    return named[0] if len(named) == 1 else None


def _both_ways(student: Student) -> list[tuple[str, str]]:
    first, last = student.first_name or "", student.last_name or ""
    return [(first, last), (last, first)] if first or last else []


def _letters(name: str) -> str:
    """Canvas leaves out accents and spaces, and so do people."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def _assignment(found: Found, cells: dict[str, set[str]]) -> str | None:
    file = found.file.casefold()
    if named := [name for name in cells if name.casefold() in file]:
        return max(named, key=len)
    there = {
        name: sum(f'"{cell}"'.encode() in found.content for cell in known)
        for name, known in cells.items()
    }
    best = max(there, key=there.get, default=None)
    return best if best and there[best] else None


def _write(
    student: str,
    assignment: str,
    notebooks: list[Found],
    others: Iterable[Found],
    course: CourseDirectory,
    done: Collected,
) -> None:
    """Write the last of somebody's notebooks, unless what is there is later."""
    *earlier, last = sorted(notebooks, key=lambda found: (found.time, _attempt(found.file)))
    for one in earlier:
        done.problems.append(f"{student}: {one.file} of {one.time:%d %b %H:%M} is not the last one")
    safe = re.sub(r"[/\\\0]", "_", student).lstrip(".") or "_"
    target = Path(course.format_path(course.submitted_directory, safe, assignment))
    stamp = target / "timestamp.txt"
    if stamp.exists():
        try:
            there = parse_utc(stamp.read_text().strip()).replace(tzinfo=UTC)
        except (ValueError, AttributeError):
            there = None
        if there and there > last.time:
            done.problems.append(f"{student}: what is in {target} is later; it stays")
            return
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
    fresh.chmod(0o755)
    (fresh / f"{assignment}.ipynb").write_bytes(last.content)
    (fresh / "timestamp.txt").write_text(f"{last.time:%Y-%m-%d %H:%M:%S} UTC")
    for other in others:
        if other.file != "timestamp.txt":
            path = fresh / other.file
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(other.content)
            except OSError as error:  # too long a name; a file that is to be a folder, too
                problem = f"{student}: {other.file[:60]} cannot be written: {error.strerror}"
                done.problems.append(problem)
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)
    done.written.append(f"{student}, {assignment}")


def _attempt(file: str) -> int:
    match = ATTEMPT.search(file)
    return int(match[1] or match[2] or 0) if match else 0
