"""The instructor's command line, from building the notebooks to returning the marks."""

import errno
import os
import sys
import sysconfig
from pathlib import Path
from typing import IO

__all__ = [
    "KERNEL_ARGUMENTS",
    "CourseError",
    "find_root",
    "locked",
    "share_cores",
    "use_this_environment",
]

# jsonschema, which checks notebooks, would import this package to check addresses of a kind that no
# notebook has. The import takes 1.7 seconds, more than half of a command's start.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

# Kernels write a warning about their transport to the terminal, into the progress bars.
KERNEL_ARGUMENTS = ["--log-level=ERROR"]


class CourseError(Exception):
    """Something the instructor can put right; the message names it and the remedy."""


def find_root(start: Path | None = None) -> Path:
    """Return the nearest folder, from ``start`` upwards, that holds ``nbgrader_config.py``.

    ``start`` is the working folder by default. Raises `CourseError` if there is no such folder.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "nbgrader_config.py").is_file():
            return folder
    raise CourseError(
        f"{start} is not inside a course: no nbgrader_config.py here or above; "
        "change to the folder that holds it"
    )


def use_this_environment() -> None:
    """Let this process, and all that it starts, find the programs and the kernel of this Python
    environment first."""
    # nbgrader calls `alembic` by its bare name.
    _put_first("PATH", sysconfig.get_path("scripts"))
    # A `python3` kernelspec in the user's folder would otherwise start another interpreter.
    _put_first("JUPYTER_PATH", str(Path(sys.prefix, "share", "jupyter")))
    # Kernels choose the inline backend themselves, but only where none is set.
    os.environ.pop("MPLBACKEND", None)
    # `course doctor` looks at the user's own choice before this line overwrites it.
    os.environ["KERAS_BACKEND"] = "tensorflow"


def share_cores() -> None:
    """Let each process started from here compute with one thread. With one process for each core,
    more threads would only wait for each other."""
    for variable in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(variable, "1")


def locked(file: IO) -> bool:
    """Lock an open file until the file is closed or this process ends.

    Returns False if another process has locked the file. Raises `OSError` if the file system has no
    locks.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            # Others cannot read a locked byte, so this is one beyond all that is written.
            os.lseek(file.fileno(), 2**30, os.SEEK_SET)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK):
            raise
        return False
    return True


def _put_first(variable: str, folder: str) -> None:
    others = [f for f in os.environ.get(variable, "").split(os.pathsep) if f and f != folder]
    os.environ[variable] = os.pathsep.join([folder, *others])
