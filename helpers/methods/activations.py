"""What every layer answers to an image, and how strongly a score responds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from helpers.models import graph
from helpers.own_work import solves
from helpers.scores import Score, as_score

__all__ = [
    "Convolution",
    "LayerSparsity",
    "Pixel",
    "convolution",
    "layer_activations",
    "ordinary_convolutions",
    "patch_times_kernel",
    "score_values",
    "sparsity",
    "to_bytes",
]


@solves("layer_output", "conv_outputs")
def layer_activations(
    model: keras.Model,
    images: np.ndarray,
    layers: Iterable[str] | None = None,
    batch_size: int = 256,
) -> dict[str, np.ndarray]:
    """The outputs of `layers` for `images` (N, H, W, C), by the layers' names.

    Returns `{layer name: (N, h, w, channels) or (N, units)}` float32, by default of all layers that
    give one output. The images are taken in batches, but the result holds all of it: for a whole
    data set use `statistics`. `ValueError` for a layer that gives several outputs: name its inner
    layers ("backbone/conv").

    >>> from helpers.methods import activations
    >>> found = activations.layer_activations(model, images, ["l1", "l3"])
    >>> found["l1"].shape, found["l3"].shape
    ((4, 8, 8, 4), (4, 3))
    """
    images = graph.check_images(model, images)
    names = None if layers is None else graph.names_of(layers)

    def activations(batch):
        return graph.forward(model, batch, names, heads_too=False).inner

    run = graph.compiled(model, ("layer_activations", names), activations)
    parts = [run(tf.constant(images[part])) for part in graph.batches(len(images), batch_size)]
    return {name: np.concatenate([part[name].numpy() for part in parts]) for name in parts[0]}


def score_values(
    model: keras.Model, images: np.ndarray, score: Score | int, batch_size: int = 256
) -> np.ndarray:
    """The value (N,) of `score` for each image: a logit, or a mean over a filter's map.

    >>> from helpers.methods import activations
    >>> activations.score_values(model, images, 1).shape
    (4,)
    """
    images, score = graph.check_images(model, images), as_score(score)

    def values(batch, score):
        return score(graph.forward(model, batch, score.layers))

    run = graph.compiled_score(model, "score_values", score, values)
    parts = [
        run(tf.constant(images[part])).numpy() for part in graph.batches(len(images), batch_size)
    ]
    return np.concatenate(parts)


@solves("maps_to_bytes")
def to_bytes(maps: np.ndarray) -> np.ndarray:
    """Maps to look at, each on a grey scale of its own: uint8, of the same shape.

    `maps` are (N, h, w, channels) or (N, units). A map is one channel of one image (in a dense
    layer: the units of one image). Its mean becomes 128 and a standard deviation 64 grey levels;
    what falls outside is clipped to 0..255. A map that is constant, dead or not, becomes 0. How
    strong a map was cannot be read any more. The scale is that of Chollet, Deep Learning with
    Python (2017), section 5.4.1.

    >>> from helpers.methods import activations
    >>> activations.to_bytes(np.array([[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]]))
    array([[ 50, 128, 206],
           [  0,   0,   0]], dtype=uint8)
    """
    maps = np.asarray(maps, np.float64)
    if maps.ndim not in (2, 4):
        raise ValueError(
            f"maps must be (N, h, w, channels) or (N, units), got shape {maps.shape}; "
            "for one image write maps[None]"
        )
    if not np.isfinite(maps).all():
        raise ValueError(f"{np.sum(~np.isfinite(maps))} activations are NaN or infinite")
    axes = tuple(range(1, max(2, maps.ndim - 1)))
    centred = maps - maps.mean(axis=axes, keepdims=True)
    constant = np.ptp(maps, axis=axes, keepdims=True) == 0
    spread = np.where(constant, 1, centred.std(axis=axes, keepdims=True))
    scaled = np.clip(np.rint(centred / spread * 64 + 128), 0, 255)
    return np.where(constant, 0, scaled).astype(np.uint8)


@dataclass(frozen=True)
class LayerSparsity:
    """How silent a layer is over some images, as counts. Those of other images can be added.

    `images` is the number of images. `dead` (channels,) int64 says in how many of them a channel's
    map is zero everywhere. `activations` is the number of all activations, `zeros` of those that
    are exactly zero.

    >>> from helpers.methods.activations import LayerSparsity
    >>> found = LayerSparsity(images=2, dead=np.array([2, 0]), zeros=6, activations=12)
    >>> found.zero_share, found.dead_share, found.never
    (0.5, 0.5, array([0]))
    """

    images: int
    dead: np.ndarray
    zeros: int
    activations: int

    @property
    def zero_share(self) -> float:
        """The share of activations that are zero."""
        return self.zeros / self.activations

    @property
    def dead_share(self) -> float:
        """The share of maps that are dead; a map is one channel's answer to one image."""
        return float(self.dead.mean() / self.images)

    @property
    def never(self) -> np.ndarray:
        """The channels that answered to none of the images, int64."""
        return np.flatnonzero(self.dead == self.images)

    def __add__(self, other: LayerSparsity) -> LayerSparsity:
        if not isinstance(other, LayerSparsity):
            return NotImplemented
        if self.dead.shape != other.dead.shape:
            raise ValueError(
                f"sparsity of different layers does not add: {len(self.dead)} and "
                f"{len(other.dead)} channels"
            )
        return LayerSparsity(
            self.images + other.images,
            self.dead + other.dead,
            self.zeros + other.zeros,
            self.activations + other.activations,
        )


