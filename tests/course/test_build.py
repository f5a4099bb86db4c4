"""`course build`: one source, compiled one way, with nothing secret in the student version."""

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbgrader.api import Gradebook

import helpers
from helpers.course import CourseError
from helpers.course.build import (
    build,
    compile_source,
    count_code_lines,
    read_notebook,
    sources,
    verify_released,
    verify_source,
    without_check,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture
def compiled(tmp_path):
    """Return a function that compiles a source."""

    def compile_text(text):
        path = tmp_path / "01_toy.py"
        path.write_text(text)
        return compile_source(path)

    return compile_text


@pytest.fixture
def checks(monkeypatch):
    """A stand-in for helpers.checks with one check of 3 points."""
    fake = SimpleNamespace(class_means=SimpleNamespace(points=3), prepare=print)
    monkeypatch.setitem(sys.modules, "helpers.checks", fake)
    monkeypatch.setattr(helpers, "checks", fake, raising=False)


def cell_of(notebook, grade_id):
    cells = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id")]
    return next(c for c in cells if c.metadata.nbgrader.grade_id == grade_id)


def test_nbgrader_metadata_is_completed(compiled, toy_source):
    notebook = compiled(toy_source)
    common = {"schema_version": 3, "task": False}
    assert cell_of(notebook, "double").metadata.nbgrader == common | {
        "grade_id": "double",
        "cell_type": "code",
        "grade": False,
        "solution": True,
        "locked": False,
    }
    assert cell_of(notebook, "double_check").metadata.nbgrader == common | {
        "grade_id": "double_check",
        "cell_type": "code",
        "grade": True,
        "solution": False,
        "locked": True,
        "points": 3,
    }
    question = cell_of(notebook, "why_question_scheme")
    assert question.source.startswith("### Why double?")
    assert question.metadata.nbgrader.locked
    assert not question.metadata.nbgrader.grade


def test_a_compiled_notebook_is_valid_and_has_no_outputs(compiled, toy_source):
    notebook = compiled(toy_source)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    assert notebook.metadata.kernelspec.name == "python3"
    assert "jupytext" not in notebook.metadata


def test_cell_ids_are_the_grade_ids_or_depend_on_the_source_alone(compiled):
    text = '# %%\n1\n# %%\n1\n# %% nbgrader={"grade_id": "a.b", "locked": true}\n2\n'
    first, twin, named = (cell.id for cell in compiled(text).cells)
    assert first != twin
    assert named == "a-b"
    assert [cell.id for cell in compiled("# %%\n0\n" + text).cells][1:] == [first, twin, named]


@pytest.mark.slow
def test_building_again_elsewhere_gives_the_same_bytes(built_course, make_course, toy_source):
    again = make_course(_01_toy=toy_source)
    for _ in range(2):
        build(again)
        first, second = (
            {path.relative_to(root): path.read_bytes() for path in root.glob("[ns]*/*/*.ipynb")}
            for root in (built_course, again)
        )
        assert len(first) == 2
        assert first == second


def test_students_see_neither_answers_nor_hidden_tests_nor_marking_schemes(built_course):
    released = read_notebook(built_course / "notebooks", "01_toy")
    text = "\n".join(cell.source for cell in released.cells)
    for secret in ("2 * x", "double(5)", "model answer", "Two points", "BEGIN", "END"):
        assert secret not in text
    assert "assert double(2) == 4" in text
    assert "Explain." in text
    assert cell_of(released, "why_question").source == "YOUR ANSWER HERE"


def test_the_gradebook_keeps_the_marking_scheme_for_the_grader(built_course):
    with Gradebook(f"sqlite:///{built_course / 'gradebook.db'}") as gradebook:
        kept = gradebook.find_source_cell("why_question_scheme", "01_toy", "01_toy")
        assert kept.locked
        assert "Two points" in kept.source


@pytest.mark.slow
def test_folders_without_a_source_are_removed_and_named(make_course, toy_source):
    root = make_course(_01_toy=toy_source)
    for name in ("02_gone", "figures"):
        (root / "notebooks" / name).mkdir(parents=True)
    assert build(root) == (["01_toy"], ["notebooks/02_gone"])
    assert not (root / "notebooks" / "02_gone").exists()
    assert (root / "notebooks" / "figures").exists()


def test_sources_must_be_there_and_numbered(make_course):
    root = make_course()
    with pytest.raises(CourseError, match="no sources"):
        sources(root)
    (root / "solutions" / "saliency.py").touch()
    with pytest.raises(CourseError, match=r"saliency\.py: a source is named NN_slug\.py"):
        sources(root)


def test_what_is_not_built_yet_is_named(tmp_path):
    with pytest.raises(CourseError, match=r"there is no .*01_toy\.ipynb; run `course build`"):
        read_notebook(tmp_path, "01_toy")


def test_a_problem_is_reported_with_file_and_cell(make_course, toy_source):
    root = make_course(_01_toy=toy_source.replace('"points": 3', '"points": "x"'))
    with pytest.raises(CourseError, match=r"solutions/01_toy\.py, cell double_check: .*'x'"):
        build(root)
    assert not (root / "notebooks").exists()


CHECK = '# %% nbgrader={"grade_id": "means_check", "grade": true, "points": 2}\n'
UNPOINTED = CHECK.replace(', "points": 2', "")
ANSWER = (
    '# %% [markdown] nbgrader={"grade_id": "q", "grade": true, "solution": true, "points": 2}\n'
)
SCHEME = "# ### BEGIN MARK SCHEME\n# Two points.\n# ### END MARK SCHEME\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            '# %% nbgrader={"grade_id": "a"}\n1\n# %% nbgrader={"grade_id": "a"}\n2',
            "more than once",
        ),
        ('# %% nbgrader={"grade_id": "a", "point": 3}\n1', r"unknown nbgrader keys \['point'\]"),
        ('# %% nbgrader={"grade": true, "points": 3}\n1', "no grade_id"),
        ('# %% nbgrader={"grade_id": "a", "grade": true}\n1', '"points": None'),
        ('# %% nbgrader={"grade_id": "a"\n1', "cannot read the cell line"),
        ('# %% nbgrader={"grade_id": "a", "solution": true}\ndef f(): 1', "no solution region"),
        (
            CHECK + "checks.class_means(f, hidden=True)",
            r'"points": 2, but the rubric of checks\.class_means gives 3; leave "points" out',
        ),
        (CHECK + "checks.clas_means(f)", r"checks\.clas_means is no check"),
        (CHECK + "checks.prepare(f)", r"checks\.prepare is no check"),
        (CHECK + "checks.class_means(f)\nchecks.prepare(f)", "a graded cell calls one"),
        (CHECK + "result = checks.class_means(f)", "every line of a check's cell"),
        (CHECK + "checks.class_means(f);  # quiet", "every line of a check's cell"),
        (CHECK + "%time checks.class_means(f)", "every line of a check's cell"),
        (CHECK + "checks.class_means(function=f)", "every line of a check's cell"),
        (CHECK + "checks.class_means(f, seed=0)", "every line of a check's cell"),
        (CHECK + "f = g\nchecks.class_means(f)", "every line of a check's cell"),
        (CHECK + "from helpers.checks import class_means\nclass_means(f)", "every line of"),
        (CHECK + "2;  # points", "no evidence is no point"),
        (CHECK + "def f(:", "not valid Python"),
        (CHECK + "assert True", "must end with its points, here 2"),
        ("# %% [markdown]\n# Why?\n" + ANSWER + "# Because.", "no marking scheme"),
        ("# %% [markdown]\n# Why?\n" + ANSWER + "# Because.\n" + SCHEME, "in the wrong cell"),
        ("# %% [markdown]\n# Why?\n" + SCHEME, "in the wrong cell"),
        (UNPOINTED + "checks.clas_means(f)", r"^cell means_check: checks\.clas_means is no check"),
    ],
)
def test_mistakes_in_a_source_are_found(compiled, checks, text, problem):
    assert re.search(problem, "\n".join(verify_source(compiled(text))))


