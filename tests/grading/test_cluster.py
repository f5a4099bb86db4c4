"""Beyond one machine: a Dask cluster whose workers die, and a gradebook in PostgreSQL."""

import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from threading import Timer

import nbformat
import pytest
from rich.console import Console

from helpers.course import CourseError
from helpers.course.build import build
from helpers.course.grading import grade, sandbox
from helpers.course.grading import submission as submissions
from helpers.course.grading.grade import run_grade
from helpers.course.grading.gradebook import Book
from helpers.course.grading.nbgrading import marks
from helpers.course.grading.submission import Outcome
from tests.grading.hostile.submissions import NAME, SOURCE, WRONG

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(sandbox.unavailable()), reason=str(sandbox.unavailable())),
]


class Cluster:
    """A scheduler, and two workers that are processes of their own. Now and then Dask's own cluster
    does not replace a worker that was killed, so each is replaced here."""

    def __init__(self, distributed, folder):
        self.scheduler = distributed.LocalCluster(
            n_workers=0, dashboard_address=None, silence_logs="CRITICAL"
        )
        self.address, self.folder = self.scheduler.scheduler_address, folder
        self.workers = [self.start(), self.start()]

    def start(self):
        options = f"--nthreads 1 --no-nanny --no-dashboard --local-directory {self.folder}"
        with open(self.folder / "log", "a") as log:
            command = [sys.executable, "-m", "dask", "worker", self.address, *options.split()]
            return subprocess.Popen(command, stdout=log, stderr=log)

    def kill_a_worker(self, choice):
        number = choice.randrange(len(self.workers))
        self.kill(self.workers[number])
        self.workers[number] = self.start()

    def kill(self, worker):
        worker.kill()
        worker.wait()

    def close(self):
        for worker in self.workers:
            self.kill(worker)
        self.scheduler.close()


@pytest.fixture
def cluster(tmp_path_factory):
    distributed = pytest.importorskip("distributed", reason="Dask is an extra: [cluster]")
    cluster = Cluster(distributed, tmp_path_factory.mktemp("workers"))
    try:
        with distributed.Client(cluster.address) as client:
            client.wait_for_workers(2, timeout=600)
        yield cluster
    finally:
        cluster.close()


def make_course(root, students, configuration=""):
    (root / "solutions").mkdir(parents=True)
    (root / "solutions" / f"{NAME}.py").write_text(SOURCE)
    shutil.copy(Path(__file__).parents[2] / "nbgrader_config.py", root)
    with (root / "nbgrader_config.py").open("a") as config:
        config.write(configuration)
    build(root)
    for student in students:
        shutil.copytree(root / "notebooks" / NAME, root / "submitted" / student / NAME)
    return root


@pytest.mark.parametrize("size", [60, pytest.param(200, marks=pytest.mark.full)])
def test_workers_killed_at_random_lose_nothing_and_double_nothing(
    size, cluster, tmp_path, monkeypatch
):
    """A class whose submissions take a moment and earn what their students' numbers say."""

    def synthetic(task):
        time.sleep(0.1)
        points = float(int(task.student) % 4)
        scores = {(NAME, "double_check"): points}
        about = (task.student, NAME, task.key)
        return Outcome(*about, scores=scores, files=task.files, version=here)

    def enter(book, outcome, config, really=Book.enter):
        really(book, outcome, config)
        entered.append(outcome.student)
        if len(entered) % 20 == 10:
            cluster.kill_a_worker(choice)
            killed.append(outcome.student)

    here, choice, entered, killed = submissions.version(), random.Random(0), [], []
    monkeypatch.setattr(submissions, "grade", synthetic)
    monkeypatch.setattr(Book, "enter", enter)
    monkeypatch.setattr(grade, "PATIENCE", 600)  # on a busy computer a new worker takes long
    students = [f"{number:03}" for number in range(size)]
    root = make_course(tmp_path / "course", students)
    summary = run_grade(root, Console(quiet=True), scheduler=cluster.address)
    assert len(killed) == size // 20
    assert summary.failed == []
    assert sorted(entered) == students
    earned = [(mark.student, mark.points) for mark in marks(root) if mark.cell == "double_check"]
    assert earned == [(student, int(student) % 4) for student in students]
    graded = root.glob(f"autograded/*/{NAME}/{NAME}.ipynb")
    assert sorted(path.parts[-3] for path in graded) == students
    again = run_grade(root, Console(quiet=True), scheduler=cluster.address)
    assert (again.unchanged, again.graded, again.failed) == (size, [], [])


