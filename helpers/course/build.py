"""One percent-format source per notebook, compiled one way to a solution and a student version."""

import ast
import hashlib
import io
import itertools
import re
import shutil
import tokenize
from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import jupytext
import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from helpers.course import CourseError, points, variants

if TYPE_CHECKING:
    from helpers.checks.core import Check

MAX_CODE_LINES = 20
ASSIGNMENT = re.compile(r"\d\d_\w+")
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
AUTHORED_KEYS = {"grade_id", "grade", "solution", "points", "locked"}
NEVER_RELEASED = ("BEGIN SOLUTION", "BEGIN HIDDEN TESTS", "BEGIN MARK SCHEME", "hidden=True")


def sources(root: Path) -> list[Path]:
    """Return the paths of the notebook sources ``solutions/NN_slug.py``, in order.

    Raises `CourseError` if there is none, or one has another kind of name.
    """
    paths = sorted((root / "solutions").glob("*.py"))
    if unnamed := [path.name for path in paths if not ASSIGNMENT.fullmatch(path.stem)]:
        raise CourseError(
            f"solutions/{unnamed[0]}: a source is named NN_slug.py, for instance 03_saliency.py"
        )
    if not paths:
        raise CourseError(f"no sources solutions/NN_slug.py in {root}")
    return paths


def build(root: Path) -> tuple[list[str], list[str]]:
    """Compile every source to ``solutions/NN_slug/`` and release it to ``notebooks/NN_slug/``.

    Returns the names of the built assignments, and the folders that were removed because their
    source is gone. Raises `CourseError`, which lists all problems, if a notebook must not be
    released.
    """
    from helpers.course.grading.nbgrading import generate_assignment

    compiled = {path.stem: compile_source(path) for path in sources(root)}
    _raise_for(compiled, verify_source)
    templates = {path.stem: compile_source(path, template=True) for path in sources(root)}
    _raise_for(templates, verify_variants)
    called = {name: _calls(notebook) for name, notebook in compiled.items()}
    for (one, calls), (other, more) in itertools.permutations(called.items(), 2):
        if both := {c.name for c in calls if c.values} & {c.name for c in more}:
            raise CourseError(
                f"solutions/{one}.py gives checks.{min(both)} constants, and solutions/{other}.py "
                "calls it, too: a student gets one sealed check; call it in one of both"
            )
    removed = _remove_stale(root, compiled)
    for name, notebook in compiled.items():
        target = root / "solutions" / name / f"{name}.ipynb"
        target.parent.mkdir(exist_ok=True)
        nbformat.write(notebook, target)
        generate_assignment(root, name)
    released = {name: read_notebook(root / "notebooks", name) for name in compiled}
    try:
        _raise_for(released, verify_released)
    except CourseError:
        for name, notebook in released.items():
            if any(verify_released(notebook)):  # what may hold a solution is not handed out
                shutil.rmtree(root / "notebooks" / name)
        raise
    return list(compiled), removed


def read_notebook(folder: Path, name: str) -> NotebookNode:
    """Return the notebook ``<folder>/<name>/<name>.ipynb``; `CourseError` if it is missing."""
    path = folder / name / f"{name}.ipynb"
    if not path.is_file():
        raise CourseError(f"there is no {path}; run `course build`, which makes it")
    return nbformat.read(path, as_version=4)


def compile_source(path: Path, template: bool = False) -> NotebookNode:
    """Return the solution notebook of a percent-format source; it is the same on any machine.

    Its constants have their first values. A `template` has the places for them instead, and in its
    metadata their values by name, as "variants".

    Raises `CourseError` if the source is not in the percent format, or its constants are unclear.
    """
    try:
        parsed = jupytext.read(path, fmt="py:percent")
    except (ValueError, nbformat.ValidationError) as error:
        raise CourseError(f"{path} is not a notebook in the percent format: {error}") from error
    notebook = nbformat.v4.new_notebook(cells=parsed.cells, metadata=METADATA)
    templates = [cell.source for cell in notebook.cells]
    try:
        choices = variants.declared(notebook.cells)
        for cell in notebook.cells if choices else ():
            cell.source = variants.render(cell.source, variants.first(choices))
        if choices:
            variants.templates([cell.source for cell in notebook.cells], templates)
    except CourseError as error:
        raise CourseError(f"solutions/{path.name}, {error}") from error
    seen: Counter[str] = Counter()
    for cell, following in zip(notebook.cells, [*notebook.cells[1:], None], strict=True):
        cell.metadata.pop("lines_to_next_cell", None)  # jupytext's note on the source's layout
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if _has_mark_scheme(cell) and not _nbgrader(cell) and _is_answer(following):
            cell.metadata["nbgrader"] = {"grade_id": f"{grade_id(following)}_scheme"}
        if "nbgrader" in cell.metadata:
            cell.metadata["nbgrader"] = _complete(cell)
        seen[cell.source] += 1
        cell.id = _cell_id(cell, seen[cell.source])
    if template:
        notebook.metadata["variants"] = choices
        for cell, source in zip(notebook.cells, templates, strict=True):
            cell.source = source
    return notebook


