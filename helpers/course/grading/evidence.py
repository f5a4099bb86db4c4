"""What nbgrader reads as a grade: only the verdict on what the student's function computed."""

import json
import time
from collections import Counter
from copy import deepcopy
from typing import Any

import zmq
from nbclient.exceptions import CellControlSignal, CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output
from nbgrader.preprocessors import ClearHiddenTests, Execute, SaveAutoGrades
from nbgrader.utils import is_grade, is_solution
from traitlets import Int

from helpers import checks
from helpers.checks import apart
from helpers.course.build import last_check
from helpers.course.grading.slicing import unneeded

MIB = 2**20
MOST_OUTPUTS = 1000  # of a cell
OVERHEAD = 200  # bytes that a message counts for beside its content
SHOW_RESULT = "__import__('IPython').get_ipython().ast_node_interactivity = 'last_expr'"


class ExecuteAndJudge(Execute):
    """Run a submission, and judge its checks here, where the student's code has never run.

    A graded cell that ends with a check asks the student's kernel for nothing but the function's
    answers to freshly drawn inputs. Of another graded cell the last result counts. nbgrader itself
    gives nothing where anything was written to stderr, and full marks to a cell without output;
    here stderr is no failure, and no evidence is no point.

    A cell that ends the kernel, or that runs too long and cannot be interrupted, costs itself: the
    cells before it run again in another kernel, and the rest is graded.

    A cell that comes with its outputs keeps them, and does not run, where no mark depends on it.
    """

    notebook_timeout = Int(1800, help="seconds for a whole notebook").tag(config=True)
    restarts = Int(3, help="how many kernels a notebook may lose").tag(config=True)
    output_limit = Int(
        10, help="MiB of output of a cell; ten times that of a notebook; of a message, 64"
    ).tag(config=True)
    km: Any
    # nbclient waits 60 and 4 seconds. Where many kernels share a computer, marks would be lost.
    startup_timeout = Int(300, help="seconds for a kernel to start").tag(config=True)
    iopub_timeout = Int(30, help="seconds for a cell's outputs to arrive").tag(config=True)

    def preprocess(self, nb, resources=None, km=None):
        self.resting = _resting(nb)
        self.deadline = time.monotonic() + self.notebook_timeout
        self.ran, self.lost, self.over = [], 0, None
        self.room = 10 * self.output_limit * MIB  # bytes of output
        self.timeout_func = self._seconds
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
            self._settle(cell, index, _evidence(cell))
            return cell, resources
        check = getattr(checks, call.name)
        cases = check.inputs(hidden=True)
        cell.source = apart.question(check, call.function, cases)
        try:
            cell = self._run(cell, index)
        finally:
            cell.source = source
        result = check.best(cases, apart.read_attempts(check, cases, cell.outputs), hidden=True)
        shown = {
            "text/plain": repr(result),
            "text/html": result._repr_html_(),
            "text/markdown": result._repr_markdown_(),
        }
        verdict = new_output("execute_result", shown, execution_count=cell.execution_count)
        self._settle(cell, index, [verdict])
        return cell, resources

    def _settle(self, cell, index, outputs):
        """The outputs that count: no cell that runs later can change them by a display's id."""
        cell.outputs = outputs
        self.clear_display_id_mapping(index)

    def create_kernel_manager(self):
        manager = super().create_kernel_manager()
        manager.context.setsockopt(zmq.MAXMSGSIZE, 64 * MIB)  # a larger one is not even received
        return manager

    def start_new_kernel_client(self, **kwargs):
        """A kernel that does not start is no fault of the submission's: there is a second one."""
        provisioner = self.km.provisioner
        try:
            return super().start_new_kernel_client(**kwargs)
        except RuntimeError as error:
            self.log.error("%s (%s); another one is tried", error, _why(provisioner))
        self.km = self.create_kernel_manager()
        self.start_new_kernel(cwd=self.resources.get("metadata", {}).get("path"))
        return super().start_new_kernel_client(**kwargs)

    def process_message(self, msg, cell, cell_index):
        """Take what a cell sends, up to a limit; what it is graded by has a limit of its own."""
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
        except Exception as error:  # of what student code may send there is no list
            self.log.warning("a message of the kernel cannot be read: %r", error)
            return None

    def output(self, outs, msg, display_id, cell_index):
        graded = is_grade(self.nb.cells[cell_index]) and _may_be_evidence(msg)
        if len(outs) < MOST_OUTPUTS or graded:
            return super().output(outs, msg, display_id, cell_index)
        _mark(outs)
        return None

    def register_output_hook(self, msg_id, hook):
        """What is shown in an Output widget stands in the cell: nbclient would answer each line
        with all that the widget holds."""

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
        """Run a cell; where it ends the kernel, its outputs say so, and another kernel goes on."""
        if cell.cell_type != "code":
            return cell
        if self._is_over():
            cell.outputs = [_error("NotRun", str(self.over))]
            return cell
        problem = self._execute(cell, index)
        if problem is None:
            if not is_grade(cell):
                self.ran.append((cell, index))
            return cell
        cell.outputs = [
            *cell.outputs,
            _error("KernelDied", f"this cell ended the kernel: {problem}"),
        ]
        self._replace_kernel()
        return cell

    def _execute(self, cell, index) -> str | None:
        """Run a cell, and return why the kernel is lost, if it is."""
        self.timed_out = None
        self.kept: Counter[bool] = Counter()  # bytes, of evidence and of all else
        self.clear_display_id_mapping(index)  # of an earlier run
        try:
            self.execute_cell(cell, index, store_history=True)
        except DeadKernelError:
            return _why(self.km.provisioner)
        except CellTimeoutError:
            if self.timed_out:
                return f"it ran for {self.timed_out} seconds and could not be interrupted"
            cell.outputs = [*cell.outputs, TOO_MUCH]  # so much that the end of it was lost
        return None

    def _replace_kernel(self) -> None:
        """Bring another kernel to where the last one was."""
        self.lost += 1
        if self.lost > self.restarts:
            self.over = f"the notebook has lost {self.lost} kernels"
        if self._is_over():
            return
        self._cleanup_kernel()
        self.km = self.create_kernel_manager()
        self.start_new_kernel()
        self.start_new_kernel_client()
        for cell, index in self.ran:
            if self._is_over():
                break
            self.nb.cells[index] = deepcopy(cell)  # whose outputs may be updated meanwhile
            ended = self._execute(self.nb.cells[index], index)
            self.nb.cells[index] = cell
            self.clear_display_id_mapping(index)
            if ended is not None:
                self._replace_kernel()
                break

    def _is_over(self) -> bool:
        if self.over is None and self.deadline - time.monotonic() < 1:
            self.over = f"the notebook has used up its {self.notebook_timeout} seconds"
        return self.over is not None

    def _seconds(self, cell=None) -> int:
        """How long a cell may run; never 0, which nbclient takes for no limit."""
        left = max(1, int(self.deadline - time.monotonic()))
        return min(self.timeout, left) if self.timeout else left


