"""Check a graded exercise.

A check has two halves that exchange only plain data. In the first half the *inputs* are drawn
afresh, and the student's function runs on them. In the second half the *verdict* compares the
answers with those of a reference. At grading, a process that the student's code never touches makes
the verdict (`apart`).

A graded cell ends with a check. The check's `Result` shows a card to the student. As plain text the
`Result` is its number of points, which nbgrader reads as partial credit.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import html
import io
import logging
import re
import traceback
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from helpers.checks import misconceptions
from helpers.checks.diagnosis import Call, Diagnosis, diagnose
from helpers.checks.diagnosis.reading import source_of
from helpers.checks.networks import NumpyModel, keras_model, state
from helpers.checks.values import (
    PLAIN,
    PRINTED,
    Answer,
    Unusable,
    describe,
    describe_inputs,
    each_map,
    equal,
    same_answer,
    same_values,
    shape_and_type,
    text_of,
    to_plain,
    values_in,
)
from helpers.own_work import NotOwnWork, checking

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
    "same_values",
    "shape_and_type",
    "to_plain",
]

MOST = 5000  # characters of a message


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


def _marked(text: str) -> str:
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
        tail = "" if self.hidden else "; hidden checks run at grading, on other data"
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
        if self.seed is None or self.earned == self.points:
            return None
        return f"{self.name}(**checks.{self.name}.example({self.seed}, {self.smallest}))"

    def _repr_markdown_(self) -> str:
        """Return the card for programs that show no HTML."""
        return f"```text\n{self.card()}\n```"

    def _repr_html_(self) -> str:
        color = "#2e7d32" if self.earned == self.points else "#b26a00" if self.earned else "#c62828"
        rows = "".join(map(_html_of, self.lines))
        cause = "".join(
            f"<p><b>{title}:</b> {_marked(text)}</p>" for title, text in self.sentences()
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
        arguments: `arguments(inputs)` returns what the function is called with, by name; by default
            the inputs.
        plain: `plain(value)` returns plain data of what the function returned (a model, say); by
            default `to_plain`.
        network: the name of the input that the function is given as a Keras model.
        maps: `maps(value)` returns the maps (n, h, w) that a wrong answer's picture shows.
        given: right answers to earlier exercises, by name. The function also runs with these in the
            place of the student's own, and the better attempt counts, so that a mistake in an
            earlier exercise costs points only there.
        parts: what the right answer is made of, by a name that a sentence can use, such as "the sum
            before the ReLU": a wrong answer is compared with these as well.
    """

    name: str
    steps: dict[str, float]
    draw: Callable[[np.random.Generator, bool], list[Case]]
    reference: Callable[..., Any]
    arguments: Callable[[dict[str, Any]], dict[str, Any]] = field(default=lambda inputs: inputs)
    plain: Callable[[Any], Any] = field(default=lambda value: to_plain(value))
    network: str | None = None
    maps: Callable[[Any], np.ndarray] | None = None
    given: dict[str, Callable] = field(default_factory=dict)
    parts: dict[str, Callable[..., Any]] = field(default_factory=dict)

    @property
    def points(self) -> float:
        return sum(self.steps.values())

    def __call__(
        self, function: Callable, *, hidden: bool = False, seed: int | None = None
    ) -> Result:
        """Check `function`, and return the result. `hidden` adds the checks of grading. Data are
        drawn afresh unless `seed` is set."""
        if seed is None and not hidden:
            seed = int(np.random.default_rng().integers(10**6))
        cases = self.inputs(hidden, seed)
        built: dict[str, Any] = {}  # a model takes longer to build than to run
        attempts = self.attempts(function, calls(cases), built)

        def ask(inputs):
            with checking(self.name):
                return self._answer(function, inputs, False, built)

        result = self.best(cases, attempts, hidden, source_of(function), ask)
        return result if hidden else replace(result, seed=seed)

    def example(self, seed: int, number: int) -> dict[str, Any]:
        """Return the arguments of one call of the visible check, by name, as a card names it."""
        return self._arguments(calls(self.inputs(False, seed))[number], keras_model)

    def inputs(self, hidden: bool, seed: int | None = None) -> list[Case]:
        """Return freshly drawn cases; the same `seed` draws the same ones."""
        cases = self.draw(np.random.default_rng(seed), hidden)
        if {case.step for case in cases} != set(self.steps):
            raise AssertionError(f"{self.name}: every step of the rubric needs a case")
        for inputs in calls(cases):
            for name, value in inputs.items():
                if isinstance(value, np.ndarray):
                    # The order in memory decides how sums round; another process gets order C.
                    inputs[name] = np.array(value, order="C")
        return cases

    def attempts(
        self,
        function: Callable,
        inputs: Sequence[dict[str, Any]],
        built: dict[str, Any] | None = None,
    ) -> list[list[Answer]]:
        """Return the function's answers and, if there are `given` functions, also its answers with
        these in the place of the student's own. `built` is that of `answers`."""
        built = {} if built is None else built
        attempts = [self.answers(function, inputs, built)]
        if self.given and callable(function):
            with _replaced(function, self.given):
                attempts.append(self.answers(function, inputs, built))
        return attempts

    def best(
        self,
        cases: list[Case],
        attempts: list[list[Answer]],
        hidden: bool,
        source: str | None = None,
        ask: Callable[[dict[str, Any]], Answer] | None = None,
    ) -> Result:
        """Return the verdict on the attempt that earns most points, the first of equal ones.
        `source` and `ask` help to say why an answer is wrong, see `diagnose`."""
        verdicts = [self._result(cases, answers, hidden) for answers in attempts]
        best = max(range(len(verdicts)), key=lambda number: verdicts[number][0].earned)
        result, failed = verdicts[best]
        if not failed:
            return result
        made = calls(cases)
        smallest = min(failed, key=lambda number: values_in(made[number]))
        result = replace(result, smallest=smallest)
        return replace(result, diagnosis=self._why(cases, attempts[best], failed, source, ask))

    def _why(self, cases, answers, failed, source, ask) -> Diagnosis:
        made = [
            Call(number, inputs, answer, tuple(failed.get(number, ())))
            for number, (inputs, answer) in enumerate(zip(calls(cases), answers, strict=True))
        ]
        try:
            return diagnose(self, made, source, ask)
        except Exception:  # an odd answer may cost its author the explanation, never a point
            return Diagnosis()

    def answers(
        self,
        function: Callable,
        inputs: Sequence[dict[str, Any]],
        built: dict[str, Any] | None = None,
    ) -> list[Answer]:
        """Run the student's function on each of the inputs, and return its answers. `built` holds
        models by their structure, see `keras_model`.

        Only plain data come out of the function: an exception becomes the answer's problem.
        """
        if not callable(function):
            problem = f"{self.name} should be a function; it is {describe(function)}."
            return [Answer(problem=problem)] * len(inputs)
        built = {} if built is None else built
        with checking(self.name):
            first, *others = [
                self._answer(function, one, number == 0, built) for number, one in enumerate(inputs)
            ]
            if first.problem is None:
                first = self._called_again(function, inputs[0], first, built)
        return [first, *others]

    def _called_again(
        self, function: Callable, inputs: dict[str, Any], first: Answer, built: dict[str, Any]
    ) -> Answer:
        again = self._answer(function, inputs, True, built)
        if again.problem is not None:
            problem = f"It works only once; called again with the same arguments:\n{again.problem}"
            return Answer(problem=problem)
        if same_answer(first, again):
            return first
        return Answer(
            problem=f"{self.name} gives another answer when it is called again with the same "
            "arguments: does it keep something from one call to the next, or draw at random?"
        )

    def _answer(
        self, function: Callable, inputs: dict[str, Any], strict: bool, built: dict[str, Any]
    ) -> Answer:
        """Return the answer to one call. Only a `strict` call is wrong if it changes its arguments:
        so that mistake costs one call, not all."""

        def explain(error):
            return _explain(error, self.name, function, inputs)

        arguments = self._arguments(inputs, functools.partial(keras_model, built=built))
        answer, changed = self._call(function, arguments, self.plain, explain)
        if self.network in changed:
            built.clear()
        return self._with_changes(answer, changed) if strict else answer

    def known_answer(
        self,
        wrong: misconceptions.Misconception | misconceptions.Member,
        inputs: dict[str, Any],
        strict: bool,
    ) -> Answer:
        """Return what a known wrong implementation answers."""
        if isinstance(wrong, misconceptions.Member):  # it leaves its inputs as they are
            try:
                value = wrong.function(**inputs)
                return Answer(value if isinstance(value, dict) else to_plain(value))
            except Exception as error:
                return Answer(problem=str(error), error=type(error).__name__)

        def plain(value):
            return value if isinstance(value, dict) else self.plain(value)

        with misconceptions.searching():
            arguments = self._arguments(inputs, NumpyModel)
            if not strict:  # what it changes makes no difference
                return self._value(wrong.function, arguments, plain, _type_name)
            answer, changed = self._call(wrong.function, arguments, plain, _type_name)
        return self._with_changes(answer, changed)

    def _arguments(self, inputs: dict[str, Any], model: Callable) -> dict[str, Any]:
        """Return what a function is called with, by name; `model` makes a model of a network."""
        arguments = self.arguments(copy.deepcopy(inputs))
        if self.network is not None:
            arguments[self.network] = model(arguments[self.network])
        return arguments

    def _with_changes(self, answer: Answer, changed: list[str]) -> Answer:
        if answer.problem is not None or not changed:
            return answer
        return Answer(
            problem=f"{self.name} changed its argument {changed[0]!r}: work on a copy, "
            "the caller still needs the original."
        )

    def _call(
        self,
        function: Callable,
        arguments: dict[str, Any],
        plain: Callable[[Any], Any],
        explain: Callable[[BaseException], str],
    ) -> tuple[Answer, list[str]]:
        """Return the answer, and the names of the arguments that the call changed."""
        before = {name: state(argument) for name, argument in arguments.items()}
        answer = self._value(function, arguments, plain, explain)
        after = {name: state(argument) for name, argument in arguments.items()}
        return answer, [name for name in before if not equal(before[name], after[name])]

    def _value(
        self,
        function: Callable,
        arguments: dict[str, Any],
        plain: Callable[[Any], Any],
        explain: Callable[[BaseException], str],
    ) -> Answer:
        printed = io.StringIO()
        try:
            with _silence(printed):
                value = plain(function(*arguments.values()))
        except KeyboardInterrupt:
            raise
        except RecursionError:
            return Answer(problem=f"{self.name} calls itself without end.")
        except (Unusable, NotOwnWork) as error:
            return Answer(problem=str(error))
        except BaseException as error:
            if type(error) is NotImplementedError and not error.args:
                return Answer(problem="Not written yet: replace `raise NotImplementedError`.")
            return Answer(problem=explain(error) + _printed(printed), error=type(error).__name__)
        return Answer(value, printed=_printed(printed))

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
                    expected[number] = self.reference(**case.inputs)
                problem = _judged(case, answer.value, expected[number])
                if problem is not None:
                    maps = maps or self._maps(case.step, answer.value, expected[number])
                    problem += f"\ncalled with {describe_inputs(case.inputs)}{answer.printed}"
            if problem is not None:
                problems.setdefault(case.step, (number, problem))
                failed.setdefault(number, []).append(case.step)
        said = self._said(problems)
        lines = tuple(Line(step, points, said.get(step)) for step, points in self.steps.items())
        return Result(self.name, lines, Diagnosis(), maps, hidden), failed

    def _said(self, problems: dict[str, tuple[int, str]]) -> dict[str, str]:
        """Return the problem of each line of the rubric: in full where it comes first, by its first
        sentence where another call is wrong, and not again where it is the same."""
        said: dict[str, str] = {}
        for step in self.steps:
            if step in problems:
                _, text = problems[step]
                known = {other.partition("\ncalled with")[0] for other in said.values()}
                first = text.partition("\ncalled with")[0]
                said[step] = text if not said else _AS_ABOVE if first in known else first
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


