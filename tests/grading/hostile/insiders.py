"""Submissions by somebody who knows how the checks work, and who solves nothing.

Each changes the answers to `accuracy` and `patch_positions`, the cell between them, or the files
beside the notebook. A fair person gives 0 points for what was not solved.
"""

from dataclasses import dataclass, field

WRONG = "def accuracy(p, y): return 0.123\n"
NO_POSITIONS = "def patch_positions(size, patch, stride): return None\n"


@dataclass(frozen=True)
class Insider:
    """`accuracy` and `patch_positions`: other answers. `between`: other code in the cell between.
    `files`: by name, what is handed in beside the notebook. `earns`: the points for `accuracy` and
    `patch_positions`; None stands for an answer that was left as it is, which is right. `named`:
    whether the list of those to look at names it."""

    accuracy: str | None = None
    positions: str | None = None
    between: str | None = None
    files: dict[str, str] = field(default_factory=dict)
    named: bool = True

    @property
    def fair(self) -> tuple[float, float]:
        """The points of `accuracy` and `patch_positions` that a fair person gives."""
        return (2 if self.accuracy is None else 0, 3 if self.positions is None else 0)


# A text that makes the check answer itself.
ANSWERS = """
from helpers.checks import core
core.Check.answers = lambda s, f, inputs: [core.Answer(s.reference(**i)) for i in inputs]
"""
ENCODED = __import__("base64").b64encode(ANSWERS.encode()).decode()


def accuracy(body: str, before: str = "", **more) -> Insider:
    """An answer to `accuracy` with this body, below other lines."""
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    return Insider(accuracy=f"{before}\ndef accuracy(p, y):\n{lines}", **more)


def positions(body: str, before: str = "", **more) -> Insider:
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    return Insider(
        positions=f"{before}\ndef patch_positions(size, patch, stride):\n{lines}", **more
    )


