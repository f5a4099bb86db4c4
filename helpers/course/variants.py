"""Constants of a student's own, so that findings differ from student to student.

A cell of a source declares them, ``variants={"FILTER": [5, 0, 1]}``, and any cell of the notebook
has places for them, ``{{ FILTER }}``, which Jinja fills in. The first value is the one that
`course build` writes. Which one a student gets follows from the student's id and a key that the
gradebook keeps.
"""

import contextlib
import functools
import hmac
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, StrictUndefined, Template, TemplateError, meta
from nbformat import NotebookNode

from helpers.course import CourseError

Choices = Mapping[str, Sequence[Any]]
ENVIRONMENT = Environment(undefined=StrictUndefined, keep_trailing_newline=True)


@dataclass(frozen=True)
class Variants:
    """What varies in an assignment that was handed out with own constants."""

    assignment: str
    key: str  # in hex
    choices: Choices
    templates: dict[str, str]  # the cells with places, by what `course build` made of them

    def values(self, student: str) -> dict[str, Any]:
        """Return the student's constants by name."""
        found = {}
        for name, values in self.choices.items():
            message = f"{self.assignment}\0{student}\0{name}".encode()
            drawn = hmac.digest(bytes.fromhex(self.key), message, "sha256")
            found[name] = values[int.from_bytes(drawn) % len(values)]
        return found

    def rendered(self, source: str, values: dict[str, Any]) -> str:
        """Return what stands in the place of a cell that `course build` made."""
        template = self.templates.get(source.strip())
        return source if template is None else render(template, values)

    def others(self, student: str, source: str, fits: Callable[[str], bool]) -> str | None:
        """Return a remark on a handed-in cell that has other constants than the student's, where
        these are such as another student may have; None if they are not.

        Args:
            student: the student's id.
            source: the student's own cell.
            fits: whether a cell's text fits what was handed in.
        """
        own = self.values(student)
        found: dict[str, list[Any]] = {}
        for template in self.templates.values():
            if render(template, own) != source:
                continue
            names = [name for name in self.choices if name in _names(template)]
            for values in itertools.product(*(self.choices[name] for name in names)):
                other = dict(zip(names, values, strict=True))
                with contextlib.suppress(CourseError):  # values that do not go together
                    if fits(render(template, own | other)):
                        found = {name: [*found.get(name, ()), other[name]] for name in names}
        # A constant that stands in hidden text alone may have any value.
        seen = {name: values[0] for name, values in found.items() if len({*map(repr, values)}) == 1}
        if not seen:
            return None
        given, right = (
            ", ".join(f"{name} = {values[name]}" for name in seen) for values in (seen, own)
        )
        return (
            f"handed in with the constants ({given}), which are not this student's ({right}): ask "
            "which zip was used"
        )


def declared(cells: list[NotebookNode]) -> dict[str, list[Any]]:
    """Return the values of each constant that the cells declare, and take the declarations out of
    the cells. Raises `CourseError` for a declaration that is not one, or that is there twice."""
    choices: dict[str, list[Any]] = {}
    for cell in cells:
        given = cell.metadata.pop("variants", {})
        if not isinstance(given, dict):
            raise CourseError(f"variants={given!r}: write variants={{'NAME': [1, 2]}}")
        for name, values in given.items():
            if name in choices:
                raise CourseError(f"the constant {name} is declared twice; take out one of both")
            if not isinstance(values, list) or len({repr(value) for value in values}) < 2:
                raise CourseError(f"the constant {name} has no choice: list two values or more")
            if len({repr(value) for value in values}) < len(values):
                raise CourseError(f"the constant {name} has a value twice: {values}")
            choices[name] = values
    used: set[str] = set()
    for cell in cells if choices else ():
        used |= _names(cell.source)
    if unused := sorted(set(choices) - used):
        raise CourseError(f"no cell has a place {{{{ {unused[0]} }}}}: take out its declaration")
    return choices


def templates(built: Iterable[str], with_places: Iterable[str]) -> dict[str, str]:
    """Return the text of each cell with places, by what `course build` made of it. Raises
    `CourseError` if one text was made of two, so that nobody could tell which of both."""
    found: dict[str, str] = {}
    for text, template in zip(map(str.strip, built), map(str.strip, with_places), strict=True):
        if (known := found.setdefault(text, template)) != template:
            raise CourseError(
                f"two cells become {text[:60]!r}, but for other values they differ: {known[:60]!r} "
                f"and {template[:60]!r}; change the words of one"
            )
    return {text: template for text, template in found.items() if text != template}


def first(choices: Choices) -> dict[str, Any]:
    """Return the constants that `course build` writes."""
    return {name: values[0] for name, values in choices.items()}


def render(source: str, values: dict[str, Any]) -> str:
    """Return a cell's text with the values in its places."""
    try:
        return _template(source).render(values) if "{{" in source else source
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise _unclear(source, error) from error


@functools.lru_cache(maxsize=1000)
def _template(source: str) -> Template:
    return ENVIRONMENT.from_string(source)


def _names(source: str) -> set[str]:
    """Return the names of the constants that a cell has places for."""
    try:
        return meta.find_undeclared_variables(ENVIRONMENT.parse(source if "{{" in source else ""))
    except TemplateError as error:
        raise _unclear(source, error) from error


def _unclear(source: str, error: Exception) -> CourseError:
    lines = source.splitlines()
    number = getattr(error, "lineno", None)  # of a syntax error
    line = lines[number - 1] if number else next(line for line in lines if "{{" in line)
    return CourseError(
        f"{line.strip()[:80]!r}: {error}; a place {{{{ NAME }}}} is for a constant that a cell of "
        'the notebook declares: variants={"NAME": [1, 2]}'
    )
