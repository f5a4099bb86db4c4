"""`course similar`: disguised copies are found, and independent answers are no pair."""

import ast
import builtins
import random
import shutil
import time
from functools import cache
from itertools import combinations
from pathlib import Path
from textwrap import dedent

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from typer.testing import CliRunner

from helpers.course import CourseError, similar
from helpers.course.build import read_notebook
from helpers.course.cli import app
from helpers.course.similar import OTHER, Work, find_similar, fingerprints
from tests.course import planted

ROOT = Path(__file__).parents[2]
NAME = "05_grad_cam"


def prints(source):
    return set(fingerprints(dedent(source)))


ORIGINAL = """
    def total(maps, weights):
        result = np.zeros(maps.shape[:3])  # nothing yet
        factor = weights.max(axis=1) / 255
        for k in range(3):
            result += maps[..., k] * weights[:, None, None, k]
        return np.maximum(result * factor[:, None, None], 0)
    """


@pytest.mark.parametrize(
    "disguised",
    [
        ORIGINAL.replace("maps", "a").replace("weights", "b").replace("np", "numpy"),
        ORIGINAL.replace("255", "17.5").replace("axis=1", "axis=3"),
        ORIGINAL.replace("# nothing yet", "").replace("* weights", "*\\\n                weights"),
        ORIGINAL.replace("(maps, weights):", '(maps, weights):\n        "Add up."'),
        """
        def total(maps, weights):
            factor = weights.max(axis=1) / 255
            result = np.zeros(maps.shape[:3])
            for k in range(3):
                result += maps[..., k] * weights[:, None, None, k]
            return np.maximum(result * factor[:, None, None], 0)
        """,
    ],
    ids=["names", "literals", "layout", "docstring", "order"],
)
def test_what_an_author_chooses_freely_makes_no_difference(disguised):
    assert dedent(disguised) != dedent(ORIGINAL)
    assert prints(disguised) == prints(ORIGINAL)


def test_an_unrolled_loop_differs_from_the_loop_by_its_head_alone():
    unrolled = """
        def total(maps, weights):
            result = np.zeros(maps.shape[:3])
            factor = weights.max(axis=1) / 255
            result += maps[..., 0] * weights[:, None, None, 0]
            result += maps[..., 1] * weights[:, None, None, 1]
            result += maps[..., 2] * weights[:, None, None, 2]
            return np.maximum(result * factor[:, None, None], 0)
        """
    head = prints("for k in range(3):\n    pass") - prints("pass")
    assert head and prints(ORIGINAL) - prints(unrolled) == head
    assert prints(unrolled) < prints(ORIGINAL)


def test_another_method_or_operator_makes_a_difference():
    for one, other in {
        "y = x.max(axis=1)": "y = x.mean(axis=1)",
        "y += x": "y -= x",
        "y = max(x, 0)": "y = min(x, 0)",
        "return x / y": "return x * y",
    }.items():
        assert not prints(one) & prints(other)


def test_code_that_does_not_parse_is_read_line_by_line():
    broken = dedent(ORIGINAL).replace("return np", "return return np") + "%matplotlib inline\n"
    with pytest.raises(SyntaxError):
        ast.parse(broken)
    assert len(prints(ORIGINAL) & prints(broken)) >= len(prints(ORIGINAL)) - 2
    assert prints("%matplotlib inline\n" + dedent(ORIGINAL)) == prints(ORIGINAL)


def test_fingerprints_know_their_lines():
    found = fingerprints("a = 1\nif a:\n    b = a.mean(\n        axis=0)\n")
    assert {frozenset(lines) for lines in found.values()} == {
        frozenset({1}),
        frozenset({2}),
        frozenset({3, 4}),
    }


@pytest.mark.parametrize(
    "giant",
    [
        "x = " + "+".join(["a"] * 100_000),
        "-" * 100_000 + "1",
        "x = " + "[" * 5000 + "]" * 5000,
        "f" + "()" * 5000,
        "a" + ".b" * 100_000,
        "x = " + "lambda: " * 2000 + "1",
        "if a:\n x\n" + "elif b:\n x\n" * 100_000,
        '("' + '\\"' * 100_000,
        "x = " + "9" * 100_000,
        "x = 1\0",
        "x = 1\n" * 1_000_000,
    ],
    ids=lambda source: source[:8],
)
def test_a_giant_cell_takes_no_time(giant):
    started = time.process_time()
    assert fingerprints(giant)
    assert time.process_time() - started < 5


FEW = {"some.py:1": "def nothing():\n    pass"}


@pytest.fixture(scope="module")
def functions():
    return similar._functions()


@pytest.fixture(scope="module", autouse=True)
def each_code_is_read_once_for_all_tests():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(similar, "fingerprints", cache(fingerprints))
        patch.setattr(similar, "_functions", cache(similar._functions))
        yield