def as_built(source: Path) -> NotebookNode:
    """Return the solution notebook of a source. Raises `CourseError` if the source has changed
    since it was built."""
    notebook, built = compile_source(source), source.with_suffix("") / f"{source.stem}.ipynb"
    if not built.exists() or nbformat.read(built, as_version=4) != notebook:
        raise CourseError(f"{source} has changed since it was built; run `course build` first")
    return notebook


def _complete(cell: NotebookNode) -> dict:
    given = dict(cell.metadata["nbgrader"])
    solution = given.get("solution", False)
    filled: dict = {"grade": False, "solution": False, "locked": not solution, "task": False}
    call = last_check(cell.source) if cell.cell_type == "code" and given.get("grade") else None
    if call and (worth := _worth(call.name)) is not None:
        filled["points"] = worth
    return filled | {"schema_version": 3, "cell_type": cell.cell_type} | given


def _cell_id(cell: NotebookNode, occurrence: int) -> str:
    if grade_id(cell):
        return re.sub(r"[^a-zA-Z0-9_-]", "-", grade_id(cell))[:64]
    # Counted among equal cells, not among all, so that a new cell leaves the other ids alone.
    return hashlib.sha256(f"{occurrence}\n{cell.source}".encode()).hexdigest()[:12]


def _remove_stale(root: Path, names) -> list[str]:
    folders = [
        folder
        for parent in ("solutions", "notebooks")
        for folder in sorted((root / parent).glob("*/"))
        if ASSIGNMENT.fullmatch(folder.name) and folder.name not in names
    ]
    for folder in folders:
        shutil.rmtree(folder)
    return [folder.relative_to(root).as_posix() for folder in folders]


def _raise_for(notebooks: dict[str, NotebookNode], verify) -> None:
    problems = [
        f"solutions/{name}.py, {problem}"
        for name, notebook in notebooks.items()
        for problem in verify(notebook)
    ]
    if problems:
        raise CourseError("\n".join(problems))


def verify_source(notebook: NotebookNode) -> list[str]:
    """Return what is wrong with a compiled source: a sentence a problem, with cell and remedy."""
    problems = []
    used = Counter(grade_id(cell) for cell in notebook.cells if _nbgrader(cell))
    for index, cell in enumerate(notebook.cells):
        previous = notebook.cells[index - 1] if index else None
        following = notebook.cells[index + 1] if index + 1 < len(notebook.cells) else None
        found = [*_metadata_problems(cell), *_scheme_problems(cell, previous, following)]
        if _nbgrader(cell) and used[grade_id(cell)] > 1:
            found.append("grade_id used more than once; give every cell its own")
        problems += [f"{_name(cell, index)}: {problem}" for problem in found]
    problems += _constants_problems(notebook)
    for index, problem in points.problems(notebook.cells):
        problems.append(f"{_name(notebook.cells[index], index)}: {problem}")
    return problems


def verify_variants(template: NotebookNode) -> list[str]:
    """Return what is wrong with a compiled template where a constant has another value than its
    first."""
    problems = []
    choices = template.metadata["variants"]
    for name, values in choices.items():
        for value in values[1:]:
            notebook = deepcopy(template)
            try:
                for cell in notebook.cells:
                    cell.source = variants.render(
                        cell.source, variants.first(choices) | {name: value}
                    )
                found = verify_source(notebook)
            except CourseError as error:
                found = [str(error)]
            problems += [f"with {name} = {value!r}, {problem}" for problem in found]
    return problems


