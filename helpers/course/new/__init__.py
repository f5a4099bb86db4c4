"""`course new`: write the files of another notebook, with an example of all an exercise needs."""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from helpers.course import CourseError

FILES = {  # template → what it becomes
    "solution.py.j2": "solutions/{name}.py",
    "check.py.j2": "helpers/checks/exercises/{slug}.py",
    "misconceptions.py.j2": "helpers/checks/misconceptions/{slug}.py",
    "variants.py.j2": "tests/checks/variants_{slug}.py",
}
NAME = re.compile(r"(\d\d)_([a-z][a-z0-9_]*)")


def new(root: Path, name: str) -> list[str]:
    """Write the files of a notebook ``NN_slug`` into the course at ``root``; return their paths.

    Raises `CourseError` if the name is no such name, its number is taken or a file is there.
    """
    if not (parts := NAME.fullmatch(name)):
        raise CourseError(
            f"{name!r} is no name of a notebook: two digits, an underscore and a word in small "
            "letters, for instance 13_edges"
        )
    number, slug = parts.groups()
    sources = sorted((root / "solutions").glob("[0-9][0-9]_*.py"))
    if taken := [path.name for path in sources if path.name.startswith(number)]:
        raise CourseError(
            f"the number {number} is taken by solutions/{taken[0]}; take one after "
            f"{sources[-1].name[:2]}"
        )
    targets = {template: path.format(name=name, slug=slug) for template, path in FILES.items()}
    for path in targets.values():
        if (root / path).exists():
            raise CourseError(f"{path} is there already; choose another name, or remove the file")
        if not (root / path).parent.is_dir():
            raise CourseError(
                f"{root} has no folder {Path(path).parent}/; a notebook is added in a checkout of "
                "the whole project"
            )
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    words = slug.replace("_", " ").capitalize()
    for template, path in targets.items():
        text = templates.get_template(template).render(number=number, slug=slug, title=words)
        (root / path).write_text(text, encoding="utf-8")
    return list(targets.values())
