"""A graded cell without a check: the number it shows counts; without evidence there is no point.

What becomes of careless and hostile submissions is in hostile/. And what a seed draws.
"""

import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import determine_grade

from helpers import checks
from helpers.checks.core import Answer
from helpers.course import CourseError
from helpers.course.grading.evidence import ExecuteAndJudge, returned, seed_of

SHOWN = {
    "1.5": 1.5,
    "assert False": 0,
    "x = 2": 0,
    "x = (": 0,
    "'2'": 0,
    "-1": 0,
    "3": 0,
    "float('inf')": 0,
}


def run(cells, **limits):
    ExecuteAndJudge(kernel_name="python3", **limits).preprocess(new_notebook(cells=cells), {})


@pytest.mark.slow
def test_a_graded_cell_without_a_check_needs_evidence():
    cells = [new_code_cell(source) for source in SHOWN]
    for cell in cells:
        cell.metadata["nbgrader"] = {"grade": True, "solution": False, "points": 2}
        cell.metadata["nbgrader"]["grade_id"] = cell.source
    run(cells)
    assert {cell.source: determine_grade(cell)[0] for cell in cells} == SHOWN


@pytest.fixture
def begins(monkeypatch):
    """A notebook's seconds begin when its first kernel is there: that may take long."""

    def start(self, really=ExecuteAndJudge.start_new_kernel_client, **kwargs):
        client = really(self, **kwargs)
        if not self.lost:
            self.deadline = time.monotonic() + self.notebook_timeout
        return client

    monkeypatch.setattr(ExecuteAndJudge, "start_new_kernel_client", start)


@pytest.mark.slow
@pytest.mark.usefixtures("begins")
def test_what_a_notebook_has_no_time_for_is_not_run():
    cells = [new_code_cell("import time; time.sleep(60)"), new_code_cell("1")]
    run(cells, notebook_timeout=5)
    assert [cell.outputs[-1].ename for cell in cells] == ["CellTimeoutError", "NotRun"]


@pytest.mark.slow
def test_a_notebook_without_time_is_not_run():
    cells = [new_code_cell("1"), new_code_cell("2")]
    run(cells, notebook_timeout=0)
    assert [[output.ename for output in cell.outputs] for cell in cells] == [["NotRun"]] * 2


@pytest.mark.slow
def test_a_notebook_may_lose_so_many_kernels():
    cells = [new_code_cell(source) for source in 2 * ("import os; os._exit(1)", "1")]
    run(cells, restarts=1)
    ended = [cell.outputs[-1].get("ename") for cell in cells]
    assert ended == ["KernelDied", None, "KernelDied", "NotRun"]


MARK = "[more output than is kept]\n"


@pytest.mark.slow
def test_so_much_output_of_a_cell_and_of_a_notebook_is_kept():
    """Of a cell 2 MiB, of the notebook 20."""
    once = "print('xy' * 10**6, end='', flush=True)"
    cells = [new_code_cell(source) for source in (f"{once}\n{once}", *10 * [once])]
    run(cells, output_limit=2)
    shown = ["".join(output.text for output in cell.outputs) for cell in cells]
    kept = 10**6 * "xy"
    assert shown == [kept + MARK, *9 * [kept], MARK]


@pytest.mark.slow
def test_so_many_outputs_of_a_cell_are_kept():
    cell = new_code_cell("for number in range(1002): display(number)")
    run([cell])
    *kept, last = cell.outputs
    assert [int(output.data["text/plain"]) for output in kept] == [*range(1000)]
    assert last.text == MARK


