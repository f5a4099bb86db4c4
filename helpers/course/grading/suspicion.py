"""Name the lines of a submission that a person should look at: those that reach for right answers.

An exercise needs NumPy, Keras and the course's functions. Whoever takes an answer from elsewhere
needs a door: frames, closures, loaded modules, text that is run as code, another process. The
syntax tree shows doors, whatever is said in comments. It shows no intention, so what is named costs
no point. It does not show every door: a list is no wall.
"""

from __future__ import annotations

import ast
import base64
import binascii
import codecs
import re
import warnings
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from helpers.course.build import last_check

__all__ = ["Finding", "look"]

LONGEST, MOST = 50_000, 200_000  # characters that are read of a cell, and of a notebook
MOST_MAGIC = 300_000  # characters times lines with magics: IPython reads all again for each
MOST_VALUES = 100  # of a variable that runs through a list
LONGEST_TEXT = 2000  # characters of a text that is put together from pieces

CHECKS = "takes hold of a check otherwise than by calling it"
COURSE = "names inner parts of the course's package"
CHANGES = "replaces a part of a library"
FRAMES = "looks into the frames of running functions"
INSIDES = "takes a function or a class apart"
LOADED = "looks for something among all that is loaded"
MEMORY = "reads the process's memory"
IMPORTS = "imports in a way that hides what is imported"
CODE = "runs text as code"
PIECES = "puts a hidden name together from pieces"
SHELL = "starts another program, which may run Python"
HOOKS = "changes how the notebook runs or shows its cells"
PICKLES = "unpickles, which may run code"
TEXTS = "names a file or a module that a notebook does not need"
SOLVES = "uses a helper that solves an exercise of this notebook"
OTHERS = "uses the check of an exercise that this notebook does not have"
UNREADABLE = "is too long or nested too deep to be read"

