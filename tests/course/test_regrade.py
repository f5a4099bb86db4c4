"""Which assignments a change concerns, so that they are graded again."""

import subprocess

import nbformat
import pytest

from helpers.course import CourseError
from helpers.course.build import compile_source, sources
from helpers.course.grading.regrade import concerned

EXERCISE = """
# %% nbgrader={{"grade_id": "{0}", "solution": true}}
def {0}(*given): ...

# %% nbgrader={{"grade_id": "{0}_check", "grade": true, "points": 2}}
checks.{0}({0})
"""
NAMES = ["01_first", "06_second"]


def git(folder, *command):
    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *command], cwd=folder, check=True, capture_output=True)


def build_solutions(root):
    for source in sources(root):
        built = source.with_suffix("") / f"{source.stem}.ipynb"
        built.parent.mkdir(exist_ok=True)
        nbformat.write(compile_source(source), built)


@pytest.fixture
def root(tmp_path):
    """A course of two assignments, in a folder of its own in a repository."""
    root = tmp_path / "teaching" / "cnns"
    sources = {
        "solutions/01_first.py": EXERCISE.format("accuracy"),
        "solutions/06_second.py": EXERCISE.format("drop_map"),
        **dict.fromkeys(
            (
                "helpers/checks/exercises/train_a_cnn.py",
                "helpers/checks/exercises/occlusion.py",
                "helpers/checks/core.py",
                "helpers/checks/misconceptions/occlusion.py",
                "helpers/own_work.py",
                "helpers/plots/evidence.py",
                "helpers/course/grading/slicing.py",
                "helpers/course/grading/sandbox.py",
                "helpers/course/cli.py",
                "helpers/course/pages.py",
                "helpers/course/__init__.py",
                "nbgrader_config.py",
            ),
            "",
        ),
        "helpers/course/grading/evidence.py": "from helpers.course import CourseError, pages",
        "helpers/course/build.py": "from helpers.course import CourseError",
        "helpers/course/grading/grade.py": "def run():\n    from helpers.course.build import build",
    }
    for name, text in sources.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    build_solutions(root)
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "as released")
    return root


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("solutions/01_first.py", ["01_first"]),
        ("helpers/checks/exercises/occlusion.py", ["06_second"]),
        ("helpers/checks/core.py", NAMES),
        ("helpers/own_work.py", NAMES),
        ("helpers/course/grading/evidence.py", NAMES),
        ("helpers/course/grading/slicing.py", NAMES),
        ("helpers/course/grading/sandbox.py", NAMES),
        ("helpers/course/__init__.py", NAMES),  # of what grading imports, as are the next two
        ("helpers/course/build.py", NAMES),
        ("helpers/course/pages.py", NAMES),
        ("nbgrader_config.py", NAMES),
        ("helpers/checks/misconceptions/occlusion.py", []),
        ("helpers/plots/evidence.py", []),
        ("helpers/course/cli.py", []),
    ],
)
def test_what_depends_on_the_change_is_concerned(root, changed, expected):
    assert concerned(root, "HEAD", NAMES) == []
    with (root / changed).open("a") as file:
        file.write("# put right")
    build_solutions(root)
    assert concerned(root, "HEAD", NAMES) == expected
    git(root, "commit", "-am", "put right")
    assert concerned(root, "HEAD", NAMES) == []
    assert concerned(root, "HEAD~1", NAMES) == expected
    assert concerned(root, "HEAD~1", ["01_first"]) == [n for n in expected if n == "01_first"]


def test_a_file_that_git_does_not_know_yet_is_a_change(root):
    (root / "helpers" / "scores.py").write_text("")
    assert concerned(root, "HEAD", NAMES) == NAMES


def test_an_unknown_commit_is_named(root, tmp_path):
    with pytest.raises(CourseError, match=r"since nonsense: .*git log"):
        concerned(root, "nonsense", NAMES)
    with pytest.raises(CourseError, match="since --output=x: "):
        concerned(root, "--output=x", NAMES)
    (tmp_path / ".git").rename(tmp_path / "gone")
    with pytest.raises(CourseError, match="since HEAD: "):
        concerned(root, "HEAD", NAMES)


def test_what_was_changed_but_not_built_is_named(root):
    with (root / "solutions" / "06_second.py").open("a") as file:
        file.write("# put right")
    with pytest.raises(CourseError, match=r"06_second\.py has changed .* run `course build`"):
        concerned(root, "HEAD", NAMES)
