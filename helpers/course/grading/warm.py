"""Kernels that start at once: forked from a process that has imported TensorFlow already.

The *template* imports what the notebooks need. It executes no TensorFlow operation, since a process
forked afterwards would hang. For each kernel the template forks a *monitor*. The monitor enters the
sandbox, forks the kernel there, passes signals on to the kernel, and says how the kernel ended. The
template itself runs no student's code, so nothing passes from one submission to the next.

Only Linux can do that. Elsewhere each kernel is started afresh.
"""

import asyncio
import contextlib
import functools
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import psutil
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Int

from helpers.course import locked, share_cores
from helpers.course.grading import edition, sandbox
from helpers.course.grading.kept import CACHE, bring, copy, kept

FIRST_UID = 1_900_000_000  # if root grades, each sandbox's kernel runs as a user from here on
# What a kernel gets of this process's environment, by exact names: a prefix would let through the
# passwords of other programs (TF_TOKEN_…, COURSE_…PASSWORD).
KEPT = {
    *("COURSE_DATA", "COURSE_CACHE", "KERAS_BACKEND", "LD_LIBRARY_PATH", "PYTHONPATH"),
    *("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"),
    *("TF_CPP_MIN_LOG_LEVEL", "TF_ENABLE_ONEDNN_OPTS", "TF_DETERMINISTIC_OPS"),
    *("LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_NUMERIC"),
    # Without these no program starts on Windows.
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT"),
    *("PROCESSOR_ARCHITECTURE", "PROCESSOR_IDENTIFIER", "NUMBER_OF_PROCESSORS"),
}
SETTINGS = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "CUDA_VISIBLE_DEVICES": "-1",
}
ANSWER = 120  # seconds in which the template has to fork a kernel
MIB = 2**20
PACKAGE = "package"  # the folder beside the template's socket that holds the course's package


