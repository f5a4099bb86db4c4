"""Wrong implementations that people really write, by exercise: one module a notebook."""

from importlib import import_module
from pkgutil import iter_modules

# What some of them import is loaded here: a search for a cause has no time for that.
import scipy.optimize
import scipy.stats  # noqa: F401
import sklearn.metrics  # noqa: F401

from helpers.checks.misconceptions.registry import (
    Member,
    Misconception,
    answer_source,
    everything,
    families_of,
    members,
    of,
    searching,
    typical_mistakes,
)

__all__ = [
    "Member",
    "Misconception",
    "answer_source",
    "everything",
    "families_of",
    "members",
    "of",
    "searching",
    "typical_mistakes",
]

for _module in iter_modules(__path__, f"{__name__}."):
    import_module(_module.name)
