"""Which cells of a notebook need not run: what rests has no influence on anything that runs."""

import json
from pathlib import Path

import nbformat
import pytest

from helpers.course.build import read_notebook, sources
from helpers.course.grading.evidence import DID_NOT_RUN, _resting
from helpers.course.grading.rebuild import NOT_RUN, read, rebuild
from helpers.course.grading.slicing import unneeded, without_repeated_imports
from helpers.course.samples import typical_mistakes

ROOT = Path(__file__).parents[2]
IMPORTS = "from helpers import checks, models, plots\nimport numpy as np, keras"
DATA = "model, data = models.trained('course_cnn', 1)\nimages = data.test.images"
PICTURE = "shown = images[:3]\nplots.images(own(shown), title='Three')"
OWN = "def own(images): return np.abs(images)"
CHECK = "checks.own(own)"
CELLS = (IMPORTS, DATA, OWN, CHECK, PICTURE)


def resting(*cells, runs=()):
    """Which cells rest, if all may but those that are the student's own or graded."""
    runs = {OWN, CHECK, *runs}
    may = {number for number, cell in enumerate(cells) if cell not in runs}
    return [cells[number] for number in sorted(unneeded(cells, may))]


def test_pictures_and_the_data_for_them_rest_and_imports_run():
    assert resting(*CELLS) == [DATA, PICTURE]


@pytest.mark.parametrize(
    ("own", "rest"),
    [
        ("def own(x): return np.abs(images)", []),
        ("def own(x):\n    images = x\n    return [images for images in x]", [DATA, PICTURE]),
        ("def own(x): return (lambda: [data for _ in x])()", []),
        ("class own:\n    images = images", []),
        ("def own(x): return x\nown(model)", [PICTURE]),
        ("def own(x): return shown", []),
    ],
)
def test_what_the_student_reads_is_there(own, rest):
    assert resting(IMPORTS, DATA, own, CHECK, PICTURE, runs=[own]) == rest


@pytest.mark.parametrize(
    "change",
    [
        "images[0] = 1",
        "images += 1",
        "data.test.images[:] = 1",
        "model.fit(images, epochs=1)",
        "history = models.train(model, data)",
        "rest = [model.fit(batch) for batch in images]",
        "if images.any():\n    del images",
        "for images in data: pass",
        "unknown(images)",
        "loss = model.train_on_batch(images, images)",
        "answer = model(images)",
        "first = list(images)",
        "for image in images: print(image)",
        "total = [image for image in images]",
        "first, second = images",
        "print(*images)",
        "found = 1 in images",
        "answer = await model",
        "clipped = np.clip(images, 0, 1, out=images)",
        "plots.images(list(map(images.append, model)))",
        "@unknown\ndef f(): pass",
    ],
)
def test_what_changes_a_variable_that_is_read_runs(change):
    reader = "print(images.mean(), model)"
    assert change not in resting(IMPORTS, DATA, OWN, CHECK, change, reader, runs=[reader])
    assert resting(IMPORTS, DATA, OWN, CHECK, reader, change, runs=[reader]) == [change]


@pytest.mark.parametrize(
    "change",
    [
        *("np.mean = sum", "keras.utils.set_random_seed(1)", "np.random.seed(0)"),
        *("noise = np.random.normal(size=3)", "old = np.seterr(all='raise')"),
        *("shared = np.random; shared.seed(0)", "shared = np.random\nshared.state = 3"),
    ],
)
def test_what_changes_a_library_runs(change):
    assert resting(IMPORTS, DATA, OWN, CHECK, change) == [DATA]


@pytest.mark.parametrize("what", ["own", "Config"])
def test_what_changes_a_function_or_a_class_that_is_read_runs(what):
    config, own = "class Config: pass", "def own(x): return x"
    change, reader = f"{what}.patch = 8", f"checks.own({what}.patch)"
    assert resting(config, own, change, runs=[config, own]) == [change]
    assert resting(config, own, change, reader, runs=[config, own, reader]) == []


@pytest.mark.parametrize(
    ("own", "rest"),
    [
        (OWN, [DATA, PICTURE]),
        ("def mine(images): return np.abs(images)\nown = mine", [DATA, PICTURE]),
        ("own = lambda images: np.abs(images)", [DATA, PICTURE]),
        ("seen = []\ndef mine(x):\n    seen.append(x)\n    return x\nown = mine", []),
        ("def mine(x): return x\nown = mine\nown = np.abs", []),
        ("def mine(x): return x\nmine = np.abs\nown = mine", []),
        ("def mine(x):\n    global own\n    own = np.abs\n    return x\nown = mine", []),
        ("def mine(x): return x\nfor own in [mine]: own = mine", []),
    ],
)
def test_a_function_by_another_name_is_a_function(own, rest):
    """The picture comes before the check: it could change what is no function."""
    assert resting(IMPORTS, DATA, own, PICTURE, CHECK, runs=[own]) == rest


def test_what_a_function_keeps_between_calls_is_kept():
    own = "seen = []\ndef own(x):\n    seen.append(x)\n    return x"
    assert resting(IMPORTS, DATA, own, CHECK, PICTURE, runs=[own]) == []


@pytest.mark.parametrize(
    "source",
    [
        "eval('ima' + 'ges')",
        "def own(x): return globals()['images']",
        "def own(x): return own.__globals__['images']",
        "from __main__ import *",
        "setattr(np, 'mean', sum)",
        "from math import*",
        "print(__)",
        "import sys",
        "%timeit own(1)",
        "!ls",
        "def own(x:",
        "print(_)",
        "Out[3]",
        "x = 1" + " " * 60_000,
        "-" * 40_000 + "1",
    ],
)
def test_where_the_source_does_not_tell_everything_runs(source):
    assert resting(*CELLS, source, runs=[source]) == []


