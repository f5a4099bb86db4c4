"""The kernel in which a submission runs. It is forked from the `template`. Where nothing can be
forked, it is started afresh as ``python -m helpers.course.grading.kernel LIMITS -f FILE``."""

import contextlib
import json
import os
import sys

import psutil
from ipykernel.kernelapp import IPKernelApp

from helpers.course.grading import sandbox


class Kernel(IPKernelApp):
    def init_path(self) -> None:
        """Put the notebook's own folder last on the path, so that no file in it hides a module."""
        sys.path.append("")

    def init_shell(self) -> None:
        """Let lines that start with ! run without a terminal, and show figures after each cell."""
        super().init_shell()
        assert self.shell  # it is there now
        self.shell.system = self.shell.system_raw
        # pyplot was imported before there was a shell to show its figures after each cell.
        self.shell.enable_matplotlib("inline")


def limit_without_walls(memory: int, seconds: int, processes: int, size: int) -> None:
    """Bound this process as `sandbox.limit` does, as far as this system has such limits.

    Args:
        memory: bytes.
        seconds: of processor time.
        processes: processes and threads, beside those that this user has already.
        size: bytes of a file.
    """
    try:
        import resource  # noqa: F401
    except ImportError:  # Windows has no such limits
        return
    sandbox.limit(memory, seconds, processes + _threads_of_this_user(), size)


def _threads_of_this_user() -> int:
    """Count the threads of this user: outside a sandbox the limit of processes includes them."""
    threads = 0
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            threads += process.num_threads() if process.uids().real == os.getuid() else 0
    return threads


if __name__ == "__main__":
    limit_without_walls(*json.loads(sys.argv[1]))
    Kernel.launch_instance(argv=sys.argv[2:])