# Attributes that are a door on whatever object they stand.
DOORS = {
    name: phrase
    for phrase, names in {
        FRAMES: "_getframe _getframemodulename _current_frames f_back f_locals f_globals f_code "
        "f_builtins tb_frame gi_frame cr_frame ag_frame currentframe getouterframes getinnerframes "
        "walk_stack walk_tb settrace setprofile settrace_all_threads setprofile_all_threads",
        INSIDES: "__closure__ __globals__ __code__ __wrapped__ __subclasses__ __builtins__ "
        "__self__ __func__ __getattribute__ __reduce__ __reduce_ex__ cell_contents co_consts "
        "FunctionType CodeType CellType getclosurevars codeobj",
        LOADED: "get_objects get_referrers get_referents user_ns user_global_ns",
        IMPORTS: "meta_path path_hooks path_importer_cache __loader__ __spec__ SourceFileLoader "
        "spec_from_file_location module_from_spec exec_module",
        HOOKS: "displayhook display_pub post_run_cell pre_run_cell input_transformers_cleanup "
        "input_transformers_post ast_transformers addaudithook",
        CODE: "run_path run_module get_type_hints",
        MEMORY: "ctypes ctypeslib py_object",
        PICKLES: "read_pickle enable_unsafe_deserialization",
        COURSE: "own_work _checked NotOwnWork",
    }.items()
    for name in names.split()
}
# Modules that a notebook does not need.
MODULES = {
    **dict.fromkeys(("ctypes", "_ctypes", "cffi"), MEMORY),
    **dict.fromkeys(("imp", "zipimport", "pkgutil", "py_compile", "compileall"), IMPORTS),
    **dict.fromkeys(("marshal", "runpy", "code", "codeop", "doctest"), CODE),
    **dict.fromkeys(("pty", "pexpect"), SHELL),
    **dict.fromkeys(("dill", "cloudpickle", "shelve"), PICKLES),
}
CALLS = {
    **dict.fromkeys(("inspect.stack", "inspect.trace"), FRAMES),
    **dict.fromkeys(
        ("pickle.load", "pickle.loads", "pickle.Unpickler", "_pickle.loads", "joblib.load"), PICKLES
    ),
    **dict.fromkeys(("os.fork", "os.forkpty"), SHELL),
}
TEXT = re.compile(
    r"\bhelpers[./\\]+(checks|course|own_work)|own_work|(^|/)helpers(/|$)|vnd\.inside-cnns|/proc\b"
    r"|gradebook\.db|^(?!https?:).*\.(py|pyc|pyd|pth|so)$"
)
PROGRAM = re.compile(
    r"(^|[\s;&|(`/\"'])(?<!which )i?python[\d.]*(?=[\s\"']|$)(?!\s+(--version|-V|-m\s+pip)\b)"
    r"|(^|[\s;&|(`/\"'])(?:(?:ba|da|z)?sh|perl|ruby|node|make)(?=[\s\"']|$)|\.py\b"
    r"|\bhelpers\b|/proc\b|base64|^\W*\$?{"
)
STARTS = re.compile(
    r"(\bsubprocess\.\w+|\bos\.(system|popen|exec\w+|spawn\w+|posix_spawn\w*)"
    r"|\basyncio\.create_subprocess_\w+)$"
)
SOLVING = re.compile(r"@solves\((.*)\)\s+def (\w+)")
SHELL_MAGICS = {"sx", "system", "bash", "sh", "script", "cmd", "!"}
MAGICS = {  # that are named whatever they are given
    **dict.fromkeys(("run", "load", "loadpy", "rerun", "recall", "macro", "edit", "cython"), CODE),
    **dict.fromkeys(("alias", "alias_magic", "{"), CODE),
    **dict.fromkeys(("python", "python2", "python3", "pypy", "perl", "ruby"), SHELL),
}
SOURCES = {"pinfo2", "psource", "pfile", "pycat"}
BUILTINS = {"exec", "eval", "compile", "__import__", "getattr", "get_ipython", "builtins", "vars"}
BUILTINS |= {"globals", "locals", "__main__", "setattr", "delattr", "hasattr"}
IMPORTING = {"__import__", "importlib.import_module", "importlib.__import__", "import_module"}
IMPORTING |= {"importlib.util.find_spec", "pydoc.locate"}
METHODS = {"join", "replace", "lower", "upper", "strip", "title", "swapcase", "encode", "decode"}
GETTING = {"getattr", "setattr", "delattr", "hasattr", "inspect.getattr_static"}
GETTING |= {"operator.attrgetter", "operator.methodcaller"}
HARMLESS = {"__version__", "__name__", "__doc__", "__all__", "__class__"}
SOURCE_OF = {"getsource", "getsourcelines", "getsourcefile", "getfile", "getmembers", "getmodule"}
SOURCE_OF |= {"vars", "dis", "Bytecode", "get_instructions"}
RUNS = {"timeit.timeit", "timeit.repeat", "timeit.Timer", "cProfile.run", "profile.run", "pdb.run"}
# What a notebook may ask its shell for.
SHELL_PARTS = {"run_line_magic", "run_cell_magic", "magic", "system", "getoutput", "__class__"}
SHELL_PARTS |= {"ast_node_interactivity", "config", "enable_matplotlib", "set_next_input", "colors"}
MAGIC = re.compile(r"(?m)^[ \t]*[%!?/,;]|=[ \t]*[%!]|^[^#\n]*\w\?+[ \t]*$")
TIMED = re.compile(  # a magic that runs a statement or the whole cell
    r"(?m)(?:\A\s*%%(?:writefile|file)[ \t].*\.py[ \t]*$"
    r"|^(?P<indent>[ \t]*)%%?(?:time|timeit|prun|memit|capture)\b(?:[ \t]+--?\w+(?:[ \t]+\d+)?)*"
    r"[ \t]*(?P<rest>.*)$)"
)
READS = {"points", "steps", "name", "example"}  # of a check
SHOWS = {"help", "print", "display", "dir", "repr"}


class Finding(NamedTuple):
    """A line that a person should look at."""

    line: int
    what: str  # a verb and what follows it
    text: str  # the line itself


