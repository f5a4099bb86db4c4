"""A picture for each function of the reference that draws, or that explains a network by a map."""

import inspect
from collections.abc import Callable
from functools import cache, partial
from html import escape
from pathlib import Path

import numpy as np

from helpers import datasets, models, plots
from helpers.methods import catalogue, deconvnet, invariance, inversion, maximization
from helpers.methods.activations import layer_activations, sparsity, to_bytes
from helpers.methods.statistics import filter_statistics

DRAWN: dict[str, Callable[[], plots.Figure]] = {}


def draws(*names: str) -> Callable:
    """Mark a function as what draws the picture of these functions of `helpers`."""

    def mark(draw: Callable[[], plots.Figure]) -> Callable[[], plots.Figure]:
        DRAWN.update(dict.fromkeys((f"helpers.{name}" for name in names), draw))
        return draw

    return mark


@cache
def scene() -> tuple:
    """The course's network, a test image of each digit, and the names of the digits."""
    data = datasets.load("default")
    model = models.trained("course_cnn", data).model
    first = [int(np.flatnonzero(data.test.labels == digit)[0]) for digit in range(10)]
    return model, data.test.images[first], [str(name) for name in data.class_names]


@cache
def statistics() -> dict:
    model, _, _ = scene()
    test = datasets.load("default").test
    return filter_statistics(model, test.images[:500], test.labels[:500], ["l2", "l4"])


@draws("plots.images")
def _images():
    _, images, names = scene()
    return plots.images(images, names, columns=5, title="A test image of each digit")


@draws("plots.image_table", "methods.invariance.transformed")
def _image_table():
    _, images, names = scene()
    ways = {"as it is": ("rotation", 0), "turned": ("rotation", 30), "smaller": ("scaling", 0.7)}
    ways["shifted"] = ("translation", (3, 5))
    table = [invariance.transformed(images[2:8], *how) for how in ways.values()]
    return plots.image_table(table, list(ways), names[2:8] * 4, "Six digits, transformed")


@draws("plots.overlays")
def _overlays():
    return _by("Grad-CAM", slice(0, 5))


def _by(name: str, which: slice = slice(2, 6)) -> plots.Figure:
    """Four digits, each with the map of its own class."""
    model, images, names = scene()
    if not catalogue.METHODS[name].applies(model):  # CAM needs a network that pools at the end
        model = models.trained("gap_cnn", datasets.load("default")).model
    maps = [
        catalogue.METHODS[name].maps(model, images[[digit]], digit)[0] for digit in range(10)[which]
    ]
    return plots.overlays(images[which], maps, names[which], title=f"{name}, each digit's class")


for _method in catalogue.METHODS.values():
    _function = f"{_method.function.__module__}.{_method.function.__name__}"
    DRAWN[_function] = partial(_by, _method.name)


@draws("plots.projections", "methods.deconvnet.project", "methods.deconvnet.strongest")
def _projections():
    model, _, _ = scene()
    images = datasets.load("default").test.images[:300]
    found = deconvnet.strongest(model, images, "l2", filters=[0, 1, 2], k=6)
    field = deconvnet.receptive_field(model, "l2")
    seen, sent = [], []
    for number, of_filter, places in zip(range(3), found.images, found.positions, strict=True):
        down = deconvnet.project(model, images[of_filter], "l2", number)
        seen.append(deconvnet.patches(images[of_filter], field, places))
        sent.append(deconvnet.patches(down, field, places))
    title = "The six patches to which three filters of l2 answer most, and their projections"
    return plots.projections(seen, sent, [f"filter {n}" for n in range(3)], title)


@draws("plots.inversions", "methods.inversion.invert")
def _inversions():
    model, images, _ = scene()
    found = {
        layer: inversion.invert(model, images[2:6], layer, steps=100) for layer in ("l1", "l3")
    }
    return plots.inversions(
        images[2:6],
        {layer: one.images for layer, one in found.items()},
        {layer: one.errors for layer, one in found.items()},
    )


@draws("plots.feature_maps")
def _feature_maps():
    model, images, _ = scene()
    maps = layer_activations(model, images[7:8], ["l1"])["l1"][0]
    return plots.feature_maps(maps, title="The nine maps of l1, for one seven")


@draws("plots.class_mean_maps", "methods.statistics.filter_statistics")
def _class_mean_maps():
    _, _, names = scene()
    title = "Mean of l2 per digit"
    return plots.class_mean_maps(statistics()["l2"].mean, names, title)


@draws("plots.mode_maps")
def _mode_maps():
    found = statistics()["l2"]
    _, _, names = scene()
    title = "Which filter of l2 wins most often, digit by digit"
    return plots.mode_maps(found.mode, found.mode_frequency, found.mean.shape[-1], names, title)


