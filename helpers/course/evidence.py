"""What nbgrader reads as a grade: only the verdict on what the student's function computed."""

from copy import deepcopy

from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute, SaveAutoGrades
from nbgrader.utils import is_grade, is_solution

from helpers import checks
from helpers.checks import apart
from helpers.course.build import last_check


class ExecuteAndJudge(Execute):
    """Run a submission, and judge its checks here, where the student's code has never run.

    A graded cell that ends with a check asks the student's kernel for nothing but the function's
    answers to freshly drawn inputs. Of another graded cell the last result counts. nbgrader itself
    gives nothing where anything was written to stderr, and full marks to a cell without output;
    here stderr is no failure, and no evidence is no point.
    """

    def preprocess_cell(self, cell, resources, index):
        if not (cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)):
            return super().preprocess_cell(cell, resources, index)
        source, call = cell.source, last_check(cell.source)
        if call is None:
            cell, resources = super().preprocess_cell(cell, resources, index)
            cell.outputs = _evidence(cell)
            return cell, resources
        check = getattr(checks, call.name)
        cases = check.inputs(hidden=True)
        cell.source = apart.question(check, call.function, cases)
        try:
            cell, resources = super().preprocess_cell(cell, resources, index)
        finally:
            cell.source = source
        result = check.best(cases, apart.read_attempts(check, cases, cell.outputs), hidden=True)
        shown = {
            "text/plain": repr(result),
            "text/html": result._repr_html_(),
            "text/markdown": result._repr_markdown_(),
        }
        cell.outputs = [new_output("execute_result", shown, execution_count=cell.execution_count)]
        return cell, resources


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


NO_EVIDENCE = new_output(
    "error",
    ename="NoEvidence",
    evalue="the cell did not say how many points were earned",
    traceback=["No point without evidence: the cell did not run to its end."],
)


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
