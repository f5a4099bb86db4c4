"""Find which assignments to grade again after a check, or something it needs, was corrected."""

import ast
import subprocess
from pathlib import Path

from helpers.course import CourseError
from helpers.course.build import as_built, last_check, sources

CONFIGURATION = "nbgrader_config.py"
# Changes in these change no mark: misconceptions only give advice, and the others only show
# something. In `course` only what grading imports counts.
WITHOUT_MARKS = ("misconceptions", "explorers", "plots", "ranking.py", "course")


def concerned(root: Path, commit: str, assignments: list[str]) -> list[str]:
    """Return those of `assignments` whose marks may be others after the changes since `commit`.

    Raises `CourseError` if git or the commit is missing, or a source was changed but not built.
    """
    git, where = ["git", "-C", str(root)], ["--", "solutions", "helpers", CONFIGURATION]
    since = ["diff", "--name-only", "--relative", "-z", "--end-of-options", commit]
    untracked = ["ls-files", "--others", "--exclude-standard", "-z"]
    try:
        outputs = [
            subprocess.run([*git, *ask, *where], capture_output=True, text=True, check=True).stdout
            for ask in (since, untracked)
        ]
    except FileNotFoundError as error:
        raise CourseError("git is not installed, so nobody knows what changed") from error
    except subprocess.CalledProcessError as error:
        raise CourseError(
            f"git knows no changes since {commit}: {error.stderr.partition(chr(10))[0]}; "
            "name a commit that `git log` shows"
        ) from error
    changed = {Path(name) for name in "".join(outputs).split("\0") if name}
    topics = {path.stem: _topics(path) for path in sources(root)}
    of_all = changed - set().union(*topics.values())
    if of_all & (grading(root) | {Path(CONFIGURATION)}) or any(map(_may_change_marks, of_all)):
        return assignments
    return [
        name
        for name in assignments
        if Path(f"solutions/{name}.py") in changed or topics[name] & changed
    ]


def grading(root: Path) -> set[Path]:
    """Return the modules of ``course/`` that decide marks: all in ``grading/`` and all that these
    import, as paths relative to `root`."""
    course = Path("helpers", "course")
    modules: set[Path] = set()
    waiting = [path.relative_to(root) for path in (root / course / "grading").glob("*.py")]
    while waiting:
        path = waiting.pop()
        if path in modules or course not in path.parents or not (root / path).is_file():
            continue
        modules.add(path)
        for node in ast.walk(ast.parse((root / path).read_bytes())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                # A name may be a module of a package, or defined in a module.
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            for name in names:
                module = Path(*name.split("."))
                waiting += [module / "__init__.py", module.with_suffix(".py")]
    return modules


def _may_change_marks(path: Path) -> bool:
    """Whether a changed file of `helpers` may change marks: all may but those of WITHOUT_MARKS."""
    return path.parts[0] == "helpers" and not set(WITHOUT_MARKS) & set(path.parts)


def _topics(source: Path) -> set[Path]:
    """Return the modules of the checks that an assignment calls. Raises `CourseError` if the source
    has changed since it was built, or calls a check that does not exist."""
    cells = as_built(source).cells
    calls = (last_check(cell.source) for cell in cells if cell.cell_type == "code")
    modules = {call.check.draw.__module__ for call in calls if call}
    return {Path(*module.split(".")).with_suffix(".py") for module in modules}