@pytest.mark.parametrize("number", range(1, 13))
def test_of_the_course_s_notebooks_only_what_is_graded_and_its_imports_run(number):
    [path] = (ROOT / "notebooks").glob(f"{number:02}_*/*.ipynb")
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    may = {n for n, cell in enumerate(cells) if "nbgrader" not in cell.metadata}
    assert may - unneeded([cell.source for cell in cells], may) == {0}


@pytest.mark.parametrize("source", ['s = "In the picture"', "a = '_5'", "x = dict(In=1)"])
def test_a_word_in_a_text_is_no_way_to_ipython_s_history(source):
    assert resting("a = 1", "print(a)", source, runs=["a = 1"])


@pytest.mark.parametrize("source", ["_5", "_i", "_ii", "_oh", "def f(): return In[3]", "f'{Out}'"])
def test_all_cells_run_if_one_reads_ipython_s_history(source):
    assert resting("a = 1", "print(a)", source, runs=["a = 1"]) == []


def handed_in(outputs, source="print(1)", count=3):
    cell = {"cell_type": "code", "source": source, "metadata": {}, "id": "a"}
    cell |= {"outputs": outputs, "execution_count": count}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    parts, _ = read(json.dumps(notebook).encode())
    return rebuild(parts, [], {"print(1)"})[0].cells[0]


def stream(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


def test_the_course_s_own_cell_keeps_what_it_showed():
    cell = handed_in([stream(["1\n", "2\n"])])
    assert (cell.execution_count, cell.outputs[0].text) == (3, "1\n2\n")


@pytest.mark.parametrize(
    ("outputs", "others"),
    [
        ([stream("1")], {"source": "print(2)"}),
        ([stream("1")], {"count": True}),
        ([{"output_type": "unheard of"}], {}),
        ("text", {}),
        ([stream("1" * 11 * 2**20)], {}),
    ],
)
def test_otherwise_it_comes_without_outputs_and_runs(outputs, others):
    cell = handed_in(outputs, **others)
    assert (cell.execution_count, cell.outputs) == (None, [])


def notebook_of(*cells):
    return nbformat.v4.new_notebook(cells=list(cells))


def test_a_cell_that_was_not_run_rests_without_outputs_unless_every_cell_is_to_run():
    shows, check = handed_in([stream("1")], count=None), nbformat.v4.new_code_cell(CHECK)
    assert (shows.execution_count, shows.outputs) == (NOT_RUN, [])
    assert _resting(notebook_of(shows, check)) == {0}
    assert (shows.execution_count, shows.outputs) == (None, [DID_NOT_RUN])
    again = handed_in([], count=None)
    assert _resting(notebook_of(again, check), every_cell=True) == set()
    assert (again.execution_count, again.outputs) == (None, [])


def test_what_a_function_assigns_to_a_global_name_counts_and_to_its_own_does_not():
    own = "def own(x): return scale * x"
    rest = "def shift(x):\n    {}scale = x\n    return scale"
    cells = ("scale = 2", own, CHECK)
    assert resting(rest.format(""), *cells, runs=[own]) == [rest.format("")]
    assert resting(rest.format("global scale\n    "), *cells, runs=[own]) == []


def test_a_picture_without_the_students_function_rests_whatever_that_function_reads():
    own = "def own(x): return images"
    picture = "plots.images(data.test.images)"
    assert resting(IMPORTS, DATA, own, picture, CHECK, runs=[own]) == [picture]


@pytest.mark.parametrize("name", [path.stem for path in sources(ROOT)])
def test_with_typical_mistakes_no_cell_runs_that_rests_with_the_right_answers(name):
    """A mistake's helper that is called like a variable of the notebook would make all of it run,
    which takes a minute in place of two seconds."""
    notebook = read_notebook(ROOT / "solutions", name)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    may = {n for n, cell in enumerate(cells) if "nbgrader" not in cell.metadata}
    right = [cell.source for cell in cells]
    mistakes, own = typical_mistakes(), [cell.metadata.get("nbgrader", {}) for cell in cells]
    wrong = [
        mistakes.get(about.get("grade_id"), source)
        for about, source in zip(own, right, strict=True)
    ]
    assert wrong != right
    assert unneeded(wrong, may) == unneeded(right, may) != set()


def test_what_an_earlier_cell_imports_is_imported_no_second_time():
    cells = ["import keras, numpy as np", "import numpy as np, os\nx = np.ones(3)", "import numpy"]
    cells += ["from math import pi, e as base", "from math import e as base", "from math import e"]
    cells += ["def f(", "from os import e as base"]
    complete = [True] * len(cells)
    left = without_repeated_imports(cells, complete)
    assert left == [
        *("import keras, numpy as np", "import os\nx = np.ones(3)", "import numpy"),
        *("from math import pi, e as base", "", "from math import e", "def f("),
        "from os import e as base",
    ]
    complete[0] = False
    assert without_repeated_imports(cells, complete)[1] == cells[1]


def test_a_sum_that_is_too_long_to_be_written_down_again_stays_as_it_is():
    cell = "import os\nx = 1" + " + 1" * 5000
    assert without_repeated_imports([cell], [True]) == [cell]
