"""Run and judge a submission: the verdict on the function's answers is all that nbgrader grades."""

import contextlib
import json
import re
import symtable
import time
import warnings
import zlib
from collections import Counter
from copy import deepcopy
from dataclasses import replace
from queue import Empty
from typing import Any, NamedTuple

import numpy as np
import zmq
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.session import Session
from jupyter_core.utils import run_sync
from nbclient.exceptions import CellControlSignal, CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output
from nbgrader.preprocessors import ClearHiddenTests, Execute, SaveAutoGrades
from nbgrader.utils import is_grade, is_solution
from traitlets import Bool, Int, List, Unicode, default

from helpers.checks import apart
from helpers.checks.asking import MIME
from helpers.checks.core import Answer, Check, Result, calls
from helpers.checks.diagnosis import Diagnosis
from helpers.checks.values import Signature
from helpers.course import CourseError
from helpers.course.build import last_check
from helpers.course.grading.edition import missing
from helpers.course.grading.rebuild import NOT_RUN
from helpers.course.grading.slicing import unneeded, without_repeated_imports

MIB = 2**20
LARGEST_MESSAGE = 64 * MIB
HEARING = 10  # seconds in which a kernel that is well sends something
MOST_OUTPUTS = 1000  # of a cell
LONGEST_SOURCE = 20_000  # characters of a function's cell that are read
OVERHEAD = 200  # bytes that a message counts for beside its content
# What a cell says that found no room: an earlier one may have left none.
STARVED = re.compile(
    r"KernelDied|no messages\]|MemoryError|ResourceExhausted|bad_alloc"
    r"|can't start new thread|No space left on device|Too many open files"
)
HUNG = "could not be interrupted"
SLOW = re.compile(r"stopped after \d+ seconds|could not be interrupted")
NOT_DEFINED = re.compile(r"name '(\w+)' is not defined")
HASH, NO_ANSWER = "#", "no answer"  # in what `returned` keeps; no name begins so
LONGEST_ERROR = 300  # characters of an error that a sentence names
SHOW_RESULT = "__import__('IPython').get_ipython().ast_node_interactivity = 'last_expr'"


class Failed(NamedTuple):
    """A cell that stopped with an error, and the names that it would have defined."""

    error: str  # the first words of a sentence: which cell stopped, and why
    names: set[str]


class Messages(Session):
    """Reads what a kernel sends. What is no message becomes one that nobody waits for: it may come
    from the student's code, or from a kernel without memory."""

    unreadable = 0

    def feed_identities(self, msg_list: list, copy: bool = True) -> tuple[list, list]:
        try:
            return super().feed_identities(msg_list, copy)
        except ValueError:
            return [], []

    def deserialize(self, msg_list: list, content: bool = True, copy: bool = True) -> dict:
        try:
            return super().deserialize(msg_list, content, copy)
        except Exception:  # anything may have been sent
            self.unreadable += 1
            none: dict[str, Any] = {
                "header": {},
                "parent_header": {},
                "metadata": {},
                "content": {},
            }
            return {**none, "msg_id": "", "msg_type": "", "buffers": []}


class Client(AsyncKernelClient):
    """A kernel's client that does not even receive a message of more than 64 MiB."""

    @default("context")
    def _bounded_context(self) -> zmq.asyncio.Context:
        context = super()._context_default()
        context.setsockopt(zmq.MAXMSGSIZE, LARGEST_MESSAGE)
        return context


