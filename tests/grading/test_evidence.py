"""The grade is the verdict made outside the student's kernel; without evidence there is no point.

Every submission here is hostile or careless in a way of its own, and the grade says what it earns.
"""

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import determine_grade

from helpers.course.evidence import ExecuteAndJudge

RIGHT = "def accuracy(p, y): return float((p.argmax(1) == y).mean())"
HALF = "def accuracy(p, y): return float((p.argmax(1) == y).mean()) if p.shape[1] < 3 else -1.0"
WRONG = "def accuracy(p, y): return 0.123"
CHECK = "checks.accuracy(accuracy)\nchecks.accuracy(accuracy, hidden=True)"
GRADED = {"grade": True, "solution": False, "points": 2, "grade_id": "accuracy_check"}
SHELL = "get_ipython().ast_node_interactivity = {!r}"

CARELESS = {
    "right": (RIGHT, 2),
    "one step of the rubric": (HALF, 1),
    "every line shows its value": (f"{HALF}\n{SHELL.format('all')}", 1),
    "no line shows its value": (f"{RIGHT}\n{SHELL.format('none')}", 2),
    "writes to stderr": ("import os\nos.write(2, b'red')\n" + RIGHT, 2),
    "stderr while checked": (
        "def accuracy(p, y):\n    import os; os.write(2, b'red')\n    "
        "return float((p.argmax(1) == y).mean()) if p.shape[1] < 3 else -1.0",
        1,
    ),
    "a flood of output": (f"{RIGHT}\nprint('la' * 1_000_000)", 2),
    "not a function": ("accuracy = None", 0),
    "no function": ("", 0),
    "other names taken": (f"{RIGHT}\ndel checks\nprint = display = np = None", 2),
}

# A constant copied from the visible check is right there, and nowhere else.
COPIED = """
from helpers.checks import accuracy as check
seen = [case.inputs for case in check.inputs(False, 0)]
def accuracy(p, y):
    for inputs in seen:
        if len(y) == len(inputs["labels"]):
            return float((inputs["probabilities"].argmax(1) == inputs["labels"]).mean())
    return 0.0
"""

