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


def often_and_alone(
    exercise: str,
    often: dict[str, tuple],
    scales: tuple[str, ...] = (),
    **parameters: dict[Any, str],
) -> Callable[[Callable], Callable]:
    """Register a function as `family` does, once for each scale that is as good as any other.

    Only the values that are set wrong `often`, by parameter, are also set together with another:
    there are too many pairs of all values.
    """
    pairs: dict[str, Any] = {
        name: {v: parameters[name][v] for v in values} for name, values in often.items()
    }
    alone: dict[str, Any] = {
        name: {v: text for v, text in values.items() if v not in often.get(name, ())}
        for name, values in parameters.items()
    }

    def register(function: Callable) -> Callable:
        for fixed in [{"scale": scale} for scale in scales] or [{}]:
            scaled = functools.partial(function, **fixed)
            family(exercise, **pairs)(scaled)
            family(exercise, in_pairs=False, **alone)(scaled)
        return function

    return register
