"""The whole project is formatted and linted by ruff, and its types are checked by mypy."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_has_nothing_to_say(command):
    ruff = [sys.executable, "-m", "ruff", *command, "."]
    run = subprocess.run(ruff, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout


@pytest.mark.slow  # `make check` asks it before the tests
def test_mypy_has_nothing_to_say():
    mypy = [sys.executable, "-m", "mypy"]
    run = subprocess.run(mypy, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
