"""Careless and hostile submissions, each with the marks and the message it must get.

The notebook has an exercise with a check (`accuracy`, 2 points), one without (`double`, 3), a
written question, and here also an exercise that one of the helpers solves (`patch_positions`, 3).
Each submission changes the right answers in a way of its own.
"""

import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import nbformat

from tests.grading.hostile.insiders import INSIDERS, Insider

NAME = "01_exercises"
SOURCE = dedent(
    """
    # %%
    from helpers import checks

    # %% nbgrader={"grade_id": "accuracy", "solution": true}
    ### BEGIN SOLUTION
    def accuracy(p, y): return float((p.argmax(1) == y).mean())
    ### END SOLUTION

    # %% nbgrader={"grade_id": "accuracy_check", "grade": true, "points": 2}
    checks.accuracy(accuracy)
    ### BEGIN HIDDEN TESTS
    checks.accuracy(accuracy, hidden=True)
    ### END HIDDEN TESTS

    # %%
    print("between")

    # %% nbgrader={"grade_id": "double", "solution": true}
    ### BEGIN SOLUTION
    def double(x): return 2 * x
    ### END SOLUTION

    # %% nbgrader={"grade_id": "double_check", "grade": true, "points": 3}
    assert double(2) == 4
    ### BEGIN HIDDEN TESTS
    assert double(5) == 10, "the hidden number is five"
    ### END HIDDEN TESTS
    3

    # %% [markdown]
    # ### Why?
    #
    # ### BEGIN MARK SCHEME
    # A point for each reason.
    # ### END MARK SCHEME

    # %% [markdown] nbgrader={"grade_id": "why", "grade": true, "solution": true, "points": 2}
    # Because.
    """
).strip()
# The same, and an exercise that one of the helpers solves.
WITH_POSITIONS = SOURCE + dedent(
    """

    # %% nbgrader={"grade_id": "patch_positions", "solution": true}
    ### BEGIN SOLUTION
    import numpy as np
    def patch_positions(size, patch, stride):
        return np.array(sorted({*range(0, size - patch + 1, stride), size - patch}))
    ### END SOLUTION

    # %% nbgrader={"grade_id": "patch_positions_check", "grade": true}
    checks.patch_positions(patch_positions)
    ### BEGIN HIDDEN TESTS
    checks.patch_positions(patch_positions, hidden=True)
    ### END HIDDEN TESTS
    """
)

RIGHT = "def accuracy(p, y): return float((p.argmax(1) == y).mean())"
HALF = "def accuracy(p, y): return float((p.argmax(1) == y).mean()) if p.shape[1] < 3 else -1.0"
WRONG = "def accuracy(p, y): return 0.123"
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
    "shows much while checked": (
        RIGHT.replace(": return", ":\n    for i in range(900): display(i)\n    return"),
        2,
    ),
    "updates what it showed while checked": (
        RIGHT.replace(": return", ":\n    h = display(0, display_id='h'); h.update(1)\n    return")
        + "\nfor number in range(3): display(number, display_id='h')",
        2,
    ),
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
        "from helpers.checks.exercises.train_a_cnn import _accuracy as accuracy",
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
    "the check answers itself": (
        "from helpers.checks import core\ndef accuracy(p, y): return 0.123\n"
        "core.Check.answers = lambda self, f, inputs: "
        "[core.Answer(self.reference(**i)) for i in inputs]",
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


Change = Callable[[Path], None]


@dataclass(frozen=True)
class Submission:
    """What is done to the folder with the right answers, and what comes of it.

    `marks` of `accuracy` and `double`; None where nothing is to be graded and a person is told.
    `says`: words of what the student or the instructor reads. `positions`: the mark of
    `patch_positions`, where another than the right answer was handed in.
    """

    change: Change
    marks: tuple[float, float] | None = (2, 3)
    says: str = ""
    positions: float | None = None


def _path(folder: Path) -> Path:
    return folder / f"{NAME}.ipynb"


def _cells(change: Callable[[dict, list], None]) -> Change:
    """Change the notebook: its cells by name, and all of them."""

    def apply(folder: Path) -> None:
        notebook = json.loads(_path(folder).read_text())
        cells = notebook["cells"]
        named = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in cells}
        change(named, cells)
        _path(folder).write_text(json.dumps(notebook))

    return apply


def _answer(**answers: str) -> Change:
    return _cells(lambda named, cells: [named[n].update(source=s) for n, s in answers.items()])


