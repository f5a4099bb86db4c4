"""What a submission may see and use: a bubblewrap sandbox that a forked kernel enters.

bubblewrap makes the namespaces and keeps them alive with a program that only waits. A process that
has imported TensorFlow already joins the namespaces (setns), and gives up every right that it has
left. So one command line says what the sandbox holds, the same for root and for an ordinary user.
"""

import contextlib
import ctypes
import json
import os
import platform
import shutil
import signal
import struct
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import helpers

PACKAGE = Path(helpers.__path__[0])
MOST_FILES = 1024  # open at a time
MOST_NAMES = 50_000  # of files in a writable folder: an empty file takes memory, too
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
SETTINGS = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "fonts", "localtime")
DEVICES = ("null", "zero", "full", "random", "urandom")
HOME = "/tmp/home"  # of the student's code, with the copy of the submission
GIVEN = "/tmp/given"  # the submission as it came, read-only
KERNEL = "/tmp/.kernel"  # how the names of the kernel's sockets and connection file begin

# System calls of Linux on x86-64, by number (asm/unistd_64.h).
CLONE, CLONE3 = 56, 435
REFUSED = {
    **{"shmget": 29, "msgget": 68, "ptrace": 101, "pivot_root": 155, "mount": 165, "umount2": 166},
    **{"kexec_load": 246, "add_key": 248, "request_key": 249, "keyctl": 250, "unshare": 272},
    **{"perf_event_open": 298, "open_by_handle_at": 304, "setns": 308, "process_vm_readv": 310},
    **{"process_vm_writev": 311, "memfd_create": 319, "bpf": 321, "userfaultfd": 323},
    **{"io_uring_setup": 425, "memfd_secret": 447},
}
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_REMOUNT = 2, 4, 32
PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 4, 22, 24, 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, SECCOMP_MODE_FILTER = 47, 4, 2
CAPABILITY_VERSION = 0x20080522


@cache
def kernels_fork() -> bool:
    """Whether kernels can be forked from a template and join a sandbox: on Linux 5.3 or later."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True


# The first process of a sandbox. It ends when its standard input is closed, that is, with the
# process that started it. It waits for orphans, so that their processor time counts.
FIRST = """
import os, signal
def wait(*_):
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGCHLD, wait)
while os.read(0, 1):
    os.write(1, b"\\n")
"""


@cache
def unavailable() -> str | None:
    """Return why this computer has no sandbox, or None if it has one."""
    if not kernels_fork():
        here = f"{platform.system()} {platform.release()}".replace("Darwin", "macOS, Darwin")
        return (
            f"it needs Linux, 5.3 or later, and this is {here}: each submission waits for a fresh "
            "kernel to start, and only its limits of memory and processor time hold"
        )
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed (Debian and Ubuntu: sudo apt install bubblewrap)"
    # -P: no file in the working folder takes the place of a module.
    command = [
        sys.executable,
        "-P",
        "-c",
        "from helpers.course.grading import sandbox; sandbox.join_one()",
    ]
    try:
        tried = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except subprocess.TimeoutExpired:
        return "bubblewrap does not work here: no answer within 60 seconds"
    if tried.returncode:
        lines = tried.stderr.strip().splitlines() or [f"exit code {tried.returncode}"]
        return f"bubblewrap does not work here: {lines[-1]}"
    return None


def join_one() -> None:
    """Make a sandbox and join it, as a kernel does. Exits with the reason if that fails."""
    try:
        walls = Sandbox(Path("/usr/share"), 4096, {}, PACKAGE.parent, PACKAGE.parent)
    except OSError as error:
        sys.exit(str(error))
    child = os.fork()  # a process with threads can join none
    if child == 0:
        try:
            enter(walls.init)
            give_up_rights(None)
        except OSError as error:
            os.write(2, f"it cannot be joined: {error}".encode())
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    walls.close()
    sys.exit(os.waitstatus_to_exitcode(status))


class Sandbox:
    """The namespaces of one kernel.

    Nothing that the kernel writes lies outside the sandbox. The kernel's sockets are reached
    through `root`.

    Args:
        given: the folder of the submission's files.
        size: how many bytes of files the kernel may write.
        environment: the variables of bubblewrap itself.
        package: the folder of the course's package as kernels have it (see `edition`).
        place: where kernels look for that folder.

    Attributes:
        init: the number, outside the sandbox, of the first process in it.
        root: the path, outside the sandbox, of its file system.

    Raises:
        OSError: if bubblewrap fails.
    """

    def __init__(
        self, given: Path, size: int, environment: dict[str, str], package: Path, place: Path
    ):
        read_end, write_end = os.pipe()
        command = [shutil.which("bwrap") or "bwrap"]
        command += [f"--unshare-{name}" for name in ("pid", "net", "ipc", "uts")]
        command += ["--as-pid-1"]  # no signal from inside reaches it, also where all is one user's
        command += [*_system(), "--size", str(size), "--tmpfs", "/tmp", "--chmod", "1777", "/tmp"]
        command += ["--ro-bind", str(given), GIVEN]
        for folder in readable_folders():
            command += [*parent_folders(folder), "--ro-bind", str(folder), str(folder)]
        command += [*parent_folders(place), "--ro-bind", str(package), str(place)]
        # Also where Python would find the whole package.
        command += [*parent_folders(PACKAGE), "--ro-bind", f"{package}/helpers", str(PACKAGE)]
        command += ["--remount-ro", "/", "--info-fd", str(write_end), "--"]
        first = [sys.executable, "-I", "-S", "-c", FIRST]
        self.process: Any = subprocess.Popen(  # with three pipes
            [*command, *first],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[write_end],
            env=environment,
        )
        process = self.process
        assert process.stdin and process.stdout and process.stderr
        os.close(write_end)
        with open(read_end, encoding="utf-8") as info:
            text = info.read()
        # The first process exists before the sandbox is complete, and answers once it is.
        with contextlib.suppress(BrokenPipeError):  # it has ended
            process.stdin.write(b"\n")
        if process.stdout.read(1) != b"\n":
            raise OSError(f"bubblewrap failed: {process.stderr.read().decode().strip()}")
        self.init = json.loads(text)["child-pid"]
        self.root = f"/proc/{self.init}/root"

    def close(self) -> None:
        """End everything that runs in the sandbox."""
        if self.process.poll() is None:  # else its number may be another process's
            kill(self.init)
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()


def kill(process: int) -> None:
    """End a process. If it is the first of a sandbox, all others in the sandbox end, too."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def _system() -> list[str]:
    options = [
        "--hostname",
        "sandbox",
        "--clearenv",
        "--new-session",
        "--proc",
        "/proc",
        "--tmpfs",
        "/dev",
    ]
    for device in DEVICES:
        options += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
    options += ["--size", str(2**26), "--tmpfs", "/dev/shm", "--chmod", "1777", "/dev/shm"]
    for path in (*SYSTEM, *(f"/etc/{name}" for name in SETTINGS)):
        options += ["--ro-bind-try", path, path]
    return [*options, "--remount-ro", "/dev"]


