"""EfficientNet-Lite0: a network for photographs whose weights come through the package registry."""

from __future__ import annotations

import keras
from keras import layers

__all__ = ["LITE0_LAYERS", "efficientnet_lite0"]

# Of each stage: side of the depthwise kernel, how often, stride of the first block, by how much a
# block widens the channels before it, channels after it.
STAGES = (
    (3, 1, 1, 1, 16),
    (3, 2, 2, 6, 24),
    (5, 2, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (5, 3, 1, 6, 112),
    (5, 4, 2, 6, 192),
    (3, 1, 1, 6, 320),
)
BLOCKS = sum(times for _, times, *_ in STAGES)


def efficientnet_lite0(size: int = 224) -> keras.Model:
    """EfficientNet-Lite0 with random weights: 4,652,008 of them, for images (size, size, 3).

    Sixteen blocks widen the channels, convolve each channel by itself and narrow them again. A
    block that keeps size and channels adds its input. The variant "Lite" has ReLU6 in place of
    swish, and no squeeze-and-excitation. The network ends in global average pooling and one dense
    layer, so that class activation maps are exact.

    Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
    arXiv:1905.11946.

    >>> from helpers.models import efficientnet
    >>> network = efficientnet.efficientnet_lite0(size=32)
    >>> sum(int(np.prod(weights.shape)) for weights in network.trainable_weights)
    4652008
    """
    inputs = keras.Input((size, size, 3), name="input")
    x = layers.Conv2D(32, 3, 2, padding="same", use_bias=False, name="stem_conv")(inputs)
    x = _norm_relu(x, "stem")
    number = 0
    for side, times, stride, widening, channels in STAGES:
        for repetition in range(times):
            number += 1
            step = stride if repetition == 0 else 1
            x = _block(x, f"block{number}", side, step, widening, channels)
    x = layers.Conv2D(1280, 1, use_bias=False, name="head_conv")(x)
    x = _norm_relu(x, "head")
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.Dropout(0.2, name="drop")(x)
    outputs = layers.Dense(1000, activation="softmax", name="classes")(x)
    return keras.Model(inputs, outputs, name="efficientnet_lite0")


def _block(x, name: str, side: int, stride: int, widening: int, channels: int):
    """An inverted residual block: Sandler et al., arXiv:1801.04381."""
    before = x
    if widening > 1:
        wide = widening * x.shape[-1]
        x = layers.Conv2D(wide, 1, use_bias=False, name=f"{name}_expand_conv")(x)
        x = _norm_relu(x, f"{name}_expand")
    x = layers.DepthwiseConv2D(
        side, stride, padding="same", use_bias=False, name=f"{name}_depthwise_conv"
    )(x)
    x = _norm_relu(x, f"{name}_depthwise")
    x = layers.Conv2D(channels, 1, use_bias=False, name=f"{name}_project_conv")(x)
    x = _norm(x, f"{name}_project")
    if x.shape == before.shape:
        x = layers.Add(name=f"{name}_add")([x, before])
    return x


def _norm(x, name: str):
    return layers.BatchNormalization(momentum=0.99, epsilon=1e-3, name=f"{name}_norm")(x)


def _norm_relu(x, name: str):
    return layers.ReLU(6.0, name=f"{name}_relu")(_norm(x, name))


# The published file's name of each layer that has weights.
LITE0_LAYERS = {
    "_conv_stem": "stem_conv",
    "_bn0": "stem_norm",
    **{
        f"_blocks.{number - 1}.{theirs}": f"block{number}_{ours}"
        for number in range(1, BLOCKS + 1)
        for theirs, ours in {
            **({"_expand_conv": "expand_conv", "_bn0": "expand_norm"} if number > 1 else {}),
            "_depthwise_conv": "depthwise_conv",
            "_bn1": "depthwise_norm",
            "_project_conv": "project_conv",
            "_bn2": "project_norm",
        }.items()
    },
    "_conv_head": "head_conv",
    "_bn1": "head_norm",
    "_fc": "classes",
}
