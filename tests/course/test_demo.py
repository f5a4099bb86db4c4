"""`course demo` on a toy course: everything once, and what fails is named."""

import json

import pytest
from rich.console import Console

from helpers.course import demo, samples
from helpers.course.build import read_notebook
from helpers.course.demo import lost_by_the_right, mark_table, run_demo
from helpers.course.nbgrading import Mark
from helpers.course.submission import Outcome

MARKS = [
    Mark("right", "01_toy", "double_check", 2.0, 3.0),
    Mark("right", "01_toy", "why_question", None, 2.0),
    Mark("typical_mistakes", "01_toy", "double_check", 0.0, 3.0),
]


@pytest.fixture
def console():
    return Console(quiet=True)


@pytest.fixture
def without_network(monkeypatch):
    """The toy course has no network of its own, and one typical mistake."""
    wrong = {"double": "def double(x):\n    return x**2"}
    monkeypatch.setattr(demo, "_network", lambda: "no network")
    monkeypatch.setattr(samples, "typical_mistakes", lambda: wrong)


@pytest.fixture
def shadowing_kernelspec(tmp_path, monkeypatch):
    """A kernelspec python3 in the user's folder that starts another program."""
    folder = tmp_path / "jupyter" / "kernels" / "python3"
    folder.mkdir(parents=True)
    spec = {"argv": ["/bin/false"], "display_name": "Wrong", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")


@pytest.mark.slow
def test_everything_works_once(
    make_course, toy_source, without_network, shadowing_kernelspec, tmp_path
):
    root = make_course(_01_toy=toy_source.replace("import sys\n", ""))  # with it all cells run
    before = sorted(path for path in root.rglob("*"))
    with (tmp_path / "output").open("w") as output:
        assert run_demo(root, Console(file=output, width=120)) == []
    said = (tmp_path / "output").read_text()
    for words in ("01_toy: executed in", "3 / 3 (+ 2)", "0 / 3 (+ 2)", "index.html", "Total time"):
        assert words in said
    assert (root / "build" / "html" / "01_toy.html").exists()
    assert "data:image/png" in (root / "build" / "index.html").read_text()
    written = {path.relative_to(root).parts[0] for path in set(root.rglob("*")) - set(before)}
    assert written == {"build"}
    graded = read_notebook(root / "build" / "course" / "autograded" / "right", "01_toy")
    assert any("Two points for the secret" in cell.source for cell in graded.cells)
    [picture] = [cell for cell in graded.cells if "plt.plot" in cell.source]
    assert "it did not run" in picture.outputs[0].text  # what was handed in with it is kept
    assert "image/png" in picture.outputs[1].data


@pytest.mark.slow
def test_failures_are_named(make_course, toy_source, without_network, console, monkeypatch):
    def run_grade(*arguments):
        summary = really(*arguments)
        summary.failed.append(Outcome("right", "01_toy", "", error="nbgrader failed"))
        return summary

    really = demo.run_grade
    monkeypatch.setattr(demo, "run_grade", run_grade)
    broken = toy_source.replace("return 2 * x", "return 3 * x")
    executing, grading, marking = run_demo(make_course(_01_toy=broken), console)
    assert grading == "right, 01_toy: nbgrader failed"
    assert "01_toy failed when executed" in executing
    assert "AssertionError" in executing
    assert "01_toy: the right answers earn 0 of 3 in double_check" in marking


def test_marks_lost_by_the_right_answers_are_failures():
    assert lost_by_the_right(MARKS) == [
        "01_toy: the right answers earn 2 of 3 in double_check; run the solution notebook's check"
    ]


def test_the_table_separates_automatic_from_written_points():
    console = Console(width=120)
    with console.capture() as captured:
        console.print(mark_table(MARKS))
    said = captured.get()
    assert "2 / 3 (+ 2)" in said
    assert "0 / 3 (+ 0)" in said
