"""Checks of notebook 01."""

from __future__ import annotations

from typing import Any

import numpy as np

from helpers.checks.core import Case, Check, Unusable, each_map, same_values, shape_and_type
from helpers.own_work import solves

# scale_images(raw): bytes to what a network takes


@solves("scale_images")
def _scaled(raw):
    return (raw / np.float32(255))[..., None]


def _draw_images(rng, hidden):
    def raw(*shape, low=0, high=256):
        return rng.integers(low, high, shape, dtype=np.uint8)

    shapes = [(5, 7, 6), (1, 3, 4)] if hidden else [(2, 4, 5)]
    known = np.array([[[0, 51], [102, 255]]], np.uint8)
    return [
        *(Case("shape and type", {"raw": raw(*shape)}, _images) for shape in shapes),
        Case("0 becomes 0, 255 becomes 1", {"raw": known}, same_values),
        *(
            Case("0 becomes 0, 255 becomes 1", {"raw": raw(*shape)}, same_values)
            for shape in [*shapes, (2, 28, 28)]
        ),
        Case("images without a white pixel", {"raw": raw(3, 4, 5, low=20, high=180)}, same_values),
    ]


def _images(got, expected):
    problem = shape_and_type(got, expected)
    if problem is None and np.asarray(got).dtype != np.float32:
        return f"Expected float32, got {np.asarray(got).dtype}: twice the memory for nothing."
    return problem


scale_images = Check(
    "scale_images",
    {"shape and type": 1, "0 becomes 0, 255 becomes 1": 1, "images without a white pixel": 1},
    _draw_images,
    _scaled,
    maps=each_map,
)


# count_weights(kernel_size, channels, filters): how many numbers a convolution learns


@solves("count_weights")
def _weight_count(kernel_size, channels, filters):
    return (kernel_size[0] * kernel_size[1] * channels + 1) * filters


def _draw_convolutions(rng, hidden):
    def case(step, kernel_size, channels):
        filters = int(rng.integers(6, 40))
        inputs = {"kernel_size": kernel_size, "channels": channels, "filters": filters}
        return Case(step, inputs, same_values)

    size, channels = int(rng.integers(3, 8)), int(rng.integers(2, 6))
    cases = [
        case("one input channel", (size, size), 1),
        case("several input channels", (size, size), channels),
        case("a kernel that is not square", (size, size + 2), channels),
    ]
    return (
        [*cases, case("a kernel that is not square", (1, size), channels + 9)] if hidden else cases
    )


count_weights = Check(
    "count_weights",
    {"one input channel": 1, "several input channels": 1, "a kernel that is not square": 1},
    _draw_convolutions,
    _weight_count,
)


# build_network(input_shape, filters, units, classes): the practical work's architecture

KERNELS = (5, 5, 3)
SETTINGS = ("kind", "size", "kernel", "strides", "dilation", "padding", "activation")


def describe_model(model: Any) -> dict[str, Any]:
    """Return a Keras model as plain data: shapes, weights, and layers with their main settings."""
    import keras

    if not isinstance(model, keras.Model):
        raise Unusable(f"Expected a Keras model, got {type(model).__name__}. Is there a `return`?")
    if not model.built or not model.inputs:
        raise Unusable("The model does not know its input shape: begin with keras.Input(...).")
    found: list[dict[str, Any]] = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        activation = getattr(getattr(layer, "activation", None), "__name__", None)
        activation = activation and activation.removesuffix("_v2")  # tf.nn.softmax
        if isinstance(layer, keras.layers.ReLU | keras.layers.Softmax | keras.layers.Activation):
            name = activation or type(layer).__name__.lower()
            if found and found[-1]["activation"] in ("linear", None):
                found[-1]["activation"] = name  # an activation of its own belongs to that layer
            else:
                found.append({**dict.fromkeys(SETTINGS), "kind": name, "activation": name})
            continue
        found.append(
            {
                "kind": type(layer).__name__,
                "size": getattr(layer, "filters", getattr(layer, "units", None)),
                "kernel": getattr(layer, "kernel_size", getattr(layer, "pool_size", None)),
                "strides": getattr(layer, "strides", None),
                "dilation": getattr(layer, "dilation_rate", None),
                "padding": getattr(layer, "padding", None),
                "activation": activation,
            }
        )
    return {
        "input": tuple(model.inputs[0].shape[1:]),
        "output": tuple(model.outputs[0].shape[1:]),
        "layers": found,
        "weights": model.count_params(),
    }


