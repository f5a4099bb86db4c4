"""Check a graded exercise.

A check has two halves that exchange only plain data. In the first half (`asking`) the *inputs* are
drawn afresh, and the student's function runs on them. In the second half the *verdict* compares the
answers with those of a reference. At grading, a process that the student's code never touches draws
the inputs and makes the verdict, and the student's kernel has nothing of this module (`apart`).

A graded cell ends with a check. The check's `Result` shows a card to the student. As plain text the
`Result` is its number of points, which nbgrader reads as partial credit.
"""

from __future__ import annotations

import functools
import html
import inspect
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from helpers.checks import adapters
from helpers.checks.asking import NETWORK, Asking, Reply
from helpers.checks.diagnosis import Ask as AskAgain
from helpers.checks.diagnosis import Call, Diagnosis, diagnose
from helpers.checks.diagnosis.reading import source_of
from helpers.checks.values import (
    PLAIN,
    Answer,
    Unusable,
    describe,
    describe_inputs,
    each_map,
    equal,
    over_peaks,
    pack,
    same_values,
    shape_and_type,
    text_of,
    to_plain,
    unpack,
    values_in,
)
from helpers.own_work import checking

if TYPE_CHECKING:
    from helpers.checks.diagnosis.changes import Change
    from helpers.checks.misconceptions import Member, Misconception

__all__ = [
    "MOST",
    "PLAIN",
    "Answer",
    "Case",
    "Check",
    "Line",
    "Maps",
    "Result",
    "Unusable",
    "calls",
    "each_map",
    "finding",
    "marked",
    "same_values",
    "shape_and_type",
    "to_plain",
]

MOST = 5000  # characters of a message
SHORT = 100  # characters of inputs that each line of the rubric shows
SEEDS = 10**6  # of visible checks
PROOF = 3  # calls at least, on which a cause has to prove true: on one, many agree by chance
ROUNDS = 150  # in which calls of earlier exercises' functions are answered
MOST_GIVEN = 5000  # such answers to one function
LARGEST_GIVEN = 10  # times the numbers in the check's own largest call
LONGEST_GIVEN = 200  # the largest whole number among their arguments
SECONDS_GIVEN = 20  # of processor time for all of them
Ask = Callable[[dict[str, str] | None], Reply | None]


@dataclass(frozen=True)
class Case:
    """One call of the student's function.

    Attributes:
        step: the line of the rubric that the call belongs to.
        inputs: the arguments by name, as plain data.
        judge: called as `judge(got, expected)`; returns None, or a sentence on what is wrong.
    """

    step: str
    inputs: dict[str, Any]
    judge: Callable[[Any, Any], str | None]


@dataclass(frozen=True)
class Line:
    """One line of the rubric."""

    step: str
    points: float
    problem: str | None

    @property
    def earned(self) -> float:
        return self.points if self.problem is None else 0.0


def _html_of(line: Line) -> str:
    mark, problem = "✓", ""
    if line.problem is not None:
        mark, style = "✗", "margin:0.2em 1.4em;white-space:pre-wrap"
        problem = f"<pre style='{style}'>{html.escape(line.problem)}</pre>"
    points = f"({line.earned:g}/{line.points:g})"
    return f"<li style='list-style:none'>{mark} {html.escape(line.step)} {points}{problem}</li>"


def marked(text: str) -> str:
    """Return a sentence as HTML: what stands between backticks is code."""
    return re.sub("`(.+?)`", r"<code>\1</code>", html.escape(text))


class Maps(NamedTuple):
    """One map (h, w) of the expected and one of the given answer, for a picture of both."""

    step: str
    number: int
    expected: np.ndarray
    got: np.ndarray


