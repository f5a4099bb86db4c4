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
from helpers.checks.networks import NumpyModel, keras_model, state
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
PRINTED = 500  # characters of a student's own output, or of an exception, that a card shows
PLAIN = "biufcSU"  # NumPy's kinds (`dtype.kind`) of arrays that answers may be


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


class Answer(NamedTuple):
    """The result of one call, as plain data: a value, or the problem that prevented one."""

    value: Any = None
    problem: str | None = None
    error: str | None = None  # the exception's type, where there was one
    printed: str = ""


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
    cause: str | None
    maps: Maps | None
    hidden: bool

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
        if self.cause:
            rows.append(f"  Likely cause: {self.cause}")
        return "\n".join(rows)

    def _repr_markdown_(self) -> str:
        """Return the card for programs that show no HTML."""
        return f"```text\n{self.card()}\n```"

    def _repr_html_(self) -> str:
        color = "#2e7d32" if self.earned == self.points else "#b26a00" if self.earned else "#c62828"
        rows = "".join(map(_html_of, self.lines))
        advice = re.sub("`(.+?)`", r"<code>\1</code>", html.escape(self.cause or ""))
        cause = f"<p><b>Likely cause:</b> {advice}</p>" if advice else ""
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

    @property
    def points(self) -> float:
        return sum(self.steps.values())

    def __call__(
        self, function: Callable, *, hidden: bool = False, seed: int | None = None
    ) -> Result:
        """Check `function`, and return the result. `hidden` adds the checks of grading. Data are
        drawn afresh unless `seed` is set."""
        cases = self.inputs(hidden, seed)
        return self.best(cases, self.attempts(function, calls(cases)), hidden)

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

    def attempts(self, function: Callable, inputs: Sequence[dict[str, Any]]) -> list[list[Answer]]:
        """Return the function's answers and, if there are `given` functions, also its answers with
        these in the place of the student's own."""
        attempts = [self.answers(function, inputs)]
        if self.given and callable(function):
            with _replaced(function, self.given):
                attempts.append(self.answers(function, inputs))
        return attempts

    def best(self, cases: list[Case], attempts: list[list[Answer]], hidden: bool) -> Result:
        """Return the verdict on the attempt that earns most points, the first of equal ones."""
        verdicts = [self._result(cases, answers, hidden) for answers in attempts]
        best = max(range(len(verdicts)), key=lambda number: verdicts[number][0].earned)
        result, failed = verdicts[best]
        cause = self._cause(calls(cases), attempts[best], failed) if failed else None
        return replace(result, cause=cause)

    def answers(self, function: Callable, inputs: Sequence[dict[str, Any]]) -> list[Answer]:
        """Run the student's function on each of the inputs, and return its answers.

        Only plain data come out of the function: an exception becomes the answer's problem.
        """
        if not callable(function):
            problem = f"{self.name} should be a function; it is {_describe(function)}."
            return [Answer(problem=problem)] * len(inputs)
        built: dict[str, Any] = {}  # a model takes longer to build than to run
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
        if _same_answer(first, again):
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
        self, wrong: misconceptions.Misconception, inputs: dict[str, Any], strict: bool
    ) -> Answer:
        """Return what a known wrong implementation answers."""

        def plain(value):
            return value if isinstance(value, dict) else self.plain(value)

        with misconceptions.searching():
            arguments = self._arguments(inputs, NumpyModel)
            answer, changed = self._call(wrong.function, arguments, plain, _type_name)
        return self._with_changes(answer, changed) if strict else answer

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
        return answer, [name for name in before if not _equal(before[name], after[name])]

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
    ) -> tuple[Result, set[int]]:
        """Return the result without its cause, and the numbers of the calls whose answers are
        wrong."""
        inputs = calls(cases)
        number_of = {id(one): number for number, one in enumerate(inputs)}
        if len(answers) != len(inputs):
            raise ValueError(f"{len(inputs)} calls, {len(answers)} answers")
        problems: dict[str, str] = {}
        expected: dict[int, Any] = {}
        maps, failed = None, set()
        for case in cases:
            number = number_of[id(case.inputs)]
            answer = answers[number]
            problem = answer.problem
            if problem is None:
                if number not in expected:
                    expected[number] = self.reference(**case.inputs)
                problem = _judged(case, answer.value, expected[number])
                if problem is not None:
                    maps = maps or self._maps(case.step, answer.value, expected[number])
                    called = f"called with {_describe_inputs(case.inputs)}"
                    problem = f"{problem}\n{called}{answer.printed}"
            if problem is not None:
                problems.setdefault(case.step, problem)
                failed.add(number)
        lines = tuple(Line(step, points, problems.get(step)) for step, points in self.steps.items())
        return Result(self.name, lines, None, maps, hidden), failed

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

    def _cause(
        self, inputs: list[dict[str, Any]], answers: list[Answer], failed: set[int]
    ) -> str | None:
        """Return the advice of the known wrong implementation that gives the same answers, or None.

        The implementations are compared call by call. Calls with wrong answers come first, the
        smallest inputs before others: there hardly any implementation agrees by chance. One that
        does not agree is not called again.
        """
        left, at_work = list(misconceptions.of(self.name)), set()
        for number in sorted(
            range(len(inputs)), key=lambda number: (number not in failed, values_in(inputs[number]))
        ):
            known = {wrong: self.known_answer(wrong, inputs[number], number == 0) for wrong in left}
            left = [wrong for wrong in left if _same_answer(answers[number], known[wrong])]
            at_work |= {wrong for wrong in left if known[wrong].error is None}
        return next((wrong.advice for wrong in left if wrong in at_work), None)