class ExecuteAndJudge(Execute):
    """Run a submission, and judge its checks in this process, where no student's code runs.

    For a graded cell that ends with a check, the student's kernel is only asked for the function's
    answers to inputs drawn from `seed`. For any other graded cell its last result counts. nbgrader
    itself gives no points where a cell wrote to stderr, and full marks to a cell without output.
    Here stderr costs nothing, and a cell without evidence earns nothing.

    A cell that ends the kernel, or that runs too long and cannot be interrupted, loses only its own
    points: the cells before it run again in another kernel, and the rest of the notebook is graded.
    A graded cell that ends the kernel, or finds no memory, is asked once more in a kernel in which
    only the cells have run that it depends on. The other cells may have left no memory.

    A cell of the course does not run if no mark depends on it, unless `every_cell` is set. It keeps
    the outputs with which it was handed in.
    """

    notebook_timeout = Int(1800, help="seconds for a whole notebook").tag(config=True)
    restarts = Int(3, help="how many kernels a notebook may lose").tag(config=True)
    output_limit = Int(
        10, help="MiB of output of a cell; ten times that of a notebook; of a message, 64"
    ).tag(config=True)
    gone = List(
        Unicode(), None, allow_none=True, help="functions that kernels lack; see `edition.missing`"
    ).tag(config=True)
    seed = Unicode(
        None, allow_none=True, help="of hidden data, in hex; without it they are drawn afresh"
    ).tag(config=True)
    every_cell = Bool(False, help="also run cells on which no mark depends").tag(config=True)
    km: Any
    # nbclient waits 60 and 4 seconds. Where many kernels share a computer, marks would be lost.
    startup_timeout = Int(300, help="seconds for a kernel to start").tag(config=True)
    iopub_timeout = Int(30, help="seconds for a cell's outputs to arrive").tag(config=True)

    def preprocess(self, nb, resources=None, km=None):
        self.resting = _resting(nb, self.every_cell)
        self.deadline = time.monotonic() + self.notebook_timeout
        self.ran, self.lost, self.over = [], 0, None
        self.seen: list[tuple[Any, int]] = []  # the cells that ran, with those that ended a kernel
        self.failed: list[Failed] = []
        self.room = 10 * self.output_limit * MIB  # bytes of output
        self.timeout_func = self._seconds
        for cell in nb.cells:  # what the judge says of it is never handed in
            cell.metadata.pop("verdict", None)
            cell.metadata.pop("suffers", None)
        return super().preprocess(nb, resources, km)

    def preprocess_cell(self, cell, resources, index):
        if index in self.resting:
            return cell, resources
        if not (cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)):
            return self._run(cell, index), resources
        source, call = cell.source, last_check(cell.source)
        if call is None:
            if not self.over:  # a student's setting must not hide the result
                self.kc.execute(SHOW_RESULT, silent=True)
            cell = self._run(cell, index)
            if self._starved(cell):
                self._ask_alone(cell, index, source)
            if cause := self._cause(_said(cell)):
                cell.metadata["suffers"] = cause
            self._settle(cell, index, _evidence(cell))
            return cell, resources
        try:
            check = call.check.variant(call.values)
        except ValueError as error:
            raise CourseError(f"{_called(cell, index)}: {error}; run `course build`") from error
        except CourseError as error:
            raise CourseError(f"{_called(cell, index)}: {error}") from error
        cases = check.inputs(hidden=True, seed=seed_of(call.name, self.seed))

        alone = False

        def ask(known):
            nonlocal cell, alone
            if alone:  # each further question would find no room once more
                return None
            cell.source = apart.code(check, call.function, cases, known)
            try:
                cell = self._run(cell, index)
                replies = [apart.read(cases, cell.outputs)]
                if self._starved(cell) and (alone := self._ask_alone(cell, index, source)):
                    replies.append(apart.read(cases, cell.outputs))
            finally:
                cell.source = source
            return max(filter(None, replies), key=_answered, default=None)

        attempts = check.attempts(cases, ask)
        if not attempts:
            problem = apart.problem(cell.outputs)
            attempts = [[Answer(problem=problem)] * len(calls(cases))]
        written = _source(self.nb.cells[:index], call.function)
        result = check.best(cases, attempts, hidden=True, source=written)
        cell.metadata["verdict"] = verdict_of(check, result, attempts[-1])
        if cause := self._cause("\n".join(line.problem or "" for line in result.lines)):
            cell.metadata["suffers"] = cause
            cell.metadata["verdict"]["suffers"] = True
            causes = (cause, *result.diagnosis.causes[:1])
            result = replace(result, diagnosis=Diagnosis(causes))
        shown = {
            "text/plain": repr(result),
            "text/html": result._repr_html_(),
            "text/markdown": result._repr_markdown_(),
        }
        verdict = new_output("execute_result", shown, execution_count=cell.execution_count)
        self._settle(cell, index, [verdict])
        return cell, resources

    def _settle(self, cell, index, outputs):
        """Set the cell's final outputs: no later cell can change them by a display's id."""
        cell.outputs = outputs
        self.clear_display_id_mapping(index)

    def create_kernel_manager(self):
        manager = super().create_kernel_manager()
        manager.gone = self.gone
        if self.gone is None:  # as from the formgrader: what the submission imports is there, too
            manager.gone = missing(c.source for c in self.nb.cells if c.cell_type == "code")
        manager.client_factory, manager.session = Client, Messages(parent=manager)
        return manager

    def start_new_kernel_client(self, **kwargs):
        """Start a client of a kernel. Where the kernel does not start, try a second kernel: the
        failure is not the submission's fault."""
        provisioner = self.km.provisioner
        try:
            return super().start_new_kernel_client(**kwargs)
        except RuntimeError as error:
            self.log.error("%s (%s); another one is tried", error, _why(provisioner))
        self.km = self.create_kernel_manager()
        self.start_new_kernel(cwd=self.resources.get("metadata", {}).get("path"))
        return super().start_new_kernel_client(**kwargs)

    def process_message(self, msg, cell, cell_index):
        """Take what a cell sends, up to a limit. Evidence for a grade has a limit of its own."""
        try:
            if msg["msg_type"] not in ("status", "execute_input"):
                size, graded = OVERHEAD + _size(msg), is_grade(cell) and _may_be_evidence(msg)
                most = self.output_limit * MIB - self.kept[graded]
                if size > (most if graded else min(most, self.room)):
                    _mark(cell.outputs)
                    return None
                self.kept[graded] += size
                self.room -= 0 if graded else size
            return super().process_message(msg, cell, cell_index)
        except CellControlSignal:
            raise
        except Exception as error:  # student code may send anything
            self.log.warning("a message of the kernel cannot be read: %r", error)
            return None

    def output(self, outs, msg, display_id, cell_index):
        graded = is_grade(self.nb.cells[cell_index]) and _may_be_evidence(msg)
        if len(outs) < MOST_OUTPUTS or graded:
            return super().output(outs, msg, display_id, cell_index)
        _mark(outs)
        return None

    def register_output_hook(self, msg_id, hook):
        """Do nothing: what an Output widget shows stays among the cell's outputs. nbclient would
        answer each line with all that the widget holds."""

    def remove_output_hook(self, msg_id, hook):
        pass

    def on_cell_executed(self, *, execute_reply, **kwargs):
        content = execute_reply["content"]
        if len(json.dumps(content, default=str)) > MIB:
            texts = {name: str(content.get(name))[:1000] for name in ("status", "ename", "evalue")}
            execute_reply = {"content": {**texts, "traceback": [texts["evalue"]]}}
        super().on_cell_executed(execute_reply=execute_reply, **kwargs)

    async def _async_handle_timeout(self, timeout, cell=None):
        self.timed_out = timeout
        reply = await super()._async_handle_timeout(timeout, cell)
        return {"content": {**reply["content"], "evalue": f"stopped after {timeout} seconds"}}

    def _run(self, cell, index):
        """Run a cell and return it. If the cell ends the kernel, its outputs say so, and another
        kernel is started for the rest."""
        if cell.cell_type != "code":
            return cell
        if self._is_over():
            cell.outputs = [_error("NotRun", str(self.over))]
            return cell
        problem = self._execute(cell, index)
        if problem is not None:
            died = _error("KernelDied", f"this cell ended the kernel: {problem}")
            cell.outputs = [*cell.outputs, died]
        elif not is_grade(cell):
            self.ran.append((cell, index))
        if not is_grade(cell):
            self.seen.append((cell, index))
        self._note_error(cell, index)
        if problem is not None:
            self._replace_kernel()
        return cell

    def _note_error(self, cell, index) -> None:
        """Note the error of a cell that failed. An error that comes from an earlier cell's names
        that cell."""
        errors = [output for output in cell.outputs if output.output_type == "error"]
        if not errors:
            return
        error = errors[-1]
        names = _defined(cell.source)
        if cause := self._cause(str(error.evalue)):
            error.evalue = f"{error.evalue}. {cause}"
            error.traceback = [*error.traceback, cause]
            stopped = cause.rpartition(", so `")[0]
        else:
            text = f"{error.ename}: {error.evalue}".partition("\n")[0][:LONGEST_ERROR]
            stopped = f"The cell {_called(cell, index)} stopped with {text}"
        self.failed.append(Failed(stopped, names))

    def _cause(self, problem: str) -> str | None:
        """Return a sentence on the earlier cell that failed, where the problem is a name that it
        would have defined."""
        for name in NOT_DEFINED.findall(problem):
            for failed in reversed(self.failed):
                if name in failed.names:
                    return f"{failed.error}, so `{name}` is not defined."
        return None

    def _starved(self, cell) -> bool:
        """Whether a cell, or an earlier one that it suffers from, found no room. One that took too
        long did so if an earlier one said that it found none."""
        said = _said(cell)
        if HUNG in (self._cause(said) or ""):
            return False  # the cell that it needs would hang once more
        if SLOW.search(said):
            return any(STARVED.search(_said(earlier)) for earlier, _ in self.seen)
        return STARVED.search(f"{said} {self._cause(said)}") is not None

    def _ask_alone(self, cell, index, source: str) -> bool:
        """Run a graded cell, written as `source`, once more, in a kernel in which only those cells
        have run that it depends on. Return whether it has run; if not, its outputs stay."""
        needed = self._needed(source)
        if len(needed) == len(self.seen) or self._is_over():
            return False
        outputs, alive = cell.outputs, self._restart(needed)
        if alive:
            self.kc.execute(SHOW_RESULT, silent=True)
            alive = self._execute(cell, index) is None
        if not alive:
            cell.outputs = outputs
        elif self.lost:
            self.lost -= 1  # what it lost was the room that another cell took
        if not self._restart(self.ran):
            self._replace_kernel()
        return alive

    def _needed(self, source: str) -> list[tuple[Any, int]]:
        """Return those of the cells that ran that a graded cell depends on. Where the sources do
        not tell, they are all that did not raise, or that define a name of the graded cell."""
        sources = [one.source for one, _ in self.seen]
        sources = without_repeated_imports(sources, [not _raised(one) for one, _ in self.seen])
        resting = unneeded([*sources, source], {*range(len(sources))})
        if not resting:
            read = set(re.findall(r"\w+", source))
            resting = {
                number
                for number, (one, _) in enumerate(self.seen)
                if _raised(one) and not read & _defined(one.source)
            }
        return [one for number, one in enumerate(self.seen) if number not in resting]

    def _execute(self, cell, index) -> str | None:
        """Run a cell. Return why the kernel is lost, or None if it is not."""
        self.timed_out = None
        self.kept: Counter[bool] = Counter()  # bytes, of evidence and of all else
        self.clear_display_id_mapping(index)  # of an earlier run
        unreadable = self.kc.session.unreadable
        try:
            self.execute_cell(cell, index, store_history=True)
        except DeadKernelError:
            return _why(self.km.provisioner)
        except CellTimeoutError:
            if self.timed_out:
                return f"it ran for {self.timed_out} seconds and could not be interrupted"
            if not self._hears():
                return "nothing that it shows arrives any more; does it close a channel?"
            cell.outputs = [*cell.outputs, TOO_MUCH]  # so much that the end of it was lost
        if self.kc.session.unreadable > unreadable:
            cell.outputs = [*cell.outputs, NO_MESSAGES]
        return None

    def _hears(self) -> bool:
        """Whether what the kernel shows arrives, on a fresh connection: a message that is too large
        ends a connection. A kernel that has closed its side would keep the judge waiting after each
        cell."""
        self.kc.iopub_channel.stop()
        self.kc._iopub_channel = None  # the next access connects
        until = time.monotonic() + HEARING
        while time.monotonic() < until:
            self.kc.execute("", silent=True)
            with contextlib.suppress(Empty):
                run_sync(self.kc.iopub_channel.get_msg)(timeout=1)
                return True
        return False

    def _replace_kernel(self) -> None:
        """Start another kernel, and run the earlier cells in it again."""
        self.lost += 1
        if self.lost > self.restarts:
            self.over = f"the notebook has lost {self.lost} kernels"
        if not self._is_over() and not self._restart(self.ran):
            self._replace_kernel()

    def _restart(self, cells) -> bool:
        """Start another kernel, and run cells in it again. Return whether it is still alive."""
        self._cleanup_kernel()
        self.km = self.create_kernel_manager()
        self.start_new_kernel()
        self.start_new_kernel_client()
        for cell, index in cells:
            if self._is_over():
                break
            self.nb.cells[index] = deepcopy(cell)  # a copy, whose outputs may be updated
            ended = self._execute(self.nb.cells[index], index)
            self.nb.cells[index] = cell
            self.clear_display_id_mapping(index)
            if ended is not None:
                return False
        return True

    def _is_over(self) -> bool:
        if self.over is None and self.deadline - time.monotonic() < 1:
            self.over = f"the notebook has used up its {self.notebook_timeout} seconds"
        return self.over is not None

    def _seconds(self, cell=None) -> int:
        """Return for how many seconds a cell may run: at least 1, as nbclient's 0 is no limit."""
        left = max(1, int(self.deadline - time.monotonic()))
        return min(self.timeout, left) if self.timeout else left


