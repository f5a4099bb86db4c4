"""Which lines of a submission a person is asked to look at."""

import ast
import time
from pathlib import Path

import nbformat
import pytest

from helpers.course.grading import suspicion
from helpers.course.grading.suspicion import (
    CHANGES,
    CHECKS,
    CODE,
    COURSE,
    FRAMES,
    HOOKS,
    IMPORTS,
    INSIDES,
    LOADED,
    LONGEST,
    MEMORY,
    OTHERS,
    PICKLES,
    PIECES,
    SHELL,
    SOLVES,
    TEXTS,
    UNREADABLE,
    Finding,
    look,
    said,
)

ROOT = Path(__file__).parents[2]
COURSE_CELL = "from helpers import checks, datasets, explorers, methods, models, plots"

INNOCENT = [
    # what the card and the course suggest
    "from helpers import checks\nchecks.accuracy(accuracy)",
    "result = checks.accuracy(accuracy)\nprint(result.card())\nresult.earned == result.points",
    "checks.accuracy.points",
    "accuracy(**checks.accuracy.example(3, 0))",
    "inputs = checks.accuracy.example(12, 1)\nprint({k: v.shape for k, v in inputs.items()})",
    "total = sum([checks.accuracy.points, checks.confusion.points])",
    "checks.accuracy(lambda p, y: float((p.argmax(1) == y).mean()))",
    "checks.acuracy(accuracy)  # with a slip",
    "help(checks.accuracy)\ndir(checks)\nprint(checks.accuracy)",
    "?checks.accuracy",
    "checks.accuracy(accuracy, seed=3)\nchecks.accuracy(accuracy, hidden=True)",
    "# helpers.checks.core, sys._getframe() and checks.accuracy.reference are not for us",
    'def f(x):\n    """Unlike checks.accuracy.reference, or helpers/checks."""\n    return x',
    "def f(values):\n    checks = []\n    for v in values: checks.append(v > 0)\n"
    "    return all(checks), len(checks)",
    "def f(checks): return checks[0]",
    # looking around
    "import inspect\nprint(inspect.signature(methods.grad_cam))",
    "import inspect\ndef mine(x): return x\nprint(inspect.getsource(mine))",
    "help(methods.grad_cam)\nmethods.grad_cam?\nprint(methods.grad_cam.__doc__)",
    "dir(methods)\nprint(type(model).__name__, model.layers[0].__class__.__name__)",
    "import sys\nprint(sys.version, sys.path)\nsys.path.append('..')\nsys.path.insert(0, '.')",
    "import sys\nIN_COLAB = 'google.colab' in sys.modules",
    "import importlib\nfor name in ('numpy', 'tensorflow'):\n"
    "    print(name, importlib.import_module(name).__version__)",
    "import importlib, mine\nimportlib.reload(mine)",
    "import importlib.util\nprint(importlib.util.find_spec('pandas') is not None)",
    "try:\n    import google.colab\n    colab = True\nexcept ImportError:\n    colab = False",
    "print(get_ipython().__class__.__name__, 'colab' in str(get_ipython()))",
    "for layer in model.layers:\n    for name in ('filters', 'kernel_size'):\n"
    "        print(layer.name, getattr(layer, name, None))",
    "activation = getattr(tf.nn, 're' + 'lu')\nother = getattr(np, f'float{bits}')",
    "for name, value in vars(history).items(): print(name, value)",
    "if 'model' in globals(): print(globals()['model'], len(locals()))",
    "globals()[f'model_{i}'] = 3\nprint(vars(), locals())",
    "import timeit\nprint(timeit.timeit(lambda: accuracy(p, y), number=3))",
    # memory, time, errors
    "import gc\ndel model\ngc.collect()",
    "import tensorflow as tf\ntf.keras.backend.clear_session()\nimport gc; gc.collect()",
    "import warnings\nwarnings.filterwarnings('ignore')",
    "import os\nos.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'\nprint(os.getcwd(), os.listdir())",
    "import traceback\ntry:\n    accuracy(1, 2)\nexcept Exception:\n    traceback.print_exc()",
    "import threading, time\nt = threading.Thread(target=time.sleep, args=(0,))\nt.start()",
    # models that have methods with the names of built-in functions
    "model.eval()\nmodel.compile('adam', loss='mse')\nmodel.evaluate(images, labels)",
    "import re\nfind = re.compile('conv[0-9]')\nprint(find.findall('conv1'))",
    "import ast\nprint(ast.literal_eval('[1, 2]'))\nprint(eval('3 + 4'))",
    "for name, module in net.modules(): print(name)",
    "stacked = np.stack([a, b])\nprint(tf.stack([a, b]).shape, np.trace(a))",
    "scores = df.eval('a + b')\ndf.query('a > 0')",
    # plots and files
    "import matplotlib.pyplot as plt\nplt.rcParams['figure.figsize'] = (8, 3)\n"
    "fig, axes = plt.subplots(1, 3)\nfor ax, image in zip(axes.flat, images): ax.imshow(image)",
    "plots.mosaic(images).show()\nfigure = plots.mosaic(images)\nfigure.title = 'mine'",
    "np.save('maps.npy', maps)\nmaps = np.load('maps.npy')\nopen('notes.txt').read()",
    "import json\nwith open('history.json', 'w') as f: json.dump(history.history, f)",
    "import pickle\nagain = pickle.loads(pickle.dumps(maps))",
    "import base64\nfrom IPython.display import HTML, display\n"
    "display(HTML(f'<img src=\"data:image/png;base64,{base64.b64encode(data).decode()}\">'))",
    "from pathlib import Path\nfor path in sorted(Path('photos').glob('*.jpg')): print(path.name)",
    "np.float = float\nnp.bool = bool",
    "import copy, functools\nclone = copy.deepcopy(maps)\nd = functools.partial(np.multiply, 2)",
    # IPython
    "%matplotlib inline\n%load_ext autoreload\n%autoreload 2\n%config InlineBackend.dpi = 100",
    "%timeit -n 10 accuracy(p, y)\n%time maps = methods.grad_cam(model, images, 4)",
    "%%time\n# helpers.checks is slow\nmaps = methods.grad_cam(model, images, 4)",
    "%%capture shown\nmodel.summary()",
    "%%timeit\naccuracy(p, y)",
    "!pip install pandas\n!ls -l\n!nvidia-smi\n!python --version\n!pip install python-dateutil",
    "files = !ls\nprint(files)",
    "%%bash\nls -l",
    "np.me*?\nnp.me*??",
    "%%html\n<b>helpers/checks</b>",
    "%%writefile mine.py\ndef twice(x): return 2 * x",
    "get_ipython().ast_node_interactivity = 'all'",
    "%who\n%pwd\n?np.mean\nnp.mean??",
    "import subprocess\nprint(subprocess.run(['nvidia-smi'], capture_output=True).stdout)",
    # damaged
    "def f(:\n    return sys._getframe()",
    "",
    "   \n\n",
    "await asyncio.sleep(0)",
    "x = 1 +\nchecks.accuracy.reference",
    # names of their own
    "def compile(parts): return parts\ncompile([1])",
    "class Model:\n    def stack(self): return self.f\nModel().stack()",
    "reference = maps.mean()\nanswers = [reference]\nprint(report.reference, report.answers)",
    "del checks\nprint = display = np = None",
    "print('modules', 'frames', 'checks', sep='/')",
]

