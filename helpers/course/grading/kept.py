"""Bring the data sets and trained networks that the course keeps into a kernel's home.

A submission reads them. What the submission adds or changes in its home is removed with the home.
"""

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from helpers.datasets.core import cache_dir

CACHE = ".cache"  # a folder in a kernel's home, which the kernel's COURSE_CACHE names
LARGEST_COPY = 64 * 2**20  # bytes


def kept() -> dict[str, Path]:
    """Return the absolute paths of kept files and folders, by their place in a kernel's home."""
    keras = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser().absolute()
    of_keras = (
        "datasets/mnist.npz",
        "models",
    )  # the digits, and the weights of ImageNet's networks
    return {CACHE: cache_dir().absolute(), **{f".keras/{name}": keras / name for name in of_keras}}


def bring(what: dict[str, Path], home: Path, put: Callable[[Path, Path], object]) -> None:
    """Put what `kept` names into a kernel's home, file by file, with `put`: `link` or `copy`."""
    for name, shared in what.items():
        with contextlib.suppress(PermissionError):  # the folder is closed to the kernel's user
            for path in sorted(shared.rglob("*")) if shared.is_dir() else [shared]:
                target = home / name / path.relative_to(shared)
                # A temporary file may be gone, and a single file closed to the kernel's user.
                with contextlib.suppress(FileNotFoundError, PermissionError):
                    if path.is_file():
                        target.parent.mkdir(parents=True, exist_ok=True)
                        put(path, target)


def link(path: Path, target: Path) -> None:
    """Make a link to the file, for a kernel whose sandbox makes kept files read-only."""
    target.symlink_to(path)


def copy(path: Path, target: Path) -> None:
    """Copy the file, for a kernel that could write through a link. Only published weights are
    larger than `LARGEST_COPY`: these are linked where the system allows it, and whoever reads them
    compares their SHA-256 first."""
    if path.stat().st_size > LARGEST_COPY:
        with contextlib.suppress(OSError):  # Windows lets few users make links
            return link(path, target)
    shutil.copyfile(path, target)