class SaveEvidence(SaveAutoGrades):
    """Leave every written answer to a person.

    nbgrader scores an unchanged answer 0 and does not flag it. Here an unchanged answer waits to be
    marked like the others, with nbgrader's comment "No response.".
    """

    def _add_score(self, cell, resources):
        if is_solution(cell):
            cell = deepcopy(cell)
            cell.metadata.nbgrader.pop("checksum", None)  # shows nbgrader that it is unchanged
        super()._add_score(cell, resources)


class HideChecks(ClearHiddenTests):
    """Show in the feedback what failed and why, but not the source of hidden checks."""

    def preprocess_cell(self, cell, resources, index):
        if cell.cell_type == "code" and is_grade(cell):
            cell, resources = super().preprocess_cell(cell, resources, index)
            lines = [line for line in cell.source.splitlines() if "hidden=True" not in line]
            cell.source = "\n".join(lines)
            for output in cell.outputs:
                if output.output_type == "error":  # a traceback shows the lines around
                    output.traceback = [f"{output.ename}: {output.evalue}"]
        return cell, resources


def verdict_of(check: Check, result: Result, answers: list[Answer]) -> dict[str, Any]:
    """Return what is kept of a verdict, as JSON has it: the points of each line of the rubric, the
    sentences of the card and, where no cause is known, what each call returned (`returned`)."""
    kept: dict[str, Any] = {
        "lines": [[line.step, line.points, line.earned] for line in result.lines]
    }
    kept |= {"causes": [*result.diagnosis.causes], "facts": [*result.diagnosis.facts]}
    if result.earned < result.points and not result.cause:
        kept["returned"] = [returned(check, answer) for answer in answers]
    return kept