@dataclass(frozen=True)
class Result:
    """What a check found. Its `repr` is the number of points, as nbgrader wants it."""

    name: str
    lines: tuple[Line, ...]
    diagnosis: Diagnosis
    maps: Maps | None
    hidden: bool
    seed: int | None = None  # of the data, where the reader may have them
    smallest: int = 0  # the number of the smallest call with a wrong answer
    inputs: bool = True  # whether the function is given any; a finding is not

    @property
    def earned(self) -> float:
        return sum(line.earned for line in self.lines)

    @property
    def points(self) -> float:
        return sum(line.points for line in self.lines)

    def __repr__(self) -> str:
        return f"{self.earned:g}"

    @property
    def headline(self) -> str:
        kind = "at grading" if self.hidden else "in the visible check"
        later = (
            "hidden checks run at grading, on other data"
            if self.inputs
            else "these points count, no other data are used"
        )
        tail = "" if self.hidden else f"; {later}"
        return f"{self.name}: {self.earned:g} of {self.points:g} points {kind}{tail}"

    def card(self) -> str:
        """Return the result for a reader, as plain text."""
        rows = [self.headline]
        for line in self.lines:
            mark = "✓" if line.problem is None else "✗"
            rows.append(f"  {mark} {line.step} ({line.earned:g}/{line.points:g})")
            if line.problem is not None:
                rows += [f"      {row}" for row in line.problem.splitlines()]
        rows += [f"  {title}: {sentence}" for title, sentence in self.sentences()]
        if self.again:
            rows.append(f"  Try it: {self.again}")
        return "\n".join(rows)

    @property
    def cause(self) -> str | None:
        """The likeliest cause of what is wrong, or None."""
        return next(iter(self.diagnosis.causes), None)

    def sentences(self) -> list[tuple[str, str]]:
        """Return what is said of wrong answers: pairs of a title and a sentence."""
        titles = ("Likely cause", "Or")
        found = list(zip(titles, self.diagnosis.causes, strict=False))
        if self.diagnosis.facts:
            found.append(("What is seen", " ".join(self.diagnosis.facts)))
        if self.diagnosis.question:
            found.append(("A question", self.diagnosis.question))
        return found

    @property
    def again(self) -> str | None:
        """The line that calls the function as the smallest call with a wrong answer did."""
        if self.seed is None or self.earned == self.points or not self.inputs:
            return None
        return f"{self.name}(**checks.{self.name}.example({self.seed}, {self.smallest}))"

    def _repr_markdown_(self) -> str:
        """Return the card for programs that show no HTML."""
        return f"```text\n{self.card()}\n```"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Print the card in a terminal, which shows nothing but text."""
        from IPython import get_ipython

        shell = get_ipython()
        terminal = shell is not None and shell.display_formatter.active_types == ["text/plain"]
        printer.text(self.card() if terminal else repr(self))

    def _repr_html_(self) -> str:
        color = "#2e7d32" if self.earned == self.points else "#b26a00" if self.earned else "#c62828"
        rows = "".join(map(_html_of, self.lines))
        cause = "".join(
            f"<p><b>{title}:</b> {marked(text)}</p>" for title, text in self.sentences()
        )
        if self.again:
            cause += f"<p><b>Try it:</b> <code>{html.escape(self.again)}</code></p>"
        picture = f"<p>{self._picture(self.maps)}</p>" if self.maps else ""
        return (
            f"<div role='status' style='border-left:4px solid {color};padding:0.2em 1em'>"
            f"<b>{html.escape(self.headline)}</b>"
            f"<ul style='margin:0.4em 0;padding-left:0'>{rows}</ul>{cause}{picture}</div>"
        )

    def _picture(self, maps: Maps) -> str:
        from helpers import plots  # which imports Matplotlib

        title = f"Map {maps.number} of “{maps.step}”"
        return plots.comparison(maps.expected, maps.got, title).html()


@dataclass(frozen=True)
class Check:
    """The check of one exercise.

    Attributes:
        name: the name of the exercise.
        steps: the points of each line of the rubric.
        draw: `draw(rng, hidden)` returns the cases.
        reference: `reference(**inputs)` returns the right answer.
        values: constants of the exercise, by name: what its text asks for, and what `draw`,
            `reference`, `parts` and known mistakes are given by these names, too. A student may
            have others (`variant`): what is drawn is the same for all.
        arguments: `arguments(inputs)` returns what the function is called with, by name; by default
            the inputs. One of the `adapters`, as `plain` is: the student's kernel has no other.
        plain: `plain(value)` returns plain data of what the function returned (a model, say); by
            default as `to_plain` does.
        read: `read(value, right)` returns what the judge makes of these plain data, where the
            reference returns `right` (or None, where that is not known); by default the same.
        network: the name of the input that the function is given as a Keras model.
        maps: `maps(value)` returns the maps (n, h, w) that a wrong answer's picture shows.
        given: the references of earlier exercises, by name. The function also runs with their
            answers in the place of the student's own, and the better attempt counts, so that a
            mistake in an earlier exercise costs points only there.
        any_scale: whether a positive factor of each image's answer makes no mistake.
        tolerance: how far answers may be apart that are the same but for rounding.
        parts: what the right answer is made of, by a name that a sentence can use, such as "the sum
            before the ReLU". A wrong answer is compared with these parts as well.
    """

    name: str
    steps: dict[str, float]
    draw: Callable[..., list[Case]]
    reference: Callable[..., Any]
    arguments: Callable[[dict[str, Any]], dict[str, Any]] = adapters.as_drawn
    plain: Callable[[Any], Any] = adapters.as_returned
    read: Callable[[Any, Any], Any] | None = None
    network: str | None = None
    maps: Callable[[Any], np.ndarray] | None = None
    given: dict[str, Callable] = field(default_factory=dict)
    any_scale: bool = False
    tolerance: float = 0
    parts: dict[str, Callable[..., Any]] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        for adapter in (self.arguments, self.plain):
            if getattr(adapters, adapter.__name__, None) is not adapter:
                raise ValueError(
                    f"{self.name}: {adapter.__name__} is not in helpers/checks/adapters.py: write "
                    "it there, since a student's kernel has no other adapters"
                )

    @property
    def points(self) -> float:
        return sum(self.steps.values())

    @functools.cached_property
    def asking(self) -> Asking:
        """The half of the check that a student's kernel has."""
        return Asking(self.name, self.arguments, self.plain, self.network, tuple(self.given))

    def variant(self, values: dict[str, Any]) -> Check:
        """Return the check with other constants. Raises `ValueError` if it has no such ones."""
        if values and values.keys() != self.values.keys():
            known, given = ", ".join(self.values), ", ".join(values)
            if not known:
                raise ValueError(f"checks.{self.name} has no constants: take out {given}")
            raise ValueError(f"checks.{self.name} has the constants {known}, not {given}")
        return replace(self, values=values) if values else self

    def __call__(
        self, function: Callable, *, hidden: bool = False, seed: int | None = None, **values: Any
    ) -> Result:
        """Check `function`, and return the result. `hidden` adds the checks of grading. Data are
        drawn afresh unless `seed` is set. `values` are other constants than the check's own."""
        if values and values != self.values:
            return self.variant(values)(function, hidden=hidden, seed=seed)
        if seed is None and not hidden:
            seed = int(np.random.default_rng().integers(SEEDS))
        cases = self.inputs(hidden, seed)
        built: dict[str, Any] = {}  # a model takes longer to build than to run
        attempts = self.attempts(cases, self.asks(function, cases, built))

        def again(inputs, drawn):
            with checking(self.name):
                answer = self.asking.answer(function, inputs, False, built)
            return self._read(answer, inputs if drawn else None)

        result = self.best(cases, attempts, hidden, source_of(function), again)
        return result if hidden else replace(result, seed=seed)

    def asks(
        self, function: Callable, cases: list[Case], built: dict[str, Any] | None = None
    ) -> Ask:
        """Return a way to ask a function of this process; see `attempts`. Models that are `built`
        are used again."""
        built = {} if built is None else built
        return lambda known: self.asking.reply(function, calls(cases), known, built)

    def example(self, seed: int, number: int) -> dict[str, Any]:
        """Return the arguments of one call of the visible check, by name, as a card names it."""
        return self.asking.called_with(calls(self.inputs(False, seed))[number])

    def inputs(self, hidden: bool, seed: int | None = None) -> list[Case]:
        """Return freshly drawn cases; the same `seed` draws the same ones."""
        cases = self.draw(np.random.default_rng(seed), hidden, **self.values)
        if {case.step for case in cases} != set(self.steps):
            raise AssertionError(f"{self.name}: every step of the rubric needs a case")
        for inputs in calls(cases):
            for name, value in inputs.items():
                if isinstance(value, np.ndarray):
                    # The order in memory decides how sums round; another process gets order C.
                    inputs[name] = np.array(value, order="C")
        return cases

    def attempts(self, cases: list[Case], ask: Ask) -> list[list[Answer]]:
        """Return the function's answers and, if these are not all right and it may call functions
        of earlier exercises, its answers where all that these return is right.

        `ask(None)` asks for the first. `ask(known)` asks again, with right answers to some calls of
        earlier exercises' functions. Such calls become known as the function makes them: what an
        earlier exercise's function returns is computed here, and its reference never leaves this
        process. Without a usable answer `ask` returns None.
        """
        first = ask(None)
        if first is None:
            return []
        attempts = [self._all_read(first, cases)]
        if not self.given or self.best(cases, attempts, False, search=False).earned == self.points:
            return attempts
        reply, _ = self.with_known_calls(cases, ask)
        return attempts if reply is None else [*attempts, self._all_read(reply, cases)]

    def with_known_calls(self, cases: list[Case], ask: Ask) -> tuple[Reply | None, dict[str, str]]:
        """Ask until all calls of earlier exercises' functions are known; return the last reply, and
        these calls with their right answers."""
        known: dict[str, str] = {}
        tried: set[str] = set()
        until = time.process_time() + SECONDS_GIVEN
        for _ in range(ROUNDS):
            reply = ask(known)
            new = [] if reply is None else [call for call in reply.asked if call not in tried]
            tried |= {*new}
            for call in new:
                if time.process_time() < until and (right := self._given(call, cases)):
                    known[call] = right
            if not new or len(tried) > MOST_GIVEN or time.process_time() > until:
                break
        return reply, known

    def _given(self, call: str, cases: list[Case]) -> str | None:
        """Return the right answer, packed, to a call of an earlier exercise's function; None where
        there is none, or the arguments are too large."""
        try:
            number, name, args, named = unpack(call)
            reference = self.given[name]
            bound = inspect.signature(reference).bind(*args, **named).arguments
            network = self.network and calls(cases)[number][self.network]
            inputs = {
                k: network if isinstance(v, str) and v == NETWORK else v for k, v in bound.items()
            }
            largest = LARGEST_GIVEN * max(map(values_in, calls(cases)))
            modest = _modest([*args, *named.values()], largest)
            return pack(reference(**inputs)) if modest else None
        except Exception:  # a student may call it with anything
            return None

    def _all_read(self, reply: Reply, cases: list[Case]) -> list[Answer]:
        pairs = zip(reply.answers, calls(cases), strict=True)
        return [self._read(answer, inputs) for answer, inputs in pairs]

    def _read(self, answer: Answer, inputs: dict[str, Any] | None) -> Answer:
        if self.read is None or answer.problem is not None:
            return answer
        try:
            return answer._replace(value=self.read(answer.value, inputs and self.right(inputs)))
        except Exception:  # it is no such answer
            return answer

    def best(
        self,
        cases: list[Case],
        attempts: list[list[Answer]],
        hidden: bool,
        source: str | None = None,
        again: AskAgain | None = None,
        search: bool = True,
    ) -> Result:
        """Return the verdict on the attempt that earns most points, the first of equal ones.
        `source` and `again` help to say why an answer is wrong, see `diagnose`; there is no
        `search` where only points count."""
        verdicts = [self._result(cases, answers, hidden) for answers in attempts]
        best = max(range(len(verdicts)), key=lambda number: verdicts[number][0].earned)
        result, failed = verdicts[best]
        if not failed or not search:
            return result
        made = calls(cases)
        smallest = min(failed, key=lambda number: values_in(made[number]))
        result = replace(result, smallest=smallest)
        own = again if best == 0 else None  # asked again, it would use the student's earlier ones
        return replace(result, diagnosis=self._why(cases, attempts[best], failed, source, own))

    def _why(self, cases, answers, failed, source, again) -> Diagnosis:
        made = [
            Call(number, inputs, answer, tuple(failed.get(number, ())))
            for number, (inputs, answer) in enumerate(zip(calls(cases), answers, strict=True))
        ]
        try:
            return diagnose(self, made, source, again)
        except Exception:  # an odd answer may cost its author the explanation, never a point
            return Diagnosis()

    # What is right and what is known to be wrong. `sealed` has it without the functions.

    def right(self, inputs: dict[str, Any]) -> Any:
        """Return what the reference answers to a call."""
        return self.reference(**inputs, **self.values)

    def expected(self, inputs: dict[str, Any]) -> Any:
        """Return the right answer to a call, read as the student's is."""
        right = self.right(inputs)
        return self.read(right, None) if self.read else right

    def compared(self, value: Any) -> Any:
        """Return an answer as it is compared: each image by its peak where the scale is free."""
        return over_peaks(value) if self.any_scale else value

    def another_draw(self, inputs: dict[str, Any]) -> list[tuple[dict[str, Any], tuple[str, ...]]]:
        """Return the inputs of another draw than the one with these, and of each the lines of the
        rubric that it belongs to."""
        return with_steps(self._another_draw)

    @functools.cached_property
    def _another_draw(self) -> list[Case]:
        drawn = self.inputs(False, SEEDS)
        more = SEEDS
        while any(case.inputs for case in drawn) and len(calls(drawn)) < PROOF:
            more += 1
            drawn += self.inputs(False, more)
        return drawn

    def part(self, name: str, inputs: dict[str, Any]) -> Any:
        """Return one of the `parts` of the right answer to a call."""
        return self.parts[name](**inputs, **self.values)

    def expected_after(self, change: Change, inputs: dict[str, Any]) -> Any:
        """Return the right answer to a call with other arguments; None where there is none."""
        try:
            other = change(inputs)
            right = None if other is None else self.reference(**other, **self.values)
            return self.read(right, None) if self.read and right is not None else right
        except Exception:  # the reference is not made for such arguments
            return None

    def differs_after(self, change: Change, inputs: dict[str, Any]) -> bool:
        """Whether other arguments ask for another answer, of the same shape."""
        return self.differ(self.expected(inputs), self.expected_after(change, inputs))

    def differ(self, right: Any, other: Any) -> bool:
        """Whether two right answers have the same shape and are not the same; `other` may be None,
        for none."""
        right, other = map(self.compared, (right, other))
        return other is not None and _same_shape(other, right) and not equal(other, right)

    def mistakes(self, together: int) -> Sequence[Misconception | Member]:
        """Return known wrong implementations: those that were really seen (0), those of families
        with one wrong parameter (1), or with two (2)."""
        from helpers.checks import misconceptions

        name = self.name
        return misconceptions.members(name, together) if together else misconceptions.of(name)

    def advice(self, wrong: Any) -> str:
        """Return what is said of one of the `mistakes`. Its {NAME} is the constant of this name."""
        text = wrong.advice
        for name, value in self.values.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def known_answer(self, wrong: Any, inputs: dict[str, Any], strict: bool) -> Answer:
        """Return what one of the `mistakes` answers."""
        from helpers.checks import misconceptions
        from helpers.checks.drawn import NumpyModel

        if isinstance(wrong, misconceptions.Member):  # it leaves its inputs as they are
            try:
                value = wrong.function(**{**self.values, **dict(wrong.settings)}, **inputs)
                return Answer(value if isinstance(value, dict) else to_plain(value))
            except Exception as error:
                return Answer(problem=str(error), error=type(error).__name__)

        def plain(value):
            return value if isinstance(value, dict) else self.plain(value)

        with misconceptions.searching():
            arguments = self.asking.called_with(inputs, NumpyModel)
            function = functools.partial(wrong.function, **self.values)
            told = function, arguments, plain, functools.partial(text_of, str)
            if not strict:  # what it changes makes no difference
                return self.asking.value(*told)
            answer, changed = self.asking.call(*told)
        return self.asking.with_changes(answer, changed)

    def verdict(self, cases: list[Case], answers: Iterable[Answer], hidden: bool) -> Result:
        """Return points and messages, from the cases and the answers to their calls alone."""
        return self.best(cases, [list(answers)], hidden)

    def _result(
        self, cases: list[Case], answers: list[Answer], hidden: bool
    ) -> tuple[Result, dict[int, list[str]]]:
        """Return the result without a diagnosis, and of each call with a wrong answer the lines of
        the rubric that it fails."""
        inputs = calls(cases)
        number_of = {id(one): number for number, one in enumerate(inputs)}
        if len(answers) != len(inputs):
            raise ValueError(f"{len(inputs)} calls, {len(answers)} answers")
        problems: dict[str, tuple[int, str]] = {}
        expected: dict[int, Any] = {}
        failed: dict[int, list[str]] = {}
        maps = None
        for case in sorted(cases, key=lambda case: values_in(case.inputs)):
            number = number_of[id(case.inputs)]
            answer = answers[number]
            problem = answer.problem
            if problem is None:
                if number not in expected:
                    expected[number] = self.expected(case.inputs)
                problem = _judged(case, answer.value, expected[number])
                if problem is not None:
                    maps = maps or self._maps(case.step, answer.value, expected[number])
                    said = describe_inputs(self.arguments(case.inputs))
                    problem += f"\ncalled with {said}{answer.printed}" if said else answer.printed
            if problem is not None:
                problems.setdefault(case.step, (number, problem))
                failed.setdefault(number, []).append(case.step)
        said = self._said(problems)
        lines = tuple(Line(step, points, said.get(step)) for step, points in self.steps.items())
        result = Result(self.name, lines, Diagnosis(), maps, hidden, inputs=any(inputs))
        return result, failed

    def _said(self, problems: dict[str, tuple[int, str]]) -> dict[str, str]:
        """Return the problem of each line of the rubric: in full where it comes first, by its first
        sentence where another call is wrong (and its inputs, where these are short), and not again
        where it is the same."""
        said: dict[str, str] = {}
        for step in self.steps:
            if step in problems:
                _, text = problems[step]
                known = {other.partition(_CALLED)[0] for other in said.values()}
                first, _, called = text.partition(_CALLED)
                inputs = called.partition("\n")[0]
                short = f"{first}{_CALLED}{inputs}" if inputs and len(inputs) < SHORT else first
                said[step] = text if not said else _AS_ABOVE if first in known else short
        return said

    def _maps(self, step: str, got: Any, expected: Any) -> Maps | None:
        """Return the map in which the answer differs most, or None if there is none to show."""
        if self.maps is None or shape_and_type(got, expected):
            return None
        got, expected = (np.asarray(self.maps(value), np.float64) for value in (got, expected))
        if abs(got[np.isfinite(got)]).max(initial=0) > np.finfo(np.float32).max:
            return None  # too large to be drawn beside the expected map
        difference = np.nan_to_num(abs(got - expected), nan=np.inf).max(axis=(1, 2))
        worst = int(difference.argmax())
        return Maps(step, worst, expected[worst], got[worst])


