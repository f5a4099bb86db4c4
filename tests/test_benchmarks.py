"""The benchmarks run, and what they time is right; how long it takes is nobody's business here."""

import ast
import inspect
import json
import subprocess
import sys

import numpy as np
import pytest

from benchmarks import solution_mutants
from helpers import checks
from helpers.checks.core import Case, Check, same_values
from helpers.course import find_root


@pytest.mark.slow
def test_quick_benchmarks_time_the_small_networks_and_check_them():
    root = find_root()
    program = "from helpers.course.cli import app; app()"
    command = [sys.executable, "-c", program, "bench", "--quick"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads((root / "build" / "bench-quick.json").read_text())
    assert {"processor", "cores", "tensorflow"} <= set(report["machine"])
    assert len(report["rows"]) >= 10
    for row in report["rows"]:
        mine = row["results"]["course"]
        assert mine["version"].startswith("tensorflow ")
        assert len(mine["wall"]) == len(mine["cpu"]) == 1, row["work"]
    assert set(report["imports"]) >= {"import helpers", "course --help"}
    assert (root / "build" / "bench-quick.png").stat().st_size > 10_000


def largest(images, sign):
    """The largest value of each image, or the smallest."""
    if sign < 0:
        sign *= 1
        return images.min(axis=(1, 2))
    return images.max(axis=(1, 2))


def test_each_small_change_of_a_solution_is_made_once():
    function = ast.parse(inspect.getsource(largest)).body[0]
    bodies = [ast.unparse(mutant.body[1:]) for mutant in solution_mutants.mutants(function)]
    assert len(set(bodies)) == len(bodies)
    right = ast.unparse(function.body[1:])
    for old, new in {
        "sign < 0": "sign <= 0",
        "< 0": "< 1",
        "images.max": "images.mean",
        "max(axis=(1, 2))": "max(axis=(1,))",
        "images.min(axis=(1, 2))": "images.min()",
        "if sign": "if images",
        "sign *=": "sign =",
        "return images.max": "return abs(images).max",
    }.items():
        assert right.replace(old, new) in bodies, new


def test_mutants_that_a_check_lets_pass_are_reported(monkeypatch, capsys, tmp_path):
    def draw(rng, hidden):
        inputs = {"images": rng.random((2, 3, 4)), "sign": 1}  # nowhere negative, and one sign
        return [Case("values", inputs, same_values)]

    check = Check("largest", {"values": 1}, draw, largest)
    monkeypatch.setitem(checks.CHECKS, "largest", check)
    tree = ast.Module([ast.parse(inspect.getsource(largest)).body[0]], [])
    monkeypatch.setattr(solution_mutants, "code", lambda path: tree)
    monkeypatch.setattr(solution_mutants, "solution", lambda path: {"np": np})
    row = solution_mutants.report(tmp_path, "largest", range(2), True)
    shown = capsys.readouterr().out
    assert "full marks in 2 of 2 draws:\n-    return images.max" in shown
    assert "+    return abs(images).max(axis=(1, 2))" in shown
    assert "+        return images.mean(axis=(1, 2))" in shown
    assert "+    return images.mean(axis=(1, 2))" not in shown  # the check notices it
    assert int(row.split()[1]) == shown.count("full marks in") > 10