SHOWN = "from IPython.display import display\n"


def _updated(named, cells) -> None:
    """The results of the graded cells, as their displays: changed when they stand."""
    for cell, answer in (("accuracy", "accuracy(p, y)"), ("double", "double(x)")):
        shown = f"display({{}}, raw=True, display_id='{cell}')"
        named[cell]["source"] = f"{SHOWN}def {answer}:\n    {shown}\n    return 0.123"
    points = "display({{'text/plain': '{}'}}, raw=True, display_id='{}', update=True)"
    last = [points.format(2, "accuracy"), points.format(3, "double")]
    cells.append({**cells[3], "id": "last", "source": SHOWN + "\n".join(last)})


def between(source: str, **answers: str) -> Change:
    """Other code in the cell between the two exercises."""

    def change(named, cells):
        cells[3]["source"] = source
        for name, answer in answers.items():
            named[name]["source"] = answer

    return _cells(change)


def _bytes(content: bytes) -> Change:
    return lambda folder: _path(folder).write_bytes(content)


def file_of(name: str, content: str) -> Change:
    return lambda folder: (folder / name).write_text(content)


def _move(cells: list, cell: dict, place: int) -> None:
    cells.remove(cell)
    cells.insert(place, cell)


def _stripped(*keys: str) -> Change:
    def change(named, cells):
        for cell in cells:
            cell["metadata"] = {}
            for key in keys:
                del cell[key]

    return _cells(change)


def _version_3(folder: Path) -> None:
    notebook = nbformat.read(_path(folder), as_version=4)
    _path(folder).write_text(nbformat.writes(nbformat.convert(notebook, 3), version=3))


def _version_5(folder: Path) -> None:
    notebook = json.loads(_path(folder).read_text())
    _path(folder).write_text(json.dumps(notebook | {"nbformat": 5, "nbformat_minor": 0}))


def _two_names(folder: Path) -> None:
    content = _path(folder).read_text()
    _path(folder).unlink()
    for name in ("final.ipynb", "final (2).ipynb"):
        (folder / name).write_text(content)


def _copied(name: str, **first: str) -> Change:
    """A second cell of that name, below; the first one is changed."""

    def change(named, cells):
        cells.insert(cells.index(named[name]) + 1, json.loads(json.dumps(named[name])))
        named[name].update(first)

    return _cells(change)


def _split(named, cells) -> None:
    place = cells.index(named["accuracy"])
    cells.insert(place, {**named["accuracy"], "metadata": {}, "id": "x", "source": "half = 0.5"})
    named["accuracy"]["source"] = "def accuracy(p, y): return other(p, y)"
    last = {
        **named["accuracy"],
        "metadata": {},
        "id": "y",
        "source": RIGHT.replace("accuracy", "other"),
    }
    cells.insert(place + 2, last)


def _merged(named, cells) -> None:
    merged = (cells[0], named["accuracy"], named["double"])
    cells[0]["source"] = "\n".join("".join(cell["source"]) for cell in merged)
    cells.remove(named["accuracy"])
    cells.remove(named["double"])


def _tagged(*tags: str) -> Change:
    def change(named, cells):
        named["accuracy"]["source"] = WRONG
        named["double"]["source"] = "def double(x): return 0"
        for cell in cells:
            cell["metadata"]["tags"] = list(tags)

    return _cells(change)


def _metadata(name: str, **values) -> Change:
    return _cells(lambda named, cells: named[name]["metadata"]["nbgrader"].update(values))


def _damaged_cells(named, cells) -> None:
    cells[0]["metadata"] = {"nbgrader": "none", "tags": 3}
    cells[3]["source"] = ["print(1)\n", "print(2)"]
    cells[3]["outputs"] = [{"output_type": "stream"}]
    cells.append({"cell_type": "heading", "source": "text", "level": 1})


def _look(path: str) -> Change:
    """Whether the student's code sees a file beside the course's folder of submissions."""

    def change(folder: Path) -> None:
        where = str(folder.parents[2] / path)
        between(f"import os\nprint('seen' if os.path.exists({where!r}) else 'unseen')")(folder)

    return change


