"""Classes of students for `course similar`: right answers of the variants, and planted copies."""

import ast
import builtins
import random
from copy import deepcopy
from functools import cache
from pathlib import Path

from helpers.course.build import grade_id, read_notebook, sources
from helpers.course.similar import Work
from tests.checks.solved import FINDINGS

ROOT = Path(__file__).parents[2]
NOTEBOOKS = [path.stem for path in sources(ROOT)]


@cache
def exercises(notebook, folder="solutions"):
    """The code of a notebook's exercises, by name: solved, or the stub of ``notebooks``."""
    found = {}
    for cell in read_notebook(ROOT / folder, notebook).cells:
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"):
            found[grade_id(cell)] = cell.source
    found = {name: source for name, source in found.items() if name not in FINDINGS}  # numbers
    return found


def released(notebook):
    """All code of the student version."""
    cells = read_notebook(ROOT / "notebooks", notebook).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


@cache
def variants():
    """The right answers of tests/checks/variants_*.py, by exercise, each under its right name."""
    names = [name for notebook in NOTEBOOKS for name in exercises(notebook)]
    found = {name: [] for name in names}
    for path in sorted((ROOT / "tests" / "checks").glob("variants_*.py")):
        source = path.read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            fitting = [n for n in names if getattr(node, "name", "").startswith(f"{n}_")]
            if isinstance(node, ast.FunctionDef) and fitting:
                exercise = max(fitting, key=len)
                code = ast.get_source_segment(source, node)
                found[exercise].append(code.replace(node.name, exercise, 1))
    return found


def class_of(notebook, picks):
    """A student for each of `picks`, which says which variant of each exercise is the answer."""
    return [
        Work(f"student {i}", {name: variants()[name][k] for name, k in chosen.items()})
        for i, chosen in enumerate(picks)
    ]


def all_different(notebook):
    """As few students as hand in each variant once. Some of them lack some exercises."""
    most = max(len(variants()[name]) for name in exercises(notebook))
    return [
        {name: k for name in exercises(notebook) if k < len(variants()[name])} for k in range(most)
    ]


def at_random(notebook, count, rng):
    """Students who draw a variant of each exercise."""
    names = exercises(notebook)
    return [{name: rng.randrange(len(variants()[name])) for name in names} for _ in range(count)]


def copy_of(work, seed):
    """The work as somebody hands it in who does not want to be found."""
    rng = random.Random(seed)
    answers = {name: disguised(source, rng) for name, source in work.answers.items()}
    return Work(f"copy of {work.who}", answers)


def disguised(source, rng):
    """The same program with loops unrolled, independent lines in another order, other names,
    literals and layout, and without comments."""
    function = ast.parse(source).body[0]
    name = function.name
    function = Unrolled().visit(function)
    for node in ast.walk(function):
        for block in ("body", "orelse"):
            if isinstance(lines := getattr(node, block, None), list):
                shuffle(lines, rng)
    function = Renamed(rng).visit(function)
    function = Relabelled(rng).visit(function)
    function.name = name  # the check calls it
    function.body.insert(0, ast.Expr(ast.Constant("My own idea.")))
    return ast.unparse(ast.fix_missing_locations(function))


class Unrolled(ast.NodeTransformer):
    """Writes the body of a loop over up to four known values as many times, and that of a loop over
    ``range(n)`` twice."""

    def visit_For(self, node):
        self.generic_visit(node)
        leaves = any(isinstance(inner, ast.Break | ast.Continue) for inner in ast.walk(node))
        if leaves or not isinstance(node.target, ast.Name):
            return node
        if 0 < len(values := known_values(node.iter)) <= 4:
            return [line for value in values for line in put(node.body, node.target.id, value)]
        if isinstance(node.iter, ast.Call) and getattr(node.iter.func, "id", "") == "range":
            following = ast.parse(f"{node.target.id} + 1", mode="eval").body
            node.body += put(node.body, node.target.id, following)
            node.iter.args = [ast.Constant(0), *node.iter.args[-1:], ast.Constant(2)]
        return node

    def visit_ListComp(self, node):
        self.generic_visit(node)
        loop = node.generators[0]
        values = known_values(loop.iter)
        known = 0 < len(values) <= 4 and isinstance(loop.target, ast.Name)
        if len(node.generators) > 1 or loop.ifs or not known:
            return node
        return ast.List([put([node.elt], loop.target.id, v)[0] for v in values], ast.Load())


def known_values(node):
    """The values that a loop goes through, as far as they stand in the code."""
    try:
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "range":
            return list(range(*map(ast.literal_eval, node.args)))
        return list(ast.literal_eval(node))
    except (ValueError, TypeError):
        return []


def put(nodes, name, value):
    """Copies of some nodes with a value in the place of a name."""

    class Put(ast.NodeTransformer):
        def visit_Name(self, node):
            if node.id != name or not isinstance(node.ctx, ast.Load):
                return node
            return deepcopy(value) if isinstance(value, ast.AST) else ast.Constant(value)

    return [Put().visit(deepcopy(node)) for node in nodes]


class Renamed(ast.NodeTransformer):
    """Gives each name that is not Python's own another one."""

    def __init__(self, rng):
        self.rng, self.names = rng, {}

    def called(self, name):
        if name in dir(builtins):
            return name
        return self.names.setdefault(name, f"v{len(self.names)}_{self.rng.randrange(1000)}")

    def visit_Name(self, node):
        node.id = self.called(node.id)
        return node

    def visit_arg(self, node):
        node.arg = self.called(node.arg)
        return node

    def visit_FunctionDef(self, node):
        node.name = self.called(node.name)
        self.generic_visit(node)
        return node


class Relabelled(ast.NodeTransformer):
    """Changes numbers and texts."""

    def __init__(self, rng):
        self.rng = rng

    def visit_Constant(self, node):
        if type(node.value) in (int, float):
            node.value += self.rng.choice([0, 1, 2])
        elif type(node.value) is str:
            node.value += self.rng.choice(["", "_"])
        return node

    def visit_JoinedStr(self, node):
        return node


def shuffle(lines, rng):
    """Swap neighbours that do not depend on each other, at random."""
    for _ in lines:
        for i in range(len(lines) - 1):
            if independent(lines[i], lines[i + 1]) and rng.random() < 0.7:
                lines[i], lines[i + 1] = lines[i + 1], lines[i]


def independent(one, other):
    if not all(isinstance(line, ast.Assign | ast.AugAssign | ast.For) for line in (one, other)):
        return False
    (reads, writes), (others_reads, others_writes) = uses(one), uses(other)
    return not (writes & (others_reads | others_writes) or reads & others_writes)


def uses(line):
    """The names that a line reads, and those whose value it sets or changes in part."""
    reads, writes = set(), set()
    for node in ast.walk(line):
        if isinstance(node, ast.Name | ast.Subscript | ast.Attribute):
            base = node
            while isinstance(base, ast.Subscript | ast.Attribute):
                base = base.value
            if isinstance(base, ast.Name):
                (reads if isinstance(node.ctx, ast.Load) else writes).add(base.id)
    return reads, writes
