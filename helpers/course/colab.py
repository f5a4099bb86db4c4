"""Copies of the students' notebooks for Google Colab: a cell at the top installs the course."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import nbformat

from helpers.course import CourseError

# Elsewhere the cell does nothing, so that Validate and `nbgrader autograde` install nothing.
# The package tensorflow, which Colab has, would share its folder with the course's own.
CELL = """\
# For Google Colab: this cell installs the course, and does nothing elsewhere. If Colab asks you to
# restart, do so, and run this cell again.
if "google.colab" in __import__("sys").modules:
    %pip uninstall --quiet --yes tensorflow
    %pip install --quiet "inside-cnns @ {place}\""""
INSTALLS = re.compile(re.escape(CELL).replace(re.escape("{place}"), r"[^\s\"]+"))
MISREAD = re.compile(r"[\s\"'`$\\{}]")  # by the shell or IPython
ARCHIVES = (".whl", ".zip", ".tar.gz")


def installs(source: str) -> bool:
    """Whether the text of a cell is that of the cell at the top of a copy, and nothing else."""
    return INSTALLS.fullmatch(source.strip()) is not None


def _installable(place: str) -> bool:
    """Whether pip may install a package from an address."""
    try:
        address = urlsplit(place)
    except ValueError:
        return False
    # A file: a wheel in a Google Drive that Colab has mounted.
    archive = address.scheme in ("https", "http", "file") and address.path.endswith(ARCHIVES)
    return archive or address.scheme == "git+https"


def write_copies(root: Path, place: str, folder: Path) -> list[Path]:
    """Write a copy of each student notebook into `folder`, and return their paths.

    Args:
        root: the course's folder.
        place: the address from which pip installs the course: of a wheel, of an archive, or of a
            git repository (git+https://…).
        folder: is made if there is none.

    Raises `CourseError` if pip cannot install from such an address, or a notebook is not built.
    """
    from helpers.course.build import read_notebook, sources

    if MISREAD.search(place) or not _installable(place):
        raise CourseError(
            f"{place}: pip cannot install the course from there; name the address of a wheel "
            "(https://…/inside_cnns-0.1.0-py3-none-any.whl, as `course wheel` calls it) or of a "
            "repository that holds what `course bundle` packs (git+https://…)"
        )
    names = [source.stem for source in sources(root)]
    notebooks = {name: read_notebook(root / "notebooks", name) for name in names}
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, notebook in notebooks.items():
        cell = nbformat.v4.new_code_cell(CELL.format(place=place), id="colab-install")
        notebook.cells.insert(0, cell)
        written.append(folder / f"{name}.ipynb")
        nbformat.write(notebook, written[-1])
    return written