def look(sources: Iterable[str], others: Iterable[str] = ()) -> list[list[Finding]]:
    """Return for each of the sources what a person should look at: of each kind the first line.

    Args:
        sources: a student's code cells, or a file.
        others: code cells of the course. They tell what names mean, and which exercises there are.
            A helper that the course itself uses there may be used.
    """
    sources, others = list(sources), sorted(others)
    names = _Names({call.name for other in others if (call := last_check(other))})
    ours = [tree for tree in map(_ours, others) if tree]
    for tree in ours:
        names.learn(tree)
    for node in (node for tree in ours for node in ast.walk(tree)):
        names.solving -= {(names.meaning(node) or "").rpartition(".")[2]}
    read: list[ast.Module | None] = []
    room = MOST
    for source in sources:
        room -= len(source)
        read.append(_read(source) if room >= 0 else None)
        try:
            names.learn(read[-1] or ast.Module([], []))
        except Exception:
            read[-1] = None
    names.settled = True
    return [_found(source, tree, names) for source, tree in zip(sources, read, strict=True)]


@cache
def solving() -> dict[str, set[str]]:
    """Return which exercises the helpers solve, by the names of these helpers."""
    found: dict[str, set[str]] = {}
    for path in Path(__file__).parents[2].rglob("*.py"):
        for solved, name in SOLVING.findall(path.read_text(encoding="utf-8")):
            found.setdefault(name, set()).update(re.findall(r"\w+", solved))
    return found


def said(where: str, finding: Finding) -> str:
    """Return a sentence on a finding for the person who grades."""
    text = finding.text if len(finding.text) <= 100 else f"{finding.text[:100]}…"
    return (
        f"line {finding.line} of {where} {finding.what} (`{text}`): is it the student's own work?"
    )


def _found(source: str, tree: ast.Module | None, names: _Names) -> list[Finding]:
    first: dict[str, int] = {}
    try:
        if tree is None:
            raise ValueError
        for line, what in _Reader(names).read(tree):
            first[what] = min(first.get(what, line), line)
    except Exception:  # a student may hand in anything, and it has to be graded
        first[UNREADABLE] = 1
    lines = source.split("\n")
    numbers = sorted((min(line, len(lines)), what) for what, line in first.items())
    return [Finding(number, what, lines[number - 1].strip()) for number, what in numbers]


@lru_cache(300)
def _ours(source: str) -> ast.Module | None:
    """Return the tree of a course's cell, which is the same in each submission."""
    return _read(source)


def _read(source: str) -> ast.Module | None:
    """Return a cell's syntax tree: an empty one, if the cell is no Python and so does not run, and
    None for a cell that cannot be read."""
    if len(source) > LONGEST or len(source) * len(MAGIC.findall(source)) > MOST_MAGIC:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the student's source
            try:
                return _parsed(source)
            except SyntaxError:
                if "\n" in source.strip():
                    raise
                return _parsed(f"%{source.strip()}")  # IPython takes a single line for a magic
    except SyntaxError:
        return ast.Module([], [])
    except (ValueError, RuntimeError, MemoryError):  # of IPython, or nested too deep
        return None


def _parsed(source: str) -> ast.Module:
    from IPython.core.inputtransformer2 import TransformerManager

    source = TIMED.sub(_statement, source)
    tree = ast.parse(TransformerManager().transform_cell(source))
    blank = len(source) - len(source.lstrip())  # which IPython drops
    return ast.increment_lineno(tree, source.count("\n", 0, blank))


def _statement(magic: re.Match) -> str:
    """Return the statement that a magic like %time runs, in the magic's place."""
    if magic["rest"] is None:  # of %%writefile, which is followed by what is written
        return "\n" * magic[0].count("\n")
    try:
        ast.parse(magic["rest"])
    except (SyntaxError, ValueError):
        return magic["indent"]
    return magic["indent"] + magic["rest"]


