"""Unpack the zip of submissions that an LMS delivers, match the files to students, and pack the
feedback as Moodle takes it.

Moodle names a folder ``First Last_4711_assignsubmission_file``, or a file in the same way with the
file's own name behind it. Moodle draws the number anew for every assignment, so only the name tells
who the student is. Canvas names a file ``lastfirst_LATE_4711_98765_name-2.ipynb``: 4711 is the
student, and 98765 grows with every file that anybody hands in. The students are those of the
gradebook (``nbgrader db student import``). If the gradebook has none, students have the names that
the LMS uses.
"""

import io
import os
import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from nbgrader.api import Student
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc

from helpers.course import CourseError
from helpers.course.grading.gradebook import replace_folder
from helpers.course.grading.submission import (
    LARGEST_SUBMISSION,
    MOST_FILES,
    one_line,
    plain_files,
    safe_id,
)

# Neither LMS leaves an underscore in a person's name, so a file's name cannot pass for another's.
MOODLE = re.compile(
    r"(?P<name>[^_/]+)_(?P<number>\d+)_assignsubmission_[a-z]+(?:_?/|_)(?P<file>.+)"
)
CANVAS = re.compile(
    r"(?P<name>[^_/]+)_(?P<late>LATE_)?(?P<number>\d+)_(?P<upload>\d{1,18})_(?P<file>[^/]+)"
)
ATTEMPT = re.compile(r"(?:-(\d{1,9})| \((\d{1,9})\))?\.ipynb$", re.I)
DOWNLOAD = timedelta(hours=1)  # times no further apart than this are those of the download
LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Member(NamedTuple):
    """A file or zip of a student: the student's name in the LMS, and when it was handed in."""

    name: str
    number: str
    prefix: str  # what the LMS put before the file's own name: a folder, or the name's beginning
    file: str
    late: bool
    upload: int | None  # grows with time; Canvas only
    time: datetime | None
    info: zipfile.ZipInfo


class Found(NamedTuple):
    """A file that a student handed in; `order` grows with time, `place` is its path in the zip."""

    file: str
    content: bytes
    order: tuple
    time: datetime | None
    late: bool
    place: str
    changed: datetime | None = None  # where it came in a zip of the student's

    def called(self) -> str:
        """Return what tells the file from another of its name: its place in the zip, its time."""
        times = [f"{self.time:%d %b %H:%M} UTC"] if self.time else []
        times += [f"changed {self.changed:%d %b %H:%M} UTC"] if self.changed else []
        return self.place + (f" ({', '.join(times)})" if times else "")


@dataclass
class Collected:
    """For whom something was written, and the problems that a person has to look at."""

    written: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def look_at(self, problem: str) -> None:
        if (problem := one_line(problem)) not in self.problems:
            self.problems.append(problem)


def collect(
    archive: Path, course: CourseDirectory, students: list[Student], cells: dict[str, set[str]]
) -> Collected:
    """Unpack `archive` into submitted/, one student after another.

    Args:
        archive: the zip.
        course: says where submitted/ is.
        students: the gradebook's students.
        cells: the names of each assignment's cells, which identify a notebook with another name.

    Raises:
        CourseError: if the zip cannot be read, or holds too many files. Problems of one student are
            in the result, and the other students' submissions are collected.
    """
    done = Collected()
    with _opened(archive) as outer:
        there = _timed(_members(outer, done), done)
        for student, members in _by_student(there, students, done):
            try:
                _sort(student, list(_files(outer, members, done)), course, cells, done)
            except Exception as error:  # one student's problem must not stop the others
                done.look_at(f"{student}: {type(error).__name__}: {error}; left as it was")
    return done


