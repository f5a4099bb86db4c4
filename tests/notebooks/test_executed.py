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
    assert data_set in printed, (
        f"it does not print {data_set!r}, as datasets.load does; a notebook on other data has its "
        "line in OTHERS here"
    )


def test_the_solutions_earn_every_point(executed):
    _, notebook = executed
    graded = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")
    ]
    assert len(graded) >= 4, f"{len(graded)} checks; a notebook has at least four"
    for cell in graded:
        shown = [float(output.data["text/plain"]) for output in cell.outputs]
        assert shown == [cell.metadata.nbgrader.points], (
            f"{cell.metadata.nbgrader.grade_id} shows {shown}; with the solution it ends with its "
            f"{cell.metadata.nbgrader.points} points and shows nothing else"
        )


def test_nothing_is_red(executed):
    _, notebook = executed
    red = [o.text for o in outputs(notebook) if o.get("name") == "stderr"]
    assert red == [], "a cell writes to stderr: mend what warns"


def test_every_picture_has_alt_text(executed):
    _, notebook = executed
    pictures = [output for output in outputs(notebook) if "image/png" in output.get("data", {})]
    assert len(pictures) >= 5, f"{len(pictures)} pictures; a notebook has at least five"
    for picture in pictures:
        alt = picture.metadata["image/png"]["alt"]
        assert len(alt) > 20, f"{alt!r} is no alternative text; helpers.plots write one"