def _insider(one: Insider) -> Submission:
    answers = {"accuracy": one.accuracy, "patch_positions": one.positions}
    answers = {name: answer for name, answer in answers.items() if answer is not None}

    def change(folder: Path) -> None:
        _answer(**answers)(folder)
        if one.between is not None:
            between(one.between)(folder)
        for name, content in one.files.items():
            (folder / name).write_text(content)

    accuracy, positions = one.fair
    return Submission(change, (accuracy, 3), positions=positions)


LOOP = "while True: pass"
STUBBORN = "import time\nwhile True:\n    try: time.sleep(1)\n    except KeyboardInterrupt: pass"
# JSON, an update, a widget, an error.
MUCH = (
    SHOWN
    + """
import ipywidgets
for i in range(8): display({'application/json': {'x': 'y' * 2_000_000}}, raw=True, display_id=i)
for i in range(8): display({'text/plain': 'a' * 2_000_000}, raw=True, display_id=i, update=True)
widgets = [ipywidgets.Text(value='x' * 2_000_000) for _ in range(8)]
raise ValueError('z' * 12_000_000)
"""
)
UPDATES = "for number in range(3): display(number, display_id='n', update=number > 0)"
EXIT = "import os; os._exit(3)"

SUBMISSIONS: dict[str, Submission] = {
    **{how: Submission(_answer(accuracy=a), (points, 3)) for how, (a, points) in CARELESS.items()},
    **{how: Submission(_answer(accuracy=a), (points, 3)) for how, (a, points) in HOSTILE.items()},
    **{how: _insider(one) for how, one in INSIDERS.items()},
    # Cells
    "untouched": Submission(
        _answer(
            accuracy="raise NotImplementedError",
            double="def double(x):\n    raise NotImplementedError",
        ),
        (0, 0),
        "There is no function to check",
    ),
    "check deleted": Submission(
        _cells(lambda named, cells: cells.remove(named["accuracy_check"])),
        says="accuracy_check was missing",
    ),
    "wrong, and the check deleted": Submission(
        _cells(
            lambda named, cells: (
                cells.remove(named["accuracy_check"]),
                named["accuracy"].update(source=WRONG),
            )
        ),
        (0, 3),
    ),
    "check copied": Submission(_copied("accuracy_check")),
    "answer copied, the first one wrong": Submission(
        _copied("accuracy", source=WRONG), says="2 cells accuracy"
    ),
    "written answer copied": Submission(_copied("why", source="Other."), says="2 cells why"),
    "answer in three cells": Submission(_cells(_split)),
    "answers in the first cell": Submission(_cells(_merged), says="the cell accuracy is missing"),
    "check above its answer": Submission(
        _cells(lambda named, cells: _move(cells, named["accuracy_check"], 0)),
        says="accuracy_check stood above",
    ),
    "last exercise first": Submission(
        _cells(
            lambda named, cells: (
                _move(cells, named["double_check"], 1),
                _move(cells, named["double"], 1),
            )
        )
    ),
    "answer is text": Submission(
        _cells(lambda named, cells: named["accuracy"].update(cell_type="markdown"))
    ),
    "check is raw": Submission(
        _cells(lambda named, cells: named["accuracy_check"].update(cell_type="raw"))
    ),
    "written answer is code": Submission(
        _cells(lambda named, cells: named["why"].update(cell_type="code", source="1 / 0"))
    ),
    "hundred points": Submission(_metadata("accuracy_check", points=100)),
    "points are text": Submission(_metadata("accuracy_check", points="many")),
    "check is a solution": Submission(_metadata("accuracy_check", solution=True, locked=False)),
    "answer is locked": Submission(_metadata("accuracy", locked=True, solution=False)),
    "other name of a check": Submission(
        _metadata("accuracy_check", grade_id="checked"), says="unknown cells checked"
    ),
    "metadata of an old schema": Submission(_metadata("accuracy_check", schema_version=1)),
    "older release": Submission(
        _metadata("double", grade_id="triple"), says="unknown cells triple: an older release?"
    ),
    "check replaced by its points": Submission(
        _answer(accuracy=WRONG, accuracy_check="2", double_check="3"), (0, 3), "was changed"
    ),
    "skipped by a tag": Submission(_tagged("skip-execution"), (0, 0)),
    "errors allowed by a tag": Submission(_tagged("raises-exception", "remove_cell"), (0, 0)),
    "the points are displayed, then updated": Submission(_cells(_updated), (0, 0)),
    "updates what an earlier cell showed": Submission(
        _cells(
            lambda named, cells: (
                named["double"].update(
                    source="handles = []\ndef double(x):\n"
                    "    handles.append(display(x, display_id=True))\n    return 2 * x"
                ),
                cells.append({**cells[3], "id": "z", "source": "for h in handles: h.update(0)"}),
            )
        )
    ),
    "names that are no text": Submission(
        _metadata("double", grade_id="\ud800\0\x1b[2J"), says="unknown cells \ufffd\ufffd\ufffd[2J"
    ),
    "a picture in the written answer": Submission(
        _cells(
            lambda named, cells: named["why"].update(
                source="![drawn](attachment:drawn.png)",
                attachments={"drawn.png": {"image/png": "iVBORw0KGgo="}},
            )
        )
    ),
    "a picture that is missing": Submission(
        _cells(lambda named, cells: named["why"].update(source="![](attachment:drawn.png)")),
        says="a picture is missing in why: drawn.png",
    ),
    "a million cells": Submission(_bytes(b'{"cells": [%s{}]}' % (b"{}," * 10**6)), None, "objects"),
    "ten thousand cells": Submission(
        _bytes(b'{"nbformat": 4, "cells": [%s{}]}' % (b"{}," * 10**4)), None, "2000 cells"
    ),
    "a number of 5000 digits": Submission(
        _bytes(b'{"cells": [], "x": %s}' % (b"1" * 5000)), None, "it is no JSON"
    ),
    "no metadata": Submission(_stripped()),
    "no metadata and no ids": Submission(_stripped("id"), says="all that is there is graded"),
    "damaged cells": Submission(_cells(_damaged_cells)),
    # Files
    "other name": Submission(
        lambda folder: _path(folder).rename(folder / "Exercise 1 (final).ipynb"),
        says="the notebook is called Exercise 1 (final).ipynb",
    ),
    "two notebooks, none of that name": Submission(_two_names, None, "may be meant"),
    "no notebook": Submission(lambda folder: _path(folder).unlink(), None, "there is no notebook"),
    "empty file": Submission(_bytes(b""), None, "the file is empty"),
    "broken JSON": Submission(_bytes(b'{"cells": ['), None, "it is no JSON"),
    "no notebook but JSON": Submission(_bytes(b"[1, 2]"), None, "holds no cells"),
    "not even text": Submission(_bytes(b"\x89PNG\xff\x00"), None, "it is no JSON"),
    "nested without end": Submission(_bytes(b"[" * 100_000), None, "it is no JSON"),
    "cells are a number": Submission(_bytes(b'{"cells": 3, "nbformat": 4}'), None, "damaged"),
    "nbformat 3": Submission(_version_3),
    "nbformat 5": Submission(_version_5, says="nbformat is 5"),
    "byte order mark": Submission(
        lambda folder: _path(folder).write_bytes(b"\xef\xbb\xbf" + _path(folder).read_bytes())
    ),
    "stored output of 30 MB": Submission(
        _cells(
            lambda named, cells: cells[0].update(
                outputs=[{"output_type": "stream", "name": "stdout", "text": "x" * 30_000_000}]
            )
        )
    ),
    "a notebook of 200 MB": Submission(
        lambda folder: _path(folder).write_text(
            _path(folder).read_text().replace("double(x)", "x" * 200_000_000, 1)
        ),
        None,
        "more than 100 MiB",
    ),
    "a link to the gradebook": Submission(
        lambda folder: (folder / "data.csv").symlink_to(folder.parents[2] / "gradebook.db"),
        says="links are not followed: data.csv",
    ),
    "a pipe": Submission(lambda folder: os.mkfifo(folder / "pipe")),
    "numpy.py beside it": Submission(file_of("numpy.py", "raise SystemExit")),
    "json.py beside it": Submission(file_of("json.py", "raise SystemExit")),
    "time cannot be read": Submission(file_of("timestamp.txt", "yesterday"), says="holds no time"),
    "from the future": Submission(
        file_of("timestamp.txt", "2999-01-01 00:00:00 UTC"), says="in the future"
    ),
    "a file's name is no UTF-8": Submission(file_of(os.fsdecode(b"\xfcbung.txt"), "1")),
    "a module names the checks": Submission(
        file_of("mine.py", "from helpers.checks import core"),
        says="line 1 of mine.py names inner parts of the course's package",
    ),
    "compiled code beside it": Submission(
        file_of("mine.pyc", "?"), says="mine.pyc is code that nobody can read"
    ),
    "late": Submission(file_of("timestamp.txt", "2021-01-01 00:00:00 CET")),
    "Zoë d'Été & 李": Submission(lambda folder: None),
    # The kernel
    "endless loop": Submission(between(LOOP), says="stopped after"),
    "endless loop in the answer": Submission(
        _answer(accuracy=f"def accuracy(p, y):\n    {LOOP}"), (0, 3), "stopped after"
    ),
    "not to be interrupted": Submission(between(STUBBORN), says="could not be interrupted"),
    "leaves Python in between": Submission(between(EXIT), says="left Python with exit code 3"),
    "leaves Python in the answer": Submission(
        _answer(accuracy=f"def accuracy(p, y): {EXIT}"), (0, 3), "left Python with exit code 3"
    ),
    "leaves Python again and again": Submission(
        _cells(
            lambda named, cells: [cells.insert(1, {**cells[3], "source": EXIT}) for _ in "12345"]
        ),
        (0, 0),
        "has lost 3 kernels",
    ),
    "updates what it showed, and leaves Python": Submission(
        _cells(
            lambda named, cells: (
                cells.insert(1, {**cells[3], "id": "n", "source": SHOWN + UPDATES}),
                cells[4].update(source=EXIT),
            )
        ),
        says="left Python with exit code 3",
    ),
    "exits politely": Submission(between("import sys; sys.exit(1)")),
    "quits": Submission(between("quit()")),
    "kills itself": Submission(
        between("import os; os.kill(os.getpid(), 9)"), says=signal.SIGKILL.name
    ),
    "kills everyone": Submission(between("import os; os.kill(-1, 9)")),
    "crashes": Submission(between("import ctypes; ctypes.string_at(0)"), says=signal.SIGSEGV.name),
    "memory bomb": Submission(
        between("x = []\nwhile True: x.append(bytearray(10**8))"), says="MemoryError"
    ),
    "fork bomb": Submission(between("import os\nwhile True: os.fork()")),
    "fork bomb that cannot be interrupted": Submission(
        between(
            "import os, signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n"
            "    try: os.fork()\n    except OSError: pass"
        ),
        says="ended the kernel",
    ),
    "leaves a process behind": Submission(
        between("import subprocess\nsubprocess.Popen(['sleep', '4321'], start_new_session=True)")
    ),
    "fills the disk": Submission(
        between("with open('big', 'wb') as f:\n    while True: f.write(bytes(10**7))"),
        says="No space left on device",
    ),
    "empty files without end": Submission(
        between("import os\nfor number in range(10**6): os.mknod(f'f{number}')"),
        says="No space left on device",
    ),
    "200 MB of output": Submission(between("print('x' * 200_000_000)")),
    "60 MB of output, none of it text": Submission(between(MUCH), says="more output than is kept"),
    "more than a thousand outputs": Submission(
        between("for i in range(1001): display(i)"), says="more output than is kept"
    ),
    "more than a thousand in a widget": Submission(
        between(
            "import ipywidgets\nwith ipywidgets.Output():\n    for i in range(1001): display(i)"
        ),
        says="more output than is kept",
    ),
    # What it must not see or touch
    "looks for the gradebook": Submission(_look("gradebook.db"), says="unseen"),
    "looks for the solutions": Submission(_look("solutions"), says="unseen"),
    "looks for the hidden tests": Submission(
        between(
            "import os\n"
            "print('seen' if any('.ipynb' in name for name in os.listdir()) else 'unseen')"
        ),
        says="unseen",
    ),
    "looks for the others": Submission(_look("submitted"), says="unseen"),
    "writes the gradebook": Submission(
        between(
            "import sqlite3\n"
            "for way in ('', '../', '../../', '../../../'):\n"
            "    sqlite3.connect(way + 'gradebook.db').execute('UPDATE grade SET auto_score = 9')"
        ),
        says="OperationalError",
    ),
    "reads the computer's secrets through its init": Submission(
        between("open('/proc/1/root/etc/shadow').read()"), says="Error"
    ),
    "writes to the course's package": Submission(
        between("import helpers.checks as c; open(c.__file__, 'a')"), says="[Errno"
    ),
    "calls home": Submission(
        between("import socket; socket.create_connection(('192.0.2.1', 80), 5)"),
        says="Network is unreachable",
    ),
    "turns the clock back": Submission(
        between("import time; time.clock_settime(time.CLOCK_REALTIME, 0)"),
        says="Operation not permitted",
    ),
    "wants another namespace": Submission(
        between("import ctypes; print('result', ctypes.CDLL(None).unshare(0x10000000))"),
        says="result -1",
    ),
    "has its child traced": Submission(  # which is refused nowhere but here: PTRACE_TRACEME
        between(
            "import ctypes, os\nif os.fork() == 0:\n"
            "    result = ctypes.CDLL(None).ptrace(0, 0, 0, 0)\n"
            "    print(f'result {result}', flush=True); os._exit(0)\nos.wait()"
        ),
        says="result -1",
    ),
    "hides memory in a file": Submission(
        between("import os; print('result', os.memfd_create('x'))"),
        says="Operation not permitted",
    ),
    "writes to the system": Submission(between("open('/etc/big', 'w')"), says="[Errno"),
    "locks its kernel's sockets": Submission(
        between("import glob, os\nfor path in glob.glob('/tmp/.kernel*'): os.chmod(path, 0)")
    ),
    "overwrites its own notebook": Submission(
        between(f"import os\nos.symlink('/etc/passwd', '{NAME}.ipynb')")
    ),
    "changes what is displayed": Submission(
        between("import sys; sys.displayhook = lambda value: print('2')", accuracy=WRONG),
        (0, 3),
    ),
    "reads the history": Submission(
        _answer(
            accuracy="def accuracy(p, y):\n"
            "    seen = ''.join(get_ipython().history_manager.input_hist_raw)\n"
            "    return 1.0 if 'BEGIN HIDDEN' in seen else 0.123"
        ),
        (0, 3),
    ),
    "answers one input by heart": Submission(
        _answer(double="def double(x): return 4 if x == 2 else 0"),
        (2, 0),
        "AssertionError",
    ),
    "exits while it is asked": Submission(
        _answer(double="import sys\ndef double(x): sys.exit(0)"), (2, 0)
    ),
}

