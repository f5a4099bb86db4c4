"""Maps over the images that they explain, and images that were found from features."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.figure
import numpy as np
from matplotlib import colormaps
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_rgb
from numpy.typing import ArrayLike

from helpers.plots.figure import SIGNED, Figure, house_style
from helpers.plots.layout import (
    checked_array,
    checked_images,
    counted,
    finite_max,
    in_rows,
    label_grid,
    line_count,
    listed,
    mosaic,
    mosaic_inches,
    painted_images,
    squarest,
)
from helpers.plots.pictures import image_table

__all__ = ["inversions", "overlays", "projections", "tinted"]


@house_style()
def overlays(
    images: ArrayLike,
    maps: ArrayLike,
    titles: Sequence[object] | None = None,
    columns: int | None = None,
    title: str = "Where the evidence is",
    one_scale: bool = False,
    label: str = "evidence",
) -> Figure:
    """Images under the maps that explain them: red speaks for, blue against.

    The stronger the evidence, the denser the colour.

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

    >>> from helpers import plots
    >>> plots.overlays(images, images[..., 0] > 2, title="Evidence").alt
    'Evidence: 4 images with a map each. No map holds any evidence.'
    """
    pictures, titles = checked_images(images, titles)
    maps = np.nan_to_num(checked_array("maps", maps, ("N", "height", "width")))
    if maps.shape != pictures.shape[:3]:
        raise ValueError(
            f"maps {maps.shape} and images {pictures.shape} must agree in (N, height, width)"
        )
    peaks = abs(maps).max(axis=(1, 2))
    limits = np.full(len(maps), peaks.max()) if one_scale else peaks
    share = maps / np.where(limits > 0, limits, 1)[:, None, None]
    alt = f"{title}: {counted(len(maps), 'image')} with a map each{listed(titles)}{peak_alt(maps)}"

    columns = columns or min(8, squarest(len(maps)))
    rows, ratio = -(-len(maps) // columns), maps.shape[1] / maps.shape[2]
    across, down = mosaic_inches(rows, columns, ratio, line_count(titles), 1.4, 8.6)
    figure = Figure(title, alt, max(4.5, across + 1.1), max(2.2, down + 0.6))
    ax = figure.add_subplot()
    mosaic(ax, in_rows(list(overlaid(pictures, share)), columns), titles)
    evidence_bar(
        figure,
        ax,
        limits.max() or 1.0 if one_scale else 1.0,
        signed=maps.min() < 0,
        label=label if one_scale else "share of the map's peak",
    )
    return figure


FOR, AGAINST = "#C8102E", "#0B5FA5"  # the ends of SIGNED, brighter: they lie on grey


def overlaid(pictures: np.ndarray, share: np.ndarray) -> np.ndarray:
    """RGB (N, h, w, 3): paled images under red (positive) and blue with opacity |share|."""
    under = np.repeat(1 - 0.6 * (1 - brightness(pictures))[..., None], 3, axis=-1)
    paint = np.where(share[..., None] > 0, to_rgb(FOR), to_rgb(AGAINST))
    opacity = 0.85 * np.clip(abs(share), 0, 1)[..., None]
    painted = (1 - opacity) * under + opacity * paint
    return painted.clip(0, 1)  # rounding in float32 may leave the range


def brightness(pictures: np.ndarray) -> np.ndarray:
    """(N, h, w) from 0, black, to 1, white; one channel is ink on paper."""
    pictures = np.clip(np.nan_to_num(pictures), 0, 1)
    return pictures.mean(axis=-1) if pictures.shape[-1] == 3 else 1 - pictures[..., 0]


def evidence_colours(signed: bool) -> LinearSegmentedColormap:
    """The colours of `overlaid` on white paper, for the colour bar."""
    pale = [1 - 0.85 * (1 - np.array(to_rgb(colour))) for colour in (AGAINST, FOR)]
    colours: Any = [pale[0], "white", pale[1]] if signed else ["white", pale[1]]
    return LinearSegmentedColormap.from_list("evidence", colours)


def evidence_bar(figure: Any, ax: Any, limit: float, signed: bool, label: str) -> None:
    norm = Normalize(-limit if signed else 0, limit)
    mappable = matplotlib.cm.ScalarMappable(norm, evidence_colours(signed))
    bar = figure.colorbar(mappable, ax=ax, label=label, shrink=0.9, aspect=25, pad=0.02)
    bar.outline.set_visible(False)


def peak_alt(maps: np.ndarray) -> str:
    """The alt text's clause on where a map is strongest."""
    n, row, column = np.unravel_index(abs(maps).argmax(), maps.shape)
    if maps[n, row, column] == 0:
        return " No map holds any evidence."
    return (
        f" The strongest value, {maps[n, row, column]:.3g}, is in map {n}, "
        f"row {row} of {maps.shape[1]}, column {column} of {maps.shape[2]}."
    )


