"""What grading a submission costs: `course grade` beside nbgrader's own `nbgrader autograde`.

    python benchmarks/grading.py [COPIES] [NOTEBOOK ...]

The right answers to each notebook are run, as students do before they hand in, and graded: once
by `nbgrader autograde` with nbgrader's own settings, one command a submission as its manual has
it, and COPIES times (5) by `course grade` with two jobs; then once more by `course grade`, handed
in without outputs. Seconds of wall and of processor time a submission, of all processes, start-up
and gradebook included; all must give full marks. The networks are to be trained before
(`course demo`).
"""

import ctypes
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PR_SET_CHILD_SUBREAPER = 36
STOCK = """
c = get_config()
c.CourseDirectory.course_id = "inside-cnns"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
c.Execute.timeout = 300
c.ClearMarkScheme.enforce_metadata = False
"""


def measured(command, folder):
    """Run a command to the end of all it starts; return wall and processor seconds."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    wall = time.perf_counter() - started
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    try:
        while True:  # what outlived the command comes to us, and its time with it
            os.waitpid(-1, 0)
    except ChildProcessError:
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu


def ran(folder):
    """Run the notebooks below a folder: what their cells show is then in the files."""
    for path in sorted(folder.rglob("*.ipynb")):
        command = ["jupyter", "execute", "--inplace", "--timeout=300", str(path)]
        subprocess.run(command, cwd=path.parent, capture_output=True, check=True)


def check_marks(root, submissions):
    from helpers.course.grading.nbgrading import marks

    given = [mark for mark in marks(root) if mark.points is not None]
    if lost := [mark for mark in given if mark.points != mark.maximum]:
        sys.exit(f"lost: {lost}")
    if len({(mark.student, mark.assignment) for mark in given}) != submissions:
        sys.exit("not every submission was graded")


def main(copies=5, *wanted):
    from helpers.course import samples, use_this_environment
    from helpers.course.build import build, read_notebook
    from helpers.course.demo import copy_course

    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    use_this_environment()
    for variable in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(variable, "1")  # for both: one core a kernel
    with tempfile.TemporaryDirectory() as folder:
        course = copy_course(ROOT, Path(folder) / "course")
        for source in (course / "solutions").glob("*.py"):
            if not source.stem.startswith(wanted or tuple(f"0{i}" for i in range(1, 7))):
                source.unlink()
        names, _ = build(course)
        solutions = {name: read_notebook(course / "solutions", name) for name in names}
        samples.make_submissions(course, solutions, {})
        shutil.rmtree(course / "submitted" / samples.MISTAKEN, ignore_errors=True)
        clear = Path(shutil.copytree(course, Path(folder) / "clear"))
        ran(course / "submitted")
        stock = Path(shutil.copytree(course, Path(folder) / "stock"))
        (stock / "nbgrader_config.py").write_text(STOCK)
        for number in range(1, copies):
            right = course / "submitted" / samples.RIGHT
            shutil.copytree(right, right.with_name(f"{samples.RIGHT}-{number}"))
        print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        print(f"{'':34}{'wall':>9}{'processor':>11}  s a submission")
        total_wall = total_cpu = 0.0
        for name in names:
            command = ["nbgrader", "autograde", name, "--student", samples.RIGHT, "--force"]
            wall, cpu = measured(command, stock)
            print(f"nbgrader autograde {name[:13]:15}{wall:9.1f}{cpu:11.1f}", flush=True)
            total_wall, total_cpu = total_wall + wall / len(names), total_cpu + cpu / len(names)
        print(f"{'nbgrader autograde, mean':34}{total_wall:9.1f}{total_cpu:11.1f}")
        check_marks(stock, len(names))
        for root, what, count in ((course, "", copies * len(names)), (clear, " clear", len(names))):
            wall, cpu = (s / count for s in measured(["course", "grade", "--jobs", "2"], root))
            print(f"{f'course grade, {count}{what} submissions':34}{wall:9.1f}{cpu:11.1f}")
            print(f"{'times less':34}{total_wall / wall:9.1f}{total_cpu / cpu:11.1f}", flush=True)
            check_marks(root, count)


if __name__ == "__main__":
    main(*(int(number) for number in sys.argv[1:2]), *sys.argv[2:])
