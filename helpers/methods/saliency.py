"""Which pixels a score answers to: the gradient at the image, and what makes it less noisy.

Every method gives attributions (N, H, W, C): signed, one value per pixel and channel, in the
images' own resolution, not normalised. `over_channels` makes maps (N, H, W) of them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from numbers import Integral
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from tqdm.auto import tqdm

from helpers.methods.activations import score_values
from helpers.methods.cam import grad_cam
from helpers.methods.occlusion import filling
from helpers.methods.silence import told
from helpers.models import graph
from helpers.own_work import solves
from helpers.scores import Score, as_score

__all__ = [
    "IntegrationPath",
    "deconvnet",
    "gradient",
    "gradient_times_input",
    "guided_backprop",
    "guided_grad_cam",
    "has_relus",
    "integrated_gradients",
    "over_channels",
    "smooth_grad",
    "straight",
]

NO_SIGNAL = (
    "Either every ReLU on the way back is dead for this image, or the score is saturated. Explain "
    "a logit in place of a probability, or take another image."
)
FIRST_STEPS, MOST_STEPS = 50, 800  # of integrated gradients, where their number is not given
COMPLETE = 0.01


@solves("saliency_map", "backward_pass")
def gradient(
    model: keras.Model, images: np.ndarray, score: Score | int, *, batch_size: int = 32
) -> np.ndarray:
    """The gradient of `score` with respect to each pixel of `images` (N, H, W, C).

    Returns (N, H, W, C) float32: by how much the score rises per unit of the pixel.
    `ValueError` where the score cannot be differentiated by the images.

    Simonyan, Vedaldi and Zisserman, Deep Inside Convolutional Networks: Visualising Image
    Classification Models and Saliency Maps, arXiv:1312.6034; there as `over_channels(…, "max")`.

    >>> from helpers.methods import saliency
    >>> saliency.gradient(model, images, 1).shape
    (4, 8, 8, 1)
    """
    found = graph.in_batches(_gradient(model, as_score(score)), model, images, batch_size)
    return told(found, NO_SIGNAL)


def gradient_times_input(
    model: keras.Model, images: np.ndarray, score: Score | int, *, batch_size: int = 32
) -> np.ndarray:
    """The gradient × the image, pixel by pixel: arguments, result and errors as in `gradient`.

    In units of the score. A pixel of value 0 gets nothing, whatever 0 means in the model's input
    range.

    Shrikumar et al., Not Just a Black Box: Learning Important Features Through Propagating
    Activation Differences, arXiv:1605.01713.

    >>> from helpers.methods import saliency
    >>> saliency.gradient_times_input(model, images, 1).shape
    (4, 8, 8, 1)
    """
    found = gradient(model, images, score, batch_size=batch_size)
    return found * graph.check_images(model, images)


@solves("smooth_grad", "saliency_map")
def smooth_grad(
    model: keras.Model,
    images: np.ndarray,
    score: Score | int,
    *,
    method: Callable[..., np.ndarray] = gradient,
    samples: int = 50,
    noise: float = 0.15,
    seed: int = 0,
    batch_size: int = 32,
    **options: Any,
) -> np.ndarray:
    """SmoothGrad: the mean attribution over `samples` noisy copies of each image.

    `method`: of this module, the gradient by default; `options` are passed on to it. `noise`: the
    standard deviation of the Gaussian noise, as a share of the image's own range (its largest value
    minus its smallest). It is drawn with `seed`, the same for all images, so that a result does not
    depend on the others in the call. `batch_size` counts copies. Other arguments, result and errors
    as in `gradient`.

    Smilkov et al., SmoothGrad: removing noise by adding noise, arXiv:1706.03825.

    >>> from helpers.methods import saliency
    >>> saliency.smooth_grad(model, images, 1, samples=2).shape
    (4, 8, 8, 1)
    """
    if not 0 <= noise < np.inf:
        raise ValueError(f"noise is {noise}; it is a share of the image's range: 0 or more")
    images, score = graph.check_images(model, images), as_score(score)
    axes = tuple(range(1, images.ndim))
    spread = np.float32(noise) * np.ptp(images, axis=axes, keepdims=True)

    if method is integrated_gradients:  # the noise makes a larger error than few steps do
        options.setdefault("steps", FIRST_STEPS)
    generator, drawn = np.random.default_rng(seed), {}

    def noisy(image, sample):
        for k in range(sample[0], sample[-1] + 1):  # in this order, however large the batches
            if k not in drawn:
                drawn[k] = generator.standard_normal(images.shape[1:], np.float32)
        noise = np.stack([drawn[k] for k in sample])
        for k in [k for k in drawn if k < sample[-1]]:  # the next batch may go on with the last
            del drawn[k]
        copies = images[image] + spread[image] * noise
        with warnings.catch_warnings():  # what a single copy lacks another one may have
            warnings.simplefilter("ignore")
            return method(model, copies, score, batch_size=batch_size, **options)

    return told(_mean(images, noisy, "samples", samples, batch_size), NO_SIGNAL)


# Points (n, H, W, C) on the way from `starts` to `images`, both (n, H, W, C), each as far on it as
# its share (n, 1, 1, 1) says, from 0 to 1.
IntegrationPath = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def straight(starts: np.ndarray, images: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Points on the straight way from `starts` to `images`: the path of `integrated_gradients`.

    >>> from helpers.methods import saliency
    >>> saliency.straight(np.array([0.0, 2.0]), np.array([1.0, 4.0]), np.array([0.5]))
    array([0.5, 3. ])
    """
    return starts + shares * (images - starts)


