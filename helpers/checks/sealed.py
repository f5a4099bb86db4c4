"""Checks without right answers: what students get.

A sealed check has the inputs and the expected arrays of a few draws. Of all else that a card
compares an answer with, such as known mistakes, it has *signatures* (`values.Signature`): an answer
can be recognised by one, and not be computed from it. So cards are the same as with the references,
and no code that students get solves an exercise.
"""

from __future__ import annotations

import functools
import gzip
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from helpers.checks import FOLDER, adapters, judges, values
from helpers.checks.asking import Reply
from helpers.checks.core import Ask, Case, Check, Result, calls, with_steps
from helpers.checks.diagnosis.changes import changes
from helpers.checks.values import Answer, Signature, pack, unpack

if TYPE_CHECKING:
    from helpers.checks.diagnosis.changes import Change

__all__ = ["SealedCheck", "read", "seal"]

DRAWS = 3
MOST = 300  # pairs of mistakes, and as many of other kinds: the search has no time for more


@dataclass(frozen=True, eq=False)
class Mistake:
    """A known wrong implementation: what is said of it, and its answers by draw and call."""

    advice: str
    answers: list[list[Answer]]


@dataclass(frozen=True)
class Draw:
    """What is known of one draw. Lists have an item for each call."""

    cases: list[Case]
    right: list[Any]
    parts: dict[str, list[Any]]
    after: list[dict[str, Any]]  # the right answer after a change, by the change's phrase
    differs: list[set[str]]  # the changes after which the right answer is another one
    known: dict[str, str]  # right answers to calls of earlier exercises' functions


@dataclass(frozen=True)
class SealedCheck(Check):
    """A check that has `draws` and `known_mistakes` in the place of its reference."""

    draws: tuple[Draw, ...] = ()
    known_mistakes: tuple[tuple[Mistake, ...], ...] = ()

    def variant(self, values: dict[str, Any]) -> SealedCheck:
        if values and not self.values:
            super().variant(values)  # which says that there are none
        if values and values != self.values:
            raise ValueError(
                f"checks.{self.name} is here for {self.values}, not for {values}: leave the cell "
                "of the check as it was handed out. If you have a zip of your own, unpack it over "
                "the course's folder"
            )
        return self

    def __call__(
        self, function: Callable, *, hidden: bool = False, seed: int | None = None, **values: Any
    ) -> Result:
        if hidden:
            raise ValueError(f"hidden checks run at grading: write checks.{self.name}({self.name})")
        self.variant(values)
        if seed is None:
            seed = int(np.random.default_rng().integers(len(self.draws)))
        return super().__call__(function, seed=seed)

    def inputs(self, hidden: bool, seed: int | None = None) -> list[Case]:
        """Return the cases of one of the draws."""
        return self.draws[(seed or 0) % len(self.draws)].cases

    @functools.cached_property
    def _places(self) -> dict[int, tuple[int, int]]:
        """Draw and number of each call, by the identity of its inputs."""
        numbered = enumerate(self.draws)
        return {id(i): (d, n) for d, draw in numbered for n, i in enumerate(calls(draw.cases))}

    def right(self, inputs: dict[str, Any]) -> Any:
        draw, number = self._places[id(inputs)]
        return self.draws[draw].right[number]

    def part(self, name: str, inputs: dict[str, Any]) -> Any:
        draw, number = self._places[id(inputs)]
        return self.draws[draw].parts[name][number]

    def expected_after(self, change: Change, inputs: dict[str, Any]) -> Any:
        draw, number = self._places[id(inputs)]
        return self.draws[draw].after[number].get(change.phrase)

    def differs_after(self, change: Change, inputs: dict[str, Any]) -> bool:
        draw, number = self._places[id(inputs)]
        return change.phrase in self.draws[draw].differs[number]

    def another_draw(self, inputs: dict[str, Any]) -> list[tuple[dict[str, Any], tuple[str, ...]]]:
        draw, _ = self._places[id(inputs)]
        return with_steps(self.draws[(draw + 1) % len(self.draws)].cases)

    def mistakes(self, together: int) -> Sequence[Any]:
        return self.known_mistakes[together]

    def known_answer(self, wrong: Any, inputs: dict[str, Any], strict: bool) -> Answer:
        draw, number = self._places[id(inputs)]
        return wrong.answers[draw][number]

    def with_known_calls(self, cases: list[Case], ask: Ask) -> tuple[Reply | None, dict[str, str]]:
        known = next(draw.known for draw in self.draws if draw.cases is cases)
        return ask(known), known


