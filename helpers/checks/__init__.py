"""The checks that graded cells call: one for each exercise, with the exercise's name."""

import difflib
from importlib import import_module
from pkgutil import iter_modules

from helpers.checks import exercises
from helpers.checks.core import Check, Result

__all__ = ["CHECKS", "Check", "Result"]


def _found() -> dict[str, Check]:
    found: dict[str, Check] = {}
    for module in iter_modules(exercises.__path__, f"{exercises.__name__}."):
        for check in vars(import_module(module.name)).values():
            if isinstance(check, Check):
                if found.get(check.name, check) is not check:
                    raise ValueError(f"two checks are called {check.name!r}: rename one")
                found[check.name] = check
    return found


CHECKS = _found()  # by the exercise's name


def __getattr__(name: str) -> Check:
    if name in CHECKS:
        return CHECKS[name]
    close = difflib.get_close_matches(name, CHECKS, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise AttributeError(f"there is no check of an exercise {name!r}.{hint}")


def __dir__() -> list[str]:
    return sorted([*CHECKS, *__all__])
