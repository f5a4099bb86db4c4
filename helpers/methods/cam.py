"""Where a network finds its evidence: CAM, Grad-CAM and Grad-CAM++.

All three weigh the feature maps of one layer and add them up; they differ in the weights. A map
is at input resolution, bilinearly upsampled, and not normalised: that is the plot's business.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from helpers.models import graph
from helpers.own_work import solves
from helpers.scores import Score, as_score


@solves("grad_cam")
def grad_cam(
    model: keras.Model,
    images: np.ndarray,
    score: Score | int,
    layer: str | None = None,
    signed: bool = False,
    batch_size: int = 32,
) -> np.ndarray:
    """Grad-CAM: maps weighted by the mean over space of the score's gradient.

    `images` (N, H, W, C); `layer`, any layer with maps (N, h, w, channels): by default the last
    convolutional layer on which `score` depends. A ReLU or an addition after that convolution is
    a layer of its own in some networks; name it to explain the maps behind it.

    Returns (N, H, W) float32, 0 where nothing speaks for the score; with `signed`, what speaks
    against it is negative. As in the paper the ReLU is taken before the upsampling.
    `ValueError` where the layer has no maps, or the score does not depend on it.

    Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
    Localization, ICCV 2017.
    """
    return _gradient_maps(
        grad_cam, _mean_gradients, model, images, score, layer, signed, batch_size
    )


def grad_cam_plus_plus(
    model: keras.Model,
    images: np.ndarray,
    score: Score | int,
    layer: str | None = None,
    signed: bool = False,
    batch_size: int = 32,
) -> np.ndarray:
    """Grad-CAM++: maps weighted by their positive gradients, each pixel with its own factor α.

    Arguments, result and errors as in `grad_cam`. The α are the paper's, for Y = exp(score) and a
    network that is piecewise linear behind the layer; the weights leave out the factor Y, which
    is the same for all channels of an image and would overflow. On maps after a ReLU they are
    never negative, so that `signed` changes nothing there.

    Chattopadhyay et al., Grad-CAM++: Generalized Gradient-based Visual Explanations for Deep
    Convolutional Networks, WACV 2018.
    """
    return _gradient_maps(
        grad_cam_plus_plus, _plus_plus_weights, model, images, score, layer, signed, batch_size
    )


@solves("class_activation_map")
def cam(
    model: keras.Model,
    images: np.ndarray,
    score: Score | int,
    signed: bool = False,
    batch_size: int = 32,
) -> np.ndarray:
    """Class activation maps of a network that ends in global average pooling and a dense layer.

    The weights are the dense layer's own (the bias is left out), so that the mean over space of
    the maps is the logit without its bias. `images` (N, H, W, C); returns (N, H, W) float32, as
    `grad_cam` does.
    `ValueError` where the network has no `GlobalAveragePooling2D`, or where the score is not a
    weighted sum of what it pools, as in a network with two dense layers.

    Zhou et al., Learning Deep Features for Discriminative Localization, CVPR 2016.
    """
    score = as_score(score)
    pooling = keras.layers.GlobalAveragePooling2D
    found = [name for name, layer in graph.layers(model).items() if isinstance(layer, pooling)]
    needs = "CAM needs maps, global average pooling and then a single dense layer"
    if not found:
        raise ValueError(
            f"{needs}; {model.name!r} has no GlobalAveragePooling2D layer: use grad_cam"
        )

    def maps_and_weights(batch):
        outputs = graph.forward(model, batch, {*found, *score.layers})
        value = score(outputs)
        for name in reversed(found):
            pooled = outputs.layer(name)
            weights = tf.gradients(value, pooled)[0]
            if weights is not None:
                break
        # The gradient of a weighted sum is its weights, and does not depend on what is summed.
        if weights is None or tf.gradients(weights, pooled)[0] is not None:
            raise ValueError(
                f"{needs}; in {model.name!r} the score is no weighted sum of what "
                f"{name!r} pools: use grad_cam"
            )
        weights = tf.reshape(weights, (tf.shape(weights)[0], -1))  # (n, 1, 1, k) with keepdims
        return _pooled_maps(pooled), tf.cast(weights, tf.float32)

    return _maps(cam, maps_and_weights, model, images, score, None, signed, batch_size)


def _gradient_maps(method, weigh, model, images, score, layer, signed, batch_size) -> np.ndarray:
    score = as_score(score)
    convolutions = graph.conv_layers(model)
    candidates = convolutions if layer is None else (layer,)
    if not candidates:
        raise ValueError(f"{model.name!r} has no convolutional layer; name a layer that has maps")

    def maps_and_weights(batch):
        outputs = graph.forward(model, batch, {*candidates, *score.layers})
        value = score(outputs)
        for name in reversed(candidates):
            maps = outputs.layer(name)
            # Walks back from the score to these maps and no further.
            gradients = tf.gradients(value, maps)[0]
            if gradients is not None:
                break
        else:
            raise ValueError(
                f"{score} does not depend on {' or '.join(candidates)} in {model.name!r}: "
                "name a layer that comes before what is explained"
            )
        if len(maps.shape) != 4:
            raise ValueError(
                f"layer {name!r} of {model.name!r} has output of shape {tuple(maps.shape)}, but "
                "(N, height, width, channels) is needed; its convolutions are: "
                f"{', '.join(convolutions)}"
            )
        maps, gradients = tf.cast(maps, tf.float32), tf.cast(gradients, tf.float32)  # from float16
        return maps, weigh(maps, gradients)

    return _maps(method, maps_and_weights, model, images, score, layer, signed, batch_size)


def _mean_gradients(maps: tf.Tensor, gradients: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(gradients, axis=(1, 2))


def _plus_plus_weights(maps: tf.Tensor, gradients: tf.Tensor) -> tf.Tensor:
    total = tf.reduce_sum(maps, axis=(1, 2), keepdims=True)
    # α = g² / (2 g² + Σ A g³), shortened by g²: small gradients would underflow. Where g is 0 or
    # negative the ReLU gives the pixel no weight, whatever its α.
    alphas = tf.math.divide_no_nan(1.0, 2 + total * gradients)
    return tf.reduce_sum(alphas * tf.nn.relu(gradients), axis=(1, 2))


def _maps(
    method: Callable,
    maps_and_weights: Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]],
    model: keras.Model,
    images: np.ndarray,
    score: Score,
    layer: str | None,
    signed: bool,
    batch_size: int,
) -> np.ndarray:
    """(N, H, W): batch by batch, maps (n, h, w, k) added up with weights (n, k), and upsampled."""
    images = graph.check_images(model, images)

    def weighted(batch):
        maps, weights = maps_and_weights(batch)
        total = tf.einsum("nhwk,nk->nhw", maps, weights)[..., None]
        total = total if signed else tf.nn.relu(total)
        return tf.image.resize(total, tf.shape(batch)[1:3], "bilinear")[..., 0]

    run = graph.compiled(model, (method.__name__, score, layer, signed), weighted)
    parts = [run(tf.constant(images[part])) for part in graph.batches(len(images), batch_size)]
    return np.concatenate([part.numpy() for part in parts])


def _pooled_maps(pooled: tf.Tensor) -> tf.Tensor:
    """What a `GlobalAveragePooling2D` averaged, read off the traced graph."""
    op = pooled.op
    while op.type != "Mean":
        op = op.inputs[0].op
    return tf.cast(op.inputs[0], tf.float32)
