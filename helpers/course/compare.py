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
    """Compare all methods on `count` test images of each class of each network.

    Prints a table for each network and one for both, and writes a page and its numbers to
    ``build/``. Raises `CourseError` if a network classifies too few images correctly.
    """
    comparisons = {}
    for subject in SUBJECTS:
        console.rule(f"{subject.network} on {subject.dataset}")
        dataset = datasets.load(subject.dataset)
        model = models.trained(subject.network, dataset).model
        try:
            chosen = choose(model, dataset, subject.classes, count)
        except ValueError as error:
            raise CourseError(str(error)) from error
        comparison = compare(model, dataset, chosen, subject.fill)
        console.print(result_table(comparison))
        for text in remarks(subject, comparison):
            console.print(escape(text), style="dim", highlight=False)
        comparisons[subject] = comparison
    console.rule("All methods, by their mean ranks")
    console.print(overall_table(comparisons))
    console.rule("Files")
    (root / "build").mkdir(exist_ok=True)
    page, file = root / "build" / "compare.html", root / "build" / "compare.json"
    write_page(page, comparisons)
    file.write_text(json.dumps(as_json(comparisons), indent=1, ensure_ascii=False) + "\n", "utf-8")
    for what, path in (("Page", page), ("Numbers", file)):
        console.print(f"{what:10} {path}", highlight=False, soft_wrap=True)


def overall_table(done: Mapping[Subject, Comparison]) -> Table:
    """Return a table method × network of mean ranks, the best mean of the networks first."""
    headings = [*(subject.network for subject in done), "mean"]
    table = _table(headings)
    for name, found in overall(done).items():
        cells = [f"{found[heading]:.1f}" if heading in found else "–" for heading in headings]
        table.add_row(name, *cells, style="italic" if name in BASELINES else None)
    return table


def result_table(found: Comparison) -> Table:
    """Return a table method × rated column of means and their ranks, the best mean rank first."""
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
    """Return an empty table with a column for the methods and one for each heading. It fits a
    terminal of 80 characters."""
    table = Table(box=SIMPLE_HEAD, padding=0, show_edge=False)
    table.add_column("method", no_wrap=True)
    for heading in headings:  # a word a line: no cell is cut, none wraps
        table.add_column(heading.replace(" ", "\n"), justify="right", no_wrap=True)
    return table


def write_page(target: Path, done: Mapping[Subject, Comparison]) -> None:
    """Write the tables to an HTML page, each with one image's maps by all methods."""
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
