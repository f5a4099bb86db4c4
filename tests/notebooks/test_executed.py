"""Every notebook runs from top to bottom, on real MNIST and on the embedded digits; one that draws
its own data, once."""

import os
from pathlib import Path

import nbformat
import pytest

from helpers.course.build import sources
from helpers.course.demo import execute

ROOT = Path(__file__).parents[2]
NAMES = [path.stem for path in sources(ROOT)]
DIGITS = {"mnist": "Data set: MNIST", "digits": "Data set: scikit-learn's digits"}
DATA_SETS = {  # what notebooks without digits print
    "09_four_heads": "Data set: lines",
    "10_your_own_model": "Data set: faces",
}
RUNS = [(data, name) for data in DIGITS for name in NAMES if name not in DATA_SETS]
RUNS += [("drawn", name) for name in DATA_SETS]

pytestmark = pytest.mark.slow


def go_offline(patch):
    """No MNIST in any place where it is looked for."""
    patch.delenv("COURSE_DATA", raising=False)
    patch.setenv("COURSE_CACHE", os.environ["COURSE_CACHE"] + "-digits")
    patch.setenv("KERAS_HOME", os.devnull)
    for variable in ("http_proxy", "https_proxy"):  # nothing listens there
        patch.setenv(variable, "http://127.0.0.1:9")
        patch.setenv(variable.upper(), "http://127.0.0.1:9")


@pytest.fixture(scope="module", params=RUNS, ids="-".join)
def executed(request, tmp_path_factory):
    """(what it must print, notebook as executed)."""
    data, name = request.param
    with pytest.MonkeyPatch.context() as patch:
        if data == "digits":
            go_offline(patch)
        elif data == "mnist" and "COURSE_DATA" not in os.environ:
            pytest.skip("set COURSE_DATA to a folder that holds mnist/ to run on real MNIST")
        folder = tmp_path_factory.mktemp("executed")
        execute(ROOT, name, folder)
    printed = DATA_SETS.get(name) or DIGITS[data]
    return printed, nbformat.read(folder / "executed" / f"{name}.ipynb", as_version=4)


def outputs(notebook):
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def test_it_runs_on_the_data_set_that_it_names(executed):
    data_set, notebook = executed
    printed = "".join(output.text for output in outputs(notebook) if "text" in output)
    assert data_set in printed


def test_the_solutions_earn_every_point(executed):
    _, notebook = executed
    graded = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")
    ]
    assert len(graded) >= 4
    for cell in graded:
        assert [float(output.data["text/plain"]) for output in cell.outputs] == [
            cell.metadata.nbgrader.points
        ]


def test_nothing_is_red(executed):
    _, notebook = executed
    assert [o.text for o in outputs(notebook) if o.get("name") == "stderr"] == []


def test_every_picture_has_alt_text(executed):
    _, notebook = executed
    pictures = [output for output in outputs(notebook) if "image/png" in output.get("data", {})]
    assert len(pictures) >= 5
    assert all(len(picture.metadata["image/png"]["alt"]) > 20 for picture in pictures)
