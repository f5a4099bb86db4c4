"""How long `course insight` takes: python benchmarks/insight.py [--students 200]

The class is made up, as are its cards: each exercise of 05_grad_cam has the lines of its check, and
three mistakes, or answers that no sentence explains.
"""

import argparse
import shutil
import tempfile
import time
from pathlib import Path

from helpers.course.build import build, last_check, read_notebook
from helpers.course.insight import write_insight
from tests.course.graded import enter_class

ROOT = Path(__file__).parents[1]
NAME = "05_grad_cam"


def main(students):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copy(ROOT / "nbgrader_config.py", root)
        (root / "solutions").mkdir()
        shutil.copy(ROOT / "solutions" / f"{NAME}.py", root / "solutions")
        build(root)
        checks, written = {}, []
        for cell in read_notebook(root / "solutions", NAME).cells:
            about = cell.metadata.get("nbgrader", {})
            if about.get("grade") and cell.cell_type == "code":
                checks[about["grade_id"]] = last_check(cell.source).check.steps
            elif about.get("grade"):
                written.append(about["grade_id"])
        enter_class(root, NAME, checks, written, students)
        wall, cpu = time.perf_counter(), time.process_time()
        insight = write_insight(root, NAME).insights[0]
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    answers = sum(len(one.answers) for one in insight.exercises)
    print(f"{students} students, {answers} answers: {cpu:.2f} CPU-s, {wall:.2f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--students", type=int, default=200)
    main(**vars(parser.parse_args()))
