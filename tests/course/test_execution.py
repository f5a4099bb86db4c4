"""A notebook is executed once, and again where something changed that its outputs depend on."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from helpers.course import execution
from helpers.course.build import build
from helpers.course.execution import ExecutionFailed, executed

PRINTS = """
# %%
import os
print(sorted(os.listdir(os.environ["COURSE_CACHE"])))
"""


@pytest.fixture
def store(tmp_path):
    return tmp_path / "executions"


@pytest.fixture
def runs(monkeypatch):
    """The notebooks that are executed; none is, really."""
    done = []
    monkeypatch.setattr(execution, "_execute", lambda notebook, name, *_: done.append(name))
    return done


@pytest.fixture
def course(built_course):
    return built_course


def test_it_is_executed_once(course, store, runs):
    first, again = (executed(course, "01_toy", "digits", store) for _ in range(2))
    assert runs == ["01_toy"]
    assert again == first
    assert again.metadata.execution.seconds >= 0


def test_of_two_who_want_it_at_once_one_waits(course, store, runs, monkeypatch):
    def slowly(*arguments):
        assert free.acquire(blocking=False)
        time.sleep(0.3)
        runs.append(arguments[1])
        free.release()

    free = threading.Lock()
    monkeypatch.setattr(execution, "_execute", slowly)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(executed, course, "01_toy", "digits", store) for _ in range(2)]
    assert both[0].result() == both[1].result()
    assert runs == ["01_toy"]


@pytest.mark.slow
def test_another_source_or_package_is_another_execution(make_course, toy_source, store, runs):
    executed_now = lambda: executed(course, "01_toy", "digits", store)  # noqa: E731
    course = make_course(_01_toy=toy_source)
    build(course)
    executed_now()
    (course / "solutions" / "01_toy.py").write_text(toy_source.replace("Why", "Why not"))
    build(course)
    executed_now()
    assert len(runs) == 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execution, "_surroundings", lambda: b"helpers have changed")
        executed_now()
    executed_now()
    assert len(runs) == 4
    assert len(list(store.glob("*.ipynb"))) == 1  # what is no longer true is not kept


@pytest.mark.slow
def test_only_for_a_notebook_that_loads_the_default_its_data_set_matters(
    make_course, toy_source, store, runs
):
    loads = toy_source.replace(
        "import sys", 'from helpers import datasets\ndatasets.load("default")'
    )
    course = make_course(_01_toy=loads, _02_toy=toy_source.replace("double", "twice"))
    build(course)
    for name in ("01_toy", "02_toy"):
        for data in ("mnist", "digits", "mnist"):
            executed(course, name, data, store)
    assert runs == ["01_toy", "01_toy", "02_toy"]


def test_alone_it_also_serves_those_who_need_not_have_it_alone(course, store, runs):
    for alone in (None, store, store, None):
        executed(course, "01_toy", "digits", store, alone=alone)
    assert len(runs) == 2


def test_what_another_executed_is_kept_if_nothing_is(course, store, runs):
    def in_browser(notebook):
        notebook.metadata["by"] = "browser"
        return notebook

    def fails(notebook):
        raise AssertionError("a cell is red")

    by = lambda **options: executed(course, "01_toy", "digits", store, **options)  # noqa: E731
    with pytest.raises(AssertionError, match="a cell is red"):
        by(run=fails)
    assert not list(store.glob("*.ipynb"))
    assert by(run=in_browser).metadata["by"] == by().metadata["by"] == "browser"
    assert runs == []
    by(alone=store)  # takes its place, and what the browser executes later does not
    assert by(run=in_browser).metadata["by"] == "browser" and "by" not in by().metadata
    assert len(runs) == 1


@pytest.mark.slow
def test_alone_it_finds_nothing_in_the_cache_and_leaves_nothing(
    make_course, store, tmp_path, monkeypatch
):
    course = make_course(_01_toy=PRINTS)
    (course / "cache").mkdir()
    (course / "cache" / "kept").touch()
    monkeypatch.setenv("COURSE_CACHE", str(course / "cache"))
    build(course)
    (tmp_path / "empty").mkdir()
    for alone, found in {None: "['kept']\n", tmp_path / "empty": "[]\n"}.items():
        notebook = executed(course, "01_toy", "digits", store, alone=alone)
        assert notebook.cells[-1].outputs[0].text == found


@pytest.mark.slow
def test_one_that_fails_is_shown_as_far_as_it_came_and_not_kept(make_course, store):
    course = make_course(_01_toy="# %%\nprint('so far')\n\n# %%\n1 / 0\n")
    build(course)
    for _ in range(2):
        with pytest.raises(
            ExecutionFailed, match=r"01_toy failed when executed:[^$]*1 / 0"
        ) as failed:
            executed(course, "01_toy", "digits", store)
        assert failed.value.notebook.cells[0].outputs[0].text == "so far\n"
    assert not list(store.glob("*.ipynb"))
