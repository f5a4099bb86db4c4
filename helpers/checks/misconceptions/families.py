"""What families of wrong answers share."""

import functools
from collections.abc import Callable, Hashable
from typing import Any

from helpers.checks.misconceptions.registry import family


def kept(function: Callable) -> Callable:
    """Decorate a function of a network, images, and what can be hashed: the members of a family
    share its results."""
    results: dict[Hashable, Any] = {}

    def run(network, images, *rest):
        key = network["layers"][-1]["kernel"].tobytes(), images.tobytes(), rest
        if key not in results:
            if len(results) > 500:
                results.clear()
            results[key] = function(network, images, *rest)
        return results[key]

    return run


def families(
    exercise: str, often: dict[str, tuple], scales: tuple[str, ...] = (), **parameters
) -> Callable[[Callable], Callable]:
    """Register a function as `family` does, once for each scale that is as good as any other.

    Only the values that are set wrong `often`, by parameter, are also set together with another:
    there are too many pairs of all values.
    """
    pairs = {name: {v: parameters[name][v] for v in values} for name, values in often.items()}
    alone: dict[Hashable, str] = {
        (name, value): sentence
        for name, values in parameters.items()
        for value, sentence in values.items()
        if value not in often.get(name, ())
    }

    def register(function: Callable) -> Callable:
        def one_wrong(wrong=None, **inputs):
            return function(**inputs, **dict([wrong] if wrong else ()))

        for fixed in [{"scale": scale} for scale in scales] or [{}]:
            family(exercise, **pairs)(functools.partial(function, **fixed))
            family(exercise, wrong=alone)(functools.partial(one_wrong, **fixed))
        return function

    return register