class _Names:
    """What the names in some cells mean: modules and their parts, texts."""

    def __init__(self, exercises: set[str]) -> None:
        self.exercises = exercises
        self.solving = {name for name, solved in solving().items() if solved & exercises}
        self.dotted = {"checks": "helpers.checks"}
        self.values: dict[str, Any] = {}
        self.loops: dict[str, list] = {}  # the values of a variable that runs through a list
        self.named: set[str] = set()  # those of them that an assignment gives
        self.defined: set[str] = set()
        self.stored: set[str] = set()
        self.variables: dict[ast.AST, set[str]] = {}  # of each function
        self.ran: set[str] = set()  # texts that are run as code, and have been read
        self.settled = False  # whether all is learnt
        self.meanings: dict[ast.AST, str | None] = {}  # what was found out since then
        self.texts: dict[ast.AST, Any] = {}
        self.parents: dict[ast.AST, ast.AST] = {}

    def learn(self, tree: ast.AST) -> None:
        nodes = list(ast.walk(tree))
        for node in nodes:
            self.parents |= dict.fromkeys(ast.iter_child_nodes(node), node)
        for node in nodes:
            match node:
                case ast.Import():
                    for alias in node.names:
                        name = alias.name if alias.asname else alias.name.split(".")[0]
                        self.dotted[alias.asname or name] = name
                case ast.ImportFrom(level=0, module=str(module)):
                    for alias in node.names:
                        self.dotted[alias.asname or alias.name] = f"{module}.{alias.name}"
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    self.defined.add(node.name)
                    self.stored.add(node.name)
                case ast.Name(id=name, ctx=ast.Store()):
                    self.stored.add(name)
                case (
                    ast.For(target=ast.Name(id=name)) | ast.comprehension(target=ast.Name(id=name))
                ):
                    if isinstance(found := self.value(node.iter), list):
                        self.loops[name] = [*self.loops.get(name, []), *found][:MOST_VALUES]
            for name, value in _given(node):
                if meant := self.meaning(value):
                    self.dotted[name] = meant
                    self.named.add(name)
                else:
                    self.values[name] = self.value(value)  # the last one; None is not known

    def meaning(self, node: ast.AST) -> str | None:
        """Return what an expression stands for, like "sys.modules"; None if that is not known."""
        if node not in self.meanings:
            found = self._meaning(node)
            if not self.settled:
                return found
            self.meanings[node] = found
        return self.meanings[node]

    def _meaning(self, node: ast.AST) -> str | None:
        match node:
            case ast.Name(id=name) if not self._local(node, name):
                if name in self.dotted:
                    return self.dotted[name]
                return name if name in BUILTINS and name not in self.defined else None
            case ast.Attribute(value=value, attr=attr) if found := self.meaning(value):
                known = f"{found.removeprefix('builtins.')}.{attr}"
                return known.removeprefix("builtins.") if len(known) < LONGEST_TEXT else None
            case ast.Call(func=called, args=args):
                function = self.meaning(called)
                if function in ("get_ipython", "IPython.get_ipython") or (
                    function and function.endswith("InteractiveShell.instance")
                ):
                    return "get_ipython()"
                if function in IMPORTING and args and isinstance(name := self.value(args[0]), str):
                    return name.split(".")[0] if function == "__import__" else name
                if function in ("globals", "locals", "vars") and not args:
                    return "globals()"
                if function == "getattr" and len(args) > 1 and (found := self.meaning(args[0])):
                    return f"{found}.{self.value(args[1])}".removeprefix("builtins.")
        return None

    def _local(self, node: ast.AST, name: str) -> bool:
        """Whether a name is a variable of a function around it, and so has another meaning."""
        while node := self.parents.get(node):
            match node:
                case (
                    ast.FunctionDef()
                    | ast.AsyncFunctionDef()
                    | ast.Lambda()
                    | ast.ListComp()
                    | ast.SetComp()
                    | ast.DictComp()
                    | ast.GeneratorExp()
                ) if name not in self.named and name in self._variables(node):
                    return True
        return False

    def _variables(self, scope: ast.AST) -> set[str]:
        """Return the variables of a function."""
        if scope not in self.variables:
            nodes = [*ast.walk(scope)]
            self.variables[scope] = {node.arg for node in nodes if isinstance(node, ast.arg)} | {
                node.id
                for node in nodes
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            }
        return self.variables[scope]

    def value(self, node: ast.AST | None) -> Any:
        """Return the text, bytes or list that an expression of constants stands for, else None."""
        if node in self.texts:
            return self.texts[node]
        try:
            found = self._evaluated(node)
        except (TypeError, ValueError, LookupError, AttributeError, binascii.Error):
            found = None
        if isinstance(found, str | bytes | list) and len(found) > LONGEST_TEXT:
            found = None
        if self.settled and node:
            self.texts[node] = found
        return found

    def _known(self, node: ast.AST | None) -> Any:
        if (found := self.value(node)) is None:
            raise ValueError("not known")
        return found

    def _evaluated(self, node: ast.AST | None) -> Any:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return self.values[name]
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                known = [self._known(part) for part in parts]
                nested = any(isinstance(part, list) for part in known)  # whose text may be endless
                return None if nested else known
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._known(left) + self._known(right)
            case ast.JoinedStr(values=parts):
                return "".join(map(self._known, parts))
            case ast.FormattedValue(value=value):
                found = self._known(value)
                return str(found) if isinstance(found, str | int | float) else None
            case ast.Subscript(value=value, slice=ast.Slice() as cut):
                ends = (cut.lower, cut.upper, cut.step)
                return self._known(value)[slice(*(end and ast.literal_eval(end) for end in ends))]
            case ast.Call(func=ast.Name(id="map"), args=[ast.Name(id="chr"), numbers]):
                return [chr(number) for number in self._known(numbers)]
            case ast.Call(func=ast.Name(id="chr" | "bytes" | "reversed" as name), args=[given]):
                one = self._known(given)
                if name == "chr":
                    return chr(one)
                return bytes(list(one)) if name == "bytes" else one[::-1]
            case ast.Call(func=ast.Attribute(attr="b64decode"), args=[given]):
                return base64.b64decode(self._known(given))
            case ast.Call(func=ast.Attribute(attr="fromhex" | "unhexlify"), args=[given]):
                return bytes.fromhex(self._known(given))
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="codecs"), attr="decode"), args=[text, kind]
            ) if self.value(kind) in ("rot13", "rot_13", "hex", "base64"):
                return codecs.decode(self._known(text), self._known(kind))
            case ast.Call(func=ast.Attribute(value=of, attr=attr), args=args) if attr in METHODS:
                text, given = self._known(of), [self._known(arg) for arg in args]
                if isinstance(text, str | bytes):
                    return getattr(text, attr)(*given)
        raise ValueError("not known")

    def alternatives(self, node: ast.AST) -> list:
        """Return what an expression may stand for; an empty list if that is not known."""
        if isinstance(node, ast.Name) and node.id in self.loops:
            return self.loops[node.id]
        return [] if (found := self.value(node)) is None else [found]


