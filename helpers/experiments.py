"""Keep a table of what a student tried: one row a run, and a picture of all of them."""

import html
import numbers
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from matplotlib.ticker import MaxNLocator

from helpers.plots.figure import TRAINING, Figure, house_style

__all__ = ["Experiments", "record", "start_again"]


class Run(NamedTuple):
    """What was set, and what came of it."""

    settings: dict[str, Any]
    results: dict[str, float]


_TABLES: dict[str, list[Run]] = {}  # of this kernel


def record(table: str, settings: Mapping[str, Any], **results: float) -> "Experiments":
    """Add a run to a table, and return the table with its picture.

    A run with the settings of an earlier one takes its place. A table is kept as long as the kernel
    runs; to save it, save the notebook.

    Args:
        table: the name of the table. It is the picture's title.
        settings: what was changed, with the value of this run. Each run of a table sets the same.
        results: what came of it: one or more numbers.

    Raises:
        ValueError: if there is no setting or no result, or if earlier runs of the table have other
            settings or results. Also if a setting is no number, text or truth value, or if a result
            is no finite number.

    Example:
        >>> from helpers import experiments
        >>> experiments.record("Steps", {"steps": 10}, logit=1.5)
        run | steps | logit
        1   | 10    | 1.5
        >>> experiments.record("Steps", {"steps": 20}, logit=2.25)
        run | steps | logit
        1   | 10    | 1.5
        2   | 20    | 2.25
    """
    if not settings or not results:
        raise ValueError(
            f"a run has at least one setting and one result, got {dict(settings)} and {results}: "
            'write record("Steps", {"steps": 10}, logit=1.5)'
        )
    for name, value in settings.items():
        if np.ndim(value) or not isinstance(value, str | bool | numbers.Real | np.bool_):
            raise ValueError(
                f"the setting {name} must be a number, a text or a truth value, not {value!r}"
            )
    for name, value in results.items():
        if np.ndim(value) or not _is_number(value) or not np.isfinite(value):
            raise ValueError(f"the result {name} must be a finite number, not {value!r}")
    run = Run(dict(settings), {name: float(value) for name, value in results.items()})
    runs = _TABLES.get(table, [])
    for earlier in runs[:1]:
        for what, old, new in zip(("settings", "results"), earlier, run, strict=True):
            if list(old) != list(new):
                raise ValueError(
                    f"the runs of {table!r} have the {what} {', '.join(old)}, not "
                    f"{', '.join(new)}: give them, or record under another name"
                )
    same = [i for i, earlier in enumerate(runs) if earlier.settings == run.settings]
    _TABLES[table] = [*runs[: same[0]], run, *runs[same[0] + 1 :]] if same else [*runs, run]
    return Experiments(table, _TABLES[table])


def start_again(table: str) -> None:
    """Forget all runs of a table. A table that does not exist is no error."""
    _TABLES.pop(table, None)


class Experiments:
    """The runs of a table, which show themselves: as text, in a notebook with a picture.

    Attributes:
        runs: the runs in the order in which their settings were first tried.
    """

    def __init__(self, title: str, runs: list[Run]):
        self.title, self.runs = title, runs

    def _rows(self) -> list[list[str]]:
        head = ["run", *self.runs[0].settings, *self.runs[0].results]
        rows = [
            [str(n), *map(_text, run.settings.values()), *map(_text, run.results.values())]
            for n, run in enumerate(self.runs, 1)
        ]
        return [head, *rows]

    def __repr__(self) -> str:
        rows = self._rows()
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = (
            " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )
        return "\n".join(lines)

    @house_style()
    def picture(self) -> Figure:
        """Draw each result: over the one setting that changed, if it is a number; else run by
        run."""
        first = self.runs[0].settings
        changed = [name for name in first if len({str(r.settings[name]) for r in self.runs}) > 1]
        values = [run.settings[changed[0]] for run in self.runs] if len(changed) == 1 else []
        over = changed[0] if values and all(map(_is_number, values)) else "run"
        x = np.array(values if over != "run" else range(1, len(self.runs) + 1), float)
        order = np.argsort(x, kind="stable")
        said = "; ".join(
            f"{name} " + ", ".join(_text(self.runs[i].results[name]) for i in order)
            for name in self.runs[0].results
        )
        count = len(self.runs[0].results)
        places = ", ".join(_text(x[i]) for i in order)
        alt = f"{self.title}. At {over} {places}: {said}."
        figure = Figure(self.title, alt, 8, 1 + 1.9 * count)
        panels = figure.subplots(count, 1, squeeze=False)[:, 0]
        for ax, name in zip(panels, self.runs[0].results, strict=True):
            y = np.array([run.results[name] for run in self.runs])
            ax.plot(x[order], y[order], marker="o", color=TRAINING)
            for n, point in enumerate(zip(x, y, strict=True), 1):
                if over != "run":
                    ax.annotate(f"run {n}", point, (4, 4), textcoords="offset points", fontsize=8)
            ax.set(xlabel=over, ylabel=name)
            ax.margins(0.1, 0.2)
            if y.min() >= 0:
                ax.set_ylim(bottom=max(0, ax.get_ylim()[0]))
            ax.grid(color="0.9")
            if over == "run":
                ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        return figure

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        data, metadata = self.picture()._repr_mimebundle_()
        head, *rows = self._rows()
        cells = [f"<tr>{''.join(f'<td>{html.escape(t)}</td>' for t in row)}</tr>" for row in rows]
        heads = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in head)
        table = f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(cells)}</tbody></table>"
        return data | {"text/html": table + data["text/html"], "text/plain": repr(self)}, metadata


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _text(value: Any) -> str:
    if not _is_number(value):
        return str(value)
    return f"{value:.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:.4g}"
