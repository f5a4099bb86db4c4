"""The half of a check that a student's kernel has: run a function, and answer in plain data.

Nothing here knows what is right. The judge's question brings the inputs. A function may call other
exercises' functions. So that a mistake in these costs points only there, the judge's question may
bring right answers to calls of them: `known`. Calls that are not known yet are told to the judge.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import io
import logging
import traceback
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from helpers.checks import adapters
from helpers.checks.networks import keras_model, state
from helpers.checks.values import (
    PRINTED,
    Answer,
    Unusable,
    describe,
    describe_inputs,
    equal,
    pack,
    same_answer,
    text_of,
    to_plain,
    unpack,
)
from helpers.own_work import NotOwnWork, checking

__all__ = ["MIME", "NETWORK", "Asking", "Reply", "answer"]

MIME = "application/vnd.inside-cnns.answers"
NETWORK = "the network of this call"  # stands for a model among the arguments of a known call
MOST_ASKED = 1000  # calls of other exercises' functions that are told at a time


class Reply(NamedTuple):
    """Answers to the calls of a question, and calls of other exercises' functions that were not
    known, packed."""

    answers: list[Answer]
    asked: list[str]


def answer(function: Callable[[], Callable], question: str) -> None:
    """Run the student's function, and display the answers for the judge; runs in the kernel.

    Args:
        function: returns the student's function, or raises `NameError` where there is none.
        question: what `Asking.question` returned.
    """
    from IPython.display import display
    from IPython.utils.capture import capture_output

    name, arguments, plain, network, inputs, others, known = unpack(question)
    asking = Asking(
        name, getattr(adapters, arguments), getattr(adapters, plain), network, tuple(others)
    )
    try:
        # If the function shows many pictures, messages would be lost, and the answers with them.
        with capture_output(stdout=False, stderr=False):
            reply = asking.reply(function(), inputs, known)
    except NameError as error:
        problem = f"There is no function to check: {error}."
        reply = Reply([Answer(problem=problem)] * len(inputs), [])
    display({MIME: pack([list(map(tuple, reply.answers)), reply.asked])}, raw=True)


@dataclass
class Others:
    """Right answers to calls of other exercises' functions."""

    known: dict[str, str]  # both packed
    asked: dict[str, None] = field(default_factory=dict)
    number: int = 0  # of the call that is answered

    def instead_of(self, name: str, own: Any) -> Callable:
        """Return a function that gives what is known, and else what the student's `own` gives."""

        @functools.wraps(own)
        def function(*args, **kwargs):
            try:
                named = {name: _argument(value) for name, value in kwargs.items()}
                call = pack([self.number, name, [*map(_argument, args)], named])
            except Exception:  # the judge cannot be asked
                return own(*args, **kwargs)
            if call in self.known:
                return unpack(self.known[call])
            if len(self.asked) < MOST_ASKED:
                self.asked[call] = None
            return own(*args, **kwargs)

        return function


def _argument(value: Any) -> Any:
    if hasattr(value, "get_weights"):
        return NETWORK
    if isinstance(value, dict):
        return {to_plain(key): _argument(inner) for key, inner in value.items()}
    return to_plain(value)


