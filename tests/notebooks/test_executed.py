"""Every notebook runs from top to bottom: on the data set that is here, real MNIST if it can be
had; and, for a student who begins with it, without MNIST and with nothing trained yet."""

import os
from pathlib import Path

import pytest

from helpers import datasets
from helpers.course.build import sources
from helpers.course.execution import EXECUTIONS
from helpers.course.execution import executed as execution

ROOT = Path(__file__).parents[2]
NAMES = [path.stem for path in sources(ROOT)]
DEFAULT = {"mnist": "Data set: MNIST", "digits": "Data set: scikit-learn's digits"}
OTHERS = {  # what notebooks without digits print
    "09_four_heads": "Data set: lines",
    "10_your_own_model": "Data set: faces",
}
RUNS = [pytest.param(("here", name), id=f"here-{name}") for name in NAMES]
RUNS += [
    pytest.param(("alone", name), id=f"alone-{name}", marks=pytest.mark.full) for name in NAMES
]

pytestmark = pytest.mark.slow


def go_offline(patch):
    """No MNIST in any place where it is looked for."""
    patch.delenv("COURSE_DATA", raising=False)
    patch.setenv("KERAS_HOME", os.devnull)
    for variable in ("http_proxy", "https_proxy"):  # nothing listens there
        patch.setenv(variable, "http://127.0.0.1:9")
        patch.setenv(variable.upper(), "http://127.0.0.1:9")


@pytest.fixture(scope="module", params=RUNS)
def executed(request):
    """(what it must print, notebook as executed), by whoever needed it first."""
    how, name = request.param
    data = "digits" if how == "alone" else datasets.load("default").name
    with pytest.MonkeyPatch.context() as patch:
        if how == "alone":
            go_offline(patch)
        notebook = execution(ROOT, name, data, ROOT / "build" / EXECUTIONS, alone=how == "alone")
    return OTHERS.get(name) or DEFAULT[data], notebook


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
