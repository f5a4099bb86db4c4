"""The checks that graded cells call: one for each exercise, with the exercise's name.

Where the exercises' right answers are, checks compute them. Students get sealed checks, without
right answers (`sealed`). While a submission is graded, its kernel has no checks at all: another
process asks for answers and judges.
"""

from __future__ import annotations

import difflib
import functools
import math
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpers.checks.core import Check, Result

__all__ = ["CHECKS", "Check", "Result"]

FOLDER = Path(__file__).parent / "sealed_checks"  # of `NAME.json.gz`, in what students get
SEALED = FOLDER.is_dir()  # also where an older kit has left its checks
COMPUTED = not SEALED and find_spec("helpers.checks.exercises") is not None


class JudgedElsewhere:
    """Stands for a check, for its result and for all that these have, where another process judges.

    A cell that looks at a card, or begins with its "Try it" line, goes on.
    """

    earned = points = math.inf

    def __call__(self, *args: Any, **options: Any) -> JudgedElsewhere:
        return self

    def __getattr__(self, name: str) -> JudgedElsewhere:
        if name.startswith("_"):
            raise AttributeError(name)
        return self

    def __getitem__(self, key: Any) -> JudgedElsewhere:
        return self

    def keys(self) -> tuple[()]:
        return ()

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __repr__(self) -> str:
        return "At grading, another process checks this function, in the check's own cell."


def _found() -> dict[str, Check]:
    from helpers.checks import exercises
    from helpers.checks.core import Check

    found: dict[str, Check] = {}
    for module in iter_modules(exercises.__path__, f"{exercises.__name__}."):
        for check in vars(import_module(module.name)).values():
            if isinstance(check, Check):
                if found.get(check.name, check) is not check:
                    raise ValueError(f"two checks are called {check.name!r}: rename one")
                found[check.name] = check
    return found


if COMPUTED or SEALED:
    from helpers.checks.core import Check, Result
else:  # so that `__getattr__` is never asked for a module
    import helpers.checks.asking
    import helpers.checks.findings  # noqa: F401

CHECKS: dict[str, Check] = _found() if COMPUTED else {}  # by the exercise's name


@functools.cache
def _unsealed(name: str) -> Check:
    from helpers.checks import sealed

    return sealed.read(name)


def __getattr__(name: str) -> Check | JudgedElsewhere:
    if name in CHECKS:
        return CHECKS[name]
    if SEALED and name in _names():
        return _unsealed(name)
    if not (COMPUTED or SEALED or name.startswith("_")):
        return JudgedElsewhere()
    close = difflib.get_close_matches(name, _names(), n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise AttributeError(f"there is no check of an exercise {name!r}.{hint}")


def _names() -> list[str]:
    if SEALED:
        return [path.name.partition(".")[0] for path in FOLDER.glob("*.json.gz")]
    return [*CHECKS]


def __dir__() -> list[str]:
    return sorted([*_names(), *__all__])