def returned(check: Check, answer: Answer) -> list:
    """Return of an answer what tells it from others: what it is made of, as a hash after `HASH`,
    and two sums of its numbers; for an error, its kind, and "None" for None."""
    try:
        if answer.problem is not None:
            return [answer.error or NO_ANSWER, 0.0, 0.0]
        if answer.value is None:
            return ["None", 0.0, 0.0]
        with np.errstate(all="ignore"):
            signature = Signature.of(check.compared(answer.value))
        sums = [float(f"{value:.6g}") for value in np.nan_to_num(signature.sums)]
        return [f"{HASH}{zlib.crc32(signature.made_of.encode()):08x}", *sums]
    except Exception:  # it may be anything
        return [f"{HASH}unreadable", 0.0, 0.0]


def seed_of(check: str, seed: str | None) -> int | None:
    """Return the seed from which a check draws, given the assignment's. It depends on no other
    check, so that another exercise changes nobody's data."""
    if seed is None:
        return None
    stream = np.random.SeedSequence(int(seed, 16), spawn_key=tuple(check.encode()))
    return int(stream.generate_state(1, np.uint64)[0])


def _resting(nb, every_cell: bool = False) -> set[int]:
    """Return the indices of the code cells that need not run: none if `every_cell` has to. The
    other code cells lose their outputs."""
    code = [index for index, cell in enumerate(nb.cells) if cell.cell_type == "code"]
    known = {n for n, index in enumerate(code) if nb.cells[index].execution_count is not None}
    may = set() if every_cell else known
    resting = {code[n] for n in unneeded([nb.cells[index].source for index in code], may)}
    for index in code:
        cell = nb.cells[index]
        if index not in resting:
            cell.execution_count, cell.outputs = None, []
        elif cell.execution_count == NOT_RUN:
            cell.execution_count, cell.outputs = None, [DID_NOT_RUN]
        elif cell.outputs:
            cell.outputs.insert(0, AS_HANDED_IN)
    return resting