def _given(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield the names that a node gives to values, with these values."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _paired(target, value)
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.AST() as value):
            yield name, value
        case ast.NamedExpr(target=ast.Name(id=name), value=value):
            yield name, value
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            plain = [*node.args.posonlyargs, *node.args.args]
            defaults = node.args.defaults
            yield from (
                (arg.arg, value)
                for arg, value in zip(plain[len(plain) - len(defaults) :], defaults, strict=True)
            )
            for arg, value in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
                if value:
                    yield arg.arg, value


def _paired(target: ast.AST, value: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match target, value:
        case ast.Name(id=name), _:
            yield name, value
        case ast.Tuple(elts=targets) | ast.List(elts=targets), ast.Tuple(elts=values) | ast.List(
            elts=values
        ):
            for one, given in zip(targets, values, strict=False):
                yield from _paired(one, given)


class _Reader:
    """Finds what a person should look at in a tree."""

    def __init__(self, names: _Names):
        self.names = names

    def read(self, tree: ast.AST, line: int | None = None) -> Iterator[tuple[int, str]]:
        """Yield lines and what is found in them; `line` is that of a text that is run as code."""
        skipped: set[ast.AST] = set()
        for node in ast.walk(tree):
            for child in ast.iter_child_nodes(node):
                if node in skipped or (isinstance(node, ast.Expr) and _is_text(child)):
                    skipped.add(child)
            if node in skipped and isinstance(node, ast.Constant):
                continue  # a docstring, or what a magic was given, which is read as such
            where = line or int(getattr(node, "lineno", None) or 1)
            for what in self._of(node, skipped):
                yield where, what

    def _of(self, node: ast.AST, skipped: set[ast.AST]) -> Iterator[str]:
        match node:
            case ast.Import(names=aliases):
                for alias in aliases:
                    yield from _imported(alias.name)
            case ast.ImportFrom(module=str(module), names=aliases):
                for alias in aliases:
                    if (module, alias.name) == ("helpers", "checks"):
                        yield from [COURSE] if alias.asname not in (None, "checks") else []
                    else:
                        yield from self._course(f"{module}.{alias.name}")
                        yield from _door(alias.name)
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield from self._named(node, name)
            case ast.MatchClass(kwd_attrs=attributes):
                for name in attributes:
                    yield from _door(name)
            case ast.Call():
                yield from self._called(node, skipped)
                yield from self._all_names(node)
            case ast.Subscript(value=of, slice=key) if self.names.meaning(of) == "globals()":
                yield from self._chosen(key)
            case ast.Constant() | ast.BinOp() | ast.JoinedStr():
                text = self.names.value(node)
                yield from _text(text.decode("latin-1") if isinstance(text, bytes) else text)

    def _named(self, node: ast.Name | ast.Attribute, name: str) -> Iterator[str]:
        parent = self.names.parents.get(node)
        meaning = self.names.meaning(node)
        if isinstance(node, ast.Attribute) or name.startswith("__"):
            yield from _door(name)
        if meaning == "helpers.checks":
            yield from self._checks(node, parent) if isinstance(node.ctx, ast.Load) else []
        elif meaning and meaning.startswith("helpers."):
            if meaning.startswith("helpers.checks.findings."):
                yield from _imported(meaning)
            yield from [] if meaning.startswith("helpers.checks.") else self._course(meaning)
        if meaning in ("exec", "eval", "compile"):
            called = isinstance(parent, ast.Call) and parent.func is node
            yield from [] if called else [CODE]
        if not isinstance(node, ast.Attribute):
            return
        if meaning == "sys.modules" or (name == "modules" and _taken_from(node, parent)):
            yield from [] if isinstance(parent, ast.Compare) else [LOADED]
        if meaning and meaning.startswith(("__main__.", "globals().")):
            yield LOADED
        if meaning and meaning.startswith("get_ipython()."):
            yield from [] if meaning.split(".")[1] in SHELL_PARTS else [HOOKS]
        if meaning and meaning.endswith(".__dict__"):
            yield INSIDES
        if not isinstance(node.ctx, ast.Load) and self._is_of_a_library(node):
            plain = isinstance(parent, ast.Assign) and _is_type(parent.value)  # np.float = float
            yield from [] if plain or meaning in ("sys.stdout", "sys.stderr") else [CHANGES]

    def _course(self, meaning: str) -> Iterator[str]:
        yield from _imported(meaning)
        if meaning.startswith("helpers.") and meaning.rpartition(".")[2] in self.names.solving:
            yield SOLVES

    def _is_of_a_library(self, node: ast.Attribute) -> bool:
        meaning = self.names.meaning(node.value)
        return bool(meaning) and meaning != "get_ipython()"

    def _checks(self, node: ast.AST, parent: ast.AST | None) -> Iterator[str]:
        """A use of `checks`, which is called, read or shown."""
        if isinstance(parent, ast.Attribute):
            if not _is_a_check(parent.attr):
                yield COURSE
                return
            if self.names.exercises and _is_of_another(parent.attr, self.names.exercises):
                yield OTHERS
            node, parent = parent, self.names.parents.get(parent)
            if isinstance(node.ctx, ast.Store):
                yield CHANGES
                return
        match parent:
            case ast.Call(func=called) if called is node and isinstance(node, ast.Attribute):
                return
            case ast.Call(func=ast.Name(id=shown)) if shown in SHOWS - self.names.stored:
                return
            case ast.Attribute(attr=attr) if attr in READS and isinstance(node, ast.Attribute):
                return
        yield CHECKS

    def _called(self, node: ast.Call, skipped: set[ast.AST]) -> Iterator[str]:
        names, args = self.names, node.args
        function = names.meaning(node.func) or ""
        last = function.rpartition(".")[2] or getattr(node.func, "attr", "")
        if function in ("exec", "eval", "compile") and args:
            yield from self._code(args[0])
        elif function in IMPORTING and args:
            found = names.alternatives(args[0])
            yield from [] if found else [IMPORTS]
            for name in found:
                yield from _imported(str(name))
        elif function in RUNS and args:
            called = isinstance(args[0], ast.Name | ast.Lambda | ast.Attribute)
            yield from [] if called else self._code(args[0])
        elif function == "importlib.reload" and args:
            ours = (names.meaning(args[0]) or "").startswith("helpers")
            yield from [COURSE] if ours else []
        elif function in GETTING and args:
            yield from self._got(function, args)
        elif STARTS.search(function):
            yield from self._started(node)
        elif function in CALLS:
            first = args[0] if args else None
            copied = isinstance(first, ast.Call) and names.meaning(first.func) == "pickle.dumps"
            yield from [] if copied else [CALLS[function]]
        elif last in SOURCE_OF and args:
            yield from self._taken_apart(args[0])
        elif function.startswith("get_ipython()."):
            skipped.update(args)
            given = [names.value(arg) for arg in args]
            yield from self._magic(last, ["{" if one is None else str(one) for one in given])
        if any(k.arg == "allow_pickle" and names.value(k.value) is True for k in node.keywords):
            yield PICKLES
        text = names.value(node)
        yield from _text(text.decode("latin-1") if isinstance(text, bytes) else text)

    def _all_names(self, node: ast.Call) -> Iterator[str]:
        """A use of `globals()`: of single variables by their names, or of all that there is."""
        if self.names.meaning(node) != "globals()":
            return
        match self.names.parents.get(node):
            case ast.Subscript() | ast.Compare() | ast.Assign() | ast.Expr():
                return
            case ast.Call(func=ast.Name(id="print" | "len" | "sorted")):
                return
        yield LOADED

    def _taken_apart(self, node: ast.AST) -> Iterator[str]:
        if (self.names.meaning(node) or "").startswith("helpers"):
            yield COURSE

    def _code(self, node: ast.AST) -> Iterator[str]:
        """Text that is run as code: read as code, if the text is known."""
        texts = self.names.alternatives(node)
        yield from [] if texts else [CODE]
        for text in texts:
            text = text.decode("latin-1") if isinstance(text, bytes) else str(text)
            tree = ast.Module([], []) if text in self.names.ran else _read(text)
            self.names.ran.add(text)
            if tree is None:
                yield CODE
            else:
                self.names.learn(tree)
                yield from (what for _, what in self.read(tree))

    def _got(self, function: str, args: list[ast.expr]) -> Iterator[str]:
        """`getattr` and what is like it."""
        of, key = (None, args[0]) if function.startswith("operator.") else (args[0], args[-1])
        if of is not None and len(args) > 1:
            key = args[1]
        yield from self._chosen(key)
        meaning = of is not None and self.names.meaning(of)
        if not meaning:
            return
        if meaning == "helpers" and not self.names.alternatives(key):
            yield COURSE
        if function in ("setattr", "delattr"):
            yield CHANGES
        for name in self.names.alternatives(key):
            if meaning == "sys" and name == "modules":
                yield LOADED
            if meaning.startswith("helpers") and meaning != "helpers.checks":
                yield from self._course(f"{meaning}.{name}")
            if meaning == "get_ipython()" and name not in SHELL_PARTS:
                yield HOOKS

    def _chosen(self, key: ast.AST) -> Iterator[str]:
        """The name by which a part of something is asked for."""
        texts = self.names.alternatives(key)
        for text in texts:
            yield from [LOADED] if text == "checks" else _text(text)
        pieces = [one.value for one in ast.walk(key) if isinstance(one, ast.Constant)]
        words = any(isinstance(one, str) and re.search("[a-zA-Z]{2}", one) for one in pieces)
        match key:
            case ast.Call(func=ast.Attribute(attr="lower" | "upper" | "strip" | "format")):
                return
        put_together = isinstance(key, ast.BinOp | ast.Subscript | ast.Call)
        put_together |= isinstance(key, ast.JoinedStr) and not words
        if not texts and put_together:
            yield PIECES

    def _started(self, node: ast.Call) -> Iterator[str]:
        """Another program."""
        parts = [part for arg in node.args for part in ast.walk(arg)]
        values = [self.names.value(part) for part in parts]
        flat = [one for v in values for one in (v if isinstance(v, list) else [v])]
        texts = [one for one in flat if isinstance(one, str)]
        runs = any(self.names.meaning(part) == "sys.executable" for part in parts)
        if runs or not texts or any(PROGRAM.search(text) for text in texts):
            yield SHELL

    def _magic(self, function: str, given: list[str]) -> Iterator[str]:
        if function == "magic" and given:
            given = given[0].partition(" ")[::2]
        if function in ("system", "getoutput"):
            yield from [SHELL] if any(map(PROGRAM.search, given)) else []
        elif function in ("run_line_magic", "run_cell_magic", "magic") and given:
            name, *rest = given
            if name in MAGICS:
                yield MAGICS[name]
            elif name in ("writefile", "file") and any(
                "{" in one or "$" in one for one in rest[:1]
            ):
                yield CODE
            elif name in SHELL_MAGICS:
                yield from [SHELL] if any(map(PROGRAM.search, rest)) else []
            elif name in SOURCES and rest:
                for node in ast.walk(_read(rest[0]) or ast.Module([], [])):
                    yield from self._taken_apart(node)


def _door(name: object) -> Iterator[str]:
    if name in DOORS:
        yield DOORS[name]


def _imported(name: str) -> Iterator[str]:
    """What is odd about a module or a part of it."""
    root, *parts = name.split(".")
    if root in MODULES:
        yield MODULES[root]
    if root == "__main__" or name.startswith("sys.modules"):
        yield LOADED
    if root == "helpers":
        hidden = (p for p in parts if p.startswith("_") and p not in HARMLESS)
        if {"course", "solves", "checking"} & {*parts} or any(hidden):
            yield COURSE
    public = parts[:2] == ["checks", "findings"]  # what findings are about
    if {"checks", "own_work"} & {*parts} and not public:
        yield COURSE


def _text(text: object) -> Iterator[str]:
    if isinstance(text, str):
        if TEXT.search(text):
            yield TEXTS
        if re.fullmatch(r"[\w.]+", text):
            for word in text.split("."):
                yield from _door(word)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_type(node: ast.AST) -> bool:
    plain = {"float", "int", "bool", "complex", "object", "str"}
    return isinstance(node, ast.Name) and node.id in plain


def _taken_from(node: ast.AST, parent: ast.AST | None) -> bool:
    """Whether something is taken from an attribute, as by `modules["sys"]`."""
    return isinstance(parent, ast.Subscript | ast.Attribute) and parent.value is node


def _is_a_check(name: str) -> bool:
    """Whether `checks.name` is a check, or nothing at all: a slip."""
    from helpers import checks

    return name in checks.CHECKS or not hasattr(checks, name)


def _is_of_another(name: str, exercises: set[str]) -> bool:
    from helpers import checks

    return name in checks.CHECKS and name not in exercises
