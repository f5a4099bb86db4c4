"""When a check was wrong: grade again what it concerns, and see who gains and loses first."""

import subprocess
from pathlib import Path

from helpers import checks
from helpers.course import CourseError
from helpers.course.build import last_check, read_notebook

# Whose change may change any mark; what misconceptions say is no mark.
SHARED = ("helpers/checks/", "helpers/methods/", "helpers/models/")
GRADING = {Path("helpers/course/evidence.py"), Path("helpers/course/rebuild.py")}


def concerned(root: Path, commit: str, assignments: list[str]) -> list[str]:
    """The assignments whose marks may have changed with what changed since `commit`."""
    command = ["git", "-C", str(root), "diff", "--name-only", commit, "--", "solutions", "helpers"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode:
        raise CourseError(f"git knows no changes since {commit}: {found.stderr.strip()}")
    changed = {Path(line) for line in found.stdout.splitlines()}
    topics = {name: _topics(root, name) for name in assignments}
    of_one = set().union(*topics.values())
    shared = {
        path
        for path in changed - of_one
        if path.as_posix().startswith(SHARED) and "misconceptions" not in path.parts
    }
    if shared | changed & GRADING:
        return assignments
    return [
        name
        for name in assignments
        if Path(f"solutions/{name}.py") in changed or topics[name] & changed
    ]


def _topics(root: Path, assignment: str) -> set[Path]:
    """The modules of the checks that an assignment calls."""
    cells = read_notebook(root / "solutions", assignment).cells
    calls = (last_check(cell.source) for cell in cells if cell.cell_type == "code")
    found = {getattr(checks, call.name).draw.__module__ for call in calls if call}
    return {Path(*module.split(".")).with_suffix(".py") for module in found}
