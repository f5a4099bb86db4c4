"""What is kept of a submitted notebook; of whole submissions, see grading/hostile/."""

import json
import tracemalloc

import pytest
from nbconvert import HTMLExporter

from helpers.course import CourseError
from helpers.course.rebuild import Cell, internals, read, rebuild

WHY = Cell("why", "markdown", "Because.", False, True, True, False, 2.0, "")
PIXEL = "iVBORw0KGgo="


def rebuilt(source, attachments=None):
    cell = {"cell_type": "markdown", "source": source, "attachments": attachments}
    cell["metadata"] = {"nbgrader": {"grade_id": "why"}}
    content = json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": [cell]}).encode()
    parts, _ = read(content)
    return rebuild(parts, [WHY])


@pytest.mark.parametrize(
    ("name", "link"),
    [
        ("drawn.png", "drawn.png"),
        ("my drawing.png", "my%20drawing.png"),
        ("Lösung.png", "Lösung.png"),
        ("Lösung.png", "L%C3%B6sung.png"),
    ],
)
def test_a_pasted_picture_is_shown(name, link):
    notebook, remarks = rebuilt(f"![](attachment:{link})", {name: {"image/png": PIXEL}})
    assert remarks == []
    page, _ = HTMLExporter().from_notebook_node(notebook)
    assert f"data:image/png;base64,{PIXEL}" in page


@pytest.mark.parametrize(
    "attachments",
    [
        {},
        {"other.png": {"image/png": PIXEL}},
        {"x.png": {}},
        {"x.png": 3},
        [1],
        {"x.png": {"a": 1}},
    ],
)
def test_a_picture_that_is_missing_is_told_and_breaks_no_page(attachments):
    notebook, remarks = rebuilt(
        "![](attachment:x.png) and ![][1]\n\n[1]: attachment:x.png", attachments
    )
    assert remarks == ["a picture is missing in why: x.png"]
    assert "The picture x.png was not handed in" in HTMLExporter().from_notebook_node(notebook)[0]


def test_no_small_file_takes_much_memory():
    tracemalloc.start()
    with pytest.raises(CourseError, match="objects; clear its outputs"):
        read(b'{"cells": [%s{}]}' % (b"{}," * 10**6))
    assert tracemalloc.get_traced_memory()[1] < 10**7
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("source", "reached"),
    [
        ("from helpers import checks\nchecks.accuracy(accuracy)  # it checks.", ""),
        ("from helpers.checks import core", "helpers.checks"),
        ("checks.accuracy.reference(p, y)", "checks.accuracy.reference"),
        ("checks.Check.answers = mine", "checks.Check.answers"),
        ("from helpers import own_work\nown_work._checked.clear()", "own_work, _checked"),
    ],
)
def test_what_reaches_into_the_checks(source, reached):
    assert internals(source) == reached
