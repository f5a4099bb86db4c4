"""`course new`, and docs/ADDING_AN_EXERCISE.md, done as it stands there."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.course import CourseError
from helpers.course.new import FILES, new

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "ADDING_AN_EXERCISE.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+) ?(.*)\n((?s:.*?))^```$", GUIDE, re.MULTILINE)
PLACES = [path.format(name="13_edges", slug="edges") for path in FILES.values()]
JUDGED = f"""
import runpy
from helpers import checks
from helpers.checks import misconceptions

variants = runpy.run_path({PLACES[-1]!r})
assert checks.vertical_edges(variants["vertical_edges_by_slices"], hidden=True).earned == 3
known = misconceptions.of("vertical_edges")
assert len(known) == 3
assert all(checks.vertical_edges(w.function, hidden=True).cause == w.advice for w in known)
"""
BEFORE = "# %% [markdown]\n# ## Experiments"


@pytest.fixture
def course(tmp_path):
    """A checkout without notebooks."""
    for path in PLACES:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    return tmp_path


@pytest.mark.parametrize("name", ["edges", "1_edges", "13_Edges", "13-edges", "13_", "../13_a"])
def test_a_bad_name_is_refused(course, name):
    with pytest.raises(CourseError, match=f"{name!r} is no name .* for instance 13_edges"):
        new(course, name)


def test_a_number_that_is_taken_is_refused(course):
    new(course, "13_edges")
    with pytest.raises(CourseError, match=r"13 is taken by solutions/13_edges\.py; .* after 13"):
        new(course, "13_lines")


def test_a_file_that_exists_is_refused_before_anything_is_written(course):
    (course / PLACES[-1]).touch()
    with pytest.raises(CourseError, match=r"variants_edges\.py is there already"):
        new(course, "13_edges")
    assert not (course / PLACES[0]).exists()


def test_without_the_project_around_it_a_notebook_is_refused(make_course):
    with pytest.raises(CourseError, match=r"no folder helpers/checks/exercises/; .* checkout"):
        new(make_course(), "13_edges")


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A copy of the project without its notebooks, where the guide's first commands were run."""
    root = tmp_path_factory.mktemp("project")
    junk = shutil.ignore_patterns("__pycache__")
    for folder in ("helpers", "tests/checks", "tests/notebooks"):
        shutil.copytree(ROOT / folder, root / folder, ignore=junk)
    for file in ("nbgrader_config.py", "pyproject.toml", "tests/conftest.py"):
        shutil.copy(ROOT / file, root / file)
    for folder in ("solutions", "datasets"):
        (root / folder).mkdir()
    shutil.copy(ROOT / "datasets" / "datasets.toml", root / "datasets")
    for line in lines("bash")[0]:
        done = run(root, *command(line))
        assert done.returncode == 0, done.stdout + done.stderr
    return root


def lines(language, label=""):
    return [b.splitlines() for kind, named, b in BLOCKS if (kind, named) == (language, label)]


def command(line):
    """A command of the guide, as this environment runs it."""
    program, *arguments = shlex.split(line)
    assert program == ".venv/bin/course"
    return "-c", "from helpers.course.cli import app; app()", *arguments


def run(root, *arguments):
    options = {"PYTHONPATH": str(root), "COLUMNS": "200", "PYTEST_ADDOPTS": ""}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        env=os.environ | options,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_what_begins_a_notebook_is_formatted_and_complete(begun):
    for check in (["format", "--check"], ["check"]):
        done = run(begun, "-m", "ruff", *check, *PLACES)
        assert done.returncode == 0, done.stdout
    assert all("TODO" in (begun / path).read_text() for path in PLACES[:-1])


@pytest.mark.slow
def test_the_tests_say_what_is_still_to_be_written(begun):
    files = "tests/notebooks/test_structure.py", "tests/checks/test_mutants.py"
    said = run(begun, "-m", "pytest", "-p", "no:cacheprovider", *files, "-k", "edges").stdout
    for path in PLACES[:-1]:
        assert f"{path} still has these to be written" in said
    assert "edges_example has 1 misconceptions and needs ten" in said
    assert "13_edges asks for 0 guesses; four or more make students think first" in said
    assert "5 failed" in said and "error" not in said.splitlines()[-1], said


def place(path, block):
    """Cells before the experiments; in the other files a block goes to the end."""
    before, experiments, after = path.read_text(encoding="utf-8").partition(BEFORE)
    if experiments:
        path.write_text(f"{before}{block}\n{experiments}{after}", encoding="utf-8")
    else:
        path.write_text(f"{before}\n\n{block}", encoding="utf-8")


@pytest.mark.slow
def test_the_guide_does_what_it_says(begun, tmp_path):
    project = shutil.copytree(begun, tmp_path / "project")
    for kind, path, block in BLOCKS:
        if kind == "python" and path != "try":
            place(project / path, block)
    formatted = run(project, "-m", "ruff", "format", "--check", *PLACES)
    assert formatted.returncode == 0, formatted.stdout

    source = project / PLACES[0]
    right = source.read_text(encoding="utf-8")
    source.write_text(
        right.replace("10 minutes, 3 points", "10 minutes, 4 points"), encoding="utf-8"
    )
    [refused] = lines("text", "refused")
    build = command(lines("bash")[1][0])
    assert " ".join(refused) in run(project, *build).stdout
    source.write_text(right, encoding="utf-8")
    assert run(project, *build).returncode == 0

    [program] = lines("python", "try")
    [output] = lines("text", "output")
    tried = run(project, "-c", "\n".join([*program, JUDGED]))
    assert tried.stdout.splitlines() == output, tried.stdout + tried.stderr
    assert tried.returncode == 0, tried.stderr
