"""Submissions by somebody who knows how the checks work, and who solves nothing.

Each changes the answers to `accuracy` and `patch_positions`, the cell between them, or the files
beside the notebook. A fair person gives 0 points for what was not solved.
"""

import base64
from dataclasses import dataclass, field
from textwrap import dedent, indent

WRONG = "def accuracy(p, y): return 0.123\n"
ANSWERS = """
from helpers.checks import core
core.Check.answers = lambda s, f, inputs: [core.Answer(s.reference(**i)) for i in inputs]
"""
ENCODED = base64.b64encode(ANSWERS.encode()).decode()
# Of a function that refuses while its exercise is checked: the same without the refusal.
BARE = """
def bare(f):
    return next(c.cell_contents for c in f.__closure__ if callable(c.cell_contents))
"""
PATH = "helpers/checks/exercises/train_a_cnn.py"
MODULE = "helpers.checks.exercises.train_a_cnn"
TABLE = """
table = {}
for s in range(1, 240):
    for p in range(1, min(s, 60) + 1):
        for t in range(1, min(p, 9) + 1):
            table[s, p, t] = helper(s, p, t)
"""


@dataclass(frozen=True)
class Insider:
    """What is handed in. `accuracy` and `positions`: other answers to `accuracy` and
    `patch_positions`. `between`: other code in the cell between. `files`: what lies beside the
    notebook. `named`: whether the list of those to look at has to name it."""

    accuracy: str | None = None
    positions: str | None = None
    between: str | None = None
    files: dict[str, str] = field(default_factory=dict)
    named: bool = True

    @property
    def fair(self) -> tuple[float, float]:
        """The points for both that a fair person gives: none for an answer that is not theirs."""
        return (2 if self.accuracy is None else 0, 3 if self.positions is None else 0)


def wrong(after: str, **more) -> Insider:
    """A wrong answer to `accuracy`, and code below it."""
    return Insider(accuracy=WRONG + dedent(after), **more)


def accuracy(before: str, body: str, **more) -> Insider:
    """A function `accuracy(p, y)` with this body, and code above it."""
    function = f"def accuracy(p, y):\n{indent(dedent(body).strip(), '    ')}"
    return Insider(accuracy=f"{dedent(before).strip()}\n{function}", **more)


def positions(before: str, body: str, **more) -> Insider:
    function = f"def patch_positions(size, patch, stride):\n{indent(dedent(body).strip(), '    ')}"
    return Insider(positions=f"{dedent(before).strip()}\n{function}", **more)


def bare(found: str) -> Insider:
    """The reference of `accuracy`, which `found` finds as `f`, without its refusal."""
    return accuracy(f"{BARE}\n{dedent(found).strip()}\nf = bare(f)", "return f(p, y)")


