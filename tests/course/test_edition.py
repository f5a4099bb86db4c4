"""The package that a kernel has while an assignment is graded: whole, but for what answers it."""

import ast
import inspect
import os
import subprocess
import sys
from textwrap import dedent

import pytest

from helpers import checks
from helpers.checks import misconceptions
from helpers.course.grading.edition import edition, exercises, files, without_bodies
from helpers.course.grading.template import MODULES

GRADED = ("checks.grad_cam(grad_cam)", "checks.channel_weights(channel_weights)")


def in_edition(code, *sources):
    """What code prints in a process that has the edition alone."""
    environment = os.environ | {"PYTHONPATH": str(edition(frozenset(sources)))}
    return subprocess.run(
        [sys.executable, "-P", "-c", dedent(code)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def body(function):
    """The code of a function without its docstring, in one form of writing."""
    [node] = ast.parse(dedent(inspect.getsource(function))).body
    statements = node.body[1:] if ast.get_docstring(node) else node.body
    return ast.unparse(ast.Module(statements, []))


def emptied(*sources):
    """The names of the functions that have no bodies."""
    trees = map(ast.parse, without_bodies(sources).values())
    functions = (n for t in trees for n in ast.walk(t) if isinstance(n, ast.FunctionDef))
    return {f.name for f in functions if ast.unparse(f.body[-1]).startswith("raise NotImpl")}


@pytest.fixture(scope="module")
def kept():
    """All functions of the edition, in one form of writing."""
    trees = [ast.parse(path.read_text()) for path in files() if path.suffix == ".py"]
    functions = (n for t in trees for n in ast.walk(t) if isinstance(n, ast.FunctionDef))
    return {ast.unparse(ast.Module(node.body, [])) for node in functions}


@pytest.mark.parametrize("exercise", list(checks.CHECKS))
def test_it_has_no_reference_and_no_known_mistake(exercise, kept):
    marked = getattr(checks, exercise).reference
    [reference] = [c.cell_contents for c in marked.__closure__ if callable(c.cell_contents)]
    wrong = [body(one.function) for one in misconceptions.of(exercise)]
    assert not {body(reference), *wrong} & kept


def test_all_of_it_can_be_imported():
    names = in_edition(
        """
        import importlib, pkgutil, sys
        import helpers
        for module in pkgutil.walk_packages(helpers.__path__, "helpers."):
            importlib.import_module(module.name)
        print(*(name for name in sys.modules if name.startswith("helpers.")))
        """
    ).split()
    assert "helpers.explorers.grad_cam_explorer" in names
    judge = ("core", "exercises", "misconceptions", "diagnosis", "drawn", "judges", "apart")
    assert not {f"helpers.checks.{part}" for part in judge} & {*names}
    assert not [
        name for name in names if name.startswith("helpers.course.") and "grading" not in name
    ]


def test_a_check_says_where_it_is_judged():
    said = in_edition("from helpers import checks; print(checks.grad_cam(None), checks.any.points)")
    assert said == (
        "At grading, another process checks this function, in the check's own cell. nan\n"
    )


def test_what_solves_an_exercise_has_no_body():
    code = """
        from helpers.methods import cam
        try: cam.mean_gradients([1], [1])
        except NotImplementedError as error: print(error)
        print(cam.mean_gradients.__doc__.partition(".")[0])
    """
    said = in_edition(code, "checks.channel_weights(channel_weights)")
    assert said.startswith(
        "this is for you to write: it is missing while channel_weights is graded"
    )
    assert "weight" in said.splitlines()[1]


@pytest.mark.parametrize(
    "uses",
    [
        "from helpers.methods.cam import mean_gradients",
        "from helpers.methods import cam\ncam.grad_cam(model, images, 4)",
        "from helpers import explorers\nexplorers.grad_cam(model, digits)",
        "%matplotlib inline\nfrom helpers import methods\nmethods.cam.mean_gradients(a, g)",
    ],
)
def test_what_the_assignment_uses_stays_whole(uses):
    assert "mean_gradients" in emptied(*GRADED)
    assert "mean_gradients" not in emptied(*GRADED, uses)


def test_what_only_the_student_uses_does_not_stay():
    assert {"mean_gradients", "add_up", "xgrad_cam"} <= emptied(
        *GRADED, "from helpers import models"
    )


def test_the_exercises_of_cells_that_are_broken_or_call_no_check():
    assert exercises(["def (", "checks.accuracy", "checks.accuracy(accuracy)", "%magic"]) == {
        "accuracy"
    }


@pytest.mark.slow
def test_the_template_has_imported_the_libraries_that_the_package_needs():
    """A kernel imports the package itself. It would take long to import libraries, too."""
    code = f"""
        import importlib, pkgutil, sys
        import ipykernel.kernelapp
        for name in {MODULES!r}:
            importlib.import_module(name)
        before = {{name.partition(".")[0] for name in sys.modules}}
        import helpers
        for module in pkgutil.walk_packages(helpers.__path__, "helpers."):
            if not module.name.startswith("helpers.course"):
                importlib.import_module(module.name)
        after = {{name.partition(".")[0] for name in sys.modules}}
        print(*(after - before - sys.stdlib_module_names - {{"helpers"}}))
    """
    assert [name for name in in_edition(code).split() if not name.startswith("_")] == []
