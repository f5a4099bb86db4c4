"""Through which holes would a wrong answer slip? python benchmarks/solution_mutants.py

Each exercise's solution is changed in one small place at a time: an operator, a number, an
argument, a name, a statement. The hidden check of each such mutant is made on two draws. The report
shows each mutant that keeps full marks in one of them. The check needs richer inputs there, or the
mutant is as right as the solution.

    python benchmarks/solution_mutants.py                    every exercise; some minutes each
    python benchmarks/solution_mutants.py grad_cam --draws 5  these alone, on more draws
    python benchmarks/solution_mutants.py grad_cam --visible  what the visible check lets pass

A mutant that takes far more time or memory than the solution counts as wrong. Linux is needed.
"""

import argparse
import ast
import contextlib
import copy
import difflib
import os
import resource
import signal
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

sys.path.append(str(Path(__file__).parents[1]))

from benchmarks.checks import ROOT, code, defined, solution

SPARE_BYTES = 2**31  # beyond what the solution takes
SPARE = 2  # CPU-seconds that a mutant may take beyond five times those of the solution
ALIKE = (  # names of functions and methods that are written for one another
    ("mean", "sum", "max", "min", "median"),
    ("argmax", "argmin"),
    ("maximum", "minimum", "add"),
    ("any", "all"),
    ("std", "var", "ptp"),
    ("zeros", "ones"),
    ("zeros_like", "ones_like"),
    ("lstrip", "rstrip", "strip"),
    ("lower", "upper"),
    ("startswith", "endswith", "__contains__"),
    ("round", "floor", "ceil", "trunc"),
    ("sort", "sorted", "reversed"),
    ("argsort", "sort"),
    ("stack", "concatenate"),
    ("int", "float", "bool"),
    ("int32", "float32", "float64", "uint8"),
)
AS_IF_ALL_WERE = (  # for an argument: positive, negative, alone, of one channel, sorted, different
    "abs({})",
    "-{}",
    "{}[:1]",
    "{}[..., :1]",
    "sorted({})",
    "np.unique({})",
)
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
MEMBER = (ast.In, ast.NotIn)
BITS = (ast.BitAnd, ast.BitOr, ast.BitXor)


class TooLong(KeyboardInterrupt):
    """A check takes any other exception of a student's function for its answer."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("exercises", nargs="*", metavar="EXERCISE")
    parser.add_argument("--draws", type=int, default=2)
    parser.add_argument("--visible", action="store_true")
    asked = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

    from helpers import checks
    from helpers.checks.core import Check, Diagnosis
    from helpers.course.build import sources

    Check._why = lambda *_: Diagnosis()  # type: ignore[method-assign]  # nobody reads it here
    unknown = set(asked.exercises) - set(checks.CHECKS)
    if unknown:
        parser.error(f"no such exercise: {', '.join(sorted(unknown))}")
    rows = []
    for path in sources(ROOT):
        for name in (name for name in defined(path) if name in checks.CHECKS):
            if not asked.exercises or name in asked.exercises:
                rows.append(report(path, name, range(asked.draws), not asked.visible))
    print("\n" + "\n".join(rows))


def _stop(number: int, frame: FrameType | None) -> None:
    raise TooLong


def report(path: Path, name: str, draws: range, hidden: bool) -> str:
    """Print the mutants that keep full marks, and return a row that counts them."""
    right = next(n for n in code(path).body if isinstance(n, ast.FunctionDef) and n.name == name)
    started = time.process_time()
    names = solution(path)
    signal.signal(signal.SIGVTALRM, _stop)
    if kept(name, right, names, draws, hidden, 600) != len(draws):
        sys.exit(f"{name}: the solution itself does not get full marks")
    limit = SPARE + 5 * (time.process_time() - started) / len(draws)
    found = list(mutants(right))
    alive = 0
    for mutant in found:
        survived = kept(name, mutant, names, draws, hidden, limit)
        if survived:
            alive += 1
            lines = (ast.unparse(right).splitlines(), ast.unparse(mutant).splitlines())
            diff = [*difflib.unified_diff(*lines, n=0, lineterm="")][2:]
            changed = [line for line in diff if not line.startswith("@@")]
            print(f"\n{name}, full marks in {survived} of {len(draws)} draws:")
            print("\n".join(changed), flush=True)
    seconds = time.process_time() - started
    row = f"{name:24} {alive:3} of {len(found):3} mutants keep full marks {seconds:6.0f} CPU-s"
    print(f"\n{row}", flush=True)
    return row


def kept(
    name: str, function: ast.FunctionDef, names: dict, draws: range, hidden: bool, limit: float
) -> int:
    """In how many draws the function gets full marks; it sees the solution's other `names`."""
    from helpers import checks

    check, own = checks.CHECKS[name], dict(names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "is" with a literal, say
        try:
            exec(compile(ast.Module([function], []), name, "exec"), own)
        except Exception:
            return 0
    full = 0
    for seed in draws:
        with contextlib.suppress(TooLong), limited(limit):
            result = check(own[name], hidden=hidden, seed=seed)
            full += result.earned == result.points
    return full


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + SPARE_BYTES, hard))
    # It rings again in case somebody swallowed the first.
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def mutants(function: ast.FunctionDef) -> Iterator[ast.FunctionDef]:
    """Each small change of a function's body once."""
    seen = {ast.unparse(function)}
    number = 0
    while True:
        change = _Change(number, mutant := copy.deepcopy(function))
        change.visit(mutant)
        if not change.made:
            return
        number += 1
        text = ast.unparse(ast.fix_missing_locations(mutant))
        if text not in seen:
            seen.add(text)
            yield mutant


