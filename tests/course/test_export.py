"""What leaves the course: marks for an LMS, and the bundle for students."""

import csv
import re
import zipfile
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from helpers.course import CourseError
from helpers.course.export import bundle, export_marks

ROOT = Path(__file__).parents[2]


@pytest.fixture
def gradebook(tmp_path):
    """Ada has all marks, and was late; Bob's answer waits; Cy handed in nothing."""
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as gradebook:
        gradebook.add_assignment("01_toy")
        gradebook.add_notebook("01_toy", "01_toy")
        gradebook.add_grade_cell("check", "01_toy", "01_toy", max_score=3, cell_type="code")
        for student in ("ada", "bob", "cy"):
            gradebook.add_student(student, first_name=student.title(), lms_user_id=f"1{student}")
        for student, points in {"ada": 2.5, "bob": None}.items():
            gradebook.add_submission("01_toy", student)
            grade = gradebook.find_grade("check", "01_toy", "01_toy", student)
            grade.auto_score, grade.needs_manual_grade = points, points is None
        gradebook.find_submission_notebook("01_toy", "01_toy", "ada").late_submission_penalty = 1
        gradebook.db.commit()
        yield gradebook


def rows(path):
    with path.open(newline="") as file:
        return list(csv.reader(file))


@pytest.mark.slow
def test_moodle_s_columns_and_no_mark_where_a_person_has_to_give_it(gradebook, tmp_path):
    assert export_marks(gradebook, tmp_path / "m.csv", "moodle") == (3, ["bob, 01_toy"])
    head, *students = rows(tmp_path / "m.csv")
    assert head == ["First name", "Last name", "ID number", "Email address", "01_toy"]
    assert {row[2]: row[4] for row in students} == {"ada": "1.5", "bob": "", "cy": ""}


@pytest.mark.slow
def test_canvas_s_columns_and_its_row_of_points(gradebook, tmp_path):
    export_marks(gradebook, tmp_path / "c.csv", "canvas")
    head, points, *students = rows(tmp_path / "c.csv")
    assert head[:4] == ["Student", "ID", "SIS User ID", "SIS Login ID"]
    assert points[0].strip() == "Points Possible" and points[-1] == "3"
    assert ["ada, Ada", "1ada", "ada", "ada", "", "1.5"] in students


FORMULAS = ["=HYPERLINK(1)", "+1", "-cmd|' /C calc'!A0", "@SUM(1)", "\t=1", " =1", "\uff1d1"]


@pytest.mark.slow
@pytest.mark.parametrize("lms", ["moodle", "canvas"])
def test_no_field_is_a_formula_and_the_lms_still_knows_who_it_is(gradebook, tmp_path, lms):
    for number, text in enumerate(FORMULAS):
        about = {"first_name": text, "last_name": text, "email": f"=a({number})"}
        gradebook.add_student(f"s{number}", lms_user_id=f"-7{number}", **about)
    gradebook.add_student("@max", email="+max@example.org", last_name="O'Hara-Smith")
    export_marks(gradebook, tmp_path / "m.csv", lms)
    _, *students = rows(tmp_path / "m.csv")
    fields = [field for row in students for field in row]
    begin = ("=", "+", "-", "@", "\t", " =", "\uff1d")
    keys = {f"-7{number}" for number in range(len(FORMULAS))} | {"@max", "+max@example.org"}
    assert {field for field in fields if field.startswith(begin)} <= keys
    assert len([field for field in fields if field.startswith("'")]) >= len(FORMULAS)
    assert {f"s{number}" for number in range(len(FORMULAS))} | {"@max"} <= {*fields}
    [maximum] = [row for row in students if "@max" in row]
    assert any("O'Hara-Smith" in field and not field.startswith("'") for field in maximum)


def test_the_bundle_has_what_a_student_needs_and_no_solutions(tmp_path):
    bundle(ROOT, tmp_path / "a.zip")
    bundle(ROOT, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        names = archive.namelist()
        text = b"".join(archive.read(name) for name in names if name.endswith(".ipynb"))
    for needed in (
        "notebooks/06_occlusion/06_occlusion.ipynb",
        "helpers/plots/figure.py",
        "pyproject.toml",
    ):
        assert f"inside-cnns/{needed}" in names
    assert not [name for name in names if "solutions" in name or "tests/" in name]
    assert b"hidden=True" not in text


def test_the_bundle_s_readme_names_nothing_that_a_student_lacks(tmp_path):
    bundle(ROOT, tmp_path / "kit.zip")
    with zipfile.ZipFile(tmp_path / "kit.zip") as archive:
        kit = zipfile.Path(archive, "inside-cnns/")
        readme = (kit / "README.md").read_text(encoding="utf-8")
        links = [link for link in re.findall(r"\]\(([^)]+)\)", readme) if "://" not in link]
        assert [link for link in links if not (kit / link).is_file()] == []
    assert len(links) > len(list((ROOT / "notebooks").glob("*/*.ipynb")))
    # `course demo` needs the solutions, and `make test` the tests.
    assert set(re.findall(r"`make (\w+)", readme)) == {"lab"}
    assert set(re.findall(r"\bcourse (\w+)`", readme)) == {"lab", "doctor"}
    assert "Instructors" not in readme


def test_a_notebook_that_holds_a_solution_is_not_bundled(tmp_path):
    (tmp_path / "README.md").write_text((ROOT / "README.md").read_text())
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "a.ipynb").write_text("### BEGIN SOLUTION")
    with pytest.raises(CourseError, match="holds 'BEGIN SOLUTION'"):
        bundle(tmp_path, tmp_path / "a.zip")
