"""`course compare`: the ranking of the methods as a table, a page, numbers and a guide."""

import csv
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from helpers.course import CourseError
from helpers.course.gallery import render
from helpers.ranking import (
    BASELINES,
    COLUMNS,
    KINDS,
    QUESTIONS,
    SUBJECTS,
    Comparison,
    Standing,
    Subject,
    compare,
    example,
    numbers,
    remarks,
    standings,
)

TEMPLATE = Path(__file__).with_name("compare.html.j2")
ARROWS = {"lowest": "↓", "highest": "↑"}
GUIDE = Path("docs/WHICH_MAP.md")
MARKERS = "<!-- table: made by course compare -->\n", "<!-- end of table -->\n"
HEAD = ("kind", "subject", "method", "measure", "mean", "low", "high", "rank", "images", "seeds")


def run_compare(root: Path, console: Console, count: int, guide: bool) -> None:
    """Compare all methods on `count` images of each class of each network.

    Prints a table, and writes a page and its numbers to ``build/``. With `guide` it also puts the
    table into ``docs/WHICH_MAP.md``. Raises `CourseError` if a network classifies too few images
    correctly, or where the guide has no place for the table.
    """
    if guide:
        _around(root / GUIDE)
    done = {}
    for subject in SUBJECTS:
        console.print(f"{subject.kind}: {subject.name}", style="dim", highlight=False)
        try:
            with warnings.catch_warnings():
                # Such a map is rated like any other.
                warnings.filterwarnings("ignore", "the map of each image shows nothing")
                done[subject] = compare(subject, count)
        except ValueError as error:
            raise CourseError(str(error)) from error
    found = standings(done)
    console.rule("All methods, by their mean ranks")
    console.print(overall_table(found))
    console.rule("Files")
    (root / "build").mkdir(exist_ok=True)
    page, file = root / "build" / "compare.html", root / "build" / "compare.csv"
    write_page(page, done, found)
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows([HEAD, *rows(done)])
    for what, path in (("Page", page), ("Numbers", file)):
        console.print(f"{what:10} {path}", highlight=False, soft_wrap=True)
    if guide:
        before, after = _around(root / GUIDE)
        text = before + MARKERS[0] + markdown(found) + MARKERS[1] + after
        (root / GUIDE).write_text(text, encoding="utf-8")
        console.print(f"{'Guide':10} {root / GUIDE}", highlight=False, soft_wrap=True)


def overall_table(found: Mapping[str, Standing]) -> Table:
    """Return a table method × kind of mean ranks, the best mean of the kinds first. It fits a
    terminal of 80 characters."""
    kinds = _kinds(found)
    table = Table(box=SIMPLE_HEAD, padding=0, show_edge=False)
    table.add_column("method", no_wrap=True)
    for heading in ["mean rank", "95 % interval", *kinds]:  # a word a line: no cell wraps
        table.add_column(heading.replace(" ", "\n"), justify="right", no_wrap=True)
    for name, standing in found.items():
        cells = [_rank(standing.mean), _interval(standing)]
        cells += [_rank(standing.kinds.get(kind)) for kind in kinds]
        table.add_row(name, *cells, style="italic" if name in BASELINES else None)
    return table


def markdown(found: Mapping[str, Standing]) -> str:
    """Return the table of the guide: method × question and kind."""
    kinds = _kinds(found)
    heads = ["method", "mean rank", "95 % interval", *QUESTIONS, *kinds]
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)]]
    for name, standing in found.items():
        cells = [f"*{name}*" if name in BASELINES else name]
        cells += [_rank(standing.mean), _interval(standing)]
        cells += [_rank(standing.questions.get(question)) for question in QUESTIONS]
        lines.append(cells + [_rank(standing.kinds.get(kind)) for kind in kinds])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def rows(done: Mapping[Subject, Comparison]) -> Iterator[tuple]:
    """Return a row of `HEAD` for each subject, method and measure."""
    for subject, found in done.items():
        for name, columns in numbers(found).items():
            for measure in COLUMNS:
                cell, values = columns[measure], found.values[name][measure]
                asked = sum(map(len, values)), len(values)
                yield (subject.kind, subject.name, name, measure, *cell.values(), *asked)


def write_page(
    target: Path, done: Mapping[Subject, Comparison], found: Mapping[str, Standing]
) -> None:
    """Write the tables to an HTML page, each kind with one image's maps by all methods."""
    kinds = _kinds(found)
    page = render(
        TEMPLATE,
        columns={column: ARROWS[best] for column, best in COLUMNS.items()},
        baselines=BASELINES,
        heads=["mean rank", "95 % interval", *QUESTIONS, *kinds],
        overall={
            name: [
                _rank(standing.mean),
                _interval(standing),
                *(_rank(standing.questions.get(question)) for question in QUESTIONS),
                *(_rank(standing.kinds.get(kind)) for kind in kinds),
            ]
            for name, standing in found.items()
        },
        kinds=[
            {
                "name": kind,
                "notes": KINDS[kind],
                "picture": next(example(s, c).html() for s, c in done.items() if s.kind == kind),
                "subjects": [
                    {
                        "name": subject.name,
                        "methods": numbers(comparison),
                        "not_apply": comparison.not_apply,
                        "remarks": remarks(comparison),
                    }
                    for subject, comparison in done.items()
                    if subject.kind == kind
                ],
            }
            for kind in kinds
        ],
    )
    target.write_text(page, encoding="utf-8")


def _kinds(found: Mapping[str, Standing]) -> list[str]:
    return list(dict.fromkeys(kind for standing in found.values() for kind in standing.kinds))


def _rank(rank: float | None) -> str:
    return "–" if rank is None else f"{rank:.1f}"


def _interval(standing: Standing) -> str:
    if standing.low is None:
        return "–"
    return f"{standing.low:.1f} to {standing.high:.1f}"


def _around(guide: Path) -> tuple[str, str]:
    """What stands in the guide before its table, and after it."""
    text = guide.read_text(encoding="utf-8") if guide.exists() else ""
    before, start, rest = text.partition(MARKERS[0])
    _, end, after = rest.partition(MARKERS[1])
    if not (start and end):
        raise CourseError(
            f"{guide} has no place for the table: it needs the lines {MARKERS[0].strip()!r} and "
            f"{MARKERS[1].strip()!r}"
        )
    return before, after