class SaveEvidence(SaveAutoGrades):
    """Leave every written answer to a person.

    nbgrader scores an untouched one 0 and does not flag it; here it waits like the others, with
    nbgrader's comment "No response.".
    """

    def _add_score(self, cell, resources):
        if is_solution(cell):
            cell = deepcopy(cell)
            cell.metadata.nbgrader.pop("checksum", None)  # by which nbgrader sees it untouched
        super()._add_score(cell, resources)


class HideChecks(ClearHiddenTests):
    """In the feedback: what failed and why, but not the source of what is hidden."""

    def preprocess_cell(self, cell, resources, index):
        if cell.cell_type == "code" and is_grade(cell):
            cell, resources = super().preprocess_cell(cell, resources, index)
            lines = [line for line in cell.source.splitlines() if "hidden=True" not in line]
            cell.source = "\n".join(lines)
            for output in cell.outputs:
                if output.output_type == "error":  # a traceback shows the lines around
                    output.traceback = [f"{output.ename}: {output.evalue}"]
        return cell, resources


def _resting(nb) -> set[int]:
    """Which cells need not run, by their place in the notebook; the others lose their outputs."""
    code = [index for index, cell in enumerate(nb.cells) if cell.cell_type == "code"]
    may = {n for n, index in enumerate(code) if nb.cells[index].execution_count is not None}
    found = {code[n] for n in unneeded([nb.cells[index].source for index in code], may)}
    for index in code:
        cell = nb.cells[index]
        if index not in found:
            cell.execution_count, cell.outputs = None, []
        elif cell.outputs:
            cell.outputs.insert(0, AS_HANDED_IN)
    return found


def _why(provisioner) -> str:
    return provisioner.why() if hasattr(provisioner, "why") else "it died"


def _size(msg: dict) -> int:
    """Bytes, about, of a message's content."""
    text = json.dumps(msg["content"], ensure_ascii=False, default=str)
    return len(text) + sum(len(buffer) for buffer in msg.get("buffers", ()))


def _may_be_evidence(msg: dict) -> bool:
    return msg["msg_type"] == "execute_result" or apart.MIME in msg["content"].get("data", {})


def _mark(outputs: list) -> None:
    if not outputs or outputs[-1] != TOO_MUCH:
        outputs.append(TOO_MUCH)


def _error(name: str, text: str):
    return new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"])


NO_EVIDENCE = _error("NoEvidence", "the cell did not say how many points were earned")
AS_HANDED_IN = new_output(
    "stream", name="stdout", text="[as handed in: no mark depends on this cell, it did not run]\n"
)
TOO_MUCH = new_output("stream", name="stderr", text="[more output than is kept]\n")


def _evidence(cell) -> list:
    raised = [output for output in cell.outputs if output.output_type == "error"]
    most = cell.metadata.nbgrader.points
    results = [output for output in cell.outputs if _is_points(output, most)]
    return raised or results[-1:] or [NO_EVIDENCE]


def _is_points(output, most: float) -> bool:
    try:
        said = float(output.data["text/plain"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
    return output.output_type == "execute_result" and 0 <= said <= most
