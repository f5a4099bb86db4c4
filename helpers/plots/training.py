"""How training went: curves, and which classes are taken for which."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from helpers.plots.figure import MISTAKES, TRAINING, VALIDATION, Figure, filter_colour, house_style
from helpers.plots.layout import check_classes, counted

__all__ = ["check_history", "confusion_matrix", "training_history"]


@house_style()
def training_history(
    history: Mapping[str, Sequence[float]],
    title: str = "Training against validation",
    epoch: float | None = None,
) -> Figure:
    """Curves of loss and accuracy, on the training and on the validation set.

    Args:
        history: "loss", "accuracy", "val_loss" and "val_accuracy", lists of one length, and after
            how many epochs ("epoch"; without it, as in what Keras calls `History.history`, there
            is one number per epoch). Of a model with several heads, each head's accuracy instead,
            such as "angle_accuracy" and "val_angle_accuracy".
        title: what one looks at.
        epoch: the one of these epochs to mark.

    Raises:
        ValueError: if a list is missing, the lengths differ or the epoch does not exist.

    >>> from helpers import plots
    >>> loss, accuracy = [0.9, 0.5], [0.6, 0.8]
    >>> history = {"loss": loss, "accuracy": accuracy}
    >>> history |= {"val_loss": loss, "val_accuracy": accuracy}
    >>> plots.training_history(history).alt.split(". ")[0]
    'Loss and accuracy, up to epoch 2'
    """
    history = check_history(history, epoch)
    figure = Figure(title, history_alt(history, epoch), 9, 3.4)
    history_panels(figure, history, epoch)
    return figure


@house_style()
def confusion_matrix(
    labels: ArrayLike, predictions: ArrayLike, class_names: Sequence[object]
) -> Figure:
    """A table of how often each class is taken for each other.

    Rows are true classes, columns predicted ones. Only mistakes are coloured; on a common scale the
    diagonal would outshine them.

    Args:
        labels: (N,) true classes, integers.
        predictions: (N,) predicted classes, integers.
        class_names: one name per class.

    Raises:
        ValueError: if lengths differ or a class has no name.

    >>> from helpers import plots
    >>> plots.confusion_matrix([0, 1, 1, 1], [0, 1, 1, 0], ["cat", "dog"]).alt.split("; ")[1]
    'most frequent confusion: dog taken for cat, 1 time.'
    """
    from sklearn import metrics  # takes a second, and only this figure needs it

    labels, predictions = np.asarray(labels), np.asarray(predictions)
    names = [str(name) for name in class_names]
    if labels.ndim != 1 or labels.shape != predictions.shape or not len(labels):
        raise ValueError(
            f"labels {labels.shape} and predictions {predictions.shape} must both be (N,), N > 0; "
            "probabilities (N, classes) become predictions with .argmax(axis=-1)"
        )
    check_classes("labels", labels, len(names))
    check_classes("predictions", predictions, len(names))
    counts = metrics.confusion_matrix(labels, predictions, labels=range(len(names)))
    mistakes = counts * (1 - np.eye(len(names), dtype=int))
    most, accuracy = mistakes.max(), np.mean(labels == predictions)
    alt = f"Confusion matrix of {len(names)} classes, accuracy {accuracy:.1%}; "
    if most:
        true, predicted = np.unravel_index(mistakes.argmax(), mistakes.shape)
        alt += (
            f"most frequent confusion: {names[true]} taken for {names[predicted]}, "
            f"{counted(most, 'time')}."
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


def history_panels(figure: Any, history: Mapping[str, np.ndarray], epoch: float | None) -> None:
    epochs, (_, *accuracies) = history["epoch"], _curves(history)
    marker = 4 if len(epochs) <= 30 else 0
    shown = None if epoch is None else list(epochs).index(epoch)
    for ax, names in zip(figure.subplots(1, 2), (["loss"], accuracies), strict=True):
        several = len(names) > 1
        for number, name in enumerate(names):
            pair = [filter_colour(number)] * 2 if several else (TRAINING, VALIDATION)
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


def history_alt(history: Mapping[str, np.ndarray], epoch: float | None) -> str:
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

    >>> from helpers import plots
    >>> curve = [0.9, 0.5]
    >>> names = ("loss", "accuracy", "val_loss", "val_accuracy")
    >>> plots.check_history(dict.fromkeys(names, curve))["epoch"]
    array([1., 2.])
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
