"""The `course` command itself: quick, and clear when something is wrong."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from helpers.course import CourseError, demo, find_root, use_this_environment
from helpers.course.cli import app
from helpers.course.grading import grade, nbgrading, regrade, sandbox
from helpers.course.grading.grade import Change, Summary, run_regrade
from helpers.course.grading.nbgrading import opened

HEAVY = {"tensorflow", "keras", "nbgrader", "sklearn", "matplotlib"}


def test_help_imports_nothing_heavy():
    program = (
        "import sys; from typer.testing import CliRunner; from helpers.course.cli import app; "
        "assert 'doctor' in CliRunner().invoke(app, ['--help']).output; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert HEAVY.isdisjoint(done.stdout.split())


@pytest.mark.parametrize("name", typer.main.get_command(app).commands)
def test_help_names_what_is_to_be_typed(name):
    """What takes a value has a name for it, and no option has a second name, like --no-force."""
    for one in typer.main.get_command(app).commands[name].params:
        assert one.secondary_opts == []
        assert one.metavar or getattr(one, "is_flag", False), one.name


def test_the_root_is_the_nearest_folder_with_a_configuration(tmp_path):
    (tmp_path / "nbgrader_config.py").touch()
    (tmp_path / "notebooks" / "01").mkdir(parents=True)
    assert find_root(tmp_path / "notebooks" / "01") == tmp_path.resolve()


def test_outside_a_course_the_remedy_is_named(tmp_path):
    with pytest.raises(CourseError, match="change to the folder that holds it"):
        find_root(tmp_path)


def test_an_error_is_shown_without_a_traceback_and_exits_with_1(make_course, monkeypatch):
    monkeypatch.chdir(make_course())
    result = CliRunner().invoke(app, ["build"])
    assert result.exit_code == 1
    assert "no sources" in result.output
    assert "Traceback" not in result.output


@pytest.mark.slow
def test_build_says_what_it_built(make_course, toy_source, monkeypatch):
    monkeypatch.chdir(make_course(_01_toy=toy_source))
    result = CliRunner().invoke(app, ["build"])
    assert result.exit_code == 0, result.output
    assert "built notebooks/01_toy/01_toy.ipynb" in result.output
    warned = (
        "Look at 01_toy, double_check: it calls no check, so it is judged in the student's kernel"
    )
    assert result.output.count("Look at") == 1 and warned in result.output


def test_the_demo_warns_where_there_is_no_sandbox_and_fails_with_what_failed(course, monkeypatch):
    monkeypatch.setattr(sandbox, "unavailable", lambda: "bubblewrap is not installed")
    monkeypatch.setattr(demo, "run_demo", lambda root, console: ["01_toy: lost"])
    output = said("demo")
    assert "No sandbox: bubblewrap is not installed" in output
    assert output.index("with your rights") < output.index("Error: 01_toy: lost")


def test_lab_opens_the_notebooks_and_passes_arguments_on(make_course, monkeypatch):
    root = make_course()
    (root / "notebooks").mkdir()
    monkeypatch.chdir(root)
    started = []
    monkeypatch.setattr(os, "execv", lambda program, arguments: started.append(arguments))
    result = CliRunner().invoke(app, ["lab", "--port", "9999", "--no-browser", "--debug"])
    assert result.exit_code == 0, result.output
    (arguments,) = started
    assert arguments[:3] == [sys.executable, "-m", "jupyterlab"]
    assert f"--ServerApp.root_dir={root / 'notebooks'}" in arguments
    assert arguments[-3:] == ["--port=9999", "--no-browser", "--debug"]


def test_this_environment_comes_first_and_only_once(monkeypatch):
    monkeypatch.setenv("PATH", "/elsewhere")
    monkeypatch.delenv("JUPYTER_PATH", raising=False)
    for _ in range(2):
        use_this_environment()
    folders = os.environ["PATH"].split(os.pathsep)
    assert os.path.exists(os.path.join(folders[0], "alembic"))
    assert folders[1:] == ["/elsewhere"]
    assert os.environ["JUPYTER_PATH"] == os.path.join(sys.prefix, "share", "jupyter")


@pytest.fixture
def course(built_course, tmp_path, monkeypatch):
    """The working folder: a copy of the toy course, in which nothing was handed in."""
    root = shutil.copytree(built_course, tmp_path / "course")
    monkeypatch.chdir(root)
    return root


def said(*arguments, code=1, **options):
    """What a command prints, on one line."""
    result = CliRunner().invoke(app, arguments, **options)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


@pytest.mark.parametrize(
    ("command", "problem", "remedy"),
    [
        ("grade 99_none", "no assignment 99_none", "there are 01_toy"),
        ("grade --student eve", "eve has submitted nothing", "there is no"),
        ("grade --scheduler nowhere", "no Dask scheduler answers at nowhere", "tcp://host:8786"),
        ("regrade 99_none", "no assignment 99_none", "there are 01_toy"),
        ("regrade --since nonsense", "no changes since nonsense", "that `git log` shows"),
        ("collect nothing.zip", "there is no file nothing.zip", "downloaded from the LMS"),
        ("export marks.csv", "the gradebook has no students", "student import students.csv"),
        ("feedback 99_none", "no assignment 99_none", "there are 01_toy"),
        ("feedback", "nothing is graded of 01_toy", "run `course grade`"),
        ("export marks.csv --lms ilias", "--lms ilias", "is unknown: choose moodle or canvas"),
        ("export none/marks.csv", "none/marks.csv cannot be written", "a folder that is there"),
        ("bundle none/kit.zip", "none/kit.zip cannot be written", "a folder that is there"),
        ("bundle .", ". cannot be written", "name a file"),
        ("wheel none", "there is no folder none", "make it first"),
        ("colab ada", "pip cannot install the course from there", "name the address of a wheel"),
        ("start new", "not installed from the wheel for students", "type course lab"),
    ],
)
def test_what_is_wrong_is_named_with_its_remedy(course, command, problem, remedy):
    output = said(*command.split())
    assert problem in output
    assert remedy in output


def test_copies_for_colab_are_counted(course):
    place = "git+https://example.org/ada/kit"
    assert said("colab", place, code=0) == "wrote colab/: 1 notebook"
    assert place in (course / "colab" / "01_toy.ipynb").read_text()


@pytest.mark.slow
def test_before_the_first_build_it_is_asked_for(course):
    (course / "gradebook.db").unlink()
    with zipfile.ZipFile("all.zip", "w"):
        pass
    assert "run `course build`" in said("collect", "all.zip")
    assert "run `course build`" in said("grade", "01_toy")


def test_collect_says_what_it_wrote_and_what_it_could_not(course):
    with zipfile.ZipFile("all.zip", "w") as archive:
        archive.writestr("Ada_1_assignsubmission_file_/01_toy.ipynb", '"double_check"')
        archive.writestr("essay.txt", "")
    output = said("collect", "all.zip", code=0)
    assert "collected Ada, 01_toy" in output
    assert "essay.txt: not named as Moodle or Canvas name files" in output
    assert (course / "submitted" / "Ada" / "01_toy" / "01_toy.ipynb").is_file()


def test_a_line_about_a_long_name_is_not_broken(course):
    name = "Augusta Ada Byron King " * 4
    with zipfile.ZipFile("all.zip", "w") as archive:
        archive.writestr(f"{name}_1_assignsubmission_file_/01_toy.ipynb", '"double_check"')
    result = CliRunner().invoke(app, ["collect", "all.zip"])
    assert f"collected {name.strip()}, 01_toy" in result.output.splitlines()


def test_marks_are_exported(course):
    with opened(course) as (_, gradebook):
        gradebook.add_student("ada")
    assert said("export", "marks.csv", code=0) == "wrote marks.csv: 1 student"
    assert (course / "marks.csv").read_text().startswith("First name,Last name,")


def test_a_regrade_shows_who_gains_and_loses_and_asks(course, monkeypatch):
    answers = []
    changes = [
        Change("ada", "01_toy", 1, 3, ("double_check",)),
        Change("bob", "01_toy", 3, 2.5, ("double_check",)),
        Change("cy", "01_toy", 3, 3, ("double_check", "half_check")),
    ]

    def run_regrade(root, console, assignments, agree, jobs, scheduler, redraw):
        assert (assignments, scheduler, redraw) == (["01_toy"], None, False)
        answers.append(agree(changes))
        return Summary()

    monkeypatch.setattr(regrade, "concerned", lambda *arguments: ["01_toy"])
    monkeypatch.setattr(grade, "run_regrade", run_regrade)
    for answer in "ny":
        output = said("regrade", input=answer, code=0)
        cancelled = "cy, 01_toy: 3 → 3 (double_check, half_check)"
        for part in ("ada, 01_toy: 1 → 3", "bob, 01_toy: 3 → 2.5", cancelled, "1 gain, 1 lose"):
            assert output.index(part) < output.index("Enter these marks?")
    assert "Enter" not in said("regrade", "--yes", code=0)
    assert answers == [False, True, True]
    monkeypatch.setattr(regrade, "concerned", lambda *arguments: [])
    assert "depends on what changed since HEAD" in said("regrade", code=0)


@pytest.mark.parametrize(("options", "other"), [([], ["01_toy"]), (["--new-data"], [])])
def test_a_regrade_with_other_hidden_data_says_so_before_it_asks(
    course, monkeypatch, options, other
):
    def run_regrade(root, console, assignments, agree, jobs, scheduler, redraw):
        assert (assignments, redraw) == (["01_toy"], bool(options))
        agree([])
        return Summary()

    monkeypatch.setattr(regrade, "concerned", lambda *arguments: [])
    monkeypatch.setattr(grade, "redrawn", lambda root, names: other)
    monkeypatch.setattr(grade, "run_regrade", run_regrade)
    output = said("regrade", *options, input="n", code=0)
    named = output.index("01_toy: the hidden data changed")
    assert named < output.index("Enter these marks?")


def test_a_student_can_work_with_the_bundle(tmp_path, monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[2])
    said("bundle", str(tmp_path / "kit.zip"), code=0)
    shutil.unpack_archive(tmp_path / "kit.zip", tmp_path)
    monkeypatch.chdir(tmp_path / "inside-cnns")
    started = []
    monkeypatch.setattr(os, "execv", lambda program, arguments: started.append(arguments))
    said("lab", code=0)
    assert f"--ServerApp.root_dir={tmp_path / 'inside-cnns' / 'notebooks'}" in started[0]
    assert Path("README.png").is_file()


INSTRUCTORS = (
    *("build", "demo", "grade", "regrade", "collect all.zip", "feedback"),
    *("export marks.csv", "bundle", "bench", "similar 01_toy", "insight", "mark 01_toy"),
)


@pytest.fixture
def starts_nothing(monkeypatch):
    """No command takes the place of this process."""
    monkeypatch.setattr(os, "execv", lambda *arguments: pytest.fail(f"started {arguments}"))


@pytest.mark.usefixtures("starts_nothing")
@pytest.mark.parametrize("command", INSTRUCTORS)
def test_in_a_bundle_an_instructor_s_command_says_so(tmp_path, monkeypatch, command):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "nbgrader_config.py").touch()
    monkeypatch.chdir(tmp_path)
    output = said(*command.split())
    assert "this command is the instructor's" in output and "make lab" in output
    assert not (tmp_path / "gradebook.db").exists()


def make(folder, *arguments):
    return subprocess.run(
        ["make", "-C", str(folder), "--dry-run", "--always-make", *arguments],
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_make_sets_a_bundle_up_without_what_developers_need_and_says_what_to_do(tmp_path):
    root = Path(__file__).parents[2]
    shutil.copy(root / "Makefile", tmp_path)
    for name in ("pyproject.toml", "requirements.lock"):
        (tmp_path / name).touch()
    planned = make(tmp_path)
    assert "course demo" not in planned and "make lab" in planned
    assert '--editable "."' in planned
    (tmp_path / "solutions").mkdir()
    assert "course demo" in make(tmp_path) and '--editable ".[dev]"' in make(tmp_path)


def test_where_nothing_was_handed_in_grade_says_what_to_do(course):
    output = said("grade", code=0)
    assert "submitted/<student>/<assignment>/" in output and "course collect" in output


def as_if_graded(course):
    folder = course / "autograded" / "ada" / "01_toy"
    shutil.copytree(course / "notebooks" / "01_toy", folder)


LOCKED = "gradebook.db: database is locked; close the other program"


@pytest.fixture
def locked(course, monkeypatch):
    """The working folder: a course whose gradebook another program keeps for itself."""
    monkeypatch.setattr(nbgrading, "LOCKED_SECONDS", 0.05)
    other = sqlite3.connect(course / "gradebook.db")
    other.execute("BEGIN EXCLUSIVE")
    with zipfile.ZipFile("all.zip", "w"):
        pass
    as_if_graded(course)
    yield course
    other.close()


@pytest.mark.parametrize(
    "command", ["build", "grade", "collect all.zip", "feedback", "export marks.csv"]
)
def test_a_locked_gradebook_is_named_with_the_remedy(locked, command):
    output = said(*command.split())
    assert LOCKED in output


def test_a_locked_gradebook_is_named_at_a_regrade(locked):
    with pytest.raises(CourseError, match=LOCKED):
        run_regrade(locked, Console(quiet=True), ["01_toy"], lambda changes: True)


@pytest.mark.parametrize(
    "command", ["build", "grade", "collect all.zip", "feedback", "export marks.csv"]
)
@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda root: (root / "nbgrader_config.py").write_text("c = ("), "SyntaxError"),
        (lambda root: (root / "nbgrader_config.py").write_text("c = get()"), "NameError"),
        (lambda root: (root / "gradebook.db").write_bytes(b"no database" * 99), "not a database"),
    ],
)
def test_a_damaged_file_is_named(course, command, damage, problem):
    damage(course)
    as_if_graded(course)
    with zipfile.ZipFile("all.zip", "w"):
        pass
    output = said(*command.split())
    assert problem in output
    assert ("gradebook.db" if "database" in problem else "nbgrader_config.py") in output


@pytest.mark.usefixtures("starts_nothing")
@pytest.mark.parametrize("command", [*INSTRUCTORS, "compare", "lab"])
def test_outside_a_course_each_command_says_so(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    assert "is not inside a course" in said(*command.split())


def test_what_cannot_be_written_is_named(course):
    (course / ".grading.lock").mkdir()
    assert ".grading.lock: Is a directory" in said("grade")


def test_what_nbgrader_cannot_do_is_a_sentence_and_its_log_is_kept(course):
    as_if_graded(course)  # but the gradebook knows of no submission
    output = said("feedback")
    assert "nbgrader failed on 01_toy of ada: " in output and "MissingEntry" in output
    assert "Traceback" in (course / "build" / "nbgrader.log").read_text()


@pytest.mark.usefixtures("starts_nothing")
def test_lab_without_notebooks_says_what_makes_them(make_course, monkeypatch):
    monkeypatch.chdir(make_course())
    assert "run `course build`" in said("lab")


@pytest.mark.slow
@pytest.mark.full
def test_every_command_works_by_its_path_from_any_folder_of_the_course(built_course, tmp_path):
    """In a shell that has not activated the environment."""
    root = shutil.copytree(built_course, tmp_path / "course")
    git = ["git", "-C", str(root), "-c", "user.name=A", "-c", "user.email=a@b.c"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "built"]):
        subprocess.run([*git, *words], check=True)
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        notebook = root / "notebooks" / "01_toy" / "01_toy.ipynb"
        archive.write(notebook, "Ada_1_assignsubmission_file_/01_toy.ipynb")
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "COLUMNS": "200"}
    environment["COURSE_CACHE"] = os.environ["COURSE_CACHE"]

    def by_path(command, folder=root / "notebooks" / "01_toy", codes=(0,), **other):
        program = os.path.join(sysconfig.get_path("scripts"), "course")
        done = subprocess.run(
            [program, *command.split()],
            cwd=folder,
            env=environment | other,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert done.returncode in codes, done.stdout + done.stderr
        tried.add(command.split()[0])
        return " ".join(done.stdout.split())

    tried, kit = set(), Path(__file__).parents[2]
    assert "built notebooks/01_toy" in by_path("build")
    assert "collected Ada, 01_toy" in by_path(f"collect {tmp_path}/all.zip")
    assert "1 graded, 0 unchanged" in by_path("grade --jobs 1")
    assert "all students have the same" in by_path("variants --off")
    assert "Pairs: 0, among 1 student" in by_path("similar 01_toy")
    assert "wrote feedback/*/01_toy/" in by_path("feedback")
    packed = by_path(f"feedback 01_toy --for {tmp_path}/all.zip")
    assert "feedback/01_toy.zip: 1 student" in packed
    assert "Look at" not in packed
    assert "name this assignment" in by_path(f"feedback --for {tmp_path}/all.zip", codes=(1,))
    assert "wrote" not in by_path(f"feedback 01_toy --for {tmp_path}/none.zip", codes=(2,))
    assert "01_toy: 1 submission, 1 answer to be marked" in by_path("insight")
    assert "1 answer in 1 group" in by_path("mark 01_toy")  # and stops, as nobody answers
    assert "wrote marks.csv: 1 student" in by_path("export marks.csv")
    assert "depends on what changed since HEAD" in by_path("regrade --yes")
    assert "alembic is not found" in by_path("doctor", codes=(0, 1), PATH=str(tmp_path))
    assert re.fullmatch(r"[\d.]+", by_path("lab --version"))
    assert "1 notebook" in by_path(f"colab https://a.org/kit.zip {tmp_path}/colab")
    for folder in ("helpers/checks/exercises", "helpers/checks/misconceptions", "tests/checks"):
        (root / folder).mkdir(parents=True)
    assert "wrote solutions/13_edges.py" in by_path("new 13_edges")
    assert "files" in by_path(f"bundle {tmp_path}/kit.zip", kit / "notebooks")
    assert "wrote" in by_path(f"wheel {tmp_path}", kit / "notebooks")
    assert "was not installed from the wheel" in by_path("start begun", codes=(1,))
    assert "written" in by_path("bench --quick --rows none", kit / "notebooks")
    # `make course` calls the demo by its path; a ranking opens no gradebook and starts no program.
    assert tried | {"demo", "compare"} == set(typer.main.get_command(app).commands)