_AS_ABOVE = "As above."


def _type_name(error: BaseException) -> str:
    return type(error).__name__


def _judged(case: Case, got: Any, expected: Any) -> str | None:
    try:
        problem = case.judge(got, expected)
        return problem and problem[:MOST]
    except Exception:  # the judge was not made for such an answer
        return f"Expected {describe(expected)}, got {describe(got)}."


def calls(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return the inputs of each call. Cases with the same inputs object share one call."""
    return list({id(case.inputs): case.inputs for case in cases}.values())


def _explain(error: BaseException, name: str, function: Callable, inputs: dict[str, Any]) -> str:
    text = f"{name} raised {type(error).__name__}: {text_of(str, error)}"
    code = getattr(_innermost(function), "__code__", None)
    for frame in traceback.extract_tb(error.__traceback__):
        if code and frame.filename == code.co_filename and frame.line:
            text += f"\nin line {frame.lineno} of its cell: {frame.line.strip()}"
            break
    return f"{text}\ncalled with {describe_inputs(inputs)}"


def _printed(stream: io.StringIO) -> str:
    text = stream.getvalue()[-PRINTED:].strip()
    return f"\nit printed: {text}" if text else ""


def _innermost(function: Callable) -> Callable:
    """Return the Python function that a partial or a callable object runs."""
    while isinstance(function, functools.partial):
        function = function.func
    return function if hasattr(function, "__globals__") else type(function).__call__


@contextlib.contextmanager
def _replaced(function: Callable, given: dict[str, Callable]):
    """Put the `given` functions in the place of those that `function` sees under their names."""
    names = getattr(_innermost(function), "__globals__", {})
    own = {name: names[name] for name in given if name in names}
    names.update({name: given[name] for name in own})
    try:
        yield
    finally:
        names.update(own)


@contextlib.contextmanager
def _silence(printed: io.StringIO):
    """Write what student code prints to `printed`. Drop what it logs and writes to stderr, which
    nbgrader takes for a failure."""
    disabled = logging.root.manager.disable
    logging.disable()  # TensorFlow's handler holds the stream it found when it was imported
    with (
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            logging.disable(disabled)
