"""What figures are made of: mosaics of maps, colour scales, checks of what is drawn, and the words
of alternative texts."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.figure
import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import SubFigure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from helpers.plots.figure import ACTIVATION, GAP, INPUT, LINE, MUTED, NO_VALUE, SIGNED


class Scale:
    """One colour scale for many maps: from zero, or symmetric about zero if a value is negative."""

    def __init__(self, values: np.ndarray):
        low, high = -finite_max(-values), finite_max(values)
        limit = max(high, -low) or 1.0  # all zero: any scale shows it as constant
        self.norm = Normalize(0 if low >= 0 else -limit, limit)
        self.cmap = colormaps[ACTIVATION if low >= 0 else SIGNED].with_extremes(bad=NO_VALUE)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """RGBA of `values`, NaN as "no value"."""
        return self.cmap(self.norm(np.ma.masked_invalid(values)))

    def bar(self, figure: Any, ax: Any, label: str) -> None:
        mappable = matplotlib.cm.ScalarMappable(self.norm, self.cmap)
        bar = figure.colorbar(mappable, ax=ax, label=label, shrink=0.9, aspect=25, pad=0.02)
        bar.outline.set_visible(False)


def mosaic(
    ax: Axes,
    rows: list[list],
    labels: Sequence[str] = (),
    hatched: bool = False,
    outlined: int | None = None,
    least: tuple[int, int] = (1, 1),
) -> None:
    """Draws many maps into one axes (one axes a map is ten times slower).

    Each cell of `rows` is an (h, w, 3 or 4) picture, drawn one unit wide with a gap. `labels` stand
    above the cells in reading order. `hatched` shows through transparent pixels. Room is left for
    `least` rows and columns, so that pictures of a series stay in place.
    """
    height = rows[0][0].shape[0] / rows[0][0].shape[1]
    lines = line_count(labels)
    head, pitch = LINE * lines, height + GAP + LINE * lines
    ax.set_aspect("equal")
    ax.set_axis_off()
    ax.set_xlim(-GAP / 2, max(least[1], *map(len, rows)) * (1 + GAP) - GAP / 2)
    ax.set_ylim(max(least[0], len(rows)) * pitch - GAP / 2 - head, -GAP / 2 - head)
    cells = [(r, c) for r, row in enumerate(rows) for c in range(len(row))]
    for number, (r, c) in enumerate(cells):
        x, y = mosaic_corner(r, c, height, lines)
        frame: dict[str, Any] = {"xy": (x, y), "width": 1, "height": height}
        if hatched:
            ax.add_patch(Rectangle(**frame, fc="white", ec="0.6", hatch="//////", lw=0))
        picture = AxesImage(ax, extent=(x, x + 1, y + height, y), interpolation="nearest", zorder=2)
        picture.set_data(rows[r][c])
        picture.set_clip_path(ax.patch)
        ax.add_artist(picture)
        ax.add_patch(Rectangle(**frame, fill=False, ec="0.8", lw=0.5, zorder=3))
        if number == outlined:
            around = Rectangle((x - 0.04, y - 0.04), 1.08, height + 0.08)
            around.set(fill=False, ec="black", lw=2)
            ax.add_patch(around)
        if labels:
            label = str(labels[number])
            style: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": 8}
            style["linespacing"] = 1.1
            style["color"] = MUTED if label.endswith((" dead", " NaN")) else "black"
            style["weight"] = "bold" if number == outlined else "normal"
            ax.text(x + 0.5, y - 0.05, label, **style)


def mosaic_corner(row: Any, column: Any, height: float, lines: int) -> tuple[Any, Any]:
    """Where a cell of a mosaic begins, or cells begin: its left and its upper edge, in units of a
    cell's width. `height` is a cell's, `lines` how many lines of text stand above it."""
    return column * (1 + GAP), row * (height + GAP + LINE * lines)


def mosaic_inches(
    rows: int, columns: int, ratio: float, lines: int, unit: float, widest: float
) -> tuple[float, float]:
    """Width and height of a mosaic of maps `unit` inches wide, less where it would get too wide."""
    across = columns * (1 + GAP)
    unit = min(unit, widest / across)
    return unit * across, unit * rows * (ratio + GAP + LINE * lines)


def line_count(labels: Sequence[str]) -> int:
    """How many lines the longest label has."""
    return max((label.count("\n") + 1 for label in labels), default=0)


def tell_fate(map_: np.ndarray) -> str:
    """What stands behind the name of a map without values."""
    return " NaN" if np.isnan(map_).all() else "" if np.any(map_) else " dead"


def label_grid(ax: Axes, row_labels: list[str], columns: int) -> None:
    """Names the rows of a mosaic at its left and numbers the filters above."""
    bottom, top = ax.get_ylim()
    pitch = (bottom - top) / len(row_labels)
    for row, label in enumerate(row_labels):
        y = top + (row + 0.5) * pitch
        ax.text(-1.5 * GAP, y, label, ha="right", va="center", fontsize=8)
    for column in range(columns):
        x = 0.5 + column * (1 + GAP)
        ax.text(x, top, str(column), ha="center", va="bottom", fontsize=8)


def image_grid(
    figure: Any,
    pictures: np.ndarray,
    titles: Sequence[str],
    columns: int,
    least: tuple[int, int] = (1, 1),
) -> None:
    """Draw images, each below its title, in rows of so many columns."""
    cells = list(painted_images(pictures))
    mosaic(figure.add_subplot(), in_rows(cells, columns), titles, least=least)


def checked_images(
    images: ArrayLike | list[ArrayLike], titles: Sequence[object] | None
) -> tuple[np.ndarray, list[str]]:
    """Images as an array (N, height, width, 1 or 3), and their titles as text; `ValueError` where a
    shape does not fit."""
    pictures = checked_array("images", images, ("N", "height", "width", "1 or 3"), empty=True)
    if pictures.shape[-1] not in (1, 3):
        raise ValueError(
            f"images must end in 1 or 3 channels, got shape {pictures.shape}: add a channel axis "
            "to grey images with images[..., None]"
        )
    labels = [] if titles is None else [str(title) for title in titles]
    if labels and len(labels) != len(pictures):
        raise ValueError(f"{len(pictures)} images need {len(pictures)} titles, got {len(labels)}")
    return pictures, labels


def checked_array(name: str, values: Any, axes: tuple[str, ...], empty: bool = False) -> np.ndarray:
    """`values` as an array with these axes; `ValueError` where it has others, or is empty."""
    values = np.asarray(values)
    if values.ndim != len(axes) or (not values.size and not empty):
        raise ValueError(
            f"{name} must be a non-empty array ({', '.join(axes)}), got shape {values.shape}; "
            "an axis too few is added with [None] or [..., None], one too many removed by indexing"
        )
    return values


def subfigures(figure: Any, rows: int, columns: int, **ratios: Sequence[float]) -> list[SubFigure]:
    """The parts of a figure, in reading order."""
    return list(figure.subfigures(rows, columns, **ratios))


def checked_arrays(of: Mapping[str, ArrayLike], axes: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Each of several arrays, checked."""
    return {name: checked_array(name, values, axes) for name, values in of.items()}