@house_style()
def projections(
    patches: ArrayLike, projected: ArrayLike, row_names: Sequence[object], title: str
) -> Figure:
    """The patches that excite each filter most, and what a deconvnet sends down to their pixels.

    The strongest patch comes first. The projections stand beside the patches.

    Args:
        patches: (filters, k, height, width, 1 or 3), from 0 to 1.
        projected: of the same shape, signed. One channel is red where it is positive, blue where
            negative; those of a filter share a scale. Three channels are drawn around grey, each
            picture on its own scale. A pixel is lighter where more light speaks for the filter, and
            darker where less does. The tint shows in what the channels differ.
        row_names: one name per filter.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.

    >>> from helpers import plots
    >>> patches = images.reshape(2, 2, 8, 8, 1)
    >>> plots.projections(patches, 0 * patches, ["filter 0", "filter 1"], "Patches").alt[:50]
    'Patches: 2 filters, 2 patches of 8 × 8 pixels each'
    """
    patches, projected = both_checked("patches", patches, projected)
    if len(row_names) != len(patches):
        raise ValueError(f"{len(patches)} filters need as many names, got {len(row_names)}")
    rows, k, height, width, _ = patches.shape
    told = [
        f"{name} from {sent.min():.2g} to {sent.max():.2g}"
        for name, sent in zip(row_names, projected, strict=True)
    ]
    alt = (
        f"{title}: {counted(rows, 'filter')}, {counted(k, 'patch', 'patches')} of "
        f"{height} × {width} pixels each, strongest first, and their projections{listed(told)}"
    )
    across, down = mosaic_inches(rows, 2 * k, height / width, 0, 0.8, 8.4)
    figure = Figure(title, alt, max(6, across + 1.2), down + 0.9)
    seen, sent = figure.subplots(1, 2)
    mosaic(seen, [list(painted_images(row)) for row in patches])
    mosaic(sent, [list(painted_projections(row)) for row in projected])
    label_grid(seen, [str(name) for name in row_names], 0)
    seen.set_title("what excites it most", fontsize=9)
    sent.set_title("their projections down to the pixels", fontsize=9)
    return figure


def both_checked(name: str, pictures: Any, sent: Any) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (rows, k, height, width, 1 or 3) and their projections, of the same shape."""
    pictures = checked_array(name, pictures, ("rows", "k", "height", "width", "1 or 3"))
    sent = np.nan_to_num(np.asarray(sent, float))
    if sent.shape != pictures.shape:
        raise ValueError(f"{name} {pictures.shape} and projections {sent.shape} must agree")
    checked_images(pictures[0], None)
    return pictures, sent


TINT = 0.4  # Of a projection in three channels: how strong its colours are beside its brightness.


def painted_projections(projected: np.ndarray) -> np.ndarray:
    """Signed (N, height, width, 1 or 3) as colours.

    One channel has one scale for all N, on which zero is white. In three channels, zero is grey.
    There the colours are toned down, for at full strength channels of opposite signs hide lines
    among specks of red, green and blue. The strongest hundredth of each picture is clipped, for a
    few bright specks would leave all else grey.
    """
    if projected.shape[-1] == 1:
        shares = 0.5 + 0.5 * projected / (abs(projected).max() or 1.0)
        return colormaps[SIGNED](shares[..., 0])
    grey = projected.mean(axis=-1, keepdims=True)
    toned = grey + TINT * (projected - grey)
    limits = [np.percentile(abs(one[one != 0]), 99) if one.any() else 1.0 for one in toned]
    return (0.5 + 0.5 * toned / np.reshape(limits, (-1, 1, 1, 1))).clip(0, 1)


def tinted(image: np.ndarray, evidence: np.ndarray) -> np.ndarray:
    """An image in pale grey under red evidence for a class: RGB (h, w, 3) from 0 to 1.

    `image` and `evidence` are (h, w). The red is densest where the evidence is strongest.

    >>> from helpers import plots
    >>> plots.tinted(images[0, ..., 0], np.ones((8, 8))).shape
    (8, 8, 3)
    """
    share = np.clip(np.nan_to_num(evidence) / (finite_max(evidence) or 1), 0, 1)
    return overlaid(image[None, ..., None], share[None])[0]


def inversions(
    images: ArrayLike,
    found: Mapping[str, ArrayLike],
    errors: Mapping[str, ArrayLike],
    title: str = "Images with the same features, layer by layer",
) -> Figure:
    """Images in the first row, and below them images with the same features, layer by layer.

    Args:
        images: (N, height, width, 1 or 3), from 0 to 1; one channel is ink on paper.
        found: by layer, images of the same shape.
        errors: by layer, (N,) relative errors of the features; their mean stands at the row.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.

    >>> from helpers import plots
    >>> figure = plots.inversions(images, {"l1": images}, {"l1": np.zeros(4)}, title="Found")
    >>> figure.alt.split("; ")[0]
    'Found: 2 rows of 4 images, 8 × 8 pixels'
    """
    pictures, _ = checked_images(images, None)
    if found.keys() != errors.keys():
        raise ValueError(f"found has the layers {list(found)}, errors has {list(errors)}")
    rows, names = [pictures], ["image"]
    for layer, of_layer in found.items():
        off = checked_array(f"errors of {layer}", errors[layer], ("N",))
        of_layer = np.asarray(of_layer)
        if of_layer.shape != pictures.shape or len(off) != len(pictures):
            raise ValueError(
                f"layer {layer} has images {of_layer.shape} and errors {off.shape}; "
                f"images {pictures.shape} are sought"
            )
        rows.append(of_layer)
        names.append(f"{layer}\n{off.mean():.1%} off")
    return image_table(np.stack(rows), names, title=title)
