"""`course compare`: the ranking of the methods as tables, a page and numbers."""

import json
from collections.abc import Mapping
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from helpers import datasets, models
from helpers.course import CourseError
from helpers.course.gallery import render
from helpers.ranking import (
    BASELINES,
    COLUMNS,
    SUBJECTS,
    UNRATED,
    Comparison,
    Subject,
    as_json,
    choose,
    compare,
    example,
    numbers,
    overall,
    ranks,
    remarks,
)

TEMPLATE = Path(__file__).with_name("compare.html.j2")
ARROWS = {"lowest": "↓", "highest": "↑"}


def run_compare(root: Path, console: Console, count: int) -> None:
    """Compare on `count` test images of each class, print a table for each network and one for
    both, write a page and its numbers to ``build/``."""
    done = {}
    for subject in SUBJECTS:
        console.rule(f"{subject.network} on {subject.dataset}")
        dataset = datasets.load(subject.dataset)
        model = models.trained(subject.network, dataset).model
        try:
            chosen = choose(model, dataset, subject.classes, count)
        except ValueError as error:
            raise CourseError(str(error)) from error
        found = compare(model, dataset, chosen, subject.fill)
        console.print(result_table(found))
        for text in remarks(subject, found):
            console.print(escape(text), style="dim", highlight=False)
        done[subject] = found
    console.rule("All methods, by their mean ranks")
    console.print(overall_table(done))
    console.rule("Files")
    (root / "build").mkdir(exist_ok=True)
    page, file = root / "build" / "compare.html", root / "build" / "compare.json"
    write_page(page, done)
    file.write_text(json.dumps(as_json(done), indent=1, ensure_ascii=False) + "\n", "utf-8")
    for what, path in (("Page", page), ("Numbers", file)):
        console.print(f"{what:10} {path}", highlight=False, soft_wrap=True)


def overall_table(done: Mapping[Subject, Comparison]) -> Table:
    """Return method × network: the mean rank; the best mean of them first."""
    headings = [*(subject.network for subject in done), "mean"]
    table = _table(headings)
    for name, found in overall(done).items():
        cells = [f"{found[heading]:.1f}" if heading in found else "–" for heading in headings]
        table.add_row(name, *cells, style="italic" if name in BASELINES else None)
    return table


def result_table(found: Comparison) -> Table:
    """Return method × rated column: the mean and its rank; the best mean rank first."""
    rated = [column for column in COLUMNS if column != UNRATED]  # in 80 columns; the page has all
    table = _table(["mean rank", *(f"{column} {ARROWS[COLUMNS[column]]}" for column in rated)])
    means = found.means()
    for name, rank in ranks(means).items():
        cells = [f"{means[name][column]:.3f} [bold]{rank[column]:2}[/]" for column in rated]
        style = "italic" if name in BASELINES else None
        table.add_row(name, f"{rank['mean']:.1f}", *cells, style=style)
    for name in found.not_apply:
        table.add_row(name, *["–"] * (len(rated) + 1), style="dim")
    return table


def _table(headings: list[str]) -> Table:
    """One column for the methods, one for each heading, in 80 columns."""
    table = Table(box=SIMPLE_HEAD, padding=0, show_edge=False)
    table.add_column("method", no_wrap=True)
    for heading in headings:  # a word a line: no cell is cut, none wraps
        table.add_column(heading.replace(" ", "\n"), justify="right", no_wrap=True)
    return table


def write_page(target: Path, done: Mapping[Subject, Comparison]) -> None:
    """Write the tables as a page, each with one image's maps by all methods."""
    page = render(
        TEMPLATE,
        columns={column: ARROWS[best] for column, best in COLUMNS.items()},
        baselines=BASELINES,
        networks=[subject.network for subject in done],
        overall=overall(done),
        sections=[
            {
                "title": f"{subject.network} on {subject.dataset}",
                "methods": numbers(found),
                "not_apply": found.not_apply,
                "remarks": remarks(subject, found),
                "picture": example(subject, found).html(),
            }
            for subject, found in done.items()
        ],
    )
    target.write_text(page, encoding="utf-8")
