"""The `helpers` that kernels have while a submission is graded: without what judges.

There is no reference in it and no known mistake, in memory or on disk. A function that solves one
of the assignment's exercises (`own_work.solves`) is missing, too, unless the assignment's own cells
import the module in which it stands, directly or by what they import.
"""

import ast
import compileall
import functools
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from importlib.util import cache_from_source
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager

from helpers import own_work
from helpers.course.build import check_call
from helpers.course.grading.sandbox import PACKAGE
from helpers.datasets.core import MANIFEST

# What judges, and what is not for students.
LEFT_OUT = (
    *(f"checks/{name}" for name in ("apart.py", "core.py", "drawn.py", "judges.py", "sealed.py")),
    *(f"checks/{name}" for name in ("diagnosis", "exercises", "misconceptions")),
    "course",
)
STARTS = ("__init__", "kept", "kernel", "sandbox", "template")  # what starts a kernel
NEEDED = ("course/__init__.py", *(f"course/grading/{name}.py" for name in STARTS))


def files() -> Iterator[Path]:
    """Yield the files of the package that kernels have."""
    for path in sorted(PACKAGE.rglob("*")):
        name = path.relative_to(PACKAGE).as_posix()
        needed = name in NEEDED or not name.startswith(LEFT_OUT)
        if needed and path.is_file() and path.suffix != ".pyc":
            yield path


def missing(cells: Iterable[str]) -> tuple[str, ...]:
    """Return the functions that are missing for an assignment with these code cells, each as
    "module:name"."""
    trees = [tree for source in cells if (tree := _parsed(source))]
    checked = {call.name for t in trees for s in t.body if (call := check_call(s))}
    there = _imported(trees)
    return tuple(
        f"{module}:{node.name}"
        for module, tree in _modules().items()
        if module not in there and not module.startswith("helpers.checks")
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and checked & _solves(node)
    )


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(TransformerManager().transform_cell(source))
    except SyntaxError:
        return None


@functools.cache
def _modules() -> dict[str, ast.Module]:
    """Return the modules that kernels have, by their names."""
    found = {}
    for path in files():
        if path.suffix == ".py":
            parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def _imported(trees: Iterable[ast.Module]) -> set[str]:
    """Return the modules that code imports, wherever in it, and those that these import."""
    found: set[str] = set()
    new = set().union(*map(_imports, trees))
    while new:
        found |= new
        new = set().union(*map(_imports_of, new)) - found
    return found


@functools.cache
def _imports_of(module: str) -> set[str]:
    return _imports(_modules()[module])


def _imports(tree: ast.Module) -> set[str]:
    """Return those of `_modules` that code imports itself."""
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names += [node.module or "", *(f"{node.module}.{a.name}" for a in node.names)]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return {name for name in names if name in _modules()}


def _solves(node: ast.FunctionDef) -> set[str]:
    """Return the exercises that a function is marked to solve."""
    marks = (m for m in node.decorator_list if isinstance(m, ast.Call))
    return {
        str(argument.value)
        for mark in marks
        if ast.unparse(mark.func) == "solves"
        for argument in mark.args
        if isinstance(argument, ast.Constant)
    }


@functools.cache
def without(gone: tuple[str, ...]) -> tempfile.TemporaryDirectory:
    """Return a folder with the package in which the functions that are `missing` have no bodies. A
    worker's lies in the folder for temporary files of the run, and goes with it."""
    folder = tempfile.TemporaryDirectory(prefix="course-package-", ignore_cleanup_errors=True)
    write(Path(folder.name), gone)
    return folder


def _emptied(source: str, names: set[str]) -> str:
    """Return a module's source without the bodies of some functions."""
    lines = source.splitlines()
    for node in reversed(ast.parse(source).body):
        if isinstance(node, ast.FunctionDef) and node.name in names:
            first = node.body[0]
            missing = [" " * first.col_offset + f"raise NotImplementedError({own_work.MISSING!r})"]
            lines[first.lineno - 1 : node.end_lineno] = missing
    return "\n".join(lines) + "\n"


def write(folder: Path, gone: Iterable[str] = ()) -> None:
    """Write the package to the new folder, and beside it what the package looks for there. The
    functions in `gone` have no bodies."""
    of: dict[str, set[str]] = {}
    for module, _, name in (one.partition(":") for one in gone):
        of.setdefault(f"{module.replace('.', '/')}.py", set()).add(name)
    for path in files():
        name = path.relative_to(PACKAGE.parent).as_posix()
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if name in of:
            text = _emptied(path.read_text(encoding="utf-8"), of[name])
            place.write_text(text, encoding="utf-8")
            continue
        shutil.copy2(path, place)  # with its time, so that what was compiled counts here, too
        compiled, there = (Path(cache_from_source(str(one))) for one in (path, place))
        if path.suffix == ".py" and compiled.exists():
            there.parent.mkdir(exist_ok=True)
            shutil.copyfile(compiled, there)
    if not MANIFEST.is_relative_to(PACKAGE):  # in a checkout
        shutil.copytree(MANIFEST.parent, folder / MANIFEST.parent.name)
    compileall.compile_dir(folder, quiet=2)
    for path in (folder, *folder.rglob("*")):  # a kernel may run as another user
        path.chmod(0o755 if path.is_dir() else 0o644)
