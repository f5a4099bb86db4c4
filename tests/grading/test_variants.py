"""A class in which each student has own constants, through the real path."""

import itertools
import json
import shutil
import zipfile
from pathlib import Path

import nbformat
import pytest
from jupyter_client.provisioning import KernelProvisionerFactory
from rich.console import Console

from helpers import checks
from helpers.checks import sealed
from helpers.course import CourseError
from helpers.course.build import build
from helpers.course.grading import gradebook, sandbox
from helpers.course.grading.grade import run_grade, run_regrade, same_for_all, vary
from helpers.course.grading.nbgrading import generate_feedback, marks, opened
from helpers.course.variants import Variants, first

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(sandbox.unavailable()), reason=str(sandbox.unavailable())),
]
QUIET = Console(quiet=True)
NAME = "01_bytes"
SOURCE = '''\
# %%
import numpy as np
from helpers import checks

# %% [markdown] variants={"MIDDLE": [128, 112, 116, 122, 136], "GREY": [64, 36, 40, 44, 48]}
# The mean becomes {{ MIDDLE }}.

# %% nbgrader={"grade_id": "maps_to_bytes", "solution": true}
def maps_to_bytes(maps):
    """Mean to {{ MIDDLE }}, a standard deviation to {{ GREY }}."""
    ### BEGIN SOLUTION
    spread = maps.std(axis=(1, 2), keepdims=True)
    constant = np.ptp(maps, axis=(1, 2), keepdims=True) == 0
    centred = maps - maps.mean(axis=(1, 2), keepdims=True)
    grey = {{MIDDLE}} + {{GREY}} * centred / np.where(constant, 1, spread)
    return np.where(constant, 0, np.clip(grey, 0, 255)).astype(np.uint8)
    ### END SOLUTION

# %% nbgrader={"grade_id": "maps_to_bytes_check", "grade": true}
checks.maps_to_bytes(maps_to_bytes, middle={{MIDDLE}}, grey={{GREY}})
### BEGIN HIDDEN TESTS
checks.maps_to_bytes(maps_to_bytes, middle={{MIDDLE}}, grey={{GREY}}, hidden=True)
### END HIDDEN TESTS

# %%
print("twice", 2 * {{MIDDLE}})

# %% [markdown]
# What is twice {{ GREY }}?
#
# ### BEGIN MARK SCHEME
# - 2 points: {{ 2 * GREY }}.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "twice_question", "grade": true, "solution": true, "points": 2}
# 128.
'''  # noqa: E501  (a cell line cannot be broken)
FULL, COPIED = 4, 1  # of another variant only the type is right


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    root = tmp_path_factory.mktemp("released")
    (root / "solutions").mkdir()
    (root / "solutions" / f"{NAME}.py").write_text(SOURCE)
    shutil.copy(Path(__file__).parents[2] / "nbgrader_config.py", root)
    build(root)
    with opened(root) as (_, book):
        for student in ("ada", "bob", "cy"):
            book.add_student(student)
    return root


@pytest.fixture
def course(released, tmp_path, monkeypatch):
    keys = itertools.count(1)
    monkeypatch.setattr(gradebook, "new_seed", lambda: f"{next(keys):032x}")
    factory = KernelProvisionerFactory.instance()
    monkeypatch.setattr(factory, "default_provisioner_name", factory.default_provisioner_name)
    root = tmp_path / "course"
    shutil.copytree(released, root)
    return root


def handed_out(root, student):
    """What a student finds in the zip: its files, by name."""
    with zipfile.ZipFile(root / "variants" / f"{student}.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def notebook_of(root, student):
    return handed_out(root, student)[f"inside-cnns/notebooks/{NAME}/{NAME}.ipynb"].decode()


def answer(values):
    """The right answer with these constants, as the course solves it."""
    [source] = [cell for cell in SOURCE.split("# %%") if "def maps_to_bytes" in cell]
    lines = source.partition("\n")[2].splitlines()
    text = "\n".join(line for line in lines if "###" not in line)
    for name, value in values.items():
        text = text.replace(f"{{{{{name}}}}}", str(value))
    return text


def submit(root, student, notebook, function):
    notebook = json.loads(notebook)
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "maps_to_bytes":
            cell["source"] = function
    folder = root / "submitted" / student / NAME
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}.ipynb").write_text(json.dumps(notebook))


def named(values):
    return ", ".join(f"{name} = {value}" for name, value in values.items())


def points(root):
    return {m.student: m.points for m in marks(root) if m.cell == "maps_to_bytes_check"}


def graded(root, student):
    file = root / "autograded" / student / NAME / f"{NAME}.ipynb"
    cells = nbformat.read(file, as_version=4).cells
    return {cell.metadata.get("nbgrader", {}).get("grade_id", ""): cell.source for cell in cells}


