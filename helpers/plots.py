"""Pictures of networks: arrays in, a `Figure` out, one colour map per meaning, alt text on each.

Nothing here knows a model, and nothing touches pyplot's state: a figure is shown because it is
the last expression of a cell (or is passed to `display`), once, whatever `%matplotlib` says.
"""

import base64
import html
import io
import textwrap
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
import matplotlib.figure
import numpy as np
from matplotlib import colormaps
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_rgb
from matplotlib.figure import SubFigure
from matplotlib.image import AxesImage
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

INPUT = "Greys"  # what the network sees: ink on paper
ACTIVATION = "magma"  # what a filter answers: black is zero
SIGNED = "RdBu_r"  # weights and signed maps: white is zero, red is positive
BYTES = "gray"  # maps on scales of their own: mid-grey is a map's mean, black a constant map
MISTAKES = "Oranges"  # counts of mistakes
# Which filter: nine of different hue (course networks have nine filters), since a colour is also
# shown mixed with white; then those far from all others, for colour-blind readers too.
# fmt: off
FILTERS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#6900A5", "#00D2E1", "#4BD22D",
    "#5A3C1E", "#D20F4B", "#0000FF", "#C3B469", "#870069", "#7896FF", "#873C00", "#D200B4",
    "#56B4E9", "#96C396", "#782D4B", "#E14B3C", "#0F1ED2", "#1E8787", "#691E87", "#5A69FF",
)
# fmt: on

_TRAINING, _VALIDATION = FILTERS[:2]
_MUTED = "0.45"  # text that should not compete with the picture
_NO_VALUE = "0.9"  # the paint of NaN
_TURNED: dict[str, Any] = {"rotation": 45, "ha": "right"}  # labels too long to stand in a row
_GAP, _LINE = 0.12, 0.17  # between two maps, and a line of text: as fractions of a map's width
_STYLE = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.labelsize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.titlesize": 12,
    "hatch.linewidth": 0.6,
}


