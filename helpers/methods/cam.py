"""Where a network finds its evidence: class activation maps, Grad-CAM and their descendants.

All weigh the feature maps of one layer and add them up; they differ in the weights: one for each
channel, or one for each pixel of a channel. A map is at input resolution, bilinearly upsampled,
and not normalised: that is the plot's business. Of a model with several heads the score names
the one to explain: `ClassScore(4, head="angle")`.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from tqdm.auto import tqdm

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


def layer_cam(
    model: keras.Model,
    images: np.ndarray,
    score: Score | int,
    layer: str | None = None,
    signed: bool = False,
    batch_size: int = 32,
) -> np.ndarray:
    """LayerCAM: each pixel of each map weighted by its own gradient where that is positive.

    Arguments, result and errors as in `grad_cam`. Made for early layers as well, whose gradients
    vary over space too much to be averaged. On maps after a ReLU, `signed` changes nothing.

    Jiang et al., LayerCAM: Exploring Hierarchical Class Activation Maps for Localization, IEEE
    Transactions on Image Processing 30 (2021).
    """
    return _gradient_maps(
        layer_cam, _positive_gradients, model, images, score, layer, signed, batch_size
    )


def hires_cam(
    model: keras.Model,
    images: np.ndarray,
    score: Score | int,
    layer: str | None = None,
    signed: bool = False,
    batch_size: int = 32,
) -> np.ndarray:
    """HiResCAM: each pixel of each map weighted by its own gradient.

    Arguments, result and errors as in `grad_cam`. Where the rest of the network is one dense
    layer, the signed map at the layer's own resolution sums up to the logit without its bias.

    Draelos and Carin, Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional
    neural networks, arXiv:2011.08891.
    """
    return _gradient_maps(
        hires_cam, _own_gradients, model, images, score, layer, signed, batch_size
    )


def score_cam(
    model: keras.Model,
    images: np.ndarray,
    score: Score | int,
    layer: str | None = None,
    signed: bool = False,
    batch_size: int = 32,
) -> np.ndarray:
    """Score-CAM: maps weighted by the score of the image seen through each of them.

    A map, upsampled and scaled to 0..1, is multiplied with the image; what it covers becomes 0,
    whatever 0 means in the model's input range, and a constant map covers all. The weights are
    the softmax over the channels of the scores. (The paper subtracts the score of a black image
    from each, which the softmax undoes.) No gradient is used, but for finding the layer; it takes
    a forward pass for each channel and image, `batch_size` channels at a time.

    Arguments, result and errors as in `grad_cam`. On maps after a ReLU, `signed` changes nothing.

    Wang et al., Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks,
    CVPR Workshops 2020.
    """
    images, score = graph.check_images(model, images), as_score(score)
    size = images.shape[1:3]

    def maps_of(image):
        return _maps_and_gradients(model, image, score, layer)[0]

    def scores_through(image, score, maps):
        masks = tf.image.resize(tf.transpose(maps, (3, 1, 2, 0)), tf.shape(image)[1:3], "bilinear")
        low, high = (
            extreme(masks, axis=(1, 2), keepdims=True) for extreme in (tf.reduce_min, tf.reduce_max)
        )
        seen = tf.math.divide_no_nan(masks - low, high - low) * image
        outputs = graph.forward(model, tf.ensure_shape(seen, image.shape), score.layers)
        return tf.cast(score(outputs), tf.float32)

    find = graph.compiled(model, ("score_cam maps", graph.shared(score), layer), maps_of)
    spec = tf.TensorSpec((1, None, None, None), tf.float32)
    look = graph.compiled_score(model, "score_cam scores", score, scores_through, spec)
    channels, found = find.structured_outputs.shape[-1], []
    total = len(images) * channels
    with tqdm(total=total, desc="Score-CAM", unit="mask", leave=False, delay=1) as bar:
        for image in map(tf.constant, images[:, None]):
            maps, scores = find(image), []
            for part in graph.batches(channels, batch_size):
                scores.append(look(image, maps[..., part]))
                bar.update(part.stop - part.start)
            weights = tf.nn.softmax(tf.concat(scores, axis=0))
            found.append(_weighted_sum(maps, weights, size, signed).numpy())
    return np.concatenate(found)


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

    def maps_and_weights(batch, score):
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
        weights = tf.reshape(weights, (tf.shape(weights)[0], 1, 1, weights.shape[-1]))
        return _pooled_maps(pooled), tf.cast(weights, tf.float32)

    return _maps(cam, maps_and_weights, model, images, score, None, signed, batch_size)


def _gradient_maps(method, weigh, model, images, score, layer, signed, batch_size) -> np.ndarray:
    score = as_score(score)

    def maps_and_weights(batch, score):
        maps, gradients = _maps_and_gradients(model, batch, score, layer)
        return maps, weigh(maps, gradients)

    return _maps(method, maps_and_weights, model, images, score, layer, signed, batch_size)


def _maps_and_gradients(
    model: keras.Model, batch: tf.Tensor, score: Score, layer: str | None
) -> tuple[tf.Tensor, tf.Tensor]:
    """(n, h, w, k) each: the output of `layer` and its gradient; by default of the last
    convolutional layer on which the score depends."""
    convolutions = graph.conv_layers(model)
    candidates = convolutions if layer is None else (layer,)
    if not candidates:
        raise ValueError(f"{model.name!r} has no convolutional layer; name a layer that has maps")
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
    return tf.cast(maps, tf.float32), tf.cast(gradients, tf.float32)  # from float16


def _mean_gradients(maps: tf.Tensor, gradients: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(gradients, axis=(1, 2), keepdims=True)


def _own_gradients(maps: tf.Tensor, gradients: tf.Tensor) -> tf.Tensor:
    return gradients


def _positive_gradients(maps: tf.Tensor, gradients: tf.Tensor) -> tf.Tensor:
    return tf.nn.relu(gradients)


def _plus_plus_weights(maps: tf.Tensor, gradients: tf.Tensor) -> tf.Tensor:
    total = tf.reduce_sum(maps, axis=(1, 2), keepdims=True)
    # α = g² / (2 g² + Σ A g³), shortened by g²: small gradients would underflow. Where g is 0 or
    # negative the ReLU gives the pixel no weight, whatever its α.
    positive = tf.nn.relu(gradients)
    weighted = tf.math.divide_no_nan(positive, 2 + total * positive)
    return tf.reduce_sum(weighted, axis=(1, 2), keepdims=True)


def _maps(
    method: Callable,
    maps_and_weights: Callable[[tf.Tensor, Score], tuple[tf.Tensor, tf.Tensor]],
    model: keras.Model,
    images: np.ndarray,
    score: Score,
    layer: str | None,
    signed: bool,
    batch_size: int,
) -> np.ndarray:
    """(N, H, W), batch by batch: the `_weighted_sum` of what `maps_and_weights` finds."""
    images = graph.check_images(model, images)

    def weighted(batch, score):
        return _weighted_sum(*maps_and_weights(batch, score), tf.shape(batch)[1:3], signed)

    run = graph.compiled_score(model, (method.__name__, layer, signed), score, weighted)
    parts = [run(tf.constant(images[part])) for part in graph.batches(len(images), batch_size)]
    return np.concatenate([part.numpy() for part in parts])


def _weighted_sum(maps: tf.Tensor, weights: tf.Tensor, size, signed: bool) -> tf.Tensor:
    """(n, *size): maps (n, h, w, k) added up with weights (n, h, w, k), any of whose first three
    axes may be 1, and upsampled."""
    if weights.shape[1:3] == (1, 1):  # a product of matrices is faster than of maps
        total = tf.einsum("nhwk,nk->nhw", maps, weights[:, 0, 0])[..., None]
    else:
        total = tf.reduce_sum(maps * weights, axis=-1, keepdims=True)
    total = total if signed else tf.nn.relu(total)
    return tf.image.resize(total, size, "bilinear")[..., 0]


def _pooled_maps(pooled: tf.Tensor) -> tf.Tensor:
    """What a `GlobalAveragePooling2D` averaged, read off the traced graph."""
    op = pooled.op
    while op.type != "Mean":
        op = op.inputs[0].op
    return tf.cast(op.inputs[0], tf.float32)
