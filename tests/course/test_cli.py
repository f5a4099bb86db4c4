"""The `course` command itself: quick, and clear when something is wrong."""

import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from helpers.course import CourseError, find_root, use_this_environment
from helpers.course.cli import app

HEAVY = {"tensorflow", "keras", "nbgrader", "sklearn", "matplotlib"}


def test_help_imports_nothing_heavy():
    program = (
        "import sys; from typer.testing import CliRunner; from helpers.course.cli import app; "
        "assert 'doctor' in CliRunner().invoke(app, ['--help']).output; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert HEAVY.isdisjoint(done.stdout.split())


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


def test_build_says_what_it_built(make_course, toy_source, monkeypatch):
    monkeypatch.chdir(make_course(_01_toy=toy_source))
    result = CliRunner().invoke(app, ["build"])
    assert result.exit_code == 0, result.output
    assert "built notebooks/01_toy/01_toy.ipynb" in result.output


def test_lab_opens_the_notebooks_and_passes_arguments_on(make_course, monkeypatch):
    root = make_course()
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