def _type_name(error: BaseException) -> str:
    return type(error).__name__


def values_in(value: Any) -> int:
    """Return how many numbers there are in plain data."""
    if isinstance(value, dict):
        return sum(map(values_in, value.values()))
    return sum(map(values_in, value)) if isinstance(value, tuple | list) else np.size(value)


def _judged(case: Case, got: Any, expected: Any) -> str | None:
    try:
        problem = case.judge(got, expected)
        return problem and problem[:MOST]
    except Exception:  # the judge was not made for such an answer
        return f"Expected {_describe(expected)}, got {_describe(got)}."


def calls(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return the inputs of each call. Cases with the same inputs object share one call."""
    return list({id(case.inputs): case.inputs for case in cases}.values())


def to_plain(value: Any) -> Any:
    """Return plain data: None, booleans, numbers, strings, arrays, and tuples and lists of these.

    Tensors become arrays. An object of a subclass becomes one of its base, so that methods of a
    student's own class, such as its equality, have no effect outside. Raises `Unusable` for
    anything else.
    """
    if value is None or isinstance(value, bool):
        return value
    plain: tuple[Any, ...] = (int, float, str)
    for kind in plain:
        if isinstance(value, kind):
            base = kind.__getnewargs__(value)[0]
            if kind is int and base.bit_length() > 63:
                raise Unusable("The whole number returned is too large for any array.")
            return base
    several: tuple[Any, ...] = (tuple, list)
    for kind in several:
        if isinstance(value, kind):
            return kind(to_plain(item) for item in kind.__iter__(value))
    if hasattr(value, "numpy"):
        value = value.numpy()
    if not isinstance(value, np.ndarray | np.generic) and not hasattr(value, "__array__"):
        raise Unusable(f"Expected an array or a number, got {_describe(value)}.")
    array = np.array(value, subok=False)
    if array.dtype.kind not in PLAIN:
        raise Unusable(f"Expected an array of numbers, got one of {array.dtype}.")
    return array


def each_map(value: np.ndarray) -> np.ndarray:
    """Return the maps (n, h, w) of one map (h, w), of several, or of maps with channels (N, h, w,
    channels)."""
    value = np.asarray(value)
    if value.ndim == 4:
        return np.moveaxis(value, -1, 1).reshape(-1, *value.shape[1:3])
    return value.reshape(-1, *value.shape[-2:])


class Unusable(Exception):
    """The student's result cannot be judged; the message says why and what to return."""


# How to judge: functions (got, expected) that return None, or a sentence on what is wrong.


def shape_and_type(got: Any, expected: Any) -> str | None:
    """Judge shape and type: return None if both are right, else what is wrong."""
    if isinstance(expected, tuple):
        if not isinstance(got, tuple | list) or len(got) != len(expected):
            return f"Expected {len(expected)} results, got {_describe(got)}."
        problems = (shape_and_type(*pair) for pair in zip(got, expected, strict=True))
        return next((problem for problem in problems if problem), None)
    value, got, expected = got, _array(got), np.asarray(expected)
    if got is None or got.dtype.kind not in "biuf":
        return f"Expected {_describe(expected)}, got {_describe(value)}: not an array of numbers."
    if got.shape != expected.shape:
        return f"Expected shape {expected.shape}, got shape {got.shape}."
    whole = np.issubdtype(expected.dtype, np.integer)
    if whole and not np.issubdtype(got.dtype, np.integer):
        return f"Expected whole numbers, got {got.dtype}."
    if not whole and not np.issubdtype(got.dtype, np.floating):
        return f"Expected floating point numbers, got {got.dtype}."
    return None


def same_values(got: Any, expected: Any) -> str | None:
    """Judge shape and values: return None if both are right, else what is wrong. Values may differ
    by rounding in float32, and are NaN only where NaN is expected."""
    if isinstance(expected, tuple):
        if not isinstance(got, tuple | list) or len(got) != len(expected):
            return shape_and_type(got, expected)
        problems = (same_values(*pair) for pair in zip(got, expected, strict=True))
        return next((problem for problem in problems if problem), None)
    value, got, expected = got, _array(got), np.asarray(expected)
    if got is None or got.dtype.kind not in "biuf" or got.shape != expected.shape:
        return shape_and_type(value, expected)
    if np.isnan(got).any() and not np.isnan(expected).any():
        return f"{np.isnan(got).sum()} of {got.size} values are NaN."
    wrong = ~np.isclose(got, expected, rtol=1e-4, atol=1e-5, equal_nan=True)
    if not wrong.any():
        return None
    if expected.ndim == 0:
        return f"Expected {expected:g}, got {got:g}."
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    text = f"{wrong.sum()} of {wrong.size} values differ; at {list(first)} expected "
    text += f"{expected[first]:g}, got {got[first]:g}."
    if expected.size <= 12:
        text += f"\nexpected {_numbers(expected)}\ngot      {_numbers(got)}"
    return text


def _equal(one: Any, other: Any) -> bool:
    """Whether two pieces of plain data are the same, to the last bit."""
    if isinstance(one, dict):
        return isinstance(other, dict) and _equal([*one.items()], [*other.items()])
    if isinstance(one, tuple | list):
        same_kind = isinstance(other, tuple | list) and len(one) == len(other)
        return same_kind and all(map(_equal, one, other))
    if isinstance(one, np.ndarray | np.generic):
        array = _array(other)
        floats = array is not None and one.dtype.kind == array.dtype.kind == "f"
        return array is not None and np.array_equal(one, array, equal_nan=floats)
    return type(one) is type(other) and one == other


def _array(value: Any) -> np.ndarray | None:
    try:
        return np.asarray(value)
    except ValueError:  # a ragged list
        return None


def _same_answer(got: Answer, known: Answer) -> bool:
    if got.problem is not None or known.problem is not None:
        # Exceptions are compared by type: their text may name what differs in the student's code.
        same = "error" if got.error else "problem"
        return getattr(got, same) == getattr(known, same)
    if _equal(got.value, known.value):  # no numbers, perhaps
        return True
    array = _array(known.value)
    numbers = array is not None and array.dtype.kind in "biuf"
    if not numbers and not isinstance(known.value, tuple):
        return False
    return (
        same_values(got.value, known.value) is None and same_values(known.value, got.value) is None
    )


def _describe(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of shape {value.shape}, {value.dtype}"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    if value is None:
        return "None (is there a `return`?)"
    text = _text(repr, value)
    return f"{text} ({type(value).__name__})" if len(text) < 60 else type(value).__name__


def _describe_inputs(inputs: dict[str, Any]) -> str:
    def text(value):
        if isinstance(value, dict):
            return "a small network"
        if isinstance(value, np.ndarray):
            return _numbers(value) if value.size <= 12 else _describe(value)
        return repr(value)

    return ", ".join(f"{name}={text(value)}" for name, value in inputs.items())


def _numbers(array: np.ndarray) -> str:
    return np.array2string(array, precision=4, separator=", ").replace("\n", "")


def _explain(error: BaseException, name: str, function: Callable, inputs: dict[str, Any]) -> str:
    text = f"{name} raised {type(error).__name__}: {_text(str, error)}"
    code = getattr(_innermost(function), "__code__", None)
    for frame in traceback.extract_tb(error.__traceback__):
        if code and frame.filename == code.co_filename and frame.line:
            text += f"\nin line {frame.lineno} of its cell: {frame.line.strip()}"
            break
    return f"{text}\ncalled with {_describe_inputs(inputs)}"


def _text(form: Callable[[Any], str], value: Any) -> str:
    """Return `form(value)`, cut if it is too long; the type's name if a student's class raises."""
    try:
        text = form(value)
    except Exception:
        return f"a {type(value).__name__}"
    return text if len(text) <= PRINTED else f"{text[:PRINTED]} …"


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
