"""`course demo` on a toy course: everything once, and what fails is named."""

import json
import os
import re
import time
from pathlib import Path

import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from rich.console import Console

from helpers import explorers, plots
from helpers.course import CourseError, demo, samples
from helpers.course.build import read_notebook, sources
from helpers.course.demo import lost_by_the_right, mark_table, run_demo
from helpers.course.grading.nbgrading import Mark
from helpers.course.grading.submission import Outcome
from helpers.models import strangers

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
    monkeypatch.setattr(demo, "NETWORKS", {})
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


def test_a_stage_is_named_when_it_begins_where_there_is_no_terminal(tmp_path):
    path = tmp_path / "output"
    with path.open("w") as output:
        for terminal, begun in ((False, "executing: "), (True, "")):
            console = Console(file=output, force_terminal=terminal)
            before = path.read_text()
            with demo._timed("executing", console):
                assert path.read_text() == before + begun
            assert path.read_text() == before + "executing: 0 s\n"
            with pytest.raises(ValueError), demo._timed("grading", console):
                raise ValueError
            assert path.read_text() == before + "executing: 0 s\ngrading: failed\n"


@pytest.mark.slow
def test_everything_works_once(
    make_course, toy_source, without_network, shadowing_kernelspec, tmp_path
):
    root = make_course(_01_toy=toy_source.replace("import sys\n", ""))  # with it all cells run
    before = sorted(path for path in root.rglob("*"))
    with (tmp_path / "output").open("w") as output:
        assert run_demo(root, Console(file=output, width=80)) == []
    said = (tmp_path / "output").read_text()
    for words in ("3 / 3 (+ 2)", "0 / 3 (+ 2)", "build/index.html", "make lab", "Total time"):
        assert words in said
    assert re.search(r"^01_toy: \d+ s ", said, re.MULTILINE)
    # Of each stage one line, and no bar: this is no terminal.
    for stage in ("training and building", "executing", "grading"):
        assert len(re.findall(f"^{stage}: \\d+ s$", said, re.MULTILINE)) == 1
    assert "\r" not in said and "━" not in said
    assert (root / "build" / "html" / "01_toy.html").exists()
    assert 'src="pictures/01_toy-01.png"' in (root / "build" / "index.html").read_text()
    assert (root / "build" / "pictures" / "01_toy-01.png").is_file()
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
    console = Console(width=80)
    with console.capture() as captured:
        console.print(mark_table({"01_toy": demo.Execution(12.4, None)}, MARKS))
    said = captured.get()
    assert "01_toy: 12 s" in said
    assert "(+ points to be marked)" in " ".join(said.split())
    assert "2 / 3 (+ 2)" in said
    assert "0 / 3 (+ 0)" in said


def test_the_demo_trains_what_the_notebooks_would():
    root = Path(__file__).parents[2]
    sources = [*(root / "solutions").glob("*.py"), Path(strangers.__file__)]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    assert set(re.findall(r'\btrained\("(\w+)"', text)) == set(demo.NETWORKS)


def test_the_summary_of_ten_notebooks_fits_one_screen(monkeypatch, make_course, tmp_path):
    names = [path.stem for path in sources(Path(__file__).parents[2])]
    given = [
        Mark(student, name, f"cell_{kind}", points, 20.0)
        for name in names
        for student in samples.STUDENTS
        for kind, points in (("check", 20.0), ("question", None))
    ]
    outcomes = {name: demo.Execution(100.0, None) for name in names}
    reached = dict.fromkeys(demo.NETWORKS, 0.9999)
    console = Console(width=80)
    with console.capture() as captured:
        demo.summarise(console, "digits", reached, outcomes, given, tmp_path / "build", 300)
    lines = captured.get().splitlines()
    assert len(lines) <= 24
    assert all(any(line.startswith(name) for line in lines) for name in names)


