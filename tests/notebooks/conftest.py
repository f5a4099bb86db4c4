"""Every notebook as executed for a student who begins with it: without MNIST, with nothing trained
yet. In the full run also on the data set that is here, real MNIST if it can be had: that one is
executed by tests/browser/test_notebooks.py, in JupyterLab, if there is a browser."""

import os
import re
import tempfile
from pathlib import Path

import pytest

from helpers import datasets
from helpers.course.build import sources
from helpers.course.execution import EXECUTIONS
from helpers.course.execution import executed as execution

ROOT = Path(__file__).parents[2]
NAMES = [path.stem for path in sources(ROOT)]
TRAINED_ELSEWHERE = "12_concepts"  # its networks are those that 09 and 10 train, alone


def pytest_generate_tests(metafunc):
    """A test of `executed` gets every notebook; one in `claims/test_NN.py` that whose number its
    file bears."""
    if "executed" not in metafunc.fixturenames:
        return
    path = metafunc.definition.path
    number = path.stem.removeprefix("test_") if path.parent.name == "claims" else ""
    names = [name for name in NAMES if name.startswith(number)]
    runs = [pytest.param(("alone", name), id=f"alone-{name}") for name in names]
    runs += [
        pytest.param(("here", name), id=f"here-{name}", marks=pytest.mark.full)
        for name in names
        if loads_default(name)
    ]
    metafunc.parametrize("executed", runs, indirect=True, scope="module")


def loads_default(name):
    """Or data of its own: then it runs in the same way with MNIST and without."""
    return 'load("default")' in (ROOT / "solutions" / f"{name}.py").read_text(encoding="utf-8")


def go_offline(patch):
    """No MNIST in any place where it is looked for."""
    patch.delenv("COURSE_DATA", raising=False)
    patch.setenv("KERAS_HOME", os.devnull)
    for variable in ("http_proxy", "https_proxy"):  # nothing listens there
        patch.setenv(variable, "http://127.0.0.1:9")
        patch.setenv(variable.upper(), "http://127.0.0.1:9")


class Executed:
    """A notebook as executed, by whoever needed it first.

    name: as its file is called. data: "mnist" or "digits". notebook: with its outputs.
    """

    def __init__(self, name, data, notebook):
        self.name, self.data, self.notebook = name, data, notebook

    @property
    def outputs(self):
        return [output for cell in self.notebook.cells for output in cell.get("outputs", [])]

    @property
    def text(self):
        """All that it prints."""
        return "".join(output.text for output in self.outputs if "text" in output)

    def numbers(self, pattern):
        """What the groups of `pattern` match in the printed text, as numbers: a row a match; of
        "97.1%" the 97.1."""
        rows = re.findall(pattern, self.text)
        assert rows, f"{self.name} prints nothing like {pattern!r}"
        return [
            [
                float(group.replace(",", "").rstrip("%"))
                for group in (row if isinstance(row, tuple) else (row,))
            ]
            for row in rows
        ]


@pytest.fixture(scope="module")
def executed(request):
    """The networks that a notebook has trained alone are kept for other tests."""
    how, name = request.param
    store, cache = ROOT / "build" / EXECUTIONS, datasets.cache_dir()
    if how == "here":
        data = datasets.load("default").name
        return Executed(name, data, execution(ROOT, name, data, store))
    (cache / "models").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as empty, pytest.MonkeyPatch.context() as patch:
        go_offline(patch)
        begun = None if name == TRAINED_ELSEWHERE else Path(empty)
        notebook = execution(ROOT, name, "digits", store, alone=begun)
        for network in Path(empty).glob("models/*.keras"):
            network.replace(cache / "models" / network.name)
    return Executed(name, "digits", notebook)