NAMED = [
    # the check
    ("checks.accuracy.reference(p, y)", CHECKS),
    ("C = type(checks.class_means)", CHECKS),
    ("c = checks", CHECKS),
    ("checks.accuracy", CHECKS),  # which `_` then stands for
    ("help = lambda c: c.reference\nhelp(checks.accuracy)", CHECKS),
    ("f(checks)", CHECKS),
    ("(lambda c: c.accuracy.reference)(checks)", CHECKS),
    ("vars(checks)", CHECKS),
    ("getattr(checks, 'accuracy')", CHECKS),
    ("check = checks.accuracy\ncheck(accuracy)", CHECKS),
    ("def f(c=checks): return c.accuracy", CHECKS),
    ("%%time\nchecks.accuracy.draw(rng, True)", CHECKS),
    ("%timeit checks.accuracy.reference(p, y)", CHECKS),
    ("checks.accuracy = lambda *a, **k: 2", CHANGES),
    ("checks.core.Check", COURSE),
    ("checks.CHECKS['accuracy']", COURSE),
    ("checks.import_module('os')", COURSE),
    ("checks.__dict__", COURSE),
    ("from helpers import checks as c", COURSE),
    ("import helpers.checks", COURSE),
    ("from helpers.checks import accuracy", COURSE),
    ("from helpers.checks.exercises.train_a_cnn import _accuracy as accuracy", COURSE),
    ("import helpers\nx = helpers.checks.accuracy", CHECKS),
    ("from helpers import own_work\nown_work._checked.clear()", COURSE),
    ("from helpers.course.grading import evidence", COURSE),
    ("methods.cam.own_work", COURSE),
    ("methods.cam.solves", COURSE),
    ("from helpers.methods.cam import _weights", COURSE),
    ("methods.cam.__file__", COURSE),
    ("methods.grad_cam??", COURSE),
    ("checks.accuracy.reference??", COURSE),
    ("import inspect\ninspect.getsource(methods.grad_cam)", COURSE),
    ("vars(methods.cam)", COURSE),
    ("import helpers as h\ngetattr(h, name)", COURSE),
    ("import copied.checks.core", COURSE),
    ("import numpy as np\nnp.__dict__['core']", INSIDES),
    ("methods.grad_cam = mine", CHANGES),
    ("setattr(models, 'trained', mine)", CHANGES),
    ("import numpy as np\nnp.isclose = lambda *a: True", CHANGES),
    # frames and insides
    ("import sys\nframe = sys._getframe().f_back", FRAMES),
    ("from sys import _getframe as here", FRAMES),
    ("import inspect as i\ni.stack()", FRAMES),
    ("inspect.currentframe()", FRAMES),
    ("try: 1 / 0\nexcept Exception as e: e.__traceback__.tb_frame", FRAMES),
    ("getattr(frame, 'f_' + 'locals')", FRAMES),
    ("import sys\nsys.settrace(lambda *a: None)", FRAMES),
    ("(lambda: (yield))().gi_frame", FRAMES),
    ("f.__closure__[0].cell_contents", INSIDES),
    ("f.__globals__['x']", INSIDES),
    ("getattr(f, '__glo' + 'bals__')", INSIDES),
    ("a = '__glob'\nb = 'als__'\ngetattr(f, a + b)", INSIDES),
    ("import operator\noperator.attrgetter('__func__.__globals__')(f)", INSIDES),
    ("object.__subclasses__()", INSIDES),
    ("import types\ntypes.FunctionType(f, {})", INSIDES),
    ("getattr(f, '__slabolg__'[::-1])", INSIDES),
    ("getattr(f, ''.join(map(chr, [95, 95, 99, 111, 100, 101, 95, 95])))", INSIDES),
    ("def f(g):\n    import sys\n    s = sys\n    t = s.modules\n    return t['x']", LOADED),
    ("getattr(f, a + b)", PIECES),
    ("getattr(f, f'{a}{b}')", PIECES),
    ("match f:\n    case object(__globals__=g): g", INSIDES),
    # what is loaded
    ("import sys\nsys.modules['helpers.x']", LOADED),
    ("import sys as s\ns.modules.get('x')", LOADED),
    ("(lambda s: s.modules['x'])(sys)", LOADED),
    ("from sys import modules", LOADED),
    ("import sys\ngetattr(sys, 'mod' + 'ules')", LOADED),
    ("globals()['checks']", LOADED),
    ("globals()['che' + 'cks']", LOADED),
    ("[v for v in globals().values()]", LOADED),
    ("names = globals()\nnames['checks']", LOADED),
    ("f(**vars())", LOADED),
    ("dict(locals())['x']", LOADED),
    ("names = globals()\nnames.get(name)", LOADED),
    ("%psource methods.grad_cam", COURSE),
    ("import __main__\n__main__.checks", LOADED),
    ("import gc\ngc.get_objects()", LOADED),
    ("from gc import get_referrers", LOADED),
    ("import ctypes", MEMORY),
    ("__import__('ctypes')", MEMORY),
    # imports
    ("__import__('helpers.checks.core')", COURSE),
    ("import importlib\nimportlib.import_module('helpers.' + 'checks')", COURSE),
    ("from importlib import import_module as load\nload('helpers.checks')", COURSE),
    ("__import__(name)", IMPORTS),
    ("import importlib, helpers.methods as m\nimportlib.reload(m)", COURSE),
    ("import sys\nsys.meta_path.insert(0, mine)", IMPORTS),
    ("import helpers\nhelpers.__spec__.loader", IMPORTS),
    ("import importlib.util as u\nu.spec_from_file_location('x', 'y')", IMPORTS),
    # text that is run
    ("exec(open('answers.txt').read())", CODE),
    ("eval(compile(text, '', 'eval'))", CODE),
    ("list(map(exec, texts))", CODE),
    ("import builtins\nbuiltins.exec(text)", CODE),
    ("run = exec\nrun(text)", CODE),
    ("exec('import sys; sys._getframe()')", FRAMES),
    ("import base64\nexec(base64.b64decode('aW1wb3J0IGdjOyBnYy5nZXRfb2JqZWN0cygp'))", LOADED),
    ("import builtins\nrun = getattr(builtins, 'ex' + 'ec')\nrun(text)", CODE),
    ("import timeit\ntimeit.timeit(open('x.txt').read())", CODE),
    ("import doctest\ndoctest.testmod()", CODE),
    ("%alias_magic t run\n%t x", CODE),
    ("get_ipython().run_line_magic(name, 'x')", CODE),
    ("open('mine.py', 'w').write(text)", TEXTS),
    ("import os\nos.rename('notes.txt', 'mine.' + 'py')", TEXTS),
    ("!cp notes.txt mine.py", SHELL),
    ("!sh notes.txt", SHELL),
    ("import subprocess\nsubprocess.run(['sh', 'notes.txt'])", SHELL),
    ("import os\nos.fork()", SHELL),
    ("import runpy\nrunpy.run_path('x.txt')", CODE),
    ("%run mine.txt", CODE),
    ("run mine.py", CODE),
    ("%load answers.txt", CODE),
    ("get_ipython().run_line_magic('run', 'mine.py')", CODE),
    ("get_ipython().magic('run mine.py')", CODE),
    ("%%writefile mine.py\n\nfrom helpers.checks import core", COURSE),
    ("import pickle\npickle.load(open('x', 'rb'))", PICKLES),
    ("from pickle import loads\nloads(data)", PICKLES),
    ("np.load('x.npy', allow_pickle=True)", PICKLES),
    # other programs
    ("!python -c 'from helpers import checks'", SHELL),
    ("out = !python3 mine.py", SHELL),
    ("%%bash\ncd /tmp\npython - <<X", SHELL),
    ("%%python\nprint(1)", SHELL),
    ("%sx python mine.py", SHELL),
    ("!{command}", SHELL),
    ("!cat helpers/checks/core.py", SHELL),
    ("import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'x'])", SHELL),
    ("import os\nos.system('python mine.py')", SHELL),
    ("from subprocess import check_output as run\nrun(command)", SHELL),
    # the notebook
    ("get_ipython().events.register('pre_run_cell', f)", HOOKS),
    ("ip = get_ipython()\nip.input_transformers_post.append(f)", HOOKS),
    ("ip = get_ipython()\nip.run_cell('x')", HOOKS),
    ("get_ipython().user_ns['checks']", LOADED),
    ("import sys\nsys.displayhook = print", HOOKS),
    ("setattr(get_ipython(), 'display_' + 'pub', 1)", HOOKS),
    # files
    ("open('/x/helpers/checks/core.py').read()", TEXTS),
    ("Path(root) / 'helpers' / 'checks'", TEXTS),
    ("open('/proc/self/environ')", TEXTS),
    ("sorted(Path(root).rglob('*.py'))", TEXTS),
    ("shutil.copytree(root + '/helpers', 'mine')", TEXTS),
    ("open('../gradebook.db')", TEXTS),
    ("display({'application/vnd.inside-cnns.answers': '[]'}, raw=True)", TEXTS),
    ("path = '/'.join(['x', 'helpers', 'checks', 'core.py'])", TEXTS),
    # what cannot be read
    ("x = 1\n" * LONGEST, UNREADABLE),
    ("x = " + "-" * 5000 + "1", UNREADABLE),
    ("x" + ".a" * 4000, UNREADABLE),
    ("!ls\n" * 600, UNREADABLE),
]


