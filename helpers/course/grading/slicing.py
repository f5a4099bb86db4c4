"""Find the cells that marks depend on: a static slice of a notebook (Weiser, "Program slicing",
1981).

A cell that only shows something need not run to find the marks. A cell counts as such a cell only
if no cell that runs reads what the cell assigns or might change, as far as names tell. The analysis
misses three things. It misses files that a cell writes, and a library's random generator that the
course's own functions seed. And it misses what operators or attributes of a student's class do
beside returning a value.
"""

import ast
import re
import symtable
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

CHANGING = ("train",)  # the course's own functions that change their arguments
# Ways to a variable that do not name the variable.
INDIRECT = re.compile(
    r"\b(globals|locals|vars|dir|[sd]e[tl]attr|eval|exec|get_ipython|sys|inspect|gc|importlib|ctypes"
    r"|__(globals|dict|builtins|main|import|class|closure|code)__)\b|import\s*\*"
)
HISTORY = re.compile(r"In|Out|_+\d*|_i+\d*|_[oid]h")  # IPython's variables
LONGEST = 50_000  # characters of a cell that are analysed


class _Cell(NamedTuple):
    reads: set[str]  # global names
    inner: set[str]  # those of them that its functions read whenever they are called
    binds: set[str]
    imports: set[str]
    defines: set[str]  # functions and classes, also by another name
    changed: set[str]  # the objects that statements change in place: "" where it is unclear which


def unneeded(sources: Sequence[str], may_rest: set[int]) -> set[int]:
    """Return which of the cells in `may_rest` need not run, because all other cells do the same
    without them.

    A call may change any variable. So may an assignment to a part of a variable, a decorator, or
    whatever uses up an iterator, as a loop does. Only the course's own functions change nothing,
    except those in `CHANGING`.

    Args:
        sources: the code cells in order.
        may_rest: indices of `sources`.
    """
    if any(len(source) > LONGEST or INDIRECT.search(source) for source in sources):
        return set()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the student's source
            trees = [ast.parse(source) for source in sources]
            kit = {"print", "display"}.union(*map(_from_the_course, trees))
            cells = [_analysed(*cell, kit) for cell in zip(sources, trees, strict=True)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # magics, too
        return set()
    if any(HISTORY.fullmatch(name) for cell in cells for name in cell.reads):
        return set()
    bound = set().union(*(cell.binds for cell in cells))
    imported = set().union(*(cell.imports for cell in cells))
    defined = set().union(*(cell.defines for cell in cells))
    assigned = set().union(*(cell.binds - cell.imports - cell.defines for cell in cells))
    variables = bound - ((imported | defined) - assigned)
    for target, value in (pair for tree in trees for pair in _assigned(tree)):
        if _root(value) in imported:
            imported.add(target)  # a library by another name
    resting = {i for i in may_rest if not cells[i].changed & imported}  # not of a whole library
    others = [cell for i, cell in enumerate(cells) if i not in resting]
    changes = {}
    for i in resting:
        cell = cells[i]
        # A changed object may have any variable's name; a function or class has only its own.
        changes[i] = cell.binds | cell.changed | (variables if cell.changed else set())
        for other in others:  # a function may keep something from one call to the next
            if other.defines & cell.reads:
                changes[i] |= other.inner & variables
    while True:
        running = [i for i in range(len(cells)) if i not in resting]
        needed = {
            i
            for i in resting
            for j in running  # a cell before it is affected only when its functions are called
            if changes[i] & (cells[j].reads if j > i else cells[j].inner)
        }
        if not needed:
            return resting
        resting -= needed


def without_repeated_imports(sources: Sequence[str], complete: Sequence[bool]) -> list[str]:
    """Return the sources without what an earlier cell imports already: who imports NumPy once more
    is not needed for it.

    Args:
        sources: the code cells in order.
        complete: whether each one ran to its end; others may have imported nothing.
    """
    known: set[tuple[str, ...]] = set()
    found = []
    for source, ran in zip(sources, complete, strict=True):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about the student's source
                tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            found.append(source)
            continue
        imported = set()
        for node in list(tree.body):
            if isinstance(node, ast.Import | ast.ImportFrom):
                where = getattr(node, "module", None) or ""
                names = {alias: (where, alias.name, alias.asname or "") for alias in node.names}
                node.names = [alias for alias, name in names.items() if name not in known]
                imported |= {*names.values()}
                if not node.names:
                    tree.body.remove(node)
        known |= imported if ran else set()
        try:
            found.append(ast.unparse(tree))
        except RecursionError:  # a long sum
            found.append(source)
    return found


def _from_the_course(tree: ast.Module) -> set[str]:
    imports = (node for node in tree.body if isinstance(node, ast.ImportFrom))
    ours = (node for node in imports if (node.module or "").split(".")[0] == "helpers")
    return {alias.asname or alias.name for node in ours for alias in node.names}


def _assigned(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name | ast.Attribute):
            names = (target for target in node.targets if isinstance(target, ast.Name))
            yield from ((name.id, node.value) for name in names)


def _analysed(source: str, tree: ast.Module, kit: set[str]) -> _Cell:
    top = symtable.symtable(source, "cell", "exec")
    symbols = top.get_symbols()
    imports = {s.get_name() for s in symbols if s.is_imported()}
    binds = {s.get_name() for s in symbols if s.is_assigned()} | imports
    inner, outer = _globals(top)
    defines = {s.get_name() for s in symbols if s.is_namespace()}
    defines |= _named_once(tree, defines) - outer
    reads = {s.get_name() for s in symbols if s.is_referenced()} | inner
    return _Cell(reads, inner, binds | outer, imports, defines, set(_changed(tree, kit)))


def _named_once(tree: ast.Module, defines: set[str]) -> set[str]:
    """Return the names that only ever stand for a function: `name = function`, or for a lambda."""
    stored = Counter(
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)
    )
    found = set()
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=function)):
                if function in defines and not stored[function] and stored[name] == 1:
                    found.add(name)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda()):
                if stored[name] == 1:
                    found.add(name)
    return found - defines