@solves("build_network")
def _network(input_shape, filters, units, classes):
    height, width, channels = input_shape
    layers, weights = [], 0
    for size, kernel in zip(filters, KERNELS, strict=True):
        settings = {"strides": (1, 1), "dilation": (1, 1), "padding": "same", "activation": "relu"}
        layers.append({"kind": "Conv2D", "size": size, "kernel": (kernel, kernel), **settings})
        layers.append({"kind": "MaxPooling2D", "kernel": (2, 2), "strides": (2, 2)})
        weights += (kernel * kernel * channels + 1) * size
        height, width, channels = height // 2, width // 2, size
    weights += (height * width * channels + 1) * units + (units + 1) * classes
    layers += [
        {"kind": "Flatten"},
        {"kind": "Dense", "size": units, "activation": "relu"},
        {"kind": "Dense", "size": classes, "activation": "softmax"},
    ]
    return {"input": input_shape, "output": (classes,), "layers": layers, "weights": weights}


def _in_and_out(got, expected):
    for what in ("input", "output"):
        if got[what] != expected[what]:
            return f"Expected {what} of shape {expected[what]} per image, got {got[what]}."
    return _same_layer("last layer", got["layers"][-1], expected["layers"][-1])


def _convolutions(got, expected):
    def of(model):
        return [layer for layer in model["layers"] if layer["kind"] == "Conv2D"]

    return _same_layers("convolution", of(got), of(expected))


def _other_layers(got, expected):
    kinds = [[layer["kind"] for layer in model["layers"]] for model in (got, expected)]
    if kinds[0] != kinds[1]:
        return f"Expected the layers {', '.join(kinds[1])}; got {', '.join(kinds[0])}."
    return _same_layers("layer", got["layers"], expected["layers"])


def _weights(got, expected):
    if got["weights"] != expected["weights"]:
        return f"Expected {expected['weights']:,} weights, got {got['weights']:,}."
    return None


def _same_layers(what, got, expected):
    if len(got) != len(expected):
        return f"Expected {len(expected)} {what}s, got {len(got)}."
    for number, pair in enumerate(zip(got, expected, strict=True), start=1):
        if problem := _same_layer(f"{what} {number}", *pair):
            return problem
    return None


def _same_layer(what, got, expected):
    for key, value in expected.items():
        if got[key] != value:
            name = {"size": "filters or units", "kernel": "kernel or pool size"}.get(key, key)
            return f"{what.capitalize()}: expected {name} {value}, got {got[key]}."
    return None


def _draw_networks(rng, hidden):
    def inputs(input_shape):
        filters = tuple(int(size) for size in rng.permutation(np.arange(2, 12))[:3])
        units, classes = (int(size) for size in rng.permutation(np.arange(3, 14))[:2])
        return {"input_shape": input_shape, "filters": filters, "units": units, "classes": classes}

    judges = {
        "images in, class probabilities out": _in_and_out,
        "the convolutions": _convolutions,
        "pooling and dense layers in order": _other_layers,
        "the number of weights": _weights,
    }
    networks = [inputs((28, 28, 1)), inputs((20, 33, 3) if hidden else (18, 26, 2))]
    return [Case(step, network, judge) for network in networks for step, judge in judges.items()]


build_network = Check(
    "build_network",
    {
        "images in, class probabilities out": 1,
        "the convolutions": 1,
        "pooling and dense layers in order": 1,
        "the number of weights": 1,
    },
    _draw_networks,
    _network,
    plain=describe_model,
)


# accuracy(probabilities, labels)


def _probabilities(rng, images, classes):
    return rng.dirichlet(np.ones(classes), images).astype(np.float32)


@solves("accuracy")
def _accuracy(probabilities, labels):
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def _draw_predictions(rng, hidden):
    def two_classes(images):
        """Return a case of which some predictions are right, and the surest one is first and right.
        With an odd number of `images`, the share of right ones is not that of wrong ones."""
        first = rng.choice([0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.2, 0.1], images).astype(np.float32)
        first[0] = 0.95
        probabilities = np.stack([first, 1 - first], axis=1)
        wrong = np.append(False, rng.permutation(images - 1) < rng.integers(1, images - 1))
        labels = np.where(wrong, probabilities.argmin(1), probabilities.argmax(1))
        inputs = {"probabilities": probabilities, "labels": labels}
        return Case("few images, two classes", inputs, same_values)

    unsure = np.array([[0.4, 0.35, 0.25], [0.1, 0.45, 0.45001], [0.2, 0.2, 0.6]], np.float32)
    sizes = [(7, 7), (40, 3), (1, 4)] if hidden else [(11, 4)]
    cases = [two_classes(images) for images in ((5, 7) if hidden else (3,))]
    step = "any number of images and classes"
    cases.append(Case(step, {"probabilities": unsure, "labels": np.array([0, 1, 2])}, same_values))
    for images, classes in sizes:
        probabilities = _probabilities(rng, images, classes)
        # About half right, so that a share cannot be mistaken for its complement.
        labels = np.where(
            rng.random(images) < 0.6, probabilities.argmax(1), rng.integers(0, classes, images)
        )
        inputs = {"probabilities": probabilities, "labels": labels}
        cases.append(Case(step, inputs, same_values))
    return cases