@pytest.mark.parametrize(
    "text",
    [
        CHECK.replace("2", "3")
        + "checks.class_means(f)  # visible\nchecks.class_means(f, hidden=True)",
        CHECK + "assert True\n2",
        "# %% [markdown]\n# Why?\n" + SCHEME + "\n" + ANSWER + "# Because.",
    ],
)
def test_sound_sources_pass(compiled, checks, text):
    assert verify_source(compiled(text)) == []


def test_a_checks_points_are_filled_in_from_its_rubric(compiled, checks):
    notebook = compiled(UNPOINTED + "checks.class_means(f)\nchecks.class_means(f, hidden=True)")
    assert cell_of(notebook, "means_check").metadata.nbgrader.points == 3
    assert verify_source(notebook) == []


TOP = "# %% [markdown]\n# # 01 · Means\n#\n# <top>\n\n"
TASKS = (
    TOP + "# %% [markdown]\n# ## 1 · Means\n# ### Exercise 1 · Of a class\n#\n# <exercise>\n\n"
    + UNPOINTED + "checks.class_means(f)\n\n"
    "# %% [markdown]\n# **Notice** that 9 points lie apart.\n#\n# ### Question 1 · Why?\n#\n"
    "# <question>\n#\n# ### BEGIN MARK SCHEME\n# <scheme>\n# ### END MARK SCHEME\n\n"
    + ANSWER + "# Because.\n\n# %% [markdown]\n# ## 2 · More\n# It has 7 points.\n"
)  # fmt: skip
SAID = {
    "top": "| task | points |\n# |---|---|\n# | Exercise 1 | 3 |\n# | Question 1 · Why? | 2 |",
    "exercise": "*Easy, 5 minutes, 3 points.*",
    "question": "*5 minutes, 2 points, graded by a person.*",
    "scheme": "- 1 point for each of two reasons; half a point for less.",
}