@solves("integrated_gradients", "saliency_map")
def integrated_gradients(
    model: keras.Model,
    images: np.ndarray,
    score: Score | int,
    *,
    baseline: float | str | np.ndarray = 0.0,
    steps: int | None = None,
    path: IntegrationPath = straight,
    seed: int = 0,
    batch_size: int = 32,
) -> np.ndarray:
    """Integrated gradients: the gradient, added up on the way from the baseline to the image.

    `baseline`: a number in the model's input range, an image (H, W, C), or one for each image. Or
    it is the image's own "mean", "blur" or "noise", as in `occlusion_map` (with a blur of an eighth
    of the image). Choose what says nothing, as black does where black is the background. On the
    straight path the result is (image − baseline) × the mean gradient; any other `path` from the
    baseline to the image will do. In units of the score: over all pixels and channels the result
    sums up to score(image) − score(baseline), the better the more `steps` (midpoint rule). By
    default these are 50, and twice as many until the sum is within 1 % of that difference, at most
    800. Where positive and negative shares nearly cancel, an error of 1/1,000 of all shares is
    allowed. A warning says where even that is not reached. `batch_size` counts steps, of one image
    or of many. Other arguments, result and errors as in `gradient`.

    Sundararajan, Taly and Yan, Axiomatic Attribution for Deep Networks, ICML 2017.

    >>> from helpers.methods import saliency
    >>> saliency.integrated_gradients(model, images, 1, steps=2).shape
    (4, 8, 8, 1)
    """
    images, score = graph.check_images(model, images), as_score(score)
    starts = _starts(images, baseline, seed)
    run = _gradient(model, score)

    def integrated(some, steps):
        begin, end = starts[some], images[some]

        def on_the_way(image, step):
            def at(step):
                shares = (step / steps).astype(np.float32).reshape(-1, *[1] * (images.ndim - 1))
                return path(begin[image], end[image], shares)

            found = run(tf.constant(at(step + 0.5))).numpy()
            return found if path is straight else found * (at(step + 1) - at(step)) * steps

        mean = _mean(end, on_the_way, "steps", steps, batch_size)
        return mean * (end - begin) if path is straight else mean

    if steps is not None:
        return told(integrated(slice(None), steps), NO_SIGNAL)
    found, taken = integrated(slice(None), FIRST_STEPS), FIRST_STEPS
    at_images, at_starts = (score_values(model, x, score, batch_size) for x in (images, starts))
    difference = at_images - at_starts
    while (off := _incomplete(found, difference)).size and taken < MOST_STEPS:
        taken *= 2
        found[off] = integrated(off, taken)
    if off.size:
        sums = found[off].reshape(off.size, -1).sum(axis=1)
        worst = np.argmax(abs(sums - difference[off]))
        warnings.warn(
            f"the integrated gradients of {off.size} of {len(images)} images are not complete: "
            f"those of image {off[worst]} add up to {sums[worst]:.3g}, and the score differs by "
            f"{difference[off[worst]]:.3g} (steps={taken}). Give more steps, or another baseline.",
            stacklevel=3,  # past `solves`
        )
    return told(found, NO_SIGNAL)


def _incomplete(found: np.ndarray, difference: np.ndarray) -> np.ndarray:
    """The numbers of the images whose attributions do not add up to the difference of the scores,
    to 1 %; where that is nearly 0, to 1/1,000 of all attributions."""
    axes = tuple(range(1, found.ndim))
    room = np.maximum(COMPLETE * abs(difference), COMPLETE / 10 * abs(found).sum(axis=axes))
    return np.flatnonzero(abs(found.sum(axis=axes) - difference) > room)