@solves("silence")
def sparsity(
    model: keras.Model,
    images: np.ndarray,
    layers: Iterable[str] | None = None,
    batch_size: int = 256,
) -> dict[str, LayerSparsity]:
    """How silent each layer is over `images` (N, H, W, C): a `LayerSparsity` by the layer's name.

    `layers` and errors as in `layer_activations`. Zero means exactly 0, as after a ReLU; a dense
    layer's unit is a map of one value. One pass, in batches: memory does not grow with N.

    >>> from helpers.methods import activations
    >>> found = activations.sparsity(model, images, ["l1"])
    >>> found["l1"].activations == 4 * 8 * 8 * 4
    True
    """
    images = graph.check_images(model, images)
    names = None if layers is None else graph.names_of(layers)

    def counts(batch):
        inner = graph.forward(model, batch, names, heads_too=False).inner
        return {name: _count_zeros(output) for name, output in inner.items()}

    run = graph.compiled(model, ("sparsity", names), counts)
    totals: dict[str, LayerSparsity] = {}
    for part in graph.batches(len(images), batch_size):
        for name, (dead, zeros, size) in run(tf.constant(images[part])).items():
            count = part.stop - part.start
            batch = LayerSparsity(count, dead.numpy(), int(zeros), int(size))
            totals[name] = totals[name] + batch if name in totals else batch
    return totals


def _count_zeros(output: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    zero = output == 0
    dead = tf.reduce_all(zero, axis=list(range(1, len(output.shape) - 1)))
    count = tf.reduce_sum(tf.cast(dead, tf.int64), axis=0)
    return count, tf.math.count_nonzero(zero), tf.size(output, tf.int64)


@dataclass(frozen=True)
class Pixel:
    """How one activation came about: `(patch * kernel).sum() + bias` is `pre_activation`.

    `patch` and `kernel` (height, width, channels) float32: what the filter saw in the layer's own
    input, zeros outside it, and the filter's weights. `value` is the activation itself.

    >>> from helpers.methods import activations
    >>> pixel = activations.patch_times_kernel(model, images[0], "l2", row=1, column=2, index=3)
    >>> pixel.patch.shape, pixel.kernel.shape
    ((3, 3, 4), (3, 3, 4))
    """

    patch: np.ndarray
    kernel: np.ndarray
    bias: float
    pre_activation: float
    value: float


@dataclass(frozen=True)
class Convolution:
    """One convolution at work on some images: all that its activations are computed from.

    `inputs` (N, H, W, channels) and `outputs` (N, h, w, filters), after the activation function
    called `activation`; `kernel` (height, width, channels, filters) and `bias` (filters,), all
    float32. The patch of output (row, column) starts in the input at its `corner`, row × stride −
    padding, and takes every `dilation`-th pixel; these three are pairs (rows, columns).

    >>> from helpers.methods import activations
    >>> found = activations.convolution(model, images, "l2")
    >>> found.inputs.shape, found.outputs.shape
    ((4, 4, 4, 4), (4, 4, 4, 6))
    >>> found.corner(0, 0)
    (-1, -1)
    """

    inputs: np.ndarray
    outputs: np.ndarray
    kernel: np.ndarray
    bias: np.ndarray
    activation: str
    stride: tuple[int, int]
    dilation: tuple[int, int]
    padding: tuple[int, int]

    def corner(self, row: int, column: int) -> tuple[int, int]:
        """Where in the input the patch of output (row, column) begins; negative in the border."""
        (down, right), (top, left) = self.stride, self.padding
        return row * down - top, column * right - left

    @solves("pixel_by_hand")
    def pixel(self, image: int, row: int, column: int, index: int) -> Pixel:
        """One activation, taken apart: (row, column) of filter number `index`, for one image."""
        sizes = dict(zip(("image", "row", "column", "filter"), self.outputs.shape, strict=True))
        for (name, size), i in zip(sizes.items(), (image, row, column, index), strict=True):
            if not 0 <= i < size:
                raise IndexError(f"there is no {name} {i}: choose from 0 to {size - 1}")
        kernel = self.kernel[..., index]
        rows, columns = (
            start + dilation * np.arange(size)
            for start, dilation, size in zip(
                self.corner(row, column), self.dilation, kernel.shape[:2], strict=True
            )
        )
        height, width = self.inputs.shape[1:3]
        inside = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))
        patch = self.inputs[image][rows.clip(0, height - 1)][:, columns.clip(0, width - 1)]
        patch = np.where(inside[..., None], patch, np.float32(0))
        total = np.sum(patch * kernel, dtype=np.float64) + self.bias[index]
        value = self.outputs[image, row, column, index]
        return Pixel(patch, kernel, float(self.bias[index]), float(total), float(value))


