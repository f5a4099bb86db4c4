"""Images that grow under gradient ascent, and how their scores rise."""

from collections.abc import Sequence

from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from helpers.plots.figure import Figure, filter_colour, house_style
from helpers.plots.layout import (
    checked_array,
    checked_images,
    image_grid,
    label_grid,
    mosaic_inches,
)

__all__ = ["progression", "score_curves"]

# Four lines and seven markers: no two of 28 curves look alike without their colours.
LINES = ("-", "--", "-.", ":")
MARKERS = "osD^vPX"


@house_style()
def progression(
    images: ArrayLike,
    stages: Sequence[object],
    names: Sequence[object],
    scores: ArrayLike,
    title: str = "One regulariser more each time",
) -> Figure:
    """The images that gradient ascent finds with more and more regularisers, a row for each score.

    Args:
        images: (stages, S, height, width, 1 or 3), from 0 to 1; one channel is ink on paper.
        stages: the names of the stages, from left to right.
        names: of the S rows.
        scores: (stages, S), what was reached.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.

    >>> from helpers import plots
    >>> stages, scores = ["plain", "blurred"], [[3.0], [2.0]]
    >>> plots.progression(images[:2, None], stages, ["cat"], scores, title="Climbs").alt
    'Climbs: plain, then blurred, 8 × 8 pixels; cat: scores 3, 2.'
    """
    images = checked_array("images", images, ("stages", "S", "height", "width", "1 or 3"))
    scores = checked_array("scores", scores, ("stages", "S"))
    if images.shape[:2] != (len(stages), len(names)) or scores.shape != images.shape[:2]:
        raise ValueError(
            f"images {images.shape} of {len(stages)} stages and {len(names)} names need as many "
            f"rows and columns, and so do scores, which are {scores.shape}"
        )
    pictures, _ = checked_images(images.swapaxes(0, 1).reshape(-1, *images.shape[2:]), None)
    height, width = pictures.shape[1:3]
    labels = [
        f"{stage}\nscore {_score(score)}"
        for row in scores.T
        for stage, score in zip(stages, row, strict=True)
    ]
    alt = f"{title}: {', then '.join(map(str, stages))}, {height} × {width} pixels"
    alt += "".join(
        f"; {name}: scores {', '.join(map(_score, row))}"
        for name, row in zip(names, scores.T, strict=True)
    )
    across, down = mosaic_inches(len(names), len(stages), height / width, 2, 2.1, 9.4)
    figure = Figure(title, f"{alt}.", max(5, across + 1), down + 0.3)
    image_grid(figure, pictures, labels, len(stages))
    label_grid(figure.axes[0], [str(name) for name in names], 0)
    return figure


def _score(value: float) -> str:
    """Three digits, and thousands as they are: 1,180 and not 1.18e+03."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


@house_style()
def score_curves(
    curves: ArrayLike,
    names: Sequence[object],
    title: str = "The score, step by step",
    label: str = "score",
) -> Figure:
    """Curves of scores, step by step; colour, line and marker tell them apart.

    Args:
        curves: (S, steps + 1), the score before each step and after the last.
        names: one name per curve.
        title: what one looks at.
        label: what a score is.

    Raises:
        ValueError: if a shape does not fit.

    >>> from helpers import plots
    >>> plots.score_curves([[0.0, 1.0, 3.0]], ["cat"], title="Climb").alt
    'Climb, 2 steps: cat 0 to 3.'
    """
    curves = checked_array("curves", curves, ("S", "steps + 1"))
    if len(names) != len(curves):
        raise ValueError(f"{len(curves)} curves need {len(curves)} names, got {len(names)}")
    ends = [f"{n} {c[0]:.3g} to {c[-1]:.3g}" for n, c in zip(names, curves, strict=True)]
    alt = f"{title}, {curves.shape[1] - 1} steps: {'; '.join(ends)}."
    figure = Figure(title, alt, 8, 3.6)
    ax = figure.add_subplot()
    every = max(1, curves.shape[1] // 10)
    for number, (name, curve) in enumerate(zip(names, curves, strict=True)):
        ax.plot(
            curve,
            LINES[number % len(LINES)],
            color=filter_colour(number),
            linewidth=1.5,
            marker=MARKERS[number % len(MARKERS)],
            markersize=5,
            markevery=(number % every, every),  # side by side where curves lie on each other
            label=str(name),
        )
    ax.set(xlabel="step", ylabel=label, xlim=(0, max(1, curves.shape[1] - 1)))
    ax.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    ax.grid(axis="y", color="0.9")
    ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return figure
