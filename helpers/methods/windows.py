"""How the output of an operation lies on its input: which pixels each place of a map is made of.

The operations of a traced model are read, not its layers, so that it does not matter how the model
was built.
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

CONVOLUTIONS = {"Conv2D", "DepthwiseConv2dNative"}
POOLINGS = {"AvgPool", "MaxPool"}
PADDINGS = {"Pad", "PadV2"}
# Each value is made of the value at the same place and in the same channel.
ELEMENTWISE = {
    *("Abs", "Add", "AddN", "AddV2", "BiasAdd", "Cast", "Elu", "Erf", "Erfc", "Exp", "Identity"),
    *("LeakyRelu", "Log", "Log1p", "Maximum", "Minimum", "Mul", "Neg", "Pow", "RealDiv", "Relu"),
    *("Relu6", "Rsqrt", "Selu", "Sigmoid", "Softplus", "Softsign", "Sqrt", "Square"),
    *("SquaredDifference", "Sub", "Tanh"),
}
# Each value is made of what lies at the same place.
POINTWISE = ELEMENTWISE | {
    *("ClipByValue", "ConcatV2", "FusedBatchNormV3", "LRN", "SelectV2", "Softmax", "StopGradient"),
}


class Geometry(NamedTuple):
    """How an operation's output lies on its input, each (rows, columns): output i is made of
    `reach` input pixels from i × `stride` − `before` on."""

    reach: tuple[int, int]
    stride: tuple[int, int]
    before: tuple[int, int]


PIXELS = Geometry((1, 1), (1, 1), (0, 0))


def geometry(op: tf.Operation) -> Geometry | None:
    """Of a convolution, pooling or padding of channels-last maps whose numbers are known; None of
    any other operation."""
    if op.type in PADDINGS:
        pads = tf.get_static_value(op.inputs[1])
        if pads is None or len(pads) != 4:
            return None
        return Geometry((1, 1), (1, 1), (int(pads[1, 0]), int(pads[2, 0])))
    if op.type not in CONVOLUTIONS | POOLINGS or op.get_attr("data_format") != b"NHWC":
        return None
    if op.type in CONVOLUTIONS and not op.inputs[1].shape.is_fully_defined():
        return None
    stride = tuple(op.get_attr("strides")[1:3])
    if op.type in POOLINGS:
        reach = tuple(op.get_attr("ksize")[1:3])
    else:
        kernel, dilations = op.inputs[1].shape[:2], op.get_attr("dilations")[1:3]
        reach = tuple((k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True))
    before, sides = (0, 0), zip(op.inputs[0].shape[1:3], op.outputs[0].shape[1:3], strict=True)
    if op.get_attr("padding") == b"EXPLICIT":
        pads = op.get_attr("explicit_paddings")
        before = (pads[2], pads[4])
    elif op.get_attr("padding") == b"SAME":
        before = tuple(
            max((after - 1) * s + r - side, 0) // 2
            for (side, after), s, r in zip(sides, stride, reach, strict=True)
        )
    return Geometry(reach, stride, before)
