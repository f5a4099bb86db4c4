"""What the checks say of the wrong answers in bank/: of the half that was not looked at.

To reach: 99.5 % lose points; 90 % get a true sentence, 75 % the true cause; at most 5 % get numbers
alone; no false cause. What is reached is in benchmarks/README.md, and must not fall.
"""

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.bank import judged
from tests.checks import bank

pytestmark = [pytest.mark.slow, pytest.mark.full]

FILES = sorted(Path(bank.__file__).parent.glob("[a-z]*.py"))
LEAST = {"killed": 0.95, "named": 0.55}
MOST = {"numbers": 0.2, "wrongly": 0.12}


def test_what_is_reached_does_not_fall():
    entries = [entry for path in FILES for entry in bank.read(path) if not bank.seen(entry)]
    counts = sum((judged(entry, seeds=[0])[0] for entry in entries), Counter())
    for kind, share in LEAST.items():
        assert counts[kind] >= share * len(entries), counts
    for kind, share in MOST.items():
        assert counts[kind] <= share * len(entries), counts