# One more of a kind of which another is listed above: graded by `make test-full`.
# fmt: off
TAIL = {
    "no line shows its value", "stderr while checked", "not a function",
    "shows much while checked", "updates what it showed while checked",
    # misleading
    "numpy agrees with everything", "a number that equals all",
    "an object that becomes another array each time", "the result's points are replaced",
    "the check is replaced", "the module is replaced",
    "the reference, while another exercise is checked",
    "the reference, as if another exercise were checked", "catches everything",
    "shows points after the cell", "no problem at all", "a pickle among the answers",
    # cells
    "check copied", "written answer copied", "answers in the first cell", "check above its answer",
    "last exercise first", "answer is text", "written answer is code", "points are text",
    "check is a solution", "answer is locked", "metadata of an old schema",
    "check replaced by its points", "errors allowed by a tag", "names that are no text",
    "updates what an earlier cell showed", "a picture that is missing", "ten thousand cells",
    "a number of 5000 digits", "no metadata and no ids",
    # files
    "two notebooks, none of that name", "empty file", "no notebook but JSON", "not even text",
    "nested without end", "cells are a number", "nbformat 3", "stored output of 30 MB",
    "json.py beside it", "time cannot be read", "from the future",
    # ends and bombs
    "endless loop", "leaves Python in between", "leaves Python again and again",
    "updates what it showed, and leaves Python", "exits politely", "quits", "kills itself",
    "crashes", "fork bomb that cannot be interrupted", "empty files without end",
    "60 MB of output, none of it text", "more than a thousand in a widget",
    # walls
    "looks for the solutions", "looks for the hidden tests", "looks for the others",
    "turns the clock back", "wants another namespace", "has its child traced",
    "hides memory in a file", "writes to the system", "overwrites its own notebook",
    "changes what is displayed", "reads the history", "exits while it is asked",
}
TAIL |= INSIDERS.keys() - {
    "tuples in the place of answers", "the packing of answers is another", "an import by pieces",
    "the check in the frames above", "what the collector follows", "memory by an address",
    "nobody is checked", "another check runs meanwhile", "the source, found anywhere",
    "another process asks the reference", "a process that was forked before",
    "encoded text is run", "a module that the notebook writes", "the judge's question is rewritten",
    "a helper under another name", "a table of a helper's answers",
    "a table of what another exercise is given", "the visible data by heart",
    "files of an earlier submission",
}
# fmt: on
