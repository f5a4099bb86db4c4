"""What the checks say of wrong answers, and whether it is true: python benchmarks/bank.py

    python benchmarks/bank.py                       the wrong answers of tests/checks/bank/
    python benchmarks/bank.py --cards seen          with the cards of those that were not named
    python benchmarks/bank.py FILE ...              those of other files

A file holds functions; `tests/checks/bank/__init__.py` says how each names its exercise and what a
true sentence about it matches. The right answers are the variants in tests/checks/variants_*.py.

killed       loses points at grading
named        the cause that is shown first is the true one, or what is told in words without a cause
             says it
described    in words what differs, or a question, but no cause
numbers      neither
wrongly      the cause that is shown first is not the true one, whatever stands behind "Or"
rejected     right answers that lose points

The bank is split in two by a fixed hash. Sentences are written looking at the seen half alone; the
unseen half gives the honest figures.
"""

import argparse
import os
import re
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
NUMBERS = r"(Image \d+: )?(\d+ of \d+ values differ|expected (shape|['\[]|-?[\d.]+\b)|As above)"
COLUMNS = ("wrong", "killed", "named", "described", "numbers", "wrongly")


def judged(entry, seeds=(0, 1)):
    """Return what became of a wrong answer, and the cards that a student sees."""
    from helpers import checks

    check = getattr(checks, entry.exercise)
    found, cards = Counter(wrong=1), []
    hidden = [check(entry.function, hidden=True, seed=seed) for seed in seeds]
    found["killed"] = int(all(result.earned < result.points for result in hidden))
    shown = [check(entry.function, seed=seed) for seed in seeds]
    for result in [r for r in [*shown, *hidden] if r.earned < r.points][:1]:
        found[said_of(entry, result)] += 1
        cards.append(result.card())
    return found, cards


def said_of(entry, result):
    """Return in which column a card belongs.

    Of several causes the first one counts: a student believes it before a second one is read. A
    line of the rubric that gives numbers alone says no cause, whatever its numbers match.
    """

    def told(pattern, sentences):
        return pattern and any(re.search(pattern, text, re.IGNORECASE) for text in sentences)

    words = [sentence for _, sentence in result.sentences()]
    problems = [line.problem.partition("\n")[0] for line in result.lines if line.problem]
    problems = [text for text in problems if not re.match(NUMBERS, text, re.IGNORECASE)]
    first = result.diagnosis.causes[:1]
    if told(entry.truth, first or [*words, *problems]):
        return "named"
    if first:  # one that is true only of what differs names nothing
        return "described" if told(entry.says, first) else "wrongly"
    return "described" if words else "numbers"


def rejected(seeds=(0, 1)):
    """Return the right answers that lose points, and how many there are."""
    from helpers import checks
    from tests.checks.test_fairness import VARIANTS, exercise_of

    lost = [
        name
        for name, function in VARIANTS.items()
        for seed in seeds
        for hidden in (False, True)
        for result in [getattr(checks, exercise_of(name))(function, hidden=hidden, seed=seed)]
        if result.earned < result.points
    ]
    return sorted(set(lost)), len(VARIANTS)


def shares(counts):
    """Return the counts as a row of the table."""
    total = max(1, counts["wrong"])
    parts = [f"{counts['wrong']:6}"]
    return "".join(parts + [f"{counts[c]:6} {counts[c] / total:4.0%}" for c in COLUMNS[1:]])


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--cards", choices=["seen", "all"], help="show cards without a true cause")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from tests.checks import bank

    started = time.process_time()
    halves = {"seen": Counter(), "unseen": Counter()}
    for path in options.files or sorted((ROOT / "tests/checks/bank").glob("[a-z]*.py")):
        for entry in bank.read(path):
            half = "seen" if bank.seen(entry) else "unseen"
            found, cards = judged(entry)
            halves[half].update(found)
            told = not found["named"] or not found["killed"]
            if told and options.cards and (half == "seen" or options.cards == "all"):
                kind = ", ".join(c for c in COLUMNS[1:] if found[c]) or "full marks"
                print(
                    f"--- {entry.exercise} {entry.id}: {kind}; true: {entry.truth}",
                    *cards,
                    sep="\n",
                )
    print(f"{'':8}{COLUMNS[0]:>6}" + "".join(f"{column:>11}" for column in COLUMNS[1:]))
    for half, counts in halves.items():
        print(f"{half:8}{shares(counts)}")
    if not options.files:
        lost, count = rejected()
        print(f"right answers rejected: {len(lost)} of {count} {' '.join(lost)}")
    print(f"{time.process_time() - started:.0f} CPU-s")


if __name__ == "__main__":
    main()
