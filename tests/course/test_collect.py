"""Zips as Moodle and Canvas deliver them, unpacked with care."""

import io
import os
import shutil
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nbgrader.api import Student
from nbgrader.coursedir import CourseDirectory

from helpers.course import CourseError
from helpers.course import collect as module
from helpers.course.collect import collect, pack_feedback
from helpers.course.grading.gradebook import replace_folder
from helpers.course.grading.submission import safe_id

CELLS = {"01_toy": {"double", "double_check"}, "02_other": {"other_check"}}
NOTEBOOK = b'{"cells": ["double_check"]}'
STUDENTS = [
    Student(id="ada", first_name="Ada", last_name="Lovelace", lms_user_id="4711"),
    Student(id="zoe", first_name="Zoë", last_name="d'Été"),
    Student(id="mary", first_name="Mary", last_name="Mouse", lms_user_id="4712"),
    Student(id="li-1", first_name="Li", last_name="Wei"),
    Student(id="li-2", first_name="Li", last_name="Wei"),
]


def write_zip(target, files, linked=()):
    """Each file is (content, day of May 2026, or the six numbers that a zip holds)."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (content, day) in files.items():
            member = zipfile.ZipInfo(name, day if isinstance(day, tuple) else at(day))
            member.compress_type = zipfile.ZIP_DEFLATED
            if name in linked:
                member.external_attr = 0o120777 << 16
            archive.writestr(member, content)
    return target


def at(day):
    return (2026, 5, day, 12, 0, 0)


def zipped(files):
    return write_zip(io.BytesIO(), files).getvalue()


@pytest.fixture
def collected(tmp_path):
    """Return a function that collects files {name: (content, day)} from a zip."""

    def run(files, linked=(), students=STUDENTS):
        course = CourseDirectory(root=str(tmp_path))
        return collect(write_zip(tmp_path / "all.zip", files, linked), course, students, CELLS)

    run.submitted = tmp_path / "submitted"
    return run


def test_moodle_s_folders_and_flat_files(collected):
    done = collected(
        {
            "Ada Lovelace_4711_assignsubmission_file_/01_toy.ipynb": (NOTEBOOK, 1),
            "Zoë d'Été_12_assignsubmission_file_01_toy (1).ipynb": (NOTEBOOK, 2),
            "Mary Mouse_13_assignsubmission_file/my/01_toy.ipynb": (NOTEBOOK, 3),
        }
    )
    assert done.problems == []
    assert done.written == ["ada, 01_toy", "mary, 01_toy", "zoe, 01_toy"]
    assert (collected.submitted / "zoe" / "01_toy" / "01_toy.ipynb").read_bytes() == NOTEBOOK
    stamp = (collected.submitted / "ada" / "01_toy" / "timestamp.txt").read_text()
    assert stamp.startswith("2026-05-01 ") and stamp.endswith(" UTC")


def test_canvas_s_names_and_a_notebook_of_another_name(collected):
    done = collected(
        {"dete_zoe_1": (b"", 1), "lovelaceada_LATE_4711_998_my work-2.ipynb": (NOTEBOOK, 1)}
    )
    assert done.written == ["ada, 01_toy"]
    wrong_name, late = done.problems
    assert wrong_name == "dete_zoe_1: not named as Moodle or Canvas name files"
    assert late.startswith("ada, 01_toy: late, says Canvas, but not how late")


OTHER = b'{"cells": ["double_check", "other work"]}'


@pytest.fixture
def packed(tmp_path):
    """Return a function that packs the feedback on 01_toy for a zip of files {name: content}, and
    returns what lies in the new zip, {name: page}, and the problems. Three have handed in and have
    a page."""
    for student in ("ada", "zoe", "mary"):
        for path, content in (
            (f"submitted/{student}/01_toy/01_toy.ipynb", NOTEBOOK),
            (f"feedback/{student}/01_toy/01_toy.html", f"of {student}".encode()),
        ):
            (tmp_path / path).parent.mkdir(parents=True)
            (tmp_path / path).write_bytes(content)

    def run(files):
        course = CourseDirectory(root=str(tmp_path))
        archive = write_zip(tmp_path / "all.zip", {name: (files[name], 1) for name in files})
        path, done = pack_feedback(archive, course, STUDENTS, "01_toy")
        assert path == tmp_path / "feedback" / "01_toy.zip"
        with zipfile.ZipFile(path) as written:
            return {one: written.read(one).decode() for one in written.namelist()}, done.problems

    return run


def test_feedback_is_packed_under_the_names_that_moodle_gave(packed):
    """Moodle reads name, number and plugin, of the folder or of the file's beginning."""
    pages, problems = packed(
        {
            "Ada Lovelace_12_assignsubmission_file_/01_toy.ipynb": NOTEBOOK,
            "Ada Lovelace_12_assignsubmission_file_/more/data.csv": b"1",
            "Zoë d'Été_13_assignsubmission_file_my work.ipynb": NOTEBOOK,
            "Mary Mouse_14_assignsubmission_file/all.zip": zipped({"x.ipynb": (NOTEBOOK, 1)}),
        }
    )
    assert problems == []
    assert pages == {
        "Ada Lovelace_12_assignsubmission_file_/01_toy.html": "of ada",
        "Zoë d'Été_13_assignsubmission_file_01_toy.html": "of zoe",
        "Mary Mouse_14_assignsubmission_file/01_toy.html": "of mary",
    }