def test_a_cluster_that_has_lost_its_last_worker_is_not_waited_for(cluster, tmp_path, monkeypatch):
    root = make_course(tmp_path / "course", ["ada"])
    monkeypatch.setattr(submissions, "grade", lambda task: time.sleep(600))
    monkeypatch.setattr(grade, "LOOK_AGAIN", 1)
    monkeypatch.setattr(grade, "PATIENCE", 1)
    for worker in cluster.workers:
        Timer(3, worker.kill).start()
    with pytest.raises(CourseError, match="has no workers, or is gone; start some"):
        run_grade(root, Console(quiet=True), scheduler=cluster.address)


def test_a_worker_of_another_version_grades_nothing(cluster, tmp_path, monkeypatch):
    root = make_course(tmp_path / "course", ["ada"])
    here = os.getpid()
    monkeypatch.setattr(submissions, "version", lambda: str(os.getpid() == here))
    with pytest.raises(CourseError, match=r"worker tcp://.* has another version .*\(False, here T"):
        run_grade(root, Console(quiet=True), scheduler=cluster.address)
    assert marks(root) == []


def test_the_marks_of_a_worker_of_another_version_that_came_late_are_not_entered(
    cluster, tmp_path, monkeypatch
):
    root = make_course(tmp_path / "course", ["ada"])
    monkeypatch.setattr(grade, "_expect_same_version", lambda client: None)
    monkeypatch.setattr(submissions, "version", lambda: "newer")
    with pytest.raises(CourseError, match=r"came late has another version .*here newer"):
        run_grade(root, Console(quiet=True), scheduler=cluster.address)
    assert marks(root) == []


@pytest.mark.full
def test_real_submissions_of_which_a_worker_dies(cluster, tmp_path, monkeypatch):
    right = {"ada": True, "bob": False, "cy": True, "dee": False, "eve": True}
    root, entered = make_course(tmp_path / "course", right), []
    for student, solved in right.items():
        path = root / "submitted" / student / NAME / f"{NAME}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        cell_of(notebook, "accuracy").source = WRONG
        if solved:
            cell_of(notebook, "double").source = "def double(x): return 2 * x"
        nbformat.write(notebook, path)

    def enter(book, outcome, config, really=Book.enter):
        if not entered:  # both workers have the next ones already
            cluster.kill_a_worker(random.Random(0))
        entered.append(outcome.student)
        really(book, outcome, config)

    monkeypatch.setattr(Book, "enter", enter)
    summary = run_grade(root, Console(quiet=True), scheduler=cluster.address)
    assert summary.failed == []
    assert sorted(entered) == list(right)
    earned = [(mark.student, mark.points) for mark in marks(root) if mark.cell == "double_check"]
    assert earned == [(student, 3 * solved) for student, solved in right.items()]
    of_the_cluster = {card(root, student) for student in right}
    run_grade(root, Console(quiet=True), students=["ada"], force=True)
    assert of_the_cluster == {card(root, "ada")}
    assert "called with" in card(root, "ada")


def cell_of(notebook, name):
    [cell] = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name]
    return cell


def card(root, student):
    """What the graded notebook says of `accuracy`, with the data that it was called with."""
    notebook = nbformat.read(root / "autograded" / student / NAME / f"{NAME}.ipynb", as_version=4)
    [output] = cell_of(notebook, "accuracy_check").outputs
    return output["data"]["text/html"]


@pytest.fixture
def postgresql(tmp_path_factory):
    """The URL of an empty database of a server of our own."""
    pytest.importorskip("psycopg", reason="PostgreSQL is an extra: [postgresql]")
    found = [shutil.which("initdb"), *Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    initdb = next((Path(path) for path in found if path), None)
    if initdb is None:
        pytest.skip("no PostgreSQL is installed (Debian: postgresql)")
    folder = Path("/tmp") / f"pg-{os.getpid()}"  # a socket's path is short
    folder.mkdir()
    user = "nobody" if os.geteuid() == 0 else None  # the server refuses to be root
    if user:
        shutil.chown(folder, user)

    def run(*command):
        subprocess.run(command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)

    run(initdb, "-D", folder / "data", "-U", "course", "--auth=trust")
    options = f"-k {folder} -c listen_addresses=''"
    pg_ctl = initdb.with_name("pg_ctl")
    run(pg_ctl, "-D", folder / "data", "-o", options, "-w", "-l", folder / "log", "start")
    yield f"postgresql+psycopg://course@/postgres?host={folder}"
    run(pg_ctl, "-D", folder / "data", "-m", "immediate", "stop")
    shutil.rmtree(folder)


def test_a_gradebook_in_postgresql(postgresql, tmp_path):
    configuration = f"\nc.CourseDirectory.db_url = {postgresql!r}\n"
    root = make_course(tmp_path / "course", ["ada"], configuration)
    assert len(run_grade(root, Console(quiet=True)).graded) == 1
    assert run_grade(root, Console(quiet=True)).unchanged == 1
    assert {mark.points for mark in marks(root) if mark.cell == "double_check"} == {0}
    assert not (root / "gradebook.db").exists()