@dataclass(frozen=True)
class Asking:
    """How the function of one exercise is called.

    Attributes:
        name: the name of the exercise.
        arguments: `arguments(inputs)` returns what the function is called with, by name; one of the
            `adapters`.
        plain: `plain(value)` returns plain data of what the function returned; one of the
            `adapters`.
        network: the name of the input that the function is given as a Keras model.
        others: names of other exercises whose functions may be called.
    """

    name: str
    arguments: Callable[[dict[str, Any]], dict[str, Any]] = adapters.as_drawn
    plain: Callable[[Any], Any] = adapters.as_returned
    network: str | None = None
    others: tuple[str, ...] = ()

    def question(self, inputs: Sequence[dict[str, Any]], known: dict[str, str] | None) -> str:
        """Return as text what `answer` needs beside the function; see `reply`."""
        names = self.name, self.arguments.__name__, self.plain.__name__, self.network
        return pack([*names, [*inputs], self.others, known])

    def reply(
        self,
        function: Callable,
        inputs: Sequence[dict[str, Any]],
        known: dict[str, str] | None,
        built: dict[str, Any] | None = None,
    ) -> Reply:
        """Run the student's function on each of the inputs. With `known`, it runs with these right
        answers in the place of the student's own functions for `others`. `built` holds models by
        their structure, see `keras_model`."""
        if known is None or not callable(function):
            return Reply(self.answers(function, inputs, built=built), [])
        others = Others(known)
        with _replaced(function, self.others, others.instead_of):
            answers = self.answers(function, inputs, others, built)
        return Reply(answers, [*others.asked])

    def answers(
        self,
        function: Callable,
        inputs: Sequence[dict[str, Any]],
        others: Others | None = None,
        built: dict[str, Any] | None = None,
    ) -> list[Answer]:
        """Run the student's function on each of the inputs, and return its answers.

        Only plain data come out of the function: an exception becomes the answer's problem.
        """
        if not callable(function):
            problem = f"{self.name} should be a function, but it is {describe(function)}."
            return [Answer(problem=problem)] * len(inputs)
        built = {} if built is None else built
        answers = []
        with checking(self.name):
            for number, one in enumerate(inputs):
                if others:
                    others.number = number
                answers.append(self.answer(function, one, number == 0, built))
            if answers[0].problem is None:
                if others:
                    others.number = 0
                answers[0] = self._called_again(function, inputs[0], answers[0], built)
        return answers

    def _called_again(
        self, function: Callable, inputs: dict[str, Any], first: Answer, built: dict[str, Any]
    ) -> Answer:
        again = self.answer(function, inputs, True, built)
        if again.problem is not None:
            problem = f"It works only once. Called again with the same arguments:\n{again.problem}"
            return Answer(problem=problem)
        if same_answer(first, again):
            return first
        return Answer(
            problem=f"{self.name} gives another answer when it is called again with the same "
            "arguments. Does it keep something from one call to the next, or draw at random?"
        )

    def answer(
        self, function: Callable, inputs: dict[str, Any], strict: bool, built: dict[str, Any]
    ) -> Answer:
        """Return the answer to one call. Only a `strict` call is wrong if it changes its arguments:
        so that mistake costs one call, not all. Models that are `built` are used again."""

        def explain(error):
            return _explain(error, self.name, function, self.arguments(inputs))

        arguments = self.called_with(inputs, functools.partial(keras_model, built=built))
        answer, changed = self.call(function, arguments, self.plain, explain)
        if self.network in changed:
            built.clear()
        return self.with_changes(answer, changed) if strict else answer

    def called_with(
        self, inputs: dict[str, Any], model: Callable[[dict[str, Any]], Any] = keras_model
    ) -> dict[str, Any]:
        """Return what a function is called with, by name; `model` makes a model of a network."""
        arguments = self.arguments(copy.deepcopy(inputs))
        if self.network is not None:
            arguments[self.network] = model(arguments[self.network])
        return arguments

    def call(
        self,
        function: Callable,
        arguments: dict[str, Any],
        plain: Callable[[Any], Any],
        explain: Callable[[BaseException], str],
    ) -> tuple[Answer, list[str]]:
        """Return the answer, and the names of the arguments that the call changed."""
        before = {name: state(argument) for name, argument in arguments.items()}
        answer = self.value(function, arguments, plain, explain)
        after = {name: state(argument) for name, argument in arguments.items()}
        return answer, [name for name in before if not equal(before[name], after[name])]

    def with_changes(self, answer: Answer, changed: list[str]) -> Answer:
        """Return the answer, or that a call must not change its arguments."""
        if answer.problem is not None or not changed:
            return answer
        return Answer(
            problem=f"{self.name} changed its argument {changed[0]!r}: work on a copy, "
            "since the caller still needs the original."
        )

    def value(
        self,
        function: Callable,
        arguments: dict[str, Any],
        plain: Callable[[Any], Any],
        explain: Callable[[BaseException], str],
    ) -> Answer:
        """Return the answer, whatever the call changed."""
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
                return Answer(problem="Not written yet. Replace `raise NotImplementedError`.")
            return Answer(problem=explain(error) + _printed(printed), error=type(error).__name__)
        return Answer(value, printed=_printed(printed))


def _explain(error: BaseException, name: str, function: Callable, inputs: dict[str, Any]) -> str:
    text = f"{name} raised {type(error).__name__}: {text_of(str, error)}"
    code = getattr(_innermost(function), "__code__", None)
    for frame in traceback.extract_tb(error.__traceback__):
        if code and frame.filename == code.co_filename and frame.line:
            text += f"\nin line {frame.lineno} of its cell: {frame.line.strip()}"
            break
    return f"{text}\ncalled with {describe_inputs(inputs)}" if inputs else text


def _printed(stream: io.StringIO) -> str:
    text = stream.getvalue()[-PRINTED:].strip()
    return f"\nit printed: {text}" if text else ""


def _innermost(function: Callable) -> Callable:
    """Return the Python function that a partial or a callable object runs."""
    while isinstance(function, functools.partial):
        function = function.func
    return function if hasattr(function, "__globals__") else type(function).__call__


@contextlib.contextmanager
def _replaced(function: Callable, names: Sequence[str], instead_of: Callable):
    """Put others in the place of the functions that `function` sees under these names."""
    seen = getattr(_innermost(function), "__globals__", {})
    own = {name: seen[name] for name in names if name in seen}
    seen.update({name: instead_of(name, one) for name, one in own.items()})
    try:
        yield
    finally:
        seen.update(own)


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