def compared(notebook, works, functions):
    solution = Work("solutions/", planted.exercises(notebook))
    pairs = similar.similar(works, [], solution, functions, planted.released(notebook))
    return {frozenset({pair.one.who, pair.other.who}) for pair in pairs}


def wanted(works):
    """The pairs of the students whose work was copied and the copies."""
    return {frozenset({w.who, f"copy of {w.who}"}) for w in works}


def test_there_are_many_independent_right_answers():
    assert sum(map(len, planted.variants().values())) >= 200
    assert all(planted.variants().values())


def test_the_copies_are_disguised():
    unrolled = reordered = 0
    for source in (source for found in planted.variants().values() for source in found):
        plain = ast.unparse(ast.parse(source))
        unrolled += ast.unparse(planted.Unrolled().visit(ast.parse(source))) != plain
        lines = (function := ast.parse(source).body[0]).body
        planted.shuffle(lines, random.Random(0))
        reordered += ast.unparse(function) != plain
        names = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
        copy = ast.parse(planted.disguised(source, random.Random(0)))
        kept = names & {node.id for node in ast.walk(copy) if isinstance(node, ast.Name)}
        assert kept <= set(dir(builtins)), source
    assert unrolled >= 25
    assert reordered >= 25


@pytest.mark.slow
def test_planted_copies_are_found_and_independent_answers_are_not(functions):
    """Each of the right answers is handed in once. Who solves all exercises is copied."""
    found, missed, false = [], [], []
    for notebook in planted.NOTEBOOKS:
        works = planted.class_of(notebook, planted.all_different(notebook))
        assert sum(len(w.answers) for w in works) == sum(
            len(planted.variants()[name]) for name in planted.exercises(notebook)
        )
        assert compared(notebook, works, functions) == set()
        whole = [w for w in works if len(w.answers) == len(planted.exercises(notebook))]
        for seed in range(2):
            pairs = compared(
                notebook, [*works, *(planted.copy_of(w, seed) for w in whole)], functions
            )
            found += pairs & wanted(whole)
            missed += wanted(whole) - pairs
            false += pairs - wanted(whole)
    assert not false
    assert len(found) + len(missed) >= 80
    assert len(found) >= 0.95 * (len(found) + len(missed)), missed


@pytest.mark.slow
def test_in_a_class_of_thirty_who_shares_no_answer_is_no_pair(functions):
    """Answers are drawn, so that each is handed in by several: what is common counts less."""
    rng, found, missed, strangers = random.Random(0), [], [], 0
    for notebook in planted.NOTEBOOKS:
        picks = planted.at_random(notebook, 30, rng)
        works = planted.class_of(notebook, picks)
        copied = rng.sample(works, 4)
        pairs = compared(notebook, [*works, *(planted.copy_of(w, 0) for w in copied)], functions)
        found += pairs & wanted(copied)
        missed += wanted(copied) - pairs
        for (one, a), (other, b) in combinations(zip(works, picks, strict=True), 2):
            if not a.items() & b.items():
                strangers += 1
                assert frozenset({one.who, other.who}) not in pairs
        assert not any({"solutions/", "helpers/"} & pair for pair in pairs)
    assert strangers > 1000
    assert len(found) >= 0.95 * (len(found) + len(missed)), missed


def test_a_short_answer_alone_can_never_tell():
    """Even if two students alone hand it in, word for word."""
    for notebook in planted.NOTEBOOKS:
        for name in planted.exercises(notebook):
            for source in planted.variants()[name]:
                if len(source.splitlines()) <= 3:
                    works = [Work(who, {name: source}) for who in ("a", "b")]
                    assert compared(notebook, works, FEW) == set()


def test_what_most_students_share_is_no_evidence():
    works = [Work(f"student {i}", answers(1)) for i in range(40)]
    assert compared(NAME, works[:2], FEW) == {frozenset({"student 0", "student 1"})}
    assert compared(NAME, works, FEW) == set()


def test_what_the_student_version_holds_is_no_evidence():
    stubs = planted.exercises(NAME, "notebooks")
    cells = planted.released(NAME)
    parts = [cells[start::3] for start in range(3)]  # of each all is read
    for text in map("\n".join, parts):
        assert len(text) < similar.LONGEST
        works = [Work(who, {**stubs, OTHER: text}) for who in ("a", "b")]
        assert compared(NAME, works, FEW) == set()


@pytest.mark.slow
def test_copies_of_helpers_and_of_the_solution_are_found(functions):
    place = next(p for p in functions if "def average_over_patches(" in functions[p])
    copies = {
        "solutions/": planted.copy_of(Work("", planted.exercises(NAME)), 0).answers,
        "helpers/": {"average_overlaps": planted.disguised(functions[place], random.Random(0))},
    }
    for source, answers in copies.items():
        assert compared(NAME, [Work("a", answers)], functions) == {frozenset({"a", source})}
    solution = Work("solutions/", FEW)
    pair = similar.similar([Work("a", copies["helpers/"])], [], solution, functions, [])[0]
    assert pair.other.answers["average_overlaps"].startswith(f"# {place}\n")


