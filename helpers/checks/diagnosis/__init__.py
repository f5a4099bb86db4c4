"""Why an answer is wrong: what is sure, what may be, and else what differs, in words.

Looked for, in this order:

1. the known wrong implementation whose answers are the same in every call;
2. what the source shows to be wrong whatever the data are;
3. two mistakes together, or the known wrong implementation whose answers are the same wherever the
   student's are wrong.

These are causes. A known wrong implementation has to prove true on calls of another draw, too:
among hundreds one may agree by chance in the few calls of one. Where there is no cause, facts are
shown:

4. other arguments for which the answers would be right (`changes`);
5. how the answers come from the right ones, or from a part of these (`relations`);
6. what the function does not react to: it is called again with arguments changed on purpose;
7. else what an error means, or what differs and where, in words.

A sentence is shown where it is true of all wrong answers; a cause also where it is true of all that
a line of the rubric asks. Where no cause is found the source may give reason for a question.
"""

from __future__ import annotations

import ast
import functools
import itertools
import re
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

import numpy as np

from helpers.checks.diagnosis import reading
from helpers.checks.diagnosis.changes import Change, Inputs, changes
from helpers.checks.diagnosis.differences import (
    ORDINALS,
    differences,
    which_calls,
    wrong_result,
)
from helpers.checks.diagnosis.errors import NO_GRADIENT, NO_TENSOR, meaning
from helpers.checks.diagnosis.relations import multiples, relations
from helpers.checks.values import (
    Answer,
    Signature,
    as_array,
    odd,
    rounds_to,
    same_answer,
    shape_and_type,
    text_of,
    values_in,
)

if TYPE_CHECKING:
    from helpers.checks.core import Check
    from helpers.checks.misconceptions import Member, Misconception
    from helpers.checks.sealed import Mistake

__all__ = ["Call", "Diagnosis", "diagnose"]

MOST = 2  # causes that are shown
LIMIT = 0.17  # CPU-seconds of a search: a student waits for it
T = TypeVar("T")
ALIKE = 6  # known mistakes with the same answers, of which one or two are shown
ENTRIES = 1000  # of an answer, in which different values are looked for
FRESH = 3  # calls of another draw, on which a cause has to prove true
PROBES = 3  # changes to which a function does not react, for "it is not used"
Known: TypeAlias = "Misconception | Member | Mistake"
Ask: TypeAlias = Callable[[dict[str, Any], bool], Answer]
Spared: TypeAlias = "Callable[[Call], bool]"


class Call(NamedTuple):
    """One call of the student's function."""

    number: int
    inputs: dict[str, Any]
    answer: Answer
    steps: tuple[str, ...]  # the lines of the rubric that its answer fails

    @property
    def size(self) -> int:
        return values_in(self.inputs)


class Diagnosis(NamedTuple):
    """What is said of wrong answers: one or two causes, or facts and a question."""

    causes: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    question: str | None = None


def diagnose(
    check: Check,
    calls: Sequence[Call],
    source: str | None = None,
    ask: Ask | None = None,
) -> Diagnosis:
    """Say why a student's answers are wrong.

    Args:
        check: the exercise's check.
        calls: all calls; at least one is wrong.
        source: the source code of the student's function, where it is known.
        ask: answers another call as the student's function does, where that can be asked; it is
            told whether the check has drawn the inputs, so that a right answer is known.
    """
    search = _Search(check, calls, reading.parsed(source, check.name), ask)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return search.diagnosis()


def _none(call: Call) -> bool:
    return False


def _raised(call: Call) -> bool:
    return call.answer.problem is not None