def test_each_is_judged_by_own_constants(course):
    [varied], students = vary(course)
    assert students == ["ada", "bob", "cy"]
    own = {student: varied.values(student) for student in ("ada", "bob", "cy", "dora", "eve")}
    assert len({str(values) for values in own.values()}) == len(own)
    for student in students:
        text = notebook_of(course, student)
        called = f"middle={own[student]['MIDDLE']}, grey={own[student]['GREY']})"
        assert f"checks.maps_to_bytes(maps_to_bytes, {called}" in text
        assert "SOLUTION" not in text and "hidden=True" not in text and "2 points" not in text

    submit(course, "ada", notebook_of(course, "ada"), answer(own["ada"]))
    submit(course, "bob", notebook_of(course, "ada"), answer(own["ada"]))  # the whole notebook
    submit(course, "cy", notebook_of(course, "cy"), answer(own["ada"]))
    everyone_s = (course / "notebooks" / NAME / f"{NAME}.ipynb").read_text()
    submit(course, "dora", everyone_s, answer(own["dora"]))  # unknown to the gradebook
    done = run_grade(course, QUIET)
    assert [outcome.error for outcome in done.failed] == []
    expected = {"ada": FULL, "bob": COPIED, "cy": COPIED, "dora": FULL}
    assert points(course) == expected
    remarks = {outcome.student: "\n".join(outcome.remarks) for outcome in done.graded}
    assert remarks["ada"] == remarks["cy"] == ""
    usual = {"MIDDLE": 128, "GREY": 64}
    for student, given in (("bob", own["ada"]), ("dora", usual)):
        assert "was changed" not in remarks[student]
        assert (
            f"cell maps_to_bytes_check was handed in with the constants ({named(given)}), which "
            f"are not this student's ({named(own[student])}): ask which zip was used"
        ) in remarks[student]
    for student in expected:
        cells = graded(course, student)
        assert f"middle={own[student]['MIDDLE']}," in cells["maps_to_bytes_check"]
        assert f"2 points: {2 * own[student]['GREY']}." in cells["twice_question_scheme"]
    assert run_grade(course, QUIET).unchanged == 4
    assert generate_feedback(course, NAME) == []

    # One joins later: nothing changes for the others.
    with opened(course) as (_, book):
        book.add_student("eve")
    before = {student: handed_out(course, student) for student in students}
    vary(course)
    assert {student: handed_out(course, student) for student in students} == before
    submit(course, "eve", notebook_of(course, "eve"), answer(own["eve"]))
    done = run_grade(course, QUIET)
    assert [outcome.student for outcome in done.graded] == ["eve"]
    expected |= {"eve": FULL}

    def agree(changes):
        assert changes == []
        return True

    assert len(run_regrade(course, QUIET, [NAME], agree).graded) == 5
    assert points(course) == expected

    # New variants: what was right is now of another variant.
    assert same_for_all(course) == [NAME]
    [varied], _ = vary(course)
    assert varied.values("ada") != own["ada"]
    submit(course, "cy", everyone_s, answer(varied.values("cy")))
    assert len(run_grade(course, QUIET, students=["ada", "cy"]).graded) == 2
    assert points(course) == expected | {"ada": COPIED, "cy": FULL}


def test_without_variants_all_are_judged_by_the_same(course):
    text = (course / "notebooks" / NAME / f"{NAME}.ipynb").read_text()
    submit(course, "ada", text, answer({"MIDDLE": 128, "GREY": 64}))
    assert "middle=128, grey=64)" in text
    assert [outcome.error for outcome in run_grade(course, QUIET).failed] == []
    assert points(course) == {"ada": FULL}
    [varied], _ = vary(course)
    assert varied.values("ada") != {"MIDDLE": 128, "GREY": 64}
    assert [outcome.student for outcome in run_grade(course, QUIET).graded] == ["ada"]
    assert points(course) == {"ada": COPIED}
    assert same_for_all(course, [NAME]) == [NAME]
    assert [outcome.student for outcome in run_grade(course, QUIET).graded] == ["ada"]
    assert points(course) == {"ada": FULL}


def test_a_gradebook_of_another_release_is_named(course):
    vary(course)
    file = course / "notebooks" / NAME / f"{NAME}.ipynb"
    file.write_text(file.read_text().replace("The mean becomes 128", "The mean is 128"))
    with pytest.raises(CourseError, match="another 01_bytes than solutions/; run `course build`"):
        run_grade(course, QUIET)


def test_the_zip_lies_over_the_one_for_all(course, tmp_path, monkeypatch):
    monkeypatch.setattr(Variants, "values", lambda own, _: first(own.choices))
    vary(course)
    files = handed_out(course, "ada")
    path = f"notebooks/{NAME}/{NAME}.ipynb"
    assert files[f"inside-cnns/{path}"] == (course / path).read_bytes()
    sealed_file = "inside-cnns/helpers/checks/sealed_checks/maps_to_bytes.json.gz"
    assert sorted(files) == [sealed_file, f"inside-cnns/{path}"]
    (tmp_path / "maps_to_bytes.json.gz").write_bytes(files[sealed_file])
    monkeypatch.setattr(sealed, "FOLDER", tmp_path)
    assert sealed.read("maps_to_bytes").values == checks.maps_to_bytes.values
