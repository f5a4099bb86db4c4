"""What leaves the course: marks for an LMS, and the bundle for students."""

import ast
import csv
import inspect
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from nbgrader.api import Gradebook

from helpers.checks import CHECKS, misconceptions
from helpers.course import CourseError, export
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


@pytest.mark.slow
def test_assignments_have_the_order_of_their_names(gradebook, tmp_path):
    """Also with a due date, by which the gradebook sorts them."""
    for name, due in (("09_last", "2026-01-01 12:00 UTC"), ("08_before", None)):
        gradebook.add_assignment(name, duedate=due)
    export_marks(gradebook, tmp_path / "m.csv", "moodle")
    names = [name for name in rows(tmp_path / "m.csv")[0] if name[:2].isdigit()]
    assert names[-2:] == ["08_before", "09_last"] and names == sorted(names)


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


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    """The bundle, unpacked."""
    folder = tmp_path_factory.mktemp("kit")
    bundle(ROOT, folder / "a.zip")
    shutil.unpack_archive(folder / "a.zip", folder)
    return folder / "inside-cnns"


@pytest.mark.slow
def test_the_bundle_has_what_a_student_needs_and_no_solutions(kit, tmp_path):
    bundle(ROOT, tmp_path / "b.zip")
    assert (kit.parent / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    for needed in (
        "notebooks/06_occlusion/06_occlusion.ipynb",
        "helpers/plots/figure.py",
        "pyproject.toml",
    ):
        assert (kit / needed).is_file()
    names = [path.relative_to(kit).as_posix() for path in kit.rglob("*")]
    assert not [name for name in names if "solutions" in name or "tests" in name.split("/")]
    assert not [path for path in kit.rglob("*.ipynb") if "hidden=True" in path.read_text()]


def body(function):
    [node] = ast.parse(dedent(inspect.getsource(function))).body
    return ast.unparse(ast.Module(node.body, []))


@pytest.mark.slow
def test_no_right_answer_and_no_known_mistake_is_in_the_bundle(kit):
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in kit.rglob("*.py")]
    functions = [n for t in trees for n in ast.walk(t) if isinstance(n, ast.FunctionDef)]
    there = {ast.unparse(ast.Module(node.body, [])) for node in functions}
    assert body(export.bundle) in there
    for check in CHECKS.values():
        cells = check.reference.__closure__
        [reference] = [c.cell_contents for c in cells if callable(c.cell_contents)]
        assert body(reference) not in there, check.name
        assert not {body(wrong.function) for wrong in misconceptions.of(check.name)} & there


@pytest.mark.slow
def test_the_kit_s_configuration_can_be_loaded(kit):
    code = "from helpers.course.grading.nbgrading import load_config\n"
    code += f"from pathlib import Path\nprint(load_config(Path({str(kit)!r})).CourseDirectory.root)"
    environment = os.environ | {"PYTHONPATH": str(kit)}
    command = [sys.executable, "-P", "-c", code]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == str(kit)


@pytest.mark.slow
def test_a_student_s_checks_are_sealed_and_say_the_same(kit):
    code = """
        from helpers import checks
        def worst(probabilities, labels):
            return 0.123 + 0 * len(probabilities) * len(labels)
        print(checks.SEALED, len(dir(checks)) > 50)
        print(checks.accuracy(worst, seed=1).card())
        print(checks.accuracy(lambda p, y: float((p.argmax(1) == y).mean())))
        checks.acuracy
    """
    ran = subprocess.run(
        [sys.executable, "-P", "-c", dedent(code)],
        env=os.environ | {"PYTHONPATH": str(kit)},
        capture_output=True,
        text=True,
    )

    def worst(probabilities, labels):
        return 0.123 + 0 * len(probabilities) * len(labels)

    sealed, *card, earned = ran.stdout.splitlines()
    assert (sealed, earned) == ("True True", f"{CHECKS['accuracy'].points:g}")
    assert "\n".join(card) == CHECKS["accuracy"](worst, seed=1).card()
    assert "Did you mean 'accuracy'?" in ran.stderr


@pytest.mark.slow
def test_the_bundle_s_readme_names_nothing_that_a_student_lacks(kit):
    readme = (kit / "README.md").read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", readme) if "://" not in link]
    assert [link for link in links if not (kit / link).is_file()] == []
    assert len(links) > len(list((ROOT / "notebooks").glob("*/*.ipynb")))
    # `course demo` needs the solutions, and `make test` the tests.
    assert set(re.findall(r"`make (\w+)", readme)) == {"lab"}
    assert set(re.findall(r"\bcourse (\w+)`", readme)) == {"lab", "doctor"}
    assert "nstructors" not in readme


def test_a_notebook_that_holds_a_solution_is_not_bundled(tmp_path):
    (tmp_path / "README.md").write_text((ROOT / "README.md").read_text())
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "a.ipynb").write_text("### BEGIN SOLUTION")
    with pytest.raises(CourseError, match="holds 'BEGIN SOLUTION'"):
        bundle(tmp_path, tmp_path / "a.zip")
