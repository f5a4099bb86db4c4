"""What the checks say of the wrong answers in bank/: of the half that was not looked at."""

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.bank import judged
from tests.checks import bank

pytestmark = [pytest.mark.slow, pytest.mark.full]

FILES = sorted(Path(bank.__file__).parent.glob("[a-z]*.py"))


@pytest.fixture(scope="module")
def unseen():
    entries = [entry for path in FILES for entry in bank.read(path) if not bank.seen(entry)]
    return [(entry, *judged(entry, seeds=[0])) for entry in entries]


def test_wrong_answers_lose_points(unseen):
    kept = [entry.id for entry, found, _ in unseen if not found["killed"]]
    assert len(kept) <= 0.005 * len(unseen), kept


def test_cards_are_true_and_say_more_than_numbers(unseen):
    counts = sum((found for _, found, _ in unseen), Counter())
    untrue = [f"{e.exercise} {e.id}\n{cards[-1]}" for e, found, cards in unseen if found["wrongly"]]
    assert not untrue, "\n".join(untrue)
    assert counts["named"] >= 0.75 * len(unseen), counts
    assert counts["named"] + counts["described"] >= 0.9 * len(unseen), counts
    assert counts["numbers"] <= 0.05 * len(unseen), counts
