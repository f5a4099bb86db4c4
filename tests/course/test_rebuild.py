"""What is kept of a submitted notebook; of whole submissions, see grading/hostile/."""

import json
import tracemalloc
from dataclasses import replace

import nbformat
import pytest
from nbconvert import HTMLExporter

from helpers.course import CourseError
from helpers.course.grading.rebuild import Cell, Part, read, rebuild

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


def code(name, locked=False):
    return Cell(name, "code", f"# {name}", locked, locked, not locked, False, 1.0, "")


KNOWN = [code("one"), code("one_check", locked=True), code("two"), code("two_check", locked=True)]


def ordered(*names):
    """The names, and the student's own cells, in the notebook that is made of cells in order."""
    known = {cell.name: cell for cell in KNOWN}
    parts = [Part(n, "code", known[n].source if n in known else n, n in known) for n in names]
    notebook, remarks = rebuild(parts, KNOWN)
    found = [c.metadata.get("nbgrader", {}).get("grade_id", c.source) for c in notebook.cells]
    return found, remarks


NAMES = [cell.name for cell in KNOWN]


def test_cells_in_order_stay_as_they_are():
    own = ["mine", "one", "between", "one_check", "two", "two_check", "last"]
    assert ordered(*own) == (own, [])


def test_a_check_that_was_moved_down_stays_there():
    own = ["one", "two", "one_check", "mine", "two_check"]
    assert ordered(*own) == (own, [])


@pytest.mark.parametrize(
    ("moved", "cells", "below"),
    [
        (
            "one_check",
            ["one_check", "one", "mine", "two", "two_check"],
            ["one", "mine", "one_check", "two", "two_check"],
        ),
        (
            "two_check",
            ["one", "one_check", "two_check", "mine", "two"],
            ["one", "one_check", "mine", "two", "two_check"],
        ),
    ],
)
def test_a_check_above_what_it_is_about_is_moved_below_it(moved, cells, below):
    found, remarks = ordered(*cells)
    assert found == below
    assert remarks == [f"the cell {moved} stood above what it is about"]


@pytest.mark.parametrize("gone", ["one_check", "two_check"])
def test_a_check_that_is_missing_is_there_again(gone):
    found, remarks = ordered(*(name for name in NAMES if name != gone))
    assert found == NAMES
    assert remarks == [f"the cell {gone} was missing; it is there again"]


def test_a_check_goes_back_before_the_next_cell_where_all_before_it_is_gone():
    found, remarks = ordered("mine", "two", "two_check")
    assert found == ["mine", "one_check", "two", "two_check"]
    assert "the cell one is missing" in remarks


def named(*parts, known=KNOWN, own=frozenset()):
    _, remarks = rebuild([Part(c.name, c.kind, c.source) for c in KNOWN] + [*parts], known, own)
    return [remark for remark in remarks if remark.endswith("is it the student's own work?")]


DOOR = "x = 1\nimport ctypes"
SAID = "reads the process's memory (`import ctypes`): is it the student's own work?"


def test_a_line_to_look_at_is_named_with_its_cell():
    assert named(Part("mine", "code", DOOR, False)) == [f"line 2 of cell 5 {SAID}"]
    assert named(Part("one", "code", DOOR)) == [f"line 2 of cell 4 (one) {SAID}"]


def test_only_code_is_read():
    assert named(Part("mine", "markdown", DOOR, False)) == []
    assert named(Part("mine", "raw", DOOR, False)) == []
    assert named(Part("one", "markdown", DOOR)) == [f"line 2 of cell 4 (one) {SAID}"]  # it runs


def test_what_the_course_wrote_is_not_read_except_where_a_student_changed_it():
    known = [*KNOWN, replace(code("six_check", locked=True), source=DOOR)]
    assert named(known=known) == []
    assert named(Part("six_check", "code", DOOR + "\n2"), known=known) == []  # it does not count
    assert named(Part("mine", "code", f"{DOOR}\n", False), own={DOOR}) == []
    assert len(named(Part("mine", "code", f"{DOOR}, gc", False), own={DOOR})) == 1


def test_a_copy_of_the_courses_cell_is_read():
    copies = [Part("two_check", "code", DOOR), Part("two_check", "code", "x = 2")]
    assert named(*copies) == [f"line 2 of cell 5 {SAID}"]


def test_a_notebook_is_named_five_times_at_most():
    many = [Part(f"x{n}", "code", DOOR, False) for n in range(7)]
    assert len(named(*many)) == 5
    _, remarks = rebuild([Part(c.name, c.kind, c.source) for c in KNOWN] + many, KNOWN)
    assert remarks[-1] == "2 more lines of it are like that"


def notebook(**fields):
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}
    return json.dumps({**whole, **fields}).encode()


def test_versions_of_the_format():
    old = {"cell_type": "code", "input": "x = 1", "language": "python", "outputs": []}
    third = notebook(nbformat=3, nbformat_minor=0, worksheets=[{"cells": [old]}])
    parts, remarks = read(third)
    assert [part.source for part in parts] == ["x = 1"]
    assert remarks == []
    cell = {"cell_type": "code", "source": ["a\n", "b"], "metadata": {}}
    parts, remarks = read(notebook(nbformat=7, cells=[cell]))
    assert [part.source for part in parts] == ["a\nb"]
    assert remarks == ["its nbformat is 7; read as version 4"]