class _Search:
    """The search for causes. What is computed for one sentence is kept for the next."""

    def __init__(
        self,
        check: Check,
        calls: Sequence[Call],
        function: ast.FunctionDef | None,
        ask: Ask | None,
    ):
        self.check, self.function, self.ask = check, function, ask
        self.finding = not any(call.inputs for call in calls)
        self.raw = {call.number: call.answer for call in calls}
        calls = [c._replace(answer=self.scaled(c.answer)) for c in calls]
        self.wrong = sorted((call for call in calls if call.steps), key=lambda call: call.size)
        self.right = sorted((call for call in calls if not call.steps), key=lambda call: call.size)
        self.answered: dict[tuple[Known, int], Answer] = {}
        self.computed: dict[tuple[str, int], Any] = {}
        self.answers: dict[int, Answer] = {}  # the student's, to calls of another draw
        self.seen: Sequence[Known] = check.mistakes(0)
        self.families: Sequence[Known] = check.mistakes(1)
        # What is loaded only once is not a part of the search: the first card tells what others do.
        self.until = time.process_time() + LIMIT
        self.until_pairs = self.until - LIMIT / 2  # facts need time, too
        self.until_asked = self.until - LIMIT / 4  # a call may build a network

    def scaled(self, answer: Answer) -> Answer:
        """Return an answer as it is compared. A signature is one of such an answer already."""
        if isinstance(answer.value, Signature):
            return answer
        return answer._replace(value=self.check.compared(answer.value))

    def same(self, got: Answer, other: Answer) -> bool:
        return same_answer(got, other) or (
            self.check.tolerance > 0
            and _same_but_for_rounding(got.value, other.value, self.check.tolerance)
        )

    def diagnosis(self) -> Diagnosis:
        causes = (
            _first(MOST, self.causes(self.wrong))
            or _first(MOST, self.causes_by_step())
            or _first(1, self.causes_of_answers())
        )
        if causes:
            return Diagnosis(causes)
        if self.finding:  # facts would tell how to guess it
            return Diagnosis((), _first(1, self.errors(self.wrong)))
        answered = all(call.answer.problem is None for call in self.wrong)
        facts = _first(MOST, self.found(self.wrong) if answered else self.errors(self.wrong))
        question = next(self.questions(), None)
        facts = facts or tuple(self.differences())
        return Diagnosis((), tuple(text_of(str, fact) for fact in facts), question)

    def causes(self, wrong: Sequence[Call]) -> Iterator[str]:
        """Yield what explains all these wrong answers, the likelier causes first."""
        sure = [*self.sure(wrong)]
        if not sure and all(call.answer.problem is None for call in wrong):
            sure = [*self.likely(wrong)]
        yield from sure[:1]
        if len(wrong) > 1 and self.tell(wrong, few=False):  # else chance gives a second one
            yield from (other for other in sure[1:] if not _alike_in_words(sure[0], other))

    def sure(self, wrong: Sequence[Call], step: str | None = None) -> Iterator[str]:
        yield from [*self.shown(wrong)] or self.agreeing([*wrong, *self.right], step)

    def agreeing(
        self, calls: Sequence[Call], step: str | None = None, spared: Spared = _none
    ) -> list[str]:
        """Return the advice of single mistakes that give the same answers: of implementations that
        were really seen, else of families."""
        alike = (self.nearest(self.alike(known, calls), calls) for known in self.known())
        found = (self.proved(some, calls, step, spared) for some in alike)
        return next(([self.check.advice(w) for w in some] for some in found if some), [])

    def likely(self, wrong: Sequence[Call]) -> Iterator[str]:
        """Yield the advice of two mistakes together, and of known wrong implementations that would
        be wrong in more calls than the student's: it may look after special cases."""
        some = self.check.mistakes(2) if self.tell() else ()
        early = itertools.takewhile(lambda _: time.process_time() < self.until_pairs, some)
        pairs = self.alike(early, wrong)
        found = self.proved(self.alike(pairs, [*wrong, *self.right]), wrong)
        if not found:
            some = [*(w for some in self.known() for w in self.alike(some, wrong)), *pairs]
            few = [w for w in some if len(wrong) > max(1, self.spared(w))]
            found = self.proved(few, wrong, spared=self.as_expected)
        yield from (self.check.advice(one) for one in found)

    def spared(self, known: Known) -> int:
        """Return in how many calls a known mistake is wrong and the student's answer is right."""
        return sum(not self.alike([known], [call]) for call in self.right)

    def known(self) -> list[Iterable[Known]]:
        """Return single mistakes. Those really seen are few: time is no reason to miss them."""
        if self.finding:  # of few numbers, which nobody gets by chance
            return [self.seen, self.families]
        return [self.seen, self.in_time(self.families) if self.tell() else ()]

    def causes_by_step(self) -> Iterator[str]:
        steps: dict[str, list[str]] = {}
        for step in dict.fromkeys(step for call in self.wrong for step in call.steps):
            some = [call for call in self.wrong if step in call.steps]
            # Of few answers chance makes anything: here only what is known counts.
            fewer = len(some) < len(self.wrong) <= 2 * len(some) and self.tell(some, few=False)
            for sentence in _first(1, self.sure(some, step)) if fewer else ():
                steps.setdefault(sentence, []).append(f"“{step}”")
        for sentence, some in steps.items():
            yield f"At {' and '.join(some)}: {sentence}"

    def causes_of_answers(self) -> Iterator[str]:
        """Yield a cause of all wrong answers where other calls raise."""
        some = [call for call in self.wrong if call.answer.problem is None]
        if some and len(some) < len(self.wrong) and self.tell(some):
            for sentence in self.agreeing([*some, *self.right], spared=_raised):
                yield f"Where nothing is raised: {sentence}"

    def tell(self, calls: Sequence[Call] = (), few: bool = True) -> bool:
        """Whether the answers hold enough different values to agree with nothing by chance."""
        answers = [call.answer for call in calls or [*self.wrong, *self.right]]
        values = [answer.value for answer in answers if answer.problem is None]
        return _tells([part for value in values for part in _parts(value)], few)

    def found(self, wrong: Sequence[Call]) -> Iterator[str]:
        # One such sentence is enough: others say the same in other words.
        yield from _first(1, itertools.chain(self.other_arguments(wrong), self.related(wrong)))
        if self.ask and self.tell(wrong[-1:]):
            some = [*wrong[-1:], *(wrong[:1] if len(wrong) > 1 else ()), *self.right[-1:]]
            yield from self.unmoved(some, self.ask)

    # 1 and 3: known wrong implementations

    def alike(self, known: Iterable[Known], calls: Sequence[Call]) -> list[Known]:
        """Return the known wrong implementations that give the same answers in these calls.

        The smallest calls come first: there hardly any implementation agrees by chance. One that
        does not agree is not called again, and one that raises in each call tells nothing.
        """
        found = [
            wrong
            for wrong in known
            if all(self.same(call.answer, self.answer_of(wrong, call)) for call in calls)
            and any(self.answer_of(wrong, call).error is None for call in calls)
        ]
        # Answers of the right values and the wrong type are those of a mistake in the type alone.
        typed = [
            call
            for call in calls
            if call.steps and found and same_answer(call.answer, Answer(self.expected(call)))
        ]
        return [
            wrong
            for wrong in found
            if all(_odd(self.answer_of(wrong, call).value, self.expected(call)) for call in typed)
        ]

    def nearest(self, known: list[Known], calls: Sequence[Call]) -> list[Known]:
        """Return those that raise errors of the same words as the student's function, if any do."""
        raised = [call for call in calls if call.answer.error]
        same = [
            wrong
            for wrong in known
            if all(_words(c.answer) == _words(self.answer_of(wrong, c)) for c in raised)
        ]
        return same or known

    def proved(
        self,
        known: Sequence[Known],
        calls: Sequence[Call],
        step: str | None = None,
        spared: Spared = _none,
    ) -> list[Known]:
        """Drop those that answer calls of another draw otherwise than the student's function.

        These are the smallest calls (of a line of the rubric, if it is a `step`'s cause) in which
        one of them is wrong. What is `spared` proves nothing. A function that cannot be asked has
        to agree with a family in more than one wrong call, where there is more than one.
        """
        if self.ask is None:
            several = self.finding or sum(bool(call.steps) for call in calls) > 1
            return [one for one in known if several or one in self.seen]
        some, asked, spared_in = [*known][:ALIKE], 0, 0
        for call in self.others if some else ():
            wrong = not all(self.as_expected(self.known_call(one, call)) for one in some)
            early = not asked or time.process_time() < self.until_asked  # once whatever the time is
            if asked < FRESH and early and wrong and (step is None or step in call.steps):
                asked += 1
                mine = self.fresh(call, self.ask)
                if spared(mine):
                    spared_in += 1
                else:
                    some = [w for w in some if self.same(mine.answer, self.answer_of(w, call))]
        return [] if 0 < asked == spared_in else some

    @functools.cached_property
    def others(self) -> list[Call]:
        """The calls of another draw, without answers."""
        drawn = self.check.another_draw(self.wrong[0].inputs)
        made = [Call(-1 - n, inputs, Answer(), steps) for n, (inputs, steps) in enumerate(drawn)]
        return sorted(made, key=lambda call: call.size)

    def known_call(self, known: Known, call: Call) -> Call:
        return call._replace(answer=self.answer_of(known, call))

    def fresh(self, call: Call, ask: Ask) -> Call:
        """Return a call of another draw with the student's answer."""
        if call.number not in self.answers:
            self.answers[call.number] = self.scaled(ask(call.inputs, True))
        return call._replace(answer=self.answers[call.number])

    def in_time(self, some: Iterable[T]) -> Iterator[T]:
        """Yield what there is time for; those that are likelier stand first."""
        return itertools.takewhile(lambda _: time.process_time() < self.until, some)

    def answer_of(self, wrong: Known, call: Call) -> Answer:
        key = wrong, call.number
        if key not in self.answered:
            known = self.check.known_answer(wrong, call.inputs, call.number == 0)
            self.answered[key] = self.scaled(known)
        return self.answered[key]

    # 2: errors, and what the source shows

    def errors(self, wrong: Sequence[Call]) -> list[str]:
        """Return what the errors mean, where all wrong answers are errors of one meaning."""
        texts = [call.answer.problem or "" for call in wrong if call.answer.error]
        found = [meaning(text.partition("\n")[0]) for text in texts]
        one = len(texts) == len(wrong) and len({pattern for pattern, _ in found}) == 1
        return [found[0][1]] if one and found[0][1] else []

    def shown(self, wrong: Sequence[Call]) -> Iterator[str]:
        """Yield what the source shows to be wrong whatever the data are."""
        if not self.function:
            return
        if all(call.answer.problem is None and call.answer.value is None for call in wrong):
            yield from reading.nothing_returned(self.function)
        yield from reading.ended_loops(self.function)
        if any("when it is called again" in (call.answer.problem or "") for call in wrong):
            yield from reading.kept_defaults(self.function)
        if self.errors(wrong) in ([NO_GRADIENT], [NO_TENSOR]) and (
            why := reading.no_gradient(self.function)
        ):
            yield why

    # 4: other arguments

    def other_arguments(self, wrong: Sequence[Call]) -> Iterator[str]:
        if not self.tell():
            return
        parts = [part for call in wrong for part in _parts(call.answer.value)]
        whole = all(part.dtype.kind in "biu" for part in parts)
        for change in self.in_time(changes([call.inputs for call in [*wrong, *self.right]])):
            # A threshold moves with the numbers, and nothing shows which of the two was changed.
            if not (whole and change.numbers) and all(
                self.right_for(change, call) for call in [*wrong, *self.right]
            ):
                yield f"Your answer is the right one for {change.phrase}."

    def right_for(self, change: Change, call: Call) -> bool:
        key = change.phrase, call.number
        if key not in self.computed:
            after = Answer(self.check.expected_after(change, call.inputs))
            self.computed[key] = self.scaled(after).value
        value = self.computed[key]
        changed = value is not None and not (
            call.steps and same_answer(Answer(value), Answer(self.expected(call)))
        )
        return changed and self.same(call.answer, Answer(value))

    def as_expected(self, call: Call) -> bool:
        """Whether the values are the right ones; their type may be wrong."""
        return self.same(call.answer, Answer(self.expected(call)))

    def expected(self, call: Call) -> Any:
        key = "", call.number
        if key not in self.computed:
            self.computed[key] = self.check.compared(self.check.expected(call.inputs))
        return self.computed[key]

    # 5: relations to the right answer and its parts

    def related(self, wrong: Sequence[Call]) -> Iterator[str]:
        yield from self.related_as(wrong, self.scaled)
        if self.check.any_scale:
            yield from self.related_as(wrong, lambda answer: answer)

    def related_as(self, wrong: Sequence[Call], form: Callable[[Answer], Answer]) -> Iterator[str]:
        """Yield relations between answers in this form."""
        got = [form(self.raw[call.number]).value for call in wrong]
        any_scale = form == self.scaled and self.check.any_scale
        for name in ("the expected answer", *self.check.parts):
            of = functools.partial(self.check.part, name) if name in self.check.parts else None
            right = [form(Answer((of or self.check.expected)(c.inputs))).value for c in wrong]
            for number, mine, theirs in _arrays(got, right):
                if not _tells(mine):
                    return
                place = "" if number is None else f"in the {ORDINALS[number]} result "
                place = ("up to a positive factor " if any_scale else "") + place
                whose = f"{place}your answer is "
                whose = whose[0].upper() + whose[1:]
                if name in self.check.parts and _same(mine, theirs):
                    yield f"{whose}{name}."
                    continue
                phrases = itertools.chain(
                    multiples(mine, theirs, [call.inputs for call in wrong]),
                    (
                        r.phrase
                        for r in self.in_time(relations(theirs[0].ndim))
                        if _holds(r.function, mine, theirs)
                    ),
                )
                for phrase in phrases:
                    yield f"{whose}{phrase.format(name)}."

    # 6: more calls

    def unmoved(self, calls: Sequence[Call], ask: Ask) -> Iterator[str]:
        """Yield the arguments that the function does not react to in any of these calls."""
        for name in calls[0].inputs:
            probes = self.telling(name, calls[0])
            asked = [(calls[0], inputs) for inputs in probes]
            for call in calls[1:] if len(probes) == PROBES else ():
                asked += [(call, inputs) for inputs in self.telling(name, call)[:1]]
            alike = itertools.takewhile(
                lambda one: same_answer(self.scaled(ask(one[1], False)), one[0].answer),
                itertools.takewhile(lambda _: time.process_time() < self.until_asked, asked),
            )
            if len(probes) == PROBES and len([*alike]) == len(asked):
                yield f"`{name}` is not used: the answer stays the same when `{name}` changes."

    def telling(self, name: str, call: Call) -> list[Inputs]:
        """Return changes of one argument that change the right answer, not its shape."""
        found: list[Inputs] = []
        for change in self.in_time(changes([call.inputs])):
            if change.names[0] != name or len(found) == PROBES:
                continue
            if self.check.differs_after(change, call.inputs):
                inputs = change(call.inputs) or {}
                found += [inputs] if _may_be_asked(inputs[name]) else []
        return found

    # else

    def questions(self) -> Iterator[str]:
        if self.function:
            shapes = [{*sum(_shapes(self.expected(c)), ())} for c in [*self.wrong, *self.right]]
            yield from reading.questions(self.function, set.intersection(*shapes))

    def differences(self) -> Iterator[str]:
        """Yield in words which calls are wrong, what errors mean, and what differs elsewhere."""
        # Of some answers the rubric asks the shape alone: these may be wrong as well.
        right = [c for c in self.right if self.as_expected(c)]
        wrong = [*self.wrong, *(c for c in self.right if c not in right)]
        # To change an argument is a mistake in the first call alone.
        same = all(call.answer.problem is None or call.answer.error for call in self.wrong)
        where = same and which_calls([c.inputs for c in right], [c.inputs for c in wrong])
        answered = [call for call in self.wrong if call.answer.problem is None]
        if where:
            yield where
        raised = [call for call in self.wrong if call.answer.error]
        if answered and raised:
            yield from (f"About the error: {sentence}" for sentence in self.errors(raised))
        words = {call.answer.value for call in answered if isinstance(call.answer.value, str)}
        if len(words) == 1 and len(answered) > 1:
            yield f"Every wrong answer is {words.pop()!r}."
        pairs = [(call.answer.value, self.expected(call)) for call in answered]
        # Where some answers have the right shape, a wrong shape is named beside the rubric's line.
        fit = [pair for pair in pairs if not shape_and_type(*pair)]
        told = differences(fit or pairs[::-1])
        if fit and told and self.check.any_scale:
            yield "Both divided by their largest absolute value:"
        yield from told