def test_nobody_gets_a_page_on_other_work_or_another_s(packed, tmp_path):
    pages, problems = packed(
        {
            "Ada Lovelace_12_assignsubmission_file_/01_toy.ipynb": OTHER,
            "Zoë d'Été_13_assignsubmission_file/01_toy.ipynb": NOTEBOOK,
            "Mary Mouse_14_assignsubmission_file/01_toy.ipynb": NOTEBOOK,
            "Mary Mouse_15_assignsubmission_file/01_toy.ipynb": NOTEBOOK,
            "Li Wei_16_assignsubmission_file/01_toy.ipynb": NOTEBOOK,
        }
    )
    assert pages == {"Zoë d'Été_13_assignsubmission_file/01_toy.html": "of zoe"}
    alike = "cannot be told apart; nothing of theirs is taken"
    assert problems == [
        "Li Wei (16): may be li-1 or li-2",
        f"ada: no notebook in this zip is the one in {tmp_path}/submitted/ada/01_toy; "
        "see whose work it is, and attach the page by hand",
        f"mary: Mary Mouse (14) and Mary Mouse (15) {alike}",
    ]


def test_whose_page_is_in_no_zip_is_named(packed):
    _, problems = packed({"Ada Lovelace_12_assignsubmission_file/01_toy.ipynb": NOTEBOOK})
    left_out = "handed in nothing in this zip; attach this student's page by hand"
    assert problems == [f"mary: {left_out}", f"zoe: {left_out}"]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("Zoë d'Été_13_assignsubmission_file/01_toy.ipynb", "zoe: has no page; run `course grade`"),
        ("lovelaceada_4711_98_01_toy.ipynb", "is Canvas's.* SpeedGrader"),
    ],
)
def test_where_no_page_can_be_packed_the_reason_is_said(packed, tmp_path, name, problem):
    (tmp_path / "feedback/zoe/01_toy/01_toy.html").unlink()
    with pytest.raises(CourseError, match=problem):
        packed({name: NOTEBOOK})
    assert not list((tmp_path / "feedback").glob("*.*"))


def test_a_zip_that_was_unpacked_and_packed_again(collected):
    done = collected({"all of it/lovelaceada_4711_998_01_toy.ipynb": (NOTEBOOK, 1)})
    assert (done.written, done.problems) == (["ada, 01_toy"], [])


def test_no_file_name_passes_for_another_person(collected):
    done = collected(
        {
            "lovelaceada_4711_1_01_toy.ipynb": (NOTEBOOK + b"hers", 1),
            "mousemary_4712_2_x_4711_assignsubmission_file_01_toy.ipynb": (NOTEBOOK, 2),
            "mousemary_4712_3_lovelaceada_4711_4_01_toy.ipynb": (NOTEBOOK, 2),
        }
    )
    assert done.written == ["ada, 01_toy", "mary, 01_toy"]
    assert (collected.submitted / "ada/01_toy/01_toy.ipynb").read_bytes().endswith(b"hers")
    done = collected(
        {
            "Ada Lovelace_7_assignsubmission_file_/01_toy.ipynb": (NOTEBOOK + b"hers", 3),
            "Mary Mouse_8_assignsubmission_file_/lovelaceada_4711_4_01_toy.ipynb": (NOTEBOOK, 4),
        }
    )
    assert done.written == ["ada, 01_toy", "mary, 01_toy"]
    assert (collected.submitted / "ada/01_toy/01_toy.ipynb").read_bytes().endswith(b"hers")


