"""No evidence is no point, and what the check said last is the grade."""

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import determine_grade

from helpers.course.evidence import RequireEvidence

RIGHT = "def accuracy(p, y): return float((p.argmax(1) == y).mean())"
HALF = "def accuracy(p, y): return 0.75 if len(y) == 4 else -1.0"
CHECK = "checks.accuracy(accuracy)\nchecks.accuracy(accuracy, hidden=True)"
SHELL = "get_ipython().ast_node_interactivity = {!r}"
GRADED = {"grade": True, "solution": False, "points": 2, "grade_id": "accuracy_check"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "points"),
    [
        (RIGHT, 2),
        (HALF, 1),
        (f"{HALF}\n{SHELL.format('all')}", 1),
        (f"{RIGHT}\n{SHELL.format('all')}", 2),
        (f"{RIGHT}\n{SHELL.format('none')}", 0),
        (f"import os\n{RIGHT}; os.write(2, b'red')".replace("; os", "\nos"), 2),
        ("def accuracy(p, y):\n    import os\n    os.write(2, b'red'); return 0.75", 1),
        ("accuracy = None", 0),
        ("del checks", 0),
    ],
)
def test_what_a_submission_earns(answer, points):
    cells = ["from helpers import checks", answer, CHECK]
    notebook = new_notebook(cells=[new_code_cell(source) for source in cells])
    graded = notebook.cells[-1]
    graded.metadata["nbgrader"] = GRADED
    NotebookClient(notebook, allow_errors=True).execute()
    RequireEvidence().preprocess(notebook, {})
    assert determine_grade(graded) == (points, 2)