@contextmanager
def _style():
    """Draws alike whatever style the reader has set."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)  # type: ignore[arg-type]  # the stub lists names
        yield


class Figure(matplotlib.figure.Figure):
    """A Matplotlib figure that carries its alternative text into the notebook.

    Attributes:
        alt: one or two sentences that say what the picture shows, with numbers.
    """

    def __init__(self, title: str, alt: str, width: float, height: float):
        """`width` and `height` in inches, at 96 CSS pixels an inch."""
        layout = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08)
        super().__init__(figsize=(width, height), dpi=96, layout=layout)
        self.alt = alt
        self.suptitle(textwrap.fill(title, int(11 * width)))

    def png(self) -> bytes:
        """The picture at two pixels per CSS pixel, equal for equal figures."""
        buffer = io.BytesIO()
        with _style():  # ticks are made, hence styled, while drawing
            self.savefig(buffer, format="png", dpi=2 * self.dpi, metadata={"Software": None})
        self.set_layout_engine("none")  # a second layout would start from the first and move on
        return buffer.getvalue()

    def html(self) -> str:
        """An `<img>` element that holds the picture and its alternative text."""
        return self._bundle()[0]["text/html"]

    def _ipython_display_(self) -> None:
        from IPython.display import display

        # %matplotlib inline would put a picture of its own, without alt text, for the bundle's.
        data, metadata = self._bundle()
        display(data, metadata=metadata, raw=True)

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        return self._bundle()

    def _bundle(self) -> tuple[dict, dict]:
        png = base64.b64encode(self.png()).decode()
        width, height = (round(inches * self.dpi) for inches in self.get_size_inches())
        # JupyterLab drops the alt text of an image/png, so the picture goes out as HTML, too.
        img = (
            f'<img alt="{html.escape(self.alt)}" width="{width}" '
            f'style="max-width: 100%; height: auto" src="data:image/png;base64,{png}">'
        )
        data = {"image/png": png, "text/html": img, "text/plain": self.alt}
        return data, {"image/png": {"alt": self.alt, "width": width, "height": height}}


@_style()
def images(
    images: ArrayLike,
    titles: Sequence[object] | None = None,
    columns: int | None = None,
    title: str = "Images",
) -> Figure:
    """A grid of inputs.

    Args:
        images: (N, height, width, 1 or 3), from 0 to 1; one channel is drawn as ink on paper, as in
            all figures here, so that a grey photograph needs three.
        titles: N labels, one above each image.
        columns: images in a row; as square as possible by default, at most 8.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.
    """
    pictures, titles = _checked_images(images, titles)
    columns = columns or min(8, _square(len(pictures)))
    height, width = pictures.shape[1:3]
    alt = f"{title}: {_count(len(pictures), 'image')} of {height} × {width} pixels{_listed(titles)}"
    rows = -(-len(pictures) // columns)
    across, down = _mosaic_inches(rows, columns, height / width, _lines(titles), 1.2, 9.4)
    figure = Figure(title, alt, max(4, across + 0.2), down + 0.6)
    _image_grid(figure, pictures, titles, columns)
    return figure


@_style()
def training_history(
    history: Mapping[str, Sequence[float]],
    title: str = "Training against validation",
    epoch: float | None = None,
) -> Figure:
    """Loss and accuracy as training went on, on the training and on the validation set.

    Args:
        history: "loss", "accuracy", "val_loss" and "val_accuracy", lists of one length, and after
            how many epochs ("epoch"; without it, as in what Keras calls `History.history`, there
            is one number per epoch). Of a model with several heads, each head's accuracy instead,
            such as "angle_accuracy" and "val_angle_accuracy".
        title: what one looks at.
        epoch: the one of these epochs to mark.

    Raises:
        ValueError: if a list is missing, the lengths differ or the epoch does not exist.
    """
    history = check_history(history, epoch)
    figure = Figure(title, _history_alt(history, epoch), 9, 3.4)
    _history_panels(figure, history, epoch)
    return figure


@_style()
def training_overview(
    history: Mapping[str, Sequence[float]],
    epoch: float,
    mistakes: ArrayLike,
    titles: Sequence[object],
    title: str,
) -> Figure:
    """The training curves with one epoch marked, above a grid of mistaken images.

    Args:
        history, epoch: as in `training_history`.
        mistakes: (N, height, width, 1 or 3), from 0 to 1; N may be 0.
        titles: N labels, one above each image.
        title: what the images are.
    """
    history = check_history(history, epoch)
    pictures, titles = _checked_images(mistakes, titles)
    alt = f"{_history_alt(history, epoch)} Below: {title}{_listed(titles) if titles else '.'}"
    figure = Figure("Training, and the mistakes that remain", alt, 9, 7.2)
    top, bottom = _parts(figure, 2, 1, height_ratios=(3, 3.8))
    _history_panels(top, history, epoch)
    bottom.suptitle(title, fontsize=10)
    if len(pictures):
        _image_grid(bottom, pictures, titles, columns=6, least=(2, 6))
    return figure


@_style()
def confusion_matrix(
    labels: ArrayLike, predictions: ArrayLike, class_names: Sequence[object]
) -> Figure:
    """How often each class is taken for each other: rows are true, columns predicted classes.

    Only mistakes are coloured; on a common scale the diagonal would outshine them.

    Args:
        labels: (N,) true classes, integers.
        predictions: (N,) predicted classes, integers.
        class_names: one name per class.

    Raises:
        ValueError: if lengths differ or a class has no name.
    """
    from sklearn import metrics  # takes a second, and only this figure needs it

    labels, predictions = np.asarray(labels), np.asarray(predictions)
    names = [str(name) for name in class_names]
    if labels.ndim != 1 or labels.shape != predictions.shape or not len(labels):
        raise ValueError(
            f"labels {labels.shape} and predictions {predictions.shape} must both be (N,), N > 0; "
            "probabilities (N, classes) become predictions with .argmax(axis=-1)"
        )
    _check_classes("labels", labels, len(names))
    _check_classes("predictions", predictions, len(names))
    counts = metrics.confusion_matrix(labels, predictions, labels=range(len(names)))
    mistakes = counts * (1 - np.eye(len(names), dtype=int))
    most, accuracy = mistakes.max(), np.mean(labels == predictions)
    alt = f"Confusion matrix of {len(names)} classes, accuracy {accuracy:.1%}; "
    if most:
        true, predicted = np.unravel_index(mistakes.argmax(), mistakes.shape)
        alt += (
            f"most frequent confusion: {names[true]} taken for {names[predicted]}, "
            f"{_count(most, 'time')}."
        )
    else:
        alt += "no mistakes."

    side = min(9.6, 1.8 + 0.5 * len(names))
    title = f"Confusion matrix: {accuracy:.1%} of {len(labels):,} images are right"
    figure = Figure(title, alt, max(5, side), side)
    ax = figure.add_subplot()
    display = metrics.ConfusionMatrixDisplay(counts, display_labels=names)
    display.plot(ax=ax, cmap=colormaps[MISTAKES].with_extremes(bad="0.93"), colorbar=False)
    display.im_.set_data(np.ma.masked_where(np.eye(len(names), dtype=bool), mistakes))
    display.im_.set_clim(0, most or 1)
    for (row, column), text in np.ndenumerate(display.text_):
        count = counts[row, column]
        strong = row != column and count > 0.6 * most
        text.set(
            text=f"{count:d}",
            color="white" if strong else "0.75" if not count else "black",
            fontsize=9 if len(names) <= 12 else 6,
        )
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    if max(map(len, names)) > 3:
        ax.tick_params(axis="x", rotation=45)
        for label in ax.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")
    ax.set(xlabel="predicted class", ylabel="true class")
    return figure


@_style()
def feature_maps(
    maps: ArrayLike,
    title: str = "What each filter answers to one image",
    label: str = "activation",
) -> Figure:
    """All feature maps of a layer for one image, on one colour scale that starts at zero.

    Args:
        maps: (height, width, filters) activations; negative ones get a signed colour scale.
        title: what one looks at.
        label: what the values are.

    Raises:
        ValueError: if `maps` has another number of axes.
    """
    maps = _array("maps", maps, ("height", "width", "filters"))
    filters = maps.shape[-1]
    dead = [_fate(maps[..., i]) == " dead" for i in range(filters)]
    alt = (
        f"{title}: {_count(filters, 'feature map')} of {maps.shape[0]} × {maps.shape[1]}, "
        f"{sum(dead)} of them dead{_strongest(maps)}."
    )
    columns = _square(filters)
    rows = -(-filters // columns)
    across, down = _mosaic_inches(rows, columns, maps.shape[0] / maps.shape[1], 1, 1.3, 8.6)
    figure = Figure(title, alt, max(4, across + 1.1), max(2.4, down + 0.6))
    scale = _Scale(maps)
    ax = figure.add_subplot()
    labels = [f"{i}{_fate(maps[..., i])}" for i in range(filters)]
    _mosaic(ax, _in_rows([scale(maps[..., i]) for i in range(filters)], columns), labels)
    scale.bar(figure, ax, label)
    return figure


@_style()
def class_mean_maps(
    mean: ArrayLike,
    class_names: Sequence[object],
    title: str = "Mean activation of each filter, class by class",
) -> Figure:
    """Mean feature maps: a row per class, a column per filter, one colour scale from zero.

    Args:
        mean: (classes, height, width, filters); a class without images is NaN, and left blank.
        class_names: one name per class.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.
    """
    mean = _array("mean", mean, ("classes", "height", "width", "filters"))
    names = _names(class_names, mean)
    classes, height, width, filters = mean.shape
    alt = (
        f"{title}: {_count(classes, 'class', 'classes')} by {_count(filters, 'filter')}, "
        f"maps of {height} × {width}{_strongest(mean, names)}."
    )
    across, down = _mosaic_inches(classes, filters, height / width, 0, 0.85, 8)
    figure = Figure(title, alt, max(5, across + 1.8), max(2.4, down + 0.8))
    scale = _Scale(mean)
    ax = figure.add_subplot()
    _mosaic(ax, [[scale(row[..., i]) for i in range(filters)] for row in mean])
    _label_grid(ax, [f"{n}{_empty(row)}" for n, row in zip(names, mean, strict=True)], filters)
    scale.bar(figure, ax, "mean activation")
    return figure


@_style()
def mode_maps(
    mode: ArrayLike,
    frequency: ArrayLike,
    n_filters: int,
    class_names: Sequence[object],
    title: str = "Which filter wins most often, pixel by pixel",
) -> Figure:
    """A map per class of the filter that answers most strongly in most images.

    The colour says which filter; the paler, the fewer the images in which it wins. Where every
    filter is dead the paper is hatched.

    Args:
        mode: (classes, height, width) filter numbers, −1 where every filter is dead.
        frequency: (classes, height, width), the fraction of images in which the mode wins.
        n_filters: the number of filters of the layer; beyond 24 the colours repeat.
        class_names: one name per class.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit or a filter number does not exist.
    """
    mode = _array("mode", mode, ("classes", "height", "width"))
    frequency = _array("frequency", frequency, ("classes", "height", "width"))
    names = _names(class_names, mode)
    if mode.shape != frequency.shape:
        raise ValueError(f"mode {mode.shape} and frequency {frequency.shape} must agree in shape")
    if mode.min() < -1 or mode.max() >= n_filters:
        raise ValueError(
            f"mode holds filter numbers from {mode.min()} to {mode.max()}, but the layer has "
            f"n_filters={n_filters}: numbers are 0 to {n_filters - 1}, or −1 for a dead pixel"
        )
    live = mode >= 0
    filters, pixels = np.unique(mode[live], return_counts=True)
    alt = f"{title}: {_count(len(names), 'class', 'classes')}, {mode.shape[1]} × {mode.shape[2]}"
    if len(filters):
        top = pixels.argmax()
        alt += (
            f"; {len(filters)} of {n_filters} filters win somewhere, filter {filters[top]} most "
            f"often, on {pixels[top] / mode.size:.0%} of the pixels"
        )
    alt += f"; {1 - live.mean():.0%} of the pixels are dead."

    columns = min(5, len(names))
    rows = -(-len(names) // columns)
    across, down = _mosaic_inches(rows, columns, mode.shape[1] / mode.shape[2], 1, 1.75, 9)
    figure = Figure(title, alt, max(6, across + 0.2), down + 1.2)
    ax = figure.add_subplot()
    paint = np.array([to_rgb(_filter_colour(i)) for i in range(n_filters)])
    colour = _paler(paint[np.where(live, mode, 0)], frequency)
    painted = np.concatenate([colour, live[..., None]], axis=-1)
    _mosaic(ax, _in_rows(list(painted), columns), names, hatched=True)
    handles = [Patch(color=_filter_colour(i), label=str(i)) for i in filters]
    handles.append(Patch(facecolor="white", edgecolor="0.6", hatch="//////", label="dead"))
    figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=min(len(handles), 17),
        title="winning filter (paler: in fewer images)",
        handlelength=1.2,
        columnspacing=1,
    )
    return figure


@_style()
def dense_activations(
    mean: ArrayLike,
    class_names: Sequence[object],
    title: str = "Mean activation of each unit, class by class",
) -> Figure:
    """A dense layer's mean activations: a row per class, a column per unit.

    Args:
        mean: (classes, units); a class without images is NaN, and left blank.
        class_names: one name per class.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.
    """
    mean = _array("mean", mean, ("classes", "units"))
    names = _names(class_names, mean)
    classes, units = mean.shape
    alt = (
        f"{title}: {_count(classes, 'class', 'classes')} by {_count(units, 'unit')}"
        f"{_strongest(mean, names, 'unit')}."
    )
    figure = Figure(title, alt, min(9.6, max(5, 2 + 0.3 * units)), max(2.4, 1.3 + 0.28 * classes))
    ax = figure.add_subplot()
    scale = _Scale(mean)
    ax.imshow(scale(mean), aspect="auto")
    labels = [f"{n}{_empty(row)}" for n, row in zip(names, mean, strict=True)]
    ax.set_yticks(range(classes), labels)
    ax.xaxis.set_major_locator(MaxNLocator(26, integer=True))
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    ax.set(xlabel="unit", xlim=(-0.5, units - 0.5))
    scale.bar(figure, ax, "mean activation")
    return figure


@_style()
def filter_over_classes(
    mean: ArrayLike,
    mode: ArrayLike,
    frequency: ArrayLike,
    class_names: Sequence[object],
    class_: int,
    filter: int,
    title: str,
) -> Figure:
    """One filter: its mean map for one class, and for every class beside it; where it wins below.

    Args:
        mean: (classes, height, width, filters); the colour scale is the whole layer's.
        mode: (classes, height, width) filter numbers, −1 where every filter is dead.
        frequency: (classes, height, width), the fraction of images in which the mode wins.
        class_names: one name per class.
        class_: the class shown large, outlined among all classes.
        filter: the filter shown.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit or the class or the filter does not exist.
    """
    mean = _array("mean", mean, ("classes", "height", "width", "filters"))
    mode = _array("mode", mode, ("classes", "height", "width"))
    frequency = _array("frequency", frequency, ("classes", "height", "width"))
    if not mean.shape[:3] == mode.shape == frequency.shape:
        raise ValueError(
            f"mean {mean.shape}, mode {mode.shape} and frequency {frequency.shape} must agree in "
            "(classes, height, width): take all three from the same layer"
        )
    names = _names(class_names, mean)
    _check_index("class_", class_, len(names))
    _check_index("filter", filter, mean.shape[-1])
    maps, wins = mean[..., filter], mode == filter
    share = wins.mean(axis=(1, 2))
    peak = _finite_max(maps[class_])
    alt = (
        f"{title}. Class {names[class_]}: the mean activation reaches {peak:.3g}, and the filter "
        f"wins on {share[class_]:.0%} of the pixels. Over all classes it wins most for "
        f"{names[share.argmax()]}, on {share.max():.0%}."
    )

    scale = _Scale(mean)
    paint = np.array(to_rgb(_filter_colour(filter)))
    winning = _paler(np.broadcast_to(paint, (*wins.shape, 3)), frequency * wins)
    columns = min(5, len(names))
    labels = [f"{n}{_empty(m)}" for n, m in zip(names, maps, strict=True)]
    figure = Figure(title, alt, 9.6, 5.9)
    axes = figure.subplots(2, 2, width_ratios=(1, 2))
    both: tuple[Any, Any] = [scale(m) for m in maps], winning
    for (left, right), pictures in zip(axes, both, strict=True):
        _mosaic(left, [[pictures[class_]]])
        _mosaic(right, _in_rows(list(pictures), columns), labels, outlined=class_)
    axes[0, 0].set_title(f"mean activation, class {names[class_]}{_empty(maps[class_])}")
    axes[0, 1].set_title("mean activation, every class")
    axes[1, 0].set_title(f"where filter {filter} wins, class {names[class_]}")
    axes[1, 1].set_title("where it wins, every class (paler: in fewer images)")
    scale.bar(figure, axes[0, 1], "mean activation")
    return figure


@_style()
def unit_over_classes(
    mean: ArrayLike, class_names: Sequence[object], class_: int, unit: int, title: str
) -> Figure:
    """One unit of a dense layer: a bar per class, on the scale of the whole layer.

    Args:
        mean: (classes, units); a class without images is NaN.
        class_names: one name per class.
        class_: the class to mark.
        unit: the unit shown.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit or the class or the unit does not exist.
    """
    mean = _array("mean", mean, ("classes", "units"))
    names = _names(class_names, mean)
    _check_index("class_", class_, len(names))
    _check_index("unit", unit, mean.shape[-1])
    bars = np.nan_to_num(mean[:, unit])
    alt = (
        f"{title}. Mean activation {bars[class_]:.3g} for class {names[class_]}; strongest for "
        f"{names[bars.argmax()]}, {bars.max():.3g}."
    )
    figure = Figure(title, alt, max(5, min(9.6, 1.5 + 0.7 * len(names))), 3.4)
    ax = figure.add_subplot()
    drawn = ax.bar(range(len(names)), bars, color="0.75")
    drawn[class_].set_color(_TRAINING)
    labels = [f"{n}{_empty(row)}" for n, row in zip(names, mean, strict=True)]
    turned = _TURNED if max(map(len, names)) > 6 else {}
    ax.set_xticks(range(len(names)), labels, **turned)
    # The bar itself may be too low to be seen.
    ax.get_xticklabels()[class_].set(color=_TRAINING, fontweight="bold")
    low, high = min(0.0, -_finite_max(-mean)), max(0.0, _finite_max(mean))
    ax.set_ylim(1.05 * low, 1.05 * high or 1)
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set(xlabel="class", ylabel="mean activation")
    return figure


class _Scale:
    """One colour scale for many maps: from zero, or symmetric about zero if a value is negative."""

    def __init__(self, values: np.ndarray):
        low, high = -_finite_max(-values), _finite_max(values)
        limit = max(high, -low) or 1.0  # all zero: any scale shows it as constant
        self.norm = Normalize(0 if low >= 0 else -limit, limit)
        self.cmap = colormaps[ACTIVATION if low >= 0 else SIGNED].with_extremes(bad=_NO_VALUE)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """RGBA of `values`, NaN as "no value"."""
        return self.cmap(self.norm(np.ma.masked_invalid(values)))

    def bar(self, figure, ax, label: str) -> None:
        mappable = matplotlib.cm.ScalarMappable(self.norm, self.cmap)
        bar = figure.colorbar(mappable, ax=ax, label=label, shrink=0.9, aspect=25, pad=0.02)
        bar.outline.set_visible(False)


def _mosaic(
    ax, rows: list[list], labels=(), hatched=False, outlined: int | None = None, least=(1, 1)
) -> None:
    """Draws many maps into one axes (one axes a map is ten times slower).

    Each cell of `rows` is an (h, w, 3 or 4) picture, drawn one unit wide with a gap; `labels`
    stand above the cells in reading order; `hatched` shows through transparent pixels. Room is
    left for `least` rows and columns, so that pictures of a series stay in place.
    """
    height = rows[0][0].shape[0] / rows[0][0].shape[1]
    head = _LINE * _lines(labels)
    pitch = height + _GAP + head
    ax.set_aspect("equal")
    ax.set_axis_off()
    ax.set_xlim(-_GAP / 2, max(least[1], *map(len, rows)) * (1 + _GAP) - _GAP / 2)
    ax.set_ylim(max(least[0], len(rows)) * pitch - _GAP / 2 - head, -_GAP / 2 - head)
    cells = [(r, c) for r, row in enumerate(rows) for c in range(len(row))]
    for number, (r, c) in enumerate(cells):
        x, y = c * (1 + _GAP), r * pitch
        frame = {"xy": (x, y), "width": 1, "height": height}
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
            style = {"ha": "center", "va": "bottom", "fontsize": 8, "linespacing": 1.1}
            style["color"] = _MUTED if label.endswith((" dead", " NaN")) else "black"
            style["weight"] = "bold" if number == outlined else "normal"
            ax.text(x + 0.5, y - 0.05, label, **style)


def _mosaic_inches(
    rows: int, columns: int, ratio: float, lines: int, unit: float, widest: float
) -> tuple[float, float]:
    """Width and height of a mosaic of maps `unit` inches wide, less where it would get too wide."""
    across = columns * (1 + _GAP)
    unit = min(unit, widest / across)
    return unit * across, unit * rows * (ratio + _GAP + _LINE * lines)


def _lines(labels: Sequence[str]) -> int:
    return max((label.count("\n") + 1 for label in labels), default=0)


def _fate(map_: np.ndarray) -> str:
    return " NaN" if np.isnan(map_).all() else "" if np.any(map_) else " dead"


def _label_grid(ax, row_labels: list[str], columns: int) -> None:
    """Names the rows of a mosaic at its left and numbers the filters above."""
    bottom, top = ax.get_ylim()
    pitch = (bottom - top) / len(row_labels)
    for row, label in enumerate(row_labels):
        y = top + (row + 0.5) * pitch
        ax.text(-1.5 * _GAP, y, label, ha="right", va="center", fontsize=8)
    for column in range(columns):
        x = 0.5 + column * (1 + _GAP)
        ax.text(x, top, str(column), ha="center", va="bottom", fontsize=8)


def _image_grid(figure, pictures, titles: Sequence[str], columns: int, least=(1, 1)) -> None:
    painted = list(_painted_images(pictures))
    _mosaic(figure.add_subplot(), _in_rows(painted, columns), titles, least=least)


def _history_panels(figure, history: Mapping[str, np.ndarray], epoch: float | None) -> None:
    epochs, (_, *accuracies) = history["epoch"], _curves(history)
    marker = 4 if len(epochs) <= 30 else 0
    shown = None if epoch is None else list(epochs).index(epoch)
    for ax, names in zip(figure.subplots(1, 2), (["loss"], accuracies), strict=True):
        several = len(names) > 1
        for number, name in enumerate(names):
            pair = [_filter_colour(number)] * 2 if several else (_TRAINING, _VALIDATION)
            told = [_head(name), None] if several else ("training", "validation")
            kinds = (history[name], "o-"), (history[f"val_{name}"], "s--")
            for (values, style), colour, label in zip(kinds, pair, told, strict=True):
                ax.plot(epochs, values, style, ms=marker, color=colour, label=label)
        title = "accuracy of each head (dashed: validation)" if several else names[0]
        if epoch is not None:
            ax.axvline(epoch, color="black", linewidth=0.8, zorder=0)
            title = f"{title}, epoch {epoch:g}"
            if not several:
                train, validation = history[names[0]][shown], history[f"val_{names[0]}"][shown]
                title += f": training {train:.3f}, validation {validation:.3f}"
        ax.set_title(title)
        ax.set_xlim(0, epochs[-1] * 1.03)
        ax.xaxis.set_major_locator(MaxNLocator(12, integer=True, min_n_ticks=1))
        ax.set_xlabel("epoch")
        ax.grid(axis="y", color="0.9")
        ax.set_axisbelow(True)
        corner = "upper right" if names == ["loss"] else "lower right"
        ax.legend(loc=corner, frameon=True, edgecolor="none")


def _history_alt(history: Mapping[str, np.ndarray], epoch: float | None) -> str:
    epochs, (_, *accuracies) = history["epoch"], _curves(history)
    shown = -1 if epoch is None else list(epochs).index(epoch)
    values = {name: values[shown] for name, values in history.items()}
    alt = (
        f"Loss and accuracy, up to epoch {epochs[-1]:g}. After epoch {epochs[shown]:g}: "
        f"training loss {values['loss']:.3g}, validation loss {values['val_loss']:.3g}; "
    )
    alt += "; ".join(
        f"training {told} {values[name]:.1%}, validation {told} {values[f'val_{name}']:.1%}"
        for name in accuracies
        for told in [name if name == "accuracy" else f"accuracy of {_head(name)}"]
    )
    if "val_accuracy" not in history:
        return f"{alt}."
    accuracy = np.nan_to_num(history["val_accuracy"])
    return (
        f"{alt}. Best validation accuracy: {accuracy.max():.1%}, after epoch "
        f"{epochs[accuracy.argmax()]:g}."
    )


def _curves(history: Mapping[str, Any]) -> list[str]:
    """The loss and the accuracies in a history: one, or one for each head."""
    ends = "_accuracy"
    heads = [name for name in history if name.endswith(ends) and not name.startswith("val_")]
    return ["loss", *(heads if heads and "accuracy" not in history else ["accuracy"])]


def _head(name: str) -> str:
    return name.removesuffix("_accuracy")


def check_history(
    history: Mapping[str, Sequence[float]], epoch: float | None = None
) -> dict[str, np.ndarray]:
    """The curves of a training history and their epochs as arrays; see `training_history`.

    Raises:
        TypeError: if `history` is no mapping.
        ValueError: if a list is missing, the lengths differ or the epoch does not exist.
    """
    if not isinstance(history, Mapping):
        raise TypeError(
            f"history must be a dict of lists, got {type(history).__name__}: what `fit` returns "
            "holds it as .history"
        )
    names = _curves(history)
    names += [f"val_{name}" for name in names]
    if missing := [name for name in names if name not in history]:
        raise ValueError(
            f"history lacks {', '.join(missing)} (it has {', '.join(history)}): compile with "
            "metrics=['accuracy'] and fit with validation data, then pass History.history"
        )
    chosen = {name: np.asarray(history[name], float) for name in names}
    epochs = history.get("epoch", np.arange(1, len(chosen["loss"]) + 1))
    chosen["epoch"] = np.asarray(epochs, float)
    lengths = {name: len(values) for name, values in chosen.items()}
    if len(set(lengths.values())) > 1 or not lengths["loss"]:
        raise ValueError(f"the lists of history must be of one length, not empty; got {lengths}")
    if epoch is not None and epoch not in chosen["epoch"]:
        there = ", ".join(f"{one:g}" for one in chosen["epoch"])
        raise ValueError(f"history has epochs {there}; got {epoch}")
    return chosen


def _checked_images(
    images: ArrayLike | list[ArrayLike], titles: Sequence[object] | None
) -> tuple[np.ndarray, list[str]]:
    pictures = _array("images", images, ("N", "height", "width", "1 or 3"), empty=True)
    if pictures.shape[-1] not in (1, 3):
        raise ValueError(
            f"images must end in 1 or 3 channels, got shape {pictures.shape}: add a channel axis "
            "to grey images with images[..., None]"
        )
    labels = [] if titles is None else [str(title) for title in titles]
    if labels and len(labels) != len(pictures):
        raise ValueError(f"{len(pictures)} images need {len(pictures)} titles, got {len(labels)}")
    return pictures, labels


def _array(name: str, values: Any, axes: tuple[str, ...], empty=False) -> np.ndarray:
    values = np.asarray(values)
    if values.ndim != len(axes) or (not values.size and not empty):
        raise ValueError(
            f"{name} must be a non-empty array ({', '.join(axes)}), got shape {values.shape}; "
            "an axis too few is added with [None] or [..., None], one too many removed by indexing"
        )
    return values


def _parts(figure: Any, rows: int, columns: int, **ratios: Sequence[float]) -> list[SubFigure]:
    return list(figure.subfigures(rows, columns, **ratios))


def _arrays(of: Mapping[str, ArrayLike], axes: tuple[str, ...]) -> dict[str, np.ndarray]:
    return {name: _array(name, values, axes) for name, values in of.items()}


def _names(class_names: Sequence[object], values: np.ndarray) -> list[str]:
    if len(class_names) != len(values):
        raise ValueError(
            f"class_names must name all {len(values)} classes (the first axis), "
            f"got {len(class_names)} names"
        )
    return [str(name) for name in class_names]


def _check_classes(name: str, classes: np.ndarray, n_classes: int) -> None:
    if classes.dtype.kind not in "iu" or classes.min() < 0 or classes.max() >= n_classes:
        raise ValueError(
            f"{name} must be integers from 0 to {n_classes - 1} (there are {n_classes} class "
            f"names), got {classes.dtype} from {classes.min()} to {classes.max()}"
        )


def _check_index(name: str, index: int, length: int) -> None:
    if not 0 <= index < length:
        raise ValueError(f"{name} must be from 0 to {length - 1}, got {index}")


def _strongest(values: np.ndarray, names: Sequence[str] = (), kind: str = "filter") -> str:
    """The alt text's clause on the largest value: where it is, and how large."""
    finite = np.where(np.isfinite(values), values, -np.inf)
    index = np.unravel_index(finite.argmax(), finite.shape)
    if not np.isfinite(finite[index]):
        return ""
    where = f" for class {names[int(index[0])]}" if names else ""
    return f"; strongest is {kind} {index[-1]}{where}, up to {finite[index]:.3g}"


