"""What nbgrader reads as a grade: only what the graded cell's own check said last."""

from copy import deepcopy

from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from nbgrader.utils import is_grade, is_solution


class RequireEvidence(NbGraderPreprocessor):
    """After execution, leave of a graded code cell's outputs the one that says its points.

    nbgrader reads the first result as partial credit, gives nothing where anything was written to
    stderr, and gives full marks to a cell without output. Here the last result counts, stderr is
    no failure, and no evidence is no point.
    """

    def preprocess_cell(self, cell, resources, index):
        if cell.cell_type == "code" and is_grade(cell) and not is_solution(cell):
            raised = [output for output in cell.outputs if output.output_type == "error"]
            results = [output for output in cell.outputs if _is_points(output)]
            cell.outputs = raised or results[-1:] or [NO_EVIDENCE]
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
    evalue="the check did not say how many points were earned",
    traceback=["No point without evidence: the check did not run to its end."],
)


def _is_points(output) -> bool:
    try:
        return output.output_type == "execute_result" and float(output.data["text/plain"]) >= 0
    except (KeyError, ValueError):
        return False