def ordinary_convolutions(model: keras.Model) -> tuple[str, ...]:
    """The names of the layers that `convolution` takes apart: each `Conv2D` of one group.

    >>> from helpers.methods import activations
    >>> activations.ordinary_convolutions(model)
    ('l1', 'l2')
    """
    return tuple(
        name
        for name, layer in graph.layers(model).items()
        if isinstance(layer, keras.layers.Conv2D)
        and layer.groups == 1
        and layer.data_format == "channels_last"
    )


@solves("layer_output", "conv_outputs", "pixel_by_hand")
def convolution(model: keras.Model, images: np.ndarray, layer: str) -> Convolution:
    """The inputs, outputs and weights of the `Conv2D` layer `layer` for `images` (N, H, W, C).

    For a few images: inputs and outputs are all kept. Raises `ValueError` for any other kind of
    layer, and for a grouped convolution.

    >>> from helpers.methods import activations
    >>> found = activations.convolution(model, images, "l2")
    >>> found.kernel.shape, found.activation
    ((3, 3, 4, 6), 'relu')
    """
    images, conv = graph.check_images(model, images), graph.find_layer(model, layer)
    usable = ordinary_convolutions(model)
    if layer not in usable:
        raise ValueError(
            f"{layer!r} is a {type(conv).__name__} that is no ordinary Conv2D (channels last, one "
            "group): its activations are not one sum of patch × kernel. The ordinary Conv2D "
            f"layers: {', '.join(usable) or 'none'}"
        )

    def both(batch):
        outputs = graph.forward(model, batch, [layer], heads_too=False)
        return outputs.given[layer], outputs.inner[layer]

    run = graph.compiled(model, ("convolution", layer), both)
    inputs, outputs = (tensor.numpy().astype(np.float32) for tensor in run(tf.constant(images)))
    sizes = zip(inputs.shape[1:3], conv.kernel_size, conv.strides, conv.dilation_rate, strict=True)
    down, right = (_padding(*size) if conv.padding == "same" else 0 for size in sizes)
    kernel = np.asarray(conv.kernel, np.float32)
    return Convolution(
        inputs,
        outputs,
        kernel,
        np.asarray(conv.bias, np.float32) if conv.use_bias else np.zeros(conv.filters, np.float32),
        getattr(conv.activation, "__name__", "activation"),
        conv.strides,
        conv.dilation_rate,
        (down, right),
    )


@solves("pixel_by_hand")
def patch_times_kernel(
    model: keras.Model, image: np.ndarray, layer: str, row: int, column: int, index: int
) -> Pixel:
    """One activation of a `Conv2D` layer, taken apart into what the filter saw and its weights.

    It is the activation (row, column) of filter number `index` in `layer`, for one `image`
    (H, W, C). For many pixels of the same image take `convolution` once.

    >>> from helpers.methods import activations
    >>> pixel = activations.patch_times_kernel(model, images[0], "l2", row=1, column=2, index=3)
    >>> total = (pixel.patch * pixel.kernel).sum() + pixel.bias
    >>> bool(np.isclose(total, pixel.pre_activation))
    True
    """
    return convolution(model, np.asarray(image)[None], layer).pixel(0, row, column, index)


def _padding(size: int, kernel: int, stride: int, dilation: int) -> int:
    """Zeros before the first row of a "same" convolution; an odd one more goes behind the last."""
    needed = (-(-size // stride) - 1) * stride + (kernel - 1) * dilation + 1 - size
    return max(needed, 0) // 2
