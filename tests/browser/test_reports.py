"""The pages of `course insight`, `course similar` and `course compare` in a browser: whole on a
phone, and without a fault for axe."""

import shutil
from datetime import timedelta
from functools import partial

import numpy as np
import pytest

from helpers.course import samples
from helpers.course.compare import write_page
from helpers.course.insight import FEWEST, Answer, Exercise, Insight, as_page
from helpers.course.similar import find_similar
from helpers.methods.catalogue import METHODS
from helpers.ranking import BASELINES, COLUMNS, KINDS, Comparison, Subject, standings
from tests.browser.conftest import axe_at_rest
from tests.course.graded import DUE, verdict

pytestmark = pytest.mark.browser


def insight(target, course, fewest):
    cards = [verdict([("shape and type of the answer", 1, 1), ("values", 2, 2)])] * 3
    cards += [
        verdict([("shape and type of the answer", 1, 1), ("values", 2, 0)], "Use `mean`.")
    ] * 4
    facts = ["`an_unbroken_name_that_is_longer_than_a_phone_is_wide` " * 3]
    cards += [verdict([("values", 2, 0)], facts=facts, returned=[("a", 1, 2)])] * 3
    earned = [sum(line[2] for line in card["lines"]) for card in cards]
    code = {f"s{n}": Answer(earned[n], False, card) for n, card in enumerate(cards)}
    words = {f"s{n}": Answer(n / 5, n > 6, None) for n in range(len(cards))}
    exercises = [Exercise("a_check", "Write `a`", 3, code), Exercise("why", "Why?", 2, words)]
    times = {f"s{n}": DUE + timedelta(hours=20 - 9 * n) for n in range(len(cards))}
    made = [Insight("01_toy", exercises, times, DUE), Insight("02_few", exercises, {}, None)]
    target.write_text(as_page("All assignments", made, fewest), encoding="utf-8")


def similar(target, course):
    """Of a copy: others use the course as it is."""
    copy = target.parent / "course"
    for folder in ("notebooks", "solutions"):
        shutil.copytree(course / folder, copy / folder)
    shutil.copy(course / "nbgrader_config.py", copy)
    for student in samples.STUDENTS:
        shutil.move(copy / "notebooks" / student, copy / "submitted" / student)
    find_similar(copy, "05_grad_cam").page.replace(target)


def compared(target, course):
    """Numbers of the right form, with what each page may have to show."""
    rng, names = np.random.default_rng(0), [*METHODS, *BASELINES]
    values = {name: {column: [rng.random(4)] for column in COLUMNS} for name in names}
    maps = {name: rng.random((12, 16)) for name in names}
    image = rng.random((12, 16, 1)).astype(np.float32)
    found = Comparison(
        values, dict.fromkeys(names, 0.5), {"CAM": "No pooling."}, (image, "a", maps)
    )
    done = {Subject(kind, kind, None, None, 0.0): found for kind in KINDS}
    write_page(target, done, standings(done))


FULL = [pytest.param(name, marks=pytest.mark.full) for name in ("similar", "compared")]


@pytest.fixture(scope="module", params=["insight", "insight for all", *FULL])
def address(request, course, tmp_path_factory):
    target = tmp_path_factory.mktemp("report") / "page.html"
    make = {
        "insight": partial(insight, fewest=1),
        "insight for all": partial(insight, fewest=FEWEST),
        "similar": similar,
        "compared": compared,
    }
    make[request.param](target, course)
    return target.as_uri()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault_and_nothing_is_wider_than_the_page(browser, address, width, scheme):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = axe_at_rest(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.get_by_role("table").first.is_visible()
    page.close()