def test_moodle_s_number_is_nobody_s_and_canvas_s_is_no_id(collected):
    done = collected({"Mary Mouse_4711_assignsubmission_file_/01_toy.ipynb": (NOTEBOOK, 1)})
    assert done.written == ["mary, 01_toy"]
    nameless = [Student(id="4713"), Student(id="lee", lms_user_id="5")]
    done = collected({"hopper_4713_1_01_toy.ipynb": (NOTEBOOK, 1)}, students=nameless)
    assert done.problems == ["hopper (4713): no such student"]


def test_a_number_with_somebody_else_s_name_is_reported(collected):
    done = collected({"hoppergrace_4711_1_01_toy.ipynb": (NOTEBOOK, 1)})
    [problem] = done.problems
    assert problem.startswith("hoppergrace (4711): 4711 is ada in the gradebook, of another name")
    assert not done.written and not collected.submitted.exists()


def test_two_of_one_name_cannot_be_told_apart(collected):
    done = collected(
        {
            "Ada Lovelace_7_assignsubmission_file_/01_toy.ipynb": (NOTEBOOK, 1),
            "Lovelace Ada_8_assignsubmission_file_/01_toy.ipynb": (NOTEBOOK, 2),
        }
    )
    assert done.written == []
    [problem] = done.problems
    assert problem.startswith("ada: Ada Lovelace (7) and Lovelace Ada (8) cannot be told apart")


def test_the_last_of_several_counts_and_the_others_are_named(collected):
    done = collected(
        {
            "lovelaceada_4711_1_01_toy.ipynb": (NOTEBOOK + b"early", 3),
            "lovelaceada_4711_3_01_toy-2.ipynb": (NOTEBOOK + b"late", 2),
            "lovelaceada_4711_2_01_toy-1.ipynb": (NOTEBOOK + b"same day", 2),
        }
    )
    assert (collected.submitted / "ada/01_toy/01_toy.ipynb").read_bytes().endswith(b"late")
    assert len(done.problems) == 2
    assert all("is not the last one" in problem for problem in done.problems)


def test_two_of_one_name_are_told_apart_by_their_place_and_their_time(collected):
    work = zipped(
        {"old/01_toy.ipynb": (NOTEBOOK + b"old", 1), "new/01_toy.ipynb": (NOTEBOOK + b"new", 2)}
    )
    done = collected(
        {
            "Ada Lovelace_7_assignsubmission_file_/work.zip": (work, 5),
            "Mary Mouse_8_assignsubmission_file_/a/01_toy.ipynb": (NOTEBOOK + b"1", 6),
            "Mary Mouse_8_assignsubmission_file_/b/01_toy.ipynb": (NOTEBOOK + b"2", 7),
        }
    )
    ada, mary = (f"{who}_assignsubmission_file_" for who in ("Ada Lovelace_7", "Mary Mouse_8"))
    first, second, fifth, sixth, seventh = (
        f"{datetime(*at(day)).astimezone(UTC):%d %b %H:%M} UTC" for day in (1, 2, 5, 6, 7)
    )
    old = f"{ada}/work.zip: old/01_toy.ipynb ({fifth}, changed {first})"
    new = f"{ada}/work.zip: new/01_toy.ipynb ({fifth}, changed {second})"
    one, other = f"{mary}/a/01_toy.ipynb ({sixth})", f"{mary}/b/01_toy.ipynb ({seventh})"
    assert done.problems == [
        f"ada: {old} is not the last one; {new} is taken",
        f"mary: {one} is not the last one; {other} is taken",
    ]


MOODLE_S = "Ada Lovelace_7_assignsubmission_file_/01_toy.ipynb"
EARLIER = {"Mary Mouse_8_assignsubmission_file_/01_toy.ipynb": (NOTEBOOK, 1)}