accuracy = Check(
    "accuracy",
    {"few images, two classes": 1, "any number of images and classes": 1},
    _draw_predictions,
    _accuracy,
)


# confusion(labels, predictions, n_classes)


@solves("confusion")
def _confusion(labels, predictions, n_classes):
    counts = np.zeros((n_classes, n_classes), np.int64)
    np.add.at(counts, (labels, predictions), 1)
    return counts


def _draw_confusions(rng, hidden):
    def inputs(images, n_classes, occurring):
        labels, guesses = rng.choice(occurring, (2, images))
        predictions = np.where(rng.random(images) < 0.5, labels, guesses)
        labels[0], predictions[0] = occurring[:2]  # never symmetric by chance
        predictions[labels == occurring[1]] = occurring[1]
        return {"labels": labels, "predictions": predictions, "n_classes": n_classes}

    def gap(classes):  # class 1 does not occur, nor do the highest
        return [0, *range(2, classes)]

    def once(images, n_classes):
        """Return a case with no pair twice, and never symmetric: 0 is taken for 1, not 1 for 0."""
        others = np.setdiff1d(np.arange(n_classes**2), [1, n_classes])
        pairs = np.append(rng.choice(others, images - 1, replace=False), 1)
        labels, predictions = divmod(pairs, n_classes)
        return {"labels": labels, "predictions": predictions, "n_classes": n_classes}

    sizes = [(50, 4), (200, 7)] if hidden else [(30, 3)]
    return [
        Case("each image once", once(*((9, 4) if hidden else (4, 3))), same_values),
        *(Case("many images of a kind", inputs(n, c, range(c)), same_values) for n, c in sizes),
        *(
            Case("a class that does not occur", inputs(n, c + 2, gap(c)), same_values)
            for n, c in sizes
        ),
    ]


confusion = Check(
    "confusion",
    {"each image once": 1, "many images of a kind": 1, "a class that does not occur": 1},
    _draw_confusions,
    _confusion,
    maps=each_map,
)


# worst_mistakes(probabilities, labels, k)


@solves("worst_mistakes")
def _worst_mistakes(probabilities, labels, k):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")][:k]


def _draw_mistakes(rng, hidden):
    def inputs(images, classes, k, right):
        probabilities = _probabilities(rng, images, classes)
        best = probabilities.argmax(1)
        hit = rng.random(images) < right
        hit[:2] = True, False
        labels = np.where(hit, best, (best + 1) % classes)
        return {"probabilities": probabilities, "labels": labels, "k": k}

    def one(images, position):
        probabilities = _probabilities(rng, images, 2)
        labels = probabilities.argmax(1)
        labels[position] = 1 - labels[position]
        return {"probabilities": probabilities, "labels": labels, "k": 1}

    # The mistakes, 1 to 4, come in another order by position, by the probability of the true class
    # and by its distance from the predicted one.
    four = [[0.8, 0.1, 0.1], [0.5, 0.1, 0.4], [0.45, 0.2, 0.35]]
    four += [[0.2, 0.7, 0.1], [0.6, 0.38, 0.02], [0.1, 0.15, 0.75]]
    four = {
        "probabilities": np.array(four, np.float32),
        "labels": np.array([0, 1, 2, 0, 1, 2]),
        "k": 3,
    }
    sizes = [(60, 4, 6), (25, 9, 3)] if hidden else [(30, 5, 4)]
    return [
        *(
            Case("one mistake", one(images, position), same_values)
            for images, position in ([(6, 4), (9, 2)] if hidden else [(3, 1)])
        ),
        Case("the most confident first", four, same_values),
        *(Case("the most confident first", inputs(n, c, k, 0.4), same_values) for n, c, k in sizes),
        Case("fewer than k mistakes", inputs(12, 3, 12, 0.5), same_values),
    ]


worst_mistakes = Check(
    "worst_mistakes",
    {"one mistake": 1, "the most confident first": 1, "fewer than k mistakes": 1},
    _draw_mistakes,
    _worst_mistakes,
)
