"""What the checks of a notebook cost: right answers, visible and hidden check, and a wrong one.

    python benchmarks/checks.py

Each notebook's right answers are checked once to warm up, then REPETITIONS times; medians, with the
spread. "Unknown mistake" is the worst case: no known misconception gives such answers, so that all
of them are tried. TensorFlow's import is not counted.
"""

import platform
import statistics
import time
from pathlib import Path

import numpy as np

REPETITIONS = 5
ROOT = Path(__file__).parents[1]


def right_answers(path):
    """The functions that a notebook's solution cells define: {exercise: function}."""
    from helpers import checks
    from helpers.course.build import compile_source

    code = [cell for cell in compile_source(path).cells if cell.cell_type == "code"]
    solutions = [c for c in code if c.metadata.get("nbgrader", {}).get("solution")]
    names = {}
    for cell in (code[0], *solutions):
        exec(cell.source, names)
    return {name: names[name] for name in names if name in checks.__all__ and name.islower()}


def unknown_mistake(right):
    def wrong(*args):
        value = right(*args)
        if isinstance(value, tuple):
            return tuple(np.asarray(item) * 1.01 + 0.1 for item in value)
        return value * 1.01 + 0.1 if isinstance(value, np.ndarray | float) else value

    return wrong


def seconds(answers):
    from helpers import checks

    def once():
        start = time.perf_counter()
        for name, function in answers.items():
            for hidden in (False, True):
                getattr(checks, name)(function, hidden=hidden)
        return time.perf_counter() - start

    once()
    times = [once() for _ in range(REPETITIONS)]
    return f"{statistics.median(times):6.2f} ({min(times):.2f} to {max(times):.2f})"


def main():
    import tensorflow as tf

    from helpers.course.build import sources

    print(f"{platform.machine()}, Python {platform.python_version()}, TensorFlow {tf.__version__}")
    print(f"{'seconds':<32} {'right answers':>22} {'unknown mistakes':>24}")
    for path in sources(ROOT):
        answers = right_answers(path)
        mistakes = {name: unknown_mistake(right) for name, right in answers.items()}
        print(f"{path.stem:<32} {seconds(answers):>22} {seconds(mistakes):>24}")


if __name__ == "__main__":
    main()