def test_what_was_collected_later_stays(collected):
    collected({MOODLE_S: (NOTEBOOK + b"new", 9), **EARLIER})
    done = collected({MOODLE_S: (NOTEBOOK + b"old", 3), **EARLIER})
    assert done.written == ["mary, 01_toy: as it was"]
    assert "is later; it stays" in done.problems[0]
    assert (collected.submitted / "ada/01_toy/01_toy.ipynb").read_bytes().endswith(b"new")


def test_nobody_is_late_by_the_time_of_the_download(collected):
    stamp = collected.submitted / "ada" / "01_toy" / "timestamp.txt"
    done = collected({MOODLE_S: (NOTEBOOK, 1), **EARLIER})
    assert "bear the time of the download" in done.problems[0]
    assert not stamp.exists()
    for day in 1, 9:
        done = collected(
            {
                "lovelaceada_4711_998_01_toy.ipynb": (NOTEBOOK, 1),
                "mousemary_LATE_4712_999_01_toy.ipynb": (NOTEBOOK, day),
            }
        )
        assert [problem[:20] for problem in done.problems] == ["mary, 01_toy: late, "]
        assert not stamp.exists()
    stamp.with_name("mine.txt").write_text("")  # as if it had been handed in with a file
    done = collected({"lovelaceada_4711_998_01_toy.ipynb": (NOTEBOOK, 1)})
    assert done.problems == ["ada, 01_toy: takes the place of what was collected before"]


def test_a_time_that_was_written_by_hand_stays_with_its_notebook(collected):
    archive = {"lovelaceada_LATE_4711_998_01_toy.ipynb": (NOTEBOOK, 1)}
    [late] = collected(archive).problems
    Path(late.rpartition(" ")[2]).write_text("2026-05-02 12:00:00 UTC")
    assert collected(archive).problems == []
    stamp = collected.submitted / "ada" / "01_toy" / "timestamp.txt"
    assert stamp.read_text() == "2026-05-02 12:00:00 UTC"


def test_a_zip_of_old_files_is_as_late_as_it_was_handed_in(collected):
    folder = "Ada Lovelace_7_assignsubmission_file_"
    work = zipped({"01_toy.ipynb": (NOTEBOOK, 2), "01_toy-old.ipynb": (NOTEBOOK + b"old", 1)})
    collected({f"{folder}/work.zip": (work, 25), **EARLIER})
    there = collected.submitted / "ada" / "01_toy"
    assert (there / "01_toy.ipynb").read_bytes() == NOTEBOOK
    assert (there / "timestamp.txt").read_text().startswith("2026-05-25 ")


def test_times_are_those_of_the_zone_that_is_set(collected, monkeypatch):
    stamp = collected.submitted / "ada" / "01_toy" / "timestamp.txt"
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0")
        time.tzset()
        collected({MOODLE_S: (NOTEBOOK, 9), **EARLIER})
    time.tzset()
    assert stamp.read_text() == "2026-05-09 10:00:00 UTC"


def test_checkpoints_are_no_submission_and_a_date_of_zero_is_none(collected):
    work = {
        "01_toy.ipynb": (NOTEBOOK, (1980, 0, 0, 0, 0, 0)),
        ".ipynb_checkpoints/01_toy-checkpoint.ipynb": (NOTEBOOK + b"old", 9),
    }
    done = collected({"lovelaceada_4711_1_work.zip": (zipped(work), 1)})
    assert (done.written, done.problems) == (["ada, 01_toy"], [])
    assert (collected.submitted / "ada/01_toy/01_toy.ipynb").read_bytes() == NOTEBOOK


def test_nothing_is_written_elsewhere_and_no_link_is_followed(collected):
    done = collected(
        {
            "../../evil_4711_1_01_toy.ipynb": (NOTEBOOK, 1),
            "/etc/evil_4711_1_01_toy.ipynb": (NOTEBOOK, 1),
            "C:/evil_4711_1_01_toy.ipynb": (NOTEBOOK, 1),
            "lovelaceada_4711_1_01_toy.ipynb": (b"/etc/passwd", 1),
        },
        linked=("lovelaceada_4711_1_01_toy.ipynb",),
    )
    assert done.written == []
    assert sum("would be written elsewhere" in problem for problem in done.problems) == 3
    assert any("a link; left out" in problem for problem in done.problems)
    assert not collected.submitted.exists()


