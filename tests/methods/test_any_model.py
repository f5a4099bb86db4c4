"""Every method gives the same numbers for the same network, however it is wrapped or saved."""

from collections import Counter
from functools import cache, partial
from itertools import count
from unittest.mock import Mock

import keras
import numpy as np
import pytest
from keras import layers

from helpers import models
from helpers.methods import catalogue, saliency
from helpers.methods.activations import (
    convolution,
    layer_activations,
    ordinary_convolutions,
    score_values,
    sparsity,
)
from helpers.methods.cam import grad_cam, grad_cam_plus_plus
from helpers.methods.deconvnet import project, receptive_field, strongest
from helpers.methods.invariance import invariance, predictions
from helpers.methods.inversion import invert
from helpers.methods.maximization import maximize
from helpers.methods.occlusion import centre_and_corners, occlusion_map
from helpers.methods.statistics import filter_statistics
from helpers.models import graph
from helpers.scores import ClassScore, FilterScore, UnitScore

RNG = np.random.default_rng(0)
IMAGES = RNG.random((5, 8, 6, 2)).astype(np.float32)
LABELS = np.array([0, 2, 1, 2, 3])
SCORES = (ClassScore(3), FilterScore("late", 1), UnitScore("early", (4, 1, 2)), ClassScore(0))


def parts():
    return [
        layers.Conv2D(4, 3, activation="relu", name="early"),
        layers.MaxPooling2D(2, name="half"),
        layers.Conv2D(5, 2, padding="same", name="late"),
        layers.ReLU(name="rectified"),
        layers.GlobalAveragePooling2D(name="gap"),
        layers.Dense(4, activation="softmax", name="head"),
    ]


@cache
def plain():
    model = keras.Sequential([keras.Input((8, 6, 2)), *parts()], name="net")
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 0.5, weights.shape) for weights in model.get_weights()])
    return model


class Subclassed(keras.Model):
    """Answers with a list of one, which a functional model unpacks when it is called."""

    def __init__(self):
        super().__init__()
        self.parts = parts()

    def call(self, x):
        for part in self.parts:
            x = part(x)
        return [x]


def subclassed(_):
    model = Subclassed()
    model(IMAGES)
    model.set_weights(plain().get_weights())
    return model


def reloaded(model, path):
    model.save(path)
    return keras.models.load_model(path, compile=False)


def list_of_one():
    return keras.Model(plain().inputs, [plain().outputs[0]])


MODELS = {
    "list of one": lambda _: list_of_one(),
    "dict of one": lambda _: keras.Model(plain().inputs, {"answer": plain().outputs[0]}),
    "subclassed, list of one": subclassed,
    "Sequential from HDF5": lambda folder: reloaded(plain(), folder / "net.h5"),
    "Sequential from .keras": lambda folder: reloaded(plain(), folder / "net.keras"),
    "list of one from HDF5": lambda folder: reloaded(list_of_one(), folder / "net.h5"),
}


# Of the last one each half is another model.
KINDS = [
    pytest.param(name, marks=pytest.mark.full if name == "list of one from HDF5" else ())
    for name in MODELS
]


@pytest.fixture(scope="module", params=KINDS)
def model(request, tmp_path_factory):
    return MODELS[request.param](tmp_path_factory.mktemp("saved"))


def convolutions(model):
    found = {name: convolution(model, IMAGES, name) for name in ordinary_convolutions(model)}
    return {name: (c.inputs, c.outputs, c.kernel, c.bias) for name, c in found.items()}


def silent(model):
    found = sparsity(model, IMAGES)
    return {name: np.append(layer.dead, layer.zeros) for name, layer in found.items()}


def statistics(model):
    found = filter_statistics(model, IMAGES, LABELS)
    return {name: layer.sums for name, layer in found.items()}, found["early"].wins, found.counts


def maxima(model):
    found = maximize(model, SCORES, steps=3, start="random", jitter=1)
    return found.images, found.curves