@pytest.mark.full
@pytest.mark.usefixtures("begins")
def test_a_notebook_s_time_holds_when_its_cells_run_again(tmp_path):
    """The first two loop in the second kernel alone, which the third makes necessary."""
    loops = "import os, time\ntry: os.mkdir({!r})\nexcept FileExistsError: time.sleep(900)"
    sources = [loops.format(str(tmp_path / name)) for name in "ab"]
    cells = [new_code_cell(source) for source in (*sources, "os._exit(1)", "1")]
    started = time.time()
    run(cells, notebook_timeout=20)
    assert time.time() - started < 800
    assert [cell.outputs[-1].ename for cell in cells[2:]] == ["KernelDied", "NotRun"]


def test_each_check_of_each_assignment_has_a_stream_of_its_own():
    seeds = {seed_of(check, seed) for check in checks.CHECKS for seed in ("0", "1", 32 * "f")}
    assert len(seeds) == 3 * len(checks.CHECKS)
    assert seed_of("accuracy", None) is None


DRAW = """
import hashlib
from helpers import checks
from helpers.checks.core import calls
from helpers.checks.values import pack
from helpers.course.grading.evidence import seed_of

for name in checks.CHECKS:
    cases = getattr(checks, name).inputs(True, seed_of(name, "7"))
    print(name, hashlib.sha256(pack(calls(cases)).encode()).hexdigest())
"""