def test_a_zip_in_the_zip_and_what_is_no_zip(collected):
    inner = zipped({"work/01_toy.ipynb": (NOTEBOOK, 1), "a.csv": (b"1", 1)})
    done = collected(
        {
            "Ada Lovelace_4711_assignsubmission_file_/all.zip": (inner, 2),
            "Zoë d'Été_12_assignsubmission_file_/all.zip": (b"no zip", 3),
        }
    )
    assert done.written == ["ada, 01_toy"]
    assert (collected.submitted / "ada/01_toy/a.csv").read_bytes() == b"1"
    [problem] = done.problems
    assert problem.startswith("Zoë d'Été_12_assignsubmission_file_/all.zip: no zip that can be")


@pytest.mark.parametrize(
    ("odd", "problem"),
    [
        ({"a": (b"", 1), "a/b": (b"", 1)}, "a/b: both a file and a folder"),
        ({"a/b": (b"", 1), "a": (b"", 1)}, "a: both a file and a folder"),
        ({"01_toy.ipynb/x.txt": (b"", 1)}, "01_toy.ipynb/x.txt: both a file and a folder"),
        ({"n" * 300: (b"", 1)}, "nnn…: too long a name"),
        ({"\x1b[2Ja.ipynb": (b"", 1)}, "ada: �[2Ja.ipynb is no notebook of this course"),
        ({"x\nbob, 02.ipynb": (b"", 1)}, "ada: x�bob, 02.ipynb is no notebook of this course"),
        ({"timestamp.txt/x": (b"", 1)}, None),
        ({"big.bin": (b"0" * 3000, 1)}, "work.zip: more than the"),
    ],
)
def test_odd_files_cost_nobody_a_notebook(collected, monkeypatch, odd, problem):
    monkeypatch.setattr(module, "LARGEST_SUBMISSION", 2000)
    done = collected(
        {
            "lovelaceada_4711_1_work.zip": (zipped({"01_toy.ipynb": (NOTEBOOK, 1)} | odd), 1),
            "mousemary_4712_2_01_toy.ipynb": (NOTEBOOK, 1),
        }
    )
    assert done.written == ["ada, 01_toy", "mary, 01_toy"]
    assert len(done.problems) == (problem is not None)
    assert problem is None or problem in done.problems[0]
    assert not list(collected.submitted.rglob(".*"))