def verify_released(notebook: NotebookNode) -> list[str]:
    """Return what is wrong with a student version: cells that are too long or show a secret."""
    problems = []
    for index, cell in enumerate(notebook.cells):
        problems += [
            f"{_name(cell, index)}: {secret!r} would reach the students; check its END line"
            for secret in NEVER_RELEASED
            if secret in cell.source
        ]
        if cell.cell_type == "code" and (lines := count_code_lines(cell.source)) > MAX_CODE_LINES:
            problems.append(
                f"{_name(cell, index)}: {lines} lines of code, at most {MAX_CODE_LINES}; "
                "split the cell or move code to helpers/"
            )
    return problems


def without_check(notebook: NotebookNode) -> list[str]:
    """Return the names of the graded code cells that call no check: these are judged in the
    student's kernel."""
    return [
        grade_id(cell)
        for cell in notebook.cells
        if cell.cell_type == "code" and _nbgrader(cell).get("grade") and not _is_answer(cell)
        if last_check(cell.source) is None
    ]


def _metadata_problems(cell: NotebookNode) -> list[str]:
    if "incorrectly_encoded_metadata" in cell.metadata:
        return [
            f"cannot read the cell line at {cell.metadata.incorrectly_encoded_metadata!r}; "
            'it is written like nbgrader={"grade_id": "name", "solution": true}'
        ]
    meta = _nbgrader(cell)
    if not meta:
        return []
    problems = []
    if unknown := sorted(set(meta) - AUTHORED_KEYS - {"task", "schema_version", "cell_type"}):
        problems.append(
            f"unknown nbgrader keys {unknown}; there are {', '.join(sorted(AUTHORED_KEYS))}"
        )
    if not meta.get("grade_id"):
        problems.append("no grade_id; give it one, for instance the exercise's name")
    # A check that does not exist is reported below.
    nameless = "points" not in meta and cell.cell_type == "code" and last_check(cell.source)
    if meta["grade"] and not nameless and not isinstance(meta.get("points"), int | float):
        problems.append(f'"points": {meta.get("points")!r}; a graded cell needs a number')
    if cell.cell_type == "code" and meta["solution"] and not meta["grade"]:
        if not all(f"### {word} SOLUTION" in cell.source for word in ("BEGIN", "END")):
            problems.append(
                "no solution region; put ### BEGIN SOLUTION and ### END SOLUTION around the answer"
            )
    elif cell.cell_type == "code" and meta["grade"] and not meta["solution"]:
        problems += _check_problems(cell.source, meta.get("points"))
    return problems


def _worth(name: str) -> float | None:
    """Return the points of a check, or None if there is no such check."""
    return getattr(_check(name), "points", None)


def _check(name: str) -> Any:
    from helpers import checks

    return getattr(checks, name, None)


def _check_problems(source: str, stated) -> list[str]:
    try:
        tree = _parse(source)
    except SyntaxError as error:
        return [f"not valid Python ({error})"]
    called = [check_call(statement) for statement in tree.body]
    if not any(called) and not re.search(r"\bchecks\b", source):
        if tree.body and isinstance(tree.body[-1], ast.Expr) and not _silent(source):
            return []
        value = f"its points, here {stated}, in a line of their own"
        return [f"must end with {value}: no evidence is no point"]
    names = sorted({call.name for call in called if call})
    if len(names) > 1:
        return [f"calls the checks {', '.join(names)}; a graded cell calls one"]
    values = [call.values for call in called if call]
    known = getattr(_check(names[0]), "values", {}) if names else {}
    if not (names and all(called)) or _silent(source) or (any(values) and not known):
        # Any other line would not run: grading only asks for the function's answers.
        return [
            "every line of a check's cell is checks.<name>(<function>) or, hidden, "
            "checks.<name>(<function>, hidden=True), and the last one shows its value"
        ]
    worth = _worth(names[0])
    if worth is None:
        return [f"checks.{names[0]} is no check of helpers.checks; correct the name"]
    if any(one != values[0] or {*one} not in (set(), {*known}) for one in values):
        return [
            f"the constants of checks.{names[0]} are {', '.join(known)}; name all of them, or "
            "none, and in every line the same values"
        ]
    if any(values) and _check(names[0]).given:
        # The sealed check of a student's constants is made without the notebook's solution.
        return [
            f"checks.{names[0]} has constants and is given answers of earlier exercises; take out "
            "its `values` or its `given`"
        ]
    if worth != stated:
        return [
            f'"points": {stated}, but the rubric of checks.{names[0]} gives {worth:g}; '
            'leave "points" out, they are filled in from the rubric'
        ]
    return []


