"""How long after a stroke on the digit pad are the pictures there? The course promises 150 ms, and
50 ms on the page without a kernel.

    python benchmarks/digit_pad.py

In Python: from the stroke's message to its answer as JSON, for a drawing that grows stroke by
stroke, on the course's network. Included: decoding and centring the drawing, prediction, the
feature maps of all layers, Grad-CAM, packing. Not included: Jupyter's messages and the browser.

In Chromium, where it is installed: from the movement of the mouse, in a real JupyterLab, until the
pictures are redrawn; drawn at 60 movements a second by tests/browser/test_digit_pad.py. Included:
everything above, waiting for the answer to the stroke before, messages there and back through the
Jupyter server, drawing. Not included: the screen's next refresh, at most 17 ms.

On the page of helpers/explorers/page.py, in Chromium: the same, where the browser computes the
answer and an occlusion map beside. Drawn by tests/browser/test_page.py. On a busy machine trust the
processor time of the page, which is all that its main thread does, divided by the strokes.
"""

import base64
import json
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

from helpers import datasets, models, tensorflow_package
from helpers.explorers import digit_pad

ROOT = Path(__file__).parents[1]
STROKES = 300
LIMIT, LIMIT_OF_PAGE = 150, 50  # ms


def in_python() -> np.ndarray:
    data = datasets.load("default")
    pad = digit_pad.DigitPad(models.trained("course_cnn", data).model, data.class_names)
    ink = digit_pad.rasterised(digit_pad.EXAMPLE)
    order = np.argsort(np.argsort(np.where(ink > 0, np.indices(ink.shape)[0], ink.size), axis=None))
    times = []
    for number in range(STROKES):
        grown = np.where(order.reshape(ink.shape) < ink.size * (number + 1) / STROKES, ink, 0)
        content = base64.b64encode(np.rint(255 * grown).astype(np.uint8)).decode()
        start = time.perf_counter()
        pad.drawn = {"id": number, "ink": content}
        json.dumps(pad.answered)
        times.append(1000 * (time.perf_counter() - start))
        assert "error" not in pad.answered
    return np.array(times)


def noted_by(test: str, name: str):
    """What a test in Chromium writes to a file, or None where it cannot run."""
    notes = ROOT / "build" / "browser" / name
    notes.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", test]
    subprocess.run(command, cwd=ROOT, capture_output=True)
    return json.loads(notes.read_text()) if notes.exists() else None


def row(what: str, times: np.ndarray | list | None, limit: int = LIMIT) -> str:
    if times is None:
        return f"{what:26} not measured: see pytest tests/browser"
    low, median, high, most = np.percentile(times, [25, 50, 75, 95])
    within = np.mean(np.array(times) < limit)
    spread = f"{low:.1f} to {high:.1f}"
    return f"{what:26}{len(times):8}{median:10.1f}{spread:>18}{most:10.1f}{within:8.1%} < {limit}"


def main() -> None:
    names = tensorflow_package(), "keras", "anywidget"
    packages = ", ".join(f"{name} {version(name)}" for name in names)
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"Python {platform.python_version()}, {packages}\n")
    print(f"{'ms':26}{'strokes':>8}{'median':>10}{'quartiles':>18}{'95 %':>10}")
    print(row("in Python", in_python()))
    lab = "tests/browser/test_digit_pad.py::test_every_stroke_is_answered_and_its_time_noted"
    print(row("in JupyterLab, Chromium", noted_by(lab, "digit_pad_times.json")))
    alone = "tests/browser/test_page.py::test_the_time_of_each_stroke_is_noted"
    page = noted_by(alone, "page_times.json") or {}
    print(row("without a kernel, Chromium", page.get("times"), LIMIT_OF_PAGE))
    print(f"  of which processor time: {page.get('processor', np.nan):.1f} ms a stroke")


if __name__ == "__main__":
    main()