INSIDERS: dict[str, Insider] = {
    # The check answers itself
    "plain lines make the check answer itself": wrong("""
        C = type(checks.accuracy)
        A = C.answers.__globals__["Answer"]
        C.answers = lambda s, f, inputs: [A(getattr(s, "reference")(**i)) for i in inputs]
    """),
    "tuples in the place of answers": wrong("""
        C = type(checks.accuracy)
        C.answers = lambda s, f, all: [(s.reference(**i), None, None, "") for i in all]
    """),
    "attempts are the reference's": wrong("""
        C = type(checks.accuracy)
        C.attempts = lambda s, f, all: [[(s.reference(**i), None, None, "") for i in all]]
    """),
    "one call is answered by the reference": wrong(f"""{BARE}
C = type(checks.accuracy)
C._answer = lambda s, f, i, *more: A(bare(s.reference)(**i))
A = C.answers.__globals__["Answer"]
"""),
    "the call of the function is another": wrong(f"""{BARE}
C = type(checks.accuracy)
old = C._value
C._value = lambda s, f, *more: old(s, bare(s.reference), *more)
"""),
    "plain data that know the answer": accuracy(
        f"""{BARE}
check = checks.accuracy
object.__setattr__(check, "plain", lambda asked: bare(check.reference)(*asked))""",
        "return p, y",
    ),
    "the check by its bound method": wrong("""
        C = checks.accuracy.example.__self__.__class__
        C.answers = lambda s, f, all: [(s.reference(**i), None, None, "") for i in all]
    """),
    "a class that inherits from the check's": wrong("""
        class Mine(type(checks.accuracy)):
            def answers(self, function, all):
                return [(self.reference(**i), None, None, "") for i in all]
        object.__setattr__(checks.accuracy, "__class__", Mine)
    """),
    "the last result of the notebook": Insider(
        between="checks.patch_positions",
        positions="def patch_positions(*a): return 0\nC = type(__)\n"
        "C.answers = lambda s, f, all: [(s.reference(**i), None, None, '') for i in all]",
    ),
    "a function that is called like a harmless one": wrong("""
        def help(c): return type(c)
        C = help(checks.accuracy)
        C.answers = lambda s, f, all: [(s.reference(**i), None, None, "") for i in all]
    """),
    "the packing of answers is another": wrong("""
        import importlib
        a = importlib.import_module("helpers.checks.apart")
        pack, unpack, kept = a.pack, a.unpack, []
        def keeps(text):
            kept[:] = unpack(text)
            return unpack(text)
        def knows(answers):
            if "labels" not in kept[0]: return pack(answers)
            return pack([[(checks.accuracy.reference(**i), None, None, "") for i in kept]])
        a.unpack, a.pack = keeps, knows
    """),
    "the whole answer is another": wrong("""
        from helpers.checks import apart
        from IPython.display import display
        def answer(name, function, packed):
            reference = getattr(checks, name).reference
            answers = [(reference(**i), None, None, "") for i in apart.unpack(packed)]
            display({apart.MIME: apart.pack([answers])}, raw=True)
        apart.answer = answer
    """),
    "a mock in the check's place": wrong("""
        from unittest import mock
        mock.patch("helpers.checks.core.Check.answers", lambda s, f, all:
            [(s.reference(**i), None, None, "") for i in all]).start()
    """),
    # The reference, by ways that hide its name
    "an import by pieces": bare("""
        m = __import__("helpers." + "che" + "cks.exercises.train_a_cnn", fromlist=["x"])
        f = getattr(m, "_acc" + "uracy")
    """),
    "an import by a name spelled backwards": bare("""
        import importlib
        m = importlib.import_module("nnc_a_niart.sesicrexe.skcehc.srepleh"[::-1])
        f = m._accuracy
    """),
    "a name of numbers": bare("""
        k = "".join(map(chr, [99, 104, 101, 99, 107, 115]))
        f = globals()[k].accuracy.reference
    """),
    "what is loaded": bare(f"import sys\nf = sys.modules['{MODULE}']._accuracy"),
    "what is loaded, by another way": bare(f"import os\nf = os.sys.modules['{MODULE}']._accuracy"),
    "what is loaded, searched": bare("""
        import sys
        all = [getattr(m, "_accuracy", None) for m in list(sys.modules.values())]
        f = next(filter(callable, all))
    """),
    "subclasses of everything": wrong("""
        C = [c for c in object.__subclasses__() if c.__name__ == "Check"][0]
        C.answers = lambda s, f, all: [(s.reference(**i), None, None, "") for i in all]
    """),
    "the check in the frames above": accuracy(
        f"import sys\n{BARE}",
        """
        f = sys._getframe()
        while f := f.f_back:
            if hasattr(f.f_locals.get("self"), "reference"):
                return bare(f.f_locals["self"].reference)(p, y)
        """,
    ),
    "the check in the frames, by inspect": accuracy(
        f"import inspect\n{BARE}",
        """
        for one in inspect.stack():
            if hasattr(one.frame.f_locals.get("self"), "reference"):
                return bare(one.frame.f_locals["self"].reference)(p, y)
        """,
    ),
    "the check in a traceback's frames": accuracy(
        BARE,
        """
        try: 1 / 0
        except ZeroDivisionError as e: f = e.__traceback__.tb_frame
        while f := f.f_back:
            if hasattr(f.f_locals.get("self"), "reference"):
                return bare(f.f_locals["self"].reference)(p, y)
        """,
    ),
    "the check in the frames that a thread sees": accuracy(
        f"import sys, threading\n{BARE}",
        """
        found = []
        def look(thread):
            f = sys._current_frames()[thread]
            while f := f.f_back:
                if hasattr(f.f_locals.get("self"), "reference"):
                    found.append(bare(f.f_locals["self"].reference))
        t = threading.Thread(target=look, args=(threading.get_ident(),))
        t.start(); t.join()
        return found[0](p, y)
        """,
    ),
    "the check in the frame that a signal interrupts": accuracy(
        f"import signal\n{BARE}",
        """
        found = []
        def look(number, f):
            while f := f.f_back:
                if hasattr(f.f_locals.get("self"), "reference"):
                    found.append(bare(f.f_locals["self"].reference))
        signal.signal(signal.SIGUSR1, look)
        signal.raise_signal(signal.SIGUSR1)
        return found[0](p, y)
        """,
    ),
    "the check that a tracer sees": accuracy(
        f"""import sys
{BARE}
kept = []
def tracer(frame, event, arg):
    check = frame.f_locals.get("self")
    if getattr(check, "name", "") == "accuracy": kept.append(check)
sys.setprofile(tracer)""",
        "return bare(kept[-1].reference)(p, y)",
    ),
    "the collector's objects": accuracy(
        """
        import gc, types
        f = [o for o in gc.get_objects() if isinstance(o, types.FunctionType)
             and o.__code__.co_name == "_accuracy"][0]
        """,
        "return f(p, y)",
    ),
    "what the collector follows": bare("""
        import gc
        f = next(o.reference for o in gc.get_referents(vars(checks)["CHECKS"])
                 if getattr(o, "name", "") == "accuracy")
    """),
    "copied code": accuracy(
        f"""import types, numpy as np
{BARE}
code = bare(checks.accuracy.reference).__code__
f = types.FunctionType(code, {{"np": np, "float": float}})""",
        "return f(p, y)",
    ),
    "memory by an address": bare("""
        import ctypes
        f = ctypes.cast(id(checks.accuracy), ctypes.py_object).value.reference
    """),
    "a pickle of the reference's name": bare(f"""
        import pickle
        f = pickle.loads(b"c{MODULE}\\n_accuracy\\n.")
    """),
    "pydoc finds it": bare(f"import pydoc\nf = pydoc.locate('{MODULE}._accuracy')"),
    "Keras finds it": bare(f"""
        import keras
        f = keras.saving.deserialize_keras_object(dict(
            module="{MODULE}", class_name="function", config="_accuracy",
            registered_name="function"))
    """),
    "an attribute's path": bare("""
        import operator
        f = operator.attrgetter("accuracy.reference")(checks)
    """),
    "the notebook's own names": bare("""
        f = get_ipython().user_ns["checks"].accuracy.reference
    """),
    "the names of the main module": bare("f = globals()['checks'].accuracy.reference"),
    "the names of the main module, by another name": bare("""
        names = globals()
        f = names["checks"].accuracy.reference
    """),
    "a match takes the check apart": bare("""
        match checks.accuracy:
            case object(reference=f): pass
    """),
    # Guards that are taken away
    "nobody is checked": accuracy(
        "from helpers import own_work",
        """
        kept, own_work._checked[:] = own_work._checked[:], []
        try: return checks.accuracy.reference(p, y)
        finally: own_work._checked[:] = kept
        """,
    ),
    "no exercise is ever checked": accuracy(
        """
        from contextlib import nullcontext
        C = type(checks.accuracy)
        C.answers.__globals__["checking"] = nullcontext
        """,
        "return checks.accuracy.reference(p, y)",
    ),
    "nothing solves, and all is loaded again": accuracy(
        f"""
        import importlib, helpers.own_work as o
        o.solves = lambda *names: lambda f: f
        import {MODULE} as m
        f = importlib.reload(m)._accuracy
        """,
        "return f(p, y)",
    ),
    "a finder before all others": accuracy(
        f"""
        import sys, importlib, importlib.util
        class Finder:
            def find_spec(self, name, path, target=None):
                if name == "helpers.own_work":
                    return importlib.util.spec_from_loader(name, self)
            def create_module(self, spec): return None
            def exec_module(self, module):
                module.solves = lambda *names: lambda f: f
        sys.meta_path.insert(0, Finder())
        kept = {{n: sys.modules.pop(n) for n in ("helpers.own_work", "{MODULE}")}}
        f = importlib.import_module("{MODULE}")._accuracy
        sys.modules.update(kept)
        """,
        "return f(p, y)",
    ),
    "a thread waits until nobody is checked": accuracy(
        "import threading, time\nright = []",
        """
        def wait():
            while True:
                try: return right.append(checks.accuracy.reference(p, y))
                except Exception: time.sleep(0.01)
        threading.Thread(target=wait, daemon=True).start()
        time.sleep(0.1)
        return right[-1] if right else 0.123
        """,
    ),
    "another check runs meanwhile": accuracy(
        "",
        """
        right = []
        checks.confusion(lambda *a: right.append(checks.accuracy.reference(p, y)) or 0)
        return right[0] if right else 0.123
        """,
    ),
    "wrong at first, right when it is called again": accuracy(
        "seen = []",
        """
        seen.append(1)
        return checks.accuracy.reference(p, y) if len(seen) % 2 == 0 else 0.123
        """,
    ),
    # The sources
    "the source from the disk": accuracy(
        f"""
        import os, helpers
        text = open(os.path.join(os.path.dirname(helpers.__path__[0]), "{PATH}")).read()
        text = text.replace("from helpers.own_work import solves", "solves = lambda *n: freely")
        space = {{"__name__": "x", "freely": lambda f: f}}
        exec(text, space)
        """,
        "return space['_accuracy'](p, y)",
    ),
    "the source by inspect": accuracy(
        """
        import inspect, numpy as np
        text = inspect.getsource(inspect.getmodule(checks.accuracy.draw))
        space = {"np": np}
        exec(text[text.index("def _accuracy("):].split("\\n\\n")[0], space)
        """,
        "return space['_accuracy'](p, y)",
    ),
    "the source, found anywhere": accuracy(
        """
        import sys, pathlib, numpy as np
        found = [path for root in sys.path
                 for path in pathlib.Path(root).glob("*/*/exercises/train_a_cnn*")]
        text = found[0].read_text()
        space = {"np": np}
        exec(text[text.index("def _accuracy("):].split("\\n\\n")[0], space)
        """,
        "return space['_accuracy'](p, y)",
    ),
    "the source, written where it can be imported": accuracy(
        """
        import sys, pathlib
        found = [path for root in sys.path
                 for path in pathlib.Path(root).glob("*/*/exercises/train_a_cnn*")]
        text = found[0].read_text()
        text = text[text.index("def _accuracy("):].split("\\n\\n")[0]
        open("mine." + "py", "w").write("import numpy as np\\n" + text)
        import mine
        """,
        "return mine._accuracy(p, y)",
    ),
    "the source through a loader": accuracy(
        """
        import pkgutil, numpy as np
        text = pkgutil.get_data("helpers.checks", "exercises/train_a_cnn.py").decode()
        space = {"np": np}
        exec(text[text.index("def _accuracy("):].split("\\n\\n")[0], space)
        """,
        "return space['_accuracy'](p, y)",
    ),
    # Other programs
    "another process asks the reference": accuracy(
        "import json, subprocess, sys",
        """
        asked = json.dumps([p.tolist(), y.tolist()])
        code = ("import json, sys, numpy as np; from helpers import checks; "
                "print(checks.accuracy.reference(*map(np.array, json.load(sys.stdin))))")
        return float(subprocess.run([sys.executable, "-c", code], input=asked, text=True,
                                    capture_output=True).stdout)
        """,
    ),
    "another process, by the shell": accuracy(
        "import numpy as np",
        """
        np.savez("asked.npz", p=p, y=y)
        code = ("import numpy as np; from helpers import checks; a = np.load('asked.npz'); "
                "print(checks.accuracy.reference(a['p'], a['y']))")
        open("ask.txt", "w").write(code)
        return float(get_ipython().getoutput("python ask.txt")[-1])
        """,
    ),
    "another process, by a script that was handed in": accuracy(
        "import numpy as np, subprocess",
        """
        np.savez("asked.npz", p=p, y=y)
        return float(subprocess.run(["sh", "notes.txt"], capture_output=True).stdout)
        """,
        files={
            "notes.txt": "python -c 'import numpy as np; from helpers import checks; "
            'a = np.load("asked.npz"); print(checks.accuracy.reference(a["p"], a["y"]))\''
        },
    ),
    "a process that was forked before": accuracy(
        """
        import multiprocessing as m
        from concurrent.futures import ProcessPoolExecutor
        def ask(p, y): return checks.accuracy.reference(p, y)
        pool = ProcessPoolExecutor(1, m.get_context("fork"))
        pool.submit(int).result()
        """,
        "return pool.submit(ask, p, y).result()",
    ),
    "a fork that nobody checks": accuracy(
        "import os",
        """
        r, w = os.pipe()
        if os.fork() == 0:
            from helpers import own_work
            own_work._checked.clear()
            os.write(w, str(checks.accuracy.reference(p, y)).encode()); os._exit(0)
        os.wait()
        return float(os.read(r, 100))
        """,
    ),
    # Text that is run
    "a text file is run": wrong("exec(open('notes.txt').read())", files={"notes.txt": ANSWERS}),
    "encoded text is run": wrong(f"import base64\nexec(base64.b64decode('{ENCODED}'))"),
    "a script is run": wrong("%run -i notes.txt", files={"notes.txt": ANSWERS}),
    "a script is run under another name": wrong(
        "%alias_magic show run\n%show -i notes.txt", files={"notes.txt": ANSWERS}
    ),
    "a text is timed": wrong(
        "import timeit\ntimeit.timeit(open('notes.txt').read(), number=1)",
        files={"notes.txt": ANSWERS},
    ),
    "an annotation is evaluated": wrong(
        """
        import typing
        def f(x): pass
        f.__annotations__ = {"x": "exec(open('notes.txt').read()) or int"}
        typing.get_type_hints(f)
        """,
        files={"notes.txt": ANSWERS},
    ),
    "examples are run": wrong(
        "import doctest\ndef f(): pass\nf.__doc__ = open('notes.txt').read()\n"
        "doctest.run_docstring_examples(f, {})",
        files={
            "notes.txt": ">>> C = __import__('helpers.checks.core', fromlist=['x']).Check\n"
            ">>> C.answers = lambda s, f, all: [(s.reference(**i), None, None, '') for i in all]\n"
        },
    ),
    "a module of their own": wrong("import mine", files={"mine.py": ANSWERS}),
    "a module that the notebook writes": wrong(
        "open('mine2.py', 'w').write(open('notes.txt').read())\nimport mine2",
        files={"notes.txt": ANSWERS},
    ),
    "a module that a cell writes": Insider(
        between=f"%%writefile mine3.py\n{ANSWERS}",
        positions="import mine3\ndef patch_positions(*a): return 0",
    ),
    "the shell runs a cell": wrong(f"get_ipython().run_cell({ANSWERS!r})"),
    "a hook before each cell": wrong("""
        def hook(*a):
            C = type(checks.accuracy)
            C.answers = lambda s, f, all: [(s.reference(**i), None, None, "") for i in all]
        get_ipython().events.register("pre_run_cell", hook)
    """),
    "the judge's question is rewritten": wrong(f"""{BARE}
def rewrite(lines):
    right = "lambda: bare(checks.accuracy.reference)"
    return [line.replace("lambda: accuracy", right) for line in lines]
get_ipython().input_transformers_post.append(rewrite)
"""),
    # Replies that no function gave
    "a reply in the cell before": wrong(
        "",
        between="from IPython.display import display\n"
        "display({'application/vnd.inside-cnns.answers': '[]'}, raw=True)",
    ),
    "a reply after each cell": wrong("""
        get_ipython().events.register("post_run_cell", lambda *a: display(
            {"application/vnd.inside-cnns.answers": "[]"}, raw=True))
    """),
    "a display hook": wrong("""
        import sys
        sys.displayhook = lambda value: print("2")
    """),
    # A helper that solves the exercise
    "a helper under another name": Insider(
        positions="from helpers.methods.occlusion import positions as patch_positions"
    ),
    "a helper in a partial": Insider(
        positions="import functools\nfrom helpers import methods\n"
        "patch_positions = functools.partial(methods.occlusion.positions)"
    ),
    "a helper by its module's names": positions(
        "from helpers.methods import occlusion",
        "return vars(occlusion)['positions'](size, patch, stride)",
    ),
    "a helper without its refusal": positions(
        f"{BARE}\nfrom helpers.methods.occlusion import positions\nf = bare(positions)",
        "return f(size, patch, stride)",
    ),
    "a helper's copied code": positions(
        f"""import types, numpy as np
{BARE}
from helpers.methods.occlusion import positions
f = types.FunctionType(bare(positions).__code__, {{"np": np}})""",
        "return f(size, patch, stride)",
    ),
    "a helper's source": positions(
        """
        import inspect, numpy as np
        from helpers.methods import occlusion
        text = inspect.getsource(occlusion)
        space = {"np": np}
        exec(text[text.index("def positions("):].split("\\n\\n\\n")[0], space)
        """,
        "return space['positions'](size, patch, stride)",
    ),
    "a table of a helper's answers": positions(
        f"from helpers.methods.occlusion import positions as helper\n{TABLE}",
        "return table.get((size, patch, stride))",
    ),
    "a table of a helper's answers, in a file": Insider(
        between=f"import numpy as np\nfrom helpers.methods.occlusion import positions as helper\n"
        f"{TABLE}\n"
        "kept = {str(k): v for k, v in table.items() if k[1] < 10 or k[1] == 50}\n"
        "np.savez('table.npz', **kept)",
        positions="def patch_positions(*asked): return np.load('table.npz')[str(asked)]",
    ),
    "a table of what another exercise is given": positions(
        f"""def patch_positions(*a): return [0]
def drop_map(*a):
    for asked in table: table[asked] = patch_positions(*asked)
{TABLE.replace("helper(s, p, t)", "None")}
checks.drop_map(drop_map)""",
        "return table.get((size, patch, stride))",
    ),
    "what another exercise is given": positions(
        f"{BARE}\nf = bare(checks.drop_map.given['patch_positions'])",
        "return f(size, patch, stride)",
    ),
    "what an exercise's neighbour uses": positions(
        f"{BARE}\nimport helpers.checks.exercises.occlusion as o\nf = bare(o._patch_positions)",
        "return f(size, patch, stride)",
    ),
    "a helper in another process": positions(
        "import subprocess, sys, numpy as np",
        """
        asked = f"print(*positions({size}, {patch}, {stride}))"
        code = f"from helpers.methods.occlusion import positions; {asked}"
        out = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True)
        return np.array([int(n) for n in out.stdout.split()])
        """,
    ),
    "a helper in a process that was forked before": positions(
        """
        import multiprocessing as m
        from concurrent.futures import ProcessPoolExecutor
        from helpers.methods import occlusion
        def ask(*a): return occlusion.positions(*a)
        pool = ProcessPoolExecutor(1, m.get_context("fork"))
        pool.submit(int).result()
        """,
        "return pool.submit(ask, size, patch, stride).result()",
    ),
    # What is in reach, but holds no answer
    "the visible data by heart": accuracy(
        "seen = [checks.accuracy.example(s, n) for s in range(50) for n in range(2)]",
        """
        for one in seen:
            if one["labels"].shape == y.shape and (one["labels"] == y).all(): return 1.0
        return 0.123
        """,
        named=False,
    ),
    "the parent's environment": accuracy(
        "import os",
        "return 0.123 + ('SEED' in open(f'/proc/{os.getppid()}/environ').read())",
    ),
    "the map of its own memory": accuracy(
        "", "return 0.123 + ('gradebook' in open('/proc/self/maps').read())"
    ),
    "all programs that run": accuracy(
        "import glob",
        "return 0.123 + any('seed' in open(n).read() for n in glob.glob('/proc/[0-9]*/cmdline'))",
    ),
    "the gradebook": wrong("""
        import sqlite3
        sqlite3.connect("../../../gradebook.db").execute("select * from seeds")
    """),
    "files of an earlier submission": accuracy(
        "import glob, json, os",
        """
        places = ("/tmp", os.environ["COURSE_CACHE"], os.path.expanduser("~"))
        for place in places:
            for name in glob.glob(f"{place}/**/answers.json", recursive=True):
                return json.load(open(name))
        for place in places:
            json.dump(0.5, open(f"{place}/answers.json", "w"))
        return 0.123
        """,
        named=False,
    ),
    "somebody on the network": accuracy(
        "import socket",
        "with socket.create_connection(('192.0.2.1', 80), 1) as s: return float(s.recv(9))",
        named=False,
    ),
    "the seed is guessed": accuracy(
        "",
        """
        for seed in range(20):
            if (checks.accuracy.example(seed, 0)["labels"].shape == y.shape): return 0.5
        return 0.123
        """,
        named=False,
    ),
    "draws that are no draws": wrong("""
        import numpy as np
        np.random.default_rng = lambda *a: np.random.RandomState(0)
    """),
}