class WarmProvisioner(LocalProvisioner):
    """Starts the kernels of jupyter_client, and so of nbgrader, warm and contained.

    Set in ``nbgrader_config.py`` like any option: ``c.WarmProvisioner.memory = 8192``.
    """

    memory = Int(4096, help="MiB that a submission's processes may use together").tag(config=True)
    cpu = Int(1800, help="seconds of processor time that they may use").tag(config=True)
    processes = Int(256, help="processes and threads at a time").tag(config=True)
    files = Int(512, help="MiB of files that a submission may write").tag(config=True)

    parent: Any  # the kernel manager
    process: Any  # a `_Kernel`, where LocalProvisioner has a Popen
    ended: str | None = None  # why we ended it ourselves
    walls: sandbox.Sandbox | None = None

    async def pre_launch(self, **kwargs):
        self.folder = Path(tempfile.mkdtemp(prefix="k-"))  # short, for a socket's path is
        self.sockets = self.folder / "s"
        self.sockets.mkdir()
        self.seen: set[psutil.Process] = set()
        if sandbox.kernels_fork():
            # The sandbox has a network of its own: kernel and manager talk through a folder.
            self.parent.transport, self.parent.ip = "ipc", str(self.sockets / "k")
        self.parent.connection_file = str(self.sockets / "kernel.json")
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd, **kwargs):
        try:
            return await self._launch(cmd, **kwargs)
        except BaseException:
            await self.cleanup()  # nobody else does
            raise

    async def _launch(self, cmd, **kwargs):
        given = self.folder / "given"
        # A notebook that is graded holds hidden tests and marking schemes.
        notebooks = shutil.ignore_patterns("*.ipynb")
        cwd = kwargs.get("cwd") or self.folder / "s"
        shutil.copytree(cwd, given, symlinks=True, ignore=notebooks)
        arguments, environment = cmd[cmd.index("-f") :], _environment(kwargs["env"])
        gone = tuple(getattr(self.parent, "gone", ()))  # what kernels of this assignment lack
        own_package = Path(edition.without(gone).name) if gone else package()
        fork = sandbox.kernels_fork()
        environment = _with_package(environment, package() if fork else own_package)
        limits = [self.memory * MIB, self.cpu, self.processes, self.files * MIB]
        if not fork:
            bring(kept(), given, copy)
            # -P: no file in the working folder takes the place of a module.
            command = [
                sys.executable,
                "-P",
                "-m",
                "helpers.course.grading.kernel",
                json.dumps(limits),
            ]
            homes = ("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP", "MPLCONFIGDIR")
            kwargs["env"] = {
                **environment,
                **SETTINGS,
                **dict.fromkeys(homes, str(given)),
                "COURSE_CACHE": str(given / CACHE),
                "PATH": kwargs["env"]["PATH"],  # by which Windows finds libraries
            }
            null = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            kwargs |= {"cwd": str(given), **null}
            return await super().launch_kernel([*command, *arguments], **kwargs)
        request = {
            "argv": arguments,
            "environment": environment,
            "limits": limits,
            "init": None,
            "home": str(given),
            "uid": None,
            "gone": gone,
            "kept": {name: str(path) for name, path in kept().items()},
        }
        if sandbox.unavailable() is None:
            self.walls = sandbox.Sandbox(
                given, self.files * MIB, environment, own_package, package()
            )
            request |= {"init": self.walls.init, "home": sandbox.HOME}
            described = json.loads(Path(self.parent.connection_file).read_text())
            request["connection"] = described | {"ip": sandbox.KERNEL}
            self.connection_info["ip"] = self.walls.root + sandbox.KERNEL
            if os.geteuid() == 0:
                request["uid"] = FIRST_UID + self.walls.init
                _give(self.folder, request["uid"])
        else:
            bring(kept(), given, copy)
        request["environment"]["COURSE_CACHE"] = f"{request['home']}/{CACHE}"
        # The template imports for seconds when it is first asked.
        self.process = await asyncio.to_thread(_Kernel, request)
        self.pid = self.process.pid
        return self.connection_info

    async def poll(self):
        if self.process and self.process.poll() is None and (reason := self._excess()):
            self.ended = reason
            await self.kill()
        return await super().poll()

    async def kill(self, restart=False):
        self._end_family()
        await super().kill(restart)

    async def cleanup(self, restart=False):
        self._end_family()
        if self.process and sandbox.kernels_fork():
            self.process.close()
        if self.walls:
            self.walls.close()
            self.walls = None
        shutil.rmtree(self.folder, ignore_errors=True)
        await super().cleanup(restart)

    def why(self) -> str:
        """Return how the kernel ended, in words for the student."""
        code = self.process.returncode if self.process else None
        if self.ended:
            return self.ended
        name = "SIGKILL" if code is None else signal_name(code)
        if name == "SIGXCPU":
            return f"it used up its {self.cpu} seconds of processor time"
        if name:
            return f"it was ended by {name}: a crash, or too little memory"
        return f"it left Python with exit code {code}"

    def _excess(self) -> str | None:
        """Return which limit the kernel's processes exceed together, or None. The system holds each
        single process to its limits."""
        processes = _family(self.process.pid, self.walls.init if self.walls else None)
        self.seen |= processes
        if memory_used(processes) > self.memory * MIB:
            return f"its processes used more than {self.memory} MiB of memory"
        if _seconds(processes) > self.cpu:
            return f"its processes used more than {self.cpu} seconds of processor time"
        return None

    def _end_family(self) -> None:
        """End the processes that a kernel has started, as far as they were seen, if the kernel was
        started afresh. For a forked kernel its monitor does so."""
        if sandbox.kernels_fork():
            return
        for process in self.seen | _family(self.process and self.process.pid):
            with contextlib.suppress(psutil.Error):  # it has ended
                process.kill()


def signal_name(code: int) -> str | None:
    """Return the name of the signal that ended a process with this exit code, or of the one that
    corresponds to Windows' code; None if it was no signal."""
    if code >= 0:
        return {0xC0000005: "SIGSEGV", 0xC000001D: "SIGILL"}.get(code)
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def memory_used(processes: set[psutil.Process]) -> int:
    """Return how many bytes of memory the processes use. Of more than two processes on Linux,
    memory that they share is counted once."""
    used = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            shared = len(processes) > 2  # than the kernel and the one that keeps its sandbox
            info = process.memory_full_info() if shared else process.memory_info()
            used += getattr(info, "pss", info.rss)  # which Linux alone knows
    return used


def _seconds(processes: set[psutil.Process]) -> float:
    """Return the processor time in seconds, with that of children that have ended and were waited
    for."""
    seconds = 0.0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            seconds += sum(process.cpu_times()[:4])  # own and children's, user and system
    return seconds


def _family(*roots: int | None) -> set[psutil.Process]:
    processes = set()
    for root in filter(None, roots):
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(root)
            processes |= {process, *process.children(recursive=True)}
    return processes


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    ours = {name: value for name, value in given.items() if name in KEPT}
    if data := ours.get("COURSE_DATA"):  # a kernel has another home and working folder
        ours["COURSE_DATA"] = str(Path(data).expanduser().absolute())
    path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])
    return {"PATH": path, "USER": "student", "LOGNAME": "student", **ours}