def _source(cells, name):
    """Return the source of the last cell that defines a function, for the sentences of its card."""
    defines = f"def {name}("
    found = (c.source for c in reversed(cells) if c.cell_type == "code" and defines in c.source)
    return next((source[:LONGEST_SOURCE] for source in found), None)


def _defined(source: str) -> set[str]:
    """Return the names that a cell defines; those that its lines begin with, where it is no
    Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the student's source
            symbols = symtable.symtable(source, "cell", "exec").get_symbols()
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        found = re.findall(r"^(?:def|class) +(\w+)|^(\w+) *=(?!=)", source, re.M)
        return {name for names in found for name in names if name}
    return {one.get_name() for one in symbols if one.is_assigned() or one.is_imported()}


def _called(cell, index: int) -> str:
    """Return what a reader knows a cell by: its name, or its number and first line."""
    first = cell.source.strip().partition("\n")[0][:60]
    return cell.metadata.get("nbgrader", {}).get("grade_id") or f"{index + 1} (`{first}`)"


def _raised(cell) -> bool:
    return any(output.output_type == "error" for output in cell.outputs)


def _said(cell) -> str:
    """Return what a graded cell says of errors: its own, and those in its answers to a check."""
    said = [f"{o.ename}: {o.evalue}" for o in cell.outputs if o.output_type == "error"]
    said += [str(output.get("data", {}).get(MIME, "")) for output in cell.outputs]
    return "\n".join(said + [output.text for output in cell.outputs if output == NO_MESSAGES])


def _answered(reply) -> int:
    """Return to how many calls there is an answer."""
    return sum(answer.problem is None for answer in reply.answers)


def _why(provisioner) -> str:
    return provisioner.why() if hasattr(provisioner, "why") else "it died"


def _size(msg: dict) -> int:
    """Return the approximate size of a message's content, in bytes."""
    text = json.dumps(msg["content"], ensure_ascii=False, default=str)
    return len(text) + sum(len(buffer) for buffer in msg.get("buffers", ()))