def _same_but_for_rounding(got: Any, other: Any, near: float) -> bool:
    """Whether numbers are `near` to each other; of whole ones many have to be the same, else 1 was
    added to each."""
    a, b = as_array(got), as_array(other)
    if a is None or b is None or a.shape != b.shape or {a.dtype.kind, b.dtype.kind} - set("iuf"):
        return False
    whole = {a.dtype.kind in "iu", b.dtype.kind in "iu"}
    if whole != {near >= 1}:  # bytes, which are rounded or cut off, or fractions
        return False
    away = abs(a.astype(np.float64) - b)
    many = near < 1 or (away == 0).mean() > 0.2
    return bool(many and (away <= near).all())


def _odd(value: Any, expected: Any) -> bool:
    return value.odd if isinstance(value, Signature) else odd(value, expected)


def _words(answer: Answer) -> str:
    """Return an error's own words, without what a card adds to them."""
    text = (answer.problem or "").partition("\n")[0]
    return text.partition(f" raised {answer.error}: ")[2] or text


def _shapes(value: Any) -> list[tuple[int, ...]]:
    return [part.shape for part in _parts(value)]


def _may_be_asked(value: Any) -> bool:
    """Whether a student's loop ends: with a negative stride some do not."""
    return not (isinstance(value, int | float) and value < 0)