def _calls(notebook: NotebookNode) -> list["CheckCall"]:
    """Return the calls of checks that the notebook's cells end with."""
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return [call for call in map(last_check, code) if call]


def _constants_problems(notebook: NotebookNode) -> list[str]:
    """Return which checks have several constants in a notebook: a student gets one sealed check."""
    found: dict[str, dict[str, Any]] = {}
    return [
        f"checks.{call.name} has {known or 'its own constants'} in one cell and "
        f"{call.values or 'its own constants'} in another; give it the same in all"
        for call in _calls(notebook)
        if (known := found.setdefault(call.name, call.values)) != call.values
    ]


class CheckCall(NamedTuple):
    """A call ``checks.<name>(<function>)``, perhaps with constants by name."""

    name: str
    function: str
    values: dict[str, Any]

    @property
    def check(self) -> "Check":
        """The check that is called. Raises `CourseError` if there is none of this name."""
        from helpers import checks

        if self.name not in checks.CHECKS:
            raise CourseError(
                f"there is no check {self.name!r} in helpers/checks/exercises/: give the check "
                "this name again, or correct the cell in solutions/; then run `course build`"
            )
        return checks.CHECKS[self.name]


def last_check(source: str) -> CheckCall | None:
    """Return the call of a check that a cell's source ends with, or None."""
    try:
        body = _parse(source).body
    except SyntaxError:  # it fails when it runs
        return None
    return check_call(body[-1]) if body else None


def check_call(statement: ast.stmt) -> CheckCall | None:
    """Return the call of a check that the statement consists of, or None if it is anything else."""
    match statement:
        case ast.Expr(
            ast.Call(
                func=ast.Attribute(value=ast.Name(id="checks"), attr=name),
                args=[ast.Name(id=function)],
                keywords=keywords,
            )
        ):
            try:
                values = {word.arg: ast.literal_eval(word.value) for word in keywords if word.arg}
            except (ValueError, TypeError, RecursionError):  # no constant
                return None
            if len(values) == len(keywords) and values.pop("hidden", True) is True:
                return CheckCall(name, function, values)
    return None


def _silent(source: str) -> bool:
    """Whether the code ends in a semicolon, so that IPython shows no value."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER}
    return [token.string for token in tokens if token.type not in skipped][-1:] == [";"]


def _scheme_problems(cell, previous, following) -> list[str]:
    if _has_mark_scheme(cell) and (_is_answer(cell) or not _is_answer(following)):
        # nbgrader shows the grader the scheme only where it restores a locked cell.
        return [
            "the marking scheme is in the wrong cell; it belongs at the end of the markdown cell "
            "just above a manually graded one"
        ]
    if _is_answer(cell) and not (previous and _has_mark_scheme(previous)):
        return [
            "no marking scheme; put a ### BEGIN MARK SCHEME … ### END MARK SCHEME block at the "
            "end of the markdown cell just above, which asks the question"
        ]
    return []


def count_code_lines(source: str) -> int:
    """Return how many lines of a cell hold code; blank lines, comments and docstrings do not."""
    lines = source.splitlines()
    try:
        tree = _parse(source)
    except SyntaxError:  # a student version may be incomplete on purpose
        tree = ast.Module([], [])
    text = {
        number
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    return sum(
        1
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.strip().startswith("#") and number not in text
    )


def _parse(source: str) -> ast.Module:
    return ast.parse(TransformerManager().transform_cell(source))


def _nbgrader(cell: NotebookNode) -> dict:
    return cell.metadata.get("nbgrader", {})


def grade_id(cell: NotebookNode) -> str:
    """Return the name by which nbgrader knows a cell; empty if the cell has none."""
    return _nbgrader(cell).get("grade_id", "")


def _is_answer(cell: NotebookNode | None) -> bool:
    meta = _nbgrader(cell) if cell else {}
    return bool(meta.get("grade") and meta.get("solution"))


def _has_mark_scheme(cell: NotebookNode) -> bool:
    return "BEGIN MARK SCHEME" in cell.source


def _name(cell: NotebookNode, index: int) -> str:
    first_line = cell.source.strip().split("\n")[0][:40]
    return f"cell {grade_id(cell) or f'{index + 1} ({first_line!r})'}"