HOSTILE = {
    "constants of the visible check": (COPIED, 0),
    "numpy agrees with everything": (
        f"{WRONG}\nimport numpy as np\nnp.isclose = np.allclose = np.array_equal = "
        "np.testing.assert_allclose = lambda *a, **k: np.True_",
        0,
    ),
    "numpy's own code is replaced": (
        f"{WRONG}\nimport numpy as np\nnp.isclose.__wrapped__.__code__ = "
        "(lambda a, b, rtol=0, atol=0, equal_nan=False: True).__code__",
        0,
    ),
    "assert is gone": (f"import sys, builtins\nbuiltins.AssertionError = ValueError\n{WRONG}", 0),
    "a number that equals all": (
        "class Liar(float):\n    __eq__ = __ge__ = __le__ = lambda *a: True\n"
        "    __sub__ = __rsub__ = __abs__ = lambda *a: 0.0\n"
        "def accuracy(p, y): return Liar(0.123)",
        0,
    ),
    "an array that equals all": (
        "import numpy as np\nclass Liar(np.ndarray):\n"
        "    def __array_ufunc__(self, *a, **k): return np.True_\n"
        "    def __array_function__(self, *a, **k): return np.True_\n"
        "def accuracy(p, y): return np.asarray(0.123).view(Liar)",
        0,
    ),
    "an object that becomes another array each time": (
        "import numpy as np\nclass Liar:\n"
        "    def __array__(self, *a, **k): return np.array(0.123)\n"
        "    def __eq__(self, other): return True\n"
        "def accuracy(p, y): return Liar()",
        0,
    ),
    "the check's verdict is replaced": (
        f"{WRONG}\nfrom helpers.checks import core\n"
        "core.same_values = core.shape_and_type = lambda *a: None\n"
        "core.Check.verdict = core.Check.__call__ = lambda *a, **k: 2",
        0,
    ),
    "the result's points are replaced": (
        f"{WRONG}\nfrom helpers.checks import core\n"
        "core.Result.__repr__ = lambda self: '2'\ncore.Line.earned = property(lambda self: 2.0)",
        0,
    ),
    "the check is replaced": (f"{WRONG}\nchecks.accuracy = lambda *a, **k: 2", 0),
    "the module is replaced": (
        f"{WRONG}\nimport sys, types\nsys.modules['helpers.checks'] = types.SimpleNamespace("
        "accuracy=lambda *a, **k: 2)",
        0,
    ),
    "the check's own reference": (
        "def accuracy(p, y): return checks.accuracy.reference(p, y)",
        0,
    ),
    "the reference from its module": (
        "from helpers.checks.train_a_cnn import _accuracy as accuracy",
        0,
    ),
    "expected values in the frames above": (
        "def accuracy(p, y):\n    import sys\n    frame = sys._getframe()\n"
        "    while frame := frame.f_back:\n"
        "        for name in ('expected', 'reference'):\n"
        "            if name in frame.f_locals: return frame.f_locals[name]\n    return 0.123",
        0,
    ),
    "the reference, while another exercise is checked": (
        "def accuracy(p, y):\n    found = []\n"
        "    checks.confusion(lambda *a: found.append(checks.accuracy.reference(p, y)))\n"
        "    return found[0]",
        0,
    ),
    "the reference, as if another exercise were checked": (
        "from helpers import own_work\ndef accuracy(p, y):\n"
        "    with own_work.checking('confusion'): return checks.accuracy.reference(p, y)",
        0,
    ),
    "leaves Python": ("import sys\ndef accuracy(p, y): sys.exit(0)", 0),
    "catches everything": (
        "def accuracy(p, y):\n    try: return checks.accuracy.reference(p, y)\n"
        "    except BaseException: return 0.123",
        0,
    ),
    "shows points itself": (
        "def accuracy(p, y):\n    from IPython.display import display\n"
        "    display({'text/plain': '2'}, raw=True); print('2')\n    return 0.123",
        0,
    ),
    "answers in the check's place": (
        "def accuracy(p, y):\n    from IPython.display import display\n"
        "    from helpers.checks import apart\n"
        "    answers = apart.pack([[(0.0, '', None, '')] * 3])\n"
        "    display({apart.MIME: answers}, raw=True)\n    return 0.123",
        0,
    ),
    "shows points after the cell": (
        f"{WRONG}\nfrom IPython.display import display\n"
        "get_ipython().events.register('post_run_cell', "
        "lambda *a: display({'text/plain': '2'}, raw=True))",
        0,
    ),
    "no problem at all": (
        f"{WRONG}\nfrom helpers.checks import core\n"
        "core.Check.answers = lambda self, f, inputs: [core.Answer(problem='') for _ in inputs]",
        0,
    ),
    "a pickle among the answers": (
        f"{WRONG}\nfrom helpers.checks import apart\n"
        'apart.pack = lambda value: \'{"pickle": "gASVBAAAAAAAAABLAi4="}\'',
        0,
    ),
}


def grade(answer):
    """The points of an answer to the exercise, in a fresh kernel, and the card."""
    cells = ["from helpers import checks", answer, CHECK]
    notebook = new_notebook(cells=[new_code_cell(source) for source in cells])
    graded = notebook.cells[-1]
    graded.metadata["nbgrader"] = GRADED
    ExecuteAndJudge(kernel_name="python3").preprocess(notebook, {})
    assert graded.source == CHECK
    points, maximum = determine_grade(graded)
    assert maximum == 2
    return points, graded.outputs[-1]["data"]["text/html"]


@pytest.mark.slow
@pytest.mark.parametrize("how", CARELESS)
def test_a_careless_submission_gets_what_its_function_earns(how):
    answer, points = CARELESS[how]
    assert grade(answer)[0] == points


@pytest.mark.slow
@pytest.mark.parametrize("how", HOSTILE)
def test_a_hostile_submission_gains_nothing(how):
    answer, points = HOSTILE[how]
    assert grade(answer)[0] == points


@pytest.mark.slow
def test_the_card_of_a_missing_function_says_so():
    points, card = grade("")
    assert points == 0
    assert "There is no function to check: name &#x27;accuracy&#x27; is not defined" in card


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "points"),
    [
        ("1.5", 1.5),
        ("assert False", 0),
        ("x = 2", 0),
        ("x = (", 0),
        ("'2'", 0),
        ("-1", 0),
        ("3", 0),
        ("float('inf')", 0),
    ],
)
def test_a_graded_cell_without_a_check_needs_evidence(source, points):
    cell = new_code_cell(source)
    cell.metadata["nbgrader"] = {"grade": True, "solution": False, "points": 2, "grade_id": "own"}
    ExecuteAndJudge(kernel_name="python3").preprocess(new_notebook(cells=[cell]), {})
    assert determine_grade(cell)[0] == points
