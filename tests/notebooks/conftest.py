"""Every notebook as executed: on the data set that is here, real MNIST if it can be had; and, for
a student who begins with it, without MNIST and with nothing trained yet."""

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


def pytest_generate_tests(metafunc):
    """A test of `executed` gets every notebook; one in `claims/test_NN.py` that whose number its
    file bears."""
    if "executed" not in metafunc.fixturenames:
        return
    path = metafunc.definition.path
    number = path.stem.removeprefix("test_") if path.parent.name == "claims" else ""
    names = [name for name in NAMES if name.startswith(number)]
    runs = [pytest.param(("here", name), id=f"here-{name}") for name in names]
    runs += [
        pytest.param(("alone", name), id=f"alone-{name}", marks=pytest.mark.full) for name in names
    ]
    metafunc.parametrize("executed", runs, indirect=True, scope="module")


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
    """A notebook that loads data of its own is executed alone in either case: then once is enough.
    The networks that such a run has trained are kept for other tests."""
    how, name = request.param
    data = "digits" if how == "alone" else datasets.load("default").name
    source = (ROOT / "solutions" / f"{name}.py").read_text(encoding="utf-8")
    alone = how == "alone" or 'load("default")' not in source
    cache = datasets.cache_dir()
    (cache / "models").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as empty, pytest.MonkeyPatch.context() as patch:
        if alone:
            go_offline(patch)
        store, begun = ROOT / "build" / EXECUTIONS, Path(empty) if alone else None
        notebook = execution(ROOT, name, data, store, alone=begun)
        for network in Path(empty).glob("models/*.keras"):
            network.replace(cache / "models" / network.name)
    return Executed(name, data, notebook)
