"""The kernel in which a submission runs: forked from the `template`, or started afresh, as
``python -m helpers.course.grading.kernel LIMITS -f FILE``, where nothing can be forked."""

import contextlib
import json
import os
import sys

import psutil
from ipykernel.kernelapp import IPKernelApp

from helpers.course.grading import sandbox


class Kernel(IPKernelApp):
    def init_path(self) -> None:
        """The notebook's own folder comes last: no file there stands in the way of a module."""
        sys.path.append("")

    def init_shell(self) -> None:
        """A line that starts with ! needs no terminal."""
        super().init_shell()
        assert self.shell  # it is there now
        self.shell.system = self.shell.system_raw
        # pyplot was imported before there was a shell to show its figures after each cell.
        self.shell.enable_matplotlib("inline")


def limit_without_walls(memory: int, seconds: int, processes: int, size: int) -> None:
    """`sandbox.limit`, as far as this system has such limits; bytes, seconds, processes, bytes."""
    try:
        import resource  # noqa: F401
    except ImportError:  # Windows: none
        return
    sandbox.limit(memory, seconds, processes + _threads_of_this_user(), size)


def _threads_of_this_user() -> int:
    """Outside a sandbox they count, too."""
    found = 0
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            found += process.num_threads() if process.uids().real == os.getuid() else 0
    return found


if __name__ == "__main__":
    limit_without_walls(*json.loads(sys.argv[1]))
    Kernel.launch_instance(argv=sys.argv[2:])
