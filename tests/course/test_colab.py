"""Copies of the notebooks for Google Colab: what the cell at the top does, and that it costs
nothing when such a copy is handed in."""

import shutil
import sys
import types
import zipfile

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from packaging.requirements import Requirement
from rich.console import Console

from helpers.course import CourseError
from helpers.course.colab import CELL, installs, write_copies
from helpers.course.collect import collect
from helpers.course.grading.grade import run_grade
from helpers.course.grading.nbgrading import marks, opened
from helpers.course.grading.rebuild import Cell, Part, rebuild
from helpers.course.grading.slicing import unneeded

PLACE = "https://example.org/kit/inside_cnns-0.1.0-py3-none-any.whl"


@pytest.fixture
def magics():
    """A shell, and the lines that it would give to %pip."""
    shell, asked = InteractiveShell(), []
    shell.register_magic_function(asked.append, magic_name="pip")
    return shell, asked


def test_the_cell_installs_the_course_in_colab(magics, monkeypatch):
    shell, asked = magics
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    assert shell.run_cell(CELL.format(place=PLACE)).success
    uninstall, install = asked
    assert uninstall.split()[-1] == "tensorflow"
    command, requirement = install.split(' "')
    assert command == "install --quiet"
    wanted = Requirement(requirement.strip('"'))
    assert (wanted.name, wanted.url) == ("inside-cnns", PLACE)


def test_elsewhere_the_cell_does_nothing(magics):
    shell, asked = magics
    assert shell.run_cell(CELL.format(place=PLACE)).success
    assert asked == []


def test_a_copy_is_the_notebook_below_that_cell(built_course, tmp_path):
    [path] = write_copies(built_course, PLACE, tmp_path / "new" / "copies")
    copy = nbformat.read(path, as_version=4)
    nbformat.validate(copy)
    first, *others = copy.cells
    released = nbformat.read(built_course / "notebooks" / "01_toy" / "01_toy.ipynb", as_version=4)
    assert others == released.cells
    assert installs(first.source) and PLACE in first.source


@pytest.mark.parametrize(
    "place",
    [
        PLACE,
        "git+https://example.org/ada/kit@main",
        "https://example.org/ada/kit/archive/main.zip",
        "file:///content/drive/MyDrive/inside_cnns-0.1.0-py3-none-any.whl",
    ],
)
def test_addresses_from_which_pip_installs(built_course, tmp_path, place):
    [path] = write_copies(built_course, place, tmp_path)
    assert place in nbformat.read(path, as_version=4).cells[0].source


@pytest.mark.parametrize(
    "place",
    [
        "",
        "inside-cnns",
        "https://example.org/ada/kit",
        f'{PLACE}" && ls "',
        "git+https://$HOME/{x}",
        "https://[::1/x.whl",
    ],
)
def test_other_addresses_are_refused_with_the_remedy(built_course, tmp_path, place):
    with pytest.raises(CourseError, match="name the address of a wheel"):
        write_copies(built_course, place, tmp_path)
    assert not any(tmp_path.iterdir())


def test_a_copy_that_is_put_in_order_has_no_such_cell_and_cells_may_rest():
    known = [Cell("one", "code", "# one", False, False, True, False, 0.0, "")]
    cell = CELL.format(place=PLACE)
    parts = [Part("colab-install", "code", cell, False), Part("one", "code", "one = 1")]
    parts.append(Part("", "code", "shown = 2", False))
    notebook, remarks = rebuild(parts, known)
    texts = [cell.source for cell in notebook.cells]
    assert (texts, remarks) == (["one = 1", "shown = 2"], [])
    assert unneeded(texts, {1}) == {1}
    assert unneeded([cell, *texts], {2}) == set()  # why the cell has to go


def test_a_cell_with_lines_of_the_student_s_stays():
    own = CELL.format(place=PLACE) + "\nimport ctypes"
    assert not installs(own)
    notebook, remarks = rebuild([Part("colab-install", "code", own, False)], [])
    assert [cell.source for cell in notebook.cells] == [own]
    assert any("import ctypes" in remark for remark in remarks)


@pytest.mark.slow
def test_a_copy_is_collected_and_graded_like_the_notebook(built_course, tmp_path):
    root = shutil.copytree(built_course, tmp_path / "course")
    [copy] = write_copies(root, PLACE, tmp_path / "copies")
    worked_on = nbformat.read(copy, as_version=4)
    for cell in worked_on.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "double":
            cell.source = "def double(x):\n    return 2 * x"
    archive = tmp_path / "moodle.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        name = "Ada Lovelace_7_assignsubmission_file_/Copy of 01_toy.ipynb"
        zipped.writestr(name, nbformat.writes(worked_on))
    with opened(root) as (course, gradebook):
        gradebook.add_student("ada", first_name="Ada", last_name="Lovelace")
        collected = collect(archive, course, gradebook.students, {"01_toy": {"double"}})
    assert collected.written == ["ada, 01_toy"]
    summary = run_grade(root, Console(quiet=True))
    assert summary.failed == []
    assert [list(outcome.remarks) for outcome in summary.graded] == [[]]
    assert {mark.cell: mark.points for mark in marks(root)} == {
        "double_check": 3,
        "why_question": None,
    }
    graded = root / "autograded" / "ada" / "01_toy" / "01_toy.ipynb"
    assert "google.colab" not in graded.read_text(encoding="utf-8")