def tasks(**said):
    return re.sub("<(.*?)>", lambda gap: (SAID | said)[gap[1]], TASKS)


RUBRIC = r"but the rubric of checks\.class_means gives 3; correct"


def test_text_that_agrees_with_the_points_passes(compiled, checks):
    assert verify_source(compiled(tasks())) == []


@pytest.mark.parametrize(
    ("where", "said", "problem"),
    [
        ("exercise", "*Easy, 4 points.*", rf"1 · Means.*Exercise 1 says 4 points, {RUBRIC}"),
        ("exercise", "It gives you 1 point.", rf"Exercise 1 says 1 point, {RUBRIC}"),
        ("exercise", "A 2.5-point exercise", rf"Exercise 1 says 2\.5 points, {RUBRIC}"),
        ("question", "(3 points)", "Question 1 says 3 points, but the graded cell q gives 2"),
        ("question", "4 points, Exercise 1 had 3 points", rf"Exercise 1 says 4 points, {RUBRIC}"),
        ("top", "Exercise 1 (5 points)", rf"01 · Means.*Exercise 1 says 5 points, {RUBRIC}"),
        ("top", "| x | Points |\n# |-|-|\n# | Exercise 1 | 6 |", rf"1 says 6 points, {RUBRIC}"),
        ("scheme", "- 1 point: so.", "scheme of Question 1 adds up to 1 point, but the graded"),
    ],
)
def test_text_that_says_other_points_is_refused(make_course, checks, where, said, problem):
    root = make_course(_01_toy=tasks(**{where: said}))
    with pytest.raises(CourseError, match=rf"solutions/01_toy\.py, cell .*{problem}"):
        build(root)


@pytest.mark.slow
def test_a_long_cell_is_too_long_only_as_students_see_it(make_course, toy_source):
    answer = "    y = x\n" * 30
    longer = toy_source.replace("    return 2 * x\n", f"{answer}    return 2 * y\n")
    build(make_course(_01_toy=longer))
    released = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1\n" * 21)])
    assert "21 lines of code, at most 20" in verify_released(released)[0]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("a = 1\n\n# why\nb = (\n  2,\n)", 4),
        ('def f():\n    """Doc.\n\n    More.\n    """\n    return 1', 2),
        ("%matplotlib inline\n!ls", 2),
        ("def f(:", 1),
    ],
)
def test_lines_of_code_are_no_blank_lines_comments_or_docstrings(source, lines):
    assert count_code_lines(source) == lines


@pytest.mark.parametrize("path", sources(ROOT), ids=lambda path: path.stem)
def test_every_graded_cell_of_the_course_calls_a_check(path):
    assert without_check(compile_source(path)) == []
