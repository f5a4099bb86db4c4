"""Zips as Moodle and Canvas deliver them, unpacked with care."""

import zipfile

import pytest
from nbgrader.api import Student
from nbgrader.coursedir import CourseDirectory

from helpers.course import CourseError
from helpers.course.collect import collect

CELLS = {"01_toy": {"double", "double_check"}, "02_other": {"other_check"}}
NOTEBOOK = b'{"cells": ["double_check"]}'
STUDENTS = [
    Student(id="ada", first_name="Ada", last_name="Lovelace", lms_user_id="4711"),
    Student(id="zoe", first_name="Zoë", last_name="d'Été"),
    Student(id="li-1", first_name="Li", last_name="Wei"),
    Student(id="li-2", first_name="Li", last_name="Wei"),
]


def write_zip(target, files, linked=()):
    with zipfile.ZipFile(target, "w") as archive:
        for name, (content, day) in files.items():
            member = zipfile.ZipInfo(name, (2026, 5, day, 12, 0, 0))
            if name in linked:
                member.external_attr = 0o120777 << 16
            archive.writestr(member, content)
    return target


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
            "Zoë d'Été_12_assignsubmission_file_01_toy (1).ipynb": (NOTEBOOK, 1),
        }
    )
    assert done.problems == []
    assert done.written == ["ada, 01_toy", "zoe, 01_toy"]
    assert (collected.submitted / "zoe" / "01_toy" / "01_toy.ipynb").read_bytes() == NOTEBOOK
    stamp = (collected.submitted / "ada" / "01_toy" / "timestamp.txt").read_text()
    assert stamp.startswith("2026-05-01 ") and stamp.endswith(" UTC")


def test_canvas_s_names_and_a_notebook_of_another_name(collected):
    done = collected(
        {"dete_zoe_1": (b"", 1), "lovelaceada_LATE_4711_998_my work-2.ipynb": (NOTEBOOK, 1)}
    )
    assert done.written == ["ada, 01_toy"]
    assert done.problems == ["dete_zoe_1: not named as Moodle or Canvas name files"]


def test_the_last_of_several_counts_and_the_others_are_named(collected):
    done = collected(
        {
            "lovelaceada_4711_1_01_toy.ipynb": (NOTEBOOK + b"early", 1),
            "lovelaceada_4711_3_01_toy-2.ipynb": (NOTEBOOK + b"late", 2),
            "lovelaceada_4711_2_01_toy-1.ipynb": (NOTEBOOK + b"same day", 2),
        }
    )
    assert (collected.submitted / "ada/01_toy/01_toy.ipynb").read_bytes().endswith(b"late")
    assert len(done.problems) == 2
    assert all("is not the last one" in problem for problem in done.problems)


def test_what_was_collected_later_stays(collected):
    collected({"a_4711_1_01_toy.ipynb": (NOTEBOOK + b"new", 9)})
    [problem] = collected({"a_4711_1_01_toy.ipynb": (NOTEBOOK + b"old", 3)}).problems
    assert "is later; it stays" in problem
    assert (collected.submitted / "ada/01_toy/01_toy.ipynb").read_bytes().endswith(b"new")


def test_nothing_is_written_elsewhere_and_no_link_is_followed(collected):
    done = collected(
        {
            "../../evil_4711_1_01_toy.ipynb": (NOTEBOOK, 1),
            "/etc/evil_4711_1_01_toy.ipynb": (NOTEBOOK, 1),
            "C:/evil_4711_1_01_toy.ipynb": (NOTEBOOK, 1),
            "a_4711_1_01_toy.ipynb": (b"/etc/passwd", 1),
        },
        linked=("a_4711_1_01_toy.ipynb",),
    )
    assert done.written == []
    assert sum("would be written elsewhere" in problem for problem in done.problems) == 3
    assert any("a link; left out" in problem for problem in done.problems)
    assert not collected.submitted.exists()


def test_a_zip_in_the_zip_and_what_is_no_zip(collected, tmp_path):
    inner = write_zip(
        tmp_path / "inner.zip", {"work/01_toy.ipynb": (NOTEBOOK, 1), "a.csv": (b"1", 1)}
    )
    done = collected(
        {
            "Ada Lovelace_4711_assignsubmission_file_/all.zip": (inner.read_bytes(), 2),
            "Zoë d'Été_12_assignsubmission_file_/all.zip": (b"no zip", 2),
        }
    )
    assert done.written == ["ada, 01_toy"]
    assert (collected.submitted / "ada/01_toy/a.csv").read_bytes() == b"1"
    assert done.problems == ["Zoë d'Été_12_assignsubmission_file_/all.zip: no zip that can be read"]


def test_a_file_that_cannot_be_written_costs_nobody_else(collected, tmp_path):
    odd = {"a": (b"", 1), "a/b.csv": (b"", 1), "x" * 300: (b"", 1), "01_toy.ipynb": (NOTEBOOK, 1)}
    inner = write_zip(tmp_path / "inner.zip", odd).read_bytes()
    done = collected(
        {
            "Ada Lovelace_4711_assignsubmission_file_/all.zip": (inner, 2),
            "Zoë d'Été_12_assignsubmission_file_/01_toy.ipynb": (NOTEBOOK, 2),
        }
    )
    assert done.written == ["ada, 01_toy", "zoe, 01_toy"]
    assert [problem.split(" cannot be written: ")[0] for problem in done.problems] == [
        "ada: a/b.csv",
        f"ada: {'x' * 60}",
    ]


def test_who_cannot_be_told_apart_or_is_unknown_is_reported(collected):
    done = collected(
        {"weili_7_1_01_toy.ipynb": (NOTEBOOK, 1), "nobody_8_1_01_toy.ipynb": (NOTEBOOK, 1)}
    )
    assert [problem.split(":")[0] for problem in done.problems] == ["weili (7)", "nobody (8)"]


def test_other_notebooks_and_no_notebook_are_reported(collected):
    done = collected({"a_4711_1_essay.ipynb": (b"{}", 1), "zoe d'ete_1_1_picture.png": (b"", 1)})
    assert done.problems == [
        "ada: essay.ipynb is no notebook of this course",
        "zoe: handed in files, but no notebook",
    ]


def test_without_a_list_of_students_they_are_called_as_the_lms_calls_them(collected):
    done = collected({"lovelaceada_4711_1_01_toy.ipynb": (NOTEBOOK, 1)}, students=[])
    assert done.written == ["lovelaceada 4711, 01_toy"]


def test_what_is_no_zip_is_named(tmp_path):
    (tmp_path / "a.zip").write_text("no")
    with pytest.raises(CourseError, match=r"a\.zip is no zip that can be read"):
        collect(tmp_path / "a.zip", CourseDirectory(root=str(tmp_path)), [], CELLS)