@draws("plots.dense_activations")
def _dense_activations():
    _, _, names = scene()
    title = "Mean of the units of l4 per digit"
    return plots.dense_activations(statistics()["l4"].mean, names, title)


@draws("plots.class_scatter")
def _class_scatter():
    model, _, _ = scene()
    test = datasets.load("default").test
    features = layer_activations(model, test.images[:200], ["l4"])["l4"]
    flat = {"pixels": test.images[:200].reshape(200, -1), "l4": features}
    places = {}
    for name, values in flat.items():
        centred = values - values.mean(axis=0)
        places[name] = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    return plots.class_scatter(places, test.labels[:200], "Test images on a plane")


@draws("plots.layer_maps", "methods.activations.layer_activations", "methods.activations.to_bytes")
def _layer_maps():
    model, images, names = scene()
    maps = layer_activations(model, images[2:5], models.conv_layers(model))
    scaled = {name: to_bytes(each) for name, each in maps.items()}
    return plots.layer_maps(images[2:5], scaled, names[2:5])


@draws("plots.progression", "methods.maximization.progression")
def _progression():
    model, _, _ = scene()
    digits = (0, 3, 8)
    found = maximization.progression(model, digits, steps=60)
    images, scores = zip(*((one.images, one.curves[:, -1]) for one in found.values()), strict=True)
    return plots.progression(images, list(found), [f"class {digit}" for digit in digits], scores)


@draws("plots.score_curves", "methods.maximization.maximize")
def _score_curves():
    model, _, names = scene()
    found = maximization.maximize(model, (0, 3, 8), steps=60)
    title = "The logit of three classes on the climb"
    return plots.score_curves(found.curves, [names[digit] for digit in (0, 3, 8)], title)


@draws("plots.bars")
def _bars():
    model, _, _ = scene()
    layers = {layer.name: layer.count_params() for layer in model.layers if layer.count_params()}
    return plots.bars(list(layers.values()), list(layers), "layer", "weights", "Where weights are")


@draws("plots.effects")
def _effects():
    _, _, names = scene()
    mean = statistics()["l2"].mean.mean(axis=(1, 2))
    title = "How each filter of l2 differs from its mean, digit by digit"
    return plots.effects(mean - mean.mean(axis=0), names, title, label="activation")


@draws("plots.invariance_curves", "methods.invariance.invariance")
def _invariance_curves():
    model, images, names = scene()
    turns = list(range(0, 181, 15))
    found = invariance.invariance(model, images[2:5], "rotation", turns)
    curves = found.distances, found.probabilities
    return plots.invariance_curves(
        turns, *curves, names[2:5], "degrees, counter-clockwise", "Three digits, turned"
    )


@draws("plots.comparison")
def _comparison():
    model, images, _ = scene()
    maps = [catalogue.METHODS["Grad-CAM"].maps(model, images[[7]], digit)[0] for digit in (7, 1)]
    return plots.comparison(*maps, "The map of class 7, and an answer that took class 1")


@draws("plots.shares_by_layer", "methods.activations.sparsity")
def _shares_by_layer():
    model, _, _ = scene()
    found = sparsity(model, datasets.load("default").test.images[:200])
    shares = {
        "zeros": {name: layer.zero_share for name, layer in found.items()},
        "dead maps": {name: layer.dead_share for name, layer in found.items()},
    }
    return plots.shares_by_layer(shares, "How much is exactly 0, layer by layer")


@draws("plots.training_history")
def _training_history():
    return plots.training_history(models.trained("course_cnn", datasets.load("default")).history)


@draws("plots.confusion_matrix")
def _confusion_matrix():
    model, _, names = scene()
    test = datasets.load("default").test
    return plots.confusion_matrix(test.labels, models.predict(model, test.images).argmax(1), names)


def missing() -> list[str]:
    """The functions that draw or explain by a map, and have no picture here."""
    drawing = [
        f"helpers.plots.{name}"
        for name in plots.__all__
        if inspect.isfunction(each := getattr(plots, name))
        and inspect.signature(each).return_annotation in (plots.Figure, "Figure")
    ]
    return [name for name in drawing if name not in DRAWN]


def picture(name: str, folder: Path) -> list[str]:
    """Draw the picture of a function to a folder; return the lines of a docstring that show it."""
    figure = DRAWN[name]()
    width, height = (round(inches * figure.dpi) for inches in figure.get_size_inches())
    file = folder / f"{name.removeprefix('helpers.')}.png"
    file.write_bytes(figure.png())
    shown = (
        f'<p><img loading="lazy" src="../pictures/{file.name}" width="{width}" '
        f'height="{height}" alt="{escape(figure.alt)}"></p>'
    )
    return ["", ".. raw:: html", "", f"   {shown}", ""]