def test_a_heading_of_an_old_notebook_has_six_levels_at_most():
    heading = {"cell_type": "heading", "level": 5 * 10**8, "metadata": {}, "source": "Too loud"}
    sheets = [{"cells": [heading]}]
    [part], _ = read(notebook(nbformat=3, nbformat_minor=0, worksheets=sheets))
    assert part.source == "###### Too loud"


def test_as_many_cells_as_a_notebook_may_have():
    cell = {"cell_type": "code", "source": [], "outputs": [], "metadata": {}}
    assert len(read(notebook(cells=2000 * [cell]))[0]) == 2000
    for more in ([cell], [cell, "no cell: what is past the limit is not read"]):
        with pytest.raises(CourseError, match="more than 2000 cells"):
            read(notebook(cells=2000 * [cell] + more))


def test_many_lists_are_as_many_objects_as_many_dicts():
    with pytest.raises(CourseError, match=r"more than 100 MiB or 1,000,000 objects"):
        read(b'{"cells": [%s[]]}' % (b"[]," * 10**6))


def test_a_check_stays_where_it_is_when_its_exercise_is_gone():
    found, _ = ordered("one_check", "mine", "two", "two_check")
    assert found == ["one_check", "mine", "two", "two_check"]


@pytest.mark.parametrize("content", [b"{", b'{"nbformat": %s}' % (b"1" * 5000), b"[" * 10**5])
def test_what_is_no_json_is_said_to_be_damaged(content):
    with pytest.raises(CourseError, match="the file is damaged, it is no JSON"):
        read(content)


def test_of_several_cells_of_a_name_the_last_that_was_worked_on_counts():
    one, *_ = KNOWN
    parts = [Part("one", "code", source) for source in ("first", "second", one.source)]
    notebook, remarks = rebuild(parts, [one])
    [counts] = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    assert counts.source == "second"
    assert remarks == ["there are 3 cells one: the last one counts"]
    assert rebuild(parts[:1], [one])[1] == []


def test_outputs_up_to_ten_mib_are_kept():
    for size, kept in ((9 * 2**20, True), (11 * 2**20, False)):
        output = {"output_type": "stream", "name": "stdout", "text": "x" * size}
        part = Part("", "code", "look()", claimed=False, ran=1, outputs=[output])
        notebook, _ = rebuild([part], [], frozenset({"look()"}))
        assert bool(notebook.cells[0].outputs) == kept


@pytest.mark.parametrize(
    "named", [{"id": "x" * 64}, {"metadata": {"nbgrader": {"grade_id": "x" * 70}}}]
)
def test_a_cell_with_a_long_name_is_known_by_its_name_and_by_its_id(named):
    known = replace(KNOWN[0], name="x" * 70)
    cell = {"cell_type": "code", "source": "mine", **named}
    found, remarks = rebuild(read(notebook(cells=[cell]))[0], [known])
    assert [cell.source for cell in found.cells] == ["mine"]
    assert found.cells[0].metadata == known.metadata()
    assert remarks == []


CHANGED = "the text of the course's own cell one_check was changed"


@pytest.mark.parametrize(("text", "told"), [("# one_check\npass", [CHANGED]), ("", [])])
def test_the_courses_own_text_is_put_back_and_what_was_added_is_told(text, told):
    _, check, *_ = KNOWN
    found, remarks = rebuild([Part(check.name, "code", text)], [check])
    assert [cell.source for cell in found.cells] == [check.source]
    assert remarks == told


def test_code_that_names_an_attachment_stays_as_it_is():
    source = "show('attachment:x.png')"
    notebook, remarks = rebuild([Part("one", "code", source)], KNOWN[:1])
    assert notebook.cells[0].source == source
    assert remarks == []


def test_outputs_that_are_no_valid_text_can_be_written():
    output = {"output_type": "stream", "name": "stdout", "text": "half a character: \ud83d"}
    part = Part("", "code", "look()", claimed=False, ran=1, outputs=[output])
    notebook, _ = rebuild([part], [], {"look()"})
    assert "half a character: ?" in nbformat.writes(notebook).encode().decode()


def test_cells_without_names_and_ids_are_known_by_their_text_and_it_is_said():
    scheme = Cell("scheme", "markdown", "# Why?\nA point.", True, False, False, False, 0.0, "")
    check = replace(KNOWN[1], source="assert one() == 1\nassert one.hidden\n1")
    known = [KNOWN[0], check, scheme, WHY]
    texts = [("code", "def one(): return 1"), ("code", "print(one())")]
    texts += [("code", "assert one() == 1\n1"), ("markdown", "# Why?"), ("markdown", "Since.")]
    notebook, remarks = rebuild([Part("", kind, text, False) for kind, text in texts], known)
    found = [(c.metadata.get("nbgrader", {}).get("grade_id"), c.source) for c in notebook.cells]
    assert found == [
        *((None, text) for _, text in texts[:2]),
        ("one_check", check.source),
        ("scheme", scheme.source),
        ("why", "Since."),
    ]
    assert remarks == [
        "its cells have lost nbgrader's names and ids: 3 of 4 were known by their text, and all "
        "that is there is graded; look at its written answers",
    ]
    # Ids that another program has given say nothing.
    given = [Part(f"id-{n}", kind, text, False) for n, (kind, text) in enumerate(texts)]
    again, said = rebuild(given, known)
    assert [c.source for c in again.cells] == [source for _, source in found] and said == remarks
    _, remarks = rebuild([Part("", "code", "other()", False)], known)
    assert remarks[0] == "no cell is one of this assignment's: is it another notebook?"