@solves("backward_pass")
def guided_backprop(
    model: keras.Model, images: np.ndarray, score: Score | int, *, batch_size: int = 32
) -> np.ndarray:
    """Guided backpropagation: the gradient, cut off where it or a ReLU's output is not positive.

    Arguments and result as in `gradient`. A ReLU is what TensorFlow computes as `Relu` or `Relu6`:
    as an `activation`, in a layer of its own, in a nested model. Other activations keep their
    gradient. The model itself is never changed. `ValueError` where the model has no ReLU, or a ReLU
    inside a `tf.function` of its own, where it cannot be reached. Also where Keras computes an
    activation out of ReLUs although it is none (PReLU, hard_sigmoid, hard_silu, a ReLU with a
    negative slope).

    What it shows depends little on the class (Adebayo et al., Sanity Checks for Saliency Maps,
    NeurIPS 2018).

    Springenberg et al., Striving for Simplicity: The All Convolutional Net, arXiv:1412.6806.

    >>> from helpers.methods import saliency
    >>> saliency.guided_backprop(model, images, 1).shape
    (4, 8, 8, 1)
    """
    run = _gradient(model, as_score(score), "guided backprop")
    return told(graph.in_batches(run, model, images, batch_size), NO_SIGNAL)


@solves("backward_pass")
def deconvnet(
    model: keras.Model, images: np.ndarray, score: Score | int, *, batch_size: int = 32
) -> np.ndarray:
    """The way back of a deconvnet: the gradient, cut off at ReLUs where it is not positive itself.

    The output of the ReLU does not matter. Arguments, result, what a ReLU is and errors as in
    `guided_backprop`. What it knows of the image it knows from max pools, whose signal goes back to
    where the maximum was; `methods.deconvnet` projects single activations in this way.

    Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014.

    >>> from helpers.methods import saliency
    >>> saliency.deconvnet(model, images, 1).shape
    (4, 8, 8, 1)
    """
    run = _gradient(model, as_score(score), "the deconvnet")
    return told(graph.in_batches(run, model, images, batch_size), NO_SIGNAL)


def guided_grad_cam(
    model: keras.Model,
    images: np.ndarray,
    score: Score | int,
    *,
    layer: str | None = None,
    batch_size: int = 32,
) -> np.ndarray:
    """Guided Grad-CAM: `guided_backprop` times the map of `grad_cam`, in every channel.

    Arguments, result and errors as in these two.

    Selvaraju et al., Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
    Localization, ICCV 2017.

    >>> from helpers.methods import saliency
    >>> saliency.guided_grad_cam(model, images, 1).shape
    (4, 8, 8, 1)
    """
    where = grad_cam(model, images, score, layer=layer, batch_size=batch_size)
    return guided_backprop(model, images, score, batch_size=batch_size) * where[..., None]


@solves("saliency_map")
def over_channels(attributions: np.ndarray, how: str = "sum") -> np.ndarray:
    """Maps (N, H, W) float32 of attributions (N, H, W, C), signed or not.

    "sum": signed, and the total stays what it was: for gradient × input and integrated gradients,
    whose values are shares of the score. "max": the largest magnitude, never negative: for
    gradients, whose signs differ from channel to channel (Simonyan et al.).

    >>> from helpers.methods import saliency
    >>> pixel = np.array([1.0, -3.0, 0.5]).reshape(1, 1, 1, 3)
    >>> saliency.over_channels(pixel, "sum"), saliency.over_channels(pixel, "max")
    (array([[[-1.5]]], dtype=float32), array([[[3.]]], dtype=float32))
    """
    attributions = np.asarray(attributions, np.float32)
    if attributions.ndim != 4:
        raise ValueError(
            f"attributions must be (N, H, W, C), got shape {attributions.shape}; "
            "for one image write attributions[None]"
        )
    if how == "sum":
        return attributions.sum(axis=-1)
    if how == "max":
        return np.abs(attributions).max(axis=-1)
    raise ValueError(f"how is {how!r}; choose 'sum' or 'max'")


@tf.RegisterGradient("GuidedRelu")
def _guided_relu(op: tf.Operation, gradient: tf.Tensor) -> tf.Tensor:
    return tf.raw_ops.ReluGrad(gradients=tf.nn.relu(gradient), features=op.outputs[0])


@tf.RegisterGradient("GuidedRelu6")
def _guided_relu6(op: tf.Operation, gradient: tf.Tensor) -> tf.Tensor:
    return tf.raw_ops.Relu6Grad(gradients=tf.nn.relu(gradient), features=op.outputs[0])


@tf.RegisterGradient("RectifiedSignal")
def _rectified_signal(op: tf.Operation, gradient: tf.Tensor) -> tf.Tensor:
    return tf.nn.relu(gradient)