def test_a_bomb_is_counted_over_all_zips_of_a_student(collected, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_SUBMISSION", 2500)
    bomb = zipped({"zeros": (bytes(1000), 1)})
    files = {f"lovelaceada_4711_{n}_{n}.zip": (bomb, 1) for n in range(9)}
    done = collected(files | {"lovelaceada_4711_9_01_toy.ipynb": (NOTEBOOK, 1)})
    assert done.written == ["ada, 01_toy"]
    assert len(done.problems) == 7
    assert all("more than the" in problem for problem in done.problems)


def test_a_failure_keeps_the_other_students_and_what_was_there(collected, monkeypatch):
    def fails_for_ada(target, files):
        if target.parent.name == "ada":
            raise OSError(28, "No space left on device")
        replace_folder(target, files)

    monkeypatch.setattr(module, "replace_folder", fails_for_ada)
    done = collected(
        {
            "lovelaceada_4711_1_01_toy.ipynb": (NOTEBOOK, 1),
            "mousemary_4712_2_01_toy.ipynb": (NOTEBOOK, 1),
        }
    )
    assert done.written == ["mary, 01_toy"]
    assert "No space left on device; left as it was" in done.problems[0]


@pytest.mark.parametrize("step", range(7))
def test_an_interruption_leaves_the_old_files_or_the_new(tmp_path, monkeypatch, step):
    target = tmp_path / "ada" / "01_toy"
    replace_folder(target, {"a": b"old"})
    left = [step]

    def counted(function):
        def run(*arguments, **options):
            left[0] -= 1
            if left[0] < 0:
                raise SystemExit  # and nothing is tidied up either
            return function(*arguments, **options)

        return run

    for owner, name in ((Path, "rename"), (Path, "write_bytes"), (shutil, "rmtree"), (os, "fsync")):
        monkeypatch.setattr(owner, name, counted(getattr(owner, name)))
    with pytest.raises(SystemExit):
        replace_folder(target, {"a": b"new"})
    monkeypatch.undo()
    replace_folder(tmp_path / "ada" / "02_other", {})
    assert (target / "a").read_bytes() in (b"old", b"new")
    assert sorted(path.name for path in target.parent.iterdir()) == ["01_toy", "02_other"]


def test_who_cannot_be_told_apart_or_is_unknown_is_reported(collected):
    done = collected(
        {"weili_7_1_01_toy.ipynb": (NOTEBOOK, 1), "nobody_8_1_01_toy.ipynb": (NOTEBOOK, 1)}
    )
    assert done.problems == ["weili (7): may be li-1 or li-2", "nobody (8): no such student"]


def test_other_notebooks_and_no_notebook_are_reported(collected):
    done = collected(
        {"lovelaceada_4711_1_essay.ipynb": (b"{}", 1), "zoe d'ete_1_1_picture.png": (b"", 1)}
    )
    assert done.problems == [
        "ada: essay.ipynb is no notebook of this course",
        "zoe: handed in files, but no notebook",
    ]


def test_without_a_list_of_students_they_are_called_as_the_lms_calls_them(collected):
    done = collected({"lovelaceada_4711_1_01_toy.ipynb": (NOTEBOOK, 1)}, students=[])
    assert done.written == ["lovelaceada 4711, 01_toy"]
    done = collected({MOODLE_S: (NOTEBOOK, 1), **EARLIER}, students=[])
    assert done.written == ["Ada Lovelace, 01_toy", "Mary Mouse, 01_toy"]


def test_ids_that_differ_only_in_capitals_are_not_taken_for_one(collected):
    done = collected(
        {
            f"{name}_{n}_assignsubmission_file_/01_toy.ipynb": (NOTEBOOK, n)
            for n, name in enumerate(["Ada", "ada", "lee"], 1)
        },
        students=[],
    )
    assert done.written == ["lee, 01_toy"]
    assert any(
        problem.startswith("Ada and ada differ only in capitals") for problem in done.problems
    )


def test_ids_that_could_be_misread_become_ones_that_cannot(collected):
    odd = ["au*b", "[a]", "x\ny", "b|", "au:b.", "=a()", "Zoe\u0308"]
    done = collected(
        {
            f"{name}_{n}_assignsubmission_file_/01_toy.ipynb": (NOTEBOOK, n)
            for n, name in enumerate(odd, 1)
        },
        students=[],
    )
    folders = sorted(path.name for path in collected.submitted.iterdir())
    assert folders == ["Zo\u00eb", "_a()", "_a_", "b_", "x_y"]
    [problem] = done.problems
    assert "au*b (1) and au:b. (5) cannot be told apart" in problem


def test_an_id_of_the_gradebook_that_could_be_misread_is_named(collected):
    students = [Student(id="a/b", first_name="Ada", last_name="Lovelace")]
    done = collected({MOODLE_S: (NOTEBOOK, 1)}, students=students)
    assert done.written == ["a_b, 01_toy"]
    assert done.problems[-1] == "a/b: an id that can be misread; the folder is a_b"


def test_a_link_in_a_student_s_place_is_named_and_nothing_is_written_there(collected, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    collected.submitted.mkdir()
    (collected.submitted / "ada").symlink_to(tmp_path / "elsewhere")
    done = collected({MOODLE_S: (NOTEBOOK, 1), **EARLIER})
    assert done.written == ["mary, 01_toy"]
    assert any("ada is a link, which is not followed" in problem for problem in done.problems)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_what_is_no_zip_is_named(tmp_path):
    (tmp_path / "a.zip").write_text("no")
    with pytest.raises(CourseError, match=r"a\.zip is no zip that can be read"):
        collect(tmp_path / "a.zip", CourseDirectory(root=str(tmp_path)), [], CELLS)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("a\nb", "a_b"),
        ("[a]*", "_a__"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("Conrad", "Conrad"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("=1", "_1"),
        (" . ", "_"),
    ],
)
def test_an_id_is_a_folder_s_name_wherever_it_is_read(name, safe):
    assert safe_id(name) == safe
