"""Execute each solution notebook once for each data set, and keep the result for later use."""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from importlib import metadata
from pathlib import Path

import nbformat
from filelock import FileLock
from nbformat import NotebookNode
from packaging.requirements import Requirement

import helpers
from helpers.course import KERNEL_ARGUMENTS, CourseError, use_this_environment
from helpers.datasets.core import MANIFEST

EXECUTIONS = "executions"  # the folder in build/ where they are kept
CELL_TIMEOUT = 600  # seconds; a first training on a slow computer still fits
NOTE = "execution"  # in the metadata of an executed notebook


class ExecutionFailed(CourseError):
    """A notebook failed when it was executed; `notebook` has the outputs until then."""

    def __init__(self, message: str, notebook: NotebookNode):
        super().__init__(message)
        self.notebook = notebook


def executed(
    course: Path,
    name: str,
    data: str,
    store: Path,
    *,
    alone: Path | None = None,
    run: Callable[[NotebookNode], NotebookNode] | None = None,
) -> NotebookNode:
    """Return the solution notebook ``name`` of the course at ``course``, executed on ``data``.

    The notebook is only executed if ``store`` does not hold it with the same source, ``helpers``,
    manifest of data sets, and versions of Python and the packages. If two processes want the same
    notebook, one waits for the other. The notebook's metadata say under `NOTE` how many ``seconds``
    the execution took.

    Args:
        course: the folder of the course.
        name: the name of the assignment.
        data: what ``datasets.load("default")`` gives here; it is ignored for a notebook that loads
            another data set.
        store: the folder of the executed notebooks.
        alone: an empty folder, to execute with it as the cache, as a student has it who begins with
            this notebook.
        run: execute it with this function in any case, say in a browser. What the function returns
            is kept if the store holds no other, and nothing if the function raises.

    Raises:
        ExecutionFailed: if a cell or the kernel fails; nothing is kept then.
    """
    file = course / "solutions" / name / f"{name}.ipynb"
    source = file.read_bytes()
    data = data if rb"load(\"default\")" in source else "its own data"
    kept = store / f"{name}, {data}.ipynb"
    key = hashlib.sha256(source + _surroundings()).hexdigest()
    store.mkdir(parents=True, exist_ok=True)
    with FileLock(kept.with_suffix(".lock")):
        held = kept.exists()
        if held:
            notebook = nbformat.read(kept, as_version=4)
            note = notebook.metadata[NOTE]
            held = note["key"] == key and (note["alone"] or alone is None)
            if held and run is None:
                return notebook
        notebook = nbformat.reads(source.decode(), as_version=4)
        started = time.perf_counter()
        if run:
            notebook = run(notebook)
        else:
            use_this_environment()
            environment = os.environ | ({"COURSE_CACHE": str(alone)} if alone else {})
            _execute(notebook, name, file.parent, environment)
        seconds = round(time.perf_counter() - started, 1)
        notebook.metadata[NOTE] = {"key": key, "alone": alone is not None, "seconds": seconds}
        if held:
            return notebook
        partial = kept.with_suffix(".partial")
        nbformat.write(notebook, partial)
        os.replace(partial, kept)
    return notebook


@cache
def _surroundings() -> bytes:
    """Return a hash of what the outputs of a notebook depend on beside the notebook's source."""
    digest = hashlib.sha256(MANIFEST.read_bytes())
    package = Path(helpers.__file__).parent
    for path in sorted(package.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"{path.relative_to(package)}\n".encode() + path.read_bytes())
    needed = map(Requirement, metadata.requires("inside-cnns") or ())
    names = sorted(one.name for one in needed if one.marker is None or one.marker.evaluate())
    versions = [sys.version, *(f"{name} {metadata.version(name)}" for name in names)]
    digest.update("\n".join(versions).encode())
    return digest.digest()


def _execute(notebook: NotebookNode, name: str, folder: Path, environment: dict[str, str]) -> None:
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        iopub_timeout=60,  # on a busy computer outputs come late
        kernel_name="python3",
        extra_arguments=KERNEL_ARGUMENTS,
        store_widget_state=False,  # else a page made of it looks for a server of widgets
        resources={"metadata": {"path": str(folder)}},
    )
    with tempfile.TemporaryFile() as log:  # what C++ writes belongs to no cell
        try:
            client.execute(env=environment, stdout=log, stderr=subprocess.STDOUT)
        except Exception as error:  # of a cell, or of a kernel that does not start
            text = f"{name} failed when executed:\n{error}"
            if isinstance(error, DeadKernelError):
                log.seek(0)
                text += f"\n{log.read().decode(errors='replace')[-2000:]}"
            raise ExecutionFailed(text, notebook) from error
