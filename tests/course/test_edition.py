"""The package that kernels have while a submission is graded: whole, but for what judges."""

import ast
import gc
import importlib
import inspect
import os
import subprocess
import sys
import types
from dataclasses import fields
from textwrap import dedent

import pytest

from helpers import checks, own_work
from helpers.checks import apart, misconceptions
from helpers.checks.core import Check, Result
from helpers.checks.values import unpack
from helpers.course.grading import edition, sandbox
from tests.checks.solved import NOTEBOOK, cells


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kernels") / "package"
    edition.write(folder)
    return folder


@pytest.fixture(scope="module")
def kept(package):
    """The bodies of all its functions, in one form of writing."""
    trees = [ast.parse(path.read_text()) for path in package.rglob("*.py")]
    functions = [n for t in trees for n in ast.walk(t) if isinstance(n, ast.FunctionDef)]
    assert len(functions) > 500
    return {ast.unparse(ast.Module(node.body, [])) for node in functions}


def run(package, code):
    """What code prints in a process that has this package."""
    return subprocess.run(
        [sys.executable, "-P", "-c", dedent(code)],
        env=os.environ | {"PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def body(function):
    [node] = ast.parse(dedent(inspect.getsource(function))).body
    return ast.unparse(ast.Module(node.body, []))


@pytest.mark.parametrize("exercise", list(checks.CHECKS))
def test_it_has_no_reference_and_no_known_mistake(exercise, kept):
    marked = getattr(checks, exercise).reference
    [reference] = [c.cell_contents for c in marked.__closure__ if callable(c.cell_contents)]
    assert body(reference) not in kept
    assert not {body(wrong.function) for wrong in misconceptions.of(exercise)} & kept


@pytest.mark.slow
def test_all_of_it_can_be_imported(package):
    names = run(
        package,
        """
        import importlib, pkgutil, sys
        import helpers
        for module in pkgutil.walk_packages(helpers.__path__, "helpers."):
            importlib.import_module(module.name)
        print(*(name for name in sys.modules if name.startswith("helpers.")))
        """,
    ).split()
    assert "helpers.explorers.grad_cam_explorer" in names
    checks = {name.split(".")[2] for name in names if name.startswith("helpers.checks.")}
    assert checks == {"adapters", "asking", "findings", "networks", "values"}
    course = {name.split(".")[-1] for name in names if name.startswith("helpers.course.")}
    assert course == {"grading", *edition.STARTS} - {"__init__"}


def test_a_check_says_where_it_is_judged(package):
    said = run(package, "from helpers import checks\nprint(checks.accuracy(None))")
    assert said == "At grading, another process checks this function, in the check's own cell.\n"


def test_a_cell_that_uses_a_check_s_card_goes_on_where_it_is_graded(package):
    names = {name for one in (Check, Result) for name in dir(one) if not name.startswith("_")}
    names |= {f.name for one in (Check, Result) for f in fields(one)}
    code = f"""
        from helpers import checks
        def accuracy(probabilities=None, labels=None): return 1.0
        accuracy(**checks.accuracy.example(2, 0))
        assert checks.accuracy(accuracy).earned == checks.accuracy.points
        for name in {sorted(names)}:
            getattr(checks.accuracy(accuracy), name)
        print(checks.accuracy(accuracy).card()[:3], [*checks.accuracy.example(0, 1).items()])
    """
    assert run(package, code).startswith("At grading, another process")


def test_it_answers_a_question_after_the_notebook_has_imported_checks(package):
    code = """
        import IPython.display
        IPython.display.display = lambda data, raw: print(*data.values())
        from helpers import checks, own_work
        exec({!r}, {{"accuracy": lambda p, y: 0.25}})
    """
    question = apart.code(checks.accuracy, "accuracy", checks.accuracy.inputs(False, 0))
    answers, _ = unpack(run(package, code.format(question)))
    assert {value for value, *_ in answers} == {0.25}


@pytest.mark.parametrize("notebook", sorted(set(NOTEBOOK.values())))
def test_what_the_course_s_notebooks_use_is_there(notebook):
    assert edition.missing(cell.source for cell in cells(notebook).values()) == ()


GRADED = ("checks.grad_cam(grad_cam)\nchecks.patch_positions(patch_positions)",)


def test_what_solves_an_exercise_is_missing_where_nothing_imports_its_module():
    gone = edition.missing([*GRADED, "from helpers import checks", "def ("])
    assert {"helpers.methods.occlusion:positions", "helpers.methods.cam:add_up"} <= {*gone}
    assert "helpers.methods.statistics:filter_statistics" not in gone


@pytest.mark.parametrize(
    "imports",
    [
        "from helpers.methods.occlusion import occlusion_map",
        "from helpers.methods import occlusion",
        "import helpers.methods.occlusion as o",
        "%matplotlib inline\nfrom helpers import explorers",
    ],
)
def test_what_the_cells_import_is_there(imports):
    gone = edition.missing([*GRADED, imports])
    assert "helpers.methods.occlusion:positions" not in gone


@pytest.mark.slow
def test_what_is_missing_has_no_body_in_any_file():
    folder = edition.without(("helpers.methods.occlusion:positions",)).name
    code = """
        from pathlib import Path
        from helpers.methods import occlusion
        print(Path(occlusion.__file__).read_text().count("raise NotImplementedError"))
        try: occlusion.positions(8, 4, 2)
        except NotImplementedError: print(occlusion.cover.__name__)
    """
    assert run(folder, code) == "1\ncover\n"


def test_what_was_forgotten_is_nowhere_in_the_process():
    @own_work.solves("edges")
    def edges(images):
        return 42

    own_work.forget(edges)
    with pytest.raises(NotImplementedError, match="solves an exercise of this notebook"):
        edges(1)
    gc.collect()
    functions = [f for f in gc.get_objects() if isinstance(f, types.FunctionType)]
    assert not [f for f in functions if f.__name__ == "edges" and 42 in f.__code__.co_consts]


def test_what_is_preloaded_for_the_workers_of_course_grade_is_kept():
    """An import that fails there would only make each worker slower."""
    importlib.import_module("helpers.course.grading.preload")
    assert edition._modules.cache_info().currsize == 1
    assert sandbox.unavailable.cache_info().currsize == 1