def cells_of_the_course():
    for path in sorted((ROOT / "solutions").glob("*/*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        yield path.stem, [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def right_answers():
    for path in sorted((ROOT / "tests" / "checks").glob("variants_*.py")):
        yield path.stem, [ast.unparse(part) for part in ast.parse(path.read_text()).body]


def found(source, *others):
    [findings] = look([source], [COURSE_CELL, *others])
    return findings


@pytest.mark.parametrize("source", INNOCENT)
def test_an_honest_cell_is_not_named(source):
    assert found(source) == []


@pytest.mark.parametrize(("source", "what"), NAMED)
def test_a_door_is_named(source, what):
    assert what in {finding.what for finding in found(source)}


@pytest.mark.parametrize(
    "sources",
    [
        pytest.param(sources, id=name)
        for name, sources in [*cells_of_the_course(), *right_answers()]
    ],
)
def test_no_cell_of_the_course_and_no_right_answer_is_named(sources):
    assert len(sources) > 10
    assert [finding for findings in look(sources) for finding in findings] == []


def test_there_are_enough_honest_cells():
    assert len(INNOCENT) >= 60
    assert len(set(INNOCENT)) == len(INNOCENT)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("\n\nx = 1\nimport ctypes", 4),
        ("%%time\n\nx = 1\nimport ctypes\n", 4),
        ("\n%%capture out\nx = 1\nimport ctypes\n", 4),
        ("%%writefile x.py\n# one\nx = 1\nimport ctypes", 4),
        ("%matplotlib inline\n!ls\n%time x = 1\n%time import ctypes", 4),
        ("x = 1\n\n\nexec('y = 1; import ctypes')", 4),
    ],
)
def test_the_line_is_the_cells_own(source, line):
    text = source.splitlines()[line - 1]
    assert found(source) == [Finding(line, MEMORY, text)]