def _with_package(environment: dict[str, str], folder: Path) -> dict[str, str]:
    """Return the environment in which Python finds the course's package in `folder` first."""
    paths = [str(folder), *filter(None, [environment.get("PYTHONPATH")])]
    return environment | {"PYTHONPATH": os.pathsep.join(paths)}


def _give(folder: Path, uid: int) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, uid, follow_symlinks=False)


class _Kernel:
    """A forked kernel with the methods of `subprocess.Popen`, over a connection to its monitor.

    Raises `OSError` if no kernel could be forked.
    """

    stdin = stdout = stderr = None

    def __init__(self, request: dict):
        self.connection = Template.connect()
        self.connection.settimeout(ANSWER)
        self.lines = self.connection.makefile("rw")
        print(json.dumps(request), file=self.lines, flush=True)
        try:
            answer = self.lines.readline()
        except TimeoutError:
            raise OSError(f"no kernel was forked within {ANSWER} seconds") from None
        if not answer.strip().isdigit():
            raise OSError(f"no kernel could be forked: {answer.strip() or 'the template is gone'}")
        self.connection.settimeout(None)
        self.pid = int(answer)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        ready = self.returncode is None and select.select([self.connection], [], [], 0)[0]
        return self.wait() if ready else self.returncode

    def wait(self) -> int:
        if self.returncode is None:
            self.returncode = int(self.lines.readline() or -signal.SIGKILL)
        return self.returncode

    def send_signal(self, number: int) -> None:
        with contextlib.suppress(OSError):  # it has ended
            self.connection.send(bytes([number]))

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.lines.close()
        self.connection.close()


def prepare() -> None:
    """Prepare this process, and those that it starts, to start kernels: with one thread each, and
    on Linux from one template."""
    share_cores()
    if sandbox.kernels_fork():
        Template.address()


class Template:
    """The process from which this process, and all that it starts, have their kernels forked."""

    VARIABLE = "COURSE_KERNEL_TEMPLATE"  # its socket; processes started from here inherit it
    _started: ClassVar[list] = []

    @classmethod
    def connect(cls) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(cls.address())
        except (ConnectionRefusedError, FileNotFoundError):  # it has died, maybe for want of memory
            os.environ.pop(cls.VARIABLE)
            connection.connect(cls.address())
        return connection

    @classmethod
    def address(cls) -> str:
        """Return the path of the template's socket. If no template runs, start one, which ends with
        this process."""
        return os.environ.get(cls.VARIABLE) or cls._start()

    @classmethod
    def _start(cls) -> str:
        _clear_up()
        # The template removes the folder.
        folder = Path(tempfile.mkdtemp(prefix="course-kernels-", dir="/tmp"))
        edition.write(folder / PACKAGE)
        path = str(folder / "socket")
        # Kernels can read the template's environment in /proc: it holds only what they have anyway.
        environment = _environment(os.environ) | {"HOME": os.environ.get("HOME", "/")}
        environment = _with_package(environment, folder / PACKAGE) | SETTINGS
        # -P: no file in the folder where one stands takes the place of a module.
        command = [sys.executable, "-P", "-m", "helpers.course.grading.template", path]
        log = folder / "log"
        with (folder / "new").open("w") as stderr:
            locked(stderr)  # for as long as the template lives
            Path(stderr.name).rename(log)  # only now may another process look at it
            # In a session of its own: Ctrl-C is for the processes that know what to finish first.
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=environment,
                start_new_session=True,
            )
        if process.stdout and process.stdout.readline().strip() != b"ready":
            tail = log.read_text()[-2000:]
            raise OSError(f"the process that kernels are forked from did not start:\n{tail}")
        cls._started.append(process)
        os.environ[cls.VARIABLE] = path
        return path


def package() -> Path:
    """Return the folder of the course's package as kernels have it."""
    if sandbox.kernels_fork():
        return Path(Template.address()).parent / PACKAGE
    return Path(_package().name)


@functools.cache
def _package() -> tempfile.TemporaryDirectory:
    folder = tempfile.TemporaryDirectory(prefix="course-kernels-", ignore_cleanup_errors=True)
    edition.write(Path(folder.name))
    return folder


def _clear_up() -> None:
    """Remove the folders of templates that were killed: their logs are not locked any more."""
    for log in Path("/tmp").glob("course-kernels-*/log"):
        with contextlib.suppress(OSError), log.open() as left:  # another user's, or it lives
            if locked(left):
                shutil.rmtree(log.parent)