@pytest.mark.slow
def test_every_process_draws_the_same_from_a_seed():
    """Each process orders sets in a way of its own, unless it is told how."""
    drawn = [
        subprocess.run(
            [sys.executable, "-c", DRAW],
            env=os.environ | {"PYTHONHASHSEED": order},
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        for order in "12"
    ]
    assert drawn[0] == drawn[1]
    assert len(drawn[0].splitlines()) == len(checks.CHECKS)


def test_constants_that_a_check_no_longer_has_are_named_with_the_remedy():
    judge = ExecuteAndJudge()
    judge.resting = set()
    cell = graded_cell("checks.silence(silence, seeds=3)", "silence_check")
    with pytest.raises(CourseError, match=r"silence_check: .*take out seeds; run `course build`$"):
        judge.preprocess_cell(cell, {}, 0)


def test_a_check_that_no_longer_exists_is_named_with_the_remedy():
    judge = ExecuteAndJudge()
    judge.resting = set()
    cell = graded_cell("checks.silenced(silenced)", "silence_check")
    said = r"silence_check: there is no check 'silenced' .*; then run `course build`$"
    with pytest.raises(CourseError, match=said):
        judge.preprocess_cell(cell, {}, 0)


def graded_cell(source, name, points=2):
    cell = new_code_cell(source)
    about = {"grade": True, "solution": False, "points": points, "grade_id": name}
    cell.metadata["nbgrader"] = about
    return cell


def answer_cell(source, name):
    cell = new_code_cell(source)
    cell.metadata["nbgrader"] = {"grade": False, "solution": True, "grade_id": name}
    return cell


def card(cell):
    [output] = cell.outputs
    return output.data["text/markdown"]


ACCURACY = "def accuracy(p, y): return float((p.argmax(1) == y).mean())"
CHECKED = "checks.accuracy(accuracy)\nchecks.accuracy(accuracy, hidden=True)"
ABSENT = "No module named 'no_such_library'"
STOPPED = f"The cell accuracy stopped with ModuleNotFoundError: {ABSENT}"


@pytest.mark.slow
def test_a_cell_that_failed_is_named_wherever_a_later_cell_suffers_from_it():
    cells = [
        answer_cell(f"import no_such_library as library\n{ACCURACY}", "accuracy"),
        graded_cell(CHECKED, "accuracy_check"),
        graded_cell("accuracy(1, 1)", "own_check"),
        new_code_cell("table = library.table()"),
        new_code_cell(ACCURACY.replace("float(", "float(table + ")),
        graded_cell(CHECKED, "second_check"),
        answer_cell("def accuracy(p, y) return 1", "third"),
        new_code_cell("del accuracy"),
        graded_cell(CHECKED, "third_check"),
        new_code_cell("never + 1"),
    ]
    run(cells)
    first, own, table, second, third, never = (cells[n] for n in (1, 2, 3, 5, 8, 9))
    assert "There is no function to check" in card(first)
    because = f"{STOPPED}, so `accuracy` is not defined."
    assert f"Likely cause: {because}" in card(first)
    assert own.outputs[-1].evalue == f"name 'accuracy' is not defined. {because}"
    assert f"{STOPPED}, so `library` is not defined." in table.outputs[-1].evalue
    assert f"Likely cause: {STOPPED}, so `table` is not defined." in card(second)
    assert "Likely cause: The cell third stopped with SyntaxError: expected ':'" in card(third)
    assert never.outputs[-1].evalue == "name 'never' is not defined"
    assert [determine_grade(cell)[0] for cell in (first, own, second, third)] == [0, 0, 0, 0]
    assert first.metadata["suffers"] == own.metadata["suffers"] == because


@pytest.mark.slow
def test_a_cell_that_ended_its_kernel_is_named_too():
    cells = [
        new_code_cell(f"{ACCURACY}\nimport os; os._exit(7)"),
        graded_cell(CHECKED, "accuracy_check"),
    ]
    run(cells)
    assert (
        f"The cell 1 (`{ACCURACY[:60]}`) stopped with KernelDied: this cell ended the kernel: "
        "it died, so `accuracy` is not defined."
    ) in card(cells[1])


# A cell that leaves its kernel no room, as far as names tell; by a file, which they do not.
FILLS = "from os import getpid; open(f'{}/{{getpid()}}', 'w').close()"
FULL = "os.path.exists(f'{}/{{os.getpid()}}')"
STARVES = """def accuracy(p, y):
    import os
    if {}: {}
    return float((p.argmax(1) == y).mean())"""


@pytest.mark.slow
@pytest.mark.parametrize("how", ["os._exit(7)", "raise MemoryError"])
def test_a_cell_that_leaves_no_room_costs_no_exercise_after_it(how, tmp_path):
    cells = [
        new_code_cell("import numpy as np\nshown = 1"),
        new_code_cell(FILLS.format(tmp_path)),
        answer_cell(STARVES.format(FULL.format(tmp_path), how), "accuracy"),
        graded_cell(CHECKED, "accuracy_check"),
        graded_cell("1 if accuracy(np.eye(2), np.arange(2)) else 0", "own_check", points=1),
        new_code_cell(f"import os; print(shown, {FULL.format(tmp_path)})"),
    ]
    run(cells)
    assert [determine_grade(cell)[0] for cell in (cells[3], cells[4])] == [2, 1]
    assert cells[5].outputs[0].text == "1 True\n"


@pytest.mark.slow
@pytest.mark.parametrize("other", ["shown = 1", "%precision 3"])  # of which no source tells
def test_an_answer_that_found_no_room_is_run_again_without_the_cell_that_left_none(other, tmp_path):
    full = FULL.format(tmp_path)
    cells = [
        new_code_cell(f"{FILLS.format(tmp_path)}\nraise MemoryError"),
        new_code_cell(other),
        answer_cell(f"import os\n{ACCURACY}\nif {full}: os._exit(7)", "accuracy"),
        graded_cell(CHECKED, "accuracy_check"),
    ]
    run(cells)
    assert cells[2].outputs[-1].ename == "KernelDied"
    assert determine_grade(cells[3])[0] == 2
    assert "suffers" not in cells[3].metadata


@pytest.mark.slow
def test_an_answer_that_ends_its_kernel_by_itself_is_asked_no_third_time(monkeypatch):
    started = []

    def start(self, cells, really=ExecuteAndJudge._restart):
        started.append(len(cells))
        return really(self, cells)

    monkeypatch.setattr(ExecuteAndJudge, "_restart", start)
    ends = "def accuracy(p, y):\n    import os; os._exit(7)"
    cells = [
        new_code_cell("shown = 1"),
        answer_cell(ends, "accuracy"),
        graded_cell(CHECKED, "accuracy_check"),
        new_code_cell("print(shown)"),
    ]
    run(cells)
    assert started == [2, 1, 2]
    assert "The function did not answer: KernelDied" in card(cells[2])
    assert cells[3].outputs[0].text == "1\n"
    started.clear()
    run([answer_cell(ends, "accuracy"), graded_cell(CHECKED, "accuracy_check")])
    assert started == [1]


FRAMES = """
for frames in ([b"noise"], [b"a", b"b", b"c"], [b"<IDS|MSG>", b"", b"{", b"}", b"", b""], [b""]):
    get_ipython().kernel.iopub_socket.send_multipart(frames)
"""
CLOSES = """
socket = get_ipython().kernel.iopub_socket
socket = getattr(socket, "io_thread", socket)
getattr(socket, "socket", socket).close()
"""


@pytest.mark.slow
def test_what_is_no_message_costs_nothing_and_is_told():
    cells = [new_code_cell(FRAMES), new_code_cell(ACCURACY), graded_cell(CHECKED, "check")]
    run(cells)
    assert cells[0].outputs[-1].text == "[this cell's kernel sent what are no messages]\n"
    assert determine_grade(cells[2])[0] == 2


@pytest.mark.slow
def test_a_kernel_that_closes_a_channel_is_replaced_and_told():
    later = [new_code_cell(f"print({number})") for number in range(10)]
    cells = [new_code_cell(ACCURACY), new_code_cell(CLOSES), graded_cell(CHECKED, "check"), *later]
    started = time.monotonic()
    run(cells, iopub_timeout=5)
    assert time.monotonic() - started < 60
    assert "nothing that it shows arrives any more" in cells[1].outputs[-1].evalue
    assert determine_grade(cells[2])[0] == 2
    assert [cell.outputs[0].text for cell in later] == [f"{number}\n" for number in range(10)]


@pytest.mark.slow
def test_a_message_that_is_too_large_is_not_even_received(monkeypatch):
    """Of what is received, the cell's limit would leave this much out, too: it is lifted."""
    seen = []

    def process(self, msg, cell, index, really=ExecuteAndJudge.process_message):
        seen.append(len(str(msg["content"])))
        return really(self, msg, cell, index)

    monkeypatch.setattr(ExecuteAndJudge, "process_message", process)
    show = "from IPython.display import display\ndisplay({'text/plain': 'x' * %d}, raw=True)"
    cells = [
        new_code_cell(show % (60 * 2**20)),
        new_code_cell(show % (70 * 2**20)),
        new_code_cell("1"),
    ]
    run(cells, output_limit=200, iopub_timeout=5)
    assert 60 * 2**20 < max(seen) < 64 * 2**20
    assert cells[1].outputs[-1].text == MARK
    assert cells[2].outputs[0].data["text/plain"] == "1"


def test_what_is_kept_of_an_answer_tells_it_from_others_and_is_plain_json():
    values = [1.5, 2.5, "a", "b", None, [1, 2], (1, 2, 3), np.zeros(3), np.zeros((3, 1)), {"a": 1}]
    values += [np.full(3, np.nan), np.full(3, np.inf), np.full(9, 1e308), np.arange(3), object()]
    answers = [Answer(value) for value in values]
    answers += [Answer(problem="x raised ValueError: no", error="ValueError"), Answer(problem="no")]
    kept = [returned(checks.CHECKS["accuracy"], answer) for answer in answers]
    assert kept == [returned(checks.CHECKS["accuracy"], answer) for answer in answers]
    assert len({json.dumps(one, allow_nan=False) for one in kept}) == len(answers)
    assert kept[-2:] == [["ValueError", 0.0, 0.0], ["no answer", 0.0, 0.0]]
    near = returned(checks.CHECKS["accuracy"], Answer(1.5 + 1e-9))
    assert near == kept[0]
