"""The wheel for students, installed away from the checkout: a folder to work in, and its checks."""

import errno
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from textwrap import dedent

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from typer.testing import CliRunner

from helpers.checks import CHECKS
from helpers.course import CourseError, wheel
from helpers.course.cli import app
from helpers.course.wheel import write_wheel

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return write_wheel(ROOT, tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def installed(made, tmp_path_factory):
    """The environment variables with which Python finds the installed wheel first."""
    target = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*command, "--target", str(target), str(made)], check=True)
    return os.environ | {"PYTHONPATH": str(target), "IPYTHONDIR": str(target / "ipython")}


@pytest.fixture(scope="module")
def begun(installed, tmp_path_factory):
    """What `course start` said, and the folder that it made."""
    folder = tmp_path_factory.mktemp("student") / "My course"
    return course(installed, "start", str(folder)), folder


def course(environment, *arguments, **options):
    program = Path(environment["PYTHONPATH"], "bin", "course")
    command = [sys.executable, str(program), *arguments]
    options = {"cwd": "/", "capture_output": True, "text": True} | options
    return subprocess.run(command, env=environment, **options)


@pytest.mark.slow
def test_the_wheel_holds_what_the_zip_holds_and_no_right_answers(made):
    names = zipfile.ZipFile(made).namelist()
    assert made.name.endswith("-py3-none-any.whl")
    assert "helpers/course/kit/notebooks/06_occlusion/06_occlusion.ipynb" in names
    assert "helpers/datasets/datasets.toml" in names
    sealed = [name for name in names if name.startswith("helpers/checks/sealed_checks/")]
    assert len(sealed) == len(CHECKS)
    with_answers = ("exercises/", "misconceptions/", "drawn.py")
    assert not [
        n for n in names if n.startswith(tuple(f"helpers/checks/{w}" for w in with_answers))
    ]
    assert not [name for name in names if {"solutions", "tests"} & {*name.split("/")}]


@pytest.mark.slow
def test_start_makes_a_folder_with_the_notebooks_and_the_remedy_is_course_lab(begun):
    said, folder = begun
    assert said.returncode == 0, said.stderr
    assert "course lab" in said.stdout
    there = {path.name for path in folder.iterdir()}
    files = {"nbgrader_config.py", "README.md", "README.png", "LICENSE"}
    assert there == {"notebooks", "datasets", *files}
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "`course lab`" in readme and "make lab" not in readme


@pytest.mark.slow
def test_the_first_cells_of_a_notebook_run_from_there_with_a_check(begun, installed):
    _, folder = begun
    place = folder / "notebooks" / "01_train_a_cnn"
    notebook = nbformat.read(place / "01_train_a_cnn.ipynb", as_version=4)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    right = "def scale_images(images):\n    return images[..., None].astype('float32') / 255"
    code = [*code[:3], right, "checks.scale_images(scale_images)", "checks.__file__"]
    manager, client = start_new_kernel(cwd=str(place), env=installed)
    try:
        shown = [results(client, cell) for cell in code]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert installed["PYTHONPATH"] in shown[-1]["text/plain"]
    assert shown[-2]["text/plain"] == f"{CHECKS['scale_images'].points:g}"
    assert "3 of 3 points in the visible check" in shown[-2]["text/html"]
    assert "image/png" in shown[1]


def results(client, code):
    """What a kernel without a notebook file shows of a cell, as Colab and VS Code ask it."""
    found = {}

    def keep(message):
        assert message["msg_type"] != "error", message["content"]
        found.update(message["content"].get("data", {}))

    client.execute_interactive(code, output_hook=keep, timeout=300)
    return found


@pytest.mark.slow
def test_a_terminal_without_a_notebook_shows_the_card_with_the_line_and_the_cause(installed):
    program = """\
    from helpers import checks
    def scale_images(images):
        return images[..., None].astype("float32") / 0 / missing

    checks.scale_images(scale_images, seed=1)
    def scale_images(images): return images.astype("float32") / 255

    checks.scale_images(scale_images, seed=1)
    """
    command = [sys.executable, "-m", "IPython", "--quick", "--simple-prompt", "--colors=nocolor"]
    ran = subprocess.run(
        command, input=dedent(program), env=installed, capture_output=True, text=True, cwd="/"
    )
    assert "scale_images: 0 of 3 points in the visible check" in ran.stdout, ran.stderr
    assert "in line 2 of its cell: return images[..., None]" in ran.stdout
    assert "Likely cause:" in ran.stdout
    assert "Try it: scale_images(**checks.scale_images.example(1, " in ran.stdout


@pytest.mark.slow
def test_a_folder_that_holds_something_stays_as_it_is(installed, tmp_path):
    (tmp_path / "notes.txt").touch()
    said = course(installed, "start", str(tmp_path))
    assert said.returncode == 1
    assert "is not empty, so nothing was written: name a new folder" in said.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    said = course(installed, "start", str(tmp_path / "notes.txt"))
    assert (said.returncode, said.stdout.count("is a file: name a new folder")) == (1, 1)


def test_where_nothing_may_be_written_the_remedy_is_named(tmp_path, monkeypatch):
    def refuse(path, *_):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(wheel, "KIT", ROOT / "binder")
    monkeypatch.setattr(os, "mkdir", refuse)  # the system, to whom has no right
    result = CliRunner().invoke(app, ["start", str(tmp_path / "course")])
    assert result.exit_code == 1
    remedy = f"{tmp_path / 'course'}: Permission denied; make it readable and writable"
    assert remedy in " ".join(result.output.split())


def test_a_checkout_has_no_kit_to_start_from(tmp_path):
    with pytest.raises(CourseError, match="change to that folder, and type course lab"):
        wheel.start(tmp_path / "course")


def test_what_keeps_a_wheel_from_being_made_is_named(tmp_path, monkeypatch):
    with pytest.raises(CourseError, match="none: make it first"):
        write_wheel(ROOT, tmp_path / "none")
    monkeypatch.setattr(wheel, "find_spec", lambda name: None)
    with pytest.raises(CourseError, match="pip install hatchling"):
        write_wheel(ROOT, tmp_path)