def seal(check: Check, right: Callable | None = None) -> bytes:
    """Return a check as students get it, for a file.

    Args:
        check: a check with its reference.
        right: a right answer that calls functions of earlier exercises, if the exercise has such.
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):  # wrong answers divide by 0
        warnings.simplefilter("ignore")
        drawn = [check.inputs(hidden=False, seed=seed) for seed in range(DRAWS)]
        table = _Table(check, drawn)
        content = _content(check, drawn, table, right)
    return gzip.compress(pack(content | table.packed()).encode(), mtime=0)


def _content(
    check: Check, drawn: list[list[Case]], table: _Table, right: Callable | None
) -> dict[str, Any]:
    mistakes = [
        [
            [
                check.advice(wrong),
                [
                    table.add(check.known_answer(wrong, inputs, number == 0), inputs)
                    for cases in drawn
                    for number, inputs in enumerate(calls(cases))
                ],
            ]
            for wrong in check.mistakes(together)[:MOST]
        ]
        for together in (0, 1, 2)
    ]
    return {
        "steps": check.steps,
        "adapters": [check.arguments.__name__, check.plain.__name__],
        "network": check.network,
        "read": check.read and _name_of(check, check.read, judges),
        "maps": check.maps and _name_of(check, check.maps, values),
        "given": [*check.given],
        "free": [check.any_scale, check.tolerance],
        "parts": [*check.parts],
        "values": check.values,
        "draws": [_sealed_draw(check, cases, table, right) for cases in drawn],
        "mistakes": mistakes,
    }


def _sealed_draw(check: Check, cases: list[Case], table: _Table, right: Callable | None) -> dict:
    made = calls(cases)
    number_of = {id(inputs): number for number, inputs in enumerate(made)}
    after, differs = [], []
    for inputs in made:
        of_all, alone = ({c.phrase: c for c in changes(some)} for some in (made, [inputs]))
        found = {p: check.expected_after(c, inputs) for p, c in (of_all | alone).items()}
        there = [phrase for phrase in of_all if found[phrase] is not None]
        after.append({phrase: table.add(Answer(found[phrase]), inputs) for phrase in there})
        expected = table.expected[id(inputs)]
        differs.append([phrase for phrase in alone if check.differ(expected, found[phrase])])
    known = check.with_known_calls(cases, check.asks(right, cases))[1] if right else {}
    return {
        "cases": [[case.step, number_of[id(case.inputs)], *_told(check, case)] for case in cases],
        "inputs": made,
        "right": [check.right(inputs) for inputs in made],
        "parts": {name: [check.part(name, inputs) for inputs in made] for name in check.parts},
        "after": after,
        "differs": differs,
        "known": known,
    }


def _told(check: Check, case: Case) -> tuple[str, tuple]:
    name, told = judges.named(case.judge)
    judge = getattr(case.judge, "func", case.judge)
    where = values if getattr(values, name, None) is judge else judges
    return _name_of(check, judge, where), told


def _name_of(check: Check, function: Callable, where: ModuleType) -> str:
    if getattr(where, function.__name__, None) is not function:
        raise ValueError(
            f"{check.name}: {function.__name__} is not in helpers/checks/judges.py or values.py: "
            "write it there, since students have no other judges"
        )
    return function.__name__


class _Table:
    """Answers without their values; each has a number. Right ones are computed once."""

    def __init__(self, check: Check, drawn: list[list[Case]]) -> None:
        self.check = check
        made = [inputs for cases in drawn for inputs in calls(cases)]
        self.expected = {id(inputs): check.expected(inputs) for inputs in made}
        self.kinds: dict[tuple[Any, ...], int] = {}
        self.answers: list[tuple[int, float, float]] = []

    def add(self, answer: Answer, inputs: dict[str, Any]) -> int:
        sums = 0.0, 0.0
        what: tuple[Any, ...]
        if answer.problem is not None:
            what = ("problem", answer.problem, answer.error)
        elif self.check.tolerance:  # no signature can be one of what is rounded otherwise
            what = ("value", pack(answer.value))
        else:
            odd = values.odd(answer.value, self.expected[id(inputs)])
            made_of, sums, odd = Signature.of(self.check.compared(answer.value), odd)
            what = ("signature", made_of, odd)
        kind = self.kinds.setdefault(what, len(self.kinds))
        self.answers.append((kind, *sums))
        return len(self.answers) - 1

    def packed(self) -> dict[str, Any]:
        kind_of, *sums = zip(*self.answers, strict=True)
        return {
            "kinds": [*self.kinds],
            "kind_of": np.array(kind_of, np.int32),
            "sums": np.array(sums, np.float32).T,
        }


def read(name: str) -> SealedCheck:
    """Return the check of an exercise from its file in `FOLDER`."""
    content = unpack(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()).decode())
    kinds, kind_of, sums = (content[key] for key in ("kinds", "kind_of", "sums"))

    def answer(number: int) -> Answer:
        match kinds[kind_of[number]]:
            case "problem", problem, error:
                return Answer(None, problem, error)
            case "value", packed:
                return Answer(unpack(packed))
            case _, made_of, odd:
                return Answer(Signature(made_of, tuple(sums[number].tolist()), odd))
        raise AssertionError("a kind of answer that `seal` does not write")

    draws = tuple(_opened(draw, answer) for draw in content["draws"])
    sizes = [len(calls(draw.cases)) for draw in draws]

    def mistake(advice: str, numbers: list[int]) -> Mistake:
        left = iter(numbers)
        return Mistake(advice, [[answer(next(left)) for _ in range(size)] for size in sizes])

    arguments, plain = (getattr(adapters, adapter) for adapter in content["adapters"])
    return SealedCheck(
        name,
        content["steps"],
        _not_here,
        _not_here,
        arguments=arguments,
        plain=plain,
        read=content["read"] and getattr(judges, content["read"]),
        network=content["network"],
        maps=content["maps"] and getattr(values, content["maps"]),
        given=dict.fromkeys(content["given"], _not_here),
        any_scale=content["free"][0],
        tolerance=content["free"][1],
        parts=dict.fromkeys(content["parts"], _not_here),
        values=content["values"],
        draws=draws,
        known_mistakes=tuple(
            tuple(mistake(*each) for each in some) for some in content["mistakes"]
        ),
    )


def _opened(draw: dict[str, Any], answer: Callable[[int], Answer]) -> Draw:
    inputs = draw["inputs"]
    cases = [
        Case(step, inputs[number], _judge(name, told)) for step, number, name, told in draw["cases"]
    ]
    after = [{p: answer(number).value for p, number in some.items()} for some in draw["after"]]
    differs = [{*phrases} for phrases in draw["differs"]]
    return Draw(cases, draw["right"], draw["parts"], after, differs, draw["known"])


def _judge(name: str, told: Iterable[Any]) -> Callable[[Any, Any], str | None]:
    judge = getattr(judges, name, None) or getattr(values, name)
    return functools.partial(judge, *told) if told else judge


def _not_here(*_: Any, **__: Any) -> Any:
    raise NotImplementedError("right answers are not among what students get")