class _Change(ast.NodeTransformer):
    """Makes one change, the one of the given `number`."""

    def __init__(self, number: int, function: ast.FunctionDef):
        self.left, self.made = number, False
        self.parameters = {argument.arg for argument in function.args.args}
        self.variables = self.parameters | {
            node.id
            for node in ast.walk(function)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }
        self.axes = {
            id(node.value)
            for node in ast.walk(function)
            if isinstance(node, ast.keyword) and node.arg == "axis"
        }
        self.strings = {
            node.value
            for statement in function.body[1:]
            for node in ast.walk(statement)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """Change the body alone: no annotation, no default, no docstring."""
        start = 1 if ast.get_docstring(node) is not None else 0
        node.body[start:] = self._body(node.body[start:])
        return node

    def _body(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        changed: list[ast.stmt] = []
        for statement in statements:
            new = self.visit(statement)
            changed += new if isinstance(new, list) else [new]
        return changed

    def visit(self, node: ast.AST) -> ast.AST:
        if self.made or isinstance(node, ast.expr_context | ast.operator):
            return node
        for other in self._others(node):
            if self.left == 0:
                self.made = True
                return other
            self.left -= 1
        return super().visit(node)

    def _others(self, node: ast.AST) -> Iterator[ast.AST]:
        kind = getattr(self, f"_other_{type(node).__name__.lower()}", None)
        if isinstance(node, ast.stmt) and not isinstance(node, ast.Return | ast.FunctionDef):
            yield ast.Pass()
        if kind:
            yield from kind(node)

    # For a kind of node, what somebody could have written in its place.

    def _other_binop(self, node):
        yield from (_with(node, op=op) for op in _operators(node.op))
        yield from (node.left, node.right)
        if not isinstance(node.op, ast.Add | ast.Mult):
            yield _with(node, left=node.right, right=node.left)

    def _other_augassign(self, node):
        yield from (_with(node, op=op) for op in _operators(node.op))
        yield ast.Assign([node.target], node.value)

    def _other_compare(self, node):
        for i, op in enumerate(node.ops):
            for new in _operators(op):
                yield _with(node, ops=[*node.ops[:i], new, *node.ops[i + 1 :]])

    def _other_boolop(self, node):
        yield _with(node, op=ast.And() if isinstance(node.op, ast.Or) else ast.Or())
        yield from node.values

    def _other_unaryop(self, node):
        yield node.operand

    def _other_constant(self, node):
        value = node.value
        if isinstance(value, bool):
            others = [not value]
        elif isinstance(value, int):
            others = [value - 1, value + 1, 2 * value, 0]
        elif isinstance(value, float):
            others = [0.0, value / 2, 2 * value, 1 - value, round(value, 2)]
        elif isinstance(value, str):
            others = [value[:-1], value.upper(), *sorted(self.strings)]
        elif isinstance(value, bytes):
            others = [value[:-1], value[1:], value + b" ", value.upper()]
        else:
            others = []
        yield from (ast.Constant(other) for other in others if repr(other) != repr(value))

    def _other_tuple(self, node):
        if isinstance(node.ctx, ast.Load):
            yield from (_with(node, elts=elts) for elts in _shortened(node.elts))
            if id(node) not in self.axes:  # which are reduced in any order
                yield from (_with(node, elts=elts) for elts in _swapped(node.elts))

    _other_list = _other_tuple

    def _other_call(self, node):
        if isinstance(node.func, ast.Attribute):
            yield node.func.value
        yield from (_with(node, args=args) for args in _shortened(node.args))
        yield from (_with(node, args=args) for args in _swapped(node.args))
        yield from (_with(node, keywords=some) for some in _shortened(node.keywords))
        yield from (argument for argument in node.args if not isinstance(argument, ast.Starred))

    def _other_attribute(self, node):
        yield from (_with(node, attr=name) for name in _alike(node.attr))

    def _other_name(self, node):
        if isinstance(node.ctx, ast.Load):
            yield from (_with(node, id=name) for name in _alike(node.id))
            if node.id in self.variables:
                yield from (_with(node, id=name) for name in sorted(self.variables - {node.id}))
            if node.id in self.parameters:
                yield from map(_expression, (f.format(node.id) for f in AS_IF_ALL_WERE))

    def _other_if(self, node):
        yield from (_with(node, test=ast.Constant(value)) for value in (True, False))

    def _other_ifexp(self, node):
        yield from (node.body, node.orelse)

    def _other_for(self, node):
        yield _with(node, body=[*node.body, ast.Break()])
        yield _with(node, body=[ast.Break(), *node.body])

    def _other_while(self, node):
        yield _with(node, body=[*node.body, ast.Break()])

    def _other_comprehension(self, node):
        yield from (_with(node, ifs=ifs) for ifs in _shortened(node.ifs))
        yield _with(node, iter=ast.Subscript(node.iter, ast.Slice(ast.Constant(1)), ast.Load()))

    def _other_subscript(self, node):
        yield node.value

    def _other_slice(self, node):
        for bound in ("lower", "upper", "step"):
            if getattr(node, bound) is not None:
                yield _with(node, **{bound: None})
        if node.lower is None:
            yield _with(node, lower=ast.Constant(1))
        if node.upper is None:
            yield _with(node, upper=ast.Constant(-1))
        if node.step is None:
            yield from (_with(node, step=ast.Constant(step)) for step in (-1, 2))

    def _other_return(self, node):
        yield _with(node, value=ast.Call(ast.Name("abs", ast.Load()), [node.value], []))


def _with(node: ast.AST, **fields: object) -> ast.AST:
    """A copy of a node in which some fields are others."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _operators(operator: ast.AST) -> list[ast.AST]:
    for family in (ARITHMETIC, ORDER, MEMBER, BITS):
        if isinstance(operator, family):
            return [other() for other in family if not isinstance(operator, other)]
    return []


def _alike(name: str) -> list[str]:
    return sorted({other for names in ALIKE if name in names for other in names} - {name})


def _shortened(items: list) -> Iterator[list]:
    for i in range(len(items)):
        yield items[:i] + items[i + 1 :]


def _swapped(items: list) -> Iterator[list]:
    for i in range(len(items) - 1):
        yield [*items[:i], items[i + 1], items[i], *items[i + 2 :]]


if __name__ == "__main__":
    main()