def parent_folders(path: Path) -> list[str]:
    """Return the options that make the folders above `path`. bubblewrap would make them by itself,
    but closed to all but root."""
    return [word for folder in reversed(path.parents[:-1]) for word in ("--dir", str(folder))]


def readable_folders() -> list[Path]:
    """Return the folders and files that a kernel may read beside the course's package: Python's
    environment, the course's data and its networks. Nothing else of the course is readable."""
    from helpers.course.grading.kept import kept
    from helpers.datasets.core import MANIFEST

    data = os.environ.get("COURSE_DATA")
    ours = [sys.prefix, sys.base_prefix, *([data] if data else [])]
    paths = [*map(Path, ours), MANIFEST.parent, *kept().values()]
    found = {path.expanduser().absolute() for path in paths}
    return sorted(path for path in found if path.exists())  # one may lie in another


def enter(init: int) -> None:
    """Join the sandbox whose first process is `init`. Into its namespace of processes come only
    the processes that this process forks afterwards. Raises `OSError` if joining fails."""
    flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET
    if os.geteuid() != 0:
        flags |= CLONE_NEWUSER
    handle = os.pidfd_open(init)
    try:
        _must(_libc().setns(handle, flags))
    finally:
        os.close(handle)
    options = f"nr_inodes={MOST_NAMES}".encode()  # which bubblewrap cannot give
    for folder in (b"/tmp", b"/dev/shm"):
        flags = MS_REMOUNT | MS_NOSUID | MS_NODEV
        _must(_libc().mount(b"tmpfs", folder, b"tmpfs", flags, options))


def give_up_rights(uid: int | None) -> None:
    """Become the user `uid` (None: stay), and give up all capabilities and every way to get new
    ones or to make namespaces. Raises `OSError` if that fails."""
    libc = _libc()
    for capability in range(64):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # the highest are unknown here
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    _must(libc.capset(struct.pack("Ii", CAPABILITY_VERSION, 0), bytes(24)))
    _must(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # else /proc/self is closed to itself
    if os.uname().machine == "x86_64":
        program = _filter()
        buffer = ctypes.create_string_buffer(program)
        pointer = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
        _must(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, pointer, 0, 0))


def limit(memory: int, seconds: int, processes: int, size: int) -> None:
    """Bound what this process, and each that it starts, may use.

    Args:
        memory: bytes of data.
        seconds: of processor time.
        processes: processes and threads of the user.
        size: bytes of a file.
    """
    import resource  # Windows has none

    limits = {
        resource.RLIMIT_DATA: memory,  # a memory bomb becomes a MemoryError
        resource.RLIMIT_NPROC: processes,
        resource.RLIMIT_NOFILE: MOST_FILES,
        resource.RLIMIT_FSIZE: size,
        resource.RLIMIT_CORE: 0,
    }
    for which, most in limits.items():
        _, hard = resource.getrlimit(which)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (most, most))
    # A second before the process is killed, SIGXCPU tells it why.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def _filter() -> bytes:
    """Return a seccomp program for x86-64, which refuses system calls that a notebook does not
    need. Some have been ways out of sandboxes (new namespaces, tracing, kernel keys, bpf,
    io_uring). Others make memory that no process's limit counts (memfd_create, memfd_secret,
    shmget, msgget)."""
    load, equal, at_least, any_bit, end = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, no_permission, no_such_call, kill = 0x7FFF0000, 0x50001, 0x50026, 0x80000000
    code = [(load, 0, 0, 4), (equal, 1, 0, 0xC000003E), (end, 0, 0, kill), (load, 0, 0, 0)]
    code += [(at_least, 0, 1, 0x40000000), (end, 0, 0, no_permission)]  # the x32 calls
    for number in REFUSED.values():
        code += [(equal, 0, 1, number), (end, 0, 0, no_permission)]
    code += [(equal, 0, 1, CLONE3), (end, 0, 0, no_such_call)]  # its flags cannot be seen
    code += [(equal, 0, 3, CLONE), (load, 0, 0, 16), (any_bit, 0, 1, CLONE_NEWUSER)]
    code += [(end, 0, 0, no_permission), (end, 0, 0, allow)]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in code)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _must(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
