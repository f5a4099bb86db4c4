"""The picture a unit, a filter or a class answers to most strongly, found by gradient ascent."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike
from tqdm.auto import tqdm

from helpers.models import graph
from helpers.own_work import solves
from helpers.scores import ClassScore, FilterScore, Score, UnitScore, as_score

__all__ = ["PROGRESSION", "Maximization", "deprocess", "maximize", "progression"]

# From no regulariser to all, each beside those before it: options of `maximize`. The L2 penalty is
# strong enough to be seen on a photograph's 0..1: it lowers the contrast clearly.
PROGRESSION = {
    "no regulariser": {},
    "L2": {"l2": 1.0},
    "L2, blur": {"l2": 1.0, "blur_every": 2, "blur_sigma": 0.5},
    "L2, blur, clipping": {"l2": 1.0, "blur_every": 2, "blur_sigma": 0.5, "clip_norm": 0.5},
}
CHUNK = 25  # steps from one look at the progress bar, and at the stop button, to the next


@dataclass(frozen=True, eq=False)
class Maximization:
    """What `maximize` found for each of S scores.

    `images` (S, H, W, C) float32; `curves` (S, steps + 1) float32, the score before each step and
    after the last. `dead` (S,) bool says where no step had a gradient. Such an image is the start,
    and no answer (from another start the same filter may live). `frames` (F, S, H, W, C) are the
    images after `frame_steps` (F,) steps.

    >>> from helpers.methods import maximization
    >>> found = maximization.maximize(model, [0, 1], steps=2)
    >>> found.curves.shape, len(found.top(1).scores)
    ((2, 3), 1)
    """

    scores: tuple[Score, ...]
    images: np.ndarray
    curves: np.ndarray
    dead: np.ndarray
    frames: np.ndarray
    frame_steps: np.ndarray

    def top(self, k: int = 25) -> Maximization:
        """The `k` results of highest score, best first (all, if there are fewer); dead ones last.

        Compare like with like: scores of one layer.
        """
        order = np.lexsort((-self.curves[:, -1], self.dead))[:k]
        return replace(
            self,
            scores=tuple(self.scores[i] for i in order),
            images=self.images[order],
            curves=self.curves[order],
            dead=self.dead[order],
            frames=self.frames[:, order],
        )


@solves("ascent_step", "maximise")
def maximize(
    model: keras.Model,
    scores: Iterable[Score | int] | Score | int,
    *,
    start: str | np.ndarray | None = None,
    steps: int = 100,
    step_size: float = 0.05,
    l2: float = 0.0,
    total_variation: float = 0.0,
    blur_every: int = 0,
    blur_sigma: float = 0.7,
    clip_norm: float = 0.0,
    jitter: int = 0,
    input_range: tuple[ArrayLike, ArrayLike] = (0.0, 1.0),
    seed: int = 0,
    frames: int = 0,
    batch_size: int = 64,
) -> Maximization:
    """An image of high score for each of `scores`, found by gradient ascent from `start`.

    One step adds `step_size` × (the score's gradient, scaled to a root mean square of 1 per image,
    − `l2` × image − `total_variation` × the gradient of the image's total variation). Then it clips
    to `input_range`: (low, high), numbers, or arrays (C,) where the channels differ, as in
    `Preprocessing.bounds`. As the gradient is scaled, the weights of the penalties mean the same
    for a logit and for a filter. Lengths are in units of `input_range`: a `step_size` of 0.05 moves
    pixels by 5 % of it.

    `start`: "blank" (the low end of `input_range`), "grey" (its middle), "random" (`seed`), or an
    image (H, W, C). By default it is "grey", and "random" for scores that have no gradient there. A
    warning says for which. `jitter`: the network sees the image rolled by up to so many pixels,
    drawn anew for each step. Then `curves` hold the score of the rolled image, and at the end the
    score of the image. `clip_norm`: after each step that share of the pixels is set to 0, those of
    the smallest norm over the channels. Where the mean colour was subtracted, 0 is the mean colour.
    So what the score does not need is not painted. `blur_every` k > 0: after each k steps, but not
    after the last, a Gaussian blur of `blur_sigma` pixels. `frames`: how many images to keep on the
    way, evenly spaced, both ends included. A result depends on its score alone, not on the others
    in the call. `batch_size` bounds the memory. An interrupt returns what was reached.

    Erhan et al., "Visualizing higher-layer features of a deep network" (2009); Simonyan et al.,
    arXiv:1312.6034 (L2); Yosinski et al., arXiv:1506.06579 (blur, clipping); Mahendran and Vedaldi,
    arXiv:1412.0035 (total variation). The message of a `ValueError` says what is wrong.

    >>> from helpers.methods import maximization
    >>> maximization.maximize(model, [0, 1], steps=2).images.shape
    (2, 8, 8, 1)
    """
    scores = _scores(scores)
    bounds = check_range(input_range, graph.input_shape(model)[-1] or 1)
    objective = _Objective(
        step_size, l2, total_variation, blur_every, blur_sigma, clip_norm, jitter
    )
    _check_at_least({"steps": (steps, 1), "frames": (frames, 0)})
    begin = np.repeat(
        _start(model, "grey" if start is None else start, bounds, seed)[None], len(scores), axis=0
    )
    numbers, blurs = objective.numbers(), objective.blurs(begin.shape[1:3])
    parts = list(graph.batches(len(scores), batch_size))

    frame_steps = np.unique(np.linspace(0, steps, frames).round().astype(int))
    images, alive, done = begin, np.zeros(len(scores), bool), 0
    values: list[np.ndarray] = []
    kept = [begin] if frames else []

    def climb(images, until, jitter):
        counts = [done, until, steps, blur_every, jitter, seed]
        settings = numbers, tf.constant(bounds), tf.constant(counts, tf.int64), *blurs
        climbed = [
            _climb(model, scores[part])(tf.constant(images[part]), *settings) for part in parts
        ]
        return [np.concatenate(of_all) for of_all in zip(*climbed, strict=True)]

    if start is None:
        _, _, moved = climb(begin, 1, jitter)
        if not moved.all():
            images[~moved] = _start(model, "random", bounds, seed)
            told = ", ".join(repr(scores[i]) for i in np.flatnonzero(~moved)[:3])
            warnings.warn(
                f"{np.sum(~moved)} of {len(scores)} scores have no gradient at a grey image, such "
                f'as {told}: their climb began at noise. start="random" begins all there.',
                stacklevel=3,  # past `solves`
            )

    with tqdm(total=steps, desc="activation maximization", unit="step", leave=False) as bar:
        try:
            for until in sorted({*range(CHUNK, steps, CHUNK), *frame_steps[1:], steps}):
                images, more, moved = climb(images, until, jitter)
                values, alive = [*values, more], alive | moved
                if until in frame_steps:
                    kept.append(images)
                bar.update(until - done)
                done = until
        except KeyboardInterrupt:
            print(f"Activation maximization was interrupted after {done} of {steps} steps.")
    images, *kept = (np.where(alive[:, None, None, None], kind, begin) for kind in (images, *kept))
    _, reached, _ = climb(images, done + 1, 0)  # the score before one step more
    return Maximization(
        scores,
        images,
        np.concatenate([*values, reached], axis=1),
        ~alive,
        np.stack(kept) if kept else np.empty((0, *images.shape), np.float32),
        frame_steps[: len(kept)],
    )


def progression(
    model: keras.Model, scores: Iterable[Score | int] | Score | int, **options: Any
) -> dict[str, Maximization]:
    """The results of `maximize` with one regulariser more each time, by the regularisers' names.

    There are four results: without a regulariser, with an L2 penalty, with a blur after every other
    step added, and with clipping of the faintest pixels added. `options` are those of `maximize`,
    the same in all four; pixels stay in `input_range` even without a regulariser, as no others can
    be looked at.

    >>> from helpers.methods import maximization
    >>> list(maximization.progression(model, [0, 1], steps=2))
    ['no regulariser', 'L2', 'L2, blur', 'L2, blur, clipping']
    """
    scores = _scores(scores)
    return {
        name: maximize(model, scores, **{**options, **regularisers})
        for name, regularisers in PROGRESSION.items()
    }


@solves("deprocess")
def deprocess(images: np.ndarray) -> np.ndarray:
    """Images to look at, uint8 from 0 to 255, of images (..., H, W, C) of any range.

    Each image on its own is brought to mean 0.5 and standard deviation 0.15, then clipped to
    0..1; a constant one becomes mid-grey.

    >>> from helpers.methods import maximization
    >>> maximization.deprocess(np.array([-7.0, 7.0]).reshape(1, 2, 1)).ravel()
    array([ 89, 166], dtype=uint8)
    """
    images = np.asarray(images, np.float64)
    axes = (-3, -2, -1)
    centred = images - images.mean(axes, keepdims=True)
    spread = images.std(axes, keepdims=True)
    flat = spread < 1e-12 * np.abs(images).max(axes, keepdims=True) + 1e-30
    unit = 0.5 + 0.15 * np.where(flat, 0, centred) / np.where(flat, 1, spread)
    return np.rint(255 * np.clip(unit, 0, 1)).astype(np.uint8)


def check_range(input_range: Any, channels: int) -> np.ndarray:
    """(2, C) float32: the lowest and the highest value that a pixel may have, channel by channel.
    `ValueError` where that is no range."""
    try:
        low, high = input_range
        bounds = np.stack([np.broadcast_to(np.float32(bound), channels) for bound in (low, high)])
    except (TypeError, ValueError):
        bounds = None
    if bounds is None or not (np.isfinite(bounds).all() and (bounds[0] < bounds[1]).all()):
        raise ValueError(
            f"input_range is {input_range}; it must be (low, high) with low < high, two numbers or "
            f"two arrays of {channels}, one a channel"
        )
    return bounds


def _climb(model: keras.Model, scores: tuple[Score, ...]):
    """The compiled ascent, steps `first` to `last`. All settings are its arguments, so that it is
    traced once for these scores."""

    def climb(images, numbers, bounds, counts, blur_rows, blur_columns):
        step_size, l2, total_variation, clip_norm = tf.unstack(numbers)
        low, high = bounds[0], bounds[1]  # (C,), as is the span
        span = high - low
        first, last, steps, blur_every, jitter, seed = tf.unstack(counts)
        images.set_shape((len(scores), *images.shape[1:]))

        def blurred(images):
            return tf.einsum("ab,nbwc,dw->nadc", blur_rows, images, blur_columns)

        def step(t, images, values, alive):
            # One shift for all, drawn from seed and step: an image's fate is its own.
            shift = tf.random.stateless_uniform(
                (2,), tf.stack([seed, t]), -jitter, jitter + 1, tf.int64
            )
            own, direction, moves = _ascent(model, scores, images, shift, span, l2, total_variation)
            moved = tf.clip_by_value(images + step_size * span * direction, low, high)
            t += 1
            due = (blur_every > 0) & (t % tf.maximum(blur_every, 1) == 0) & (t < steps)
            moved = tf.ensure_shape(
                tf.cond(due, lambda: blurred(moved), lambda: moved), images.shape
            )
            nothing = tf.clip_by_value(tf.zeros_like(low), low, high)
            moved = tf.cond(
                clip_norm > 0, lambda: _without_faint(moved, clip_norm, nothing), lambda: moved
            )
            return t, moved, values.write(tf.cast(t - 1 - first, tf.int32), own), alive | moves

        values = tf.TensorArray(tf.float32, tf.cast(last - first, tf.int32), element_shape=(None,))
        dead = tf.zeros((tf.shape(images)[0],), tf.bool)
        state = first, images, values, dead
        _, images, values, alive = tf.while_loop(lambda t, *_: t < last, step, state)
        return images, tf.transpose(values.stack()), alive

    number, count = tf.TensorSpec((4,), tf.float32), tf.TensorSpec((6,), tf.int64)
    bound = tf.TensorSpec((2, graph.input_shape(model)[-1]), tf.float32)
    matrix = tf.TensorSpec((None, None), tf.float32)
    return graph.compiled(model, ("maximize", scores), climb, number, bound, count, matrix, matrix)


def _without_faint(images: tf.Tensor, share: tf.Tensor, nothing: tf.Tensor) -> tf.Tensor:
    """Images in which that share of the pixels (all channels of one) whose norm is smallest, up to
    ties, is `nothing` (C,)."""
    norms = tf.norm(images, axis=-1)
    ranked = tf.sort(tf.reshape(norms, (tf.shape(images)[0], -1)), axis=-1)
    count = tf.cast(tf.shape(ranked)[1], tf.float32)
    least = ranked[:, tf.cast(share * count, tf.int32), None, None]
    return tf.where((norms < least)[..., None], nothing, images)


def _ascent(
    model: keras.Model,
    scores: tuple[Score, ...],
    images: tf.Tensor,
    shift,
    span,
    l2,
    total_variation,
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Of each image (S, H, W, C), rolled by `shift`, its score (S,); of the image itself the
    direction of a step (S, H, W, C), in units of `span` (C,); and whether the score has a gradient
    there, (S,) bool."""
    seen = tf.roll(images, shift, (1, 2))
    with tf.GradientTape() as tape:
        tape.watch(seen)
        own = _own_values(model, scores, seen)
    zero = tf.UnconnectedGradients.ZERO
    gradient = tf.roll(tape.gradient(own, seen, unconnected_gradients=zero), -shift, (1, 2)) * span
    strength = tf.reduce_max(tf.abs(gradient), (1, 2, 3), keepdims=True)
    # First by the maximum, as the squares of small gradients are 0 in float32.
    direction = tf.math.divide_no_nan(gradient, strength)
    size = tf.sqrt(tf.reduce_mean(direction**2, (1, 2, 3), keepdims=True))
    direction = tf.math.divide_no_nan(direction, size)
    direction -= l2 / span * images
    direction -= tf.cond(
        tf.greater(total_variation, 0),
        lambda: total_variation * _variation_gradient(images),
        lambda: tf.zeros_like(images),
    )
    return own, direction, strength[:, 0, 0, 0] > 0


def _variation_gradient(images: tf.Tensor) -> tf.Tensor:
    with tf.GradientTape() as tape:
        tape.watch(images)
        variation = tf.image.total_variation(images)
    return tape.gradient(variation, images)


def _own_values(model: keras.Model, scores: tuple[Score, ...], images: tf.Tensor) -> tf.Tensor:
    """(S,): score i of image i. The sum's gradient is each score's gradient at its own image."""
    watch = tuple(dict.fromkeys(name for score in scores for name in score.layers))
    of_layers = {type(score) for score in scores} <= {FilterScore, UnitScore}
    outputs = graph.forward(model, images, watch, heads_too=not of_layers)
    first = _row(outputs, 0)
    groups: dict[tuple, list[int]] = {}
    for row, score in enumerate(scores):
        score(first)  # raises where there is no such filter, unit or class
        source = getattr(score, "layer", None) or getattr(score, "head", None)
        gathered = type(score) in (ClassScore, FilterScore, UnitScore)
        groups.setdefault((type(score), source) if gathered else (row,), []).append(row)

    def values(rows):
        # Scores that read the same tensor read it at once: 64 filters cost no more than one.
        score = scores[rows[0]]
        kind = type(score)  # not isinstance: a score derived from one of these has its own meaning
        if kind is ClassScore:
            features = outputs.logits(score.head)
        elif kind is UnitScore:
            features = outputs.layer(score.layer)
        elif kind is FilterScore:
            layer = graph.find_layer(model, score.layer)
            if _computes_own_maps(layer):
                filters = np.zeros(len(scores), int)  # of the other groups' images any will do
                filters[rows] = [scores[row].index for row in rows]
                maps = _own_maps(layer, outputs.given[score.layer], filters)
                return tf.gather(tf.reduce_mean(maps, (1, 2, 3)), rows)
            maps = outputs.layer(score.layer)
            features = tf.reduce_mean(maps, list(range(1, len(maps.shape) - 1)))
        else:
            return score(_row(outputs, rows[0]))
        return tf.gather_nd(features, [[row, *np.atleast_1d(scores[row].index)] for row in rows])

    rows = list(groups.values())
    return tf.dynamic_stitch(rows, [values(group) for group in rows])


def _computes_own_maps(layer: keras.layers.Layer) -> bool:
    """Whether `_own_maps` holds for the layer, and takes fewer multiplications than all filters."""
    plain = (
        type(layer) is keras.layers.Conv2D
        and layer.groups == 1
        and layer.data_format == "channels_last"
        and layer.activation in (keras.activations.linear, keras.activations.relu)
    )
    if not plain:
        return False
    *reach, channels, filters = layer.kernel.shape
    # For each of the kernel's places, at each pixel of the output.
    return channels * np.prod(layer.strides) + np.prod(reach) < channels * filters


def _own_maps(layer: keras.layers.Conv2D, given: tf.Tensor, filters: np.ndarray) -> tf.Tensor:
    """(S, h, w, 1): of image i, given to the layer as (S, H, W, C), the map of filter `filters[i]`
    alone.

    Each pixel is multiplied by each weight of the kernel first; then a convolution, the same for
    all images, adds the products up from where the kernel reaches.
    """
    *reach, channels, _ = layer.kernel.shape
    kernels = tf.gather(tf.cast(layer.kernel, given.dtype), filters, axis=-1)
    kernels = tf.reshape(kernels, (-1, channels, len(filters)))
    products = tf.einsum("nhwc,kcn->nhwk", given, kernels)
    add = tf.reshape(tf.eye(int(np.prod(reach)), dtype=given.dtype), (*reach, -1, 1))
    options = {"strides": layer.strides, "padding": layer.padding.upper()}
    maps = tf.nn.convolution(products, add, **options, dilations=layer.dilation_rate)
    if layer.use_bias:
        maps += tf.gather(tf.cast(layer.bias, given.dtype), filters)[:, None, None, None]
    return layer.activation(maps)


def _row(outputs: graph.Outputs, row: int) -> graph.Outputs:
    """The outputs for one image of the batch."""

    def of_image(tensors):
        return {name: tensor[row : row + 1] for name, tensor in tensors.items()}

    return replace(outputs, heads=of_image(outputs.heads), inner=of_image(outputs.inner))


def _scores(scores) -> tuple[Score, ...]:
    """One score or several, as a tuple."""
    if isinstance(scores, Iterable):
        scores = tuple(as_score(score) for score in scores)
        if not scores:
            raise ValueError("there are no scores: name at least one")
        return scores
    return (as_score(scores),)


def _start(model: keras.Model, start, bounds, seed: int) -> np.ndarray:
    low, high = bounds
    if not isinstance(start, str):
        image = graph.check_images(model, np.asarray(start)[None])[0]
        if not ((low <= image) & (image <= high)).all():
            raise ValueError(
                f"start runs from {image.min():g} to {image.max():g}, input_range from "
                f"{low.min():g} to {high.max():g}: give the range that the network was trained on"
            )
        return image
    shape = tuple(side for side in graph.input_shape(model) if side)
    if len(shape) < len(graph.input_shape(model)):
        raise ValueError(
            f"{model.name!r} takes images of any size: say which by giving start as an image "
            "(height, width, channels)"
        )
    if start == "random":
        noise = np.random.default_rng(seed).random(shape, np.float32)
        return low + (high - low) * noise
    levels = {"blank": low, "grey": (low + high) / 2}
    if start not in levels:
        raise ValueError(f"start is {start!r}; choose 'blank', 'grey', 'random' or give an image")
    return np.broadcast_to(levels[start], shape).astype(np.float32)


def _blur_matrix(size: int, sigma: float) -> np.ndarray:
    """(size, size): a Gaussian blur along one axis. Rows sum to 1, at the edges too."""
    place = np.arange(size)
    weights = np.exp(-0.5 * ((place[:, None] - place) / sigma) ** 2)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


@dataclass(frozen=True)
class _Objective:
    """What a step climbs, and what it does to the image: as `maximize` says."""

    step_size: float
    l2: float
    total_variation: float
    blur_every: int
    blur_sigma: float
    clip_norm: float
    jitter: int

    def __post_init__(self):
        never_negative = ("l2", "total_variation", "blur_every", "jitter")
        _check_at_least({name: (getattr(self, name), 0) for name in never_negative})
        for name, value in {"step_size": self.step_size, "blur_sigma": self.blur_sigma}.items():
            if not value > 0:
                raise ValueError(f"{name} is {value}; it must be greater than 0")
        if not 0 <= self.clip_norm < 1:
            raise ValueError(
                f"clip_norm is {self.clip_norm}; it is a share of the pixels, from 0 to below 1"
            )

    def numbers(self) -> tf.Tensor:
        """(4,): the weights of a step."""
        weights = [self.step_size, self.l2, self.total_variation, self.clip_norm]
        return tf.constant(weights, tf.float32)

    def blurs(self, size: tuple[int, int]) -> list[tf.Tensor]:
        """The blur of the rows and that of the columns, as matrices."""
        return [tf.constant(_blur_matrix(side, self.blur_sigma)) for side in size]


def _check_at_least(settings: dict[str, tuple[float, float]]) -> None:
    for name, (value, least) in settings.items():
        if value < least:
            raise ValueError(f"{name} is {value}; it must be at least {least}")
