"""The pages of `course insight` in a browser: whole on a phone, and without a fault for axe."""

from datetime import timedelta

import pytest

from helpers.course.insight import FEWEST, Answer, Exercise, Insight, as_page
from tests.browser.conftest import axe_at_rest
from tests.course.graded import DUE, verdict

pytestmark = pytest.mark.browser


@pytest.fixture(params=[1, FEWEST], ids=["with names", "without"])
def address(request, tmp_path):
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
    path = tmp_path / "insight.html"
    path.write_text(as_page("All assignments", made, request.param), encoding="utf-8")
    return path.as_uri()


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
