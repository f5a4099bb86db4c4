"""The course without a checkout: a wheel for students, and the folder that the wheel gives.

The wheel holds what the zip for students holds (`export.students_files`). Notebooks and what lies
beside them are in the package's folder `kit`, from which `start` copies them.
"""

import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from helpers.course import CourseError

KIT = Path(__file__).with_name("kit")
BESIDE = ("notebooks/", "datasets/", "README", "LICENSE", "nbgrader_config.py")
START = """\
You have installed the course. `course lab`, typed in this folder, opens the notebooks. If something
is wrong with your computer, `course doctor` says what to do."""


def start(folder: Path) -> None:
    """Copy the notebooks, and what lies beside them, into a folder that is new or empty.

    Raises `CourseError` if the folder holds something, or the course was not installed from the
    wheel for students; `OSError` if nothing can be written there.
    """
    if not KIT.is_dir():
        raise CourseError(
            "this course was not installed from the wheel for students, so its notebooks lie in "
            "its own folder: change to that folder, and type course lab"
        )
    if folder.exists() and not folder.is_dir():
        raise CourseError(f"{folder} is a file: name a new folder, or an empty one")
    if folder.is_dir() and any(folder.iterdir()):
        raise CourseError(
            f"{folder} is not empty, so nothing was written: name a new folder, or an empty one"
        )
    shutil.copytree(
        KIT,
        folder,
        ignore=shutil.ignore_patterns("__pycache__"),  # pip compiles nbgrader's settings
        copy_function=shutil.copyfile,  # without the rights of installed files
        dirs_exist_ok=True,
    )


def write_wheel(root: Path, folder: Path) -> Path:
    """Write the wheel for students into `folder`, and return its path.

    Raises `CourseError` if there is no such folder, a notebook holds a solution, or hatchling fails
    or is not installed.
    """
    from helpers.course.export import students_files

    if not folder.is_dir():
        raise CourseError(f"there is no folder {folder}: make it first, or name another one")
    if find_spec("hatchling") is None:
        raise CourseError("hatchling makes the wheel, and is not installed: pip install hatchling")
    with tempfile.TemporaryDirectory(prefix="wheel-") as place:
        for name, content in students_files(root, START).items():
            kit = [f"helpers/course/kit/{name}"] if name.startswith(BESIDE) else []
            for file in (Path(place, name) for name in [name, *kit]):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
        made = Path(place, "made")
        command = [sys.executable, "-P", "-m", "hatchling", "build", "-t", "wheel", "-d", str(made)]
        ran = subprocess.run(command, cwd=place, capture_output=True, text=True)
        if ran.returncode:
            raise CourseError(f"hatchling made no wheel: {ran.stderr.strip() or ran.stdout}")
        [wheel] = made.glob("*.whl")
        return Path(shutil.copy(wheel, folder))
