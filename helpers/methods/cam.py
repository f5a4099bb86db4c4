"""Where a network finds its evidence: class activation maps, Grad-CAM and their descendants.

All weigh the feature maps of one layer and add them up; they differ in the weights: one for each
channel, or one for each pixel of a channel. A map is at input resolution, bilinearly upsampled,
and not normalised: that is the plot's business. Of a model with several heads the score names
the one to explain: `ClassScore(4, head="angle")`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable
from typing import Any, Protocol

import keras
import numpy as np
import tensorflow as tf
from tqdm.auto import tqdm

from helpers.methods.silence import told
from helpers.models import graph
from helpers.own_work import solves
from helpers.scores import ClassScore, Score, as_score

__all__ = [
    "ClassActivationMap",
    "by_gradients",
    "cam",
    "default_layer",
    "grad_cam",
    "grad_cam_plus_plus",
    "has_pooling_head",
    "hires_cam",
    "layer_cam",
    "maps_with_gradients",
    "score_cam",
    "xgrad_cam",
]


class ClassActivationMap(Protocol):
    """How every method of this module is called that weighs the maps of a layer.

    Args:
        model: any model.
        images: (N, H, W, C), in the model's input range.
        score: what is explained; a whole number is short for `ClassScore`.
        layer: any layer with maps (N, h, w, channels), by default what `default_layer` names.
        signed: keep what speaks against the score, as negative values.
        batch_size: images at a time (of Score-CAM: channels).

    Returns:
        (N, H, W) float32, in units of the score, 0 where nothing speaks for it. As in Grad-CAM's
        paper the ReLU is taken before the upsampling.

    Raises:
        ValueError: where the layer has no maps, or the score does not depend on it.
    """

    def __call__(
        self,
        model: keras.Model,
        images: np.ndarray,
        score: Score | int,
        *,
        layer: str | None = None,
        signed: bool = False,
        batch_size: int = 32,
    ) -> np.ndarray: ...


def by_gradients(weigh: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]) -> ClassActivationMap:
    """A method that weighs maps by `weigh`, to be called as `ClassActivationMap` says.

    `weigh(maps, gradients)`, both (n, h, w, k), gives weights (n, h, w, k), of which any axis in
    between may be 1. The method has the name and the docstring of `weigh`.

    >>> from helpers.methods import cam
    >>> squared = cam.by_gradients(lambda maps, gradients: gradients**2)
    >>> squared(model, images, 1).shape
    (4, 8, 8)
    """

    def method(model, images, score, *, layer=None, signed=False, batch_size=32):
        score = as_score(score)

        def maps_and_weights(batch, score):
            maps, gradients = maps_and_gradients(model, batch, score, layer)
            return maps, weigh(maps, gradients)

        run = _maps((weigh, layer, signed), maps_and_weights, model, score, signed)
        return told(graph.in_batches(run, model, images, batch_size), _remedy(layer, signed))

    method.__name__ = method.__qualname__ = weigh.__name__
    method.__doc__, method.__module__ = weigh.__doc__, weigh.__module__
    vars(method)["__signature__"] = _CALL
    return solves("grad_cam")(method)  # behind a pooling head they are all the same


# The signature of each method: that of the protocol, without its `self`.
_call = inspect.signature(ClassActivationMap.__call__)
_CALL = _call.replace(parameters=list(_call.parameters.values())[1:])


@by_gradients
def grad_cam(maps: tf.Tensor, gradients: tf.Tensor) -> tf.Tensor:
    """Grad-CAM: the sum of the feature maps, each weighted by its mean gradient.

    Arguments, result and errors as in `ClassActivationMap`.

    Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
    Localization, ICCV 2017.

    >>> from helpers.methods import cam
    >>> cam.grad_cam(model, images, 1).shape
    (4, 8, 8)
    """
    return mean_gradients(maps, gradients)


@solves("channel_weights", "grad_cam")
def mean_gradients(maps: tf.Tensor, gradients: tf.Tensor) -> tf.Tensor:
    """The weights of Grad-CAM, (n, 1, 1, k)."""
    return tf.reduce_mean(gradients, axis=(1, 2), keepdims=True)


@by_gradients
def grad_cam_plus_plus(maps: tf.Tensor, gradients: tf.Tensor) -> tf.Tensor:
    """Grad-CAM++: the sum of the feature maps, each weighted by its positive gradients.

    Arguments, result and errors as in `ClassActivationMap`. The gradient of each pixel has a factor
    α of its own. The α are the paper's, for Y = exp(score) and a network that is piecewise linear
    behind the layer. The weights leave out the factor Y, which is the same for all channels of an
    image and would overflow. On maps after a ReLU they are never negative, so that `signed` changes
    nothing there.

    Chattopadhay et al., Grad-CAM++: Generalized Gradient-based Visual Explanations for Deep
    Convolutional Networks, WACV 2018.

    >>> from helpers.methods import cam
    >>> cam.grad_cam_plus_plus(model, images, 1).shape
    (4, 8, 8)
    """
    total = tf.reduce_sum(maps, axis=(1, 2), keepdims=True)
    # α = g² / (2 g² + Σ A g³), shortened by g²: small gradients would underflow. Where g is 0 or
    # negative the ReLU gives the pixel no weight, whatever its α.
    positive = tf.nn.relu(gradients)
    weighted = tf.math.divide_no_nan(positive, 2 + total * positive)
    return tf.reduce_sum(weighted, axis=(1, 2), keepdims=True)


@by_gradients
def xgrad_cam(maps: tf.Tensor, gradients: tf.Tensor) -> tf.Tensor:
    """XGrad-CAM: the sum of the feature maps, each weighted by its gradient where it is active.

    Arguments, result and errors as in `ClassActivationMap`. The weight is a mean of the gradient,
    in which a pixel counts by its share of the map's total activation. A map whose values add up to
    0, as a silent one, gets no weight. Behind a ReLU the signed map at the layer's own resolution
    sums up to the same as that of HiResCAM.

    Fu et al., Axiom-based Grad-CAM: Towards Accurate Visualization and Explanation of CNNs, BMVC
    2020.

    >>> from helpers.methods import cam
    >>> cam.xgrad_cam(model, images, 1).shape
    (4, 8, 8)
    """
    weighted = tf.reduce_sum(maps * gradients, axis=(1, 2), keepdims=True)
    return tf.math.divide_no_nan(weighted, tf.reduce_sum(maps, axis=(1, 2), keepdims=True))


@by_gradients
def layer_cam(maps: tf.Tensor, gradients: tf.Tensor) -> tf.Tensor:
    """LayerCAM: the sum of the feature maps, each pixel weighted by its own positive gradient.

    Arguments, result and errors as in `ClassActivationMap`. Made for early layers as well, whose
    gradients vary over space too much to be averaged. On maps after a ReLU, `signed` changes
    nothing.

    Jiang et al., LayerCAM: Exploring Hierarchical Class Activation Maps for Localization, IEEE
    Transactions on Image Processing 30 (2021).

    >>> from helpers.methods import cam
    >>> cam.layer_cam(model, images, 1).shape
    (4, 8, 8)
    """
    return tf.nn.relu(gradients)


@by_gradients
def hires_cam(maps: tf.Tensor, gradients: tf.Tensor) -> tf.Tensor:
    """HiResCAM: the sum of the feature maps, each pixel weighted by its own gradient.

    Arguments, result and errors as in `ClassActivationMap`. Where the rest of the network is one
    dense layer, the signed map at the layer's own resolution sums up to the logit without its bias.

    Draelos and Carin, Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional
    neural networks, arXiv:2011.08891.

    >>> from helpers.methods import cam
    >>> cam.hires_cam(model, images, 1).shape
    (4, 8, 8)
    """
    return gradients


def score_cam(
    model: keras.Model,
    images: np.ndarray,
    score: Score | int,
    *,
    layer: str | None = None,
    signed: bool = False,
    batch_size: int = 32,
) -> np.ndarray:
    """Score-CAM: the sum of the maps, each weighted by the score of the image seen through it.

    A map, upsampled and scaled to 0..1, is multiplied with the image; what it covers becomes 0,
    whatever 0 means in the model's input range, and a constant map covers all. The weights are
    the softmax over the channels of the scores. (The paper subtracts the score of a black image
    from each, which the softmax undoes.) No gradient is used, but for finding the layer; it takes
    a forward pass for each channel and image, `batch_size` channels at a time.

    Arguments, result and errors as in `ClassActivationMap`. On maps after a ReLU, `signed` changes
    nothing.

    Wang et al., Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks,
    CVPR Workshops 2020.

    >>> from helpers.methods import cam
    >>> cam.score_cam(model, images, 1).shape
    (4, 8, 8)
    """
    images, score = graph.check_images(model, images), as_score(score)
    size = images.shape[1:3]

    def maps_of(image):
        return maps_and_gradients(model, image, score, layer)[0]

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
            found.append(add_up(maps, weights, size, signed).numpy())
    return told(np.concatenate(found), _remedy(layer, signed))


@solves("class_activation_map")
def cam(
    model: keras.Model,
    images: np.ndarray,
    score: Score | int,
    *,
    signed: bool = False,
    batch_size: int = 32,
) -> np.ndarray:
    """Class activation maps of a network that ends in global average pooling and a dense layer.

    The weights are the dense layer's own (the bias is left out), so that the mean over space of
    the maps is the logit without its bias. Arguments and result as in `ClassActivationMap`, but for
    the layer, which is the one that is pooled.
    `ValueError` where the network has no `GlobalAveragePooling2D`, or where the score is not a
    weighted sum of what it pools, as in a network with two dense layers.

    Zhou et al., Learning Deep Features for Discriminative Localization, CVPR 2016.

    >>> from helpers.methods import cam
    >>> cam.cam(model, images, 1).shape
    (4, 8, 8)
    """
    run = _class_maps(model, as_score(score), signed)
    silent = "All pooled maps are dead for this image, or what they say speaks against the score."
    return told(graph.in_batches(run, model, images, batch_size), silent)


def has_pooling_head(model: keras.Model) -> bool:
    """Whether `cam` applies to the model, or to the first head of several.

    >>> from helpers.methods import cam
    >>> cam.has_pooling_head(model)
    True
    """
    several = len(graph.traced_heads(model).heads) > 1
    score = ClassScore(0, head=0 if several else None)
    return graph.possible(
        model, "has a pooling head", lambda: _class_maps(model, score, signed=False)
    )


def _class_maps(model: keras.Model, score: Score, signed: bool) -> Callable:
    """The compiled class activation maps of images (n, H, W, C)."""
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

    return _maps(("cam", signed), maps_and_weights, model, score, signed)


@solves("grad_cam")
def maps_with_gradients(
    model: keras.Model,
    images: np.ndarray,
    score: Score | int,
    *,
    layer: str | None = None,
    batch_size: int = 32,
) -> tuple[np.ndarray, np.ndarray]:
    """What the methods of this module weigh: a layer's maps, and the gradient of the score.

    Arguments and errors as in `ClassActivationMap`. Both arrays are (N, h, w, channels)
    float32; the gradient is in units of the score per unit of activation.

    Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
    Localization, ICCV 2017.

    >>> from helpers.methods import cam
    >>> maps, gradients = cam.maps_with_gradients(model, images, 1)
    >>> maps.shape == gradients.shape
    True
    """

    def both(batch, score):
        return tf.stack(maps_and_gradients(model, batch, score, layer), axis=1)

    run = graph.compiled_score(model, ("maps with gradients", layer), as_score(score), both)
    found = graph.in_batches(run, model, images, batch_size)
    return found[:, 0], found[:, 1]


@solves("grad_cam")
def maps_and_gradients(
    model: keras.Model, batch: tf.Tensor, score: Score, layer: str | None
) -> tuple[tf.Tensor, tf.Tensor]:
    """(n, h, w, k) each: the output of `layer`, by default of `default_layer`, and its gradient."""
    if layer is None:
        outputs = graph.forward_all(model, batch, score.layers)
        value = score(outputs)
        layer = _explaining_layer(model, outputs, value, score)
    else:
        outputs = graph.forward(model, batch, {layer, *score.layers})
        value = score(outputs)
    maps = outputs.layer(layer)
    if len(maps.shape) != 4:
        raise ValueError(
            f"layer {layer!r} of {model.name!r} has output of shape {tuple(maps.shape)}, but "
            "(N, height, width, channels) is needed; its convolutions are: "
            f"{', '.join(graph.conv_layers(model))}"
        )
    # Walks back from the score to these maps and no further.
    gradients = tf.gradients(value, maps)[0]
    if gradients is None:
        raise ValueError(
            f"{score} does not depend on {layer} in {model.name!r}: "
            "name a layer that comes before what is explained"
        )
    return tf.cast(maps, tf.float32), tf.cast(gradients, tf.float32)  # from float16


def default_layer(model: keras.Model, score: Score | int) -> str:
    """The layer whose maps explain `score` where no other layer is named.

    It is the last convolution with maps of more than one position on which the score depends. A
    gate, or a convolution behind a global pooling, has maps of one position: such a map would say
    that the network looks everywhere. Where that convolution has no ReLU of its own, it is the last
    layer behind it with maps of the same size: an activation, or the addition of a residual block.

    Raises:
        ValueError: where no convolution has such maps, or the score depends on none.

    Example:
        >>> from helpers.methods import cam
        >>> cam.default_layer(model, 1)
        'l2'
    """
    found: list[str] = []
    score = as_score(score)

    def search(batch, score):
        outputs = graph.forward_all(model, batch, score.layers)
        found.append(_explaining_layer(model, outputs, score(outputs), score))
        return tf.constant(found[-1])

    run = graph.compiled_score(model, "default layer", score, search)
    shape = [size or 64 for size in graph.input_shape(model)]
    return run(tf.zeros((1, *shape))).numpy().decode()


def _explaining_layer(
    model: keras.Model, outputs: graph.Outputs, value: tf.Tensor, score: Score
) -> str:
    """The name that `default_layer` promises, read off a traced graph."""
    convolutions = graph.conv_layers(model)
    if not convolutions:
        raise ValueError(f"{model.name!r} has no convolutional layer; name a layer that has maps")
    maps_of = {
        name: maps
        for name, maps in outputs.inner.items()
        if len(maps.shape) == 4
        and maps.shape[1:3] != (1, 1)
        and not isinstance(graph.find_layer(model, name), keras.Model)
    }

    def explains(name):
        return tf.gradients(value, maps_of[name])[0] is not None

    last = next(filter(explains, (n for n in reversed(convolutions) if n in maps_of)), None)
    if last is None:
        raise ValueError(
            f"{score} does not depend on {' or '.join(convolutions)} in {model.name!r}, or their "
            "maps have one position: name a layer that comes before what is explained"
        )
    if maps_of[last].op.type in ("Relu", "Relu6"):
        return last
    size, made_before = maps_of[last].shape[1:3], _before(maps_of[last])
    nearest = list(_before(value))  # the operations that make the score, from the last one on
    behind = [
        name
        for name, maps in maps_of.items()
        if maps.shape[1:3] == size
        and maps.op in nearest
        and maps_of[last].op in (made := _before(maps))
        and not (None in size and {each.type for each in made.keys() - made_before} & _RESIZING)
    ]
    behind.sort(key=lambda name: nearest.index(maps_of[name].op))
    return next(filter(explains, behind))


# What may change the size of maps, where a model takes images of any size.
_RESIZING = {"AvgPool", "Conv2D", "DepthwiseConv2dNative", "MaxPool", "Mean", "Pad", "StridedSlice"}
_RESIZING |= {"Conv2DBackpropInput", "ResizeBilinear", "ResizeNearestNeighbor", "Reshape"}


def _before(tensor: tf.Tensor) -> dict[tf.Operation, None]:
    """The operations on which a tensor of a graph depends, its own first, nearer ones earlier."""
    found = {tensor.op: None}
    for operation in (todo := [tensor.op]):
        new = [each.op for each in operation.inputs if each.op not in found]
        found |= dict.fromkeys(new)
        todo += dict.fromkeys(new)
    return found


def _remedy(layer: str | None, signed: bool) -> str:
    """What may be done where each map shows nothing."""
    dead = f"All maps of {layer or 'the last layer with maps'} may be dead for these images"
    against = "" if signed else ", or all that they say speaks against the score: give signed=True"
    return f"{dead}{against}. Else name an earlier layer: layer=..."


def _maps(
    key: Hashable,
    maps_and_weights: Callable[[tf.Tensor, Score], tuple[tf.Tensor, tf.Tensor]],
    model: keras.Model,
    score: Score,
    signed: bool,
) -> Callable:
    """The compiled maps of images (n, H, W, C): `add_up` of what `maps_and_weights` finds."""

    def weighted(batch, score):
        return add_up(*maps_and_weights(batch, score), tf.shape(batch)[1:3], signed)

    return graph.compiled_score(model, key, score, weighted)


@solves("weighted_map", "grad_cam", "hires_map")
def add_up(maps: tf.Tensor, weights: tf.Tensor, size: Any, signed: bool) -> tf.Tensor:
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
