"""Explore how training went, and which mistakes remain."""

from collections.abc import Mapping, Sequence
from functools import partial

import ipywidgets as widgets
import numpy as np
from numpy.typing import ArrayLike

from helpers import plots
from helpers.explorers.alone import Live, as_bytes, colours, palettes
from helpers.explorers.skin import Explorer
from helpers.plots.figure import Figure, house_style
from helpers.plots.layout import checked_images, image_grid, listed, subfigures
from helpers.plots.training import check_history, history_alt, history_panels

__all__ = ["draw_training", "mistakes", "training", "training_overview"]

ANY = "any"


def training(
    history: Mapping[str, Sequence[float]],
    images: ArrayLike,
    labels: ArrayLike,
    probabilities: ArrayLike,
    class_names: Sequence[object],
) -> Explorer:
    """Browse the epochs of a training, and the trained network's mistakes.

    Args:
        history: as in `plots.training_history`.
        images: (N, height, width, 1 or 3), from 0 to 1.
        labels: (N,) true classes, integers.
        probabilities: (N, classes), what the network predicts for `images` after training.
        class_names: one name per class.

    Raises:
        ValueError: if shapes or lengths do not fit.
    """
    # Not None for "any": a Dropdown takes it for "nothing chosen", and shows an empty field.
    names = [(ANY, ANY), *((str(name), i) for i, name in enumerate(class_names))]
    epochs = [(f"{epoch:g}", epoch) for epoch in plots.check_history(history)["epoch"]]
    return Explorer(
        partial(draw_training, history, images, labels, probabilities, class_names),
        partial(_live, history, images, labels, probabilities, class_names),
        epoch=widgets.SelectionSlider(
            options=epochs, index=len(epochs) - 1, description="epoch", continuous_update=False
        ),
        true=widgets.Dropdown(options=names, description="true class"),
        predicted=widgets.Dropdown(options=names, description="predicted"),
    )


MISTAKES = 300  # the surest ones, which a page without a kernel has at most


def _live(
    history: Mapping[str, Sequence[float]],
    images: ArrayLike,
    labels: ArrayLike,
    probabilities: ArrayLike,
    class_names: Sequence[object],
) -> Live | None:
    images, labels, probabilities = map(np.asarray, (images, labels, probabilities))
    # explorer.js draws ink on paper, and one curve of accuracy
    if images.shape[-1] != 1 or "accuracy" not in history:
        return None
    every = mistakes(labels, probabilities)
    found, guessed = every[:MISTAKES], probabilities.argmax(axis=-1)
    counts = np.zeros(2 * probabilities.shape[-1:], int)
    np.add.at(counts, (labels[every], guessed[every]), 1)
    each = [
        {"truth": int(t), "predicted": int(g), "of": [float(p[t]), float(p[g])]}
        for t, g, p in zip(labels[found], guessed[found], probabilities[found], strict=True)
    ]
    pixels = as_bytes(255 * np.clip(images[found], 0, 1))
    checked = {name: curve.tolist() for name, curve in plots.check_history(history).items()}
    content = {
        "history": checked,
        "class_names": [str(name) for name in class_names],
        "mistakes": {"each": each, "pixels": pixels, "counts": counts.tolist()},
        "size": images.shape[1:3],
        "palettes": palettes(),
        "colours": colours(),
    }
    return Live("explorer.js", {"kind": "training", "content": content})


def draw_training(
    history: Mapping[str, Sequence[float]],
    images: ArrayLike,
    labels: ArrayLike,
    probabilities: ArrayLike,
    class_names: Sequence[object],
    epoch: float,
    true: int | str = ANY,
    predicted: int | str = ANY,
) -> plots.Figure:
    """Draw the picture of `training`: curves with `epoch` marked above the most confident mistakes.

    `true` and `predicted` restrict the mistakes to a class, counted from 0, or "any".
    """
    images, labels, probabilities = map(np.asarray, (images, labels, probabilities))
    if len(images) != len(labels):
        raise ValueError(f"{len(images)} images need as many labels, got {len(labels)}")
    if len(class_names) != probabilities.shape[-1]:
        raise ValueError(
            f"class_names must name all {probabilities.shape[-1]} columns of probabilities, "
            f"got {len(class_names)} names"
        )
    every = mistakes(labels, probabilities, true, predicted)
    shown = every[:12]
    guessed = probabilities[shown].argmax(axis=-1)
    titles = [
        f"{class_names[t]}: {p[t]:.0%}\n→ {class_names[g]}: {p[g]:.0%}"
        for t, g, p in zip(labels[shown], guessed, probabilities[shown], strict=True)
    ]
    kind = "".join(
        f", {word} class {class_names[int(c)]}"
        for word, c in (("true", true), ("predicted", predicted))
        if c != ANY
    )
    title = f"The {len(shown)} most confident of {len(every)} mistakes" if titles else "No mistakes"
    return training_overview(history, epoch, images[shown], titles, f"{title}{kind}")


def mistakes(
    labels: ArrayLike,
    probabilities: ArrayLike,
    true: int | str = ANY,
    predicted: int | str = ANY,
) -> np.ndarray:
    """Return which images are classified wrongly, the most confident mistake first.

    Args:
        labels: (N,) true classes, integers.
        probabilities: (N, classes).
        true: only mistakes about images of this class, or "any".
        predicted: only mistakes for this class, or "any".

    Returns:
        (M,) indices, by falling probability of the wrong prediction; equals keep their order.

    Raises:
        ValueError: if the shapes do not fit.
    """
    labels, probabilities = np.asarray(labels), np.asarray(probabilities)
    if labels.ndim != 1 or probabilities.ndim != 2 or len(labels) != len(probabilities):
        raise ValueError(
            f"labels must be (N,) and probabilities (N, classes), got {labels.shape} and "
            f"{probabilities.shape}; one-hot labels become classes with .argmax(axis=-1)"
        )
    guessed = probabilities.argmax(axis=-1)
    wrong = guessed != labels
    if true != ANY:
        wrong &= labels == true
    if predicted != ANY:
        wrong &= guessed == predicted
    found = np.flatnonzero(wrong)
    return found[np.argsort(-probabilities[found].max(axis=-1), kind="stable")]


@house_style()
def training_overview(
    history: Mapping[str, Sequence[float]],
    epoch: float,
    mistakes: ArrayLike,
    titles: Sequence[object],
    title: str,
) -> Figure:
    """Draw the training curves with one epoch marked, above a grid of wrongly classified images.

    Args:
        history, epoch: as in `training_history`.
        mistakes: (N, height, width, 1 or 3), from 0 to 1; N may be 0.
        titles: N labels, one above each image.
        title: what the images are.

    Raises:
        TypeError: if the history is no dictionary of lists.
        ValueError: if a shape or the history does not fit, or the epoch does not exist.
    """
    history = check_history(history, epoch)
    pictures, titles = checked_images(mistakes, titles)
    alt = f"{history_alt(history, epoch)} Below: {title}{listed(titles) if titles else '.'}"
    figure = Figure("Training, and the mistakes that remain", alt, 9, 7.2)
    top, bottom = subfigures(figure, 2, 1, height_ratios=(3, 3.8))
    history_panels(top, history, epoch)
    bottom.suptitle(title, fontsize=10)
    if len(pictures):
        image_grid(bottom, pictures, titles, columns=6, least=(2, 6))
    return figure
