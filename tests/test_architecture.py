"""The house keeps its order: imports point down, and what is public says its types."""

import ast
from pathlib import Path

import pytest

HELPERS = Path(__file__).parents[1] / "helpers"
# From the ground up. A room knows rooms on lower floors, and of its own floor itself alone.
FLOORS = (
    {"own_work"},
    {"datasets", "scores"},
    {"models"},
    {"methods"},
    {"faithfulness", "plots"},
    {"explorers", "experiments", "checks", "ranking"},
    {"course"},
)
LIBRARIES = {"Execute", "SaveAutoGrades", "ClearHiddenTests", "NbGraderPreprocessor"}
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
SOURCES = sorted(HELPERS.rglob("*.py"))


def room(path):
    return path.relative_to(HELPERS).parts[0].removesuffix(".py")


def imported(tree):
    """The rooms of `helpers` that a source imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "an import from a point says no room: write it from helpers"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name.split(".")[1] for name in names if name.startswith("helpers."))


def public(body, owner=""):
    """(name, function) of what others may call; an override of a library's method has its types."""
    for node in body:
        name = getattr(node, "name", "_")
        if isinstance(node, ast.FunctionDef) and (name == "__call__" or not name.startswith("_")):
            yield f"{owner}{name}", node
        elif isinstance(node, ast.ClassDef) and not (
            name.startswith("_") or LIBRARIES & bases(node)
        ):
            yield from public(node.body, f"{name}.")


def bases(class_):
    return {ast.unparse(base) for base in class_.bases}


def test_every_room_has_a_floor():
    rooms = {room(path) for path in SOURCES if path != HELPERS / "__init__.py"}
    assert rooms == set(FLOOR)


@pytest.mark.parametrize("floor", range(len(FLOORS)))
def test_imports_point_down(floor):
    upwards = {
        f"{path.relative_to(HELPERS)} imports {other}"
        for path in SOURCES
        for other in imported(ast.parse(path.read_text()))
        # What is no room is the package's own, which lies below all floors.
        if FLOOR.get(room(path)) == floor and other != room(path) and FLOOR.get(other, -1) >= floor
    }
    assert not upwards


def test_an_import_that_points_up_is_found():
    source = "def draw():\n    from helpers.course import build\n    from helpers import plots"
    assert list(imported(ast.parse(source))) == ["course", "plots"]


def test_what_is_public_says_its_types():
    missing = []
    for path in (path for path in SOURCES if path.parent.name != "misconceptions"):
        for name, function in public(ast.parse(path.read_text()).body):
            of = function.args
            given = [*of.posonlyargs, *of.args, *of.kwonlyargs, of.vararg, of.kwarg]
            untyped = [a.arg for a in given if a and not a.annotation]
            untyped = [name for name in untyped if name not in ("self", "cls")]
            if untyped or function.returns is None:
                missing.append(f"{path.relative_to(HELPERS)}: {name}({', '.join(untyped)})")
    assert not missing


def test_the_reference_has_each_module_of_methods_that_is_public():
    page = (HELPERS.parent / "docs/reference/methods.md").read_text(encoding="utf-8")
    modules = [
        path
        for path in (HELPERS / "methods").glob("[!_]*.py")
        if "__all__" in path.read_text("utf-8")
    ]
    missing = [
        path.stem for path in modules if f"automodule:: helpers.methods.{path.stem}\n" not in page
    ]
    assert modules and not missing
