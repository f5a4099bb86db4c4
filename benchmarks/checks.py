"""How long a student waits for a check, and a judge for a verdict: python benchmarks/checks.py

CPU-seconds of the first check of an exercise in a process that has imported TensorFlow and run
nothing, and of the second, on other data: of the student's function, of the inputs and the verdict,
and of the search for a cause. The wrong answers are the worst for the search: one that no known
mistake gives, one that is right but in the largest call, and the last known mistake. The table
shows the slowest of the three. "At grading" the answers come from another process.

    python benchmarks/checks.py [EXERCISE ...]
"""

import ast
import multiprocessing
import os
import platform
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

LIMIT = 0.3  # CPU-seconds of a search
SEEDS = 5, 6  # of the first and of the second check in a process
WRONG = "everywhere", "in one call", "known"
ROOT = Path(__file__).parents[1]

spent: Counter[str] = Counter()


def main():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    from helpers import checks
    from helpers.course.build import sources

    print(f"{processor()}, Python {platform.python_version()}, TensorFlow {tf.__version__}")
    print(f"CPU-seconds; a search may take {LIMIT}\n")
    print(f"{'':24} {'visible check':^36} {'at grading':^28}")
    columns = "function", "verdict", "search", "later", "verdict", "search", "later"
    print(f"{'exercise':24}", *(f"{column:>8}" for column in columns))
    most = 0.0
    for path in sources(ROOT):
        for name in (name for name in defined(path) if name in checks.CHECKS):
            if sys.argv[1:] and name not in sys.argv[1:]:
                continue
            rows = [[*apart(notebook, path, name, w), *grading(path, name, w)] for w in WRONG]
            row = np.max(rows, axis=0)
            most = max(most, *row[[2, 3, 5, 6]])
            print(f"{name:24}", *(f"{seconds:8.2f}" for seconds in row), flush=True)
    print(f"\nThe slowest search takes {most:.2f} CPU-s{'' if most <= LIMIT else ': TOO LONG'}.")
    sys.exit(most > LIMIT)


def notebook(path, name, wrong):
    """Function, verdict and search of the first check; the search of the second."""
    check, rows = of(name), []
    for seed in SEEDS:
        spent.clear()
        function = mistaken(path, check, wrong, False, seed)
        with clock("check"):
            check(function, seed=seed)
        rows.append((spent["function"], spent["check"] - spent["function"] - spent["search"]))
        rows[-1] += (spent["search"],)
    return *rows[0], rows[1][2]


def grading(path, name, wrong):
    return apart(judge, name, [apart(answers, path, name, wrong, seed) for seed in SEEDS])


def answers(path, name, wrong, seed):

    check = of(name)
    function = mistaken(path, check, wrong, True, seed)
    cases = check.inputs(True, seed)
    return check.attempts(cases, check.asks(function, cases))


def judge(name, attempts):
    """Verdict and search of the first check; the search of the second."""
    check, rows = of(name), []
    for seed, given in zip(SEEDS, attempts, strict=True):
        spent.clear()
        with clock("check"):
            check.best(check.inputs(True, seed), given, True)
        rows.append((spent["check"] - spent["search"], spent["search"]))
    return *rows[0], rows[1][1]


def mistaken(path, check, wrong, hidden, seed):
    """The solution's function, but for a mistake; it knows the calls that the check makes."""
    from helpers.checks import misconceptions
    from helpers.checks.core import calls

    if wrong == "known":
        if known := misconceptions.of(check.name):
            return known[-1].function
        last = misconceptions.members(check.name)[-1]  # of a finding, which is given nothing
        return lambda: last.function(**check.values)
    right = solution(path)[check.name]
    if wrong == "everywhere":
        return lambda *arguments: other(right(*arguments))
    cases = check.inputs(hidden, seed)
    inputs, called = calls(cases), 0

    def costs(number):
        expected = check.right(inputs[number])
        of_call = [case for case in cases if case.inputs is inputs[number]]
        return any(case.judge(other(expected), expected) for case in of_call)

    at = max(filter(costs, range(len(inputs))), key=lambda number: size(inputs[number]))

    def right_but_in_one(*arguments):
        nonlocal called
        number = called % (len(inputs) + 1) % len(inputs)  # the first call comes once more, last
        called += 1
        return other(right(*arguments)) if number == at else right(*arguments)

    return right_but_in_one


def other(value):
    """Like a right answer, and wrong as no known mistake is."""
    if isinstance(value, str):
        return f"{value} or so"
    if isinstance(value, tuple | list):
        return type(value)(map(other, value))
    if isinstance(value, dict):
        return {name: other(item) for name, item in value.items()}
    if hasattr(value, "get_weights"):
        import keras

        return keras.Model(value.inputs, keras.layers.ELU()(value.outputs[0]))
    return None if value is None else np.asarray(value) * 3 + 7


def size(value):
    if isinstance(value, dict):
        return sum(map(size, value.values()))
    return sum(map(size, value)) if isinstance(value, tuple | list) else np.size(value)


def defined(path):
    """What a notebook's solution cells define, but nothing is run."""
    return [node.name for node in ast.walk(code(path)) if isinstance(node, ast.FunctionDef)]


def solution(path):
    names = {}
    exec(compile(code(path), str(path), "exec"), names)
    return names


def code(path):
    """A notebook's imports and solution cells."""
    from helpers.course.build import compile_source

    cells = [cell for cell in compile_source(path).cells if cell.cell_type == "code"]
    imports = [node for node in ast.parse(cells[0].source).body if "Import" in type(node).__name__]
    solved = [c.source for c in cells if c.metadata.get("nbgrader", {}).get("solution")]
    return ast.Module([*imports, *ast.parse("\n".join(solved)).body], [])


def of(name):
    """A check that notes what its parts take."""
    from helpers import checks
    from helpers.checks.core import Check

    for method, part in {"attempts": "function", "_why": "search"}.items():
        setattr(Check, method, timed(getattr(Check, method), part))
    return getattr(checks, name)


def timed(function, part):
    def run(*arguments):
        with clock(part):
            return function(*arguments)

    return run


class clock:
    def __init__(self, part):
        self.part = part

    def __enter__(self):
        self.start = time.process_time()

    def __exit__(self, *error):
        spent[self.part] += time.process_time() - self.start


def apart(function, *arguments):
    """In a process of its own, which has imported what this one has."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(function, arguments)


def processor():
    names = [
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return f"{names[0]}, {len(names)} cores"


if __name__ == "__main__":
    main()
