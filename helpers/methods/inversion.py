"""How much of an image a layer still knows: an image that gives the layer the same features.

Mahendran and Vedaldi, "Understanding Deep Image Representations by Inverting Them", CVPR 2015,
arXiv:1412.0035.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tqdm.auto import tqdm

from helpers.methods.maximization import check_range
from helpers.models import graph
from helpers.own_work import solves

__all__ = ["Inversion", "errors_by_layer", "invert"]

CHUNK = 25  # steps from one look at the progress bar, and at the stop button, to the next


@dataclass(frozen=True, eq=False)
class Inversion:
    """What `invert` found for each of N images.

    `images` (N, H, W, C) float32; `curves` (N, steps + 1) float32, the relative error of the
    features, ‖Φ(x) − Φ(x₀)‖ / ‖Φ(x₀)‖, before each step and after the last. `pixel_errors` (N,)
    float32 is the root mean square difference from the image itself, as a share of the input range.

    >>> from helpers.methods import inversion
    >>> found = inversion.invert(model, images, "l1", steps=2)
    >>> found.curves.shape, found.errors.shape
    ((4, 3), (4,))
    """

    images: np.ndarray
    curves: np.ndarray
    pixel_errors: np.ndarray

    @property
    def errors(self) -> np.ndarray:
        """(N,): the relative error of the features in the end."""
        return self.curves[:, -1]


@solves("inversion_loss")
def invert(
    model: keras.Model,
    images: np.ndarray,
    layer: str,
    *,
    alpha: float = 6.0,
    alpha_weight: float = 1e-5,
    beta: float = 2.0,
    variation_weight: float = 1e-4,
    steps: int = 300,
    step_size: float = 0.05,
    input_range: tuple[float | np.ndarray, float | np.ndarray] = (0.0, 1.0),
    seed: int = 0,
    batch_size: int = 64,
) -> Inversion:
    """An image with the same features Φ for each of `images` (N, H, W, C), found from noise.

    Minimises ‖Φ(x) − Φ(x₀)‖² / ‖Φ(x₀)‖² + `alpha_weight` × Σ|z|^α + `variation_weight` ×
    Σ(a² + b²)^(β / 2), where α is `alpha` and β is `beta`. Φ is the output of `layer`. z is the
    image with `input_range` brought to −1..1, and the sum runs over pixels and channels. a and b
    are the differences of z to the pixels below and to the right (0 at the border). The second term
    keeps pixels from the ends of the range, the third keeps neighbours alike. Both are sums: larger
    images need smaller weights.
    `input_range`: (low, high), numbers, or arrays (C,) where the channels differ, as in
    `Preprocessing.bounds`.

    Each step is one of Adam's, of `step_size` × `input_range`, less from step to step down to 0,
    clipped to `input_range`. The start is faint noise around the middle of the range, drawn with
    `seed`, the same for all: a result does not depend on the others in the call. `batch_size`
    bounds the memory. An interrupt returns what was reached.

    `ValueError` for images outside `input_range`, for one whose features are all 0, which nothing
    can be compared with, and for settings that make no sense.

    >>> from helpers.methods import inversion
    >>> inversion.invert(model, images, "l1", steps=2).images.shape
    (4, 8, 8, 1)
    """
    images = graph.check_images(model, images)
    bounds = low, high = check_range(input_range, images.shape[-1])
    _check_settings(alpha, alpha_weight, beta, variation_weight, steps, step_size)
    if not ((low <= images) & (images <= high)).all():
        raise ValueError(
            f"images run from {images.min():g} to {images.max():g}, input_range from "
            f"{low.min():g} to {high.max():g}: give the range that the network was trained on"
        )
    descend = _descend(model, layer)
    numbers = tf.constant([alpha, alpha_weight, beta, variation_weight, step_size], tf.float32)
    noise = np.random.default_rng(seed).normal(0, 0.05, images.shape[1:])
    begin = (low + high) / 2 + (high - low) * np.clip(noise, -0.5, 0.5)
    found = np.broadcast_to(begin.astype(np.float32), images.shape)
    state = [found, np.zeros_like(images), np.zeros_like(images)]
    parts = list(graph.batches(len(images), batch_size))
    curves: list[np.ndarray] = []
    done = 0

    def run(until):
        counts = tf.constant([done, until, steps])
        settings = numbers, tf.constant(bounds), counts
        results = [
            descend(*(tf.constant(array[part]) for array in (images, *state)), *settings)
            for part in parts
        ]
        return [np.concatenate(of_all) for of_all in zip(*results, strict=True)]

    with tqdm(total=steps, desc=f"inversion of {layer}", unit="step", leave=False) as bar:
        try:
            for until in [*range(CHUNK, steps, CHUNK), steps]:
                *new, errors = run(until)
                _check_features(errors, layer, done)
                state, curves = new, [*curves, errors]
                bar.update(until - done)
                done = until
        except KeyboardInterrupt:
            print(f"The inversion was interrupted after {done} of {steps} steps.")
    last = run(done + 1)[-1][:, :1]  # before one step more is after the last
    _check_features(last, layer, done)
    curves.append(last)
    shares = (state[0] - images) / (high - low)
    off = np.sqrt(np.mean(shares**2, axis=tuple(range(1, images.ndim))))
    return Inversion(np.array(state[0]), np.concatenate(curves, axis=1), off)


def errors_by_layer(
    model: keras.Model, images: np.ndarray, layers: Iterable[str] | None = None, **settings: Any
) -> dict[str, Inversion]:
    """The inversions of images from each of `layers`, by the layers' names.

    By default these are all convolutions and dense layers, in order. The `errors` of an inversion
    say how well the layer's features were met, its `pixel_errors` what they leave open. `settings`
    and errors as in `invert`.

    >>> from helpers.methods import inversion
    >>> found = inversion.errors_by_layer(model, images, ["l1"], steps=2)
    >>> found["l1"].errors.shape
    (4,)
    """
    if layers is None:
        wanted = {*graph.conv_layers(model), *graph.dense_layers(model)}
        layers = [name for name in graph.layers(model) if name in wanted]
    layers = list(graph.names_of(layers))
    for name in layers:
        graph.find_layer(model, name)
    return {name: invert(model, images, name, **settings) for name in layers}


def _descend(model: keras.Model, layer: str):
    """Compiled: steps `first` to `last` of Adam, from the state (images, means, squares)."""

    def descend(sought, images, means, squares, numbers, bounds, counts):
        *penalties, step_size = tf.unstack(numbers)
        low, high = bounds[0], bounds[1]  # (C,)
        first, last, steps = tf.unstack(counts)
        target = _features(model, layer, sought)

        def step(t, images, means, squares, errors):
            error, slope = _slope(model, layer, images, target, (low, high), penalties)
            means, squares = 0.9 * means + 0.1 * slope, 0.999 * squares + 0.001 * slope**2
            count = tf.cast(t + 1, tf.float32)
            mean, square = means / (1 - 0.9**count), squares / (1 - 0.999**count)
            size = (
                step_size * (high - low) * (1 - tf.cast(t, tf.float32) / tf.cast(steps, tf.float32))
            )
            moved = images - size * tf.math.divide_no_nan(mean, tf.sqrt(square))
            images = tf.ensure_shape(tf.clip_by_value(moved, low, high), images.shape)
            errors = errors.write(t - first, tf.sqrt(error))
            return t + 1, images, means, squares, errors

        errors = tf.TensorArray(tf.float32, last - first, element_shape=(None,))
        state = first, images, means, squares, errors
        _, *state, errors = tf.while_loop(lambda t, *_: t < last, step, state)
        return *state, tf.transpose(errors.stack())

    like = tf.TensorSpec((None, *graph.input_shape(model)), tf.float32)
    number, count = tf.TensorSpec((5,), tf.float32), tf.TensorSpec((3,), tf.int32)
    specs = *[like] * 3, number, tf.TensorSpec((2, like.shape[-1]), tf.float32), count
    return graph.compiled(model, ("inversion", layer), descend, *specs)


def _features(model: keras.Model, layer: str, images: tf.Tensor) -> tf.Tensor:
    return graph.forward(model, images, [layer], heads_too=False).inner[layer]


def _slope(model: keras.Model, layer: str, images, target, input_range, penalties):
    """Of each image (N, H, W, C) the squared relative error of its features (N,), and the gradient
    of the objective."""
    with tf.GradientTape() as tape:
        tape.watch(images)
        features = _features(model, layer, images)
        error = _squares(features - target) / _squares(target)
        objective = error + _penalty(images, *input_range, *penalties)
    return error, tape.gradient(objective, images)


def _squares(features: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.cast(features, tf.float32) ** 2, list(range(1, len(features.shape))))


def _penalty(images, low, high, alpha, alpha_weight, beta, variation_weight) -> tf.Tensor:
    """(N,): the weighted α-norm and total variation of images (N, H, W, C)."""
    z = (2 * images - low - high) / (high - low)
    down = tf.pad(z[:, 1:] - z[:, :-1], [[0, 0], [0, 1], [0, 0], [0, 0]])
    right = tf.pad(z[:, :, 1:] - z[:, :, :-1], [[0, 0], [0, 0], [0, 1], [0, 0]])
    squares = down**2 + right**2
    # Where neighbours are equal the power's gradient would be infinite × 0 for a beta below 2.
    rough = squares > 0
    variation = tf.where(rough, tf.where(rough, squares, 1.0) ** (beta / 2), 0.0)
    axes = [1, 2, 3]
    size = tf.reduce_sum(tf.abs(z) ** alpha, axes)
    return alpha_weight * size + variation_weight * tf.reduce_sum(variation, axes)


def _check_features(errors: np.ndarray, layer: str, done: int) -> None:
    """`errors` (N, steps), after `done` steps: `ValueError` where one is not finite."""
    image, step = np.nonzero(~np.isfinite(errors))
    if not len(image):
        return
    if done + step[0] == 0:
        raise ValueError(
            f"layer {layer!r} has no features to invert for image {image[0]}: they are all 0, or "
            "not finite; choose an image it answers to, or another layer"
        )
    raise ValueError(
        f"the inversion of {layer!r} met values that are not finite for image {image[0]}, after "
        f"{done + step[0]} steps: choose a smaller step_size, or another layer"
    )


def _check_settings(alpha, alpha_weight, beta, variation_weight, steps, step_size) -> None:
    least = {"alpha": (alpha, 1), "beta": (beta, 1), "steps": (steps, 1)}
    least |= {"alpha_weight": (alpha_weight, 0), "variation_weight": (variation_weight, 0)}
    for name, (value, bound) in least.items():
        if not value >= bound:
            raise ValueError(f"{name} is {value}; it must be at least {bound}")
    if not step_size > 0:
        raise ValueError(f"step_size is {step_size}; it must be greater than 0")
