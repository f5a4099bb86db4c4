"""Images as they are."""

from collections.abc import Sequence

from numpy.typing import ArrayLike

from helpers.plots.figure import Figure, house_style
from helpers.plots.layout import (
    checked_array,
    checked_images,
    counted,
    image_grid,
    label_grid,
    line_count,
    listed,
    mosaic_inches,
    squarest,
)

__all__ = ["image_table", "images"]


@house_style()
def images(
    pictures: ArrayLike,
    titles: Sequence[object] | None = None,
    columns: int | None = None,
    title: str = "Images",
) -> Figure:
    """A grid of inputs.

    Args:
        pictures: (N, height, width, 1 or 3), from 0 to 1; one channel is drawn as ink on paper, as
            in all figures here, so that a grey photograph needs three.
        titles: N labels, one above each image.
        columns: images in a row; as square as possible by default, at most 8.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.

    >>> from helpers import plots
    >>> plots.images(images, title="Noise").alt
    'Noise: 4 images of 8 × 8 pixels.'
    """
    inputs, titles = checked_images(pictures, titles)
    columns = columns or min(8, squarest(len(inputs)))
    height, width = inputs.shape[1:3]
    alt = f"{title}: {counted(len(inputs), 'image')} of {height} × {width} pixels{listed(titles)}"
    rows = -(-len(inputs) // columns)
    across, down = mosaic_inches(rows, columns, height / width, line_count(titles), 1.2, 9.4)
    figure = Figure(title, alt, max(4, across + 0.2), down + 0.6)
    image_grid(figure, inputs, titles, columns)
    return figure


@house_style()
def image_table(
    pictures: ArrayLike,
    row_names: Sequence[object],
    labels: Sequence[object] | None = None,
    title: str = "Images",
) -> Figure:
    """Inputs in named rows and numbered columns.

    Args:
        pictures: (rows, columns, height, width, 1 or 3), from 0 to 1; one channel is ink on paper.
        row_names: one name per row.
        labels: rows × columns labels, one above each image, row by row.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.

    >>> from helpers import plots
    >>> table = images.reshape(2, 2, 8, 8, 1)
    >>> plots.image_table(table, ["first", "second"]).alt
    'Images: 2 rows of 2 images, 8 × 8 pixels; first; second.'
    """
    inputs = checked_array("images", pictures, ("rows", "columns", "height", "width", "1 or 3"))
    rows, columns, height, width, _ = inputs.shape
    if len(row_names) != rows:
        raise ValueError(f"row_names must name all {rows} rows, got {len(row_names)} names")
    each, labels = checked_images(inputs.reshape(-1, *inputs.shape[2:]), labels)
    alt = (
        f"{title}: {counted(rows, 'row')} of {counted(columns, 'image')}, {height} × {width} pixels"
    )
    alt += "".join(
        f"; {name}" + (f": {', '.join(labels[r * columns : (r + 1) * columns])}" if labels else "")
        for r, name in enumerate(row_names)
    )
    across, down = mosaic_inches(rows, columns, height / width, line_count(labels), 0.85, 8)
    figure = Figure(title, f"{alt}.", max(5, across + 1.4), down + 0.8)
    image_grid(figure, each, labels, columns)
    label_grid(figure.axes[0], [str(name) for name in row_names], columns)
    return figure