def inverted(model):
    found = invert(model, IMAGES, "late", steps=3)
    return found.images, found.curves


def turned(model):
    found = invariance(model, IMAGES, "rotation", [20, 90])
    return found.distances, found.classes, found.probabilities


METHODS = {
    name: lambda model, maps=method.maps: maps(model, IMAGES, 2, signed=True)
    for name, method in catalogue.METHODS.items()
} | {
    "predict": lambda model: models.predict(model, IMAGES),
    "layer_activations": lambda model: layer_activations(model, IMAGES),
    "score_values": lambda model: [score_values(model, IMAGES, score) for score in SCORES],
    "sparsity": silent,
    "convolution": convolutions,
    "filter_statistics": statistics,
    "maximize": maxima,
    "occlusion_map of a probability": lambda model: occlusion_map(
        model, IMAGES, 2, 3, 2, probability=True
    ),
    "project": lambda model: project(model, IMAGES, "late", 3),
    "strongest": lambda model: strongest(model, IMAGES, "rectified", k=2),
    "receptive_field": lambda model: np.array(receptive_field(model, "late")),
    "invert": inverted,
    "invariance": turned,
    "predictions": lambda model: predictions(model, IMAGES, 3)[1:],
    "centre_and_corners": lambda model: centre_and_corners(model, IMAGES, 3)[1:],
}


@cache
def expected(method):
    return METHODS[method](plain())


@pytest.mark.parametrize("method", METHODS)
def test_the_same_numbers_as_of_the_plain_sequential(model, method):
    equal = partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-6)
    keras.tree.map_structure(equal, METHODS[method](model), expected(method))
    assert any(np.ptp(numbers) > 0 for numbers in keras.tree.flatten(expected(method)))


@pytest.mark.parametrize(
    "method",
    [
        partial(grad_cam, score=1),
        partial(grad_cam_plus_plus, score=1),
        partial(saliency.gradient, score=1),
        partial(saliency.guided_backprop, score=1),
        partial(saliency.smooth_grad, score=1, samples=3),
        partial(saliency.integrated_gradients, score=1, steps=3),
        lambda model, images: filter_statistics(model, images, LABELS[: len(images)], classes=4),
    ],
)
def test_a_model_is_traced_once_however_many_images_there_are(method):
    """And a second model of the same class is traced once more, not more often."""
    for _ in range(2):
        model = keras.Sequential([keras.Input((8, 6, 2)), *parts()])
        counted = Mock(side_effect=model.call)
        object.__setattr__(model, "call", counted)  # past Keras's tracking
        for images in (IMAGES, IMAGES[:2], IMAGES):
            method(model, images)
        assert counted.call_count == 1


@pytest.mark.parametrize(
    ("method", "functions"),
    [
        (partial(occlusion_map, score=1, patch=3, stride=2), 3),  # probing, keeping, covering
        (partial(occlusion_map, score=1, patch=3, stride=2, method="full"), 2),
        (lambda model, images: maximize(model, 1, start=images[0], steps=3), 1),
    ],
)
def test_a_model_s_few_functions_are_each_traced_once(method, functions, monkeypatch):
    large = np.tile(IMAGES, (1, 4, 4, 1))
    traced, numbers, trace = Counter(), count(), graph._trace

    def watched(function, *rest):
        number = next(numbers)

        def counted(*given):
            traced[number] += 1
            return function(*given)

        return trace(counted, *rest)

    monkeypatch.setattr(graph, "_trace", watched)
    for _ in range(2):
        traced.clear()
        convolutions = layers.Conv2D(16, 3), layers.Conv2D(16, 3)  # worth computing windows of
        top = layers.MaxPooling2D(), layers.Flatten(), layers.Dense(4)
        model = keras.Sequential([keras.Input((32, 24, 2)), *convolutions, *top])
        for images in (large, large[:2], large):
            method(model, images)
        assert (len(traced), set(traced.values())) == (functions, {1})
