"""The process that kernels are forked from: ``python -m helpers.course.grading.template SOCKET``.

The process serves until its standard input is closed, that is, until the process that started it
ends. Then it removes the folder of its socket.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import random
import select
import shutil
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from helpers.course.grading import sandbox
from helpers.course.grading.kept import bring, link
from helpers.course.grading.kernel import Kernel, limit_without_walls
from helpers.own_work import forget

PR_SET_CHILD_SUBREAPER = 36
MODULES = (
    *("tensorflow", "keras", "matplotlib.pyplot", "matplotlib_inline.backend_inline"),
    *(f"helpers.{room}" for room in ("checks", "datasets", "explorers", "models", "plots")),
)


def imports() -> None:
    """Import what a kernel and the course's notebooks import. Exits if an import executed a
    TensorFlow operation."""
    for name in MODULES:
        importlib.import_module(name)
    from tensorflow.python.eager import context

    if context.context()._context_handle is not None:
        raise SystemExit("an import executed a TensorFlow operation: a forked kernel would hang")


def serve(path: str) -> None:
    """Fork a monitor for every connection to the socket at `path`."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    imports()
    gc.freeze()
    print("ready", flush=True)
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            try:
                monitor(connection)
            except BaseException:  # the child must not go on as another template
                traceback.print_exc()
            os._exit(1)
        connection.close()
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:  # monitors that have ended
                pass


def monitor(connection: socket.socket) -> None:
    """Start the kernel that the connection asks for, pass signals on to the kernel, and send its
    exit code at the end."""
    os.setsid()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    lines = connection.makefile("rw")
    request = json.loads(lines.readline())
    try:
        if request["init"]:
            sandbox.enter(request["init"])
        kernel = os.fork()
    except OSError as error:
        print(str(error), file=lines, flush=True)
        return
    if kernel == 0:
        lines.close()
        connection.close()
        become_kernel(request)
    print(kernel, file=lines, flush=True)
    handle = os.pidfd_open(kernel)
    waited_for: list[Any] = [connection, handle]
    while handle not in select.select(waited_for, [], [])[0]:
        asked = connection.recv(1) or bytes([signal.SIGKILL])  # no byte: the other end is gone
        if asked[0] == signal.SIGKILL:
            break
        with contextlib.suppress(ProcessLookupError):
            os.killpg(kernel, asked[0])
    os.kill(kernel, signal.SIGKILL)
    _, status = os.waitpid(kernel, 0)
    _end_all(request["init"])
    with contextlib.suppress(OSError):  # nobody asks any more
        print(os.waitstatus_to_exitcode(status), file=lines, flush=True)


def _end_all(init: int | None) -> None:
    """End the processes that the kernel has left behind."""
    if init:
        sandbox.kill(init)
        return
    with contextlib.suppress(ChildProcessError):
        while True:  # orphans become our children
            for process in psutil.Process().children(recursive=True):
                sandbox.kill(process.pid)
            os.waitpid(-1, 0)


def become_kernel(request: dict) -> None:
    """Turn this process into a kernel, with limits, an environment and a home of its own. In a
    sandbox it has no rights."""
    os.setsid()
    home = request["home"]
    memory, seconds, processes, size = request["limits"]
    if not request["init"]:
        limit_without_walls(memory, seconds, processes, size)
    else:
        sandbox.limit(memory, seconds, processes, size)
        sandbox.give_up_rights(request["uid"])
        shutil.copytree(sandbox.GIVEN, home, symlinks=True)
        request["argv"][1] = f"{sandbox.KERNEL}.json"  # after -f
        Path(request["argv"][1]).write_text(json.dumps(request["connection"]))
        bring({name: Path(path) for name, path in request["kept"].items()}, Path(home), link)
    for module, _, name in (one.partition(":") for one in request["gone"]):
        forget(getattr(importlib.import_module(module), name))
    os.environ.clear()
    os.environ.update(request["environment"], HOME=home, TMPDIR=home, MPLCONFIGDIR=home)
    os.chdir(home)
    random.seed()
    np.random.seed()  # noqa: NPY002  (what student code may draw from)
    sys.argv = ["kernel"]
    null = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(null, stream)
    Kernel.launch_instance(argv=request["argv"])
    os._exit(0)


if __name__ == "__main__":
    try:
        serve(sys.argv[1])
    finally:
        shutil.rmtree(Path(sys.argv[1]).parent)