def finding(
    name: str,
    lines: dict[str, Callable[[Any, Any], str | None]],
    reference: Callable[[int], tuple],
    number: int,
    tolerance: float = 0,
) -> Check:
    """Return the check of a finding: the function is called with nothing, and returns what a
    student read off the network of a number (`findings`).

    Args:
        name, reference, tolerance: as in `Check`.
        lines: the lines of the rubric, a point each, with their judges.
        number: the number in the notebook of those who have no own constants.
    """

    def draw(rng: np.random.Generator, hidden: bool, number: int) -> list[Case]:
        nothing: dict[str, Any] = {}
        return [Case(step, nothing, judge) for step, judge in lines.items()]

    steps = dict.fromkeys(lines, 1.0)
    return Check(name, steps, draw, reference, values={"number": number}, tolerance=tolerance)


_AS_ABOVE = "As above."
_CALLED = "\ncalled with"


def _same_shape(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list) and _names(one) and _names(other):
        return True
    if isinstance(one, tuple | list):
        several = isinstance(other, tuple | list) and len(one) == len(other)
        return several and all(map(_same_shape, one, other))
    return np.shape(one) == np.shape(other)


def _names(values: list) -> bool:
    return all(isinstance(value, str) for value in values)


def _judged(case: Case, got: Any, expected: Any) -> str | None:
    try:
        problem = case.judge(got, expected)
        return problem and problem[:MOST]
    except Exception:  # the judge was not made for such an answer
        return f"Expected {describe(expected)}, got {describe(got)}."


def calls(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return the inputs of each call. Cases with the same inputs object share one call."""
    return list({id(case.inputs): case.inputs for case in cases}.values())


def with_steps(cases: Sequence[Case]) -> list[tuple[dict[str, Any], tuple[str, ...]]]:
    """Return the inputs of each call, and the lines of the rubric that it belongs to."""
    steps: dict[int, tuple[str, ...]] = {}
    for case in cases:
        steps[id(case.inputs)] = (*steps.get(id(case.inputs), ()), case.step)
    return [(inputs, steps[id(inputs)]) for inputs in calls(cases)]


def _modest(value: Any, largest: int) -> bool:
    """Whether plain data are about as small as a check's own: an exercise's reference may take long
    for what a student calls it with."""
    if isinstance(value, dict):
        return _modest([*value.values()], largest)
    if isinstance(value, tuple | list):
        return values_in(value) <= largest and all(_modest(item, largest) for item in value)
    if value is None or isinstance(value, str):
        return True
    array = np.asarray(value)
    whole = array.dtype.kind in "iu" and array.size > 0
    return array.size <= largest and not (whole and abs(array.astype(float)).max() > LONGEST_GIVEN)