def pack_feedback(
    archive: Path, course: CourseDirectory, students: list[Student], assignment: str
) -> tuple[Path, Collected]:
    """Write feedback/<assignment>.zip for Moodle: each student's page, named as Moodle named the
    student's submission in `archive`. Nobody gets the page of other work than Moodle has of them.

    Raises:
        CourseError: if the zip cannot be read, is Canvas's, or no student in it has a page.
    """
    done, pages = Collected(), {}
    with _opened(archive) as outer:
        members = _members(outer, done)
        if any(member.upload is not None for member in members):
            raise CourseError(
                f"{archive} is Canvas's. Canvas would name each page like the notebook, .ipynb, so "
                "nobody could open the page; add the pages in Canvas's SpeedGrader"
            )
        for student, theirs in _by_student(members, students, done):
            handed_in = course.format_path(course.submitted_directory, student, assignment)
            work = Path(handed_in) / f"{assignment}.ipynb"
            folder = course.format_path(course.feedback_directory, student, assignment)
            page = Path(folder) / f"{assignment}.html"
            collected = work.read_bytes() if work.is_file() else None
            if all(one.content != collected for one in _files(outer, theirs, done)):
                done.look_at(
                    f"{student}: no notebook in this zip is the one in {handed_in}; see whose "
                    "work it is, and attach the page by hand"
                )
            elif page.is_file():
                pages[f"{theirs[0].prefix}{page.name}"] = page
                done.written.append(one_line(student))
            else:
                done.look_at(f"{student}: has no page; run `course grade` if it is not graded")
    named = {*done.written, *(problem.partition(":")[0] for problem in done.problems)}
    feedback = Path(course.format_path(course.feedback_directory, "", ""))
    for page in sorted(feedback.glob(f"*/{assignment}/{assignment}.html")):
        if (student := one_line(page.parent.parent.name)) not in named:
            done.look_at(
                f"{student}: handed in nothing in this zip; attach this student's page by hand"
            )
    if not pages:
        raise CourseError(
            "\n".join([f"nobody in {archive} has a page of {assignment}", *done.problems])
        )
    target = feedback / f"{assignment}.zip"
    partial = target.with_suffix(".partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as written:
        for name, page in pages.items():
            written.write(page, name)
    os.replace(partial, target)
    return target, done


def _opened(archive: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(archive)
    except FileNotFoundError as error:
        raise CourseError(
            f"there is no file {archive}; name the zip that you have downloaded from the LMS"
        ) from error
    except Exception as error:
        raise CourseError(f"{archive} is no zip that can be read: {error}") from error


def _by_student(
    there: list[Member], students: list[Student], done: Collected
) -> Iterator[tuple[str, list[Member]]]:
    """Yield each student, as the student's folder is called, with the student's files; none whose
    files might be another's."""
    theirs: dict[str, list[Member]] = {}
    for member in there:
        if student := _student(member, students, done):
            if (safe := safe_id(student)) != student and students:
                done.look_at(f"{student}: an id that can be misread; the folder is {safe}")
            theirs.setdefault(safe, []).append(member)
    folders: dict[str, list[str]] = {}
    for student in sorted(theirs):
        folders.setdefault(student.casefold(), []).append(student)
    for alike in [alike for alike in folders.values() if len(alike) > 1]:
        done.look_at(
            f"{' and '.join(alike)} differ only in capitals, and some file systems take their "
            "folders for one; nothing of theirs is taken: give one of them another id"
        )
        theirs = {student: members for student, members in theirs.items() if student not in alike}
    for student, members in sorted(theirs.items()):
        called = sorted({(member.name, member.number) for member in members})
        if len(called) > 1:
            who = " and ".join(f"{name} ({number})" for name, number in called)
            done.look_at(f"{student}: {who} cannot be told apart; nothing of theirs is taken")
        else:
            yield student, members


def _members(outer: zipfile.ZipFile, done: Collected) -> list[Member]:
    """Return the archive's files with their students, by the names that the LMS gave."""
    infos = list(_plain(outer, "", done))
    tops = {path.parts[:-1][:1] for path, _ in infos}
    if len(tops) == 1 and tops != {()} and not MOODLE.fullmatch(str(infos[0][0])):
        # Packed again with its folder, after a browser had unpacked it.
        infos = [(PurePosixPath(*path.parts[1:]), info) for path, info in infos]
    found = []
    for path, info in infos:
        moodle, canvas = MOODLE.fullmatch(str(path)), CANVAS.fullmatch(str(path))
        match = moodle or canvas
        if match is None:
            done.look_at(f"{info.filename}: not named as Moodle or Canvas name files")
            continue
        time = None if canvas else _time(info)
        late = canvas is not None and canvas["late"] is not None
        upload = int(canvas["upload"]) if canvas else None
        prefix = str(path)[: match.start("file")]
        named = match["name"], match["number"], prefix, match["file"]
        found.append(Member(*named, late, upload, time, info))
    return found


def _timed(found: list[Member], done: Collected) -> list[Member]:
    """Return the members without their times if these are those of the download."""
    times = [member.time for member in found if member.time]
    if times and max(times) - min(times) < DOWNLOAD:
        done.look_at(
            f"all files bear the time of the download, {max(times):%d %b %H:%M} UTC, so nobody "
            "counts as late; where it matters, write the time of handing in into timestamp.txt"
        )
        found = [member._replace(time=None) for member in found]
    return found


def _plain(
    archive: zipfile.ZipFile, where: str, done: Collected
) -> Iterator[tuple[PurePosixPath, zipfile.ZipInfo]]:
    """Yield an archive's files, without links, hidden files and files that would be written outside
    the folder. Raises `CourseError` if the archive holds too many files."""
    infos = archive.infolist()
    if len(infos) > 100 * MOST_FILES:
        raise CourseError(f"{where or archive.filename} holds {len(infos)} files: too many")
    for info in infos:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", str(path)):
            done.look_at(f"{where}{info.filename}: would be written elsewhere; left out")
        elif stat.S_ISLNK(info.external_attr >> 16):
            done.look_at(f"{where}{info.filename}: a link; left out")
        elif not info.is_dir() and path.parts and not _hidden(path):
            yield path, info


def _hidden(path: PurePosixPath) -> bool:
    """Whether a program made the file and not a person, as a notebook's checkpoints."""
    return any(part.startswith(".") or part in ("__MACOSX", "__pycache__") for part in path.parts)


def _time(info: zipfile.ZipInfo) -> datetime | None:
    """Return when a file was changed, or None. A zip holds local times without their zone; they are
    taken for this computer's."""
    try:
        return datetime(*info.date_time).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _files(outer: zipfile.ZipFile, members: list[Member], done: Collected) -> Iterator[Found]:
    """Yield all files that one student handed in, also those inside zips."""
    left = LARGEST_SUBMISSION
    for member in members:
        content = _read(outer, member.info, left, "", done)
        if content is None:
            continue
        order = (member.time or LONG_AGO, member.upload or 0)
        if not member.file.lower().endswith(".zip"):
            left -= len(content)
            here = (member.time, member.late, member.info.filename)
            yield Found(member.file, content, (*order, LONG_AGO), *here)
            continue
        where = f"{member.info.filename}: "
        try:
            # Counted before Python makes an object of every entry.
            if content.count(b"PK\1\2") > 100 * MOST_FILES:
                raise CourseError("it holds too many files")
            inner = zipfile.ZipFile(io.BytesIO(content))
        except Exception as error:
            done.look_at(f"{where}no zip that can be read: {error}")
            continue
        for path, info in _plain(inner, where, done):
            if (content := _read(inner, info, left, where, done)) is not None:
                left -= len(content)
                changed = _time(info)  # tells which is newer, not when it came
                here = (member.time, member.late, f"{member.info.filename}: {info.filename}")
                yield Found(str(path), content, (*order, changed or LONG_AGO), *here, changed)


def _read(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int, where: str, done: Collected
) -> bytes | None:
    if info.file_size > left:
        limit = (
            f"more than the {LARGEST_SUBMISSION // 2**20} MiB of one student; the rest is left out"
        )
        done.look_at(f"{where or f'{info.filename}: '}{limit}")
        return None
    try:
        return archive.read(info)
    except Exception as error:
        done.look_at(f"{where}{info.filename}: cannot be read: {error}; left out")
        return None


def _student(member: Member, students: list[Student], done: Collected) -> str | None:
    """Return the id of the student who handed the file in, or None. In Canvas the number tells, if
    the gradebook has it; otherwise the name tells."""
    canvas = member.upload is not None
    if not students:
        return f"{member.name} {member.number}" if canvas else member.name
    who, name = f"{member.name} ({member.number})", _letters(member.name)
    for student in students:
        if canvas and student.lms_user_id == member.number:
            words = [_letters(word) for word in (student.first_name, student.last_name) if word]
            if not words or any(word and word in name for word in words):
                return student.id
            done.look_at(
                f"{who}: {member.number} is {student.id} in the gradebook, of another name; put "
                "name or number right with `nbgrader db student add`, and collect again"
            )
            return None
    named = [
        student.id
        for student in students
        if name in _names(student) and not (canvas and student.lms_user_id)
    ]
    if len(named) == 1:
        return named[0]
    done.look_at(f"{who}: {'may be ' + ' or '.join(named) if named else 'no such student'}")
    return None


def _names(student: Student) -> set[str]:
    first, last = student.first_name or "", student.last_name or ""
    if not first and not last:
        return {_letters(student.id)}
    return {_letters(first + last), _letters(last + first)}


def _letters(name: str) -> str:
    """Return the letters and digits of a name without accents, spaces and case, as Canvas and many
    people write it."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def _sort(
    student: str,
    found: list[Found],
    course: CourseDirectory,
    cells: dict[str, set[str]],
    done: Collected,
) -> None:
    """Write the files that one student handed in, assignment by assignment."""
    notebooks: dict[str, list[Found]] = {}
    others = []
    for one in found:
        if not one.file.lower().endswith(".ipynb"):
            others.append(one)
        elif (assignment := _assignment(one, cells)) is None:
            done.look_at(f"{student}: {one.file} is no notebook of this course")
        else:
            notebooks.setdefault(assignment, []).append(one)
    if others and not notebooks:
        done.look_at(f"{student}: handed in files, but no notebook")
    for assignment, ones in sorted(notebooks.items()):
        _write(student, assignment, ones, others, course, done)


def _assignment(found: Found, cells: dict[str, set[str]]) -> str | None:
    file = found.file.casefold()
    if named := [name for name in cells if name.casefold() in file]:
        return max(named, key=len)
    there = {
        name: sum(f'"{cell}"'.encode() in found.content for cell in known)
        for name, known in cells.items()
    }
    best = max(there, key=there.__getitem__, default=None)
    return best if best and there[best] else None


def _write(
    student: str,
    assignment: str,
    notebooks: list[Found],
    others: list[Found],
    course: CourseDirectory,
    done: Collected,
) -> None:
    """Write the last of a student's notebooks, unless the one collected before is later."""
    notebook = f"{assignment}.ipynb"

    def order(one: Found) -> tuple:
        return (*one.order, _attempt(one.file), PurePosixPath(one.file).name == notebook)

    *earlier, last = sorted(notebooks, key=order)
    for one in earlier:
        if one.content != last.content:
            done.look_at(f"{student}: {one.called()} is not the last one; {last.called()} is taken")
    files = _beside({notebook: last.content}, student, others, done)
    target = Path(course.format_path(course.submitted_directory, student, assignment))
    if link := next((path for path in (target.parent, target) if path.is_symlink()), None):
        done.look_at(f"{student}: {link} is a link, which is not followed; nothing is written")
        return
    there = plain_files(target) if target.is_dir() else {}
    stamp = there.pop("timestamp.txt", b"")
    time = _parsed(stamp)
    if there == files and (last.time is None or (time and time <= last.time)):
        done.written.append(f"{one_line(student)}, {assignment}: as it was")
    elif time and last.time and time > last.time:
        done.look_at(f"{student}: what is in {target} is later; it stays")
        return
    else:
        if there not in ({}, files) and not (time and last.time):
            done.look_at(f"{student}, {assignment}: takes the place of what was collected before")
        stamp = f"{last.time:%Y-%m-%d %H:%M:%S} UTC".encode() if last.time else b""
        replace_folder(target, files | ({"timestamp.txt": stamp} if stamp else {}))
        done.written.append(f"{one_line(student)}, {assignment}")
    if last.late and not stamp:
        done.look_at(
            f"{student}, {assignment}: late, says Canvas, but not how late; where it matters, "
            f"write the time into {target / 'timestamp.txt'}"
        )


def _beside(
    files: dict[str, bytes], student: str, others: list[Found], done: Collected
) -> dict[str, bytes]:
    """Return `files`, and those of `others` that a disk can hold beside them."""
    files, folders = dict(files), set()
    for other in others:
        path = PurePosixPath(other.file)
        above = {parent.as_posix() for parent in path.parents}
        if any(len(part.encode(errors="replace")) > 255 for part in path.parts):
            done.look_at(f"{student}: {other.file[:40]}…: too long a name; left out")
        elif above & files.keys() or path.as_posix() in folders:
            done.look_at(f"{student}: {other.file}: both a file and a folder; left out")
        elif path.parts[0].casefold() != "timestamp.txt":
            files[path.as_posix()] = other.content
            folders |= above
    return files


def _parsed(stamp: bytes) -> datetime | None:
    try:
        return parse_utc(stamp.decode().strip()).replace(tzinfo=UTC)
    except (ValueError, AttributeError, OverflowError):
        return None


def _attempt(file: str) -> int:
    match = ATTEMPT.search(file)
    return int(match[1] or match[2] or 0) if match else 0