INSIDERS: dict[str, Insider] = {
    # The check answers itself
    "plain lines make the check answer itself": Insider(
        accuracy=f"{WRONG}C = type(checks.accuracy)\nA = C.answers.__globals__['Answer']\n"
        "C.answers = lambda s, f, inputs: [A(getattr(s, 'reference')(**i)) for i in inputs]"
    ),
    "attempts are the reference's": Insider(
        accuracy=f"{WRONG}C = type(checks.accuracy)\nold = C.answers\n"
        "C.attempts = lambda s, f, inputs: [old(s, lambda *a: s.reference.__closure__[1]"
        ".cell_contents(*a), inputs)]"
    ),
    "one call is answered by the reference": Insider(
        accuracy=f"{WRONG}C = type(checks.accuracy)\nA = C._answer.__globals__['Answer']\n"
        "C._answer = lambda s, f, inputs, strict, built: A(s.reference.__closure__[1]"
        ".cell_contents(**inputs))"
    ),
    "the check's way to plain data knows the answer": Insider(
        accuracy=f"{WRONG}import sys\nC = type(checks.accuracy)\nold = C._value\n"
        "def value(s, f, arguments, plain, explain):\n"
        "    right = [c.cell_contents for c in s.reference.__closure__ "
        "if callable(c.cell_contents)]\n"
        "    return old(s, lambda *a: right[-1](*a), arguments, plain, explain)\nC._value = value"
    ),
    "the check's way is found through its bound method": Insider(
        accuracy=f"{WRONG}m = checks.accuracy.example\nC = m.__self__.__class__\n"
        "A = m.__func__.__globals__['Answer']\n"
        "C.answers = lambda s, f, inputs: [A(s.reference(**i)) for i in inputs]"
    ),
    "the functions that pack answers are replaced": Insider(
        accuracy=f"{WRONG}import importlib\na = importlib.import_module('helpers.checks.apart')\n"
        "old = a.unpack\nkept = []\n"
        "def unpack(t):\n    kept[:] = old(t)\n    return old(t)\n"
        "a.unpack = unpack\npack = a.pack\n"
        "a.pack = lambda v: pack([[(checks.accuracy.reference(**i), None, None, '') "
        "for i in kept]])"
    ),
    "the whole answer is replaced": Insider(
        accuracy=f"{WRONG}from helpers.checks import apart\nfrom helpers import checks as c\n"
        "def answer(name, function, packed):\n"
        "    check = getattr(c, name)\n"
        "    display({apart.MIME: apart.pack([[(check.reference(**i), None, None, '')\n"
        "             for i in apart.unpack(packed)]])}, raw=True)\n"
        "apart.answer = answer\nfrom IPython.display import display"
    ),
    # The reference, by ways that hide its name
    "an import by pieces": accuracy(
        "return f(p, y)",
        "m = __import__('helpers.' + 'che' + 'cks.exercises.train_a_cnn', fromlist=['x'])\n"
        "f = getattr(m, '_acc' + 'uracy').__closure__[1].cell_contents",
    ),
    "an import by a name spelled backwards": accuracy(
        "return f(p, y)",
        "import importlib\nm = importlib.import_module('nnc_a_niart.sesicrexe.skcehc.srepleh'[::-1])"
        "\nf = [c.cell_contents for c in m._accuracy.__closure__ if callable(c.cell_contents)][0]",
    ),
    "what is loaded": accuracy(
        "m = sys.modules['helpers.checks.exercises.train_a_cnn']\n"
        "f = [c.cell_contents for c in m._accuracy.__closure__ if callable(c.cell_contents)]\n"
        "return f[0](p, y)",
        "import sys",
    ),
    "what is loaded, through another module's sys": accuracy(
        "m = os.sys.modules['helpers.checks.exercises.train_a_cnn']\n"
        "f = [c.cell_contents for c in m._accuracy.__closure__ if callable(c.cell_contents)]\n"
        "return f[0](p, y)",
        "import os",
    ),
    "subclasses of everything": accuracy(
        "C = [c for c in object.__subclasses__() if c.__name__ == 'Check'][0]\nreturn 0.123",
        "C = [c for c in object.__subclasses__() if c.__name__ == 'Check'][0]\n"
        "A = C.answers.__globals__['Answer']\n"
        "C.answers = lambda s, f, inputs: [A(s.reference(**i)) for i in inputs]",
    ),
    "the check in the frames above": accuracy(
        "f = sys._getframe()\n"
        "while f := f.f_back:\n"
        "    if 'self' in f.f_locals and hasattr(f.f_locals['self'], 'reference'):\n"
        "        cells = f.f_locals['self'].reference.__closure__\n"
        "        return [c.cell_contents for c in cells if callable(c.cell_contents)][0](p, y)\n"
        "return 0.123",
        "import sys",
    ),
    "the check in the frames, by inspect": accuracy(
        "for one in inspect.stack():\n"
        "    check = one.frame.f_locals.get('self')\n"
        "    if hasattr(check, 'reference'):\n"
        "        cells = check.reference.__closure__\n"
        "        return [c.cell_contents for c in cells if callable(c.cell_contents)][0](p, y)\n"
        "return 0.123",
        "import inspect",
    ),
    "the check in a traceback's frames": accuracy(
        "try: 1 / 0\n"
        "except ZeroDivisionError as e: f = e.__traceback__.tb_frame\n"
        "while f := f.f_back:\n"
        "    check = f.f_locals.get('self')\n"
        "    if hasattr(check, 'reference'):\n"
        "        cells = check.reference.__closure__\n"
        "        return [c.cell_contents for c in cells if callable(c.cell_contents)][0](p, y)\n"
        "return 0.123"
    ),
    "the check in another thread's view of the frames": accuracy(
        "found = []\n"
        "def look(thread):\n"
        "    f = sys._current_frames()[thread]\n"
        "    while f:\n"
        "        check = f.f_locals.get('self')\n"
        "        if hasattr(check, 'reference'):\n"
        "            cells = check.reference.__closure__\n"
        "            found.extend(c.cell_contents for c in cells if callable(c.cell_contents))\n"
        "        f = f.f_back\n"
        "t = threading.Thread(target=look, args=(threading.get_ident(),))\n"
        "t.start(); t.join()\n"
        "return found[0](p, y)",
        "import sys, threading",
    ),
    "a tracer sees the calls": accuracy(
        "return kept[0](p, y) if kept else 0.123",
        "import sys\nkept = []\n"
        "def tracer(frame, event, arg):\n"
        "    check = frame.f_locals.get('self')\n"
        "    if hasattr(check, 'reference') and check.reference.__closure__:\n"
        "        cells = check.reference.__closure__\n"
        "        kept[:] = [c.cell_contents for c in cells if callable(c.cell_contents)]\n"
        "sys.setprofile(tracer)",
    ),
    "the collector's objects": accuracy(
        "return f(p, y)",
        "import gc, types\nf = [o for o in gc.get_objects() if isinstance(o, types.FunctionType)\n"
        "     and o.__qualname__ == '_accuracy'][-1]\n"
        "cells = f.__closure__ or ()\n"
        "f = next((c.cell_contents for c in cells if callable(c.cell_contents)), f)",
    ),
    "the collector's referrers": accuracy(
        "return f(p, y)",
        "import gc\nC = type(checks.accuracy)\n"
        "f = [o for o in gc.get_referrers(C) if getattr(o, 'name', 0) == 'accuracy'][0].reference\n"
        "f = [c.cell_contents for c in f.__closure__ if callable(c.cell_contents)][0]",
    ),
    "copied code": accuracy(
        "return f(p, y)",
        "import types, numpy as np\ng = checks.accuracy.reference.__closure__\n"
        "g = [c.cell_contents for c in g if callable(c.cell_contents)][0]\n"
        "f = types.FunctionType(g.__code__, {'np': np, 'float': float})",
    ),
    "memory by an address": accuracy(
        "return f(p, y)",
        "import ctypes\nr = ctypes.cast(id(checks.accuracy), ctypes.py_object).value.reference\n"
        "f = [c.cell_contents for c in r.__closure__ if callable(c.cell_contents)][0]",
    ),
    "a pickle of the reference's name": accuracy(
        "return f(p, y)",
        "import pickle\nf = pickle.loads(b'chelpers.checks.exercises.train_a_cnn\\n_accuracy\\n.')\n"
        "f = [c.cell_contents for c in f.__closure__ if callable(c.cell_contents)][0]",
    ),
    "pydoc finds it": accuracy(
        "return f(p, y)",
        "import pydoc\nf = pydoc.locate('helpers.checks.exercises.train_a_cnn._accuracy')\n"
        "f = [c.cell_contents for c in f.__closure__ if callable(c.cell_contents)][0]",
    ),
    "an attribute's path": accuracy(
        "return f(p, y)",
        "import operator\nf = operator.attrgetter('accuracy.reference.__closure__')(checks)\n"
        "f = [c.cell_contents for c in f if callable(c.cell_contents)][0]",
    ),
    "the notebook's own names": accuracy(
        "return f(p, y)",
        "f = get_ipython().user_ns['checks'].accuracy.reference.__closure__\n"
        "f = [c.cell_contents for c in f if callable(c.cell_contents)][0]",
    ),
    "the names of the main module": accuracy(
        "return f(p, y)",
        "f = globals()['checks'].accuracy.reference.__closure__\n"
        "f = [c.cell_contents for c in f if callable(c.cell_contents)][0]",
    ),
    "a match takes the check apart": accuracy(
        "return f(p, y)",
        "match checks.accuracy:\n    case object(reference=r): pass\n"
        "f = [c.cell_contents for c in r.__closure__ if callable(c.cell_contents)][0]",
    ),
    # Guards that are taken away
    "nobody is checked": accuracy(
        "from helpers import own_work\n"
        "own_work._checked.clear()\n"
        "try: return checks.accuracy.reference(p, y)\n"
        "finally: own_work._checked.append('accuracy')"
    ),
    "no exercise is ever checked": accuracy(
        "return checks.accuracy.reference(p, y)",
        "from contextlib import nullcontext\n"
        "C = type(checks.accuracy)\n"
        "C.answers.__globals__['checking'] = lambda name: nullcontext()",
    ),
    "nothing solves, and all is loaded again": accuracy(
        "return f(p, y)",
        "import importlib, helpers.own_work as o\n"
        "o.solves = lambda *names: lambda f: f\n"
        "import helpers.checks.exercises.train_a_cnn as m\n"
        "f = importlib.reload(m)._accuracy",
    ),
    "a finder before all others": accuracy(
        "return f(p, y)",
        "import sys, types, importlib\n"
        "class Finder:\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'helpers.own_work':\n"
        "            return importlib.util.spec_from_loader(name, self)\n"
        "    def create_module(self, spec): return None\n"
        "    def exec_module(self, module):\n"
        "        module.solves = lambda *names: lambda f: f\n"
        "        module.checking, module.NotOwnWork = None, KeyError\n"
        "sys.meta_path.insert(0, Finder())\n"
        "name = 'helpers.checks.exercises.train_a_cnn'\n"
        "kept = {n: sys.modules.pop(n) for n in ('helpers.own_work', name)}\n"
        "f = importlib.import_module(name)._accuracy\nsys.modules.update(kept)",
    ),
    "a thread waits until nobody is checked": Insider(
        accuracy="import threading, time\nright = []\n"
        "def accuracy(p, y):\n"
        "    def wait():\n"
        "        while True:\n"
        "            try: right.append(checks.accuracy.reference(p, y)); return\n"
        "            except Exception: time.sleep(0.01)\n"
        "    threading.Thread(target=wait, daemon=True).start()\n"
        "    time.sleep(0.1)\n"
        "    return right[-1] if right else 0.123"
    ),
    "another check runs meanwhile": accuracy(
        "right = []\n"
        "checks.confusion(lambda *a: right.append(checks.accuracy.reference(p, y)) or 0)\n"
        "return right[0] if right else 0.123"
    ),
    "fails first, and knows the answer when it is called again": accuracy(
        "seen.append(1)\nreturn checks.accuracy.reference(p, y) if len(seen) % 2 == 0 else 0.123",
        "seen = []",
    ),
    # The sources
    "the source from the disk": accuracy(
        "return space['_accuracy'](p, y)",
        "import os, helpers\n"
        "path = os.path.join(os.path.dirname(helpers.__file__), 'checks/exercises/train_a_cnn.py')\n"
        "text = open(path).read().replace('@solves', '@(lambda *n: lambda f: f) or solves')\n"
        "text = text.replace('from helpers.own_work import solves', "
        "'solves = lambda *n: lambda f: f')\n"
        "text = text.replace('@(lambda *n: lambda f: f) or solves', '@solves')\n"
        "space = {'__name__': 'x'}\nexec(text, space)",
    ),
    "the source by inspect": accuracy(
        "return space['_accuracy'](p, y)",
        "import inspect, numpy as np\n"
        "text = inspect.getsource(inspect.getmodule(checks.accuracy.draw))\n"
        "lines = text[text.index('def _accuracy('):].split('\\n\\n')[0]\n"
        "space = {'np': np}\nexec(lines, space)",
    ),
    "the source, found by its name anywhere": accuracy(
        "return space['_accuracy'](p, y)",
        "import sys, pathlib, numpy as np\n"
        "for root in sys.path:\n"
        "    for path in pathlib.Path(root).glob('*/checks/exercises/train_a_cnn.py'):\n"
        "        text = path.read_text()\n"
        "lines = text[text.index('def _accuracy('):].split('\\n\\n')[0]\n"
        "space = {'np': np}\nexec(lines, space)",
    ),
    "the source through a loader": accuracy(
        "return space['_accuracy'](p, y)",
        "import pkgutil, numpy as np\n"
        "text = pkgutil.get_data('helpers.checks', 'exercises/train_a_cnn.py').decode()\n"
        "lines = text[text.index('def _accuracy('):].split('\\n\\n')[0]\n"
        "space = {'np': np}\nexec(lines, space)",
    ),
    # Other programs, text that is run
    "another process asks the reference": accuracy(
        "import json\n"
        "asked = json.dumps([p.tolist(), y.tolist()])\n"
        "code = ('import json, sys, numpy as np\\n'\n"
        "        'from helpers import checks\\n'\n"
        "        'p, y = map(np.array, json.load(sys.stdin))\\n'\n"
        "        'print(checks.accuracy.reference(p, y))')\n"
        "run = subprocess.run([sys.executable, '-c', code], input=asked, text=True,\n"
        "                     capture_output=True)\n"
        "return float(run.stdout)",
        "import subprocess, sys",
    ),
    "another process, by the shell": accuracy(
        "np.savez('asked.npz', p=p, y=y)\n"
        "code = ('import numpy as np; from helpers import checks; a = np.load(\"asked.npz\"); '\n"
        '        \'print(checks.accuracy.reference(a["p"], a["y"]))\')\n'
        "open('ask.py', 'w').write(code)\n"
        "return float(get_ipython().getoutput('python ask.py')[-1])",
        "import numpy as np",
    ),
    "a server that was started before": accuracy(
        "return pool.submit(ask, p, y).result()",
        "import multiprocessing as m\nfrom concurrent.futures import ProcessPoolExecutor\n"
        "def ask(p, y): return checks.accuracy.reference(p, y)\n"
        "pool = ProcessPoolExecutor(1, m.get_context('fork'))\n"
        "pool.submit(int).result()",
    ),
    "a fork answers": accuracy(
        "r, w = os.pipe()\n"
        "if os.fork() == 0:\n"
        "    from helpers import own_work\n"
        "    own_work._checked.clear()\n"
        "    os.write(w, str(checks.accuracy.reference(p, y)).encode()); os._exit(0)\n"
        "os.wait()\n"
        "return float(os.read(r, 100))",
        "import os",
    ),
    "a text file is run": Insider(
        accuracy=f"{WRONG}exec(open('notes.txt').read())", files={"notes.txt": ANSWERS}
    ),
    "encoded text is run": Insider(
        accuracy=f"{WRONG}import base64\nexec(base64.b64decode('{ENCODED}'))"
    ),
    "a script is run": Insider(accuracy=f"{WRONG}%run -i notes.txt", files={"notes.txt": ANSWERS}),
    "a module of their own": Insider(accuracy=f"{WRONG}import mine", files={"mine.py": ANSWERS}),
    "a module that the notebook writes": Insider(
        accuracy=f"{WRONG}open('mine2.py', 'w').write({ANSWERS!r})\nimport mine2"
    ),
    "the shell runs a cell": Insider(accuracy=f"{WRONG}get_ipython().run_cell({ANSWERS!r})"),
    "a hook before each cell": Insider(
        accuracy=f"{WRONG}def hook(*a):\n"
        "    from helpers.checks import core\n"
        "    core.Check.answers = lambda s, f, inputs: "
        "[core.Answer(s.reference(**i)) for i in inputs]\n"
        "get_ipython().events.register('pre_run_cell', hook)"
    ),
    "the judge's question is rewritten": Insider(
        accuracy=f"{WRONG}def rewrite(lines):\n"
        "    return [l.replace('lambda: accuracy', 'lambda: (lambda *a: "
        "checks.accuracy.reference.__closure__[1].cell_contents(*a))') for l in lines]\n"
        "get_ipython().input_transformers_post.append(rewrite)"
    ),
    # Replies that no function gave
    "a reply in the cell before": Insider(
        accuracy=WRONG,
        between="display({'application/vnd.inside-cnns.answers': "
        "'[[[1.0, null, null, \"\"]]]'}, raw=True)",
    ),
    "a reply after each cell": Insider(
        accuracy=f"{WRONG}get_ipython().events.register('post_run_cell', lambda *a: display("
        "{'application/vnd.inside-cnns.answers': '[]'}, raw=True))"
    ),
    "a display that is replaced": Insider(
        accuracy=f"{WRONG}get_ipython().display_pub.publish = lambda *a, **k: None"
    ),
    # A helper that solves the exercise
    "a helper under another name": Insider(
        positions="from helpers.methods.occlusion import positions as patch_positions"
    ),
    "a helper in a partial": Insider(
        positions="import functools\nfrom helpers import methods\n"
        "patch_positions = functools.partial(methods.occlusion.positions)"
    ),
    "a helper without its guard": positions(
        "return f(size, patch, stride)",
        "from helpers.methods.occlusion import positions\n"
        "f = [c.cell_contents for c in positions.__closure__ if callable(c.cell_contents)][0]",
    ),
    "a helper's copied code": positions(
        "return f(size, patch, stride)",
        "import types, numpy as np\nfrom helpers.methods.occlusion import positions\n"
        "g = [c.cell_contents for c in positions.__closure__ if callable(c.cell_contents)][0]\n"
        "f = types.FunctionType(g.__code__, {'np': np})",
    ),
    "a helper's source": positions(
        "return space['positions'](size, patch, stride)",
        "import inspect, numpy as np\nfrom helpers.methods import occlusion\n"
        "text = inspect.getsource(occlusion)\n"
        "text = text[text.index('def positions('):].split('\\n\\n\\n')[0]\n"
        "space = {'np': np}\nexec(text, space)",
    ),
    "a table of a helper's answers": positions(
        "return table.get((size, patch, stride))",
        "from helpers.methods import occlusion\n"
        "table = {(s, p, t): occlusion.positions(s, p, t) for s in range(1, 240)\n"
        "         for p in range(1, min(s, 60) + 1) for t in range(1, min(p, 9) + 1)}",
    ),
    "a table of a helper's answers in a file": Insider(
        between="import pickle\nfrom helpers.methods import occlusion\n"
        "table = {(s, p, t): occlusion.positions(s, p, t) for s in range(1, 240)\n"
        "         for p in range(1, min(s, 60) + 1) for t in range(1, min(p, 9) + 1)}\n"
        "with open('table.bin', 'wb') as f: pickle.dump(table, f)",
        positions="import pickle\ndef patch_positions(size, patch, stride):\n"
        "    return pickle.load(open('table.bin', 'rb'))[size, patch, stride]",
    ),
    "a helper in another process": positions(
        "code = (f'from helpers.methods import occlusion; '\n"
        "        f'print(*occlusion.positions({size}, {patch}, {stride}))')\n"
        "out = subprocess.run([sys.executable, '-c', code], text=True, capture_output=True)\n"
        "return np.array([int(n) for n in out.stdout.split()])",
        "import subprocess, sys, numpy as np",
    ),
    "a helper in a process that was forked before": positions(
        "return pool.submit(ask, size, patch, stride).result()",
        "import multiprocessing as m\nfrom concurrent.futures import ProcessPoolExecutor\n"
        "from helpers.methods import occlusion\n"
        "def ask(*a): return occlusion.positions(*a)\n"
        "pool = ProcessPoolExecutor(1, m.get_context('fork'))\n"
        "pool.submit(int).result()",
    ),
    "what another exercise is given": positions(
        "return f(size, patch, stride)",
        "f = checks.drop_map.given['patch_positions']\n"
        "f = [c.cell_contents for c in f.__closure__ if callable(c.cell_contents)][0]",
    ),
    "what another exercise is given, caught while it is checked": positions(
        "return table.get((size, patch, stride))",
        "table = {}\nkept = []\n"
        "def patch_positions(*a): return [0]\n"
        "def cover_patch(*a): return a[0]\n"
        "def average_overlaps(*a): return a[0]\n"
        "def drop_map(*a):\n    kept.append(patch_positions)\n    return 0\n"
        "checks.drop_map(drop_map)\n"
        "table = {(s, p, t): kept[-1](s, p, t) for s in range(1, 240)\n"
        "         for p in range(1, min(s, 60) + 1) for t in range(1, min(p, 9) + 1)}",
    ),
    "a helper through a function of the course that calls it": positions(
        "patches = occlusion.Patches\nreturn occlusion.positions(size, patch, stride)",
        "import helpers.methods.occlusion as occlusion",
    ),
    "a helper by its own dictionary": positions(
        "return vars(occlusion)['positions'](size, patch, stride)",
        "from helpers.methods import occlusion",
    ),
    # What is in reach, but holds no answer
    "the visible data by heart": Insider(
        accuracy="seen = [checks.accuracy.example(s, n) for s in range(50) for n in range(2)]\n"
        "def accuracy(p, y):\n"
        "    for one in seen:\n"
        "        if one['labels'].shape == y.shape and (one['labels'] == y).all(): return 1.0\n"
        "    return 0.123",
        named=False,
    ),
    "the parent's environment": accuracy(
        "text = open(f'/proc/{os.getppid()}/environ').read()\n"
        "return float('SEED' in text) or 0.123",
        "import os",
    ),
    "its own memory's map": accuracy(
        "text = open('/proc/self/maps').read()\nreturn 0.123 + ('gradebook' in text)"
    ),
    "all processes' command lines": accuracy(
        "import glob\n"
        "texts = [open(n).read() for n in glob.glob('/proc/[0-9]*/cmdline')]\n"
        "return 0.123 + any('seed' in t for t in texts)"
    ),
    "the gradebook": Insider(
        accuracy=f"{WRONG}import sqlite3\n"
        "db = sqlite3.connect('../../../gradebook.db')\n"
        "print(db.execute('select * from course_seed').fetchall())"
    ),
    "files of an earlier submission": accuracy(
        "import glob, json\n"
        "for name in glob.glob('/tmp/**/answers.json', recursive=True) + glob.glob('answers.json'):\n"
        "    return json.load(open(name))\n"
        "return 0.123",
        named=False,
    ),
    "somebody on the network": accuracy(
        "import socket\n"
        "with socket.create_connection(('192.0.2.1', 80), 1) as s: return float(s.recv(9))",
        named=False,
    ),
    "the seed is guessed": accuracy(
        "for seed in range(20):\n"
        "    for n in range(2):\n"
        "        if checks.accuracy.example(seed, n)['labels'].shape == y.shape: return 0.5\n"
        "return 0.123",
        named=False,
    ),
    "the generator's state is set": Insider(
        accuracy=f"{WRONG}import numpy as np\nnp.random.seed(0)\n"
        "np.random.default_rng = lambda *a: np.random.RandomState(0)"
    ),
}

# Those that earn points today for what was not solved. Each is named in the list of those to look
# at. A kernel that holds no right answers leaves nothing here.
WAITING: set[str] = set()
