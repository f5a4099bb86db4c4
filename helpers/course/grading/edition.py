"""The `helpers` that kernels have while a submission is graded: without what judges.

There is no reference in it and no known mistake, in memory or on disk.
"""

import compileall
import shutil
from collections.abc import Iterator
from pathlib import Path

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


def write(folder: Path) -> None:
    """Write the package to the new folder, and beside it what the package looks for there."""
    for path in files():
        place = folder / PACKAGE.name / path.relative_to(PACKAGE)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    if not MANIFEST.is_relative_to(PACKAGE):  # in a checkout
        shutil.copytree(MANIFEST.parent, folder / MANIFEST.parent.name)
    compileall.compile_dir(folder, quiet=2)
    for path in (folder, *folder.rglob("*")):  # a kernel may run as another user
        path.chmod(0o755 if path.is_dir() else 0o644)