def _alike_in_words(one: str, other: str) -> bool:
    """Whether two sentences say much the same."""
    first, second = ({*re.findall(r"\w{4,}", text.lower())} for text in (one, other))
    return 2 * len(first & second) >= min(len(first), len(second))


def _first(most: int, sentences: Iterable[str]) -> tuple[str, ...]:
    return tuple(itertools.islice(dict.fromkeys(itertools.islice(sentences, 2 * most)), most))


def _arrays(
    got: list[Any], right: list[Any]
) -> Iterator[tuple[int | None, list[np.ndarray], list[np.ndarray]]]:
    """Yield the wrong answers as arrays, and the right ones: of the one result that is wrong, where
    there are several, and its number."""
    if isinstance(right[0], tuple):
        count = len(right[0])
        if all(isinstance(g, tuple | list) and len(g) == count for g in got):
            n = wrong_result([*zip(got, right, strict=True)])
            if n is not None and n < len(ORDINALS):
                for _, mine, theirs in _arrays([g[n] for g in got], [r[n] for r in right]):
                    yield n, mine, theirs
        return
    mine, theirs = [as_array(g) for g in got], [np.asarray(r) for r in right]
    arrays = [a for a in [*mine, *theirs] if a is not None and a.dtype.kind in "biuf"]
    if len(arrays) == 2 * len(got) and len({t.ndim for t in theirs}) == 1:
        yield None, [a for a in mine if a is not None], theirs