def test_each_kind_is_named_once():
    assert found("import ctypes\nimport ctypes, gc\ngc.get_objects(); gc.get_objects()") == [
        Finding(1, MEMORY, "import ctypes"),
        Finding(3, LOADED, "gc.get_objects(); gc.get_objects()"),
    ]


def test_a_name_may_come_from_another_cell():
    assert look(["import sys as s, inspect", "x = s.modules[0]", "inspect.stack()"]) == [
        [],
        [Finding(1, LOADED, "x = s.modules[0]")],
        [Finding(1, FRAMES, "inspect.stack()")],
    ]


def test_the_sentence():
    [finding] = found("x = 1\nframe = sys._getframe()")
    assert said("cell 4 (accuracy)", finding) == (
        "line 2 of cell 4 (accuracy) looks into the frames of running functions "
        "(`frame = sys._getframe()`): is it the student's own work?"
    )
    [finding] = found(f"import ctypes, {'x' * 200}")
    assert len(said("cell 1", finding)) < 250


@pytest.mark.slow
@pytest.mark.parametrize(
    "source",
    [
        "x\n" * (LONGEST // 2),
        ("x" + ".a" * 800 + "\n") * 30,
        ("y = " + "+".join(["x"] * 800) + "\n") * 30,
        ("y = " + "+".join(["'x'"] * 800) + "\n") * 15,
        "a = 'x' * 1000\nb = 'x'" + ".replace('x', 'xxxx')" * 40 + "\ngetattr(f, b)",
        "a = ['x']\n" + "a = a + a\n" * 50 + "getattr(f, ''.join(a))",
        "a = ['x']\n" + "a = [a, a]\n" * 50 + "getattr(f, f'{a}b')",
        "b = bytes(10**11)",
        "%time\n" * 200,
        "a = 'exec(a)'\nexec(a)",
        "a = 'pass'\n"
        + "".join(f"a{n} = 'exec(a{n - 1});exec(a{n - 1})'\n" for n in range(40))
        + "exec(a39)",
        "".join(f"for a in [{', '.join(map(repr, 'abcdefgh'))}]: exec(a)\n" for _ in range(900)),
        "!ls\n" * 250,
    ],
)
def test_no_cell_takes_long(source):
    started = time.process_time()
    found(source)
    assert time.process_time() - started < 10


def test_of_a_notebook_so_much_is_read_and_no_more(monkeypatch):
    monkeypatch.setattr(suspicion, "MOST", 40)
    cells = ["import ctypes\nx"] * 3
    whats = [[finding.what for finding in findings] for findings in look(cells)]
    assert whats == [[MEMORY], [MEMORY], [UNREADABLE]]


def test_a_cell_that_breaks_the_reader_is_named_and_does_not_stop_the_grading(monkeypatch):
    monkeypatch.setattr(suspicion, "_door", lambda name: 1 / 0)
    assert found("x = 1\nx.y") == [Finding(1, UNREADABLE, "x = 1")]


ASKED = "checks.patch_positions(patch_positions)"


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("from helpers.methods import occlusion\nocclusion.positions(8, 3, 2)", True),
        ("from helpers.methods.occlusion import positions as patch_positions", True),
        ("getattr(methods.occlusion, 'posi' + 'tions')", True),
        ("positions = [1, 2]\npositions.sort()", False),
        ("methods.occlusion.occlusion_map(model, images, 4)", False),  # solves another exercise
        ("methods.occlusion.cover(images, 1, 2, 3)", False),
    ],
)
def test_a_helper_that_solves_an_exercise_of_the_notebook_is_named(source, named):
    whats = [finding.what for finding in found(source, ASKED)]
    assert whats == ([SOLVES] if named else [])
    assert found(source, "checks.accuracy(accuracy)") == []
    shown = "methods.occlusion.positions(8, 3, 2)"  # by the course
    assert found(source, ASKED, shown) == []


def test_a_check_of_another_notebook_is_named():
    source = "checks.accuracy(accuracy)\nchecks.acuracy(accuracy)\nchecks.confusion(confusion)"
    [finding] = found(source, "checks.accuracy(accuracy, hidden=True)")
    assert (finding.line, finding.what) == (3, OTHERS)
    assert found(source, "checks.accuracy(accuracy)", "checks.confusion(confusion)") == []


def test_who_solves_is_found_in_the_sources():
    solving = suspicion.solving()
    assert {"patch_positions"} <= solving["positions"]
    assert solving["maximize"] == {"ascent_step", "maximise"}
    assert solving["accuracy"] == {"accuracy"}


def test_lists_in_lists_take_no_time():
    started = time.process_time()
    source = "a = ['x']\n" + "a = [a, a]\n" * 40 + "exec(a)"
    assert found(source, "checks.accuracy(accuracy)")
    assert time.process_time() - started < 2
