"""Judges of a part of an answer: functions (got, expected), as in `core`.

They look at values. Of what type these are does not matter: the rubric has another line for that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from helpers.checks.core import same_values, shape_and_type


def result(position: int) -> Callable[[Any, Any], str | None]:
    """Return a judge of one of several results."""

    def judge(got: Any, expected: Any) -> str | None:
        several = isinstance(got, tuple | list) or np.ndim(got) > 0
        if not several or len(got) != len(expected):
            return shape_and_type(got, expected)
        return same_values(got[position], expected[position])

    return judge


def columns(chosen: Any) -> Callable[[Any, Any], str | None]:
    """Return a judge of some columns of a table."""

    def judge(got: Any, expected: Any) -> str | None:
        if np.shape(got) != expected.shape:
            return shape_and_type(got, expected)
        return same_values(np.asarray(got)[:, chosen], expected[:, chosen])

    return judge