def _may_be_evidence(msg: dict) -> bool:
    return msg["msg_type"] == "execute_result" or MIME in msg["content"].get("data", {})


def _mark(outputs: list) -> None:
    if not outputs or outputs[-1] != TOO_MUCH:
        outputs.append(TOO_MUCH)


def _error(name: str, text: str):
    return new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"])


NO_EVIDENCE = _error("NoEvidence", "the cell did not say how many points were earned")
DID_NOT_RUN = new_output(
    "stream", name="stdout", text="[did not run: no mark depends on this cell]\n"
)
AS_HANDED_IN = new_output(
    "stream", name="stdout", text="[as handed in: no mark depends on this cell, it did not run]\n"
)
NO_MESSAGES = new_output(
    "stream", name="stderr", text="[this cell's kernel sent what are no messages]\n"
)
TOO_MUCH = new_output("stream", name="stderr", text="[more output than is kept]\n")


def _evidence(cell) -> list:
    raised = [output for output in cell.outputs if output.output_type == "error"]
    most = cell.metadata.nbgrader.points
    results = [output for output in cell.outputs if _is_points(output, most)]
    return raised or results[-1:] or [NO_EVIDENCE]


def _is_points(output, most: float) -> bool:
    try:
        points = float(output.data["text/plain"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
    return output.output_type == "execute_result" and 0 <= points <= most
