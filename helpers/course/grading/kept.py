"""What the course keeps on this computer, data sets and trained networks, in a kernel's own home.

A submission reads what is kept. What it adds or changes there is its own, and ends with it.
"""

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from helpers.datasets.core import cache_dir

CACHE = ".cache"  # in a kernel's home, which its COURSE_CACHE names
LARGEST_COPY = 64 * 2**20  # bytes


def kept() -> dict[str, Path]:
    """Where files and folders lie, absolute, by the place that each has in a kernel's home."""
    keras = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser().absolute()
    of_keras = (
        "datasets/mnist.npz",
        "models",
    )  # the digits, and the weights of ImageNet's networks
    return {CACHE: cache_dir().absolute(), **{f".keras/{name}": keras / name for name in of_keras}}


def bring(what: dict[str, Path], home: Path, put: Callable[[Path, Path], object]) -> None:
    """Put what is `kept` into a kernel's home, file by file: `put` is `link` or `copy`."""
    for name, shared in what.items():
        with contextlib.suppress(PermissionError):  # the folder is closed to the kernel's user
            for path in sorted(shared.rglob("*")) if shared.is_dir() else [shared]:
                target = home / name / path.relative_to(shared)
                # It was being written, and has gone; or it alone is closed to the kernel's user.
                with contextlib.suppress(FileNotFoundError, PermissionError):
                    if path.is_file():
                        target.parent.mkdir(parents=True, exist_ok=True)
                        put(path, target)


def link(path: Path, target: Path) -> None:
    """For a kernel whose sandbox makes what is kept read-only."""
    target.symlink_to(path)


def copy(path: Path, target: Path) -> None:
    """For a kernel that could write through a link. Only published weights are larger than
    `LARGEST_COPY`: those are linked, and whoever reads them compares their SHA-256 first."""
    if path.stat().st_size > LARGEST_COPY:
        with contextlib.suppress(OSError):  # Windows lets few users make links
            return link(path, target)
    shutil.copyfile(path, target)