MADE_OF_RELUS = {"hard_sigmoid", "hard_silu", "hard_swish"}
RELUS = {"Relu", "Relu6"}
RULES = {  # the gradient of each operation that is a ReLU, by method
    "the gradient": {},
    "guided backprop": {"Relu": "GuidedRelu", "Relu6": "GuidedRelu6"},
    "the deconvnet": {"Relu": "RectifiedSignal", "Relu6": "RectifiedSignal"},
}


def _gradient(model: keras.Model, score: Score, method: str = "the gradient") -> Callable:
    """The compiled gradient of the score at images (n, H, W, C), by one of `RULES`."""

    def gradient(batch, score):
        # The operations traced in here, and only these, are given another gradient.
        traced = tf.compat.v1.get_default_graph()
        with traced.gradient_override_map(RULES[method]):
            value = score(graph.forward(model, batch, score.layers))
        if RULES[method]:
            check_relus(model, traced, method)
        found = tf.gradients(value, batch)[0]
        if found is None:
            raise ValueError(f"{score} has no gradient at the images of {model.name!r}")
        return found

    return graph.compiled_score(model, (method, "at the images"), score, gradient)


def has_relus(model: keras.Model) -> bool:
    """Whether the model has the ReLUs that `guided_backprop` and `deconvnet` need.

    >>> from helpers.methods import saliency
    >>> saliency.has_relus(model)
    True
    """

    def look(batch):
        graph.forward(model, batch)
        check_relus(model, tf.compat.v1.get_default_graph(), "this method")
        return tf.constant(True)

    return graph.possible(model, "has relus", lambda: graph.compiled(model, "has relus", look))


def check_relus(model: keras.Model, traced: tf.Graph, method: str) -> None:
    """That every ReLU of the model is in the graph itself, that there is one, and no other: a
    `ValueError` where `method` could not give each of them its own gradient."""
    for name, layer in graph.layers(model).items():
        activation = getattr(getattr(layer, "activation", None), "__name__", None)
        sloped = isinstance(layer, keras.layers.ReLU) and layer.negative_slope
        if activation in MADE_OF_RELUS or isinstance(layer, keras.layers.PReLU) or sloped:
            raise ValueError(
                f"the activation of layer {name!r} is no ReLU, but is computed out of ReLUs, which "
                f"{method} would mask: use gradient"
            )
    if any(
        node.op in RELUS
        for function in traced.as_graph_def().library.function
        for node in function.node_def
    ):
        raise ValueError(
            f"{model.name!r} has a ReLU inside a tf.function, where {method} cannot reach "
            "it: remove the decorator, or use gradient"
        )
    if not any(op.type in RELUS for op in traced.get_operations()):
        raise ValueError(
            f"{model.name!r} has no ReLU, at which {method} masks gradients: use gradient"
        )


def _starts(images: np.ndarray, baseline: float | str | np.ndarray, seed: int) -> np.ndarray:
    """(N, H, W, C): where integrated gradients start."""
    if isinstance(baseline, str):
        if baseline not in ("mean", "blur", "noise"):
            raise ValueError(
                f"baseline is {baseline!r}; give a number in the model's input range, an image, or "
                "'mean', 'blur' or 'noise'"
            )
        height, width = images.shape[1:3]
        return filling(images, baseline, (height / 4, width / 4), seed)
    try:
        starts = np.broadcast_to(np.asarray(baseline, np.float32), images.shape)
    except ValueError:
        raise ValueError(
            f"baseline has shape {np.shape(baseline)}; give a number, or an image of shape "
            f"{images.shape[1:]}"
        ) from None
    if not np.isfinite(starts).all():
        raise ValueError("baseline is NaN or infinite; give values in the model's input range")
    return starts


def _mean(
    images: np.ndarray,
    attributions: Callable[[np.ndarray, np.ndarray], np.ndarray],
    name: str,
    count: int,
    batch_size: int,
) -> np.ndarray:
    """For each image the mean over its `count` variants, a batch of them at a time.

    `attributions(image, k)` gives those of variant k[i] of image image[i]; `name` is what the
    caller calls variants.
    """
    if not isinstance(count, Integral) or count < 1:
        raise ValueError(f"{name} is {count!r}; it must be a whole number, at least 1")
    total = np.zeros_like(images)
    slices = list(graph.batches(len(images) * count, batch_size))
    for part in tqdm(slices, desc=name, unit="batch", leave=False, delay=1):
        # All images of one k, then of the next: what they share, as noise, is made once a batch.
        k, image = np.divmod(np.arange(part.start, part.stop), len(images))
        found = attributions(image, k)
        order = np.argsort(image, kind="stable")
        first = np.flatnonzero(np.diff(image[order], prepend=-1))  # of each image in this batch
        total[image[order][first]] += np.add.reduceat(found[order], first)
    return total / np.float32(count)