def checked_names(class_names: Sequence[object], values: np.ndarray) -> list[str]:
    """One name for each class, the first axis of `values`, as text."""
    if len(class_names) != len(values):
        raise ValueError(
            f"class_names must name all {len(values)} classes (the first axis), "
            f"got {len(class_names)} names"
        )
    return [str(name) for name in class_names]


def check_classes(name: str, classes: np.ndarray, n_classes: int) -> None:
    """`ValueError` where `classes` are no integers from 0 to `n_classes` − 1."""
    if classes.dtype.kind not in "iu" or classes.min() < 0 or classes.max() >= n_classes:
        raise ValueError(
            f"{name} must be integers from 0 to {n_classes - 1} (there are {n_classes} class "
            f"names), got {classes.dtype} from {classes.min()} to {classes.max()}"
        )


def check_index(name: str, index: int, length: int) -> None:
    """`ValueError` where `index` is not below `length`."""
    if not 0 <= index < length:
        raise ValueError(f"{name} must be from 0 to {length - 1}, got {index}")


def tell_strongest(values: np.ndarray, names: Sequence[str] = (), kind: str = "filter") -> str:
    """The alt text's clause on the largest value: where it is, and how large."""
    finite = np.where(np.isfinite(values), values, -np.inf)
    index = np.unravel_index(finite.argmax(), finite.shape)
    if not np.isfinite(finite[index]):
        return ""
    where = f" for class {names[int(index[0])]}" if names else ""
    return f"; strongest is {kind} {index[-1]}{where}, up to {finite[index]:.3g}"


def finite_max(values: np.ndarray) -> float:
    """The largest finite value, 0 if there is none."""
    finite = values[np.isfinite(values)]
    return float(finite.max()) if finite.size else 0.0


def paler(colour: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """`colour` (..., 3) with `opacity` (...) on white paper."""
    return 1 - (1 - colour) * np.clip(np.nan_to_num(opacity), 0, 1)[..., None]


def tell_empty(values: np.ndarray) -> str:
    """What stands behind the name of a class of which there are no images."""
    return " (no images)" if np.isnan(values).all() else ""


def in_rows(cells: list, columns: int) -> list[list]:
    """Cells, so many in a row."""
    return [cells[i : i + columns] for i in range(0, len(cells), columns)]


def squarest(count: int) -> int:
    """Columns of the squarest grid for `count` cells."""
    return max(1, int(np.ceil(np.sqrt(count))))


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """So many of a thing, in words: "1 image", "2 images"."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def listed(titles: Sequence[str]) -> str:
    """The labels of a grid for its alt text, the first twenty of them."""
    if not titles:
        return "."
    words = [" ".join(title.split()) for title in titles[:20]]
    return ": " + "; ".join(words) + ("; …" if len(titles) > 20 else ".")


def map_with_box(
    ax: Axes, picture: np.ndarray, corner: tuple[int, int], size: tuple[int, int]
) -> None:
    height, width = picture.shape[:2]
    ax.imshow(picture, interpolation="nearest")
    ax.set_axis_off()
    ax.add_patch(Rectangle((-0.5, -0.5), width, height, fill=False, ec="0.8", lw=0.5))
    # Room for a patch that hangs over the border.
    ax.set_xlim(min(0, corner[1]) - 0.6, max(width, corner[1] + size[1]) - 0.4)
    ax.set_ylim(max(height, corner[0] + size[0]) - 0.4, min(0, corner[0]) - 0.6)
    for colour, line in (("white", 3), ("black", 1.2)):  # seen on any ground
        box = Rectangle((corner[1] - 0.5, corner[0] - 0.5), size[1], size[0])
        box.set(fill=False, ec=colour, lw=line)
        ax.add_patch(box)


def painted_images(pictures: np.ndarray) -> np.ndarray:
    if pictures.shape[-1] == 1:
        return colormaps[INPUT](np.clip(np.nan_to_num(pictures[..., 0]), 0, 1))
    return np.clip(np.nan_to_num(pictures), 0, 1)