def _finite_max(values: np.ndarray) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.max()) if finite.size else 0.0


def _paler(colour: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """`colour` (..., 3) with `opacity` (...) on white paper."""
    return 1 - (1 - colour) * np.clip(np.nan_to_num(opacity), 0, 1)[..., None]


def _filter_colour(filter: int) -> str:
    return FILTERS[filter % len(FILTERS)]


def _empty(values: np.ndarray) -> str:
    return " (no images)" if np.isnan(values).all() else ""


def _in_rows(cells: list, columns: int) -> list[list]:
    return [cells[i : i + columns] for i in range(0, len(cells), columns)]


def _square(count: int) -> int:
    """Columns of the squarest grid for `count` cells."""
    return max(1, int(np.ceil(np.sqrt(count))))


def _count(count: int, noun: str, plural: str | None = None) -> str:
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def _listed(titles: Sequence[str]) -> str:
    """The labels of a grid for its alt text, the first twenty of them."""
    if not titles:
        return "."
    words = [" ".join(title.split()) for title in titles[:20]]
    return ": " + "; ".join(words) + ("; …" if len(titles) > 20 else ".")


@_style()
def image_table(
    images: ArrayLike,
    row_names: Sequence[object],
    labels: Sequence[object] | None = None,
    title: str = "Images",
) -> Figure:
    """Inputs in named rows and numbered columns.

    Args:
        images: (rows, columns, height, width, 1 or 3), from 0 to 1; one channel is ink on paper.
        row_names: one name per row.
        labels: rows × columns labels, one above each image, row by row.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.
    """
    images = _array("images", images, ("rows", "columns", "height", "width", "1 or 3"))
    rows, columns, height, width, _ = images.shape
    if len(row_names) != rows:
        raise ValueError(f"row_names must name all {rows} rows, got {len(row_names)} names")
    pictures, labels = _checked_images(images.reshape(-1, *images.shape[2:]), labels)
    alt = f"{title}: {_count(rows, 'row')} of {_count(columns, 'image')}, {height} × {width} pixels"
    alt += "".join(
        f"; {name}" + (f": {', '.join(labels[r * columns : (r + 1) * columns])}" if labels else "")
        for r, name in enumerate(row_names)
    )
    across, down = _mosaic_inches(rows, columns, height / width, _lines(labels), 0.85, 8)
    figure = Figure(title, f"{alt}.", max(5, across + 1.4), down + 0.8)
    _image_grid(figure, pictures, labels, columns)
    _label_grid(figure.axes[0], [str(name) for name in row_names], columns)
    return figure


@_style()
def progression(
    images: ArrayLike,
    stages: Sequence[object],
    names: Sequence[object],
    scores: ArrayLike,
    title: str = "One regulariser more each time",
) -> Figure:
    """What several climbs with ever more regularisers arrive at, a row for each score climbed.

    Args:
        images: (stages, S, height, width, 1 or 3), from 0 to 1; one channel is ink on paper.
        stages: the names of the stages, from left to right.
        names: of the S rows.
        scores: (stages, S), what was reached.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.
    """
    images = _array("images", images, ("stages", "S", "height", "width", "1 or 3"))
    scores = _array("scores", scores, ("stages", "S"))
    if images.shape[:2] != (len(stages), len(names)) or scores.shape != images.shape[:2]:
        raise ValueError(
            f"images {images.shape} of {len(stages)} stages and {len(names)} names need as many "
            f"rows and columns, and so do scores, which are {scores.shape}"
        )
    pictures, _ = _checked_images(images.swapaxes(0, 1).reshape(-1, *images.shape[2:]), None)
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
    across, down = _mosaic_inches(len(names), len(stages), height / width, 2, 2.1, 9.4)
    figure = Figure(title, f"{alt}.", max(5, across + 1), down + 0.3)
    _image_grid(figure, pictures, labels, len(stages))
    _label_grid(figure.axes[0], [str(name) for name in names], 0)
    return figure


def _score(value: float) -> str:
    """Three digits, and thousands as they are: 1,180 and not 1.18e+03."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


@_style()
def score_curves(
    curves: ArrayLike, names: Sequence[object], title: str = "The score, step by step"
) -> Figure:
    """How scores rise along an ascent.

    Args:
        curves: (S, steps + 1), the score before each step and after the last.
        names: one name per curve.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.
    """
    curves = _array("curves", curves, ("S", "steps + 1"))
    if len(names) != len(curves):
        raise ValueError(f"{len(curves)} curves need {len(curves)} names, got {len(names)}")
    ends = [f"{n} {c[0]:.3g} to {c[-1]:.3g}" for n, c in zip(names, curves, strict=True)]
    alt = f"{title}, {curves.shape[1] - 1} steps: {'; '.join(ends)}."
    figure = Figure(title, alt, 8, 3.6)
    ax = figure.add_subplot()
    for number, (name, curve) in enumerate(zip(names, curves, strict=True)):
        style = ("-", "--", ":")[number // 8 % 3]  # colours alone do not tell many curves apart
        ax.plot(curve, style, color=_filter_colour(number), linewidth=1.5, label=str(name))
    ax.set(xlabel="step", ylabel="score", xlim=(0, max(1, curves.shape[1] - 1)))
    ax.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    ax.grid(axis="y", color="0.9")
    ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return figure


@_style()
def bars(
    values: ArrayLike, names: Sequence[object], xlabel: str, ylabel: str, title: str
) -> Figure:
    """One signed number per class or filter.

    Args:
        values: (N,) numbers.
        names: one name per number.
        xlabel, ylabel: what is counted along the axis, and what the numbers are.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.
    """
    values = _array("values", values, ("N",))
    if len(names) != len(values):
        raise ValueError(f"{len(values)} values need {len(values)} names, got {len(names)}")
    listed = [f"{name}: {value:.3g}" for name, value in zip(names, values, strict=True)]
    stop = "" if title.endswith("?") else "."
    figure = Figure(title, f"{title}{stop} {ylabel.capitalize()}{_listed(listed)}", 8, 3.2)
    ax = figure.add_subplot()
    colours = [_VALIDATION if value < 0 else _TRAINING for value in values]
    ax.bar(range(len(values)), values, color=colours)
    turned = _TURNED if max(map(len, map(str, names))) > 4 else {}
    ax.set_xticks(range(len(values)), [str(name) for name in names], **turned)
    ax.axhline(0, color="black", linewidth=0.8)
    ax.grid(axis="y", color="0.9")
    ax.set_axisbelow(True)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    return figure


@_style()
def effects(
    values: ArrayLike,
    names: Sequence[object],
    title: str,
    column: str = "filter",
    label: str = "effect",
) -> Figure:
    """One signed number for each row and each of many filters, as colours.

    Args:
        values: (rows, filters).
        names: one name per row.
        title: what one looks at.
        column, label: what the columns are, and what the numbers are.

    Raises:
        ValueError: if a shape does not fit.
    """
    values = _array("values", values, ("rows", f"{column}s"))
    if len(names) != len(values):
        raise ValueError(f"{len(values)} rows need {len(values)} names, got {len(names)}")
    most = np.nan_to_num(values).argmax(axis=1)
    told = [
        f"{name}: {column} {i}, {row[i]:.3g}"
        for name, i, row in zip(names, most, values, strict=True)
    ]
    alt = f"{title}. The largest {label} of {_count(values.shape[1], column)}{_listed(told)}"
    figure = Figure(title, alt, 9.4, 1.3 + 0.32 * len(values))
    ax = figure.add_subplot()
    scale = _Scale(values)
    ax.imshow(scale(values), aspect="auto", interpolation="nearest")
    ax.set_yticks(range(len(values)), [str(name) for name in names])
    ax.xaxis.set_major_locator(MaxNLocator(18, integer=True))
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    ax.set(xlabel=column, xlim=(-0.5, values.shape[1] - 0.5))
    scale.bar(figure, ax, label)
    return figure


@_style()
def ascent(
    image: ArrayLike, step: int, curve: ArrayLike, title: str = "The image and its score"
) -> Figure:
    """One image on its way up, beside the curve of its score.

    Args:
        image: (height, width, 1 or 3), from 0 to 1.
        step: how many steps were taken to it.
        curve: (steps + 1,), the score before each step and after the last.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit or the step does not exist.
    """
    curve = _array("curve", curve, ("steps + 1",))
    pictures, _ = _checked_images(np.asarray(image)[None], None)
    _check_index("step", step, len(curve))
    alt = (
        f"{title}. After {_count(step, 'step')} the score is {curve[step]:.3g}; it goes from "
        f"{curve[0]:.3g} to {curve[-1]:.3g} in {_count(len(curve) - 1, 'step')}."
    )
    figure = Figure(title, alt, 8.4, 3.9)
    left, right = _parts(figure, 1, 2, width_ratios=(1, 1.25))
    left.suptitle(f"after {_count(step, 'step')}", fontsize=10)
    _image_grid(left, pictures, (), 1)
    ax = right.add_subplot()
    ax.plot(curve, color=_TRAINING)
    ax.plot([step], [curve[step]], "o", color=_VALIDATION)
    ax.axvline(step, color="black", linewidth=0.8, zorder=0)
    ax.set(title=f"score {curve[step]:.3g}", xlabel="step", ylabel="score")
    ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    ax.grid(axis="y", color="0.9")
    return figure


@_style()
def layer_maps(
    images: ArrayLike,
    maps: Mapping[str, ArrayLike],
    titles: Sequence[object] | None = None,
    title: str = "Every layer, image by image (each map on a scale of its own)",
) -> Figure:
    """What every layer makes of several images: a column per image, a row per layer.

    Args:
        images: (N, height, width, 1 or 3), from 0 to 1.
        maps: by layer, uint8 as from `helpers.methods.activations.to_bytes`: (N, h, w, channels),
            drawn as a square of maps, at most the first 64; or (N, units), drawn as a strip.
        titles: N labels, one above each image.
        title: what one looks at.

    Raises:
        ValueError: if a shape or type does not fit.
    """
    pictures, titles = _checked_images(images, titles)
    for name, layer in maps.items():
        shape, dtype = np.shape(layer), np.asarray(layer).dtype
        if len(shape) not in (2, 4) or shape[0] != len(pictures) or dtype != np.uint8:
            raise ValueError(
                f"maps[{name!r}] must be uint8 of shape (N, h, w, channels) or (N, units) for "
                f"N = {len(pictures)}, got {dtype} of shape {shape}: scale maps with to_bytes"
            )
    rows: list[tuple[str, list, int | None]] = [("input", list(_painted_images(pictures)), 1)]
    for name, layer in maps.items():
        layer = np.asarray(layer)
        paint = [_tiled(colormaps[BYTES](one)) for one in layer]
        rows.append((_layer_label(name, layer.shape), paint, 1 if layer.ndim == 4 else None))
    constant = {name: int(_constant(np.asarray(layer)).sum()) for name, layer in maps.items()}
    alt = (
        f"{title}: {_count(len(pictures), 'image')}{_listed(titles)[:-1]}; "
        f"{_count(len(maps), 'layer')}: "
        + "; ".join(_layer_label(n, np.shape(m)).replace("\n", ", ") for n, m in maps.items())
        + f". Black all over (constant): {sum(constant.values())} maps."
    )
    heights = [p[0].shape[0] / p[0].shape[1] if square else 0.12 for _, p, square in rows]
    gap, unit = 0.07, min(1.45, 8 / len(pictures))
    tall = sum(heights) + gap * len(rows) + _LINE * _lines(titles)
    wide = len(pictures) * (1 + gap)
    figure = Figure(title, alt, max(5, unit * wide + 1.2), unit * tall + 0.5)
    ax = figure.add_subplot()
    ax.set_aspect("equal")
    ax.set_axis_off()
    ax.set_xlim(-1.1 / unit, wide)
    ax.set_ylim(tall - _LINE * _lines(titles), -_LINE * _lines(titles))
    y = 0.0
    for (label, cells, _), height in zip(rows, heights, strict=True):
        ax.text(-gap, y + height / 2, label, ha="right", va="center", fontsize=8)
        for column, picture in enumerate(cells):
            x = column * (1 + gap)
            image = AxesImage(ax, extent=(x, x + 1, y + height, y), interpolation="nearest")
            image.set_data(picture)
            ax.add_artist(image)
            ax.add_patch(Rectangle((x, y), 1, height, fill=False, ec="0.8", lw=0.5))
            if titles and not y:
                ax.text(x + 0.5, -0.04, titles[column], ha="center", va="bottom", fontsize=8)
        y += height + gap
    return figure


@_style()
def shares_by_layer(
    shares: Mapping[str, Mapping[str, float]], title: str, label: str = "share"
) -> Figure:
    """Shares from 0 to 1, layer by layer: a line each.

    Args:
        shares: by line, by layer; all lines name the same layers in the same order.
        title: what one looks at.
        label: what the shares are, for the axis.

    Raises:
        ValueError: if the lines name different layers.
    """
    layers = list(next(iter(shares.values())))
    for name, line in shares.items():
        if list(line) != layers:
            raise ValueError(f"{name!r} is about {list(line)}, other lines about {layers}")
    told = "; ".join(
        f"{name}: " + ", ".join(f"{layer} {share:.0%}" for layer, share in line.items())
        for name, line in shares.items()
    )
    figure = Figure(title, f"{title}. {told}.", min(9.6, max(6, 2.5 + 0.6 * len(layers))), 3.6)
    ax = figure.add_subplot()
    for i, (name, line) in enumerate(shares.items()):
        style = ("o-", "s--", "^:", "D-.")[i % 4]
        ax.plot(range(len(layers)), [*line.values()], style, ms=5, color=FILTERS[i], label=name)
    turned = _TURNED if max(map(len, layers)) > 8 else {}
    ax.set_xticks(range(len(layers)), layers, **turned)
    ax.set_ylim(-0.03, 1.03)
    ax.yaxis.set_major_formatter(matplotlib.ticker.PercentFormatter(1))
    ax.grid(axis="y", color="0.9")
    ax.set(xlabel="layer, from input to output", ylabel=label)
    figure.legend(loc="outside right upper")
    return figure


@_style()
def patch_times_kernel(
    feature_map: ArrayLike,
    inputs: ArrayLike,
    patch: ArrayLike,
    kernel: ArrayLike,
    bias: float,
    value: float,
    pixel: tuple[int, int],
    corner: tuple[int, int],
    size: tuple[int, int],
    title: str,
) -> Figure:
    """One pixel of a feature map, and the sum it comes from: patch × kernel, plus bias.

    Args:
        feature_map: (h, w), what the filter answers.
        inputs: (H, W, channels), what the layer reads; its mean over the channels is shown.
        patch, kernel: (height, width, channels); of more than 16 channels, the 16 that add most.
        bias, value: what is added to the sum, and the activation that is shown in the end.
        pixel: (row, column) in the feature map.
        corner, size: the patch's upper left corner and its extent in `inputs`; the corner is
            negative where the patch hangs over the border.
        title: what one looks at.
    """
    feature_map = _array("feature_map", feature_map, ("h", "w"))
    inputs = _array("inputs", inputs, ("H", "W", "channels"))
    patch = _array("patch", patch, ("height", "width", "channels"))
    kernel = _array("kernel", kernel, ("height", "width", "channels"))
    product = patch * kernel
    sums = product.sum(axis=(0, 1))
    total, channels = float(sums.sum()), len(sums)
    shown = np.sort(np.argsort(-np.abs(sums), kind="stable")[:16])
    equation = f"sum {total:.3f}, with bias ({bias:+.3f}) {total + bias:.3f}: answers {value:.3f}"
    alt = (
        f"{title}: row {pixel[0]}, column {pixel[1]} of a map of {feature_map.shape[0]} × "
        f"{feature_map.shape[1]}. A patch of {patch.shape[0]} × {patch.shape[1]} × {channels} "
        f"times the kernel: {equation}."
    )
    figure = Figure(title, alt, 9.6, 4.4 if channels > 1 else 4.2)
    left, right = _parts(figure, 1, 2, width_ratios=(1, 2.2))
    above, below = left.subplots(2, 1)
    seen = inputs.mean(axis=-1)
    ink = channels == 1 and 0 <= inputs.min() <= inputs.max() <= 1  # the layer reads the image
    reading = colormaps[INPUT] if ink else _Scale(inputs)
    _map_with_box(above, _Scale(feature_map)(feature_map), pixel, (1, 1))
    above.set_title(f"feature map: {value:.3f} at ({pixel[0]}, {pixel[1]})", fontsize=9)
    _map_with_box(below, reading(seen) if ink else _Scale(seen)(seen), corner, size)
    below.set_title("input" if channels == 1 else f"mean of {channels} input maps", fontsize=9)
    signed = [_Scale(np.stack([values, -values])) for values in (kernel, product)]
    scales = zip((reading, *signed), (patch, kernel, product), strict=True)
    pictures = [scale(values[..., shown]) for scale, values in scales]
    words = ("patch", "× kernel", "= product")
    if channels == 1:
        ax = right.add_subplot()
        cells = [picture[:, :, 0] for picture in pictures]
        _mosaic(ax, [cells], words)
        for i, values in enumerate((patch, kernel, product)):
            _numbers_on(ax, values[..., 0], i * (1 + _GAP), cells[i])
    else:
        for ax, word, picture, values in zip(
            right.subplots(3, 1), words, pictures, (patch, kernel, product), strict=True
        ):
            cells = [picture[:, :, i] for i in range(len(shown))]
            labels = [f"channel {c}" if len(shown) < 7 else str(c) for c in shown]
            if values is product:
                labels = [f"{sums[c]:+.2f}" for c in shown]
            _mosaic(ax, [cells], labels)
            ax.set_title(word if values is not product else f"{word}, with its sum", fontsize=9)
    right.suptitle(equation, fontsize=10)
    return figure


def _map_with_box(ax, picture, corner: tuple[int, int], size: tuple[int, int]) -> None:
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


def _numbers_on(ax, values: np.ndarray, x: float, picture: np.ndarray) -> None:
    """Writes the numbers of a small map into its cell of a mosaic that begins at `x`."""
    height, width = values.shape
    if height * width > 49:
        return
    for (row, column), value in np.ndenumerate(values):
        dark = picture[row, column, :3] @ (0.3, 0.6, 0.1) < 0.5
        ax.text(
            x + (column + 0.5) / width,
            (row + 0.5) / width,
            f"{value:.2f}".replace("-0.00", "0.00"),
            ha="center",
            va="center",
            fontsize=6.5 if width > 3 else 8,
            color="white" if dark else "black",
            zorder=4,
        )


def _tiled(pictures: np.ndarray) -> np.ndarray:
    """RGBA (h, w, maps, 4) as one picture, a square of maps; (units, 4) as a strip."""
    if pictures.ndim == 2:
        return pictures[None]
    pictures = pictures[:, :, :64]
    height, width, count = pictures.shape[:3]
    columns = _square(count)
    rows, gap = -(-count // columns), max(1, round(0.06 * width))
    sheet = np.ones((rows * (height + gap) - gap, columns * (width + gap) - gap, 4))
    for i in range(count):
        y, x = i // columns * (height + gap), i % columns * (width + gap)
        sheet[y : y + height, x : x + width] = pictures[:, :, i]
    return sheet


def _constant(layer: np.ndarray) -> np.ndarray:
    """Which maps (N, channels) are constant."""
    maps = layer.reshape(len(layer), -1, layer.shape[-1]) if layer.ndim == 4 else layer[..., None]
    return np.ptp(maps, axis=1) == 0


def _layer_label(name: str, shape: tuple[int, ...]) -> str:
    if len(shape) == 2:
        return f"{name}: {_count(shape[1], 'unit')}"
    count = f"{shape[3]} maps" if shape[3] <= 64 else f"64 of {shape[3]} maps"
    return f"{name}\n{count}\n{shape[1]} × {shape[2]}"


def _painted_images(pictures: np.ndarray) -> np.ndarray:
    if pictures.shape[-1] == 1:
        return colormaps[INPUT](np.clip(np.nan_to_num(pictures[..., 0]), 0, 1))
    return np.clip(np.nan_to_num(pictures), 0, 1)


@_style()
def overlays(
    images: ArrayLike,
    maps: ArrayLike,
    titles: Sequence[object] | None = None,
    columns: int | None = None,
    title: str = "Where the evidence is",
    one_scale: bool = False,
    label: str = "evidence",
) -> Figure:
    """Maps over the images they explain: red speaks for, blue against, the stronger the denser.

    Args:
        images: (N, height, width, 1 or 3), from 0 to 1, drawn in pale grey.
        maps: (N, height, width), signed; zero, and a map that is NaN, leave the image as it is.
        titles: N labels, one above each image.
        columns: images in a row; as square as possible by default, at most 8.
        title: what one looks at.
        one_scale: draw all maps on one colour scale, to compare their strengths; by default the
            strongest place of each map has full colour.
        label: what the maps measure, for the common scale.

    Raises:
        ValueError: if a shape does not fit.
    """
    pictures, titles = _checked_images(images, titles)
    maps = np.nan_to_num(_array("maps", maps, ("N", "height", "width")))
    if maps.shape != pictures.shape[:3]:
        raise ValueError(
            f"maps {maps.shape} and images {pictures.shape} must agree in (N, height, width)"
        )
    peaks = abs(maps).max(axis=(1, 2))
    limits = np.full(len(maps), peaks.max()) if one_scale else peaks
    share = maps / np.where(limits > 0, limits, 1)[:, None, None]
    alt = f"{title}: {_count(len(maps), 'image')} with a map each{_listed(titles)}{_peak_alt(maps)}"

    columns = columns or min(8, _square(len(maps)))
    rows, ratio = -(-len(maps) // columns), maps.shape[1] / maps.shape[2]
    across, down = _mosaic_inches(rows, columns, ratio, _lines(titles), 1.4, 8.6)
    figure = Figure(title, alt, max(4.5, across + 1.1), max(2.2, down + 0.6))
    ax = figure.add_subplot()
    _mosaic(ax, _in_rows(list(_overlaid(pictures, share)), columns), titles)
    _evidence_bar(
        figure,
        ax,
        limits.max() or 1.0 if one_scale else 1.0,
        signed=maps.min() < 0,
        label=label if one_scale else "share of the map's peak",
    )
    return figure


_FOR, _AGAINST = "#C8102E", "#0B5FA5"  # the ends of SIGNED, brighter: they lie on grey


def _overlaid(pictures: np.ndarray, share: np.ndarray) -> np.ndarray:
    """RGB (N, h, w, 3): paled images under red (positive) and blue with opacity |share|."""
    under = np.repeat(1 - 0.6 * (1 - _brightness(pictures))[..., None], 3, axis=-1)
    paint = np.where(share[..., None] > 0, to_rgb(_FOR), to_rgb(_AGAINST))
    opacity = 0.85 * np.clip(abs(share), 0, 1)[..., None]
    painted = (1 - opacity) * under + opacity * paint
    return painted.clip(0, 1)  # rounding in float32 may leave the range


def _brightness(pictures: np.ndarray) -> np.ndarray:
    """(N, h, w) from 0, black, to 1, white; one channel is ink on paper."""
    pictures = np.clip(np.nan_to_num(pictures), 0, 1)
    return pictures.mean(axis=-1) if pictures.shape[-1] == 3 else 1 - pictures[..., 0]


def _evidence(signed: bool) -> LinearSegmentedColormap:
    """The colours of `_overlaid` on white paper, for the colour bar."""
    pale = [1 - 0.85 * (1 - np.array(to_rgb(colour))) for colour in (_AGAINST, _FOR)]
    colours: Any = [pale[0], "white", pale[1]] if signed else ["white", pale[1]]
    return LinearSegmentedColormap.from_list("evidence", colours)


def _evidence_bar(figure, ax, limit: float, signed: bool, label: str) -> None:
    norm = Normalize(-limit if signed else 0, limit)
    mappable = matplotlib.cm.ScalarMappable(norm, _evidence(signed))
    bar = figure.colorbar(mappable, ax=ax, label=label, shrink=0.9, aspect=25, pad=0.02)
    bar.outline.set_visible(False)


def _peak_alt(maps: np.ndarray) -> str:
    """The alt text's clause on where a map is strongest."""
    n, row, column = np.unravel_index(abs(maps).argmax(), maps.shape)
    if maps[n, row, column] == 0:
        return " No map holds any evidence."
    return (
        f" The strongest value, {maps[n, row, column]:.3g}, is in map {n}, "
        f"row {row} of {maps.shape[1]}, column {column} of {maps.shape[2]}."
    )


@_style()
def occlusion_overview(
    image: ArrayLike,
    covered: ArrayLike,
    window: tuple[int, int, int, int],
    map_: ArrayLike,
    titles: Sequence[object],
    title: str,
) -> Figure:
    """An image, the same image with one patch covered, and its occlusion map.

    Args:
        image, covered: (height, width, 1 or 3), from 0 to 1.
        window: row, column, height and width of the patch in pixels, to outline it.
        map_: (height, width), the drop of the logit.
        titles: three labels, one above each picture.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.
    """
    pictures, titles = _checked_images([image, covered, image], titles)
    map_ = np.nan_to_num(_array("map_", map_, ("height", "width")))
    if map_.shape != pictures.shape[1:3]:
        raise ValueError(f"map_ {map_.shape} must lie over an image {pictures.shape[1:]}")
    alt = f"{title}{_listed(titles)}{_peak_alt(map_[None])}"
    limit = abs(map_).max() or 1.0
    _, down = _mosaic_inches(1, 3, map_.shape[0] / map_.shape[1], 0, 2.5, 8.4)
    figure = Figure(title, alt, 9.6, down + 0.14 * _lines(titles) + 0.6)
    ax = figure.add_subplot()
    plain = np.repeat(_brightness(pictures[:2])[..., None], 3, axis=-1)
    _mosaic(ax, [[*plain, *_overlaid(pictures[2:], map_[None] / limit)]])
    for number, label in enumerate(titles):  # a mosaic's own labels stand too far off large maps
        place: dict[str, Any] = {"xy": (number * (1 + _GAP) + 0.5, 0), "xytext": (0, 4)}
        style: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": 8, "linespacing": 1.1}
        ax.annotate(label, textcoords="offset points", **place, **style)
    row, column, height, width = (pixels / map_.shape[1] for pixels in window)
    frame = Rectangle((1 + _GAP + column, row), width, height)
    frame.set(fill=False, ec=_TRAINING, lw=2, zorder=4)
    ax.add_patch(frame)
    _evidence_bar(figure, ax, limit, signed=True, label="drop of the logit")
    return figure


@_style()
def network_answer(
    image: ArrayLike,
    probabilities: ArrayLike,
    class_names: Sequence[object],
    grad_cam: ArrayLike,
    maps: Mapping[str, ArrayLike],
    title: str,
) -> Figure:
    """What a network makes of one image: Grad-CAM, probabilities and all feature maps.

    Args:
        image: (height, width, 1), from 0 to 1.
        probabilities: (classes,).
        class_names: one name per class.
        grad_cam: (height, width) of the most probable class, not negative.
        maps: by layer, (h, w, filters), each layer on a scale of its own.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.
    """
    image = _array("image", image, ("height", "width", "1"))[..., 0]
    grad_cam = _array("grad_cam", grad_cam, ("height", "width"))
    probabilities = _array("probabilities", probabilities, ("classes",))
    names = _names(class_names, probabilities)
    maps = _arrays(maps, ("height", "width", "filters"))
    top = int(probabilities.argmax())
    row, column = np.unravel_index(grad_cam.argmax(), grad_cam.shape)
    where = f"strongest at row {row}, column {column}" if grad_cam.any() else "zero everywhere"
    strongest = "; ".join(f"{name}{_strongest(m).removeprefix(';')}" for name, m in maps.items())
    alt = (
        f"{title}. Most probable is {names[top]}, {probabilities[top]:.1%}. Grad-CAM is {where}. "
        f"Feature maps: {strongest}."
    )
    columns = 16
    inches = [
        0.33 + 0.66 * -(-m.shape[-1] // columns) * m.shape[0] / m.shape[1] for m in maps.values()
    ]
    above = max(2.5, 0.22 * len(names))
    figure = Figure(title, alt, 9.4, above + sum(inches) + 0.4)
    upper, lower = _parts(figure, 2, 1, height_ratios=(above, sum(inches)))
    seen, says = upper.subplots(1, 2, width_ratios=(2, 1.4))
    pictures = [colormaps[INPUT](np.clip(image, 0, 1)), tinted(image, grad_cam)]
    _mosaic(seen, [pictures], ["what the network sees", f"Grad-CAM: what speaks for {names[top]}"])
    bars = says.barh(range(len(names)), probabilities, color="0.75")
    bars[top].set_color(_TRAINING)
    says.set_yticks(range(len(names)), names)
    says.set(xlim=(0, 1), ylim=(len(names) - 0.5, -0.5), xlabel="probability")
    for ax, (name, m) in zip(
        np.ravel(lower.subplots(len(maps), 1, height_ratios=inches)), maps.items(), strict=True
    ):
        scale = _Scale(m)
        cells = [scale(m[..., i]) for i in range(m.shape[-1])]
        _mosaic(ax, _in_rows(cells, columns), least=(1, columns))
        what = _count(m.shape[-1], "feature map")
        ax.set_title(
            f"{name}: {what} of {m.shape[0]} × {m.shape[1]}, up to {_finite_max(m):.3g}",
            loc="left",
            fontsize=8,
        )
    return figure


@_style()
def explanation(
    picture: ArrayLike,
    map_: ArrayLike,
    curves: Mapping[str, ArrayLike],
    activations: ArrayLike,
    titles: Sequence[object],
    layer: str,
    title: str,
) -> Figure:
    """One prediction explained and put to the test, above a layer's activation maps.

    Args:
        picture: (height, width, 1 or 3), from 0 to 1; one channel is ink on paper.
        map_: (height, width), signed, what speaks for the class.
        curves: by name, (steps + 1,) probabilities along a deletion or insertion, at most three.
        activations: (h, w, channels), drawn on one scale, at most the first 64.
        titles: two labels, above the picture and above the map.
        layer: the name of the layer.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit, or there are more curves.
    """
    looks = (_TRAINING, "-"), (_VALIDATION, "-"), (_MUTED, "--")
    if len(curves) > len(looks):
        raise ValueError(f"at most {len(looks)} curves can be told apart, got {len(curves)}")
    pictures, titles = _checked_images([picture, picture], titles)
    map_ = np.nan_to_num(_array("map_", map_, ("height", "width")))
    if map_.shape != pictures.shape[1:3]:
        raise ValueError(f"map_ {map_.shape} must lie over a picture {pictures.shape[1:]}")
    activations = _array("activations", activations, ("height", "width", "channels"))
    curves = _arrays(curves, ("steps + 1",))
    told = "; ".join(
        f"{name} {curve[0]:.2f} to {curve[-1]:.2f}, on average {curve.mean():.2f}"
        for name, curve in curves.items()
    )
    filters = _count(activations.shape[-1], "map")
    height, width = activations.shape[:2]
    alt = (
        f"{title}{_listed(titles)}{_peak_alt(map_[None])} {told}. Below: {filters} of {layer}, "
        f"{height} × {width}{_strongest(activations)}."
    )
    shown = activations[..., :64]
    across = 16 if shown.shape[-1] > 12 else 8
    rows = -(-shown.shape[-1] // across)
    below = 0.55 + 8.6 / across * rows * height / width
    figure = Figure(title, alt, 9.6, 3.3 + below)
    upper, lower = _parts(figure, 2, 1, height_ratios=(2.9, below))
    parts = _parts(upper, 1, 2, width_ratios=(2, 1.3))
    seen, tested = (part.add_subplot() for part in parts)
    limit = abs(map_).max() or 1.0
    painted = [_painted_images(pictures[:1])[0], _overlaid(pictures[1:], map_[None] / limit)[0]]
    room = max(10, int(36 * min(1, map_.shape[1] / map_.shape[0])))  # letters over a picture
    _mosaic(seen, [painted], [textwrap.fill(label, room) for label in titles])
    for (name, curve), (colour, line) in zip(curves.items(), looks, strict=False):
        shares = np.linspace(0, 1, len(curve))
        tested.plot(shares, curve, line, color=colour, label=f"{name}, mean {curve.mean():.2f}")
    tested.set(xlim=(0, 1), ylim=(0, 1), xlabel="share of the pixels", ylabel="probability")
    tested.xaxis.set_major_formatter(matplotlib.ticker.PercentFormatter(1))
    tested.legend(loc="lower center", bbox_to_anchor=(0.5, 1))
    scale = _Scale(shown)
    ax = lower.add_subplot()
    cells = [scale(shown[..., i]) for i in range(shown.shape[-1])]
    _mosaic(ax, _in_rows(cells, across), least=(1, across))
    first = "" if shown.shape == activations.shape else ", the first 64 of them"
    ax.set_title(f"{layer}: {filters} of {height} × {width}{first}", loc="left", fontsize=9)
    scale.bar(lower, ax, "")
    return figure


@_style()
def projections(
    patches: ArrayLike, projections: ArrayLike, row_names: Sequence[object], title: str
) -> Figure:
    """What excites each filter most: patches of images, strongest first, and beside them what a
    deconvnet sends down to their pixels.

    Args:
        patches: (filters, k, height, width, 1 or 3), from 0 to 1.
        projections: of the same shape, signed; those of a filter share a scale. One channel is red
            where it is positive, blue where negative; three channels are colours around grey, the
            strongest hundredth of them clipped.
        row_names: one name per filter.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.
    """
    patches, projections = _both("patches", patches, projections)
    if len(row_names) != len(patches):
        raise ValueError(f"{len(patches)} filters need as many names, got {len(row_names)}")
    rows, k, height, width, _ = patches.shape
    told = [
        f"{name} from {sent.min():.2g} to {sent.max():.2g}"
        for name, sent in zip(row_names, projections, strict=True)
    ]
    alt = (
        f"{title}: {_count(rows, 'filter')}, {_count(k, 'patch', 'patches')} of {height} × {width} "
        f"pixels each, strongest first, and their projections{_listed(told)}"
    )
    across, down = _mosaic_inches(rows, 2 * k, height / width, 0, 0.8, 8.4)
    figure = Figure(title, alt, max(6, across + 1.2), down + 0.9)
    seen, sent = figure.subplots(1, 2)
    _mosaic(seen, [list(_painted_images(row)) for row in patches])
    _mosaic(sent, [list(_painted_projections(row)) for row in projections])
    _label_grid(seen, [str(name) for name in row_names], 0)
    seen.set_title("what excites it most", fontsize=9)
    sent.set_title("what of it, sent down to the pixels", fontsize=9)
    return figure


@_style()
def projection_overview(
    image: ArrayLike,
    projection: ArrayLike,
    window: tuple[int, int, int, int],
    patches: ArrayLike,
    projections: ArrayLike,
    rank: int,
    titles: Sequence[str],
    title: str,
) -> Figure:
    """One of the images that excite a filter most and its projection, beside the patches of all.

    Args:
        image, projection: (height, width, 1 or 3), from 0 to 1 and signed.
        window: row, column, height and width of what the strongest unit sees, to outline it.
        patches, projections: (k, h, w, 1 or 3), of all images, strongest first.
        rank: which of the k it is, to outline it.
        titles: two labels, above the image and above its projection.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.
    """
    whole = _both("images", [[image]], [[projection]])
    patches, projections = _both("patches", [patches], [projections])
    _check_index("rank", rank, patches.shape[1])
    row, column, height, width = window
    told = f"from {whole[1].min():.2g} to {whole[1].max():.2g}"
    alt = (
        f"{title}: {'; '.join(' '.join(label.split()) for label in titles)}, {told}; the unit sees "
        f"{height} × {width} pixels from row {row}, column {column}. Beside them the patches of "
        f"all {_count(patches.shape[1], 'image')} and their projections."
    )
    figure = Figure(title, alt, 9.6, 3)
    axes = figure.subplots(1, 4)
    paint = (_painted_images, _painted_projections)
    for ax, picture, painted, label in zip(axes, whole, paint, titles, strict=False):
        _map_with_box(ax, painted(picture[0])[0], (row, column), (height, width))
        ax.set_title(label, fontsize=8)
    columns = _square(patches.shape[1])
    for ax, pictures, painted, label in zip(
        axes[2:], (patches, projections), paint, ("all patches", "all projections"), strict=True
    ):
        _mosaic(ax, _in_rows(list(painted(pictures[0])), columns), outlined=rank)
        ax.set_title(label, fontsize=8)
    return figure


@_style()
def invariance_curves(
    degrees: ArrayLike,
    distances: Mapping[str, ArrayLike],
    probabilities: ArrayLike,
    names: Sequence[object],
    xlabel: str,
    title: str,
) -> Figure:
    """How far a transformation moves the features of pictures, and their classes' probabilities.

    Args:
        degrees: (T,), how far each transformation goes.
        distances: by layer, (N, T); each layer has a panel, from 0, on a scale of its own.
        probabilities: (N, T), in the last panel.
        names: one per picture.
        xlabel: what the degrees are.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.
    """
    degrees = _array("degrees", degrees, ("T",))
    panels = {f"distance in {layer}": values for layer, values in distances.items()}
    panels["probability of its class"] = probabilities
    panels = {name: _array(name, values, ("N", "T")) for name, values in panels.items()}
    for name, values in panels.items():
        if values.shape != (len(names), len(degrees)):
            raise ValueError(
                f"{name} {values.shape} must hold a number for each of {len(names)} names and "
                f"{len(degrees)} degrees"
            )
    told = [
        f"{name} of {picture} from {curve.min():.3g} to {curve.max():.3g}"
        for name, values in panels.items()
        for picture, curve in zip(names, values, strict=True)
    ]
    figure = Figure(title, f"{title}, over {xlabel}{_listed(told)}", 9.6, 3)
    for ax, (name, values) in zip(figure.subplots(1, len(panels)), panels.items(), strict=True):
        for number, (picture, curve) in enumerate(zip(names, values, strict=True)):
            style = ("-", "--", ":")[number % 3]  # colours alone do not tell curves apart
            ax.plot(degrees, curve, style, color=_filter_colour(number), lw=1.5, label=str(picture))
        top = 1.03 if name.startswith("probability") else None
        ax.set(xlabel=xlabel, title=name, ylim=(0, top), xlim=(degrees.min(), degrees.max()))
        ax.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(4, steps=[1, 2, 3, 4, 5, 9, 10]))
        ax.grid(axis="y", color="0.9")
    ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return figure


def _both(name: str, pictures: Any, sent: Any) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (rows, k, height, width, 1 or 3) and their projections, of the same shape."""
    pictures = _array(name, pictures, ("rows", "k", "height", "width", "1 or 3"))
    sent = np.nan_to_num(np.asarray(sent, float))
    if sent.shape != pictures.shape:
        raise ValueError(f"{name} {pictures.shape} and projections {sent.shape} must agree")
    _checked_images(pictures[0], None)
    return pictures, sent


def _painted_projections(projections: np.ndarray) -> np.ndarray:
    """Signed (N, height, width, 1 or 3) on one scale: zero is white, in three channels grey; there
    the strongest hundredth is clipped, for a few bright specks would leave all else grey."""
    if projections.shape[-1] == 1:
        shares = 0.5 + 0.5 * projections / (abs(projections).max() or 1.0)
        return colormaps[SIGNED](shares[..., 0])
    sizes = abs(projections[projections != 0])
    limit = np.percentile(sizes, 99) if sizes.size else 1.0
    return (0.5 + 0.5 * projections / limit).clip(0, 1)


def tinted(image: np.ndarray, evidence: np.ndarray) -> np.ndarray:
    """An image (h, w) in pale grey under red where `evidence` (h, w) speaks for a class, densest
    where it is strongest: RGB (h, w, 3) from 0 to 1."""
    share = np.clip(np.nan_to_num(evidence) / (_finite_max(evidence) or 1), 0, 1)
    return _overlaid(image[None, ..., None], share[None])[0]


def palette(name: str) -> np.ndarray:
    """The 256 colours of a colour map: (256, 4) uint8."""
    return colormaps[name](np.arange(256), bytes=True)


@_style()
def comparison(expected: ArrayLike, got: ArrayLike, title: str) -> Figure:
    """Two maps on one scale, and their difference on a scale of its own.

    Args:
        expected, got: (height, width); NaN is painted grey.
        title: what one looks at.

    Raises:
        ValueError: if the shapes differ, or one is no map.
    """
    expected, got = (
        _array(name, map_, ("height", "width"))
        for name, map_ in (("expected", expected), ("got", got))
    )
    if expected.shape != got.shape:
        raise ValueError(f"expected {expected.shape} and got {got.shape} must have one shape")
    difference = got - expected
    size = np.nan_to_num(abs(difference), nan=np.inf)
    row, column = np.unravel_index(size.argmax(), size.shape)
    where = f"at row {row}, column {column}"
    alt = f"{title}: expected and got side by side, and their difference. It is largest {where}: "
    alt += f"expected {expected[row, column]:.4g}, got {_number(got[row, column])}."
    figure = Figure(title, alt, 7.4, max(2.2, 2.1 * expected.shape[0] / expected.shape[1] + 0.9))
    scales = _Scale(np.stack([expected, got])), _Scale(np.stack([difference, -difference]))
    drawn = {"expected": expected, "got": got}, {"got − expected": difference}
    parts = _parts(figure, 1, 2, width_ratios=(2, 1.1))
    for part, scale, maps in zip(parts, scales, drawn, strict=True):
        ax = part.add_subplot()
        _mosaic(ax, [[scale(map_) for map_ in maps.values()]], list(maps))
        scale.bar(part, ax, "")
    return figure


def _number(value: Any) -> str:
    return f"{value:.4g}" if np.isfinite(value) else "no number"


def inversions(
    images: ArrayLike,
    found: Mapping[str, ArrayLike],
    errors: Mapping[str, ArrayLike],
    title: str = "Images with the same features, layer by layer",
) -> Figure:
    """Images in the first row, and below them, layer by layer, what was found to have the same
    features.

    Args:
        images: (N, height, width, 1 or 3), from 0 to 1; one channel is ink on paper.
        found: by layer, images of the same shape.
        errors: by layer, (N,) relative errors of the features; their mean stands at the row.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.
    """
    pictures, _ = _checked_images(images, None)
    if found.keys() != errors.keys():
        raise ValueError(f"found has the layers {list(found)}, errors has {list(errors)}")
    rows, names = [pictures], ["image"]
    for layer, of_layer in found.items():
        off = _array(f"errors of {layer}", errors[layer], ("N",))
        of_layer = np.asarray(of_layer)
        if of_layer.shape != pictures.shape or len(off) != len(pictures):
            raise ValueError(
                f"layer {layer} has images {of_layer.shape} and errors {off.shape}; "
                f"images {pictures.shape} are sought"
            )
        rows.append(of_layer)
        names.append(f"{layer}\n{off.mean():.1%} off")
    return image_table(np.stack(rows), names, title=title)