def _globals(table: symtable.SymbolTable) -> tuple[set[str], set[str]]:
    """Return the global names that the functions and classes in a scope read, and those that they
    assign."""
    read, assigned = set(), set()
    for child in table.get_children():
        for symbol in child.get_symbols():
            in_class = child.get_type() == "class" and symbol.is_referenced()
            if symbol.is_global() or in_class:
                read.add(symbol.get_name())
            if symbol.is_declared_global() and symbol.is_assigned():
                assigned.add(symbol.get_name())
        inner_read, inner_assigned = _globals(child)
        read, assigned = read | inner_read, assigned | inner_assigned
    return read, assigned


def _changed(tree: ast.Module, kit: set[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute() | ast.Subscript() if not isinstance(node.ctx, ast.Load):
                yield _root(node)
            case ast.AugAssign(target=ast.Name(id=name)):
                yield name
            case ast.Expr(value=ast.Constant() | ast.Name()):
                pass
            case ast.Expr(value=value) if _root(value) not in kit:
                yield _root(value)
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in CHANGING:
                yield ""
            case ast.Call(func=called) if _root(called) not in kit:
                shared = re.search(r"\.random\.(?!default_rng)|\.set(_|err)", ast.unparse(called))
                yield _root(called) if shared else ""  # the library's own generator or settings
            case (  # what may use an iterator up
                ast.For(iter=ast.Name(id=name))
                | ast.comprehension(iter=ast.Name(id=name))
                | ast.Starred(value=ast.Name(id=name))
                | ast.Assign(targets=[ast.Tuple() | ast.List()], value=ast.Name(id=name))
                | ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[ast.Name(id=name)])
            ):
                yield name
            case ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                yield ""
            case ast.FunctionDef() | ast.ClassDef() if node.decorator_list:
                yield ""


def _root(node: ast.AST) -> str:
    """Return the name at the beginning of ``name.attribute[0](…)``; empty if there is none."""
    while not isinstance(node, ast.Name):
        node = getattr(node, "value", None) or getattr(node, "func", None)
        if not isinstance(node, ast.AST):
            return ""
    return node.id