@pytest.mark.slow
def test_what_workers_and_their_kernels_write_stands_in_the_log_alone(tmp_path, capfd):
    log = tmp_path / "build" / "demo.log"
    with demo._workers(log) as pool:
        pool.submit(os.write, 1, b"as a line of C++, ").result()
        pool.submit(os.write, 2, b"and another").result()
    assert log.read_text() == "as a line of C++, and another"
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_what_fails_is_named_at_once_and_nothing_else_is_waited_for(tmp_path):
    with (
        pytest.raises(CourseError, match="counting failed: ValueError"),
        demo._workers(tmp_path / "build" / "demo.log") as pool,
    ):
        sleeping, counting = pool.submit(time.sleep, 800), pool.submit(int, "x")
        try:
            demo._finish({sleeping: "sleeping", counting: "counting"}, "all", Console(quiet=True))
        finally:
            assert sleeping.running()


def test_that_training_is_lost_is_said_before_it_begins(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("where a folder should be")
    for place, words in (("file", 1), ("folder", 0)):
        monkeypatch.setenv("COURSE_CACHE", str(tmp_path / place / "cache"))
        console = Console(width=200)
        with console.capture() as captured:
            demo._warn_of_lost_training(console)
        assert captured.get().count("name another folder in COURSE_CACHE") == words


def test_a_page_shows_the_picture_of_a_widget_and_no_empty_place():
    """An executed notebook keeps its widgets' state, for which a page would need a server."""
    picture = plots.images(np.zeros((1, 2, 2, 1)), title="Blank")
    data, metadata = explorers.guess("Which?", answer=1, picture=picture)._repr_mimebundle_()
    view = data["application/vnd.jupyter.widget-view+json"]
    state = {view["model_id"]: {"model_name": "VBoxModel", "model_module": "x", "state": {}}}
    widgets = {"application/vnd.jupyter.widget-state+json": {"state": state}}
    output = nbformat.v4.new_output(
        "execute_result", data=data, metadata=metadata, execution_count=1
    )
    cell = nbformat.v4.new_code_cell("", outputs=[output])
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"widgets": widgets})
    page = demo.as_page(notebook)
    assert data["image/png"] in page and picture.alt in page
    assert "widget-view" not in page
    assert "widgets" in notebook.metadata


def test_a_page_has_a_title_a_way_back_and_a_dark_theme():
    text = (
        "# 02 · Filters\n\nSee [01](../01_toy/01_toy.ipynb#A-Part) and [the paper](https://a.org)."
    )
    page = demo.as_page(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)]))
    assert "<title>02 · Filters</title>" in page
    assert '<a href="../index.html">' in page
    assert '<a href="01_toy.html#A-Part">' in page and '<a href="https://a.org">' in page
    dark = page.split("@media (prefers-color-scheme: dark) {")[1].split("</style>")[0]
    assert "--jp-layout-color0: #111;" in dark


def test_a_page_loads_nothing_and_draws_its_formulas():
    cells = [nbformat.v4.new_markdown_cell("So $a < b$, and\n\n$$\\frac{a}{b}$$")]
    page = demo.as_page(nbformat.v4.new_notebook(cells=cells))
    assert "<script src=" not in page and "MathJax" not in page
    drawn = [img["alt"] for img in BeautifulSoup(page, "html.parser").find_all("img")]
    assert drawn == ["a < b", r"\frac{a}{b}"]


def test_a_page_says_in_words_what_nbgrader_marks():
    scheme = "Why?\n\n### BEGIN MARK SCHEME\n- 1 point: so.\n### END MARK SCHEME"
    code = "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION\n"
    hidden = "f()\n### BEGIN HIDDEN TESTS\nf()\n### END HIDDEN TESTS"
    cells = [nbformat.v4.new_markdown_cell(scheme), nbformat.v4.new_markdown_cell("Because.")]
    cells += map(nbformat.v4.new_code_cell, (code, hidden))
    page = demo.as_page(nbformat.v4.new_notebook(cells=cells))
    for gone in ("MARK SCHEME", "SOLUTION", "HIDDEN TESTS"):
        assert gone not in page
    assert "<strong>Marking scheme</strong>" in page and "<li>1 point: so.</li>" in page
    assert "<p><strong>An answer</strong></p>" in page