@pytest.fixture
def course(tmp_path):
    """A course of one notebook."""
    root = tmp_path / "course"
    for folder in ("notebooks", "solutions"):
        shutil.copytree(ROOT / folder / NAME, root / folder / NAME)
    shutil.copy(ROOT / "solutions" / f"{NAME}.py", root / "solutions")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    return root


def hand_in(root, student, answers, folder="submitted", extra=(), file=f"{NAME}.ipynb"):
    """Write the released notebook with these answers, and cells of the student's own."""
    notebook = read_notebook(root / "notebooks", NAME)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", FEW).get("grade_id")
        cell.source = answers.get(name, cell.source)
    notebook.cells[1:1] = [new_code_cell(source) for source in extra]
    path = root / folder / student / NAME / file
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    return path


def answers(number):
    return {name: planted.variants()[name][number] for name in planted.exercises(NAME)}


@pytest.mark.slow
def test_the_command_names_pairs_and_writes_a_page_with_both_sides(course, monkeypatch):
    evil = "<script>alert(1)</script>"
    hers = answers(1) | {"overlay": f'{answers(1)["overlay"]}\n    "{evil}"'}
    hand_in(course, "<b>anna", hers)
    hand_in(course, "bert", planted.copy_of(Work("", hers), 0).answers, file="my_copy.ipynb")
    hand_in(course, "carla", answers(2))
    hand_in(course, "dora", {}).write_text("no notebook")
    monkeypatch.chdir(course)
    result = CliRunner().invoke(app, ["similar", NAME])
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert [line.partition(":")[0] for line in lines if " bits (" in line] == ["<b>anna and bert"]
    assert "Pairs: 1, among 3 students" in lines
    assert any(line.startswith("dora: the file is damaged") for line in lines)
    assert not any("carla" in line for line in lines)
    page = (course / "build" / f"similar-{NAME}.html").read_text()
    assert page.index("a reason to look, and no verdict") < page.index("&lt;b&gt;anna and bert")
    assert "dora: the file is damaged" in page and "carla" not in page
    assert "<script" not in page and "<b>anna" not in page and "http" not in page
    assert "&lt;script&gt;" in page
    assert (
        "<mark>            score = tf.tensordot(features[0], head.kernel[:, class_index], 1)<"
        in page
    )
    assert "<figcaption>bert<" in page
    assert "My own idea." in page and "<mark>    &#39;My own idea.&#39;" not in page


def test_nothing_submitted_and_no_such_folder_are_said(course, monkeypatch):
    monkeypatch.chdir(course)
    for arguments, said in {
        (NAME,): "there is no folder",
        ("04_other",): "no assignment 04_other",
        (NAME, "--earlier", "nowhere"): "there is no folder nowhere",
    }.items():
        if "nowhere" in arguments:
            hand_in(course, "anna", {})
        result = CliRunner().invoke(app, ["similar", *arguments])
        assert result.exit_code == 1
        assert said in " ".join(result.output.split())
        assert "Traceback" not in result.output
    shutil.rmtree(course / "submitted" / "anna")
    with pytest.raises(CourseError, match="nothing was submitted"):
        find_similar(course, NAME)


def who(found):
    return {frozenset(map(str, (pair.one, pair.other))) for pair in found.pairs}


@pytest.mark.slow
def test_earlier_terms_are_sources_but_not_ones_own_work(course):
    hand_in(course, "anna", answers(0))
    hand_in(course, "bert", answers(1))
    hand_in(course, "anna", answers(0), folder="2025")
    hand_in(course, "zoe", planted.copy_of(Work("", answers(1)), 0).answers, folder="2025")
    hand_in(course, "yann", answers(1), folder="2025")
    old = course / "2025"
    found = find_similar(course, NAME, [old])
    assert who(found) == {frozenset({"bert", f"{other} ({old})"}) for other in ("zoe", "yann")}


@pytest.mark.slow
def test_only_cells_that_a_student_may_change_count_and_none_is_run(course, tmp_path):
    copied = "\n".join(answers(1).values())
    trap = f"open({str(tmp_path / 'ran')!r}, 'w')"
    for student, number in {"anna": 0, "bert": 2}.items():
        hand_in(course, student, answers(number) | {"grad_cam_check": copied}, extra=[trap])
    assert who(find_similar(course, NAME)) == set()
    for student, number in {"carla": 3, "dora": 4}.items():
        variants = {name: found[number % len(found)] for name, found in planted.variants().items()}
        hand_in(course, student, variants, extra=[copied])
    found = find_similar(course, NAME)
    assert who(found) == {frozenset({"carla", "dora"})}
    assert set(found.pairs[0].bits) == {OTHER}
    assert not (tmp_path / "ran").exists()
