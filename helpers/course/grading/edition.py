"""The `helpers` that a kernel has while an assignment is graded: without what answers it.

The edition has no judge, no reference and no known mistake. A function that solves one of the
assignment's exercises (`own_work.solves`) has no body. What the assignment's own cells use stays
whole: it refuses while it is checked. What cells use is told from names, so rather too much stays
than too little.
"""

import ast
import compileall
import functools
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from IPython.core.inputtransformer2 import TransformerManager

from helpers.course.build import last_check
from helpers.course.grading.sandbox import PACKAGE
from helpers.datasets.core import MANIFEST

# What judges, and what is not for students.
LEFT_OUT = (
    *(f"checks/{name}" for name in ("apart.py", "core.py", "drawn.py", "judges.py")),
    *(f"checks/{name}" for name in ("diagnosis", "exercises", "misconceptions")),
    "course",
)
# These start a kernel where nothing can be forked.
STARTS = (
    "course/__init__.py",
    *(f"course/grading/{n}.py" for n in ("__init__", "kernel", "sandbox")),
)
NO_BODY = 'raise NotImplementedError("this is for you to write: it is missing while {} is graded")'
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Defined(NamedTuple):
    """A function or class of a module."""

    module: Path
    node: Function | ast.ClassDef


def exercises(cells: Iterable[str]) -> frozenset[str]:
    """Return the exercises that these cells check."""
    return frozenset(call.name for source in cells if (call := last_check(source)))


def edition(cells: frozenset[str]) -> Path:
    """Return the folder that holds the package for an assignment with these code cells, and beside
    it what the package looks for there. The folder is made once for this process, and removed at
    its end."""
    if not _made(cells).exists():  # somebody has cleared up
        _made.cache_clear()
    return _made(cells)


@functools.cache
def _made(cells: frozenset[str]) -> Path:
    folder = tempfile.TemporaryDirectory(prefix="helpers-")
    _kept.append(folder)
    path = Path(folder.name)
    write(path / PACKAGE.name, cells)
    if not MANIFEST.is_relative_to(PACKAGE):  # in a checkout
        shutil.copytree(MANIFEST.parent, path / MANIFEST.parent.name)
    for each in (path, *path.rglob("*")):  # a kernel may run as another user
        each.chmod(0o755 if each.is_dir() else 0o644)
    return path


_kept: list[tempfile.TemporaryDirectory] = []


def write(target: Path, cells: Iterable[str]) -> None:
    """Write the package for an assignment with these code cells to the new folder `target`."""
    cells = [*cells]
    emptied = without_bodies(cells)
    for path in files():
        place = target / path.relative_to(PACKAGE)
        place.parent.mkdir(parents=True, exist_ok=True)
        if path in emptied:
            place.write_text(emptied[path], encoding="utf-8")
        else:
            shutil.copyfile(path, place)
    compileall.compile_dir(target, quiet=2)


def files() -> Iterator[Path]:
    """Yield the files of the package that a kernel has."""
    for path in sorted(PACKAGE.rglob("*")):
        name = path.relative_to(PACKAGE).as_posix()
        out = name.startswith(LEFT_OUT) and name not in STARTS
        if path.is_file() and path.suffix != ".pyc" and not out:
            yield path


def without_bodies(cells: Iterable[str]) -> dict[Path, str]:
    """Return the sources, by file, of those modules in which functions lose their bodies."""
    cells = [*cells]
    solved, (functions, top) = exercises(cells), _defined()
    used = _used(cells, functions, top)
    gone = {
        node: exercise
        for name, found in functions.items()
        for _, node in found
        for exercise in _solves(node) & solved
        if name not in used
    }
    changed: dict[Path, dict[Function, str]] = {}
    for found in functions.values():
        for module, node in found:
            if node in gone and isinstance(node, Function):
                changed.setdefault(module, {})[node] = gone[node]
    return {module: _emptied(module, nodes) for module, nodes in changed.items()}


@functools.cache
def _defined() -> tuple[dict[str, list[Defined]], dict[str, list[ast.stmt]]]:
    """Return the functions and classes of the package by their names, and of each module, by its
    name, what runs when it is imported."""
    functions: dict[str, list[Defined]] = {}
    top: dict[str, list[ast.stmt]] = {}
    for path in files():
        if path.suffix != ".py":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, Function | ast.ClassDef):
                functions.setdefault(node.name, []).append(Defined(path, node))
        name = path.parent.name if path.stem == "__init__" else path.stem
        top.setdefault(name, []).extend(tree.body)
    return functions, top


def _used(cells: Iterable[str], functions, top) -> set[str]:
    """Return the names that the cells use, directly or by what they use."""
    used: set[str] = set()
    new = set().union(*map(_names_in_cell, cells))
    while new:
        used |= new
        found = set()
        for name in new:
            for _, node in functions.get(name, ()):
                found |= _names(node)
            for statement in top.get(name, ()):
                found |= _names(statement, whole=False)
        new = found - used
    return used


def _names_in_cell(source: str) -> set[str]:
    try:
        tree = ast.parse(TransformerManager().transform_cell(source))
    except SyntaxError:
        return set()
    names = _names(tree)
    for node in ast.walk(tree):  # what a cell imports it uses
        if isinstance(node, ast.ImportFrom | ast.Import):
            names |= {part for alias in node.names for part in alias.name.split(".")}
    return names


def _names(tree: ast.AST, whole: bool = True) -> set[str]:
    """Return the names in a piece of code, with those of modules that it imports. If it is not
    `whole`, what stands in functions does not count, since it does not run yet."""
    names: set[str] = set()
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, ast.ImportFrom):
            names |= {*(node.module or "").split(".")}
            # A name that is imported may be a module.
            names |= {a.name for a in node.names if a.name in _defined()[1]}
        elif isinstance(node, ast.Import):
            names |= {part for alias in node.names for part in alias.name.split(".")}
        if isinstance(node, Function) and not whole:
            todo += node.decorator_list
        else:
            todo += ast.iter_child_nodes(node)
    return names


def _solves(node: ast.AST) -> set[str]:
    """Return the exercises that a function is marked to solve."""
    marks = getattr(node, "decorator_list", ())
    return {
        argument.value
        for mark in marks
        if isinstance(mark, ast.Call)
        and isinstance(mark.func, ast.Name)
        and mark.func.id == "solves"
        for argument in mark.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def _emptied(module: Path, nodes: dict[Function, str]) -> str:
    """Return the module's source, where these functions have no bodies."""
    lines = module.read_text(encoding="utf-8").splitlines()
    outer = [n for n in nodes if not any(o is not n and n in ast.walk(o) for o in nodes)]
    for node in sorted(outer, key=lambda node: -node.lineno):
        body = node.body
        first = body[1] if ast.get_docstring(node) and len(body) > 1 else body[0]
        start = min([first.lineno, *(d.lineno for d in getattr(first, "decorator_list", ()))])
        indent = " " * first.col_offset
        lines[start - 1 : node.end_lineno] = [indent + NO_BODY.format(nodes[node])]
    return "\n".join(lines) + "\n"
