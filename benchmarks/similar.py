"""Which pairs `course similar` finds, and how long it takes: python benchmarks/similar.py

    python benchmarks/similar.py                    the bits of pairs, in classes of several sizes
    python benchmarks/similar.py --students 1000    the seconds that a class takes, handed in

planted      a student and a disguised copy (tests/course/planted.py) of all answers
one answer   the same, where a single exercise was copied
independent  two students of whom each answer is another variant of tests/checks/
official     a student and solutions/, or helpers/

In a class larger than there are variants, students draw theirs, so that some share answers by
chance. These pairs are in no row.
"""

import argparse
import random
import shutil
import tempfile
import time
from functools import cache
from itertools import combinations
from pathlib import Path

import nbformat
import numpy as np
from nbformat.v4 import new_output

from helpers.course import similar
from helpers.course.build import read_notebook
from helpers.course.similar import Work
from tests.course import planted

ROOT = Path(__file__).parents[1]


def bits(notebook, picks, functions, rng):
    """Return the bits of the pairs in a class, by kind."""
    works = planted.class_of(notebook, picks)
    copied = rng.sample([w for w in works if len(w.answers) == len(planted.exercises(notebook))], 4)
    copies = [planted.copy_of(work, seed=0) for work in copied]
    parts = []
    for work in copied:
        name = rng.choice(list(work.answers))
        answer = planted.disguised(work.answers[name], rng)
        parts.append(Work(f"part of {work.who}", {name: answer}))
    found = dict.fromkeys(("planted", "one answer", "independent", "official"), ())
    for kind, more in {"planted": copies, "one answer": parts}.items():
        pairs = compared(notebook, [*works, *more], functions)
        found[kind] = [pairs.get((w.who, m.who), 0) for w, m in zip(copied, more, strict=True)]
    pairs = compared(notebook, works, functions)
    found["independent"] = [
        pairs.get((one.who, other.who), 0)
        for (one, a), (other, b) in combinations(zip(works, picks, strict=True), 2)
        if not a.items() & b.items()
    ]
    found["official"] = [
        pairs.get((work.who, source), 0) for work in works for source in ("solutions/", "helpers/")
    ]
    return found


def compared(notebook, works, functions):
    """Return the bits of each pair that shares any."""
    solution = Work("solutions/", planted.exercises(notebook))
    pairs = similar.similar(works, [], solution, functions, planted.released(notebook))
    return {(pair.one.who, pair.other.who): pair.total for pair in pairs}


def show_bits():
    similar.ENOUGH, enough = 0.01, similar.ENOUGH
    similar.fingerprints = cache(similar.fingerprints)
    functions, rng = similar._functions(), random.Random(0)
    print(f"shown from {enough:g} bits on\nclass  pairs {'':11} number   least      5 %  median"
          "    95 %  largest   shown")  # fmt: skip
    for size in (0, 30, 200):
        rows = {}
        for notebook in planted.NOTEBOOKS:
            different = planted.all_different(notebook)
            picks = planted.at_random(notebook, size, rng) if size else different
            for kind, values in bits(notebook, picks, functions, rng).items():
                rows.setdefault(kind, []).extend(values)
        for kind, values in rows.items():
            numbers = np.quantile(values, [0, 0.05, 0.5, 0.95, 1])
            shown = np.mean(np.array(values) >= enough)
            print(f"{size or 'least':>5}  {kind:17} {len(values):6}",
                  *(f"{number:8.1f}" for number in numbers), f"{shown:8.1%}")  # fmt: skip


def show_seconds(count, megabytes=1.5):
    """Time a class whose notebooks hold eleven exercises, those of two notebooks, and outputs."""
    rng, name, parts = random.Random(0), "01_both", planted.NOTEBOOKS[:2]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copy(ROOT / "nbgrader_config.py", root)
        for kind in ("notebooks", "solutions"):
            first, second = (read_notebook(ROOT / kind, part) for part in parts)
            first.cells += second.cells
            (root / kind / name).mkdir(parents=True)
            nbformat.write(first, root / kind / name / f"{name}.ipynb")
        for student in range(count):
            notebook = read_notebook(root / "notebooks", name)
            notebook.cells[1].outputs = [new_output("stream", text="x" * int(megabytes * 2**20))]
            for cell in notebook.cells:
                if right := planted.variants().get(
                    cell.metadata.get("nbgrader", {}).get("grade_id")
                ):
                    cell.source = planted.disguised(rng.choice(right), rng)
            target = root / "submitted" / f"student {student}" / name / f"{name}.ipynb"
            target.parent.mkdir(parents=True)
            nbformat.write(notebook, target)
        started = time.perf_counter(), time.process_time()
        found = similar.find_similar(root, name)
        wall, cpu = time.perf_counter() - started[0], time.process_time() - started[1]
        print(f"{found.compared} students: {wall:.1f} s, {cpu:.1f} CPU-s; {len(found.pairs)} pairs")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--students", type=int, help="time a class of so many")
    options = parser.parse_args()
    show_seconds(options.students) if options.students else show_bits()


if __name__ == "__main__":
    main()
