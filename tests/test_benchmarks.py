"""The benchmarks run, and what they time is right; how long it takes is nobody's business here."""

import json
import subprocess
import sys

import pytest

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