def _parts(value: Any) -> Iterator[np.ndarray]:
    """Yield plain data as arrays."""
    if isinstance(value, dict):
        value = [*value.items()]
    if isinstance(value, tuple | list):
        for item in value:
            yield from _parts(item)
    elif value is not None:
        yield np.asarray(value)


def _tells(got: Iterable[np.ndarray], few: bool = True) -> bool:
    """Whether arrays hold enough different values to agree with nothing by chance: two fractions or
    large numbers, four others (where `few` are enough), or a dozen zeros and ones."""
    values, entries = set(), 0
    for array in got:
        some = array.ravel()[:ENTRIES]
        # What differs by less may be rounding.
        values |= {*(some.round(5) if some.dtype.kind == "f" else some).tolist()}
        entries += array.size
    numbers = [v for v in values if isinstance(v, int | float) and np.isfinite(v)]
    if sum(v != round(v) or abs(v) > 20 for v in numbers) > 1 or (few and len(values) > 3):
        return True
    return entries * np.log2(max(1, len(values))) >= 12


def _same(got: Sequence[np.ndarray], other: Sequence[Any]) -> bool:
    return all(map(_close, got, other))


def _close(got: np.ndarray, other: Any) -> bool:
    same_shape = got.shape == np.shape(other)
    return same_shape and bool(rounds_to(got, other).all())


def _holds(function: Callable, got: Sequence[np.ndarray], right: Sequence[np.ndarray]) -> bool:
    try:
        values = [function(r) for r in right]
        return _same(got, values) and not _same(right, values)
    except Exception:  # no such axis, an empty one, ...
        return False
